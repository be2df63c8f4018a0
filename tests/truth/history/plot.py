# SPDX-License-Identifier: Apache-2.0
"""What happens to a project between its releases: the scripted events, and when."""

import collections
import functools
from dataclasses import replace
from pathlib import PurePosixPath

import draw
import plants
import scripts
import story
from tree import File

PLANTS = 56  # per project, besides copies, twins and what branches bring
EVENTS = (
    "format",
    "rename",
    "topic",
    "folder",
    "copy",
    "crlf",
    "between",
    "left",
    "reindent",
    "rename and format",
    "within",
    "topic",
    "reuse",
    "format again",
    "rename",
    "lf",
    "folder",
    "copy",
    "rename and edit",
    "long topic",
    "between",
    "left",
    "tabs",
    "module to package",
    "format last",
    "within",
    "topic",
    "rename",
)
STYLE_OF = {
    "format": "79 columns, single quotes",
    "reindent": "two spaces",
    "format again": "100 columns, double quotes",
    "tabs": "tabs",
    "format last": "88 columns, double quotes",
}
BYTES_MAX = 60_000  # of a file that is planted in
KINDS = (*plants.STATEMENTS, "fixme")


def is_test(path):
    return "test" in path.lower()


def tops(text):
    """Top-level functions and classes."""
    tree = plants.parsed(text)
    return [name for name, _ in plants.definitions(tree) if "." not in name] if tree else []


class Plot:
    """Plans and plays one project."""

    def __init__(self, told, gaps):
        self.told, self.name, self.gaps = told, told.name, gaps
        self.calendar = collections.defaultdict(list)
        self.counter = 0
        shift = draw.number(len(EVENTS), self.name, "shift")
        for number, event in enumerate(EVENTS[shift:] + EVENTS[:shift]):
            self.calendar[1 + number * (gaps - 1) // len(EVENTS)].append(functools.partial(self.event, event))
        for number in range(PLANTS):
            self.calendar[1 + number * max(1, gaps * 3 // 4) // PLANTS].insert(0, self.birth)

    def draw(self, bound, *key):
        return draw.number(bound, self.name, self.counter, *key)

    def one(self, options, *key):
        return draw.one(options, self.name, self.counter, *key)

    @property
    def main(self):
        return self.told.trees["main"]

    def play(self, gap):
        self.gap = gap
        for act in self.calendar.pop(gap, ()):
            self.counter += 1
            act()

    def later(self, low, act):
        """Some time from `low` gaps from now on; past the last gap it never happens."""
        gap = self.gap + low + self.draw(max(1, self.gaps - self.gap - low + 1), "later")
        if gap < self.gaps:
            self.calendar[gap].append(act)

    # -- plants are born --------------------------------------------------------------------------------------------

    def new_plant(self, kind, where, **more):
        number = len(self.told.records)
        word = draw.word(self.name, number)
        planted = plants.Planted(
            id=f"{self.name}-{number:03}",
            kind=kind,
            word=word,
            safe=draw.word(self.name, number, "safe"),
            where=where,
            name=self.draw(60, "name"),
            long=self.draw(3, "long") == 0,
            **more,
        )
        self.told.enter(planted)
        return planted

    def hosts(self, tree, own=False):
        """Python files that may be planted in."""
        return [
            path
            for path in tree.python()
            if not is_test(path)
            and 200 < len(tree.files[path].text) < BYTES_MAX
            and plants.parsed(tree.files[path].text)
            and tops(tree.files[path].text)
            and (own or path.rpartition("/")[2] != "setup.py")
        ]

    def spot(self, tree, form):
        """(path, where) for a plant of this form, or None."""
        for attempt in range(20):
            hosts = self.hosts(tree)
            if not hosts:
                return None
            path = self.one(hosts, form, attempt)
            text = tree.files[path].text
            if form == "function":
                names = [
                    name
                    for name, node in plants.definitions(plants.parsed(text))
                    if not isinstance(node, plants.ast.ClassDef) and plants.position(text, ("function", name))
                ]
                where = ("function", self.one(names, "function", attempt)) if names else None
            elif form == "helper":
                where = ("end",) if self.draw(2, "end") else ("before", self.one(tops(text), "before", attempt))
            else:
                where = ("imports",)
            if where:
                return path, where
        return None

    def plant(self, tree, form=None):
        """Put a new plant into the tree; None where nothing takes it."""
        form = form or self.one(("function",) * 4 + ("helper",) * 3 + ("imports",), "form")
        found = self.spot(tree, form)
        if not found:
            return None
        path, where = found
        kinds = ("secret", "local-path", "fixme") if form == "imports" else KINDS[:-1] if form == "helper" else KINDS
        planted = self.new_plant(self.one(kinds, "kind"), where, helper=form == "helper")
        if not plants.can_stand(path, tree.files[path].text, planted, tree.files[path].plants):
            del self.told.records[planted.id]
            return None
        tree.put(path, planted)
        return path, planted

    def script(self, tree):
        """Add a file with two plants; its path."""
        noun = self.one(scripts.NOUNS, "noun")
        text = self.one(scripts.SCRIPTS, "script").format(noun=noun)
        path = f"scripts/{noun}_{draw.word(self.name, self.counter)[1:5]}.py"
        tree.files[path] = File(text, style=tree.style)
        names = [
            name for name, node in plants.definitions(plants.parsed(text)) if not isinstance(node, plants.ast.ClassDef)
        ]
        for number, name in enumerate(draw.some(names, 2, self.name, self.counter)):
            tree.put(path, self.new_plant(self.one(KINDS, "kind", number), ("function", name)))
        return path

    def birth(self):
        new = self.main.copy()
        form = self.draw(20, "carrier")
        if form < 3:
            path = self.script(new)
            if self.draw(10, "goes") < 7:
                self.later(1, functools.partial(self.remove_file, path))
        elif form < 5:
            path = self.requirement(new)
        else:
            found = self.plant(new)
            if not found:
                return
            path, planted = found
            if planted.where[0] == "function" and self.draw(3, "twin") == 0:
                self.twin(new, path, planted)
        before = {planted.id for file in self.main.files.values() for planted in file.plants}
        self.told.commit("main", new, f"Work on {PurePosixPath(path).stem}")
        for planted in new.files[path].plants:
            if planted.id not in before:
                self.plan(planted)

    def requirement(self, tree):
        paths = [
            path for path in sorted(tree.files) if "requirements" in path.rpartition("/")[2] and path.endswith(".txt")
        ]
        if not paths or self.draw(3, "new file") == 0:
            path = f"requirements-{self.one(scripts.NOUNS, 'noun')}-{self.counter}.txt"
            tree.files[path] = File(scripts.REQUIREMENTS)
        else:
            path = self.one(paths, "path")
        planted = self.new_plant("requirement", ())
        tree.put(path, replace(planted, where=("sorted", planted.token)))
        return path

    def twin(self, tree, path, planted):
        """The same statement once more, in another function of the file."""
        text = tree.files[path].text
        names = [
            name
            for name, node in plants.definitions(plants.parsed(text))
            if name != planted.where[1]
            and not isinstance(node, plants.ast.ClassDef)
            and plants.position(text, ("function", name))
        ]
        if names:
            other = replace(
                planted, id=f"{self.name}-{len(self.told.records):03}", where=("function", self.one(names, "twin"))
            )
            if plants.can_stand(path, text, other, tree.files[path].plants):
                self.told.enter(other, "written", planted.id)
                tree.put(path, other)

    def plan(self, planted):
        """What becomes of a plant."""
        self.counter += 1
        if self.draw(10, "rewritten") < 5:
            self.later(1, functools.partial(self.rewrite, planted.id))
        fate = self.draw(20, "fate")
        if fate < 7:
            self.later(1, functools.partial(self.fix, planted.id))
        elif fate < 11:
            self.later(1, functools.partial(self.remove_line, planted.id))

    # -- plants live and die ----------------------------------------------------------------------------------------

    def living(self, plant_id):
        found = self.main.find(plant_id)
        return found if found and not found[1].fixed else None

    def rewrite(self, plant_id):
        found = self.living(plant_id)
        if not found or found[1].kind in ("fixme", "requirement"):
            return
        path, planted = found
        what, fields = self.one(
            (
                ("variable renamed", {"name": planted.name + 1}),
                ("put into try", {"guarded": True}),
                ("argument added or removed", {"long": not planted.long}),
                ("noqa added", {"noqa": True}),
            ),
            "rewrite",
        )
        if what.startswith("argument") and planted.kind == "secret" or (what.startswith("noqa") and planted.long):
            what, fields = "variable renamed", {"name": planted.name + 1}
        new = self.main.copy()
        new.swap(path, planted, replace(planted, **fields))
        self.told.commit("main", new, f"Touch {PurePosixPath(path).name}", None)
        self.note(plant_id, what)

    def note(self, plant_id, what):
        """A rewrite of one plant is of the last commit on main; its neighbours in the file only shifted."""
        mark = self.told.tips["main"]
        path, planted = self.living(plant_id)
        at = [path, *self.told.renderer.places(path, self.main.files[path])[plant_id]]
        self.told.records[plant_id]["lived_through"].append(
            {"what": what, "commit": mark, "branch": "main", "before": None, "after": at}
        )

    def fix(self, plant_id):
        found = self.living(plant_id)
        if not found:
            return
        path, planted = found
        new = self.main.copy()
        new.swap(path, planted, None if planted.kind == "fixme" else replace(planted, fixed=True))
        self.told.commit("main", new, f"Mend {PurePosixPath(path).name}")
        if self.draw(4, "relapse") == 0 and planted.kind != "fixme":
            self.later(1, functools.partial(self.relapse, plant_id))

    def relapse(self, plant_id):
        found = self.main.find(plant_id)
        if not found or not found[1].fixed:
            return
        path, planted = found
        again = replace(planted, id=f"{self.name}-{len(self.told.records):03}", fixed=False)
        self.told.enter(again, "relapsed", plant_id)
        new = self.main.copy()
        new.swap(path, planted, again)
        self.told.commit("main", new, f"Bring back what {PurePosixPath(path).name} did before")

    def remove_line(self, plant_id):
        found = self.living(plant_id)
        if found:
            new = self.main.copy()
            new.swap(*found, None)
            self.told.commit("main", new, f"Tidy {PurePosixPath(found[0]).name}")

    def remove_file(self, path):
        """A file that was written here, wherever it is by now."""
        found = [each for each in self.main.files if each.rpartition("/")[2] == path.rpartition("/")[2]]
        if found:
            new = self.main.copy()
            del new.files[found[0]]
            self.told.commit("main", new, f"Remove {found[0]}, which nobody runs any more")

    # -- events -----------------------------------------------------------------------------------------------------

    def event(self, event):
        if event in STYLE_OF:
            self.format(event)
        elif event in ("crlf", "lf"):
            self.line_ends(event == "crlf")
        elif event.endswith("topic"):
            self.topic(event == "long topic")
        else:
            getattr(self, event.replace(" ", "_"))()

    def change(self, what, group, new, message, pairs, branch="main"):
        """Commit, and note what the identity bars are read from."""
        before, tip = self.told.trees[branch], self.told.tips[branch]
        mark = self.told.commit(branch, new, message, what)
        if mark:
            self.told.sample(what, group, branch, before, tip, mark, pairs)

    def format(self, event, branch="main"):
        new = self.told.trees[branch].copy()
        new.style = STYLE_OF[event]
        paths = new.python()
        for path in paths:
            new.change(path, style=new.style)
        with_plants = [path for path in paths if new.files[path].plants]
        others = draw.some([path for path in paths if not new.files[path].plants], 8, self.name, self.counter)
        what = {"reindent": "re-indented", "tabs": "re-indented"}.get(event, "formatted")
        message = f"Run the formatter: {new.style}"
        self.change(what, "formatter", new, message, [(path, path) for path in with_plants + others], branch)

    def line_ends(self, crlf):
        new = self.main.copy()
        if crlf:
            paths = [path for path in new.python() if self.draw(2, "crlf", path)]
        else:
            paths = [path for path in new.files if new.files[path].crlf]
        for path in paths:
            new.change(path, crlf=crlf)
        message = "Check in as the editor on Windows left it" if crlf else "Normalise line ends"
        pairs = [(path, path) for path in sorted(paths, key=lambda path: (not new.files[path].plants, path))][:20]
        self.change("line ends", "formatter", new, message, pairs)

    def movable(self):
        """Python files, those with plants first, but for packages' own files."""
        paths = [
            path
            for path in self.hosts(self.main)
            if path.rpartition("/")[2] not in ("__init__.py", "setup.py", "conf.py")
        ]
        with_plants = [path for path in paths if any(not planted.fixed for planted in self.main.files[path].plants)]
        return with_plants or paths

    def renamed(self, new):
        """Rename one file of the tree; (old path, new path)."""
        path = self.one(self.movable(), "renamed")
        target = PurePosixPath(path)
        stem = self.one(
            (f"{target.stem}_impl", f"_{target.stem}", f"{target.stem}s_{self.counter}", f"new_{target.stem}"), "stem"
        )
        folder = (
            target.parent if self.draw(2, "folder") else target.parent / self.one(("core", "parts", "lib"), "parent")
        )
        new_path = str(folder / f"{stem}.py")
        if new_path in new.files:
            new_path = str(folder / f"{stem}_{self.counter}.py")
        new.move(path, new_path)
        return path, new_path

    def rename(self):
        for _ in range(3):
            self.counter += 1
            new = self.main.copy()
            pair = self.renamed(new)
            self.change("renamed", "moves", new, "Rename {} to {}".format(*pair), [pair])

    def rename_and_format(self):
        new = self.main.copy()
        old_path, path = self.renamed(new)
        new.change(path, style=self.one(sorted(set(STYLE_OF.values()) - {new.style}), "style"))
        self.change("renamed and formatted", "both", new, f"Move {old_path} and format it", [(old_path, path)])

    def rename_and_edit(self):
        new = self.main.copy()
        old_path, path = self.renamed(new)
        planted = self.new_plant("torch-load", ("end",), helper=True)
        new.put(path, planted)
        self.change("renamed and edited", "moves", new, f"Move {old_path} and add to it", [(old_path, path)])

    def module_to_package(self):
        path = self.one(self.movable(), "module")
        new = self.main.copy()
        new_path = path.removesuffix(".py") + "/__init__.py"
        new.move(path, new_path)
        self.change("renamed", "moves", new, f"Make a package of {path}", [(path, new_path)])

    def reuse(self):
        new = self.main.copy()
        old_path, path = self.renamed(new)
        self.change("renamed", "moves", new, f"Rename {old_path} to {path}", [(old_path, path)])
        new = self.main.copy()
        module = PurePosixPath(path).stem
        new.files[old_path] = File(scripts.STUB.format(module=module), style=new.style)
        planted = self.new_plant("secret", ("end",))
        new.put(old_path, planted)
        self.told.commit("main", new, f"Leave a word at {old_path}")

    def folder(self):
        new = self.main.copy()
        if any(path.startswith("src/") for path in new.files):
            old, target = "src/", ""
        else:
            count = collections.Counter(
                path.split("/")[0]
                for path in new.python()
                if "/" in path and path.split("/")[0] not in ("scripts", "examples")
            )
            old = max(sorted(count), key=count.get) + "/"
            target = "src/" + old
        paths = [path for path in sorted(new.files) if path.startswith(old)]
        pairs = [(path, target + path[len(old) :]) for path in paths]
        if any(path in new.files for _, path in pairs if not path.startswith(old)):
            return
        for path, new_path in pairs:
            new.move(path, new_path)
        new.folders.append((old, target))
        pairs.sort(key=lambda pair: not new.files[pair[1]].plants)
        self.change("moved with its folder", "moves", new, f"Move {old} to {target or 'the top'}", pairs[:30])

    def copy(self):
        path = self.one(self.movable(), "copied")
        new = self.main.copy()
        stem = PurePosixPath(path).stem
        copied = f"{self.one(('legacy', 'examples', 'experiments'), 'to')}/{stem}_{draw.word(self.name, self.counter)[1:5]}.py"
        own = []
        for planted in new.files[path].plants:
            if not planted.fixed:
                own.append(replace(planted, id=f"{self.name}-{len(self.told.records):03}"))
                self.told.enter(own[-1], "copied", planted.id)
        new.files[copied] = replace(new.files[path], plants=tuple(own))
        self.told.commit("main", new, f"Start {copied} from {path}")
        if self.draw(5, "goes") < 2:
            self.later(1, functools.partial(self.remove_file, copied))

    def helpers(self):
        return [
            (path, planted)
            for path in self.main.python()
            for planted in self.main.files[path].plants
            if planted.helper and not planted.fixed
        ]

    def helper(self):
        """A function of ours with a plant, brought in first where there is none."""
        if not self.helpers():
            new = self.main.copy()
            if self.plant(new, "helper"):
                self.told.commit("main", new, "Add what the next step needs")
        return self.one(self.helpers(), "helper") if self.helpers() else None

    def move_plant(self, what, planted, path, target, where, message):
        new = self.main.copy()
        new.swap(path, planted, None)
        moved = replace(planted, where=where)
        if not plants.can_stand(target, new.files[target].text, moved, new.files[target].plants):
            return
        new.put(target, moved)
        before, tip = self.main, self.told.tips["main"]
        was = self.told.renderer.places(path, before.files[path])[planted.id]
        mark = self.told.commit("main", new, message)
        if mark:
            self.note(planted.id, what)
            now = self.told.renderer.places(target, new.files[target])[planted.id]
            known = [{"plant": planted.id, "before": [path, *was], "after": [target, *now]}]
            self.told.note_event(what, "moves", "main", tip, mark, known, [])

    def between(self):
        for _ in range(2):
            self.counter += 1
            found = self.helper()
            if not found:
                return
            path, planted = found
            targets = [
                each
                for each in self.hosts(self.main)
                if each != path and not any(other.word == planted.word for other in self.main.files[each].plants)
            ]
            if targets:
                target = self.one(targets, "target")
                self.move_plant(
                    "moved to another file", planted, path, target, ("end",), f"Move {planted.function} to {target}"
                )

    def within(self):
        for _ in range(2):
            self.counter += 1
            found = self.helper()
            if not found:
                return
            path, planted = found
            names = tops(self.main.files[path].text)
            where = ("before", names[0]) if planted.where[0] == "end" and names else ("end",)
            self.move_plant(
                "moved within its file", planted, path, path, where, f"Put {planted.function} elsewhere in its file"
            )

    # -- branches ---------------------------------------------------------------------------------------------------

    def topic(self, long):
        """A branch that is merged: in the same gap, or (long) after the next release."""
        branch = f"topic-{self.counter}"
        self.told.branch(branch, "merged")
        operations = []

        def do(operation, message):
            operations.append(operation)
            new = self.told.trees[branch].copy()
            operation(new)
            self.told.commit(branch, new, message)

        for number in range(3):
            self.counter += 1
            scratch = self.told.trees[branch].copy()
            found = self.plant(scratch)
            if found:
                path, planted = found
                released = next((key for key, at in self.main.paths.items() if at == path), None)
                do(functools.partial(put, released or path, planted), f"Draft {number + 1} of {branch}")
        alive = [
            planted
            for path in self.main.python()
            for planted in self.main.files[path].plants
            if not planted.fixed and planted.kind != "fixme"
        ]
        if alive and not long:
            planted = self.one(sorted(alive, key=lambda each: each.id), "mended")
            do(functools.partial(mend, planted.id), f"Mend something on {branch}")
        for _ in range(2):
            self.counter += 1
            new = self.main.copy()
            found = self.plant(new)
            if found:
                self.told.commit("main", new, f"Work on {PurePosixPath(found[0]).stem}")
        merge = functools.partial(self.told.merge, branch, operations)
        if long and self.gap + 1 < self.gaps:
            self.calendar[self.gap + 1].insert(0, merge)
        else:
            merge()

    def left(self):
        """A branch that is left alone: plants of its own, a fix that main never gets, and a reshuffle of real functions."""
        branch = f"try-{self.counter}"
        self.told.branch(branch, "left")
        for number in range(2):
            self.counter += 1
            new = self.told.trees[branch].copy()
            if self.plant(new):
                self.told.commit(branch, new, f"Try {number + 1}")
        alive = [
            planted for path in self.main.python() for planted in self.main.files[path].plants if not planted.fixed
        ]
        if alive:
            new = self.told.trees[branch].copy()
            mend(self.one(sorted(alive, key=lambda each: each.id), "mended").id, new)
            self.told.commit(branch, new, "Mend what nobody merged")
        for _ in range(6):
            self.counter += 1
            self.move_function(branch)
        self.format("format last" if self.main.style != STYLE_OF["format last"] else "format", branch)

    def move_function(self, branch):
        """A real function goes to the end of another file, or of its own, with the plants in it."""
        before, tip = self.told.trees[branch], self.told.tips[branch]
        hosts = self.hosts(before)
        path, target = self.one(hosts, "from"), self.one(hosts, "to")
        text = before.files[path].text
        functions = {
            name: node
            for name, node in plants.definitions(plants.parsed(text))
            if "." not in name and isinstance(node, plants.ast.FunctionDef) and node.end_lineno - node.lineno >= 4
        }
        if not functions:
            return
        name = self.one(sorted(functions), "function")
        node, lines = functions[name], text.split("\n")
        block = lines[plants.first_line(node) - 1 : node.end_lineno]
        moved = [
            planted
            for planted in before.files[path].plants
            if planted.where[0] == "function" and planted.where[1].split(".")[0] == name
        ]
        if any(planted.where == ("before", name) for planted in before.files[path].plants):
            return
        new = before.copy()
        lines[plants.first_line(node) - 1 : node.end_lineno] = []
        rest = "\n".join(lines)
        onto = rest if target == path else new.files[target].text
        if plants.parsed(rest) is None or name in tops(onto):
            return
        new.change(path, text=rest, plants=tuple(each for each in new.files[path].plants if each not in moved))
        joined = onto.rstrip("\n") + "\n\n\n" + "\n".join(block) + "\n"
        new.change(target, text=joined, plants=(*new.files[target].plants, *moved))
        what = "moved within its file" if path == target else "moved to another file"
        mark = self.told.commit(branch, new, f"Move {name} to {target}")
        self.note_function(what, branch, name, (path, before), (target, new), (tip, mark), moved)

    def note_function(self, what, branch, name, old, new, marks, moved):
        texts, places = [], []
        for path, tree in (old, new):
            text = self.told.renderer.text(path, tree.files[path])
            found = [each for key, each in plants.definitions(plants.parsed(text)) if key == name]
            texts.append(story.simple_statements(found[-1]))
            places.append(self.told.renderer.places(path, tree.files[path]))
        known = [
            {"plant": each.id, "before": [old[0], *places[0][each.id]], "after": [new[0], *places[1][each.id]]}
            for each in moved
            if not each.fixed
        ]
        drawn = [
            {
                "plant": None,
                "before": [old[0], first.lineno, first.end_lineno],
                "after": [new[0], second.lineno, second.end_lineno],
            }
            for first, second in zip(*texts, strict=True)
        ]
        for entry in known:
            self.told.records[entry["plant"]]["lived_through"].append(
                {"what": what, "commit": marks[1], "branch": branch, "before": entry["before"], "after": entry["after"]}
            )
        self.told.note_event(what, "moves", branch, *marks, known, drawn)


def put(released, planted, tree):
    path = tree.path_of(released)
    if path not in tree.files or not plants.can_stand(path, tree.files[path].text, planted, tree.files[path].plants):
        return False
    tree.put(path, planted)
    return True


def mend(plant_id, tree):
    found = tree.find(plant_id)
    if not found or found[1].fixed:
        return False
    tree.swap(*found, None if found[1].kind == "fixme" else replace(found[1], fixed=True))
    return True
