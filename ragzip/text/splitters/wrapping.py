"""Hard-wrapped prose, whose lines are joined, and records (logs, lists, verse, addresses), whose lines are units.

Named pieces of evidence are weighed for each paragraph of lines; those that speak for prose decide on joining.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import COLONS, DIGIT
from ragzip.text.splitters.headings.caseless import are_entries
from ragzip.text.splitters.line_evidence import (
    FIGURE_AT_END,
    INNER_STOP,
    MAX_WIDTH_CHARACTERS,
    NARROW_WIDTH_CHARACTERS,
    PAUSE_AT_END,
    RECORD,
    evidence_of,
    is_fresh,
    would_fit,
    wrap_width,
)
from ragzip.text.splitters.page_margins import (
    differ_by_page,
    is_page_line,
    is_page_number,
    names_page,
    wording_of_margin,
)
from ragzip.text.splitters.prose.breaks import (
    HYPHEN_AT_END,
    STOP_AT_END,
    are_bare_lines,
    dangles,
    hangs,
    is_broken_number,
    runs_on,
)
from ragzip.text.splitters.scanner import line_spans, trim

__all__ = ["Region", "joined", "regions"]

RegionKind = Literal["prose", "record", "header", "row", "margin"]


class Region(NamedTuple):
    """A part of a text: prose, or a line that is a unit by itself.

    ``flat`` is prose as one line of the same length: line breaks, quote marks of mail and page margins are blanks.
    ``margins`` are the spans of the margins of pages in it.
    """

    start: int
    end: int
    kind: RegionKind
    flat: str = ""
    margins: tuple[tuple[int, int], ...] = ()


_LONG_LINE = 100  # characters: of wrapped prose, or a paragraph
_MAX_RECORD_CHARACTERS, _MIN_PARAGRAPH_CHARACTERS = 500, 12
_MIN_WRAPPED_LINES, _LEAST_LINE_SHARE = 4, 0.7  # of a text, which show its width; of that, of most of them
_QUOTED = pattern_of(r"(?:[ \t]{0,3}>){1,9}[ \t]?")
_KEY = pattern_of(r"[^\s:|,;\t][^:|,;\t\n]{0,40}:\s")  # before its value
_SPEAKER_TURN = pattern_of(r"[^\W\d][^\s:=\d]{0,40}(?: [^\s:=]{1,40}){0,2}: ")
_MAX_MARGINS = 4  # one after another, at the end of a page
_LEAST_OF_OPEN_LINE = 20  # characters: a shorter line is rather a heading
_FORMULA_AT_END = pattern_of(  # "O", "CO", "Ca(OH)": extracted text has the figure below it on a line of its own
    r"(?<![\w.])\d{0,2}\(?(?:(?:H|C|N|O|F|P|S|K|B|Na|Mg|Al|Si|Cl|Ca|Cr|Mn|Fe|Co|Cu|Zn|Ag|Pb)\d{0,2}|\([A-Z]{1,3}\)){1,5}$"
)
_SUBSCRIPT = pattern_of(r"\d{1,2}(?:[A-Z][a-z]?\d{0,2}){0,4}[+−-]?(?![\w/]|[.,:]\d)")
_LIST_NUMBER = pattern_of(r"\d{1,2}[.)]\s")
_SEPARATORS = tuple(pattern_of(separator) for separator in ("\t", ";", ",", r"\|", r"(?<=\S) {2,}+(?=\S)"))


class _TextLine(NamedTuple):
    """One line: its span, its text without quote marks, and these. ``apart``: it follows a blank line."""

    start: int
    end: int
    content: str
    quoted: str
    apart: bool
    margin: bool


def regions(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Region]:
    """The regions of the paragraphs ``spans``, between which are only blank lines, in order."""
    paragraphs = list(_paragraphs(_with_running_lines(_text_lines(text, spans))))
    width = _text_width([paragraph for paragraph, _ in paragraphs])
    for paragraph, margins in paragraphs:
        line_regions = [_with_margins(region, margins) for region in _paragraph_regions(text, paragraph, width)]
        inner_margins = {span for region in line_regions for span in region.margins}
        outer_margins = [margin[:2] for margin in margins if margin[:2] not in inner_margins]
        yield from sorted([*line_regions, *(Region(*span, "margin") for span in outer_margins)])


def joined(contents: Sequence[str]) -> bool:
    """Whether ``contents``, the lines of a paragraph, are hard-wrapped prose."""
    are_lines = are_entries(contents) or are_bare_lines(contents)
    return not are_lines and (len(contents) < 2 or evidence_of(contents).score > 0 or runs_on(contents))


def _with_margins(region: Region, margins: Sequence[_TextLine]) -> Region:
    first, after = (bisect_left(margins, place, key=lambda margin: margin.start) for place in region[:2])
    return region._replace(margins=tuple(margin[:2] for margin in margins[first:after])) if first < after else region


def _text_lines(text: str, spans: Sequence[tuple[int, int]]) -> list[_TextLine]:
    text_lines: list[_TextLine] = []
    for span in spans:
        paragraph_lines = list(line_spans(text, *span))
        is_contents = sum(is_page_line(text[start:end].strip()) for start, end in paragraph_lines) > 1
        for number, (start, end) in enumerate(paragraph_lines):
            quote_marks = _QUOTED.match(text, start, end)
            content_start = quote_marks.end() if quote_marks else start
            content = text[content_start:end].strip()
            is_edge = number in (0, len(paragraph_lines) - 1)
            is_number = is_edge and is_page_number(content)
            goes_on = is_number and number > 0 and is_broken_number(text_lines[-1].content, content)
            is_margin = (is_page_line(content) and not is_contents) or (is_number and not goes_on)
            quote_level = "".join(quote_marks.group().split()) if quote_marks else ""
            if trimmed := trim(text, start, end):
                text_line = _TextLine(*trimmed, content, quote_level, number == 0, is_margin)
                if number and text_lines and _is_subscript(text_lines[-1], text_line):
                    formula_line = text_lines.pop()
                    text_line = formula_line._replace(
                        end=text_line.end, content=text[formula_line.start : text_line.end]
                    )
                text_lines.append(text_line)
    return text_lines


def _with_running_lines(text_lines: list[_TextLine]) -> list[_TextLine]:
    """``text_lines``, with the headers and footers of pages as margins: lines alone that stand beside the number of a
    page or within a sentence, if most lines of their wording, two or more, do, and differ in page numbers alone.
    """
    places: dict[str, list[int]] = {}  # by wording
    for number, line in enumerate(text_lines):
        is_alone = line.apart and (number + 1 == len(text_lines) or text_lines[number + 1].apart)
        if is_alone and not line.margin and not line.content[:1].islower():
            places.setdefault(wording_of_margin(line.content), []).append(number)
    for wording, numbers in places.items():
        if not any(map(str.isalpha, wording)):
            continue
        at_page_ends = sum(_is_at_page_end(text_lines, number) for number in numbers)
        is_wording_of_margins = len(numbers) > 1 and 2 * at_page_ends >= len(numbers)
        if is_wording_of_margins and differ_by_page([text_lines[number].content for number in numbers]):
            for number in numbers:
                text_lines[number] = text_lines[number]._replace(margin=True)
    return text_lines


def _is_at_page_end(text_lines: Sequence[_TextLine], number: int) -> bool:
    """Whether the line before or after a line is the number of a page, or a sentence runs over it."""
    before = text_lines[max(0, number - _MAX_MARGINS) : number][::-1]
    after = text_lines[number + 1 : number + 1 + _MAX_MARGINS]
    if any(names_page(line.content) for line in (*before[:1], *after[:1])):
        return True
    wording = wording_of_margin(text_lines[number].content)
    last_before, first_after = (
        next((line for line in lines if not line.margin and wording_of_margin(line.content) != wording), None)
        for lines in (before, after)
    )
    return last_before is not None and first_after is not None and _goes_on(last_before, first_after, over_page=True)


def _is_subscript(before: _TextLine, line: _TextLine) -> bool:
    """Whether ``line`` begins with a subscript of the formula at the end of ``before``."""
    if before.quoted or line.quoted or not _SUBSCRIPT.match(line.content) or not _FORMULA_AT_END.search(before.content):
        return False
    return len(before.content) > NARROW_WIDTH_CHARACTERS or not _LIST_NUMBER.match(line.content)


def _paragraphs(text_lines: Sequence[_TextLine]) -> Iterator[tuple[list[_TextLine], list[_TextLine]]]:
    """The lines of each paragraph, which may run over the end of a page, and the page margins among and after them."""
    paragraph: list[_TextLine] = []
    margins: list[_TextLine] = []
    apart = False
    for line, is_label in zip(text_lines, _over_long_lines(text_lines), strict=True):
        apart = apart or line.apart or is_label
        if line.margin:
            margins.append(line)
            apart = True
            continue
        if paragraph and (
            (apart and not _goes_on(paragraph[-1], line, over_page=bool(margins) and margins[-1] > paragraph[-1]))
            or line.quoted != paragraph[-1].quoted
        ):
            yield paragraph, margins
            paragraph, margins = [], []
        paragraph.append(line)
        apart = is_label
    if paragraph or margins:
        yield paragraph, margins


def _over_long_lines(text_lines: Sequence[_TextLine]) -> Iterator[bool]:
    """Whether each line is a label on a line of its own, after a sentence and above wrapped prose: "Cost of Sales:"."""
    for before, line, after in zip([None, *text_lines], text_lines, [*text_lines[1:], None], strict=False):
        yield (
            before is not None
            and after is not None
            and line.content[-1:] in COLONS
            and len(line.content) <= NARROW_WIDTH_CHARACTERS
            and len(after.content) >= _LONG_LINE
            and STOP_AT_END.search(before.content) is not None
        )


def _goes_on(before: _TextLine, line: _TextLine, *, over_page: bool) -> bool:
    """Whether a sentence continues after a gap: a page end, or a blank line within a word or after a function word."""
    if not line.content[:1].islower() or STOP_AT_END.search(before.content) or before.content.endswith(":"):
        return False
    if len(before.content) < _LEAST_OF_OPEN_LINE and not HYPHEN_AT_END.search(before.content):
        return False
    return over_page or dangles(before.content)


def _text_width(paragraphs: Sequence[Sequence[_TextLine]]) -> int | None:
    """The width in characters that a whole text is wrapped at; None of one that is not, or too short to tell."""
    wrapped_lines = [line.content for paragraph in paragraphs for line in paragraph[:-1]]
    if len(wrapped_lines) < _MIN_WRAPPED_LINES:
        return None
    width = wrap_width(wrapped_lines)
    long_lines = sum(len(content) >= _LEAST_LINE_SHARE * width for content in wrapped_lines)
    return width if width <= MAX_WIDTH_CHARACTERS and long_lines >= _LEAST_LINE_SHARE * len(wrapped_lines) else None


def _is_wrapped(contents: Sequence[str], width: int | None) -> bool:
    """Whether every line of a paragraph breaks inside a word, or where a text of this ``width`` does."""
    neighbours = list(pairwise(contents))
    if all(HYPHEN_AT_END.search(before) and after[:1].islower() for before, after in neighbours):
        return True
    if width is None or not STOP_AT_END.search(contents[-1]) or any(map(RECORD.match, contents)):
        return False
    return all(not would_fit(before, after, width) or hangs(before, after) for before, after in neighbours)


def _paragraph_regions(text: str, text_lines: Sequence[_TextLine], text_width: int | None) -> Iterator[Region]:
    if not text_lines:
        return
    contents = [line.content for line in text_lines]
    if not joined(contents) and not _is_wrapped(contents, text_width):
        yield from _line_regions(text, text_lines)
        return
    width = wrap_width(contents)
    first_number = 0
    for number in range(1, len(text_lines) + 1):
        stands_alone = number - 1 == first_number or bool(STOP_AT_END.search(contents[number - 2]))
        if number == len(text_lines) or (stands_alone and _ends_early(contents[number - 1], contents[number], width)):
            yield _prose(text, text_lines[first_number:number])
            first_number = number


def _prose(text: str, text_lines: Sequence[_TextLine]) -> Region:
    """One region of prose from ``text_lines``: everything between their contents is blank in it."""
    start, end = text_lines[0].start, text_lines[-1].end
    flat_parts: list[str] = []
    written_end = start
    for line in text_lines:
        content_start = text.index(line.content, line.start, line.end) if line.content else line.end
        flat_parts += [" " * (content_start - written_end), line.content.replace("\n", " ")]
        written_end = content_start + len(line.content)
    flat_parts.append(" " * (end - written_end))
    return Region(start, end, "prose", "".join(flat_parts))


def _line_regions(text: str, text_lines: Sequence[_TextLine]) -> Iterator[Region]:
    """The regions of lines that are not joined: each is a paragraph of prose, or a record."""
    text_lines = _with_numbers_joined(text, text_lines)
    has_header = _has_header([line.content for line in text_lines])
    for number, line in enumerate(text_lines):
        if not has_header and _is_paragraph(line.content):
            yield _prose(text, [line])
        else:
            kind: RegionKind = "record" if not has_header else "row" if number else "header"
            yield Region(line.start, line.end, kind)


def _with_numbers_joined(text: str, text_lines: Sequence[_TextLine]) -> list[_TextLine]:
    """``text_lines``, each with the rest of the number that it ends in."""
    figure_count = sum(FIGURE_AT_END.search(line.content) is not None for line in text_lines)
    have_figures = len(text_lines) > 2 and 2 * figure_count > len(text_lines)  # of their own
    groups: list[list[_TextLine]] = []
    for line in text_lines:
        is_apart = line.quoted or (have_figures and line.content[:1].isalpha())
        if groups and not is_apart and is_broken_number(groups[-1][-1].content, line.content):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [
        first._replace(end=rest[-1].end, content=text[first.start : rest[-1].end]) if rest else first
        for first, *rest in groups
    ]


def _is_paragraph(content: str) -> bool:
    """Whether one line is a paragraph of prose: whole sentences, or a speaker's turn that is too long for one unit."""
    if RECORD.match(content):
        return len(content) > _MAX_RECORD_CHARACTERS and bool(
            _SPEAKER_TURN.match(content) and INNER_STOP.search(content)
        )
    if STOP_AT_END.search(content):
        return len(content) >= _MIN_PARAGRAPH_CHARACTERS
    return len(content) > MAX_WIDTH_CHARACTERS and bool(INNER_STOP.search(content))


def _has_header(contents: Sequence[str]) -> bool:
    """Whether the first line names the columns of the others: all have as many separators, most others have figures,
    and they do not end like sentences.
    """
    if len(contents) < 3 or DIGIT.search(contents[0]) or all(map(_KEY.match, contents)):
        return False
    if 2 * sum(STOP_AT_END.search(content) is not None for content in contents) > len(contents):
        return False
    for separator in _SEPARATORS:
        separator_counts = {len(separator.findall(content)) for content in contents}
        if len(separator_counts) == 1 and separator_counts.pop() >= 1:
            return sum(bool(DIGIT.search(content)) for content in contents[1:]) * 2 >= len(contents) - 1
    return False


def _ends_early(before: str, after: str, width: int) -> bool:
    """Whether a line break inside prose is intended: the line is short, and the next one begins like a paragraph."""
    if len(before) > 0.6 * width or not is_fresh(after) or after[:1].isdigit() or hangs(before, after):
        return False
    return not PAUSE_AT_END.search(before) and not STOP_AT_END.search(before)
