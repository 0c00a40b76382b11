"""Quotations in mail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ragzip.text.spans import Span

__all__ = ["LineRun", "attribution_start", "is_attribution", "repeated_quotes", "runs_of"]

_QUOTED = re.compile(r"[ \t]{0,3}(?:[A-Za-z]{0,3}>[ \t]?){1,20}")
_WROTE = (
    r"(?:wrote|writes|schrieb(?: am [^\n]{1,80})?|a écrit|escribió|ha scritto|escreveu|schreef|skrev|kirjoitti|napsal"
    r"|пишет|написал)"
)
_ATTRIBUTION = re.compile(rf"(?:[^\n]{{0,20}}\d[^\n]{{0,300}}|[^\n]{{1,80}}\s){_WROTE}\s?:?$", re.IGNORECASE)
_ATTRIBUTION_OF_CJK = re.compile(r"[^\n]{0,20}\d[^\n]{0,200}(?:写道|のメール|wrote)\s?[:：]$")
_SHINGLE_WORDS = 5
_MIN_SHARE_REPEATED = 0.97
_WORD = re.compile(r"\w+")


class LineRun(NamedTuple):
    """Lines of a mail that are all quoted, or all not, by number."""

    first: int
    end: int
    is_quoted: bool


def runs_of(source: str, lines: Sequence[Span]) -> list[LineRun]:
    """The runs of ``lines``; blank lines belong to the run before."""
    runs: list[LineRun] = []
    for number, (start, end) in enumerate(lines):
        is_quoted = bool(_QUOTED.match(source, start, end)) if start < end else None
        if runs and is_quoted in (None, runs[-1].is_quoted):
            runs[-1] = runs[-1]._replace(end=number + 1)
        else:
            runs.append(LineRun(number, number + 1, bool(is_quoted)))
    return runs


def is_attribution(line: str) -> bool:
    """Whether a line says who wrote the quotation under it."""
    text = line.strip()
    if len(text) > 400 or not text:
        return False
    return bool((_ATTRIBUTION.match(text) and text[-1] == ":") or _ATTRIBUTION_OF_CJK.match(text))


def attribution_start(source: str, lines: Sequence[Span], run: LineRun) -> int:
    """The number of the first line of an attribution at the end of a run, which may be wrapped; the end without."""
    visible = [number for number in range(run.first, run.end) if lines[number].start < lines[number].end][-3:]
    for first in reversed(visible):
        text = " ".join(source[slice(*lines[number])].strip() for number in visible if number >= first)
        if is_attribution(text) and (first == visible[-1] or re.match(r"\w{1,4}\b", text)):
            return (
                first if first == visible[-1] and _begins_attribution(text) else _wider(source, lines, visible, first)
            )
    return run.end


def _begins_attribution(text: str) -> bool:
    return bool(re.match(r"(?:On|Am|Le|El|Il|Em|Op|Den|В)\s|.{0,60}\d{4}", text))


def _wider(source: str, lines: Sequence[Span], visible: Sequence[int], first: int) -> int:
    """The line above ``first`` where the attribution begins there."""
    for number in visible:
        begins = re.match(r"(?:On|Am|Le|El|Il|Em|Op|Den)\s", source[slice(*lines[number])].lstrip())
        if number < first and begins and visible.index(first) - visible.index(number) == first - number:
            return number
    return first


def repeated_quotes(source: str, bodies: Sequence[Sequence[Span]]) -> list[Span]:
    """The quotations at the end of mails that say nothing but what stands unquoted, or quoted before, in another."""
    runs_by_body = [runs_of(source, lines) for lines in bodies]
    seen_wordings: set[tuple[str, ...]] = set()
    for lines, runs in zip(bodies, runs_by_body, strict=True):
        for run in runs:
            if not run.is_quoted:
                seen_wordings.update(_shingles(_words(source, lines[run.first : run.end])))
    repeated: list[Span] = []
    for lines, runs in zip(bodies, runs_by_body, strict=True):
        last = runs[-1] if runs else None
        if last is None or not last.is_quoted:
            continue
        shingles = list(_shingles(_words(source, lines[last.first : last.end])))
        if shingles and sum(shingle in seen_wordings for shingle in shingles) >= _MIN_SHARE_REPEATED * len(shingles):
            first = attribution_start(source, lines, runs[-2]) if len(runs) > 1 else last.first
            visible = [line for line in lines[first : last.end] if line.start < line.end]
            repeated.append(Span(visible[0].start, visible[-1].end))
        seen_wordings.update(shingles)
    return repeated


def _words(source: str, lines: Iterable[Span]) -> list[str]:
    """The words of lines without quote marks and attributions."""
    words: list[str] = []
    for start, end in lines:
        marks = _QUOTED.match(source, start, end)
        text = source[marks.end() if marks else start : end]
        if not is_attribution(text):
            words += _WORD.findall(text.casefold())
    return words


def _shingles(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for first in range(max(1, len(words) - _SHINGLE_WORDS + 1)):
        if words:
            yield tuple(words[first : first + _SHINGLE_WORDS])
