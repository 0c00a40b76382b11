"""Words given for better, longer ones, so that a budget of words is used to its end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ragzip.fitting.choose import is_candidate
from ragzip.fitting.unit_trial import UnitTrial

__all__ = ["exchange"]

_FULL_SHARE = 0.99  # of the budget that word-level filling reaches where the words allow it
_EXCHANGED_UNITS = 64  # on each side that are tried against each other for the last few tokens


def exchange(trial: UnitTrial, limit: int) -> None:
    """Give bad words for better, longer ones, where the rest of the budget is less than any word left out."""
    while trial.total < _FULL_SHARE * limit:
        pairs = islice(_exchanges(trial, limit - trial.total), _EXCHANGED_UNITS)
        exchanged = next((pair for pair in pairs if _exchanged(trial, *pair, limit)), None)
        if exchanged is None:
            return
        worse, better = exchanged
        trial.move([worse], trial.kept, trial.left_out)
        trial.move([better], trial.left_out, trial.kept)


def _exchanges(trial: UnitTrial, room: int) -> Iterator[tuple[int, int]]:
    """Kept and better left out units that differ by at most ``room`` tokens, those first that differ most."""
    worst = [number for number in trial.kept[-_EXCHANGED_UNITS:][::-1] if not trial.unit(number).must_be_kept]
    threshold = trial.budget.threshold
    best = [number for number in trial.left_out[:_EXCHANGED_UNITS] if is_candidate(trial.unit(number), threshold)]
    for gain in range(min(room, _EXCHANGED_UNITS), 0, -1):
        for better in best:
            for worse in worst:
                is_better = trial.ranks[better] <= trial.ranks[worse]
                if is_better and trial.costs[better] - trial.costs[worse] == gain:
                    yield worse, better


def _exchanged(trial: UnitTrial, worse: int, better: int, limit: int) -> bool:
    """Whether ``better`` is now in the place of ``worse``: more of the limit is used then."""
    total_before = trial.total
    worse_index, better_index = trial.segment_indices[worse], trial.segment_indices[better]
    trial.release(worse_index, trial.unit(worse).spans)
    trial.hold(better_index, trial.unit(better).spans)
    trial.total = trial.recount()
    if total_before < trial.total <= limit:
        return True
    trial.release(better_index, trial.unit(better).spans)
    trial.hold(worse_index, trial.unit(worse).spans)
    trial.total = total_before
    return False
