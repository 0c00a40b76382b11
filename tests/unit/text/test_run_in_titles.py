"""Titles that a text begins with on the line of its first paragraph: what stands behind one comes with it, and it with
something.
"""

import pytest

import ragzip
from ragzip.text.structure.formats.prose.reader import read_prose
from ragzip.text.structure.formats.prose.titles import is_title

TEXTS = [
    (
        "Norda M20, user manual. Fill the tank to the line. The pump may be run dry for a minute. Oil it in May.",
        "Norda M30, user manual. Fill the tank. The pump must never be run dry. Oil it in autumn.",
        "May the pump of the M30 be run dry?",
        "Norda M30, user manual. ",
        "The pump must never be run dry.",
    ),
    (
        "Vermala jarabe. Las mujeres embarazadas pueden tomarlo. No contiene azúcar y se guarda en la nevera.",
        "Tosulin gotas. Los niños no deben tomarlo. Se venden en frascos de veinte mililitros con cuentagotas.",
        "¿Pueden tomarlo las mujeres embarazadas?",
        "Vermala jarabe. ",
        "Las mujeres embarazadas pueden tomarlo.",
    ),
    (
        "Minutes of the council, 4 May 2021. The pool stays shut on Mondays. The hall gets a new roof of slate.",
        "Minutes of the council, 9 June 2022. The pool is open on Mondays. The library buys a van for the villages.",
        "Is the pool open on Mondays?",
        "Minutes of the council, 9 June 2022. ",
        "The pool is open on Mondays.",
    ),
]


@pytest.mark.parametrize(("first", "second", "query", "title", "answer"), TEXTS)
@pytest.mark.parametrize("target_tokens", [24, 32])
def test_a_sentence_comes_with_the_title_of_its_text(first, second, query, title, answer, target_tokens):
    result = ragzip.compress([first, second], query, target_tokens=target_tokens, compressor="bm25", cache=False)
    assert answer in result.text
    for document in result.documents:
        assert not document.text or document.text.startswith((first.split(". ")[0], second.split(". ")[0]))
    assert any(document.text.startswith(title) for document in result.documents)


@pytest.mark.parametrize(
    "documents",
    [
        [
            "Return policy, valid until 31 May 2023. Goods are taken back within seven days. A receipt is needed.",
            "Return policy, valid from 1 June 2023. Goods are taken back within thirty days. No receipt is needed.",
        ],
        [
            "Tarifordnung, Fassung vom 3. März 2019. Kinder zahlen die Hälfte. Hunde fahren frei.",
            "Tarifordnung, Fassung vom 9. Januar 2024. Kinder fahren frei. Hunde zahlen die Hälfte.",
        ],
    ],
)
def test_a_title_never_comes_alone(documents):
    query = documents[1].split(". ")[0]
    for target_tokens in (20, 28, 36, 48):
        result = ragzip.compress(documents, query, target_tokens=target_tokens, compressor="bm25", cache=False)
        assert all(document.text.count(". ") != 0 for document in result.documents if document.text)


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Incident report: slow search on 2 July 2023.", "en"),
        ("Zephyr R2 robot.", "en"),
        ("Terms of the Loft Club, in force from 1 July 2024.", "en"),
        ("Arbury Echo, 6 October.", "en"),
        ("Neue Preise: Stand Mai 2023.", "de"),
    ],
)
def test_titles(sentence, language):
    assert is_title(sentence, language)
    units = read_prose(f"{sentence} Water is taken from the lake. It is clear.").units
    assert all(0 in unit.relation.needs for unit in units[1:])


@pytest.mark.parametrize(
    "sentence",
    [
        "Harden 3, Westleigh 2.",  # says something
        "Rain causes erosion.",
        "Sales rose 6 per cent.",
        "Anna married him in 1926.",
        "Pay by Friday.",
        "Great phone.",
        "Thanks Priya.",
        "Cancelled.",
        "Tiny.",
        "Emil lernte Geige.",
        "The Volt A.",
    ],
)
def test_sentences_that_are_no_titles(sentence):
    assert not is_title(sentence, "de" if sentence.startswith("Emil") else "en")


WARRANTY = (
    "Warranty. The frame is covered for ten years. Racing is not. Registration. Write to us within a month. Delivery. "
    "A carrier calls ahead."
)


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        (WARRANTY, ["Warranty.", "Registration.", "Delivery."]),
        ("Anreise. Der Bus hält am Tor. Gepäck. Ein Koffer ist frei. Tiere. Katzen reisen im Korb.",
         ["Anreise.", "Gepäck.", "Tiere."]),
        ("Opening times. We open at six. Ticket prices. Adults pay 5 euros. Lost property. Ask at the desk.",
         ["Opening times.", "Ticket prices.", "Lost property."]),
        ("Rain. Mud. Wind. Nobody came to the fair.", []),
        ("It was cold. Rain. Mud came down. Wind. Nobody came to the fair. Snow.", []),
        ("Warranty. The frame is covered for ten years. Delivery. A carrier calls ahead.", []),
    ],
)  # fmt: skip
def test_labels_inside_a_paragraph_are_headings(text, headings):
    units = read_prose(text).units
    assert [text[slice(*unit.span)] for unit in units if unit.relation.section is not None] == headings


def test_no_label_inside_a_paragraph_comes_over_nothing():
    text = ragzip.compress(WARRANTY, "Is the frame covered?", target_tokens=16, compressor="bm25", cache=False).text
    assert text == "Warranty. The frame is covered for ten years. Racing is not."


def test_numbered_labels_of_paragraphs_and_of_items_come_only_with_what_they_label():
    minutes = (
        "42/25 Playground. The swing is unsafe. It stays open.\n\n43/25 Street lights. The county will not pay. "
        "They go off at midnight.\n\n44/25 Allotments. Hens are kept. Nobody minds."
    )
    labels = [minutes[slice(*unit.span)] for unit in read_prose(minutes).units if unit.relation.section is not None]
    assert labels == ["42/25 Playground.", "43/25 Street lights.", "44/25 Allotments."]
    lease = (
        "1. Rent. The Tenant shall pay a rent of 950 euros in advance on the first day of each month without demand.\n"
        "2. Pets. The Tenant shall not keep a dog in the flat without consent. Consent is not needed for fish."
    )
    opened = read_prose(lease, longest_item=60)
    labels = [lease[slice(*unit.span)] for unit in opened.units if unit.relation.section is not None]
    assert labels == ["1. Rent.", "2. Pets."]
    for target_tokens in range(12, 60, 4):
        text = ragzip.compress(
            lease, "May I keep a dog?", target_tokens=target_tokens, compressor="bm25", cache=False
        ).text
        assert ("1. Rent." in text) == ("950 euros" in text)
