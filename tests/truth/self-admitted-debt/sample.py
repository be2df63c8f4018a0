#!/usr/bin/env python3
"""Choose the comments of comments.csv from the pinned projects, by digest order; the rules are in README.md.

    sample.py CACHE            prints the strata and writes sample.json beside CACHE's downloads
    sample.py CACHE --check    is every row of comments.csv what the pinned files say, and the sample the rule's?

Standard library only; downloads with curl what CACHE lacks, runs nothing of it.
"""

import ast
import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import textwrap
import tokenize
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEED = "solvent self-admitted debt 1"
CHARACTERS_MAX = 300
PER_CELL = {"tag": 10, "hint": 14, "word": 6, "rest": 10}  # comments per project

TAG = re.compile(
    r"\b(?:TODOs?|FIXMEs?|FIX-ME|FIX ME|XXX+|HACKs?|HACKY|BUGs?|BUGFIX|KLUDGE|WORKAROUND|OPTIMI[SZE]+|REFACTOR|TBD|WIP|TEMP|YUCK|UGLY|WTF)\b"
    r"|\b[Tt]odo\b|\b[Ff]ixme\b|@todo"
)
WORDS = (
    "hack hacks hacky kludge workaround workarounds work-around temporary temporarily temp interim stopgap for.now now right.now"
    " at.the.moment currently yet eventually someday later future ugly nasty dirty quick quickly crude naive naively simplistic"
    " should shouldn't could would.be might.be may.be not.sure unsure unclear don't.know why weird strange odd odd.behaviou?r"
    " mystery somehow magic arbitrary arbitrarily legacy deprecated deprecate obsolete outdated old remove removed drop delete"
    " get.rid clean cleanup clean.up refactor rewrite rework simplify duplicate duplicated copy.?paste copied redundant slow"
    " inefficient inefficiently expensive optimi[sz]e broken breaks bug bugs buggy issue issues fails flaky crash incorrect"
    " incorrectly wrong problem problems unfortunately sadly annoying hard-?coded hard.coded hardcode assume assumes assumed"
    " assumption assuming fake dummy placeholder stub mock unimplemented not.implemented implement missing incomplete partial"
    " unsupported not.supported doesn't.work does.not.work support untested not.tested test.this check investigate verify better"
    " improve improved improvement ideally proper properly nicer cleaner consider maybe perhaps probably seems apparently hopefully"
    " suboptimal sub-optimal approximation heuristic trick tricky fragile brittle unstable unsafe risky careful leak ignore ignored"
    " skip skipped disable disabled avoid instead fallback backward backwards compat compatibility until once need needs must.be"
    " change revisit replace move merge update upstream experimental unused dead never.used"
).split()
WORD = re.compile(r"\b(?:" + "|".join(word.replace(".", "[ -]") if ".?" not in word else word for word in WORDS) + r")\b", re.I)

HINT = re.compile(
    r"\b(?:hack\w*|kludge|work-?arounds?|work around|(?:un)?comment out|temporar(?:y|ily)|temp fix|stopgap|(?:for|until|right) now|for the (?:moment|time being)"
    r"|at the moment|currently|(?:not|n't)\b.*\byet|eventually|someday|in (?:the|a) future|ugly|nasty|dirty|naive(?:ly)?|crude"
    r"|should (?:be|probably|really|also|not|have|maybe|we)|shouldn't|we should|could be|would be|might be|not sure|unsure|unclear"
    r"|(?:don't|do not) know|no idea|wonder|why|weird|strange|oddly|odd|somehow|magic|arbitrar\w+|legacy|deprecat\w+|obsolete|outdated"
    r"|(?:remove|removed|drop|delete|deleted) (?:this|it|once|when|after|in|if|the)|get rid|clean-? ?up|refactor\w*|rewrite|rework|simplif\w+"
    r"|copy.?past\w+|redundant|slow|slower|inefficient\w*|expensive|optimi[sz]ed?|broken|breaks|bugs?|buggy|flaky|incorrect|wrong|problem\w*"
    r"|unfortunately|sadly|annoying\w*|hard-?coded|hard coded|hardcode|assum\w+|dummy|placeholder|stub|unimplemented|not implemented"
    r"|incomplete|unsupported|(?:not|n't) support\w*|(?:not|n't) work\w*|untested|not tested|investigate|ideally|properly|nicer|cleaner|better"
    r"|improv\w+|maybe|perhaps|probably|seems?|apparently|hopefully|sub-?optimal|tricky|trick|fragile|brittle|until|needs? to be|revisit"
    r"|upstream|experimental|unused|dead code|never used|disabled?)\b|\?", re.I
)

LICENCE = re.compile(r"copyright|licen[cs]e[ds]?\b|spdx-|all rights reserved|warranty", re.I)
GENERATED = re.compile(r"generated (?:by|from|file)|auto-?(?:matically)? ?generated|do not edit", re.I)
PRAGMA = re.compile(
    r"^#[!\s]*(?:/usr/bin|-\*-|vim?:|coding[:=]|noqa|type: ?ignore|pylint:|flake8|mypy:|ruff:|isort|yapf|fmt:|pragma|nosec|pyright|%%|"
    r"region\b|endregion|cython:|distutils:|lint-|doctest:|In ?\[|Out ?\[|codespell|sphinx_gallery|pyre-)", re.I
)
VENDORED = {"vendor", "_vendor", "vendored", "third_party", "thirdparty", "externals", "extern", "_external", "node_modules"}


def digest(*parts):
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def members(archive):
    """path without an sdist's top folder -> bytes of the .py files and notebooks."""
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as unpacked:
            found = {name: unpacked.read(name) for name in unpacked.namelist() if name.endswith((".py", ".ipynb"))}
    else:
        with tarfile.open(archive) as unpacked:
            found = {
                item.name.partition("/")[2]: unpacked.extractfile(item).read()
                for item in unpacked if item.isfile() and item.name.endswith((".py", ".ipynb"))
            }
    return dict(sorted(found.items()))


def cells(content):
    """(name, source) of a notebook's code cells, magics blanked; cells are counted from 1 over cells of every kind."""
    try:
        notebook = json.loads(content)
        every = notebook.get("cells") or [cell for sheet in notebook.get("worksheets", []) for cell in sheet["cells"]]
    except (ValueError, KeyError, UnicodeDecodeError, AttributeError):
        return
    for number, cell in enumerate(every, 1):
        if cell.get("cell_type") == "code":
            text = "".join(cell.get("source", cell.get("input", "")))
            yield f"cell {number}", "\n".join("" if re.match(r"\s*[%!?]", line) else line for line in text.splitlines()) + "\n"


def comments(source):
    """(first line, text) of every comment; whole-line comments on consecutive lines in one column are one."""
    lines, block = source.splitlines(), []
    try:
        tokens = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type == tokenize.COMMENT]
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return
    for token in tokens:
        row, column = token.start
        alone = not lines[row - 1][:column].strip() if row <= len(lines) else True
        follows = block and alone and row == block[-1][0] + 1 and column == block[-1][1]
        if not follows and block:
            yield block[0][0], "\n".join(text for _, _, text in block)
            block = []
        if alone:
            block.append((row, column, token.string))
        else:
            yield row, token.string
    if block:
        yield block[0][0], "\n".join(text for _, _, text in block)


def body(text):
    """The words of a comment, without number signs."""
    return "\n".join(line.strip().lstrip("#").removeprefix("!").rstrip() for line in text.splitlines())


def is_code(text):
    """Does the whole comment parse as Python that does something? `x` and `see above` are words, `x = 1` and `f(x)` are code."""
    def does(source):
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return False
        wordy = (ast.Name, ast.Constant, ast.Tuple, ast.Compare, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Attribute, ast.Set, ast.AnnAssign)
        return bool(tree.body) and not all(
            isinstance(node, ast.Expr) and isinstance(node.value, wordy) or isinstance(node, ast.AnnAssign) and not node.value
            for node in tree.body
        )

    inside = textwrap.dedent(body(text)).strip("\n")
    lines = [line.strip() for line in inside.splitlines() if line.strip()]
    if does(inside) or does(inside.strip()):
        return True
    parts = [does(line) or does(line + "\n pass") or re.fullmatch(r"[\])}\[({,'\" ]+|\w+=[^ ]+,|@\w.*", line) for line in lines]
    return sum(map(bool, parts)) * 2 > len(lines)


def left_out(path, source):
    """Why a whole file is left out, or ''."""
    if VENDORED & set(path.lower().split("/")[:-1]):
        return "vendored file"
    head = "\n".join(source.splitlines()[:20])
    return "generated file" if path.endswith(("_pb2.py", "_pb2_grpc.py")) or GENERATED.search(head) else ""


def reason(line, text):
    """Why a comment is left out, or ''."""
    words = body(text)
    if PRAGMA.match(text):
        return "pragma"
    if line <= 40 and LICENCE.search(words):
        return "licence header"
    if sum(letter.isalpha() for letter in words) < 6 or len(words.split()) < 2:
        return "fewer than two words"
    if is_code(text):
        return "commented-out code"
    return "longer than the cap" if len(words) > CHARACTERS_MAX else ""


def normalised(text):
    return re.sub(r"\W+", " ", re.sub(r"\d+", "0", body(text).lower())).strip()


def stratum(text):
    words = body(text)
    return "tag" if TAG.search(words) else "hint" if HINT.search(words) else "word" if WORD.search(words) else "rest"


def download(project, cache):
    archive = cache / project["file"]
    if not archive.exists():
        subprocess.run(["curl", "-sSfL", "-o", archive, project["url"]], check=True)
    if hashlib.sha256(archive.read_bytes()).hexdigest() != project["sha256"]:
        sys.exit(f"{archive} is not what projects.json pins; next: remove it and run again")
    return archive


def population(cache):
    """Every comment that counts, duplicates removed; and how many were left out, by reason."""
    rows, out = [], Counter()
    for project in json.loads((HERE / "projects.json").read_text())["projects"]:
        for path, content in members(download(project, cache)).items():
            text = content.decode("utf-8", "replace")
            sources = list(cells(content)) if path.endswith(".ipynb") else [("", text)]
            why = left_out(path, "" if path.endswith(".ipynb") else text)
            for cell, source in sources:
                for line, comment in comments(source):
                    no = why or reason(line if not cell else 99, comment)
                    out[no or "kept"] += 1
                    if not no:
                        row = {"project": project["name"], "version": project["version"], "file": path, "cell": cell[5:], "line": line}
                        key = digest(SEED, project["name"], project["version"], path, cell, str(line), comment)
                        rows.append(row | {"digest": digest(body(comment)), "text": body(comment), "stratum": stratum(comment), "key": key})
    rows.sort(key=lambda row: row["key"])
    first = {}
    for row in rows:
        first.setdefault(normalised(row["text"]), row)
    out["duplicate"] = len(rows) - len(first)
    return list(first.values()), out


def sample(rows):
    """The first of each project and stratum; weight: how many comments of the population each one stands for."""
    of = defaultdict(list)
    for row in rows:
        of[row["project"], row["stratum"]].append(row)
    taken = []
    for (_, name), cell in of.items():
        chosen = cell[: PER_CELL[name]]
        taken += [row | {"weight": f"{len(cell) / len(chosen):.4f}"} for row in chosen]
    return sorted(taken, key=lambda row: row["key"]), of


def main(cache, check):
    rows, out = population(cache)
    taken, of = sample(rows)
    print("left out or kept:", dict(out.most_common()))
    for project in sorted({project for project, _ in of}):
        print(f"{project:24}", *(f"{name} {len(of[project, name]):6}" for name in PER_CELL))
    print("population", {name: sum(len(v) for (_, s), v in of.items() if s == name) for name in PER_CELL}, "sample", Counter(r["stratum"] for r in taken))
    if not check:
        (cache / "sample.json").write_text(json.dumps(taken, indent=1))
        return
    with (HERE / "comments.csv").open(newline="") as file:
        committed = list(csv.DictReader(file))
    fields = [field for field in committed[0] if field not in ("debt", "type", "why")]
    wanted = [{field: str(row[field]) for field in fields} for row in taken]
    found = [{field: row[field] for field in fields} for row in committed]
    if found != wanted:
        odd = next((pair for pair in zip(wanted, found) if pair[0] != pair[1]), (len(wanted), len(found)))
        sys.exit(f"comments.csv is not the sample of the rule: {odd}")
    print(f"comments.csv: {len(found)} rows are the rule's sample")


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--check" in sys.argv[2:])
