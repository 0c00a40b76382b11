"""Limits in tokens: of a call, of one that sets none, and of each of several compressors."""

from __future__ import annotations

import math

from ragzip.checks import number_in, whole_number

__all__ = ["DEFAULT_RATE", "SHORT_CONTEXT_TOKENS", "check_limits", "limit_of", "limits_of_stages"]

DEFAULT_RATE = 0.5  # where a call sets no budget
SHORT_CONTEXT_TOKENS = 200  # a shorter context stays whole without a budget: there is little to gain


def check_limits(target_tokens: object, rate: object) -> None:
    """Check the range of a budget.

    :raises OptionError: a negative or non-integer ``target_tokens``; a ``rate`` outside (0, 1].
    """
    if target_tokens is not None:
        is_share = isinstance(target_tokens, float) and 0 < target_tokens < 1
        hint = f"; a share of the tokens is rate={target_tokens}" if is_share else ""
        whole_number(target_tokens, "target_tokens", expected=f"a whole number of tokens, 0 or more{hint}")
    if rate is not None:
        number_in(rate, "rate", above=0, expected="a number in (0, 1]: tokens kept ÷ tokens given")


def limit_of(tokens_in: int, target_tokens: int | None, rate: float | None) -> int | None:
    """The limit in tokens that ``target_tokens`` and ``rate`` set together: the smaller one; None without either.

    :raises OptionError: see :func:`check_limits`.
    """
    check_limits(target_tokens, rate)
    of_rate = None if rate is None else math.floor(rate * tokens_in + 1e-9)
    return min((limit for limit in (target_tokens, of_rate) if limit is not None), default=None)


def limits_of_stages(tokens_in: int, limit: int | None, count: int) -> list[int | None]:
    """The limit of each of ``count`` compressors run one after another: every one takes off the same share."""
    if limit is None or limit <= 0 or tokens_in <= limit:
        return [limit] * count
    share = limit / tokens_in
    limits = [max(limit, round(tokens_in * share ** (number / count))) for number in range(1, count)]
    return [*limits, limit]
