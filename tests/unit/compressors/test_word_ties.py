"""What word-level methods keep of a clause says what the clause says: bounds, conjunctions and marks stay."""

import re

import pytest
from word_scores import Given, run


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("“没有任何部门提交过方案，”发言人陈晓明说。天气很好，风也不大。", "方案，”"),
        ("He said (and meant it), then left. It rained on the hills that day.", "it),"),
    ],
)
def test_a_closing_mark_stands_after_what_it_closes(text, closed):
    for rate in (0.3, 0.5, 0.7):
        kept_text = run(text, Given(**{closed[-1]: 2.0, "。": 2.0}), rate=rate).text
        assert (closed[-1] in kept_text) == (closed in kept_text)


@pytest.mark.parametrize(
    ("text", "kept", "whole"),
    [
        ("You must pay the fee within 24 hours of the visit.", ["24", "hours"], "within 24 hours"),
        ("Der Umsatz sank im Jahr um 3 % im Handel.", ["3", "%"], "um 3 %"),
        ("Die Regel gilt ab dem 3. April hier im Haus.", ["April"], "ab dem 3. April"),
        ("Il versamento arriva entro il 31 luglio in banca.", ["31", "luglio"], "entro il 31 luglio"),
        ("La piscine est close jusqu'au 15 juin au plus.", ["15", "juin"], "jusqu'au 15 juin"),
        ("Se prestan 3 revistas y 4 audiolibros por semana.", ["audiolibros"], "4 audiolibros"),
        ("El billete es gratis siempre que viajen con un adulto.", ["viajen"], "siempre que viajen"),
        ("Lo sconto vale purché la domanda sia fatta in tempo.", ["domanda"], "purché la domanda"),
    ],
)
def test_amounts_keep_their_preposition_and_conditions_their_conjunction(text, kept, whole):
    scorer = Given(**{re.split(r"[ ']", whole)[0]: 0.0} | dict.fromkeys(kept, 1.5))
    kept_count = 0
    for rate in (0.4, 0.5, 0.7, 0.9):
        kept_text = run(text + " " + "It rained on the hills that day. " * 4, scorer, rate=rate).text
        is_kept = any(word in kept_text for word in kept)
        kept_count += is_kept
        assert (whole in kept_text) == is_kept, (rate, kept_text)
    assert kept_count


@pytest.mark.parametrize(
    ("text", "kept", "governed"),
    [
        ("Skiing is excluded from the basic policy, although sledging is allowed.", ["allowed"], "although sledging"),
        ("Hunde sind im ganzen Park verboten, während Katzen im Park erlaubt sind.", ["erlaubt"], "während Katzen"),
        ("El tren no sale hoy del puerto, aunque el autobús sale a tiempo.", ["tiempo"], "aunque el autobús"),
        ("Der Mieter zahlt die Miete. Für den Vermieter gilt das nicht so.", ["Für"], "Für den Vermieter"),
    ],
)
def test_a_clause_keeps_its_conjunction_and_function_words_what_they_stand_before(text, kept, governed):
    zeros = {governed.split()[-1]: 0.0}
    for rate in (0.3, 0.5, 0.7):
        kept_text = run(
            text + " " + "It rained on the hills that day. " * 4, Given(**(zeros | dict.fromkeys(kept, 1.2))), rate=rate
        ).text
        assert governed in kept_text or not any(word in kept_text for word in kept), (rate, kept_text)


@pytest.mark.parametrize(
    ("text", "kept", "mark"),
    [
        ("Los libros se prestan 21 días; las revistas y los discos, 7 días.", ["Los", "libros", "discos"], ";"),
        ("R: Se prestan durante 7 días. Puede renovarlos dos veces.", ["7", "días", "Puede", "renovarlos"], "días."),
        ("- Seats are on the left. Doors open on the right.", ["Seats", "left", "Doors"], "left."),
    ],
)
def test_a_mark_stands_between_statements(text, kept, mark):
    scorer = Given(**({".": 0.0, ";": 0.0} | dict.fromkeys(kept, 1.2)))
    for rate in (0.7, 0.8):
        assert mark in run(text, scorer, rate=rate).text


def test_rows_stand_under_their_header_and_no_header_alone():
    table = "| Group | Fee |\n|---|---|\n| Adults | 65 EUR |\n| Children | 20 EUR |\n| Pensioners | 35 EUR |"
    text = f"Members pay once a year.\n\n{table}\n\nLate payments cost 5 EUR more."
    for scores in ({"Group": 2.0, "Fee": 2.0}, {"Children": 2.0, "20": 2.0}):
        for rate in (0.2, 0.4, 0.6, 0.8):
            kept_text = run(text, Given(**scores), rate=rate).text
            assert ("| Group | Fee |\n|---|---|\n| " in kept_text) == ("|" in kept_text), (rate, kept_text)
