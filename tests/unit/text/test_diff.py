import re
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given

import ragzip
from ragzip.errors import OptionError
from ragzip.output import diff
from ragzip.output.page import STYLE
from ragzip.testing import contexts
from ragzip.types import Tier, Unit


class Text(HTMLParser):
    """The text inside <pre>, and whether anything is loaded from elsewhere."""

    def __init__(self):
        super().__init__()
        self.inside, self.text, self.kept, self.outside = 0, "", "", []

    def handle_starttag(self, tag, attrs):
        self.inside += tag == "pre"
        self.kept_now = tag == "ins" or (tag != "del" and getattr(self, "kept_now", False))
        self.outside += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        self.inside -= tag == "pre"
        if tag == "ins":
            self.kept_now = False

    def handle_data(self, data):
        if self.inside:
            self.text += data
            if self.kept_now:
                self.kept += data


@given(contexts())
def test_html_has_all_text_in_place_and_marks_what_is_kept(context):
    result = ragzip.compress(context[0], context[1], rate=0.4, compressor="bm25", cache=False)
    page = Text()
    page.feed(result.diff("html").replace("\r", "&#13;"))
    assert page.text == "".join(d.source.text for d in result.documents)
    assert page.kept == "".join(d.text for d in result.documents)
    assert page.outside == []


def test_scores_in_view_and_no_injection():
    evil = '<script>alert("x")</script> is here. Nothing else & nobody.'
    document = ragzip.Document("<id>", evil, title="<b>title</b>")
    page = ragzip.compress(document, "script <i>", rate=0.5, compressor="bm25", cache=False).diff()
    assert "<script>" not in page and "<id>" not in page and "<b>title" not in page and "<i>" not in page
    assert 'title="score 0.' in page and 'data-score="0.' in page and "content: attr(data-score)" in page


def test_question_compressor_and_notes_are_in_view():
    page = ragzip.compress(["Cats purr. Dogs bark."], "Which & who?", threshold=0.99, cache=False).diff()
    text = "".join(re.findall(r"<d[td][^>]*>.*?</d[td]>", page))
    assert "Which &amp; who?" in text and "auto.v1" in text and "nothing is relevant" in text
    shown = ragzip.compress(["Cats purr. Dogs bark."], "Which?\x1b[1m", threshold=0.99, cache=False).diff("ansi")
    assert "Question: Which?[1m\n" in shown and "Notes: nothing is relevant" in shown
    assert "<dt>Question" not in ragzip.compress("Cats purr.", cache=False).diff()


LONG = "The weather in the north was mild for the season, as everybody said. " * 6


def folds(page):
    return re.findall(r"<details.*?</details>", page, re.DOTALL)


def test_long_dropped_stretches_are_folded():
    row = diff.DiffDocument("x", None, f"Kept. {LONG}Kept too. {LONG[:80]}", "Kept.Kept too.", [(0, 5), (420, 429)], ())
    (fold,) = folds(diff.html([row], "s"))
    assert f"{len(LONG.strip()):,} characters dropped" in fold and "<ins" not in fold
    assert fold.index("The weather") < fold.index("</summary>"), "how it begins is in view"
    # white space kept between two dropped stretches does not part them
    row = diff.DiffDocument("x", None, f"{LONG}\n\n{LONG}", "\n\n", [(len(LONG), len(LONG) + 2)], ())
    assert len(folds(diff.html([row], "s"))) == 1
    assert not folds(diff.html([diff.DiffDocument("x", None, LONG, LONG, [(0, len(LONG))], ())], "s")), (
        "kept text never is"
    )


def test_scores_of_words_are_in_view_as_lines():
    words = [Unit(0, 5, 0.1), Unit(6, 9, 0.9, Tier.REPEAT), Unit(10, 13, 0.5), Unit(14, 17, 0.9, Tier.MUST)]
    page = diff.html([diff.DiffDocument("x", None, "Today the cat sat", "cat", [(10, 13)], words)], "s")
    assert re.findall(r'data-level="(.)">(\w+)', page) == [("0", "Today"), ("4", "the"), ("2", "cat"), ("4", "sat")]
    assert "scores of its words from 0.10 to 0.90" in page and "the thicker the line" in page
    assert "data-score=" not in page and 'title="score 0.900, repeats other text"' in page
    assert 'title="score 0.900, must be kept"' in page


def test_what_must_be_kept_is_marked_beside_its_score():
    text = "Dogs bark at 10 Oak Road."
    lines = [Unit(0, len(text), 0.25, Tier.MUST)]
    page = diff.html([diff.DiffDocument("x", None, text, text, [(0, len(text))], lines)], "s")
    assert 'data-score="0.25 must"' in page and "“must” one with something protected" in page
    page = ragzip.compress(
        text, compressor="token/pruner-words", rate=0.9, protect=[re.compile("10 Oak")], cache=False
    ).diff()
    assert re.search(r'title="score \d\.\d+, must be kept"[^>]*>10 Oak<', page), "the score is the model's own"


def test_code_and_tables_in_a_fixed_font():
    text = "Prose.\n\n```\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    page = diff.articles([diff.DiffDocument("x.md", None, text, text, [(0, len(text))], ())])
    assert re.findall(r"<code>(.*?)</code>", page, re.DOTALL) == [text[8:21], text[23:]]
    for name, mime in (
        ("x.py", "text/plain"), ("X.KTS", "text/plain"), ("x.tf", "text/plain"), ("x", "text/html"),
        ("x", "text/typescript"), ("x", "text/x-go"), ("x", "application/x-ndjson"),
    ):  # fmt: skip
        assert "<code>Prose." in diff.articles([diff.DiffDocument(name, None, text, "", (), (), None, mime)])
    for name, mime in (
        ("x.eml", "text/plain"),
        ("x.srt", "text/plain"),
        ("x.txt", "text/plain"),
        ("x", "text/markdown"),
    ):
        assert "<code>Prose." not in diff.articles([diff.DiffDocument(name, None, text, "", (), (), None, mime)])


@pytest.mark.parametrize(
    ("name", "mime", "text", "is_fixed"),
    [
        ("x.json", "application/json", '{"a": 1}', True),
        ("x.csv", "text/csv", "a,b\n1,2", True),
        ("x", "text/html", "<p>Cats purr.</p>", True),
        ("x", "text/html", "Cats purr.", False),
        ("x.txt", "text/plain", "Cats purr.", False),
    ],
)
def test_a_text_that_is_written_anew_has_the_font_of_its_kind(name, mime, text, is_fixed):
    page = diff.articles([diff.DiffDocument(name, None, "The source.", text, [(0, 3)], (), None, mime)])
    written = page.partition("Text in the result</h3>")[2].partition("<h3>")[0]
    assert ("<code>" in written) == is_fixed
    assert re.sub(r"<[^>]*>", "", written) == escape(text)


@pytest.mark.parametrize("beginning", ["<!--" + "x" * 200, "東京タワーは赤い。" * 30, "See " + "a" * 300])
def test_a_fold_shows_how_a_long_word_begins(beginning):
    row = diff.DiffDocument("x", None, f"{beginning} {LONG}", "", (), ())
    (fold,) = folds(diff.html([row], "s"))
    shown = fold.partition("<q")[2].partition(">")[2].partition("</q>")[0]
    assert shown == escape(beginning[:90]) + "…"


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_in_light_and_dark():
    schemes = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", part)) for part in STYLE.split("@media")[:2]]
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    for colours in schemes:
        for text in ("ink", "gone", "bad", "good", "accent"):
            assert min(contrast(colours[text], colours[behind]) for behind in ("page", "faint")) >= 4.5, text
        assert contrast(colours["kept"], colours["kept-bg"]) >= 4.5


def test_headings_in_order_and_language():
    page = ragzip.compress([ragzip.Document("a", "Cats purr.", title="Cats")], "cats", cache=False).diff()
    assert '<html lang="en">' in page and '<pre lang="" dir="auto">' in page
    assert re.findall(r"<h(\d)", page) == ["1", "2"]


def test_ansi():
    text = "Kept because of \x1b[31mred. Dropped sentence about nothing at all."
    result = ragzip.compress(text, "red", target_tokens=12, compressor="bm25", cache=False)
    shown = result.diff("ansi")
    assert "\x1b[31m" not in shown, "control characters of the text do not reach the terminal"
    assert "\x1b[32mKept because of" in shown and "\x1b[90mDropped" in shown
    with pytest.raises(OptionError, match="pdf"):
        result.diff("pdf")
