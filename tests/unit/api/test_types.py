from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ragzip
from ragzip.errors import InputError
from ragzip.result import Result, Stats
from ragzip.testing import texts
from ragzip.text.words import is_boundary, words
from ragzip.types import Document, Segment, SoftSegment


def whole(text):
    return Segment.whole(Document("d", text), 0)


def kept(text, *pieces):
    """``text`` with only these pieces of it kept."""
    spans = [(text.index(piece), text.index(piece) + len(piece)) for piece in pieces]
    return whole(text).keep(spans).text


@pytest.mark.parametrize(
    ("text", "pieces", "expected"),
    [
        ("One two. Three four. Five six.", ["One two.", "Five six."], "One two. Five six."),
        ("A b.\n\nC d. E f.\n\nG h.", ["A b.", "G h."], "A b.\n\nG h."),
        ("A b. C d.\n\nE f. G h.", ["A b.", "G h."], "A b.\n\nG h."),
        ("def f():\n    a = 1\n    return a", ["def f():", "return a"], "def f():\n    return a"),
        ("北京很大。上海很远。广州很热。", ["北京很大。", "广州很热。"], "北京很大。广州很热。"),
        ("alpha再beta", ["alpha", "beta"], "alpha再beta"),  # no white space to borrow: what would glue stays
        ("unbreakable", ["break"], "unbreakable"),  # words are never cut
        ("fine e\u0301tude here", ["e"], "fine"),  # the first "e" is in "fine": widened to the word
        ("x 👩‍👩‍👧 y", ["👩"], "👩‍👩‍👧"),
    ],
)
def test_keep(text, pieces, expected):
    assert kept(text, *pieces) == expected


def test_keep_everything_is_the_same_segment():
    segment = whole("  One. Two.\n")
    assert segment.keep([(2, 6), (7, 11)]) is segment
    assert segment.keep([]).text == "" and segment.keep([]).spans == ()
    assert segment.keep([(3, 3), (9, 2)]).text == ""


def test_keep_never_brings_back_what_is_gone():
    segment = whole("One two. Three four. Five six.").keep([(0, 8), (21, 30)])
    assert segment.keep([(0, 30)]) is segment
    assert segment.keep([(9, 30)]).text == "Five six."


@given(texts(), st.lists(st.tuples(st.integers(-5, 300), st.integers(-5, 300)), max_size=8))
def test_keep_is_verbatim_and_clean(text, spans):
    segment = whole(text).keep(spans)
    assert segment.text == "".join(text[start:end] for start, end in segment.spans)
    assert list(segment.spans) == sorted(segment.spans)
    source_words = [text[start:end] for start, end in words(text)]
    assert all(text[a:b] in source_words or not is_boundary(text, a) for a, b in words(text))
    for word in segment.text.split():
        assert any(word in run for run in text.split())


@given(texts(), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=6))
def test_keep_twice_is_keep_once(text, spans):
    once = whole(text).keep(spans)
    assert once.keep(once.spans).text == once.text


def test_rewritten_segments_have_no_verbatim_text():
    segment = Segment.whole(Document("d", "long text"), 0).rewritten("short")
    with pytest.raises(InputError, match="rewritten"):
        segment.keep([(0, 2)])


@pytest.mark.parametrize("bad", [None, 5, b"bytes", bytearray(b"x"), ["a"], "nul\0", "\udcff"])
def test_bad_text(bad):
    with pytest.raises(InputError, match="received"):
        Document("d", bad)


def test_documents():
    assert Document("d", "t", metadata={"title": "From metadata"}).title == "From metadata"
    assert Document("d", "t", title="Own", metadata={"title": "Other"}).title == "Own"
    assert Document("d", "t", metadata={"title": 5}).title is None
    with pytest.raises(InputError, match=r"Document\.id"):
        Document(5, "t")
    with pytest.raises(InputError, match="mapping"):
        Document("d", "t", metadata=["x"])


def test_stats_of_nothing():
    assert (Stats(0, 0).rate, Stats(0, 0).ratio) == (1.0, 1.0)
    assert (Stats(10, 0).rate, Stats(10, 0).ratio) == (0.0, float("inf"))
    assert Stats(10, 4).ratio == 2.5


def test_a_result_is_printed_as_its_text_and_a_line_of_figures():
    documents = [Document("a", "Paris is the capital of France. It rained."), Document("b", "Dogs bark.")]
    result = ragzip.compress(documents, "capital of France", target_tokens=7, compressor="bm25", cache=False)
    figures = "14 → 7 tokens (50.0%), 1 of 2 documents kept"
    assert str(result) == f"Paris is the capital of France.\n\n[{figures}]"
    assert f"Context: {result}" == "Context: Paris is the capital of France."
    assert repr(result) == f"Result('Paris is the capital of France.', {figures})"
    large = ragzip.compress(" ".join(["word"] * 10_000), rate=1.0, cache=False)
    assert len(repr(large)) < 200


def test_an_empty_result_says_why():
    assert str(ragzip.compress([], cache=False)).startswith("[0 → 0 tokens (100.0%), 0 of 0 documents kept")
    result = ragzip.compress("Dogs bark.", "x", target_tokens=0, compressor="bm25", cache=False)
    assert result.text == "" and "→ 0 tokens (0.0%), 0 of 1 documents kept" in str(result)


def test_a_result_with_vectors_can_be_printed():
    vectors = SoftSegment(np.zeros((16, 2), np.float32), "model")
    source = Document("d", "Dogs bark. Cats sleep.")
    segment = replace(Segment.whole(source, 0).keep([(11, 22)]), soft=(vectors,))
    result = Result((vectors, "Cats sleep."), (segment,), Stats(30, 20))
    assert str(result) == "‹16 vectors›Cats sleep.\n\n[30 → 20 tokens (66.7%), 1 of 1 documents kept]"
    assert repr(result).startswith("Result('Cats sleep.', 30 → 20 tokens")


def test_documents_are_hashable():
    assert len({Document("a", "x", metadata={"k": []}), Document("a", "x", metadata={"k": []})}) == 1


def test_text_and_id_of_a_document_the_wrong_way_round():
    with pytest.raises(InputError, match=r"expected Document\(id, text\)"):
        Document("The pump broke.\n\nIt was repaired on Friday.", "manual")
    assert Document("a\nb", "a text that is longer").id == "a\nb"
