"""The line that says whose words a paragraph is does not come without them."""

import pytest

import ragzip
from ragzip.text.structure.needs.attributions import speakers_below, words_of_speakers
from ragzip.text.structure.parts import prose_part

SAYINGS = (
    "Dad would run his business on it. Today only 15 % of homes have a computer, and the others do not want one.\n\n"
    "-- Commodore Magazine, September 1987\n\nThe home computer was sold in toy shops at first.\n\n"
    "The pan is light and nothing sticks to it. I have used it for a year.\n— Jane D., Leeds\n\nSales fell in 1984.\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SAYINGS, [(2, range(2)), (6, range(4, 6))]),
        ("„Brot braucht Zeit.“\n— Ana Berg, Bäckerin\n\nDer Laden ist neu.", [(1, range(1))]),
        ("We need the following.\n— Bread\n— Salt\n", []),
        ("It rained.\n\n— He said that it was wet and went home.\n\nNobody answered.", []),
    ],
)
def test_whose_words_a_paragraph_is(text, expected):
    units = list(prose_part(text, 0, len(text), 0))
    assert list(words_of_speakers(text, units)) == [(line, sentences[-1]) for line, sentences in expected]
    assert list(speakers_below(text, units)) == [(place, line) for line, sentences in expected for place in sentences]


@pytest.mark.parametrize("tokens", [15, 30, 45, 60])
@pytest.mark.parametrize(
    ("query", "name", "words"),
    [("Commodore Magazine 1987", "Commodore", "15 %"), ("What does Jane from Leeds say?", "Jane", "used it")],
)
def test_a_name_below_a_quotation_comes_with_it(query, name, words, tokens):
    kept = ragzip.compress(SAYINGS, query, target_tokens=tokens, compressor="extractive/bm25").text
    assert name not in kept or words in kept
