"""The ways in which applications join sources in one text, and what names each."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.text.splitters.scanner import trim

__all__ = ["JoinedSource", "joined_sources", "title_of"]

_LABELS = (
    r"(?:retrieved |search |web )?(?:documents?|docs?|passages?|sources?|contexts?|chunks?|snippets?|excerpts?|results?"
    r"|hits?|evidence|files?)|dokument|quelle|textstelle|textauszug|extrait|fragmento|documento|fuente|fonte|bron"
    r"|文档|来源|資料|文書"
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
_MOST_WORDS_OF_LINE = 25
_FEWEST_SOURCES = 2
_FEWEST_WORDS = 5  # of a line of a source: fewer may be a value
_MOST_LINES_BEFORE = 4  # of what introduces the sources
_MARKS_AROUND_TITLE = ":：,;.()-–—| "


class JoinedSource(NamedTuple):
    """A source: what names it, its text, and the tags that close it, if any."""

    naming: Span
    text: Span
    closing: Span | None = None

    @property
    def end(self) -> int:
        """The end of all of it."""
        return self.text.end if self.closing is None else self.closing.end


_FindSources = Callable[[str], list[JoinedSource]]


def joined_sources(source: str) -> list[JoinedSource]:
    """The sources of a text, in the first way in which it has several."""
    for find in _WAYS:
        sources = find(source)
        if sources and len(source[: sources[0].naming.start].strip().splitlines()) <= _MOST_LINES_BEFORE:
            return sources
    return []


def _below_lines(pattern: re.Pattern[str], source: str) -> list[JoinedSource]:
    """The sources below lines of their own that name them."""
    namings = [Span(*match.span()) for match in pattern.finditer(source) if _is_line_of_name(match.group())]
    return _between(source, namings)


def _behind_labels(source: str) -> list[JoinedSource]:
    """The sources behind labels at the beginning of lines."""
    namings = [trim(source, *match.span()) for match in _INLINE.finditer(source)]
    return _between(source, [naming for naming in namings if naming is not None])


def _below_keys(source: str) -> list[JoinedSource]:
    """The sources below keys, which begin with the same one."""
    matches = list(_KEYED.finditer(source))
    key = matches[0]["key"].lower() if matches else ""
    sources = _between(source, [Span(*match.span()) for match in matches if match["key"].lower() == key])
    return sources if all(_has_prose(source[slice(*part.text)]) for part in sources) else []


def _between_tags(source: str) -> list[JoinedSource]:
    """The sources in tags of one name, with nothing between them; around them, where they are several, a prompt."""
    sources: list[JoinedSource] = []
    first = _TAGGED.search(source)
    end = 0 if first is None else first.start()
    while (opening := _TAGGED.match(source, _after_space(source, end))) is not None:
        closing = re.compile(_CLOSING.format(tag=opening["tag"]), re.IGNORECASE).search(source, opening.end())
        text = closing and trim(source, opening.end(), closing.start())
        if closing is None or text is None or _ANY_TAG.search(source, text.start, text.end):
            return []
        sources.append(JoinedSource(Span(*opening.span()), text, Span(*closing.span())))
        end = closing.end()
    is_all = first is not None and not source[: first.start()].strip() and not source[end:].strip()
    return sources if sources and (is_all or len(sources) >= _FEWEST_SOURCES) else []


def _below_statements(source: str) -> list[JoinedSource]:
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
    _below_statements,
)


def _between(source: str, namings: Sequence[Span], fewest: int = _FEWEST_SOURCES) -> list[JoinedSource]:
    """The sources, each from what names it to what names the next one; none where one has no text."""
    if len(namings) < fewest:
        return []
    request = _REQUEST.search(source, namings[-1].end)
    ends = [*(naming.start for naming in namings[1:]), len(source) if request is None else request.start()]
    texts = [trim(source, naming.end, end) for naming, end in zip(namings, ends, strict=True)]
    sources = [JoinedSource(naming, text) for naming, text in zip(namings, texts, strict=True) if text is not None]
    return _with_titles(source, sources) if len(sources) == len(namings) else []


def _with_titles(source: str, sources: list[JoinedSource]) -> list[JoinedSource]:
    """``sources``, with the first lines of their texts among what names them, where most of these are short, and stand
    over longer ones.
    """
    titles = [_TITLE_LINE.match(source, *part.text) for part in sources]
    if sum(title is not None for title in titles) * 2 <= len(sources):
        return sources
    return [
        part
        if title is None
        else JoinedSource(Span(part.naming.start, title.end("title")), Span(title.end(), part.text.end))
        for part, title in zip(sources, titles, strict=True)
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


def title_of(naming: str) -> str | None:
    """The title in what names a source, without labels, numbers and addresses."""
    return " ".join(_NOT_IN_TITLE.sub(" ", naming).split()).strip(_MARKS_AROUND_TITLE) or None
