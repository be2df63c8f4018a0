#!/usr/bin/env python3
"""Derive the fixtures of the Python parser, and what it knows of Unicode, from CPython 3.14 and lib2to3.

    generate.py FOLDER

python_trees.json has the sources of python_cases.py with the dumps of python_dump.py, made by CPython 3.14 itself: the
WebAssembly of the npm package pyodide, pinned in tools/lock/python.txt. A byte is a character in it.
identifier_ranges.inc is what python_identifiers.cc knows of Unicode. python2_statements.json has the sources of
python2_cases.py with the places of their statements (first line, column, last line, column), by lib2to3 of Python 3.11.
"""

import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE))

import python2_cases  # noqa: E402
import python_cases  # noqa: E402

STACK_KB = 7000  # of the 8 MB that a process has


def cpython(what, *words, text=""):
    subprocess.run([sys.executable, ROOT / "tools/pinned.py", ROOT / "tools/lock/python.txt", ROOT / "build/inputs", "pyodide"],
                   check=True, stdout=sys.stderr)
    path = f"{ROOT}/build/third_party/node/bin:{os.environ['PATH']}"
    command = ["node", f"--stack-size={STACK_KB}", HERE / "python_trees.mjs", ROOT / "build/inputs/pyodide", what, *words]
    done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True, env={**os.environ, "PATH": path})
    return done.stdout.decode()


def trees():
    sources = {name: source if isinstance(source, bytes) else source.encode() for name, source in python_cases.CASES.items()}
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, source in enumerate(sources.values()):
            paths.append(Path(folder, str(number)))
            paths[-1].write_bytes(source)
        dumps = json.loads(cpython("dumps", text="\n".join(map(str, paths))))
    return [{"name": name, "source": source.decode("latin-1"), "tree": tree}
            for (name, source), tree in zip(sources.items(), dumps, strict=True)]


def statements(source):
    """Where every statement begins and ends; a decorated one begins at its `def` or `class`, as in `ast`."""
    warnings.simplefilter("ignore")
    from lib2to3 import pygram, pytree
    from lib2to3.pgen2 import driver, token

    def leaves(node):
        found = [leaf for leaf in node.leaves() if leaf.type not in (token.NEWLINE, token.INDENT, token.DEDENT)]
        return [leaf for leaf in found if leaf.value.strip()]

    compound = {pygram.python_symbols.__dict__[name] for name in
                "if_stmt while_stmt for_stmt try_stmt with_stmt funcdef classdef".split()}
    found = []
    for node in driver.Driver(pygram.python_grammar, convert=pytree.convert).parse_string(source).pre_order():
        if node.type == pygram.python_symbols.simple_stmt:
            own = [child for child in node.children if child.type not in (token.SEMI, token.NEWLINE)]
        else:
            own = [node] if node.type in compound else []
        for one in own:
            first, last = leaves(one)[0], leaves(one)[-1]
            rows = last.value.split("\n")
            column = len(rows[-1]) + (last.column if len(rows) == 1 else 0)
            found.append([first.lineno, first.column, last.lineno + len(rows) - 1, column])
    return sorted(found)


def main():
    folder = Path(sys.argv[1])
    (folder / "python_trees.json").write_text(json.dumps(trees(), indent=1) + "\n")
    boundaries = [{"source": source, "statements": statements(source)} for source in python2_cases.CASES]
    (folder / "python2_statements.json").write_text(json.dumps(boundaries, indent=1) + "\n")
    (folder / "identifier_ranges.inc").write_text(cpython("ranges"))


if __name__ == "__main__":
    main()
