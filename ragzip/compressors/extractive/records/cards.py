"""Cards: passages that are one record, a value a line, named by their title or one of the first lines: "Ticket:
OPS-412", and below it "Assignee: Tomas Lind". A number or name with a digit in the line that names it is that of all.
"""

from __future__ import annotations

from collections.abc import Sequence

from ragzip.compressors.extractive.records.first_stage import RecordTexts
from ragzip.compressors.extractive.records.members import members
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import LETTERS
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
_MAX_WORDS_OF_OPENING = 8  # of a line on top without a name: "Minutes, 12 May 2026"
_LINES_ON_TOP = 3
_MIN_LINES = 4
_LEAST_SHARE_NAMED = 0.8  # of the lines, those with a name


def card_of(
    texts: Sequence[str], length: int, query_words: Sequence[tuple[str, ...]], title: str | None = None
) -> Item | None:
    """The record that all of a passage is, where its title, its first line or a line on top that names it has one of
    ``query_words``, each in any of its notations; None of others: rows have the same names, and so have the records of
    a list.

    :param texts: of the records of the passage that are in no list.
    :param length: of the passage, in characters.
    """
    if len(texts) < _MIN_LINES:
        return None
    has_opening = len(texts[0].split()) <= _MAX_WORDS_OF_OPENING and _PAIR.match(_MARKS.sub("", texts[0])) is None
    pairs = _pairs(texts[has_opening:])
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names) or len(names) < _LEAST_SHARE_NAMED * (len(texts) - has_opening):
        return None
    naming_texts = [title or "", *(texts[:1] if has_opening else ())]
    for name, value in pairs[:_LINES_ON_TOP]:
        if not _NAMING.isdisjoint(terms(with_parted_names(name))):
            naming_texts.append(value)
    words = [word for notations in query_words for word in notations]
    words_with_letters = [word for word in words if LETTERS.search(word)]
    first_value = [value for _, value in pairs[:1]]  # "host: db-01" on top, and no "Anna: 4411": that may be a list
    is_named = RecordTexts(naming_texts).with_any_word(words, is_whole=True) or RecordTexts(first_value).with_any_word(
        words_with_letters, is_whole=True
    )
    return Item(Span(0, length), 0, 1) if is_named else None


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
