"""A plot of a training run."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ragzip.eval.reports.plots import PNG_MARK
from ragzip.eval.reports.writing import plot_text
from ragzip.files.writing import write_file

__all__ = ["CURVE", "plot_curve"]

CURVE = "curve.png"

_log = logging.getLogger(__name__)


def plot_curve(log: Sequence[Mapping[str, Any]], path: Path, losses: Sequence[str]) -> None:
    """Plot ``losses`` and the development figures against tokens into ``path``. Without matplotlib (on a machine that
    only trains) a log message says so, and nothing is written.

    :raises StorageError: ``path`` is a file that is no plot of ours, or cannot be written.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        _log.warning("no plot: matplotlib is missing")
        return
    figure = Figure(figsize=(9, 3.6))
    FigureCanvasAgg(figure)
    figure.subplots_adjust(left=0.07, right=0.98, bottom=0.14, top=0.9, wspace=0.16)
    loss_axes, dev_axes = figure.subplots(1, 2)
    for name in losses:
        points = [(row["tokens"] / 1e6, row[name]) for row in log if name in row]
        loss_axes.plot(*zip(*points, strict=True), label=plot_text(name)) if points else None
    for name in sorted({key for row in log for key in row if key.startswith("dev ")}):
        points = [(row["tokens"] / 1e6, row[name]) for row in log if name in row]
        dev_axes.plot(*zip(*points, strict=True), marker="o", label=plot_text(name.removeprefix("dev ")))
    for axes, title in ((loss_axes, "training loss"), (dev_axes, "development data")):
        axes.set(title=title, xlabel="million tokens")
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=7)
    picture = io.BytesIO()
    figure.savefig(picture, dpi=110, format="png", metadata={"Software": "ragzip"})
    write_file(path, picture.getvalue(), mark=PNG_MARK)
