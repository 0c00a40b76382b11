"""Measures of a compressed context that need no reader: answers, support, numbers, names and negations kept; of tool
results, lines and identifiers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from ragzip.eval.suites.conversations import stands_in
from ragzip.eval.suites.example import Example
from ragzip.result import Result
from ragzip.text.governing import GOVERNING
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import NAME_PARTICLES
from ragzip.text.protect import Protector
from ragzip.text.splitters import sentences
from ragzip.text.words import content, is_unspaced, terms

__all__ = ["Kept", "contains", "measure", "measure_results", "spans_of_text"]

_NUMBERS = Protector(["numbers", "dates"])
_NAME = pattern_of(rf"(?<![.!?]\s)(?<!^)\b[A-Z][\w’'-]+(?:\s(?:(?:{NAME_PARTICLES})\s)?[A-Z][\w’'-]+){{0,5}}")
_NEGATION = GOVERNING["negation"]
_WORD = pattern_of(r"[^\W_]+")
_FIRST_WITH_AFFIXES = "\u0530"  # Latin, Greek and Cyrillic letters come before
_CHOICE_ANSWERS = {"yes", "no"}


class Kept(NamedTuple):
    """Shares (0 to 1) of kept items; None where there are no such items, or it is not known.

    ``answer`` is 1 if a right answer is in the text, word for word except for case and punctuation (known where it is
    in the whole context and is not yes or no); ``words`` is the share of its content words, for answers that are
    sentences; of several answers, the highest share. ``support`` is the share of supporting spans that are kept whole;
    ``numbers`` (with dates), ``names`` and ``negations`` are shares of those in the supporting spans, or in the whole
    context where the supporting spans are not known.

    Of conversations only ``lines`` and ``identifiers`` are known: the shares of lines (those that are not blank) that
    still stand whole in their tool results, and of the identifiers that the recorded next action takes from these.
    """

    answer: float | None
    words: float | None
    support: float | None
    numbers: float | None
    names: float | None
    negations: float | None
    lines: float | None = None
    identifiers: float | None = None


def measure(example: Example, result: Result) -> Kept:
    """The shares of the needed items of ``example`` that ``result`` keeps; all None for vectors, which have no text."""
    if any(document.soft for document in result.documents):
        return Kept(None, None, None, None, None, None)
    needed = _needed(example)
    spans_by_document = [list(document.spans) for document in result.documents]
    shares = [
        _share([_is_inside(spans_by_document[position], start, end) for position, start, end in places])
        for places in (example.support, *needed.places)
    ]
    kept_words = content(result.text)
    word_share = max((len(words & kept_words) / len(words) for words in needed.answer_words), default=None)
    has_answer = float(contains(result.text, example.answers)) if needed.has_answer else None
    return Kept(has_answer, word_share, *shares)


def measure_results(example: Example, texts: Sequence[str]) -> Kept:
    """The shares that ``texts``, the compressed tool results of a conversation, keep of its lines and identifiers."""
    kept_line_counts = []
    line_count = 0
    for document, text in zip(example.documents, texts, strict=True):
        lines, kept_lines = (Counter(_filled_lines(source)) for source in (document.text, text))
        kept_line_counts.append((lines & kept_lines).total())
        line_count += lines.total()
    identifiers = example.conversation.identifiers if example.conversation else ()
    return Kept(
        None,
        None,
        None,
        None,
        None,
        None,
        lines=sum(kept_line_counts) / line_count if line_count else None,
        identifiers=_share([stands_in(identifier, texts) for identifier in identifiers]),
    )


def _filled_lines(text: str) -> Iterator[str]:
    return (stripped for line in text.splitlines() if (stripped := line.strip()))


def spans_of_text(source: str, text: str) -> list[tuple[int, int]]:
    """The spans in ``source`` of the lines of ``text``, or else of their sentences, in order; lines that are not in it
    have none.
    """
    spans: list[tuple[int, int]] = []
    position = 0
    for line in _filled_lines(text):
        whole = source.find(line, position)
        parts = [line] if whole >= 0 else [line[span.start : span.end].strip() for span in sentences(line)]
        for part in filter(None, parts):
            start = source.find(part, position)
            if start >= 0:
                position = start + len(part)
                spans.append((start, position))
    return spans


class _Needed(NamedTuple):
    """The items that a context should keep.

    :param has_answer: whether an answer is in the whole context.
    :param answer_words: content words by answer.
    :param places: (document, start, end) of numbers, of names, and of negations.
    """

    has_answer: bool
    answer_words: list[set[str]]
    places: list[list[tuple[int, int, int]]]


@lru_cache(maxsize=64)  # a grid measures an example under every arm in a row
def _needed(example: Example) -> _Needed:
    whole_documents = ((position, 0, len(document.text)) for position, document in enumerate(example.documents))
    places: list[list[tuple[int, int, int]]] = [[], [], []]
    for position, start, end in example.support or tuple(whole_documents):
        text = example.documents[position].text[start:end]
        spans_by_kind = (
            [(span.start, span.end) for span in _NUMBERS(text)],
            [match.span() for match in _NAME.finditer(text)],
            [match.span() for match in _NEGATION.finditer(text)],
        )
        for kind_places, spans in zip(places, spans_by_kind, strict=True):
            kind_places += [(position, start + span_start, start + span_end) for span_start, span_end in spans]
    if all(" ".join(terms(answer)) in _CHOICE_ANSWERS for answer in example.answers):
        return _Needed(False, [], places)
    context = "\n".join(document.text for document in example.documents)
    answer_words = [words for answer in example.answers if (words := content(answer))]
    return _Needed(contains(context, example.answers), answer_words, places)


def contains(text: str, answers: Sequence[str]) -> bool:
    """Whether any of ``answers`` is in ``text``, ignoring case and punctuation: as whole words in Latin, Greek and
    Cyrillic letters; anywhere in other scripts, which write particles, articles and endings onto words, or no spaces.
    """
    words = _WORD.findall(text.casefold())
    spaced_text, unspaced_text = " ".join(words), "".join(words)
    for answer in answers:
        answer_words = _WORD.findall(answer.casefold())
        if not answer_words:
            continue
        if _stands_in(" ".join(answer_words), spaced_text):
            return True
        unspaced_answer = "".join(answer_words)
        if any(map(is_unspaced, unspaced_answer)) and _stands_in(unspaced_answer, unspaced_text):
            return True
    return False


def _stands_in(answer: str, text: str) -> bool:
    start = text.find(answer)
    while start >= 0:
        end = start + len(answer)
        is_cut = _is_one_word(text[max(0, start - 1) : start], answer[0]) or _is_one_word(
            answer[-1], text[end : end + 1]
        )
        if not is_cut:
            return True
        start = text.find(answer, start + 1)
    return False


def _is_one_word(before: str, after: str) -> bool:
    """Whether two neighbours in a text ("": its edge) are characters of one word, or digits of one number."""
    if not (before.isalnum() and after.isalnum()):
        return False
    return (before < _FIRST_WITH_AFFIXES and after < _FIRST_WITH_AFFIXES) or (before.isdigit() and after.isdigit())


def _is_inside(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of ``spans`` (sorted, disjoint) contains the range from ``start`` to ``end``."""
    index = bisect_right(spans, start, key=itemgetter(0)) - 1
    return index >= 0 and end <= spans[index][1]


def _share(kept: Sequence[bool]) -> float | None:
    return sum(kept) / len(kept) if kept else None
