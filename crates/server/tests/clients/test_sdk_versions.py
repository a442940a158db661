"""The published Python SDK on versions and stages."""

import base64
import time

import pytest
from huaweicloudsdkcsms import v1
from sdk import DAY, another_second, create, entry, imported, is_recent, read, rejection, schedule

# Whole seconds: the service keeps no more.
TOMORROW = (int(time.time()) * 1000) + DAY


def add(client, name, value="x", **more):
    body = v1.CreateSecretVersionRequestBody(secret_string=value, **more)
    return client.create_secret_version(v1.CreateSecretVersionRequest(name, body)).version_metadata


def versions(client, name, **page):
    return client.list_secret_versions(v1.ListSecretVersionsRequest(name, **page))


def expire(client, name, version, moment):
    body = v1.UpdateVersionRequestBody(moment)
    return client.update_version(v1.UpdateVersionRequest(name, version, body)).version_metadata


def put(client, name, stage, version):
    body = v1.UpdateSecretStageRequestBody(version)
    return client.update_secret_stage(v1.UpdateSecretStageRequest(name, stage, body)).stage


def stage_of(client, name, stage):
    return client.show_secret_stage(v1.ShowSecretStageRequest(name, stage)).stage


def remove(client, name, stage):
    return client.delete_secret_stage(v1.DeleteSecretStageRequest(name, stage))


def stages(client, name):
    return {one.id: sorted(one.version_stages) for one in versions(client, name).version_metadatas}


def test_show_secret_version_reads_the_value(client, secret, name):
    for version in ["v1", "latest"]:
        found = read(client, name, version)
        assert found.secret_string == "first value"
        assert found.secret_binary is None
        assert found.version_metadata.id == "v1"
        assert found.version_metadata.secret_name == name
        assert found.version_metadata.version_stages == ["SYSCURRENT"]
        assert found.version_metadata.kms_key_id == secret.kms_key_id
        assert found.version_metadata.expire_time is None
        assert is_recent(found.version_metadata.create_time)
    assert rejection(read, client, name, "v2") == (404, "CSMS.0005")
    assert rejection(read, client, f"{name}-missing") == (404, "CSMS.0106")


def test_show_secret_version_reads_binary_values_back_to_the_byte(client, name):
    value = base64.b64encode(bytes(range(256))).decode()
    imported(client, [entry(name, secret_binary=value)])
    found = read(client, name)
    assert found.secret_binary == value
    assert found.secret_string is None


def test_values_of_any_script_come_back_as_they_were(client, name):
    value = "пароль \u0000 密码 \U0001f511 \\ \" \r\n\t"
    create(client, name, value)
    assert read(client, name).secret_string == value


def test_a_new_version_becomes_the_current_one(client, secret, name):
    second = add(client, name, "second", expire_time=TOMORROW)
    assert (second.id, second.version_stages, second.secret_name) == ("v2", ["SYSCURRENT"], name)
    assert second.expire_time == TOMORROW
    assert second.kms_key_id == secret.kms_key_id
    assert read(client, name).secret_string == "second"
    assert read(client, name, "v1").version_metadata.version_stages == ["SYSPREVIOUS"]
    binary = v1.CreateSecretVersionRequestBody(secret_binary="YWJj")
    third = client.create_secret_version(v1.CreateSecretVersionRequest(name, binary)).version_metadata
    assert third.create_time > second.create_time
    assert read(client, name).secret_binary == "YWJj"
    assert stages(client, name) == {"v1": [], "v2": ["SYSPREVIOUS"], "v3": ["SYSCURRENT"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"secret_string": "x", "secret_binary": "YQ=="},
        {"secret_binary": "not Base64"},
        {"secret_string": "x" * 32_769},
        {"secret_string": "x", "version_stages": ["a b"]},
        {"secret_string": "x", "expire_time": 1_000},
    ],
    ids=lambda wrong: ",".join(wrong) or "nothing",
)
def test_a_new_version_that_breaks_the_rules_is_rejected(client, secret, name, wrong):
    request = v1.CreateSecretVersionRequest(name, v1.CreateSecretVersionRequestBody(**wrong))
    assert rejection(client.create_secret_version, request) == (400, "CSMS.0002")
    assert stages(client, name) == {"v1": ["SYSCURRENT"]}


def test_the_twenty_first_version_takes_the_place_of_the_oldest_without_a_stage(client, secret, name):
    put(client, name, "KEPT", "v1")
    for number in range(20):
        add(client, name, f"x{number}")
    found = [one.id for one in versions(client, name).version_metadatas]
    assert found == ["v1", *(f"v{number}" for number in range(3, 22))]
    assert rejection(read, client, name, "v2") == (404, "CSMS.0005")


def test_list_secret_versions_walks_all_pages(client, secret, name):
    for number in range(4):
        add(client, name, f"x{number}")
    marker, found = None, []
    while True:
        page = versions(client, name, limit=2, marker=marker)
        assert page.page_info.current_count == len(page.version_metadatas)
        found += [one.id for one in page.version_metadatas]
        marker = page.page_info.next_marker
        if marker is None:
            break
        assert marker == found[-1]
    assert found == ["v1", "v2", "v3", "v4", "v5"]
    assert versions(client, name, marker="v5").version_metadatas == []
    assert rejection(versions, client, f"{name}-missing") == (404, "CSMS.0106")


def test_the_expiry_of_a_version_is_changed(client, secret, name):
    changed = expire(client, name, "v1", TOMORROW + 999)
    assert changed.expire_time == TOMORROW
    assert read(client, name).version_metadata == changed
    assert rejection(expire, client, name, "v1", 1_000) == (400, "CSMS.0002")
    assert rejection(expire, client, name, "v9", TOMORROW) == (404, "CSMS.0005")
    assert read(client, name).version_metadata == changed


def test_a_stage_is_made_moved_and_deleted(client, secret, name):
    add(client, name)
    made = put(client, name, "GREEN", "v1")
    assert (made.name, made.secret_name, made.version_id) == ("GREEN", name, "v1")
    assert is_recent(made.update_time)
    assert stage_of(client, name, "GREEN") == made
    assert put(client, name, "GREEN", "v2").version_id == "v2"
    assert stages(client, name) == {"v1": ["SYSPREVIOUS"], "v2": ["GREEN", "SYSCURRENT"]}
    remove(client, name, "GREEN")
    assert rejection(stage_of, client, name, "GREEN") == (404, "CSMS.0005")
    another_second()
    assert rejection(remove, client, name, "GREEN") == (404, "CSMS.0005")
    assert rejection(put, client, name, "GREEN", "v9") == (404, "CSMS.0005")


def test_the_current_version_is_rolled_back_and_the_built_in_stages_stay(client, secret, name):
    add(client, name)
    put(client, name, "SYSCURRENT", "v1")
    assert read(client, name).secret_string == "first value"
    assert stages(client, name) == {"v1": ["SYSCURRENT"], "v2": ["SYSPREVIOUS"]}
    for stage in ["SYSCURRENT", "SYSPREVIOUS"]:
        assert rejection(remove, client, name, stage) == (400, "CSMS.0105")
    assert stages(client, name) == {"v1": ["SYSCURRENT"], "v2": ["SYSPREVIOUS"]}


def test_a_secret_has_twelve_stages(client, secret, name):
    add(client, name)
    for number in range(10):
        put(client, name, f"S{number}", "v1")
    assert rejection(put, client, name, "S10", "v1") == (400, "CSMS.0203")
    # Moving one makes none.
    put(client, name, "S9", "v2")
    thirteen = {"version_stages": [f"T{number}" for number in range(13)]}
    request = v1.CreateSecretVersionRequest(name, v1.CreateSecretVersionRequestBody(secret_string="x", **thirteen))
    assert rejection(client.create_secret_version, request) == (400, "CSMS.0204")


def test_nothing_changes_while_a_deletion_waits(client, secret, name):
    put(client, name, "GREEN", "v1")
    before = versions(client, name)
    schedule(client, name)
    assert rejection(add, client, name) == (400, "CSMS.0103")
    assert rejection(expire, client, name, "v1", TOMORROW) == (400, "CSMS.0103")
    another_second()
    assert rejection(put, client, name, "GREEN", "v1") == (400, "CSMS.0103")
    assert rejection(remove, client, name, "GREEN") == (400, "CSMS.0103")
    client.restore_secret(v1.RestoreSecretRequest(name))
    assert versions(client, name) == before
