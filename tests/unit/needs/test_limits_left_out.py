"""Statements with an exception after them that the budget does not hold: a note says so."""

import pytest

import ragzip

STATEMENTS = [
    (
        "Refunds are paid within 14 days. Except for tickets that are sold by one of our partners in town. It rains.",
        "When are refunds paid?",
        "Refunds",
        "Except",
    ),
    (
        "Refunds are paid within 14 days.\n\nExcept for tickets of concerts and for gift cards.\n\nIt rains.",
        "When are refunds paid?",
        "Refunds",
        "Except",
    ),
    (
        "The gym is open to all guests. Exceptions: guests under sixteen and guests without a towel. It rains.",
        "Who is the gym open to?",
        "The gym",
        "Exceptions",
    ),
    (
        "Hunde sind in allen Zimmern erlaubt. Außer im Frühstücksraum und in der Sauna im Erdgeschoss. Es regnet.",
        "Sind Hunde erlaubt?",
        "Hunde",
        "Außer",
    ),
    (
        "Les chiens sont admis. Sauf dans la salle du petit déjeuner et dans le sauna du rez-de-chaussée. Il pleut.",
        "Les chiens sont-ils admis ?",
        "Les chiens",
        "Sauf",
    ),
]


@pytest.mark.parametrize(("text", "query", "statement", "exception"), STATEMENTS)
def test_a_statement_without_its_exception_has_a_note(text, query, statement, exception):
    has_met_either = set()
    for tokens in range(6, 34):
        result = ragzip.compress(text, query, target_tokens=tokens, compressor="extractive/bm25")
        if statement in result.text:
            is_noted = "limit-left-out" in [note.code for note in result.stats.notes]
            assert is_noted == (exception not in result.text)
            has_met_either.add(is_noted)
        assert exception not in result.text or statement in result.text
    assert has_met_either == {True, False}


@pytest.mark.parametrize(
    "text",
    [
        "Refunds are paid within 14 days. Except for Monday, the office in Bath is open from nine to five each day.",
        "Refunds are paid within 14 days. Exceptional care is taken of the tickets of all guests of the house in Bath.",
        "Die Halle ist offen. Außer Anna kamen Ben, Carl, Dora und Emil zu dem Konzert in der alten Halle am Fluss.",
    ],
)
def test_what_excepts_nothing_of_the_sentence_before_has_none(text):
    result = ragzip.compress(text, "When are refunds paid? Wann ist die Halle offen?", target_tokens=12,
                             compressor="extractive/bm25")  # fmt: skip
    assert result.text and "limit-left-out" not in [note.code for note in result.stats.notes]


def test_what_holds_only_so_comes_with_it():
    text = "Children travel free. However, this holds only if they are with an adult. Trams run until one."
    for tokens in range(4, 30):
        kept_text = ragzip.compress(
            text, "Do children travel free?", target_tokens=tokens, compressor="extractive/bm25"
        ).text
        assert ("Children travel" in kept_text) == ("this holds only" in kept_text)
