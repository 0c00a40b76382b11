"""Items of lists under other items: the readings of items, items that only name those below, items that are entries;
further values of a key, each on a line of its own; and the sentences of items that are split, with their labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import BULLETS, ITEM_LETTERS
from ragzip.text.spans import Span, column_of
from ragzip.text.splitters import SplitUnit
from ragzip.text.splitters.headings.run_in import is_run_in_label
from ragzip.text.splitters.prose.breaks import SENTENCE_STOPS
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.paragraphs import LIST_MARKER

__all__ = [
    "OpenItem",
    "is_bare_label",
    "is_entry",
    "is_wrapped_value",
    "items_over_items",
    "keys_over",
    "nested_reading",
    "titles_over",
    "with_labels",
]

_MARKER = pattern_of(
    rf"\A\s{{0,99}}(?:[-*+•–{BULLETS}]|\(?(?:\d{{1,3}}|[a-zA-Z]|[ivxIVX]{{2,5}}"
    rf"|[{ITEM_LETTERS}](?=\)))[.)])\s+(?:\[([ xX])\]\s+)?"
)
_DRESS = "*_` \t"
_MAX_LABEL_WORDS = 6
_MAX_ENTRY_WORDS = 12
_MAX_PARENTS = 3  # the innermost ones, which an item is read with
_MAX_PARENT_CHARACTERS = 100
_SAYS_MORE = pattern_of(r"[:：]\W{0,9}\w|[,;，；、]\s{0,9}\w")  # than a name
_KINDS_OF_LINES = ("record", "sentence")
_COUNT = pattern_of(r"(?:\(?(?:\d{1,3}|[A-Za-z]|[ivx]{2,4}|[IVX]{2,4})[.)]|§ ?\d{1,3}|[-*+•–])(?=\s)")  # of an item
_NUMBER = pattern_of(r"\d{1,2}[.)]\s")
_MIN_TITLES = 2
_MAX_INDENT_OF_LINE = 12  # below the line that it goes on with: a column begins further right
_MAX_LEVELS_OF_ITEMS = 20  # deeper ones stand under the last that is not
_MIN_WRAPPED_WORDS = 4  # of a value that goes on in the line below
_KEY_WITH_VALUE = pattern_of(r"[^\W\d_](?>(?:[^\s:]++| (?! ))*)(?: *: {1,40}| {2,40})(?=\S)")
_OPTION_WITH_VALUE = pattern_of(r"--?\w[\w=, -]{0,40} {2,40}(?=\S)")


class OpenItem:
    """A list item or a quotation that is open: what its text needs; ``item`` is the first unit of the item."""

    def __init__(self, needs: tuple[int, ...], marker_line: int | None = None) -> None:
        self.needs = needs
        self.marker_line = marker_line  # of an item that has no text yet
        self.item: int | None = None
        self.is_label = False  # whether it only names the items under it

    @property
    def needs_inside(self) -> tuple[int, ...]:
        """The needs of units inside of it."""
        return self.needs if self.item is None else (*self.needs, self.item)


def is_bare_label(text: str) -> bool:
    """Whether an item with others under it names them, and says nothing by itself: "- Storage"."""
    label = _plain(text)
    return len(label.split()) <= _MAX_LABEL_WORDS and not (
        label.endswith(tuple(SENTENCE_STOPS)) or _SAYS_MORE.search(label)
    )


def is_entry(parent: str, text: str) -> bool:
    """Whether the item ``text`` says something of the item over it, and is no sentence."""
    entry = _plain(text)
    is_short = len(entry.split()) <= _MAX_ENTRY_WORDS and not entry.endswith(tuple(SENTENCE_STOPS))
    return is_short and is_bare_label(parent)


def is_wrapped_value(line: str, below: str) -> bool:
    """Whether ``below`` goes on with the value of a key at the end of ``line``: "-a    list files, also those that",
    "begin with a dot".
    """
    key = _KEY_WITH_VALUE.match(line) or _OPTION_WITH_VALUE.match(line)
    if key is None or not below[:1].islower() or line[-1:] in SENTENCE_STOPS:
        return False
    return len(line[key.end() :].split()) >= _MIN_WRAPPED_WORDS


def nested_reading(parents: Sequence[str], text: str) -> str:
    """The text that a model reads in place of the item ``text``: before it, the innermost of its parents, and after a
    task whether it is done.

    :param parents: their texts, the outermost first.
    """
    names = [_plain(parent)[:_MAX_PARENT_CHARACTERS].rstrip(":： ") for parent in parents[-_MAX_PARENTS:]]
    reading = ": ".join([*filter(None, names), _MARKER.sub("", text, count=1)])
    marker = _MARKER.match(text)
    if marker is None or marker[1] is None:
        return reading
    return f"{reading}: {'not done' if marker[1] == ' ' else 'done'}"


def _plain(text: str) -> str:
    """An item without its marker and the marks of emphasis at its ends."""
    return " ".join(_MARKER.sub("", text, count=1).split()).strip(_DRESS)


def keys_over(text: str, parts: Sequence[SplitUnit]) -> dict[int, tuple[int, ...]]:
    """The line with a key, by the place of each line below it that stands in the column of its value alone."""
    over: dict[int, tuple[int, ...]] = {}
    key, value_column, end_before = -1, -1, 0
    for number, part in enumerate(parts):
        between = text[end_before : part.start]
        line_start = end_before + between.rfind("\n") + 1
        is_at_start = ("\n" in between or not number) and not text[line_start : part.start].strip()
        if part.kind not in _KINDS_OF_LINES:
            value_column = -1
        elif is_at_start and between.count("\n") == 1 and part.start - line_start == value_column:
            over[number] = (key,)
        elif is_at_start:
            value = _KEY_WITH_VALUE.match(text, part.start, part.end)
            key, value_column = number, value.end() - line_start if value else -1
        end_before = part.end
    return over


def items_over_items(text: str, parts: Sequence[SplitUnit]) -> dict[int, tuple[int, ...]]:
    """The parents of items, and of lines of a paragraph that are units, the outermost first, by the place of each that
    has one. Items in the column of one that ends in a colon stand under it where they are counted in another way: "(a)"
    under "(2) Closed are:".
    """
    items_over: dict[int, tuple[int, ...]] = {}
    open_items: list[_Placed] = []  # those that the next one may stand under
    for number, part in enumerate(parts):
        is_line = part.kind == "record"
        if part.kind != "item" and not is_line:
            open_items = []
            continue
        is_apart = is_line and text.count("\n", parts[number - 1].end, part.start) > 1
        if is_apart or (
            number and parts[number - 1].kind != part.kind and "record" in (parts[number - 1].kind, part.kind)
        ):
            open_items = []
        if not text[text.rfind("\n", 0, part.start) + 1 : part.start].strip():
            item = _placed(text, part, number, open_items)
            while open_items and (
                open_items[-1].depth >= item.depth
                or (is_line and item.depth[0] > open_items[-1].depth[0] + _MAX_INDENT_OF_LINE)
            ):
                open_items.pop()
            if open_items:
                items_over[number] = tuple(open_item.place for open_item in open_items)
            if len(open_items) < _MAX_LEVELS_OF_ITEMS:
                open_items.append(item)
    return items_over


def titles_over(text: str, parts: Sequence[SplitUnit]) -> dict[int, int]:
    """The numbered title, by the place of each unit of the text right below it: "2. Playground" in minutes, over what
    was said of it. None where fewer than two titles have such text.
    """
    over: dict[int, int] = {}
    title: int | None = None
    for number, part in enumerate(parts):
        if part.kind == "item":
            title = number if _is_numbered_title(part.text_in(text)) else None
        elif part.kind not in _KINDS_OF_LINES:
            title = None
        elif title is not None:
            is_apart = text.count("\n", parts[number - 1].end, part.start) > 1
            title = None if is_apart and title == number - 1 else title
            over |= {} if title is None else {number: title}
    return over if len(set(over.values())) >= _MIN_TITLES else {}


def _is_numbered_title(item: str) -> bool:
    return "\n" not in item and _NUMBER.match(item) is not None and is_bare_label(item) and item[-1].isalnum()


class _Placed(NamedTuple):
    """An item: its place, its column and the level in it, the way in which it is counted ("(1)", "a.", "-"; empty for
    lines), and whether it only leads to those below.
    """

    place: int
    depth: tuple[int, int]
    numbering: str
    leads: bool


def _placed(text: str, part: SplitUnit, place: int, open_items: Sequence[_Placed]) -> _Placed:
    column = column_of(text, part.start)
    in_column = [item for item in open_items if item.depth[0] == column]
    marker = _COUNT.match(text, *part.span)
    numbering = "" if marker is None else _way_of_counting(marker.group(), in_column)
    level = next((item.depth[1] for item in in_column if item.numbering == numbering), None)
    if level is None and in_column and numbering:
        level = in_column[-1].depth[1] + in_column[-1].leads
    item_text = part.text_in(text)
    leads = item_text[-1] in ":：" or ("1" in numbering and is_bare_label(item_text))
    return _Placed(place, (column, level or 0), numbering, leads)


def _way_of_counting(marker: str, in_column: Sequence[_Placed]) -> str:
    """The marker of an item with "1", "a" or "i" in the place of its number."""
    number = marker.strip("().§ ")
    if not number.isalnum():
        return marker
    if number.isdigit():
        return marker.replace(number, "1")
    before = in_column[-1] if in_column else None
    may_be_roman = set(number.lower()) <= set("ivx")
    goes_on = before is not None and ("i" in before.numbering or (before.leads and "a" in before.numbering))
    return marker.replace(number, "i" if may_be_roman and (goes_on or len(number) > 1) else "a")


def with_labels(source: str, parts: Sequence[SplitUnit], text_units: list[StructuredUnit]) -> list[StructuredUnit]:
    """``text_units``, the sentences of items that are split with the first one of theirs: where that is a label, "7.
    Budget 2025.", they need it, and it comes with one of them only.
    """
    first: int | None = None
    for number, part in enumerate(parts):
        if part.kind != "item" or LIST_MARKER.match(source, part.start):
            first = number if part.kind == "item" else None
        elif first is not None:
            if is_run_in_label(source[slice(*text_units[first].span)]):
                label_relation = text_units[first].relation._replace(section=Span(parts[first + 1].start, part.end))
                text_units[first] = text_units[first]._replace(relation=label_relation)
            relation = text_units[number].relation
            if len(source[slice(*text_units[first].span)].split()) <= _MAX_LABEL_WORDS:
                relation = relation._replace(needs=(*relation.needs, first))
            else:
                relation = relation._replace(companions=(*relation.companions, first))
            text_units[number] = text_units[number]._replace(relation=relation)
    return text_units
