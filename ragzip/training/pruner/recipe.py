"""The training of a pruner: `ragzip train pruner`, and the recipe of the shipped weights."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch

from ragzip.backends.export.classifier import FILES, WRITER
from ragzip.backends.protocols import TextEmbedder
from ragzip.backends.runtimes.onnx import OnnxEmbedder, OnnxModel
from ragzip.backends.scorers.pairs import PairReader
from ragzip.backends.windows import separator_of
from ragzip.checks import number_in, path_of, whole_number
from ragzip.compressors.extractive.pruning.evidence import UNSURE, UNSURE_KINDS, answered_variant, names, variant
from ragzip.errors import InputError, ModelError, model_errors
from ragzip.files.manifest import check_files, read_settled, replacing_files, settle
from ragzip.files.writing import refuse_inputs
from ragzip.models import shipped
from ragzip.training import data
from ragzip.training.data import Question
from ragzip.training.loop import Plan
from ragzip.training.machine import Machine
from ragzip.training.options import RunOptions, data_files
from ragzip.training.packed.build import Group
from ragzip.training.packed.make import named, pack, packed_file, user_groups
from ragzip.training.pruner import evaluate
from ragzip.training.pruner.card import FILES as CARD_FILES
from ragzip.training.pruner.card import write_card
from ragzip.training.pruner.export import from_onnx, write
from ragzip.training.pruner.fusion import (
    ANSWER_KINDS,
    QuestionEvidence,
    fit,
    fit_answered,
    gather,
    gather_unsure,
)
from ragzip.training.pruner.loop import train
from ragzip.training.pruner.model import PrunerNet
from ragzip.training.pruner.statements import statement_questions

__all__ = [
    "HEAD",
    "FittedEvidence",
    "Probe",
    "fine_tune",
    "finish",
    "fit_evidence",
    "start",
    "support_probe",
    "write_finished",
]

_log = logging.getLogger(__name__)
Probe = Callable[[PrunerNet], Mapping[str, float]]
HEAD = "head.safetensors"  # beside an encoder checkpoint: the outputs of a trained pruner
_HELD_BACK_SHARE = 0.1  # of a user's questions, without a development file
_MAX_PROBED_QUESTIONS = 60  # of a file, for figures during training
_AGREEMENT_QUESTIONS = 60  # that the agreement of the export is measured on, spread evenly: with fewer it is chance
_AGREEMENT_QUESTIONS_OF_A_FILE = 20


def start(model: Path | None, layers: int | None = None) -> tuple[PrunerNet, Any]:
    """The network to start training from, and its tokenizer.

    :param model: a BERT-type encoder checkpoint (with or without the outputs of a trained pruner), or a folder made by
        an earlier training; default: the shipped pruner.
    :param layers: of a checkpoint, keep only so many.
    :raises ModelError: something else.
    """
    folder = shipped("pruner") if model is None else model
    settle(folder)
    if not (folder / "tokenizer.json").is_file():
        raise ModelError(f"model: {folder} has no tokenizer.json. Expected an encoder checkpoint or a trained pruner.")
    return read_settled(folder, partial(_start_of, folder, layers))


def _start_of(folder: Path, layers: int | None) -> tuple[PrunerNet, Any]:
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    with model_errors(f"model: {folder} could not be loaded, expected a BERT-type encoder or a trained pruner"):
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        if (folder / "model.onnx").is_file():
            net = from_onnx(folder)
            net.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
            return net, tokenizer
        net = PrunerNet.of(folder, separator_of(tokenizer), layers)
        if (folder / HEAD).is_file():
            net.head.load_state_dict(load_file(folder / HEAD))
        return net, tokenizer


def support_probe(
    tokenizer: Any, files: Mapping[str, tuple[Sequence[Question], float]], machine: Machine | None = None
) -> Probe:
    """A probe on ``machine``: supporting sentences kept, by file, of its first questions at its share of the tokens."""
    rates = {name: rate for name, (_, rate) in files.items()}
    batches = {
        name: list(evaluate.batches_of(tokenizer, some[:_MAX_PROBED_QUESTIONS])) for name, (some, _) in files.items()
    }

    def probe(net: PrunerNet) -> dict[str, float]:
        return {name: evaluate.batches_recall(net, batches[name], rate, machine) for name, rate in rates.items()}

    return probe


def fine_tune(
    files: Sequence[Path],
    out: Path,
    *,
    dev: Sequence[Path] = (),
    model: Path | None = None,
    tokens: int = 1_000_000,
    rate: float = 0.2,
    seed: int = 0,
    threads: int | None = None,
    device: str = "auto",
    precision: str = "auto",
    minutes: float | None = None,
    packed: Path | None = None,
) -> dict[str, Any]:
    """The figures of the card of a pruner trained on a user's questions and documents (QA schema, see
    :mod:`ragzip.training.data`) or on a packed file.

    ``out`` gets model.onnx with its settings and a card; ``out/work`` the log and the checkpoint, from which the same
    call resumes.

    :param dev: files to calibrate and measure on; default: a tenth of the questions, held back.
    :param model: see :func:`start`.
    :param tokens: to train on, approximately; a CPU core trains some 1,000 tokens a second.
    :param rate: share of the tokens at which supporting sentences are counted.
    :param threads: of torch; default: as it is set.
    :param device: "auto", "cpu", "cuda" or "mps", see :func:`~ragzip.training.machine.machine_of`.
    :param precision: "auto", "bf16" or "fp32".
    :param minutes: of training, after which the network is exported; the same call continues.
    :param packed: a file that ``ragzip train pack`` wrote with the tokenizer of ``model``, in place of ``files``; it
        needs ``dev``.
    :returns: the figures of the card.
    :raises InputError: files that cannot be read, or hold too little.
    :raises OptionError: a number outside its range, an unavailable device, or ``out`` is the folder of ``model``.
    :raises StorageError: ``out`` holds files of these names that ragzip did not write, or cannot be written.
    """
    options = RunOptions.checked(tokens, seed, device, precision, minutes, least_tokens=1000)
    machine, rate = options.machine, number_in(rate, "rate", above=0)
    files, dev = data_files(files, "data"), data_files(dev, "dev")
    out = path_of(out, "out", expected="a folder")
    refuse_inputs([out], [model])
    check_files(out, WRITER, (*FILES, *CARD_FILES))
    if threads is not None:
        torch.set_num_threads(whole_number(threads, "threads", least=1))
    if packed is None and not files:
        raise InputError("data: received none, expected files with questions in the QA schema, or a packed file.")
    dev_questions = {file.name: data.read_qa(file) for file in dev}
    groups: list[Group] = []
    if packed is None:
        groups = user_groups(list(files))
    elif files or not dev_questions:
        raise InputError(
            f"packed: received {len(files)} files of data and {len(dev_questions)} for dev, expected no data with a "
            "packed file, and one or more files for dev."
        )
    if not dev_questions:
        splits = [_split(group) for group in groups]
        groups, dev_questions = [part for part, _ in splits], {group.name: held_back for group, held_back in splits}
    dev_questions = {
        name: [question for question in questions if question.passages] for name, questions in dev_questions.items()
    }
    if not any(
        any(passage.keep)
        for questions in dev_questions.values()
        for question in questions
        for passage in question.passages
    ):
        raise InputError("dev: no question with a supporting sentence to measure on. Give more data, or a file to dev.")
    machine.seed(options.seed)
    net, tokenizer = start(model)
    trained_on = pack(groups, tokenizer) if packed is None else packed_file(packed, tokenizer)
    plan = options.plan(probes=5, rate=6e-5 if model is None else Plan.rate)
    probe = support_probe(tokenizer, {name: (questions, rate) for name, questions in dev_questions.items()}, machine)
    log = train(net, trained_on, plan, out / "work", probe, machine)
    return finish(net, tokenizer, dev_questions, out, {"plan": asdict(plan), "log": log, "sources": named(trained_on)})


def _split(group: Group) -> tuple[Group, list[Question]]:
    """The group without a tenth of its questions, and these questions."""
    held_count = max(1, round(_HELD_BACK_SHARE * len(group.questions)))
    if len(group.questions) < 10:
        raise InputError(
            f"data: {group.name} has {len(group.questions)} questions, expected 10 or more, or a file for dev."
        )
    step = len(group.questions) // held_count
    held_numbers = set(range(0, step * held_count, step))
    training_questions = [question for number, question in enumerate(group.questions) if number not in held_numbers]
    return group._replace(questions=training_questions), [group.questions[number] for number in sorted(held_numbers)]


def finish(
    net: PrunerNet,
    tokenizer: Any,
    dev: Mapping[str, Sequence[Question]],
    out: Path,
    run: dict[str, Any],
    about: str = "",
) -> dict[str, Any]:
    """The figures of the card of ``net``, which is exported, calibrated on ``dev`` and written to ``out``, all or
    nothing.

    :param dev: questions by name.
    :param about: see :func:`~ragzip.training.pruner.card.write_card`.
    :returns: the figures of the card.
    """
    with replacing_files(out, WRITER) as fresh:
        return write_finished(net, tokenizer, dev, fresh, run, about, embedder=OnnxEmbedder())


def write_finished(
    net: PrunerNet,
    tokenizer: Any,
    dev: Mapping[str, Sequence[Question]],
    out: Path,
    run: dict[str, Any],
    about: str,
    unanswerable: Mapping[str, Sequence[Question]] | None = None,
    *,
    embedder: TextEmbedder | None,
) -> dict[str, Any]:
    """The figures of the card, as by :func:`finish`; all files are written to ``out``, an empty folder.

    :param unanswerable: more questions by name, answered and not, on which only the decision that nothing answers is
        fitted.
    :param embedder: whose similarities are evidence; None: similarity counts nothing.
    """
    questions_a_file = max(_AGREEMENT_QUESTIONS_OF_A_FILE, _AGREEMENT_QUESTIONS // len(dev))
    sample = [question for questions in dev.values() for question in data.spread(questions, questions_a_file)]
    measured = write(net, tokenizer, out, {}, sample)
    evidence = fit_evidence(out, dev, unanswerable or {}, embedder)
    _log.info("int8 keeps %.1f %% of what fp32 keeps; %s", 100 * measured.kept, evidence.fusion)
    return write_card(out, run, measured._asdict(), evidence.fusion, evidence.by_file, about, evidence.of_answers)


class FittedEvidence(NamedTuple):
    """The weights of the evidence, by variant, and the evidence that they were fitted on, by file: of sentences, and of
    whether something answers.
    """

    fusion: dict[str, dict[str, float]]
    by_file: dict[str, list[QuestionEvidence]]
    of_answers: dict[str, list[QuestionEvidence]]


def fit_evidence(
    folder: Path,
    dev: Mapping[str, Sequence[Question]],
    unanswerable: Mapping[str, Sequence[Question]],
    embedder: TextEmbedder | None,
) -> FittedEvidence:
    """Fit the weights of the evidence of the exported pruner in ``folder``, and write them to its config.json.

    :param dev: development questions, by file.
    :param unanswerable: see :func:`write_finished`.
    :param embedder: see :func:`write_finished`.
    """
    scorer = PairReader(OnnxModel(folder))
    evidence_by_file = {name: gather(scorer, embedder, questions) for name, questions in dev.items()}
    all_evidence = [evidence for file_evidence in evidence_by_file.values() for evidence in file_evidence]
    multi_passage_evidence = [
        evidence
        for name, file_evidence in evidence_by_file.items()
        for evidence, question in zip(file_evidence, dev[name], strict=True)
        if len(question.passages) > 1
    ]
    similarities = (False,) if embedder is None else (False, True)
    fusion = {
        variant(hops=hops, similarity=similarity, several=multi_passage): fit(
            fitted_evidence, names(hops=hops, similarity=similarity)
        )
        for multi_passage, fitted_evidence in ((False, all_evidence), (True, multi_passage_evidence or all_evidence))
        for hops in (1, 2)
        for similarity in similarities
    }
    answer_evidence = dict(evidence_by_file)
    for name, questions in unanswerable.items():
        answer_evidence[name] = [*answer_evidence.get(name, []), *gather(scorer, embedder, questions)]
    for similarity in similarities:
        weights = fit_answered(answer_evidence, ANSWER_KINDS if similarity else ANSWER_KINDS[:2])
        if weights is not None:
            fusion[answered_variant(similarity=similarity)] = weights
    if embedder is not None:
        fusion |= _unsure_weights(scorer, embedder, dev, evidence_by_file, fusion)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["ragzip"]["fusion"] = {**config["ragzip"].get("fusion", {}), **fusion}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")
    return FittedEvidence(fusion, evidence_by_file, answer_evidence)


def _unsure_weights(
    scorer: PairReader,
    embedder: TextEmbedder,
    dev: Mapping[str, Sequence[Question]],
    evidence_by_file: Mapping[str, Sequence[QuestionEvidence]],
    fusion: Mapping[str, Mapping[str, float]],
) -> dict[str, dict[str, float]]:
    """The weights, by variant, where the reading is sure of nothing, fitted on such questions of ``dev`` and on short
    statements; none where it is sure of something in all of them.
    """
    statements = statement_questions()
    unsure = gather_unsure(scorer, embedder, statements, gather(scorer, embedder, statements), fusion)
    for name, file_evidence in evidence_by_file.items():
        unsure += gather_unsure(scorer, embedder, dev[name], file_evidence, fusion)
    return {UNSURE: fit(unsure, UNSURE_KINDS)} if unsure else {}
