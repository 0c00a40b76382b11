"""LaTeX: prose under headings, lists, tables, and figures, formulas and listings, which are kept whole. The kept part
of an environment has its beginning and its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import DIGIT
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import trim
from ragzip.text.structure.base import Relation, Structure
from ragzip.text.structure.formats.table.naming import column_names, prefixes_of, row_reading
from ragzip.text.structure.needs.governed import governed
from ragzip.text.structure.parts import Parts

__all__ = ["read", "recognises"]

_SAMPLED_CHARACTERS = 30_000
_MIN_COMMANDS = 4
_MAX_UNCLOSED = 20  # environments
_MAX_HEADER_ROWS = 3
_LEVELS = {
    name: level for level, name in enumerate(("part", "chapter", "section", "subsection", "subsubsection", "paragraph"))
}
_COMMAND = pattern_of(
    r"\\(?:documentclass|usepackage|(?:sub){0,2}section|chapter|paragraph|begin|end|item|label|caption|cite[pt]?|ref"
    r"|textbf|emph|maketitle)\b"
)
_SECTION = pattern_of(r"^[ \t]*\\(?:(?:sub){0,2}section|chapter|begin\{document\})", re.MULTILINE)
_FENCE = pattern_of(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_BOUND = pattern_of(r"\\(?:(begin)|end)[ \t]*\{([A-Za-z]{1,30}\*?)\}")
_TABLES = frozenset(["table", "tabular", "tabularx", "longtable", "tabulary", "sidewaystable", "wraptable"])
_GRIDS = frozenset(["tabular", "tabularx", "longtable", "tabulary"])
_LISTS = frozenset(["itemize", "enumerate", "description"])
_LITERAL = frozenset(["verbatim", "lstlisting", "minted", "comment"])
_WHOLE_NAMES = (
    "figure wrapfigure equation align gather multline eqnarray displaymath math algorithm algorithmic tikzpicture"
    " picture filecontents thebibliography"
)
_WHOLE = _LITERAL.union(_WHOLE_NAMES.split())
_FORMULAS = frozenset(["equation", "align", "gather", "multline", "eqnarray", "displaymath", "math"])
_STOP = pattern_of(r"[.!?:]\s*$")
_OWN_UNITS = _TABLES | _LISTS | _WHOLE
_ARGUMENTS = pattern_of(r"(?>(?:[ \t]*(?:\[[^\]\n]{0,200}\]|\{(?>(?:[^{}\n]++|\{[^{}\n]{0,200}+\}){0,20})\}))*)")
_RULES = (
    r"(?:\\(?:(?:top|mid|bottom)rule|hline|endhead|endfirsthead|endfoot|(?:c|cmid)[a-z]{2,4}\b(?:\([a-z]{1,4}\))?\{[^}\n]{0,20}\})"
    r"(?:\[[^\]\n]{0,20}\])?\s*+)"
)
_RULES_HERE = pattern_of(rf"\s*+(?>{_RULES}+)")
_ROW_END = pattern_of(r"\\\\(?:\[[^\]\n]{0,20}\])?")
_CELL_END = pattern_of(r"(?<!\\)&")
_ITEM_OR_BOUND = pattern_of(rf"\\item\b|{_BOUND.pattern}")
_BRACED = r"\{(?>(?:[^{}\n]++|\{[^{}\n]{0,200}+\}){0,20})\}"
_HEADING = pattern_of(
    r"[ \t]{0,40}\\(part|chapter|(?:sub){0,2}section|paragraph)\*?"
    rf"(?:\[[^\]\n]{{0,300}}\])?{_BRACED}(?:[ \t]*\\label{_BRACED})?"
)
_SIGN = pattern_of(  # a line that says nothing to a reader
    r"[ \t]{0,40}(?:%[^\n]*|\\(?:begin|end)\{[A-Za-z]{1,30}\*?\}(?:\[[^\]\n]{0,200}\])?|\\(?:maketitle|centering"
    r"|noindent|newpage|clearpage|tableofcontents|bigskip|medskip|smallskip|appendix|label\{[^}\n]{0,100}\}))[ \t\r]*$"
)
_DECLARATION = pattern_of(
    r"[ \t]{0,40}\\(?:documentclass|usepackage|newcommand|renewcommand|def|title|author|date|bibliography"
    r"|bibliographystyle|input|include|setlength|affiliation|email|keywords)\b[^\n]*$"
)
_MARKUP = pattern_of(r"\\[a-zA-Z]{1,30}\*?(?:\[[^\]\n]{0,100}\])?|[{}$~]")


class _Environment(NamedTuple):
    """An environment with its bounds: the inner one of a table is the grid of cells."""

    name: str
    start: int
    end: int
    inside: Span


def recognises(source: str) -> bool:
    """Whether a text of an unknown type surely is LaTeX."""
    sample = source[:_SAMPLED_CHARACTERS]
    if "\\" not in sample or _FENCE.search(sample) or not (_SECTION.search(sample) or _BOUND.search(sample)):
        return False
    return sum(1 for _ in _COMMAND.finditer(sample)) >= _MIN_COMMANDS


def read(source: str) -> Structure | None:
    """The structure of LaTeX; None of a text without a heading or environment."""
    reader = _Reader(source)
    place = 0
    for environment in _environments(source):
        reader.add_text(place, environment.start)
        reader.add_environment(environment)
        place = environment.end
    reader.add_text(place, len(source))
    if not place and not reader.headings:
        return None
    reader.parts.relate_headings(reader.headings)
    return Structure("latex", tuple(governed(source, reader.parts.closed())), PlainForm(source))


def _environments(source: str) -> Iterator[_Environment]:
    """The outermost environments that have units of their own, in order."""
    open_bounds: list[tuple[str, int, int]] = []  # name, start, where its content begins
    outer_count: int | None = None  # how many are open around the outermost one with units of its own
    for bound in _BOUND.finditer(source):
        name = bound[2].rstrip("*")
        if open_bounds and open_bounds[-1][0] in _LITERAL and (bound[1] or name != open_bounds[-1][0]):
            continue
        if bound[1]:
            if outer_count is None and name in _OWN_UNITS:
                outer_count = len(open_bounds)
            open_bounds.append((name, bound.start(), bound.end()))
            continue
        if name not in (open_name for open_name, *_ in open_bounds[-_MAX_UNCLOSED:]):
            continue
        while open_bounds[-1][0] != name:  # never closed
            open_bounds.pop()
        _, start, inside_start = open_bounds.pop()
        if outer_count is not None and len(open_bounds) <= outer_count:
            if len(open_bounds) == outer_count:
                yield _Environment(name, start, bound.end(), Span(inside_start, bound.start()))
            outer_count = None


class _Reader:
    """The units of LaTeX, in order."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.parts = Parts(source)
        self.headings: dict[int, int] = {}  # levels by place
        self._open_formula: int | None = None  # the place of one right above

    def add_text(self, start: int, end: int) -> None:
        """Add what stands between environments with units of their own: headings, declarations, prose."""
        prose_start = place = start
        while place < end:
            line_end = self.source.find("\n", place, end)
            line_end = end if line_end < 0 else line_end
            line = self.source[place:line_end]
            heading = _HEADING.match(line)
            if heading is None and _SIGN.match(line) is None and _DECLARATION.match(line) is None:
                place = line_end + 1
                continue
            self.parts.add_prose(prose_start, place)
            if heading is not None:
                self.headings[len(self.parts)] = _LEVELS[heading[1]]
                self.parts.add(place, place + heading.end())
                line_end = place + heading.end()
            elif _SIGN.match(line):
                self.parts.add(place, line_end, Relation(section=Span(line_end, line_end)))
            else:
                self.parts.add(place, line_end, is_record=True)
            prose_start = place = line_end
            place += self.source.startswith("\n", place)
        first = len(self.parts)
        self.parts.add_prose(prose_start, end)
        goes_on = self._open_formula == first - 1 and first < len(self.parts)
        if goes_on and self.source[self.parts.units[first].start].islower():
            self.parts.need([first], [first - 1])

    def add_environment(self, environment: _Environment) -> None:
        """Add an environment; a lead-in above a list comes with its items."""
        if environment.name in _WHOLE:
            self._add_whole(environment)
        elif environment.name in _LISTS:
            self._add_list(environment)
        else:
            self._add_table(environment)

    def _add_whole(self, environment: _Environment) -> None:
        """Add a unit; a formula and the sentence in which it stands need each other."""
        before = len(self.parts) - 1
        place = self.parts.add(environment.start, environment.end, is_record=True)
        if environment.name not in _FORMULAS or place is None or before < 0:
            return
        sentence = self.parts.units[before]
        if sentence.relation.section is None and not _STOP.search(self.source[slice(*sentence.span)]):
            self.parts.need([place], [before])
            self.parts.need([before], [place])
        self._open_formula = place

    def _add_list(self, environment: _Environment) -> None:
        items = list(_items(self.source, environment.inside))
        if len(items) < 2:
            self.parts.add(environment.start, environment.end, is_record=True)
            return
        lead = len(self.parts) - 1
        leads = lead >= 0 and self.source[self.parts.units[lead].end - 1] in ":："
        section = Span(items[0].start, items[-1].end)
        opening = len(self.parts)
        self.parts.add(environment.start, items[0].start, Relation(section=section))
        needs = (*([lead] if leads else []), opening, opening + 1 + len(items))
        for item in items:
            self.parts.add(*item, Relation(needs, head=lead if leads else None))
        self.parts.add(items[-1].end, environment.end, Relation(section=section))
        if leads:
            self.parts.lead(lead, *section)

    def _add_table(self, environment: _Environment) -> None:
        """Add a table: its beginning with what names it, header, rows, and its end."""
        body = _body(self.source, environment)
        rows = list(_rows(self.source, body))
        header_count = _header_count(self.source, rows)
        if len(rows) - header_count < 2:
            self.parts.add(environment.start, environment.end, is_record=True)
            return
        section = Span(rows[header_count].start, rows[-1].end)
        grid_start, grid_end = self._add_frame(environment, rows)
        heads = [self.parts.add(grid_start, rows[0].start, Relation(section=section))]
        heads += [self.parts.add(*row, Relation(section=section)) for row in rows[:header_count]]
        needs = [head for head in heads if head is not None]
        cells_by_row = [[_plain(self.source[slice(*cell)]) for cell in _cells(self.source, row)] for row in rows]
        width = max(map(len, cells_by_row))
        prefixes = prefixes_of(column_names(cells_by_row[:header_count], width))
        closing = len(self.parts) + len(rows) - header_count
        companions = (needs[0] - 1,) if grid_start > environment.start else ()
        group: list[int] = []
        for row, values in zip(rows[header_count:], cells_by_row[header_count:], strict=True):
            if len(values) == 1 and width > 1:
                group = [len(self.parts)]
                self.parts.add(*row, Relation((*needs, closing), section=Span(row.end, section.end)))
                continue
            relation = Relation((*needs, *group, closing), companions=companions)
            self.parts.add(*row, relation, reading=row_reading(prefixes, values) or None, is_record=True)
        self.parts.add(rows[-1].end, grid_end, Relation(section=section))
        if companions:
            self.parts.add(grid_end, environment.end, Relation(companions, section=Span(grid_end, grid_end)))

    def _add_frame(self, environment: _Environment, rows: Sequence[Span]) -> Span:
        """Add what stands around the grid of a table, its caption above all, which comes whole where it fits; the grid
        with its own beginning and end.
        """
        if environment.name in _GRIDS:
            return Span(environment.start, environment.end)
        bounds = list(_grid_bounds(self.source, environment.inside))
        start = max(bound.start() for bound in bounds if bound[1] and bound.start() < rows[0].start)
        end = next((bound.end() for bound in bounds if not bound[1] and bound.start() >= rows[-1].end), rows[-1].end)
        frame = len(self.parts)
        closing = frame + 3 + len(rows)  # after the grid with its beginning and end
        self.parts.add(environment.start, start, Relation((closing,), section=Span(start, start)))
        return Span(start, end)


def _items(source: str, inside: Span) -> Iterator[Span]:
    """The items of a list, those of lists in it with the one above them."""
    depth = 0
    starts: list[int] = []
    for mark in _ITEM_OR_BOUND.finditer(source, *inside):
        if mark[0] != "\\item":
            depth += 1 if mark[1] else -1
        elif depth == 0:
            starts.append(mark.start())
    for start, end in pairwise([*starts, inside.end]):
        span = trim(source, start, end)
        if span is not None:
            yield Span(*span)


def _grid_bounds(source: str, inside: Span) -> Iterator[re.Match[str]]:
    """The beginnings and ends of grids of cells."""
    return (bound for bound in _BOUND.finditer(source, *inside) if bound[2].rstrip("*") in _GRIDS)


def _body(source: str, environment: _Environment) -> Span:
    """The span of the rows of a table: from the end of the arguments of its grid to the end of the grid."""
    if environment.name in _GRIDS:
        inside = environment.inside
    else:
        opening = next((bound for bound in _grid_bounds(source, environment.inside) if bound[1]), None)
        if opening is None:
            return Span(environment.inside.end, environment.inside.end)
        closing = source.find(f"\\end{{{opening[2]}}}", opening.end(), environment.inside.end)
        inside = Span(opening.end(), closing if closing >= 0 else environment.inside.end)
    arguments = _ARGUMENTS.match(source, *inside)
    return Span(inside.start if arguments is None else arguments.end(), inside.end)


def _rows(source: str, body: Span) -> Iterator[Span]:
    """The rows of a grid, each with the rules below it; those above the first one belong to the beginning."""
    rules = _RULES_HERE.match(source, *body)
    start = body.start if rules is None else rules.end()
    while (row_end := _ROW_END.search(source, start, body.end)) is not None:
        rules = _RULES_HERE.match(source, row_end.end(), body.end)
        span = trim(source, start, row_end.end() if rules is None else rules.end())
        if span is not None:
            yield Span(*span)
        start = row_end.end() if rules is None else rules.end()
    last = trim(source, start, body.end)
    if last is not None:
        yield Span(*last)


def _header_count(source: str, rows: Sequence[Span]) -> int:
    """The number of rows that name the columns: those above the first rule, else one without figures."""
    for number, row in enumerate(rows[:_MAX_HEADER_ROWS], 1):
        if "rule" in source[slice(*row)] or "\\hline" in source[slice(*row)]:
            return number
    return int(bool(rows) and not DIGIT.search(source, *rows[0]))


def _cells(source: str, row: Span) -> Iterator[Span]:
    row_end = _ROW_END.search(source, *row)
    end = row.end if row_end is None else row_end.start()
    starts = [row.start, *(bar.end() for bar in _CELL_END.finditer(source, row.start, end))]
    for start, next_start in pairwise([*starts, end + 1]):
        yield Span(start, max(start, next_start - 1))


def _plain(cell: str) -> str:
    """The text of a cell without its commands."""
    return " ".join(_MARKUP.sub(" ", cell.replace("\\%", "%").replace("\\&", "&")).split())
