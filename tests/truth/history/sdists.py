# SPDX-License-Identifier: Apache-2.0
"""Pinned source archives: fetched, checked, read. Nothing of them is run or unpacked to disk."""

import hashlib
import sys
import tarfile
import urllib.request
import zipfile

BYTES_MAX = 200_000  # a larger file is data, whatever its name says
TEXT = (
    ".py",
    ".pyi",
    ".pyx",
    ".pxd",
    ".txt",
    ".md",
    ".rst",
    ".cfg",
    ".toml",
    ".ini",
    ".in",
    ".yml",
    ".yaml",
    ".json",
    ".ipynb",
    ".sh",
    ".c",
    ".h",
    ".csv",
    "Makefile",
    "LICENSE",
    "Dockerfile",
    ".gitignore",
)


def fetch(release, cache):
    """Bring the archive of a release into the folder `cache` unless it is there; its digest must be the pinned one."""
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / release["file"]
    if not archive.exists():
        with urllib.request.urlopen(release["url"], timeout=300) as answer:
            archive.write_bytes(answer.read())
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != release["sha256"]:
        sys.exit(f"{archive}: sha256 is {found}, pinned is {release['sha256']}; next: remove it")


def is_taken(path, content):
    """A text file that people edit; not what a build wrote into the archive."""
    return (
        path.endswith(TEXT)
        and len(content) <= BYTES_MAX
        and b"\0" not in content
        and ".egg-info/" not in path
        and not path.startswith(("build/", "dist/"))
        and path != "PKG-INFO"
    )


def read(archive):
    """path without the archive's top folder -> text with \\n for line ends, of every file that is taken."""
    if archive.name.endswith(".zip"):
        with zipfile.ZipFile(archive) as unpacked:
            pairs = [(item, unpacked.read(item)) for item in unpacked.namelist() if not item.endswith("/")]
    else:
        with tarfile.open(archive) as unpacked:
            pairs = [(item.name, unpacked.extractfile(item).read()) for item in unpacked if item.isfile()]
    files = {}
    for path, content in sorted(pairs):
        path = path.removeprefix("./").partition("/")[2]
        if path and is_taken(path, content):
            try:
                files[path] = content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
            except UnicodeDecodeError:
                continue
    return files
