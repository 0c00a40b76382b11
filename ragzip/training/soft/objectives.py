"""Training losses of soft compressors: likelihood of answers, and distillation from the full text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ragzip.output.layout import Layout
from ragzip.soft.encoders.base import together
from ragzip.soft.language import LanguageModel
from ragzip.soft.prompt import SoftPrompt, in_format
from ragzip.text.scores import grouped
from ragzip.training.soft.data import Sample
from ragzip.types import SoftSegment

__all__ = ["RESTATE", "ContextQuestions", "Outcome", "asked", "cutter", "distilled", "encoded", "read", "restated"]

RESTATE = "Background: {context}\n\nSay what the background says, word for word."
_SEPARATOR = Layout().separator
_MAX_BATCH_TOKENS = {
    "cpu": 256
}  # tokens of rows that run together: logits are made where any of them wants some; elsewhere:
_MAX_BATCH_TOKENS_ON_GPU = 4096
_MAX_LENGTH_RATIO = 1.15  # longest by shortest row of a batch, to limit padding
_MIN_DEVIATION_SHARE = 0.1  # lower bound of the deviation of a dimension, as a share of the layer's median

Part = Any  # a text, or vectors (k, hidden)


@dataclass(frozen=True)
class ContextQuestions:
    """Questions with their answers over one context: ``template`` with the context's ``parts`` in it, read once, and
    what follows it once for each question.
    """

    template: str
    parts: Sequence[Part]
    questions: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Outcome:
    """Model outputs for a batch of questions: the logits that predict each answer token, and the states of all layers
    at each token of questions and answers (None unless requested).

    *Shapes:* (n, vocabulary), (layers + 1, m, hidden), (n,), over the n tokens of all answers and the m of both.
    """

    logits: Any
    states: Any
    targets: Any


def cutter(encoder: Any) -> Callable[[str], list[str]]:
    """The pieces of a text, cut once: training comes back to every text, and an accelerator waits for the cutting."""
    pieces_by_text: dict[str, list[str]] = {}

    def pieces(text: str) -> list[str]:
        if text not in pieces_by_text:
            pieces_by_text[text] = [text[slice(*span)] for span in encoder.pieces(text)]
        return pieces_by_text[text]

    return pieces


def encoded(
    encoder: Any, texts: Sequence[str], ratio: int, pieces_of: Callable[[str], list[str]] | None = None
) -> list[Any]:
    """Vectors of each text, all its pieces concatenated, with gradients. *Shape:* (k, hidden) each.

    :param pieces_of: :func:`cutter` of ``encoder``; default: a new one.
    """
    pieces = list(map(pieces_of or cutter(encoder), texts))
    vectors = list(encoder.vectors([piece for text_pieces in pieces for piece in text_pieces], ratio))
    return [torch.cat(list(vectors_of_text)) for vectors_of_text in grouped(vectors, pieces)]


def read(
    lm: LanguageModel,
    askings: Sequence[ContextQuestions],
    adapter: str | None,
    *,
    ended: bool = True,
    states: bool = False,
) -> Outcome:
    """The outputs for contexts, each read once, followed by all its questions and answers. Questions do not attend to
    one another; each has the positions that it would have alone.

    :param ended: append the end-of-sequence token to each answer.
    :param states: return the states, too.
    """
    rows = [_row(lm, asking, ended) for asking in askings]
    outcomes: list[Any] = [None] * len(rows)
    for batch in together(
        [len(row.vectors) for row in rows],
        _MAX_BATCH_TOKENS.get(lm.device, _MAX_BATCH_TOKENS_ON_GPU),
        uneven=_MAX_LENGTH_RATIO,
    ):
        batch_rows = [rows[row_number] for row_number in batch]
        spots = sorted({spot for row in batch_rows for spot in row.spots})
        column_by_spot = {spot: index for index, spot in enumerate(spots)}
        with lm.using(adapter):
            output = lm.module(
                **_packed(lm, batch_rows),
                use_cache=False,
                output_hidden_states=states,
                logits_to_keep=lm.on_device(spots),
            )
        for index, (row_number, row) in enumerate(zip(batch, batch_rows, strict=True)):
            columns = lm.on_device([column_by_spot[spot] for spot in row.spots])
            logits = output.logits[index].index_select(0, columns).float()
            question_tokens = lm.on_device(np.flatnonzero(row.groups))
            layer_states = (
                torch.stack([layer[index].index_select(0, question_tokens) for layer in output.hidden_states]).float()
                if states
                else None
            )
            outcomes[row_number] = Outcome(logits, layer_states, lm.on_device(row.targets))
    return Outcome(
        torch.cat([outcome.logits for outcome in outcomes]),
        torch.cat([outcome.states for outcome in outcomes], 1) if states else None,
        torch.cat([outcome.targets for outcome in outcomes]),
    )


@dataclass(frozen=True)
class _Row:
    """A context followed by its questions: input vectors, position ids, the question number of each vector (0: the
    context), the indices that predict answer tokens, and these tokens.
    """

    vectors: Any
    positions: list[int]
    groups: list[int]
    spots: list[int]
    targets: list[int]


def _row(lm: LanguageModel, asking: ContextQuestions, ended: bool) -> _Row:
    end_ids = [lm.tokenizer.eos_token_id] if ended and lm.tokenizer.eos_token_id is not None else []
    vectors: list[Any] = []
    positions: list[int] = []
    groups: list[int] = []
    spots: list[int] = []
    targets: list[int] = []
    context_tokens = 0
    for question_number, (query, answer) in enumerate(asking.questions, 1):
        before, after = _written(lm, asking, query)
        if question_number == 1:
            vectors += before
            context_tokens = sum(map(len, vectors))
            positions, groups = list(range(context_tokens)), [0] * context_tokens
        asked_ids, answer_ids = lm.ids(after), [*lm.ids(answer), *end_ids]
        question_and_answer_ids = [*asked_ids, *answer_ids]
        vectors.append(lm.embed(lm.on_device(question_and_answer_ids)))
        first_answer_token = len(groups) + len(asked_ids)
        spots += [
            first_answer_token - 1 if asked_ids else context_tokens - 1,
            *range(first_answer_token, first_answer_token + len(answer_ids) - 1),
        ]
        positions += range(context_tokens, context_tokens + len(question_and_answer_ids))
        groups += [question_number] * len(question_and_answer_ids)
        targets += answer_ids
    return _Row(torch.cat(vectors), positions, groups, spots, targets)


def _packed(lm: LanguageModel, rows: Sequence[_Row]) -> dict[str, Any]:
    """One batch of rows, padded on the right: each token attends to the context and its own question up to itself."""
    longest = max(len(row.vectors) for row in rows)
    vectors = torch.stack([torch.nn.functional.pad(row.vectors, (0, 0, 0, longest - len(row.vectors))) for row in rows])
    groups = lm.on_device([[*row.groups, *[-1] * (longest - len(row.groups))] for row in rows])
    positions = lm.on_device([[*row.positions, *[0] * (longest - len(row.positions))] for row in rows])
    earlier = torch.ones(longest, longest, dtype=torch.bool, device=vectors.device).tril()
    same_group = groups[:, :, None] == groups[:, None, :]
    visible = earlier & (same_group | (groups == 0)[:, None, :])
    mask = torch.zeros(visible.shape, dtype=vectors.dtype, device=vectors.device)
    mask.masked_fill_(~visible, torch.finfo(vectors.dtype).min)
    return {"inputs_embeds": vectors, "attention_mask": mask[:, None], "position_ids": positions}


def _written(lm: LanguageModel, asking: ContextQuestions, query: str) -> tuple[Iterator[Any], str]:
    """The vectors of the prompt up to the end of the context, computed lazily, and the text after it.

    *Shape:* (n, hidden) each.
    """
    placeholder = SoftSegment(np.empty((0, lm.hidden), np.float16), lm.fingerprint)
    texts_and_placeholders = [part if isinstance(part, str) else placeholder for part in asking.parts]
    parts = in_format(SoftPrompt.of([*texts_and_placeholders, placeholder], query, template=asking.template), lm)
    *soft_places, last_place = (place for place, part in enumerate(parts) if not isinstance(part, str))
    soft_vectors = (part for part in asking.parts if not isinstance(part, str))
    vectors_by_place = dict(zip(soft_places, soft_vectors, strict=True))
    context_vectors = (
        lm.embed(lm.on_device(lm.ids(part))) if isinstance(part, str) else vectors_by_place[place]
        for place, part in enumerate(parts[:last_place])
    )
    return context_vectors, "".join(part for part in parts[last_place + 1 :] if isinstance(part, str))


def joined(parts: Sequence[Part]) -> list[Part]:
    """The paragraphs with the document separator between them."""
    joined_parts: list[Part] = []
    for part in parts:
        joined_parts += [_SEPARATOR, part] if joined_parts else [part]
    return joined_parts


def distilled(student: Outcome, teacher: Outcome | None) -> dict[str, Any]:
    """The losses of answers over soft contexts: negative log-likelihood ("nll"), and with a teacher that reads the full
    text, the distance of the states of all layers ("hidden": Smooth-L1, CompLLM's loss, at the questions, too; in
    standard deviations of each dimension of the teacher, as a few are hundreds of times larger than others) and the
    divergence of the predictions ("kl", xRAG's).
    """
    likelihood_loss = torch.nn.functional.cross_entropy(student.logits, student.targets)
    if teacher is None:
        return {"nll": likelihood_loss}
    divergence = torch.nn.functional.kl_div(
        student.logits.log_softmax(-1), teacher.logits.log_softmax(-1), log_target=True, reduction="batchmean"
    )
    if teacher.states is None or student.states is None or teacher.states.shape[1] < 2:
        return {"nll": likelihood_loss, "kl": divergence}
    deviations = teacher.states.std(dim=1, keepdim=True)
    scale = torch.maximum(deviations, _MIN_DEVIATION_SHARE * deviations.median(2, keepdim=True).values).clamp(min=1e-4)
    state_loss = torch.nn.functional.smooth_l1_loss(student.states[1:] / scale[1:], teacher.states[1:] / scale[1:])
    return {"nll": likelihood_loss, "hidden": state_loss, "kl": divergence}


def restated(lm: LanguageModel, texts: Sequence[str], vectors: Sequence[Any], adapter: str | None) -> Mapping[str, Any]:
    """The loss of reproducing each text from its vectors (auto-encoding)."""
    askings = [ContextQuestions(RESTATE, [one], [("", text)]) for one, text in zip(vectors, texts, strict=True)]
    return {"restate": distilled(read(lm, askings, adapter), None)["nll"]}


def asked(samples: Sequence[Sample], contexts: Sequence[Sequence[Part]], template: str) -> list[ContextQuestions]:
    """The input of :func:`read` for samples over their contexts."""
    return [
        ContextQuestions(template, joined(parts), sample.questions)
        for sample, parts in zip(samples, contexts, strict=True)
    ]
