"""Unanswerable variants of a question."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from ragzip.text.auxiliaries import ASKING
from ragzip.text.words import content
from ragzip.training.data import Question

__all__ = ["unanswerable"]

_NAME = re.compile(r"(?:[A-Z][\w’'.-]*(?:\s+(?:of|the|de|von|van)\s+(?=[A-Z]))?\s*)+")
_NUMBER = re.compile(r"\d[\d,.]*")
_PLAIN = re.compile(r"\b[a-z]{4,}\b(?<!which)(?<!what)")
_AUXILIARY = re.compile(rf"\b({ASKING})\b(?! not)")
_OPPOSITES = (
    "first last|largest smallest|biggest smallest|highest lowest|most least|more less|before after|earliest latest|"
    "north south|northern southern|east west|eastern western|increase decrease|increased decreased|begin end|"
    "began ended|start stop|started stopped|old young|oldest youngest|older younger|best worst|major minor|win lose|"
    "won lost|above below|inside outside|maximum minimum|male female|men women|top bottom|left right|early late|"
    "good bad|positive negative|internal external|upper lower|longest shortest|higher lower|joined left|"
    "allowed forbidden|success failure|majority minority|public private|rich poor|accept reject|"
    "accepted rejected|rise fall|rose fell|create destroy|created destroyed|buy sell|bought sold"
)
_WORD_PAIRS = [pair.split() for pair in _OPPOSITES.split("|")]
_OPPOSITE = {word: opposite for pair in _WORD_PAIRS for word, opposite in (pair, reversed(pair))}


def unanswerable(question: Question, rng: np.random.Generator) -> Question | None:
    """The question altered so that its passages no longer answer it: a name, number or other word swapped, a word
    replaced by its opposite, a negation added (as in SQuAD 2.0). None where nothing applies.
    """
    ways = [_swap_name, _swap_number, _opposite, _negation, _swap_word]
    for way_number in rng.permutation(len(ways)).tolist():
        altered = ways[way_number](question, rng)
        if altered and altered != question.query:
            passages = tuple(
                replace(passage, keep=(False,) * len(passage.keep), relevant=None, words=())
                for passage in question.passages
            )
            return replace(question, query=altered, passages=passages, answers=())
    return None


def _swap_name(question: Question, rng: np.random.Generator) -> str | None:
    query_names = [name_match for name_match in _NAME.finditer(question.query) if name_match.start() > 0]
    if not query_names:
        return None
    folded_query = question.query.casefold()
    passage_names = {
        name_match.group().strip()
        for passage in question.passages
        for name_match in _NAME.finditer(passage.text)
        if name_match.start() > 1
        and passage.text[name_match.start() - 2] not in ".!?"
        and len(name_match.group().strip()) > 3
    }
    passage_names = {
        name
        for name in passage_names
        if name.casefold() not in folded_query
        and not any(name in answer or answer in name for answer in question.answers)
    }
    if not passage_names:
        return None
    match = query_names[int(rng.integers(len(query_names)))]
    replacement = sorted(passage_names)[int(rng.integers(len(passage_names)))]
    end = match.end() - (len(match.group()) - len(match.group().rstrip()))
    return question.query[: match.start()] + replacement + question.query[end:]


def _swap_word(question: Question, rng: np.random.Generator) -> str | None:
    """The question with a word replaced by one of its passages that has the same ending and is not in the answer."""
    query_words = [word_match for word_match in _PLAIN.finditer(question.query) if content(word_match.group())]
    if not query_words:
        return None
    match = query_words[int(rng.integers(len(query_words)))]
    excluded_terms = content(question.query) | content(" ".join(question.answers))
    similar_words = {
        word_match.group()
        for passage in question.passages
        for word_match in _PLAIN.finditer(passage.text)
        if word_match.group()[-2:] == match.group()[-2:] and not content(word_match.group()) & excluded_terms
    }
    if not similar_words:
        return None
    replacement = sorted(similar_words)[int(rng.integers(len(similar_words)))]
    return question.query[: match.start()] + replacement + question.query[match.end() :]


def _swap_number(question: Question, rng: np.random.Generator) -> str | None:
    match = _NUMBER.search(question.query)
    if not match:
        return None
    digits = match.group().rstrip(".,")
    try:
        value = int(digits.replace(",", ""))
    except ValueError:
        return None
    replacement = max(1, value + int(rng.integers(1, 30)) * (1 if rng.random() < 0.5 else -1))
    return question.query[: match.start()] + str(replacement) + question.query[match.start() + len(digits) :]


def _opposite(question: Question, rng: np.random.Generator) -> str | None:
    candidates = [
        candidate for candidate in re.finditer(r"\w+", question.query) if candidate.group().lower() in _OPPOSITE
    ]
    if not candidates:
        return None
    match = candidates[int(rng.integers(len(candidates)))]
    return question.query[: match.start()] + _OPPOSITE[match.group().lower()] + question.query[match.end() :]


def _negation(question: Question, rng: np.random.Generator) -> str | None:
    if rng.random() < 0.5 or " not " in question.query:  # easy to spot, so rare
        return None
    match = _AUXILIARY.search(question.query)
    if not match:
        return None
    following_words = question.query[match.end() :].split(" ", 3)
    if len(following_words) < 4:
        return None
    word = "never" if rng.random() < 0.5 else "not"
    return question.query[: match.end()] + " ".join([*following_words[:2], word, *following_words[2:]])
