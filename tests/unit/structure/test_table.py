import csv
import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.table import read, recognises
from ragzip.text.structure.formats.table.columns import columns_of

# TAT-QA (Zhu et al. 2021, CC BY 4.0), one row a line
ASSETS = (
    "| 2019 | 2018\n| $ million | $ million\nNon-current assets |  |\nAmericas | 196.9 | 184.6\n"
    "Asia Pacific | 7.4 | 4.4\n| 215.8 | 194.1"
)
# FeTaQA (Nan et al. 2021, CC BY-SA 4.0)
ELECTION = (
    "Party | Party | Candidate | Votes | %\n- | Democratic | Augustus Garrett | 805 | 44.82\n"
    "- | Whig | George Dole | 798 | 44.43\nTurnout | Turnout | Turnout | 1,796 | -"
)
PSQL = " id |  name  | n\n----+--------+---\n  1 | Bo     | 3\n  2 |        | 4\n(2 rows)\n"
BORDERS = "+----+------+\n| id | name |\n+----+------+\n|  1 | Bo   |\n|  2 | Al   |\n+----+------+"
PODS = (
    "NAME    READY   STATUS             AGE\nweb-1   1/1     Running            3d\n"
    "web-2   0/1     CrashLoopBackOff   3d\ndb      1/1     Running            12d"
)
STATIONS = "Station     2018    2019\nLeeds         12       9\nYork                   7\n"
MARKDOWN = "| Plan | Monthly fee (EUR) | Seats |\n|---|---:|---|\n| Campus | 199 | 100 |\n| Solo | 9 | 1 |"


BETWEEN = ' ,;|\t"\n\r'  # rows without values are never kept


def readings(source, mime="text/plain"):
    structure = structure_of(source, mime, "")
    assert structure.kind == "table"
    return [unit.reading for unit in structure.units if unit.reading]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("id,name,age\n1,Al,33\n2,Bo,44", ["id: 1, name: Al, age: 33", "id: 2, name: Bo, age: 44"]),
        (ELECTION, ["Party: Democratic, Candidate: Augustus Garrett, Votes: 805, %: 44.82"]),
        (ASSETS, ["Non-current assets: Americas, 2019 $ million: 196.9, 2018 $ million: 184.6"]),
        (PSQL, ["id: 1, name: Bo, n: 3", "id: 2, n: 4"]),
        (BORDERS, ["id: 1, name: Bo", "id: 2, name: Al"]),
        (PODS, ["NAME: web-1, READY: 1/1, STATUS: Running, AGE: 3d"]),
        (STATIONS, ["Station: Leeds, 2018: 12, 2019: 9", "Station: York, 2019: 7"]),
        (MARKDOWN, ["Plan: Campus, Monthly fee (EUR): 199, Seats: 100"]),
        ("\tq1\tq2\nN\t1\t2\nS\t\t4\n", ["N, q1: 1, q2: 2", "S, q2: 4"]),
    ],
)
def test_rows_are_read_with_the_names_of_their_columns(source, expected):
    assert readings(source)[: len(expected)] == expected


def test_quoted_line_ends_titles_and_comments():
    source = '# exported 2024\nSales by region\nregion,note,units\n"N, S","a\nb ""c""",3\nW,x,4\n'
    assert readings(source, "text/csv") == ['region: N, S, note: a b "c", units: 3', "region: W, note: x, units: 4"]
    structure = read(source)
    assert [unit.relation.needs for unit in structure.units] == [(), (), (), (2,), (2,)]


def test_without_a_header_rows_need_nothing():
    structure = read("1,Al,33\n2,Bo,44\n3,Cy,55")
    assert all(not unit.relation.needs and unit.reading is None for unit in structure.units)
    assert structure.tables == () and len(structure.units) == 3


def test_a_label_comes_with_its_rows():
    structure = structure_of(ASSETS, "text/plain", "")
    label, row = structure.units[1], structure.units[2]
    assert row.relation.needs == (0, 1) and label.relation.section is not None


@pytest.mark.parametrize(
    "source",
    [
        "He came, saw, and left.\nShe stayed, read, and wrote.\nThey ate, drank, and slept.",
        "Dear Ms Hale,\n\nthank you for your letter, which came on Monday, and for the book.\n\nYours,\nA. Byron",
        "Home | News | Sport\n\nThe match ended 2-1. Nobody was hurt.",
        "# Title\n\nPlans differ.\n\n" + MARKDOWN + "\n\nAll plans renew every year, unless cancelled.",
        "El río, ancho y lento, corre.\nLa noche, oscura y fría, cae.\nEl viento, fuerte y seco, sopla.",
        "def f(a, b, c):\n    return a, b, c\n\nprint(f(1, 2, 3))",
        "", "one line", "a\nb\nc", "   \n\n \n",
    ],
)  # fmt: skip
def test_prose_is_no_table(source):
    assert not recognises(source)


def drawn_table(rng, delimiter):
    words = ["Leeds", "a, b", 'say "so"', "two\nlines", "", "x;y", "Ünï", "tab\there", "12", "3.5", "2019"]
    words = [word for word in words if delimiter != "\t" or "\t" not in word]
    header = [f"col {number}" for number in range(rng.randint(3, 7))]
    rows = [header, *([str(i), *(rng.choice(words) for _ in header[1:])] for i in range(rng.randint(3, 40)))]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=rng.choice(["\n", "\r\n"])).writerows(rows)
    return rows, text.getvalue()


def assert_exact(result):
    for document, segment in zip(result.documents, result.segments, strict=True):
        for span, offset in zip(segment.spans, segment.offsets, strict=True):
            piece = segment.document.text[span.start : span.end]
            assert document.text[offset : offset + len(piece)] == piece


def test_kept_csv_parses_with_its_header(at_length):
    for seed in range(1000 if at_length else 50):
        rng = random.Random(seed)
        delimiter = rng.choice(",;\t")
        rows, source = drawn_table(rng, delimiter)
        document = ragzip.Document("t.csv", source, mime="text/csv")
        result = ragzip.compress(
            document,
            rng.choice(["Leeds 12 col 2", "the largest col 1", "2019"]),
            rate=rng.choice([0.1, 0.25, 0.4, 0.6, 0.9]),
            compressor="extractive/bm25",
        )
        kept = list(csv.reader(io.StringIO(result.documents[0].text, newline=""), delimiter=delimiter))
        assert_exact(result)
        if not kept:
            continue
        assert set(kept[0]) <= set(rows[0]), seed
        columns = [rows[0].index(name) for name in kept[0]]
        originals = [[row[column] for column in columns] for row in rows]
        for row in kept:
            assert row in originals, (seed, row)


@given(st.text(alphabet=st.sampled_from('a1,;|\t "\n\r-+#'), max_size=80))
def test_any_text_is_read_without_errors(source):
    recognises(source)
    structure = read(source)
    if structure is None:
        return
    end = 0
    for unit in structure.units:
        assert end <= unit.start < unit.end and not source[end : unit.start].strip(BETWEEN)
        assert source[unit.start : unit.end] == source[unit.start : unit.end].strip()
        end = unit.end
    assert not source[end:].strip(BETWEEN)
    for table in structure.tables:
        for cells in table.cells:
            assert len(cells) == len(table.columns)


VISITS = "station,region,year,visitors,manager\n" + "".join(
    f"{name},{region},{year},{visitors},A. Byron\n"
    for name, region, year, visitors in [
        ("Leeds", "North", 1998, 72333), ("York", "North", 2009, 2725), ("Hull", "North", 1996, 94998),
        ("Bath", "South", 2002, 84763), ("Derby", "North", 2017, 69574), ("Truro", "South", 1995, 78476),
        ("Wells", "South", 2005, 78955), ("Ripon", "North", 2013, 76616), ("Ely", "East", 1991, 18821),
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("Which station had the most visitors?", ["station", "visitors"]),
        ("How many stations are in the North?", ["station", "region"]),
        ("What is the average number of visitors?", ["station", "visitors"]),
        ("Which station is the oldest?", ["station", "year"]),
        ("How many visitors did Hull have?", []),
        ("Who is the manager of Ely?", []),
        ("Which station had the best year in the East?", []),  # its row comes whole
        ("What was the first station in the North?", ["station", "region", "year"]),
    ],
)
def test_columns_of_queries_about_all_rows(query, columns):
    structure = structure_of(VISITS, "text/csv", "")
    chosen = columns_of(query, VISITS, structure.tables[0])
    assert [structure.tables[0].columns[column] for column in chosen] == columns


# FeTaQA, as above; made shorter
EXOTICA = "Award,Year,Category,Recipient,Result\n" + "".join(
    f"{award},{year},{category},{recipient},{result}\n"
    for award, year, category, recipient, result in [
        ("AVN Awards", 1996, "Best Alternative Adult Film", "Atom Egoyan", "Won"),
        ("Belgian Film Critics Association", 1995, "Grand Prix", "Atom Egoyan", "Won"),
        ("Chicago Film Critics Association", 1996, "Best Film", "Atom Egoyan", "Nominated"),
        ("Chicago Film Critics Association", 1996, "Best Screenplay", "Atom Egoyan", "Nominated"),
        ("Genie Awards", 1994, "Best Motion Picture", "Atom Egoyan and Camelia Frieberg", "Won"),
        ("Genie Awards", 1994, "Best Actor", "Elias Koteas", "Nominated"),
        ("Genie Awards", 1994, "Best Supporting Actor", "Don McKellar", "Won"),
        ("Genie Awards", 1994, "Best Editing", "Susan Shipton", "Nominated"),
        ("Genie Awards", 1994, "Best Original Score", "Mychael Danna", "Won"),
    ]
)
VOTES = (
    "Party,Candidate,Votes,%,±\nRepublican,Sarah Palin,114697,48.33,7.6\nDemocratic,Tony Knowles,97238,40.97,0.3\n"
    "Independent,Andrew Halcro,22443,9.46,1.1\nLibertarian,Billy Toien,682,0.29,0.2\n"
)


@pytest.mark.parametrize(
    ("source", "query", "column"),
    [
        (EXOTICA, "In 1994, how many prizes did the film Exotica win in the Genie Awards?", "Result"),
        (EXOTICA, "What is the first category?", "Year"),
        (VOTES, "Who were the top two candidates, and what percentage of the vote did they earn?", "%"),
    ],
)
def test_columns_that_a_question_about_all_rows_needs(source, query, column):
    (table,) = structure_of(source, "text/csv", "").tables
    assert column in [table.columns[number] for number in columns_of(query, source, table)]


@pytest.mark.parametrize("compressor", ["extractive/bm25", ["extractive/bm25", "extractive/bm25"]], ids=str)
@pytest.mark.parametrize(
    "source", [VISITS, "We run stations.\n\n" + "\n".join(
        f"| {line.replace(',', ' | ')} |" + ("\n|---|---|---|---|---|" if not number else "")
        for number, line in enumerate(VISITS.splitlines())
    ) + "\n\nThey were built long ago by a lord."],
)  # fmt: skip
def test_whole_columns_are_kept_and_told(source, compressor):
    result = ragzip.compress(source, "Which station had the most visitors?", target_tokens=110, compressor=compressor)
    assert all(figure in result.text for figure in ("72333", "2725", "18821", "station", "visitors"))
    assert "North" not in result.text and result.stats.tokens_out <= 110
    assert any("columns station, visitors of all 9 rows are kept" in note for note in result.stats.notes)
    assert_exact(result)


def test_a_word_of_a_sum_that_is_also_a_cell_names_no_column():
    source = VISITS.replace("A. Byron", "total", 1)
    structure = structure_of(source, "text/csv", "")
    assert columns_of("total staff", source, structure.tables[0]) == ()
    assert columns_of("total for the North", source, structure.tables[0]) == (0, 1, 3)


def test_columns_that_do_not_fit_are_told():
    result = ragzip.compress(
        VISITS, "Which station had the most visitors?", target_tokens=40, compressor="extractive/bm25"
    )
    assert any("do not fit" in note for note in result.stats.notes) and result.text.startswith("station,region")


def test_rows_inside_prose_have_readings():
    source = "The company reported assets as follows.\n\n" + ASSETS + "\n\nEurope includes the United Kingdom."
    structure = structure_of(source, "text/plain", "")
    assert structure.kind == "prose" and structure.tables[0].columns == ("", "2019 $ million", "2018 $ million")
    rows = [unit.reading for unit in structure.units if unit.reading]
    assert "Asia Pacific, 2019 $ million: 7.4, 2018 $ million: 4.4" in rows
    result = ragzip.compress(source, "assets in Asia Pacific", target_tokens=45, compressor="extractive/bm25")
    assert "| 2019 | 2018\n| $ million | $ million" in result.text and "Asia Pacific | 7.4" in result.text


def test_years_with_units_name_columns():
    text = (  # TAT-QA, as above; made shorter
        ',"Year Ended December 31,",,,2019 %,2018 %\n(In thousands),2019,2018,2017,Change from 2018,Change from 2017\n'
        'Gain on sale of Netsmart,$ 0,"500,471",0,(100.0%),NM\n'
        'Income tax effect on discontinued operations,$ 0,"(32,497)","42,263",(100.0%),(176.9%)\n'
    )
    (table,) = structure_of(text, "text/csv", "a.csv").tables
    assert table.columns[-1] == "2018 % Change from 2017" and table.columns[1] == "Year Ended December 31, 2019"


def test_years_with_marks_of_notes_name_columns():
    text = (
        ',Years ended,Years ended\n"(In millions)",2018 1,2017 (2)\nWireless,"9,200","8,569"\nCable,"3,932","3,894"\n'
    )
    structure = structure_of(text, "text/csv", "a.csv")
    assert structure.tables[0].columns == ("(In millions)", "Years ended 2018 1", "Years ended 2017 (2)")
    assert len(structure.units) == 3


def test_a_row_with_one_value_above_the_header_comes_with_the_rows():
    text = '"Year ended May 31,",,\n,2019,2018\nCloud,"32,562","31,994"\nHardware,"3,704","3,994"\n'
    structure = structure_of(text, "text/csv", "a.csv")
    assert [unit.relation.needs for unit in structure.units] == [(), (), (0, 1), (0, 1)]
    result = ragzip.compress(ragzip.Document("a.csv", text), "hardware in 2019", target_tokens=30, compressor="bm25")
    assert result.text == '"Year ended May 31,",,\n,2019,2018\nHardware,"3,704","3,994"'


def test_a_year_with_the_mark_of_a_note_names_its_column_beside_other_years():
    rows = "Income | $970 | $1,225 | $1,265 | $1,917\nTax | 156 | 31 | 513 | 0\nCosts | 67 | 73 | 256 | 166"
    structure = structure_of(f"| 2016 | 2017 | 20181 | 2019\n{rows}", "", "")
    header, *others = structure.units
    assert structure.kind == "table" and not header.is_record and all(unit.is_record for unit in others)
    assert others[1].reading == "Tax, 2016: 156, 2017: 31, 20181: 513, 2019: 0"
    amounts = structure_of(f"| 155 | 2017 | 20181 | 513\n{rows}", "", "").units
    assert all(unit.is_record for unit in amounts)


USERS = """\
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
# people
ada:x:1004:1004:Ada Okafor,Room 4.17,5102,:/home/ada:/bin/zsh
nils:x:1007:1010:Nils Berg,,5117,:/home/nils:/usr/bin/fish
"""
GROUPS = "root:x:0:\nadm:x:4:syslog,ada\nwww-data:x:33:\ndocker:x:118:ada,nils\nsudo:x:27:ugo\n"


@pytest.mark.parametrize(
    ("text", "query", "tokens", "row"),
    [
        (USERS, "Which shell does the user nils have?", 40, USERS.split("\n")[4]),
        (GROUPS, "Who is in the docker group?", 20, "docker:x:118:ada,nils"),
    ],
)
def test_lines_of_as_many_fields_are_records_without_a_header(text, query, tokens, row):
    structure = structure_of(text, "text/plain", "0")
    assert structure.kind == "table" and not structure.tables
    assert all(not unit.relation.needs for unit in structure.units)
    kept = ragzip.compress(text, query, target_tokens=tokens, cache=SCORES).text
    assert row in kept.split("\n")


@pytest.mark.parametrize(
    "text",
    [
        "10:20:30:1\n10:20:31:2\n10:20:33:4\n",
        "Note: a: b: 1\nNote: c: d: 2\nNote: e: f: 3\n",
        "Ada said: it is: done: 1\nNils said: it is not: so: 2\nUgo said: who: knows: 3\n",
        "a::b::c\nd::e::f\ng::h::i\n",
    ],
)
def test_other_lines_with_colons_are_no_records_of_fields(text):
    assert not recognises(text)


def test_rules_below_the_header_end_what_names_the_columns():
    table = (
        "| | name | year |\n|---|---|---|\n| | Ada | born |\n| | Charles | died |\n|---|---|---|\n| | Mary | 1780 |\n"
    )
    for compressor in ("auto", "extractive/bm25"):
        kept = ragzip.compress(table * 2, "When was Mary born?", target_tokens=50, compressor=compressor).text
        assert "Mary" in kept and "year" in kept


ROLES = (  # FeTaQA, as above; made shorter
    "Year,Title,Role,Notes\n1993,Martin,Vanessa Tucker,1 episode\n1993,The Sinbad Show,Yvette,1 episode\n"
    '1996-2002,The Steve Harvey Show,"Regina ""Piggy"" Grier","Series regular, 122 episodes"\n'
    '2002,Cedric the Entertainer Presents,Various characters,"Series regular, 18 episodes"\n'
    "2003,The Parkers,Dr. Shepherd,1 episode\n2006,Girlfriends,Tasha,1 episode\n"
    '2006-2015,The Game,Tasha Mack,"Series regular, 143 episodes"\n2018,In the Cut,-,"Episode: ""Fed Up"""\n'
)


def test_rows_with_names_that_the_query_quotes_are_found():
    query = 'Name the characters played by Wendy Robinson in both "The Steve Harvey Show" and "The Game"?'
    kept = ragzip.compress(ragzip.Document("0", ROLES, mime="text/csv"), query, target_tokens=60).text
    assert "Piggy" in kept and "Tasha Mack" in kept and "Cedric" not in kept


@pytest.mark.parametrize("first", ["opening hours       44 %", "waiting time        39 %"])
def test_a_first_row_with_a_figure_names_no_columns(first):
    source = f"{first}\nwebsite             21 %\nprices              17 %\nstaff                4 %\n"
    assert not any(unit.relation.needs or unit.reading for unit in structure_of(source, "text/plain", "0").units)


PHONES = """\
# This file is a phone book.
# The fields are the following
#
# surname;name;phone
#
# --- DATA FOLLOWS ---
McAffee;John;+1555123456
Doe;John;+99555995511
Okafor;Ada;+2348012345
Lind;Eva;+46701234
# End of file
"""
SHORT_PHONES = "# surname;name;phone\nMcAffee;John;+1555123456\nDoe;John;+99555995511\nOkafor;Ada;+2348012345\n# End\n"


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(("phones", "target_tokens"), [(PHONES, 48), (SHORT_PHONES, 22)])
def test_the_header_may_be_one_of_many_comments(phones, target_tokens, compressor):
    query = "What is the phone number of Ada Okafor?"
    kept = ragzip.compress(phones, query, target_tokens=target_tokens, compressor=compressor).text
    assert "# surname;name;phone\n" in kept and "Okafor;Ada;+2348012345" in kept
