"""The device of a training run: its precision, and the tokens of a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ragzip.backends.runtimes.torch import to_device
from ragzip.checks import choice
from ragzip.errors import OptionError

__all__ = ["DEVICES", "PRECISIONS", "Machine", "machine_for", "machine_of"]

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "bf16", "fp32")
CPU_MICRO_TOKENS = 2600  # whose activations stay in the cache of a processor
CPU_BATCH_TOKENS = 4600
MIN_BATCH_TOKENS, MAX_BATCH_TOKENS = 8192, 65_536  # of an accelerator
BYTES_PER_TOKEN = 2**20  # of an accelerator's memory: what 12 layers of 768 numbers keep for the backward pass, twice


@dataclass(frozen=True)
class Machine:
    """A device and its settings.

    :param device: "cpu", "cuda" or "mps".
    :param precision: of matrix products: "bf16" or "fp32". Weights, optimizer and losses are always float32.
    :param micro_tokens: tokens, padding included, that go through the network together.
    :param batch_tokens: tokens of one step that keep the device busy.
    """

    device: str
    precision: str
    micro_tokens: int
    batch_tokens: int

    def autocast(self) -> Any:
        """A context in which matrix products are computed in :attr:`precision`."""
        return torch.autocast(self.device, torch.bfloat16, enabled=self.precision == "bf16")

    def seed(self, seed: int) -> None:
        """Seed the generators of torch, on the CPU and on the device."""
        torch.manual_seed(seed)

    def to(self, value: Any) -> Any:
        """``value`` on the device: a tensor, an array, or a mapping from names to them. Nothing waits for the copy."""
        if isinstance(value, Mapping):
            return {name: self.to(item) for name, item in value.items()}
        return to_device(value, self.device)

    @property
    def fused(self) -> bool:
        """Whether AdamW has one kernel for all weights here."""
        return self.device in ("cpu", "cuda")

    def random_state(self) -> dict[str, Any]:
        """The states of torch's generators, by device, as CPU tensors."""
        states = {"cpu": torch.get_rng_state()}
        if self.device == "cuda":
            states["cuda"] = torch.cuda.get_rng_state()
        return states

    def set_random_state(self, states: Mapping[str, Any]) -> None:
        """Put back :meth:`random_state`; the state of a device that is not this one is left out."""
        torch.set_rng_state(states["cpu"])
        if self.device == "cuda" and "cuda" in states:
            torch.cuda.set_rng_state(states["cuda"])


def machine_of(device: str = "auto", precision: str = "auto") -> Machine:
    """The machine to train on.

    :param device: "auto": CUDA if there is one, else MPS, else the CPU.
    :param precision: "auto": bf16 where the hardware has it, else fp32.
    :raises OptionError: another name, or a device that this machine or this build of torch does not have.
    """
    device = choice(device, "device", DEVICES)
    precision = choice(precision, "precision", PRECISIONS)
    availability = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        device = next(name for name, available in availability.items() if available)
    if not availability[device]:
        raise OptionError(
            f"device: received {device!r}, which torch {torch.__version__} does not find on this machine; expected "
            f"{' or '.join(repr(name) for name, available in availability.items() if available)}, or 'auto'."
        )
    if precision == "auto":
        precision = "bf16" if _has_bf16(device) else "fp32"
    if device == "cpu":
        return Machine(device, precision, CPU_MICRO_TOKENS, CPU_BATCH_TOKENS)
    tokens = batch_tokens_of(_memory_bytes(device))
    return Machine(device, precision, tokens, tokens)


def machine_for(model: object, device: str = "auto", precision: str = "auto") -> Machine:
    """The machine to train ``model`` on: a loaded one (with a ``device``) is trained where it is.

    :raises OptionError: as :func:`machine_of`, or ``device`` is another than that of a loaded model.
    """
    place = getattr(model, "device", None)
    if not isinstance(place, str):
        return machine_of(device, precision)
    kind = place.partition(":")[0]
    if device not in ("auto", kind):
        raise OptionError(f"device: received {device!r} and a model on {place!r}, expected 'auto' or {kind!r}.")
    return machine_of(kind, precision)


def batch_tokens_of(memory_bytes: int) -> int:
    """Tokens of one step on an accelerator with so much memory: a power of two from 8,192 to 65,536."""
    tokens = 1 << max(0, (memory_bytes // BYTES_PER_TOKEN).bit_length() - 1)
    return min(MAX_BATCH_TOKENS, max(MIN_BATCH_TOKENS, tokens))


def _has_bf16(device: str) -> bool:
    """Whether the hardware has bfloat16: on a processor without a unit for it, it is a hundred times slower."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device == "cpu" and bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())


def _memory_bytes(device: str) -> int:
    if device == "cuda":
        return int(torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory)
    return int(torch.mps.recommended_max_memory())
