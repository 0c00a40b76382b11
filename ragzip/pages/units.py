"""The blocks of a page as units, for methods that read texts."""

from __future__ import annotations

from ragzip.pages.blocks import Block
from ragzip.pages.form import PageForm
from ragzip.pages.leads import BlockRelation, labels_over, relations_of_blocks
from ragzip.text.spans import Span
from ragzip.text.structure import Relation, StructuredUnit

__all__ = ["units_of_page"]


def units_of_page(form: PageForm) -> list[StructuredUnit]:
    """The blocks of a page with what each needs, and what a reader sees of them."""
    page, page_blocks = form.page, form.blocks
    spans = [Span(block.start, block.end) for block in page_blocks]
    places = {span: number for number, span in enumerate(spans)}
    relations = relations_of_blocks(page, page_blocks, spans)
    labels = labels_over(page, page_blocks, spans)

    def relation_of(number: int, block: Block) -> Relation:
        relation = relations.get(number, BlockRelation())
        heading = page.runs[page.within(block.start, block.end)[0]].heading
        heading_place = None if heading is None else places.get(page.span(heading.node))
        heading_place = max(heading_place, labels.get(number), key=lambda place: -1 if place is None else place)
        return Relation(
            tuple(places[needed] for needed in relation.needs if needed in places),
            section=relation.section,
            heading=None if heading_place == number else heading_place,
            companions=tuple(places[needed] for needed in relation.antecedents if needed in places),
        )

    return [
        StructuredUnit(
            block.start,
            block.end,
            relation_of(number, block),
            reading=page.text(block.start, block.end),
            is_record=block.row is not None,
        )
        for number, block in enumerate(page_blocks)
    ]
