"""Records that begin with a line: their parts, which are alike, and runs of equal ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ragzip.text.forms import Form
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure.base import Relation, StructuredUnit
from ragzip.text.structure.formats.log.counted import CountedForm, CountedUnits, RecordGroup
from ragzip.text.structure.formats.log.stack_traces import (
    MAX_CHARACTERS,
    PROCESS_PREFIX,
    RecordPart,
    parts_of_record,
    telling_parts,
)
from ragzip.text.structure.formats.log.templates import template_numbers
from ragzip.text.structure.formats.log.times import Level, level_of
from ragzip.text.words import in_words

__all__ = ["PROCESS_PREFIX", "LineRecord", "counted_records"]

_FAILURE_WORDS = "error, fail, failed, failure, crash"  # how people ask for it
_NO_RELATION = Relation()
_LONG_NAME = pattern_of(r"(?<![^\W_])(?:[A-Za-z]?[a-z]+(?:[A-Z][a-z]+){2,}|[A-Za-z]+(?:_[A-Za-z]+){2,})(?![^\W_])")
_CODE = pattern_of(r"(?:\" |status(?: code)?[=: ]{1,2}|exit(?:ed)?(?: with)?(?: code| status)?[=: ]{1,2})(\d{1,3})\b")
_MAX_NAMES = 6  # of a record whose words are read
_MIN_RUN = 3  # equal records, one after the other, that become one


class LineRecord(NamedTuple):
    """A record: its place without white space at its ends, the end of its first line (or of the lines that identify
    it), its time, and its needs.
    """

    start: int
    end: int
    line_end: int
    time: Span
    needs: tuple[int, ...] = ()  # places of records

    @property
    def is_short(self) -> bool:
        """Whether it is one line."""
        return self.end == self.line_end


def counted_records(
    source: str,
    records: Sequence[LineRecord],
    *,
    reading: Callable[[LineRecord], str | None] = lambda record: None,
    is_json: bool = False,
) -> tuple[list[StructuredUnit], Form]:
    """The units of ``records`` (in order), and the form that counts similar ones.

    :param reading: what a model reads in the place of a record of one unit (None: the record).
    """
    contents = [_content(source, record) for record in records]
    levels = [_level(source, record) for record in records]
    kinds = [
        (not record.is_short, level, _outcome(content), record.needs)
        for record, level, content in zip(records, levels, contents, strict=True)
    ]
    templates = template_numbers(contents, kinds)
    groups = _groups(source, records, contents, templates)
    builder = _UnitBuilder(source, reading, _words_by_template(contents, templates, levels), groups)
    number = 0
    while number < len(records):
        is_alone = number + 1 == len(records) or contents[number] != contents[number + 1]
        run_end = number + 1 if is_alone else _run_end(records, contents, templates, number)
        if run_end - number >= _MIN_RUN:
            mark = _run_mark(source, run_end - number, records[run_end - 1], is_json)
            builder.add_run(records[number:run_end], templates[number], mark)
            number = run_end
        else:
            builder.add(records[number], templates[number])
            number += 1
    counted = CountedUnits(builder.units, builder.counts, groups)
    form = CountedForm(source, builder.noise, counted, marks=builder.marks, is_json=is_json)
    return builder.units, form


class _UnitBuilder:
    """A builder of the units of records: the first of each run of equal ones, and the parts of its stack trace; the
    number of records in each, the noise, and the marks that are written after single units.
    """

    def __init__(
        self,
        source: str,
        reading: Callable[[LineRecord], str | None],
        words_by_template: Mapping[int, str],
        groups: Mapping[int, RecordGroup],
    ) -> None:
        self._source, self._reading, self._words_by_template, self._groups = source, reading, words_by_template, groups
        self.units: list[StructuredUnit] = []
        self.counts: list[int] = []
        self.noise: list[Span] = []
        self.marks: dict[Span, str] = {}
        self._unit_of_record: list[int] = []
        self._part_groups: dict[tuple[int, int], int] = {}

    def add_run(self, records: Sequence[LineRecord], template: int, mark: str) -> None:
        """Add equal records of one line as one unit, with ``mark`` after it."""
        first_record, span = records[0], Span(records[0].start, records[-1].end)
        self.noise.append(Span(first_record.end, span.end))
        self.marks[span] = mark
        reading = self._read(first_record, template) or self._source[first_record.start : first_record.end]
        self._unit_of_record += [len(self.units)] * len(records)
        self.units.append(StructuredUnit(*span, self._relation(first_record), reading, True, template))
        self.counts.append(len(records))

    def add(self, record: LineRecord, template: int) -> None:
        """Add a record: a unit, or one for each part."""
        self._unit_of_record.append(len(self.units))
        self.counts.append(1)
        relation = self._relation(record)
        parts = [] if record.end == record.line_end else parts_of_record(self._source, record.start, record.end)
        if len(parts) > 1 and record.end - record.start <= MAX_CHARACTERS and self._reading(record) is not None:
            parts = []
        if len(parts) < 2:
            reading = self._read(record, template)
            self.units.append(StructuredUnit(record.start, record.end, relation, reading, True, template))
            return
        first_unit, telling = self._unit_of_record[-1], telling_parts(parts)
        readings = self._readings_of_parts(parts, telling, self._remark(record, template))
        for part_number, part in enumerate(parts):
            group = template
            if part_number:
                key = (template, part_number)
                group = self._part_groups.setdefault(key, -2 - len(self._part_groups))
                self.counts.append(0)
            needs = [*relation.needs, *(first_unit + needed for needed in telling if needed != part_number)]
            part_relation = Relation(tuple(needs))
            self.units.append(StructuredUnit(part.start, part.end, part_relation, readings[part_number], True, group))

    def _readings_of_parts(self, parts: Sequence[RecordPart], telling: Sequence[int], remark: str) -> list[str | None]:
        """The text that a model reads in place of each part of a record with a stack trace: with the error and its
        cause.
        """
        texts = [self._source[part.start : min(part.end, part.start + MAX_CHARACTERS)] for part in parts]
        if all(part.kind == "lines" for part in parts):
            return [None] * len(parts)
        head_texts = [texts[number] for number in telling]
        readings: list[str | None] = []
        for text in texts:
            other_heads = [head_text for head_text in head_texts if head_text is not text]
            readings.append("\n".join([text, *other_heads]) + remark)
        return readings

    def _read(self, record: LineRecord, template: int) -> str | None:
        """The text that a model reads in place of a record of one unit (None: the record itself)."""
        reading = self._reading(record)
        remark = self._remark(record, template)
        if not remark:
            return reading
        return f"{self._source[record.start : record.end] if reading is None else reading}{remark}"

    def _remark(self, record: LineRecord, template: int) -> str:
        """The words that a record may be asked for by, and its place in its group, in brackets."""
        words = self._words_by_template[template]
        group = self._groups.get(template)
        place = group.place_of(record.start) if group and group.last_time else ""
        remark = f"{words}, {place}" if words and place else words or place
        return f" ({remark})" if remark else ""

    def _relation(self, record: LineRecord) -> Relation:
        if not record.needs:
            return _NO_RELATION
        return Relation(tuple(dict.fromkeys(self._unit_of_record[needed] for needed in record.needs)))


def _words_by_template(
    contents: Sequence[str], templates: Sequence[int], levels: Sequence[Level | None]
) -> dict[int, str]:
    """The words that the records of a template may be asked for by: of the long names ("setTodayTotalDetailSteps",
    "MANIFEST_INVALID_ITEM") in its first record, and for a failure.
    """
    words_by_template: dict[int, str] = {}
    for content, template, level in zip(contents, templates, levels, strict=True):
        if template not in words_by_template:
            names = list(dict.fromkeys(_LONG_NAME.findall(content[:MAX_CHARACTERS])))[:_MAX_NAMES]
            words = [*map(in_words, names), *([_FAILURE_WORDS] if level == "failure" else [])]
            words_by_template[template] = ", ".join(words)
    return words_by_template


def _level(source: str, record: LineRecord) -> Level | None:
    return level_of(source[record.start : min(record.line_end, record.start + MAX_CHARACTERS)])


def _content(source: str, record: LineRecord) -> str:
    """The first line of a record, or the lines that stand for it, without its time."""
    time_start, time_end = record.time
    content = source[record.start : time_start] + source[time_end : record.line_end]
    return content.replace("\n", " ")


def _outcome(content: str) -> str:
    """The status or exit code in a line: a request with 200 is not like that with 500; "" where there is none."""
    if '" ' not in content and "status" not in content and "exit" not in content:
        return ""
    code = _CODE.search(content)
    return code.group(1) if code else ""


def _run_end(records: Sequence[LineRecord], contents: Sequence[str], templates: Sequence[int], first: int) -> int:
    """The place after the run of records of one line that say the same as the ``first`` one."""
    end = first + 1
    if not records[first].is_short:
        return end
    while end < len(records) and contents[end] == contents[first] and templates[end] == templates[first]:
        end += 1
    return end


def _run_mark(source: str, count: int, last_record: LineRecord, is_json: bool) -> str:
    last_time = source[slice(*last_record.time)]
    if is_json:
        return f"\n{json.dumps({'equal_records': count, 'last': last_time}, ensure_ascii=False)}"
    return f" (×{count:,}, until {last_time})" if last_time else f" (×{count:,})"


def _groups(
    source: str, records: Sequence[LineRecord], contents: Sequence[str], templates: Sequence[int]
) -> dict[int, RecordGroup]:
    """The groups of more than one record, by template."""
    numbers_by_template: dict[int, list[int]] = {}
    for number, template in enumerate(templates):
        numbers_by_template.setdefault(template, []).append(number)
    groups: dict[int, RecordGroup] = {}
    for template, numbers in numbers_by_template.items():
        if len(numbers) > 1:
            first, last = records[numbers[0]], records[numbers[-1]]
            groups[template] = RecordGroup(
                len(numbers),
                sum(records[number].end - records[number].start for number in numbers),
                source[slice(*first.time)],
                source[slice(*last.time)],
                first.start,
                last.start,
                all(contents[number] == contents[numbers[0]] for number in numbers),
            )
    return groups
