"""The regular expressions of the package: how they repeat, and the words that govern a clause."""

import ast
import re
from pathlib import Path
from re import _constants, _parser

import pytest
from package_patterns import patterns

import ragzip
from ragzip.text.governing import governing

_CHARACTERS = (_constants.IN, _constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY)


def _possessive_groups(parsed):
    """The parts of a parsed pattern that are repeated possessively and are more than a character."""
    for op, value in parsed:
        if op is _constants.POSSESSIVE_REPEAT and (len(value[2]) != 1 or value[2][0][0] not in _CHARACTERS):
            yield value[2]
        for item in value if isinstance(value, tuple) else (value,):
            inner_parts = item if isinstance(item, list) else (item,)
            for inner in inner_parts:
                if isinstance(inner, _parser.SubPattern):
                    yield from _possessive_groups(inner)


def test_groups_are_repeated_in_atomic_groups():
    """``(?:ab?c)*+`` matches what it should not before Python 3.11.5 (gh-106052); ``(?>(?:ab?c)*)`` does not."""
    for name, pattern in patterns():
        parsed = _parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
        assert not list(_possessive_groups(parsed)), name


def test_no_text_of_the_package_repeats_a_group_possessively():
    """Patterns that are put together in a call are no values of modules."""
    escape_or_class = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
    repeated_group = re.compile(r"\)(?:[*+?]|\{\d+(?:,\d*)?\})\+")
    for file in sorted(Path(ragzip.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert repeated_group.search(escape_or_class.sub("x", node.value)) is None, (file, node.lineno)


@pytest.mark.parametrize("pattern", ["(?:ab)*+", "x(?:(y|(?:ab?c)++))", "(?>(?:ab){2}+)", "(?=(?:ab)*+)"])
def test_the_program_finds_possessive_groups(pattern):
    assert list(_possessive_groups(_parser.parse(pattern)))


@pytest.mark.parametrize(
    ("kind", "forms"),
    [
        ("negation", "not|no longer|no one|neither|seldom|kein|keinerlei|nirgendwo|ne|pas|sin|tampoco|senza|não|niet"),
        ("modal", "must|has to|darf|dürfte|muß|faut|pouvait|debe|podía|può|doveva|devem|mag|mocht"),
        ("quantifier", "at least|up to|none|only a few|mindestens|tout|la plupart|por lo menos|poche|ten minste"),
        ("exception", "unless|but not|provided that|es sei denn|à moins que|a menos que|a meno che|só|mits"),
        (
            "negation",
            "false|myth|out of order|falsch|faux|falso|hors service|fuera de servicio|ej|inte|ikke|не|δεν|ليس",
        ),
        ("negation", "devoid of|free of|quit|negative|aufgehört|refusa|carece|smesso di|deixa de|weigerde|slutade"),
        ("modal", "would have|could have been|wäre|aurait|habría|avrebbe|teria|måste|skal"),
        ("exception", "if|wenn|sondern|si les|se non|hvis|not by him but by"),
        ("opposition", "against|gegen|contre|contra|contro|tegen|mot|imod"),
        ("doubt", "alleged|so-called|reportedly|nearly|claimed|said that|angebliche|failli|presunto|suposto|påstådda"),
        ("comparative", "more|below|größer als|supérieure|peor|più|maior|beter"),
    ],
)
def test_forms_that_govern_their_clause(kind, forms):
    for form in forms.split("|"):
        text = f"Xxx {form} yyy."
        of_kind = [text[a:b] for (a, b), found in governing(text) if found == kind or form in ("none", "only a few")]
        assert form in of_kind, form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("他没有信", "没"),
        ("行きません", "ません"),
        ("别动", "别"),
        ("他停止服药", "停止"),
        ("検査は陰性だった", "陰性"),
        ("不可", "不"),
        ("至多三个", "至多"),
        ("最大3回", "最大"),
        ("据说如此", "据说"),
        ("ठीक नहीं है", "नहीं"),
    ],
)
def test_forms_in_unspaced_text(text, form):
    assert form in [text[a:b] for (a, b), _ in governing(text)]


def test_words_that_look_like_forms_are_none():
    assert not list(governing("特别好的个别学生分别了"))


@pytest.mark.parametrize("text", ["The train stopped at noon.", "The bus stops here.", "除法运算是这样的，另外"])
def test_words_that_have_another_sense_are_no_forms(text):
    assert not list(governing(text))


@pytest.mark.parametrize("text", ["It opened on 4 May.", "It closes in May.", "From May 2024 on.", "The 4th May."])
def test_the_month_is_no_modal(text):
    assert not list(governing(text))
    assert [found for _, found in governing(text + " May I go? He may.")] == ["modal", "modal"]
