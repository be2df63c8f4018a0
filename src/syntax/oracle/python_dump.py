"""The canonical text of a Python syntax tree, as CPython's own `ast` gives it; syntax/python_dump.h writes the same of ours.

A node is a line: its type, then first line:column-last line:column where it has a place, then its fields in brackets, in the
order of `ast`. A list stands in square brackets, an absent field is ~. Columns are bytes of UTF-8, lines from 1.
Constants: i and hexadecimal digits for int, f and the bits of an IEEE 754 double, c and those of the imaginary part, s and
b with the length before the text; a byte of bytes is written as the character of its number.
"""

import ast
import hashlib
import struct
import warnings

SCALARS = {"identifier", "int", "string", "constant"}


def constant(value):
    kind = type(value)
    if kind is str:
        return f"s{len(value)}'{value}'"
    if kind is int:
        return f"i{value:x}"
    if kind is float:
        return "f" + struct.pack(">d", value).hex()
    if kind is bytes:
        return f"b{len(value)}'{value.decode('latin-1')}'"
    if kind is complex:
        return "c" + struct.pack(">d", value.imag).hex()
    return "..." if value is ... else str(value)


def scalar(value):
    return "~" if value is None else str(value)


def writers(write):
    """A function for every node type that hands the type's text to `write`."""
    table = {}

    def node(value):
        if value is None:
            write("~")
        else:
            table[value.__class__](value)

    def nodes(values):
        write("[")
        for value in values:
            node(value)
        write("]")

    def names(values):
        write(f"[{' '.join(values)}]")

    for kind in vars(ast).values():
        if not (isinstance(kind, type) and issubclass(kind, ast.AST)):
            continue
        if issubclass(kind, (ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context)):
            exec(f"def one(n): write('{kind.__name__}')", {"write": write}, scope := {})
            table[kind] = scope["one"]
            continue
        place = ""
        if "lineno" in kind._attributes:
            place = " {n.lineno}:{n.col_offset}-{n.end_lineno}:{n.end_col_offset}"
        body = [f"write(f'\\n{kind.__name__}{place}(')"]
        types = getattr(kind, "_field_types", {})
        for number, field in enumerate(kind._fields):
            if number:
                body.append("write(' ')")
            said = str(types.get(field))
            if kind is ast.Constant and field == "value" or kind is ast.MatchSingleton:
                body.append(f"write(constant(n.{field}))")
            elif kind is ast.Interpolation and field == "str":
                body.append(f"write(constant(n.{field}))")
            elif "list[str]" in said:
                body.append(f"names(n.{field})")
            elif "list[" in said:
                body.append(f"nodes(n.{field})")
            elif "str" in said or "int" in said or said == "<class 'object'>":
                body.append(f"write(scalar(n.{field}))")
            else:
                body.append(f"node(n.{field})")
        body.append("write(')')")
        source = "def one(n):\n " + "\n ".join(body)
        exec(source, dict(write=write, node=node, nodes=nodes, names=names, constant=constant, scalar=scalar), scope := {})
        table[kind] = scope["one"]
    return node


PIECES = []
NODE = writers(PIECES.append)


def dump(source):
    """The tree of a file's bytes, or `!` and the first line of what CPython says of it."""
    PIECES.clear()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            NODE(ast.parse(source))
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return f"!{type(error).__name__}: {error}".split("\n")[0].encode("utf-8", "replace")
    return "".join(PIECES).encode("utf-8", "surrogatepass")


def digest(source):
    """What is compared of a large file: the digest of its dump, or the refusal itself."""
    text = dump(source)
    return text.decode("utf-8") if text.startswith(b"!") else hashlib.sha256(text).hexdigest()
