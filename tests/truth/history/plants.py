# SPDX-License-Identifier: Apache-2.0
"""What is planted, in which words, and where in a file it stands.

A plant is a line that any reader would call a finding, whatever rules there are. Each has a word of its own in it that stands
nowhere else, so that it can be found again by a plain search; twins and copies share theirs. A plant that was fixed stays in
its file as the safe line, with another word.
"""

import ast
import functools
from dataclasses import dataclass

import draw

# kind -> (imports, the statement, a long form of it, the safe statement). {name} is a variable, {word} and {safe} the words.
STATEMENTS = {
    "secret": ("", '{name} = "{secret}"', '{name} = "{secret}"', '{name} = __import__("os").environ["{safe}"]'),
    "pickle-load": (
        "import pickle",
        '{name} = pickle.load(open("cache/{word}.pkl", "rb"))',
        '{name} = pickle.load(open("artifacts/experiments/{word}/fitted_parameters.pkl", "rb"), encoding="latin1")',
        '{name} = open("cache/{safe}.txt").read()',
    ),
    "eval-input": (
        "",
        '{name} = eval(input("{word}: "))',
        '{name} = eval(input("Which threshold should the model of {word} use for its decision, 0 to 1? "))',
        '{name} = int(input("{safe}: "))',
    ),
    "torch-load": (
        "import torch",
        '{name} = torch.load("weights/{word}.pt")',
        '{name} = torch.load("checkpoints/of/the/long/training/run/{word}/epoch_40.pt", map_location="cpu")',
        '{name} = torch.load("weights/{safe}.pt", weights_only=True)',
    ),
    "local-path": (
        "import pandas as pd",
        '{name} = pd.read_csv("/home/anna/data/{word}.csv")',
        '{name} = pd.read_csv("/home/anna/projects/data/{word}.csv", sep=";", decimal=",", encoding="latin1")',
        '{name} = pd.read_csv("data/{safe}.csv")',
    ),
    "shell": (
        "import subprocess\nimport sys",
        '{name} = subprocess.call("tar xf " + sys.argv[1] + " -C {word}", shell=True)',
        '{name} = subprocess.call("tar --extract --file " + sys.argv[1] + " --directory /scratch/{word}", shell=True)',
        '{name} = subprocess.call(["tar", "xf", sys.argv[1], "-C", "{safe}"])',
    ),
    "yaml-load": (
        "import yaml",
        '{name} = yaml.load(open("conf/{word}.yml"), Loader=yaml.UnsafeLoader)',
        '{name} = yaml.load(open("configuration/of/all/experiments/{word}.yml"), Loader=yaml.UnsafeLoader)',
        '{name} = yaml.safe_load(open("conf/{safe}.yml"))',
    ),
    "remote-code": (
        "from transformers import AutoModel",
        '{name} = AutoModel.from_pretrained("acme/{word}", trust_remote_code=True)',
        '{name} = AutoModel.from_pretrained("acme/{word}", trust_remote_code=True, output_hidden_states=True)',
        '{name} = AutoModel.from_pretrained("acme/{safe}", revision="3f1c9a0e5b7d42688c1e0f9a6b5d4c3e2f1a0b9c")',
    ),
}
NAMES = {
    "secret": ("db_password", "api_key", "smtp_password", "secret_key"),
    None: ("cached", "restored", "loaded", "previous", "current", "found"),
}
FIXME = "# FIXME: wrong when the table is empty, see {word}"
PACKAGES = ("tabfeat", "gridsketch", "plotkin", "rowstream", "lagkit", "binwise")
BASES = ("read_back", "restore_run", "look_up", "bring_in", "ask_again", "open_last")


@dataclass(frozen=True)
class Planted:
    id: str
    kind: str  # of STATEMENTS, or "fixme", "requirement"
    word: str
    safe: str
    where: tuple  # ("function", qualified name) | ("imports",) | ("end",) | ("before", name) | ("sorted", token)
    helper: bool = False  # a function of its own around the statement
    name: int = 0  # which of the variable names
    long: bool = False
    guarded: bool = False  # inside try/except
    noqa: bool = False
    fixed: bool = False

    @property
    def token(self):
        """What a line of the plant has, and no other line but a twin's or a copy's."""
        return f"{draw.one(PACKAGES, self.word)}-{self.word}" if self.kind == "requirement" else self.word

    @property
    def without(self):
        """A line that has this as well is the safe one."""
        return "==" if self.kind == "requirement" else ""

    @property
    def safe_token(self):
        return self.token + "==" if self.kind == "requirement" else self.safe

    @property
    def function(self):
        return f"{draw.one(BASES, self.word)}_{self.safe[:4]}"

    def lines(self):
        """The lines of it, not indented."""
        if self.kind == "requirement":
            return [self.token + ("==1.4.2" if self.fixed else ">=1.2" if self.long else "")]
        if self.kind == "fixme":
            return [FIXME.format(word=self.word)]
        imports, short, long, safe = STATEMENTS[self.kind]
        names = NAMES.get(self.kind, NAMES[None])
        name = names[self.name % len(names)]
        text = (safe if self.fixed else long if self.long else short).format(
            name=name, word=self.word, safe=self.safe, secret=self.secret()
        )
        statement = [text + ("  # noqa" if self.noqa and not self.fixed else "")]
        if self.guarded:
            statement = ["try:", *("    " + line for line in statement), "except OSError:", f"    {name} = None"]
        if imports:
            statement = [*imports.split("\n"), *([""] if self.helper else []), *statement]
        if not self.helper:
            return statement
        body = [
            '"""What the last run left behind."""',
            *statement,
            f"if {name} is None:",
            "    return []",
            f"return {name}",
        ]
        return ["", "", f"def {self.function}():", *(("    " + line).rstrip() for line in body), "", ""]

    def secret(self):
        """Looks live, and opens nothing. Made here, so that no file of this repository holds one."""
        return "Kx" + self.word[1:].upper() + "-vQ" + self.word + "Zp" + self.safe[1:4]


def is_python(path):
    return path.endswith(".py")


@functools.lru_cache(maxsize=512)
def parsed(text):
    """The tree, or None where CPython 3.11 does not accept the text."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def definitions(tree, prefix=""):
    """(qualified name, node) of functions and classes, not of those within functions."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield prefix + node.name, node
            yield from definitions(node, prefix + node.name + ".")


def first_line(node):
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def position(text, where):
    """(index of the line before which it goes, indentation), or None."""
    lines = text.split("\n")
    end = len(lines) - (lines[-1] == "")
    if where[0] == "sorted":
        later = (
            index
            for index, line in enumerate(lines)
            if line[:1].isalpha() and line.lower() > where[1] and not (index and lines[index - 1].endswith("\\"))
        )
        return next(later, end), ""
    if where[0] == "end":
        return end, ""
    tree = parsed(text)
    if tree is None:
        return None
    if where[0] == "imports":
        last = 0
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                break
            if isinstance(node, (ast.Import, ast.ImportFrom)) or (node is tree.body[0] and is_text(node)):
                last = node.end_lineno
        return last, ""
    node = next((node for name, node in definitions(tree) if name == where[1]), None)
    if node is None:
        return None
    if where[0] == "before":
        return first_line(node) - 1, ""
    inner = node.body[0]
    if inner.lineno == node.lineno or isinstance(node, ast.ClassDef):
        return None
    line = lines[first_line(inner) - 1]
    indentation = line[: len(line) - len(line.lstrip())]
    return (inner.end_lineno if is_text(inner) else first_line(inner) - 1), indentation


def inserted(text, plants):
    """The text with its plants, not yet formatted; and the plants in the order of their lines."""
    if not plants:
        return text, ()
    lines = text.split("\n")
    spots = []
    for order, planted in enumerate(plants):
        index, indentation = position(text, planted.where)
        new = [(indentation + line if line else "") for line in planted.lines()]
        spots.append((index, order, planted, new))
    spots.sort(key=lambda spot: spot[:2])
    for index, _, _, new in reversed(spots):
        lines[index:index] = new
    result = "\n".join(lines)
    return (result if result.endswith("\n") else result + "\n"), tuple(spot[2] for spot in spots)


def can_stand(path, text, planted, others=()):
    """Whether the plant has a place in this text, and the text with it is still Python."""
    if position(text, planted.where) is None:
        return False
    if not is_python(path):
        return True
    if parsed(text) is None:
        return False
    return parsed(inserted(text, (*others, planted))[0]) is not None


def statement_lines(text, line):
    """(first, last) line of the smallest statement around a line; the line itself where there is none."""
    tree, best = parsed(text), None
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.stmt) and node.lineno <= line <= node.end_lineno:
            if best is None or (node.lineno, -node.end_lineno) > (best.lineno, -best.end_lineno):
                best = node
    if best is None or not isinstance(best, (ast.Assign, ast.Expr)):
        return line, line
    return best.lineno, best.end_lineno


def places(path, text, ordered):
    """id -> (first line, last line) of every plant that is not fixed, in the text as it is committed."""
    found, lines = {}, text.split("\n")
    for token in dict.fromkeys(planted.token for planted in ordered if not planted.fixed):
        mine = [planted for planted in ordered if planted.token == token and not planted.fixed]
        at = [
            number
            for number, line in enumerate(lines, 1)
            if token in line and not (mine[0].without and mine[0].without in line)
        ]
        if len(at) != len(mine):
            raise AssertionError(f"{path}: {token} stands {len(at)} times, planted {len(mine)} times")
        for planted, number in zip(mine, at, strict=True):
            plain = planted.kind in ("fixme", "requirement") or not is_python(path)
            found[planted.id] = (number, number) if plain else statement_lines(text, number)
    return found
