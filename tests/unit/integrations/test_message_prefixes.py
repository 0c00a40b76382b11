"""What a provider has cached of a list of messages is not written anew."""

import pickle
import re

import pytest

import ragzip
from ragzip.errors import BudgetError, OptionError
from ragzip.messages import MessageCompressor, Originals

LONG = "It is 21 degrees in Leeds. " + "The museum opens at nine. The park is green. " * 40
QUESTION = {"role": "user", "content": "How warm is it in Leeds?"}
FAST = {"compressor": "extractive/bm25", "cache": False, "target_tokens": 40}


def test_a_breakpoint_in_the_output_of_a_function_call_freezes_what_stands_before_it():
    block = {"type": "input_text", "text": LONG, "prompt_cache_breakpoint": {"mode": "explicit"}}
    rows = [
        QUESTION,
        {"type": "function_call", "call_id": "1", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "1", "output": [block]},
        {"type": "function_call", "call_id": "2", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "2", "output": LONG},
    ]
    shorter = ragzip.compress_messages(rows, **FAST)
    assert [item.status for item in shorter.report] == ["frozen", "shortened"] and shorter[2] is rows[2]


def anthropic(cached_row):
    rows = [
        {"role": "user", "content": [{"type": "text", "text": QUESTION["content"]}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "weather", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": LONG}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "2", "name": "weather", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "2", "content": LONG + "It rained."}]},
    ]
    rows[cached_row]["content"][0]["cache_control"] = {"type": "ephemeral"}
    return rows


def texts_of(rows):
    return [block.get("content") for row in rows for block in row["content"]]


@pytest.mark.parametrize("options", [{}, {"total_tokens": 900, "target_tokens": None}])
def test_what_was_sent_short_is_sent_short_behind_a_breakpoint_that_moved_on(options):
    compressor = MessageCompressor(**{**FAST, **options})
    first = compressor.compress(anthropic(0)[:3])
    assert first.report[0].status == "shortened"
    for cached_row, length in ((2, 3), (2, 5), (4, 5)):
        later = compressor.compress(anthropic(cached_row)[:length])
        assert texts_of(later)[2] == texts_of(first)[2]
    assert [item.status for item in later.report] == ["shortened", "shortened"]
    fresh = MessageCompressor(**{**FAST, "total_tokens": None}).compress(anthropic(4))
    assert [item.status for item in fresh.report] == ["frozen", "frozen"]


def test_a_context_is_written_the_same_way_once_there_is_a_question():
    options = {**FAST, "context": ("<c>", "</c>")}
    context = {"role": "user", "content": f"<c>{LONG}</c>"}
    rows = [context, {"role": "assistant", "content": "What do you want to know?"}, QUESTION]
    assert ragzip.compress_messages(rows[:1], **options)[0] == ragzip.compress_messages(rows, **options)[0]
    together = ragzip.compress_messages([context, QUESTION], **options)
    assert together.report[0].query == QUESTION["content"]


@pytest.mark.parametrize("role", ["system", "user"])
def test_a_compressor_keeps_to_what_it_sent_before_there_was_a_question(role):
    compressor = MessageCompressor(**FAST, context=("<c>", "</c>"))
    rows = [{"role": role, "content": f"<c>{LONG}</c>"}, QUESTION]
    alone = compressor.compress(rows[:1])
    assert alone.report[0].query is None and alone.report[0].status == "shortened"
    for _ in range(2):
        assert compressor.compress(rows)[0] == alone[0]
    other_compressor = MessageCompressor(**FAST, context=("<c>", "</c>"))
    for question in ("How warm is it in Leeds?", "When does the museum open?"):
        shorter = other_compressor.compress([rows[0], {"role": "user", "content": question}])
        assert shorter.report[0].query == question and shorter.report[0].result.stats.query == question


def calls_and_results(note):
    rows = [QUESTION]
    for number in range(10):
        function = {"name": "weather", "arguments": "{}"}
        calls = [{"id": str(number), "type": "function", "function": function}]
        rows.append({"role": "assistant", "content": note, "tool_calls": calls})
        rows.append({"role": "tool", "tool_call_id": str(number), "content": LONG})
    return rows


def test_a_total_is_kept_wherever_what_must_stay_fits():
    rows = calls_and_results("I look at the weather of the place that was asked for. " * 5)
    options = {"compressor": "baseline/truncate", "cache": False}
    with pytest.raises(BudgetError, match=r"expected (\d+) or more") as error:
        ragzip.compress_messages(rows, **options, total_tokens=20)
    least = int(re.search(r"expected (\d+)", str(error.value))[1])
    for total in (least, least + 1, least + 70, least + 300, least + 700, least + 3000):
        assert ragzip.compress_messages(rows, **options, total_tokens=total).stats.tokens_out <= total
    with pytest.raises(BudgetError, match=f"expected {least} or more"):
        ragzip.compress_messages(rows, **options, total_tokens=least - 1)
    measured = ragzip.compress_messages(rows, **options, total_tokens=20, shadow=True)
    assert measured == rows and len(measured.report) == 10


@pytest.mark.parametrize("fails", [lambda text: 1 // 0, lambda text: "nonsense", lambda text: 5, lambda text: (1,)])
def test_a_function_for_contexts_that_fails(fails):
    rows = [{"role": "user", "content": LONG}, *calls_and_results("x")[:3]]
    with pytest.raises(OptionError, match=r"context: .*expected a start and an end"):
        ragzip.compress_messages(rows, **FAST, context=fails)
    shorter = ragzip.compress_messages(rows, **FAST, context=fails, on_error="passthrough")
    assert [item.status for item in shorter.report] == ["failed", "failed", "shortened"] and shorter[0] is rows[0]
    assert "context:" in shorter.report[0].reason


@pytest.mark.parametrize("fails", [lambda block: 1 // 0, lambda block: "many", lambda block: -1])
def test_a_function_for_images_that_fails(fails, caplog):
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    rows = [{"role": "user", "content": [image]}, *calls_and_results("x")[:3]]
    with pytest.raises(OptionError, match=r"image_tokens: .*expected the tokens of a block"):
        ragzip.compress_messages(rows, **FAST, image_tokens=fails)
    shorter = ragzip.compress_messages(rows, **FAST, image_tokens=fails, on_error="passthrough")
    assert shorter.report[0].status == "shortened" and "a block counts 0 tokens" in caplog.text


def test_originals_stored_again_are_young_again(monkeypatch):
    monkeypatch.setattr("ragzip.messages.originals.MAX_BYTES_IN_MEMORY", 25)
    originals = Originals()
    handles = [originals.put(letter * 10) for letter in "ab"]
    assert originals.put("a" * 10) == handles[0]
    originals = pickle.loads(pickle.dumps(originals))
    originals.put("c" * 10)
    assert originals.get(handles[0]) == "a" * 10
    assert "not kept" in originals.answer({"handle": handles[1]})
    assert "expected an object" in originals.answer([]) and "expected an object" in originals.answer("{}")
