"""``ragzip serve`` as a process: it starts, answers, and finishes what it has taken when it is told to stop."""

import signal
import subprocess
import sys
import threading
import time

import httpx
import pytest
from server_process import started

LONG = "The mill in Leeds was opened in 1902. " + "It rained on the way to the fair. " * 80
BODY = {"documents": [LONG] * 8, "query": "When was the mill in Leeds opened?", "target_tokens": 15}


@pytest.mark.limits
def test_it_answers_and_loses_no_accepted_request_when_it_is_stopped():
    process, address = started("-c", "extractive/bm25", "--workers", "2", "--queue", "100")
    outcomes, begun = [], threading.Barrier(9)

    def ask():
        with httpx.Client(timeout=60) as client:
            assert client.post(f"{address}/compress", json=BODY).status_code == 200
            begun.wait(60)
            for _ in range(50):
                try:
                    outcomes.append(client.post(f"{address}/compress", json=BODY).status_code)
                except httpx.TransportError:  # it takes no more, or has closed a line that was idle
                    return

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    begun.wait(60)
    while outcomes.count(200) < 8:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    for asker in askers:
        asker.join(60)
    assert process.returncode in (0, -signal.SIGTERM), output
    assert set(outcomes) == {200}
    answered = output.count('"path": "/compress", "status": 200')
    assert answered == 8 + outcomes.count(200), "what was answered has arrived"
    assert "Traceback" not in output and "running task" not in output, "none was broken off"


def test_bad_settings_are_one_line_errors():
    pytest.importorskip("starlette")
    command = [sys.executable, "-m", "ragzip", "serve", "--rate", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (
        done.returncode == 1 and done.stderr.startswith("ragzip: rate: received 7.0") and "Traceback" not in done.stderr
    )
