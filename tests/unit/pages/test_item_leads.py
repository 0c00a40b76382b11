"""Boxes of a page that begin with a short line: it belongs to their heading, and their label to what is in them."""

import pytest

import ragzip
from ragzip import Document

EVENTS = [
    ("<time datetime=2025-05-03>3 May</time>", "Jazz on the Roof", "Dockland Hall, 7.30 pm", "Bring a warm jacket."),
    ("<div class=date>9 May</div>", "Evening with Ada", "Town Theatre, 8 pm", "<b>Cancelled</b> by the artist."),
    ("<span>10 May</span>", "Puppet show", "Library, 3 pm", "For children from four years on, it lasts 45 minutes."),
]
METHODS = pytest.mark.parametrize("compressor", ["html/bm25", "extractive/bm25"])


def page_of(box, items):
    start, end = box.split("|")
    return "<h1>What is on</h1><div class=list>" + "".join(
        f"{start}{lead}<h3>{name}</h3><p>{place}</p><p>{note}</p>{end}" for lead, name, place, note in items
    )


def kept(page, query, tokens, compressor):
    document = Document("a", page, mime="text/html")
    return ragzip.compress(document, query, target_tokens=tokens, compressor=compressor, cache=False).text


@METHODS
@pytest.mark.parametrize("box", ["<article>|</article>", "<li>|</li>", "<div class=event>|</div>"])
def test_the_line_before_a_heading_comes_with_what_is_under_it(box, compressor):
    page = page_of(box, EVENTS)
    text = kept(page, "When is the puppet show for children?", 50, compressor)
    assert "10 May" in text and "Puppet show</h3>" in text and "9 May" not in text
    text = kept(page, "Is the evening with Ada cancelled?", 50, compressor)
    assert "9 May" in text and "Cancelled" in text and "10 May" not in text


@METHODS
def test_the_line_before_a_heading_is_not_read_under_the_one_before(compressor):
    cards = [
        ("<span>Sale</span>", "Beat 200", "Wireless, 30 hours of battery", "79 euros"),
        ("<span>Sold out</span>", "Beat 400", "Wireless, 45 hours of battery", "129 euros"),
    ]
    text = kept(page_of("<div class=card>|</div>", cards), "Is the Beat 400 sold out?", 80, compressor)
    assert "Beat 200</h3>Sold out" not in text and "Sold out<h3>Beat 400" in text


def test_a_line_over_a_page_of_several_sections_belongs_to_none():
    page = (
        "<h1>Guide</h1><div><p>Version 4</p><h2>Install</h2><p>Run the setup of the program.</p><h2>Use</h2>"
        "<p>Press start to begin a new round of the game.</p></div>"
    )
    assert "Version 4" not in kept(page, "How do I run the setup?", 30, "html/bm25")


@METHODS
@pytest.mark.parametrize(
    "box",
    [
        "<button aria-controls=p{0}>{1}</button><div id=p{0} hidden>{2}</div>",
        "<fieldset><legend>{1}</legend>{2}</fieldset>",
        "<details><summary>{1}</summary>{2}</details>",
    ],
)
def test_a_text_in_a_box_is_read_with_its_label(box, compressor):
    reviews = "".join(
        f"<p>{name} wrote: {text}</p>"
        for name, text in [
            ("Marta", "Comfortable from the first day on, and it stayed dry in the creek that we had to cross."),
            ("Jonas", "The sole came off after two hundred kilometres, but the shop replaced it at no cost."),
            ("Lee", "It runs half a size small, so that I would take the next larger one the next time."),
        ]
    )
    boxes = [("1", "Care", "<p>Clean the sole with a brush and dry it in the shade, but never on a stove.</p>"),
             ("2", "Reviews (3)", reviews)]  # fmt: skip
    page = "<h1>Shoe</h1>" + "".join(box.format(*parts) for parts in boxes)
    text = kept(page, "reviews of the sole", 48, compressor)
    assert "Reviews (3)" in text and "came off" in text
