import csv
import datetime
import re
import sys

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import ragzip
from ragzip.cli import app
from ragzip.errors import InputError, MissingExtraError, OptionError
from ragzip.files.documents import read_documents
from ragzip.files.sheet_index import Area, column_letters
from ragzip.files.sheets import SHEET_LAYOUTS, read_sheets, sheet_text
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


def test_text_of_another_form_is_no_index():
    assert structure_of('"S" A1:B2\nNorth,A1\nSouth,here', "text/x-sheet", "").kind == "prose"
    assert structure_of('"S" A1:B2', "text/x-sheet", "").kind == "prose"
