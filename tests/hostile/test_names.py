"""Names that are no UTF-8, and names that are worse: bytes go in and come out as they were."""

import json
import os
import subprocess

import pytest
from conftest import Place

LATIN = b"stra\xdfe"  # "straße" in ISO 8859-1
NASTY = [LATIN, b"\xff\xfe", b"new\nline", b"tab\there", b"-rf", b"quote'\"", b"*", b"$(id)", "ünïcode".encode(), "u\u0308".encode(), b" ", b"a" * 255]


@pytest.mark.parametrize("over_http", [False, True], ids=["embedded", "server"])
def test_an_audited_tree_with_such_names(place, serve, over_http):
    project = os.fsencode(place.folder / "project")
    os.mkdir(project)
    for name in NASTY:
        os.mkdir(os.path.join(project, name))
        with open(os.path.join(project, name, b"requirements.txt"), "wb") as file:
            file.write(b"pandas\n")
        with open(os.path.join(project, name + b".txt" if len(name) < 200 else name[:200]), "wb") as file:
            file.write(b"text\n")
    if over_http:
        serve(place)
    report = place.run("audit", "project", "--json").json()
    runs = {run["check"]: run for run in report["checks"]}
    unpinned = runs["code/unpinned-dependencies"]
    assert unpinned["examined"] == len(NASTY) and unpinned["failed"] == 0, unpinned
    assert unpinned["findings"] == len(NASTY)
    # The same again is known, not new: names were kept apart and are found again.
    again = place.run("audit", "project", "--json").json()
    assert again["booked"]["opened"] == 0 and {row["change"] for row in again["findings"] if row["check"] == "code/unpinned-dependencies"} == {"known"}
    # What is printed is UTF-8, and shows no control characters.
    shown = place.run("debt", "list").ok()
    shown.raw_out.decode("utf-8")
    assert not [c for c in shown.out if ord(c) < 32 and c != "\n"]
    place.sound()


@pytest.mark.parametrize("over_http", [False, True], ids=["embedded", "server"])
def test_file_arguments_with_such_names(place, serve, over_http):
    if over_http:
        serve(place)
    for number, name in enumerate(NASTY[:9]):
        path = os.path.join(os.fsencode(place.folder), name[:200] + b".csv")
        with open(path, "wb") as file:
            file.write(b"a,b\n%d,2\n" % number)
        made = place.run("data", "put", path, "--name", f"set{number}", "--json").json()
        assert made["rows"] == 1 and made["created"]
        kept = place.folder / f"back{number}.csv"
        place.run("data", "get", f"set{number}", "--output", kept).ok()
        assert kept.read_bytes() == b"a,b\n%d,2\n" % number
    missing = place.run("data", "put", b"no\xff.csv", "--name", "x")
    assert missing.code == 2 and "no such file" in missing.err.lower() or "No such file" in missing.err, missing.err
    missing.raw_err.decode("utf-8")
    place.sound()


def test_names_of_assets_are_text(place):
    (place.folder / "a.csv").write_text("a\n1\n")
    for name in (b"\xff", b"", b"a\nb", b"a" * 5_000):
        done = place.run("data", "put", "a.csv", "--name", name)
        assert done.code == 2 and done.err.startswith("error: ") and "next:  " in done.err and "name" in done.err, (name, done.err)
        done.raw_err.decode("utf-8")
    assert place.versions() == {}
    # One name, however it is composed.
    place.run("data", "put", "a.csv", "--name", "ü").ok()
    place.run("data", "put", "a.csv", "--name", "u\u0308").ok()
    assert place.versions() == {"ü": 1}


def test_a_workspace_below_such_a_name(tmp_path):
    folder = os.path.join(os.fsencode(tmp_path), LATIN, b"with space")
    os.makedirs(folder)
    done = subprocess.run([Place(tmp_path).program, "init"], cwd=folder, env=Place(tmp_path).environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    done.stderr.decode("utf-8")
    place = Place(os.fsdecode(folder))
    (place.folder / "a.csv").write_text("a\n1\n")
    place.run("data", "put", "a.csv", "--name", "a").ok()
    assert place.versions() == {"a": 1}
    place.run("backup", b"kept\xff").refused(2, "target must be UTF-8 text", "folder to make")
    place.run("backup", "kept").ok()
    place.run("restore", "kept").ok()
    assert place.versions() == {"a": 1}
    json.loads(place.run("ledger", "--json").ok().out)
