"""Training a reader, or a soft compressor for it, from beginning to end: what ``ragzip train soft`` runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ragzip.backends.onnx import OnnxEmbedder
from ragzip.errors import InputError, OptionError
from ragzip.soft.adapters import ReaderLoRA, load_reader_lora, save_adapter
from ragzip.soft.compllm import CompLLMEncoder
from ragzip.soft.gmsa import GMSAEncoder
from ragzip.soft.language import LanguageModel, as_language_model
from ragzip.soft.prompt import TEMPLATE
from ragzip.soft.xrag import XragEncoder
from ragzip.training.curve import plot_curve
from ragzip.training.loop import Plan, run
from ragzip.training.soft import objectives as on
from ragzip.training.soft.data import Asked, Batch, Sample, batches, read_asked, sampled

__all__ = ["METHODS", "train_soft"]

_DEV = 48  # contexts of a development file whose questions are asked while training runs
_HELD_BACK = 0.05  # of the questions, where no development file is given
_HEAD_RATE = 2.0  # what is new learns faster than adapters


@dataclass(frozen=True)
class _Recipe:
    """``ratios`` are drawn batch by batch. ``restating`` is the share of the run, from its beginning, that says texts
    over again; ``weights`` are of the losses.
    """

    rate: float
    ratios: tuple[int, ...] = (1,)
    restating: float = 0.0
    weights: Mapping[str, float] | None = None
    most: int = 800  # tokens of a context
    size: int = 1200  # of a batch


_DISTILLED = {"nll": 1.0, "hidden": 1.0, "kl": 0.5}
METHODS: dict[str, _Recipe] = {
    "reader": _Recipe(rate=3e-4),
    # pieces are encoded by themselves, so short contexts teach as much as long ones
    "compllm": _Recipe(rate=5e-4, ratios=(2, 4), weights=_DISTILLED, most=400),
    "gmsa": _Recipe(rate=5e-4, ratios=(4, 8, 16), restating=0.3, weights=_DISTILLED, most=400),
    "xrag": _Recipe(rate=1e-3, restating=0.4, weights={"nll": 1.0, "hidden": 0.0, "kl": 2.0}, size=2400),
}


def train_soft(
    method: str,
    model: str | Path | LanguageModel,
    data: Sequence[Path],
    out: Path,
    *,
    dev: Sequence[Path] = (),
    reader: str | Path | None = None,
    tokens: int = 1_000_000,
    seed: int = 0,
    work: Path | None = None,
) -> dict[str, Any]:
    """Train ``method`` for the language model and write it to ``out``; the figures of the run, which are in its
    config.json too. A run that was stopped goes on from ``work`` (default: ``out``/work).

    :param method: "reader", "compllm", "gmsa", "xrag".
    :param data: files in the QA schema; every one is drawn from in turn.
    :param dev: as ``data``, to look at while training runs; default: a part of ``data`` held back.
    :param reader: adapter with which the model reads, trained before; None: the model as it is.
    :param tokens: of contexts, to read.
    :raises OptionError: another method.
    :raises InputError: no question with an answer in its documents.
    """
    if method not in METHODS:
        raise OptionError(f"method: received {method!r}, expected one of {', '.join(METHODS)}.")
    recipe, lm = METHODS[method], as_language_model(model)
    lm.differentiable()
    sources = [found for found in (read_asked(file) for file in data) if found]
    if not sources:
        raise InputError("data: no question has an answer and a document that supports it.")
    held = [found[:_DEV] for found in (read_asked(file, _DEV) for file in dev) if found]
    if not held:
        cut = [max(1, min(_DEV, round(len(found) * _HELD_BACK))) for found in sources]
        held = [found[:n] for found, n in zip(sources, cut, strict=True)]
        sources = [found[n:] or found for found, n in zip(sources, cut, strict=True)]
    adapter = None if method == "reader" or reader is None else load_reader_lora(lm, reader)
    torch.manual_seed(seed)
    trained = _fresh(method, lm)
    groups = _groups(trained)
    length = _lengths(lm)
    plan = Plan(tokens=tokens, batch_tokens=recipe.size, rate=recipe.rate, seed=seed, probe_every=max(1, tokens // 8))

    def ahead(skip: int) -> Iterator[Batch]:
        return batches(sources, length, seed=seed, size=recipe.size, most=recipe.most, skip=skip)

    parameters = [parameter for group in groups for parameter in group["params"]]
    if trained.adapter:
        lm.training.add(trained.adapter)
    lost = _losses(recipe, plan, trained, adapter, parameters)
    probe = _probe(recipe, trained, adapter, held, length)
    log = run(plan, groups, ahead, lost, trained.tensors(), work or out / "work", weights=recipe.weights, probe=probe)
    figures = {
        "plan": asdict(plan),
        "log": log,
        "questions": sum(len(asked.questions) for found in sources for asked in found),
    }
    save_adapter(trained, out, {"run": figures})
    plot_curve(log, out / "curve.png", ("nll", "hidden", "kl", "restate"))
    return figures


def _fresh(method: str, lm: LanguageModel) -> Any:
    """What is trained, as it begins."""
    if method == "xrag":
        return XragEncoder(lm, OnnxEmbedder())
    kinds: dict[str, Any] = {"reader": ReaderLoRA, "compllm": CompLLMEncoder, "gmsa": GMSAEncoder}
    return kinds[method](lm)


def _groups(trained: Any) -> list[dict[str, Any]]:
    """Its parameters for the optimizer."""
    head = list(trained.head.parameters()) if trained.head is not None else []
    lora = list(trained.lm.lora(trained.adapter).values()) if trained.adapter else []
    groups = [(head, _HEAD_RATE), (lora, 1.0)]
    return [{"params": found, "weight_decay": 0.01, "factor": factor} for found, factor in groups if found]


def _lengths(lm: LanguageModel) -> Callable[[str], int]:
    known: dict[str, int] = {}

    def length(text: str) -> int:
        if text not in known:
            known[text] = len(lm.ids(text))
        return known[text]

    return length


def _losses(
    recipe: _Recipe,
    plan: Plan,
    trained: Any,
    adapter: str | None,
    parameters: Sequence[Any],
) -> Callable[[Batch], Mapping[str, Any]]:
    lm: LanguageModel = trained.lm

    def lost(batch: Batch) -> Mapping[str, Any]:
        rng = np.random.default_rng([plan.seed, batch.number])
        texts = [text for one in batch.samples for text in one.texts]
        if isinstance(trained, ReaderLoRA):
            made = _read(lm, batch.samples, [one.texts for one in batch.samples], trained.adapter)
            out: Mapping[str, Any] = on.distilled(made, None)
        else:
            ratio = int(rng.choice(recipe.ratios))
            vectors = on.encoded(trained, texts, ratio)
            if batch.number * recipe.size < recipe.restating * plan.tokens:
                out = on.restated(lm, texts, vectors, adapter)
            else:
                with torch.no_grad():
                    teacher = _read(lm, batch.samples, [one.texts for one in batch.samples], adapter, states=True)
                flat = iter(vectors)
                contexts = [[next(flat) for _ in one.texts] for one in batch.samples]
                out = on.distilled(_read(lm, batch.samples, contexts, adapter, states=True), teacher)
        for parameter in parameters:  # switching adapters off has frozen them
            parameter.requires_grad_(True)
        return out

    return lost


def _read(
    lm: LanguageModel,
    samples: Sequence[Sample],
    contexts: Sequence[Sequence[Any]],
    adapter: str | None,
    *,
    states: bool = False,
) -> on.Outcome:
    return on.read(lm, on.asked(samples, contexts, TEMPLATE), adapter, states=states)


def _told(encoder: Any, ratio: int, sample: Sample) -> list[Any]:
    return on.encoded(encoder, sample.texts, ratio)


def _probe(
    recipe: _Recipe,
    trained: Any,
    adapter: str | None,
    held: Sequence[Sequence[Asked]],
    length: Callable[[str], int],
) -> Callable[[], Mapping[str, float]]:
    """The likelihood of development answers; of a compressor, the share of the text's gain that its vectors have."""
    lm: LanguageModel = trained.lm
    rng = np.random.default_rng(0)
    samples = [sampled(asked, rng, found, recipe.most, length) for found in held for asked in found]
    known: dict[str, float] = {}

    def mean(contexts: Callable[[Sample], Sequence[Any]], reading: str | None) -> float:
        total = 0.0
        for start in range(0, len(samples), 2):
            some = samples[start : start + 2]
            with torch.no_grad():
                made = _read(lm, some, [contexts(one) for one in some], reading)
            total += float(torch.nn.functional.cross_entropy(made.logits, made.targets, reduction="sum"))
        return total / sum(len(one.questions) for one in samples)

    def probe() -> Mapping[str, float]:
        if isinstance(trained, ReaderLoRA):
            return {"nll": mean(lambda one: one.texts, trained.adapter)}
        if not known:
            known["none"], known["full"] = mean(lambda one: [""], adapter), mean(lambda one: one.texts, adapter)
        gain = known["none"] - known["full"]
        found = {}
        for ratio in recipe.ratios:
            soft = mean(partial(_told, trained, ratio), adapter)
            found[f"gain at {ratio}" if len(recipe.ratios) > 1 else "gain"] = (known["none"] - soft) / gain
        return found

    return probe
