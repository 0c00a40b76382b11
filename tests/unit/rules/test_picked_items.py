"""Lists of which a question that yes or no answers picks an item."""

import pytest

import ragzip

REST = "\n\nThe staff room is on the second floor. The lift was renewed in May. Visitors sign the book at the desk."
BANNED = "The following substances are banned:\n- ephedrine\n- steroids\n- insulin\n- heroin"
LAB = "Staff must not:\n* smoke in the lab\n* carry food\n* wear sandals\n* leave the door open"
LAPTOPS = "Erlaubt sind im Handgepäck:\n- Scheren\n- Medikamente\n- Laptops\n- Bücher"
DOGS = "Allowed in the hotel are:\n- dogs on a lead\n- cats in a basket\n- but not in the sauna"


def kept(text, query, compressor="extractive/bm25"):
    return ragzip.compress(text + REST, query, rate=0.6, compressor=compressor).text


@pytest.mark.parametrize("compressor", ["extractive/bm25", "auto"])
@pytest.mark.parametrize(
    ("text", "query", "item", "others"),
    [
        (BANNED, "Is ephedrine banned?", "ephedrine", ["steroids", "insulin", "heroin"]),
        (LAB, "May staff wear sandals?", "sandals", ["smoke", "food", "door"]),
        (LAPTOPS, "Sind Laptops im Handgepäck erlaubt?", "Laptops", ["Scheren", "Medikamente", "Bücher"]),
    ],
)
def test_the_item_that_is_asked_for_comes_alone(text, query, item, others, compressor):
    kept_text = kept(text, query, compressor)
    assert item in kept_text and text.partition("\n")[0] in kept_text
    assert not any(other in kept_text for other in others)


@pytest.mark.parametrize(
    ("text", "query", "items"),
    [
        (BANNED, "Which substances are banned?", ["ephedrine", "steroids", "insulin", "heroin"]),
        (BANNED, "Is caffeine banned?", ["ephedrine", "steroids", "insulin", "heroin"]),
        (BANNED, "Are ephedrine and insulin banned?", ["ephedrine", "insulin"]),
        (DOGS, "Are dogs allowed?", ["dogs on a lead", "but not in the sauna"]),
    ],
)
def test_no_item_goes_that_may_answer(text, query, items):
    kept_text = kept(text, query)
    assert all(item in kept_text for item in items)
