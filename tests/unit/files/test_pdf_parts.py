"""What one line of a PDF page is: cells close together, blanks of justified lines, signs of items."""

import random

import pytest

from ragzip.files.pdf import pdf_document
from ragzip.files.pdf_lines import PageLines, TextLine, cleaned

fpdf = pytest.importorskip("fpdf")
pytest.importorskip("pdfminer")

TABLES = {
    "words": [("Who", "What", "By"), ("Jones", "Call the quarry", "21 March"), ("Wong", "Write to the bank", "2 May")],
    "figures": [("Station", "Failures", "Year"), ("Ripon", "2", "1953"), ("Scarborough", "5", "1961")],
    "years": [("", "2023", "2022", "2021"), ("Umsatz", "9,915", "6,251", "1,914"), ("Kosten", "432", "5,094", "9")],
}  # fmt: skip
WORDS = [
    "harbour",
    "wall",
    "the",
    "of",
    "was",
    "rebuilt",
    "after",
    "northern",
    "independent",
    "engineer",
    "sediment",
    "at",
]


def page(size=10):
    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.set_font("times", size=size)
    return pdf


def text_of(pdf):
    return pdf_document("a.pdf", bytes(pdf.output())).text


@pytest.mark.parametrize("rows", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("has_rules", [True, False])
@pytest.mark.parametrize(("size", "space"), [(10, 2.4), (8, 2.0), (12, 4.0)])
def test_cells_close_together_are_cells(rows, has_rules, size, space):
    pdf = page(size)
    widths = [max(map(pdf.get_string_width, column)) + space for column in zip(*rows, strict=True)]
    for cells in rows:
        for width, cell in zip(widths, cells, strict=True):
            pdf.cell(width, 7, cell, border=has_rules)
        pdf.ln(7)
    written = ["| " + " | ".join(cells) + " |" for cells in rows]
    assert text_of(pdf) == "\n".join([written[0], "|" + "---|" * len(rows[0]), *written[1:]])


@pytest.mark.parametrize(("columns", "seed"), [(1, 1), (1, 2), (3, 3), (3, 4)])
def test_wide_blanks_of_justified_lines_part_nothing(columns, seed):
    pdf, rng = page(), random.Random(seed)
    texts = [
        " ".join(rng.choices(WORDS, k=60)).replace("independent independent", "wall") + "." for _ in range(columns)
    ]
    for column, text in enumerate(texts):
        pdf.set_xy(10 + 60 * column, 40)
        pdf.multi_cell(50, 4.5, text, align="J")
    assert text_of(pdf).split() == " ".join(texts).split()


@pytest.mark.parametrize("sign", ["(a)", "1.", "[12]", "2.1", "-"])
def test_a_sign_and_its_item_are_no_cells(sign):
    pdf = page()
    for number in range(4):
        pdf.set_x(10)
        pdf.cell(12, 5, sign.replace("1", str(number + 1)) if "." in sign else sign)
        pdf.cell(0, 5, f"Shut the valve of pump number {number}.", new_x="LMARGIN", new_y="NEXT")
    text = text_of(pdf)
    assert "|" not in text and text.count("Shut the valve") == 4


def test_the_short_last_line_of_an_abstract_over_two_columns():
    pdf = page()
    pdf.multi_cell(
        0, 5, "The walls of two harbours were measured for ten years. " * 3 + "Neither of them moved any further."
    )
    pdf.ln(5)
    top = pdf.get_y()
    for column in range(2):
        pdf.set_xy(10 + 98 * column, top)
        pdf.multi_cell(92, 5, "The committee met again in autumn, and nobody was opposed to it. " * 8, align="J")
    assert "Neither of them moved any further.\n\nThe committee" in text_of(pdf)


@pytest.mark.parametrize("glyph", ["(cid:127)", "\uf0b7", "\uf0a7"])
def test_a_glyph_without_a_character_before_an_item_is_a_bullet(glyph):
    lines = [TextLine(10, 10 * n, 90, 10 * n + 9, f"{glyph} item {glyph}{n}", 9, False) for n in range(2)]
    assert [line.text[:6] for line in cleaned(PageLines(100, 100, tuple(lines))).lines] == ["• item", "• item"]


def test_a_rule_through_a_text_parts_no_word():
    pdf = page(14)
    text = "Harbours of the north"
    pdf.text(20, 40, text)
    for place in range(20, 70):
        pdf.line(place, 30, place, 50)
    assert "".join(text_of(pdf).replace("|", "").replace("-", "").split()) == text.replace(" ", "")


def test_a_line_of_blanks_is_no_line():
    pdf = page()
    pdf.text(20, 40, "   ")
    pdf.text(20, 60, "Harbours")
    assert text_of(pdf) == "Harbours"
