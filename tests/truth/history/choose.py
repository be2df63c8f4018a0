#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Choose the six projects and their releases of releases.json: asks the index once per candidate, runs nothing of it.

    choose.py CACHE     CACHE: a folder for the downloads

The rule is in README.md; the candidates were named from memory before any archive was opened. Needs the network.
"""

import hashlib
import json
import re
import sys
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import sdists  # noqa: E402

UNTIL = "2026-11-25"  # releases uploaded later are not seen
RELEASES_MIN = 20
BYTES_MAX = 25_000_000  # of all its source archives together
PROJECTS = 6
CHANGES_MIN = 1_500  # changed files of a project that has so many; the six together pass 5,000
CANDIDATES = """
    hdbscan umap-learn imbalanced-learn skorch category-encoders pyod lightfm scikit-optimize mlxtend tslearn hmmlearn
    lifelines catalyst sentence-transformers transformers pytorch-lightning feature-engine yellowbrick dtreeviz
    scikit-plot
""".split()


def version_of(name, file):
    stem = re.sub(r"\.(tar\.gz|zip)$", "", file["filename"])
    return stem[len(name) + 1 :]


def final_releases(name):
    """One source archive per final release, in the order of upload; a release below an earlier one is left out."""
    request = urllib.request.Request(
        f"https://pypi.org/simple/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        files = json.load(answer)["files"]
    best = {}
    for file in sorted(files, key=lambda file: file["upload-time"]):
        version = version_of(name, file)
        if file["yanked"] or file["upload-time"] >= UNTIL or not file["filename"].endswith((".tar.gz", ".zip")):
            continue
        if re.fullmatch(r"\d+(\.\d+)*(\.post\d+)?", version) and version not in best:
            best[version] = file
    kept, highest = [], ()
    for version, file in best.items():
        key = tuple(int(part) for part in re.findall(r"\d+", version))
        if key > highest:
            highest = key
            kept.append(
                {
                    "version": version,
                    "file": file["filename"],
                    "url": file["url"],
                    "sha256": file["hashes"]["sha256"],
                    "uploaded": file["upload-time"],
                    "bytes": file["size"],
                }
            )
    return kept


def changes(before, after):
    return sum(before.get(path) != after.get(path) for path in before.keys() | after.keys())


def newest(name, releases, cache):
    """The newest releases, so many that their changed files reach CHANGES_MIN; all of them where they do not."""
    total, taken, after = 0, [], None
    for release in reversed(releases):
        sdists.fetch(release, cache)
        files = sdists.read(cache / release["file"])
        if after is not None:
            total += changes(files, after)
        taken.insert(0, release)
        after = files
        if total + len(files) >= CHANGES_MIN:  # the oldest one taken is added file by file
            break
    print(name, len(taken), "of", len(releases), "releases;", total + len(after), "changed files", flush=True)
    return taken


def main(cache):
    cache.mkdir(parents=True, exist_ok=True)
    chosen, passed_over = [], {}
    for name in sorted(CANDIDATES, key=lambda name: hashlib.sha256(name.encode()).hexdigest()):
        if len(chosen) == PROJECTS:
            passed_over[name] = "six were complete"
            continue
        releases = final_releases(name)
        size = sum(release["bytes"] for release in releases)
        if len(releases) < RELEASES_MIN:
            passed_over[name] = f"{len(releases)} final releases"
        elif size > BYTES_MAX:
            passed_over[name] = f"{size} bytes"
        else:
            chosen.append({"name": name, "releases": newest(name, releases, cache)})
    document = {"until": UNTIL, "projects": chosen, "passed_over": passed_over}
    (Path(__file__).parent / "releases.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
