"""Batches drawn from packed data. Batch ``n`` depends on the seed and ``n`` alone, so that a run resumes at once.

Of the endless sequence of questions of a source (all of them in a new order each epoch), batch ``n`` takes those from
``n * rate`` to ``(n + 1) * rate``, where ``rate`` makes the source's share of the tokens. The number of tokens of a
batch is therefore not exact; its mean is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from ragzip.errors import InputError
from ragzip.training.batch import Batch
from ragzip.training.packed.build import NO_ANSWER_LABEL, RELEVANT, both_ends
from ragzip.training.packed.draws import EVERYTHING, Draw
from ragzip.training.packed.format import Array, Packed
from ragzip.training.packed.windows import NO_LABEL, PackedPassage, Window, labelled, windows, without_support

__all__ = ["DrawnQuestion", "Sampler", "batches", "mean_tokens", "question_batches"]

_PHASE = 0.6180339887498949  # keeps sources of equal rates out of the same batches
_WORD_WEIGHT = 0.3  # of words of passages that are relevant to a query
_LIKE_SUPPORT = 0.7  # added to the sort key of passages without the title of a supporting one
_WRONG_EVIDENCE = 0.2  # of second hops: the first hop found a misleading sentence
_MISLEADING = 3  # sentences that it is drawn from
MAX_MEASURED_QUESTIONS = 64  # of a source, to know the mean tokens of one


@dataclass(frozen=True)
class DrawnQuestion:
    """The windows of a question, and whether they answer it (1, 0, -1 for no label)."""

    windows: list[Window]
    answerable: int
    source: int

    @property
    def tokens(self) -> int:
        return sum(len(window.ids) for window in self.windows)


class Sampler:
    """Draws of the questions of packed data."""

    def __init__(self, packed: Packed) -> None:
        self.packed = packed
        self.arrays = packed.arrays
        self.sources: list[dict[str, Any]] = packed.about["sources"]
        self.first = packed.arrays["source"].tolist()
        self._draws = [Draw(**source["draw"]) for source in self.sources]
        before, between, after = (np.array(ids, np.int32) for ids in packed.about["specials"])
        self._specials = (before, between, after)
        counts = np.bincount(packed.arrays["text.ids"], minlength=1)
        self._rarity = np.log(1 + counts.sum() / np.maximum(counts, 1))

    def drawn(self, source: int, number: int, rng: np.random.Generator, draw: Draw | None = None) -> DrawnQuestion:
        """Question ``number`` of ``source``, changed as its draw says."""
        draw = self._draws[source] if draw is None else draw
        question = self.first[source] + number
        query_number, label = self.arrays["question"][question].tolist()
        answerable = NO_LABEL if label == NO_ANSWER_LABEL else int(label)
        offsets = self.arrays["link.offsets"]
        links = np.arange(int(offsets[question]), int(offsets[question + 1]))
        if draw.forms is not None and len(links) > draw.forms + 1:
            links = np.concatenate([links[:1], rng.permutation(links[1:])[: draw.forms]])
        if draw.most_others is not None:
            links = self._thinned(links, draw.most_others - int(rng.integers(2)), rng)
        relevant = (self.arrays["link.flags"][links] & RELEVANT) > 0
        variant, altered = rng.random(), self.packed.row("altered", question)
        if relevant.any() and len(altered) and variant < draw.altered:
            query_number = int(altered[rng.integers(len(altered))])
            passages = [self._unsupported(passage) for passage in self._labelled(links)]
            answerable = NO_LABEL  # its passages are about the same thing
        elif relevant.any() and draw.altered <= variant < draw.altered + draw.emptied:
            emptied = [without_support(passage) for passage in self._labelled(links[relevant])]
            passages = [passage for passage in emptied if passage is not None]
            if passages:
                passages += self._labelled(links[~relevant])
                answerable = 0
            else:
                passages = self._labelled(links)
        elif relevant.any() and len(links) > 1 and variant > 1 - draw.incomplete:
            removed = int(rng.choice(np.flatnonzero(relevant)))
            passages = self._labelled(np.delete(links, removed))
            answerable = NO_LABEL if relevant.sum() > 1 else 0  # a part of the answer may still be there
        else:
            passages = self._labelled(links)
        if draw.hard_negatives:
            passages += self._negatives(links, relevant, int(rng.integers(draw.hard_negatives + 1)), rng)
        query = self.packed.row("query.ids", query_number)
        if draw.second_hop and rng.random() < draw.second_hop:
            query = self._with_evidence(query, passages, rng)
        if draw.untitled and rng.random() < draw.untitled:
            passages = [replace(passage, title=passage.title[:0]) for passage in passages]
        rows = [window for passage in passages for window in windows(passage, query, self._specials, draw.windows, rng)]
        return DrawnQuestion(rows, answerable, source)

    def _labelled(self, links: Array) -> list[PackedPassage]:
        passages = self.arrays["link"]
        return [labelled(self.packed, link, int(passages[link])) for link in links.tolist()]

    def _thinned(self, links: Array, most: int, rng: np.random.Generator) -> Array:
        """Supporting passages, and ``most`` others: those with their titles mostly first."""
        relevant = (self.arrays["link.flags"][links] & RELEVANT) > 0
        other_links = links[~relevant]
        if len(other_links) <= most:
            return links
        titles = self.arrays["passage"][self.arrays["link"][links], 1]
        like_support = np.isin(titles[~relevant], titles[relevant]) & (titles[~relevant] > 0)
        order = np.argsort(rng.random(len(other_links)) + np.where(like_support, 0, _LIKE_SUPPORT), kind="stable")
        return np.concatenate([links[relevant], other_links[order[: max(0, most)]]])

    def _unsupported(self, passage: PackedPassage) -> PackedPassage:
        """``passage`` for a query on the same subject that it does not answer."""
        keep = None if passage.keep is None else np.zeros_like(passage.keep)
        return replace(passage, keep=keep, relevant=NO_LABEL, marked=np.zeros((0, 2), np.int64))

    def _negatives(self, links: Array, relevant: Array, number: int, rng: np.random.Generator) -> list[PackedPassage]:
        """Up to ``number`` passages that resemble one of ``links`` (a relevant one, if any) and are not among them."""
        passages = self.arrays["link"][links]
        if not number or not len(links):
            return []
        like = passages[relevant] if relevant.any() else passages
        candidates = self.packed.row("negatives", int(like[rng.integers(len(like))]))
        candidates = candidates[~np.isin(candidates, passages)]
        chosen = candidates[rng.permutation(len(candidates))[:number]]
        return [labelled(self.packed, -1, passage) for passage in chosen.tolist()]

    def _with_evidence(self, query: Array, passages: list[PackedPassage], rng: np.random.Generator) -> Array:
        """``query`` of a second hop: followed by a sentence that a first hop might find."""
        supporting: list[tuple[float, Array]] = []
        misleading: list[tuple[float, Array]] = []
        for passage in passages:
            if passage.keep is None:
                continue
            shared_rarity = np.where(np.isin(passage.ids, query), self._rarity[passage.ids], 0.0)
            overlap = np.concatenate([[0.0], shared_rarity.cumsum()])
            for (first, last), keep in zip(passage.sentences.tolist(), passage.keep.tolist(), strict=True):
                score = float(overlap[last] - overlap[first]) + rng.random()
                (supporting if keep else misleading).append((score, passage.ids[first:last]))
        misleading = sorted(misleading, key=lambda scored: -scored[0])[:_MISLEADING]
        candidates = misleading if misleading and (not supporting or rng.random() < _WRONG_EVIDENCE) else supporting
        if not candidates:
            return query
        best = (
            max(candidates, key=lambda scored: scored[0])
            if rng.random() < 0.7
            else candidates[int(rng.integers(len(candidates)))]
        )
        return both_ends(np.concatenate([query, best[1]]))

    def batch(self, drawn: list[DrawnQuestion]) -> Batch:
        """The flat arrays of questions."""
        rows = [window for question in drawn for window in question.windows]
        row_questions = np.repeat(np.arange(len(drawn)), [len(question.windows) for question in drawn])
        lengths = np.array([len(row.ids) for row in rows], np.int64)
        sentences = np.array([len(row.keep) for row in rows], np.int64)
        sentence = np.concatenate([row.sentence for row in rows])
        first_sentences = np.repeat(np.concatenate([[0], sentences.cumsum()[:-1]]), lengths)
        weights = [self._word_weight(question.source, window) for question in drawn for window in question.windows]
        return Batch(
            ids=np.concatenate([row.ids for row in rows]).astype(np.int32),
            offsets=np.concatenate([[0], lengths.cumsum()]),
            sentence=np.where(sentence >= 0, sentence + first_sentences, NO_LABEL).astype(np.int32),
            keep=np.concatenate([row.keep for row in rows]).astype(np.int8),
            sentence_question=np.repeat(row_questions, sentences),
            relevant=np.array([row.relevant for row in rows], np.int8),
            row_question=row_questions,
            word=np.concatenate([row.word for row in rows]).astype(np.int8),
            word_weight=np.repeat(np.array(weights, np.float32), lengths),
            answerable=np.array([question.answerable for question in drawn], np.int8),
        )

    def _word_weight(self, source: int, window: Window) -> float:
        weight = self.sources[source]["word_weight"]
        return float(weight) if weight is not None else _WORD_WEIGHT if window.supporting else 0.0


class _Orders:
    """The order of the questions of each source, epoch by epoch."""

    def __init__(self, seed: int, sizes: list[int]) -> None:
        self._seed, self._sizes = seed, sizes
        self._last: dict[int, tuple[int, Array]] = {}

    def at(self, source: int, position: int) -> tuple[int, np.random.Generator]:
        """The question at ``position`` of the endless sequence of ``source``, and the random generator of its draw."""
        epoch, index = divmod(position, self._sizes[source])
        if self._last.get(source, (-1,))[0] != epoch:
            order = np.random.default_rng((self._seed, source, epoch)).permutation(self._sizes[source])
            self._last[source] = (epoch, order)
        return int(self._last[source][1][index]), np.random.default_rng((self._seed, source, epoch, index))


def batches(
    packed: Packed, mixture: Mapping[str, float] | None, seed: int, batch_tokens: int, start: int = 0
) -> Iterator[Batch]:
    """Batches of whole questions, ``batch_tokens`` tokens each on average, without end, from batch ``start`` on.

    :param mixture: share of the tokens by source; None: as they were packed.
    :raises InputError: no source of the mixture has a question.
    """
    sampler = Sampler(packed)
    sizes = np.diff(packed.arrays["source"])
    source_shares = np.array(
        [source["share"] if mixture is None else mixture.get(source["name"], 0.0) for source in sampler.sources], float
    )
    source_shares[sizes == 0] = 0.0
    if not source_shares.sum() > 0:
        wanted = "them" if mixture is None else ", ".join(mixture)
        names = ", ".join(source["name"] for source in sampler.sources) or "nothing"
        raise InputError(f"data: received packed data of {names}, expected questions of {wanted}. Pack more data.")
    lengths = np.array([max(1.0, source["tokens"]) for source in sampler.sources])
    rates = batch_tokens * source_shares / source_shares.sum() / lengths
    rates /= min(1.0, rates.sum())  # at least a question a batch
    phases = _PHASE * np.arange(len(rates)) % 1.0
    orders = _Orders(seed, sizes.tolist())
    batch_number = start
    while True:
        first_positions, last_positions = (
            np.floor(batch_index * rates + phases).astype(np.int64) for batch_index in (batch_number, batch_number + 1)
        )
        if not (
            last_positions > first_positions
        ).any():  # questions longer than a batch: the next one of the source whose turn is nearest
            nearest = int(np.argmax(np.where(rates > 0, (batch_number + 1) * rates + phases - last_positions, -1.0)))
            last_positions[nearest] += 1
        drawn = [
            sampler.drawn(source, *orders.at(source, position))
            for source in np.flatnonzero(last_positions > first_positions).tolist()
            for position in range(int(first_positions[source]), int(last_positions[source]))
        ]
        drawn = [question for question in drawn if question.windows]
        if drawn:
            yield sampler.batch(drawn)
        batch_number += 1


def question_batches(packed: Packed, batch_tokens: int) -> Iterator[tuple[Array, Batch]]:
    """Every question once, unchanged: the number of each question's source, and the batch of them.

    For measuring; a batch has at least one question, else at most ``batch_tokens`` tokens.
    """
    sampler, rng = Sampler(packed), np.random.default_rng(0)
    pending: list[DrawnQuestion] = []
    for source, (first, last) in enumerate(pairwise(packed.arrays["source"].tolist())):
        for number in range(last - first):
            question = sampler.drawn(source, number, rng, EVERYTHING)
            if (
                pending
                and sum(question_in_batch.tokens for question_in_batch in pending) + question.tokens > batch_tokens
            ):
                yield np.array([question_in_batch.source for question_in_batch in pending]), sampler.batch(pending)
                pending = []
            if question.windows:
                pending.append(question)
    if pending:
        yield np.array([question_in_batch.source for question_in_batch in pending]), sampler.batch(pending)


def mean_tokens(packed: Packed) -> list[float]:
    """The mean tokens of a drawn question of each source, from a sample."""
    sampler, rng = Sampler(packed), np.random.default_rng(0)
    means = []
    for source, size in enumerate(np.diff(packed.arrays["source"]).tolist()):
        numbers = np.linspace(0, size - 1, min(size, MAX_MEASURED_QUESTIONS)).astype(np.int64).tolist()
        means.append(float(np.mean([sampler.drawn(source, number, rng).tokens for number in numbers] or [0])))
    return means
