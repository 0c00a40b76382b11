"""Drawn trees: a line comes with those that it hangs from."""

import pytest

import ragzip
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.branches import recognises

DISKS = """\
NAME   MAJ:MIN RM   SIZE RO TYPE MOUNTPOINT
sda      8:0    0 465.8G  0 disk
├─sda1   8:1    0   512M  0 part /boot/efi
└─sda2   8:2    0 465.3G  0 part /
sdb      8:16   0   1.8T  0 disk
└─sdb1   8:17   0   1.8T  0 part /data
sdc      8:32   1  29.7G  0 disk
└─sdc1   8:33   1  29.7G  0 part /media/card
"""
FILES = """\
project
├── docs
│   ├── guide.md
│   └── index.md
├── src
│   ├── app
│   │   ├── main.py
│   │   └── routes.py
│   └── lib
│       └── store.py
└── README.md

4 directories, 6 files
"""
PACKAGES = """\
app@1.0.0 /srv/app
+-- express@4.18.2
| +-- accepts@1.3.8
| | `-- mime-types@2.1.35
| `-- body-parser@1.20.1
|   `-- qs@6.11.0
`-- left-pad@1.3.0
"""


def compressed(text, query, tokens):
    result = ragzip.compress(ragzip.Document("0", text), query, target_tokens=tokens, cache=False)
    assert result.stats.tokens_out <= tokens
    return result.text


def test_a_partition_stands_under_its_disk():
    lines = compressed(DISKS, "Where is sdc1 mounted?", 70).split("\n")
    assert lines[0].startswith("NAME")
    assert lines[lines.index("└─sdc1   8:33   1  29.7G  0 part /media/card") - 1].startswith("sdc ")


@pytest.mark.parametrize("tokens", [20, 25, 40])
def test_a_file_stands_in_its_folders(tokens):
    lines = compressed(FILES, "Where is store.py?", tokens).split("\n")
    place = lines.index("│       └── store.py")
    assert lines[place - 1] == "│   └── lib" and "├── src" in lines and lines[0] == "project"


@pytest.mark.parametrize(
    ("text", "line", "above"),
    [
        (FILES, "store.py", ["project", "├── src", "└── lib"]),
        (FILES, "README.md", ["project"]),
        (PACKAGES, "qs@6.11.0", ["app@1.0.0 /srv/app", "+-- express@4.18.2", "`-- body-parser@1.20.1"]),
        (PACKAGES, "left-pad", ["app@1.0.0 /srv/app"]),
    ],
)
def test_needs_are_the_lines_above(text, line, above):
    units = structure_of(text, "text/plain", "0").units
    unit = next(unit for unit in units if line in text[unit.start : unit.end])
    needed = [text[units[need].start : units[need].end].lstrip("│| ") for need in unit.relation.needs]
    assert needed == above


@pytest.mark.parametrize(
    "text",
    [
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n",
        "+---+---+\n| a | b |\n+---+---+\n| 1 | 2 |\n+---+---+\n",
        "┌───┬───┐\n│ a │ b │\n├───┼───┤\n│ 1 │ 2 │\n└───┴───┘\n",
        "- a\n  - b\n  - c\n",
        "Some text.\n\n+- a mark\n\nMore text.\n\nAnd more.\n\nThe end.",
        "",
        "└── a\n",
    ],
)
def test_other_texts_are_no_trees(text):
    assert not recognises(text)


PLAN = """\
                         QUERY PLAN
------------------------------------------------------------
 Sort  (cost=1032.11..1034.61 rows=1000 width=44) (actual time=81.2..81.4 rows=912 loops=1)
   Sort Key: o.created_at DESC
   Sort Method: external merge  Disk: 8120kB
   ->  Hash Join  (cost=28.50..982.28 rows=1000 width=44) (actual time=0.9..70.3 rows=912 loops=1)
         Hash Cond: (o.customer_id = c.id)
         ->  Seq Scan on orders o  (cost=0.00..940.00 rows=1000 width=20) (actual time=0.1..64.0 rows=912 loops=1)
               Filter: (status = 'paid'::text)
               Rows Removed by Filter: 49088
         ->  Hash  (cost=16.00..16.00 rows=1000 width=28) (actual time=0.7..0.7 rows=1000 loops=1)
               Buckets: 1024  Batches: 1  Memory Usage: 68kB
 Execution Time: 82.003 ms
"""
MAVEN = """\
[INFO] com.acme:billing:jar:3.4.2
[INFO] +- org.springframework:spring-web:jar:6.1.4:compile
[INFO] |  \\- io.micrometer:micrometer-observation:jar:1.12.3:compile
[INFO] +- org.postgresql:postgresql:jar:42.7.3:runtime
[INFO] |  \\- org.checkerframework:checker-qual:jar:3.42.0:runtime
[INFO] \\- org.junit.jupiter:junit-jupiter:jar:5.10.2:test
"""


@pytest.mark.parametrize(
    ("query", "step", "said"),
    [
        ("How many rows did the filter on orders remove?", "->  Seq Scan on orders", "Rows Removed by Filter: 49088"),
        ("Which sort method was used?", "Sort  (cost", "Sort Method: external merge"),
    ],
)
@pytest.mark.parametrize("tokens", [95, 140, 200])
def test_what_is_said_of_a_step_stands_under_it(query, step, said, tokens):
    text = compressed(PLAN, query, tokens)
    lines = text[text.index(step) :].split("\n")
    assert any(said in line for line in lines[1:3])


@pytest.mark.parametrize("tokens", [66, 75, 100])
def test_a_dependency_comes_with_what_brings_it_in(tokens):
    lines = compressed(MAVEN, "Which dependency brings in checker-qual?", tokens).split("\n")
    place = next(place for place, line in enumerate(lines) if "checker-qual" in line)
    assert "org.postgresql:postgresql" in lines[place - 1] and lines[0] == "[INFO] com.acme:billing:jar:3.4.2"


def test_an_arrow_in_prose_is_no_plan():
    assert not recognises(
        "We go on:\n -> First the bridge (cost: 4 days)\n -> Then the road (rows of trees)\nAnd on.\n"
    )
