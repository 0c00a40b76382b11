"""Dense retrieval with fewer bytes, with context, and with another temperature: recall of the passages that answer.

python benchmarks/retrieval_pq.py --data DATA/dev [--parts codes jpq situated trained temperature] [--cache FOLDER]

Parts that are not named keep the figures that are in results/retrieval_pq.json. Training data of "jpq" and "trained"
(queries that learn over situated passages, and over plain ones) lie beside the development data, in DATA/train.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
from common import RESULTS, SEED, interval, records, save

import ragzip
from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.eval.measures.kept import contains
from ragzip.retrievers.dense import DenseRetriever

NAME = "retrieval_pq"
PARAGRAPHS = ("hotpotqa", "2wikimultihopqa", "squad-v1.1-rag10", "nq-open-rag10")
TOP = 5
WHOLE = 10_000  # words: paragraphs are not cut
CODE_BYTES = (24, 48, 96)
TRAINED_BYTES = 48
TOKENS = 30_000  # of questions, for JPQ
WITHIN = {"longbench": ("qasper", "narrativeqa"), "qa": ("covid-qa", "repliqa")}  # sets of long documents
PASSAGE_WORDS = (50, 150)
TRAINED_WITHIN = ("covid-qa", "repliqa")  # those of them that have training questions
TRAINED_WORDS = 50
PARTS = ("codes", "jpq", "situated", "trained", "temperature")
LONG_TEXTS = ("repliqa", "selqa")
TEMPERATURES = (0.8, 0.85, 0.9, 0.95)


def run(data, parts=PARTS, cache=None, work=None):
    file = RESULTS / f"{NAME}.json"
    figures = json.loads(file.read_text("utf-8"))["figures"] if file.exists() else {}
    with tempfile.TemporaryDirectory() as scratch:
        cache, work = cache or Path(scratch, "cache"), Path(work or scratch)
        for part in parts:
            match part:
                case "codes":
                    figures[part] = codes(data, cache)
                case "jpq":
                    figures[part] = joint(data, cache, work)
                case "situated":
                    figures[part] = situated(data, cache)
                case "trained":
                    figures[part] = trained(data, cache, work)
                case "temperature":
                    figures[part] = temperature(data, cache)
    return figures


# codes


def paragraphs(data):
    """The distinct paragraphs of all sets as documents, and (set, question, ids of its supporting paragraphs)."""
    documents, questions = {}, []
    for name in PARAGRAPHS:
        for record in records(data, name):
            keys = [(document["title"], document["text"]) for document in record["documents"]]
            for title, text in keys:
                if (title, text) not in documents:
                    documents[title, text] = ragzip.Document(str(len(documents)), text, title=title)
            pairs = zip(keys, record["documents"], strict=True)
            if gold := {documents[key].id for key, document in pairs if document["support"]}:
                questions.append((name, record["question"], gold))
    return list(documents.values()), questions


def recalls(index, questions):
    """The share of the supporting paragraphs of each question among the first five."""
    shares = []
    for _, question, gold in questions:
        best = {passage.id for passage in index.retrieve(question, TOP)}
        shares.append(len(best & gold) / len(gold))
    return np.array(shares)


def by_set(questions, shares, reference=None):
    """Recall over all questions, by set and as the mean of the sets; with differences to ``reference``."""
    names = np.array([name for name, _, _ in questions])
    row = {"recall": interval(shares), "sets": {}}
    if reference is not None:
        row["difference"] = interval(shares - reference)
    for name in PARAGRAPHS:
        row["sets"][name] = {"recall": interval(shares[names == name])}
        if reference is not None:
            row["sets"][name]["difference"] = interval((shares - reference)[names == name])
    row["mean of sets"] = round(float(np.mean([shares[names == name].mean() for name in PARAGRAPHS])), 4)
    return row


def codes(data, cache):
    documents, questions = paragraphs(data)
    rows = []
    flat = DenseRetriever(documents, max_words=WHOLE, cache=cache)
    reference = recalls(flat, questions)
    rows.append({"index": "flat", "bytes": 4 * flat.embedder.dimension, **by_set(questions, reference)})
    for size in CODE_BYTES:
        begun = time.process_time()
        index = DenseRetriever(documents, max_words=WHOLE, cache=cache, index="pq", code_bytes=size)
        seconds = time.process_time() - begun
        shares = recalls(index, questions)
        row = {"index": "opq", "bytes": size, "seconds": round(seconds, 1), **by_set(questions, shares, reference)}
        print(f"opq {size:4} {row['recall']} {row['difference']} {seconds:.0f} s", flush=True)
        rows.append(row)
    cells = DenseRetriever(documents, max_words=WHOLE, cache=cache, index="pq", cells=64, probes=8)
    row = {"index": "ivf", "bytes": TRAINED_BYTES, "cells": 64, "probes": 8}
    rows.append(row | by_set(questions, recalls(cells, questions), reference))
    print(f"ivf {rows[-1]['recall']} {rows[-1]['difference']}", flush=True)
    return {"passages": len(documents), "questions": len(questions), "rows": rows}


# JPQ


def joint(data, cache, work):
    """OPQ and JPQ at the same bytes. Questions and supports of training data alone; codes are those of OPQ."""
    from ragzip.training.retriever.recipe import train_retriever

    documents, questions = paragraphs(data)
    flat = DenseRetriever(documents, max_words=WHOLE, cache=cache)
    index = DenseRetriever(documents, max_words=WHOLE, cache=cache, index="pq", code_bytes=TRAINED_BYTES)
    index.save(work / "index")
    train = [Path(data).parent / "train" / "qa" / f"{name}.jsonl.gz" for name in PARAGRAPHS]
    begun = time.process_time()
    out = work / "jpq"
    run_figures = train_retriever(work / "index", train, out, tokens=TOKENS, seed=SEED, device="cpu", cache=cache)
    seconds = time.process_time() - begun
    trained = DenseRetriever.load(out / "index", query_embedder=OnnxEmbedder(out), cache=cache)
    reference, before, after = (recalls(one, questions) for one in (flat, index, trained))
    gap = reference.mean() - before.mean()
    figures = {
        "bytes": TRAINED_BYTES,
        "tokens": run_figures["log"][-1]["tokens"],
        "questions": run_figures["questions"],
        "passages": run_figures["passages"],
        "processor seconds": round(seconds),
        "flat": by_set(questions, reference),
        "opq": by_set(questions, before, reference),
        "jpq": by_set(questions, after, reference),
        "jpq over opq": by_set(questions, after, before),
        "gap closed": round(float((after.mean() - before.mean()) / gap), 3) if gap > 0 else None,
    }
    with_flat = DenseRetriever(documents, max_words=WHOLE, query_embedder=OnnxEmbedder(out), cache=cache)
    figures["flat, trained queries"] = by_set(questions, recalls(with_flat, questions), reference)
    print({name: figures[name] for name in ("gap closed", "jpq over opq", "processor seconds")}, flush=True)
    return figures


# situated passages


def long_documents(data, folder, name):
    """(document, question, answers, spans of the answer or None) of each question that has an answer in the text."""
    for number, record in enumerate(records(data, name, folder=folder)):
        if folder == "longbench":
            document = ragzip.Document(f"{name}{number}", record["context"])
            if contains(document.text, record["answers"]):
                yield document, record["input"], record["answers"], None
            continue
        [source] = record["documents"]
        spans = [(span["start"], span["end"]) for span in record["support_spans"]]
        if record["answers"] and spans:
            document = ragzip.Document(str(source["id"]), source["text"], title=source["title"])
            yield document, record["question"], record["answers"], spans


def holds(passage, answers, spans):
    """Whether the passage has the whole of one of the spans, or one of the answers."""
    if spans is None:
        return contains(passage.text, answers)
    place = passage.metadata["ragzip"]
    return any(place["start"] <= start and end <= place["end"] for start, end in spans)


def situated(data, cache):
    """Whether a passage with the answer is among the first five of its document."""
    rows = []
    for folder, names in WITHIN.items():
        for name in names:
            questions = list(long_documents(data, folder, name))
            for words in PASSAGE_WORDS:
                hits = {flag: found_within(questions, words, flag, cache) for flag in (False, True)}
                known = [number for number in range(len(questions)) if hits[False][number] is not None]
                plain, within = (np.array([hits[flag][number] for number in known]) for flag in (False, True))
                row = {"set": name, "words": words, "questions": len(known)}
                row |= {"plain": interval(plain), "situated": interval(within), "difference": interval(within - plain)}
                print(row, flush=True)
                rows.append(row)
    return rows


def trained(data, cache, work):
    """The same with queries trained on questions of such documents, over plain and over situated passages."""
    from ragzip.training.retriever.recipe import train_retriever

    questions = [question for name in TRAINED_WITHIN for question in long_documents(data, "qa", name)]
    documents = list({document.text: document for document, *_ in questions}.values())
    documents = [ragzip.Document(str(n), one.text, title=one.title) for n, one in enumerate(documents)]
    train = [Path(data).parent / "train" / "qa" / f"{name}.jsonl.gz" for name in TRAINED_WITHIN]
    hits = {}
    for flag in (False, True):
        folder = work / ("situated" if flag else "plain")
        DenseRetriever(documents, situated=flag, max_words=TRAINED_WORDS, cache=cache).save(folder / "index")
        encoder_folder = folder / "trained"
        train_retriever(folder / "index", train, encoder_folder, tokens=TOKENS, seed=SEED, device="cpu", cache=cache)
        hits[flag, False] = found_within(questions, TRAINED_WORDS, flag, cache)
        hits[flag, True] = found_within(questions, TRAINED_WORDS, flag, cache, OnnxEmbedder(encoder_folder))
    known = [number for number in range(len(questions)) if hits[False, False][number] is not None]
    of_arm = {arm: np.array([arm_hits[number] for number in known]) for arm, arm_hits in hits.items()}
    rows = []
    for (flag, is_trained), arm_hits in of_arm.items():
        row = {"passages": "situated" if flag else "plain", "queries": "trained" if is_trained else "as they are"}
        row |= {"words": TRAINED_WORDS, "questions": len(known), "recall": interval(arm_hits)}
        row["difference to plain"] = interval(arm_hits - of_arm[False, False])
        row["difference to plain, same queries"] = interval(arm_hits - of_arm[False, is_trained])
        print(row, flush=True)
        rows.append(row)
    return rows


def found_within(questions, words, flag, cache, query_embedder=None):
    """For each question 1 or 0; None where no passage, or every one of the first five possible ones, has the answer."""
    indexes, found = {}, []
    for document, question, answers, spans in questions:
        if document.text not in indexes:
            indexes[document.text] = DenseRetriever(
                [document], situated=flag, max_words=words, query_embedder=query_embedder, cache=cache
            )
        index = indexes[document.text]
        if len(index) <= TOP or not any(holds(passage, answers, spans) for passage in index.passages):
            found.append(None)
            continue
        found.append(float(any(holds(passage, answers, spans) for passage in index.retrieve(question, TOP))))
    return found


# temperature


def temperature(data, cache):
    """Whether the document of a question is the first, and among the first five, with documents as they are."""
    rows = []
    for name in LONG_TEXTS:
        documents, questions = {}, []
        for record in records(data, name):
            [source] = record["documents"]
            document = documents.setdefault(
                source["text"], ragzip.Document(str(len(documents)), source["text"], title=source["title"])
            )
            questions.append((record["question"], document.id))
        reference = {}
        for value in (1.0, *TEMPERATURES):
            embedder = OnnxEmbedder(temperature=value)
            index = DenseRetriever(documents.values(), embedder=embedder, max_words=WHOLE, cache=cache)
            ranks = [
                [passage.metadata["ragzip"]["source"] for passage in index.retrieve(question, TOP)]
                for question, _ in questions
            ]
            row = {"set": name, "temperature": value, "documents": len(documents), "questions": len(questions)}
            for top in (1, TOP):
                hits = np.array([float(gold in ids[:top]) for ids, (_, gold) in zip(ranks, questions, strict=True)])
                reference.setdefault(top, hits)
                row[f"recall@{top}"] = interval(hits)
                row[f"difference@{top}"] = interval(hits - reference[top])
            print(row, flush=True)
            rows.append(row)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--cache", type=Path, help="folder of vectors, kept for the next run [none]")
    parser.add_argument("--work", type=Path, help="folder of the index and of the training [none]")
    options = parser.parse_args()
    for part in options.parts:  # saved one by one: each takes minutes
        save(NAME, run(options.data, [part], options.cache, options.work))


if __name__ == "__main__":
    main()
