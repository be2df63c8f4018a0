"""Which programs of a build a change can affect, by what ninja recorded when it built them."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Changes that no record of ninja tells of: how programs are built, how they are run, and what tests read while they run.
EVERYTHING = (
    r"(^|/)CMake|^cmake/|^tools/(build$|run_tests$|reach\.py$|fuzz$|leaks\.txt$|postgres$|lock/)"
    r"|^src/(?!.*\.(cc|h|md|sql)$)|^tests/fixtures/"
)


def lines(*command: str) -> list[str]:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode("utf-8", "surrogateescape").splitlines()


def reached(preset: str, targets: list[str], since: str) -> list[str]:
    """The targets that need a file changed since the commit, or that were never built whole."""
    build = ROOT / "build" / preset

    def absolute(path: str) -> str:
        return os.path.normpath(build / path)

    changed = lines("git", "-c", "core.quotePath=off", "diff", "--name-only", since)
    if any(re.search(EVERYTHING, path) for path in changed):
        return targets
    changed_paths = {str(ROOT / path) for path in changed}
    headers: dict[str, set[str]] = {}
    for line in lines("ninja", "-C", str(build), "-t", "deps"):
        if line.startswith(" "):
            headers[current].add(absolute(line.strip()))
        elif ": #deps" in line:
            current = absolute(line.partition(": #deps")[0])
            headers[current] = set()

    def affected(target: str) -> bool:
        inputs = {absolute(path) for path in lines("ninja", "-C", str(build), "-t", "inputs", target)}
        objects = {path for path in inputs if path.endswith(".o")}
        if not objects or any(path not in headers and not path.endswith(".S.o") for path in objects):
            return True
        return bool((inputs | set().union(*(headers[path] for path in objects if path in headers))) & changed_paths)

    return [target for target in targets if affected(target)]
