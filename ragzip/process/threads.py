"""Threads that are used again: a new thread for each call costs it half a millisecond of cold memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from ragzip.process.forking import after_fork_in_child

__all__ = ["in_daemon_thread"]

_MAX_IDLE = 16
_Result = TypeVar("_Result")
_Inbox = SimpleQueue[tuple[Callable[[], Any], Future[Any]]]
_idle: list[_Inbox] = []
after_fork_in_child(_idle.clear)  # a child does not have the threads of its parent


def in_daemon_thread(function: Callable[[], _Result]) -> Future[_Result]:
    """The pending result of ``function``, run in a thread for which the end of the program does not wait."""
    result: Future[_Result] = Future()
    try:
        inbox = _idle.pop()
    except IndexError:
        inbox = SimpleQueue()
        Thread(target=_work, args=(inbox,), name="ragzip-deadline", daemon=True).start()
    inbox.put((function, result))
    return result


def _work(inbox: _Inbox) -> None:
    is_idle = True
    while is_idle:
        is_idle = _run_one(inbox)


def _run_one(inbox: _Inbox) -> bool:
    """Whether the thread is idle afterwards. Nothing of the call stays in its frame while it waits for the next one."""
    function, result = inbox.get()
    try:
        outcome = function()
    except BaseException as error:
        is_idle = _offered(inbox)
        result.set_exception(error)
    else:
        is_idle = _offered(inbox)
        result.set_result(outcome)
    return is_idle


def _offered(inbox: _Inbox) -> bool:
    """Whether the thread will wait for another call. It is offered before its caller goes on, and calls again."""
    if len(_idle) >= _MAX_IDLE:
        return False
    _idle.append(inbox)
    return True
