"""Text of other people in tables: in one line, and nothing that a reader of the table would run or render."""

from __future__ import annotations

import html
from typing import Any

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["csv_cell", "markdown_text", "one_line", "plot_text"]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# control characters, line separators, lone surrogates, and the two characters that no XML may hold
_UNSHOWN = pattern_of("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def one_line(text: str) -> str:
    """``text`` without line breaks and other characters that steer a terminal or that XML cannot hold."""
    return _UNSHOWN.sub(" ", text)


def markdown_text(text: str) -> str:
    """``text`` that stands in a Markdown table or paragraph as it is: no cell border, no HTML, no link or picture."""
    shown = html.escape(one_line(text), quote=False).replace("\\", "\\\\")
    return shown.replace("|", "\\|").replace("](", "]\\(").replace("`", "\\`")


def csv_cell(value: Any) -> Any:
    """``value``; text that a spreadsheet would take for a formula has an apostrophe before it. Numbers stay numbers."""
    if not isinstance(value, str) or not value.startswith(_FORMULA_STARTS):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def plot_text(text: str) -> str:
    """``text`` in one line that matplotlib shows as it is: no formula, no hidden label, nothing that breaks XML."""
    shown = one_line(text).replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown  # a label with "_" at its beginning is left out of legends
