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
    r"|^\[(?:context|source|from|document|title|file|section|chapter|topic|article|url)[ ]?[:#][^\[\]\n]{1,200}\]$"
    rf"|^{_MARKS}{{0,40}}[ ]?(?-i:BEGIN|START)(?:[ _]OF)?[ _:]+(?:(?:{_LABELS})\b|\S{{1,200}}\.\w{{1,5}}\b)"
    r"[^\n]{0,200}$"
    r"|^【\d{1,4}[^\n]{1,200}】$",
    re.IGNORECASE | re.MULTILINE,
)
_INLINE = pattern_of(  # "Document [2](Title: Bees) The hives …", "Passage 2: The hives …"
    rf"^[ ]{{0,3}}(?:{_MARKS}{{1,3}}[ ]?)?(?:{_LABELS})[ _]?(?:[\[(]\d{{1,4}}[\])]|\d{{1,4}}[:：.)\]])"
    r"(?:\([^()\n]{1,200}\))?[*:：\])]{0,3}[ ]+(?=\S)",
    re.IGNORECASE | re.MULTILINE,
)
_BARE_LABEL = pattern_of(  # "[1] The hives …", "bees.pdf#page=3: The hives …"
    r"^[ ]{0,3}(?:\[\d{1,3}\]|[\w./-]{1,150}\.(?:pdf|md|txt|docx?|html?|pptx?|xlsx?)(?:#[\w=-]{1,30})?:)[ ]+(?=\S)",
    re.MULTILINE,
)
_TITLED_NUMBER = pattern_of(  # not "2. Hotels" alone, which is the heading of a section
    r"^(?:\[\d{1,3}\][ ](?=\S[^\n]{0,60}\n[^\n]{100})"
    r"|\d{1,3}[.)][ ](?=\S[^\n]{0,200}https?://\S{1,200}\n[^\n]{100}))",
    re.MULTILINE,
)
_ADDRESS = pattern_of(r"(?:^|\n\n)(?!\s)[^\n]{1,150}\n<?https?://\S{3,300}(?=\n[^\n]{80})")  # below a title
_FILE = pattern_of(  # "bees.md:", alone; "43.beta" is a version
    r"^[*`<\[]{0,3}(?![\d.]+(?:alpha|beta|rc|dev|pre|post|final)\b)[\w./\\-]{1,200}\.[A-Za-z]\w{0,5}[*`>\]]{0,3}:?$",
    re.MULTILINE,
)
_RULED = pattern_of(  # "=== bees.md ===", "##### https://… #####"
    r"^(?P<mark>[=#*~_-])(?P=mark){1,39}[ ]?(?:file|source|path|document|url)?[ ]?:?[ ]?[^\s=]{1,200}\.[^\s=]{1,100}"
    r"[ ]?(?P=mark){2,40}$",
    re.IGNORECASE | re.MULTILINE,
)
_NAMING_KEYS = (
    r"source|file|filename|file[ _]name|file[ _]path|path|document|doc|title|name|url|url[ _]source|link|id|node[ _]id"
    r"|page(?=[ ]?[:：][ ]*[^\W\d])"
)
_FURTHER_KEYS = (
    rf"{_NAMING_KEYS}|page|pages|page[ _](?:number|label)|authors?|date|published|publisher|score|relevance|section"
    r"|heading|chunk|domain|site|website|language|type|collection|category|tags|similarity|rank|file[ _](?:type|size)"
    r"|(?:creation|last[ _]modified)[ _]date|copyright information"
)
_CONTENT_KEYS = r"content|contents|text|snippet|body|excerpt|passage|page[ _]content|summary|description|abstract"
_NUMBER_OF_KEY = r"(?:\[\d{1,3}\][ ])?"
_ABOVE_KEY = rf"(?:\[[^\[\]\n]{{1,80}}\]\n)?{_NUMBER_OF_KEY}"
_KEYED = pattern_of(
    rf"^{_ABOVE_KEY}(?P<key>{_FURTHER_KEYS})[ ]?[:：][ \t]*\S[^\n]*+"
    rf"(?:\n{_NUMBER_OF_KEY}(?:{_FURTHER_KEYS})[ ]?[:：][^\n]*+){{0,8}}"
    rf"(?:\n\n?{_NUMBER_OF_KEY}(?:{_CONTENT_KEYS})[ ]?[:：]{{1,2}})?",
    re.IGNORECASE | re.MULTILINE,
)
_NAMING_KEY = pattern_of(rf"^{_NUMBER_OF_KEY}(?:{_NAMING_KEYS})[ ]?[:：]", re.IGNORECASE | re.MULTILINE)
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
_ROUND_ALL = pattern_of(  # "<context>", alone on its line
    r"^<(?P<tag>(?:\w{1,30}_)?(?:context|documents?|sources|passages|results|knowledge|excerpts|chunks|data|text))>"
    r"[ \t]*\n",
    re.IGNORECASE | re.MULTILINE,
)
_SHOWN = pattern_of(  # the ``str`` of a document of LangChain
    r"^page_content=(?P<quote>['\"])(?P<text>(?>(?:(?!(?P=quote) metadata=\{|\npage_content=)[^\0])+))(?P=quote)"
    r" metadata=\{[^\n]*\}$",
    re.MULTILINE,
)
_SNIPPET = pattern_of(  # of a search by DuckDuckGo, one after another on a line
    r"\[?snippet: (?P<text>(?>(?:(?!, title: |\[?snippet: )[^\n])+)), title: [^\n]{1,300}?, link: [^\s,\]]{3,500}\]?"
)
_SOURCE_ABOVE = pattern_of(
    r"^[(\[]?(?:sources?|quelle|fuente|fonte|from|reference|ref|url|link|citation)[ ]?[:：][ ]?[^\n]{3,200}$",
    re.IGNORECASE | re.MULTILINE,
)
_LABEL_OF_CONTEXT = pattern_of(  # of a prompt
    r"^[*#_ \t]{0,8}(?:(?:retrieved|relevant|given|provided|reference|background|additional)[ ])?(?:contexts?|documents"
    r"|passages|sources|search results|information|background|knowledge|evidence|references|text|article|excerpts"
    r"|snippets|kontext|contexto|contesto|contexte)(?:[ ]information)?(?:[ ]is(?:[ ]given|[ ]provided)?[ ]below)?"
    r"[*_]{0,2}[:：.][*_]{0,2}(?=\s)(?:\s*[-=*_]{3,80}(?=\n))?",
    re.IGNORECASE | re.MULTILINE,
)
_MARK_ROUND = pattern_of(  # a text in marks, "«Bees | The hives …»", and lines of three quotes, fences, rules
    r"(?P<mark>«{1,3})\s*(?:[^|«»\n]{1,100}[ ]\|[ ])?|(?P<line>\"\"\"|'''|```|[-=~*_]{3,80})\w{0,12}[ \t]*\n"
)
_END_LINE = pattern_of(r"\n[-=*#<\[_ ]{0,40}(?-i:END)\b[^\n]{0,100}\Z")
_ANY_TAG = pattern_of(r"</?[A-Za-z][\w-]{0,30}(?:\s[^<>]{0,300})?/?>")
_SENTENCE_END = pattern_of(r"[^\W\d_]{2}[.!?。！？]$")
_NOT_IN_TITLE = pattern_of(  # of what names a source
    rf"<[^<>]*+>|https?://\S*+|\b(?:{_LABELS})[ _]?(?:[#№:]|no\.)?[ ]?[\[(]?\d{{1,4}}\b"
    rf"|^(?:{_FURTHER_KEYS}|{_CONTENT_KEYS})[ ]?[:：]|[\[\]*=#_~|`]++|(?<!\w)[:：,;()-]++(?!\w)",
    re.IGNORECASE | re.MULTILINE,
)
_ASKED = (
    r"[*#_ \t]{0,8}(?:(?:user |your |the )?(?:questions?|query|queries|task|request)|frage|pregunta|domanda|问题|質問)"
    r"[*_]{0,2}[ ]?[:：]"
)
_REQUEST = pattern_of(  # behind the last source, in a prompt
    rf"\n[ \t]{{0,20}}[-=*_]{{0,80}}[ \t]{{0,20}}\n(?:{_ASKED}|given the (?:above |following )?context\b)",
    re.IGNORECASE,
)
_ASKED_ABOVE = pattern_of(rf"^{_ASKED}", re.IGNORECASE | re.MULTILINE)
_ANSWER_BELOW = pattern_of(
    r"\n[*#_ \t]{0,8}(?:(?:helpful|final|your|the) )?(?:answer|response)[*_]{0,2}[ ]?[:：][*_]{0,2}\s*\Z", re.IGNORECASE
)
_TITLE_LINE = pattern_of(r"(?P<title>\S[^\n]{0,78}[^\n,;:!?。！？])\n\s*(?=[^\n]{80})")
_MOST_WORDS_OF_LINE = 25
_FEWEST_SOURCES = 2
_FEWEST_WORDS = 5  # of a line of a source: fewer may be a value
_FEWEST_WORDS_OF_TEXT = 25  # of most sources after bare numbers: fewer may be items of a list, or references
_MOST_LINES_BEFORE = 4  # of what introduces the sources
_MARKS_AROUND_TITLE = ":：,;.()-–—| "


class JoinedSource(NamedTuple):
    """A source: what names it, before its text or after it, its text, and the tags that close it, if any."""

    naming: Span
    text: Span
    closing: Span | None = None

    @property
    def span(self) -> Span:
        """The place of all of it."""
        parts = (self.naming, self.text, self.closing or self.text)
        return Span(min(start for start, _ in parts), max(end for _, end in parts))


_FindSources = Callable[[str], list[JoinedSource]]


def joined_sources(source: str) -> list[JoinedSource]:
    """The sources of a text, in the first way in which it has several."""
    for find in _WAYS:
        sources = find(source)
        if sources and len(source[: sources[0].span.start].strip().splitlines()) <= _MOST_LINES_BEFORE:
            return sources
    return _of_prompt(source)


def _below_lines(pattern: re.Pattern[str], source: str) -> list[JoinedSource]:
    """The sources below lines of their own that name them."""
    namings = [Span(*match.span()) for match in pattern.finditer(source) if _is_line_of_name(match.group())]
    return _between(source, namings)


def _behind_labels(pattern: re.Pattern[str], source: str) -> list[JoinedSource]:
    """The sources after labels at the beginning of lines."""
    namings = [trim(source, *match.span()) for match in pattern.finditer(source)]
    return _between(source, [naming for naming in namings if naming is not None])


def _behind_bare_labels(source: str) -> list[JoinedSource]:
    """The sources after numbers or names of files, each another one, most of which are long, or in quotes."""
    sources = _behind_labels(_BARE_LABEL, source)
    labels = {source[slice(*part.naming)] for part in sources}
    are_texts = [
        part.closing is not None or len(source[slice(*part.text)].split()) >= _FEWEST_WORDS_OF_TEXT for part in sources
    ]
    return sources if len(labels) == len(sources) and 2 * sum(are_texts) > len(sources) else []


def _below_keys(source: str) -> list[JoinedSource]:
    """The sources below keys, which begin with the same one."""
    matches = [match for match in _KEYED.finditer(source) if _NAMING_KEY.search(match.group())]
    if not matches:
        return []
    first_line = re.compile(rf"^{_ABOVE_KEY}{re.escape(matches[0]['key'])}[ ]?[:：]", re.IGNORECASE | re.MULTILINE)
    namings = [
        Span(first.start(), match.end())
        for match in matches
        if (first := first_line.search(source, *match.span())) is not None
    ]
    sources = _between(source, namings)
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


def _round_texts(pattern: re.Pattern[str], source: str) -> list[JoinedSource]:
    """The sources in documents or results as they are shown, one after another."""
    sources: list[JoinedSource] = []
    for match in pattern.finditer(source):
        text = trim(source, *match.span("text"))
        if text is not None:
            naming = Span(match.start(), match.start("text"))
            sources.append(JoinedSource(naming, text, Span(match.end("text"), match.end())))
    begins_line = sources and source[: sources[0].naming.start][-1:] in ("", "\n")
    return sources if begins_line else []


def _above_lines(source: str) -> list[JoinedSource]:
    """The sources above lines that say where each is from."""
    namings = [Span(*match.span()) for match in _SOURCE_ABOVE.finditer(source)]
    if len(namings) < _FEWEST_SOURCES or source[namings[-1].end :].strip():
        return []
    starts = [0, *(naming.end for naming in namings[:-1])]
    texts = [trim(source, start, naming.start) for start, naming in zip(starts, namings, strict=True)]
    sources = [JoinedSource(naming, text) for naming, text in zip(namings, texts, strict=True) if text is not None]
    has_all = len(sources) == len(namings) and all(_has_prose(source[slice(*part.text)]) for part in sources)
    return sources if has_all else []


def _of_prompt(source: str) -> list[JoinedSource]:
    """The context of a prompt as one source: in a tag of its own, or below a label, with a question beside it."""
    if (opening := _ROUND_ALL.search(source)) is not None:
        closing = re.compile(rf"^</{opening['tag']}>[ \t]*$", re.MULTILINE).search(source, opening.end())
        text = closing and trim(source, opening.end(), closing.start())
        if closing is None or text is None or not (source[: opening.start()] + source[closing.end() :]).strip():
            return []
        naming, end = trim(source, *opening.span()), Span(*closing.span())
        return [] if naming is None else [JoinedSource(naming, text, end)]
    label = _LABEL_OF_CONTEXT.search(source)
    if label is None:
        return []
    request = _REQUEST.search(source, label.end())
    if request is None and _ASKED_ABOVE.search(source, 0, label.start()) is not None:
        request = _ANSWER_BELOW.search(source, label.end())
    text = request and trim(source, label.end(), request.start())
    return [] if text is None else [JoinedSource(Span(*label.span()), text)]


def _below_statements(source: str) -> list[JoinedSource]:
    """The sources below a line, or after a sentence, that says where they are from; one of them is enough."""
    namings: list[Span] = []
    for match in _STATEMENT.finditer(source):
        is_apart = source.startswith("\n\n", match.end())
        namings.append(
            Span(match.start(), match.end() if is_apart else match.start() + sentences(match.group())[0].end)
        )
    return _between(source, namings, fewest=1)


_WAYS: Final[Sequence[_FindSources]] = (
    partial(_below_lines, _NUMBERED),
    partial(_behind_labels, _INLINE),
    partial(_below_lines, _RULED),
    partial(_below_lines, _FILE),
    _below_keys,
    _between_tags,
    partial(_round_texts, _SHOWN),
    partial(_round_texts, _SNIPPET),
    _above_lines,
    _behind_bare_labels,
    partial(_behind_labels, _TITLED_NUMBER),
    partial(_below_lines, _ADDRESS),
    _below_statements,
)


def _between(source: str, namings: Sequence[Span], fewest: int = _FEWEST_SOURCES) -> list[JoinedSource]:
    """The sources, each from what names it to what names the next one; none where one has no text."""
    if len(namings) < fewest:
        return []
    request = _REQUEST.search(source, namings[-1].end)
    ends = [*(naming.start for naming in namings[1:]), len(source) if request is None else request.start()]
    texts = [trim(source, naming.end, end) for naming, end in zip(namings, ends, strict=True)]
    sources = [
        _within_marks(source, JoinedSource(naming, text))
        for naming, text in zip(namings, texts, strict=True)
        if text is not None
    ]
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
        else JoinedSource(Span(part.naming.start, title.end("title")), Span(title.end(), part.text.end), part.closing)
        for part, title in zip(sources, titles, strict=True)
    ]


def _within_marks(source: str, part: JoinedSource) -> JoinedSource:
    """``part`` with the marks around its text, or the line that says that it ends, as what closes it."""
    opening = _MARK_ROUND.match(source, *part.text) if part.closing is None else None
    if opening is not None:
        mark = opening["line"] or "»" * len(opening["mark"])
        end = part.text.end - len(mark)
        text = trim(source, opening.end(), end) if source.startswith(mark, end) and end > opening.end() else None
        naming = trim(source, part.naming.start, opening.end())
    elif part.closing is None and (last_line := _END_LINE.search(source, *part.text)) is not None:
        end, naming = last_line.start() + 1, part.naming
        text = trim(source, part.text.start, end)
    else:
        return part
    return part if text is None or naming is None else JoinedSource(naming, text, Span(end, part.text.end))


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
