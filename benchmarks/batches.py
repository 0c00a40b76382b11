"""Rows a second over a data set, by processes of one core each: ``python benchmarks/batches.py [--ray]``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import time
from pathlib import Path

from ragzip import __version__
from ragzip.integrations.batches import compress_rows
from ragzip.process.workers import share_of_cores

THINGS = [
    "pump",
    "valve",
    "river",
    "mill",
    "tower",
    "glass",
    "school",
    "engine",
    "harbor",
    "copper",
    "market",
    "winter",
    "letter",
    "bridge",
    "doctor",
]
DEEDS = ["built", "broken", "repaired", "sold", "painted", "opened", "flooded", "measured"]


def rows(count, seed=1):
    """Rows of 400 words and a question."""
    rng = random.Random(seed)
    for number in range(count):
        places = [(rng.choice(THINGS), rng.choice(THINGS)) for _ in range(40)]
        sentences = [
            f"The {thing} near the {place} was {rng.choice(DEEDS)} in {rng.randint(1800, 2000)}."
            for thing, place in places
        ]
        yield {"id": number, "query": f"When was the {rng.choice(THINGS)} repaired?", "context": " ".join(sentences)}


def rate(new_rows, count, clock=time.perf_counter):
    """Rows a second from the tenth part of them on: processes have started and models are loaded by then."""
    begun, seen = 0.0, 0
    for seen, row in enumerate(new_rows, 1):
        assert row["compressed_error"] is None
        if seen == count // 10:
            begun = clock()
    assert seen == count
    return (count - count // 10) / (clock() - begun)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--ray", action="store_true", help="the same on a local Ray cluster")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    share_of_cores(1)
    figures = []
    for compressor in ("extractive/bm25", "auto"):
        call_options = {"compressor": compressor, "rate": 0.25, "cache": False}
        os.environ["RAGZIP_CORES"] = "1"
        measured = rate(compress_rows(rows(options.rows), **call_options), options.rows, clock=time.process_time)
        figures.append({"engine": "one process", "compressor": compressor, "rows per CPU second": measured})
        print(figures[-1], flush=True)
        for workers in options.workers:
            os.environ["RAGZIP_CORES"] = str(workers)  # of this process: one for each worker
            measured = rate(compress_rows(list(rows(options.rows)), workers=workers, **call_options), options.rows)
            figures.append({"engine": "processes", "compressor": compressor, "workers": workers, "rows/s": measured})
            print(figures[-1], flush=True)
            if options.ray:
                measured = rate(with_ray(options.rows, workers, call_options), options.rows)
                figures.append({"engine": "ray", "compressor": compressor, "workers": workers, "rows/s": measured})
                print(figures[-1], flush=True)
    about = {"ragzip": __version__, "machine": platform.platform(), "load": os.getloadavg(), "rows": options.rows}
    if options.out:
        options.out.write_text(json.dumps({**about, "figures": figures}, indent=1) + "\n")


def with_ray(count, workers, call_options):
    import ray

    import ragzip.integrations.ray

    ray.init(num_cpus=max(2, workers), include_dashboard=False, log_to_driver=False, ignore_reinit_error=True)
    ray.data.DataContext.get_current().enable_progress_bars = False
    dataset = ray.data.from_items(list(rows(count)), override_num_blocks=20)
    new = ragzip.integrations.ray.compress_dataset(dataset, workers=workers, batch_size=10, **call_options)
    yield from new.iter_rows()


if __name__ == "__main__":
    main()
