"""The names of columns that superlatives and nouns of a query are about."""

from __future__ import annotations

__all__ = [
    "COLUMNS_OF_NOUN",
    "COLUMNS_OF_WORD",
    "ENDS_OF_WORD",
    "LENGTHS",
    "NAMES_OF_TIMES",
    "PRICES",
    "WEIGHTS",
]

PRICES = (
    "price cost fee amount rate preis kosten betrag prix coût tarif montant precio costo coste importe prezzo preço"
    " custo prijs bedrag cena pris цена стоимость"
)
_COSTS = ("cost", "costs", "kostet", "kosten", "coûte", "coûtent", "cuesta", "cuestan", "costa", "costano", "kost")
_DAYS = "date time year created updated modified datum jahr année fecha año data anno ano jaar rok дата год"
LENGTHS = (
    "length duration distance time länge dauer longueur durée longitud duración lunghezza durata comprimento duração"
    " lengte duur długość длина"
)
WEIGHTS = "weight mass gewicht masse poids peso waga вес"
_SIZES = (
    "size area population bytes größe fläche einwohner taille superficie habitants tamaño población superficie"
    " dimensione popolazione abitanti tamanho população oppervlakte inwoners площадь население"
)
_HIGHS, _LOWS = "high max maximum temperature temp", "low min minimum temperature temp"
_RAINS = "rain rainfall precipitation regen niederschlag pluie lluvia pioggia neerslag"
COLUMNS_OF_WORD = {  # with whether the largest value has it, and the names of columns that say so
    "expensive": (True, PRICES),
    "priciest": (True, PRICES),
    "cheapest": (False, PRICES),
    "latest": (True, _DAYS),
    "newest": (True, _DAYS),
    "earliest": (False, _DAYS),
    "soonest": (False, "date time year due expires"),
    "tallest": (True, "height elevation"),
    "longest": (True, LENGTHS),
    "shortest": (False, f"{LENGTHS} height"),
    "heaviest": (True, WEIGHTS),
    "lightest": (False, WEIGHTS),
    "full": (True, "use used usage capacity full"),
    "fullest": (True, "use used usage capacity full"),
    "largest": (True, _SIZES),
    "biggest": (True, _SIZES),
    "smallest": (False, _SIZES),
    "hottest": (True, _HIGHS),
    "warmest": (True, _HIGHS),
    "coldest": (False, _LOWS),
    "wettest": (True, _RAINS),
    "driest": (False, _RAINS),
    "windiest": (True, "wind gust gusts"),
}
_SPEEDS = "speed rate throughput pace kmh mph knots geschwindigkeit vitesse velocidad velocità snelheid скорость"
_TIMES = "time duration latency elapsed seconds secs sec s ms millis minutes p50 p90 p95 p99"
_DATES = (
    "born birth birthday date year created built founded established opened launched started since"
    " geboren geburtstag datum jahr baujahr né naissance année nacimiento año nascita anno ano jaar bouwjaar rok год"
)
ENDS_OF_WORD = {  # as those of COLUMNS_OF_WORD, and the columns whose other end has it
    "fastest": (True, _SPEEDS, _TIMES),
    "quickest": (True, _SPEEDS, _TIMES),
    "slowest": (False, _SPEEDS, _TIMES),
    "oldest": (True, "age alter âge edad età idade leeftijd wiek возраст", _DATES),
    "youngest": (False, "age alter âge edad età idade leeftijd wiek возраст", _DATES),
    "best": (True, "rating stars score points grade", "rank pos position place"),
    "worst": (False, "rating stars score points grade", "rank pos position place"),
}
NAMES_OF_TIMES = "date time year due start begin dep departure arr arrival"
COLUMNS_OF_NOUN = {
    "inhabitants": "population",
    "residents": "population",
    "populous": "population",
    "won": "w wins",
    "wins": "w won",
    "lost": "l losses",
    "losses": "l lost",
    "drawn": "d draws",
    "draws": "d drawn",
    "goals": "gf",
    "points": "pts",
    **dict.fromkeys(_COSTS, PRICES),
    **dict.fromkeys(("pay", "pays", "earn", "earns", "verdient"), f"{PRICES} salary wage pay income gehalt lohn"),
}
