# SPDX-License-Identifier: Apache-2.0
"""Lay a source tree out for reading by eye. Usage: python sources.py PROJECT

Prints every requirement, every notebook's execution counts, every cell or markdown text that speaks of installing, every
data file, and every line that could hold a credential. It decides nothing: the labels were set by reading what it prints.
"""
import re
import sys
from pathlib import Path

import nbformat
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

DATA = """csv tsv parquet jsonl ndjson npy npz pkl pickle p joblib h5 hdf5 feather arrow sqlite sqlite3 db zip gz bz2 xz
pt pth onnx safetensors bin dat xls xlsx mat rds rda""".split()
INSTALL = re.compile(r"\b(pip3?|conda|mamba|apt(-get)?|poetry|uv)\b.{0,40}\b(install|add)\b|subprocess|os\.system")
SECRET = re.compile(
    r"AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|-----BEGIN|gh[pousr]_\w{30}|github_pat_|glpat-|xox[abprs]-|hooks\.slack"
    r"|AIza[\w-]{30}|\bsk-\w{20}|hf_\w{30}|npm_\w{30}|pypi-\w{30}|eyJ[\w-]{20,}\.|://[^/\s:@]+:[^/\s@]+@"
    r"|(passw|secret|api_?key|token|credential|access_?key)\w*[\"']?\s*[:=]|\b[0-9a-f]{40}\b|\b[0-9a-f]{64}\b",
    re.IGNORECASE,
)


def requirements(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        text = re.split(r"(^|\s)#", line)[0].strip()
        if not text or text.startswith("-"):
            print(f"  {number}: not a requirement: {line!r}")
            continue
        try:
            r = Requirement(text)
        except InvalidRequirement:
            print(f"  {number}: cannot be read: {line!r}")
            continue
        print(f"  {number}: {canonicalize_name(r.name)}  [{r.specifier}] marker={r.marker} url={r.url}")


def notebook(path):
    cells = nbformat.read(path, as_version=4).cells
    counts = [(i, c.execution_count) for i, c in enumerate(cells, 1) if c.cell_type == "code" and c.source.strip()]
    known = [n for _, n in counts if n is not None]
    outputs = sum(bool(c.get("outputs")) for c in cells)
    print(f"  cells {len(cells)}, code {len(counts)}, with outputs {outputs}")
    print(f"  counts {[n for _, n in counts]} increasing={all(a < b for a, b in zip(known, known[1:]))}")
    for i, c in enumerate(cells, 1):
        if c.cell_type != "raw" and INSTALL.search(c.source):
            lines = [line for line in c.source.splitlines() if INSTALL.search(line)]
            print(f"  cell {i} ({c.cell_type}) {lines}")


def main(root):
    files = sorted(p for p in root.rglob("*") if p.is_file())
    for p in files:
        name = str(p.relative_to(root))
        if "require" in p.name or "constraints" in p.name or p.suffix == ".lock":
            print(name)
            if p.suffix == ".txt" and "egg-info" not in name:
                requirements(p)
        if p.suffix == ".ipynb":
            print(name)
            notebook(p)
        if p.suffix.lstrip(".").lower() in DATA:
            print(f"{name}: data file of {p.stat().st_size} bytes")
        if p.name == "CODEOWNERS":
            print(f"{name}: {p.read_text().splitlines()}")
        try:
            lines = p.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            if p.suffix != ".c" and "image/png" not in line and (hit := SECRET.search(line)):
                start = max(0, hit.start() - 30)
                print(f"{name}:{number}: {line[start:hit.end() + 40].strip()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
