"""In the OpenAI Agents SDK: a filter shortens tool results in what the model is sent, here a scripted model."""

import asyncio
import os

os.environ.setdefault("OPENAI_AGENTS_DISABLE_TRACING", "1")

from agents import Agent, Model, ModelProvider, ModelResponse, RunConfig, Runner, Usage, function_tool
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from ragzip.integrations.openai_agents import RagzipInputFilter

LINES = [f"10:{minute:02} INFO batch {minute} done" for minute in range(60)]
LINES[41] = "10:41 ERROR batch 41 failed: no space left on /data"
LOG = "\n".join(LINES)


@function_tool
def read_log(path: str) -> str:
    """Read a log."""
    return LOG


class Scripted(Model):
    """Asks for the log, then answers with what it was shown of it. A model of yours goes in its place."""

    async def get_response(self, system_instructions, input, *_, **__):
        results = [item["output"] for item in input if item.get("type") == "function_call_output"]
        if not results:
            call = {"name": "read_log", "arguments": '{"path": "import.log"}', "call_id": "1"}
            return ModelResponse([ResponseFunctionToolCall(type="function_call", **call)], Usage(), None)
        text = ResponseOutputText(type="output_text", text=results[0], annotations=[])
        message = {"id": "2", "type": "message", "role": "assistant", "status": "completed", "content": [text]}
        return ModelResponse([ResponseOutputMessage(**message)], Usage(), None)

    stream_response = None  # answers come whole


class Provider(ModelProvider):
    def get_model(self, model_name):
        return Scripted()


config = RunConfig(model_provider=Provider(), call_model_input_filter=RagzipInputFilter(target_tokens=60, cache=False))
agent = Agent("reader", tools=[read_log])
result = asyncio.run(Runner.run(agent, "Why did the import fail?", run_config=config))
print(result.final_output)
print(len(LOG), "characters in the log,", len(result.final_output), "reached the model")
