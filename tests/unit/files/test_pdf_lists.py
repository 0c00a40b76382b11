"""Lists of PDF files: each item on a line of its own, and no word of a paragraph taken for the sign of one."""

import pytest

from ragzip.files.pdf import pdf_document

fpdf = pytest.importorskip("fpdf")
pytest.importorskip("pdfminer")

TEXT = "The committee measured the northern harbour and found that the wall had moved. Nobody knows who paid for it."
LISTS = {
    "numbers": ["1. Install the pump.", "2. Open the valve slowly.", "3. Wait for 10 minutes.", "4. Close it."],
    "hyphens": ["- Switch off the power", "- Open the cover of the pump", "- Wait"],
    "stars": ["* eins", "* zwei und drei", "* vier"],
    "letters": ["a) Wait for ten minutes.", "b) Leave.", "c) Come back."],
    "brackets": ["(1) Abrir la válvula", "(2) Esperar diez minutos", "(3) Cerrar"],
    "capitals": ["A. Use a title of its own.", "B. List the authors.", "C. State the name of the publisher."],
}


def text_of(*paragraphs, width=0):
    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=11)
    pdf.set_y(60)
    for paragraph in paragraphs:
        pdf.multi_cell(width, 6, paragraph, align="L", new_x="LMARGIN", new_y="NEXT")
    return pdf_document("a.pdf", bytes(pdf.output())).text


@pytest.mark.parametrize("items", LISTS.values(), ids=LISTS)
def test_items_have_lines_of_their_own(items):
    assert text_of(*items) == "\n".join(items)
    assert "\n".join(items) in text_of(TEXT + " Do this:", *items, TEXT)
    long_items = [f"{item} {TEXT}" for item in items]
    assert text_of(*long_items, width=90) == "\n".join(long_items)


@pytest.mark.parametrize(
    "words", ["see part 12. The wall", "the wall - as said - moved", "as in a) and (b) of it", "2 * 3 is"]
)
def test_words_of_paragraphs_are_no_signs(words):
    paragraph = " ".join([words] * 40) + "."
    for width in range(60, 120, 7):
        assert text_of(paragraph, width=width) == paragraph


@pytest.mark.parametrize("code", [
    "def f(x):\n    if x:\n        return x + 1\n    return 0",
    "server:\n  - port: 80\n    host: mill\nend", "a = 1\nb = 2",
])  # fmt: skip
def test_code_keeps_its_lines_and_their_indentation(code):
    pdf = fpdf.FPDF()
    pdf.add_page()
    for font, text in (("helvetica", TEXT * 2), ("courier", code), ("helvetica", TEXT * 2)):
        pdf.set_font(font, size=11)
        pdf.multi_cell(0, 6, text, align="L", new_x="LMARGIN", new_y="NEXT")
    document = pdf_document("a.pdf", bytes(pdf.output()))
    assert document.text == f"{TEXT * 2}\n\n```\n{code}\n```\n\n{TEXT * 2}"


def test_text_in_a_typewriter_s_font_is_text():
    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.set_font("courier", size=11)
    pdf.multi_cell(0, 6, TEXT * 3, align="L")
    assert pdf_document("a.pdf", bytes(pdf.output())).text == TEXT * 3


@pytest.mark.parametrize(
    "items", [["- order seals", "- repair hall 3"], ["1. Order", "2. Repair hall 3"], ["* a", "* b"]]
)
def test_lists_on_slides_of_few_words(items):
    pdf = fpdf.FPDF(orientation="landscape")
    pdf.set_font("helvetica", size=28)
    for slide in (["Next steps", *items], ["Thank you!"]):
        pdf.add_page()
        pdf.multi_cell(0, 14, "\n".join(slide))
    assert pdf_document("a.pdf", bytes(pdf.output())).text == "Next steps\n\n" + "\n".join(items) + "\n\nThank you!"


def test_the_title_of_a_table_below_its_number_is_its_caption():
    text = "The walls were measured in spring, and the costs are in Table I. Nobody paid for it."
    assert "\n\nTABLE I COSTS OF REPAIR BY HARBOUR" in text_of(text, " ", "TABLE I", "COSTS OF REPAIR BY HARBOUR")
