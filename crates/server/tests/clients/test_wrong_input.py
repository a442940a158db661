"""Wrong input over REST: the documented status and body, and nothing changed."""

import json
import re

import pytest
import requests

MEBIBYTE = 1024 * 1024
LARGEST_BODY = 40 * MEBIBYTE
MOST_ENTRIES = 1_000

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def stored(server, name):
    """A secret that must still be there, unchanged, after a rejection."""
    answer = server.call("POST", "/secrets", {"name": name, "secret_string": "first value"})
    assert answer.status_code == 200, answer.text
    before = server.call("GET", f"/secrets/{name}").json()
    count = len(server.names())
    yield name
    assert server.call("GET", f"/secrets/{name}").json() == before
    value = server.call("GET", f"/secrets/{name}/versions/latest").json()["version"]
    assert value["secret_string"] == "first value"
    assert len(server.names()) == count
    server.call("DELETE", f"/secrets/{name}")


def check(answer, status, code):
    assert (answer.status_code, answer.json()["error_code"]) == (status, code), answer.text
    assert answer.json()["error_msg"]
    assert answer.headers["Content-Type"].startswith("application/json")
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nothing",
        b"null",
        b"[]",
        b"1e999",
        b'"text"',
        b"\xff\xfe{}",
        b'{"secrets":{}}',
        b'{"secrets":null}',
        b'{"secrets":["name"]}',
        b'{"secrets":[{"name":7}]}',
        b'{"secrets":[{"name":"a","secret_string":{}}]}',
        b'{"secrets":[{"name":"a","secret_string":"\\ud800"}]}',
        b'{"secrets":[{"name":"a","auto_rotation":"true"}]}',
        b'{"secrets":[{"name":"a","event_subscriptions":"e"}]}',
        b'{"secrets":[]} trailing',
        b"[" * 200_000,
        b'{"secrets":' + b'[{"a":' * 50_000,
    ],
    ids=lambda body: body[:24].decode(errors="replace") or "empty",
)
def test_a_body_that_is_not_the_right_json_is_rejected(server, stored, body):
    check(server.call("POST", "/secrets/batch-import", data=body, headers=JSON), 400, "CSMS.0004")


def test_an_unknown_content_type_is_rejected(server, stored):
    body = json.dumps({"name": f"{stored}-b", "secret_string": "x"}).encode()
    form = "application/x-www-form-urlencoded"
    for kind in ["text/plain", "application/xml", form, "application/jsonp", "nonsense"]:
        answer = server.call("POST", "/secrets", data=body, headers={"Content-Type": kind})
        check(answer, 400, "CSMS.0004")
    check(server.call("POST", "/secrets", data=body), 400, "CSMS.0004")


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json;charset=utf-8", "Application/JSON; charset=UTF-8"]
)
def test_json_is_known_however_it_is_spelled(server, name, kind):
    body = json.dumps({"name": name, "secret_string": "x"}).encode()
    answer = server.call("POST", "/secrets", data=body, headers={"Content-Type": kind})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/secrets", {"name": "", "secret_string": "x"}),
        ("POST", "/secrets", {"name": "..", "secret_string": "x"}),
        ("POST", "/secrets", {"name": "a b", "secret_string": "x"}),
        ("POST", "/secrets", {"name": "a" * 65, "secret_string": "x"}),
        ("POST", "/secrets", {"name": "unique-enough", "secret_string": "a", "secret_binary": "YQ=="}),
        ("POST", "/secrets", {"name": "unique-enough"}),
        ("POST", "/secrets", {"name": "unique-enough", "secret_binary": "YQ"}),
        ("POST", "/secrets", {"name": "unique-enough", "secret_binary": "YR=="}),
        ("POST", "/secrets", {"name": "unique-enough", "secret_string": "x", "secret_type": "RDS"}),
        ("POST", "/secrets/batch-import", {"secrets": []}),
        ("POST", "/secrets/batch-import", {"secrets": [{}] * (MOST_ENTRIES + 1)}),
        ("POST", "/secrets/batch-delete", {}),
        ("POST", "/secrets/batch-delete", {"instance_id": "", "instance_type": ""}),
        ("GET", "/secrets?limit=0", None),
        ("GET", "/secrets?limit=1001", None),
        ("GET", "/secrets?limit=many", None),
        ("GET", "/secrets?marker=%20", None),
    ],
    ids=str,
)
def test_a_bad_parameter_is_rejected(server, stored, method, path, body):
    check(server.call(method, path, body), 400, "CSMS.0002")


def test_a_batch_may_have_a_thousand_entries_and_the_rejection_says_so(server, stored):
    answer = server.call("POST", "/secrets/batch-import", {"secrets": [{}] * (MOST_ENTRIES + 1)})
    assert re.search("1[ ,]?000", answer.text)


def test_a_body_may_have_forty_mebibytes_and_the_rejection_says_so(server, stored):
    body = b'{"secrets":[{"name":"large","description":"' + b"x" * LARGEST_BODY + b'"}]}'
    try:
        answer = server.call("POST", "/secrets/batch-import", data=body, headers=JSON)
    except requests.ConnectionError:
        # Rejected by its length before it was sent, which this client takes for a broken connection.
        return
    check(answer, 400, "CSMS.0004")
    assert "40" in answer.text or str(LARGEST_BODY) in answer.text


def test_what_does_not_exist_is_said_not_to(server, stored):
    check(server.call("GET", f"/secrets/{stored}-missing"), 404, "CSMS.0106")
    check(server.call("POST", f"/secrets/{stored}-missing/scheduled-deleted-tasks/cancel"), 404, "CSMS.0106")
    check(server.call("GET", f"/secrets/{stored}/versions/v9"), 404, "CSMS.0005")


@pytest.mark.parametrize(
    "path",
    ["/secretz", "/secrets/a/b/c/d", "/secrets/", "//v2/secrets", "//v1", "/secrets/a/versionz"],
)
def test_an_unknown_route_is_rejected(server, stored, path):
    check(server.call("GET", path), 404, "CSMS.0003")


def test_a_wrong_method_is_rejected(server, stored):
    cancel = "/secrets/a/scheduled-deleted-tasks/cancel"
    for method, path in [("PATCH", "/secrets"), ("PUT", "/secrets/a/versions"), ("GET", cancel)]:
        answer = server.call(method, path)
        check(answer, 405, "CSMS.0003")
        assert answer.headers["Allow"]


def test_nobody_is_let_in_without_credentials(server, stored):
    for headers in [
        {},
        {"X-Auth-Token": ""},
        {"X-Auth-Token": "x" * 43},
        {"X-Auth-Token": server.token[:-1]},
        {"Authorization": "Bearer nothing"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "SDK-HMAC-SHA256 Access=, SignedHeaders=, Signature="},
        {"Authorization": "SDK-HMAC-SHA256"},
    ]:
        for method, path in [("GET", ""), ("DELETE", f"/{stored}"), ("POST", "/batch-delete")]:
            url = f"{server.url}{server.project}/secrets{path}"
            answer = requests.request(method, url, headers=headers, timeout=60)
            check(answer, 401, "APIGW.0301")
            assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


def test_a_token_of_another_project_is_rejected(server, stored):
    check(server.call("GET", f"//v1/{'0' * 32}/secrets"), 403, "CSMS.0302")
    check(server.call("DELETE", f"//v1/{'0' * 32}/secrets/{stored}"), 403, "CSMS.0302")


def test_a_log_in_is_rejected_in_the_form_of_identity_services(server):
    answer = server.log_in("wrong")
    assert answer.status_code == 401
    error = answer.json()["error"]
    assert error["code"] == 401
    assert error["title"] == "Unauthorized"
    assert error["message"]
    malformed = requests.post(f"{server.url}/v3/auth/tokens", data=b"{", headers=JSON, timeout=60)
    assert (malformed.status_code, malformed.json()["error"]["code"]) == (400, 400)


def test_a_state_that_does_not_allow_it_rejects_it(server, name):
    server.call("POST", "/secrets", {"name": name, "secret_string": "x"})
    check(server.call("POST", f"/secrets/{name}/scheduled-deleted-tasks/cancel"), 400, "CSMS.0108")
    scheduled = server.call("POST", f"/secrets/{name}/scheduled-deleted-tasks/create", data=b"")
    assert scheduled.json()["secret"]["state"] == "PENDING_DELETE"
    check(server.call("GET", f"/secrets/{name}/versions/latest"), 400, "CSMS.0103")
    check(server.call("DELETE", f"/secrets/{name}"), 400, "CSMS.0107")
    again = server.call("POST", f"/secrets/{name}/scheduled-deleted-tasks/create", {"recovery_window_in_days": 7})
    check(again, 400, "CSMS.0107")
    # Whatever a cancellation carries is ignored.
    cancelled = server.call("POST", f"/secrets/{name}/scheduled-deleted-tasks/cancel", data=b"{{", headers=JSON)
    assert cancelled.json()["secret"]["state"] == "ENABLED"


def test_only_what_needs_no_secret_is_open_to_everybody(server):
    for path in ["/healthz", "/", "/openapi.yaml"]:
        assert requests.get(server.url + path, timeout=60).status_code == 200, path
    assert requests.get(f"{server.url}/metrics", timeout=60).status_code == 401
