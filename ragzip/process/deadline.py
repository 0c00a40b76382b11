"""The time limit of a call, and the signal that ends a call from outside.

Nothing is interrupted by force: whatever runs a model asks :func:`check` between two batches.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

from ragzip.errors import DeadlineError
from ragzip.process.forking import after_fork_in_child

__all__ = ["CallLimit", "check", "current_limit", "in_thread", "is_over", "limited", "remaining"]

MAX_ASYNC_CALLS = 32  # threads for calls of async callers
_T = TypeVar("_T")


class CallLimit:
    """When a call has to end.

    :param seconds: from now on; None: no limit.
    :param parent: a limit that holds too.
    """

    def __init__(self, seconds: float | None = None, *, parent: CallLimit | None = None) -> None:
        self.seconds, self.parent = seconds, parent
        self.ends = None if seconds is None else time.monotonic() + seconds
        self._cancelled = False

    def cancel(self) -> None:
        """Have the call end at its next batch."""
        self._cancelled = True

    @property
    def cancelled(self) -> bool:
        return self._cancelled or (self.parent is not None and self.parent.cancelled)

    @property
    def is_over(self) -> bool:
        """Whether no model may run any more."""
        return self.cancelled or self.remaining() == 0

    def remaining(self) -> float | None:
        """Seconds left, 0 at least; None without a limit."""
        own = None if self.ends is None else max(0.0, self.ends - time.monotonic())
        outer = self.parent.remaining() if self.parent is not None else None
        return min((seconds for seconds in (own, outer) if seconds is not None), default=None)

    def check(self) -> None:
        """Return if the call may go on.

        :raises DeadlineError: it is over, or cancelled.
        """
        if self.cancelled:
            raise DeadlineError("The call was cancelled.")
        if self.is_over:
            raise DeadlineError(
                f"deadline: the time limit of the call ({self._shortest():g} seconds) was over before all was scored. "
                "Raise it, or give less text."
            )

    def _shortest(self) -> float:
        limits = [limit.seconds for limit in (self, self.parent) if limit is not None and limit.seconds is not None]
        return min(limits, default=0.0)


_NO_LIMIT = CallLimit()
_active: ContextVar[CallLimit] = ContextVar("ragzip_call_limit", default=_NO_LIMIT)


@contextmanager
def limited(limit: CallLimit) -> Iterator[None]:
    """Let everything called within end by ``limit``."""
    token = _active.set(limit)
    try:
        yield
    finally:
        _active.reset(token)


def current_limit() -> CallLimit:
    """The limit of the call that runs; outside of one, a limit that never ends."""
    return _active.get()


def check() -> None:
    """See :meth:`CallLimit.check`, of the call that runs."""
    _active.get().check()


def is_over() -> bool:
    """See :attr:`CallLimit.is_over`, of the call that runs."""
    return _active.get().is_over


def remaining() -> float | None:
    """Seconds left of the call that runs; None: no limit."""
    return _active.get().remaining()


_executors: list[ThreadPoolExecutor] = []
after_fork_in_child(_executors.clear)  # the threads of the parent do not exist there


async def in_thread(function: Callable[..., _T], *args: Any) -> _T:
    """``function(*args)`` in a thread, with the context of the caller; the event loop goes on.

    Where the caller is cancelled, the function ends at its next batch, and neither the caller nor the end of the loop
    waits for that.
    """
    limit = CallLimit(parent=current_limit())
    context = copy_context()
    context.run(_active.set, limit)
    if not _executors:
        _executors.append(ThreadPoolExecutor(MAX_ASYNC_CALLS, "ragzip-async"))
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(_executors[0], lambda: context.run(function, *args))
    except asyncio.CancelledError:
        limit.cancel()
        raise
