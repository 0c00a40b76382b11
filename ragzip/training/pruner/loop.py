"""The training loop: seeded, resumable, with a log and a curve."""

from __future__ import annotations

import json
import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ragzip.training.pruner.mixture import Source, batches
from ragzip.training.pruner.model import PrunerNet, losses, run

__all__ = ["Plan", "train"]

_log = logging.getLogger(__name__)
_WEIGHTS = {"sentence": 1.0, "list": 1.0, "passage": 0.3, "passages": 0.3, "word": 1.0}
_HEAD_RATE = 5.0  # the new head learns faster than the encoder


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


def train(
    net: PrunerNet,
    tokenizer: Any,
    sources: Sequence[Source],
    plan: Plan,
    folder: Path,
    probe: Callable[[PrunerNet], Mapping[str, float]] | None = None,
) -> list[dict[str, Any]]:
    """Train ``net`` in place; what was logged. ``folder`` holds log.jsonl and checkpoint.pt: a run whose folder has one
    goes on from there.

    :param probe: figures of the development data, by name, from the network as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    trained = [p for p in net.parameters() if p.requires_grad]
    head = {id(p) for p in net.head.parameters()}
    groups = [
        {"params": [p for p in trained if id(p) not in head and p.ndim > 1], "weight_decay": 0.01, "factor": 1.0},
        {"params": [p for p in trained if id(p) not in head and p.ndim == 1], "weight_decay": 0.0, "factor": 1.0},
        {"params": list(net.head.parameters()), "weight_decay": 0.0, "factor": _HEAD_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98), fused=True)
    step = done = 0
    elapsed = 0.0
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        step, done, elapsed = state["step"], state["done"], state["elapsed"]
        _log.info("going on from step %d, %d tokens", step, done)
    rows = [json.loads(line) for line in _lines(folder / "log.jsonl") if json.loads(line)["step"] <= step]
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    start = saved = time.monotonic()
    sums: dict[str, list[float]] = defaultdict(list)
    net.train()
    ahead = batches(list(sources), tokenizer, plan.seed, plan.batch_tokens, skip=step)
    for batch in ahead if done < plan.tokens else ():
        if done >= plan.tokens:
            break
        scale = plan.scale(done)
        for group in optimizer.param_groups:
            group["lr"] = plan.rate * group["factor"] * scale
        parts = losses(batch, run(net, batch, plan.micro_tokens))
        total: Any = torch.stack([_WEIGHTS[name] * loss for name, loss in parts.items()]).sum()
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
                net.eval()
                row |= {f"dev {name}": round(value, 4) for name, value in probe(net).items()}
                net.train()
            sums.clear()
            rows.append(row)
            with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            _log.info("%s", row)
        if now - saved > plan.save_every or done >= plan.tokens:
            _save(checkpoint, net, optimizer, step, done, elapsed + now - start)
            saved = now
    return rows


def _save(path: Path, net: PrunerNet, optimizer: Any, step: int, done: int, elapsed: float) -> None:
    state = {
        "net": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "done": done,
        "elapsed": elapsed,
    }
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.is_file() else []
