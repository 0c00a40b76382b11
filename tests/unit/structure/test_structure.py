"""What all structured texts share: how their kind is told, how they are written, which of many records are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ragzip
from ragzip.compressors.extractive.records.first_stage import units_to_read
from ragzip.compressors.outline import Outline
from ragzip.retrievers.base import to_passages
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.text.forms import PlainForm
from ragzip.text.spans import Span
from ragzip.text.splitters import blocks
from ragzip.text.splitters.citations import with_citations
from ragzip.text.structure import Relation, StructuredUnit, joined, structure_of
from ragzip.text.structure.formats.prose.reader import read_prose
from ragzip.text.structure.forms import TidyForm, tidy_form

RAIN = "station,year,rain_mm\nOban,2015,400\nLeeds,2018,505\nBath,2018,547\n"


@pytest.mark.parametrize(
    ("mime", "name", "text", "kind"),
    [
        ("text/plain", "rain.csv", RAIN, "table"),
        ("text/plain", "RAIN.CSV", RAIN, "table"),
        ("text/csv; charset=utf-8", "0", RAIN, "table"),
        ("text/plain", "0", RAIN, "table"),
        ("application/x-ipynb+json", "0", '{\n "cells": [\n  {"source": ["a = 1"]}\n ]\n}', "json"),  # by its syntax
        ("application/problem+xml", "0", "<problem><title>Out of stock</title></problem>", "xml"),
        ("text/html", "rain.csv", RAIN, "prose"),  # the media type comes before the name
        ("text/csv", "0", "No table, but a sentence", "prose"),  # what no reader takes is prose
        ("text/plain", "0", "It rained, as ever, in Oban.\nLeeds, too, was wet, they said.", "prose"),
    ],
)
def test_the_kind_is_told_by_type_then_name_then_content(mime, name, text, kind):
    assert structure_of(text, mime, name).kind == kind


@st.composite
def tidied(draw):
    """A text, spans of noise in it, marks of units, and spans to keep."""
    text = draw(st.text(st.sampled_from("ab \n.é日"), min_size=1, max_size=60))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    noise = [Span(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=False)]
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    units = [Span(*pair) for pair in zip(places[::2], places[1::2], strict=False)]
    marks = {unit: " (×2)" for unit in units if draw(st.booleans())}
    return text, noise, marks, draw(st.lists(st.sampled_from(units), unique=True)) if units else []


@given(tidied())
def test_tidy_text_is_made_of_the_source_without_its_noise(example):
    text, noise, marks, kept = example
    written = TidyForm(text, noise, marks).keep(kept, [Span(0, len(text))])
    for (start, end), offset in zip(written.spans, written.offsets or (), strict=True):
        assert written.text[offset : offset + end - start] == text[start:end]
        assert all(end <= noise_start or start >= noise_end for noise_start, noise_end in noise)
    visible = {place for place in range(len(text)) if not any(start <= place < end for start, end in noise)}
    visible_characters = [text[place] for start, end in sorted(kept) for place in range(start, end) if place in visible]
    remaining = iter("".join(text[start:end] for start, end in written.spans))  # words are written whole
    assert all(character in remaining for character in visible_characters if not character.isspace())
    assert written.text.count(" (×2)") <= len(marks)


def test_a_mark_is_written_behind_its_unit_alone():
    form = TidyForm("one\ntwo\nthree", [], {Span(4, 7): " (×9)"})
    held = [Span(0, 13)]
    assert form.keep([Span(0, 3), Span(4, 7)], held).text == "one\ntwo (×9)"
    assert form.keep([Span(0, 3), Span(8, 13)], held).text == "one\nthree"
    assert form.keep([Span(4, 7), Span(8, 13)], held).text == "two (×9)\nthree"
    assert form.alone((4, 7)) == "two (×9)"


def test_nothing_to_tidy_is_plain():
    assert isinstance(tidy_form("a b", []), PlainForm)


def test_joined_units_have_the_needs_of_all_of_them():
    units = [
        StructuredUnit(0, 1, Relation(section=Span(2, 9))),
        StructuredUnit(2, 3, Relation(needs=(0,)), is_record=True),
        StructuredUnit(4, 5, Relation(needs=(0,)), is_record=True),
        StructuredUnit(6, 7, Relation(needs=(0, 2))),
    ]
    together = joined(units, [Span(0, 1), Span(2, 5), Span(6, 7)])
    assert [unit.span for unit in together] == [(0, 1), (2, 5), (6, 7)]
    assert together[1].relation.needs == (0,) and together[1].is_record
    assert together[2].relation.needs == (0, 1)
    assert joined(units, [Span(0, 3), Span(4, 5), Span(6, 7)])[0].relation.section is None  # it says something itself


def outline_of(lines, groups=None):
    text = "\n".join(lines)
    spans, start = [], 0
    for line in lines:
        spans.append(Span(start, start + len(line)))
        start += len(line) + 1
    count = len(lines)
    nothing = (None,) * count
    outline = Outline(
        tuple(spans), (Relation(),) * count, ("",) * count, (True,) * count, nothing, groups or nothing, nothing
    )
    return outline, text


def test_of_many_records_those_with_wording_are_read():
    outline, text = outline_of([f"item {number} has colour {number % 7}" for number in range(3000)])
    chosen = units_to_read("What colour has item 1234?", outline, text)
    assert 1234 in chosen and len(chosen) < 400
    assert units_to_read("colour", *outline_of(["a", "b"])) == [0, 1]


def test_of_a_group_the_first_and_the_last_stand_for_all():
    outline, text = outline_of([f"job {number} done" for number in range(900)], tuple([0] * 450 + [1] * 450))
    assert units_to_read("which failed?", outline, text) == [0, 449, 450, 899]
    assert 700 in units_to_read("was job 700 done?", outline, text)


def test_a_long_table_keeps_the_row_with_its_header():
    rows = "\n".join(f"S{number:04},{2000 + number % 20},{number * 7 % 1000}" for number in range(5000))
    document = ragzip.Document("rain.csv", f"station,year,rain_mm\n{rows}")
    result = ragzip.compress(document, "How much rain fell at S3217?", target_tokens=60, compressor="extractive/bm25")
    assert result.text.startswith("station,year,rain_mm\n") and "\nS3217,2017,519" in result.text


def test_passages_of_a_table_have_its_header():
    rows = "\n".join(f"S{number:04},{2000 + number % 20},{number * 7 % 1000}" for number in range(300))
    document = ragzip.Document("rain.csv", f"station,year,rain_mm\n{rows}")
    passages = to_passages([document], max_words=60)
    assert len(passages) > 5
    for passage in passages:
        assert passage.text.startswith("station,year,rain_mm\nS") and passage.mime == "text/csv"
        origin = passage.metadata["ragzip"]
        assert passage.text.endswith(document.text[origin["start"] : origin["end"]])
    best = BM25Retriever([document], max_words=60).retrieve("rain at S0217", k=1)[0]
    assert "S0217,2017" in ragzip.compress(best, "rain at S0217", target_tokens=40).text


@pytest.mark.parametrize("above", ["Who to call:\n\n", "These are all of the people whom we call. They know.\n\n", ""])
def test_nested_items_of_plain_text_need_those_over_them(above):
    text = (
        f"{above}- Presses\n  - first: Ada Okafor, ext. 301\n  - second: Nils Berg, ext. 302\n"
        "- Bindery\n  - first: Ana Diaz, ext. 311\n  - second: Ugo Rossi, ext. 312\n"
    )
    structure = structure_of(text, "text/plain", "0")
    texts = [text[slice(*unit.span)] for unit in structure.units]
    assert structure.kind == "prose"
    child = structure.units[texts.index("- second: Ugo Rossi, ext. 312")]
    assert texts.index("- Bindery") in child.relation.needs and texts.index("- Presses") not in child.relation.needs
    assert child.reading == "Bindery: second: Ugo Rossi, ext. 312"
    assert structure.units[texts.index("- Bindery")].relation.section == Span(text.index("- first: Ana"), len(text) - 1)


MENU = """Mains of the week

Risotto with mushrooms                       14.50
   vegan on request
Veal schnitzel, potato salad                 21.00
   small portion                             16.50
Catch of the day                          see board
"""
COURSES = """Phonetics, Lab 3, Mon 10, Strand
    Not for students in their first term
Cities, A7, Thu 16, Weir
    Excursion: 14 October
Archives, C1, Wed 8, Iwu
"""


@pytest.mark.parametrize(
    ("text", "line", "needed"),
    [
        (MENU, "small portion                             16.50", "Veal schnitzel, potato salad                 21.00"),
        (MENU, "vegan on request", "Risotto with mushrooms                       14.50"),
        (COURSES, "Not for students in their first term", "Phonetics, Lab 3, Mon 10, Strand"),
        (COURSES, "Excursion: 14 October", "Cities, A7, Thu 16, Weir"),
    ],
)
def test_an_indented_line_needs_the_line_that_it_goes_on_with(text, line, needed):
    units = read_prose(text).units
    texts = [text[slice(*unit.span)] for unit in units]
    unit = units[texts.index(line)]
    assert [texts[need] for need in unit.relation.needs if texts[need] != "Mains of the week"] == [needed]
    assert unit.reading.startswith(needed[:10])


AUTHORS = """References

Abbot, P. and Lin, Y. (2016). Salt marshes under sea-level rise. Coastal Science
    41(2), 101-119.
Benali, S. (2020). Mapping eelgrass with drones. PhD thesis, University of Leeds.
Dietz, R. (n.d.). Why dikes move. Harbour Press, Bremen.
"""
NUMBERS = """Bibliography

[1] K. Amundsen, "Ice loads on slender piers," J. Cold Reg. Eng., vol. 14,
    no. 2, pp. 33-51, 2001.
[2] L. Bauer and T. Cho, Wind and Water. Zurich: Limmat, 1998.
[3] N. Eze, private communication, May 2019.
"""
PARTED = """Abbot, P. (2016). Salt marshes.
Coastal Science 41, 101.

de Vries, M. (2014a). Scour below monopiles. A review. Coast. Eng. 88.

Okoro, B. (in press). Dunes. Harbour Press.
"""


@pytest.mark.parametrize(
    ("text", "entry", "count"),
    [
        (AUTHORS, "Benali, S. (2020). Mapping eelgrass with drones. PhD thesis, University of Leeds.", 4),
        (NUMBERS, "[2] L. Bauer and T. Cho, Wind and Water. Zurich: Limmat, 1998.", 4),
        (PARTED, "Abbot, P. (2016). Salt marshes.\nCoastal Science 41, 101.", 3),
    ],
)
def test_an_entry_of_a_bibliography_is_one_unit(text, entry, count):
    texts = [text[slice(*unit.span)] for unit in read_prose(text).units]
    assert entry in texts
    assert len(texts) == count


def test_passages_with_numbers_are_no_bibliography():
    text = "\n\n".join(f"[{number}] The mill stands by the river. It burned twice." for number in range(1, 5))
    assert "citation" not in {block.kind for block in with_citations(text, blocks(text))}
