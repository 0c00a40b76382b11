"""What costs tokens and says nothing goes first, by one option, and what is left is exact and well-formed."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import ragzip
from ragzip.cli import app
from ragzip.errors import OptionError
from ragzip.text.structure import tidy_text

BLOB = "iVBORw0KGgoAAAANSUhEUgAAAAUA" * 12
ORDERS = json.dumps([{"id": n, "note": None, "city": "Leeds", "tags": []} for n in range(6)], indent=2)
LOG = "\n".join(f"2024-05-04 10:{n:02}:00 INFO poll ok" for n in range(20)) + "\n2024-05-04 10:31:00 ERROR disk full\n"
STATIONS = "station,note,year\nLeeds,,2017\nYork,,2018\nstation,note,year\nBath,,2019\n"
TEXTS = {
    "orders.json": ORDERS,
    "poll.log": LOG,
    "stations.csv": STATIONS,
    "plan.md": f"# Plan\n\n<!-- draft -->\n\nThe mill ![plan](data:image/png;base64,{BLOB}) is here.\n\nIt burned.\n",
    "feed.xml": "<a>\n  <item>\n    <name>pump</name>\n  </item>\n  <item>\n    <name>weir</name>\n  </item></a>\n",
    "run.txt": "\x1b[32mok\x1b[0m   tests/test_a.py\n\x1b[31mFAILED\x1b[0m tests/test_b.py::test_weir\n" * 2,
}
PROSE = f"The mill   stands in Leeds.  \n\n\n\nIt was\x1b[1m old\x1b[0m. See {BLOB} there.\n"


def compressed(*names, query="Which disk is full?", **options):
    documents = [ragzip.Document(name, TEXTS.get(name, PROSE)) for name in names]
    result = ragzip.compress(documents, query, **{"compressor": "extractive/bm25", "cache": False} | options)
    for segment, document in zip(result.segments, result.documents, strict=True):
        source = document.source.text
        for (start, end), offset in zip(document.spans, segment.offsets, strict=True):
            assert document.text[offset : offset + end - start] == source[start:end]
    for citation in result.citations():
        assert result.text[citation.start : citation.end]
    return result


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("budget", [{"target_tokens": 5000}, {"rate": 1.0}])
def test_what_fits_comes_tidy_and_a_note_says_what_went(name, budget):
    result = compressed(name, **budget)
    assert 0 < result.stats.tokens_out < result.stats.tokens_in
    tidy_note, fits_note = result.stats.notes
    assert tidy_note.startswith("tidied: ") and name in tidy_note and fits_note.startswith("everything fits")
    assert compressed(name, tidy=False, **budget).text == TEXTS[name]
    assert compressed(name, tidy=True, **budget).text == result.text


def test_what_is_left_is_well_formed():
    assert json.loads(compressed("orders.json", target_tokens=5000).text) == [
        {"id": n, "city": "Leeds"} for n in range(6)
    ]
    assert list(csv.reader(io.StringIO(compressed("stations.csv", target_tokens=5000).text))) == [
        ["station", "year"], ["Leeds", "2017"], ["York", "2018"], ["Bath", "2019"],
    ]  # fmt: skip
    feed = ElementTree.fromstring(compressed("feed.xml", target_tokens=5000).text)
    assert [name.text for name in feed.iter("name")] == ["pump", "weir"]
    assert compressed("poll.log", target_tokens=5000).text == (
        "2024-05-04 10:00:00 INFO poll ok (×20, until 2024-05-04 10:19:00)\n2024-05-04 10:31:00 ERROR disk full"
    )


def test_notes_name_what_went():
    def note(name, **options):
        return compressed(name, target_tokens=5000, **options).stats.notes[0]

    assert "white space, empty values" in note("orders.json")
    assert "repeated lines" in note("poll.log") and "empty columns" in note("stations.csv")
    assert "comments" in note("plan.md") and "encoded data" in note("plan.md")
    assert "escapes" in note("run.txt") and "escapes" in note("a", tidy=True)
    assert "of 2 documents left out" in compressed("orders.json", "poll.log", target_tokens=5000).stats.notes[0]


def test_prose_only_where_it_is_said():
    assert compressed("a", target_tokens=5000, tidy=False).text == PROSE
    assert compressed("a", target_tokens=5000, tidy=True).text == "The mill stands in Leeds.\n\nIt was old. See  there."
    plain = "The mill   stands in Leeds.  \n\n\n\nIt was old.\n"
    assert ragzip.compress(plain, target_tokens=5000).text == plain
    kept = ragzip.compress(plain + "It rained. " * 40, "Where is the mill?", target_tokens=9, tidy=True)
    assert kept.text == "The mill stands in Leeds."


def test_models_do_not_read_it():
    class Recorder(type(ragzip.load("extractive/bm25"))):
        def score(self, query, passages):
            texts.extend(passage.text for passage in passages)
            return super().score(query, passages)

    texts = []
    compressed("plan.md", "run.txt", target_tokens=20, compressor=Recorder())
    compressed("a", target_tokens=9, compressor=Recorder(), tidy=True)
    assert len(texts) == 3 and not any(BLOB[:40] in text or "\x1b" in text for text in texts)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("compressor", ["baseline/truncate", ["extractive/bm25", "baseline/none"]])
@pytest.mark.parametrize("tidy", [None, True, False])
def test_compressors_that_read_words_get_it_tidy(name, compressor, tidy):
    for tokens in (10, 25, 60):
        result = compressed(name, "a", compressor=compressor, target_tokens=tokens, tidy=tidy)
        may_be_empty = tokens < 60 or (name == "plan.md" and tidy is False)  # its best sentence has a picture in it
        assert (0 if may_be_empty else 1) <= result.stats.tokens_out <= tokens
        assert tidy is False or not any(noise in result.text for noise in (BLOB[:40], "\x1b", "<!--", "null"))


def test_without_a_budget():
    assert json.loads(compressed("orders.json", query=None, compressor="baseline/truncate").text)[1]["id"] == 1
    tidy = compressed("orders.json", query=None, compressor="baseline/none", tidy=True).text
    assert json.loads(tidy)[5]["id"] == 5 and "null" not in tidy


def test_no_compression_leaves_it_all():
    for name, text in TEXTS.items():
        assert compressed(name, query=None, compressor="baseline/none").text == text


def test_untidy_units_keep_what_is_in_them():
    kept = compressed("run.txt", query="Which test FAILED?", target_tokens=40, tidy=False).text
    assert "FAILED\x1b[0m tests/test_b.py" in kept
    kept = compressed("orders.json", query="id 3", target_tokens=60, tidy=False).text
    assert '"note": null' in kept and json.loads(kept)
    assert (
        compressed("stations.csv", query="York", target_tokens=20, tidy=False).text == "station,note,year\nYork,,2018"
    )
    assert compressed("stations.csv", query="York", target_tokens=9).text == "station,year\nYork,2018"


def test_protected_text_does_not_go():
    assert "note" not in compressed("stations.csv", target_tokens=5000).text
    import re

    kept = compressed("stations.csv", target_tokens=5000, protect=[re.compile("note")])
    assert kept.text == STATIONS and not any(note.startswith("tidied") for note in kept.stats.notes)


def test_what_may_say_something_stays():
    feed = "<a>\n  <!-- 30 pumps -->\n  <b>1</b>\n  <b>2</b>\n</a>\n"
    config = "a: 1\n\n\n\nb: 2\n# 30 pumps\n"
    for name, text in (("a.xml", feed), ("b.yaml", config), ("c.json", '{"a": "", "b": "x"}')):
        assert ragzip.compress(ragzip.Document(name, text), target_tokens=5000).text == text


def test_parts_stay_and_of_pages_there_is_what_they_show():
    part = ragzip.Part("orders.json", ORDERS, keep=True)
    page = ragzip.Document("a.html", "<html><body><p>Pumps</p><p hidden>Weirs</p></body></html>", mime="text/html")
    for tidy, shown in ((True, "<p>Pumps"), (None, "<p>Pumps"), (False, page.text)):
        result = ragzip.compress([part, page], target_tokens=5000, compressor="extractive/bm25", tidy=tidy)
        assert [document.text for document in result.documents] == [ORDERS, shown]


def test_a_text_that_cannot_be_read_costs_the_others_nothing(monkeypatch):
    def failing(source, structure, **options):
        if source == LOG:
            raise RecursionError("too deep")
        return tidy_text(source, structure, **options)

    monkeypatch.setattr("ragzip.compressors.tidying.tidy_text", failing)
    result = compressed("orders.json", "poll.log", target_tokens=5000, on_error="passthrough")
    assert result.documents[1].text == LOG and "too deep" in result.stats.fallback
    assert json.loads(result.documents[0].text)[0] == {"id": 0, "city": "Leeds"}
    with pytest.raises(RecursionError):
        compressed("poll.log", target_tokens=5000)


def test_the_command_line(tmp_path):
    file = tmp_path / "orders.json"
    file.write_text(ORDERS, "utf-8")

    def run(*options):
        return CliRunner().invoke(app, ["compress", str(file), "-n", "5000", "-c", "extractive/bm25", *options])

    assert json.loads(run().stdout)[0] == {"id": 0, "city": "Leeds"} and "tidied" in run().stderr
    assert run("--no-tidy").stdout.strip() == ORDERS and run("--tidy").stdout == run().stdout


def test_langchain():
    documents = pytest.importorskip("langchain_core.documents")
    from ragzip.langchain import RagzipCompressor

    given_document = documents.Document(page_content=ORDERS, metadata={"source": "orders.json"})
    for tidy, text in ((None, compressed("orders.json", target_tokens=5000).text), (False, ORDERS)):
        compressor = RagzipCompressor(target_tokens=5000, compressor="extractive/bm25", tidy=tidy)
        assert compressor.compress_documents([given_document], "id")[0].page_content == text


@pytest.mark.parametrize("value", ["yes", 1, "True"])
def test_other_values_are_refused(value):
    with pytest.raises(OptionError, match=r"tidy: received .*, expected True or False"):
        ragzip.compress("x", tidy=value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab \n", max_size=8) | st.just(BLOB),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(
    st.lists(st.dictionaries(st.sampled_from("abcd"), VALUES, min_size=1), min_size=1, max_size=6),
    st.sampled_from([None, 1, 2]),
)
def test_generated_json_says_the_same(records, indent):
    document = ragzip.Document("a.json", json.dumps(records, indent=indent))
    result = ragzip.compress(document, target_tokens=10**6, compressor="extractive/bm25")
    kept = json.loads(result.text)
    if result.text != document.text:
        assert filled(kept) == filled(records)


def filled(value):
    """``value`` without what is empty or encoded, as far as lists are concerned only where that is all of them."""
    if isinstance(value, dict):
        members = {key: filled(member) for key, member in value.items()}
        return {key: member for key, member in members.items() if member not in (None, "", [], {}, BLOB)}
    if isinstance(value, list):
        return [filled(item) for item in value if item != BLOB and not (isinstance(item, str) and "left out" in item)]
    return value
