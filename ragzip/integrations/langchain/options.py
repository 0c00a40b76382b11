"""Options that JSON has no form for: a layout, and compiled patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from ragzip.checks import unknown_options
from ragzip.output.layout import Layout

__all__ = ["read_layout", "read_options", "read_protect", "written_layout", "written_options", "written_protect"]

_PATTERN_FIELDS = {"pattern", "flags"}


def read_layout(value: Any) -> Any:
    """A layout that :func:`written_layout` wrote; another value as it is.

    :raises OptionError: a mapping with another field.
    """
    if not isinstance(value, Mapping):
        return value
    known = list(Layout.__dataclass_fields__)
    if unknown := set(map(str, value)) - set(known):
        raise unknown_options("layout", unknown, known, used_names=list(map(str, value)), noun="field")
    return Layout(**value)


def written_layout(value: Any) -> Any:
    """A layout as a mapping."""
    return asdict(value) if isinstance(value, Layout) else value


def read_protect(value: Any) -> Any:
    """The value of ``protect`` as a tuple: an iterator lasts for one call, and JSON has no tuples."""
    return tuple(map(_read_pattern, value)) if isinstance(value, (Iterator, list, tuple)) else _read_pattern(value)


def written_protect(value: Any) -> Any:
    """Names as they are, patterns as mappings."""
    return [_written_pattern(item) for item in value] if isinstance(value, tuple) else _written_pattern(value)


def read_options(value: Any) -> Any:
    """The options of a call, from JSON too."""
    if not isinstance(value, Mapping):
        return value
    readers = {"layout": read_layout, "protect": read_protect}
    return {name: readers[name](option) if name in readers else option for name, option in value.items()}


def written_options(value: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a call, for JSON."""
    writers = {"layout": written_layout, "protect": written_protect}
    return {name: writers[name](option) if name in writers else option for name, option in value.items()}


def _read_pattern(value: Any) -> Any:
    is_pattern = isinstance(value, Mapping) and set(value) == _PATTERN_FIELDS
    return re.compile(value["pattern"], value["flags"]) if is_pattern else value


def _written_pattern(value: Any) -> Any:
    return {"pattern": value.pattern, "flags": value.flags} if isinstance(value, re.Pattern) else value
