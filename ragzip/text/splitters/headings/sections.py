"""Headings of the sections of contracts, laws and rules: "§ 5 Animals", "Art. 12", "Section 3.2 Fees", "3. LIABILITY".

Such a line begins a section, whatever stands above and below it, and ends every list and paragraph before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.splitters.headings.plain import (
    has_statement_word,
    is_capitalised,
    is_question_clause,
    is_worded_as_title,
)
from ragzip.text.splitters.prose.breaks import SENTENCE_STOPS
from ragzip.text.splitters.scanner import MarkdownBlock, MarkdownKind, line_spans, trim

__all__ = ["is_wide_section", "with_sections"]

_WIDE_WORDS = (  # of sections that articles and clauses stand in
    r"parts?|chapters?|books?|titles?|annex|appendix|schedule|teil|kapitel|anlage|anhang|partie|chapitre|titre|livre"
    r"|annexe|parte|capítulo|título|libro|anexo|capitolo|capo|titolo|allegato|hoofdstuk|bijlage|deel|kapittel|bilaga|bilag"
    r"|vedlegg|rozdział|dział|załącznik|раздел|глава|часть|приложение|розділ|глава|bölüm|kısım|الفصل|الباب|القسم|अध्याय|भाग"
)
_SECTION_WORDS = (
    r"article|art\.|section|sec\.|clause|rule|regulation|artikel|abschnitt|ziffer|regel|artículo|sección"
    r"|cláusula|regla|articolo|sezione|clausola|regola|règle|artigo|secção|seção|afdeling|paragraaf|paragraf|avsnitt"
    r"|artykuł|статья|пункт|стаття|madde|المادة|البند|अनुच्छेद|धारा|नियम"
)
_NUMBER = r"(?:\d{1,4}(?:\.\d{1,3}){0,3}[a-z]?|[IVXLC]{1,7}|[A-Z])"
_COUNTED_IN_CJK = (  # "第三条", "第12条の2", "第二章", "제5조"
    r"第[ ]?[\d０-９〇一二三四五六七八九十百]{1,5}[ ]?(?:[条條节節款]|(?P<wide_in_cjk>[章编編部篇]))(?:の\d{1,2})?"
    r"|제[ ]?\d{1,3}[ ]?[조절항장]"
)
_SECTION = pattern_of(
    rf"(?:§[ \u00a0]?\d{{1,4}}[a-z]?|(?:{_SECTION_WORDS}|(?P<wide>{_WIDE_WORDS}))[ \u00a0](?-i:{_NUMBER})"
    rf"|{_COUNTED_IN_CJK})"
    r"(?:[.:]?[ \t]*$|(?:[.:]?[ \t\u3000]+(?:[–—-][ \t]+)?|(?=[（(【「]))(?P<title>[(（【「\"„“«]?\w.*))",
    re.IGNORECASE,
)
_COUNTED = pattern_of(r"(?P<number>\d{1,2})\.[ \t]+(?P<title>[^\W\d_].*)(?=\n[ \t]*\S)")
_NUMBERED_TITLE = pattern_of(r"(?P<number>\d{1,2})\.?[ \t]+(?P<title>[^\W\d_][^\n]*)")
_OUTLINE_TITLE = pattern_of(
    r"[ \t]{0,8}(?P<number>\d{1,2}(?:\.\d{1,2}){0,3})\.?[ \t]+(?P<title>[^\W\d_][^\n.!?:;,]{0,60})"
)
_MIN_OUTLINE_TITLES = 3
_FIRST_OF_NUMBER = pattern_of(r"(?P<number>\d{1,2})\.1[.)]?\s")
_PART_OF_NUMBER = pattern_of(r"(?P<number>\d{1,2})\.\d{1,2}[.)]?\s")
_NOT_IN_TITLE = pattern_of(r"[!?…:;=|<>{}\t。！？：；]|\.(?!\d)|[,(–—-]$")
_NUMBERED_LINE = pattern_of(r"[ ]{0,3}\d{1,2}(?:\.\d{1,2}){0,3}[.)]?\s+(?=\S)")
_STOP_AT_END = pattern_of(rf"[{SENTENCE_STOPS}:;]['\"”“’»«)\]]{{0,3}}$")
_NEXT_LINE = pattern_of(r"[^\S\n]*\n\s*(\S[^\n]*)")
_MAX_CHARACTERS, _MAX_TITLE_WORDS = 90, 10
_MIN_COUNTED = 2
_TIMES_LONGER_THAN_TITLES = 3  # the text below titles together: below items of a list there is less


def with_sections(text: str, all_blocks: Sequence[MarkdownBlock]) -> list[MarkdownBlock]:
    """``all_blocks``, the lines that head a section as headings."""
    cut_blocks = [piece for block in all_blocks for piece in _cut(text, block)]
    return list(_with_numbered(text, list(_with_titles(text, cut_blocks))))


def is_wide_section(line: str) -> bool:
    """Whether a line heads a part or chapter, in which sections stand."""
    match = _SECTION.match(line)
    return match is not None and _is_wide(match)


def _is_wide(section: re.Match[str]) -> bool:
    return section["wide"] is not None or section["wide_in_cjk"] is not None


def _cut(text: str, block: MarkdownBlock) -> Iterator[MarkdownBlock]:
    """A block of prose, or an item with the lines below it, cut at its lines that head a section."""
    if block.kind not in ("prose", "list"):
        yield block
        return
    line_before, start, kind = "", block.start, block.kind
    numbered_starts = _outline_titles(text, block)
    for line_start, line_end in line_spans(text, block.start, block.end):
        line = text[line_start:line_end].strip()
        if line_start in numbered_starts or _heads_section(text, line, line_before, line_end):
            yield from _piece(text, start, line_start, kind)
            yield from _piece(text, line_start, line_end, "heading")
            start, kind = line_end, "prose"
        elif kind == "list" and _goes_on_after_list(text[block.start : block.end], line, line_before):
            yield from _piece(text, start, line_start, kind)
            start, kind = line_start, "prose"
        line_before = line
    yield from _piece(text, start, block.end, kind)


def _goes_on_after_list(item: str, line: str, line_before: str) -> bool:
    """Whether a line below an item of a list is the next clause of the text, "2.3 Trailers …" below "b) …", and no part
    of the item.
    """
    part = _PART_OF_NUMBER.match(line)
    return (
        part is not None
        and line[part.end() :][:1].isupper()
        and not item.startswith(part["number"])
        and _STOP_AT_END.search(line_before) is not None
    )


def _outline_titles(text: str, block: MarkdownBlock) -> frozenset[int]:
    """The starts of the lines of a paragraph that are titles with the numbers of an outline, "1 General", "1.1 Scope",
    "1.2 Limits": none where they do not count on, or have no text below them.
    """
    titles: list[tuple[int, tuple[int, ...], int]] = []  # where it starts, its number, and of which line
    for number, (start, end) in enumerate(line_spans(text, block.start, block.end)):
        title = _OUTLINE_TITLE.fullmatch(text, start, end)
        if title is not None and is_worded_as_title(title["title"].rstrip(), alone=True):
            titles.append((start, tuple(map(int, title["number"].split("."))), number))
    numbers = [number for _, number, _ in titles]
    if len(titles) < _MIN_OUTLINE_TITLES or not any(map(_has_levels, numbers)):
        return frozenset()
    are_counted = all(_counts_on_from(before, after) for before, after in pairwise(numbers))
    above_text = sum(after > before + 1 for (_, _, before), (_, _, after) in pairwise(titles)) + 1
    is_list = 3 * above_text < len(titles)
    return frozenset(start for start, _, _ in titles) if are_counted and not is_list else frozenset()


def _has_levels(number: Sequence[int]) -> bool:
    return len(number) > 1


def _counts_on_from(before: Sequence[int], after: Sequence[int]) -> bool:
    """Whether one number of an outline may follow another one: 1.2 or 1.1.1 or 2 follows 1.1."""
    depth = len(after) - 1
    if depth == len(before):
        return after[:depth] == before and after[depth] == 1
    return depth < len(before) and after[:depth] == before[:depth] and after[depth] == before[depth] + 1


def _piece(text: str, start: int, end: int, kind: MarkdownKind) -> Iterator[MarkdownBlock]:
    span = trim(text, start, end)
    if span is not None:
        yield MarkdownBlock(*span, kind)


def _heads_section(text: str, line: str, line_before: str, end: int) -> bool:
    """Whether ``line``, which ends at ``end``, heads a section of text.

    :param line_before: the line of the same paragraph above it; empty for the first.
    """
    section = _SECTION.match(line)
    if section is None or len(line) > _MAX_CHARACTERS or not _is_title(section["title"]):
        return False
    if line_before and not (
        _STOP_AT_END.search(line_before) or _SECTION.match(line_before) or is_worded_as_title(line_before, alone=True)
    ):
        return False
    section_before = _SECTION.match(line_before)
    if section_before is not None and section_before["title"] and not _is_wide(section_before):
        return False  # the last one of a list
    below = _NEXT_LINE.match(text, end)
    if below is None or below[1][0].islower():
        return False
    return _is_wide(section) or _SECTION.match(below[1]) is None  # a list of sections has no text


def _is_numbered_heading(line: str) -> bool:
    """Whether a line that looks like an item of a list is the numbered heading of a paragraph: "3. LIABILITY"."""
    number = _NUMBERED_LINE.match(line)
    if number is None:
        return False
    title = line[number.end() :].strip()
    if not is_worded_as_title(title, alone=True):
        return False
    return title.isupper() or is_capitalised(title.split(), 1)


def _is_title(title: str | None) -> bool:
    """Whether the text after the number of a section, if any, is no statement."""
    words = (title or "").split()
    return not words or (
        len(words) <= _MAX_TITLE_WORDS
        and not words[0].lstrip('("„“«')[:1].islower()
        and not _NOT_IN_TITLE.search(" ".join(words))
        and (is_question_clause(words) or not has_statement_word(words))
        and not is_function_word(words[-1].lower())  # a line that goes on
    )


def _with_titles(text: str, all_blocks: Sequence[MarkdownBlock]) -> Iterator[MarkdownBlock]:
    """``all_blocks``, the title on the line below a number alone, "Article 12", as a part of that heading."""
    heading: MarkdownBlock | None = None
    for block in all_blocks:
        title_end = _title_end(text, block) if heading is not None and block.kind == "prose" else None
        if heading is not None:
            yield heading if title_end is None else heading._replace(end=title_end)
            heading = None
        if title_end is not None:
            yield from _piece(text, title_end, block.end, block.kind)
        elif block.kind == "heading" and _is_bare(text[block.start : block.end]):
            heading = block
        else:
            yield block
    if heading is not None:
        yield heading


def _is_bare(line: str) -> bool:
    section = _SECTION.match(line)
    return section is not None and section["title"] is None


def _title_end(text: str, block: MarkdownBlock) -> int | None:
    """The end of the first line of a paragraph where it is a title above further text; None where it is none."""
    line_end = next(line_spans(text, block.start, block.end))[1]
    below = _NEXT_LINE.match(text, line_end)
    if below is None or below[1][0].islower() or not is_worded_as_title(text[block.start : line_end], alone=True):
        return None
    return line_end


def _with_numbered(text: str, all_blocks: Sequence[MarkdownBlock]) -> Iterator[MarkdownBlock]:
    """``all_blocks``, those that look like the only item of a list above a paragraph as its heading, and so the titles
    of sections that are counted.
    """
    counted = _counted_titles(text, all_blocks)
    for number, block in enumerate(all_blocks):
        line_end = counted.get(number)
        if line_end is not None:
            yield from _piece(text, block.start, line_end, "heading")
            yield from _piece(text, line_end, block.end, "prose")
        elif _is_numbered(text, all_blocks, number):
            yield block._replace(kind="heading")
        else:
            yield block


def _is_numbered(text: str, all_blocks: Sequence[MarkdownBlock], number: int) -> bool:
    block = all_blocks[number]
    return (
        block.kind == "list"
        and (number == 0 or all_blocks[number - 1].kind != "list")
        and number + 1 < len(all_blocks)
        and all_blocks[number + 1].kind == "prose"
        and text.count("\n", block.end, all_blocks[number + 1].start) > 1
        and (
            _is_numbered_heading(text[block.start : block.end])
            or _counts_on(text, block.start, block.end, all_blocks[number + 1].start)
        )
    )


def _counts_on(text: str, start: int, end: int, start_below: int) -> bool:
    """Whether the paragraph below a line such as "4. Annual leave" has its number with one more: "4.1 All staff …"."""
    title = _NUMBERED_TITLE.fullmatch(text, start, end)
    if title is None or not is_worded_as_title(title["title"], alone=True):
        return False
    first_below = _FIRST_OF_NUMBER.match(text, start_below)
    return first_below is not None and first_below["number"] == title["number"]


def _counted_titles(text: str, all_blocks: Sequence[MarkdownBlock]) -> dict[int, int]:
    """The ends of the lines that are titles with numbers, "2. Price", by the number of their block, where several,
    counted ones have more text right below, or what is below has their number, too: "2.1 The price …".
    """
    titles = dict(_titles_with_numbers(text, all_blocks))
    ends = [end for end, _ in titles.values()]
    starts = [all_blocks[number].start for number in titles]
    text_ends = [all_blocks[number - 1].end for number in [*titles, len(all_blocks)][1:]]
    title_characters = sum(end - start for start, end in zip(starts, ends, strict=True))
    text_characters = sum(text_end - end for end, text_end in zip(ends, text_ends, strict=True))
    are_counted = all(after == before + 1 for (_, before), (_, after) in pairwise(titles.values()))
    is_list = text_characters < _TIMES_LONGER_THAN_TITLES * title_characters
    if len(titles) < _MIN_COUNTED or not are_counted or is_list:  # an excerpt leaves sections out
        return {number: end for number, (end, count) in titles.items() if _has_part_below(text, end, count)}
    return dict(zip(titles, ends, strict=True))


def _has_part_below(text: str, end: int, count: int) -> bool:
    """Whether the line below a title with the number ``count``, which ends at ``end``, is a part of that: "5.1 …"."""
    below = _NEXT_LINE.match(text, end)
    part = _PART_OF_NUMBER.match(below[1]) if below else None
    return part is not None and int(part["number"]) == count


def _titles_with_numbers(text: str, all_blocks: Sequence[MarkdownBlock]) -> Iterator[tuple[int, tuple[int, int]]]:
    """The blocks, by number, that begin with a number and a title right above other text, after a blank line, or with a
    sentence or a part ("2.1 …") below; with the end of the title's line, and the number.
    """
    end_before = -2
    for number, block in enumerate(all_blocks):
        title = _COUNTED.match(text, block.start) if block.kind == "list" else None
        is_apart = end_before < 0 or text.count("\n", end_before, block.start) > 1
        end_before = block.end
        if title is None or not is_worded_as_title(title["title"].rstrip(), alone=True):
            continue
        count = int(title["number"])
        if is_apart or _has_sentence_below(text, title.end(), block.end) or _has_part_below(text, title.end(), count):
            yield number, (title.end(), count)


def _has_sentence_below(text: str, title_end: int, end: int) -> bool:
    """Whether a sentence begins on the line below a title: what only goes on there begins with a small letter."""
    below = _NEXT_LINE.match(text, title_end, end)
    return below is not None and below[1][0].isupper() and _STOP_AT_END.search(text, title_end, end) is not None
