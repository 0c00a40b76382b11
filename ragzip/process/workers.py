"""Worker processes: each has one function, and works on one item at a time.

This module is imported first in every worker, before libraries that read their number of threads from the environment;
so it imports none of them.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from ragzip.errors import OptionError, reason_of

__all__ = ["CORES_VARIABLE", "Lost", "in_processes", "share_of_cores"]

CORES_VARIABLE = "RAGZIP_CORES"  # most cores that ragzip uses in this process
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
_MAX_ATTEMPTS = 2  # at an item; a worker that was killed for memory may not be the item's fault
_READY = "ready"
_Item = TypeVar("_Item")
_Outcome = TypeVar("_Outcome")


@dataclass(frozen=True)
class Lost:
    """The outcome of an item whose worker process ended, twice. ``exit_code`` is that of the process (-9: killed)."""

    exit_code: int | None

    def __str__(self) -> str:
        cause = ", perhaps for lack of memory" if self.exit_code == -signal.SIGKILL else ""
        return f"the worker process ended {_MAX_ATTEMPTS} times at this row (exit code {self.exit_code}{cause})"


def share_of_cores(cores: int) -> None:
    """Have ragzip and the libraries that it loads after this call use at most ``cores`` cores in this process."""
    os.environ[CORES_VARIABLE] = str(cores)
    for variable in _THREAD_VARIABLES:
        os.environ.setdefault(variable, str(cores))


def in_processes(
    function: Callable[[_Item], _Outcome],
    items: Iterable[tuple[int, _Item]],
    workers: int,
    *,
    cores: int,
    most_ahead: int,
) -> Iterator[tuple[int, _Outcome | Lost]]:
    """The outcome of ``function`` for each item with its number, in the order in which they finish.

    Processes are spawned, so that nothing of this one is shared with them; an item is taken when a worker is free for
    it. A worker that dies is replaced, and its item tried once more.

    :param function: it must not raise; it is pickled once for each worker.
    :param items: with numbers that rise.
    :param cores: that each worker uses.
    :param most_ahead: how far the number of an item may be ahead of the first unfinished one.
    :raises OptionError: the function cannot be sent to another process, or no worker can start.
    """
    try:
        pickled_function = pickle.dumps(function)
    except Exception as error:  # whatever the parts of a function raise
        raise _unsendable(reason_of(error)) from error
    pool: list[_Worker] = []
    queue = _Queue(iter(items), most_ahead)
    try:
        while True:
            for worker in pool:
                if worker.job is None and worker.is_ready and (job := queue.take()):
                    worker.give(job)
            while len(pool) < workers and (job := queue.take()):
                pool.append(_Worker(pickled_function, cores, job))
            if not queue.under_way:
                return
            for connection in wait([worker.connection for worker in pool]):
                worker = next(worker for worker in pool if worker.connection is connection)
                finished = worker.receive()
                if finished is None:
                    continue
                job, outcome = finished
                if isinstance(outcome, Lost):
                    pool.remove(worker)
                    if job is not None and job.attempts < _MAX_ATTEMPTS:
                        queue.again.append(job)
                        continue
                if job is not None:
                    queue.under_way.discard(job.number)
                    yield job.number, outcome
    finally:
        for worker in pool:
            worker.end()


@dataclass
class _Job:
    number: int
    item: Any
    attempts: int = 0


@dataclass
class _Queue:
    """The items to come."""

    items: Iterator[tuple[int, Any]]
    most_ahead: int
    again: list[_Job] = field(default_factory=list)
    under_way: set[int] = field(default_factory=set)
    _next: _Job | None = None

    def take(self) -> _Job | None:
        """The next item; None where there is none, or it would be too far ahead."""
        if self.again:
            return self.again.pop()
        if self._next is None and (following := next(self.items, None)):
            self._next = _Job(*following)
        job = self._next
        if job is None or (self.under_way and job.number - min(self.under_way) > self.most_ahead):
            return None
        self._next = None
        self.under_way.add(job.number)
        return job


class _Worker:
    """A process and the connection to it. It begins with a job, which it gets when it is ready."""

    def __init__(self, pickled_function: bytes, cores: int, job: _Job) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.job: _Job | None = job
        self.is_ready = False
        self.process = context.Process(target=_work, args=(theirs, cores, pickled_function), daemon=True)
        self.process.start()
        theirs.close()

    def give(self, job: _Job) -> None:
        """Send ``job``; a worker that has died meanwhile is met when its answer is read."""
        self.job = job
        job.attempts += 1
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(job.item)

    def receive(self) -> tuple[_Job | None, Any] | None:
        """The finished job and its outcome, None at the start.

        :raises OptionError: the worker could not start.
        """
        job = self.job
        try:
            message = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self.end()
            if not self.is_ready:
                raise _unsendable(f"it ended with exit code {self.process.exitcode}") from None
            return job, Lost(self.process.exitcode)
        if not self.is_ready:
            if message != _READY:
                raise _unsendable(message)
            self.is_ready = True
            if job is not None:
                self.give(job)
            return None
        self.job = None
        return job, message

    def end(self) -> None:
        """End the process, at once where it is in the middle of an item."""
        is_idle = self.job is None
        self.connection.close()
        if not is_idle:
            self.process.kill()
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _unsendable(reason: str) -> OptionError:
    return OptionError(
        f"workers: a worker process could not start ({reason}), expected a compressor, a tokenizer and a cache that "
        "can be pickled, and calls below  if __name__ == '__main__':  in a script. With workers=1 there is none."
    )


def _work(connection: Connection, cores: int, pickled_function: bytes) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the main process ends the workers
    share_of_cores(cores)
    try:
        function = pickle.loads(pickled_function)
    except Exception as error:
        connection.send(reason_of(error))
        return
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the main process is gone
        connection.send(_READY)
        while True:
            connection.send(function(connection.recv()))
