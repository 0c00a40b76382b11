"""Of two things whose names begin alike a query gets the one that it names."""

import pytest
from shared_scores import SCORES

import ragzip

PLANS = """\
# Plans

## Plan Pro Max

The monthly fee is 49 euros. Up to 50 users can be added.

## Plan Pro

The monthly fee is 29 euros. Up to 10 users can be added.

## Plan Basic

The monthly fee is 9 euros. One user.
"""
SYSTEMS = """\
- Windows 11 Pro for Workstations: supports up to 6 TB of memory.
- Windows 11 Pro: supports up to 2 TB of memory.
- Windows 11 Home: supports up to 128 GB of memory.
"""
TARIFFS = """\
Tariffs

Plan Pro Max
Monthly fee: 49 euros
Users: 50

Plan Pro
Monthly fee: 29 euros
Users: 10

Plan Basic
Monthly fee: 9 euros
Users: 1
"""
ROUTERS = """\
## Router AX55 Pro

- Ports: 5
- Warranty: 3 years

## Router AX55

- Ports: 4
- Warranty: 2 years
"""
CARS = """\
City 300 Eco: range 310 km, battery 42 kWh.
City 300: range 260 km, battery 36 kWh.
City 500: range 480 km, battery 64 kWh.
"""


@pytest.mark.parametrize(
    ("source", "query", "asked", "unasked"),
    [
        (PLANS, "What is the monthly fee of Plan Pro?", "29 euros", "49 euros"),
        (PLANS, "What is the monthly fee of Plan Pro Max?", "49 euros", "29 euros"),
        (PLANS, "How many users can be added in the Pro plan?", "10 users", "50 users"),
        (SYSTEMS, "How much memory does Windows 11 Pro support?", "2 TB", "6 TB"),
        (SYSTEMS, "How much memory does Windows 11 Pro for Workstations support?", "6 TB", "2 TB"),
        (TARIFFS, "What is the monthly fee of Plan Pro?", "29 euros", "49 euros"),
        (ROUTERS, "How long is the warranty of the Router AX55?", "2 years", "3 years"),
        (ROUTERS, "How many ports has the AX55 Pro?", "Ports: 5", "Ports: 4"),
        (CARS, "What is the range of the City 300?", "260 km", "310 km"),
        (CARS, "What is the range of the City 300 Eco?", "310 km", "260 km"),
    ],
)
def test_the_thing_comes_that_the_query_names(source, query, asked, unasked):
    for target_tokens in (18, 22, 30):
        kept_text = ragzip.compress(source, query, target_tokens=target_tokens, cache=SCORES).text
        assert asked in kept_text
        assert unasked not in kept_text or target_tokens > 18


def test_a_query_about_both_gets_both():
    query = "What is the monthly fee of Plan Pro and of Plan Pro Max?"
    kept_text = ragzip.compress(PLANS, query, target_tokens=32, cache=SCORES).text
    assert "49 euros" in kept_text and "29 euros" in kept_text


def test_parts_of_one_thing_are_no_other_thing():
    source = (
        "## Installation\n\nRun the setup file.\n\n## Installation on Windows\n\nOpen the store and search for it.\n"
    )
    with_more = source + "\n## Removal\n\nDelete the folder and restart the machine to free the space.\n"
    kept_text = ragzip.compress(with_more, "How does the installation work?", target_tokens=32, cache=SCORES).text
    assert "Run the setup file." in kept_text and "Open the store" in kept_text


LINES_OF_PLANS = """Plans
Plan Pro: 5 users, 100 GB storage, support by mail.
Plan Pro Max: 25 users, 1 TB storage, support by phone.
Plan Basic: 1 user, 10 GB storage, no support."""


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("How much storage does Plan Pro have?", 1),
        ("How much storage does Plan Pro Max have?", 2),
        ("How many users can Plan Basic have?", 3),
        ("Which plan has 1 TB of storage?", 2),  # what all names have in common names none
        ("Which plan has support by phone?", 2),
    ],
)
def test_a_line_whose_label_the_query_names_comes_before_its_siblings(query, line):
    lines = LINES_OF_PLANS.split("\n")
    assert ragzip.compress(LINES_OF_PLANS, query, target_tokens=24, cache=SCORES).text == f"{lines[0]}\n{lines[line]}"
