"""The time limit of a call, and its cancellation from outside.

Nothing is interrupted by force: code that runs a model calls :func:`check` between two batches.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

from ragzip.errors import DeadlineError
from ragzip.process.forking import after_fork_in_child

__all__ = ["CallLimit", "check", "current_limit", "in_thread", "is_over", "limit_scope", "remaining"]

MAX_ASYNC_CALLS = 32  # threads for calls of async callers
_Result = TypeVar("_Result")


class CallLimit:
    """The time limit of a call, which can also be cancelled.

    :param seconds: from now on; None for no limit.
    :param parent: another limit that applies as well.
    """

    def __init__(self, seconds: float | None = None, *, parent: CallLimit | None = None) -> None:
        self.seconds, self.parent = seconds, parent
        self.ends = None if seconds is None else time.monotonic() + seconds
        self._cancelled = False

    def cancel(self) -> None:
        """End the call before its next batch."""
        self._cancelled = True

    @property
    def cancelled(self) -> bool:
        return self._cancelled or (self.parent is not None and self.parent.cancelled)

    @property
    def is_over(self) -> bool:
        """Whether no model may run any longer."""
        return self.cancelled or self.remaining() == 0

    def remaining(self) -> float | None:
        """The seconds left, at least 0; None without a limit."""
        own_seconds = None if self.ends is None else max(0.0, self.ends - time.monotonic())
        parent_seconds = self.parent.remaining() if self.parent is not None else None
        return min((seconds for seconds in (own_seconds, parent_seconds) if seconds is not None), default=None)

    def check(self) -> None:
        """Check that the call may continue.

        :raises DeadlineError: it is over, or cancelled.
        """
        if self.cancelled:
            raise DeadlineError("The call was cancelled.")
        if self.is_over:
            raise DeadlineError(
                f"deadline: the time limit of the call ({self._shortest:g} seconds) was over before all was scored. "
                "Raise it, or give less text."
            )

    @property
    def _shortest(self) -> float:
        """The seconds of the shortest limit that applies."""
        own_seconds = math.inf if self.seconds is None else self.seconds
        return own_seconds if self.parent is None else min(own_seconds, self.parent._shortest)


_NO_LIMIT = CallLimit()
_active: ContextVar[CallLimit] = ContextVar("ragzip_call_limit", default=_NO_LIMIT)


@contextmanager
def limit_scope(limit: CallLimit) -> Iterator[None]:
    """A block in which ``limit`` applies to every call."""
    token = _active.set(limit)
    try:
        yield
    finally:
        _active.reset(token)


def current_limit() -> CallLimit:
    """The limit of the running call; outside a call, one that never ends."""
    return _active.get()


def check() -> None:
    """Check that the running call may continue, see :meth:`CallLimit.check`."""
    _active.get().check()


def is_over() -> bool:
    """Whether the running call is over, see :attr:`CallLimit.is_over`."""
    return _active.get().is_over


def remaining() -> float | None:
    """The seconds left of the running call; None without a limit."""
    return _active.get().remaining()


_executors: list[ThreadPoolExecutor] = []
after_fork_in_child(_executors.clear)  # a child does not have the threads of its parent


async def in_thread(function: Callable[..., _Result], *args: Any) -> _Result:
    """The result of ``function(*args)``, run in a thread with the context of the caller.

    When the caller is cancelled, the function ends before its next batch; neither the caller nor the event loop waits
    for it.
    """
    limit = CallLimit(parent=current_limit())
    context = copy_context()
    context.run(_active.set, limit)
    if not _executors:
        _executors.append(ThreadPoolExecutor(MAX_ASYNC_CALLS, "ragzip-async"))
    event_loop = asyncio.get_running_loop()
    try:
        return await event_loop.run_in_executor(_executors[0], lambda: context.run(function, *args))
    except asyncio.CancelledError:
        limit.cancel()
        raise
