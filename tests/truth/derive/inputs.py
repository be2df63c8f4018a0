# SPDX-License-Identifier: Apache-2.0
"""Fetch the pinned inputs into a folder and check every digest.

Usage: python inputs.py FOLDER
"""
import hashlib
import io
import json
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

TRUTH = Path(__file__).resolve().parent.parent


def checked(raw, sha256, what):
    digest = hashlib.sha256(raw).hexdigest()
    if digest != sha256:
        raise SystemExit(f"{what}: digest {digest}, expected {sha256}")
    return raw


def fetch(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for truth in sorted(TRUTH.glob("*.json")):
        pin = json.loads(truth.read_text())["input"]
        if "url" not in pin:
            continue
        archive = folder / pin["file"]
        if not archive.exists():
            with urllib.request.urlopen(pin["url"]) as answer:
                archive.write_bytes(answer.read())
        raw = checked(archive.read_bytes(), pin["sha256"], pin["file"])
        if truth.name.startswith("sdist-"):
            with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
                tar.extractall(folder, filter="data")
            continue
        for member in pin["member"].split("!"):
            if member.endswith(".csv") and raw[:2] == b"PK":
                raw = zipfile.ZipFile(io.BytesIO(raw)).read(member)
            else:
                raw = tarfile.open(fileobj=io.BytesIO(raw)).extractfile(member).read()
        checked(raw, pin["member_sha256"], pin["member"])
        (folder / f"{pin['name']}.csv").write_bytes(raw)


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
