"""Which units a query may need, by their scores."""

import numpy as np
import pytest

import ragzip
from ragzip.compressors.relevance import answering_units, near_best, needed_units

FAIR = [
    "The harvest festival began with a long parade.",
    "Bakers sold warm bread on every corner.",
    "Children flew kites on the hill until dusk.",
    "A choir from the next valley sang three songs.",
    "The mayor gave a prize to the largest pumpkin.",
    "Rain fell for an hour, and nobody went home.",
    "Old tractors were driven round the field.",
    "The cheese of the region won a medal again.",
    "In the evening there was a dance in the barn.",
    "Two clowns juggled with apples.",
    "The school sold cakes for a trip to the coast.",
    "At midnight the last lanterns were put out.",
]
ANSWER = "The old bridge over the Tarn was built by Jean Moreau in 1890."


def test_one_answer_among_many_that_are_next_to_nothing():
    scores = np.array([0.9, *[0.002] * 2000])
    assert needed_units([scores]).tolist() == [True, *[False] * 2000]


def test_little_beside_the_best_of_its_own_document_and_much_in_another():
    assert needed_units([np.array([0.9, 0.03]), np.array([0.04])]).tolist() == [True, False, True]


def test_many_that_may_answer_are_all_needed():
    assert needed_units([np.array([0.3, 0.25, 0.2, 0.28])]).all()


@pytest.mark.parametrize("scores", [[], [0.0, 0.0], [-0.2, -0.1]])
def test_where_nothing_is_above_zero_nothing_is_told_apart(scores):
    assert near_best(np.array(scores), 0.5).all()


@pytest.mark.parametrize("compressor", ["auto", "extractive/embedding", "extractive/hybrid", "extractive/bm25"])
def test_a_budget_is_not_filled_with_what_the_question_does_not_ask_for(compressor):
    query = "Who built the bridge over the Tarn?"
    text = " ".join([*FAIR[:6], ANSWER, *FAIR[6:]])
    kept = ragzip.compress(text, query, target_tokens=120, compressor=compressor)
    assert ANSWER in kept.text and kept.stats.tokens_out < 40
    filled = ragzip.compress(text, query, target_tokens=120, compressor=ragzip.load(compressor, fill="units"))
    assert kept.text in filled.text and filled.stats.tokens_out > 90


def test_in_doubt_the_best_is_kept_and_nothing_where_nothing_answers():
    assert answering_units(np.array([0.5, 0.2, 0.9]), 0.4).tolist() == [True, False, True]
    assert answering_units(np.array([0.0, 0.07, 0.0]), 0.08).tolist() == [False, True, False]
    assert not answering_units(np.zeros(3), 0.08).any()


def test_a_decision_of_its_own_says_that_nothing_answers():
    scores = np.array([0.0002, 0.0001, 0.9])
    assert not answering_units(scores, 0.4, nothing_answers=True).any()
    assert answering_units(scores, 0.4, nothing_answers=False).tolist() == [False, False, True]
    assert answering_units(scores[:2], 0.4, nothing_answers=False).any(), "what is not sure is not empty"
    assert not answering_units(scores[:2], 0.4).any()


class Doubtful(ragzip.load("extractive/bm25").__class__):
    """Keeps nothing of what has no word of the query, and by choice says that it is sure of it."""

    default_threshold = 0.5

    def __init__(self, tells_unanswerable):
        super().__init__()
        self.tells_unanswerable = tells_unanswerable
        self.calls = 0

    def analyse(self, query, passages):
        self.calls += 1
        found = super().analyse(query, passages)
        return found._replace(nothing_answers=not any(scores.any() for scores in found.scores), by_wording=False)


@pytest.mark.parametrize("sure", [True, False])
def test_of_a_short_context_nothing_is_kept_only_by_who_can_tell_that_nothing_answers(sure):
    compressor = Doubtful(sure)
    empty = ragzip.compress(FAIR[0], "Who invented zinc?", compressor=compressor, cache=False)
    assert empty.text == ("" if sure else FAIR[0]) and compressor.calls == sure
    assert ("nothing-answers" in [note.code for note in empty.stats.notes]) is sure
    whole = ragzip.compress(FAIR[0], "How did the festival begin?", compressor=compressor, cache=False)
    assert whole.text == FAIR[0]
    budget = ragzip.compress(FAIR[0], "Who invented zinc?", target_tokens=100, compressor=compressor, cache=False)
    assert budget.text == FAIR[0]


LONG_ANSWER = (
    "Begun as a ferry house in 1799, the inn took the name of the Blue Otter in 1804, served as a hospital in the war "
    "that followed, and became a school when the road was moved to the other side of the valley."
)
REMARK = "The inn of the next village was shut for a year after a flood."


@pytest.mark.parametrize(
    "query", ["When did the inn take the name of the Blue Otter?", "Why did the Blue Otter become a school?"]
)
def test_nothing_far_worse_comes_in_the_place_of_a_best_unit_that_is_too_large(query):
    text = " ".join([LONG_ANSWER, REMARK, *FAIR])
    small = ragzip.compress(text, query, target_tokens=30, cache=False)
    assert small.text == ""
    assert [note.code for note in small.stats.notes] == ["best-unit-too-large"]
    assert ragzip.compress(text, query, target_tokens=60, cache=False).text.startswith("Begun as a ferry house")


def test_what_is_nearly_as_good_comes_in_the_place_of_a_best_unit_that_is_too_large():
    query = "When did the inn take the name of the Blue Otter?"
    text = " ".join([LONG_ANSWER, *FAIR, "The inn has been called the Blue Otter since 1804."])
    assert "since 1804" in ragzip.compress(text, query, target_tokens=30, cache=False).text


OTTER = "# The Blue Otter\n\n"
PARTS_OF_OTTER = [
    OTTER + "The inn was built by Jean Moreau in 1890. Its roof is of slate.",
    OTTER
    + "A bus stops at the door twice a day. Bakers sold warm bread on every corner. Two clowns juggled with apples.",
    OTTER + "Old tractors were driven round the field. The school sold cakes. Rain fell for an hour.",
]


@pytest.mark.parametrize("layout", [None, ragzip.Layout.sources()])
def test_a_heading_worded_as_the_title_says_nothing_of_what_is_below(layout):
    documents = [
        ragzip.Document(str(number), text, title="The Blue Otter") for number, text in enumerate(PARTS_OF_OTTER)
    ]
    result = ragzip.compress(documents, "Who built the Blue Otter?", target_tokens=60, layout=layout, cache=False)
    first, *other_documents = result.documents
    best = max(unit.score for unit in first.units if unit.section is None)
    below_others = [unit.score for document in other_documents for unit in document.units if unit.section is None]
    assert "Jean Moreau" in first.text and max(below_others) < 0.3 * best


def test_a_title_that_the_layout_has_written_is_not_written_again():
    documents = [
        ragzip.Document(str(number), text, title="The Blue Otter") for number, text in enumerate(PARTS_OF_OTTER)
    ]
    query = "Who built the Blue Otter, and where does the bus stop?"
    written = ragzip.compress(documents, query, target_tokens=90, layout=ragzip.Layout.sources(), cache=False)
    assert "Moreau" in written.text and "bus" in written.text and "#" not in written.text
    plain = ragzip.compress(documents, query, target_tokens=90, cache=False)
    assert "# The Blue Otter" in plain.text


CUES = """\
5
00:00:18,200 --> 00:00:22,500
The 8000 must not be soaked,
just splash it.

6
00:00:23,000 --> 00:00:28,000
Hold the bevel at twenty-five degrees

7
00:00:28,100 --> 00:00:31,400
and work until a burr forms.

8
00:00:31,800 --> 00:00:36,000
Then flatten the stone.
"""
FAILURES = """\
2024-04-11 10:03:44,870 ERROR [http-nio-8080-exec-3] c.a.shop.web.CheckoutController - Checkout failed for order 88213
java.lang.IllegalStateException: Payment not authorised
2024-04-11 10:05:00,000 INFO  [scheduler-1] c.a.shop.jobs.Cleanup - Removed 14 stale carts
2024-04-11 10:07:12,090 WARN  [http-nio-8080-exec-2] c.a.shop.stock.StockService - Low stock for SKU BX-200: 2 left
2024-04-11 10:09:55,412 ERROR [scheduler-1] c.a.shop.jobs.Report - Nightly report failed
"""


@pytest.mark.parametrize(
    ("text", "query"), [(CUES, "which angle for the bevel"), (FAILURES, "why did order 88213 fail")]
)
def test_what_does_not_fit_is_replaced_by_nothing_that_is_beside_it(text, query):
    result = ragzip.compress(text, query, target_tokens=38, compressor="extractive/bm25", cache=False)
    assert result.text == ""
    assert "best-unit-too-large" in [note.code for note in result.stats.notes]
