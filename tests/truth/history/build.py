#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Replay the releases of six projects as git repositories with known findings in them.

    build.py CACHE FOLDER [--ruff RUFF] [--write]     CACHE: a folder for the downloads; FOLDER must not exist

Writes FOLDER/NAME for each project, FOLDER/all with everything, FOLDER/expected.json and FOLDER/identity.json. At the end the
digests of all refs and of both files must be those of digests.json; --write writes that file instead. Python 3.11, git, and
ruff as requirements.txt pins it. Needs the network where CACHE lacks an archive.
"""

import argparse
import collections
import hashlib
import json
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import draw  # noqa: E402
import plants  # noqa: E402
import repository  # noqa: E402
import sdists  # noqa: E402
from formatter import Formatter  # noqa: E402
from plot import Plot  # noqa: E402
from story import Story  # noqa: E402
from tree import File, Renderer  # noqa: E402

COMMITS_MIN = 5_000
ALIKE = 0.6  # share of common lines at which a file that went and one that came are one that was renamed


def alike(first, second):
    one, other = (collections.Counter(text.split("\n")) for text in (first, second))
    return 2 * (one & other).total() / (one.total() + other.total())


def upstream_renames(before, after):
    """old path -> new path in two releases."""
    gone = sorted(before.keys() - after.keys())
    came = sorted(after.keys() - before.keys())
    pairs = []
    for old in gone:
        for new in came:
            if old.rpartition(".")[2] == new.rpartition(".")[2] and before[old].count("\n") >= 5:
                share = alike(before[old], after[new])
                if share >= ALIKE:
                    pairs.append((-share, old, new))
    found = {}
    for _, old, new in sorted(pairs):
        if old not in found and new not in found.values():
            found[old] = new
    return found


def updated(tree, released, text):
    """The tree with one file as the release has it (None: without it). Plants that no longer have a place go."""
    new = tree.copy()
    path = new.path_of(released)
    if text is None:
        del new.files[path], new.paths[released]
        return new
    if released not in new.paths:
        if path in new.files:
            raise AssertionError(f"{path} is taken")
        new.paths[released] = path
        new.files[path] = File(text, style=new.style if plants.is_python(path) else None)
        return new
    kept = ()
    for planted in new.files[path].plants:
        if plants.can_stand(path, text, planted, kept):
            kept = (*kept, planted)
    new.change(path, text=text, plants=kept)
    return new


def replay(told, before, after, version):
    """One commit per file that changed between two releases."""
    renames = upstream_renames(before, after)
    for old, new_name in sorted(renames.items()):
        new = told.trees["main"].copy()
        path = new.paths.pop(old)
        target = new.path_of(new_name)
        new.paths[new_name] = path
        new.move(path, target)
        told.commit("main", new, f"Rename {path} to {target}", "renamed")
    before = {renames.get(path, path): text for path, text in before.items()}
    changed = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
    ahead = told.trees["main"]
    for path in changed:
        ahead = updated(ahead, path, after.get(path))
    told.renderer.prepare([ahead.files[ahead.path_of(path)] for path in changed if path in after])
    for path in draw.some(changed, len(changed), told.name, version):
        word = "Add" if path not in before else "Remove" if path not in after else "Update"
        told.commit("main", updated(told.trees["main"], path, after.get(path)), f"{word} {path} for {version}")


def tell(project, cache, folder, formatter):
    told = Story(project["name"], repository.Importer(folder / project["name"]), Renderer(formatter))
    plot = Plot(told, len(project["releases"]))
    before = {}
    for gap, release in enumerate(project["releases"]):
        sdists.fetch(release, cache)
        after = sdists.read(cache / release["file"])
        plot.play(gap)
        replay(told, before, after, release["version"])
        told.release(release["version"], release["uploaded"])
        before = after
    for branch in told.trees:
        told.note_places(f"refs/heads/{branch}", branch)
    return told


def stamp(told, digests, mark):
    commit = told.commits[mark]
    return {
        "commit": digests[mark],
        "author": commit.author[0],
        "email": commit.author[1],
        "authored": commit.time - commit.author_lag,
        "committed": commit.time,
    }


def finished(told, digests):
    """The records of the plants, with digests, authors and dates for marks."""
    result = []
    for record in told.records.values():
        if record["birth"] is None:
            continue  # planned on a branch and never written
        for entry in (record["birth"], record["death"], *record["elsewhere"]):
            if entry:
                reached = entry["reached_main"]
                entry.update(stamp(told, digests, entry["commit"]), reached_main=digests[reached] if reached else None)
        for entry in record["lived_through"]:
            entry["commit"] = digests[entry["commit"]]
        result.append(record)
    return result


def summary(told, digests, folder):
    refs = repository.refs(folder / told.name)
    states = collections.Counter(told.states.values())
    return {
        "commits": len(told.commits),
        "main": digests[told.tips["main"]],
        "tags": len(told.tags),
        "branches_merged": states["merged"],
        "branches_left": states["left"],
        "refs_sha256": hashlib.sha256(refs.encode()).hexdigest(),
    }


def join(names, folder):
    """One repository with the commits of all: NAME/BRANCH, NAME/TAG, and a main that holds each project in a folder."""
    target = folder / "all"
    target.mkdir()
    repository.git(target, "init", "--quiet", "--initial-branch=main", "--object-format=sha1", ".")
    parents = []
    for name in names:
        repository.git(
            target,
            "fetch",
            "--quiet",
            "--no-tags",
            f"../{name}",
            f"+refs/heads/*:refs/heads/{name}/*",
            f"+refs/tags/*:refs/tags/{name}/*",
        )
        repository.git(target, "read-tree", f"--prefix={name}/", f"refs/heads/{name}/main")
        parents += ["-p", repository.git(target, "rev-parse", f"refs/heads/{name}/main").decode().strip()]
    tree = repository.git(target, "write-tree").decode().strip()
    who = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", "Anna Berg"), ("EMAIL", "anna.berg@example.org"), ("DATE", "1795000000 +0000"))
    }
    repository.ENVIRONMENT.update(who)
    made = (
        repository.git(target, "commit-tree", tree, *parents, "-m", "Bring six projects into one repository")
        .decode()
        .strip()
    )
    repository.git(target, "update-ref", "refs/heads/main", made)
    repository.git(target, "repack", "-a", "-d", "-q", "--threads=1")
    repository.git(target, "reset", "--hard", "--quiet", "main")
    return {"main": made, "refs_sha256": hashlib.sha256(repository.refs(target).encode()).hexdigest()}


def written(path, document):
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    path.write_text(text)
    return hashlib.sha256(text.encode()).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ruff", default="ruff")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True)
    formatter = Formatter(options.ruff)
    projects = json.loads((HERE / "releases.json").read_text())["projects"]
    expected, identity, found = [], [], {"projects": {}}
    for project in projects:
        started = time.monotonic()
        told = tell(project, options.cache, options.folder, formatter)
        digests = told.importer.finish()
        digests[None] = None
        expected += finished(told, digests)
        for event in told.events:
            event.update(commit_before=digests[event["commit_before"]], commit=digests[event["commit"]])
            identity.append(event)
        found["projects"][told.name] = summary(told, digests, options.folder)
        print(
            told.name,
            len(told.commits),
            "commits,",
            len(told.records),
            "plants,",
            round(time.monotonic() - started),
            "s",
            flush=True,
        )
    found["all"] = join([project["name"] for project in projects], options.folder)
    found["commits"] = sum(each["commits"] for each in found["projects"].values())
    found["expected_sha256"] = written(options.folder / "expected.json", {"plants": expected})
    found["identity_sha256"] = written(options.folder / "identity.json", {"events": identity})
    if found["commits"] < COMMITS_MIN:
        sys.exit(f"{found['commits']} commits, fewer than {COMMITS_MIN}")
    if options.write:
        written(HERE / "digests.json", found)
    elif found != json.loads((HERE / "digests.json").read_text()):
        sys.exit(
            f"{options.folder}: not what digests.json says; next: compare it with this:\n{json.dumps(found, indent=1)}"
        )
    print(found["commits"], "commits; all digests as pinned" if not options.write else "commits; digests written")


if __name__ == "__main__":
    main()
