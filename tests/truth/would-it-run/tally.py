#!/usr/bin/env python3
"""Count what outcomes.json holds: by project, by state, by first cause; and where a real run differs from the look."""

import json
from collections import Counter
from pathlib import Path


def first_cause(problems):
    return next(problem["cause"] for problem in problems if problem.get("reached") is not False)


def state(rows, what):
    """Counter of outcomes of one state: `declared`, or `completed` (with the missing distributions; else the same)."""
    counted = Counter()
    for row in rows:
        seen = row.get("completed", row) if what == "completed" else row
        counted["runs" if seen["runs"] else first_cause(seen["problems"])] += 1
    return counted


def main():
    document = json.loads((Path(__file__).resolve().parent / "outcomes.json").read_text())
    every, differ = [], []
    for project in document["projects"]:
        rows = project["entries"]
        every += rows
        requirements = sum(not file["ok"] for file in project["requirements"])
        print(
            f"{project['name']:22} {project['version']:10} install {'ok' if project['install']['ok'] else project['install']['cause']:20}"
            f" requirements failed {requirements}  declared {sum(row['runs'] for row in rows)}/{len(rows)}"
            f"  completed {sum(row.get('completed', row)['runs'] for row in rows)}/{len(rows)}"
        )
        differ += [
            f"  {project['name']} {row['entry']}: {row['executed']}" for row in rows
            if row.get("executed", "exit 0") != "exit 0" and not row["executed"].startswith("still running")
        ]
    print(f"{len(document['projects'])} projects, {len(every)} entries, made {document['made']}")
    for what in ("declared", "completed"):
        print(f"{what}: {dict(state(every, what).most_common())}")
    ran = [row for row in every if "executed" in row]
    print(f"{len(ran)} of those that should run were run, without a network; {len(differ)} did not end well:", *differ, sep="\n")


if __name__ == "__main__":
    main()
