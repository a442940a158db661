//! The API description is committed, so that every change of the contract shows in review.

#[test]
fn the_committed_description_is_the_one_the_server_serves() {
    let committed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.yaml"))
        .unwrap_or_default();
    assert!(
        committed == strongroom_server::openapi(),
        "openapi.yaml has drifted; write it anew with `cargo xtask generate`"
    );
}
