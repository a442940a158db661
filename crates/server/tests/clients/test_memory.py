"""What callers send and do not read costs little memory, and somebody else is served meanwhile."""

import contextlib
import struct
import threading

import http2
import pytest
from http2 import DATA, END_HEADERS, END_STREAM, HEADERS, frame, opening, request
from product import start

MIB = 1024 * 1024
GRPC = http2.field(b"content-type", b"application/grpc") + http2.field(b"te", b"trailers")
IMPORT = b"/strongroom.v1.Batches/BatchImportSecrets"


@pytest.fixture
def server(tmp_path):
    running = start(tmp_path)
    answer = running.call("POST", "/secrets", {"name": "kept", "secret_string": "value"})
    assert answer.status_code == 200, answer.text
    yield running
    assert b"panicked" not in running.log.read_bytes()
    running.stop()


def memory(server, kind="VmRSS:"):
    status = open(f"/proc/{server.process.pid}/status").read()
    return int(status.split(kind)[1].split()[0]) * 1024


@contextlib.contextmanager
def grows_by_less_than(server, mebibytes):
    """Also while it lasts: the peak counts."""
    before = memory(server)
    yield
    assert server.call("GET", "/secrets/kept/versions/v1").json()["version"]["secret_string"] == "value"
    grown = (memory(server, "VmHWM:") - before) / MIB
    assert grown < mebibytes, f"{grown:.0f} MiB"


def with_token(server):
    return GRPC + http2.field(b"x-auth-token", server.token.encode())


def message(length):
    """A message that announces so many bytes, and has the first hundred of them."""
    return struct.pack(">BI", 0, length) + bytes(100)


def connected(stack, server, pieces):
    connection = http2.send(server.host_and_port, *pieces)
    return stack.enter_context(contextlib.closing(connection))


@pytest.mark.parametrize(
    ("path", "length", "known"),
    [
        (IMPORT, 40 * MIB, True),
        (b"/strongroom.v1.Batches/ImportSecretsStream", 40 * MIB, True),
        (b"/grpc.health.v1.Health/Check", 4 * MIB - 1, False),
        (b"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", 4 * MIB - 1, False),
        (b"/strongroom.v1.Iam/CreateToken", 64 * 1024 - 1, False),
    ],
)
def test_announced_lengths_take_no_memory(server, path, length, known):
    head = request(path, b"POST", with_token(server) if known else GRPC)
    pieces = [
        frame(HEADERS, END_HEADERS, stream, head) + frame(DATA, 0, stream, message(length))
        for stream in range(1, 2 * 390, 2)
    ]
    with contextlib.ExitStack() as stack, grows_by_less_than(server, 150):
        for _ in range(3):
            connected(stack, server, [opening(), *pieces])


def test_millions_of_empty_entries_are_not_decoded(server):
    entries = b"\x12\x00" * (20 * MIB - 1)
    body = struct.pack(">BI", 0, len(entries)) + entries
    headers = {"Content-Type": "application/grpc-web+proto"}
    with grows_by_less_than(server, 150):
        answer = server.call("POST", f"/{IMPORT.decode()}", data=body, headers=headers)
        assert answer.headers["grpc-status"] == "3", answer.headers
        for path, body in [
            ("batch-import", '{"secrets":[' + "{}," * (10 * MIB) + "{}]}"),
            ("batch-delete", '{"names":[' + '"",' * (10 * MIB) + '""]}'),
            ("batch-delete", '{"tags":[{"values":[' + '"",' * (10 * MIB) + '""]}]}'),
            ("batch-import", "{" + "".join(f'"dry_run{number}":0,' for number in range(2 * MIB)) + '"secrets":[]}'),
        ]:
            answer = server.call("POST", f"/secrets/{path}", data=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 400, answer.text


def test_endless_lines_stay_within_the_budget(server):
    path = server.project.encode() + b"/secrets/import-stream"
    head = (
        b"POST %s HTTP/1.1\r\nHost: a\r\nX-Auth-Token: %s\r\nContent-Type: application/x-ndjson\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" % (path, server.token.encode())
    )
    chunk = b"100000\r\n" + b"x" * MIB + b"\r\n"

    def send(connection):
        # A server that reads no further blocks the sender, and one that rejects hangs up.
        connection.settimeout(10)
        with contextlib.suppress(OSError):
            for _ in range(8):
                connection.sendall(chunk)

    with contextlib.ExitStack() as stack, grows_by_less_than(server, 400):
        connections = [connected(stack, server, [head]) for _ in range(300)]
        senders = [threading.Thread(target=send, args=(connection,)) for connection in connections]
        [sender.start() for sender in senders]
        assert server.call("GET", "/secrets/kept").status_code == 200
        [sender.join() for sender in senders]


def test_answers_that_nobody_reads_stay_within_the_budget(server):
    for batch in range(2):
        names = [f"name-{batch}-{number}" for number in range(500)]
        secrets = [{"name": name, "description": "d" * 2_000, "secret_string": "x"} for name in names]
        answer = server.call("POST", "/secrets/batch-import", {"secrets": secrets})
        assert answer.json()["success"] == 500, answer.text
    path = server.project.encode() + b"/secrets?limit=1000"
    head = request(path, b"GET", http2.field(b"x-auth-token", server.token.encode()))
    pieces = [frame(HEADERS, END_HEADERS | END_STREAM, stream, head) for stream in range(1, 101, 2)]
    with contextlib.ExitStack() as stack, grows_by_less_than(server, 250):
        for _ in range(4):
            connected(stack, server, [opening(), *pieces])
        assert server.call("GET", "/secrets/kept").status_code == 200
