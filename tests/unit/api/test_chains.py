"""Compressors run one after another: budgets, and scores on the words that they belong to."""

import random
from itertools import product

import numpy as np
import pytest
from shared_scores import SCORES

import ragzip
from ragzip.compressors.html.lexical import HtmlBM25
from ragzip.errors import OptionError
from ragzip.pages.form import page_form
from ragzip.text.words import words
from ragzip.types import Document, Segment

BLOCKS = [
    "<h1>Mills</h1>",
    "<p>The mill burned in 1903.</p>",
    "<p>Tom &amp; Jerry ran the <b>old</b> mill &lt;east wing&gt; for years.</p>",
    "<ul><li>wheat<li>rye | oats</ul>",
    "<table><tr><th>Year<th>Grain | kind</tr><tr><td>1903<td>rye &amp; oats</tr><tr><td>1904<td>wheat</tr></table>",
    "<pre>grind(x)\n  return x</pre>",
    "<p>The river rises in the hills, 10<sup>3</sup> steps up.</p>",
]
SECOND = ["auto", "extractive/bm25", "token/pruner-words", "html/bm25", "baseline/truncate", "extractive/embedding"]


def page(seed):
    draw = random.Random(seed)
    return "<!doctype html>" + "".join(draw.choices(BLOCKS, k=draw.randint(1, 8)))


@pytest.mark.parametrize(("first", "second"), list(product(["extractive/bm25", "html/bm25", "auto"], SECOND)))
def test_budget_of_a_page_in_a_chain(first, second):
    cache = ragzip.SegmentCache(ragzip.testing.MemoryStore())
    for seed, target in product(range(3), (5, 12, 40)):
        documents = [Document("page", page(seed), mime="text/html"), Document("text", "The mill burned. It was old.")]
        result = ragzip.compress(documents, "mill", target_tokens=target, compressor=[first, second], cache=cache)
        assert result.stats.tokens_out <= target, (first, second, seed, target)


@pytest.mark.parametrize("output", ["html", "markdown", "text"])
def test_words_of_a_written_page_are_found_in_its_source(output):
    verbatim = total = 0
    for seed in range(40):
        source = page(seed)
        segment = Segment.whole(Document("page", source), 0, page_form(source, output=output)).keep([(0, len(source))])
        written = np.array(list(words(segment.text)), np.int32)
        placed = segment.in_source(written)
        total += len(written)
        for (start, end), (left, right) in zip(written.tolist(), placed.tolist(), strict=True):
            assert source[left:right] in segment.text[start:end]
            verbatim += source[left:right] == segment.text[start:end]
            (pieces,) = segment.pieces_in_source([(start, end)])
            assert all(source[a:b] in segment.text[start:end] for a, b in pieces)
    assert verbatim >= {"html": 0.3, "markdown": 0.5, "text": 0.7}[output] * total  # the rest is mark-up, or holds some


def test_scores_after_a_page_stage_lie_on_their_words():
    """A word-level method over a page that was written as text sees each word's own score."""
    source = "<!doctype html><h1>Mills</h1>" + "".join(f"<p>plain {i} &amp; gold{i} rest</p>" for i in range(30))

    class Gold:
        name = "test/gold.v1"

        def __init__(self):
            self.seen = {}

        def compress(self, query, segments, budget):
            for segment in segments:
                spans = np.array(list(words(segment.text)), np.int32)
                for (start, end), (left, right) in zip(spans, segment.in_source(spans), strict=True):
                    if segment.text[start:end].startswith("gold"):
                        self.seen[segment.text[start:end]] = source[left:right]
            return list(segments)

    for output in ("text", "markdown"):
        gold = Gold()
        ragzip.compress(source, "gold", rate=0.5, compressor=[HtmlBM25(output=output), gold], cache=False)
        assert gold.seen and all(word == place for word, place in gold.seen.items())


def test_a_page_whose_words_are_all_written_anew():
    """Nothing of the text stands in the source: no word has a score of its own, and nothing fails."""
    documents = [Document("page", "<p>&#x110000; &lt;&gt;</p>", mime="text/html"), "The mill burned in 1903. " * 9]
    chain = [HtmlBM25(output="text"), "token/pruner-words"]
    assert "1903" in ragzip.compress(documents, "mill", target_tokens=20, compressor=chain, cache=False).text


def test_a_part_of_blanks_counts():
    """A part that is kept stays, blanks and all, and the rest of the budget is what it leaves."""
    parts = [ragzip.Part("blank", "\u3000\t \n", keep=True), Document("text", "The mill burned in 1903. " * 9)]
    for target in (5, 8, 13):
        result = ragzip.compress(parts, "mill", target_tokens=target, compressor="token/pruner-words", cache=False)
        assert result.documents[0].text == "\u3000\t \n" and result.stats.tokens_out <= target


def uncached(context, query=None, **options):
    return ragzip.compress(context, query, **{"cache": False, **options})


def test_the_threshold_is_the_last_compressor_s():
    text = "Paris is the capital of France. Berlin is the capital of Germany. It rained all day."
    chain = ragzip.Pipeline(["bm25", "pruner"], threshold=0.3, cache=False)
    assert chain.run(text, "How long did it rain?").text == "It rained all day."
    with pytest.raises(OptionError, match="threshold"):
        uncached(text, threshold=float("nan"))
    assert uncached(text, "rain", threshold=np.float32(0), compressor="pruner").stats.rate == 1.0


@pytest.mark.parametrize("chain", [["bm25", "auto"], ["auto", "auto"], ["bm25", "bm25", "bm25", "auto"]])
def test_chains_keep_whole_sentences(chain):
    words = " ".join(f"word{j}" for j in range(60))
    docs = [Document(str(i), f"The pump is red and {words} pump. It ran well. Then stop.") for i in range(4)]
    for target in (15, 40, 60):
        result = ragzip.Pipeline(chain, target_tokens=target, cache=SCORES).run(docs, "pump red")
        assert result.stats.tokens_out <= target
        assert not any("word1 " in text and "word59" not in text for text in result.text.split("\n\n"))  # no fragments
