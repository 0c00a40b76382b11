"""What was asked for comes with what became of it, also where others spoke in between."""

import pytest

from ragzip.text.structure.needs.outcomes import asking


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["The clerk proposed a fee of 5 euros.", "Ms Sand spoke of costs.", "Mr Ito said no.",
          "Ms Ode asked for figures.", "The proposal was rejected by 11 votes to 10."], 0),
        (["Ms Bo moved to sell the hall.", "Mr Li asked why.", "It was late.", "The motion was lost."], 0),
        (["They applied for a loan.", "It rained.", "The bank is old.", "Ms Ode seeks a room.",
          "Their application was granted."], 0),
        (["The hall is old.", "The appeal was dismissed."], None),
        (["Mr Lund proposed to accept the offer.", "Mr Patel spoke of the reserve.", "Dr Reeve suggested leasing.",
          "The motion to buy the bus was put to the vote."], 0),
        (["The motion to buy the bus was put to the vote.", "It was lost by two votes to three."], 0),
        (["She asked for a second room.", "It was granted on 4 May."], 0),
        (["The match was long.", "It was lost by two goals."], None),
        (["La señora Vidal propone climatizar la piscina.", "El presupuesto asciende a 38.000 euros.",
          "Varios vecinos lo ven caro.", "Se vota.", "La propuesta se rechaza por catorce votos a nueve."], 0),
        (["Ms Orr proposed two metres.", "Mr Pell wanted one.", "The lower variant was adopted."], 1),
        (["Mr Vale suggested 12,000.", "It rained.", "The smaller sum was approved by six votes."], 0),
        (["The hall has a clock.", "The sum was large."], None),
        (["Frau Berg beantragt ein neues Dach.", "Es kostet viel.", "Der Antrag fand keine Mehrheit."], 0),
    ],
)  # fmt: skip
def test_an_outcome_is_of_what_was_asked_for(texts: list[str], expected: int | None) -> None:
    assert asking(texts, len(texts) - 1) == expected
