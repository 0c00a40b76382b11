"""The first stage of a call: documents without redundant text."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ragzip.compressors.stages import Settings
from ragzip.errors import reason_of
from ragzip.pages.form import page_form
from ragzip.pages.page import is_page
from ragzip.text.spans import Span, intersect
from ragzip.text.structure import (
    Structure,
    UntidyTextForm,
    structure_besides_prose,
    structure_of_document,
    tidy_text,
)
from ragzip.types import Note, Segment

__all__ = ["Tidying", "tidied"]


class Tidying(NamedTuple):
    """Whole segments, tidied where there is something to leave out, and notes that say what was left out."""

    segments: list[Segment]
    notes: list[Note]


class _TidySegment(NamedTuple):
    segment: Segment
    left_out: tuple[str, ...]
    characters: int


def tidied(
    segments: Sequence[Segment],
    tidy: bool | None,
    reads_pages: bool,
    settings: Settings,
    failures: MutableMapping[int, str],
) -> Tidying:
    """The whole ``segments`` without their noise: this is the one place that removes it.

    Fixed segments stay as they are; so does a text in which something that is left out is protected, or that would not
    have fewer tokens. Of web pages, there is what a reader sees: they have their own family.

    :param tidy: None: texts that are not prose; True: prose, too; False: none, and what is kept of them stays untidy.
    :param reads_pages: a compressor of the call reads web pages itself.
    :param failures: takes why a text could not be read, by position, where the call is tolerant.
    """
    tidy_segments: list[_TidySegment] = []
    for segment in segments:
        try:
            tidy_segment = _TidySegment(segment, (), 0)
            if segment.text and not segment.is_fixed:
                if not is_page(segment.document):
                    tidy_segment = _tidy(segment, tidy, settings.protect)
                elif not reads_pages and tidy is not False:
                    tidy_segment = _shown(segment)
        except Exception as error:
            if not settings.tolerant:
                raise
            failures[segment.position] = reason_of(error)
            tidy_segment = _TidySegment(segment.fixed(), (), 0)
        tidy_segments.append(tidy_segment)
    changed = [number for number, (_, left_out, _) in enumerate(tidy_segments) if left_out]
    counts = settings.counter.many(
        [text for number in changed for text in (segments[number].text, tidy_segments[number].segment.text)]
    )
    for number, count, tidy_count in zip(changed, counts[::2], counts[1::2], strict=True):
        if tidy_count >= count and tidy_segments[number].segment.form.manner == "tidy":
            tidy_segments[number] = _TidySegment(segments[number], (), 0)
    return Tidying([segment for segment, _, _ in tidy_segments], _notes(tidy_segments))


def _tidy(segment: Segment, tidy: bool | None, protect: Callable[[str], Sequence[Span]]) -> _TidySegment:
    document = segment.document
    structure = structure_of_document(document) if tidy else structure_besides_prose(document)
    if structure is None:
        return _TidySegment(segment, (), 0)
    if tidy is False:
        return _TidySegment(_untidy(segment, structure), (), 0)
    text = tidy_text(document.text, structure, prose=bool(tidy))
    if text is None or any(intersect(text.removed, protect(document.text))):
        return _TidySegment(segment, (), 0)
    written, form, left_out = text
    tidy_segment = replace(
        segment, text=written.text, spans=tuple(written.spans), held=written.held, places=written.offsets, form=form
    )
    return _TidySegment(tidy_segment, left_out, len(document.text) - sum(end - start for start, end in written.spans))


def _shown(segment: Segment) -> _TidySegment:
    """A page as a reader sees it: what is hidden may be addressed to a model alone."""
    source = segment.document.text
    form = page_form(source)
    written = form.keep([Span(0, len(source))], segment.held)
    page_segment = replace(
        segment, text=written.text, spans=tuple(written.spans), places=written.offsets, held=written.held, form=form
    )
    left_out = ("what a page does not show",) if written.text != source else ()
    return _TidySegment(page_segment, left_out, len(source) - sum(end - start for start, end in written.spans))


def _untidy(segment: Segment, structure: Structure) -> Segment:
    untidy_form = structure.form.untidy
    if untidy_form is structure.form:
        return segment
    return replace(segment, form=UntidyTextForm(segment.document.text, untidy_form))


def _notes(tidy_segments: Sequence[_TidySegment]) -> list[Note]:
    """The notes on the text that was left out, with its document or the number of documents."""
    changed = [tidy_segment for tidy_segment in tidy_segments if tidy_segment.left_out]
    if not changed:
        return []
    where = f"document {changed[0].segment.document.id}" if len(changed) == 1 else f"{len(changed):,} documents"
    characters = sum(tidy_segment.characters for tidy_segment in changed)
    what = ", ".join(dict.fromkeys(name for tidy_segment in changed for name in tidy_segment.left_out))
    return [Note("tidied", f"tidied: {characters:,} characters of {where} left out ({what})")]
