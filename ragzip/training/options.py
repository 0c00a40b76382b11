"""The options that all recipes have, checked: the length and the seed of a run, its machine, files of data."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from ragzip.checks import item_list, path_of, whole_number
from ragzip.training.loop import MAX_SEED, Plan, minutes_of
from ragzip.training.machine import Machine, machine_for

__all__ = ["RunOptions", "data_files"]


class RunOptions(NamedTuple):
    """The length of a run in ``tokens`` and, if limited, in ``minutes``, its seed, and the machine to train on."""

    tokens: int
    seed: int
    machine: Machine
    minutes: float | None

    @classmethod
    def checked(
        cls,
        tokens: int,
        seed: int,
        device: str,
        precision: str,
        minutes: float | None,
        *,
        model: object = None,
        least_tokens: int = 1,
    ) -> RunOptions:
        """The options of a recipe as its caller gave them.

        :param model: a loaded model is trained on the device where it is.
        :raises OptionError: one outside its range, or an unavailable device.
        """
        return cls(
            whole_number(tokens, "tokens", least=least_tokens),
            whole_number(seed, "seed", most=MAX_SEED),
            machine_for(model, device, precision),
            minutes_of(minutes),
        )

    def plan(self, *, probes: int, **settings: Any) -> Plan:
        """The plan of a CPU for this run, which takes development figures ``probes`` times on the way.

        :param settings: other fields of :class:`~ragzip.training.loop.Plan`.
        """
        probe_every = max(1, self.tokens // probes)
        return Plan(tokens=self.tokens, seed=self.seed, minutes=self.minutes, probe_every=probe_every, **settings)


def data_files(files: object, name: str) -> list[Path]:
    """The files in the option ``name``.

    :raises OptionError: no list of paths.
    """
    expected = "a list of files"
    return [path_of(file, name, expected="a file") for file in item_list(files, name, object, expected=expected)]
