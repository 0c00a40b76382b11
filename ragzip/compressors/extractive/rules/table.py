"""All rules, in the order in which each mends the scores that those before it left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ragzip.compressors.extractive.rules.asked_forms import with_asked_forms
from ragzip.compressors.extractive.rules.asked_quantities import with_asked_quantities
from ragzip.compressors.extractive.rules.conclusions import with_conclusions
from ragzip.compressors.extractive.rules.contract_clauses import with_clauses
from ragzip.compressors.extractive.rules.counts import with_counts
from ragzip.compressors.extractive.rules.cut_units import with_cut_units_last
from ragzip.compressors.extractive.rules.dated_texts import with_texts_of_period
from ragzip.compressors.extractive.rules.diff_lines import with_changes
from ragzip.compressors.extractive.rules.editions import with_editions
from ragzip.compressors.extractive.rules.empty_labels import with_empty_labels_last
from ragzip.compressors.extractive.rules.extremes import with_extremes
from ragzip.compressors.extractive.rules.failures import with_failures
from ragzip.compressors.extractive.rules.flags import with_flags
from ragzip.compressors.extractive.rules.headed_lines import with_headed_lines
from ragzip.compressors.extractive.rules.longer_names import with_longer_names
from ragzip.compressors.extractive.rules.named_keys import with_named_keys
from ragzip.compressors.extractive.rules.named_records import with_picked_records
from ragzip.compressors.extractive.rules.named_values import with_named_values
from ragzip.compressors.extractive.rules.periods import with_units_of_period
from ragzip.compressors.extractive.rules.picked_items import with_picked_items
from ragzip.compressors.extractive.rules.questions import with_equal_questions_first, with_repeated_query_last
from ragzip.compressors.extractive.rules.ranges import with_ranges
from ragzip.compressors.extractive.rules.ranks import with_asked_ranks
from ragzip.compressors.extractive.rules.reference_ranges import with_values_outside
from ragzip.compressors.extractive.rules.replacements import with_replacements
from ragzip.compressors.extractive.rules.text_units import RuleAcrossTexts, RuleOfText, TextUnits
from ragzip.compressors.extractive.rules.thresholds import with_thresholds
from ragzip.compressors.extractive.rules.twins import with_named_entries, with_named_twins
from ragzip.compressors.extractive.rules.versions import with_newest_versions
from ragzip.compressors.extractive.texts.titles import headings_like_title
from ragzip.text.scores import Scores

__all__ = ["RULES", "mended"]


def _with_related(_: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, combined with those of the units that each is read with: see
    :meth:`Outline.related_scores`.
    """
    titles = headings_like_title(text.outline, text.title) | text.outline.around_sources
    return text.outline.related_scores(scores, titles)


def _each(rule: RuleOfText) -> RuleAcrossTexts:
    """``rule`` for every text by itself."""

    def rule_of_each(query: str | None, texts: Sequence[TextUnits], scores: Sequence[Scores]) -> list[Scores]:
        return [rule(query, text, text_scores) for text, text_scores in zip(texts, scores, strict=True)]

    return rule_of_each


RULES: Final[tuple[RuleAcrossTexts, ...]] = (
    _each(with_headed_lines),  # under a heading that is asked for
    with_cut_units_last,  # by the border of a chunk, of which the rest is not there
    with_equal_questions_first,  # a unit that asks what the query asks
    with_repeated_query_last,  # in a prompt, or beside the results of a search
    _each(_with_related),  # units and what they are read with
    _each(with_empty_labels_last),  # over nothing
    _each(with_picked_items),  # of lists, in questions that yes or no answers
    _each(with_asked_forms),  # definitions, permissions, steps, causes
    _each(with_asked_quantities),  # a duration, a temperature, a time of day
    _each(with_conclusions),  # of an abstract with labels
    _each(with_extremes),  # the largest or smallest value
    _each(with_ranges),  # amounts, years, days, months and hours that a unit holds for
    _each(with_asked_ranks),  # "silver", "came in second"
    _each(with_thresholds),  # with a number above, below or between those of the query
    _each(with_values_outside),  # rows whose value is outside the range beside it
    _each(with_failures),  # levels of logs, what went wrong
    _each(with_units_of_period),  # with a date in the years or the period that the query names
    _each(with_counts),  # how many there are
    _each(with_changes),  # lines of a diff
    _each(with_flags),  # values that say yes or no
    _each(with_named_entries),  # entries under the name in the query
    _each(with_picked_records),  # the record of a list that the query names
    _each(with_named_keys),  # of the values of a record
    _each(with_named_values),  # "payments", not "payments-staging"; "PID 1"
    _each(with_longer_names),  # "Pro" and "Pro Max"
    with_editions,  # years, versions and models in titles and headings
    with_named_twins,  # the same under several headings
    with_texts_of_period,  # by the dates of their titles
    with_newest_versions,  # of a changelog, or of documents with one name
    with_replacements,  # what replaces something, and corrections
    with_clauses,  # numbered clauses, and what changes them
)


def mended(query: str | None, texts: Sequence[TextUnits], scores: Sequence[Scores]) -> list[Scores]:
    """The scores of the units of all texts after all rules. *Shape:* (n_i,) each, for each text, both."""
    mended_scores = list(scores)
    for rule in RULES:
        mended_scores = rule(query, texts, mended_scores)
    return mended_scores
