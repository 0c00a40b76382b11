"""Rules for passages about a clause of a document: one that amends it ("In clause 8.2, 'thirty days' is replaced by
…"), one that limits it, and one that defines its words. The clause is not the whole truth without them, and a reader of
single passages gives an amendment almost no score: it shares no word with the question.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.outline import Outline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import Scores
from ragzip.text.structure.needs.numbered import PARTS_OF_RULES
from ragzip.text.words import content

__all__ = ["with_clauses"]

_SHARE_OF_CLAUSE = 0.99  # of the score of a clause: what changes it, or what it is subject to
_SHARE_OF_USE = 0.5  # of the score of the best unit: what a word of it means
_MAX_CHARACTERS = 600  # of a unit that are looked at
_MAX_CHANGED = 2  # units of a clause that are changed in the same words, or to which another one is subject
_MAX_AMENDMENTS, _MAX_LIMITED, _MAX_NAMED = 200, 8, 200  # that are looked at; of these, units of clauses of a number
_MAX_DEFINED = 2  # words of the best unit
_MAX_TERMS = 20  # of the best unit
_MAX_SHARE_OF_USES = 0.15  # of all units that use a defined word: "the customer" tells no case from others
_MIN_USES = 4
_KIND = (
    rf"{PARTS_OF_RULES}|regulations?|conditions?|sec\.|art\.|§§?|abschnitte?s?|artikels?|klauseln?|cl[aá]usulas?"
    r"|artículos?|articol[oi]|sezion[ei]"
)
_NUMBER = r"\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?"
_NUMBERS = pattern_of(_NUMBER)
_LABEL = pattern_of(rf"[(*_\s]{{0,4}}(?:(?P<kind>{_KIND})\s?)?(?P<number>{_NUMBER})(?=[.):]?(?:\s|$))", re.IGNORECASE)
_MENTION = (
    rf"(?<!\w)(?P<kind>{_KIND})\s?"
    rf"(?P<numbers>{_NUMBER}(?:(?:,\s|\s(?:and|or|to|und|bis|et|y)\s){_NUMBER}){{0,3}})(?!\w)"
)
_MENTIONED = pattern_of(_MENTION, re.IGNORECASE)
_CHANGED = (
    r"(?:deleted|replaced|repealed|removed|amended|changed|superseded|substituted|struck|suspended|revoked|omitted"
    r"|gestrichen|ersetzt|aufgehoben|geändert|supprimée?s?|remplacée?s?|abrogée?s?|modifiée?s?)\b"
)
_OF_TEXT = r"(?:\s(?:of|in|des|der|du|de|del)\s[^.;:\"“„«]{1,60}?)?"
_QUOTED = r"[\"“”„«‘'][^\"”“»’\n]{1,120}[\"”“»’']"
_AMENDMENTS = tuple(
    pattern_of(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_MENTION}{_OF_TEXT}\s(?:is|are|was|were|shall be|has been|have been|wird|werden|wurden?|est|sont)"
        rf"\s(?:(?:hereby|therefore)\s)?{_CHANGED}",
        rf"{_MENTION}{_OF_TEXT}\s(?:no longer appl|ceases? to apply|(?:now|shall) reads?\b|is to read\b"
        r"|reads as follows|gilt nicht mehr|ne s['’]applique plus|ya no se aplica)",
        rf"^\W{{0,4}}{_MENTION}[^.;:\"“„«]{{0,60}}:\s[^.;]{{0,200}}?\b(?:is|are|wird|werden)\s(?:hereby\s)?{_CHANGED}",
        rf"\b(?:delete|repeal|replace|amend|supersede|revoke)[sd]?\s{_MENTION}",
    )
)
_QUOTING = pattern_of(rf"\b(?:in|under|of)\s{_MENTION}[^.;\"“„«]{{0,80}}{_QUOTED}", re.IGNORECASE)
_QUOTES = pattern_of(r"[\"“”„«]([^\"”“»\n]{2,120})[\"”“»]|(?<!\w)[‘']([^'’\n]{2,120})[’'](?!\w)")
_OF_WORDING = pattern_of(  # beside a quotation: what is quoted changes
    r"\b(?:replaced?|substituted?|deleted?|omit(?:ted)?|insert(?:ed)?|added|amended|changed|struck|for the words?"
    r"|ersetzt|gestrichen|eingefügt|geändert|remplacée?s?|supprimée?s?|inséré|sustituye|suprime)\b",
    re.IGNORECASE,
)
_SUBJECT_TO = pattern_of(
    r"\b(?:subject to(?: the (?:provisions|terms|conditions) of)?|except (?:as|where)(?: otherwise)?"
    r"(?: (?:provided|set out|stated|permitted))?(?: (?:in|by|under))?|save as(?: \w+)? (?:in|by)|unless"
    r"|vorbehaltlich(?: de[rs])?|sous réserve de l['’]|salvo lo dispuesto en el)\s"
    rf"{_MENTION}",
    re.IGNORECASE,
)
_DEFINITION = pattern_of(
    r"[^\"“„«‘'.;]{0,80}[\"“„«‘']\s?(?P<term>[^\W\d_][^\"”“»’'\n]{2,50}?)\s?[\"”“»’'][^.;:]{0,40}?\s"
    r"(?:means?|shall mean|includes?|refers? to|bedeutet|bezeichnet|désigne|significa)\b",
    re.IGNORECASE,
)


class _Place(NamedTuple):
    """A unit of a text."""

    text: int
    unit: int


class _Unit(NamedTuple):
    """A unit that is no heading and no record, as far as it is looked at, with the label of the clause it is in: a
    kind, "" where the number stands by itself, and a number.
    """

    place: _Place
    words: str
    label: tuple[str, str] | None


class _Worth:
    """The scores of all units, and what they are raised to."""

    def __init__(self, scores: Sequence[npt.NDArray[np.float64]]) -> None:
        self._scores = scores
        self.raised = [text_scores.copy() for text_scores in scores]

    def of(self, unit: _Unit) -> float:
        """The score that was read."""
        return float(self._scores[unit.place.text][unit.place.unit])

    def raise_to(self, share: float, of: _Unit, unit: _Unit) -> None:
        """Let ``unit`` be worth ``share`` of the score of another one, if not more."""
        text, number = unit.place
        self.raised[text][number] = max(self.raised[text][number], share * self.of(of))

    def best(self, units: Iterable[_Unit], count: int) -> list[_Unit]:
        """The ``count`` best of ``units``."""
        return sorted(units, key=self.of, reverse=True)[:count]


def with_clauses(query: str | None, texts: Sequence[TextUnits], scores: Sequence[Scores]) -> list[Scores]:
    """The scores of the units of all texts, in which a clause and its amendments score about the same, and so do the
    limits of the best units; definitions of words in the best unit score half as high as it. Without a query they are
    unchanged. *Shape:* (n_i,) each, for each text, both.
    """
    if query is None:
        return list(scores)
    units = [
        _Unit(_Place(number, unit), source[span.start : min(span.end, span.start + _MAX_CHARACTERS)], label)
        for number, (outline, source, _, _) in enumerate(texts)
        if not all(outline.records)
        for unit, (span, label) in enumerate(zip(outline.spans, _labels(outline, source), strict=True))
        if not outline.records[unit] and outline.relations[unit].section is None
    ]
    worth = _Worth(scores)
    _raise_definitions(units, worth)
    numbered = [unit for unit in units if _NUMBERS.search(unit.words)]  # most sentences name no number
    mentioning = [unit for unit in numbered if _MENTIONED.search(unit.words)]
    amendments = [(unit, mention) for unit in mentioning if (mention := _amendment(unit.words)) is not None]
    limited = [(unit, mention) for unit in mentioning if (mention := _SUBJECT_TO.search(unit.words)) is not None]
    if amendments or limited:
        clauses = _by_number(units, {unit.place for unit, _ in amendments})
        _raise_amendments(amendments[:_MAX_AMENDMENTS], clauses, worth)
        _raise_limits(dict(limited), clauses, worth)
    return worth.raised


def _raise_amendments(
    amendments: Sequence[tuple[_Unit, re.Match[str]]], clauses: Mapping[str, Sequence[_Unit]], worth: _Worth
) -> None:
    for amendment, mention in amendments:
        for clause in worth.best(_changed(amendment.words, list(_named(mention, clauses))), _MAX_CHANGED):
            worth.raise_to(_SHARE_OF_CLAUSE, clause, amendment)
            worth.raise_to(_SHARE_OF_CLAUSE, amendment, clause)


def _raise_limits(
    limited: Mapping[_Unit, re.Match[str]], clauses: Mapping[str, Sequence[_Unit]], worth: _Worth
) -> None:
    """Raise the units of the same text in the section that a clause is subject to, those with most of its words."""
    for unit in worth.best(limited, _MAX_LIMITED):
        words = content(unit.words)
        common_words = {
            clause: len(words & content(clause.words))
            for clause in _named(limited[unit], clauses)
            if clause.place.text == unit.place.text and clause is not unit
        }
        most_common_words = max(common_words.values(), default=0)
        nearest = [clause for clause, count in common_words.items() if count == most_common_words > 0]
        for clause in nearest[:_MAX_CHANGED]:
            worth.raise_to(_SHARE_OF_CLAUSE, unit, clause)


def _raise_definitions(units: Sequence[_Unit], worth: _Worth) -> None:
    """Let the definitions of words of the best unit come with it."""
    definitions: dict[str, _Unit] = {}
    for unit in units:
        if match := _DEFINITION.match(unit.words):
            definitions.setdefault(match["term"].casefold(), unit)
    if not definitions:
        return
    defining = set(definitions.values())
    using = [unit for unit in units if unit not in defining]
    texts = [unit.words.casefold() for unit in using]
    for best_unit in worth.best(using, 1):
        best_text = best_unit.words.casefold()
        terms = [term for term in definitions if re.search(rf"(?<!\w){re.escape(term)}s?(?!\w)", best_text)]
        uses = {term: sum(term in text for text in texts) for term in terms[:_MAX_TERMS]}
        for term in sorted(uses, key=uses.__getitem__)[:_MAX_DEFINED]:
            if uses[term] <= max(_MIN_USES, _MAX_SHARE_OF_USES * len(texts)):
                worth.raise_to(_SHARE_OF_USE, best_unit, definitions[term])


def _amendment(text: str) -> re.Match[str] | None:
    """The mention of a clause that ``text`` changes."""
    for pattern in _AMENDMENTS:
        if mention := pattern.search(text):
            return mention
    return _QUOTING.search(text) if _OF_WORDING.search(text) else None


def _changed(amendment: str, named: Sequence[_Unit]) -> Sequence[_Unit]:
    """The units of the named clauses that have the wording that ``amendment`` changes, where it quotes that; else all
    of ``named``.
    """
    quotations = [" ".join((double or single).split()).casefold() for double, single in _QUOTES.findall(amendment)]
    with_quotation = [
        unit for unit in named if any(quotation in " ".join(unit.words.split()).casefold() for quotation in quotations)
    ]
    return with_quotation or named


def _by_number(units: Sequence[_Unit], amending: Collection[_Place]) -> dict[str, list[_Unit]]:
    """The units of clauses that change no other one, by the number of the clause."""
    clauses: defaultdict[str, list[_Unit]] = defaultdict(list)
    for unit in units:
        if unit.label is not None and unit.place not in amending:
            clauses[unit.label[1]].append(unit)
    return clauses


def _named(mention: re.Match[str], clauses: Mapping[str, Sequence[_Unit]]) -> Iterator[_Unit]:
    """The units of the clauses that are mentioned."""
    kind = _kind(mention["kind"])
    for number in _NUMBERS.findall(mention["numbers"].lower()):
        for unit in clauses.get(number, ())[:_MAX_NAMED]:
            if unit.label is not None and unit.label[0] in ("", kind):
                yield unit


def _labels(outline: Outline, source: str) -> list[tuple[str, str] | None]:
    """The label of the clause that each unit is in: its own, that of its paragraph, or of the heading above."""
    labels: list[tuple[str, str] | None] = []
    label_of_paragraph: tuple[str, str] | None = None
    end = 0
    for number, (span, relation) in enumerate(zip(outline.spans, outline.relations, strict=True)):
        if "\n" in source[end : span.start]:
            label_of_paragraph = None
        end = span.end
        if match := _LABEL.match(source, *span):
            label_of_paragraph = _kind(match["kind"] or ""), match["number"].lower()
        heading = relation.heading
        label_of_heading = labels[heading] if heading is not None and heading < number else None
        labels.append(label_of_paragraph or label_of_heading)
    return labels


def _kind(word: str) -> str:
    """The kind of a clause, in one form."""
    word = word.lower().rstrip(".").removesuffix("s")
    return {"sec": "section", "art": "article", "para": "paragraph", "§§": "§"}.get(word, word)
