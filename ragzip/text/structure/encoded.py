"""Files that are written out in letters and digits (base64): pictures in pages, attachments of mail."""

from __future__ import annotations

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span

__all__ = ["ENCODED", "encoded_data"]

ENCODED = pattern_of(  # a long run of letters and digits, or lines of them, as attachments have
    r"(?>(?:data:[\w/+.;=-]*+,)?)(?:[A-Za-z0-9+/_-]{200,}+={0,2}"
    r"|(?>(?:[A-Za-z0-9+/]{56,}+={0,2}[ \t]*+\r?\n[ \t]*+){2,})(?>(?:[A-Za-z0-9+/]{4,}+={0,2}(?!\S))?))"
)
_MIXED = pattern_of(r"(?=[^a-z]*+[a-z])(?=[^A-Z]*+[A-Z])[^\d]*+\d")  # what no rule and no long word is


def encoded_data(source: str) -> list[Span]:
    """The spans of pictures and other files that are written out in letters and digits (base64)."""
    return [Span(*match.span()) for match in ENCODED.finditer(source) if _MIXED.match(match[0])]
