"""Several sources in one text, as applications join what a retriever found."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise

import pytest

import ragzip
from ragzip.text.structure import structure_of

SOURCES = [
    (
        "Garden tools",
        "garden.pdf",
        "Rakes are stored in the shed behind the barn. The spade was bought in 2011. Sharpen the shears every spring.",
    ),
    (
        "Bee keeping",
        "bees.pdf",
        "The hives stand on the south slope. Honey is harvested twice a year, in June and in August. "
        "Each hive yields 18 kilograms.",
    ),
    (
        "Fruit trees",
        "trees.pdf",
        "Apple trees are pruned in February. The oldest pear tree was planted in 1907. Plums ripen in September.",
    ),
]
Naming = Callable[[int, str, str], tuple[str, str]]
NAMINGS: dict[str, Naming] = {
    "document and source": lambda n, _, file: (f"[Document {n}] Source: {file}, page {n}\n", ""),
    "document": lambda n, *_: (f"Document {n}:\n", ""),
    "passage": lambda n, title, _: (f"Passage {n}:\n{title}\n", ""),
    "source": lambda _, __, file: (f"Source: {file}\n", ""),
    "source and content": lambda _, __, file: (f"Source: {file}\nContent: ", ""),
    "search result": lambda _, title, file: (f"Title: {title}\nURL: https://example.org/{file}\nContent: ", ""),
    "snippet": lambda _, title, file: (f"title: {title}\nlink: https://example.org/{file}\nsnippet: ", ""),
    "title": lambda _, title, __: (f"Title: {title}\n", ""),
    "dashes": lambda n, title, _: (f"--- Document {n}: {title} ---\n", ""),
    "equals signs": lambda _, __, file: (f"=== {file} ===\n", ""),
    "heading": lambda n, *_: (f"### Document {n}\n", ""),
    "bold": lambda n, _, file: (f"**Source {n}: {file}**\n", ""),
    "context": lambda n, *_: (f"Context {n}:\n", ""),
    "chunk": lambda n, _, file: (f"Chunk {n} ({file}):\n", ""),
    "page": lambda n, *_: (f"[Page {n}]\n", ""),
    "file": lambda _, __, file: (f"{file}:\n", ""),
    "bars": lambda n, title, file: (f"Doc {n} | {title} | {file}\n", ""),
    "brackets": lambda n, title, _: (f"[Context: {title}, chapter {n} of the handbook]\n", ""),
    "German": lambda n, _, file: (f"Quelle {n}: {file}\n", ""),
    "Chinese": lambda n, *_: (f"文档 {n}：\n", ""),
    "label": lambda n, *_: (f"Document {n}: ", ""),
    "label with a title": lambda n, title, _: (f"Document [{n}](Title: {title}) ", ""),
    "contextual retrieval": lambda _, title, __: (f"This chunk is from the handbook of the farm, {title}.\n\n", ""),
    "tags": lambda n, _, file: (
        f'<document index="{n}">\n<source>{file}</source>\n<document_content>\n',
        "\n</document_content>\n</document>",
    ),
    "tag": lambda n, *_: (f"<doc id={n}>\n", "\n</doc>"),
    "tag in the line": lambda *_: ("<passage>", "</passage>"),
    "metadata": lambda n, _, file: (f"page_label: {n}\nfile_path: /data/{file}\n\n", ""),
    "keys in another order": lambda n, title, _: (f"Published: 2024-0{n}-01\nTitle: {title}\nSummary: ", ""),
    "encyclopedia": lambda _, title, __: (f"Page: {title}\nSummary: ", ""),
    "numbered keys": lambda n, title, file: (f"[{n}] Title: {title}\n[{n}] URL: https://x.org/{file}\n", ""),
    "title over an address": lambda _, title, file: (f"{title}\nhttps://example.org/{file}\n", ""),
    "numbered title": lambda n, title, file: (f"{n}. {title} (https://example.org/{file})\n", ""),
    "guillemets": lambda n, title, _: (f"[{n}] «{title} | ", "»"),
    "quotes": lambda n, *_: (f'Document {n}:\n"""\n', '\n"""'),
    "start and end": lambda _, __, file: (f"--- START OF {file} ---\n", f"\n--- END OF {file} ---"),
    "str": lambda n, _, file: ("page_content='", f"' metadata={{'source': '{file}', 'page': {n}}}"),
    "search by DuckDuckGo": lambda _, title, file: ("[snippet: ", f", title: {title}, link: https://x.org/{file}]"),
    "source below": lambda n, _, file: ("", f"\n(Source: {file}, page {n})"),
}
LONG = {  # namings that are too short to tell sources by, where these are short
    "number": lambda n, *_: (f"[{n}] ", ""),
    "file in the line": lambda n, _, file: (f"{file}#page={n}: ", ""),
}
ASKED = [
    ("When is honey harvested?", 1, "Honey is harvested twice a year"),
    ("When was the oldest pear tree planted?", 2, "The oldest pear tree was planted in 1907."),
    ("When was the spade bought?", 0, "The spade was bought in 2011."),
]


def text_of(naming: Naming) -> str:
    named = [naming(number, title, file) for number, (title, file, _) in enumerate(SOURCES, 1)]
    return "\n\n".join(before + text + after for (before, after), (_, _, text) in zip(named, SOURCES, strict=True))


@pytest.mark.parametrize("method", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("naming", NAMINGS.values(), ids=NAMINGS)
def test_what_is_kept_stands_below_what_names_it(naming: Naming, method: str) -> None:
    text = text_of(naming)
    for query, number, answer in ASKED:
        kept = ragzip.compress(text, query, target_tokens=55, compressor=method).text
        assert answer in kept
        before, after = naming(number + 1, *SOURCES[number][:2])
        assert before.strip() in kept
        assert after.strip() in kept
        for other, (title, file, other_text) in enumerate(SOURCES):
            if before.strip() != naming(other + 1, title, file)[0].strip():  # over nothing
                is_kept = any(sentence in kept for sentence in other_text.split(". "))
                assert is_kept == (naming(other + 1, title, file)[0].strip() in kept)


@pytest.mark.parametrize("naming", NAMINGS.values(), ids=NAMINGS)
def test_sentences_stay_whole(naming: Naming) -> None:
    text = text_of(naming)
    structure = structure_of(text, "text/plain", "")
    assert structure.kind == "sources"
    sentences = {text[slice(*unit.span)] for unit in structure.units}
    for _, _, source in SOURCES:
        for sentence in source.replace(". ", ".\n").splitlines():
            assert sentence in sentences
    for unit, after in pairwise(structure.units):
        assert unit.end <= after.start


def test_the_naming_gives_way_where_the_budget_does_not_hold_it() -> None:
    text = text_of(NAMINGS["search result"])
    kept = ragzip.compress(text, "When was the spade bought?", target_tokens=12, compressor="extractive/bm25").text
    assert kept == "The spade was bought in 2011."


@pytest.mark.parametrize("naming", ["document and source", "search result", "tags", "tag in the line", "label"])
def test_a_prompt_round_the_sources_belongs_to_none(naming: str) -> None:
    request = "\n\nQuestion: When is honey harvested?"
    text = f"Answer from the context alone.\n\n{text_of(NAMINGS[naming])}{request}"
    structure = structure_of(text, "text/plain", "")
    assert structure.kind == "sources"
    assert [source.span.end for source in structure.sources][-1] == text.index(request)
    kept = ragzip.compress(text, "When is honey harvested?", target_tokens=75, compressor="extractive/bm25").text
    before, after = NAMINGS[naming](2, *SOURCES[1][:2])
    assert before.strip() in kept
    assert after.strip() in kept
    assert kept.endswith(request.strip())


@pytest.mark.parametrize("naming", LONG.values(), ids=LONG)
def test_long_texts_behind_a_number_are_sources(naming: Naming) -> None:
    named = [
        naming(number, title, file)[0] + text + " " + text for number, (title, file, text) in enumerate(SOURCES, 1)
    ]
    kept = ragzip.compress("\n\n".join(named), "When is honey harvested?", target_tokens=55).text
    assert kept.startswith(naming(2, *SOURCES[1][:2])[0])
    assert "Honey is harvested twice a year" in kept


PROMPTS = {
    "label": "Answer from the context alone.\nQuestion: {}\nContext: {}\nAnswer:",
    "label above": "Use the context to answer.\n\nContext:\n{1}\n\nQuestion: {0}\nHelpful Answer:",
    "rules": "Context information is below.\n-----\n{1}\n-----\nGiven the context information, answer the query.\n"
    "Query: {0}\nAnswer:",
    "tag": "You are a gardener.\n\n- Be brief.\n- Be polite.\n- Cite.\n- Do not guess.\n\n"
    "<context>\n{1}\n</context>\n\n{0}",
}


@pytest.mark.parametrize("method", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
def test_the_context_of_a_prompt_is_a_source(prompt: str, method: str) -> None:
    for query, _, answer in ASKED:
        text = prompt.format(query, "\n\n".join(text for _, _, text in SOURCES))
        assert structure_of(text, "text/plain", "").kind == "sources"
        kept = ragzip.compress(text, query, target_tokens=50, compressor=method).text
        assert answer in kept
        assert ("<context>" in kept) == ("</context>" in kept)


def test_sources_in_the_context_of_a_prompt_are_told_apart() -> None:
    rules = "\n".join(f"- Rule {number} of this assistant." for number in range(9))
    text = f"{rules}\n\n<context>\n{text_of(NAMINGS['metadata'])}\n</context>\n\n{ASKED[1][0]}"
    structure = structure_of(text, "text/plain", "")
    assert [source.title for source in structure.sources] == [
        "1 /data/garden.pdf",
        "2 /data/bees.pdf",
        "3 /data/trees.pdf",
    ]
    kept = ragzip.compress(text, ASKED[1][0], target_tokens=50).text
    assert "/data/trees.pdf" in kept
    assert ASKED[1][2] in kept


def test_reports_of_two_years_are_told_apart() -> None:
    text = "\n\n".join(
        f"This chunk is from the report of Acme Corp. for the year {year} and describes its revenue.\n\n"
        f"The company's revenue grew by {share}% in that year. Costs were stable."
        for year, share in ((2022, 3), (2023, 11), (2024, 5))
    )
    kept = ragzip.compress(text, "How much did the revenue of Acme grow in 2023?", target_tokens=45).text
    assert "for the year 2023" in kept
    assert "11%" in kept
    assert "3%" not in kept.replace("11%", "")


def test_each_source_is_read_by_its_kind() -> None:
    value = {"sensors": [{"name": f"s{number}", "volts": number} for number in range(12)]}
    text = (
        "[Document 1] Source: prices.md\n| Zone | Single | Day |\n| --- | --- | --- |\n"
        + "\n".join(f"| {zone} | {price}.40 | {price + 4}.10 |" for price, zone in enumerate("ABCDEF", 2))
        + f"\n\n[Document 2] Source: sensors.json\n{json.dumps(value, indent=1)}\n\n"
        "[Document 3] Source: notes.txt\nThe zones were drawn anew in 2020. Dogs travel free of charge."
    )
    row = ragzip.compress(text, "What does a day ticket for zone C cost?", target_tokens=60).text
    assert "[Document 1] Source: prices.md\n| Zone | Single | Day |" in row
    assert "| C | 4.40 | 8.10 |" in row
    sensor = ragzip.compress(text, "How many volts has sensor s7?", target_tokens=80).text
    naming, _, kept = sensor[sensor.index("[Document 2]") :].partition("\n")
    assert naming.endswith("sensors.json")
    assert {"name": "s7", "volts": 7} in json.loads(kept.partition("\n\n[Document 3]")[0])["sensors"]


@pytest.mark.parametrize(
    "text",
    [
        "Page 3\nThe mill burned down.\n\nPage 4\nIt was rebuilt in nine years.",
        "Title: Dracula\nAuthor: Bram Stoker\nYear: 1897\n\nTitle: Emma\nAuthor: Jane Austen\nYear: 1815",
        "Document 12 was signed in May.\nThe parties met in Rome.\n\nDocument 13 was signed in June.\nIn Bonn.",
        "See figure 1. The text goes on here.\n\nThis section describes the pump. It has two valves.",
        "[1] Smith, A. The pump. Journal of Water, 2001.\n[2] Jones, B. The valve. Pumps Today, 2004.",
        "Water\n\nSource: the spring\n\nIt is cold. It is clear.\n\nSource: the lake\n\nIt is warm.",
        "Context: the war had ended. Nobody knew what came next.\n\nThe question of the harbour stayed open.",
        "> dim(cars)\n[1] 32 11\n> summary(cars)\n[1] " + "a car and its wheels " * 9,
        "1. Scope\n" + "This applies to all. " * 9 + "\n\n2. Hotels\n" + "Hotels are booked early. " * 9,
        "Results\nThe pump failed twice.\n\nResults of the second test\nIt did not fail again.",
    ],
)
def test_other_texts_are_no_sources(text: str) -> None:
    assert structure_of(text, "text/plain", "").kind != "sources"


@pytest.mark.parametrize("naming", NAMINGS.values(), ids=NAMINGS)
def test_sources_in_a_value_of_json_leave_it_whole(naming: Naming) -> None:
    for value in ({"result": text_of(naming), "n": 3}, [{"id": 1, "text": text_of(naming)}, {"id": 2, "text": "none"}]):
        for tokens in (50, 120):
            query, _, answer = ASKED[1]
            kept = ragzip.compress(json.dumps(value), query, target_tokens=tokens, compressor="extractive/bm25").text
            assert tokens < 120 or answer in str(json.loads(kept))


def test_pairs_on_one_line_are_told_apart() -> None:
    text = (
        "Q: Who pays for my desk at home? A: The company pays up to 300 euros once. Q: May I work abroad? A: Yes, for "
        "20 days a year within the EU. Q: Is there a canteen? A: No, but there are vouchers."
    )
    kept = ragzip.compress(text, "How many days may I work from abroad?", target_tokens=30).text
    assert kept == "Q: May I work abroad? A: Yes, for 20 days a year within the EU."
    phones = "P: 555-1234 F: 555-1235 A: 12 Hill Road. P: 555-1236 F: 555-1237 A: 14 Hill Road."
    assert structure_of(phones, "text/plain", "").kind != "qa"


def test_versions_are_no_files():
    news = "\n\n".join(
        f"{version}\n- The {word} window keeps its size when it is opened again.\n- Fewer colours in the {word} one."
        for version, word in [("43.rc", "upper"), ("43.beta", "lower"), ("43.alpha", "outer"), ("42.beta", "inner")]
    )
    assert structure_of(news, "text/plain", "doc").kind != "sources"
