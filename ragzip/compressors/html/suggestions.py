"""Blocks of a page that suggest other things ("You may also like"): they say little about the subject of the page."""

from __future__ import annotations

import re

import numpy as np

from ragzip.compressors.html.views import View
from ragzip.pages.page import Heading, Page
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import Scores
from ragzip.text.words import content

__all__ = ["weighted"]

_WEIGHT = 0.25  # of the score of a suggestion
_MAX_HEADING_CHARACTERS = 60
_THINGS = (
    "articles?|posts?|products?|items?|links?|pages?|stories|topics?|content|news|recipes?|offers?|reading|searches"
)
_SUGGESTS = pattern_of(
    rf"see also\b|related(?: (?:{_THINGS}))?\W*$|(?:similar|recommended|other) (?:{_THINGS})\W*$"
    r"|recommended for you\W*$"
    r"|you (?:may|might|could) (?:also )?(?:like|enjoy|be interested)|further reading\W*$|(?:read|more) (?:next|also)\b"
    r"|(?:customers|people|others|users)(?: who \w{1,12} this)? also \w"
    rf"|more (?:from|like)\b|more (?:{_THINGS})\W*$"
    r"|siehe auch\b|ähnliche \w{1,20}\W*$|verwandte \w{1,20}\W*$|weitere (?:artikel|produkte|rezepte|angebote)\b"
    r"|das könnte (?:sie|dich|ihnen|dir)\b|kunden kauften auch|auch interessant"
    r"|voir aussi\b|à lire aussi\b|vous aimerez\b|(?:articles|produits) (?:similaires|liés|connexes|associés)"
    r"|véase también|también te puede\b|(?:productos|artículos) (?:relacionados|similares)"
    r"|vedi anche\b|potrebbe(?:ro)? (?:interessarti|piacerti)|(?:prodotti|articoli) (?:simili|correlati)"
    r"|veja também|(?:produtos|artigos) (?:relacionados|semelhantes)|zie ook\b|gerelateerde \w|bekijk ook\b|se även\b"
    r"|se også\b|zobacz (?:także|też)|см(?:отрите|\.) также|похожие \w|関連(?:記事|商品)|相关(?:文章|产品|推荐)",
    re.IGNORECASE,
)


def weighted(query: str | None, view: View, scores: Scores) -> Scores:
    """The scores of the blocks of ``view``, lower for suggestions, except those of things that ``query`` names and the
    page is not about. *Shape:* (n,).
    """
    if view.form is None:
        return scores
    page = view.form.page
    suggestions = {id(heading) for heading in page.headings if _suggests(page, heading)}
    if not suggestions:
        return scores
    query_terms = content(query or "")
    terms_of_subject = query_terms & _terms(page, page.headings[0])
    weights = np.ones(len(scores))
    weight_by_heading: dict[int, float] = {}
    for number, block in enumerate(view.blocks):
        heading = page.runs[page.within(block.start, block.end)[0]].heading
        if id(heading) not in weight_by_heading:
            is_suggestion, names = False, set[str]()
            ancestor = heading
            while ancestor is not None and not is_suggestion:
                is_suggestion = id(ancestor) in suggestions
                names |= _terms(page, ancestor)
                ancestor = ancestor.parent
            is_named = not query_terms & names <= terms_of_subject
            weight_by_heading[id(heading)] = _WEIGHT if is_suggestion and not is_named else 1.0
        weights[number] = weight_by_heading[id(heading)]
    return scores * weights


def _terms(page: Page, heading: Heading) -> set[str]:
    return content(page.text(*page.span(heading.node)))


def _suggests(page: Page, heading: Heading) -> bool:
    text = page.text(*page.span(heading.node))
    return len(text) <= _MAX_HEADING_CHARACTERS and _SUGGESTS.match(text) is not None
