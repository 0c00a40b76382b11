"""In Pydantic AI: a history processor shortens tool returns once, here for a function in the place of a model."""

import asyncio

from pydantic_ai import Agent
from pydantic_ai.capabilities import ProcessHistory
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import FunctionModel

from ragzip.integrations.pydantic_ai import RagzipHistoryProcessor

LINES = [f"10:{minute:02} INFO batch {minute} done" for minute in range(60)]
LINES[41] = "10:41 ERROR batch 41 failed: no space left on /data"
LOG = "\n".join(LINES)


def read_log(path: str) -> str:
    """Read a log."""
    return LOG


def scripted(messages, info):
    """Asks for the log, then answers with what it was shown of it. A model of yours goes in its place."""
    returns = [part for part in messages[-1].parts if isinstance(part, ToolReturnPart)]
    if not returns:
        return ModelResponse(parts=[ToolCallPart("read_log", {"path": "import.log"})])
    return ModelResponse(parts=[TextPart(returns[0].content)])


processor = RagzipHistoryProcessor(target_tokens=60, cache=False)
agent = Agent(FunctionModel(scripted), tools=[read_log], capabilities=[ProcessHistory(processor)])
result = asyncio.run(agent.run("Why did the import fail?"))
print(result.output)
print(len(LOG), "characters in the log,", len(result.output), "reached the model")
