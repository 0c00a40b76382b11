"""Values without a statement round them: JSON5 and its like."""

from __future__ import annotations

from ragzip.text.spans import Span
from ragzip.text.structure.formats.code.braces import BraceReader
from ragzip.text.structure.formats.code.languages import Language
from ragzip.text.structure.formats.code.tree import BracketPair, CodeNode

__all__ = ["value_nodes"]


def value_nodes(source: str, language: Language, longest_unit: int | None = None) -> list[CodeNode]:
    """The values of ``source``; where it is cut off, brackets may be open."""
    return _ValueReader(source, language, longest_unit).nodes()


class _ValueReader(BraceReader):
    """The tokens of a source, as values in brackets."""

    def nodes(self) -> list[CodeNode]:
        return self._within(0, len(self.tokens), Span(0, len(self.source)), 0, in_data=True)

    def _groups(self, first: int, after: int, end: int, bracket: str = "{") -> list[BracketPair]:
        """The outermost brackets of a value."""
        for number in range(first, after):
            if self.tokens[number].kind in "{[" and self.tokens[number].start < end:
                return [BracketPair(number, self.partners.get(number, after))]
        return []

    def _holds_values(self, head: Span) -> bool:
        return True
