"""What a unit needs through others comes with it, where the budget decides what these need."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.testing import promises

LETTER = "Dr. Ada Lovelace wrote to Charles Babbage on 12 March 1842. She asked about 3.14 kg of brass."
SPEECH = 'He said: "It cannot be done." Then it was done! He said: "It cannot be done." Then it was done!'
ITEMS = "- first item, with a clause\n- second item\n  that goes on\n* third"


@pytest.mark.parametrize("rate", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("query", [None, "What did she ask for?"])
@pytest.mark.parametrize(
    "texts",
    [
        [LETTER, f"{LETTER}\n{LETTER}\n{ITEMS}"],
        [f"{LETTER}\n\n{LETTER}", f"{LETTER} {LETTER} {SPEECH}"],
        [f"{LETTER}\n{ITEMS}", "The mill is old. It burned in 1923. It was rebuilt. It is open now. It costs 3 euros."],
    ],
)
@pytest.mark.parametrize("name", ["auto", "extractive/pruner", "extractive/bm25"])
def test_no_unit_comes_without_what_it_needs_through_others(texts, query, rate, name):
    compressor = ragzip.load(name)
    result = ragzip.compress(texts, query, rate=rate, compressor=compressor, cache=SCORES)
    promises.units_are_whole(result, compressor)
