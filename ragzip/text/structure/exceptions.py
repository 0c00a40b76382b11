"""What takes back something of the item of a list, the list or the paragraph above it."""

from __future__ import annotations

import re

from ragzip.text.patterns import GOVERNING

__all__ = ["EXCEPTIONS", "begins_with_exception"]

EXCEPTIONS = re.compile(  # a paragraph that takes back something of the list or paragraph above it
    r"(?:the )?(?:only )?exceptions?(?:\s?:| (?:is|are|to this)\b)|(?:die )?(?:einzige )?ausnahmen?\s?:"
    r"|(?:la )?excepci(?:ón|ones)\s?:|eccezion[ei]\s?:|exceç(?:ão|ões)\s?:|uitzondering(?:en)?\s?:|undantag\s?:"
    r"|this (?:list|rule|ban) does not apply\b|(?:例外|但書)",
    re.IGNORECASE,
)
_MARKER = re.compile(r"(?:[-*+•–][ \t]{1,4}|\d{1,3}[.)][ \t]{1,4})?[(*_]{0,3}")
_NOT_FOR = re.compile(r"(?:not (?:for|on|in)|nicht für|with the exception)\b", re.IGNORECASE)


def begins_with_exception(text: str, start: int = 0) -> bool:
    """Whether an item of ``text`` that begins at ``start`` says what is excepted: "- except fruit"."""
    marker = _MARKER.match(text, start)
    words_start = start if marker is None else marker.end()
    return any(pattern.match(text, words_start) for pattern in (GOVERNING["exception"], _NOT_FOR))
