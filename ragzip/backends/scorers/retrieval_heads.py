"""The attention heads that a scorer sums, from pairs or from the JSON file of a calibration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ragzip.checks import iter_of, path_of, shown, whole_number
from ragzip.errors import ModelError, OptionError
from ragzip.files.writing import write_file

__all__ = ["MARK", "AttentionHead", "RetrievalHeads", "attention_heads"]

MARK = b'{"ragzip": "retrieval heads"'  # the beginning of every such file
_EXPECTED = "a JSON file of python -m ragzip.training.gemfilter heads, or pairs of (layer, head), both from 0"


class AttentionHead(NamedTuple):
    """A head of a layer, both counted from 0."""

    layer: int
    head: int


@dataclass(frozen=True)
class RetrievalHeads:
    """The heads of a model that copy from its context, best first.

    :param model: its name, for the reader of the file.
    :param layers: the number of layers of the model; None where they were not found by a calibration.
    :param heads_per_layer: the number of query heads of each layer; None likewise.
    :param scores: the retrieval score of each head: the share of copied tokens on which its attention was highest.
    :param needles: the number of needles that the scores are means over.
    """

    model: str
    layers: int | None
    heads_per_layer: int | None
    scores: dict[AttentionHead, float]
    needles: int = 0

    def check(self, layers: int, heads_per_layer: int) -> None:
        """Check that the heads are of a model with so many.

        :raises ModelError: they are of another model.
        :raises OptionError: there is no such head.
        """
        sizes = (layers, heads_per_layer)
        if self.layers is not None and (self.layers, self.heads_per_layer) != sizes:
            raise ModelError(
                f"heads: received those of {self.model} ({self.layers} layers of {self.heads_per_layer} heads), "
                f"expected those of the model, which has {layers} layers of {heads_per_layer}. Calibrate it: python -m "
                "ragzip.training.gemfilter heads."
            )
        for head in self.scores:
            if head.layer >= layers or head.head >= heads_per_layer:
                raise OptionError(
                    f"heads: received {tuple(head)}, expected (layer, head) of a model with {layers} layers of "
                    f"{heads_per_layer} heads, both from 0."
                )

    def write(self, path: str | Path) -> None:
        """Write the JSON file ``path``.

        :raises StorageError: ``path`` is another program's file, or cannot be written.
        """
        content = {
            "ragzip": "retrieval heads",
            "model": self.model,
            "layers": self.layers,
            "heads_per_layer": self.heads_per_layer,
            "needles": self.needles,
            "heads": [[*head, round(score, 4)] for head, score in self.scores.items()],
        }
        write_file(path, json.dumps(content), mark=MARK)


def attention_heads(value: str | Path | Sequence[tuple[int, int]]) -> RetrievalHeads:
    """The heads that ``value`` names: a file of :meth:`RetrievalHeads.write`, or pairs of (layer, head).

    :raises OptionError: neither of them, or no heads.
    :raises ModelError: the file cannot be read, or holds something else.
    """
    if isinstance(value, (str, Path)):
        return _read(path_of(value, "heads", expected=_EXPECTED))
    heads = [_head(pair) for pair in iter_of(value, "heads", expected=_EXPECTED)]
    if not heads:
        raise OptionError(f"heads: received none, expected {_EXPECTED}.")
    return RetrievalHeads("these pairs", None, None, dict.fromkeys(heads, 1.0))


def _head(pair: Any) -> AttentionHead:
    numbers = list(iter_of(pair, "heads", expected=_EXPECTED))
    if len(numbers) != 2:
        raise OptionError(f"heads: received {shown(pair)}, expected {_EXPECTED}.")
    return AttentionHead(*(whole_number(number, "heads", expected=_EXPECTED) for number in numbers))


def _read(path: Path) -> RetrievalHeads:
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["ragzip"] != "retrieval heads":
            raise ValueError(f"it is marked as {content['ragzip']!r:.40}")
        scores = {_head((layer, head)): float(score) for layer, head, score in content["heads"]}
        layers, heads_per_layer, needles = (int(content[key]) for key in ("layers", "heads_per_layer", "needles"))
        model = str(content["model"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise ModelError(
            f"heads: {str(path)!r} holds no retrieval heads ({type(error).__name__}: {str(error)[:100]}), expected "
            f"{_EXPECTED}."
        ) from error
    if not scores:
        raise ModelError(f"heads: {str(path)!r} names no heads, expected {_EXPECTED}.")
    return RetrievalHeads(model, layers, heads_per_layer, scores, needles)
