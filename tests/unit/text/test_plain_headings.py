"""Headings of plain text: they come only above something of theirs, and nothing stands under another one."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.splitters import units
from ragzip.text.structure import structure_of

RELEASES = """Version 4.3.0 (12 February)

New: exports can be scheduled.
Changed: Python 3.8 is no longer supported.

Version 4.2.4 (2 February)

Fixed: the memory leak in the indexer.
Known problem: dark mode flickers on Wayland."""
THREAD = """Posted by mika77 on Tuesday
My printer prints stripes since the update. I have cleaned the head three times.

Posted by oldtoner on Tuesday
Have you tried a new cartridge? That did it for me.

Posted by mika77 on Wednesday
I tried a new cartridge. It did not help."""
CONTRACT = """1. DEFINITIONS

"Deliverables" means the reports listed in Schedule 2, but not drafts of them.
"Fees" means the sums set out in Schedule 3, exclusive of VAT.
"Day" means any day other than a Saturday, a Sunday or a public holiday.

2. LIABILITY

The total liability shall not exceed the Fees. This cap does not apply to clause 7."""
MINUTES = """Item 1. Playground. Mr Dent proposed a new fence. It was agreed.

Item 2. Tractor. Mr Okoro proposed to buy a tractor. The matter was postponed."""
LEAFLET = """Tamirol oral suspension

How to take Tamirol

Children from 6 to 12 years: one spoon twice a day.

Do not give Tamirol to children under 2 years."""
ROOMS = """Rooms in the sports centre

Gym
Out of order until Friday.

Climbing wall
Open daily from 9 to 21.

Dance hall
Open to groups of six or more."""
POLICY = """Part A. Meaning of words
In this policy, "journey" means a trip that begins and ends at your home and lasts no longer than 62 days.

Part B. What is covered
We pay for treatment abroad up to 2 million euros. We pay for lost luggage up to 1,500 euros.

Part C. What is not covered
We do not pay for sports equipment while it is in use. We do not pay for what can wait until you are at home."""
ARTICLE = """The Old Mill

The mill stands by the river. It was built in 1820.

A Cold Night: The Search Begins

On 3 March we walked to the river. The mill was dark.

The Miller's Daughter

Ann told us of the fire. Nobody was hurt.

Cursed or Blessed?

The village still argues about the stone.

Project lead: Mary Ann Stone

She has studied the mill for ten years. She lives nearby."""
DOSES = """Cough syrup Tussirin: dosage

Adults
10 ml every six hours, at most four times a day.

Children 2 to 5 years
2.5 ml every eight hours. Use the small spoon.

Children under 2 years
Do not give.

Shake the bottle before use. Once opened, the syrup keeps for eight weeks.

Patients with kidney disease
Half of the dose above is enough. Ask your doctor."""
ITEMS = """Town council of Eastmere, 3 June

Item 4: Speed limit in School Road

The new limit comes into force on 1 September.

Item 6: Benches

A proposal to put four benches on the green was withdrawn."""
POOLS = """Northbad, Ringweg 14, tel. 441 20
Indoor, with a sauna. Open daily from 6.30 to 21.
Adults pay 6.50. Closed in August.

Seebad, Quay Street 1, tel. 441 77
Open air, from May to September.
Adults pay 4.00. Children are free."""
VERSE = """The tiger burns at night
In forests of delight.

No hand of man or eye
Could frame the symmetry."""
ADDRESSES = """Kim Lund
Harbour Road 4
5003 Bergen

Ola Nordmann
Fjord Street 9
5020 Bergen"""
PARAGRAPH = "The dam was built in 1931 by the firm of Albrecht. It is 37 metres high and holds much water."


def headings(text):
    return [text[unit.start : unit.end] for unit in units(text) if unit.kind in ("heading", "label")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RELEASES, ["Version 4.3.0 (12 February)", "Version 4.2.4 (2 February)"]),
        (THREAD, ["Posted by mika77 on Tuesday", "Posted by oldtoner on Tuesday", "Posted by mika77 on Wednesday"]),
        (ROOMS, ["Rooms in the sports centre", "Gym", "Climbing wall", "Dance hall"]),
        (
            DOSES,
            [
                "Cough syrup Tussirin: dosage",
                "Adults",
                "Children 2 to 5 years",
                "Children under 2 years",
                "Patients with kidney disease",
            ],
        ),
        (ITEMS, ["Town council of Eastmere, 3 June", "Item 4: Speed limit in School Road", "Item 6: Benches"]),
        (POOLS, ["Northbad, Ringweg 14, tel. 441 20", "Seebad, Quay Street 1, tel. 441 77"]),
        (VERSE, []),
        (ADDRESSES, []),
        (CONTRACT, ["1. DEFINITIONS", "2. LIABILITY"]),
        (MINUTES, ["Item 1. Playground.", "Item 2. Tractor."]),
        (LEAFLET, ["Tamirol oral suspension", "How to take Tamirol"]),
        ("Park rules\n\nThe following are banned:\n- cycling\n- music", ["Park rules"]),
        ("Focaccia\n\nIngredients\n\n- 2 eggs\n- salt", ["Focaccia", "Ingredients"]),
        ("It rained.\nIngredients\n- 2 eggs\n- salt", []),
        (f"Closed on Mondays and holidays in all of winter\n\n{PARAGRAPH}", []),
        (f"The doors are shut\n\n{PARAGRAPH}", []),
        (f"1. Open the lid with a coin\n\n{PARAGRAPH}\n\n2. Close the lid\n\n{PARAGRAPH}", []),
        (f"1. Open the lid\n2. DANGER\n\n{PARAGRAPH}", []),
        ("Article 4. The rent is due. It is 900 euros.\n\nAgreed. They met again in May.", []),
        ("Posted by Ann.\nIt rained.\n\nPosted by Bo.\nIt was dry.", []),
        ("Terms of sale, valid from 1 May 2024\n\nColour: red\nSize: 4", ["Terms of sale, valid from 1 May 2024"]),
        ("Fee: 30\n\nIt is due in May.", []),
        (
            "4. Paid leave\n\n4.1 All have it.\n\n5. Sick pay\n\n5.1 It is paid.",
            ["4. Paid leave", "5. Sick pay"],
        ),
        ("Meals. Lunch is 30 euros. It is paid.\n\nHotels. Rooms are 90 euros.", ["Meals.", "Hotels."]),
        ("It rained. Ann left. Bo came.\n\nWe won. They lost.", []),
        ("Title: Roof\nStatus: open\nContent: The key is here. It is red.", ["Title: Roof"]),
    ],
)
def test_headings_of_plain_text(text, expected):
    assert headings(text) == expected


def test_definitions_with_commas_are_no_rows():
    assert not {"header", "row"} & {unit.kind for unit in units(CONTRACT)}


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (RELEASES, "Which version fixed the memory leak?"),
        (RELEASES, "Is Python 3.8 supported?"),
        (THREAD, "Did a new cartridge help mika77?"),
        (CONTRACT, "Are drafts Deliverables?"),
        (MINUTES, "Was the tractor bought?"),
        (LEAFLET, "How much for children?"),
        (POLICY, "Is a trip of three months a journey?"),
        (POLICY, "Is my tennis racket covered?"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_no_heading_over_nothing_and_nothing_under_another_one(text, query, compressor):
    all_headings = headings(text)
    heading_of_line, heading = {}, None
    for line in text.splitlines():
        heading = next((other for other in all_headings if line.startswith(other)), heading)
        heading_of_line[line] = heading
    for tokens in range(5, 70, 3):
        kept = ragzip.compress(text, query, target_tokens=tokens, compressor=compressor).text
        above = None
        for line in kept.splitlines():
            own_heading = next((other for other in all_headings if line.startswith(other)), None)
            if own_heading is not None:
                above = own_heading
                assert line != own_heading or not kept.endswith(own_heading)
            elif line.strip() and above is not None:
                (source_line,) = {other for other in heading_of_line if line in other}
                assert heading_of_line[source_line] == above


@pytest.mark.parametrize("tokens", range(12, 60, 6))
@pytest.mark.parametrize("query", ["Is the gym open?", "Is the climbing wall open?", "Is the dance hall open?"])
def test_no_line_stands_under_the_label_of_another(query, tokens):
    text = ragzip.compress(ROOMS, query, target_tokens=tokens, cache=SCORES).text
    for paragraph in ROOMS.split("\n\n")[1:]:
        label, line = paragraph.split("\n")
        assert (label in text) == (line in text) == (paragraph in text)


@pytest.mark.parametrize(
    ("query", "dose"),
    [
        ("What is the dose for a child of four?", "2.5 ml every eight hours."),
        ("What is the dose for a child aged 1?", "Do not give."),
        ("What is the dose for a child of one year?", "Do not give."),
    ],
)
@pytest.mark.parametrize("tokens", [50, 60, 80])
def test_a_label_says_for_whom_its_lines_hold(query, dose, tokens):
    assert dose in ragzip.compress(DOSES, query, target_tokens=tokens, cache=SCORES).text


@pytest.mark.parametrize(
    "title",
    [
        "Items that are not refundable",
        "Changes we can make",
        "If you are ill",
        "Returns, exchanges and refunds",
        "Results for the year ended 31 March 2024",
        "Stage 3: Review",
    ],
)
def test_lines_are_titles_where_others_are_though_their_words_could_be_a_statement(title):
    other_sections = "".join(
        f"{other}\n\nWe tell of it below. It goes on for a while.\n\n" for other in ("Fees", "Opening hours")
    )
    text = f"{other_sections}{title}\n\nCustomers must tell us within 14 days. We then pay within a month."
    assert [text[unit.start : unit.end] for unit in units(text) if unit.kind == "heading"][2:] == [title]
    for statement in (
        "The mill is closed today",
        "We can help you",
        "Phone: 555-0187",
        "15 May 2024",
    ):
        other_text = text.replace(title, statement)
        assert "heading" not in {unit.kind for unit in units(other_text)[6:]}, statement


def test_lines_with_marks_are_titles_where_others_are():
    headings_of_article = [ARTICLE[unit.start : unit.end] for unit in units(ARTICLE) if unit.kind == "heading"]
    assert headings_of_article == [
        "The Old Mill",
        "A Cold Night: The Search Begins",
        "The Miller's Daughter",
        "Cursed or Blessed?",
    ]
    without_others = ARTICLE[ARTICLE.index("The mill stands") : ARTICLE.index("\n\nThe Miller")]
    assert "heading" not in {unit.kind for unit in units(without_others)}


@pytest.mark.parametrize(
    ("title", "line_ends"),
    [
        ("What is not covered", "\n"),
        ("What is not covered", "\n\n"),
        ("When we can refuse to pay", "\n"),
        ("Was nicht versichert ist", "\n\n"),
    ],
)
def test_clauses_that_begin_as_questions_are_titles(title, line_ends):
    below = "We do not pay for sports equipment while it is in use. " * 3
    text = f"We pay for treatment abroad.\n\n{title}{line_ends}{below.strip()}"
    assert [text[unit.start : unit.end] for unit in units(text) if unit.kind == "heading"] == [title]
    assert "heading" not in {unit.kind for unit in units(text.replace(title, f"{title}."))}


CALL = """Call for proposals: Clean Rivers 2026

Who can apply
Clubs and towns of the region. Companies are partners only and get no money.

Eligible costs
Staff, travel and equipment. Purchase of land is not eligible.

Evaluation
Proposals with fewer than 60 points are rejected. The jury meets in May.

Deadlines
Outlines are due in January. Full proposals follow in April."""
HELP = """Back up your notes

Before you begin
You need version 5.2. Restoring replaces all notes; those that are not in the backup are deleted.

Create a backup
1. Open Settings and tap Data.
2. Choose a folder.

Restore a backup
1. Tap Restore.
2. Select the file.

Troubleshooting
Use the password that you had when the backup was made. Restart the app.

Contact
Write to the help desk. It answers within a day."""


@pytest.mark.parametrize(
    ("text", "line", "heading"),
    [
        (CALL, "Purchase of land is not eligible.", "Eligible costs"),
        (CALL, "The jury meets in May.", "Evaluation"),
        (CALL, "Companies are partners only and get no money.", "Who can apply"),
        (HELP, "Restart the app.", "Troubleshooting"),
        (HELP, "You need version 5.2.", "Before you begin"),
    ],
)
def test_no_label_stands_under_the_title_of_the_paragraph_before(text, line, heading):
    parts = structure_of(text, "text/plain", "").units
    (unit,) = [unit for unit in parts if text[unit.start : unit.end] == line]
    headings, number = [], unit.relation.heading
    while number is not None:
        headings.append(text[parts[number].start : parts[number].end])
        number = parts[number].relation.heading
    assert headings[:1] == [heading]
    assert set(headings[1:]) <= {"Back up your notes"}


@pytest.mark.parametrize("rate", [0.6, 0.7, 0.8, 0.9])
@pytest.mark.parametrize("compressor", ["extractive/bm25", "extractive/hybrid"])
def test_no_heading_for_what_stands_above_it(compressor, rate):
    text = 'He said: "It cannot be done." Then it was done!\n\n# Heading\n\nText below it. And more.'
    documents = [ragzip.Document(id, text) for id in "ab"]
    for document in ragzip.compress(documents, None, rate=rate, compressor=compressor, cache=SCORES).documents:
        assert not document.text.endswith("# Heading")


ENTRIES = {
    "Parking prices": "First hour: 4 EUR\nEach further hour: 3 EUR\nDay: 40 EUR\nOn Sundays parking is free.",
    "Cennik parkingu": "Pierwsza godzina: 4 zł\nKażda następna godzina: 3 zł\nDoba: 40 zł",
    "Rubrica interna": "Portineria - 100\nUfficio personale - 112\nMagazzino - 131",
    "Tarifas del gimnasio 2024": "Cuota mensual: 32 €\nCuota anual: 310 €",
    "营业时间": "星期一：休息\n星期二：10点到18点",
}


@pytest.mark.parametrize("title", ENTRIES)
def test_a_line_above_entries_is_their_title(title):
    first, second = structure_of(f"{title}\n{ENTRIES[title]}", "", "list.txt").units[:2]
    assert first.relation.section is not None and second.relation.heading == 0


@pytest.mark.parametrize(
    "text",
    [
        "Name: Ann Berg\nAge: 41\nCity: Ulm",  # an entry is no title
        "HTTP/2 200\nretry-after: 30\nserver: nginx",
        "The pool is closed on Mondays.\nTuesday: 10 to 18\nWednesday: 10 to 20",  # a statement
        "Alder\nBirch\nHazel",
    ],
)
def test_a_line_above_entries_that_is_no_title_says_something(text):
    assert structure_of(text, "", "list.txt").units[0].relation.section is None


def test_a_short_line_that_the_text_below_names_is_its_heading():
    text = (
        "City 300\nThe City 300 has a range of 60 km. It weighs 21 kg.\n"
        "City 300 Eco\nThe City 300 Eco has a range of 95 km. It weighs 24 kg."
    )
    kept = ragzip.compress(text, "What is the range of the City 300?", target_tokens=30, cache=SCORES).text
    assert kept == "City 300\nThe City 300 has a range of 60 km. It weighs 21 kg."


def test_titles_in_capitals_stand_in_texts_without_blank_lines():
    text = (
        "ANNA BERG\nSoftware engineer\nEXPERIENCE\nEngineer, Pier Labs\n2015 to 2019\nWrote the search of the shop.\n"
        "EDUCATION\nMSc Computer Science, Leeds\nSKILLS\nPython, Go\nPHOTO\nA picture of the team\nPHOTO\nAnother one\n"
    )
    headings = [text[unit.start : unit.end] for unit in units(text) if unit.kind == "heading"]
    assert headings == ["ANNA BERG", "EXPERIENCE", "EDUCATION", "SKILLS"]
