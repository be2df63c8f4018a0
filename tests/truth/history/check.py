#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check expected.json and identity.json against the repositories that were built, by reading the repositories alone.

    check.py FOLDER            FOLDER: what build.py wrote
    check.py FOLDER --spoil    falsify one statement after the other; each must be noticed

Knows nothing of how the repositories were made: it reads every blob of every commit through git and searches it for the
plants' words.
"""

import argparse
import collections
import copy
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
MANNERS = {"fixed", "line removed", "file removed"}


class Repository:
    """Answers from git, remembered."""

    def __init__(self, folder, tokens):
        self.folder = folder
        self.words = sorted(tokens)
        self.process = subprocess.Popen(
            ["git", "cat-file", "--batch"], cwd=folder, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.counts, self.texts = {}, {}
        self.commits = self.history()
        self.refs = dict(
            reversed(line.split())
            for line in self.git("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        )

    def git(self, *arguments):
        return subprocess.run(
            ["git", *arguments], cwd=self.folder, env=ENVIRONMENT, capture_output=True, check=True
        ).stdout.decode("utf-8")

    def blob(self, name):
        """The text of `git show NAME` (a digest, or REF:PATH); None where there is none."""
        self.process.stdin.write(name.encode() + b"\n")
        self.process.stdin.flush()
        head = self.process.stdout.readline().decode().rstrip("\n")
        if head.endswith(" missing"):
            return None
        size = int(head.rsplit(" ", 1)[1])
        content = self.process.stdout.read(size + 1)[:-1]
        return content.decode("utf-8")

    def text(self, name):
        if name not in self.texts:
            self.texts[name] = self.blob(name)
        return self.texts[name]

    def lines(self, commit, path):
        text = self.text(f"{commit}:{path}")
        return None if text is None else text.split("\n")

    def words_of(self, digest):
        """word -> lines that hold it, of a blob."""
        if digest not in self.counts:
            text, found = self.blob(digest), collections.Counter()
            for word in self.words:
                if word in text:
                    found[word] = sum(holds(line, word) for line in text.split("\n"))
            self.counts[digest] = +found
        return self.counts[digest]

    def history(self):
        """digest -> parents, dates, author, and how the words' lines change against the first parent."""
        commits, current = {}, None
        log = self.git(
            "log",
            "--all",
            "--topo-order",
            "--reverse",
            "--diff-merges=first-parent",
            "--raw",
            "--no-renames",
            "--no-abbrev",
            "--root",
            "--format=commit%x00%H%x00%P%x00%at%x00%ct%x00%an%x00%ae",
        )
        for line in log.splitlines():
            if line.startswith("commit\0"):
                _, digest, parents, authored, committed, author, email = line.split("\0")
                current = {
                    "parents": parents.split(),
                    "authored": int(authored),
                    "committed": int(committed),
                    "author": author,
                    "email": email,
                    "change": collections.Counter(),
                }
                commits[digest] = current
            elif line.startswith(":"):
                _, _, old, new, _ = line.split("\t")[0].split(" ")
                for digest, sign in ((old, -1), (new, 1)):
                    if set(digest) != {"0"}:
                        for word, count in self.words_of(digest).items():
                            current["change"][word] += sign * count
        return commits


def holds(line, word):
    """A line with a requirement's word is a finding only while it pins nothing."""
    return word in line and not ("-w" in word and word + "==" in line)


class Checker:
    def __init__(self, folder):
        self.plants = json.loads((folder / "expected.json").read_text())["plants"]
        self.events = json.loads((folder / "identity.json").read_text())["events"]
        tokens = collections.defaultdict(set)
        for plant in self.plants:
            tokens[plant["project"]].add(plant["token"])
        self.repositories = {name: Repository(folder / name, found) for name, found in tokens.items()}
        self.problems = []

    def expect(self, holds_true, *what):
        if not holds_true:
            self.problems.append(" ".join(map(str, what)))

    def at(self, repository, commit, place, token, what):
        """One of the lines of the place holds the token."""
        path, first, last = place
        lines = repository.lines(commit, path)
        fits = lines is not None and 1 <= first <= last <= len(lines)
        self.expect(fits and sum(holds(line, token) for line in lines[first - 1 : last]) == 1, what, "not at", place)

    def stamp(self, repository, entry, what):
        commit = repository.commits.get(entry["commit"])
        self.expect(commit is not None, what, "no commit", entry["commit"])
        for key in ("author", "email", "authored", "committed"):
            self.expect(commit and commit[key] == entry[key], what, key, "is not", entry[key])
        return commit

    def death(self, repository, plant, death):
        what = f"{plant['id']} death"
        commit = self.stamp(repository, death, what)
        if not commit:
            return
        self.expect(death["manner"] in MANNERS, what, death["manner"])
        self.at(repository, commit["parents"][0], death["at"], plant["token"], what)
        after = repository.lines(death["commit"], death["at"][0])
        self.expect(
            (after is None) == (death["manner"] == "file removed"), what, death["manner"], "but file", death["at"][0]
        )
        self.expect(
            (death["manner"] == "fixed") == bool(death["safe"]),
            what,
            "says fixed and names no safe line, or the reverse",
        )
        if death["safe"]:
            was = repository.lines(commit["parents"][0], death["at"][0]) or []
            now = repository.lines(death["commit"], death["safe_path"]) or []
            more = sum(death["safe"] in line for line in now) - sum(death["safe"] in line for line in was)
            self.expect(more == 1, what, "brings", more, "safe lines")

    def one(self, plant):
        repository, what = self.repositories[plant["project"]], plant["id"]
        birth = self.stamp(repository, plant["birth"], what + " birth")
        self.at(repository, plant["birth"]["commit"], plant["birth"]["at"], plant["token"], what + " birth")
        if birth:
            self.expect(birth["change"][plant["token"]] > 0, what, "birth adds no line with", plant["token"])
        for ref, place in plant["places"].items():
            self.expect(ref in repository.refs, what, "no", ref)
            self.at(repository, ref, place, plant["token"], f"{what} {ref}")
        for death in [plant["death"], *plant["elsewhere"]]:
            if death:
                self.death(repository, plant, death)
        for entry in plant["lived_through"]:
            self.at(repository, entry["commit"], entry["after"], plant["token"], f"{what} {entry['what']}")
            if entry["before"]:
                parent = repository.commits[entry["commit"]]["parents"][0]
                self.at(repository, parent, entry["before"], plant["token"], f"{what} before {entry['what']}")
        dead = plant["death"] and plant["death"]["reached_main"]
        on_main = plant["birth"]["reached_main"] and not dead
        self.expect(
            bool(on_main) == ("refs/heads/main" in plant["places"]), what, "alive on main, or not, against its dates"
        )

    def whole_trees(self, name, repository):
        """Every line with a word, at every ref, is a plant's; every change of their number, in every commit, a birth or death."""
        plants = [plant for plant in self.plants if plant["project"] == name]
        totals = {}
        for digest, commit in repository.commits.items():
            totals[digest] = commit["change"].copy()
            if commit["parents"]:
                totals[digest].update(totals[commit["parents"][0]])
        for ref, digest in repository.refs.items():
            placed = collections.Counter(plant["token"] for plant in plants if ref in plant["places"])
            self.expect(
                placed == +totals[digest],
                name,
                ref,
                "other lines than plants:",
                (+totals[digest]) - placed,
                placed - totals[digest],
            )
            spots = collections.Counter(tuple(plant["places"][ref]) for plant in plants if ref in plant["places"])
            self.expect(max(spots.values(), default=1) == 1, name, ref, "two plants in one place")
        changes = collections.defaultdict(collections.Counter)
        for plant in plants:
            for entry, sign in (
                (plant["birth"], 1),
                (plant["death"], -1),
                *((each, -1) for each in plant["elsewhere"]),
            ):
                if entry:
                    changes[entry["commit"]][plant["token"]] += sign
                    reached = entry["reached_main"]
                    if reached and reached != entry["commit"]:
                        changes[reached][plant["token"]] += sign
        for digest, commit in repository.commits.items():
            found = {word: count for word, count in commit["change"].items() if count}
            stated = {word: count for word, count in changes[digest].items() if count}
            self.expect(found == stated, name, digest, "changes", found, "stated", stated)

    def identity(self, event):
        repository = self.repositories[event["project"]]
        for entry in event["places"]:
            texts = []
            for commit, (path, first, last) in (
                (event["commit_before"], entry["before"]),
                (event["commit"], entry["after"]),
            ):
                lines = repository.lines(commit, path)
                fits = lines is not None and 1 <= first <= last <= len(lines)
                self.expect(fits, event["what"], commit, path, first, last, "is outside")
                texts.append("\n".join(lines[first - 1 : last]) if fits else "")
            if entry["plant"]:
                token = self.tokens.get(entry["plant"])
                self.expect(token and all(token in text for text in texts), event["what"], entry, "without its word")
            else:
                self.expect(bare(texts[0]) == bare(texts[1]), event["what"], event["commit"], entry, texts)

    def run(self):
        self.problems = []
        self.tokens = {plant["id"]: plant["token"] for plant in self.plants}
        for plant in self.plants:
            self.one(plant)
        for name, repository in self.repositories.items():
            self.whole_trees(name, repository)
        for event in self.events:
            self.identity(event)
        return self.problems


def bare(text):
    """A statement without what a formatter may change: space, quotes, brackets and commas at line ends, prefixes' case."""
    for piece in (" ", "\t", "\n", "\r", "'", '"', "(", ")", ",", "\\"):
        text = text.replace(piece, "")
    return text.lower()


def spoilers(checker):
    """(what, function that falsifies one statement of the checker's)."""

    def first(condition):
        return next(plant for plant in checker.plants if condition(plant))

    def shift(place):
        place[1] += 1
        place[2] += 1

    alive = lambda plant: "refs/heads/main" in plant["places"]  # noqa: E731
    died = lambda manner: lambda plant: plant["death"] and plant["death"]["manner"] == manner  # noqa: E731
    yield "line at a tag", lambda: shift(next(iter(first(alive)["places"].values())))
    yield "path at a tag", lambda: first(alive)["places"]["refs/heads/main"].__setitem__(0, "setup.py")
    yield "place left out", lambda: first(alive)["places"].pop("refs/heads/main")
    yield "author of a birth", lambda: first(alive)["birth"].update(author="Nobody")
    yield "date of a birth", lambda: first(alive)["birth"].update(authored=first(alive)["birth"]["authored"] + 1)
    yield (
        "commit of a birth",
        lambda: first(alive)["birth"].update(
            commit=checker.repositories[first(alive)["project"]].commits[first(alive)["birth"]["commit"]]["parents"][0]
        ),
    )
    for manner, other in (
        ("fixed", "line removed"),
        ("line removed", "file removed"),
        ("file removed", "line removed"),
    ):
        yield f"{manner} called {other}", lambda m=manner, o=other: first(died(m))["death"].update(manner=o)
    yield "death left out", lambda: first(died("fixed")).update(death=None)
    yield "plant left out", lambda: checker.plants.remove(first(alive))
    yield (
        "moved statement",
        lambda: shift(
            next(entry for event in checker.events for entry in event["places"] if not entry["plant"])["after"]
        ),
    )


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
    if options.spoil:
        kept = copy.deepcopy(checker.plants), copy.deepcopy(checker.events)
        for number in range(len(list(spoilers(checker)))):
            checker.plants, checker.events = copy.deepcopy(kept)
            what, spoil = list(spoilers(checker))[number]
            spoil()
            noticed = len(checker.run())
            print(f"{what}: {noticed} problems")
            failed |= not noticed
    refs = (
        sum(len(plant["places"]) for plant in kept[0])
        if options.spoil
        else sum(len(p["places"]) for p in checker.plants)
    )
    print(
        len(checker.plants),
        "plants,",
        refs,
        "places at refs,",
        len(checker.events),
        "events,",
        sum(len(event["places"]) for event in checker.events),
        "places before and after,",
        len(problems),
        "problems",
    )
    sys.exit(failed)


if __name__ == "__main__":
    main()
