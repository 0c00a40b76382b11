from html.parser import HTMLParser

import pytest
from hypothesis import given

import ragzip
from ragzip.errors import OptionError
from ragzip.testing import contexts


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


def test_scores_on_hover_and_no_injection():
    evil = '<script>alert("x")</script> is here. Nothing else & nobody.'
    document = ragzip.Document("<id>", evil, title="<b>title</b>")
    page = ragzip.compress(document, "script", rate=0.5, compressor="bm25", cache=False).diff()
    assert "<script>" not in page and "<id>" not in page and "<b>title" not in page
    assert 'title="score 0.' in page


def test_ansi():
    text = "Kept because of \x1b[31mred. Dropped sentence about nothing at all."
    result = ragzip.compress(text, "red", target_tokens=12, compressor="bm25", cache=False)
    shown = result.diff("ansi")
    assert "\x1b[31m" not in shown, "control characters of the text do not reach the terminal"
    assert "\x1b[32mKept because of" in shown and "\x1b[90mDropped" in shown
    with pytest.raises(OptionError, match="pdf"):
        result.diff("pdf")
