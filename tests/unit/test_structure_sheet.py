import datetime
import sys

import pytest

import ragzip
from ragzip.errors import InputError, MissingExtraError
from ragzip.files.documents import read_documents
from ragzip.files.sheets import column_letters, read_sheets, sheet_text
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
