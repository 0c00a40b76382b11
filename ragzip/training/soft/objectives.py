"""What soft compressors learn from: the answer itself, and what the language model makes of the whole text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ragzip.output.layout import Layout
from ragzip.soft.encoders.base import together
from ragzip.soft.language import LanguageModel
from ragzip.soft.prompt import SoftPrompt, in_format
from ragzip.training.soft.data import Sample
from ragzip.types import SoftSegment

__all__ = ["RESTATE", "Asking", "Outcome", "asked", "distilled", "encoded", "read", "restated"]

RESTATE = "Background: {context}\n\nSay what the background says, word for word."
_SEPARATOR = Layout().separator
_MOST = {"cpu": 256}  # tokens of rows that run together: logits are made where any of them wants some; elsewhere:
_MANY = 4096
_UNEVEN = 1.15  # longest by shortest of them: more is spent on padding
_LEAST = 0.1  # of the median deviation of a layer's numbers, taken for that of those which hardly change

Part = Any  # a text, or vectors (k, hidden)


@dataclass(frozen=True)
class Asking:
    """Questions with their answers over one context: ``template`` with the context's ``parts`` in it, read once, and
    what follows it once for each question.
    """

    template: str
    parts: Sequence[Part]
    questions: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Outcome:
    """What the model makes of a batch of questions: logits before each token of the answers, and states of all layers
    at each token of questions and answers (None where they were not asked for).

    *Shapes:* (n, vocabulary), (layers + 1, m, hidden), (n,), over the n tokens of all answers and the m of both.
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
    lm: LanguageModel, askings: Sequence[Asking], adapter: str | None, *, ended: bool = True, states: bool = False
) -> Outcome:
    """Read contexts, each once, with all its questions and answers behind it. No question sees another one: each stands
    where it would by itself.

    :param ended: an answer's end mark is a part of it.
    :param states: give the states back too.
    """
    rows = [_row(lm, asking, ended) for asking in askings]
    found: list[Any] = [None] * len(rows)
    for batch in together([len(row.vectors) for row in rows], _MOST.get(lm.device, _MANY), uneven=_UNEVEN):
        some = [rows[i] for i in batch]
        spots = sorted({spot for row in some for spot in row.spots})
        place = {spot: at for at, spot in enumerate(spots)}
        keep = torch.tensor(spots, device=lm.device)
        with lm.using(adapter):
            out = lm.module(**_packed(some), use_cache=False, output_hidden_states=states, logits_to_keep=keep)
        for at, (i, row) in enumerate(zip(batch, some, strict=True)):
            logits = out.logits[at, [place[spot] for spot in row.spots]].float()
            own = row.groups.nonzero()[:, 0]
            kept = torch.stack([layer[at, own] for layer in out.hidden_states]).float() if states else None
            found[i] = Outcome(logits, kept, row.targets)
    return Outcome(
        torch.cat([one.logits for one in found]),
        torch.cat([one.states for one in found], 1) if states else None,
        torch.cat([one.targets for one in found]),
    )


@dataclass(frozen=True)
class _Row:
    """A context and its questions one behind the other: vectors, the positions that the model is told, the number of
    the question that each belongs to (0: the context), where the tokens of answers are foretold, and these tokens.
    """

    vectors: Any
    positions: Any
    groups: Any
    spots: list[int]
    targets: Any


def _row(lm: LanguageModel, asking: Asking, ended: bool) -> _Row:
    end = [lm.tokenizer.eos_token_id] if ended and lm.tokenizer.eos_token_id is not None else []
    vectors: list[Any] = []
    positions: list[int] = []
    groups: list[int] = []
    spots: list[int] = []
    targets: list[int] = []
    context = 0
    for number, (query, answer) in enumerate(asking.questions, 1):
        before, after = _written(lm, asking, query)
        if number == 1:
            vectors += before
            context = sum(map(len, vectors))
            positions, groups = list(range(context)), [0] * context
        asked_ids, target = lm.ids(after), [*lm.ids(answer), *end]
        own = [*asked_ids, *target]
        vectors.append(lm.embed(torch.tensor(own, device=lm.device)))
        first = len(groups) + len(asked_ids)
        spots += [first - 1 if asked_ids else context - 1, *range(first, first + len(target) - 1)]
        positions += range(context, context + len(own))
        groups += [number] * len(own)
        targets += target
    places, numbers, wanted = (torch.tensor(one, device=lm.device) for one in (positions, groups, targets))
    return _Row(torch.cat(vectors), places, numbers, spots, wanted)


def _packed(rows: Sequence[_Row]) -> dict[str, Any]:
    """Rows as one batch, filled up on the right: each token sees the context and its own question up to itself."""
    longest = max(len(row.vectors) for row in rows)
    pad = torch.nn.functional.pad
    vectors = torch.stack([pad(row.vectors, (0, 0, 0, longest - len(row.vectors))) for row in rows])
    groups = torch.stack([pad(row.groups, (0, longest - len(row.groups)), value=-1) for row in rows])
    positions = torch.stack([pad(row.positions, (0, longest - len(row.positions))) for row in rows])
    before = torch.ones(longest, longest, dtype=torch.bool, device=vectors.device).tril()
    own = groups[:, :, None] == groups[:, None, :]
    seen = before & (own | (groups == 0)[:, None, :])
    mask = torch.zeros(seen.shape, dtype=vectors.dtype, device=vectors.device)
    mask.masked_fill_(~seen, torch.finfo(vectors.dtype).min)
    return {"inputs_embeds": vectors, "attention_mask": mask[:, None], "position_ids": positions}


def _written(lm: LanguageModel, asking: Asking, query: str) -> tuple[Iterator[Any], str]:
    """Vectors of what the model reads up to the end of the context, made as they are asked for; and the text behind it.

    *Shape:* (n, hidden) each.
    """
    hollow = SoftSegment(np.empty((0, lm.hidden), np.float16), lm.fingerprint)
    stands = [part if isinstance(part, str) else hollow for part in asking.parts]
    given = iter([part for part in asking.parts if not isinstance(part, str)])
    parts = in_format(SoftPrompt.of([*stands, hollow], query, template=asking.template), lm)
    end = max(i for i, part in enumerate(parts) if not isinstance(part, str))
    before = (
        lm.embed(torch.tensor(lm.ids(part), device=lm.device)) if isinstance(part, str) else next(given)
        for part in parts[:end]
    )
    return before, "".join(part for part in parts[end + 1 :] if isinstance(part, str))


def joined(parts: Sequence[Part]) -> list[Part]:
    """Paragraphs with the separator of documents between them."""
    out: list[Part] = []
    for part in parts:
        out += [_SEPARATOR, part] if out else [part]
    return out


def distilled(student: Outcome, teacher: Outcome | None) -> dict[str, Any]:
    """Losses of answers over soft contexts: their likelihood ("nll"); against the same over the whole text, the
    distance of the states of all layers (Smooth-L1, CompLLM's loss, at the questions too; in standard deviations of
    each number of the teacher's, since a few are hundreds of times as large as others) and the divergence of what is
    foretold ("kl", xRAG's).
    """
    nll = torch.nn.functional.cross_entropy(student.logits, student.targets)
    if teacher is None:
        return {"nll": nll}
    kl = torch.nn.functional.kl_div(
        student.logits.log_softmax(-1), teacher.logits.log_softmax(-1), log_target=True, reduction="batchmean"
    )
    if teacher.states is None or student.states is None or teacher.states.shape[1] < 2:
        return {"nll": nll, "kl": kl}
    deviations = teacher.states.std(dim=1, keepdim=True)
    scale = torch.maximum(deviations, _LEAST * deviations.median(2, keepdim=True).values).clamp(min=1e-4)
    hidden = torch.nn.functional.smooth_l1_loss(student.states[1:] / scale[1:], teacher.states[1:] / scale[1:])
    return {"nll": nll, "hidden": hidden, "kl": kl}


def restated(lm: LanguageModel, texts: Sequence[str], vectors: Sequence[Any], adapter: str | None) -> Mapping[str, Any]:
    """The loss of saying a text over its vectors word for word (auto-encoding, paraphrase)."""
    askings = [Asking(RESTATE, [one], [("", text)]) for one, text in zip(vectors, texts, strict=True)]
    return {"restate": distilled(read(lm, askings, adapter), None)["nll"]}


def asked(samples: Sequence[Sample], contexts: Sequence[Sequence[Part]], template: str) -> list[Asking]:
    """What :func:`read` takes, for samples over their contexts."""
    return [Asking(template, joined(parts), one.questions) for one, parts in zip(samples, contexts, strict=True)]
