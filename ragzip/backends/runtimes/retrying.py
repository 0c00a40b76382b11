"""How often, and for how long, what fails for a passing reason is tried again."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tenacity import retry_if_exception, stop_after_attempt, wait_exponential

from ragzip.errors import OptionError

__all__ = ["RETRYABLE_STATUSES", "TIMEOUT_SECONDS", "WAIT_SECONDS", "checked_timeout", "retries"]

RETRYABLE_STATUSES = {408, 409, 425, 429, 500, 502, 503, 504}  # HTTP statuses
TIMEOUT_SECONDS = 120.0  # seconds for one whole answer: connecting, retries and the waits between them included
WAIT_SECONDS = 1.0  # seconds before the first retry
_RETRIES = 4


def retries(passing: Callable[[BaseException], bool], wait: float) -> dict[str, Any]:
    """Options of tenacity: how often and when what fails is tried again.

    :param passing: whether an error may pass.
    :param wait: seconds before the first retry; doubled each time.
    """
    return {
        "retry": retry_if_exception(passing),
        "stop": stop_after_attempt(_RETRIES + 1),
        "wait": wait_exponential(multiplier=wait),
        "reraise": True,
    }


def checked_timeout(timeout: float) -> float:
    """``timeout`` as a number of seconds.

    :raises OptionError: not a finite number above 0.
    """
    number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
    if not number or not 0 < timeout < math.inf:
        raise OptionError(f"timeout: received {timeout!r}, expected a number of seconds above 0.")
    return float(timeout)
