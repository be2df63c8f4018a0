"""The real program on bad input, in bad places, beside bad neighbours: helpers of these tests.

Mounts and users need root, which CI has; a machine that cannot make them fails, as nothing here is skipped.
"""

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("SOLVENT_PROGRAM", ROOT / "build/release/bin/solvent"))
USER = "solvent-test"  # made by tools/setup test
# What the tests are told is no setting of the program's.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("SOLVENT_")} | {
    "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


class Done:
    """How one command ended: exit code, data and messages, both as bytes and as text."""

    def __init__(self, words, done, folder):
        self.folder = folder
        self.words, self.code, self.raw_out, self.raw_err = words, done.returncode, done.stdout, done.stderr
        self.out, self.err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")

    def ok(self):
        assert self.code == 0, f"{self.words}: exit code {self.code}\n{self.out}{self.err}"
        return self

    def json(self):
        return json.loads(self.ok().out)

    def refused(self, code, cause, hint):
        """Ended with `code`, one error line that has the words of `cause`, and a next step with those of `hint`."""
        assert self.code == code, f"{self.words}: exit code {self.code}, not {code}\n{self.out}{self.err}"
        found = re.fullmatch(r"error: (.+)\nnext:  (.+)\n", self.err)
        assert found, f"{self.words}: not an error with a next step:\n{self.err}"
        assert cause in found[1], f"{self.words}: the cause is not {cause!r}:\n{self.err}"
        assert hint in found[2], f"{self.words}: the next step is not {hint!r}:\n{self.err}"
        assert self.out == "", f"{self.words}: data beside an error:\n{self.out}"
        return self


class Place:
    """A folder that may hold a workspace, and the program run in it."""

    def __init__(self, folder, environment=None, user=None, program=PROGRAM):
        self.folder, self.user, self.program = Path(folder), user, program
        self.environment = ENVIRONMENT | (environment or {})

    def _as_user(self, words):
        return ["setpriv", "--reuid", self.user, "--regid", self.user, "--clear-groups", *words] if self.user else words

    def start(self, *words, **options):
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        return subprocess.Popen(self._as_user([self.program, *words]), cwd=self.folder, env=self.environment, **options)

    def run(self, *words, seconds=120):
        done = subprocess.run(
            self._as_user([self.program, *words]), cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=seconds, check=False,
        )  # fmt: skip
        return Done(" ".join(str(word) for word in ["solvent", *words]), done, self.folder)

    def sound(self):
        """Everything that the workspace holds reads back."""
        report = self.run("workspace", "verify", "--json").json()
        assert report["sound"] is True and report["problems"] == [], report
        return report

    def versions(self):
        """asset → number of versions."""
        rows = self.run("data", "list", "--json").json()["versions"]
        counts = {}
        for row in rows:
            counts[row["asset"]] = counts.get(row["asset"], 0) + 1
        return counts

    def tree(self):
        """Every file of the folder but the workspace's own, with its bytes."""
        return {
            path: path.read_bytes() for path in self.folder.rglob("*")
            if path.is_file() and not any(part.startswith(".solvent") for part in path.relative_to(self.folder).parts)
        }  # fmt: skip


class Server:
    """`solvent serve` in a place; ends with SIGTERM and must then exit with 0, unless it was killed."""

    def __init__(self, place, *flags):
        self.place, self.log = place, place.folder / "server.log"
        self.process = place.start("serve", "--port", "0", *flags, stderr=self.log.open("ab"))
        try:
            self.url = self.process.stdout.readline().decode().strip()
            assert self.url, f"the server did not start: {self.log.read_text()}"
            self.port = int(self.url.rsplit(":", 1)[1])
            self.socket = place.folder / ".solvent/socket"
            self.token = (place.folder / ".solvent/token").read_text().strip()
        except BaseException:  # nobody else would end it
            self.kill()
            self.process.stdout.close()
            raise

    def memory_kib(self, field="VmHWM"):
        """A field of /proc/PID/status; VmHWM is the most that was ever resident."""
        return int(re.search(rf"^{field}:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text(), re.M)[1])

    def kill(self):
        self.process.kill()
        self.process.wait(20)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(30) == 0, self.log.read_text()[-2000:]
        self.process.stdout.close()


@pytest.fixture(scope="session", autouse=True)
def machine():
    assert PROGRAM.is_file(), f"{PROGRAM} is missing; next: make build"
    assert os.geteuid() == 0, "these tests mount and change users; next: run them as root"


@pytest.fixture
def unprivileged():
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        pytest.fail(f"there is no user {USER}; next: tools/setup test")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    """Settings that choose the database; of PostgreSQL a schema of its own, dropped afterwards."""
    if request.param == "sqlite":
        yield {}
        return
    url = os.environ.get("SOLVENT_TEST_POSTGRES")
    assert url, "SOLVENT_TEST_POSTGRES is not set; next: tools/postgres run -- python3 -m pytest tests/hostile"
    schema = "hostile_" + uuid.uuid4().hex[:12]
    yield {"SOLVENT_DATABASE_URL": url, "SOLVENT_DATABASE_SCHEMA": schema}
    subprocess.run(["psql", "-q", url, "-c", f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'], capture_output=True, check=True)


@pytest.fixture
def bare(tmp_path):
    """A folder without a workspace."""
    return Place(tmp_path)


@pytest.fixture
def place(tmp_path, database):
    """A folder with an empty workspace, on each database."""
    made = Place(tmp_path, database)
    made.run("init").ok()
    return made


@pytest.fixture
def serve():
    """Starts servers; all end with the test."""
    made = []

    def begin(place, *flags):
        made.append(Server(place, *flags))
        return made[-1]

    yield begin
    for server in made:
        server.end()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One for all tests of a module that only ask and change nothing, or what no database sees."""
    place = Place(tmp_path_factory.mktemp("shared"))
    place.run("init").ok()
    shared = Server(place)
    yield shared
    shared.end()


@pytest.fixture
def small_disk(tmp_path):
    """Mounts a tmpfs of so many bytes; all are gone with the test."""
    mounted = []

    def mount(size):
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "solvent-hostile", folder], check=True)
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", folder], check=True)


def wait_for(what, seconds=20):
    """Until `what()` is true."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.01)


def fill(folder, leave=0):
    """Takes the rest of a disk but `leave` bytes; returns the file that does."""
    path, free = Path(folder) / "ballast", shutil.disk_usage(folder).free
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free - leave))
    return path


assert sys.version_info >= (3, 11)
