"""Trees drawn with lines, as by tree, lsblk and npm ls: a line needs those that it hangs from."""

from __future__ import annotations

from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import Relation, Structure, StructuredUnit
from ragzip.text.structure.table import RowForm

__all__ = ["read", "recognises"]

_SAMPLED_CHARACTERS = 20_000
_MIN_LINES = 3
_MIN_SHARE = 0.4  # of the lines that hang from another one
_MAX_LEVELS = 50
_BRANCH = pattern_of(
    r"[ \t\u00a0│┃║|]{0,300}+(?:[├└┣┗╠╚┝┕╰][─━═┬╌┄>]*+[ \t\u00a0]*+|(?:\|--|\+--|`--|\\-+|\+-|\\---)[ -]*+)"
    r"(?=[^\s┼┬┴┤┐┘┫╪╬+|])"
)
_LINE = pattern_of(r"[^\n]+")
_HEADER = pattern_of(r"[A-Z][A-Z:%_()]*+(?>(?: +[A-Z%][\w:%_()-]*+)+)\s*+$")


class _Line(NamedTuple):
    """A line of a drawn tree: its place, the column in which its name begins, and whether it hangs from another."""

    start: int
    end: int
    column: int
    hangs: bool

    def name(self, source: str) -> str:
        """The first word of what it says."""
        words = source[self.start + self.column : self.end].split(maxsplit=1)
        return words[0] if words else ""


def recognises(source: str) -> bool:
    """Whether a text of an unknown type is surely a drawn tree: many lines hang from the others, all are short."""
    sample = source[:_SAMPLED_CHARACTERS]
    if not any(sign in sample for sign in ("├", "└", "╰", "┣", "┗", "+-", "`--", "|--", "\\-")):
        return False
    lines = _lines(sample)
    hanging = sum(line.hangs for line in lines)
    return len(lines) >= _MIN_LINES and hanging >= 2 and hanging >= _MIN_SHARE * len(lines) and not lines[0].hangs


def read(source: str) -> Structure | None:
    """The structure of a drawn tree; None of a text without."""
    lines = _lines(source)
    if not any(line.hangs for line in lines):
        return None
    header = (0,) if _HEADER.match(source, lines[0].start, lines[0].end) and not lines[0].hangs else ()
    units: list[StructuredUnit] = []
    path: list[int] = []  # the lines, by number, that the next one may hang from
    for number, line in enumerate(lines):
        while path and (not line.hangs or lines[path[-1]].column >= line.column):
            path.pop()
        indent = len(source[line.start : line.end]) - len(source[line.start : line.end].lstrip())
        names = [lines[above].name(source) for above in path]
        text = source[line.start + line.column : line.end].strip()
        reading = " > ".join([*names, text]) if names else None
        relation = Relation(needs=() if number in header else (*header, *path))
        units.append(StructuredUnit(line.start + indent, line.end, relation, reading, is_record=True))
        if number not in header and len(path) < _MAX_LEVELS:
            path.append(number)
    return Structure("branches", tuple(units), RowForm(source, units))


def _lines(source: str) -> list[_Line]:
    """The lines that are not blank."""
    lines: list[_Line] = []
    for match in _LINE.finditer(source):
        text = match[0].rstrip()
        if not text or not text.strip("│┃║| \t\u00a0"):
            continue
        branch = _BRANCH.match(text)
        column = branch.end() if branch else len(text) - len(text.lstrip())
        lines.append(_Line(match.start(), match.start() + len(text), column, branch is not None))
    return lines
