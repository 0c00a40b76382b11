"""Quality against tokens, as PNG and SVG. Needs matplotlib."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragzip.errors import needs_extra
from ragzip.eval.record import NONE
from ragzip.eval.reports.writing import plot_text
from ragzip.files.writing import write_file

if TYPE_CHECKING:
    from ragzip.eval.reports.tables import ReportRow

__all__ = ["PNG_MARK", "curves", "figure_class", "save_plot", "svg"]

PNG_MARK = b"Software\0ragzip"
SVG_MARK = "<!-- made by ragzip -->"
_MAX_PANELS = 12
_MAX_TITLE_CHARACTERS = 40
_PANEL_INCHES = {1: (9.4, 3.6), 2: (4.9, 3.3), 3: (4.0, 2.9)}  # by how many stand side by side
_NARROW_PANEL_INCHES = (4.4, 2.9)
# Told apart in light and dark (3:1 on both) and by colour-blind people, who have the markers too.
_COLOURS = (
    "#2f7ed8",
    "#d2691e",
    "#2a9358",
    "#d6455d",
    "#8f6bd1",
    "#9a7434",
    "#c8559f",
    "#74818e",
    "#7f8a1a",
    "#118fa3",
)
_MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*", "<")
_WHOLE_COLOUR = "#666666"


def figure_class() -> Any:
    """Matplotlib's ``Figure``.

    :raises MissingExtraError: without ``ragzip[eval]``.
    """
    with needs_extra("eval"):
        from matplotlib.figure import Figure
    return Figure


def curves(rows: Sequence[ReportRow], title: str = "", *, most_columns: int = 3) -> Any:
    """One panel a task: the score (without a reader, answers kept) against the share of tokens kept.

    A figure of matplotlib, made without its global state.

    :param most_columns: panels side by side; 1 is for narrow screens.
    :raises MissingExtraError: without ``ragzip[eval]``.
    """
    tasks = list(dict.fromkeys(report_row.task for report_row in rows))[:_MAX_PANELS]
    if not tasks:
        return _nothing(title)
    column_count = min(most_columns, len(tasks))
    line_count = -(-len(tasks) // column_count)
    panel_width, panel_height = _PANEL_INCHES[column_count] if most_columns > 1 else _NARROW_PANEL_INCHES
    figure_size = (0.6 + panel_width * column_count, 0.8 + panel_height * line_count)
    figure = figure_class()(figsize=figure_size, layout="constrained")
    panels = figure.subplots(line_count, column_count, squeeze=False).ravel()
    compressor_names = dict.fromkeys(report_row.arm.name for report_row in rows if report_row.arm.name != NONE)
    styles = {
        compressor: (_COLOURS[position % len(_COLOURS)], _MARKERS[position % len(_MARKERS)])
        for position, compressor in enumerate(compressor_names)
    }
    for panel, task_name in zip(panels, tasks, strict=False):
        _draw(panel, [report_row for report_row in rows if report_row.task == task_name], styles)
        panel.set_title(plot_text(_clipped(task_name)), fontsize=11)
    for panel in panels[len(tasks) :]:
        panel.set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    if handles:
        legend_columns = 4 if most_columns > 1 else 2
        figure.legend(handles, labels, loc="outside lower center", ncols=legend_columns, fontsize=10, frameon=False)
    if title:
        figure.suptitle(plot_text(title), fontsize=12).set_gid("plot-title")
    return figure


def _clipped(text: str) -> str:
    return text if len(text) <= _MAX_TITLE_CHARACTERS else f"{text[: _MAX_TITLE_CHARACTERS - 1]}…"


def _nothing(title: str) -> Any:
    figure = figure_class()(figsize=(5, 1.2))
    figure.text(0.5, 0.4, "no figures: every example failed", ha="center", fontsize=10)
    figure.suptitle(plot_text(title), fontsize=11)
    return figure


def _draw(panel: Any, rows: Sequence[ReportRow], styles: Mapping[str, tuple[str, str]]) -> None:
    whole_quality = next((report_row.quality for report_row in rows if report_row.arm.name == NONE), None)
    if whole_quality is not None:
        panel.axhline(whole_quality.mean, color=_WHOLE_COLOUR, linestyle="--", linewidth=1, label="no compression")
        panel.axhspan(whole_quality.low, whole_quality.high, color="0.5", alpha=0.12, linewidth=0)
    for compressor, (colour, marker) in styles.items():
        named_rows = sorted(
            (report_row for report_row in rows if report_row.arm.name == compressor and report_row.quality),
            key=lambda report_row: report_row.rate,
        )
        intervals = [report_row.quality for report_row in named_rows if report_row.quality]
        if not intervals:
            continue
        panel.errorbar(
            [100 * report_row.rate for report_row in named_rows],
            [interval.mean for interval in intervals],
            yerr=[
                [interval.mean - interval.low for interval in intervals],
                [interval.high - interval.mean for interval in intervals],
            ],
            color=colour,
            marker=marker,
            markersize=5,
            linewidth=1.6,
            elinewidth=0.9,
            capsize=2,
            label=plot_text(compressor),
        )
    panel.set_xlabel("tokens kept, %", fontsize=10)
    panel.set_ylabel(plot_text(rows[0].measure), fontsize=10)
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)


def save_plot(figure: Any, path: Path) -> str:
    """The figure as an SVG element; ``path`` with the endings .png and .svg gets it too.

    :raises StorageError: a file of that name is no plot of ours, or cannot be written.
    """
    picture = io.BytesIO()
    with _any_glyphs():
        figure.savefig(picture, dpi=140, format="png", metadata={"Software": "ragzip"})
    write_file(path.with_suffix(".png"), picture.getvalue(), mark=PNG_MARK)
    figure.set_layout_engine("none")  # all have their place now
    element = svg(figure)
    write_file(path.with_suffix(".svg"), f"{SVG_MARK}\n{element}", mark=SVG_MARK.encode())
    return element


@contextmanager
def _any_glyphs() -> Iterator[None]:
    """Draw characters that the font lacks as boxes, without warnings."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def svg(figure: Any, salt: str = "ragzip") -> str:
    """The figure as an SVG element, the same for the same figures.

    :param salt: two elements on one page have identifiers of their own, if they differ in it.
    """
    import matplotlib

    stream = io.StringIO()
    with _any_glyphs(), matplotlib.rc_context({"svg.hashsalt": salt, "svg.fonttype": "none"}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    svg_text = stream.getvalue()
    return svg_text[svg_text.index("<svg") :]
