"""Web pages: parsing, cleaning, blocks, writing, and what hostile pages cost."""

import re
import time
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ragzip.errors import InputError, OptionError
from ragzip.pages.form import page_form
from ragzip.pages.page import Page, is_page
from ragzip.pages.parse import parse, scan
from ragzip.pages.tree import block_tree, clean
from ragzip.testing.contract import of_profile
from ragzip.text.forms import offsets_of
from ragzip.types import Document

PAGE = """<!DOCTYPE html>
<html><head><title>The &amp; mill</title><style>p { color: red }</style><script>var a = "<p>no</p>";</script></head>
<body class="x"><!-- not this --><div id=top><a href="/home" title='x>y'>Home</a></div>
<h1>Mills</h1><p>The mill <b>burned</b> down in&nbsp;1902.<p>It was rebuilt<br>in 1910.
<h2>Owners</h2>
<table border=1><caption>By year</caption><thead><tr><th>Year<th colspan="2">Owner</tr></thead><tbody>
<tr><td>1902</td><td></td><td>Ada</td></tr>
<tr><td rowspan=2>1910</td><td>Ben</td><td>Cy</td></tr>
<tr><td>Dee</td><td>Eve</td></tr></table>
<h2>Code</h2><pre>def f():
    return 1
</pre><ul><li>one<li>two <ul><li>inner</ul></ul><p>2<sup>10</sup> is <code>1024</code> now</body></html>"""

PIECES = [
    *("<p>", "</p>", "<table>", "<tr>", "<td x='>'>", "</td>", "</table>", "<li>", "<b", "/>", "<script>", "</script>"),
    *("a b", "<", ">", "&amp;", "\n", "<!--", "-->", '"', "=", "é中"),
]


class Shape:
    """What a page is made of, as a parser tells it: elements and texts within their elements."""

    def __init__(self, source):
        self.source, self.open = source, [[]]

    def enter(self, node):
        self.open.append([])

    def text(self, start, end):
        self.open[-1].append(self.source[start:end])

    def leave(self, node):
        inner = self.open.pop()
        self.open[-1].append(f"{node.name}({','.join(inner)})")


def shape(source):
    listener = Shape(source)
    root = parse(source, listener)
    assert [node.number for node in root.walk()] == list(range(len(root.tree)))
    for node in root.walk():
        assert node.child_count == len(list(node.children))
        assert all(child.parent == node for child in node.children)
    return listener.open[0][0]


@pytest.mark.parametrize(
    ("html", "tree"),
    [
        ("<p>a<p>b<div>c</p>d", "(p(a),p(b),div(c,p(),d))"),
        ("<table><tr><td>1<td>2<tr><td>3</table>x", "(table(tr(td(1),td(2)),tr(td(3))),x)"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "(ul(li(a,ul(li(b))),li(c)))"),
        ("<b>x<table><tr><td></b>y</table>z", "(b(x,table(tr(td(y))),z))"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "(dl(dt(a),dd(b),dt(c)))"),
        ("<a href='x>y' b=\"<i>\">t</a><br/>u", "(a(t),br(),u)"),
        ("<script>if (a</b) '<p>'</script>x<!-- <p> -->y<!x>z</>w", "(script(),x,y,z,w)"),
        ("<textarea><b>t</textarea><title>a<b</title>", "(textarea(<b>t),title(a<b))"),
        ("a < b <3 &lt; <", "(a < b <3 &lt; <)"),
        ("<P CLASS=A>x</P><svg><path/><g/></svg>y", "(p(x),svg(path(),g()),y)"),
        ("<div>a<div", "(div(a,div()))"),
        ("", "()"),
    ],
)
def test_trees(html, tree):
    assert shape(html) == tree


@given(st.lists(st.sampled_from(PIECES)))
@example(["<table>", "<tr>", "a b"])
@of_profile(2.5)
def test_scanning_leaves_no_gap_and_trees_keep_order(parts):
    source = "".join(parts)
    at = 0
    for start, end, *_ in scan(source):
        assert start == at < end
        at = end
    assert at == len(source)
    runs = Page.of(source).runs
    assert all(a.start < a.end <= b.start for a, b in pairwise(runs))
    form = page_form(source, max_words=3)
    text, spans, places = form.write([(0, len(source))])
    places = offsets_of(spans) if places is None else places
    for (a, b), place in zip(spans, places, strict=True):
        assert text[place : place + b - a] == source[a:b]
    visible = [source[run.start : run.end] for run in runs]
    assert [piece for piece in visible if piece not in text] == []
    blocks = [(block.start, block.end) for block in form.blocks]
    assert all(a[1] <= b[0] for a, b in pairwise(blocks))
    covered = [(max(a, run.start), min(b, run.end)) for a, b in blocks for run in runs if a < run.end and run.start < b]
    assert sum(len("".join(source[a:b].split())) for a, b in covered) == sum(len("".join(v.split())) for v in visible)


def test_cleaned_pages_keep_all_visible_text_and_structure():
    text = clean(PAGE)
    assert text == (
        "<title>The &amp; mill</title>\nHome\n<h1>Mills</h1><p>The mill burned down in&nbsp;1902.<p>It was rebuilt<br>"
        "in 1910.\n<h2>Owners</h2>\n<table><caption>By year<tr><th>Year<th colspan=\"2\">Owner\n<tr><td>1902<td><td>Ada"
        "\n<tr><td rowspan=2>1910<td>Ben<td>Cy\n<tr><td>Dee<td>Eve</table>\n<h2>Code</h2><pre>def f():\n"
        "    return 1</pre><ul><li>one<li>two<ul><li>inner</ul></ul><p>2<sup>10</sup> is <code>1024</code> now"
    )  # fmt: skip
    again = clean(text)
    assert shape(again) == shape(text)
    assert '<a href="/home">Home</a>' in clean(PAGE, links=True)


def test_markdown_and_text():
    markdown = clean(PAGE, output="markdown")
    assert "# Mills\n\nThe mill burned down in\xa01902.\n\nIt was rebuilt\nin 1910." in markdown
    assert "| Year | Owner | Owner |\n| --- | --- | --- |\n| 1902 | | Ada |" in markdown
    assert "```\ndef f():\n    return 1\n```" in markdown and "- one\n- two\n  - inner" in markdown
    plain = clean(PAGE, output="text")
    assert "1902\t\tAda\n" in plain and "<" not in plain and "The & mill" in plain


def test_a_row_comes_with_its_header_caption_and_headings_and_rows_of_one_cell_together():
    form = page_form(PAGE, max_words=4)
    row = next(block for block in form.blocks if form.page.text(block.start, block.end).startswith("1910"))
    assert form.page.text(row.start, row.end) == "1910 Ben Cy Dee Eve"
    text = form.write([(row.start, row.end)]).text
    assert text == (
        '<h1>Mills</h1>\n<h2>Owners</h2>\n<table><caption>By year<tr><th>Year<th colspan="2">Owner\n'
        "<tr><td rowspan=2>1910<td>Ben<td>Cy\n<tr><td>Dee<td>Eve</table>"
    )
    empty = next(block for block in form.blocks if form.page.text(block.start, block.end) == "1902 Ada")
    assert "<tr><td>1902<td><td>Ada" in form.write([(empty.start, empty.end)]).text  # its empty cell stands


def test_a_first_row_of_labels_is_a_header_and_a_row_of_values_is_not():
    labels = "<table><tr><td>Year<td>City</tr><tr><td>1900<td>A</tr><tr><td>1901<td>B</tr></table>"
    form = page_form(labels)
    assert form.write([(labels.index("1901"), labels.index("1901") + 4)]).text.startswith("<table><tr><td>Year<td>City")
    values = labels.replace("Year", "1899")
    assert "1899" not in page_form(values).write([(values.index("1901"), values.index("1901") + 4)]).text


def test_words_are_not_glued_nor_cut():
    source = "<p>one<b>two</b> three<i>.</i> f<sub>x</sub>oo</p><div>a</div><div>b</div>中<b>文</b>"
    form = page_form(source)
    words = [re.sub(r"<[^>]*>", "", source[a:b]) for a, b in form.words((0, len(source)))]
    assert words[:3] == ["onetwo", "three", "."] or words[:3] == ["onetwo", "three.", "fxoo"]
    assert "fxoo" in words and words[-4:] == ["a", "b", "中", "文"]
    kept = [span for span, word in zip(form.words((0, len(source))), words, strict=True) if word in ("a", "b")]
    assert form.write(kept).text == "a<div>b"


def test_block_trees_have_paths_and_exact_places():
    found = block_tree(PAGE, max_words=6)
    by_text = {block.text: block for block in found}
    assert by_text["Mills"].path == ("html", "body", "h1")
    assert by_text["1902 Ada"].path == ("html", "body", "table", "tbody", "tr0")
    assert PAGE[slice(*by_text["Home"].span)] == "Home"
    assert [block.span for block in found] == sorted(block.span for block in found)
    assert block_tree("", max_words=6) == []


class _Reference(HTMLParser):
    """What Python's own parser takes for text outside scripts and styles."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.parts, self.skip = [], 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.skip += tag in ("script", "style")

    def handle_endtag(self, tag):
        self.skip -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.skip:
            self.parts.append(data)


def test_visible_text_is_what_another_parser_reads():
    for html in (PAGE, clean(PAGE)):
        expected = "".join("".join(_Reference(html).parts).split())
        assert "".join(Page.of(html).visible().split()) == expected


@pytest.mark.limits
@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 10_000 + "deep" + "</div>" * 10_000,
        "<table><tr><td>" * 5_000 + "deep",
        "<b><i>" * 5_000 + "</b></i>" * 5_000 + "x",
        "<a ='" * 20_000 + "x",
        "<!--" * 20_000,
        "<" * 100_000,
        "</p>" * 20_000,
        "<p x=" + "y" * 100_000 + ">z",
        "&" * 50_000 + "&lt" * 20_000,
        "<table>" + "<tr><td rowspan=9999>1<td>2" * 2_500,
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>&b;' * 2_000,
        "<h1>" * 3_000 + "x",
        "<table><tr>" + "<td>x" * 5_000,
        "<select><option>" * 5_000,
        "<dl>" * 1_000 + "<dt>a<dd>b" * 1_000,
        "a<sup>" * 3_000,
        "<ol>" + "<li value=3>x" * 5_000,
        "<p style='" + "/*" * 30_000 + "'>x",
    ],
    ids=lambda html: html[:12],
)
def test_hostile_pages_take_linear_time(html):
    def seconds(source):
        start = time.process_time()
        form = page_form(source)
        form.write([(0, len(source))])
        return time.process_time() - start

    # Twice the page may take four times as long here and there, never sixteen: the bound is on growth, not on time.
    whole = seconds(html)
    if whole > 40 * 0.02:
        assert whole < 40 * min(seconds(html[: len(html) // 4] + " "), seconds(html[: len(html) // 4] + "  "))


@pytest.mark.limits
def test_pages_beyond_the_limit_are_refused_at_once():
    with pytest.raises(InputError, match="expected at most 20,000,000"):
        clean("<p>x" * 6_000_000)
    with pytest.raises(InputError, match="NUL"):
        clean("<p>\0")
    with pytest.raises(InputError, match="expected str"):
        clean(b"<p>")
    with pytest.raises(OptionError, match="output"):
        clean("<p>x", output="pdf")
    with pytest.raises(OptionError, match="parity"):
        block_tree("<p>x", parity="other")
    with pytest.raises(OptionError, match="max_words"):
        block_tree("<p>x", max_words=0)


def test_what_is_a_page():
    assert is_page(Document("a", "x", mime="text/html"))
    assert is_page(Document("a", "x", mime="Text/HTML; charset=utf-8"))
    assert is_page(Document("a", "<html>x", mime="text/plain; charset=utf-8"))
    assert is_page(Document("a", "<!-- saved -->\n<!DOCTYPE html><p>x"))
    assert is_page(Document("a", " <html lang=en>x"))
    assert not is_page(Document("a", "<p>a paragraph in a Markdown file"))
    assert not is_page(Document("a", "<html>x", mime="text/markdown"))


def test_parity_with_htmlrag():
    """Expected values: htmlrag 0.1.1, clean_html and build_block_tree(max_node_words=4), run once on this page."""
    html = (
        "<!DOCTYPE html><html><head><title>T</title><script>x</script></head><body><!-- c --><div class=a><div>"
        "<p>one two <b>three</b></p>\n\n<p></p></div></div><table><tr><td>1</td><td>2</td></tr><tr><td>a &amp; b"
        "</td></tr></table><p>five six seven eight nine</p>loose</body></html>"
    )
    cleaned = clean(html, parity="htmlrag")
    assert cleaned == (
        "\n<html><title>T</title><body><p>one two <b>three</b></p>\n<table><tr><td>1</td><td>2</td></tr><td>a"
        " &amp; b</td></table><p>five six seven eight nine</p>loose</body></html>"
    )
    found = [(block.path, block.whole) for block in block_tree(html, max_words=4, parity="htmlrag")]
    assert found == [
        (("html", *path), True) for path in [("title",), ("body", "p0"), ("body", "table"), ("body", "p1")]
    ]
