"""Superlatives of queries in other languages, as English ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["with_english_superlatives"]

_OF_ONE_WORD = {  # Germanic and Slavic ones, and irregular ones of other languages
    "most expensive": r"teuerste\w?|dyr[ae]ste?|duurste|najdroż\w+|nejdraž\w+",
    "cheapest": r"(?:billig|günstig|preiswerte)ste\w?|goedkoopste|billiga?ste?|najta[nń]\w+|nejlevn\w+",
    "largest": r"größte\w?|grootste|meeste|st[øö]rste?|(?:la|el|los|las) mayor(?:es)?|maior(?:es)?|maggior[ei]"
    r"|największ\w+|největší\w*",
    "highest": r"höchste\w?|hoogste|høye?ste?|högsta?|najwyższ\w+|nejvyšší\w*",
    "smallest": r"kleinste\w?|geringste\w?|minste|menor(?:es)?|minor[ei]|najmniejsz\w+|nejmenší\w*",
    "lowest": r"niedrigste\w?|tiefste\w?|laagste|laveste|lägsta?|najniższ\w+|nejnižší\w*",
    "newest": r"neue?ste\w?|nieuwste|nyeste|najnowsz\w+|nejnověj\w+",
    "oldest": r"älteste\w?|oudste|[eæä]ldste?|najstarsz\w+|nejstarší\w*",
    "youngest": r"jüngste\w?|jongste|yngste?|najmłodsz\w+|nejmladší\w*",
    "earliest": r"früheste\w?|vroegste",
    "longest": r"längste\w|langste|lengste|najdłuższ\w+|nejdelší\w*",
    "shortest": r"kürzeste\w?|kortste|korteste|najkrótsz\w+|nejkratší\w*",
    "heaviest": r"schwerste\w?|zwaarste|tyng?ste|najcięższ\w+|nejtěžší\w*",
    "lightest": r"leichteste\w?|lichtste|lett?este|najlżejsz\w+|nejlehčí\w*",
    "fastest": r"schnellste\w?|snelste|hurtigste|raskeste|snabbaste|najszybsz\w+|nejrychlej\w+",
    "slowest": r"langsamste\w?|langzaamste|traagste|najwolniejsz\w+|nejpomal\w+",
    "best": r"beste\w?|meilleure?s?|mejor(?:es)?|melhor(?:es)?|miglior[ei]|bäst[ae]?",
    "worst": r"schlechteste\w?|slechtste|pires?|peor(?:es)?|pior(?:es)?|peggior[ei]|verste",
}
_WITHOUT_BLANKS = {  # Chinese and Japanese
    "most expensive": "最贵|最貴|最も高価",
    "cheapest": "最便宜|最安",
    "largest": "最大|最多",
    "highest": "最高",
    "smallest": "最小|最少",
    "lowest": "最低",
    "newest": "最新",
    "oldest": "最古|最老",
    "earliest": "最早",
    "longest": "最长|最長",
    "shortest": "最短",
    "heaviest": "最重",
    "fastest": "最快|最速",
    "slowest": "最慢|最遅",
}
_ADJECTIVES = {  # with what they are after "more", and after "less"
    r"ch[eè]re?s?|coûteux|coûteuses?|car[oaei]s?|costos[oaie]s?|дорог\w+": ("most expensive", "cheapest"),
    r"barat[oa]s?|économiques?|económic[oa]s?|economic[oaie]|деш[её]в\w+": ("cheapest", "most expensive"),
    r"grande?s?|grandi|gros(?:se)?s?|больш\w+|крупн\w+": ("largest", "smallest"),
    r"haute?s?|élevée?s?|alt[oaie]s?|elevad[oa]s?|высок\w+": ("highest", "lowest"),
    r"petite?s?|pequeñ[oa]s?|pequen[oa]s?|piccol[oaie]|маленьк\w+": ("smallest", "largest"),
    r"bas(?:se)?s?|faibles?|baj[oa]s?|baix[oa]s?|bass[oaie]|низк\w+": ("lowest", "highest"),
    r"récente?s?|recientes?|recent[ei]s?|nouve\w+|nuev[oa]s?|nuov[oaie]|nov[oa]s?|нов\w+": ("newest", "oldest"),
    r"ancien(?:ne)?s?|vieux|vieil\w*|âgée?s?|antigu?[oa]s?|antic[oa]|viej[oa]s?|vecchi[oae]?|velh[oa]s?|стар\w+": (
        "oldest",
        "newest",
    ),
    r"jeunes?|jóven(?:es)?|joven|giovan[ei]|jove(?:m|ns)|молод\w+": ("youngest", "oldest"),
    r"longs?|longues?|larg[oa]s?|lung[oa]|lunghi|lunghe|long[oa]s?|длинн\w+": ("longest", "shortest"),
    r"courte?s?|cort[oaie]s?|curt[oa]s?|brev[ei]s?|коротк\w+": ("shortest", "longest"),
    r"lourde?s?|pesad[oa]s?|pesant[ei]|тяж[её]л\w+": ("heaviest", "lightest"),
    r"lég[eè]re?s?|liger[oa]s?|legger[oaie]|leves?|л[её]гк\w+": ("lightest", "heaviest"),
    r"rapides?|rápid[oa]s?|rapid[oaie]|veloc[ei]|быстр\w+": ("fastest", "slowest"),
    r"lente?s?|lent[oaie]s?|медленн\w+": ("slowest", "fastest"),
}
_MORE = r"(?:plus|más|mas|più|mais|сам\w{2,3}|наиболее)\s{1,9}"
_LESS = r"(?:moins|menos|meno|наименее)\s{1,9}"
_NO_COMPARISON = r"(?!\w|\s{1,9}(?:que\b|qu['’]|di\b|do que\b|del? \d|чем\b))"  # "plus cher que l'autre"


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """English superlatives, each with those that stand for it."""
    for name, words in _OF_ONE_WORD.items():
        yield name, pattern_of(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
    for name, words in _WITHOUT_BLANKS.items():
        yield name, pattern_of(words)
    for words, names in _ADJECTIVES.items():
        for degree, name in zip((_MORE, _LESS), names, strict=True):
            yield name, pattern_of(rf"(?<!\w){degree}(?:{words}){_NO_COMPARISON}", re.IGNORECASE)


_PATTERNS = list(_patterns())


def with_english_superlatives(query: str) -> str:
    """``query`` with English superlatives in the place of others: "le plus cher", "am teuersten"."""
    for name, pattern in _PATTERNS:
        query = pattern.sub(f" {name} ", query)
    return query
