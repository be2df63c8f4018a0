#!/usr/bin/env python3
"""House rules as a test: layers, sizes, names, and what the program is linked with.

    tests/tidy/tidy.py layers     #include lines against the table in ARCHITECTURE.md
    tests/tidy/tidy.py sizes      headers, sources, functions, lines; exceptions.txt lists the exceptions
    tests/tidy/tidy.py names      file names, folders that say nothing, banned calls, stray headers
    tests/tidy/tidy.py syncs      every sync call goes through base/sync_site.h with a name of its own
    tests/tidy/tidy.py links BIN  the libraries that `readelf -d BIN` names against links.txt
    tests/tidy/tidy.py specs BIN  every check documented and priced, every operation with an example
    tests/tidy/tidy.py self       the rules see what they are meant to see
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
HEADER_LINES, SOURCE_LINES, FUNCTION_LINES, COLUMNS = 250, 800, 70, 100
JUNK = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
HEAVY = re.compile(r'#include\s*<(regex|ranges|boost/|grpc|duckdb|simdjson|fmt/|toml\+\+|CLI/|git2|libpq|sqlite3)')
BANNED = re.compile(r"\b(system|popen|strcpy|strcat|sprintf|gets|rand|srand)\s*\(")


def layer_table(root):
    """folder -> (layer, folders of the same layer it may include), from ARCHITECTURE.md."""
    table = {}
    for line in (root / "ARCHITECTURE.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[1].isdigit():
            table[cells[0]] = (int(cells[1]), {name.strip() for name in cells[3].split(",") if name.strip()})
    return table


def sources(root):
    return sorted(p for p in (root / "src").rglob("*") if p.suffix in (".h", ".cc"))


def part(path, root):
    return path.relative_to(root / "src").parts


def layers(root=ROOT):
    table, problems = layer_table(root), []
    if not table:
        return ["ARCHITECTURE.md has no table of layers"]
    for path in sources(root):
        parts = part(path, root)
        if parts[0] not in table:
            problems.append(f"{path.relative_to(root)}: folder {parts[0]} is not in the table of layers")
            continue
        own, same = table[parts[0]]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'\s*#include\s+"([^"]+)"', line)
            if not found:
                continue
            target = found[1].split("/")
            where = f"{path.relative_to(root)}:{number}"
            if target[0] not in table:
                problems.append(f"{where}: {found[1]} is not named from src/")
            elif target[0] == parts[0]:
                if parts[0] in ("remedies", "dialects") and target[1] != parts[1]:
                    problems.append(f"{where}: one of {parts[0]} includes another: {found[1]}")
            else:
                other = table[target[0]][0]
                if other > own or (other == own and target[0] not in same):
                    problems.append(f"{where}: layer {own} includes {found[1]} of layer {other}")
                if parts[0] == "dialects" and target[0] == "remedies" and target[-1] not in ("service.h", "types.h"):
                    problems.append(f"{where}: a dialect includes only a remedy's service.h and types.h")
    return problems


def exceptions():
    out = {}
    for line in (HERE / "exceptions.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            rule, path, reason = (piece.strip() for piece in line.split("|", 2))
            if len(reason) < 10:
                raise SystemExit(f"exceptions.txt: {path} gives no reason")
            out[(rule, path)] = reason
    return out


def function_lengths(text):
    """(first line, lines) of every function body: a line that starts at column 0 or 2 and opens a brace."""
    lines, start = text.splitlines(), None
    for number, line in enumerate(lines, 1):
        opens = re.match(r"^(\S.*|  \S.*)\) ?(const|noexcept|override|final|mutable|->[^{]*|: .*| )*\{$", line)
        indent = len(line) - len(line.lstrip())
        if start is None and opens and not line.lstrip().startswith(("if", "for", "while", "switch", "namespace", "} ")):
            start, depth = number, indent
        elif start is not None and line.startswith(" " * depth + "}") and (len(line) == depth + 1 or line[depth + 1] in ";,) "):
            yield start, number - start + 1
            start = None


def sizes(root=ROOT, allowed=None):
    allowed, problems, used = exceptions() if allowed is None else allowed, [], set()

    def report(rule, path, message):
        key = (rule, str(path.relative_to(root)))
        used.add(key)
        if key not in allowed:
            problems.append(f"{key[1]}: {message}")

    for path in sources(root):
        text = path.read_text()
        count, limit = text.count("\n"), HEADER_LINES if path.suffix == ".h" else SOURCE_LINES
        if count > limit:
            report("lines", path, f"{count} lines, at most {limit}")
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > COLUMNS and "http" not in line:
                report("columns", path, f"line {number} has {len(line)} columns, at most {COLUMNS}")
        if not path.name.endswith("_test.cc"):
            for first, length in function_lengths(text):
                if length > FUNCTION_LINES:
                    report("function", path, f"the function at line {first} has {length} lines, at most {FUNCTION_LINES}")
    problems += [f"exceptions.txt: {rule} | {path} is needed no more" for rule, path in allowed.keys() - used]
    return problems


def names(root=ROOT):
    problems = []
    for path in sources(root):
        where, text = path.relative_to(root), path.read_text()
        if not re.fullmatch(r"[a-z0-9_]+\.(h|cc)", path.name):
            problems.append(f"{where}: file names are snake_case")
        for word in set(part(path, root)[:-1]) | set(path.stem.split("_")):
            if word in JUNK:
                problems.append(f"{where}: \"{word}\" says nothing of what is inside")
        if path.suffix == ".h":
            if not text.startswith("///"):
                problems.append(f"{where}: a header opens with what it owns")
            if "#pragma once" not in text:
                problems.append(f"{where}: no #pragma once")
            if HEAVY.search(text):
                problems.append(f"{where}: a heavy header in a header: {HEAVY.search(text)[0]}")
        for number, line in enumerate(text.splitlines(), 1):
            if not line.lstrip().startswith("//") and BANNED.search(line) and not path.name.endswith("_test.cc"):
                problems.append(f"{where}:{number}: banned call: {line.strip()}")
    for folder in sorted((root / "src" / "remedies").iterdir()):
        if folder.is_dir():
            for room in ("README.md", "types.h", "service.h", "operations.cc"):
                if not (folder / room).exists():
                    problems.append(f"src/remedies/{folder.name}: the room {room} is missing")
    return problems


# What a sync goes through on its way to the disk, and the disks themselves: they have no name to give.
SYNC_LAYER = {"base/files.h", "base/posix_files.cc", "base/fault_files.cc", "base/fault_files.h", "base/sim_disk.cc",
              "base/sim_disk.h", "base/sync_site.cc", "base/sync_site.h"}  # fmt: skip
SYNC_RAW = re.compile(r"(?:\.|->)\s*sync(?:_directory)?\s*\(|\b(?:fsync|fdatasync|syncfs|sync_file_range|msync)\s*\(")
SYNC_NAMED = re.compile(r"(?<![.>\w])sync_(?:file|directory|enabled)\s*\(")


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def arguments(text, start):
    """What stands between the bracket that opens at `start` and the one that closes it."""
    depth = 0
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[start + 1 : at]
    return text[start + 1 :]


def syncs(root=ROOT):
    problems, seen = [], {}
    for path in sources(root):
        where = "/".join(part(path, root))
        if where in SYNC_LAYER or path.name.endswith(("_test.cc", "_bench.cc")):
            continue
        text = without_comments(path.read_text())
        for found in SYNC_RAW.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            before = text[text.rfind(";", 0, found.start()) + 1 : found.start()]
            if not re.search(r'sync_enabled\("[^"]+"\)\s*&&[^;&]*$', before):  # named, on a bare descriptor
                problems.append(f"src/{where}:{line}: a sync call without a name: use sync_file or sync_directory of base/sync_site.h")
        for found in SYNC_NAMED.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            name = re.search(r'(?:^|,)\s*"([a-z_]+(?:/[a-z_]+)+)"\s*$', arguments(text, found.end() - 1))
            folder = part(path, root)[0]
            if not name:
                problems.append(f"src/{where}:{line}: a sync call is named by a literal, as in \"{folder}/what\"")
            elif name[1] in seen:
                problems.append(f"src/{where}:{line}: the sync name {name[1]} is taken by {seen[name[1]]}")
            elif name[1].split("/")[0] not in (folder, path.stem):
                problems.append(f"src/{where}:{line}: the sync name {name[1]} begins with another folder")
            else:
                seen[name[1]] = f"src/{where}:{line}"
    if root == ROOT and len(seen) < 10:
        problems.append(f"only {len(seen)} sync calls were found: the rule reads the sources no more")
    return problems


def links(binary):
    allowed = {line.split("#")[0].strip() for line in (HERE / "links.txt").read_text().splitlines()} - {""}
    shown = subprocess.run(["readelf", "-d", binary], capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", shown))
    if not needed:
        return [f"readelf found no libraries in {binary}"]
    return [f"{binary} needs {name}, which links.txt does not list" for name in sorted(needed - allowed)]


def run(binary, *arguments):
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{binary} {' '.join(arguments)} failed: {done.stderr}")
    return done.stdout


def exercised(text, noun, verb, verbs, method, path):
    """Whether a test runs the operation: by its words at the terminal, or by its method and path."""
    words = re.sub(r"""["'],\s*["']""", " ", text)  # cli('debt', 'list') and "solvent debt list" alike
    said = [verb.replace("_", "-"), verb]
    if any(re.search(rf"""(?:solvent|\(["']|["'])\s*{noun} {one}\b""", words) for one in said):
        return True
    others = "|".join(map(re.escape, set(verbs) - set(said)))
    if verb in ("run", "list", "show", "log", "write") and re.search(rf"solvent {noun}\b(?! (?:{others or '-'})\b)", words):
        return True
    pattern = re.sub(r"\\\{\w+\\\}", r"[^/\\s\"'`]+", re.escape(path))
    return any(method in line.lower() for line in re.findall(rf"^.*{pattern}(?![\w/]).*$", text, re.M))


def specs(binary):
    problems = []
    api = json.loads(run(binary, "version", "--openapi"))
    operations = [spec for methods in api["paths"].values() for spec in methods.values() if "operationId" in spec]
    if len(operations) < 20:
        problems.append(f"only {len(operations)} operations")
    tested = "\n".join(p.read_text(errors="replace") for folder in ("scenarios", "clients", "browser", "hostile")
                       for p in sorted((ROOT / "tests" / folder).rglob("*"))
                       if p.suffix in (".scn", ".py", ".js") and p.name != "run.py" and "node_modules" not in p.parts)
    verbs = {}
    for spec in operations:
        noun, verb = spec["operationId"].split("_", 1)
        verbs.setdefault(noun, []).append(verb.replace("_", "-"))
    for path, methods in api["paths"].items():
        for method, spec in methods.items():
            if "operationId" not in spec:
                continue
            noun, verb = spec["operationId"].split("_", 1)
            if not spec.get("summary"):
                problems.append(f"operation {noun} {verb}: no summary")
            if not exercised(tested, noun, verb, verbs[noun], method, path):
                problems.append(f"operation {noun} {verb}: no scenario, client or browser test uses it")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([binary, "check", "list", "--json"], capture_output=True, text=True, cwd=folder, check=False)
        if done.returncode:
            return problems + [f"check list failed: {done.stderr}"]
        checks = json.loads(done.stdout)["checks"]
    if len(checks) < 12:
        problems.append(f"only {len(checks)} checks")
    readmes = "\n".join(p.read_text() for p in (ROOT / "src" / "remedies").rglob("README.md"))
    rules = {f"code/{p.parent.name}-{p.stem}" for p in (ROOT / "src/remedies/code/rules").rglob("*.toml")}
    for check in checks:
        for wanted in ("title", "question", "source", "advice", "prior_source"):
            if not check.get(wanted):
                problems.append(f"check {check['id']}: no {wanted}")
        for price in (check["principal"], check["interest"]):
            if not 0 < price["p10_s"] <= price["p50_s"] <= price["p90_s"]:
                problems.append(f"check {check['id']}: {price} is no price")
            elif price["p90_s"] < 4 * price["p10_s"]:
                problems.append(f"check {check['id']}: a prior's P90 is at least four times its P10, not {price}")
        # A rule's file is its documentation.
        if check["id"] not in readmes and check["id"] not in rules:
            problems.append(f"check {check['id']}: no README names it")
    return problems


def self_test():
    """Each rule must see a tree that breaks it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "src" / "base").mkdir(parents=True)
        (root / "src" / "remedies" / "a").mkdir(parents=True)
        (root / "src" / "remedies" / "b").mkdir(parents=True)
        (root / "ARCHITECTURE.md").write_text("| base | 0 | x | |\n| remedies | 4 | x | |\n")
        (root / "src/base/utils.h").write_text('#include "remedies/a/x.h"\n#include <regex>\n')
        (root / "src/remedies/a/x.h").write_text('/// a\n#pragma once\n#include "remedies/b/y.h"\n')
        body = "int long_one(int a) {\n" + "  ++a;\n" * 80 + "}\n"
        (root / "src/remedies/b/y.cc").write_text(body + "x" * 120 + "\nint f() { return system(0); }\n")
        (root / "src/base/x.cc").write_text(
            'int a() { return file->sync(); }\nint b() { return ::fdatasync(3); }\n'
            'int c() { return sync_file(*file, name_of("base/x")); }\nint d() { return sync_file(*file, "store/x"); }\n'
            'int e() { return sync_directory(files, f("/"), "base/x") + sync_enabled("base/x"); }\n'
            'int f() { return sync_enabled("base/y") && fsync(3) != 0; }\n// file.sync() in words\n')
        named = syncs(root)
        seen = layers(root) + sizes(root, {}) + names(root) + named
    wanted = ["layer 0 includes remedies", "includes another", "utils", "opens with what it owns", "heavy header",
              "banned call", "has 82 lines", "has 120 columns", "README.md is missing"]
    asked = "$ solvent debt list\nestate.json('debt', 'show', id)\n$ solvent ledger\nclient.get('/api/tasks/7')\n"
    for noun, verb, method, path, answer in (
        ("debt", "list", "get", "/api/debts", True), ("debt", "show", "get", "/api/debts/{id}", True),
        ("debt", "accept", "post", "/api/debts/{id}/accept", False), ("ledger", "show", "get", "/api/ledger", True),
        ("ledger", "verify", "get", "/api/ledger/verify", False), ("task", "show", "get", "/api/tasks/{id}", True),
        ("task", "cancel", "post", "/api/tasks/{id}/cancel", False)):  # fmt: skip
        if exercised(asked, noun, verb, [verb], method, path) != answer:
            wanted.append(f"{noun} {verb} is {'' if answer else 'not '}tested")
    problems = [f"the rules did not see: {text}" for text in wanted if not any(text in line for line in seen)]
    expected = ["x.cc:1: a sync call without", "x.cc:2: a sync call without", "x.cc:3: a sync call is named by a literal",
                "x.cc:4: the sync name store/x begins with another", "x.cc:5: the sync name base/x is taken"]  # fmt: skip
    if len(named) != len(expected) or any(sum(text in line for line in named) != 1 for text in expected):
        problems.append(f"of sync calls the rule says {named}, expected are {expected}")
    return problems


def main():
    rules = {"layers": layers, "sizes": sizes, "names": names, "syncs": syncs, "links": links, "specs": specs, "self": self_test}
    if len(sys.argv) < 2 or sys.argv[1] not in rules:
        raise SystemExit(__doc__)
    problems = rules[sys.argv[1]](*sys.argv[2:])
    for problem in problems:
        print(problem)
    print(f"tidy {sys.argv[1]}: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
