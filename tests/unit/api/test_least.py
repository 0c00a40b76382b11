"""Contexts that are too short to be worth it stay as they were given, at every door."""

import pytest

import ragzip
from ragzip.errors import OptionError

TEXT = "The mill in Leeds was opened in 1902. It rained on the way to the fair. Nobody came."
QUESTION = "When was the mill in Leeds opened?"
FAST = {"compressor": "extractive/bm25", "cache": False, "target_tokens": 12}


def test_a_context_under_the_least_stays_whole_and_a_note_says_so():
    documents = [ragzip.Document("a", TEXT), ragzip.Document("b", '{"a":    1}', mime="application/json")]
    tokens = ragzip.compress(documents, QUESTION, **FAST).stats.tokens_in
    shorter = ragzip.compress(documents, QUESTION, **FAST, least=tokens)
    assert shorter.stats.tokens_out <= 12
    unchanged = ragzip.compress(documents, QUESTION, **FAST, least=tokens + 1)
    assert [document.text for document in unchanged.documents] == [document.text for document in documents]
    (note,) = unchanged.stats.notes
    assert note.code == "everything-fits" and f"least={tokens + 1}" in note
    assert unchanged.stats.target_tokens is None and unchanged.stats.fallback is None
    assert ragzip.compress(documents, QUESTION, **FAST, least=None).text == shorter.text


@pytest.mark.parametrize("least", [-1, 0.5, "many", True])
def test_a_least_that_is_none(least):
    with pytest.raises(OptionError, match="least: received"):
        ragzip.Pipeline("extractive/bm25", least=least)
    with pytest.raises(OptionError, match="least: received"):
        ragzip.compress_messages([{"role": "user", "content": QUESTION}], least=least)
    with pytest.raises(OptionError, match="did you mean least"):
        ragzip.compress_batch([], min_tokens=5)


def test_the_least_at_other_doors():
    documents = pytest.importorskip("langchain_core.documents")
    from ragzip.langchain import RagzipCompressor, as_runnable

    loaded_documents = [documents.Document(page_content=TEXT)]
    for least, expected in ((None, 12), (500, len(TEXT))):
        (kept,) = RagzipCompressor(**FAST, least=least).compress_documents(loaded_documents, QUESTION)
        (run,) = as_runnable(**FAST, least=least).invoke({"documents": loaded_documents, "query": QUESTION})[
            "documents"
        ]
        assert kept.page_content == run.page_content and (kept.page_content == TEXT) is (expected == len(TEXT))
