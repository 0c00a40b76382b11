"""Headings of plain text: they come only above something of theirs, and nothing stands under another one."""

import pytest

import ragzip
from ragzip.text.splitters import units

RELEASES = """Version 4.3.0 (12 February)

New: exports can be scheduled.
Changed: Python 3.8 is no longer supported.

Version 4.2.4 (2 February)

Fixed: the memory leak in the indexer.
Known problem: dark mode flickers on Wayland."""
THREAD = """Posted by mika77 on Tuesday
My printer prints stripes since the update. I have cleaned the head three times.

Posted by oldtoner on Tuesday
Have you tried a new cartridge? That did it for me.

Posted by mika77 on Wednesday
I tried a new cartridge. It did not help."""
CONTRACT = """1. DEFINITIONS

"Deliverables" means the reports listed in Schedule 2, but not drafts of them.
"Fees" means the sums set out in Schedule 3, exclusive of VAT.
"Day" means any day other than a Saturday, a Sunday or a public holiday.

2. LIABILITY

The total liability shall not exceed the Fees. This cap does not apply to clause 7."""
MINUTES = """Item 1. Playground. Mr Dent proposed a new fence. It was agreed.

Item 2. Tractor. Mr Okoro proposed to buy a tractor. The matter was postponed."""
LEAFLET = """Tamirol oral suspension

How to take Tamirol

Children from 6 to 12 years: one spoon twice a day.

Do not give Tamirol to children under 2 years."""
PARAGRAPH = "The dam was built in 1931 by the firm of Albrecht. It is 37 metres high and holds much water."


def headings(text):
    return [text[unit.start : unit.end] for unit in units(text) if unit.kind == "heading"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RELEASES, ["Version 4.3.0 (12 February)", "Version 4.2.4 (2 February)"]),
        (THREAD, ["Posted by mika77 on Tuesday", "Posted by oldtoner on Tuesday", "Posted by mika77 on Wednesday"]),
        (CONTRACT, ["1. DEFINITIONS", "2. LIABILITY"]),
        (MINUTES, ["Item 1. Playground.", "Item 2. Tractor."]),
        (LEAFLET, ["Tamirol oral suspension", "How to take Tamirol"]),
        ("Park rules\n\nThe following are banned:\n- cycling\n- music", ["Park rules"]),
        ("Focaccia\n\nIngredients\n\n- 2 eggs\n- salt", ["Focaccia", "Ingredients"]),
        ("It rained.\nIngredients\n- 2 eggs\n- salt", []),
        (f"Closed on Mondays and holidays in all of winter\n\n{PARAGRAPH}", []),
        (f"The doors are shut\n\n{PARAGRAPH}", []),
        (f"1. Open the lid with a coin\n\n{PARAGRAPH}\n\n2. Close the lid\n\n{PARAGRAPH}", []),
        (f"1. Open the lid\n2. DANGER\n\n{PARAGRAPH}", []),
        ("Article 4. The rent is due. It is 900 euros.\n\nAgreed. They met again in May.", []),
        ("Posted by Ann.\nIt rained.\n\nPosted by Bo.\nIt was dry.", []),
    ],
)
def test_headings_of_plain_text(text, expected):
    assert headings(text) == expected


def test_definitions_with_commas_are_no_rows():
    assert not {"header", "row"} & {unit.kind for unit in units(CONTRACT)}


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (RELEASES, "Which version fixed the memory leak?"),
        (RELEASES, "Is Python 3.8 supported?"),
        (THREAD, "Did a new cartridge help mika77?"),
        (CONTRACT, "Are drafts Deliverables?"),
        (MINUTES, "Was the tractor bought?"),
        (LEAFLET, "How much for children?"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_no_heading_over_nothing_and_nothing_under_another_one(text, query, compressor):
    all_headings = headings(text)
    heading_of_line, heading = {}, None
    for line in text.splitlines():
        heading = next((other for other in all_headings if line.startswith(other)), heading)
        heading_of_line[line] = heading
    for tokens in range(5, 70, 3):
        kept = ragzip.compress(text, query, target_tokens=tokens, compressor=compressor).text
        above = None
        for line in kept.splitlines():
            own_heading = next((other for other in all_headings if line.startswith(other)), None)
            if own_heading is not None:
                above = own_heading
                assert line != own_heading or not kept.endswith(own_heading)
            elif line.strip() and above is not None:
                (source_line,) = {other for other in heading_of_line if line in other}
                assert heading_of_line[source_line] == above
