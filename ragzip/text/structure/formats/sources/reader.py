"""The reader of several sources in one text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import trim
from ragzip.text.structure.base import NamedSource, Structure, StructuredTable, StructuredUnit
from ragzip.text.structure.formats import config
from ragzip.text.structure.formats.sources.ways import JoinedSource, joined_sources, title_of
from ragzip.text.structure.nested import NestedForm
from ragzip.text.structure.parts import moved, prose_part
from ragzip.text.structure.readers import structure_of

__all__ = ["read", "recognises"]

_SECTION = pattern_of(r"\[[\w.-]+\]")  # "[tool.ruff]" in settings is no name of a file
_FILE_NAME = pattern_of(r"[\w./\\-]{1,200}\.[A-Za-z]\w{0,8}\b")


def recognises(source: str) -> bool:
    """Whether a text of an unknown type is made of sources that are named, from its beginning on."""
    sources = joined_sources(source)
    return bool(sources) and not (_SECTION.fullmatch(source, *sources[0].naming) and config.recognises(source))


def read(source: str, longest_unit: int | None = None) -> Structure | None:
    """The structure of a text of several sources; None of another one.

    :param longest_unit: see :class:`ragzip.text.structure.base.Structure`; of records in the sources.
    """
    sources = joined_sources(source)
    if not sources:
        return None
    structures = [_structure_of(source, part, longest_unit) for part in sources]
    units = list(_prose_beside(source, 0, sources[0].span.start, 0))
    tables: list[StructuredTable] = []
    for part, structure in zip(sources, structures, strict=True):
        first = len(units) + (part.naming.start < part.text.start)
        tables += [table.moved(part.text.start, first) for table in structure.tables]
        units += _units_of(source, part, structure, len(units))
    units += _prose_beside(source, sources[-1].span.end, len(source), len(units))
    forms = {
        part.text: structure.form
        for part, structure in zip(sources, structures, strict=True)
        if not structure.form.is_plain
    }
    is_plain = not forms and all(part.closing is None for part in sources)
    form = PlainForm(source) if is_plain else NestedForm(source, (), forms)
    can_open = any(structure.opened is not None for structure in structures)
    return Structure(
        "sources",
        tuple(units),
        form,
        tuple(tables),
        opened=partial(read, source) if can_open else None,
        sources=tuple(
            named
            for part, structure in zip(sources, structures, strict=True)
            for named in _named_sources(source, part, structure)
        ),
    )


def _prose_beside(source: str, start: int, end: int, place: int) -> Iterator[StructuredUnit]:
    """The units of what stands before or after the sources, if that says something."""
    if any(character.isalnum() for character in source[start:end]):
        yield from prose_part(source, start, end, place)


def _named_sources(source: str, part: JoinedSource, structure: Structure) -> Iterator[NamedSource]:
    """A source, or those in it."""
    if not structure.sources:
        yield NamedSource(part.span, part.text, title_of(source[slice(*part.naming)]))
    for span, text, title in structure.sources:
        yield NamedSource(_moved(span, part.text.start), _moved(text, part.text.start), title)


def _moved(span: Span, shift: int) -> Span:
    return Span(span.start + shift, span.end + shift)


def _structure_of(source: str, part: JoinedSource, longest_unit: int | None) -> Structure:
    """The structure of the text of one source, by the name of the file that it is from, or its content."""
    file_name = _FILE_NAME.search(source, *part.naming)
    name = file_name.group() if file_name is not None else ""
    return structure_of(source[slice(*part.text)], "text/plain", name, longest_unit=longest_unit)


def _units_of(source: str, part: JoinedSource, structure: Structure, place: int) -> Iterator[StructuredUnit]:
    """The units of one source, from ``place`` on: what names it, those of its text, and what closes it, in order."""
    around = [span for span in (part.naming, part.closing) if span is not None]
    around = [trim(source, *span) or span for span in around]
    before = [span for span in around if span.start < part.text.start]
    first, end = place + len(before), place + len(before) + len(structure.units)
    places = [*range(place, first), *range(end, end + len(around) - len(before))]
    naming = place if before else None
    naming_units = [
        _around(span, part.text, [other for other in places if other != number])
        for number, span in zip(places, sorted(around), strict=True)
    ]
    yield from naming_units[: len(before)]
    for unit in structure.units:
        inner = moved(unit, part.text.start, first)
        relation = inner.relation
        yield inner.related(
            companions=(*places, *relation.companions),
            heading=naming if relation.heading is None else relation.heading,
        )
    yield from naming_units[len(before) :]


def _around(span: Span, text: Span, other: Sequence[int]) -> StructuredUnit:
    """The unit of what names a source, or closes it: kept with a unit of its text, and with the ``other`` one."""
    return StructuredUnit(*span).related(section=text, needs=tuple(other))
