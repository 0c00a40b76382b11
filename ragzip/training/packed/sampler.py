"""Batches drawn from packed data. Batch ``n`` is a function of the seed and ``n`` alone, so a run goes on at once.

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
from ragzip.training.packed.build import NO_ANSWER_LABEL, RELEVANT, both_ends
from ragzip.training.packed.draws import EVERYTHING, Draw
from ragzip.training.packed.format import Array, Packed
from ragzip.training.packed.windows import NO_LABEL, Labelled, Window, labelled, windows, without_support
from ragzip.training.pruner.batch import Batch

__all__ = ["Drawn", "Sampler", "batches", "mean_tokens", "question_batches"]

_PHASE = 0.6180339887498949  # so that sources of equal rates do not meet in the same batches
_WORD_WEIGHT = 0.3  # of words of passages that are relevant to a query
_LIKE_SUPPORT = 0.7  # how much later a passage comes whose title is not that of a supporting one
_WRONG_EVIDENCE = 0.2  # of second hops: the first one found a sentence that looks right and is not
_MISLEADING = 3  # sentences that such a one is drawn from
MAX_MEASURED_QUESTIONS = 64  # of a source, to know the mean tokens of one


@dataclass(frozen=True)
class Drawn:
    """Windows of one question, and whether they answer it (1, 0, -1 for no label)."""

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

    def drawn(self, source: int, number: int, rng: np.random.Generator, draw: Draw | None = None) -> Drawn:
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
            listed = [self._unsupported(passage) for passage in self._labelled(links)]
            answerable = NO_LABEL  # its passages are about the same thing
        elif relevant.any() and draw.altered <= variant < draw.altered + draw.emptied:
            emptied = [without_support(passage) for passage in self._labelled(links[relevant])]
            listed = [passage for passage in emptied if passage is not None]
            if listed:
                listed += self._labelled(links[~relevant])
                answerable = 0
            else:
                listed = self._labelled(links)
        elif relevant.any() and len(links) > 1 and variant > 1 - draw.incomplete:
            gone = int(rng.choice(np.flatnonzero(relevant)))
            listed = self._labelled(np.delete(links, gone))
            answerable = NO_LABEL if relevant.sum() > 1 else 0  # a part of the answer may still be there
        else:
            listed = self._labelled(links)
        if draw.hard_negatives:
            listed += self._negatives(links, relevant, int(rng.integers(draw.hard_negatives + 1)), rng)
        query = self.packed.row("query.ids", query_number)
        if draw.second_hop and rng.random() < draw.second_hop:
            query = self._with_evidence(query, listed, rng)
        if draw.untitled and rng.random() < draw.untitled:
            listed = [replace(passage, title=passage.title[:0]) for passage in listed]
        rows = [window for passage in listed for window in windows(passage, query, self._specials, draw.windows, rng)]
        return Drawn(rows, answerable, source)

    def _labelled(self, links: Array) -> list[Labelled]:
        passages = self.arrays["link"]
        return [labelled(self.packed, link, int(passages[link])) for link in links.tolist()]

    def _thinned(self, links: Array, most: int, rng: np.random.Generator) -> Array:
        """Supporting passages, and ``most`` others: those of their titles first, half of the time."""
        relevant = (self.arrays["link.flags"][links] & RELEVANT) > 0
        others = links[~relevant]
        if len(others) <= most:
            return links
        titles = self.arrays["passage"][self.arrays["link"][links], 1]
        alike = np.isin(titles[~relevant], titles[relevant]) & (titles[~relevant] > 0)
        order = np.argsort(rng.random(len(others)) + np.where(alike, 0, _LIKE_SUPPORT), kind="stable")
        return np.concatenate([links[relevant], others[order[: max(0, most)]]])

    def _unsupported(self, passage: Labelled) -> Labelled:
        """``passage`` for a query that it does not answer, though it is about the same thing."""
        keep = None if passage.keep is None else np.zeros_like(passage.keep)
        return replace(passage, keep=keep, relevant=NO_LABEL, marked=np.zeros((0, 2), np.int64))

    def _negatives(self, links: Array, relevant: Array, number: int, rng: np.random.Generator) -> list[Labelled]:
        """Up to ``number`` passages that look like one of ``links`` (a relevant one, if any) and are not among them."""
        passages = self.arrays["link"][links]
        if not number or not len(links):
            return []
        like = passages[relevant] if relevant.any() else passages
        candidates = self.packed.row("negatives", int(like[rng.integers(len(like))]))
        candidates = candidates[~np.isin(candidates, passages)]
        chosen = candidates[rng.permutation(len(candidates))[:number]]
        return [labelled(self.packed, -1, passage) for passage in chosen.tolist()]

    def _with_evidence(self, query: Array, passages: list[Labelled], rng: np.random.Generator) -> Array:
        """``query`` as the second hop asks it: with a sentence found by the first one behind it."""
        right: list[tuple[float, Array]] = []
        wrong: list[tuple[float, Array]] = []
        for passage in passages:
            if passage.keep is None:
                continue
            shared = np.where(np.isin(passage.ids, query), self._rarity[passage.ids], 0.0)
            overlap = np.concatenate([[0.0], shared.cumsum()])
            for (first, last), keep in zip(passage.sentences.tolist(), passage.keep.tolist(), strict=True):
                score = float(overlap[last] - overlap[first]) + rng.random()
                (right if keep else wrong).append((score, passage.ids[first:last]))
        wrong = sorted(wrong, key=lambda scored: -scored[0])[:_MISLEADING]
        pool = wrong if wrong and (not right or rng.random() < _WRONG_EVIDENCE) else right
        if not pool:
            return query
        best = max(pool, key=lambda scored: scored[0]) if rng.random() < 0.7 else pool[int(rng.integers(len(pool)))]
        return both_ends(np.concatenate([query, best[1]]))

    def batch(self, drawn: list[Drawn]) -> Batch:
        """The flat arrays of questions."""
        rows = [window for each in drawn for window in each.windows]
        owner = np.repeat(np.arange(len(drawn)), [len(each.windows) for each in drawn])
        lengths = np.array([len(row.ids) for row in rows], np.int64)
        sentences = np.array([len(row.keep) for row in rows], np.int64)
        sentence = np.concatenate([row.sentence for row in rows])
        shift = np.repeat(np.concatenate([[0], sentences.cumsum()[:-1]]), lengths)
        weights = [self._word_weight(each.source, window) for each in drawn for window in each.windows]
        return Batch(
            ids=np.concatenate([row.ids for row in rows]).astype(np.int32),
            offsets=np.concatenate([[0], lengths.cumsum()]),
            sentence=np.where(sentence >= 0, sentence + shift, NO_LABEL).astype(np.int32),
            keep=np.concatenate([row.keep for row in rows]).astype(np.int8),
            sentence_question=np.repeat(owner, sentences),
            relevant=np.array([row.relevant for row in rows], np.int8),
            row_question=owner,
            word=np.concatenate([row.word for row in rows]).astype(np.int8),
            word_weight=np.repeat(np.array(weights, np.float32), lengths),
            answerable=np.array([each.answerable for each in drawn], np.int8),
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
        """The question at ``position`` of the endless sequence of ``source``, and what its draw is decided by."""
        epoch, index = divmod(position, self._sizes[source])
        if self._last.get(source, (-1,))[0] != epoch:
            order = np.random.default_rng((self._seed, source, epoch)).permutation(self._sizes[source])
            self._last[source] = (epoch, order)
        return int(self._last[source][1][index]), np.random.default_rng((self._seed, source, epoch, index))


def batches(
    packed: Packed, mixture: Mapping[str, float] | None, seed: int, batch_tokens: int, start: int = 0
) -> Iterator[Batch]:
    """Batches of whole questions, ``batch_tokens`` tokens each in the mean, for ever, from batch ``start`` on.

    :param mixture: share of the tokens by source; None: as they were packed.
    :raises InputError: no source of the mixture has a question.
    """
    sampler = Sampler(packed)
    sizes = np.diff(packed.arrays["source"])
    share = np.array(
        [source["share"] if mixture is None else mixture.get(source["name"], 0.0) for source in sampler.sources], float
    )
    share[sizes == 0] = 0.0
    if not share.sum() > 0:
        wanted = "them" if mixture is None else ", ".join(mixture)
        names = ", ".join(source["name"] for source in sampler.sources) or "nothing"
        raise InputError(f"data: received packed data of {names}, expected questions of {wanted}. Pack more data.")
    lengths = np.array([max(1.0, source["tokens"]) for source in sampler.sources])
    rates = batch_tokens * share / share.sum() / lengths
    rates /= min(1.0, rates.sum())  # at least a question a batch
    phases = _PHASE * np.arange(len(rates)) % 1.0
    orders = _Orders(seed, sizes.tolist())
    number = start
    while True:
        begin, end = (np.floor(n * rates + phases).astype(np.int64) for n in (number, number + 1))
        if not (end > begin).any():  # questions longer than a batch: the next one of the source whose turn is nearest
            nearest = int(np.argmax(np.where(rates > 0, (number + 1) * rates + phases - end, -1.0)))
            end[nearest] += 1
        drawn = [
            sampler.drawn(source, *orders.at(source, position))
            for source in np.flatnonzero(end > begin).tolist()
            for position in range(int(begin[source]), int(end[source]))
        ]
        drawn = [question for question in drawn if question.windows]
        if drawn:
            yield sampler.batch(drawn)
        number += 1


def question_batches(packed: Packed, batch_tokens: int) -> Iterator[tuple[Array, Batch]]:
    """Every question once, unchanged: the number of each question's source, and the batch of them.

    For measuring; a batch has at least one question, else at most ``batch_tokens`` tokens.
    """
    sampler, rng = Sampler(packed), np.random.default_rng(0)
    part: list[Drawn] = []
    for source, (first, last) in enumerate(pairwise(packed.arrays["source"].tolist())):
        for number in range(last - first):
            question = sampler.drawn(source, number, rng, EVERYTHING)
            if part and sum(each.tokens for each in part) + question.tokens > batch_tokens:
                yield np.array([each.source for each in part]), sampler.batch(part)
                part = []
            if question.windows:
                part.append(question)
    if part:
        yield np.array([each.source for each in part]), sampler.batch(part)


def mean_tokens(packed: Packed) -> list[float]:
    """The mean tokens of a drawn question of each source, from some of them."""
    sampler, rng = Sampler(packed), np.random.default_rng(0)
    means = []
    for source, size in enumerate(np.diff(packed.arrays["source"]).tolist()):
        numbers = np.linspace(0, size - 1, min(size, MAX_MEASURED_QUESTIONS)).astype(np.int64).tolist()
        means.append(float(np.mean([sampler.drawn(source, number, rng).tokens for number in numbers] or [0])))
    return means
