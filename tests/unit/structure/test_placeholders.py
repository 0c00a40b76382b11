"""Tables of sheets in which a program wrote names for columns without one, above the row that names them."""

import pytest
from structure_checks import compressed

ROWS = [
    ["PROGRESS", "Unnamed: 1", "Unnamed: 2", "Unnamed: 3"],
    ["NaN", "NaN", "NaN", "NaN"],
    ["Task", "NaN", "Owner", "Status"],
    ["Design", "NaN", "Ana", "Done"],
    ["Build", "NaN", "Bob", "Open"],
    ["Test", "NaN", "Cem", "Blocked"],
    ["Train", "NaN", "Eli", "Done"],
]
BARS = "\n".join(f"| {' | '.join(row)} |" for row in [ROWS[0], ["---"] * 4, *ROWS[1:]])
MARKDOWN = (
    f"# Plan\n\n## Sheet\n{BARS}\n\nThe plan is reviewed every week by all owners.\n\n## Other\n\nNothing here.\n"
)
COMMAS = "\n".join(map(",".join, ROWS))


@pytest.mark.parametrize("text", [BARS, MARKDOWN, COMMAS, COMMAS.replace("NaN", "")])
def test_a_row_comes_with_the_row_that_names_its_columns(text):
    kept = compressed(text, "Who owns Test?", 50)
    lines = [line for line in kept.splitlines() if "Cem" in line or "Owner" in line]
    assert len(lines) == 2 and "Owner" in lines[0] and "Cem" in lines[1]
    assert "NaN,NaN,NaN" not in kept and "| NaN | NaN | NaN" not in kept


def test_the_unnamed_column_of_an_index_is_no_such_title():
    text = "Unnamed: 0,name,age\n" + "".join(
        f"{n},{name},{20 + n}\n" for n, name in enumerate(["Anna", "Ben", "Cem"] * 4)
    )
    assert compressed(text, "How old is Cem?", 24).startswith("Unnamed: 0,name,age\n")


def test_rows_of_numbers_name_nothing():
    text = "Unnamed: 0,Unnamed: 1,total\n" + "".join(f"{name},x,{n}\n" for n, name in enumerate(["North", "South"] * 6))
    assert compressed(text, "What is the total of South?", 40).startswith("Unnamed: 0,Unnamed: 1,total\n")
