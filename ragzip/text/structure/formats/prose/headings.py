"""The headings of prose, their levels, and the units under each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters import SplitUnit
from ragzip.text.splitters.headings.plain import heads_whole_text
from ragzip.text.splitters.headings.sections import is_wide_section
from ragzip.text.splitters.prose.breaks import SENTENCE_STOPS
from ragzip.text.structure.base import Relation
from ragzip.text.structure.formats.prose.leads import closing_title, span_of

__all__ = ["heading_level", "relate_headings"]

_HASHES = pattern_of(r"\s{0,3}(#{1,6})(?:\s|$)")
_ENDS_AS_STATEMENT = pattern_of(rf"[{SENTENCE_STOPS}:：,;]\W{{0,3}}$")
_OUTLINE_NUMBER = pattern_of(r"\d{1,2}(?:\.\d{1,2}){0,3}(?=\.?[ \t]+[^\W\d_])")
_UNDERLINED_TWICE = pattern_of(r"\n\s{0,3}=+\s*$")


def relate_headings(text: str, parts: Sequence[SplitUnit], unit_relations: list[Relation]) -> None:
    """Let each heading, and each unit under it, know of the other."""
    heading_levels = {
        unit_number: heading_level(text[unit.start : unit.end]) + _runs_in(text, parts, unit_number)
        for unit_number, unit in enumerate(parts)
        if unit.kind == "heading"
    }
    if len(heading_levels) == len(parts):  # nothing but headings: they are the text
        return
    if 0 in heading_levels and 1 in heading_levels:  # the first is the title of the whole
        has_hashes = _HASHES.match(text, *parts[1].span) is not None
        heading_levels[0] = min(heading_levels[0], 1 if has_hashes else heading_levels[1] - 1)
    elif 0 in heading_levels and heads_whole_text([parts[number].text_in(text) for number in heading_levels]):
        heading_levels[0] = min(heading_levels.values()) - 1
    level_below_labels = max(heading_levels.values(), default=0) + 1
    closing = closing_title(text, parts)
    open_headings: list[int] = []
    for unit_number in sorted({*heading_levels, *_further_labels(text, parts), closing, len(parts)}):
        level = heading_levels.get(unit_number, level_below_labels)
        while open_headings and (
            unit_number == len(parts)
            or heading_levels[open_headings[-1]] >= level
            or (level == level_below_labels and _is_label_alike(text, parts, open_headings[-1]))
            or (unit_number == closing and _is_numbered(text, parts[open_headings[-1]]))
        ):
            open_heading = open_headings.pop()
            unit_relations[open_heading] = unit_relations[open_heading]._replace(
                section=span_of(parts, open_heading + 1, unit_number)
            )
            for unit_below in range(open_heading + 1, unit_number):
                if unit_relations[unit_below].heading is None:
                    unit_relations[unit_below] = unit_relations[unit_below]._replace(heading=open_heading)
        if unit_number in heading_levels:
            open_headings.append(unit_number)


def _further_labels(text: str, parts: Sequence[SplitUnit]) -> Iterator[int]:
    """The places of the titles, parted from what is above them, that the splitter calls labels or lead-ins."""
    for number, part in enumerate(parts):
        is_title = part.kind == "label" or (part.kind == "lead-in" and not _ENDS_AS_STATEMENT.search(text, *part.span))
        if is_title and number and text.count("\n", parts[number - 1].end, part.start) > 1:
            yield number


def _is_label_alike(text: str, parts: Sequence[SplitUnit], heading: int) -> bool:
    """Whether a heading stands right above its text, as labels do, with no number, in small letters, and not first."""
    title = parts[heading].text_in(text)
    return (
        heading > 0
        and text.count("\n", parts[heading].end, parts[heading + 1].start) == 1
        and title[0].isalpha()
        and not title.isupper()
        and not any(character.isdigit() or character == "\n" for character in title)
    )


def _is_numbered(text: str, heading: SplitUnit) -> bool:
    return _OUTLINE_NUMBER.match(heading.text_in(text).lstrip("# ")) is not None


def _runs_in(text: str, parts: Sequence[SplitUnit], number: int) -> bool:
    """Whether the text under a heading begins on its line."""
    return number + 1 < len(parts) and "\n" not in text[parts[number].end : parts[number + 1].start]


def heading_level(heading: str) -> int:
    """The level of a heading of plain text: 1 for the highest."""
    if hashes := _HASHES.match(heading):
        return len(hashes.group(1))
    number = _OUTLINE_NUMBER.match(heading)
    depth = number.group().count(".") if number else 0
    return 1 if _UNDERLINED_TWICE.search(heading) or is_wide_section(heading) else 2 + depth
