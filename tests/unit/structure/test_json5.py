"""JSON5, JSON with many comments, and JSON that is cut off."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structure_checks import compressed

from ragzip.text.structure import structure_of
from ragzip.text.structure.formats import json5

EDITOR = """// settings of the editor
{
  // size of the font, in points
  fontSize: 13,
  'theme': 'dark',
  /* saved after so many ms */
  autoSaveDelay: 1500,
  plugins: [
    {name: 'spell', enabled: true, languages: ['en', 'de'],},
    {name: 'vim', enabled: false,},
    {name: 'git', enabled: true, pollSeconds: 60,},
  ],
  tabSize: 4,
}
"""
COMPILER = """{
  "compilerOptions": {
    /* Language and environment */
    "target": "es2022",      /* The version of JavaScript that is emitted. */
    // "lib": [],            /* Files that describe the environment. */
    "jsx": "react-jsx",      /* What code is generated for JSX. */

    /* Emit */
    "outDir": "./dist",      /* The folder for all emitted files. */
    // "removeComments": true,
    "declaration": true      /* Generate .d.ts files from the project. */
  }
}
"""
NAMES = ("pump", "valve", "mill", "tower", "gate")
ITEMS = [{"id": n, "name": f"{NAMES[n % 5]}-{n}", "status": ("ok", "failed")[n % 2]} for n in range(40)]


@pytest.mark.parametrize("name", ["0", "settings.json5", "settings.jsonc", "settings.json"])
def test_it_is_told_by_name_and_by_content(name):
    assert structure_of(EDITOR, "text/plain", name).kind == "code"


@pytest.mark.parametrize(
    "text",
    [
        "{ title: some words of prose, year: 1920 }",
        "[1] The mill: built 1903. [2] The tower: built 1910.",
        "{% block title %}Mill: {{ name }}{% endblock %}",
        "{'id': 1, 'name': None}",  # of Python
        '{"id": 1, "name": "pump"]',
        "{}",
        "",
    ],
)
def test_other_texts_are_not_taken(text):
    assert json5.read(text) is None


@pytest.mark.parametrize(
    ("text", "query", "tokens", "kept", "left_out"),
    [
        (EDITOR, "How often does the git plugin poll?", 60, ["plugins: [", "pollSeconds: 60", "  ],"], ["'spell'"]),
        (
            EDITOR,
            "After how long is a file saved?",
            45,
            ["/* saved after so many ms */\n  autoSaveDelay: 1500"],
            ["vim"],
        ),
        (COMPILER, "Which folder has the emitted files?", 60, ['"compilerOptions": {', '"outDir": "./dist"'], ["lib"]),
    ],
)
def test_a_value_comes_with_its_comment_and_its_keys(text, query, tokens, kept, left_out):
    output = compressed(text, query, tokens, name="settings.json")
    assert all(part in output for part in kept)
    assert not any(part in output for part in left_out)
    assert all(output.count(opening) == output.count(closing) for opening, closing in ("{}", "[]"))


@pytest.mark.parametrize("layout", [{"indent": 2}, {"separators": (",", ":")}, {}])
@pytest.mark.parametrize("end", ["", "... [truncated]"])
def test_records_of_json_that_is_cut_off_are_whole_and_below_their_key(layout, end):
    text = json.dumps({"total": 400, "items": ITEMS}, **layout)
    output = compressed(text[: int(0.62 * len(text))] + end, "What is the status of tower-13?", 60)
    assert '"items":' in output
    record = output[output.rindex("{") : output.rindex("}") + 1]
    assert json.loads(record) == ITEMS[13]


@given(st.text(st.sampled_from("{}[]:,'\" ab1/*\n\\"), max_size=60))
def test_odd_texts_do_not_break_it(text):
    structure = json5.read("{a: 1, b: 2," + text)
    if structure is not None:
        assert all(
            before.end <= after.start for before, after in zip(structure.units, structure.units[1:], strict=False)
        )
