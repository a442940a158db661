"""The published Python SDK on many secrets in one call; two of the calls are newer than it."""

import pytest
from huaweicloudsdkcsms import v1
from sdk import create, entry, imported, read, rejection, schedule, show


def test_batch_import_stores_what_is_right_and_reports_the_rest(client, secret, name):
    answer = imported(
        client,
        [
            entry(f"{name}-a", secret_string="a"),
            v1.CreateSecretRequestBody(name=f"{name}-b"),
            entry(name, secret_string="taken"),
            entry(f"{name}-c", secret_binary="YWJj"),
            entry(f"{name}-a", secret_string="again"),
        ],
    )
    assert (answer.total, answer.success, answer.failed) == (5, 2, 3)
    assert [failure.name for failure in answer.error_list] == [f"{name}-b", name, f"{name}-a"]
    assert all(failure.error_msg.startswith("CSMS.0002: ") for failure in answer.error_list)
    assert read(client, f"{name}-a").secret_string == "a"
    assert read(client, f"{name}-c").secret_binary == "YWJj"
    assert read(client, name).secret_string == "first value"


def test_batch_import_rejects_an_empty_batch(client):
    assert rejection(imported, client, []) == (400, "CSMS.0002")


def documented_members(answer):
    """What clients that know the documentation look at."""
    return {member: answer[member] for member in ("total", "success_secrets", "failed_secrets")}


def test_batch_delete_takes_what_belongs_to_an_instance(client, name):
    instance = f"{name}-in01"
    config = f'{{"InstanceId":"{instance}","SecretSubType":"SingleUser"}}'
    entries = [
        entry(f"{name}-c", secret_type="GaussDB-FG", rotation_config=config),
        entry(f"{name}-b", secret_type="RDS-FG", rotation_config=config),
        entry(f"{name}-a", secret_type="RDS-FG", rotation_config=config),
        entry(f"{name}-other", secret_type="RDS-FG", rotation_config=config.replace("in01", "in02")),
        entry(f"{name}-plain"),
    ]
    assert imported(client, entries).success == 5
    schedule(client, f"{name}-b", 7)

    preview = client.batch_delete_secrets({"instance_id": instance, "dry_run": True})
    assert preview["success_secrets"] == [f"{name}-a", f"{name}-c"]
    assert show(client, f"{name}-a").state == "ENABLED"

    rejected = {
        "secret_name": f"{name}-b",
        "error_msg": "CSMS.0107: Secret is already in the **Pending deletion** state.",
    }
    answer = client.batch_delete_secrets({"instance_id": instance, "instance_type": "RDS"})
    assert documented_members(answer) == {"total": 2, "success_secrets": [f"{name}-a"], "failed_secrets": [rejected]}
    assert client.batch_delete_secrets({"instance_id": instance})["success_secrets"] == [f"{name}-c"]
    assert rejection(show, client, f"{name}-a") == (404, "CSMS.0106")
    assert show(client, f"{name}-b").state == "PENDING_DELETE"
    assert show(client, f"{name}-other").state == show(client, f"{name}-plain").state == "ENABLED"

    nothing = client.batch_delete_secrets({"instance_id": f"{name}-nobody", "instance_type": "APIG"})
    assert documented_members(nothing) == {"total": 0, "success_secrets": [], "failed_secrets": []}


@pytest.mark.parametrize("body", [{}, {"instance_id": ""}, {"instance_type": "rds"}, {"instance_type": "ECS"}])
def test_batch_delete_rejects_what_does_not_say_which(client, secret, name, body):
    assert rejection(client.batch_delete_secrets, body) == (400, "CSMS.0002")
    assert show(client, name).state == "ENABLED"


def test_batch_get_reads_what_can_be_read_and_names_the_rest(client, name):
    create(client, f"{name}-a", "one")
    imported(client, [entry(f"{name}-b", secret_binary="YWJj"), entry(f"{name}-waiting")])
    schedule(client, f"{name}-waiting")
    names = [f"{name}-b", f"{name}-missing", f"{name}-a", f"{name}-waiting"]
    answer = client.batch_get_secret_value({"secret_name_list": names})
    found = {version["version_metadata"]["secret_name"]: version for version in answer["versions"]}
    assert answer["total_count"] == len(answer["versions"]) == 2
    assert found[f"{name}-a"]["secret_string"] == "one"
    assert found[f"{name}-b"]["secret_binary"] == "YWJj"
    assert found[f"{name}-b"]["version_metadata"]["version_stages"] == ["SYSCURRENT"]
    rejected = {one["secret_name"]: one for one in answer["not_returned"]}
    assert rejected.keys() == {f"{name}-missing", f"{name}-waiting"}
    assert rejected[f"{name}-missing"]["error_code"] == "CSMS.0106"
    assert rejected[f"{name}-waiting"]["error_code"] == "CSMS.0103"
    assert rejected[f"{name}-waiting"]["state"] == "PENDING_DELETE"


def test_batch_get_takes_twenty_names(client, name):
    names = [f"{name}-{number}" for number in range(21)]
    assert client.batch_get_secret_value({"secret_name_list": names[:20]})["total_count"] == 0
    assert rejection(client.batch_get_secret_value, {"secret_name_list": names}) == (400, "CSMS.0002")
