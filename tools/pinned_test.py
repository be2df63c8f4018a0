"""Tests of pinned.py: what it refuses, what it repairs, what it says."""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

PINNED = Path(__file__).with_name("pinned.py")
UNREACHABLE = "https://127.0.0.1:1/x.tar.gz"


def tar_of(*entries) -> bytes:
    """entries: (name, bytes), or (name, a TarInfo type, link target)"""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, *rest in entries:
            info = tarfile.TarInfo(name)
            if len(rest) == 2:
                info.type, info.linkname = rest
                tar.addfile(info)
            else:
                info.size = len(rest[0])
                tar.addfile(info, io.BytesIO(rest[0]))
    return file.getvalue()


class Bench:
    def __init__(self, folder: Path):
        self.cache, self.into, self.lock = folder / "cache", folder / "in to", folder / "lock.txt"
        self.cache.mkdir()

    def pin(self, kind: str, name: str, archive: bytes, member: str = "", cached: bool = True) -> str:
        digest = hashlib.sha256(archive).hexdigest()
        if cached:
            (self.cache / digest).write_bytes(archive)
        with self.lock.open("a") as lock:
            lock.write(f"{kind}  {name}  {UNREACHABLE}  {digest}  {member}\n")
        return digest

    def run(self) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, PINNED, self.lock, self.into],
            env=os.environ | {"SOLVENT_CACHE": str(self.cache)}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def landed(self) -> dict[str, bytes]:
        files = (path for path in self.into.rglob("*") if path.is_file() and ".unpacked" not in path.parts)
        return {str(path.relative_to(self.into)): path.read_bytes() for path in files}


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_a_file_a_folder_and_an_sdist_land_where_the_lock_says(bench):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep/rows.csv", "a,b\n")
    bench.pin("file", "rows.csv", tar_of(("p/data.zip", inner.getvalue())), "p/data.zip!deep/rows.csv")
    bench.pin("folder", "blake/c", tar_of(("b-1/c/x.h", b"x"), ("b-1/rust.rs", b"no")), "b-1/c")
    bench.pin("sdist", "project", tar_of(("project-1.0/setup.py", b"raise SystemExit"), ("project-1.0/a/b.py", b"")))
    done = bench.run()
    assert done.returncode == 0, done.stderr
    assert bench.landed() == {
        "rows.csv": b"a,b\n",
        "blake/c/x.h": b"x",
        "project/setup.py": b"raise SystemExit",
        "project/a/b.py": b"",
    }


def test_a_second_run_touches_nothing_and_repairs_what_was_edited_added_or_removed(bench):
    bench.pin("sdist", "p", tar_of(("p-1/a.py", b"1"), ("p-1/b.py", b"2")))
    assert bench.run().returncode == 0
    before = (bench.into / "p").stat().st_ino
    assert "1 there and verified" in bench.run().stdout
    assert (bench.into / "p").stat().st_ino == before
    (bench.into / "p/a.py").write_bytes(b"9")
    (bench.into / "p/b.py").unlink()
    (bench.into / "p/c.py").write_bytes(b"3")
    assert "unpacking again" in bench.run().stdout
    assert bench.landed() == {"p/a.py": b"1", "p/b.py": b"2"}


@pytest.mark.parametrize("name", ["/etc/solvent-was-here", "p-1/../../evil", "p-1/a/../../../evil"])
def test_a_member_that_would_land_elsewhere_is_refused_and_nothing_lands(bench, tmp_path, name):
    bench.pin("sdist", "p", tar_of(("p-1/fine.py", b""), (name, b"evil")))
    done = bench.run()
    assert done.returncode == 3
    assert "refused" in done.stderr
    assert bench.landed() == {}
    assert not list(tmp_path.rglob("evil"))
    assert not Path("/etc/solvent-was-here").exists()


def test_links_that_stay_inside_are_kept_and_others_left_out(bench):
    bench.pin(
        "sdist", "p",
        tar_of(
            ("p-1/a.py", b"1"), ("p-1/in", tarfile.SYMTYPE, "a.py"), ("p-1/out", tarfile.SYMTYPE, "../../etc/passwd"),
            ("p-1/abs", tarfile.SYMTYPE, "/etc/passwd"), ("p-1/hard", tarfile.LNKTYPE, "p-1/a.py"),
            ("p-1/pipe", tarfile.FIFOTYPE, ""),
        ),
    )  # fmt: skip
    done = bench.run()
    assert done.returncode == 0, done.stderr
    assert "left out 4" in done.stdout
    assert sorted(os.listdir(bench.into / "p")) == ["a.py", "in"]
    assert os.readlink(bench.into / "p/in") == "a.py"


def test_a_link_is_never_written_through(bench, tmp_path):
    (tmp_path / "target").mkdir()
    bench.pin(
        "sdist", "p",
        tar_of(("p-1/d", tarfile.SYMTYPE, "e"), ("p-1/e/x", b"1"), ("p-1/d/y", b"2")),
    )  # fmt: skip
    done = bench.run()
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert bench.landed() == {}


def test_a_damaged_download_is_not_used_and_a_missing_network_says_what_to_do(bench):
    digest = bench.pin("sdist", "p", tar_of(("p-1/a.py", b"1")))
    (bench.cache / digest).write_bytes(b"damaged")
    done = bench.run()
    assert done.returncode == 3
    assert "damaged, downloading again" in done.stdout
    assert "cannot download" in done.stderr and "next: check the network" in done.stderr
    assert bench.landed() == {}
    assert list(bench.cache.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    ["file a", "gone a https://x/y " + "0" * 64, "sdist a https://x/y 12ab", "sdist ../a https://x/y " + "0" * 64,
     "sdist a https://x/y " + "0" * 64 + "\nsdist a https://x/y " + "0" * 64],
)  # fmt: skip
def test_a_wrong_line_is_named(bench, line):
    bench.lock.write_text(f"# comment\n{line}\n")
    done = bench.run()
    assert done.returncode == 3
    assert f"{bench.lock}:" in done.stderr


def test_a_member_that_is_not_there_is_named(bench):
    bench.pin("file", "x", tar_of(("p/a", b"")), "p/b")
    done = bench.run()
    assert done.returncode == 3
    assert "no member p/b" in done.stderr
