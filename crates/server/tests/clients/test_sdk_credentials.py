"""The published Python SDK with wrong keys, with a foreign project, and without a project."""

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.region.region import Region
from sdk import Client, delete, keys_of, rejection, show


def test_a_wrong_key_is_rejected(server, client, secret, name):
    stranger = Client(server, keys_of(server, secret_key="x" * 40))
    assert rejection(show, stranger, name) == (401, "APIGW.0301")
    stranger = Client(server, keys_of(server, access_key="AKUNKNOWN"))
    assert rejection(delete, stranger, name) == (401, "APIGW.0301")
    assert show(client, name) == secret


def test_a_foreign_project_is_rejected(server, secret, name):
    status, code = rejection(show, Client(server, keys_of(server, project_id="0" * 32)), name)
    # The SDK signs the project it asks for as a header too, which already gives it away.
    assert (status, code) in [(403, "CSMS.0302"), (401, "APIGW.0301")]


def test_the_project_is_found_by_the_name_of_the_region(server, monkeypatch, secret, name):
    keys = server.credentials
    monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", server.url)
    region = Region(keys["project_name"], server.url)
    client = Client(server, BasicCredentials(keys["access_key"], keys["secret_key"]), region)
    assert client.sdk.get_credentials().project_id == keys["project_id"]
    assert show(client, name) == secret


def test_a_key_that_is_switched_off_or_deleted_is_rejected_with_the_next_request(server, secret, name):
    keys = "//v3.0/OS-CREDENTIAL/credentials"
    made = server.call("POST", keys, {"credential": {"description": "for a test"}}).json()["credential"]
    client = Client(server, keys_of(server, access_key=made["access"], secret_key=made["secret"]))
    assert show(client, name) == secret
    one = f"{keys}/{made['access']}"
    server.call("PUT", one, {"credential": {"status": "inactive"}})
    assert rejection(show, client, name) == (401, "APIGW.0301")
    server.call("PUT", one, {"credential": {"status": "active"}})
    assert show(client, name) == secret
    server.call("DELETE", one)
    assert rejection(show, client, name) == (401, "APIGW.0301")
