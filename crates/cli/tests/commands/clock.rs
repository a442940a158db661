//! The clock of the server.

use crate::strongroom::Strongroom;

#[test]
fn clock_is_shown_and_confirmed() {
    let strongroom = Strongroom::start();
    let shown = strongroom.run(["clock", "show"]).done();
    for line in ["clock:        20", "trusted time: 20", "state:        TRUSTED\n"] {
        assert!(shown.out.contains(line), "{}", shown.out);
    }
    let unasked = strongroom.run(["clock", "confirm"]).ended(2);
    assert!(unasked.err.contains("--yes"), "{}", unasked.err);
    let confirmed = strongroom.run(["clock", "confirm", "--yes"]).done();
    assert!(confirmed.out.contains("TRUSTED") && confirmed.err.contains("trusted"), "{}", confirmed.err);
    let json = strongroom.run(["--output", "json", "clock", "show"]).done();
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["state"], "TRUSTED");
}
