"""Subtitles, SRT and WebVTT: cues with their times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import line_spans, trim
from ragzip.text.structure.base import Relation, Structure, StructuredUnit
from ragzip.text.structure.forms import tidy_form
from ragzip.text.structure.parts import with_line_ends

__all__ = ["are_surely_cues", "read_cues"]

_TIME_PATTERN = r"(?:\d{1,3}:)?\d{1,2}:\d\d[.,]\d{1,3}"
_TIME_LINE = re.compile(rf"[ \t]{{0,8}}({_TIME_PATTERN})[ \t]{{1,4}}-->[ \t]{{1,4}}({_TIME_PATTERN})[^\n]{{0,200}}$")
_NUMBER_LINE = re.compile(r"\s{0,4}[^\s-][^\n]{0,80}$")
_BLOCK_OF_NO_CUE = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t]|$)")
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,80}>|\{\\[^{}\n]{1,40}\}")
_VOICE_TAG = re.compile(r"<v(?:\.[^\s>]{1,40})?\s([^<>\n]{1,60})>")
_SENTENCE_END = re.compile(r"[.!?…。！？।؟♪\])][\"'”’»)\]]{0,3}$")
_NEW_SPEAKER = re.compile(r"[-–—]\s?\S|>>|[A-ZÀ-Þ][A-ZÀ-Þ .'’-]{1,30}:\s")
_MAX_CUES_TOGETHER = 3
_MIN_CUES = 2


class _Cue(NamedTuple):
    """A cue: where it stands with its number, its time, and what is said, without tags."""

    start: int
    end: int
    time: str
    words: str
    voice: str


def are_surely_cues(source: str) -> bool:
    """Whether ``source`` begins with the head of WebVTT, or with a cue of SRT, and has several cues."""
    first_text = source[:400].lstrip("\ufeff \t\r\n")
    first_lines = [line for line in first_text.split("\n") if line.strip()]
    has_cue = any(_TIME_LINE.match(line.rstrip()) for line in first_lines[:3])
    return (has_cue or first_text.startswith("WEBVTT")) and source.count("-->") >= _MIN_CUES


def read_cues(source: str) -> Structure | None:
    """The structure of subtitles; None where there are no cues.

    A cue has its number and its time. Up to three that make one sentence are one unit.
    """
    head_span, cues, noise_spans = _cues(source)
    if not cues:
        return None
    units: list[StructuredUnit] = []
    head_needs: tuple[int, ...] = ()
    if head_span is not None:
        units.append(StructuredUnit(*head_span, Relation(section=Span(cues[0].start, cues[-1].end))))
        head_needs = (0,)
    for sentence_cues in _sentences(cues):
        units.append(
            StructuredUnit(sentence_cues[0].start, sentence_cues[-1].end, Relation(head_needs), _reading(sentence_cues))
        )
    return Structure("transcript", tuple(units), tidy_form(source, with_line_ends(source, noise_spans)))


def _cues(source: str) -> tuple[Span | None, list[_Cue], list[Span]]:
    """The head of WebVTT, the cues, and the blocks between them that say nothing."""
    blocks = _blocks(source)
    head_span: Span | None = None
    cues: list[_Cue] = []
    noise_spans: list[Span] = []
    for block_number, block_lines in enumerate(blocks):
        first_line = source[slice(*block_lines[0])]
        if block_number == 0 and first_line.lstrip("\ufeff").startswith("WEBVTT"):
            head_span = trim(source, *block_lines[0])
            block_lines = block_lines[1:]
        elif _BLOCK_OF_NO_CUE.match(first_line):
            noise_spans.append(Span(block_lines[0][0], block_lines[-1][1]))
            continue
        cues += _cues_of(source, block_lines)
    return head_span, cues, noise_spans


def _blocks(source: str) -> list[list[tuple[int, int]]]:
    """The lines of each block between blank lines."""
    blocks: list[list[tuple[int, int]]] = [[]]
    for line_start, line_end in line_spans(source, 0, len(source)):
        if trim(source, line_start, line_end) is None:
            blocks.append([])
        else:
            blocks[-1].append((line_start, line_end))
    return [block for block in blocks if block]


def _cues_of(source: str, block: Sequence[tuple[int, int]]) -> list[_Cue]:
    """The cues of a block: one, as a rule, but blank lines between cues may be missing, or stand inside one."""
    cues: list[_Cue] = []
    time_lines = [
        (line_number, time_match)
        for line_number, line_span in enumerate(block)
        if (time_match := _TIME_LINE.match(source[slice(*line_span)]))
    ]
    if not time_lines:
        return []
    cue_starts = [
        line_number - 1
        if line_number and _is_number(source[slice(*block[line_number - 1])], is_first=line_number == 1)
        else line_number
        for line_number, _ in time_lines
    ]
    for (line_number, time_match), cue_start, cue_end in zip(
        time_lines, cue_starts, [*cue_starts[1:], len(block)], strict=True
    ):
        cue_span = trim(source, block[cue_start][0], block[cue_end - 1][1])
        if cue_span is not None and line_number + 1 < cue_end:
            cue_text = source[block[line_number + 1][0] : block[cue_end - 1][1]]
            voice_match = _VOICE_TAG.search(cue_text)
            cue_words = " ".join(_TAG.sub("", cue_text).split())
            cues.append(_Cue(*cue_span, time_match.group(1), cue_words, voice_match.group(1) if voice_match else ""))
    return cues


def _is_number(line: str, *, is_first: bool) -> bool:
    """Whether the line above a time is the number or the name of its cue."""
    return line.strip().isdigit() or (is_first and bool(_NUMBER_LINE.match(line)))


def _sentences(cues: Sequence[_Cue]) -> list[list[_Cue]]:
    """The cues of each sentence, at most three together."""
    sentence_groups: list[list[_Cue]] = []
    for cue in cues:
        open_group = sentence_groups[-1] if sentence_groups else []
        goes_on = (
            open_group
            and len(open_group) < _MAX_CUES_TOGETHER
            and not _SENTENCE_END.search(open_group[-1].words)
            and not _NEW_SPEAKER.match(cue.words)
            and cue.voice in ("", open_group[-1].voice)
        )
        if goes_on:
            open_group.append(cue)
        else:
            sentence_groups.append([cue])
    return sentence_groups


def _reading(group: Sequence[_Cue]) -> str:
    """What is said in cues, with the time and the speaker of the first."""
    start_time = re.split("[.,]", group[0].time)[0]
    voice_label = f"{group[0].voice}: " if group[0].voice else ""
    return f"[{start_time}] {voice_label}{' '.join(cue.words for cue in group)}"
