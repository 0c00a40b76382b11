"""Markup of wikitext: what a page does not show in its text, templates, and values as they read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, merge
from ragzip.text.structure.parts import with_line_ends

__all__ = ["arguments", "ends_by_start", "hidden_markup", "plain", "template_ends"]

_OPENING = pattern_of(r"<!--|<ref\b[^<>]{0,300}>|'{2,5}|\[\[|__[A-Z]{3,30}__")
_CLOSINGS = {"<!--": "-->", "<ref": "</ref>"}
_LINK = pattern_of(r"\[\[(?!:?[^\W\d_][\w-]{0,20}:\S)(?:[^\[\]|{}\n]{1,200}\|)?([^\[\]|{}\n]{1,300})\]\]")
_FILE = pattern_of(
    r"\[\[(?:file|image|datei|bild|fichier|archivo|imagen|immagine|ficheiro|imagem|bestand|afbeelding):", re.IGNORECASE
)
_BRACKETS = pattern_of(r"\[\[|\]\]")
_BRACES = pattern_of(r"\{\{|\}\}")
_MARKS_OF_ARGUMENTS = pattern_of(r"\{\{|\}\}|\[\[|\]\]|\{\||(?<=\n)\|\}(?!\})|\|")
_INNERMOST = pattern_of(r"\{\{([^{}]{0,2000})\}\}")
_KEY = pattern_of(r"\s*[\w .-]{1,40}=")
_TAG = pattern_of(r"</?[a-z][^<>]{0,200}>", re.IGNORECASE)
_UNITS_OF_CONVERSION = 2  # arguments of a conversion that say a measure: its number and its unit
_MAX_FILE_CHARACTERS = 2000
_MAX_NESTING = 4
_MIN_WORDS_OF_CAPTION = 2


def hidden_markup(source: str) -> list[Span]:
    """The spans (sorted, disjoint) of what a page does not show in its text: comments, references, marks of bold text,
    the targets of links, pictures without their captions.
    """
    spans = (Span(_start_with_blanks(source, start, end), end) for start, end in merge(_hidden(source)))
    return with_line_ends(source, spans)


def _start_with_blanks(source: str, start: int, end: int) -> int:
    """The start of a span; where it ends its line, with the blanks before it."""
    if source[end : end + 1] in ("", "\n"):
        while source[start - 1 : start] in (" ", "\t"):
            start -= 1
    return start


def _hidden(source: str) -> Iterator[tuple[int, int]]:
    place = 0
    unclosed: set[str] = set()
    while opening := _OPENING.search(source, place):
        mark, start = opening[0], opening.start()
        place = opening.end()
        closing = _CLOSINGS.get(mark[:4])
        if mark == "[[":
            if link := _LINK.match(source, start):
                yield start, link.start(1)
                yield link.end(1), link.end()
                place = link.end()
            elif _FILE.match(source, start) and (end := _end_of_link(source, start)) is not None:
                yield from _hidden_of_file(source, start, end)
                place = end
        elif closing is None or mark.endswith("/>"):
            yield start, place
        elif closing not in unclosed:
            end = source.find(closing, place)
            if end < 0:
                unclosed.add(closing)
            else:
                place = end + len(closing)
                yield start, place


def _end_of_link(source: str, start: int) -> int | None:
    """The end of a link that may have others in it; None where it is not closed."""
    depth = 0
    for bracket in _BRACKETS.finditer(source, start, start + _MAX_FILE_CHARACTERS):
        depth += 1 if bracket[0] == "[[" else -1
        if not depth:
            return bracket.end()
    return None


def _hidden_of_file(source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A picture; where it is alone on its line, without the caption."""
    caption = max(source.rfind("|", start, end), start)
    while source.count("[[", start + 2, caption) > source.count("]]", start, caption):  # the bar is in a link
        caption = source.rfind("|", start, caption)
    is_alone = source[source.rfind("\n", 0, start) + 1 : start].strip() == "" and source[end : end + 1] in ("", "\n")
    has_caption = caption > start and len(source[caption : end - 2].split()) >= _MIN_WORDS_OF_CAPTION
    if not (is_alone and has_caption):
        yield start, end
        return
    yield start, caption + 1
    for shift, link_end in _hidden(source[caption + 1 : end - 2]):
        yield caption + 1 + shift, caption + 1 + link_end
    yield end - 2, end


def template_ends(source: str) -> dict[int, int]:
    """The ends of all templates that are closed, by their starts."""
    return ends_by_start(source, _BRACES, "{{")


def ends_by_start(source: str, marks: re.Pattern[str], opening: str) -> dict[int, int]:
    """The ends of what ``marks`` open and close, by the starts; what is not closed has none.

    :param opening: what is in a mark that opens.
    """
    ends: dict[int, int] = {}
    open_starts: list[int] = []
    for mark in marks.finditer(source):
        if opening in mark[0]:
            open_starts.append(mark.start())
        elif open_starts:
            ends[open_starts.pop()] = mark.end()
    return ends


def arguments(source: str, template: Span) -> list[Span]:
    """The name of a template and its arguments, each but the name with the bar before it."""
    depth = 0
    starts = [template.start + 2]
    for mark in _MARKS_OF_ARGUMENTS.finditer(source, *template):
        if mark[0] == "|":
            starts += [mark.start()] if depth == 1 else []
        else:
            depth += 1 if mark[0] in ("{{", "[[", "{|") else -1
    return [Span(start, end) for start, end in zip(starts, [*starts[1:], template.end - 2], strict=True)]


def plain(text: str) -> str:
    """A value as it reads: "{{convert|451|km|mi}}" as "451 km", without tags."""
    for _ in range(_MAX_NESTING):
        if "{{" not in text:
            break
        text = _INNERMOST.sub(lambda template: _as_it_reads(template[1]), text)
    return " ".join(_TAG.sub(" ", text).split()) if "<" in text else text.strip()


def _as_it_reads(template: str) -> str:
    name, *values = template.split("|")
    positional = [value.strip() for value in values if not _KEY.match(value)]
    if name.strip().lower() in ("convert", "cvt"):
        positional = positional[:_UNITS_OF_CONVERSION]
    return " ".join(positional)
