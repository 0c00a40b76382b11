"""The sentences that name what others speak of: "Ada Byron was born in 1815." of "She wrote programs."."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.references.definite import has_name, is_of_something_named
from ragzip.text.references.groups import (
    COMMON_VERB,
    NAMES_TWO,
    adds_to_another,
    counts_several,
    is_of_the_rest,
    is_ordinal,
)
from ragzip.text.references.periods import sentences_naming_period
from ragzip.text.references.pronouns import PERSONS, PLURAL
from ragzip.text.references.sentences import SUBJECT_OF_ITS_OWN, Reference, reference_of
from ragzip.text.references.verbs import is_impersonal
from ragzip.text.words import normalised

__all__ = ["antecedents"]

_OF_NOTHING = pattern_of(rf"\b(?:nothing|nobody|no\sone|none)\s(?:{COMMON_VERB})\b", re.IGNORECASE)
_NAMES_SEVERAL = pattern_of(
    r"\b[^\W\d_]{3,}s\b|\b(?:and|or|both|people|men|women|children|police|\d+)\b", re.IGNORECASE
)
_MAX_ANTECEDENTS = 3  # of a longer chain the first and the last
_MAX_DISTANCE = 20  # sentences; a longer chain goes on from the one there
_MAX_OTHERS = 2
_MAX_SENTENCES_OF_GROUP = 3  # each of which speaks of one
_WORD = pattern_of(r"\w+")
_NAME = pattern_of(r"\s[A-ZÀ-ÞА-Я]\w")


def antecedents(sentences: Sequence[str], language: str | None = None) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The sentences of one paragraph that refer back, by place, each with the places of those that it refers to, back
    to one that names the person or thing; sentences with the same pronoun for the same person are skipped. "At the end
    of the year" refers back, too.

    :param language: of the sentences, its ISO 639-1 code, where it is known.
    """
    chains = _Chains(sentences, language)
    for place in range(len(sentences)):
        links = chains.add()
        if named := tuple(dict.fromkeys([*links, *sentences_naming_period(sentences, place)])):
            yield place, named


class _Chains:
    """The places of the antecedents of each sentence of a paragraph, as far as it was looked at."""

    def __init__(self, sentences: Sequence[str], language: str | None) -> None:
        self.sentences, self.language = sentences, language
        self.references = [reference_of(sentence, language) for sentence in sentences]
        self.chains: list[tuple[int, ...]] = []

    def add(self) -> tuple[int, ...]:
        """Look at the next sentence; the places of its antecedents."""
        place = len(self.chains)
        reference = self.references[place]
        self.chains.append(self._links(place, reference) if reference is not None and place else ())
        return self.chains[-1]

    def _links(self, place: int, reference: Reference) -> tuple[int, ...]:
        before = self._place_before(place, reference)
        is_right_before = before == place - 1 and place > 1
        if reference.kind == "two" and is_right_before and not NAMES_TWO.search(self.sentences[before]):
            nearer = (before, *self.chains[before][:1])
            farther = max(min(nearer) - 1, 0)  # each names one
            return tuple(dict.fromkeys([*nearer, farther, *self.chains[farther][:1]]))
        if before < place - 1 and _is_of_a_group(reference) and _is_of_a_group(self.references[place - 1]):
            links = self.chains[place - 1]
        else:
            links = (before, *self._links_of(before, reference))
        links = links if len(links) <= _MAX_ANTECEDENTS else (links[0], links[-1])
        others_of_group, counting = self._others_of_group(place, before), self._place_counting(place, before)
        return tuple(dict.fromkeys([*others_of_group, *counting, *links]))

    def _links_of(self, before: int, reference: Reference) -> tuple[int, ...]:
        """The places of the antecedents of the sentence at ``before``, to which ``reference`` refers."""
        reference_before = self.references[before]
        if reference_before is None:
            return tuple(self._place_of_name(before))
        if reference_before.kind == "ordinal":
            return self.chains[before][:1]
        return () if _is_named(reference_before, reference, self.sentences[before]) else self.chains[before]

    def _place_of_name(self, place: int) -> Iterator[int]:
        """The place of the sentence before ``place`` that names what the one there calls "the town"."""
        if is_of_something_named(self.sentences[place], self.language):
            nearest_first = range(place - 1, max(-1, place - 1 - _MAX_DISTANCE), -1)
            places = [before for before in nearest_first if has_name(self.sentences[before], self.language)]
            noun = _WORD.findall(self.sentences[place])[1]
            same_noun = (before for before in places if noun in _WORD.findall(self.sentences[before])[1:])
            by_itself = (before for before in places if self.references[before] is None)
            yield from islice(chain(same_noun, by_itself), 1)

    def _others_of_group(self, place: int, before: int) -> Iterator[int]:
        """The places of the sentences between ``before`` and ``place`` about others of the same group, without which
        the reference is ambiguous.
        """
        reference = self.references[place]
        places_between = range(place - 1, before, -1)
        if is_of_the_rest(self.sentences[place]):
            yield from islice(places_between, _MAX_OTHERS)
        elif reference is not None and (reference.kind == "two" or adds_to_another(self.sentences[place])):
            yield from islice((number for number in places_between if is_ordinal(self.sentences[number])), _MAX_OTHERS)

    def _place_counting(self, place: int, before: int) -> Iterator[int]:
        """The place of the sentence before ``before``, which speaks of one, that says of how many the one at ``place``
        tells of the others.
        """
        if is_of_the_rest(self.sentences[place]) and not counts_several(self.sentences[before]):
            places = range(before - 1, max(-1, before - 1 - _MAX_SENTENCES_OF_GROUP), -1)
            yield from islice((number for number in places if counts_several(self.sentences[number])), 1)

    def _place_before(self, place: int, reference: Reference) -> int:
        """The place of the next sentence before ``place`` that may say what it refers to."""
        before, farthest = place - 1, max(0, place - _MAX_DISTANCE)
        while before > farthest and _is_passed_over(reference, self.references[before], self.sentences[before]):
            before -= 1
        if before == 0 and reference.kind == "two" and not NAMES_TWO.search(self.sentences[0]):
            return place - 1
        return before


def _is_named(before: Reference, reference: Reference, sentence: str) -> bool:
    """Whether ``sentence``, with the reference ``before``, names the antecedent of ``reference`` by itself."""
    if before.kind in SUBJECT_OF_ITS_OWN:
        return True
    if before.kind != "owner" or before.person == reference.person:  # of the owner, or of what is owned
        return False
    return _NAME.search(sentence) is not None  # "Her brother Carl was a painter."


def _is_passed_over(reference: Reference, before: Reference | None, sentence: str) -> bool:
    """Whether ``sentence``, with the reference ``before``, does not name the antecedent of ``reference``: it refers to
    the same one, to several where one is meant, or to one where two are.
    """
    if _is_of_a_group(reference) and _is_of_a_group(before):
        return True
    if reference.kind in ("verb", "subjectless") and is_impersonal(sentence):
        return True
    if reference.kind == "verb":
        return before is not None and before.kind == "verb"
    if reference.kind == "two":
        return not NAMES_TWO.search(sentence)
    if reference.person == "they" and before is None and not _NAMES_SEVERAL.search(sentence):
        return True
    if before is None:
        return reference.person == "it" and _OF_NOTHING.search(sentence) is not None
    if not reference.person:
        return False
    if before.kind == "owner" and reference.kind == "owner":
        return before.person == reference.person
    if before.kind == "owner" and before.person != reference.person:  # "His heir sold it to the town. It is red."
        return _has_person(sentence, reference.person)
    if before.kind != "person":
        return False
    return (
        before.person == reference.person
        or (before.person in PLURAL and reference.person not in PLURAL)
        or _has_person(sentence, reference.person)
    )


def _is_of_a_group(reference: Reference | None) -> bool:
    return reference is not None and reference.kind in ("group", "two")


def _has_person(sentence: str, person: str) -> bool:
    return any(PERSONS.get(word) == person for word in _WORD.findall(normalised(sentence)))
