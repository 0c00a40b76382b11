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
