"""Lines that go on and lines that stand by themselves: hard-wrapped prose against logs, lists, verse and addresses.

Named evidence is added up for a paragraph of lines; what has more evidence of prose than of records is joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from ragzip.text.languages import is_function_word
from ragzip.text.splitters.scanner import line_spans, trim
from ragzip.text.words import is_unspaced

__all__ = ["Evidence", "Region", "evidence_of", "joined", "regions"]

RegionKind = Literal["prose", "record", "header", "row", "margin"]


class Region(NamedTuple):
    """``text[start:end]`` is prose, or a line that is a unit by itself.

    ``flat`` is prose of the same length without line breaks, marks of quoted mail and page margins (blanks instead).
    """

    start: int
    end: int
    kind: RegionKind
    flat: str = ""


class Evidence(NamedTuple):
    """What speaks for prose and for records: shares of the lines or of the line breaks of a paragraph, 0 to 1."""

    flows: float  # the next line begins with a small letter, and this one has no stop at its end
    dangles: float  # this line ends with a function word or inside a word
    inner_stops: float  # a sentence ends and another begins inside the line
    full: float  # the first word of the next line would not have fitted
    ended: float  # this line ends with a stop, or (half as much) with a comma or a colon
    all_fresh: float  # 1 where (nearly) every line begins with a capital letter, a digit or a sign
    no_small_words: float  # 1 where hardly a word is a function word
    narrow: float  # 1 where most lines end early and the longest is short
    records: float  # the line looks like a record: a time, a key, columns, a figure at its end

    @property
    def score(self) -> float:
        """Above 0: prose."""
        return (
            1.5 * self.flows
            + 2.0 * self.dangles
            + 1.5 * self.inner_stops
            + 2.0 * self.full
            - 1.0
            - 1.0 * self.ended
            - 1.5 * self.all_fresh
            - 1.0 * self.no_small_words
            - 1.0 * self.narrow
            - 2.5 * self.records
        )


_MAX_WIDTH = 160  # characters; longer lines are paragraphs
_NARROW_WIDTH = 56
_LONGEST_RECORD = 500
_SHORTEST_PARAGRAPH = 12
_QUOTED = re.compile(r"(?:[ \t]{0,3}>){1,9}[ \t]?")
_RECORD = re.compile(
    r"""[ \t]{0,8}(?:
        [\[(]?\d{4}[-/.]\d\d[-/.]\d\d | [\[(]?\d{1,2}:\d\d | [A-Z][a-z]{2}\ [\ \d]\d\ \d\d: | \d{1,3}(?:\.\d{1,3}){3}\b
      | [-dlbcps][-rwxsStT]{9}\b | total\ \d | \[[^\]\n]{1,60}\]
      | File\ ".{1,200}",\ line | at\ [\w.$<>]{1,200}\( | Traceback\ | \w{0,60}(?:Error|Exception|Warning):
      | \S{1,80}\ \d{4}-\d\d-\d\d[\ T]\d | [^\n]{0,80}\b(?:INFO|WARN|WARNING|ERROR|DEBUG|FATAL|TRACE)\b
      | [$%#>]\ \S | </?\w | [A-Z]{4,7}\s{1,3}\S
      | [^\W\d][^\s:=]{0,40}(?:\ [^\s:=]{1,40}){0,2}\ {0,3}(?:=|:(?=\s|$)|\t)
    ) | [^\t\n]{0,400}\t | [^\n]{0,400}\S[ ]{3,40}\S | [^\n]{0,400}[{};]$ | [^|\n]{1,400}\|""",
    re.VERBOSE,
)
_TURN = re.compile(r"[^\W\d][^\s:=\d]{0,40}(?: [^\s:=]{1,40}){0,2}: ")
_FIGURE_AT_END = re.compile(r"\d[\d.,/:-]{0,20}\)?\s?(?:[€$£%]|EUR|USD|GBP|[KMGT]i?B|kg|g|ml|l|h|min)?$")
_STOP_AT_END = re.compile(r"[.!?…。！？।॥؟۔]['\"”’»)\]」』]{0,3}$")
_PAUSE_AT_END = re.compile(r"[,;:，、；：—–]['\"”’»)\]]{0,3}$")
_INNER_STOP = re.compile(
    r"[a-zà-öø-ÿά-ώа-я\u0590-\u06ff\u0900-\u0dff\uac00-\ud7af0-9)\]\"”»][.!?…][\"”’»)\]]{0,3}\s+[\"“‘«(¿¡]?[^\W\d_a-zà-öø-ÿа-я]|[。！？।؟۔](?=\S|\s\S)"
)
_HYPHEN_AT_END = re.compile(r"[^\W\d_][-\u00ad\u2010]$")
_LAST_WORD = re.compile(r"([^\W\d_]{1,20})['’]?$")
_PAGE_WORD = r"(?:page|seite|página|pagina|pág\.|pag\.|стр\.|страница|sida|side|strona|sivu|sayfa|oldal|p\.|S\.)"
_NUMBER_OF = r"\d{1,4}(?:\s{0,2}(?:/|of|von|de|di|sur|из|z|av|van)\s{0,2}\d{1,4})?"
_PAGE_LINE = re.compile(
    rf"\W{{0,4}}{_PAGE_WORD}\s{{0,3}}{_NUMBER_OF}\W{{0,4}}$|[^\n]{{1,120}}(?:\s{{3,99}}|\s[|·•]\s){_PAGE_WORD}\s{{0,3}}{_NUMBER_OF}$"
    rf"|{_PAGE_WORD}\s{{0,3}}{_NUMBER_OF}(?:\s{{3,99}}|\s[|·•]\s)[^\n]{{1,120}}$",
    re.IGNORECASE,
)
_PAGE_NUMBER = re.compile(r"[-–—\[(|\s]{0,4}\d{1,4}[-–—\])|\s]{0,4}$")
_DIGIT = re.compile(r"\d")
_FORMULA_AT_END = re.compile(  # "O", "CO", "Ca(OH)": extracted text has the figure below it on a line of its own
    r"(?<![\w.])\d{0,2}\(?(?:(?:H|C|N|O|F|P|S|K|B|Na|Mg|Al|Si|Cl|Ca|Cr|Mn|Fe|Co|Cu|Zn|Ag|Pb)\d{0,2}|\([A-Z]{1,3}\)){1,5}$"
)
_SUBSCRIPT = re.compile(r"\d{1,2}(?:[A-Z][a-z]?\d{0,2}){0,4}[+−-]?(?![\w/]|[.,:]\d)")
_LIST_NUMBER = re.compile(r"\d{1,2}[.)]\s")
_SEPARATORS = tuple(re.compile(separator) for separator in ("\t", ";", ",", r"\|", r"(?<=\S) {2,}+(?=\S)"))


class _Row(NamedTuple):
    """One line: its span, its words, and how deep it is quoted. ``apart``: a blank line is before it."""

    start: int
    end: int
    content: str
    quoted: str
    apart: bool
    margin: bool


def regions(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Region]:
    """The regions of paragraphs that follow one another with nothing but blank lines between them."""
    rows = _rows(text, spans)
    for paragraph, margins in _paragraphs(rows):
        lines: list[Region] = list(_paragraph_regions(text, paragraph))
        loose = [Region(row.start, row.end, "margin") for row in margins if not _inside(row, lines)]
        yield from sorted(lines + loose)


def joined(contents: Sequence[str]) -> bool:
    """Whether the line breaks between ``contents`` only wrap them."""
    return len(contents) < 2 or evidence_of(contents).score > 0


def _inside(row: _Row, lines: Sequence[Region]) -> bool:
    return any(region.start <= row.start < region.end for region in lines)


def _rows(text: str, spans: Sequence[tuple[int, int]]) -> list[_Row]:
    rows: list[_Row] = []
    for span in spans:
        lines = list(line_spans(text, *span))
        for number, (start, end) in enumerate(lines):
            quote = _QUOTED.match(text, start, end)
            content = text[quote.end() if quote else start : end].strip()
            edge = number in (0, len(lines) - 1)
            margin = bool(_PAGE_LINE.match(content)) or (
                edge and bool(_PAGE_NUMBER.match(content)) and len(content) < 12
            )
            quoted = "".join(quote.group().split()) if quote else ""
            if line := trim(text, start, end):
                row = _Row(*line, content, quoted, number == 0, margin)
                if number and rows and _is_subscript(rows[-1], row):
                    before = rows.pop()
                    row = before._replace(end=row.end, content=text[before.start : row.end])
                rows.append(row)
    return rows


def _is_subscript(before: _Row, row: _Row) -> bool:
    """Whether ``row`` begins with the figure of a formula that ``before`` ends with."""
    if before.quoted or row.quoted or not _SUBSCRIPT.match(row.content) or not _FORMULA_AT_END.search(before.content):
        return False
    return len(before.content) > _NARROW_WIDTH or not _LIST_NUMBER.match(row.content)


def _paragraphs(rows: Sequence[_Row]) -> Iterator[tuple[list[_Row], list[_Row]]]:
    """Lines of one paragraph each, also over the end of a page, and the page margins among and after them."""
    paragraph: list[_Row] = []
    margins: list[_Row] = []
    apart = False
    for row in rows:
        apart = apart or row.apart
        if row.margin:
            margins.append(row)
            apart = True
            continue
        if paragraph and (
            (apart and not _goes_on(paragraph[-1], row, over_page=bool(margins) and margins[-1] > paragraph[-1]))
            or row.quoted != paragraph[-1].quoted
        ):
            yield paragraph, margins
            paragraph, margins = [], []
        paragraph.append(row)
        apart = False
    if paragraph or margins:
        yield paragraph, margins


def _goes_on(before: _Row, row: _Row, *, over_page: bool) -> bool:
    """Whether a sentence goes on over a gap: the end of a page, or a blank line inside a word or after a small word."""
    if not row.content[:1].islower() or _STOP_AT_END.search(before.content) or before.content.endswith(":"):
        return False
    return len(before.content) >= 20 and (over_page or _dangles(before.content))


def _paragraph_regions(text: str, rows: Sequence[_Row]) -> Iterator[Region]:
    if not rows:
        return
    contents = [row.content for row in rows]
    if not joined(contents):
        yield from _lines(text, rows)
        return
    width = _wrap_width(contents)
    first = 0
    for number in range(1, len(rows) + 1):
        alone = number - 1 == first or bool(_STOP_AT_END.search(contents[number - 2]))
        if number == len(rows) or (alone and _ends_early(contents[number - 1], contents[number], width)):
            yield _prose(text, rows[first:number])
            first = number


def _prose(text: str, rows: Sequence[_Row]) -> Region:
    """Lines as one region: everything between their words is blank."""
    start, end = rows[0].start, rows[-1].end
    parts: list[str] = []
    at = start
    for row in rows:
        begin = text.index(row.content, row.start, row.end) if row.content else row.end
        parts += [" " * (begin - at), row.content.replace("\n", " ")]
        at = begin + len(row.content)
    parts.append(" " * (end - at))
    return Region(start, end, "prose", "".join(parts))


def _lines(text: str, rows: Sequence[_Row]) -> Iterator[Region]:
    """Lines that are not joined: paragraphs of prose in a line each, or records."""
    has_header = _has_header([row.content for row in rows])
    for number, row in enumerate(rows):
        if not has_header and _is_paragraph(row.content):
            yield _prose(text, [row])
        else:
            kind: RegionKind = "record" if not has_header else "row" if number else "header"
            yield Region(row.start, row.end, kind)


def _is_paragraph(content: str) -> bool:
    """Whether a line by itself is prose: whole sentences, or a turn of talk that is too long for one unit."""
    if _RECORD.match(content):
        return len(content) > _LONGEST_RECORD and bool(_TURN.match(content) and _INNER_STOP.search(content))
    if _STOP_AT_END.search(content):
        return len(content) >= _SHORTEST_PARAGRAPH
    return len(content) > _MAX_WIDTH and bool(_INNER_STOP.search(content))


def _has_header(contents: Sequence[str]) -> bool:
    """Whether lines are columns below their names: as many separators in each, figures in all but the first."""
    if len(contents) < 3 or _DIGIT.search(contents[0]):
        return False
    for separator in _SEPARATORS:
        counts = {len(separator.findall(content)) for content in contents}
        if len(counts) == 1 and counts.pop() >= 1:
            return sum(bool(_DIGIT.search(content)) for content in contents[1:]) * 2 >= len(contents) - 1
    return False


def evidence_of(contents: Sequence[str]) -> Evidence:
    """The evidence of the lines of a paragraph: two or more, without white space at their ends."""
    width = _wrap_width(contents)
    pairs = list(pairwise(contents))
    breaks = len(pairs)
    fresh = sum(_is_fresh(after) for _, after in pairs) / breaks
    full = sum(not _would_fit(before, after, width) for before, after in pairs) / breaks
    return Evidence(
        flows=sum(after[:1].islower() and not _STOP_AT_END.search(before) for before, after in pairs) / breaks,
        dangles=sum(_dangles(before) for before, _ in pairs) / breaks,
        inner_stops=min(1.0, 2 * sum(bool(_INNER_STOP.search(line)) for line in contents) / len(contents)),
        full=full if width <= _MAX_WIDTH else 0.0,
        ended=sum(_ended(line) for line, _ in pairs) / breaks,
        all_fresh=float(fresh >= 0.9),
        no_small_words=float(_lacks_small_words(contents)),
        narrow=float(full <= 0.4 and width <= _NARROW_WIDTH),
        records=sum(bool(_RECORD.match(line) or _FIGURE_AT_END.search(line)) for line in contents) / len(contents),
    )


def _ended(line: str) -> float:
    return 1.0 if _STOP_AT_END.search(line) else 0.5 if _PAUSE_AT_END.search(line) else 0.0


def _lacks_small_words(contents: Sequence[str]) -> bool:
    """Whether less than a fifth of the words are function words, in ASCII text of eight words or more."""
    tokens = [token for content in contents for token in content.lower().split()]
    if len(tokens) < 8 or not all(content.isascii() for content in contents):
        return False
    return 5 * sum(is_function_word(token.strip(".,;:!?\"'()")) for token in tokens) < len(tokens)


def _wrap_width(contents: Sequence[str]) -> int:
    """The width that lines were wrapped at: the longest but for a tenth of them, which may be too long."""
    widths = sorted(len(content) for content in contents)
    return widths[-1 - len(widths) // 8] if len(widths) >= 5 else widths[-1]


def _would_fit(before: str, after: str, width: int) -> bool:
    word = after.split(None, 1)[0] if after else ""
    if word and is_unspaced(word[0]):
        return len(before) + 2 < width
    return len(before) + 1 + len(word) < width - 1


def _ends_early(before: str, after: str, width: int) -> bool:
    """Whether a line break inside prose was meant: the line is short, and the next one begins afresh."""
    if len(before) > 0.6 * width or not _is_fresh(after) or after[:1].isdigit() or _dangles(before):
        return False
    return not _PAUSE_AT_END.search(before) and not _STOP_AT_END.search(before)


def _is_fresh(content: str) -> bool:
    first = content[:1]
    return not (first.islower() or (first.isalpha() and not first.isupper()))


def _dangles(content: str) -> bool:
    if _HYPHEN_AT_END.search(content):
        return True
    last = _LAST_WORD.search(content[-24:])
    return last is not None and is_function_word(last.group(1))
