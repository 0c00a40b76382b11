"""Texts of unknown types that look like another kind: each is read as what it is, and what is kept says so."""

import ast

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.pages.page import is_page
from ragzip.text.structure import structure_of

DAYS = """\
Swimming pool, lanes open to the public

Monday:
06:30 - 08:00 lanes 1-4
12:00 - 13:30 lanes 1-2
Tuesday:
06:30 - 08:00 lanes 1-4
17:00 - 19:00 lanes 3-4
Wednesday:
12:00 - 13:30 lanes 1-6
19:00 - 21:30 lanes 1-4
Friday:
closed for cleaning
Saturday:
09:00 - 17:00 all lanes
"""
PROGRAMME = """\
Friday, 7 June
09:00  Registration
09:30  Opening (Ada Finch)
12:00  Lunch
17:00  Reception

Saturday, 8 June
09:00  Gauges
12:00  Lunch
13:00  Excursion to Spurn

Sunday, 9 June
10:00  General meeting
12:00  End
"""
CHAT = """\
10:00 Anna Holm
Is the crane free?
10:02 Bert Lund
Not before noon.
10:03 Anna Holm
Then I come at one.
10:04 Bert Lund
Good, ask for Dag.
"""
RANKS = (
    "Rank\tTeam\tWon\tLost\n"
    "1\tVale United\t15\t3\n2\tRangers\t14\t3\n3\tHill Athletic\t12\t6\n4\tMill City\t9\t5\n5\tDock Albion\t9\t10\n"
)
FEED = """\
<?xml version="1.0"?>
<rss version="2.0"><channel><title>News</title>
<item><title>Lock closed</title><pubDate>Mon, 03 Jun 2024 08:00:00 GMT</pubDate><text>Until 14 June.</text></item>
<item><title>Regatta</title><pubDate>Sun, 02 Jun 2024 18:00:00 GMT</pubDate><text>Skua won.</text></item>
<item><title>New fees</title><pubDate>Sat, 01 Jun 2024 09:30:00 GMT</pubDate><text>31 EUR.</text></item>
</channel></rss>
"""
CHANGES = """\
# Changelog

## [2.4.0] - 2024-05-20
### Added
- Tide alarms by mail
### Fixed
- Heights below datum had no sign

## [2.3.1] - 2024-03-02
### Removed
- Support for Python 3.8
"""
DATACLASS = """\
from dataclasses import dataclass

@dataclass
class Wave:
    height: float
    period: float | None
    tags: dict[str, int]

    def power(self) -> float:
        # kW per metre of crest
        return 0.49 * self.height ** 2 * self.period


def retry(fn, tries=5):
    for attempt in range(tries):
        try:
            return fn()
        except OSError:
            raise
"""
GO = """\
package main

import (
	"errors"
	"time"
)

const maxIdle = 16

type Pool struct {
	conns chan Conn
	dial  func() (Conn, error)
}

func (p *Pool) Get(wait time.Duration) (Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-time.After(wait):
		return p.dial()
	}
}
"""
KOTLIN = """\
package org.example.tides

import kotlinx.coroutines.delay

data class Reading(val station: String, val metres: Double)

sealed interface State {
    object Loading : State
    data class Ready(val readings: List<Reading>) : State
}

class Poller(private val everyMs: Long = 60_000) {
    fun isStale(ageMs: Long) = ageMs > 3 * everyMs
}
"""
PROTOCOL = """\
syntax = "proto3";
package tide.v1;

message GetRequest {
  string station = 1;
}

message Tide {
  string station = 1;
  double height_m = 2;
  enum Kind {
    HIGH = 1;
    LOW = 2;
  }
}
"""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (DAYS, "blocks"),
        (PROGRAMME, "prose"),
        (CHAT, "transcript"),
        (RANKS, "table"),
        (FEED, "xml"),
        (CHANGES, "markdown"),
        (DATACLASS, "code"),
        (GO, "code"),
        (KOTLIN, "code"),
        (PROTOCOL, "blocks"),
    ],
    ids=["days", "programme", "chat", "ranks", "feed", "changes", "dataclass", "go", "kotlin", "protocol"],
)
def test_texts_are_taken_for_what_they_are(text, kind):
    assert structure_of(text, "text/plain", "0").kind == kind


def kept(text, query, tokens, compressor="auto"):
    """What is left of a text of an unknown type."""
    document = ragzip.Document("0", text)
    return ragzip.compress(document, query, target_tokens=tokens, compressor=compressor, cache=SCORES).text


@pytest.mark.parametrize("tokens", [25, 45, 70])
def test_a_time_stands_under_its_day(tokens):
    text = kept(DAYS, "When is the pool open on Wednesday?", tokens, "extractive/bm25")
    assert "lanes 1-6" not in text or "Wednesday:\n" in text
    assert "19:00" not in text or "Wednesday:\n" in text
    assert "Monday:" not in text or "06:30" in text


@pytest.mark.parametrize("tokens", [30, 60, 100])
def test_python_without_a_name_parses(tokens):
    text = kept(DATACLASS, "How is the power of a wave computed?", tokens)
    ast.parse(text)
    assert "return 0.49" in text or tokens < 60


@pytest.mark.parametrize("tokens", [25, 40])
def test_a_rank_comes_under_its_header(tokens):
    text = kept(RANKS, "How many games did Mill City win?", tokens)
    assert "Rank\tTeam\tWon\tLost\n" in text and "4\tMill City\t9\t5" in text


def test_numbered_lines_of_code_are_a_view_still():
    code = "\n".join(f"     {number}\t{line}" for number, line in enumerate(GO.splitlines(), 1))
    assert structure_of(code, "text/plain", "0").kind in {"code", "terminal"}


def test_tables_under_headings_are_no_table_with_labels():
    cities = "".join(
        f"## {city}\n\n| Month | Guests |\n|---|---|\n| Jan | 8 |\n| Feb | 9 |\n\n" for city in ("Bonn", "Ulm")
    )
    assert structure_of(cities, "text/plain", "0").kind == "markdown"


TRAILS = """\
<table>
<thead><tr><th>Trail</th><th>Length</th></tr></thead>
<tbody>
<tr><td>Fox Loop</td><td>4.2 km</td></tr>
<tr><td>Crag Path</td><td>9.8 km</td></tr>
<tr><td>Ridge Way</td><td>17.5 km</td></tr>
</tbody>
</table>
"""
TERMS = "<dl><dt>bight</dt><dd>a loop in a rope</dd><dt>fid</dt><dd>a tool for splicing</dd></dl>"
SETTINGS = '<table name="boats"><column name="id"/><column name="length"/></table>'


@pytest.mark.parametrize("tokens", [40, 60, 90])
def test_a_row_of_html_without_a_page_has_its_header(tokens):
    text = kept(TRAILS, "How long is the Ridge Way?", tokens)
    assert "Ridge Way" in text and "17.5 km" in text and "Length" in text


def test_parts_of_pages_are_told_from_other_tables():
    assert is_page(ragzip.Document("0", TRAILS)) and is_page(ragzip.Document("0", TERMS))
    assert not is_page(ragzip.Document("0", SETTINGS)) and not is_page(ragzip.Document("0", f"{TERMS}\n\nThat is all."))


QUESTIONS = """\
**How long does delivery take?**
Two to four working days inside the EU. Islands take longer.

**Can I change my address after ordering?**
Yes, until the parcel is packed, usually within 3 hours.

**Do you ship to Norway?**

We do, but customs fees are yours.
"""


@pytest.mark.parametrize("name", ["0", "faq.md"])
@pytest.mark.parametrize("tokens", [20, 25, 35, 50, 70])
def test_an_answer_stands_under_its_question_in_bold(name, tokens):
    document = ragzip.Document(name, QUESTIONS)
    for query in ("Can I change my address?", "Do you ship to Norway?", "How long does delivery take?"):
        text = ragzip.compress(document, query, target_tokens=tokens, cache=SCORES).text
        for question, answers in (
            ("**How long", ("Two to four", "Islands")),
            ("**Can I", ("Yes, until",)),
            ("**Do you", ("We do",)),
        ):
            assert (question in text) == any(answer in text for answer in answers)


MEETING = """\
[10:00] Hoffmann, Eva
Can we move the review to Tuesday?
[10:01] Okoye, Chidi
Tuesday is full, Wednesday 14:00 is free.
[10:02] Hoffmann, Eva
Wednesday is fine.
[10:04] Petrov, Ivan
Room 3.12, I booked it. It seats eight.
[10:06] Okoye, Chidi
I will send the slides by Monday noon.
"""
THREAD = """\
How to undo the last commit? I committed to the wrong branch.

Answer by trin (score 214):
Use a soft reset. It keeps your changes staged.

Answer by smith (score 12):
Revert makes a new commit that undoes the old one. Use it if you have pushed.
"""


@pytest.mark.parametrize("tokens", [25, 35, 50])
@pytest.mark.parametrize(
    ("text", "query", "said", "speaker"),
    [
        (MEETING, "By when will the slides be sent?", "I will send the slides", "Okoye, Chidi\n"),
        (MEETING, "How many does the room seat?", "It seats eight.", "Petrov, Ivan\n"),
        (THREAD, "What should be used if I have pushed?", "Use it if you have pushed.", "Answer by smith"),
    ],
)
def test_what_is_said_comes_with_who_says_it(text, query, said, speaker, tokens):
    output = kept(text, query, tokens, "extractive/bm25")
    assert said in output and output[: output.index(said)].rfind(speaker) > max(
        (output[: output.index(said)].rfind(other) for other in ("Hoffmann", "Answer by trin")), default=-1
    )


DUMP = """\
INSERT INTO `members` (`id`, `name`, `city`, `since`) VALUES
(1, 'Anna Holm', 'Aarhus', 2011),
(2, 'Bert Lund', 'Odense', 2015),
(3, 'Cilla O''Dea', 'Esbjerg', 2018),
(4, 'Dag Friis', 'Vejle', 2020);
"""
IMAGE = """\
FROM nginx:1.25-alpine
ENV TZ=Europe/Oslo
EXPOSE 8081
HEALTHCHECK --interval=30s --timeout=3s \\
  CMD wget -qO- http://localhost:8081/ping \\
  || exit 1
USER nginx
"""
ALLOYS = """\
\\begin{tabular}{lrr}
Model & MNLI & QQP \\\\
Small & 78.9 & 86.4 \\\\
Base & 84.0 & 88.7 \\\\
\\end{tabular}
"""
REFERENCES = """\
TY  - JOUR
AU  - Munk, Walter
TI  - Tidal spectroscopy and prediction
PY  - 1966
ER  -

TY  - BOOK
AU  - Darwin, George
TI  - The Tides
PY  - 1898
ER  -
"""


@pytest.mark.parametrize("tokens", [45, 60])
def test_values_come_with_the_columns_of_their_statement(tokens):
    text = kept(DUMP, "In which city does Dag Friis live?", tokens)
    assert "(4, 'Dag Friis', 'Vejle', 2020)" in text and "`city`" in text


def test_a_line_goes_on_behind_a_backslash():
    units = [IMAGE[slice(*unit.span)] for unit in structure_of(IMAGE, "text/plain", "Dockerfile").units]
    assert units[2:] == ["EXPOSE 8081", IMAGE[IMAGE.index("HEALTH") : IMAGE.index("\nUSER")], "USER nginx"]
    units = [ALLOYS[slice(*unit.span)] for unit in structure_of(ALLOYS, "text/plain", "0").units]
    assert "Small & 78.9 & 86.4 \\\\" in units


def test_references_are_records():
    structure = structure_of(REFERENCES, "text/plain", "0")
    assert structure.kind == "blocks" and len(structure.units) == 2
