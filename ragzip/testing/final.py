"""Suites whose tests cannot be overridden."""

from __future__ import annotations

from typing import Any

__all__ = ["Final"]


class Final:
    """Refuses a subclass that replaces a test of its suite."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        suites = [base for base in cls.__mro__[1:] if base.__module__.startswith(__package__)]
        replaced = [
            name for name in vars(cls) if name.startswith("test_") and any(name in vars(suite) for suite in suites)
        ]
        if suites and replaced and not cls.__module__.startswith(__package__):
            raise TypeError(f"{cls.__name__} overrides {replaced}: tests of a contract are not overridden")
