"""Web pages: answers kept against htmlrag's pruning by BM25, text chunks and truncation; cleaning; parity; time."""

import time
from collections import Counter, defaultdict

import numpy as np
from common import SEED, bare, interval, records

import ragzip
from ragzip.backends.onnx import OnnxEmbedder
from ragzip.compressors.extractive.bm25 import bm25, index_terms
from ragzip.pages.form import page_form
from ragzip.pages.page import Page
from ragzip.pages.parity import htmlrag_blocks, htmlrag_clean
from ragzip.splitters import passages
from ragzip.tokens import token_counter

COMPRESSORS = ("auto", "html/bm25", "html/pruner", "html/embedding")
BASELINES = ("htmlrag bm25", "chunks by embedding", "truncation of the page", "truncation of its text")
BUDGETS = (1000, 4000)
EACH = 4  # questions a page
COUNT = token_counter()


def run(data):
    pages = {row["page"]: row for row in records(data, "pages", folder="html")}
    asked = defaultdict(list)
    for row in records(data, "questions", folder="html"):
        asked[row["page"]].append(row)
    return {
        "cleaning": cleaning(pages.values()),
        "parity": parity(pages.values()),
        "time": timing(pages.values()),
        "answers": answers(pages, asked),
    }


def cleaning(pages):
    """Tokens of the cleaned page for one of its visible text, and how many pages lose some of that."""
    ratios, lost = [], 0
    for row in pages:
        page = Page.of(row["html"])
        text = page_form(row["html"]).write([(0, len(row["html"]))]).text
        ratios.append(COUNT(text) / COUNT(page.visible()))
        lost += "".join(Page.of(text).visible().split()) != "".join(page.visible().split())
    return {"pages": len(ratios), "ratio": interval(ratios), "pages that lose text": lost}


def parity(pages):
    """Against htmlrag itself, where it is installed: same cleaned pages and blocks, and how many times as fast."""
    try:
        from htmlrag import build_block_tree, clean_html
    except ImportError as error:
        return {"skipped": str(error)}
    same, theirs, ours = [], 0.0, 0.0
    for row in pages:
        start = time.process_time()
        cleaned = clean_html(row["html"])
        blocks, _ = build_block_tree(cleaned, max_node_words=128)
        middle = time.process_time()
        mine = htmlrag_clean(row["html"])
        found = htmlrag_blocks(mine, 128)
        ours += time.process_time() - middle
        theirs += middle - start
        same.append(
            mine == cleaned and [(tuple(b[1]), b[2]) for b in blocks] == [(path, whole) for path, whole, _ in found]
        )
    return {"pages": len(same), "same": float(np.mean(same)), "times as fast": round(theirs / ours, 1)}


def timing(pages):
    """A page of a million characters with nothing cached, by stage; and whether many pages take as long each."""
    body = "".join(row["html"] for row in pages)[:1_000_000]
    query = "Which team won the most games in the second season?"
    start = time.perf_counter()
    form = page_form(body + " ")
    read = time.perf_counter() - start
    seconds = {"clean and tree": round(read, 2), "blocks": len(form.blocks)}
    for name in ("html/bm25", "auto"):
        compressor = ragzip.load(name)
        ragzip.compress("warm up. It is short.", "warm", rate=0.5, compressor=compressor, cache=False)
        start = time.perf_counter()
        document = ragzip.Document("a", f"{body}{name}", mime="text/html")
        ragzip.compress(document, query, target_tokens=4000, compressor=compressor, cache=False)
        seconds[f"{name}, whole call"] = round(time.perf_counter() - start, 2)
    parts = [ragzip.Document(str(i), f"{body[:100_000]}{i}", mime="text/html") for i in range(20)]
    for n in (5, 20):
        start = time.perf_counter()
        ragzip.compress_batch(
            [(part, query) for part in parts[:n]], compressor="html/bm25", target_tokens=1000, cache=False
        )
        seconds[f"{n} pages of 100,000, each"] = round((time.perf_counter() - start) / n, 3)
    return seconds


def answers(pages, asked):
    """Share of the questions all of whose answers are kept, of those whose answers stand in the page."""
    rows, got = [], {(name, budget): [] for name in (*COMPRESSORS, *BASELINES) for budget in BUDGETS}
    tokens = {key: [] for key in got}
    compressors = {name: ragzip.load(name) for name in COMPRESSORS}
    embedder = OnnxEmbedder()
    for page, questions in asked.items():
        row = pages[page]
        visible = Page.of(row["html"]).visible()
        document = ragzip.Document(page, row["html"], title=row["title"], mime="text/html")
        peers = Peers(row["html"], visible, embedder)
        standing = [q for q in questions if holds(visible, q)][:EACH]
        for question in standing:
            for budget in BUDGETS:
                for name in COMPRESSORS:
                    text = ragzip.compress(
                        document, question["question"], target_tokens=budget, compressor=compressors[name]
                    ).text
                    got[name, budget].append(holds(Page.of(text).visible(), question))
                    tokens[name, budget].append(COUNT(text))
                for name, text in peers(question["question"], budget).items():
                    got[name, budget].append(holds(Page.of(text).visible(), question))
                    tokens[name, budget].append(COUNT(text))
    for budget in BUDGETS:
        best = max(BASELINES, key=lambda name: np.mean(got[name, budget]))
        for name in (*COMPRESSORS, *BASELINES):
            kept = np.array(got[name, budget], float)
            line = {"budget": budget, "compressor": name, "n": len(kept), "kept": interval(kept)}
            line["tokens"] = round(float(np.mean(tokens[name, budget])))
            if name in COMPRESSORS:
                for peer in BASELINES:
                    line[f"over {peer}"] = interval(kept - np.array(got[peer, budget], float))
                line["best baseline"] = best
            print({key: line[key] for key in ("budget", "compressor", "kept", "tokens")}, flush=True)
            rows.append(line)
    return {"seed": SEED, "rows": rows}


def holds(text, question):
    shown = bare(text)
    return all(bare(answer) in shown for answer in question["answers"])


class Peers:
    """What others leave of one page. Where there is a choice, the one that is better for them."""

    def __init__(self, html, visible, embedder):
        self.html, self.visible, self.embedder = html, visible, embedder
        self.blocks = [text for _, _, text in htmlrag_blocks(htmlrag_clean(html), 256)]
        self.chunks = [visible[start:end] for start, end in passages(visible, max_words=100)]
        self.vectors = embedder.embed(self.chunks)

    def __call__(self, query, budget):
        scores = bm25(Counter(index_terms(query)), [index_terms(text) for text in self.blocks])
        similar = self.vectors @ self.embedder.embed([query])[0]
        return {
            "htmlrag bm25": self.best(self.blocks, scores, budget),
            "chunks by embedding": self.best(self.chunks, similar, budget),
            "truncation of the page": first(self.html, budget),
            "truncation of its text": first(self.visible, budget),
        }

    def best(self, texts, scores, budget):
        """The best texts up to the budget, in order; tags are not counted. A first one too large is cut."""
        kept, left = [], budget
        for i in np.argsort(-scores, kind="stable"):
            cost = COUNT(texts[i]) + 1
            if cost > left:
                break  # as htmlrag: the lowest go until the rest holds
            kept.append(i)
            left -= cost
        if not kept:
            return first(texts[int(np.argmax(scores))], budget)
        return "\n".join(texts[i] for i in sorted(kept))


def first(text, budget):
    """The first ``budget`` tokens, about."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if COUNT(text[:middle]) <= budget else (low, middle - 1)
    return text[:low]
