"""The training loop of every recipe: seeded, resumable on any device, with a log."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import signal
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch

from ragzip.checks import number_in
from ragzip.files.manifest import claim_files
from ragzip.files.writing import atomic_file, storing, write_file
from ragzip.text.scores import grouped
from ragzip.training.machine import Machine, machine_of
from ragzip.training.run_files import describing_checkpoint, load_checkpoint, logged_rows, on_cpu

__all__ = ["MAX_SEED", "WRITER", "Plan", "minutes_of", "plan_on", "run"]

MAX_SEED = 2**63 - 1  # the largest that torch takes
WRITER = "training"  # in the manifest of the folder of a run
STEPS_PER_ROW = 25  # of the log: losses are read from the device so often
PROBE_SECONDS = 60.0  # from which development figures are taken again
PROBE_SHARE = 0.1  # of the time of a run that development figures may take,
FREE_PROBE_SECONDS = 10.0  # unless they take less than this in all
BATCHES_AHEAD = 3  # made while an accelerator computes
_LOG, _CHECKPOINT = "log.jsonl", "checkpoint.pt"
_SKIPPED = "skipped"  # steps, in a row of the log

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """The length and the learning rate of a run. The learning rate rises over ``warmup`` of the tokens, stays, and
    falls to zero over the last ``decay`` of them, so that a longer run only moves its end.

    :param minutes: of wall clock after which :func:`run` saves and ends; the same call resumes from there, with fewer
        ``tokens`` to end sooner. None: no limit.
    """

    tokens: int
    batch_tokens: int = 4600
    micro_tokens: int = 2600
    rate: float = 1.2e-4
    warmup: float = 0.03
    decay: float = 0.4
    seed: int = 20261124
    save_every: float = 60.0  # seconds
    probe_every: int = 2_000_000  # tokens
    minutes: float | None = None

    def scale(self, done: int) -> float:
        """The factor on the learning rate after ``done`` tokens."""
        progress = min(1.0, done / self.tokens)
        return min(1.0, progress / self.warmup if self.warmup else 1.0, max(0.0, 1 - progress) / self.decay)


def minutes_of(minutes: object) -> float | None:
    """``minutes`` of a plan.

    :raises OptionError: no number above 0, and not None.
    """
    return None if minutes is None else number_in(minutes, "minutes", above=0, most=math.inf)


def plan_on(plan: Plan, machine: Machine, folder: Path, *, max_batch_tokens: int | None = None) -> Plan:
    """``plan`` (of a CPU) adapted to ``machine``.

    An accelerator reads more tokens in a step, and the learning rate grows by the square root of how many times more. A
    run that was started in ``folder`` keeps its batches and learning rate on every machine.

    :param max_batch_tokens: of a step on an accelerator; None: as many as it reads best.
    :raises StorageError: the checkpoint in ``folder`` is damaged.
    """
    if machine.device != "cpu":
        tokens = max(plan.batch_tokens, min(machine.batch_tokens, max_batch_tokens or machine.batch_tokens))
        rate = plan.rate * math.sqrt(tokens / plan.batch_tokens)
        plan = replace(plan, batch_tokens=tokens, rate=rate, micro_tokens=max(plan.micro_tokens, machine.micro_tokens))
    checkpoint = folder / _CHECKPOINT
    if checkpoint.is_file():
        earlier_plan = load_checkpoint(checkpoint).get("plan", {})
        plan = replace(plan, **{name: earlier_plan[name] for name in ("batch_tokens", "rate") if name in earlier_plan})
    return plan


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
    machine: Machine | None = None,
    weights: Mapping[str, float] | None = None,
    probe: Callable[[], Mapping[str, float]] | None = None,
) -> list[dict[str, Any]]:
    """The log of training in place. ``folder`` gets log.jsonl and checkpoint.pt; a run whose folder has a checkpoint
    resumes from it, on any machine.

    The log has a row every 25 steps and every ``plan.probe_every`` tokens, with the mean losses since the last multiple
    of 25. The latter rows, and one a minute, have the figures of the development data, as long as these take a tenth
    of the time at most. A step whose gradient is not finite changes nothing; rows count such steps as "skipped".
    Ctrl-C ends the run after its step, with a checkpoint; pressed again, at once.

    :param groups: of AdamW; ``factor`` is that of the plan's rate.
    :param batches: endless batches, without so many at the start.
    :param losses: of a batch, by name; their sum by ``weights`` (default: 1) is minimised. None: no label in the batch.
    :param held: the live tensors that training changes, by name.
    :param machine: that the tensors are on; default: the CPU.
    :param probe: figures of the development data, by name; taken before the first step and after the last one too.
    :raises StorageError: ``folder`` holds files of these names that no training of ours wrote, damaged ones, or those
        of another network; or it cannot be written.
    :raises KeyboardInterrupt: after the step in which Ctrl-C was pressed.
    """
    clock = _Clock(plan)
    training = _Training(plan, groups, losses, held, folder, machine or machine_of("cpu"), weights or {}, clock)
    with _stop_request() as stop:
        _take_steps(training, batches, probe, stop)
    if stop.is_set():
        _log.info("stopped at step %d, %d tokens; the same call resumes from there", training.step, training.done)
        raise KeyboardInterrupt
    return training.rows


@contextlib.contextmanager
def _stop_request() -> Iterator[threading.Event]:
    """An event that Ctrl-C sets; the next one interrupts as ever. In other threads, and where the program handles
    Ctrl-C itself, nothing changes.
    """
    stop = threading.Event()
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield stop
        return

    def request(signal_number: int, frame: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, request)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _take_steps(
    training: _Training,
    batches: Callable[[int], Iterator[Any]],
    probe: Callable[[], Mapping[str, float]] | None,
    stop: threading.Event,
) -> None:
    """Train until the tokens or minutes of the plan are over, or ``stop`` is set."""
    plan, clock = training.plan, training.clock
    if training.step == 0 and not training.rows and probe is not None:
        training.write_row(probe)
    if training.done >= plan.tokens:
        return
    drawn = batches(training.step)
    for batch in drawn if training.machine.device == "cpu" else _ahead(drawn):
        training.take_step(batch)
        complete = training.done >= plan.tokens or clock.is_last_step()
        ended = complete or stop.is_set()
        crossed = training.done // plan.probe_every > (training.done - batch.tokens) // plan.probe_every
        probing = probe is not None and not stop.is_set() and (complete or clock.probe_due(crossed))
        row_full = training.step % STEPS_PER_ROW == 0
        if row_full or crossed or probing or ended:
            training.write_row(probe if probing else None)
        if row_full:
            training.pending.clear()
        if ended or clock.save_due():
            training.save()
        if ended:
            break


class _Clock:
    """The schedule of probes, checkpoints and the end of a run, from the time that each took last."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.start = self.probed = self.saved = self.step_end = time.monotonic()
        self.step_seconds = self.probe_seconds = self.save_seconds = self.all_probe_seconds = 0.0

    def seconds(self) -> float:
        """The seconds since the run was started or resumed."""
        return time.monotonic() - self.start

    @contextlib.contextmanager
    def probing(self) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.probed = self.step_end = time.monotonic()
        self.probe_seconds = self.probed - begun
        self.all_probe_seconds += self.probe_seconds

    @contextlib.contextmanager
    def saving(self) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.saved = self.step_end = time.monotonic()
        self.save_seconds = self.saved - begun

    def is_last_step(self) -> bool:
        """Whether another step, figures and a checkpoint would end after the plan's minutes. Call it once a step."""
        now = time.monotonic()
        self.step_seconds, self.step_end = now - self.step_end, now
        seconds_to_end = self.step_seconds + self.probe_seconds + self.save_seconds
        return self.plan.minutes is not None and self.seconds() + seconds_to_end > 60 * self.plan.minutes

    def probe_due(self, planned: bool) -> bool:
        """Whether development figures are taken: where that is ``planned`` or a minute is over, and there is time."""
        if not planned and time.monotonic() - self.probed < PROBE_SECONDS:
            return False
        return self.all_probe_seconds + self.probe_seconds <= max(FREE_PROBE_SECONDS, PROBE_SHARE * self.seconds())

    def save_due(self) -> bool:
        return time.monotonic() - self.saved > self.plan.save_every


class _Training:
    """A run: weights, optimizer, log and checkpoint.

    :ivar done: tokens.
    :ivar pending: losses since the last full row of the log, by name, as tensors on the device.
    :ivar broken: of the same steps, 1 for each whose gradient was not finite.
    """

    def __init__(
        self,
        plan: Plan,
        groups: Sequence[Mapping[str, Any]],
        losses: Callable[[Any], Mapping[str, Any]],
        held: Mapping[str, Any],
        folder: Path,
        machine: Machine,
        weights: Mapping[str, float],
        clock: _Clock,
    ) -> None:
        self.plan, self.losses, self.held, self.machine = plan, losses, held, machine
        self.weights, self.clock = weights, clock
        self.log, self.checkpoint = folder / _LOG, folder / _CHECKPOINT
        claim_files(folder, WRITER, (_LOG, _CHECKPOINT))
        copies = [dict(group) for group in groups]
        self.trained = [parameter for group in copies for parameter in group["params"]]
        self.optimizer: Any = torch.optim.AdamW(copies, lr=plan.rate, betas=(0.9, 0.98), fused=machine.fused)
        self.step = self.done = 0
        self.scale = self.earlier_seconds = 0.0
        self.pending: dict[str, list[Any]] = defaultdict(list)
        if self.checkpoint.is_file():
            self._resume()
        self.rows = [row for row in logged_rows(self.log) if row["step"] <= self.step]
        write_file(self.log, "".join(json.dumps(row) + "\n" for row in self.rows))

    def take_step(self, batch: _Sized) -> None:
        """One step of the optimizer, where the batch has a label. Nothing here waits for an accelerator whose AdamW is
        fused.
        """
        planned_tokens = min(batch.tokens, self.plan.tokens - self.done)  # a batch may reach beyond the end
        self.scale = self.plan.scale(self.done + planned_tokens // 2)
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.rate * group["factor"] * self.scale
        losses_by_name = self.losses(batch)
        if losses_by_name:
            self._minimise(losses_by_name)
        self.step += 1
        self.done += batch.tokens

    def _minimise(self, losses_by_name: Mapping[str, Any]) -> None:
        total_loss: Any = torch.stack(
            [self.weights.get(name, 1.0) * loss for name, loss in losses_by_name.items()]
        ).sum()
        total_loss.backward()
        not_finite = (~torch.isfinite(torch.nn.utils.clip_grad_norm_(self.trained, 1.0))).float()
        if self.machine.fused:
            self.optimizer.found_inf = not_finite  # the fused kernel then leaves weights and moments as they are
            self.optimizer.step()
        elif not bool(not_finite):
            self.optimizer.step()
        self.optimizer.zero_grad()
        for name, loss in losses_by_name.items():
            self.pending[name].append(loss.detach())
        self.pending[_SKIPPED].append(not_finite)

    def write_row(self, probe: Callable[[], Mapping[str, float]] | None) -> None:
        """A row of the log, with the losses that are pending and the figures of ``probe``."""
        row: dict[str, Any] = {
            "step": self.step,
            "tokens": self.done,
            "seconds": round(self.earlier_seconds + self.clock.seconds()),
            "scale": self.scale,
        }
        for name, values in self._pending_values().items():
            finite = [value for value in values if math.isfinite(value)]
            if name == _SKIPPED:
                row |= {name: round(sum(values))} if any(values) else {}
            elif finite:
                row[name] = round(sum(finite) / len(finite), 4)
        if probe is not None:
            with self.clock.probing():
                row |= {f"dev {name}": round(value, 4) for name, value in probe().items()}
        self.rows.append(row)
        with storing(self.log), self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        _log.info("%s", row)

    def _pending_values(self) -> dict[str, list[float]]:
        """The losses since the last full row, read from the device at once."""
        tensors = [loss for losses in self.pending.values() for loss in losses]
        values: list[float] = torch.stack(tensors).float().tolist() if tensors else []
        values_by_loss = grouped(values, self.pending.values())
        return {name: list(values) for name, values in zip(self.pending, values_by_loss, strict=True)}

    def save(self) -> None:
        """Write the checkpoint, all of it as CPU tensors."""
        with self.clock.saving(), storing(self.checkpoint), atomic_file(self.checkpoint) as fresh:
            state = {
                "held": dict(self.held),
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "done": self.done,
                "elapsed": self.earlier_seconds + self.clock.seconds(),
                "pending": self._pending_values(),
                "random": self.machine.random_state(),
                "plan": {"batch_tokens": self.plan.batch_tokens, "rate": self.plan.rate},
            }
            torch.save(on_cpu(state), fresh)

    def _resume(self) -> None:
        """Weights, optimizer, random states and counts take the state of the checkpoint."""
        state = load_checkpoint(self.checkpoint)
        with describing_checkpoint(self.checkpoint):
            with torch.no_grad():
                for name, tensor in self.held.items():
                    tensor.copy_(state["held"][name])
            for group in state["optimizer"]["param_groups"]:
                group["fused"] = self.machine.fused
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.done = int(state["step"]), int(state["done"])
            self.earlier_seconds = float(state["elapsed"])
            for name, values in state.get("pending", {}).items():
                self.pending[name] = list(self.machine.to(torch.tensor(values)).unbind())
            if "random" in state:
                self.machine.set_random_state(state["random"])
        _log.info("resuming at step %d, %d tokens", self.step, self.done)


def _ahead(batches: Iterator[_Batch]) -> Iterator[_Batch]:
    """``batches``, prefetched in a thread."""
    with ThreadPoolExecutor(1, "ragzip-batches") as pool:
        waiting = deque(pool.submit(next, batches, None) for _ in range(BATCHES_AHEAD))
        while (batch := waiting.popleft().result()) is not None:
            waiting.append(pool.submit(next, batches, None))
            yield batch
