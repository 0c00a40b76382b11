import asyncio
from importlib import import_module

import numpy as np
import pytest
from langchain_core.documents import Document as LangChainDocument

import ragzip
from ragzip.compressors.extractive.family import Extractive
from ragzip.compressors.registry import TABLE
from ragzip.errors import InputError, ModelError, OptionError, RagzipError, UnknownNameError
from ragzip.langchain import RagzipCompressor, as_runnable
from ragzip.testing.data import PIECES
from ragzip.text.tokens import token_counter
from ragzip.types import Document

DOCS = [
    Document("paris", "Paris is the capital of France. It rained on Monday.", title="Paris"),
    Document("berlin", "Berlin is in Germany. The wall fell in 1989.", title="Berlin", metadata={"page": 3}),
]


def test_text_documents_and_spans_agree():
    result = ragzip.compress(DOCS, "What is the capital of France?", target_tokens=8, compressor="bm25", cache=False)
    assert result.text == "Paris is the capital of France."
    assert [d.text for d in result.documents] == ["Paris is the capital of France.", ""]
    assert result.documents[0].spans == ((0, 31),) and result.documents[1].spans == ()
    assert result.documents[1].metadata == {"page": 3} and result.documents[0].title == "Paris"
    (citation,) = result.citations()
    assert (citation.id, citation.start, citation.end, citation.source_start) == ("paris", 0, 31, 0)
    assert {"count", "extractive/bm25.v1", "fit"} <= set(result.stats.seconds)


@pytest.mark.parametrize(
    "context", ["One text.", Document("a", "One text."), ["One text."], (Document("a", "One text."),)]
)
def test_every_kind_of_context(context):
    result = ragzip.compress(context, rate=1.0, cache=False)
    assert result.text == "One text." and result.stats.rate == 1.0
    assert result.stats.notes == ("everything fits: nothing was left out",)


def test_without_any_budget():
    text = " ".join(f"Sentence number {i} is about rivers." for i in range(60))
    assert 0.3 < ragzip.compress(text, cache=False).stats.rate <= 0.5
    assert ragzip.compress(text, compressor="none", cache=False).text == text
    short = "Paris is the capital of France. Berlin is in Germany."
    for query in (None, "capital?"):  # too short to be worth it
        result = ragzip.compress(short, query, cache=False)
        (note,) = result.stats.notes
        assert result.text == short and note.code == "everything-fits"


def test_headers_for_citations():
    pipeline = ragzip.Pipeline(
        "bm25", target_tokens=30, cache=False, layout=ragzip.Layout(header="[{number}] {title}: ")
    )
    result = pipeline.run(DOCS, "Berlin Germany")
    assert "[2] Berlin: Berlin is in Germany." in result.text
    for citation in result.citations():
        source = next(d for d in DOCS if d.id == citation.id).text
        piece = source[citation.source_start : citation.source_end]
        assert result.text[citation.start : citation.end] == piece
    with pytest.raises(OptionError, match="header"):
        ragzip.Layout(header="{nonsense}")


SOURCES = [
    Document("a", "It rained on Monday. Nobody came.", title="Weather"),
    Document("b", "Berlin is in Germany. The wall fell in 1989.", title="Berlin\n[9] Rome"),
    Document("c", "The wall was built in 1961. It was long."),
]


def test_numbered_sources():
    options = {"target_tokens": 40, "compressor": "bm25", "cache": False, "layout": ragzip.Layout.sources()}
    result = ragzip.compress(SOURCES, "When was the Berlin wall built, when did it fall?", **options)
    written = [line for line in result.text.splitlines() if line.startswith("[")]
    # as many as have text left, each by its place among those given, titles on one line, no space where there is none
    assert written == [line for line, document in zip(
        ("[1] Weather", "[2] Berlin [9] Rome", "[3]"), result.documents, strict=True
    ) if document.text]  # fmt: skip
    assert {"[2] Berlin [9] Rome", "[3]"} <= set(written)
    for citation in result.citations():
        source = next(d for d in SOURCES if d.id == citation.id).text
        assert result.text[citation.start : citation.end] == source[citation.source_start : citation.source_end]
    (in_batch,) = ragzip.compress_batch([(SOURCES, "When was the Berlin wall built, when did it fall?")], **options)
    alone = asyncio.run(ragzip.acompress(SOURCES, "When was the Berlin wall built, when did it fall?", **options))
    assert in_batch.text == alone.text == result.text


@pytest.mark.parametrize("compressor", ["auto", "bm25", "pruner", "truncate"])
def test_the_budget_counts_sources_exactly(compressor):
    count = token_counter()
    for target in range(0, 60):
        for layout in (ragzip.Layout.sources(), ragzip.Layout(header="{number}: {title} ", separator="\n---\n")):
            result = ragzip.compress(
                SOURCES, "When did the wall fall?", target_tokens=target, compressor=compressor, layout=layout
            )
            assert result.stats.tokens_out == count(result.text) <= target


def test_everything_fits_has_its_sources_and_a_kept_part_is_none():
    prompt = [ragzip.Part("instruction", "Answer briefly.", keep=True), *SOURCES]
    result = ragzip.compress(prompt, "wall?", target_tokens=500, layout=ragzip.Layout.sources())
    assert result.text.startswith("Answer briefly.\n\n[2] Weather\nIt rained on Monday.")


@pytest.mark.parametrize("layout", ["sources", "[{number}] {title}", {"header": ""}, ragzip.Layout, 5, True])
def test_what_is_no_layout(layout):
    with pytest.raises(OptionError, match=r"layout: received .*expected a ragzip.Layout, such as Layout.sources\(\)"):
        ragzip.compress(SOURCES, layout=layout)


def test_a_list_runs_in_order():
    result = ragzip.compress(
        PIECES, "Who wrote to Babbage?", target_tokens=60, compressor=["bm25", "embedding"], cache=False
    )
    assert result.stats.compressors == ("extractive/bm25.v1", "extractive/embedding.v1")
    assert 0 < result.stats.tokens_out <= 60 and "Babbage" in result.text


def test_threshold():
    result = ragzip.compress(DOCS, "capital of France", threshold=1, compressor="pruner", cache=False)
    assert result.text == ""
    everything = ragzip.compress(DOCS, "capital of France", threshold=0.0, compressor="pruner", cache=False)
    assert everything.stats.rate == 1.0
    with pytest.raises(OptionError, match=r"threshold: received 50, expected a probability"):
        ragzip.compress(DOCS, "capital of France", threshold=50, compressor="pruner", cache=False)


@pytest.mark.parametrize(
    "compressor", ["bm25", "hybrid", "embedding", "token/semantic", "html/bm25", "truncate", "random", "none"]
)
def test_a_threshold_is_refused_where_scores_are_no_probabilities(compressor):
    with pytest.raises(OptionError, match=r"threshold: received 0.5, expected none for .* not probabilities"):
        ragzip.compress(DOCS, "capital of France", threshold=0.5, compressor=compressor, cache=False)
    chain = ragzip.compress(DOCS, "capital of France", threshold=0.5, compressor=[compressor, "auto"], cache=False)
    assert chain.stats.compressors[-1].startswith("auto.")


def test_every_compressor_says_whether_its_scores_are_probabilities():
    for name, entry in TABLE.items():
        module, _, attribute = entry.target.partition(":")
        assert hasattr(getattr(import_module(module), attribute), "scores_are_probabilities"), name


def test_a_compressor_of_the_caller_takes_any_threshold():
    class Longest(Extractive):
        name = "test/longest.v1"

        def score(self, query, passages):
            return [np.array([float(len(s)) for s in passage.sentences]) for passage in passages]

    result = ragzip.compress(DOCS, threshold=30, compressor=Longest(), cache=False)
    assert result.text == "Paris is the capital of France."


def test_repeats_come_last():
    fact = "The bridge was opened in 1932 by the premier of the state."
    docs = [f"{fact} It is long.", f"Trains cross it daily. {fact}", f"{fact} Cars cross it too."]
    for compressor in ("bm25", "embedding", "hybrid"):
        result = ragzip.compress(
            docs, "When was the bridge opened?", target_tokens=26, compressor=compressor, cache=False
        )
        assert result.text.count("1932") == 1, compressor


def test_batch_async_and_order():
    items = [(DOCS, "capital of France"), ("One. Two.", None)]
    batch = ragzip.compress_batch(items, rate=0.5, cache=False)
    alone = [ragzip.compress(*item, rate=0.5, cache=False) for item in items]
    assert [result.text for result in batch] == [result.text for result in alone]

    async def both():
        return await asyncio.gather(*(ragzip.acompress(*item, rate=0.5, cache=False) for item in items))

    assert [result.text for result in asyncio.run(both())] == [result.text for result in alone]
    with pytest.raises(InputError, match="item 0"):
        ragzip.compress_batch(["not a pair"])
    with pytest.raises(OptionError, match="nonsense"):
        ragzip.compress_batch([], nonsense=1)


def test_wrap():
    def ask(prompt, question="Who?", *, times=1):
        return prompt, question, times

    short = ragzip.wrap(ask, query_arg="question", target_tokens=8, compressor="bm25", cache=False)
    text = DOCS[0].text + " " + DOCS[1].text
    assert short(text, "capital of France") == ("Paris is the capital of France.", "capital of France", 1)
    assert short(prompt=DOCS, question="capital of France", times=2)[0] == "Paris is the capital of France."
    assert short(None)[0] is None
    assert short.__name__ == "ask"
    with pytest.raises(OptionError, match="nothing"):
        ragzip.wrap(ask, arg="nothing")
    with pytest.raises(TypeError):
        short()


def test_wrap_keyword_and_async_functions():
    def ask(**fields):
        return fields

    short = ragzip.wrap(ask, query_arg="q", target_tokens=8, compressor="bm25", cache=False)
    assert short(prompt=DOCS, q="capital of France", k=1) == {
        "prompt": "Paris is the capital of France.",
        "q": "capital of France",
        "k": 1,
    }

    async def aask(prompt):
        return prompt

    ashort = ragzip.wrap(aask, target_tokens=5, compressor="truncate", cache=False)
    assert asyncio.run(ashort("One two three four five six seven eight")) == "One two three four five"


def test_passthrough_gives_the_original_and_the_reason():
    class Broken:
        name = "test/broken.v1"

        def compress(self, query, segments, budget):
            raise ZeroDivisionError("boom")

    for compressor in (Broken(), "no-such-name"):
        result = ragzip.compress(DOCS, rate=0.5, compressor=compressor, on_error="passthrough", cache=False)
        assert result.text == DOCS[0].text + "\n\n" + DOCS[1].text
        assert result.stats.rate == 1.0 and result.stats.fallback
        assert [d.id for d in result.documents] == ["paris", "berlin"]
    with pytest.raises(ZeroDivisionError):
        ragzip.compress(DOCS, rate=0.5, compressor=Broken(), cache=False)
    with pytest.raises(OptionError, match="on_error"):
        ragzip.compress(DOCS, on_error="ignore")
    with pytest.raises(InputError):
        ragzip.compress(5, on_error="passthrough")


def test_compressors_that_break_the_protocol():
    class Loses:
        name = "test/loses.v1"

        def compress(self, query, segments, budget):
            return list(segments)[1:]

    with pytest.raises(RagzipError, match="1 segments for 2"):
        ragzip.compress(DOCS, rate=0.5, compressor=Loses(), cache=False)
    for bad in (5, [], [5], None):
        with pytest.raises(OptionError, match="compressor"):
            ragzip.compress(DOCS, compressor=bad)


def test_never_longer_when_a_method_rewrites():
    class Verbose:
        name = "test/verbose.v1"

        def compress(self, query, segments, budget):

            return [s.rewritten(s.text + " and so on" * 20) for s in segments]

    result = ragzip.compress(DOCS, compressor=Verbose(), cache=False)
    assert result.stats.tokens_out == result.stats.tokens_in and "longer" in result.stats.notes[0]
    capped = ragzip.compress(DOCS, compressor=Verbose(), target_tokens=10, cache=False)
    assert capped.stats.tokens_out <= 10


def test_registry():
    assert ragzip.load("bm25").name == ragzip.load("extractive/bm25.v1").name == "extractive/bm25.v1"
    for bad in ("bm26", "bm25.v2", "", "extractive"):
        with pytest.raises(UnknownNameError, match="extractive/embedding"):
            ragzip.load(bad)
    for options in ({"nonsense": 1}, {"neighbours": 5}, {"model": "x"}):
        with pytest.raises(OptionError):
            ragzip.load("bm25", **options)
    with pytest.raises(ModelError, match="no folder"):
        ragzip.load("embedding", model="/nowhere")
    assert ragzip.load("embedding", neighbours=0.0, backend="onnx").neighbours == 0.0
    with pytest.raises(OptionError, match="backend"):
        ragzip.load("hybrid", backend="tpu")


def test_megabytes_on_one_line(at_length):
    words = 870_000 if at_length else 87_000
    result = ragzip.compress("lorem ipsum " * words, "ipsum", target_tokens=50, compressor="truncate", cache=False)
    assert result.stats.tokens_out == 50


@pytest.mark.parametrize("cores", ["1", "2"])
def test_a_long_context_is_counted_beside_other_work(cores, monkeypatch):
    monkeypatch.setenv("RAGZIP_CORES", cores)
    text = "".join(f"{number} rows of the table were read in order.\n" for number in range(13_000))
    stats = ragzip.compress(text, "12007 rows", target_tokens=20, compressor="truncate", cache=False).stats
    encoding = token_counter()
    assert stats.tokens_in == sum(encoding(line) for line in text.splitlines(keepends=True)) and stats.tokens_out <= 20


def uncached(context, query=None, **options):
    return ragzip.compress(context, query, **{"cache": False, **options})


def test_pass_through_loses_nothing():
    texts = (text for text in ["hello world", "b"])
    result = uncached(texts, target_tokens=-1, on_error="passthrough")
    assert result.text == "hello world\n\nb" and "target_tokens" in result.stats.fallback
    nul = [LangChainDocument(page_content="PDF\0text", id="x")]
    (kept,) = RagzipCompressor(target_tokens=12, on_error="passthrough").compress_documents(nul, "x")
    assert (kept.page_content, kept.id) == ("PDF\0text", "x") and "NUL" in kept.metadata["ragzip"]["fallback"]
    value = as_runnable(rate=0.5, on_error="passthrough").invoke({"documents": nul, "query": "x"})
    assert value["documents"][0].page_content == "PDF\0text"

    def broken(text):
        raise KeyError("vocabulary")

    assert uncached("One. Two.", rate=0.5, tokenizer=broken, on_error="passthrough").text == "One. Two."
    with pytest.raises(OptionError, match="vocabulary"):
        uncached("One. Two.", rate=0.5, tokenizer=broken)


def test_wrap_finds_its_arguments():
    text = "It rained all day in London town. Berlin has many clubs and bars."

    def loose(prompt, **rest):
        return prompt

    short = ragzip.wrap(loose, query_arg="question", target_tokens=8, compressor="bm25", cache=False)
    assert short(text, question="Berlin clubs").startswith("Berlin")
    for bad in (lambda *prompt: prompt, lambda **prompt: prompt, 5):
        with pytest.raises(OptionError, match="received"):
            ragzip.wrap(bad)
