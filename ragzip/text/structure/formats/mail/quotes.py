"""Quotations in mail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span

__all__ = [
    "LineRun",
    "QuotedParagraph",
    "attribution_start",
    "is_attribution",
    "is_quoted_thread",
    "quoted_paragraphs",
    "repeated_quotes",
    "runs_of",
]

_QUOTED = pattern_of(r"[ \t]{0,3}(?:[A-Za-z]{0,3}>[ \t]?){1,20}")
_WROTE = (
    r"(?:wrote|writes|schrieb(?: am [^\n]{1,80})?|a écrit|escribió|ha scritto|escreveu|schreef|skrev|kirjoitti|napsal"
    r"|пишет|написал)"
)
_ATTRIBUTION = pattern_of(
    rf"(?:[^\n]{{0,20}}\d[^\n]{{0,300}}|[^\n]{{1,80}}\s){_WROTE}\s?:?$"
    r"|[^\n]{0,20}\d[^\n]{0,60}\s(?:schrieb|schreef|skrev)\s[^\n]{1,80}:$",  # "Am 3. Mai schrieb Ute:"
    re.IGNORECASE,
)
_ATTRIBUTION_OF_CJK = pattern_of(r"[^\n]{0,20}\d[^\n]{0,200}(?:写道|のメール|wrote)\s?[:：]$")
_BEGINS_ATTRIBUTION = pattern_of(r"(?:On|Am|Le|El|Il|Em|Op|Den|В)\s")
_SHINGLE_WORDS = 5
_MIN_SHARE_REPEATED = 0.97
_WORD = pattern_of(r"\w+")


class LineRun(NamedTuple):
    """Lines of a mail that are all quoted, or all not, by number."""

    first: int
    end: int
    is_quoted: bool


class QuotedParagraph(NamedTuple):
    """Lines of a quotation of one level, from ``first`` to before ``end``, none of which is blank; an attribution names
    the author of the lines of the next level.
    """

    first: int
    end: int
    level: int
    is_attribution: bool


def quoted_paragraphs(source: str, lines: Sequence[Span]) -> list[QuotedParagraph]:
    """The paragraphs of lines that are all quoted."""
    paragraphs: list[QuotedParagraph] = []
    is_open = False
    for number, line in enumerate(lines):
        level, text = _unquoted(source, line)
        if not text:
            is_open = False
            continue
        before = paragraphs[-1] if is_open else None
        is_attributing = is_attribution(text)
        if before is not None and before.level == level and not before.is_attribution:
            if not is_attributing:
                paragraphs[-1] = before._replace(end=number + 1)
                continue
            if _BEGINS_ATTRIBUTION.match(_unquoted(source, lines[number - 1])[1]) and not _BEGINS_ATTRIBUTION.match(
                text
            ):
                paragraphs.pop()  # it is wrapped
                if before.first < number - 1:
                    paragraphs.append(before._replace(end=number - 1))
                paragraphs.append(QuotedParagraph(number - 1, number + 1, level, True))
                continue
        paragraphs.append(QuotedParagraph(number, number + 1, level, is_attributing))
        is_open = True
    return paragraphs


def is_quoted_thread(source: str, lines: Sequence[Span]) -> bool:
    """Whether lines hold a mail with an earlier one under it: an attribution, and the text of the author that it
    names.
    """
    levels_and_texts = [(level, text) for level, text in (_unquoted(source, line) for line in lines) if text]
    return any(
        following[0] == level + 1 and is_attribution(text) for (level, text), following in pairwise(levels_and_texts)
    )


def _unquoted(source: str, line: Span) -> tuple[int, str]:
    """The level of a line, 0 where it is not quoted, and its text without quote marks."""
    marks = _QUOTED.match(source, *line) if line.start < line.end else None
    if marks is None:
        return 0, source[slice(*line)].strip()
    return marks.group().count(">"), source[marks.end() : line.end].strip()


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
    """The quotations at the end of mails that only repeat text that is unquoted, or quoted before, in another one."""
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
        text = source[start:end] if marks is None else source[marks.end() : end]
        if not is_attribution(text):
            words += _WORD.findall(text.casefold())
    return words


def _shingles(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for first in range(max(1, len(words) - _SHINGLE_WORDS + 1)):
        if words:
            yield tuple(words[first : first + _SHINGLE_WORDS])
