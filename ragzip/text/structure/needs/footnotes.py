"""Footnotes and legends: the text below that a mark in a row or a sentence refers to. A price is not what it seems
without its "*", and "B" is no state without its legend.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.transitive import reached

__all__ = ["footnotes", "with_footnotes"]

_MAX_NOTE_WORDS = 40
_NUMBER = r"\d{1,2}"
_SYMBOL = rf"(?:{_NUMBER}|[a-h])"  # in brackets: letters in the tables of annual reports
_STARS = r"(?:\\?\*){1,3}"  # with the backslash that Markdown wants before a star
_NOTE = pattern_of(
    rf"(?P<raised>[¹²³⁴-⁹†‡]+)|(?P<stars>{_STARS})[ \t]?[^\W_]"
    rf"|\((?P<inside>{_SYMBOL})\)[ \t]+\S|\[(?P<boxed>{_SYMBOL})\][ \t]+\S|(?P<before>{_NUMBER})\)[ \t]+\S"
)
_RAISED_MARK = pattern_of(r"(?<![^\W\d_])(?<!\d)[¹²³⁴-⁹]+|(?<=[^\W\d_]{3})[¹²³⁴-⁹]+")  # no "m²", no "10³"
_DAGGER = pattern_of(r"[†‡]+")
_STAR_MARK = pattern_of(rf"(?<=[\w)%€$£.!?\"']){_STARS}(?![\w*])")
_EMPHASIS = pattern_of(r"(?<![\w*\\)%.])\*{1,3}(?=[^\s*])")  # opens there: its end is no mark
_MARK_OF_CELL = pattern_of(  # "25 1)", "19 EUR (1)", "24/7²", at the end of a cell
    r"(?<=[^\s(\[])[ \t]?"
    rf"(?:(?<=\d)(?P<raised>[¹²³⁴-⁹]+)|\((?P<inside>{_SYMBOL})\)|\[(?P<boxed>{_SYMBOL})\]"
    rf"|(?<=[ \t])(?P<before>{_NUMBER})\))"
    r"(?=[ \t]{2,}|[ \t]?\t|[ \t]?\||[ \t]?\r?\n|\Z)"
)
_SIGN = r"(?:[A-Z][A-Za-z]?|[A-Z]{3}|[a-z]|[A-Z]\d|[○●◐☆★✓✔✗✘×+–—-]{1,3})"
_PAIR = rf"{_SIGN}[ \t]?=[ \t]?[^\W\d_][^=\n]{{2,80}}"
_LEGEND = pattern_of(rf"(?:[^\W\d_]{{3,20}}:[ \t])?{_PAIR}(?:[,;.|·][ \t]{{0,3}}{_PAIR})*$")  # "D = done, B = blocked"
_EXPLAINED = pattern_of(rf"(?<![^\s,;.|·:])({_SIGN})[ \t]?=")
_BEFORE_LETTERS = pattern_of(r"[^\W\d_]{3,20}:[ \t]")  # "Allergens: A gluten, C egg, G milk"
_BETWEEN_LETTERS = pattern_of(r"[ \t]{2,}|[ \t]?[,;|·][ \t]?|\t")
_LETTER = pattern_of(r"([A-Z]\d?)[ \t:.)–-]{1,3}[^\W\d_][^\n]{1,60}")
_MIN_LETTERS = 3
_WORD_OF_ROW = pattern_of(r"[^\s|,;/]+")
_MAX_LEGEND_CHARACTERS = 240
_MAX_ROWS_ABOVE = 200
_RAISED_DIGITS = str.maketrans("¹²³⁴⁵⁶⁷⁸⁹", "123456789")


def footnotes(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Units with a mark, each with the note that it refers to, and a note with its unit, where it has only one."""
    notes: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for number, unit in enumerate(units):
        mark = _NOTE.match(source, unit.start, unit.end)
        if mark is not None and len(source[unit.start : unit.end].split()) <= _MAX_NOTE_WORDS:
            counts[_key(mark[mark.lastgroup or 0])] += 1
            notes.setdefault(_key(mark[mark.lastgroup or 0]), number)
    references: defaultdict[int, list[int]] = defaultdict(list)
    for number, unit in enumerate(units) if notes else ():
        for key in _marks(source, unit):
            note = notes.get(key)
            is_list = key.startswith("*") and counts[key] > 1  # of items with stars before them
            if note is not None and note > number and not is_list:
                references[note].append(number)
    yield from _legends(source, units)
    for note, referring_units in references.items():
        yield from ((number, note) for number in referring_units)
        if len(set(referring_units)) == 1:
            yield note, referring_units[0]


def _legends(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Rows with a sign in a cell of its own, each with the line below the table that explains the sign."""
    for place, legend in enumerate(units):
        signs = _signs(source[legend.start : legend.end])
        for number in range(max(0, place - _MAX_ROWS_ABOVE), place) if signs else ():
            unit = units[number]
            row = source[unit.start : unit.end] if unit.is_record else ""
            if not signs.isdisjoint(_WORD_OF_ROW.findall(row)) and not _LEGEND.match(row):
                yield number, place


def _signs(legend: str) -> frozenset[str]:
    """The signs that a line explains; none of one that is no legend."""
    if len(legend) > _MAX_LEGEND_CHARACTERS:
        return frozenset()
    if _LEGEND.match(legend):
        return frozenset(match[1] for match in _EXPLAINED.finditer(legend))
    before = _BEFORE_LETTERS.match(legend)
    listed = legend[before.end() :] if before else legend
    pieces = _BETWEEN_LETTERS.split(listed)
    letters = [letter[1] for piece in pieces if (letter := _LETTER.fullmatch(piece)) is not None]
    is_list = len(pieces) == len(letters) >= _MIN_LETTERS and letters == sorted(set(letters))
    return frozenset(letters if is_list else ())


def with_footnotes(source: str, units: Sequence[StructuredUnit]) -> list[StructuredUnit]:
    """``units`` of a table that need their footnotes, and these what has their marks."""
    needs = [list(unit.relation.needs) for unit in units]
    for number, needed_unit in footnotes(source, units):
        needs[number].append(needed_unit)
    return [
        unit if len(needs[number]) == len(unit.relation.needs) else unit.related(needs=reached(number, needs))
        for number, unit in enumerate(units)
    ]


def _marks(source: str, unit: StructuredUnit) -> Iterator[str]:
    """The marks in a unit, but for one that it begins with; numbers in brackets only of rows: prose has citations."""
    start, end = unit.start + 1, unit.end
    for pattern in (_RAISED_MARK, _DAGGER):
        yield from (_key(match[0]) for match in pattern.finditer(source, start, end))
    if not _EMPHASIS.search(source, unit.start, end):
        yield from (_key(match[0]) for match in _STAR_MARK.finditer(source, start, end))
    if unit.is_record:
        row = source[unit.start : end]  # ends where the row does
        yield from (_key(match[match.lastgroup or 0]) for match in _MARK_OF_CELL.finditer(row, 1))


def _key(mark: str) -> str:
    """A mark without its notation: ¹, 1) and (1) are one."""
    return mark.replace("\\", "").translate(_RAISED_DIGITS)
