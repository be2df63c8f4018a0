#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Grow a repository of 200 notebooks and 300 branches whose kinship is known.

    grow.py CACHE FOLDER [--write]     CACHE: a folder for the downloads; FOLDER must not exist

Writes FOLDER/repository and FOLDER/expected.json; their digests must be those of digests.json, which --write writes instead.
Python 3.11 and git. Needs the network where CACHE lacks an archive.
"""

import argparse
import copy
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import edits  # noqa: E402
import sources  # noqa: E402
from edits import number, one  # noqa: E402

START = 1_700_000_000
DAY = 86_400
SPAN = 700 * DAY
SIZES = (2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 7, 7, 8, 7, 9)
GONE = (9, 12, 17, 22, 26)  # families of notebooks in which one member between is deleted again
TEMPLATE_FAMILIES = (4, 11, 19)  # families that begin like a course's notebooks
COURSES, PER_COURSE, SINGLE_NOTEBOOKS = 6, 6, 36
OWN_LINES = 30  # lines of code that a course's notebook has besides the opening, if its source has so many
BRANCH_SIZES = (
    2,
    2,
    2,
    2,
    2,
    3,
    3,
    3,
    3,
    3,
    4,
    4,
    4,
    4,
    4,
    5,
    5,
    5,
    5,
    5,
    6,
    6,
    6,
    6,
    7,
    7,
    7,
    8,
    8,
    9,
    9,
    10,
    11,
    12,
    14,
    29,
)
SCRIPTS, NOTEBOOK_BRANCH_FAMILIES = 12, 12
BUMPS, FIXES, MERGED = 30, 30, 10
PACKAGES = ("numpy", "pandas", "scipy", "torch", "jax", "scikit-learn", "matplotlib", "tqdm", "requests", "joblib")
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "LC_ALL": "C",
    "TZ": "UTC",
}
PEOPLE = ("Anna Berg", "Bilal Noor", "Chen Yu", "Dorota Maj", "Emeka Obi", "Hana Sato", "Noah Stein", "Uma Devi")
COURSE = (
    ("# {title}\n\nName: \n\nBefore you hand this in, restart the kernel and run all cells.\n", "markdown"),
    (
        "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\nfrom sklearn.model_selection import train_test_split\n",
        "code",
    ),
    (
        "def check_answer_{c}(given, wanted, tolerance=1e-{c}):\n    assert abs(given - wanted) < tolerance, 'try again'\n    print('well done')\n\n"
        "np.random.seed(4{c})\npd.set_option('display.max_columns', 1{c})\nplt.rcParams['figure.figsize'] = ({c}, 6)\n",
        "code",
    ),
    (
        "## Exercise\n\nFill in the places marked with dots. Ask in the forum of course {c} if you are stuck.\n",
        "markdown",
    ),
)
TOPICS = (
    "resnet",
    "lr-sweep",
    "dropout",
    "new-loss",
    "tokenizer",
    "augment",
    "features",
    "quantile",
    "calibration",
    "attention",
    "sampler",
    "embeddings",
    "pruning",
    "warmup",
    "labels",
    "folds",
    "scaler",
    "trees",
    "imputer",
    "ranking",
    "cache",
    "metrics",
    "seeds",
    "export",
)


def draw_order(items, *key):
    return sorted(items, key=lambda item: number(1 << 62, *key, str(item)))


class Repository:
    """Collects commits in any order of branches, in order of time, and writes them with git fast-import."""

    def __init__(self):
        self.stream, self.marks = [], 0
        self.tips = {}
        self.when = {}

    def commit(self, branch, time, message, changes, parents):
        self.marks += 1
        who = one(PEOPLE, branch, time)
        address = who.lower().replace(" ", ".") + "@example.org"
        text = (message + "\n").encode()
        self.stream.append(
            f"commit refs/heads/{branch}\nmark :{self.marks}\nauthor {who} <{address}> {time} +0000\n"
            f"committer {who} <{address}> {time} +0000\ndata {len(text)}\n".encode()
            + text
        )
        for word, parent in zip(("from", "merge"), parents, strict=False):
            self.stream.append(f"{word} :{parent}\n".encode())
        for path, content in sorted(changes.items(), key=lambda item: (item[1] is not None, item[0])):
            name = json.dumps(path, ensure_ascii=False) if " " in path else path
            if content is None:
                self.stream.append(f"D {name}\n".encode())
            else:
                self.stream.append(f"M 100644 inline {name}\ndata {len(content)}\n".encode() + content + b"\n")
        self.stream.append(b"\n")
        self.tips[branch], self.when[self.marks] = self.marks, time
        return self.marks

    def point(self, branch, mark):
        self.stream.append(f"reset refs/heads/{branch}\nfrom :{mark}\n\n".encode())
        self.tips[branch] = mark

    def write(self, folder):
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch=main", "--object-format=sha1", ".")
        git(folder, "fast-import", "--quiet", "--export-marks=.git/marks", input=b"".join(self.stream))
        marks = (line.split() for line in (folder / ".git/marks").read_text().splitlines())
        found = {int(mark[1:]): digest for mark, digest in marks}
        (folder / ".git/marks").unlink()
        git(folder, "repack", "-a", "-d", "-q", "--threads=1")
        git(folder, "reset", "--hard", "--quiet", "main")
        return found


def git(folder, *arguments, **more):
    done = subprocess.run(
        ["git", "-c", "core.autocrlf=false", "-c", "core.fsync=none", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
        **more,
    )
    if done.returncode:
        raise SystemExit(f"git {' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout


def plain(notebook):
    """A source's notebook with joined texts, so that edits see whole cells; large outputs are left out."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        cell["source"] = sources.joined(cell["source"])
        if cell["cell_type"] == "code":
            cell["outputs"] = [output for output in cell.get("outputs", []) if len(json.dumps(output)) < 4_000]
    return notebook


def content(notebook):
    """The bytes as Jupyter writes them: lists of lines, one space of indentation."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        cell.pop("_from", None)
        cell["source"] = cell["source"].splitlines(keepends=True)
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


class Grower:
    def __init__(self, cache):
        self.notebooks = []
        for pin in json.loads((HERE / "sources.json").read_text()):
            archive = sources.fetch(pin, cache)
            raw = dict(sources.members(archive))[pin["member"]]
            if hashlib.sha256(raw).hexdigest() != pin["notebook_sha256"]:
                raise SystemExit(f"{archive}: {pin['member']} is not the pinned one")
            self.notebooks.append((pin, plain(json.loads(raw))))
        self.taken = 0
        wanted = len(SIZES) + COURSES * PER_COURSE + SINGLE_NOTEBOOKS + SCRIPTS
        rest = [notebook for _, notebook in self.notebooks[wanted:]]
        cells = [cell["source"] for notebook in rest for cell in edits.code(notebook)]
        self.pool = [text for text in cells if 3 <= text.count("\n") <= 20 and not text.lstrip().startswith(("%", "!"))]
        self.blocks = draw_order(sorted({text for text in self.pool if text.count("\n") >= 6}), "blocks")
        self.repository = Repository()
        self.happenings = []  # (time, order, function)
        self.members, self.branches, self.names, self.stems = [], [], set(), []
        self.scripts = {}

    def source(self):
        self.taken += 1
        return self.notebooks[self.taken - 1]

    def at(self, time, act):
        while any(time == other for other, _, _ in self.happenings):
            time += 1
        self.happenings.append((time, len(self.happenings), act))
        return time

    # -- notebooks --------------------------------------------------------------------------------------------------

    def name(self, stem, *key):
        """What people call a copy; now and then by another family's name, or by no name at all."""
        if self.stems and number(10, *key, "foreign") == 0:
            stem = one(self.stems, *key, "stem")
        forms = (
            "{}_v2.ipynb",
            "{}_v3.ipynb",
            "{}-Copy1.ipynb",
            "{} (final).ipynb",
            "final_{}.ipynb",
            "old/{}.ipynb",
            "anna/{}.ipynb",
            "{}_new.ipynb",
            "copy of {}.ipynb",
            "{}_fixed.ipynb",
            "experiments/{}.ipynb",
            "Untitled{n}.ipynb",
            "{}_final_final.ipynb",
        )
        for turn in range(200):
            name = "notebooks/" + one(forms, *key, turn).format(stem, n=turn + number(40, *key))
            if name.lower() not in self.names:
                self.names.add(name.lower())
                return name
        raise AssertionError("no name is left")

    def new_member(self, family, path, parent, notebook, how):
        member = {
            "path": path,
            "family": family,
            "parent": parent,
            "notebook": notebook,
            "edits": how,
            "history": [],
            "gone": False,
            "cells": None,
            "half": (parent["half"] if parent else 0) + ("copy_half" in how),
        }
        self.members.append(member)
        return member

    def save(self, member, time, message, old_path=None):
        changes = {member["path"]: content(member["notebook"])}
        if old_path:
            changes[old_path] = None
        parents = [self.repository.tips["main"]] if "main" in self.repository.tips else []
        mark = self.repository.commit("main", time, message, changes, parents)
        member["history"].append((time, mark, "renamed" if old_path else "written"))

    def root(self, family, notebook, stem):
        path = f"notebooks/{stem}.ipynb"
        if path.lower() in self.names:
            path = self.name(stem, family)
        self.names.add(path.lower())
        self.stems.append(stem)
        return self.new_member(family, path, None, notebook, ["source"])

    def plan_notebooks(self):
        for index, size in enumerate(SIZES):
            self.plan_family(f"n{index:02}", index, size)
        for course in range(COURSES):
            for turn in range(PER_COURSE):
                pin, notebook = self.source()
                self.plan_single(
                    f"c{course}{turn}", pin, self.in_course(notebook, course, turn), f"lab_{course + 1}_{turn + 1:02}"
                )
        for turn in range(SINGLE_NOTEBOOKS):
            pin, notebook = self.source()
            self.plan_single(f"s{turn:02}", pin, notebook, self.stem(pin))

    @staticmethod
    def stem(pin):
        return re.sub(r"\W+", "_", pin["member"].rsplit("/", 1)[1].removesuffix(".ipynb")).strip("_").lower()[:40]

    @staticmethod
    def in_course(notebook, course, turn):
        """A course's opening cells before as many cells of its own as make the opening a small part."""
        opening = [
            edits.new_cell(
                text.replace("{c}", str(course + 2)).replace("{title}", f"Lab {turn + 1} of course {course + 2}"), kind
            )
            for text, kind in COURSE
        ]
        end = next(
            (end for end in range(12, len(notebook["cells"])) if lines_in(notebook["cells"][:end]) >= OWN_LINES), None
        )
        return {**notebook, "cells": opening + notebook["cells"][:end]}

    def plan_single(self, family, pin, notebook, stem):
        member = self.root(family, notebook, stem)
        created = self.at(
            START + number(SPAN, family, "created"), lambda time: self.save(member, time, f"Add {member['path']}")
        )
        if number(3, family, "edited") == 0:
            self.at(created + 1 + number(START + SPAN - created, family, "when"), lambda time: self.edit(member, time))

    def plan_family(self, family, index, size):
        pin, notebook = self.source()
        if index in TEMPLATE_FAMILIES:
            notebook = self.in_course(notebook, index % COURSES, 7)
        root = self.root(family, notebook, self.stem(pin))
        begin = number(SPAN * 6 // 10, family, "created")
        created = self.at(START + begin, lambda time: self.save(root, time, f"Add {root['path']}"))
        kin, deleted = [root], index in GONE
        room = (START + SPAN - created) // (2 * size + 4)
        time = created
        for turn in range(1, size + deleted):
            time = time + 60 + number(2 * room, family, turn)
            time = self.at(time, lambda now, turn=turn: self.breed(family, kin, turn, now))
            if number(10, family, turn, "edit") < 4:
                self.at(
                    time + 30 + number(room, family, turn, "edited"),
                    lambda now, turn=turn: self.edit(
                        one([each for each in kin if not each["gone"]], family, turn, "who"), now
                    ),
                )
        end = time + room
        if deleted:
            end = self.at(end, lambda now: self.delete(family, kin, now)) + 60
        if number(4, family, "rename") == 0:
            end = self.at(end, lambda now: self.rename(root, now)) + 60
        if number(3, family, "late") == 0:  # an old one is taken up again
            self.at(end + room // 2, lambda now: self.edit(kin[0], now))

    def breed(self, family, kin, turn, time):
        alive = [each for each in kin if not each["gone"]]
        parent = alive[-1] if number(2, family, turn, "last") else one(alive, family, turn, "parent")
        half = number(5, family, turn, "half") == 0 and not parent["half"]
        notebook, how = edits.child(parent["notebook"], self.pool, half, family, turn)
        stem = Path(kin[0]["path"]).stem
        member = self.new_member(family, self.name(stem, family, turn), parent, notebook, how)
        member["cells"] = [cell.get("_from") for cell in notebook["cells"]]
        member["made_from"] = (parent["path"], parent["history"][-1][1])
        kin.append(member)
        self.save(member, time, f"Add {member['path']}")

    def edit(self, member, time):
        member["notebook"], _ = edits.own_edit(member["notebook"], self.pool, member["family"], time)
        self.save(member, time, f"Work on {member['path']}")

    def rename(self, member, time):
        old = member["path"]
        member["path"] = self.name(Path(old).stem, member["family"], "renamed")
        self.save(member, time, f"Rename {old}", old)

    def delete(self, family, kin, time):
        """One between the first and the last goes; its children stay."""
        parents = [each["parent"] for each in kin if each["parent"] in kin[1:]]
        member = parents[0] if parents else kin[1]
        member["gone"] = True
        self.repository.commit(
            "main", time, f"Remove {member['path']}", {member["path"]: None}, [self.repository.tips["main"]]
        )

    # -- branches ---------------------------------------------------------------------------------------------------

    def plan_branches(self):
        scripts = []
        for _ in range(SCRIPTS):
            pin, notebook = self.source()
            text = "\n\n".join(
                cell["source"].strip()
                for cell in edits.code(notebook)
                if not cell["source"].lstrip().startswith(("%", "!"))
            )
            path = f"train/{self.stem(pin)}.py"
            self.scripts[path] = text + "\n"
            scripts.append(path)
        base = {path: text.encode() for path, text in self.scripts.items()}
        base["requirements.txt"] = "".join(f"{name}==1.{place}.0\n" for place, name in enumerate(PACKAGES)).encode()
        self.at(START - DAY, lambda time: self.repository.commit("main", time, "Begin", base, []))
        for index, size in enumerate(BRANCH_SIZES):
            self.plan_branch_family(f"b{index:02}", index, size, scripts)
        rest = 300 - sum(BRANCH_SIZES) - BUMPS - FIXES - MERGED
        for turn in range(rest):
            family = f"l{turn:02}"
            self.at(
                START + number(SPAN, family),
                lambda time, family=family, turn=turn: self.begin_branch(
                    family, self.branch_name(one(TOPICS, family), family), one(scripts, family), time, []
                ),
            )
        for turn in range(BUMPS):
            self.at(START + number(SPAN, "bump", turn), lambda time, turn=turn: self.bump(turn, time))
        for turn in range(FIXES):
            self.at(START + number(SPAN, "fix", turn), lambda time, turn=turn: self.fix(turn, scripts, time))
        for turn in range(MERGED):
            self.at(START + number(SPAN, "merged", turn), lambda time, turn=turn: self.merged(turn, time))

    def branch_name(self, topic, *key):
        forms = (
            "{}",
            "{}-2",
            "{}-v2",
            "{}-final",
            "anna/{}",
            "chen/{}",
            "exp/{}",
            "{}-old",
            "try-{}",
            "wip-{n}",
            "{}-backup",
            "tmp-{n}",
            "{}-{n}",
            "feature/{}",
            "{}-rebased",
        )
        for turn in range(400):
            name = one(forms, *key, turn).format(topic, n=turn + number(60, *key))
            if name not in self.names:
                self.names.add(name)
                return name
        raise AssertionError("no name is left")

    def new_branch(self, family, name, path, text, parent, how, mark, first=None):
        branch = {
            "name": name,
            "family": family,
            "path": path,
            "text": text,
            "parent": parent,
            "how": how,
            "marks": [mark] if mark else [],
            "first": first or mark,
        }
        self.branches.append(branch)
        return branch

    def begin_branch(self, family, name, path, time, kin):
        """From main: a piece of work that no other branch has."""
        base = self.repository.tips["main"]
        block = [self.blocks.pop()]
        if path.endswith(".ipynb"):
            member = next(each for each in self.members if each["path"] == path)
            notebook = copy.deepcopy(member["notebook"])
            notebook["cells"].insert(number(len(notebook["cells"]), family), edits.new_cell(block[0]))
            text, _ = edits.own_edit(notebook, self.pool, family)
        else:
            text = edits.script_numbers(edits.add_block(self.scripts[path], block, family), self.pool, family)
        mark = self.repository.commit(name, time, f"Try {name}", {path: self.bytes_of(text)}, [base])
        branch = self.new_branch(family, name, path, text, None, "from main", mark)
        kin.append(branch)
        for turn in range(number(3, family, "commits")):
            self.add_commit(branch, time + 60 * (turn + 1))

    @staticmethod
    def bytes_of(text):
        return text.encode() if isinstance(text, str) else content(text)

    def changed(self, text, *key):
        if isinstance(text, str):
            return edits.script_edit(text, self.pool, *key)[0]
        return edits.own_edit(text, self.pool, *key)[0]

    def plan_branch_family(self, family, index, size, scripts):
        topic = TOPICS[index % len(TOPICS)]
        kin = []
        begin = SPAN // 4 + number(SPAN * 4 // 10, family, "begin")

        def start(time):
            path = one(scripts, family)
            if index % 3 == 0:
                alive = [each for each in self.members if each["history"] and not each["gone"]]
                path = one(sorted(each["path"] for each in alive), family)
            self.begin_branch(family, self.branch_name(topic, family), path, time, kin)

        time = self.at(START + begin, start)
        room = (START + SPAN - time) // (size + 3)
        for turn in range(1, size):
            time = self.at(
                time + 300 + number(room, family, turn),
                lambda now, turn=turn: self.grow_branch(family, topic, kin, turn, now),
            )
            if number(5, family, turn, "more") == 0:
                self.at(
                    time + 30 + number(room // 2, family, turn, "when"),
                    lambda now, turn=turn: self.add_commit(one(kin, family, turn, "who"), now),
                )
        if number(4, family, "late") == 0:  # the first one is taken up again
            self.at(time + room, lambda now: self.add_commit(kin[0], now))

    def grow_branch(self, family, topic, kin, turn, time):
        parent = kin[-1] if number(3, family, turn, "last") else one(kin, family, turn, "parent")
        name, path = self.branch_name(topic, family, turn), parent["path"]
        kind = number(20, family, turn, "kind")
        tip = self.repository.tips[parent["name"]]
        if kind < 1:
            self.repository.point(name, tip)
            kin.append(self.new_branch(family, name, path, parent["text"], parent, "at its parent's tip", None, tip))
            return
        text = self.changed(parent["text"], family, turn)
        if kind < 7:
            base, how = self.repository.tips["main"], "done again on a newer main"
        elif kind < 11 and len(parent["marks"]) > 1:
            base, how = parent["marks"][0], "from an earlier commit of its parent"
        else:
            base, how = tip, "from its parent's tip"
        mark = self.repository.commit(name, time, f"Go on with {topic}: {turn}", {path: self.bytes_of(text)}, [base])
        kin.append(self.new_branch(family, name, path, text, parent, how, mark))

    def add_commit(self, branch, time):
        branch["text"] = self.changed(branch["text"], branch["name"], time)
        tip = self.repository.tips[branch["name"]]
        mark = self.repository.commit(
            branch["name"], time, "One more", {branch["path"]: self.bytes_of(branch["text"])}, [tip]
        )
        branch["marks"].append(mark)

    def bump(self, turn, time):
        package = PACKAGES[turn % len(PACKAGES)]
        version = f"2.{turn // len(PACKAGES)}.{number(9, 'bump', turn)}"
        lines = [f"{name}=={version if name == package else f'1.{place}.0'}\n" for place, name in enumerate(PACKAGES)]
        name = f"bump/{package}-{version}"
        mark = self.repository.commit(
            name,
            time,
            f"Bump {package} to {version}",
            {"requirements.txt": "".join(lines).encode()},
            [self.repository.tips["main"]],
        )
        self.new_branch(f"u{turn:02}", name, "requirements.txt", None, None, "from main", mark)

    def fix(self, turn, scripts, time):
        path = one(scripts, "fix", turn)
        text = edits.put_number(self.scripts[path], str(700 + turn), "fix", turn)
        name = f"fix-{turn + 1}"
        mark = self.repository.commit(name, time, "Fix", {path: text.encode()}, [self.repository.tips["main"]])
        self.new_branch(f"f{turn:02}", name, path, text, None, "from main", mark)

    def merged(self, turn, time):
        path, name = f"docs/note_{turn}.md", f"docs-{turn}"
        base = self.repository.tips["main"]
        changes = {path: f"# Note {turn}\n\nWhat was tried in week {turn + 3}, and what came of it.\n".encode()}
        mark = self.repository.commit(name, time, f"Write note {turn}", changes, [base])
        self.repository.commit("main", time + 1, f"Merge branch '{name}'", changes, [base, mark])
        self.new_branch(f"m{turn:02}", name, path, None, None, "merged", mark)

    # -- the truth --------------------------------------------------------------------------------------------------

    def grow(self):
        self.plan_branches()
        self.plan_notebooks()
        while self.happenings:
            self.happenings.sort()
            time, _, act = self.happenings.pop(0)
            act(time)

    def expected(self, digests):
        return {**self.expected_notebooks(digests), **self.expected_branches(digests)}

    def expected_notebooks(self, digests):
        notebooks, families = [], {}
        for member in self.members:
            if member["gone"]:
                continue
            parent = member["parent"]
            while parent and parent["gone"]:
                parent = parent["parent"]
            written = [time for time, _, what in member["history"] if what == "written"]
            notebooks.append(
                {
                    "path": member["path"],
                    "family": member["family"],
                    "parent": parent["path"] if parent else None,
                    "parent_deleted": bool(member["parent"] and member["parent"]["gone"]),
                    "created": member["history"][0][0],
                    "last_edited": written[-1],
                    "edits": member["edits"],
                    "cells_from_parent": member["cells"],
                    "made_from": [member["made_from"][0], digests[member["made_from"][1]]] if parent else None,
                    "made_in": digests[member["history"][0][1]],
                }
            )
            families.setdefault(member["family"], []).append(notebooks[-1])
        return {
            "notebooks": notebooks,
            "notebook_families": [
                family_of(key, found, "path", lambda each: each["parent"] is None, lambda each: each["last_edited"])
                for key, found in families.items()
            ],
        }

    def expected_branches(self, digests):
        branches, families = [], {}
        for branch in self.branches:
            tip = self.repository.tips[branch["name"]]
            branches.append(
                {
                    "name": branch["name"],
                    "family": branch["family"],
                    "parent": branch["parent"]["name"] if branch["parent"] else None,
                    "how": branch["how"],
                    "file": branch["path"],
                    "tip": digests[tip],
                    "tip_time": self.repository.when[tip],
                    "first": digests[branch["first"]],
                }
            )
            families.setdefault(branch["family"], []).append(branches[-1])
        return {
            "branches": branches,
            "branch_families": [
                family_of(key, found, "name", lambda each: each["parent"] is None, lambda each: each["tip_time"])
                for key, found in families.items()
            ],
        }


def lines_in(cells):
    return len(sources.code_lines({"cells": cells}))


def family_of(key, found, name, is_root, time):
    latest = max(map(time, found))
    return {
        "id": key,
        "members": sorted(each[name] for each in found),
        "ancestor": next(each[name] for each in found if is_root(each)),
        "newest": sorted(each[name] for each in found if time(each) == latest),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True)
    grower = Grower(options.cache)
    grower.grow()
    digests = grower.repository.write(options.folder / "repository")
    text = json.dumps(grower.expected(digests), indent=1, ensure_ascii=False) + "\n"
    (options.folder / "expected.json").write_text(text)
    refs = git(options.folder / "repository", "for-each-ref", "--format=%(objectname) %(refname)", "--sort=refname")
    found = {
        "commits": len(digests),
        "main": digests[grower.repository.tips["main"]],
        "refs_sha256": hashlib.sha256(refs).hexdigest(),
        "expected_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    if options.write:
        (HERE / "digests.json").write_text(json.dumps(found, indent=1) + "\n")
    elif found != json.loads((HERE / "digests.json").read_text()):
        sys.exit(
            f"{options.folder}: not what digests.json says; next: compare it with this:\n{json.dumps(found, indent=1)}"
        )
    print(len(digests), "commits;", "digests written" if options.write else "all digests as pinned")


if __name__ == "__main__":
    main()
