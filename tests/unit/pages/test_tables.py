"""Rows of tables under the names of their groups, and pictures in cells."""

import numpy as np
import pytest

import ragzip
from ragzip import Document
from ragzip.compressors.html.rows import with_rows
from ragzip.compressors.html.views import page_view
from ragzip.pages.form import page_form
from ragzip.pages.tree import clean

_WARDS = (
    "<table><tr><th>Day<th>Nurse{0}North wing{1}<tr><td>Mon<td>Ruiz<tr><td>Fri<td>Berg"
    "{0}South wing{1}<tr><td>Mon<td>Lind<tr><td>Fri<td>Fox</table>"
)
_GROUPS = [
    ("<tr><td colspan=2><b>", "</b></td>"),
    ("<tr><td colspan=2>", "</td></tr>"),
    ("<tr class=group><td colspan='2'><strong>", "</strong>"),
    ("<tr><th colspan=2>", "</th>"),
    ("<tbody><tr><th colspan=2 scope=rowgroup>", "</th></tr>"),
]


def cut(source, text, output="text"):
    """What is written of a page of which the one block with ``text`` is kept."""
    form = page_form(source, output=output)
    (span,) = ((block.start, block.end) for block in form.blocks if text in form.page.text(block.start, block.end))
    return form.write([span]).text


@pytest.mark.parametrize(("begin", "end"), _GROUPS)
def test_rows_stand_under_their_own_group_and_are_found_by_its_name(begin, end):
    page = _WARDS.format(begin, end)
    assert cut(page, "Berg") == "Day\tNurse\nNorth wing\nFri\tBerg"
    assert cut(page, "Fox") == "Day\tNurse\nSouth wing\nFri\tFox"
    for wing, nurse, other in (("South", "Lind", "Ruiz"), ("North", "Ruiz", "Lind")):
        document = Document("d", page, mime="text/html")
        text = ragzip.compress(document, f"{wing} wing nurse", target_tokens=40, compressor="html/bm25").text
        assert f"{wing} wing" in text and nurse in text and other not in text


def test_a_group_ends_with_its_section_and_before_the_foot():
    groups = "<tr><th>Size<th>Price<tbody><tr><th colspan=2>Adults<tr><td>S<td>12<tbody><tr><td>any<td>8"
    assert cut(f"<table>{groups}</table>", "8") == "Size\tPrice\nany\t8"
    foot = "<tr><th>Size<th>Price<tr><td colspan=2><b>Adults</b><tr><td>S<td>12<tfoot><tr><td>bag<td>1</tfoot>"
    assert cut(f"<table>{foot}</table>", "bag") == "Size\tPrice\nbag\t1"


def test_the_title_of_a_table_stands_over_all_its_groups():
    page = (
        "<table><tr><th colspan=2 class=top>Lake Orm<tr><th>Area<td>9<tr><th colspan=2>Fish<tr><th>Pike<td>few</table>"
    )
    assert cut(page, "few") == "Lake Orm\nFish\nPike\tfew"
    assert cut(page.replace(" class=top", ""), "few") == "Fish\nPike\tfew"  # a group like the other


@pytest.mark.parametrize(
    "note", ["Rooms are cleaned first.", "12.00 lunch", "Please tell us a day before if you come late"]
)
def test_notes_and_breaks_between_rows_are_no_groups(note):
    page = f"<table><tr><th>Time<th>Room<tr><td>9<td>A<tr><td colspan=2>{note}<tr><td>14<td>B</table>"
    assert note not in cut(page, "14") and note in cut(page, note)
    assert "Rest" not in cut(page.replace(note, "Rest"), "14")  # not set off, and the table does not begin with one


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<img src=a.png alt=NO>", "NO"),
        ("<a><img alt='not sold'></a>", "not sold"),
        ("<i class=icon title='yes &amp; no'></i>", "yes & no"),
        ("<svg role=img aria-label=included><path d=x></svg>", "included"),
        ("<img alt=flag> Norway", "Norway"),
        ("Norway <img alt=flag>", "Norway"),
        ("<img alt=NO hidden>", ""),
        ("<svg aria-label=NO aria-hidden=true></svg>", ""),
        ("<img alt='a photo of the hotel and of all of its gardens'>", ""),
    ],
)
def test_a_picture_alone_in_a_cell_stands_for_what_it_says(cell, text):
    page = f"<table><tr><th>Plan<th>Links<th>Price<tr><td>Basic<td>{cell}<td>3</table>"
    assert clean(page, output="text") == f"Plan\tLinks\tPrice\nBasic\t{text}\t3"
    assert clean(f"<p>{cell}</p><p>Text</p>", output="text").split("\n")[0] in ("Text", "Norway")


def _captioned(caption, first, second):
    rows = "<tr><th>Year</th><th>North</th></tr><tr><td>2021</td><td>{}</td></tr><tr><td>2022</td><td>{}</td></tr>"
    return f"<p>{caption}</p><table>{rows.format(first, second)}</table>"


@pytest.mark.parametrize("caption", ["Table 2: Revenue in thousand EUR", "<b>Tabelle 2.</b> Revenue in thousand EUR."])
@pytest.mark.parametrize("output", ["html", "markdown", "text"])
def test_a_row_comes_with_the_caption_in_the_paragraph_above_its_table(caption, output):
    source = _captioned("Table 1: Staff", 14, 16) + _captioned(caption, 410, 455) + "<p>Trout live there.</p>"
    document = ragzip.Document("a.html", source, mime="text/html")
    compressor = ragzip.load("auto", output=output)
    for target_tokens in range(30, 110, 8):
        options = {"target_tokens": target_tokens, "compressor": compressor, "cache": False}
        text = ragzip.compress(document, "What was the revenue in the north in 2022?", **options).text
        assert ("455" in text or "410" in text) == ("in thousand EUR" in text)
        assert ("16" in text or "14" in text) == ("Staff" in text)


PUMPS = """
<h1>Pumps</h1><table><thead>
<tr><th rowspan="2">Model</th><th rowspan="2">Motor (kW)</th><th colspan="2">Performance</th>
<th rowspan="2">Euro</th></tr>
<tr><th>Max. flow (l/min)</th><th>Max. head (m)</th></tr></thead><tbody>
<tr><td rowspan="2">P-25</td><td>0.37</td><td>45</td><td>38</td><td>219</td></tr>
<tr><td>0.55</td><td>48</td><td>54</td><td>259</td></tr>
<tr><td rowspan="2">P-40</td><td>0.75</td><td>75</td><td>47</td><td>319</td></tr>
<tr><td>1.10</td><td>78</td><td>68</td><td>389</td></tr>
<tr><td rowspan="2">P-60</td><td>1.50</td><td>105</td><td>41</td><td>429</td></tr>
<tr><td>2.20</td><td>110</td><td>59</td><td>499</td></tr></tbody></table>
"""
TOWNS = "<h1>Towns</h1><table><tr><th>Town</th><th>Country</th><th>Inhabitants</th><th>Area</th></tr>" + "".join(
    f"<tr><td>{town}</td><td>{country}</td><td>{count:,}</td><td>{area}</td></tr>"
    for town, country, count, area in [
        ("Graz", "Austria", 291_072, 127.6), ("Ghent", "Belgium", 265_086, 156.2), ("Brno", "Czechia", 400_566, 230.2),
        ("Lyon", "France", 522_250, 47.9), ("Turin", "Italy", 841_600, 130.2), ("Porto", "Portugal", 231_800, 41.4),
    ]
) + "</table>"  # fmt: skip


def views_of(source):
    document = Document("a.html", source, mime="text/html")
    form = page_form(source, output="html")
    return page_view(document, form, form.blocks)


def test_values_are_read_with_all_names_of_their_column_below_cells_that_span_several():
    labelled = views_of(PUMPS).labelled
    (row,) = [text for text in labelled if "P-40" in text]
    assert row.startswith(
        "Model: P-40; Motor (kW): 0.75; Performance Max. flow (l/min): 75; Performance Max. head (m): 47"
    )
    assert row.endswith("Motor (kW): 1.10; Performance Max. flow (l/min): 78; Performance Max. head (m): 68; Euro: 389")


@pytest.mark.parametrize(
    ("source", "query", "best"),
    [
        (PUMPS, "What is the maximum head of the P-40 with the 0.75 kW motor?", "P-40"),
        (TOWNS, "Which town has the most inhabitants?", "Turin"),
        (TOWNS, "Which town has the smallest area?", "Porto"),
    ],
)
def test_the_row_with_the_number_or_the_largest_value_that_is_asked_for_is_the_best(source, query, best):
    view = views_of(source)
    scores = with_rows(query, view, np.full(len(view.blocks), 0.5))
    rows = [number for number, text in enumerate(view.labelled) if ": " in text]
    assert best in view.texts[max(rows, key=scores.__getitem__)]


_ROWS = "<tr><th>Plan<th>Month<th>Year<tr><td>Basic<td>5<td>50<tr><td>Gold<td>15<td>150"
_FEES = f"<table><caption>Fees</caption>{_ROWS}</table>"


@pytest.mark.parametrize(
    "page", [_FEES, f"<h2>Prices</h2>{_FEES}", "<ul><li>The Gold plan costs 150 euros a year</ul>"]
)
def test_the_size_that_a_note_names_holds_the_best_block(page):
    hall = "".join(f"<p>The hall number {number} is painted in grey and was swept.</p>" for number in range(9))
    document = Document("p", f"<body>{page}{hall}</body>", mime="text/html")
    question = "What does the Gold plan cost per year?"
    (note,) = (note for note in ragzip.compress(document, question, target_tokens=12).stats.notes if "budget" in note)
    size = int(note.split(": ")[1].split()[0])
    result = ragzip.compress(document, question, target_tokens=size)
    assert "150" in result.text and result.stats.tokens_out <= size < 60


def as_markdown(body, query="How many hubs were sold in the US?"):
    document = Document("p", f"<body>{body}</body>", mime="text/html")
    return ragzip.compress(document, query, compressor=ragzip.load("auto", output="markdown"), cache=False).text


@pytest.mark.parametrize("span", ['rowspan="0"', "rowspan=0", "rowspan='9'"])
def test_a_cell_reaches_to_the_end_of_its_group_of_rows(span):
    head = "<thead><tr><th>Region<th>Product<th>Units</thead>"
    groups = "".join(
        f"<tbody><tr><td {span}>{region}<td>Cable<td>{cables}<tr><td>Hub<td>{hubs}</tbody>"
        for region, cables, hubs in (("EU", 12, 7), ("US", 3, 9))
    )
    lines = as_markdown(f"<table>{head}{groups}<tfoot><tr><td>Total<td>both<td>31</tfoot></table>").splitlines()
    assert lines[2:] == [
        "| EU | Cable | 12 |", "| EU | Hub | 7 |", "| US | Cable | 3 |", "| US | Hub | 9 |", "| Total | both | 31 |"
    ]  # fmt: skip


def test_a_span_of_all_rows_left_stays_in_html():
    table = "<table><tr><th>Region<th>Product<tr><td rowspan=0>US<td>Cable<tr><td>Hub</table>"
    document = Document("p", f"<body>{table}</body>", mime="text/html")
    assert "<td rowspan=0>US" in ragzip.compress(document, "Which products are sold in the US?", cache=False).text


def test_a_title_over_all_columns_is_a_row_of_the_markdown_table():
    table = "<table><tr><td colspan=2>Opening times<tr><td>Monday<td>closed<tr><td>Tuesday<td>9-17</table>"
    assert as_markdown(table, "When is it open on Tuesday?").splitlines()[:2] == [
        "| Opening times | |",
        "| --- | --- |",
    ]
