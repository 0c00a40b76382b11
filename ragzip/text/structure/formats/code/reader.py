"""The reader of code."""

from __future__ import annotations

import re
from functools import partial

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import Structure
from ragzip.text.structure.formats.code.braces import brace_nodes
from ragzip.text.structure.formats.code.copied import sql_nodes
from ragzip.text.structure.formats.code.form import CodeForm, CodeUnits
from ragzip.text.structure.formats.code.guess import language_of
from ragzip.text.structure.formats.code.languages import Language, language_named
from ragzip.text.structure.formats.code.lines import line_nodes
from ragzip.text.structure.formats.code.tree import CodeNode
from ragzip.text.structure.formats.code.units import structured_units, unit_table
from ragzip.text.structure.formats.code.values import value_nodes

__all__ = ["read", "recognises"]

_NUMBER = pattern_of(r"^[ ]{0,8}\d{1,7}(?:\t|→|: |\| )", re.MULTILINE)


def recognises(source: str) -> bool:
    """Whether a text of an unknown type is surely code."""
    return language_of(without_numbers(source).replace("\0", "")) is not None


def read(source: str, language: str | None = None, longest_unit: int | None = None) -> Structure | None:
    """The structure of code; None of a text in no language that is known.

    :param language: its name (None: by the text).
    :param longest_unit: characters of the longest class or function that is one unit.
    """
    layout = without_numbers(source)
    known = language_named(language) if language else language_of(layout.replace("\0", ""))
    if known is None:
        return None
    table = unit_table(_nodes(layout, known, longest_unit))
    units = tuple(structured_units(layout, table, known))
    if all(unit.relation.section is not None for unit in units):  # nothing but comments
        return None
    comments = frozenset(number for number, node in enumerate(table.nodes) if node.kind == "comment")
    code_units = CodeUnits(table.spans, table.frames, table.heads, comments)
    form = CodeForm(source, layout, code_units, known.mark, longest_unit)
    return Structure("code", units, form, opened=partial(read, source, language))


def without_numbers(source: str) -> str:
    """``source``, the numbers before its lines as NUL characters; as it is where its lines have none."""
    line_count = source.count("\n") + 1
    first_line = _NUMBER.match(source)
    if first_line is None or len(_NUMBER.findall(source)) < line_count - 1:
        return source
    return _NUMBER.sub(lambda number: "\0" * len(number.group()), source)


def _nodes(layout: str, language: Language, longest_unit: int | None) -> list[CodeNode]:
    """The statements and blocks of a text."""
    if language.name == "sql":
        return sql_nodes(layout, language, longest_unit)
    if language.name == "json5":
        return value_nodes(layout, language, longest_unit)
    read_nodes = brace_nodes if language.family == "braces" else line_nodes
    return read_nodes(layout, language, longest_unit)
