"""Numbered titles right above their text, as in minutes: the text belongs to its title, which never comes
alone.
"""

import pytest
from structure_checks import compressed

from ragzip.text.structure import structure_of

MINUTES = (
    "Minutes of the Parish Council, 4 May 2024\nPresent: A. Hale (chair), B. Ross, C. Day\n\n"
    "1. Minutes of the last meeting\nApproved without changes.\n\n"
    "2. Playground\nThe council agreed to spend £4,200 on new swings. B. Ross voted against.\n"
    "Action: C. Day to order by 20 May.\n\n"
    "3. Flood wall\nDeferred to July, as the survey is missing. Nobody objected.\n\n"
    "4. Next meeting\n1 June, 7 pm, village hall.\n"
)
PROTOKOLL = (
    "1. Eröffnung\nDer Vorsitzende eröffnet die Sitzung. Alle sind da.\n\n"
    "2. Haushalt\nDer Haushalt wird beschlossen. Er steigt um 3 %.\n\n3. Verschiedenes\nNichts. Ende um 21 Uhr.\n"
)
REPORT = (
    "1) Opening\nThe chair opened the meeting. Nobody objected.\n2) Budget\nThe budget was approved. It rises by 3 %.\n"
    "3) Other\nNone was raised. The meeting ended at 9 pm.\n"
)
LIST = "To bake it you need:\n\n1. Flour\n2. Eggs\n3. Butter\n\nMix all of it. Then bake it for an hour.\n"
STEPS = "1. Open the valve.\nIt is below the tank. It may be stiff.\n2. Close the tap.\nWait a minute. Then go on.\n"


@pytest.mark.parametrize(
    ("text", "title", "below"),
    [
        (MINUTES, "2. Playground", "B. Ross voted against."),
        (MINUTES, "2. Playground", "Action: C. Day to order by 20 May."),
        (MINUTES, "3. Flood wall", "Deferred to July, as the survey is missing."),
        (PROTOKOLL, "2. Haushalt", "Er steigt um 3 %."),
        (REPORT, "2) Budget", "It rises by 3 %."),
    ],
)
def test_text_belongs_to_the_title_above_it(text, title, below):
    units = structure_of(text, "", "").units
    places = {text[unit.start : unit.end]: place for place, unit in enumerate(units)}
    assert units[places[below]].relation.heading == places[title]
    section = units[places[title]].relation.section
    assert section is not None and section.start <= units[places[below]].start < section.end
    reading = units[places[below]].reading
    assert reading is None or reading.endswith(below)


@pytest.mark.parametrize("text", [LIST, STEPS])
def test_items_of_lists_and_steps_are_no_titles(text):
    assert all(unit.relation.heading is None for unit in structure_of(text, "", "").units)


def test_no_title_comes_alone():
    for tokens in range(10, 60, 4):
        kept = compressed(MINUTES, "Who orders the swings?", tokens)
        assert "3. Flood wall" not in kept or "Deferred" in kept or "objected" in kept
