"""Subtitles, SRT and WebVTT: cues with their times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
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
_TIME_LINE = pattern_of(rf"[ \t]{{0,8}}({_TIME})[ \t]{{1,4}}-->[ \t]{{1,4}}({_TIME})([^\n]{{0,200}})$")
_NUMBER_LINE = pattern_of(r"\s{0,4}[^\s-][^\n]{0,80}$")
_BLOCK_OF_NO_CUE = pattern_of(r"(?:NOTE|STYLE|REGION)(?:[ \t]|$)")
_TAG = pattern_of(r"</?[a-zA-Z][^<>\n]{0,80}>|<\d[\d:.]{0,20}>|\{\\[^{}\n]{1,40}\}")
_STYLE = pattern_of(r"</?c(?:\.[^\s<>]{1,40})?>|<\d[\d:.]{0,20}>")  # the time and the colour of a word
_VOICE = pattern_of(r"<v(?:\.[^\s>]{1,40})?\s([^<>\n]{1,60})>")
_SENTENCE_END = pattern_of(r"[.!?…。！？।؟♪\])][\"'”“’»«)\]]{0,3}$")
_NEW_SPEAKER = pattern_of(r"[-–—]\s?\S|>>|[A-ZÀ-Þ][A-ZÀ-Þ .'’-]{1,30}:\s")
_NAME = pattern_of(r"(?:[-–—>]{1,2}\s?)?([A-ZÀ-Þ][A-ZÀ-Þ .'’-]{1,30}):\s+")
_MAX_CUES_TOGETHER = 3
_MIN_CUES = 2
_MIN_SHARE_ROLLING = 0.3  # of the cues of captions that roll: two people may say the same


class _Cue(NamedTuple):
    """A cue: its place with its number, its time, where it says how it is shown, its lines, and their words without
    tags.
    """

    start: int
    end: int
    time: str
    settings: Span
    lines: tuple[Span, ...]
    spoken_lines: tuple[str, ...]
    voice: str

    @property
    def words(self) -> str:
        return " ".join(self.spoken_lines)


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
    cues, repeated = _without_repeated(cues)
    noise = sorted([*noise, *repeated, *_settings_and_styles(source, cues)])
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


def _without_repeated(cues: Sequence[_Cue]) -> tuple[list[_Cue], list[Span]]:
    """The cues without the lines that each repeats of the one before, as captions do that roll up the screen, and the
    spans of these lines.
    """
    counts = [0, *(_repeated_lines(before.spoken_lines, cue.spoken_lines) for before, cue in pairwise(cues))]
    if sum(map(bool, counts)) < _MIN_SHARE_ROLLING * len(cues):
        return list(cues), []
    rolled: list[_Cue] = []
    repeated: list[Span] = []
    for number, (cue, count) in enumerate(zip(cues, counts, strict=True)):
        if count == len(cue.lines):  # the same words for a moment more
            is_last = number + 1 == len(cues)
            repeated.append(Span(cues[number - 1].end, cue.end) if is_last else Span(cue.start, cues[number + 1].start))
            continue
        if count:
            repeated.append(Span(cue.lines[0].start, cue.lines[count].start))
        rolled.append(cue._replace(lines=cue.lines[count:], spoken_lines=cue.spoken_lines[count:]))
    return rolled, repeated


def _repeated_lines(before: Sequence[str], spoken_lines: Sequence[str]) -> int:
    """The number of lines at the beginning that stand at the end of the cue before."""
    counts = range(min(len(before), len(spoken_lines)), 0, -1)
    return next((count for count in counts if before[-count:] == spoken_lines[:count]), 0)


def _settings_and_styles(source: str, cues: Sequence[_Cue]) -> Iterator[Span]:
    """The spans that say where and how the words of cues are shown."""
    for cue in cues:
        if source[slice(*cue.settings)].strip():
            yield cue.settings
        yield from (Span(*style.span()) for line in cue.lines for style in _STYLE.finditer(source, *line))


def _cues(source: str) -> tuple[Span | None, list[_Cue], list[Span]]:
    """The head of WebVTT, the cues, and the blocks between them that say nothing."""
    blocks = _blocks(source, has_blanks=source[:400].lstrip("\ufeff \t\r\n").startswith("WEBVTT"))
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


def _blocks(source: str, *, has_blanks: bool) -> list[list[tuple[int, int]]]:
    """The lines of each block between blank lines.

    :param has_blanks: whether a line of blanks may stand in a block, as in WebVTT.
    """
    blocks: list[list[tuple[int, int]]] = [[]]
    for start, end in line_spans(source, 0, len(source)):
        if trim(source, start, end) is None:
            if not has_blanks or not source[start:end].strip("\r\n"):
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
            voice = _VOICE.search(source[block[number + 1][0] : block[end - 1][1]])
            lines = tuple(Span(*line) for line in block[number + 1 : end])
            spoken_lines = tuple(" ".join(_TAG.sub("", source[slice(*line)]).split()) for line in lines)
            settings = Span(*(block[number][0] + place for place in match.span(3)))
            cues.append(_Cue(*span, match.group(1), settings, lines, spoken_lines, voice.group(1) if voice else ""))
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
