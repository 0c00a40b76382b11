"""Agents of LangChain 1: a middleware, a context edit, and a summarizer without a language model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import StructuredTool

from ragzip.api import pipeline_of
from ragzip.checks import answers_misuse, choice, whole_number
from ragzip.errors import OptionError, needs_extra
from ragzip.integrations.documents import has_budget
from ragzip.integrations.langchain.messages import last_human_text, rows_of, with_contents
from ragzip.integrations.rows import compressed_rows, tolerant_compressor
from ragzip.messages import MessageCompressor, Originals
from ragzip.messages.originals import TOOL_NAME
from ragzip.process.deadline import in_thread
from ragzip.types import Document

with needs_extra("agents"):
    from langchain.agents.middleware import AgentMiddleware

if TYPE_CHECKING:
    from langchain.agents.middleware import ModelRequest, ModelResponse
    from langchain.tools.tool_node import ToolCallRequest
    from langgraph.types import Command

__all__ = ["RagzipContextEdit", "RagzipMiddleware", "ragzip_summarizer"]

SUMMARY_RATE = 0.25  # where no budget is set
_OF_THE_LIST = ("total_tokens", "protect_recent", "format")


class RagzipMiddleware(AgentMiddleware[Any, Any, Any]):
    """Shortens tool results in an agent: ``create_agent(model, tools, middleware=[RagzipMiddleware(rate=0.3)])``.

    Messages that are errors, commands, and blocks that are no text stay. What was done, failed or (``shadow``) was
    measured stands in the message under ``response_metadata["ragzip"]``.

    :param when: "tool": each result once, when it is made, so that the agent's state and all later prompts hold the
        short one; "model": in the messages of each model call, and the state keeps the whole ones.
    :param originals: whole texts are kept there, and the agent gets a tool to fetch them.
    :param options: those of :func:`ragzip.compress_messages`; ``on_error`` is "passthrough" by default. With
        ``when="tool"`` those that concern the whole list (``total_tokens``, ``protect_recent``) are refused.
    :raises OptionError: an unknown option, or a value outside its range.
    """

    @answers_misuse
    def __init__(
        self,
        *,
        when: Literal["tool", "model"] = "tool",
        originals: Originals | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self.when: str = choice(when, "when", ("tool", "model"))
        if self.when == "tool" and (of_the_list := [name for name in _OF_THE_LIST if name in options]):
            raise OptionError(
                f"RagzipMiddleware: received {', '.join(of_the_list)} with when='tool', which sees one result at a "
                "time, expected when='model'."
            )
        self.compressor = tolerant_compressor("RagzipMiddleware", {"originals": originals, **options})
        self.tools = [] if originals is None else [_tool_for(originals)]

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolMessage | Command[Any]]
    ) -> ToolMessage | Command[Any]:
        """The result of the tool, shortened."""
        return self._shortened(request, handler(request))

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]
    ) -> ToolMessage | Command[Any]:
        """The same; the event loop goes on."""
        return await in_thread(self._shortened, request, await handler(request))

    def wrap_model_call(self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Any]) -> Any:
        """The answer of the model to shortened messages."""
        return handler(request.override(messages=self._messages(request.messages)))

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> Any:
        """The same; the event loop goes on."""
        return await handler(request.override(messages=await in_thread(self._messages, request.messages)))

    def _messages(self, messages: list[Any]) -> list[Any]:
        if self.when == "tool":
            return messages
        return _shortened_messages(self.compressor, messages)

    def _shortened(self, request: ToolCallRequest, result: ToolMessage | Command[Any]) -> ToolMessage | Command[Any]:
        if self.when == "model" or not isinstance(result, ToolMessage):
            return result
        question = last_human_text(_messages_of(request.state)) or ""
        rows = [HumanMessage(question), AIMessage("", tool_calls=[request.tool_call]), result]
        *_, shortened = _shortened_messages(self.compressor, rows)
        return shortened  # type: ignore[return-value]  # of the same class as result


class RagzipContextEdit:
    """An edit for ``ContextEditingMiddleware(edits=[RagzipContextEdit(trigger=20_000, rate=0.3)])``: it shortens tool
    results, where other edits clear them.

    :param trigger: tokens of the messages, as the middleware counts them, above which the edit runs.
    :param options: those of :func:`ragzip.compress_messages`; ``on_error`` is "passthrough" by default.
    :raises OptionError: an unknown option, or a value outside its range.
    """

    @answers_misuse
    def __init__(self, *, trigger: int = 0, **options: Any) -> None:
        self.trigger = whole_number(trigger, "trigger")
        self.compressor = tolerant_compressor("RagzipContextEdit", options)

    def apply(self, messages: list[Any], *, count_tokens: Callable[[Sequence[BaseMessage]], int]) -> None:
        """Shorten the tool results of ``messages`` in place."""
        if count_tokens(messages) > self.trigger:
            messages[:] = _shortened_messages(self.compressor, messages)


@answers_misuse
def ragzip_summarizer(**options: Any) -> Callable[[Sequence[BaseMessage]], str]:
    """A summarizer for ``SummarizationMiddleware(model, summarizer=ragzip_summarizer(target_tokens=500))``: what the
    messages say about the last human text, word for word and without a language model.

    :param options: those of :func:`ragzip.compress`; without a budget a quarter of the tokens is kept.
    :raises RagzipError: an unknown option or compressor, or a value outside its range.
    """
    default_budget = {} if has_budget(options) else {"rate": SUMMARY_RATE}
    pipeline = pipeline_of({**options, **default_budget}, "ragzip_summarizer")
    pipeline.check()

    def summarize(messages: Sequence[BaseMessage]) -> str:
        documents = [
            Document(str(number), message.text, title=message.type)
            for number, message in enumerate(messages)
            if message.text.strip()
        ]
        return pipeline.run(documents, last_human_text(messages)).text

    return summarize


def _shortened_messages(compressor: MessageCompressor, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    written = compressed_rows(compressor, rows_of(messages))
    return list(messages) if written is None else with_contents(messages, written, shadow=compressor.shadow)


def _messages_of(state: Any) -> Sequence[BaseMessage]:
    """The messages in the state of an agent: a dict, a list, or a model."""
    if isinstance(state, list):
        return state
    messages = state.get("messages") if isinstance(state, dict) else getattr(state, "messages", None)
    return messages or []


def _tool_for(originals: Originals) -> StructuredTool:
    def fetch(handle: str) -> str:
        return originals.answer({"handle": handle})

    return StructuredTool.from_function(fetch, name=TOOL_NAME, description=Originals.tool("anthropic")["description"])
