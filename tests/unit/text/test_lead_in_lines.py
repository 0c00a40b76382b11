"""Lines that lead to the list right below them though they end in no colon, abbreviations in capitals, and lines of
scanned text that go on though they look like records.
"""

import pytest

import ragzip
from ragzip.text.splitters import units
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.prose.reader import read_prose

LISTS = [
    "Warnhinweise und Vorsichtsmaßnahmen\nBitte sprechen Sie mit Ihrem Arzt, bevor Sie es einnehmen,\n",
    "Warnings and precautions\nTalk to your doctor before taking Zelor if you\n",
    "Ostrzeżenia i środki ostrożności\nPrzed zastosowaniem należy omówić to z lekarzem, jeśli\n",
    "Mises en garde\nDemandez conseil à votre médecin avant de le prendre si vous\n",
]


@pytest.mark.parametrize("above", LISTS)
def test_an_open_line_leads_to_the_list_below_it(above: str) -> None:
    text = f"{above}- A first thing\n- B second thing\n"
    assert [unit.kind for unit in units(text)][1:] == ["lead-in", "item", "item"]


@pytest.mark.parametrize(
    "statement",
    ["The permit cannot be issued if", "Students may work", "Zum Antrag müssen Sie beilegen", "Bring with you"],
)
@pytest.mark.parametrize("heading", ["", "## Permits\n\n"])
def test_a_statement_without_a_stop_leads_to_the_list_behind_a_blank_line(statement: str, heading: str) -> None:
    text = f"{heading}The office opens at nine. {statement}\n\n- a first thing,\n- a second thing\n"
    structure = structure_of(text, "text/markdown" if heading else "text/plain", "0")
    lead = next(place for place, unit in enumerate(structure.units) if text[slice(*unit.span)] == statement)
    assert [lead in unit.relation.needs for unit in structure.units[lead + 1 :]] == [True, True]


@pytest.mark.parametrize(
    "text", ["The meeting is on Monday\n\n- Bring laptops\n- Bring food\n", "Some items say if\n\n3. They go on\n"]
)
def test_a_statement_leads_to_no_list_that_says_something_else(text: str) -> None:
    assert "lead-in" not in [unit.kind for unit in units(text)]


def test_a_line_that_is_whole_leads_to_no_list() -> None:
    text = "Name: Ann Lee\nTel: 555 0147\n- A first thing\n- B second thing\n"
    assert "lead-in" not in [unit.kind for unit in units(text)]


@pytest.mark.parametrize(
    "text", ["CALL THE CARETAKER, TEL. 555-0147, IN EMERGENCIES.", "SEE FIG. 3 AND VOL. 12 OF THE MANUAL."]
)
def test_an_abbreviation_in_capitals_is_not_cut_before_a_figure(text: str) -> None:
    assert len(units(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "L'eau froide sera coupée mardi de 9 h à 12 h. L'eau chaude ne sera pas coupée.",
        "La visite dure 45 min. L'entrée est gratuite.",
        "Il ritardo tollerato è di 59 min. L'auto va resa entro le 18.",
    ],
)
def test_a_sentence_ends_in_a_unit_before_an_elided_article(text: str) -> None:
    assert len(units(text)) == 2


def test_lines_of_a_scanned_text_are_joined_though_they_look_like_records() -> None:
    text = (
        "Adults above 12 years old: 10 mg\nonce daily as 1 tablet. Children between 6 and 12\n"
        "years old: 5 mg twice daily as half a tablet.\nPatients with kidney disease: 5 mg\nonce daily."
    )
    assert [text[unit.start : unit.end].split()[0] for unit in units(text)] == ["Adults", "Children", "Patients"]


def test_settings_stay_lines() -> None:
    assert len(units("Server settings\ntimeout: 5 s. Default\nretries: 3\nhost: local.")) == 4


def test_lines_behind_a_list_are_not_led_by_its_lead_in() -> None:
    text = (
        "Kiedy nie stosować leku Febrinol:\n- w ostatnim trymestrze,\n- u dzieci.\n\n"
        "Jak stosować lek\nDorośli: 1 tabl. co 6 godz., maks. 3 tabl."
    )
    structured = read_prose(text).units
    assert [unit.relation.needs for unit in structured] == [(), (0,), (0,), (), ()]


@pytest.mark.parametrize(
    ("query", "item"), [("not take zelor liver", "liver"), ("not take zelor pregnant", "pregnant")]
)
def test_of_the_items_below_a_lead_in_the_one_that_is_asked_for_comes_first(query: str, item: str) -> None:
    text = (
        "Zelor is a medicine against hay fever. It is made in Cork.\n\nDo not take Zelor:\n- with an allergy,\n"
        "- with a severe disease of the liver,\n- below 4 years,\n- if you are pregnant or plan to be,\n- in May."
    )
    kept = ragzip.compress(text, query, target_tokens=20, compressor="extractive/bm25", cache=False).text
    assert kept.startswith("Do not take Zelor:\n- ")
    assert item in kept


CAREER = """EDUCATION
MSc Physics, Bonn
2011 - 2013

WORK
Data analyst, Post, Bonn
June 2017 – March 2021
- Forecasts of parcels
- Boards for depots

Tester, Wilden, Essen
05/2013 - 12/2016
- Stand for seals

LANGUAGES
Polish, German (C2)"""


def test_what_stands_under_a_title_in_capitals_or_a_time_comes_with_it() -> None:
    structure = structure_of(CAREER, "text/plain", "0")
    texts = [CAREER[slice(*unit.span)] for unit in structure.units]
    seals = structure.units[texts.index("- Stand for seals")].relation
    assert [texts[place] for place in seals.needs] == ["Tester, Wilden, Essen\n05/2013 - 12/2016"]
    assert {text for text, unit in zip(texts, structure.units, strict=True) if unit.relation.section} == {
        "EDUCATION",
        "WORK",
        "LANGUAGES",
    }
    languages = structure.units[-1]
    assert languages.relation.head == len(texts) - 2
    assert languages.reading == "LANGUAGES: Polish, German (C2)"


@pytest.mark.parametrize(
    "entries",
    [
        ["2011 - 2013\nTester, Wilden", "2014 - now\nCook, Ship"],
        ["Tester, Wilden\n2011 - 2013", "Cook, Ship\nsince May 2014"],
        ["SCHOOLS", "2001 - 2007\nRWTH, Aachen", "2007 – 2012\nUSI, Lugano"],
    ],
)
def test_a_time_goes_with_the_line_that_it_is_of(entries: list[str]) -> None:
    text = "Tom Lee\ncook, tester\n\n" + "\n".join(entries)
    assert [text[slice(*unit[:2])] for unit in units(text)][-len(entries) :] == entries


@pytest.mark.parametrize(
    "text",
    [
        "The shop was closed.\n2011 - 2013\nIt is open.",
        "HARD HAT\nwear it\n\nSTOP\nwait here\n\nThat is all.",
        "WARNING HOT\nDO NOT TOUCH\n\nSTAY BACK\nNO ENTRY\n\nCALL BEN\nBEN KNOWS\n\nall else is known",
    ],
)
def test_lines_that_are_no_titles_or_times_stand_by_themselves(text: str) -> None:
    assert all(unit.relation.section is None for unit in structure_of(text, "text/plain", "0").units)


RECIPE = """\
Pancakes

Ingredients (for 4):
200 g flour
2 eggs
300 ml milk

Method:
Mix flour and milk. Add the eggs. Rest for 20 minutes. Fry in butter.
"""
OFFICE = "Opening hours:\nMon 9-12\nTue 10-14\n\nDirections:\nTake the bus to the mill. Turn left at the weir.\n"


@pytest.mark.parametrize(
    ("source", "label", "query", "kept"),
    [
        (RECIPE, "Method:", "How long must the batter rest?", "Rest for 20 minutes."),
        (RECIPE, "Method:", "How much milk do I need?", "300 ml milk"),
        (OFFICE, "Directions:", "Where do I turn left?", "Turn left at the weir."),
    ],
)
def test_a_label_apart_below_a_list_leads_to_the_prose_below_it(source, label, query, kept):
    for target_tokens in range(12, 44, 4):
        text = ragzip.compress(source, query, target_tokens=target_tokens, cache=False).text.rstrip()
        assert kept in text and not text.endswith(label)
        sentences = source.rstrip(".\n").rpartition(f"{label}\n")[2].split(". ")
        assert (label in text) == any(sentence in text for sentence in sentences)


USAGE = """\
Usage: list [options]

Option      Meaning
----------  ------------------------------
-a          list all files, also those that
            begin with a dot
-n          do not sort
-r          reverse the order
"""
PARTS = "Casing:     steel, painted in grey and\n            welded twice\nWeight:     20 kg\nColour:     red\n"


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("source", "query", "line", "rest"),
    [
        (USAGE, "Which files does -a list?", "also those that", "begin with a dot"),
        (PARTS, "Of what is the casing?", "grey and", "welded twice"),
    ],
)
def test_a_value_comes_with_the_line_that_it_goes_on_in(source, query, line, rest, compressor):
    for target_tokens in range(8, 48, 3):
        options = {"target_tokens": target_tokens, "compressor": compressor, "cache": False}
        text = ragzip.compress(source, query, **options).text
        assert (line in text) == (rest in text) and (text.rstrip() + "\n\n")[:-2] != "----------"


def test_further_values_of_a_key_come_one_by_one():
    text = "Colours:    red\n            blue\n            green\nWeight:     20 kg\n"
    units = structure_of(text, "text/plain", "0").units
    assert not units[0].relation.needs


BAGS = """\
You may bring:
{0} One bag. It must be small.
{0} Water, but no glass bottles

You may not bring:
{0} Dogs
{0} Knives. They are kept at the gate.
"""


@pytest.mark.parametrize("bullet", ["●", "○", "■", "►", "✓", "✗", "❌", "✔\ufe0f", "\uf0b7", "★★☆"])
def test_items_with_other_bullets_come_with_their_lead_in(bullet):
    source = BAGS.format(bullet)
    assert [unit.kind for unit in units(source)] == ["lead-in", "item", "item"] * 2
    for target_tokens in range(8, 60, 4):
        text = ragzip.compress(source, "Are knives allowed?", target_tokens=target_tokens, cache=False).text
        assert ("Knives" in text or "Dogs" in text) == ("You may not bring:" in text)
        assert ("bag" in text or "Water" in text) == ("You may bring:" in text)


@pytest.mark.parametrize("line", ["★ is a star.", "5 ✓ and 3 ✗ were counted.", "●●●●●●●● is the bar."])
def test_signs_in_prose_begin_no_item(line):
    assert len(units(f"The chart has signs. {line} It is green.")) > 1


PETS = """A booking is valid if

- the deposit has been paid, and
- the form has been signed.

A booking lapses when

- the group does not arrive by 20:00, or
- the rest is not paid.

Pets are welcome.
"""


@pytest.mark.parametrize(
    ("last_words", "is_lead_in"), [("lapses when", True), ("lapses unless", True), ("terms and fees", False)]
)
def test_a_line_that_ends_in_a_conjunction_is_no_heading_of_the_list_below_it(last_words, is_lead_in):
    text = PETS.replace("lapses when", last_words)
    units = read_prose(text).units
    line = next(place for place, unit in enumerate(units) if text.startswith(f"A booking {last_words}", unit.start))
    assert (units[-1].relation.heading == line) is not is_lead_in
    assert (line in units[line + 1].relation.needs) is is_lead_in


RULES = """You may bring

- a dog, or
- a cat.

You get:
- a key; and
- a map
- vitamin E
- a card
"""


@pytest.mark.parametrize(
    ("item", "others"),
    [
        ("- a dog, or", ["- a cat."]),
        ("- a key; and", ["- a map"]),
        ("- a map", ["- a key; and"]),
        ("- vitamin E", []),
        ("- a card", []),
    ],
)
def test_an_item_that_ends_in_and_or_or_comes_with_the_next_one_where_they_fit(item, others):
    units = read_prose(RULES).units
    unit = next(unit for unit in units if RULES.startswith(item, unit.start))
    assert [RULES[slice(*units[place].span)] for place in unit.relation.companions] == others


@pytest.mark.parametrize(
    ("lead", "items"),
    [
        ("3. Арендатор не вправе:", ["а) сдавать квартиру;", "б) менять замки;", "в) держать животных."]),
        ("Наемателят няма право:", ["а) да пуши,", "б) да сменя ключалки,", "в) да държи кучета."]),
        ("Ο ενοικιαστής δεν δικαιούται:", ["α) να καπνίζει,", "β) να αλλάζει κλειδαριές,", "γ) να έχει σκύλους."]),
    ],
)
def test_items_with_letters_of_other_alphabets_come_with_their_lead_in(lead, items):
    parts = read_prose("\n".join(["2. 35 000.", lead, *items])).units
    assert [unit.relation.needs for unit in parts[-3:]] == [(len(parts) - 4,)] * 3


@pytest.mark.parametrize(
    ("lead", "below"),
    [
        ("Our guarantee does not cover", "normal wear and tear\ndamage by washing"),
        ("La garantie couvre", "l'usure normale\nles pertes et les vols"),
        ("Nuestra garantía no cubre", "el desgaste normal\nlos daños por lavado"),
        ("To make a claim, send us", "the receipt\nyour address"),
    ],
)
def test_a_line_that_goes_on_in_the_paragraph_below_leads_to_it(lead, below):
    source = f"Thank you for your order.\n\n{lead}\n\n{below}\n\nClaims are answered within five days."
    first, above, *led, last = read_prose(source).units
    assert source[slice(*above.span)] == lead and above.relation.section is not None
    assert all(unit.relation.needs == (1,) for unit in led)
    assert not (first.relation.needs or last.relation.needs)


@pytest.mark.parametrize(
    ("title", "below"),
    [
        ("Knowledge and attitudes of farmers", "https://doi.org/10.1/x"),
        ("Subject: the old mill", "kim wrote:"),
        ("Ten ways to become a farmer", "article"),
    ],
)
def test_a_title_leads_to_no_address_name_or_word(title, below):
    source = f"{title}\n\n{below}\n\nFarmers know it well. They told us so."
    assert read_prose(source).units[1].relation.needs == ()


def test_lines_with_labels_below_a_list_are_not_led_by_its_lead_in():
    text = (
        "COURSE: Uneventful. Lisinopril was stopped.\nMEDICATIONS AT DISCHARGE:\n- Aspirin 81 mg daily\n"
        "- Metformin 500 mg\nSTOPPED: Lisinopril, ibuprofen\nFOLLOW-UP: Cardiology in 2 weeks. No driving for 1 week."
    )
    needs = {text[slice(*unit.span)].split(":")[0]: unit.relation.needs for unit in read_prose(text).units}
    assert needs["- Aspirin 81 mg daily"] and needs["- Metformin 500 mg"]
    assert not needs["STOPPED"] and not needs["FOLLOW-UP"]
