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
    """Cohen 1960: (observed - expected) / (1 - expected)."""
    observed = sum(a == b for a, b in pairs) / len(pairs)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    expected = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    return observed, (observed - expected) / (1 - expected) if expected < 1 else 1.0


def main():
    first = {row["digest"]: row for row in rows("comments.csv")}
    second = rows("second.csv")
    if [row["digest"] for row in second] != [row["digest"] for row in rows("blind.csv")]:
        sys.exit("second.csv has other rows than blind.csv; next: keep its digests and their order")
    pairs = [(first[row["digest"]]["debt"], row["debt"]) for row in second]
    decided = [pair for pair in pairs if "undecided" not in pair]
    types = [
        (first[row["digest"]]["type"], row["type"]) for row in second if first[row["digest"]]["debt"] == row["debt"] == "yes"
    ]
    for what, of in (("yes, no, undecided", pairs), ("yes, no (both decided)", decided), ("type (both yes)", types)):
        observed, value = kappa(of)
        print(f"{what}: n {len(of)}, agreement {observed:.3f}, kappa {value:.3f}")
    for row, pair in zip(second, pairs):
        if pair[0] != pair[1]:
            print(f"  {pair[0]:9} {pair[1]:9} {row['digest'][:12]} {first[row['digest']]['text'][:90]!r}")


if __name__ == "__main__":
    sheet() if sys.argv[1:] == ["sheet"] else main()
