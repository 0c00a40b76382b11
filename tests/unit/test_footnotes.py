"""Notes with a mark, and what has that mark in the text and in tables."""

import pytest

import ragzip
from ragzip.text.structure import structure_of

DOSES = "Drug,Dose\nAbrol,20 mg*\nBenol,40 mg\nCetol,10 mg†\nDetol,15 mg†\n* Half of it for old men.\n† Not at night.\n"
BARS = DOSES.replace(",", " | ").replace("Dose\n", "Dose\n--- | ---\n").replace("15 mg†\n*", "15 mg†\n\n\\*")
COLUMNS = DOSES.replace("Drug,", "Drug     ").replace("ol,", "ol    ").replace("†\n*", "†\n\n*")


@pytest.mark.parametrize("source", [DOSES, BARS, COLUMNS])
def test_a_row_comes_with_the_note_that_it_has_the_mark_of(source):
    for drug, note in (("Abrol", "Half of it"), ("Cetol", "Not at night"), ("Benol", "Dose")):
        for target_tokens in range(10, 50, 4):
            options = {"target_tokens": target_tokens, "cache": False, "compressor": "extractive/bm25"}
            text = ragzip.compress(source, f"dose of {drug}", **options).text
            assert note in text or drug not in text
            assert "Abrol" in text or "Half of it" not in text


@pytest.mark.parametrize(
    "source",
    [
        "Call *twice* a day. Ring.\n\n* One item stands here.\n",
        "Hotels have 5* rooms.\n\n* Rooms are clean.\n* Beds are soft.\n",
        "The area is 5 m².\n\n² is a sign.\n",
    ],
)
def test_what_is_no_mark_of_a_note(source):
    units = structure_of(source, "text/plain", "0").units
    assert not any(unit.relation.needs for unit in units)
