"""HTTP/2 by hand, as far as it takes to send what no client library would."""

import socket
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, PADDED = 0x1, 0x4, 0x8

# Long enough for a busy machine; a server that neither answers nor hangs up fails by it.
SECONDS = 20


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def field(name, value):
    """A header as a literal that no table keeps."""
    return b"\x00" + _string(name) + _string(value)


def _string(text):
    length, prefix = len(text), b""
    if length < 127:
        return bytes([length]) + text
    length -= 127
    while length >= 128:
        prefix += bytes([length % 128 + 128])
        length //= 128
    return b"\x7f" + prefix + bytes([length]) + text


def request(path=b"/healthz", method=b"GET", more=b""):
    pseudo = [(b":method", method), (b":scheme", b"http"), (b":path", path), (b":authority", b"localhost")]
    return b"".join(field(*each) for each in pseudo) + more


def opening():
    return PREFACE + frame(SETTINGS)


def send(address, *pieces):
    """Sends all pieces on a new connection, for as long as the server listens; returns the open connection."""
    connection = socket.create_connection(address, timeout=SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        for piece in pieces:
            connection.sendall(piece)
    except (BrokenPipeError, ConnectionResetError):
        pass
    return connection


def receive_all(connection):
    """What the server sends until it hangs up; fails when it does neither in time."""
    received = b""
    try:
        while part := connection.recv(65_536):
            received += part
    except ConnectionResetError:
        pass
    return received
