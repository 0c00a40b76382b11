"""Quality against tokens, as PNG and SVG. Needs matplotlib."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragzip.errors import MissingExtraError
from ragzip.eval.reports.writing import plot_text
from ragzip.eval.runs.records import NONE
from ragzip.files.writing import write_file

if TYPE_CHECKING:
    from ragzip.eval.reports.tables import Row

__all__ = ["PNG_MARK", "curves", "figure_class", "save_plot", "svg"]

PNG_MARK = b"Software\0ragzip"
SVG_MARK = "<!-- made by ragzip -->"
_MOST = 12  # panels
_COLUMNS = 3


def figure_class() -> Any:
    """Matplotlib's ``Figure``.

    :raises MissingExtraError: without ``ragzip[eval]``.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingExtraError("matplotlib", "eval") from error
    return Figure


def curves(rows: Sequence[Row], title: str = "") -> Any:
    """One panel a task: the score (without a reader, answers kept) against the share of tokens kept.

    A figure of matplotlib, made without its global state.

    :raises MissingExtraError: without ``ragzip[eval]``.
    """
    tasks = list(dict.fromkeys(row.task for row in rows))[:_MOST]
    if not tasks:
        return _nothing(title)
    columns = min(_COLUMNS, len(tasks))
    lines = -(-len(tasks) // columns)
    figure = figure_class()(figsize=(0.6 + 4.4 * columns, 0.6 + 3.2 * lines), layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False).ravel()
    colours = {name: f"C{i}" for i, name in enumerate(dict.fromkeys(r.arm.name for r in rows if r.arm.name != NONE))}
    for axis, task in zip(axes, tasks, strict=False):
        _panel(axis, [row for row in rows if row.task == task], colours)
        axis.set_title(plot_text(task), fontsize=10)
    for axis in axes[len(tasks) :]:
        axis.set_visible(False)
    handles, labels = axes[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    if title:
        figure.suptitle(plot_text(title), fontsize=11)
    return figure


def _nothing(title: str) -> Any:
    figure = figure_class()(figsize=(5, 1.2))
    figure.text(0.5, 0.4, "no figures: every example failed", ha="center", fontsize=10)
    figure.suptitle(plot_text(title), fontsize=11)
    return figure


def _panel(axis: Any, rows: Sequence[Row], colours: dict[str, str]) -> None:
    whole = next((row.quality for row in rows if row.arm.name == NONE), None)
    if whole is not None:
        axis.axhline(whole.mean, color="0.4", linestyle="--", linewidth=1, label="no compression")
        axis.axhspan(whole.low, whole.high, color="0.5", alpha=0.12, linewidth=0)
    for name, colour in colours.items():
        found = sorted((row for row in rows if row.arm.name == name and row.quality), key=lambda row: row.rate)
        values = [row.quality for row in found if row.quality]
        if not values:
            continue
        axis.errorbar(
            [100 * row.rate for row in found],
            [value.mean for value in values],
            yerr=[[v.mean - v.low for v in values], [v.high - v.mean for v in values]],
            color=colour,
            marker="o",
            markersize=4,
            linewidth=1.4,
            elinewidth=0.8,
            capsize=2,
            label=plot_text(name),
        )
    axis.set_xlabel("tokens kept, %", fontsize=9)
    axis.set_ylabel(plot_text(rows[0].measure), fontsize=9)
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)


def save_plot(figure: Any, path: Path) -> list[Path]:
    """The files written: ``path`` with the endings .png and .svg.

    :raises StorageError: a file of that name is no plot of ours, or cannot be written.
    """
    files = [path.with_suffix(".png"), path.with_suffix(".svg")]
    picture = io.BytesIO()
    with _any_glyphs():
        figure.savefig(picture, dpi=140, format="png", metadata={"Software": "ragzip"})
    write_file(files[0], picture.getvalue(), mark=PNG_MARK)
    write_file(files[1], f"{SVG_MARK}\n{svg(figure)}", mark=SVG_MARK.encode())
    return files


@contextmanager
def _any_glyphs() -> Iterator[None]:
    """Nothing; characters that the font lacks are boxes, and no reason to stop."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def svg(figure: Any) -> str:
    """The figure as an SVG element, the same for the same figures."""
    import matplotlib

    stream = io.StringIO()
    with _any_glyphs(), matplotlib.rc_context({"svg.hashsalt": "ragzip", "svg.fonttype": "none"}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]
