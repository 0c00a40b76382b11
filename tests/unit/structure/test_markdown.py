"""Markdown: sections, lists, tables, code, quotes, notes; what says nothing goes."""

import ast
import json
import textwrap
from itertools import pairwise

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_scores import SCORES
from structure_checks import EXAMPLES, PROSE, compressed, texts_and_needs, units_of, written

import ragzip
from ragzip.text.spans import Span
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats import markdown
from ragzip.text.structure.formats.prose.reader import read_prose

GUIDE = """---
title: Pumps
tags:
  - old
---
# A guide

[![Build](http://b/x.svg)](http://b) ![pic](http://x.png)

The [pump][r] is old[^1]. It is red. You need:

1. a rope
   - of hemp
   - or of silk

   It must be dry.
2. a lamp

## Fees <!-- to do -->

The fees are:

| who | euros |
|-----|-------|
| child | 2 |
| adult | 4 |

## Is it wet?

It is. Bring boots.

```json
{"wet": true}
```

> Rain is
> water.

[r]: http://x.org "t"
[^1]: Built in 1931
   by Albrecht.
"""


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_no_markdown(text):
    assert not markdown.recognises(text)


@pytest.mark.parametrize(
    "text",
    [
        "# a comment\nx = 1\n# another\ny = f(x)\n\n# third\nz = g(y)\n",
        "#include <a.h>\n\n#define X 1\n\nint main() {\n}\n",
        "Buy #1 now. # 2 is sold.\n\nThe | stands | alone.\n",
        "He wrote * and # here.\n\n1. Methods\n\nThe soil was dug.\n",
    ],
)
def test_other_hashes_are_no_headings(text):
    assert not markdown.recognises(text)


@pytest.mark.parametrize(
    "text",
    [
        GUIDE,
        "# A\n\nb **c**\n\n# D\n\ne",
        "Run:\n\n```sh\nmake\n```\n\nDone.",
        "These are the fees of 2023.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nThey were higher in other years.",
    ],
)
def test_markdown_is_known_by_its_signs(text):
    assert structure_of(text, "text/plain", "0").kind == "markdown"


def test_what_units_need():
    units = dict(texts_and_needs("markdown", GUIDE))
    assert units["It is red."] == []
    assert units["The [pump][r] is old[^1]."] == ['[r]: http://x.org "t"', "[^1]: Built in 1931\n   by Albrecht."]
    assert units["- of hemp"] == ["You need:", "1. a rope"] and units["2. a lamp"] == ["You need:"]
    assert units["It must be dry."] == ["You need:", "1. a rope"]
    assert units["| adult | 4 |"] == ["The fees are:", "| who | euros |"]
    assert units["Bring boots."] == ["## Is it wet?"]
    assert units["tags:\n  - old"] == ["---", "---"]
    assert '```json\n{"wet": true}\n```' in units and "> Rain is\n> water." in units


def test_rows_are_read_with_their_columns():
    readings = {unit.reading for unit in units_of("markdown", GUIDE).units}
    assert "who: adult, euros: 4" in readings


def test_headings_have_sections_by_level():
    structure = units_of("markdown", GUIDE)
    headings = {GUIDE[slice(*unit.span)]: unit.relation for unit in structure.units if GUIDE[unit.start] == "#"}
    guide, fees = headings["# A guide"], headings["## Fees <!-- to do -->"]
    assert guide.section.end > fees.section.end and GUIDE[slice(*fees.section)].endswith("| adult | 4 |")
    (row,) = [unit for unit in structure.units if unit.reading == "who: child, euros: 2"]
    assert GUIDE[slice(*structure.units[row.relation.heading].span)] == "## Fees <!-- to do -->"


def test_comments_and_pictures_say_nothing():
    structure = units_of("markdown", GUIDE)
    text = written(structure, range(len(structure.units)))
    assert "<!--" not in text and "badge" not in text and "![" not in text and "The fees are:" in text
    code = "Look:\n\n```html\n<!-- kept -->\n![x](y)\n```\n\n## A\n\nb"
    structure = units_of("markdown", code)
    assert "<!-- kept -->\n![x](y)" in written(structure, range(len(structure.units)))


def test_a_large_fence_is_kept_with_its_ends():
    rows = "\n".join(f"S{number},{2000 + number},{number * 7}" for number in range(60))
    text = f"# Rain\n\nThe data:\n\n```csv\nstation,year,rain\n{rows}\n```\n\nThat is all.\n"
    units = dict(texts_and_needs("markdown", text))
    assert units["S17,2017,119"] == ["The data:", "```csv", "station,year,rain", "```"]
    lines = "\n".join(f"call {number}" for number in range(60))
    units = dict(texts_and_needs("markdown", f"~~~\n{lines}\n~~~"))
    assert units["call 30"] == ["~~~", "~~~"]


def test_what_is_kept_is_whole():
    for tokens in (12, 25, 50, 90):
        text = compressed(GUIDE, "What does an adult pay?", tokens, name="guide.md")
        assert ("| adult | 4 |" in text) <= ("| who | euros |" in text)
    rows = "\n".join(f"| pump {number} | {number * 7} |" for number in range(40))
    table = f"# Fees\n\n| who | euros |\n|-----|-------|\n{rows}\n"
    text = compressed(table, "How many euros does pump 17 cost?", 40, name="fees.md")  # the rule comes where it fits
    assert "| who | euros |\n|-----|-------|\n" in text and "| pump 17 | 119 |" in text
    assert "| who | euros |\n| pump 17 | 119 |" in compressed(
        table, "How many euros does pump 17 cost?", 17, name="fees.md"
    )


BLOCKS = [
    "# one", "## two", "text [a][r] is. more.", "- a\n  - b\n    - c\n- d", "1. x\n\n   y",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "```py\nx = 1\n```", "> q\n> r", "<!-- c -->", "<div>\nh\n</div>", "    code", "[r]: http://x",
    "[^1]: note\n    more",
    "see[^1].", "***", "Lead:", "```\nopen", "![p](q)", "Title\n===", "é日本。はい。",
]  # fmt: skip


@settings(max_examples=EXAMPLES)
@given(
    st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=12), st.sampled_from(["\n\n", "\n", "\r\n\r\n"]), st.data()
)
def test_what_is_kept_can_be_read(blocks, gap, data):
    text = gap.join(block.replace("\n", gap[: len(gap) // 2] or "\n") for block in blocks)
    if markdown.read(text) is None:
        return
    structure = units_of("markdown", text)
    places = data.draw(st.sets(st.integers(0, len(structure.units) - 1)))
    kept = written(structure, places)
    assert (
        kept.count("```py") <= kept.count("```") // 2 or "```\nopen".replace("\n", gap[: len(gap) // 2] or "\n") in text
    )
    assert ("| 1 | 2 |" in kept) <= ("| a | b |" in kept)
    assert "<!--" not in kept or "```" in text


@given(st.text(st.sampled_from("#-*`>|[]^:!()< \n\t1.ab\r~="), max_size=200))
def test_nothing_breaks(text):
    markdown.recognises(text)
    structure = markdown.read(text)
    if structure is not None:
        units_of("markdown", text)


def test_deep_nesting():
    for mark in (">", "- ", "[", "*", "`", "<!--", "|"):
        markdown.read(mark * 5_000 + " a")
        markdown.recognises(mark * 20_000)


def test_names_of_columns_below_a_title_and_its_rule_are_header():
    text = (
        "| Results | | |\n|---|---|---|\n| | 2018 | 2017 |\n| Wireless | 9,200 | 8,569 |\n| Cable | 3,932 | 3,894 |\n"
    )
    structure = structure_of(text, "text/markdown", "0")
    assert [unit.relation.needs for unit in structure.units] == [(), (), (), (0, 2), (0, 2)]
    assert "2018: 9,200" in structure.units[3].reading and "2017: 8,569" in structure.units[3].reading


PUMPS = [{"name": f"pump{n}", "price": n * 10, "place": {"hall": n % 3, "row": n}} for n in range(30)]
RUNS = "import os\nimport re\n\n" + "\n".join(
    f"def run_{n}(x):\n    if x > {n}:\n        return os.path.join('a', str(x))\n    return None\n" for n in range(14)
)
SETTINGS = "\n".join(f"pump{n}:\n  price: {n * 10}\n  hall: {n % 3}" for n in range(20))
INSIDE = {"json": json.dumps(PUMPS, indent=2), "python": RUNS.rstrip(), "yaml": SETTINGS}
MANUAL = "# Pumps\n\nAll of them:\n\n```{}\n{}\n```\n\nThe weir is old. It leaks.\n"


def kept_inside(language, query, tokens, *, indent=""):
    text = MANUAL.format(language, INSIDE[language]).replace("\n", f"\n{indent}")
    document = ragzip.Document("manual.md", f"- {text[2:]}" if indent else text)
    result = ragzip.compress(document, query, target_tokens=tokens, compressor="extractive/bm25")
    (kept,), (segment,) = result.documents, result.segments
    for (start, end), offset in zip(kept.spans, segment.offsets, strict=True):
        assert kept.text[offset : offset + end - start] == document.text[start:end]
    assert result.stats.tokens_out <= tokens
    fences = [line for line in kept.text.split("\n") if line.lstrip().startswith("```")]
    assert len(fences) in (0, 2), kept.text
    return kept.text.partition(f"```{language}\n")[2].partition("```")[0].rstrip()


@pytest.mark.parametrize("tokens", [50, 60, 100, 200, 400])
@pytest.mark.parametrize("indent", ["", "  "])
def test_what_is_kept_of_a_long_fence_parses(tokens, indent):
    pumps = json.loads(kept_inside("json", "What is the price of pump17?", tokens, indent=indent))
    assert PUMPS[17] in pumps and all(pump in PUMPS or "…" in pump for pump in pumps)
    code = kept_inside("python", "What does run_7 do?", tokens, indent=indent)
    tree = ast.parse(textwrap.dedent(code))
    assert tokens < 60 or "run_7" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert "run_7" not in code or "import os" in code
    settings = yaml.safe_load(kept_inside("yaml", "What is the price of pump17?", tokens, indent=indent))
    assert settings["pump17"]["price"] == 170


def test_a_long_fence_that_is_kept_whole_stays_as_it_stands():
    for language, inside in INSIDE.items():
        text = MANUAL.format(language, inside)
        structure = structure_of(text, "text/markdown", "")
        written_text = structure.form.keep([(0, len(text))], [Span(0, len(text))])
        assert written_text.text == text.strip()


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 900)), max_size=6), st.sampled_from(sorted(INSIDE)))
def test_any_part_of_a_text_with_a_long_fence_is_exact(parts, language):
    text = MANUAL.format(language, INSIDE[language]) + "\n<!-- no -->\n\n" + MANUAL.format("json", INSIDE["json"])
    form = structure_of(text, "text/markdown", "").form
    kept = form.keep([(start, min(len(text), start + size)) for start, size in parts], [Span(0, len(text))])
    for (start, end), offset in zip(kept.spans, kept.offsets, strict=True):
        assert kept.text[offset : offset + end - start] == text[start:end]
    assert all(before.end <= after.start for before, after in pairwise(kept.spans))
    again = form.keep([(0, len(text))], kept.held)
    assert again.text == kept.text


@pytest.mark.parametrize(
    "exception", ["except model A7", "but not on Sundays", "unless it is wet", "außer A7", "sauf A7", "excepto A7"]
)
def test_an_item_needs_the_exception_below_it(exception):
    text = f"# Return\n\nYou can return:\n\n* tents\n  * of any size\n* air pumps\n  * {exception}\n* lamps\n"
    units = dict(texts_and_needs("markdown", text))
    assert f"* {exception}" in units["* air pumps"] and "* air pumps" in units[f"* {exception}"]
    assert "* of any size" not in units["* tents"]


TEAMS = """\
# Runbook: print room

## Who to call

- Presses
  - first: Ada Okafor, ext. 301
  - second: Nils Berg, ext. 302
- **Bindery**
  - first: Ana Diaz, ext. 311
  - second: Ugo Rossi, ext. 312
- Dispatch: closed on Sundays
  - first: Kai Nord, ext. 321
  - second: Lea Sand, ext. 322
"""


def test_a_nested_item_is_read_and_kept_with_the_items_over_it():
    structure = structure_of(TEAMS, "text/plain", "0")
    assert structure.kind == "markdown"  # "first:" and "second:" are no speakers
    units = dict(texts_and_needs("markdown", TEAMS))
    assert "- **Bindery**" in units["- second: Ugo Rossi, ext. 312"]
    readings = {unit.reading for unit in structure.units}
    assert {"Bindery: second: Ugo Rossi, ext. 312", "Presses: first: Ada Okafor, ext. 301"} <= readings
    labels = [TEAMS[slice(*unit.span)] for unit in structure.units if unit.relation.section is not None]
    assert labels == ["# Runbook: print room", "## Who to call", "- Presses", "- **Bindery**"]


@pytest.mark.parametrize("tokens", range(16, 70, 6))
def test_no_item_is_kept_under_another_parent(tokens):
    text = ragzip.compress(TEAMS, "Who is the second contact for the bindery?", target_tokens=tokens, cache=SCORES).text
    for first, last, name in ((301, 302, "Presses"), (311, 312, "Bindery"), (321, 322, "Dispatch")):
        children = [text.find(str(number)) for number in (first, last) if str(number) in text]
        assert bool(children) == (name in text) or name == "Dispatch"
        assert all(0 <= text.find(name) < place for place in children)
    assert tokens < 24 or "Ugo Rossi" in text


def test_a_task_under_another_item_is_read_with_its_state():
    text = "- First week\n  - IT\n    - [ ] Two-factor login\n    - [x] Mailbox made\n    - Desk\n"
    readings = [unit.reading for unit in structure_of(text, "text/markdown", "").units]
    assert readings[-3:] == [
        "First week: IT: Two-factor login: not done",
        "First week: IT: Mailbox made: done",
        "First week: IT: Desk",
    ]


@pytest.mark.parametrize("read", [markdown.read, read_prose])
def test_a_row_with_an_empty_first_cell_comes_with_the_row_that_has_its_group(read):
    rows = ["| Adults | day | 5 |", "| | year | 50 |", "| | month | 20 |", "| Children | day | 2 |", "| | year | 9 |"]
    sentences = "They hold from May, and are paid at the desk. "
    text = (
        f"{sentences * 3}\n\n| Group | Ticket | Euros |\n|---|---|---|\n" + "\n".join(rows) + f"\n\n{sentences * 3}\n"
    )
    structure = read(text)
    texts = [text[unit.start : unit.end] for unit in structure.units]
    unit = structure.units[texts.index("| | year | 9 |")]
    assert unit.reading == "Group: Children, Ticket: year, Euros: 9"
    assert texts.index("| Children | day | 2 |") in unit.relation.needs


@pytest.mark.parametrize(
    ("source", "label", "is_led"),
    [
        (
            "# Notes\n\nVersion 5.1\n- Page size lowered.\n- New filter.\n\nVersion 5.0\n- New index.\n",
            "Version 5.1",
            True,
        ),
        ("## Kit\n\nFor the *tent*\n- poles\n- pegs\n\nFor the stove\n- gas\n", "For the stove", True),
        ("## Kit\n\nBring these\n* a cup\n* a knife\n", "Bring these", True),
        (
            "## Rules\n\nDogs are not allowed here\n\n- Guide dogs may come in.\n- So may small ones.\n",
            "Dogs are",
            False,
        ),
        ("## Rules\n\nDogs are not allowed.\n- Guide dogs may come in.\n", "Dogs are", False),
    ],
)
def test_a_title_right_above_a_list_comes_only_with_an_item(source, label, is_led):
    units = structure_of(source, "", "a.md").units
    unit = next(unit for unit in units if source.startswith(label, unit.start))
    assert (unit.relation.section is not None) == is_led


@pytest.mark.parametrize(
    ("source", "item", "name"),
    [
        (
            "# Tart\n\n**Dough**\n\n- 125 g butter\n- 1 egg\n\n**Topping**\n\n- 50 g butter\n- 3 eggs\n",
            "- 50 g",
            "**Topping**",
        ),
        (
            "# Rates\n\n__Weekdays:__\n\n1. adults 9\n2. children 4\n\n__Sundays__:\n\n1. adults 12\n2. children 6\n",
            "1. adults 12",
            "__Sundays__:",
        ),
        (
            "# Kiln\n\nOld.\n\n**First firing**\n\nHeat slowly to 600 degrees.\n\n**Glaze**\n\nUp to 1050.\n",
            "Up to",
            "**Glaze**",
        ),
    ],
)
def test_what_stands_below_a_name_in_bold_type_needs_it(source, item, name):
    needs = next(needs for text, needs in texts_and_needs("markdown", source) if text.startswith(item))
    assert name in needs
    heading = next(unit for unit in units_of("markdown", source).units if source.startswith(name, unit.start))
    assert heading.relation.section is not None


@pytest.mark.parametrize("line", ["**Dogs are not allowed**", "**Closed**", "**Do not open it.**", "Not **all** of it"])
def test_a_statement_in_bold_type_is_no_heading(line):
    source = f"# Rules\n\nRead this.\n\n{line}\n\nThe park opens at nine. It is large.\n"
    units = structure_of(source, "", "a.md").units
    assert next(unit for unit in units if source.startswith(line, unit.start)).relation.section is None
