import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ragzip
from ragzip.cache import SegmentCache
from ragzip.errors import BudgetError, OptionError
from ragzip.fitting.choose import choose, select, whole_protected
from ragzip.fitting.fit import fit, tokens_of_best
from ragzip.fitting.leading import leading_words
from ragzip.fitting.limits import limit_of, limits_of_stages
from ragzip.fitting.trial import Trial
from ragzip.output.layout import Layout, render
from ragzip.testing.data import PIECES
from ragzip.testing.fakes import MemoryStore
from ragzip.text.forms import PlainForm
from ragzip.text.spans import Span
from ragzip.text.tokens import token_counter
from ragzip.text.words import words
from ragzip.types import Budget, Document, Meter, Segment, Tier, Unit

WORDS = token_counter(lambda text: len(text.split()))


def scored(text, scores, position=0, title=None):
    """A whole document whose sentences have these scores."""
    document = Document(f"d{position}", text, title=title)
    ends = [match.end() for match in re.finditer(r"\.(?= |$)", text)]
    starts = [0, *(end + 1 for end in ends[:-1])]
    units = tuple(Unit(*unit) for unit in zip(starts, ends, scores, strict=True))
    whole = Segment.whole(document, position)
    return replace(whole, units=units)


def fitted(segments, limit, layout=None, count=WORDS, **options):
    budget = Budget(count, limit)
    return [segment.text for segment in fit(select(segments, budget), budget, layout or Layout(), **options)]


def test_limit_of():
    assert limit_of(100, None, None) is None
    assert limit_of(100, 30, None) == 30 and limit_of(100, 30, 0.2) == 20 and limit_of(100, 10, 0.2) == 10
    assert limit_of(100, None, 0.29) == 29  # 0.29 * 100 is 28.999999999999996 in floating point
    for bad in (0, -0.1, 1.01, math.nan, math.inf, "0.5", True):
        with pytest.raises(OptionError, match="rate"):
            limit_of(100, None, bad)
    for bad in (-1, 1.5, "10", True):
        with pytest.raises(OptionError, match="target_tokens"):
            limit_of(100, bad, None)


def test_stages_take_off_the_same_share_each():
    assert limits_of_stages(1000, 10, 2) == [100, 10]
    assert limits_of_stages(1000, None, 2) == [None, None]
    assert limits_of_stages(5, 10, 2) == [10, 10] and limits_of_stages(100, 0, 2) == [0, 0]


@given(
    st.lists(st.tuples(st.floats(-1, 1), st.integers(1, 20), st.booleans()), max_size=30),
    st.one_of(st.none(), st.integers(0, 100)),
    st.one_of(st.none(), st.floats(-1, 1)),
)
def test_choose(units, limit, threshold):
    scores = np.array([u[0] for u in units], float)
    costs = np.array([u[1] for u in units], int)
    tiers = np.array([Tier.REPEAT if u[2] else Tier.NORMAL for u in units], int)
    allowed = scores >= (-math.inf if threshold is None else threshold)
    kept = choose(scores, costs, limit, allowed=allowed, tiers=tiers)
    if threshold is not None:
        assert (scores[kept] >= threshold).all()
    if limit is None:
        assert not (kept & (tiers == Tier.REPEAT)).any()
        return
    spent = costs[kept].sum()
    assert spent <= limit
    for i in np.flatnonzero(~kept):
        allowed = threshold is None or scores[i] >= threshold
        assert not allowed or spent + costs[i] > limit, "a unit left out would fit"


def test_choose_takes_the_best_and_what_must_be_kept():
    costs = np.array([5, 5, 5])
    assert choose(np.array([0.1, 0.9, 0.5]), costs, 10).tolist() == [False, True, True]
    must = np.array([Tier.NORMAL, Tier.FORCED, Tier.MUST])
    assert choose(np.array([0.1, 0.9, 0.0]), costs, 5, tiers=must).tolist() == [False, False, True]
    assert choose(np.array([0.9, 0.1, 0.0]), costs, 10, tiers=must).tolist() == [False, True, True]
    assert choose(np.array([0.5, 0.5, 0.5]), costs, 10).tolist() == [True, True, False]
    repeats = np.array([Tier.REPEAT, Tier.NORMAL, Tier.NORMAL])
    assert choose(np.array([0.9, 0.5, 0.1]), costs, 10, tiers=repeats).tolist() == [False, True, True]


def test_fit_is_global_over_documents():
    texts = fitted([scored("A b c. D e f.", [0.9, 0.1]), scored("G h i. J k l.", [0.8, 0.7], 1)], 9)
    assert texts == ["A b c.", "G h i. J k l."]


def test_headers_and_separators_are_counted():
    segments = [scored("A b c.", [0.9], 0, "One"), scored("D e f.", [0.8], 1, "Two")]
    layout = Layout(separator="\n---\n", header="[{number}] {title}\n")
    assert fitted(segments, 10, layout) == ["A b c.", ""]  # 5 words each with its header, 1 for the separator
    assert fitted(segments, 11, layout) == ["A b c.", "D e f."]


def test_each_unit_is_written_by_itself_once_to_choose_and_to_fit():
    class CountedForm(PlainForm):
        written = 0

        def alone(self, span):
            CountedForm.written += 1
            return super().alone(span)

    text = "A mill stood here. It burned down. Nobody knows why. A barn was built."
    segment = scored(text, [0.1, 0.9, 0.3, 0.2])
    assert fitted([replace(segment, form=CountedForm(text))], 7) == ["It burned down. Nobody knows why."]
    assert CountedForm.written == len(segment.units)


def test_where_the_best_unit_is_too_large_the_best_that_fits_comes_whole():
    segments = [scored("One two three four five six. Seven eight. Nine ten.", [0.9, 0.1, 0.5])]
    assert fitted(segments, 3) == ["Nine ten."]
    assert fitted(segments, 4) == ["Seven eight. Nine ten."]
    assert fitted(segments, 1) == [""]
    assert tokens_of_best(segments, Budget(WORDS, 1), Layout()) == 6


def test_nothing_irrelevant_is_taken_in_to_fill_up():
    segments = [scored("A b. C d. E f.", [0.9, 0.4, 0.6])]
    units = tuple(unit._replace(relevant=unit.score > 0.5) for unit in segments[0].units)
    assert fitted([replace(segments[0], units=units)], 100) == ["A b. E f."]


def related(text, needs=None, sections=None, scores=None):
    """A document of lines; ``needs`` and ``sections`` name lines by number."""
    document = Document("d", text)
    lines = [Span(*match.span()) for match in re.finditer(r"[^\n]+", text)]
    units = []
    for number, span in enumerate(lines):
        section = (sections or {}).get(number)
        units.append(
            Unit(
                *span,
                (scores or {}).get(number, 0.5),
                needs=tuple(lines[i] for i in (needs or {}).get(number, ())),
                section=section and Span(lines[section[0]].start, lines[section[1]].end),
            )
        )
    return replace(Segment.whole(document, 0), units=tuple(units))


def test_a_unit_comes_with_what_it_needs():
    text = "Not covered are:\n- skydiving\n- rented cars\nClaims go to us."
    segment = related(text, {1: [0], 2: [0]}, {0: (1, 2)}, {1: 0.1, 2: 0.9, 3: 0.8})
    assert fitted([segment], 6) == ["Not covered are:\n- rented cars"]
    assert fitted([segment], 5) == ["Claims go to us."]  # the item alone would fit, but says the opposite
    assert fitted([segment], 10) == ["Not covered are:\n- rented cars\nClaims go to us."]
    assert fitted([segment], 12) == [text]


def test_what_is_needed_goes_with_the_last_that_needs_it():
    segment = related("Head\na b\nc d\ne", {1: [0], 2: [0]}, {0: (1, 2)}, {1: 0.9, 2: 0.8, 3: 0.7})
    heavy = token_counter(lambda text: len(text.split()) + 4 * (text.count("\n") > 1))  # costs that do not add up
    budget = Budget(heavy, 5)
    assert fit(select([segment], budget), budget, Layout())[0].text == "Head\na b"


def test_among_many_words_left_out_are_some_that_others_have_brought_along():
    text = " ".join(f"word{i}" for i in range(400)) + " end ."
    places = [Span(*span) for span in words(text)]
    last = places[-1]
    units = [Unit(*span, 1 - i / 1000, needs=(last,) if i == 5 else ()) for i, span in enumerate(places[:-1])]
    segment = replace(Segment.whole(Document("d", text), 0), units=(*units, Unit(*last, 0.0)))
    for limit in range(10, 26):
        budget = Budget(token_counter(), limit)
        (kept,) = fit(select([segment], budget), budget, Layout(header="[{number}]\n"))
        assert token_counter()(kept.text) <= limit and kept.text.startswith("word0")


def test_headings_come_last_and_only_above_something_kept():
    segment = related("Tides of the sea\nx y z\nMoon\nu v w", None, {0: (1, 1), 2: (3, 3)}, {0: 0.99, 1: 0.2, 3: 0.9})
    assert fitted([segment], 4) == ["Moon\nu v w"]
    assert fitted([segment], 3) == ["u v w"]
    assert fitted([segment], 7) == ["Moon\nu v w"]  # of two sections, each stands under its heading, or not at all
    assert fitted([segment], 11) == [segment.text]
    assert fitted([segment], 2) == [""]  # no heading over nothing


def test_what_must_be_kept_and_does_not_fit():
    (segment,) = [scored("One two three. Four.", [0.2, 0.5])]
    segments = [replace(segment, units=(segment.units[0]._replace(tier=Tier.MUST), segment.units[1]))]
    assert fitted(segments, 3) == ["One two three."]
    with pytest.raises(BudgetError, match="must be kept"):
        fitted(segments, 2)


def test_threshold_holds_when_refilling():
    segments = [scored("A b. C d. E f.", [0.9, 0.4, 0.6])]
    budget = Budget(WORDS, 100, threshold=0.5)
    assert fit(select(segments, budget), budget, Layout())[0].text == "A b. E f."


def test_a_unit_is_never_opened():
    segments = [scored("A b c. D e f g h i j k l m n o p q r s t.", [0.9, 0.5])]
    assert fitted(segments, 10) == fitted(segments, 10, fill="words") == ["A b c."]


@pytest.fixture(scope="module")
def scores():
    """A cache: models score the same texts once for every budget and tokenizer."""
    return SegmentCache(MemoryStore())


@pytest.mark.parametrize("count", [len, lambda text: len(text.encode()), lambda text: -(-len(text) // 4)])
@pytest.mark.parametrize("limit", [10, 37, 200])
def test_any_tokenizer(count, limit, scores):
    for compressor in ("auto", "bm25", "truncate"):
        result = ragzip.compress(
            PIECES, "Who wrote?", target_tokens=limit, tokenizer=count, compressor=compressor, cache=scores
        )
        assert result.stats.tokens_out == count(result.text) <= limit


def test_a_tokenizer_whose_counts_do_not_add_up_still_ends():
    odd = token_counter(lambda text: len(text.split()) + 7 * (len(text) % 3))
    segments = [scored("A b c. D e f. G h i. J k l. M n o.", [0.5, 0.9, 0.2, 0.7, 0.4])]
    budget = Budget(odd, 12)
    assert odd(render(fit(select(segments, budget), budget, Layout()), Layout()).text) <= 12


@pytest.mark.limits
def test_100_000_tokens(at_length):
    """Of long sentences; at length of short ones, four times as many, with headings."""
    pieces = [f"{i}. {PIECES[i % len(PIECES)]}" for i in range(6500)]
    if not at_length:
        draw = np.random.default_rng(0)
        vocabulary = sorted({word for piece in PIECES for word in piece.split() if word.isalpha()})
        pieces = [f"{i} {' '.join(draw.choice(vocabulary, 60))}. {piece}" for i, piece in enumerate(pieces[:1600])]
    text = "\n\n".join(pieces)
    bm25 = ragzip.load("extractive/bm25", fill="units")
    result = ragzip.compress(text, "Who wrote to Babbage?", target_tokens=100_000, compressor=bm25, cache=False)
    assert result.stats.tokens_in > 150_000
    assert 99_000 <= result.stats.tokens_out <= 100_000


def test_leading_words():
    segments = [Segment.whole(Document(str(i), text), i) for i, text in enumerate(["One two.", "", "Three four five."])]
    assert [s.text for s in leading_words(segments, Budget(WORDS, 4), Layout())] == ["One two.", "", "Three four"]
    assert [s.text for s in leading_words(segments, Budget(WORDS, 1), Layout())] == ["One", "", ""]
    assert [s.text for s in leading_words(segments, Budget(WORDS, 0), Layout())] == ["", "", ""]
    assert leading_words([], Budget(WORDS, 5), Layout()) == []
    rewritten = Segment.whole(Document("a", "long source"), 0).rewritten("new words here")
    assert leading_words([rewritten], Budget(WORDS, 2), Layout())[0].text == "new words"


def test_units_that_share_a_protected_span_are_one():
    spans = [Span(0, 4), Span(5, 9), Span(10, 14)]
    assert whole_protected(spans, [Span(2, 7)]) == [Span(0, 9), Span(10, 14)]
    assert whole_protected(spans, [Span(3, 12)]) == [Span(0, 14)]
    assert whole_protected(spans, [Span(5, 8)]) == spans


@pytest.mark.parametrize("seed", range(8))
def test_no_word_left_out_would_still_fit(seed):
    """Some cost nothing: of more than 200 words too, a stop that is one token with the blank line after it is found."""
    draw = np.random.default_rng(seed)
    text = str(draw.choice(["\n\n", " ", "\n"])).join(PIECES[k] for k in draw.integers(0, len(PIECES), 30))
    document, count = Document("d", text), token_counter()
    whole = Segment.whole(document, 0)
    found = list(words(text, 0, len(text)))
    assert len(found) > 300
    units = tuple(Unit(*span, score) for span, score in zip(found, draw.random(len(found)).tolist(), strict=True))
    budget = Budget(count, int(count(text) * draw.uniform(0.1, 0.6)))
    kept = fit(select([replace(whole, units=units)], budget), budget, Layout())[0]
    assert budget.max_tokens == count(kept.text)
    for start, end in found:
        if not any(a <= start and end <= b for a, b in kept.spans):
            assert count(whole.keep([*kept.spans, (start, end)]).text) > budget.max_tokens


TITLE = "A history of the Byzantine Empire under the Palaiologos dynasty"


def uncached(context, query=None, **options):
    return ragzip.compress(context, query, **{"cache": False, **options})


@pytest.mark.parametrize("tokenizer", [lambda t: len(t) // 4, lambda t: int(len(t.split()) * 1.3)])
def test_tokenizers_that_round_down_end(tokenizer):
    result = uncached(["abcde fg hi", ""] * 50, target_tokens=20, tokenizer=tokenizer, compressor="truncate")
    assert result.stats.tokens_out <= 20


@pytest.mark.parametrize("target", [16, 20, 30, 40])
@pytest.mark.parametrize("compressor", ["auto", "bm25"])
def test_headers_are_no_reason_to_fail(compressor, target):
    docs = [
        Document(str(i), text, title=TITLE)
        for i, text in enumerate(["It fell in 1453.", "Trade declined.", "Art flourished."])
    ]
    layout = ragzip.Layout(header="[{number}] {title}\n")
    result = ragzip.Pipeline(compressor, target_tokens=target, layout=layout, cache=False).run(
        docs, "When did it fall?"
    )
    assert result.stats.tokens_out <= target
    assert target < 30 or "1453" in result.text


@pytest.mark.parametrize("compressor", ["none", "truncate", "bm25", "auto"])
def test_blank_documents_cost_nothing(compressor):
    for target in (7, 8, 17):
        docs = ["\n \n", "hello world foo bar baz qux", "\n", "Yes.", "123 456", " "]
        assert uncached(docs, target_tokens=target, compressor=compressor).stats.tokens_out <= target


def test_truncation_uses_the_budget_over_many_documents():
    late = uncached([""] * 50 + ["hello world this is a text that goes on"], target_tokens=8, compressor="truncate")
    assert late.stats.tokens_out == 8
    assert uncached(["Yes."] * 100, target_tokens=100, compressor="truncate").stats.tokens_out >= 98
    many = uncached([f"Item {i}." for i in range(1000)], target_tokens=1001, compressor="truncate")
    assert many.stats.tokens_out >= 0.99 * 1001


def test_words_after_one_that_is_too_long():
    url = "https://example.org/aaaa/bbbb/cccc/dddd/eeee/ffff/0123456789/abcdef"
    text = "one two three four five six seven eight nine ten " + url + " and more words follow here" * 10
    assert uncached(text, None, target_tokens=30, compressor="truncate").stats.tokens_out >= 28
    blob = uncached("QUJD" * 500, "x", target_tokens=10)
    assert blob.text == "" and "larger than the budget" in blob.stats.notes[0]


def test_many_documents_and_a_small_target(at_length):
    docs = [Document(str(i), f"Item {i}.") for i in range(20_000 if at_length else 1500)]
    result = uncached(docs, "item", target_tokens=11, compressor="bm25")
    assert 8 <= result.stats.tokens_out <= 11


def test_a_header_that_does_not_fit_is_passed_over():
    docs = [Document("a", "word " * 100, title="long " * 25), Document("b", "Second one fits.", title="B")]
    pipeline = ragzip.Pipeline("truncate", target_tokens=8, layout=ragzip.Layout(header="{title}: "), cache=False)
    assert pipeline.run(docs).text == "B: Second one fits."


def test_many_protected_words_in_one_unit():
    text = "supercalifragilistic 7 " * 8000
    result = uncached(text, "7", target_tokens=32_000, protect=["numbers"], compressor="truncate")
    assert 31_000 <= result.stats.tokens_out <= 32_000


def test_marks_stay_with_their_character():
    text = "字\u302a音\u302b" + "字" * 20
    assert uncached(text, "x", target_tokens=2, tokenizer=len, compressor="truncate").text == "字\u302a"


def test_without_units_there_is_nothing_to_select():
    segments = [Segment.whole(Document("a", ""), 0)]
    assert select(segments, Budget(WORDS, 5)) == segments


def test_what_is_there_for_others_costs_nothing_more():
    """A unit that was trimmed and that another one needs; drawn by the fuzz program (seed 21, group 1527)."""
    segment = Segment.whole(Document("a", "One. Two. Three."), 0)
    trial = Trial([segment], Budget(Meter(token_counter()), 100), Layout())
    assert trial.delta(0, ()) == 0


def test_a_short_context_without_a_budget_reports_none():
    stats = ragzip.compress("The cat sat on the mat. The dog ran.", "Who ran?").stats
    assert stats.target_tokens is None and [note.code for note in stats.notes] == ["everything-fits"]
