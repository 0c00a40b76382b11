"""Units of text fitted to a budget: rendered, recounted with the target tokenizer, trimmed, refilled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import itemgetter

from ragzip.fitting.choose import Fill, is_candidate
from ragzip.fitting.exchange import exchange
from ragzip.fitting.headings import add_headings
from ragzip.fitting.leading import leading_words
from ragzip.fitting.unit_trial import UnitTrial
from ragzip.output.layout import Layout, render
from ragzip.text.forms import Form
from ragzip.text.spans import Span
from ragzip.types import Budget, Segment, Unit

__all__ = ["Reopening", "fit", "tokens_of_best"]

# the form of a text as another budget has it, and the spans that a unit has there
Reopening = Callable[[Segment, Unit, Budget], tuple[Form, Sequence[Span]]]
_MAX_REOPENINGS = 4


def fit(segments: Sequence[Segment], budget: Budget, layout: Layout, *, fill: Fill = "units") -> list[Segment]:
    """The segments, cut so that their rendered text is within the budget exactly, and uses it.

    Over it, the lowest-scored units go, one after another; under it, the best units left out come in where they fit.
    Units are kept whole: where the best one is larger than the budget, the best one that fits comes. Headings come
    last, the cheapest first, where something below them is kept. Segments without units lose words from the end, fixed
    ones nothing.
    ``fill="words"`` gives words for better, longer ones until the budget is used.

    :param segments: at most one a document, in order.
    :raises BudgetError: what must be kept does not fit.
    """
    limit = budget.max_tokens
    if limit is None:
        return list(segments)
    if limit <= 0:
        return [segment.keep([]) for segment in segments]
    segments = [segment if segment.text.strip() else segment.keep([]) for segment in segments]
    if any(segment.text and not segment.units and not segment.is_fixed for segment in segments):
        is_within = budget.count(render(segments, layout).text) <= limit
        return list(segments) if is_within else leading_words(segments, budget, layout)
    trial = UnitTrial(segments, budget, layout)
    trial.prefer_best(limit)
    trial.settle(limit)
    if fill == "words" and budget.threshold is None:
        exchange(trial, limit)
        trial.settle(limit)
    add_headings(trial, limit)
    return trial.segments()


def tokens_of_best(
    segments: Sequence[Segment], budget: Budget, layout: Layout, reopened: Reopening | None = None
) -> int | None:
    """Tokens of the best unit by itself, as it would be laid out in so many; None where there is none to choose.

    :param reopened: see :data:`Reopening` (None: all budgets have the same units).
    """
    candidates = (
        ((unit.tier, -unit.score), segment, unit)
        for segment in segments
        for unit in segment.units
        if segment.form.is_cut and is_candidate(unit, budget.threshold)
    )
    best = min(candidates, key=itemgetter(0), default=None)
    if best is None:
        return None
    _, segment, unit = best

    def tokens_of(form: Form, spans: Sequence[Span]) -> int:
        whole_segment = Segment.whole(segment.document, segment.position, form)
        return budget.count(render([whole_segment.keep(spans)], layout).text)

    tokens = tokens_of(segment.form, unit.spans)
    for _ in range(_MAX_REOPENINGS if reopened is not None else 0):
        assert reopened is not None
        tokens_there = tokens_of(*reopened(segment, unit, replace(budget, max_tokens=tokens)))
        if tokens_there <= tokens:
            break
        tokens = tokens_there
    return tokens
