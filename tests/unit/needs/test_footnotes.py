"""The footnote that a mark in a row or a sentence refers to comes with it."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

PLANS = """# Support plans

| Plan | Channels | First response |
|---|---|---|
| Free | Community | best effort |
| Team | Email | 1 business day |
| Business | Email, chat | 4 hours* |
| Enterprise | Email, chat, phone | 30 minutes† |

\\* Monday to Friday, 9:00 to 17:00 CET.

† Only for incidents of severity 1.

Plans can be changed at any time. A plan that is changed holds from the first day of the month.
"""
SEATS = """Plan        Price    Seats    Storage
Basic       $9       5        10 GB
Pro         $29      25 1)    100 GB
Scale       $99      100      1 TB 2)

1) more seats can be bought at $2 each
2) fair use applies
"""
TARIFF = """| Tarif | Preis im Monat | Nutzer |
|---|---|---|
| Frei | 0 EUR | 1 |
| Plus | 19 EUR (1) | 10 |
| Max | 49 EUR (2) | 24/7² |

(1) Bei jährlicher Zahlung; sonst 24 EUR.

(2) Mindestens 12 Monate.
"""
ROOMS = """Room      Beds   Price
Aster     2      80 EUR*
Birch     3      95 EUR
Cedar     1      60 EUR

* without breakfast
"""


def needs_of(source: str) -> dict[str, list[str]]:
    units = structure_of(source, "", "").units
    texts = [source[slice(*unit.span)] for unit in units]
    return {text: [texts[place] for place in unit.relation.needs] for text, unit in zip(texts, units, strict=True)}


@pytest.mark.parametrize(
    ("source", "row", "note"),
    [
        (PLANS, "| Business | Email, chat | 4 hours* |", "\\* Monday to Friday, 9:00 to 17:00 CET."),
        (PLANS, "| Enterprise | Email, chat, phone | 30 minutes† |", "† Only for incidents of severity 1."),
        (SEATS, "Pro         $29      25 1)    100 GB", "1) more seats can be bought at $2 each"),
        (SEATS, "Scale       $99      100      1 TB 2)", "2) fair use applies"),
        (TARIFF, "| Plus | 19 EUR (1) | 10 |", "(1) Bei jährlicher Zahlung; sonst 24 EUR."),
        (TARIFF, "| Max | 49 EUR (2) | 24/7² |", "(2) Mindestens 12 Monate."),
        (ROOMS, "Aster     2      80 EUR*", "* without breakfast"),
    ],
)
def test_a_row_needs_the_note_of_its_mark(source, row, note):
    needs = needs_of(source)
    assert note in needs[row]
    assert row in needs[note]


def test_the_note_is_kept_with_the_row():
    kept_text = ragzip.compress(PLANS, "How fast is the Business plan?", target_tokens=60, cache=SCORES).text
    assert "| Business | Email, chat | 4 hours* |" in kept_text
    assert "Monday to Friday" in kept_text


def test_a_note_of_several_rows_brings_none_of_them():
    source = PLANS.replace("1 business day", "1 business day*")
    needs = needs_of(source)
    note = "\\* Monday to Friday, 9:00 to 17:00 CET."
    assert note in needs["| Team | Email | 1 business day* |"]
    assert note in needs["| Business | Email, chat | 4 hours* |"]
    assert not any("Team" in needed for text in needs if "Business" in text for needed in needs[text])


@pytest.mark.parametrize(
    "source",
    [
        "This is *important* for all of them.\n\n* One thing to know.\n",  # emphasis
        "The files `a*` are removed.\n\n* First item.\n* Second item.\n",  # a list
        "The garden has 100 m² of beds.\n\n² Of no matter.\n",  # a square
        "It was built in 1920 (1) and sold in 1931 (2).\n\n(1) Old files say 1921.\n",  # a citation
    ],
)
def test_what_looks_like_a_mark_is_none(source):
    needs = needs_of(source)
    assert not any(needs.values())


TASKS = """\
Task   Owner    Status
T-12   Ada      D
T-13   Bo       P
T-14   Chen     B
T-15   Dana     E

D = done, P = in progress, B = blocked by another team
"""
BUSES = """\
Line | Route              | First | Days
4    | Station - Hospital | 05:40 | Mon-Fri S
7    | Station - Harbour  | 06:00 | daily
9    | Market - Airport   | 04:30 | daily

S = not during school holidays
Tickets are sold on board.
"""
MENU = """\
| Gericht | Preis | Hinweis |
|---|---|---|
| Linsensuppe | 6,50 | V |
| Gulasch | 9,80 | G |
| Salat | 5,20 | V, L |

Legende: V = vegetarisch; L = mit Laktose; G = glutenhaltig
"""

SNACKS = """\
Soups
Bean soup (vegan)              4.20   A, L
Fish soup                      6.10   D, L

Mains
Dumplings with cabbage         9.90   A, C
Rice with peas (vegan)         8.40

A gluten  C egg  D fish  L celery
"""
FREIBAD = """\
Imbiss         Preis   Stoffe
Pommes         3,50    A
Nussecke       2,80    A, H
Wassereis      1,20

Allergene: A Gluten, G Milch, H Nüsse
"""


@pytest.mark.parametrize(
    ("source", "rows", "other", "legend"),
    [
        (SNACKS, ["Fish soup                      6.10   D, L"], "Rice with peas", "A gluten"),
        (FREIBAD, ["Nussecke       2,80    A, H"], "Wassereis", "Allergene: A Gluten"),
        (TASKS, ["T-12   Ada      D", "T-14   Chen     B"], "T-15   Dana     E", "D = done, P"),
        (BUSES, ["4    | Station - Hospital | 05:40 | Mon-Fri S"], "7    | Station", "S = not during"),
        (MENU, ["| Gulasch | 9,80 | G |", "| Salat | 5,20 | V, L |"], "", "Legende: V = vegetarisch"),
    ],
)
def test_a_row_with_a_sign_needs_the_legend(source, rows, other, legend):
    needs = needs_of(source)
    for row in rows:
        assert any(needed.startswith(legend) for needed in needs[row])
    assert not other or not any(legend in needed for text in needs if text.startswith(other) for needed in needs[text])


@pytest.mark.parametrize(
    "line",
    ["B pump, A pipe, C valve", "A gluten, C egg", "A man, a plan, a canal", "A big pump, B or C, none"],
)
def test_lines_that_explain_no_letters(line):
    needs = needs_of(f"Name   Part\nPump   A\nPipe   B\n\n{line}\n")
    assert not any(line in needed for needed_texts in needs.values() for needed in needed_texts)


def test_equations_are_no_legend():
    needs = needs_of("Name   Part\nPump   A\nPipe   B\n\nThe sum is A = 3 and B = 4 for all of them.\n")
    assert not any("The sum" in needed for needed_texts in needs.values() for needed in needed_texts)


DOSES = "Drug,Dose\nAbrol,20 mg*\nBenol,40 mg\nCetol,10 mg†\nDetol,15 mg†\n* Half of it for old men.\n† Not at night.\n"
BARS = DOSES.replace(",", " | ").replace("Dose\n", "Dose\n--- | ---\n").replace("15 mg†\n*", "15 mg†\n\n\\*")
COLUMNS = DOSES.replace("Drug,", "Drug     ").replace("ol,", "ol    ").replace("†\n*", "†\n\n*")
LETTERS = (
    "Drug          Dose\nAbrol (a)     20 mg\nBenol         40 mg\nCetol (b)     10 mg\nDetol (b)     15 mg\n\n"
    "(a) Half of it for old men.\n(b) Not at night.\n"
)


@pytest.mark.parametrize("source", [DOSES, BARS, COLUMNS, LETTERS])
def test_a_row_comes_with_the_note_that_it_has_the_mark_of(source):
    for drug, note in (("Abrol", "Half of it"), ("Cetol", "Not at night"), ("Benol", "Dose")):
        for target_tokens in range(10, 50, 4):
            options = {"target_tokens": target_tokens, "cache": False, "compressor": "extractive/bm25"}
            text = ragzip.compress(source, f"dose of {drug}", **options).text
            assert note in text or drug not in text
            assert "Abrol" in text or "Half of it" not in text


@pytest.mark.parametrize(
    "source",
    [
        "Call *twice* a day. Ring.\n\n* One item stands here.\n",
        "Hotels have 5* rooms.\n\n* Rooms are clean.\n* Beds are soft.\n",
        "The area is 5 m².\n\n² is a sign.\n",
    ],
)
def test_what_is_no_mark_of_any_note(source):
    units = structure_of(source, "text/plain", "0").units
    assert not any(unit.relation.needs for unit in units)


NOTED = """\
# Limits

## Calls

| Plan | Calls |
|---|---|
| Free | 60 |
| Pro[^1] | 600 |

[^1]: 300 during the trial.

## Streams

- Free: none
- Pro: 5 streams

### Size

Each stream carries at most 1 MB/s.

## Errors

Beyond a limit the reply is 429.
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("query", "heading", "line"),
    [
        ("How many streams does Pro have?", "## Streams", "- Pro: 5 streams"),
        ("How much does a stream carry?", "### Size", "Each stream carries at most 1 MB/s."),
        ("What is the reply beyond a limit?", "## Errors", "Beyond a limit the reply is 429."),
    ],
)
def test_headings_after_a_footnote_lead_what_is_below_them(query, heading, line, compressor):
    kept = ragzip.compress(NOTED, query, target_tokens=60, compressor=compressor).text
    assert f"{heading}\n" in kept.partition(line)[0] and line in kept


def test_a_footnote_in_the_middle_ends_no_section():
    units = structure_of(NOTED, "text/markdown", "").units
    title = units[0].relation.section
    assert title is not None and NOTED[title.start : title.end].endswith("the reply is 429.")
