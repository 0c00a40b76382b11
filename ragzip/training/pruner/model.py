"""The network: one BERT-type encoder, and four outputs for each token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ragzip.backends.runtimes.torch import to_device
from ragzip.backends.scorers.pairs import VALUES, pair_windows
from ragzip.backends.windows import segment_ids
from ragzip.training.batch import Batch, LabelledWindow
from ragzip.training.data import Question
from ragzip.training.machine import Machine, machine_of

__all__ = [
    "LOSSES",
    "PrunerNet",
    "encode",
    "evenly_spread",
    "losses",
    "micro_batches",
    "run",
    "sentence_logits",
    "word_labels",
]

LOSSES = ("sentence", "list", "passage", "passages", "word")

_MAX_WINDOW_TOKENS = 320  # tokens of a training window
_PADDING_MULTIPLE = 32  # tokens that windows are padded to a multiple of: attention in bfloat16 is faster then
_MIN_LENGTH_SHARE = 0.75  # share of the longest window of a micro-batch that the others reach: padding costs time
_MAX_LOG_WEIGHT = 8.0  # of a token in its sentence, as a logarithm
_MIN_MASS = 1e-9  # of a sentence: less than any token has
# weight of word labels without a query
_WORD_LABEL_WEIGHTS = {"inventions": 1.0, "deletions": 1.0, "extracts": 0.3, "paragraph-words": 1.0}


class PrunerNet(torch.nn.Module):
    """Encoder states → value and weight for the sentence, word logit, relevance logit.

    Segment ids come from the separators, so that the inputs are token ids and mask alone; an encoder of one segment
    (RoBERTa) gets none. *Shape:* (batch, sequence) to (batch, sequence, 4).

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
        """The network over an encoder; dropout off (it costs attention its fast path), word embeddings frozen.

        :param layers: keep only so many, evenly spread.
        """
        from transformers import AutoModel

        encoder = AutoModel.from_pretrained(
            str(checkpoint), attn_implementation="sdpa", add_pooling_layer=False, dtype=torch.float32
        )
        for dropout_name in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
            setattr(encoder.config, dropout_name, 0.0)
        if layers is not None and layers < len(encoder.encoder.layer):
            kept_layers = evenly_spread(layers, len(encoder.encoder.layer))
            encoder.encoder.layer = torch.nn.ModuleList(
                [encoder.encoder.layer[layer_number] for layer_number in kept_layers]
            )
            encoder.config.num_hidden_layers = layers
        for module in encoder.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        return cls(encoder, separator)

    def freeze(self, layers: int) -> None:
        """Keep the embeddings and the first ``layers`` as they are in training; nothing for 0."""
        if layers:
            self.encoder.embeddings.requires_grad_(False)
        for layer in self.encoder.encoder.layer[:layers]:
            layer.requires_grad_(False)

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        segments = {"token_type_ids": segment_ids(input_ids, self.separator)} if self.knows_segments else {}
        return self.head(self.encoder(input_ids=input_ids, attention_mask=attention_mask, **segments).last_hidden_state)


def evenly_spread(layers: int, total: int) -> list[int]:
    """The numbers of ``layers`` layers out of ``total``, the first and the last among them."""
    return [int(number) for number in np.linspace(0, total - 1, layers).round()]


def encode(tokenizer: Any, question: Question, longest: int = _MAX_WINDOW_TOKENS) -> list[LabelledWindow]:
    """The windows of a question. A long passage has several, each with the labels of its part."""
    labelled_windows = []
    pairs = [(passage.title, passage.text) for passage in question.passages]
    for passage, (spans, windows) in zip(
        question.passages, pair_windows(tokenizer, question.query, pairs, longest), strict=True
    ):
        edges = np.array(passage.sentences, np.int64).reshape(-1, 2)
        token_middles = (spans[:, 0].astype(np.int64) + spans[:, 1]) // 2
        sentence_of_token = np.searchsorted(edges[:, 0], token_middles, "right") - 1
        sentence_of_token[(sentence_of_token >= 0) & (token_middles >= edges[np.maximum(sentence_of_token, 0), 1])] = -1
        labels = word_labels(passage.words, spans)
        relevant = passage.relevant
        if relevant and not passage.keep and len(windows) > 1:  # the relevant part is unknown
            relevant = None
        for ids, offset, start, stop in windows:
            token_sentences = sentence_of_token[start:stop]
            window_sentences = np.unique(token_sentences[token_sentences >= 0])
            window_numbers = {int(sentence): new for new, sentence in enumerate(window_sentences)}
            head_padding, tail_padding = [-1] * offset, [-1] * (len(ids) - offset - (stop - start))
            sentence_labels = [passage.keep[number] for number in window_sentences] if passage.keep else []
            labelled_windows.append(
                LabelledWindow(
                    ids,
                    head_padding + [window_numbers.get(int(number), -1) for number in token_sentences] + tail_padding,
                    sentence_labels,
                    any(sentence_labels) if relevant and sentence_labels else relevant,
                    [-1.0] * offset + labels[start:stop].tolist() + [-1.0] * len(tail_padding),
                    _WORD_LABEL_WEIGHTS.get(question.source, 0.3 if passage.relevant else 0.0),
                )
            )
    return labelled_windows


def word_labels(kept: Any, spans: Any) -> Any:
    """1 for tokens of kept spans, 0 for others, -1 where words have no label. *Shape:* (n,)."""
    if kept is None:
        return np.full(len(spans), -1.0)
    edges = np.array(sorted(kept), np.int64).reshape(-1, 2)
    nearest_span = np.searchsorted(edges[:, 0], spans[:, 0], "right") - 1
    inside = (nearest_span >= 0) & (spans[:, 0] < np.append(edges[:, 1], 0)[nearest_span])
    return inside.astype(float)


def run(net: PrunerNet, batch: Batch, micro_tokens: int, machine: Machine | None = None) -> Any:
    """The outputs for each token of ``batch``, from micro-batches of rows of similar length, on the device of ``net``.
    *Shape:* (tokens, 4), float32.

    :param micro_tokens: the most of a micro-batch, padding included; a longer row is one by itself.
    :param machine: that ``net`` is on; default: the CPU.
    """
    machine = machine or machine_of("cpu")
    lengths, starts = batch.lengths, batch.offsets[:-1]
    outputs, places = [], []
    with machine.autocast():  # one for all micro-batches: weights are cast once
        for rows, width in micro_batches(lengths, micro_tokens):
            column = np.arange(width)
            mask = column < lengths[rows, None]
            token_places = np.minimum(starts[rows, None] + column, len(batch.ids) - 1)
            ids = np.where(mask, batch.ids[token_places], 0).astype(np.int64)
            micro_outputs = net(machine.to(ids), _attention(machine.to(mask)))
            outputs.append(micro_outputs.flatten(0, 1).index_select(0, machine.to(np.flatnonzero(mask))))
            places.append(token_places[mask])
    order = np.empty(batch.tokens, np.int64)
    order[np.concatenate(places)] = np.arange(batch.tokens)
    return torch.cat(outputs).float().index_select(0, machine.to(order))


def _attention(mask: Any) -> Any:
    """``mask`` of (rows, width) as the encoder uses it; for a two-dimensional one it would test whether all are ones,
    which makes a GPU synchronise. *Shape:* (rows, 1, width, width).
    """
    return mask[:, None, None, :].expand(-1, -1, mask.shape[1], -1)


def micro_batches(lengths: npt.NDArray[Any], micro_tokens: int) -> Iterator[tuple[npt.NDArray[Any], int]]:
    """Indices of rows that go through the network together, and the width that they are padded to."""
    row_order = np.argsort(-lengths, kind="stable")
    falling_lengths = lengths[row_order]
    start = 0
    while start < len(row_order):
        width = -(-int(falling_lengths[start]) // _PADDING_MULTIPLE) * _PADDING_MULTIPLE
        similar_rows = int(np.searchsorted(-falling_lengths, -_MIN_LENGTH_SHARE * width, "right")) - start
        stop = start + max(1, min(similar_rows, micro_tokens // width))
        yield row_order[start:stop], width
        start = stop


def sentence_logits(batch: Batch, outputs: Any) -> Any:
    """The logit of each sentence: the values of its tokens, by their weights; 0 without a token. *Shape:* (sentences,).

    :param outputs: of :func:`run`.
    """
    tokens = np.flatnonzero(batch.sentence >= 0)
    owner = to_device(batch.sentence[tokens].astype(np.int64), outputs.device)
    inside = outputs.index_select(0, to_device(tokens, outputs.device))
    weight = inside[:, 1].clamp(-_MAX_LOG_WEIGHT, _MAX_LOG_WEIGHT).exp()
    sums = torch.zeros((len(batch.keep), 2), device=outputs.device)
    sums = sums.index_add(0, owner, torch.stack([weight * inside[:, 0], weight], 1))
    return sums[:, 0] / sums[:, 1].clamp(min=_MIN_MASS)


def losses(batch: Batch, outputs: Any) -> dict[str, Any]:
    """The parts of the loss, each a tensor without dimensions, on the device of ``outputs`` (of :func:`run`).

    ``sentence``: cross-entropy of each sentence. ``list``: of each supporting sentence against all others of its
    question that are not. ``passage`` and ``passages``: the same for relevance. ``word``: cross-entropy of each word.
    Parts for which the batch has no label are left out.
    """
    first_tokens = to_device(batch.offsets[:-1], outputs.device)
    sentence_labels, relevant = batch.keep_labels, batch.relevant_labels
    losses_by_name = {"word": _word_loss(batch, outputs)}
    if (sentence_labels >= 0).any():
        logits = sentence_logits(batch, outputs)
        losses_by_name["sentence"], losses_by_name["list"] = _pointwise_and_listwise(
            logits, sentence_labels, batch.sentence_question
        )
    if (relevant >= 0).any():
        logits = outputs[:, 3].index_select(0, first_tokens)
        losses_by_name["passage"], losses_by_name["passages"] = _pointwise_and_listwise(
            logits, relevant, batch.row_question
        )
    return {name: losses_by_name[name] for name in LOSSES if losses_by_name.get(name) is not None}


def _word_loss(batch: Batch, outputs: Any) -> Any:
    """Cross-entropy of the words, by their weights; None without a label that has weight."""
    tokens = np.flatnonzero((batch.word >= 0) & (batch.word_weight > 0))
    if not len(tokens):
        return None
    word_weights = batch.word_weight[tokens].astype(np.float32)
    logits = outputs[:, 2].index_select(0, to_device(tokens, outputs.device))
    word_labels_of_tokens = to_device(batch.word[tokens].astype(np.float32), outputs.device)
    word_shares = to_device(word_weights / word_weights.sum(), outputs.device)
    return torch.nn.functional.binary_cross_entropy_with_logits(
        logits, word_labels_of_tokens, word_shares, reduction="sum"
    )


def _pointwise_and_listwise(logits: Any, labels: npt.NDArray[Any], question: npt.NDArray[Any]) -> tuple[Any, Any]:
    """The mean cross-entropy of the labelled items, and the mean over questions of the listwise loss of each positive
    against all negatives of its question; None for the latter where no question has both.
    """
    device = logits.device
    labelled = np.flatnonzero(labels >= 0)
    target = to_device(labels[labelled].astype(np.float32), device)
    pointwise = torch.nn.functional.binary_cross_entropy_with_logits(
        logits.index_select(0, to_device(labelled, device)), target
    )
    questions = int(question.max()) + 1
    positives, negatives = (np.bincount(question[labels == label], minlength=questions) for label in (1, 0))
    mixed = (positives > 0) & (negatives > 0)
    count = int(mixed.sum())
    if not count:
        return pointwise, None
    positive_items, negative_items = (np.flatnonzero((labels == label) & mixed[question]) for label in (1, 0))
    mixed_numbers = np.cumsum(mixed) - 1  # of a question among those that have both
    item_shares = (1 / (positives[question[positive_items]] * count)).astype(np.float32)
    negative_sums = _logsumexp(
        logits.index_select(0, to_device(negative_items, device)),
        to_device(mixed_numbers[question[negative_items]], device),
        count,
    )
    margins = negative_sums.index_select(0, to_device(mixed_numbers[question[positive_items]], device))
    margins = margins - logits.index_select(0, to_device(positive_items, device))
    return pointwise, (torch.nn.functional.softplus(margins) * to_device(item_shares, device)).sum()


def _logsumexp(values: Any, group: Any, groups: int) -> Any:
    """The logarithm of the sum of the exponentials of each group. *Shape:* (n,), (n,) to (groups,)."""
    highest = torch.full((groups,), -torch.inf, device=values.device)
    highest = highest.scatter_reduce(0, group, values.detach(), "amax")
    sums = torch.zeros(groups, device=values.device)
    return sums.index_add(0, group, (values - highest.index_select(0, group)).exp()).log() + highest
