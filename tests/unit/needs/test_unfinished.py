"""A list that finishes the statement above it: neither is kept without the other."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

OFFENCES = """\
12 Duty to keep records
(1) An operator must keep a record of every inspection.
(2) The record is to be kept for six years.

13 Offences
(1) A person commits an offence if the person
(a) fails without reasonable excuse to keep a record,
(b) makes a false entry in a record, or
(c) obstructs an inspector.
(2) A person guilty of an offence is liable to a fine not exceeding £2,000.
"""
BUSSEN = """\
§ 5 Betriebstagebuch
(1) Der Betreiber führt ein Betriebstagebuch. Es ist fünf Jahre aufzubewahren.
(2) Absatz 1 gilt nicht für Anlagen mit weniger als zehn Beschäftigten.
§ 6 Ordnungswidrigkeiten
(1) Ordnungswidrig handelt, wer vorsätzlich oder fahrlässig
1. entgegen § 4 Absatz 1 eine Störung nicht meldet,
2. entgegen § 5 Absatz 1 ein Betriebstagebuch nicht führt.
(2) Die Ordnungswidrigkeit kann mit einer Geldbuße bis zu zehntausend Euro geahndet werden.
"""
BEGRIFFE = """\
§ 2 Begriffsbestimmungen
(1) Im Sinne dieses Gesetzes ist
1. Anlage: jede ortsfeste Einrichtung,
2. Betreiber: wer die tatsächliche Verfügungsgewalt hat,
3. Störung: jede Abweichung vom Betrieb, die Menschen gefährden kann.
(2) Fahrzeuge sind keine Anlagen.
"""


def needs_of(text, start):
    units = structure_of(text, "text/plain", "0").units
    texts = [text[unit.start : unit.end] for unit in units]
    unit = units[next(place for place, unit_text in enumerate(texts) if unit_text.startswith(start))]
    return [texts[place] for place in unit.relation.needs], [texts[place] for place in unit.relation.companions]


@pytest.mark.parametrize(
    ("text", "start", "statement"),
    [
        (OFFENCES, "(b) makes", "(1) A person commits an offence if the person"),
        (OFFENCES, "(c) obstructs", "(1) A person commits an offence if the person"),
        (BUSSEN, "2. entgegen", "(1) Ordnungswidrig handelt, wer vorsätzlich oder fahrlässig"),
        (BEGRIFFE, "2. Betreiber", "(1) Im Sinne dieses Gesetzes ist"),
    ],
)
def test_an_item_needs_the_statement_that_it_finishes(text, start, statement):
    assert statement in needs_of(text, start)[0]


@pytest.mark.parametrize(("text", "start"), [(OFFENCES, "(1) A person"), (BUSSEN, "(1) Ordnungswidrig")])
def test_an_unfinished_statement_comes_with_its_items_where_they_fit(text, start):
    _, companions = needs_of(text, start)
    assert len(companions) >= 2 and all(companion[0] in "(12" for companion in companions)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Packing list\n- a tent for two\n- a lamp\n", "- a lamp"),
        ("We met on Monday in the hall\n\n\n1. The roof leaks.\n2. The door sticks.\n", "2. The"),
    ],
)
def test_a_list_below_a_whole_statement_stands_alone(text, start):
    assert not any(needed.startswith("We met") for needed in needs_of(text, start)[0])


@pytest.mark.parametrize("tokens", range(20, 90, 10))
def test_no_item_is_kept_without_the_beginning_of_its_sentence(tokens):
    query = "Is making a false entry an offence?"
    text = ragzip.compress(OFFENCES, query, target_tokens=tokens, cache=SCORES).text
    assert "(b) makes" not in text or "(1) A person commits" in text
    query = "Was passiert, wenn kein Betriebstagebuch geführt wird?"
    text = ragzip.compress(BUSSEN, query, target_tokens=tokens, cache=SCORES).text
    assert "2. entgegen" not in text or "(1) Ordnungswidrig" in text
