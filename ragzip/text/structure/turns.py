"""Turns of speakers: where each begins, and who speaks when."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import line_spans

__all__ = ["Turn", "are_surely_turns", "turns"]

_TIME = r"\d{1,2}[:h]\d\d(?:[:.]\d\d)?(?:[.,]\d{1,3})?(?:\s?[AaPp]\.?[Mm]\.?)?"
_DATE = (
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|[A-Z][a-z]{2,8}\.?[ ]\d{1,2}(?:,[ ]\d{4})?"
    r"|\d{1,2}\.?[ ][A-Z][a-z]{2,8}(?:[ ]\d{4})?)"
)
_STAMP = rf"[\[(]?(?:{_DATE},?[ T]{{1,2}})?{_TIME}(?:\s?[–-]{{1,2}}>?\s?{_TIME})?[\])]?"
_NAME_CHARACTER = r"[^\s:;<>={}|\"\t/\\?!,()*]"
_NAME = rf"[^\W_]{_NAME_CHARACTER}{{0,24}}(?:[ ]{_NAME_CHARACTER}{{1,24}}){{0,3}}(?:[ ]\([^()\n]{{1,40}}\))?"
_INLINE = re.compile(
    rf"""[ ]{{0,3}}(?:>>\ ?)?(?:[-–•]\ )?
    (?:(?P<stamp>{_STAMP})\s{{0,3}}(?:[-–|]\s)?\s?)?
    (?:
        (?:\*\*|__)?(?P<name>{_NAME})(?:\*\*|__)?\s?(?P<after>[\[(]{_TIME}[\])])?\s?[:：](?:\*\*|__)?(?=\s|$|(?<=：))
      | <[ @+%~&]?(?P<nick>[^\s<>]{{1,32}})>(?=\s)
      | \*\ (?P<actor>[^\W\d_]\S{{0,31}})(?=\s)
    )[ \t]*""",
    re.VERBOSE,
)
_ABOVE = re.compile(  # the name and the time stand above the text
    rf"""[ ]{{0,3}}(?:\*\*)?(?:
        (?P<name>{_NAME})(?:\*\*)?(?:\s{{1,9}}|\s?[-–|•·]\s|,\ )(?P<stamp>{_STAMP})
      | (?P<stamp_first>{_STAMP})(?:\s{{1,9}}|\s?[-–|•·]\s)(?P<name_after>{_NAME})
    )(?:\*\*)?:?\s*$""",
    re.VERBOSE,
)
_STAMPED = re.compile(rf"[ ]{{0,3}}(?P<stamp>{_STAMP})(?:\s{{1,4}}(?:[-–]\s)?(?=\S)|\s*$)")
_CUE_NAME = re.compile(
    r"[ ]{0,30}(?P<name>[A-ZÀ-ÖØ-ÞА-Я][A-ZÀ-ÖØ-ÞА-Я'’. -]{1,30}[A-ZÀ-ÖØ-ÞА-Я0-9])\.?(?: \([^()\n]{1,60}\))?\s*$"
)
_NAME_AND_STOP = re.compile(
    r"(?P<name>[A-ZÀ-ÖØ-ÞА-Я][A-ZÀ-ÖØ-ÞА-Я'’-]{1,20}(?: [A-ZÀ-ÖØ-ÞА-Я'’-]{1,20}){0,2})\."
    r"(?: \[[^\]\n]{1,60}\])?\s+(?=\S)"
)
_NO_SPEAKERS = frozenset(
    re.findall(
        r"[\w-]+",
        """
    note notes name date time subject from to cc sent question answer example input output source url title type status
    id price version description summary dialogue info warn warning error debug fatal critical trace notice abstract
    keywords author authors address phone tel fax email e-mail web website http https file line q a frage antwort label
    category document passage paragraph chapter section figure fig table tip hint important caution see return returns
    args arguments parameters raises default else try finally case key value code language size color colour weight
    height date-time location venue total amount quantity result results category tags tag topic context task
    ingredients method instructions objective background methods conclusion conclusions options yes no pros cons
    betreff von an datum gesendet objet de envoyé asunto oggetto preis name adresse telefon hinweis
    标题 内容 类别 新闻内容 新闻 问题 答案 回答 文章 摘要 总结 来源 时间 日期 作者 地址 电话 注
    premise hypothesis statement explanation rationale sentence text review rating reasoning thought action observation
    """,
    )
)
_MIN_TURNS = 4
_MAX_LABEL_CHARACTERS = 120
_MAX_SHARE_OF_SPEAKER = 0.9
_MAX_SHARE_OF_OTHERS = 0.4
_MIN_LABELLED_LINES = 0.4
_MIN_RECURRING = 0.6
_SENTENCE_MARK = re.compile(r"[.!?…。！？؟।]")


class Turn(NamedTuple):
    """One turn: where its label (time and name) is, and where it ends; ``name`` may be empty, ``above`` says that the
    label stands on a line of its own.
    """

    label: Span
    end: int
    name: str
    is_stamped: bool
    is_above: bool = False

    @property
    def body(self) -> Span:
        """The place of what is said."""
        return Span(self.label.end, self.end)


def turns(source: str) -> list[Turn]:
    """The turns of ``source``, in order, by the layout that most of its lines have; none where it has no turns."""
    lines = [(start, end) for start, end in line_spans(source, 0, len(source)) if not source[start:end].isspace()]
    lines = [(start, end) for start, end in lines if start < end]
    best: list[Turn] = []
    for labels in (_inline_labels(source, lines), _labels_above(source, lines)):
        if len(labels) > len(best):
            best = labels
    if len(best) < 2:
        for labels in (_labels_of_play(source, lines), _stops_of_play(source, lines), _stamps(source, lines)):
            if len(labels) > len(best):
                best = labels
    ends = [*(turn.label.start for turn in best[1:]), len(source)][: len(best)]
    return [turn._replace(end=end) for turn, end in zip(best, ends, strict=True)]


def _inline_labels(source: str, lines: Sequence[tuple[int, int]]) -> list[Turn]:
    """Labels before what is said. A label that is no name ("Summary:") ends a turn, too; its turn has no name."""
    labels = []
    for start, end in lines:
        if not _may_have_label(source, start, min(end, start + _MAX_LABEL_CHARACTERS)):
            continue
        label = _INLINE.match(source, start, end)
        if label is None or (label["actor"] and not label["stamp"]):  # "* text" is an item of a list
            continue
        name = _plain(label["name"] or label["nick"] or label["actor"] or "")
        is_stamped = bool(label["stamp"] or label["after"] or label["nick"])
        labels.append(Turn(_trimmed(source, label), end, "" if name.lower() in _NO_SPEAKERS else name, is_stamped))
    has_stamps = sum(label.is_stamped for label in labels) > len(labels) / 2
    counts = Counter(label.name for label in labels)
    return [
        label
        for label in labels
        if label.is_stamped or not (has_stamps or (label.name and not _recurs(label.name, counts)))
    ]


def _may_have_label(source: str, start: int, end: int) -> bool:
    return source.find(":", start, end) >= 0 or source.find("：", start, end) >= 0 or source.find("<", start, end) >= 0


def _recurs(name: str, counts: Counter[str]) -> bool:
    """Whether a name is that of a speaker: it labels several turns, or looks like a name."""
    return counts[name] > 1 or " " not in name or all(word[0].isupper() for word in name.split())


def _labels_above(source: str, lines: Sequence[tuple[int, int]]) -> list[Turn]:
    labels = []
    for start, end in lines:
        label = _ABOVE.match(source, start, end) if end - start <= _MAX_LABEL_CHARACTERS else None
        if label is not None:
            labels.append(Turn(_trimmed(source, label), end, label["name"] or label["name_after"], True, True))
    return labels


def _labels_of_play(source: str, lines: Sequence[tuple[int, int]]) -> list[Turn]:
    """Names in capital letters alone on a line, each above what is said."""
    labels = []
    for (start, end), (start_after, _) in zip(lines, [*lines[1:], (len(source), len(source))], strict=False):
        label = _CUE_NAME.match(source, start, end) if end - start <= _MAX_LABEL_CHARACTERS else None
        if label is not None and source.count("\n", end, start_after) <= 2:
            labels.append(Turn(_trimmed(source, label), end, label["name"], False, True))
    counts = Counter(label.name for label in labels)
    return [label for label in labels if counts[label.name] > 1]


def _stops_of_play(source: str, lines: Sequence[tuple[int, int]]) -> list[Turn]:
    labels = [
        Turn(_trimmed(source, label), end, label["name"], False)
        for start, end in lines
        if (label := _NAME_AND_STOP.match(source, start, end))
    ]
    counts = Counter(label.name for label in labels)
    return [label for label in labels if counts[label.name] > 1]


def _stamps(source: str, lines: Sequence[tuple[int, int]]) -> list[Turn]:
    """Times without names: alone above what is said, or before it."""
    labels = [
        (start, end, _STAMPED.match(source, start, end))
        for start, end in lines
        if _may_have_label(source, start, min(end, start + _MAX_LABEL_CHARACTERS))
    ]
    return [Turn(_trimmed(source, label), end, "", True, label.end() == end) for start, end, label in labels if label]


def _trimmed(source: str, label: re.Match[str]) -> Span:
    text = label.group()
    start = label.start() + len(text) - len(text.lstrip())
    return Span(start, label.start() + len(text.rstrip()))


def _plain(name: str) -> str:
    return name.strip("*_ ")


def are_surely_turns(source: str, all_turns: Sequence[Turn]) -> bool:
    """Whether these are turns of speakers, and nearly all of ``source``: no records of keys and values, no prose."""
    if len(all_turns) < _MIN_TURNS or not _begins_early(source, all_turns[0].label.start):
        return False
    stamped = sum(turn.is_stamped for turn in all_turns) / len(all_turns)
    names = [turn.name for turn in all_turns if turn.name]
    counts = Counter(names)
    if stamped > 0.8:
        return bool(names) or _are_times_of_speech(source, all_turns)
    recurring = sum(count for count in counts.values() if count > 1)
    if len(counts) < 2 or recurring < max(_MIN_TURNS, _MIN_RECURRING * len(names)):
        return False
    if max(counts.values()) > _MAX_SHARE_OF_SPEAKER * len(names) or _is_cyclic(names, counts):
        return False
    if len(names) < (1 - _MAX_SHARE_OF_OTHERS) * len(all_turns):
        return False
    lines = source.count("\n") + 1 - source.count("\n\n")
    if len(all_turns) < _MIN_LABELLED_LINES * lines and not all_turns[0].is_above and recurring < 12:
        return False
    bodies = [source[slice(*turn.body)] for turn in all_turns[:400]]
    word_count = sum(len(body.split()) for body in bodies)
    has_marks = sum(bool(_SENTENCE_MARK.search(body)) for body in bodies)
    return word_count >= 3 * len(bodies) and has_marks >= 0.3 * len(bodies)


def _begins_early(source: str, start: int) -> bool:
    """Whether no more stands before the first turn than a title and a list of those present."""
    return start <= max(1500, len(source) // 10) and start <= len(source) // 2


def _is_cyclic(names: Sequence[str], counts: Counter[str]) -> bool:
    """Whether the names always follow in the same order, as keys of records do; two speakers do so, too."""
    if len(counts) == 2:
        return all(not name[:1].isupper() for name in counts) and _follow_always(names)
    return _follow_always(names)


def _follow_always(names: Sequence[str]) -> bool:
    after: dict[str, str] = {}
    return all(after.setdefault(name, name_after) == name_after for name, name_after in pairwise(names))


def _are_times_of_speech(source: str, all_turns: Sequence[Turn]) -> bool:
    """Whether times without names are those of speech: they rise, and words stand behind most of them."""
    times = [source[slice(*turn.label)].strip("[]()") for turn in all_turns]
    keys = [(len(time), time) for time in times]
    rising = sum(before <= after for before, after in pairwise(keys))
    bodies = [source[slice(*turn.body)].split() for turn in all_turns]
    has_words = sum(len(body) > 2 and body[0].isalpha() for body in bodies)
    return rising >= 0.95 * (len(keys) - 1) and has_words >= 0.7 * len(bodies)
