"""Uploads: what is not missing is not sent, and a manifest tells nobody what they may not read."""

import json
import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest
import requests
from conftest import Place, Server


class CountingProxy:
    """Stands before the server's socket and counts what clients send."""

    def __init__(self, path, target):
        self.path, self.target, self.sent, self.puts = str(path), str(target), 0, 0
        self.heard = bytearray()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            threading.Thread(target=self._pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source, target, counted):
        try:
            while piece := source.recv(1 << 16):
                if counted:
                    self.sent += len(piece)
                    self.heard += piece
                    self.puts += piece.count(b"PUT /api/uploads/")
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def counts(self):
        """(bytes, contents) since the last time."""
        seen = (self.sent, self.puts)
        self.sent = self.puts = 0
        return seen

    def close(self):
        self.listener.close()


@pytest.fixture
def proxied(place, serve):
    server = serve(place)
    proxy = CountingProxy(place.folder / "proxy", server.socket)
    yield place, server, proxy
    proxy.close()


def project_of(place):
    project = place.folder / "project"
    (project / "src").mkdir(parents=True)
    total = 0
    for number in range(40):
        text = f"import os\n# module {number}\n" + "".join(f"value_{i} = {i * number}\n" for i in range(500))
        (project / f"src/module{number}.py").write_text(text)
        total += len(text)
    (project / "requirements.txt").write_text("pandas\n")
    (project / "run.sh").write_text("#!/bin/sh\n")
    (project / "run.sh").chmod(0o755)
    (project / "empty").write_text("")
    return project, total


def test_an_unchanged_tree_is_not_sent_again(proxied):
    place, _, proxy = proxied
    project, size = project_of(place)
    words = ["audit", "project", "--json", "--server", f"unix:{proxy.path}"]
    first = place.run(*words).json()
    sent, contents = proxy.counts()
    assert contents == 42 and sent > size, "every content goes once; the empty file needs none"
    second = place.run(*words).json()
    sent, contents = proxy.counts()
    assert contents == 0, "a second audit sends no file"
    # What is left is the manifest: about two hundred bytes a file, and the request.
    assert sent < 43 * 300 + 2_000, sent
    found = lambda report: sorted((row["check"], row["path"], row["message"]) for row in report["findings"])  # noqa: E731
    assert found(first) == found(second) and first["findings_total"] > 0
    assert second["booked"]["opened"] == 0
    # One file changes: it alone is sent.
    changed = project / "src/module7.py"
    changed.write_text(changed.read_text() + "# changed\n")
    place.run(*words).ok()
    sent, contents = proxy.counts()
    assert contents == 1 and len(changed.read_text()) < sent < len(changed.read_text()) + 43 * 300 + 2_000
    # The same result as in this process, without any server's memory.
    place.sound()


def test_data_that_the_workspace_holds_is_not_sent(proxied):
    place, server, proxy = proxied
    path = place.folder / "rows.csv"
    path.write_text("id,v\n" + "".join(f"{i},{i * i}\n" for i in range(20_000)))
    words = ["data", "put", "rows.csv", "--name", "rows", "--json", "--server", f"unix:{proxy.path}"]
    assert place.run(*words).json()["created"] is True
    assert proxy.counts()[1] == 1
    # A new server remembers no upload, but the store has the bytes and the owner may read them.
    server.end()
    proxy.close()
    again = Server(place)
    other = CountingProxy(place.folder / "proxy2", again.socket)
    try:
        words[-1] = f"unix:{other.path}"
        assert place.run(*words).json()["created"] is False
        assert place.run("data", "put", "rows.csv", "--name", "other", "--json", "--server", f"unix:{other.path}").json()["created"] is True
        sent, contents = other.counts()
        assert contents == 0 and sent < 8_000
        place.run("data", "get", "other", "--output", "back.csv").ok()
        assert (place.folder / "back.csv").read_bytes() == path.read_bytes()
    finally:
        other.close()
        again.end()
    place.sound()


def begin(server, token, files):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(f"{server.url}/api/uploads", json={"files": files}, headers=headers, timeout=30)


def scoped(place, name, scope):
    place.run("principal", "add", name, "--role", "editor", "--scopes", scope).ok()
    return place.run("token", "create", "--principal", name, "--json").json()["secret"]


def test_a_manifest_discloses_nothing(place, serve):
    (place.folder / "secret.csv").write_text("id,salary\n1,100000\n")
    (place.folder / "open.csv").write_text("id,v\n1,2\n")
    secret = place.run("data", "put", "secret.csv", "--name", "hr/salaries", "--json").json()["content"]
    known = place.run("data", "put", "open.csv", "--name", "public/numbers", "--json").json()["content"]
    server = serve(place)
    eve = scoped(place, "user:eve", "workspace/public/*")
    entry = lambda path, digest, size: {"path": path, "digest": digest, "size": size, "executable": False}  # noqa: E731
    size = (place.folder / "secret.csv").stat().st_size
    never = "ab" * 32
    files = [entry("a", secret, size), entry("b", known, 9), entry("c", never, 5)]
    # Of what eve may not read she learns as much as of what is not there at all.
    answer = begin(server, eve, files)
    assert answer.status_code == 201 and sorted(answer.json()["missing"]) == sorted([secret, never]), answer.text
    assert sorted(begin(server, server.token, files).json()["missing"]) == [never]
    # A wrong size is no proof of anything.
    assert begin(server, eve, [entry("b", known, 10)]).json()["missing"] == [known]
    assert begin(server, server.token, [entry("a", secret, size + 1)]).json()["missing"] == [secret]
    # What is missing cannot be used, and a claim cannot be made good with other bytes.
    upload = answer.json()["upload"]
    headers = {"Authorization": f"Bearer {eve}"}
    used = requests.post(f"{server.url}/api/audits", json={"trees": [{"upload": upload, "given": "x"}]}, headers=headers, timeout=30)
    assert used.status_code == 412 and "contents are still missing" in used.json()["error"]["message"], used.text
    put = requests.put(f"{server.url}/api/uploads/{upload}/{secret}", data=b"x" * size, headers=headers, timeout=30)
    assert put.status_code == 400 and "the bytes are not what their digest says" in put.json()["error"]["message"], put.text
    # Nobody else's upload is there.
    stolen = requests.post(f"{server.url}/api/audits", json={"trees": [{"upload": upload}]}, headers={"Authorization": f"Bearer {server.token}"}, timeout=30)
    assert stolen.status_code == 404, stolen.text
    place.sound()


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "a//b", "", ".", "..", "a/./b", "a\x00b", "x" * 5_000])
def test_a_path_that_leaves_its_root(server, path):
    before = sorted(str(found) for found in Path(server.place.folder).rglob("*"))
    answer = begin(server, server.token, [{"path": path, "digest": "ab" * 32, "size": 1}])
    assert answer.status_code == 400, answer.text
    assert "path" in answer.json()["error"]["message"] and answer.json()["error"]["hint"]
    after = sorted(str(found) for found in Path(server.place.folder).rglob("*"))
    assert [name for name in after if name not in before and "catalog.db" not in name] == []


@pytest.mark.parametrize("files, cause", [
    ([{"path": "a", "digest": "zz", "size": 1}], "digest"),
    ([{"path": "a", "digest": "ab" * 32, "size": -1}], "size"),
    ([{"path": "a", "digest": "ab" * 32, "size": "1"}], "size"),
    ([{"path": "a", "digest": "ab" * 32, "size": 1}] * 2, "listed twice"),
    ([{"path": "a", "digest": "ab" * 32, "size": 1}, {"path": "b", "digest": "ab" * 32, "size": 0}], "two sizes"),
    ([{"path": "a", "digest": "ab" * 32, "size": 1}, {"path": "a/b", "digest": "ab" * 32, "size": 1}], "a file and a folder"),
    ("all of them", "lists no files"),
])  # fmt: skip
def test_a_manifest_that_makes_no_sense(server, files, cause):
    answer = begin(server, server.token, files)
    assert answer.status_code == 400 and cause in json.dumps(answer.json()["error"]), answer.text
    assert answer.json()["error"]["hint"]


def test_a_manifest_beyond_the_limits(server):
    answer = begin(server, server.token, [{"path": "a", "digest": "ab" * 32, "size": 1 << 60}])
    assert answer.status_code == 429 and "too large" in answer.json()["error"]["message"], answer.text
    assert "server.upload_bytes_max" in answer.json()["error"]["hint"]


GIT = {
    "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent", "PATH": os.environ["PATH"], "GIT_AUTHOR_NAME": "Ada Lovelace", "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "c", "GIT_COMMITTER_EMAIL": "c@example.org", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}  # fmt: skip
UNREAD = "what no audit reads"


def git(folder, *words):
    subprocess.run(["git", *words], cwd=folder, env=GIT, check=True, capture_output=True)


def write(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def repository(folder):
    """Packed, with much beside it that git or an audit leaves out, and an empty folder."""
    project = folder / "project"
    write(project, requirements_dot_txt="numpy\n", old__requirements_dot_txt="scipy\npandas\n", sub__requirements_dot_txt="torch\n", sub__train_dot_py="import os\n")
    (project / ".gitignore").write_text("build/\n*.log\n")
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "one")
    git(project, "gc", "-q")  # .git/refs is empty folders now
    for number in range(30):
        write(project, **{f".venv__lib__a{number}_dot_py": UNREAD, f"build__b{number}_dot_py": UNREAD, f"node_modules__c{number}_dot_js": UNREAD})
    write(project, debug_dot_log=UNREAD, sub__debug_dot_log=UNREAD)
    (project / ".git/hooks").mkdir(exist_ok=True)
    (project / ".git/hooks/post-commit").write_text(UNREAD)
    (project / "empty").mkdir()
    return project


def said(report):
    """All of a report that does not tell when it was made."""
    findings = [{key: value for key, value in one.items() if key != "fingerprint"} for one in report["findings"]]
    debts = [{key: one[key] for key in ("title", "subject", "state", "stale", "owner", "owner_origin", "findings")} for one in report["debts"]]
    return {"findings": findings, "debts": debts, "booked": report["booked"], "notes": report["notes"], "assets": report["assets"],
            "checks": [{key: one[key] for key in ("check", "examined", "failed", "skipped", "findings")} for one in report["checks"]]}  # fmt: skip


def test_an_audit_says_the_same_in_both_modes_and_sends_nothing_that_it_would_not_read(place, serve, tmp_path):
    other = Place(tmp_path / "embedded")
    other.folder.mkdir()
    other.run("init").ok()
    places = [other, place]
    projects = [repository(one.folder) for one in places]
    server = serve(place)
    proxy = CountingProxy(place.folder / "proxy", server.socket)

    def audit(*words):
        here = said(other.run("audit", *words, "--json").json())
        there = said(place.run("audit", *words, "--json", "--server", f"unix:{proxy.path}").json())
        for part, value in here.items():
            assert there[part] == value, f"{words}: {part}"
        return here

    try:
        first = audit("project")
        assert {one["subject"] for one in first["debts"]} >= {"requirements.txt", "old/requirements.txt", "sub/requirements.txt"}
        assert {one["owner"] for one in first["debts"]} == {"Ada Lovelace"}
        # A folder of a repository is read as a part of it.
        part = audit("project/sub")
        assert {(one["owner"], one["owner_origin"]) for one in part["debts"]} == {("Ada Lovelace", "git")}
        # A work tree of its own has its git elsewhere.
        for project in projects:
            git(project, "worktree", "add", "-q", "../tree", "-b", "side")
            write(project.parent / "tree", sub__requirements_dot_txt="torch\njax\n")
        assert {one["owner_origin"] for one in audit("tree")["debts"]} == {"git"}
        # What git ignores from now on is still known to be there: out of the checks' sight, not gone.
        for project in projects:
            (project / ".gitignore").write_text("build/\n*.log\nold/\nsub/requirements.txt\n")
            git(project, "rm", "-q", "-r", "--cached", "old", "sub/requirements.txt")
        again = audit("project")
        assert (again["booked"]["stale"], again["booked"]["retired"]) == (2, 0)
        assert UNREAD.encode() not in proxy.heard
    finally:
        proxy.close()
