"""Writes native/src/unicode_tables.inc from the Unicode database inside the running Python.

    python tools/make_unicode_tables.py            # rewrites the file
    python tools/make_unicode_tables.py --check    # exit code 1 when the file is not up to date

What the tables hold: a class, a combining class and a few flags for every code point (two-stage
table), the simple lower-case mappings, the full case foldings that are not those, and the canonical
decompositions of one step with a flag for those that composition undoes (UAX #15). Hangul syllables
are left out: they need no table.
"""

import argparse
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TARGET = Path(__file__).parent.parent / "native" / "src" / "unicode_tables.inc"
CODE_POINTS = 0x110000
BLOCK = 128
HANGUL_VOWELS_AND_FINALS = frozenset([*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)])
DOTTED_CAPITAL_I = 0x130

# The values of enum class CharClass in native/src/unicode.h, by general category.
CLASSES = {"L": 0, "M": 1, "N": 2, "P": 3, "S": 4, "Z": 5}
OTHER_CLASSES = {"Cc": 6, "Cf": 7, "Co": 8, "Cs": 9, "Cn": 10}

# The bits of CharProperties::flags in native/src/unicode.h.
FLAG_NFC_CHECK, FLAG_CASED, FLAG_CASE_IGNORABLE, FLAG_FOLDS_APART = 1, 2, 4, 8


@dataclass(frozen=True, order=True)
class Record:
    """The row of CharProperties in native/src/unicode.h."""

    char_class: int
    combining_class: int
    flags: int
    lower_delta: int


def char_class(char: str) -> int:
    category = unicodedata.category(char)
    return OTHER_CLASSES[category] if category[0] == "C" else CLASSES[category[0]]


def lower_delta(char: str) -> int:
    """Distance to the lower-case letter. U+0130 alone has two code points; C++ knows it."""
    lower = char.lower()
    if ord(char) == DOTTED_CAPITAL_I:
        return 0
    if len(lower) != 1:
        raise AssertionError(f"U+{ord(char):04X} lower-cases to {lower!r}: unicode.cc must know it")
    return ord(lower) - ord(char)


def case_flags(char: str) -> int:
    """Cased and Case_Ignorable (Unicode 3.13, Final_Sigma), asked of str.lower itself.

    unicodedata has neither property, but the sigma after a cased letter is the final one, and
    a case-ignorable character between a cased letter and the sigma changes nothing.
    """
    if (char + "Σ").lower()[-1] == "ς":
        return FLAG_CASED
    return FLAG_CASE_IGNORABLE if ("A" + char + "Σ").lower()[-1] == "ς" else 0


def folds_apart(char: str) -> bool:
    """Whether the full case folding is not the simple lower case."""
    return char.casefold() != chr(ord(char) + lower_delta(char))


def decompositions() -> dict[int, tuple[int, ...]]:
    """One step of canonical decomposition, to one or two code points; Hangul aside."""
    found = {}
    for code in range(CODE_POINTS):
        parts = unicodedata.decomposition(chr(code)).split()
        if parts and not parts[0].startswith("<"):
            found[code] = tuple(int(part, 16) for part in parts)
    return found


def is_composite(code: int, parts: tuple[int, ...]) -> bool:
    """Whether NFC joins the two parts: singletons and the composition exclusions stay apart."""
    text = "".join(map(chr, parts))
    return len(parts) == 2 and unicodedata.normalize("NFC", text) == chr(code)


def records() -> list[Record]:
    """One record for every code point."""
    pairs = [p for c, p in decompositions().items() if is_composite(c, p)]
    seconds = {second for _, second in pairs} | HANGUL_VOWELS_AND_FINALS

    def record(code: int) -> Record:
        char = chr(code)
        check = code in seconds or unicodedata.normalize("NFC", char) != char
        flags = case_flags(char) | (FLAG_NFC_CHECK if check else 0)
        flags |= FLAG_FOLDS_APART if folds_apart(char) else 0
        return Record(char_class(char), unicodedata.combining(char), flags, lower_delta(char))

    return [record(code) for code in range(CODE_POINTS)]


def lines_of(items: Iterable[str]) -> list[str]:
    """Packs items into lines of at most 100 characters."""
    lines, line = [], ""
    for item in items:
        if len(line) + len(item) + 1 > 100:
            lines.append(line)
            line = ""
        line += item + ","
    return [*lines, line]


def array(declaration: str, items: Iterable[str]) -> list[str]:
    return [f"const {declaration} = {{", *lines_of(items), "};"]


def property_arrays() -> list[str]:
    by_code = records()
    counts = Counter(by_code)
    kinds = sorted(counts, key=lambda kind: (-counts[kind], kind))
    index = {kind: number for number, kind in enumerate(kinds)}
    blocks: dict[tuple[int, ...], int] = {}
    stage1 = []
    for start in range(0, CODE_POINTS, BLOCK):
        block = tuple(index[kind] for kind in by_code[start : start + BLOCK])
        stage1.append(blocks.setdefault(block, len(blocks)))
    rows = [
        f"{{CharClass({k.char_class}),{k.combining_class},{k.flags},{k.lower_delta}}}"
        for k in kinds
    ]
    return [
        f"static_assert(kBlockBits == {BLOCK.bit_length() - 1});",
        *array("CharProperties kRecords[]", rows),
        *array("uint16_t kBlockOfCode[]", map(str, stage1)),
        *array("uint8_t kRecordOfCode[]", (str(i) for block in blocks for i in block)),
    ]


def decomposition_array() -> list[str]:
    def row(code: int, parts: tuple[int, ...]) -> str:
        first, second = (*parts, 0)[:2]
        return f"{{{code},{first},{second},{int(is_composite(code, parts))}}}"

    return array(
        "Decomposition kDecompositions[]", (row(*item) for item in decompositions().items())
    )


def folding_array() -> list[str]:
    folding = [char for char in map(chr, range(CODE_POINTS)) if folds_apart(char)]
    rows = (f"{{{ord(c)},{{{','.join(str(ord(one)) for one in c.casefold())}}}}}" for c in folding)
    return array("CaseFolding kCaseFoldings[]", rows)


def tables() -> str:
    version = unicodedata.unidata_version
    lines = [
        f"// Generated by tools/make_unicode_tables.py, Unicode version {version}; do not edit.",
        "// clang-format off",
        f'constexpr char kTablesVersion[] = "{version}";',
        *property_arrays(),
        *decomposition_array(),
        *folding_array(),
        "// clang-format on",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only compare, write nothing")
    if not parser.parse_args().check:
        TARGET.write_text(tables(), encoding="ascii", newline="\n")
        return 0
    if TARGET.read_text(encoding="ascii") == tables():
        return 0
    print(f"{TARGET} is not what this Python would write", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
