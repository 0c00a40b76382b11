"""The query in a text, as the question of a prompt or beside the results of a search, is no evidence."""

from __future__ import annotations

import json

import pytest

import ragzip

CHUNKS = [
    "Members borrow up to twelve books at a time. Loans of books run for four weeks, and may be renewed twice. Films "
    "are lent for one week. Games stay in the library.",
    "The reading room opens at nine. Bags are left in the lockers. Coffee is sold in the hall until five. The lockers "
    "take a coin, which is given back.",
    "A lost card costs five pounds. Children get theirs free of charge. Fines are two pounds a week for each book, and "
    "no more than ten in all.",
]
ASKED = [
    ("How long may I keep films?", "Films are lent for one week."),
    ("How much does a lost card cost?", "A lost card costs five pounds."),
    ("Until when is coffee sold in the hall?", "Coffee is sold in the hall until five."),
]
PROMPTS = {
    "below": "{1}\n\nQuestion: {0}",
    "with an answer to come": "{1}\n\nQuery: {0}\nAnswer:",
    "above": "Question: {0}\n\n{1}",
    "alone": "{1}\n\n{0}",
}


@pytest.mark.parametrize("method", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
@pytest.mark.parametrize(("query", "answer"), ASKED)
def test_the_question_of_a_prompt_does_not_take_the_place_of_the_answer(
    prompt: str, method: str, query: str, answer: str
) -> None:
    text = prompt.format(query, "\n\n".join(CHUNKS))
    for tokens in (20, 60):
        assert answer in ragzip.compress(text, query, target_tokens=tokens, compressor=method).text


@pytest.mark.parametrize("key", ["query", "q"])
@pytest.mark.parametrize(("query", "answer"), ASKED)
def test_the_query_beside_results_is_left_out(key: str, query: str, answer: str) -> None:
    results = [{"title": f"Page {number}", "content": chunk} for number, chunk in enumerate(CHUNKS)]
    text = json.dumps({"request": {key: query}, "results": results})
    kept = ragzip.compress(text, query, target_tokens=60).text
    assert answer in kept
    assert query not in kept


def test_a_question_that_is_answered_is_evidence() -> None:
    text = "\n\n".join(
        f"{question}\n{answer}"
        for question, answer in [
            ("Do films cost more?", "No."),
            ("How long may I keep films?", "A week."),
            ("How long may I keep books?", "A month."),
        ]
    )
    kept = ragzip.compress(text, "How long may I keep films?", target_tokens=14, compressor="extractive/bm25").text
    assert kept == "How long may I keep films?\nA week."
