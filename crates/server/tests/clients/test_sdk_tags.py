"""The published Python SDK on tags, and on finding secrets by them."""

import pytest
from huaweicloudsdkcsms import v1
from sdk import another_second, create, delete, rejection, show

NOBODY = "bb6a3d22-dc93-47ac-b5bd-88df7ad35f1e"


def tag(client, secret_id, key, value=None):
    body = v1.CreateSecretTagRequestBody(v1.TagItem(key, value))
    return client.create_secret_tag(v1.CreateSecretTagRequest(secret_id, body))


def untag(client, secret_id, key):
    return client.delete_secret_tag(v1.DeleteSecretTagRequest(secret_id, key))


def change(client, secret_id, action, tags):
    items = [v1.TagItem(key, value) for key, value in tags.items()]
    body = v1.BatchCreateOrDeleteTagsRequestBody(items, action)
    return client.batch_create_or_delete_tags(v1.BatchCreateOrDeleteTagsRequest(secret_id, body))


def tags(client, secret_id):
    answer = client.list_secret_tags(v1.ListSecretTagsRequest(secret_id))
    assert answer.sys_tags is None
    return {one.key: one.value for one in answer.tags}


def search(client, action="filter", **what):
    if wanted := what.pop("tags", None):
        what["tags"] = [v1.Tag(key, values) for key, values in wanted.items()]
    if matches := what.pop("name", None):
        what["matches"] = [v1.TagMatches("resource_name", matches)]
    body = v1.ListResourceInstancesRequestBody(action=action, **what)
    return client.list_resource_instances(v1.ListResourceInstancesRequest("resource_instances", body))


def names(answer):
    return [found.resource_name for found in answer.resources]


def test_tags_are_made_one_by_one_and_deleted(client, secret):
    tag(client, secret.id, "env", "prod")
    tag(client, secret.id, "env", "test")
    tag(client, secret.id, "cost centre Ü+1=@", "a/b")
    tag(client, secret.id, "empty")
    assert tags(client, secret.id) == {"env": "test", "cost centre Ü+1=@": "a/b", "empty": ""}
    untag(client, secret.id, "cost centre Ü+1=@")
    untag(client, secret.id, "empty")
    assert tags(client, secret.id) == {"env": "test"}
    another_second()
    assert rejection(untag, client, secret.id, "empty") == (404, "CSMS.0005")
    assert rejection(untag, client, secret.id, "a/b")[0] in (400, 404)


def test_tags_are_made_and_deleted_in_a_batch(client, secret):
    change(client, secret.id, "create", {"env": "prod", "owner": "a"})
    change(client, secret.id, "create", {"env": "test"})
    assert tags(client, secret.id) == {"env": "test", "owner": "a"}
    change(client, secret.id, "delete", {"env": "whatever", "missing": None})
    assert tags(client, secret.id) == {"owner": "a"}


@pytest.mark.parametrize("key", ["", "_sys_x", " a", "a ", "a/b", "a*", "x" * 129], ids=repr)
def test_a_key_that_breaks_the_rules_is_rejected(client, secret, key):
    assert rejection(tag, client, secret.id, key, "x") == (400, "CSMS.0002")
    assert rejection(change, client, secret.id, "create", {"good": "x", key: "x"}) == (400, "CSMS.0002")
    assert tags(client, secret.id) == {}


def test_a_secret_has_twenty_tags(client, secret):
    change(client, secret.id, "create", {f"k{number}": "x" for number in range(20)})
    assert rejection(tag, client, secret.id, "k20", "x") == (400, "CSMS.0002")
    tag(client, secret.id, "k0", "changed")
    assert tags(client, secret.id)["k0"] == "changed"


def test_tags_of_a_secret_that_is_not_there_are_rejected(client, secret, name):
    assert rejection(tags, client, NOBODY) == (404, "CSMS.0005")
    assert rejection(tag, client, NOBODY, "a", "b") == (404, "CSMS.0005")
    tag(client, secret.id, "env", "prod")
    delete(client, name)
    assert rejection(tags, client, secret.id) == (404, "CSMS.0005")
    assert names(search(client, name=name)) == []


def test_the_tags_of_a_project_are_listed(client, secret, name):
    other = create(client, f"{name}-b")
    change(client, secret.id, "create", {name: "1", "shared": name})
    change(client, other.id, "create", {name: "2"})

    def listed():
        answer = client.list_project_secrets_tags(v1.ListProjectSecretsTagsRequest())
        return {one.key: one.values for one in answer.tags}

    assert sorted(listed()[name]) == ["1", "2"]
    assert name in listed()["shared"]
    untag(client, other.id, name)
    assert listed()[name] == ["1"]


def test_secrets_are_found_by_their_tags(client, name):
    made = [create(client, f"{name}-{end}") for end in "abc"]
    key = f"{name}-k"
    for one, value in zip(made, ["1", "2", "2"]):
        change(client, one.id, "create", {key: value, "env": name})

    def found(**what):
        return names(search(client, **what))

    assert found(tags={key: ["2"]}) == [f"{name}-b", f"{name}-c"]
    assert found(tags={key: ["1", "2"]}) == [f"{name}-{end}" for end in "abc"]
    assert found(tags={key: []}) == [f"{name}-{end}" for end in "abc"]
    assert found(tags={key: ["1"], "env": [name]}) == [f"{name}-a"]
    assert found(tags={key: ["1"], "env": ["elsewhere"]}) == []
    assert found(tags={key: ["2"]}, name=f"{name}-C".lower()) == [f"{name}-c"]
    assert found(tags={key: []}, limit="2", offset="1") == [f"{name}-b", f"{name}-c"]

    count = search(client, "count", tags={key: ["2"]}, limit="1")
    assert (count.total_count, count.resources) == (2, None)
    page = search(client, tags={key: []}, limit="1")
    assert page.total_count == 3
    assert page.resources[0].resource_id == made[0].id
    assert page.resources[0].resource_detail == show(client, f"{name}-a")
    assert {one.key: one.value for one in page.resources[0].tags} == {key: "1", "env": name}
    assert page.resources[0].sys_tags is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "find"},
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "many"},
        {"offset": "-1"},
        {"tags": {f"k{number}": [] for number in range(11)}},
        {"tags": {"k": [str(number) for number in range(11)]}},
    ],
    ids=lambda wrong: f"{next(iter(wrong))}",
)
def test_a_search_that_breaks_the_rules_is_rejected(client, wrong):
    assert rejection(lambda: search(client, **wrong)) == (400, "CSMS.0002")
