"""Kept code still parses: generated programs, modules of Python, samples of other languages; any text can be read."""

import ast
import textwrap
from pathlib import Path

import pytest
from code_samples import SAMPLES, assert_covers, candidates, kept_text, parses
from hypothesis import given
from hypothesis import strategies as st

import ragzip
from ragzip.testing.contract import of_profile
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.code import read, recognises
from ragzip.text.structure.formats.code.languages import LANGUAGES

MODULES = ["json/decoder", "textwrap", "shutil", "argparse"]


@pytest.mark.parametrize("name", MODULES)
@given(data=st.data())
def test_kept_parts_of_modules_parse(name, data):
    source = (Path(ast.__file__).parent / f"{name}.py").read_text("utf-8")
    structure = structure_of(source, "text/plain", "a.py")
    places = candidates(structure)
    size = data.draw(st.sampled_from([1, 3, 10, 30, 100]))
    numbers = data.draw(st.sets(st.sampled_from(places), min_size=1, max_size=min(size, len(places))))
    assert parses(kept_text(structure, source, numbers))


@pytest.mark.parametrize("name", MODULES[:3])
def test_functions_are_those_of_the_parser(name):
    source = (Path(ast.__file__).parent / f"{name}.py").read_text("utf-8")
    lines = [0, *(place + 1 for place, character in enumerate(source) if character == "\n")]
    starts = {lines[node.lineno - 1] + node.col_offset for node in ast.parse(source).body}
    units = read(source, "python").units
    read_starts = {unit.start for unit in units}
    missing = [start for start in starts if start not in read_starts and source[start:].startswith(("class", "async"))]
    assert not missing
    assert all(any(unit.start <= start < unit.end for unit in units) for start in starts)


NAMES = st.sampled_from(["os", "re", "load", "row_count", "größe"])
SIMPLE = st.one_of(
    st.builds("{} = {}(1, [2,\n 3])".format, NAMES, NAMES),
    st.builds('{}("""a\n  b: {{""")'.format, NAMES),
    st.builds("{} += 'it\\'s # no comment'".format, NAMES),
    st.sampled_from(
        ["import os", "from re import (compile,\n    sub)", "pass", "# a comment", "x = 1; y = 2", "a = 1 +\\\n  2"]
    ),
)


HEADS = ("def f(a, b=(1,\n 2)):", "class A(B):", "if a:", "for a in b:", "with a:", "@a\ndef g():", "async def h():")


def clauses(body):
    """A statement of several clauses, each with ``body``."""
    body = textwrap.indent(f"{body}\npass", "  ", lambda line: True)
    return f"try:\n{body}\nexcept A:\n{body}\nelse:\n{body}\nfinally:\n{body}"


def block(bodies):
    def of(head, body, filler):
        return f"{head}\n" + textwrap.indent(
            "\n".join([*body, "pass", *[filler] * len(body) * 4]), "    ", lambda line: True
        )

    heads = st.sampled_from([*HEADS])
    plain = st.builds(of, heads, st.lists(bodies, min_size=1, max_size=4), st.sampled_from(["", "call(a)\n"]))
    return st.one_of(plain, bodies.map(clauses))


PROGRAMS = st.lists(st.recursive(SIMPLE, block, max_leaves=12), min_size=1, max_size=5).map("\n".join)


@of_profile(0.5)
@given(PROGRAMS)
def test_kept_parts_of_generated_programs_parse(program):
    assert parses(program)
    document = ragzip.Document("a.py", program)
    for budget in (10, 25, 60, 150, 400):
        result = ragzip.compress(document, "os load row count", target_tokens=budget, compressor="extractive/bm25")
        assert result.stats.tokens_out <= budget
        assert parses(result.text)


BRACED = st.recursive(
    st.sampled_from(["a = b(1);", 'print("}{");', "// }", "int c = d[1];", "/* { */ e();"]),
    lambda inner: st.builds(
        lambda head, body, count: f"{head} {{\n" + "\n".join(body * count) + "\n}",
        st.sampled_from(["void f(int a)", "if (a)", "class A", "for (;;)", "do_it(function ()", "namespace b"]),
        st.lists(inner, min_size=1, max_size=4),
        st.sampled_from([1, 3, 12]),
    ).map(lambda text: text + (");" if text.startswith("do_it") else "")),
    max_leaves=10,
)


@given(
    st.lists(BRACED, min_size=1, max_size=4).map("\n".join),
    st.sampled_from(["a.js", "a.java", "a.cpp", "a.go"]),
    st.sampled_from([10, 25, 60, 150, 400]),
)
def test_kept_parts_have_even_brackets(program, name, budget):
    document = ragzip.Document(name, program)
    result = ragzip.compress(document, "print f e", target_tokens=budget, compressor="extractive/bm25")
    code = "\n".join(line.partition("//")[0] for line in result.text.split("\n"))
    code = code.replace("}{", "").replace("/* { */", "")
    assert result.stats.tokens_out <= budget
    assert all(code.count(opening) == code.count(closing) for opening, closing in ("{}", "()", "[]"))


@pytest.mark.parametrize("language", ["java", "go", "c", "javascript"])
@given(data=st.data())
def test_kept_parts_have_no_errors_by_tree_sitter(language, data):
    tree_sitter = pytest.importorskip("tree_sitter")
    grammar = pytest.importorskip(f"tree_sitter_{language}")
    source = SAMPLES[language]
    structure = read(source, language)
    numbers = data.draw(st.sets(st.sampled_from(candidates(structure)), min_size=1))
    text = kept_text(structure, source, numbers)
    tree = tree_sitter.Parser(tree_sitter.Language(grammar.language())).parse(f"{text}\n".encode())
    assert not tree.root_node.has_error, text


PIECES = [
    *"{}();,`x=é\"'\\\n\0",
    "if a:",
    "  ",
    "\n    ",
    '"""',
    "/*",
    "*/",
    "//",
    "#if",
    "\n#endif\n",
    "else",
    "def f():",
    "end",
    "\r\n",
]


@given(
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.sampled_from(sorted(LANGUAGES)),
)
def test_any_text_can_be_read(text, language):
    recognises(text)
    structure = read(text, language)
    if structure is not None:
        assert_covers(text.replace("\0", " "), structure.units)
        for number in candidates(structure):
            kept_text(structure, text, [number])


@pytest.mark.parametrize("piece", ["{", "{\n", "if a:\n ", "#if a\n", "(", "f(){\n", "'", "/*", "# a\n\n", "@a\n"])
def test_deep_and_open_code_can_be_read(piece):
    for language in ("python", "java", "cpp", "javascript", "ruby"):
        read(piece * 1_500, language)
    read("".join(" " * depth + "if a:\n" for depth in range(300)), "python")
    read("{\n" * 2_000 + "a();\n" + "}\n" * 2_000, "java")
