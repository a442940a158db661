"""Where the root key may come from, the starts that are rejected because of it, and how it is replaced."""

import os
import subprocess
import threading

import pytest
import requests
from product import BINARY, START_SECONDS, start

PASSPHRASE = "STRONGROOM_ROOT_KEY_PASSPHRASE"
KEY = "STRONGROOM_ROOT_KEY"


def rejection(folder, environment=None):
    """What a start that is rejected says."""
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
    assert "root key does not belong to this store" in rejection(tmp_path, {PASSPHRASE: "wrong horse"})
    assert PASSPHRASE in rejection(tmp_path), "it says what is missing"


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
    assert rejection(tmp_path, environment)
    server = start(tmp_path)
    assert server.is_well(), "the rejected start has left nothing behind that matters"
    server.stop()


def command(server, *words, endpoint=None):
    """Runs `strongroom root-key ...` as the first administrator."""
    credentials = ["--credentials", str(server.data / "credentials.json"), "--endpoint", endpoint or server.url]
    return subprocess.run(
        [BINARY, "root-key", *words, *credentials], capture_output=True, text=True, timeout=START_SECONDS
    )


def status(server):
    """What `strongroom root-key status` says, by its names."""
    ended = command(server, "status")
    assert ended.returncode == 0, ended.stderr
    return {name: value.strip() for name, value in (line.split(":") for line in ended.stdout.splitlines())}


def ended_rotation(server):
    """The status once no rotation runs. Each question is a process of its own, so this is no busy loop."""
    while (now := status(server))["state"] != "WHOLE":
        assert now["state"] == "ROTATING"
    return now


def fill(server, keys=200):
    """Stores secrets under so many keys of their own."""
    entries = [{"name": f"s{i}", "secret_string": f"value {i}", "kms_key_id": f"key-{i}"} for i in range(keys)]
    assert server.call("POST", "/secrets/batch-import", {"secrets": entries}).json()["success"] == keys
    return {entry["name"]: entry["secret_string"] for entry in entries}


def reads(server, values, token=None):
    for name, value in values.items():
        answer = server.call("GET", f"/secrets/{name}/versions/latest", token=token)
        assert answer.status_code == 200, answer.text
        assert answer.json()["version"]["secret_string"] == value
    key_pair = (server.credentials["access_key"], server.credentials["secret_key"])
    assert requests.get(f"{server.url}/metrics", auth=key_pair, timeout=START_SECONDS).status_code == 200


def lines(server):
    return (server.data / "root.key").read_text().split()


def test_the_root_key_file_is_replaced_while_the_server_runs(tmp_path):
    server = start(tmp_path)
    values, token, old = fill(server, 20), server.token, lines(server)
    whole = {"source": "FILE", "state": "WHOLE", "waiting keys": "0", "damaged keys": "0"}
    assert status(server) == {"term": "1", **whole}
    rotated = command(server, "rotate")
    assert rotated.returncode == 0 and "term:         2\n" in rotated.stdout, rotated
    assert len(lines(server)) == 1 and lines(server) != old
    assert oct((server.data / "root.key").stat().st_mode & 0o777) == "0o600"
    reads(server, values, token)
    server.stop()

    again = start(tmp_path)
    reads(again, values, token)
    assert status(again)["term"] == "2"
    again.stop()
    new = (tmp_path / "data/root.key").read_text()
    (tmp_path / "data/root.key").write_text(old[0] + "\n")
    assert "root key does not belong to this store" in rejection(tmp_path), "the old key opens nothing any more"
    (tmp_path / "data/root.key").write_text(new)
    start(tmp_path).stop()


@pytest.mark.parametrize("answers", range(6))
def test_a_server_killed_in_the_middle_of_a_rotation_ends_it_after_the_next_start(tmp_path, answers):
    server = start(tmp_path)
    values, token = fill(server), server.token
    rotating = threading.Thread(target=command, args=(server, "rotate"))
    rotating.start()
    # Both keys are in the file from before the first step in the store until after the last.
    while len(lines(server)) < 2 and rotating.is_alive():
        pass
    for _ in range(answers):
        server.call("GET", "/secrets/s0")
    server.process.kill()
    server.process.wait()
    rotating.join()

    again = start(tmp_path)
    reads(again, values, token)
    term = ended_rotation(again)["term"]
    # A key of a rotation that never began stays in the file: for all a start knows another copy of the store needs it.
    assert (term, len(lines(again))) in [("1", 1), ("1", 2), ("2", 1)]
    assert command(again, "rotate").returncode == 0
    assert status(again)["term"] == str(int(term) + 1)
    reads(again, values, token)
    again.stop()


def moved(folder, values, token, new, old):
    """Starts with another key and the one before, waits for the rotation, and starts with the new one alone."""
    server = start(folder, {**new, **old})
    reads(server, values, token)
    now = ended_rotation(server)
    server.stop()
    assert rejection(folder, old_as_own(old)), "the key before opens nothing any more"
    alone = start(folder, new)
    reads(alone, values, token)
    assert status(alone) == now
    alone.stop()
    return now


def old_as_own(old):
    return {name.replace("_PREVIOUS", ""): value for name, value in old.items()}


def test_a_root_key_moves_from_file_to_environment_to_passphrases_and_back(tmp_path):
    server = start(tmp_path)
    values, token = fill(server, 20), server.token
    server.stop()
    file = tmp_path / "data/root.key"
    first = file.read_text().strip()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    start(elsewhere).stop()
    second = (elsewhere / "data/root.key").read_text().strip()

    now = moved(tmp_path, values, token, {KEY: second}, {f"{KEY}_PREVIOUS": first})
    assert (now["term"], now["source"]) == ("2", "ENVIRONMENT")
    now = moved(tmp_path, values, token, {PASSPHRASE: "one horse"}, {f"{KEY}_PREVIOUS": second})
    assert (now["term"], now["source"]) == ("3", "PASSPHRASE")
    previous = f"{KEY}_PREVIOUS_PASSPHRASE"
    now = moved(tmp_path, values, token, {PASSPHRASE: "two horses"}, {previous: "one horse"})
    assert (now["term"], now["source"]) == ("4", "PASSPHRASE")
    file.unlink()
    now = moved(tmp_path, values, token, {}, {previous: "two horses"})
    assert (now["term"], now["source"]) == ("5", "FILE")
    assert file.read_text().strip() not in (first, second)


def test_a_rotation_from_the_environment_needs_both_keys_until_it_has_ended(tmp_path):
    server = start(tmp_path)
    fill(server)
    server.stop()
    old = (tmp_path / "data/root.key").read_text().strip()
    passphrases = {PASSPHRASE: "new horse", f"{KEY}_PREVIOUS": old}
    assert rejection(tmp_path, {PASSPHRASE: "new horse"}), "not without the key before"
    assert rejection(tmp_path, {PASSPHRASE: "new horse", f"{KEY}_PREVIOUS": old, f"{KEY}_PREVIOUS_PASSPHRASE": "x"})
    server = start(tmp_path, passphrases)
    rejected = command(server, "rotate")
    assert rejected.returncode == 1 and "STRONGROOM_ROOT_KEY_PREVIOUS" in rejected.stderr
    ended_rotation(server)
    server.stop()
    again = start(tmp_path, passphrases)
    assert "remove the previous root key from the environment" in again.log.read_text()
    again.stop()


def test_a_command_that_gets_no_answer_says_why(tmp_path):
    server = start(tmp_path)
    for ended, code, words in [
        (command(server, "status", endpoint="http://127.0.0.1:1"), 6, "could not reach the server"),
        (command(server, "status", endpoint="nonsense"), 2, "nonsense is not the address of a server"),
    ]:
        assert ended.returncode == code and words in ended.stderr and not ended.stdout, ended
    credentials = server.data / "credentials.json"
    known = credentials.read_text()
    for text, code, words in [
        (known.replace(server.credentials["password"], "wrong"), 5, "password is wrong"),
        ("{}", 2, "is not a credentials file"),
    ]:
        credentials.write_text(text)
        ended = command(server, "rotate")
        assert ended.returncode == code and words in ended.stderr and "wrong\"" not in ended.stderr, ended
    credentials.unlink()
    assert "could not read" in command(server, "rotate").stderr
    server.stop()
