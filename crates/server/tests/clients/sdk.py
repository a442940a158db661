"""The published Python SDK, unmodified, signing with access key and secret key. What it answers is held against the
documentation on the way, so that no test has to ask for every member again."""

import re
import time

import documented
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcsms import v1

DAY = 86_400_000
# Clocks of one machine agree; a slow run may still spend a while between call and check.
TOLERANCE = 120_000

# Newer than the SDK, which signs and sends them all the same.
NEWER = {
    "batch_delete_secrets": "/v1/{project_id}/secrets/batch-delete",
    "batch_get_secret_value": "/v1/{project_id}/secrets/batch-get-secret-value",
}


class Client:
    """`client.show_secret(request)` is the SDK's call of that name."""

    def __init__(self, server, credentials=None, region=None):
        builder = v1.CsmsClient.new_builder().with_credentials(credentials or keys_of(server))
        self.sdk = (builder.with_region(region) if region else builder.with_endpoint(server.url)).build()

    def __getattr__(self, operation):
        def call(request):
            answer = getattr(self.sdk, operation)(request)
            documented.check(operation, answer.status_code, answer.to_json_object())
            return answer

        return call

    def batch_delete_secrets(self, body):
        return self._newer("batch_delete_secrets", body)

    def batch_get_secret_value(self, body):
        return self._newer("batch_get_secret_value", body)

    def _newer(self, operation, body):
        request = self.sdk.build_future_request(
            "POST",
            NEWER[operation],
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
        answer = self.sdk.get_http_client().do_request_sync(request)
        documented.check(operation, answer.status_code, answer.json())
        return answer.json()


def keys_of(server, **other):
    keys = {**server.credentials, **other}
    return BasicCredentials(keys["access_key"], keys["secret_key"], keys["project_id"])


def another_second():
    """Waits until the date of a signature is another one. The same change signed within one second is the same request, and
    gets the first answer."""
    first = int(time.time())
    while int(time.time()) == first:
        time.sleep(0.02)


def rejection(call, *arguments):
    with pytest.raises(ClientRequestException) as caught:
        call(*arguments)
    assert re.fullmatch("[0-9a-f]{32}", caught.value.request_id)
    assert caught.value.error_msg
    return caught.value.status_code, caught.value.error_code


def create(client, name, value="first value", **more):
    body = v1.CreateSecretRequestBody(name=name, secret_string=value, **more)
    return client.create_secret(v1.CreateSecretRequest(body)).secret


def show(client, name):
    return client.show_secret(v1.ShowSecretRequest(name)).secret


def read(client, name, version="latest"):
    return client.show_secret_version(v1.ShowSecretVersionRequest(name, version)).version


def entry(name, **more):
    value = {} if "secret_binary" in more else {"secret_string": "x"}
    return v1.CreateSecretRequestBody(name=name, **{**value, **more})


def imported(client, entries):
    return client.batch_import_secrets(v1.BatchImportSecretsRequest(v1.ImportSecretsRequest(entries)))


def delete(client, name):
    return client.delete_secret(v1.DeleteSecretRequest(name))


def schedule(client, name, days=None):
    body = v1.DeleteSecretForScheduleRequestBody(days)
    return client.delete_secret_for_schedule(v1.DeleteSecretForScheduleRequest(name, body)).secret


def is_recent(milliseconds):
    assert isinstance(milliseconds, int)
    assert milliseconds % 1000 == 0
    return abs(milliseconds - time.time() * 1000) < TOLERANCE
