"""A LoRA adapter with which a small language model rewrites, and the recipe of the shipped one.

    python -m ragzip.training.rewriter --model SmolLM2-135M-Instruct.gguf --train DATA/train --dev DATA/dev \
        --work WORK --out packages/ragzip-adapters/ragzip_adapters/rewriter

It learns to do what :class:`~ragzip.backends.scorers.instructed.Instructed` tells it. DATA holds compression/scitldr
(abstracts and what they say in a sentence), meetings/qmsum (turns that a question is about and its answer), and
qa/squad-v1.1 (paragraphs and the sentences that answer a question; NONE, where none does). A run that was stopped
goes on from WORK.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ragzip.backends.scorers.instructed import NOTHING, instruction
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.rows import rows
from ragzip.files.writing import refuse_inputs
from ragzip.soft.adapters import FILES, WRITER, LoRA, write_adapter
from ragzip.soft.language import LanguageModel
from ragzip.training.curve import CURVE, plot_curve
from ragzip.training.loop import Plan, run
from ragzip.training.pruner.data import read_qa

__all__ = ["Batch", "Example", "batches", "encode", "read_examples", "train_rewriter"]

SEED = 20261126
SHARES = {"scitldr": 0.55, "qmsum": 0.25, "squad": 0.2}  # of the tokens
_LONGEST = 700  # tokens of a prompt with what is written; longer examples are left out
_MEETING = 2400  # characters of a meeting's turns
_ROOM = 1.3  # length allowed by length written, at most
_NOTHING = 0.15  # share of SQuAD's paragraphs that are another question's
_PROBED = 16  # development examples of each set
_RANK = 16


@dataclass(frozen=True)
class Example:
    """A text, what is asked of it (None: nothing), and what people wrote."""

    query: str | None
    text: str
    target: str


@dataclass(frozen=True)
class Batch:
    """Examples as token ids: prompt, and what follows it."""

    examples: tuple[tuple[list[int], list[int]], ...]

    @property
    def tokens(self) -> int:
        return sum(len(prompt) + len(target) for prompt, target in self.examples)


def read_examples(folder: Path, seed: int) -> dict[str, list[Example]]:
    """Examples by set, from ``folder``."""
    rng = np.random.default_rng(seed)
    scitldr = [
        Example(None, " ".join(row["sentences"]), row["summaries"][int(rng.integers(len(row["summaries"])))])
        for _, row in rows(folder / "compression" / "scitldr.jsonl.gz")
    ]
    return {
        "scitldr": scitldr,
        "qmsum": list(_meetings(folder / "meetings" / "qmsum.jsonl.gz")),
        "squad": list(_answers(folder / "qa" / "squad-v1.1.jsonl.gz", rng)),
    }


def _meetings(file: Path) -> Iterator[Example]:
    for _, row in rows(file):
        turns = [f"{turn['speaker']}: {turn['text']}" for turn in row["transcript"]]
        for query in row["queries"]:
            chosen = [i for first, last in query["spans"] for i in range(first, min(last + 1, len(turns)))]
            text = "\n".join(turns[i] for i in dict.fromkeys(chosen))
            if text and len(text) <= _MEETING:
                yield Example(query["query"], text, query["answer"])


def _answers(file: Path, rng: np.random.Generator) -> Iterator[Example]:
    """What the sentences that answer a question say, out of their paragraph and, half of the time, another one."""
    asked = [question for question in read_qa(file) if any(any(p.keep) for p in question.passages)]
    for question in asked:
        gold = next(p for p in question.passages if any(p.keep))
        other = asked[int(rng.integers(len(asked)))].passages[0]
        if other.text == gold.text or any(answer in other.text for answer in question.answers):
            continue
        if rng.random() < _NOTHING:
            yield Example(question.query, other.text, NOTHING)
            continue
        target = " ".join(gold.text[slice(*span)] for span, kept in zip(gold.sentences, gold.keep, strict=True) if kept)
        texts = [gold.text, other.text] if rng.random() < 0.5 else [gold.text]
        yield Example(question.query, "\n\n".join(texts[i] for i in rng.permutation(len(texts))), target)


def encode(lm: LanguageModel, example: Example, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Token ids of the instruction, for a length as long as what was written or somewhat longer, and of that."""
    target = [*lm.ids(example.target.strip()), lm.tokenizer.eos_token_id]
    most = round((1 + (_ROOM - 1) * rng.random()) * len(target))
    return lm.chat_ids(instruction(example.query, example.text, most)), target


def batches(lm: LanguageModel, examples: Mapping[str, list[Example]], plan: Plan, skip: int = 0) -> Iterator[Batch]:
    """Batches for ever, the same ones for a seed: each set by its share of the tokens, shuffled and repeated."""
    rng = np.random.default_rng(plan.seed)
    spent = dict.fromkeys(examples, 0)
    orders: dict[str, list[int]] = {name: [] for name in examples}
    held: list[tuple[list[int], list[int]]] = []
    number = 0
    while True:
        name = min(examples, key=lambda one: spent[one] / SHARES[one])
        if not orders[name]:
            orders[name] = rng.permutation(len(examples[name])).tolist()
        one = encode(lm, examples[name][orders[name].pop()], rng)
        size = sum(map(len, one))
        if size > _LONGEST:
            continue
        spent[name] += size
        held.append(one)
        if sum(len(prompt) + len(target) for prompt, target in held) >= plan.batch_tokens:
            if number >= skip:
                yield Batch(tuple(held))
            held, number = [], number + 1


def likelihood(lm: LanguageModel, adapter: str | None, batch: Batch) -> Any:
    """Mean negative log-likelihood (nats a token) of what was written."""
    logits, targets = [], []
    for prompt, target in batch.examples:
        ids = torch.tensor([[*prompt, *target[:-1]]], device=lm.device)
        with lm.using(adapter):
            out = lm.module(input_ids=ids, use_cache=False, logits_to_keep=len(target))
        logits.append(out.logits[0].float())
        targets += target
    return torch.nn.functional.cross_entropy(torch.cat(logits), torch.tensor(targets, device=lm.device))


def train_rewriter(
    model: str | Path, train: Path, dev: Path, out: Path, work: Path, tokens: int, seed: int = SEED
) -> dict[str, Any]:
    """Train the adapter and write it to ``out``; the figures of the run.

    :raises StorageError: ``out`` holds files of the same names that ragzip did not write, or cannot be written.
    """
    refuse_inputs([out], [model])
    check_files(out, WRITER, (*FILES, CURVE))
    lm = LanguageModel(model)
    lm.differentiable()
    torch.manual_seed(seed)
    trained = LoRA(lm, rank=_RANK, method="rewriter")
    examples, held = read_examples(train, seed), read_examples(dev, seed)
    plan = Plan(tokens=tokens, batch_tokens=1400, rate=5e-4, warmup=0.05, seed=seed, probe_every=max(1, tokens // 3))
    parameters = list(lm.lora(trained.adapter).values())
    lm.training.add(trained.adapter)
    rng = np.random.default_rng(seed)
    probed = {name: Batch(tuple(encode(lm, one, rng) for one in some[:_PROBED])) for name, some in held.items()}

    def lost(batch: Batch) -> Mapping[str, Any]:
        loss = likelihood(lm, trained.adapter, batch)
        for parameter in parameters:  # switching adapters off has frozen them
            parameter.requires_grad_(True)
        return {"nll": loss}

    def probe() -> Mapping[str, float]:
        with torch.no_grad():
            return {name: float(likelihood(lm, trained.adapter, batch)) for name, batch in probed.items()}

    groups = [{"params": parameters, "weight_decay": 0.0, "factor": 1.0}]
    log = run(plan, groups, lambda skip: batches(lm, examples, plan, skip), lost, trained.tensors(), work, probe=probe)
    figures = {"plan": asdict(plan), "log": log, "examples": {name: len(some) for name, some in examples.items()}}
    with replacing_files(out, WRITER) as fresh:
        write_adapter(trained, fresh, {"run": figures})
        plot_curve(log, fresh / CURVE, ("nll",))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("model", "train", "dev", "work", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=500_000)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train_rewriter(options.model, options.train, options.dev, options.out, options.work, options.tokens)


if __name__ == "__main__":
    main()
