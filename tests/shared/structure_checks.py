"""What the readers of all kinds of written texts are tested for."""

from hypothesis import settings

import ragzip
from ragzip.text.spans import Span
from ragzip.text.structure.readers import READERS

EXAMPLES = 500 if settings().max_examples > 100 else 50  # of generated texts
PROSE = [
    "It rained, as ever, in Oban. Leeds, too, was wet, they said.\nThe rest was dry.\n\nWho knew? Not I.",
    "Dear Anna,\n\nthank you for the letter of 3 May. Will you come? I hope so.\n\nYours,\nBen\n",
    "Note: the pump is old.\nPrice: 30 euros\nDate: 3 May 2024\nFrom: Bath\n\nNote: the weir is new.\nPrice: 40 euros",
    "name: pump\nage: 3 years old\nname: weir\nage: 4 years old\nname: lock\nage: 5 years old",
    "#!/bin/sh\n# install the pump\nset -e\n# then run it\nmake all\n",
    "Das Bad wurde 1961 gebaut. Warum? Das weiß niemand.\n\nEs gab drei Gründe: Geld, Zeit, Lust.",
    "今日は「東京です。」と言った。明日は？\n\n標題：雨の日。",
    "Chapter 1: The dam\n\nHe asked: why now?\n\nHe left at 10:15. At 11:30 he left.\n\n2: The weir\n\nIt fell.",
    "2024-01-02 10:00:00 INFO: started\n2024-01-02 10:00:01 ERROR: disk full\n2024-01-02 10:00:02 INFO: stopped\n",
    "What is a pump? It is a machine. Why is it wet? Because of the water. How so? It leaks.",
    "",
    " \n\n ",
]


def units_of(kind, text):
    """The structure of a text, after a look at what all structures promise."""
    structure = next(reader for reader in READERS if reader.kind == kind).read(text)
    assert structure is not None and structure.kind == kind
    end = 0
    for place, unit in enumerate(structure.units):
        assert end <= unit.start < unit.end <= len(text)
        assert text[unit.start : unit.end].strip() == text[unit.start : unit.end]
        assert place not in unit.relation.needs and all(
            0 <= needed < len(structure.units) for needed in unit.relation.needs
        )
        for needed in unit.relation.needs:
            assert set(structure.units[needed].relation.needs) <= {*unit.relation.needs, place}
        end = unit.end
    return structure


def texts_and_needs(kind, text):
    """The text of each unit, with the texts of what it needs."""
    units = units_of(kind, text).units
    return [
        (text[unit.start : unit.end], [text[slice(*units[needed].span)] for needed in sorted(unit.relation.needs)])
        for unit in units
    ]


def written(structure, places):
    """The text of units with what they need; its spans are looked at."""
    source = structure.form.source
    spans = {structure.units[place].span for place in places}
    spans |= {structure.units[needed].span for place in places for needed in structure.units[place].relation.needs}
    kept = structure.form.keep(sorted(spans), [Span(0, len(source))])
    if kept is None:
        return source
    offset = 0
    for number, (start, end) in enumerate(kept.spans):
        offset = kept.offsets[number] if kept.offsets else offset
        assert kept.text[offset : offset + end - start] == source[start:end]
        offset += end - start
    return kept.text


def compressed(text, query, tokens, *, name="0", mime="text/plain"):
    """What is left of a text, within its budget, with exact spans."""
    document = ragzip.Document(name, text, mime=mime)
    result = ragzip.compress(document, query, target_tokens=tokens, compressor="extractive/bm25")
    assert result.stats.tokens_out <= tokens
    return result.text
