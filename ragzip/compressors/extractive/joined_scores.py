"""Scores of a model that reads prose, joined with the scores of records by their wording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.bm25 import bm25, index_terms
from ragzip.compressors.extractive.records.cards import card_of
from ragzip.compressors.extractive.records.first_stage import identifier_shares, identifiers_of, rare_word_shares
from ragzip.compressors.extractive.records.items import items_of_texts
from ragzip.compressors.extractive.records.members import members
from ragzip.compressors.extractive.records.named_cells import have_named_value
from ragzip.compressors.relevance import worth_of_others
from ragzip.text.queries.questions import asks_for_one, telling_terms

if TYPE_CHECKING:
    from ragzip.compressors.extractive.texts.passages import Passage
    from ragzip.text.scores import Scores
    from ragzip.text.structure import Item

__all__ = ["with_records"]

_WORTH_OF_WORDING = 0.9  # of the record that has most of the query's wording
_WORTH_WITHOUT_WORDING = 0.15  # of a record without the query's wording, beside one that alone has a rare word of it
_LEAST_SHARED = 0.25  # of the wording: words that most records have, such as names of columns, are less
_MAX_NAMED = 2  # records with all rare words


def with_records(query: str, scores: Scores, passages: Sequence[Passage]) -> Scores:
    """The scores of all sentences, corrected for records. *Shape:* (n,) both.

    The model reads prose, and hardly tells one line of a list from the next.
    A record scores at least what its wording is worth. One with a word of the query that hardly any other record has
    scores best of all; where the query asks for one thing, those without its wording score little beside it. One that
    lacks a number or name with a digit of the query scores less, where another has it.
    """
    if not any(any(passage.records) for passage in passages):
        return scores
    is_record = np.concatenate([passage.records or [False] * len(passage.spans) for passage in passages]).astype(bool)
    shares_of_wording = _wording_of_records(query, passages)
    wording = _WORTH_OF_WORDING * shares_of_wording**2
    with_wording = np.maximum(scores, wording + (1 - _WORTH_OF_WORDING) * scores)  # of equal wording, by the model
    texts = [sentence for passage in passages for sentence in passage.sentences]
    record_texts = [text for text, is_a_record in zip(texts, is_record.tolist(), strict=True) if is_a_record]
    record_scores = with_wording[is_record]
    above_all = np.nextafter(record_scores.max(), 1.0)
    titles = [passage.title for passage in passages for _ in passage.spans]
    rare_words = rare_word_shares(query, record_texts, [titles[number] for number in np.flatnonzero(is_record)])
    with_wording[is_record] = np.maximum(record_scores, above_all * rare_words)
    if asks_for_one(query):
        shares_little = (rare_words == 0) & (shares_of_wording[is_record] < _LEAST_SHARED)
        is_beside_named = shares_little & _are_like_named(record_texts, rare_words)
        with_wording[is_record] *= np.where(is_beside_named, _WORTH_WITHOUT_WORDING, 1.0)
    identifiers = identifiers_of(query)
    all_items = items_of_texts(_items_of(passage, identifiers) for passage in passages)
    record_items = [all_items[number] for number in np.flatnonzero(is_record).tolist()]
    shares_of_identifiers = identifier_shares(query, record_texts, record_items)
    is_named = have_named_value(query, record_texts)
    if (shares_of_identifiers[is_named] == 1).any():  # of several with the name, the one with the number
        is_named &= shares_of_identifiers == 1
    with_wording[is_record] *= np.where(is_named, 1.0, worth_of_others(query) ** (1 - shares_of_identifiers))
    with_wording[is_record] = np.maximum(with_wording[is_record], np.nextafter(above_all, 1.0) * is_named)
    return np.where(is_record, with_wording, scores)


def _items_of(passage: Passage, identifiers: Sequence[tuple[str, ...]]) -> Sequence[tuple[Item, ...]]:
    """The records that each unit of a passage is in: the one that all of it is, and those of its lists."""
    items_of_units = passage.items or [()] * len(passage.spans)
    if not identifiers:
        return items_of_units
    units = zip(passage.sentences, passage.records, items_of_units, strict=False)
    texts = [text for text, is_record, items in units if is_record and not items]
    card = card_of(texts, len(passage.text), identifiers, passage.title)
    return items_of_units if card is None else [(card, *items) for items in items_of_units]


def _are_like_named(texts: Sequence[str], rare_words: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """A mask of the records with several members that begin with the key of one of the one or two that have all rare
    words: rows of the same table, and no messages of a chat. *Shape:* (n,).
    """
    named_numbers = np.flatnonzero(rare_words == 1).tolist()
    if not 0 < len(named_numbers) <= _MAX_NAMED:
        return np.zeros(len(texts), bool)
    named_keys = {_key_of_row(texts[number]) for number in named_numbers} - {None}
    return np.array([_key_of_row(text) in named_keys for text in texts], bool)


def _key_of_row(text: str) -> str | None:
    """The first key of a record with several; None of any other record."""
    names = [name for name, _ in members(text)]
    return names[0] if len(names) > 1 else None


def _wording_of_records(query: str, passages: Sequence[Passage]) -> npt.NDArray[np.float64]:
    """The share of the query's wording, without its function words, that each sentence has with its context, relative
    to the sentence that has most: "in" is rare among records, and does not distinguish them. *Shape:* (n,).
    """
    wording = bm25(
        telling_terms(query),
        [
            index_terms(context) + index_terms(sentence)
            for passage in passages
            for context, sentence in zip(passage.contexts, passage.sentences, strict=True)
        ],
    )
    return wording / max(float(wording.max(initial=0.0)), 1e-9)
