# SPDX-License-Identifier: Apache-2.0
"""Files that are written here, to be planted in, moved, copied and removed."""

SCRIPTS = (
    '''"""Score the table of {noun} and write the result beside it."""
import csv
import sys


def load(path):
    """Rows as dictionaries."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def score(row, weights):
    """The weighted sum of a row's {noun}."""
    return sum(weights[name] * float(row[name]) for name in weights if row.get(name))


def main():
    """Read, score, write."""
    rows = load(sys.argv[1])
    weights = {{'age': 0.2, "income": 0.7, 'region': 0.1}}
    for row in rows:
        row["score"] = score(row, weights)
    with open(sys.argv[2], "w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
''',
    """# Nightly job: bring the {noun} of yesterday.
import datetime
import json
from pathlib import Path

TARGET = Path("data") / "{noun}"


def yesterday():
    day = datetime.date.today() - datetime.timedelta(days = 1)
    return day.isoformat( )


def collect(lines):
    found = {{}}
    for line in lines:
        record = json.loads(line)
        found.setdefault(record["kind"], []).append(record)
    return found


def write(found, day):
    TARGET.mkdir(parents=True, exist_ok=True)
    for kind, records in sorted(found.items()):
        (TARGET / f"{{kind}}-{{day}}.json").write_text(json.dumps(records))


def main():
    day = yesterday()
    with open(f"incoming/{{day}}.jsonl") as lines:
        write(collect(lines), day)


if __name__ == "__main__":
    main()
""",
    '''import argparse
import math


class Window(object):
    """A sliding window over {noun}."""

    def __init__(self, size):
        self.size = size
        self.values = []

    def add(self, value):
        self.values.append(value)
        if len(self.values) > self.size: self.values.pop(0)

    def mean(self):
        return sum(self.values) / len(self.values) if self.values else math.nan


def parse(arguments=None):
    parser = argparse.ArgumentParser(description="Smooth {noun}")
    parser.add_argument("--size", type=int, default=7)
    parser.add_argument("values", nargs="*", type=float)
    return parser.parse_args(arguments)


def main():
    options = parse()
    window = Window(options.size)
    for value in options.values:
        window.add(value)
        print(round(window.mean(), 3))
''',
)
REQUIREMENTS = "attrs==23.2.0\nclick==8.1.7\njoblib==1.3.2\nnumpy==1.26.4\nrequests==2.31.0\nzipp==3.17.0\n"
STUB = '"""Kept for those who import it by its old name; the work is done in {module}."""\nMOVED_TO = "{module}"\n'
NOUNS = (
    "loans",
    "orders",
    "patients",
    "sensors",
    "reviews",
    "clicks",
    "flights",
    "tenants",
    "claims",
    "images",
    "shops",
    "meters",
    "trips",
    "seeds",
    "stars",
    "letters",
    "songs",
    "cells",
    "wells",
    "games",
)
PEOPLE = (
    "Anna Berg",
    "Bilal Noor",
    "Chen Yu",
    "Dorota Maj",
    "Emeka Obi",
    "Fatima Zahra",
    "Gustav Lind",
    "Hana Sato",
    "Ines Prado",
    "Jakub Wolf",
    "Kavya Rao",
    "Liam Byrne",
    "Mina Park",
    "Noah Stein",
    "Oksana Bilyk",
    "Pedro Luz",
    "Qiu Lan",
    "Rosa Vidal",
    "Søren Holm",
    "Tariq Aziz",
    "Uma Devi",
    "Viktor Nagy",
    "Wanda Król",
    "Ximena Ríos",
    "Yusuf Demir",
    "Zoë Martin",
)
ZONES = ("+0000", "+0100", "+0530", "-0800", "+0900", "-0330")
