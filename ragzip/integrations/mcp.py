"""A server for the Model Context Protocol: the part of a text that answers a question, as a tool."""

from __future__ import annotations

from typing import Any

from ragzip import __version__
from ragzip.api import pipeline_of
from ragzip.errors import RagzipError, needs_extra
from ragzip.integrations.documents import check_options
from ragzip.process.deadline import in_thread

with needs_extra("mcp"):
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError

__all__ = ["mcp_server"]

_DESCRIPTION = (
    "Returns the part of a long text that answers a question, word for word, within a budget of tokens. Use it before "
    "reading a text of which only little is needed: a log, a table, a page, a document."
)


def mcp_server(**options: Any) -> MCPServer:
    """A server with one tool, ``compress``; ``mcp_server().run()`` answers on standard input and output.

    :param options: those of :func:`ragzip.compress`, for calls that set none of their own.
    :raises OptionError: an unknown option, or a value outside its range.
    """
    check_options(options, "mcp_server")
    server: MCPServer = MCPServer("ragzip", version=__version__)

    async def compress(text: str, question: str | None = None, target_tokens: int | None = None) -> str:
        budget = {} if target_tokens is None else {"target_tokens": target_tokens, "rate": None}
        try:
            result = await in_thread(pipeline_of({**options, **budget}, "compress").run, text, question)
        except RagzipError as error:
            raise ToolError(str(error)) from error
        return str(result)

    server.tool(description=_DESCRIPTION)(compress)
    return server
