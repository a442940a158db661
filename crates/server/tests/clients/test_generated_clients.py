"""Clients that generators make from openapi.yaml: they compile, and do a real import, cancellation and delete."""

import compileall
import importlib
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
import requests
import schemathesis
from product import REPOSITORY

DESCRIPTION = REPOSITORY / "openapi.yaml"
TYPESCRIPT = pathlib.Path(__file__).resolve().parent / "typescript"
PACKAGE = "strongroom_generated"

# Classes and calls only: no tests, no pages about them.
PARTS = "apis,models,supportingFiles,apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command[0]}:\n{done.stdout[-8_000:]}\n{done.stderr[-8_000:]}"
    return done.stdout


@pytest.fixture
def generated(tmp_path, monkeypatch):
    """The package of the generator for Python."""
    assert shutil.which("java"), "the generator needs Java; `cargo xtask setup` installs it"
    generator = pathlib.Path(sys.executable).with_name("openapi-generator-cli")
    options = ["--input-spec", DESCRIPTION, "--generator-name", "python", "--package-name", PACKAGE]
    run(generator, "generate", *options, "--output", tmp_path, "--global-property", PARTS)
    assert compileall.compile_dir(tmp_path / PACKAGE, quiet=1)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(PACKAGE)


def test_the_python_client_imports_cancels_and_deletes(server, generated, name):
    configuration = generated.Configuration(host=server.url, api_key={"token": server.token})
    project = server.credentials["project_id"]
    with generated.ApiClient(configuration) as client:
        batches, secrets = generated.BatchesApi(client), generated.SecretsApi(client)
        entries = [generated.SecretToCreate(name=name + end, secret_string="x") for end in ["-a", "-b"]]
        entries.append(generated.SecretToCreate(name=f"{name}-c"))
        stored = batches.batch_import_secrets(project, generated.BatchImportSecretsRequest(secrets=entries))
        assert (stored.total, stored.success, stored.failed) == (3, 2, 1)
        assert [rejected.name for rejected in stored.error_list] == [f"{name}-c"]

        window = generated.ScheduleDeletionRequest(recovery_window_in_days=7)
        waiting = secrets.schedule_deletion(project, f"{name}-a", window).secret
        assert waiting.state is generated.SecretState.PENDING_DELETE
        again = secrets.cancel_deletion(project, f"{name}-a").secret
        assert (again.id, again.state) == (waiting.id, generated.SecretState.ENABLED)
        assert again.scheduled_delete_time is None

        for end in ["-a", "-b"]:
            secrets.delete_secret(project, name + end)
        with pytest.raises(generated.exceptions.NotFoundException) as caught:
            secrets.show_secret(project, f"{name}-a")
        assert caught.value.data.error_code == "CSMS.0106"


def test_the_typescript_client_imports_cancels_and_deletes(server, tmp_path, name):
    packages = TYPESCRIPT / "node_modules"
    assert packages.is_dir(), f"{packages} is missing; `cargo xtask setup` installs it"
    for file in ["session.ts", "tsconfig.json"]:
        shutil.copy(TYPESCRIPT / file, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "node_modules").symlink_to(packages)
    programs = packages / ".bin"
    run(programs / "openapi-typescript", DESCRIPTION, "--output", tmp_path / "contract.ts", cwd=tmp_path)
    run(programs / "tsc", "--project", tmp_path)
    environment = {"URL": server.url, "PROJECT": server.credentials["project_id"], "TOKEN": server.token}
    run("node", tmp_path / "session.js", name, env={**os.environ, **environment})
    assert not [other for other in server.names() if other.startswith(name)]


def test_the_description_for_older_readers_is_valid(server, tmp_path):
    description = tmp_path / "openapi-3.0.yaml"
    answer = requests.get(f"{server.url}/openapi-3.0.yaml", timeout=60)
    assert answer.status_code == 200
    description.write_text(answer.text)
    generator = pathlib.Path(sys.executable).with_name("openapi-generator-cli")
    told = run(generator, "validate", "--input-spec", description)
    assert "No validation issues detected" in told, told
    assert answer.json()["openapi"].startswith("3.0.")
    schemathesis.openapi.from_dict(answer.json())
