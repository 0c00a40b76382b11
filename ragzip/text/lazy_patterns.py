"""Regular expressions that are compiled when they are first used.

Compiling all of the package's while its modules are loaded takes a second, and a call uses a third of them.
"""

from __future__ import annotations

import re
from typing import Any, cast

from ragzip.process.lazy_property import lazy_property

__all__ = ["LazyPattern", "pattern_of"]

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn")


def pattern_of(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """A pattern as ``re.compile(pattern, flags)`` returns it, compiled at the first use; an error in it shows then.

    For patterns known while a module is loaded; those made in a call are for ``re.compile``, which remembers them.
    """
    return cast("re.Pattern[str]", LazyPattern(pattern, flags))


class LazyPattern:
    """A stand-in for the pattern that it compiles, whose methods it has. Threads may compile it twice."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern, self._flags = pattern, flags

    @lazy_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern itself."""
        compiled = re.compile(self.pattern, self._flags)
        for name in _METHODS:  # found before the methods of this class, so that later calls cost nothing more
            self.__dict__[name] = getattr(compiled, name)
        return compiled

    @property
    def flags(self) -> int:
        return self.compiled.flags

    @property
    def groups(self) -> int:
        return self.compiled.groups

    def __repr__(self) -> str:
        return f"pattern_of({self.pattern!r}, {self._flags!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return pattern_of, (self.pattern, self._flags)


def _method(name: str) -> Any:
    def first_use(self: LazyPattern, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.compiled, name)(*args, **kwargs)

    return first_use


for _name in _METHODS:
    setattr(LazyPattern, _name, _method(_name))
