"""Tool results in a list of chat messages: each gets shorter once, and the model can fetch the whole."""

import json

import ragzip
from ragzip.messages import Originals

orders = [{"id": 1000 + n, "city": ["Leeds", "Turin", "Graz"][n % 3], "total": 20 + 7 * n % 90} for n in range(60)]
orders[41] |= {"state": "refused", "reason": "card expired"}
log = "\n".join(f"10:{n:02} INFO order {1000 + n} taken in {7 * n % 50} ms" for n in range(60))
log += "\n10:41 ERROR order 1041 refused: card expired"


def call(number, name, **arguments):
    """What a model answers to call a tool, as OpenAI's API writes it."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": number, "type": "function", "function": function}],
    }


messages = [
    {"role": "user", "content": "Why was order 1041 refused?"},
    call("1", "list_orders", day="today"),
    {"role": "tool", "tool_call_id": "1", "content": json.dumps(orders)},
    call("2", "read_log", path="orders.log"),
    {"role": "tool", "tool_call_id": "2", "content": log},
]
originals = Originals()
shorter = ragzip.compress_messages(messages, target_tokens=90, originals=originals, cache=False)
for item in shorter.report:
    print(f"{item.tool}: {item.tokens_in:,} -> {item.tokens_out} tokens, {item.status}")
    print(shorter[item.row]["content"], end="\n\n")

print("The list:", shorter.stats.tokens_in, "->", shorter.stats.tokens_out, "tokens")
print("The tool for the model:", json.dumps(originals.tool()))
print("What it answers:", originals.answer({"handle": shorter.report[0].handle})[:60], "…")
