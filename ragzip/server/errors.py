"""The errors of a request, each with its status."""

from __future__ import annotations

from typing import Any

__all__ = ["RequestError"]


class RequestError(Exception):
    """A request that gets an error: its status, what kind of error it is, and what to do.

    :param headers: of the reply.
    """

    def __init__(self, status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.kind, self.message, self.headers = status, kind, message, headers or {}

    def body(self) -> dict[str, Any]:
        """The reply, as OpenAI's API writes errors."""
        return {"error": {"type": self.kind, "message": self.message}}
