"""A run over a file that is killed at random goes on: the same output, and no row is done twice but those under way.

A run that is to be killed never ends by itself, however fast the machine is: its last row waits.
"""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import batch_program


def lines_of(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def children_of(pid):
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(word) for word in listed.stdout.split()]


def test_killed_at_random_and_resumed(tmp_path, at_length):
    row_count, kills = (2000, 20) if at_length else (120, 2)
    source = tmp_path / "rows.jsonl"
    rows = list(batch_program.rows(row_count))
    rows[-1]["query"] += " HOLD"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    unbroken, out_path, log = tmp_path / "unbroken.jsonl", tmp_path / "out.jsonl", tmp_path / "log"
    report = batch_program.run(source, unbroken, tmp_path / "log of one", 1)
    assert (report.rows, report.new_rows, report.errors) == (row_count, row_count, 0)
    program, part = Path(batch_program.__file__), tmp_path / "out.jsonl.part"
    rng = random.Random(27)
    lost = 0
    for kill in range(kills):
        workers = 1 + kill % 2
        command = [sys.executable, program, source, out_path, log, str(workers)]
        process = subprocess.Popen(command, env=os.environ | {batch_program.HELD: "1"})
        before = lines_of(part)
        target = before + rng.uniform(0, 2 * (row_count - before) / (kills - kill + 1))
        while lines_of(part) <= min(target, row_count - 2) and process.poll() is None:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.02))
        children = children_of(process.pid)
        process.kill()
        assert process.wait() == -9, "it ended by itself"
        lost += workers
        assert not out_path.exists()
        assert lines_of(part) > before or before >= row_count - 1, "nothing is left but the row that waits"
        deadline = time.monotonic() + 60
        while any(map(alive, children)):
            assert time.monotonic() < deadline, "workers outlive the main process"
            time.sleep(0.01)
    report = batch_program.run(source, out_path, log, 2)
    assert report.rows == row_count and 0 < report.new_rows < row_count
    assert out_path.read_bytes() == unbroken.read_bytes()
    queries = log.read_text().splitlines()
    assert len(set(queries)) == row_count and len(queries) <= row_count + lost
    assert not part.exists()
    assert batch_program.run(source, out_path, log, 2).new_rows == 0
