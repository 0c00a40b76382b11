"""Several sources in one text, as an application joins what a retriever found: each below lines that name it,
"[Document 2] Source: bees.pdf, page 4", "Title: … / URL: … / Content: …", "=== bees.md ===", or between tags. Or one
source, with a sentence before it that says where it is from, "This chunk is from the report for 2023." (contextual
retrieval).

What is kept of a source comes with the lines that name it, where the budget holds both; they are kept over nothing.
Each source is read as a text by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.text.splitters.scanner import trim
from ragzip.text.structure.base import NamedSource, Structure, StructuredTable, StructuredUnit
from ragzip.text.structure.nested import NestedForm
from ragzip.text.structure.parts import moved, prose_part
from ragzip.text.structure.readers import structure_of

__all__ = ["read", "recognises"]

_LABELS = (
    r"(?:retrieved |search |web )?(?:documents?|docs?|passages?|sources?|contexts?|chunks?|snippets?|excerpts?|results?"
    r"|hits?|evidence|files?)|dokument|quelle|textstelle|textauszug|extrait|fragmento|documento|fuente|fonte|bron"
    r"|document|文档|来源|資料|文書"
)
_MARKS = r"[\[(<{*#=_~-]"
_NUMBERED = pattern_of(  # "[Document 2] Source: bees.pdf", "--- Chunk 3 (bees.pdf) ---", "[Page 4]"
    rf"^[ ]{{0,3}}(?:{_MARKS}{{1,40}}[ ]?){{0,2}}(?:{_LABELS})[ _]?(?:[#№:]|no\.)?[ ]?[\[(]?\d{{1,4}}\b[^\n]{{0,200}}$"
    rf"|^[ ]{{0,3}}(?:\[|{_MARKS}{{2,40}}[ ]?)page[ ]\d{{1,4}}[^\n]{{0,80}}$"
    r"|^\[(?:context|source|from|document|title|file|section|chapter|topic|article|url)[ ]?[:#][^\[\]\n]{1,200}\]$",
    re.IGNORECASE | re.MULTILINE,
)
_INLINE = pattern_of(  # "Document [2](Title: Bees) The hives …", "Passage 2: The hives …"
    rf"^[ ]{{0,3}}(?:{_MARKS}{{1,3}}[ ]?)?(?:{_LABELS})[ _]?(?:[\[(]\d{{1,4}}[\])]|\d{{1,4}}[:：.)\]])"
    r"(?:\([^()\n]{1,200}\))?[*:：\])]{0,3}[ ]+(?=\S)",
    re.IGNORECASE | re.MULTILINE,
)
_FILE = pattern_of(r"^[*`<\[]{0,3}[\w./\\-]{1,200}\.[A-Za-z]\w{0,5}[*`>\]]{0,3}:?$", re.MULTILINE)  # "bees.md:", alone
_RULED = pattern_of(  # "=== bees.md ===", "##### https://… #####"
    r"^(?P<mark>[=#*~_-])(?P=mark){1,39}[ ]?(?:file|source|path|document|url)?[ ]?:?[ ]?[^\s=]{1,200}\.[^\s=]{1,100}"
    r"[ ]?(?P=mark){2,40}$",
    re.IGNORECASE | re.MULTILINE,
)
_NAMING_KEYS = r"source|file|filename|file[ _]name|path|document|doc|title|name|url|link|id"
_FURTHER_KEYS = (
    rf"{_NAMING_KEYS}|page|pages|page[ _]number|author|authors|date|published|publisher|score|relevance|section|heading"
    r"|chunk|domain|site|website|language|type|collection|category|tags"
)
_CONTENT_KEYS = r"content|contents|text|snippet|body|excerpt|passage|page[ _]content|summary|description|abstract"
_KEYED = pattern_of(
    rf"^(?P<key>{_NAMING_KEYS})[ ]?[:：][ \t]*\S[^\n]*+(?:\n(?:{_FURTHER_KEYS})[ ]?[:：][^\n]*+){{0,8}}"
    rf"(?:\n(?P<content>{_CONTENT_KEYS})[ ]?[:：])?",
    re.IGNORECASE | re.MULTILINE,
)
_TAG_NAMES = (
    r"document|doc|passage|source|chunk|context|result|search_result|excerpt|snippet|file|evidence|page|article"
)
_TAGGED = pattern_of(
    rf"<(?P<tag>{_TAG_NAMES})(?=[\s>])[^<>\n]{{0,300}}>"
    r"(?:\s*<(?:source|title|url|id|document_index|name|path|date)>[^<>\n]{0,300}</\w{1,20}>){0,6}"
    r"(?:\s*<(?:document_content|content|text|page_content|body)>)?",
    re.IGNORECASE,
)
_CLOSING = r"(?:</(?:document_content|content|text|page_content|body)>\s*)?</{tag}>"
_STATEMENT = pattern_of(  # of contextual retrieval
    r"^(?:this|the following|the) (?:text |document )?(?:chunk|passage|excerpt|snippet|extract|fragment) "
    r"(?:is|comes|was|describes|discusses|covers|contains|explains|provides|outlines|presents|introduces|details"
    r"|focuses|highlights|belongs|appears|summari[sz]es|addresses|lists|shows)\b[^\n]{1,600}$",
    re.IGNORECASE | re.MULTILINE,
)
_VALUE = (  # of Python
    r"""(?:'(?>(?:[^'\\\n]|\\.)*)'|"(?>(?:[^"\\\n]|\\.)*)"|\{[^{}\n]*+\}|\[[^\[\]\n]*+\]|[\w.+-]++)"""
)
_FIELD = rf"(?:'[\w -]{{1,40}}': |\w{{1,40}}=){_VALUE}"
_TEXT_KEY = r"(?:page_content=|'(?:page_content|content|text|body|snippet)': )"
_QUOTED = pattern_of(  # as Python writes documents and dictionaries: "Document(page_content='…', metadata={…})"
    rf"(?P<naming>(?:\w{{0,40}}\(|\{{)?(?>(?:(?!{_TEXT_KEY}){_FIELD},? )*){_TEXT_KEY}(?P<quote>['\"]))"
    r"(?P<text>(?>(?:(?!(?P=quote))[^\\\n]|\\.)+))"
    rf"(?P<closing>(?P=quote)(?>(?:,? {_FIELD})*)[)}}]?)"
)
_BETWEEN_QUOTED = pattern_of(r"[\s,]*+")
_ANY_TAG = pattern_of(r"</?[A-Za-z][\w-]{0,30}(?:\s[^<>]{0,300})?/?>")
_SENTENCE_END = pattern_of(r"[^\W\d_]{2}[.!?。！？]$")
_NOT_IN_TITLE = pattern_of(  # of what names a source
    rf"<[^<>]*+>|https?://\S*+|\b(?:{_LABELS})[ _]?(?:[#№:]|no\.)?[ ]?[\[(]?\d{{1,4}}\b"
    rf"|^(?:{_FURTHER_KEYS}|{_CONTENT_KEYS})[ ]?[:：]|[\[\]*=#_~|`]++|(?<!\w)[:：,;()-]++(?!\w)",
    re.IGNORECASE | re.MULTILINE,
)
_REQUEST = pattern_of(  # behind the last source, in a prompt
    r"\n[ \t]{0,20}\n[*#_ \t]{0,8}(?:(?:user |your |the )?(?:questions?|query|queries|task|request)|frage|pregunta"
    r"|domanda|问题|質問)[*_]{0,2}[ ]?[:：]",
    re.IGNORECASE,
)
_TITLE_LINE = pattern_of(r"(?P<title>\S[^\n]{0,78}[^\n,;:!?。！？])\n\s*(?=[^\n]{80})")
_MARKS_AROUND_TITLE = ":：,;.()-–—| "
_MOST_WORDS_OF_LINE = 25
_FEWEST_SOURCES = 2
_FEWEST_WORDS = 5  # of a line of a source: fewer may be a value
_MOST_LINES_BEFORE = 4  # of what introduces the sources
_FILE_NAME = pattern_of(r"[\w./\\-]{1,200}\.[A-Za-z]\w{0,8}\b")


class _Source(NamedTuple):
    """A source: what names it, its text, and the tags that close it, if any."""

    naming: Span
    text: Span
    closing: Span | None = None


_FindSources = Callable[[str], list[_Source]]


def recognises(source: str) -> bool:
    """Whether a text of an unknown type is made of sources that are named, from its beginning on."""
    return bool(_sources(source))


def read(source: str, longest_unit: int | None = None) -> Structure | None:
    """The structure of a text of several sources; None of another one.

    :param longest_unit: see :class:`ragzip.text.structure.base.Structure`; of records in the sources.
    """
    found = _sources(source)
    if not found:
        return None
    read_sources = [_structure_of(source, part, longest_unit) for part in found]
    units = list(_prose_beside(source, 0, found[0].naming.start, 0))
    tables: list[StructuredTable] = []
    for part, structure in zip(found, read_sources, strict=True):
        tables += [table.moved(part.text.start, len(units) + 1) for table in structure.tables]
        units += _units_of(part, structure, len(units))
    end = found[-1].text.end if found[-1].closing is None else found[-1].closing.end
    units += _prose_beside(source, end, len(source), len(units))
    forms = {
        part.text: structure.form
        for part, structure in zip(found, read_sources, strict=True)
        if not isinstance(structure.form, PlainForm)
    }
    is_plain = not forms and all(part.closing is None for part in found)
    form = PlainForm(source) if is_plain else NestedForm(source, (), forms)
    can_open = any(structure.opened is not None for structure in read_sources)
    return Structure(
        "sources",
        tuple(units),
        form,
        tuple(tables),
        opened=partial(read, source) if can_open else None,
        sources=tuple(_named_source(source, part) for part in found),
    )


def _prose_beside(source: str, start: int, end: int, place: int) -> Iterator[StructuredUnit]:
    """The units of what stands before or behind the sources, if that says something."""
    if any(character.isalnum() for character in source[start:end]):
        yield from prose_part(source, start, end, place)


def _named_source(source: str, part: _Source) -> NamedSource:
    end = part.text.end if part.closing is None else part.closing.end
    title = " ".join(_NOT_IN_TITLE.sub(" ", source[slice(*part.naming)]).split()).strip(_MARKS_AROUND_TITLE)
    return NamedSource(Span(part.naming.start, end), part.text, title or None)


def _structure_of(source: str, part: _Source, longest_unit: int | None) -> Structure:
    """The structure of the text of one source, by the name of the file that it is from, or its content."""
    file_name = _FILE_NAME.search(source, *part.naming)
    name = file_name.group() if file_name is not None else ""
    return structure_of(source[slice(*part.text)], "text/plain", name, longest_unit=longest_unit)


def _units_of(part: _Source, structure: Structure, place: int) -> Iterator[StructuredUnit]:
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


def _sources(source: str) -> list[_Source]:
    """The sources of a text, in the first way in which it has several."""
    for find in _WAYS:
        found = find(source)
        if found and len(source[: found[0].naming.start].strip().splitlines()) <= _MOST_LINES_BEFORE:
            return found
    return []


def _below_lines(pattern: re.Pattern[str], source: str) -> list[_Source]:
    """The sources below lines of their own that name them."""
    namings = [Span(*match.span()) for match in pattern.finditer(source) if _is_line_of_name(match.group())]
    return _between(source, namings)


def _behind_labels(source: str) -> list[_Source]:
    """The sources behind labels at the beginning of lines."""
    namings = [trim(source, *match.span()) for match in _INLINE.finditer(source)]
    return _between(source, [naming for naming in namings if naming is not None])


def _below_keys(source: str) -> list[_Source]:
    """The sources below keys, which begin with the same one."""
    matches = list(_KEYED.finditer(source))
    key = matches[0]["key"].lower() if matches else ""
    found = _between(source, [Span(*match.span()) for match in matches if match["key"].lower() == key])
    return found if all(_has_prose(source[slice(*part.text)]) for part in found) else []


def _between_tags(source: str) -> list[_Source]:
    """The sources in tags of one name, with nothing between them; around them, where they are several, a prompt."""
    found: list[_Source] = []
    first = _TAGGED.search(source)
    end = 0 if first is None else first.start()
    while (opening := _TAGGED.match(source, _after_space(source, end))) is not None:
        closing = re.compile(_CLOSING.format(tag=opening["tag"]), re.IGNORECASE).search(source, opening.end())
        text = closing and trim(source, opening.end(), closing.start())
        if closing is None or text is None or _ANY_TAG.search(source, text.start, text.end):
            return []
        found.append(_Source(Span(*opening.span()), text, Span(*closing.span())))
        end = closing.end()
    is_all = first is not None and not source[: first.start()].strip() and not source[end:].strip()
    return found if found and (is_all or len(found) >= _FEWEST_SOURCES) else []


def _between_quotes(source: str) -> list[_Source]:
    """The sources in a list of documents or dictionaries, as Python writes it."""
    found: list[_Source] = []
    place = len(source) - len(source.lstrip("[ \n"))
    while (match := _QUOTED.match(source, place)) is not None:
        text = trim(source, *match.span("text"))
        if text is None:
            return []
        found.append(_Source(Span(*match.span("naming")), text, Span(*match.span("closing"))))
        separator = _BETWEEN_QUOTED.match(source, match.end())
        place = match.end() if separator is None else separator.end()
    return found if len(found) >= _FEWEST_SOURCES and not source[place:].strip("] \n") else []


def _below_statements(source: str) -> list[_Source]:
    """The sources below a line, or behind a sentence, that says where they are from; one of them is enough."""
    namings: list[Span] = []
    for match in _STATEMENT.finditer(source):
        is_apart = source.startswith("\n\n", match.end())
        namings.append(
            Span(match.start(), match.end() if is_apart else match.start() + sentences(match.group())[0].end)
        )
    return _between(source, namings, fewest=1)


_WAYS: Final[Sequence[_FindSources]] = (
    partial(_below_lines, _NUMBERED),
    _behind_labels,
    partial(_below_lines, _RULED),
    partial(_below_lines, _FILE),
    _below_keys,
    _between_tags,
    _between_quotes,
    _below_statements,
)


def _between(source: str, namings: Sequence[Span], fewest: int = _FEWEST_SOURCES) -> list[_Source]:
    """The sources, each from what names it to what names the next one; none where one has no text."""
    if len(namings) < fewest:
        return []
    request = _REQUEST.search(source, namings[-1].end)
    ends = [*(naming.start for naming in namings[1:]), len(source) if request is None else request.start()]
    texts = [trim(source, naming.end, end) for naming, end in zip(namings, ends, strict=True)]
    found = [_Source(naming, text) for naming, text in zip(namings, texts, strict=True) if text is not None]
    return _with_titles(source, found) if len(found) == len(namings) else []


def _with_titles(source: str, found: list[_Source]) -> list[_Source]:
    """``found``, with the first lines of their texts among what names them, where most of these are short, and stand
    over longer ones.
    """
    titles = [_TITLE_LINE.match(source, *part.text) for part in found]
    if sum(title is not None for title in titles) * 2 <= len(found):
        return found
    return [
        part
        if title is None
        else _Source(Span(part.naming.start, title.end("title")), Span(title.end(), part.text.end))
        for part, title in zip(found, titles, strict=True)
    ]


def _is_line_of_name(line: str) -> bool:
    """Whether a line only names what is below, and says nothing itself."""
    stripped = line.strip().rstrip("*=#_~- ")
    return len(stripped.split()) <= _MOST_WORDS_OF_LINE and _SENTENCE_END.search(stripped) is None


def _has_prose(text: str) -> bool:
    return any(len(line.split()) >= _FEWEST_WORDS for line in text.splitlines())


def _after_space(source: str, place: int) -> int:
    while place < len(source) and source[place].isspace():
        place += 1
    return place
