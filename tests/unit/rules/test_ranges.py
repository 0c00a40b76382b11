"""A query that names an amount or a year gets the line that holds for it, not the one before or after."""

import numpy as np
import pytest
from shared_scores import SCORES

import ragzip
from ragzip.compressors.extractive.rules.ranges import with_ranges
from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.outline import Outline, outline
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.prose.reader import read_prose
from ragzip.types import Budget, Document, Segment

DOSES = """Adults and adolescents over 12 years: two spoons three times a day.

Children from 6 to 12 years: one spoon twice a day.

Children from 2 to 5 years: half a spoon twice a day.

Children under 2 years: nothing at all."""
CHARGES = """The following charges apply:

More than 42 days before departure: the deposit.
42 to 29 days before departure: 30 % of the price.
28 to 15 days before departure: 50 % of the price.
14 days or less: 90 % of the price."""
PUPILS = (
    "Pupils of years 10 to 12 may leave the grounds. Pupils of years 7 to 9 stay in the yard. Pupils of years 5 and 6 "
    "stay in the hall. Bicycles are left at the gate."
)
BRACKETS = (
    "Bis 10 km kostet die Fahrt 3 Euro. Von 11 bis 30 km kostet sie 7 Euro. Über 30 km kostet die Fahrt 12 Euro. Hunde "
    "fahren frei."
)
AGES = (
    "People born before 1955 retire at 65. Those born from 1955 to 1959 retire at 65 and six months. People born from "
    "1960 to 1964 retire at 66. For people born after 1964 the age is 67. Miners retire five years earlier."
)
FERRY = (
    "In 2021 it carried 340,000 people. The following year was the best ever, with 512,000. The ferry was built in "
    "Lerra. The oldest chart on board dates from 1974. It shows the bay."
)
FAEHRE = (
    "Im Jahr 2018 kamen 500 Gäste. Im folgenden Jahr waren es 700. Das älteste Zimmer stammt aus dem Jahr 1912. Der "
    "Hof ist seit 2005 gepflastert."
)
DRIVES = (
    "A ride in the old train is fun. Children aged 5 to 12 pay 4 euros. Teenagers aged 13 to 17 pay 7 euros. "
    "People over 65 pay 5 euros. The train has no toilet."
)
TROPFEN = "Kinder unter 4 nehmen 3 Tropfen. Kinder von 4 bis 9 nehmen 8 Tropfen. Erwachsene nehmen 30 Tropfen."
FIRES = (
    "Campfires are allowed on the beach. Wood is sold at the kiosk. From April to September fires are banned in the "
    "whole valley. The showers cost one euro."
)
PLAYGROUND = (
    "Children may play in the yard. The sand is renewed in spring. Between 1 p.m. and 3 p.m. nobody may make noise. "
    "The swing is for toddlers."
)
BRUNNEN = (
    "Der Brunnen läuft das ganze Jahr. Er wurde 1888 gebaut. Von Dezember bis Februar ist er abgestellt. Im Sommer "
    "baden dort Kinder."
)
YEARS = (
    "For 2022 the allowance was 10,347 euros. The allowance was 10,908 euros for 2023. For 2024 the allowance is "
    "11,604 euros. Married couples get twice the amount. For 2025 a rise to 12,096 euros has been proposed."
)


@pytest.mark.parametrize(
    ("text", "query", "tokens", "line"),
    [
        (DOSES, "What is the dose for a child of 8 years?", 20, "Children from 6 to 12 years"),
        (DOSES, "What is the dose for a child of 3 years?", 20, "Children from 2 to 5 years"),
        (DOSES, "What is the dose for a boy of 15 years?", 20, "Adults and adolescents"),
        (DOSES, "Which dose does a baby of 1 year get?", 20, "Children under 2"),
        (CHARGES, "What do I pay if I cancel 20 days before departure?", 24, "28 to 15 days"),
        (CHARGES, "What do I pay if I cancel 50 days before departure?", 24, "More than 42 days"),
        (CHARGES, "What do I pay if I cancel 10 days before departure?", 24, "14 days or less"),
        (PUPILS, "Where may a pupil of year 8 go?", 18, "years 7 to 9"),
        (PUPILS, "Where may a pupil of year 11 go?", 18, "years 10 to 12"),
        (BRACKETS, "Was kostet eine Fahrt von 20 km?", 16, "Von 11 bis 30 km"),
        (BRACKETS, "Was kostet eine Fahrt von 50 km?", 22, "Über 30 km"),
        (DRIVES, "What does my 15 year old pay?", 26, "aged 13 to 17 pay 7"),
        (DRIVES, "My son is 9. What does his ride cost?", 26, "aged 5 to 12 pay 4"),
        (DRIVES, "I'm 70, what do I pay?", 26, "People over 65 pay 5"),
        (TROPFEN, "Wie viele Tropfen bekommt ein siebenjähriges Kind?", 24, "von 4 bis 9"),
        (FIRES, "May we light a campfire on the beach in July?", 30, "fires are banned"),
        (PLAYGROUND, "Can the kids play in the yard at 2 pm?", 30, "nobody may make noise"),
        (BRUNNEN, "Läuft der Brunnen im Januar?", 34, "abgestellt"),
        (AGES, "At what age can people born in 1961 retire?", 20, "1964 retire at 66"),
        (AGES, "At what age can people born in 1950 retire?", 16, "before 1955"),
        (AGES, "At what age can people born in 1970 retire?", 16, "after 1964"),
        (YEARS, "What is the allowance for 2022?", 14, "For 2022"),
        (YEARS, "What is the allowance for 2023?", 14, "for 2023"),
        (YEARS, "What is the allowance for 2024?", 14, "For 2024"),
        (FERRY, "How many people did the ferry carry in 2022?", 34, "The following year was the best"),
        (FERRY, "How many people did the ferry carry in 2021?", 24, "In 2021 it carried"),
        (FAEHRE, "Wie viele Gäste kamen 2019?", 30, "Im folgenden Jahr waren es 700"),
        (YEARS, "What is the allowance for 2025?", 22, "For 2025"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_the_line_that_holds_for_the_amount_or_year(text, query, tokens, line, compressor):
    assert line in ragzip.compress(text, query, target_tokens=tokens, compressor=compressor, cache=SCORES).text


@pytest.mark.parametrize(
    ("text", "query", "line", "other_figures"),
    [
        (BRACKETS, "Was kostet eine Fahrt von 20 km?", "Von 11 bis 30 km", ("3 Euro", "12 Euro")),
        (BRACKETS, "Was kostet eine Fahrt von 50 km?", "Über 30 km", ("3 Euro", "7 Euro")),
        (CHARGES, "What do I pay if I cancel 50 days before departure?", "More than 42 days", ("50 %", "90 %")),
        (PUPILS, "Where may a pupil of year 11 go?", "years 10 to 12", ("years 7 to 9",)),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_no_other_range_comes_in_place_of_one_that_does_not_fit(text, query, line, other_figures, compressor):
    without_line = 0
    for tokens in range(4, 24):
        result = ragzip.compress(text, query, target_tokens=tokens, compressor=compressor, cache=SCORES)
        if line not in result.text:
            assert not any(figure in result.text for figure in other_figures), tokens
            assert any(note.code == "best-unit-too-large" for note in result.stats.notes), tokens
            without_line += 1
    assert without_line


def test_a_year_that_a_text_is_about_tells_no_sentences_apart():
    text = "It was red in 1918. " * 4 + "It was green in 1920."
    assert ranged(text, "Was it red in 1918?") == np.linspace(0.9, 0.1, 5).tolist()


def ranged(text, query):
    units = read_prose(text).units
    count = len(units)
    spans, relations = tuple(unit.span for unit in units), tuple(unit.relation for unit in units)
    nothing = (None,) * count
    outline = Outline(spans, relations, ("",) * count, (False,) * count, nothing, nothing, nothing)
    return with_ranges(query, TextUnits(outline, text), np.linspace(0.9, 0.1, count)).tolist()


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The bridge has stood since 2010. It was painted in 2012.", "Was there a bridge in 2012?"),
        ("It was open from 2010 to 2015. It was painted in 2012.", "Was it open in 2012?"),
        ("It was painted in 2010. It was painted in 2012.", "Was it painted between 2010 and 2012?"),
        ("It was painted in 2010. The gate dates from 1974.", "Was it painted in 2012?"),
        ("It was painted in 2010. The following year it fell.", "Was it painted in 2012?"),
        ("It was painted in 2010. It was painted in 2011.", "Was it painted in 2012?"),
        ("Dogs over 20 kg pay. Cats pay nothing.", "Do dogs of 5 kg pay?"),  # nothing holds for these
        ("Dogs over 20 kg pay. Cats over 3 years pay nothing.", "What does a cat of 5 years pay?"),
        ("Dogs over 20 kg pay. Dogs under 9 kg do not.", "Do dogs pay?"),
        ("The fair in May is free. From April to June the mill is shut.", "Is the fair in May free?"),
        ("May dogs swim? From April to June the mill is shut.", "May dogs swim in the river?"),
        ("The mill is shut. From April to June it turns.", "Was the mill shut in May 2011?"),
        ("Groups of children over 20 kg ride free. Adults over 90 kg may not ride.", "May a child of 8 ride?"),
        ("The flu was bad. In the 1918-1919 season the mill stood still.", "Was the 1918 virus new?"),
    ],
)
def test_no_score_changes_where_no_other_amount_or_year_is_meant(text, query):
    assert ranged(text, query) == np.linspace(0.9, 0.1, 2).tolist()


@pytest.mark.parametrize("times", [("2012 - 06/2017", "07/2017 - today"), ("May 2012 – June 2017", "since July 2017")])
def test_items_hold_for_the_time_that_they_stand_under(times):
    text = "\n\n".join(f"Post {number}, Bonn\n{time}\n- tested {number}" for number, time in enumerate(times))
    for year, count in ((2015, 0), (2019, 2)):
        scores = ranged(text, f"What was tested in {year}?")
        assert min(scores[count : count + 2]) > max(scores[2 - count : 4 - count])


def test_what_holds_comes_before_what_holds_for_others():
    first, second = ranged("Dogs over 20 kg pay. Dogs under 9 kg do not.", "Does a dog of 5 kg pay?")
    assert second > first > 0
    first, second = ranged("In 2010 it was red. In 2012 it was blue.", "Which colour had it in 2012?")
    assert second > first > 0


@pytest.mark.parametrize(
    ("rows", "query", "held"),
    [
        ("Weight up to,Price\n5 kg,18.90\n15 kg,36.75\n", "What does a parcel of 12 kg cost?", "15 kg"),
        ("Guests under,Euro\n18 years,4\n65 years,9\n", "What does a guest of 30 years pay?", "65 years"),
    ],
)
def test_a_row_holds_for_the_range_that_its_column_names(rows, query, held):
    structure = structure_of(rows, "", "a.csv")
    lines = outline(Segment.whole(Document("a.csv", rows), 0, structure.form), Budget(len))
    scores = with_ranges(query, TextUnits(lines, rows), np.full(len(lines.spans), 0.5))
    best_row = max((number for number, is_record in enumerate(lines.records) if is_record), key=scores.__getitem__)
    assert held in rows[slice(*lines.spans[best_row])] and (scores < 0.5).any()


BLOOD = """\
Patient: R. Ostrava   DOB 1968-11-30   Collected 2026-03-02 08:10

Test            Result   Unit      Reference    Flag
Haemoglobin     11.2     g/dL      13.0-17.0    L
Leukocytes      6.8      10^9/L    4.0-10.0
Platelets       310      10^9/L    150-400
Ferritin        9        ng/mL     30-400       L
Potassium       5.6      mmol/L    3.5-5.1      H
Creatinine      88       umol/L    62-106
"""
BLUT = """\
| Parameter | Ergebnis | Einheit | Referenzbereich |
|---|---|---|---|
| Natrium | 139 | mmol/l | 135-145 |
| Kalium | 5,8 | mmol/l | 3,5-5,1 |
| TSH | 0,2 | mU/l | 0,4-4,0 |
| CRP | 3 | mg/l | < 5 |
| LDL | 171 | mg/dl | < 130 |
"""
PARTS = """\
part;nominal;measured;tolerance
shaft A;12.00;12.02;11.95 - 12.05
shaft B;12.00;12.09;11.95 - 12.05
ring;40.00;39.98;39.90 - 40.10
pin;6.00;5.91;5.95 - 6.05
cap;18.50;18.52;18.40 - 18.60
"""


@pytest.mark.parametrize(
    ("text", "query", "outside", "inside", "tokens"),
    [
        (BLOOD, "Which values are outside the reference range?", ["Haemoglobin", "Ferritin", "Potassium"], [], 110),
        (BLOOD, "Which results are abnormal?", ["Haemoglobin", "Ferritin", "Potassium"], [], 110),
        (BLUT, "Welche Werte liegen außerhalb des Referenzbereichs?", ["Kalium", "TSH", "LDL"], ["CRP"], 80),
        (PARTS, "Which parts are out of tolerance?", ["shaft B", "pin"], ["shaft A"], 56),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_values_outside_the_range_beside_them_come_all(text, query, outside, inside, tokens, compressor):
    kept_text = ragzip.compress(text, query, target_tokens=tokens, compressor=compressor, cache=SCORES).text
    assert all(row in kept_text for row in outside) and not any(row in kept_text for row in inside)


@pytest.mark.parametrize("query", ["What is the reference range of creatinine?", "What is the creatinine value?"])
def test_a_value_inside_its_range_comes_where_it_is_asked_for(query):
    assert "Creatinine      88" in ragzip.compress(BLOOD, query, target_tokens=70, cache=SCORES).text


_SHORT_DAYS = "".join(
    f"<div><span>{day}</span><span>{hours}</span></div>"
    for day, hours in [("Mon", "closed"), ("Tue", "10 am - 6 pm"), ("Wed", "9 am - 5 pm"), ("Thu", "12 noon - 8 pm"),
                       ("Fri", "10 am - 4 pm"), ("Sat", "10 am - 2 pm"), ("Sun", "closed")]
)  # fmt: skip
_WEEK = (
    "<h2>Saturday and Sunday</h2><table><tr><th>Stop<th>Bus 2<tr><th>Harbour<td>08:10<tr><th>University<td>08:30"
    "</table><h2>Monday to Friday</h2><table><tr><th>Stop<th>Bus 2<tr><th>Harbour<td>06:40<tr><th>University<td>07:00"
    "</table>"
)


@pytest.mark.parametrize(
    ("page", "query", "kept", "left_out"),
    [
        (f"<h1>Library</h1><h2>Opening hours</h2>{_SHORT_DAYS}", "thursday opening times", "12 noon", "6 pm"),
        (f"<h1>Museum</h1><h2>Hours</h2>{_SHORT_DAYS}", "Is it open on Mondays?", "Mon<span>closed", "Sun"),
        (_WEEK, "When does bus 2 stop at University on weekdays?", "07:00", "08:30"),
        (_WEEK, "When does bus 2 stop at University on Sunday?", "08:30", "07:00"),
    ],
)
@pytest.mark.parametrize("compressor", ["html/bm25", "extractive/bm25"])
def test_the_lines_of_a_page_hold_for_the_days_that_they_are_under(page, query, kept, left_out, compressor):
    document = Document("a", page, mime="text/html")
    text = ragzip.compress(document, query, target_tokens=44, compressor=compressor, cache=False).text
    assert kept in text and left_out not in text


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("Is the pool open on weekdays?", "Mon to Fri: 7 am to 9 pm"),
        ("opening hours of the pool at the weekend", "Sat and Sun: 9 am to 6 pm"),
        ("study room hours saturday", "Study room, Sat: 9 am to 8 pm"),
    ],
)
def test_groups_of_days_are_the_days_in_them(query, line):
    pool = "# Pool\n\nMon to Fri: 7 am to 9 pm\n\nSat and Sun: 9 am to 6 pm"
    text = f"{pool}\n\n# Study room\n\nStudy room, Sat: 9 am to 8 pm"
    assert line in ragzip.compress(text, query, target_tokens=20, compressor="extractive/bm25", cache=False).text


FEES = (
    "| Alter | Gebühr |\n|---|---|\n| ab 24 Jahren | 37,00 Euro |\n| unter 24 Jahren | 22,80 Euro |\n"
    "| vorläufiger Ausweis | 10,00 Euro |\n"
)
PAGE_OF_FEES = (
    "<h2>Gebühren</h2><table><tr><td>ab 24 Jahren</td><td>37,00 Euro</td></tr><tr><td>unter 24 Jahren</td>"
    "<td>22,80 Euro</td></tr><tr><td>vorläufiger Ausweis</td><td>10,00 Euro</td></tr></table>"
)


@pytest.mark.parametrize("text", [FEES, PAGE_OF_FEES])
@pytest.mark.parametrize(
    ("query", "fee"),
    [
        ("Was kostet der Ausweis mit 20 Jahren?", "22,80"),
        ("Was kostet der Ausweis für einen 20-Jährigen?", "22,80"),
        ("Ich bin 30 Jahre alt. Was kostet der Ausweis?", "37,00"),
    ],
)
def test_a_row_for_the_amount_comes_before_one_with_more_of_the_words(text, query, fee):
    kept = ragzip.compress(text, query, target_tokens=30, cache=False).text
    assert fee in kept and "10,00" not in kept


LECTURES = """| Zeit | Montag | Dienstag | Mittwoch | Donnerstag |
|---|---|---|---|---|
| 8-10 | Analysis I, H1 | - | Analysis I, H1 | Physik, H4 |
| 10-12 | Lineare Algebra, H2 | Physik, H4 | - | Lineare Algebra, H2 |
| 12-14 | - | Algebra, S12 | - | - |
| 14-16 | Programmieren, C1 | - | Seminar, S3 | Programmieren, C1 |
"""


def test_days_that_are_names_of_columns_tell_no_rows_apart():
    query = "Was ist am Mittwoch um 14 Uhr?"
    kept = ragzip.compress(LECTURES, query, target_tokens=60, cache=SCORES).text
    assert "| 14-16 |" in kept and "| 8-10 |" not in kept
