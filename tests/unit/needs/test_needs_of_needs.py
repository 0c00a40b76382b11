"""What a unit needs through others comes with it, where the budget decides what these need."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.testing import promises
from ragzip.text.structure.needs.transitive import closed_where_held

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


LIND = (
    "Marta Lind was born in 1921 in Lund. Her father was a teacher, her mother a painter. Both wanted her to study "
    "law. She chose chemistry instead. During the war she worked at a hospital. There she met Erik Holm, whom she "
    "married in 1946. He died two years later. She never remarried. In 1953 she became the first woman to lead the "
    "institute."
)


@pytest.mark.parametrize("tokens", range(36, 70, 3))
@pytest.mark.parametrize("query", ["Where did she meet her husband?", "When did Erik Holm die?"])
def test_the_best_unit_keeps_its_companions_where_those_of_others_do_not_fit(query, tokens):
    kept = ragzip.compress(LIND, query, target_tokens=tokens, cache=SCORES).text
    assert "There she met Erik Holm" in kept and "worked at a hospital. There she met" in kept


def test_what_does_not_fit_through_a_later_one_does_without_it():
    direct = [(), (), (), (), ()]
    further = {4: (3, 0), 3: (2, 1)}  # 4 fits with what it needs, but not with all of what 3 does

    def fit(groups):
        return [len(set(group)) <= 3 for group in groups]

    assert closed_where_held(direct, further, [4, 3], fit) == {4: (3, 0)}
    assert closed_where_held(direct, further, [3, 4], fit) == {3: (2, 1)}
    assert closed_where_held(direct, further, [4, 3], lambda groups: [True] * len(groups)) == {
        4: (3, 0, 2, 1),
        3: (2, 1),
    }
