"""The promises of the contract, kept by every compressor of text; tests have the numbers of the promises."""

from __future__ import annotations

import copy
import pickle
import random
import socket
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import strategies as st

from ragzip.compressors.base import Compressor, Stage
from ragzip.errors import BudgetError
from ragzip.pipeline import Pipeline
from ragzip.result import Result
from ragzip.testing import promises
from ragzip.testing.contract import ContractSuite, generated, is_at_length
from ragzip.testing.data import PIECES, Call, calls
from ragzip.types import Document

__all__ = ["CompressorContract"]

_QUERY = "Who wrote to Babbage?"
_CHAINS = [("bm25", "self"), ("self", "truncate"), ("bm25", "self", "truncate")]
_THREADS = 8


class CompressorContract(ContractSuite):
    """All promises, on drawn calls. Override :meth:`make`; set ``verbatim = False`` for methods that rewrite.

    How many calls are drawn, and whether the same ones every time, is what the hypothesis profile says.
    """

    verbatim: bool = True

    @generated(calls())
    def test_all_promises_hold_on_one_result(self, call: Call) -> None:
        before = copy.deepcopy(call.documents), random.getstate(), _numpy_random_state()
        call, result = self._result(call)
        assert before == (call.documents, random.getstate(), _numpy_random_state())
        compressor = self.make()
        promises.budget_is_a_ceiling(result, call.options)
        promises.never_longer(result)
        promises.documents_are_the_same(result, call)
        if not self.verbatim:
            return
        promises.kept_text_is_of_the_source(result)
        promises.units_are_whole(result, compressor)
        promises.protected_spans_are_whole(result, call)
        promises.budget_is_used(result, call)
        promises.something_is_kept_where_it_fits(result, call)

    @generated(calls(), share=0.25)
    def test_the_same_without_the_cache(self, call: Call) -> None:
        call, result = self._result(call)
        again = self.run(call.documents, call.query, **call.options, cache=False)
        assert again.text == result.text and again.documents == result.documents

    @generated(st.tuples(calls(), st.sampled_from(_CHAINS)), share=0.25)
    def test_the_budget_holds_in_a_chain(self, example: tuple[Call, tuple[str, ...]]) -> None:
        call, names = example
        stages: list[str | Compressor] = [self.make() if name == "self" else name for name in names]
        try:
            result = Pipeline(stages, cache=self._cache, **call.options).run(call.documents, call.query)
        except BudgetError:
            assert call.options["protect"]
            return
        promises.budget_is_a_ceiling(result, call.options)
        promises.documents_are_the_same(result, call)
        if self.verbatim:
            promises.kept_text_is_of_the_source(result)

    def test_words_fill_the_budget(self) -> None:
        if Stage.of(self.make()).fill != "words":
            return
        text = " ".join(PIECES[:3] * 20)
        for target in (10, 20, 50, 100, 500, 1000):
            stats = self.run(text, _QUERY, target_tokens=target).stats
            # the last word may bring the mark of its sentence, for which a small budget has no room
            assert min(0.95 * target, target - 2) <= stats.tokens_out <= target

    def test_empty_in_empty_out(self) -> None:
        for context in ("", [], [""], [Document("a", "")]):
            for query in (None, "why?"):
                result = self.run(context, query, rate=0.5)
                assert result.text == "" and result.stats.tokens_out == 0
        result = self.run(PIECES, _QUERY, target_tokens=0)
        assert result.text == "" and len(result.documents) == len(PIECES)

    def test_too_small_for_what_is_protected(self) -> None:
        try:
            result = self.run("0123456789" * 20, "a number", target_tokens=3, protect=["numbers"])
        except BudgetError as error:
            assert "protect" in str(error)
        else:
            assert not result.text

    def test_no_network(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*args: object, **kwargs: object) -> None:
            raise AssertionError("a socket was opened")

        monkeypatch.setattr(socket, "socket", refuse)
        monkeypatch.setattr(socket, "create_connection", refuse)
        assert self.run(PIECES, _QUERY, rate=0.5).text

    def test_threads_share_a_pipeline(self) -> None:
        pipeline = Pipeline(self.make(), rate=0.4, cache=False)
        # no score is remembered, and each is asked for by two threads
        pieces = PIECES * 2 if is_at_length() else PIECES[::3]
        alone = [pipeline.run(piece, _QUERY).text for piece in pieces]
        with ThreadPoolExecutor(_THREADS) as pool:
            together = list(pool.map(lambda piece: pipeline.run(piece, _QUERY).text, pieces * 2))
        assert together == alone * 2

    def test_pickles(self) -> None:
        pipeline = Pipeline(self.make(), rate=0.4, cache=self._cache)
        clone = pickle.loads(pickle.dumps(Pipeline(self.make(), rate=0.4, cache=False)))
        pieces = PIECES if is_at_length() else PIECES[::3]
        assert clone.run(pieces, "sea").text == pipeline.run(pieces, "sea").text

    def _result(self, call: Call) -> tuple[Call, Result]:
        """The result of a call, or of one that protects nothing where the budget cannot hold what it protects."""
        try:
            return call, self.run(call.documents, call.query, **call.options)
        except BudgetError as error:
            assert call.options["protect"] and "protect" in str(error)
        call = call._replace(options=call.options | {"protect": ()})
        return call, self.run(call.documents, call.query, **call.options)


def _numpy_random_state() -> tuple[object, ...]:
    """The state of NumPy's global generator, as values that can be compared."""
    algorithm, keys, *rest = np.random.get_state(legacy=True)
    return algorithm, np.asarray(keys).tobytes(), *rest
