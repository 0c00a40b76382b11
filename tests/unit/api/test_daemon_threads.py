"""Threads that calls with a deadline run in: used again, and nothing of a call stays in them."""

import gc
import os
import threading
import weakref

import pytest

from ragzip import Pipeline
from ragzip.process.threads import in_daemon_thread

TEXT = "The pump was repaired on Friday. It rained all week."


class Answer:
    pass


def test_calls_one_after_another_share_a_thread_and_calls_at_once_do_not():
    names = {in_daemon_thread(threading.get_ident).result(10) for _ in range(20)}
    assert len(names) == 1 and threading.get_ident() not in names
    both = threading.Barrier(2, timeout=10)

    def meet():
        both.wait()
        return threading.get_ident()

    first, second = in_daemon_thread(meet), in_daemon_thread(meet)
    assert first.result(10) != second.result(10)


def test_an_error_reaches_the_caller_and_costs_no_thread():
    before = in_daemon_thread(threading.get_ident).result(10)
    with pytest.raises(ZeroDivisionError):
        in_daemon_thread(lambda: 1 // 0).result(10)
    assert in_daemon_thread(threading.get_ident).result(10) == before


def test_a_waiting_thread_keeps_nothing_of_its_last_call():
    answer = Answer()
    kept = weakref.ref(answer)
    assert in_daemon_thread(lambda value=answer: value).result(10) is answer
    in_daemon_thread(threading.get_ident).result(10)  # the thread is past the first call
    del answer
    gc.collect()
    assert kept() is None


def test_the_end_of_the_program_does_not_wait_for_them():
    daemons = in_daemon_thread(lambda: threading.current_thread().daemon)
    assert daemons.result(10) is True


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_starts_its_own():
    pipeline = Pipeline("extractive/bm25", target_tokens=8, cache=False, deadline=30)
    assert "Friday" in pipeline.run([TEXT], "When was the pump repaired?").text
    child = os.fork()
    if not child:
        is_right = "Friday" in pipeline.run([TEXT], "When was the pump repaired?").text
        os._exit(0 if is_right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
