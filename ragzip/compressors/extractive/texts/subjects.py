"""Sentences of several texts about "the battery", and lines with one label, "Due: 4 December": each comes with the
opening of its text, which names whose battery or invoice that is, where no title tells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ragzip.compressors.extractive.texts.passages import ReadText
from ragzip.text.languages import language_of
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.references.definite import has_name, is_of_something_named
from ragzip.text.references.ends import ends_in_question
from ragzip.text.splitters.headings.plain import has_statement_word
from ragzip.types import Budget

__all__ = ["with_subjects"]

_LABEL = pattern_of(  # "Due: 4 December", and "Fixed on 4 November", which has no subject either
    r"\W{0,4}(?:(?P<label>[^\W\d_][^:：\n]{0,40})[:：](?:\*\*)?\s+\S"
    r"|(?P<verb>[A-Z][a-z]{2,20}ed\s(?:by|on|in|at|to|with|from|for)\s))"
)
_FRAGMENT = ""  # the label of sentences without a verb: "Pets welcome."
_MAX_WORDS_OF_FIRST_LINE = 12
_SAMPLED_CHARACTERS = 4000  # of all texts
_MAX_UNITS = 5000  # of all texts


def with_subjects(texts: Sequence[ReadText], budget: Budget) -> list[ReadText]:
    """``texts``, with the first sentence of each among the companions of those that begin with a noun, "the battery",
    as sentences of another text do: only where both texts name something in their first sentences. The same of the
    first line, for lines with a label that another text has, too.
    """
    if budget.writes_titles or len(texts) < 2 or sum(len(text.outline.spans) for text in texts) > _MAX_UNITS:
        return list(texts)
    speaking: defaultdict[str, dict[int, list[int]]] = defaultdict(dict)  # by noun and text: the sentences
    openings = [_opening(text) for text in texts]
    for text_number, (text, opening) in enumerate(zip(texts, openings, strict=True)):
        if opening is not None:
            for noun, numbers in _of_nouns(text, opening).items():
                speaking[noun][text_number] = numbers
    first_lines = [_first_line(text) for text in texts]
    labelled = _labelled(texts, first_lines) if any(line is not None for line in first_lines) else {}
    by_opening, by_first_line = _shared(speaking), _shared(labelled)
    return [
        _led(_led(text, by_opening[number], openings[number]), by_first_line[number], first_lines[number])
        for number, text in enumerate(texts)
    ]


def _labelled(texts: Sequence[ReadText], first_lines: Sequence[int | None]) -> Mapping[str, Mapping[int, list[int]]]:
    """The units with a label by the first word of that and by text; none of a text without a first line."""
    sample = "\n".join(text.source[: _SAMPLED_CHARACTERS // len(texts)] for text in texts)
    language = language_of(sample)  # of all: one list of short statements tells little
    knows_verbs = language == "en" or (language is None and sample.isascii())
    labelled: defaultdict[str, dict[int, list[int]]] = defaultdict(dict)
    for text_number, (text, first_line) in enumerate(zip(texts, first_lines, strict=True)):
        for label, numbers in _of_labels(text, knows_verbs=knows_verbs).items():
            labelled[label][text_number] = numbers if first_line is not None else []
    return labelled


def _shared(numbers_by_key: Mapping[str, Mapping[int, list[int]]]) -> defaultdict[int, list[int]]:
    """The units of each text, by number, of the keys that several texts have."""
    led: defaultdict[int, list[int]] = defaultdict(list)
    for numbers_by_text in numbers_by_key.values():
        for text_number, numbers in numbers_by_text.items() if len(numbers_by_text) > 1 else ():
            led[text_number] += numbers
    return led


def _opening(text: ReadText) -> int | None:
    """The number of the first sentence of a text without a title, if that has a name, and is no question."""
    if text.segment.document.title:
        return None
    first = next((number for number, relation in enumerate(text.outline.relations) if relation.section is None), None)
    if first is None or text.outline.records[first]:
        return None
    opening = _sentence(text, first)
    return first if has_name(opening, language_of(text.source)) and not ends_in_question(opening) else None


def _first_line(text: ReadText) -> int | None:
    """The number of the first line or sentence of a text without a title or a heading, if that is short."""
    if text.segment.document.title or not text.outline.spans or text.outline.relations[0].section is not None:
        return None
    return 0 if len(_sentence(text, 0).split()) <= _MAX_WORDS_OF_FIRST_LINE else None


def _of_labels(text: ReadText, *, knows_verbs: bool) -> dict[str, list[int]]:
    """The lines and sentences below the first that have a label, or no verb, and stand under no heading, by the first
    words of the labels of all.

    :param knows_verbs: whether the verbs of its language are known.
    """
    numbers_by_label: dict[str, list[int]] = {}
    for number in range(1, len(text.outline.spans)):
        label = _LABEL.match(text.source, *text.outline.spans[number])
        if label is None and (not knows_verbs or has_statement_word(_sentence(text, number).split())):
            continue
        key = _FRAGMENT if label is None else (label["label"] or label["verb"]).casefold().split()[0]
        numbers = numbers_by_label.setdefault(key, [])
        numbers += [number] if text.outline.relations[number].heading is None else []
    return numbers_by_label


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
