"""A gRPC client made from `proto/` with the usual tools."""

import grpc
import pytest
from contract_client import rejection
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase


@pytest.fixture(scope="module")
def channel(server):
    with grpc.insecure_channel(server.address) as channel:
        yield channel


@pytest.fixture(scope="module")
def token(server, modules, channel):
    iam, keys = modules.iam, server.credentials
    user = iam.PasswordUser(name=keys["user_name"], password=keys["password"])
    user.domain.name = keys["domain_name"]
    identity = iam.Identity(methods=["password"], password=iam.PasswordMethod(user=user))
    answer = modules.iam_rpc.IamStub(channel).CreateToken(iam.CreateTokenRequest(auth=iam.Auth(identity=identity)))
    assert answer.token.project.id == keys["project_id"]
    return answer.subject_token


class Client:
    def __init__(self, modules, channel, metadata):
        self.modules, self.metadata = modules, metadata
        self.secrets = modules.secrets_rpc.SecretsStub(channel)
        self.batches = modules.batches_rpc.BatchesStub(channel)
        self.versions = modules.versions_rpc.VersionsStub(channel)

    def import_secrets(self, *entries):
        secrets = [self.modules.secrets.NewSecret(**entry) for entry in entries]
        request = self.modules.batches.BatchImportSecretsRequest(secrets=secrets)
        return self.batches.BatchImportSecrets(request, metadata=self.metadata)

    def batch_delete(self, **which):
        request = self.modules.batches.BatchDeleteSecretsRequest(**which)
        return self.batches.BatchDeleteSecrets(request, metadata=self.metadata)

    def schedule(self, name, days=None):
        request = self.modules.secrets.ScheduleDeletionRequest(secret_name=name, recovery_window_in_days=days)
        return self.secrets.ScheduleDeletion(request, metadata=self.metadata).secret

    def cancel(self, name):
        request = self.modules.secrets.CancelDeletionRequest(secret_name=name)
        return self.secrets.CancelDeletion(request, metadata=self.metadata).secret

    def read(self, name, version="latest"):
        request = self.modules.versions.ShowSecretVersionRequest(secret_name=name, version_id=version)
        return self.versions.ShowSecretVersion(request, metadata=self.metadata).version

    def show(self, name, project=""):
        request = self.modules.secrets.ShowSecretRequest(project_id=project, secret_name=name)
        return self.secrets.ShowSecret(request, metadata=self.metadata).secret


@pytest.fixture
def client(modules, channel, token):
    return Client(modules, channel, [("x-auth-token", token)])


def test_batch_import_stores_what_is_right_and_reports_the_rest(client, name):
    answer = client.import_secrets(
        {"name": name, "secret_string": "value"},
        {"name": f"{name}-none"},
        {"name": f"{name}-both", "secret_string": "a", "secret_binary": "YQ=="},
        {"name": name, "secret_string": "again"},
    )
    assert (answer.total, answer.success, answer.failed) == (4, 1, 3)
    assert [(entry.index, entry.name) for entry in answer.error_list] == [
        (1, f"{name}-none"),
        (2, f"{name}-both"),
        (3, name),
    ]
    for entry in answer.error_list:
        assert entry.error_msg.startswith("CSMS.0002: ")
        assert entry.problems
        assert all(problem.field and problem.code and problem.message for problem in entry.problems)
    version = client.read(name)
    assert version.secret_string == "value"
    assert not version.HasField("secret_binary")
    assert list(version.version_metadata.version_stages) == ["SYSCURRENT"]


def test_batch_import_rejects_an_empty_batch(client):
    rejected = rejection(client.import_secrets)
    assert (rejected.code, rejected.reason, rejected.domain) == (
        StatusCode.INVALID_ARGUMENT,
        "CSMS.0002",
        "strongroom",
    )
    assert rejected.violations == ["secrets"]


def test_batch_delete_takes_what_belongs_to_an_instance(client, modules, name):
    config = f'{{"InstanceId":"{name}","SecretSubType":"MultiUser"}}'
    rds = modules.secrets.SECRET_TYPE_RDS_FG
    account = {"secret_string": "x", "secret_type": rds, "rotation_config": config}
    assert client.import_secrets(*({"name": f"{name}-{each}", **account} for each in "ab")).success == 2
    client.schedule(f"{name}-b")
    which = {"instance_id": name, "instance_type": modules.batches.INSTANCE_TYPE_RDS}

    preview = client.batch_delete(**which, dry_run=True)
    assert client.show(f"{name}-a").name == f"{name}-a"
    answer = client.batch_delete(**which)
    assert preview.dry_run_token and answer.batch_id
    preview.dry_run_token = answer.batch_id = ""
    assert preview == answer
    assert answer.total == 2
    assert list(answer.success_secrets) == [f"{name}-a"]
    [kept] = answer.failed_secrets
    assert kept.secret_name == f"{name}-b"
    assert kept.error_msg == "CSMS.0107: Secret is already in the **Pending deletion** state."
    assert rejection(client.show, f"{name}-a").code == StatusCode.NOT_FOUND


def test_batch_delete_rejects_to_delete_everything(client, name):
    client.import_secrets({"name": name, "secret_string": "x"})
    rejected = rejection(client.batch_delete)
    assert (rejected.code, rejected.reason) == (StatusCode.INVALID_ARGUMENT, "CSMS.0002")
    assert client.show(name).name == name


def test_a_deletion_is_scheduled_and_called_off(client, modules, name):
    client.import_secrets({"name": name, "secret_string": "value"})
    rejected = rejection(client.cancel, name)
    assert (rejected.code, rejected.reason) == (StatusCode.FAILED_PRECONDITION, "CSMS.0108")
    rejected = rejection(client.schedule, name, 6)
    assert (rejected.code, rejected.reason) == (StatusCode.INVALID_ARGUMENT, "CSMS.0002")
    assert rejected.violations == ["recovery_window_in_days"]

    waiting = client.schedule(name, 7)
    assert waiting.state == modules.secrets.SECRET_STATE_PENDING_DELETE
    assert waiting.HasField("scheduled_delete_time")
    rejected = rejection(client.read, name)
    assert (rejected.code, rejected.reason) == (StatusCode.FAILED_PRECONDITION, "CSMS.0103")
    rejected = rejection(client.schedule, name, 7)
    assert (rejected.code, rejected.reason) == (StatusCode.FAILED_PRECONDITION, "CSMS.0107")

    restored = client.cancel(name)
    assert restored.state == modules.secrets.SECRET_STATE_ENABLED
    assert not restored.HasField("scheduled_delete_time")
    assert client.read(name).secret_string == "value"


def test_what_does_not_exist_is_not_found(client, name):
    for call in [client.show, client.cancel, client.read, client.schedule]:
        rejected = rejection(call, name)
        assert (rejected.code, rejected.reason) == (StatusCode.NOT_FOUND, "CSMS.0106")
        assert rejected.sentence


def test_nobody_is_let_in_without_a_token(client, modules, channel, name):
    client.import_secrets({"name": name, "secret_string": "x"})
    for metadata in [[], [("x-auth-token", "x" * 43)], [("authorization", "Bearer nothing")]]:
        stranger = Client(modules, channel, metadata)
        rejected = rejection(stranger.show, name)
        assert (rejected.code, rejected.reason) == (StatusCode.UNAUTHENTICATED, "APIGW.0301")


def test_a_token_is_taken_as_bearer_too(client, modules, channel, token, name):
    client.import_secrets({"name": name, "secret_string": "x"})
    assert Client(modules, channel, [("authorization", f"Bearer {token}")]).show(name).name == name


def test_a_foreign_project_is_rejected(client, server, name):
    client.import_secrets({"name": name, "secret_string": "x"})
    assert client.show(name, server.credentials["project_id"]).name == name
    rejected = rejection(client.show, name, "0" * 32)
    assert (rejected.code, rejected.reason) == (StatusCode.PERMISSION_DENIED, "CSMS.0302")


def test_a_wrong_password_is_rejected(modules, channel, server):
    iam, keys = modules.iam, server.credentials
    user = iam.PasswordUser(name=keys["user_name"], password="wrong")
    user.domain.name = keys["domain_name"]
    identity = iam.Identity(methods=["password"], password=iam.PasswordMethod(user=user))
    stub = modules.iam_rpc.IamStub(channel)
    rejected = rejection(stub.CreateToken, iam.CreateTokenRequest(auth=iam.Auth(identity=identity)))
    assert rejected.code == StatusCode.UNAUTHENTICATED


def test_a_batch_above_the_usual_message_limit_of_grpc_arrives(client, name):
    entries = [{"name": f"{name}-{number}", "secret_string": "x" * 32_768} for number in range(200)]
    assert client.import_secrets(*entries).success == len(entries)


def test_health_answers_without_credentials(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ["", "strongroom.v1.Secrets"]:
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


class WithToken(grpc.StreamStreamClientInterceptor):
    """What `grpcurl -H 'x-auth-token: ...'` does: the client of reflection takes no metadata."""

    def __init__(self, token):
        self.token = token

    def intercept_stream_stream(self, proceed, details, requests):
        return proceed(details._replace(metadata=[("x-auth-token", self.token)]), requests)


def test_reflection_names_every_service(channel, token):
    with pytest.raises(grpc.RpcError) as rejected:
        ProtoReflectionDescriptorDatabase(channel).get_services()
    assert rejected.value.code() == StatusCode.UNAUTHENTICATED
    channel = grpc.intercept_channel(channel, WithToken(token))
    services = ProtoReflectionDescriptorDatabase(channel).get_services()
    for noun in ["Secrets", "Batches", "Versions", "Iam"]:
        assert f"strongroom.v1.{noun}" in services
