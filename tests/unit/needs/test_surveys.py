"""Figures of surveys on one line, below the question that was asked or the statement that was rated."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

STAFF = """\
Staff survey 2026 (n = 188)

Q1. I can plan my own hours.
    agree 61 %   neutral 22 %   disagree 17 %
Q2. My team lead listens to me.
    agree 48 %   neutral 30 %   disagree 22 %
Q3. The tools are good.
    agree 72 %   neutral 15 %   disagree 13 %
"""
GUESTS = """\
Guests of May

How would you rate the breakfast?
  good 31   fair 22   poor 9
How would you rate the rooms?
  good 50   fair 10   poor 2
How would you rate the pool?
  good 12   fair 18   poor 32
"""
STEPS = """\
1. Measure the board.
    You need 2 clamps.
2. Saw it.
    Wear goggles.
"""


@pytest.mark.parametrize(
    ("text", "query", "question", "figures"),
    [
        (STAFF, "How many agree that their team lead listens?", "Q2. My team lead", "agree 48 %   neutral 30 %"),
        (STAFF, "What share finds the tools good?", "Q3. The tools are good.", "agree 72 %"),
        (GUESTS, "How many guests rated the pool as poor?", "How would you rate the pool?", "poor 32"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_figures_on_one_line_stand_under_what_was_rated(text, query, question, figures, compressor):
    for target_tokens in (30, 45):
        kept_text = ragzip.compress(text, query, target_tokens=target_tokens, compressor=compressor, cache=SCORES).text
        assert question in kept_text and figures in kept_text
    units = structure_of(text, "", "").units
    assert all(unit.relation.needs for unit in units if "   " in text[slice(*unit.span)])


def test_a_number_below_a_step_is_no_figure_of_a_survey():
    units = structure_of(STEPS, "", "").units
    assert not any(unit.relation.section for unit in units if STEPS[unit.start].isdigit())


@pytest.mark.parametrize(
    ("text", "query", "figures"),
    [
        (STAFF, "Which statement got the most agreement?", "Q3. The tools are good.\n    agree 72 %"),
        (STAFF, "Which statement has the highest share of neutral answers?", "agree 48 %   neutral 30 %"),
        (GUESTS, "What has the most poor ratings?", "How would you rate the pool?\n  good 12   fair 18   poor 32"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_the_largest_figure_of_a_survey(text, query, figures, compressor):
    assert figures in ragzip.compress(text, query, target_tokens=40, compressor=compressor, cache=SCORES).text
