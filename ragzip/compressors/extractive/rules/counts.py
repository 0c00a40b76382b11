"""Rules for lines of output that say how many of something there are, where a query asks for that: "Found 5 errors" and
"60 passed" state it, and what they count up shares more words with the query.
"""

from __future__ import annotations

import re

from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import Scores
from ragzip.text.words import verb_stems

__all__ = ["with_counts"]

_ASKS_FOR_NUMBER = pattern_of(
    r"\b(?:how many|what number of|wie ?viele|combien de|cuánt[oa]s|quant[ei]|hoeveel)\b(?P<counted>[^?.!\n]{1,200})",
    re.IGNORECASE,
)
_ASKS_FOR_ALL = pattern_of(
    r"\b(?:are there|exist|do we have|in total|altogether|gibt es|insgesamt|y a-t-il|au total|hay|en total|ci sono"
    r"|in totale|zijn er|in totaal)\b",
    re.IGNORECASE,
)
_COUNT = pattern_of(r"(?<![\w.,:/-])\d[\d,.]{0,12} (?:to )?(?P<counted>[^\W\d_][\w-]{1,30}(?: [^\W\d_][\w-]{1,30})?)")
_ROWS = pattern_of(r"\W{0,3}\d[\d,]{0,12} (?:rows?|records?|results?|entries|items)\b")


def with_counts(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, with the only record that says how many there are of what ``query`` counts as the best
    one: with most of its words where there are several. *Shape:* (n,) both.
    """
    outline, source = text.outline, text.source
    asking = _ASKS_FOR_NUMBER.search(query) if query is not None and any(outline.records) else None
    if query is None or asking is None:
        return scores
    counted_stems, query_stems = verb_stems(asking["counted"]), verb_stems(query)
    shared_counts: dict[int, int] = {}
    numbers_with_rows: list[int] = []
    for number, (span, is_record) in enumerate(zip(outline.spans, outline.records, strict=True)):
        record = source[slice(*span)]
        if outline.relations[number].section is not None:
            continue
        if is_record and any(
            not counted_stems.isdisjoint(verb_stems(count["counted"])) for count in _COUNT.finditer(record)
        ):
            shared_counts[number] = len(verb_stems(record) & query_stems)
        elif _ROWS.match(record):
            numbers_with_rows.append(number)
    most_shared = max(shared_counts.values(), default=0)
    best = [number for number, shared_count in shared_counts.items() if shared_count == most_shared]
    if not best and _ASKS_FOR_ALL.search(query):
        best = numbers_with_rows
    if len(best) != 1:
        return scores
    raised_scores = scores.copy()
    raised_scores[best] = just_above(float(scores.max(initial=0.0)))
    return raised_scores
