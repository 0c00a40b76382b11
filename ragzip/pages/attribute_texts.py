"""The texts that a page has in attributes: settings of the controls of a form, values of bars, dates, the labels of
panels and of pictures.
"""

from __future__ import annotations

import re
from html import unescape

from ragzip.pages.attributes import ATTRIBUTE, PANELS, attributes
from ragzip.pages.parse import Node, names
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, merge

__all__ = ["label_part", "picture_label", "setting"]

_BARS = names("meter progress")
_EMPTY = r"(?>(?:\s++|<(?!/{name}\b)[^<>]*+>){{0,6}})</{name}\b"
_DATES = frozenset(("time", "relative-time", "time-ago"))
_DATE = pattern_of(r"""(?<=\s)datetime\s{0,9}+=\s{0,9}+["']?(\d{4}-\d\d(?:-\d\d)?)""", re.IGNORECASE)
_MAX_DATE_CHARACTERS = 200
_SWITCHES = names("button div span")  # elements that scripts make a control of
_BOXES = names("checkbox radio")
_FIELDS_WITHOUT_TEXT = names("hidden submit button reset image password file")
_CELLS, _ITEM = names("td th"), names("li")
_LABELS_OF_PICTURES = {"img": ("alt", "title"), **dict.fromkeys(("svg", "i", "span"), ("aria-label", "title"))}
_NO_WORD = pattern_of(  # labels that say what a picture is of, or whose
    r"\b(?:avatar|banner|flag|flagge|foto|graphic|icons?|illustration|images?|logos?|photos?|pictures?|portrait|screenshot|spacer"
    r"|thumbnail)\b|\.(?:gif|jpe?g|png|svg|webp)\b|^\W*+$",
    re.IGNORECASE,
)
_SIGNS = pattern_of(
    r"(?:[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]\ufe0f?\s?){1,5}"
)  # as a label: ✅
_SIGN_NAME = pattern_of(  # a class or the name of a drawing that says what a picture means: fa-check, icon-x-circle
    r"""(?<=[\s"'=#])(?:[a-z0-9]{1,20}-){0,4}(?:(?P<no>times|cross|xmark|x|close|cancel|remove|ban|no|excluded"""
    r"""|unavailable|unsupported)|check(?:ed|mark)?|tick|yes|ok|minus|dash|done|star(?:-half)?|included|available"""
    r"""|supported)(?:-(?:alt|big|bold|circle|fill(?:ed)?|icon|light|line|lg|mark|o|outline|round|sign|solid|square)){0,3}"""
    r"""(?=[\s"'>/])""",
    re.IGNORECASE,
)
_DRAWING_USED = pattern_of(r"\s*+<use\b[^<>]{0,300}+>", re.IGNORECASE)
_MAX_LABEL_WORDS, _MAX_LEVELS = 6, 4  # of a picture; elements between it and its cell
_TAG_OR_SPACE = r"(?:\s{1,500}+|<(?!/?(?:t[dhr]|table|t(?:body|foot))\b)[^<>]{0,2000}+>)"
_TAGS_ONLY = pattern_of(rf"(?>{_TAG_OR_SPACE}{{0,20}})", re.IGNORECASE)
_END_OF_CELL = pattern_of(rf"(?>{_TAG_OR_SPACE}{{0,20}})(?:</?(?:t[dhr]|table|t(?:body|foot))\b|\Z)", re.IGNORECASE)


def setting(node: Node, source: str) -> list[Span]:
    """The parts of the start tag of a control that say how it is set, as a tag: ``<input type="checkbox" checked>``;
    those of a bar that say how long it is; those of a date that its text does not tell. None of other elements.
    """
    if node.name in _DATES:
        return _date(node, source)
    if node.name in _BARS or (node.name in _SWITCHES and source.find("aria-valuenow", node.start, node.opened) >= 0):
        is_empty = re.compile(_EMPTY.format(name=node.name), re.IGNORECASE).match(source, node.opened)
        return _tag_of(node, source, ("value", "max", "aria-valuenow", "aria-valuemax")) if is_empty else []
    if node.name not in ("input", "option") and (
        node.name not in _SWITCHES or source.find("aria-checked", node.start, node.opened) < 0
    ):
        return []
    return _tag_of(node, source, _names_of_setting(node, attributes(node, source)))


def _date(node: Node, source: str) -> list[Span]:
    """The start tag of an element with its date, where its text does not tell the year: "yesterday", nothing at all."""
    date = _DATE.search(source, node.start, node.opened)
    if date is None or source[node.opened - 1] != ">":
        return []
    text = source[node.opened : node.opened + _MAX_DATE_CHARACTERS].partition(f"</{node.name}")[0]
    year = date[1][:4]
    if year in text or re.search(rf"(?<!\d){year[2:]}(?!\d)", text):
        return []
    name_end, value_start = node.start + 1 + len(node.name), date.start(1)
    name_start = date.start() - 1
    before_value = value_start - (source[value_start - 1] in "\"'")
    parts = [(node.start, name_end), (name_start, before_value), date.span(1), (node.opened - 1, node.opened)]
    return [Span(*part) for part in merge(parts)]


def label_part(node: Node, source: str, label: str) -> list[Span]:
    """The parts of the start tag of a panel that form its label, as a tag, where that is the ``label`` of its control:
    ``<div aria-label="Delivery">``. None of other elements.
    """
    if node.name not in PANELS or source.find("aria-label", node.start, node.opened) < 0:
        return []
    written_label = attributes(node, source).get("aria-label", "").split()
    return _tag_of(node, source, ("aria-label",)) if written_label and written_label == label.split() else []


def picture_label(node: Node, source: str, *, is_in_line: bool) -> list[Span]:
    """The label of a picture or sign that stands alone in a cell of a table, or in the place of a word, as in "The
    switch is OFF", or that is a sign itself. None of other elements.
    """
    label_names = _LABELS_OF_PICTURES.get(node.name, ())
    for name in label_names if any(name in source[node.start : node.opened] for name in label_names) else ():
        for match in ATTRIBUTE.finditer(source, node.start + 1 + len(node.name), node.opened):
            value = match.lastindex and match.lastindex > 1 and match[match.lastindex]
            if match[1].lower() == name and value and value.strip() and len(value.split()) <= _MAX_LABEL_WORDS:
                is_sign = node.name == "img" and _SIGNS.fullmatch(unescape(value).strip()) is not None
                is_read = is_sign or _is_alone(node, source) or (is_in_line and _is_word(node, source))
                return [Span(*match.span(match.lastindex or 0))] if is_read else []
    return _sign_name(node, source) if label_names else []


def _sign_name(node: Node, source: str) -> list[Span]:
    """The class, or the name of the drawing, by which a picture without a label says what a cell of a table holds, or
    that an item does not hold: "fa-times".
    """
    drawing = _DRAWING_USED.match(source, node.opened) if node.name == "svg" else None
    name = _SIGN_NAME.search(source, node.start, drawing.end() if drawing else node.opened)
    if name is None or not (_is_alone(node, source) or (name["no"] and _begins(_outer(node, _ITEM), node, source))):
        return []
    return [Span(*name.span())]


def _is_word(node: Node, source: str) -> bool:
    """Whether a picture says something that the text around it does not, by its label."""
    values = attributes(node, source)
    if node.name != "img":
        return values.get("role", "").strip().lower() == "img" and not _NO_WORD.search(values.get("aria-label", ""))
    return bool(values.get("alt", "").strip()) and not _NO_WORD.search(values["alt"])


def _is_alone(node: Node, source: str) -> bool:
    """Whether an element without text begins a cell, and nothing but other tags follows it there."""
    return _begins(_outer(node, _CELLS), node, source) and _END_OF_CELL.match(source, node.opened) is not None


def _outer(node: Node, outer_names: frozenset[str]) -> Node | None:
    """The innermost element of these around one, None if it is far away."""
    outer = node.parent
    for _ in range(_MAX_LEVELS):
        if outer is None or outer.name in outer_names:
            break
        outer = outer.parent
    return outer if outer is not None and outer.name in outer_names else None


def _begins(outer: Node | None, node: Node, source: str) -> bool:
    """Whether nothing but other tags is before an element in the outer one."""
    return outer is not None and _TAGS_ONLY.fullmatch(source, outer.opened, node.start) is not None


def _tag_of(node: Node, source: str, kept_names: tuple[str, ...]) -> list[Span]:
    """The parts of the start tag of an element with these attributes alone; none if it has none of them."""
    places: dict[str, Span] = {}
    for match in ATTRIBUTE.finditer(source, node.start + 1 + len(node.name), node.opened):
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
