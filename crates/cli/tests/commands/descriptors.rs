//! With few file descriptors the server keeps working: connections leave enough of them for everything else.

use std::net::TcpStream;

use crate::strongroom::Strongroom;

#[test]
fn log_in_and_write_succeed_while_idle_connections_use_all_descriptors() {
    let strongroom = Strongroom::start_with_open_files(200);
    let address = strongroom.url.strip_prefix("http://").unwrap();
    let _silent: Vec<_> = (0..400).map(|_| TcpStream::connect(address).unwrap()).collect();
    // The first attempts may be rejected; each makes the server close idle connections.
    let stored = (0..20).any(|_| strongroom.feed(["put", "web-db"], b"VALUE-1").code == 0);
    assert!(stored, "nobody could write");
    assert_eq!(strongroom.value("web-db"), b"VALUE-1");
}
