"""The numbers of lines beside code, which are not in it."""

from __future__ import annotations

import re

from ragzip.pages.attributes import attributes
from ragzip.pages.parse import Node, names
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["is_line_number"]

_ELEMENTS = names("a div i li span td th")  # the class of a pre says that scripts number its lines
_MAY_NUMBER = pattern_of(r"line-?n|gutter|\blnt?d?\b|hljs-ln|blob-num", re.IGNORECASE)
_NUMBERS = pattern_of(
    r"(?<![\w-])(?:(?:\w{1,20}-)?gutter|line-?nos?|linenodiv|line-?numbers(?:-wrapper)?|lntd?|(?:diff|old|new)-?line-num"
    r"|hljs-ln-numbers|react-syntax-highlighter-line-number|blob-num)(?![\w-])",
    re.IGNORECASE,
)
_NUMBERS_IN_CODE = pattern_of(r"(?<![\w-])(?:line-?num(?:ber)?|ln(?:-num)?)(?![\w-])", re.IGNORECASE)  # or of a bus
_NO_TEXT_BUT_NUMBERS = r"(?>(?:[\s\d]++|&nbsp;|<(?!/?{name}\b)[^<>]*+>)*)</{name}\b"  # none is read twice


def is_line_number(node: Node, source: str, *, is_in_code: bool) -> bool:
    """Whether an element holds the numbers of lines of code, or shows them by other means, and nothing else."""
    if node.name not in _ELEMENTS or _MAY_NUMBER.search(source, node.start, node.opened) is None:
        return False
    label = attributes(node, source).get("class", "")
    if _NUMBERS.search(label) is None and not (is_in_code and _NUMBERS_IN_CODE.search(label)):
        return False
    numbers = re.compile(_NO_TEXT_BUT_NUMBERS.format(name=re.escape(node.name)), re.IGNORECASE)
    return numbers.match(source, node.opened) is not None
