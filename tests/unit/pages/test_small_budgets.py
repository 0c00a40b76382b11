"""Blocks of pages that a budget does not hold, for methods of pages and of texts."""

import pytest

import ragzip
from ragzip import Document

PAGES = {
    "ul": (
        "<h2>Prices</h2><ul><li>Haircut <span>25 EUR</span></li><li>Colour <span>60 EUR</span></li>"
        "<li>Beard trim <span>15 EUR</span></li><li>Shave <span>18 EUR</span></li><li>Wash <span>8 EUR</span></ul>",
        "What does a beard trim cost?",
        ("Beard trim", "15 EUR"),
    ),
    "div": (
        "<h2>Kettle</h2><div><div class=row><div>Weight</div><div>1.2 kg</div></div><div><div>Cable length</div>"
        "<div>75 cm</div></div><div class=row><div>Maximum power when it boils</div><div>2200 W</div></div>"
        "<div class=row><div>Warranty</div><div>2 years</div></div></div>",
        "How long is the cable?",
        ("Cable length", "75 cm"),
    ),
    "p": (
        "<h2>Hours</h2><div><p>Monday: 9:00-18:00</p><p>Tuesday: 9:00-18:00</p><p>Saturday: 10:00-14:00</p>"
        "<p>Sunday: closed</p><p>Public holidays: closed</p></div>",
        "When is it open on Saturday?",
        ("Saturday", "10:00-14:00"),
    ),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("compressor", ["auto", "html/bm25", "extractive/bm25"])
def test_a_short_line_is_kept_where_its_list_does_not_fit(name, compressor):
    page, query, answer = PAGES[name]
    document = Document("a", f"<!DOCTYPE html><title>Shop</title>{page}", mime="text/html")
    result = ragzip.compress(document, query, target_tokens=26, compressor=compressor, cache=False)
    assert result.stats.tokens_out <= 26
    assert all(part in result.text for part in answer)


def test_the_name_of_a_value_stays_with_it():
    page, _, _ = PAGES["div"]
    document = Document("a", f"<!DOCTYPE html>{page}", mime="text/html")
    for budget in range(12, 40, 4):
        text = ragzip.compress(
            document, "How much power?", target_tokens=budget, compressor="html/bm25", cache=False
        ).text
        assert ("Maximum power" in text) == ("2200 W" in text)
