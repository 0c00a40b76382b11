"""Numbers, names and rewritings of any kind: typed errors, or a verdict; never another one than that of the sources."""

import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared_scores import SCORES

import ragzip
from ragzip.compressors.abstractive.chunks import _merged, _split
from ragzip.compressors.abstractive.recomp import RecompAbstractive
from ragzip.compressors.abstractive.scope import Scope, _large_enough, _shares
from ragzip.compressors.checking import evidence
from ragzip.compressors.checking.check import Checker
from ragzip.compressors.checking.evidence import MAX_SENTENCE_CHARS, Sources
from ragzip.compressors.checking.facts import facts, numbers, spoken
from ragzip.compressors.checking.inventions import alter
from ragzip.errors import InputError, ModelError
from ragzip.eval.measures import metrics
from ragzip.eval.measures.rouge import _common
from ragzip.fitting.lines import Line, RewrittenDraft
from ragzip.testing import FakeChecker, FakeEmbedder, FakePassageScorer
from ragzip.testing.contract import of_profile
from ragzip.testing.data import texts
from ragzip.text.spans import Span
from ragzip.text.tokens import token_counter
from ragzip.types import Budget, Document, Segment


def values(text):
    return [value for *_, value in numbers(text)]


def held(sentence, *sources):
    read = Sources(sources)
    return [read.holds(fact) for fact in facts(sentence) if fact.kind == "number"]


@pytest.fixture(scope="module")
def checker():
    stand_in = Checker(FakeEmbedder())
    stand_in.model = FakePassageScorer()
    return stand_in


def test_numbers_of_any_length():
    hundreds = "hundred " * 60
    assert held(f"It took {hundreds}years.", f"It took {hundreds}years.") == [True]
    assert held(f"It took {hundreds}years.", f"It took hundred {hundreds}years.", "1" * 400) == [False]
    assert held("hundred " * 155, "1" * 400) == [False]
    digits = "1" * 5000
    assert values(digits) == [digits] and held(digits, digits) == [True] and held(digits, digits + "1") == [False]
    assert "5" not in {*spoken(digits)} and held("It took 5 years.", digits) == [False]
    assert "18000.9" in spoken("nine " * 2000 + "point nine")
    assert spoken("hundred " * 2000 + "point five") == {"100", "5", " ".join(["hundred"] * 2000)}


def test_numbers_in_other_digits():
    assert values("９９９ and ٣٤ and 2½ cups, ½ more, 10² and 2e-6, 1e999, ²³ ⅟") == [
        *("999", "34", "2.5", "0.5", "10^2", "2e-6", "1e999")
    ]
    assert held("It is 999 or 10² or 2.5.", "It is ９９９, 10², 2½.") == [True] * 3
    assert held("It is 10³ or 3½ or 2e-7.", "It is 10², 2½, 2e-6.") == [False] * 3
    assert held("It was in 2019.", "It was in 2019².") == [True]  # a footnote


def test_every_digit_of_a_number_counts():
    assert held("The account is 123456789012.", "The account is 123456789019.") == [False]
    assert held("The account is 123456789012.", "The account is 123456789012.") == [True]
    assert held("It is 3.14159265 or 2.4 million.", "It is 3.14159265358979, or 2,400,000.") == [True, True]


def test_numbers_of_any_length_are_made_wrong():
    rng = random.Random(0)
    for number in ("7" * 5000, "1," + ",".join(["234"] * 2000), "0." + "3" * 5000, "٣" * 40):
        sentence = f"It took {number} years."
        altered = alter(sentence, "number", rng, [])
        assert altered.text != sentence and values(altered.text) != values(sentence)
    every = "two three four five six seven eight nine ten eleven twelve fifty"
    assert alter(f"It took {every} years.", "number", rng, []).text != f"It took {every} years."
    assert alter("x" * 50_000 + " can't go.", "negation", rng, []).text.endswith(" can go.")


def test_what_is_too_long_to_be_checked_is_not_supported(checker, monkeypatch):
    sentence = "Boats land at Corran now. "
    (short, long) = checker.check([sentence, sentence * (MAX_SENTENCE_CHARS // 20)], [sentence * 400])
    assert short.verdict == "supported"
    assert long.verdict == "invented" and long.doubt == 1 and "4,000 characters" in long.reasons[0]
    assert evidence.MAX_SOURCES_CHARS == 1_000_000
    monkeypatch.setattr(evidence, "MAX_SOURCES_CHARS", 100)
    read = Sources(["It rained a lot. " * 6, "Peter Brook came 14 times."])
    assert len(read.plain) <= 100 and not any(map(read.holds, facts("He saw Peter 14 times.")))


def test_the_checker_takes_strings_alone(checker):
    for said, sources, known in (([None], ["a"], ""), (["a"], [7], ""), (["a"], ["a"], None)):
        with pytest.raises(InputError, match="received"):
            checker.check(said, sources, known=known)


PIECES = st.sampled_from(
    [
        *("hundred ", "1" * 400, "²", "½", "９", "٣", "Ⅳ", " point ", "twenty-", "million", "1e999", ",", "."),
        *("not ", "no doubt ", "can't ", '"', "“", "”", "\n", "- ", "|", "```", "May ", "A" * 300, "İ", "ß"),
        *("北京", "\0", "\ud800", "\u0301"),
    ]
)
HOSTILE = st.one_of(st.lists(PIECES, max_size=25).map("".join), texts(), st.text(st.characters(), max_size=60))


@of_profile(2.5)
@given(st.lists(HOSTILE, min_size=1, max_size=3), st.lists(HOSTILE, min_size=1, max_size=3), HOSTILE)
def test_the_checker_takes_any_text(checker, said, sources, known):
    verdicts = checker.check(said, sources, known=known)
    assert len(verdicts) == len(said)
    assert all(0 <= verdict.doubt <= 1 and 0 <= verdict.source < max(1, len(sources)) for verdict in verdicts)
    rng = random.Random(0)
    for text in said:
        for how in ("number", "name", "negation"):
            alter(text, how, rng, ["Peter Brook"])


class Rewriter:
    """A rewriter that gives back what it is told to."""

    name = "bent"

    def __init__(self, answer):
        self.answer, self.fingerprint = answer, f"bent:{str(answer)[:80]}"

    def rewrite(self, query, texts, max_tokens):
        return self.answer(texts) if callable(self.answer) else self.answer


TEXT = "The wall moved by 14 cm in 2019. Boats land at Corran now. It rained a lot. " * 3


@pytest.mark.parametrize("cls", [RecompAbstractive, Scope])
@pytest.mark.parametrize(
    "answer",
    [
        None,
        7,
        "The wall moved.",
        b"The wall moved.",
        lambda texts: [None] * len(texts),
        lambda texts: [7] * len(texts),
        lambda texts: [],
        lambda texts: ["The wall moved."] * (len(texts) + 1),
        lambda texts: dict.fromkeys(texts),
        lambda texts: ["The wall moved. " * 700_000] * len(texts),
    ],
)
@pytest.mark.parametrize("cache", [False, True])
def test_a_rewriter_that_gives_back_something_else(cls, answer, cache, tmp_path):
    options = {"embedder": FakeEmbedder()} if cls is Scope else {}
    compressor = cls(Rewriter(answer), checker=FakeChecker(), **options)
    with pytest.raises(ModelError, match="bent"):
        ragzip.compress(TEXT, None, target_tokens=20, compressor=compressor, cache=tmp_path if cache else False)


@pytest.mark.parametrize("written", ["The \0wall\0 moved.", "\ud800The wall moved.", "\0", " \n ", "x"])
@pytest.mark.parametrize("cache", [False, True])
def test_a_rewriting_that_is_no_text(written, cache, tmp_path):
    compressor = RecompAbstractive(Rewriter(lambda texts: [written] * len(texts)))
    result = ragzip.compress(TEXT, "wall?", target_tokens=20, compressor=compressor, cache=tmp_path if cache else False)
    assert result.stats.tokens_out <= 20 and result.text.isprintable()


@pytest.mark.parametrize("text", ["", " ", "\n\t", "x", "。", "1"])
@pytest.mark.parametrize("cls", [RecompAbstractive, Scope])
def test_documents_of_next_to_nothing(cls, text):
    options = {"embedder": FakeEmbedder()} if cls is Scope else {}
    compressor = cls(Rewriter(lambda texts: ["x"] * len(texts)), checker=FakeChecker(), **options)
    result = ragzip.compress([text, TEXT], "wall?", target_tokens=20, compressor=compressor, cache=SCORES)
    assert len(result.documents) == 2 and len(result.documents[0].text) <= len(text)


def test_nothing_is_left_out_that_fits():
    rng, count = random.Random(0), token_counter()
    for _ in range(60):
        segment = Segment.whole(Document("a", TEXT), 0)
        page = RewrittenDraft([segment], Budget(count, rng.randint(3, 60)))
        page.lines = [
            Line(
                0,
                " ".join(rng.choices(TEXT.split(), k=rng.randint(1, 9))),
                rng.random(),
                read={0: [Span(0, 5)]},
                is_preferred=rng.random() < 0.7,
            )
            for _ in range(rng.randint(1, 30))
        ]
        page.fit()
        (left,) = page.segments()
        assert count(left.text) <= page.budget.max_tokens and len(left.text) <= len(TEXT)
        for i, kept in enumerate(page.kept):
            if not kept:
                page.kept[i] = True
                (more,) = page.segments()
                page.kept[i] = False
                assert count(more.text) > page.budget.max_tokens or len(more.text) > len(TEXT)


def split_one_by_one(cuts, sizes, alike):
    cuts, i = list(cuts), 0
    while i < len(cuts) - 1:
        start, end = cuts[i], cuts[i + 1]
        if sizes[start:end].sum() > 250 and end - start > 1:
            cuts.insert(i + 1, start + 1 + int(alike[start : end - 1].argmin()))
        else:
            i += 1
    return cuts


def merged_one_by_one(cuts, sizes, alike):
    cuts = list(cuts)
    while len(cuts) > 2:
        counts = [int(sizes[a:b].sum()) for a, b in pairwise(cuts)]
        i = counts.index(min(counts))
        if counts[i] >= 40:
            break
        left = alike[cuts[i] - 1] if i else -np.inf
        right = alike[cuts[i + 1] - 1] if i < len(counts) - 1 else -np.inf
        del cuts[i if left >= right else i + 1]
    return cuts


def test_chunks_as_if_cut_one_by_one():
    rng = np.random.default_rng(0)
    for turn in range(300):
        n = int(rng.integers(3, 60))
        sizes, alike = rng.integers(1, rng.choice([5, 30, 120]), n), np.round(rng.random(n - 1), 1 + turn % 5)
        cuts = [0, *(np.flatnonzero(alike < 0.4) + 1).tolist(), n]
        split = _split(cuts, sizes, alike)
        assert split == split_one_by_one(cuts, sizes, alike)
        assert _merged(split, sizes, alike) == merged_one_by_one(split, sizes, alike)


def test_chunks_are_left_out_as_if_one_by_one():
    rng = np.random.default_rng(0)
    for _ in range(300):
        n = int(rng.integers(1, 40))
        tokens = rng.integers(9, 200, n).astype(float)
        worth = np.sqrt(np.maximum(rng.random(n), 1e-3))
        limit = int(rng.integers(1, int(tokens.sum())))
        kept = np.ones(n, bool)
        while kept.sum() > 1:
            small = kept & (_shares(tokens * kept, worth, limit) < 8)
            if not small.any():
                break
            kept[np.flatnonzero(small)[np.argmin(worth[small])]] = False
        assert _large_enough(tokens, worth, limit).tolist() == kept.tolist()
    assert _large_enough(np.array([3.0, 90.0]), np.array([0.5, 1.0]), 93).all()  # all of it fits


def table_walk(x, y):
    """The words that ``rouge`` walks back over, by the whole table."""
    table = [[0] * (len(y) + 1) for _ in range(len(x) + 1)]
    for i, word in enumerate(x):
        for j, other in enumerate(y):
            table[i + 1][j + 1] = table[i][j] + 1 if word == other else max(table[i][j + 1], table[i + 1][j])
    i, j, words = len(x), len(y), set()
    while i and j:
        if x[i - 1] == y[j - 1]:
            words.add(x[i - 1])
            i, j = i - 1, j - 1
        elif table[i - 1][j] > table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return words


def test_common_words_as_by_the_whole_table():
    rng = random.Random(0)
    for _ in range(400):
        vocabulary = range(rng.choice([2, 4, 12, 40]))
        x, y = (tuple(map(str, rng.choices(vocabulary, k=rng.randint(1, 40)))) for _ in "xy")
        assert _common(x, y) == table_walk(x, y)


def test_references_and_predictions_of_another_kind():
    for name in ("retrieval", "retrieval_zh"):
        with pytest.raises(InputError, match="received 'none'"):
            metrics.best(name, "3", ["none"])
    for prediction, answer in ((None, "a"), ("a", 7)):
        with pytest.raises(InputError, match="received"):
            metrics.best("qa_f1", prediction, [answer])
    assert metrics.code_sim_score("x" * 1_000_000, "xyz") == 0
    assert metrics.code_sim_score("x" * 100, "xyz") == 0.02
