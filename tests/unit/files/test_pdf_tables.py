"""Tables of PDF files without rules: labels over rows, cells and labels of several lines, headings between tables."""

import pytest

from ragzip.files.pdf import pdf_document

fpdf = pytest.importorskip("fpdf")
pytest.importorskip("pdfminer")

STATEMENTS = {
    "English": [
        ("", "2023", "2022"), ("Net sales:",), ("  Products", "298,085", "316,199"), ("  Services", "85,200", "78,129"),
        ("Operating expenses:",), ("  Products", "29,915", "26,251"), ("Earnings per share", "6.13", "6.11"),
    ],
    "German": [
        ("", "2023", "2022"), ("Umlaufvermögen",), ("Vorräte", "1.204", "998"), ("Forderungen", "310", "295"),
        ("Anlagevermögen",), ("Gebäude", "7.400", "7.650"), ("Summe", "8.914", "8.943"),
    ],
}  # fmt: skip
TERMS = [
    ("Berth", ["A place where a ship lies at a wall. It must not", "be left without the consent of its master."]),
    ("Groyne", ["A low wall built out into the sea to hold back sand."]),
    ("Neap tide", ["The smallest tide, just after the first and", "third quarters of the moon. Then", "no ship may."]),
]  # fmt: skip


def page(size=10):
    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=size)
    return pdf


def text_of(pdf):
    return pdf_document("a.pdf", bytes(pdf.output())).text


@pytest.mark.parametrize("rows", STATEMENTS.values(), ids=STATEMENTS)
def test_labels_over_rows_are_rows_of_the_table(rows):
    pdf = page()
    for label, *values in rows:
        pdf.set_x(10 + 3 * (label != label.lstrip()))
        pdf.cell(80, 5, label.strip())
        for column, value in enumerate(values):
            pdf.set_x(90 + 30 * column)
            pdf.cell(25, 5, value, align="R")
        pdf.ln(5)
    written = ["| " + " | ".join([*(cell.strip() for cell in row), *[""] * (3 - len(row))]) + " |" for row in rows]
    assert text_of(pdf) == "\n".join([written[0], "|---|---|---|", *written[1:]])


@pytest.mark.parametrize("terms", [TERMS, TERMS[::-1]])
def test_cells_of_several_lines_below_their_first_one(terms):
    pdf = page()
    for term, lines in terms:
        pdf.cell(40, 4.6, term)
        for line in lines:
            pdf.set_x(50)
            pdf.cell(0, 4.6, line, new_x="LMARGIN", new_y="NEXT")
        pdf.ln(2)
    rows = [f"| {term} | {' '.join(lines)} |" for term, lines in terms]
    assert text_of(pdf) == "\n".join(["|  |  |", "|---|---|", *rows])


def test_a_first_cell_of_several_lines():
    pdf = page()
    rows = [
        ("Cost of sales", "12", "14"),
        ("Selling, general and",),
        ("administrative", "7", "8"),
        ("Total", "19", "22"),
    ]
    for label, *values in rows:
        pdf.cell(60, 5, label)
        for value in values:
            pdf.cell(30, 5, value)
        pdf.ln(5)
    assert "\n| Selling, general and administrative | 7 | 8 |\n| Total | 19 | 22 |" in text_of(pdf)


def test_a_larger_line_between_two_tables_is_a_heading():
    pdf = page()
    sections = {
        "Experience": [("2019", "Whitby"), ("2012", "Ripon")],
        "Education": [("2008", "Leeds"), ("2004", "York")],
    }
    for heading, rows in sections.items():
        pdf.set_font("helvetica", "B", 13)
        pdf.cell(0, 7, heading, new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("helvetica", size=10)
        for row in rows:
            for cell in row:
                pdf.cell(40, 5, cell)
            pdf.ln(5)
    assert "\n\n# Education\n\n| 2008 | Leeds |" in text_of(pdf)


@pytest.mark.parametrize("rows", [
    [("Name:", "Jane Whitfield"), ("Insurer:", "Northern Mutual"), ("Allergies:", "Penicillin")],
    [("Subtotal", "£1,710.00"), ("VAT", "£342.00"), ("Total due", "£2,052.00")],
    [("Berth", "A place where a ship lies."), ("Groyne", "A low wall."), ("Pier", "A long landing.")],
])  # fmt: skip
def test_a_first_row_that_names_nothing_is_no_header(rows):
    pdf = page()
    for row in rows:
        for cell in row:
            pdf.cell(60, 6, cell)
        pdf.ln(6)
    written = [f"| {label} | {value} |" for label, value in rows]
    assert text_of(pdf) == "\n".join(["|  |  |", "|---|---|", *written])


@pytest.mark.parametrize(
    "header",
    [
        ("Station", "2023", "2022"),
        ("Name", "Share in %", "Price in GBP"),
        ("Part no.", "Weight, dry", "Price per 1.5 kg"),
    ],
)
def test_years_and_units_are_headers(header):
    pdf = page()
    for row in (header, ("Ripon", "1,204", "3.5"), ("Wick", "310", "2.9")):
        for cell in row:
            pdf.cell(40, 6, cell)
        pdf.ln(6)
    assert text_of(pdf).startswith(f"| {' | '.join(header)} |\n|---|---|---|\n| Ripon |")


def test_a_table_goes_on_behind_a_page_where_a_figure_is_missing():
    pdf = page()
    for rows in (
        [("Station", "Failures", "Year"), ("Ripon", "2", "1953")],
        [("Whitby", "0", "n/a"), ("Wick", "5", "1961")],
    ):
        for row in rows:
            for cell in row:
                pdf.cell(40, 6, cell)
            pdf.ln(6)
        pdf.add_page()
    assert "| Ripon | 2 | 1953 |\n| Whitby | 0 | n/a |\n| Wick | 5 | 1961 |" in text_of(pdf)


def test_a_header_without_the_first_columns():
    pdf = page()
    rows = [
        ("", "", "101", "103", "105"),
        ("Whitby", "dep.", "6:15", "8:30", "12:00"),
        ("Wick", "arr.", "7:05", "", "12:50"),
    ]
    for row in rows:
        for cell in row:
            pdf.cell(30, 6, cell)
        pdf.ln(6)
    written = ["| " + " | ".join(row) + " |" for row in rows]
    assert text_of(pdf) == "\n".join([written[0], "|---|---|---|---|---|", *written[1:]])


def test_wordy_cells_without_rules_are_read_across():
    pdf = page()
    rows = [
        ("Risk", "Measure", "Owner"),
        ("Granite is late by more than six weeks", "Order from the second quarry at Wick, which can deliver", "Jones"),
        ("The pumps fail during a spring tide", "Keep two spare pumps on the pier; test both each month", "Wong"),
        ("Strike of the dock workers", "None", "Smith"),
    ]
    for row in rows:
        top = bottom = pdf.get_y()
        for left, width, cell in zip((10, 60, 140), (40, 60, 30), row, strict=True):
            pdf.set_xy(left, top)
            pdf.multi_cell(width, 4.5, cell, align="L", new_y="NEXT")
            bottom = max(bottom, pdf.get_y())
        pdf.set_y(bottom + 2)
    written = ["| " + " | ".join(row) + " |" for row in rows]
    assert text_of(pdf) == "\n".join([written[0], "|---|---|---|", *written[1:]])
