"""The bodies of requests: JSON objects, checked field by field, and forms."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request

from ragzip.checks import shown, unknown_options
from ragzip.server.errors import RequestError

__all__ = ["RequestBody", "read_body", "read_bytes", "read_form"]

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_MAX_DEPTH = 64  # of lists and objects in each other


class RequestBody:
    """A JSON object, whose fields are read with their types."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields

    def get(self, name: str, kinds: type | tuple[type, ...], expected: str) -> Any:
        """The field ``name``; None where it is missing or null.

        :raises RequestError: 422, another type.
        """
        value = self.fields.get(name)
        is_flag = isinstance(value, bool) and bool not in (kinds if isinstance(kinds, tuple) else (kinds,))
        if value is not None and (is_flag or not isinstance(value, kinds)):
            raise RequestError(422, "invalid_request", f"{name}: received {shown(value)}, expected {expected}.")
        return value

    def need(self, name: str, kinds: type | tuple[type, ...], expected: str) -> Any:
        """The field ``name``.

        :raises RequestError: 422, it is missing, or another type.
        """
        value = self.get(name, kinds, expected)
        if value is None:
            raise RequestError(422, "invalid_request", f"{name}: missing, expected {expected}.")
        return value

    def check_names(self, where: str, known: Collection[str], *, more: str = "") -> None:
        """Check that the body has no other fields than those that are ``known``; others may be null.

        :param more: a remark for the case that no known field is similar.
        :raises RequestError: 422, it has one.
        """
        set_names = [name for name, value in self.fields.items() if value is not None]
        if unknown := set(set_names) - set(known):
            error = unknown_options(where, unknown, known, used_names=set_names, more=more, noun="field")
            raise RequestError(422, "invalid_request", str(error))


async def read_body(request: Request, max_bytes: int) -> RequestBody:
    """The JSON object in the body of ``request``.

    :raises RequestError: 413, more than ``max_bytes``; 400, no JSON object.
    """
    received = await read_bytes(request, max_bytes)
    try:
        value = json.loads(received.decode("utf-8"), parse_constant=_refused)
        if _SURROGATE.search(received):
            json.dumps(value, ensure_ascii=False).encode()  # half of a pair is no text
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise RequestError(400, "invalid_json", f"The body is not valid JSON ({reason[:200]}).") from None
    if not isinstance(value, dict):
        raise RequestError(400, "invalid_json", f"The body is a JSON {type(value).__name__}, expected an object.")
    if _depth(value) > _MAX_DEPTH:
        raise RequestError(400, "invalid_json", f"The body is nested deeper than {_MAX_DEPTH} levels.")
    return RequestBody(value)


async def read_form(request: Request, max_bytes: int) -> dict[str, str]:
    """The fields of the form in the body of ``request``, with line ends of Unix; of several values the first one.

    :raises RequestError: 413, more than ``max_bytes``; 400, no form.
    """
    received = await read_bytes(request, max_bytes)
    try:
        fields = parse_qs(received.decode("utf-8"), keep_blank_values=True, max_num_fields=16, errors="strict")
    except ValueError as error:
        raise RequestError(400, "invalid_form", f"The form cannot be read ({error}).") from None
    return {name: values[0].replace("\r\n", "\n") for name, values in fields.items()}


async def read_bytes(request: Request, max_bytes: int) -> bytearray:
    """The body of ``request``.

    :raises RequestError: 413, more than ``max_bytes``.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > max_bytes:
        raise _too_large(max_bytes)
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > max_bytes:
            raise _too_large(max_bytes)
    return received


def _too_large(max_bytes: int) -> RequestError:
    return RequestError(413, "too_large", f"The body is larger than {max_bytes:,} bytes. Split it, or raise max_mib.")


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _depth(value: Any) -> int:
    """The depth to which lists and objects are nested in each other."""
    depth, level = 0, [value]
    while level and depth <= _MAX_DEPTH:
        depth += 1
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
    return depth
