"""Lists of terms with their definitions, as Markdown has them: a line of its own, and ":   what it means" below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.words import is_unspaced

__all__ = ["Definition", "definition_reading", "definitions", "is_definition", "is_one_unit"]

_DEFINITION = pattern_of(r" {0,3}:[ \t]+\S")
_NO_TERM = pattern_of(
    r"[ \t]{0,3}(?:[#>|:<]|\[[^\]\n]{1,80}\]:|[-=*_ ]{3,100}$|[-*+][ \t]|\d{1,3}[.)][ \t]|```|~~~|$)| {4}|\t"
)
_BEFORE_DEFINITION = pattern_of(r"(?:\r\n?|\n)(?:[ \t]*+(?:\r\n?|\n))? {0,3}:[ \t]++")
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


def is_definition(line: str) -> bool:
    """Whether a line begins a definition of the terms above it."""
    return _DEFINITION.match(line) is not None


def is_one_unit(entry: str) -> bool:
    """Whether terms and what defines them are short enough to be kept or dropped together."""
    return len(entry.split()) <= _MAX_WORDS_OF_UNIT and len(entry) <= _most_characters(entry)


def _most_characters(entry: str) -> int:
    """The characters that a unit in the script of ``entry`` may have; where words have no blanks, they are few."""
    return _MAX_WORDS_OF_UNIT * (2 if any(map(is_unspaced, entry[:_SCRIPT_CHARACTERS])) else 12)


def definition_reading(entry: str) -> str:
    """What a model reads of terms with what defines them: "Term: what it means"."""
    return _BEFORE_DEFINITION.sub(": ", entry)


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
    """The number of the line after the definitions the first of which goes on at line ``number``."""
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
