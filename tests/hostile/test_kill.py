"""kill -9 of the real program at random moments: what it acknowledged is there, and the workspace is sound.

SOLVENT_KILL_SEED=… replays a run; the seed is printed when one turns red.
"""

import os
import random
import shutil
import threading
import time

import pytest
from conftest import Place, Server

SEED = int(os.environ.get("SOLVENT_KILL_SEED", "20261125"))
ROUNDS = 30


def rows_of(number):
    return "id,v\n" + "".join(f"{i},{number}\n" for i in range(3_000))


def put(place, number):
    (place.folder / f"in{number}.csv").write_text(rows_of(number))
    return ["data", "put", f"in{number}.csv", "--name", f"set{number}"]


def audit(place, number):
    project = place.folder / "project"
    project.mkdir(exist_ok=True)
    (project / f"requirements{number % 3}.txt").write_text(f"package{number}\n")
    (project / "requirements.txt").write_text("".join(f"package{i}\n" for i in range(number % 5 + 1)))
    return ["audit", "project"]


def backup(place, number):
    return ["backup", f"backup{number}"]


def restore(place, number):
    return ["restore", "first"]


class Kept:
    """What was acknowledged, and whether the workspace has all of it and nothing half done."""

    def __init__(self, place):
        self.place, self.sets, self.audits, self.backups = place, set(), 0, set()

    def acknowledge(self, verb, number):
        if verb is put:
            self.sets.add(f"set{number}")
        elif verb is audit:
            self.audits += 1
        elif verb is backup:
            self.backups.add(f"backup{number}")
        else:
            self.sets, self.audits = {"set0"}, 0

    def check(self, attempted):
        place = self.place
        place.sound()
        versions = place.versions()
        extra = {attempted} if attempted else set()
        assert set(versions) - extra == self.sets - extra and self.sets <= set(versions), (versions, self.sets, attempted)
        assert set(versions.values()) <= {1}
        audits = len(place.run("audit", "list", "--json", "--limit", "1000").json()["audits"])
        assert self.audits <= audits <= self.audits + (attempted == "audit"), (audits, self.audits)
        self.sets, self.audits = set(versions), audits
        for name in self.backups:
            assert (place.folder / name / "manifest.json").is_file()
        # A name that a backup has, it has whole.
        half = [path for path in place.folder.glob("backup*") if ".making-" not in path.name and not (path / "manifest.json").is_file()]
        assert not half, half


def slowest(place, verb):
    """Seconds that an undisturbed run takes, here and now."""
    began = time.monotonic()
    words = verb(place, 900_000)
    place.run(*words).ok()
    return time.monotonic() - began


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_commands_killed_at_random_moments(tmp_path, engine, request):
    place = place_of(tmp_path, engine, request)
    place.run(*put(place, 0)).ok()
    place.run("backup", "first").ok()
    kept = Kept(place)
    kept.sets = {"set0"}
    # On PostgreSQL a restore needs an empty schema, so there it has no loop.
    verbs = [put, audit, backup] + ([restore] if engine == "sqlite" else [])
    chance = random.Random(SEED)
    longest = {}
    for verb in verbs[:-1] if engine == "sqlite" else verbs:
        longest[verb] = slowest(place, verb)
        kept.acknowledge(verb, 900_000)
    if engine == "sqlite":
        longest[restore] = slowest(place, restore)
        kept.acknowledge(restore, 0)
    killed = 0
    for number in range(1, ROUNDS + 1):
        for verb in verbs:
            words = verb(place, number)
            process = place.start(*words)
            time.sleep(chance.random() * longest[verb] * 1.1)
            process.kill()
            _, error = process.communicate(timeout=60)
            assert process.returncode in (0, -9), (SEED, number, words, error)
            if process.returncode == 0:
                kept.acknowledge(verb, number)
            else:
                killed += 1
            if verb is restore and process.returncode == -9:
                settle_restore(place, kept)
            try:
                kept.check({put: f"set{number}", audit: "audit"}.get(verb) if process.returncode else None)
            except AssertionError as problem:
                raise AssertionError(f"SOLVENT_KILL_SEED={SEED}, round {number}, {' '.join(words)}: {problem}") from problem
    assert killed >= ROUNDS, f"only {killed} of {ROUNDS * len(verbs)} commands were killed while they ran"
    # What the dead left beside the workspace is in nobody's way.
    for path in place.folder.glob(".solvent.making-*"):
        shutil.rmtree(path)
    for name in kept.backups:
        other = place.folder / f"of {name}"
        other.mkdir()
        if engine == "sqlite":
            copy = Place(other)
            copy.run("restore", place.folder / name).ok()
            copy.sound()
            assert copy.versions()


def settle_restore(place, kept):
    """A killed restore has replaced the workspace or not; the one or the other, whole."""
    assert (place.folder / ".solvent").is_dir(), f"SOLVENT_KILL_SEED={SEED}: the workspace is gone"
    if set(place.versions()) == {"set0"}:
        kept.sets = {"set0"}
        kept.audits = len(place.run("audit", "list", "--json", "--limit", "1000").json()["audits"])


def place_of(folder, engine, request):
    environment = {}
    if engine == "postgres":
        import subprocess
        import uuid

        url = os.environ.get("SOLVENT_TEST_POSTGRES")
        assert url, "SOLVENT_TEST_POSTGRES is not set; next: tools/postgres run -- python3 -m pytest tests/hostile"
        schema = "killed_" + uuid.uuid4().hex[:12]
        environment = {"SOLVENT_DATABASE_URL": url, "SOLVENT_DATABASE_SCHEMA": schema}
        request.addfinalizer(lambda: subprocess.run(["psql", "-q", url, "-c", f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'], capture_output=True, check=True))
    place = Place(folder, environment)
    place.run("init").ok()
    return place


def test_a_server_killed_under_eight_clients(place):
    """The server dies and comes back again and again; what a client was told is done, is done."""
    chance, told = random.Random(SEED + 1), [set() for _ in range(8)]
    stop, up = threading.Event(), threading.Event()  # while it is down the clients rest, else their locks keep it out
    problems = []

    def client(which):
        number = 0
        while up.wait() and not stop.is_set():
            name = f"c{which}n{number}"
            (place.folder / f"{name}.csv").write_text(f"id,v\n1,{which}\n2,{number}\n")
            done = place.run("data", "put", f"{name}.csv", "--name", name)
            if done.code == 0:
                told[which].add(name)
            elif done.code != 3 or not done.err.startswith("error: "):
                problems.append((done.code, done.err))
            number += 1

    server = Server(place)
    up.set()
    clients = [threading.Thread(target=client, args=(which,)) for which in range(8)]
    for thread in clients:
        thread.start()
    try:
        for _ in range(8):
            time.sleep(0.2 + chance.random() * 0.8)
            server.kill()
            up.clear()
            server.process.stdout.close()
            # What is under way runs on in its own process, and holds the lock for a moment.
            for attempt in range(200):
                try:
                    server = Server(place)
                    break
                except AssertionError:
                    if attempt == 199:
                        raise
                    time.sleep(0.05)
            up.set()
    finally:
        stop.set()
        up.set()
        for thread in clients:
            thread.join(120)
        server.end()
    assert not problems, problems[:3]
    acknowledged = set().union(*told)
    assert len(acknowledged) >= 16, "hardly anything was done between the kills"
    assert acknowledged <= set(place.versions()), f"SOLVENT_KILL_SEED={SEED}: lost {acknowledged - set(place.versions())}"
    place.sound()
