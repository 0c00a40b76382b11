"""Settings with a blank between key and value: sshd_config, redis.conf, login.defs. A setting comes with the comment
right above it where that fits; one that is indented below another one, "Match User deploy", needs that one.

A setting in a comment, "#Port 22", is one of its own: it says what holds by default.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.base import Relation, Structure, StructuredUnit
from ragzip.text.structure.formats.entries import EntryLine, end_below, entry_lines
from ragzip.text.structure.keys import worded

__all__ = ["read", "recognises"]

_SAMPLED_CHARACTERS = 20_000
_MIN_SETTINGS = 3
_MIN_SHARE = 0.9  # of the lines outside of comments, that are settings
_MIN_SURE_SHARE = 1 / 3  # of the settings, whose key or value is no word of prose
_MAX_CHARACTERS_OF_COMMENT = 1_000  # above another paragraph of it
_MAX_INDENTED_SHARE = 1 / 3  # of the settings: others are nested lines
_SETTING = pattern_of(r"[A-Za-z][\w-]{1,60}(?:[ \t]++(?![=:])[^\s#][^\n]{0,200})?")
_SURE_KEY = pattern_of(r"(?=\w*[a-z][A-Z]|[a-zA-Z]+[_-][a-zA-Z]|[A-Z]{2}\w*\s)[\w-]++")
_SURE_VALUE = pattern_of(r"[\w-]++[ \t]++(?:yes|no|on|off|true|false|/[\w./*-]+|\"[^\"\n]*\")$")
_NUMBER_OR_LIST = pattern_of(r"[\w-]++[ \t]++(?:\d[\w.:]*|[^\s#,]++,\S+)$")
_SET_IN_COMMENT = pattern_of(r"[A-Za-z][\w-]{1,60}[ \t]++[^\s#]*[\w/*~](?:[ \t]++[^\s#]*[\w/*~%]){0,5}$")
_SENTENCE_END = pattern_of(r"[a-z][.!?:;,]$")


def recognises(source: str) -> bool:
    """Whether a text of an unknown type surely holds settings, with comments."""
    if "#" not in source or source.startswith("#!"):
        return False
    lines = entry_lines(source[:_SAMPLED_CHARACTERS])
    outside = [line.text for line in lines if not line.is_comment]
    settings = [text for text in outside if _SETTING.fullmatch(text) and not _SENTENCE_END.search(text)]
    commented = [line.text.lstrip("# \t") for line in lines if _is_set_in_comment(line)]
    indented_count = sum(line.is_indented for line in lines if not line.is_comment)
    all_settings = settings + commented
    return (
        len(settings) >= _MIN_SHARE * len(outside)
        and len(all_settings) >= _MIN_SETTINGS
        and len(outside) < len(lines)
        and indented_count <= _MAX_INDENTED_SHARE * len(all_settings)
        and sum(map(_is_sure, all_settings)) >= _MIN_SURE_SHARE * len(all_settings)
    )


def _is_sure(text: str) -> bool:
    """Whether the key or the value of a setting is no word of prose."""
    return _SURE_KEY.match(text) is not None or _SURE_VALUE.match(text) is not None


def _is_set_in_comment(line: EntryLine) -> bool:
    """Whether a comment is a setting that is not in force: "#Port 22", "#   ForwardAgent no"."""
    if not line.is_comment:
        return False
    text = line.text.lstrip("#")
    setting = text.strip()
    if not _SET_IN_COMMENT.match(setting):
        return False
    if text[:2].isspace() and _NUMBER_OR_LIST.match(setting):
        return True
    return _is_sure(setting) and (len(setting.split()) == 2 or not text[:1].isspace())


def _is_remark(line: EntryLine) -> bool:
    """Whether a line is a comment in words."""
    return line.is_comment and not _is_set_in_comment(line)


def _is_inside(line: EntryLine) -> bool:
    """Whether a setting stands under the one above it, also as a comment."""
    return line.is_indented or (_is_set_in_comment(line) and line.text.lstrip("#")[:2].isspace())


def read(source: str) -> Structure | None:
    """The structure of settings; None of a text without."""
    units = tuple(_units(source, entry_lines(source)))
    return Structure("settings", units, PlainForm(source)) if any(unit.is_record for unit in units) else None


def _units(source: str, lines: Sequence[EntryLine]) -> Iterator[StructuredUnit]:
    comment: tuple[int, str] | None = None  # right above the setting: its place and words
    over: tuple[int, str] | None = None  # the setting that others stand under
    place = number = 0
    while number < len(lines):
        line, first = lines[number], number
        comment = comment if _is_joined(source, lines, number) else None
        if _is_remark(line):
            number = _end_of_comment(lines, number)
            words_before = comment[1][-_MAX_CHARACTERS_OF_COMMENT:] if comment and _is_remark(lines[first - 1]) else ""
            words = source[line.start : lines[number - 1].end].strip("# :")
            comment = place, f"{words_before}\n{words}" if words_before else words
            section = _section(lines, number, end_below(lines, number))
            yield StructuredUnit(line.start, lines[number - 1].end, Relation(section=section))
        else:
            number += 1
            over = over if _is_inside(line) else None
            inside_end = number if over else _end_inside(lines, number)
            above = [part for part in (over, comment) if part is not None]
            relation = Relation(
                needs=(over[0],) if over else (),
                section=_section(lines, number, inside_end),
                heading=above[0][0] if above else None,
                companions=(comment[0],) if comment else (),
            )
            reading = ": ".join([*(words for _, words in above), _worded_setting(line)])
            yield StructuredUnit(line.start, line.end, relation, reading, is_record=relation.section is None)
            over = over if relation.section is None else (place, line.text)
        place += 1


def _is_joined(source: str, lines: Sequence[EntryLine], number: int) -> bool:
    """Whether no blank line parts a line from the one before it, but for one with the mark of a comment."""
    return number > 0 and (
        not lines[number].is_after_blank or "#" in source[lines[number - 1].end : lines[number].start]
    )


def _worded_setting(line: EntryLine) -> str:
    """A setting whose key is in words: "MaxAuthTries (max auth tries) 3"."""
    setting = line.text.lstrip("# \t")
    key = setting.split(maxsplit=1)[0]
    return worded(key) + setting[len(key) :]


def _end_inside(lines: Sequence[EntryLine], number: int) -> int:
    """The end of the settings, from ``number`` on, that stand under the one before them."""
    while number < len(lines) and _is_inside(lines[number]):
        number += 1
    return number


def _end_of_comment(lines: Sequence[EntryLine], number: int) -> int:
    end = number + 1
    while end < len(lines) and _is_remark(lines[end]) and not lines[end].is_after_blank:
        end += 1
    return end


def _section(lines: Sequence[EntryLine], first: int, end: int) -> Span | None:
    """The place of the lines from ``first`` to before ``end``; None of none."""
    return Span(lines[first].start, lines[end - 1].end) if end > first else None
