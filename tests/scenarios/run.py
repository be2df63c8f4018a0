#!/usr/bin/env python3
"""Scenarios: commands and what they print, readable as documentation.

    tests/scenarios/run.py [FILE.scn...]        default: every *.scn of this folder

A scenario is text. Lines that begin with
    $ command      run it with sh, in a fresh folder, `solvent` on the PATH; what follows is what it prints
    !! 2           the command before ends with this exit code (0 where nothing is said)
    2> text        a line that it writes to standard error (other lines there are not looked at)
    == FILE        the lines up to the next `==` become FILE
    -- command     run it too, but say nothing of its output (it must succeed)
and every other line is expected output when it stands under a `$`, prose elsewhere. In expected lines `[..]` stands for
any text and a line `...` for any number of lines. A blank line ends the expected output.

SOLVENT_SCENARIO_DB   sqlite (default) or postgres: a schema of its own for each scenario in SOLVENT_TEST_POSTGRES
SOLVENT_SCENARIO_MODE embedded (default) or server: after `solvent init` a server holds the workspace, and the same
                      commands must print the same. A scenario that cannot be so says `# embedded only: why`.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PROGRAM = Path(os.environ.get("SOLVENT_PROGRAM", ROOT / "build/release/bin/solvent"))
DATABASE = os.environ.get("SOLVENT_SCENARIO_DB", "sqlite")
MODE = os.environ.get("SOLVENT_SCENARIO_MODE", "embedded")
SECONDS_MAX = 120


def pattern(line):
    return re.compile("".join(".*" if piece == "[..]" else re.escape(piece) for piece in re.split(r"(\[\.\.\])", line)))


def matches(expected, actual):
    """Whether the lines match, `...` standing for any number of lines."""
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(matches(expected[1:], actual[i:]) for i in range(len(actual) + 1))
    return bool(actual) and bool(pattern(expected[0]).fullmatch(actual[0])) and matches(expected[1:], actual[1:])


class Step:
    def __init__(self, number, command, quiet):
        self.number, self.command, self.quiet = number, command, quiet
        self.expected, self.errors, self.code = [], [], 0


def parse(path):
    """Steps and files of a scenario, in order; files are (name, text)."""
    items, step, lines, number = [], None, path.read_text().split("\n"), 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.startswith("== "):
            name, body = line[3:].strip(), []
            while lines[number] != "==":
                body.append(lines[number])
                number += 1
            number += 1
            items.append((name, "\n".join(body) + "\n"))
            step = None
        elif line.startswith(("$ ", "-- ")):
            step = Step(number, line.split(" ", 1)[1], line.startswith("--"))
            items.append(step)
        elif line.startswith("!! ") and items and isinstance(items[-1], Step):
            items[-1].code = int(line[3:])
        elif line.startswith("2> ") and items and isinstance(items[-1], Step):
            items[-1].errors.append(line[3:])
        elif not line:
            step = None
        elif step:
            step.expected.append(line)
    return items


class Place:
    """A fresh folder with its own home, PATH, database schema and, in server mode, server."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="solvent scenario "))  # a blank on purpose
        (self.folder / "bin").mkdir()
        (self.folder / "work").mkdir()
        os.symlink(PROGRAM, self.folder / "bin/solvent")
        self.schema, self.server = None, None
        self.environment = {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C.UTF-8",
            "TMPDIR": str(self.folder), "COLUMNS": "100", "INPUTS": str(ROOT / "build/inputs"),
            "EXAMPLES": str(ROOT / "examples"), "TEST_PYTHON": str(ROOT / "build/venv/bin"),
            "FIXTURES": str(ROOT / "tests/fixtures"), "DATABASE": DATABASE, "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
               for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))},
        }  # fmt: skip
        for name in os.environ.get("SOLVENT_SCENARIO_KEEP", "").split():  # make mutants hands a setting through
            self.environment[name] = os.environ[name]
        if DATABASE == "postgres":
            self.schema = "scenario_" + uuid.uuid4().hex[:12]
            self.environment["SOLVENT_DATABASE_URL"] = os.environ["SOLVENT_TEST_POSTGRES"]
            self.environment["SOLVENT_DATABASE_SCHEMA"] = self.schema

    def run(self, command):
        return subprocess.run(["sh", "-c", command], cwd=self.folder / "work", env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_MAX, check=False)  # fmt: skip

    def serve(self):
        self.server = subprocess.Popen([PROGRAM, "serve", "--port", "0"], cwd=self.folder / "work", env=self.environment,
                                       stdout=subprocess.DEVNULL, stderr=open(self.folder / "server.log", "w"))  # fmt: skip
        socket = self.folder / "work/.solvent/socket"
        for _ in range(200):
            if socket.exists() or self.server.poll() is not None:
                break
            time.sleep(0.05)
        if not socket.exists():
            raise AssertionError("the server did not start: " + (self.folder / "server.log").read_text())

    def close(self):
        if self.server:
            self.server.terminate()
            self.server.wait(20)
        if self.schema:
            subprocess.run(["psql", "-q", os.environ["SOLVENT_TEST_POSTGRES"], "-c",
                            f'DROP SCHEMA IF EXISTS "{self.schema}" CASCADE'], capture_output=True, check=False)  # fmt: skip
        shutil.rmtree(self.folder, ignore_errors=True)


def check(step, done):
    problems = []
    actual = done.stdout.rstrip("\n").split("\n") if done.stdout.strip("\n") else []
    if done.returncode != step.code:
        problems.append(f"exit code {done.returncode}, expected {step.code}; standard error:\n{done.stderr}")
    if not step.quiet and not matches(step.expected, [line for line in actual if line.strip()]):
        problems.append("printed:\n" + done.stdout + "expected:\n" + "\n".join(step.expected))
    for line in step.errors:
        if not any(pattern(line).fullmatch(got) for got in done.stderr.split("\n")):
            problems.append(f"standard error lacks `{line}`:\n{done.stderr}")
    return problems


def play(path):
    """Problems of one scenario."""
    place = Place()
    try:
        for item in parse(path):
            if isinstance(item, tuple):
                target = place.folder / "work" / item[0]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(item[1])
                continue
            problems = check(item, place.run(item.command))
            if problems:
                return [f"{path.name}:{item.number}: $ {item.command}\n" + "\n".join(problems)]
            if MODE == "server" and re.match(r"solvent init\b", item.command):
                place.serve()
        return []
    except (AssertionError, subprocess.TimeoutExpired, OSError) as error:
        return [f"{path.name}: {error}"]
    finally:
        place.close()


def main():
    if not PROGRAM.is_file():
        raise SystemExit(f"there is no {PROGRAM}; next: make build")
    if DATABASE == "postgres" and not os.environ.get("SOLVENT_TEST_POSTGRES"):
        raise SystemExit("SOLVENT_TEST_POSTGRES is not set; next: tools/postgres run -- tests/scenarios/run.py")
    paths = [Path(name) for name in sys.argv[1:]] or sorted(HERE.glob("*.scn"))
    if not paths:
        raise SystemExit("there is no scenario")
    if MODE == "server":
        left_out = [path for path in paths if "# embedded only: " in path.read_text()]
        paths = [path for path in paths if path not in left_out]
        for path in left_out:
            print(f"left out over HTTP: {path.name}: {re.search('# embedded only: (.*)', path.read_text())[1]}")
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for path, problems in zip(paths, pool.map(play, paths)):
            print(f"{'RED  ' if problems else 'green'} {path.name}")
            for problem in problems:
                print(problem)
            failed += bool(problems)
    print(f"{len(paths)} scenarios on {DATABASE}, {MODE}: {len(paths) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
