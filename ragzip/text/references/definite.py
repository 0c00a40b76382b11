"""Sentences about "the town", which stands for a name further up: "The town lies on the Murg."."""

from __future__ import annotations

from ragzip.text.auxiliaries import AUXILIARY
from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["has_name", "is_of_something_named", "names_part"]

_NOT_OF_ONE_NAMED = (  # superlatives, ordinals and others that say which
    r"\w{2,15}est|first|second|third|fourth|fifth|last|next|other|others|same|only|most|least|former|latter|following|rest"
    r"|more|whole|main"
)
_VERB = (
    rf"(?:{AUXILIARY}|also|now|never|not"
    r"|lay|stood|became|began|burnt|ran|fell|rose|won|lost|took|came|went|grew|held|kept|left|led|made|met|sold|sent|sat"
    r"|wrote|\w{2,}(?:s|ed))\b"
)
_GERMAN_NOUNS = (
    "stadt|gemeinde|ort|ortschaft|dorf|fluss|bach|see|berg|insel|land|firma|unternehmen|gesellschaft|verein|club|museum"
    "|schule|kirche|schloss|burg|brücke|turm|gebäude|haus|hotel|gerät|modell|produkt|wagen|auto|schiff|buch|roman|film"
    "|stück|band|gruppe|autor|autorin|maler|malerin|sänger|sängerin|künstler|künstlerin|politiker|politikerin|könig"
    "|königin|präsident|präsidentin|frau|mann|kurs|medikament|mittel|präparat|programm|partei|bank|zeitung|universität"
)
_BEHIND_ENGLISH = "that|which|who|whose|where|of|in|on|at|with|for|from|to|near|by|and|or"
_BEHIND = {  # that says which, after a noun
    "fr": r"de|du|des|qui|que|où|dont|à|au|aux|en|dans|sur|pour|avec|entre",
    "es": r"de|del|que|en|con|para|entre|a|al|cuy[oa]s?",
    "it": r"di|del|dell[ao]?|dei|delle|degli|che|in|con|per|da|dal|a|al|nel|nella|tra|cui",
    "pt": r"de|do|da|dos|das|que|em|no|na|com|para|entre|a|ao",
    "nl": r"van|die|dat|in|op|met|voor|aan|uit|bij|tussen",
}
_ARTICLES = {
    "fr": r"(?:le|la|les)\s|l['’]",
    "es": r"(?:el|la|los|las)\s",
    "it": r"(?:il|lo|la|i|gli|le)\s|l['’]",
    "pt": r"(?:o|a|os|as)\s",
    "nl": r"(?:de|het)\s",
}
_SMALL = r"[a-zà-þ][\wà-þ-]+"
_ENGLISH = pattern_of(
    rf"[Tt]he\s(?!(?:{_NOT_OF_ONE_NAMED})\b)(?:{_SMALL}\s(?!(?:{_BEHIND_ENGLISH})\b))?{_SMALL}\s{_VERB}"
)
_BEGINNINGS = {
    "de": pattern_of(
        rf"(?i:(?:der|die|das)\s(?:[a-zäöüß]{{3,20}}e\s)?(?:{_GERMAN_NOUNS})\s(?!(?:der|des|von|in|an|am|im|auf|mit|für)\b))"
    ),
    **{
        language: pattern_of(
            rf"(?i:{article})(?!(?i:prim|segund|second|deuxième|dernier|última?|ultim|eerste|tweede|laatste|más|plus|più))"
            rf"{_SMALL}\s(?!(?:{_BEHIND[language]})\b|d['’])(?=[a-zà-þ])"
        )
        for language, article in _ARTICLES.items()
    },
}
_BEGINNING = pattern_of(r"\W{0,4}")
_NAME_INSIDE = pattern_of(r"[\w,;]\s(?:[a-z]\w{0,3}['’])?[A-ZÀ-ÞА-Я]\w")
_FIRST_WORD = pattern_of(r"\W{0,4}([A-ZÀ-ÞА-Я][\w-]+)(?:['’]s)?\s(\w+)")
_GERMAN_MODEL = pattern_of(
    r"(?:(?:Der|Die|Das)\s)?[A-ZÄÖÜ][\w-]{1,20}\s(?:[A-Z]{1,3}[- ]?)?\d{1,4}\b"
)  # "Die Hydra 20"
_GERMAN_PART = pattern_of(r"(?:Der|Die|Das)\s[A-ZÄÖÜ][\w-]+\s(?=[a-zäöü]+t(?:en)?\b)")
_SINGULAR = frozenset(["is", "was", "has", "had", "ist", "war", "hat"])


def is_of_something_named(sentence: str, language: str | None) -> bool:
    """Whether a sentence begins with a definite noun that does not say which: "The town lies on the Murg."."""
    beginning = _BEGINNING.match(sentence)
    start = beginning.end() if beginning else 0
    pattern = _BEGINNINGS.get(language or "", _ENGLISH)
    return pattern.match(sentence, start) is not None


def names_part(sentence: str, language: str | None) -> bool:
    """Whether a sentence may begin with a part or property of something named before: "The dose is 5 mg."."""
    return is_of_something_named(sentence, language) or (language == "de" and _GERMAN_PART.match(sentence) is not None)


def has_name(sentence: str, language: str | None) -> bool:
    """Whether a sentence has a name: a word with a capital letter that is not the first, or the first before a verb. Of
    German ones the first word alone says it, or a number.
    """
    if language == "de" and _GERMAN_MODEL.match(sentence):
        return True
    if language != "de" and _NAME_INSIDE.search(sentence):
        return True
    first_word = _FIRST_WORD.match(sentence)
    if first_word is None or is_function_word(first_word.group(1).lower()):
        return False
    return not first_word.group(1).endswith("s") or first_word.group(2) in _SINGULAR
