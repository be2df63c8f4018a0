# SPDX-License-Identifier: Apache-2.0
"""A project's files at one moment, as values: a branch is a copy, a commit the difference between two."""

from dataclasses import dataclass, field, replace

import plants


@dataclass(frozen=True)
class File:
    text: str  # as released, or as it was written here; without plants, line ends \n
    plants: tuple = ()
    style: str | None = None  # of formatter.STYLES
    crlf: bool = False


@dataclass
class Tree:
    files: dict = field(default_factory=dict)  # path -> File
    paths: dict = field(default_factory=dict)  # path in the release -> path here
    folders: list = field(default_factory=list)  # (old prefix, new prefix), the newest last
    style: str | None = None  # of new Python files

    def copy(self):
        return Tree(dict(self.files), dict(self.paths), list(self.folders), self.style)

    def path_of(self, released):
        """Where a file of a release stands, or would be put."""
        if released in self.paths:
            return self.paths[released]
        path = released
        for old, new in self.folders:
            if path.startswith(old):
                path = new + path[len(old) :]
        return path

    def move(self, old, new):
        if new in self.files:
            raise AssertionError(f"{old} would fall on {new}")
        self.files[new] = self.files.pop(old)
        for released, path in self.paths.items():
            if path == old:
                self.paths[released] = new

    def change(self, path, **fields):
        self.files[path] = replace(self.files[path], **fields)

    def find(self, plant_id):
        """(path, Planted) or None."""
        for path, file in self.files.items():
            for planted in file.plants:
                if planted.id == plant_id:
                    return path, planted
        return None

    def put(self, path, planted):
        self.change(path, plants=(*self.files[path].plants, planted))

    def swap(self, path, planted, new):
        """Replace a plant by its next form, or take it out (None)."""
        kept = [new if each is planted else each for each in self.files[path].plants]
        self.change(path, plants=tuple(each for each in kept if each is not None))

    def python(self):
        return [path for path in sorted(self.files) if path.endswith(".py")]


class Renderer:
    """A file's bytes and the places of its plants, remembered."""

    def __init__(self, formatter):
        self.formatter, self.known = formatter, {}

    def prepare(self, files):
        """Run the formatter once over many files."""
        by_style = {}
        for file in files:
            if file.style:
                by_style.setdefault(file.style, []).append(plants.inserted(file.text, file.plants)[0])
        for style, texts in by_style.items():
            self.formatter.prepare(texts, style)

    def text(self, path, file):
        text, _ = plants.inserted(file.text, file.plants)
        return self.formatter.formatted(text, file.style) if path.endswith(".py") else text

    def content(self, path, file):
        text = self.text(path, file)
        return (text.replace("\n", "\r\n") if file.crlf else text).encode()

    def places(self, path, file):
        if not file.plants:
            return {}
        key = (file, path.endswith(".py"))
        if key not in self.known:
            ordered = plants.inserted(file.text, file.plants)[1]
            self.known[key] = plants.places(path, self.text(path, file), ordered)
        return self.known[key]
