"""An installed program: two folders that may be moved anywhere and that anybody may run."""

import os
import re
import shutil
import subprocess

import requests
from conftest import ROOT, Place, Server


def install(prefix):
    subprocess.run(["cmake", "--install", ROOT / "build/release", "--prefix", prefix], stdout=subprocess.DEVNULL, check=True)


def test_installed_moved_and_run_by_anybody(tmp_path, unprivileged):
    prefix = tmp_path / "first place"
    install(prefix)
    files = sorted(str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file())
    assert files == ["bin/solvent", "lib/solvent/libduckdb.so"]
    moved = tmp_path / "moved to" / "another place"
    moved.parent.mkdir()
    prefix.rename(moved)
    for folder in [tmp_path, *tmp_path.parents]:
        if folder != folder.parent and str(folder) != "/tmp":
            folder.chmod(folder.stat().st_mode | 0o755)
    home = tmp_path / "some body's home"
    home.mkdir()
    os.chown(home, unprivileged.pw_uid, unprivileged.pw_gid)
    # Nothing of the build may be within reach: the library must be found beside the program.
    place = Place(home, {"HOME": str(home), "TMPDIR": str(home), "PATH": "/usr/bin:/bin"}, unprivileged.pw_name, moved / "bin/solvent")
    assert place.run("version").ok().out.startswith("solvent ")
    place.run("init").ok()
    (home / "a b.csv").write_text("id,v\n1,2\n3,4\n")
    assert place.run("data", "put", "a b.csv", "--name", "numbers", "--json").json()["rows"] == 2
    shown = place.run("data", "show", "numbers", "--json").json()
    assert [column["name"] for column in shown["columns"]] == ["id", "v"]
    assert opened_library(place) == str(moved / "lib/solvent/libduckdb.so")
    shutil.copytree(ROOT / "examples/mortgage", home / "mortgage project")
    assert place.run("audit", "mortgage project", "--json").json()["findings_total"] > 0
    server = Server(place)
    try:
        page = requests.get(server.url + "/", timeout=10)
        assert page.status_code == 200 and "<!doctype html>" in page.text.lower()
        assets = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text)
        assert assets
        for path in assets:
            found = requests.get(server.url + path, timeout=10)
            assert found.status_code == 200 and len(found.content) > 100
        assert requests.get(server.url + "/api/ledger", timeout=10).status_code == 200
        assert place.versions() == {"numbers": 1}
    finally:
        server.end()


def opened_library(place):
    """Where the program found its table engine, by the dynamic linker's own word."""
    words = ["setpriv", "--reuid", place.user, "--regid", place.user, "--clear-groups", place.program, "data", "put", "a b.csv", "--name", "numbers"]
    done = subprocess.run(words, cwd=place.folder, env=place.environment | {"LD_DEBUG": "files"}, capture_output=True, check=False)
    assert done.returncode == 0, [line for line in done.stderr.decode(errors="replace").splitlines() if "error: " in line or "next: " in line]
    found = set(re.findall(r"calling init: (\S.*libduckdb\.so)", done.stderr.decode()))
    assert len(found) == 1, found
    return os.path.realpath(found.pop())
