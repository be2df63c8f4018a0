# SPDX-License-Identifier: Apache-2.0
"""Commits as `git fast-import` reads them, and what git says of them afterwards."""

import os
import subprocess
from dataclasses import dataclass, field

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "LC_ALL": "C",
    "TZ": "UTC",
}


def git(folder, *arguments, **more):
    done = subprocess.run(
        ["git", "-c", "core.autocrlf=false", "-c", "gc.auto=0", "-c", "core.fsync=none", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
        **more,
    )
    if done.returncode:
        raise SystemExit(f"git {' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout


@dataclass
class Commit:
    mark: int
    branch: str
    parents: list
    message: str
    author: tuple  # name, e-mail
    zone: str
    committer: tuple
    changes: list = field(default_factory=list)  # (path, bytes or None)
    time: int = 0  # of the committer
    author_lag: int = 0  # seconds between writing and committing


class Importer:
    """Writes one repository."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch=main", "--object-format=sha1", ".")
        self.process = subprocess.Popen(
            ["git", "fast-import", "--quiet", "--export-marks=.git/marks"],
            cwd=folder,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
        )

    def write(self, *pieces):
        for piece in pieces:
            self.process.stdin.write(piece if isinstance(piece, bytes) else piece.encode())

    def commit(self, commit):
        message = (commit.message + "\n").encode()
        self.write(
            f"commit refs/heads/{commit.branch}\nmark :{commit.mark}\n",
            "author {} <{}> {} {}\n".format(*commit.author, commit.time - commit.author_lag, commit.zone),
            "committer {} <{}> {} {}\n".format(*commit.committer, commit.time, commit.zone),
            f"data {len(message)}\n",
            message,
        )
        for word, parent in zip(["from", *["merge"] * 9], commit.parents, strict=False):
            self.write(f"{word} :{parent}\n")
        for path, content in sorted(commit.changes, key=lambda change: (change[1] is not None, change[0])):
            if content is None:
                self.write(f"D {path}\n")
            else:
                self.write(f"M 100644 inline {path}\ndata {len(content)}\n", content, "\n")
        self.write("\n")

    def tag(self, name, mark):
        self.write(f"reset refs/tags/{name}\nfrom :{mark}\n\n")

    def finish(self):
        """mark -> digest of the commit."""
        self.process.stdin.close()
        if self.process.wait():
            raise SystemExit(f"git fast-import failed in {self.folder}; next: read the crash report there")
        marks = (line.split() for line in (self.folder / ".git/marks").read_text().splitlines())
        found = {int(mark[1:]): digest for mark, digest in marks}
        (self.folder / ".git/marks").unlink()
        git(self.folder, "repack", "-a", "-d", "-q", "--threads=1")
        git(self.folder, "reset", "--hard", "--quiet", "main")
        return found


def refs(folder):
    """The text of all refs, one a line, sorted by name."""
    return git(folder, "for-each-ref", "--format=%(objectname) %(refname)", "--sort=refname").decode()
