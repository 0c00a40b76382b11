"""Statements typed at the prompt of an interpreter: the names of what they print, and the values that they assign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.formats.blocks.tree import BlockLine

__all__ = ["assignments", "is_bare_prompt", "names_above"]

_PROMPT = r"(?:>{1,3}|In \[\d{1,4}\]:|\((?:gdb|lldb|i?[Pp]db)\)|[\w()]{1,20}(?::\d{1,6}){0,2}>)"
_BARE_PROMPT = pattern_of(_PROMPT + "$")
_NAME = r"(?P<name>[^\W\d][\w.]{0,60})"
_ASSIGNS = pattern_of(rf"{_PROMPT} (?:let |const |var |val )?{_NAME} ?(?:<-|=(?!=)|:=)")
_PRINTS = pattern_of(rf"{_PROMPT} (?:print\(|head\(|puts |p |print )?{_NAME}\)?;?$")
_FIGURE = pattern_of(r"(?<![^\W\d_])\d(?!\d{0,4}\]:$)")  # not of "Out[5]:"
_NUMBER = pattern_of(r"(?<![^\s(])[-+]?\d[\d.,]*(?:e[-+]?\d{1,4})?(?![^\s);])")  # not of "1st Qu." and "90%"
_MAX_LINES_OF_NAMES = 3  # above figures


def is_bare_prompt(text: str) -> bool:
    """Whether a line is a prompt with nothing after it."""
    return _BARE_PROMPT.match(text) is not None


def names_above(lines: Sequence[BlockLine]) -> list[BlockLine]:
    """The first of some printed lines that name the figures below them: those without a figure, or, above one with
    numbers, without a number.
    """
    sample = lines[: _MAX_LINES_OF_NAMES + 1]
    has_numbers = any(_NUMBER.search(line.text) for line in sample)
    pattern = _NUMBER if has_numbers else _FIGURE
    return list(takewhile(lambda line: not pattern.search(line.text), sample[:_MAX_LINES_OF_NAMES]))


def assignments(statements: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The statements that only print what has a name, each with the last one before it that assigns that name, by
    number: "> rate" and "> rate <- mean(late)".
    """
    number_by_name: dict[str, int] = {}
    for number, statement in enumerate(statements):
        if assignment := _ASSIGNS.match(statement):
            number_by_name[assignment["name"]] = number
        elif (print_match := _PRINTS.match(statement)) and print_match["name"] in number_by_name:
            yield number, number_by_name[print_match["name"]]
