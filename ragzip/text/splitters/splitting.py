"""The units of a text: what is kept or dropped as a whole, and what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Literal, NamedTuple

from ragzip.process.memory import BoundedCache, strings_bytes
from ragzip.text.languages import is_function_word, language_of
from ragzip.text.spans import Span
from ragzip.text.splitters.elements import elements
from ragzip.text.splitters.prose import clauses, is_unmarked, sentence_spans
from ragzip.text.splitters.scanner import Kind, blocks, line_spans, trim
from ragzip.text.splitters.wrapping import Region, joined, regions
from ragzip.text.words import words

__all__ = ["SplitUnit", "UnitKind", "lines", "passages", "sentences", "units"]

UnitKind = Literal[
    "sentence",
    "heading",  # of what follows, up to the next heading
    "lead-in",  # a sentence that the items, rows or code after it hang on; it may say something by itself
    "item",  # of a list, with its continuation lines
    "header",  # the first row of a table or CSV, which names its columns
    "delimiter",  # the row of dashes below it
    "row",
    "record",  # a line that is a unit by itself: log, phone list, key and value, verse
    "code",
    "json",
    "question",  # of the answers that follow
    "answer",
    "margin",  # a page's header, footer or number
]


class SplitUnit(NamedTuple):
    """``text[start:end]`` is one unit, without white space at its ends."""

    start: int
    end: int
    kind: UnitKind


def units(text: str, *, longest_block: int | None = None) -> tuple[SplitUnit, ...]:
    """The units of ``text``, in order.

    :param longest_block: characters from which code and JSON are given line by line and list items sentence by
        sentence; None: never.
    """
    whole = _units_by_text.get_or_compute(text, _units)
    if longest_block is None or all(unit.end - unit.start <= longest_block for unit in whole):
        return whole
    return tuple(piece for unit in whole for piece in _opened(text, unit, longest_block))


def _opened(text: str, unit: SplitUnit, longest: int) -> Iterator[SplitUnit]:
    if unit.end - unit.start <= longest or unit.kind not in ("code", "json", "item"):
        yield unit
    elif unit.kind == "item":
        for region in regions(text, [(unit.start, unit.end)]):
            yield from (SplitUnit(*span, "item") for span in _spans(text, region, language_of(text)))
    else:
        yield from (SplitUnit(*line, unit.kind) for line in lines(text, unit.start, unit.end))


def sentences(text: str, *, longest_block: int | None = None) -> list[Span]:
    """Offsets of the units of ``text``, whatever their kind.

    :param longest_block: characters from which code and JSON are given line by line and list items sentence by
        sentence; None: never.
    """
    return [Span(unit.start, unit.end) for unit in units(text, longest_block=longest_block)]


def _units(text: str) -> tuple[SplitUnit, ...]:
    language = language_of(text)
    collected: list[SplitUnit] = []
    for kind, run in groupby(blocks(text), key=lambda block: block.kind):
        spans = [(block.start, block.end) for block in run]
        if kind == "prose":
            collected += _prose_units(text, spans, language)
            continue
        _mark_lead_in(text, collected, spans[0][0], kind)
        for start, end in spans:
            collected += _block_units(text, start, end, kind, language)
    return tuple(collected)


def _block_units(text: str, start: int, end: int, kind: Kind, language: str | None) -> Iterator[SplitUnit]:
    if kind == "table":
        yield from _rows(text, start, end)
    elif kind == "json":
        yield from (SplitUnit(*span, "json") for span in elements(text, start, end))
    elif kind == "list":
        yield from _item(text, start, end, language)
    elif kind != "prose":
        yield SplitUnit(start, end, kind)


def _item(text: str, start: int, end: int, language: str | None) -> Iterator[SplitUnit]:
    """A list item with the lines that go on it: indented ones, and ones that the line breaks only wrap."""
    rows = lines(text, start, end)
    after = 1
    while after < len(rows) and text[rows[after].start - 1] in " \t":
        after += 1
    if after == len(rows) or joined([text[row.start : row.end] for row in rows]):
        yield SplitUnit(start, end, "item")
        return
    yield SplitUnit(start, rows[after - 1].end, "item")
    yield from _prose_units(text, [(rows[after].start, end)], language)


_DELIMITER = re.compile(r"[|:\-+=\s]++$")


def _rows(text: str, start: int, end: int) -> Iterator[SplitUnit]:
    rows = lines(text, start, end)
    has_header = len(rows) > 1 and bool(_DELIMITER.match(text[rows[1].start : rows[1].end]))
    for number, row in enumerate(rows):
        is_rule = bool(_DELIMITER.match(text[row.start : row.end]))
        yield SplitUnit(*row, "header" if has_header and not number else "delimiter" if is_rule else "row")


def _mark_lead_in(text: str, collected: list[SplitUnit], start: int, kind: Kind) -> None:
    """The sentence before a list is its lead-in where it ends in a colon or stands on the line above."""
    if not collected or collected[-1].kind != "sentence":
        return
    last = collected[-1]
    above = kind == "list" and text.count("\n", last.end, start) == 1
    if kind != "heading" and (above or text[last.end - 1] in ":："):
        collected[-1] = last._replace(kind="lead-in")


def _prose_units(text: str, spans: list[tuple[int, int]], language: str | None) -> list[SplitUnit]:
    """Paragraphs that follow one another."""
    collected: list[SplitUnit] = []
    paragraphs = list(regions(text, spans))
    for number, region in enumerate(paragraphs):
        source = text[region.start : region.end]
        following = paragraphs[number + 1] if number + 1 < len(paragraphs) else None
        if region.kind in ("prose", "record") and (pair := _QUESTION_OR_ANSWER.match(source)):
            collected.append(SplitUnit(region.start, region.end, "question" if pair.group(1) else "answer"))
        elif bold := _BOLD.match(source):
            collected.append(SplitUnit(region.start, region.end, "question" if bold.group(1) in "?？" else "heading"))
        elif (
            following is not None and region.kind in ("prose", "record") and _is_title(text, source, region, following)
        ):
            collected.append(SplitUnit(region.start, region.end, "heading"))
        elif region.kind == "prose":
            collected += [SplitUnit(*span, "sentence") for span in _spans(text, region, language)]
        else:
            collected.append(SplitUnit(region.start, region.end, region.kind))
    return collected


def _spans(text: str, region: Region, language: str | None) -> list[Span]:
    """Sentences of ``region``; what is blank in it, but not in the text, belongs to the sentence after it."""
    if region.kind != "prose":
        return [Span(region.start, region.end)]
    code = language_of(region.flat) or language or ""
    unmarked = is_unmarked(region.flat)
    spans = [
        Span(region.start + piece.start, region.start + piece.end)
        for sentence in sentence_spans(region.flat, code)
        for piece in clauses(region.flat, sentence, unmarked=unmarked)
    ]
    return _covering(text, region, spans)


def _covering(text: str, region: Region, spans: list[Span]) -> list[Span]:
    covered: list[Span] = []
    at = region.start
    for span in spans:
        gap = trim(text, at, span.start)
        covered.append(Span(gap.start if gap else span.start, span.end))
        at = span.end
    if rest := trim(text, at, region.end):
        covered[-1:] = [Span(covered[-1].start if covered else rest.start, rest.end)]
    return covered


_QUESTION_OR_ANSWER = re.compile(
    r"(?:\*\*|__)?(?:(Q|Question|Frage|F|Pregunta|P|Domanda|D|Pergunta|Vraag|Fråga|Вопрос|В|问|問|質問)"
    r"|(?:A|Answer|Antwort|Réponse|R|Respuesta|Risposta|Resposta|Antwoord|Svar|Ответ|О|答|回答))"
    r" ?\d{0,3}(?:\*\*|__)? ?(?:[:：]|[.)](?= ))",
)
_BOLD = re.compile(r"(?:\*\*|__)[^*_\n]{1,99}([^*_\n.!:;,])(?:\*\*|__)$")  # a line in bold type alone
_MAX_TITLE_CHARACTERS, _MAX_TITLE_WORDS = 70, 9
_NOT_IN_TITLE = re.compile(r"[.!?…:;,=|<>{}\t。！？：；，]|\d{3}-\d|[^\W\d_]\d|\d\s*[%€$£°]|\n|\s{3}")
_NUMBER_OF_SECTION = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,4}\.?|[IVX]{1,5}\.|[A-Z]\.|§ ?\d{1,4})\s+")
_SAYS_SOMETHING = frozenset(
    re.findall(
        r"\w+",
        """
        is are was were be has have had does did do can cannot may must shall should will would not no never
        none yes it ist sind war waren hat haben nicht kein keine wird werden kann darf muss est sont était ne
        pas non peut doit es son fue no puede debe è sono era deve não são foi pode deve niet geen zijn wordt
    """,
    )
)


def _is_title(text: str, source: str, region: Region, after: Region) -> bool:
    """Whether a short line that stands alone before a paragraph names it, rather than say something."""
    if len(source) > _MAX_TITLE_CHARACTERS or after.kind != "prose" or not _ENDED.search(after.flat):
        return False
    if len(after.flat) < (2 if text.count("\n", region.end, after.start) > 1 else 5) * len(source):
        return False
    number = _NUMBER_OF_SECTION.match(source)
    title = source[number.end() :] if number else source
    title_words = title.split()
    if not title_words or len(title_words) > _MAX_TITLE_WORDS or not title[0].isupper() or _NOT_IN_TITLE.search(title):
        return False
    if any(word.lower() in _SAYS_SOMETHING for word in title_words):
        return False
    return number is not None or _is_capitalised(title_words)


def _is_capitalised(title_words: list[str]) -> bool:
    """Whether all words but the small ones begin with a capital letter, or there are three at most."""
    return len(title_words) <= 3 or all(word[0].isupper() or is_function_word(word) for word in title_words)


_ENDED = re.compile(r"[.!?…。！？।॥؟۔]")

_units_by_text: BoundedCache[str, tuple[SplitUnit, ...]] = BoundedCache(  # they come back with every query
    2**24, lambda text, units: strings_bytes(text, units) + 72 * len(units)
)


def lines(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Offsets of the lines of ``text[start:end]`` that hold more than white space."""
    end = len(text) if end is None else end
    return [trimmed for line in line_spans(text, start, end) if (trimmed := trim(text, *line))]


_OPENERS = ("heading", "lead-in", "header", "delimiter", "question")  # what is of no use without what follows


def passages(text: str, *, max_words: int = 150, overlap: int = 0) -> list[Span]:
    """Runs of whole units of at most ``max_words`` words (one longer unit makes a passage of its own).

    A heading, lead-in, header row or question goes with what follows it, where there is room.

    :param overlap: units shared by neighbouring passages.
    """
    parts = units(text)
    sizes = [sum(1 for _ in words(text, part.start, part.end)) for part in parts]
    spans: list[Span] = []
    first = 0
    while first < len(parts):
        last, size = first, sizes[first]
        while last + 1 < len(parts) and size + sizes[last + 1] <= max_words:
            last += 1
            size += sizes[last]
        if last + 1 < len(parts):
            last = _before_openers(parts, first, last)
        spans.append(Span(parts[first].start, parts[last].end))
        first = last + 1 if last + 1 >= len(parts) else max(first + 1, last + 1 - overlap)
    return spans


def _before_openers(parts: tuple[SplitUnit, ...], first: int, last: int) -> int:
    """The last unit of ``parts[first : last + 1]`` that is no opener; ``last`` where all are."""
    end = last
    while end >= first and parts[end].kind in _OPENERS:
        end -= 1
    return end if end >= first else last
