"""Abbreviations and ordinals, by language, whose full stop does not end a sentence; sentencex knows others."""

from __future__ import annotations

import re
from functools import lru_cache

from ragzip.text.patterns import ENGLISH_MONTHS_AND_DAYS

__all__ = ["ends_missed", "ends_open", "is_ordinal"]

# They stand before a name, an address or a noun, and never end a sentence.
_BEFORE_NAMES = {
    "": "Dr Prof St J.-Chr J.-C Ph",
    "en": "Mr Mrs Ms Messrs Rev Hon Lt Col Gen Capt Sgt Cpl Maj Cmdr Gov Sen Rep Pres Supt Mt Ft Fr vs viz e.g i.e cf",
    "de": "Hr Hrn Fr Frl Dipl Ing Mag Priv.-Doz z.B d.h u.a o.ä bzw vgl ggf sog geb gest gem lt inkl exkl evtl Str "
    "i.d.R bspw insb m.E z.T St.-Nr",
    "fr": "M MM Mme Mmes Mlle Mlles Mgr Me Pr Vve p.ex c.-à-d env av bd boul cf chap ill",
    "es": "Sr Sra Srta Sres Sras Dra D Dña Ing Lic Arq Gral Cnel Cap Av Avda Pza c/ p.ej Excmo Ilmo Prof Profa Fr",
    "it": "Sig Sig.ra Sigg Dott Dott.ssa Ing Avv Arch Geom Rag On Mons P.zza V.le C.so p.es ad.es",
    "pt": "Sr Sra Srta Dra Eng Exmo Exma Av R Pça p.ex Prof Profa",
    "nl": "Dhr Mw Mevr Mej Ir Ing Drs Mr Jhr bijv d.w.z o.a m.a.w t.a.v",
    "sv": "Hr Fru t.ex bl.a d.v.s s.k f.d",
    "da": "Hr Fru f.eks bl.a d.v.s dvs",
    "no": "Hr Fru f.eks bl.a d.v.s dvs",
    "fi": "Hra Rva Tri esim ts ks mm",
    "cs": "p sl MUDr JUDr Ing Mgr Bc RNDr PhDr např tzv tj ul nám",
    "sk": "p sl MUDr JUDr Ing Mgr Bc RNDr PhDr napr tzv tj ul nám",
    "pl": "p Inż Mgr Hab np tzw tj ul al pl św ks im",
    "hu": "id ifj pl ún kb",
    "ru": "ул г гг пр просп пл пер обл р оз гор д пос см т.е т.н т.к им акад проф доц инж тов гр напр",
    "uk": "вул м обл р пл просп див т.зв ім акад проф доц напр",
    "tr": "Sn Av Doç Yrd Öğr",
}
# They stand before a figure, a bracket or a small letter; elsewhere they may end a sentence.
_BEFORE_FIGURES = {
    "": "fig figs eq eqs sec secs ref refs tab ch vol vols no nos p pp cf al approx ca c resp dept ed eds art tel est "
    "min max ext para v par cap tit hrs mon tue wed thu fri sat sun",
    "de": "Nr Abb Tab Kap Abs Bd Hrsg S Art Anm Ziff Rn Rdnr Tel Mio Mrd Std Min Sek usw etc ff",
    "fr": "art n p pp fig chap t vol tél éd al",
    "es": "art arts n núm núms pág págs fig cap vol tel ed párr inc",
    "it": "art artt n pag pagg fig cap vol tel ed co",
    "pt": "art arts n nº pág págs fig cap vol tel ed inc",
    "nl": "art nr blz afb hfst tel",
    "sv": "nr s kap fig tel ca",
    "da": "nr s kap fig stk tlf ca",
    "no": "nr s kap fig tlf ca",
    "fi": "nro s kuv puh n",
    "cs": "č čl str odst obr tel",
    "sk": "č čl str ods obr tel",
    "pl": "nr s str art ust rys tel godz r w",
    "hu": "sz o old tel",
    "ru": "с стр рис гл ст п пп табл тел кв корп стр руб коп тыс млн млрд",
    "uk": "с стор рис гл ст п табл тел кв грн тис млн млрд",
}
_DAY_TIME_AT_END = re.compile(r"\d\s?[ap]\.\s?m\.$", re.IGNORECASE)
_DAY_OR_ZONE = re.compile(rf"(?:{ENGLISH_MONTHS_AND_DAYS}|[ECMPG][SD]?T|UTC|GMT)\b")  # "9 a.m. Monday"
_FIGURE_AT_START = re.compile(r"[(\[§#№]|\d|[IVXLC]{1,6}\b(?!\.)")
_INITIAL_AT_END = re.compile(r"(?:^|[\s(\[“\"'«.-])[^\W\d_a-zà-öø-ÿа-я]\.$")
_JOINED_INITIALS_AT_END = re.compile(r"(?:^|[\s(\[“\"'«])(?:\w{1,2}\.\s?-?){1,4}$")
_ABBREVIATION_AT_END = re.compile(r"(?:^|[\s(\[“\"'«„’])((?:[^\W\d_]{1,12}[./-]{1,2}\s?){0,3}[^\W\d_]{0,12}\.)$")

_ORDINAL_AT_END = re.compile(r"(?:^|[\s(–-])(\d{1,3}|[IVX]{1,6})\.$")
_ORDINAL_LANGUAGES = frozenset(
    re.findall(
        r"\w+",
        """
        de da no fi cs sk pl hu hr sl sr et lv is tr nb nn
    """,
    )
)
_BEFORE_ORDINALS = frozenset(
    re.findall(
        r"\w+",
        """
        am im der die das den dem des vom zum zur bis seit ab beim ein eine einen einem eines einer jeder jede
        jedes jeden dieser diese dieses diesem ihr ihre ihrem ihren sein seine seinem seinen unser in und oder
        mit nach vor auf als den det de dne dnia od do ke k v ve na o az aki kun päivänä montag dienstag
        mittwoch donnerstag freitag samstag sonntag mandag tirsdag onsdag torsdag fredag lørdag søndag
        maanantaina tiistaina zwischen
    """,
    )
)
_AFTER_ORDINALS = re.compile(
    r"(?:Jan|Feb|Mär|Apr|Mai|Juni|Juli|Aug|Sep|Okt|Nov|Dez|Jahrhundert|Jahrtausend|Lebensjahr|Kapitel|Auflage|Etage|Stock"
    r"|Platz|Klasse|Tag|Woche|Mal|Januar|Februar|Jh|Jhd|Abschnitt|Absatz|Satz|Runde|Spieltag|Armee|Division)"
)


_ELLIPSIS_OR_ETC = r"(?<=\w)…[”»\"]?\s{1,9}(?=[A-ZÀ-ÞА-Я][^\W\d_]|[¿¡])|\b(?:usw|etc)\.\s{1,9}(?=[A-ZÀ-Þ][a-zß-ÿ])"
_ANSWER_NO = re.compile(  # the word "no", not the abbreviation of "number"
    rf"\bno\.\s{{1,9}}(?=[¿¡\"«(]?[A-ZÀ-Þ][^\W\d_]|[A-Z]['’])|{_ELLIPSIS_OR_ETC}"
)
_AND_SO_ON = re.compile(rf"(?:и т\.\s?[дп]\.|\d{{4}} гг?\.)\s{{1,9}}(?=[А-ЯЁ][а-яё])|{_ELLIPSIS_OR_ETC}")
_ENDS_MISSED = {"en": _ANSWER_NO, "es": _ANSWER_NO, "it": _ANSWER_NO, "pt": _ANSWER_NO, "ru": _AND_SO_ON}
_OTHER_ENDS_MISSED = re.compile(_ELLIPSIS_OR_ETC)


def ends_missed(language: str) -> re.Pattern[str]:
    """The pattern of sentence ends, with the blanks after them, that look like abbreviations in ``language``."""
    return _ENDS_MISSED.get(language, _OTHER_ENDS_MISSED)


def _forms(table: dict[str, str], language: str) -> frozenset[str]:
    """The spellings of the abbreviations of ``language`` in ``table``, with their full stops."""
    abbreviations = f"{table['']} {table.get(language, '')}".split()
    if not language and table is _BEFORE_FIGURES:
        abbreviations = " ".join(table.values()).split()
    return frozenset(
        spelling + "."
        for abbreviation in abbreviations
        for spelling in (abbreviation, abbreviation.lower(), abbreviation[:1].upper() + abbreviation[1:])
    )


@lru_cache(maxsize=64)
def _tables(language: str) -> tuple[frozenset[str], frozenset[str]]:
    return _forms(_BEFORE_NAMES, language), _forms(_BEFORE_FIGURES, language)


def ends_open(tail: str, head: str, language: str) -> bool:
    """Whether ``tail`` ends with an abbreviation, so that the sentence continues with ``head``.

    :param language: empty where it is unknown: abbreviations of all languages count before a figure.
    """
    if _DAY_TIME_AT_END.search(tail) and _DAY_OR_ZONE.match(head):
        return True
    before_names, before_figures = _tables(language)
    if (abbreviation := _abbreviation(tail)) is None:
        return False
    if abbreviation in before_names and not _is_letter_of_prose(abbreviation, language):
        return True
    if abbreviation not in before_figures and not _INITIAL_AT_END.search(tail):
        return False
    return bool(_FIGURE_AT_START.match(head) or head[:1].islower())


def _abbreviation(tail: str) -> str | None:
    """The abbreviation at the end of ``tail``, without blanks: "z. B." as "z.B."."""
    match = _ABBREVIATION_AT_END.search(tail)
    if match is None:
        return None
    parts = match.group(1).split()
    without_blanks = "".join(parts)
    return without_blanks if len(parts) > 1 and all(len(part) <= 3 for part in parts) else parts[-1]


def _is_letter_of_prose(form: str, language: str) -> bool:
    """Whether ``form`` is a single letter that ends a sentence ("Plan D.") more often than it abbreviates a word."""
    return len(form) == 2 and form[0].isupper() and not (language == "fr" and form == "M.")


def is_ordinal(tail: str, head: str, language: str) -> bool:
    """Whether ``tail`` ends with an ordinal number ("am 3.") that belongs to ``head``."""
    match = _ORDINAL_AT_END.search(tail)
    if match is None or language not in _ORDINAL_LANGUAGES:
        return match is not None and not language and bool(_AFTER_ORDINALS.match(head))
    words_before = tail[: match.start(1)].split()
    return (
        head[:1].islower()
        or bool(_AFTER_ORDINALS.match(head) and language == "de")
        or bool(words_before and words_before[-1].lower() in _BEFORE_ORDINALS)
    )
