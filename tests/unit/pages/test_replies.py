"""Blocks of a page that refer to others: to a step, to what takes them back."""

import pytest

from ragzip.pages.form import page_form
from ragzip.pages.leads import relations_of_blocks
from ragzip.pages.page import Page
from ragzip.text.spans import Span


@pytest.mark.parametrize(
    ("sentence", "item"),
    [
        ("After step 8 let the glue dry for two hours.", "Screw on the back"),
        ("Nach Schritt 4 trocknet der Leim.", "Put the board"),
        ("See point 12.", None),
        ("The version is step 8.1 of nine.", None),
    ],
)
def test_a_sentence_that_names_a_step_comes_with_the_step(sentence, item):
    long = " ".join(["The old quarter lies on the left bank of the river."] * 6)
    steps = f"<ol start=4><li>Put the board down.<p>{long}<li value=8>Screw on the back.<li>{long}</ol>"
    page = Page.of(f"{steps}<p>{sentence}<p>{long}<ol><li>First.<li>Second.</ol>")
    form_blocks = page_form(page.source, max_words=20).blocks
    spans = [Span(block.start, block.end) for block in form_blocks]
    relations = relations_of_blocks(page, form_blocks, spans)
    (number,) = (number for number, span in enumerate(spans) if sentence in page.text(*span))
    named = [page.text(*span) for span in relations[number].antecedents] if number in relations else []
    assert (item is None and not named) or (item is not None and len(named) == 1 and named[0].startswith(item))


_FILLER = "<p>" + "The old quarter lies on the left bank of the river, where the tanners worked. " * 4


@pytest.mark.parametrize(
    ("page", "claim", "answer"),
    [
        ("<p>The bank will close in June, said a paper.</p><p>This is not true.</p>", "The bank", "This is"),
        ("<blockquote><p>We open before the summer of next year.</p>- Eva Lund, mayor of the town of Orm</blockquote>"
         "<p>Her office now says: not before May.</p>", "We open", "Her office"),
        ("<p class=q>Does the drill come with a case?</p><p class=a>No.</p>", "Does the", "No."),
        ("<div class=post>bolt<p>Put it into the oven for an hour. It helped.</p></div><div class=post>Staff"
         "<blockquote>Put it into the oven for an hour.</blockquote><p>Please do not do this.</p></div>",
         "bolt", "Please"),
        ("<article><p>Long ago. The river was moved. It took ten years.</p><blockquote>The river was moved."
         "</blockquote><p>The market is on Saturdays.</p></article>", "Long ago", None),
        ("<p>See here. We sold forty boats.</p><figure><blockquote>We sold forty boats.</blockquote>"
         "<figcaption>Ana Roth, of the yard</figcaption></figure><p>The yard is old.</p>", "See here", None),
        ("<article><p>See here. The bank will close in June.</p><p>It was founded by two sisters.</p><blockquote>"
         "The bank will close in June.</blockquote><p>This is not true.</p></article>",
         "See here", "This is"),
        ("<p>The bank will close in June.</p><h2>Weather</h2><p>This is not true of the hills.</p>", "The bank", None),
        ("<p>Put it into the oven.</p><blockquote>Leave it in the sun for an hour.</blockquote><p>", "Put it", None),
    ],
)  # fmt: skip
def test_what_is_taken_back_comes_with_what_takes_it_back(page, claim, answer):
    page = Page.of(f"<h1>News</h1>{_FILLER}{page}{_FILLER}")
    form_blocks = page_form(page.source, max_words=12).blocks
    spans = [Span(block.start, block.end) for block in form_blocks]
    relations = relations_of_blocks(page, form_blocks, spans)
    (number,) = (number for number, span in enumerate(spans) if page.text(*span).startswith(claim))
    needed = [page.text(*span) for span in relations[number].needs] if number in relations else []
    assert any(text.startswith(answer) for text in needed) if answer else not needed


@pytest.mark.parametrize("votes", ["88", "-2", "1.2k", "5 ✓"])
def test_the_votes_of_a_post_come_with_its_text(votes):
    text = "Await the task after you cancel it, and leave out the error that it raises. " * 4
    page = Page.of(f"<div><div>{votes}</div><p>{text}</p></div><p>149,95 €</p><p>Shipping is not in the price.</p>")
    page_blocks = page_form(page.source).blocks
    spans = [Span(block.start, block.end) for block in page_blocks]
    relations = relations_of_blocks(page, page_blocks, spans)
    assert page.text(*spans[0]) == votes and relations[0].needs == (spans[1],)
    price = next(number for number, span in enumerate(spans) if "149" in page.text(*span))
    assert price not in relations
