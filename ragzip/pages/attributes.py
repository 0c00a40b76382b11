"""Attributes of start tags: hidden and struck-out elements, what controls show, numbers of lists and cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from html import unescape
from typing import NamedTuple

from ragzip.pages.parse import Node, names
from ragzip.pages.selectors import MAX_OUTER_ELEMENTS, Compound
from ragzip.pages.styles import StyleSheet, declarations, is_invisible, names_in
from ragzip.text.lazy_patterns import pattern_of

__all__ = [
    "ATTRIBUTE",
    "PANELS",
    "Controls",
    "attributes",
    "controls",
    "is_behind_button",
    "is_behind_heading",
    "is_unseen",
    "whole",
]

ATTRIBUTE = pattern_of(r"""([^\s/>="']++)(?>(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"']++)))?)""")
_CONTROLLING = pattern_of(  # an attribute of a control; or what holds none that a reader sees
    r"""aria-controls|\bonclick\b|data-(?:(?:bs-)?(?:target|toggle)|tab\b)|\brole\s{0,9}=\s{0,9}["']?tab\b|<!--"""
    r"""|<(?P<unread>script|style|template|noscript|xmp|iframe|noembed|noframes)\b""",
    re.IGNORECASE,
)
_TAG_OF_CONTROL = pattern_of(r"<([a-zA-Z][^\s<>/]*+)[^<>]*+")
_QUOTED = pattern_of(r"[\"'](?:\.|#)?([\w-]{1,80})[\"']")  # in a script: openTab(event, 'prices')
_TOGGLES = ("data-bs-toggle", "data-toggle")
PANELS = names("article div section")  # whose tags are not written but for what controls show
_HEADINGS = names("h2 h3 h4 h5 h6 dt")  # of what is shown when a reader clicks on them; h1 is that of the page
_HEADING_LABEL = pattern_of(r"question|accordion|collaps|expand|toggle|faq", re.IGNORECASE)  # classes of other ones
_WHOLE_NUMBER = pattern_of(r"[+-]?\d{1,6}(?!\d)")
_STRUCK_OUT = names("s del strike")
_ROOTS = names("html body")  # scripts show them once a page has loaded
_MAY_HIDE = pattern_of(
    r"hid(?:den|e)|style|dialog|sr-only|screen-?reader|invisible|d-none|editsection|header-?link|hash-link|anchor",
    re.IGNORECASE,
)
_LINK_OF_HEADING = pattern_of(  # classes of the links beside headings: "¶", "[edit]"
    r"(?:^|\s)(?:mw-editsection|header-?link|hash-link|anchor-link|anchorjs-link)(?=\s|$)"
)
_MAY_BE_STYLED = pattern_of(r"\s(?:class|id)\b", re.IGNORECASE)
_CONTROL_ELEMENTS = names("a button label summary legend nav")
_PICTURES = names("svg img i")
_HIDDEN_FROM_READERS = pattern_of(r"""\saria-hidden\s{0,9}=\s{0,9}["']?true""", re.IGNORECASE)
_PICTURE_AFTER = pattern_of(  # after the text and the end tag of an element
    r"""[^<>]{0,200}+</[a-z]{1,9}+\s*+>\s*+<(?:(?:svg|img|i)\b|[a-z]{1,9}\s[^<>]{0,300}?aria-hidden\s{0,9}=\s{0,9}["']?true)""",
    re.IGNORECASE,
)
_FOR_SCREEN_READERS = pattern_of(  # classes of text that screens do not show
    r"(?:^|\s)(?:sr-only|screen-?reader(?:-text|-only)?|(?:(?:u|is|a11y)-)?visually-?hidden)(?=\s|$)",
    re.IGNORECASE,
)


def attributes(node: Node, source: str) -> dict[str, str]:
    """The attributes of the start tag of ``node``: lower-case names, decoded values, the first one of each name."""
    return _values(source, node.start + 1 + len(node.name), node.opened)


def _values(source: str, start: int, end: int) -> dict[str, str]:
    """The attributes in ``source[start:end]``, after the name of a start tag."""
    values: dict[str, str] = {}
    for match in ATTRIBUTE.finditer(source, start, end):
        value = match[2] or match[3] or match[4] or ""
        values.setdefault(match[1].lower(), unescape(value))
    return values


def whole(text: str | None) -> int | None:
    """The whole number at the start of ``text``, None without one."""
    match = _WHOLE_NUMBER.match(text.lstrip()) if text else None
    return int(match[0]) if match else None


class Controls(NamedTuple):
    """The elements by which a reader shows and hides others: the ids of what each shows, by the start of its tag, and
    the start of the last one that shows each id.
    """

    shown_ids: dict[int, tuple[str, ...]]
    last_starts: dict[str, int]


def controls(source: str) -> Controls:
    """The controls of a page: buttons of accordions, tabs."""
    page_controls = Controls({}, {})
    position = 0  # nothing is searched twice
    while (match := _CONTROLLING.search(source, position)) is not None:
        start, position = source.rfind("<", position, match.start()), match.end()
        if match[0] == "<!--" or match["unread"]:
            end_of_unread = re.compile(f"</{match['unread']}\\b" if match["unread"] else "-->", re.IGNORECASE)
            end = end_of_unread.search(source, position)
            if end is None:
                break
            position = end.end()
            continue
        tag = _TAG_OF_CONTROL.match(source, start) if start >= 0 else None
        if tag is None or tag.end() < match.end():
            continue
        position = tag.end()
        values = _values(source, tag.end(1), tag.end())
        if shown_ids := () if _is_hidden(values) else tuple(_shown_ids(values)):
            page_controls.shown_ids[start] = shown_ids
            page_controls.last_starts.update(dict.fromkeys(shown_ids, start))
    return page_controls


def _shown_ids(values: dict[str, str]) -> Iterator[str]:
    """The ids of the elements that a control with these attributes shows."""
    yield from values.get("aria-controls", "").split()
    yield from _QUOTED.findall(values.get("onclick", ""))
    is_control = not values.keys().isdisjoint(_TOGGLES) or values.get("role", "").strip().lower() == "tab"
    if is_control and values.get("href", "").startswith("#"):
        yield values["href"][1:].strip()
    for name in ("data-bs-target", "data-target", "data-tab"):
        if shown_id := values.get(name, "").strip().removeprefix("#"):
            yield shown_id


def is_unseen(
    node: Node, source: str, sheet: StyleSheet, *, is_controlled: bool = False, is_toggled: bool = False
) -> bool:
    """Whether an element is hidden or struck out, by its name, ``hidden``, ``aria-hidden``, its inline style, its class
    or id.

    Text that no reader sees may be addressed to the model alone (an injection).

    :param is_controlled: a control of the page shows it, whatever hides it at first.
    :param is_toggled: scripts show it, where its class or id hides it at first.
    """
    if node.name in _STRUCK_OUT:
        return True
    if node.name == "span" and source.startswith("<math", node.opened):  # beside a picture of the formula
        return False
    if node.name in _ROOTS or not (
        node.name == "dialog"
        or _MAY_HIDE.search(source, node.start, node.opened)
        or (sheet.hides_some and _MAY_BE_STYLED.search(source, node.start, node.opened))
        or sheet.may_hide(node.name)
    ):
        return False
    values = attributes(node, source)
    is_sign = node.name == "svg" or (node.name in ("i", "span") and source.startswith("</", node.opened))
    if is_sign and "aria-label" not in values:  # it has no text, but its class says something
        values.pop("aria-hidden", None)
    if (not is_controlled and _is_hidden(values)) or _LINK_OF_HEADING.search(values.get("class", "")):
        return True
    if node.name == "dialog" and "open" not in values:
        return True
    if _FOR_SCREEN_READERS.search(values.get("class", "")):
        return not _stands_for_picture(node, source)
    if not is_controlled and sheet.hides(
        node.name, values, partial(_around, node, source, sheet.outer), is_toggled=is_toggled
    ):
        return True
    if "style" not in values:
        return False
    style = dict(declarations(values["style"]))
    return is_invisible({name: value for name, value in style.items() if name != "display"} if is_controlled else style)


def _around(node: Node, source: str, known: dict[int, Compound]) -> list[Compound]:
    """The elements around one, from the inside out, with their classes and ids; those that scripts set on the root of a
    page are left out.

    :param known: takes and gives those that were looked at before, by their number.
    """
    compounds: list[Compound] = []
    outer = node.parent
    while outer is not None and len(compounds) < MAX_OUTER_ELEMENTS:
        if outer.number not in known:
            values = {} if outer.name in _ROOTS else attributes(outer, source)
            known[outer.number] = Compound(outer.name, names_in(values))
        compounds.append(known[outer.number])
        outer = outer.parent
    return compounds


def _stands_for_picture(node: Node, source: str) -> bool:
    """Whether an element for screen readers describes the picture or the signs next to it, as "3 of 5 stars" does;
    labels of controls say nothing more.
    """
    parent = node.parent
    if parent is None or parent.name in _CONTROL_ELEMENTS:
        return False
    picture_after = _PICTURE_AFTER.match(source, node.opened)
    if picture_after is not None:
        return True
    before = node.previous
    return before is not None and not source[before.end : node.start].strip() and _is_picture(before, source)


def _is_picture(node: Node, source: str) -> bool:
    return node.name in _PICTURES or _HIDDEN_FROM_READERS.search(source, node.start, node.opened) is not None


def is_behind_button(node: Node, source: str) -> bool:
    """Whether an element is what the button just before it shows, as that shows no other one: an accordion."""
    before = node.previous
    if before is None or source[before.end : node.start].strip():
        return False
    button = before if before.name == "button" else before.last_child
    if button is None or button.name != "button" or button.first >= button.last:
        return False
    values = attributes(button, source)
    return not _is_hidden(values) and not any(_shown_ids(values)) and values.get("type", "").lower() != "submit"


def is_behind_heading(node: Node, source: str) -> bool:
    """Whether an element is what the heading just before it may show: the answer to a question."""
    before = node.previous
    if before is None or source[before.end : node.start].strip():
        return False
    last_child = before.last_child
    heading = last_child if last_child is not None and last_child.name in _HEADINGS else before
    if heading.first >= heading.last:
        return False
    return heading.name in _HEADINGS or (
        node.name in PANELS and _HEADING_LABEL.search(attributes(before, source).get("class", "")) is not None
    )


def _is_hidden(values: dict[str, str]) -> bool:
    """Whether an element with these attributes is hidden as scripts hide one that is shown later. The search in a page
    finds what is hidden until then.
    """
    return (
        values.get("hidden", "until-found").strip().lower() != "until-found"
        or values.get("aria-hidden", "").strip().lower() == "true"
        or ("style" in values and dict(declarations(values["style"])).get("display") == "none")
    )
