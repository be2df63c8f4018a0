"""A disk that is full: a small tmpfs under the workspace, and the whole program on it."""

import os
import random
import subprocess
import urllib.request

import pytest
from conftest import PROGRAM, Place, fill

FREE = "free some space"


def noise(seed, size):
    """A CSV of about `size` bytes that does not compress."""
    numbers = random.Random(seed)
    rows = [f"{i},{numbers.getrandbits(256):064x}\n" for i in range(size // 70)]
    return "id,noise\n" + "".join(rows)


def on_disk(folder, database):
    place = Place(folder, database)
    place.run("init").ok()
    (folder / "small.csv").write_text("id,v\n1,2\n3,4\n")
    place.run("data", "put", "small.csv", "--name", "small").ok()
    return place


def disk_is_full(done):
    """Two say so: our files, and the database, be it that it cannot commit or that it cannot even open its log."""
    said = [
        ("No space left on device", "free some space"),
        (f"the database's disk is full under {done.folder}", "free some space on that disk (df shows it) and try again; nothing was changed"),
    ]  # fmt: skip
    for cause, hint in said:
        if cause in done.err and hint in done.err:
            done.refused(3, cause, hint)
            return
    raise AssertionError(f"{done.words}: {done.code}: not an error that says that the disk is full:\n{done.err}")


def leftovers(place):
    """What of the store no version names, and temporary files."""
    return [path for path in (place.folder / ".solvent").rglob("*") if ".tmp" in path.name or path.name.endswith((".part", ".partial"))]


def test_put(small_disk, database, tmp_path):
    place = on_disk(small_disk("24m"), database)
    source = tmp_path / "large.csv"
    source.write_text(noise(1, 12 << 20))
    ballast = fill(place.folder, leave=6 << 20)
    done = place.run("data", "put", source, "--name", "large").refused(3, "No space left on device", FREE)
    assert "nothing half done was kept" in done.err
    assert place.versions() == {"small": 1}
    place.sound()
    # The space that it took is given back, and with room it goes through.
    assert leftovers(place) == []
    ballast.unlink()
    place.run("data", "put", source, "--name", "large").ok()
    assert place.versions() == {"small": 1, "large": 1}
    place.sound()


@pytest.mark.parametrize("leave", [0, 4_096, 16_384, 65_536, 262_144])
def test_put_where_even_the_database_cannot_grow(small_disk, leave):
    place = on_disk(small_disk("16m"), {})
    (place.folder / "next.csv").write_text(noise(2, 200_000))
    ballast = fill(place.folder, leave=leave)
    disk_is_full(place.run("data", "put", "next.csv", "--name", "next"))
    ballast.unlink()
    assert place.versions() == {"small": 1}
    place.sound()
    place.run("data", "put", "next.csv", "--name", "next").ok()
    place.sound()


@pytest.mark.parametrize("leave", [0, 32_768, 300_000])
def test_audit(small_disk, tmp_path, leave):
    place = on_disk(small_disk("16m"), {})
    project = tmp_path / "project"
    project.mkdir()
    (project / "requirements.txt").write_text("".join(f"package{i}\n" for i in range(2_000)))
    (project / "train.py").write_text("import os\n")
    ballast = fill(place.folder, leave=leave)
    disk_is_full(place.run("audit", project))
    ballast.unlink()
    # Nothing of the audit that failed is on the books.
    assert place.run("debt", "list", "--json").json()["total"] == 0
    assert place.run("audit", "list", "--json").json()["audits"] == []
    place.sound()
    first = place.run("audit", project, "--json").json()
    assert first["booked"]["opened"] >= 1
    place.sound()


def test_init(small_disk):
    folder = small_disk("1m")
    place, ballast = Place(folder), fill(folder)
    disk_is_full(place.run("init"))
    assert os.listdir(folder) == ["ballast"], "a half workspace was left"
    ballast.unlink()


def test_backup_and_restore(small_disk, tmp_path):
    folder = small_disk("24m")
    place = on_disk(folder, {})
    (tmp_path / "large.csv").write_text(noise(3, 4 << 20))
    place.run("data", "put", tmp_path / "large.csv", "--name", "large").ok()
    ballast = fill(folder, leave=2 << 20)
    place.run("backup", "kept").refused(3, "No space left on device", FREE)
    assert not [name for name in os.listdir(folder) if name.startswith("kept")], "half a backup was left"
    place.run("backup", tmp_path / "kept").ok()
    place.run("restore", tmp_path / "kept").refused(3, "No space left on device", FREE)
    assert [name for name in os.listdir(folder) if name.startswith(".solvent")] == [".solvent"], "half a restore was left"
    assert place.versions() == {"small": 1, "large": 1}
    place.sound()
    ballast.unlink()


def test_output(small_disk, tmp_path):
    """Results that cannot be written: to a file, and to standard output."""
    folder = small_disk("2m")
    place = Place(tmp_path)
    place.run("init").ok()
    (tmp_path / "large.csv").write_text(noise(4, 3 << 20))
    place.run("data", "put", "large.csv", "--name", "large").ok()
    (folder / "out.csv").write_text("the old one\n")
    fill(folder, leave=100_000)
    place.run("data", "get", "large", "--output", folder / "out.csv").refused(3, "No space left on device", FREE)
    assert sorted(os.listdir(folder)) == ["ballast", "out.csv"]
    assert (folder / "out.csv").read_text() == "the old one\n"
    for words in (["data", "get", "large", "--output", "-"], ["--help"], ["check", "list", "--json"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, *words], cwd=tmp_path, env=place.environment, stdout=full, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 3, words
        assert done.stderr.startswith(b"error: cannot write to standard output: No space left on device\nnext:  free some space"), done.stderr


def test_serve(small_disk, serve, tmp_path):
    place = on_disk(small_disk("48m"), {})  # an upload takes the file once, the store once
    server = serve(place)
    source = tmp_path / "large.csv"
    source.write_text(noise(5, 12 << 20))
    ballast = fill(place.folder, leave=6 << 20)
    done = place.run("data", "put", source, "--name", "large")
    assert done.code == 3 and "No space left on device" in done.err and FREE in done.err, done.err
    # The server lives, reads, and has given back what the upload took.
    assert urllib.request.urlopen(f"{server.url}/healthz").read() == b"ok"
    assert place.versions() == {"small": 1}
    place.sound()
    ballast.unlink()
    place.run("data", "put", source, "--name", "large").ok()
    assert place.versions() == {"small": 1, "large": 1}
    place.sound()


def test_serve_cannot_start(small_disk):
    folder = small_disk("16m")
    place = on_disk(folder, {})
    ballast = fill(folder)
    disk_is_full(place.run("serve", "--port", "0"))
    ballast.unlink()
    assert place.versions() == {"small": 1}
    place.sound()
