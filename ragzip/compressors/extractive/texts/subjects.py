"""Sentences of several texts about "the battery": each comes with the opening of its text, which names whose battery
that is, where no title tells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ragzip.compressors.extractive.texts.passages import ReadText
from ragzip.text.languages import language_of
from ragzip.text.references.definite import has_name, is_of_something_named
from ragzip.text.references.ends import ends_in_question
from ragzip.types import Budget

__all__ = ["with_subjects"]

_MAX_UNITS = 5000  # of all texts


def with_subjects(texts: Sequence[ReadText], budget: Budget) -> list[ReadText]:
    """``texts``, with the first sentence of each among the companions of those that begin with a noun, "the battery",
    as sentences of another text do: only where both texts name something in their first sentences.
    """
    if budget.writes_titles or len(texts) < 2 or sum(len(text.outline.spans) for text in texts) > _MAX_UNITS:
        return list(texts)
    speaking: defaultdict[str, dict[int, list[int]]] = defaultdict(dict)  # by noun and text: the sentences
    openings = [_opening(text) for text in texts]
    for text_number, (text, opening) in enumerate(zip(texts, openings, strict=True)):
        if opening is not None:
            for noun, numbers in _of_nouns(text, opening).items():
                speaking[noun][text_number] = numbers
    led: defaultdict[int, list[int]] = defaultdict(list)
    for numbers_by_text in speaking.values():
        for text_number, numbers in numbers_by_text.items() if len(numbers_by_text) > 1 else ():
            led[text_number] += numbers
    return [_led(text, led[number], openings[number]) for number, text in enumerate(texts)]


def _opening(text: ReadText) -> int | None:
    """The number of the first sentence of a text without a title, if that has a name, and is no question."""
    if text.segment.document.title:
        return None
    first = next((number for number, relation in enumerate(text.outline.relations) if relation.section is None), None)
    if first is None or text.outline.records[first]:
        return None
    opening = _sentence(text, first)
    return first if has_name(opening, language_of(text.source)) and not ends_in_question(opening) else None


def _of_nouns(text: ReadText, opening: int) -> dict[str, list[int]]:
    """The sentences after the opening that begin with a noun that stands for a name or a part of what has it."""
    language = language_of(text.source)
    numbers_by_noun: dict[str, list[int]] = {}
    for number in range(opening + 1, len(text.outline.spans)):
        sentence = _sentence(text, number)
        if text.outline.relations[number].heading is None and is_of_something_named(sentence, language):
            noun = " ".join(sentence.split(maxsplit=2)[:2]).lower()
            numbers_by_noun.setdefault(noun, []).append(number)
    return numbers_by_noun


def _led(text: ReadText, numbers: Sequence[int], opening: int | None) -> ReadText:
    if not numbers or opening is None:
        return text
    relations = list(text.outline.relations)
    for number in numbers:
        companions = dict.fromkeys([*relations[number].companions, opening])
        relations[number] = relations[number]._replace(companions=tuple(companions))
    return replace(text, outline=replace(text.outline, relations=tuple(relations)))


def _sentence(text: ReadText, number: int) -> str:
    return text.source[slice(*text.outline.spans[number])]
