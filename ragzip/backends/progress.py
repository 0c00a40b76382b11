"""Progress reports of model runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ragzip.process.deadline import current_limit

__all__ = ["report_progress", "reported"]

_progress: ContextVar[Callable[[int, int], None] | None] = ContextVar("ragzip_progress", default=None)


@contextmanager
def report_progress(callback: Callable[[int, int], None]) -> Iterator[None]:
    """Let model runs within this context call ``callback(done, total)``, counted in texts."""
    token = _progress.set(callback)
    try:
        yield
    finally:
        _progress.reset(token)


@contextmanager
def reported(total: int) -> Iterator[Callable[[int], None]]:
    """A function that reports, after each batch, how many of ``total`` are done (see :func:`report_progress`).

    It raises a DeadlineError when the call is over (see :mod:`ragzip.process.deadline`).
    """
    callback, limit = _progress.get(), current_limit()
    limit.check()

    def report(done: int) -> None:
        if callback:
            callback(done, total)
        if done < total:
            limit.check()

    yield report
