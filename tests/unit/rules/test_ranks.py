"""A query that asks for a rank by a word gets the records with that rank."""

import pytest

import ragzip
from ragzip.text.queries.ranks import asked_ranks

NAMES = ["Ada Wirth", "Bo Lind", "Cy Marlow", "Di Okafor", "Ed Pruitt", "Flo Danek", "Gus Amari", "Hal Brandt"]


def results(ranks, column="Rank"):
    rows = (
        f"{rank},{name},{26 + number}:1{number}.40\n"
        for number, (rank, name) in enumerate(zip(ranks, NAMES, strict=True))
    )
    return f"{column},Name,Time\n" + "".join(rows)


@pytest.mark.parametrize(
    "ranks", [range(1, 9), ["1st", "2nd", "3rd", *(f"{n}th" for n in range(4, 9))], ["-", "", "-", *range(4, 9)]]
)
@pytest.mark.parametrize("column", ["Rank", "Pos.", "#"])
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("Who won the silver and the bronze medal?", ["Bo Lind", "Cy Marlow"]),
        ("Who came in first and second?", ["Ada Wirth", "Bo Lind"]),
        ("Who finished 5th, and in what time?", ["Ed Pruitt"]),
        ("Which athlete was the runner-up?", ["Bo Lind"]),
        ("Who took third place?", ["Cy Marlow"]),
        ("Wer wurde Zweite?", ["Bo Lind"]),
        ("Who was third, and in what time?", ["Cy Marlow"]),
        ("How many minutes did the one need who finished second?", ["Bo Lind"]),
        ("Who came first and who came last?", ["Ada Wirth", "Hal Brandt"]),
    ],
)
def test_the_records_with_the_asked_rank(ranks, column, query, names):
    document = ragzip.Document("final.csv", results(ranks, column))
    kept = ragzip.compress([document], query, target_tokens=45, cache=False).text
    assert all(name in kept for name in names)


@pytest.mark.parametrize(
    "query",
    [
        "What is the price of gold?",
        "When did it come for the second time?",
        "Is the silver car faster?",
        "Who came?",
        "When was the first one built?",
        "Who came to the first match?",
    ],
)
def test_no_rank_is_asked_for(query):
    assert not set(asked_ranks(query))


def test_the_first_two_and_the_last_two_by_date():
    films = "".join(
        f"{1990 + 3 * number},Film {letter},{name}\n"
        for number, (letter, name) in enumerate(zip("ABCDEFGH", NAMES, strict=True))
    )
    document = ragzip.Document("films.csv", "Year,Title,Role\n" + films)
    first = ragzip.compress([document], "What were her first two roles?", target_tokens=40, cache=False).text
    last = ragzip.compress([document], "What were her last two roles?", target_tokens=40, cache=False).text
    assert "Film A" in first and "Film B" in first and "Film G" in last and "Film H" in last
