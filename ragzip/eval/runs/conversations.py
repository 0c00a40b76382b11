"""The figures of a conversation: the part of its tool results that a system keeps, and the next action of a reader."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ragzip.errors import reason_of
from ragzip.eval.measures.decisions import RECORDED
from ragzip.eval.measures.kept import measure_results, spans_of_text
from ragzip.eval.runs.readers import Decider
from ragzip.eval.runs.systems import System, compressed_by
from ragzip.eval.suites.conversations import FINAL_ANSWER, decision_of, result_texts
from ragzip.eval.suites.example import Conversation, Example
from ragzip.messages import CompressedMessages
from ragzip.messages.counting import RowCounter
from ragzip.messages.rows import ToolCall
from ragzip.text.tokens import TokenCounter

__all__ = ["conversation_figures"]

_MAX_REASON_CHARS = 500


def conversation_figures(
    example: Example, conversation: Conversation, system: System | None, reader: Decider | None, counter: TokenCounter
) -> dict[str, Any]:
    """The fields of a record of a conversation.

    Where the system fails, the whole messages are read, as they would be in use, and ``fallback`` says why. Tokens are
    those of the tool results; what the system saves elsewhere counts as if it were saved on them.

    :param system: None for no compression.
    """
    messages = list(conversation.messages)
    start = time.perf_counter()
    rows, fallback = _compressed(system, messages)
    seconds = {"compress": round(time.perf_counter() - start, 6)}
    kept_by_result = result_texts(rows)
    texts = [kept_by_result.get(document.id, "") for document in example.documents]
    tokens_in = sum(counter.many([document.text for document in example.documents]))
    count = RowCounter(counter)
    saved_tokens = sum(map(count, messages)) - sum(map(count, rows)) if rows is not messages else 0
    figures = {
        "tokens_in": tokens_in,
        "tokens_out": max(0, tokens_in - saved_tokens),
        "kept": measure_results(example, texts)._asdict(),
        "spans": [
            [[start, end] for start, end in spans_of_text(document.text, text)]
            for document, text in zip(example.documents, texts, strict=True)
        ],
        "fallback": fallback,
        **_cache_counts(rows),
    }
    if reader is not None:
        decision_figures, seconds["read"] = _decided(example, conversation, rows, reader)
        figures |= decision_figures
    return {**figures, "seconds": seconds}


def _compressed(system: System | None, messages: list[Any]) -> tuple[list[Any], str | None]:
    """The messages that are read, and why these are the whole ones where the system failed."""
    if system is None:
        return messages, None
    try:
        return compressed_by(system, messages), None
    except Exception as error:  # of any library
        return messages, reason_of(error)[:_MAX_REASON_CHARS]


def _cache_counts(rows: Sequence[Any]) -> dict[str, int]:
    """Scores that ragzip had cached, and those that it computed."""
    if not isinstance(rows, CompressedMessages):
        return {}
    stats = [item.result.stats for item in rows.report if item.result is not None]
    return {
        "cache_hits": sum(result_stats.cache_hits for result_stats in stats),
        "cache_misses": sum(result_stats.cache_misses for result_stats in stats),
    }


def _decided(
    example: Example, conversation: Conversation, rows: Sequence[Any], reader: Decider
) -> tuple[dict[str, Any], float]:
    """The fields of a record that the reader's turn gives, and the seconds it took."""
    turn = reader.decide(list(rows), conversation.tools, max_tokens=example.max_tokens)
    decision = decision_of(ToolCall(name, arguments) for name, arguments in turn.calls)
    figures = {
        "decision": decision,
        "prediction": turn.text if decision == FINAL_ANSWER else decision,
        "scores": {RECORDED: float(decision in example.answers)} if example.answers else {},
        "prompt_tokens": turn.prompt_tokens,
        "output_tokens": turn.output_tokens,
    }
    return figures, round(turn.seconds, 6)
