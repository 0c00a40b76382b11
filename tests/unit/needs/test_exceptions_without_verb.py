"""Exceptions that leave the verb out ("Ski racing is not."), and what follows where a duty is not met."""

import pytest

import ragzip
from ragzip.text.structure import structure_of

REST = " The garden has three ponds with old carp. A bench stands by the gate. The paths were renewed in spring."
PAIRS = [
    ("Winter sports are insured.", "Heli-skiing and ski racing are not.", "Are winter sports insured?"),
    ("Dogs may not enter the garden.", "Guide dogs may.", "May dogs enter the garden?"),
    ("Kinder dürfen ins Becken.", "Hunde dürfen es nicht.", "Dürfen Kinder ins Becken?"),
    ("Le petit déjeuner est compris.", "Le parking ne l'est pas.", "Le petit déjeuner est-il compris ?"),
    ("Las bebidas están incluidas.", "El vino no lo está.", "¿Están incluidas las bebidas?"),
    ("You must report a stay within 48 hours.", "If you do not, we may pay less.", "When must I report a stay?"),
    ("Der Schlüssel muss abgegeben werden.", "Andernfalls kostet er 80 Euro.", "Muss ich den Schlüssel abgeben?"),
    ("Drivers report every crash.", "A report is not required if nobody was hurt.", "Who reports a crash?"),
    ("Der Halter meldet jeden Schaden.", "Die Meldung ist entbehrlich, wenn er klein ist.", "Wer meldet Schäden?"),
    ("The guest has to pay in advance.", "Otherwise the room is given to others.", "Must guests pay in advance?"),
]


@pytest.mark.parametrize(("statement", "limit", "query"), PAIRS)
def test_a_statement_comes_with_what_limits_it(statement, limit, query):
    text = f"{statement} {limit}{REST}"
    units = structure_of(text, "text/plain", "").units
    (companions,) = [unit.relation.companions for unit in units if text[slice(*unit.span)] == statement]
    assert [text[slice(*units[place].span)] for place in companions] == [limit]
    tokens = ragzip.compress(f"{statement} {limit}", cache=False).stats.tokens_in + 2
    assert f"{statement} {limit}" in ragzip.compress(text, query, target_tokens=tokens, cache=False).text


@pytest.mark.parametrize(
    "text",
    [
        "She said that the bridge is closed. We did what we could.",
        "The river is wide. It is as wide as it was.",
        "The bridge is closed. Nobody knew how old they were.",
        "The library is open. Return the books by 28 May",
        "The train leaves at nine. Otherwise the day was quiet.",
    ],
)
def test_other_sentences_are_no_limits(text):
    first, _ = structure_of(f"{text}\n\n{REST}", "text/plain", "").units[:2]
    assert not first.relation.companions
