"""Templates of log lines: which lines say the same but for numbers, names and times.

After Drain (He, Zhu, Zheng and Lyu, ICWS 2017): lines go down a tree by their number of words and their first words to
a leaf with a few templates, and to the most similar one. Numbers, ids and addresses are masked first, so that only
distinct masked lines are compared.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from operator import eq

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["template_numbers"]

_VARIABLE = pattern_of(r"\d[^\s,;()\[\]{}\"'|=<>]*+")  # from the first digit of a word on
_HEXADECIMAL = pattern_of(r"\b[a-fA-F]++0")  # a masked number that begins with letters
_TELLING = pattern_of(  # words that no template leaves open: what fails is not like what does not
    r"fail|error|exception|denied|refused|invalid|timed? ?out|abort|kill|panic|fatal|warn|crit|unavailable|lost|"
    r"reject|corrupt|full|unknown|success|\bnot\b|\bno\b|\bok\b|\bup\b|\bdown\b|start|stop|open|close|accept"
)
_SIMILARITY = 0.65  # the share of words that two lines of a template have in common
_MAX_TEMPLATES = 24  # of a leaf that are compared
_MAX_COMPARED_WORDS = 60
_MAX_CHARACTERS = 1000  # of a line that is looked at
_OPEN = "\0"


def template_numbers(lines: Sequence[str], kinds: Iterable[Hashable] | None = None) -> list[int]:
    """The number of the template of each of ``lines``, from 0 in the order of first lines.

    :param kinds: a key for each line; lines of different kinds have no template in common.
    """
    masked_lines = _VARIABLE.sub("0", "\n".join(line[:_MAX_CHARACTERS] for line in lines)).split("\n")
    tree = _TemplateTree()
    number_by_line: dict[Hashable, int] = {}
    numbers: list[int] = []
    keys: Iterable[Hashable] = masked_lines if kinds is None else zip(kinds, masked_lines, strict=True)
    for key, masked_line in zip(keys, masked_lines, strict=True):
        number = number_by_line.get(key)
        if number is None:
            kind = None if kinds is None else key[0]  # type: ignore[index]
            number = number_by_line[key] = tree.number_of(masked_line, kind)
        numbers.append(number)
    return numbers


class _TemplateTree:
    """Templates by number of words, first word and telling words."""

    def __init__(self) -> None:
        self._leaves: dict[Hashable, list[tuple[list[str], int]]] = {}
        self._count = 0

    def number_of(self, line: str, kind: Hashable) -> int:
        """The number of the template of a masked line; a new one where it is like no other."""
        line = _HEXADECIMAL.sub("0", line)
        words = line.split()
        telling_words = frozenset(_TELLING.findall(line.lower()))
        leaf = self._leaves.setdefault((kind, len(words), words[0] if words else "", telling_words), [])
        words = words[:_MAX_COMPARED_WORDS]
        for template, number in leaf:
            if _similarity(template, words) >= _SIMILARITY:
                template[:] = [
                    word if word == other_word else _OPEN for word, other_word in zip(template, words, strict=True)
                ]
                return number
        number = self._count
        self._count += 1
        if len(leaf) < _MAX_TEMPLATES:
            leaf.append((words, number))
        return number


def _similarity(template: Sequence[str], words: Sequence[str]) -> float:
    """The share of equal words."""
    if not words:
        return 1.0
    return int(sum(map(eq, template, words))) / len(words)
