"""Sections of contracts, laws and rules: a heading ends the lists before it, and nothing stands under another's."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.splitters import units
from ragzip.text.structure.formats.prose.reader import read_prose

STATUTES = """Rules of the allotment club

§ 3 Water
(1) Water is turned on from April to October.
(2) Hoses may be used in the evening only.

§ 4 Sheds
A member may build one shed of at most
    a) 12 square metres of floor, and
    b) 2.5 metres of height.
This does not apply to greenhouses.

§ 5 Bees
(1) Bees need the consent of the board."""
RULES = """Hausordnung

Art. 4 Ruhezeiten
Von 22 bis 6 Uhr ist Ruhe zu halten.
Art. 5 Waschküche
1. Die Waschküche steht jeder Partei einmal in der Woche offen.
2. Sie ist sauber zu verlassen.
Art. 6 Haustiere
Nicht gehalten werden dürfen
a) Schlangen,
b) Vögel mit lautem Ruf.
Dies gilt nicht für Papageien."""
LEASE = """Article 12
Durée

Le contrat est conclu pour trois ans. Il peut être résilié

a) en cas de faute grave,
b) en cas de déménagement.

Article 13
Prix

Le prix est de 400 euros par mois. Ne sont pas compris

a) le chauffage,
b) l'eau."""
SERVICE = """SERVICE CONTRACT

1. Scope of the work
The contractor services the lifts in the houses named in annex A. The work includes
(a) oil and grease,
(b) lamps.

2. Price
The yearly price is EUR 4,200. It is due in March."""
BYLAWS = """Part 1 Members

Section 1.1 Admission
Anyone over 16 may join. The committee decides within a month.

Section 1.2 Fees
The fee is due in January.

Part 2 Boats

Section 2.1 Mooring
Boats are moored at the west pier."""

EXCERPT = """SERVICE AGREEMENT

1. Definitions
1.1 "Services" means the work described in Annex A.

5. Fees
5.1 The Client pays EUR 4,000 a month.
5.2 Invoices are due within 30 days of receipt.

9. Termination
9.1 Either party may terminate with two months' notice."""


def headings(text):
    return [text[unit.start : unit.end] for unit in units(text) if unit.kind == "heading"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STATUTES, ["Rules of the allotment club", "§ 3 Water", "§ 4 Sheds", "§ 5 Bees"]),
        (RULES, ["Hausordnung", "Art. 4 Ruhezeiten", "Art. 5 Waschküche", "Art. 6 Haustiere"]),
        (LEASE, ["Article 12\nDurée", "Article 13\nPrix"]),
        (SERVICE, ["SERVICE CONTRACT", "1. Scope of the work", "2. Price"]),
        (
            BYLAWS,
            [line for line in BYLAWS.splitlines() if line.startswith(("Section", "Part"))],
        ),
        ("Artículo 7. Garantía\nLa garantía dura dos años.", ["Artículo 7. Garantía"]),
        ("Clausola 3 - Recesso\n1. Il recesso va comunicato per iscritto.", ["Clausola 3 - Recesso"]),
        (EXCERPT, ["SERVICE AGREEMENT", "1. Definitions", "5. Fees", "9. Termination"]),
        ("4. Annual leave\n4.2 Leave is agreed in advance.\n4.3 Not all at once.", ["4. Annual leave"]),
        ("7. Haftung\n7.1 Sie ist begrenzt.\n\n12. Schluss\n12.1 Es gilt Recht.", ["7. Haftung", "12. Schluss"]),
        ("Scores\n\n1. Ada\n2.1 points\n\n5. Bo\n1.9 points", ["Scores"]),
        ("The tribunal followed\nSection 4 Lease holders of the\nLand Act pay no fee.", []),
        ("He wrote that\nArticle 5 of the Treaty forbids aid. The court agreed.", []),
        ("The pump failed.\nSection 9 applies to pumps. It names a limit.", []),
        ("§ 1 Name\n§ 2 Purpose\n§ 3 Members", []),
        ("1. Flour\n\n2. Sugar\n\n3. Eggs and\n   milk", []),
        ("1. Mix it\n2. Bake it\nTip: serve hot.", []),
    ],
)
def test_lines_that_head_sections(text, expected):
    assert headings(text) == expected


@pytest.mark.parametrize(
    ("text", "item", "needed", "heading"),
    [
        (STATUTES, "b) 2.5 metres", "A member may build", "§ 4 Sheds"),
        (STATUTES, "This does not apply", "A member may build", "§ 4 Sheds"),
        (RULES, "a) Schlangen", "Nicht gehalten", "Art. 6 Haustiere"),
        (RULES, "Dies gilt nicht", "Nicht gehalten", "Art. 6 Haustiere"),
        (LEASE, "a) le chauffage", "Ne sont pas compris", "Article 13\nPrix"),
        (SERVICE, "(b) lamps", "The work includes", "1. Scope of the work"),
    ],
)
def test_items_need_their_lead_in_and_no_other_section(text, item, needed, heading):
    text_units = read_prose(text).units
    texts = [text[slice(*unit.span)] for unit in text_units]
    relation = next(unit.relation for unit, own in zip(text_units, texts, strict=True) if own.startswith(item))
    assert relation.heading is not None
    assert texts[relation.heading] == heading
    assert any(texts[place].startswith(needed) for place in relation.needs)
    first = texts.index(heading)
    assert all(place >= first for place in relation.needs)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (STATUTES, "How large may a shed be?"),
        (STATUTES, "Do bees need consent?"),
        (RULES, "Welche Tiere sind verboten?"),
        (LEASE, "Le chauffage est-il compris dans le prix ?"),
        (BYLAWS, "When is the fee due?"),
        (BYLAWS, "Where are boats moored?"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_no_line_stands_under_the_number_of_another_section(text, query, compressor):
    all_headings = [line for heading in headings(text) for line in heading.splitlines()]
    own_heading, heading = {}, None
    for line in text.splitlines():
        heading = line if line in all_headings else heading
        own_heading[line] = heading
    for tokens in range(10, 90, 8):
        kept = ragzip.compress(text, query, target_tokens=tokens, compressor=compressor, cache=SCORES).text
        above = None
        for line in filter(str.strip, kept.splitlines()):
            above = line if line in all_headings else above
            source_line = next(other for other in own_heading if line in other)
            assert above in (None, all_headings[0], own_heading[source_line])
        assert kept.rpartition("\n")[2] not in all_headings


OUTLINE = """\
1 General
1.1 Scope
This rule is for trucks.
1.2 Limits
The limit is 80 km/h.
2 Special
2.1 Scope
This rule is for buses.
2.2 Limits
The limit is 100 km/h.
"""


def test_titles_with_the_numbers_of_an_outline_need_no_blank_lines():
    units = read_prose(OUTLINE).units
    headings = {OUTLINE[slice(*unit.span)]: place for place, unit in enumerate(units) if unit.relation.section}
    assert list(headings) == ["1 General", "1.1 Scope", "1.2 Limits", "2 Special", "2.1 Scope", "2.2 Limits"]
    assert units[headings["2.2 Limits"]].relation.heading == headings["2 Special"]
    assert units[-1].relation.heading == headings["2.2 Limits"]
    for target_tokens in range(8, 60, 4):
        text = ragzip.compress(OUTLINE, "the limit for buses", target_tokens=target_tokens, cache=False).text.rstrip()
        assert text.rpartition("\n")[2] not in headings


@pytest.mark.parametrize(
    "text",
    [
        "1.1 Scope\n1.2 Limits\n1.3 Fees\n1.4 End\n",  # a list of titles
        "2.1 Apples\nThey are red.\n4.7 Pears\nThey are green.\n3.1 Plums\nThey are blue.\n",
        "12 Mill Lane\nLeeds\n14 Dock Road\nHull\n",
    ],
)
def test_numbers_that_are_of_no_outline(text):
    assert not any(unit.relation.section for unit in read_prose(text).units)


@pytest.mark.parametrize("number", ["Article {}.", "Article {}:", "§ {}", "Section {}."])
def test_the_number_of_a_section_may_end_in_a_stop(number):
    text = "\n\n".join(
        f"{number.format(place)}\n{sentence}"
        for place, sentence in enumerate(
            ["The seat is in Bern.", "The board has five members.", "The board meets four times a year."], 1
        )
    )
    units = read_prose(text).units
    assert [unit.relation.heading for unit in units] == [None, 0, None, 2, None, 4]


AGENDA = """Minutes, 4 March 2024
Present: Ana (chair), Ben, Cem. Apologies: Dora.
1. Budget
Ben presented the budget of 12,000 euros. Cem asked whether printing was included; it is not.
2. Website
Ana reported that the new site goes live on 2 April. Ben will write the texts by 20 March.
3. Any other business
The next meeting is on 8 April at 18:00 in the small hall."""
STEPS = """1. Mix the flour
and the butter until there are no lumps left in the dough.
2. Rest the dough
for an hour in a cold place, under a wet cloth."""


def test_counted_titles_right_above_sentences_are_headings_without_blank_lines():
    titles = [AGENDA[unit.start : unit.end] for unit in units(AGENDA) if unit.kind == "heading"]
    assert titles == ["1. Budget", "2. Website", "3. Any other business"]
    kept = ragzip.compress(AGENDA, "Who writes the texts for the website?", target_tokens=30, cache=SCORES).text
    assert "2. Website\n" in kept and "Ben will write the texts" in kept
    assert "1. Budget" not in kept and "3. Any other business" not in kept


def test_items_that_go_on_in_the_next_line_are_no_titles():
    assert [unit.kind for unit in units(STEPS)] == ["item", "item"]


LOANS = """Terms of the library of things

1. Membership
  1.1 Membership costs 25 euros a year.
  1.2 It ends on 31 December.
2. Loans
  2.1 A thing may be kept for ten days.
  2.2 A loan can be renewed once, unless
    a) somebody else waits for the thing, or
    b) it is marked red.
  2.3 Trailers may be kept for one day only.
3. Damage
  3.1 Damage is reported at the desk."""
MIETE = """1. Mietzeit
1.1 Die Mietzeit beginnt mit der Abholung.
1.2 Sonntage zählen nicht.
2. Preis
2.1 Der Preis steht auf dem Schild.
2.2 Ab dem fünften Tag gilt die Hälfte."""
FILTER = """To change the filter:

1. Close the valve, then do this.
   1.1 Open the lid.
   1.2 Take the filter out.
2. Wash it."""


def _texts(text):
    return [text[slice(*unit.span)] for unit in read_prose(text).units]


def test_titles_right_above_their_clauses_are_headings_without_blank_lines():
    units_of_loans = read_prose(LOANS).units
    texts = _texts(LOANS)
    for title in ("1. Membership", "2. Loans", "3. Damage"):
        place = texts.index(title)
        below = texts.index(next(text for text in texts if text.startswith(f"{title[0]}.1 ")))
        assert units_of_loans[below].relation.heading == place
    assert "2.3 Trailers may be kept for one day only." in texts
    assert "b) it is marked red." in texts
    assert [text for text in _texts(MIETE) if text[1:3] == ". "] == ["1. Mietzeit", "2. Preis"]


def test_the_parts_of_a_step_stay_with_it():
    assert not any(text.startswith("1.2") for text in _texts(FILTER))


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_a_clause_comes_with_its_own_title_alone(compressor):
    options = {"target_tokens": 60, "compressor": compressor, "cache": SCORES}
    kept_text = ragzip.compress(LOANS, "When can a loan not be renewed?", **options).text
    assert "a) somebody else waits for the thing, or\n    b) it is marked red." in kept_text
    assert "2. Loans" in kept_text
    assert "Membership" not in kept_text


MINUTES = """Minutes of the choir, 3 May 2024

1. Concert
The concert is on 8 June.

2. Scores
New scores have been ordered.

Action items
- Ida: book the hall
- Per: fetch the scores"""


@pytest.mark.parametrize(
    ("text", "item", "heading"),
    [
        (MINUTES, "- Ida", "Minutes of the choir, 3 May 2024"),
        (MINUTES.replace("Action items", "Next steps:"), "- Per", "Minutes of the choir, 3 May 2024"),
        (MINUTES.replace("Action items", "Beschlüsse"), "- Per", "Minutes of the choir, 3 May 2024"),
        (MINUTES.replace("Action items", "Damaged copies"), "- Per", "2. Scores"),
        (
            MINUTES.replace("8 June.", "8 June.\n\nActions\n- Ida: posters").replace("Action items", "Actions"),
            "- Per",
            "2. Scores",
        ),
    ],
)
def test_what_is_of_all_sections_stands_under_none_of_them(text, item, heading):
    unit = next(unit for unit in read_prose(text).units if text.startswith(item, unit.start))
    over = read_prose(text).units[unit.relation.heading]
    assert text[slice(*over.span)] == heading


def test_titles_right_above_several_lines_stand_over_all_of_these():
    text = (
        "How to take Dolorex\nAdults: take one or two tablets up to three times a day. Leave four hours between.\n\n"
        "What you need to know before you take it\nDo not take it with an ulcer.\n"
        "Ask your doctor if you have asthma, kidney problems or a high blood pressure that is not treated.\n"
        "If you take aspirin, wait at least two hours before you take the first of the tablets of the day.\n\n"
        "Possible side effects\nCommon: nausea. Rare: dizziness, ringing in the ears and, in a few cases, fever.\n\n"
        "How to store Dolorex\nKeep it out of the reach of children. Do not store it above 25 degrees in any room."
    )
    headings = [text[slice(*unit.span)] for unit in read_prose(text).units if unit.relation.section is not None]
    assert headings == [block.split("\n")[0] for block in text.split("\n\n")]
