"""Stand-ins for compressors, whose units and scores are drawn: whatever a method may say, the rest must bear it."""

import random
from bisect import bisect_left
from dataclasses import replace
from itertools import pairwise

from ragzip.fitting.choose import select, whole_protected
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.text.words import words
from ragzip.types import Tier, Unit

TIED_SCORES = (0.0, 0.5, 1.0)


class Drawn:
    """Units are sentences or runs of words; scores are tied, extreme or evenly drawn; units repeat others, do not
    matter, need others or stand over a section, by lot.

    :param fill: as compressors declare it.
    :param seed: of the draw; the same for equal texts.
    :param forced: share of the units that must be kept.
    """

    default_rate = 0.5
    scores_are_probabilities = True

    def __init__(self, fill, seed, *, forced=0.0):
        self.fill, self.seed, self.forced = fill, seed, forced
        self.name = f"test/drawn-{fill}.v{seed}"

    def compress(self, query, segments, budget):
        draw = random.Random(self.seed)
        scored = []
        for segment in segments:
            units = tuple(
                unit._replace(tier=Tier.MUST) if draw.random() < self.forced else unit
                for unit in self._units(segment, budget, draw)
            )
            score = draw.choice([None, *(unit.score for unit in units)])
            scored.append(replace(segment, units=units, score=score))
        return select(scored, budget)

    def _units(self, segment, budget, draw):
        text = segment.document.text
        spans = whole_protected(self._spans(segment, draw), budget.protect(text))
        if self.fill == "words":
            scores = draw.choice([TIED_SCORES, [draw.random() for _ in range(50)]])
            return [Unit(*span, draw.choice(scores), tier=_tier(draw, 0.1)) for span in spans]
        return list(self._related(spans, draw))

    def _related(self, spans, draw):
        has_relations = draw.random() < 0.5
        needed = spans[0] if has_relations and len(spans) > 3 else None
        for number, span in enumerate(spans):
            needs, section = (), None
            if needed is not None and number == 1:
                section = Span(spans[2].start, spans[-1].end)
            elif needed is not None and number > 1 and draw.random() < 0.3:
                needs = (needed,)
            score = draw.choice([*TIED_SCORES, draw.random(), -draw.random(), 1e9])
            tier, relevant = _tier(draw, 0.2), draw.random() < 0.8
            yield Unit(*span, score, tier, relevant, needs, section)

    def _spans(self, segment, draw):
        """Sentences, or runs of words of drawn length, of what the segment still has."""
        text = segment.document.text
        unit_spans = [Span(*span) for span in (words(text) if self.fill == "words" else sentences(text))]
        if self.fill == "units" and draw.random() < 0.5:
            unit_spans = [Span(*span) for span in words(text)]
            borders = (
                [0, *sorted(draw.sample(range(1, len(unit_spans)), k=len(unit_spans) // 4)), len(unit_spans)]
                if unit_spans
                else [0]
            )
            unit_spans = [Span(unit_spans[first].start, unit_spans[last - 1].end) for first, last in pairwise(borders)]
        return [span for span in unit_spans if _is_held(span, segment.held)]


def _tier(draw, repeats):
    """Mostly the usual tier; ``repeats``: the share of repeats."""
    chance = draw.random()
    return Tier.REPEAT if chance < repeats else Tier.FORCED if chance > 0.97 else Tier.NORMAL


def _is_held(span, holds):
    index = bisect_left(holds, (span.start + 1,)) - 1
    return index >= 0 and span.end <= holds[index].end
