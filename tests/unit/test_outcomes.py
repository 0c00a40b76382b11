"""What was asked for comes with what became of it, also where others spoke in between."""

import pytest

from ragzip.text.structure.needs.outcomes import asking


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["The clerk proposed a fee of 5 euros.", "Ms Sand spoke of costs.", "Mr Ito said no.",
          "Ms Ode asked for figures.", "The proposal was rejected by 11 votes to 10."], 0),
        (["Ms Bo moved to sell the hall.", "Mr Li asked why.", "It was late.", "The motion was lost."], 1),
        (["They applied for a loan.", "It rained.", "The bank is old.", "Ms Ode seeks a room.",
          "Their application was granted."], 0),
        (["The hall is old.", "The appeal was dismissed."], None),
    ],
)  # fmt: skip
def test_an_outcome_is_of_what_was_asked_for(texts: list[str], expected: int | None) -> None:
    assert asking(texts, len(texts) - 1) == expected
