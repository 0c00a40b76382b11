"""Captions of papers belong to the sentence that refers to them, in the languages and forms that papers have."""

import pytest

from ragzip.text.structure.formats import paper

CASES = [
    ("Fig. 2a shows the settling of the pier.", "Figure 2: Settling of the pier in mm."),
    ("The costs in Table II rose.", "TABLE II: Costs of repair by harbour."),
    ("The costs in table 2 rose.", "Table 2 Costs of repair by harbour"),
    ("The drift grew (Figs. 3 and 4).", "Figure 4: Drift by year."),
    ("Die Kosten zeigen die Abbildungen 2 und 3.", "Abbildung 3: Kosten der Reparatur."),
    ("Les coûts figurent au Tableau 2.", "Tableau 2 : Coûts de la réparation."),
    ("I costi sono nella Tabella 1.", "Tabella 1. Costi della riparazione."),
    ("Стоимость показана в таблице 2.", "Таблица 2. Стоимость ремонта."),
    ("维修费用如图2所示。", "图2 维修费用"),
    ("修理費は表3に示す。", "表3 修理費"),
    ("See Exhibit 4 for costs.", "Exhibit 4: Costs of repair."),
]


@pytest.mark.parametrize(("reference", "caption"), CASES)
def test_a_caption_belongs_to_the_sentence_that_names_it(reference, caption):
    text = (
        f"# Report\n\nNothing was seen in spring. {reference} Nobody came in May.\n\nThe sea was calm.\n\n{caption}\n\n"
        "They met in June."
    )
    units = paper.read(text).units
    texts = [text[unit.start : unit.end] for unit in units]
    assert texts[units[texts.index(caption)].relation.head] == reference


@pytest.mark.parametrize(
    "text", ["Table 3 was moved to the hall.", "Tables are cheap.", "代表2人が来た", "Box is 3 m wide."]
)
def test_prose_is_no_caption(text):
    assert paper.CAPTION.match(text) is None


@pytest.mark.parametrize("reference", ["The portable 2 was sold.", "The adjustable 2 was sold.", "A config 2 exists."])
def test_the_ends_of_words_are_no_references(reference):
    text = f"# Report\n\n{reference} Nobody came.\n\nTable 2: Costs of it.\n\nFigure 2: Drift."
    units = paper.read(text).units
    heads = [unit.relation.head for unit in units if text[unit.start : unit.end].startswith(("Table 2", "Figure 2"))]
    assert heads and all(head is None or text[units[head].start : units[head].end] != reference for head in heads)
