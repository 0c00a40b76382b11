"""What no method has a part in: calls of stand-ins whose scores are drawn, one for each way to fill a budget."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from hypothesis import strategies as st

import ragzip
from ragzip.errors import BudgetError, InputError, RagzipError
from ragzip.pipeline import Pipeline
from ragzip.testing import calls, promises, texts
from ragzip.testing.contract import run_examples
from ragzip.testing.data import PIECES
from ragzip.types import Part, Tier

from .drawn import Drawn

FILLS = ["relevant", "units", "words"]
SHARE, SHARE_OF_WORDS = 2.5, 1.0  # of the examples of the profile; filling with words takes seven times as long
SEEDS = st.integers(0, 2**32)
CHAINS = [[], ["bm25"], ["baseline/truncate"]]


def check_examples(name, fill, check, examples):
    check.__qualname__ = f"{name}[{fill}]"
    run_examples(check, examples, share=SHARE_OF_WORDS if fill == "words" else SHARE)


@pytest.mark.parametrize("fill", FILLS)
def test_all_promises_hold_whatever_the_scores(fill):
    def check(example):
        seed, call = example
        before = copy.deepcopy(call.documents)
        compressor = Drawn(fill, seed)
        result = Pipeline(compressor, cache=False, **call.options).run(call.documents, call.query)
        assert call.documents == before
        promises.budget_is_a_ceiling(result, call.options)
        promises.never_longer(result)
        promises.documents_are_the_same(result, call)
        promises.kept_text_is_of_the_source(result)
        promises.units_are_whole(result, compressor)
        promises.protected_spans_are_whole(result, call)
        promises.budget_is_used(result, call)
        promises.something_is_kept_where_it_fits(result, call)
        again = Pipeline(compressor, cache=False, **call.options).run(call.documents, call.query)
        assert again.text == result.text and again.documents == result.documents

    check_examples("promises", fill, check, st.tuples(SEEDS, calls()))


@pytest.mark.parametrize("fill", FILLS)
def test_chains_and_fixed_parts(fill):
    """A part that stays, one with a rate of its own, and other compressors before or after."""

    def check(example):
        seed, call, before, after, kept = example
        documents = list(call.documents)
        if documents:
            first = documents[0]
            rule = {"keep": True} if kept else {"rate": 0.5}
            documents[0] = Part(first.id, first.text, title=first.title, metadata=first.metadata, **rule)
        call = call._replace(documents=documents)
        try:
            result = Pipeline([*before, Drawn(fill, seed), *after], cache=False, **call.options).run(
                documents, call.query
            )
        except BudgetError:
            assert documents
            return
        promises.budget_is_a_ceiling(result, call.options)
        promises.never_longer(result)
        promises.documents_are_the_same(result, call)
        promises.kept_text_is_of_the_source(result)
        if documents and kept and result.stats.target_tokens != 0:
            assert result.documents[0].text == documents[0].text

    chains = st.sampled_from(CHAINS)
    check_examples("chains", fill, check, st.tuples(SEEDS, calls(), chains, chains, st.booleans()))


@pytest.mark.parametrize("fill", FILLS)
def test_what_must_be_kept_is_kept_or_the_budget_is_refused(fill):
    def check(example):
        seed, call = example
        try:
            result = Pipeline(Drawn(fill, seed, forced=0.05), cache=False, **call.options).run(
                call.documents, call.query
            )
        except BudgetError:
            return
        promises.budget_is_a_ceiling(result, call.options)
        promises.never_longer(result)
        promises.kept_text_is_of_the_source(result)
        for segment in result.segments if result.stats.target_tokens else ():
            must = [unit.span for unit in segment.units if unit.must_be_kept]
            assert all(promises.is_inside(span, segment.held) for span in must)

    check_examples("must be kept", fill, check, st.tuples(SEEDS, calls()))


@pytest.mark.parametrize("fill", FILLS)
def test_a_threshold_keeps_nothing_below_it(fill):
    def check(example):
        seed, call, threshold = example
        options = {name: value for name, value in call.options.items() if name not in ("rate", "protect")}
        result = Pipeline(Drawn(fill, seed), cache=False, threshold=threshold, **options).run(
            call.documents, call.query
        )
        promises.budget_is_a_ceiling(result, options)
        promises.kept_text_is_of_the_source(result)
        for segment in result.segments:
            needed = {span for unit in segment.units for span in unit.needs}
            for unit in segment.units:
                if promises.is_inside(unit.span, segment.held) and unit.section is None and unit.span not in needed:
                    assert unit.score >= threshold or unit.tier == Tier.FORCED

    check_examples("threshold", fill, check, st.tuples(SEEDS, calls(), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])))


def test_bad_text_is_refused_and_not_lost():
    def check(example):
        seed, fill, text, bad, place = example
        broken = text[:place] + bad + text[place:]
        compressor = Drawn(fill, seed)
        with pytest.raises(InputError, match="received"):
            ragzip.compress(broken, rate=0.5, compressor=compressor, cache=False)
        result = ragzip.compress(broken, rate=0.5, compressor=compressor, cache=False, on_error="passthrough")
        assert result.text == broken and result.stats.fallback

    bad = st.sampled_from(["\0", "\ud800"])
    check_examples("bad text", "", check, st.tuples(SEEDS, st.sampled_from(FILLS), texts(), bad, st.integers(0, 80)))


@pytest.mark.parametrize(
    ("context", "options"),
    [
        (b"bytes", {}),
        (7, {}),
        ([3], {}),
        ([None], {}),
        ("text", {"rate": 0}),
        ("text", {"rate": 1.5}),
        ("text", {"rate": float("nan")}),
        ("text", {"rate": "half"}),
        ("text", {"target_tokens": -1}),
        ("text", {"target_tokens": 2.5}),
        ("text", {"threshold": "high"}),
        ("text", {"tokenizer": "no-such"}),
        ("text", {"tokenizer": 5}),
        ("text", {"tokenizer": lambda text: "many"}),
        ("text", {"protect": ["everything"]}),
        ("text", {"protect": 5}),
        ("text", {"cache": 5}),
    ],
)
def test_bad_input(context, options):
    budget = {} if "target_tokens" in options else {"rate": 0.5}
    for fill in FILLS:
        with pytest.raises(RagzipError, match=r"received|returned|neither"):
            ragzip.compress(context, "text", **{"compressor": Drawn(fill, 0), "cache": False} | budget | options)


@pytest.mark.parametrize("fill", FILLS)
def test_threads_share_a_pipeline(fill):
    pipeline = Pipeline(Drawn(fill, 7), rate=0.4, cache=False)
    alone = [pipeline.run(piece, "mill").text for piece in PIECES]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda piece: pipeline.run(piece, "mill").text, PIECES * 4))
    assert together == alone * 4
    clone = pickle.loads(pickle.dumps(pipeline))
    assert clone.run(PIECES, "mill").text == pipeline.run(PIECES, "mill").text


def test_a_tokenizer_whose_counts_change_ends():
    """A caller's function may say anything; the call must end, and say what it says."""
    numbers = count()
    result = ragzip.compress(
        PIECES, target_tokens=20, compressor=Drawn("units", 3), tokenizer=lambda text: 15 + next(numbers) % 10
    )
    assert len(result.documents) == len(PIECES)
