"""The reader of several sources in one text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure import config
from ragzip.text.structure.base import NamedSource, Structure, StructuredTable, StructuredUnit
from ragzip.text.structure.nested import NestedForm
from ragzip.text.structure.parts import moved, prose_part
from ragzip.text.structure.readers import structure_of
from ragzip.text.structure.sources.ways import JoinedSource, joined_sources, title_of

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
    units = list(_prose_beside(source, 0, sources[0].naming.start, 0))
    tables: list[StructuredTable] = []
    for part, structure in zip(sources, structures, strict=True):
        tables += [table.moved(part.text.start, len(units) + 1) for table in structure.tables]
        units += _units_of(part, structure, len(units))
    units += _prose_beside(source, sources[-1].end, len(source), len(units))
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
        sources=tuple(_named_source(source, part) for part in sources),
    )


def _prose_beside(source: str, start: int, end: int, place: int) -> Iterator[StructuredUnit]:
    """The units of what stands before or behind the sources, if that says something."""
    if any(character.isalnum() for character in source[start:end]):
        yield from prose_part(source, start, end, place)


def _named_source(source: str, part: JoinedSource) -> NamedSource:
    return NamedSource(Span(part.naming.start, part.end), part.text, title_of(source[slice(*part.naming)]))


def _structure_of(source: str, part: JoinedSource, longest_unit: int | None) -> Structure:
    """The structure of the text of one source, by the name of the file that it is from, or its content."""
    file_name = _FILE_NAME.search(source, *part.naming)
    name = file_name.group() if file_name is not None else ""
    return structure_of(source[slice(*part.text)], "text/plain", name, longest_unit=longest_unit)


def _units_of(part: JoinedSource, structure: Structure, place: int) -> Iterator[StructuredUnit]:
    """The units of one source, from ``place`` on: what names it, those of its text, and what closes it."""
    first, end = place + 1, place + 1 + len(structure.units)
    closing = [end] if part.closing is not None else []
    yield _around(part.naming, part.text, closing)
    for unit in structure.units:
        inner = moved(unit, part.text.start, first)
        relation = inner.relation
        yield inner.related(
            companions=(place, *closing, *relation.companions),
            heading=place if relation.heading is None else relation.heading,
        )
    if part.closing is not None:
        yield _around(part.closing, part.text, [place])


def _around(span: Span, text: Span, other: Sequence[int]) -> StructuredUnit:
    """The unit of what names a source, or closes it: kept with a unit of its text, and with the ``other`` one."""
    return StructuredUnit(*span).related(section=text, needs=tuple(other))
