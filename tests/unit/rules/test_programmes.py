"""Programmes by day: what is planned comes below its own day, and a day that the query names picks it."""

import pytest

import ragzip

JOURNEY = """Day 1 - Friday 7 June: Lisbon
Flight TP 551, 9:40 Frankfurt - 11:55 Lisbon. Hotel Alma, Rua da Rosa 12, confirmation 88213.
Dinner at Tasca do Chico, 20:00.

Day 2 - Saturday 8 June: Sintra
Train from Rossio 8:41. Pena Palace, entry slot 10:30. Bring the printed tickets, phones are not accepted.

Day 3 - Sunday 9 June: Lisbon
Free morning. Tram 28 tour 14:00, meeting point Martim Moniz.
Flight TP 556, 19:20 Lisbon - 23:25 Frankfurt.
"""
KURS = """Tag 1: Montag, Grundlagen
Begrüßung um 9 Uhr im Foyer. Danach Einführung in die Zellen.

Tag 2: Dienstag, Praxis
Im Labor wird mikroskopiert. Bitte einen Kittel mitbringen.

Tag 3: Mittwoch, Prüfung
Die Prüfung dauert zwei Stunden. Ein Ausweis wird verlangt.
"""


@pytest.mark.parametrize(
    ("text", "query", "tokens", "kept", "left_out"),
    [
        (JOURNEY, "What is planned for Saturday?", 60, "Pena Palace", "Dinner"),
        (JOURNEY, "What do we do on Sunday?", 60, "Tram 28", "Pena Palace"),
        (KURS, "Was passiert am Dienstag?", 40, "mikroskopiert", "Prüfung dauert"),
    ],
)
def test_a_day_of_the_query_picks_what_stands_below_it(text, query, tokens, kept, left_out):
    compressed = ragzip.compress(text, query, target_tokens=tokens, cache=False).text
    assert kept in compressed and left_out not in compressed


@pytest.mark.parametrize("tokens", range(15, 130, 10))
def test_what_is_planned_comes_below_its_day(tokens):
    lines = JOURNEY.splitlines()
    days = [line for line in lines if line.startswith("Day ")]
    for query in ("When does the flight home leave?", "Do I need printed tickets?", "Which hotel do we stay in?"):
        kept = ragzip.compress(JOURNEY, query, target_tokens=tokens, cache=False).text
        for line, day in ((lines[1], days[0]), (lines[5], days[1]), (lines[8], days[2])):
            if any(sentence in kept for sentence in line.split(". ")):
                assert day in kept
