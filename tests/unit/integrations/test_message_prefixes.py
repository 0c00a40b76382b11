"""What a provider has cached of a list of messages is not written anew."""

import pytest

import ragzip
from ragzip.messages import MessageCompressor

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
