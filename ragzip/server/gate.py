"""The gate before the models: so many calls at once, so many waiting, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from ragzip.server.errors import RequestError

__all__ = ["Gate"]

_Result = TypeVar("_Result")


class Gate:
    """Runs calls in threads.

    :param working: calls at once.
    :param queue: calls that wait besides.
    """

    def __init__(self, working: int, queue: int) -> None:
        self.working, self.queue = working, queue
        self.running = self.waiting = 0
        self._free = asyncio.Semaphore(working)
        self._threads = ThreadPoolExecutor(working, "ragzip-server")

    async def run(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """The result of ``function(*arguments)``, once there is a thread for it.

        :raises RequestError: 429, too many wait.
        """
        if self._free.locked() and self.waiting >= self.queue:
            message = f"{self.running} requests are worked on and {self.waiting} wait. Try again."
            raise RequestError(429, "overloaded", message, {"Retry-After": "1"})
        self.waiting += 1
        try:
            await self._free.acquire()
        finally:
            self.waiting -= 1
        self.running += 1
        context = copy_context()
        call = asyncio.get_running_loop().run_in_executor(self._threads, lambda: context.run(function, *arguments))
        call.add_done_callback(self._release)  # also of a caller that has gone: its thread works on
        return await asyncio.shield(call)

    def _release(self, call: asyncio.Future[Any]) -> None:
        self.running -= 1
        self._free.release()
        if not call.cancelled():
            call.exception()  # read, so that it is not reported as lost where the caller has gone

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
