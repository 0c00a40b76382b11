"""Lists in statements of SQL: the columns of a table, and the rows that are inserted into one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.formats.code.tokens import CodeToken

__all__ = ["SqlList", "list_of"]

_QUOTES = pattern_of(r"[`\"\[\]]")
_NAME = r"[\w.`\"\[\]]{1,200}"
_TABLE = pattern_of(
    rf"create\s(?:\w{{1,20}}\s){{0,3}}?table\s(?:if\snot\sexists\s)?(?P<name>{_NAME})\s*+\(", re.IGNORECASE
)
_ROWS = pattern_of(
    rf"(?:insert|replace)\s[^();]{{0,40}}?\binto\s(?P<name>{_NAME}(?:\s*+\([^()]*+\))?)\s*+values\b\s*+", re.IGNORECASE
)


class SqlList(NamedTuple):
    """The list in a statement: the name of its table, with the columns that the statement names, its first token and
    that after its last one, and its span.
    """

    name: str
    first: int
    after: int
    span: Span


def list_of(
    source: str, code: Span, tokens: Sequence[CodeToken], partners: Mapping[int, int], first: int, after: int
) -> SqlList | None:
    """The columns or rows in the statement ``code``; None where it has no such list.

    :param first: the first of its tokens; ``after``: that after the last one.
    """
    opening = _TABLE.match(source, *code) or _ROWS.match(source, *code)
    if opening is None:
        return None
    is_table = source[opening.end() - 1] == "("
    name = _QUOTES.sub("", opening["name"])
    number = next((number for number in range(first, after) if tokens[number].start >= opening.end() - is_table), after)
    if not is_table:
        is_ended = after > number and tokens[after - 1].kind == ";"
        end = tokens[after - 1].start if is_ended else code.end
        return SqlList(name, number, after - is_ended, Span(opening.end(), end)) if number < after else None
    closing = partners.get(number)
    return None if closing is None else SqlList(name, number + 1, closing, Span(opening.end(), tokens[closing].start))
