import csv
import datetime
import re
import sys
import zipfile

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from structured import assert_structure

import ragzip
from ragzip.cli import app
from ragzip.errors import InputError, MissingExtraError, OptionError
from ragzip.files.documents import read_documents
from ragzip.files.sheet_index import Area, column_letters
from ragzip.files.sheets import SHEET_LAYOUTS, read_sheets, sheet_text
from ragzip.files.workbook_checks import check_workbook
from ragzip.text.structure import structure_of


@pytest.fixture
def book(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Sales"
    sheet["A1"] = "Sales report 2024"
    sheet.merge_cells("A1:E1")
    for row in ([], ["Region", "Branch", "Units", None, "Date"], [None, None, "Q1", "Q2"]):
        sheet.append(row)
    for area in ("C3:D3", "A3:A4", "B3:B4"):
        sheet.merge_cells(area)
    for number in range(12):
        sheet.append(
            [
                "North" if number == 0 else None,
                f"N-{number}",
                number * 7,
                number * 3.5,
                datetime.date(2024, 1, 1 + number),
            ]
        )
    sheet.merge_cells("A5:A16")
    sheet.append([])
    sheet.append(["Total", None, "=SUM(C5:C16)"])
    contacts = workbook.create_sheet("Contacts")
    contacts.append(["Name", "Mail, phone"])
    contacts.append(['Bo "B" Li', "bo@x.org, 12"])
    workbook.create_sheet("Empty")
    path = tmp_path / "book.xlsx"
    workbook.save(path)
    return path


def test_sheets_have_addresses_merged_cells_and_plain_values(book):
    pytest.importorskip("python_calamine")
    sales, contacts = read_documents([book])
    assert sales.title == "Sales" and sales.mime == "text/x-sheet" and sales.id.endswith("book.xlsx#Sales")
    lines = sales.text.split("\n")
    assert lines[0] == '"Sales" A1:E18'
    assert "3,Region,Branch,Units (C3:D3),,Date" in lines and "6,North,N-1,7,3.5,2024-01-02" in lines
    assert contacts.text.endswith('2,"Bo ""B"" Li","bo@x.org, 12"')


def test_rows_are_read_under_both_header_rows(book):
    pytest.importorskip("python_calamine")
    text = read_sheets(book)[0].text
    structure = structure_of(text, "text/x-sheet", "")
    assert structure.kind == "sheet"
    rows = [unit.reading for unit in structure.units if unit.reading]
    assert "Region: North, Branch: N-1, Units Q1: 7, Units Q2: 3.5, Date: 2024-01-02" in rows


def test_formulas_in_place_of_values(book):
    assert "=SUM(C5:C16)" in read_sheets(book, formulas=True)[0].text


@pytest.mark.parametrize("budget", [75, 120, 200])
def test_a_row_is_kept_under_its_header(book, budget):
    pytest.importorskip("python_calamine")
    result = ragzip.compress(
        read_documents([book]), "How many units did N-4 sell in Q2?", target_tokens=budget, compressor="extractive/bm25"
    )
    assert result.stats.tokens_out <= budget
    assert "9,North,N-4,28,14,2024-01-05" in result.text and "3,Region,Branch,Units (C3:D3),,Date" in result.text


def test_whole_columns_keep_the_numbers_of_their_rows(book):
    pytest.importorskip("python_calamine")
    result = ragzip.compress(
        read_documents([book]), "Which branch had the most units?", target_tokens=220, compressor="extractive/bm25"
    )
    assert "16,N-11,77,38.5" in result.text and "2024-01-12" not in result.text


def test_blocks_columns_and_empty_sheets():
    text = sheet_text("S", [["a", None, 1.0], [None], [None, None, True], ["", "x"]])
    assert text == '"S" A1:C4\n\n,A,C\n1,a,1\n\n,B,C\n3,,TRUE\n4,x'
    assert sheet_text("S", [[None, ""], []]) == ""
    assert [column_letters(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_far_rows_of_a_long_block_are_one_group():
    rows = [["name", "units"], *([f"n{number}", number] for number in range(300))]
    structure = structure_of(sheet_text("S", rows), "text/x-sheet", "")
    groups = [unit.group for unit in structure.units if unit.reading]
    assert groups[:4] == [None] * 4 and groups[-4:] == [None] * 4 and len(set(groups[4:-4])) == 1


def test_errors_name_the_file_and_the_extra(tmp_path, monkeypatch):
    pytest.importorskip("python_calamine")
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"no workbook")
    with pytest.raises(InputError, match=r"bad\.xlsx"):
        read_documents([bad])
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(MissingExtraError, match="sheets"):
        read_documents([bad])


@pytest.mark.parametrize("formulas", [False, True])
@pytest.mark.parametrize("address", ["CV60000", "XFD1048576"])
def test_a_stray_cell_far_out_is_refused_before_room_is_made_for_the_cells_before_it(tmp_path, address, formulas):
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("python_calamine")
    workbook = openpyxl.Workbook()
    workbook.active["A1"], workbook.active[address] = "Region", 2
    workbook.save(tmp_path / "book.xlsx")
    with pytest.raises(InputError, match="more than 5,000,000 cells"):
        read_sheets(tmp_path / "book.xlsx", formulas=formulas)


def expanded(text):
    """The entry of each cell of an index, by row and column."""
    cells = {}
    for entry, *addresses in list(csv.reader(text.split("\n")))[1:]:
        for address in addresses:
            (left, top), (right, bottom) = (re.match("([A-Z]+)([0-9]+)", end).groups() for end in ends_of(address))
            for row in range(int(top) - 1, int(bottom)):
                for column in range(number_of(left), number_of(right) + 1):
                    assert (row, column) not in cells, "each cell is in one area"
                    cells[row, column] = entry
    return cells


def ends_of(address):
    first, _, last = address.partition(":")
    return first, last or first


def number_of(letters):
    return next(number for number in range(1000) if column_letters(number) == letters)


CELLS = st.sampled_from(["", "", "a", "b, c", 'say "x"', "<integer>", "1", "2", "3.5", "1999", "2024-01-02", "12 %"])


@given(st.lists(st.lists(CELLS, max_size=5), max_size=12))
def test_an_index_of_values_says_what_the_cells_say(rows):
    values = {(row, column): value for row, cells in enumerate(rows) for column, value in enumerate(cells) if value}
    text = sheet_text("S", rows, (), "addresses")
    assert (expanded(text) if text else {}) == values
    kinds = expanded(by_kind) if (by_kind := sheet_text("S", rows, (), "formats")) else {}
    assert kinds.keys() == values.keys()
    for place, kind in kinds.items():
        assert kind == values[place] or IS_OF_KIND[kind](values[place])


IS_OF_KIND = {
    "<integer>": str.isdigit,
    "<year>": lambda value: value.isdigit() and len(value) == 4,
    "<number>": lambda value: value.replace(".", "").isdigit(),
    "<date>": lambda value: value.count("-") == 2,
    "<percentage>": lambda value: value.endswith("%"),
}


def test_merged_cells_are_one_area_of_an_index():
    rows = [["Sales", "", ""], ["North", 1, 2], ["", 3, 4]]
    text = sheet_text("S", rows, [Area(0, 0, 0, 2), Area(1, 0, 2, 0)], "addresses")
    assert text.split("\n") == ['"S" A1:C3', "Sales,A1:C1", "North,A2:A3", "1,B2", "2,C2", "3,B3", "4,C3"]


def test_runs_of_a_kind_are_told_by_it():
    rows = [["Region", "Year", "Units", "Share"], *(["North", 2000 + n, n * 1.5, f"{n} %"] for n in range(20)), ["Sum"]]
    assert sheet_text("S", rows, (), "formats").split("\n") == [
        '"S" A1:D22', "Region,A1", "Year,B1", "Units,C1", "Share,D1", "North,A2:A21", "<year>,B2:B21",
        "<number>,C2:C21", "<percentage>,D2:D21", "Sum,A22",
    ]  # fmt: skip


@pytest.mark.parametrize("layout", ["addresses", "formats"])
def test_an_index_is_read_by_its_lines(book, layout):
    pytest.importorskip("python_calamine")
    sales = read_sheets(book, layout=layout)[0]
    structure = structure_of(sales.text, sales.mime, "")
    assert structure.kind == "sheet" and all(unit.relation.needs == (0,) for unit in structure.units[1:])
    kept = ragzip.compress(sales, "Where is the branch N-7?", target_tokens=18, compressor="extractive/bm25").text
    assert kept == '"Sales" A1:E18\nN-7,B12'


def test_the_layout_at_the_doors(book):
    pytest.importorskip("python_calamine")
    by_layout = {layout: read_documents([book], sheet_layout=layout)[0].text for layout in SHEET_LAYOUTS}
    assert by_layout["rows"] == read_documents([book])[0].text and len(set(by_layout.values())) == 3
    options = ["compress", str(book), "-n", "9999", "-c", "baseline/none", "--no-cache", "--sheet-layout", "formats"]
    assert "<date>,E5:E16" in CliRunner().invoke(app, options).stdout
    with pytest.raises(OptionError, match="layout"):
        read_sheets(book, layout="columns")


DAMAGED_LINES = ['"S" A1:C5', ",A,B,C", "1,Mill,Town,Burned", "2,north,Ayr,1902", "3,south,Perth,1903", ",B,C", "4,a,b"]
DAMAGES = [(",", ",x,y,"), (",", ""), ("\n", ""), ("\n", "\n\n"), (",", '"'), (",", ",[C3:D3],")]


@pytest.mark.parametrize("number", range(len(DAMAGED_LINES)))
@pytest.mark.parametrize("old, new", DAMAGES)
def test_damaged_sheets_are_read(number, old, new):
    """A header row wider than the line of letters raised a ValueError."""
    lines = [f"{line}\n" for line in DAMAGED_LINES]
    lines[number] = lines[number].replace(old, new, 2)
    source = "".join(lines)
    assert_structure(structure_of(source, "text/x-sheet", ""), source)


def test_text_of_another_form_is_no_index():
    assert structure_of('"S" A1:B2\nNorth,A1\nSouth,here', "text/x-sheet", "").kind == "prose"
    assert structure_of('"S" A1:B2', "text/x-sheet", "").kind == "prose"


OPEN_DOCUMENT = """<?xml version="1.0"?><office:document-content office:version="1.2"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="S">{}</table:table></office:spreadsheet></office:body></office:document-content>"""
MANIFEST = """<?xml version="1.0"?><m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<m:file-entry m:full-path="content.xml" m:media-type="text/xml">{}</m:file-entry></m:manifest>"""


def cells(text="x", repeated=1):
    attributes = f'table:number-columns-repeated="{repeated}" office:value-type="string"'
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def blank_cells(repeated):
    return f'<table:table-cell table:number-columns-repeated="{repeated}"/>'


def rows(inner, repeated=1):
    return f'<table:table-row table:number-rows-repeated="{repeated}">{inner}</table:table-row>'


def written_ods(folder, content, manifest=""):
    path = folder / "book.ods"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", MANIFEST.format(manifest))
        archive.writestr("content.xml", OPEN_DOCUMENT.format(content))
    return path


def test_empty_cells_at_the_end_of_an_open_document_take_nothing(tmp_path):
    pytest.importorskip("python_calamine")
    content = rows(cells("Region") + blank_cells(16_383)) + rows(cells("North"), 2) + rows(blank_cells(16_384), 10**6)
    assert read_sheets(written_ods(tmp_path, content))[0].text == '"S" A1:A3\n\n,A\n1,Region\n2,North\n3,North'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (rows(cells()) + rows(blank_cells(1), 1_048_574) + rows(blank_cells(16_383) + cells()), "5,000,000 cells"),
        (rows(cells()) + rows("", 1_048_574) + rows(blank_cells(9) + cells()), "5,000,000 cells"),
        (rows(cells(repeated=16_384), 400), "5,000,000 cells"),
        (rows(cells("x" * 30_000, 16_384), 300), "134,217,728 characters"),  # ended the process: out of memory
        (rows(cells('<text:s text:c="999999999"/>')), "134,217,728 characters"),
        (rows(cells(), "9" * 20), "expected a whole number"),
        (rows(cells(), -5), "expected a whole number"),
        (rows(cells("<text:p>")), "expected a workbook"),
    ],
)
def test_an_open_document_that_repeats_its_cells_too_often_is_refused(tmp_path, content, reason):
    pytest.importorskip("python_calamine")
    with pytest.raises(InputError, match=reason):
        read_sheets(written_ods(tmp_path, content))


def test_encrypted_workbooks_are_told(tmp_path):
    pytest.importorskip("python_calamine")
    with pytest.raises(InputError, match="is encrypted"):
        read_sheets(written_ods(tmp_path, "", "<m:encryption-data/>"))
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(InputError, match="is encrypted"):
        read_sheets(path)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    pytest.importorskip("python_calamine")
    monkeypatch.setattr("ragzip.files.workbook_checks._MAX_UNPACKED_BYTES", 2**22)
    path = written_ods(tmp_path, rows(cells()) + " " * 2**23)
    assert path.stat().st_size < 2**15
    with pytest.raises(InputError, match="unpacks to more than 4 megabytes"):
        read_sheets(path)


def rewritten(path, part, old, new, name=None):
    """A workbook with ``old`` in one of its parts replaced, and the part named ``name``."""
    with zipfile.ZipFile(path) as archive:
        parts = {entry: archive.read(entry).decode() for entry in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    if name:
        parts = {entry.replace(part, name): text.replace(part[3:], name[3:]) for entry, text in parts.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for entry, text in parts.items():
            archive.writestr(entry, text)


@pytest.mark.limits
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('r="A1"', 'r="A4294967295"', "expected one such as A1"),  # ended the process: out of memory
        ('r="A1"', 'r="xfd1048576"', "5,000,000 cells"),
        ('<row r="1">', '<row r="9999999">', "5,000,000 cells"),
        ('r="A1"', 's="&gt;" r="XFD1048576"', "5,000,000 cells"),
        ("<worksheet ", '<!DOCTYPE x [<!ENTITY a "a">]><worksheet ', "declares entities"),
    ],
)
@pytest.mark.parametrize("name", [None, "xl/odd.part"])
def test_damaged_addresses_are_refused_in_any_part(tmp_path, old, new, reason, name):
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("python_calamine")
    path = tmp_path / "book.xlsx"
    workbook = openpyxl.Workbook()
    workbook.active.append([1, 2])
    workbook.save(path)
    rewritten(path, "xl/worksheets/sheet1.xml", '<c r="B1"', "<c", name)
    rewritten(path, name or "xl/worksheets/sheet1.xml", old, new)
    with pytest.raises(InputError, match=reason):
        read_sheets(path)


def test_a_long_text_that_many_cells_share_is_counted_for_each(tmp_path, monkeypatch):
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", f"<sst><si><t>x</t></si><si><r><t>{'y' * 500}</t></r></si></sst>")
        row = '<row><c t="s"><v>1</v></c><c t="s"><v>0</v></c><c><v>1</v></c></row>'
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet><sheetData>{row * 20}</sheetData></worksheet>")
    monkeypatch.setattr("ragzip.files.workbook_checks.MAX_CHARACTERS", 20 * 501)
    check_workbook(path)
    monkeypatch.setattr("ragzip.files.workbook_checks.MAX_CHARACTERS", 20 * 501 - 1)
    with pytest.raises(InputError, match="more than 10,019 characters in its cells"):
        check_workbook(path)
