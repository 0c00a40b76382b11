"""Sentences with one deliberate error, to measure and train the check."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from ragzip.compressors.checking.facts import Fact, denials, facts
from ragzip.text.auxiliaries import AUXILIARY
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.tokens import rank

__all__ = ["Altered", "alter", "flip"]

How = Literal["number", "name", "negation"]

_AUXILIARY = pattern_of(rf"\b(?:{AUXILIARY})\b(?!\s+(?:to|a|an|the)\b)", re.IGNORECASE)
_SUBJECT = pattern_of(r"\b(?:we|they|I|you|We|They|You)\s+(?=[a-z]{3,}\b(?<!ly)(?<!ed))")
_PAST = pattern_of(r"\b[a-z]{2,}[a-rt-z]\s+(?P<verb>[a-z]{2,}ed)\b(?!\s+by\b)")
_PRESENT = pattern_of(
    r"\b(?:[Hh]e|[Ss]he|[Ii]t|[Tt]his paper|[Pp]aper|[Mm]ethod|[Mm]odel)\s+(?P<verb>[a-z]{3,}[^su\W]s)\b"
)
_NEGATION_WORD = pattern_of(r"\s?\b(?:not|never)\b|n['’]t\b", re.IGNORECASE)
_FULL_AUXILIARIES = {"ca": "can", "wo": "will", "sha": "shall"}
_SHORT_AUXILIARY = pattern_of(r"(?<!\w)(?:ca|wo|sha)$", re.IGNORECASE)
_MAX_ALTERED_DIGITS = 15  # of a longer number only the last ones change
_NUMBER_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "fifty")


class Altered(NamedTuple):
    """A sentence with one wrong fact, and the change: ``text[at : at + len(now)]`` is new."""

    how: How
    text: str
    was: str
    now: str
    at: int


def alter(sentence: str, how: How, rng: random.Random, names: Sequence[str]) -> Altered | None:
    """``sentence`` with a number or a name replaced, or its negation flipped; None where there is none.

    :param names: replacements for a name.
    """
    if how == "negation":
        return flip(sentence)
    same_kind = [fact for fact in facts(sentence) if fact.kind == how]
    candidates = [fact for fact in same_kind if not fact.common]
    if not candidates:
        return None
    if how == "number":
        fact = rng.choice(candidates)
        replacement = _other_number(sentence[fact.start : fact.end], rng)
        return _replaced(sentence, fact, replacement, how)
    fact = _whole(rng.choice(candidates), same_kind, sentence)
    original = sentence[fact.start : fact.end]
    folded_sentence = sentence.casefold()
    strange_names = [
        strange_name
        for strange_name in names
        if not any(word.casefold()[:4] in folded_sentence for word in strange_name.split())
    ]
    return _replaced(sentence, fact, rng.choice(strange_names), how) if strange_names and original else None


def flip(sentence: str) -> Altered | None:
    """``sentence`` with its negation removed, or with one added; None where neither is possible."""
    for start, end in denials(sentence):
        if match := _NEGATION_WORD.search(sentence, max(0, start - 1), end):
            before = sentence[: match.start()]
            cut_word = _SHORT_AUXILIARY.search(before, max(0, len(before) - 3))
            if match[0].lower().startswith("n") and cut_word:
                before = before[: cut_word.start()] + _FULL_AUXILIARIES[cut_word[0].lower()]
            return Altered("negation", before + sentence[match.end() :], match[0].strip(), "", len(before))
        if sentence[start:end].lower() == "cannot":
            return Altered("negation", sentence[:start] + "can" + sentence[end:], "cannot", "can", start)
    if denials(sentence):
        return None
    if match := _AUXILIARY.search(sentence):
        return _inserted(sentence, match.end(), " not")
    if match := _SUBJECT.search(sentence):
        return _inserted(sentence, match.end(), "do not ")
    if match := _PAST.search(sentence):
        return _inserted(sentence, match.start("verb"), "did not ", match["verb"], _base(match["verb"], "ed"))
    if match := _PRESENT.search(sentence):
        return _inserted(sentence, match.start("verb"), "does not ", match["verb"], _base(match["verb"], "s"))
    return None


def _inserted(sentence: str, position: int, inserted: str, original: str = "", replacement: str = "") -> Altered:
    return Altered(
        "negation",
        sentence[:position] + inserted + replacement + sentence[position + len(original) :],
        original,
        inserted + replacement,
        position,
    )


def _base(verb: str, ending: str) -> str:
    """The most frequent base form of the verb."""
    verb_stem = verb.removesuffix(ending)
    candidates = [
        verb_stem,
        verb_stem + "e",
        verb_stem[:-1] + "y" if verb_stem[-1] == "i" else "",
        verb_stem[:-1] if verb_stem[-1:] == verb_stem[-2:-1] else "",
    ]
    if ending == "s":
        candidates = (
            [verb_stem, verb_stem.removesuffix("e")] if re.search(r"(?:sh|ch|ss|x|o)e$", verb_stem) else [verb_stem]
        )
    ranked = [
        (frequency_rank, candidate)
        for candidate in candidates
        if len(candidate) > 2 and (frequency_rank := rank(f" {candidate}")) is not None
    ]
    return min(ranked)[1] if ranked else verb_stem


def _other_number(original: str, rng: random.Random) -> str:
    digits = re.search(r"\d[\d,]*(?:\.\d+)?", original)
    if digits is None:
        word = rng.choice([word for word in _NUMBER_WORDS if word not in original.lower()] or _NUMBER_WORDS)
        return word.capitalize() if original[0].isupper() else word
    digits_end = digits.end()
    digits_start = max(digits.start(), digits_end - _MAX_ALTERED_DIGITS)
    old_digits = original[digits_start:digits_end]
    value = int(re.sub(r"\D", "", old_digits))
    while True:
        new_value = rng.choice(
            [value + rng.randint(1, 9), max(0, value - rng.randint(1, 9)), value * rng.randint(2, 5)]
        )
        if new_value != value:
            break
    new_digits = str(new_value).zfill(len(re.sub(r"\D", "", old_digits)) if "." in old_digits else 1)
    if "." in old_digits:
        decimal_count = len(old_digits.rpartition(".")[2])
        new_digits = f"{new_digits[:-decimal_count] or '0'}.{new_digits[-decimal_count:]}"
    elif "," in old_digits:
        new_digits = f"{new_value:,}"
    return original[:digits_start] + new_digits + original[digits_end:]


def _whole(fact: Fact, names: Sequence[Fact], sentence: str) -> Fact:
    """The full name that has ``fact`` as one of its words."""
    name_start, name_end = fact.start, fact.end
    for neighbour in names:
        if neighbour.start >= name_end and sentence[name_end : neighbour.start] == " ":
            name_end = neighbour.end
    for neighbour in reversed(names):
        if neighbour.end <= name_start and sentence[neighbour.end : name_start] == " ":
            name_start = neighbour.start
    return Fact("name", name_start, name_end, fact.form)


def _replaced(sentence: str, fact: Fact, replacement: str, how: How) -> Altered:
    text = sentence[: fact.start] + replacement + sentence[fact.end :]
    return Altered(how, text, sentence[fact.start : fact.end], replacement, fact.start)
