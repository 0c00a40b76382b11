"""The server against the library in process, on 4 documents of 400 words: ``python benchmarks/serving.py``.

Throughput: both answer the same requests from as many threads as there are cores, in turn, without a cache. Latency:
requests come at 80 % of the server's rate, evenly spread, whether or not the ones before are answered. A process sees
each text once: what it remembers of one makes the next request with it four times as fast, and a mixture of both has
a tail of its own.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
from batches import rows

import ragzip
from ragzip.backends.parallel import usable_cores
from ragzip.server.config import ServerConfig

RESULTS = Path(__file__).parent / "results" / "serving.json"
DOCUMENTS, TOKENS, LOAD, SECONDS = 4, 300, 0.8, 60


def requests_of(count, seed):
    """The bodies of ``count`` requests, each about other documents than all with another number or ``seed``."""
    every_row = list(rows(DOCUMENTS * count, seed))
    return [
        {
            "documents": [row["context"] for row in every_row[number : number + DOCUMENTS]],
            "query": every_row[number]["query"],
            "target_tokens": TOKENS,
        }
        for number in range(0, DOCUMENTS * count, DOCUMENTS)
    ]


def started(compressor):
    """A server process whose models are loaded, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "ragzip", "serve", "--port", str(port), "-c", compressor, "--cache", "off"]
    process = subprocess.Popen([*command, "--log-level", "error"])
    address = f"http://127.0.0.1:{port}"
    while True:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return process, address
        except httpx.TransportError:
            time.sleep(0.1)


def per_second(function, bodies, threads):
    with ThreadPoolExecutor(threads) as pool:
        begun = time.perf_counter()
        list(pool.map(function, bodies))
        return len(bodies) / (time.perf_counter() - begun)


def latencies(function, bodies, rate):
    """The seconds from when each request is due to its answer, at ``rate`` requests a second."""
    with ThreadPoolExecutor(64) as pool:
        begun = time.perf_counter() + 0.1

        def timed(number):
            due = begun + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            function(bodies[number])
            return time.perf_counter() - due

        return list(pool.map(timed, range(len(bodies))))


def measured(compressor, count, rounds):
    cores = usable_cores()
    seeds = iter(range(1, 1000))
    process, address = started(compressor)
    pipeline = ragzip.Pipeline(compressor, target_tokens=TOKENS, cache=False)
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    with httpx.Client(base_url=address, timeout=120, limits=limits) as client:

        def in_server(body):
            client.post("/compress", json=body).raise_for_status()

        def in_process(body):
            pipeline.run(body["documents"], body["query"])

        try:
            functions = {"library": in_process, "server": in_server}
            for function in functions.values():
                per_second(function, requests_of(2 * cores, next(seeds)), cores)
            rates = {"library": [], "server": []}
            for number in range(rounds):
                bodies = requests_of(count, next(seeds))
                for side in sorted(functions, reverse=number % 2 == 1):
                    rates[side].append(per_second(functions[side], bodies, cores))
            rate = float(np.median(rates["server"]))
            seconds = latencies(in_server, requests_of(round(SECONDS * LOAD * rate), next(seeds)), LOAD * rate)
        finally:
            process.terminate()
            process.wait(60)
    ratios = [server / library for server, library in zip(rates["server"], rates["library"], strict=True)]
    middle, slow = np.percentile(seconds, [50, 99]).tolist()
    return {
        "requests a second, library": round(float(np.median(rates["library"])), 2),
        "requests a second, server": round(rate, 2),
        "server over library": round(float(np.median(ratios)), 3),
        "requests at 80 %": len(seconds),
        "P50 seconds": round(middle, 4),
        "P99 seconds": round(slow, 4),
        "P99 over P50": round(slow / middle, 2),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    rounds = parser.parse_args().rounds
    figures = {
        "cores": usable_cores(),
        "version": ragzip.__version__,
        "workers": ServerConfig().working,
        "extractive/bm25": measured("extractive/bm25", 200, rounds),
        "auto": measured("auto", 20, rounds),
    }
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
