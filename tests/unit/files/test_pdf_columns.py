"""Columns and tables of PDF files: which is read down, and which across."""

import random
import re

import pytest

from ragzip.files.pdf import pdf_document

fpdf = pytest.importorskip("fpdf")
pytest.importorskip("pdfminer")

SENTENCES = [
    "The committee measured the northern harbour.", "The railway company had built the wall in 1902.",
    "It was repaired two years later by the council of the town.",
    "Nobody knows who paid for it, or why it took so long.",
]  # fmt: skip
CELLS = ["the wall moved", "it was repaired", "which took years", "from the north", "nobody knows"]


def page(size=10):
    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.set_font("times", size=size)
    return pdf


def text_of(pdf):
    return pdf_document("a.pdf", bytes(pdf.output())).text


@pytest.mark.parametrize(("columns", "gutter", "align"), [
    (2, 5, "L"), (3, 6, "J"), (3, 8, "L"), (3, 14, "J"), (4, 6, "L"), (4, 10, "J"),
])  # fmt: skip
def test_columns_of_prose_are_read_one_after_the_other(columns, gutter, align):
    pdf, rng = page(), random.Random(7)
    width = (190 - (columns - 1) * gutter) / columns
    for column in range(columns):
        pdf.set_xy(10 + (width + gutter) * column, 40)
        for number in range(4):
            text = f"Col{column} par{number}. " + " ".join(rng.sample(SENTENCES, 4))
            pdf.set_x(10 + (width + gutter) * column)
            pdf.multi_cell(width, 4.5, text, align=align, new_x="LEFT", new_y="NEXT")
            pdf.ln(2)
    places = re.findall(r"Col\d par\d", text_of(pdf))
    assert places == [f"Col{column} par{number}" for column in range(columns) for number in range(4)]


@pytest.mark.parametrize("seed", range(3))
def test_tables_with_long_cells_are_read_across(seed):
    pdf, rng = page(), random.Random(seed)
    for row in range(12):
        for column in range(3):
            pdf.set_xy(10 + 64 * column, 40 + 7 * row)
            pdf.cell(60, 4.5, f"R{row}C{column} " + " and ".join(rng.sample(CELLS, rng.choice((1, 2)))))
    assert re.findall(r"R\d+C\d", text_of(pdf)) == [f"R{row}C{column}" for row in range(12) for column in range(3)]


REMARK = "The wall moved by 14 cm and was repaired with granite taken from the northern quarry, which took two years"
TABLES = {
    "English": [("Harbour", "Repaired", "Remarks"), ("Ripon", "1955", REMARK), ("Thurso", "", "not repaired")],
    "German": [("Hafen", "Bemerkung | Quelle"), (REMARK, REMARK), ("Kiel", "Größe: 14 m"), (REMARK, "1953")],
}  # fmt: skip


@pytest.mark.parametrize("rows", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize(("align", "height"), [("MIDDLE", None), ("MIDDLE", 5), ("TOP", None), ("BOTTOM", None)])
def test_cells_of_several_lines_between_rules(rows, align, height):
    pdf = page()
    pdf.multi_cell(0, 6, " ".join(SENTENCES), new_x="LMARGIN", new_y="NEXT")
    with pdf.table(v_align=align, line_height=height) as table:
        for cells in rows:
            table.row(cells)
    pdf.multi_cell(0, 6, " ".join(SENTENCES))
    written = ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |" for cells in rows]
    assert "\n\n" + "\n".join([written[0], "|" + "---|" * len(rows[0]), *written[1:]]) in text_of(pdf)


def test_cells_over_several_columns_and_rows():
    pdf = page()
    with pdf.table(num_heading_rows=2) as table:
        row = table.row()
        row.cell("Harbour", rowspan=2)
        row.cell("Traffic of the year", colspan=2)
        for cells in (("in", "out"), ("Ripon", "12", "14"), ("Wick", "3", "4")):
            table.row(cells)
    assert "| Harbour | Traffic of the year |  |\n|---|---|---|\n|  | in | out |\n| Ripon | 12 | 14 |" in text_of(pdf)


def test_rows_without_rules_between_them_stay_apart():
    pdf = page()
    pdf.rect(10, 40, 120, 30)
    for place in (50, 90):
        pdf.line(place, 40, place, 70)
    pdf.line(10, 46, 130, 46)
    for number, cells in enumerate([("Harbour", "Year", "Ships"), ("Ripon", "1955", "12"), ("Wick", "1961", "7")]):
        for cell, place in zip(cells, (10, 50, 90), strict=True):
            pdf.set_xy(place, 40 + 6 * number)
            pdf.cell(30, 6, cell)
    assert text_of(pdf) == "| Harbour | Year | Ships |\n|---|---|---|\n| Ripon | 1955 | 12 |\n| Wick | 1961 | 7 |"


@pytest.mark.parametrize(("rows_of_page", "headers"), [(40, False), (40, True), (12, True)])
def test_tables_that_go_on_behind_a_page(rows_of_page, headers):
    pdf = page()
    header = ("Station", "Year", "Passengers")
    rows = [(f"Stop {number}", str(1900 + number), f"{37 * number + 5:,}") for number in range(2 * rows_of_page + 7)]
    for number, row in enumerate(rows):
        is_first = number % rows_of_page == 0
        if is_first and number:
            pdf.add_page()
        for cells in [header, row] if is_first and (headers or not number) else [row]:
            for cell in cells:
                pdf.cell(40, 6, cell)
            pdf.ln(6)
    document = pdf_document("a.pdf", bytes(pdf.output()))
    written = ["| " + " | ".join(row) + " |" for row in rows]
    assert document.text == "\n".join(["| Station | Year | Passengers |", "|---|---|---|", *written])
    starts = [document.text.index(written[number]) for number in (rows_of_page, 2 * rows_of_page)]
    assert document.metadata["pages"] == [0, *starts]


def test_another_table_on_the_next_page_is_one_of_its_own():
    pdf = page()
    for header in (("Station", "Year"), ("Harbour", "Ships")):
        for row in (header, ("Ripon", "12"), ("Wick", "7")):
            for cell in row:
                pdf.cell(40, 6, cell)
            pdf.ln(6)
        pdf.add_page()
    assert text_of(pdf).count("|---|---|") == 2


def test_columns_with_lists_and_small_tables_are_read_one_after_the_other():
    pdf, rng, texts = page(), random.Random(5), []
    for column in range(2):
        pdf.set_y(20)
        for part in range(4):
            left, width = 10 + 98 * column, 92
            paragraph = f"Col{column} par{part}. " + " ".join(rng.sample(SENTENCES, 4))
            pdf.set_x(left)
            pdf.multi_cell(width, 4.5, paragraph, align="J", new_x="LEFT", new_y="NEXT")
            pdf.ln(2)
            for number in range(3):
                pdf.set_x(left)
                pdf.cell(6, 4.5, "-")
                item = f"Item {column}.{part}.{number} of the list of harbours."
                pdf.cell(width, 4.5, item, new_x="LMARGIN", new_y="NEXT")
            pdf.ln(2)
            for row in (("Year", "Ships", "Loss"), ("1953", f"{column}2", f"{part}3")):
                pdf.set_x(left)
                for cell in row:
                    pdf.cell(25, 5, cell)
                pdf.ln(5)
            pdf.ln(3)
            texts += [f"Col{column} par{part}", f"Item {column}.{part}.2", f"| 1953 | {column}2 | {part}3 |"]
    text = text_of(pdf)
    places = [text.find(part) for part in texts]
    assert -1 not in places and places == sorted(places)
