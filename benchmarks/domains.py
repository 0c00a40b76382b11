"""Domains far from encyclopedias: support kept among ten passages of the same set, `auto` against plain similarity."""

import random

import numpy as np
from common import SEED, interval, records

import ragzip
from ragzip.retrievers.base import to_passages
from ragzip.types import Span

BASELINES = ("extractive/bm25", "extractive/embedding", "extractive/hybrid")
SETS = (
    "doc2dial", "covid-qa", "policyqa", "tatqa", "molweni", "friendsqa", "condaqa", "clapnq", "bioasq", "qmsum",
    "musique-gold",
)  # fmt: skip
AS_THEY_ARE = ("musique-gold",)  # contexts of many passages, chosen to mislead
MEETINGS = "qmsum"
RATE = 0.2
MOST = 60  # questions of a set
PASSAGES = 10
WORDS = 150  # of a passage


def run(data, most=MOST, compressors=("auto", *BASELINES)):
    """For each set the share of the supporting spans that is kept, and the difference to the best baseline."""
    figures = [dict(row) for name in SETS for row in _set(name, contexts(data, name, most), compressors)]
    for compressor in compressors:
        kept = [row["kept"]["mean"] for row in figures if row["compressor"] == compressor]
        figures.append({"set": "mean", "compressor": compressor, "kept": round(float(np.mean(kept)), 4)})
        print(figures[-1], flush=True)
    return figures


def _set(name, found, compressors):
    kept, tokens = {}, {}
    for compressor in compressors:
        pipeline = ragzip.Pipeline(compressor, rate=RATE)
        pairs = [_kept(pipeline, *context) for context in found]
        kept[compressor], tokens[compressor] = (np.array(column) for column in zip(*pairs, strict=True))
    best = max((c for c in compressors if c in BASELINES), key=lambda c: kept[c].mean(), default=None)
    for compressor in compressors:
        row = {"set": name, "compressor": compressor, "kept": interval(kept[compressor])}
        row["tokens"] = round(float(tokens[compressor].mean()), 4)
        if best and compressor not in BASELINES:
            row |= {"best baseline": best, "difference": interval(kept[compressor] - kept[best])}
        print(f"{name:14} {compressor:22} {row['kept']} {row['tokens']} {row.get('difference', '')}", flush=True)
        yield row


def _kept(pipeline, question, passages, support):
    """The share of ``support`` that is kept, and the share of the tokens."""
    result = pipeline.run(passages, question)
    hits = [
        any(start <= span.start and span.end <= end for start, end in result.documents[number].spans)
        for number, span in support
    ]
    return sum(hits) / len(hits), result.stats.rate


def contexts(data, name, most=MOST):
    """``most`` questions of a set with their passages, and the supporting spans as (number of the passage, span).

    The passages of the question that hold support, and others of the set, drawn by chance, up to ten; in an order drawn
    by chance.
    """
    rows = [row for row in _rows(data, name) if row["support_spans"]]
    random.Random(SEED).shuffle(rows)
    pool = {
        passage.text: passage for row in rows[: 4 * most] for passage in to_passages(_documents(row), max_words=WORDS)
    }
    found = []
    for number, row in enumerate(rows):
        rng = random.Random(SEED + number)
        passages, support = _supported(row) if name not in AS_THEY_ARE else (_documents(row), _spans(row))
        if not support or (len(passages) > PASSAGES and name not in AS_THEY_ARE):
            continue
        if name not in AS_THEY_ARE:
            own = {document["text"] for document in row["documents"]}
            others = [text for text in pool if not any(text in whole for whole in own)]
            drawn = rng.sample(others, min(len(others), PASSAGES - len(passages)))
            passages = [*passages, *(pool[text] for text in drawn)]
        order = rng.sample(range(len(passages)), len(passages))
        place = {old: new for new, old in enumerate(order)}
        shuffled = [
            ragzip.Document(str(new), passages[old].text, title=passages[old].title, mime=passages[old].mime)
            for new, old in enumerate(order)
        ]
        found.append((row["question"], shuffled, [(place[passage], span) for passage, span in support]))
        if len(found) == most:
            break
    return found


def _rows(data, name):
    if name != MEETINGS:
        yield from records(data, name)
        return
    for meeting in records(data, name, folder="meetings"):
        yield from _meeting_rows(meeting)


def _meeting_rows(meeting):
    """The questions of a meeting, each with the turns that the annotators marked."""
    starts, lines, length = [], [], 0
    for turn in meeting["transcript"]:
        line = f"{turn['speaker']}: {turn['text']}"
        starts.append(length)
        lines.append(line)
        length += len(line) + 1
    text = "\n".join(lines)
    for query in meeting.get("queries", []):
        spans = [
            {"doc": meeting["id"], "start": starts[turn], "end": starts[turn] + len(lines[turn])}
            for first, last in query.get("spans", [])
            for turn in range(int(first), min(int(last) + 1, len(lines)))
        ]
        document = {"id": meeting["id"], "text": text, "title": None}
        yield {"question": query["query"], "documents": [document], "support_spans": spans}


def _documents(row):
    return [ragzip.Document(d["id"], d["text"], title=d["title"]) for d in row["documents"]]


def _spans(row):
    numbers = {document["id"]: number for number, document in enumerate(row["documents"])}
    return [(numbers[span["doc"]], Span(span["start"], span["end"])) for span in row["support_spans"]]


def _supported(row):
    """The passages of a row that hold support, and the support in them."""
    passages, support = [], []
    for document in _documents(row):
        spans = [span for span in row["support_spans"] if span["doc"] == document.id]
        for passage in to_passages(document, max_words=WORDS):
            place = passage.metadata["ragzip"]
            inside = [span for span in spans if place["start"] <= span["start"] and span["end"] <= place["end"]]
            found = []
            for span in inside:
                start = span["start"] - place["start"]
                text = document.text[span["start"] : span["end"]]
                if passage.text[start : start + len(text)] != text:  # a table, under its header
                    start = passage.text.find(text)
                if start >= 0:
                    found.append((len(passages), Span(start, start + len(text))))
            if found:
                passages.append(passage)
                support += found
    return passages, support
