"""Trees of values, such as JSON, XML and YAML, as units: a value with its path, or a small record as a whole.

An object of a list is one unit where it is short; a longer one is kept member by member, each with the member that
names the record. Empty members of larger objects are units too, as they answer "which … has no …?"; blobs never are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from ragzip.text.spans import Span
from ragzip.text.structure.base import Item, Relation, StructuredUnit
from ragzip.text.structure.formats.table.naming import prefixes_of, row_reading
from ragzip.text.structure.formats.trees.lists import (
    MAX_ITEMS_CHARACTERS,
    are_codes,
    items_of,
    parallel_lists,
    row_list,
    runs,
)
from ragzip.text.structure.formats.trees.nodes import NodeKind, TreeNode, name_among, name_within
from ragzip.text.structure.formats.trees.texts import LongText
from ragzip.text.structure.keys import worded

__all__ = [
    "MAX_CHARACTERS",
    "MAX_DEPTH",
    "Branch",
    "Leaf",
    "Tree",
    "TreeSource",
    "tree",
]

MAX_DEPTH = 100
MAX_CHARACTERS = 2**25
MAX_RECORD_CHARACTERS = 300  # of an item of a list that is one unit
_MAX_OBJECT_CHARACTERS = 60  # of another object, or list of objects, that is one unit
_LEAST_ALIKE = 0.6  # of the objects under an object that have a key that others have too, where those are records
_LEAST_SHARED = 0.3  # of them that have such a key
_MAX_TEXT_CHARACTERS = 600  # of a string that is one unit
_LEAST_OPENED = 25  # characters of a record that is opened, half of those of a text
_MAX_PATH_CHARACTERS = 200  # of the path in a reading
_MAX_ITEMS = 6  # records around a value, the innermost, that are known
_MIN_TITLED = 100  # characters of a text that comes with the title beside it
_MIN_REPEAT = 12  # characters of a text that is not given twice
_MAX_AROUND_REPEAT = 200  # characters beside it, of an object that is not given for that
_MAX_NAMES = 3  # of records around a value, the innermost, that come with it
_MAX_MARKS = 50  # lists, the largest, that may say how many items were left out


class Branch(NamedTuple):
    """A node that is kept in part: the text around its children, and its place among the branches.

    ``mark`` is the place in the source that stands for the words how many of its ``item_count`` items were left out.
    """

    parent: int | None
    kind: NodeKind
    opening: Span
    closing: Span
    item_count: int
    column: int
    item_column: int
    mark: Span | None = None


class Leaf(NamedTuple):
    """A unit of a tree in its branch; ``mark``: it is replaced by the number of items left out in words, or ("short")
    by a sign that some were. ``row``: of an item of a list next to others with as many items, its group and its place.
    """

    start: int
    end: int
    branch: int
    item_count: int = 1
    column: int = 0
    mark: Literal["", "short", "long"] = ""
    row: tuple[int, int] | None = None


class TreeSource(Protocol):
    """A view of the nodes of one kind of tree."""

    def children(self, node: TreeNode) -> Sequence[TreeNode]:
        """The children of a node."""
        ...

    def reading(self, node: TreeNode) -> str:
        """The text that a model reads in place of a node, without its path: "name: attic, status: fault"."""
        ...

    def texts(self, node: TreeNode, longest_unit: int) -> LongText | None:
        """The units of a long text; None where it is not divided."""
        ...

    def mark(self, node: TreeNode) -> Span | None:
        """A place of a list in the source, in no unit, at which a mark for omitted items can be written."""
        ...

    def short_mark(self, node: TreeNode) -> Span | None:
        """Another such place, before its items, where there is a shorter sign."""
        ...


class Tree(NamedTuple):
    """The units of a tree, in order, with their places: one of ``leaves`` for each, in one of ``branches``."""

    units: tuple[StructuredUnit, ...]
    leaves: tuple[Leaf, ...]
    branches: tuple[Branch, ...]
    records: tuple[tuple[TreeNode, ...], ...]  # of each list: those that are one unit


class _Task(NamedTuple):
    """A node to be divided or kept whole: its branch, its path in words, the names of the records around it; whether
    it is an item of a list, and the records that it is in, or is; the texts of the records around it.
    """

    node: TreeNode
    branch: int | None
    path: str
    names: tuple[TreeNode, ...]
    most_characters: int
    is_item: bool = False
    items: tuple[Item, ...] = ()
    texts: tuple[str, ...] = ()


class _Growth:
    """A tree while it is read."""

    def __init__(self, source: TreeSource, longest_unit: int | None) -> None:
        self.source = source
        longest_unit = _MAX_TEXT_CHARACTERS if longest_unit is None else longest_unit
        self.longest_record = min(MAX_RECORD_CHARACTERS, max(_LEAST_OPENED, longest_unit))
        self.longest_object = min(_MAX_OBJECT_CHARACTERS, self.longest_record)
        self.longest_text = min(_MAX_TEXT_CHARACTERS, max(2 * _LEAST_OPENED, longest_unit))
        self.units: list[tuple[StructuredUnit, tuple[TreeNode, ...]]] = []
        self.leaves: list[Leaf] = []
        self.branches: list[Branch] = []
        self.records: list[tuple[TreeNode, ...]] = []
        self.table_count = 0  # of lists that stand side by side
        self.tasks: list[_Task] = []
        self.lists: list[tuple[int, TreeNode, int]] = []  # size, node, branch
        self.prefixes_by_row: dict[int, list[str]] = {}  # of lists that are rows, by their start: names of columns

    def grow(self, root: TreeNode) -> Tree:
        self.tasks.append(_Task(root, None, "", (), 0))
        while self.tasks:
            task = self.tasks.pop()
            if task.texts and self._is_repeat(task):
                continue
            if not self._is_unit(task):
                self._divide(task)
            elif not self._divide_text(task):
                self._add(task)
        return self._tree()

    def _is_unit(self, task: _Task) -> bool:
        node = task.node
        if node.kind in ("scalar", "text") or node.is_whole or node.size <= task.most_characters:
            return True
        is_list = node.kind == "list" and node.size <= MAX_ITEMS_CHARACTERS and task.most_characters > 0
        return is_list and all(child.kind == "scalar" for child in node.children or ())

    def _is_repeat(self, task: _Task) -> bool:
        """Whether a value says a text of its record again, with mere codes around it: as blocks of rich text do."""
        node = task.node
        if node.kind == "scalar":
            return node.is_string and node.value in task.texts
        if node.size > max(map(len, task.texts)) + _MAX_AROUND_REPEAT:
            return False
        reading = self.source.reading(node)
        return any(text in reading and are_codes(reading.replace(text, "")) for text in task.texts)

    def _add(self, task: _Task) -> None:
        node = task.node
        assert task.branch is not None  # the root is divided
        needed = [*node.needed, *([node.key] if node.key else [])]
        prefixes = self.prefixes_by_row.get(node.start)
        if prefixes is None:
            reading = self.source.reading(node)
        else:
            reading = row_reading(prefixes, [self.source.reading(value) for value in self.source.children(node)])
        if task.path:
            reading = f"{task.path} {reading}" if reading else task.path
        self.units.append(
            (
                StructuredUnit(
                    node.start, node.end, Relation(section=node.opens), reading, is_record=True, items=task.items
                ),
                (*task.names, *needed),
            )
        )
        self.leaves.append(Leaf(node.start, node.end, task.branch, node.item_count, node.column))

    def _branch(self, node: TreeNode, parent: int | None, opening: Span, closing: Span, item_count: int) -> int:
        self.branches.append(Branch(parent, node.kind, opening, closing, item_count, node.column, node.item_column))
        return len(self.branches) - 1

    def _divide(self, task: _Task) -> None:
        node = task.node
        children = self.source.children(node)
        item_count = sum(child.item_count for child in children)
        branch = self._branch(node, task.branch, node.opening, node.closing, item_count)
        path, names = self._context(task, children)
        is_list = node.kind == "list" or self._is_map(node) or (node.kind == "stream" and len(children) > 1)
        most_characters = self.longest_record if is_list else self.longest_object
        if node.kind == "stream" and not is_list:
            most_characters = 0  # the only value is not kept or dropped as a whole
        if is_list:
            self.records.append(
                tuple(child for child in children if child.kind == "object" and child.size <= most_characters)
            )
        if node.kind == "list":
            self.lists.append((node.size, node, branch))
        self._name_columns(node, children)
        columns = parallel_lists(node, children, self.source.children)
        if columns:
            self._add_rows(columns, branch, path, task._replace(names=names))
            children = [child for child in children if all(child is not column for column in columns)]
        visible = [child for child in children if not child.is_blob] or children
        items = items_of(node, visible) if is_list else {}
        texts = task.texts
        if node.kind == "object" and task.is_item:
            texts = tuple(child.value for child in children if child.is_string and len(child.value) >= _MIN_REPEAT)
        around = _Task(node, branch, path, names, most_characters, is_list, texts=texts)
        around_texts = self._with_title(around, children) if node.kind == "object" and not task.is_item else around
        for child in reversed(list(runs(visible))):
            items_around = (*task.items, *items.get(child.start, ()))[-_MAX_ITEMS:]
            texts_around = () if child.kind == "scalar" and texts is not task.texts else texts
            is_text = child.is_string and child.size > _MIN_TITLED
            self.tasks.append(
                (around_texts if is_text else around)._replace(node=child, items=items_around, texts=texts_around)
            )

    def _with_title(self, task: _Task, children: Sequence[TreeNode]) -> _Task:
        """``task`` with the title or id among ``children``: of a record that is a member, what its texts are read
        with.
        """
        title = name_within(children, self.source.children) or name_among(children, has_label=True)
        if title is None:
            return task
        path = f"{task.path} ({title.value})".strip()[-_MAX_PATH_CHARACTERS:]
        return task._replace(path=path, names=(*task.names, title)[-_MAX_NAMES:])

    def _add_rows(self, columns: Sequence[TreeNode], branch: int, path: str, task: _Task) -> None:
        """Each item of lists that are columns of a table, with that of the first list that stands at the same place."""
        keys: Sequence[TreeNode] = ()
        for column in columns:
            values = self.source.children(column)
            column_branch = self._branch(column, branch, column.opening, column.closing, len(values))
            if column.kind == "list":
                self.lists.append((column.size, column, column_branch))
            keys = keys or values
            for row, (key, value) in enumerate(zip(keys, values, strict=True)):
                nodes = [(columns[0], key)] if value is key else [(columns[0], key), (column, value)]
                members = ", ".join(f"{worded(node.label)}: {item.value}" for node, item in nodes)
                items = (*task.items, Item(task.node.span, row, len(values)))[-_MAX_ITEMS:]
                unit = StructuredUnit(
                    value.start, value.end, reading=f"{path} {members}".strip(), is_record=True, items=items
                )
                self.units.append((unit, (*task.names, *(item for _, item in nodes if item is not value))))
                self.leaves.append(
                    Leaf(value.start, value.end, column_branch, column=value.column, row=(self.table_count, row))
                )
        self.table_count += 1

    def _name_columns(self, node: TreeNode, children: Sequence[TreeNode]) -> None:
        """Let lists that are rows come whole, with the list of the names of their columns."""
        table = row_list(node, children, self.source.children)
        if table is None:
            return
        table.header.is_whole, table.header.opens = True, table.span
        prefixes = prefixes_of(table.column_names)
        for row in table.rows:
            row.is_whole, row.needed = True, [table.header]
            self.prefixes_by_row[row.start] = prefixes

    def _is_map(self, node: TreeNode) -> bool:
        """Whether the members of an object are records: objects that have keys in common, as the paths of an API do."""
        children = self.source.children(node)
        if node.kind != "object" or len(children) < 2 or any(child.kind != "object" for child in children):
            return False
        labels_by_child = [{member.label for member in self.source.children(child)} for child in children]
        counts = Counter(label for labels in labels_by_child for label in labels)
        shared = {label for label, count in counts.items() if count >= max(2, _LEAST_SHARED * len(children))}
        alike_count = sum(not shared.isdisjoint(labels) for labels in labels_by_child)
        return alike_count >= max(2, _LEAST_ALIKE * len(children))

    def _context(self, task: _Task, children: Sequence[TreeNode]) -> tuple[str, tuple[TreeNode, ...]]:
        """The path to the children of a node, and the names of the records that they are in."""
        node, names = task.node, task.names
        path = " ".join(filter(None, (task.path, worded(node.label))))
        if node.key is not None:
            names = (*names, node.key)[-_MAX_NAMES:]
            path = f"{path} ({node.key.value})".strip()
        if node.has_name:
            path = f"{path} {node.value}".strip()
        elif node.kind == "object" and task.is_item:
            name = name_within(children, self.source.children)
            name = name or name_among(children, has_label=bool(node.label))
            if name is not None:
                names = (*names, name)[-_MAX_NAMES:]
                path = f"{path} ({name.value})".strip()
        return path[-_MAX_PATH_CHARACTERS:], names

    def _divide_text(self, task: _Task) -> bool:
        """Whether a long text was divided into its units, whose relations name places in :attr:`units` until all are
        known.
        """
        node = task.node
        text = self.source.texts(node, self.longest_text) if node.is_string and node.size > self.longest_text else None
        if text is None or len(text.units) < 2:
            return False
        text_node = TreeNode(node.start, node.end, node.label, "text", node.size, column=node.column)
        branch = self._branch(text_node, task.branch, text.opening, text.closing, 1)
        path = " ".join(filter(None, (task.path, worded(node.label))))
        places = {number: len(self.units) + number for number in range(len(text.units))}
        names = (*task.names, *([node.key] if node.key else []), *node.needed)
        for unit, column in zip(text.units, text.columns or [0] * len(text.units), strict=True):
            reading = ": ".join(filter(None, (path, unit.reading)))
            relation = unit.relation.moved(places)
            self.units.append((unit._replace(reading=reading, relation=relation, items=task.items), names))
            self.leaves.append(Leaf(unit.start, unit.end, branch, column=column))
        return True

    def _tree(self) -> Tree:
        self._add_marks()
        order = sorted(range(len(self.leaves)), key=lambda number: self.leaves[number].start)
        leaves = tuple(self.leaves[number] for number in order)
        starts = [leaf.start for leaf in leaves]
        names_by_unit = [self.units[number][1] for number in order]
        needs_by_unit = [
            [bisect_right(starts, name.start) - 1 for name in names] if names else () for names in names_by_unit
        ]
        units = [self.units[number][0] for number in order]
        place_by_number = {number: place for place, number in enumerate(order)}
        for place, needs in enumerate(needs_by_unit):
            relation = units[place].relation.moved(place_by_number)
            if needs:
                all_needs = [need for need in _with_needs_of(needs, needs_by_unit) if need != place]
                relation = relation._replace(needs=tuple(dict.fromkeys([*all_needs, *relation.needs])))
            units[place] = units[place]._replace(relation=relation)
        return Tree(tuple(units), leaves, tuple(self.branches), tuple(self.records))

    def _add_marks(self) -> None:
        """Add the marks of all lists, which say that items were left out, and of the largest, which say how many."""
        lists = [entry for entry in self.lists if self.branches[entry[2]].item_count > 1]
        for number, (_, node, branch) in enumerate(sorted(lists, key=lambda entry: -entry[0])):
            mark, short_mark = self.source.mark(node), self.source.short_mark(node)
            if mark is not None and (number < _MAX_MARKS or short_mark is None):
                self.branches[branch] = self.branches[branch]._replace(mark=mark)
                section = Span(max(0, min(mark.start, node.opening.end - 1)), node.end)
                self._add_mark(Leaf(*mark, branch, mark="long"), section)
            if short_mark is not None:
                self._add_mark(Leaf(*short_mark, branch, mark="short"), Span(short_mark.end, node.end))

    def _add_mark(self, leaf: Leaf, section: Span) -> None:
        reading = "[" if leaf.mark == "short" else "]"
        self.units.append((StructuredUnit(leaf.start, leaf.end, Relation(section=section), reading=reading), ()))
        self.leaves.append(leaf)


def tree(root: TreeNode, source: TreeSource, longest_unit: int | None = None) -> Tree:
    """The units of the tree under ``root``, whose children are the values of the text.

    :param longest_unit: see :func:`ragzip.text.structure.readers.structure_of`.
    """
    return _Growth(source, longest_unit).grow(root)


def _with_needs_of(needs: Sequence[int], needs_by_unit: Sequence[Sequence[int]]) -> list[int]:
    """The ``needs``, and the needs of those in turn."""
    all_needs: dict[int, None] = {}
    open_needs = list(needs)
    while open_needs:
        need = open_needs.pop()
        if need not in all_needs:
            all_needs[need] = None
            open_needs += needs_by_unit[need]
    return sorted(all_needs)
