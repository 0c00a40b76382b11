"""Variants of a question: made unanswerable, with a first hop's evidence added, with fewer distractors."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from ragzip.training.pruner.data import Passage, Question
from ragzip.types import Span
from ragzip.words import content

__all__ = ["emptied", "thinned", "unanswerable", "with_evidence"]

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


def emptied(question: Question) -> Question | None:
    """The question over its passages without the supporting sentences: nothing to keep. None where little is left."""
    passages = []
    for passage in question.passages:
        kept = [span for span, keep in zip(passage.sentences, passage.keep, strict=False) if not keep]
        if len(kept) < 2:
            continue
        text, spans = "", []
        for start, end in kept:
            begin = len(text) + (1 if text else 0)
            text = f"{text} {passage.text[start:end]}" if text else passage.text[start:end]
            spans.append(Span(begin, len(text)))
        passages.append(Passage(passage.title, text, tuple(spans), (False,) * len(spans), False, ()))
    return replace(question, passages=tuple(passages), answers=()) if passages else None


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


def with_evidence(question: Question, rng: np.random.Generator) -> Question:
    """The question as the second hop asks it: with a sentence found by the first one behind it.

    In one of five cases the sentence is one that looks right and is not, as the first hop may find.
    """
    scored: list[tuple[bool, float, str]] = []
    asked = content(question.query)
    for passage in question.passages:
        for (start, end), keep in zip(passage.sentences, passage.keep, strict=False):
            sentence = passage.text[start:end]
            scored.append((keep, len(content(sentence) & asked) + rng.random(), sentence))
    good = [row for row in scored if row[0]]
    bad = sorted((row for row in scored if not row[0]), key=lambda row: -row[1])[:3]
    pool = bad if bad and (not good or rng.random() < 0.2) else good
    if not pool:
        return question
    best = max(pool, key=lambda row: row[1] if rng.random() < 0.7 else rng.random())
    return replace(question, query=f"{question.query} {best[2]}")


def thinned(question: Question, most: int, rng: np.random.Generator) -> Question:
    """At most ``most`` passages without support, those with the title of a supporting one first (half of the time)."""
    good = [p for p in question.passages if p.relevant]
    bad = [p for p in question.passages if not p.relevant]
    if len(bad) <= most:
        return question
    titles = {p.title for p in good if p.title}
    order = sorted(bad, key=lambda p: rng.random() + (0 if p.title in titles else 0.7))
    chosen: list[Passage] = [*good, *order[:most]]
    return replace(question, passages=tuple(chosen))
