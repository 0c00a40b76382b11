"""Sentences that compare with, add to or agree with the one before them, without saying what: "Bergen sold twice as
many.", "Another 40 were given away.", "Leeds did, too.".
"""

from __future__ import annotations

import re

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import LETTERS
from ragzip.text.quantities.numerals import number_words

__all__ = ["compares_with_before"]

_END = r"(?=\s?[.,;:!?)]|$)"
_NUMBER = rf"(?:\d[\d.,]{{0,12}}|{number_words(2, 12)})"
_SHARE = (
    r"\d[\d.,]{0,6}\s?(?:%|per\s?cent|percentage\spoints?|points?|Prozent(?:punkte)?|pour\scent|por\sciento|procent)"
)
_COMPARES = pattern_of(
    rf"\b(?:twice|half|double|triple|{_NUMBER}\stimes)\s(?:as\s(?:many|much|\w{{3,8}})|(?:that|this)\s\w{{4,9}}){_END}"
    rf"|\b(?:{_SHARE}|a\s(?:third|quarter|half|fifth|tenth|little|bit)|slightly|much|far|even|somewhat|considerably"
    rf"|significantly|{_NUMBER}(?:\s(?!or\b|and\b)\w+)?)\s(?:more|less|fewer|higher|lower|larger|smaller|bigger|cheaper|longer"
    rf"|shorter"
    rf"|faster|slower|older|younger|better|worse|heavier|lighter){_END}"
    r"|\b(?:more|less|fewer|better|worse)\sthan\s(?:that|this|those)\b(?!\sof|\sin)"
    rf"|\b(?:doppelt|halb|dreimal|viermal|fünfmal|zehnmal|\d{{1,4}}-?mal)\sso\s\w{{3,8}}{_END}"
    rf"|\b(?:{_SHARE}|etwas|viel|deutlich|noch|weit|wesentlich|erheblich)\s(?:mehr|weniger|höher|niedriger|größer|kleiner"
    rf"|teurer|billiger|länger|kürzer|schneller|langsamer|älter|jünger|besser|schlechter|schwerer|leichter){_END}"
    rf"|\b(?:{_NUMBER}\s(?:fois|veces|volte|vezes)|{_SHARE}|un\speu|beaucoup|encore|bien|algo|mucho|aún|un\spoco|molto"
    rf"|ancora|muito|ainda)\s(?:de\s|di\s)?(?:plus|moins|más|menos|più|meno|mais)(?:\s\w{{3,10}})?{_END}"
    rf"|\b(?:le\sdouble|la\smoitié|el\sdoble|la\smitad|il\sdoppio|la\smetà|o\sdobro|a\smetade){_END}"
    rf"|\b(?:(?:dubbel|half|{_NUMBER}\skeer)\szo\s\w{{3,8}}|(?:{_SHARE}|iets|veel|nog|aanzienlijk)\s(?:meer|minder|hoger|lager"
    rf"|groter|kleiner|duurder|goedkoper|langer|korter)){_END}",
    re.IGNORECASE,
)
_SIGNS = frozenset(  # one of these words is in what the pattern finds, which takes longer
    re.findall(
        r"\S+",
        """
    twice half double triple times more less fewer higher lower larger smaller bigger cheaper longer shorter faster
    slower older younger better worse heavier lighter
    doppelt halb dreimal viermal fünfmal zehnmal mal mehr weniger höher niedriger größer kleiner teurer billiger länger
    kürzer schneller langsamer älter jünger besser schlechter schwerer leichter
    plus moins más menos più meno mais double moitié doble mitad doppio metà dobro metade
    dubbel keer meer minder hoger lager groter duurder goedkoper langer korter
    """,
    )
)
_NAMES_OTHER = pattern_of(  # with which it compares
    r"\b(?:than|as|compared|unlike|from|als|wie|verglichen|que|come|che|dan|vergeleken|between|zwischen|entre)\s",
    re.IGNORECASE,
)
_OPENS = pattern_of(
    rf"(?:another|a\sfurther|an\sadditional|the\s(?:remaining|other)|weitere|die\s(?:übrigen|restlichen|anderen)"
    rf"|(?:les|los|las|gli|le|os|as)\s(?:autres|otr[oa]s|altr[ie]|outr[oa]s)|de\s(?:overige|andere))\s{_NUMBER}\b"
    r"|(?:by|in)\s(?:comparison|contrast)\b(?!\s(?:to|with)\s(?!this|that))|not\sso\b|even\sso\b|as\sa\sconsequence\b"
    r"|im\s(?:vergleich|gegensatz)\sdazu\b|nicht\sso\s|anders\s|ebenso\s"
    r"|en\s(?:revanche|comparaison|cambio|comparación)\b|par\scontre\b|por\sel\scontrario\b|al\scontrario\b"
    r"|em\scomparação\b|in\svergelijking\sdaarmee\b"
    r"|(?:the|this|that)\s(?:figure|number|increase|decrease|rise|fall|drop|decline|gap|difference|change|loss|gain)s?"
    r"\s(?:is|was|were|are|has|had|rose|fell|grew|came|means?|meant|remained|reached|will|would|does|did)\b"
    r"|diese?\s(?:zahl|summe|zunahme|abnahme|steigerung|differenz|änderung)\s(?:ist|war|stieg|fiel|sank|betrug|beträgt)\b",
    re.IGNORECASE,
)
_TURNS = pattern_of(
    r",\s(?:by\scontrast|by\scomparison|in\scontrast|on\sthe\sother\shand|however|likewise|in\sturn|dagegen|hingegen"
    r"|wiederum),"
    r"|\b(?:did|does|do|is|are|was|were|has|had|can|will|would),?\s(?:so\s)?(?:too|as\swell|likewise)[.!]?$"
    r"|\b(?:non\splus|tampoco|neanche)[.!]?$",
    re.IGNORECASE,
)


def compares_with_before(sentence: str) -> bool:
    """Whether a sentence compares something with, or adds it to, what only the sentence before it can say."""
    if _OPENS.match(sentence) is not None or _TURNS.search(sentence) is not None:
        return True
    if _SIGNS.isdisjoint(LETTERS.findall(sentence.lower())):
        return False
    compared = _COMPARES.search(sentence)
    if compared is None:
        return False
    return _NAMES_OTHER.search(sentence[: compared.start()] + sentence[compared.end() :]) is None
