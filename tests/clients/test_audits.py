"""Audits over HTTP: a stream of progress with its result at the end; durable, resumed after kill -9, cancelled by another client."""

import json
import os
import subprocess
import time

import pytest
import requests
from conftest import ENVIRONMENT, PROGRAM

FILES = 6000


@pytest.fixture
def project(tmp_path):
    """Code that takes some seconds to look at."""
    root = tmp_path / "big"
    for number in range(FILES):
        folder = root / f"part{number % 50}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file{number}.py").write_text(f"value_{number} = [x * 2 for x in range({number})]\n" * 200)
    (root / "requirements.txt").write_text("numpy\npandas\n")
    return root


def ask(server, method, path, accept="application/json", **rest):
    """As service:ci, an editor that the workspace knows since it was first asked."""
    kept = server.folder / "token"
    if not kept.exists():
        server.command("principal", "add", "service:ci", "--role", "editor")
        kept.write_text(json.loads(server.command("token", "create", "--principal", "service:ci", "--role", "editor", "--json"))["secret"])
    headers = {"Authorization": f"Bearer {kept.read_text()}", "Accept": accept}
    return requests.request(method, server.url + path, headers=headers, timeout=60, **rest)


def events(reply):
    """(event, data) of a stream of server-sent events."""
    name = ""
    for line in reply.iter_lines(decode_unicode=True):
        if line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            yield name, json.loads(line[5:])


def begin(server, project):
    return subprocess.Popen([PROGRAM, "audit", str(project), "--json"], cwd=server.folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def running(server):
    for _ in range(1200):
        tasks = ask(server, "GET", "/api/tasks", params={"kind": "audit", "status": "running"}).json()["tasks"]
        if tasks and tasks[0]["state"]:
            return tasks[0]
        time.sleep(0.05)
    raise AssertionError("no audit runs")


def test_a_client_that_reads_events_hears_phases_and_then_the_result(start):
    server = start()
    reply = ask(server, "POST", "/api/audits", json={"graph": True}, accept="text/event-stream", stream=True)
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    heard = list(events(reply))
    assert {name for name, _ in heard[:-1]} <= {"progress"}
    name, report = heard[-1]
    assert name == "result" and report["assets"] == ["estate"]
    assert ask(server, "GET", f"/api/audits/{report['id']}").json() == report


def test_two_watchers_hear_the_same_end_as_the_command(start, project):
    server = start()
    command = begin(server, project)
    task = running(server)
    seen = list(events(ask(server, "GET", f"/api/tasks/{task['id']}/events", accept="text/event-stream", stream=True)))
    out, problems = command.communicate(timeout=120)
    assert command.returncode == 0, problems
    assert [name for name, _ in seen][-1] == "end"
    counts = [data["state"]["checks_done"] for _, data in seen if data["state"]]
    assert counts == sorted(counts) and counts[-1] == seen[-1][1]["state"]["checks"] > 0
    assert seen[-1][1]["result"]["audit"] == json.loads(out)["id"]


def test_cancelled_by_another_client_within_a_second(start, project):
    server = start()
    command = begin(server, project)
    task = running(server)
    began = time.monotonic()
    assert ask(server, "POST", f"/api/tasks/{task['id']}/cancel", json={}).status_code == 200
    _, problems = command.communicate(timeout=30)
    assert time.monotonic() - began < 1.5  # a second for the audit, and the client's own end
    assert command.returncode == 3 and "the audit was cancelled" in problems
    assert ask(server, "GET", "/api/audits").json()["audits"] == []
    assert ask(server, "GET", "/api/ledger").json()["open_debts"] == 0


def test_a_restart_does_not_lose_it(start, project):
    server = start()
    command = begin(server, project)
    task = running(server)
    server.end()  # SIGTERM: the audit goes back into the queue
    _, problems = command.communicate(timeout=30)
    assert command.returncode == 3 and task["id"] in problems
    again = start()
    for _ in range(1200):
        ended = ask(again, "GET", f"/api/tasks/{task['id']}").json()
        if ended["status"] not in ("queued", "running"):
            break
        time.sleep(0.05)
    assert ended["status"] == "done", ended
    audits = ask(again, "GET", "/api/audits").json()["audits"]
    assert [audit["id"] for audit in audits] == [ended["result"]["audit"]]
    assert ask(again, "GET", "/api/ledger").json()["open_debts"] == 1
    # The next audit that ends, or the next start, takes away what was uploaded for this one.
    ask(again, "POST", "/api/audits", json={"graph": True})
    assert os.listdir(again.folder / ".solvent/tmp/audits") == []
