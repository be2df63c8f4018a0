# SPDX-License-Identifier: Apache-2.0
"""What people do to a notebook or a script that they copied. Each edit changes its argument and says whether it could.

While it is edited, a code or text cell carries `_from`, the number of the cell it had in its parent (None: new).
"""

import ast
import copy
import hashlib
import re

NEW_NAMES = ("my_{}", "{}_new", "{}2", "the_{}", "{}_all")
PATHS = ("/data/{}.csv", "../input/{}.csv", "data/raw/{}.csv", "/content/drive/MyDrive/{}.csv", "C:/Users/anna/{}.csv")
OWN_CELLS = (
    "# how large is it?\nprint({n}, 'rows expected')\n",
    "import time\nstarted_{n} = time.time()\n",
    "%matplotlib inline\nimport warnings\nwarnings.filterwarnings('ignore')\n",
    "note_{n} = 'checked by hand on the sample'\nprint(note_{n})\n",
    "# TODO compare with last week's result ({n})\n",
    "assert {n} > 0\nprint('ok so far')\n",
)
OWN_TEXTS = (
    "## Second try\n",
    "Result: {n} per cent, better than before.\n",
    "*Do not run this cell on the small machine.*\n",
    "### To be checked\n",
)
NUMBER = re.compile(r"(?<=[=(,\[ ])(\d+\.\d+|\d+)(?=[),\]\n ])")


def number(bound, *key):
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:8], "big") % bound


def one(options, *key):
    return options[number(len(options), *key)]


def code(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def new_cell(text, kind="code"):
    cell = {"cell_type": kind, "metadata": {}, "source": text, "_from": None}
    if kind == "code":
        cell.update(execution_count=None, outputs=[])
    return cell


def rename_in(texts, *key):
    """(old, new) of a variable that the texts assign, or None."""
    found = set()
    for text in texts:
        try:
            tree = ast.parse(re.sub(r"(?m)^\s*[%!].*$", "pass", text))
        except SyntaxError:
            continue
        found |= {
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and len(node.id) > 1
        }
    if not found:
        return None
    old = one(sorted(found), *key)
    return old, one(NEW_NAMES, *key, "new").format(old)


def replace_word(text, old, new):
    return re.sub(rf"(?<![\w.'\"]){re.escape(old)}\b(?!['\"])", new, text)


def change_number(text, *key):
    spots = list(NUMBER.finditer(text))
    if not spots:
        return text
    spot = one(spots, *key)
    value = spot[0]
    new = str(round(float(value) * 1.5 + 0.1, 3)) if "." in value else str(int(value[:9]) * 2 + 1 + number(3, *key))
    return text[: spot.start()] + new + text[spot.end() :]


def put_number(text, new, *key):
    spot = one(list(NUMBER.finditer(text)), *key)
    return text[: spot.start()] + new + text[spot.end() :]


# -- notebooks ----------------------------------------------------------------------------------------------------------


def rename_variable(notebook, pool, *key):
    found = rename_in([cell["source"] for cell in code(notebook)], *key)
    if found:
        for cell in code(notebook):
            cell["source"] = replace_word(cell["source"], *found)
    return bool(found)


def change_parameters(notebook, pool, *key):
    cells = [cell for cell in code(notebook) if NUMBER.search(cell["source"])]
    for turn in range(1 + number(3, *key)):
        if cells:
            cell = one(cells, *key, turn)
            cell["source"] = change_number(cell["source"], *key, turn)
    return bool(cells)


def add_cells(notebook, pool, *key):
    for turn in range(1 + number(3, *key)):
        spot = number(len(notebook["cells"]) + 1, *key, turn)
        kind = number(4, *key, turn, "kind")
        n = 2 + number(90, *key, turn, "n")
        if kind == 0:
            cell = new_cell(one(OWN_TEXTS, *key, turn).format(n=n), "markdown")
        elif kind == 1:
            cell = new_cell(one(pool, *key, turn))
        else:
            cell = new_cell(one(OWN_CELLS, *key, turn).format(n=n))
        notebook["cells"].insert(spot, cell)
    return True


def delete_cells(notebook, pool, *key):
    if len(code(notebook)) < 8:
        return False
    for turn in range(1 + number(2, *key)):
        del notebook["cells"][number(len(notebook["cells"]), *key, turn)]
    return True


def reorder_cells(notebook, pool, *key):
    spot = number(len(notebook["cells"]), *key)
    cell = notebook["cells"].pop(spot)
    notebook["cells"].insert(number(len(notebook["cells"]) + 1, *key, "to"), cell)
    return True


def clear_outputs(notebook, pool, *key):
    for cell in code(notebook):
        cell["outputs"], cell["execution_count"] = [], None
    return True


def run_again(notebook, pool, *key):
    """From top to bottom: counts in order, other figures in the outputs."""
    for count, cell in enumerate(code(notebook), 1):
        cell["execution_count"] = count
        for output in cell["outputs"]:
            if isinstance(output.get("execution_count"), int):
                output["execution_count"] = count
            if "text" in output:
                output["text"] = change_number("".join(output["text"]), *key, count)
    return True


def run_out_of_order(notebook, pool, *key):
    for cell in code(notebook):
        if number(3, *key, cell["source"]) == 0:
            cell["execution_count"] = 40 + number(60, *key, cell["source"], "count")
    return True


def change_path(notebook, pool, *key):
    new = one(PATHS, *key).format(f"part{number(50, *key)}")
    pattern = re.compile(r"(['\"])[^'\"\n]*\.(?:csv|txt|json|pkl|h5|zip|data)\1")
    cells = [cell for cell in code(notebook) if pattern.search(cell["source"])]
    if cells:
        cell = one(cells, *key)
        cell["source"] = pattern.sub(lambda found: found[1] + new + found[1], cell["source"], count=1)
    return bool(cells)


def edit_text(notebook, pool, *key):
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    if cells:
        cell = one(cells, *key)
        cell["source"] = cell["source"].rstrip("\n") + "\n\n" + one(OWN_TEXTS, *key).format(n=number(90, *key))
    return bool(cells)


def split_cell(notebook, pool, *key):
    cells = [
        place
        for place, cell in enumerate(notebook["cells"])
        if cell["cell_type"] == "code" and "\n\n" in cell["source"].strip()
    ]
    if not cells:
        return False
    place = one(cells, *key)
    cell = notebook["cells"][place]
    head, tail = cell["source"].strip().split("\n\n", 1)
    cell["source"] = head + "\n"
    notebook["cells"].insert(place + 1, {**new_cell(tail), "_from": cell["_from"]})
    return True


def copy_half(notebook, pool, *key):
    """Keep the first or the second half, go on with something else."""
    cells = notebook["cells"]
    if len(code(notebook)) < 10:
        return False
    middle = len(cells) // 2
    kept = cells[:middle] if number(2, *key) else cells[middle:]
    notebook["cells"] = kept + [new_cell(one(pool, *key, turn)) for turn in range(max(1, middle // 3))]
    return True


LIGHT = (
    rename_variable,
    change_parameters,
    change_parameters,
    add_cells,
    add_cells,
    delete_cells,
    reorder_cells,
    clear_outputs,
    run_again,
    run_out_of_order,
    change_path,
    edit_text,
    split_cell,
)


def child(parent, pool, half, *key):
    """(notebook, names of the edits): a copy of the parent after one to four edits."""
    notebook = copy.deepcopy(parent)
    for place, cell in enumerate(notebook["cells"]):
        cell["_from"] = place
    names = []
    if half and copy_half(notebook, pool, *key, "half"):
        names.append("copy_half")
    wanted = 1 + number(4, *key, "count")
    for turn in range(12):
        edit = one(LIGHT, *key, turn, "edit")
        if len(names) < wanted and edit(notebook, pool, *key, turn):
            names.append(edit.__name__)
    return notebook, names


def own_edit(notebook, pool, *key):
    """A later change to a notebook's own content."""
    notebook = copy.deepcopy(notebook)
    for turn in range(12):
        edit = one((rename_variable, change_parameters, add_cells, edit_text), *key, turn)
        if edit(notebook, pool, *key, turn):
            return notebook, edit.__name__
    raise AssertionError("nothing could be changed")


# -- scripts ------------------------------------------------------------------------------------------------------------


def add_block(text, pool, *key):
    """A function around code of another notebook, before the last lines."""
    body = [line for line in one(pool, *key).split("\n") if line.strip() and not line.startswith(("%", "!"))][:18]
    lines = text.rstrip("\n").split("\n")
    name = f"step_{number(10_000, *key)}"
    block = ["", "", f"def {name}():", *("    " + line for line in body), "", ""]
    spot = len(lines) * (40 + number(60, *key, "spot")) // 100
    return "\n".join(lines[:spot] + block + lines[spot:]) + "\n"


def script_numbers(text, pool, *key):
    for turn in range(1 + number(3, *key)):
        text = change_number(text, *key, turn)
    return text


def script_rename(text, pool, *key):
    found = rename_in([text], *key)
    return replace_word(text, *found) if found else text


def script_lines(text, pool, *key):
    lines = text.split("\n")
    spot = number(len(lines), *key)
    return "\n".join(lines[:spot] + [f"# {one(OWN_TEXTS, *key).strip().format(n=number(90, *key))}"] + lines[spot:])


def script_delete(text, pool, *key):
    lines = text.split("\n")
    spot = number(max(1, len(lines) - 4), *key)
    return "\n".join(lines[:spot] + lines[spot + 2 :])


def script_edit(text, pool, *key):
    """(text, name of the edit)"""
    for turn in range(12):
        edit = one((script_numbers, script_numbers, script_rename, script_lines, script_delete, add_block), *key, turn)
        new = edit(text, pool, *key, turn)
        if new != text:
            return new, edit.__name__
    raise AssertionError("nothing could be changed")
