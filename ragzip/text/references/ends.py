"""Endings of texts: a question, or a pronoun that refers back, "The pot may be washed in it.", "Some 900 people lost
their work when it closed.".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragzip.text.auxiliaries import BE, DO, HAVE, MODAL
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["ends_in_question", "place_of_it", "pronoun_at_end"]

_QUESTION_MARK = pattern_of(r"[?？؟][\"'”“’»«)\]*_\s]{0,4}$")
_SEARCHED_CHARACTERS = 12  # at the end of a text
_LAST = pattern_of(  # at the end of a sentence
    r"(?P<before>[^,;:()\"“”]{1,100}?)\s(?:(?:in|with|on|for|from|to|by|under|at|into|onto|without|about|through|against"
    r"|behind|over|near|inside)\s(?P<person>it|them)(?:\s(?:too|either|again|as\swell))?"
    r"|(?:darin|damit|dafür|darauf|davon|daran|darunter|dagegen|daraus|erin|ermee|ervoor|erop|daarin|daarmee|daarop)"
    r"(?:\s[^\W\d_]{3,20}){0,3}|dedans|dessus|dessous|(?:avec|pour|sans)\s(?:lui|elles?|eux)"
    r"|(?:en|con|para|sin|sobre)\s(?:él|ellas?|ellos?|ello)|(?:in|con|per|senza|su)\s(?:esso|essa|essi|esse|loro)"
    r"|nel[ea]s?|(?:com|para|sem)\sel[ea]s?)[.!]$",
    re.IGNORECASE,
)
_HAS_INSIDE = pattern_of(  # a clause of its own, or what the subject has: "The cup has milk in it."
    r"\b(?:and|or|that|which|who|whose|when|if|where|because|while|as|than|und|oder|dass|et|ou|qui|que|y|o|e|che)\s"
    r"|\b(?:has|have|had)\s(?!been|to|not)|\bcontains?\b|\bhat\b|\bhaben\b",
    re.IGNORECASE,
)
_DETERMINERS = frozenset(
    re.findall(
        r"\w+",
        """
        the a an this these my your his her our their its some any each every no both another one two three
        der die das den dem ein eine einen einem einer kein keine keinen le la les un une des du el los las una unos
        il lo gli i uno os as um uma de het een
        """,
    )
)
_MAX_WORDS_BEFORE_LAST = 10
_LAST_CLAUSE = pattern_of(
    r"(?P<before>[^,;:()\"“”]{1,100}?),?\s(?:when|after|before|until|since|because|once|while|as\ssoon\sas)\s"
    r"(?P<person>it)\s[a-z]{2,20}\b[^,;:]{0,60}[.!]$",
    re.IGNORECASE,
)
_WORDS_BEFORE_VERB = (
    r"(?:(?!(?:who|that|which|to|if|when|and|or|wer|wenn|qui|si|que|quien)\s)[^\s,;:()\"“”]{1,24}\s){1,4}?"
)
_DOES_SO = pattern_of(  # "Ms Cole will do so by Friday.", "Tom did the same."
    rf"{_WORDS_BEFORE_VERB}(?:(?:{MODAL}|cannot|{DO}"
    rf"|(?:{HAVE}|{BE}|intends?|wants?|agreed|refused|promised|offered|plans?)\sto)\s(?:not\s|also\s|never\s)?do|does|did|(?:{HAVE})\s(?:not\s)?done)"
    r"\s(?:so|the\ssame|likewise)\b"
    rf"|{_WORDS_BEFORE_VERB}(?:wird|werden|will|soll|kann|darf|muss)\s(?:dies|das|es)\s(?:[^\s,;:]{{1,24}}\s){{0,4}}?(?:tun|machen"
    r"|erledigen|nachholen)\b"
    rf"|{_WORDS_BEFORE_VERB}(?:ne\s)?(?:le\s(?:fera|feront|ferait|fait|font)|l['’](?:a|ont)\sfait)\b"
    rf"|{_WORDS_BEFORE_VERB}(?:no\s)?lo\s(?:hará|harán|hizo|hicieron|haría)\b",
    re.IGNORECASE,
)
_OF_SEVERAL = frozenset(["some", "any", "no", "both", "two", "three", "their", "our", "my", "your"])  # what is not "it"


def ends_in_question(text: str) -> bool:
    """Whether ``text`` ends in a question, after which brackets, quotes and emphasis may close."""
    return _QUESTION_MARK.search(text, max(0, len(text) - _SEARCHED_CHARACTERS)) is not None


def pronoun_at_end(text: str) -> str | None:
    """The pronoun after a preposition that a sentence ends in, with no noun for it but the subject; "" for such an
    adverb, or for who "will do so": "The pot may be washed in it.", "Der Topf darf darin gekocht werden.".
    """
    if _DOES_SO.match(text):
        return ""
    match = _LAST.match(text)
    if match is None:
        return None
    words = match.group("before").split()
    has_noun = _may_name(words[2:]) or not _DETERMINERS.isdisjoint(map(str.lower, words[1:]))
    if has_noun or len(words) > _MAX_WORDS_BEFORE_LAST or _HAS_INSIDE.search(text):
        return None
    return (match.group("person") or "").lower()


def place_of_it(text: str) -> int | None:
    """The offset of "it" in the last clause of a sentence with no noun for it: "Some left when it closed."; None
    without one.
    """
    match = _LAST_CLAUSE.match(text)
    if match is None:
        return None
    words = match.group("before").split()
    has_noun = _may_name(words[2:]) or not (_DETERMINERS - _OF_SEVERAL).isdisjoint(map(str.lower, words))
    return None if has_noun or len(words) > _MAX_WORDS_BEFORE_LAST else match.start("person")


def _may_name(words: Sequence[str]) -> bool:
    """Whether one of ``words`` may be a name or a number."""
    return any(word[0].isupper() or word[0].isdigit() for word in words)
