"""The reader of mail."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import line_spans, trim
from ragzip.text.structure.base import Aside, Relation, Structure
from ragzip.text.structure.formats.mail.quotes import (
    LineRun,
    attribution_start,
    is_attribution,
    is_quoted_thread,
    quoted_paragraphs,
    repeated_quotes,
    runs_of,
)
from ragzip.text.structure.formats.mail.threads import Letter, bind_changes, bind_replies, read_with_writers
from ragzip.text.structure.forms import tidy_form
from ragzip.text.structure.parts import Parts, with_line_ends
from ragzip.text.structure.signatures import asides_of_lines, is_greeting

__all__ = ["read", "recognises"]

_FROM = "from|von|de|da|van|från|fra|od|lähettäjä|kimden|от|від|发件人|差出人|寄件者|寄件人|보낸 사람"
_DATE = (
    "date|sent|datum|gesendet|gesendet am|envoyé|enviado|enviado el|fecha|data|inviato|verzonden|skickat|sendt|dato"
    "|wysłano|odesláno|lähetetty|gönderildi|tarih|дата|отправлено|发送时间|日期|送信日時|보낸 날짜"
)
_SUBJECT = (
    "subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|emne|temat|předmět|aihe|konu|тема|主题|主旨|件名|제목"
)
_OTHER = (
    "to|cc|bcc|an|kopie|à|para|a|aan|till|til|do|komu|vastaanottaja|kime|кому|reply-to|priority|attachments?|anlagen?"
    "|importance|收件人|宛先|받는 사람"
)
_FIELD = pattern_of(
    rf"[*_ ]{{0,4}}(?:(?P<sender>{_FROM})|(?P<date>{_DATE})|(?P<subject>{_SUBJECT})|(?P<other>{_OTHER})"
    r"|(?P<technical>[A-Za-z][A-Za-z0-9-]{1,60}))[ ]{0,2}[*_]{0,3}[:：][*_]{0,3}(?=\s|$|：|[^\s/])",
    re.IGNORECASE,
)
_TECHNICAL = pattern_of(
    r"(?:received|dkim-|domainkey|arc-|x-|authentication-results|mime-version|content-|message-id|references|in-reply-to"
    r"|list-|return-path|delivered-to|precedence|thread-|user-agent|mailing-list|errors-to|feedback-id|auto-submitted"
    r"|sender|envelope-|resent-|status|lines|path|nntp-|xref|organization|autocrypt)",
    re.IGNORECASE,
)
_MBOX = pattern_of(r"From \S{1,200} .{0,60}\d\d:\d\d")
_RULE = pattern_of(
    r"[>\s]{0,9}(?:[-_*=]{5,80}|-{2,20}\s?(?:original message|original appointment|forwarded (?:message|by))[^\n]{0,80}"
    r"|-{2,20}\s?[^\s-][^\n-]{2,60}-{2,20}|begin forwarded message:)\s*$",  # "-- Message transféré --"
    re.IGNORECASE,
)
_BASE64_LINE = pattern_of(r"[A-Za-z0-9+/]{56,}={0,2}$")
_BOUNDARY = pattern_of(r"--[^\s-]\S{8,100}$")
_MAX_FIELDS = 200
_MAX_UNITS_OF_ANSWERED_QUOTE = 3
_MAX_WORDS_OF_WHOLE_QUOTE = 50
_MAX_WORDS_OF_VERDICT = 2  # "Yes.", "Not quite.": what follows is not read without it


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
    """Whether a text of an unknown type begins with the header of a mail, or quotes an earlier one."""
    start = source[:6000].lstrip("\ufeff \t\r\n")
    lines = [line for line in _lines(start) if line.text]
    first = 0
    while first < len(lines) and first < 3 and (_RULE.match(lines[first].text) or _MBOX.match(lines[first].text)):
        first += 1
    fields, _ = _header(lines, first) if first < len(lines) else ((), 0)
    return (
        _is_header(fields)
        or is_quoted_thread(start, [Span(line.start, line.end) for line in lines])
        or any(_is_whole_header(_header(lines, number)[0]) for number in range(first, len(lines)))
    )


def read(source: str) -> Structure | None:
    """The structure of a mail or a thread; None where there is no header, and no earlier mail quoted."""
    lines = _lines(source)
    mails, rules = _mails(source, lines)
    if not mails and is_quoted_thread(source, [Span(line.start, line.end) for line in lines]):
        mails = [_Mail((), 0, len(lines))]
    if not mails:
        return None
    first_line = next((number for number, line in enumerate(lines) if line.text), 0)
    header_start = mails[0].fields[0].start if mails[0].fields else 0
    has_text_above = lines[first_line].start < header_start and not any(
        rule.start <= lines[first_line].start for rule in rules
    )
    if has_text_above:  # a reply without a header
        end_line = next(number for number, line in enumerate(lines) if line.start >= header_start)
        mails.insert(0, _Mail((), 0, end_line))
    bodies = [[Span(line.start, line.end) for line in lines[mail.first_line : mail.end_line]] for mail in mails]
    rules += [Span(*field[1:]) for mail in mails for field in mail.fields if field.kind == "technical"]
    noise = _Noise(source, [*rules, *_encoded(lines), *repeated_quotes(source, bodies)])
    parts = Parts(source)
    letters: list[Letter] = []
    for mail, body in zip(mails, bodies, strict=True):
        first_place = len(parts)
        header = _add_header(parts, mail)
        first_of_body = len(parts)
        _add_body(parts, body, header, noise)
        _set_opening_aside(parts, range(first_place, first_of_body), range(first_of_body, len(parts)))
        sender, subject = (_value(source, mail, kind) for kind in ("sender", "subject"))
        letters.append(Letter(sender, subject, range(first_of_body, len(parts))))
    if all(unit.aside is not None or unit.relation.section is not None for unit in parts.units):
        _set_text_proper(parts)
    bind_changes(parts, letters)
    bind_replies(parts, letters)
    read_with_writers(parts, letters)
    return Structure("mail", parts.closed(), tidy_form(source, noise.spans))


def _lines(source: str) -> list[_Line]:
    lines = []
    for start, end in line_spans(source, 0, len(source)):
        span = trim(source, start, end)
        lines.append(_Line(start, span.end if span else start, source[start : span.end] if span else ""))
    return lines


def _header(lines: Sequence[_Line], first: int) -> tuple[tuple[_Field, ...], int]:
    """The fields of the header that begins at a line, and the number of the line after it."""
    fields: list[_Field] = []
    number = first
    while number < len(lines) and len(fields) < _MAX_FIELDS and lines[number].text:
        line = lines[number]
        field = _FIELD.match(line.text)
        if field is not None and not (field["technical"] and not _TECHNICAL.match(field["technical"])):
            fields.append(_Field(str(field.lastgroup), line.start, line.end))
        elif fields and line.text[:1] in " \t":
            fields[-1] = fields[-1]._replace(end=line.end)
        else:
            break
        number += 1
    return tuple(fields), number


def _is_header(fields: Sequence[_Field]) -> bool:
    """Whether fields name the author, and the date or the subject."""
    kinds = {field.kind for field in fields}
    return "sender" in kinds and ("subject" in kinds or "date" in kinds) and len(fields) > 1


def _is_whole_header(fields: Sequence[_Field]) -> bool:
    """Whether fields are the header of an earlier mail, which stands below the reply to it: nothing else has all of
    these.
    """
    return bool(fields) and fields[0].kind == "sender" and {"date", "subject", "other"} <= {f.kind for f in fields}


def _mails(source: str, lines: Sequence[_Line]) -> tuple[list[_Mail], list[Span]]:
    """The messages of a text, and the rules between them."""
    mails: list[_Mail] = []
    noise: list[Span] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        if _MBOX.match(line.text) or (_RULE.match(line.text) and _is_before_header(lines, number + 1)):
            if mails and mails[-1].end_line == len(lines):
                mails[-1] = mails[-1]._replace(end_line=number)
            noise.append(Span(line.start, line.end))
            number += 1
            continue
        field = _FIELD.match(line.text) if line.text else None
        fields, end = _header(lines, number) if field is not None else ((), number)
        if _is_header(fields):
            if mails and mails[-1].end_line == len(lines):
                mails[-1] = mails[-1]._replace(end_line=number)
            mails.append(_Mail(fields, end, len(lines)))
        elif _is_unquoted_attribution(lines, number):
            if mails:
                mails[-1] = mails[-1]._replace(end_line=number)
            mails.append(_Mail((_Field("date", line.start, line.end),), number + 1, len(lines)))
            end = number + 1
        number = max(end, number + 1)
    return mails if any(_is_header(mail.fields) for mail in mails) else [], noise


def _is_before_header(lines: Sequence[_Line], number: int) -> bool:
    while number < len(lines) and not lines[number].text:
        number += 1
    if number >= len(lines):
        return False
    return _is_header(_header(lines, number)[0])


def _is_unquoted_attribution(lines: Sequence[_Line], number: int) -> bool:
    """Whether a line names the author and the date of the text below it, which has no quote marks."""
    if not is_attribution(lines[number].text):
        return False
    after = next((line.text for line in lines[number + 1 : number + 4] if line.text), "")
    return bool(after) and not after.lstrip().startswith(">")


def _add_header(parts: Parts, mail: _Mail) -> tuple[int, ...]:
    """The places of the fields that the text of a mail needs: who wrote, when, and about what."""
    places: list[int] = []
    other_fields: list[int] = []
    for field in mail.fields:
        if field.kind == "technical":
            continue
        place = parts.add(field.start, field.end)
        if place is not None:
            (other_fields if field.kind == "other" else places).append(place)
    for place in [*places, *other_fields]:
        parts.need([place], [needed for needed in places if needed != place])
    return tuple(places)


def _value(source: str, mail: _Mail, kind: str) -> str:
    """The value of the first field of a kind."""
    fields = (source[field.start : field.end] for field in mail.fields if field.kind == kind)
    return re.split("[:：]", next(fields, ""), maxsplit=1)[-1].strip()


def _set_opening_aside(parts: Parts, header: range, body: range) -> None:
    """Let the header of a mail that has a text, and the greeting above that, come only with some of it, or where the
    query asks for such.
    """
    has_greeting = len(body) > 1 and is_greeting(parts.source[slice(*parts.units[body[0]].span)])
    if any(parts.units[place].aside is None for place in body[has_greeting:]):
        parts.set_aside(header, "header")
        parts.set_aside(body[:has_greeting], "greeting")


def _set_text_proper(parts: Parts) -> None:
    """Let what is quoted be the text where there is no other."""
    for place, unit in enumerate(parts.units):
        if unit.aside == "history":
            parts.units[place] = unit._replace(aside=None)


def _encoded(lines: Sequence[_Line]) -> list[Span]:
    """Attachments in base64, and the boundaries of parts with their fields."""
    noise: list[Span] = []
    number = 0
    while number < len(lines):
        end = number
        while end < len(lines) and _BASE64_LINE.match(lines[end].text):
            end += 1
        if end > number + 2:
            if end < len(lines) and lines[end].text and " " not in lines[end].text and len(lines[end].text) < 77:
                end += 1  # its last line is shorter
            noise.append(Span(lines[number].start, lines[end - 1].end))
        elif _BOUNDARY.match(lines[number].text):
            end = number + 1
            while end < len(lines) and re.match(r"(?i)content-|[ \t]+\S", lines[end].text):
                end += 1
            if end > number + 1 or lines[number].text.endswith("--"):
                noise.append(Span(lines[number].start, lines[end - 1].end))
        number = max(end, number + 1)
    return noise


def _add_body(parts: Parts, lines: Sequence[Span], needs: tuple[int, ...], noise: _Noise) -> None:
    """The text of a mail, its signature and disclaimer each as one; its quotations, which need what says whose they
    are: those that are answered below them, and history.
    """
    quote = range(0)
    attribution: tuple[int, ...] = ()
    runs = runs_of(parts.source, lines)
    run_parts = [_parts_of_run(parts.source, lines, run) for run in runs]
    for number, run in enumerate(runs):
        first_place = len(parts)
        if run.is_quoted:
            is_answered = any(aside is None for later in run_parts[number + 1 :] for *_, aside in later)
            _add_quotation(parts, lines[run.first : run.end], attribution or needs, noise)
            quote = range(first_place, len(parts))
            if not is_answered or len(quote) > _MAX_UNITS_OF_ANSWERED_QUOTE:
                parts.set_aside(quote, "history")
                quote = range(0)
            if attribution and first_place < len(parts):
                parts.lead(attribution[0], parts.units[first_place].start, parts.units[-1].end)
            continue
        for first, end, aside in run_parts[number]:
            if aside is None:
                _add_text(parts, lines[first:end], needs, noise)
            else:
                parts.set_aside(_add_whole(parts, lines[first:end], needs, noise), aside)
        if quote and first_place < len(parts):
            _bind_answer(parts, quote, first_place)
        attribution_line = attribution_start(parts.source, lines, run)
        attribution = _add_whole(parts, lines[attribution_line : run.end], (), noise)


def _bind_answer(parts: Parts, quote: range, answer: int) -> None:
    """Let a quotation and its answer, from the unit at ``answer`` on, need each other: a question must not be read with
    the answer to another one.
    """
    parts.need([answer], quote)
    parts.need(quote, [answer])
    if len(parts.source[slice(*parts.units[answer].span)].split()) <= _MAX_WORDS_OF_VERDICT:
        parts.need(range(answer + 1, min(answer + 2, len(parts))), [answer])


def _parts_of_run(source: str, lines: Sequence[Span], run: LineRun) -> list[tuple[int, int, Aside | None]]:
    """The parts with text of lines that are not quoted, without an attribution at their end; none of a quotation."""
    if run.is_quoted:
        return []
    parts = asides_of_lines(source, lines, run.first, attribution_start(source, lines, run))
    return [part for part in parts if any(start < end for start, end in lines[part[0] : part[1]])]


def _add_quotation(parts: Parts, lines: Sequence[Span], needs: tuple[int, ...], noise: _Noise) -> None:
    """Add the paragraphs of a quotation, each of which needs the nearest line above it that names its author, or
    ``needs``.
    """
    needs_by_level = {0: needs}
    open_attributions: list[tuple[int, int]] = []  # of each its level and its place
    for paragraph in quoted_paragraphs(parts.source, lines):
        while open_attributions and open_attributions[-1][0] >= paragraph.level:
            _close_attribution(parts, open_attributions.pop()[1])
        needs_by_level = {level: needed for level, needed in needs_by_level.items() if level <= paragraph.level}
        paragraph_lines = lines[paragraph.first : paragraph.end]
        if not paragraph.is_attribution:
            _add_quote(parts, paragraph_lines, needs_by_level[max(needs_by_level)], noise)
        elif attribution := _add_whole(parts, paragraph_lines, (), noise):
            needs_by_level[paragraph.level + 1] = attribution
            open_attributions.append((paragraph.level, attribution[0]))
    for _, place in reversed(open_attributions):
        _close_attribution(parts, place)


def _close_attribution(parts: Parts, place: int) -> None:
    """Let a line that names the author of a text be kept only with some of that text, which ends here; by itself where
    the text is empty.
    """
    if place + 1 < len(parts):
        parts.lead(place, parts.units[place + 1].start, parts.units[-1].end)


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
    places = [parts.add(start, end, Relation(needs)) for start, end in noise.outside(lines[0].start, lines[-1].end)]
    return tuple(place for place in places if place is not None)


def _add_text(parts: Parts, lines: Sequence[Span], needs: tuple[int, ...], noise: _Noise) -> None:
    """Add prose without its noise."""
    if lines:
        for start, end in noise.outside(lines[0].start, lines[-1].end):
            parts.add_prose(start, end, needs)


class _Noise:
    """Spans that say nothing, sorted."""

    def __init__(self, source: str, spans: Sequence[Span]) -> None:
        self.spans = with_line_ends(source, spans)
        self._ends = [span.end for span in self.spans]

    def outside(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The parts of a span of the text that are no noise."""
        for noise in self.spans[bisect_right(self._ends, start) :]:
            if noise.start >= end:
                break
            if start < noise.start:
                yield start, noise.start
            start = max(start, noise.end)
        if start < end:
            yield start, end
