"""Lists of terms with their definitions: a line of its own, and ": the definition" below, as in Markdown, or indented
lines, as in reStructuredText and manuals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.words import is_unspaced

__all__ = ["Definition", "body_starts", "definition_reading", "definitions", "indented_definitions", "is_one_unit"]

_DEFINITION = pattern_of(r" {0,3}:[ \t]+\S")
_NO_TERM = pattern_of(
    r"[ \t]{0,3}(?:[#>|:<]|\[[^\]\n]{1,80}\]:|[-=*_ ]{3,100}$|[-*+][ \t]|\d{1,3}[.)][ \t]|```|~~~|$)| {4}|\t"
)
_BEFORE_DEFINITION = pattern_of(r"(?:\r\n?|\n)(?:[ \t]*+(?:\r\n?|\n))? {0,3}:[ \t]++")
_BEFORE_BODY = pattern_of(r"[^\S\r\n]{0,99}[\r\n]\s*")
_BODY = pattern_of(r"(?: {2,12}|\t)(?![-*+•–|>#.:]|\(?\w{1,3}[.)]\s)\S")  # further in, and no item
_NO_NAME = pattern_of(r".*(?:[:：({\[=\\]$| {2}|\t)|[^-].*, |[^\w`*'\"«“(/$<-]")  # of a label, a bracket, a row
_MAX_NAME_WORDS = 6
_FENCE = pattern_of(r" {0,3}(```+|~~~+)")
_MAX_WORDS_OF_UNIT = 60
_SCRIPT_CHARACTERS = 200  # of an entry, which tell whether its words stand without blanks between them
_MAX_TERMS, _MAX_TERM_CHARACTERS = 4, 100


class Definition(NamedTuple):
    """The lines of an entry, by number: terms from ``first`` on, definitions from ``body`` to before ``end``."""

    first: int
    body: int
    end: int


def definitions(lines: Sequence[str]) -> Iterator[Definition]:
    """The entries among ``lines``, outside of fences."""
    fence = ""
    number = first_free = 0
    while number < len(lines):
        mark = _FENCE.match(lines[number])
        if mark is not None and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        if fence or not _DEFINITION.match(lines[number]):
            number += 1
            continue
        first = _first_term(lines, first_free, number)
        if first is None:
            number += 1
            continue
        first_free = end = _end(lines, number + 1)
        yield Definition(first, number, end)
        number = end


def indented_definitions(lines: Sequence[str]) -> list[Definition]:
    """The entries among ``lines``, at least two in a row, whose definitions are indented."""
    entries: list[Definition] = []
    number = 1
    while number < len(lines):
        first = number - 1
        if _begins_body(lines[number]) and _is_name(lines, first, entries[-1].end if entries else 0):
            number = _end_of_body(lines, number)
            entries.append(Definition(first, first + 1, number))
        number += 1
    follows = [not "".join(lines[entry.end : after.first]).strip() for entry, after in pairwise(entries)]
    return [entry for number, entry in enumerate(entries) if any(follows[max(0, number - 1) : number + 1])]


def _begins_body(line: str) -> bool:
    """Whether a line may begin a definition below a term: a wrapped line goes on in small letters."""
    return _BODY.match(line) is not None and not line.lstrip()[0].islower()


def _is_name(lines: Sequence[str], number: int, first_free: int) -> bool:
    """Whether a line is a short term by itself, after a blank line or another entry."""
    line = lines[number]
    if number < first_free or not _is_term(line) or line[0].isspace() or _NO_NAME.match(line.rstrip()):
        return False
    is_apart = not number or number == first_free or not lines[number - 1].strip()
    return is_apart and len(line.split()) <= _MAX_NAME_WORDS


def _end_of_body(lines: Sequence[str], number: int) -> int:
    """The number of the line after the indented ones."""
    end = number
    while number < len(lines) and (not lines[number].strip() or lines[number][0] in " \t"):
        number += 1
        if lines[number - 1].strip():
            end = number
    return end


def body_starts(lines: Sequence[str]) -> list[int]:
    """The numbers of the lines of an entry that begin a definition, or, further in, a paragraph of it."""
    starts = [number for number, line in enumerate(lines) if _DEFINITION.match(line)]
    return starts or [
        number
        for number, line in enumerate(lines)
        if number and line.strip() and (number == 1 or not lines[number - 1].strip())
    ]


def is_one_unit(entry: str) -> bool:
    """Whether terms and what defines them are short enough to be kept or dropped together."""
    return len(entry.split()) <= _MAX_WORDS_OF_UNIT and len(entry) <= _most_characters(entry)


def _most_characters(entry: str) -> int:
    """The characters that a unit in the script of ``entry`` may have; where words have no blanks, they are few."""
    return _MAX_WORDS_OF_UNIT * (2 if any(map(is_unspaced, entry[:_SCRIPT_CHARACTERS])) else 12)


def definition_reading(entry: str) -> str:
    """The text that a model reads in place of terms with their definition: "Term: what it means"."""
    reading = _BEFORE_DEFINITION.sub(": ", entry)
    return _BEFORE_BODY.sub(": ", reading, count=1) if reading == entry else reading


def _first_term(lines: Sequence[str], first_free: int, body: int) -> int | None:
    """The number of the first term that the line ``body`` defines; None where there is none."""
    last = body - 1
    if last >= first_free and not lines[last].strip():
        last -= 1
    first = last + 1
    while first > max(first_free, last + 1 - _MAX_TERMS) and _is_term(lines[first - 1]):
        first -= 1
    is_whole = first == first_free or not lines[first - 1].strip() if first <= last else False
    return first if is_whole else None


def _is_term(line: str) -> bool:
    content = line.strip()  # also of blanks that are no spaces
    return (
        bool(content) and len(line) <= _MAX_TERM_CHARACTERS and not _NO_TERM.match(line) and content[-1] not in ".!?;,"
    )


def _end(lines: Sequence[str], number: int) -> int:
    """The first line after the definitions of a term; the first definition continues at line ``number``."""
    end = number
    while number < len(lines):
        line = lines[number]
        if not line.strip():
            number += 1
            continue
        is_apart = number > end
        is_further = _DEFINITION.match(line) is not None or line.startswith(("  ", "\t"))
        if not is_further and (is_apart or _begins_entry(lines, number)):
            break
        number += 1
        end = number
    return end


def _begins_entry(lines: Sequence[str], number: int) -> bool:
    """Whether lines from ``number`` on, right below a definition, are terms of the next one."""
    for below in range(number, min(len(lines), number + _MAX_TERMS + 1)):
        if _DEFINITION.match(lines[below]):
            return below > number
        is_last = not lines[below].strip() and below > number and lines[below - 1].strip()
        if not (is_last or _is_term(lines[below])):
            break
    return _NO_TERM.match(lines[number]) is not None
