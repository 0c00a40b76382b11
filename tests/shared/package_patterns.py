"""All regular expressions of the package."""

import importlib
import pkgutil
import re
from functools import cache

import ragzip
from ragzip.compressors.token import family
from ragzip.text.lazy_patterns import LazyPattern

FAR_FROM_TEXT = ("ragzip.training", "ragzip.testing", "ragzip.models")  # they read data of the package's makers
_OPTIONAL = (ImportError, ragzip.RagzipError)


def _values(value, depth=0):
    if isinstance(value, LazyPattern):
        yield value.compiled
    elif isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict) and depth < 3:
        for item in value.values():
            yield from _values(item, depth + 1)
    elif isinstance(value, (list, tuple, set, frozenset)) and depth < 3:
        for item in value:
            yield from _values(item, depth + 1)
    elif isinstance(value, type) and depth < 1 and value.__module__.startswith("ragzip."):
        for item in vars(value).values():
            yield from _values(item, depth + 1)


@cache
def patterns():
    """All compiled patterns by (pattern, flags), with the name of a module that has it."""
    by_source = {}
    for module in pkgutil.walk_packages(ragzip.__path__, "ragzip."):
        if module.name.startswith(FAR_FROM_TEXT) or module.name.endswith("__main__"):
            continue
        try:
            names = vars(importlib.import_module(module.name))
        except _OPTIONAL:
            continue
        for name, value in names.items():
            for pattern in _values(value):
                if isinstance(pattern.pattern, str):
                    by_source.setdefault((pattern.pattern, pattern.flags), (f"{module.name}.{name}", pattern))
    built = family._pattern(["the answer is", ".", "日本", "not"])  # built at run time
    by_source[built.pattern, built.flags] = ("token.family._pattern", built)
    return list(by_source.values())
