"""Cards: passages that are one record, a value a line, named by one of the first: "Ticket: OPS-412", and below it
"Assignee: Tomas Lind". A number or name with a digit in the line that names it is that of all lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from ragzip.compressors.extractive.records.members import members
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.structure import Item
from ragzip.text.words import terms, with_parted_names

__all__ = ["card_of"]

_NAMING = frozenset(
    terms(
        "id key number no nr ticket order invoice case issue reference ref name title account customer patient contract"
        " booking serial sku product model asset bug incident request vorgang bestellung rechnung auftrag kunde nummer"
        " commande facture numéro pedido factura número ordine fattura numero bestelling factuur nummer"
    )
)
_PAIR = pattern_of(
    r"[^\w\n]{0,6}(?P<name>[^\W\d_][^:：=\t\n]{0,80}?)(?:[:：]\s|\s?=\s?|\t|\s{2,})\s*(?P<value>\S[^\n]*)"
)
_MARKS = pattern_of(r"[*`]|(?<!\w)_{1,3}|_{1,3}(?!\w)")  # of Markdown
_COLUMNS_OF_CARD = ("name", "value")
_LINES_ON_TOP = 3
_MIN_LINES = 4
_LEAST_SHARE_NAMED = 0.8  # of the lines, those with a name


def card_of(texts: Sequence[str], length: int, query_words: Sequence[tuple[str, ...]]) -> Item | None:
    """The record that all of a passage is, where a line on top that names it has one of ``query_words``, each in any of
    its notations; None of others: rows have the same names, and so have the records of a list.

    :param texts: of the records of the passage that are in no list.
    :param length: of the passage, in characters.
    """
    if len(texts) < _MIN_LINES:
        return None
    pairs = _pairs(texts)
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names) or len(names) < _LEAST_SHARE_NAMED * len(texts):
        return None
    for name, value in pairs[:_LINES_ON_TOP]:
        is_naming = not _NAMING.isdisjoint(terms(with_parted_names(name)))
        if is_naming and any(word in value.casefold() for notations in query_words for word in notations):
            return Item(Span(0, length), 0, 1)
    return None


def _pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    """The name and the value in each of ``texts`` that has such: of a line, or of a row of a table of two columns."""
    rows = [list(members(text)) for text in texts]
    columns = {tuple(name for name, _ in row) for row in rows}
    if len(columns) == 1 and len(rows[0]) == len(_COLUMNS_OF_CARD):
        return [(name, value) for (_, name), (_, value) in rows]
    pairs: list[tuple[str, str]] = []
    for text in texts:
        match = _PAIR.match(_MARKS.sub("", text))
        if match is not None:
            pairs.append((match["name"], match["value"]))
    return pairs
