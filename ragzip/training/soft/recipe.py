"""Training a reader, or a soft compressor for it, from beginning to end: what ``ragzip train soft`` runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ragzip.backends.runtimes.onnx import OnnxEmbedder
from ragzip.checks import choice, item_list, path_of, whole_number
from ragzip.errors import InputError, OptionError
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_inputs
from ragzip.soft.adapters import FILES, WRITER, LoRA, load_adapter, load_reader_lora, write_adapter
from ragzip.soft.encoders.base import even, group_weighted, weighed
from ragzip.soft.encoders.compllm import CompLLMEncoder
from ragzip.soft.encoders.gmsa import GMSAEncoder
from ragzip.soft.encoders.xrag import XragEncoder
from ragzip.soft.language import LanguageModel, as_language_model
from ragzip.soft.prompt import TEMPLATE
from ragzip.training.curve import CURVE, plot_curve
from ragzip.training.loop import MAX_SEED, Plan, run
from ragzip.training.soft import objectives as on
from ragzip.training.soft.data import Asked, Batch, Pool, Sample, batches, read_asked, sampled

__all__ = ["METHODS", "train_soft"]

_DEV = 12  # contexts of a development file whose questions are asked while training runs
_PROBES = 3
_HELD_BACK = 0.05  # of the questions, where no development file is given
_LATE = 0.7  # of a run, after which contexts are as long as those in use
_FITTED = 1000  # passages that xrag's projector begins with
_COUNTED = 2000  # groups of questions of a source whose paragraphs tell how rare a token is


@dataclass(frozen=True)
class _Recipe:
    """``ratios`` are drawn batch by batch, the first one is looked at. ``restating`` is the share of batches that say
    texts over again, at the beginning: it falls to none at the end; ``taught`` that of the other batches that are held
    to the reading of the text; ``weights`` are of the losses; ``begun`` is of the learning rate of what does not begin
    with zeros.
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
    work: Path | None = None,
) -> dict[str, Any]:
    """Train ``method`` for the language model and write it to ``out``; the figures of the run, which are in its
    config.json too. A run that was stopped goes on from ``work`` (default: ``out``/work).

    :param method: "reader", "compllm", "gmsa", "xrag".
    :param data: files in the QA schema; every one is drawn from in turn.
    :param dev: as ``data``, to look at while training runs; default: a part of ``data`` held back.
    :param reader: adapter with which the model reads, trained before; None: the model as it is.
    :param adapter: of a compressor, to begin with; half as many batches say texts over again then. Its log comes first.
    :param tokens: of contexts, to read.
    :raises OptionError: another method, a reader to begin with, or ``out`` is the folder of ``reader`` or ``adapter``.
    :raises StorageError: ``out`` holds files of the same names that ragzip did not write, or cannot be written.
    :raises ModelError: an adapter of another method or language model.
    :raises InputError: no question with an answer in its documents.
    """
    method = choice(method, "method", tuple(METHODS))
    tokens, seed = whole_number(tokens, "tokens", least=1), whole_number(seed, "seed", most=MAX_SEED)
    data, dev = (
        [path_of(file, name, expected="a file") for file in item_list(listed, name, object, expected="a list of files")]
        for name, listed in (("data", data), ("dev", dev))
    )
    out = path_of(out, "out", expected="a folder")
    if method == "reader" and adapter is not None:
        raise OptionError("adapter: received one for a reader, which always begins anew.")
    refuse_inputs([out], [reader, adapter, model if isinstance(model, (str, Path)) else None])
    check_files(out, WRITER, (*FILES, CURVE))
    recipe, lm = METHODS[method], as_language_model(model)
    lm.differentiable()
    read = [found for found in (read_asked(file) for file in data) if found]
    if not read:
        raise InputError("data: no question has an answer and a document that supports it.")
    held = [found[:_DEV] for found in (read_asked(file, _DEV) for file in dev) if found]
    if not held:
        cut = [max(1, min(_DEV, round(len(found) * _HELD_BACK))) for found in read]
        held = [found[:n] for found, n in zip(read, cut, strict=True)]
        read = [found[n:] or found for found, n in zip(read, cut, strict=True)]
    sources = [Pool.of(found) for found in read]
    reading = None if method == "reader" or reader is None else load_reader_lora(lm, reader)
    torch.manual_seed(seed)
    if adapter is None:
        trained, before = _fresh(method, lm, sources, seed), []
    else:
        trained, before = load_adapter(method, lm, adapter), _log_of(Path(adapter))
        recipe = replace(recipe, restating=recipe.restating / 2)
    groups = _groups(trained, recipe)
    length = _lengths(lm)
    plan = Plan(
        tokens=tokens,
        batch_tokens=recipe.size,
        rate=recipe.rate,
        warmup=0.08,
        seed=seed,
        probe_every=max(1, tokens // _PROBES),
    )

    def most(done: int) -> int:
        return recipe.late if done > _LATE * tokens else recipe.most

    def ahead(skip: int) -> Iterator[Batch]:
        return batches(sources, length, seed=seed, size=recipe.size, most=most, skip=skip)

    parameters = [parameter for group in groups for parameter in group["params"]]
    if trained.adapter:
        lm.training.add(trained.adapter)
    lost = _losses(recipe, plan, trained, reading, parameters)
    probe = _probe(recipe, trained, reading, held, length)
    log = run(plan, groups, ahead, lost, trained.tensors(), work or out / "work", weights=recipe.weights, probe=probe)
    log = _joined(before, log)
    figures = {
        "plan": asdict(plan),
        "log": log,
        "questions": sum(len(asked.questions) for pool in sources for asked in pool.asked),
    }
    with replacing_files(out, WRITER) as fresh:
        write_adapter(trained, fresh, {"run": figures})
        plot_curve(log, fresh / CURVE, ("nll", "hidden", "kl", "restate"))
    return figures


def _log_of(adapter: Path) -> list[dict[str, Any]]:
    """Of the run that made ``adapter``; none, if it was not one of ours."""
    config = adapter.expanduser() / "config.json"
    made = json.loads(config.read_text("utf-8")) if config.is_file() else {}
    log: list[dict[str, Any]] = made.get("run", {}).get("log", [])
    return log


def _joined(before: Sequence[dict[str, Any]], log: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """``log`` behind that of an earlier run, its counts going on from there."""
    last = before[-1] if before else {}
    more = {name: last.get(name, 0) for name in ("step", "tokens", "seconds")}
    return [*before, *({**row, **{name: row[name] + count for name, count in more.items()}} for row in log)]


def _fresh(method: str, lm: LanguageModel, sources: Sequence[Pool], seed: int) -> Any:
    """What is trained, as it begins."""
    if method == "reader":
        return LoRA(lm)
    texts = sorted({text for pool in sources for asked in pool.asked[:_COUNTED] for text in asked.gold})
    rarity = _rarity(lm, texts)
    if method == "xrag":
        order = np.random.default_rng(seed).permutation(len(texts))[:_FITTED]
        return _near_means(XragEncoder(lm, OnnxEmbedder()), rarity, [texts[i] for i in order])
    encoder = GMSAEncoder(lm) if method == "gmsa" else CompLLMEncoder(lm, layers=(len(lm.layers) + 1) // 2)
    with torch.no_grad():
        encoder.head["weigh"].weight.copy_(rarity[None])
    return encoder


def _rarity(lm: LanguageModel, texts: Sequence[str]) -> Any:
    """How rare a token is in ``texts`` (minus the logarithm of its share), as far as its embedding tells it by a linear
    function: what is rare says most. *Shape:* (hidden,).
    """
    ids = torch.tensor([token for ids in lm.many_ids(texts) for token in ids])
    counts = torch.bincount(ids, minlength=len(lm.embeddings.weight)).float()
    seen = counts.nonzero()[:, 0]
    rarity = -((counts[seen] + 0.5) / (counts.sum() + 0.5 * len(counts))).log()
    sizes = counts[seen].sqrt()[:, None]
    with torch.no_grad():
        given = even(lm.embed(seen.to(lm.device)).float().cpu())
        given = sizes * torch.cat([given, torch.ones(len(seen), 1)], 1)
        fitted = torch.linalg.solve(given.T @ given + torch.eye(given.shape[1]), given.T @ (sizes[:, 0] * rarity))
    return fitted[:-1]


def _near_means(encoder: XragEncoder, weights: Any, texts: Sequence[str]) -> XragEncoder:
    """The projector brought to where passages' mean token embeddings by weight are, in a few seconds: from there it is
    worth training with the language model.
    """
    lm = encoder.lm
    head: Any = encoder.head
    with torch.no_grad():
        head[0].weight.mul_(encoder.embedder.dimension**0.5)  # vectors of length 1 have small numbers
        tokens = [lm.embed(torch.tensor(ids, device=lm.device))[None] for ids in lm.many_ids(texts)]
        by = weights.to(lm.device)
        means = torch.cat([group_weighted(one, weighed(one, by), one.shape[1])[0].float() for one in tokens])
    given = torch.from_numpy(encoder.embedder.embed(texts)).to(lm.device)
    optimizer = torch.optim.Adam(head.parameters(), lr=2e-3)
    for _ in range(300):
        loss: Any = torch.nn.functional.mse_loss(head(given), means) / lm.scale**2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    optimizer.zero_grad()
    return encoder


def _groups(trained: Any, recipe: _Recipe) -> list[dict[str, Any]]:
    """Its parameters for the optimizer."""
    head = dict(trained.head.named_parameters()) if trained.head is not None else {}
    begun = [parameter for name, parameter in head.items() if name.startswith(("block.", "weigh."))]
    new = [parameter for name, parameter in head.items() if not name.startswith(("block.", "weigh."))]
    lora = list(trained.lm.lora(trained.adapter).values()) if trained.adapter else []
    groups = [(new, 1.0), (begun, recipe.begun), (lora, 1.0)]
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
        contexts = [one.texts for one in batch.samples]
        if isinstance(trained, LoRA):
            made = _read(lm, batch.samples, contexts, trained.adapter, ended=True)
            out: Mapping[str, Any] = on.distilled(made, None)
        else:
            ratio = int(rng.choice(recipe.ratios))
            vectors = on.encoded(trained, texts, ratio)
            left = max(0.0, 1 - batch.number * recipe.size / plan.tokens)
            if rng.random() < recipe.restating * left:
                out = on.restated(lm, texts, vectors, adapter)
            else:
                states = "hidden" in (recipe.weights or {})
                teacher = None
                if rng.random() < recipe.taught:
                    with torch.no_grad():
                        teacher = _read(lm, batch.samples, contexts, adapter, states=states)
                flat = iter(vectors)
                soft = [[next(flat) for _ in one.texts] for one in batch.samples]
                out = on.distilled(_read(lm, batch.samples, soft, adapter, states=states), teacher)
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
    ended: bool = False,
) -> on.Outcome:
    return on.read(lm, on.asked(samples, contexts, TEMPLATE), adapter, states=states, ended=ended)


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
    pools = [Pool.of(found) for found in held]
    samples = [sampled(asked, rng, pool, recipe.late, length) for pool in pools for asked in pool.asked]
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
        if isinstance(trained, LoRA):
            return {"nll": mean(lambda one: one.texts, trained.adapter)}
        if not known:
            known["none"], known["full"] = mean(lambda one: (), adapter), mean(lambda one: one.texts, adapter)
        gain = known["none"] - known["full"]
        found = {}
        for ratio in dict.fromkeys(recipe.ratios if trained.method == "compllm" else recipe.ratios[:1]):
            soft = mean(partial(_told, trained, ratio), adapter)
            found[f"gain at {ratio}" if len(recipe.ratios) > 1 else "gain"] = (known["none"] - soft) / gain
        return found

    return probe
