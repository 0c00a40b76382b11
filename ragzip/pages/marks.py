"""Marks in plain text for what stands above, below and beside the line: 10^3, x_max, 1/2, a reading in brackets."""

from __future__ import annotations

from ragzip.pages.elements import FORMULA_PARTS
from ragzip.pages.page import Page
from ragzip.pages.parse import Node
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["marks"]

_SIMPLE = pattern_of(r"[+\-−]?\w+\Z")
_SIGNED = pattern_of(r"[+\-−]\w\Z")  # of several elements
_MAX_RAISED_RUNS = 8  # of an exponent or index
_MARKS_OF_CHILDREN = {
    "mfrac": ("", "/"),
    "mover": ("", "^"),
    "mroot": ("√", "_"),
    "msub": ("", "_"),
    "msubsup": ("", "_", "^"),
    "msup": ("", "^"),
    "munder": ("", "_"),
    "munderover": ("", "_", "^"),
}


def marks(page: Page, node: Node) -> tuple[str, str]:
    """The signs that are written before and after the text of a raised element; none in CO2 and x1."""
    if node.name == "rt":
        return "(", ")"
    mark = _mark(page, node)
    is_bracketed = node.name == "mfrac" or (bool(mark or _is_base(node)) and not _is_simple(page, node, mark))
    return (f"{mark}(", ")") if is_bracketed else (mark, "")


def _is_base(node: Node) -> bool:
    """Whether something that is raised or lowered belongs to an element of a formula."""
    return node.parent is not None and node.parent.name in _MARKS_OF_CHILDREN


def _is_simple(page: Page, node: Node, mark: str) -> bool:
    """Whether an element with this mark is read as one without brackets."""
    inner = _inner(page, node)
    is_formula = node.name not in ("sub", "sup")
    if is_formula and node.last - node.first > 1:
        return _SIGNED.match(inner) is not None or (not mark and inner.startswith("("))
    return _SIMPLE.match(inner) is not None


def _mark(page: Page, node: Node) -> str:
    if node.name == "sup":
        return "^"
    if node.name == "sub":
        return "" if _is_plain_index(page, node) else "_"
    parent = node.parent
    mark = ""
    if parent is not None and parent.name in FORMULA_PARTS:
        marks_of_children = _MARKS_OF_CHILDREN.get(parent.name, ())
        place = _place(node)
        mark = marks_of_children[place] if place < len(marks_of_children) else ""
    return f"{mark}√" if node.name == "msqrt" else mark


def _is_plain_index(page: Page, node: Node) -> bool:
    source = page.source
    follows_letter = source[node.start - 1 : node.start].isalpha()
    precedes_digit = source[node.end : node.end + 1].isdecimal()
    return follows_letter and _inner(page, node).isdecimal() and not precedes_digit


def _place(node: Node) -> int:
    """The number of elements before one in the same part of a formula, 3 for more."""
    place, before = 0, node.previous
    while before is not None and place < 3:
        place, before = place + 1, before.previous
    return place


def _inner(page: Page, node: Node) -> str:
    """The text of a raised or lowered element; "" for a long one, as these may be nested."""
    if node.last - node.first > _MAX_RAISED_RUNS:
        return ""
    return page.text(*page.span(node))
