"""Files with an entry a line below a comment that names its fields: crontab, fstab, hosts, services, pg_hba.conf.

An entry needs that comment, and comes with the comment right above it where that fits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.forms import PlainForm
from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import line_spans
from ragzip.text.structure.base import Relation, Structure, StructuredUnit

__all__ = ["EntryLine", "end_below", "entry_lines", "read", "recognises"]

_SAMPLED_CHARACTERS = 20_000
_SAMPLED_LINES = 300
_MIN_NAMES = 3
_MIN_ENTRIES = 2
_MIN_SHARE = 0.8  # of the entries, that have the fields which a comment names
_MAX_LACKING = 2  # fields at the end of an entry that may be left out: aliases
_MIN_LISTED_NAMES = 4  # that commas part
_MAX_NAME_WORDS = 3
_MAX_OTHER_SHARE = 0.1  # of the lines: ends of sentences, keys with colons
_MAX_LINE_CHARACTERS = 400
_NAME_IN_BRACKETS = pattern_of(r"<[^<>\n]{1,40}>")
_GAP = pattern_of(r"[ ]{2,}|\t[ \t]*")
_NO_NAME = pattern_of(r"[.!?:;,](?!\S)|[\"'`(]")
_SETTING = pattern_of(  # SHELL=/bin/sh in a crontab; "UUID=0a34 / ext4 defaults" is an entry
    r"(?:export )?[A-Za-z_][\w.]{0,60} ?= ?(?:\"[^\"]*\"|'[^']*'|\S*)(?: \S+)?$"
)
_SENTENCE_END = pattern_of(r"[a-z][.!?]$|^\S{1,40}:$|^[\w-]{1,40}: ")
_LETTER = pattern_of(r"[^\W\d_]")
_VALUE = pattern_of(r"[\d/*@=]")  # what an entry has that is no line of words
_SIGN = pattern_of(r"[:=()|]")
_FORM = pattern_of(r"(?=[^\W\d_])[\w :=()|/-]{5,80}")  # of an entry: "user host=(runas) commands"
_MIN_SIGNS = 2
_FIELDS_OF_CRON = 6  # five times and a command
_DRAWN = pattern_of(r"#[ \t]*[.|│┌├*][^\w\n]*")  # a line from a field to what it is: "# |  .------ hour (0 - 23)"
_STARS = pattern_of(r"#[ \t]*\*(?:[ \t]+\*){4}")


class EntryLine(NamedTuple):
    """A line that is not blank: its place, its text, and whether it follows a blank one, and is indented."""

    start: int
    end: int
    text: str
    is_after_blank: bool
    is_indented: bool

    @property
    def is_comment(self) -> bool:
        return self.text[0] == "#"

    @property
    def is_entry(self) -> bool:
        return not self.is_comment and _SETTING.match(self.text) is None


class _Names(NamedTuple):
    """The comment that names the fields of the entries: its lines, by number, and the names; none where it draws lines
    from the fields to what they are.
    """

    first: int
    end: int
    names: tuple[str, ...]


def recognises(source: str) -> bool:
    """Whether a text of an unknown type surely has entries whose fields a comment names."""
    return "#" in source and _names_of(entry_lines(source[:_SAMPLED_CHARACTERS])) is not None


def read(source: str) -> Structure | None:
    """The structure of entries below a comment that names their fields; None of another text."""
    lines = entry_lines(source)
    names = _names_of(lines)
    if names is None:
        return None
    units: list[StructuredUnit] = []
    names_place: int | None = None
    comment: int | None = None  # right above the entry
    number = 0
    while number < len(lines):
        line = lines[number]
        if number == names.first:
            end, section_end = names.end, len(lines)
            names_place, comment = len(units), None
        elif line.is_comment:
            end = _end_of_comment(lines, number, names)
            section_end = end_below(lines, end)
            comment = len(units)
        else:
            number += 1
            comment = None if line.is_after_blank else comment
            comment_text = source[slice(*units[comment].span)].strip("# :") if comment is not None else ""
            fields = _reading(names.names, line.text) if names_place is not None and line.is_entry else line.text
            reading = ": ".join(filter(None, [comment_text, fields])) if comment_text or fields != line.text else None
            over = names_place if line.is_entry else None
            relation = _relation(over, comment, is_needed=bool(names.names))
            units.append(StructuredUnit(line.start, line.end, relation, reading, is_record=True))
            continue
        section = Span(lines[end].start, lines[section_end - 1].end) if section_end > end else None
        units.append(StructuredUnit(line.start, lines[end - 1].end, Relation(section=section)))
        number = end
    return Structure("entries", tuple(units), PlainForm(source))


def _relation(names: int | None, comment: int | None, *, is_needed: bool) -> Relation:
    """The relation of an entry to the names of its fields, which it may need, and the comment above it, by place."""
    companions = [place for place in (comment, None if is_needed else names) if place is not None]
    needs = (names,) if names is not None and is_needed else ()
    return Relation(needs, companions=tuple(companions), heading=names if comment is None else comment)


def entry_lines(source: str) -> list[EntryLine]:
    """The lines of a file that are neither blank nor bare comment signs."""
    lines: list[EntryLine] = []
    is_after_blank = False
    for start, end in line_spans(source, 0, len(source)):
        text = source[start:end].strip()
        if not text.strip("# \t"):
            is_after_blank = True
            continue
        begin = start + len(source[start:end]) - len(source[start:end].lstrip())
        lines.append(EntryLine(begin, begin + len(text), text, is_after_blank, begin > start))
        is_after_blank = False
    return lines


def _names_of(lines: Sequence[EntryLine]) -> _Names | None:
    """The comment that names most fields of the entries below it; None where none names fields."""
    if not lines or max(len(line.text) for line in lines) > _MAX_LINE_CHARACTERS:
        return None
    sentence_count = sum(line.is_entry and _SENTENCE_END.search(line.text) is not None for line in lines)
    if sentence_count > _MAX_OTHER_SHARE * len(lines):
        return None
    sample = lines[:_SAMPLED_LINES]
    forms = [names for number in range(len(sample)) if (names := _form_of_entries(sample, number))]
    candidates = forms or [names for number in range(len(sample)) for names in _candidates(sample, number)]
    return max(candidates, key=lambda names: len(names.names) or _FIELDS_OF_CRON, default=None)


def _form_of_entries(lines: Sequence[EntryLine], number: int) -> _Names | None:
    """A line that has the signs of the entries below it between names: "name:password:GID:members"."""
    form = lines[number].text.lstrip("# \t")
    signs = _SIGN.findall(form) if lines[number].is_comment else []
    if len(signs) < _MIN_SIGNS or len(_SIGN.sub(" ", form).split()) < _MIN_NAMES or not _FORM.fullmatch(form):
        return None
    entries = [line for line in lines[number + 1 :] if line.is_entry]
    fitting_count = sum(not entry.is_indented and _has_in_order(entry.text, signs) for entry in entries)
    is_form = len(entries) >= _MIN_ENTRIES and fitting_count >= _MIN_SHARE * len(entries)
    return _Names(number, number + 1, (form,)) if is_form else None


def _has_in_order(text: str, signs: Sequence[str]) -> bool:
    """Whether a text has all of some signs, in their order."""
    place = -1
    for sign in signs:
        place = text.find(sign, place + 1)
        if place < 0:
            return False
    return True


def _candidates(lines: Sequence[EntryLine], number: int) -> Iterator[_Names]:
    """The names that a line may give to the parts of the entries below it, where most of them have those."""
    line = lines[number]
    entries = [entry.text for entry in lines[number + 1 :] if entry.is_entry] if line.is_comment else []
    if len(entries) < _MIN_ENTRIES:
        return
    counts = [len(entry.split()) for entry in entries]
    have_values = all(map(_VALUE.search, entries))
    for names, least in (*_named_fields(line.text), *(_listed_names(line.text) if have_values else ())):
        whole_counts = [  # but for short forms: "@reboot start-agent"
            count for entry, count in zip(entries, counts, strict=True) if count >= least or entry[0] != "@"
        ]
        fitting_count = sum(count >= least for count in whole_counts)
        if min(counts) > 1 and fitting_count >= max(1, _MIN_SHARE * len(whole_counts)):
            yield _Names(number, number + 1, names)
    if _STARS.match(line.text) and min(counts) >= _FIELDS_OF_CRON:
        first = number
        while first and _DRAWN.match(lines[first - 1].text) and not lines[first].is_after_blank:
            first -= 1
        yield _Names(first, number + 1, ())


def _named_fields(comment: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """The names that a comment may give to fields, and the least number of fields in an entry: words in brackets, words
    that gaps separate, and words as many as an entry has.
    """
    text = comment.lstrip("# \t")
    in_brackets = tuple(_NAME_IN_BRACKETS.findall(text))
    if len(in_brackets) > 1 and 2 * len("".join(in_brackets)) > len("".join(text.split())):
        yield in_brackets, max(2, len(in_brackets) - _MAX_LACKING)
    words, parted = tuple(text.split()), tuple(_GAP.split(text))
    if _NO_NAME.search(text) or len(words) < _MIN_NAMES or any(map(is_function_word, map(str.lower, words))):
        return
    if all(map(_LETTER.search, words)):
        has_gaps = len(parted) > 1
        most_lacking = (_MAX_LACKING if len(words) > _MIN_NAMES else 1) if has_gaps else 0
        yield words, len(words) - most_lacking
    if len(parted) >= _MIN_NAMES and all(map(_LETTER.search, parted)):
        yield parted, max(2, len(parted) - _MAX_LACKING)


def _listed_names(comment: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """The names that a comment may give to the fields of entries with values, and the least number of these fields:
    names of a few words, separated by commas.
    """
    names = tuple(name.strip() for name in comment.lstrip("# \t").rstrip(".").split(","))
    are_short = all(_LETTER.match(name) and len(name.split()) <= _MAX_NAME_WORDS for name in names)
    if len(names) >= _MIN_LISTED_NAMES and are_short:
        yield names, len(names)


def _end_of_comment(lines: Sequence[EntryLine], number: int, names: _Names) -> int:
    end = number + 1
    while end < len(lines) and end != names.first and lines[end].is_comment and not lines[end].is_after_blank:
        end += 1
    return end


def end_below(lines: Sequence[EntryLine], end: int) -> int:
    """The end of the entries right below a comment."""
    while end < len(lines) and not lines[end].is_comment and not lines[end].is_after_blank:
        end += 1
    return end


def _reading(names: Sequence[str], text: str) -> str:
    """An entry with the names of its fields, the last of which may have several words; itself where it has fewer."""
    fields = text.split(maxsplit=len(names) - 1) if names else []
    if len(fields) < len(names):
        return text
    return ", ".join(f"{name.strip('<>')}: {value}" for name, value in zip(names, fields, strict=True))
