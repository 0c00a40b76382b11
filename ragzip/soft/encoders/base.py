"""The base of soft encoders, and mean pooling, which needs no training."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ragzip.backends.progress import reported
from ragzip.checks import whole_number
from ragzip.errors import ModelError, OptionError
from ragzip.process.lazy_property import lazy_property
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

_BATCH_TOKENS_BY_DEVICE = {"cpu": 1024}  # of pieces that run together; elsewhere:
_ACCELERATOR_BATCH_TOKENS = 16_384


def group_mean(states: Any, size: int) -> Any:
    """The mean of each run of ``size`` states; the last run may be shorter. *Shape:* (b, n, h) to (b, ⌈n/size⌉, h)."""
    return group_weighted(states, states.new_zeros(states.shape[:2]), size)


def group_weighted(states: Any, weights: Any, size: int) -> Any:
    """The means of runs of states as in :func:`group_mean`, weighted by the softmax of ``weights`` (b, n) within each
    run.
    """
    import torch

    rows, length, hidden = states.shape
    size = min(size, max(length, 1))  # no padding beyond the states
    group_count = -(-length // size)
    states = torch.nn.functional.pad(states, (0, 0, 0, group_count * size - length)).view(
        rows, group_count, size, hidden
    )
    weights = torch.nn.functional.pad(weights, (0, group_count * size - length), value=-torch.inf).view(
        rows, group_count, size, 1
    )
    return (states * weights.softmax(2)).sum(2)


def runs_weighted(states: Any, weights: Any, size: int) -> Any:
    """The states in ⌈n/size⌉ runs, each by the softmax of ``weights`` (b, n) within it: a run ends at one of the states
    of the highest weights; where weights are equal, runs have ``size`` states. *Shape:* as :func:`group_mean`.
    """
    import torch

    length = states.shape[1]
    run_count = -(-length // size)
    positions = torch.arange(length, device=states.device)
    ends_even_run = (positions % size == size - 1) | (positions == length - 1)
    end_positions = (weights.detach() + 1e-4 * ends_even_run).argsort(dim=1, descending=True, stable=True)[
        :, :run_count
    ]
    is_run_end = torch.zeros_like(weights).scatter_(1, end_positions, 1.0)
    run_numbers = (is_run_end.cumsum(1) - is_run_end).clamp(max=run_count - 1).long()
    membership = torch.nn.functional.one_hot(run_numbers, run_count).to(states.dtype).transpose(1, 2)
    shares = weights[:, None, :].masked_fill(membership == 0, -torch.inf).softmax(2)
    return (shares[..., None] * states[:, None]).sum(2)  # as in weighed()


def weighed(vectors: Any, by: Any) -> Any:
    """The product of each vector, scaled to equal size, with ``by`` (h). *Shape:* (b, n, h) to (b, n)."""
    return (even(vectors).float() * by.float()).sum(-1)  # not a matrix product: its rounding may differ with the batch


def even(states: Any) -> Any:
    """States scaled to a root mean square of 1. *Shape:* (…, h) to the same."""
    import torch

    return torch.nn.functional.rms_norm(states, states.shape[-1:])


def digest(tensors: Mapping[str, Any]) -> str:
    """The digest of named tensors."""
    hasher = hashlib.blake2b(digest_size=8)
    for name, tensor in sorted(tensors.items()):
        hasher.update(f"{name}{tuple(tensor.shape)}".encode())
        hasher.update(tensor.detach().float().cpu().contiguous().numpy().data)
    return hasher.hexdigest()


class Encoder:
    """The base of all soft encoders: the language model that reads their vectors."""

    method: ClassVar[str]
    adapter: str | None = None

    def __init__(self, lm: LanguageModel) -> None:
        self.lm = lm

    @property
    def space(self) -> str:
        """The fingerprint of the language model in whose embedding space the vectors are."""
        return self.lm.fingerprint

    @property
    def hidden(self) -> int:
        """Width of the vectors."""
        return self.lm.hidden


def together(lengths: Sequence[int], most: int, *, uneven: float = 1.0) -> Iterator[list[int]]:
    """Batches of indices of texts of one length, of at most ``most`` tokens in all; empty texts are left out.

    :param uneven: the longest text of a batch may be so many times as long as the shortest.
    """
    batch: list[int] = []
    for index in sorted((index for index, length in enumerate(lengths) if length), key=lambda index: lengths[index]):
        if batch and (lengths[index] > uneven * lengths[batch[0]] or (len(batch) + 1) * lengths[index] > most):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


class LMEncoder(Encoder, ABC):
    """A :class:`~ragzip.backends.protocols.SoftEncoder` over the language model that reads its vectors.

    A piece's vectors do not depend on the other pieces of its batch (but for rounding): only pieces of one length share
    a batch.

    :ivar most: most tokens of a piece.
    """

    most: int
    ratios: tuple[int, ...] | None = None
    join = True
    head: Any = None

    @lazy_property
    def fingerprint(self) -> str:
        """The identity of everything that changes the vectors; computed on first use, so not during training."""
        return f"{self.lm.fingerprint}:{self.lm.dtype}:{self.method}:{self.most}:{digest(self.tensors())}"

    def tensors(self) -> dict[str, Any]:
        """The trained tensors by name: of the head, and of the adapter on the language model."""
        head_tensors = {} if self.head is None else self.head.state_dict()
        lora_tensors = {} if self.adapter is None else self.lm.lora(self.adapter)
        return {f"head.{name}": tensor for name, tensor in head_tensors.items()} | {
            f"lora.{name}": lora_tensors[name] for name in lora_tensors
        }

    def settings(self) -> dict[str, Any]:
        """The arguments that make the encoder again, besides its tensors."""
        return {}

    def __reduce__(self) -> tuple[Any, ...]:
        arrays = {name: tensor.detach().float().cpu().numpy() for name, tensor in self.tensors().items()}
        return _remake, (type(self), self.lm, self.settings(), arrays)

    def check(self, ratio: int) -> int:
        """``ratio``, if the encoder supports it.

        :raises OptionError: a ratio that the encoder was not made for.
        """
        allowed_ratios = "a whole number, 1 or more" if self.ratios is None else " or ".join(map(str, self.ratios))
        expected = f"{allowed_ratios}: tokens to a vector"
        checked_ratio = whole_number(ratio, "ratio", least=1, expected=expected)
        if self.ratios is not None and checked_ratio not in self.ratios:
            raise OptionError(f"ratio: received {checked_ratio}, expected {expected}.")
        return checked_ratio

    def pieces(self, text: str) -> list[Span]:
        """The pieces of ``text``, which together are all of it."""
        return cut(
            text, self.lm.offsets(text), self.most, lambda piece_text: len(self.lm.ids(piece_text)), join=self.join
        )

    def sizes(self, texts: Sequence[str], ratio: int) -> list[int]:
        """The number of vectors of each text."""
        return [-(-len(ids) // ratio) for ids in self.lm.many_ids(texts)]

    def encode(self, texts: Sequence[str], ratio: int) -> list[npt.NDArray[np.float16]]:
        """The vectors of each text. *Shape:* (⌈tokens ÷ ratio⌉, hidden) each."""
        import torch

        vectors_by_text: list[npt.NDArray[np.float16]] = [np.zeros((0, self.hidden), np.float16)] * len(texts)
        done_count = 0
        with reported(len(texts)) as report, torch.no_grad():
            for batch_indices, batch_vectors in self._batches(texts, self.check(ratio)):
                vectors = batch_vectors.float().cpu().numpy().astype(np.float16)
                if not np.isfinite(vectors).all():
                    raise ModelError(f"{self.method}: the encoder gives vectors that are not finite.")
                for index, array in zip(batch_indices, vectors, strict=True):
                    vectors_by_text[index] = array
                done_count += len(batch_indices)
                report(done_count)
        return vectors_by_text

    def vectors(self, texts: Sequence[str], ratio: int) -> list[Any]:
        """The vectors of each text as tensors with gradients, for training."""
        vectors_by_text: list[Any] = [self.lm.embeddings.weight[:0]] * len(texts)
        for batch_indices, batch_vectors in self._batches(texts, ratio):
            for index, vectors in zip(batch_indices, batch_vectors, strict=True):
                vectors_by_text[index] = vectors
        return vectors_by_text

    def _batches(self, texts: Sequence[str], ratio: int) -> Iterator[tuple[list[int], Any]]:
        ids_by_text = self.lm.many_ids(texts)
        with self.lm.using(self.adapter):
            for batch_indices in together(
                [len(ids) for ids in ids_by_text],
                _BATCH_TOKENS_BY_DEVICE.get(self.lm.device, _ACCELERATOR_BATCH_TOKENS),
            ):
                batch_ids = self.lm.on_device([ids_by_text[index] for index in batch_indices])
                yield batch_indices, self.forward(batch_ids, ratio)

    @abstractmethod
    def forward(self, ids: Any, ratio: int) -> Any:
        """The vectors, with gradients. *Shape:* (batch, n) to (batch, ⌈n/ratio⌉, hidden)."""


def fill(encoder: Any, tensors: Mapping[str, Any]) -> Any:
    """``encoder`` with ``tensors`` in it.

    :raises ModelError: names or shapes other than those of the encoder.
    """
    encoder_tensors = encoder.tensors()
    unfit_names = [
        name
        for name in sorted(encoder_tensors.keys() | tensors.keys())
        if _shape(encoder_tensors, name) != _shape(tensors, name)
    ]
    if unfit_names:
        received_shapes = {name: _shape(tensors, name) for name in unfit_names[:4]}
        raise ModelError(f"{encoder.method}: these tensors were made for another model: {received_shapes}.")
    for name, tensor in encoder_tensors.items():
        tensor.data.copy_(tensors[name])
    return encoder


def _shape(tensors: Mapping[str, Any], key: str) -> tuple[int, ...] | None:
    return tuple(tensors[key].shape) if key in tensors else None


def _remake(kind: Any, lm: LanguageModel, settings: Mapping[str, Any], arrays: Mapping[str, Any]) -> Any:
    import torch

    return fill(kind(lm, **settings), {name: torch.from_numpy(array) for name, array in arrays.items()})


class MeanPooling(LMEncoder):
    """The mean of each group of token embeddings: the starting point and the baseline of trained encoders.

    :param most: most tokens of a piece.
    """

    method = "mean"

    def __init__(self, lm: LanguageModel, *, most: int = 64) -> None:
        super().__init__(lm)
        self.most = most

    def settings(self) -> dict[str, Any]:
        """The arguments that make it again."""
        return {"most": self.most}

    def forward(self, ids: Any, ratio: int) -> Any:
        """*Shape:* (batch, n) to (batch, ⌈n/ratio⌉, hidden)."""
        return group_mean(self.lm.embed(ids), ratio)
