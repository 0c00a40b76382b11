"""Lines under two heads, and lists behind the lines of a label."""

import pytest

from ragzip.text.structure import structure_of

RELEASES = """Version 7.4 (build 7412)
Features
  * Split view
  * Dark mode
Known issues
  * Footnotes are lost

Version 7.3 (build 7305)
Known issues
  * Dark mode flickers
  * Covers are lost
"""
BYLAWS = """NORTH PIER
Summer
  Open from 8 to 22
  Boats: 40
Winter
  Open from 9 to 16

SOUTH PIER
Winter
  Shut, but for members
  Boats: 12
"""
RECIPE = """Plum cake

For the dough:
  300 g flour
  40 g butter
For the crumble:
  200 g flour
  120 g butter

1. Mix the dough.
2. Bake it at 190 degrees.
"""
KIT = """Shelf kit

Top board:
  8 screws M4
  2 brackets
Side board:
  4 screws M6

1. Screw the brackets to the wall.
2. Lay the top board on them.
"""


@pytest.mark.parametrize(
    ("text", "line", "heads"),
    [
        (RELEASES, "* Dark mode flickers", ["Version 7.3 (build 7305)", "Known issues"]),
        (RELEASES, "* Footnotes are lost", ["Version 7.4 (build 7412)", "Known issues"]),
        (BYLAWS, "Shut, but for members", ["SOUTH PIER", "Winter"]),
        (BYLAWS, "Boats: 40", ["NORTH PIER", "Summer"]),
        (RECIPE, "120 g butter", ["For the crumble:"]),
        (RECIPE, "2. Bake it at 190 degrees.", []),
        (KIT, "4 screws M6", ["Side board:"]),
        (KIT, "2. Lay the top board on them.", []),
    ],
)
def test_a_line_needs_both_heads_over_it_and_no_other(text, line, heads):
    units = structure_of(text, "text/plain", "0").units
    texts = [text[slice(*unit.span)] for unit in units]
    place = next(place for place, own in enumerate(texts) if line in own)
    over = [texts[need] for need in sorted(units[place].relation.needs)]
    lines = [own.strip() for own in texts[place].splitlines()]
    inside = lines[: lines.index(line)]
    assert [*over, *[own for own in inside if own in heads]] == heads
