"""Abbreviations and ordinals, by language, whose full stop does not end a sentence; sentencex knows others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import ENGLISH_MONTHS_AND_DAYS
from ragzip.text.spans import Span

__all__ = ["ends_missed", "ends_open", "is_abbreviation", "is_open_phrase", "is_ordinal"]

# They stand before a name, an address or a noun, and never end a sentence.
_BEFORE_NAMES = {
    "": "Dr Prof St J.-Chr J.-C Ph",
    "en": "Mr Mrs Ms Mx Messrs Rev Hon Lt Col Gen Capt Sgt Cpl Pvt Maj Cmdr Adm Brig Gov Sen Rep Pres Supt Insp Det Mt "
    "Ft Fr Ste vs viz e.g i.e cf",
    "de": "Hr Hrn Fr Frl Dipl Ing Mag Priv.-Doz z.B d.h u.a o.ä bzw vgl ggf sog geb gest gem lt inkl exkl evtl "
    "i.d.R bspw insb m.E z.T St.-Nr Fam Fa Gebr Geschw Frhr Univ.-Prof Dr.-Ing Abt Bgm Min.-Rat Pfr einschl zzgl bzgl",
    "fr": "M MM Mme Mmes Mlle Mlles Mgr Me Pr Vve p.ex c.-à-d env av bd boul cf chap ill prés dir gén lieut sén "
    "Ste Éts Ets imp rte fbg",
    "es": "Sr Sra Srta Sres Sras Dra D Dña Ing Lic Arq Gral Cnel Cap Av Avda Pza c/ p.ej Excmo Ilmo Prof Profa Fr "
    "Mtro Mtra Sta Sto Mons Pbro Excma Ilma Tte Cte Dir Plza Ctra Urb Blvd",
    "it": "Sig Sig.ra Sigg Sig.na Dott Dott.ssa Ing Avv Arch Geom Rag On Mons P.zza V.le C.so L.go p.es ad.es Prof.ssa "
    "Sen Gen Col Ten Spett Egr Soc",
    "pt": "Sr Sra Srta Dra Eng Engª Arq Exmo Exma Ilmo Ilma Av R Pça p.ex Prof Profa Sto Sta Gal Cel Ten Trav Lgo Estr",
    "nl": "Dhr Mw Mevr Mej Ir Ing Drs Mr Jhr bijv d.w.z o.a m.a.w t.a.v Fa Gebr Ds Burg Kol Gen Kapt",
    "sv": "Hr Fru t.ex bl.a d.v.s s.k f.d resp",
    "da": "Hr Fru f.eks bl.a d.v.s dvs Frk",
    "no": "Hr Fru f.eks bl.a d.v.s dvs Frk",
    "fi": "Hra Rva Tri esim ts ks mm",
    "fa": "ه.ش ه.ق",
    "cs": "p sl MUDr JUDr Ing Mgr Bc RNDr PhDr např tzv tj ul nám tř plk kpt por arch",
    "sk": "p sl MUDr JUDr Ing Mgr Bc RNDr PhDr napr tzv tj ul nám plk kpt por arch",
    "pl": "p Inż Mgr Hab np tzw tj ul al pl św ks im hab m.in prof dr lek śp tzn med os gen płk mjr kpt adw",
    "hu": "id ifj özv pl ún kb",
    "ru": "ул г гг пр просп пл пер обл р оз гор д пос см т.е т.н т.к им акад проф доц инж арх тов гр напр наб бул ш "
    "кап",
    "uk": "вул м обл р пл просп див т.зв ім акад проф доц арх напр бул пров наб",
    "tr": "Sn Av Doç Yrd Öğr Uzm Op Org Alb Ord Müh",
    "ar": "د ود أ.د م أ",
    "hi": "डॉ डा प्रो पं कु मो श्री रु कि.मी कि.ग्रा से.मी मी ग्रा लि नं क्र सं पृ ई.पू एड इं",
    "bn": "ডা ড ডঃ প্রফে অধ্যা মো মোঃ কি.মি কি.গ্রা",
    "th": "ดร นพ พญ รศ ผศ ศ จ อ ต ถ น.ส",
    "el": "κ κα κος Δρ Καθ Αγ Αγ λεωφ οδ Ιω",
    "vi": "GS PGS TS ThS BS KS GS.TS PGS.TS TP TX",
}
# Of these, in a text of unknown language: those that are words of no language.
_CLEAR_BEFORE_NAMES = (
    "Mr Mrs Ms Messrs m.in Fam Gebr Frl Hrn Dipl dott Sig.ra dott.ssa Avv Sres Dña MUDr JUDr RNDr PhDr Inż tzw Mme "
    "Mlle z.B d.h p.ex p.ej bijv t.ex bl.a f.eks GS PGS ThS GS.TS PGS.TS ул акад проф доц т.е т.н т.к д.р вул"
)
# They stand before a figure, a bracket or a small letter; elsewhere they may end a sentence.
_BEFORE_FIGURES = {
    "": "fig figs eq eqs sec secs ref refs tab ch vol vols no nos p pp cf al approx ca c resp dept ed eds art tel est "
    "min max ext para v par cap tit hrs mon tue tues wed thu thur thurs fri sat sun Rs रू ரூ రూ ರೂ രൂ રૂ",
    "en": "app rm bldg apt ste fl flr hwy rte pt bk fol b d r yr yrs mo mos wk wks hr oz ft yd mi sq cu incl excl avg",
    "de": "Nr Abb Tab Kap Abs Bd Hrsg S Art Anm Ziff Rn Rdnr Tel Mio Mrd Std Min Sek ff ca max min Str Zi Whg "
    "Hs Geb Stg Stk Top Pl Anl Aufl Sp Bl Fn Pkt rd mind jew gegr verh Jh Jhd v n Gr",
    "fr": "art n p pp fig chap t vol tél éd al h min sec apr bât app appt ét esc réf pers max fol no nos hab",
    "es": "art arts n núm núms pág págs fig cap vol tel ed párr inc aprox máx mín teléf tfno apdo apto dpto esc izq "
    "dcha h min seg hab ptas mill",
    "it": "art artt n nn pag pagg fig cap vol tel ed co circa ca max min bin int sc lett all segg sgg mln mld abit",
    "pt": "art arts n nº séc sécs pág págs fig cap vol tel ed inc aprox máx mín apto apt bl sl cj fl fls h min seg hab",
    "nl": "art nr blz afb hfst tel str mln mld excl incl geb overl pag par ong plm zn",
    "sv": "nr s kap fig tel ca kl st f d mån milj mdr inkl exkl",
    "da": "nr s kap fig stk jf tlf ca kl st f d mio mia inkl ekskl",
    "no": "nr s kap fig jf tlf ca kl f d mill mrd inkl ekskl",
    "fi": "nro s kuv puh n klo v synt kpl mrd milj",
    "cs": "č čl str odst obr tel čp tis mil mld cca max min nar zemř hod roč sv kap tab",
    "sk": "č čl str ods obr tel čp tis mil mld cca max min nar zomr hod roč zv kap tab",
    "pl": "nr s str art ust rys tel godz r w ok m tys mln mld ur zm dn lok mieszk pok maks min proc poz rozdz tab wyd "
    "t woj pow gm",
    "hu": "sz o old tel szül megh em kb max min u krt fsz ápr márc",
    "ru": "с стр рис гл ст п пп табл тел кв корп стр руб коп тыс млн млрд ок род ум оф эт каб мин сек ч макс "
    "прибл ном чел с.ш в.д изд",
    "uk": "с стор рис гл ст п табл тел кв грн тис млн млрд бл нар пом буд оф хв сек макс прибл",
    "tr": "Sok Sk Cad Cd Mah Blv Bulv Apt yy s sf bkz tel doğ öl yak",
    "ar": "ص ج ط",
    "el": "αρ αριθ άρθ παρ σελ σ κεφ τηλ τόμ εκ χιλ εκατ δισ χλμ τ.μ περ",
    "bn": "পৃ নং",
    "vi": "tr Q P",
}
_MONTHS = {  # between the day and the year, or before the day
    "": "jan feb mar apr aug sep sept oct okt nov dec",
    "en": "jun jul",
    "de": "Jän Jänn Feber Febr Mär Jun Jul Dez",
    "fr": "janv févr fév avr juil juill déc",
    "es": "ene febr mzo abr jun jul ago set dic",
    "it": "genn gen febb magg mag giu giugn lug ago sett ott dic",
    "pt": "fev abr mai jun jul ago set dez",
    "nl": "febr mrt jun jul",
    "sv": "jun jul",
    "da": "jun jul",
    "no": "jun jul des",
    "fi": "tammik helmik maalisk huhtik toukok kesäk heinäk elok syysk lokak marrask jouluk",
    "cs": "úno bře břez dub kvě květ čer čvn čvc srp zář říj lis",
    "sk": "febr jún júl dec",
    "pl": "sty stycz lut kwi kwiet cze czerw lip sie sierp wrz wrześ paź paźdz lis gru grudz",
    "hu": "febr márc ápr máj jún júl szept",
    "ru": "янв фев февр мар апр июн июл авг сен сент окт ноя нояб дек",
    "uk": "січ лют бер берез квіт трав черв лип серп вер верес жовт лист груд",
    "tr": "Oca Şub Nis May Haz Tem Ağu Eyl Eki Kas Ara",
}
_WORDS_ELSEWHERE = frozenset(["set", "mind", "list", "led", "lot", "top", "mill", "mil", "out"])  # in another language
_DAY_TIME_AT_END = pattern_of(r"\d\s?[ap]\.\s?m\.$", re.IGNORECASE)
_DAY_OR_ZONE = pattern_of(rf"(?:{ENGLISH_MONTHS_AND_DAYS}|[ECMPG][SD]?T|UTC|GMT)\b")  # "9 a.m. Monday"
_LANGUAGES_OF_OTHER_SCRIPTS = ("ar", "hi", "bn", "th")
_FIGURE_AT_START = pattern_of(
    r"[(\[§#№]|[$€£¥₹]\s?\d|\.?\d|(?!I\s[a-z])[IVXLC]{1,6}\b(?!\.(?!\s|$))"
    r"|[B-DF-HJL-NP-RTX]\b(?![.'’-])"  # "bât. B n'a"; not letters that are words
    r"|(?:N[roº°]|N[uú]m|Č)(?:\.[º°]?|:)?\s{0,2}\d"  # "Sok. No. 5"
)
_FIGURE_OR_BRACKET = pattern_of(r"[(#№]?\s?\+?\d")  # after "TEL.", in a text in capitals
_INITIAL_AT_END = pattern_of(r"(?:^|[\s(\[“\"'«.-])[^\W\d_a-zà-öø-ÿа-я]\.$")
_ABBREVIATION_AT_END = pattern_of(r"(?:^|[\s(\[“\"'«„’])((?:[^\W\d_]{1,12}[./-]{1,2}\s?){0,3}[^\W\d_]{0,12}\.)$")

_LETTER_OR_SIGN = (
    r"[\u0900-\u0963\u0971-\u0dff\u0e01-\u0e4e]"  # of scripts with vowel signs, which are no letters to re
)
_CAPITALISED_WORD = pattern_of(r"[A-ZÀ-ÞА-ЯЁІЇЄ](?:\.|[^\W\d_]{2,})")
_ARABIC_YEAR_AT_END = pattern_of(r"\d\s?[\u0621-\u064a]\.$")  # "A.D.", rather than a title
_ABUGIDA_ABBREVIATION_AT_END = pattern_of(rf"(?:^|[\s(\[“\"'«\d])((?:{_LETTER_OR_SIGN}{{1,6}}\.){{1,3}})$")
_THAI_ABBREVIATION_AT_END = pattern_of(
    r"(?:^|[\s(\[“\"'«\d])(?:[ก-๎]{1,4}\.){1,4}$|(?:[คพ]\.ศ|ดร|นพ|พญ|รศ|ผศ)\.$"
)  # Thai has no other full stops
_ONLY_INITIALS = pattern_of(r"(?:[A-Za-zÀ-ÖØ-öø-žΑ-ωЁА-яёІіЇїЄє]\.[\s-]?){1,4}$")  # at the start of a sentence
_ALWAYS_BEFORE_NAME = pattern_of(
    r"(?:^|[\s(\[“\"'«])(?:[^\W\d_]{1,2}\.-[^\W\d_]{1,2}|[Dd]r\.?\s(?:hab|inż|med|phil|rer|jur)"  # "J.-P."
    r"|[Pp]rof\.?\s(?:em|emer|emerit|ord|hon|h\.\s?c))\.$"
    r"|^(?:D(?:er|ie|as|em|en)|The|Le|La|El|Il|De|Het)\s[B-DF-HJ-NP-TV-XZ][b-df-hj-np-tv-xzß]{1,6}\.$"  # "Der Bhf."
)
_INITIAL_OF_NAME = pattern_of(r"(?<=(?:[^\W\d_]|[.,])[\s(])[A-ZÀ-ÞА-ЯЁІЇЄ]\.$")
_RULER_AT_END = pattern_of(r"\b[A-ZÀ-ÞА-ЯЁІЇЄ][^\W\d_]{1,24}\s[IVX]\.$")
_NO_INITIALS_AFTER = pattern_of(  # "vitamin C.", "the plan B."
    r"\b(?:v?[iy]t[aá]m[iy]n\w*|plan\w*|gr[uo]pp?[aeoy]?\w*|gruppe|classe|klass?e?\w*|typ\w*|tip[oi]|h[eé]patit\w*|"
    r"punk?to?|option\w*|sect?ion\w*|part[eiy]?|partie|lettre|letra|lettera|litera|serie|série|s[eé]ri[ea]\w*|zona|zone|"
    r"витамин\w*|групп\w*|план\w*|класс\w*|тип\w*|гепатит\w*|пункт\w*|категор\w*|categor\w*|kategori\w*|"
    r"alternativ\w*|note|nota|point|точк\w*|вершин\w*|пряма?\w*|кут\w*|угол\w*|and|et|e|y|und|i|и|ou|o|oder|ni)\s[^\W\d_]\.$",
    re.IGNORECASE,
)
# "In 1998 г.", at the start of a sentence or clause: more follows.
_TIME_PHRASE = pattern_of(
    r"(?:^|[,;:(–—]\s(?:(?:что|а|но|и|когда|że|ale|i|a|gdy|що|але|і|та)\s)?)"
    r"(?:W|Do|Od|Po|Przed|Na|Około|Pod|В|Во|К|До|С|После|Около|На|По|У|Від|Після|З)\s"
    r"(?:[а-яёіїєa-ząćęłńóśźż]{2,12}\s|\d{1,2}\s){0,2}(?:\d{3,4}|[IVXL]{1,6})\s(?:r|w|г|в|р|ст|гг|вв)\.$",
    re.IGNORECASE,
)

_ORDINAL_AT_END = pattern_of(r"(?:^|[\s(–-])(\d{1,3}|[IVX]{1,6})\.$")
_ORDINAL_LANGUAGES = frozenset(
    re.findall(
        r"\w+",
        """
        de da no fi cs sk pl hu hr sl sr et lv is tr nb nn
    """,
    )
)
_LAST_WORD = pattern_of(r"[^\W\d_]{1,20}$")
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
_GERMAN_MONTHS = pattern_of(
    r"(?:J[aä]nner|Januar|Feber|Februar|März|Mai|Juni|Juli|Oktober|Dezember)\b"
)  # in other texts
_AFTER_ORDINALS = pattern_of(
    r"(?:Jan|Jän|Feb|Mär|Apr|Mai|Juni|Juli|Aug|Sep|Okt|Nov|Dez|Jahrhundert|Jahrtausend|Lebensjahr|Kapitel|Auflage|Etage|Stock"
    r"|Platz|Klasse|Tag|Woche|Mal|Januar|Februar|Jh|Jhd|Abschnitt|Absatz|Satz|Runde|Spieltag|Armee|Division)"
)


_MARK_OF_NOTE = (  # after a stop: "It sails at noon.* Dogs travel free.", "It is said to be old.”² Nobody knows."
    r"(?<=[^\W_][.!?]|[%€)][.!?])[\"”’»)]?(?:(?P<stars>\*{1,3})|[¹²³⁴-⁹†‡]{1,3}|(?<=[^\W\d_A-ZÀ-Þ]{4}[.!?])\d{1,2})"
    r"\s{1,9}(?=[\"“‘«(¿¡]?[A-ZÀ-ÞА-Я])"
)
_EMPHASIS = pattern_of(r"(?<![^\s(])\*{1,3}(?=\S)")  # what is emphasised begins
_ELLIPSIS_OR_ETC = (
    r"(?<=\w)…[”»\"]?\s{1,9}(?=[A-ZÀ-ÞА-Я][^\W\d_]|[¿¡])"
    r"|\b(?:usw|etc|ecc|enz|itd|itp|osv|m\.m|e\.a)\.\s{1,9}(?=[A-ZÀ-Þ][a-zß-ÿ])"
)
_OFTEN_LAST = (  # before a word that begins sentences
    r"(?:(?:\d|тыс\.|млн|млрд|тис\.)\s?(?:Mio|Mrd|Std|Min|Sek|руб|коп|грн|кв\.\s?м|м|min|seg|ptas|mio|mia|kr|ft|yd|oz|h"
    r"|[lmtgsVAW]|[cmk][lmg]|k[WV])"
    r"|(?:^|\s)(?:\w{0,30}[Ss]tr|izq|dcha|env|u\.\s?[aä]|[Oo][ck]t|[Nn]ov|[Dd][eé][czs]|[ad]\.\s?(?:de\s)?C|[vn]\.\s?Chr"
    r"|apr\.\s?J\.-C|av\.\s?J\.-C)|[A-Z]\w{1,30}\s(?:St|Rd|Ave|Blvd)|[A-ZÄÖÜ][a-zß-ÿ]{2,24}\s[IVX]{1,6})"
    r"\.\s{1,9}(?=(?P<word>[A-ZÀ-ÞА-ЯЁ][a-zß-ÿа-яё]{1,12})\b|(?:[LDCJSNM]|Qu|Un|All|Dell|Nell)['’][a-zß-ÿ])"
)
_BEGINS_SENTENCE = (  # and no name: "the test E. Set the switch", not "met J. Seth"
    "(?:The|This|That|These|Those|There|It|Its|He|She|They|We|You|If|When|While|After|Before|Then|Not|For|With|From|But"
    "|And|Or|Do|Does|Is|Are|Both|Each|Most|What|Which|How|Why|Where|Set|Use|Add)"
)
_LETTER_THAT_ENDS = (  # the name of a language, a vitamin; not an initial
    r"\b(?:vitamin|hepatitis|grade|[Pp]lan) [A-K]\.\s{1,9}(?=[A-Z][a-z])|\b[A-Z]\.\s{1,9}(?=[A-Z]{4,20}:\s)"
    r"|\b(?:tool|compiler|cod(?:e|ed|ing)|program(?:s|med)?|(?:re)?writ(?:e|ten)|(?:re)?wrote|implement(?:s|ed)?)\b"
    r"[^.!?]{0,40}\sin C\.\s{1,9}(?=[A-Z][a-z])"
    r"|\bMay\.\s{1,9}(?=[A-Z])"  # a month and a name, neither of them short for another word
    rf"|\s[a-z]{{2,14}}\s[A-Z]\.\s{{1,9}}(?={_BEGINS_SENTENCE}\b)"
)
_ANSWER_NO = (  # the word "no", not the abbreviation of "number"
    rf"\bno\.\s{{1,9}}(?=[¿¡\"«(]?[A-ZÀ-Þ][^\W\d_]|[A-Z]['’])|{_ELLIPSIS_OR_ETC}"
)
_AND_SO_ON = rf"(?:и т\.\s?[дп]\.|\d{{4}} гг?\.)\s{{1,9}}(?=[А-ЯЁ][а-яё])|{_ELLIPSIS_OR_ETC}"
_WIDE_STOPS = "。！？"
_KHMER_STOPS = "។៕"
_ALWAYS_MISSED = rf"[{_KHMER_STOPS}]\s{{0,9}}(?=\S)|\([^()]{{24,400}}[a-z]{{3}}[.!?]\)\s{{1,9}}(?=[A-Z][a-z]|I\s)"
_STOP_INSIDE = pattern_of(  # all ends that are missed have one
    rf"[{_KHMER_STOPS}]|\.\)|[.…{_WIDE_STOPS}](?:(?<!\.)|(?=\s))|[.!?][\"”’»)]?[\d*¹²³⁴-⁹†‡]"
)
_ENDS_MISSED = {
    language: pattern_of(rf"{pattern}|{_MARK_OF_NOTE}|{_OFTEN_LAST}|{_ALWAYS_MISSED}|[{_WIDE_STOPS}](?=[\d０-９])")
    for language, pattern in {
        "": _ELLIPSIS_OR_ETC,
        "en": rf"{_ANSWER_NO}|{_LETTER_THAT_ENDS}|\d\s?lbs?\.\s{{1,9}}(?=\d{{1,3}}\s(?!ounces?\b)[a-z]{{3}})",
        "es": _ANSWER_NO,
        "it": _ANSWER_NO,
        "pt": _ANSWER_NO,
        "ru": _AND_SO_ON,
        "vi": rf"\b(?:nhóm|hạng|loại|lớp|khối|tuýp|vitamin)\s[A-Z]\.\s{{1,9}}(?=[A-ZÀ-ỸĐ])|{_ELLIPSIS_OR_ETC}",
        "uk": rf"\d{{4}} рр?\.\s{{1,9}}(?=[А-ЯІЇЄҐ][а-яіїєґ])|{_ELLIPSIS_OR_ETC}",
    }.items()
}


def ends_missed(flat: str, sentence: Span, language: str) -> Iterator[re.Match[str]]:
    """The ends of sentences within ``sentence``, with the blanks after them, that look like abbreviations."""
    if not _STOP_INSIDE.search(flat, *sentence):
        return
    for match in _ENDS_MISSED.get(language, _ENDS_MISSED[""]).finditer(flat, *sentence):
        word = match["word"]
        if match.group() in _WIDE_STOPS and _is_in_quotation(flat, sentence.start, match.start()):
            continue
        if _is_in_title(flat, sentence, match.end()):
            continue
        if match["stars"] and _EMPHASIS.search(flat, sentence.start, match.start()):
            continue
        if word is None or is_function_word(word.lower()):
            yield match


def _is_in_title(flat: str, sentence: Span, position: int) -> bool:
    """Whether «guillemets» are open at ``position``, and the sentence goes on after: "«О чём и т.д. …» отменён"."""
    if flat.rfind("«", sentence.start, position) <= flat.rfind("»", sentence.start, position):
        return False
    closing = flat.find("»", position, sentence.end)
    return closing >= 0 and flat[closing + 1 : closing + 3].lstrip()[:1].islower()


def _is_in_quotation(flat: str, start: int, end: int) -> bool:
    """Whether a quotation or bracket of a Chinese or Japanese sentence is open at ``end``."""
    opened = max(flat.rfind(mark, start, end) for mark in "「『“（《")
    return opened >= 0 and max(flat.rfind(mark, start, end) for mark in "」』”）》") < opened


def _forms(table: dict[str, str], language: str) -> frozenset[str]:
    """The spellings of the abbreviations of ``language`` in ``table``, with their full stops."""
    abbreviations = f"{table['']} {table.get(language, '')}".split()
    if not language:
        abbreviations = (
            " ".join((table[""], _CLEAR_BEFORE_NAMES, *(table[code] for code in _LANGUAGES_OF_OTHER_SCRIPTS)))
            if table is _BEFORE_NAMES
            else " ".join(table.values())
        ).split()
        abbreviations = [abbreviation for abbreviation in abbreviations if abbreviation not in _WORDS_ELSEWHERE]
    return frozenset(
        spelling + "."
        for abbreviation in abbreviations
        for spelling in (abbreviation, abbreviation.lower(), abbreviation[:1].upper() + abbreviation[1:])
    )


@lru_cache(maxsize=64)
def _tables(language: str) -> tuple[frozenset[str], frozenset[str]]:
    return _forms(_BEFORE_NAMES, language), _forms(_BEFORE_FIGURES, language) | _forms(_MONTHS, language)


def ends_open(tail: str, head: str, language: str) -> bool:
    """Whether ``tail`` ends with an abbreviation, so that the sentence continues with ``head``.

    :param language: empty where it is unknown: abbreviations of all languages count before a figure.
    """
    if _DAY_TIME_AT_END.search(tail) and _DAY_OR_ZONE.match(head):
        return True
    if _THAI_ABBREVIATION_AT_END.search(tail) or _is_before_name(tail, head, language):
        return True
    before_names, before_figures = _tables(language)
    abbreviations = _abbreviations(tail)
    if _FIGURE_OR_BRACKET.match(head):
        abbreviations += tuple(form.lower() for form in abbreviations if len(form) > 3 and form.isupper())
    if any(
        abbreviation in before_names and not _is_letter_of_prose(abbreviation, language)
        for abbreviation in abbreviations
    ):
        return not _ARABIC_YEAR_AT_END.search(tail)
    if not _INITIAL_AT_END.search(tail) and not before_figures.intersection(abbreviations):
        return False
    return bool(abbreviations and (_FIGURE_AT_START.match(head) or head[:1].islower()))


def is_abbreviation(word: str, language: str) -> bool:
    """Whether a full stop after ``word`` may be that of an abbreviation.

    :param language: empty where it is unknown: the abbreviations of all languages count.
    """
    before_names, before_figures = _tables(language)
    return f"{word.lower()}." in before_names or f"{word.lower()}." in before_figures


def is_before_ordinal(text: str) -> bool:
    """Whether ``text`` ends with a word that an ordinal number may follow: "ein Fan vom", before "1. FC Köln"."""
    last_word = _LAST_WORD.search(text)
    return last_word is not None and last_word.group().lower() in _BEFORE_ORDINALS


def _is_before_name(tail: str, head: str, language: str) -> bool:
    """Whether ``tail`` ends with the initial of the name that ``head`` begins with."""
    if _ALWAYS_BEFORE_NAME.search(tail):
        return True
    if language in ("en", "vi") or not _INITIAL_OF_NAME.search(tail) or _NO_INITIALS_AFTER.search(tail):
        return False  # sentencex knows initials in English; Vietnamese has words of one letter
    if _RULER_AT_END.search(tail):
        return False
    name = _CAPITALISED_WORD.match(head)
    return name is not None and not is_function_word(name.group().rstrip(".").lower())


def is_open_phrase(sentence: str) -> bool:
    """Whether ``sentence`` is no more than initials, or ends with a clause that is no more than a time: "В 1998 г."."""
    return _ONLY_INITIALS.match(sentence) is not None or _TIME_PHRASE.search(sentence[-60:]) is not None


def _abbreviations(tail: str) -> tuple[str, ...]:
    """The abbreviation at the end of ``tail``, without blanks, "z. B." as "z.B.", and its last part alone."""
    match = _ABUGIDA_ABBREVIATION_AT_END.search(tail) or _ABBREVIATION_AT_END.search(tail)
    if match is None:
        return ()
    parts = match.group(1).split()
    if len(parts) > 1 and all(len(part) <= 3 for part in parts):
        return "".join(parts), parts[-1]
    return (parts[-1], "str.") if parts[-1].endswith("str.") else (parts[-1],)  # "Hauptstr. 5"


def _is_letter_of_prose(form: str, language: str) -> bool:
    """Whether ``form`` is a single letter that ends a sentence ("Plan D.") more often than it abbreviates a word."""
    return len(form) == 2 and form[0].isupper() and not (language == "fr" and form == "M.")


def is_ordinal(tail: str, head: str, language: str) -> bool:
    """Whether ``tail`` ends with an ordinal number ("am 3.") that belongs to ``head``."""
    match = _ORDINAL_AT_END.search(tail)
    if match is None or language not in _ORDINAL_LANGUAGES:
        after_ordinals = _GERMAN_MONTHS if language else _AFTER_ORDINALS
        return match is not None and after_ordinals.match(head) is not None
    words_before = tail[: match.start(1)].split()
    return (
        head[:1].islower()
        or bool(_AFTER_ORDINALS.match(head) and language == "de")
        or bool(words_before and words_before[-1].lower() in _BEFORE_ORDINALS)
    )
