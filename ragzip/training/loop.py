"""The training loop of every recipe: seeded, resumable, with a log."""

from __future__ import annotations

import json
import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch

from ragzip.errors import StorageError
from ragzip.storage.files import atomic_file, storing, whole_lines, write_file
from ragzip.storage.manifest import claim_files

__all__ = ["MAX_SEED", "WRITER", "Plan", "run"]

MAX_SEED = 2**63 - 1  # the largest that torch takes
WRITER = "training"  # in the manifest of the folder of a run
_LOG, _CHECKPOINT = "log.jsonl", "checkpoint.pt"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """How long and how fast. The learning rate rises over ``warmup`` of the tokens, stays, and falls to zero over the
    last ``decay`` of them, so that a run that goes on longer only moves its end.
    """

    tokens: int
    batch_tokens: int = 4600
    micro_tokens: int = 2600
    rate: float = 1.2e-4
    warmup: float = 0.03
    decay: float = 0.4
    seed: int = 20261124
    save_every: float = 240.0  # seconds
    probe_every: int = 2_000_000  # tokens

    def scale(self, done: int) -> float:
        """Of the learning rate after ``done`` tokens."""
        at = min(1.0, done / self.tokens)
        return min(1.0, at / self.warmup if self.warmup else 1.0, max(0.0, 1 - at) / self.decay)


class _Sized(Protocol):
    @property
    def tokens(self) -> int: ...


_Batch = TypeVar("_Batch", bound=_Sized)


def run(
    plan: Plan,
    groups: Sequence[Mapping[str, Any]],
    batches: Callable[[int], Iterator[_Batch]],
    losses: Callable[[_Batch], Mapping[str, Any]],
    held: Mapping[str, Any],
    folder: Path,
    *,
    weights: Mapping[str, float] | None = None,
    probe: Callable[[], Mapping[str, float]] | None = None,
) -> list[dict[str, Any]]:
    """Train in place; what was logged. ``folder`` holds log.jsonl and checkpoint.pt: a run whose folder has one goes on
    from there.

    :param groups: of AdamW; ``factor`` is that of the plan's rate.
    :param batches: batches for ever, but for so many at the beginning.
    :param losses: of a batch, by name; their sum by ``weights`` (default: 1) is what is made smaller.
    :param held: the live tensors that training changes, by name.
    :param probe: figures of the development data, by name; taken before the first step too.
    :raises StorageError: ``folder`` holds files of these names that no training of ours wrote, damaged ones, or those
        of another network; or it cannot be written.
    """
    claim_files(folder, WRITER, (_LOG, _CHECKPOINT))
    trained = [parameter for group in groups for parameter in group["params"]]
    optimizer = torch.optim.AdamW([dict(group) for group in groups], lr=plan.rate, betas=(0.9, 0.98), fused=True)
    step = done = 0
    elapsed = 0.0
    checkpoint = folder / _CHECKPOINT
    if checkpoint.is_file():
        step, done, elapsed = _resume(checkpoint, held, optimizer)
        _log.info("going on from step %d, %d tokens", step, done)
    rows = [row for row in _logged(folder / _LOG) if row["step"] <= step]
    write_file(folder / _LOG, "".join(json.dumps(row) + "\n" for row in rows))

    def logged(row: dict[str, Any]) -> None:
        rows.append(row)
        with storing(folder / _LOG), (folder / _LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        _log.info("%s", row)

    if step == 0 and not rows and probe is not None:
        logged({"step": 0, "tokens": 0, "seconds": 0, "scale": 0.0} | _dev(probe))
    start = saved = time.monotonic()
    sums: dict[str, list[float]] = defaultdict(list)
    ahead = batches(step)
    for batch in ahead if done < plan.tokens else ():
        if done >= plan.tokens:
            break
        scale = plan.scale(done + batch.tokens // 2)
        for group in optimizer.param_groups:
            group["lr"] = plan.rate * group["factor"] * scale
        parts = losses(batch)
        total: Any = torch.stack([(weights or {}).get(name, 1.0) * loss for name, loss in parts.items()]).sum()
        total.backward()
        norm = float(torch.nn.utils.clip_grad_norm_(trained, 1.0))
        if math.isfinite(norm):
            optimizer.step()
        optimizer.zero_grad()
        for name, loss in parts.items():
            sums[name].append(float(loss.detach()))
        before, done, step = done, done + batch.tokens, step + 1
        now = time.monotonic()
        probing = done // plan.probe_every > before // plan.probe_every or done >= plan.tokens
        if step % 25 == 0 or probing:
            seconds = round(elapsed + now - start)
            row: dict[str, Any] = {"step": step, "tokens": done, "seconds": seconds, "scale": scale}
            row |= {name: round(sum(values) / len(values), 4) for name, values in sums.items()}
            if probing and probe is not None:
                row |= _dev(probe)
            sums.clear()
            logged(row)
        if now - saved > plan.save_every or done >= plan.tokens:
            state = {
                "held": dict(held),
                "optimizer": optimizer.state_dict(),
                "step": step,
                "done": done,
                "elapsed": elapsed + now - start,
            }
            with storing(checkpoint), atomic_file(checkpoint) as fresh:
                torch.save(state, fresh)
            saved = now
    return rows


def _dev(probe: Callable[[], Mapping[str, float]]) -> dict[str, float]:
    return {f"dev {name}": round(value, 4) for name, value in probe().items()}


def _resume(checkpoint: Path, held: Mapping[str, Any], optimizer: Any) -> tuple[int, int, float]:
    """Steps, tokens and seconds of the run that wrote ``checkpoint``; the tensors and the optimizer take its state."""
    try:
        state = torch.load(checkpoint, weights_only=True)
        with torch.no_grad():
            for name, tensor in held.items():
                tensor.copy_(state["held"][name])
        optimizer.load_state_dict(state["optimizer"])
        return int(state["step"]), int(state["done"]), float(state["elapsed"])
    except Exception as error:  # torch raises many kinds
        raise StorageError(
            f"{checkpoint}: holds no state of this training ({type(error).__name__}: {str(error)[:300]}). Remove it to "
            "begin anew, or name another folder."
        ) from error


def _logged(path: Path) -> list[dict[str, Any]]:
    """The rows of a log; one that was being written when its process was killed is left out."""
    rows = []
    for number, line in enumerate(whole_lines(path), 1):
        try:
            row = json.loads(line)
            if not isinstance(row["step"], int):
                raise TypeError(f"step {row['step']!r:.80}")
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise StorageError(
                f"{path}, line {number}: no row of a training log ({type(error).__name__}: {error}). Remove the file "
                "with checkpoint.pt to begin anew."
            ) from error
        rows.append(row)
    return rows
