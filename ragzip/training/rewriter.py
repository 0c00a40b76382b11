"""The training of a LoRA adapter for rewriting, and the recipe of the shipped one.

    ragzip train rewriter --model SmolLM2-135M-Instruct.gguf --train DATA/train --dev DATA/dev --out ADAPTER

It learns to follow the instructions of :class:`~ragzip.backends.scorers.instructed.Instructed`. DATA holds
compression/scitldr (abstracts with one-sentence summaries), meetings/qmsum (turns with a question and its answer), and
qa/squad-v1.1 (paragraphs and the sentences that answer a question; NONE, where none does). An interrupted run resumes
from ADAPTER/work.
"""

from __future__ import annotations

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
from ragzip.training.data import read_qa
from ragzip.training.loop import Plan, plan_on, run
from ragzip.training.options import RunOptions

__all__ = ["RewriteBatch", "RewriteExample", "batches", "encode", "read_examples", "train_rewriter"]

SEED = 20261126
SHARES = {"scitldr": 0.55, "qmsum": 0.25, "squad": 0.2}  # of the tokens
_MAX_EXAMPLE_TOKENS = 700  # of prompt and target; longer examples are skipped
_MAX_MEETING_CHARS = 2400  # characters of a meeting's turns
_MAX_LENGTH_RATIO = 1.3  # length allowed by length written, at most
_NO_ANSWER_SHARE = 0.15  # share of SQuAD's paragraphs that are another question's
_MAX_DEV_EXAMPLES = 16  # development examples of each set
_MAX_BATCH_TOKENS = 8192  # of an accelerator: with more, the learning rate, which grows with them, would be too high
_RANK = 16


@dataclass(frozen=True)
class RewriteExample:
    """A text, a question about it (or None), and the human-written target."""

    query: str | None
    text: str
    target: str


@dataclass(frozen=True)
class RewriteBatch:
    """Examples as token ids of (prompt, target)."""

    examples: tuple[tuple[list[int], list[int]], ...]

    @property
    def tokens(self) -> int:
        return sum(len(prompt) + len(target) for prompt, target in self.examples)


def read_examples(folder: Path, seed: int) -> dict[str, list[RewriteExample]]:
    """Examples by set, from ``folder``."""
    rng = np.random.default_rng(seed)
    scitldr = [
        RewriteExample(None, " ".join(row["sentences"]), row["summaries"][int(rng.integers(len(row["summaries"])))])
        for _, row in rows(folder / "compression" / "scitldr.jsonl.gz")
    ]
    return {
        "scitldr": scitldr,
        "qmsum": list(_meetings(folder / "meetings" / "qmsum.jsonl.gz")),
        "squad": list(_answers(folder / "qa" / "squad-v1.1.jsonl.gz", rng)),
    }


def _meetings(file: Path) -> Iterator[RewriteExample]:
    for _, row in rows(file):
        turns = [f"{turn['speaker']}: {turn['text']}" for turn in row["transcript"]]
        for query in row["queries"]:
            turn_numbers = [
                turn_number for first, last in query["spans"] for turn_number in range(first, min(last + 1, len(turns)))
            ]
            text = "\n".join(turns[turn_number] for turn_number in dict.fromkeys(turn_numbers))
            if text and len(text) <= _MAX_MEETING_CHARS:
                yield RewriteExample(query["query"], text, query["answer"])


def _answers(file: Path, rng: np.random.Generator) -> Iterator[RewriteExample]:
    """Questions over their paragraph and, half of the time, another one, with the answering sentences as the target."""
    answered = [question for question in read_qa(file) if any(any(passage.keep) for passage in question.passages)]
    for question in answered:
        supporting = next(passage for passage in question.passages if any(passage.keep))
        distractor = answered[int(rng.integers(len(answered)))].passages[0]
        if distractor.text == supporting.text or any(answer in distractor.text for answer in question.answers):
            continue
        if rng.random() < _NO_ANSWER_SHARE:
            yield RewriteExample(question.query, distractor.text, NOTHING)
            continue
        target = " ".join(
            supporting.text[slice(*span)]
            for span, is_kept in zip(supporting.sentences, supporting.keep, strict=True)
            if is_kept
        )
        texts = [supporting.text, distractor.text] if rng.random() < 0.5 else [supporting.text]
        yield RewriteExample(question.query, "\n\n".join(texts[i] for i in rng.permutation(len(texts))), target)


def encode(lm: LanguageModel, example: RewriteExample, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """The token ids of the instruction, with a limit at or somewhat above the target's length, and of the target."""
    target = [*lm.ids(example.target.strip()), lm.tokenizer.eos_token_id]
    max_tokens = round((1 + (_MAX_LENGTH_RATIO - 1) * rng.random()) * len(target))
    return lm.chat_ids(instruction(example.query, example.text, max_tokens)), target


def batches(
    lm: LanguageModel, examples: Mapping[str, list[RewriteExample]], plan: Plan, skip: int = 0
) -> Iterator[RewriteBatch]:
    """Endless batches, deterministic for a seed: each set by its share of the tokens, shuffled and repeated."""
    rng = np.random.default_rng(plan.seed)
    tokens_by_set = dict.fromkeys(examples, 0)
    orders: dict[str, list[int]] = {name: [] for name in examples}
    pending: list[tuple[list[int], list[int]]] = []
    batch_number = 0
    while True:
        name = min(examples, key=lambda encoded: tokens_by_set[encoded] / SHARES[encoded])
        if not orders[name]:
            orders[name] = rng.permutation(len(examples[name])).tolist()
        encoded = encode(lm, examples[name][orders[name].pop()], rng)
        token_count = sum(map(len, encoded))
        if token_count > _MAX_EXAMPLE_TOKENS:
            continue
        tokens_by_set[name] += token_count
        pending.append(encoded)
        if sum(len(prompt) + len(target) for prompt, target in pending) >= plan.batch_tokens:
            if batch_number >= skip:
                yield RewriteBatch(tuple(pending))
            pending, batch_number = [], batch_number + 1


def likelihood(lm: LanguageModel, adapter: str | None, batch: RewriteBatch) -> Any:
    """Mean negative log-likelihood (nats a token) of the targets."""
    logits, targets = [], []
    for prompt, target in batch.examples:
        ids = lm.on_device([[*prompt, *target[:-1]]])
        with lm.using(adapter):
            output = lm.module(input_ids=ids, use_cache=False, logits_to_keep=len(target))
        logits.append(output.logits[0].float())
        targets += target
    return torch.nn.functional.cross_entropy(torch.cat(logits), lm.on_device(targets))


def train_rewriter(
    model: str | Path,
    train: Path,
    dev: Path,
    out: Path,
    work: Path,
    tokens: int,
    seed: int = SEED,
    *,
    device: str = "auto",
    precision: str = "auto",
    minutes: float | None = None,
) -> dict[str, Any]:
    """The figures of a run that trains the adapter and writes it to ``out``. The same call resumes from ``work``.

    :param device: "auto", "cpu", "cuda" or "mps", see :func:`~ragzip.training.machine.machine_of`.
    :param precision: "auto", "bf16" or "fp32".
    :param minutes: of training, after which the adapter is written; the same call continues.
    :raises OptionError: a number outside its range, an unavailable device, or ``out`` is ``model``.
    :raises StorageError: ``out`` holds files of the same names that ragzip did not write, or cannot be written.
    """
    refuse_inputs([out], [model])
    options = RunOptions.checked(tokens, seed, device, precision, minutes, model=model)
    machine, seed = options.machine, options.seed
    check_files(out, WRITER, (*FILES, CURVE))
    lm = LanguageModel(model, device=machine.device)
    lm.differentiable()
    machine.seed(seed)
    trained = LoRA(lm, rank=_RANK, method="rewriter")
    examples, dev_examples = read_examples(train, seed), read_examples(dev, seed)
    plan = options.plan(probes=3, batch_tokens=1400, rate=5e-4, warmup=0.05)
    plan = plan_on(plan, machine, work, max_batch_tokens=_MAX_BATCH_TOKENS)
    parameters = list(lm.lora(trained.adapter).values())
    lm.training.add(trained.adapter)
    rng = np.random.default_rng(seed)
    dev_batches = {
        name: RewriteBatch(tuple(encode(lm, example, rng) for example in set_examples[:_MAX_DEV_EXAMPLES]))
        for name, set_examples in dev_examples.items()
    }

    def batch_losses(batch: RewriteBatch) -> Mapping[str, Any]:
        with machine.autocast():
            loss = likelihood(lm, trained.adapter, batch)
        for parameter in parameters:  # disabling adapters has frozen them
            parameter.requires_grad_(True)
        return {"nll": loss}

    def probe() -> Mapping[str, float]:
        with torch.no_grad(), machine.autocast():
            return {name: float(likelihood(lm, trained.adapter, batch)) for name, batch in dev_batches.items()}

    groups = [{"params": parameters, "weight_decay": 0.0, "factor": 1.0}]
    log = run(
        plan,
        groups,
        lambda skip: batches(lm, examples, plan, skip),
        batch_losses,
        trained.tensors(),
        work,
        machine=machine,
        probe=probe,
    )
    figures = {
        "plan": asdict(plan),
        "log": log,
        "examples": {name: len(set_examples) for name, set_examples in examples.items()},
    }
    with replacing_files(out, WRITER) as fresh:
        write_adapter(trained, fresh, {"run": figures})
        plot_curve(log, fresh / CURVE, ("nll",))
    return figures
