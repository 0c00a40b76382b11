"""Values as Python writes them: results of tools and of vector stores, and documents, by ``str``."""

from __future__ import annotations

import ast
import pprint

import pytest
from structured import assert_structure

import ragzip
from ragzip.text.structure import structure_of

TEXTS = {
    "Garden tools": (
        "Rakes are stored in the shed behind the farmer's barn. The spade was bought in 2011. Sharpen the shears every "
        "spring, and oil the joints of the pruning saw before the winter. Gloves hang on the door."
    ),
    "Bee keeping": (
        "The hives stand on the south slope.\nHoney is harvested twice a year, in June and in August. Each hive yields "
        '18 kilograms; the "queen" is marked in the colour of the year. Smokers are kept outside.'
    ),
    "Fruit trees": (
        "Apple trees are pruned in February. The oldest pear tree was planted in 1907. Plums ripen in September, and "
        "cherries in June. Windfalls are pressed in October, and the juice is sold at the farm gate."
    ),
}
RECORDS = [{"id": number, "title": title, "text": text} for number, (title, text) in enumerate(TEXTS.items())]
VALUES = {
    "texts": str(list(TEXTS.values())),
    "search results": str([{**record, "score": 0.83, "raw_content": None} for record in RECORDS]),
    "rows": str(
        [(record["id"], title, text, None) for record, (title, text) in zip(RECORDS, TEXTS.items(), strict=True)]
    ),
    "vector store": str({"ids": [["a", "b", "c"]], "documents": [[*TEXTS.values()]], "metadatas": [[{"page": 3}] * 3]}),
    "columns": str({"text": dict(enumerate(TEXTS.values()))}),
    "printed": pprint.pformat(RECORDS, width=4000),
    "one a line": "\n".join(map(repr, RECORDS)),
}
DOCUMENTS = "[{}]".format(
    ", ".join(
        f"(Document(metadata={{'title': {title!r}}}, page_content={text!r}), 0.5)" for title, text in TEXTS.items()
    )
)
POINTS = "[{}]".format(
    ", ".join(
        f"ScoredPoint(id={number}, score=0.7, payload={record!r}, vector=None)" for number, record in enumerate(RECORDS)
    )
)
ASKED = [
    ("When is honey harvested?", "Honey is harvested twice a year, in June and in August."),
    ("When was the oldest pear tree planted?", "The oldest pear tree was planted in 1907."),
    ("Where are rakes stored?", "Rakes are stored in the shed behind the farmer"),
]


@pytest.mark.parametrize("value", [*VALUES.values(), DOCUMENTS, POINTS], ids=[*VALUES, "documents", "points"])
def test_values_of_python_are_recognised_and_read(value: str) -> None:
    structure = structure_of(value, "text/plain", "")
    assert structure.kind == "literals"
    assert_structure(structure, value)


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("tokens", [30, 45, 70, 120])
@pytest.mark.parametrize(("query", "answer"), ASKED)
def test_what_is_kept_is_a_value(value: str, tokens: int, query: str, answer: str) -> None:
    kept = ragzip.compress(value, query, target_tokens=tokens, compressor="extractive/bm25").text
    for line in kept.splitlines():
        ast.literal_eval(line)
    if tokens >= 45:
        assert answer in kept


@pytest.mark.parametrize("value", [DOCUMENTS, POINTS], ids=["documents", "points"])
@pytest.mark.parametrize(("query", "answer"), ASKED)
def test_what_is_kept_of_objects_is_under_their_names(value: str, query: str, answer: str) -> None:
    kept = ragzip.compress(value, query, target_tokens=60, compressor="extractive/bm25").text
    ast.parse(kept)
    title = next(title for title, text in TEXTS.items() if answer in text.replace("\n", "\\n"))
    assert answer in kept
    assert f"{title!r}" in kept
    assert not any(f"{other!r}" in kept for other in TEXTS if other != title)


@pytest.mark.parametrize(
    ("prompt", "lead"),
    [
        ("Thought: I look it up.\nObservation: {}\nThought:", "Observation: "),
        ("Answer from what was found:\n\n{}\n\nBe brief.", "Answer from what was found:\n\n"),
    ],
)
def test_values_in_a_prompt_stay_values(prompt: str, lead: str) -> None:
    text = prompt.format(VALUES["search results"])
    assert structure_of(text, "text/plain", "").kind == "mixed"
    kept = ragzip.compress(text, ASKED[1][0], target_tokens=60, compressor="extractive/bm25").text
    assert kept.startswith(lead)
    value = ast.literal_eval(kept.removeprefix(lead).splitlines()[0])
    assert value[0]["title"] == "Fruit trees"
    assert "planted in 1907" in value[0]["text"]


@pytest.mark.parametrize(
    "text",
    [
        "[1] See the note below. [2] And this one.",
        "(a) The tenant pays. (b) The landlord pays.",
        "f('x', 'y') is called twice, and g(1) once.",
        "[1, 2, 3]",
        "{'a': 1, 'b': }",
        "print('a')\nx = [1, 2]\nprint(x)",
    ],
)
def test_other_texts_are_no_values(text: str) -> None:
    assert structure_of(text, "text/plain", "").kind != "literals"
