"""Terms with their definitions, in Markdown and plain text, and fields: none comes without the other."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.splitters.definitions import Definition, definitions, indented_definitions, is_one_unit
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.prose.reader import read_prose

TERMS = """## Words of the trade

Warp
:   the threads that run along the cloth

Weft
:   the threads that run across it,
    from edge to edge

Selvage
:   the edge, which does not fray
"""
FEES = """# Fees

Copy
Print
: 10 cents a page
: 20 cents in colour
Scan
: free
Locker

: 2 euros a day,
  not on Sundays

Payment is by card only.
"""
LONG = f"""# Trees

Service tree
:   {"It grows to 20 metres. " * 12}It flowers in May.

    It bears fruit in October.

Rowan
:   A small tree.
"""
FIELDS = """Mill museum
===========

:Phone: 01631 55 20
:Address: Old Mill Road 4,
   Oban
:Guide: Mrs Weir

The museum is shut in winter.
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TERMS, [(2, 3, 4), (5, 6, 8), (9, 10, 11)]),
        (FEES, [(2, 4, 6), (6, 7, 8), (8, 10, 12)]),
        ("```\nkey\n: value\n```", []),
        ("He said.\n: not a term", []),
        ("- item\n: not a term", []),
        (": nothing above", []),
    ],
)
def test_entries_by_line(text, expected):
    assert list(definitions(text.splitlines())) == [Definition(*entry) for entry in expected]


@pytest.mark.parametrize("name", ["terms.md", "0"])
@pytest.mark.parametrize(
    ("text", "entries"),
    [
        (TERMS, ["Warp\n:   the threads that run along the cloth", "Selvage\n:   the edge, which does not fray"]),
        (FEES, ["Copy\nPrint\n: 10 cents a page\n: 20 cents in colour", "Scan\n: free"]),
    ],
)
def test_a_term_and_its_definitions_are_one_unit(text, entries, name):
    structure = structure_of(text, "text/plain", name)
    readings = {text[slice(*unit.span)]: unit.reading for unit in structure.units}
    assert set(entries) <= set(readings)
    assert all(": " in readings[entry] and "\n:" not in readings[entry] for entry in entries)


@pytest.mark.parametrize("name", ["trees.md", "0"])
def test_sentences_of_a_long_definition_need_its_term(name):
    structure = structure_of(LONG, "text/plain", name)
    texts = [LONG[slice(*unit.span)] for unit in structure.units]
    term = texts.index("Service tree")
    assert all(term in structure.units[place].relation.needs for place in range(term + 1, len(texts) - 1))
    assert term not in structure.units[-1].relation.needs


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("name", ["terms.md", "0"])
@pytest.mark.parametrize("query", ["What is the selvage?", "Which threads run across the cloth?"])
def test_no_term_comes_bare(query, name, compressor):
    for tokens in range(10, 60, 6):
        document = ragzip.Document(name, TERMS)
        kept = ragzip.compress(document, query, target_tokens=tokens, compressor=compressor, cache=SCORES).text
        for term in ("Warp", "Weft", "Selvage"):
            assert (term in kept) == (f"{term}\n:   the" in kept)


@pytest.mark.parametrize("name", ["mill.rst", "0"])
def test_a_field_is_one_unit_with_what_goes_on(name):
    texts = [FIELDS[slice(*unit.span)] for unit in structure_of(FIELDS, "text/plain", name).units]
    assert ":Phone: 01631 55 20" in texts
    assert ":Address: Old Mill Road 4,\n   Oban" in texts
    assert ":Guide: Mrs Weir" in texts


@pytest.mark.parametrize("term", ["Apple\n-----", "***", "<div>", "[pear]: https://example.org/pear"])
def test_what_markdown_takes_for_something_else_is_no_term(term):
    text = f"About fruit.\n\n{term}\n: A red fruit of the tree.\n\nPlum\n:   A blue fruit.\n"
    units = [text[unit.start : unit.end] for unit in structure_of(text, "text/markdown", "a.md").units]
    assert any(unit.endswith(": A red fruit of the tree.") for unit in units) and "Plum\n:   A blue fruit." in units


@pytest.mark.parametrize("blank", ["\f", "\u00a0", " \u2003 "])
def test_a_line_of_other_blanks_is_no_term(blank):
    text = f"Foo\n{blank}\nBar\n: def one\n\nBaz\n: def two\n"
    assert [entry.body for entry in definitions(text.split("\n"))] == [3, 6]
    assert "def one" in ragzip.compress(text, "What is Bar?", target_tokens=12, compressor="extractive/bm25").text


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n"])
def test_a_long_definition_is_read_whatever_ends_its_lines(line_break):
    text = LONG.replace("\n", line_break)
    texts = [text[slice(*unit.span)] for unit in structure_of(text, "text/plain", "0").units]
    assert "Service tree" in texts
    assert f"Rowan{line_break}:   A small tree." in texts


@pytest.mark.parametrize("sentence", ["它在五月开花并在秋天结出果实。", "この木は春に白い花を咲かせる。"])
def test_an_entry_without_blanks_is_long_by_its_characters(sentence):
    assert is_one_unit(f"花楸\n: {sentence}")
    assert not is_one_unit(f"花楸\n: {sentence * 20}")


RST = """The server reads its settings from a file. A change takes effect after a restart.

max_connections
    Number of clients. Default: 100.

idle_timeout
    Seconds after which a silent
    connection is closed. Default: 300.

    Zero switches the limit off.

Errors are raised as exceptions.
"""


def test_terms_come_with_what_stands_further_in_below_them():
    units = read_prose(RST).units
    assert [unit.reading for unit in units] == [
        None,
        None,
        "max_connections: Number of clients. Default: 100.",
        "idle_timeout: Seconds after which a silent\n    connection is closed. Default: 300.\n\n"
        "    Zero switches the limit off.",
        None,
    ]


def test_a_long_definition_further_in_is_led_by_its_term():
    source = RST.replace("silent\n", f"silent {'or very slow ' * 20}\n")
    units = read_prose(source).units
    term = next(place for place, unit in enumerate(units) if source[unit.start : unit.end] == "idle_timeout")
    assert [unit.relation.needs for unit in units[term + 1 : term + 3]] == [(term,), (term,)]


@pytest.mark.parametrize(
    "text",
    [
        "Smith, J. and Miller, K. (1999). On the reading of\n    texts. Lakeside.\nOtto, H. Short\n    ones.\n",
        "He said nothing more, and went\n    on to the next house.\n\nIt was late\n    and dark.\n",
        "You need:\n    A rope.\n\nYou may take:\n    A lamp.\n",
        "Only one term\n    With what it means.\n\nAnd then a sentence of the text.\n",
    ],
)
def test_lines_further_in_that_go_on_are_no_definitions(text):
    assert not indented_definitions(text.split("\n"))


SHEET = """\
Diagnosis      I21.4 acute infarction
               E11.9 type 2 diabetes
               I10 hypertension
Medication     Ramipril 5 mg 1-0-0
               Bisoprolol 2.5 mg 1-0-1
               Metformin 500 mg at night
Allergies      penicillin (rash)
Diet           low salt
"""
BRIDGE = """\
Name         : Bridge 14
Location     : Mill Lane, km 3.2
Inspections  : 2019-05 minor cracks
               2021-06 cracks sealed
               2023-05 no findings
Load limit   : 30 t until 2021-06
               40 t since
Owner        : County of Elm
"""


@pytest.mark.parametrize(
    ("source", "query", "key", "value"),
    [
        (SHEET, "What about metformin?", "Medication     Ramipril", "Metformin 500 mg"),
        (SHEET, "Does she have diabetes?", "Diagnosis      I21.4", "E11.9 type 2 diabetes"),
        (BRIDGE, "When were the cracks sealed?", "Inspections  : 2019-05", "2021-06 cracks sealed"),
        (BRIDGE, "What is the load limit now?", "Load limit   : 30 t", "40 t since"),
    ],
)
@pytest.mark.parametrize("tokens", [30, 40])
def test_a_further_value_comes_with_its_key(source, query, key, value, tokens):
    text = ragzip.compress(source, query, target_tokens=tokens, cache=False).text
    assert value in text and key in text
    lines, below_key = text.split("\n"), source.split("\n")
    for line in lines:
        if line.startswith(" "):
            place = below_key.index(line)
            owner = next(above for above in reversed(below_key[:place]) if not above.startswith(" "))
            assert owner in lines


def test_an_indented_paragraph_is_no_value():
    source = "The road  is long.\n     It is wide, too.\n\n          And it is old.\n"
    assert not any(unit.relation.needs for unit in structure_of(source, "text/plain", "0").units)
