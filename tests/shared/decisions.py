"""Conversations whose next action depends on a line of a tool result, and a scripted model that acts by it."""

import json
import re

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": about,
            "parameters": {"type": "object", "properties": {"id": {"type": "integer"}}},
        },
    }
    for name, about in (("read_log", "Read the log."), ("retry_batch", "Run a batch again."))
]
FAILED_BATCH = re.compile(r"ERROR batch (\d+) failed")


def log_with_failure(batch, lines=60):
    rows = [f"10:{minute:02} INFO batch {minute} was written to the store" for minute in range(lines)]
    rows[lines // 2] = f"10:{lines // 2} ERROR batch {batch} failed: no space left"
    return "\n".join(rows)


def call(name, identifier="1", **arguments):
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": identifier, "type": "function", "function": function}],
    }


def conversation(batch):
    """A user asks about a failure, the log names the batch, and the recorded next action runs it again."""
    return {
        "id": f"batch-{batch}",
        "messages": [
            {"role": "user", "content": "Which batch has the error that failed? Run it again."},
            call("read_log", path="import.log"),
            {"role": "tool", "tool_call_id": "1", "content": log_with_failure(batch)},
        ],
        "tools": TOOLS,
        "next": call("retry_batch", "2", id=batch),
    }


class Agent(BaseChatModel):
    """Runs the batch again that the context names as failed; else it answers.

    ``slips``: how often, of three times that it reads, it does not look.
    """

    slips: int = 0
    prompts: list = Field(default_factory=list)
    bound: list = Field(default_factory=list)

    @property
    def _llm_type(self):
        return "agent"

    def bind_tools(self, tools, **options):
        self.bound.append([tool["function"]["name"] for tool in tools])
        return self

    def _generate(self, messages, stop=None, run_manager=None, **options):
        self.prompts.append(messages)
        failed = FAILED_BATCH.search(str(messages[-1].content))
        calls = [{"name": "retry_batch", "args": {"id": float(failed[1])}, "id": "2"}] if failed else []
        if len(self.prompts) % 3 < self.slips:
            calls = []
        message = AIMessage("" if calls else "I cannot find it.", tool_calls=calls)
        return ChatResult(generations=[ChatGeneration(message=message)])
