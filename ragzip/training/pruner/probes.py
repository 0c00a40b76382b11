"""Figures of packed development data while training runs, by source.

They are made on the device that trains, from token arrays alone: no text and no tokenizer is needed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ragzip.training.batch import Batch
from ragzip.training.machine import Machine
from ragzip.training.packed.format import Array, Packed
from ragzip.training.packed.sampler import question_batches
from ragzip.training.pruner.evaluate import outputs_of, recall_by_question
from ragzip.training.pruner.model import PrunerNet

__all__ = ["area_under_curve", "checker_probe", "pruner_probe"]

Floats = npt.NDArray[np.float64]
_BATCH_TOKENS = 32_768  # of a batch of questions
ALL = "all"


def pruner_probe(
    packed: Packed, machine: Machine | None = None, *, rate: float = 0.2
) -> Callable[[PrunerNet], Mapping[str, float]]:
    """A probe of the pruner on ``machine``, by source and over all of them: the supporting sentences that are among
    the best ones within ``rate`` of the tokens ("kept"), and the probability that the most relevant window of an
    answered question has a higher relevance than that of one that nothing answers ("answerable"; 0.5: chance).

    :param packed: data that were packed for measuring (``ragzip train pack --dev``).
    """
    batches = _batches(packed)

    def probe(net: PrunerNet) -> dict[str, float]:
        shares: dict[str, list[float]] = defaultdict(list)
        relevances: dict[tuple[str, int], list[float]] = defaultdict(list)
        for sources, batch, outputs in _outputs(net, batches, machine):
            for question, share in recall_by_question(batch, outputs, rate).items():
                for name in (sources[question], ALL):
                    shares[name].append(share)
            for question, relevance in enumerate(_best_by_question(batch, outputs, len(sources))):
                label = -1 if batch.answerable is None else int(batch.answerable[question])
                for name in (sources[question], ALL):
                    relevances[name, label].append(relevance)
        figures = {f"{name} kept": float(np.mean(values)) for name, values in shares.items()}
        return figures | _areas("answerable", relevances)

    return probe


def checker_probe(packed: Packed, machine: Machine | None = None) -> Callable[[PrunerNet], Mapping[str, float]]:
    """A probe of the checker on ``machine``, by source and over all of them: the probability that a wrong sentence has
    a higher doubt than an untouched one ("ahead"; 0.5: chance).

    :param packed: as for :func:`pruner_probe`.
    """
    batches = _batches(packed)

    def probe(net: PrunerNet) -> dict[str, float]:
        doubts: dict[tuple[str, int], list[float]] = defaultdict(list)
        for sources, batch, outputs in _outputs(net, batches, machine):
            logits = outputs[:, 3].cpu().numpy()[batch.offsets[:-1]]
            for row, question in enumerate(batch.row_question.tolist()):
                for name in (sources[question], ALL):
                    doubts[name, int(batch.relevant[row])].append(float(logits[row]))
        return _areas("ahead", doubts)

    return probe


def area_under_curve(positives: Floats, negatives: Floats) -> float:
    """The probability that a positive is above a negative; ties count half. *Shape:* (n,), (m,)."""
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, "left") + np.searchsorted(ordered, positives, "right")
    return float(below.mean() / 2 / len(ordered))


def _areas(figure: str, values: Mapping[tuple[str, int], list[float]]) -> dict[str, float]:
    """The area under the curve of each name that has items of both labels."""
    return {
        f"{name} {figure}": area_under_curve(np.array(positives), np.array(values[name, 0]))
        for (name, label), positives in list(values.items())
        if label == 1 and values.get((name, 0))
    }


def _batches(packed: Packed) -> list[tuple[list[str], Batch]]:
    """Batches of all questions, with the name of the source of each question."""
    names = [source["name"] for source in packed.about["sources"]]
    return [
        ([names[source] for source in sources.tolist()], batch)
        for sources, batch in question_batches(packed, _BATCH_TOKENS)
    ]


def _outputs(
    net: PrunerNet, batches: list[tuple[list[str], Batch]], machine: Machine | None
) -> Iterator[tuple[list[str], Batch, Any]]:
    return ((sources, batch, outputs_of(net, batch, machine)) for sources, batch in batches)


def _best_by_question(batch: Batch, outputs: Any, questions: int) -> list[float]:
    """The highest relevance logit of the rows of each question."""
    best: Array = np.full(questions, -np.inf)
    np.maximum.at(best, batch.row_question, outputs[:, 3].cpu().numpy()[batch.offsets[:-1]])
    return [float(relevance) for relevance in best]
