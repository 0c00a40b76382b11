"""A rule below a text parts it from the next one, and makes no heading of it."""

from __future__ import annotations

import pytest

import ragzip
from ragzip.text.splitters import units

TEXTS = [
    "Loans of books run for four weeks, and may be renewed twice. Films are lent for one week. Games stay here.",
    "The reading room opens at nine. Bags are left in the lockers. Coffee is sold in the hall until five.",
    "A lost card costs five pounds. Children get theirs free of charge. Fines are two pounds a week for each book.",
]
CHINESE = [
    "图书借期为四周，可续借两次。电影借期为一周。",
    "阅览室九点开门。包放在储物柜里。",
    "丢失卡片收费五元。儿童免费。",
]


@pytest.mark.parametrize("method", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("rule", ["---", "=====", "-" * 100])
@pytest.mark.parametrize("fence", ["", "```\nls\n```\n\n"], ids=["plain", "Markdown"])
def test_texts_with_rules_between_them_are_chosen_from(rule: str, fence: str, method: str) -> None:
    text = fence + f"\n{rule}\n".join(TEXTS)
    for query, answer in [
        ("How long may I keep films?", "Films are lent"),
        ("When does the reading room open?", "nine"),
    ]:
        for tokens in (20, 50, None):
            kept = ragzip.compress(text, query, target_tokens=tokens, compressor=method).text
            assert answer in kept


@pytest.mark.parametrize("texts", [TEXTS, CHINESE, ["Dogs are kept on a lead here.", "Cats are not let in at all."]])
def test_a_text_above_a_rule_is_no_heading(texts: list[str]) -> None:
    assert "heading" not in {unit.kind for unit in units("\n---\n".join(texts))}


@pytest.mark.parametrize("title", ["Opening hours", "What is new in release 3.1?", "Acme Ltd.", "营业时间"])
def test_a_title_with_an_underline_is_a_heading(title: str) -> None:
    kinds = [unit.kind for unit in units(f"{title}\n-----\n\nThe hall opens at nine. It closes at five.")]
    assert kinds == ["heading", "sentence", "sentence"]
