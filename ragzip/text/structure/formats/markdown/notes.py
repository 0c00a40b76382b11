"""Footnotes and definitions of links, and the units that refer to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.parts import Parts

__all__ = ["need_definitions"]

_FOOTNOTE_MARK = pattern_of(r"\[\^([^\]\n]{1,60})\]")
_LABEL = pattern_of(r"\[([^\[\]\n]{1,100})\](?!\()")
_MAX_WORDS_OF_NEEDED_NOTE = 60


def need_definitions(parts: Parts, places: Mapping[str, int]) -> None:
    """Let each unit need the footnotes and the definitions of links that it refers to, and a footnote the only unit
    that does.

    :param places: of the footnotes, "^1", and definitions, by label.
    """
    definitions = frozenset(places.values())
    texts = {place: parts.source[slice(*parts.units[place].span)] for place in definitions}
    short = {label for label, place in places.items() if len(texts[place].split()) <= _MAX_WORDS_OF_NEEDED_NOTE}
    places_of_marks: defaultdict[str, list[int]] = defaultdict(list)
    for place, unit in enumerate(parts.units if places else ()):
        text = parts.source[unit.start : unit.end]
        if place in definitions or "[" not in text:
            continue
        labels = [f"^{label}" for label in _FOOTNOTE_MARK.findall(text)]
        for label in dict.fromkeys(labels):
            places_of_marks[label].append(place)
        labels += [" ".join(label.split()).upper() for label in _LABEL.findall(text) if label[0] != "^"]
        parts.need([place], [places[label] for label in labels if label in short])
    for label, marked in places_of_marks.items():
        if label in places and len(marked) == 1:
            parts.need([places[label]], marked)
