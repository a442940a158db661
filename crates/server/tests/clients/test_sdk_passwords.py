"""The published Python SDK on generated passwords and the checker of weak values."""

import re

import pytest
from huaweicloudsdkcsms import v1
from sdk import Client, create, read, rejection


def password(client, **policy):
    body = v1.CreatePasswordRequestBody(**policy) if policy else None
    return client.generate_random_password(v1.GenerateRandomPasswordRequest(body)).password


@pytest.mark.parametrize(
    ("policy", "form"),
    [
        ({}, r"[!-~]{32}"),
        ({"length": 64, "exclude_punctuation": True}, r"[A-Za-z0-9]{64}"),
        ({"length": 4096, "exclude_lowercase": True, "exclude_uppercase": True}, r"[^A-Za-z ]{4096}"),
        ({"exclude_characters": "aA0!"}, r"[^aA0! ]{32}"),
        ({"length": 4, "require_each_included_type": True}, r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[^a-zA-Z0-9]).{4}"),
        ({"length": 1, "include_space": True}, r"[ -~]"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "form",
)
def test_a_password_is_made_as_asked_for(client, policy, form):
    assert re.fullmatch(form, password(client, **policy))


def test_no_password_is_made_twice(client):
    assert len({password(client) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    "policy",
    [
        {"length": 0},
        {"length": 4097},
        {"length": 3, "require_each_included_type": True},
        {"password_policy_name": "nobody-made-it"},
        {
            "exclude_lowercase": True,
            "exclude_uppercase": True,
            "exclude_numbers": True,
            "exclude_punctuation": True,
        },
    ],
    ids=lambda policy: ",".join(policy),
)
def test_a_password_that_cannot_be_is_rejected(client, policy):
    assert rejection(lambda: password(client, **policy)) == (400, "CSMS.0002")


def test_weak_values_are_rejected_while_checking_is_on(start_server, name):
    client = Client(start_server())

    def checking():
        return client.show_secrets_config(v1.ShowSecretsConfigRequest()).checking_secret_strength

    def switch(on):
        body = v1.UpdateSecretsConfigRequestBody(on)
        return client.update_secrets_config(v1.UpdateSecretsConfigRequest(body)).checking_secret_strength

    assert checking() is False
    create(client, f"{name}-before", "password")
    assert switch(True) is checking() is True
    assert switch(None) is checking() is True
    assert rejection(create, client, name, "password") == (400, "CSMS.0002")
    create(client, name, password(client))
    assert read(client, f"{name}-before").secret_string == "password"
    assert switch(False) is checking() is False
    create(client, f"{name}-after", "password")


def test_a_value_is_checked_without_being_stored(client):
    def check(kind, data):
        return client.check_secrets(v1.CheckSecretsRequest(v1.CheckSecretsRequestBody(kind, data)))

    weak = check("STRENGTH", {"secret_string": "password"})
    assert (weak.type, weak.data["strong"]) == ("STRENGTH", False)
    assert check("STRENGTH", {"secret_string": password(client)}).data["strong"] is True
    assert rejection(check, "SPELLING", {"secret_string": "x"}) == (400, "CSMS.0002")
