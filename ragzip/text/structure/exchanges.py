"""Questions in talk with their replies: a question alone lets another reply be read as its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

__all__ = ["Remark", "exchanges", "is_question"]

_QUESTION = re.compile(r"[?？؟][\"'”’»)\]*_\s]{0,4}$")
_MEDIA_NOTE = re.compile(  # in the place of a picture or a file; brackets and signs without a word
    r"\u200e?(?:<[^<>\n]{1,80}>|\[[^\[\]\n]{1,80}\]|\([^()\n]{1,80}\)|[^\w\n?？؟]{1,40}"
    r"|(?:image|video|audio|sticker|gif|document|contact card|bild|audio|imagen|immagine|imagem)"
    r" (?:omitted|weggelassen|omitid[oa]|omess[oa]|ocultad[oa])|\S{1,80} \(file attached\)"
    r"|(?:this message was deleted|you deleted this message|missed (?:voice|video) call)\.?)",
    re.IGNORECASE,
)
_VERDICT = re.compile(
    r"(?:yes|yeah|yep|no|nope|not|true|false|right|sure|never|neither|none|ja|nein|doch|oui|non|si|sí|sì|sim|não|nee|да|нет)\b",
    re.IGNORECASE,
)
_MAX_WORDS_OF_SHORT_REPLY = 6
_MAX_TURNS_BETWEEN = 3


class Remark(NamedTuple):
    """What one says at a time: the speaker ("" where that is not known), the words, the first and the last unit of
    them, and the part of the text, as one below a heading, in which it is said.
    """

    speaker: str
    words: str
    first_unit: int
    last_unit: int
    part: int = 0


def is_question(words: str) -> bool:
    """Whether words end in a question."""
    return _QUESTION.search(words, max(0, len(words) - 12)) is not None


def exchanges(source: str, remarks: Sequence[Remark], spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Units with one that each needs, by place: a question its reply where that is short, or says yes or no, and such
    a reply its question. A long one may as well be of something else, where several talk, and is read without it.

    :param spans: of all units.
    """
    questions_of_reply: dict[int, int] = {}
    for number, remark in enumerate(remarks):
        reply_number = _reply(remarks, number) if is_question(remark.words) else None
        if reply_number is not None and _is_short(source, remarks[reply_number], spans):
            questions_of_reply[reply_number] = number  # the last question before it
            yield remark.last_unit, remarks[reply_number].first_unit
    for reply_number, question_number in questions_of_reply.items():
        reply = remarks[reply_number]
        yield reply.first_unit, remarks[question_number].last_unit
        if reply.first_unit < reply.last_unit:
            yield reply.first_unit + 1, reply.first_unit  # it goes on with a word or two


def _is_short(source: str, reply: Remark, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a reply begins with few words, or with yes or no."""
    start, end = spans[reply.first_unit]
    first_words = source[start:end] if reply.first_unit < reply.last_unit else reply.words
    return len(first_words.split()) <= _MAX_WORDS_OF_SHORT_REPLY or _VERDICT.match(first_words) is not None


def _reply(remarks: Sequence[Remark], question_number: int) -> int | None:
    """The number of the next remark of another speaker; None behind another question, or where another part begins."""
    question = remarks[question_number]
    last_number = min(len(remarks) - 1, question_number + 1 + _MAX_TURNS_BETWEEN)
    for number in range(question_number + 1, last_number + 1):
        remark = remarks[number]
        if remark.part != question.part or is_question(remark.words):
            return None
        is_same_speaker = bool(remark.speaker) and remark.speaker == question.speaker
        if not is_same_speaker and not _MEDIA_NOTE.fullmatch(remark.words):
            return number
    return None
