"""Mail: messages and threads. What a mail says needs its sender, its date and its subject.

Quotations of a mail that stands in the same text, boundaries, encoded attachments and headers for machines say nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import line_spans, trim
from ragzip.text.structure.base import Aside, Relation, Structure
from ragzip.text.structure.forms import tidy_form
from ragzip.text.structure.parts import Parts, with_line_ends
from ragzip.text.structure.quotes import LineRun, attribution_start, is_attribution, repeated_quotes, runs_of
from ragzip.text.structure.signatures import asides_of_lines

__all__ = ["read", "recognises"]

_SENDER_FIELDS = "from|von|de|da|van|från|fra|от|发件人|差出人|寄件者"
_DATE_FIELDS = (
    "date|sent|datum|gesendet|gesendet am|envoyé|enviado|enviado el|fecha|data|inviato|verzonden|skickat|дата"
    "|发送时间|日期|送信日時"
)
_SUBJECT_FIELDS = "subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|тема|主题|件名"
_OTHER_FIELDS = (
    "to|cc|bcc|an|kopie|à|para|a|aan|till|кому|reply-to|priority|attachments?|anlagen?|importance|收件人|宛先"
)
_FIELD_START = re.compile(
    rf"[*_ ]{{0,4}}(?:(?P<sender>{_SENDER_FIELDS})|(?P<date>{_DATE_FIELDS})|(?P<subject>{_SUBJECT_FIELDS})"
    rf"|(?P<other>{_OTHER_FIELDS})"
    r"|(?P<technical>[A-Za-z][A-Za-z0-9-]{1,60}))[ ]{0,2}[*_]{0,3}[:：][*_]{0,3}(?=\s|$|：|[^\s/])",
    re.IGNORECASE,
)
_TECHNICAL_FIELD = re.compile(
    r"(?:received|dkim-|domainkey|arc-|x-|authentication-results|mime-version|content-|message-id|references|in-reply-to"
    r"|list-|return-path|delivered-to|precedence|thread-|user-agent|mailing-list|errors-to|feedback-id|auto-submitted"
    r"|sender|envelope-|resent-|status|lines|path|nntp-|xref|organization|autocrypt)",
    re.IGNORECASE,
)
_MBOX_LINE = re.compile(r"From \S{1,200} .{0,60}\d\d:\d\d")
_RULE_LINE = re.compile(
    r"[>\s]{0,9}(?:[-_*=]{5,80}|-{2,20}\s?(?:original message|original appointment"
    r"|forwarded (?:message|by)"
    r"|ursprüngliche nachricht|weitergeleitete nachricht"
    r"|message d'origine|mensaje original|messaggio originale|mensagem original|begin forwarded message)[^\n]{0,80}"
    r"|begin forwarded message:)\s*$",
    re.IGNORECASE,
)
_BASE64_LINE = re.compile(r"[A-Za-z0-9+/]{56,}={0,2}$")
_BOUNDARY = re.compile(r"--[^\s-]\S{8,100}$")
_MAX_FIELDS = 200
_MAX_UNITS_OF_ANSWERED_QUOTE = 3
_MAX_WORDS_OF_WHOLE_QUOTE = 50


class _Line(NamedTuple):
    start: int
    end: int  # without white space
    text: str


class _Field(NamedTuple):
    """A field of a header, with its continuation lines."""

    kind: str
    start: int
    end: int


class _Mail(NamedTuple):
    """One message: its fields, the lines of its body (numbers), and what stands before its header and says nothing."""

    fields: tuple[_Field, ...]
    first_line: int  # of the body
    end_line: int


def recognises(source: str) -> bool:
    """Whether a text of an unknown type begins with the header of a mail."""
    sample = source[:6000].lstrip("\ufeff \t\r\n")
    text_lines = [line for line in _lines(sample) if line.text]
    header_line = 0
    while (
        header_line < len(text_lines)
        and header_line < 3
        and (_RULE_LINE.match(text_lines[header_line].text) or _MBOX_LINE.match(text_lines[header_line].text))
    ):
        header_line += 1
    fields, _ = _header(sample, text_lines, header_line) if header_line < len(text_lines) else ((), 0)
    return _is_header(fields)


def read(source: str) -> Structure | None:
    """The structure of a mail or a thread; None where there is no header."""
    lines = _lines(source)
    mails, rule_spans = _mails(source, lines)
    if not mails:
        return None
    bodies = [[Span(line.start, line.end) for line in lines[mail.first_line : mail.end_line]] for mail in mails]
    rule_spans += [Span(*field[1:]) for mail in mails for field in mail.fields if field.kind == "technical"]
    noise = _Noise(source, [*rule_spans, *_encoded(lines), *repeated_quotes(source, bodies)])
    parts = Parts(source)
    for preface_start, preface_end in noise.outside(0, mails[0].fields[0].start):
        parts.add_prose(preface_start, preface_end)
    for mail, body in zip(mails, bodies, strict=True):
        _add_body(parts, body, _add_header(parts, mail), noise)
    return Structure("mail", parts.closed(), tidy_form(source, noise.spans))


def _lines(source: str) -> list[_Line]:
    lines = []
    for line_start, line_end in line_spans(source, 0, len(source)):
        text_span = trim(source, line_start, line_end)
        lines.append(
            _Line(
                line_start,
                text_span.end if text_span else line_start,
                source[line_start : text_span.end] if text_span else "",
            )
        )
    return lines


def _header(source: str, lines: Sequence[_Line], first: int) -> tuple[tuple[_Field, ...], int]:
    """The fields of the header that begins at a line, and the number of the line after it."""
    fields: list[_Field] = []
    line_number = first
    while line_number < len(lines) and len(fields) < _MAX_FIELDS and lines[line_number].text:
        line = lines[line_number]
        field_match = _FIELD_START.match(line.text)
        if field_match is not None and not (
            field_match["technical"] and not _TECHNICAL_FIELD.match(field_match["technical"])
        ):
            fields.append(_Field(str(field_match.lastgroup), line.start, line.end))
        elif fields and line.text[:1] in " \t":
            fields[-1] = fields[-1]._replace(end=line.end)
        else:
            break
        line_number += 1
    return tuple(fields), line_number


def _is_header(fields: Sequence[_Field]) -> bool:
    """Whether fields say who wrote, and when or about what."""
    field_kinds = {field.kind for field in fields}
    return "sender" in field_kinds and ("subject" in field_kinds or "date" in field_kinds) and len(fields) > 1


def _mails(source: str, lines: Sequence[_Line]) -> tuple[list[_Mail], list[Span]]:
    """The messages of a text, and the rules between them."""
    mails: list[_Mail] = []
    rule_spans: list[Span] = []
    line_number = 0
    while line_number < len(lines):
        line = lines[line_number]
        if _MBOX_LINE.match(line.text) or (
            _RULE_LINE.match(line.text) and _is_before_header(source, lines, line_number + 1)
        ):
            if mails and mails[-1].end_line == len(lines):
                mails[-1] = mails[-1]._replace(end_line=line_number)
            rule_spans.append(Span(line.start, line.end))
            line_number += 1
            continue
        field_match = _FIELD_START.match(line.text) if line.text else None
        fields, header_end = _header(source, lines, line_number) if field_match is not None else ((), line_number)
        if _is_header(fields):
            if mails and mails[-1].end_line == len(lines):
                mails[-1] = mails[-1]._replace(end_line=line_number)
            mails.append(_Mail(fields, header_end, len(lines)))
        elif _is_unquoted_attribution(lines, line_number):
            if mails:
                mails[-1] = mails[-1]._replace(end_line=line_number)
            mails.append(_Mail((_Field("date", line.start, line.end),), line_number + 1, len(lines)))
            header_end = line_number + 1
        line_number = max(header_end, line_number + 1)
    return mails if any(_is_header(mail.fields) for mail in mails) else [], rule_spans


def _is_before_header(source: str, lines: Sequence[_Line], number: int) -> bool:
    while number < len(lines) and not lines[number].text:
        number += 1
    if number >= len(lines):
        return False
    return _is_header(_header(source, lines, number)[0])


def _is_unquoted_attribution(lines: Sequence[_Line], number: int) -> bool:
    """Whether a line says who wrote when, and what follows it has no quote marks."""
    if not is_attribution(lines[number].text):
        return False
    text_after = next((line.text for line in lines[number + 1 : number + 4] if line.text), "")
    return bool(text_after) and not text_after.lstrip().startswith(">")


def _add_header(parts: Parts, mail: _Mail) -> tuple[int, ...]:
    """The places of the fields that the text of a mail needs: who wrote, when, and about what."""
    needed_places: list[int] = []
    other_places: list[int] = []
    for field in mail.fields:
        if field.kind == "technical":
            continue
        field_place = parts.add(field.start, field.end)
        if field_place is not None:
            (other_places if field.kind == "other" else needed_places).append(field_place)
    for field_place in [*needed_places, *other_places]:
        parts.need([field_place], [needed_place for needed_place in needed_places if needed_place != field_place])
    return tuple(needed_places)


def _encoded(lines: Sequence[_Line]) -> list[Span]:
    """Attachments in base64, and the boundaries of parts with their fields."""
    encoded_spans: list[Span] = []
    line_number = 0
    while line_number < len(lines):
        block_end = line_number
        while block_end < len(lines) and _BASE64_LINE.match(lines[block_end].text):
            block_end += 1
        if block_end > line_number + 2:
            if (
                block_end < len(lines)
                and lines[block_end].text
                and " " not in lines[block_end].text
                and len(lines[block_end].text) < 77
            ):
                block_end += 1  # its last line is shorter
            encoded_spans.append(Span(lines[line_number].start, lines[block_end - 1].end))
        elif _BOUNDARY.match(lines[line_number].text):
            block_end = line_number + 1
            while block_end < len(lines) and re.match(r"(?i)content-|[ \t]+\S", lines[block_end].text):
                block_end += 1
            if block_end > line_number + 1 or lines[line_number].text.endswith("--"):
                encoded_spans.append(Span(lines[line_number].start, lines[block_end - 1].end))
        line_number = max(block_end, line_number + 1)
    return encoded_spans


def _add_body(parts: Parts, lines: Sequence[Span], needs: tuple[int, ...], noise: _Noise) -> None:
    """The text of a mail, its signature and disclaimer each as one; its quotations, which need what says whose they
    are: those that are answered below them, and history.
    """
    quoted_units = range(0)
    attribution: tuple[int, ...] = ()
    line_runs = runs_of(parts.source, lines)
    run_parts = [_parts_of_run(parts.source, lines, line_run) for line_run in line_runs]
    for run_number, line_run in enumerate(line_runs):
        first_unit = len(parts)
        if line_run.is_quoted:
            is_answered = any(aside is None for later_parts in run_parts[run_number + 1 :] for *_, aside in later_parts)
            for paragraph in _paragraphs(parts.source, lines[line_run.first : line_run.end]):
                _add_quote(parts, paragraph, (*needs, *attribution), noise)
            quoted_units = range(first_unit, len(parts))
            if not is_answered or len(quoted_units) > _MAX_UNITS_OF_ANSWERED_QUOTE:
                parts.set_aside(quoted_units, "history")
                quoted_units = range(0)
            if attribution and first_unit < len(parts):
                parts.lead(attribution[0], parts.units[first_unit].start, parts.units[-1].end)
            continue
        for part_start, part_end, aside in run_parts[run_number]:
            if aside is None:
                _add_text(parts, lines[part_start:part_end], needs, noise)
            else:
                parts.set_aside(_add_whole(parts, lines[part_start:part_end], needs, noise), aside)
        if quoted_units and first_unit < len(parts):
            parts.need([first_unit], quoted_units)  # it answers what is quoted above it
        attribution_line = attribution_start(parts.source, lines, line_run)
        attribution = _add_whole(parts, lines[attribution_line : line_run.end], needs, noise)


def _parts_of_run(source: str, lines: Sequence[Span], run: LineRun) -> list[tuple[int, int, Aside | None]]:
    """The parts with text of lines that are not quoted, without an attribution at their end; none of a quotation."""
    if run.is_quoted:
        return []
    parts = asides_of_lines(source, lines, run.first, attribution_start(source, lines, run))
    return [part for part in parts if any(line_start < line_end for line_start, line_end in lines[part[0] : part[1]])]


def _paragraphs(source: str, lines: Sequence[Span]) -> Iterator[Sequence[Span]]:
    """The lines of each paragraph of a quotation."""
    paragraph_start = 0
    for line_number, (line_start, line_end) in enumerate(lines):
        if not source[line_start:line_end].strip("> \t"):
            yield lines[paragraph_start:line_number]
            paragraph_start = line_number + 1
    yield lines[paragraph_start:]


def _add_quote(parts: Parts, lines: Sequence[Span], needs: tuple[int, ...], noise: _Noise) -> None:
    """A paragraph of a quotation: whole, with its marks, where it is short."""
    if lines and len(parts.source[lines[0].start : lines[-1].end].split()) <= _MAX_WORDS_OF_WHOLE_QUOTE:
        _add_whole(parts, lines, needs, noise)
    else:
        _add_text(parts, lines, needs, noise)


def _add_whole(parts: Parts, lines: Sequence[Span], needs: tuple[int, ...], noise: _Noise) -> tuple[int, ...]:
    """The places of the units of lines that are kept together."""
    if not lines:
        return ()
    unit_places = [
        parts.add(text_start, text_end, Relation(needs))
        for text_start, text_end in noise.outside(lines[0].start, lines[-1].end)
    ]
    return tuple(unit_place for unit_place in unit_places if unit_place is not None)


def _add_text(parts: Parts, lines: Sequence[Span], needs: tuple[int, ...], noise: _Noise) -> None:
    """Prose, without what says nothing."""
    if lines:
        for text_start, text_end in noise.outside(lines[0].start, lines[-1].end):
            parts.add_prose(text_start, text_end, needs)


class _Noise:
    """Spans that say nothing, sorted."""

    def __init__(self, source: str, spans: Sequence[Span]) -> None:
        self.spans = with_line_ends(source, spans)
        self._ends = [span.end for span in self.spans]

    def outside(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The parts of a span of the text that are no noise."""
        for noise_span in self.spans[bisect_right(self._ends, start) :]:
            if noise_span.start >= end:
                break
            if start < noise_span.start:
                yield start, noise_span.start
            start = max(start, noise_span.end)
        if start < end:
            yield start, end
