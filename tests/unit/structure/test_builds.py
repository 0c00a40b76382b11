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
