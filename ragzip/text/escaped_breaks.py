r"""Line breaks that a text spells out: ``\n`` as two characters, as exports and logs escape it, and ``<br>``."""

from __future__ import annotations

import re

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["with_line_breaks"]

_TAG = r"<br\s?/?>|&nbsp;|(?<=[.!?])\u200b"
_SURE_BREAK = pattern_of(r"\\n(?=\\[nrt]|[^\\\sa-z]|\s*\Z|\s+[^\\\sa-z])")  # no path, and no command of LaTeX
_BREAK = pattern_of(rf"(?:\\r)?\\n(?![a-z])|(?<=[^\w:\\])(?:\\r)?\\n|(?<=\\n)\\n|\\t(?=[^\\a-z])|{_TAG}", re.IGNORECASE)
_MIN_SURE_BREAKS = 2


def with_line_breaks(text: str) -> str:
    """``text`` with line breaks and blanks, each in as many characters, where it spells them out."""
    has_tags = "<br" in text or "<BR" in text or "&nbsp;" in text or "\u200b" in text
    has_escapes = "\\n" in text and len(_SURE_BREAK.findall(text)) >= _MIN_SURE_BREAKS
    if not has_tags and not has_escapes:
        return text

    def blank(escaped: re.Match[str]) -> str:
        sequence = escaped.group()
        if not has_escapes and sequence.startswith("\\"):
            return sequence
        is_break = sequence.casefold().startswith(("\\n", "\\r", "<br"))
        return " " * (len(sequence) - 1) + ("\n" if is_break else " ")

    return _BREAK.sub(blank, text)
