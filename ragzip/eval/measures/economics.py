"""What an answer costs, and from which length of context on compression pays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ragzip.checks import number_in
from ragzip.eval.runs.records import NONE, Record

__all__ = ["BreakEven", "Line", "Prices", "break_even", "cost", "fit_line"]


@dataclass(frozen=True)
class Prices:
    """What tokens and machines cost, in any currency.

    :param input: of a million prompt tokens. :param output: of a million tokens of answers.
    :param cached: share of ``input`` that a token costs which the provider has in its prompt cache, 0 to 1.
    :param hits: share of the tokens of a context that are in that cache when it is sent whole, 0 to 1. A compressed
        context is another one for each query, and is never in it.
    :param machine: of an hour of the machine that compresses.
    :param prefill: tokens a second that the target model reads; default: the reader's speed as measured, if there is
        one.
    :raises OptionError: a number outside its range.
    """

    input: float = 0.0
    output: float = 0.0
    cached: float = 1.0
    hits: float = 0.0
    machine: float = 0.0
    prefill: float | None = None

    def __post_init__(self) -> None:
        for name in ("input", "output", "machine"):
            number_in(getattr(self, name), f"prices: {name}", most=math.inf, expected="0 or more")
        for name in ("cached", "hits"):
            number_in(getattr(self, name), f"prices: {name}", expected="a share, 0 to 1")
        if self.prefill is not None:
            number_in(self.prefill, "prices: prefill", above=0, most=math.inf, expected="tokens a second")

    @property
    def whole(self) -> float:
        """Of a token of a context that is sent whole."""
        return self.input * (1 - self.hits + self.hits * self.cached) / 1e6


def cost(record: Record, prices: Prices) -> float:
    """What the answer of ``record`` costs: reading, writing, compressing."""
    around = max(0, (record.prompt_tokens or record.tokens_out) - record.tokens_out)
    token = prices.whole if record.compressor == NONE else prices.input / 1e6
    compressing = 0.0 if record.compressor == NONE else record.seconds.get("compress", 0.0)
    return (
        record.tokens_out * token
        + around * prices.input / 1e6
        + (record.output_tokens or 0) * prices.output / 1e6
        + compressing * prices.machine / 3600
    )


class Line(NamedTuple):
    """Seconds as ``fixed + each * tokens``."""

    fixed: float
    each: float


def fit_line(tokens: Sequence[float], seconds: Sequence[float]) -> Line | None:
    """Seconds by tokens, least squares, neither part under 0; None of no tokens."""
    x, y = np.asarray(tokens, float), np.asarray(seconds, float)
    if not len(x) or not x.sum():
        return None
    each = float(y.mean() / x.mean())
    if len(x) > 2 and x.std() > 0.05 * x.mean():
        slope, fixed = np.polyfit(x, y, 1)
        if slope > 0 and fixed > 0:
            return Line(float(fixed), float(slope))
        if slope <= 0:
            return Line(float(y.mean()), 0.0)
    return Line(0.0, each)


class BreakEven(NamedTuple):
    """Tokens of a context from which on compressing to ``rate`` pays: 0 always, ``inf`` never, None unknown."""

    rate: float
    money: float | None
    time: float | None


def break_even(
    records: Sequence[Record], cold: Sequence[Record], prices: Prices, *, reading: Line | None = None
) -> BreakEven | None:
    """The break-even of one arm's records.

    :param cold: records of the same compressor for which nothing was cached: its time is theirs.
    :param reading: seconds that the target model reads by tokens of its prompt.
    """
    compressing = fit_line([r.tokens_in for r in cold], [r.seconds.get("compress", 0.0) for r in cold])
    tokens = sum(r.tokens_in for r in records)
    if compressing is None or not tokens:
        return None
    rate = sum(r.tokens_out for r in records) / tokens
    machine = prices.machine / 3600
    money = None
    if prices.input:
        saved = prices.whole - rate * prices.input / 1e6 - compressing.each * machine
        money = _from(compressing.fixed * machine, saved)
    time = None
    if reading is not None:
        time = _from(compressing.fixed, reading.each * (1 - rate) - compressing.each)
    return BreakEven(rate, money, time)


def _from(fixed: float, saved: float) -> float:
    """Tokens at which what each saves makes up for what is fixed."""
    return fixed / saved if saved > 0 else math.inf
