# SPDX-License-Identifier: Apache-2.0
"""One project's commits, and what is known of every plant in them because it was done here."""

import datetime

import draw
import plants
from repository import Commit
from scripts import PEOPLE, ZONES
from tree import Tree

FIRST_WINDOW_S = 60 * 86_400  # before the first release


def seconds(uploaded):
    return int(datetime.datetime.fromisoformat(uploaded.replace("Z", "+00:00")).timestamp())


class Story:
    """Branches as trees, commits in order, and the book of plants."""

    def __init__(self, name, importer, renderer):
        self.name, self.importer, self.renderer = name, importer, renderer
        self.trees = {"main": Tree()}
        self.tips = {"main": None}
        self.states = {}  # branch -> "merged" or "left"
        self.commits, self.pending = {}, []
        self.records, self.tags, self.events = {}, {}, []
        self.time = None
        people = draw.some(PEOPLE, 9, name, "people")
        self.people = [(person, self.address(person)) for person in people]

    @staticmethod
    def address(person):
        plain = person.lower().replace("ø", "o").replace("ó", "o").replace("í", "i").replace("ë", "e")
        return plain.replace(" ", ".") + "@example.org"

    # -- the book ---------------------------------------------------------------------------------------------------

    def enter(self, planted, how="written", of=None):
        self.records[planted.id] = {
            "id": planted.id,
            "project": self.name,
            "kind": planted.kind,
            "token": planted.token,
            "without": planted.without,
            "how": how,
            "of": of,
            "birth": None,
            "places": {},
            "lived_through": [],
            "death": None,
            "elsewhere": [],
        }

    def is_left(self, branch):
        return self.states.get(branch) == "left"

    def book(self, branch, mark, before, after, what, new):
        """Compare the places of plants in the files of one commit."""
        for plant_id in sorted(after.keys() - before.keys()):
            record = self.records[plant_id]
            if record["birth"] is None:
                reached = mark if branch == "main" else None
                record["birth"] = {"commit": mark, "branch": branch, "at": after[plant_id], "reached_main": reached}
            else:
                record["birth"]["reached_main"] = mark
        for plant_id in sorted(before.keys() - after.keys()):
            self.book_death(branch, mark, plant_id, before[plant_id], new)
        if what:
            for plant_id in sorted(before.keys() & after.keys()):
                self.records[plant_id]["lived_through"].append(
                    {
                        "what": what,
                        "commit": mark,
                        "branch": branch,
                        "before": before[plant_id],
                        "after": after[plant_id],
                    }
                )

    def book_death(self, branch, mark, plant_id, at, new):
        record = self.records[plant_id]
        found = new.find(plant_id)
        manner = "fixed" if found else "line removed" if at[0] in new.files else "file removed"
        death = {
            "commit": mark,
            "branch": branch,
            "manner": manner,
            "at": at,
            "reached_main": mark if branch == "main" else None,
            "safe": found[1].safe_token if found else None,
            "safe_path": found[0] if found else None,
        }
        if self.is_left(branch) and record["birth"]["branch"] != branch:
            record["elsewhere"].append(death)
        elif record["death"] is None:
            record["death"] = death
        else:
            record["death"]["reached_main"] = mark

    # -- commits ----------------------------------------------------------------------------------------------------

    def commit(self, branch, new, message, what=None, merged=None):
        """Make the branch's tree `new`; returns the mark, or None where nothing changes."""
        old = self.trees[branch]
        before, after, changes = {}, {}, []
        paths = [
            path for path in sorted(old.files.keys() | new.files.keys()) if old.files.get(path) != new.files.get(path)
        ]
        self.renderer.prepare([new.files[path] for path in paths if path in new.files])
        for path in paths:
            was, now = old.files.get(path), new.files.get(path)
            for file, found in ((was, before), (now, after)):
                if file:
                    found.update({key: [path, *at] for key, at in self.renderer.places(path, file).items()})
            content = self.renderer.content(path, now) if now else None
            if not was or self.renderer.content(path, was) != content:
                changes.append((path, content))
        self.trees[branch] = new
        if not changes and not merged:
            return None
        mark = len(self.commits) + 1
        parents = [tip for tip in (self.tips[branch], self.tips.get(merged)) if tip]
        author = self.people[min(draw.number(9, self.name, mark, "author"), draw.number(9, self.name, mark, "again"))]
        other = draw.number(3, self.name, mark, "committer") == 0
        self.commits[mark] = Commit(
            mark,
            branch,
            parents,
            message,
            author,
            draw.one(ZONES, author[0]),
            self.people[0] if other else author,
            changes,
            author_lag=draw.number(36 * 3600, self.name, mark, "lag") if other else 0,
        )
        self.pending.append(mark)
        self.tips[branch] = mark
        self.book(branch, mark, before, after, what, new)
        return mark

    def branch(self, name, state):
        self.trees[name], self.tips[name], self.states[name] = self.trees["main"].copy(), self.tips["main"], state

    def merge(self, branch, operations):
        """Do on main what was done on the branch; False (and the branch is left alone) where that is no longer possible."""
        new = self.trees["main"].copy()
        if all(operation(new) for operation in operations):
            self.commit("main", new, f"Merge branch '{branch}'", merged=branch)
            return True
        self.states[branch] = "left"
        for record in self.records.values():
            if record["death"] and record["death"]["branch"] == branch and record["birth"]["branch"] != branch:
                record["elsewhere"].append(record["death"])
                record["death"] = None
        return False

    def release(self, version, uploaded):
        """Date the commits since the last release evenly up to the upload, write them, tag the last."""
        end = seconds(uploaded)
        start = self.time or end - FIRST_WINDOW_S
        for number, mark in enumerate(self.pending, 1):
            commit = self.commits[mark]
            commit.time = start + (end - start) * number // len(self.pending)
            self.importer.commit(commit)
            commit.changes = [path for path, _ in commit.changes]
        self.pending, self.time = [], end
        tag = "v" + version
        self.importer.tag(tag, self.tips["main"])
        self.tags[tag] = uploaded
        self.note_places(f"refs/tags/{tag}", "main")

    def note_places(self, ref, branch):
        for path, file in self.trees[branch].files.items():
            for plant_id, at in self.renderer.places(path, file).items():
                self.records[plant_id]["places"][ref] = [path, *at]

    # -- identity ---------------------------------------------------------------------------------------------------

    def sample(self, what, group, branch, before, mark_before, mark_after, pairs, count=30):
        """Note where plants, and real statements drawn from the files of `pairs`, stood before and stand after."""
        after = self.trees[branch]
        known, drawn = [], []
        for old_path, new_path in pairs:
            old, new = before.files[old_path], after.files[new_path]
            was, now = self.renderer.places(old_path, old), self.renderer.places(new_path, new)
            known += [
                {"plant": key, "before": [old_path, *was[key]], "after": [new_path, *now[key]]}
                for key in sorted(was.keys() & now)
            ]
            if not new_path.endswith(".py"):
                continue
            for first, second in matched(self.renderer.text(old_path, old), self.renderer.text(new_path, new)):
                drawn.append({"plant": None, "before": [old_path, *first], "after": [new_path, *second]})
        self.note_event(what, group, branch, mark_before, mark_after, known, drawn, count)

    def note_event(self, what, group, branch, mark_before, mark_after, known, drawn, count=30):
        keyed = {str(entry["before"]): entry for entry in drawn}
        taken = [keyed[key] for key in draw.some(sorted(keyed), count, self.name, mark_after)]
        self.events.append(
            {
                "project": self.name,
                "group": group,
                "what": what,
                "branch": branch,
                "commit_before": mark_before,
                "commit": mark_after,
                "places": known + taken,
            }
        )


SIMPLE = (
    plants.ast.Assign,
    plants.ast.AugAssign,
    plants.ast.AnnAssign,
    plants.ast.Return,
    plants.ast.Expr,
    plants.ast.Raise,
    plants.ast.Import,
    plants.ast.ImportFrom,
    plants.ast.Assert,
    plants.ast.Delete,
)


def simple_statements(node):
    """Simple statements in the order of their lines, but for texts that document."""
    found = [each for each in plants.ast.walk(node) if isinstance(each, SIMPLE) and not plants.is_text(each)]
    return sorted(found, key=lambda each: (each.lineno, each.col_offset))


def matched(before, after):
    """[(first, last line) before, the same after] of statements that both texts have in the same order."""
    trees = plants.parsed(before), plants.parsed(after)
    if None in trees:
        return []
    first, second = (simple_statements(tree) for tree in trees)
    if [type(each) for each in first] != [type(each) for each in second[: len(first)]]:
        raise AssertionError("a rewrite changed the statements themselves")
    lines = [{}, {}]
    for side, statements in enumerate((first, second)):
        for each in statements:
            lines[side][each.lineno] = lines[side].get(each.lineno, 0) + 1
    return [
        ((old.lineno, old.end_lineno), (new.lineno, new.end_lineno))
        for old, new in zip(first, second, strict=False)
        if lines[0][old.lineno] == 1 and lines[1][new.lineno] == 1
    ]
