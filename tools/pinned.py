#!/usr/bin/env python3
"""Download what a lock file pins, verify it, and unpack it.

    tools/pinned.py LOCK INTO [NAME...]

LOCK is a file of lines `kind  lands-at  comes-from  sha256  [member]` (tools/README.md says what
each column means), INTO the folder that everything lands in. Downloads are kept in
${SOLVENT_CACHE:-~/.cache/solvent}, named by their digest, and are verified before every use; what was
unpacked is verified against the list of digests that was written when it was unpacked. Nothing that
is unpacked is ever executed, and a member that would land outside its folder is refused.
"""

import hashlib
import html
import io
import json
import os
import posixpath
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.parse
import zipfile
from dataclasses import dataclass
from pathlib import Path

ARCHIVE_BYTES_MAX = 2 << 30
MEMBERS_MAX = 100_000


class Failure(Exception):
    """An error for the person who ran the tool: what happened, then what to do next."""


@dataclass(frozen=True)
class Pin:
    kind: str  # file: one member; folder: one folder of it; sdist: all of it, top folder stripped
    name: str  # where it lands, relative to INTO
    source: str  # npm:NAME@VERSION, crate:NAME@VERSION, pypi:NAME/FILE, or https://...
    sha256: str
    member: str  # "inner.tar.gz!path" reads an archive inside the archive


def read_lock(path: Path) -> list[Pin]:
    pins = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        fields = line.split("#", 1)[0].split()
        if not fields:
            continue
        kind = fields[0]
        wanted = 4 if kind == "sdist" else 5
        if kind not in ("file", "folder", "sdist") or len(fields) != wanted:
            raise Failure(f"{path}:{number}: not a line of the form `kind name source sha256 member`")
        pin = Pin(*fields, *([""] if kind == "sdist" else []))
        if not re.fullmatch(r"[0-9a-f]{64}", pin.sha256):
            raise Failure(f"{path}:{number}: the fourth column is not a sha256: {pin.sha256}")
        if not is_inside(pin.name) or any(pin.name == other.name for other in pins):
            raise Failure(f"{path}:{number}: leaves its folder, or is there twice: {pin.name}")
        pins.append(pin)
    return pins


# ---- where things come from ------------------------------------------------------------------------


def curl(*arguments: str, purpose: str, partial: str = "") -> bytes:
    """What curl prints. With `partial`, the file that it writes, progress is shown every 5 s."""
    command = ["curl", "--fail", "--location", "--silent", "--show-error", "--proto", "=https"]
    command += ["--connect-timeout", "20", "--retry", "3", "--max-time", "900", *arguments]
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise Failure("curl is not installed; next: tools/setup build") from None
    while True:
        try:
            out, err = process.communicate(timeout=5)
            break
        except subprocess.TimeoutExpired:
            if partial:
                print(f"  ... {os.path.getsize(partial) / 1e6:.1f} MB", flush=True)
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        reason = (err.decode("utf-8", "replace").strip().splitlines() or ["no reason given"])[-1]
        raise Failure(
            f"cannot download {purpose}: {reason}\n"
            "  next: check the network (and https_proxy, when there is one), then run the same command\n"
            "  again: what is already downloaded is kept"
        )
    return out


def url_of(source: str) -> str:
    scheme, _, rest = source.partition(":")
    if scheme == "https":
        return source
    if scheme == "npm":
        name, _, version = rest.rpartition("@")
        registry = os.environ.get("npm_config_registry", "https://registry.npmjs.org").rstrip("/")
        return f"{registry}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
    if scheme == "crate":
        name, _, version = rest.rpartition("@")
        return f"https://static.crates.io/crates/{name}/{name}-{version}.crate"
    if scheme == "pypi":
        name, _, file = rest.partition("/")
        index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
        page = f"{index}/{name}/"
        for link in re.findall(r'href="([^"]+)"', curl(page, purpose=page).decode("utf-8")):
            url = urllib.parse.urljoin(page, html.unescape(link)).partition("#")[0]
            if posixpath.basename(urllib.parse.urlparse(url).path) == file:
                return url
        raise Failure(f"{page} lists no file {file}; next: correct the third column of the lock file")
    raise Failure(f"unknown kind of source: {source}; next: use npm:, crate:, pypi: or https:")


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def archive_of(pin: Pin, cache: Path) -> Path:
    """The verified download. A cached file that no longer matches is downloaded again."""
    path = cache / pin.sha256
    if path.is_file():
        if digest_of(path) == pin.sha256:
            return path
        print(f"  {pin.name}: the cached download is damaged, downloading again", flush=True)
        path.unlink()
    cache.mkdir(parents=True, exist_ok=True)
    url = url_of(pin.source)
    print(f"  {pin.name}: downloading {url}", flush=True)
    handle, partial = tempfile.mkstemp(dir=cache, prefix=".partial-")
    os.close(handle)
    try:
        started = time.monotonic()
        curl("--max-filesize", str(ARCHIVE_BYTES_MAX), "--output", partial, url, purpose=url, partial=partial)
        found = digest_of(Path(partial))
        if found != pin.sha256:
            raise Failure(
                f"{pin.source} is not the file that was pinned\n  expected sha256 {pin.sha256}\n"
                f"  received sha256 {found}\n  next: try again on another network; if it stays so, ask why"
                " the registry changed a published file before touching the lock file"
            )
        os.replace(partial, path)
        size = path.stat().st_size / 1e6
        print(f"  {pin.name}: {size:.1f} MB in {time.monotonic() - started:.1f} s", flush=True)
    finally:
        Path(partial).unlink(missing_ok=True)
    return path


# ---- archives ---------------------------------------------------------------------------------------


def is_inside(name: str) -> bool:
    return not (name.startswith(("/", "\\")) or "\0" in name or ".." in re.split(r"[/\\]", name))


class Archive:
    """A tar (any compression) or a zip, read as names and bytes."""

    def __init__(self, file):
        self.zip = zipfile.ZipFile(file) if zipfile.is_zipfile(file) else None
        file.seek(0)
        self.tar = None if self.zip else tarfile.open(fileobj=file)
        self.bytes = 0

    def entries(self):
        """(name, kind, how to read it, executable, link target) of every member, each checked."""
        for number, info in enumerate(self.zip.infolist() if self.zip else self.tar, 1):
            name = info.filename if self.zip else info.name
            if number > MEMBERS_MAX or not is_inside(name):
                raise Failure(f"refused: more than {MEMBERS_MAX} members, or one that leaves its folder: {name!r}")
            if self.zip:
                mode, size, link = info.external_attr >> 16, info.file_size, ""
                kind = "folder" if info.is_dir() else "other" if stat.S_ISLNK(mode) else "file"
            else:
                mode, size, link = info.mode, info.size, info.linkname
                kind = "file" if info.isreg() else "folder" if info.isdir() else "link" if info.issym() else "other"
            self.bytes += size
            if self.bytes > ARCHIVE_BYTES_MAX:
                raise Failure(f"refused: unpacks to more than {ARCHIVE_BYTES_MAX} bytes")
            yield posixpath.normpath(name), kind, info, bool(mode & 0o100), link

    def open(self, info):
        return self.zip.open(info) if self.zip else self.tar.extractfile(info)


def unpack_file(archive_file, member: str, target: Path) -> None:
    outer, _, inner = member.partition("!")
    archive = Archive(archive_file)
    for name, kind, info, executable, _ in archive.entries():
        if name != outer or kind != "file":
            continue
        with archive.open(info) as stream:
            if inner:
                unpack_file(io.BytesIO(stream.read()), inner, target)
                return
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as out:
                shutil.copyfileobj(stream, out, 1 << 20)
        target.chmod(0o755 if executable else 0o644)
        return
    raise Failure(f"no member {outer}; next: correct the last column of the lock file")


def unpack_folder(archive_file, folder: str, target: Path) -> int:
    """Unpacks what is under `folder`; without one, everything, its first path component stripped."""
    archive = Archive(archive_file)
    links, refused, count = [], 0, 0
    for name, kind, info, executable, link in archive.entries():
        prefix = folder or name.partition("/")[0]
        inner = posixpath.relpath(name, prefix) if name.startswith(prefix + "/") else ""
        if not inner:
            continue
        path = target / inner
        if kind == "folder":
            path.mkdir(parents=True, exist_ok=True)
        elif kind == "file":
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(info) as stream, path.open("wb") as out:
                shutil.copyfileobj(stream, out, 1 << 20)
            path.chmod(0o755 if executable else 0o644)
            count += 1
        elif kind == "link" and is_inside(posixpath.normpath(posixpath.join("x", posixpath.dirname(inner), link))):
            links.append((path, link))
        else:
            refused += 1
    for path, link in links:  # last, so that nothing is ever written through a link
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(link)
    if refused:
        print(f"  {target.name}: left out {refused} links out of the archive, devices or hard links")
    if not count:
        raise Failure(f"no files under {folder or 'the top folder'}; next: correct the lock file")
    return count


# ---- what was unpacked ------------------------------------------------------------------------------


def listing(path: Path) -> dict[str, str]:
    """Digest (or link target) of every file at or under `path`, by relative path."""
    if path.is_file():
        return {".": digest_of(path)}
    found = {}
    for root, folders, files in os.walk(path):
        for name in files + [folder for folder in folders if Path(root, folder).is_symlink()]:
            entry = Path(root, name)
            key = os.fsencode(entry.relative_to(path)).decode("utf-8", "surrogateescape")
            found[key] = "-> " + os.readlink(entry) if entry.is_symlink() else digest_of(entry)
    return found


def install(pin: Pin, into: Path, cache: Path) -> str:
    target = into / pin.name
    record = into / ".unpacked" / (pin.name.replace("/", "%") + ".json")
    key = f"{pin.kind} {pin.sha256} {pin.member}"
    if record.is_file() and target.exists():
        known = json.loads(record.read_text("ascii"))
        if known["key"] == key and known["files"] == listing(target):
            return "there"
        print(f"  {pin.name}: differs from what was unpacked, unpacking again", flush=True)
    archive = archive_of(pin, cache)
    record.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=record.parent, prefix=".unpacking-"))
    try:
        fresh = scratch / "it"
        with archive.open("rb") as file:
            if pin.kind == "file":
                unpack_file(file, pin.member, fresh)
            else:
                unpack_folder(file, pin.member, fresh)
        files = listing(fresh)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir() and not target.is_symlink():
            os.replace(target, scratch / "old")
        os.replace(fresh, target)
        written = scratch / "record"
        written.write_text(json.dumps({"key": key, "files": files}), "ascii")
        os.replace(written, record)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise Failure(f"cannot read the archive: {error}; next: correct the lock file") from error
    except OSError as error:
        raise Failure(f"cannot unpack: {error}; next: free the disk, or see what two members share a name") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return "unpacked"


def main(arguments: list[str]) -> int:
    if len(arguments) < 2 or arguments[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    lock, into, only = Path(arguments[0]), Path(arguments[1]), arguments[2:]
    cache = Path(os.environ.get("SOLVENT_CACHE") or Path.home() / ".cache" / "solvent")
    pins = read_lock(lock)
    if unknown := set(only) - {pin.name for pin in pins}:
        raise Failure(f"not in {lock}: {', '.join(sorted(unknown))}")
    counts = {"there": 0, "unpacked": 0}
    for pin in pins:
        if only and pin.name not in only:
            continue
        try:
            done = install(pin, into, cache)
        except Failure as failure:
            raise Failure(f"{pin.name}: {failure}") from failure
        counts[done] += 1
        if done == "unpacked":
            print(f"  {pin.name}: unpacked, from {pin.source}", flush=True)
    print(f"  {into.name}: {counts['there']} there and verified, {counts['unpacked']} unpacked")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        sys.exit(3)
    except KeyboardInterrupt:
        sys.exit(130)
