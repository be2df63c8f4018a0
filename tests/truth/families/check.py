#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check expected.json against the repository that was grown, by reading the repository alone.

    check.py FOLDER            FOLDER: what grow.py wrote
    check.py FOLDER --spoil    falsify one statement after the other; each must be noticed

Dates, tips and descent are read from git. Kinship is read from lines of code: a child shares them with its parent, members of
different families do not; the nearest of each are printed, so that a reader sees how hard it is to tell them apart.
"""

import argparse
import copy
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "LC_ALL": "C",
    "TZ": "UTC",
}
CHILD_MIN = 0.3  # share of the shorter one's lines that a notebook has from its parent: half a copy, and edits
STRANGER_MAX = 0.3  # and that it may share with a notebook of another family
BRANCH_CHILD_MIN = 0.2  # share of the lines that a branch adds which its child adds too
BRANCH_STRANGER_MAX = 0.5  # and a branch of another family
LINE_LENGTH_MIN = 12


class Repository:
    def __init__(self, folder):
        self.folder, self.texts = folder, {}
        self.process = subprocess.Popen(
            ["git", "cat-file", "--batch"], cwd=folder, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.refs = dict(
            reversed(line.split(" "))
            for line in self.git(
                "for-each-ref", "refs/heads", "--format=%(objectname) %(refname:lstrip=2)"
            ).splitlines()
        )
        log = self.git("log", "--all", "--format=%H %ct %P").splitlines()
        self.commits = {digest: (int(time), parents) for digest, time, *parents in map(str.split, log)}
        self.main = set(self.git("log", "--first-parent", "--format=%H", "main").split())
        self.notebooks = self.lives()

    def git(self, *arguments):
        return subprocess.run(
            ["git", "-c", "core.quotePath=false", *arguments],
            cwd=self.folder,
            env=ENVIRONMENT,
            capture_output=True,
            check=True,
        ).stdout.decode()

    def text(self, name):
        if name not in self.texts:
            self.process.stdin.write(name.encode() + b"\n")
            self.process.stdin.flush()
            head = self.process.stdout.readline().decode().rstrip("\n")
            size = -1 if head.endswith(" missing") else int(head.rsplit(" ", 1)[1])
            self.texts[name] = None if size < 0 else self.process.stdout.read(size + 1)[:-1].decode()
        return self.texts[name]

    def lives(self):
        """path -> (created, last edited), of the notebooks on main; an equal file that goes and comes in one commit was renamed."""
        found, time = {}, 0
        log = self.git(
            "log",
            "--first-parent",
            "--diff-merges=first-parent",
            "--reverse",
            "--raw",
            "--no-renames",
            "--no-abbrev",
            "--root",
            "--format=commit %ct",
            "main",
        )
        gone, came = {}, {}

        def settle():
            for path, digest in came.items():
                source = next((old for old, was in gone.items() if was == digest), None)
                if source:
                    found[path] = found.pop(source)
                else:
                    found[path] = (found[path][0] if path in found else time, time)
            for path in gone:
                found.pop(path, None)
            gone.clear()
            came.clear()

        for line in log.splitlines():
            if line.startswith("commit "):
                settle()
                time = int(line.split(" ")[1])
            elif line.startswith(":"):
                fields, path = line.split("\t")
                _, _, old, new, status = fields.split(" ")
                if path.endswith(".ipynb"):
                    (gone if status == "D" else came)[path] = old if status == "D" else new
        settle()
        return found

    def reaches(self, tip, wanted):
        stack, seen = [tip], set()
        while stack:
            digest = stack.pop()
            if digest == wanted:
                return True
            if digest not in seen:
                seen.add(digest)
                stack += self.commits[digest][1]
        return False


def lines_of(text, path):
    """The lines of code that say something, as a set."""
    if text is None:
        return set()
    if path.endswith(".ipynb"):
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")
    return {
        line.strip()
        for line in text.split("\n")
        if len(line.strip()) >= LINE_LENGTH_MIN and not line.strip().startswith(("#", "import ", "from "))
    }


def shared(first, second):
    return len(first & second) / max(1, min(len(first), len(second)))


class Checker:
    def __init__(self, folder):
        self.repository = Repository(folder / "repository")
        self.document = json.loads((folder / "expected.json").read_text())
        self.problems, self.shown = [], {}
        self.known = {}

    def expect(self, holds, *what):
        if not holds:
            self.problems.append(" ".join(map(str, what)))

    def families(self, kind, name, items, time):
        """Each member once; ancestor and newest as the dates of the repository say."""
        by_name = {item[name]: item for item in items}
        members = [member for family in self.document[kind] for member in family["members"]]
        self.expect(sorted(members) == sorted(by_name), kind, "does not have each member once")
        for family in self.document[kind]:
            times = {member: time(by_name[member]) for member in family["members"] if member in by_name}
            begun = {member: times[member][0] for member in times}
            self.expect(
                family["ancestor"] in begun and begun[family["ancestor"]] == min(begun.values()),
                family["id"],
                "ancestor",
            )
            last = max(each[1] for each in times.values())
            self.expect(
                sorted(key for key, each in times.items() if each[1] == last) == family["newest"],
                family["id"],
                "newest",
            )
            for member in times:
                item, steps = by_name[member], 0
                self.expect(item["family"] == family["id"], member, "says another family")
                while item["parent"] and steps < 100:
                    self.expect(item["parent"] in times, member, "descends from outside its family")
                    item, steps = by_name[item["parent"]], steps + 1
                self.expect(item[name] == family["ancestor"], member, "does not descend from the ancestor")

    def notebook_lines(self, name):
        if name not in self.known:
            self.known[name] = lines_of(self.repository.text(name), ".ipynb")
        return self.known[name]

    def notebooks(self):
        lives, items = self.repository.notebooks, self.document["notebooks"]
        self.expect(sorted(lives) == sorted(item["path"] for item in items), "not the notebooks of main")
        for item in items:
            self.expect(
                lives.get(item["path"]) == (item["created"], item["last_edited"]),
                item["path"],
                "created or edited otherwise",
            )
            if item["made_from"]:
                self.copied(item)
        self.families("notebook_families", "path", items, lambda item: lives.get(item["path"], (0, 0)))
        lines = {item["path"]: self.notebook_lines(f"main:{item['path']}") for item in items}
        strangers = [
            (shared(lines[one["path"]], lines[other["path"]]), one["path"], other["path"])
            for one, other in itertools.combinations(items, 2)
            if one["family"] != other["family"]
        ]
        self.expect(max(strangers)[0] < STRANGER_MAX, "strangers alike:", max(strangers))
        kin = [
            (shared(lines[item["path"]], lines[item["parent"]]), item["path"], item["parent"])
            for item in items
            if item["parent"]
        ]
        self.shown["notebooks on main"] = (
            f"nearest strangers {max(strangers)[0]:.2f}, farthest child and parent {min(kin)[0]:.2f}"
        )

    def copied(self, item):
        """At its birth a copy is like what its parent was at that moment, cell by cell where the truth says so."""
        path, commit = item["made_from"]
        before = self.repository.text(f"{commit}:{path}")
        base = self.repository.commits[item["made_in"]][1][0]
        self.expect(
            before is not None and before == self.repository.text(f"{base}:{path}"),
            item["path"],
            "parent was otherwise",
        )
        born = next(
            text
            for text in (self.repository.text(f"{item['made_in']}:{each}") for each in self.born_as(item))
            if text is not None
        )
        parent, cells = json.loads(before)["cells"], json.loads(born)["cells"]
        self.expect(len(cells) == len(item["cells_from_parent"]), item["path"], "has other cells")
        same = kept = 0
        for cell, source in zip(cells, item["cells_from_parent"], strict=False):
            if source is not None:
                kept += 1
                same += source < len(parent) and parent[source]["source"] == cell["source"]
        self.expect(same * 2 >= kept > 0, item["path"], "fewer than half of its cells are the parent's")
        share = shared(
            self.notebook_lines(f"{item['made_in']}:{self.born_as(item)[0]}"), self.notebook_lines(f"{commit}:{path}")
        )
        self.expect(share >= CHILD_MIN, item["path"], "is not like its parent:", share)

    def born_as(self, item):
        """The paths that the commit of its birth added."""
        listed = self.repository.git(
            "diff-tree", "-r", "--no-commit-id", "--name-only", "--diff-filter=A", item["made_in"]
        )
        return listed.splitlines()

    def added(self, item):
        """The lines that a branch's file has and main did not have where the branch left it."""
        key = "added " + item["name"]
        if key not in self.known:
            base = self.repository.git("merge-base", "main", item["tip"]).strip()
            path = item["file"]
            self.known[key] = lines_of(self.repository.text(f"{item['tip']}:{path}"), path) - lines_of(
                self.repository.text(f"{base}:{path}"), path
            )
        return self.known[key]

    def branches(self):
        items, repository = self.document["branches"], self.repository
        by_name = {item["name"]: item for item in items}
        self.expect(sorted(by_name) == sorted(set(repository.refs) - {"main"}), "not the branches of the repository")
        for item in items:
            self.expect(repository.refs.get(item["name"]) == item["tip"], item["name"], "tip")
            self.expect(repository.commits[item["tip"]][0] == item["tip_time"], item["name"], "time of the tip")
            self.expect(repository.reaches(item["tip"], item["first"]), item["name"], "does not hold its first commit")
            self.descent(item, by_name)
        self.families(
            "branch_families",
            "name",
            items,
            lambda item: (repository.commits[item["first"]][0], repository.commits[item["tip"]][0]),
        )
        grown = [item for item in items if item["how"] != "merged"]
        strangers = [
            (
                len(self.added(one) & self.added(other)) / max(1, min(len(self.added(one)), len(self.added(other)))),
                one["name"],
                other["name"],
            )
            for one, other in itertools.combinations(grown, 2)
            if one["family"] != other["family"] and one["file"] == other["file"] and one["file"] != "requirements.txt"
        ]
        self.expect(max(strangers)[0] < BRANCH_STRANGER_MAX, "strangers alike:", max(strangers))
        kin = [
            (
                len(self.added(item) & self.added(by_name[item["parent"]]))
                / max(1, len(self.added(by_name[item["parent"]]))),
                item["name"],
            )
            for item in grown
            if item["parent"]
        ]
        self.expect(min(kin)[0] >= BRANCH_CHILD_MIN, "child unlike its parent:", min(kin))
        self.shown["branches"] = (
            f"nearest strangers {max(strangers)[0]:.2f}, farthest child and parent {min(kin)[0]:.2f}"
        )
        tips = {}
        for item in items:
            self.expect(
                tips.setdefault(item["tip"], item["family"]) == item["family"], item["name"], "has a stranger's tip"
            )

    def descent(self, item, by_name):
        repository, how = self.repository, item["how"]
        base = repository.commits[item["first"]][1][0]
        if how in ("from main", "merged", "done again on a newer main"):
            self.expect(base in repository.main, item["name"], "does not start on main")
        else:
            parent = by_name[item["parent"]]["tip"]
            wanted = item["first"] if how == "at its parent's tip" else base
            self.expect(
                wanted not in repository.main and repository.reaches(parent, wanted),
                item["name"],
                "is not on its parent",
            )
        self.expect(
            (how == "merged") == repository.reaches(repository.refs["main"], item["tip"]), item["name"], "merged or not"
        )

    def run(self):
        self.problems = []
        self.notebooks()
        self.branches()
        return self.problems


def spoilers(document):
    """(what, function that falsifies one statement)."""
    child = next(item for item in document["notebooks"] if item["parent"])
    large = max(document["notebook_families"], key=lambda family: len(family["members"]))
    branches = max(document["branch_families"], key=lambda family: len(family["members"]))
    other = next(member for member in large["members"] if member not in (large["ancestor"], *large["newest"]))
    branch = next(item for item in document["branches"] if item["how"] == "done again on a newer main")
    yield "date of a copy", lambda: child.update(created=child["created"] + 1)
    yield "cells of a copy", lambda: child["cells_from_parent"].reverse()
    stranger = min(
        (item for item in document["notebooks"] if item["family"] != child["family"]), key=lambda item: item["created"]
    )
    yield "source of a copy", lambda: child["made_from"].__setitem__(0, stranger["path"])
    yield "ancestor", lambda: large.update(ancestor=other)
    yield "newest", lambda: large.update(newest=[other])
    yield "member left out", lambda: large["members"].remove(other)
    yield "member of another family", lambda: document["notebook_families"][-1]["members"].append(other)
    yield "newest branch", lambda: branches.update(newest=[branches["ancestor"]])
    yield "ancestor of branches", lambda: branches.update(ancestor=branches["newest"][0])
    yield "how a branch came", lambda: branch.update(how="from its parent's tip")
    yield "tip of a branch", lambda: branch.update(tip=document["branches"][0]["tip"])
    yield "two families called one", lambda: one_family(document)


def one_family(document):
    """Say that two unrelated families are one: consistent in itself, so that only the lines can tell."""
    first, second = (family for family in document["notebook_families"][:2])
    items = {item["path"]: item for item in document["notebooks"]}
    items[second["ancestor"]].update(
        parent=first["ancestor"],
        made_from=[first["ancestor"], items[second["ancestor"]]["made_in"]],
        cells_from_parent=[0] * 3,
    )
    for member in second["members"]:
        items[member]["family"] = first["id"]
    first["members"] = sorted(first["members"] + second["members"])
    document["notebook_families"].remove(second)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spoil", action="store_true")
    options = parser.parse_args()
    checker = Checker(options.folder)
    problems = checker.run()
    for problem in problems[:40]:
        print(problem)
    failed = bool(problems)
    for what, text in checker.shown.items():
        print(f"{what}: {text}")
    kept = checker.document
    if options.spoil:
        for turn in range(len(list(spoilers(copy.deepcopy(kept))))):
            checker.document = copy.deepcopy(kept)
            what, spoil = list(spoilers(checker.document))[turn]
            spoil()
            noticed = len(checker.run())
            print(f"{what}: {noticed} problems")
            failed |= not noticed
    print(
        len(kept["notebooks"]),
        "notebooks in",
        len(kept["notebook_families"]),
        "families,",
        len(kept["branches"]),
        "branches in",
        len(kept["branch_families"]),
        "families,",
        len(problems),
        "problems",
    )
    sys.exit(failed)


if __name__ == "__main__":
    main()
