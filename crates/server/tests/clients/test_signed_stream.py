"""A body of lines whose sender has signed it: nothing of it counts before the signature does."""

import datetime
import hashlib
import hmac
import json

import requests

LINES = "application/x-ndjson"


def signed(server, path, body):
    """The published SDKs sign no such content type, so this is the documented algorithm by hand."""
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {"content-type": LINES, "host": server.address, "x-sdk-date": date}
    names = ";".join(headers)
    listed = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"POST\n{path}/\n\n{listed}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    to_sign = f"SDK-HMAC-SHA256\n{date}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = server.credentials["secret_key"].encode()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    access = server.credentials["access_key"]
    headers["Authorization"] = f"SDK-HMAC-SHA256 Access={access}, SignedHeaders={names}, Signature={signature}"
    return headers


def lines(names):
    return "".join(json.dumps({"name": name, "secret_string": "x"}) + "\n" for name in names).encode()


def test_a_signed_body_counts_as_a_whole_or_not_at_all(server, name):
    path = f"{server.project}/secrets/import-stream"
    body = lines([f"{name}-a", f"{name}-b"])
    headers = signed(server, path, body)
    changed = requests.post(server.url + path, data=body + lines([f"{name}-c"]), headers=headers, timeout=60)
    assert (changed.status_code, changed.json()["error_code"]) == (401, "APIGW.0301")
    assert not [other for other in server.names() if other.startswith(name)]

    answer = requests.post(server.url + path, data=body, headers=headers, timeout=60)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, LINES)
    progress = json.loads(answer.text.splitlines()[-1])["progress"]
    assert (progress["success"], progress["finished"]) == (2, True)
