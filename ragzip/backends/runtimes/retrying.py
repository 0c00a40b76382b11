"""Retries of requests that fail for a transient reason: how often, and how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenacity import retry_if_exception, stop_after_attempt, wait_exponential

__all__ = ["RETRYABLE_STATUSES", "TIMEOUT_SECONDS", "WAIT_SECONDS", "retries"]

RETRYABLE_STATUSES = {408, 409, 425, 429, 500, 502, 503, 504}  # of HTTP
TIMEOUT_SECONDS = 120.0  # of one whole answer, with connecting, retries and waits
WAIT_SECONDS = 1.0  # before the first retry
_MAX_RETRIES = 4


def retries(is_transient: Callable[[BaseException], bool], wait: float) -> dict[str, Any]:
    """The options of tenacity: how often and when to retry.

    :param is_transient: whether the call may succeed later.
    :param wait: seconds before the first retry; doubled each time.
    """
    return {
        "retry": retry_if_exception(is_transient),
        "stop": stop_after_attempt(_MAX_RETRIES + 1),
        "wait": wait_exponential(multiplier=wait),
        "reraise": True,
    }
