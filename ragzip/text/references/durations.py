"""Sentences of a time that is told from the one before them: "Three years later Ida became director."."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import MONTHS
from ragzip.text.quantities.numerals import number_words

__all__ = ["sentences_told_from"]

_COUNT = (
    rf"(?:\d{{1,3}}|{number_words(1, 12)}|an?|twenty|thirty|forty|fifty|hundred|some|several|(?:a\s)?few|many"
    rf"|a\scouple\sof"
    r"|half\san?|zwanzig|dreißig|hundert|einige|wenige|mehrere|viele|ein(?:e[nrs]?)?|quelques|plusieurs|vingt"
    r"|trente|cent"
    r"|unos|unas|algunos|algunas|pocos|varios|varias|un[ao]|veinte|treinta|alcuni|alcune|pochi|qualche|vent[ei]"
    r"|trenta"
    r"|alguns|algumas|poucos|vários|um|uma|vinte|trinta|enkele|een\spaar|twintig|dertig)"
)
_END = r"(?=\s?[,.;:)–—]|$)"
_UNITS = r"(?:minutes?|hours?|days?|nights?|weeks?|weekends?|months?|years?|decades?|centur(?:y|ies)|generations?)"
_TOLD = pattern_of(
    rf"\b{_COUNT}\s(?:\w{{4,9}}\s)?{_UNITS}\s(?:(?:later|earlier|previously)\b(?!\sthan)|(?:after(?:wards?)?|before(?:hand)?|on){_END}"
    r"|(?:before|after)\s(?:that|this)\b)"
    rf"|\bthe\s(?:next|following|previous)\s(?:day|night|morning|afternoon|evening|week|weekend|month|spring|summer|autumn"
    r"|winter|season|decade|century)\b(?!\sof)"
    rf"|\bthe\s(?:day|night|morning|week|month|year)\s(?:after|before){_END}"
    r"|\b(?:the\ssame|that(?:\ssame|\svery)?)\s(?:day|night|morning|afternoon|evening|week|month|spring|summer|autumn|winter)\b"
    rf"|\b(?:soon|shortly|immediately|(?:not\s)?long|right)\s(?:(?:after|before){_END}|afterwards?\b|thereafter\b)"
    r"|\b(?:by|from|since|until)\sthen\b(?!\son\sthe)"
    rf"|\b{_COUNT}\s(?:Minuten?|Stunden?|Tage?n?|Nächten?|Wochen?|Monate?n?|Jahre?n?|Jahrzehnte?n?)\s(?:später|zuvor|davor|danach"
    r"|darauf|vorher|früher)\b(?!\sals)"
    r"|\b(?:am|in\sder|an\sdem)\s(?:nächsten|folgenden|darauffolgenden|gleichen|selben|vorigen|vorherigen)\s(?:Tag|Morgen|Abend"
    r"|Nacht|Woche|Wochenende)\b"
    r"|\b(?:im|in\sdem)\s(?:nächsten|folgenden|darauffolgenden|gleichen|selben|vorigen)\s(?:Monat|Frühjahr|Frühling|Sommer|Herbst"
    r"|Winter)\b"
    r"|\b(?:kurz|bald|wenig|unmittelbar|tags|nicht\slange)\s(?:danach|darauf|später|zuvor|davor|vorher)\b|\bdamals\b"
    r"|\b(?:im\sJahr|am\sTag|in\sder\s(?:Woche|Nacht)|im\sMonat)\s(?:danach|davor|darauf|zuvor)\b"
    rf"|\b{_COUNT}\s(?:minutes?|heures?|jours?|nuits?|semaines?|mois|ans?|années?|décennies?|siècles?)\s(?:plus\stard|auparavant"
    rf"|plus\stôt|après{_END}|avant{_END})"
    r"|\ble\slendemain\b(?!\s(?:d[eu]|des)\b|\sd['’])|\bla\sveille\b(?!\s(?:d[eu]|des)\b|\sd['’])"
    r"|\bl['’]année\s(?:suivante|précédente|d['’]après|d['’]avant)|\b(?:le|la)\s(?:jour|mois|semaine|printemps|hiver)"
    r"\s(?:suivante?|précédente?)\b"
    rf"|\bpeu\s(?:après|avant){_END}|\bà\scette\sépoque\b|\b(?:ce\sjour|cette\snuit|cette\sannée|ce\ssoir)-là\b"
    rf"|\b{_COUNT}\s(?:minutos?|horas?|días?|noches?|semanas?|meses|mes|años?|décadas?|siglos?|dias?|anos?)\s(?:después|más\starde"
    rf"|antes|depois|mais\starde)\b(?!\s(?:de|del|da|do|que)\b)"
    r"|\b(?:al|el|no)\s(?:día|mes|año|verano|invierno|dia|mês|ano)\s(?:siguiente|anterior|seguinte)\b"
    r"|\bla\ssemana\ssiguiente\b"
    r"|\b(?:poco|pouco)\s(?:después|antes|depois)\b(?!\s(?:de|del|da|do|que)\b)|\ben\saquella\sépoca\b"
    r"|\b(?:es[ea]|aquel(?:la)?|ness[ea]|naquel[ea])\s(?:mism[oa]\s)?(?:día|noche|mes|semana|dia|noite|mês)\b"
    rf"|\b{_COUNT}\s(?:minuti|minuto|ore|ora|giorni|giorno|notti|settiman[ae]|mesi|mese|anni|anno|decenni|secoli)\s(?:più\stardi"
    rf"|dopo{_END}|prima{_END})"
    r"|\b(?:il\s(?:giorno|mese)|la\s(?:settimana|notte)|l['’](?:anno|estate))\s(?:dopo|seguente|successiv[oa]|precedente)\b"
    rf"|\bpoco\s(?:dopo|prima){_END}|\ball['’]epoca\b(?!\sd)|\bquel\s(?:giorno|mese)\b"
    rf"|\b{_COUNT}\s(?:minuten|uur|uren|dag(?:en)?|nachten|week|weken|maand(?:en)?|jaar|jaren)\s(?:later|eerder|daarna|daarvoor"
    r"|tevoren)\b"
    r"|\bde\s(?:volgende|vorige)\s(?:dag|ochtend|avond|nacht|week|maand)\b"
    r"|\bhet\sjaar\s(?:erna|erop|daarop|ervoor|daarvoor)\b"
    r"|\b(?:kort|vlak)\s(?:daarna|daarvoor|erna)\b|\bdestijds\b",
    re.IGNORECASE,
)
_SIGNS = (  # one of them is in what the pattern finds, which takes longer
    " later", " earlier", "previous", " after,", " after.", " after;", " after)", " after that", " after this",
    " afterwards", " before,", " before.", " before;", " before)", " before that", " before this", " beforehand",
    " on,", " on.", " on;", " next ", " following ", " same ", " soon ", "shortly ", "thereafter", " then",
    "that day", "that night", "that morning", "that afternoon", "that evening", "that week", "that month",
    "that spring", "that summer", "that autumn", "that winter", "that very ",
    "später", "zuvor", "davor", "danach", "darauf", "vorher", "früher", "nächsten", "folgenden", "gleichen", "selben",
    "damals", "vorigen", " tard", "auparavant", "plus tôt", " après,", " après.", " avant,", " avant.", "d'après",
    "d’après", "d'avant", "d’avant", "lendemain", " veille", "suivant", "précédent", "époque", "-là",
    "después", " antes", "depois", " tarde", "siguiente", " anterior", "seguinte", "época", " ese ", " esa ",
    " aquel", " nesse ", " nessa ", " naquel", " dopo,", " dopo.", "giorno dopo", "mese dopo", "settimana dopo",
    "notte dopo", "anno dopo", "estate dopo", " prima,", " prima.", "tardi", "seguente", "successiv", "precedente",
    "epoca", " quel ", " eerder", "daarna", "daarvoor", "tevoren", " volgende", " vorige ", " erna", " erop",
    "daarop", " ervoor", "destijds",
)  # fmt: skip
_DATED = pattern_of(
    rf"(?<![\d.,/-])(?:1\d|20)\d\d(?![.,]?\d|\s?[%€$£])|\b\d{{1,2}}[./:]\d{{2}}"
    rf"|\b(?:{MONTHS}\s\d|\d{{1,2}}\.?\s{MONTHS})"
)
_ANCHORED = pattern_of(  # what it is told from stands in the sentence: "He moved to Rome and two years later to Bath."
    r";"
    r"|\b(?:and|but|aber|mais|pero|ma|mas|maar|then|und|dann|et|puis|y|luego|e|poi|depois|en|toen|after|when|nachdem|als|wenn|après|quand|lorsque|cuando"
    r"|tras|quando|nadat)\b",
    re.IGNORECASE,
)
_MAX_OPENING = 30  # characters before it, at the beginning of a sentence
_MAX_DISTANCE = 8  # sentences, to the one with a date


def sentences_told_from(sentences: Sequence[str], place: int) -> Iterator[int]:
    """The places of the sentences from which the time of the one at ``place`` is told: the one before it, and where
    that has no date, the nearest one that has; none where it has its own, or says what it is told from.
    """
    if not place:
        return
    sentence = sentences[place]
    small_letters = f" {sentence.lower()}"
    if not any(sign in small_letters for sign in _SIGNS):
        return
    if _DATED.search(sentence) is not None:
        return
    told_time = _TOLD.search(sentence)
    if told_time is None:
        return
    last_word = told_time[0].rpartition(" ")[2].lower()
    if small_letters.split().count(last_word) > 1:  # "For each week that you worked, say what you earned that week."
        return
    if told_time.start() > _MAX_OPENING and _ANCHORED.search(sentence, 0, told_time.start()):
        return
    yield place - 1
    if _DATED.search(sentences[place - 1]) is None:
        nearest_first = range(place - 2, max(-1, place - 2 - _MAX_DISTANCE), -1)
        dated = next((before for before in nearest_first if _DATED.search(sentences[before])), None)
        if dated is not None:
            yield dated
