"""Prose inside texts of other kinds: units of a part of a text, and what units need through what they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ragzip.text.languages import language_of
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, merge
from ragzip.text.splitters import sentences
from ragzip.text.splitters.prose import sentences as prose_sentences
from ragzip.text.splitters.scanner import trim
from ragzip.text.structure.base import Aside, Relation, StructuredUnit
from ragzip.text.structure.formats.prose.reader import read_prose
from ragzip.text.structure.needs.transitive import reached

__all__ = ["Parts", "in_order", "moved", "prose_part", "sentence_spans", "with_line_ends", "with_needs"]

_LONGEST_BLOCK = 1000  # characters from which code, JSON and list items are split
_MAYBE_SEVERAL = pattern_of(
    r"[.!?…。！？।؟][\s\"'”“’»«)\]]|[。！？।]\S|[^\W_][.!?][^\W_a-z]|\n\s*\n|;\s"
    r"|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)
_MAX_INDENT = 100  # of what stands alone on its line
_BLANKS_AFTER = pattern_of(r"([ \t]*+(?:\r?\n|$))(?>(?:[ \t]*+\r?\n)*)")
_PLAIN_LINE = pattern_of(r"(?!\w{1,3}[.)])[^\W\d_]")  # no item, heading, label or code
_MAX_SINGLE_CHARACTERS = 250  # a longer text without a stop may still have to be cut


class Parts:
    """The units of a text while it is read, in order."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.units: list[StructuredUnit] = []

    def __len__(self) -> int:
        return len(self.units)

    def add(self, start: int, end: int, relation: Relation = Relation(), **fields: object) -> int | None:
        """The place of a new unit; None where there is nothing but white space."""
        span = trim(self.source, start, end)
        if span is None:
            return None
        self.units.append(StructuredUnit(span.start, span.end, relation, **fields))  # type: ignore[arg-type]
        return len(self.units) - 1

    def add_prose(self, start: int, end: int, needs: Sequence[int] = (), head: int | None = None) -> range:
        """The places of the units of a part of prose, each of which needs ``needs``."""
        first = len(self.units)
        for unit in prose_part(self.source, start, end, first):
            self.units.append(with_needs(unit, needs, head))
        return range(first, len(self.units))

    def set_aside(self, places: Iterable[int], aside: Aside) -> None:
        """Let the units at ``places`` be kept only where the query asks for such."""
        for place in places:
            self.units[place] = self.units[place]._replace(aside=aside)

    def set_records(self, places: Iterable[int]) -> None:
        """Mark the units at ``places`` as records: the words that one shares with a query count by themselves."""
        for place in places:
            self.units[place] = self.units[place]._replace(is_record=True)

    def need(self, places: Iterable[int], needs: Sequence[int]) -> None:
        """Let the units at ``places`` need ``needs``, too."""
        for place in places:
            self.units[place] = with_needs(self.units[place], needs)

    def lead(self, place: int, start: int, end: int) -> None:
        """Let a unit come only with one of ``source[start:end]``."""
        unit = self.units[place]
        self.units[place] = unit.related(section=Span(start, end))

    def never_keep(self, places: Iterable[int]) -> None:
        """Let the units at ``places``, which say nothing, never come: each has an empty section."""
        for place in places:
            self.lead(place, self.units[place].end, self.units[place].end)

    def relate_headings(self, levels: Mapping[int, int]) -> None:
        """Let headings be kept only with units below them, up to the next one of their level; these units refer to the
        innermost heading over them.

        :param levels: those of the headings, by place: 1 for the highest, or whatever is less than those below it.
        """
        open_headings: list[int] = []
        for place, unit in enumerate(self.units):
            if place in levels:
                while open_headings and levels[open_headings[-1]] >= levels[place]:
                    self._lead_up_to(open_headings.pop(), place)
            if open_headings and unit.relation.heading is None:
                self.units[place] = unit.related(heading=open_headings[-1])
            if place in levels:
                open_headings.append(place)
        for heading in open_headings:
            self._lead_up_to(heading, len(self.units))

    def _lead_up_to(self, heading: int, place: int) -> None:
        """Let a heading be kept only with a unit after it and before ``place``."""
        self.lead(heading, self.units[heading].end, self.units[place - 1].end)

    def closed(self) -> tuple[StructuredUnit, ...]:
        """The units with what they need, through others, too."""
        direct = [unit.relation.needs for unit in self.units]
        return tuple(
            unit.related(needs=reached(place, direct)) if unit.relation.needs else unit
            for place, unit in enumerate(self.units)
        )


def in_order(units: Sequence[StructuredUnit]) -> tuple[StructuredUnit, ...]:
    """``units`` in the order in which they stand in the text."""
    order = sorted(range(len(units)), key=lambda number: units[number].start)
    places = {number: place for place, number in enumerate(order)}
    return tuple(units[number]._replace(relation=units[number].relation.moved(places)) for number in order)


def prose_part(source: str, start: int, end: int, place: int) -> Iterator[StructuredUnit]:
    """The units of ``source[start:end]``, the first of which is at ``place`` among those of the text."""
    span = trim(source, start, end)
    if span is None:
        return
    text = source[span.start : span.end]
    if "\n" not in text and _PLAIN_LINE.match(text):
        yield from (StructuredUnit(*sentence) for sentence in _sentences_of_line(source, span, text))
        return
    for unit in read_prose(text, longest_block=_LONGEST_BLOCK).units:
        yield moved(unit, span.start, place)


def moved(unit: StructuredUnit, shift: int, place: int) -> StructuredUnit:
    """A unit of a part as one of the text: the part begins at ``shift``, its first unit is at ``place``."""
    needs, head, section, heading, companions, answers = unit.relation
    relation = Relation(
        tuple(needed + place for needed in needs),
        None if head is None else head + place,
        None if section is None else Span(section.start + shift, section.end + shift),
        None if heading is None else heading + place,
        tuple(companion + place for companion in companions),
        tuple(answer + place for answer in answers),
    )
    items = tuple(item.moved(shift) for item in unit.items)
    return unit._replace(start=unit.start + shift, end=unit.end + shift, relation=relation, items=items)


def with_needs(unit: StructuredUnit, needs: Sequence[int], head: int | None = None) -> StructuredUnit:
    """``unit`` that needs ``needs``, too, and belongs to ``head`` where it belongs to nothing else."""
    if not needs and head is None:
        return unit
    relation = unit.relation
    all_needs = tuple(dict.fromkeys([*relation.needs, *needs]))
    if len(all_needs) == len(relation.needs) and (head is None or relation.head is not None):
        return unit
    return unit.related(needs=all_needs, head=head if relation.head is None else relation.head)


def sentence_spans(source: str, start: int, end: int) -> list[Span]:
    """The sentences of a part of the text, without white space at their ends."""
    span = trim(source, start, end)
    if span is None:
        return []
    text = source[span.start : span.end]
    if "\n" not in text:
        return _sentences_of_line(source, span, text)
    return [Span(span.start + first, span.start + last) for first, last in sentences(text)]


def _sentences_of_line(source: str, span: Span, text: str) -> list[Span]:
    """The sentences of one line. It is short, as a rule, and may be of a language that it does not show alone."""
    if len(text) <= _MAX_SINGLE_CHARACTERS and not _MAYBE_SEVERAL.search(text):
        return [span]
    language = language_of(source) or ""
    unmarked = len(text) > _LONGEST_BLOCK and prose_sentences.is_unmarked(text)
    return [
        Span(span.start + piece.start, span.start + piece.end)
        for sentence in prose_sentences.sentence_spans(text, language)
        for piece in prose_sentences.clauses(text, sentence, unmarked=unmarked)
    ]


def with_line_ends(source: str, noise: Iterable[tuple[int, int]]) -> list[Span]:
    """``noise``, merged; where it is all of its lines, with their line breaks and the blank lines that it leaves."""
    spans: list[Span] = []
    for start, end in merge(noise):
        line_start = source.rfind("\n", max(0, start - _MAX_INDENT), start) + 1
        if not line_start and start >= _MAX_INDENT:
            spans.append(Span(start, end))
            continue
        blanks = _BLANKS_AFTER.match(source, end)
        if source[line_start:start].strip() or blanks is None:
            spans.append(Span(start, end))
            continue
        is_after_blank = source[max(0, line_start - 2) : line_start] in ("", "\n\n")
        spans.append(Span(line_start, blanks.end() if is_after_blank else blanks.end(1)))
    return [Span(*span) for span in merge(spans)]
