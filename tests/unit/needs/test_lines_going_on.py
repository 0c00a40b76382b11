"""A line of verse or a recipe that goes on from the line above comes only with that."""

import pytest

from ragzip.text.structure.formats.prose.reader import read_prose


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Roses are red,\nViolets are blue,\nI never said\nThat I loved you.", {3: (2,)}),
        ("The train had left\nAt half past nine\nI would not say\nThat you were mine", {3: (2,)}),
        ("Der Tag war grau\nDie Nacht war lang\nUnd keiner kam\nDer Wind ging still", {2: (1,)}),
        ("1 cup flour\n2 eggs\n1/2 tsp salt\nMix the flour and the eggs and\nlet it rest, then\nfry in butter.",
         {3: (4, 5), 4: (3, 5), 5: (4, 3)}),
        ("Soup 5.20\nTrout 18.20\nonly on Fridays\nSteak 21.00", {1: (2,), 2: (1,)}),
        ("Suppe 5,20\nForelle 18,20\nnur freitags\nGulasch 12,00", {1: (2,), 2: (1,)}),
        ("Agnolotti 13\nTajarin 12\nsolo su prenotazione\nMinestrone 8", {1: (2,), 2: (1,)}),
        ("he wore a coat,\nhe never spoke,\nand when a ship went by at night\nhe raised his hand to greet it.",
         {0: (1,), 1: (0,), 2: (0, 1, 3), 3: (0, 1, 2)}),
        ("Who must ask\nif you have had asthma\nif you are under twelve", {}),
        ("cash\nonly cheques\ncards", {}),
        ("Ann: we sat and watched it\nbo: yes, I saw that, too", {}),
        ("Tea with milk\nCoffee\nAndy's cake\nToast", {}),
        ("People with asthma\nPregnant women\nChildren under two", {}),
    ],
)  # fmt: skip
def test_a_line_that_goes_on_needs_the_line_above(text: str, expected: dict[int, tuple[int, ...]]) -> None:
    needs = {number: set(unit.relation.needs) for number, unit in enumerate(read_prose(text).units)}
    assert {number: needed for number, needed in needs.items() if needed} == {
        number: set(needed) for number, needed in expected.items()
    }
