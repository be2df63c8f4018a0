"""Passwords at the command line: asked for without echo, read from standard input, and not in the list of processes."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import termios
import time
from pathlib import Path

import pytest
from conftest import PROGRAM, wait_for

PASSWORD = "correct horse battery"


@pytest.fixture
def ada(place):
    place.run("principal", "add", "user:ada", "--role", "editor", "--password", PASSWORD).ok()
    return place


class OnTerminal:
    """A command whose standard input, output and errors are a terminal."""

    def __init__(self, place, *words):
        self.ours, theirs = pty.openpty()
        assert termios.tcgetattr(theirs)[3] & termios.ECHO, "a terminal begins with echo"
        self.process = subprocess.Popen([PROGRAM, *words], cwd=place.folder, env=place.environment, stdin=theirs, stdout=theirs, stderr=theirs)
        self.theirs, self.seen = theirs, ""

    def until(self, pattern, seconds=20):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.seen):
            left = end - time.monotonic()
            assert left > 0, f"not seen: {pattern!r} in {self.seen!r}"
            if select.select([self.ours], [], [], left)[0]:
                self.seen += os.read(self.ours, 4096).decode()

    def echoes(self):
        return bool(termios.tcgetattr(self.theirs)[3] & termios.ECHO)

    def close(self):
        self.process.kill()
        self.process.wait(20)
        os.close(self.ours)
        os.close(self.theirs)


def test_signin_asks_on_a_terminal_and_shows_nothing(ada):
    command = OnTerminal(ada, "signin", "user:ada", "--json")
    try:
        command.until("password: ")
        wait_for(lambda: not command.echoes())
        os.write(command.ours, f"{PASSWORD}\n".encode())
        command.until(r"solv_[0-9a-f]{64}")
        assert command.process.wait(20) == 0
        assert PASSWORD not in command.seen
        assert command.echoes(), "the terminal was left without echo"
    finally:
        command.close()


def test_an_interrupt_gives_the_terminal_back(ada):
    command = OnTerminal(ada, "signin", "user:ada")
    try:
        command.until("password: ")
        wait_for(lambda: not command.echoes())
        command.process.send_signal(signal.SIGINT)
        assert command.process.wait(20) not in (0, -signal.SIGINT)
        command.until("nothing was done")
        assert command.echoes()
    finally:
        command.close()


def test_elsewhere_a_line_of_standard_input_is_the_password(ada):
    def ask(words, text):
        return subprocess.run([PROGRAM, *words], cwd=ada.folder, env=ada.environment, input=text, capture_output=True, text=True, check=False)

    assert ask(["signin", "user:ada"], f"{PASSWORD}\n").returncode == 0
    assert ask(["signin", "user:ada", "--password", "-"], f"{PASSWORD}\nmore").returncode == 0
    wrong = ask(["signin", "user:ada"], "wrong\n")
    assert (wrong.returncode, wrong.stderr.splitlines()[0]) == (3, "error: name or password is wrong")
    none = ask(["signin", "user:ada"], "")
    assert none.returncode == 2
    assert none.stderr == "error: password is missing\nnext:  type it when asked, or send it as a line of standard input\n"
    assert ask(["principal", "add", "user:bob", "--password", "-"], "another good one\n").returncode == 0
    assert ask(["signin", "user:bob"], "another good one\n").returncode == 0
    # Without a dash an optional one is none.
    assert ask(["principal", "add", "service:ci"], "never read\n").returncode == 0
    assert ask(["signin", "service:ci"], "never read\n").returncode == 3
    help_text = " ".join(ask(["signin", "--help"], "").stdout.split())
    assert "asked for when left out: on a terminal without echo, else a line of standard input" in help_text


@pytest.mark.parametrize("words", [["signin", "user:ada", "--password", PASSWORD], ["signin", "user:ada", f"--password={PASSWORD}"],
                                   ["ledger", "--token", "solv_secret"]])  # fmt: skip
def test_a_secret_flag_is_covered_in_the_list_of_processes(place, words):
    """A server that takes the connection and says nothing keeps the command waiting while we look."""
    secret = PASSWORD if "signin" in words else "solv_secret"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        command = place.start(*words, "--server", f"http://127.0.0.1:{silent.getsockname()[1]}")
        try:
            connection, _ = silent.accept()
            with connection:
                line = Path(f"/proc/{command.pid}/cmdline").read_bytes().decode()
                assert words[0] in line and "--server" in line
                assert secret not in line
        finally:
            command.kill()
            command.wait(20)
