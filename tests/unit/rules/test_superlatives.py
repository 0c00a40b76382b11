"""Superlatives in other languages are those of English."""

import pytest
from structure_checks import compressed

from ragzip.text.queries.superlatives import with_english_superlatives

GERMAN = "Artikel;Preis;Menge\nSchraube;0,12;500\nMutter;0,08;1200\nBolzen;1,45;80\nFeder;0,99;310\nDichtung;2,10;45\n"
FRENCH = (
    "ville;habitants;superficie\nLyon;522250;48\nNice;348085;72\nNantes;323204;65\nRennes;225081;50\nBrest;139602;50\n"
)
SPANISH = "perro,edad,peso\nLuna,3,12\nRex,11,31\nToby,1,8\nNala,7,25\nKira,5,19\n"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Welcher Artikel ist am teuersten?", "most expensive"),
        ("Wie heißt der älteste Hund?", "oldest"),
        ("Quel est le produit le plus cher ?", "most expensive"),
        ("Quelle est la ville la moins chère ?", "cheapest"),
        ("¿Cuál es la ciudad con la mayor población?", "largest"),
        ("¿Qué perro es el más viejo?", "oldest"),
        ("Qual è il prezzo più basso?", "lowest"),
        ("Welke stad is het grootst, de grootste?", "largest"),
        ("Który produkt jest najtańszy?", "cheapest"),
        ("Какой товар самый дорогой?", "most expensive"),
        ("哪个城市人口最多？", "largest"),
        ("一番は最新の版ですか。", "newest"),
    ],
)
def test_a_superlative_is_put_in_english(query, words):
    assert words in with_english_superlatives(query)


@pytest.mark.parametrize(
    "query",
    [
        "Which city has a mayor who is the best at chess?",
        "Est-ce que Lyon est plus cher que Nice ?",
        "¿Es Rex más viejo que Nala?",
        "Das ist längst vorbei, oder?",
        "Is more or less of it cheap?",
    ],
)
def test_other_words_stay(query):
    assert with_english_superlatives(query) == query


@pytest.mark.parametrize(
    ("text", "query", "row", "other"),
    [
        (GERMAN, "Welcher Artikel ist am teuersten?", "Dichtung;2,10;45", "Mutter"),
        (GERMAN, "Was ist der billigste Artikel?", "Mutter;0,08;1200", "Dichtung"),
        (FRENCH, "Quelle ville a le plus grand nombre d'habitants ?", "Lyon;522250;48", "Brest"),
        (FRENCH, "Quelle ville a la plus petite superficie ?", "Lyon;522250;48", "Nice"),
        (SPANISH, "¿Qué perro es el más viejo?", "Rex,11,31", "Toby"),
        (SPANISH, "¿Qué perro es el más joven?", "Toby,1,8", "Rex"),
    ],
)
def test_the_record_at_the_end_that_is_meant_is_kept(text, query, row, other):
    kept = compressed(text, query, 26)
    assert row in kept and other not in kept
