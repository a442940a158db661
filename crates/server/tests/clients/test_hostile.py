"""Broken connections: whatever arrives, everybody else is served as before.

Floods, silent peers and other loads are in `crates/hostile`.
"""

import contextlib
import random
import struct

import http2
import pytest
from http2 import CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PADDED, PRIORITY, PUSH_PROMISE
from http2 import SETTINGS, WINDOW_UPDATE, frame, opening, request
from product import start

# A server that keeps what it is sent grows by far more than this; one that does not, by far less.
MOST_GROWTH_IN_BYTES = 200 * 1024 * 1024


@pytest.fixture(scope="module")
def victim(tmp_path_factory):
    running = start(tmp_path_factory.mktemp("victim"))
    answer = running.call("POST", "/secrets", {"name": "kept", "secret_string": "value"})
    assert answer.status_code == 200, answer.text
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def unharmed(victim):
    """After each attack: alive, no panic, nothing lost, and not much bigger."""
    before = memory(victim)
    yield
    assert victim.is_well()
    assert victim.names() == ["kept"]
    assert victim.call("GET", "/secrets/kept/versions/v1").json()["version"]["secret_string"] == "value"
    assert b"panicked" not in victim.log.read_bytes()
    assert memory(victim) - before < MOST_GROWTH_IN_BYTES


def memory(server):
    status = open(f"/proc/{server.process.pid}/status").read()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


GRPC = http2.field(b"content-type", b"application/grpc") + http2.field(b"te", b"trailers")


def grpc_call(*pieces, last=END_STREAM, path=b"/strongroom.v1.Batches/BatchImportSecrets"):
    yield frame(HEADERS, END_HEADERS, 1, request(path, b"POST", GRPC))
    for piece in pieces[:-1]:
        yield frame(DATA, 0, 1, piece)
    yield frame(DATA, last, 1, pieces[-1])


def noise(seed, length):
    return random.Random(seed).randbytes(length)


BROKEN = {
    "nothing": [b""],
    "noise": [noise(1, 100_000)],
    "a hello of TLS": [bytes.fromhex("16030100c8010000c40303") + noise(2, 190)],
    "half a preface": [http2.PREFACE[:11]],
    "a wrong preface": [http2.PREFACE.replace(b"SM", b"MS")],
    "noise after the preface": [http2.PREFACE, noise(3, 100_000)],
    "noise after the settings": [opening(), noise(4, 100_000)],
    "half a frame": [opening(), frame(HEADERS, END_HEADERS, 1, request())[:-7]],
    "a frame longer than agreed": [opening(), frame(DATA, 0, 1, b"x" * 20_000)],
    "a frame that says it is 16 MiB": [opening(), b"\xff\xff\xff\x00\x00\x00\x00\x00\x01"],
    "headers on stream zero": [opening(), frame(HEADERS, END_HEADERS, 0, request())],
    "headers on an even stream": [opening(), frame(HEADERS, END_HEADERS, 2, request())],
    "data on a stream nobody opened": [opening(), frame(DATA, END_STREAM, 7, b"x")],
    "a stream that goes backwards": [
        opening(),
        frame(HEADERS, END_HEADERS | END_STREAM, 9, request()),
        frame(HEADERS, END_HEADERS | END_STREAM, 3, request()),
    ],
    "padding longer than the frame": [opening(), frame(HEADERS, END_HEADERS | PADDED, 1, b"\xff" + request()[:20])],
    "an index into an empty table": [opening(), frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\x0f")],
    "a stream that depends on itself": [opening(), frame(PRIORITY, 0, 1, struct.pack(">IB", 1, 16))],
    "settings of a wrong length": [opening(), frame(SETTINGS, 0, 0, b"abc")],
    "settings out of range": [opening(), frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 2**31))],
    "a window that overflows": [opening(), frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**31 - 1))],
    "a window of nothing": [opening(), frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0))],
    "a push from a client": [opening(), frame(PUSH_PROMISE, END_HEADERS, 1, b"\x00\x00\x00\x02" + request())],
    "a continuation of nothing": [opening(), frame(CONTINUATION, END_HEADERS, 1, request())],
    "headers without a path": [
        opening(),
        frame(HEADERS, END_HEADERS | END_STREAM, 1, http2.field(b":method", b"GET")),
    ],
    "headers in upper case": [
        opening(),
        frame(HEADERS, END_HEADERS | END_STREAM, 1, request(more=http2.field(b"X-Upper", b"v"))),
    ],
    "a line end in a header": [
        opening(),
        frame(HEADERS, END_HEADERS | END_STREAM, 1, request(more=http2.field(b"x-split", b"a\r\nb: c"))),
    ],
    "a message that says it is 4 GiB": [opening(), *grpc_call(b"\x00\xff\xff\xff\xff", b"x" * 100)],
    "a message that ends early": [opening(), *grpc_call(b"\x00\x00\x00\x10\x00", b"x" * 100)],
    "a compressed message without a compression": [opening(), *grpc_call(b"\x01\x00\x00\x00\x03abc")],
    "a message of noise": [opening(), *grpc_call(b"\x00\x00\x00\x03\xe8" + noise(5, 1_000))],
    "a service nobody has": [opening(), *grpc_call(b"\x00\x00\x00\x00\x00", path=b"/none.v1.None/None")],
    "a chunk of a wrong length": [
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nabc\r\n"
    ],
}


def test_what_is_right_is_answered(victim):
    """Otherwise the attacks below would prove only that nobody understands them."""
    hang_up = frame(http2.GOAWAY, 0, 0, bytes(8))
    right = [opening(), frame(HEADERS, END_HEADERS | END_STREAM, 1, request()), hang_up]
    with contextlib.closing(http2.send(victim.host_and_port, *right)) as connection:
        assert frame(DATA, 0, 1, b"ok\n")[9:] in http2.receive_all(connection)


@pytest.mark.parametrize("attack", BROKEN)
def test_a_broken_connection_harms_nobody(victim, attack):
    with contextlib.closing(http2.send(victim.host_and_port, *BROKEN[attack])) as connection:
        # While it is still open, and after it was left in the middle of whatever it was doing.
        assert victim.is_well()
        connection.setsockopt(http2.socket.SOL_SOCKET, http2.socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_what_cannot_be_http2_is_hung_up_on(victim):
    for attack in ["noise after the preface", "a frame that says it is 16 MiB", "headers on stream zero"]:
        with contextlib.closing(http2.send(victim.host_and_port, *BROKEN[attack])) as connection:
            http2.receive_all(connection)


def test_a_length_above_the_limit_is_rejected_before_the_body_is_sent(victim):
    path = victim.project.encode() + b"/secrets/batch-import"
    head = (
        b"POST %s HTTP/1.1\r\nHost: a\r\nX-Auth-Token: %s\r\nContent-Type: application/json\r\n"
        b"Content-Length: 99999999999\r\nConnection: close\r\n\r\n{" % (path, victim.token.encode())
    )
    with contextlib.closing(http2.send(victim.host_and_port, head)) as connection:
        answer = http2.receive_all(connection)
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:500]
    assert b"CSMS.0004" in answer


def test_a_body_without_a_length_is_rejected_at_the_limit(victim):
    path = victim.project.encode() + b"/secrets/batch-import"
    head = (
        b"POST %s HTTP/1.1\r\nHost: a\r\nX-Auth-Token: %s\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" % (path, victim.token.encode())
    )
    mebibyte = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    connection = http2.send(victim.host_and_port, head, *[mebibyte] * 42)
    with contextlib.closing(connection):
        answer = http2.receive_all(connection)
    # A client that still sends when it is hung up on may lose the answer.
    assert answer == b"" or (answer.startswith(b"HTTP/1.1 400 ") and b"CSMS.0004" in answer), answer[:500]


@pytest.mark.parametrize(
    "path", [b"/v1/../v1", b"/%2e%2e/%2e%2e/credentials.json", b"/%", b"/%ff", b"/%00", b"/..%2fdata", b"*"]
)
def test_strange_paths_find_nothing(victim, path):
    head = b"GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % path
    with contextlib.closing(http2.send(victim.host_and_port, head)) as connection:
        answer = http2.receive_all(connection)
    assert answer.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 ", b"HTTP/1.1 401 ")), answer[:500]
    assert victim.credentials["password"].encode() not in answer
