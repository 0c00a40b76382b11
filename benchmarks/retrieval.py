"""Retrieval with pseudo-relevance feedback: how many supporting paragraphs are found among those of four dev sets."""

import time
from dataclasses import dataclass, field

import numpy as np
from common import SEED, interval, records

import ragzip
from ragzip.eval.measures import statistics
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.retrievers.dense import DenseRetriever
from ragzip.retrievers.feedback import RM3, VectorFeedback
from ragzip.retrievers.hybrid import HybridRetriever

SETS = ("hotpotqa", "2wikimultihopqa", "squad-v1.1", "nq-open-rag10")
MOST_QUESTIONS = 250  # of a set, drawn where it has more
MAX_WORDS = 10_000  # a paragraph is one passage
CUTS = (1, 5, 10)
METRICS = (*(f"recall@{cut}" for cut in CUTS), "mrr")
PLACES = ("before", "after", "both")
FEEDBACK = {
    "average": VectorFeedback("average"),
    "Rocchio": VectorFeedback("rocchio"),
    "Rocchio 0.8": VectorFeedback("rocchio", query_weight=0.8),
}


@dataclass(frozen=True)
class Question:
    """A question of a set, and the ids of the paragraphs that support its answer."""

    set: str
    text: str
    support: frozenset


@dataclass(frozen=True)
class Arm:
    """A retriever: its kind, the feedback of its parts, options of a hybrid one, and the arm it is compared to."""

    kind: str
    baseline: str | None = None
    dense: VectorFeedback | None = None
    bm25: RM3 | None = None
    options: dict = field(default_factory=dict)


def arms():
    """All arms by name."""
    listed = {"bm25": Arm("bm25"), "bm25, RM3": Arm("bm25", "bm25", bm25=RM3()), "dense": Arm("dense")}
    listed |= {f"dense, {name}": Arm("dense", "dense", feedback) for name, feedback in FEEDBACK.items()}
    for fusion in ("ranks", "scores"):
        plain = f"hybrid by {fusion}"
        listed[plain] = Arm("hybrid", None if fusion == "ranks" else "hybrid by ranks", options={"fusion": fusion})
        for place in PLACES:
            options = {"fusion": fusion, "interpolate": place}
            for name in ("Rocchio", "Rocchio 0.8"):
                listed[f"{plain}, {name}, {place}"] = Arm("hybrid", plain, FEEDBACK[name], options=options)
        options = {"fusion": fusion, "interpolate": "both"}
        listed[f"{plain}, average, both"] = Arm("hybrid", plain, FEEDBACK["average"], options=options)
        listed[f"{plain}, RM3, both"] = Arm("hybrid", plain, None, RM3(), options)
        listed[f"{plain}, Rocchio and RM3, both"] = Arm("hybrid", plain, FEEDBACK["Rocchio"], RM3(), options)
    return listed


def run(data, questions=MOST_QUESTIONS, cache=None):
    """Figures of all arms over one corpus.

    :param questions: of each set, at most.
    :param cache: of vectors, as DenseRetriever takes it.
    """
    corpus, listed_questions = corpus_of(data, questions)
    parts = (BM25Retriever(corpus, max_words=MAX_WORDS), DenseRetriever(corpus, max_words=MAX_WORDS, cache=cache))
    for question in listed_questions:
        parts[1].retrieve(question.text)  # its vector is cached: the times are those of the search
    scores, milliseconds = {}, {}
    for name, arm in arms().items():
        retriever = retriever_of(arm, *parts)
        start = time.perf_counter()
        rankings = [[document.id for document in retriever.retrieve(q.text, max(CUTS))] for q in listed_questions]
        milliseconds[name] = round(1000 * (time.perf_counter() - start) / len(listed_questions), 1)
        scores[name] = [scores_of(question, ids) for question, ids in zip(listed_questions, rankings, strict=True)]
        print(name, {metric: round(float(np.mean([row[metric] for row in scores[name]])), 3) for metric in METRICS})
    return {
        "seed": SEED,
        "paragraphs": len(corpus),
        "questions": {name: sum(question.set == name for question in listed_questions) for name in SETS},
        "options": {name: repr(feedback) for name, feedback in {**FEEDBACK, "RM3": RM3()}.items()},
        "rows": [
            {"retriever": name, "baseline": arm.baseline, "milliseconds": milliseconds[name]}
            | figures_of(listed_questions, scores[name], scores.get(arm.baseline))
            for name, arm in arms().items()
        ],
    }


def corpus_of(data, most):
    """All paragraphs of the sets, each once, and at most ``most`` questions of each set."""
    id_by_paragraph, listed_questions = {}, []
    for name in SETS:
        rows = records(data, name)
        for document in (document for row in rows for document in row["documents"]):
            id_by_paragraph.setdefault((document["title"], document["text"]), f"p{len(id_by_paragraph)}")
        drawn = sorted(np.random.default_rng(SEED).permutation(len(rows))[:most])
        listed_questions += [Question(name, rows[n]["question"], support_of(rows[n], id_by_paragraph)) for n in drawn]
    corpus = [ragzip.Document(id, text, title=title) for (title, text), id in id_by_paragraph.items()]
    return corpus, [question for question in listed_questions if question.support]


def support_of(row, id_by_paragraph):
    """The ids of the supporting paragraphs of a record."""
    supporting = {span["doc"] for span in row["support_spans"]}
    return frozenset(
        id_by_paragraph[document["title"], document["text"]]
        for document in row["documents"]
        if document["id"] in supporting
    )


def retriever_of(arm, bm25, dense):
    """The retriever of an arm; all arms share the two indexes."""
    bm25.feedback, dense.feedback = arm.bm25, arm.dense
    if arm.kind == "hybrid":
        return HybridRetriever(retrievers=(bm25, dense), **arm.options)
    return {"bm25": bm25, "dense": dense}[arm.kind]


def scores_of(question, ids):
    """The metrics of a ranking: shares of the supporting paragraphs, and 1 ÷ the rank of the first one of them."""
    ranks = [rank for rank, id in enumerate(ids, 1) if id in question.support]
    recalls = {f"recall@{cut}": sum(rank <= cut for rank in ranks) / len(question.support) for cut in CUTS}
    return recalls | {"mrr": 1 / ranks[0] if ranks else 0.0}


def figures_of(questions, scores, baseline_scores):
    """The metrics of an arm, recall@5 of each set, and paired differences to its baseline."""
    figures = {metric: over_sets(questions, [row[metric] for row in scores]) for metric in METRICS}
    recalls = [row["recall@5"] for row in scores]
    figures["recall@5 by set"] = {
        name: interval([value for question, value in zip(questions, recalls, strict=True) if question.set == name])
        for name in SETS
    }
    if baseline_scores is not None:
        figures["difference"] = {
            metric: over_sets(
                questions, [row[metric] - other[metric] for row, other in zip(scores, baseline_scores, strict=True)]
            )
            for metric in METRICS
        }
    return figures


def over_sets(questions, values):
    """The mean of the sets' means with its 95 % bootstrap interval; questions are drawn within their set."""
    values_by_set = {name: [] for name in SETS}
    for question, value in zip(questions, values, strict=True):
        values_by_set[question.set].append(value)
    found = statistics.over_tasks(values_by_set)
    return {name: round(value, 4) for name, value in found._asdict().items()}
