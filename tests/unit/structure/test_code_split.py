"""Long switches, enums, lists and docstrings of code are kept by parts; hostile code is read in linear time."""

import math
import time

import pytest
from code_samples import kept_text, number_of, parses

import ragzip
from ragzip.text.structure.formats.code import read, recognises

CASES = "".join(
    f"        case {n}:\n        case {n + 100}:\n            call_{n}(a);\n            break;\n" for n in range(30)
)
SWITCH = f"void f(int a) {{\n    switch (a) {{\n{CASES}    }}\n    done();\n}}\n"
ARMS = "".join(
    f"        Kind::K{n} => call_{n}(a, 1),\n        Kind::L{n} => {{\n            b()\n        }}\n" for n in range(20)
)
MATCH = f"fn f(a: Kind) {{\n    let x = match a {{\n{ARMS}    }};\n    done();\n}}\n"
MEMBERS = "".join(f"    /** The colour {n}. */\n    COLOUR_{n}({n}),\n" for n in range(30))
REST = "    private final int code;\n    Colour(int code) { this.code = code; }\n"
ENUM = f"public enum Colour {{\n{MEMBERS}    LAST(0);\n\n{REST}}}\n"
VALUES = "".join(f"  {{ name: 'n{n}',\n    size: {n} }},\n" for n in range(40))
LIST = f"const sizes = [\n{VALUES}];\nexport default sizes;\n"
PYTHON_MATCH = "match a:\n" + "".join(f"    case {n}:\n        call({n})\n" for n in range(30)) + "done()\n"
PARAGRAPHS = "".join(f"    Paragraph {n}\n    goes on.\n\n" for n in range(20))
DOCSTRING = f'class A:\n    """First.\n\n{PARAGRAPHS}    """\n\n    size = 1\n\n    def f(self):\n        return 2\n'


@pytest.mark.parametrize(
    ("language", "source", "words", "kept"),
    [
        (
            "c",
            SWITCH,
            "call_7",
            "    switch (a) {\n        /* … */\n        case 7:\n        case 107:\n            call_7(a);",
        ),
        ("rust", MATCH, "call_7", "    let x = match a {\n        /* … */\n        Kind::K7 => call_7(a, 1),\n"),
        ("java", ENUM, "COLOUR_7", "    COLOUR_7(7),\n"),
        ("java", ENUM, "private final", "public enum Colour {\n    /* … */\n\n    private final int code;"),
        ("javascript", LIST, "'n7'", "const sizes = [\n  /* … */\n  { name: 'n7',\n    size: 7 },\n"),
        ("python", PYTHON_MATCH, "call(7)", "match a:\n    case 7:\n        call(7)"),
        (
            "python",
            DOCSTRING,
            "Paragraph 7",
            '    """First.\n    ...\n\n    Paragraph 7\n    goes on.\n    ...\n\n    """',
        ),
    ],
)
def test_long_statements_are_kept_by_parts(language, source, words, kept):
    structure = read(source, language)
    text = kept_text(structure, source, [number_of(structure, source, words)])
    assert kept in text, text
    assert len(text) < len(source) / 2
    assert all(text.count(opening) == text.count(closing) for opening, closing in ("{}", "()", "[]"))
    assert language != "python" or parses(text)


def test_a_switch_that_directives_divide_is_kept_whole():
    source = SWITCH.replace("        case 7:", "#ifdef A\n        case 7:").replace(
        "        case 9:", "#endif\n        case 9:"
    )
    assert any(
        "call_7" in source[unit.start : unit.end] and "call_20" in source[unit.start : unit.end]
        for unit in read(source, "c").units
    )


def test_a_long_chain_of_clauses_keeps_its_first_and_last_head():
    chain = "".join(f"    elif a == {n}:\n        b({n})\n        c({n})\n" for n in range(60))
    source = f"def f(a):\n    if a:\n        b()\n        c()\n{chain}    else:\n        z()\n    return 3\n"
    structure = read(source, "python")
    text = kept_text(structure, source, [number_of(structure, source, "b(30)")])
    assert parses(text) and text.count("elif") == 1 and "    else:\n        ...\n" in text


HOSTILE = [
    "\n",
    "{}",
    "#if a\n",
    "#if a\n{\n",
    '"',
    "'",
    "/*",
    '"""',
    "(",
    "{\n",
    "elif a:\n b\n",
    "a ",
    "case 1:\n a;\n",
]


@pytest.mark.limits
@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("language", ["python", "javascript"])  # the others share their lexers
def test_hostile_code_is_read_in_linear_time(piece, language):
    def seconds(length):
        begin = time.process_time()
        for before in ("", "x = ", "switch (a) {\n"):
            text = before + piece * (length // len(piece))
            recognises(text)
            read(text, language)
        return time.process_time() - begin

    if seconds(16_000) > 0.2:
        first, last = (min(seconds(length) for _ in range(2)) for length in (2_000, 16_000))
        assert last < 0.2 or math.log2(last / first) / 3 < 1.5


TREES = ("Acme", "Birch", "Cedar", "Dune", "Elm", "Fern", "Gorse", "Hazel", "Iris", "Kelp", "Larch", "Maple", "Oak")
DEFINED = """\
CREATE TABLE customers (
  id integer NOT NULL,
  name varchar(80) NOT NULL,
  vat_id varchar(20) DEFAULT NULL,
  credit_limit numeric(10,2) DEFAULT 500.00,
  created_at timestamp NOT NULL DEFAULT now(),
  PRIMARY KEY (id)
);
"""
ROWS = [f"({number}, '{name} Ltd', 'GB{number}', {500 + number}.00)" for number, name in enumerate(TREES, 10)]
INSERTED = "INSERT INTO customers (id, name, vat_id, credit_limit) VALUES"
COPIED = (
    "COPY public.customers (id, name, credit_limit) FROM stdin;\n"
    + "".join(f"{number}\t{name} Ltd\t{500 + number}.00\n" for number, name in enumerate(TREES[:5], 10))
    + "\\.\n\nCOPY public.orders (id, customer_id, total) FROM stdin;\n10\t1\t99.00\n11\t2\t20.50\n\\.\n"
)


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("separator", [",\n", ","])
def test_a_row_that_is_inserted_comes_with_its_statement(separator, compressor):
    dump = f"{DEFINED}{INSERTED}\n{separator.join(ROWS)};\nCREATE INDEX ix_name ON customers (name);\n"
    query = "What is the credit limit of Maple Ltd?"
    kept = ragzip.compress(dump, query, target_tokens=50, compressor=compressor, cache=False).text
    assert kept.startswith(INSERTED) and "(21, 'Maple Ltd', 'GB21', 521.00)" in kept
    query = "What is the default credit limit?"
    kept = ragzip.compress(dump, query, target_tokens=45, compressor=compressor, cache=False).text
    assert "CREATE TABLE customers (" in kept and "credit_limit numeric(10,2) DEFAULT 500.00," in kept


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_a_row_that_is_copied_comes_with_the_statement_above_it(compressor):
    for query, head, row in (
        ("What is the credit limit of Cedar Ltd?", "COPY public.customers (", "12\tCedar Ltd\t512.00"),
        ("What is the total of order 11?", "COPY public.orders (", "11\t2\t20.50"),
    ):
        kept = ragzip.compress(DEFINED + COPIED, query, target_tokens=50, compressor=compressor, cache=False).text
        assert head in kept.partition(row)[0] and row in kept and "\\." in kept
