"""Spans and counters of calls for OpenTelemetry, where the program uses it.

Nothing is imported for it: a program that has not imported ``opentelemetry`` by itself collects nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

__all__ = ["CallSpan", "call_span"]

_NAME = "ragzip"
_counters: dict[str, Any] = {}


class CallSpan:
    """The span of a call; without OpenTelemetry it does nothing."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def end_with(self, figures: Mapping[str, Any]) -> None:
        """Note the figures of the call: numbers and texts as attributes, None left out."""
        if self._span is None:
            return
        for name, value in figures.items():
            if value is not None:
                self._span.set_attribute(f"{_NAME}.{name}", value)
        for name in ("tokens_in", "tokens_out"):
            if name in figures:
                _counter(f"{_NAME}.{name}").add(figures[name])


@contextmanager
def call_span(name: str) -> Iterator[CallSpan]:
    """A block whose span is called ``name``; an error in it is noted by its type, without texts."""
    if "opentelemetry.trace" not in sys.modules:
        yield CallSpan()
        return
    from opentelemetry import trace

    tracer = trace.get_tracer(_NAME)
    with tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as span:
        try:
            yield CallSpan(span)
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(trace.Status(trace.StatusCode.ERROR))
            raise


def _counter(name: str) -> Any:
    """The counter of tokens with this name."""
    from opentelemetry import metrics

    if name not in _counters:
        _counters[name] = metrics.get_meter(_NAME).create_counter(name, unit="{token}")
    return _counters[name]
