"""Concurrency: functions in threads, coroutines in one event loop of this process."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

from ragzip.checks import shown
from ragzip.errors import OptionError
from ragzip.process import deadline
from ragzip.process.forking import ForkSafeLock, after_fork_in_child
from ragzip.process.workers import CORES_VARIABLE

__all__ = ["at_once", "in_background", "pending_result", "together", "usable_cores"]

_POLL_SECONDS = 0.05  # between two checks whether the call is over
_MAX_INVOKE_THREADS = 32  # for functions that cannot be awaited
_Result = TypeVar("_Result")
_Item = TypeVar("_Item")


class _Requests:
    """The coroutines that the threads of one :func:`at_once` wait for: Ctrl-C cancels them."""

    def __init__(self) -> None:
        self._futures: set[Future[Any]] = set()
        self._cancelled = False

    def add(self, future: Future[Any]) -> None:
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        if self._cancelled:
            future.cancel()

    def cancel(self) -> None:
        self._cancelled = True
        for future in list(self._futures):
            future.cancel()


_requests: ContextVar[_Requests | None] = ContextVar("ragzip_requests", default=None)


def at_once(function: Callable[[_Item], _Result], items: Sequence[_Item], concurrency: int) -> list[_Result]:
    """The result of ``function`` for each item, ``concurrency`` items at a time, each with the context of the caller.

    When a call fails, pending calls are cancelled, running calls are waited for, and the first error in the order of
    the items is raised. Ctrl-C waits for nothing, and cancels coroutines in the event loop too.
    """
    if len(items) < 2 or concurrency < 2:
        return [function(item) for item in items]
    requests = _requests.get() or _Requests()
    executor = ThreadPoolExecutor(min(concurrency, len(items)), "ragzip")
    try:
        futures = []
        for item in items:
            context = copy_context()
            context.run(_requests.set, requests)
            futures.append(executor.submit(context.run, function, item))
        finished, _ = wait(futures, return_when=FIRST_EXCEPTION)
        first_failed = next((future for future in futures if future in finished and future.exception()), None)
        executor.shutdown(cancel_futures=True)
    except BaseException:
        requests.cancel()
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    return [first_failed.result()] if first_failed else [future.result() for future in futures]


def pending_result(function: Callable[[], _Result]) -> Callable[[], _Result]:
    """A function that waits for the result of ``function``, which runs in a thread where there is a core for it.

    For native code that leaves the interpreter to other threads.
    """
    if usable_cores() < 2:
        result = function()
        return lambda: result
    executor = ThreadPoolExecutor(1, "ragzip")
    future = executor.submit(copy_context().run, function)
    executor.shutdown(wait=False)
    return future.result


def usable_cores() -> int:
    """The number of cores that this process may use: those that the system allows, but at most ``RAGZIP_CORES``.

    :raises OptionError: ``RAGZIP_CORES`` is no number above 0.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    system_cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    limit = os.environ.get(CORES_VARIABLE, "").strip()
    if not limit:
        return system_cores
    if not limit.isdecimal() or not int(limit):
        raise OptionError(f"{CORES_VARIABLE}: received {shown(limit)}, expected a number of cores.")
    return min(system_cores, int(limit))


class _Background:
    """An event loop in a daemon thread, shared by all calls of this process."""

    def __init__(self) -> None:
        self._lock = ForkSafeLock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._loop.set_default_executor(ThreadPoolExecutor(_MAX_INVOKE_THREADS, "ragzip-invoke"))
                threading.Thread(target=self._loop.run_forever, name="ragzip-loop", daemon=True).start()
            return self._loop


_background = _Background()
_left_to_parents: list[_Background] = []


def _after_fork() -> None:
    """Start afresh: a forked process has the loop, but not the thread that runs it. The old loop is kept, untouched:
    closing it or its connections would affect the parent process.
    """
    global _background
    _left_to_parents.append(_background)
    _background = _Background()


after_fork_in_child(_after_fork)


def in_background(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """The result of ``coroutine``, which runs in the shared event loop with the context of the caller.

    It is cancelled when the wait is interrupted, and when the call is over.

    :raises DeadlineError: the call is over, or cancelled (see :mod:`ragzip.process.deadline`).
    """
    future = asyncio.run_coroutine_threadsafe(coroutine, _background.loop())
    if (requests := _requests.get()) is not None:
        requests.add(future)
    try:
        while not wait([future], _POLL_SECONDS).done:
            deadline.check()
        return future.result()
    except BaseException:
        future.cancel()
        raise


async def together(coroutines: Sequence[Coroutine[Any, Any, _Result]]) -> list[_Result]:
    """The result of each coroutine. When a coroutine fails, the others are cancelled and awaited."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
