"""PDF files: reading order, what is no text of the page, captions, damaged files."""

import random
import re
import sys
from functools import cache
from itertools import pairwise

import pytest
from click.testing import CliRunner

import ragzip
from ragzip.cli import app
from ragzip.errors import InputError, MissingExtraError, RagzipError
from ragzip.files.documents import read_documents
from ragzip.files.pdf import PAPER_MIME, pdf_document, read_pdf
from ragzip.text.structure import structure_of_document

fpdf = pytest.importorskip("fpdf")
pytest.importorskip("pdfminer")

WORDS = [
    "harbour", "bridge", "river", "station", "engineer", "survey", "council", "timber", "granite", "foundation",
    "northern", "railway", "passenger", "committee", "measured", "repaired", "established", "considerable",
    "independent", "information", "however", "although", "between", "several",
]  # fmt: skip
LINE, SIZE, COLUMN, COLUMNS = 7.0, 15, 87, (15, 108)


def paragraph(seed, sentences=5):
    rng = random.Random(seed)
    written = [" ".join(rng.choices(WORDS, k=rng.randint(7, 16))) for _ in range(sentences)]
    return " ".join(sentence.capitalize() + "." for sentence in written)


class Journal(fpdf.FPDF):
    """Pages with a running head and a page number."""

    def header(self):
        self.set_font("helvetica", size=8)
        self.set_y(8)
        self.cell(0, 5, "Journal of Harbours, Vol. 12")
        self.set_y(18)

    def footer(self):
        self.set_y(-12)
        self.set_font("helvetica", size=8)
        self.cell(0, 5, f"- {self.page_no()} -", align="C")

    def heading(self, text):
        self.set_x(self.l_margin)
        self.set_font("helvetica", "B", 20)
        self.cell(0, 12, text, new_x="LMARGIN", new_y="NEXT")
        return text

    def text_block(self, text):
        self.set_x(self.l_margin)
        self.set_font("helvetica", size=17)
        self.multi_cell(0, 8, text, align="J")
        self.ln(2.5)
        return text


class Columns(Journal):
    """Pages of two columns, set line by line, with words divided at the ends of lines."""

    def begin(self, title):
        self.set_auto_page_break(False)
        self.add_page()
        self.set_font("helvetica", "B", 24)
        self.set_y(20)
        self.multi_cell(0, 11, title, align="C")
        self.column, self.place, self.first = 0, 52.0, 52.0

    def next_column(self):
        self.column += 1
        if self.column == 2:
            self.column, self.first = 0, 22.0
            self.add_page()
        self.place = self.first

    def line(self, text, indent=0.0, size=SIZE, style=""):
        if self.place > 275:
            self.next_column()
        self.set_font("times", style, size)
        self.set_xy(COLUMNS[self.column] + indent, self.place)
        self.cell(COLUMN - indent, LINE, text)
        self.place += LINE

    def block(self, text):
        words = text.split()
        indent = 4.0
        while words:
            self.set_font("times", size=SIZE)
            line = ""
            while words and self.get_string_width(f"{line}{words[0]} ") < COLUMN - indent - 2:
                line += words.pop(0) + " "
            if words and len(words[0]) > 8 and self.get_string_width(f"{line}{words[0][:5]}-") < COLUMN - indent - 2:
                line += words[0][:5] + "-"
                words[0] = words[0][5:]
            self.line(line.strip(), indent)
            indent = 0.0
        return text

    def small(self, text):
        if self.place > 262:
            self.next_column()
        self.place += 4
        self.line(text, size=10)
        self.place += 4

    def section(self, text):
        if self.place > 250:
            self.next_column()
        self.place += 3
        self.line(text, size=19, style="B")
        self.place += 2
        return text


def one_column(pages):
    pdf, texts = Journal(), []
    pdf.set_auto_page_break(True, 20)
    pdf.add_page()
    for number in range(5 * pages // 2):
        if number % 6 == 0:
            texts.append(pdf.heading(f"Chapter {number // 6 + 1}: the year {1900 + number}"))
        texts.append(pdf.text_block(paragraph(number, 8)))
    return pdf, texts


def two_columns(pages):
    pdf, texts = Columns(), []
    pdf.begin("A Survey of Northern Harbours and Their Bridges")
    for number in range(11 * pages // 2):
        if number % 7 == 0:
            texts.append(pdf.section(f"{number // 7 + 1} Section of part {number}"))
        texts.append(pdf.block(paragraph(number)))
        if number % 20 == 9:
            pdf.small(f"Figure {number // 20 + 1}: The harbour wall of {1900 + number} from the north.")
    return pdf, texts


def with_tables(pages):
    pdf, texts = Journal(), []
    pdf.set_auto_page_break(True, 20)
    for page in range(pages):
        pdf.add_page()
        texts.append(pdf.text_block(paragraph(500 + page, 3)))
        rows = [("Station", "Year", "Passengers", "State")]
        rows += [(f"Stop {page}-{k}", str(1900 + k), str(1000 + 37 * k + page), "open") for k in range(6)]
        pdf.set_font("helvetica", size=10)
        for row in rows:
            pdf.set_x(pdf.l_margin)
            for cell, width in zip(row, (50, 30, 40, 30), strict=True):
                pdf.cell(width, 6, cell)
            pdf.ln(6)
        pdf.ln(3)
        texts += ["| " + " | ".join(row) + " |" for row in rows]
        texts.append(pdf.text_block(paragraph(900 + page, 3)))
    return pdf, texts


@cache
def report(layout, pages):
    """The document that is read of a file in ``layout``, and the texts that were written, in order."""
    pdf, texts = layout(pages)
    return pdf_document("report.pdf", bytes(pdf.output())), texts


@pytest.fixture
def pages(at_length):
    return 20 if at_length else 7


@pytest.mark.parametrize("layout", [one_column, two_columns, with_tables])
def test_pages_in_reading_order(layout, pages):
    document, texts = report(layout, pages)
    assert len(document.metadata["pages"]) >= 0.9 * pages
    places = []
    for text in texts:
        places.append(document.text.find(text, places[-1] if places else 0))
        assert places[-1] >= 0, text
    assert places == sorted(places)
    assert "Journal of Harbours" not in document.text and not re.search(r"^- \d+ -$", document.text, re.M)


def test_headings_title_and_pages(pages):
    document, texts = report(two_columns, pages)
    assert document.title == "A Survey of Northern Harbours and Their Bridges"
    assert document.text.startswith(f"# {document.title}\n\n## {texts[0]}\n\n{texts[1]}\n\n")
    document, _ = report(with_tables, pages)
    starts = document.metadata["pages"]
    assert starts[0] == 0 and all(first < second for first, second in pairwise(starts))
    assert all(document.text.startswith(paragraph(500 + page, 3), start) for page, start in enumerate(starts))


def test_hyphens_that_the_word_has_stay():
    pdf = Columns()
    pdf.begin("Well-known harbours and their records")
    for text in (
        "The well-known harbour was",
        "built by a well-",
        "known engineer of the rail-",
        "way, who wrote it down.",
    ):
        pdf.line(text)
    text = pdf_document("a.pdf", bytes(pdf.output())).text
    assert "built by a well-known engineer of the railway, who wrote it down." in text


CLAIM = "The wall moved most where the granite is thin, as Figure 1 shows."


def paper():
    pdf = Columns()
    pdf.begin("Walls of the northern harbours")
    pdf.section("1 Measurements")
    pdf.block(f"{paragraph(1)} {CLAIM} {paragraph(2)}")
    pdf.block(paragraph(3))
    pdf.small("Figure 1: Movement of the wall by the thickness of granite.")
    for number in range(4, 14):
        pdf.block(paragraph(number))
    return pdf_document("paper.pdf", bytes(pdf.output()))


def test_a_caption_comes_with_what_refers_to_it():
    document = paper()
    structure = structure_of_document(document)
    texts = [document.text[unit.start : unit.end] for unit in structure.units]
    caption = texts.index("Figure 1: Movement of the wall by the thickness of granite.")
    assert texts[structure.units[caption].relation.head] == CLAIM
    kept = ragzip.compress(document, "Where did the wall move most?", target_tokens=45).text
    assert CLAIM in kept and "Figure 1: Movement" in kept
    assert "Figure 1: Movement" not in ragzip.compress(document, "Where did the wall move most?", target_tokens=20).text


def test_from_the_command_line_and_standard_input(tmp_path):
    pdf = Columns()
    pdf.begin("Walls of the northern harbours")
    pdf.block(f"{paragraph(1)} The mill of Ripon burned down in 1902. {paragraph(2)}")
    path = tmp_path / "mill.pdf"
    path.write_bytes(bytes(pdf.output()))
    [document] = read_documents([path])
    assert document.mime == PAPER_MIME and document.title == "Walls of the northern harbours"
    arguments = ["--query", "When did the mill of Ripon burn down?", "--target-tokens", "15"]
    for source, given in ((str(path), None), ("-", path.read_bytes())):
        result = CliRunner().invoke(app, ["compress", source, *arguments], input=given)
        assert "The mill of Ripon burned down in 1902." in result.stdout, result.stderr


def test_encrypted_and_pictures():
    pdf = Columns()
    pdf.begin("Walls of the northern harbours")
    pdf.set_encryption(owner_password="owner", user_password="user", encryption_method="AES_128")
    data = bytes(pdf.output())
    with pytest.raises(InputError, match=r"encrypted.*password"):
        pdf_document("a.pdf", data)
    assert "northern harbours" in pdf_document("a.pdf", data, password="user").text
    empty = fpdf.FPDF()
    empty.add_page()
    with pytest.raises(InputError, match=r"without text \(1 pages.*ocrmypdf"):
        pdf_document("a.pdf", bytes(empty.output()))
    with pytest.raises(InputError, match="could not be read"):
        read_pdf("no/such/file.pdf")


def test_damaged_files_have_typed_errors():
    pdf = Columns()
    pdf.begin("Walls of the northern harbours")
    pdf.block(paragraph(1))
    pdf.set_compression(False)
    data = bytes(pdf.output())
    rng = random.Random(20261128)
    read = 0
    for number in range(60):
        damaged = bytearray(data)
        if number % 3 == 0:
            del damaged[rng.randrange(10, len(data)) :]
        for _ in range(rng.randrange(1, 40)):
            damaged[rng.randrange(5, len(damaged))] = rng.randrange(256)
        try:
            document = pdf_document("a.pdf", bytes(damaged))
        except RagzipError as error:
            assert "a.pdf" in str(error)
        else:
            read += bool(document.text)
    assert read


def written(path, text="The mill of Ripon burned down in 1902.", **encryption):
    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=11)
    pdf.multi_cell(0, 6, text)
    if encryption:
        pdf.set_encryption(**encryption)
    path.write_bytes(bytes(pdf.output()))


def test_pdf_files_in_a_folder(tmp_path, caplog):
    (tmp_path / "a.txt").write_text("Birds sing.")
    written(tmp_path / "b.pdf")
    (tmp_path / "more").mkdir()
    written(tmp_path / "more" / "c.PDF", "Nobody rebuilt it.")
    texts = ["Birds sing.", "The mill of Ripon burned down in 1902.", "Nobody rebuilt it."]
    assert [document.text for document in read_documents([tmp_path])] == texts and not caplog.records
    written(tmp_path / "d.pdf", owner_password="owner", user_password="user")
    (tmp_path / "e.pdf").write_bytes(b"no PDF file")
    assert [document.text for document in read_documents([tmp_path])] == texts
    [message] = [record.getMessage() for record in caplog.records]
    assert message.startswith("skipped, 2 PDF files: ") and "d.pdf" in message and "e.pdf" in message
    assert [document.text for document in read_documents([tmp_path], "text/plain")] == texts[:1]


def test_a_folder_of_pdf_files_without_the_extra(tmp_path, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "pdfminer.high_level", None)
    written(tmp_path / "b.pdf")
    written(tmp_path / "c.pdf")
    with pytest.raises(MissingExtraError, match=r"ragzip\[pdf\]"):
        read_documents([tmp_path])
    (tmp_path / "a.txt").write_text("Birds sing.")
    assert [document.text for document in read_documents([tmp_path])] == ["Birds sing."]
    assert "skipped, 2 PDF files" in caplog.text and caplog.text.count("ragzip[pdf]") == 1


@pytest.mark.parametrize("path", [None, 3.5, b"%PDF-", "", [], "a\0b"])
def test_what_is_no_path_of_a_pdf_file(path):
    with pytest.raises(InputError, match="expected that of a PDF file"):
        read_pdf(path)


def test_an_encrypted_file_on_the_command_line(tmp_path):
    written(tmp_path / "d.pdf", owner_password="owner", user_password="user")
    result = CliRunner().invoke(app, ["compress", str(tmp_path / "d.pdf"), "--target-tokens", "20"])
    assert result.exit_code == 1 and "qpdf --decrypt" in result.stderr
    for name, data, options in (("a", "abc", {}), ("a", None, {}), ("a", b"", {"password": 3})):
        with pytest.raises(RagzipError, match="expected"):
            pdf_document(name, data, **options)
