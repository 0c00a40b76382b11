"""Paragraphs of lines that begin with a name of what their lines are of: a line comes with it, and it with a line."""

import pytest

import ragzip
from ragzip.text.structure.formats.prose.reader import read_prose

ROOMS = "Room A\n09:00 Opening\n10:00 Weirs (Ann Lee)\n\nRoom B\n09:00 Welcome\n10:00 Mills (Bob Ray)\n"
OFFICES = "Head office\n12 Mill Lane\nLeeds LS1 4AB\n\nWarehouse\n7 Dock Road\nHull HU1 2CD\n(no visitors)\n"
SONG = "Verse 1\nThe river runs to the sea\nIt never turns\n\nChorus\nStay, stay with me\n\nVerse 2\nThe mill is grey\n"


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("source", "query", "name", "kept"),
    [
        (ROOMS, "Where does Bob Ray speak?", "Room B", "10:00 Mills (Bob Ray)"),
        (OFFICES, "What is the address of the warehouse?", "Warehouse", "7 Dock Road"),
        (SONG, "What does verse 2 say about the mill?", "Verse 2", "The mill is grey"),
    ],
)
def test_a_line_comes_with_the_name_of_its_paragraph(source, query, name, kept, compressor):
    for target_tokens in range(12, 40, 4):
        options = {"target_tokens": target_tokens, "compressor": compressor, "cache": False}
        text = ragzip.compress(source, query, **options).text.rstrip()
        assert name in text and kept in text
        for paragraph in text.split("\n\n"):  # each begins with its name, which stands over something
            first, *others = paragraph.split("\n")
            assert others and f"\n\n{first}\n" in f"\n\n{source}"


@pytest.mark.parametrize(
    "text",
    [
        "Apples\nPears\n\nCarrots\nLeeks\n",
        "200 g flour\n2 eggs\n\n300 ml milk\n1 lemon\n",
        "The river runs\nby the sea\n\nThe mill is grey\nand old\n",
        "Warehouse\n7 Dock Road\n\nOne more line.\n",
    ],
)
def test_first_lines_that_are_no_names(text):
    assert not any(unit.relation.needs for unit in read_prose(text).units)


@pytest.mark.parametrize("closed", ["Sat closed", "Sat geschlossen"])
def test_a_short_name_of_a_day_before_closed(closed):
    text = f"Opening hours:\nMon–Fri 9–17\n{closed}\nSun 10–12\n\nWe sell tea.\n"
    for target_tokens in (12, 16, 20):
        assert closed in ragzip.compress(text, "Is it open on Saturday?", target_tokens=target_tokens, cache=False).text
