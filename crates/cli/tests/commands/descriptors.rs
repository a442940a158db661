//! A server that may open few files goes on: connections take no descriptor that anything else needs.

use std::net::TcpStream;

use crate::strongroom::Strongroom;

#[test]
fn with_all_connections_taken_by_others_one_can_still_log_in_and_write() {
    let strongroom = Strongroom::start_with_open_files(200);
    let address = strongroom.url.strip_prefix("http://").unwrap();
    let _silent: Vec<_> = (0..400).map(|_| TcpStream::connect(address).unwrap()).collect();
    // The first attempts may find no room; each of them lets silent connections go.
    let stored = (0..20).any(|_| strongroom.feed(["put", "web-db"], b"VALUE-1").code == 0);
    assert!(stored, "nobody could write");
    assert_eq!(strongroom.value("web-db"), b"VALUE-1");
}
