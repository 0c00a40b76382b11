"""The identity of models that are objects of other libraries, from settings that outlive the process."""

from __future__ import annotations

import enum
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from pathlib import PurePath
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

__all__ = ["function_identity", "identity_of", "lasts", "only_this"]

_PROCESS_MARK = "only-this-object"
# of a runnable's config: answers do not depend on them
_IGNORED_CONFIG_KEYS = {"callbacks", "metadata", "tags", "run_name", "run_id"}
_mark_by_owner: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


class _Unknown(Exception):
    """A setting whose value has no meaning in another process."""


def identity_of(model: Any) -> str | None:
    """A digest of a LangChain model's settings, with bound arguments and the parts of a chain; None where the settings
    do not identify the model.

    Settings are the fields of the classes of LangChain's own packages, and of others that declare themselves
    serializable. Secrets are left out: another account has the same model.
    """
    try:
        settings_json = json.dumps(_settings(model), sort_keys=True)
    except (_Unknown, RecursionError, ValueError):
        return None
    return hashlib.sha256(settings_json.encode()).hexdigest()[:16]


def _settings(model: Any) -> Any:
    if not (hasattr(type(model), "model_fields") and _declared(type(model))):
        raise _Unknown
    value_by_field = {
        field_name: getattr(model, field_name, None)
        for field_name, field_info in type(model).model_fields.items()
        if not field_info.exclude
    }
    value_by_field |= getattr(model, "__pydantic_extra__", None) or {}
    return [_name(type(model)), _plain(value_by_field)]


def _declared(kind: type) -> bool:
    """Whether objects of ``kind`` differ in their fields alone. A subclass of such a class may differ in more."""
    if _of_langchain(kind):
        return True
    return "is_lc_serializable" in vars(kind) and bool(kind.is_lc_serializable())  # type: ignore[attr-defined]


def _of_langchain(kind: type) -> bool:
    return kind.__module__.partition(".")[0].startswith("langchain")


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _plain(value: Any) -> Any:
    """``value`` in the types of JSON: equal values are written alike, different ones differently."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if hasattr(value, "get_secret_value"):
        return ["secret"]
    if isinstance(value, enum.Enum):
        return [_name(type(value)), value.name]
    if isinstance(value, Mapping):
        return {
            json.dumps(_plain(item_key)): _plain(item)
            for item_key, item in value.items()
            if item_key not in _IGNORED_CONFIG_KEYS
        }
    if isinstance(value, (list, tuple)):
        return ["list", *map(_plain, value)]
    if isinstance(value, (set, frozenset)):
        return ["set", *sorted(json.dumps(_plain(item), sort_keys=True) for item in value)]
    if isinstance(value, PurePath):
        return ["path", str(value)]
    if isinstance(value, type) and (_of_langchain(value) or value.__module__ == "builtins"):
        return ["type", _name(value)]
    return _settings(value)


def only_this(owner: object, name: str) -> str:
    """A fingerprint that is unique to ``owner``, for as long as it lives."""
    new_mark = uuid.uuid4().hex
    try:
        identity_mark = _mark_by_owner.setdefault(owner, new_mark)
    except TypeError:  # it cannot be weakly referenced or hashed
        identity_mark = new_mark
    return f"{name}:{_PROCESS_MARK}:{identity_mark}"


def function_identity(function: Callable[..., Any]) -> str:
    """The module and name of a named function; for a lambda, a closure, a method or another object a fingerprint that
    is unique to the object.
    """
    function_name = getattr(function, "__qualname__", type(function).__name__)
    if isinstance(function, FunctionType) and "<" not in function_name:
        return f"{function.__module__}.{function_name}"
    return only_this(function, function_name)


def lasts(fingerprint: str) -> bool:
    """Whether ``fingerprint`` means the same model in another process, so that its results may be stored."""
    return _PROCESS_MARK not in fingerprint
