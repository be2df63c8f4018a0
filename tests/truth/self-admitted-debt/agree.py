#!/usr/bin/env python3
"""Agreement of a second reading with the first.

    agree.py sheet     writes blind.csv: 120 comments of comments.csv by digest order, texts alone
    agree.py           second.csv (digest, debt, type; by another reader, given README.md and blind.csv) against comments.csv
"""

import csv
import hashlib
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEED, ROWS = "solvent second reading 1", 120
DEBTS = {"yes", "no", "undecided"}
TYPES = set("requirement design defect test documentation model data configuration infrastructure unknown".split())


def rows(name):
    path = HERE / name
    if not path.exists():
        sys.exit(f"{name} is not there; next: have another reader label blind.csv, without a look at comments.csv")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def sheet():
    drawn = sorted(rows("comments.csv"), key=lambda row: hashlib.sha256(f"{SEED}\0{row['digest']}".encode()).hexdigest())[:ROWS]
    with (HERE / "blind.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["digest", "text"], extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(drawn)


def kappa(pairs):
    """Cohen 1960: (observed - expected) / (1 - expected); undefined where both give one and the same label throughout."""
    observed = sum(a == b for a, b in pairs) / len(pairs)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    expected = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    return observed, (observed - expected) / (1 - expected) if expected < 1 else float("nan")


def main():
    first = {row["digest"]: row for row in rows("comments.csv")}
    second = rows("second.csv")
    if [row["digest"] for row in second] != [row["digest"] for row in rows("blind.csv")]:
        sys.exit("second.csv has other rows than blind.csv; next: keep its digests and their order")
    for row in second:
        if row["debt"] not in DEBTS or (row["type"] not in TYPES if row["debt"] == "yes" else row["type"]):
            label = f"{row['debt']!r}, {row['type']!r}"
            sys.exit(f"{row['digest'][:12]} has {label}; next: a debt as README.md has it, with a type if it is yes")
    both = [(first[row["digest"]], row) for row in second]
    debts = [(one["debt"], two["debt"]) for one, two in both]
    parts = [
        ("yes, no, undecided", debts),
        ("yes, no (both decided)", [pair for pair in debts if "undecided" not in pair]),
        ("type (both yes)", [(one["type"], two["type"]) for one, two in both if one["debt"] == two["debt"] == "yes"]),
    ]
    for stratum in ("tag", "hint", "word", "rest"):
        pairs = [(one["debt"], two["debt"]) for one, two in both if one["stratum"] == stratum]
        parts.append((f"yes, no, undecided in {stratum}", pairs))
    for what, pairs in parts:
        if pairs:
            print("{}: n {}, agreement {:.3f}, kappa {:.3f}".format(what, len(pairs), *kappa(pairs)))
    for one, two in both:
        if (one["debt"], one["type"]) != (two["debt"], two["type"]):
            labels = [f"{row['debt']} {row['type']}".strip() for row in (one, two)]
            print(f"  {labels[0]:20} {labels[1]:20} {one['digest'][:12]} {one['text'][:90]!r}")


if __name__ == "__main__":
    sheet() if sys.argv[1:] == ["sheet"] else main()
