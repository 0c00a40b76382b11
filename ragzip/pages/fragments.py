"""Fragments of pages in texts of no known type: the body of an answer, an element as a parser writes it, a chunk that a
splitter cut out of a page.
"""

from __future__ import annotations

import re

from ragzip.pages.parse import MAX_CHARACTERS, VOID, Node, names, parse
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["is_fragment"]

_BLOCKS = names(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figure footer form h1 h2 h3 h4"
    " h5 h6 head header hgroup li main menu nav ol p pre script section style table tbody td template th thead tr ul"
)
_INLINE = names(
    "a abbr acronym audio b bdi bdo big button canvas caption cite code colgroup data datalist del dfn em figcaption"
    " font i iframe ins kbd label legend map mark math meter nobr noscript object optgroup option output picture"
    " progress q rp rt ruby s samp select small span strike strong sub summary sup svg textarea tfoot time title tt u"
    " var video"
)
_SURE = names("p div h1 h2 h3 h4 h5 h6 li td th dd")  # prompts wrap plain texts in others: <article>, <section>
_FOREIGN = names("svg math")  # whose elements have names of their own
_LITERAL = names("pre code textarea script style svg math")  # what looks like Markdown in them is none
_FIRST_TAG = pattern_of(
    r"\ufeff?\s*+(?>(?:<!--(?>(?:[^-]++|-(?!->))*)-->\s*+)*)<(?:address|article|aside|blockquote|body|center|dl|div|fieldset"
    r"|figure|footer|form|h[1-6]|head|header|main|menu|nav|ol|p|section|style|table|ul)(?=[\s>])",
    re.IGNORECASE,
)
_LAST_TAG = pattern_of(r"</[a-zA-Z][^<>]{0,40}+>\s*+(?>(?:<!--(?>(?:[^-]++|-(?!->))*)-->\s*+)*)\Z")
_CUT_START = pattern_of(  # a part of a list or table; the rest of an element, with elements of the line in it
    r"\s*+<(?:li|d[td]|t[dhr]|tbody|thead|tfoot)(?=[\s>])|[^<>]{0,2000}+(?>(?:</?(?:a|abbr|b|br|code|em|i|small|span|strong|sup)\b[^<>]{0,300}+>[^<>]{0,2000}+){0,20})"
    r"</(p|div|h[1-6]|li|ul|ol|td|th|tr|table|dd|dt|dl|section|article)\s*+>",
    re.IGNORECASE,
)
_TAG = pattern_of(r"<[^<>]{0,2000}+>")
_SURE_TAG = pattern_of(r"</?(?:p|div|h[1-6]|li|td|th|dd)(?=[\s>])", re.IGNORECASE)
_MIN_TAGS_OF_CUT, _MAX_CHARACTERS_PER_TAG = 8, 300  # of a fragment that does not begin and end with tags of blocks
_TEMPLATE = pattern_of(  # code that writes pages
    r"<\?(?!xml)|<%|=\{|\{%|\sclassName=|\s(?:v-(?:if|for|else|bind|model|slot)\b|\*ng[A-Z]|ng-(?:if|repeat)=|th:\w)"
)
_PLACEHOLDER = pattern_of(  # in what a page shows: "{{ name }}", "{title}", "@foreach (…"
    r"\{\{|\{[#:/@][a-z]|\$\{|\{[^\W\d][\w.]*+\}|\{[^{}\n]{0,80}?(?:&&|=>)"
    r"|@(?:if|else|for|foreach|switch|while|section|end[a-z]+)\b"
)
_WIKI = pattern_of(r"\[\[[^\[\]\n]{1,200}+\]\]|'''|^==+ [^\n=]{1,200}+ ==+[ \t]*$", re.MULTILINE)
_CODE_OF_ELEMENT = {"style": pattern_of(r"[{@]"), "script": pattern_of(r"[;={}]|\w\(")}  # prompts have others in them
_MARKDOWN = pattern_of(  # blank lines end HTML in Markdown
    r"\n[ \t]*+\r?\n {0,3}(?:#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s|```|~~~|\||>\s|\*\*|__|!?\[)|\]\((?:https?:|[./#])|^```"
    r"|(?:\n[ \t]*+[-*+•] [^\n]{1,500}+){2}|(?<![\w`])`[^`\n]{1,80}+`(?![\w`])|\*\*\w[^*\n]{0,200}+\*\*"
)
_SIGNS_OF_OTHERS = (_PLACEHOLDER, _WIKI, _MARKDOWN)


def is_fragment(text: str) -> bool:
    """Whether a text is surely HTML without ``<html>``: all of it stands in blocks of HTML, the first and the last of
    which may be cut off, and it is neither Markdown with some tags, nor XML, nor a template.
    """
    begins_with_block = _FIRST_TAG.match(text) is not None
    cut_element = None if begins_with_block else _CUT_START.match(text)
    if len(text) > MAX_CHARACTERS or not (begins_with_block or cut_element) or _TEMPLATE.search(text):
        return False
    last_tag = text.rfind("</")
    is_whole = begins_with_block and last_tag >= 0 and _LAST_TAG.match(text, last_tag) is not None
    if not is_whole:
        least_tags = max(_MIN_TAGS_OF_CUT, len(_TAG.sub("", text)) / _MAX_CHARACTERS_PER_TAG)
        if len(_SURE_TAG.findall(text)) < least_tags:
            return False
    if cut_element is not None and cut_element[1]:
        text = f"<{cut_element[1]}>{text}"
    listener = _Listener(text)
    parse(text, listener)
    return listener.is_html and listener.is_sure


class _Listener:
    """A parser that collects the signs by which HTML differs from other texts with tags."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.blocks = self.literal = self.foreign = self.heads = 0  # open elements of these kinds
        self.is_html, self.is_sure = True, False

    def enter(self, node: Node) -> None:
        name = node.name
        self.is_sure |= name in _SURE
        self.is_html &= (
            not name or self.foreign > 0 or name in _BLOCKS or name in _INLINE or name in VOID or "-" in name
        )
        if self.blocks and not self.foreign and (name == "head" or (name == "title" and not self.heads)):
            self.is_html = False  # the heads and titles of chapters in XML
        self.count(name, 1)

    def text(self, start: int, end: int) -> None:
        text = self.source[start:end]
        is_outside = not self.blocks and text.strip("\ufeff \t\r\n\f")
        if is_outside or (not self.literal and any(sign.search(text) for sign in _SIGNS_OF_OTHERS)):
            self.is_html = False

    def leave(self, node: Node) -> None:
        self.count(node.name, -1)
        if node.name in _CODE_OF_ELEMENT:
            content = self.source[node.start : node.end].partition(">")[2].rpartition("</")[0]
            if content.strip() and _CODE_OF_ELEMENT[node.name].search(content) is None:
                self.is_html = False

    def count(self, name: str, step: int) -> None:
        self.blocks += step * (name in _BLOCKS)
        self.literal += step * (name in _LITERAL)
        self.foreign += step * (name in _FOREIGN)
        self.heads += step * (name == "head")
