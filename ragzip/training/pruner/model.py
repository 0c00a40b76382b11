"""The network: one BERT-type encoder, and four outputs for each token."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ragzip.backends.pairs import VALUES, pair_windows, segment_ids
from ragzip.training.pruner.data import Question

__all__ = ["Batch", "PrunerNet", "Row", "encode", "evenly_spread", "losses", "run", "word_labels"]

_LONGEST = 320  # tokens of a training window
_STEP = 32  # tokens that windows are padded to a multiple of: attention in bfloat16 is faster then
_ALIKE = 0.75  # share of the longest window of a micro-batch that the others reach: padding costs time
# on a processor without a unit for it, bfloat16 is a hundred times slower
_BFLOAT16 = bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())
# weight of word labels without a query
_WORD_LABEL = {"inventions": 1.0, "deletions": 1.0, "extracts": 0.3, "paragraph-words": 1.0}


class PrunerNet(torch.nn.Module):
    """Encoder states → value and weight for the sentence, word logit, relevance logit.

    Segment ids come from the separators, so that token ids and mask are all it needs; an encoder that knows one segment
    only (RoBERTa's) is told none. *Shape:* (batch, sequence) to (batch, sequence, 4).

    :param separator: the token that ends the query, see :func:`~ragzip.backends.windows.separator_of`.
    """

    def __init__(self, encoder: Any, separator: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.separator = separator
        self.knows_segments = (getattr(encoder.config, "type_vocab_size", None) or 0) > 1
        self.head = torch.nn.Linear(int(encoder.config.hidden_size), VALUES)
        torch.nn.init.normal_(self.head.weight, std=0.02)
        torch.nn.init.zeros_(self.head.bias)

    @classmethod
    def of(cls, checkpoint: Path, separator: int, layers: int | None = None) -> PrunerNet:
        """From an encoder checkpoint; dropout off (it costs attention its fast path), word embeddings frozen.

        :param layers: keep only so many, evenly spread.
        """
        from transformers import AutoModel

        encoder = AutoModel.from_pretrained(
            str(checkpoint), attn_implementation="sdpa", add_pooling_layer=False, dtype=torch.float32
        )
        for name in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
            setattr(encoder.config, name, 0.0)
        if layers is not None and layers < len(encoder.encoder.layer):
            chosen = evenly_spread(layers, len(encoder.encoder.layer))
            encoder.encoder.layer = torch.nn.ModuleList([encoder.encoder.layer[i] for i in chosen])
            encoder.config.num_hidden_layers = layers
        for module in encoder.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        return cls(encoder, separator)

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        segments = {"token_type_ids": segment_ids(input_ids, self.separator)} if self.knows_segments else {}
        return self.head(self.encoder(input_ids=input_ids, attention_mask=attention_mask, **segments).last_hidden_state)


def evenly_spread(layers: int, total: int) -> list[int]:
    """The numbers of ``layers`` layers out of ``total``, the first and the last among them."""
    return [int(number) for number in np.linspace(0, total - 1, layers).round()]


@dataclass(frozen=True)
class Row:
    """One window with its labels. ``sentence`` is the index of each token's sentence in the window, -1 for none."""

    ids: list[int]
    sentence: list[int]
    keep: list[bool]  # by sentence; empty: no label
    relevant: bool | None
    word: list[float]  # by token, -1 for no label
    word_weight: float


@dataclass(frozen=True)
class Batch:
    """Rows, and which question each belongs to."""

    rows: list[Row]
    question: list[int]

    @property
    def tokens(self) -> int:
        return sum(len(row.ids) for row in self.rows)


def encode(tokenizer: Any, question: Question, longest: int = _LONGEST) -> list[Row]:
    """The windows of a question. A long passage has several, each with the labels of what it holds."""
    rows = []
    pairs = [(passage.title, passage.text) for passage in question.passages]
    for passage, (spans, windows) in zip(
        question.passages, pair_windows(tokenizer, question.query, pairs, longest), strict=True
    ):
        edges = np.array(passage.sentences, np.int64).reshape(-1, 2)
        middle = (spans[:, 0].astype(np.int64) + spans[:, 1]) // 2
        inside = np.searchsorted(edges[:, 0], middle, "right") - 1
        inside[(inside >= 0) & (middle >= edges[np.maximum(inside, 0), 1])] = -1
        labels = word_labels(passage.words, spans)
        for ids, offset, start, stop in windows:
            mine = inside[start:stop]
            present = np.unique(mine[mine >= 0])
            renumber = {int(old): new for new, old in enumerate(present)}
            pad, tail = [-1] * offset, [-1] * (len(ids) - offset - (stop - start))
            keep = [passage.keep[i] for i in present] if passage.keep else []
            rows.append(
                Row(
                    ids,
                    pad + [renumber.get(int(i), -1) for i in mine] + tail,
                    keep,
                    any(keep) if passage.relevant and keep else passage.relevant,
                    [-1.0] * offset + labels[start:stop].tolist() + [-1.0] * len(tail),
                    _WORD_LABEL.get(question.source, 0.3 if passage.relevant else 0.0),
                )
            )
    return rows


def word_labels(kept: Any, spans: Any) -> Any:
    """1 for tokens of kept spans, 0 for others, -1 where words have no label. *Shape:* (n,)."""
    if kept is None:
        return np.full(len(spans), -1.0)
    edges = np.array(sorted(kept), np.int64).reshape(-1, 2)
    at = np.searchsorted(edges[:, 0], spans[:, 0], "right") - 1
    inside = (at >= 0) & (spans[:, 0] < np.append(edges[:, 1], 0)[at])
    return inside.astype(float)


def run(net: PrunerNet, batch: Batch, micro_tokens: int) -> list[Any]:
    """The outputs of each row, from micro-batches of rows of like length. *Shape:* (length, 4) each, float32."""
    order = sorted(range(len(batch.rows)), key=lambda i: -len(batch.rows[i].ids))
    out: list[Any] = [None] * len(order)
    at = 0
    while at < len(order):
        longest = -(-len(batch.rows[order[at]].ids) // _STEP) * _STEP
        size = 1
        while (
            at + size < len(order)
            and (size + 1) * longest <= micro_tokens
            and len(batch.rows[order[at + size]].ids) >= _ALIKE * longest
        ):
            size += 1
        part = order[at : at + size]
        ids = torch.zeros((size, longest), dtype=torch.long)
        mask = torch.zeros((size, longest), dtype=torch.long)
        for row, i in enumerate(part):
            length = len(batch.rows[i].ids)
            ids[row, :length] = torch.tensor(batch.rows[i].ids)
            mask[row, :length] = 1
        with torch.autocast("cpu", torch.bfloat16, enabled=_BFLOAT16):
            found = net(ids, mask)
        for row, i in enumerate(part):
            out[i] = found[row, : len(batch.rows[i].ids)].float()
        at += size
    return out


def losses(batch: Batch, outputs: list[Any]) -> dict[str, Any]:
    """The parts of the loss.

    ``sentence``: cross-entropy of each sentence. ``list``: of each supporting sentence against all others of its
    question that are not. ``passage`` and ``passages``: the same for relevance. ``word``: cross-entropy of each word.
    """
    logits: list[Any] = []
    labels: list[bool] = []
    owner: list[int] = []
    rel_logits, rel_labels, rel_owner = [], [], []
    word_loss, word_mass = [], 0.0
    for row, question, output in zip(batch.rows, batch.question, outputs, strict=True):
        if row.keep:
            index = torch.tensor(row.sentence)
            valid = index >= 0
            weight = output[valid, 1].clamp(-8, 8).exp()
            mass = torch.zeros(len(row.keep)).index_add(0, index[valid], weight)
            total = torch.zeros(len(row.keep)).index_add(0, index[valid], weight * output[valid, 0])
            logits.append(total / mass)
            labels += row.keep
            owner += [question] * len(row.keep)
        if row.relevant is not None:
            rel_logits.append(output[0, 3])
            rel_labels.append(row.relevant)
            rel_owner.append(question)
        target = torch.tensor(row.word)
        known = target >= 0
        if row.word_weight and bool(known.any()):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                output[known, 2], target[known], reduction="sum"
            )
            word_loss.append(row.word_weight * loss)
            word_mass += row.word_weight * int(known.sum())
    out: dict[str, Any] = {}
    if logits:
        flat = torch.cat(logits)
        out["sentence"], out["list"] = _both(flat, labels, owner)
    if rel_logits:
        out["passage"], out["passages"] = _both(torch.stack(rel_logits), rel_labels, rel_owner)
    if word_loss:
        out["word"] = torch.stack(word_loss).sum() / word_mass
    return {name: loss for name, loss in out.items() if loss is not None}


def _both(logits: Any, labels: list[bool], owner: list[int]) -> tuple[Any, Any]:
    target = torch.tensor(labels, dtype=torch.float32)
    alone = torch.nn.functional.binary_cross_entropy_with_logits(logits, target)
    own = torch.tensor(owner)
    terms = []
    for question in sorted(set(owner)):
        mine = own == question
        good, bad = logits[mine & (target > 0)], logits[mine & (target == 0)]
        if len(good) and len(bad):
            against = torch.logsumexp(bad, 0)
            terms.append(torch.nn.functional.softplus(against - good).mean())
    return alone, torch.stack(terms).mean() if terms else None
