"""Turns of speakers: where each begins, and who speaks when."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.headings.labels import COMMENT_LINE
from ragzip.text.splitters.scanner import line_spans

__all__ = ["Turn", "are_surely_turns", "turns"]

_TIME_PATTERN = r"\d{1,2}[:h]\d\d(?:[:.]\d\d)?(?:[.,]\d{1,3})?(?:\s?[AaPp]\.?[Mm]\.?)?"
_DATE_PATTERN = (
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|[A-Z][a-z]{2,8}\.?[ ]\d{1,2}(?:,[ ]\d{4})?"
    r"|\d{1,2}\.?[ ][A-Z][a-z]{2,8}(?:[ ]\d{4})?)"
)
_WEEKDAY_PATTERN = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Mo|Di|Mi|Do|Fr|Sa|So)[a-z]{0,7}\.?,?[ ]"
_STAMP_PATTERN = (
    rf"[\[(]?(?:{_WEEKDAY_PATTERN})?(?:{_DATE_PATTERN},?[ T]{{1,2}})?"
    rf"{_TIME_PATTERN}(?:\s?[–-]{{1,2}}>?\s?{_TIME_PATTERN})?[\])]?"
)
_NAME_CHARACTER = r"[^\s:;<>={}|\"\t/\\?!,()*]"
_NAME_PATTERN = (
    rf"\+?[^\W_]{_NAME_CHARACTER}{{0,24}}(?:[ ]{_NAME_CHARACTER}{{1,24}}){{0,3}}"
    rf"(?:[ ]\((?!{_TIME_PATTERN}\))[^()\n]{{1,40}}\))?"
)
_RULE_PATTERN = r"\s?(?:[-=*~]{2,6})?\s?"
_WROTE_PATTERN = (
    r"(?:(?:Posted|Comment(?:ed)?|Reply|Replied|Answer(?:ed)?|Written|Message|Post|Note|Updated?)\sby"
    r"|(?:Geschrieben|Verfasst|Beitrag|Kommentar|Antwort)\svon|(?:Publié|Posté|Écrit|Commentaire|Réponse)\s(?:par|de)"
    r"|(?:Publicado|Escrito|Comentario|Respuesta)\s(?:por|de)|(?:Scritto|Commento|Risposta)\s(?:da|di))"
)
_INLINE_LABEL = pattern_of(
    rf"""[ ]{{0,3}}(?:>>\ ?)?(?:[-–•]\ )?
    (?:(?P<stamp>{_STAMP_PATTERN})\s{{0,3}}(?:[-–|]\s)?\s?)?
    (?:
        (?:\*\*|__)?(?P<name>{_NAME_PATTERN})(?:\*\*|__)?\s?(?P<after>[\[(]{_TIME_PATTERN}[\])])?
        \s?[:：](?:\*\*|__)?(?=\s|$|(?<=：))
      | <[ @+%~&]?(?P<nick>[^\s<>]{{1,32}})>(?=\s)
      | \*\ (?P<actor>[^\W\d_]\S{{0,31}})(?=\s)
    )[ \t]*""",
    re.VERBOSE,
)
_LABEL_ABOVE = pattern_of(  # the name and the time stand above the text
    rf"""[ ]{{0,3}}(?:\*\*)?(?:
        (?P<name>{_NAME_PATTERN})(?:\*\*)?(?:\s{{1,9}}|\s?[-–|•·]\s|,\ )(?P<stamp>{_STAMP_PATTERN})
      | (?P<stamp_first>{_STAMP_PATTERN})(?:\s{{1,9}}|\s?[-–|•·]\s)
        (?P<name_after>{_NAME_PATTERN}(?:,[ ]{_NAME_CHARACTER}{{1,24}})?)
      | {_RULE_PATTERN}{_WROTE_PATTERN}:?\s(?P<writer>{_NAME_PATTERN}),?\s(?:on\s|at\s|am\s|le\s|el\s|il\s)?
        [\[(]?{_DATE_PATTERN}(?:,?\s(?:at\s|um\s|à\s)?{_TIME_PATTERN})?[\])]?{_RULE_PATTERN}
    )(?:\*\*)?:?\s*$""",
    re.VERBOSE,
)
_GROUPS_OF_NAME = ("name", "name_after", "writer", "commenter")
_EVENT_VERB = (
    r"(?:ha[sd] |have )?(?:joined|joins|quits?|left|leaves|parted|parts|was kicked|disconnected|is now known as"
    r"|sets? (?:the )?(?:mode|topic)|changed (?:the )?(?:topic|nick|subject))"
)
_EVENT = pattern_of(  # in a chat, where nobody speaks; a star may also be that of an item of a list
    rf"[ ]{{0,3}}(?:{_STAMP_PATTERN}\s{{1,3}})?(?:(?:-!-|\*{{3}}|<?-{{2,3}}>?|<?={{2,3}}>?|[→←⇒⇐])\s{{1,9}}\S"
    rf"|[*•]\s{{1,9}}\S{{1,32}}\s{_EVENT_VERB}"
    r"(?=\s?(?:$|[#(.!:\[\"'“]|to\b|by\b|the (?:chat|channel|room|group|call|game)\b)))"
)
_SAID_OF_EVENT = pattern_of(rf"\b(?:{_EVENT_VERB}|kicked|banned|day changed)\b", re.IGNORECASE)
_DIRECTION = pattern_of(  # a label may say what it is: "#NOTE#: (They leave.)"
    r"(?:#[A-Z]{1,20}#:\s{0,3})?(?:\([^()\n]{2,400}\)|\[[^\[\]\n]{2,400}\])\s*$"
)
_LAYOUT = pattern_of(r"\d+")
_ITEM = pattern_of(r"([ \t]{0,100}+)[-*+•–] +\S")
_STAMPED_LINE = pattern_of(rf"[ ]{{0,3}}(?P<stamp>{_STAMP_PATTERN})(?:\s{{1,4}}(?:[-–]\s)?(?=\S)|\s*$)")
_CUE_NAME = pattern_of(
    r"[ ]{0,30}(?P<name>[A-ZÀ-ÖØ-ÞА-Я][A-ZÀ-ÖØ-ÞА-Я'’. -]{1,30}[A-ZÀ-ÖØ-ÞА-Я0-9])\.?(?: \([^()\n]{1,60}\))?\s*$"
)
_NAME_AND_STOP = pattern_of(
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
    added changed deprecated removed fixed improved breaking security feature feat fix bugfix chore docs refactor perf
    """,
    )
)
_MIN_TURNS = 4
_MAX_LABEL_CHARACTERS = 120
_MAX_SHARE_OF_SPEAKER = 0.9
_MAX_SHARE_OF_OTHERS = 0.4
_MIN_LABELLED_LINES = 0.4
_MIN_RECURRING = 0.6
_MAX_SHARE_OF_BARE = 0.2  # of labels above with nothing below but the next time
_COLUMNS = pattern_of(r"[^\s.!?…][ ]{2,40}[^\s]")
_SENTENCE_MARK = pattern_of(r"[.!?…。！？؟।]")
_HEADING_OF_VERSION = pattern_of(  # "## 2.1"; "43.beta" above items
    r"^#{1,6}[ \t]{1,9}\[?(?:version |release |v)?\d{1,4}\.\d"
    r"|^(?:version |release |v)?\d{1,4}\.\w[\w.-]{0,20}(?:[ \t:(–-][^\n]{0,40})?\n{1,2}[ \t]{0,8}[-*•+] ",
    re.IGNORECASE | re.MULTILINE,
)
_MIN_VERSIONS = 2  # of a list of changes, in whose items nobody speaks


class Turn(NamedTuple):
    """One turn: the span of its label (time and name), and its end; ``name`` may be empty, ``is_above``: the label is
    on a line of its own, ``is_event``: nobody speaks: one joins or leaves a chat, or the stage.
    """

    label: Span
    end: int
    name: str
    is_stamped: bool
    is_above: bool = False
    is_event: bool = False

    @property
    def body(self) -> Span:
        """The span of the words of the turn."""
        return Span(self.label.end, self.end)


def turns(source: str) -> list[Turn]:
    """The turns of ``source``, in order, by the layout that most of its lines have; none where it has no turns."""
    text_lines = [
        (line_start, line_end)
        for line_start, line_end in line_spans(source, 0, len(source))
        if not source[line_start:line_end].isspace()
    ]
    text_lines = [(line_start, line_end) for line_start, line_end in text_lines if line_start < line_end]
    likeliest: list[Turn] = []
    for labelled in (_inline_labels(source, text_lines), _labels_above(source, text_lines)):
        if len(labelled) > len(likeliest):
            likeliest = labelled
    if len(likeliest) < 2:
        for labelled in (
            _labels_of_play(source, text_lines),
            _stops_of_play(source, text_lines),
            _stamps(source, text_lines),
        ):
            if len(labelled) > len(likeliest):
                likeliest = labelled
    turn_ends = [*(turn.label.start for turn in likeliest[1:]), len(source)][: len(likeliest)]
    return [turn._replace(end=turn_end) for turn, turn_end in zip(likeliest, turn_ends, strict=True)]


def _inline_labels(source: str, lines: Sequence[tuple[int, int]]) -> list[Turn]:
    """Labels before the words of a turn. A label that is no name ("Summary:") ends a turn, too; its turn has no
    name.
    """
    labelled = []
    nested = _nested_items(source, lines)
    for line_start, line_end in lines:
        label_end = min(line_end, line_start + _MAX_LABEL_CHARACTERS)
        if line_start in nested or not _may_have_label(source, line_start, label_end):
            continue
        label_match = _INLINE_LABEL.match(source, line_start, line_end)
        if label_match is None or (label_match["actor"] and not label_match["stamp"]):  # "* text" is an item of a list
            continue
        speaker = _plain(label_match["name"] or label_match["nick"] or label_match["actor"] or "")
        is_stamped = bool(label_match["stamp"] or label_match["after"] or label_match["nick"])
        labelled.append(
            Turn(_trimmed(label_match), line_end, "" if speaker.lower() in _NO_SPEAKERS else speaker, is_stamped)
        )
    has_stamps = sum(turn.is_stamped for turn in labelled) > len(labelled) / 2
    name_counts = Counter(turn.name for turn in labelled)
    spoken = [
        turn
        for turn in labelled
        if turn.is_stamped or not (has_stamps or (turn.name and not _recurs(turn.name, name_counts)))
    ]
    return _with_events(source, lines, spoken) if has_stamps else _with_directions(source, lines, spoken)


def _with_directions(source: str, lines: Sequence[tuple[int, int]], spoken: Sequence[Turn]) -> list[Turn]:
    """The turns of a transcript, and its lines in brackets before another turn or the end, which are nobody's words:
    "(They leave.)".
    """
    starts = {turn.label.start for turn in spoken}
    directions: list[Turn] = []
    is_before_turn = True  # or the end
    for line_start, line_end in reversed(lines):
        start = line_start + _indent(source, Span(line_start, line_end))
        is_direction = is_before_turn and start not in starts and _DIRECTION.match(source, start, line_end)
        if is_direction:
            directions.append(Turn(Span(start, start), line_end, "", False, is_event=True))
        is_before_turn = bool(is_direction) or start in starts
    return sorted([*spoken, *directions]) if len(directions) <= len(spoken) else list(spoken)


def _with_events(source: str, lines: Sequence[tuple[int, int]], spoken: Sequence[Turn]) -> list[Turn]:
    """The turns of a chat and, where those are fewer, its lines where nobody speaks: with a time as turns have, but
    no name, or with the marks of one who joins or leaves.
    """
    layouts = {_stamp_layout(source, turn.label) for turn in spoken} - {""}
    starts = {turn.label.start for turn in spoken}
    events: list[Turn] = []
    for line_start, line_end in lines:
        line = Span(line_start, min(line_end, line_start + _MAX_LABEL_CHARACTERS))
        if line_start + _indent(source, line) in starts:
            continue
        has_stamp = _stamp_layout(source, line) in layouts
        is_event = has_stamp or (_EVENT.match(source, *line) and _SAID_OF_EVENT.search(source, line_start, line_end))
        if is_event:
            stamp = _STAMPED_LINE.match(source, *line) if has_stamp else None
            label = Span(line_start + _indent(source, line), stamp.end("stamp") if stamp else line_start)
            events.append(Turn(Span(label.start, max(label)), line_end, "", True, is_event=True))
    return sorted([*spoken, *events]) if len(events) <= len(spoken) else list(spoken)


def _indent(source: str, line: Span) -> int:
    text = source[slice(*line)]
    return len(text) - len(text.lstrip())


def _stamp_layout(source: str, span: Span) -> str:
    """The format of the time at the beginning of a line, with one sign for each number; "" without a time."""
    stamp = _STAMPED_LINE.match(source, *span)
    return _LAYOUT.sub("9", stamp["stamp"]) if stamp else ""


def _nested_items(source: str, lines: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The starts of the lines that are items of a list under an item of another one: nobody speaks there."""
    nested: list[int] = []
    outer_indent: int | None = None  # of the last item that stands under no other one
    for line_start, line_end in lines:
        item = _ITEM.match(source, line_start, line_end)
        indent = 0 if item is None else item.end(1) - line_start
        if item is not None and outer_indent is not None and indent > outer_indent:
            nested.append(line_start)
        elif item is not None:
            outer_indent = indent
        elif not source[line_start].isspace():
            outer_indent = None
    return frozenset(nested)


def _may_have_label(source: str, start: int, end: int) -> bool:
    return source.find(":", start, end) >= 0 or source.find("：", start, end) >= 0 or source.find("<", start, end) >= 0


def _recurs(name: str, counts: Counter[str]) -> bool:
    """Whether a name is that of a speaker: it labels several turns, or looks like a name."""
    return counts[name] > 1 or " " not in name or all(name_part[0].isupper() for name_part in name.split())


def _labels_above(source: str, lines: Sequence[tuple[int, int]]) -> list[Turn]:
    """Labels on a line above the words of a turn; none where many have another time below them: rows of a timetable."""
    labelled: dict[tuple[int, int], Turn] = {}  # by the line of the label
    for line_start, line_end in lines:
        label_match = None
        if line_end - line_start <= _MAX_LABEL_CHARACTERS:
            label_match = _LABEL_ABOVE.match(source, line_start, line_end) or COMMENT_LINE.match(
                source, line_start, line_end
            )
        if label_match is not None:
            name = next(filter(None, (label_match.groupdict().get(group) for group in _GROUPS_OF_NAME)))
            labelled[line_start, line_end] = Turn(_trimmed(label_match), line_end, name, True, True)
    name_counts = Counter(turn.name for turn in labelled.values())
    for line, line_below in pairwise(lines):  # "All is well since 9:13" below "ann  9:15" is what she says
        label, label_below = labelled.get(line), labelled.get(line_below)
        if label and label_below and name_counts[label_below.name] == 1 < name_counts[label.name]:
            del labelled[line_below]
    lines_below = (line_below for line, line_below in pairwise(lines) if line in labelled)
    bare_count = sum(line in labelled or _STAMPED_LINE.match(source, *line) is not None for line in lines_below)
    return list(labelled.values()) if bare_count <= _MAX_SHARE_OF_BARE * len(labelled) else []


def _labels_of_play(source: str, lines: Sequence[tuple[int, int]]) -> list[Turn]:
    """Names in capital letters alone on a line, each above the words of its speaker."""
    labelled = []
    for (line_start, line_end), (next_start, _) in zip(lines, [*lines[1:], (len(source), len(source))], strict=False):
        label_match = (
            _CUE_NAME.match(source, line_start, line_end) if line_end - line_start <= _MAX_LABEL_CHARACTERS else None
        )
        if label_match is None or "  " in label_match["name"]:  # "TY  - JOUR" is a key with its value
            continue
        if source.count("\n", line_end, next_start) <= 2:
            labelled.append(Turn(_trimmed(label_match), line_end, label_match["name"], False, True))
    name_counts = Counter(turn.name for turn in labelled)
    return [turn for turn in labelled if name_counts[turn.name] > 1]


def _stops_of_play(source: str, lines: Sequence[tuple[int, int]]) -> list[Turn]:
    labelled = [
        Turn(_trimmed(label_match), line_end, label_match["name"], False)
        for line_start, line_end in lines
        if (label_match := _NAME_AND_STOP.match(source, line_start, line_end))
    ]
    name_counts = Counter(turn.name for turn in labelled)
    return [turn for turn in labelled if name_counts[turn.name] > 1]


def _stamps(source: str, lines: Sequence[tuple[int, int]]) -> list[Turn]:
    """Times without names: alone above the words of a turn, or before them."""
    stamp_matches = [
        (line_start, line_end, _STAMPED_LINE.match(source, line_start, line_end))
        for line_start, line_end in lines
        if _may_have_label(source, line_start, min(line_end, line_start + _MAX_LABEL_CHARACTERS))
    ]
    return [
        Turn(_trimmed(stamp_match), line_end, "", True, stamp_match.end() == line_end)
        for line_start, line_end, stamp_match in stamp_matches
        if stamp_match
    ]


def _trimmed(label: re.Match[str]) -> Span:
    label_text = label.group()
    label_start = label.start() + len(label_text) - len(label_text.lstrip())
    return Span(label_start, label.start() + len(label_text.rstrip()))


def _plain(name: str) -> str:
    return name.strip("*_ ")


def are_surely_turns(source: str, all_turns: Sequence[Turn]) -> bool:
    """Whether these are turns of speakers, and nearly all of ``source``: no records of keys and values, no prose."""
    if len(all_turns) < _MIN_TURNS or not _begins_early(source, all_turns[0].label.start):
        return False
    stamped_share = sum(turn.is_stamped for turn in all_turns) / len(all_turns)
    if not stamped_share and len(_HEADING_OF_VERSION.findall(source)) >= _MIN_VERSIONS:
        return False
    speakers = [turn.name for turn in all_turns if turn.name]
    name_counts = Counter(speakers)
    if stamped_share > 0.8:
        return bool(speakers) or _are_times_of_speech(source, all_turns)
    recurring_count = sum(turn_count for turn_count in name_counts.values() if turn_count > 1)
    if len(name_counts) < 2 or recurring_count < max(_MIN_TURNS, _MIN_RECURRING * len(speakers)):
        return False
    if max(name_counts.values()) > _MAX_SHARE_OF_SPEAKER * len(speakers) or _is_cyclic(speakers, name_counts):
        return False
    if len(speakers) < (1 - _MAX_SHARE_OF_OTHERS) * sum(not turn.is_event for turn in all_turns):
        return False
    line_count = source.count("\n") + 1 - source.count("\n\n")
    if len(all_turns) < _MIN_LABELLED_LINES * line_count and not all_turns[0].is_above and recurring_count < 12:
        return False
    speeches = [source[slice(*turn.body)] for turn in all_turns[:400]]
    word_count = sum(len(speech.split()) for speech in speeches)
    has_marks = sum(bool(_SENTENCE_MARK.search(speech)) for speech in speeches)
    return word_count >= 3 * len(speeches) and has_marks >= 0.3 * len(speeches)


def _begins_early(source: str, start: int) -> bool:
    """Whether no more stands before the first turn than a title and a list of those present."""
    return start <= max(1500, len(source) // 10) and start <= len(source) // 2


def _is_cyclic(names: Sequence[str], counts: Counter[str]) -> bool:
    """Whether the names always follow in the same order, as keys of records do; two speakers do so, too."""
    if len(counts) == 2:
        return all(not name[:1].isupper() for name in counts) and _follow_always(names)
    return _follow_always(names)


def _follow_always(names: Sequence[str]) -> bool:
    next_names: dict[str, str] = {}
    return all(next_names.setdefault(name, name_after) == name_after for name, name_after in pairwise(names))


def _are_times_of_speech(source: str, all_turns: Sequence[Turn]) -> bool:
    """Whether times without names are those of speech: they increase, and most have words, not columns, after them."""
    time_texts = [source[slice(*turn.label)].strip("[]()") for turn in all_turns]
    sort_keys = [(len(time_text), time_text) for time_text in time_texts]
    rising_count = sum(earlier_key <= later_key for earlier_key, later_key in pairwise(sort_keys))
    bodies = [source[slice(*turn.body)].strip() for turn in all_turns]
    has_columns = sum(_COLUMNS.search(body) is not None for body in bodies)
    speeches = [body.split() for body in bodies]
    has_words = sum(len(speech) > 2 and speech[0].isalpha() for speech in speeches) - has_columns
    return rising_count >= 0.95 * (len(sort_keys) - 1) and has_words >= 0.7 * len(speeches)
