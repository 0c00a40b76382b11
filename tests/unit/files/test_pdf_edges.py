"""What stands at the edges of the pages of PDF files: page numbers and running heads go, and nothing else."""

import pytest

from ragzip.files.pdf import pdf_document

fpdf = pytest.importorskip("fpdf")
pytest.importorskip("pdfminer")

TEXT = "The committee measured the northern harbour. It was repaired two years later by the council. " * 6


def text_of(pdf):
    return pdf_document("a.pdf", bytes(pdf.output())).text


def pages_of(number):
    pdf = fpdf.FPDF()
    pdf.set_auto_page_break(False)
    for place in range(number):
        pdf.add_page()
        pdf.set_font("helvetica", size=11)
        yield pdf, place


def rows_into(pdf, rows):
    for row in rows:
        pdf.set_x(pdf.l_margin)
        for cell in row:
            pdf.cell(45, 6, cell)
        pdf.ln(6)


@pytest.mark.parametrize("rows", [
    [("Patient", "Dose (mg)"), ("Miller", "250"), ("Smith", "75")],
    [("City", "2020", "2021"), ("Oslo", "12", "15"), ("Bergen", "7", "9")],
    [("Ort", "Jahr"), ("Kiel", "iv"), ("Lübeck", "3")],
])  # fmt: skip
def test_tables_at_the_edges_of_a_page_keep_their_numbers(rows):
    for pdf, _ in pages_of(1):
        rows_into(pdf, rows)
        pdf.set_y(60)
        pdf.multi_cell(0, 6, TEXT)
        pdf.set_y(270)
        rows_into(pdf, rows)
    text = text_of(pdf)
    for row in rows:
        assert text.count("| " + " | ".join(row) + " |") == 2


def test_figures_of_tables_that_count_like_pages_stay():
    for pdf, place in pages_of(4):
        pdf.multi_cell(0, 6, TEXT)
        pdf.set_y(262)
        rows_into(pdf, [(f"Model {'ABCD'[place]} {row}", str(10 + row + place), str(60 + row)) for row in range(4)])
    text = text_of(pdf)
    assert all(
        f"| Model {'ABCD'[place]} {row} | {10 + row + place} | {60 + row} |" in text
        for row in range(4)
        for place in range(4)
    )


def test_a_figure_at_the_foot_stays():
    for pdf, _ in pages_of(1):
        pdf.multi_cell(0, 6, TEXT)
        pdf.set_y(275)
        rows_into(pdf, [("Total due in EUR", "1204")])
    assert "Total due in EUR 1204" in text_of(pdf)


def test_rows_of_a_long_table_with_its_header_on_each_page():
    for pdf, place in pages_of(3):
        pdf.set_y(12)
        rows = [(f"Stop {place}-{k}", str(1900 + k), str(1000 + 37 * k + place)) for k in range(45)]
        rows_into(pdf, [("Station", "Year", "Passengers"), *rows])
    text = text_of(pdf)
    assert "| Station | Year | Passengers |" in text
    assert all(f"| Stop {place}-{k} | {1900 + k} |" in text for place in range(3) for k in range(45))


@pytest.mark.parametrize("label", ["Chapter {}", "Artikel {}", "Question {}", "{}. Preguntas"])
@pytest.mark.parametrize(("pages", "size", "style"), [(2, 18, "B"), (4, 18, ""), (3, 11, "B"), (3, 11, "")])
def test_headings_that_differ_in_a_number_stay(label, pages, size, style):
    for pdf, place in pages_of(pages):
        pdf.set_font("helvetica", style, size)
        pdf.cell(0, 10, label.format(place + 1), new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("helvetica", size=11)
        pdf.multi_cell(0, 6, TEXT)
    assert all(label.format(place + 1) in text_of(pdf) for place in range(pages))


@pytest.mark.parametrize("form", ["{}", "- {} -", "Page {} of 90", "Seite {}", "{}/90"])
@pytest.mark.parametrize(("pages", "first"), [(2, 1), (3, 17), (6, 64)])
def test_page_numbers_go(form, pages, first):
    for pdf, place in pages_of(pages):
        pdf.set_y(40)
        pdf.multi_cell(0, 6, TEXT)
        pdf.set_y(-14)
        pdf.cell(0, 5, form.format(first + place), align="C")
    text = text_of(pdf)
    assert text.count("northern harbour") == 6 * pages and not any(letter.isdigit() for letter in text)


def test_running_heads_beside_page_numbers_go():
    for pdf, place in pages_of(6):
        pdf.set_font("helvetica", size=9)
        head = [("Walls of the north", "", "", str(31 + place)), (str(31 + place), "", "", "Miller and Smith")][
            place % 2
        ]
        rows_into(pdf, [head])
        pdf.ln(8)
        pdf.set_font("helvetica", size=11)
        pdf.multi_cell(0, 6, TEXT)
    text = text_of(pdf)
    assert "Walls" not in text and "Miller" not in text and not any(letter.isdigit() for letter in text)


def test_the_number_of_a_lone_page_goes_where_it_says_so():
    for foot, stays in (("Page 1 of 3", False), ("- 7 -", False), ("1204", True), ("mix", True)):
        for pdf, _ in pages_of(1):
            pdf.multi_cell(0, 6, TEXT)
            pdf.set_y(-14)
            pdf.cell(0, 5, foot, align="C")
        assert (foot in text_of(pdf)) == stays


@pytest.mark.parametrize("foot", ["PX-200 user manual | {}", "Handbuch zur PX-200, Seite {}", "{} Guía del usuario"])
@pytest.mark.parametrize("pages", [2, 3, 5])
def test_feet_with_the_number_of_the_page_go_whatever_their_size(foot, pages):
    for pdf, place in pages_of(pages):
        pdf.set_y(40)
        pdf.multi_cell(0, 6, TEXT)
        pdf.set_font("helvetica", "B", 14)
        pdf.set_y(-14)
        pdf.cell(0, 8, foot.format(place + 1))
    text = text_of(pdf)
    assert text.count("northern harbour") == 6 * pages and not any(letter.isdigit() for letter in text)


def numbered_lines(step, right, words):
    for pdf, _ in pages_of(1):
        lines = pdf.multi_cell(120, 8, words, dry_run=True, output="LINES")
        for number, line in enumerate(lines, 1):
            pdf.set_xy(30, 20 + 8 * number)
            pdf.cell(120, 8, line)
            if number % step == 0:
                pdf.set_x(170 if right else 15)
                pdf.cell(8, 8, str(number), align="R")
        yield pdf


@pytest.mark.parametrize(("step", "right"), [(1, False), (1, True), (5, True)])
def test_numbers_of_lines_go(step, right):
    for pdf in numbered_lines(step, right, TEXT * 3):
        assert text_of(pdf) == (TEXT * 3).strip()


@pytest.mark.parametrize("cells", [("checked", "to be replaced"), ("",), ("Shut the valve before the pump is opened",)])
def test_numbers_of_rows_stay(cells):
    for pdf, _ in pages_of(1):
        rows_into(pdf, [(str(n), f"Pump {n}", cells[n % len(cells)]) for n in range(1, 13)])
    assert all(f"| {n} | Pump {n} |" in text_of(pdf) for n in range(1, 13))


@pytest.mark.parametrize("leader", [". ", ".", " . ", "_"])
def test_entries_of_a_table_of_contents_are_items(leader):
    entries = {"1 Safety": "2", "2.1 Installation of the pump": "12", "A Fehlercodes": "iv"}
    for pdf, _ in pages_of(1):
        for entry, number in entries.items():
            pdf.cell(0, 6, f"{entry} {leader * 30} {number}", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(6)
        pdf.multi_cell(0, 6, TEXT + "He waited ... and left.")
    items = "\n".join(f"- {entry} … {number}" for entry, number in entries.items())
    assert text_of(pdf) == f"{items}\n\n{TEXT}He waited ... and left."
