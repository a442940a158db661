"""Where the root key may come from, and the starts that are refused because of it."""

import os
import subprocess

import pytest
from product import BINARY, START_SECONDS, start

PASSPHRASE = "STRONGROOM_ROOT_KEY_PASSPHRASE"
KEY = "STRONGROOM_ROOT_KEY"


def refusal(folder, environment=None):
    """What a start that is refused says."""
    command = [BINARY, "serve", "--data-dir", str(folder / "data"), "--listen", "127.0.0.1:0"]
    ended = subprocess.run(
        command, env={**os.environ, **(environment or {})}, capture_output=True, text=True, timeout=START_SECONDS
    )
    assert ended.returncode == 1 and not ended.stdout, ended
    return ended.stderr


def stored_and_read(folder, environment):
    """Stores a value, starts anew in the same way, and reads it."""
    first = start(folder, environment)
    assert first.call("POST", "/secrets", {"name": "db", "secret_string": "kept"}).status_code == 200
    first.stop()
    again = start(folder, environment)
    read = again.call("GET", "/secrets/db/versions/latest").json()
    again.stop()
    assert read["version"]["secret_string"] == "kept"


def test_a_passphrase_seals_and_opens(tmp_path):
    stored_and_read(tmp_path, {PASSPHRASE: "correct horse"})
    assert not (tmp_path / "data/root.key").exists()
    assert "root key is not the one" in refusal(tmp_path, {PASSPHRASE: "wrong horse"})
    assert PASSPHRASE in refusal(tmp_path), "it says what is missing"


def test_a_key_from_the_environment_seals_and_opens(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    made = start(elsewhere)
    made.stop()
    key = (elsewhere / "data/root.key").read_text().strip()
    stored_and_read(tmp_path, {KEY: key})


@pytest.mark.parametrize(
    "environment",
    [{PASSPHRASE: ""}, {KEY: ""}, {KEY: "not a key"}, {KEY: "x", PASSPHRASE: "y"}],
    ids=["empty passphrase", "empty key", "not a key", "both"],
)
def test_what_is_no_key_seals_nothing(tmp_path, environment):
    assert refusal(tmp_path, environment)
    server = start(tmp_path)
    assert server.is_well(), "the refused start has left nothing behind that matters"
    server.stop()
