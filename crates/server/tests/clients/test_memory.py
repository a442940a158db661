"""Nothing of a value remains in the memory of the server once the answer is given and the connection is closed.

Values nobody else can have made go through every kind of request, failing ones too. Then the memory of the server, which is
another process than the client, is searched for what all of them begin with.
"""

import base64
import json
import os
import resource
import secrets
import signal
import socket
import struct
import subprocess
import time

import grpc
import pytest
import requests
from process_memory import find
from product import BINARY, REQUEST_SECONDS

LINES = "application/x-ndjson"

# How long connections and threads may take to let go of what they hold; nothing waits for so long but a test that fails.
SETTLE_SECONDS = 20

# A test that is not root may read the memory of a server only while it can be debugged.
READABLE = {"STRONGROOM_ALLOW_CORE_DUMPS": "true"}


@pytest.fixture
def server(start_server):
    return start_server(READABLE)


class Values:
    """Values that share a text which is found nowhere else; `searched` finds it in any of them."""

    def __init__(self):
        self.common = f"mk~{secrets.token_hex(12)}"
        self.made = 0

    def new(self, kind, size=0):
        """Says where it comes from, so that what is found can be traced. Repeats itself when it is large."""
        self.made += 1
        value = f"........{self.common}:{kind}:{self.made};"
        return (value * (size // len(value) + 1))[: max(size, len(value))]

    def searched(self):
        return [self.common]


@pytest.fixture
def values():
    return Values()


def left(server, searched):
    """Waits until nothing is found any more; answers what still is when that takes too long."""
    limit = time.monotonic() + SETTLE_SECONDS
    while (found := find(server.process.pid, searched)) and time.monotonic() < limit:
        pass
    return [(mapping.name, hex(address), shown) for mapping, address, shown in found]


def told(found):
    first = "\n".join(map(str, found[:20]))
    return f"{len(found)} copies of values are in memory, the first of them:\n{first}"


def post(server, path, body, **more):
    return server.call("POST", path, body, **more)


def rest(server, values, name):
    """One value at a time, the way a client of the documented API sends and reads them."""
    value, binary = values.new("rest"), values.new("rest-binary")
    encoded = base64.b64encode(binary.encode()).decode()
    assert post(server, "/secrets", {"name": name, "secret_string": value}).status_code == 200
    assert post(server, "/secrets", {"name": f"{name}-b", "secret_binary": encoded}).status_code == 200
    assert post(server, "/secrets", {"name": f"{name}-l", "secret_string": values.new("rest", 32_768)}).status_code == 200
    for version in range(3):
        body = {"secret_string": values.new("rest-version"), "version_stages": [f"s{version}"]}
        assert post(server, f"/secrets/{name}/versions", body).status_code == 200
    dry = {"name": f"{name}-d", "secret_string": values.new("rest-dry"), "dry_run": True}
    assert post(server, "/secrets", dry).status_code == 200
    for version in ("latest", "v1", "v2"):
        assert server.call("GET", f"/secrets/{name}/versions/{version}").json()["version"]["secret_string"]
    assert server.call("GET", f"/secrets/{name}-b/versions/latest").json()["version"]["secret_binary"] == encoded
    names = {"secret_name_list": [name, f"{name}-b", f"{name}-l"]}
    assert post(server, "/secrets/batch-get-secret-value", names).status_code == 200
    entries = [{"name": f"{name}-i{number}", "secret_string": values.new("rest-import")} for number in range(100)]
    assert post(server, "/secrets/batch-import", {"secrets": entries}).json()["success"] == 100
    assert post(server, "/secrets/batch-import", {"secrets": entries, "dry_run": True}).json()["success"] == 0
    checked = {"type": "STRENGTH", "data": {"secret_string": values.new("strength")}}
    assert post(server, "/secrets/checker/check", checked).status_code == 200
    blob = post(server, f"/secrets/{name}/backup", None).json()["secret_blob"]
    assert server.call("DELETE", f"/secrets/{name}").ok
    assert post(server, "/secrets/restore", {"secret_blob": blob}).status_code == 200
    assert server.call("GET", f"/secrets/{name}/versions/latest").status_code == 200


def lines(server, values, name):
    entries = [{"name": f"{name}-n{number}", "secret_string": values.new("lines", 2_000)} for number in range(500)]
    body = "".join(json.dumps(entry) + "\n" for entry in entries)
    answer = server.call("POST", "/secrets/import-stream", data=body.encode(), headers={"Content-Type": LINES})
    assert json.loads(answer.text.splitlines()[-1])["progress"]["success"] == 500, answer.text[-500:]
    torn = body[:-40].encode()
    answer = server.call("POST", "/secrets/import-stream", data=torn, headers={"Content-Type": LINES})
    assert answer.status_code == 200


def rejected(server, values, name):
    """Every way in which a body that carries a value is turned away."""
    value = values.new("rejected")
    entry = {"name": f"{name}-r", "secret_string": value}
    too_large = {"name": f"{name}-r", "secret_string": values.new("too-large", 40_000)}
    assert post(server, "/secrets", too_large).status_code == 400
    assert post(server, "/secrets", {**entry, "name": "not a name"}).status_code == 400
    assert post(server, "/secrets", {**entry, "secret_binary": "AA=="}).status_code == 400
    assert post(server, "/secrets", {**entry, "secret_string": [value]}).status_code == 400
    assert post(server, "/secrets", {**entry, "auto_rotation": value}).status_code == 400
    assert post(server, "/secrets", {"name": f"{name}-r", "secret_binary": value}).status_code == 400
    assert post(server, "/secrets/restore", {"secret_blob": value}).status_code == 400
    assert post(server, "/secrets", entry, token="wrong").status_code == 401
    assert post(server, "/secrets", entry, token="").status_code == 401
    torn = json.dumps(entry)[:-2].encode()
    assert server.call("POST", "/secrets", data=torn, headers={"Content-Type": "application/json"}).status_code == 400
    assert server.log_in(values.new("password")).status_code == 401
    huge = json.dumps({"secrets": [{**entry, "secret_string": values.new("huge", 41 * 1024 * 1024)}]}).encode()
    try:
        answer = server.call("POST", "/secrets/batch-import", data=huge, headers={"Content-Type": "application/json"})
        assert not answer.ok
    except requests.ConnectionError:
        pass  # rejected while it was still being sent


def cut_off(server, values, name):
    """A client that goes away in the middle of its body."""
    head = f"POST {server.project}/secrets HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {server.token}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    with socket.create_connection(server.host_and_port) as connection:
        connection.sendall(head.encode() + values.new("cut-off", 50_000).encode())


def over_grpc(server, modules, values, name):
    metadata = [("x-auth-token", server.token)]
    new = modules.secrets.NewSecret
    options = [("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(server.address, options) as channel:
        of_secrets, batches = modules.secrets_rpc.SecretsStub(channel), modules.batches_rpc.BatchesStub(channel)
        versions = modules.versions_rpc.VersionsStub(channel)

        one = new(name=name, secret_string=values.new("grpc"))
        of_secrets.CreateSecret(modules.secrets.CreateSecretRequest(secret=one), metadata=metadata)
        added = modules.versions.CreateSecretVersionRequest(secret_name=name, secret_string=values.new("grpc-version"))
        versions.CreateSecretVersion(added, metadata=metadata)
        several = [new(name=f"{name}-u{number}", secret_string=values.new("grpc-import")) for number in range(200)]
        request = modules.batches.BatchImportSecretsRequest(secrets=several)
        assert batches.BatchImportSecrets(request, metadata=metadata).success == 200
        several = [new(name=f"{name}-w{number}", secret_string=values.new("grpc-large", 32_000)) for number in range(50)]
        request = modules.batches.BatchImportSecretsRequest(secrets=several)
        assert batches.BatchImportSecrets(request, metadata=metadata).success == 50
        several = [new(name=f"{name}-d{number}", secret_binary=values.new("grpc-dry")) for number in range(50)]
        request = modules.batches.BatchImportSecretsRequest(secrets=several, dry_run=True)
        batches.BatchImportSecrets(request, metadata=metadata)

        def messages():
            for message in range(10):
                entries = [
                    new(name=f"{name}-s{message}-{number}", secret_string=values.new("grpc-stream"))
                    for number in range(50)
                ]
                yield modules.batches.ImportSecretsStreamRequest(secrets=entries)

        answers = list(batches.ImportSecretsStream(messages(), metadata=metadata))
        assert answers[-1].progress.success == 500
        given_up = batches.ImportSecretsStream(messages(), metadata=metadata)
        given_up.cancel()
        read = modules.versions.ShowSecretVersionRequest(secret_name=name, version_id="latest")
        assert versions.ShowSecretVersion(read, metadata=metadata).version.secret_string
        read = modules.versions.BatchGetSecretValueRequest(secret_name_list=[f"{name}-w{n}" for n in range(20)])
        versions.BatchGetSecretValue(read, metadata=metadata)

        wrong = new(name="not a name", secret_string=values.new("grpc-wrong"))
        too_large = new(name=name, secret_string=values.new("grpc-too-large", 5 * 1024 * 1024))
        for entry, rights in [(wrong, metadata), (wrong, []), (one, metadata), (too_large, metadata)]:
            with pytest.raises(grpc.RpcError):
                of_secrets.CreateSecret(modules.secrets.CreateSecretRequest(secret=entry), metadata=rights)


def over_grpc_web(server, modules, values, name):
    entry = modules.secrets.NewSecret(name=name, secret_string=values.new("grpc-web"))
    request = modules.secrets.CreateSecretRequest(secret=entry).SerializeToString()
    framed = struct.pack(">BI", 0, len(request)) + request
    path = "//strongroom.v1.Secrets/CreateSecret"
    for kind, data in [("grpc-web", framed), ("grpc-web-text", base64.b64encode(framed)), ("grpc-web", framed[:-3])]:
        headers = {"Content-Type": f"application/{kind}+proto", "X-Grpc-Web": "1"}
        assert server.call("POST", path, data=data, headers=headers).status_code == 200


def test_no_value_remains_in_memory(server, modules, values, name):
    server.token
    rest(server, values, name)
    lines(server, values, name)
    rejected(server, values, name)
    cut_off(server, values, name)
    over_grpc(server, modules, values, f"{name}-grpc")
    over_grpc_web(server, modules, values, f"{name}-web")
    found = left(server, values.searched())
    assert not found, told(found)
    assert server.is_well()


def test_the_search_finds_a_value_while_it_is_being_sent(server, values):
    """Without this, a search that finds nothing would prove nothing."""
    head = f"POST {server.project}/secrets HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {server.token}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    with socket.create_connection(server.host_and_port) as connection:
        for text in (values.new("plain"), base64.b64encode(values.new("base64").encode()).decode()):
            connection.sendall((head + text).encode())
            head = ""
        limit = time.monotonic() + SETTLE_SECONDS
        while len(find(server.process.pid, values.searched())) < 2 and time.monotonic() < limit:
            pass
        assert len(find(server.process.pid, values.searched())) >= 2
    assert not left(server, values.searched())


def test_no_credential_remains_in_memory(server):
    keys = server.credentials
    assert server.token
    assert server.log_in(keys["password"]).status_code == 201
    password = post(server, "/csms/generate-password", {"length": 40}).json()["password"]
    assert len(password) == 40
    assert requests.get(f"{server.url}/metrics", auth=(keys["access_key"], keys["secret_key"]), timeout=REQUEST_SECONDS)
    searched = [keys["password"], keys["secret_key"], server.token, password]
    found = left(server, searched)
    assert not found, told(found)


def test_the_root_key_is_held_once_in_locked_memory(server, name):
    server.call("POST", "/secrets", {"name": name, "secret_string": "x"})
    text = (server.data / "root.key").read_text().strip()
    digits = text.rpartition(":")[2]
    key = base64.b64decode(digits)
    held = find(server.process.pid, [key])
    assert len(held) == 1, [(mapping.name, hex(address)) for mapping, address, _ in held]
    ((mapping, _, _),) = held
    assert {"lo", "dd"} <= mapping.flags, "locked in memory, and left out of core dumps"


def resident_mb(server):
    with open(f"/proc/{server.process.pid}/status") as lines:
        (line,) = [line for line in lines if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def test_what_large_requests_took_goes_back_to_the_system(server):
    entries = [{"name": f"n{number}", "secret_string": "x" * 32_000} for number in range(950)]
    body = json.dumps({"dry_run": True, "secrets": entries}).encode()
    for _ in range(5):
        answer = server.call("POST", "/secrets/batch-import", data=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 200
    limit = time.monotonic() + SETTLE_SECONDS
    while resident_mb(server) > 100 and time.monotonic() < limit:
        pass
    assert resident_mb(server) < 100


def limits(server):
    """The server's own limits while it runs."""
    with open(f"/proc/{server.process.pid}/limits") as lines:
        (line,) = [line for line in lines if line.startswith("Max core file size")]
    return line.split()[4:6]


@pytest.fixture
def unlimited_cores(monkeypatch, tmp_path):
    """Core dumps are on for what this test starts, as on many machines, and land in its own folder."""
    monkeypatch.chdir(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    yield before[1] == resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_CORE, before)


def crash(process):
    """Ends the process as a fault in it would; answers whether the system wrote a core dump."""
    os.kill(process.pid, signal.SIGABRT)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = status
    assert os.WIFSIGNALED(status)
    return os.WCOREDUMP(status)


def test_a_crash_of_the_server_leaves_no_core_dump(start_server, unlimited_cores):
    server = start_server()
    assert limits(server) == ["0", "0"]
    assert not crash(server.process)


def test_core_dumps_can_be_allowed(start_server, unlimited_cores):
    server = start_server(READABLE)
    assert limits(server)[0] != "0" or not unlimited_cores
    assert "core dumps are allowed" in server.log.read_text()


def test_a_crash_of_a_command_leaves_no_core_dump(unlimited_cores):
    command = [BINARY, "import", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        # More than a pipe holds: once it is written, the command is reading.
        process.stdin.write(b"NAME=value\n" * 20_000)
        process.stdin.flush()
        assert not crash(process)
