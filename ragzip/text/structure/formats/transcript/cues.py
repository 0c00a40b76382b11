"""Subtitles, SRT and WebVTT: cues with their times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import line_spans, trim
from ragzip.text.structure.base import Relation, Structure, StructuredUnit
from ragzip.text.structure.formats.transcript.exchanges import bind_talk, remark_asks
from ragzip.text.structure.formats.transcript.remarks import Remark
from ragzip.text.structure.forms import tidy_form
from ragzip.text.structure.parts import with_line_ends

__all__ = ["are_surely_cues", "read_cues"]

_TIME = r"(?:\d{1,3}:)?\d{1,2}:\d\d[.,]\d{1,3}"
_TIME_LINE = pattern_of(rf"[ \t]{{0,8}}({_TIME})[ \t]{{1,4}}-->[ \t]{{1,4}}({_TIME})[^\n]{{0,200}}$")
_NUMBER_LINE = pattern_of(r"\s{0,4}[^\s-][^\n]{0,80}$")
_BLOCK_OF_NO_CUE = pattern_of(r"(?:NOTE|STYLE|REGION)(?:[ \t]|$)")
_TAG = pattern_of(r"</?[a-zA-Z][^<>\n]{0,80}>|\{\\[^{}\n]{1,40}\}")
_VOICE = pattern_of(r"<v(?:\.[^\s>]{1,40})?\s([^<>\n]{1,60})>")
_SENTENCE_END = pattern_of(r"[.!?…。！？।؟♪\])][\"'”“’»«)\]]{0,3}$")
_NEW_SPEAKER = pattern_of(r"[-–—]\s?\S|>>|[A-ZÀ-Þ][A-ZÀ-Þ .'’-]{1,30}:\s")
_NAME = pattern_of(r"(?:[-–—>]{1,2}\s?)?([A-ZÀ-Þ][A-ZÀ-Þ .'’-]{1,30}):\s+")
_MAX_CUES_TOGETHER = 3
_MIN_CUES = 2


class _Cue(NamedTuple):
    """A cue: its place with its number, its time, and its words, without tags."""

    start: int
    end: int
    time: str
    words: str
    voice: str


def are_surely_cues(source: str) -> bool:
    """Whether ``source`` begins with the head of WebVTT, or with a cue of SRT, and has several cues."""
    start = source[:400].lstrip("\ufeff \t\r\n")
    lines = [line for line in start.split("\n") if line.strip()]
    has_cue = any(_TIME_LINE.match(line.rstrip()) for line in lines[:3])
    return (has_cue or start.startswith("WEBVTT")) and source.count("-->") >= _MIN_CUES


def read_cues(source: str) -> Structure | None:
    """The structure of subtitles; None where there are no cues.

    A cue has its number and its time. Up to three that make one sentence are one unit.
    """
    head, cues, noise = _cues(source)
    if not cues:
        return None
    units: list[StructuredUnit] = []
    needs: tuple[int, ...] = ()
    if head is not None:
        units.append(StructuredUnit(*head, Relation(section=Span(cues[0].start, cues[-1].end))))
        needs = (0,)
    remarks: list[Remark] = []
    for group in _sentences(cues):
        remarks.append(_remark(group, len(units)))
        units.append(StructuredUnit(group[0].start, group[-1].end, Relation(needs), _reading(group)))
    bind_talk(source, remarks, units)
    return Structure("transcript", tuple(units), tidy_form(source, with_line_ends(source, noise)))


def _cues(source: str) -> tuple[Span | None, list[_Cue], list[Span]]:
    """The head of WebVTT, the cues, and the blocks between them that say nothing."""
    blocks = _blocks(source)
    head: Span | None = None
    cues: list[_Cue] = []
    noise: list[Span] = []
    for number, block in enumerate(blocks):
        first_line = source[slice(*block[0])]
        if number == 0 and first_line.lstrip("\ufeff").startswith("WEBVTT"):
            head = trim(source, *block[0])
            block = block[1:]
        elif _BLOCK_OF_NO_CUE.match(first_line):
            noise.append(Span(block[0][0], block[-1][1]))
            continue
        cues += _cues_of(source, block)
    return head, cues, noise


def _blocks(source: str) -> list[list[tuple[int, int]]]:
    """The lines of each block between blank lines."""
    blocks: list[list[tuple[int, int]]] = [[]]
    for start, end in line_spans(source, 0, len(source)):
        if trim(source, start, end) is None:
            blocks.append([])
        else:
            blocks[-1].append((start, end))
    return [block for block in blocks if block]


def _cues_of(source: str, block: Sequence[tuple[int, int]]) -> list[_Cue]:
    """The cues of a block: one, as a rule, but blank lines between cues may be missing, or stand inside one."""
    cues: list[_Cue] = []
    times = [(number, match) for number, line in enumerate(block) if (match := _TIME_LINE.match(source[slice(*line)]))]
    if not times:
        return []
    firsts = [
        number - 1 if number and _is_number(source[slice(*block[number - 1])], is_first=number == 1) else number
        for number, _ in times
    ]
    for (number, match), first, end in zip(times, firsts, [*firsts[1:], len(block)], strict=True):
        span = trim(source, block[first][0], block[end - 1][1])
        if span is not None and number + 1 < end:
            cue_text = source[block[number + 1][0] : block[end - 1][1]]
            voice = _VOICE.search(cue_text)
            words = " ".join(_TAG.sub("", cue_text).split())
            cues.append(_Cue(*span, match.group(1), words, voice.group(1) if voice else ""))
    return cues


def _is_number(line: str, *, is_first: bool) -> bool:
    """Whether the line above a time is the number or the name of its cue."""
    return line.strip().isdigit() or (is_first and bool(_NUMBER_LINE.match(line)))


def _sentences(cues: Sequence[_Cue]) -> list[list[_Cue]]:
    """The cues of each sentence, at most three together."""
    groups: list[list[_Cue]] = []
    for cue in cues:
        before = groups[-1] if groups else []
        goes_on = (
            before
            and len(before) < _MAX_CUES_TOGETHER
            and not _SENTENCE_END.search(before[-1].words)
            and not _NEW_SPEAKER.match(cue.words)
            and cue.voice in ("", before[-1].voice)
        )
        if goes_on:
            before.append(cue)
        else:
            groups.append([cue])
    return groups


def _remark(group: Sequence[_Cue], place: int) -> Remark:
    """The remark in cues, with its speaker, where a voice or a name in capital letters gives one."""
    words = " ".join(cue.words for cue in group)
    name = _NAME.match(words)
    speaker = group[0].voice or (name.group(1) if name else "")
    words_said = words[name.end() :] if name else words.lstrip("-–— ")
    return Remark(speaker, words_said, place, place, question=place if remark_asks(words_said) else None)


def _reading(group: Sequence[_Cue]) -> str:
    """The words in cues, with the time and the speaker of the first."""
    time = re.split("[.,]", group[0].time)[0]
    voice = f"{group[0].voice}: " if group[0].voice else ""
    return f"[{time}] {voice}{' '.join(cue.words for cue in group)}"
