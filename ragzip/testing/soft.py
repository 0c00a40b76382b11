"""The promises of the contract, as compressors keep them that leave vectors."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from ragzip.compressors.base import Compressor
from ragzip.errors import BudgetError, SoftTextError
from ragzip.pipeline import Pipeline
from ragzip.result import Result
from ragzip.testing import promises
from ragzip.testing.contract import ContractSuite, generated, is_at_length
from ragzip.testing.data import PIECES, Call, calls
from ragzip.text.tokens import token_counter
from ragzip.text.words import words
from ragzip.types import Document

__all__ = ["SoftContract"]

_QUERY = "Who wrote to Babbage?"
_THREADS = 8


class SoftContract(ContractSuite):
    """All promises that are not about text alone, on drawn calls. Override :meth:`make`."""

    @generated(calls())
    def test_all_promises_hold_on_one_result(self, call: Call) -> None:
        before = copy.deepcopy(call.documents)
        call, result = self._result(call)
        assert call.documents == before
        _budget_is_a_ceiling(result, call)
        promises.documents_are_the_same(result, call)
        _no_text_is_made_of_vectors(result)
        _something_is_kept(result, call)

    @generated(calls(), share=0.25)
    def test_the_same_without_the_cache(self, call: Call) -> None:
        call, result = self._result(call)
        again = self.run(call.documents, call.query, **call.options, cache=False)
        assert again.parts == result.parts and again.documents == result.documents

    @generated(calls(), share=0.25)
    def test_the_budget_holds_after_another_compressor(self, call: Call) -> None:
        stages: list[str | Compressor] = ["extractive/bm25", self.make()]
        try:
            result = Pipeline(stages, cache=self._cache, **call.options).run(call.documents, call.query)
        except BudgetError:
            assert call.options["protect"]
            return
        _budget_is_a_ceiling(result, call)
        promises.documents_are_the_same(result, call)

    def test_empty_in_empty_out(self) -> None:
        for context in ("", [], [""], [Document("a", "")]):
            for query in (None, "why?"):
                assert self.run(context, query, rate=0.5).parts == ()
        result = self.run(PIECES, _QUERY, target_tokens=0)
        assert result.parts == () and len(result.documents) == len(PIECES)

    def test_threads_share_a_pipeline(self) -> None:
        pipeline = Pipeline(self.make(), rate=0.4, cache=False)
        pieces = PIECES if is_at_length() else PIECES[::3]
        alone = [pipeline.run(piece, _QUERY).parts for piece in pieces]
        with ThreadPoolExecutor(_THREADS) as pool:
            together = list(pool.map(lambda piece: pipeline.run(piece, _QUERY).parts, pieces * 2))
        assert together == alone * 2

    def test_pickles(self) -> None:
        pipeline = Pipeline(self.make(), rate=0.4, cache=False)
        clone = pickle.loads(pickle.dumps(pipeline))
        pieces = PIECES if is_at_length() else PIECES[::3]
        assert clone.run(pieces, "sea").parts == pipeline.run(pieces, "sea").parts

    def _result(self, call: Call) -> tuple[Call, Result]:
        """The result of a call, or of one that protects nothing where the budget cannot hold what it protects."""
        try:
            return call, self.run(call.documents, call.query, **call.options)
        except BudgetError:
            assert call.options["protect"]
        call = call._replace(options=call.options | {"protect": ()})
        return call, self.run(call.documents, call.query, **call.options)


def _budget_is_a_ceiling(result: Result, call: Call) -> None:
    """Promise 1: soft tokens count as tokens."""
    stats = result.stats
    assert stats.tokens_out == _tokens(result, token_counter(call.options["tokenizer"]))
    assert stats.tokens_out <= call.options.get("target_tokens", stats.tokens_in)
    assert stats.tokens_out <= call.options.get("rate", 1.0) * stats.tokens_in + 1e-9


def _no_text_is_made_of_vectors(result: Result) -> None:
    """Promise 3: what vectors stand for has spans, and no text."""
    soft = [document for document in result.documents if document.soft]
    for document in soft:
        assert all(0 <= each.span.start < each.span.end <= len(document.source.text) for each in document.soft)
        with pytest.raises(SoftTextError):
            _ = document.text
    if soft:
        with pytest.raises(SoftTextError):
            _ = result.text


def _something_is_kept(result: Result, call: Call) -> None:
    """Promise 4: a budget that every word fits into keeps something."""
    limit = result.stats.target_tokens
    if limit is None or limit < 20 or call.options["tokenizer"] is not None or call.options["layout"] is not None:
        return
    texts = [document.text[start:end] for document in call.documents for start, end in words(document.text)]
    assert result.parts or not texts or max(token_counter().many(texts)) > limit


def _tokens(result: Result, count: Callable[[str], int]) -> int:
    return sum(count(part) if isinstance(part, str) else len(part) for part in result.parts)
