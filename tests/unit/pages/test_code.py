"""Code on pages: its lines and its indentation, whatever elements colour it."""

import pytest

from ragzip.pages.form import page_form
from ragzip.pages.tree import clean

CODE = "def f(x):\n    if x:\n        return 1\n\n    return 2"


def _in_elements(line):
    return line.replace("return", "<b>return</b>").replace("def", "<span class=k>def</span>").replace("if", "<i>if</i>")


@pytest.mark.parametrize(
    "page",
    [
        f"<pre>{CODE}</pre>",
        f"<pre><span></span><code>{_in_elements(CODE)}\n</code></pre>",
        "<pre><code>"
        + "\n".join(f"<span class=line>{_in_elements(line)}</span>" for line in CODE.split("\n"))
        + "</pre>",
        "<pre>" + "".join(f"<div>{_in_elements(line) or '<br>'}</div>" for line in CODE.split("\n")) + "</pre>",
        "<pre>" + _in_elements(CODE).replace("\n", "<br>") + "</pre>",
        "<pre>" + _in_elements(CODE).replace("    ", "<span>    </span>") + "</pre>",
    ],
)
@pytest.mark.parametrize("output", ["markdown", "text"])
def test_code_keeps_its_lines_and_their_indentation(page, output):
    text = clean(page, output=output).removeprefix("```\n").removesuffix("\n```")
    assert [line for line in text.split("\n") if line] == [line for line in CODE.split("\n") if line]


@pytest.mark.parametrize("begin", ["<pre>", "<pre><code>"])
def test_the_blocks_of_coloured_code_are_its_lines(begin):
    page = begin + _in_elements(CODE)
    form = page_form(page, max_words=2)
    lines = [form.page.text(block.start, block.end) for block in form.blocks]
    assert lines == [line.strip() for line in CODE.split("\n") if line]
    kept = [(form.blocks[number].start, form.blocks[number].end) for number in (0, 1, 3)]
    assert form.write(kept).text.startswith(f"{begin}def f(x):\n    if x:\n\n    return 2")


def test_lines_in_elements_are_parted_in_html_too():
    assert clean("<pre><div>a:</div><div>  b: 1</div><div>  c: 2</div></pre>") == "<pre>a:\n  b: 1\n  c: 2</pre>"
