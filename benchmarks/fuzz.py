"""Drawn contexts through drawn pipelines: errors are typed, budgets hold, and every way to call gives the same.

    python benchmarks/fuzz.py --inputs 20000 --seed 1

Models are stand-ins with drawn scores: the scores differ from text to text, and cost nothing.
"""

from __future__ import annotations

import argparse
import pickle
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from fuzz_texts import structured_text

import ragzip
from ragzip.compressors.auto import Auto
from ragzip.compressors.extractive.embedding import Embedding
from ragzip.compressors.extractive.pruner import Pruner
from ragzip.compressors.html.lexical import HtmlBM25
from ragzip.compressors.html.pruner import HtmlPruner
from ragzip.compressors.token.llmlingua2 import LLMLingua2
from ragzip.compressors.token.pruner_words import PrunerWords
from ragzip.errors import BudgetError, OptionError, RagzipError
from ragzip.testing import FakeEmbedder, FakePassageScorer, FakeWordScorer, MemoryStore
from ragzip.testing.data import PIECES
from ragzip.text.protect import PATTERNS
from ragzip.types import Document, Part

GROUP = 8  # contexts that go through one pipeline
THREADS = 4
PROGRESS_GROUPS = 25  # after which a line says how far it is
BLOCKS = [
    "<h1>Mills</h1>",
    "<h2>Rivers of the north</h2>",
    "<p>The mill burned in 1903. It was never built again.</p>",
    "<p>Tom &amp; Jerry ran the <b>old</b> mill &lt;east wing&gt; for years.",
    "<ul><li>wheat<li>rye | oats<li><p>barley</ul>",
    "<table><tr><th>Year<th>Grain<tr><td rowspan=2>1903<td>rye &amp; oats<tr><td>wheat</table>",
    "<pre>grind(x)\n  return x</pre>",
    "<div><!-- note --><script>x()</script>10<sup>3</sup> steps</div>",
    "<a href='/x'>all mills</a> plain text between <br> and behind",
    "</div></p><td>loose",
]
ODD = [
    "\u3000",
    "\u200b",
    "e\u0301" * 5,
    "👩‍👩‍👧‍👦",
    "&#x110000;",
    "```",
    "| a |",
    "\x0b",
    "a" * 300,
    "“",
    "<",
    "\r",
    "- ",
    "1.",
    "日本" * 9,
]
QUERIES = [None, "", "When did the mill burn?", "首都是哪里", "What failed after 30s?", "zzz", "mill " * 40, "?"]
TOKENIZERS = [None, None, "cl100k_base", len, lambda text: len(text) // 4, lambda text: len(text.split())]
LAYOUTS = [None, None, ragzip.Layout("\n---\n", "[{number}] {title}\n"), ragzip.Layout("", order="score")]


def compressors(scorer: FakePassageScorer) -> list[Any]:
    """One of each kind, over stand-ins."""
    auto = Auto()
    auto.sentences = Pruner(scorer, similarity=False)
    auto.pages = HtmlPruner(scorer)
    named = ["extractive/bm25", "html/bm25", "baseline/truncate", "baseline/random", "baseline/none"]
    return [
        auto,
        Pruner(scorer, similarity=False),
        PrunerWords(scorer),
        LLMLingua2(FakeWordScorer()),
        LLMLingua2(FakeWordScorer(), force_tokens=["the", "."], drop_consecutive=True, context_filter=True),
        Embedding(FakeEmbedder()),
        HtmlPruner(scorer, output="text"),
        HtmlBM25(output="markdown"),
        *map(ragzip.load, named),
    ]


@dataclass
class Draw:
    """Draws by one seed."""

    random: random.Random
    compressors: list[Any]

    def text(self) -> str:
        kind = self.random.random()
        if kind < 0.15:
            start = self.random.choice(["<!doctype html>", "<html>", "<!-- c --><!doctype html><body>"])
            return start + "".join(self.random.choices(BLOCKS, k=self.random.randint(0, 9)))
        if kind < 0.2:
            return self.random.choice(["", " ", "\n \n", "\u3000\t", "."])
        parts = self.random.choices(PIECES + (ODD * 2 if kind > 0.6 else []), k=self.random.randint(1, 7))
        return self.random.choice(["\n\n", " ", "\n", ""]).join(parts)

    def document(self, number: int) -> str | Document:
        if self.random.random() < 0.4:
            return self.structured(number)
        text, kind = self.text(), self.random.random()
        if kind < 0.4:
            return text
        title = self.random.choice([None, "Mills", "北京"])
        if kind < 0.5:
            rule: dict[str, Any] = self.random.choice([{}, {"keep": True}, {"rate": 0.4}])
            return Part(str(number), text, title=title, **rule)
        mime = self.random.choice(["text/plain", "text/plain", "text/plain", "text/html", "text/csv"])
        return Document(
            self.random.choice(["a", "b", "c", "d.csv"]), text, title=title, mime=mime, metadata={"page": number}
        )

    def structured(self, number: int) -> str | Document:
        """A structured text with or without its media type and its name, or with those of another kind."""
        text, mime, name = structured_text(self.random)
        kind = self.random.random()
        if kind < 0.2:
            return text
        if kind < 0.3:
            _, mime, name = structured_text(self.random)
        title = self.random.choice([None, None, "Mills"])
        return Document(
            self.random.choice([str(number), name]),
            text,
            title=title,
            mime=self.random.choice(["text/plain", "text/plain", mime, mime, mime, "text/html"]),
            metadata=self.random.choice([{}, {"source": name}]),
        )

    def context(self) -> list[str | Document]:
        return [self.document(i) for i in range(self.random.randint(0, 5))]

    def options(self) -> dict[str, Any]:
        chain = self.random.sample(self.compressors, self.random.choice([1, 1, 1, 2, 2, 3]))
        options: dict[str, Any] = {"compressor": chain}
        kind = self.random.random()
        if kind < 0.6:
            options["target_tokens"] = self.random.choice([0, 1, 2, 3, 5, 8, 13, 30, 60, 200, 1000])
        elif kind < 0.8:
            options["rate"] = self.random.choice([0.05, 0.2, 0.5, 0.9, 1.0])
        elif kind < 0.9:
            options["threshold"] = self.random.choice([-1.0, 0.0, 0.3, 0.9])
        options["tokenizer"] = self.random.choice(TOKENIZERS)
        options["layout"] = self.random.choice(LAYOUTS)
        options["on_error"] = self.random.choice(["raise", "raise", "passthrough"])
        if self.random.random() < 0.3:
            options["protect"] = self.random.sample(sorted(PATTERNS), 2)
        if self.random.random() < 0.05:
            options["deadline"] = 600
        return options


def outcome(pipeline: ragzip.Pipeline, context: Any, query: str | None) -> Any:
    """What a call gives, as something that can be compared; a typed error is an outcome too."""
    try:
        result = pipeline.run(context, query)
    except RagzipError as error:
        return type(error), str(error)
    limit, stats = pipeline.target_tokens, result.stats
    if limit is not None and stats.tokens_out > limit and not stats.fallback:
        raise AssertionError(f"budget: {stats.tokens_out} tokens of {limit}")
    if pipeline.rate is not None and stats.tokens_out > pipeline.rate * stats.tokens_in + 1e-9 and not stats.fallback:
        raise AssertionError(f"rate: {stats.tokens_out} of {stats.tokens_in} tokens at {pipeline.rate}")
    if stats.fallback and not stats.fallback.startswith(_refusals(pipeline)):
        raise AssertionError(f"fallback: {stats.fallback}")
    if len(result.documents) != len(context) or result.documents != result.documents:
        raise AssertionError("documents lost")
    for document in result.documents:
        spans = document.spans
        if any(not 0 <= a <= b <= len(document.source.text) for a, b in spans):
            raise AssertionError(f"spans outside: {spans}")
    for citation in result.citations():
        text = result.text[citation.start : citation.end]
        sources = [d.source.text[citation.source_start : citation.source_end] for d in result.documents]
        if text not in sources:
            raise AssertionError(f"citation: {text!r}")
    return result.text, [(d.id, d.text, d.spans, d.score) for d in result.documents], stats.tokens_out, stats.fallback


def _refusals(pipeline: ragzip.Pipeline) -> tuple[str, ...]:
    """How the reasons begin for which a call may be refused: a budget that cannot hold what must be kept, a threshold
    for scores that are no probabilities.
    """
    of_budget, of_threshold = f"{BudgetError.__name__}: ", f"{OptionError.__name__}: threshold: "
    return (of_budget,) if pipeline.threshold is None else (of_budget, of_threshold)


def group(draw: Draw) -> int:
    """One pipeline, and contexts through it in every way; the number of contexts."""
    options = draw.options()
    pairs = [(draw.context(), draw.random.choice(QUERIES)) for _ in range(GROUP)]
    plain = ragzip.Pipeline(**options, cache=False)
    alone = [outcome(plain, *pair) for pair in pairs]
    cached = ragzip.Pipeline(**options, cache=ragzip.SegmentCache(MemoryStore()))
    ways: dict[str, list[Any]] = {
        "cached": [outcome(cached, *pair) for pair in pairs],
        "cached twice": [outcome(cached, *pair) for pair in pairs],
    }
    with ThreadPoolExecutor(THREADS) as pool:
        ways["threads"] = list(pool.map(lambda pair: outcome(plain, *pair), pairs))
    if not callable(options["tokenizer"]):
        pickled = pickle.loads(pickle.dumps(plain))
        ways["pickled"] = [outcome(pickled, *pair) for pair in pairs]
    if not any(isinstance(one[0], type) for one in alone):
        batch_options = dict(options)
        batch = ragzip.compress_batch(pairs, **batch_options, cache=False)
        if [result.text for result in batch] != [one[0] for one in alone]:
            raise AssertionError("batched: another outcome")
    for way, outcomes in ways.items():
        if outcomes != alone:
            raise AssertionError(f"{way}: another outcome")
    return len(pairs)


def run(inputs: int, seed: int, *, report: bool = True) -> list[str]:
    """The faults found, one line each."""
    made = compressors(FakePassageScorer())
    faults: list[str] = []
    done = number = 0
    start = time.perf_counter()
    while done < inputs:
        draw = Draw(random.Random(f"{seed}:{number}"), made)
        try:
            done += group(draw)
        except Exception as error:
            done += GROUP
            faults.append(f"seed {seed}, group {number}: {type(error).__name__}: {str(error)[:300]}")
            if report:
                print(faults[-1], flush=True)
        number += 1
        if report and number % PROGRESS_GROUPS == 0:
            print(f"{done} inputs, {time.perf_counter() - start:.0f} s: {len(faults)} faults", flush=True)
    if report:
        print(f"{done} inputs, seed {seed}, {time.perf_counter() - start:.0f} s: {len(faults)} faults")
    return faults


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    raise SystemExit(bool(run(arguments.inputs, arguments.seed)))
