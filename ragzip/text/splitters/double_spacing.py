"""Hard-wrapped prose with a blank line after every line, as text from PDF files often is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragzip.text.splitters.line_evidence import evidence_of
from ragzip.text.splitters.page_margins import is_page_line, is_page_number

__all__ = ["closed_up"]

_MIN_LINES, _MIN_MEAN_WORDS = 4, 4
_MIN_FULL_SHARE, _MIN_FLOWING_SHARE = 0.6, 0.3
_MAX_RECORDS_SHARE = 0.2


def closed_up(text: str, paragraphs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """``paragraphs``, the spans between blank lines, those that are the lines of one wrapped text as one span."""
    closed: list[tuple[int, int]] = []
    for run in _runs(text, paragraphs):
        if _is_wrapped(text, run):
            closed.append((run[0][0], run[-1][1]))
        else:
            closed += run
    return closed


def _runs(text: str, paragraphs: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Paragraphs of one line each, with one blank line between them; others by themselves."""
    run: list[tuple[int, int]] = []
    for start, end in paragraphs:
        is_line = _is_line(text, start, end)
        if run and not (is_line and _is_line(text, *run[-1]) and text.count("\n", run[-1][1], start) == 2):
            yield run
            run = []
        run.append((start, end))
    if run:
        yield run


def _is_line(text: str, start: int, end: int) -> bool:
    line = text[start:end]
    return not ("\n" in line or line.startswith(">") or is_page_number(line) or is_page_line(line))


def _is_wrapped(text: str, run: Sequence[tuple[int, int]]) -> bool:
    """Whether lines of several words are full, and often end within a sentence."""
    if len(run) < _MIN_LINES:
        return False
    run_lines = [text[start:end].strip() for start, end in run]
    evidence = evidence_of(run_lines)
    return (
        sum(len(line.split()) for line in run_lines) >= _MIN_MEAN_WORDS * len(run)
        and evidence.full >= _MIN_FULL_SHARE
        and evidence.flows >= _MIN_FLOWING_SHARE
        and evidence.records <= _MAX_RECORDS_SHARE
    )
