"""Rules for units with the same statement except for numbers under different headings or titles, and for entries by
their names: a query names the one it asks for, "the width for Grade Nine", "the default of depth". Models that read
meaning hardly distinguish them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from ragzip.compressors.extractive.rules.longer_names import LABEL
from ragzip.compressors.extractive.rules.periods import periods_in
from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above
from ragzip.compressors.outline import Outline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.references.definite import is_of_something_named
from ragzip.text.scores import Scores
from ragzip.text.structure.needs.twins import FIGURES
from ragzip.text.words import content

__all__ = ["with_named_entries", "with_named_twins"]

_SHARE_OF_OTHER = 0.4  # of the score of a unit under a heading that a query does not name
_ENTRY = pattern_of(r"(?P<name>[^\n]{1,60})(?<![{(\[])\n[ \t]+\S")  # a term above its definition
_NAMED_RECORD = pattern_of(  # its first line: "Title: Scanner offline"
    r"\W{0,4}(?P<key>name|title|label|subject|product|item|model|station|city|customer|ticket|issue|task|event|id)"
    r"[ \t]*[:=][ \t]*(?P<name>[^\n]{1,100})\n",
    re.IGNORECASE,
)
_NEGATION = pattern_of(  # "Its bulb cannot be replaced." is said of another lamp than "Its bulb can be replaced."
    r"(?<=can)not\b|n['’]t\b|\b(?:not|nicht|keine?n?|ne|n['’]|pas|no|non|não|niet|geen)\s|(?<=\s)(?:не|nie)\s",
    re.IGNORECASE,
)
_LETTER = pattern_of(r"(?<=\w\s)[A-HJ-Z]\b(?!['’])")  # a name: "Model A"
_MIN_NAMED = 2
_MAX_NAME_WORDS = 4
_MAX_UNITS = 5000  # of all texts: more are no text with headings


def with_named_twins(query: str | None, texts: Sequence[TextUnits], scores: Sequence[Scores]) -> list[Scores]:
    """The scores of the units of all texts: among units with the same statement except for numbers, the best one under
    the name in the query gets the best of their scores, and the others get lower ones. *Shape:* (n_i,) each, for each
    text, both.
    """
    weighted = list(scores)
    if query is None or sum(map(len, scores)) > _MAX_UNITS:
        return weighted
    query_words = _words(query)
    is_of_period = any(period.is_bound for period in periods_in(query))
    if is_of_period:  # "from 2021 to 2023" names no year alone
        query_words = {word for word in query_words if not word.isdecimal()}
    twins: defaultdict[str, list[tuple[int, int, frozenset[str]]]] = defaultdict(list)
    for text_number, (outline, source, title, _) in enumerate(texts):
        named_by_title = _words(title or "")
        for number, words in enumerate(_words_above(outline, source, named_by_title)):
            if outline.relations[number].section is None and words:
                named = frozenset(words & query_words)
                for statement in _statements(outline, source, number, is_untitled=len(texts) > 1 and not title):
                    twins[statement].append((text_number, number, named))
    for alike in twins.values():
        most_named = max((named for _, _, named in alike), key=len)
        is_told_apart = any(named < most_named for _, _, named in alike)
        if len(alike) < 2 or not (is_told_apart or is_of_period):
            continue
        best_score = max(float(scores[text_number][number]) for text_number, number, _ in alike)
        best_named = max(
            float(scores[text_number][number]) for text_number, number, named in alike if named == most_named
        )
        for text_number, number, named in alike:
            if weighted[text_number] is scores[text_number]:
                weighted[text_number] = scores[text_number].copy()
            if not is_told_apart:
                weighted[text_number][number] = max(weighted[text_number][number], best_score)
            elif named == most_named:
                weighted[text_number][number] *= best_score / best_named if best_named > 0 else 1.0
            elif named < most_named:
                weighted[text_number][number] *= _SHARE_OF_OTHER
    return weighted


def _words(text: str) -> set[str]:
    """The terms of ``text``, and the capital letters that are names: "Model A"."""
    return content(text) | set(_LETTER.findall(text))


def _statements(outline: Outline, source: str, number: int, *, is_untitled: bool) -> Iterator[str]:
    """The statement of a unit without its numbers and negations, and, where it begins with "the battery" of what the
    opening of its text names, as no title does, that.
    """
    text = source[slice(*outline.spans[number])].casefold()
    yield _NEGATION.sub("", FIGURES.sub("9", text))
    if is_untitled and 0 in outline.relations[number].companions and is_of_something_named(text, None):
        yield " ".join(text.split(maxsplit=2)[:2])


def _words_above(outline: Outline, source: str, words_of_title: set[str]) -> Iterator[set[str]]:
    """The words of the title, of all headings over each unit, and of the sentences before it that it speaks of."""
    words_by_unit: list[set[str]] = []
    words_of_companions: dict[int, set[str]] = {}
    for number, (span, relation) in enumerate(zip(outline.spans, outline.relations, strict=True)):
        is_below_heading = relation.heading is not None and relation.heading < number
        words = words_by_unit[relation.heading or 0] if is_below_heading else words_of_title
        if relation.section is not None:
            words = words | content(source[slice(*span)])
        words_by_unit.append(words)
        for companion in relation.companions:
            if companion < number:
                if companion not in words_of_companions:
                    words_of_companions[companion] = _words(source[slice(*outline.spans[companion])])
                words = words | words_of_companions[companion]
        yield words


def with_named_entries(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units of a text: entries whose name is in the query, and records that it identifies by the
    words in which their names differ, get the best score among their siblings. *Shape:* (n,) both.
    """
    outline, source = text.outline, text.source
    if query is None or "\n" not in source or len(scores) > _MAX_UNITS:
        return scores
    entries: defaultdict[int | None, list[tuple[int, set[str]]]] = defaultdict(list)  # by heading
    labelled: defaultdict[int | None, list[tuple[int, set[str]]]] = defaultdict(list)  # by heading
    records: defaultdict[str, list[tuple[int, set[str]]]] = defaultdict(list)  # by the key of the name
    for number, (span, relation) in enumerate(zip(outline.spans, outline.relations, strict=True)):
        if relation.section is not None:
            continue
        record = _NAMED_RECORD.match(source, *span)
        entry = _ENTRY.match(source, *span)
        if record is not None:
            records[record["key"].casefold()].append((number, content(record["name"])))
        elif entry is not None and len(entry["name"].split()) <= _MAX_NAME_WORDS:
            entries[relation.heading].append((number, content(entry["name"])))
        elif (label := LABEL.match(source, *span)) is not None and len(label["name"].split()) <= _MAX_NAME_WORDS:
            labelled[relation.heading].append((number, content(label["name"])))
    query_words = content(query)
    weighted = scores.copy()
    named_by_siblings = [
        *(
            (siblings, [number for number, words in siblings if words and words <= query_words])
            for siblings in [*entries.values(), *(_of_one_kind(lines, query_words) for lines in labelled.values())]
        ),
        *((siblings, _told_apart(siblings, query_words)) for siblings in records.values()),
    ]
    for siblings, named in named_by_siblings:
        if 0 < len(named) < len(siblings):
            best_score = max(float(scores[number]) for number, _ in siblings)
            weighted[named] = np.maximum(weighted[named], just_above(best_score))
    return weighted


def _of_one_kind(siblings: Sequence[tuple[int, set[str]]], query_words: set[str]) -> Sequence[tuple[int, set[str]]]:
    """The siblings whose names share a word with another one: "Plan Pro" and "Plan Basic", not "Price" and "Weight";
    all where the query names several, as one for the difference of two terms does; none where a name is repeated, as
    those of speakers are.
    """
    if len({frozenset(words) for _, words in siblings}) < len(siblings):
        return []
    if sum(bool(words) and words <= query_words for _, words in siblings) >= _MIN_NAMED:
        return siblings
    counts = Counter(word for _, words in siblings for word in words)
    return [(number, words) for number, words in siblings if any(counts[word] > 1 for word in words)]


def _told_apart(records: Sequence[tuple[int, set[str]]], query_words: set[str]) -> list[int]:
    """The numbers of the records with most of the query's words in their names, but for those that all names have."""
    shared = set.intersection(*(words for _, words in records))
    counts = {number: len((words - shared) & query_words) for number, words in records}
    highest_count = max(counts.values())
    return [number for number, count in counts.items() if count == highest_count] if highest_count else []
