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

__all__ = ["GOVERNING", "MONTHS", "UNITS", "Form", "Kind", "governing"]

Kind = Literal["negation", "modal", "quantifier", "exception", "comparative"]

_WORDS: dict[Kind, str] = {
    "negation": r"""
        not no never none nor neither nobody nothing nowhere without cannot hardly scarcely barely no\ longer
        nicht nichts nie niemals niemand nirgends kein keine keinen keinem keiner keines ohne weder
        ne pas jamais aucun aucune rien personne ni sans guère nulle?
        ningún ninguno ninguna nunca jamás nadie nada tampoco sin
        non nessun nessuno nessuna mai niente nulla neppure nemmeno neanche né senza
        não nenhum nenhuma ninguém nem sem
        niet geen nooit niemand niets nergens zonder noch
    """,
    "modal": r"""
        must may might shall should ought can could would will need has\ to have\ to had\ to
        muss müssen musste darf dürfen durfte soll sollen sollte sollten kann können könnte könnten
        doit doivent devrait devraient peut peuvent pourrait pourraient faut
        debe deben debería deberían puede pueden podría podrían
        deve devono dovrebbe dovrebbero può possono potrebbe potrebbero
        devem deveria deveriam pode podem poderia poderiam
        moet moeten mag mogen zou zouden kan kunnen
    """,
    "quantifier": r"""
        all every each some any few many most several both half at\ least at\ most up\ to more\ than less\ than
        fewer\ than about approximately nearly almost over under
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
        shorter
        mehr weniger höher niedriger größer kleiner besser schlechter vor nach früher später älter länger kürzer
        moins supérieur inférieur meilleur pire avant après
        más menos mayor menor mejor peor antes después
        maggiore minore migliore peggiore prima dopo
        mais maior melhor pior depois
        meer minder hoger lager groter kleiner beter slechter voor na
    """,
}
_UNSPACED: dict[Kind, str] = {
    "negation": "不 没 沒 無 无 未 非 勿 ない なかった ません なし ずに",
    "modal": "必须 必須 应该 應該 可能 可以 べき かもしれない なければならない",
    "quantifier": "至少 最多 全部 所有 大约 大約 すべて 約 以上 以下 以内 未満 超",
    "exception": "只 仅 僅 除了 除非 だけ のみ しか 以外",
    "comparative": "更 较 較 より",
}


def _alternatives(kind: Kind) -> str:
    spaced = sorted(re.findall(r"(?:\\.|\S)+", _WORDS[kind]), key=len, reverse=True)
    return rf"\b(?:{'|'.join(spaced)})\b|{'|'.join(sorted(_UNSPACED[kind].split(), key=len, reverse=True))}"


GOVERNING: dict[Kind, re.Pattern[str]] = {
    kind: re.compile(
        _alternatives(kind) + (r"|\bn['’](?=\w)|(?<=\w)n['’]t\b" if kind == "negation" else ""), re.IGNORECASE
    )
    for kind in _WORDS
}

MONTHS = (
    r"(?:Jan(?:uary|uar|vier)?|enero|gennaio|janeiro|Feb(?:ruary|ruar)?|février|febrero|febbraio|fevereiro|Mar(?:ch|zo|ço|s)?"
    r"|März|maart|Apr(?:il|ile)?|avril|abril|May|Mai|mayo|maggio|maio|mei|June?|Juni|juin|junio|giugno|junho|July?|Juli"
    r"|juillet|julio|luglio|julho|Aug(?:ust|ustus)?|août|agosto|Sept?(?:ember|embre)?|septiembre|settembre|setembro"
    r"|O[ck]t(?:ober|obre)?|octobre|ottobre|outubro|Nov(?:ember|embre|embro)?|noviembre|De[cz](?:ember)?|décembre|diciembre"
    r"|dicembre|dezembro)\.?"
)
UNITS = (
    r"(?:%|‰|°[CFK]?|km/h|mph|m/s|[$€£¥₹]|[kMGTP]?B|[KMGT]iB|[munpkcd]?m[²³23]?|[kmµu]?g(?:/(?:kg|[dm]?l|L|day|d))?|[mµudc]?[lL](?:/min|/h)?"
    r"|mm\s?Hg|mmol/[lL]|[mkhM]?bar|[kMh]?Pa|psi|[mkMGT]?Wh?|[mk]?V|[mk]?A|Ah|mAh|[kMG]?Hz|[kM]?J|k?cal|[KMG]?bit/s|[KMG]bps|dB|ppm|ppb|rpm"
    r"|IU|IE|UI|mol|lx|lm|[NK]|ha|ft|in|yd|mi|lbs?|oz|ms|s|min|h|EUR|USD|GBP|CHF|JPY"
    r"|percent|per\ cent|Prozent|pour\ cent|por\ ciento|per\ cento|procent"
    r"|(?:second|minute|hour|day|week|month|year|million|billion|trillion|thousand|degree|met(?:er|re)|kilomet(?:er|re)|mile|lit(?:er|re)|gram|ton|dollar|euro|pound)s?"
    r"|Sekunden?|Minuten?|Stunden?|Tage?n?|Wochen?|Monate?n?|Jahre?n?|Millionen|Milliarden?|Liter|Meter|Tonnen?"
    r"|heures?|jours?|semaines?|mois|ans?|années?|horas?|días?|semanas?|meses|años?|ore|giorni|settimane|mesi|anni"
    r"|millones|milliards?|millions?|milioni|miliardi|milhões)"
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
