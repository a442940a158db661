"""The command line at a terminal: prompts and hidden input. The rest is tested in crates/cli."""

import os
import pty
import re
import signal
import termios

import pytest
from product import BINARY


class Terminal:
    """A command with a terminal of its own, driven by expected output and typed input."""

    def __init__(self, server, *words):
        credentials = str(server.data / "credentials.json")
        environment = {**os.environ, "STRONGROOM_CREDENTIALS": credentials, "STRONGROOM_ENDPOINT": server.url}
        self.process, self.side = pty.fork()
        if self.process == 0:
            os.execvpe(BINARY, [BINARY, *words], environment)
        self.shown = ""

    def wait_for(self, words):
        while words not in self.shown:
            read = self.read()
            assert read, f"it ended without {words!r}: {self.shown}"

    def read(self):
        try:
            read = os.read(self.side, 65536).decode()
        except OSError:  # how Linux tells that the other side is closed
            read = ""
        self.shown += read
        return read

    def type(self, text):
        os.write(self.side, text.encode())

    def shows_what_is_typed(self):
        return bool(termios.tcgetattr(self.side)[3] & termios.ECHO)

    def ended(self):
        """The exit code, once everything that was said has been read."""
        while self.read():
            pass
        _, status = os.waitpid(self.process, 0)
        os.close(self.side)
        return os.waitstatus_to_exitcode(status)


@pytest.fixture
def env_file(tmp_path):
    path = tmp_path / "shop.env"
    path.write_text("A=VALUE-1\nB=VALUE-2\n")
    return str(path)


def test_an_import_is_shown_and_done_when_the_answer_is_yes(start_server, env_file):
    server = start_server()
    for answer, exit_code, names in [("n", 1, []), ("", 1, []), ("y", 0, ["A", "B"])]:
        terminal = Terminal(server, "import", env_file)
        terminal.wait_for("[y/N]")
        assert "preview: 2 to create" in terminal.shown and "line 2" in terminal.shown
        terminal.type(answer + "\n")
        assert terminal.ended() == exit_code, terminal.shown
        assert server.names() == names
        assert "VALUE-" not in terminal.shown
    batch = re.search("batch undo ([0-9a-f]{32})", terminal.shown).group(1)
    undo = Terminal(server, "batch", "undo", batch)
    undo.wait_for("[y/N]")
    undo.type("yes\n")
    assert undo.ended() == 0, undo.shown
    assert server.names() == []


def test_what_changed_after_it_was_shown_is_not_done(start_server, env_file):
    server = start_server()
    terminal = Terminal(server, "import", env_file)
    terminal.wait_for("[y/N]")
    server.call("POST", "/secrets", {"name": "B", "secret_string": "meanwhile"})
    terminal.type("y\n")
    assert terminal.ended() == 7, terminal.shown
    assert server.names() == ["B"]


def test_deleting_for_good_is_confirmed_by_the_number(start_server, env_file):
    server = start_server()
    Terminal(server, "import", env_file, "--yes").ended()
    for typed, exit_code, names in [("y", 1, ["A", "B"]), ("1", 1, ["A", "B"]), ("2", 0, [])]:
        terminal = Terminal(server, "delete", "A", "B", "--now")
        terminal.wait_for("cannot be undone")
        terminal.type(typed + "\n")
        assert terminal.ended() == exit_code, terminal.shown
        assert server.names() == names


def test_a_typed_value_is_not_shown(start_server):
    server = start_server()
    terminal = Terminal(server, "put", "typed")
    terminal.wait_for("Value of typed")
    while terminal.shows_what_is_typed():
        pass
    terminal.type("VALUE-1\n")
    assert terminal.ended() == 0, terminal.shown
    assert "VALUE-1" not in terminal.shown
    read = server.call("GET", "/secrets/typed/versions/latest").json()
    assert read["version"]["secret_string"] == "VALUE-1"


def test_an_interrupted_question_leaves_the_terminal_as_it_was(start_server):
    server = start_server()
    terminal = Terminal(server, "put", "typed")
    terminal.wait_for("Value of typed")
    while terminal.shows_what_is_typed():
        pass
    terminal.type("VALUE-1\x03")
    # Read before it ends, because the terminal ends with it.
    terminal.wait_for("interrupted")
    assert terminal.shows_what_is_typed()
    assert terminal.ended() == 128 + signal.SIGINT
    assert server.names() == []


def test_a_binary_value_does_not_garble_a_terminal(start_server):
    server = start_server()
    server.call("POST", "/secrets", {"name": "binary", "secret_binary": "/wAA"})
    terminal = Terminal(server, "get", "binary")
    assert terminal.ended() == 2 and "binary" in terminal.shown
    server.call("POST", "/secrets", {"name": "text", "secret_string": "VALUE-1"})
    terminal = Terminal(server, "get", "text")
    assert terminal.ended() == 0 and terminal.shown == "VALUE-1\r\n"
