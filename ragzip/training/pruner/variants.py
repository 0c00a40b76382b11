"""Variants of a question that its passages do not answer."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from ragzip.text.words import content
from ragzip.training.pruner.data import Question

__all__ = ["unanswerable"]

_NAME = re.compile(r"(?:[A-Z][\w’'.-]*(?:\s+(?:of|the|de|von|van)\s+(?=[A-Z]))?\s*)+")
_NUMBER = re.compile(r"\d[\d,.]*")
_PLAIN = re.compile(r"\b[a-z]{4,}\b(?<!which)(?<!what)")
_AUXILIARY = re.compile(r"\b(is|are|was|were|did|does|do|can|could|has|have|had|will|would|should)\b(?! not)")
_OPPOSITES = (
    "first last|largest smallest|biggest smallest|highest lowest|most least|more less|before after|earliest latest|"
    "north south|northern southern|east west|eastern western|increase decrease|increased decreased|begin end|"
    "began ended|start stop|started stopped|old young|oldest youngest|older younger|best worst|major minor|win lose|"
    "won lost|above below|inside outside|maximum minimum|male female|men women|top bottom|left right|early late|"
    "good bad|positive negative|internal external|upper lower|longest shortest|higher lower|joined left|"
    "allowed forbidden|success failure|majority minority|public private|rich poor|accept reject|"
    "accepted rejected|rise fall|rose fell|create destroy|created destroyed|buy sell|bought sold"
)
_OPPOSITE = {one: other for pair in _OPPOSITES.split("|") for a, b in [pair.split()] for one, other in ((a, b), (b, a))}


def unanswerable(question: Question, rng: np.random.Generator) -> Question | None:
    """The question altered so that its passages answer it no longer: a name, number or other word swapped, a word
    turned into its opposite, a negation put in (the ways of SQuAD 2.0). None where no way applies.
    """
    ways = [_swap_name, _swap_number, _opposite, _negation, _swap_word]
    for i in rng.permutation(len(ways)).tolist():
        altered = ways[i](question, rng)
        if altered and altered != question.query:
            gone = tuple(
                replace(passage, keep=(False,) * len(passage.keep), relevant=None, words=())
                for passage in question.passages
            )
            return replace(question, query=altered, passages=gone, answers=())
    return None


def _swap_name(question: Question, rng: np.random.Generator) -> str | None:
    mine = [m for m in _NAME.finditer(question.query) if m.start() > 0]
    if not mine:
        return None
    said = question.query.casefold()
    others = {
        m.group().strip()
        for passage in question.passages
        for m in _NAME.finditer(passage.text)
        if m.start() > 1 and passage.text[m.start() - 2] not in ".!?" and len(m.group().strip()) > 3
    }
    others = {o for o in others if o.casefold() not in said and not any(o in a or a in o for a in question.answers)}
    if not others:
        return None
    match = mine[int(rng.integers(len(mine)))]
    new = sorted(others)[int(rng.integers(len(others)))]
    end = match.end() - (len(match.group()) - len(match.group().rstrip()))
    return question.query[: match.start()] + new + question.query[end:]


def _swap_word(question: Question, rng: np.random.Generator) -> str | None:
    """A word of the question for one of its passages that ends alike and is neither asked for nor the answer."""
    mine = [m for m in _PLAIN.finditer(question.query) if content(m.group())]
    if not mine:
        return None
    match = mine[int(rng.integers(len(mine)))]
    avoid = content(question.query) | content(" ".join(question.answers))
    others = {
        m.group()
        for passage in question.passages
        for m in _PLAIN.finditer(passage.text)
        if m.group()[-2:] == match.group()[-2:] and not content(m.group()) & avoid
    }
    if not others:
        return None
    new = sorted(others)[int(rng.integers(len(others)))]
    return question.query[: match.start()] + new + question.query[match.end() :]


def _swap_number(question: Question, rng: np.random.Generator) -> str | None:
    match = _NUMBER.search(question.query)
    if not match:
        return None
    digits = match.group().rstrip(".,")
    try:
        value = int(digits.replace(",", ""))
    except ValueError:
        return None
    new = max(1, value + int(rng.integers(1, 30)) * (1 if rng.random() < 0.5 else -1))
    return question.query[: match.start()] + str(new) + question.query[match.start() + len(digits) :]


def _opposite(question: Question, rng: np.random.Generator) -> str | None:
    found = [m for m in re.finditer(r"\w+", question.query) if m.group().lower() in _OPPOSITE]
    if not found:
        return None
    match = found[int(rng.integers(len(found)))]
    return question.query[: match.start()] + _OPPOSITE[match.group().lower()] + question.query[match.end() :]


def _negation(question: Question, rng: np.random.Generator) -> str | None:
    if rng.random() < 0.5 or " not " in question.query:  # one easy way among four: seldom
        return None
    match = _AUXILIARY.search(question.query)
    if not match:
        return None
    rest = question.query[match.end() :].split(" ", 3)
    if len(rest) < 4:
        return None
    word = "never" if rng.random() < 0.5 else "not"
    return question.query[: match.end()] + " ".join([*rest[:2], word, *rest[2:]])
