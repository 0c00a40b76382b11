"""What is said of one thing is not taken for another: "the battery" of two printers, "its bulb" of two lamps."""

import pytest

import ragzip
from ragzip import Document

PRINTERS = [
    "The X200 is a compact printer for the office. It prints 60 labels a minute. The battery lasts for six hours. "
    "The case is grey.",
    "The X200 Pro is a printer for warehouses. It prints 150 labels a minute. The battery lasts for eleven hours. "
    "The case is black.",
]
VACUUMS = [
    "Thank you for buying the Aero A. Charge it before the first use. The dust box holds 0.4 litres. The filter can "
    "be washed with water. The cable is white.",
    "Thank you for buying the Aero B. Charge it before the first use. The dust box holds 0.7 litres. The filter must "
    "not get wet. The cable is black.",
]
LAMPS = (
    "The Lumo One and the Lumo Two are lamps. The Lumo One weighs 400 g. Its bulb can be replaced. It costs 39 "
    "euros. The Lumo Two weighs 650 g. Its bulb cannot be replaced. It costs 59 euros. Both are made in Portugal."
)
DRUGS = (
    "Dos jarabes se venden sin receta. El Tosinol es de miel. Su frasco se puede guardar abierto. El Brumol es de "
    "pino. Su frasco no se puede guardar abierto. Ambos saben dulce."
)


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("target_tokens", [24, 40])
def test_a_sentence_on_a_part_comes_with_the_opening_that_names_the_whole(compressor: str, target_tokens: int) -> None:
    options = {"target_tokens": target_tokens, "compressor": compressor, "cache": False}
    text = ragzip.compress(PRINTERS, "How long does the battery of the X200 last?", **options).text
    assert "The X200 is a compact printer for the office. " in text and "six hours" in text
    assert "eleven hours" not in text or "The X200 Pro is a printer" in text


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(("name", "answer"), [("A", "can be washed with water."), ("B", "must not get wet.")])
def test_of_two_things_the_one_in_the_question_is_answered_for(compressor: str, name: str, answer: str) -> None:
    query = f"Can I wash the filter of the Aero {name}?"
    text = ragzip.compress(VACUUMS, query, target_tokens=26, compressor=compressor, cache=False).text
    assert f"Thank you for buying the Aero {name}." in text
    assert answer in text


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("text", "query", "answer"),
    [
        (LAMPS, "Can the bulb of the Lumo Two be replaced?", "The Lumo Two weighs 650 g. Its bulb cannot be replaced."),
        (LAMPS, "Can the bulb of the Lumo One be replaced?", "The Lumo One weighs 400 g. Its bulb can be replaced."),
        (DRUGS, "¿Se puede guardar abierto el frasco de Brumol?", "Su frasco no se puede guardar abierto."),
    ],
)
def test_a_negation_does_not_hide_that_two_sentences_are_said_of_two_things(
    text: str, query: str, answer: str, compressor: str
) -> None:
    assert answer in ragzip.compress(text, query, target_tokens=32, compressor=compressor, cache=False).text


def test_titles_that_are_written_tell_whose_part_it_is() -> None:
    documents = [Document(str(number), text, title=text[4:12]) for number, text in enumerate(PRINTERS)]
    options = {"target_tokens": 24, "layout": ragzip.Layout(header="{title}: "), "cache": False}
    assert "The battery lasts" in ragzip.compress(documents, "How long does the battery last?", **options).text
