"""The tool for clients of the Model Context Protocol, called by the package's own client."""

import asyncio

import pytest
from mcp import Client

from ragzip.errors import OptionError
from ragzip.integrations.mcp import mcp_server

LONG = "The mill in Leeds was opened in 1902. " + "It rained on the way to the fair. " * 40
QUESTION = "When was the mill in Leeds opened?"
OPTIONS = {"compressor": "extractive/bm25", "cache": False}


def called(arguments, **options):
    async def call():
        async with Client(mcp_server(**{**OPTIONS, **options})) as client:
            (tool,) = (await client.list_tools()).tools
            assert tool.name == "compress" and set(tool.input_schema["properties"]) == {
                "text",
                "question",
                "target_tokens",
            }
            return await client.call_tool("compress", arguments)

    return asyncio.run(call())


def test_a_client_gets_the_part_that_answers():
    result = called({"text": LONG, "question": QUESTION, "target_tokens": 12})
    assert not result.is_error
    assert result.content[0].text.startswith("The mill in Leeds was opened in 1902.\n\n[")


def test_the_budget_of_the_server_counts_where_a_call_has_none():
    text = called({"text": LONG, "question": QUESTION}, target_tokens=12).content[0].text
    assert "→ 11 tokens" in text or "→ 12 tokens" in text


def test_errors_say_what_was_expected():
    result = called({"text": LONG, "target_tokens": -1})
    assert result.is_error and "target_tokens" in result.content[0].text
    with pytest.raises(OptionError, match="rate"):
        mcp_server(rate=7)
