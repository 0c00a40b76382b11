"""The training of a reader or a soft compressor: ``ragzip train soft``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ragzip.checks import choice, path_of
from ragzip.errors import InputError, OptionError
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_inputs
from ragzip.soft.adapters import FILES, WRITER, LoRA, load_adapter, load_reader_lora, write_adapter
from ragzip.soft.language import LanguageModel, as_language_model
from ragzip.soft.prompt import TEMPLATE
from ragzip.text.scores import grouped
from ragzip.training.curve import CURVE, plot_curve
from ragzip.training.loop import Plan, plan_on, run
from ragzip.training.machine import Machine
from ragzip.training.options import RunOptions, data_files
from ragzip.training.soft import objectives as on
from ragzip.training.soft.data import (
    GroupPool,
    QuestionGroup,
    Sample,
    SampleBatch,
    batches,
    sampled,
)
from ragzip.training.soft.initial import initial
from ragzip.training.soft.packed import read_groups

__all__ = ["METHODS", "train_soft"]

_MAX_DEV_GROUPS = 12  # contexts of a development file that probes use
_PROBE_COUNT = 3
_HELD_BACK_SHARE = 0.05  # of the questions, without a development file
_LATE_SHARE = 0.7  # of a run, after which contexts have the length of real use
_MAX_BATCH_TOKENS = 8192  # of an accelerator: with more, the learning rate, which grows with them, would be too high

_GroupsByFile = list[list[QuestionGroup]]


@dataclass(frozen=True)
class _Recipe:
    """The settings of a method. ``ratios`` are drawn batch by batch; probes use the first. ``restating`` is the share
    of auto-encoding batches at the start, which falls to zero at the end; ``taught`` the share of the other batches
    that have a teacher; ``weights`` those of the losses; ``begun`` a factor on the learning rate of pretrained
    parameters.
    """

    rate: float
    ratios: tuple[int, ...] = (1,)
    restating: float = 0.0
    taught: float = 1.0
    weights: Mapping[str, float] | None = None
    most: int = 400  # tokens of a context
    late: int = 1200
    size: int = 800  # of a batch
    begun: float = 0.1


_DISTILLED = {"nll": 1.0, "hidden": 1.0, "kl": 1.0}
METHODS: dict[str, _Recipe] = {
    "reader": _Recipe(rate=6e-4, most=800),
    # pieces are encoded by themselves, so short contexts teach as much as long ones
    "compllm": _Recipe(rate=8e-4, ratios=(2, 4), restating=0.6, weights=_DISTILLED),
    "gmsa": _Recipe(rate=8e-4, ratios=(8, 8, 8, 4, 16), restating=0.6, weights=_DISTILLED),
    "xrag": _Recipe(rate=1e-3, restating=0.2, taught=0.3, weights={"kl": 2.0}, most=800),
}


def train_soft(
    method: str,
    model: str | Path | LanguageModel,
    data: Sequence[Path],
    out: Path,
    *,
    dev: Sequence[Path] = (),
    reader: str | Path | None = None,
    adapter: str | Path | None = None,
    tokens: int = 1_000_000,
    seed: int = 0,
    device: str = "auto",
    precision: str = "auto",
    minutes: float | None = None,
) -> dict[str, Any]:
    """The figures of a run that trains ``method`` for the language model and writes it to ``out``; they are in its
    config.json, too. An interrupted run resumes from ``out``/work.

    :param method: "reader", "compllm", "gmsa", "xrag".
    :param data: files in the QA schema, sampled in turn, or a file that ``ragzip train pack soft`` wrote with the
        tokenizer of ``model``.
    :param dev: such files for development figures during training; default: a part of ``data`` is held back.
    :param reader: a trained adapter with which the model reads; None: the bare model.
    :param adapter: of a compressor, to start from; the share of auto-encoding batches is halved, and its log comes
        first.
    :param tokens: of contexts, to train on.
    :param device: "auto", "cpu", "cuda" or "mps", see :func:`~ragzip.training.machine.machine_of`; a loaded language
        model stays where it is.
    :param precision: "auto", "bf16" or "fp32".
    :param minutes: of training, after which the adapter is written; the same call continues.
    :raises OptionError: another method, an adapter to start a reader from, an unavailable device, or ``out`` is the
        folder of ``reader`` or ``adapter``.
    :raises StorageError: ``out`` holds files of the same names that ragzip did not write, or cannot be written.
    :raises ModelError: an adapter of another method or language model.
    :raises InputError: no question with an answer in its documents.
    """
    method = choice(method, "method", tuple(METHODS))
    options = RunOptions.checked(tokens, seed, device, precision, minutes, model=model)
    machine, seed = options.machine, options.seed
    data, dev = data_files(data, "data"), data_files(dev, "dev")
    out = path_of(out, "out", expected="a folder")
    if method == "reader" and adapter is not None:
        raise OptionError("adapter: received one for a reader, which always starts from scratch.")
    refuse_inputs([out], [reader, adapter, model if isinstance(model, (str, Path)) else None])
    check_files(out, WRITER, (*FILES, CURVE))
    recipe, lm = METHODS[method], as_language_model(model, device=machine.device)
    lm.differentiable()
    tokenizer = lm.tokenizer.backend_tokenizer
    groups_by_file = read_groups(data, tokenizer)
    if not groups_by_file:
        raise InputError("data: no question has an answer and a document that supports it.")
    held_groups = [file_groups[:_MAX_DEV_GROUPS] for file_groups in read_groups(dev, tokenizer, _MAX_DEV_GROUPS)]
    if not held_groups:
        groups_by_file, held_groups = _held_back(groups_by_file)
    sources = [GroupPool.of(file_groups) for file_groups in groups_by_file]
    reader_adapter = None if method == "reader" or reader is None else load_reader_lora(lm, reader)
    machine.seed(seed)
    if adapter is None:
        trained, earlier_log = initial(method, lm, sources, seed), []
    else:
        trained, earlier_log = load_adapter(method, lm, adapter), _log_of(Path(adapter))
        recipe = replace(recipe, restating=recipe.restating / 2)
    plan = options.plan(probes=_PROBE_COUNT, batch_tokens=recipe.size, rate=recipe.rate, warmup=0.08)
    plan = plan_on(plan, machine, out / "work", max_batch_tokens=_MAX_BATCH_TOKENS)
    log = _train(recipe, plan, machine, trained, reader_adapter, sources, held_groups, out / "work")
    log = _joined(earlier_log, log)
    figures = {
        "plan": asdict(plan),
        "log": log,
        "questions": sum(len(group.questions) for pool in sources for group in pool.groups),
    }
    with replacing_files(out, WRITER) as fresh:
        write_adapter(trained, fresh, {"run": figures})
        plot_curve(log, fresh / CURVE, ("nll", "hidden", "kl", "restate"))
    return figures


def _held_back(groups_by_file: Sequence[Sequence[QuestionGroup]]) -> tuple[_GroupsByFile, _GroupsByFile]:
    """The groups of each file to train on, and those held back for development figures."""
    training_groups, held_groups = [], []
    for file_groups in groups_by_file:
        held_count = max(1, min(_MAX_DEV_GROUPS, round(len(file_groups) * _HELD_BACK_SHARE)))
        held_groups.append(list(file_groups[:held_count]))
        training_groups.append(list(file_groups[held_count:] or file_groups))
    return training_groups, held_groups


def _train(
    recipe: _Recipe,
    plan: Plan,
    machine: Machine,
    trained: Any,
    reader_adapter: str | None,
    sources: Sequence[GroupPool],
    held_groups: _GroupsByFile,
    folder: Path,
) -> list[dict[str, Any]]:
    """The log of training ``trained`` in place, see :func:`ragzip.training.loop.run`."""
    groups, length = _groups(trained, recipe), _lengths(trained.lm)

    def largest_context(done: int) -> int:
        return recipe.late if done > _LATE_SHARE * plan.tokens else recipe.most

    def batches_from(skip: int) -> Iterator[SampleBatch]:
        return batches(sources, length, seed=plan.seed, size=plan.batch_tokens, most=largest_context, skip=skip)

    parameters = [parameter for group in groups for parameter in group["params"]]
    if trained.adapter:
        trained.lm.training.add(trained.adapter)
    batch_losses = _losses(recipe, plan, trained, reader_adapter, parameters)
    probe = _probe(recipe, trained, reader_adapter, held_groups, length)

    def losses_on_machine(batch: SampleBatch) -> Mapping[str, Any]:
        with machine.autocast():
            return batch_losses(batch)

    def probe_on_machine() -> Mapping[str, float]:
        with machine.autocast():
            return probe()

    return run(
        plan,
        groups,
        batches_from,
        losses_on_machine,
        trained.tensors(),
        folder,
        machine=machine,
        weights=recipe.weights,
        probe=probe_on_machine,
    )


def _log_of(adapter: Path) -> list[dict[str, Any]]:
    """The log of the run that trained ``adapter``; empty without one."""
    config = adapter.expanduser() / "config.json"
    settings = json.loads(config.read_text("utf-8")) if config.is_file() else {}
    log: list[dict[str, Any]] = settings.get("run", {}).get("log", [])
    return log


def _joined(before: Sequence[dict[str, Any]], log: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The log of an earlier run followed by ``log``, with continued counts."""
    last_row = before[-1] if before else {}
    offsets = {name: last_row.get(name, 0) for name in ("step", "tokens", "seconds")}
    return [*before, *({**row, **{name: row[name] + count for name, count in offsets.items()}} for row in log)]


def _groups(trained: Any, recipe: _Recipe) -> list[dict[str, Any]]:
    """The parameter groups for the optimizer."""
    head = dict(trained.head.named_parameters()) if trained.head is not None else {}
    pretrained = [parameter for name, parameter in head.items() if name.startswith(("block.", "weigh."))]
    fresh = [parameter for name, parameter in head.items() if not name.startswith(("block.", "weigh."))]
    lora = list(trained.lm.lora(trained.adapter).values()) if trained.adapter else []
    groups = [(fresh, 1.0), (pretrained, recipe.begun), (lora, 1.0)]
    return [
        {"params": parameters, "weight_decay": 0.01, "factor": factor} for parameters, factor in groups if parameters
    ]


def _lengths(lm: LanguageModel) -> Callable[[str], int]:
    length_by_text: dict[str, int] = {}

    def length(text: str) -> int:
        if text not in length_by_text:
            length_by_text[text] = len(lm.ids(text))
        return length_by_text[text]

    return length


def _losses(
    recipe: _Recipe,
    plan: Plan,
    trained: Any,
    adapter: str | None,
    parameters: Sequence[Any],
) -> Callable[[SampleBatch], Mapping[str, Any]]:
    lm: LanguageModel = trained.lm
    pieces_of = on.cutter(trained)

    def batch_losses(batch: SampleBatch) -> Mapping[str, Any]:
        rng = np.random.default_rng([plan.seed, batch.number])
        texts = [text for sample in batch.samples for text in sample.texts]
        contexts = [sample.texts for sample in batch.samples]
        if isinstance(trained, LoRA):
            outcome = _read(lm, batch.samples, contexts, trained.adapter, ended=True)
            parts: Mapping[str, Any] = on.distilled(outcome, None)
        else:
            ratio = int(rng.choice(recipe.ratios))
            vectors = on.encoded(trained, texts, ratio, pieces_of)
            remaining_share = max(0.0, 1 - batch.number * plan.batch_tokens / plan.tokens)
            if rng.random() < recipe.restating * remaining_share:
                parts = on.restated(lm, texts, vectors, adapter)
            else:
                states = "hidden" in (recipe.weights or {})
                teacher = None
                if rng.random() < recipe.taught:
                    with torch.no_grad():
                        teacher = _read(lm, batch.samples, contexts, adapter, states=states)
                soft_contexts = grouped(vectors, [sample.texts for sample in batch.samples])
                parts = on.distilled(_read(lm, batch.samples, soft_contexts, adapter, states=states), teacher)
        for parameter in parameters:  # disabling adapters has frozen them
            parameter.requires_grad_(True)
        return parts

    return batch_losses


def _read(
    lm: LanguageModel,
    samples: Sequence[Sample],
    contexts: Sequence[Sequence[Any]],
    adapter: str | None,
    *,
    states: bool = False,
    ended: bool = False,
) -> on.Outcome:
    return on.read(lm, on.asked(samples, contexts, TEMPLATE), adapter, states=states, ended=ended)


def _soft_context(encoder: Any, ratio: int, sample: Sample) -> list[Any]:
    return on.encoded(encoder, sample.texts, ratio)


def _probe(
    recipe: _Recipe,
    trained: Any,
    adapter: str | None,
    held: Sequence[Sequence[QuestionGroup]],
    length: Callable[[str], int],
) -> Callable[[], Mapping[str, float]]:
    """A probe: the likelihood of development answers; for a compressor, the share of the full text's gain that its
    vectors reach.
    """
    lm: LanguageModel = trained.lm
    rng = np.random.default_rng(0)
    pools = [GroupPool.of(figures) for figures in held]
    samples = [sampled(group, rng, pool, recipe.late, length) for pool in pools for group in pool.groups]
    reference_losses: dict[str, float] = {}

    def mean_loss(contexts: Callable[[Sample], Sequence[Any]], reading: str | None) -> float:
        loss_sum = 0.0
        for start in range(0, len(samples), 2):
            sample_batch = samples[start : start + 2]
            with torch.no_grad():
                outcome = _read(lm, sample_batch, [contexts(sample) for sample in sample_batch], reading)
            loss_sum += float(torch.nn.functional.cross_entropy(outcome.logits, outcome.targets, reduction="sum"))
        return loss_sum / sum(len(sample.questions) for sample in samples)

    def probe() -> Mapping[str, float]:
        if isinstance(trained, LoRA):
            return {"nll": mean_loss(lambda sample: sample.texts, trained.adapter)}
        if not reference_losses:
            reference_losses["none"], reference_losses["full"] = (
                mean_loss(lambda sample: (), adapter),
                mean_loss(lambda sample: sample.texts, adapter),
            )
        gain = reference_losses["none"] - reference_losses["full"]
        figures = {}
        for ratio in dict.fromkeys(recipe.ratios if trained.method == "compllm" else recipe.ratios[:1]):
            soft_loss = mean_loss(partial(_soft_context, trained, ratio), adapter)
            figures[f"gain at {ratio}" if len(recipe.ratios) > 1 else "gain"] = (
                reference_losses["none"] - soft_loss
            ) / gain
        return figures

    return probe
