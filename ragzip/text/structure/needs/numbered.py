"""Numbered paragraphs that say of another one when it does not apply: "(2) Paragraph 1 does not apply to …"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.paragraphs import begins_paragraph

__all__ = ["PARTS_OF_RULES", "Exclusion", "exclusions"]

_NUMBER = r"\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?"
_MARKER = pattern_of(  # in brackets, with a stop, of several numbers
    rf"(?:§\s?\d{{1,4}}[a-z]?\s|stk\.\s)?(?:\(({_NUMBER})\)|({_NUMBER})[.)](?=\s)"
    rf"|(\d{{1,3}}(?:\.\d{{1,3}}){{1,3}})(?=\s))",
    re.IGNORECASE,
)
_PARAGRAPH_WORDS = (
    r"paragraphs?|subparagraphs?|sub-paragraphs?|subsections?|sub-sections?|paras?\.?|absatz|absatzes|absätzen?|abs\.?"
    r"|paragraphes?|alinéas?|al\.|apartados?|párrafos?|commi|comma|paragraf[oi]|números?|n\.º|lid|leden|stk\."
    r"|stykke|ledd|stycket|ust\.|ustępu?|част[ьи]|пункт[аы]?|частин[аи]"
)
_OTHER_WORDS = (
    r"sections?|clauses?|rules?|items?|points?|articles?|nummern?|nr\.|ziffern?|regel|punkt|punto|point|règle"
)
PARTS_OF_RULES = rf"{_PARAGRAPH_WORDS}|{_OTHER_WORDS}"
"""A pattern of what numbered parts of contracts and rules are called."""
_SENTENCE_WORDS = r"sentences?|satz|satzes|sätze|phrases?|frases?|oraci[óo]n|zin|mening"
_ORDINALS = (  # the first to the fifth, in eleven languages
    "first|erster?|ersten|erstes|premi[eè]re?|primer[oa]?|prim[oa]|primeir[oa]|eerste|första|første",
    "second|zweiter?|zweiten|zweites|deuxième|segund[oa]|second[oa]|tweede|andra|andet|andre|annet",
    "third|dritter?|dritten|drittes|troisième|tercer[oa]?|terz[oa]|terceir[oa]|derde|tredje",
    "fourth|vierter?|vierten|viertes|quatrième|cuart[oa]|quart[oa]|vierde|fjärde|fjerde",
    "fifth|fünfter?|fünften|fünftes|cinquième|quint[oa]|vijfde|femte",
)
_BEFORE = (
    "preceding|previous|foregoing|vorstehender?|vorigen?|voriger|vorhergehenden?|précédent|anterior|precedente|vorige"
    "|föregående"
)
_JOINED = rf"(?:(?:\s?,\s?|\s(?:and|or|to|und|oder|bis|et|ou|à|y|o|a|e|en|of|och|og)\s)\(?{_NUMBER}\)?){{0,4}}"
_PREPOSITIONS = "under|by|in|of|from|to|with|nach|gemäß|unter|aus|von|selon|según|secondo|volgens"
_BEHIND_PREPOSITION = "|".join(rf"(?<=\b{preposition}\s)" for preposition in _PREPOSITIONS.split("|"))
_PARTED = r"\d{1,3}(?:\.\d{1,3}){1,3}"
_MENTION = pattern_of(
    rf"\b(?P<word>{PARTS_OF_RULES}|{_SENTENCE_WORDS})\s\(?(?P<numbers>{_NUMBER}\)?{_JOINED})(?![\w(])\)?"
    rf"|\b(?P<ordinal>{'|'.join(_ORDINALS)}|{_BEFORE})\s(?P<named>{_PARAGRAPH_WORDS}|{_SENTENCE_WORDS})(?!\w)"
    rf"|(?:{_BEHIND_PREPOSITION})(?P<bare>{_PARTED}{_JOINED})"
    r"(?![\w(]|\s?(?:[%°€$£]|per\s?cent|points?\b|million|billion|times\b|k?m\b|kg\b|cm\b|hours?\b|euros?\b))"
    r"|第(?P<counted>[一二三四五六七八九\d]{1,2})[項项款]|(?P<last>前[項项款])",
    re.IGNORECASE,
)
_NOT_APPLIED = pattern_of(  # after a mention
    r"[^.!?;。]{0,60}?(?:\b(?:do|does|did|shall|will) not (?:apply|extend|affect|cover|hold)\b"
    r"|\b(?:is|are|shall be) not (?:applicable|applied)\b|\b(?:is|are) inapplicable\b|\b(?:ceases?|cease) to apply\b"
    r"|\b(?:apply|applies|shall apply) only\b|\bonly appl(?:y|ies)\b"
    r"|\b(?:gilt|gelten)\b[^.!?;]{0,20}?\b(?:nicht|nur)\b|\b(?:findet|finden) (?:\w+ ){0,3}?keine anwendung\b"
    r"|\b(?:ist|sind) (?:\w+ ){0,3}?nicht anzuwenden\b|\bne (?:s['’]appliqu|sont pas appl|vau[td]|vaut)"
    r"|\bn['’](?:est|sont) (?:pas )?applicable|\bno (?:se aplica|será|serán|es aplicable|rige|regirá)"
    r"|\bnon (?:si applica|trova)|\bnão se aplica|\b(?:is|zijn) niet van toepassing\b|\bgeld(?:t|en) niet\b"
    r"|\b(?:gäller|tillämpas) inte\b|\b(?:gælder|gjelder|anvendes) ikke\b|\bnie stosuje się\b"
    r"|\bне (?:применя|распростран|застосову)|適用しない|適用されない|不适用|不適用)",
    re.IGNORECASE,
)
_DEROGATING = pattern_of(  # what is said before it
    r"(?:notwithstanding|despite|(?:by way of |in )?derogation from|(?:by way of |as an )?exception to|contrary to"
    r"|in place of|abweichend vo[nm]|ungeachtet|entgegen|(?:par )?dérogation (?:à|au|aux)|nonobstant"
    r"|par exception (?:à|au)|no obstante(?: lo (?:dispuesto|previsto|establecido) en)?|(?:como )?excepción (?:a|de)"
    r"|in deroga (?:al?|ai|alle?)|não obstante(?: o disposto)?|em derrogação|in afwijking van|med avvikelse från"
    r"|uanset|trots|с изъятием из|z wyjątkiem)"
    r"\s(?:(?:the|l['’]|les?|la|el|lo|los|dem?|den|het|o|no|na|i|il|al|du|d['’])\s?){0,2}$",
    re.IGNORECASE,
)
_DEROGATED = pattern_of(r",?\s(?:notwithstanding|nonobstant|no obstante)(?=[\s,])", re.IGNORECASE)  # and after it
_NEGATIONS = (
    r"\b(?:no|not|nothing|none|never|neither|nor|kein\w{0,2}|nicht|nichts|aucune?|ne|rien|ningun[oa]|ningún|nada"
    r"|nessun[oa]?|non|nulla|nenhuma?|não|geen|niet|niets)\b"
)
_NOTHING_UNDER = pattern_of(  # before a mention: "No payment is made under 3.3."
    rf"{_NEGATIONS}[^.!?;]{{0,60}}?\b(?:{_PREPOSITIONS})\s(?:(?:the|den|der|dem|le|la|el|il|de|het)\s)?$", re.IGNORECASE
)
_UNDER = pattern_of(r"\b(?:under|nach|gemäß|selon|según|volgens)\s$", re.IGNORECASE)
_NOTHING_BEHIND = pattern_of(rf"[^.!?;]{{0,30}}?{_NEGATIONS}", re.IGNORECASE)  # "Under 3.3 nothing is paid."
_OF_ANOTHER_BEFORE = pattern_of(
    r"(?:sections?|articles?|art\.|§§?|artikel|artikels|artículo|articolo|artigo|rule|regulation|clause|annex"
    r"|schedule)\s?"
    r"\d+[a-z]{0,2},?\s?(?:\(\d+\))?\s?$",
    re.IGNORECASE,
)
_OF_ANOTHER_BEHIND = pattern_of(
    r",?\s(?:(?:of|des|der|du|de|del|della|do|da|van|av|af)\s|dell['’]\s?)(?!(?:this|the (?:same|present)|dieser?s?"
    r"|cet|cette|présent|este|esta|questo|presente|deze|dit|denna|denne)\b)",
    re.IGNORECASE,
)
_PARAGRAPH = pattern_of(_PARAGRAPH_WORDS, re.IGNORECASE)
_SENTENCE = pattern_of(_SENTENCE_WORDS, re.IGNORECASE)
_SENTENCE_ANYWHERE = pattern_of(rf"\b(?:{_SENTENCE_WORDS})\b", re.IGNORECASE)
_COUNTED = {sign: number for number, sign in enumerate("一二三四五六七八九", 1)}
_RANGE = pattern_of(rf"({_NUMBER})\)?\s(?:to|bis|à|a|al|t/m|tot|till|til)\s\(?({_NUMBER})", re.IGNORECASE)
_NUMBERS = pattern_of(_NUMBER)
_MAX_RULED = 6  # units of a paragraph that an exclusion is said of, and units of an exclusion
_MAX_CHARACTERS = 400  # of a unit that are looked at
_MAX_BEFORE = 80


class Exclusion(NamedTuple):
    """The units of a paragraph, or of several, and the units that state when it does not apply, by place."""

    ruled: tuple[int, ...]
    exclusion: tuple[int, ...]
    is_of_several: bool


def exclusions(source: str, units: Sequence[StructuredUnit]) -> Iterator[Exclusion]:
    """The statements that a numbered paragraph, or a sentence, above in the same section does not apply."""
    numbered = _Numbered()
    names_sentences = _SENTENCE_ANYWHERE.search(source) is not None
    first_sentence = 0  # of the paragraph
    for place, unit in enumerate(units):
        text = " ".join(source[unit.start : min(unit.end, unit.start + _MAX_CHARACTERS)].split())
        if begins_paragraph(source, units, place):
            first_sentence = place
        numbered.add(place, unit.relation.heading, text)
        if numbered.is_empty and not names_sentences:
            continue  # nothing that a mention could name
        for mention in _MENTION.finditer(text):
            if not _excludes(text, mention):
                continue
            word = (mention.group("word") or mention.group("named") or "").lower()
            if _SENTENCE.fullmatch(word):
                starts = [first_sentence + number - 1 for number in _ordinals_of(mention, place - first_sentence)]
                ruled = starts
            else:
                starts = numbered.mentioned(mention, is_paragraph=_PARAGRAPH.fullmatch(word) is not None or not word)
                ruled = [part for start in starts for part in numbered.units_of(start, place)]
            ruled = [number for number in ruled if number < place]
            if ruled:
                yield Exclusion(tuple(ruled), (place, *_items_below(units, place)), len(starts) > 1)


def _excludes(text: str, mention: re.Match[str]) -> bool:
    """Whether the paragraph of the same section that ``mention`` names is said not to apply."""
    before = text[max(0, mention.start() - _MAX_BEFORE) : mention.start()]
    if _OF_ANOTHER_BEFORE.search(before) or _OF_ANOTHER_BEHIND.match(text, mention.end()):
        return False
    if _DEROGATING.search(before) or _DEROGATED.match(text, mention.end()) or _NOTHING_UNDER.search(before):
        return True
    is_nothing_under = _UNDER.search(before) is not None and _NOTHING_BEHIND.match(text, mention.end()) is not None
    return is_nothing_under or _NOT_APPLIED.match(text, mention.end()) is not None


def _items_below(units: Sequence[StructuredUnit], place: int) -> Iterator[int]:
    """The places of the items that the unit at ``place`` introduces."""
    for number in range(place + 1, min(len(units), place + _MAX_RULED)):
        if units[number].relation.head != place:
            return
        yield number


def _ordinals_of(mention: re.Match[str], last: int) -> list[int]:
    """The numbers that a mention has, of sentences or paragraphs; ``last`` where it says the one before."""
    if mention.group("numbers"):
        numbers = mention.group("numbers")
        first_to_last = _RANGE.match(numbers)
        if first_to_last is not None and all(number.isdecimal() for number in first_to_last.groups()):
            first, after = (int(number) for number in first_to_last.groups())
            return list(range(first, min(after, first + _MAX_RULED) + 1))
        return [int(number) for number in _NUMBERS.findall(numbers) if number.isdecimal()]
    ordinal = (mention.group("ordinal") or "").lower()
    return [number for number, forms in enumerate(_ORDINALS, 1) if re.fullmatch(forms, ordinal)] or [last]


class _Numbered:
    """The numbered paragraphs of the section that is read."""

    def __init__(self) -> None:
        self._heading: int | None = None
        self._style_of_start: dict[int, str] = {}
        self._starts: dict[str, dict[str, int]] = {}  # by style, and by number

    @property
    def is_empty(self) -> bool:
        return not self._starts

    def add(self, place: int, heading: int | None, text: str) -> None:
        """Take the unit at ``place`` in, with the text it begins with."""
        if heading != self._heading:
            self._heading = heading
            self._starts = {}
        marker = _MARKER.match(text)
        if marker is None:
            return
        style, number = next((str(style), number) for style, number in enumerate(marker.groups()) if number)
        starts = self._starts.setdefault(style, {})
        if number in starts:
            starts.clear()
        starts[number] = place
        self._style_of_start[place] = style

    def mentioned(self, mention: re.Match[str], *, is_paragraph: bool) -> list[int]:
        """The first units of the paragraphs that are mentioned.

        :param is_paragraph: whether paragraphs of a section are named; rules and points have no brackets.
        """
        styles = [style for style in self._starts if is_paragraph or style != "0"]
        for style in sorted(styles):
            starts = self._starts[style]
            named_numbers = mention.group("numbers") or mention.group("bare")
            if named_numbers and not _RANGE.match(named_numbers):
                numbers = _NUMBERS.findall(named_numbers)
            elif mention.group("counted"):
                numbers = [str(_COUNTED.get(mention.group("counted"), mention.group("counted")))]
            else:
                numbers = [str(number) for number in _ordinals_of(mention, 0)]
            if numbers == ["0"]:  # the one before
                return list(starts.values())[-2:-1]
            if mentioned := [starts[number] for number in numbers if number in starts]:
                return mentioned
        return []

    def units_of(self, start: int, end: int) -> Iterator[int]:
        """The first units of the paragraph that begins at ``start``, before ``end``."""
        style = self._style_of_start[start]
        for place in range(start, min(end, start + _MAX_RULED)):
            if place > start and self._style_of_start.get(place) == style:
                return
            yield place
