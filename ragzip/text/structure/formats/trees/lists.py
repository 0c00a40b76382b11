"""The lists in trees of values: their items that are records, that are kept together, or that are parallel to those of
other lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ragzip.text.spans import Span
from ragzip.text.splitters.cells import header_rows
from ragzip.text.structure.base import Item
from ragzip.text.structure.formats.trees.nodes import TreeNode, name_among

__all__ = ["MAX_ITEMS_CHARACTERS", "RowList", "are_codes", "items_of", "parallel_lists", "row_list", "runs"]

MAX_ITEMS_CHARACTERS = 150  # of a list of scalars, or a run of its numbers, that is one unit
_MIN_ROWS = 3  # of lists that are columns of a table
_MAX_CELL_CHARACTERS = 100  # of an item of such a list
_MAX_ROW_CHARACTERS = 600  # of a list that is a row, and of the names of its columns
_MAX_NAME_CHARACTERS = 60  # of a column
_LABELS_OF_NAMES = (
    "column",
    "col_",
    "cols",
    "header",
    "head",
    "field",
    "name",
    "key",
    "label",
    "variable",
    "attribute",
)
_NAMES_OF_ROWS = ("name", "title")  # of columns
_MAX_LISTS = 24  # of an object, among which tables and the names of their columns are looked for
_SAMPLED_ROWS = 60


def items_of(node: TreeNode, children: Sequence[TreeNode]) -> dict[int, tuple[Item]]:
    """The items that are records among ``children`` of a list, by their start."""
    starts = [child.start for child in children if child.kind in ("object", "list")]
    if len(starts) < 2:
        return {}
    return {start: (Item(node.span, place, len(starts), node.kind == "object"),) for place, start in enumerate(starts)}


def parallel_lists(
    node: TreeNode, children: Sequence[TreeNode], children_of: Callable[[TreeNode], Sequence[TreeNode]]
) -> list[TreeNode]:
    """The lists of an object that are columns of a table, that with the names of the rows first: as many scalars in
    each, more than make one unit, or with the same numbers as keys.
    """
    lists = [child for child in children if child.kind in ("list", "object") and not child.is_whole]
    if node.kind != "object" or len(lists) < 2:
        return []
    lists_by_keys: dict[tuple[str, ...], list[TreeNode]] = {}
    for column in lists:
        values = children_of(column)
        is_numbered = column.kind == "list" or all(value.label.isdigit() for value in values)
        if is_numbered and all(value.kind == "scalar" and value.size <= _MAX_CELL_CHARACTERS for value in values):
            lists_by_keys.setdefault(tuple(value.label for value in values), []).append(column)
    keys, columns = max(lists_by_keys.items(), key=lambda entry: len(entry[1]), default=((), []))
    is_small = not any(keys) and max(child.size for child in lists) <= MAX_ITEMS_CHARACTERS
    if len(keys) < _MIN_ROWS or len(columns) < 2 or is_small:
        return []
    named = (column for name in _NAMES_OF_ROWS for column in columns if column.label.lower() == name)
    names = next(named, columns[0])
    return [names, *(column for column in columns if column is not names)]


class RowList(NamedTuple):
    """A list of rows: lists as long as that of the names of their columns, which is next to or above them."""

    header: TreeNode
    column_names: tuple[str, ...]
    rows: Sequence[TreeNode]

    @property
    def span(self) -> Span:
        """The place of the rows."""
        return Span(self.rows[0].start, self.rows[-1].end)


def row_list(
    node: TreeNode, children: Sequence[TreeNode], children_of: Callable[[TreeNode], Sequence[TreeNode]]
) -> RowList | None:
    """The rows in a list whose first row names the columns, or in a list of an object that has their names in another
    one ("columns" and "data"); None where there are no such.
    """
    if node.kind == "list":
        return _below_their_header(children, children_of)
    if node.kind != "object":
        return None
    lists = [child for child in children if child.kind == "list" and not child.is_whole]
    headers = [(header, names) for header in lists if (names := _names_in(header, children_of))]
    for table in lists[:_MAX_LISTS] if headers else ():
        rows = children_of(table)
        if len(rows) < 2 or any(row.kind != "list" or row.size > _MAX_ROW_CHARACTERS for row in rows):
            continue
        widths = {len(children_of(row)) for row in rows}
        for header, names in headers[:_MAX_LISTS]:
            if header is not table and widths == {len(names)}:
                return RowList(header, names, rows)
    return None


def _names_in(header: TreeNode, children_of: Callable[[TreeNode], Sequence[TreeNode]]) -> tuple[str, ...]:
    """The names of columns in a list that is there for such, by its key; nothing where it is none."""
    if header.size > _MAX_ROW_CHARACTERS or not header.label.lower().startswith(_LABELS_OF_NAMES):
        return ()
    names = _names_of(children_of(header), children_of)
    return names if len(names) > 1 else ()


def _below_their_header(
    children: Sequence[TreeNode], children_of: Callable[[TreeNode], Sequence[TreeNode]]
) -> RowList | None:
    if len(children) < 1 + _MIN_ROWS or any(child.kind != "list" for child in children):
        return None
    names = _names_of(children_of(children[0]), children_of)
    if len(names) < 2 or any(child.size > _MAX_ROW_CHARACTERS for child in children):
        return None
    if any(len(children_of(child)) != len(names) for child in children):
        return None
    sampled = [[value.value for value in children_of(row)] for row in children[1:_SAMPLED_ROWS]]
    return RowList(children[0], names, children[1:]) if header_rows([names, *sampled]) == 1 else None


def _names_of(nodes: Sequence[TreeNode], children_of: Callable[[TreeNode], Sequence[TreeNode]]) -> tuple[str, ...]:
    """The names of the columns, by strings or objects that have a name; none where they are not all different."""
    names: dict[str, None] = {}
    for node in nodes:
        name = name_among(children_of(node), has_label=False) if node.kind == "object" else node
        if name is None or not name.is_string or not 0 < len(name.value) <= _MAX_NAME_CHARACTERS:
            return ()
        names[name.value] = None
    return tuple(names) if len(names) == len(nodes) else ()


def are_codes(reading: str) -> bool:
    """Whether all values of an object as it is read are single words: types, ids, flags."""
    return all(" " not in member.rpartition(": ")[2] for member in reading.split(", "))


def runs(children: Sequence[TreeNode]) -> Iterator[TreeNode]:
    """``children``, the numbers of a list in runs."""
    run: list[TreeNode] = []
    for child in children:
        is_number = child.kind == "scalar" and not (child.label or child.is_string or child.is_whole)
        if run and not (is_number and sum(node.size + 1 for node in run) + child.size <= MAX_ITEMS_CHARACTERS):
            yield _run(run)
            run = []
        if is_number:
            run.append(child)
        else:
            yield child
    if run:
        yield _run(run)


def _run(nodes: Sequence[TreeNode]) -> TreeNode:
    """Items of a list as one node."""
    if len(nodes) == 1:
        return nodes[0]
    size = sum(node.size + 1 for node in nodes)
    value = ", ".join(node.value for node in nodes)
    return TreeNode(
        nodes[0].start, nodes[-1].end, "", "scalar", size, value=value, item_count=len(nodes), column=nodes[0].column
    )
