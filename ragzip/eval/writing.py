"""Text of other people in tables: in one line, and nothing that a reader of the table would run or render."""

from __future__ import annotations

import html
import unicodedata
from typing import Any

__all__ = ["csv_cell", "markdown_text", "one_line"]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_UNSHOWN = {"Cc", "Cs", "Cn", "Zl", "Zp"}  # control characters, lone surrogates, no characters, line separators


def one_line(text: str) -> str:
    """``text`` without line breaks and other characters that steer a terminal or that XML cannot hold."""
    return "".join(" " if unicodedata.category(c) in _UNSHOWN else c for c in text)


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
