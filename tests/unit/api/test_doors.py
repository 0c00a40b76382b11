"""Every public door, each tried with every kind of wrong type and value.

A door either gives a sensible result or a RagzipError that says what was received and what was expected. Nothing else
comes out: no TypeError, AttributeError, OverflowError, no ValueError of another library, no panic.
"""

import enum
import inspect
import math
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import ragzip
from ragzip import langchain
from ragzip.cache import DiskStore, SegmentCache, open_cache
from ragzip.cli import compress as commands
from ragzip.compressors.checked import checked_segments
from ragzip.compressors.options import Options
from ragzip.compressors.registry import TABLE, options_of
from ragzip.errors import MissingExtraError, ModelError, OptionError, RagzipError
from ragzip.eval.measures.economics import Prices
from ragzip.eval.measures.metrics import METRICS, best, metric_named
from ragzip.eval.runs.readers import load_reader
from ragzip.eval.runs.runner import arms, run
from ragzip.eval.suites.load import load_suite
from ragzip.files.documents import read_documents
from ragzip.files.stores.redis import RedisStore
from ragzip.langchain import RagzipCompressor
from ragzip.pages.page import Page
from ragzip.pages.tree import block_tree, clean, numbered
from ragzip.retrievers.base import to_passages
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.retrievers.dense import DenseRetriever
from ragzip.retrievers.feedback import RM3
from ragzip.retrievers.hybrid import HybridRetriever, fuse
from ragzip.server.bodies import RequestBody
from ragzip.server.calls import Calls
from ragzip.server.config import ServerConfig
from ragzip.soft.prompt import SoftPrompt, from_base64
from ragzip.testing.fakes import (
    FakeEmbedder,
    FakePairScorer,
    FakePassageScorer,
    FakePathScorer,
    FakeRewriter,
    FakeSoftEncoder,
    FakeWordScorer,
)
from ragzip.text.protect import Protector
from ragzip.text.tokens import token_counter
from ragzip.types import Document, Part, Segment, SoftSegment, Unit

TEXT = "Paris is the capital of France. It rained on Monday. Berlin is in Germany."
DOCUMENTS = [Document("a", TEXT), Document("b", "Dogs bark. Cats do not.")]


class Text(str):
    __slots__ = ()


class Number(int):
    pass


class Color(enum.Enum):
    RED = 1


class Name(str, enum.Enum):  # noqa: UP042 - not one whose str() is its value
    WORDS = "words"


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no repr")


def function(value):
    return value


VALUES = {
    "none": lambda: None, "true": lambda: True, "false": lambda: False, "zero": lambda: 0, "one": lambda: 1,
    "negative": lambda: -1, "float": lambda: 1.5, "nan": lambda: math.nan, "inf": lambda: math.inf,
    "huge": lambda: 10**400, "unprintable number": lambda: 10**5000, "complex": lambda: 1j,
    "empty text": lambda: "", "blank": lambda: " ", "nul": lambda: "\0", "surrogate": lambda: "\ud800",
    "digits": lambda: "7", "long text": lambda: "x" * 100_000,
    "bytes": lambda: b"x", "bytearray": lambda: bytearray(b"x"),
    "list": lambda: [1, 2], "empty list": list, "list of none": lambda: [None], "dict": lambda: {"a": 1},
    "tuple": lambda: (1, "x"), "set": lambda: {1}, "object": object, "class": lambda: dict,
    "function": lambda: function,
    "generator": lambda: (i for i in (1, 2)), "module": lambda: math, "error": lambda: ValueError("x"),
    "numpy float": lambda: np.float64(0.5), "numpy single": lambda: np.float32(0.5), "numpy int": lambda: np.int64(3),
    "numpy bool": lambda: np.True_, "array": lambda: np.array([1, 2]), "array 0-d": lambda: np.array(3),
    "array of texts": lambda: np.array(["a", "b"]),
    "path": lambda: Path("no/such/file"), "path nul": lambda: Path("\0"),
    "decimal": lambda: Decimal("0.5"), "decimal snan": lambda: Decimal("sNaN"), "fraction": lambda: Fraction(1, 2),
    "str subclass": lambda: Text("x"), "int subclass": lambda: Number(2), "enum": lambda: Color.RED,
    "enum class": lambda: Color, "str enum": lambda: Name.WORDS, "unprintable": Unprintable,
}  # fmt: skip


def attempt(door, make):
    """What is wrong with the outcome of ``door`` for one value; None for a result or a proper error."""
    try:
        door(make())
    except (MissingExtraError, ModelError):  # what is not installed, or cannot be loaded, has words of its own
        return None
    except RagzipError as error:
        message = str(error)
        if "received" not in message or "expected" not in message:
            return f"{type(error).__name__} without received and expected: {message[:200]}"
        return f"a message of {len(message)} characters" if len(message) > 3000 else None
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    return None


def check(door, *, without=()):
    wrong = {name: attempt(door, make) for name, make in VALUES.items() if name not in without}
    wrong = {name: outcome for name, outcome in wrong.items() if outcome}
    assert not wrong, "\n".join(f"{name}: {outcome}" for name, outcome in wrong.items())


def compress(context=TEXT, query="Paris?", **options):
    return ragzip.compress(context, query, **{"cache": False, "target_tokens": 8, "compressor": "bm25", **options})


def prompt(prompt, query=None):
    return prompt


class Careless:
    """A compressor of the caller's own that gives back something else."""

    name = "careless.v1"

    def __init__(self, result):
        self.result = result

    def compress(self, query, segments, budget):
        return self.result


def checked(make):
    """What is made of a compressor that gives back what ``make`` makes of its segments."""
    segments = [Segment.whole(DOCUMENTS[0], 0)]
    return checked_segments(ragzip.load("bm25"), make(segments), segments)


INDEX = BM25Retriever(DOCUMENTS)
PASSAGE = [Document("x", "One two. Three four.")]
DOORS = {
    "Document.id": lambda v: Document(v, "x"),
    "Document.text": lambda v: Document("x", v),
    "Document.title": lambda v: Document("x", "y", title=v),
    "Document.score": lambda v: Document("x", "y", score=v),
    "Document.mime": lambda v: compress([Document("x", TEXT, mime=v)]),
    "Document.metadata": lambda v: Document("x", "y", metadata=v),
    "Part.keep": lambda v: Part("x", "y", keep=v),
    "Part.rate": lambda v: compress([Part("x", TEXT, rate=v)], target_tokens=30),
    "SoftSegment.vectors": lambda v: SoftSegment(v, "model"),
    "SoftSegment.model": lambda v: SoftSegment(np.zeros((1, 2), np.float32), v),
    "Layout.separator": lambda v: ragzip.Layout(separator=v),
    "Layout.header": lambda v: ragzip.Layout(header=v),
    "Layout.order": lambda v: ragzip.Layout(order=v),
    "Result.diff": lambda v: compress().diff(v),
    "target_tokens": lambda v: compress(target_tokens=v),
    "rate": lambda v: compress(rate=v),
    "context.item": lambda v: compress([v]),
    "query": lambda v: compress(query=v),
    "compressor.item": lambda v: compress(compressor=[v]),
    "layout": lambda v: ragzip.Pipeline("bm25", layout=v, cache=False).run(TEXT),
    "cache of a call": lambda v: compress(cache=v),
    "context": lambda v: compress(v),
    "threshold": lambda v: compress(threshold=v),
    "compressor": lambda v: compress(compressor=v),
    "on_error": lambda v: compress(on_error=v),
    "tidy": lambda v: compress(tidy=v),
    "deadline": lambda v: ragzip.Pipeline("bm25", deadline=v),
    "compress_batch": lambda v: ragzip.compress_batch(v, compressor="bm25", cache=False),
    "compress_batch.item": lambda v: ragzip.compress_batch([v], compressor="bm25", cache=False),
    "a compressor's result": lambda v: compress(compressor=Careless(v)),
    "tokenizer": lambda v: compress(tokenizer=v),
    "compressor gives back": lambda v: checked(lambda segments: v),
    "compressor gives back items": lambda v: checked(lambda segments: [v]),
    "document of a segment": lambda v: checked(lambda s: [replace(s[0], document=v)]),
    "position of a segment": lambda v: checked(lambda s: [replace(s[0], position=v)]),
    "score of a segment": lambda v: checked(lambda s: [replace(s[0], score=v)]),
    "text of a segment": lambda v: checked(lambda s: [replace(s[0].rewritten("x"), text=v)]),
    "spans of a segment": lambda v: checked(lambda s: [replace(s[0], spans=v)]),
    "span of a segment": lambda v: checked(lambda s: [s[0].rewritten("x", spans=((0, v),))]),
    "units of a segment": lambda v: checked(lambda s: [replace(s[0], units=v)]),
    "unit of a segment": lambda v: checked(lambda s: [replace(s[0], units=(Unit(v, 5, 0.0),))]),
    "score of a unit": lambda v: checked(lambda s: [replace(s[0], units=(Unit(0, 5, v),))]),
    "token_counter": lambda v: token_counter(v)("x y"),
    "callable tokenizer": lambda v: token_counter(lambda text: v)("x y"),
    "protect": lambda v: compress(protect=v),
    "Protector": lambda v: Protector(v)(TEXT),
    "cache": lambda v: open_cache(v),
    "SegmentCache": lambda v: SegmentCache(v),
    "DiskStore.folder": lambda v: DiskStore(v),
    "DiskStore.size_limit": lambda v: DiskStore("no/such/folder", size_limit=v),
    "RedisStore": lambda v: RedisStore(v),
    "RedisStore.prefix": lambda v: RedisStore("redis://h", prefix=v),
    "RedisStore.expiry": lambda v: RedisStore("redis://h", expiry=v),
    "RedisStore.timeout": lambda v: RedisStore("redis://h", timeout=v),
    "wrap.fn": lambda v: ragzip.wrap(v),
    "wrap.arg": lambda v: ragzip.wrap(prompt, arg=v),
    "wrap.query_arg": lambda v: ragzip.wrap(prompt, query_arg=v),
    "load.name": lambda v: ragzip.load(v),
    "to_passages": lambda v: to_passages(v),
    "to_passages.max_words": lambda v: to_passages(PASSAGE, max_words=v),
    "to_passages.overlap": lambda v: to_passages(PASSAGE, overlap=v),
    "BM25Retriever": lambda v: BM25Retriever(v),
    "BM25Retriever.max_words": lambda v: BM25Retriever(PASSAGE, max_words=v),
    "BM25Retriever.overlap": lambda v: BM25Retriever(PASSAGE, overlap=v),
    "index.add": lambda v: BM25Retriever().add(v),
    "index.delete": lambda v: BM25Retriever(PASSAGE).delete(v),
    "index.retrieve": lambda v: INDEX.retrieve(v),
    "index.retrieve.k": lambda v: INDEX.retrieve("dogs", v),
    "DenseRetriever": lambda v: DenseRetriever(v, embedder=FakeEmbedder(), cache=False),
    "DenseRetriever.embedder": lambda v: DenseRetriever([], embedder=v, cache=False),
    "DenseRetriever.cache": lambda v: DenseRetriever([], embedder=FakeEmbedder(), cache=v),
    "HybridRetriever": lambda v: HybridRetriever(v, embedder=FakeEmbedder(), cache=False),
    "HybridRetriever.retrievers": lambda v: HybridRetriever(retrievers=v),
    "HybridRetriever.depth": lambda v: HybridRetriever(retrievers=[INDEX], depth=v).retrieve("dogs"),
    "HybridRetriever.retrieve": lambda v: HybridRetriever(retrievers=[INDEX]).retrieve(v),
    "HybridRetriever.delete": lambda v: HybridRetriever(PASSAGE, embedder=FakeEmbedder(), cache=False).delete(v),
    "HybridRetriever.weights": lambda v: HybridRetriever(retrievers=[INDEX], weights=v),
    "index.retrieve_with_feedback": lambda v: BM25Retriever(PASSAGE, feedback=RM3()).retrieve_with_feedback("dogs", v),
    "LangChainRetriever": lambda v: langchain.LangChainRetriever(v),
    "fuse": lambda v: fuse(v),
    "fuse.weights": lambda v: fuse([DOCUMENTS], weights=v),
    "fuse.k0": lambda v: fuse([DOCUMENTS], k0=v),
    "clean": lambda v: clean(v),
    "clean.output": lambda v: clean("<p>x", output=v),
    "clean.links": lambda v: clean("<p>x", links=v),
    "clean.parity": lambda v: clean("<p>x", parity=v),
    "block_tree": lambda v: block_tree(v),
    "block_tree.max_words": lambda v: block_tree("<p>x", max_words=v),
    "block_tree.characters": lambda v: block_tree("<p>x", characters=v),
    "block_tree.parity": lambda v: block_tree("<p>x", parity=v),
    "numbered": lambda v: numbered(v, []),
    "numbered.blocks": lambda v: numbered(Page.of("<p>x"), v),
    "read_documents": lambda v: read_documents(v),
    "read_documents.item": lambda v: read_documents([v]),
    "load_suite": lambda v: load_suite(v),
    "load_suite.data": lambda v: load_suite("own", v),
    "load_suite.tasks": lambda v: load_suite("own", "no/such/file", tasks=v),
    "load_suite.most": lambda v: load_suite("own", "no/such/file", most=v),
    "load_suite.unanswerable": lambda v: load_suite("own", "no/such/file", unanswerable=v),
    "arms": lambda v: arms(v),
    "arms.rates": lambda v: arms(["bm25"], v),
    "arms.rate": lambda v: arms(["bm25"], [v]),
    "arms.target_tokens": lambda v: arms(["bm25"], [], v),
    "arms.target_token": lambda v: arms(["bm25"], [], [v]),
    "run.examples": lambda v: run(v, [], out="", suite="x"),
    "run.grid": lambda v: run([], v, out="", suite="x"),
    "run.workers": lambda v: run([], [], out="", suite="x", workers=v),
    "run.out": lambda v: run([], [], out=v, suite=""),
    "run.suite": lambda v: run([], [], out="/dev/null/x", suite=v, workers=0),
    "run.reader": lambda v: run([], [], out="/dev/null/x", suite="x", reader=v, progress=0),
    "run.compressors": lambda v: run([], [], out="/dev/null/x", suite="x", compressors=v, progress=0),
    "load_reader": lambda v: load_reader(v, url="ftp://nowhere"),
    "metric_named": lambda v: metric_named(v),
    "best.prediction": lambda v: best("qa_f1", v, ["x"]),
    "best.answers": lambda v: best("qa_f1", "x", v),
    "best.classes": lambda v: best("classification", "x", ["x"], v),
    **{f"Prices.{name}": lambda v, name=name: Prices(**{name: v}) for name in inspect.signature(Prices).parameters},
    "SoftPrompt.parts": lambda v: SoftPrompt(v),
    "SoftPrompt.plain": lambda v: SoftPrompt(("x",), v),
    "SoftPrompt.of": lambda v: SoftPrompt.of(v),
    "SoftPrompt.of.query": lambda v: SoftPrompt.of("x", v),
    "SoftPrompt.of.template": lambda v: SoftPrompt.of("x", template=v),
    "from_base64": lambda v: from_base64(v) if not isinstance(v, str) else None,  # texts need torch
    **{
        f"RagzipCompressor.{name}": lambda v, name=name: langchain.RagzipCompressor(**{name: v})
        for name in langchain.RagzipCompressor.model_fields
    },
    "RagzipCompressor.documents": lambda v: langchain.RagzipCompressor(cache=False).compress_documents(v, "x"),
    "as_runnable.keep_empty": lambda v: langchain.as_runnable(keep_empty=v),
    "as_runnable": lambda v: langchain.as_runnable("bm25", cache=False).invoke(v),
    "as_runnable.documents": lambda v: langchain.as_runnable("bm25", cache=False).invoke({"documents": v}),
}


@pytest.mark.parametrize("name", DOORS)
def test_a_door(name):
    check(DOORS[name])


MODELS = {  # stand-ins for what a compressor would load
    "extractive/pruner": {"model": FakePassageScorer}, "extractive/hybrid": {"model": FakeEmbedder},
    "extractive/embedding": {"model": FakeEmbedder},
    "extractive/exit": {"model": FakePairScorer}, "extractive/provence": {"model": FakePassageScorer},
    "abstractive/recomp": {"model": FakeRewriter}, "abstractive/scope": {"model": FakeRewriter},
    "token/pruner-words": {"model": FakePassageScorer}, "token/llmlingua2": {"model": FakeWordScorer},
    "token/selective-context": {"model": FakeWordScorer}, "token/gemfilter": {"model": FakeWordScorer},
    "token/semantic": {"model": FakeEmbedder}, "extractive/recomp": {"model": FakeEmbedder},
    "html/pruner": {"model": FakePassageScorer}, "html/embedding": {"model": FakeEmbedder},
    "html/paths": {"model": FakePathScorer},
}  # fmt: skip
SOFT = {name for name in TABLE if name.startswith("soft/")}  # all need a language model
LOADS_TORCH = {"model", "device", "pipeline", "parity", "adapter", "dtype", "url", "key", "prompt"}


def class_of(name):
    module, _, attribute = TABLE[name].target.partition(":")
    return getattr(import_module(module), attribute)


def test_every_compressor_that_needs_a_model_has_a_stand_in():
    assert {name for name, entry in TABLE.items() if entry.needs_model} <= set(MODELS) | SOFT <= set(TABLE)


@pytest.mark.parametrize("name", sorted(TABLE.keys() - SOFT))
def test_options_of_a_compressor(name):
    cls, fakes = class_of(name), MODELS.get(name, {})
    for option in options_of(cls):
        if fakes and option in LOADS_TORCH:
            continue
        given = {key: fake() for key, fake in fakes.items() if key != option}
        if "level" in options_of(cls) and option != "level":
            given["level"] = "word"  # phrases would have spaCy loaded for each
        check(lambda v, option=option, given=given: cls(**{**given, option: v}))


@pytest.mark.parametrize("name", MODELS)
def test_models_of_a_compressor(name):
    names = {"digits", "long text", "path", "str subclass", "str enum", "blank", "empty text"}  # torch looks for these
    options = {"level": "word"} if "level" in options_of(class_of(name)) else {}
    check(lambda v: class_of(name)(v, **options), without=names | {"none"})


def test_options_of_soft_compressors():
    from ragzip.compressors.soft.family import Soft

    class Plain(Soft):
        name = "soft/plain"

    for option in ("ratio", "text", "chooser", "stored"):
        check(lambda v, option=option: Plain(FakeSoftEncoder(), **{"ratio": 2, option: v}))
    check(lambda v: Plain(v, ratio=2))


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_metric_takes_any_text(name):
    for text in ("", " ", "\0", "\ud800", "x" * 10_000, "日本", "²", "1" * 5000):
        assert 0 <= best(name, text, ["Paragraph 1 段落1"], ["Paragraph 1 段落1"]) <= 1


def test_what_a_compressor_may_not_give_back():
    first, second = (Segment.whole(document, i) for i, document in enumerate(DOCUMENTS))

    class Own:
        name = "test/own.v1"

        def compress(self, query, segments, budget):
            return list(segments)

    compressor = Own()
    assert checked_segments(compressor, [first, second.keep([])], [first, second]) == [first, second.keep([])]
    other = Segment.whole(Document("c", "Birds sing."), 1)
    outside = second.rewritten("x", spans=((0, 500),))
    glued = replace(second, text="Dogs do not bark.")
    for compressed in (
        None,
        [first],
        [second, first],
        [first, second, other],
        [first, other],
        [first, outside],
        [glued],
    ):
        with pytest.raises(OptionError, match=r"test/own.v1' gave back.*received.*expected"):
            checked_segments(compressor, compressed, [first, second])


def test_every_door_has_the_same_options():
    options = set(Options.__annotations__)
    assert set(inspect.signature(ragzip.compress).parameters) == {"context", "query", *options}
    assert set(inspect.signature(ragzip.Pipeline).parameters) == options
    assert set(RagzipCompressor.model_fields) == {"keep_empty", *options}
    documented = set(re.findall(r":param (\w+):", ragzip.compress.__doc__))
    assert documented == {"context", "query", *options}
    of_the_command = {parameter.name for parameter in commands.compress.params}
    assert options - of_the_command == {"compressor", "layout", "on_error"}  # --compressors, --sources, --passthrough
    assert set(Calls(ServerConfig())._options(RequestBody({}))) == options - {
        "deadline"
    }  # which counts from the arrival
