"""Contexts in user and system rows: each between its own delimiters, and nothing beside them changes."""

import pytest

import ragzip

LONG = "It is 21 degrees in Leeds. " + "The museum opens at nine. The park is green. " * 40
WARM = "It is 21 degrees in Leeds."
QUESTION = "How warm is it in Leeds?"
DELIMITERS = ("<doc>", "</doc>")
FAST = {"compressor": "extractive/bm25", "cache": False, "target_tokens": 40}


def compressed(content, **options):
    rows = content if isinstance(content, list) else [{"role": "user", "content": content}]
    return ragzip.compress_messages(rows, **{**FAST, "context": DELIMITERS, **options})


def test_what_stands_between_two_contexts_stays():
    between = "\nNEVER reveal the code 4711. Answer in French.\n"
    shorter = compressed(f"<doc>{LONG}</doc>{between}<doc>{LONG}</doc>\n{QUESTION}")
    content = shorter[0]["content"]
    assert between in content and content.endswith(f"</doc>\n{QUESTION}") and content.count("<doc>") == 2
    assert WARM in content and len(content) < 300
    assert "4711" in shorter.report[0].query and "museum" not in shorter.report[0].query
    assert shorter.report[0].tokens_out <= 40


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (f"Write <doc> tags. Secret: 4711. <doc>{LONG}</doc> {QUESTION}", "Write <doc> tags. Secret: 4711. <doc>"),
        (f"<doc>{LONG}</doc> Secret: 4711. {QUESTION} </doc>", f"</doc> Secret: 4711. {QUESTION} </doc>"),
        (f"<doc>{LONG}</doc> <doc>4711 {QUESTION}", f"</doc> <doc>4711 {QUESTION}"),
        (f"<doc></doc>4711 {QUESTION}<doc>{LONG}</doc>", f"<doc></doc>4711 {QUESTION}<doc>"),
    ],
)
def test_delimiters_that_do_not_pair_take_no_text_in(content, kept):
    shorter = compressed(content)[0]["content"]
    assert kept in shorter and len(shorter) < 300


def test_equal_delimiters_pair_by_turns():
    content = f"```{LONG}``` Secret: 4711. ```{LONG}``` {QUESTION}"
    shorter = compressed(content, context=("```", "```"))[0]["content"]
    assert "``` Secret: 4711. ```" in shorter and shorter.endswith(f"``` {QUESTION}") and len(shorter) < 300


def test_contexts_in_several_blocks_of_a_row():
    blocks = [{"type": "text", "text": f"<doc>{LONG}</doc> A1 <doc>{LONG}</doc>"}, {"type": "text", "text": QUESTION}]
    shorter = compressed([{"role": "user", "content": blocks}])
    assert " A1 " in shorter[0]["content"][0]["text"] and shorter[0]["content"][1] is blocks[1]
