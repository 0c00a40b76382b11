"""How time and memory of the checker, of what is written again, and of the metrics grow with hostile texts.

    python benchmarks/growth_checks.py [--first 8000] [--doublings 4] [--only WORD] [--memory]

The exponent is the slope of log(seconds) over log(characters): 1 is linear, 2 the square. What is above 1.2 is measured
three times, since other processes share the machine; exits with 1 where it stays above. The shortest text is longer
than what is taken as one sentence, or for short.
"""

import argparse
import gc
import math
import random
import sys
import time
import tracemalloc
from dataclasses import replace
from functools import lru_cache, partial
from itertools import count, islice

import numpy as np

from ragzip.compressors.abstractive.chunks import chunks
from ragzip.compressors.abstractive.scope import Scope
from ragzip.compressors.checking.check import Checker
from ragzip.compressors.checking.evidence import MAX_SENTENCE_CHARS, Sources
from ragzip.compressors.checking.facts import facts, spoken
from ragzip.compressors.checking.inventions import alter, flip
from ragzip.eval.measures.kept import contains, measure
from ragzip.eval.measures.metrics import METRICS
from ragzip.eval.measures.statistics import interval
from ragzip.eval.suites.example import Example
from ragzip.fitting.lines import Line, RewrittenDraft
from ragzip.result import Result, Stats
from ragzip.testing import FakeChecker, FakeEmbedder, FakePassageScorer, FakeRewriter
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.text.tokens import token_counter
from ragzip.types import Budget, Document, Segment

LIMIT = 1.2
WORST_SHOWN = 3  # of each check, where none is above the limit
ROUNDS = 3  # of measuring what is above the limit
REFERENCE = "Ellen Marsh did not pay 2.4 million pounds in March 2019. Paragraph 3 of 段落3 says so: 北京是中国的首都。"
SOURCE = (
    "The harbour at Eastmouth was closed on 14 March 2019. The north wall had moved by 14 cm. Nobody had noticed. "
    "The council did not want to pay 2.4 million pounds, said Ellen Marsh. "
)


def repeated(part):
    """Texts that repeat ``part``."""
    return lambda size: part * (size // len(part) + 1)


def numbered(pattern, separator=" "):
    """Texts in which ``pattern`` is filled in with 0, 1, 2 …"""

    def text(size):
        return separator.join(islice(map(pattern.format, count()), 1 + size // (len(pattern) + 3)))

    return text


def named(size):
    """Texts of names, no two of them the same."""
    rng = random.Random(size)
    return " ".join("".join(rng.choices("aeioubdgklmnprst", k=8)).capitalize() + " saw" for _ in range(1 + size // 13))


TEXTS = {
    "prose": repeated(SOURCE),
    "list of denials": numbered("- item {} was not paid, and nobody came", "\n"),
    "table of denials": numbered("| row {} | not paid | never |", "\n"),
    "code with denials": lambda size: "```\n" + numbered("if not x{}: return none  # never", "\n")(size) + "\n```",
    "one list item": numbered("- it was not {} and\n ", "\n  "),
    "one sentence": numbered("and {} did not go to Corran,"),
    "denials": repeated("not "),
    "no denials": repeated("no doubt "),
    "names": named,
    "one name": repeated("A"),
    "numbers": numbered("{}.5"),
    "near numbers": numbered("1000.{}1"),
    "hundreds": repeated("hundred "),
    "points": repeated("one point one "),
    "digits": repeated("1"),
    "full width": repeated("９"),
    "powers": repeated("²"),
    "quotes": repeated('"a b" '),
    "nested quotes": repeated("“"),
    "openings": repeated('("A '),
    "no blanks": repeated("北京是中国的首都"),
    "one character": repeated("犇"),
    "one letter": repeated("x"),
    "punctuation": repeated("."),
    "blanks": repeated(" "),
    "stops": repeated("a. "),
    "controls": repeated("\0\x01"),
    "surrogates": repeated("\ud800a "),
    "can't": lambda size: repeated("a")(size) + " can't",
    "verbs": repeated("we walked "),
}


@lru_cache(maxsize=1)
def checker():
    """The checker over stand-ins for its models."""
    found = Checker(FakeEmbedder())
    found.model = FakePassageScorer()
    return found


def readable(text):
    """A text as a rewriter's answer and a document come in: UTF-8 holds it."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")


def written(text):
    """The sentences of a text as a rewriting is cut."""
    text = readable(text)
    return [text[start:end] for start, end in sentences(text, longest_block=MAX_SENTENCE_CHARS)]


def fitted(text):
    """As many lines as the text has words, half of them written, in half as many tokens."""
    text = readable(text)
    words = text.split()[:20_000]
    segments = [Segment.whole(Document("a", text), 0)]
    page = RewrittenDraft(segments, Budget(token_counter(), max(1, len(text) // 10)))
    page.lines = [
        Line(0, word[:200], math.sin(i), read={0: [Span(0, len(text))]}, is_preferred=bool(i % 4))
        for i, word in enumerate(words)
    ]
    page.fit()
    return page.segments()


def places(text):
    """Every place of a segment that is made of every other word."""
    spans = tuple(Span(i, min(i + 3, len(text))) for i in range(0, len(text) - 1, 4))
    segment = replace(
        Segment.whole(Document("a", "x" * len(text)), 0),
        text="x" * sum(b - a for a, b in spans),
        spans=spans,
        held=spans,
    )
    return segment.pieces_in_source([(i, i + 5) for i in range(0, len(segment.text), 4)])


def planned(text):
    """The plan of SCOPE for as many chunks as the text has words."""
    from ragzip.compressors.abstractive.family import Piece

    pieces = [
        Piece(0, Span(0, 1), None, word, (Span(0, 1),), np.array([math.sin(i) ** 2]), 5 + i % 90)
        for i, word in enumerate(text.split()[:20_000])
    ]
    return Scope(FakeRewriter(), embedder=FakeEmbedder(), checker=FakeChecker()).plan(pieces, max(8, len(text) // 20))


def kept(text):
    """What a result of the whole text keeps of it."""
    document = Document("a", readable(text))
    segment = Segment.whole(document, 0)
    example = Example("a", "task", (document,), "q", (REFERENCE,), ("qa_f1",))
    return measure(example, Result((document.text,), (segment,), Stats(1, 1)))


CHECKS = {
    "facts": facts,
    "spoken": spoken,
    "flip": flip,
    "alter": lambda text: [alter(text, how, random.Random(0), ["Peter Brook"]) for how in ("number", "name")],
    "sources": lambda text: Sources([readable(text)]),
    "check one sentence": lambda text: checker().check([text], [SOURCE]),
    "check a rewriting": lambda text: checker().check(written(text), [SOURCE * 20]),
    "check against": lambda text: checker().check([SOURCE[:100], "Nobody paid 14."], [text]),
    "check itself": lambda text: checker().check(written(text), [text]),
    "chunks": lambda text: chunks(readable(text), FakeEmbedder()),
    "page": fitted,
    "places": places,
    "plan": planned,
    "contains": lambda text: contains(text, [REFERENCE, "14 cm"]),
    "kept": kept,
    "interval": lambda text: interval([1.0] * len(text)),
}


def metric(name, text):
    """A metric of a hostile prediction."""
    return METRICS[name](text, REFERENCE, all_classes=["food", "place"])


CHECKS |= {f"metric {name}": partial(metric, name) for name in METRICS}


def seconds(check, text, repeats=2):
    """Processor seconds of one call, the best of some."""
    best = math.inf
    gc.disable()  # what it costs depends on all that the process holds
    try:
        for _ in range(repeats):
            start = time.process_time()
            check(text)
            best = min(best, time.process_time() - start)
            if best > 1:
                break
    finally:
        gc.enable()
    return best


def peak(check, text):
    """Bytes that one call takes at most."""
    gc.collect()
    tracemalloc.start()
    check(text)
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size


def exponent(sizes, values, floor):
    """The slope of log(values) over log(sizes); what is below ``floor`` is too little to be measured."""
    values = np.maximum(values, floor)
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=8000, help="characters of the shortest text [8000]")
    parser.add_argument("--doublings", type=int, default=4)
    parser.add_argument("--only", default="", help="checks and texts with this in their name")
    parser.add_argument("--memory", action="store_true", help="bytes in place of seconds")
    options = parser.parse_args()
    sizes = [options.first * 2**i for i in range(options.doublings + 1)]
    value, floor = (peak, 2**20) if options.memory else (seconds, 2e-3)
    above = 0
    for name, check in CHECKS.items():
        rows = []
        for kind, text in TEXTS.items():
            if options.only in f"{name}: {kind}":
                texts = [text(size) for size in sizes]
                lengths, values = list(map(len, texts)), [math.inf] * len(texts)
                for _ in range(ROUNDS):
                    values = [min(least, value(check, text)) for least, text in zip(values, texts, strict=True)]
                    if exponent(lengths, values, floor) <= LIMIT:
                        break
                rows.append((exponent(lengths, values, floor), kind, values[-1]))
        for place, (slope, kind, last) in enumerate(sorted(rows, reverse=True)):
            if place < WORST_SHOWN or slope > LIMIT or options.only:
                print(f"{slope:6.2f} {last:12.4g}  {name}: {kind}", flush=True)
        above += sum(slope > LIMIT for slope, *_ in rows)
    print(f"{above} exponents above {LIMIT}")
    sys.exit(above > 0)


if __name__ == "__main__":
    main()
