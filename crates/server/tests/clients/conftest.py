"""What the tests share: a server for tests that use names of their own, and servers for one test alone."""

import secrets

import pytest
import sdk
from contract_client import generate
from product import start


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all tests that use names of their own."""
    running = start(tmp_path_factory.mktemp("server"))
    yield running
    assert running.process.poll() is None, f"the server died:\n{running.log.read_text()[-4000:]}"
    running.stop()


@pytest.fixture
def start_server(tmp_path):
    """Starts servers that belong to one test."""
    running = []

    def start_one(environment=None):
        running.append(start(tmp_path, environment))
        return running[-1]

    yield start_one
    for one in running:
        one.stop()


@pytest.fixture
def name():
    """A name nobody else uses, with every kind of character that a name may have."""
    return f"Test_1.{secrets.token_hex(8)}-x"


@pytest.fixture
def client(server):
    """The published Python SDK."""
    return sdk.Client(server)


@pytest.fixture
def secret(client, name):
    return sdk.create(client, name, description="für später")


@pytest.fixture(scope="session")
def modules(tmp_path_factory):
    """The gRPC client made from `proto/`."""
    return generate(tmp_path_factory.mktemp("client"))
