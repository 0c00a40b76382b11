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


_CODE_CELL = "<td class=code><pre><span class=n>timeout</span> = 30\n<span>retries</span> = 5\n</pre></td>"
_NUMBERED_LINES = "<span class={0}>1</span>timeout = 30\n<span class={0}>2</span>retries = 5\n"


@pytest.mark.parametrize(
    "page",
    [
        f"<table><tr><td class='linenos'><div class=linenodiv><pre>1\n2</pre></div></td>{_CODE_CELL}</tr></table>",
        f"<table><tr><td class='rouge-gutter gl'><pre class=lineno>1\n2\n</pre></td>{_CODE_CELL}</tr></table>",
        f"<table><tr><td class=gutter><div>1</div><div>2</div></td>{_CODE_CELL}</tr></table>",
        "<table><tr><td class=blob-num data-line=1></td><td>timeout = 30</td></tr>"
        "<tr><td class=blob-num data-line=2></td><td>retries = 5</td></tr></table>",
        f"<pre>{_NUMBERED_LINES.format('linenos')}</pre>",
        f"<pre><code>{_NUMBERED_LINES.format('line-number')}</code></pre>",
        "<div class=line-numbers><a>1</a><a>2</a></div><pre class=line-numbers>timeout = 30\nretries = 5</pre>",
    ],
)
def test_the_numbers_of_lines_are_no_content(page):
    assert clean(page, output="text") == "timeout = 30\nretries = 5"


@pytest.mark.parametrize(
    "page",
    [
        "<pre class=line-numbers>1\n2</pre>",
        "<p class=line-numbers>1 or 2 lines</p>",
        "<table><tr><td class=line-number>12</td><td>Harbour</td></tr></table>",
    ],
)
def test_numbers_that_say_something_are_content(page):
    assert "1" in clean(page) and "2" in clean(page)
