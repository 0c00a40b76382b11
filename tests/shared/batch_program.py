"""Rows for runs over files, and a run that logs every row it works on; as a program, to be killed."""

import os
import random
import sys
import time
from pathlib import Path

from ragzip.compressors.extractive.bm25 import BM25
from ragzip.compressors.soft.family import Soft
from ragzip.integrations.batches import compress_file
from ragzip.testing import FakeSoftEncoder

THINGS = ["pump", "valve", "river", "mill", "tower", "glass", "school", "engine", "harbor", "copper"]
DEEDS = ["built", "broken", "repaired", "sold"]
HELD = "HELD_ROWS"  # where it is set, work on a row that says HOLD comes to no end while the parent lives


def rows(count, seed=3):
    rng = random.Random(seed)
    for number in range(count):
        thing = rng.choice(THINGS)
        sentences = [
            f"The {rng.choice(THINGS)} was {rng.choice(DEEDS)} in {rng.randint(1800, 2000)}." for _ in range(30)
        ]
        context = " ".join(sentences)
        yield {
            "id": number,
            "query": f"When was the {thing} of row {number} repaired?",
            "context": [context, {"id": "b", "text": sentences[0]}] if number % 3 else context,
        }


class Logging(BM25):
    """BM25 that writes the query of each call to a file; at some queries it ends the process, waits, or fails."""

    def __init__(self, log):
        super().__init__()
        self.log = str(log)

    def compress(self, query, segments, budget):
        if query:
            with Path(self.log).open("a", encoding="utf-8") as log:
                log.write(f"{self.line_of(query)}\n")
            self.interrupt(query)
        return super().compress(query, segments, budget)

    def line_of(self, query):
        return query

    def interrupt(self, query):
        if "DIE" in query:
            os._exit(7)
        if "FAIL" in query:
            raise RuntimeError("no such luck")
        if "HOLD" in query and HELD in os.environ:
            parent = os.getppid()
            while os.getppid() == parent:  # a worker whose main process was killed goes on, and meets its end
                time.sleep(0.01)


class MeanVectors(Soft):
    """A soft compressor without torch."""

    name = "soft/mean-vectors.v1"

    def __init__(self):
        super().__init__(FakeSoftEncoder(), ratio=2)


class Slow(Logging):
    """BM25 that takes its time, and writes the id of its process for each call, so that it can be killed on the way."""

    def line_of(self, query):
        return os.getpid()

    def interrupt(self, query):
        time.sleep(0.05)


def run(source, out, log, workers, **options):
    return compress_file(
        source, out, workers=workers, compressor=Logging(log), target_tokens=40, cache=False, **options
    )


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
