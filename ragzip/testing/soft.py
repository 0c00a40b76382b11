"""The promises of the contract, as compressors keep them that leave vectors."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragzip.compressors.base import Compressor
from ragzip.errors import BudgetError, InputError, RagzipError, SoftTextError
from ragzip.output.layout import Layout
from ragzip.pipeline import Pipeline
from ragzip.result import Result
from ragzip.testing.contract import TARGETS, Suite, generated
from ragzip.testing.data import PIECES, contexts, texts
from ragzip.text.protect import PATTERNS
from ragzip.text.tokens import token_counter
from ragzip.text.words import words
from ragzip.types import Document

__all__ = ["SoftContract"]

_generated = generated(100)
_layouts = st.sampled_from([Layout(), Layout("\n---\n", "[{number}] {title}\n")])
_targets = TARGETS
_QUERY = "Who wrote to Babbage?"


class SoftContract(Suite):
    """One test or more for each promise that is not about text alone. Override :meth:`make`."""

    @_generated
    @given(contexts(), _targets, _layouts, st.sampled_from([token_counter(), len, lambda text: len(text) // 4]))
    def test_1_budget_holds(
        self, context: tuple[list[Document], str | None], target: int, layout: Layout, tokenizer: Any
    ) -> None:
        result = self.run(*context, target_tokens=target, layout=layout, tokenizer=tokenizer)
        assert result.stats.tokens_out == _tokens(result, tokenizer) <= target

    @_generated
    @given(contexts(), st.sampled_from([0.1, 0.3, 0.5, 0.8, 1.0]))
    def test_1_rate_holds_after_another_compressor(
        self, context: tuple[list[Document], str | None], rate: float
    ) -> None:
        chains: list[list[str | Compressor]] = [[self.make()], ["extractive/bm25", self.make()]]
        for chain in chains:
            stats = Pipeline(chain, rate=rate, cache=self._cache).run(*context).stats
            assert stats.tokens_out <= rate * stats.tokens_in + 1e-9

    @_generated
    @given(contexts(), st.sampled_from([20, 50, 200]))
    def test_1_something_is_kept(self, context: tuple[list[Document], str | None], target: int) -> None:
        result = self.run(*context, target_tokens=target)
        found = [d.text[start:end] for d in context[0] for start, end in words(d.text)]
        assert result.parts or not found or max(token_counter().many(found)) > target

    def test_2_empty_in_empty_out(self) -> None:
        for context in ("", [], [""], [Document("a", "")]):
            for query in (None, "why?"):
                assert self.run(context, query, rate=0.5).parts == ()
        result = self.run(PIECES, _QUERY, target_tokens=0)
        assert result.parts == () and len(result.documents) == len(PIECES)

    @_generated
    @given(contexts(), st.floats(0.05, 1.0))
    def test_3_no_text_is_made_of_vectors(self, context: tuple[list[Document], str | None], rate: float) -> None:
        result = self.run(*context, rate=rate)
        soft = [document for document in result.documents if document.soft]
        for document in soft:
            assert all(0 <= s.span.start < s.span.end <= len(document.source.text) for s in document.soft)
            with pytest.raises(SoftTextError):
                _ = document.text
        if soft:
            with pytest.raises(SoftTextError):
                _ = result.text

    @_generated
    @given(contexts(), _targets, st.sampled_from(sorted(PATTERNS)))
    def test_4_protected_spans_stay_text(
        self, context: tuple[list[Document], str | None], target: int, what: str
    ) -> None:
        try:
            result = self.run(*context, target_tokens=target, protect=[what])
        except BudgetError:
            return
        assert result.stats.tokens_out <= target

    @_generated
    @given(contexts(), st.floats(0.05, 1.0))
    def test_5_deterministic(self, context: tuple[list[Document], str | None], rate: float) -> None:
        given_ = copy.deepcopy(context[0])
        first, second = self.run(*context, rate=rate), self.run(*context, rate=rate, cache=False)
        assert first.parts == second.parts and first.documents == second.documents and context[0] == given_

    @_generated
    @given(contexts(), _targets)
    def test_6_same_documents_in_the_same_order(self, context: tuple[list[Document], str | None], target: int) -> None:
        result = self.run(*context, target_tokens=target)
        assert [(d.id, d.metadata) for d in result.documents] == [(d.id, d.metadata) for d in context[0]]

    @_generated
    @given(texts(), st.sampled_from(["\0", "\ud800"]), st.integers(0, 80))
    def test_7_bad_text_is_refused_and_not_lost(self, text: str, bad: str, at: int) -> None:
        broken = text[:at] + bad + text[at:]
        with pytest.raises(InputError, match="received"):
            self.run(broken, rate=0.5)
        assert self.run(broken, rate=0.5, on_error="passthrough").text == broken

    def test_7_bad_input(self) -> None:
        for context, options in ((b"bytes", {"rate": 0.5}), (7, {"rate": 0.5}), ("text", {"rate": 0})):
            with pytest.raises(RagzipError, match="received"):
                self.run(context, **options)

    def test_7_a_very_long_line(self) -> None:
        line = "word and more, " * 5_000 + "x" * 1_000_000
        assert 0 < self.run(line, "more", target_tokens=100).stats.tokens_out <= 100

    def test_9_threads_share_a_pipeline(self) -> None:
        pipeline = Pipeline(self.make(), rate=0.4, cache=False)
        alone = [pipeline.run(piece, _QUERY).parts for piece in PIECES]
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(lambda piece: pipeline.run(piece, _QUERY).parts, PIECES * 4))
        assert together == alone * 4

    def test_9_pickles(self) -> None:
        pipeline = Pipeline(self.make(), rate=0.4, cache=False)
        clone = pickle.loads(pickle.dumps(pipeline))
        assert clone.run(PIECES, "sea").parts == pipeline.run(PIECES, "sea").parts


def _tokens(result: Result, count: Callable[[str], int]) -> int:
    return sum(count(part) if isinstance(part, str) else len(part) for part in result.parts)
