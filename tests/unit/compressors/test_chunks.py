"""Chunks that overlap, as splitters make them, and sentences that their borders cut."""

from __future__ import annotations

import pytest
from langchain_text_splitters import RecursiveCharacterTextSplitter

import ragzip
from ragzip import Document

METHODS = ["extractive/bm25", "auto"]
MILL = (
    "The mill at Orton burned down in 1911. Rebuilding it took nine years and cost 40,000 pounds, of which the parish "
    "paid a quarter. Since 1963 the mill has belonged to the county, which opens it to visitors from May to September. "
    "The wheel is still driven by the river. Flour is ground on the first Sunday of each month, and a bag costs four "
    "pounds. Dogs are not allowed on the upper floors, because the stairs are steep and narrow. School classes must "
    "book two weeks before their visit."
)


def kept(context: list[str], query: str, tokens: int, method: str) -> list[str]:
    result = ragzip.compress(context, query, target_tokens=tokens, compressor=method)
    return [document.text for document in result.documents if document.text]


@pytest.mark.parametrize("method", METHODS)
def test_a_part_gives_way_to_the_whole_sentence(method: str) -> None:
    first = "The dosing starts at 5 mg. The largest dose for adults is 40 mg a day, but"
    second = "is 40 mg a day, but only 20 mg for patients over 65. Take it with water in the morning."
    third = "only 20 mg for patients over 65. Take it with water in the morning. It must not be crushed."
    texts = kept([first, second, third], "With what is a patient to take it in the morning?", 40, method)
    assert "Take it with water in the morning." in " ".join(texts)
    assert not any(text.startswith("only 20 mg") for text in texts)


@pytest.mark.parametrize("method", METHODS)
def test_both_halves_of_a_sentence_are_kept_together(method: str) -> None:
    first = "The vaccine came late. The rate of infections peaked in November 2009, when about"
    second = "peaked in November 2009, when about 10.8 percent were vaccinated. Schools were open by then."
    texts = kept([first, second], "What share was vaccinated at the peak of infections?", 45, method)
    assert texts[0].endswith("when about")
    assert "10.8 percent were vaccinated." in texts[1]


def test_halves_are_found_without_blanks() -> None:
    first = "这座磨坊建于1911年。重建磨坊花了九年时间，一共用去了四万英镑，其中教区"
    second = "一共用去了四万英镑，其中教区支付了四分之一。磨坊现在属于县政府。"
    texts = kept([first, second], "教区支付了多少？", 60, "extractive/bm25")
    assert texts[0].endswith("其中教区")
    assert "支付了四分之一。" in texts[1]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("What does a bag of flour cost?", "a bag costs four pounds"),
        ("Why are dogs not allowed upstairs?", "because the stairs are steep and narrow"),
        ("When must school classes book?", "book two weeks before their visit"),
        ("Who owns the mill?", "belonged to the county"),
    ],
)
def test_answers_are_found_in_chunks_of_a_splitter(query: str, answer: str, method: str) -> None:
    splitter = RecursiveCharacterTextSplitter(chunk_size=150, chunk_overlap=60)
    texts = kept(splitter.split_text(MILL), query, 70, method)
    assert answer in " ".join(texts)


@pytest.mark.parametrize("method", METHODS)
def test_a_sentence_without_its_end_comes_after_whole_ones(method: str) -> None:
    chunks = [
        "kept in a dry place. Jars are sold at the market on Fridays. The honey of the lime trees is sold in the",
        "The association has ninety members. The honey of the lime trees is sold from July on.",
    ]
    texts = kept(chunks, "When is the honey of the lime trees sold?", 14, method)
    assert texts == ["The honey of the lime trees is sold from July on."]


def test_a_chat_in_small_letters_is_not_cut() -> None:
    text = "the honey is sold from july on.\n\nthe wax is sold in may.\n\ncandles are sold in december."
    texts = kept([text], "when is the honey sold?", 13, "extractive/bm25")
    assert texts == ["the honey is sold from july on."]


def test_equal_ends_under_other_titles_are_no_overlap() -> None:
    sofa = Document("1", "The sofa Alba seats three. Delivery within Germany takes three weeks.", title="Sofa Alba")
    chair = Document("2", "Delivery within Germany takes three weeks. Express takes two.", title="Chair Nora")
    query = "How long does delivery take?"
    result = ragzip.compress([sofa, chair], query, target_tokens=40, compressor="extractive/bm25")
    assert [document.text.count("three weeks") for document in result.documents] == [1, 1]


@pytest.mark.parametrize("method", METHODS)
def test_a_heading_without_its_section_takes_no_place(method: str) -> None:
    chunks = ["## When to descale the machine", "- The lamp blinks when the machine has to be descaled.\n- It hums."]
    assert kept(chunks, "When must the machine be descaled?", 15, method)[0].startswith("- The lamp blinks")
    assert kept(chunks[:1], "When must the machine be descaled?", 30, method) == chunks[:1]


def test_a_question_without_its_answer_takes_no_place() -> None:
    chunks = ["Q: Can I get my money back for a renewal?", "A: Only within 30 days. A renewal gets no money back."]
    assert kept(chunks, "Can I get money back for a renewal?", 16, "extractive/bm25")[0].startswith("A: Only within")


@pytest.mark.parametrize("method", METHODS)
def test_a_repeated_row_stays_under_its_header(method: str) -> None:
    chunks = [
        "| Zone | Single | Day |\n| --- | --- | --- |\n| A | 2.40 | 6.10 |\n| C | 4.20 | 10.40 |",
        "| C | 4.20 | 10.40 |\n| D | 5.60 | 13.20 |",
    ]
    texts = kept(chunks, "What does a day ticket for zone C cost?", 60, method)
    assert "| Zone | Single | Day |" in texts[0]
    assert sum(text.count("| C | 4.20 | 10.40 |") for text in texts) == 1


def test_of_equal_documents_one_is_kept() -> None:
    text = "The dam at Orton was built in 1902. It holds nine million litres of water from the moor."
    for context in ([text, text], [text, f"{text} It leaks."], [f"{text} It leaks.", text]):
        result = ragzip.compress(context, "When was the dam built?", target_tokens=30, compressor="extractive/bm25")
        assert result.text.count("1902") == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "named", ["[Document {number}] Source: mill.pdf, page {number}\n{text}", "<doc id={number}>\n{text}\n</doc>"]
)
def test_chunks_in_one_string_are_joined_too(named: str, method: str) -> None:
    chunks = [
        "The dosing starts at 5 mg. The largest dose for adults is 40 mg a day, but",
        "is 40 mg a day, but only 20 mg for patients over 65. Take it with water in the morning.",
        "only 20 mg for patients over 65. Take it with water in the morning. It must not be crushed.",
    ]
    text = "\n\n".join(named.format(number=number, text=chunk) for number, chunk in enumerate(chunks, 1))
    (halves,) = kept([text], "What is the largest dose for patients over 65?", 80, method)
    assert "The largest dose for adults is 40 mg a day, but" in halves
    assert halves.count("only 20 mg for patients over 65.") == 1
    (once,) = kept([text], "With what is a patient to take it in the morning?", 80, method)
    assert once.count("Take it with water in the morning.") == 1
