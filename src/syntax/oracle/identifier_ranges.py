"""XID_Start and XID_Continue as CPython 3.14 knows them (Unicode 16), as C++: identifier_ranges.inc."""


def ranges(test):
    found, begin = [], None
    for code in range(0x80, 0x110001):
        inside = code < 0x110000 and not 0xD800 <= code < 0xE000 and test(chr(code))
        if inside and begin is None:
            begin = code
        elif not inside and begin is not None:
            found.append((begin, code - 1))
            begin = None
    return found


def table(name, found):
    lines, line = [f"constexpr CodeRange {name}[] = {{"], "   "
    for begin, end in found:
        piece = f" {{{begin:#x}, {end:#x}}},"
        if len(line) + len(piece) > 100:
            lines.append(line)
            line = "   "
        line += piece
    return "\n".join([*lines, line, "};", ""])


def source():
    import unicodedata

    return f"""// What may begin an identifier and what may go on with it, above ASCII, by Unicode {unicodedata.unidata_version}.
// Made by generate.py from CPython 3.14; not edited by hand.
// clang-format off
{table("kStarts", ranges(str.isidentifier))}
{table("kParts", ranges(lambda c: ("a" + c).isidentifier()))}"""
