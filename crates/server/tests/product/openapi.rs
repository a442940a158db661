//! The API description is committed, so that every change of the contract shows in review.

#[test]
fn committed_description_equals_the_served_one() {
    let committed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.yaml"))
        .unwrap_or_default();
    assert!(
        committed == strongroom_server::openapi(),
        "openapi.yaml has drifted; write it anew with `cargo xtask generate`"
    );
}
