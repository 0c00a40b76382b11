"""What tells models apart that are objects of other libraries, by settings that outlive the process."""

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

_MARK = "only-this-object"
_ASIDE = {"callbacks", "metadata", "tags", "run_name", "run_id"}  # of a runnable's config: answers do not depend on it
_marks: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


class _Unknown(Exception):
    """A setting whose value says nothing that holds in another process."""


def identity_of(model: Any) -> str | None:
    """A digest of a LangChain model's settings, of what it is bound to and of the parts of a chain; None where they do
    not tell it from all other models.

    Settings are the fields of the classes of LangChain's own packages, and of others that declare themselves
    serializable. Secrets are left out: another account is the same model.
    """
    try:
        settings = json.dumps(_settings(model), sort_keys=True)
    except (_Unknown, RecursionError, ValueError):
        return None
    return hashlib.sha256(settings.encode()).hexdigest()[:16]


def _settings(model: Any) -> Any:
    if not (hasattr(type(model), "model_fields") and _declared(type(model))):
        raise _Unknown
    fields = {name: getattr(model, name, None) for name, field in type(model).model_fields.items() if not field.exclude}
    fields |= getattr(model, "__pydantic_extra__", None) or {}
    return [_name(type(model)), _plain(fields)]


def _declared(kind: type) -> bool:
    """Whether the fields of ``kind`` are all that its objects differ in. A class that inherits from such a one may do
    anything else besides.
    """
    if _of_langchain(kind):
        return True
    return "is_lc_serializable" in vars(kind) and bool(kind.is_lc_serializable())  # type: ignore[attr-defined]


def _of_langchain(kind: type) -> bool:
    return kind.__module__.partition(".")[0].startswith("langchain")


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _plain(value: Any) -> Any:
    """``value`` in types that JSON has, so that equal ones are written alike and different ones are not."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if hasattr(value, "get_secret_value"):
        return ["secret"]
    if isinstance(value, enum.Enum):
        return [_name(type(value)), value.name]
    if isinstance(value, Mapping):
        return {json.dumps(_plain(key)): _plain(item) for key, item in value.items() if key not in _ASIDE}
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
    """A fingerprint that ``owner`` has for as long as it lives, and nothing else ever has."""
    fresh = uuid.uuid4().hex
    try:
        mark = _marks.setdefault(owner, fresh)
    except TypeError:  # cannot be a key of a dictionary that holds it weakly
        mark = fresh
    return f"{name}:{_MARK}:{mark}"


def function_identity(function: Callable[..., Any]) -> str:
    """Module and name of a function that has them; of a lambda, a closure, a method or another object only what that
    object has for itself.
    """
    name = getattr(function, "__qualname__", type(function).__name__)
    if isinstance(function, FunctionType) and "<" not in name:
        return f"{function.__module__}.{name}"
    return only_this(function, name)


def lasts(fingerprint: str) -> bool:
    """Whether ``fingerprint`` means the same model in another process, so that what it gave may be stored."""
    return _MARK not in fingerprint
