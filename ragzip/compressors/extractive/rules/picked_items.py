"""Lists of which a question that yes or no answers picks an item: "Is ephedrine banned?", "Banned are:"."""

from __future__ import annotations

import re
from collections import defaultdict

from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.relevance import worth_of_others
from ragzip.text.auxiliaries import ASKING
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import COLONS, ITEM_MARK
from ragzip.text.scores import Scores
from ragzip.text.structure.needs.exceptions import begins_with_exception
from ragzip.text.words import content

__all__ = ["with_picked_items"]

_YES_OR_NO = pattern_of(
    rf"(?:{ASKING}|may|must|ist|sind|war|waren|darf|dürfen|kann|können|muss|müssen|gehört|gehören|gilt|gelten"
    r"|est-ce que|peut-on|puede[ns]?|se puede|está[ns]?|può|possono|posso|mag|mogen|kan|kunnen|moet|moeten)\s",
    re.IGNORECASE,
)


def with_picked_items(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, almost 0 for the items of a list in which others have all words of ``query`` that their
    lead-in and the headings over it do not have, and which have none of them. *Shape:* (n,) both.
    """
    outline, source = text.outline, text.source
    if query is None or not _YES_OR_NO.match(query):
        return scores
    items_by_lead: defaultdict[int, list[int]] = defaultdict(list)
    for number, relation in enumerate(outline.relations):
        if relation.head is not None and ITEM_MARK.match(source, outline.spans[number].start):
            items_by_lead[relation.head].append(number)
    query_words = content(query) if items_by_lead else set()
    weighted = scores.copy()
    for lead, items in items_by_lead.items():
        lead_text = source[slice(*outline.spans[lead])]
        picking_words = query_words - content(f"{lead_text} {outline.headings[lead]} {text.title or ''}")
        words_by_item = {item: content(source[slice(*outline.spans[item])]) for item in items}
        is_picked = any(picking_words <= words for words in words_by_item.values())
        if not picking_words or not is_picked or not lead_text.endswith(COLONS):
            continue
        for item, words in words_by_item.items():
            if picking_words.isdisjoint(words) and not begins_with_exception(source, outline.spans[item].start):
                weighted[item] *= worth_of_others(query)
    return weighted
