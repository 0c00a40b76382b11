"""Trees of values, such as JSON, XML and YAML, as units: a value with its path, or a small record as a whole.

An object of a list is one unit where it is short; a longer one is kept member by member, each with the member that
names the record. Empty members of larger objects are units too, as they answer "which … has no …?"; blobs never are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple, Protocol

from ragzip.text.spans import Span
from ragzip.text.splitters import units as units_of_prose
from ragzip.text.structure.base import Relation, StructuredUnit
from ragzip.text.words import in_words

__all__ = [
    "MAX_CHARACTERS",
    "MAX_DEPTH",
    "Branch",
    "Leaf",
    "TreeNode",
    "NodeKind",
    "Tree",
    "TreeSource",
    "sentences",
    "tree",
]

MAX_DEPTH = 100
MAX_CHARACTERS = 2**25
MAX_RECORD_CHARACTERS = 300  # of an item of a list that is one unit
_MAX_OBJECT_CHARACTERS = 60  # of another object, or list of objects, that is one unit
_MAX_ITEMS_CHARACTERS = 150  # of a list of scalars, or a run of its numbers, that is one unit
_LEAST_SHARED = 0.6  # of the objects under an object that have a key in common, where those are records
_MAX_TEXT_CHARACTERS = 600  # of a string that is one unit
_MAX_NAME_CHARACTERS = 100  # of a value that names a record
_MAX_PATH_CHARACTERS = 200  # of the path in a reading
_MAX_NAMES = 3  # of records around a value, the innermost, that come with it
_MAX_MARKS = 50  # lists, the largest, that may say how many items were left out
_NAME_LABELS = ("name", "title", "id", "key", "label", "slug", "number", "artifactid", "path", "url", "email", "code")
_ENDINGS_OF_NAMES = ("name", "title", "id", "key")

_NOWHERE = Span(0, 0)
NodeKind = Literal["object", "list", "scalar", "text", "stream"]


@dataclass(slots=True)
class TreeNode:
    """A value of a tree, with the key before it.

    :param label: its key or tag, "" for an item of a list.
    :param opening: what stands before its children in the source, ``closing`` what stands behind them.
    :param column: where it stands in its line, ``item_column`` where the dashes of its items do.
    :param size: characters, about, without white space between values.
    :param children: None: not looked into yet.
    :param value: of a scalar, as it is read.
    :param has_name: whether what opens it names it, as attributes do.
    :param is_whole: it is not divided.
    :param needed: nodes that are not divided, without which it cannot be read.
    """

    start: int
    end: int
    label: str
    kind: NodeKind
    size: int
    opening: Span = _NOWHERE
    closing: Span = _NOWHERE
    children: list[TreeNode] | None = field(default_factory=list)
    value: str = ""
    item_count: int = 1
    column: int = 0
    item_column: int = 0
    has_name: bool = False
    is_string: bool = False
    is_blob: bool = False
    is_whole: bool = False
    needed: list[TreeNode] = field(default_factory=list)

    @property
    def span(self) -> Span:
        """The place of the node, with its key."""
        return Span(self.start, self.end)


class Branch(NamedTuple):
    """A node that is kept in part: what stands around its children, and its place among the branches.

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
    """A unit of a tree in its branch; ``mark``: it stands for the words how many items were left out, or ("short") for
    the sign that some were.
    """

    start: int
    end: int
    branch: int
    item_count: int = 1
    column: int = 0
    mark: Literal["", "short", "long"] = ""


class TreeSource(Protocol):
    """What a kind of tree says of its nodes."""

    def children(self, node: TreeNode) -> Sequence[TreeNode]:
        """The children of a node."""
        ...

    def reading(self, node: TreeNode) -> str:
        """What a model reads in place of a node, without its path: "name: attic, status: fault"."""
        ...

    def texts(self, node: TreeNode) -> tuple[Span, Span, Sequence[TreeNode]] | None:
        """What opens and closes a long text, and its sentences or lines; None where it is not divided."""
        ...

    def mark(self, node: TreeNode) -> Span | None:
        """A place of a list in the source, in no unit, that can stand for what was left out."""
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
    """A node to be divided or kept whole: its branch, its path in words, the names of the records around it."""

    node: TreeNode
    branch: int | None
    path: str
    names: tuple[TreeNode, ...]
    most_characters: int


class _Growth:
    """A tree while it is read."""

    def __init__(self, source: TreeSource) -> None:
        self.source = source
        self.units: list[tuple[StructuredUnit, tuple[TreeNode, ...]]] = []
        self.leaves: list[Leaf] = []
        self.branches: list[Branch] = []
        self.records: list[tuple[TreeNode, ...]] = []
        self.tasks: list[_Task] = []
        self.lists: list[tuple[int, TreeNode, int]] = []  # size, node, branch

    def grow(self, root: TreeNode) -> Tree:
        self.tasks.append(_Task(root, None, "", (), 0))
        while self.tasks:
            task = self.tasks.pop()
            if not self._is_unit(task):
                self._divide(task)
            elif not self._divide_text(task):
                self._add(task)
        return self._tree()

    def _is_unit(self, task: _Task) -> bool:
        node = task.node
        if node.kind in ("scalar", "text") or node.is_whole or node.size <= task.most_characters:
            return True
        is_short_list = node.kind == "list" and node.size <= _MAX_ITEMS_CHARACTERS and task.most_characters > 0
        return is_short_list and all(child.kind == "scalar" for child in node.children or ())

    def _add(self, task: _Task) -> None:
        node = task.node
        assert task.branch is not None  # the root is divided
        reading = self.source.reading(node)
        if task.path:
            reading = f"{task.path} {reading}" if reading else task.path
        self.units.append(
            (StructuredUnit(node.start, node.end, reading=reading, is_record=True), (*task.names, *node.needed))
        )
        self.leaves.append(Leaf(node.start, node.end, task.branch, node.item_count, node.column))

    def _branch(self, node: TreeNode, parent: int | None, opening: Span, closing: Span, item_count: int) -> int:
        self.branches.append(Branch(parent, node.kind, opening, closing, item_count, node.column, node.item_column))
        return len(self.branches) - 1

    def _divide(self, task: _Task) -> None:
        node = task.node
        children = self.source.children(node)
        item_count = sum(child.item_count for child in children)
        branch_number = self._branch(node, task.branch, node.opening, node.closing, item_count)
        child_path, record_names = self._context(task, children)
        is_list = node.kind == "list" or self._is_map(node) or (node.kind == "stream" and len(children) > 1)
        most_characters = MAX_RECORD_CHARACTERS if is_list else _MAX_OBJECT_CHARACTERS
        if node.kind == "stream" and not is_list:
            most_characters = 0  # the only value is not kept or dropped as a whole
        if is_list:
            self.records.append(
                tuple(child for child in children if child.kind == "object" and child.size <= most_characters)
            )
        if node.kind == "list" and any(child.is_string or child.kind == "object" for child in children):
            self.lists.append((node.size, node, branch_number))
        visible = [child for child in children if not child.is_blob] or children
        tasks = [_Task(child, branch_number, child_path, record_names, most_characters) for child in _runs(visible)]
        self.tasks += reversed(tasks)

    def _is_map(self, node: TreeNode) -> bool:
        """Whether the members of an object are records: objects that have keys in common."""
        children = self.source.children(node)
        if node.kind != "object" or len(children) < 2 or any(child.kind != "object" for child in children):
            return False
        label_counts = Counter(
            label for child in children for label in {member.label for member in self.source.children(child)}
        )
        return bool(label_counts) and label_counts.most_common(1)[0][1] >= max(2, _LEAST_SHARED * len(children))

    def _context(self, task: _Task, children: Sequence[TreeNode]) -> tuple[str, tuple[TreeNode, ...]]:
        """The path to the children of a node, and the names of the records that they are in."""
        node, record_names = task.node, task.names
        child_path = " ".join(filter(None, (task.path, worded(node.label))))
        if node.has_name:
            child_path = f"{child_path} {node.value}".strip()
        elif node.kind == "object" and task.most_characters == MAX_RECORD_CHARACTERS:
            record_name = _name_of(children, has_label=bool(node.label))
            if record_name is not None:
                record_names = (*record_names, record_name)[-_MAX_NAMES:]
                child_path = f"{child_path} ({record_name.value})".strip()
        return child_path[-_MAX_PATH_CHARACTERS:], record_names

    def _divide_text(self, task: _Task) -> bool:
        """Whether a long text was divided into its sentences."""
        node = task.node
        text_parts = self.source.texts(node) if node.is_string and node.size > _MAX_TEXT_CHARACTERS else None
        if text_parts is None or len(text_parts[2]) < 2:
            return False
        opening, closing, sentence_nodes = text_parts
        text_node = TreeNode(node.start, node.end, node.label, "text", node.size, column=node.column)
        branch_number = self._branch(text_node, task.branch, opening, closing, 1)
        text_path = " ".join(filter(None, (task.path, worded(node.label))))
        for sentence_node in sentence_nodes:
            reading = ": ".join(filter(None, (text_path, self.source.reading(sentence_node))))
            needed_nodes = (*task.names, *node.needed, *sentence_node.needed)
            self.units.append((StructuredUnit(sentence_node.start, sentence_node.end, reading=reading), needed_nodes))
            self.leaves.append(Leaf(sentence_node.start, sentence_node.end, branch_number, column=sentence_node.column))
        return True

    def _tree(self) -> Tree:
        self._add_marks()
        leaf_order = sorted(range(len(self.leaves)), key=lambda number: self.leaves[number].start)
        leaves = tuple(self.leaves[leaf_number] for leaf_number in leaf_order)
        leaf_starts = [leaf.start for leaf in leaves]
        names_by_unit = [self.units[leaf_number][1] for leaf_number in leaf_order]
        needs_by_unit = [
            [bisect_right(leaf_starts, needed_node.start) - 1 for needed_node in needed_nodes] if needed_nodes else ()
            for needed_nodes in names_by_unit
        ]
        units = [self.units[leaf_number][0] for leaf_number in leaf_order]
        for unit_number, direct_needs in enumerate(needs_by_unit):
            if direct_needs:
                all_needs = tuple(need for need in _with_needs_of(direct_needs, needs_by_unit) if need != unit_number)
                units[unit_number] = units[unit_number]._replace(relation=Relation(needs=all_needs))
        return Tree(tuple(units), leaves, tuple(self.branches), tuple(self.records))

    def _add_marks(self) -> None:
        """Marks of the largest lists, which stand for how many items were left out."""
        for _, list_node, branch_number in sorted(self.lists, key=lambda entry: -entry[0])[:_MAX_MARKS]:
            mark_span = self.source.mark(list_node)
            if mark_span is None or self.branches[branch_number].item_count < 2:
                continue
            self.branches[branch_number] = self.branches[branch_number]._replace(mark=mark_span)
            section = Span(max(0, min(mark_span.start, list_node.opening.end - 1)), list_node.end)
            self._add_mark(Leaf(*mark_span, branch_number, mark="long"), section)
            short_mark = self.source.short_mark(list_node)
            if short_mark is not None:
                self._add_mark(Leaf(*short_mark, branch_number, mark="short"), Span(short_mark.end, list_node.end))

    def _add_mark(self, leaf: Leaf, section: Span) -> None:
        reading = "[" if leaf.mark == "short" else "]"
        self.units.append((StructuredUnit(leaf.start, leaf.end, Relation(section=section), reading=reading), ()))
        self.leaves.append(leaf)


def tree(root: TreeNode, source: TreeSource) -> Tree:
    """The units of the tree under ``root``, whose children are the values of the text."""
    return _Growth(source).grow(root)


def _with_needs_of(needs: Sequence[int], needs_by_unit: Sequence[Sequence[int]]) -> list[int]:
    """``needs``, and what those need in turn."""
    all_needs: dict[int, None] = {}
    open_needs = list(needs)
    while open_needs:
        needed_unit = open_needs.pop()
        if needed_unit not in all_needs:
            all_needs[needed_unit] = None
            open_needs += needs_by_unit[needed_unit]
    return sorted(all_needs)


def _runs(children: Sequence[TreeNode]) -> Iterator[TreeNode]:
    """``children``, the numbers of a list in runs."""
    run: list[TreeNode] = []
    for child in children:
        is_number = child.kind == "scalar" and not (child.label or child.is_string or child.is_whole)
        if run and not (is_number and sum(node.size + 1 for node in run) + child.size <= _MAX_ITEMS_CHARACTERS):
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


def _name_of(children: Sequence[TreeNode], *, has_label: bool) -> TreeNode | None:
    """The member that names its record: an identifying one, else the first short value of one without a label."""
    scalars = [
        child for child in children if child.kind == "scalar" and child.value and child.size <= _MAX_NAME_CHARACTERS
    ]
    by_label: dict[str, TreeNode] = {}
    for child in reversed(scalars):
        by_label[child.label.lower()] = child
    for name_label in _NAME_LABELS:
        if name_label in by_label:
            return by_label[name_label]
    if has_label:
        return None
    for ending in _ENDINGS_OF_NAMES:
        for child in scalars:
            if child.label.lower().endswith(ending):
                return child
    return scalars[0] if scalars else None


_CAMEL_BORDER = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(4096)
def worded(label: str) -> str:
    """A key in words, behind the key itself where that is no word: "maxRetries (max retries)"."""
    return f"{label} ({in_words(label)})" if _CAMEL_BORDER.search(label) else label


def sentences(text: str, start: int) -> list[TreeNode]:
    """The sentences of ``text``, which begins at ``start``, parted by white space."""
    sentence_starts = [unit.start for unit in units_of_prose(text)]
    sentence_starts = [
        begin for number, begin in enumerate(sentence_starts) if number == 0 or text[begin - 1].isspace()
    ]
    sentence_ends = [len(text[begin:end].rstrip()) + begin for begin, end in pairwise([*sentence_starts, len(text)])]
    return [
        TreeNode(begin + start, end + start, "", "scalar", end - begin)
        for begin, end in zip(sentence_starts, sentence_ends, strict=True)
    ]
