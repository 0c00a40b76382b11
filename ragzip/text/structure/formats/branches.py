"""Trees drawn with lines, as by tree, lsblk and npm ls: a line needs its parents. A step of the plan of a query needs
them only where they fit, as they are long.
"""

from __future__ import annotations

from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import Relation, Structure, StructuredUnit
from ragzip.text.structure.formats.table import RowForm

__all__ = ["read", "recognises"]

_SAMPLED_CHARACTERS = 20_000
_MIN_LINES = 3
_MIN_SHARE = 0.4  # of the lines that hang from another one
_MAX_LEVELS = 50
_PREFIX = r"(?:\[INFO\] )?"  # of lines that Maven prints
_BRANCH = pattern_of(
    _PREFIX + r"[ \t\u00a0│┃║|]{0,300}+(?:[├└┣┗╠╚┝┕╰][─━═┬╌┄>]*+[ \t\u00a0]*+|(?:\|--|\+--|`--|\\-+|\+-|\\---)[ -]*+)"
    r"(?=[^\s┼┬┴┤┐┘┫╪╬+|])"
)
_ROOT = pattern_of(_PREFIX + r"\s*+")
_STEP = pattern_of(r"-> {1,2}(?=[A-Z][^\n(]{2,200}\((?:cost|actual time|rows)=)")  # of a plan
_MAX_LINES_BESIDE_PLAN = 8  # that are neither steps nor say more of one: a title, times
_LINE = pattern_of(r"[^\n]+")
_HEADER = pattern_of(r"[A-Z][A-Z:%_()]*+(?>(?: +[A-Z%][\w:%_()-]*+)+)\s*+$")


class _Line(NamedTuple):
    """A line of a drawn tree: its place, the column in which its name begins, and whether it hangs from another."""

    start: int
    end: int
    column: int
    hangs: bool

    def name(self, source: str) -> str:
        """The first word of what it says, or the name of a step."""
        text = source[self.start + self.column : self.end]
        words = text.partition("  (")[:1] if self.is_step(source) else text.split(maxsplit=1)
        return words[0] if words else ""

    def is_step(self, source: str) -> bool:
        """Whether it is a step of a plan, the first one of which hangs from none."""
        return source.find("  (", self.start, self.end) >= 0


def recognises(source: str) -> bool:
    """Whether a text of an unknown type is surely a drawn tree: many lines hang from the others, all are short."""
    sample = source[:_SAMPLED_CHARACTERS]
    is_plan = _is_plan(sample)
    if not is_plan and not any(sign in sample for sign in ("├", "└", "╰", "┣", "┗", "+-", "`--", "|--", "\\-")):
        return False
    lines = _lines(sample, is_plan=is_plan)
    hanging = sum(line.hangs for line in lines)
    if is_plan:
        return len(lines) - hanging <= _MAX_LINES_BESIDE_PLAN
    return len(lines) >= _MIN_LINES and hanging >= 2 and hanging >= _MIN_SHARE * len(lines) and not lines[0].hangs


def read(source: str) -> Structure | None:
    """The structure of a drawn tree; None of a text without."""
    is_plan = _is_plan(source)
    lines = _lines(source, is_plan=is_plan)
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
        lines_above = () if number in header else (*header, *path)
        relation = Relation(companions=lines_above) if is_plan else Relation(needs=lines_above)
        units.append(StructuredUnit(line.start + indent, line.end, relation, reading, is_record=True))
        if number not in header and len(path) < _MAX_LEVELS:
            path.append(number)
    return Structure("branches", tuple(units), RowForm(source, units))


def _is_plan(source: str) -> bool:
    """Whether a text has the steps of a plan."""
    return "-> " in source and _STEP.search(source[:_SAMPLED_CHARACTERS]) is not None


def _lines(source: str, *, is_plan: bool) -> list[_Line]:
    """The lines that are not blank; a step of a plan with what stands further in below it."""
    lines: list[_Line] = []
    for match in _LINE.finditer(source):
        text = match[0].rstrip()
        if not text or not text.strip("│┃║| \t\u00a0"):
            continue
        branch = _STEP.match(text, len(text) - len(text.lstrip())) if is_plan else _BRANCH.match(text)
        root = _ROOT.match(text)
        column = branch.end() if branch else root.end() if root else 0
        if is_plan and branch is None and lines and lines[-1].is_step(source) and column > lines[-1].column:
            lines[-1] = lines[-1]._replace(end=match.start() + len(text))
            continue
        lines.append(_Line(match.start(), match.start() + len(text), column, branch is not None))
    return lines
