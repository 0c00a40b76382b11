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

__all__ = ["MAX_SEED", "Plan", "run"]

MAX_SEED = 2**63 - 1  # the largest that torch takes

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
    """
    folder.mkdir(parents=True, exist_ok=True)
    trained = [parameter for group in groups for parameter in group["params"]]
    optimizer = torch.optim.AdamW([dict(group) for group in groups], lr=plan.rate, betas=(0.9, 0.98), fused=True)
    step = done = 0
    elapsed = 0.0
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        with torch.no_grad():
            for name, tensor in held.items():
                tensor.copy_(state["held"][name])
        optimizer.load_state_dict(state["optimizer"])
        step, done, elapsed = state["step"], state["done"], state["elapsed"]
        _log.info("going on from step %d, %d tokens", step, done)
    rows = [json.loads(line) for line in _lines(folder / "log.jsonl") if json.loads(line)["step"] <= step]
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    def logged(row: dict[str, Any]) -> None:
        rows.append(row)
        with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
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
            part = checkpoint.with_suffix(".part")
            torch.save(state, part)
            part.replace(checkpoint)
            saved = now
    return rows


def _dev(probe: Callable[[], Mapping[str, float]]) -> dict[str, float]:
    return {f"dev {name}": round(value, 4) for name, value in probe().items()}


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.is_file() else []
