"""Attributes of start tags: hidden and struck-out elements, what controls show, numbers of lists and cells, and how the
controls of a form are set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from ragzip.pages.parse import Node, names
from ragzip.text.spans import Span, merge

__all__ = ["Controls", "attributes", "controls", "is_unseen", "label_part", "setting", "whole"]

_ATTRIBUTE = re.compile(r"""([^\s/>="']++)(?>(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"']++)))?)""")
_CONTROLLING = re.compile(  # an attribute of a control; or what holds none that a reader sees
    r"""aria-controls|data-(?:bs-)?(?:target|toggle)|\brole\s{0,9}=\s{0,9}["']?tab\b|<!--"""
    r"""|<(?P<unread>script|style|template|noscript|xmp|iframe|noembed|noframes)\b""",
    re.IGNORECASE,
)
_TAG_OF_CONTROL = re.compile(r"<([a-zA-Z][^\s<>/]*+)[^<>]*+")
_TOGGLES = ("data-bs-toggle", "data-toggle")
_PANELS = names("article div section")  # whose tags are not written but for this
_SWITCHES = names("button div span")  # elements that scripts make a control of
_BOXES = names("checkbox radio")
_FIELDS_WITHOUT_TEXT = names("hidden submit button reset image password file")
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,6}(?!\d)")
_STRUCK_OUT = names("s del strike")
_ROOTS = names("html body")  # scripts show them once a page has loaded
_MAY_HIDE = re.compile(r"hidden|style|dialog|sr-only|screen-?reader", re.IGNORECASE)
_FOR_SCREEN_READERS = re.compile(  # classes of text that screens do not show
    r"(?:^|\s)(?:sr-only|screen-?reader(?:-text|-only)?|(?:(?:u|is|a11y)-)?visually-?hidden)(?=\s|$)",
    re.IGNORECASE,
)
_ZERO_LENGTH = re.compile(r"0*+(?>(?:\.0*+)?)(?>(?:px|r?em|pt|%|v[hw])?)\Z")
_PIXEL_SIZE = re.compile(r"(?:0*+[01](?>(?:\.0*+)?)|0*+\.\d{1,9}+)(?:px|pt)\Z")  # at most one: nobody can read it
_FAINT_OPACITY = re.compile(r"0*+(?:\.0\d{0,9}+)(?!\S)|[0-4](?>(?:\.\d{1,9}+)?)%")
_FAR_OFF = re.compile(r"(?>(?:calc\(\s*+)?)(?:-\d{3}|-[1-9]\d(?>(?:\.\d{1,9}+)?)r?em)")
_TRANSFORMED_AWAY = re.compile(
    r"scale(?:3d|[xy])?\(\s*+0*+(?>(?:\.0*+)?)\s*+[,)]|translate(?:3d|[xy])?\([^()]{0,20}?-\d{4,9}+px"
)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6}+)\s?+|(.))", re.IGNORECASE | re.DOTALL)
_SHORT_COLOR = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])\Z")
_NO_COLOR = re.compile(r"(?:transparent|(?:rgb|hsl)a?\([^()]{0,60}[,/]\s*+0*+(?>(?:\.0*+)?)%?+\s*+\))\Z")
_HEX_BY_NAME = {"white": "#ffffff", "black": "#000000"}
_OVERFLOWS = ("overflow", "overflow-x", "overflow-y")
_OFFSETS = ("left", "right", "top", "bottom", "inset", "text-indent")
_SHIFTS = ("margin", "margin-left", "margin-top", "translate")
_SHIFTED_AWAY = re.compile(r"(?>(?:calc\(\s*+)?)-\d{4}")  # columns are laid out by margins of some hundred pixels
_CLIPPED_AWAY = re.compile(
    r"(?:rect\(\s*+[01](?>(?:px)?)(?:[\s,]++[01](?>(?:px)?)){3}|inset\(\s*+(?:[5-9]\d|100)%|circle\(\s*+0)"
)


def attributes(node: Node, source: str) -> dict[str, str]:
    """The attributes of the start tag of ``node``: lower-case names, decoded values, the first one of each name."""
    return _values(source, node.start + 1 + len(node.name), node.opened)


def _values(source: str, start: int, end: int) -> dict[str, str]:
    """The attributes in ``source[start:end]``, behind the name of a start tag."""
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
    is_control = not values.keys().isdisjoint(_TOGGLES) or values.get("role", "").strip().lower() == "tab"
    for name in ("data-bs-target", "data-target", *(("href",) if is_control else ())):
        if values.get(name, "").startswith("#"):
            yield values[name][1:].strip()


def is_unseen(node: Node, source: str, *, is_controlled: bool = False) -> bool:
    """Whether an element is hidden or struck out, by its name, ``hidden``, ``aria-hidden``, or its inline style.

    Text that no reader sees may be addressed to the model alone (an injection).

    :param is_controlled: a control of the page shows it, whatever hides it at first.
    """
    if node.name in _STRUCK_OUT:
        return True
    if node.name in _ROOTS or not (node.name == "dialog" or _MAY_HIDE.search(source, node.start, node.opened)):
        return False
    values = attributes(node, source)
    if not is_controlled and _is_hidden(values):
        return True
    if node.name == "dialog" and "open" not in values:
        return True
    if _FOR_SCREEN_READERS.search(values.get("class", "")):
        return True
    if "style" not in values:
        return False
    style = dict(_declarations(values["style"]))
    return _is_invisible(
        {name: value for name, value in style.items() if name != "display"} if is_controlled else style
    )


def _is_hidden(values: dict[str, str]) -> bool:
    """Whether an element with these attributes is hidden as scripts hide one that is shown later. The search in a page
    finds what is hidden until then.
    """
    return (
        values.get("hidden", "until-found").strip().lower() != "until-found"
        or values.get("aria-hidden", "").strip().lower() == "true"
        or ("style" in values and dict(_declarations(values["style"])).get("display") == "none")
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
    """The parts of the start tag of a panel that say what it is, as a tag, where that is the ``label`` of its control:
    ``<div aria-label="Delivery">``. None of other elements.
    """
    if node.name not in _PANELS or source.find("aria-label", node.start, node.opened) < 0:
        return []
    written_label = attributes(node, source).get("aria-label", "").split()
    return _tag_of(node, source, ("aria-label",)) if written_label and written_label == label.split() else []


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


def _declarations(style: str) -> Iterator[tuple[str, str]]:
    """The properties of an inline style and their values, in order: the last value of a property counts."""
    style = _CSS_ESCAPE.sub(_unescaped, style).lower() if "\\" in style else style.lower()
    uncommented_ends = style.split("*/") if "*/" in style else [style]
    for declaration in "".join(part.split("/*", 1)[0] for part in uncommented_ends).split(";"):
        name, _, value = declaration.partition(":")
        yield name.strip(), value.partition("!")[0].strip()


def _unescaped(match: re.Match[str]) -> str:
    """The character that a CSS escape stands for."""
    code_point = int(match[1], 16) if match[1] else 0
    return match[2] or (chr(code_point) if 0 < code_point < 0xD800 else "\ufffd")


def _canonical_color(value: str | None) -> str | None:
    """The colour ``value`` in one spelling: six hexadecimal digits for those with names or three digits."""
    if value is None:
        return None
    return _SHORT_COLOR.sub(r"#\1\1\2\2\3\3", _HEX_BY_NAME.get(value, value))


def _is_invisible(style: dict[str, str]) -> bool:
    def is_zero(*properties: str) -> bool:
        return any(style.get(name) and _ZERO_LENGTH.match(style[name]) for name in properties)

    size_properties = ("width", "height", "max-height", "max-width")
    cuts_off_overflow = any(word in style.get(name, "") for name in _OVERFLOWS for word in ("hidden", "clip"))
    color = _canonical_color(style.get("color"))
    background_clip = style.get("background-clip", "") + style.get("-webkit-background-clip", "")
    is_filled_by_picture = "text" in background_clip
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or style.get("content-visibility") == "hidden"
        or "line-through" in style.get("text-decoration", "") + style.get("text-decoration-line", "")
        or is_zero("opacity", "font-size", "scale", "zoom")
        or _PIXEL_SIZE.match(style.get("font-size", "")) is not None
        or _FAINT_OPACITY.match(style.get("opacity", "")) is not None
        or (
            cuts_off_overflow
            and (is_zero(*size_properties) or any(_PIXEL_SIZE.match(style.get(name, "")) for name in size_properties))
        )
        or any(_FAR_OFF.match(style.get(name, "")) for name in _OFFSETS)
        or any(_SHIFTED_AWAY.match(style.get(name, "")) for name in _SHIFTS)
        or _TRANSFORMED_AWAY.search(style.get("transform", "")) is not None
        or any(_CLIPPED_AWAY.match(style.get(name, "")) for name in ("clip", "clip-path"))
        or (
            not is_filled_by_picture
            and any(_NO_COLOR.match(style.get(name, "")) for name in ("color", "-webkit-text-fill-color"))
        )
        or (color is not None and color == _canonical_color(style.get("background-color") or style.get("background")))
    )
