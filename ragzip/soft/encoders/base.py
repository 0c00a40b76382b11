"""From texts to vectors: what soft encoders share, and mean pooling, which needs no training."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.backends.progress import reported
from ragzip.checks import whole_number
from ragzip.errors import ModelError, OptionError
from ragzip.soft.encoders.pieces import cut
from ragzip.soft.language import LanguageModel
from ragzip.text.spans import Span

__all__ = [
    "Encoder",
    "LMEncoder",
    "MeanPooling",
    "digest",
    "even",
    "fill",
    "group_mean",
    "group_weighted",
    "runs_weighted",
    "together",
    "weighed",
]

_BATCH_TOKENS = {"cpu": 1024}  # of pieces that run together; elsewhere:
_MANY = 16_384


def group_mean(states: Any, size: int) -> Any:
    """The mean of each run of ``size`` states, of the rest at the end too. *Shape:* (b, n, h) to (b, ⌈n/size⌉, h)."""
    return group_weighted(states, states.new_zeros(states.shape[:2]), size)


def group_weighted(states: Any, weights: Any, size: int) -> Any:
    """As :func:`group_mean`, by the softmax of ``weights`` (b, n) within each run."""
    import torch

    rows, n, width = states.shape
    size = min(size, max(n, 1))  # no room for what is not there
    groups = -(-n // size)
    states = torch.nn.functional.pad(states, (0, 0, 0, groups * size - n)).view(rows, groups, size, width)
    weights = torch.nn.functional.pad(weights, (0, groups * size - n), value=-torch.inf).view(rows, groups, size, 1)
    return (states * weights.softmax(2)).sum(2)


def runs_weighted(states: Any, weights: Any, size: int) -> Any:
    """The states in ⌈n/size⌉ runs, each by the softmax of ``weights`` (b, n) within it: a run ends at one of the states
    of the highest weights; where weights are equal, runs have ``size`` states. *Shape:* as :func:`group_mean`.
    """
    import torch

    n = states.shape[1]
    count = -(-n // size)
    at = torch.arange(n, device=states.device)
    regular = (at % size == size - 1) | (at == n - 1)
    order = (weights.detach() + 1e-4 * regular).argsort(dim=1, descending=True, stable=True)[:, :count]
    ends = torch.zeros_like(weights).scatter_(1, order, 1.0)
    runs = (ends.cumsum(1) - ends).clamp(max=count - 1).long()
    inside = torch.nn.functional.one_hot(runs, count).to(states.dtype).transpose(1, 2)
    shares = weights[:, None, :].masked_fill(inside == 0, -torch.inf).softmax(2)
    return (shares[..., None] * states[:, None]).sum(2)  # a product of matrices may differ with the batch


def weighed(vectors: Any, by: Any) -> Any:
    """The product of each vector, at equal size, with ``by`` (h). *Shape:* (b, n, h) to (b, n)."""
    return (even(vectors).float() * by.float()).sum(-1)  # the same for a vector whatever runs beside it


def even(states: Any) -> Any:
    """States of equal size: root mean square 1. *Shape:* (…, h) to the same."""
    import torch

    return torch.nn.functional.rms_norm(states, states.shape[-1:])


def digest(tensors: Mapping[str, Any]) -> str:
    """Of tensors, by name."""
    hasher = hashlib.blake2b(digest_size=8)
    for name, tensor in sorted(tensors.items()):
        hasher.update(f"{name}{tuple(tensor.shape)}".encode())
        hasher.update(tensor.detach().float().cpu().contiguous().numpy().data)
    return hasher.hexdigest()


class Encoder:
    """What all soft encoders have: the language model that reads their vectors."""

    method: ClassVar[str]
    adapter: str | None = None

    def __init__(self, lm: LanguageModel) -> None:
        self.lm = lm

    @property
    def space(self) -> str:
        """Fingerprint of the language model whose space the vectors are in."""
        return self.lm.fingerprint

    @property
    def hidden(self) -> int:
        """Width of the vectors."""
        return self.lm.hidden


def together(lengths: Sequence[int], most: int, *, uneven: float = 1.0) -> Iterator[list[int]]:
    """Indices of texts of one length that run together, of at most ``most`` tokens in all; empty ones are left out.

    :param uneven: how many times as long as the shortest of its batch a text may be.
    """
    batch: list[int] = []
    for i in sorted((i for i, length in enumerate(lengths) if length), key=lambda i: lengths[i]):
        if batch and (lengths[i] > uneven * lengths[batch[0]] or (len(batch) + 1) * lengths[i] > most):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


class LMEncoder(Encoder, ABC):
    """A :class:`~ragzip.backends.protocols.SoftEncoder` over the language model that reads its vectors.

    A piece's vectors do not change with what is encoded beside it (but for rounding): only pieces of one length share a
    batch.

    :ivar most: most tokens of a piece.
    """

    most: int
    ratios: tuple[int, ...] | None = None
    join = True
    head: Any = None

    @cached_property
    def fingerprint(self) -> str:
        """Of all that changes the vectors; taken when it is first asked for, so not in the middle of training."""
        return f"{self.lm.fingerprint}:{self.lm.dtype}:{self.method}:{self.most}:{digest(self.tensors())}"

    def tensors(self) -> dict[str, Any]:
        """What is trained, by name: of the head, and of the adapter on the language model."""
        head = {} if self.head is None else self.head.state_dict()
        lora = {} if self.adapter is None else self.lm.lora(self.adapter)
        return {f"head.{key}": value for key, value in head.items()} | {f"lora.{key}": lora[key] for key in lora}

    def settings(self) -> dict[str, Any]:
        """What the encoder is made again with, beside its tensors."""
        return {}

    def __reduce__(self) -> tuple[Any, ...]:
        arrays = {key: value.detach().float().cpu().numpy() for key, value in self.tensors().items()}
        return _remake, (type(self), self.lm, self.settings(), arrays)

    def check(self, ratio: int) -> int:
        """``ratio``, if it can be had.

        :raises OptionError: a ratio that the encoder was not made for.
        """
        of = "a whole number, 1 or more" if self.ratios is None else " or ".join(map(str, self.ratios))
        expected = f"{of}: tokens to a vector"
        checked = whole_number(ratio, "ratio", least=1, expected=expected)
        if self.ratios is not None and checked not in self.ratios:
            raise OptionError(f"ratio: received {checked}, expected {expected}.")
        return checked

    def pieces(self, text: str) -> list[Span]:
        """The pieces of ``text``, which together are all of it."""
        return cut(text, self.lm.offsets(text), self.most, lambda one: len(self.lm.ids(one)), join=self.join)

    def sizes(self, texts: Sequence[str], ratio: int) -> list[int]:
        """Vectors of each text."""
        return [-(-len(ids) // ratio) for ids in self.lm.many_ids(texts)]

    def encode(self, texts: Sequence[str], ratio: int) -> list[npt.NDArray[np.float16]]:
        """The vectors of each text. *Shape:* (⌈tokens ÷ ratio⌉, hidden) each."""
        import torch

        out: list[npt.NDArray[np.float16]] = [np.zeros((0, self.hidden), np.float16)] * len(texts)
        done = 0
        with reported(len(texts)) as report, torch.no_grad():
            for batch, made in self._batches(texts, self.check(ratio)):
                vectors = made.float().cpu().numpy().astype(np.float16)
                if not np.isfinite(vectors).all():
                    raise ModelError(f"{self.method}: the encoder gives vectors that are not finite.")
                for i, array in zip(batch, vectors, strict=True):
                    out[i] = array
                done += len(batch)
                report(done)
        return out

    def vectors(self, texts: Sequence[str], ratio: int) -> list[Any]:
        """The same as tensors that gradients go through, for training."""
        out: list[Any] = [self.lm.embeddings.weight[:0]] * len(texts)
        for batch, made in self._batches(texts, ratio):
            for i, one in zip(batch, made, strict=True):
                out[i] = one
        return out

    def _batches(self, texts: Sequence[str], ratio: int) -> Iterator[tuple[list[int], Any]]:
        import torch

        given = self.lm.many_ids(texts)
        with self.lm.using(self.adapter):
            for batch in together([len(ids) for ids in given], _BATCH_TOKENS.get(self.lm.device, _MANY)):
                yield batch, self.forward(torch.tensor([given[i] for i in batch], device=self.lm.device), ratio)

    @abstractmethod
    def forward(self, ids: Any, ratio: int) -> Any:
        """What gradients go through. *Shape:* (batch, n) to (batch, ⌈n/ratio⌉, hidden)."""


def fill(encoder: Any, tensors: Mapping[str, Any]) -> Any:
    """``encoder`` with ``tensors`` in it.

    :raises ModelError: other names or shapes than it has.
    """
    own = encoder.tensors()
    wrong = [key for key in sorted(own.keys() | tensors.keys()) if _shape(own, key) != _shape(tensors, key)]
    if wrong:
        shapes = {key: _shape(tensors, key) for key in wrong[:4]}
        raise ModelError(f"{encoder.method}: these tensors were made for another model: {shapes}.")
    for key, value in own.items():
        value.data.copy_(tensors[key])
    return encoder


def _shape(tensors: Mapping[str, Any], key: str) -> tuple[int, ...] | None:
    return tuple(tensors[key].shape) if key in tensors else None


def _remake(kind: Any, lm: LanguageModel, settings: Mapping[str, Any], arrays: Mapping[str, Any]) -> Any:
    import torch

    return fill(kind(lm, **settings), {key: torch.from_numpy(array) for key, array in arrays.items()})


class MeanPooling(LMEncoder):
    """The mean of each group of token embeddings: what trained encoders begin with, and are measured against.

    :param most: most tokens of a piece.
    """

    method = "mean"

    def __init__(self, lm: LanguageModel, *, most: int = 64) -> None:
        super().__init__(lm)
        self.most = most

    def settings(self) -> dict[str, Any]:
        """What it is made again with."""
        return {"most": self.most}

    def forward(self, ids: Any, ratio: int) -> Any:
        """*Shape:* (batch, n) to (batch, ⌈n/ratio⌉, hidden)."""
        return group_mean(self.lm.embed(ids), ratio)
