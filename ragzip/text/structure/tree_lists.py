"""The lists of trees of values: which of their items are records, go together, or stand beside those of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ragzip.text.structure.base import Item
from ragzip.text.structure.tree_nodes import TreeNode

__all__ = ["MAX_ITEMS_CHARACTERS", "are_codes", "items_of", "parallel_lists", "runs"]

MAX_ITEMS_CHARACTERS = 150  # of a list of scalars, or a run of its numbers, that is one unit
_MIN_ROWS = 3  # of lists that are columns of a table
_MAX_CELL_CHARACTERS = 100  # of an item of such a list


def items_of(node: TreeNode, children: Sequence[TreeNode]) -> dict[int, tuple[Item]]:
    """Those of ``children`` of a list that are records, by their start."""
    starts = [child.start for child in children if child.kind in ("object", "list")]
    if len(starts) < 2:
        return {}
    return {start: (Item(node.span, place, len(starts), node.kind == "object"),) for place, start in enumerate(starts)}


def parallel_lists(
    node: TreeNode, children: Sequence[TreeNode], children_of: Callable[[TreeNode], Sequence[TreeNode]]
) -> list[TreeNode]:
    """The lists of an object that are columns of a table: as many scalars in each, more than make one unit."""
    lists = [child for child in children if child.kind == "list" and not child.is_whole]
    if node.kind != "object" or len(lists) < 2 or max(child.size for child in lists) <= MAX_ITEMS_CHARACTERS:
        return []
    lists_by_length: dict[int, list[TreeNode]] = {}
    for column in lists:
        values = children_of(column)
        if all(value.kind == "scalar" and value.size <= _MAX_CELL_CHARACTERS for value in values):
            lists_by_length.setdefault(len(values), []).append(column)
    length, columns = max(lists_by_length.items(), key=lambda entry: len(entry[1]), default=(0, []))
    return columns if length >= _MIN_ROWS and len(columns) > 1 else []


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
