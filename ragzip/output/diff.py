"""Kept and dropped text side by side, in place: a self-contained HTML page, or ANSI colours for a terminal."""

from __future__ import annotations

import html as _html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["MARK", "STYLE", "Row", "ansi", "articles", "html"]

MARK = b'<meta name="generator" content="ragzip diff">'  # of every page, before any text of a document
_KEPT, _DROPPED, _BOLD, _RESET = "\x1b[32m", "\x1b[90m", "\x1b[1m", "\x1b[0m"

STYLE = """:root { color-scheme: light dark; --kept: #0a6b2d; --kept-bg: #e3f6e8; --gone: #9a9a9a; }
@media (prefers-color-scheme: dark) { :root { --kept: #9be8b2; --kept-bg: #173423; --gone: #777; } }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; }
article { border-top: 1px solid #8886; padding: .8rem 0; }
h2 { font-size: 1rem; margin: 0 0 .4rem; }
h2 small { color: var(--gone); font-weight: normal; }
pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
ins { color: var(--kept); background: var(--kept-bg); text-decoration: none; border-radius: 3px; }
del { color: var(--gone); text-decoration: none; }
ins:hover, del:hover { outline: 1px solid currentColor; }"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="ragzip diff">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ragzip: {summary}</title>
<style>
{style}
</style>
</head>
<body>
<h1>{summary}</h1>
<p><ins>kept</ins> · <del>dropped</del> · hover for the score of a passage</p>
{articles}
</body>
</html>
"""


@dataclass(frozen=True)
class Row:
    """One document: ``spans`` are what is kept of ``source``; ``units`` are (start, end, score, …)."""

    id: str
    title: str | None
    source: str
    text: str
    spans: Sequence[tuple[int, int]]
    units: Sequence[tuple[int, int, float, bool]]

    @property
    def rewritten(self) -> bool:
        return self.text != "".join(self.source[start:end] for start, end in self.spans)


def html(rows: Sequence[Row], summary: str) -> str:
    """A page that needs nothing but itself: kept text marked, dropped text greyed, scores on hover."""
    return _PAGE.format(style=STYLE, summary=_html.escape(summary), articles=articles(rows))


def articles(rows: Sequence[Row]) -> str:
    """The documents alone, for a page that has :data:`STYLE`."""
    return "\n".join(map(_article, rows))


def ansi(rows: Sequence[Row], summary: str) -> str:
    """The same for a terminal: kept text green, dropped text grey. Control characters of the text are removed."""
    out = [f"{_BOLD}{summary}{_RESET}"]
    for row in rows:
        heading = row.id if not row.title else f"{row.id} · {row.title}"
        out.append(f"\n{_BOLD}{_printable(heading)}{_RESET}")
        pieces = (
            f"{_KEPT if kept else _DROPPED}{_printable(row.source[start:end])}{_RESET}"
            for start, end, kept, _ in _pieces(row)
        )
        out.append("".join(pieces))
        if row.rewritten:
            out.append(f"{_BOLD}rewritten:{_RESET} {_KEPT}{_printable(row.text)}{_RESET}")
    return "\n".join(out) + "\n"


def _article(row: Row) -> str:
    title = f"<b>{_html.escape(row.title)}</b> " if row.title else ""
    kept = sum(end - start for start, end in row.spans)
    share = f"{kept / len(row.source):.0%} of its characters" if row.source else "empty"
    parts = [f"<article><h2>{title}<small>{_html.escape(row.id)} · {share}</small></h2><pre>"]
    for start, end, is_kept, score in _pieces(row):
        tag = "ins" if is_kept else "del"
        hover = "" if score is None else f' title="{_describe(score)}"'
        parts.append(f"<{tag}{hover}>{_html.escape(row.source[start:end])}</{tag}>")
    if row.rewritten:
        parts.append(f"</pre><p>Rewritten:</p><pre><ins>{_html.escape(row.text)}</ins>")
    parts.append("</pre></article>")
    return "".join(parts)


def _describe(score: float) -> str:
    return "must be kept" if math.isinf(score) else f"score {score:.3f}"


def _pieces(row: Row) -> Iterator[tuple[int, int, bool, float | None]]:
    """(start, end, kept, score) over the whole source, cut at every border of a kept span or a unit."""
    edges = {0, len(row.source)}
    for start, end in row.spans:
        edges |= {start, end}
    for unit in row.units:
        edges |= {unit[0], unit[1]}
    spans, units = iter(row.spans), iter(sorted(row.units))
    span, unit_now = next(spans, None), next(units, None)
    marks = sorted(edges)
    for start, end in pairwise(marks):
        while span is not None and span[1] <= start:
            span = next(spans, None)
        while unit_now is not None and unit_now[1] <= start:
            unit_now = next(units, None)
        kept = span is not None and span[0] <= start
        yield start, end, kept, unit_now[2] if unit_now is not None and unit_now[0] <= start else None


def _printable(text: str) -> str:
    return "".join(c for c in text if c in "\n\t" or c.isprintable())
