#!/usr/bin/env python3
"""Derive the fixtures of the Python parser, and what it knows of Unicode, from CPython 3.14 and lib2to3.

    generate.py FOLDER

python_trees.json has the sources of python_cases.py with the dumps of python_dump.py, made by CPython 3.14 itself: the
WebAssembly of the npm package pyodide, pinned in tools/lock/python.txt. A byte is a character in it.
identifier_ranges.inc is what python_identifiers.cc knows of Unicode.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE))

from python_cases import CASES  # noqa: E402

STACK_KB = 7000  # of the 8 MB that a process has


def cpython(what, *words, text=""):
    subprocess.run([sys.executable, ROOT / "tools/pinned.py", ROOT / "tools/lock/python.txt", ROOT / "build/inputs", "pyodide"],
                   check=True, stdout=sys.stderr)
    path = f"{ROOT}/build/third_party/node/bin:{os.environ['PATH']}"
    command = ["node", f"--stack-size={STACK_KB}", HERE / "python_trees.mjs", ROOT / "build/inputs/pyodide", what, *words]
    done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True, env={**os.environ, "PATH": path})
    return done.stdout.decode()


def trees():
    sources = {name: source if isinstance(source, bytes) else source.encode() for name, source in CASES.items()}
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, source in enumerate(sources.values()):
            paths.append(Path(folder, str(number)))
            paths[-1].write_bytes(source)
        dumps = json.loads(cpython("dumps", text="\n".join(map(str, paths))))
    return [{"name": name, "source": source.decode("latin-1"), "tree": tree}
            for (name, source), tree in zip(sources.items(), dumps, strict=True)]


def main():
    folder = Path(sys.argv[1])
    (folder / "python_trees.json").write_text(json.dumps(trees(), indent=1) + "\n")
    (folder / "identifier_ranges.inc").write_text(cpython("ranges"))


if __name__ == "__main__":
    main()
