"""Output of code in Markdown: the block right below the code, as notebooks and tutorials have it. It needs the code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.parts import with_needs

__all__ = ["with_code_above"]

_CODE = pattern_of(
    r"(?:```+|~~~+)[ \t]*\{?\.?(?!(?:text|txt|plain|plaintext|output|out|console|result|stdout|log|none)\b)[A-Za-z]"
)
_OUTPUT = pattern_of(
    r"(?:```+|~~~+)[ \t]*(?:\{?\.?(?:text|txt|plain|plaintext|output|out|console|result|stdout|none)\b[^\n]*)?\r?\n"
)
_LEAD_IN = pattern_of(  # "Output:", "This prints:"
    r"(?:the |this |it |which |and )?(?:outputs?|results?|prints?|returns?|gives?|yields?|shows?|ausgabe|ergebnis"
    r"|sortie|résultat|salida|resultado|risultato)(?: is)? ?:$",
    re.IGNORECASE,
)
_INDENT_OF_CODE = 4


def with_code_above(source: str, units: Sequence[StructuredUnit]) -> list[StructuredUnit]:
    """The units, of which those with the output of the code right above them need it."""
    related = list(units)
    code: int | None = None
    for number, (before, unit) in enumerate(pairwise(units), 1):
        if _CODE.match(source, before.start, before.end):
            code = number - 1
        elif code is not None and not _LEAD_IN.match(source, before.start, before.end):
            code = None
        if code is None:
            continue
        is_lead_in = code == number - 1 and _LEAD_IN.match(source, unit.start, unit.end) is not None
        if is_lead_in or _is_output(source, units[code], unit):
            related[number] = with_needs(related[number], (*units[code].relation.needs, code))
    return related


def _is_output(source: str, code: StructuredUnit, unit: StructuredUnit) -> bool:
    """Whether a block is no code of its own: a fence without a language, or indented lines."""
    if _OUTPUT.match(source, unit.start, unit.end):
        return True
    indent = _indent(source, unit.start)
    return indent is not None and indent >= (_indent(source, code.start) or 0) + _INDENT_OF_CODE


def _indent(source: str, start: int) -> int | None:
    """The columns before a unit on its line; None where other text stands there."""
    before = source[source.rfind("\n", 0, start) + 1 : start]
    return None if before.strip() else len(before.expandtabs(_INDENT_OF_CODE))
