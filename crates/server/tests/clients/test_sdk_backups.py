"""The published Python SDK on backups of a secret."""

import pytest
from huaweicloudsdkcsms import v1
from sdk import Client, create, delete, read, rejection, schedule, show


def backup(client, name):
    return client.download_secret_blob(v1.DownloadSecretBlobRequest(name)).secret_blob


def restore(client, blob):
    return client.upload_secret_blob(v1.UploadSecretBlobRequest(v1.UploadSecretBlobRequestBody(blob))).secret


def test_a_deleted_secret_comes_back_as_it_was(client, secret, name):
    body = v1.CreateSecretVersionRequestBody(secret_binary="YWJj")
    client.create_secret_version(v1.CreateSecretVersionRequest(name, body))
    blob = backup(client, name)
    delete(client, name)
    restored = restore(client, blob)
    assert (restored.id, restored.name, restored.state) == (secret.id, name, "ENABLED")
    assert (restored.create_time, restored.description) == (secret.create_time, "für später")
    assert show(client, name) == restored
    assert read(client, name, "v1").secret_string == "first value"
    assert read(client, name).secret_binary == "YWJj"


def test_a_secret_that_exists_is_not_restored_over(client, secret, name):
    blob = backup(client, name)
    assert rejection(restore, client, blob) == (400, "CSMS.0002")
    schedule(client, name)
    assert rejection(restore, client, blob) == (400, "CSMS.0002")
    assert rejection(backup, client, name) == (400, "CSMS.0103")
    assert rejection(backup, client, f"{name}-missing") == (404, "CSMS.0106")


@pytest.mark.parametrize("place", [0, 30, -10])
def test_a_backup_that_was_altered_is_rejected(client, secret, name, place):
    blob = list(backup(client, name))
    delete(client, name)
    blob[place] = "A" if blob[place] != "A" else "B"
    assert rejection(restore, client, "".join(blob)) == (400, "CSMS.0002")
    assert rejection(show, client, name) == (404, "CSMS.0106")


def test_a_backup_of_another_store_is_rejected(client, start_server, name):
    elsewhere = Client(start_server())
    create(elsewhere, name)
    assert rejection(restore, client, backup(elsewhere, name)) == (400, "CSMS.0002")
