"""Kept and dropped text side by side, in place: a self-contained HTML page, or ANSI colours for a terminal."""

from __future__ import annotations

import html as _html
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from textwrap import shorten
from typing import NamedTuple

from ragzip.output.page import fact_list, generator, html_page
from ragzip.text.splitters.scanner import blocks
from ragzip.text.structure.kinds import is_mime_of_page, kind_told
from ragzip.types import Tier, Unit

__all__ = ["LEGEND", "MARK", "STYLE", "DiffDocument", "ansi", "articles", "html"]

MARK = generator("diff").encode()  # of every page, before any text of a document
_TIER_DESCRIPTIONS = {Tier.MUST: ", must be kept", Tier.REPEAT: ", repeats other text"}
_KEPT, _DROPPED, _BOLD, _RESET = "\x1b[32m", "\x1b[90m", "\x1b[1m", "\x1b[0m"

_MIN_FOLDED_CHARACTERS = 300
_MIN_FOLDED_LINES = 8
_PREVIEW_CHARACTERS = 90
_MIN_LABELLED_CHARACTERS = 9  # median of a document's units, under which they are words: too short for a label each
_FIXED_KINDS = frozenset(("code", "json", "table"))
_KINDS_OF_PROSE = frozenset(("asciidoc", "mail", "markdown", "paper", "qa", "transcript", "wikitext"))

STYLE = """article { border-top: 1px solid var(--line); padding: .4rem 0 1rem; }
pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
code { font: .875em/1.5 ui-monospace, Consolas, "DejaVu Sans Mono", monospace; }
ins, del { text-decoration: none; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
ins { color: var(--kept); background: var(--kept-bg); border-radius: 3px; padding: .1em 0; }
ins.gap { background: none; }
del { color: var(--gone); }
ins[data-score]::before, del[data-score]::before { content: attr(data-score); font-size: .72rem; line-height: 1;
  font-variant-numeric: tabular-nums; border: 1px solid; border-radius: 4px; padding: 0 .25em; margin: 0 .25em;
  vertical-align: .1em; white-space: nowrap; display: inline-block; unicode-bidi: isolate; direction: ltr; }
[data-level] { text-decoration: underline 0 solid; text-underline-offset: .15em; text-decoration-skip-ink: none; }
[data-level="1"] { text-decoration-thickness: 1px; }
[data-level="2"] { text-decoration-thickness: 2px; }
[data-level="3"] { text-decoration-thickness: 3px; }
[data-level="4"] { text-decoration-thickness: 4px; }
[data-level="0"] { text-decoration: none; }
details.fold { margin: .3rem 0; border-left: 3px solid var(--line); padding-left: .7rem; }
summary { cursor: pointer; }
details.fold > summary { color: var(--gone); font-size: .875rem; }
details.fold > summary q { font-style: italic; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media (forced-colors: active) { ins { text-decoration: underline; } }
@media print { details.fold > summary { list-style: none; } }"""

LEGEND = "<ins>kept</ins> · <del>dropped</del> · long dropped stretches are folded: select one to open it"


@dataclass(frozen=True)
class DiffDocument:
    """One document.

    :param spans: the characters of ``source`` that are kept.
    :param units: the passages that were scored.
    :param score: of the document as a whole.
    :param mime: its type; what is not prose is shown in a fixed font.
    """

    id: str
    title: str | None
    source: str
    text: str
    spans: Sequence[tuple[int, int]]
    units: Sequence[Unit]
    score: float | None = None
    mime: str = "text/plain"

    @property
    def rewritten(self) -> bool:
        return self.text != "".join(self.source[start:end] for start, end in self.spans)


class _Piece(NamedTuple):
    """A stretch of a source between two borders of kept spans, units and blocks in a fixed font."""

    start: int
    end: int
    is_kept: bool
    is_fixed: bool
    unit: Unit | None

    @property
    def begins_unit(self) -> bool:
        return self.unit is not None and self.unit.start == self.start


def html(rows: Sequence[DiffDocument], summary: str, facts: Mapping[str, Sequence[str]] | None = None) -> str:
    """A page that needs nothing but itself: ``facts`` by heading, then each document with its kept text marked, its
    dropped text greyed, long dropped stretches folded, and the score of each passage before it.
    """
    sections = (fact_list(facts or {}), f'<p class="meta">{_legend(rows)}</p>', articles(rows))
    return html_page(summary, sections, command="diff", style=STYLE)


def _legend(rows: Sequence[DiffDocument]) -> str:
    legend = LEGEND
    if any(diff_row.units and _has_labels(diff_row) for diff_row in rows):
        legend += " · a number is the score of the passage after it"
        tiers = {unit.tier for diff_row in rows for unit in diff_row.units}
        if Tier.REPEAT in tiers:
            legend += ", “repeat” a passage that other text says as well"
        if Tier.MUST in tiers:
            legend += ", “must” one with something protected"
    if any(not _has_labels(diff_row) for diff_row in rows):
        legend += " · the thicker the line under a word, the higher its score"
    return legend


def articles(rows: Sequence[DiffDocument], level: int = 2) -> str:
    """The documents alone, for a page with :data:`STYLE`; ``level`` is that of their headings."""
    return "\n".join(_article(diff_row, level) for diff_row in rows)


def ansi(rows: Sequence[DiffDocument], summary: str, facts: Mapping[str, Sequence[str]] | None = None) -> str:
    """The same for a terminal: kept text green, dropped text grey. Control characters of the text are removed."""
    shown_lines = [f"{_BOLD}{summary}{_RESET}"]
    shown_lines += [f"{heading}: {_printable(text)}" for heading, texts in (facts or {}).items() for text in texts]
    for row in rows:
        heading = row.id if not row.title else f"{row.id} · {row.title}"
        shown_lines.append(f"\n{_BOLD}{_printable(heading)}{_RESET}")
        coloured = (
            f"{_KEPT if piece.is_kept else _DROPPED}{_printable(row.source[piece.start : piece.end])}{_RESET}"
            for piece in _pieces(row)
        )
        shown_lines.append("".join(coloured))
        if row.rewritten:
            shown_lines.append(f"{_BOLD}rewritten:{_RESET} {_KEPT}{_printable(row.text)}{_RESET}")
    return "\n".join(shown_lines) + "\n"


def _article(row: DiffDocument, level: int) -> str:
    row_heading = _html.escape(row.title or f"Document {row.id}")
    html_parts = [f'<article><h{level} dir="auto">{row_heading}</h{level}><p class="meta">{_meta(row)}</p>']
    if row.rewritten:
        html_parts.append(f"<h{level + 1}>Text in the result</h{level + 1}>")
        html_parts += _source(_written(row))
        html_parts.append(f"<h{level + 1}>Source</h{level + 1}>")
    html_parts += _source(row)
    html_parts.append("</article>")
    return "".join(html_parts)


def _written(row: DiffDocument) -> DiffDocument:
    """The text in the result as a document that is kept whole. A page may be written as HTML, Markdown or text."""
    is_page_as_text = is_mime_of_page(row.mime) and not row.text.lstrip().startswith("<")
    mime = "text/markdown" if is_page_as_text else row.mime
    return replace(row, source=row.text, spans=[(0, len(row.text))], units=(), mime=mime)


def _meta(row: DiffDocument) -> str:
    """The line of facts on a document under its heading."""
    kept_characters = sum(end - start for start, end in row.spans)
    facts = [_html.escape(row.id)] if row.title else []
    share = f"{kept_characters / len(row.source):.0%} of its characters kept" if kept_characters else "nothing kept"
    facts.append(share if row.source else "empty")
    if row.score is not None:
        facts.append(f"score of the document {row.score:.2f}")
    scores = _finite_scores(row.units)
    if scores and not _has_labels(row):
        facts.append(f"scores of its words from {min(scores):.2f} to {max(scores):.2f}")
    return " · ".join(facts)


def _finite_scores(units: Iterable[Unit]) -> list[float]:
    return [unit.score for unit in units if math.isfinite(unit.score)]


def _has_labels(row: DiffDocument) -> bool:
    """Whether each unit has its score before it: words are too short for that."""
    return not row.units or median(unit.end - unit.start for unit in row.units) >= _MIN_LABELLED_CHARACTERS


def _source(row: DiffDocument) -> Iterator[str]:
    """The whole source, long dropped stretches in ``details``."""
    is_open = False
    scale = None if _has_labels(row) else _Scale(_finite_scores(row.units))
    for is_kept, pieces in _runs(row):
        is_folded = not is_kept and _is_long(row.source[pieces[0].start : pieces[-1].end])
        if is_folded and is_open:
            yield "</pre>"
        if is_folded:
            yield f'<details class="fold">{_fold_summary(row, pieces, has_labels=scale is None)}'
        if is_folded or not is_open:
            yield '<pre lang="" dir="auto">'
        for position, piece in enumerate(pieces):
            is_edge = not is_kept or position in (0, len(pieces) - 1)
            yield _marked(row, piece, scale, is_edge=is_edge)
        if is_folded:
            yield "</pre></details>"
        is_open = not is_folded
    if is_open:
        yield "</pre>"


def _runs(row: DiffDocument) -> Iterator[tuple[bool, list[_Piece]]]:
    """The kept and the dropped stretches of a source in turn; white space between two of a kind does not part them."""
    run_pieces: list[_Piece] = []
    is_kept: bool | None = None
    for piece in _pieces(row):
        is_blank = row.source[piece.start : piece.end].isspace()
        if not is_blank and is_kept is not None and piece.is_kept != is_kept:
            yield is_kept, run_pieces
            run_pieces = []
        is_kept = is_kept if is_blank else piece.is_kept
        run_pieces.append(piece)
    if run_pieces:
        yield bool(is_kept), run_pieces


def _is_long(text: str) -> bool:
    visible = text.strip()
    return len(visible) >= _MIN_FOLDED_CHARACTERS or visible.count("\n") >= _MIN_FOLDED_LINES


def _fold_summary(row: DiffDocument, pieces: Sequence[_Piece], *, has_labels: bool) -> str:
    dropped_text = row.source[pieces[0].start : pieces[-1].end].strip()
    count_and_score = f"{len(dropped_text):,} characters dropped"
    scores = _finite_scores(piece.unit for piece in pieces if piece.unit and piece.begins_unit)
    if scores and has_labels:
        count_and_score += f", best score {max(scores):.2f}"
    beginning = " ".join(dropped_text[: 2 * _PREVIEW_CHARACTERS].split())
    preview = shorten(beginning, _PREVIEW_CHARACTERS, placeholder="…")
    if 2 * len(preview) < min(len(beginning), _PREVIEW_CHARACTERS):  # a language without spaces, or one long word
        preview = f"{beginning[:_PREVIEW_CHARACTERS]}…"
    return f'<summary>{count_and_score}: <q lang="" dir="auto">{_html.escape(preview)}</q></summary>'


def _marked(row: DiffDocument, piece: _Piece, scale: _Scale | None, *, is_edge: bool) -> str:
    """A piece as ``ins`` or ``del``, with its score as a label, or on a scale. White space at the edge of a stretch,
    and in a dropped one, has no background.
    """
    tag_name = "ins" if piece.is_kept else "del"
    source = row.source[piece.start : piece.end]
    if is_edge and source.isspace():
        return f'<{tag_name} class="gap">{source}</{tag_name}>'
    escaped = _html.escape(source)
    content = f"<code>{escaped}</code>" if piece.is_fixed else escaped
    attributes = ""
    if piece.unit is not None:
        attributes = f' title="{_description(piece.unit)}"'
        if scale is not None:
            attributes += f' data-level="{scale(piece.unit.score)}"'
        elif piece.begins_unit:
            attributes += f' data-score="{_label(piece.unit, piece.is_kept)}"'
    return f"<{tag_name}{attributes}>{content}</{tag_name}>"


class _Scale:
    """The place of a score among those of its document, from 0 (the lowest) to 4."""

    def __init__(self, scores: Sequence[float]) -> None:
        self._lowest = min(scores, default=0.0)
        self._range = max(scores, default=0.0) - self._lowest or 1.0

    def __call__(self, score: float) -> int:
        share = (score - self._lowest) / self._range
        return round(4 * min(1.0, max(0.0, share)))


def _description(unit: Unit) -> str:
    return f"score {unit.score:.3f}{_TIER_DESCRIPTIONS.get(unit.tier, '')}"


def _label(unit: Unit, is_kept: bool) -> str:
    is_told = unit.tier == Tier.MUST or (unit.tier == Tier.REPEAT and not is_kept)
    return f"{unit.score:.2f} {'must' if unit.tier == Tier.MUST else 'repeat'}" if is_told else f"{unit.score:.2f}"


def _fixed_spans(row: DiffDocument) -> list[tuple[int, int]]:
    """The blocks of a source that a fixed font is for: code, tables, JSON; all of a source that is no prose."""
    kind = kind_told(row.mime, row.id)
    if is_mime_of_page(row.mime) or (kind is not None and kind not in _KINDS_OF_PROSE):
        return [(0, len(row.source))]
    return [(block.start, block.end) for block in blocks(row.source) if block.kind in _FIXED_KINDS]


def _pieces(row: DiffDocument) -> Iterator[_Piece]:
    """The whole source, cut at every border of a kept span, a unit or a block in a fixed font."""
    units = sorted(row.units, key=lambda unit: unit.start)
    fixed_spans = _fixed_spans(row)
    all_spans = [*row.spans, *fixed_spans, *((unit.start, unit.end) for unit in units)]
    borders = {0, len(row.source), *(offset for span in all_spans for offset in span)}
    kept_at, fixed_at, unit_at = _Lookup(row.spans), _Lookup(fixed_spans), _Lookup(units)
    for start, end in pairwise(sorted(borders)):
        unit_number = unit_at(start)
        yield _Piece(
            start,
            end,
            is_kept=kept_at(start) is not None,
            is_fixed=fixed_at(start) is not None,
            unit=None if unit_number is None else units[unit_number],
        )


class _Lookup:
    """The number of the span at an offset, for offsets that only grow."""

    def __init__(self, spans: Sequence[tuple[int, int] | Unit]) -> None:
        self._spans, self._number = spans, 0

    def __call__(self, offset: int) -> int | None:
        while self._number < len(self._spans) and self._spans[self._number][1] <= offset:
            self._number += 1
        is_inside = self._number < len(self._spans) and self._spans[self._number][0] <= offset
        return self._number if is_inside else None


def _printable(text: str) -> str:
    return "".join(character for character in text if character in "\n\t" or character.isprintable())
