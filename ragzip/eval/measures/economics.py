"""The cost of an answer, and the context length from which compression pays."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ragzip.checks import number_in, unknown_options
from ragzip.errors import InputError
from ragzip.eval.record import NONE, Record

__all__ = ["BreakEven", "LinearFit", "Prices", "break_even", "cost", "fit_line"]

_TOKENS_PER_PRICE, _SECONDS_PER_HOUR = 1e6, 3600


@dataclass(frozen=True)
class Prices:
    """Prices of tokens and machines, in any currency.

    :param input: of a million prompt tokens. :param output: of a million output tokens.
    :param cached: price of a prompt token in the provider's prompt cache, as a share of ``input``, 0 to 1.
    :param hits: share of the tokens of an uncompressed context that are in that cache, 0 to 1. A compressed context
        differs from query to query, and is never in it.
    :param machine: of an hour of the machine that compresses.
    :param prefill: prompt tokens that the target model reads per second; default: the measured speed of the reader, if
        there is one.
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
        """Price of one token of an uncompressed context."""
        return self.input * (1 - self.hits + self.hits * self.cached) / _TOKENS_PER_PRICE

    @classmethod
    def read(cls, file: str | Path) -> Prices:
        """The prices in a JSON file: an object with any of the parameters, such as ``{"input": 2.5, "output": 10}``.

        :raises InputError: a file that cannot be read, or holds another form.
        :raises OptionError: a number outside its range.
        """
        names = [field.name for field in fields(cls)]
        expected = f"a JSON object with any of {', '.join(names)}"
        try:
            values = json.loads(Path(file).read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"prices: {file} could not be read ({error}), expected {expected}.") from error
        if not isinstance(values, dict):
            raise InputError(f"prices: {file} holds {type(values).__name__}, expected {expected}.")
        if unknown := values.keys() - names:
            raise unknown_options(f"prices: {file}", unknown, names)
        return cls(**values)


def cost(record: Record, prices: Prices) -> float:
    """The cost of the answer of ``record``: prompt tokens, output tokens and compression."""
    instruction_tokens = max(0, (record.prompt_tokens or record.tokens_out) - record.tokens_out)
    price_per_prompt_token = prices.input / _TOKENS_PER_PRICE
    price_per_context_token = prices.whole if record.compressor == NONE else price_per_prompt_token
    compress_seconds = 0.0 if record.compressor == NONE else record.seconds.get("compress", 0.0)
    return (
        record.tokens_out * price_per_context_token
        + instruction_tokens * prices.input / _TOKENS_PER_PRICE
        + (record.output_tokens or 0) * prices.output / _TOKENS_PER_PRICE
        + compress_seconds * prices.machine / _SECONDS_PER_HOUR
    )


class LinearFit(NamedTuple):
    """Seconds as ``fixed + each * tokens``."""

    fixed: float
    each: float


def fit_line(tokens: Sequence[float], seconds: Sequence[float]) -> LinearFit | None:
    """The least-squares fit of seconds by tokens, with neither part below 0; None without tokens."""
    token_counts, durations = np.asarray(tokens, float), np.asarray(seconds, float)
    if not len(token_counts) or not token_counts.sum():
        return None
    seconds_per_token = float(durations.mean() / token_counts.mean())
    if len(token_counts) > 2 and token_counts.std() > 0.05 * token_counts.mean():
        slope, fixed = np.polyfit(token_counts, durations, 1)
        if slope > 0 and fixed > 0:
            return LinearFit(float(fixed), float(slope))
        if slope <= 0:
            return LinearFit(float(durations.mean()), 0.0)
    return LinearFit(0.0, seconds_per_token)


class BreakEven(NamedTuple):
    """Context lengths in tokens from which compression to ``rate`` pays: 0 always, ``inf`` never, None unknown."""

    rate: float
    money: float | None
    time: float | None


def break_even(
    records: Sequence[Record], cold: Sequence[Record], prices: Prices, *, reading: LinearFit | None = None
) -> BreakEven | None:
    """The break-even of the records of one arm.

    :param cold: records of the same compressor for which nothing was cached; they give its time.
    :param reading: seconds that the target model takes to read a prompt, by its tokens.
    """
    compressing = fit_line(
        [record.tokens_in for record in cold], [record.seconds.get("compress", 0.0) for record in cold]
    )
    tokens_in = sum(record.tokens_in for record in records)
    if compressing is None or not tokens_in:
        return None
    rate = sum(record.tokens_out for record in records) / tokens_in
    price_per_second = prices.machine / _SECONDS_PER_HOUR
    money = seconds = None
    if prices.input:
        saved_money = prices.whole - rate * prices.input / _TOKENS_PER_PRICE - compressing.each * price_per_second
        money = _break_even_tokens(compressing.fixed * price_per_second, saved_money)
    if reading is not None:
        saved_seconds = reading.each * (1 - rate) - compressing.each
        seconds = _break_even_tokens(compressing.fixed, saved_seconds)
    return BreakEven(rate, money, seconds)


def _break_even_tokens(fixed: float, saved_per_token: float) -> float:
    """The number of tokens whose savings equal the fixed cost."""
    return fixed / saved_per_token if saved_per_token > 0 else math.inf
