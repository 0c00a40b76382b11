"""Systems: whatever turns a list of messages into a shorter one, as an arm of a run over conversations."""

from __future__ import annotations

import copy
import hashlib
import importlib
import inspect
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ragzip.backends.identity import function_identity
from ragzip.checks import text
from ragzip.compressors.fingerprints import fingerprints_of
from ragzip.errors import InputError, OptionError, reason_of
from ragzip.messages import CompressedMessages, MessageCompressor
from ragzip.messages.rows import blocks_of, field_of, row_list
from ragzip.pipeline import resolve

__all__ = ["FunctionSystem", "MessagesSystem", "System", "compressed_by", "load_system", "system_of"]

_EXPECTED = "a function of messages as module:function, such as mine:shorten"


@runtime_checkable
class System(Protocol):
    """A compressor of messages: ragzip's own, another library's, or yours.

    :ivar name: in reports.
    :ivar fingerprint: what tells its results from those of others and of other settings; a run that resumes measures
        again where it changed.
    """

    name: str
    fingerprint: str

    def __call__(self, messages: Sequence[Any]) -> Sequence[Any]:
        """The messages to send in place of ``messages``, both in the form of OpenAI's chat completions."""


class MessagesSystem:
    """:func:`ragzip.compress_messages` with its options, as a system.

    >>> MessagesSystem("half, the last two whole", compressor="bm25", rate=0.5, protect_recent=2).name
    'half, the last two whole'
    """

    def __init__(self, name: str, **options: Any) -> None:
        self.name = text(name, "name")
        self.compressor = MessageCompressor(**options)
        models = [fingerprints_of(compressor) for compressor in resolve(self.compressor.shortener.pipeline.compressor)]
        plain_options = {option: value for option, value in options.items() if option != "compressor"}
        self.fingerprint = f"messages:{models}:{sorted(plain_options.items())}"

    def __call__(self, messages: Sequence[Any]) -> CompressedMessages:
        return self.compressor.compress(messages)


class FunctionSystem:
    """A function of messages as a system; it is another one when its file changes.

    :param name: default: the function's.
    """

    def __init__(self, function: Callable[[Any], Any], name: str | None = None) -> None:
        self.function = function
        self.name = name or str(getattr(function, "__qualname__", type(function).__name__))
        self.fingerprint = f"{function_identity(function)}:{_source_digest(function)}"

    def __call__(self, messages: Sequence[Any]) -> Any:
        return self.function(messages)


def _source_digest(function: Callable[[Any], Any]) -> str:
    """A digest of the file that defines ``function``, "" where there is none."""
    try:
        file = inspect.getsourcefile(function)
        content = Path(file).read_bytes() if file else b""
    except (TypeError, OSError):
        return ""
    return hashlib.sha256(content).hexdigest()[:16] if content else ""


def system_of(value: Any) -> System:
    """``value`` as a system: one already, or a function of messages.

    :raises OptionError: something else.
    """
    if not isinstance(value, type):
        if isinstance(value, System):
            return value
        if callable(value):
            return FunctionSystem(value)
    raise OptionError(
        f"system: received {value.__name__ if isinstance(value, type) else type(value).__name__}, expected a System or "
        "a function from messages to messages."
    )


def load_system(target: str) -> System:
    """The system that ``target`` names: "module:function", where the module is installed or in the current folder, and
    in place of the function an object with the methods of :class:`System`.

    :raises OptionError: another form, or nothing of that name.
    """
    module_name, _, attribute = text(target, "system", expected=_EXPECTED).partition(":")
    if not module_name or not attribute:
        raise OptionError(f"system: received {target!r}, expected {_EXPECTED}.")
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        value = getattr(importlib.import_module(module_name), attribute)
    except Exception as error:  # a module of the user may raise anything
        raise OptionError(f"system: {target} cannot be loaded ({reason_of(error)}), expected {_EXPECTED}.") from error
    finally:
        sys.path.remove(folder)
    is_function = not isinstance(value, (type, System)) and callable(value)
    return FunctionSystem(value, target) if is_function else system_of(value)


def compressed_by(system: System, messages: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The messages that ``system`` makes of a copy of ``messages``.

    :raises InputError: it returned no list of messages, one that is no JSON, or results apart from their calls.
    """
    output = system(copy.deepcopy(list(messages)))
    try:
        rows = row_list(output)
        json.dumps(rows)
    except (InputError, TypeError, ValueError, RecursionError) as error:
        raise _refused(system, str(error)) from None
    if not rows:
        raise _refused(system, "no messages")
    if (before := _unpaired_ids(messages)) != (after := _unpaired_ids(rows)):
        raise _refused(system, f"tool results and calls that do not belong together: {sorted(after - before)[:3]}")
    return output if isinstance(output, CompressedMessages) else rows


def _refused(system: System, reason: str) -> InputError:
    return InputError(
        f"system {system.name}: returned what cannot be sent ({reason}), expected a list of messages of OpenAI's chat "
        "completions, with a result for each call."
    )


def _unpaired_ids(messages: Sequence[Any]) -> set[str]:
    """The ids of calls without a result, and of results without a call before them."""
    open_call_ids: set[str] = set()
    stray_result_ids: set[str] = set()
    for row in messages:
        open_call_ids.update(str(field_of(call, "id")) for call in blocks_of(row, "tool_calls"))
        if field_of(row, "role") == "tool":
            result_id = str(field_of(row, "tool_call_id"))
            if result_id in open_call_ids:
                open_call_ids.remove(result_id)
            else:
                stray_result_ids.add(result_id)
    return open_call_ids | stray_result_ids
