"""Errors have types and say what was received."""

import pytest
from langchain_core.documents import Document as LangChainDocument

import ragzip
from ragzip.cache import DiskStore
from ragzip.compressors.extractive.bm25 import BM25
from ragzip.errors import InputError, OptionError, RagzipError, UnknownNameError
from ragzip.langchain import as_runnable
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.retrievers.hybrid import HybridRetriever
from ragzip.types import Document

PASSAGES = [Document("a", "The river reaches the sea."), Document("b", "The mill burned down.")]


def compress(context, query=None, **options):
    return ragzip.compress(context, query, **{"cache": False, **options})


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (UnknownNameError, lambda: compress("x", tokenizer="~nouser/tokenizer.json")),
        (UnknownNameError, lambda: compress("x", tokenizer="x" * 5000)),
        (OptionError, lambda: ragzip.compress("x", cache="~nouser/x")),
        (OptionError, lambda: ragzip.compress("x", cache="")),
        (OptionError, lambda: ragzip.Layout(header="{number[0]}")),
        (OptionError, lambda: ragzip.Layout(header="{title.__class__}")),
        (OptionError, lambda: ragzip.Layout(header="{number:0{id}}")),  # an id that is no width would fail later
        (InputError, lambda: ragzip.Layout(separator=5)),
        (InputError, lambda: Document("\ud800", "text")),
        (OptionError, lambda: compress("x", compressor=BM25)),
        (InputError, lambda: ragzip.compress_batch(5)),
        (InputError, lambda: BM25Retriever("text")),
        (OptionError, lambda: BM25Retriever([], max_words="5")),
        (OptionError, lambda: DiskStore("x", size_limit="5")),
        (InputError, lambda: as_runnable().invoke({1: 2, "a": 3})),
        (InputError, lambda: compress({"a": "text"})),
        (InputError, lambda: compress(LangChainDocument(page_content="x"))),
        (InputError, lambda: compress([LangChainDocument(page_content="x")])),
    ],
)
def test_errors_have_types_and_say_what_was_received(error, call):
    with pytest.raises(error, match="received") as caught:
        call()
    assert isinstance(caught.value, RagzipError)


def test_more_errors_with_types():
    for error, call in (
        (InputError, lambda: HybridRetriever(5)),
        (OptionError, lambda: HybridRetriever([], depth="x")),
        (InputError, lambda: BM25Retriever(PASSAGES).delete(5)),
        (OptionError, lambda: ragzip.wrap(max, arg="x")),
    ):
        with pytest.raises(error, match="received"):
            call()
