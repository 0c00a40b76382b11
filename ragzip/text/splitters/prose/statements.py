"""The part of an English sentence that can stand by itself and has the meaning of the sentence.

For a budget that cannot hold the sentence: "The pumps were not replaced, since the inspection found no cracks" says
that the pumps were not replaced. A condition, an exception or a doubt stays with what it is about, and so does a clause
with "which", "where" or "although", in which it may be: such sentences have no part.
"""

from __future__ import annotations

import re

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span

__all__ = ["main_statement"]

_MIN_WORDS = 4
_MAX_FRAME_CHARACTERS = 80
_REASON = pattern_of(r",\s+(?:since|because)\s+(?!if\b|long\b|far\b)[^,;:()\"“”]+$")  # at the end: why it is so
_FRAME = pattern_of(  # "The council therefore decided on 3 August that …": who said so, and when, is left out
    r"(?:The|Our)\s(?:[a-z]+\s){1,3}?(?:therefore\s|then\s)?(?:decided|ruled|ordered|resolved)\b"
    r"[^,;:()\"“”?]{0,30}?\sthat\s+(?=\S)"
)
_LIMIT = pattern_of(  # what would be wrong without the rest, or is said to be wrong
    r"\b(?:if|unless|except|until|only|provided|whether|neither|either|deny|denied|doubt\w*|claim\w*|allege\w*|perhaps|"
    r"reportedly|false|falsely|mistaken\w*|wrong\w*|hardly|suppose\w*)\b",
    re.IGNORECASE,
)
_NEGATION = pattern_of(r"\b(?:not|no|never|none|nobody|cannot)\b|n['’]t\b", re.IGNORECASE)


def main_statement(text: str, start: int, end: int) -> Span | None:
    """The span of the shortest part of ``text[start:end]``, a sentence, that says the same; None if there is none."""
    sentence = text[start:end]
    sentence_end = statement_end = len(sentence.rstrip(" .\n"))
    if sentence_end == len(sentence) or _LIMIT.search(sentence):  # no statement: a heading, a question, a quotation
        return None
    reason = _REASON.search(sentence[:sentence_end])
    if reason is not None:
        statement_end = reason.start()
    statement_start = 0
    frame = _FRAME.match(sentence, 0, statement_end)
    if frame is not None and frame.end() <= _MAX_FRAME_CHARACTERS and not _NEGATION.search(frame.group()):
        statement_start = frame.end()
    is_whole = statement_start == 0 and statement_end == sentence_end
    if is_whole or len(sentence[statement_start:statement_end].split()) < _MIN_WORDS:
        return None
    if statement_end == sentence_end:  # with its full stop: another sentence may follow
        statement_end = len(sentence.rstrip())
    return Span(start + statement_start, start + statement_end)
