"""Figures for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Requests, their seconds, tokens before and after, and what is under way."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "ragzip_requests", "Requests by path and status.", ["path", "status"], registry=self._registry
        )
        self.seconds = Histogram(
            "ragzip_request_seconds", "Seconds of a request.", ["path"], buckets=_SECONDS, registry=self._registry
        )
        self.tokens = Counter(
            "ragzip_tokens", "Tokens of texts before (in) and after (out).", ["side"], registry=self._registry
        )
        self.fallbacks = Counter("ragzip_fallbacks", "Replies with a text returned unchanged.", registry=self._registry)
        self.running = Gauge("ragzip_requests_running", "Requests that are worked on.", registry=self._registry)
        self.waiting = Gauge("ragzip_requests_waiting", "Requests that wait.", registry=self._registry)

    def count(self, tokens_in: int, tokens_out: int, *, fallback: bool) -> None:
        """Count one compression."""
        self.tokens.labels("in").inc(tokens_in)
        self.tokens.labels("out").inc(tokens_out)
        if fallback:
            self.fallbacks.inc()

    def exposition(self) -> bytes:
        """All figures in the text format of Prometheus."""
        return bytes(generate_latest(self._registry))
