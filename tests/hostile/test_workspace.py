"""A workspace that others hold, that is newer, read-only, or was left by a process that died."""

import contextlib
import fcntl
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import threading
import time

from conftest import PROGRAM, Place, wait_for

ROWS = "id,v\n" + "".join(f"{i},{i % 7}\n" for i in range(200))


def test_a_live_server_serves_ordinary_commands_and_backups(place, serve):
    (place.folder / "a.csv").write_text(ROWS)
    place.run("data", "put", "a.csv", "--name", "before").ok()
    server = serve(place)
    place.run("data", "put", "a.csv", "--name", "during").ok()
    assert place.versions() == {"before": 1, "during": 1}
    # It was the server that did it: its log has the requests, which came over its socket.
    wait_for(lambda: '"path":"/api/data"' in server.log.read_text() and '"peer":"unix"' in server.log.read_text())
    place.run("backup", "kept").ok()
    place.run("backup", "kept").refused(2, "there is something at the backup's place", "name a folder that does not exist yet")
    place.run("restore", "kept").refused(3, "a server or a command has this workspace open", "stop it, then restore")
    place.run("serve", "--port", "0").refused(3, "another process has this workspace open", "stop it first, or use it through its socket")
    place.run("data", "list", "--set", "table.memory_mib=64").refused(2, "a server has settings of its own", "start the server again")
    assert place.versions() == {"before": 1, "during": 1}
    place.sound()
    server.end()
    assert not server.socket.exists()
    assert place.versions() == {"before": 1, "during": 1}
    # The backup that the server gave is whole.
    other = place.folder / "other"
    other.mkdir()
    if not place.environment.get("SOLVENT_DATABASE_URL"):
        copy = Place(other)
        copy.run("restore", "../kept").ok()
        assert copy.versions() == {"before": 1, "during": 1}
        copy.sound()
    else:  # a schema takes one workspace
        copy = Place(other, place.environment | {"SOLVENT_DATABASE_SCHEMA": place.environment["SOLVENT_DATABASE_SCHEMA"] + "_b"})
        copy.run("restore", "../kept").ok()
        assert copy.versions() == {"before": 1, "during": 1}
        copy.sound()
        subprocess.run(["psql", "-q", place.environment["SOLVENT_DATABASE_URL"], "-c",
                        f'DROP SCHEMA "{copy.environment["SOLVENT_DATABASE_SCHEMA"]}" CASCADE'], check=True)  # fmt: skip


def test_an_embedded_command_keeps_restore_and_serve_out(place):
    (place.folder / "a.csv").write_text(ROWS)
    place.run("data", "put", "a.csv", "--name", "a").ok()
    place.run("backup", "kept").ok()
    # A put of what comes slowly: the file is read to its end before anything else.
    big = place.folder / "big.csv"
    with big.open("w") as file:
        file.write("id,text\n")
        for i in range(900_000):
            file.write(f"{i},some text that takes a while to be read and profiled {i % 1000}\n")
    busy = place.start("data", "put", "big.csv", "--name", "big")
    try:
        lock = place.folder / ".solvent/lock"
        wait_for(lambda: busy.poll() is None and any(str(lock) == os.readlink(f"/proc/{busy.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{busy.pid}/fd")))
        place.run("restore", "kept").refused(3, "a server or a command has this workspace open", "stop it, then restore")
        place.run("serve", "--port", "0", "--set", "workspace.wait_s=0").refused(3, "another process has this workspace open", "stop it first")
        # Other commands are welcome.
        assert place.versions()["a"] == 1
        assert busy.poll() is None, "the command ended before it was disturbed"
    finally:
        _, error = busy.communicate(timeout=120)
    assert busy.returncode == 0, error
    assert place.versions() == {"a": 1, "big": 1}
    place.sound()


@contextlib.contextmanager
def command_that_runs(place):
    """Holds the workspace as a command does, for as long as the test wants."""
    with (place.folder / ".solvent/lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def test_a_server_that_starts_waits_for_commands_and_they_for_it(place, serve):
    with command_that_runs(place):
        started = time.monotonic()
        place.run("serve", "--port", "0", "--set", "workspace.wait_s=1").refused(3, "another process has this workspace open", "stop it first")
        assert time.monotonic() - started >= 1, "it did not wait for the command to end"
        # It gave its turn back, too.
        assert place.run("data", "list", "--json").json()["versions"] == []
    with command_that_runs(place):
        server = place.start("serve", "--port", "0")
        turn = place.folder / ".solvent/lock.turn"
        wait_for(lambda: server.poll() is None and any(str(turn) == os.readlink(f"/proc/{server.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{server.pid}/fd")))
        wait_for(lambda: not shared(turn))
        place.run("data", "list", "--set", "workspace.wait_s=0").refused(3, "a server that starts waits for this workspace", "try again when it is up")
        later = place.start("data", "list", "--json")
        assert later.poll() is None
    try:
        out, error = later.communicate(timeout=60)
        assert (later.returncode, json.loads(out)["versions"]) == (0, []), error
        assert server.stdout.readline().startswith(b"http://127.0.0.1:")
    finally:
        server.terminate()
        server.communicate(timeout=60)


def test_a_command_waits_for_a_server_that_stops(place, serve):
    """Who drains answers nobody new, and holds the workspace until what is under way has ended."""
    server = serve(place)
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall((f"POST /api/audits HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {server.token}\r\n"
                      "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{").encode())  # fmt: skip
        time.sleep(0.2)
        server.process.terminate()
        wait_for(lambda: not server.socket.exists())
        place.run("data", "list", "--set", "workspace.wait_s=0").refused(3, "a process that answers nobody holds this workspace", "wait until")
        later = place.start("data", "list", "--json")
        time.sleep(0.2)
        assert server.process.poll() is None and later.poll() is None
        slow.sendall(b"}")
    out, error = later.communicate(timeout=60)
    assert (later.returncode, json.loads(out)["versions"]) == (0, []), error
    server.end()


def shared(path):
    """Whether somebody else may lock the file together with us."""
    with path.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_commands_without_pause_let_a_server_in(place, serve):
    """Eight loops of commands: there is never a moment at which none of them has the workspace open."""
    place.run("data", "list").ok()
    stop, ends, refused, ran = threading.Event(), [0], [], [0] * 8  # ends: odd while a server ends

    def loop(number):
        while not stop.is_set() and not refused:
            before = ends[0]
            done = place.run("data", "list", "--json")
            ran[number] += 1
            # A server that drains answers nobody new.
            if done.code != 0 and before % 2 == 0 and ends[0] == before:
                refused.append(done.err)

    loops = [threading.Thread(target=loop, args=(number,)) for number in range(8)]
    for one in loops:
        one.start()
    try:
        for _ in range(5):  # restarts, each amid the commands
            wait_for(lambda at=list(ran): refused or all(now > then for now, then in zip(ran, at)))
            server = serve(place)
            before = list(ran)
            wait_for(lambda: refused or all(now > then + 1 for now, then in zip(ran, before)))
            assert refused == []
            wait_for(lambda s=server: '"path":"/api/data"' in s.log.read_text() and '"peer":"unix"' in s.log.read_text())
            ends[0] += 1
            server.end()
            ends[0] += 1
    finally:
        stop.set()
        for one in loops:
            one.join()
    assert refused == []
    place.sound()


def test_a_dead_server_leaves_a_workspace_that_anybody_may_use(place, serve):
    (place.folder / "a.csv").write_text(ROWS)
    server = serve(place)
    place.run("data", "put", "a.csv", "--name", "a").ok()
    server.kill()
    assert server.socket.exists(), "a killed server cannot have removed its socket"
    # The stale socket and lock are nobody's.
    assert place.versions() == {"a": 1}
    place.run("data", "put", "a.csv", "--name", "b").ok()
    place.sound()
    again = serve(place)
    assert place.versions() == {"a": 1, "b": 1}
    again.end()
    place.run("backup", "kept").ok()
    if not place.environment.get("SOLVENT_DATABASE_URL"):
        server = serve(place)
        server.kill()
        place.run("restore", "kept").ok()
        assert place.versions() == {"a": 1, "b": 1}


def test_a_socket_that_nobody_answers_is_named(place, serve):
    """Somebody holds the lock, and behind the socket there is nobody."""
    server = serve(place)
    server.kill()
    holder = subprocess.Popen(["flock", "--exclusive", place.folder / ".solvent/lock", "sleep", "60"])
    try:
        wait_for(lambda: subprocess.run(["flock", "--nonblock", "--shared", place.folder / ".solvent/lock", "true"], check=False).returncode == 1)
        place.run("data", "list", "--set", "workspace.wait_s=0").refused(3, "a process that answers nobody holds this workspace", "wait until")
    finally:
        subprocess.run(["pkill", "-P", str(holder.pid)], check=False)
        holder.kill()
        holder.wait()


def test_eight_embedded_writers_lose_nothing(place):
    writers, puts = 8, 5
    scripts = []
    for writer in range(writers):
        for put in range(puts):
            (place.folder / f"{writer}.{put}.csv").write_text("id,w\n" + "".join(f"{i},{writer * 100 + put}\n" for i in range(50)))
        words = " && ".join(f"'{PROGRAM}' data put {writer}.{put}.csv --name w{writer} --json" for put in range(puts))
        scripts.append(words + f" && '{PROGRAM}' asset own w{writer} --owner team-{writer} --json")
    running = [
        subprocess.Popen(["sh", "-c", script], cwd=place.folder, env=place.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for script in scripts
    ]
    acknowledged = {}
    for writer, process in enumerate(running):
        out, error = process.communicate(timeout=300)
        assert process.returncode == 0, error
        text, decoder, at = out.decode(), json.JSONDecoder(), 0
        while at < len(text.rstrip()):
            value, end = decoder.raw_decode(text[at:].lstrip())
            at = len(text) - len(text[at:].lstrip()) + end
            if "version" in value:
                acknowledged.setdefault(f"w{writer}", set()).add(value["version"])
    rows = place.run("data", "list", "--json").json()["versions"]
    kept = {}
    for row in rows:
        kept.setdefault(row["asset"], set()).add(row["version"])
    assert kept == acknowledged and all(len(found) == puts for found in kept.values()) and len(kept) == writers
    owners = {asset["name"]: asset["owner"] for asset in place.run("asset", "list", "--json").json()["assets"]}
    assert owners == {f"w{writer}": f"team-{writer}" for writer in range(writers)}
    place.sound()


def test_a_newer_schema_is_refused_and_left_alone(place):
    (place.folder / "a.csv").write_text(ROWS)
    place.run("data", "put", "a.csv", "--name", "a").ok()
    place.run("backup", "whole").ok()
    # A step more of a module that we know, and a module that we do not.
    for module in ("ledger", "tomorrow"):
        run_sql(place, f"INSERT INTO {{}}schema_migration VALUES ('{module}', 999, 'from the future', 'x', 0)")
        for words in (["data", "list"], ["data", "put", "a.csv", "--name", "b"], ["audit", "."], ["serve", "--port", "0"], ["backup", "kept"]):
            place.run(*words).refused(
                3, f"the workspace was written by a newer program: it has schema step {module} 999",
                "upgrade solvent, or restore the backup made before that upgrade",
            )  # fmt: skip
        assert not [name for name in os.listdir(place.folder) if name.startswith("kept")]
        run_sql(place, f"DELETE FROM {{}}schema_migration WHERE module = '{module}' AND number = 999")
    assert place.versions() == {"a": 1}
    place.sound()


def run_sql(place, text):
    """One statement straight at the workspace's database, past the program; {} stands for the schema."""
    url = place.environment.get("SOLVENT_DATABASE_URL")
    if not url:
        with sqlite3.connect(place.folder / ".solvent/catalog.db", timeout=10) as connection:
            return connection.execute(text.replace("{}", "")).fetchall()
    schema = place.environment["SOLVENT_DATABASE_SCHEMA"]
    done = subprocess.run(["psql", "-qAt", url, "-c", text.replace("{}", f'"{schema}".')], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def hand_over(folder, user):
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def for_user(tmp_path, user, database=None):
    """A folder that the unprivileged user can reach, with a program that it can run."""
    base = tmp_path / "of user"
    (base / "bin").mkdir(parents=True)
    shutil.copy2(PROGRAM, base / "bin/solvent")
    for parent in [base, *base.parents]:
        if parent != parent.parent and parent.stat().st_uid == 0 and str(parent) != "/tmp":
            parent.chmod(parent.stat().st_mode | 0o755)
    hand_over(base, user)
    return Place(base, (database or {}) | {"HOME": str(base), "TMPDIR": str(base)}, user.pw_name, base / "bin/solvent")


def test_a_read_only_directory(tmp_path, unprivileged):
    place = for_user(tmp_path, unprivileged)
    shut = place.folder / "shut"
    shut.mkdir()
    (shut / "train.py").write_text("import pandas\n")
    (shut / "requirements.txt").write_text("pandas\n")
    here = Place(shut, place.environment, place.user, place.program)  # owned by root, and not writable for others
    here.run("init").refused(3, "Permission denied", "check who owns it, or run as that user")
    assert sorted(os.listdir(shut)) == ["requirements.txt", "train.py"]
    # An audit needs no workspace and writes nothing.
    assert here.run("audit", ".", "--json").json()["findings_total"] >= 1
    assert sorted(os.listdir(shut)) == ["requirements.txt", "train.py"]
    here.run("audit", ".", "--json", "--output", "x").ok()
    report = here.run("report", "--output", "report.html")
    assert report.code == 3 and "there is no workspace here or above" in report.err


def test_a_read_only_workspace(tmp_path, unprivileged):
    place = for_user(tmp_path, unprivileged)
    (place.folder / "a.csv").write_text(ROWS)
    place.run("init").ok()
    place.run("data", "put", "a.csv", "--name", "a").ok()
    for path in [place.folder / ".solvent", *(place.folder / ".solvent").rglob("*")]:
        os.chown(path, 0, 0)
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = snapshot(place.folder / ".solvent")
    for words in (["data", "put", "a.csv", "--name", "b"], ["data", "list"], ["serve", "--port", "0"], ["backup", "kept"]):
        place.run(*words).refused(3, "attempt to write a readonly database", "make the database file and its directory writable for this user")
    assert snapshot(place.folder / ".solvent") == before
    assert not (place.folder / "kept").exists() and not list(place.folder.glob("kept*"))
    hand_over(place.folder / ".solvent", unprivileged)
    for path in [place.folder / ".solvent", *(place.folder / ".solvent").rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert place.versions() == {"a": 1}
    place.sound()


def snapshot(folder):
    return {str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


def test_a_place_where_no_workspace_is(bare):
    for words in (["ledger"], ["data", "list"], ["backup", "kept"], ["serve", "--port", "0"], ["workspace", "verify"]):
        bare.run(*words).refused(3, "there is no workspace here or above", "solvent init makes one here")
    bare.run("restore", "nothing").refused(2, "this is not a whole backup: it has no manifest", "name a folder that `solvent backup` made")
    assert os.listdir(bare.folder) == []


def test_a_damaged_backup_is_refused_and_changes_nothing(place):
    (place.folder / "a.csv").write_text(ROWS)
    place.run("data", "put", "a.csv", "--name", "a").ok()
    place.run("backup", "kept").ok()
    place.run("data", "put", "a.csv", "--name", "b").ok()
    victim = max((path for path in (place.folder / "kept").rglob("*") if path.is_file() and path.name != "manifest.json"), key=lambda path: path.stat().st_size)
    whole = victim.read_bytes()
    for damage in (whole[:-1], whole[:100] + bytes([whole[100] ^ 1]) + whole[101:]):
        victim.write_bytes(damage)
        place.run("restore", "kept").refused(3, "a file of the backup is missing or changed", "use another backup")
    victim.unlink()
    place.run("restore", "kept").refused(3, "a file of the backup is missing or changed", "use another backup")
    assert place.versions() == {"a": 1, "b": 1}
    assert [name for name in os.listdir(place.folder) if name.startswith(".solvent")] == [".solvent"]
    place.sound()


