"""The numbers of list items behind others that are left out."""

import pytest

from ragzip import Document, compress
from ragzip.pages.form import page_form
from ragzip.pages.tree import clean

ITEMS = "<li>Unplug.<li>Unscrew.<li>Lift.<li>Fuse.<li>Put back.<li>Tighten.<li>Close."


def written(source, *kept):
    """The HTML of a page of which these words are kept, with each of its spans at its place."""
    spans = sorted((source.index(word), source.index(word) + len(word)) for word in kept)
    text, pieces, places = page_form(source).write(spans)
    if places is None:
        places = [sum(b - a for a, b in pieces[:number]) for number in range(len(pieces))]
    assert all(text[place : place + b - a] == source[a:b] for (a, b), place in zip(pieces, places, strict=True))
    return text


@pytest.mark.parametrize(
    ("start", "kept", "text"),
    [
        ("<ol>", ["Unplug.", "Unscrew."], "<ol><li>Unplug.<li>Unscrew.</ol>"),
        ("<ol>", ["Fuse."], "<ol><li value=4>Fuse.</ol>"),
        ("<ol>", ["Unscrew."], "<ol><li><li>Unscrew.</ol>"),  # cheaper than a number
        ("<ol>", ["Fuse.", "Tighten.", "Close."], "<ol><li value=4>Fuse.<li><li>Tighten.<li>Close.</ol>"),
        ("<ol start=0>", ["Fuse."], "<ol start=0><li value=3>Fuse.</ol>"),
        ("<ol start='7' class=x>", ["Unplug.", "Fuse."], "<ol start='7'><li>Unplug.<li value=10>Fuse.</ol>"),
        ("<ol reversed start=9>", ["Fuse."], "<ol reversed start=9><li value=6>Fuse.</ol>"),
        ("<ul>", ["Fuse."], "<ul><li>Fuse.</ul>"),
    ],
)
def test_an_item_keeps_its_number(start, kept, text):
    assert written(f"{start}{ITEMS}</{start[1:3]}>", *kept) == text


def test_an_item_with_a_number_of_its_own_keeps_that():
    listing = "<ol><li>One.<li>Two.<li value=9>Nine.<li>Ten.<li>Eleven.<li>Twelve.</ol>"
    assert written(listing, "Nine.", "Twelve.") == "<ol><li value=9>Nine.<li value=12>Twelve.</ol>"


@pytest.mark.parametrize("budget", range(20, 32, 3))
def test_the_budget_counts_the_numbers(budget):
    hall = "".join(f"<p>The hall number {number} is painted in grey and was swept.</p>" for number in range(9))
    page = (
        f"<html><h1>Fuse</h1><ol>{ITEMS.replace('Fuse.', 'Replace the fuse with a 5 A type.')}</ol><h2>Hall</h2>{hall}"
    )
    result = compress(Document("p", page), "Which type of fuse is used?", target_tokens=budget)
    assert result.stats.tokens_out <= budget
    (citation, *_) = (
        citation for citation in result.citations() if "5 A" in result.text[citation.start : citation.end]
    )
    assert page[citation.source_start : citation.source_end] == result.text[citation.start : citation.end]


@pytest.mark.parametrize(
    ("begin", "tag", "marks"),
    [
        ("<ol type=A>", "<ol type=A>", "A. B. C."),
        ("<ol type='i' start=3>", "<ol start=3 type=i>", "iii. iv. v."),
        ("<ol start=26 style='list-style-type: lower-alpha'>", "<ol start=26 type=a>", "z. aa. ab."),
        ("<ol type=disc>", "<ol>", "1. 2. 3."),
    ],
)
def test_items_are_numbered_by_letters_where_the_page_shows_letters(begin, tag, marks):
    page = f"{begin}<li>Paris<li>Rome<li>Bern</ol>"
    assert clean(page) == page.replace(begin, tag)
    lines = [" ".join(words) for words in zip(marks.split(), ("Paris", "Rome", "Bern"), strict=True)]
    assert clean(page, output="text") == clean(page, output="markdown") == "\n".join(lines)
    place = page.index("Bern")
    assert page_form(page, output="text").write([(place, place + 4)]).text == lines[2]
