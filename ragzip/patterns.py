"""Forms that govern what a clause says: leave one out, and the clause says something else.

One table for all that asks: what is protected, and what word-level methods keep together.
English, German, French, Spanish, Italian, Portuguese, Dutch; Chinese and Japanese as they stand inside unspaced text.
The languages are looked for together: a word that is none in its own language is kept too, which does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ragzip.spans import Span

__all__ = ["AMOUNT", "BEFORE_NUMBER", "GOVERNING", "MONTHS", "UNITS", "Form", "Kind", "governing"]

Kind = Literal["negation", "modal", "quantifier", "exception", "comparative"]

_WORDS: dict[Kind, str] = {
    "negation": r"""
        not no never none nor neither nobody nothing nowhere without cannot hardly scarcely barely no\ longer
        unable fail fails failed lack lacks lacked lacking refuse refuses refused deny denies denied absent
        nicht nichts nie niemals niemand niemandem niemanden nirgends kein keine keinen keinem keiner keines ohne weder
        kaum
        ne pas jamais aucun aucune rien personne ni sans guère nulle?
        ningún ninguno ninguna nunca jamás nadie nada tampoco sin
        non nessun nessuno nessuna (?<!\d\ )mai(?!\ \d) niente nulla neppure nemmeno neanche né senza
        não nenhum nenhuma ninguém nem sem
        niet geen nooit niemand niets nergens zonder noch
    """,
    "modal": r"""
        must may might shall should ought can could would will need (?:has|have|had)\ to
        required forbidden prohibited
        muss müssen musste mussten müsste verboten darf dürfen durfte soll sollen sollte sollten kann können könnte
        könnten
        doit doivent devrait devraient devra peut peuvent pourrait pourraient faut interdit interdite
        debe deben debería deberían puede pueden podría podrían prohibido prohibida hay\ que (?:tiene|tienen)\ que
        deve devono dovrebbe dovrebbero può possono potrebbe potrebbero bisogna vietato vietata
        devem deveria deveriam pode podem poderia poderiam proibido proibida (?:tem|têm)\ (?:de|que)
        moet moeten moest moesten hoeft hoeven verboden mag mogen zou zouden kan kunnen
    """,
    "quantifier": r"""
        all every each some any few many most several both half at\ least at\ most up\ to more\ than less\ than
        fewer\ than no\ more\ than no\ less\ than only\ a\ few about approximately nearly almost over under
        alle jeder jede jedes einige wenige viele manche mehrere mindestens höchstens bis\ zu mehr\ als weniger\ als
        etwa fast
        tous toutes chaque quelques plusieurs peu beaucoup au\ moins au\ plus jusqu plus\ de moins\ de environ presque
        todos todas cada algunos algunas pocos muchos varios al\ menos como\ máximo hasta más\ de menos\ de casi
        tutti tutte ogni alcuni alcune pochi molti parecchi almeno al\ massimo fino\ a più\ di meno\ di circa quasi
        alguns algumas poucos muitos vários pelo\ menos no\ máximo até mais\ de
        elke enkele weinig veel minstens hoogstens tot meer\ dan minder\ dan bijna
    """,
    "exception": r"""
        unless except only but\ not other\ than apart\ from excluding instead\ of rather\ than
        außer nur sofern ausgenommen lediglich statt
        sauf seulement hormis excepté uniquement
        salvo excepto solo sólo solamente únicamente
        tranne eccetto soltanto solamente
        exceto apenas somente
        behalve alleen slechts tenzij
    """,
    "comparative": r"""
        more less fewer higher lower larger smaller greater better worse before after earlier later older newer longer
        shorter more\ than less\ than fewer\ than \w{2,20}er\ than exceed exceeds exceeded
        mehr weniger \w{2,20}er\ als höher niedriger größer kleiner besser schlechter vor nach früher später älter
        länger kürzer
        plus moins supérieur inférieur meilleur pire avant après
        más menos mayor menor mejor peor antes después
        maggiore minore migliore peggiore prima dopo
        mais maior melhor pior depois
        meer minder \w{2,20}er\ dan hoger lager groter kleiner beter slechter voor na
    """,
}
_UNSPACED: dict[Kind, str] = {
    "negation": "不 没 沒 無 无 未 非 勿 禁止 ない なかった ません なし ずに",
    "modal": "必须 必須 应该 應該 可能 可以 べき かもしれない なければならない",
    "quantifier": "至少 最多 全部 所有 大约 大約 すべて 約 以上 以下 以内 未満 超",
    "exception": "只 仅 僅 除了 除非 だけ のみ しか 以外",
    "comparative": "更 较 較 より",
}


def _alternatives(kind: Kind) -> str:
    spaced = sorted(re.findall(r"(?:\\.|\S)+", _WORDS[kind]), key=len, reverse=True)
    words = "|".join(spaced).replace("\\ ", r"\s")  # a form may be wrapped over two lines
    return rf"\b(?:{words})\b|{'|'.join(sorted(_UNSPACED[kind].split(), key=len, reverse=True))}"


GOVERNING: dict[Kind, re.Pattern[str]] = {
    kind: re.compile(
        _alternatives(kind) + (r"|\bn['’](?=\w)|(?<=\w)n['’]t\b" if kind == "negation" else ""), re.IGNORECASE
    )
    for kind in _WORDS
}

_NAMES_OF_MONTHS = """
    january february march april june july august september october november december
    januar jänner februar märz juni juli oktober dezember
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre
    enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
    janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
    januari februari maart mei augustus
"""
MONTHS = (  # in small letters "may" is a modal far more often
    rf"(?:(?i:{'|'.join(sorted(_NAMES_OF_MONTHS.split(), key=len, reverse=True))})"
    r"|May|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|O[ck]t|Nov|De[cz]|janv|févr|avr|juil|déc)\b\.?)"
)
_SYMBOL = (
    r"(?:%|‰|°[CFK]?|[℃℉％]|[kMGT]?(?:bit|bps|iB|B)|[KMGTP]i?B|[µumcdk]?m(?:[²³]|[23](?!\w))?|[munpµk]?g|[munµdch]?[lL]|mm\s?Hg"
    r"|[munpµ]?mol|[mkhM]?bar|[kMh]?Pa|psi|[mkMGT]?W(?:h|p)?|[mkM]?V|[mkµ]?Ah?|[kMG]?Hz|[kM]?J|k?cal|dB|ppm|ppb|rpm|mph"
    r"|IU|IE|UI|lx|lm|[NKt]|ha|ft|in|yd|mi|lbs?|oz|ms|min|[shd]|day|year|tbsp|tsp|cups?|[€£¥₹$]|EUR|USD|GBP|CHF|JPY)"
)
UNITS = (
    rf"(?:{_SYMBOL}(?:[/·](?:\d{{1,3}}\s)?{_SYMBOL}){{0,2}}[²³]?(?![\w/])|(?:毫|厘|分|千|公|平方|立方)?(?:克|升|斤|里|米)"
    r"|[万亿億]?[元円人]|[万亿億]|美元|欧元|毫米汞柱|小时|時間|分钟|[年月日天岁歳度个個台分秒]|パーセント|キロ|メートル|グラム|リットル|ドル|ユーロ"
    r"|(?:percent|per\ cent|Prozent|pour\ cent|por\ ciento|per\ cento|procent"
    r"|(?:second|minute|hour|day|week|month|year|degree|met(?:er|re)|kilomet(?:er|re)|mile|lit(?:er|re)|gram|ton|dollar|euro|pound"
    r"|tablet|capsule|drop|dose)s?|times"
    r"|(?:million|billion|trillion|thousand)s?(?:\s(?:dollars|euros|pounds|people))?|[ap]\.m\.|Uhr|o['’]clock"
    r"|Sekunden?|Minuten?|Stunden?|Tage?n?|Wochen?|Monate?n?|Jahre?n?|Millionen|Milliarden?|Liter|Meter|Tonnen?|Tabletten?|Tropfen"
    r"|heures?|jours?|semaines?|mois|ans?|années?|comprimés?|gouttes?|horas?|días?|semanas?|meses|años?|ore|giorni|settimane|mesi|anni"
    r"|comprimidos?|compresse|gotas|gocce|dias?|anos?|uur|dagen|weken|maanden|jaar|tabletten"
    r"|millones|milliards?|millions?|milioni|miliardi|milhões)(?!\w))"
)
# Where a number may begin: not within a word, but between characters of unspaced scripts.
BEFORE_NUMBER = r"(?<![^\W々-ヿ㐀-鿿])(?<!\.)"
AMOUNT = (
    r"(?:\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,4}(?!\d)(?:[.,]\d{1,6})?|\d{1,20}(?:[.,:/'’\u00a0\u202f]\d{1,20}){0,12})"
)


class Form(NamedTuple):
    """A form that governs its clause, and of what kind it is."""

    span: Span
    kind: Kind


def governing(text: str) -> Iterator[Form]:
    """The forms in ``text`` that govern their clauses, kind by kind."""
    for kind, pattern in GOVERNING.items():
        for match in pattern.finditer(text):
            yield Form(Span(*match.span()), kind)
