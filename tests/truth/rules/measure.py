#!/usr/bin/env python3
"""What verdicts.json says of each rule, written into the rules' files as [measured].

    measure.py             writes
    measure.py --check     fails where a file says otherwise, or a verdict is of a rule that there is not
"""

import json
import re
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
RULES = HERE.parents[2] / "src/remedies/code/rules"
SECTION = re.compile(r"^\[measured\]\n(?:[a-z]+ = \d+\n)+\n", re.M)
VERDICTS = {"yes", "no", "unsure"}


def measured(rows):
    """rule → (right, of, projects, version), for the newest version that there are verdicts of."""
    by_rule = defaultdict(lambda: defaultdict(list))
    for row in rows:
        assert row["verdict"] in VERDICTS and row["reason"].strip(), row
        by_rule[row["rule"]][row["version"]].append(row)
    out = {}
    for rule, versions in by_rule.items():
        version = max(versions)
        counted = [row for row in versions[version] if row["verdict"] != "unsure"]
        right = sum(row["verdict"] == "yes" for row in counted)
        out[rule] = (right, len(counted), len({row["project"] for row in counted}), version)
    return out


def main():
    rows = json.loads((HERE / "verdicts.json").read_text())
    places = [(row["rule"], row["version"], row["project"], row["path"], row["cell"], row["line"]) for row in rows]
    assert len(set(places)) == len(places), "a finding has two verdicts"
    figures, problems = measured(rows), []
    for path in sorted(RULES.glob("*/*.toml")):
        text = path.read_text()
        rule = f"code/{path.parent.name}-{path.stem}"
        wanted = SECTION.sub("", text)
        if rule in figures:
            right, of, projects, version = figures.pop(rule)
            section = f"[measured]\nright = {right}\nof = {of}\nprojects = {projects}\nversion = {version}\n\n"
            at = wanted.index("[[match]]")
            wanted = wanted[:at] + section + wanted[at:]
            if version > tomllib.loads(text).get("version", 1):
                problems.append(f"{rule}: verdicts of a version that it does not have")
        if wanted != text:
            if "--check" in sys.argv:
                problems.append(f"{rule}: [measured] is not what the verdicts say")
            else:
                path.write_text(wanted)
    problems += [f"{rule}: there is no such rule" for rule in figures]
    for problem in problems:
        print(problem)
    print(f"rules: {len(rows)} verdicts, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
