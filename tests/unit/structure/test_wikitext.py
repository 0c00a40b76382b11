"""Wikitext: what is kept of templates, tables and lists is one, and reads as the page does."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

RIVER = """\
{{Short description|River in Germany}}
{{Infobox river
| name = Weser
| image =
| mouth_location = [[North Sea]] at [[Bremerhaven]]
| length = {{convert|451|km|mi|abbr=on}}
| basin_size = {{convert|46306|km2|abbr=on}}
| notes = <ref name="a">{{cite web|url=http://example.org|title=Weser}}</ref>
}}
The '''Weser''' is a river of [[Lower Saxony]].<ref name="hydro">{{cite web |title=Weser hydrology. A study.
|date=3 May 2011}}</ref> It begins at the confluence of the [[Werra]] and the [[Fulda (river)|Fulda]].<!-- check -->

== Course ==
It passes [[Hameln]]. [[File:Weser bei Minden.jpg|thumb|The river near [[Minden]] in 2009]]

=== Tributaries ===
* [[Diemel]] (left)
* [[Aller (Germany)|Aller]] (right), the longest
** with the [[Leine]]

== Dams ==
{| class="wikitable sortable"
|+ Dams below Minden
! scope="col" | Dam !! Opened !! Lock length (m)
|-
| Petershagen || 1953 || 220
|-
| '''Landesbergen''' || 1960<!-- or 1961 --> || 215
|-
| Hemelingen || style="color:red" | 1911 || 350
|}

{{Authority control}}
[[Category:Rivers of Germany]]
"""
RATES = """\
== Chart positions ==
{|
! rowspan="2" | Title
! colspan="2" | Peak
|-
! UK
! US
|-
! rowspan="2" | Harbour
| 3
| 88
|-
| 5
| 90
|-
! colspan="3" | Singles
|-
| Salt
| 1
| 40
|}
"""


def kept(text, query, tokens, **options):
    return ragzip.compress(ragzip.Document("0", text), query, target_tokens=tokens, cache=SCORES, **options).text


def readings(text):
    structure = structure_of(text, "text/plain", "0")
    assert structure.kind == "wikitext"
    return [unit.reading for unit in structure.units]


def test_a_value_comes_between_the_lines_that_open_and_close_its_template():
    text = kept(RIVER, "How long is the Weser?", 40)
    lines = text.splitlines()
    opening = lines.index("{{Infobox river")
    assert "| length = {{convert|451|km|mi|abbr=on}}" in lines[opening : lines.index("}}")]


@pytest.mark.parametrize(("name", "year"), [("Petershagen", "1953"), ("Landesbergen", "1960"), ("Hemelingen", "1911")])
def test_a_row_comes_in_its_table_under_its_header(name, year):
    lines = kept(RIVER, f"When was the dam of {name} opened?", 60).splitlines()
    opening = lines.index('{| class="wikitable sortable"')
    assert lines[opening + 1 : opening + 3] == [
        "|+ Dams below Minden",
        '! scope="col" | Dam !! Opened !! Lock length (m)',
    ]
    row = next(line for line in lines if name in line)
    assert lines[lines.index(row) - 1] == "|-" and year in row and lines.index(row) < lines.index("|}")


def test_rows_and_values_are_read_with_their_names():
    texts = readings(RIVER)
    assert "Dam: Hemelingen, Opened: 1911, Lock length (m): 350" in texts
    assert "length: 451 km" in texts and "Short description: River in Germany" in texts
    assert "mouth location: North Sea at Bremerhaven" in texts


def test_cells_over_several_columns_and_rows_are_read_in_each():
    texts = readings(RATES)
    assert "Title: Harbour, Peak UK: 3, Peak US: 88" in texts
    assert "Title: Harbour, Peak UK: 5, Peak US: 90" in texts
    assert "Title: Salt, Peak UK: 1, Peak US: 40" in texts


def test_what_reaches_into_a_row_and_the_label_over_it_come_with_it():
    text = kept(RATES, "Which title peaked at 90 in the US?", 60)
    assert "| 90" in text and '! rowspan="2" | Harbour' in text and "Singles" not in text
    text = kept(RATES, "Where did Salt peak in the UK?", 60)
    assert "| Salt" in text and '! colspan="3" | Singles' in text


def test_links_are_labels_and_a_reference_ends_no_sentence():
    text = kept(RIVER, "Where does the Weser begin?", 40)
    assert "It begins at the confluence of the Werra and the Fulda." in text
    for markup in ("[[", "'''", "<ref", "cite web", "<!--", "Authority control"):
        assert markup not in text
    assert "The river near Minden in 2009" not in kept(RIVER, "Which towns does it pass?", 200)  # in the line of others


def test_all_of_the_markup_is_kept_where_it_is_asked_for():
    text = kept(RIVER, "Where does the Weser begin?", 2000, tidy=False)
    assert "[[Werra]]" in text and "<ref" in text


def test_items_come_under_those_above_them_and_headings_over_something():
    text = kept(RIVER, "Which tributary has the Leine?", 40)
    assert "* Aller (right), the longest\n** with the Leine" in text
    assert "=== Tributaries ===" in text and "== Dams ==" not in text


def test_categories_are_of_the_page_and_bring_no_heading():
    text = kept(RIVER, "Which category is the page in?", 30)
    assert "[[Category:Rivers of Germany]]" in text and "==" not in text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("'''Bo''' is a [[town]] in [[Sierra Leone|the south]].", "wikitext"),
        ("Intro.\n\n== History ==\nThe [[mill]] burned down.", "wikitext"),
        ("== History ==\n\n{{Main|Mills of Oban}}\nThe mill burned down.", "wikitext"),
        ("{{Infobox person\n| name = Ann\n| born = 1950\n}}\nAnn is a painter.", "wikitext"),
        ("Hello {{ name }}, see [[notes]] and [[plans]].\n\nThe '''quick''' fox.\n", "wikitext"),
        ("== Ports ==\nNo markup at all.\n", "prose"),
        ("if [[ -f x ]]; then\n  echo '== x =='\nfi\n", "code"),
        ("Hello {{ customer.name }},\n\nyour order {{ order.id }} is on its way.\n", "prose"),
        ("# Notes\n\nSee [[Plans]] and [[Goals]].\n\n- one\n- two\n", "prose"),
    ],
)
def test_wikitext_is_recognised_by_its_markup(text, kind):
    assert structure_of(text, "text/plain", "0").kind == kind


ODD_TEXTS = [
    "{|\n|}",
    "{|\n|-\n|}",
    "{|\n! a\n|}",
    "{|\n| a\n",
    "{{Infobox\n| a = b\n",
    "{{a}}",
    "'''",
    "[[",
    "[[File:a.jpg",
    "[[File:a.jpg|thumb|a [[b]] c]]",
    "[[File:a.jpg|b c]]x",
    "<ref>a",
    "<!--",
    "=",
    "== a ==",
    "==  ==\n* \n;\n:",
    '{|\n| rowspan="99" colspan="99" | a\n|-\n| b\n|}',
    "{|\n| a\n{|\n| b\n|}\n|-\n| c\n|}",
    "<pre>\n== a ==\n",
    "{{a|{{b|{{c|{{d|e}}}}}}}}",
]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_texts_do_not_break_it(text):
    for name in ("a.wiki", "0"):
        structure = structure_of(text, "text/plain", name)
        spans = [unit.span for unit in structure.units]
        assert all(0 <= start < end <= len(text) for start, end in spans) and spans == sorted(spans)
        result = ragzip.compress(ragzip.Document(name, text), "What is a?", target_tokens=10, cache=SCORES)
        assert all(text[start:end] in result.text for start, end in result.documents[0].spans)
