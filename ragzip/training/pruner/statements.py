"""Questions over FAQs and short statements that are worded otherwise than what answers them.

What the other development data hardly has: entries that have nothing to do with one another, in which a question shares
few words with its answer. Written for ragzip; six fields, such as a shop, a gym, a bank.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ragzip.text.spans import Span
from ragzip.training.data import LabelledPassage, Question

__all__ = ["statement_questions"]

FILE = Path(__file__).with_name("statements.json")
_FURTHER_ON = 2  # of the topics: the one in which a question is asked in vain


def statement_questions() -> list[Question]:
    """Each question over the FAQ of its topic, its statements as a list and as paragraphs, and over those of another
    topic, which do not answer it.
    """
    topics = json.loads(FILE.read_text("utf-8"))
    questions: list[Question] = []
    for topic, elsewhere in zip(topics, [*topics[_FURTHER_ON:], *topics[:_FURTHER_ON]], strict=True):
        for query, place in topic["questions"]:
            questions += [
                Question(query, (_passage(texts, separator, place),), answers=(texts[place],))
                for texts, separator in _forms(topic)
            ]
            questions += [
                Question(query, (_passage(texts, separator, None),)) for texts, separator in _forms(elsewhere)
            ]
    return questions


def _forms(topic: dict[str, Any]) -> Iterator[tuple[list[str], str]]:
    """The entries of a topic as they are in a text, and the separators between them."""
    yield [f"## {question}\n{answer}" for question, answer in topic["entries"]], "\n\n"
    if topic["statements"]:
        yield [f"- {statement}" for statement in topic["statements"]], "\n"
        yield topic["statements"], "\n\n"


def _passage(texts: Sequence[str], separator: str, place: int | None) -> LabelledPassage:
    """A passage of ``texts``, of which the one at ``place`` answers (None: none does)."""
    spans: list[Span] = []
    start = 0
    for text in texts:
        spans.append(Span(start, start + len(text)))
        start += len(text) + len(separator)
    is_kept = tuple(number == place for number in range(len(texts)))
    return LabelledPassage(None, separator.join(texts), tuple(spans), is_kept, place is not None)
