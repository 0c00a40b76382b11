"""A query encoder for an index, with a PQ index its centroids too: JPQ (``ragzip train retriever``).

    index = DenseRetriever(documents, index="pq"); index.save("index")
    ragzip train retriever --index index --data qa.jsonl.gz --out OUT
    DenseRetriever.load("OUT/index", query_embedder=OnnxEmbedder("OUT"))

Jointly optimizing query encoder and product quantization (Zhan et al., arXiv 2108.00644): the codes of passages stay as
they are, so that nothing is encoded again; what codes are scored as, and queries, learn to rank. What differs: vectors
are unit vectors, so that scores have a factor of 20 in the loss and the centroids a small learning rate; passages that
hold an answer are no negatives; documents of the training data, cut as those of the index, are searched beside them, so
that questions need no passage there. The query encoder is written with int8 embeddings and float32 layers: the training
moves most weights by less than half a step of int8.

The vectors of a flat index stay as they are, and queries learn alone. Over situated passages this stands in for the
training of SitEmb (arXiv 2508.01959), which trains the encoder of passages instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.cache import SegmentCache
from ragzip.checks import path_of
from ragzip.errors import OptionError
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_inputs
from ragzip.retrievers.dense import DenseRetriever
from ragzip.training.curve import CURVE, plot_curve
from ragzip.training.embedder import write_embedder
from ragzip.training.loop import Plan, plan_on, run
from ragzip.training.machine import Machine
from ragzip.training.mean_pooled import from_embedder
from ragzip.training.options import RunOptions, data_files
from ragzip.training.retriever.data import (
    RankedDocument,
    RankedPassages,
    RankingBatch,
    RankingQuestion,
    batches,
    read_ranking_questions,
)
from ragzip.training.retriever.model import JointRanker, Ranker, VectorRanker, padded, pairwise_loss

__all__ = ["FILES", "INDEX", "WRITER", "train_retriever"]

WRITER = "training of a retriever"  # in the manifest of its folder
FILES = ("model.onnx", "tokenizer.json", "config.json", "agreement.json", CURVE)
INDEX = "index"  # the folder of the index in that of the encoder
RATE = 1e-5  # of the encoder
_CENTROIDS_FACTOR = 10.0  # of that rate
_BATCH_TOKENS = 800  # some forty questions
_MAX_BATCH_TOKENS = 4096  # of an accelerator
_MAX_DEV_QUESTIONS = 200
_MAX_PAIRS = 20  # questions that the agreement of the export is measured on
_PASSAGES_PER_PAIR = 10
_HELD_BACK_STEP = 20  # without development files, every so many-th question is held back
_TOP = 5


def train_retriever(
    index: str | Path,
    data: Sequence[Path],
    out: Path,
    *,
    embedder: str | Path | None = None,
    dev: Sequence[Path] = (),
    tokens: int = 400_000,
    seed: int = 0,
    device: str = "auto",
    precision: str = "auto",
    minutes: float | None = None,
    cache: SegmentCache | str | Path | bool | None = None,
) -> dict[str, Any]:
    """The figures of a run that trains the query encoder of ``index`` (and the centroids of one with
    ``index="pq"``) and writes both to ``out``: an embedder of queries, and in ``out``/index the index for it. An
    interrupted run resumes from ``out``/work.

    :param index: that a :class:`~ragzip.retrievers.dense.DenseRetriever` saved.
    :param data: files in the QA schema: questions with supporting documents, and other documents.
    :param embedder: the folder of the embedder of the index, from which queries start; default: the shipped one.
    :param dev: such files for the figures during training; default: a part of the questions is held back.
    :param tokens: of questions, to train on.
    :param device: "auto", "cpu", "cuda" or "mps", see :func:`~ragzip.training.machine.machine_of`.
    :param precision: "auto", "bf16" or "fp32".
    :param minutes: of training, after which encoder and index are written; the same call continues.
    :param cache: for the vectors of the documents in ``data``, see :class:`~ragzip.retrievers.dense.DenseRetriever`.
    :raises OptionError: an index of another kind, an unavailable device, or ``out`` is the folder of an input.
    :raises InputError: no question with a supporting document.
    :raises ModelError: an embedder that cannot be trained.
    :raises StorageError: no such index, or ``out`` holds files of the same names that ragzip did not write.
    """
    options = RunOptions.checked(tokens, seed, device, precision, minutes)
    machine = options.machine
    data, dev = data_files(data, "data"), data_files(dev, "dev")
    out, index = path_of(out, "out", expected="a folder"), path_of(index, "index", expected="a folder")
    refuse_inputs([out, out / INDEX], [index, *([] if embedder is None else [embedder]), *data, *dev])
    check_files(out, WRITER, FILES)
    start = OnnxEmbedder(embedder)
    retriever = DenseRetriever.load(index, embedder=start, cache=cache)
    if not retriever.passages:
        raise OptionError(f"index: received {index}, which has no passages, expected one that was built from some.")
    passages = RankedPassages(retriever.cut, retriever.situated)
    indexed_numbers = [passages.number_of(passage) for passage in retriever.passages]
    questions = read_ranking_questions(data, passages)
    dev_questions = read_ranking_questions(dev, passages) if dev else questions[::_HELD_BACK_STEP]
    if not dev:
        questions = [question for number, question in enumerate(questions) if number % _HELD_BACK_STEP]
    machine.seed(options.seed)
    net = _ranker(start, passages, retriever, indexed_numbers).to(machine.device)
    plan = options.plan(probes=4, batch_tokens=_BATCH_TOKENS, rate=RATE, warmup=0.1, decay=0.5)
    plan = plan_on(plan, machine, out / "work", max_batch_tokens=_MAX_BATCH_TOKENS)
    log = _trained(net, plan, machine, start, passages, questions, dev_questions, out / "work")
    with replacing_files(out, WRITER) as fresh:
        pairs = _pairs(questions[:_MAX_PAIRS], passages)
        query_network = net.encoder.float().eval().cpu()
        tokenizer = start.folder / "tokenizer.json"
        agreement = write_embedder(query_network, tokenizer, start.window, fresh, pairs, layers=False)
        plot_curve(log, fresh / CURVE, ("rank",))
    centroids = net.centroids.detach().cpu().numpy() if isinstance(net, JointRanker) else None
    retriever.use_trained(OnnxEmbedder(out), centroids)
    retriever.save(out / INDEX)
    return {
        "plan": asdict(plan),
        "log": log,
        "questions": len(questions),
        "passages": len(passages.texts),
        "agreement": agreement._asdict(),
    }


def _ranker(
    start: OnnxEmbedder, passages: RankedPassages, retriever: DenseRetriever, indexed_numbers: Sequence[int]
) -> Ranker:
    """The network over all ``passages``: those of the index as they stand in it, others as it would have them.

    :param indexed_numbers: the number of the passage in each row of the index.
    """
    indexed = set(indexed_numbers)
    new_documents = [ranked for ranked in passages.documents if not indexed.issuperset(ranked.numbers)]
    new_vectors = retriever.encode([ranked.document for ranked in new_documents])
    encoder = from_embedder(start)
    if not retriever.has_codes:
        vectors = np.zeros((len(passages.texts), retriever.embedder.dimension), np.float32)
        _fill(vectors, new_documents, new_vectors)
        vectors[list(indexed_numbers)] = retriever.vectors(range(len(retriever)))
        return VectorRanker(encoder, vectors)
    product_codes = retriever.product_codes
    assert product_codes.codebook is not None  # it has passages
    codes = np.zeros((len(passages.texts), product_codes.code_bytes), np.uint8)
    _fill(codes, new_documents, map(product_codes.codebook.codes, new_vectors))
    codes[list(indexed_numbers)] = product_codes.codes
    return JointRanker(encoder, product_codes.codebook, codes)


def _fill(rows: Any, documents: Sequence[RankedDocument], arrays: Iterable[Any]) -> None:
    for ranked, array in zip(documents, arrays, strict=True):
        rows[ranked.numbers] = array


def _trained(
    net: Ranker,
    plan: Plan,
    machine: Machine,
    start: OnnxEmbedder,
    passages: RankedPassages,
    questions: Sequence[RankingQuestion],
    dev_questions: Sequence[RankingQuestion],
    work: Path,
) -> list[dict[str, Any]]:
    """The log of the training of ``net``, in place."""
    net.encoder.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    encoder_parameters = [parameter for parameter in net.encoder.parameters() if parameter.requires_grad]
    groups = [
        {"params": encoder_parameters, "weight_decay": 0.0, "factor": 1.0},
    ]
    if isinstance(net, JointRanker):
        groups.append({"params": [net.centroids], "weight_decay": 0.0, "factor": _CENTROIDS_FACTOR})
    ids = [tuple(start.token_ids(question.query)) for question in questions]
    dev_questions = dev_questions[:: -(-len(dev_questions) // _MAX_DEV_QUESTIONS)]
    dev_ids = [start.token_ids(question.query) for question in dev_questions]

    def losses(batch: RankingBatch) -> Mapping[str, Any]:
        with machine.autocast():
            queries = net.queries(*(machine.to(tensor) for tensor in padded(batch.ids)))
        return {"rank": pairwise_loss(net, queries.float(), batch, passages)}

    def probe() -> Mapping[str, float]:
        with torch.no_grad():
            scores = net(*(machine.to(tensor) for tensor in padded(dev_ids)))
        best_passages = scores.topk(min(_TOP, scores.shape[1])).indices.tolist()
        return {f"recall@{_TOP}": recall(best_passages, dev_questions)}

    held = {name: tensor for name, tensor in net.state_dict().items() if "word_embeddings" not in name}
    return run(
        plan,
        groups,
        lambda skip: batches(questions, ids, plan.batch_tokens, plan.seed, skip),
        losses,
        held,
        work,
        machine=machine,
        probe=probe,
    )


def recall(best_passages: Sequence[Sequence[int]], questions: Sequence[RankingQuestion]) -> float:
    """The mean share of the supporting passages of each question that are among its best passages."""
    shares = [
        len(set(numbers) & set(question.positives)) / len(question.positives)
        for numbers, question in zip(best_passages, questions, strict=True)
    ]
    return float(np.mean(shares))


def _pairs(questions: Sequence[RankingQuestion], passages: RankedPassages) -> list[tuple[str, list[str]]]:
    """Questions with a supporting passage and those of the next questions, to compare two embedders on."""
    texts = [passages.texts[question.positives[0]] for question in questions]
    return [
        (question.query, (texts[number:] + texts[:number])[:_PASSAGES_PER_PAIR])
        for number, question in enumerate(questions)
    ]
