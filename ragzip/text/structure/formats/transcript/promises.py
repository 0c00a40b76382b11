"""Promises that their speaker takes back later in a talk: "I can", "actually my sister needs the tent, sorry"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.formats.transcript.remarks import Remark
from ragzip.text.words import content

__all__ = ["broken_promises"]

_PROMISES = pattern_of(
    r"\W{0,3}(?:(?:ok(?:ay)?|yes|yeah|sure|fine|ja|klar|gern|oui|d['’]accord|sí|vale|sì|va bene)\W{1,3})?"
    r"(?:I(?:['’](?:ll|d|m in)|\s(?:can|will|could|have one|do|am in)\b(?!['’]t|\s(?:not|only|remember|imagine|see)\b))"
    r"|we(?:['’]ll|\s(?:can|will)\b)"
    r"|(?:me|count me in)\b"
    r"|(?:das\s)?(?:kann|mach|übernehm|nehm|bring|hab)e?\sich\b"
    r"|ich(?:\s(?:kann|mache?|übernehme?|nehme?|bringe?|habe?)\b|\W*$)"
    r"|moi\b|je\s(?:peux|vais|prends|m['’]en)\b|yo\b|puedo\b|yo\spuedo\b|lo\shago\b|io\b|posso\b|ci\spenso\b|ik\b|kan\sik\b)",
    re.IGNORECASE,
)
_TAKES_BACK = pattern_of(
    r"(?:^\W{0,3}(?:(?:oh|ah|hm+|no)\W{1,3})?actually\b)|\b(?:sorry|unfortunately|sadly|after all"
    r"|(?:can['’]?t|cannot)(?! wait| believe| remember)|won['’]?t|no longer|not any ?more|turns out"
    r"|oh no|damn"
    r"|oops|cancell?ed|called off|(?:is|are|was) (?:full|closed|broken|gone|fully booked|sold out)"
    r"|leider|doch (?:nicht|keinen?)|mist|schade|kaputt|klappt nicht|abgesagt|geschlossen|ausgebucht"
    r"|désolée?|finalement|en fait|malheureusement|annulée?|complet|fermée?|cassée?"
    r"|lo siento|perdón|al final|desgraciadamente|cancelad[oa]|llen[oa]|cerrad[oa]|rot[oa]"
    r"|mi dispiace|scusate?|purtroppo|annullat[oa]|pien[oa]|chius[oa]|rott[oa]|helaas|toch (?:niet|geen)"
    r"|vol|gesloten|kapot)\b",
    re.IGNORECASE,
)
_OFFERS = pattern_of(
    r"\b(?:then|so)\b.{0,30}\b(?:I|we|let['’]?s)\b|\b(?:I['’]?ll|I can|let['’]?s|we['’]?ll)\b|\binstead\b"
    r"|\b(?:dann|alors|entonces|allora|dan)\b"
    r"|\b(?:stattdessen|à la place|en su lugar|al suo posto|in plaats daarvan)\b",
    re.IGNORECASE,
)
_MAX_TURNS = 20  # from a promise to its end
_MAX_TURNS_TO_QUESTION = 3
_MAX_WORDS = 25
_MIN_LETTERS = 3  # of a word that both have


def broken_promises(remarks: Sequence[Remark]) -> Iterator[tuple[int, int]]:
    """Promises, each with the later remark in which the same speaker says that it cannot be kept, and with the one
    after that, which offers something else; and the questions that they answer. By number.
    """
    for number, remark in enumerate(remarks):
        if not remark.speaker or remark.question is not None or len(remark.words.split()) > _MAX_WORDS:
            continue
        if _TAKES_BACK.search(remark.words) is None or _PROMISES.match(remark.words):
            continue
        words = _telling(remark.words)
        for earlier in range(number - 1, max(number - _MAX_TURNS, 0) - 1, -1):
            promise = remarks[earlier]
            is_of_speaker = (promise.speaker, promise.part) == (remark.speaker, remark.part)
            if not is_of_speaker or len(promise.words.split()) > _MAX_WORDS or not _PROMISES.match(promise.words):
                continue
            question = _question_before(remarks, earlier)
            question_words = "" if question is None else remarks[question].words
            if words.isdisjoint(_telling(f"{promise.words} {question_words}")):
                continue
            later_numbers = [number]
            if number + 1 < len(remarks) and _OFFERS.search(remarks[number + 1].words):
                later_numbers.append(number + 1)
            for outdated_number in (earlier,) if question is None else (earlier, question):
                yield from ((outdated_number, later) for later in later_numbers)
            break


def _question_before(remarks: Sequence[Remark], number: int) -> int | None:
    """The number of the question that a remark may answer."""
    before = range(number - 1, max(number - _MAX_TURNS_TO_QUESTION, 0) - 1, -1)
    return next((place for place in before if remarks[place].question is not None), None)


def _telling(words: str) -> frozenset[str]:
    """The words that say what a remark is about."""
    return frozenset(word for word in content(words) if len(word) >= _MIN_LETTERS and not is_function_word(word))
