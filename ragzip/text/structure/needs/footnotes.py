"""Footnotes in a text, and what has their marks: "Abrol 20 mg*" with "* Half the dose above the age of 70."."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import StructuredUnit

__all__ = ["footnotes"]

_MARK = pattern_of(  # no "m²", no "10³"
    r"(?<![^\W\d_])(?<!\d)[¹²³⁴-⁹]+|(?<=[^\W\d_]{3})[¹²³⁴-⁹]+|[†‡]+|(?<=[\w)%€$£.])\\?\*{1,3}(?=[\s|,;.:)]|$)"
)
_MARK_OF_NOTE = pattern_of(r"\\?(?P<mark>[¹²³⁴-⁹†‡]+|\*{1,3})(?=[ \t]?[^\s*])")
_ASTERISKS = pattern_of(r"\*{1,3}")
_MAX_NOTE_WORDS = 40


def footnotes(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """What has the mark of a footnote with that, and a footnote with the only unit that has its mark, by place."""
    notes = _notes(source, units)
    if not notes:
        return
    marked: defaultdict[int, list[int]] = defaultdict(list)  # by the place of the note
    for number, unit in enumerate(units):
        asterisks = Counter(_ASTERISKS.findall(source, unit.start, unit.end))
        for match in _MARK.finditer(source, unit.start + 1, unit.end):
            mark = match.group().lstrip("\\")
            note = notes.get(mark)
            is_emphasis = mark[0] == "*" and asterisks[mark] > 1
            if note is not None and note > number and not is_emphasis and number not in marked[note]:
                marked[note].append(number)
    for note, numbers in marked.items():
        yield from ((number, note) for number in numbers)
        if len(numbers) == 1:
            yield note, numbers[0]


def _notes(source: str, units: Sequence[StructuredUnit]) -> dict[str, int]:
    """The place of the footnote with each mark; asterisks before several units are of a list."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for number, unit in enumerate(units):
        match = _MARK_OF_NOTE.match(source, unit.start, unit.end)
        if match is not None and len(source[unit.start : unit.end].split()) <= _MAX_NOTE_WORDS:
            places[match["mark"]].append(number)
    return {mark: numbers[0] for mark, numbers in places.items() if mark[0] != "*" or len(numbers) == 1}
