"""The figures of a row as texts of cells and as plain values, for JSON and flat for CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ragzip.eval.measures.decisions import Verdict
from ragzip.eval.measures.economics import BreakEven
from ragzip.eval.measures.statistics import Interval
from ragzip.eval.record import Arm

__all__ = [
    "amount_text",
    "flat_values_of",
    "interval_text",
    "json_values_of",
    "mean_text",
    "tokens_text",
    "verdict_text",
]


def verdict_text(verdict: Verdict | None) -> str:
    """Whether it is shown, and the lower end; "" for None."""
    if verdict is None:
        return ""
    return f"{'yes' if verdict.not_worse else 'not shown'} ({verdict.low:+.3f})"


def interval_text(value: Interval | None, *, sign: bool = False) -> str:
    """The mean and its interval; "" for None."""
    if value is None:
        return ""
    return f"{value.mean:+.3f} [{value.low:+.3f}, {value.high:+.3f}]" if sign else str(value)


def mean_text(value: Interval | None) -> str:
    """The mean; "" for None."""
    return "" if value is None else f"{value.mean:.3f}"


def amount_text(value: float | None, form: str) -> str:
    """``value`` in ``form``; "" for None."""
    return "" if value is None else format(value, form)


def tokens_text(value: float | None) -> str:
    """A number of tokens from which something holds; "" for None."""
    if value is None:
        return ""
    return "never" if math.isinf(value) else "always" if value < 1 else f"{value:,.0f} tokens"


def json_values_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a row for JSON; numbers that are not finite are texts."""
    json_values: dict[str, Any] = {}
    for field_name, value in fields.items():
        if isinstance(value, (Interval, BreakEven, Verdict)):
            json_values[field_name] = {part_name: _finite(part) for part_name, part in value._asdict().items()}
        elif isinstance(value, Arm):
            json_values |= {"compressor": value.name, "rate_asked": value.rate, "target_tokens": value.target_tokens}
        elif isinstance(value, Mapping):
            json_values[field_name] = {measure: mean._asdict() for measure, mean in value.items()}
        else:
            json_values[field_name] = _finite(value)
    return json_values


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return str(value) if math.isinf(value) else round(value, 6)
    return value


def flat_values_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a row in one level: a mean under the name of its field, the rest under "field.part"."""
    columns: dict[str, Any] = {}
    for field_name, value in json_values_of(fields).items():
        if not isinstance(value, dict):
            columns[field_name] = value
            continue
        for part_name, part in value.items():
            if isinstance(part, dict):
                columns |= {
                    f"{field_name}.{part_name}": part["mean"],
                    f"{field_name}.{part_name}.low": part["low"],
                    f"{field_name}.{part_name}.high": part["high"],
                }
            else:
                columns[field_name if part_name == "mean" else f"{field_name}.{part_name}"] = part
    return columns
