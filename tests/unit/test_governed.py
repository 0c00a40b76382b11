"""Units that read well and would say something else than their text: they come with what governs them."""

import pytest

import ragzip
from ragzip.text.structure.readers import structure_of

INSURANCE = """# Home insurance

## What we cover

Fire and lightning are included. Burst pipes are included up to 5,000 euros. Glass breakage is included for windows.

## What we do not cover

Damage by groundwater. Bicycles that are kept in the garden. Damage caused by pets. Jewellery worth over 2,000 euros.

## How to claim

Call the hotline within 7 days. Keep the damaged items until the expert has seen them. Send photos by e-mail."""
CONTRACT = (
    "The Client may terminate this Agreement at any time, provided that:\n(a) it gives thirty days' notice;\n"
    "(b) all invoices have been paid; and\n(c) no work is in progress.\nThe Supplier refunds fees within 14 days."
)
RULES = (
    "The old rule, which no longer applies, read:\n\nDogs must be kept on a lead.\n\nThe new rule reads:\n\n"
    "Dogs may run free from October to March. Cats may not."
)


def needed(text, start):
    """The beginnings of what the unit that begins with ``start`` needs."""
    units = structure_of(text, "text/plain", "a").units
    (unit,) = (unit for unit in units if text.startswith(start, unit.start))
    return [text[units[number].start : units[number].end] for number in unit.relation.needs]


def kept(text, query, tokens, compressor="extractive/bm25"):
    return ragzip.compress(text, query, target_tokens=tokens, compressor=compressor, cache=False).text


@pytest.mark.parametrize(
    ("text", "start", "governing"),
    [
        (INSURANCE, "Damage caused", ["## What we do not cover"]),
        (INSURANCE, "Burst", []),
        ("## Since 2020\n\nThe fee is 5 euros. It is due in May.", "It is", ["## Since 2020"]),
        ("# Ausschlüsse\n\nFahrräder im Garten. Schmuck.", "Fahrräder", ["# Ausschlüsse"]),
        ("It is cold. Is it permanent? It can be removed with a laser, they say.", "Is it", ["It can be removed"]),
        ("It is cold. Is it permanent? Yes, but not always.", "Yes", ["Is it permanent?"]),
        ("Can I pay later?\nNo.\nIs there a discount?\nOnly for students.", "No.", ["Can I pay later?"]),
        ("Some say bats are blind. The opposite is true. Bats hunt at night.", "Some", ["The opposite is true."]),
        ("Some say bats are blind. The opposite is true. Bats hunt at night.", "Bats", []),
        ("Das Haus ist verkauft. Das stimmt nicht. Es regnet.", "Das Haus", ["Das stimmt nicht."]),
        ("Dogs are allowed. Cats are not. It rains.", "Cats", ["Dogs are allowed."]),
        ("Sharks are mammals. False. Bats are mammals. True.", "False", ["Sharks are mammals."]),
        ("The rent is 900 euros.² It is quiet.\n\n² Without heating.", "The rent", ["² Without heating."]),
        ("It has 72 m² of space. It is quiet.\n\n² Without heating.", "It has", []),
        (RULES, "Dogs must", ["The old rule, which no longer applies, read:"]),
        (RULES, "Cats", ["The new rule reads:", "Dogs may run free from October to March."]),
        ("5. END\n5.1 It may stop.\n5.3 It may end if:\n(a) it rains;\n(b) it snows.", "(b)", ["5.3", "(a) it"]),
        (CONTRACT, "(b)", ["The Client may", "(a) it", "(c) no"]),
    ],
)  # fmt: skip
def test_what_a_unit_needs(text, start, governing):
    needed_texts = needed(text, start)
    assert len(needed_texts) == len(governing)
    assert all(any(need.startswith(expected) for need in needed_texts) for expected in governing)


def test_what_is_needed_is_kept_or_the_unit_is_not():
    for tokens in range(4, 60, 4):
        text = kept(INSURANCE, "Is damage caused by pets covered?", tokens)
        assert "pets" not in text or "not cover" in text
        text = kept(RULES, "Must dogs be kept on a lead?", tokens)
        assert "must be" not in text or "no longer applies" in text
        text = kept(CONTRACT, "When may the Client terminate?", tokens)
        assert ("(a)" in text) == ("(b)" in text) == ("(c)" in text)


@pytest.mark.parametrize("compressor", ["extractive/bm25", "auto"])
def test_nothing_stands_under_the_heading_of_another_section(compressor):
    text = (
        "## Allowed on board\n\nNail scissors and medicines. Food for children.\n\n## In the hold\n\nBatteries and "
        "knives. Fireworks of any size.\n\n## Contact\n\nCall the desk. It opens at six."
    )
    for tokens in range(6, 50, 3):
        kept_text = kept(
            text, "Where can I take knives and batteries, nail scissors, medicines and food?", tokens, compressor
        )
        before, _, after = kept_text.partition("Batteries")
        if after and "##" in before:
            assert before.rstrip().endswith("## In the hold")


def test_lead_ins_of_lines_come_only_with_theirs():
    text = "The following are banned:\nephedrine\nsteroids\n\nThe following are allowed:\ncaffeine\ncreatine\nmelatonin"
    for tokens in range(4, 40, 2):
        lines = kept(text, "Is ephedrine or melatonin allowed?", tokens).split("\n")
        assert not lines[-1].endswith(":")
        for name, lead_in in (("ephedrine", "banned:"), ("steroids", "banned:"), ("melatonin", "allowed:")):
            if name in lines:
                leads = [line for line in lines[: lines.index(name)] if line.endswith(":")]
                assert leads[-1].endswith(lead_in)


def test_items_come_with_the_items_they_stand_under():
    text = (
        "Staff must not:\n- enter the lab\n- carry\n  - food\n  - drinks\nStaff must:\n- wear goggles\n- sign the book"
    )
    for tokens in range(4, 40, 2):
        kept_text = kept(text, "May staff carry food or drinks?", tokens)
        assert ("food" not in kept_text and "drinks" not in kept_text) or (
            "- carry" in kept_text and "must not:" in kept_text
        )
        assert not kept_text.endswith(":")


def test_equal_words_of_two_subjects_are_no_repeat():
    kits = [("Alpha", 50, "three weeks"), ("Beta", 90, "three weeks"), ("Gamma", 120, "two days")]
    text = " ".join(f"The {kit} kit costs {price} euros. Delivery takes {time}." for kit, price, time in kits)
    kept_text = kept(text, "How long does delivery of the Beta kit take? Delivery takes three weeks", 20)
    assert kept_text.count("Delivery takes three weeks.") == 2
    assert "C# compiler" in kept("The C# compiler is old. The C compiler is old. It rains.", "the C# compiler", 18)


def test_units_of_several_sections_have_their_headings():
    text = "# Guide\n\n## North\n\n- Anchor: 40 euros\n- Bell: 50 euros\n\n"
    text += "## South\n\n- Anchor: 60 euros\n- Bell: 70 euros\n"
    for tokens in range(4, 45):
        lines = kept(text, "What does the Bell cost in the South?", tokens).split("\n")
        headings = [line for line in lines if line.startswith("## ")]
        if "- Bell: 50 euros" in lines or "- Anchor: 40 euros" in lines:
            assert "## North" in headings
        if "## North" in headings and ("- Bell: 70 euros" in lines or "- Anchor: 60 euros" in lines):
            assert "## South" in headings


def test_an_item_needs_the_exception_below_it():
    text = "Not supported:\n* air pumps\n  * except model A7\n* sand pumps\nAll pumps are tested for ten minutes."
    for tokens in range(4, 30):
        kept_text = kept(text, "Which air pumps are not supported?", tokens)
        assert ("air pumps" in kept_text) == ("except model A7" in kept_text)
