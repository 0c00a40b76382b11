"""A rule comes with the sentence behind it that says what else holds in a case, or for some; steps with a warning."""

import pytest

from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.prose.reader import read_prose

WITH_CASE = [
    "Dilute the antibody 1:200 in buffer. For lots made after June 2024 dilute it 1:500.",
    "The bus leaves at 15:20. From November it leaves at 15:10.",
    "The fee is £60 a year. For a second car it is £110.",
    "Der Beitrag beträgt 60 Euro. Für Studierende beträgt er 30 Euro.",
    "La cuota es de 30 euros. Para estudiantes es de 15 euros.",
    "Le musée ferme à 18 h. Le jeudi, il ferme à 21 h.",
    "Phones must be handed in at the office. Pupils of year 11 may keep them if they are switched off.",
    "Every citizen may be elected. Members of the armed forces may not stand unless they resign.",
    "Dogs are not allowed in the house. However, guide dogs may come in.",
    "Prerequisites: CS 210. Students of physics may take the course without CS 210.",
    "Hunde sind verboten. Blinde dürfen ihre Hunde mitbringen.",
    "The drug must not be taken in the first months. Afterwards only on the advice of a doctor.",
    "Guests may use the pool. They must, however, be accompanied by a member.",
    "Dogs are permitted. Dogs must, though, be on a lead.",
    "Gäste dürfen das Bad nutzen. Sie müssen jedoch von einem Mitglied begleitet werden.",
    "Les chiens peuvent entrer. Ils doivent toutefois être tenus en laisse.",
    "Residents may park here. They must show a permit.",
    "Parents get sixteen weeks of leave on full pay. Employees with less than a year of service get six weeks.",
    "The load is 150 kg as a ladder. When it is used as a scaffold, it must not exceed 100 kg.",
    "Der Preis beträgt 60 Euro. Wenn Sie vor Mai buchen, beträgt er 50 Euro.",
    "The daily dose is 400 mg. Patients over 75 take 200 mg.",
    "Der Urlaub beträgt 30 Tage. Beschäftigte unter 18 Jahren haben 34 Tage.",
    "Les chiens sont admis en laisse. Ils sont toutefois interdits près du lac.",
    "Se permite pescar. Los menores, sin embargo, deben llevar un permiso.",
    "Dogs are welcome in the bar. Dogs must, however, be on a lead.",
    "Returns need the receipt. If the receipt is lost, a bank statement will do.",
    "Man braucht einen Ausweis. Wenn der Ausweis verloren ging, genügt der Pass.",
    "Для возврата нужен чек. Если чек утерян, достаточно выписки из банка.",
    "Kinder dürfen mitfahren. Sie müssen einen Helm tragen.",
    "Receipts are handed in within 30 days of the trip. Later claims are not paid.",
    "Photos of up to 20 MB can be sent. Larger files must be split.",
    "Anträge sind bis zum 31. Mai zu stellen. Spätere Anträge sind nicht möglich.",
    "The dose of Velortin is 500 mg twice a day. However, patients with kidney disease should not take Velortin.",
    "Die Kur dauert zehn Tage. Allerdings sollten Patienten mit Fieber die Kur nicht beginnen.",
    "La dose est de 500 mg. Cependant, la dose ne doit pas être donnée aux enfants.",
    "To reset the router, press the button for ten seconds. All of your settings will be deleted.",
    "Tippen Sie auf Entfernen. Alle Fotos werden dabei gelöscht.",
    "Tap Empty to clear the folder. This cannot be undone.",
    "The Series 3 has no reset button. Its settings are deleted from the web page instead.",
    "Das Modell hat keinen Schalter. Man zieht stattdessen den Stecker.",
]
WITHOUT_CASE = [
    "The dose is 500 mg twice a day. However, it is seldom taken.",
    "He sold the mill. However, the mill should not have been sold.",
    "The prince had no horse. He walked instead and was late.",
    "The box holds ten pens. Your pens are kept in it.",
    "The mill has a door. Larger mills are rare.",
    "Tea is free. Later the hall is closed.",
    "Children from 3 to 5 pay 2 euros. Children from 6 to 9 pay 4 euros.",
    "The yard is open from 8 a.m. to noon. From 2 p.m. to 6 p.m. the hall is open.",
    "Guests may use the pool. Towels, however, may be hired.",
    "Guests must pay on arrival. They may pay by card.",
    "Guests may use the pool. They arrive by train.",
    "The town has 3,000 inhabitants. In 1950 it had 9,000.",
    "The mill was 12 metres high. On the hill it had 3 floors.",
    "You must pay at the desk. If the sun shines, a hat will do.",
    "Les chiens sont admis. Le kiosque vend des glaces.",
    "Dogs must be kept on a lead. Visitors may take photos.",
    "Guests must pay on arrival. Guests may pay by card.",
    "2.1 The customer may use the hall. 2.2 Notices must be in writing.",
    "The lift is 40 metres high. For example, it was used in films.",
]
STEPS = """Cleaning the filter

Warning: switch the pump off before you open the cover. The fan can start at any time.
1. Remove the two screws.
2. Lift off the cover.
3. Rinse the filter."""


@pytest.mark.parametrize("text", WITH_CASE)
def test_a_rule_comes_with_what_holds_in_a_case(text: str) -> None:
    rule, *_ = read_prose(text).units
    assert 1 in (*rule.relation.companions, *rule.relation.needs)


@pytest.mark.parametrize("text", WITHOUT_CASE)
def test_other_sentences_come_without_the_next(text: str) -> None:
    rule, *_ = read_prose(text).units
    assert 1 not in (*rule.relation.companions, *rule.relation.needs)


def test_what_there_is_instead_comes_with_what_it_stands_for() -> None:
    text = "Refunds are not paid for contracts. Their holders may instead move seats to the next term."
    rule, instead = read_prose(text).units
    assert (rule.relation.companions, instead.relation.companions) == ((), (0,))


@pytest.mark.parametrize("sign", ["Warning:", "Achtung!", "Attention :", "¡Atención!"])
def test_steps_come_with_the_warning_above_them(sign: str) -> None:
    text = STEPS.replace("Warning:", sign)
    units = read_prose(text).units
    warning = next(place for place, unit in enumerate(units) if text[unit.start :].startswith(sign))
    steps = [unit for unit in units if text[unit.start].isdigit()]
    assert len(steps) == 3
    assert all(warning in (*unit.relation.companions, *unit.relation.needs) for unit in steps)


@pytest.mark.parametrize(
    "text",
    [
        "Oil the chain monthly. Warning: the blade is sharp. Unplug it before you touch it. Lift it off. Clean it.",
        "Messer tauschen. Achtung: Lebensgefahr. Ziehen Sie den Stecker. Nehmen Sie das Messer ab. Ölen Sie es.",
    ],
)
def test_steps_in_a_paragraph_come_with_the_warning_in_it(text: str) -> None:
    units = read_prose(text).units
    assert {2, 1} <= {*units[3].relation.companions, *units[3].relation.needs}
    assert {2, 1} <= {*units[4].relation.companions, *units[4].relation.needs}


def test_times_alone_over_paragraphs_are_their_labels() -> None:
    text = "08:10. The ferry has run aground. Nobody is hurt.\n\n09:30 Uhr. The wind is rising. Boats are out."
    units = structure_of(text, "text/plain", "0").units
    times = [place for place, unit in enumerate(units) if unit.relation.section is not None]
    assert [text[slice(*units[place].span)] for place in times] == ["08:10.", "09:30 Uhr."]
    assert all(times[place > times[1]] in unit.relation.needs for place, unit in enumerate(units) if place not in times)


@pytest.mark.parametrize(
    "answer",
    [
        "Yes, if it is unused and in its box. Headphones that were opened are not taken back.",
        "Nein, das ist seit dem Umbau leider nicht mehr möglich. Bitte nutzen Sie den Parkplatz am Bahnhof.",
    ],
)
def test_what_follows_a_verdict_in_an_answer_comes_with_it(answer: str) -> None:
    long_answer = f"{answer} " + "The office in the town hall has the forms and can help you to fill them in. " * 3
    text = "\n\n".join(f"{question}\n{long_answer}" for question in ("Can I return it?", "Can I park?", "Can I pay?"))
    units = structure_of(text, "text/plain", "0").units
    verdict = next(place for place, unit in enumerate(units) if answer.startswith(text[slice(*unit.span)]))
    assert verdict in units[verdict + 1].relation.needs
