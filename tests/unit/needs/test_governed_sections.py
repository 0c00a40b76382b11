"""What stands elsewhere in a section and governs a unit: the paragraph that excepts it, its time, its year, the
condition before "otherwise".
"""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure.readers import structure_of

DOGS = """Section 12 Dogs in public parks

(1) Dogs must be kept on a lead of at most two metres in public parks.
(2) Paragraph 1 does not apply to guide dogs and to dogs of the police on duty.
(3) In the areas named in Annex B dogs may run free between 7 pm and 9 am.
(4) Dogs are not admitted to playgrounds and to lawns marked for sunbathing, even on a lead.

Section 13 Fines

(1) A person who acts against section 12 may be fined up to 150 euros.
(2) Section 12 paragraph 1 does not apply in woods. Paragraph 1 of section 14 does not apply either."""
HUNDE = """§ 12 Hunde

(1) Hunde sind an der Leine zu führen. Die Leine ist zwei Meter lang.
(2) Katzen dürfen frei laufen.
(3) Abweichend von Absatz 1 dürfen Hunde in Zone B frei laufen.
(4) § 5 Absatz 1 gilt nicht."""
CHIENS = """Article 4

1. Les chiens sont tenus en laisse.

2. Les chats sont libres.

3. Le paragraphe 1 ne s'applique pas aux chiens d'aveugle."""
CLAUSES = """5.1 The tenant pays for small repairs. They are done by the landlord.

5.2 The cellar is locked.

5.3 Clause 5.1 does not apply to:
(a) the heating;
(b) the lift."""
TICKER = """22.40 Final result: Olsen 50.3 percent, Deng 49.7. There will be no recount.

21.10 With all districts counted, Deng is ahead with 51.2 percent.

20.30 Two thirds of the votes are counted. Deng 52, Olsen 48.

19.15 Turnout was 61 percent."""
DIARY = """12.06.: Wir sind in Graz angekommen. Der Zug hatte Verspätung.

13.06.: Regen. Wir blieben im Hotel.

Im Winter fahren wir nach Wien. Dort ist es kalt."""
SECTIONS = "5.9 Scope. The rules are new.\n\n5.10 Fees. They are due in May.\n\n5.11 End. It ends in June."
GUIDES = [
    "Visitor guide 2023. The tower is open from 10 to 17. Admission is 6 euros. Children under ten are not allowed on "
    "the tower. The lift is working.",
    "Visitor guide 2024. The tower is open from 10 to 18. Admission is 7 euros. Children under ten are allowed on "
    "the tower with an adult. The lift is out of order until autumn.",
]
ALARM = (
    "If the fire alarm rings, first look at the panel. If zone 3\nis lit, it is probably the toaster.  In all other "
    "cases call\n112 and wake the guests. The float is 200 pounds."
)


MOTIONS = (
    "Motion 4 (Green group): plant 200 trees in Station Road. Accepted with 19 to 12 votes.\n"
    "Motion 5 (Citizens' list): extend the opening hours of the pool to 22:00. Withdrawn.\n"
    "Motion 6 (Liberal group): abolish the tax on dogs. Rejected with 9 to 22 votes."
)


DRUGS = (
    "Velnor is given once a week. It must not be given to children. The dose is 5 mg.\n\n"
    "Korlan is given every four weeks. The dose is 300 mg. In patients over 75 the dose is halved. Nobody knows why."
)
YEARS = (
    "2022 was marked by the drought. A fine was paid to the regulator.\n\n"
    "In 2023 a programme against leaks was begun. Losses fell to 9 %. By 2026 only 5 % shall be lost."
)
GLOSSARY = (
    "Ask price: the lowest price at which somebody is ready to sell.\n"
    "Bid price: the highest price at which somebody is ready to buy.\n"
    "Coupon: see chapter 3.\nSpread: see bid price."
)


def relations(text, start):
    """The beginnings of what the unit that begins with ``start`` needs, and of its companions."""
    units = structure_of(text, "text/plain", "a").units
    (relation,) = (unit.relation for unit in units if text.startswith(start, unit.start))
    return tuple(
        [text[units[number].start : units[number].end] for number in numbers]
        for numbers in (relation.needs, relation.companions)
    )


def begin_with(texts, starts):
    return len(texts) == len(starts) and all(any(text.startswith(start) for text in texts) for start in starts)


@pytest.mark.parametrize(
    ("text", "start", "needs", "companions"),
    [
        (DOGS, "(1) Dogs", [], ["(2) Paragraph 1"]),
        (DOGS, "(2) Paragraph 1", ["(1) Dogs"], []),
        (DOGS, "(3) In", [], []),
        (DOGS, "(1) A person", [], []),
        (HUNDE, "(1) Hunde", [], ["(3) Abweichend"]),
        (HUNDE, "(2)", [], []),
        (CHIENS, "1. Les chiens", [], ["3. Le paragraphe"]),
        (CHIENS, "3. Le", ["1. Les chiens"], []),
        (CLAUSES, "5.1 The tenant", [], ["5.3 Clause", "(a)", "(b)"]),
        (CLAUSES, "5.2", [], []),
        ("3.2 No animals are kept.\n\n3.3 Clause 3.2 notwithstanding, one cat may be kept.", "3.2", [], ["3.3 Clause"]),
        ("1. La cour est fermée.\n\n2. Le paragraphe 1 nonobstant, les gardiens entrent.", "1. La", [], ["2. Le"]),
        ("(1) Het is verboden te roken.\n(2) Het eerste lid is niet van toepassing buiten.", "(1)", [], ["(2) Het"]),
        ("(1) 犬は綱でつなぐ。\n(2) 前項の規定は、盲導犬には適用しない。", "(1)", [], ["(2)"]),
        ("Tickets are paid back. It takes a week. The first sentence does not apply to day tickets.", "Tickets", [],
         ["The first sentence"]),
        ("It rains. Tickets are paid back. The first sentence is short.", "Tickets", [], []),
        (TICKER, "Deng 52", ["20.30 Two thirds"], []),
        (TICKER, "There will", ["22.40 Final"], ["22.40 Final"]),
        (DIARY, "Der Zug", ["12.06."], []),
        (DIARY, "Dort", [], ["Im Winter"]),
        ("9:30 am – Doors open. Coffee is free.\n\n11 am: Talk by Ms Orr. Bring a pen.", "Bring", ["11 am: Talk"], []),
        ("3.50 euros is the fee. Cards are fine.\n\n4.20 euros is the fee at night. Cash is fine.", "Cash", [], []),
        (SECTIONS, "The rules", [], []),
        ("On Monday: rain. Ann left.\n\nShe came back. Bob left.", "Bob", [], []),
        (GUIDES[0], "Children", ["Visitor guide"], []),
        ("Preisliste, Stand Mai 2023. Ein Brot kostet 3 Euro. Milch ist teurer.", "Milch", ["Preisliste"], []),
        ("Version 2.1. Tabs are new.\n\nMenus are blue.\n\nVersion 2.0. Menus were red.", "Menus are",
         ["Version 2.1"], []),
        ("Goethe starb 1832. Er schrieb Faust. Das Haus ist heute ein Museum.", "Das Haus", [], []),
        (ALARM, "If zone 3", ["In all other"], []),
        (ALARM, "In all other", ["If zone 3"], []),
        (ALARM, "If the fire", [], []),
        ("Ist der Tank leer, füllen Sie ihn. Wenn die Lampe brennt, warten Sie. Sonst rufen Sie an.", "Wenn",
         ["Sonst rufen"], []),
        ("- Si le voyant est vert, entrez.\n- Sinon, attendez.\n- Merci", "- Si le", ["- Sinon"], []),
        ("Pay by Friday. Otherwise a fee is due. It rains.", "Otherwise", ["Pay"], ["Pay"]),
        ("Pay by Friday. Otherwise a fee is due. It rains.", "Pay", [], []),
        ("Trials are free for 30 days. After that a fee is due. It rains.", "Trials", ["After that"], []),
        ("He lived there for three years. After that he moved to Rome.", "He lived", [], []),
        ("This does not apply to tablets. There, use the menu. It rains.", "This", ["There, use"], []),
        ("This does not apply to tablets. There was rain.", "This", [], []),
        (MOTIONS, "Motion 6", ["Rejected with"], []),
        (MOTIONS, "Motion 5", ["Withdrawn"], []),
        (GLOSSARY, "Spread: see", ["Bid price: the highest"], []),
        (GLOSSARY, "Coupon: see", [], []),
        (DRUGS, "It must not be given", [], ["Velnor is"]),
        (DRUGS, "The dose is 300", [], ["Korlan is"]),
        (DRUGS, "In patients", [], ["Korlan is"]),
        (DRUGS, "Nobody knows", [], []),
        (YEARS, "A fine was", [], ["2022 was"]),
        (YEARS, "Losses fell", [], ["In 2023 a"]),
        (YEARS, "By 2026", [], []),
        (YEARS.partition("\n\n")[2], "Losses fell", [], []),
        ("Upgrade from four\n\n1. Stop it.\n2. Save it.\n\nIt is slow.", "2. Save", ["Upgrade from"], []),
        ("Upgrade from four\n\n1. Stop it.\n\n2. Save it.\n\nIt is slow.", "2. Save", [], []),
        ("Article 4\n\n1. Stop it.\n2. Save it.\n\nIt is slow.", "2. Save", [], []),
        ("If it rains, stay. Else Lund was a poet. Anders Celsius was not.", "If it", [], []),
    ],
)  # fmt: skip
def test_what_a_unit_needs_of_its_section(text, start, needs, companions):
    found_needs, found_companions = relations(text, start)
    assert begin_with(found_needs, needs), found_needs
    assert begin_with(found_companions, companions), found_companions


def test_a_rule_comes_with_the_paragraph_that_excepts_from_it_where_both_fit():
    for tokens in range(10, 120, 7):
        text = ragzip.compress(
            DOGS, "Do guide dogs have to be kept on a lead?", target_tokens=tokens, cache=SCORES
        ).text
        assert "(2) Paragraph 1" not in text or "(1) Dogs" in text
        assert "(1) Dogs" not in text or "(2) Paragraph 1" in text or tokens < 50


@pytest.mark.parametrize(
    ("text", "query", "part", "needed"),
    [
        (TICKER, "What is the result of the election between Olsen and Deng?", "Deng 52", "20.30"),
        (GUIDES, "Are children under ten allowed on the tower in 2024?", "are not allowed on", "2023"),
        (GUIDES, "Are children under ten allowed on the tower in 2024?", "with an adult", "2024"),
        (ALARM, "What should the porter do if zone 5 is lit?", "toaster", "In all other cases"),
    ],
)
def test_what_is_needed_is_kept_with_a_unit(text, query, part, needed):
    kept_texts = [ragzip.compress(text, query, target_tokens=tokens, cache=SCORES).text for tokens in range(8, 90, 6)]
    assert all(needed in kept_text for kept_text in kept_texts if part in kept_text)
    assert any(part in kept_text for kept_text in kept_texts)


@pytest.mark.parametrize(
    ("text", "start", "exclusion"),
    [
        (
            "3.3 We pay for falls.\n3.4 We pay for fire.\n3.5 No payment is made under 3.3 or 3.4 in races.",
            "3.4",
            "3.5",
        ),
        ("2.1 Storm is covered.\n2.2 Hail is covered.\n2.3 Nothing is due under clause 2.1 in May.", "2.1", "2.3"),
        ("7.1 Kasko gilt.\n7.2 Nach 7.1 wird nichts gezahlt, wenn es regnet.\n7.3 Es gibt Tee.", "7.1", "7.2"),
        ("1.1 Rent is due.\n3.5 Fees are due in May.\n3.6 No discount is given in 4.2 cases.", "3.5", ""),
    ],
)
def test_a_clause_has_for_companion_the_one_that_pays_nothing_under_its_number(text, start, exclusion):
    units = structure_of(text, "text/plain", "a").units
    (clause,) = (unit for unit in units if text.startswith(start, unit.start))
    companions = [text[slice(*units[number].span)] for number in clause.relation.companions]
    assert [companion[: len(exclusion)] for companion in companions] == ([exclusion] if exclusion else [])


@pytest.mark.parametrize(
    ("sentence", "is_of_all"),
    [
        ("Il bar è chiuso.", False),
        ("Il ristorante è stato annullato.", False),
        ("Questo corso è annullato.", True),
        ("Il est fermé.", True),
    ],
)
def test_a_status_says_of_all_above_it_only_what_names_nothing_else(sentence, is_of_all):
    text = f"Il museo apre alle 9. I bambini non pagano. {sentence}"
    units = structure_of(text, "text/plain", "0").units
    assert (2 in units[1].relation.needs) == is_of_all
