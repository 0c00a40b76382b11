"""Web pages: parsing, cleaning, blocks, writing, and what hostile pages cost."""

import re
import time
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragzip.errors import InputError, OptionError
from ragzip.pages.form import page_form
from ragzip.pages.page import Page, is_page
from ragzip.pages.parse import parse, scan
from ragzip.pages.tree import block_tree, clean
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


def shape(node, source):
    inner = (shape(c, source) if not isinstance(c, tuple) else source[slice(*c)] for c in node.children)
    return f"{node.name}({','.join(inner)})"


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
    assert shape(parse(html), html) == tree


@given(st.lists(st.sampled_from(PIECES)))
@settings(deadline=None, derandomize=True)
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
    assert text == "".join(source[a:b] for a, b in spans)
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
    assert shape(parse(again), again) == shape(parse(text), text)
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
        "<table>" + "<tr><td rowspan=9999>1<td>2" * 5_000,
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>&b;' * 2_000,
        "<h1>" * 3_000 + "x",
        "<table><tr>" + "<td>x" * 10_000,
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
    small = max(0.02, min(seconds(html[: len(html) // 4] + " "), seconds(html[: len(html) // 4] + "  ")))
    assert seconds(html) < 40 * small


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


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>SECRET</p>",
        "<div style='DISPLAY : none !important'><b>SECRET</b></div>",
        '<p style="display:/**/n&#111;ne">SECRET</p>',
        "<p aria-hidden=true>SECRET</p>",
        '<span style="visibility:hidden">SECRET</span>',
        "<p style='font-size:0px'>SECRET",
        "<p style='opacity:0.0'>SECRET",
        "<p style='position:absolute;left:-9999px'>SECRET",
        "<p style='color:#fff;background:#fff'>SECRET",
        "<p style='width:1px;height:0;overflow:hidden'>SECRET",
        "<span style='clip:rect(0 0 0 0)'>SECRET</span>",
        "<p style='margin-left:-9999px'>SECRET",
        "<p style='left:calc(-9999px)'>SECRET",
        "<p style='transform:scale(0)'>SECRET",
        "<p style='transform:translateX(-9999px)'>SECRET",
        "<p style='color:white;background:#fff'>SECRET",
        "<p style='color:rgba(0, 0, 0, 0.0)'>SECRET",
        "<p style='font-size:1px'>SECRET",
        "<p style='opacity:0.01'>SECRET",
        "<p style='overflow-y:clip;height:1px'>SECRET",
        "<p style='clip-path:circle(0)'>SECRET",
        "<p style='d\\69splay:none ! important'>SECRET",
        "<template>SECRET</template><dialog>SECRET</dialog><input type=hidden value=SECRET>",
        "<div hidden><table><tr><td>SECRET</table><p>SECRET</div>",
        "<s>SECRET</s><del>SECRET</del><strike>SECRET</strike>",
        "<span style='text-decoration:line-through red'>SECRET</span>",
    ],
)
@pytest.mark.parametrize("output", ["html", "markdown", "text"])
def test_what_nobody_sees_or_is_struck_out_is_left_out(hidden, output):
    page = f"<h1>Museum</h1><p>Before.</p>{hidden}</p><p>Open at 10.</p>"
    assert "SECRET" not in clean(page, output=output) and "Open at 10." in clean(page, output=output)
    assert "SECRET" not in Page.of(page).visible()


@pytest.mark.parametrize(
    "visible",
    [
        "<p title='a hidden b'>SEEN",
        "<p style='display:none;display:block'>SEEN",
        "<p aria-hidden=false>SEEN",
        "<p class=hidden-xs>SEEN",
        "<dialog open>SEEN</dialog>",
        "<p style='opacity:0.5;left:-2px;font-size:0.9em'>SEEN",
        "<body style='opacity:0'><p>SEEN",
        "<p style='margin-left:-15px;font-size:10px;opacity:.1;transform:scale(0.9)'>SEEN",
        "<p style='color:#000;background:white;height:100px;overflow:hidden'>SEEN",
        "<p style='float:left;margin-left:-220px;transform:translate(-50%, -100%)'>SEEN",
        "<p style='color:transparent;background-clip:text'>SEEN",
    ],
)
def test_what_is_seen_is_kept(visible):
    assert "SEEN" in clean(visible)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("10<sup>3</sup> times", "10^3 times"),
        ("10<sup>-3</sup> m<sup>2</sup>", "10^-3 m^2"),
        ("<b>10</b><sup>\u22126</sup>", "10^\u22126"),
        ("e<sup>n+1</sup>", "e^(n+1)"),
        ("(a+b)<sup>2</sup>", "(a+b)^2"),
        ("CO<sub>2</sub> is", "CO2 is"),
        ("log<sub>2</sub>8", "log_28"),
        ("v<sub>max</sub>", "v_max"),
        ("the 1<sup>st</sup> of May", "the 1st of May"),
        ("so it is<sup><a href=#n>[1]</a></sup>", "so it is[1]"),
    ],
)
def test_raised_and_lowered_text_reads_as_such(html, text):
    assert clean(f"<p>{html}", output="text") == clean(f"<p>{html}", output="markdown") == text


def test_list_items_keep_the_numbers_that_a_reader_sees():
    page = "<ol start=3><li>a<li value=7>b<li>c</ol><ol reversed><li>x<li>y</ol>"
    assert clean(page, output="markdown") == "3. a\n7. b\n8. c\n\n2. x\n1. y"
    assert clean(page) == "<ol start=3><li>a<li value=7>b<li>c</ol><ol reversed><li>x<li>y</ol>"
    place = page.index("c</ol>")
    assert page_form(page, output="markdown").write([(place, place + 1)]).text == "8. c"


def test_cells_stand_in_the_columns_and_rows_they_span():
    page = (
        "<table><tr><th rowspan=2>Line<th colspan=2>Weekdays<th colspan=2>Sundays"
        "<tr><th>First<th>Last<th>First<th>Last<tr><td rowspan=2>L1<td>1<td>2<td>3<td>4<tr><td>5<td><td>7<td>8</table>"
    )
    assert clean(page, output="markdown") == (
        "| Line | Weekdays | Weekdays | Sundays | Sundays |\n| --- | --- | --- | --- | --- |\n"
        "| Line | First | Last | First | Last |\n| L1 | 1 | 2 | 3 | 4 |\n| L1 | 5 | | 7 | 8 |"
    )
    assert "L1\t5\t\t7\t8" in clean(page, output="text")
    wide = clean("<table><tr><th colspan=2>Results<tr><td>a<td>b</table>", output="markdown")
    assert wide == "| Results |\n| --- | --- |\n| a | b |"
    assert len(clean("<table><tr><th colspan=999>word<th>b</table>", output="markdown")) < 40


def test_a_term_comes_with_what_describes_it():
    page = "<dl><dt>Input</dt><dd>230 V</dd><dt>Output</dt><dt>Exit</dt><dd>12 V</dd><dd>3 A</dd></dl>"
    form = page_form(page)
    assert [form.page.text(block.start, block.end) for block in form.blocks] == ["Input 230 V", "Output Exit 12 V 3 A"]
    assert clean(page) == "<dt>Input<dd>230 V<dt>Output<dt>Exit<dd>12 V<dd>3 A"


def test_no_heading_over_nothing_and_a_title_once():
    page = "<title>Mills</title><h1>Mills</h1><p>One.</p><h2>Owners</h2><p>Ada.</p><h2>Notes</h2><p>None.</p>"
    assert clean(page) == page.removeprefix("<title>Mills</title>").replace("</p>", "")
    form = page_form(page)
    owners = page.index("Owners")
    assert form.write([(owners, owners + 6)]).text == ""
    one = page.index("One.")
    assert form.write([(one, one + 4), (owners, owners + 6)]).text == "<h1>Mills</h1><p>One."
    assert clean("<h1>Only</h1>") == "<h1>Only</h1>"


_LINKS = "<ul>" + "".join(f"<li><a href=/{i}>Opening hours {i}</a></li>" for i in range(6)) + "</ul>"


@pytest.mark.parametrize(
    "menu",
    [
        f"<nav>{_LINKS}</nav>",
        f"<div role=navigation>{_LINKS}</div>",
        f"<footer>{_LINKS}</footer>",
        f"<aside>{_LINKS}</aside>",
        f"<div class='left sidebar'>{_LINKS}</div>",
        f"<div id=nav>{_LINKS}</div>",
        f'<table class="navbox inner"><tr><td>{_LINKS}</table>',
        "<div id='cookie-banner'>Opening hours of our shop are set by cookies. <button>Accept</button></div>",
    ],
)
def test_menus_are_told_from_content(menu):
    content = "<h1>Museum</h1><p>The museum is open from ten to six on all days but Mondays.</p>" * 3
    form = page_form(content + menu)
    assert "Opening" not in clean(content + menu) and "from ten to six" in clean(content + menu)
    assert not any("Opening" in form.page.text(block.start, block.end) for block in form.blocks)
    if "cookie" not in menu:  # a page that is a list of links is its content
        assert "Opening hours 5" in clean("<h1>Museum</h1>" + menu)
        assert "Opening hours 5" in clean(f"<main>{content}{menu}</main>")


def test_a_footer_that_says_something_is_content():
    page = "<p>The museum is open from ten to six on all days but Mondays.<footer>Call 555 0100 or <a href=x>write</a>"
    assert "555 0100" in clean(page)
    aside = page.replace("<footer>", "<aside class=related>")
    assert "555 0100" in clean(aside)


def test_a_menu_in_a_box_that_says_something_is_a_menu():
    said = "<p>Call us for tours of groups, in German or in French, at any time but on Mondays.</p>" * 2
    for box in ("aside", "footer"):
        output = clean(f"<p>Open at 10.</p><{box}>{said}<nav>{_LINKS}</nav></{box}>")
        assert "Opening" not in output and "tours of groups" in output


def test_a_table_in_a_cell_is_read_in_line():
    page = "<table><tr><td>A<td>B<tr><td>C<td><table><tr><td>i<td>j<tr><td>k<td>l</table></table>"
    assert clean(page, output="markdown") == "| A | B |\n| --- | --- |\n| C | i j k l |"


def test_the_label_of_a_row_is_not_repeated_over_its_columns():
    page = "<table><tr><th>Rank<th>Nation<th>Gold<tr><td>1<td>China<td>4<tr><th colspan=2>Total<td>6</table>"
    assert clean(page, output="markdown").endswith("| Total | | 6 |")
