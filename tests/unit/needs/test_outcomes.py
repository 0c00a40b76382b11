"""What was asked for comes with what became of it, also where others spoke in between; a question with its reply."""

import pytest

import ragzip
from ragzip.text.structure.needs.outcomes import asking, replies


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
        (["Mr Lund proposed a fee.", "This was seconded by Ms Sand and carried by three votes to one."], 0),
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


@pytest.mark.parametrize(
    ("text", "following_text", "expected"),
    [
        ("A resident asked whether hens may be kept.", "The clerk said that the lease forbids them.", True),
        ("Ms Orr wanted to know why the pool was shut.", "She was told that the pump is broken.", True),
        ("Herr Berg fragte, ob die Straße gesperrt wird.", "Die Verwaltung verneinte dies.", True),
        ("Un habitant a demandé si la salle est libre.", "Le maire a répondu que non.", True),
        ("Una vecina preguntó cuándo abre la piscina.", "El alcalde contestó que en mayo.", True),
        ("A resident asked whether hens may be kept.", "The next item was the hall.", False),
        ("The chair asked the clerk to get a report.", "The clerk said that it costs 40 euros.", False),
    ],
)
def test_a_reply_is_to_a_question(text: str, following_text: str, expected: bool) -> None:
    assert replies(text, following_text) is expected


@pytest.mark.parametrize("target_tokens", [30, 60, None])
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_no_reported_question_comes_without_its_reply(compressor: str, target_tokens: int | None) -> None:
    reply = "The clerk said that the lease forbids animals other than bees."
    text = f"The gate of the allotments is blue. A resident asked whether hens may be kept on the plots. {reply} "
    text += " ".join(
        f"Lot {number} of the allotments has a tap and a shed near the {number}th oak." for number in range(30)
    )
    kept = ragzip.compress(text, "May hens be kept?", target_tokens=target_tokens, compressor=compressor).text
    assert reply in kept
