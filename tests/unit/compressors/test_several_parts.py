"""Questions whose answer has several parts keep more of the best document, where no budget is set."""

import numpy as np
import pytest

from ragzip.compressors.relevance import Criteria, needed_units, relevant
from ragzip.text.queries.questions import asks_for_several
from ragzip.types import Budget


@pytest.mark.parametrize(
    "query",
    [
        "What are the buildings used for?",
        "In which countries is it made?",
        "Who attended the meeting?",
        "List all fees.",
        "What does the service cost, and how long does it take?",
        "Who signed it and when?",
    ],
)
def test_questions_for_several(query):
    assert asks_for_several(query)


@pytest.mark.parametrize(
    "query",
    ["What does it cost?", "Which was first?", "What is the fee?", "Who wrote it?", "What do Ann and Bob say?"],
)
def test_questions_for_one(query):
    assert not asks_for_several(query)


@pytest.mark.parametrize(
    ("best", "has_several_parts", "count"), [(0.6, True, 2), (0.6, False, 1), (0.06, True, 2), (0.06, False, 2)]
)
def test_parts_are_kept_beside_the_best_unit_alone(best, has_several_parts, count):
    scores = [np.array([best, 0.05, 0.01]), np.array([0.05, 0.01])]
    budget = Budget(len)
    criteria = Criteria(needed_units, 0.07, has_several_parts=has_several_parts)
    is_kept = relevant(scores, criteria, budget, is_asked=True, fill="relevant")
    assert int(is_kept[:3].sum()) == count
    assert not is_kept[3:].any() or best < 0.07
