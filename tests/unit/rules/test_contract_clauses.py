"""Clauses are worth as much as what changes them, what they are subject to and what their words mean."""

import numpy as np
import pytest

from ragzip.compressors.extractive.rules.contract_clauses import with_clauses
from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.outline import outline
from ragzip.text.tokens import token_counter
from ragzip.types import Budget, Document, Segment

LEASE = (
    "Lease of Unit 9\n\n7.1 The tenant uses the rooms to paint.\n\n8.2 A party ends it by thirty days of notice.\n\n"
    "9.1 The landlord repairs the roof within thirty days."
)
RULES = "Section 2. Guests row twice in a season.\n\nSection 3. Members wear a jacket.\n\nRule 2. Dogs stay ashore."


def _raised(texts, best):
    """What is worth more, where the unit with the words ``best`` scores 0.9 and all others 0.01."""
    outlines = [_outline(text) for text in texts]
    units = [[text[slice(*span)] for span in parts.spans] for text, parts in zip(texts, outlines, strict=True)]
    scores = [np.array([0.9 if best in unit else 0.01 for unit in units_of_text]) for units_of_text in units]
    raised = with_clauses("", list(map(TextUnits, outlines, texts)), scores)
    return [
        unit
        for units_of_text, before, after in zip(units, scores, raised, strict=True)
        for unit, is_raised in zip(units_of_text, after > before, strict=True)
        if is_raised
    ]


@pytest.mark.parametrize(
    ("clauses", "best", "amendment"),
    [
        (LEASE, "A party ends it", 'In clause 8.2, "thirty days" is replaced by "ninety days".'),
        (LEASE, "A party ends it", "In § 8.2 wird „thirty days“ durch „ninety days“ ersetzt."),
        (RULES, "Guests row", "It was decided that Section 2 of the club rules is deleted."),
        (RULES, "Guests row", 'Article 1. In sections 2 and 3, for "twice" substitute "once".'),
        (RULES, "Dogs", "Rule 2 no longer applies."),
        (RULES, "jacket", "We voted to repeal section 3."),
    ],
)
def test_a_clause_comes_with_what_changes_it(clauses, best, amendment):
    assert _raised([clauses, "The pier is long.", f"{amendment} The clerk closed the hall."], best) == [amendment]


@pytest.mark.parametrize(
    "statement",
    [
        "Section 2 describes how boats are replaced.",
        'Article 2 of the charter says "all are welcome".',
        'In rule 2, "ashore" is replaced by "at home".',
        "Section 4 is deleted.",
    ],
)
def test_what_does_not_change_a_clause_stays_what_it_is(statement):
    assert _raised([RULES, statement], "Guests row") == []


def test_a_clause_comes_with_what_it_is_subject_to():
    text = (
        "Section 3. Subject to section 9, a loan may be renewed twice.\n\nSection 4. A card costs 15 euros.\n\n"
        "Section 9. No loan is extended that another reader waits for. New books stay for a week."
    )
    assert _raised([text, "Section 9. A loan is paid back."], "twice") == [
        "Section 9. No loan is extended that another reader waits for."
    ]


def test_the_best_unit_comes_with_what_its_words_mean():
    glossary = '"Eligible staff" means whoever has been here for a year. "Manager" means whoever signs.'
    assert _raised(["The bonus is paid to eligible staff. A manager pays it.", glossary], "bonus") == [
        '"Eligible staff" means whoever has been here for a year.'
    ]


def _outline(text):
    return outline(Segment.whole(Document("a", text), 0), Budget(token_counter()))
