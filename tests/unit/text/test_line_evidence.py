"""What is no margin of a page, no entry of a bibliography, no heading, and no number over a line break."""

import pytest

from ragzip.text.splitters import sentences, units


def kinds(text):
    return {unit.kind for unit in units(text)}


@pytest.mark.parametrize(
    "text",
    [
        "The bill is below.\n\nAmount due     1,250.00 EUR\n\nPage 1 of 1",
        "Hay was sold.\n\nTotal: 120.00 EUR\n\nPage 1\n\nOats were sold.\n\nTotal: 80.00 EUR\n\nPage 2",
        "Hay was sold.\n\nBales 12\n\nPage 1\n\nOats were sold.\n\nBales 47\n\nPage 2",
    ],
)
def test_lines_with_figures_of_their_own_are_no_margins(text):
    margins = [text[start:end] for start, end, kind in units(text) if kind == "margin"]
    assert margins and all(margin.startswith("Page") for margin in margins)


@pytest.mark.parametrize("text", ["Methods      page 12\nResults      page 31", "Side 1\n\nThe song is slow."])
def test_lines_of_contents_and_sides_are_no_margins(text):
    assert "margin" not in kinds(text)


@pytest.mark.parametrize(
    "text",
    ["January 2024 12\nFebruary 2024 15\nMarch 2024 9", "January, 12\nFebruary, 15\nMarch, 9"],
)
def test_lines_of_months_stay_lines(text):
    assert [text[start:end] for start, end, _ in units(text)] == text.split("\n")


def test_a_sentence_may_begin_with_a_number():
    text = "The men knew that the limit was about 20.\n5 minutes later it was reached by the pump."
    assert [text[start:end] for start, end in sentences(text)] == text.split("\n")


@pytest.mark.parametrize("word", ["Rule", "Clause"])
def test_the_last_line_of_a_list_of_sections_is_no_heading(word):
    text = f"{word} 1: Be on time\n{word} 2: Be polite\n{word} 3: Pay in advance\n\nThe guests agreed to them all."
    assert "heading" not in kinds(text)


def test_prose_wrapped_before_a_cited_number_is_no_bibliography():
    text = (
        "The old mill at the end of the village was seen by the people of 1990\n[3] and by others, before it was seen "
        "by those of the town in the\nyears before the war, when in 1995 it was shown to them by the\n"
        "[4] large crowds of the year 2001, who came from all over the\ncountry with the owners of it, and in 2003 by "
        "the\n[5] men who had seen it burn down in the spring of 2002."
    )
    assert len(units(text)) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Это был наш полк.", "Он стоял у реки и не был готов к бою."),
        ("The bag weighs 3 lb.", "5 people carried it to the mill."),
    ],
)
def test_words_that_are_no_abbreviations_end_sentences(before, after):
    text = f"{before} {after}"
    assert [text[start:end] for start, end in sentences(text)] == [before, after]
