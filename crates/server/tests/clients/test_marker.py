"""A value is found nowhere but in the answers that are meant to carry it.

A value nobody else can have made goes through every operation, failing ones too; then everything the server said and
wrote is searched for it, in every form it could have taken on the way.
"""

import base64
import json
import secrets
import struct
import urllib.parse

import grpc
import pytest
import requests
from contract_client import rejection

EVERYTHING = {"STRONGROOM_LOG": "trace", "RUST_BACKTRACE": "full"}


@pytest.fixture
def marker():
    return f"marker~{secrets.token_hex(12)}"


def forms(text):
    """The text as it stands, in the encodings it travels in, and as Base64 at each of the three positions."""
    raw = text.encode()
    yield from [raw, raw.hex().encode(), raw.hex().upper().encode(), urllib.parse.quote(text).encode()]
    yield raw.decode().encode("utf-16-le")
    # Debug output of bytes: `[109, 97, ...]`.
    yield ", ".join(str(byte) for byte in raw).encode()
    for shift in range(3):
        cut = base64.b64encode(bytes(shift) + raw)
        # The first characters depend on what stands before, the last ones on what stands behind.
        cut = cut[(8 * shift + 5) // 6 : (8 * (shift + len(raw))) // 6]
        yield from [cut, cut.replace(b"+", b"-").replace(b"/", b"_")]


def found_in(text, where):
    return [form for form in forms(text) if form in where]


def bodies(name, value):
    """Ways to send a value over REST, right and wrong, with what must come of it."""
    encoded = base64.b64encode(value.encode()).decode()
    good = {"name": name, "secret_string": value}
    yield "/secrets", good, 200
    yield "/secrets", good, 400
    yield "/secrets", {"name": f"{name}-b", "secret_binary": encoded}, 200
    yield "/secrets", {"name": f"{name}-c", "secret_binary": value}, 400
    yield "/secrets", {"name": f"{name}-c", "secret_binary": encoded[:-1]}, 400
    yield "/secrets", {"name": f"{name}-c", "secret_string": value, "secret_binary": encoded}, 400
    yield "/secrets", {"name": f"{name}-c", "secret_string": value * 2_000}, 400
    yield "/secrets", {"name": f"{name} c", "secret_string": value}, 400
    yield "/secrets", {"name": f"{name}-c", "secret_string": [value]}, 400
    yield "/secrets", {"name": f"{name}-c", "secret_string": {value: value}}, 400
    yield "/secrets", {"name": f"{name}-c", "secret_string": value, "auto_rotation": value}, 400
    yield "/secrets", {"name": f"{name}-c", "secret_string": value, "event_subscriptions": value}, 400
    yield "/secrets", {"name": f"{name}-c", "secret_string": value, "secret_type": value}, 400
    yield "/secrets", {"name": f"{name}-c", "secret_string": value, "rotation_period": value}, 400
    yield "/secrets", {"name": f"{name}-c", "secret_string": value, "rotation_config": value * 50}, 400
    yield "/secrets", {"name": f"{name}-c", "secret_string": value, value: value}, 200
    yield "/secrets", value, 400
    yield "/secrets/batch-import", {"secrets": value}, 400
    yield "/secrets/batch-import", {"secrets": [value]}, 400
    yield "/secrets/batch-import", {"secrets": [{"name": f"{name}-d", "secret_string": value}, value]}, 400
    entries = [
        {"name": f"{name}-d", "secret_string": value},
        {"name": f"{name}-d", "secret_string": value},
        {"name": name, "secret_string": value},
        {"name": f"{name}-e", "secret_string": value, "secret_binary": value},
        {"name": f"{name}-e", "secret_binary": value},
        {"secret_string": value},
    ]
    yield "/secrets/batch-import", {"secrets": entries}, 200
    yield "/secrets/batch-delete", {"instance_type": value}, 400
    yield "/secrets/batch-delete", {"instance_id": {"value": value}}, 400
    versions = f"/secrets/{name}/versions"
    yield versions, {"secret_binary": encoded}, 200
    yield versions, {"secret_string": value, value: value}, 200
    yield versions, {"secret_string": value, "secret_binary": encoded}, 400
    yield versions, {"secret_binary": value}, 400
    yield versions, {"secret_string": value, "version_stages": ["a b"]}, 400
    yield versions, {"secret_string": value, "version_stages": value}, 400
    yield versions, {"secret_string": value, "expire_time": value}, 400
    yield "/secrets/checker/check", {"type": "STRENGTH", "data": {"secret_string": value}}, 200
    yield "/secrets/checker/check", {"type": "STRENGTH", "data": value}, 400
    yield "/secrets/checker/config", {"checking_secret_strength": value}, 400
    yield "/secrets/checker/check", {"type": value, "data": {"secret_string": value}}, 400
    yield "/secrets/checker/config", {"checking_secret_strength": True}, 200
    weak = json.dumps({"password": "1", "other": value})
    yield "/secrets", {"name": f"{name}-f", "secret_string": weak}, 400
    yield "/secrets/checker/config", {"checking_secret_strength": False}, 200
    yield "/secrets/batch-get-secret-value", {"secret_name_list": {"value": value}}, 400
    yield "/csms/generate-password", {"length": value}, 400
    yield f"/secrets/{name}/backup", None, 200
    yield "/secrets/restore", {"secret_blob": value}, 400
    yield f"/secrets/{name}/scheduled-deleted-tasks/create", {"recovery_window_in_days": value}, 400
    yield f"/secrets/{name}/scheduled-deleted-tasks/cancel", {"value": value}, 400
    yield f"/secrets/{name}/scheduled-deleted-tasks/create", {"recovery_window_in_days": 7, value: value}, 400
    yield f"/secrets/{name}/scheduled-deleted-tasks/create", {"recovery_window_in_days": 7}, 200
    yield f"/secrets/{name}/scheduled-deleted-tasks/cancel", {"value": value}, 200
    yield f"/secrets/{name}/backup", {"value": value}, 200
    yield "/secrets/restore", {"secret_blob": value}, 400
    yield "/secrets/restore", {"secret_blob": f"strongroom-backup-v1:{encoded}"}, 400
    yield "/secrets/restore", {"secret_blob": [value]}, 400


def everything_over_rest(server, name, value):
    for path, body, status in bodies(name, value):
        answer = server.call("POST", path, body)
        assert answer.status_code == status, (path, answer.text)
        yield answer
    torn, closed_wrongly = f'{{"name":"{name}-f","secret_string":"{value}', f'{{"name":"{value}"}}]'
    for text in [value, torn, closed_wrongly]:
        for kind in ["application/json", "text/plain", "application/grpc-web+proto"]:
            headers = {"Content-Type": kind}
            yield server.call("POST", "/secrets", data=text.encode(), headers=headers)
            yield server.call("POST", "/secrets", data=text.encode(), headers=headers, token="wrong")
            yield server.call("POST", "//strongroom.v1.Secrets/CreateSecret", data=text.encode(), headers=headers)
    read = server.call("GET", f"/secrets/{name}/versions/latest")
    assert read.json()["version"]["secret_string"] == value
    assert "no-store" in read.headers["Cache-Control"]
    yield server.log_in(value)
    yield server.call("GET", f"/secrets/{name}")
    yield server.call("GET", "/secrets")
    yield server.call("DELETE", f"/secrets/{name}-b")


def everything_over_grpc(server, modules, name, value):
    metadata = [("x-auth-token", server.token)]
    with grpc.insecure_channel(server.address) as channel:
        secrets_of, batches = modules.secrets_rpc.SecretsStub(channel), modules.batches_rpc.BatchesStub(channel)
        new = modules.secrets.NewSecret
        request = modules.secrets.CreateSecretRequest(secret=new(name=name, secret_string=value))
        yield repr(secrets_of.CreateSecret(request, metadata=metadata))
        yield rejection(secrets_of.CreateSecret, request, metadata=metadata).raw
        yield rejection(secrets_of.CreateSecret, request).raw
        both = new(name=f"{name}-b", secret_string=value, secret_binary=value)
        wrong = modules.secrets.CreateSecretRequest(secret=both)
        yield rejection(secrets_of.CreateSecret, wrong, metadata=metadata).raw
        batch = modules.batches.BatchImportSecretsRequest(secrets=[both, new(secret_string=value), new(name=name)])
        answer = batches.BatchImportSecrets(batch, metadata=metadata)
        assert answer.failed == 3
        yield repr(answer)
        for garbage in [value.encode(), b"\x12\x7f" + value.encode(), b"\x12" + bytes([len(value)]) + value.encode()]:
            raw = channel.unary_unary("/strongroom.v1.Secrets/CreateSecret")
            yield rejection(raw, garbage, metadata=metadata).raw


def over_grpc_web(server, modules, name, value):
    request = modules.secrets.CreateSecretRequest(
        secret=modules.secrets.NewSecret(name=name, secret_string=value, secret_binary=value)
    ).SerializeToString()
    framed = struct.pack(">BI", 0, len(request)) + request
    headers = {"Content-Type": "application/grpc-web+proto", "X-Grpc-Web": "1"}
    for body in [framed, framed[:-3], b"\x00\xff\xff\xff\xff" + request]:
        yield server.call("POST", "//strongroom.v1.Secrets/CreateSecret", data=body, headers=headers)
    headers["Content-Type"] = "application/grpc-web-text+proto"
    text = base64.b64encode(framed)
    yield server.call("POST", "//strongroom.v1.Secrets/CreateSecret", data=text, headers=headers)


def test_a_value_is_found_nowhere(start_server, modules, marker, name):
    server = start_server(EVERYTHING)
    said = {"metrics": metrics(server)}
    answers = list(everything_over_rest(server, name, marker))
    answers += over_grpc_web(server, modules, f"{name}-web", marker)
    for number, answer in enumerate(answers):
        shown = f"{answer.status_code} {answer.headers} ".encode() + answer.content
        said[f"{number}: {answer.request.method} {answer.request.path_url}"] = shown
    for number, answer in enumerate(everything_over_grpc(server, modules, f"{name}-grpc", marker)):
        said[f"gRPC {number}"] = answer.encode()
    said["metrics afterwards"] = metrics(server)
    files_while_running = files(server)
    server.stop()
    said["log"] = server.log.read_bytes()
    said["standard output"] = server.process.stdout.read()
    said |= {f"{file} while running": content for file, content in files_while_running.items()}
    said |= files(server)

    assert len(said["log"]) > 1_000, "a log that says nothing proves nothing"
    assert any(found_in(name, said[file]) for file in files(server)), "names are stored as they are: the search works"
    for where, content in said.items():
        assert not found_in(marker, content), f"the value is in {where}"
    keys = server.credentials
    credentials = {"password": keys["password"], "secret key": keys["secret_key"], "token": server.token}
    for kind, credential in credentials.items():
        for where, content in said.items():
            # The file that hands out the first credentials is meant to have them.
            handed_out = where.startswith("credentials.json")
            assert handed_out or not found_in(credential, content), f"the {kind} is in {where}"


def test_new_credentials_are_found_nowhere(start_server, marker):
    server = start_server(EVERYTHING)
    made = server.call("POST", "//v3.0/OS-CREDENTIAL/credentials", {"credential": {}}).json()["credential"]
    leaked = server.log_in(server.credentials["password"]).headers["X-Subject-Token"]
    ended = server.call("DELETE", "//v3/auth/tokens", headers={"X-Subject-Token": leaked})
    said = {"the answer to a token that ends": f"{ended.headers}".encode() + ended.content}
    path = f"//v3/users/{made['user_id']}/password"
    for original, status in [(f"wrong-{marker}", 400), (server.credentials["password"], 204)]:
        body = {"user": {"password": f"New-{marker}", "original_password": original}}
        answer = server.call("POST", path, body)
        assert answer.status_code == status, answer.text
        said[f"the answer {status} to a new password"] = f"{answer.headers}".encode() + answer.content
    server.stop()
    said["log"] = server.log.read_bytes()
    said |= files(server)
    assert len(said["log"]) > 1_000
    for kind, credential in {"password": marker, "secret key": made["secret"], "token": leaked}.items():
        for where, content in said.items():
            assert not found_in(credential, content), f"the {kind} is in {where}"


def test_the_search_finds_what_it_looks_for():
    for shift in range(4):
        encoded = base64.b64encode(b"x" * shift + b"marker~0123" + b"y" * shift)
        assert found_in("marker~0123", encoded)
    assert found_in("marker~0123", json.dumps({"a": "marker~0123"}).encode())
    assert not found_in("marker~0123", b"marker~0124")


def metrics(server):
    keys = server.credentials
    answer = requests.get(f"{server.url}/metrics", auth=(keys["access_key"], keys["secret_key"]), timeout=60)
    assert answer.status_code == 200, answer.text
    assert b"# TYPE" in answer.content
    return answer.content


def files(server):
    all_files = [file for file in server.data.rglob("*") if file.is_file()]
    assert len(all_files) > 1
    return {str(file.relative_to(server.data)): file.read_bytes() for file in all_files}
