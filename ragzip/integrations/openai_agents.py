"""OpenAI Agents SDK: a filter of what each model call is sent."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from ragzip.checks import answers_misuse
from ragzip.errors import needs_extra
from ragzip.integrations.documents import KEY
from ragzip.integrations.rows import compressed_rows, figures_of_report, is_worth_noting, tolerant_compressor
from ragzip.messages import Originals
from ragzip.messages.rows import field_of
from ragzip.process.deadline import in_thread

with needs_extra("openai-agents", "openai-agents"):
    from agents import FunctionTool, custom_span, get_current_trace
    from agents.run import CallModelData, ModelInputData

__all__ = ["RagzipInputFilter"]


class RagzipInputFilter:
    """Shortens tool results in what each model call is sent, and leaves the run's own items whole:
    ``Runner.run(agent, input, run_config=RunConfig(call_model_input_filter=RagzipInputFilter(target_tokens=400)))``.

    Items that are not shortened are the same objects. Where the server keeps the conversation (``conversation_id``,
    ``previous_response_id``) a call is sent new items only: results stay there, since the calls that made them are not
    to be seen. Tokens before and after stand in a span "ragzip" of the run's trace, texts do not.

    :param originals: whole texts are kept there; give the agent :attr:`tools` to fetch them.
    :param options: those of :func:`ragzip.compress_messages`; ``on_error`` is "passthrough" by default.
    :raises OptionError: an unknown option, or a value outside its range.
    """

    @answers_misuse
    def __init__(self, *, originals: Originals | None = None, **options: Any) -> None:
        self.compressor = tolerant_compressor(
            "RagzipInputFilter", {"format": "openai-responses", "originals": originals, **options}
        )
        self.originals = originals

    @property
    def tools(self) -> list[FunctionTool]:
        """The tool that fetches originals, for ``Agent(tools=[…, *filter.tools])``; none without originals."""
        return [] if self.originals is None else [_tool_for(self.originals)]

    async def __call__(self, data: CallModelData[Any]) -> ModelInputData:
        """The input with shorter tool results; the event loop goes on."""
        items = data.model_data.input
        calls = {field_of(item, "call_id") for item in items if not _is_result(item)}
        rows = [{"type": "result that stays"} if _is_orphan(item, calls) else item for item in items]
        written = await in_thread(compressed_rows, self.compressor, rows)
        if written is None or not any(map(is_worth_noting, written.report)):
            return data.model_data
        if get_current_trace() is not None:
            figures = {"tokens_in": written.stats.tokens_in, "tokens_out": written.stats.tokens_out}
            with custom_span(
                KEY,
                {
                    **figures,
                    "results": [figures_of_report(item, shadow=self.compressor.shadow) for item in written.report],
                },
            ):
                pass
        new_items = [item if new is row else new for item, row, new in zip(items, rows, written, strict=True)]
        return dataclasses.replace(data.model_data, input=new_items)


def _is_result(item: object) -> bool:
    return str(field_of(item, "type")).endswith("_call_output")


def _is_orphan(item: object, calls: set[Any]) -> bool:
    """Whether an item is the result of a call that is not there."""
    return _is_result(item) and field_of(item, "call_id") not in calls


def _tool_for(originals: Originals) -> FunctionTool:
    definition = originals.tool("openai-responses")

    async def fetch(context: Any, arguments: str) -> str:
        return await in_thread(originals.answer, json.loads(arguments))

    return FunctionTool(
        name=definition["name"],
        description=definition["description"],
        params_json_schema=definition["parameters"],
        on_invoke_tool=fetch,
    )
