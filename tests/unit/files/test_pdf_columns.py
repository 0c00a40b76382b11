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
