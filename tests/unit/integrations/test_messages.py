"""Lists of messages: only tool results and contexts change, within their budgets, once and for all."""

import copy
import json
import pickle
import re
from functools import cache

import pytest
from conversations import WRITERS, conversation

import ragzip
from ragzip.errors import BudgetError, InputError, OptionError
from ragzip.messages import MessageCompressor, Originals
from ragzip.text.tokens import token_counter

COUNT = token_counter()
FAST = {"compressor": ragzip.load("extractive/bm25", neighbours=0.0), "cache": False}
LONG = "The mill in Leeds was opened in 1902. " + "It rained on the way to the fair. " * 40
ASKED = {"role": "user", "content": "When was the mill in Leeds opened?"}


def call(identifier="1", **arguments):
    function = {"name": "look_up", "arguments": json.dumps(arguments)}
    return {"role": "assistant", "tool_calls": [{"id": identifier, "type": "function", "function": function}]}


def result(content=LONG, identifier="1"):
    return {"role": "tool", "tool_call_id": identifier, "content": content}


def compressed(messages, **options):
    return ragzip.compress_messages(messages, **{**FAST, "target_tokens": 40, **options})


@cache
def adapter(format):
    """What validates a message of ``format``, at length alone: the packages take ten seconds to import."""
    from anthropic.types import MessageParam
    from openai.types.chat import ChatCompletionMessageParam
    from openai.types.responses import ResponseInputItemParam
    from pydantic import TypeAdapter

    openai = {"openai": ChatCompletionMessageParam, "openai-responses": ResponseInputItemParam}
    return TypeAdapter(openai.get(format, MessageParam))


def is_valid(row, format):
    json.loads(adapter(format).dump_json(adapter(format).validate_python(row)))  # lists are validated when read
    return True


def texts_in(item):
    """All texts in a row, with the path to each."""
    if isinstance(item, dict):
        return {(key, *path): text for key, value in item.items() for path, text in texts_in(value).items()}
    if isinstance(item, list):
        return {(place, *path): text for place, value in enumerate(item) for path, text in texts_in(value).items()}
    return {(): item}


def is_protected(path, row):
    """Whether the text at ``path`` must stay as it is."""
    if row.get("role") == "tool":
        return path != ("content",) and path[-1] != "text"
    if row.get("type") == "function_call_output":
        return path != ("output",) and path[-1] != "text"
    blocks = row.get("content")
    if not isinstance(blocks, list) or len(path) < 3 or blocks[path[1]].get("type") != "tool_result":
        return True
    is_text = path[-1] in ("text", "data") or path[2:] == ("content",)
    return bool(blocks[path[1]].get("is_error")) or not is_text


@pytest.mark.parametrize("format", WRITERS)
def test_drawn_conversations_keep_their_form_and_all_that_is_protected(format, at_length):
    for seed in range(170 if at_length else 8):
        messages = conversation(format, seed)
        before = copy.deepcopy(messages)
        shorter = compressed(messages, least=20, originals=Originals() if seed % 2 else None)
        assert messages == before, "the list that was given is not changed"
        assert len(shorter) == len(messages)
        for row, row_before in zip(shorter, messages, strict=True):
            assert not at_length or (is_valid(row_before, format) and is_valid(row, format))
            given_texts, row_texts = texts_in(row_before), texts_in(row)
            assert row_texts.keys() == given_texts.keys()
            for path, text in given_texts.items():
                if is_protected(path, row_before):
                    assert row_texts[path] == text
                elif isinstance(text, str) and text:
                    assert row_texts[path], "an empty block is an error at Anthropic"
        for item in shorter.report:
            assert item.tokens_out <= item.tokens_in
            assert item.status in ("short", "whole") or item.tokens_out <= 40, seed
        assert shorter.stats.tokens_out <= shorter.stats.tokens_in


@pytest.mark.parametrize("format", WRITERS)
def test_a_growing_conversation_keeps_its_prefix(format, at_length):
    length, total = (50, 12_000) if at_length else (25, 6_000)
    for seed in range(85 if at_length else 1):
        for options in ({}, {"total_tokens": total}):
            messages = conversation(format, seed, length=length)
            compressor = MessageCompressor(**FAST, target_tokens=60, least=20, **options)
            earlier = []
            for row_count in range(1, len(messages) + 1):
                shorter = compressor.compress(messages[:row_count])
                assert shorter[: len(earlier)] == earlier, (seed, row_count)
                assert not options or shorter.stats.tokens_out <= total
                earlier = list(shorter)
            assert list(compressed(messages, target_tokens=60, least=20, **options)) == earlier


def test_the_same_with_no_cold_and_warm_cache(tmp_path):
    messages = conversation("openai", 5)[:12]
    options = {"compressor": "extractive/embedding", "target_tokens": 40, "least": 20}
    written = [
        list(ragzip.compress_messages(messages, cache=cache, **options)) for cache in (False, tmp_path, tmp_path)
    ]
    assert written[0] == written[1] == written[2]


def test_a_result_is_compressed_for_its_call_and_the_question_before_it():
    rows = [ASKED, call(city="Leeds"), result(), {"role": "user", "content": "And where did it rain?"}]
    shorter = compressed(rows)
    assert shorter[2]["content"] == "The mill in Leeds was opened in 1902."
    assert shorter.report[0].query == "When was the mill in Leeds opened?\nlook up city Leeds"
    assert shorter.report[0].tool == "look_up" and shorter.report[0].status == "shortened"
    assert shorter.report[0].result.documents[0].spans[0].end == 37
    assert shorter.messages == list(shorter) and shorter[3] is rows[3]


def test_nothing_relevant_leaves_a_mark_that_fits():
    rows = [{"role": "user", "content": "zebra"}, {"role": "tool", "tool_call_id": "?", "content": LONG}]

    class Nothing:
        name = "nothing"

        def compress(self, query, segments, budget):
            return [segment.keep([]) for segment in segments]

    for target in (200, 8, 2, 1):
        shorter = compressed(rows, compressor=Nothing(), target_tokens=target)
        assert shorter.report[0].status == "emptied"
        assert 0 < COUNT(shorter[1]["content"]) <= target
    mark = compressed(rows, compressor=Nothing(), target_tokens=50)[1]["content"]
    assert mark == f"[{COUNT(LONG)} tokens left out, nothing in them is relevant]"


def test_a_budget_that_is_too_small_is_no_lack_of_relevance():
    rows = [ASKED, call(), result(LONG)]
    shorter = compressed(rows, target_tokens=7)
    assert shorter[2]["content"] == f"[{COUNT(LONG)} tokens left out]"
    (item,) = shorter.report
    assert item.status == "emptied"
    reason = re.fullmatch(r"the best unit is larger than the budget: (\d+) tokens would hold it", item.reason)
    assert compressed(rows, target_tokens=int(reason[1])).report[0].status == "shortened"


def test_messages_of_langchain_are_not_returned_as_if_nothing_was_in_them():
    messages = pytest.importorskip("langchain_core.messages")
    rows = [messages.HumanMessage(ASKED["content"]), messages.ToolMessage(LONG, tool_call_id="1")]
    for given in (rows, [ASKED, rows[1]], [messages.ChatMessage(LONG, role="user")]):
        with pytest.raises(InputError, match=r"received \w+Message, expected .*RagzipMiddleware, or convert_to_openai"):
            compressed(given)
    converted = messages.convert_to_openai_messages([*rows])
    assert compressed(converted).report[0].status == "shortened"


def test_short_recent_and_frozen_results_stay():
    rows = [
        ASKED,
        call("1"),
        result("Leeds. " * 3),
        call("2"),
        result(identifier="2"),
        call("3"),
        result(identifier="3"),
    ]
    shorter = compressed(rows, protect_recent=1)
    assert [item.status for item in shorter.report] == ["short", "shortened", "recent"]
    rows[4] = result([{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}], "2")
    assert [item.status for item in compressed(rows).report] == ["frozen", "frozen", "shortened"]


def test_shadow_measures_and_changes_nothing():
    rows = [ASKED, call(), result()]
    shorter = compressed(rows, shadow=True)
    assert shorter[2] is rows[2] and shorter.report[0].status == "shortened"
    assert shorter.stats.tokens_out < shorter.stats.tokens_in


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (LONG, {"deadline": 1e-9}),
        (LONG + "\0", {"on_error": "passthrough"}),
        (LONG, {"on_error": "passthrough", "context": lambda text: 5}),
    ],
)
def test_a_failure_is_logged_without_the_text(content, options, caplog):
    rows = [ASKED, call(), result(content)]
    assert compressed(rows, **options).report[-1 if "deadline" in options else 0].reason
    assert "as given" in caplog.text or "DeadlineError" in caplog.text
    assert "rained" not in caplog.text and "opened" not in caplog.text


def test_originals_are_fetched_by_the_handle_in_the_mark(tmp_path):
    for originals in (Originals(), Originals(tmp_path)):
        shorter = compressed([ASKED, call(), result()], originals=originals)
        (handle,) = {item.handle for item in shorter.report}
        assert f'ragzip_original("{handle}")' in shorter[2]["content"]
        assert originals.get(handle) == LONG == originals.answer({"handle": handle})
        assert COUNT(shorter[2]["content"]) <= 40
        with pytest.raises(InputError, match="not kept"):
            originals.get("0" * 24)
        assert "not kept" in originals.answer({"handle": "0" * 24})
        assert "expected 24" in originals.answer({})


@pytest.mark.parametrize(
    ("tokens", "says_how", "says_how_much"),
    [(12, False, False), (24, False, False), (40, True, False), (60, True, True)],
)
def test_what_answers_counts_more_than_the_way_to_its_original(tokens, says_how, says_how_much):
    shorter = compressed([ASKED, call(), result()], originals=Originals(), target_tokens=tokens)
    (item,) = shorter.report
    text = shorter[2]["content"]
    assert item.status == "shortened" and text.startswith("The mill in Leeds was opened in 1902.")
    assert item.tokens_out == COUNT(text) <= tokens
    assert (item.handle in text, "shortened from" in text, item.reason is None) == (says_how, says_how_much, says_how)


@pytest.mark.full  # the packages take ten seconds to import
def test_the_tool_for_originals_is_valid_in_each_api():
    from anthropic.types import ToolParam
    from openai.types.chat import ChatCompletionToolParam
    from openai.types.responses import FunctionToolParam
    from pydantic import TypeAdapter

    for name, tool_type in (
        ("openai", ChatCompletionToolParam), ("openai-responses", FunctionToolParam), ("anthropic", ToolParam),
    ):  # fmt: skip
        TypeAdapter(tool_type).validate_python(Originals.tool(name))


def test_a_total_gives_each_result_at_most_half_of_the_rest():
    rows = [ASKED, call("1"), result(), call("2"), result(identifier="2")]
    shorter = compressed(rows, total_tokens=150, target_tokens=None, rate=0.9, originals=None)
    assert shorter.stats.tokens_out <= 150
    assert shorter.report[0].tokens_out <= 75
    with pytest.raises(BudgetError, match=r"expected \d+ or more"):
        compressed(rows, total_tokens=20)


def test_images_count_by_a_function():
    rows = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]}]
    plain_tokens = compressed(rows).stats.tokens_in
    assert compressed(rows, image_tokens=lambda block: 765).stats.tokens_in == plain_tokens + 765


@pytest.mark.parametrize("role", ["user", "system"])
def test_contexts_between_delimiters(role):
    question_row = [] if role == "user" else [ASKED]
    text = f"Use this:\n<context>{LONG}</context>\n" + ("When was the mill in Leeds opened?" if role == "user" else "")
    rows = [{"role": role, "content": text}, *question_row]
    shorter = compressed(rows, context=("<context>", "</context>"))
    kept = "<context>The mill in Leeds was opened in 1902.</context>"
    assert shorter[0]["content"] == text.replace(f"<context>{LONG}</context>", kept)
    assert "mill in Leeds opened?" in shorter.report[0].query and shorter.report[0].tool is None
    assert compressed(rows)[0] is rows[0]


def test_contexts_by_a_function_and_as_blocks():
    rows = [{"role": "user", "content": f"{LONG}\n\nWhen was the mill in Leeds opened?"}]
    shorter = compressed(rows, context=lambda text: (0, text.index("\n\n")))
    assert shorter[0]["content"] == "The mill in Leeds was opened in 1902.\n\nWhen was the mill in Leeds opened?"
    with pytest.raises(OptionError, match="context: returned"):
        compressed(rows, context=lambda text: (0, 10**6))
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": LONG}}
    rows = [{"role": "user", "content": [document, {"type": "text", "text": ASKED["content"]}]}]
    shorter = compressed(rows, context=True)
    assert shorter[0]["content"][0]["source"]["data"] == "The mill in Leeds was opened in 1902."
    assert shorter[0]["content"][1] is rows[0]["content"][1]


@pytest.mark.parametrize("content", [LONG, [{"type": "text", "text": LONG}]])
def test_a_document_whose_source_is_its_content(content):
    document = {"type": "document", "title": "Leeds", "source": {"type": "content", "content": content}}
    shorter = compressed(
        [{"role": "user", "content": [document, {"type": "text", "text": ASKED["content"]}]}], context=True
    )
    kept = shorter[0]["content"][0]["source"]["content"]
    assert (kept if isinstance(content, str) else kept[0]["text"]) == "The mill in Leeds was opened in 1902."
    answer = [{"type": "tool_result", "tool_use_id": "1", "content": [document]}]
    shorter = compressed([ASKED, {"role": "user", "content": answer}])
    assert shorter[1]["content"][0]["content"][0]["source"]["content"] == kept


@pytest.mark.full  # as above
def test_objects_of_the_sdks_are_read():
    from anthropic.types import TextBlock, ToolUseBlock
    from openai.types.responses import ResponseFunctionToolCall

    item = ResponseFunctionToolCall(call_id="1", name="look_up", arguments='{"city": "Leeds"}', type="function_call")
    rows = [ASKED, item, {"type": "function_call_output", "call_id": "1", "output": LONG}]
    shorter = compressed(rows)
    assert shorter[1] is item and "look up city Leeds" in shorter.report[0].query
    blocks = [TextBlock(type="text", text="I look it up."),
            ToolUseBlock(type="tool_use", id="1", name="look_up", input={"city": "Leeds"})]  # fmt: skip
    answer = [{"type": "tool_result", "tool_use_id": "1", "content": LONG}]
    shorter = compressed([ASKED, {"role": "assistant", "content": blocks}, {"role": "user", "content": answer}])
    assert "look up city Leeds" in shorter.report[0].query
    assert shorter[2]["content"][0]["content"] == "The mill in Leeds was opened in 1902."


def test_a_file_name_in_the_call_tells_the_kind():
    table = "place,subject,year\n" + "\n".join(f"Turin,bridge,{1900 + year}" for year in range(60))
    table += "\nLeeds,mill,1902"
    shorter = compressed([ASKED, call(path="data/places.csv"), result(table)], target_tokens=30)
    assert shorter[2]["content"].splitlines() == ["place,subject,year", "Leeds,mill,1902"]


def test_what_fails_stays_and_says_why():
    rows = [ASKED, call(), result(LONG + "\0"), call("2"), result(identifier="2")]
    with pytest.raises(InputError, match="NUL"):
        compressed(rows)
    shorter = compressed(rows, on_error="passthrough")
    assert [item.status for item in shorter.report] == ["failed", "shortened"]
    assert shorter[2] == rows[2] and "NUL" in shorter.report[0].reason
    late = compressed([ASKED, call(), result(LONG)], deadline=1e-9)
    assert late.report[0].status == "failed" and "deadline" in late.report[0].reason


@pytest.mark.parametrize(
    ("messages", "options", "message"),
    [
        ("text", {}, "expected a list of chat messages"),
        ({"role": "user", "content": "x"}, {}, "Put it into a list"),
        ([{"content": "x"}], {}, r"messages\[0\]: received dict with the keys"),
        ([ASKED], {"max_tokens": 5}, "did you mean target_tokens"),
        ([ASKED], {"least": -1}, "least"),
        ([ASKED], {"context": "x"}, "two delimiters"),
        ([ASKED], {"format": "mistral"}, "'openai-responses'"),
        ([ASKED], {"originals": {}}, "Originals"),
        ([ASKED], {"rate": 2}, "rate"),
    ],
)
def test_misuse(messages, options, message):
    with pytest.raises((InputError, OptionError), match=message):
        ragzip.compress_messages(messages, **options)


def test_results_and_compressors_are_pickled():
    shorter = compressed([ASKED, call(), result()])
    again = pickle.loads(pickle.dumps(shorter))
    assert again == shorter and again.stats == shorter.stats and again.report == shorter.report
    assert (
        pickle.loads(pickle.dumps(MessageCompressor(**FAST, target_tokens=40))).compress([ASKED, call(), result()])
        == shorter
    )


def test_an_empty_list():
    shorter = compressed([])
    assert shorter == [] and shorter.stats.rate == 1.0


def test_results_of_excluded_tools_and_fetched_originals_stay():
    shorter = compressed([ASKED, call(), result()], exclude_tools=["look_up"])
    assert shorter[2]["content"] == LONG and shorter.report[0].status == "excluded"
    fetching = {"id": "1", "type": "function", "function": {"name": "ragzip_original", "arguments": "{}"}}
    shorter = compressed([ASKED, {"role": "assistant", "tool_calls": [fetching]}, result()])
    assert shorter[2]["content"] == LONG and shorter.report[0].status == "excluded"
    with pytest.raises(OptionError, match="list of names of tools"):
        MessageCompressor(exclude_tools="look_up")
