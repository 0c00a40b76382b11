"""Web pages: answers kept against htmlrag's pruning by BM25, text chunks and truncation; cleaning; parity; time."""

import gc
import importlib.util
import time
from collections import defaultdict

import numpy as np
from common import SEED, encoding_cache, interval, records

import ragzip
from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.eval.measures.kept import contains
from ragzip.pages.form import page_form
from ragzip.pages.page import Page
from ragzip.pages.parity import htmlrag_blocks, htmlrag_clean
from ragzip.text.splitters import passages
from ragzip.text.tokens import token_counter

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
    pages = [row["html"] for row in pages]
    start = seconds_at(time.process_time)
    ours = [htmlrag_blocks(page, 128) for page in pages]
    middle = seconds_at(time.process_time)
    cleaned = [clean_html(page) for page in pages]
    theirs = [
        [(tuple(path), leaf) for _, path, leaf in build_block_tree(page, max_node_words=128)[0]] for page in cleaned
    ]
    end = seconds_at(time.process_time)
    same = [
        htmlrag_clean(page) == clean and [block[:2] for block in mine] == blocks
        for page, clean, mine, blocks in zip(pages, cleaned, ours, theirs, strict=True)
    ]
    times = round((end - middle) / (middle - start), 1)
    return {"pages": len(same), "same": float(np.mean(same)), "times as fast": times}


def seconds_at(clock):
    """The time with nothing left for the garbage collector from before."""
    gc.collect()
    return clock()


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
    encoding_cache()
    peers = BASELINES if installed("htmlrag") else BASELINES[1:]
    rows, got = [], {(name, budget): [] for name in (*COMPRESSORS, *peers) for budget in BUDGETS}
    tokens = {key: [] for key in got}
    compressors = {name: ragzip.load(name) for name in COMPRESSORS}
    embedder = OnnxEmbedder()
    for page, questions in asked.items():
        row = pages[page]
        visible = Page.of(row["html"]).visible()
        document = ragzip.Document(page, row["html"], title=row["title"], mime="text/html")
        others = Peers(row["html"], visible, embedder)
        standing = [q for q in questions if holds(visible, q)][:EACH]
        for question in standing:
            for budget in BUDGETS:
                for name in COMPRESSORS:
                    text = ragzip.compress(
                        document, question["question"], target_tokens=budget, compressor=compressors[name]
                    ).text
                    got[name, budget].append(holds(Page.of(text).visible(), question))
                    tokens[name, budget].append(COUNT(text))
                for name, text in others(question["question"], budget).items():
                    got[name, budget].append(holds(Page.of(text).visible(), question))
                    tokens[name, budget].append(COUNT(text))
    for budget in BUDGETS:
        best = max(peers, key=lambda name: np.mean(got[name, budget]))
        for name in (*COMPRESSORS, *peers):
            kept = np.array(got[name, budget], float)
            line = {"budget": budget, "compressor": name, "n": len(kept), "kept": interval(kept)}
            line["tokens"] = round(float(np.mean(tokens[name, budget])))
            if name in COMPRESSORS:
                for peer in peers:
                    line[f"over {peer}"] = interval(kept - np.array(got[peer, budget], float))
                line["best baseline"] = best
            print({key: line[key] for key in ("budget", "compressor", "kept", "tokens")}, flush=True)
            rows.append(line)
    return {"seed": SEED, "rows": rows}


def holds(text, question):
    return all(contains(text, [answer]) for answer in question["answers"])


class Peers:
    """What others leave of one page."""

    def __init__(self, html, visible, embedder):
        self.html, self.visible, self.embedder = html, visible, embedder
        self.chunks = [visible[start:end] for start, end in passages(visible, max_words=100)]
        self.vectors = embedder.embed(self.chunks)
        self.htmlrag = HtmlRag(html) if installed("htmlrag") else None

    def __call__(self, query, budget):
        similar = self.vectors @ self.embedder.embed([query])[0]
        return {
            **({"htmlrag bm25": self.htmlrag(query, budget)} if self.htmlrag else {}),
            "chunks by embedding": self.best(self.chunks, similar, budget),
            "truncation of the page": first(self.html, budget),
            "truncation of its text": first(self.visible, budget),
        }

    def best(self, texts, scores, budget):
        """The best texts up to the budget, in order. A first one too large is cut."""
        kept, left = [], budget
        for i in np.argsort(-scores, kind="stable"):
            cost = COUNT(texts[i]) + 1
            if cost <= left:
                kept.append(i)
                left -= cost
        if not kept:
            return first(texts[int(np.argmax(scores))], budget)
        return "\n".join(texts[i] for i in sorted(kept))


class HtmlRag:
    """htmlrag 0.1.1: its cleaning, blocks of 256 words, ranking by BM25 and pruning, with the tokens counted here."""

    def __init__(self, html):
        from htmlrag import build_block_tree, clean_html

        self.tree, self.html = build_block_tree(clean_html(html), max_node_words=256)

    def __call__(self, query, budget):
        from htmlrag.pruner import BM25HTMLPruner

        pruner = BM25HTMLPruner()
        ranked = pruner.calculate_block_rankings(query, self.html, self.tree)
        return pruner.prune_HTML(self.html, self.tree, ranked, Tokens(), budget)


class Tokens:
    """o200k_base as htmlrag calls a tokenizer."""

    def __init__(self):
        import tiktoken

        self.encoding = tiktoken.get_encoding("o200k_base")

    def encode(self, text, add_special_tokens=False):
        return self.encoding.encode_ordinary(text)

    def tokenize(self, text):
        return self.encode(text)

    def convert_tokens_to_string(self, tokens):
        return self.encoding.decode(tokens)


def installed(name):
    return importlib.util.find_spec(name) is not None


def first(text, budget):
    """The first ``budget`` tokens, about."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if COUNT(text[:middle]) <= budget else (low, middle - 1)
    return text[:low]
