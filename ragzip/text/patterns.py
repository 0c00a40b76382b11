"""Patterns of negations, modals, quantifiers, months, units of measure and numbers.

A negation, modal, quantifier, exception or comparative governs its clause: without it the clause says something else.
One table serves protection, word-level methods, the check of rewritings and the evaluation.

Languages: English, German, French, Spanish, Italian, Portuguese, Dutch; Chinese and Japanese inside unspaced text. All
are searched at once, whatever the language of the text: a few words more are kept, which does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ragzip.text.spans import Span

__all__ = [
    "AMOUNT",
    "BEFORE_NUMBER",
    "CLAUSE_MARKS",
    "DENIALS",
    "ENGLISH_MONTHS_AND_DAYS",
    "GOVERNING",
    "MONTHS",
    "NAME_PARTICLES",
    "NO_DENIALS",
    "UNITS",
    "GoverningForm",
    "GoverningKind",
    "governing",
]

GoverningKind = Literal["negation", "modal", "quantifier", "exception", "comparative"]

_ENGLISH_NEGATIONS = r"""
    not no never none nor neither nobody nothing nowhere without cannot hardly scarcely barely rarely seldom
    no\ longer no\ one unable fail fails failed lack lacks lacked lacking refuse refuses refused deny denies
    denied absent
"""
_WORDS_BY_KIND: dict[GoverningKind, str] = {
    "negation": _ENGLISH_NEGATIONS
    + r"""
        nicht nichts nie niemals niemand niemandem niemanden nirgends nirgendwo nirgendwohin kein keine
        keinen keinem keiner keines keins keinerlei keineswegs keinesfalls mitnichten ohne weder kaum
        ne pas jamais aucun aucune rien personne ni sans guère nulle? aucunement nullement
        ningún ninguno ninguna nunca jamás nadie nada tampoco sin
        non nessun nessuno nessuna (?<!\d\ )mai(?!\ \d) niente nulla neppure nemmeno neanche né senza
        não nenhum nenhuma ninguém nem sem tampouco
        niet geen nooit niemand niets nergens zonder noch evenmin
    """,
    "modal": r"""
        must may might shall should ought can could would will need (?:has|have|had)\ to
        required forbidden prohibited
        muss muß müssen musste mussten müsste müssten verboten darf dürfen durfte durften dürfte dürften soll sollen
        sollte sollten kann können könnte
        könnten
        doit doivent devrait devraient devra devait devaient peut peuvent pourrait pourraient pouvait pouvaient faut
        interdit interdite
        debe deben debería deberían puede pueden podría podrían debía debían podía podían prohibido prohibida hay\ que
        (?:tiene|tienen)\ que
        deve devono dovrebbe dovrebbero può possono potrebbe potrebbero doveva dovevano poteva potevano bisogna
        vietato vietata
        devem deveria deveriam devia deviam pode podem poderia poderiam podia podiam proibido proibida
        (?:tem|têm)\ (?:de|que)
        moet moeten moest moesten hoeft hoeven verboden mag mogen mocht mochten zou zouden kan kunnen kon konden
    """,
    "quantifier": r"""
        all every each some any few many most several both half at\ least at\ most up\ to more\ than less\ than
        fewer\ than no\ more\ than no\ less\ than only\ a\ few a\ (?:maximum|minimum)\ of about approximately nearly
        almost over under
        alle allen aller jeder jede jedes jeden jedem einige einigen wenige wenigen viele vielen manche mehrere
        mehreren
        mindestens höchstens maximal bis\ zu mehr\ als weniger\ als
        etwa fast
        tous toutes tout toute chaque la\ plupart quelques plusieurs peu beaucoup au\ moins au\ plus au\ maximum jusqu
        plus\ de moins\ de environ presque
        todos todas todo toda cada algunos algunas pocos pocas muchos muchas varios varias al\ menos por\ lo\ menos
        como\ máximo a\ lo\ sumo hasta más\ de menos\ de casi
        tutti tutte tutto tutta ogni alcuni alcune pochi poche molti molte parecchi almeno al\ massimo fino\ a più\ di
        meno\ di circa quasi
        alguns algumas poucos poucas muitos muitas vários várias pelo\ menos no\ máximo até mais\ de
        elke elk iedere ieder enkele sommige weinig veel minstens hoogstens ten\ minste ten\ hoogste maximaal tot
        meer\ dan minder\ dan bijna
    """,
    "exception": r"""
        unless except only but\ not other\ than apart\ from excluding instead\ of rather\ than
        (?:provided|providing)\ that as\ long\ as
        außer nur sofern ausgenommen ausschließlich lediglich statt es\ sei\ denn mit\ Ausnahme
        sauf seulement hormis excepté uniquement à\ moins\ que à\ l['’]exception
        salvo excepto solo sólo solamente únicamente a\ menos\ que
        tranne eccetto soltanto solamente a\ meno\ che
        exceto apenas somente só a\ menos\ que
        behalve alleen slechts uitsluitend tenzij mits
    """,
    "comparative": r"""
        more less fewer higher lower larger smaller greater better worse before after earlier later older newer longer
        shorter below above more\ than less\ than fewer\ than \w{2,20}er\ than exceed exceeds exceeded
        mehr weniger \w{2,20}er\ als höher niedriger größer kleiner besser schlechter vor nach früher später älter
        länger kürzer geringer
        plus moins supérieure? inférieure? meilleure? pire avant après
        más menos mayor menor mejor peor superior inferior antes después
        maggiore minore più meno superiore inferiore migliore peggiore prima dopo
        mais maior menor melhor pior depois
        meer minder \w{2,20}er\ dan hoger lager groter kleiner beter slechter voor na
    """,
}
_UNSPACED_BY_KIND: dict[GoverningKind, str] = {
    "negation": r"""
        不 没 沒 無 无 未 非 勿 (?<![特分区級级性个類类鉴告])别(?![人的墅名称]) 禁止 ない なかった なく ません なし ずに
    """,
    "modal": "必须 必須 須 须 应 应该 應該 需 可能 可以 べき かもしれない なければならない",
    "quantifier": r"至少 至多 最多 少なくとも 最大(?=\d) 全部 所有 大约 大約 すべて 約 以上 以下 以内 未満 超",
    "exception": "只 仅 僅 除了 除非 だけ のみ しか 以外 除く ただし",
    "comparative": "更 较 較 高于 低于 大于 小于 より",
}


def _any_of(forms: str) -> str:
    """A pattern of ``forms``, the longest first; the blank in a form of several words may be a line break."""
    longest_first = sorted(re.findall(r"(?:\\.|\S)+", forms), key=len, reverse=True)
    return "|".join(longest_first).replace("\\ ", r"\s")


def _alternatives(kind: GoverningKind) -> str:
    contractions = r"|\bn['’](?=\w)|(?<=\w)n['’]t\b" if kind == "negation" else ""
    return rf"\b(?:{_any_of(_WORDS_BY_KIND[kind])})\b|{_any_of(_UNSPACED_BY_KIND[kind])}{contractions}"


GOVERNING: dict[GoverningKind, re.Pattern[str]] = {
    kind: re.compile(_alternatives(kind), re.IGNORECASE) for kind in _WORDS_BY_KIND
}
_DENYING_WORDS = r"failing lacking refusing reject rejects rejected unlikely instead\ of rather\ than \w+n['’]t"
DENIALS = re.compile(rf"\b(?:{_any_of(_ENGLISH_NEGATIONS + _DENYING_WORDS)})\b", re.IGNORECASE)  # in English
NO_DENIALS = re.compile(  # phrases that only look like denials
    r"\b(?:not only|no\.? \d|no one else|no doubt|whether or not|if not)\b", re.IGNORECASE
)

_NAMES_OF_MONTHS = """
    january february march april june july august september october november december
    januar jänner februar märz juni juli oktober dezember
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre
    enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
    janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
    januari februari maart mei augustus
"""
MONTHS = (  # "may" in small letters is nearly always the modal
    rf"(?:(?i:{'|'.join(sorted(_NAMES_OF_MONTHS.split(), key=len, reverse=True))})"
    r"|May|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|O[ck]t|Nov|De[cz]|janv|févr|avr|juil|déc)\b\.?)"
)
ENGLISH_MONTHS_AND_DAYS = (  # with the usual short forms of months; case matters
    "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    "|Nov(?:ember)?|Dec(?:ember)?|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?"
)
_UNIT_SYMBOL = (
    r"(?:%|‰|°[CFK]?|[℃℉％]|[kMGT]?(?:bit|bps|iB|B)|[KMGTP]i?B|[µumcdk]?m(?:[²³]|[23](?!\w))?|[munpµk]?g|[munµdch]?[lL]|mm\s?Hg"
    r"|[munpµ]?mol|[mkhM]?bar|[kMh]?Pa|psi|[mkMGT]?W(?:h|p)?|[mkM]?V|[mkµ]?Ah?|[kMG]?Hz|[kM]?J|k?cal|dB|ppm|ppb|rpm|mph"
    r"|[kM]?Ω|[munp]F|[kM]?N|[GM]?Bq|m?Gy|[mµ]?Sv|kDa|bpm|dpi|fl\soz|IU|IE|UI|lx|lm|[Kt]|ha|ft|in|yd|mi|lbs?|oz|ms|min|[shd]|day|year|tbsp|tsp|cups?|[€£¥₹$]|EUR|USD|GBP|CHF|JPY)"
)
UNITS = (
    rf"(?:{_UNIT_SYMBOL}(?:[/·](?:\d{{1,3}}\s)?{_UNIT_SYMBOL}){{0,2}}[²³]?(?![\w/])|(?:毫|厘|分|千|公|平方|立方)?(?:克|升|斤|里|米)"
    r"|[万亿億]?[元円人]|巴|[万亿億]|美元|欧元|毫米汞柱|小时|時間|分钟|[年月日天岁歳度个個台分秒]|パーセント|キロ|メートル|グラム|リットル|ドル|ユーロ"
    r"|(?:percent|per\ cent|Prozent|pour\ cent|por\ ciento|per\ cento|procent"
    r"|(?:second|minute|hour|day|week|month|year|degree|met(?:er|re)|kilomet(?:er|re)|mile|lit(?:er|re)|gram|ton|dollar|euro|pound"
    r"|tablet|capsule|drop|dose)s?|times"
    r"|(?:million|billion|trillion|thousand)s?(?:\s(?:dollars|euros|pounds|people))?|[ap]\.m\.|Uhr|o['’]clock"
    r"|(?:Mio|Mrd)\.?(?:\s(?:Euro|EUR|€|Dollar|CHF))?|(?:Millionen|Milliarden?)(?:\s(?:Euro|Dollar|Franken|Menschen))?"
    r"|(?:Euro|Dollar|Franken|Kronen|Zloty)s?|zł|kr"
    r"|Sekunden?|Minuten?|Stunden?|Tage?n?|Wochen?|Monate?n?|Jahre?n?|Liter|Meter|Tonnen?|Tabletten?|Tropfen"
    r"|heures?|jours?|semaines?|mois|ans?|années?|comprimés?|gouttes?|horas?|días?|semanas?|meses|años?|ore|giorni|settimane|mesi|anni"
    r"|comprimidos?|compresse|gotas|gocce|dias?|anos?|uur|dagen|weken|maanden|jaar|tabletten"
    r"|millones|milliards?|millions?|milioni|miliardi|milhões)(?!\w))"
)
CLAUSE_MARKS = ".!?;:,。！？；，、"  # at the end of a clause
NAME_PARTICLES = "of|the|de|von|van"  # in small letters within a name
# Where a number may begin: not within a word, but between characters of unspaced scripts.
BEFORE_NUMBER = r"(?<![^\W々-ヿ㐀-鿿])(?<!\.)"
AMOUNT = (
    r"(?:\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,4}(?!\d)(?:[.,]\d{1,6})?|\d{1,20}(?:[.,:/'’\u00a0\u202f]\d{1,20}){0,12})"
)


class GoverningForm(NamedTuple):
    """The span and the kind of a form that governs its clause."""

    span: Span
    kind: GoverningKind


def governing(text: str) -> Iterator[GoverningForm]:
    """The forms in ``text`` that govern their clauses, grouped by kind."""
    for kind, pattern in GOVERNING.items():
        for match in pattern.finditer(text):
            yield GoverningForm(Span(*match.span()), kind)
