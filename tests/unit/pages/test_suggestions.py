"""Suggestions of other things on a page stand behind what the page is about."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip import Document

_PAGE = (
    "<h1>Lamp L2</h1><p class=state>Sold out</p><p>It is made of brass and weighs two kilograms.</p>"
    "<h2>{}</h2><div><h3>Lamp L7</h3><p>In stock, 40 euros</p></div><div><h3>Lamp L9</h3><p>In stock, 60 euros</p>"
    "</div><h2>Care</h2><p>Wipe it with a dry cloth. Never use vinegar, as it makes the brass dull in a few days.</p>"
)


def kept(heading, query, tokens, compressor="auto"):
    document = Document("d", _PAGE.format(heading), mime="text/html")
    return ragzip.compress(document, query, target_tokens=tokens, compressor=compressor, cache=SCORES).text


@pytest.mark.parametrize(
    "heading",
    ["Similar products", "You may also like", "Customers also bought", "Das könnte dir auch gefallen", "See also"],
)
def test_suggestions_come_last(heading):
    text = kept(heading, "Is the lamp L2 in stock?", 30)
    assert "Sold out" in text and "In stock" not in text
    assert "Sold out" not in kept("Our shelf", "Is the lamp L2 in stock?", 30, "html/bm25")


def test_a_suggestion_that_the_query_names_comes():
    assert "60 euros" in kept("Similar products", "How much is the lamp L9?", 40)
    assert "40 euros" in kept("See also", "Is the lamp L7 in stock?", 40, "html/bm25")


@pytest.mark.parametrize("heading", ["Recommended", "RECOMMENDED:"])
def test_a_bare_recommendation_is_content(heading):
    page = (
        "<h1>Chess 9</h1><h2>Minimum</h2><p>The memory is 4 GB.</p><h2>{}</h2>"
        "<p>The memory is 16 GB, of the fast kind.</p>"
        f"<h2>Story</h2><p>{'The old quarter lies on the left bank of the river. ' * 4}</p>"
    )
    for shown in (heading, "Best"):
        document = Document("d", page.format(shown), mime="text/html")
        text = ragzip.compress(
            document, "How much memory of the fast kind?", target_tokens=26, compressor="html/bm25", cache=SCORES
        ).text
        assert "16 GB" in text
