"""Blocks of pages that a budget does not hold, for methods of pages and of texts."""

import pytest

import ragzip
from ragzip import Document
from ragzip.pages.form import page_form

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
    "form": (
        "<h2>Patient</h2><form><label>Name</label><input value='Ann Lee'><label>Age</label><input type=number value=41>"
        "<label>Insurance</label><select><option>AOK</option><option selected>TK</option></select><label>City</label>"
        "<input value=Bern><label>Street</label><input value='Main Street 5'></form>",
        "Which insurance has the patient?",
        ("Insurance", "selected>TK"),
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


def test_a_field_stays_with_its_label_in_a_form_of_any_length():
    labels = [f"Question {number}" for number in range(30)]
    fields = "".join(f"<label>{label}</label><input value='answer to {label}'>" for label in labels)
    boxes = "".join(f"<input type=checkbox><label>Box {number}</label>" for number in range(30))
    form = page_form(f"<form>{fields}{boxes}</form>")
    texts = [form.page.text(block.start, block.end) for block in form.blocks]
    assert texts[:30] == [f"{label}<input value='answer to {label}'>" for label in labels]
    assert [text.rpartition(">")[2] for text in texts[30:]] == [f"Box {number}" for number in range(30)]


def test_sentences_and_words_end_at_spaces_that_are_written_as_entities():
    sentences = ["The&nbsp;lamp&nbsp;costs&nbsp;20&nbsp;euros.", "The desk costs 90&nbsp;euros."]
    blocks = page_form(f"<p>{'&nbsp;'.join(sentences)}", max_words=8).blocks
    assert [block.end - block.start for block in blocks] == [len(sentence) for sentence in sentences]


@pytest.mark.parametrize(
    ("query", "kept", "left_out"),
    [
        ("size of the flat Garden Street 31", "104 m²", "78 m²"),
        ("How large is the flat in Garden Street 8?", "78 m²", "104 m²"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "html/bm25"])
def test_the_item_with_the_number_of_the_query_is_kept(query, kept, left_out, compressor):
    flats = [
        ("3-room flat, Garden Street 8", "78 m²", "980 euros"),
        ("2-room flat, Wall 3", "52 m²", "640 euros"),
        ("4-room flat, Garden Street 31", "104 m²", "1,350 euros"),
        ("1-room flat, Post Street 7", "29 m²", "410 euros"),
    ]
    items = "".join(
        f"<li><div>{name}</div><div><span>{size}</span> <span>{rent} cold</span> <span>with a balcony and a lift</span>"
        "</div></li>"
        for name, size, rent in flats
    )
    document = Document("a", f"<h1>Flats</h1><ul>{items}</ul>", mime="text/html")
    text = ragzip.compress(document, query, target_tokens=40, compressor=compressor, cache=False).text
    assert kept in text and left_out not in text
