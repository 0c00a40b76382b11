"""Lines under days hold for these days alone, and come with them."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.prose.days import days_at_start, days_in

BUSES = """\
BUS 12 Harbour - University
Monday to Friday
06:10 06:30 then every 10 minutes until 20:00
Last bus 23:40
Sundays and public holidays
08:30 then every 40 minutes
Last bus 21:50

BUS 14 Harbour - Airport
Monday to Friday
05:20 05:50 then every 30 minutes until 22:00
Last bus 22:50
Sundays and public holidays
06:50 then every 60 minutes
Last bus 21:20
"""
CLASSES = "Montag\n09:00 Yoga\n10:30 Pilates\n\nDienstag\n09:30 Tango\n18:00 Yoga\n"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Monday to Friday 9-17", {0, 1, 2, 3, 4}),
        ("Sat. and Sun. 10:00", {5, 6}),
        ("Fr-So geschlossen", {4, 5, 6}),
        ("Weekdays", {0, 1, 2, 3, 4}),
        ("Domenica chiuso", {6}),
        ("Closed on Mondays except public holidays.", {0}),
        ("Geschlossen am Sonntag", {6}),
        ("So it goes", set()),
        ("Sun is bad for it.", set()),
        ("Does it open on Mondays?", set()),
    ],
)
def test_days_at_the_start_of_a_line(text, days):
    assert days_at_start(text) == days


def test_days_that_a_question_names():
    assert days_in("Is it open on Sundays, so that I can do it on Monday?") == {0, 6}


@pytest.mark.parametrize(("text", "over"), [(BUSES, {3: (0, 1), 13: (7, 11)}), (CLASSES, {1: (0,), 5: (3,)})])
def test_lines_need_the_days_over_them(text, over):
    units = structure_of(text, "text/plain", "0").units
    assert {number: units[number].relation.needs for number in over} == over
    assert all(units[line].relation.section is not None for lines in over.values() for line in lines)


def test_a_sentence_below_a_day_stands_under_it_as_lines_do():
    text = "Classes\n\nMonday\n18:00 Yoga\n\nFriday\nNo classes on 9 October.\n17:30 Pottery, room 2\n19:00 Yoga"
    units = structure_of(text, "text/plain", "0").units
    assert [text[slice(*units[place].span)] for unit in units[-3:] for place in unit.relation.needs] == ["Friday"] * 3


def test_a_list_of_days_is_none_over_lines():
    units = structure_of("Open:\nMonday\nTuesday\nSunday\n", "text/plain", "0").units
    assert all(unit.relation.section is None for unit in units[1:])


@pytest.mark.parametrize("tokens", [None, 45])
def test_a_question_for_a_day_gets_the_lines_of_that_day(tokens):
    query = "When does the last BUS 14 leave on Sunday?"
    text = ragzip.compress(BUSES, query, target_tokens=tokens, cache=SCORES).text
    assert "BUS 14" in text and "Last bus 21:20" in text.partition("BUS 14")[2].partition("Sundays")[2]


def test_a_question_for_a_day_gets_the_branch_that_is_open_then():
    branches = [
        f"{name}\n{number} Dock Road, tel. 555-010{number}\n{hours}\nForeign currency: no"
        for number, (name, hours) in enumerate(
            [
                ("Northside", "Mon-Fri 9:00-17:00"),
                ("Old Town", "Mon-Fri 9:00-18:00, Sat 9:00-12:00"),
                ("Quay", "Mon-Thu 8-12"),
            ]
        )
    ]
    text = ragzip.compress(
        "\n\n".join(branches), "Which branch is open on Saturday?", target_tokens=50, cache=SCORES
    ).text
    assert "Old Town" in text
