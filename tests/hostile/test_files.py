"""Files that no table, notebook or tree should be: refused with the cause and the next step, and nothing is kept."""

import json
import os
import re
import resource
import struct
import subprocess
import time

import pytest
from conftest import PROGRAM, Place

WIDE = 100_000


def wide_csv():
    header = ",".join(f"c{i}" for i in range(WIDE))
    row = ",".join(["1"] * WIDE)
    return (header + "\n" + (row + "\n") * 100).encode()


def libraries_opened(place, *words):
    """Names of the shared libraries that the dynamic linker opened for a command, and how it ended."""
    done = subprocess.run([place.program, *words], cwd=place.folder, env=place.environment | {"LD_DEBUG": "files"}, capture_output=True, check=False)
    lines = done.stderr.decode(errors="replace").splitlines()
    found = [re.search(r"file=(.+?) \[\d+\];\s+generating link map", line) for line in lines]
    opened = {one[1].split("/")[-1] for one in found if one}
    assert "libc.so.6" in opened, "LD_DEBUG says nothing"
    return opened, done.returncode


def stored_bytes(place):
    return sum(path.stat().st_size for path in (place.folder / ".solvent/store").rglob("*") if path.is_file())


def refuse(place, name, content, code, cause, hint, verb="put"):
    """`data put` refuses the file, and neither the estate nor the store has grown."""
    (place.folder / name).write_bytes(content)
    before = stored_bytes(place)
    done = place.run("data", verb, name, "--name", "bad").refused(code, cause, hint)
    assert stored_bytes(place) == before, "a refused file was stored"
    assert place.versions() == {}
    assert place.run("asset", "list", "--json").json()["assets"] == []
    return done


def test_a_wide_file_is_refused_from_its_header(place):
    content = wide_csv()
    (place.folder / "good.csv").write_bytes(b"a,b\n1,2\n")
    (place.folder / "wide.csv").write_bytes(content)
    began = time.monotonic()
    refuse(place, "wide.csv", content, 2, "too many columns, the header has over 10000", "raise table.columns_max if it is meant to be so wide")
    assert time.monotonic() - began < 5
    # The engine is opened for a good file, and not for this one.
    assert "libduckdb.so" in libraries_opened(place, "data", "put", "good.csv", "--name", "good")[0]
    opened, code = libraries_opened(place, "data", "put", "wide.csv", "--name", "bad")
    assert code == 2 and "libduckdb.so" not in opened
    place.sound()


def test_a_wide_file_takes_no_memory(place):
    """20 MB of it: with 300 MiB of address space for everything, neither file nor header fits many times."""
    (place.folder / "wide.csv").write_bytes(wide_csv())
    limit = 300 << 20
    done = subprocess.run(
        [PROGRAM, "data", "put", "wide.csv", "--name", "bad"], cwd=place.folder, env=place.environment, capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)), check=False,
    )  # fmt: skip
    assert done.returncode == 2 and b"too many columns, the header has over 10000" in done.stderr, done.stderr
    place.sound()


def thrift_varint(number):
    out = b""
    while True:
        number, low = number >> 7, number & 0x7F
        out += bytes([low | (0x80 if number else 0)])
        if not number:
            return out


def wide_parquet():
    """A Parquet file without rows and with 100,000 columns, by the format's specification (Thrift compact)."""
    def i32(value):
        return thrift_varint((value << 1) ^ (value >> 31))

    root = b"\x48" + thrift_varint(6) + b"schema" + b"\x15" + i32(WIDE) + b"\x00"  # 4: name, 5: num_children
    columns = b"".join(
        b"\x15" + i32(2) + b"\x25" + i32(1) + b"\x18" + thrift_varint(len(name)) + name + b"\x00"  # 1: INT64, 3: OPTIONAL, 4: name
        for name in (b"c%d" % i for i in range(WIDE))
    )
    schema = b"\x19\xfc" + thrift_varint(WIDE + 1) + root + columns  # 2: list of structs
    footer = b"\x15" + i32(1) + schema + b"\x16\x00" + b"\x19\x0c" + b"\x00"  # 1: version, 3: num_rows, 4: row_groups
    return b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1"


def test_a_wide_parquet_file_is_refused_from_its_footer(place):
    refuse(place, "wide.parquet", wide_parquet(), 2, "too many columns", "raise table.columns_max if it is meant to be so wide")
    opened, code = libraries_opened(place, "data", "put", "wide.parquet", "--name", "bad")
    assert code == 2 and "libduckdb.so" not in opened


def test_a_wide_json_file_is_refused_from_its_first_object(place):
    content = json.dumps([{f"c{i}": 1 for i in range(WIDE)}]).encode()
    refuse(place, "wide.json", content, 2, "too many columns", "raise table.columns_max if it is meant to be so wide")
    opened, code = libraries_opened(place, "data", "put", "wide.json", "--name", "bad")
    assert code == 2 and "libduckdb.so" not in opened


GOOD_ROWS = b"id,text\n" + b"".join(b'%d,"row %d"\n' % (i, i) for i in range(5_000))


def parquet_of(place):
    """A real Parquet file, made by an independent program."""
    import pyarrow
    import pyarrow.parquet

    path = place.folder / "good.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"id": list(range(50_000)), "t": [f"row {i}" for i in range(50_000)]}), path)
    return path.read_bytes()


def test_truncated_files_are_refused(place):
    parquet = parquet_of(place)
    refuse(place, "cut.parquet", parquet[: len(parquet) // 2], 2, "truncated Parquet, the footer is missing", "copy or download the file again")
    refuse(place, "foot.parquet", b"PAR1" + parquet[-8:], 2, "damaged Parquet, the footer does not fit in the file", "copy or download")
    refuse(place, "cut.csv", GOOD_ROWS[:-5], 2, "is never closed", "close it, or double it")
    refuse(place, "ragged.csv", GOOD_ROWS + b"5000\n", 2, "ragged CSV, line 5002 has 1 fields but the first line has 2", "pad short lines")
    refuse(place, "cut.json", b'[{"a": 1, "b": "x"}, {"a": 2, "b"', 2, "cannot read the table", "check the file; it may be damaged")
    # A good one still goes in, on the same workspace.
    assert place.run("data", "put", "good.parquet", "--name", "good", "--json").json()["rows"] == 50_000
    place.sound()


def test_parquet_with_a_damaged_middle_is_refused(place):
    content = bytearray(parquet_of(place))
    for at in range(200, 4_000):
        content[at] ^= 0x5A
    done = place.run("data", "put", "good.parquet", "--name", "good").ok()
    (place.folder / "bad.parquet").write_bytes(content)
    done = place.run("data", "put", "bad.parquet", "--name", "bad")
    assert done.code == 2 and done.err.startswith("error: cannot read the table") and "next:  check the file; it may be damaged" in done.err, done.err
    assert place.versions() == {"good": 1}
    place.sound()


def test_deep_json_is_refused(place):
    deep = b'{"a":' * 200_000 + b"1" + b"}" * 200_000
    refuse(place, "deep.json", deep, 2, "JSON that nests deeper than 256 levels", "give one flat object a row, or raise table.json_depth_max")
    opened, code = libraries_opened(place, "data", "put", "deep.json", "--name", "bad")
    assert code == 2 and "libduckdb.so" not in opened
    # At the limit, and with the limit at its highest, the engine can still follow.
    for depth in (256, 1_000):
        (place.folder / f"{depth}.json").write_bytes(b'{"a":' * depth + b"1" + b"}" * depth)
        done = place.run("data", "put", f"{depth}.json", "--name", f"deep{depth}", "--set", f"table.json_depth_max={depth}", "--json")
        assert done.json()["rows"] == 1


NOTEBOOK = json.dumps({
    "nbformat": 4, "nbformat_minor": 5, "metadata": {},
    "cells": [{"cell_type": "code", "id": "a", "execution_count": None, "metadata": {}, "outputs": [], "source": ["import os\n", "!pip install x\n"]}],
}).encode()  # fmt: skip


@pytest.mark.parametrize("content, counts, cause", [
    (NOTEBOOK[:-40], (1, 1, 0), "not JSON: incomplete JSON at byte"), (b"", (1, 1, 0), "not JSON: incomplete JSON at byte 0"),
    (b"\xff\xfe{\x00}\x00", (1, 1, 0), "not JSON: syntax error at byte 0"), (bytes(range(256)) * 16, (1, 1, 0), "not JSON: syntax error"),
    (b"[]", (1, 1, 0), "not a notebook: it is no JSON object"), (b'{"cells":' * 100_000, (1, 0, 1), "JSON nests deeper than the limit: 64 levels"),
], ids=["truncated", "empty", "utf-16", "binary", "no notebook", "deep"])  # fmt: skip
def test_a_notebook_that_cannot_be_read_is_said_to_be_unexamined(place, content, counts, cause):
    project = place.folder / "project"
    project.mkdir()
    (project / "good.ipynb").write_bytes(NOTEBOOK)
    (project / "bad.ipynb").write_bytes(content)
    report = place.run("audit", "project", "--json").json()
    runs = [run for run in report["checks"] if run["check"].startswith("code/notebook-")]
    assert len(runs) == 3
    for run in runs:  # the good one beside it was examined all the same
        assert (run["examined"], run["failed"], run["skipped"]) == counts, run
        assert run["problem"].startswith("bad.ipynb: ") and cause in run["problem"], run
    assert {row["path"] for row in report["findings"]} == {"good.ipynb"}
    place.sound()
