"""Attributes of start tags: hidden and struck-out elements, what controls show, numbers of lists and cells, and how the
controls of a form are set.
"""

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
from ragzip.text.spans import Span, merge

__all__ = [
    "Controls",
    "attributes",
    "controls",
    "is_behind_button",
    "is_behind_heading",
    "is_unseen",
    "label_part",
    "picture_label",
    "setting",
    "whole",
]

_ATTRIBUTE = pattern_of(r"""([^\s/>="']++)(?>(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"']++)))?)""")
_CONTROLLING = pattern_of(  # an attribute of a control; or what holds none that a reader sees
    r"""aria-controls|\bonclick\b|data-(?:(?:bs-)?(?:target|toggle)|tab\b)|\brole\s{0,9}=\s{0,9}["']?tab\b|<!--"""
    r"""|<(?P<unread>script|style|template|noscript|xmp|iframe|noembed|noframes)\b""",
    re.IGNORECASE,
)
_TAG_OF_CONTROL = pattern_of(r"<([a-zA-Z][^\s<>/]*+)[^<>]*+")
_QUOTED = pattern_of(r"[\"'](?:\.|#)?([\w-]{1,80})[\"']")  # in a script: openTab(event, 'prices')
_TOGGLES = ("data-bs-toggle", "data-toggle")
_PANELS = names("article div section")  # whose tags are not written but for this
_SWITCHES = names("button div span")  # elements that scripts make a control of
_BOXES = names("checkbox radio")
_HEADINGS = names("h2 h3 h4 h5 h6 dt")  # of what is shown when a reader clicks on them; h1 is that of the page
_HEADING_LABEL = pattern_of(r"question|accordion|collaps|expand|toggle|faq", re.IGNORECASE)  # classes of other ones
_FIELDS_WITHOUT_TEXT = names("hidden submit button reset image password file")
_CELLS = names("td th")
_LABELS_OF_PICTURES = {"img": ("alt", "title"), **dict.fromkeys(("svg", "i", "span"), ("aria-label", "title"))}
_NO_WORD = pattern_of(  # labels that say what a picture is of, or whose
    r"\b(?:avatar|banner|flag|flagge|foto|graphic|icons?|illustration|images?|logos?|photos?|pictures?|portrait|screenshot|spacer"
    r"|thumbnail)\b|\.(?:gif|jpe?g|png|svg|webp)\b|^\W*+$",
    re.IGNORECASE,
)
_MAX_LABEL_WORDS, _MAX_LEVELS = 6, 4  # of a picture; elements between it and its cell
_TAG_OR_SPACE = r"(?:\s{1,500}+|<(?!/?(?:t[dhr]|table|t(?:body|foot))\b)[^<>]{0,2000}+>)"
_TAGS_ONLY = pattern_of(rf"(?>{_TAG_OR_SPACE}{{0,20}})", re.IGNORECASE)
_END_OF_CELL = pattern_of(rf"(?>{_TAG_OR_SPACE}{{0,20}})(?:</?(?:t[dhr]|table|t(?:body|foot))\b|\Z)", re.IGNORECASE)
_WHOLE_NUMBER = pattern_of(r"[+-]?\d{1,6}(?!\d)")
_STRUCK_OUT = names("s del strike")
_ROOTS = names("html body")  # scripts show them once a page has loaded
_MAY_HIDE = pattern_of(r"hid(?:den|e)|style|dialog|sr-only|screen-?reader|invisible|d-none", re.IGNORECASE)
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
    for match in _ATTRIBUTE.finditer(source, start, end):
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
    if not is_controlled and _is_hidden(values):
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
        node.name in _PANELS and _HEADING_LABEL.search(attributes(before, source).get("class", "")) is not None
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


def setting(node: Node, source: str) -> list[Span]:
    """The parts of the start tag of a control that say how it is set, as a tag: ``<input type="checkbox" checked>``.
    None of other elements.
    """
    if node.name not in ("input", "option") and (
        node.name not in _SWITCHES or source.find("aria-checked", node.start, node.opened) < 0
    ):
        return []
    return _tag_of(node, source, _names_of_setting(node, attributes(node, source)))


def label_part(node: Node, source: str, label: str) -> list[Span]:
    """The parts of the start tag of a panel that form its label, as a tag, where that is the ``label`` of its control:
    ``<div aria-label="Delivery">``. None of other elements.
    """
    if node.name not in _PANELS or source.find("aria-label", node.start, node.opened) < 0:
        return []
    written_label = attributes(node, source).get("aria-label", "").split()
    return _tag_of(node, source, ("aria-label",)) if written_label and written_label == label.split() else []


def picture_label(node: Node, source: str, *, is_in_line: bool) -> list[Span]:
    """The label of a picture or sign that stands alone in a cell of a table, or in the place of a word, as in "The
    switch is OFF". None of other elements.
    """
    label_names = _LABELS_OF_PICTURES.get(node.name, ())
    if not any(name in source[node.start : node.opened] for name in label_names):
        return []
    if not _is_alone(node, source) and not (is_in_line and _is_word(node, source)):
        return []
    for name in label_names:
        for match in _ATTRIBUTE.finditer(source, node.start + 1 + len(node.name), node.opened):
            value = match.lastindex and match.lastindex > 1 and match[match.lastindex]
            if match[1].lower() == name and value and value.strip() and len(value.split()) <= _MAX_LABEL_WORDS:
                return [Span(*match.span(match.lastindex or 0))]
    return []


def _is_word(node: Node, source: str) -> bool:
    """Whether a picture says something that the text around it does not, by its label."""
    values = attributes(node, source)
    if node.name != "img":
        return values.get("role", "").strip().lower() == "img" and not _NO_WORD.search(values.get("aria-label", ""))
    return bool(values.get("alt", "").strip()) and not _NO_WORD.search(values["alt"])


def _is_alone(node: Node, source: str) -> bool:
    """Whether an element without text begins a cell, and nothing but other tags follows it there."""
    parent = node.parent
    for _ in range(_MAX_LEVELS):
        if parent is None or parent.name in _CELLS:
            break
        parent = parent.parent
    return (
        parent is not None
        and parent.name in _CELLS
        and _TAGS_ONLY.fullmatch(source, parent.opened, node.start) is not None
        and _END_OF_CELL.match(source, node.opened) is not None
    )


def _tag_of(node: Node, source: str, kept_names: tuple[str, ...]) -> list[Span]:
    """The parts of the start tag of an element with these attributes alone; none if it has none of them."""
    places: dict[str, Span] = {}
    for match in _ATTRIBUTE.finditer(source, node.start + 1 + len(node.name), node.opened):
        places.setdefault(match[1].lower(), Span(match.start() - source[match.start() - 1].isspace(), match.end()))
    parts = [places[name] for name in kept_names if name in places]
    if not parts or source[node.opened - 1] != ">":
        return []
    name_end = node.start + 1 + len(node.name)
    return [Span(*part) for part in merge([(node.start, name_end), *sorted(parts), (node.opened - 1, node.opened)])]


def _names_of_setting(node: Node, values: dict[str, str]) -> tuple[str, ...]:
    """The attributes that say how a control is set."""
    if node.name != "input":
        return ("selected",) if node.name == "option" else ("aria-checked",)
    kind = values.get("type", "").strip().lower()
    if kind in _BOXES:
        return "type", "checked"
    return ("value",) if kind not in _FIELDS_WITHOUT_TEXT and values.get("value", "").strip() else ()
