"""A label over nothing does not come beside an answer."""

import pytest

import ragzip

LEFTOVERS = """How do I get my title?
The title is sent to you by mail within ninety days, after the lender has told us that the loan is paid off.

What does it cost?
A duplicate title costs 20 dollars. You can order it online, by mail or at an office, and you pay by card.

Common Tasks:

show mydmv button in megamenu:

Disable this transaction?:

yes or no survey:
"""
PAGE = (
    "The library opens at nine on weekdays. It is closed on Sundays and in August.\n\n"
    "Books are lent for four weeks. The fee for late books is 50 cents a day.\n\nRelated documents:\n\nSee also:\n"
)
FORM = "Name:\n\nAddress:\n\nTelephone:\n\nPlease fill in this form, and send it to the office by 3 May.\n"


@pytest.mark.parametrize("compressor", ["auto", "extractive/pruner", "extractive/embedding"])
@pytest.mark.parametrize(
    ("text", "query", "tokens"),
    [
        (LEFTOVERS, "What does a duplicate title cost?", 45),
        (LEFTOVERS, "What does a duplicate title cost?", 75),
        (PAGE, "What is the fee for late books?", 25),
        (PAGE, "What is the fee for late books?", 40),
    ],
)
def test_a_label_over_nothing_is_left_out(text, query, tokens, compressor):
    result = ragzip.compress(text, query, target_tokens=tokens, compressor=compressor)
    assert result.text
    assert not result.text.rstrip().endswith(":")


def test_labels_of_a_form_to_fill_in_may_be_asked_for():
    result = ragzip.compress(FORM, "Does the form ask for an address?", target_tokens=10, compressor="extractive/bm25")
    assert "Address:" in result.text


def test_a_text_without_units_is_none_with_labels():
    assert ragzip.compress(["", PAGE], "fee for late books", target_tokens=30, compressor="extractive/bm25").text
