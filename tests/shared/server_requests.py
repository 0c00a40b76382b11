"""Requests to a server, in process."""

import asyncio

import httpx

from ragzip.server.app import create_app
from ragzip.server.config import ServerConfig

LONG = "The mill in Leeds was opened in 1902. " + "It rained on the way to the fair. " * 40
SHORT = "The mill in Leeds was opened in 1902."
QUESTION = "When was the mill in Leeds opened?"
FAST = {"compressor": "extractive/bm25", "cache": "off"}
MESSAGES = [
    {"role": "user", "content": QUESTION},
    {"role": "assistant", "content": None, "tool_calls": [
        {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}]},
    {"role": "tool", "tool_call_id": "1", "content": LONG},
]  # fmt: skip


def request(method, path, *, config=None, app=None, **options):
    """The reply of a server with these settings."""
    app = app or create_app(ServerConfig(**{**FAST, **(config or {})}))

    async def asked():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://ragzip") as client:
            return await client.request(method, path, **options)

    return asyncio.run(asked())


def post(path, body, **options):
    return request("POST", path, json=body, **options)
