# SPDX-License-Identifier: Apache-2.0
"""ruff format, many texts at a time, remembered."""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

STYLES = {
    "79 columns, single quotes": ("line-length=79", 'format.quote-style="single"'),
    "100 columns, double quotes": ("line-length=100", 'format.quote-style="double"'),
    "88 columns, double quotes": ("line-length=88", 'format.quote-style="double"'),
    "two spaces": ("line-length=88", "indent-width=2"),
    "tabs": ("line-length=88", 'format.indent-style="tab"'),
}


def key(text, style):
    return hashlib.sha256(text.encode()).digest(), style


class Formatter:
    """What ruff makes of a text; the text itself where ruff cannot parse it."""

    def __init__(self, ruff):
        found = subprocess.run([ruff, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        pinned = (Path(__file__).parent / "requirements.txt").read_text().split()[0].replace("==", " ")
        if found != pinned:
            sys.exit(f"{ruff} is {found}, pinned is {pinned}; next: pip install -r requirements.txt")
        self.ruff, self.known = ruff, {}

    def prepare(self, texts, style):
        """Format them in one run, so that `formatted` finds them."""
        texts = list({text for text in texts if key(text, style) not in self.known})
        if not texts or style is None:
            return
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder, f"{number}.py") for number in range(len(texts))]
            for file, text in zip(files, texts, strict=True):
                file.write_bytes(text.encode())
            settings = [piece for setting in STYLES[style] for piece in ("--config", setting)]
            done = subprocess.run(
                [
                    self.ruff,
                    "format",
                    "--isolated",
                    "--no-cache",
                    "--quiet",
                    "--target-version",
                    "py311",
                    *settings,
                    folder,
                ],
                capture_output=True,
                text=True,
                check=False,
                env={"RAYON_NUM_THREADS": "1"},
            )
            if done.returncode not in (0, 2):
                sys.exit(f"ruff format: {done.stderr}")
            for file, text in zip(files, texts, strict=True):
                self.known[key(text, style)] = file.read_bytes().decode()

    def formatted(self, text, style):
        if style is None:
            return text
        self.prepare([text], style)
        return self.known[key(text, style)]
