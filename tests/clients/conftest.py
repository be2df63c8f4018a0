"""A real server on a real workspace, for clients that we did not write."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("SOLVENT_PROGRAM", ROOT / "build/release/bin/solvent"))
# What the tests are told is no setting of the program's.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("SOLVENT_")}


class Server:
    """`solvent serve` in a folder of its own. Ends with SIGTERM, and must then exit with 0."""

    def __init__(self, folder: Path, *flags: str):
        self.folder = folder
        self.log = folder / "server.log"
        if not (folder / ".solvent").is_dir():
            self.command("init")
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--port", "0", *flags], cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=self.log.open("ab"), text=True
        )
        self.url = self.process.stdout.readline().strip()
        assert self.url, f"the server did not start: {self.log.read_text()}"
        self.port = int(self.url.rsplit(":", 1)[1])
        self.socket = folder / ".solvent/socket"

    def command(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            [PROGRAM, *words], cwd=self.folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == code, f"solvent {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, self.log.read_text()[-2000:]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    assert PROGRAM.is_file(), f"build the program first: {PROGRAM} is missing"
    made = Server(tmp_path_factory.mktemp("workspace"))
    yield made
    made.end()


@pytest.fixture
def start(tmp_path):
    """Starts servers with flags of their own; all end with the test."""
    made = []

    def begin(*flags: str) -> Server:
        made.append(Server(tmp_path, *flags))
        return made[-1]

    yield begin
    for one in made:
        one.end()
