"""What builds and deployments print: diagnostics are whole, tasks stand under their play, resources have their ends."""

import pytest
from structured import assert_structure

import ragzip
from ragzip.text.structure.readers import structure_of

PLAYBOOK = """\
PLAY [databases] ***************************************************************

TASK [postgres : create role] **************************************************
ok: [db1]
changed: [db2]

TASK [postgres : restore dump] *************************************************
fatal: [db2]: FAILED! => {"changed": true, "msg": "pg_restore: unsupported version (1.15) in file header"}
ok: [db1]

RUNNING HANDLER [postgres : restart] *******************************************
changed: [db1]

PLAY RECAP *********************************************************************
db1                        : ok=3    changed=1    unreachable=0    failed=0
db2                        : ok=1    changed=1    unreachable=0    failed=1
"""
RUSTC = """\
error[E0599]: no method named `sorted` found for struct `Vec<Trip>` in the current scope
   --> src/trips.rs:141:22
    |
138 |     let mut trips = read_all(&path)?;
    |         --------- the vector is made here
139 |     trips.dedup();
140 |     let first = trips.first();
141 |     for trip in trips.sorted() {
    |                       ^^^^^^ method not found in `Vec<Trip>`
    |
    = note: the method is of the trait `Itertools`
help: the trait may be brought into scope
    |
  1 + use itertools::Itertools;
    |

warning: unused import: `std::fmt`
 --> src/main.rs:2:5
  |
2 | use std::fmt;
  |     ^^^^^^^^

"""
GCC = """\
$ mypy bot
bot/feed.py:18: error: Item "None" of "Match[str] | None" has no attribute "group"  [union-attr]
bot/feed.py:18: note: Left operand is of type "Match[str] | None"
bot/send.py:7: error: Missing return statement  [return]
$ make all
cc -O2 -c lamp.c
lamp.c: In function 'lamp_on':
lamp.c:31:9: warning: unused variable 'volts' [-Wunused-variable]
   31 |     int volts = 12;
      |         ^~~~~
lamp.c: In function 'lamp_off':
lamp.c:44:5: error: too few arguments to function 'relay'
   44 |     relay();
      |     ^~~~~
make: *** [Makefile:9: lamp.o] Error 1
"""
PLAN = """\
Terraform will perform the following actions:

  # google_dns_record_set.mail will be updated in-place
  ~ resource "google_dns_record_set" "mail" {
        id      = "zones/main/mail"
      ~ ttl     = 300 -> 3600

        # (3 unchanged attributes hidden)
    }

  # google_storage_bucket.media must be replaced
-/+ resource "google_storage_bucket" "media" {
      ~ location = "EU" -> "US" # forces replacement
    }

Plan: 1 to add, 1 to change, 1 to destroy.
"""


def units_of(source, name="0"):
    structure = structure_of(source, "text/plain", name)
    assert structure.kind == "terminal"
    assert_structure(structure, source)
    return structure.units, [source[slice(*unit.span)] for unit in structure.units]


@pytest.mark.parametrize("name", ["0", "run.log", "run.txt"])
@pytest.mark.parametrize("source", [PLAYBOOK, RUSTC, GCC, PLAN])
def test_output_is_recognised_under_any_name(source, name):
    units_of(source, name)


@pytest.mark.parametrize(
    ("source", "words", "needed"),
    [
        (PLAYBOOK, "unsupported version", ["PLAY [databases]", "TASK [postgres : restore dump]"]),
        (PLAYBOOK, "changed: [db1]", ["PLAY [databases]", "RUNNING HANDLER [postgres : restart]"]),
        (PLAYBOOK, "failed=1", ["PLAY RECAP"]),
        (GCC, "too few arguments", ["$ make all", "lamp.c: In function 'lamp_off'"]),
        (GCC, "unused variable", ["$ make all", "lamp.c: In function 'lamp_on'"]),
        (GCC, "make: ***", ["$ make all"]),
        (GCC, "Missing return", ["$ mypy bot"]),
    ],
)
def test_lines_need_what_they_stand_under(source, words, needed):
    units, texts = units_of(source)
    (unit,) = [unit for unit, text in zip(units, texts, strict=True) if words in text]
    over = [texts[place] for place in unit.relation.needs]
    assert len(over) == len(needed) and all(text.startswith(name) for text, name in zip(over, needed, strict=True))


@pytest.mark.parametrize(
    ("source", "start", "end"),
    [
        (RUSTC, "error[E0599]", "1 + use itertools::Itertools;\n    |"),
        (RUSTC, "warning: unused import", "|     ^^^^^^^^"),
        (GCC, "bot/feed.py:18: error", 'Left operand is of type "Match[str] | None"'),
        (GCC, "lamp.c:44:5", "|     ^~~~~"),
        (PLAN, "# google_dns_record_set.mail", "hidden)\n    }"),
        (PLAN, "# google_storage_bucket.media", "replacement\n    }"),
    ],
)
def test_a_diagnostic_and_a_resource_are_whole(source, start, end):
    _, texts = units_of(source)
    (text,) = [text for text in texts if text.startswith(start)]
    assert text.endswith(end)


def test_lines_of_other_tasks_are_not_alike():
    tasks = "".join(f"TASK [step {word}] ******\nok: [db1]\n\n" for word in ("one", "two", "three", "four", "five"))
    kept = ragzip.compress(
        f"PLAY [all] ******\n\n{tasks}", "step three", target_tokens=30, compressor="extractive/bm25"
    )
    assert "×" not in kept.text and "ok: [db1]" in kept.text


@pytest.mark.parametrize(
    ("source", "query", "budget", "answer"),
    [
        (PLAYBOOK, "Why did the task on db2 fail?", 75, "TASK [postgres : restore dump]"),
        (RUSTC, "Which method is not found in Vec?", 230, "use itertools::Itertools;"),
        (PLAN, "What is the new location of the bucket?", 90, '"EU" -> "US"'),
    ],
)
def test_what_is_asked_is_kept(source, query, budget, answer):
    assert answer in ragzip.compress(source, query, target_tokens=budget, compressor="extractive/bm25").text


NPM = """\
npm WARN deprecated uuid@3.4.0: Please upgrade to version 7 or higher.
npm ERR! code ERESOLVE
npm ERR! ERESOLVE unable to resolve dependency tree
npm ERR!
npm ERR! While resolving: shop-web@1.4.0
npm ERR! Found: react@18.2.0
npm ERR! node_modules/react
npm ERR!
npm ERR! Could not resolve dependency:
npm ERR! peer react@"^16.8.0 || ^17.0.0" from react-datetime@3.1.1
npm ERR! node_modules/react-datetime
npm ERR!
npm ERR! Fix the upstream dependency conflict, or retry
npm ERR! this command with --force or --legacy-peer-deps
npm ERR! to accept an incorrect (and potentially broken) dependency resolution.
"""


@pytest.mark.parametrize("source", [NPM, NPM.replace("npm ERR!", "npm error")])
@pytest.mark.parametrize("tokens", [45, 60, 80])
def test_a_paragraph_of_a_message_is_whole(source, tokens):
    text = ragzip.compress(source, "Which option accepts a broken resolution?", target_tokens=tokens, cache=False).text
    lines = text.split("\n")
    place = next(place for place, line in enumerate(lines) if line.endswith("or --legacy-peer-deps"))
    assert "or retry" in lines[place - 1] and "to accept an incorrect" in lines[place + 1]


SESSION = """\
Python 3.11.8 (main, Feb  7 2024) on linux
>>> import shop
>>> cart = shop.Cart()
>>> cart.total()
Decimal('29.97')
>>> for item in cart.items:
...     print(item.sku)
...
A1
B7
>>> shop.__version__
'5.1.0'
>>> len(shop.catalog)
412
"""
NOTEBOOK = """\
In [1]: import shop

In [2]: cart.total()
Out[2]: Decimal('29.97')

In [3]: shop.__version__
Out[3]: '5.1.0'

In [4]: len(shop.catalog)
Out[4]: 412

In [5]: shop.close()

In [6]: shop.open()

In [7]: cart.clear()

In [8]: cart.save()
"""


@pytest.mark.parametrize("source", [SESSION, NOTEBOOK])
@pytest.mark.parametrize("tokens", [25, 40, 55])
@pytest.mark.parametrize(
    ("query", "statement", "output"),
    [
        ("What is the version of shop?", "shop.__version__", "'5.1.0'"),
        ("How long is the catalog?", "len(shop.catalog)", "412"),
        ("What is the total of the cart?", "cart.total()", "Decimal('29.97')"),
    ],
)
def test_a_statement_comes_with_what_it_printed(source, query, statement, output, tokens):
    text = ragzip.compress(source, query, target_tokens=tokens, cache=False).text
    for name, printed in [("shop.__version__", "5.1.0"), ("len(shop", "412"), ("cart.total", "29.97"), ("for ", "B7")]:
        assert (name in text) == (printed in text)
    assert statement in text and output in text


def test_quoted_mail_is_no_session():
    quoted = ">>> Shall we meet on Monday?\n>> Rather on Tuesday.\n> At nine?\nYes.\n\n>>> Where?\n>> Here.\nFine.\n"
    assert structure_of(quoted, "text/plain", "0").kind != "blocks"


AUDIT = """\
# npm audit report

ropes  <3.0.3
Severity: high
Uncontrolled use of memory in ropes - https://example.com/advisories/A-17
fix available via `npm audit fix`
node_modules/ropes

knots  <6.2.1
Severity: moderate
Denial of service while a knot is read - https://example.com/advisories/A-23
fix available via `npm audit fix --force`
node_modules/knots

2 vulnerabilities (1 moderate, 1 high)
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_a_severity_of_an_audit_comes_with_its_package(compressor):
    query = "Which package has a vulnerability of high severity?"
    for target_tokens in (30, 45, 60):
        kept_text = ragzip.compress(AUDIT, query, target_tokens=target_tokens, compressor=compressor).text
        assert "ropes  <3.0.3\nSeverity: high" in kept_text


JEST = """\
> shop@1.0.0 test

 PASS  src/cart.test.ts
 FAIL  src/price.test.ts
  ● formatPrice › rounds half up

    Expected: "1.01"
    Received: "1.00"

      at Object.<anonymous> (src/price.test.ts:12:17)

 FAIL  src/broken.test.ts
  ● Test suite failed to run

    SyntaxError: Unexpected token 'export'

      at Runtime.createScriptFromCode (node_modules/jest-runtime/build/index.js:1505:14)

Test Suites: 2 failed, 1 passed, 3 total
Tests:       1 failed, 17 passed, 18 total
"""
COLLECTING = """\
============================= test session starts ==============================
collected 41 items / 1 error

==================================== ERRORS ====================================
___________________ ERROR collecting tests/test_report.py ______________________
ImportError while importing test module '/home/u/app/tests/test_report.py'.
Hint: make sure your test modules/packages have valid Python names.
Traceback:
/usr/lib/python3.12/importlib/__init__.py:90: in import_module
    return _bootstrap._gcd_import(name[level:], package, level)
tests/test_report.py:3: in <module>
    from app.report import render
app/report.py:7: in <module>
    from weasyprint import HTML
E   ModuleNotFoundError: No module named 'weasyprint'
=========================== short test summary info ============================
ERROR tests/test_report.py
=============================== 1 error in 0.84s ===============================
"""
GO = """\
=== RUN   TestMerge
=== RUN   TestMerge/empty
=== RUN   TestMerge/overrides
    merge_test.go:44: got map[a:1 b:2], want map[a:1 b:3]
--- FAIL: TestMerge (0.01s)
    --- PASS: TestMerge/empty (0.00s)
    --- FAIL: TestMerge/overrides (0.01s)
=== RUN   TestPtr
fatal error: checkptr: pointer arithmetic computed bad pointer value

goroutine 19 [running]:
runtime.throw({0x1045c2f1b?, 0x0?})
	/usr/local/go/src/runtime/panic.go:1077 +0x40
app/classifier.(*Tensor).at(...)
	/src/classifier/tensor.go:88
FAIL	app/classifier	0.924s
ok  	app/registry	0.210s
FAIL
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_a_failure_stands_under_the_file_of_its_test(compressor):
    query = "Which test suite failed to run and why?"
    for target_tokens in range(50, 150, 20):
        kept_text = ragzip.compress(JEST, query, target_tokens=target_tokens, compressor=compressor).text
        assert " FAIL  src/broken.test.ts\n  ● Test suite failed to run" in f" {kept_text}"
    query = "How many test suites failed?"
    kept_text = ragzip.compress(JEST, query, target_tokens=25, compressor="extractive/bm25").text
    assert kept_text == "Test Suites: 2 failed, 1 passed, 3 total"


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_lines_of_a_trace_come_with_what_went_wrong(compressor):
    for query in ("Which module is missing?", "Why did the tests fail?"):
        for target_tokens in (70, 90, 120):
            kept_text = ragzip.compress(COLLECTING, query, target_tokens=target_tokens, compressor=compressor).text
            assert "ERROR collecting" not in kept_text or "No module named 'weasyprint'" in kept_text


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_what_a_test_of_go_got_and_where_it_stopped(compressor):
    query = "What did TestMerge/overrides get?"
    for target_tokens in (60, 90):
        kept_text = ragzip.compress(GO, query, target_tokens=target_tokens, compressor=compressor).text
        assert "=== RUN   TestMerge/overrides\n    merge_test.go:44: got map[a:1 b:2]" in kept_text
    query = "In which file did the fatal error occur?"
    kept_text = ragzip.compress(GO, query, target_tokens=130, compressor=compressor).text
    assert "fatal error: checkptr" in kept_text and "tensor.go:88" in kept_text


MAVEN = """\
[INFO] Scanning for projects...
[INFO] Building billing 2.3.0-SNAPSHOT
[INFO] Compiling 118 source files with javac [debug release 17] to target/classes
[ERROR] COMPILATION ERROR :
[ERROR] /src/com/acme/Invoice.java:[88,31] incompatible types: String cannot be converted to BigDecimal
[ERROR] /src/com/acme/Tax.java:[12,5] cannot find symbol
  symbol:   class VatRate
[INFO] BUILD FAILURE
[INFO] Total time:  6.412 s
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.11.0:compile on project billing
[ERROR] -> [Help 1]
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("target_tokens", [90, 130, None])
def test_a_build_fails_by_the_errors_with_a_place(compressor, target_tokens):
    kept = ragzip.compress(MAVEN, "Why did the build fail?", target_tokens=target_tokens, compressor=compressor).text
    assert "incompatible types" in kept and "class VatRate" in kept


NODE = """\
node:internal/modules/cjs/loader:1146
  throw err;
  ^

Error: Cannot find module './config/prod.json'
Require stack:
- /srv/app/lib/settings.js
- /srv/app/index.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1143:15)
    at Module._load (node:internal/modules/cjs/loader:984:27)
    at Object.<anonymous> (/srv/app/lib/settings.js:4:16) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/srv/app/lib/settings.js', '/srv/app/index.js' ]
}

Node.js v20.11.1
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_calls_of_node_come_with_the_error_above_them(compressor):
    query = "Which module could not be found and who requires it?"
    for target_tokens in (60, 80, 110):
        kept_text = ragzip.compress(NODE, query, target_tokens=target_tokens, compressor=compressor).text
        assert "Cannot find module './config/prod.json'\nRequire stack:\n- /srv/app/lib/settings.js\n" in kept_text
