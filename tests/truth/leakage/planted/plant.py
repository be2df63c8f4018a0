# SPDX-License-Identifier: Apache-2.0
"""Plant leaks: copies of clean programs, each with exactly one known leak, and copies with a harmless edit.

    python plant.py FOLDER               write the copies, scripts and notebooks, and expected.json
    python plant.py FOLDER --run [PART]  the same, then write small data files and run every copy whose libraries are
                                         here (and whose name holds PART)

The clean programs are `templates/*.py`, the edits are in `edits.py`, each with the reason why it leaks or does
not. A comment `#: tag` names a line of a template, so that an edit says where it works and the expected places
follow whatever the edit and the surface do; no tag reaches a copy. The surface (names, comments, cells) is drawn
from a digest of the copy's name, so that every run writes the same bytes.
"""

import ast
import csv
import hashlib
import importlib
import io
import json
import math
import os
import random
import re
import sys
import tokenize
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
import edits  # noqa: E402

TAG = re.compile(r"\s*#:\s*([\w ]+)$")
CELL = re.compile(r"# %%( \[markdown\])?$")
REMARKS = (
    "# see the notes of last week",
    "# checked by hand",
    "# same seed as before",
    "# kept short on purpose",
    "# the team asked for this",
    "# works on the sample as well",
    "# ---",
)
PROSE = ("Next step.", "Let us look at it.", "## Continued", "As agreed, nothing else changes here.")


class Line:
    """A line of a program and its tags."""

    def __init__(self, raw):
        found = TAG.search(raw)
        self.tags = set(found.group(1).split()) if found else set()
        self.text = raw[: found.start()] if found else raw


def lines_of(text):
    return [Line(raw) for raw in text.strip("\n").split("\n")]


def text_of(lines):
    return "\n".join(line.text for line in lines) + "\n"


def statement(lines, tag):
    """Where the statement with this tag begins and ends."""
    first = [at for at, line in enumerate(lines) if tag in line.tags]
    if len(first) != 1:
        raise SystemExit(f"tag {tag}: {len(first)} lines")
    ends = [
        node.end_lineno
        for node in ast.walk(ast.parse(text_of(lines)))
        if isinstance(node, ast.stmt) and node.lineno == first[0] + 1
    ]
    return first[0], max(ends)


def starts(lines):
    """Lines on which statements of the top level begin, decorators included."""
    return {
        min([node.lineno] + [mark.lineno for mark in getattr(node, "decorator_list", [])])
        for node in ast.parse(text_of(lines)).body
    }


def inserted(code, like):
    indent = " " * (len(like) - len(like.lstrip()))
    return [Line(indent + raw if raw else raw) for raw in code.strip("\n").split("\n")]


def edited(template, operations):
    lines = lines_of((HERE / "templates" / f"{template}.py").read_text())
    for what, tag, *code in operations:
        if what == "need":
            if tag not in [line.text for line in lines]:
                at, end = statement(lines, "imports")
                lines[at:at] = lines_of(tag)
            continue
        at, end = statement(lines, tag)
        if what == "before":
            lines[at:at] = inserted(code[0], lines[at].text)
        elif what == "after":
            lines[end:end] = inserted(code[0], lines[at].text)
        elif what == "replace":
            lines[at:end] = inserted(code[0], lines[at].text)
        elif what == "word":
            old, new = code
            if old not in lines[at].text:
                raise SystemExit(f"{template}, {tag}: no {old}")
            lines[at].text = lines[at].text.replace(old, new)
        elif what == "mark":
            lines[at].tags |= set(code[0].split())
        else:
            raise SystemExit(f"unknown operation {what}")
    return lines


def renamed(lines, names):
    """Other names for variables: never attributes, keywords of a call, or text."""
    text = text_of(lines)
    depth, before, spots = 0, "", []
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type != tokenize.NL]
    for token, after in zip(tokens, tokens[1:]):
        if token.string in "([{" and token.type == tokenize.OP:
            depth += 1
        elif token.string in ")]}" and token.type == tokenize.OP:
            depth -= 1
        if token.type == tokenize.NAME and token.string in names and before != ".":
            if not (depth and after.string == "="):
                spots.append((token.start, token.string))
        before = token.string
    for (row, column), name in reversed(spots):
        line = lines[row - 1]
        line.text = line.text[:column] + names[name] + line.text[column + len(name) :]
    return lines


def surfaced(lines, names, chance):
    """Names, remarks and empty lines as the draw has it."""
    used = {token for line in lines for token in re.findall(r"\w+", line.text)}
    picked = {
        old: new
        for old, choices in names.items()
        for new in [chance.choice((old, *choices))]
        if old in used and new not in used
    }
    if len(set(picked.values())) == len(picked):
        lines = renamed(lines, picked)
    top = starts(lines)
    output = []
    for number, line in enumerate(lines, 1):
        if number in top and number > 1 and chance.random() < 0.12:
            output.append(Line(chance.choice(REMARKS)))
        if number in top and output and not CELL.match(output[-1].text) and chance.random() < 0.1:
            output.append(Line(""))
        output.append(line)
    return output


def split_cells(lines, chance):
    """The cells of a notebook; without a border, the draw decides where top-level statements part."""
    cells, markdown = [[]], {}
    top = starts(lines)
    bordered = any(CELL.match(line.text) for line in lines)
    for number, line in enumerate(lines, 1):
        border = CELL.match(line.text)
        if border:
            if cells[-1] and (border.group(1) or len(cells) - 1 in markdown or chance.random() > 0.25):
                cells.append([])
            if border.group(1):
                markdown[len(cells) - 1] = True
            continue
        if len(cells) - 1 in markdown and not line.text.startswith("#"):
            cells.append([])
        if not bordered and number in top and cells[-1] and chance.random() < 0.25:
            cells.append([])
        cells[-1].append(line)
    trimmed = []
    for at, cell in enumerate(cells):
        while cell and not cell[-1].text:
            cell.pop()
        while cell and not cell[0].text:
            cell.pop(0)
        if cell:
            trimmed.append((at in markdown, cell))
            if chance.random() < 0.15:
                trimmed.append((True, [Line("# " + chance.choice(PROSE))]))
    return trimmed


def places(cells):
    found = {}
    for cell, (_, lines) in enumerate(cells, 1):
        for number, line in enumerate(lines, 1):
            for tag in line.tags:
                found.setdefault(tag, []).append([cell, number])
    return found


def notebook(cells):
    def one(is_text, lines):
        if is_text:
            source = [line.text.lstrip("# ") + "\n" for line in lines]
            return {"cell_type": "markdown", "metadata": {}, "source": source}
        source = [line.text + "\n" for line in lines]
        source[-1] = source[-1].rstrip("\n")
        return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}

    book = {
        "cells": [one(*cell) for cell in cells],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book, indent=1) + "\n"


def copies():
    for edit in edits.every():
        for form in ("script", "notebook"):
            name = f"{edit['template']}-{edit['name']}"
            chance = random.Random(hashlib.sha256(f"{name}/{form}".encode()).digest())
            lines = edited(edit["template"], edit["operations"])
            lines = surfaced(lines, edits.NAMES[edit["template"]], chance)
            if form == "script":
                lines = [Line("") if CELL.match(line.text) else line for line in lines]
                while not lines[0].text:
                    lines.pop(0)
                cells = [(False, lines)]
                text = text_of(lines)
            else:
                cells = split_cells(lines, chance)
                text = notebook(cells)
            program = "\n".join(text_of(cell) for is_text, cell in cells if not is_text)
            ast.parse(program)
            expected = {"file": name + (".py" if form == "script" else ".ipynb"), "template": edit["template"], "leaks": []}
            at = places(cells)
            if "kind" in edit:
                leak = {"kind": edit["kind"], "how": edit["how"], "source": at["source"][0]}
                if len(at["source"]) > 1 or "also" in at:
                    leak["also"] = at["source"][1:] + at.get("also", [])
                if edit["other"]:
                    leak["other_kind"] = edit["other"]
                leak.update(fit=at[edit["fit"]][0], score=at[edit["score"]][0])
                expected["leaks"] = [leak]
            expected["why"] = edit["why"]
            yield expected, text, program


def value(kind, row, chance):
    if kind == "id":
        return row
    if kind == "day":
        return f"{2021 + row // 336}-{1 + row // 28 % 12:02d}-{1 + row % 28:02d}"
    if kind == "group":
        return row // 5
    if isinstance(kind, tuple):
        return chance.choice(kind)
    if kind == "flag":
        return int(chance.random() < 0.4)
    return round(math.exp(chance.gauss(float(kind), 0.5)), 3)


def write_data(folder):
    for file, columns in edits.DATA.items():
        chance = random.Random(file)
        with open(folder / file, "w", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(columns)
            for row in range(336):
                writer.writerow(value(kind, row, chance) for kind in columns.values())


def run(folder, programs):
    """Each program in a child of a process that has the libraries loaded; those that lack one are counted."""
    write_data(folder)
    os.environ.update(MPLBACKEND="Agg", OMP_NUM_THREADS="1")
    os.chdir(folder)
    warnings.simplefilter("ignore")
    failed, skipped = [], 0
    for name, program in programs.items():
        roots = {word.split(".")[0] for word in re.findall(r"(?m)^\s*(?:from|import) ([\w.]+)", program)}
        try:
            for root in sorted(roots - set(sys.stdlib_module_names)):
                importlib.import_module(root)
        except ImportError:
            skipped += 1
            continue
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                exec(compile(program, name, "exec"), {"__name__": "__main__"})
                code = 0
            except BaseException as fault:
                print(f"  {name}: {type(fault).__name__}: {str(fault)[:200]}", file=sys.stderr)
            os._exit(code)
        if os.waitpid(child, 0)[1]:
            failed.append(name)
    print(f"ran {len(programs) - skipped}, {len(failed)} failed; {skipped} need libraries that are not here")
    if failed:
        raise SystemExit(1)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    listing, programs, seen = [], {}, {}
    for expected, text, program in copies():
        if text in seen or expected["file"] in programs:
            raise SystemExit(f"{expected['file']} is written twice, or equals {seen.get(text)}")
        seen[text] = expected["file"]
        programs[expected["file"]] = program
        (folder / expected["file"]).write_text(text)
        listing.append(expected)
    (folder / "expected.json").write_text("[\n" + ",\n".join(json.dumps(row) for row in listing) + "\n]\n")
    planted = [row for row in listing if row["leaks"]]
    print(f"{len(planted)} with one leak, {len(listing) - len(planted)} without, of {len(edits.NAMES)} templates")
    if "--run" in sys.argv:
        part = "".join(sys.argv[sys.argv.index("--run") + 1 :])
        run(folder, {name: program for name, program in programs.items() if part in name})


if __name__ == "__main__":
    main()
