"""What soft compressors learn from: the answer itself, and what the language model makes of the whole text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ragzip.prompt import Layout
from ragzip.soft.language import LanguageModel
from ragzip.soft.prompt import SoftPrompt, in_format
from ragzip.soft.reader import padded
from ragzip.training.soft.data import Sample
from ragzip.types import SoftSegment

__all__ = ["RESTATE", "Outcome", "distilled", "encoded", "read", "restated"]

RESTATE = "Background: {context}\n\nSay what the background says, word for word."
_SEPARATOR = Layout().separator

Part = Any  # a text, or vectors (k, hidden)


@dataclass(frozen=True)
class Outcome:
    """What the model makes of a batch of answers: logits before each token of them, states of all layers there.

    *Shapes:* (n, vocabulary), (layers + 1, n, hidden), (n,), over the n tokens of all answers.
    """

    logits: Any
    states: Any
    targets: Any


def encoded(encoder: Any, texts: Sequence[str], ratio: int) -> list[Any]:
    """Vectors of each text, all its pieces one behind the other, with gradients. *Shape:* (k, hidden) each."""
    pieces = [[text[slice(*span)] for span in encoder.pieces(text)] for text in texts]
    flat = iter(encoder.vectors([piece for some in pieces for piece in some], ratio))
    return [torch.cat([next(flat) for _ in some]) for some in pieces]


def read(
    lm: LanguageModel,
    prompts: Sequence[tuple[str, str, Sequence[Part]]],
    answers: Sequence[str],
    adapter: str | None,
    *,
    ended: bool = True,
) -> Outcome:
    """Read each (template, query, parts of the context) with its answer behind it.

    :param ended: the answer's end mark is a part of it.
    """
    end = [lm.tokenizer.eos_token_id] if ended and lm.tokenizer.eos_token_id is not None else []
    targets = [torch.tensor([*lm.ids(answer), *end], device=lm.device) for answer in answers]
    rows = []
    for (template, query, parts), target in zip(prompts, targets, strict=True):
        rows.append(torch.cat([_assembled(lm, template, query, parts), lm.embed(target)]))
    longest = max(map(len, targets))
    with lm.using(adapter):
        out = lm.module(**padded(rows), use_cache=False, output_hidden_states=True, logits_to_keep=longest + 1)
    states = torch.stack(out.hidden_states)[:, :, -longest - 1 :]
    spots = [(row, slice(longest - len(target), longest)) for row, target in enumerate(targets)]
    return Outcome(
        torch.cat([out.logits[row, spot] for row, spot in spots]).float(),
        torch.cat([states[:, row, spot] for row, spot in spots], 1).float(),
        torch.cat(targets),
    )


def _assembled(lm: LanguageModel, template: str, query: str, parts: Sequence[Part]) -> Any:
    """*Shape:* (n, hidden)."""
    hollow = np.empty((0, lm.hidden), np.float16)
    stands = [part if isinstance(part, str) else SoftSegment(hollow, lm.fingerprint) for part in parts]
    vectors = iter([part for part in parts if not isinstance(part, str)])
    written = in_format(SoftPrompt.of(stands, query, template=template), lm)
    return torch.cat(
        [
            lm.embed(torch.tensor(lm.ids(part), device=lm.device)) if isinstance(part, str) else next(vectors)
            for part in written
        ]
    )


def joined(parts: Sequence[Part]) -> list[Part]:
    """Paragraphs with the separator of documents between them."""
    out: list[Part] = []
    for part in parts:
        out += [_SEPARATOR, part] if out else [part]
    return out


def distilled(student: Outcome, teacher: Outcome | None) -> dict[str, Any]:
    """Losses of answers over soft contexts: their likelihood ("nll"); against the same answers over the whole text, the
    distance of the states of all layers (Smooth-L1, in standard deviations of the teacher's, CompLLM's loss) and the
    divergence of what is foretold ("kl", xRAG's).
    """
    nll = torch.nn.functional.cross_entropy(student.logits, student.targets)
    if teacher is None:
        return {"nll": nll}
    scale = teacher.states.std(dim=(1, 2), keepdim=True).clamp(min=1e-3)
    hidden = torch.nn.functional.smooth_l1_loss(student.states[1:] / scale[1:], teacher.states[1:] / scale[1:])
    kl = torch.nn.functional.kl_div(
        student.logits.log_softmax(-1), teacher.logits.log_softmax(-1), log_target=True, reduction="batchmean"
    )
    return {"nll": nll, "hidden": hidden, "kl": kl}


def restated(lm: LanguageModel, texts: Sequence[str], vectors: Sequence[Any], adapter: str | None) -> Mapping[str, Any]:
    """The loss of saying a text over its vectors word for word (auto-encoding, paraphrase)."""
    prompts = [(RESTATE, "", [one]) for one in vectors]
    return {"restate": distilled(read(lm, prompts, texts, adapter), None)["nll"]}


def questions(samples: Sequence[Sample], contexts: Sequence[Sequence[Part]], template: str) -> list[Any]:
    """What :func:`read` takes, for samples over their contexts."""
    return [(template, one.question, joined(parts)) for one, parts in zip(samples, contexts, strict=True)]
