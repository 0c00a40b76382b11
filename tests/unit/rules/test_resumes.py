"""Years of jobs and offices: what somebody did in 2019, or does now, is what a span of years around it holds for."""

import pytest

import ragzip
from ragzip.text.structure import structure_of

RESUME = """MARIA LOPEZ
Madrid, Spain | maria@lopez.dev | +34 600 000 000

EXPERIENCE

Senior Data Engineer, Telva
Jan 2021 – present
- Built the streaming platform (Kafka, Flink) that serves 40 teams
- Cut costs of storage by 35 %

Data Engineer, Nubia Bank
Mar 2017 – Dec 2020
- Moved 120 ETL jobs to Airflow
- Led the migration to the cloud

EDUCATION

MSc Computer Science, UPM, 2016
BSc Mathematics, UAM, 2014
"""
NURSE = """# Jon Berg

## Work

**Lead Nurse, St. Anna Hospital** (2019–2023)

Ran the emergency ward with 34 nurses. Introduced a new rota.

**Nurse, City Clinic** (2014–2018)

Cared for patients after surgery.

**Intern, Red Cross**, 2012–2013

First aid courses for schools.
"""
LEBENSLAUF = """Berufserfahrung

2018 – heute   Projektleiterin, Stadtwerke Ulm
               Leitung des Netzausbaus, Budget 12 Mio. Euro
2011 – 2017    Ingenieurin, Brandt GmbH
               Planung von Umspannwerken
2009 – 2010    Trainee, Netz AG

Ausbildung
2004 – 2009    Studium der Elektrotechnik, TU München
"""
MAYORS = (
    "The town had several mayors. Adam Fry held the office from 1990 to 1998. He built the bridge. Under Nora Lind "
    "(1998–2006) the school was opened. Karl Voss was mayor from 2006 until 2012. Since then Mia Holm "
    "has been mayor."
)
BURGEMEESTERS = (
    "Het dorp had drie burgemeesters. Jan Smit was burgemeester van 1960 tot 1972. Onder Piet de Wit (1972–1985) kwam "
    "de brug. Daarna was Els Vos burgemeester."
)


@pytest.mark.parametrize(
    ("text", "query", "tokens", "kept", "left_out"),
    [
        (RESUME, "Where did Maria work in 2019?", 60, "Nubia Bank", "Telva"),
        (RESUME, "What did Maria do in 2018?", 60, "migration", "streaming"),
        (RESUME, "Where did Maria work in 2022?", 60, "Telva", "Nubia"),
        (RESUME, "Where does Maria work now?", 60, "Telva", "Nubia"),
        (RESUME, "What is Maria's current job?", 60, "Telva", "Nubia"),
        (NURSE, "What did Jon do in 2016?", 50, "Cared for patients", "34 nurses"),
        (NURSE, "Where was Jon in 2012?", 50, "Red Cross", "Lead Nurse"),
        (NURSE, "Who did Jon work for in 2021?", 50, "St. Anna", "City Clinic"),
        (LEBENSLAUF, "Wo arbeitete sie 2015?", 50, "2011 – 2017    Ingenieurin", "Netz AG"),
        (LEBENSLAUF, "Was hat sie 2006 gemacht?", 50, "Elektrotechnik", "Ingenieurin"),
        (LEBENSLAUF, "Wo arbeitet sie derzeit?", 50, "Stadtwerke Ulm", "Brandt"),
        (MAYORS, "Who was mayor in 1993?", 30, "Adam Fry", "Karl Voss"),
        (MAYORS, "Who was mayor in 2001?", 30, "Nora Lind", "Mia Holm"),
        (MAYORS, "Who was mayor in 2009?", 30, "Karl Voss", "Nora Lind"),
        (MAYORS, "Who was mayor in 2015?", 30, "Mia Holm", "Adam Fry"),
        (BURGEMEESTERS, "Wie was burgemeester in 1965?", 30, "Jan Smit", "Els Vos"),
        (BURGEMEESTERS, "Wie was burgemeester in 1980?", 30, "Piet de Wit", "Jan Smit"),
    ],
)
def test_a_year_or_now_gets_the_job_with_a_span_of_years_around_it(text, query, tokens, kept, left_out):
    compressed = ragzip.compress(text, query, target_tokens=tokens, cache=False).text
    assert kept in compressed and left_out not in compressed


def test_lines_below_the_last_column_of_a_line_go_on_its_text():
    units = structure_of(LEBENSLAUF, "text/plain", "a").units
    needs = {LEBENSLAUF[slice(*unit.span)]: unit.relation.needs for unit in units}
    (over_planning,) = needs["Planung von Umspannwerken"]
    assert "Brandt" in LEBENSLAUF[slice(*units[over_planning].span)]
    assert not needs["2009 – 2010    Trainee, Netz AG"]
