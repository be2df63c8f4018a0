# SPDX-License-Identifier: Apache-2.0
"""Check the labels and count them.

    python count.py [FOLDER]

Without FOLDER: every notebook is labelled once, kinds are known, places are well formed; prints the counts of the
README, the agreement of the first reader's second pass and that of the second reader, with the entries that stand
apart. With FOLDER (see choose.py) every place is also looked up in its notebook: a code cell, a line that is not
empty, and, where CPython can parse the cell, the first line of a statement.
"""

import ast
import json
import re
import sys
from collections import Counter
from pathlib import Path

from choose import HERE, cells

HOW = {
    "preprocessing": {"before-split", "before-cv", "concatenated", "resampled", "selection", "target-encoding"},
    "overlap": {"same-rows", "oversampled", "augmented", "windows", "groups", "time"},
    "test-choice": {"early-stopping", "checkpoint", "hyper-parameter", "threshold", "model"},
    "target": {"column", "derived"},
}
LISTS = ("leaks", "undecided", "train_scored", "tempting")


def read(name):
    return json.loads((HERE / name).read_text())


def places(entry):
    named = [entry[key] for key in ("source", "fit", "score", "at") if key in entry]
    return named + entry.get("also", [])


def statement_lines(source):
    """First lines of statements, or None where the cell is not plain Python."""
    bare = re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", source)
    try:
        return {node.lineno for node in ast.walk(ast.parse(bare)) if isinstance(node, ast.stmt)}
    except SyntaxError:
        return None


def check(labels, folder):
    faults = []
    for label in labels:
        book = cells((folder / f"{label['id']}.ipynb").read_bytes()) if folder else None
        for name in LISTS:
            for entry in label[name]:
                if not entry["why"] or ("kind" in entry and entry["kind"] not in HOW):
                    faults.append((label["id"], name, entry))
                if name in ("leaks", "undecided") and entry["how"] not in HOW[entry["kind"]]:
                    faults.append((label["id"], name, entry))
                for cell, line in places(entry) if book else []:
                    if cell > len(book) or book[cell - 1][0] != "code":
                        faults.append((label["id"], name, cell, "no code cell"))
                        continue
                    source = book[cell - 1][1]
                    lines, starts = source.splitlines(), statement_lines(source)
                    if line > len(lines) or not lines[line - 1].strip() or (starts and line not in starts):
                        faults.append((label["id"], name, cell, line))
    return faults


def kappa(pairs):
    """Cohen's, for two readers who answer yes or no."""
    pairs = list(pairs)
    agreed = sum(first == second for first, second in pairs) / len(pairs)
    one, two = sum(first for first, _ in pairs) / len(pairs), sum(second for _, second in pairs) / len(pairs)
    chance = one * two + (1 - one) * (1 - two)
    return (agreed - chance) / (1 - chance)


def marked(label, name):
    return {(entry["kind"], *entry["source"]) for entry in label[name]}


def matches(ours, theirs):
    """Pairs of entries of one notebook and kind whose sources, or others of the same leak, are one statement."""
    pairs, left = [], list(theirs)
    for named in (lambda entry: [entry["source"]], lambda entry: [entry["source"], *entry.get("also", [])]):
        for entry in ours:
            if any(entry is one for one, _ in pairs):
                continue
            for other in left:
                if other["kind"] == entry["kind"] and any(place in named(other) for place in named(entry)):
                    pairs.append((entry, other))
                    left = [rest for rest in left if rest is not other]
                    break
    return pairs


def scores(label):
    return {tuple(entry["score"]) for entry in label["train_scored"]}


def agreement(first, reader):
    """What a second reader agrees with. Each entry counts once; "apart" lists the others."""
    for name in ("leaks", "undecided"):
        rows = [(label["id"], first[label["id"]][name], label[name]) for label in reader]
        found = {identifier: matches(a, b) for identifier, a, b in rows}
        pairs = [pair for several in found.values() for pair in several]
        ours, theirs = sum(len(a) for _, a, _ in rows), sum(len(b) for _, _, b in rows)
        same = {key: sum(a[key] == b[key] for a, b in pairs) for key in ("how", "source", "fit", "score")}
        print(
            f"second reader of {len(reader)}, {name}: {len(pairs)} in both, {ours - len(pairs)} in the first alone, "
            f"{theirs - len(pairs)} in the second alone; kappa by notebook "
            f"{kappa((bool(a), bool(b)) for _, a, b in rows):.2f} (first {sum(bool(a) for _, a, _ in rows)}, second "
            f"{sum(bool(b) for _, _, b in rows)}, both {sum(bool(a and b) for _, a, b in rows)}); of the matched "
            + ", ".join(f"{key} {number}" for key, number in same.items())
        )
        for identifier, a, b in rows:
            for reading, entries, side in (("first", a, 0), ("second", b, 1)):
                for entry in entries:
                    if not any(entry is pair[side] for pair in found[identifier]):
                        print("  apart:", reading, "alone,", identifier, entry["kind"], entry["how"], *entry["source"])
    scored = [(scores(first[label["id"]]), scores(label)) for label in reader]
    print(
        f"second reader of {len(reader)}, train_scored: {sum(len(a & b) for a, b in scored)} in both, "
        f"{sum(len(a - b) for a, b in scored)} in the first alone, "
        f"{sum(len(b - a) for a, b in scored)} in the second alone"
    )


def main():
    labels, notebooks, second = read("labels.json"), read("notebooks.json"), read("second.json")
    reader = read("second_reader.json")
    if [label["id"] for label in labels] != [row["id"] for row in notebooks]:
        raise SystemExit("labels.json and notebooks.json do not list the same notebooks")
    faults = check(labels + reader, Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    for fault in faults:
        print("fault:", *fault)
    projects = {row["project"] for row in notebooks}
    leaking = {row["project"] for row, label in zip(notebooks, labels) if label["leaks"]}
    print(
        f"{len(labels)} notebooks of {len(projects)} projects; "
        f"{sum(bool(label['leaks']) for label in labels)} notebooks of {len(leaking)} projects leak"
    )
    for name in LISTS:
        print(f"{name}: {sum(len(label[name]) for label in labels)}")
    for name in ("leaks", "undecided"):
        for (kind, how), number in sorted(Counter((e["kind"], e["how"]) for l in labels for e in l[name]).items()):
            print(f"  {name} {kind} {how}: {number}")
    first = {label["id"]: label for label in labels}
    for name in ("leaks", "undecided"):
        ours = [(marked(first[label["id"]], name), marked(label, name)) for label in second]
        both = sum(len(a & b) for a, b in ours)
        print(
            f"second reading of {len(second)}, {name}: {both} in both, {sum(len(a - b) for a, b in ours)} in the "
            f"first alone, {sum(len(b - a) for a, b in ours)} in the second alone; "
            f"kappa by notebook {kappa((bool(a), bool(b)) for a, b in ours):.2f}"
        )
    agreement(first, reader)
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
