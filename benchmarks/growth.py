"""Time against length over four doublings for hostile inputs: the exponent of each, and memory over many calls.

    python benchmarks/growth.py                # exponents; exit status 1 where one is over the bound
    python benchmarks/growth.py --only blanks --way auto
    python benchmarks/growth.py --memory --calls 2000 --characters 500000
    python benchmarks/growth.py --memory --scale 32     # the same with documents and caches of a 32nd of the size

An exponent is the slope of log(time) over log(length); 1 is linear. Pages also print their peak memory a character.
"""

from __future__ import annotations

import argparse
import math
import resource
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import ragzip
from ragzip.backends.cached import CachedEmbedder
from ragzip.compressors.auto import Auto
from ragzip.compressors.extractive.pruner import Pruner
from ragzip.compressors.html.pruner import HtmlPruner
from ragzip.pages.form import page_form
from ragzip.process.memory import _caches
from ragzip.testing.fakes import FakeEmbedder, FakePassageScorer
from ragzip.text.protect import PATTERNS, Protector
from ragzip.text.tokens import token_counter
from ragzip.types import Document

sys.path.insert(0, str(Path(__file__).parent))  # where another program imports this one
from growth_texts import NUMBERED, PROSE, REPEATED, text_of

DOUBLINGS = 4
KINDS = 4  # of documents whose memory is measured
LONGEST = 320_000  # characters of the longest text
BOUND = 1.2
SLOWEST_SECONDS = 30.0  # a longer run ends its series
REPEATS = 3
QUERY = "When did the mill burn down?"
TARGET_TOKENS = 200


def auto_with_fakes() -> Auto:
    """The default compressor, its models replaced by hashes of words."""
    auto = Auto()
    auto.sentences = Pruner(FakePassageScorer())
    auto.sentences.embedder = CachedEmbedder(FakeEmbedder())
    auto.pages = HtmlPruner(FakePassageScorer())
    return auto


def ways() -> dict[str, Callable[[str], object]]:
    """What is done with a text, by name."""
    auto, counter = auto_with_fakes(), token_counter()

    def compressing(
        compressor: object,
        mime: str,
        query: str | None,
        target: int | None = TARGET_TOKENS,
        rate: float | None = None,
    ) -> Callable[[str], object]:
        pipeline = ragzip.Pipeline(compressor, target_tokens=target, rate=rate, cache=False)  # type: ignore[arg-type]
        return lambda text: pipeline.run([Document("a", text, mime=mime)], query)

    return {
        "auto": compressing(auto, "text/plain", QUERY),
        "auto, no query": compressing(auto, "text/plain", None),
        "auto, page": compressing(auto, "text/html", QUERY),
        "auto, longer": compressing(auto, "text/plain", QUERY, 800),
        "auto, 30 %": compressing(auto, "text/plain", QUERY, None, 0.3),
        "auto, 60 %": compressing(auto, "text/plain", QUERY, None, 0.6),
        "auto, no budget": compressing(auto, "text/plain", QUERY, None),
        "html/bm25": compressing("html/bm25", "text/html", QUERY),
        "table": compressing("extractive/bm25", "text/csv", QUERY),
        "markdown": lambda text: page_form(text, output="markdown").write([(0, len(text))]),
        "tokens": counter,
        "cl100k": token_counter("cl100k_base"),
        **{f"protect {name}": Protector(name) for name in PATTERNS},
    }


def seconds(
    action: Callable[[str], object], make: Callable[[int], str], length: int, *, repeats: int = REPEATS
) -> float:
    """The least processor time of several runs, each on a text of its own, so that nothing is remembered."""
    best = math.inf
    for number in range(repeats):
        text = make(length) + " " * (number + 1)
        begin = time.process_time()
        action(text)
        best = min(best, time.process_time() - begin)
        if best > 1:
            break
    return best


def series(action: Callable[[str], object], make: Callable[[int], str], longest: int = LONGEST) -> list[float]:
    """Times over the doublings up to ``longest``."""
    times: list[float] = []
    for doubling in range(DOUBLINGS, -1, -1):
        times.append(seconds(action, make, longest >> doubling))
        if times[-1] > SLOWEST_SECONDS:
            break
    return times


def exponent(times: list[float]) -> float:
    """The slope of log(time) over log2(length), by least squares, each length twice the one before it."""
    middle = (len(times) - 1) / 2
    logs = [math.log2(max(value, 1e-9)) for value in times]
    spread = sum((i - middle) ** 2 for i in range(len(times)))
    return sum((i - middle) * log for i, log in enumerate(logs)) / spread if spread else math.inf


def resident_megabytes() -> float:
    """Memory of this process now (Linux), else the most it has had."""
    try:
        with open("/proc/self/statm") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def document(number: int, length: int) -> Document:
    """A text of its own for each number: prose, a data address, a page, or a table, in turn."""
    words = " ".join(f"word{number}x{i} mill burned." for i in range(length // 24))
    kind = number % KINDS
    if kind == 0:
        return Document("a", words)
    if kind == 3:
        return Document("a", "name,state\n" + words.replace(". ", ",out\n"), mime="text/csv")
    if kind == 1:
        half = words.replace(" ", "")[: length // 2]
        return Document("a", f"{words[: length // 2]} data:image/png;base64,{half}")
    return Document("a", "<html>" + "".join(f"<p>{part}" for part in words.split(".")), mime="text/html")


def memory(calls: int, length: int, scale: int = 1) -> float:
    """The growth of memory from half of the calls to all of them, as a share.

    :param scale: by which ``length`` and the sizes of all caches are divided.
    """
    auto, length = auto_with_fakes(), length // scale
    pipeline = ragzip.Pipeline(auto, target_tokens=TARGET_TOKENS, cache=False)
    for kind in range(KINDS):  # all caches are there then
        pipeline.run([document(kind, 1_000)], QUERY)
    for cache in _caches:
        cache.max_bytes //= scale
    resident: list[float] = []
    for number in range(calls):
        pipeline.run([document(number, length)], QUERY)
        if (number + 1) % max(1, calls // 8) == 0:
            resident.append(resident_megabytes())
            print(f"{number + 1:6} calls: {resident[-1]:8.1f} MB", flush=True)
    half = resident[len(resident) // 2 - 1]
    growth = resident[-1] / half - 1
    bytes_a_character = (resident[-1] - half) * 2**20 / (length * (calls - calls // 2))
    print(f"growth over the second half: {growth:+.1%}, {bytes_a_character:+.2f} bytes a character")
    return growth


PAGES: dict[str, str] = {
    "<p>x": "<p>x",
    "<b>x": "<b>x",
    "<td>x": "<td>x",
    "text only": PROSE,
    "<br>x": "<br>x",
    "attributes": '<p class="a" id="b">x y z ',
    "entities": "&amp; &lt;",
    "blanks": "x  \n ",
    "comments": "<!-- c -->x",
    "nested": "<div><ul><li>x</ul>",
    "links": "<a href='/x'>x y</a> ",
    "lists": "<li>one two",
}


def page_memory(name: str, length: int = 200_000) -> float:
    """Peak bytes a character while a page is read and written."""
    source = "<html>" + PAGES[name] * (length // len(PAGES[name]))
    tracemalloc.start()
    page_form(source).write([(0, len(source))])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / len(source)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="inputs whose names hold this")
    parser.add_argument("--way", help="ways whose names hold this")
    parser.add_argument("--longest", type=int, default=LONGEST, help="characters of the longest text")
    parser.add_argument("--memory", action="store_true", help="memory over many calls instead")
    parser.add_argument("--pages", action="store_true", help="peak memory of pages instead")
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--characters", type=int, default=500_000)
    parser.add_argument("--scale", type=int, default=1, help="by which documents and caches are made smaller")
    options = parser.parse_args()
    if options.memory:
        return int(memory(options.calls, options.characters, options.scale) > 0.05)
    if options.pages:
        for name in PAGES:
            print(f"{name:12} {page_memory(name):6.1f} bytes a character", flush=True)
        return 0
    over = 0
    for way, action in ways().items():
        if options.way and options.way not in way:
            continue
        for name in (*REPEATED, *NUMBERED):
            if options.only and options.only not in name:
                continue
            times = series(action, lambda length, name=name: text_of(name, length), options.longest)
            slope = exponent(times)
            bad = slope > BOUND or times[-1] > SLOWEST_SECONDS
            over += bad
            shown = " ".join(f"{value:.3f}" for value in times)
            print(f"{'OVER' if bad else '    '} {slope:5.2f}  {way:20} {name:28} {shown}", flush=True)
    print(f"{over} over {BOUND}")
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
