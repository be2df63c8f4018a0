#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The real notebooks that everything grows from: chosen by rule from the archives of the truth about leakage.

sources.py CACHE     choose, and write sources.json; CACHE: a folder for the downloads
"""

import hashlib
import json
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ARCHIVES = HERE.parent / "leakage/sdists.json"
ARCHIVE_BYTES_MAX = 9_000_000
NOTEBOOK_BYTES_MAX = 200_000
CODE_CELLS = (6, 60)
ALIKE_MAX = 0.2  # share of the shorter one's lines; above it two sources might be kin already
LINES_MIN = 24  # of code that say something
LINE_LENGTH_MIN = 12  # shorter lines (`plt.show()`) are everybody's


def fetch(pin, cache):
    """The path of a pinned archive, downloaded where it is missing."""
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / pin["file"]
    if not archive.exists():
        with urllib.request.urlopen(pin["url"], timeout=300) as answer:
            archive.write_bytes(answer.read())
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != pin["sha256"]:
        sys.exit(f"{archive}: sha256 is {found}, pinned is {pin['sha256']}; next: remove it")
    return archive


def members(archive):
    """(name, bytes) of the notebooks of an archive."""
    if archive.name.endswith(".zip"):
        with zipfile.ZipFile(archive) as unpacked:
            found = [(name, unpacked.read(name)) for name in sorted(unpacked.namelist()) if name.endswith(".ipynb")]
    else:
        with tarfile.open(archive) as unpacked:
            found = [
                (item.name, unpacked.extractfile(item).read())
                for item in sorted(unpacked, key=lambda item: item.name)
                if item.isfile() and item.name.endswith(".ipynb")
            ]
    return [(name, content) for name, content in found if ".ipynb_checkpoints" not in name and "/._" not in name]


def joined(text):
    return text if isinstance(text, str) else "".join(text)


def code_lines(notebook):
    """The set of a notebook's lines of code that say something."""
    return {
        line.strip()
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        for line in joined(cell["source"]).split("\n")
        if len(line.strip()) >= LINE_LENGTH_MIN and not line.strip().startswith(("#", "import ", "from "))
    }


def alike(first, second):
    return len(first & second) / max(1, min(len(first), len(second)))


def readable(content):
    """The notebook, or None where the rule does not take it."""
    if len(content) > NOTEBOOK_BYTES_MAX:
        return None
    try:
        notebook = json.loads(content)
    except ValueError:
        return None
    if notebook.get("nbformat") != 4 or "python" not in json.dumps(notebook.get("metadata", {})).lower():
        return None
    count = sum(cell["cell_type"] == "code" and bool(joined(cell["source"]).strip()) for cell in notebook["cells"])
    return notebook if CODE_CELLS[0] <= count <= CODE_CELLS[1] and len(code_lines(notebook)) >= LINES_MIN else None


def main(cache):
    candidates = []
    for pin in json.loads(ARCHIVES.read_text()):
        if pin["bytes"] < ARCHIVE_BYTES_MAX:
            for name, content in members(fetch(pin, cache)):
                notebook = readable(content)
                if notebook:
                    candidates.append((hashlib.sha256(content).hexdigest(), pin, name, code_lines(notebook)))
    taken = []
    for digest, pin, name, lines in sorted(candidates, key=lambda candidate: candidate[0]):
        if all(alike(lines, other) < ALIKE_MAX for *_, other in taken):
            taken.append((digest, pin, name, lines))
    document = [
        {
            **{key: pin[key] for key in ("project", "version", "file", "url", "sha256")},
            "member": name,
            "notebook_sha256": digest,
        }
        for digest, pin, name, _ in taken
    ]
    (HERE / "sources.json").write_text(json.dumps(document, indent=1) + "\n")
    print(len(candidates), "candidates,", len(taken), "taken")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
