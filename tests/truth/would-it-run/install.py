#!/usr/bin/env python3
"""Install thirty projects on this machine, one after the other, and see what of them would run: writes outcomes.json.

    nice -n 19 ./install.py [--run] WORK [NAME...]     WORK: a folder for downloads and environments; default: projects without an outcome

Runs other people's code (builds, imports, examples): as root it does so as `nobody`, and the examples without a network. Needs
Debian's Python 3.11, PyPI and about two hours. What is done and why: README.md.
"""

import datetime
import hashlib
import json
import os
import platform
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import look
from choose import UNTIL, read

HERE = Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3.11"
PIP = "26.3"
INSTALL_CPU_S_MAX, RUN_CPU_S_MAX = 900, 60  # of processor time, so that a busy machine changes no outcome
WALL_S_MAX = 4 * 3600
DISK_BYTES_MAX = 1_500_000_000
EXECUTED_MAX = 2
NOBODY = 65534
# Not installed when they are missing: gigabytes, a compiler of their own, or no release that this Python takes.
TOO_HEAVY = {"torch", "torchvision", "tensorflow", "keras", "jax", "pyspark", "theano", "lasagne", "fbprophet", "rpy2", "prophet", "chronos-forecasting"}
NOT_A_MODULE = {"test", "tests", "doc", "docs", "example", "examples", "benchmarks"}
KEPT = ("PATH", "LANG", "PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def environment(work):
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    one = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR")}
    return kept | one | {
        "HOME": str(work / "home"), "TMPDIR": str(work / "tmp"), "PIP_CACHE_DIR": str(work / "cache"), "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1", "MPLBACKEND": "Agg", "MAKEFLAGS": "-j1",
    }


def limits(seconds):
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))


def disk(folder):
    done = subprocess.run(["du", "-sb", folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return int(done.stdout.split()[0]) if done.stdout else 0


def command(work, arguments, seconds, cwd, watched=None):
    """(exit code or None when a limit ended it, output). `seconds` of processor time; `watched` may not pass the disk limit."""
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    log = work / "output.txt"
    with log.open("wb") as output:  # a group, not a session of its own: it stays in the caller's autogroup and so as nice as it
        process = subprocess.Popen(
            [str(a) for a in arguments], cwd=cwd, env=environment(work), stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, process_group=0, preexec_fn=lambda: limits(seconds), **who,
        )
        end, why = time.monotonic() + WALL_S_MAX, ""
        while process.poll() is None and not why:
            try:
                process.wait(20 if watched else WALL_S_MAX)
            except subprocess.TimeoutExpired:
                pass
            if time.monotonic() > end:
                why = f"ended after {WALL_S_MAX} s"
            elif watched and disk(watched) + disk(work / "tmp") > DISK_BYTES_MAX:
                why = f"ended at {DISK_BYTES_MAX} bytes"
        try:
            os.killpg(process.pid, signal.SIGKILL)  # what it left behind too
        except ProcessLookupError:
            pass
        code = process.wait()
        if code == -signal.SIGXCPU:
            why = f"ended after {seconds} s of processor time"
    text = log.read_text("utf-8", "replace")
    return (None, f"{text}\n{why}") if why else (code, text)


def unpack(archive, into):
    for path, content in read(archive).items():
        target = into / path
        if not target.resolve().is_relative_to(into):
            sys.exit(f"{archive}: {path} would land outside")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def cause_of_install(output):
    """(cause, the line that shows it) of a failed pip."""
    for cause, pattern in (
        ("Python range", r".*(requires a different Python|Requires-Python|not supported between).*"),
        ("Python range", r".*SyntaxError: (Missing parentheses|invalid syntax).*"),
        ("other", r".*ended (at|after) .*"),
        ("missing distribution", r".*No matching distribution found for.*"),
        ("other", r".*ResolutionImpossible.*"),
        ("build failure", r".*(ModuleNotFoundError|ImportError|AttributeError|error: command|fatal error|Cython\..*Error).*"),
        ("build failure", r".*(Failed to build|metadata-generation-failed|subprocess-exited-with-error|Failed building).*"),
    ):
        found = re.search(pattern, output)
        if found:
            return cause, found[0].strip()[:300]
    return "other", output.strip().splitlines()[-1][:300] if output.strip() else "no output"


def pip(work, venv, *arguments):
    run = [venv / "bin/python", "-m", "pip", "install", "--uploaded-prior-to", UNTIL, "--no-compile", "--progress-bar", "off", *arguments]
    return command(work, run, INSTALL_CPU_S_MAX, work, venv)


def installed(work, venv):
    _, listed = command(work, [venv / "bin/python", "-m", "pip", "list", "--format", "json"], 60, work)
    line = next((line for line in listed.splitlines() if line.startswith("[{")), "[]")
    return {item["name"]: item["version"] for item in json.loads(line)}


def modules(work, project, venv):
    """Top-level import names of the project's own distribution."""
    code = (
        "import importlib.metadata as m, json, sys\n"
        "d = m.distribution(sys.argv[1]); t = (d.read_text('top_level.txt') or '').split()\n"
        "f = {p.parts[0] for p in d.files or [] if p.suffix in ('.py', '.so') and len(p.parts) > 1 and p.parts[0] != '..'}\n"
        "f |= {p.parts[0].split('.')[0] for p in d.files or [] if p.suffix in ('.py', '.so') and len(p.parts) == 1}\n"
        "print(json.dumps(sorted(t or f)))\n"
    )
    _, listed = command(work, [venv / "bin/python", "-c", code, project["name"]], 60, work)
    names = json.loads(listed.strip().splitlines()[-1])
    return [n for n in names if n.isidentifier() and not n.startswith("_") and n.lower() not in NOT_A_MODULE]


def judged(work, venv, tree, entries):
    """What look.py says of each entry."""
    answers = work / "tmp"
    for number in range(len(entries)):
        (answers / f"{number}.json").unlink(missing_ok=True)
    seconds = look.CPU_S_MAX * (len(entries) + 1)
    _, output = command(work, [venv / "bin/python", HERE / "look.py", tree, answers, *entries], seconds, work / "tmp")
    last = (output.strip().splitlines() or ["no output"])[-1][:200]
    absent = {"problems": [{"line": 0, "cause": "other", "what": "look.py", "evidence": last}], "installs": []}
    files = [answers / f"{number}.json" for number in range(len(entries))]
    return [json.loads(file.read_text()) if file.exists() else absent for file in files]


def executed(work, venv, tree, entry):
    """What happens when the example is really run, without a network: exit 0, the last line of its traceback, or the time limit."""
    path = tree / entry
    script = path
    if path.suffix == ".ipynb":
        try:
            text, _ = look.source(path)
        except (ValueError, KeyError) as error:
            return f"not a notebook: {error}"
        script = path.with_name("as-script.py")
        script.write_text(f"display = print\ndef get_ipython(): return None\n{text}")
        os.chmod(script, 0o644)
    alone = ["unshare", "--net", "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    prefix = alone if os.geteuid() == 0 else []
    run = [venv / "bin/python", script.name]
    done = subprocess.run(
        [str(a) for a in prefix + run], cwd=path.parent, env=environment(work), stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=lambda: limits(RUN_CPU_S_MAX), check=False, errors="replace",
    )
    if done.returncode in (0, -signal.SIGXCPU):
        return "exit 0" if done.returncode == 0 else f"still running after {RUN_CPU_S_MAX} s"
    lines = [line for line in done.stdout.strip().splitlines() if re.match(r"^[\w.]+(Error|Exception|Exit|Interrupt|Warning|Found)\b", line)]
    return f"exit {done.returncode}: {(lines or done.stdout.strip().splitlines() or ['no output'])[-1][:300]}"


def requirement_files(project, tree):
    folders = {Path()}
    for entry in project["entries"]:
        folders |= set(Path(entry).parents)
    return sorted(str(f / "requirements.txt") for f in folders if (tree / f / "requirements.txt").is_file())


def give_away(*folders):
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", *folders], check=True)


def remove(folder):
    subprocess.run(["rm", "-rf", folder], check=True)  # much less work than shutil.rmtree


def fresh_environment(work, venv):
    """Debian's venv with the pip that knows --uploaded-prior-to; made once, copied to the same place for every project."""
    kept = work / "fresh"
    if not kept.exists():
        command(work, [PYTHON, "-m", "venv", venv], 120, work)
        code, output = command(work, [venv / "bin/python", "-m", "pip", "install", f"pip=={PIP}"], INSTALL_CPU_S_MAX, work)
        if code != 0:
            sys.exit(f"cannot install pip {PIP}: {output[-500:]}")
        venv.rename(kept)
    subprocess.run(["cp", "-a", kept, venv], check=True)


def outcome(project, work, archive, run):
    tree, venv = work / "tree", work / "venv"
    for folder in (tree, venv, work / "tmp", work / "home"):
        remove(folder)
    for folder in (tree, work / "tmp", work / "home", work / "cache"):
        folder.mkdir(parents=True, exist_ok=True)
    unpack(archive, tree)
    os.chmod(work, 0o777)  # nobody makes the environment in it
    give_away(tree, work / "tmp", work / "home", work / "cache")
    started, result = time.monotonic(), {"name": project["name"], "version": project["version"]}
    fresh_environment(work, venv)
    code, output = pip(work, venv, f"{project['name']}=={project['version']}")
    (work / "logs").mkdir(exist_ok=True)
    (work / "logs" / f"{project['name']}.txt").write_text(output)
    result["install"] = {"ok": True}
    if code != 0:
        cause, evidence = cause_of_install(output)
        result["install"] = {"ok": False, "cause": cause, "evidence": evidence}
    result["requirements"] = []
    for file in requirement_files(project, tree) if code == 0 else []:
        fails, output = pip(work, venv, "-r", tree / file)
        (work / "logs" / f"{project['name']}-requirements.txt").write_text(output)
        cause, evidence = cause_of_install(output) if fails != 0 else ("", "")
        result["requirements"].append({"file": file, "ok": fails == 0} | ({"cause": cause, "evidence": evidence} if cause else {}))
    result["install_s"] = round(time.monotonic() - started)
    result["installed"] = installed(work, venv) if code == 0 else {}
    result["run"] = run
    result["entries"] = entries(project, work, venv, tree, result)
    result["bytes"] = disk(venv)
    remove(venv)
    return result


def runs(problems):
    return all(problem.get("reached") is False for problem in problems)


def entries(project, work, venv, tree, result):
    """One row per entry: as declared, and once the distributions that were missing are installed too."""
    if not result["install"]["ok"]:
        result.pop("run")
        problem = {"line": 0, "cause": result["install"]["cause"], "what": "pip install", "evidence": result["install"]["evidence"]}
        return [{"entry": entry, "runs": False, "problems": [problem]} for entry in project["entries"]]
    rows = []
    names = [f"import {name}" for name in modules(work, project, venv)] + project["entries"]
    for entry, found in zip(names, judged(work, venv, tree, names)):
        row = {"entry": entry, "runs": runs(found["problems"]), "problems": found["problems"]}
        rows.append(row | ({"installs": found["installs"]} if found["installs"] else {}))
    complete(rows, work, venv, tree, result)
    if not result.pop("run"):
        return rows
    last = [row for row in rows if row.get("completed", row)["runs"] and not row["entry"].startswith("import ")]
    for row in last[:EXECUTED_MAX]:
        row["executed"] = executed(work, venv, tree, row["entry"])
    return rows


def complete(rows, work, venv, tree, result):
    """Install what was missing, and look again at what missed it."""
    names = {
        re.search(r"No module named '([\w]+)", problem["evidence"])[1]
        for row in rows for problem in row["problems"] if problem["cause"] == "missing distribution"
    }
    added = sorted({look.DISTRIBUTIONS[name] for name in names} - TOO_HEAVY)
    if not added:
        return
    code, output = pip(work, venv, *added)
    result["added"] = {"distributions": added, "ok": code == 0} | ({} if code == 0 else {"evidence": cause_of_install(output)[1]})
    missed = [row for row in rows if any(problem["cause"] == "missing distribution" for problem in row["problems"])]
    for row, found in zip(missed, judged(work, venv, tree, [row["entry"] for row in missed]) if code == 0 else []):
        row["completed"] = {"runs": runs(found["problems"]), "problems": found["problems"]}


def main(work, names, run):
    chosen = json.loads((HERE / "projects.json").read_text())["projects"]
    written = HERE / "outcomes.json"
    known = {p["name"]: p for p in json.loads(written.read_text())["projects"]} if written.exists() else {}
    work.mkdir(parents=True, exist_ok=True)
    for project in chosen:
        if project["name"] not in names if names else project["name"] in known:
            continue
        archive = work / "sdists" / project["file"]
        archive.parent.mkdir(parents=True, exist_ok=True)
        if not archive.exists():
            subprocess.run(["curl", "-sSfL", "-o", archive, project["url"]], check=True)
        if hashlib.sha256(archive.read_bytes()).hexdigest() != project["sha256"]:
            sys.exit(f"{archive} is not what projects.json pins; next: remove it and run again")
        known[project["name"]] = found = outcome(project, work / "one", archive, run)
        document = {
            "made": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"), "until": UNTIL, "pip": PIP,
            "python": subprocess.run([PYTHON, "-V"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip(),
            "machine": f"{platform.machine()}, Debian {Path('/etc/debian_version').read_text().strip()}, no GPU",
            "projects": [known[p["name"]] for p in chosen if p["name"] in known],
        }
        written.write_text(json.dumps(document, indent=1) + "\n")
        fine = sum(row["runs"] for row in found["entries"])
        print(f"{project['name']}: install {found['install']['ok']}, {fine} of {len(found['entries'])} run, {found['install_s']} s", flush=True)


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if argument != "--run"]
    main(Path(given[0]).resolve(), set(given[1:]), "--run" in sys.argv)
