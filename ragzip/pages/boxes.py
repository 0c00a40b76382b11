"""Boxes of a page that are no content: menus, lists of related links, notices and advertisements, rows of tabs, and the
lines of a footer that say who made the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import Literal, NamedTuple

from ragzip.pages.attributes import attributes
from ragzip.pages.parse import Node, names
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["Boxes"]

_BoxKind = Literal["menu", "links", "notice", "sign-up", "tabs", "footer"]

_MAY_BE_BOX = pattern_of(
    r"nav|menu|pager|paginat|crumb|skip|toc|table-of|cookie|consent|contentinfo|sidebar|related|\bads?\b|advert|sponsored|adsbygoogle"
    r"|pop-?up|newsletter|tablist|footer|share|sharing|social|addtoany|recommend|more|also|further|teaser|weiterlesen|mehr|lire",
    re.IGNORECASE,
)
_NOTICE_LABEL = pattern_of(
    r"cookie|consent|adsbygoogle|\bpop-?up(?![a-z])|newsletter[-_](?:banner|box|form|popup|signup)|\badvert(?:isement|ising|orial)?s?(?![a-z])|\bsponsored(?![a-z])"
    r"|(?:^|\s)(?:[a-z]{2,10}[-_])?ads?(?:[-_](?:banner|box|container|slot|unit|wrapper))?(?=\s|$)|\b(?:bread-?)?crumbs?(?![a-z])|\bskip-?(?:link|nav|to)"
    r"|\bshar(?:e|ing)[-_](?:bar|box|buttons?|icons?|links?|tools?|widget)|\bsharedaddy|\baddtoany"
    r"|\bsocial[-_](?:bar|buttons?|icons?|links?|media|shar(?:e|ing))(?![a-z])",
    re.IGNORECASE,
)
_SIGN_UP_LABEL = pattern_of(r"(?:^|\s)newsletter(?=\s|$)", re.IGNORECASE)  # of an invitation, or of a whole issue
_FOOTER_LABEL = pattern_of(r"(?:^|\s)(?:(?:site|page|main)[-_]?)?footer(?=\s|$)", re.IGNORECASE)
_MENU_LABEL = pattern_of(
    rf"nav-?box|nav-?bar|breadcrumb|\b(?:nav|navigation|menu|sidebar|related)(?![a-z])|{_FOOTER_LABEL.pattern}"
    r"|(?:^|\s)(?:share|sharing|social)(?=\s|$)",
    re.IGNORECASE,
)
_LINKS_LABEL = pattern_of(  # of links to other pages, results and sections
    r"(?:^|[\s_-])(?:toc|table-of-contents|pager|pagination|related|recommend(?:ed|ations?)|see[-_]?also|also[-_]?read|(?:read|see|view)[-_]?(?:more|also|next)"
    r"|further[-_]?reading|teasers?|siehe[-_]auch|mehr[-_]zum[-_]thema|weiterlesen|lire[-_]aussi"
    r"|more[-_]?(?:articles|from|like|links|news|on|posts|reading|stories|topics))(?![a-z])|(?:^|\s)more(?=\s|$)",
    re.IGNORECASE,
)
_MENU_ROLES = names("navigation menu menubar contentinfo")
_MENU_ELEMENTS = names("nav footer menu aside")
_INLINE = names("a abbr b em i label small span strong time")  # elements inside a line, which are no boxes of links
_HUMP = pattern_of(r"(?<=[a-z])(?=[A-Z])")  # relatedLinks
_ROOTS = names("html body")
_NO_BOX: frozenset[_BoxKind] = frozenset()

_MAX_NOTICE_CHARACTERS = 800  # of a notice of cookies or an advertisement
_MAX_SIGN_UP_CHARACTERS = 200
_MIN_LINK_SHARE = 0.5  # of the characters of a menu
_MIN_SHARE_OF_LINKS = 0.8  # of the characters of a list of related links, without its headings
_MAX_COPYRIGHT_WORDS = 15  # of a line that says no more than who made the page
_COPYRIGHT = pattern_of(
    r"©|\(c\)\s*(?:19|20)\d\d|\bcopyright\b|\ball rights reserved\b|\balle rechte vorbehalten\b"
    r"|\btous droits réservés\b|\btodos los derechos reservados\b|\btutti i diritti riservati\b"
    r"|\balle rechten voorbehouden\b",
    re.IGNORECASE,
)
_YEAR = pattern_of(r"\b(?:19|20)\d\d\b")
_MAX_PLACE_CHARACTERS = 80
_SAYS_MORE_THAN_PLACES = pattern_of(r"[\d@?]|[.!:;](?:\s|\Z)|[。！：；]")
_SAYS_MORE = pattern_of(r"[\d@]")  # a telephone number, an address, hours


class _Count(NamedTuple):
    """Characters of a page up to a place: of all text, of text in links, of headings that are no links."""

    all: int = 0
    linked: int = 0
    headed: int = 0

    def since(self, earlier: _Count) -> _Count:
        """The characters since an earlier place."""
        return _Count(self.all - earlier.all, self.linked - earlier.linked, self.headed - earlier.headed)


class Boxes:
    """The boxes of a page that is being read.

    ``ranges`` are those of the runs that are no content (first, last exclusive), none inside another; ``tab_rows`` the
    elements that hold the tabs of panels.

    :param starts: of the runs read so far, which grow.
    :param ends: see ``starts``.
    """

    def __init__(self, source: str, starts: Sequence[int], ends: Sequence[int]) -> None:
        self.source, self.starts, self.ends = source, starts, ends
        self.ranges: list[tuple[int, int]] = []
        self.tab_rows: list[Node] = []
        self._open: list[tuple[Node, frozenset[_BoxKind], _Count]] = []
        self._count = _Count()
        self._footers: list[tuple[int, bool]] = []  # open ones: their number, and whether they stand in main content
        self._line = (0, _Count())  # the first run of the line, and the characters before it

    def enter(self, node: Node, *, in_main: bool) -> None:
        """Note the beginning of a visible element, after the border before it."""
        kinds = _kinds(node, self.source)
        if in_main:
            kinds -= {"menu"}
        if not kinds:
            return
        if kinds - {"footer"}:
            self._open.append((node, kinds, self._count))
        if "footer" in kinds:
            self._footers.append((node.number, in_main))
            self._line = (len(self.starts), self._count)

    def text(self, length: int, *, is_linked: bool, is_headed: bool) -> None:
        """Note visible text of so many characters, signs between words not counted."""
        count = self._count
        self._count = _Count(
            count.all + length, count.linked + length * is_linked, count.headed + length * (is_headed and not is_linked)
        )

    def border(self) -> None:
        """Note the end of a line: one of a footer may say nothing but who made the page, or lead to other pages."""
        if not self._footers:
            return
        first_run, count_before = self._line
        last_run = len(self.starts)
        self._line = (last_run, self._count)
        if first_run < last_run and self._is_imprint(first_run, last_run, self._count.since(count_before)):
            if self.ranges and self.ranges[-1][1] == first_run:
                first_run = self.ranges.pop()[0]
            self.ranges.append((first_run, last_run))

    def leave(self, node: Node) -> bool:
        """Note the end of a visible element, after the border that follows it; whether it is no content."""
        if self._footers and self._footers[-1][0] == node.number:
            self._footers.pop()
        return bool(self._open) and self._open[-1][0] == node and self._close(*self._open.pop())

    def _close(self, node: Node, kinds: frozenset[_BoxKind], count_before: _Count) -> bool:
        """Enter a possible box among those of the page if its links or its length say that it is one; whether they
        do.
        """
        count = self._count.since(count_before)
        if "tabs" in kinds:
            self.tab_rows.append(node)
        elif (
            ("notice" in kinds and count.all < _MAX_NOTICE_CHARACTERS)
            or ("sign-up" in kinds and count.all < _MAX_SIGN_UP_CHARACTERS)
            or ("menu" in kinds and count.linked > _MIN_LINK_SHARE * count.all)
            or ("menu" in kinds and node.name == "nav" and self._names_places(node, count))
            or ("links" in kinds and count.linked > _MIN_SHARE_OF_LINKS * (count.all - count.headed))
        ):
            while self.ranges and self.ranges[-1][0] >= node.first:  # boxes inside it
                self.ranges.pop()
            self.ranges.append((node.first, node.last))
            return True
        return False

    def _names_places(self, node: Node, count: _Count) -> bool:
        """Whether a navigation of a few words without links says nothing: "Home", "News | Contact"."""
        if count.all > _MAX_PLACE_CHARACTERS:
            return False
        first, last = node.first, len(self.starts)
        pieces = (
            self.source[start:end] for start, end in zip(self.starts[first:last], self.ends[first:last], strict=True)
        )
        return not _SAYS_MORE_THAN_PLACES.search(" ".join(pieces))

    def _is_imprint(self, first_run: int, last_run: int, count: _Count) -> bool:
        in_main = self._footers[0][1]
        if (count.linked < count.all or in_main) and count.all > _MAX_COPYRIGHT_WORDS * 20:
            return False
        pieces = (
            self.source[start:end]
            for start, end in zip(self.starts[first_run:last_run], self.ends[first_run:last_run], strict=True)
        )
        text = unescape(" ".join(pieces))
        if _SAYS_MORE.search(_YEAR.sub("", text)):
            return False
        is_copyright = len(text.split()) <= _MAX_COPYRIGHT_WORDS and _COPYRIGHT.search(text) is not None
        return is_copyright or (count.linked == count.all and not in_main)


def _kinds(node: Node, source: str) -> frozenset[_BoxKind]:
    """The kinds of a box that an element may be, by its name, role, id and class."""
    is_menu = node.name in _MENU_ELEMENTS
    if node.name in _ROOTS or not (is_menu or _MAY_BE_BOX.search(source, node.start, node.opened)):
        return _NO_BOX
    values = attributes(node, source)
    role = values.get("role", "").strip().lower()
    if role == "tablist":
        return frozenset(("tabs",))
    label = _HUMP.sub("-", f"{values.get('id', '')} {values.get('class', '')}")
    is_footer = node.name == "footer" or role == "contentinfo"
    may_be: tuple[tuple[_BoxKind, bool], ...] = (
        ("menu", is_menu or role in _MENU_ROLES or _MENU_LABEL.search(label) is not None),
        ("links", node.name not in _INLINE and _LINKS_LABEL.search(label) is not None),
        ("notice", _NOTICE_LABEL.search(label) is not None),
        ("sign-up", _SIGN_UP_LABEL.search(label) is not None),
        ("footer", node.name not in _INLINE and (is_footer or _FOOTER_LABEL.search(label) is not None)),
    )
    return frozenset(kind for kind, is_possible in may_be if is_possible)
