"""Styles of a page that hide text: inline ones, and the rules of its own style sheets."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, Self

from ragzip.pages.selectors import Compound, Selector, last_names, selector_of
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["StyleSheet", "declarations", "is_invisible", "names_in"]

_ZERO_LENGTH = pattern_of(r"0*+(?>(?:\.0*+)?)(?>(?:px|r?em|pt|%|v[hw])?)\Z")
_PIXEL_SIZE = pattern_of(r"(?:0*+[01](?>(?:\.0*+)?)|0*+\.\d{1,9}+)(?:px|pt)\Z")  # at most one: nobody can read it
_FAINT_OPACITY = pattern_of(r"0*+(?:\.0\d{0,9}+)(?!\S)|[0-4](?>(?:\.\d{1,9}+)?)%")
_FAR_OFF = pattern_of(r"(?>(?:calc\(\s*+)?)(?:-\d{3}|-[1-9]\d(?>(?:\.\d{1,9}+)?)r?em)")
_TRANSFORMED_AWAY = pattern_of(
    r"scale(?:3d|[xy])?\(\s*+0*+(?>(?:\.0*+)?)\s*+[,)]|translate(?:3d|[xy])?\([^()]{0,20}?-\d{4,9}+px"
)
_CSS_ESCAPE = pattern_of(r"\\(?:([0-9a-f]{1,6}+)\s?+|(.))", re.IGNORECASE | re.DOTALL)
_SHORT_COLOR = pattern_of(r"#([0-9a-f])([0-9a-f])([0-9a-f])\Z")
_NO_COLOR = pattern_of(r"(?:transparent|(?:rgb|hsl)a?\([^()]{0,60}[,/]\s*+0*+(?>(?:\.0*+)?)%?+\s*+\))\Z")
_HEX_BY_NAME = {"white": "#ffffff", "black": "#000000"}
_OVERFLOWS = ("overflow", "overflow-x", "overflow-y")
_OFFSETS = ("left", "right", "top", "bottom", "inset", "text-indent")
_SHIFTS = ("margin", "margin-left", "margin-top", "translate")
_SHIFTED_AWAY = pattern_of(r"(?>(?:calc\(\s*+)?)-\d{4}")  # columns are laid out by margins of some hundred pixels
_CLIPPED_AWAY = pattern_of(
    r"(?:rect\(\s*+[01](?>(?:px)?)(?:[\s,]++[01](?>(?:px)?)){3}|inset\(\s*+(?:[5-9]\d|100)%|circle\(\s*+0)"
)
_UNREAD = pattern_of(
    r"<!--|<(style|script|template|noscript|textarea|title|xmp|iframe|noembed|noframes)\b[^<>]*+", re.IGNORECASE
)
_MEDIA = pattern_of(r"""\bmedia\s{0,9}=\s{0,9}["']?([^"'>]*+)""", re.IGNORECASE)
_BRACE = pattern_of(r"[{}]")
_MAX_NESTING, _MAX_RULES_PER_NAME, _MAX_SELECTOR_CHARACTERS = 8, 24, 200
_LAST_ELEMENT = pattern_of(r"([a-z][a-z0-9-]*+)[^\s>+~.#]*+\Z", re.IGNORECASE)
_PSEUDO_ELEMENT = pattern_of(r"::|:(?:before|after)\b", re.IGNORECASE)
_SHOWING = frozenset(("display", "visibility", "opacity", "max-height"))  # by these a rule shows what another one hides
_TOGGLED = _SHOWING | {"content-visibility", "height"}  # properties by which scripts hide and show
_STATE = pattern_of(  # the class that scripts give to what they show
    r"\.(?:is-(?:active|expanded|in|in-?view|loaded|open|ready|revealed|shown?|visible)"
    r"|active|aos-animate|expanded|in-?view|loaded|open|revealed|shown?|visible)\Z",
    re.IGNORECASE,
)
_MOVING = ("animation", "transition")  # what these begin with is seen in the end
_HIDING_CLASSES = frozenset((".hidden", ".d-none", ".invisible", ".is-hidden", ".hide"))  # of common frameworks
_SHOWING_CLASS = pattern_of(  # on screens of some sizes, or in some states
    r"(?<!\S)(?:(?!print:)[^\s:]{1,40}:(?>(?:[^\s:]{1,30}:)?)(?:block|inline|flex|grid|contents|table|visible)"
    r"|d-(?:sm|md|lg|xl|xxl)-(?!none)|is-(?:block|flex|grid|inline|visible|active|open)|(?:visible|show)-(?!print)|(?:show|shown|visible|active|open|in)(?!\S))"
)


class _Rule(NamedTuple):
    """A rule of a style sheet for the elements that a selector matches."""

    weight: tuple[int, int, int, int]  # the rules of more weight come last
    selector: Selector
    style: dict[str, str]
    important: dict[str, str]


class StyleSheet:
    """The rules of the style sheets in a page, for elements by their name, class and id, and what they are in."""

    def __init__(self) -> None:
        self._rules: defaultdict[str, list[_Rule]] = defaultdict(list)  # by each of their names, else the element
        self._hiding: set[str] = set()  # the names of the rules that hide elements
        self._shown: set[str] = set()  # the names of elements that a rule shows on some screens or in some states
        self._set_back: set[str] = set()  # the properties that a class of a state sets on any element
        self._size = 0
        self.outer: dict[int, Compound] = {}  # elements around others, by their number

    @classmethod
    def of(cls, source: str) -> Self:
        """The rules of the ``style`` elements of a page, without those for other media than screens."""
        sheet = cls()
        for text in _sheets(source):
            for selectors, body, is_conditional in _rule_texts(text):
                sheet._add(selectors, body, is_conditional=is_conditional)
        return sheet

    @property
    def hides_some(self) -> bool:
        """Whether any rule hides elements."""
        return bool(self._hiding)

    def may_hide(self, element: str) -> bool:
        """Whether any rule hides elements of this name that need no class or id."""
        return element in self._hiding or "*" in self._hiding

    def hides(
        self,
        element: str,
        values: Mapping[str, str],
        around: Callable[[], Sequence[Compound]],
        *,
        is_toggled: bool = False,
    ) -> bool:
        """Whether an element with these attributes is hidden by its name, class or id.

        :param around: gives the elements around it, from the inside out.
        :param is_toggled: scripts show it, where it is hidden as they hide elements.
        """
        element_names = names_in(values)
        if element_names & self._shown:
            return False
        hiding_classes = (name for name in _HIDING_CLASSES & element_names if name not in self._rules)
        if not is_toggled and any(hiding_classes) and not _SHOWING_CLASS.search(values["class"]):
            return True
        if element_names.isdisjoint(self._hiding) and not self.may_hide(element):
            return False
        ignored = _TOGGLED if is_toggled else self._set_back
        style = self._style(Compound(element, element_names), values, around)
        return is_invisible({name: value for name, value in style.items() if name not in ignored})

    def _style(
        self, node: Compound, values: Mapping[str, str], around: Callable[[], Sequence[Compound]]
    ) -> dict[str, str]:
        """The style of an element by its rules, and its own."""
        keys = node.names | ({node.element, "*"} - self._shown)
        rules = [
            rule
            for key in keys
            for rule in self._rules.get(key, ())[-_MAX_RULES_PER_NAME:]
            if rule.selector.inner.holds(*node)
        ]
        if any(rule.selector.outer for rule in rules):
            outer = around()
            rules = [rule for rule in rules if rule.selector.holds_in(outer)]
        rules.sort(key=lambda rule: rule.weight)
        style: dict[str, str] = {}
        for rule in rules:
            style |= rule.style
        style |= dict(declarations(values.get("style", "")))
        for rule in rules:
            style |= rule.important
        if any(name.startswith(_MOVING) for name in style):
            style.pop("opacity", None)
        return style

    def _add(self, selectors: str, body: str, *, is_conditional: bool) -> None:
        style = dict(declarations(body))
        important = dict(declarations(";".join(part for part in body.split(";") if "!" in part)))
        is_hiding = is_invisible(style)
        is_showing = not is_hiding and not style.keys().isdisjoint(_SHOWING)
        for text in map(str.strip, selectors.split(",")):
            if len(text) > _MAX_SELECTOR_CHARACTERS or _PSEUDO_ELEMENT.search(text):
                continue
            selector = None if is_conditional else selector_of(text)
            rule_names = last_names(text)
            if is_showing:
                self._note_shown(text, selector, rule_names, style)
            if selector is None:
                continue
            self._size += 1
            rule = _Rule((*selector.weight, self._size), selector, style, important)
            keys = rule_names or {selector.inner.element or "*"}
            for name in keys:
                self._rules[name].append(rule)
            if is_hiding:
                self._hiding |= keys

    def _note_shown(
        self, text: str, selector: Selector | None, rule_names: AbstractSet[str], style: Mapping[str, str]
    ) -> None:
        """Note what a rule shows on some screens or in some states."""
        if selector is None or selector.outer or len(rule_names) > 1:
            self._shown |= rule_names
        elif any(map(_STATE.match, rule_names)):
            self._set_back |= _SHOWING & style.keys()
        element = _LAST_ELEMENT.search(text) if not rule_names else None
        states = (name for compound, _ in (selector.outer if selector else ()) for name in compound.names)
        if element is not None and (selector is None or any(map(_STATE.match, states))):
            self._shown.add(element[1].lower())


def names_in(values: Mapping[str, str]) -> frozenset[str]:
    """The classes and the id in the attributes of an element: ``.class``, ``#id``."""
    names = {f".{name}" for name in values.get("class", "").split()}
    return frozenset(names.union(f"#{name}" for name in values.get("id", "").split()))


def _sheets(source: str) -> Iterator[str]:
    """The texts of the style sheets for screens in a page."""
    position = 0  # nothing is searched twice
    while (match := _UNREAD.search(source, position)) is not None:
        end = re.compile(f"</{match[1]}\\b" if match[1] else "-->", re.IGNORECASE).search(source, match.end())
        if end is None:
            return
        media = _MEDIA.search(match[0])
        if (match[1] or "").lower() == "style" and (media is None or _is_for_screens(media[1])):
            yield "".join(part.split("/*", 1)[0] for part in source[match.end() + 1 : end.start()].split("*/"))
        position = end.end()


class _Block(NamedTuple):
    """A block of a style sheet: what stands before it, where it begins, whether it holds rules for screens, and whether
    these hold on all of them.
    """

    prelude: str
    start: int
    is_for_screens: bool
    holds_always: bool

    def inner(self, prelude: str, start: int) -> _Block:
        """A block in this one."""
        lowered = prelude.lower()
        is_for_screens = self.is_for_screens and lowered.startswith("@") and _is_for_screens(lowered)
        return _Block(prelude, start, is_for_screens, self.holds_always and _holds_always(lowered))


def _rule_texts(sheet: str) -> Iterator[tuple[str, str, bool]]:
    """The selectors and the bodies of the rules of a style sheet, and whether they hold on some screens only."""
    open_blocks = [_Block("", 0, is_for_screens=True, holds_always=True)]
    position = 0
    for brace in _BRACE.finditer(sheet):
        if brace[0] == "{":
            prelude = sheet[position : brace.start()].rpartition(";")[2].strip()
            open_blocks.append(open_blocks[-1].inner(prelude, brace.end()))
            if len(open_blocks) > _MAX_NESTING + 1:
                return
        elif len(open_blocks) > 1:
            block, outer = open_blocks.pop(), open_blocks[-1]
            if block.start == position and outer.is_for_screens and not block.prelude.startswith("@"):
                yield block.prelude, sheet[position : brace.start()], not outer.holds_always
        position = brace.end()


def _is_for_screens(media: str) -> bool:
    return "print" not in media or "screen" in media or "not print" in media


def _holds_always(prelude: str) -> bool:
    """Whether a block with this before it holds on all screens."""
    return prelude.startswith("@layer") or prelude.removeprefix("@media").strip() in ("all", "screen")


def declarations(style: str) -> Iterator[tuple[str, str]]:
    """The properties of a style and their values, in order: the last value of a property counts."""
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


def is_invisible(style: Mapping[str, str]) -> bool:
    """Whether text of this style is hidden, struck out, or cannot be read."""

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
