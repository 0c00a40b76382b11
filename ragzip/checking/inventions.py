"""Sentences with one thing in them made wrong: what a check has to find. For measuring and training, not for use."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from ragzip.checking.facts import Fact, denials, facts
from ragzip.text.tokens import rank

__all__ = ["Altered", "alter", "flip"]

How = Literal["number", "name", "negation"]

_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|will|would|can|could|should|may|might|must|has|have|had|do|does|did)\b(?!\s+(?:to|a|an|the)\b)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"\b(?:we|they|I|you|We|They|You)\s+(?=[a-z]{3,}\b(?<!ly)(?<!ed))")
_PAST = re.compile(r"\b[a-z]{2,}[a-rt-z]\s+(?P<verb>[a-z]{2,}ed)\b(?!\s+by\b)")
_PRESENT = re.compile(
    r"\b(?:[Hh]e|[Ss]he|[Ii]t|[Tt]his paper|[Pp]aper|[Mm]ethod|[Mm]odel)\s+(?P<verb>[a-z]{3,}[^su\W]s)\b"
)
_FREE = re.compile(r"\s?\b(?:not|never)\b|n['’]t\b", re.IGNORECASE)
_CUT = {"ca": "can", "wo": "will", "sha": "shall"}
_CUT_WORD = re.compile(r"(?<!\w)(?:ca|wo|sha)$", re.IGNORECASE)
_ALTERED_DIGITS = 15  # of a longer number only the last ones are made others
_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "fifty")


class Altered(NamedTuple):
    """A sentence in which one fact is wrong, and what was done to it: ``text[at : at + len(now)]`` is new."""

    how: How
    text: str
    was: str
    now: str
    at: int


def alter(sentence: str, how: How, rng: random.Random, names: Sequence[str]) -> Altered | None:
    """``sentence`` with a number or a name replaced, or its denial turned round; None where there is none.

    :param names: what a name is replaced by, one of them.
    """
    if how == "negation":
        return flip(sentence)
    alike = [fact for fact in facts(sentence) if fact.kind == how]
    found = [fact for fact in alike if not fact.common]
    if not found:
        return None
    if how == "number":
        fact = rng.choice(found)
        now = _other_number(sentence[fact.start : fact.end], rng)
        return _replaced(sentence, fact, now, how)
    fact = _whole(rng.choice(found), alike, sentence)
    was = sentence[fact.start : fact.end]
    folded = sentence.casefold()
    others = [name for name in names if not any(word.casefold()[:4] in folded for word in name.split())]
    return _replaced(sentence, fact, rng.choice(others), how) if others and was else None


def flip(sentence: str) -> Altered | None:
    """``sentence`` with its denial taken out, or with one put in."""
    for start, end in denials(sentence):
        if match := _FREE.search(sentence, max(0, start - 1), end):
            before = sentence[: match.start()]
            cut_word = _CUT_WORD.search(before, max(0, len(before) - 3))
            if match[0].lower().startswith("n") and cut_word:
                before = before[: cut_word.start()] + _CUT[cut_word[0].lower()]
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


def _inserted(sentence: str, at: int, what: str, was: str = "", now: str = "") -> Altered:
    return Altered("negation", sentence[:at] + what + now + sentence[at + len(was) :], was, what + now, at)


def _base(verb: str, ending: str) -> str:
    """The verb without its ending: of the forms possible, the most frequent."""
    stem = verb.removesuffix(ending)
    forms = [
        stem,
        stem + "e",
        stem[:-1] + "y" if stem[-1] == "i" else "",
        stem[:-1] if stem[-1:] == stem[-2:-1] else "",
    ]
    if ending == "s":
        forms = [stem, stem.removesuffix("e")] if re.search(r"(?:sh|ch|ss|x|o)e$", stem) else [stem]
    ranked = [(found, form) for form in forms if len(form) > 2 and (found := rank(f" {form}")) is not None]
    return min(ranked)[1] if ranked else stem


def _other_number(was: str, rng: random.Random) -> str:
    digits = re.search(r"\d[\d,]*(?:\.\d+)?", was)
    if digits is None:
        word = rng.choice([word for word in _WORDS if word not in was.lower()] or _WORDS)
        return word.capitalize() if was[0].isupper() else word
    end = digits.end()
    start = max(digits.start(), end - _ALTERED_DIGITS)
    old = was[start:end]
    value = int(re.sub(r"\D", "", old))
    while True:
        new = rng.choice([value + rng.randint(1, 9), max(0, value - rng.randint(1, 9)), value * rng.randint(2, 5)])
        if new != value:
            break
    text = str(new).zfill(len(re.sub(r"\D", "", old)) if "." in old else 1)
    if "." in old:
        places = len(old.rpartition(".")[2])
        text = f"{text[:-places] or '0'}.{text[-places:]}"
    elif "," in old:
        text = f"{new:,}"
    return was[:start] + text + was[end:]


def _whole(fact: Fact, found: Sequence[Fact], sentence: str) -> Fact:
    """The name that ``fact`` is a word of."""
    start, end = fact.start, fact.end
    for other in found:
        if other.start >= end and sentence[end : other.start] == " ":
            end = other.end
    for other in reversed(found):
        if other.end <= start and sentence[other.end : start] == " ":
            start = other.start
    return Fact("name", start, end, fact.form)


def _replaced(sentence: str, fact: Fact, now: str, how: How) -> Altered:
    text = sentence[: fact.start] + now + sentence[fact.end :]
    return Altered(how, text, sentence[fact.start : fact.end], now, fact.start)
