"""The published Python SDK, unmodified, signing with access key and secret key."""

import base64
import re
import time

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkcsms.v1 import (
    BatchImportSecretsRequest,
    CreateSecretRequest,
    CreateSecretRequestBody,
    CsmsClient,
    DeleteSecretForScheduleRequest,
    DeleteSecretForScheduleRequestBody,
    DeleteSecretRequest,
    ImportSecretsRequest,
    ListSecretsRequest,
    RestoreSecretRequest,
    ShowSecretRequest,
    ShowSecretVersionRequest,
)

DAY = 86_400_000
# Clocks of one machine agree; a slow run may still spend a while between call and check.
TOLERANCE = 120_000


def client_of(server, secret_key=None):
    keys = server.credentials
    credentials = BasicCredentials(keys["access_key"], secret_key or keys["secret_key"], keys["project_id"])
    return CsmsClient.new_builder().with_credentials(credentials).with_endpoint(server.url).build()


@pytest.fixture
def client(server):
    return client_of(server)


@pytest.fixture
def secret(client, name):
    body = CreateSecretRequestBody(name=name, secret_string="first value", description="für später")
    return client.create_secret(CreateSecretRequest(body)).secret


def refusal(call, *arguments):
    with pytest.raises(ClientRequestException) as caught:
        call(*arguments)
    assert re.fullmatch("[0-9a-f]{32}", caught.value.request_id)
    assert caught.value.error_msg
    return caught.value.status_code, caught.value.error_code


def show(client, name):
    return client.show_secret(ShowSecretRequest(name)).secret


def read(client, name, version="latest"):
    return client.show_secret_version(ShowSecretVersionRequest(name, version)).version


def schedule(client, name, days=None):
    body = DeleteSecretForScheduleRequestBody(days)
    return client.delete_secret_for_schedule(DeleteSecretForScheduleRequest(name, body)).secret


def is_recent(milliseconds):
    assert isinstance(milliseconds, int)
    assert milliseconds % 1000 == 0
    return abs(milliseconds - time.time() * 1000) < TOLERANCE


def test_create_secret_answers_with_the_secret_but_not_its_value(client, server, secret, name):
    assert secret.name == name
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", secret.id)
    assert secret.state == "ENABLED"
    assert secret.secret_type == "COMMON"
    assert secret.description == "für später"
    assert secret.kms_key_id
    assert is_recent(secret.create_time)
    assert is_recent(secret.update_time)
    assert secret.scheduled_delete_time is None
    assert secret.auto_rotation is False
    assert secret.rotation_period == ""
    assert secret.rotation_config == ""
    assert secret.rotation_time is None
    assert secret.next_rotation_time is None
    assert secret.event_subscriptions == []
    assert secret.enterprise_project_id == "0"
    assert secret.rotation_func_urn == ""


def test_show_secret_answers_what_create_answered(client, secret, name):
    assert show(client, name) == secret
    assert refusal(show, client, f"{name}-missing") == (404, "CSMS.0106")


def test_the_answer_has_the_members_that_the_sdk_does_not_know(client, server, secret, name):
    raw = server.call("GET", f"/secrets/{name}").json()["secret"]
    assert raw["last_used_time"] is None
    assert raw["domain_id"] == server.credentials["domain_id"]
    assert raw["replica_type"] == "STANDALONE"
    assert raw["replicas"] == []
    read(client, name)
    assert server.call("GET", f"/secrets/{name}").json()["secret"]["name"] == name


def test_create_secret_refuses_a_name_that_is_taken(client, secret, name):
    body = CreateSecretRequestBody(name=name, secret_string="other")
    assert refusal(client.create_secret, CreateSecretRequest(body)) == (400, "CSMS.0002")
    assert read(client, name).secret_string == "first value"


def test_create_secret_refuses_what_breaks_the_rules(client, name):
    for wrong in [
        {"secret_string": "a", "secret_binary": "YQ=="},
        {},
        {"secret_binary": "not Base64"},
        {"secret_string": "x" * 32_769},
        {"secret_string": "x", "description": "ü" * 1_025},
        {"secret_string": "x", "secret_type": "RDS-FG"},
        {"secret_string": "x", "auto_rotation": True},
        {"secret_string": "x", "auto_rotation": True, "rotation_period": "5h"},
    ]:
        request = CreateSecretRequest(CreateSecretRequestBody(name=name, **wrong))
        assert refusal(client.create_secret, request) == (400, "CSMS.0002"), wrong
    assert refusal(show, client, name) == (404, "CSMS.0106")


def test_show_secret_version_reads_the_value(client, secret, name):
    for version in ["v1", "latest"]:
        found = read(client, name, version)
        assert found.secret_string == "first value"
        assert not found.secret_binary
        assert found.version_metadata.id == "v1"
        assert found.version_metadata.secret_name == name
        assert found.version_metadata.version_stages == ["SYSCURRENT"]
        assert found.version_metadata.kms_key_id == secret.kms_key_id
        assert found.version_metadata.expire_time is None
        assert is_recent(found.version_metadata.create_time)
    assert refusal(read, client, name, "v2") == (404, "CSMS.0005")
    assert refusal(read, client, f"{name}-missing") == (404, "CSMS.0106")


def test_show_secret_version_reads_binary_values_back_to_the_byte(client, name):
    value = base64.b64encode(bytes(range(256))).decode()
    client.create_secret(CreateSecretRequest(CreateSecretRequestBody(name=name, secret_binary=value)))
    found = read(client, name)
    assert found.secret_binary == value
    assert not found.secret_string


def test_values_of_any_script_come_back_as_they_were(client, name):
    value = "пароль \u0000 密码 \U0001f511 \\ \" \r\n\t"
    client.create_secret(CreateSecretRequest(CreateSecretRequestBody(name=name, secret_string=value)))
    assert read(client, name).secret_string == value


def test_list_secrets_walks_all_pages(client, name):
    names = [f"{name}-{number}" for number in range(5)]
    entries = [CreateSecretRequestBody(name=each, secret_string="x") for each in reversed(names)]
    client.batch_import_secrets(BatchImportSecretsRequest(ImportSecretsRequest(entries)))
    marker, found = name, []
    while len(found) < len(names):
        page = client.list_secrets(ListSecretsRequest(limit="2", marker=marker))
        assert page.page_info.current_count == len(page.secrets)
        assert page.page_info.previous_marker == page.secrets[0].name
        found += [secret.name for secret in page.secrets]
        marker = page.page_info.next_marker or found[-1]
    assert found[: len(names)] == names
    assert client.list_secrets(ListSecretsRequest(marker="z" * 64)).secrets == []
    assert refusal(client.list_secrets, ListSecretsRequest(limit="1001")) == (400, "CSMS.0002")


def test_batch_import_stores_what_is_right_and_reports_the_rest(client, secret, name):
    entries = [
        CreateSecretRequestBody(name=f"{name}-a", secret_string="a"),
        CreateSecretRequestBody(name=f"{name}-b"),
        CreateSecretRequestBody(name=name, secret_string="taken"),
        CreateSecretRequestBody(name=f"{name}-c", secret_binary="YWJj"),
        CreateSecretRequestBody(name=f"{name}-a", secret_string="again"),
    ]
    answer = client.batch_import_secrets(BatchImportSecretsRequest(ImportSecretsRequest(entries)))
    assert (answer.total, answer.success, answer.failed) == (5, 2, 3)
    assert [failure.name for failure in answer.error_list] == [f"{name}-b", name, f"{name}-a"]
    assert all(failure.error_msg.startswith("CSMS.0002: ") for failure in answer.error_list)
    assert read(client, f"{name}-a").secret_string == "a"
    assert read(client, f"{name}-c").secret_binary == "YWJj"
    assert read(client, name).secret_string == "first value"


def test_batch_import_refuses_an_empty_batch(client):
    request = BatchImportSecretsRequest(ImportSecretsRequest([]))
    assert refusal(client.batch_import_secrets, request) == (400, "CSMS.0002")


def test_a_deletion_is_scheduled_and_called_off(client, secret, name):
    waiting = schedule(client, name, 7)
    assert waiting.state == "PENDING_DELETE"
    assert waiting.scheduled_delete_time % 1000 == 0
    assert abs(waiting.scheduled_delete_time - time.time() * 1000 - 7 * DAY) < TOLERANCE
    assert show(client, name).state == "PENDING_DELETE"

    assert refusal(schedule, client, name, 7) == (400, "CSMS.0107")
    assert refusal(client.delete_secret, DeleteSecretRequest(name)) == (400, "CSMS.0107")
    assert refusal(read, client, name) == (400, "CSMS.0103")
    taken = CreateSecretRequest(CreateSecretRequestBody(name=name, secret_string="x"))
    assert refusal(client.create_secret, taken) == (400, "CSMS.0002")

    restored = client.restore_secret(RestoreSecretRequest(name)).secret
    assert restored.state == "ENABLED"
    assert restored.scheduled_delete_time is None
    assert restored.id == secret.id
    assert restored.create_time == secret.create_time
    version = read(client, name)
    assert version.secret_string == "first value"
    assert version.version_metadata.version_stages == ["SYSCURRENT"]
    assert refusal(client.restore_secret, RestoreSecretRequest(name)) == (400, "CSMS.0108")


def test_a_deletion_without_days_is_thirty_days_away(client, secret, name):
    waiting = schedule(client, name)
    assert abs(waiting.scheduled_delete_time - time.time() * 1000 - 30 * DAY) < TOLERANCE


@pytest.mark.parametrize("days", [-1, 0, 6, 31, 2**31])
def test_a_window_outside_its_limits_is_refused(client, secret, name, days):
    status, code = refusal(schedule, client, name, days)
    assert (status, code) in [(400, "CSMS.0002"), (400, "CSMS.0004")]
    assert show(client, name) == secret


def test_cancelling_what_does_not_exist_is_refused(client, name):
    assert refusal(client.restore_secret, RestoreSecretRequest(name)) == (404, "CSMS.0106")


def test_delete_secret_frees_the_name_at_once(client, secret, name):
    assert client.delete_secret(DeleteSecretRequest(name)).status_code == 200
    assert refusal(show, client, name) == (404, "CSMS.0106")
    assert refusal(client.delete_secret, DeleteSecretRequest(name)) == (404, "CSMS.0106")
    again = client.create_secret(
        CreateSecretRequest(CreateSecretRequestBody(name=name, secret_string="second"))
    ).secret
    assert again.id != secret.id
    assert read(client, name).version_metadata.id == "v1"


def batch_delete(client, body):
    """Not in the SDK: its own HTTP client and signer are."""
    request = client.build_future_request(
        "POST",
        "/v1/{project_id}/secrets/batch-delete",
        path_params=None,
        query_params=None,
        header_params={"Content-Type": "application/json;charset=utf-8"},
        request_body=body,
        post_params=None,
        cname=None,
        response_type=None,
        collection_formats={},
        progress_callback=None,
    ).result()
    return client.get_http_client().do_request_sync(request)


def test_batch_delete_takes_what_belongs_to_an_instance(client, name):
    instance = f"{name}-in01"
    config = f'{{"InstanceId":"{instance}","SecretSubType":"SingleUser"}}'

    def entry(suffix, **more):
        return CreateSecretRequestBody(name=name + suffix, secret_string="x", **more)

    entries = [
        entry("-c", secret_type="GaussDB-FG", rotation_config=config),
        entry("-b", secret_type="RDS-FG", rotation_config=config),
        entry("-a", secret_type="RDS-FG", rotation_config=config),
        entry("-other", secret_type="RDS-FG", rotation_config=config.replace("in01", "in02")),
        entry("-plain"),
    ]
    stored = client.batch_import_secrets(BatchImportSecretsRequest(ImportSecretsRequest(entries)))
    assert stored.success == 5
    schedule(client, f"{name}-b", 7)

    preview = batch_delete(client, {"instance_id": instance, "dry_run": True}).json()
    assert preview["success_secrets"] == [f"{name}-a", f"{name}-c"]
    assert show(client, f"{name}-a").state == "ENABLED"

    answer = batch_delete(client, {"instance_id": instance, "instance_type": "RDS"})
    assert answer.status_code == 200
    refused = {
        "secret_name": f"{name}-b",
        "error_msg": "CSMS.0107: Secret is already in the **Pending deletion** state.",
    }
    assert answer.json() == {"total": 2, "success_secrets": [f"{name}-a"], "failed_secrets": [refused]}
    assert batch_delete(client, {"instance_id": instance}).json()["success_secrets"] == [f"{name}-c"]
    assert refusal(show, client, f"{name}-a") == (404, "CSMS.0106")
    assert show(client, f"{name}-b").state == "PENDING_DELETE"
    assert show(client, f"{name}-other").state == show(client, f"{name}-plain").state == "ENABLED"

    nothing = batch_delete(client, {"instance_id": f"{name}-nobody", "instance_type": "APIG"})
    assert nothing.json() == {"total": 0, "success_secrets": [], "failed_secrets": []}


@pytest.mark.parametrize("body", [{}, {"instance_id": ""}, {"instance_type": "rds"}, {"instance_type": "ECS"}])
def test_batch_delete_refuses_what_does_not_say_which(client, secret, name, body):
    assert refusal(batch_delete, client, body) == (400, "CSMS.0002")
    assert show(client, name).state == "ENABLED"


def test_a_wrong_key_is_refused(server, client, secret, name):
    stranger = client_of(server, secret_key="x" * 40)
    assert refusal(show, stranger, name) == (401, "APIGW.0301")
    unknown = BasicCredentials("AKUNKNOWN", "x" * 40, server.credentials["project_id"])
    stranger = CsmsClient.new_builder().with_credentials(unknown).with_endpoint(server.url).build()
    assert refusal(stranger.delete_secret, DeleteSecretRequest(name)) == (401, "APIGW.0301")
    assert show(client, name) == secret


def test_a_foreign_project_is_refused(server, secret, name):
    keys = server.credentials
    foreign = BasicCredentials(keys["access_key"], keys["secret_key"], "0" * 32)
    client = CsmsClient.new_builder().with_credentials(foreign).with_endpoint(server.url).build()
    status, code = refusal(show, client, name)
    # The SDK signs the project it asks for as a header too, which already gives it away.
    assert (status, code) in [(403, "CSMS.0302"), (401, "APIGW.0301")]


def test_the_project_is_found_by_the_name_of_the_region(server, monkeypatch, secret, name):
    keys = server.credentials
    monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", server.url)
    credentials = BasicCredentials(keys["access_key"], keys["secret_key"])
    region = Region(keys["project_name"], server.url)
    client = CsmsClient.new_builder().with_credentials(credentials).with_region(region).build()
    assert client.get_credentials().project_id == keys["project_id"]
    assert show(client, name) == secret
