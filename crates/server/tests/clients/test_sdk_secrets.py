"""The published Python SDK on secrets: made, shown, changed, listed, scheduled, called off, deleted."""

import re
import time

import pytest
from huaweicloudsdkcsms import v1
from sdk import DAY, TOLERANCE, another_second, create, delete, entry, imported, is_recent, read, rejection, schedule, show


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
    assert rejection(show, client, f"{name}-missing") == (404, "CSMS.0106")


def test_create_secret_rejects_a_name_that_is_taken(client, secret, name):
    assert rejection(create, client, name, "other") == (400, "CSMS.0002")
    assert read(client, name).secret_string == "first value"


def test_create_secret_rejects_what_breaks_the_rules(client, name):
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
        request = v1.CreateSecretRequest(v1.CreateSecretRequestBody(name=name, **wrong))
        assert rejection(client.create_secret, request) == (400, "CSMS.0002"), wrong
    assert rejection(show, client, name) == (404, "CSMS.0106")


def change(client, name, **fields):
    body = v1.UpdateSecretRequestBody(**fields)
    return client.update_secret(v1.UpdateSecretRequest(name, body)).secret


def test_update_secret_changes_what_is_sent_and_nothing_else(client, secret, name):
    changed = change(client, name, description="new", kms_key_id="other-key")
    assert (changed.description, changed.kms_key_id) == ("new", "other-key")
    assert (changed.id, changed.create_time, changed.state) == (secret.id, secret.create_time, "ENABLED")
    assert is_recent(changed.update_time)
    assert show(client, name) == changed
    # The key is for what comes; what is there keeps its own.
    assert read(client, name).version_metadata.kms_key_id == secret.kms_key_id
    assert read(client, name).secret_string == "first value"
    assert change(client, name).description == "new"
    assert change(client, name, event_subscriptions=[]).event_subscriptions == []
    assert change(client, name, description="").description == ""


def test_update_secret_rejects_what_breaks_the_rules(client, secret, name):
    for wrong in [
        {"description": "ü" * 1_025},
        {"auto_rotation": True},
        {"rotation_period": "5h"},
        {"kms_key_id": "a b"},
        {"event_subscriptions": ["one", "two"]},
    ]:
        assert rejection(lambda: change(client, name, **wrong)) == (400, "CSMS.0002"), wrong
    assert rejection(change, client, f"{name}-missing") == (404, "CSMS.0106")
    schedule(client, name)
    assert rejection(lambda: change(client, name, description="new")) == (400, "CSMS.0103")
    assert client.restore_secret(v1.RestoreSecretRequest(name)).secret.description == secret.description


def test_list_secrets_walks_all_pages(client, name):
    names = [f"{name}-{number}" for number in range(5)]
    imported(client, [entry(each) for each in reversed(names)])
    marker, found = name, []
    while len(found) < len(names):
        page = client.list_secrets(v1.ListSecretsRequest(limit="2", marker=marker))
        assert page.page_info.current_count == len(page.secrets)
        assert page.page_info.previous_marker == page.secrets[0].name
        found += [secret.name for secret in page.secrets]
        marker = page.page_info.next_marker or found[-1]
    assert found[: len(names)] == names
    assert client.list_secrets(v1.ListSecretsRequest(marker="z" * 64)).secrets == []
    assert rejection(client.list_secrets, v1.ListSecretsRequest(limit="1001")) == (400, "CSMS.0002")


def test_a_deletion_is_scheduled_and_called_off(client, secret, name):
    waiting = schedule(client, name, 7)
    assert waiting.state == "PENDING_DELETE"
    assert waiting.scheduled_delete_time % 1000 == 0
    assert abs(waiting.scheduled_delete_time - time.time() * 1000 - 7 * DAY) < TOLERANCE
    assert show(client, name).state == "PENDING_DELETE"

    assert rejection(schedule, client, name, 8) == (400, "CSMS.0107")
    assert rejection(delete, client, name) == (400, "CSMS.0107")
    assert rejection(read, client, name) == (400, "CSMS.0103")
    assert rejection(create, client, name) == (400, "CSMS.0002")

    restored = client.restore_secret(v1.RestoreSecretRequest(name)).secret
    assert restored.state == "ENABLED"
    assert restored.scheduled_delete_time is None
    assert restored.id == secret.id
    assert restored.create_time == secret.create_time
    version = read(client, name)
    assert version.secret_string == "first value"
    assert version.version_metadata.version_stages == ["SYSCURRENT"]
    another_second()
    assert rejection(client.restore_secret, v1.RestoreSecretRequest(name)) == (400, "CSMS.0108")


def test_a_deletion_without_days_is_thirty_days_away(client, secret, name):
    waiting = schedule(client, name)
    assert abs(waiting.scheduled_delete_time - time.time() * 1000 - 30 * DAY) < TOLERANCE


@pytest.mark.parametrize("days", [-1, 0, 6, 31, 2**31])
def test_a_window_outside_its_limits_is_rejected(client, secret, name, days):
    status, code = rejection(schedule, client, name, days)
    assert (status, code) in [(400, "CSMS.0002"), (400, "CSMS.0004")]
    assert show(client, name) == secret


def test_cancelling_what_does_not_exist_is_rejected(client, name):
    assert rejection(client.restore_secret, v1.RestoreSecretRequest(name)) == (404, "CSMS.0106")


def test_delete_secret_frees_the_name_at_once(client, secret, name):
    assert delete(client, name).status_code == 200
    assert rejection(show, client, name) == (404, "CSMS.0106")
    another_second()
    assert rejection(delete, client, name) == (404, "CSMS.0106")
    again = create(client, name, "second")
    assert again.id != secret.id
    assert read(client, name).version_metadata.id == "v1"
