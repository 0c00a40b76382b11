"""What a terminal shows: escapes and progress bars are gone, failures stand under their names."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structured import PROSE, assert_structure

import ragzip
from ragzip.text.spans import Span
from ragzip.text.structure.formats import terminal
from ragzip.text.structure.readers import structure_of
from ragzip.text.structure.visible import terminal_noise

PYTEST = """\
============================= test session starts ==============================
collected 214 items

tests/test_api.py ....................................................  [ 24%]
tests/test_cart.py ......F...................                           [ 36%]

=================================== FAILURES ===================================
_____________________________ test_discount_rounds _____________________________

    def test_discount_rounds(cart):
        cart.apply(Discount(percent=15))
>       assert cart.total == Decimal("50.97")
E       AssertionError: assert Decimal('50.98') == Decimal('50.97')

tests/test_cart.py:47: AssertionError
__________________________ test_reserve_twice_refused __________________________

    def test_reserve_twice_refused(stock):
>       with pytest.raises(OutOfStock):
E       Failed: DID NOT RAISE <class 'app.stock.OutOfStock'>

tests/test_stock.py:112: Failed
=========================== short test summary info ============================
FAILED tests/test_cart.py::test_discount_rounds - AssertionError: assert Deci...
FAILED tests/test_stock.py::test_reserve_twice_refused - Failed: DID NOT RAIS...
================== 2 failed, 212 passed, 1 warning in 14.21s ===================
"""
CARGO = """\
   Compiling ledger v0.3.1 (/home/ci/ledger)
error[E0502]: cannot borrow `self.entries` as mutable because it is also borrowed as immutable
  --> src/book.rs:131:13
    |
131 |             self.entries.retain(|kept| kept.id != entry.id);
    |             ^^^^^^^^^^^^^^^^^^^^ mutable borrow occurs here

running 3 tests
test book::adds_entry ... ok
test book::removes_entry ... ok
test book::balances ... FAILED

---- book::balances stdout ----
thread 'book::balances' panicked at src/book.rs:201:9:
assertion `left == right` failed: books must balance

test result: FAILED. 2 passed; 1 failed; 0 ignored; finished in 0.02s
"""
GO = (
    "--- FAIL: TestTotal (0.00s)\n    cart_test.go:31: total is 12, want 13\n--- PASS: TestAdd (0.00s)\n"
    "FAIL\tshop/cart\t0.012s\n"
)
SHELL = (
    "\x1b[32muser@host\x1b[0m:~/app$ npm install\n⠋ idealTree: sill\n⠙ idealTree: sill\n⠸ idealTree: sill\n"
    "npm ERR! code ERESOLVE\nnpm ERR! Found: react@18.2.0\nuser@host:~/app$ pip install torch\n"
    "     \x1b[91m━━━\x1b[0m 10.1/755.5 MB 30.1 MB/s eta 0:00:25\n     ━━━━━━━ 201.1/755.5 MB 31.0 MB/s eta 0:00:18\n"
    "     ━━━━━━━━━━━━━━ 755.5/755.5 MB 31.9 MB/s eta 0:00:00\n"
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n"
)
DOCKER = (
    "latest: Pulling from vllm/vllm\na6a3f46caf9e: Pulling fs layer\na8da6878d650: Pulling fs layer\n"
    "a6a3f46caf9e: Download complete\na8da6878d650: Already exists\na6a3f46caf9e: Pull complete\nStatus: Downloaded\n"
)
GREP = "".join(f"src/app/views.py:{number}:    return render({number})\n" for number in range(10, 40, 3))
VIEW = "".join(f"{number:6}\t{'' if number % 5 == 0 else f'    total = total + {number}'}\n" for number in range(1, 40))


def visible(source):
    text, place = [], 0
    for start, end in [*terminal_noise(source), Span(len(source), len(source))]:
        text.append(source[place:start])
        place = end
    return "".join(text)


def units_of(source):
    structure = structure_of(source, "text/plain", "x")
    return structure, [source[unit.start : unit.end] for unit in structure.units]


@pytest.mark.parametrize("source", [PYTEST, CARGO, GO, SHELL, DOCKER, GREP, VIEW])
def test_output_is_recognised_and_read(source):
    assert terminal.recognises(source)
    structure = structure_of(source, "text/plain", "x")
    assert structure.kind == "terminal"
    assert_structure(structure, source)


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_no_output(text):
    assert not terminal.recognises(text)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m and \x1b]0;title\x07plain\n", "red and plain\n"),
        ("a 10%\ra 55%\ra 100%\nb\n", "a 100%\nb\n"),
        ("a 10%\r\nb\r\n", "a 10%\r\nb\r\n"),
        ("one line\rof an old Mac\rand so on\n", "one line\rof an old Mac\rand so on\n"),
        (" 33%|███       | 1/3\n 66%|██████    | 2/3\n100%|██████████| 3/3\nsaved\n", "100%|██████████| 3/3\nsaved\n"),
        ("Growth: 45%\nGrowth: 50%\n", "Growth: 45%\nGrowth: 50%\n"),
        (
            DOCKER,
            "latest: Pulling from vllm/vllm\na8da6878d650: Already exists\na6a3f46caf9e: Pull complete\n"
            "Status: Downloaded\n",
        ),
    ],
)
def test_only_the_last_state_is_visible(source, shown):
    assert visible(source) == shown


def test_a_failure_needs_its_name():
    structure, texts = units_of(PYTEST)
    name = next(number for number, text in enumerate(texts) if "test_reserve_twice_refused __" in text)
    reason = next(number for number, text in enumerate(texts) if "DID NOT RAISE <class" in text)
    assert structure.units[reason].relation.needs == (name,)
    assert texts[reason].startswith("def test_reserve_twice") and structure.units[name].relation.section is not None
    assert structure.units[reason].reading.startswith("test_reserve_twice_refused failed:\nFailed: DID NOT RAISE")
    assert not any("....." in text for text in texts)


def test_a_summary_stands_by_itself():
    structure, texts = units_of(PYTEST)
    assert structure.units[-1].relation.needs == () and texts[-1].startswith("================== 2 failed")


def test_a_compiler_error_is_one_unit_with_its_code():
    structure, texts = units_of(CARGO)
    error = next(text for text in texts if text.startswith("error[E0502]"))
    assert error.endswith("mutable borrow occurs here")
    panic = next(number for number, text in enumerate(texts) if "books must balance" in text)
    (name,) = structure.units[panic].relation.needs
    assert texts[name] == "---- book::balances stdout ----"


def test_output_needs_its_command():
    structure, texts = units_of(SHELL)
    error = next(number for number, text in enumerate(texts) if text.startswith("ERROR: Could not"))
    (command,) = structure.units[error].relation.needs
    assert texts[command].endswith("pip install torch")


def test_a_step_of_a_build_needs_its_name():
    source = "#7 [2/6] RUN apt-get update\n#7 CACHED\n\n#8 [3/6] RUN pip install vllm\n#8 DONE 0.3s\n\n#7 DONE 0.1s\n"
    structure, texts = units_of(source)
    assert [unit.relation.needs for unit in structure.units] == [(), (0,), (), (2,), (0,)]
    assert texts[4] == "#7 DONE 0.1s"


def test_lines_of_a_view_keep_their_numbers():
    structure, texts = units_of(VIEW)
    assert texts[0].startswith("1\t    total") and "\n     4\t" in texts[0]
    assert structure.units[0].reading.startswith("    total = total + 1\n")


def test_a_log_in_colours_is_a_log():
    source = "".join(f"\x1b[36mINFO\x1b[0m 2024-05-01 12:00:{n:02} job {n}\n" for n in range(10))
    assert structure_of(source, "text/plain", "x").kind == "log"


@pytest.mark.parametrize(
    ("source", "question", "budget", "answer"),
    [
        (PYTEST, "Why does test_reserve_twice_refused fail?", 110, "DID NOT RAISE <class"),
        (PYTEST, "How many tests failed and passed?", 60, "2 failed, 212 passed"),
        (CARGO, "Why does book::balances fail?", 120, "books must balance"),
        (SHELL, "Why could torch not be installed?", 60, "No space left on device"),
        (GREP, "src/app/views.py line 25", 60, "src/app/views.py:25:    return render(25)"),
    ],
)
def test_what_is_asked_is_kept(source, question, budget, answer):
    result = ragzip.compress(source, question, target_tokens=budget, compressor="extractive/bm25")
    assert answer in result.text and result.stats.tokens_out <= budget
    assert "\x1b" not in result.text


PARTS = st.one_of(
    st.sampled_from(
        ["\x1b[0m", "\x1b[", "\r", "\n", "\r\n", " 45%|████", "$ ls", "a6a3f46caf9e: Pull complete\n", "\x08"]
    ),
    st.sampled_from([PYTEST, CARGO, "#7 DONE\n", "     1\tx\n", "a.py:3:b\n", "Traceback (most recent call last):\n"]),
    st.text(max_size=20),
)


@given(st.lists(PARTS, max_size=30))
def test_any_output_is_read_or_refused(parts):
    source = "".join(parts)
    terminal.recognises(source)
    structure = terminal.read(source)
    if structure is not None:
        assert_structure(structure, source)


@pytest.mark.parametrize(
    "part", ["\r50%", "\x1b[0m", "\x1b", "⠋\n", "[====", "\r", " 5%|██|\n", "\n\n\n", "_" * 50, "$ ", "a:1:"]
)
def test_noise_costs_no_more_than_its_length(part):
    start = perf_counter()
    source = part * (100_000 // len(part))
    terminal.recognises(source)
    terminal.read(source)
    assert perf_counter() - start < 5


PSQL = (
    "clinic=> SELECT id, name, ward FROM patients ORDER BY id;\n id | name   | ward\n----+--------+------\n"
    "  7 | Adeyemi | B2\n  8 | Castle  | A1\n  9 | Duval   | B2\n(3 rows)\n\n"
    "clinic=> SELECT max(stay_days) FROM stays;\n max\n-----\n  41\n(1 row)\n"
)
MYSQL = (
    "Welcome to the MySQL monitor.  Commands end with ; or \\g.\n\n"
    "mysql> SELECT COUNT(*) FROM parcels WHERE lost = 1;\n+----------+\n| COUNT(*) |\n+----------+\n|       17 |\n"
    "+----------+\n1 row in set (0.01 sec)\n\nmysql> SELECT town FROM depots;\n+--------+\n| town   |\n+--------+\n"
    "| Oslo   |\n| Bergen |\n+--------+\n2 rows in set (0.00 sec)\n"
)
SQLITE = "sqlite> select sum(kwh) from meters;\nsum(kwh)\n--------\n90211\n(1 row)\nsqlite> select 1;\n1\n"


@pytest.mark.parametrize(
    ("source", "value", "command"),
    [
        (PSQL, "max\n-----\n  41\n(1 row)", "clinic=> SELECT max(stay_days) FROM stays;"),
        (MYSQL, "|       17 |\n+----------+\n1 row in set (0.01 sec)", "mysql> SELECT COUNT(*) FROM parcels"),
        (SQLITE, "sum(kwh)\n--------\n90211\n(1 row)", "sqlite> select sum(kwh) from meters;"),
    ],
)
def test_a_single_value_is_one_unit_with_its_name_under_its_statement(source, value, command):
    structure, texts = units_of(source)
    assert structure.kind == "terminal"
    assert_structure(structure, source)
    unit = next(unit for unit, text in zip(structure.units, texts, strict=True) if text.endswith(value))
    assert unit.reading.startswith(command)
    assert [texts[needed].startswith(command) for needed in unit.relation.needs] == [True]


@pytest.mark.parametrize(
    ("source", "row", "header", "count"),
    [
        (PSQL, "9 | Duval   | B2", "id | name   | ward", "(3 rows)"),
        (MYSQL, "| Bergen |", "| town   |", "2 rows in set"),
    ],
)
def test_rows_of_an_answer_need_its_header_and_a_count_its_statement(source, row, header, count):
    structure, texts = units_of(source)
    needs = [texts[needed] for needed in structure.units[texts.index(row)].relation.needs]
    assert len(needs) > 1 and any(header in text for text in needs)
    footer = next(unit for unit, text in zip(structure.units, texts, strict=True) if text.startswith(count))
    assert [texts[needed] for needed in footer.relation.needs] == needs[:1]


PSQL_OF_LINES = (
    'port=> \\d berths\n      Table "public.berths"\n Column |  Type   | Nullable\n--------+---------+----------\n'
    ' id     | integer | not null\n depth  | numeric |\nIndexes:\n    "berths_pkey" PRIMARY KEY, btree (id)\n\n'
    "port=> select b.id, b.depth\nport-> from berths b\nport-> where depth > 5;\n id | depth\n----+-------\n"
    "  4 |   6.5\n  9 |   8.0\n(2 rows)\n"
)
MYSQL_OF_LINES = (
    "mysql> SELECT town, staff\n    -> FROM depots\n    -> ORDER BY staff;\n+--------+-------+\n| town   | staff |\n"
    "+--------+-------+\n| Oslo   |    12 |\n| Bergen |    31 |\n+--------+-------+\n2 rows in set (0.00 sec)\n\n"
    "mysql> SELECT 1;\n"
)


@pytest.mark.parametrize(
    ("source", "row", "header", "statement"),
    [
        (PSQL_OF_LINES, "9 |   8.0", "id | depth", "port-> where depth > 5;"),
        (PSQL_OF_LINES, "depth  | numeric |", "Column |  Type   | Nullable", "\\d berths"),
        (MYSQL_OF_LINES, "| Bergen |    31 |", "| town   | staff |", "    -> ORDER BY staff;"),
    ],
)
def test_rows_need_the_header_and_all_lines_of_their_statement(source, row, header, statement):
    structure, texts = units_of(source)
    assert_structure(structure, source)
    needs = [texts[needed] for needed in structure.units[texts.index(row)].relation.needs]
    assert needs[0].endswith(statement) and any(text.endswith(header) for text in needs[1:])


VERTICAL = (
    "mysql> SELECT * FROM boats\\G\n*************************** 1. row ***************************\n"
    "  name: Tern\nlength: 8.2\n  paid: yes\n*************************** 2. row ***************************\n"
    "  name: Gull\nlength: 6.9\n  paid: no\n2 rows in set (0.00 sec)\n\nmysql> SELECT 1;\n"
)
EXPANDED = (
    "port=> SELECT * FROM boats;\n-[ RECORD 1 ]--\nname   | Tern\nlength | 8.2\n-[ RECORD 2 ]--\nname   | Gull\n"
    "length | 6.9\n\nport=> SELECT 1;\n"
)


@pytest.mark.parametrize(("source", "value"), [(VERTICAL, "length: 6.9"), (EXPANDED, "length | 6.9")])
def test_a_row_of_lines_is_whole(source, value):
    structure, texts = units_of(source)
    (row,) = [text for text in texts if value in text]
    assert "Gull" in row and "Tern" not in row and structure.kind == "terminal"


APT = "Package: curl\nVersion: 7.88.1\nPriority: optional\n\nPackage: vim\nVersion: 9.0.1378\nPriority: optional\n"
AUDIT = (
    "ip  *\nSeverity: high\nNo fix available\nnode_modules/ip\n\nsemver  <7.5.2\nSeverity: moderate\n"
    "fix available via `npm audit fix`\n\n2 vulnerabilities\n"
)
DF = "Filesystem      Size  Used Avail Use% Mounted on\n/dev/sdb1       200G  171G   29G  86% /srv\n"


@pytest.mark.parametrize(
    ("command", "output", "count"), [("apt show curl vim", APT, 2), ("npm audit", AUDIT, 3), ("df -h /srv", DF, 1)]
)
def test_what_a_command_says_of_one_thing_is_one_unit(command, output, count):
    source = f"$ {command}\n{output}$ uptime\nup 5 weeks\n"
    units = terminal.read(source).units
    texts = [source[unit.start : unit.end] for unit in units]
    assert texts[1 : 1 + count] == output.strip().split("\n\n")
    assert len(units) == count + 3


def test_an_exception_of_a_chain_comes_without_the_first_one():
    frames = 'Traceback (most recent call last):\n  File "a.py", line 5, in row\n    f(x)\n'
    link = "During handling of the above exception, another exception occurred:"
    source = (
        f"$ python a.py\n{frames}http.client.Gone: no page\n\n{link}\n\n{frames}shop.NotSaved: row 8\n$ uptime\nup\n"
    )
    units = terminal.read(source).units
    texts = [source[unit.start : unit.end] for unit in units]
    assert texts[2] == "http.client.Gone: no page"
    assert [texts[number] for number in units[5].relation.needs] == ["$ python a.py", link]
    assert [texts[number] for number in units[3].relation.needs] == ["$ python a.py", "shop.NotSaved: row 8"]


PLAN = """\
Terraform used the selected providers to generate the following execution plan.

Terraform will perform the following actions:

  # aws_db_instance.main must be replaced
-/+ resource "aws_db_instance" "main" {
      ~ engine_version = "14.9" -> "16.4" # forces replacement
    }

  # aws_s3_bucket.logs will be created
  + resource "aws_s3_bucket" "logs" {
      + bucket = "acme-logs-prod"
    }

Plan: 2 to add, 0 to change, 1 to destroy.
"""


@pytest.mark.parametrize(
    ("query", "tokens", "is_led"),
    [("Why must the database be replaced?", 80, True), ("How many resources are destroyed?", 25, False)],
)
def test_a_line_that_leads_others_comes_only_with_one_of_them(query, tokens, is_led):
    kept = ragzip.compress(PLAN, query, target_tokens=tokens, cache=False).text
    assert kept
    assert ("perform the following actions:" in kept) == ("resource" in kept.replace("resources", "")) == is_led
