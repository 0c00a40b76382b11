"""Constants of code: a function that uses one says little without its value ("age > MAX_AGE_S")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.formats.code.languages import Language
from ragzip.text.structure.formats.code.tree import CodeNode

__all__ = ["constants"]

_NAME_IN_CAPITALS = pattern_of(r"\b([A-Z][A-Z\d]{0,30}(?:_[A-Z\d]{1,30}){0,6})\b(?: ?:[^=\n]{1,60})?[ \t]*=(?![=>])")
_ANY_NAME = pattern_of(r"^[ \t]*(?:const[ \t]+)?([^\W\d]\w{1,60})(?:[ \t]+\w{1,30})?[ \t]*=(?!=)", re.MULTILINE)
_MIN_CHARACTERS_OF_NAME = 3
_MAX_CHARACTERS = 240  # of the statements that come with what uses a constant of them


def constants(
    layout: str, spans: Sequence[Span], nodes: Sequence[CodeNode], paths: Sequence[tuple[str, ...]], language: Language
) -> dict[str, tuple[int, ...]]:
    """The short statements that give constants of a file or a class their values, by name: the number of the unit.
    Names that several of them have are left out.
    """
    units_by_name: dict[str, tuple[int, ...]] = {}
    for number, (span, node) in enumerate(zip(spans, nodes, strict=True)):
        is_of_function = any(name.startswith("function ") for name in paths[number])
        if node.kind != "statement" or node.bodies or is_of_function or span.end - span.start > _MAX_CHARACTERS:
            continue
        statement = layout[slice(*span)]
        is_of_go = language.name == "go" and statement.lstrip().startswith("const")
        for name in (_ANY_NAME if is_of_go else _NAME_IN_CAPITALS).findall(statement):
            if len(name) >= _MIN_CHARACTERS_OF_NAME:
                units_by_name[name] = (*units_by_name.get(name, ()), number)
    return {name: units for name, units in units_by_name.items() if len(set(units)) == 1}
