"""What governs a clause comes with the words of another one that take their subject from it, and behind a date."""

import pytest

import ragzip
from ragzip.compressors.token.llmlingua2 import LLMLingua2
from ragzip.testing import FakeWordScorer

SENTENCES = [
    (
        "In practice free trade can benefit some people and groups within countries (particularly big business) much "
        "more than others, but will burden people who lack bargaining power in an expanding market.",
        "benefit",
        "more than others",
    ),
    ("The pump must run less than an hour a day in winter, and should rest on Sundays.", "run", "less than"),
    ("The ARC donated the site on November 1, 2010 for no price.", "2010", "no price"),
    ("The museum on the hill was sold to the city on March 12, 1998 without any debt.", "1998", "without any"),
]


@pytest.mark.parametrize(("sentence", "word", "form"), SENTENCES)
@pytest.mark.parametrize("rate", [0.3, 0.5, 0.7])
def test_a_word_comes_with_what_governs_its_clause(sentence, word, form, rate):
    others = "\n\n".join(other for other, _, _ in SENTENCES if other != sentence)
    for text in (sentence, f"{others}\n\n{sentence}"):
        kept = ragzip.compress(text, rate=rate, compressor=LLMLingua2(FakeWordScorer()), cache=False).text
        assert word not in kept or form in kept
