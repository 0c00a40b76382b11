"""Locks and guarded sections that make a process safe to fork while its threads compress.

A forked child has only the thread that forked. A lock that another thread held, or native code that it was running,
would block the child forever. So a fork waits until no thread is inside a guarded section, and the child gets fresh
locks.

Logging and thread pools of the standard library take locks of their own before a fork. They are imported first, since
the hooks registered first run last, when no guarded section can be waiting for those locks.
"""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401
import logging  # noqa: F401
import os
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import ClassVar
from weakref import WeakSet

__all__ = ["ForkSafeLock", "after_fork_in_child", "guarded"]

MAX_WAIT_SECONDS = 10.0  # of a fork; after that it risks the child rather than block the parent


class ForkSafeLock:
    """A reentrant lock that is free in a forked child, even if a thread of the parent held it."""

    _all: ClassVar[WeakSet[ForkSafeLock]] = WeakSet()

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._all.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._lock.release()

    @classmethod
    def renew(cls) -> None:
        """Replace all locks by fresh ones, in a child."""
        for fork_safe_lock in list(cls._all):
            fork_safe_lock._lock = threading.RLock()


class _Gate:
    """A counter of the threads in guarded sections; a fork waits for all other threads, and lets no more in."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._inside = 0
        self._forking = False
        self._own = threading.local()

    def __enter__(self) -> None:
        depth = getattr(self._own, "depth", 0)
        if not depth:
            with self._changed:
                while self._forking:
                    self._changed.wait()
                self._inside += 1
        self._own.depth = depth + 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._own.depth -= 1
        if not self._own.depth:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Wait, before a fork, until no other thread is inside, and let none in."""
        self._changed.acquire()
        self._forking = True
        wait_end = time.monotonic() + MAX_WAIT_SECONDS
        while self._inside > (getattr(self._own, "depth", 0) > 0) and (seconds_left := wait_end - time.monotonic()) > 0:
            self._changed.wait(seconds_left)

    def open(self) -> None:
        """Let threads in again, after a fork, in the parent."""
        if not self._forking:  # imported by a hook of this very fork, after ``close`` would have run
            return
        self._forking = False
        self._changed.notify_all()
        self._changed.release()

    def renew(self) -> None:
        """Start with no other thread inside, after a fork, in the child."""
        self._changed = threading.Condition(threading.Lock())
        self._inside = int(getattr(self._own, "depth", 0) > 0)
        self._forking = False


_gate = _Gate()
_renewals: list[Callable[[], object]] = [_gate.renew, ForkSafeLock.renew]


def guarded() -> _Gate:
    """A context in which no other thread forks, for short native calls and for loading."""
    return _gate


def after_fork_in_child(renewal: Callable[[], object]) -> None:
    """Register ``renewal`` to be called in every forked child before any other code of the child."""
    _renewals.append(renewal)


def _renew() -> None:
    for renewal in _renewals:
        renewal()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_gate.close, after_in_parent=_gate.open, after_in_child=_renew)
