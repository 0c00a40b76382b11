"""What a call leaves in traces, counters and logs; never a text."""

import json
import random
import subprocess
import sys

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator

import ragzip
from ragzip.errors import OptionError

TEXT = "The mill in Leeds was opened in 1902. It rained on the way to the fair."
OPTIONS = {"compressor": "extractive/bm25", "target_tokens": 12, "cache": False}


class OwnNumbers(IdGenerator):
    """Ids of spans that leave the random numbers of the process alone: other tests look at them."""

    numbers = random.Random(0)

    def generate_span_id(self):
        return self.numbers.getrandbits(64)

    def generate_trace_id(self):
        return self.numbers.getrandbits(128)


@pytest.fixture(scope="module")
def exported():
    """Spans and counters of this process; a provider can be set once."""
    spans, counters = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider(id_generator=OwnNumbers())
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    metrics.set_meter_provider(MeterProvider([counters]))
    return spans, counters


def test_spans_and_counters_have_figures_and_no_text(exported):
    spans, counters = exported
    spans.clear()
    result = ragzip.compress(TEXT, "When was the mill opened?", **OPTIONS)
    (span,) = spans.get_finished_spans()
    assert span.name == "ragzip.compress" and span.attributes["ragzip.tokens_out"] == result.stats.tokens_out
    assert span.attributes["ragzip.compressors"] == ("extractive/bm25.v1",)
    assert "mill" not in json.dumps(dict(span.attributes), default=str)
    read = counters.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
    assert {metric.name for metric in read} == {"ragzip.tokens_in", "ragzip.tokens_out"}


def test_errors_are_noted_by_their_type(exported):
    spans, _ = exported
    spans.clear()
    with pytest.raises(OptionError):
        ragzip.compress(TEXT, "mill", **{**OPTIONS, "target_tokens": -1})
    (span,) = spans.get_finished_spans()
    assert span.attributes["error.type"] == "OptionError" and not span.events and not span.status.is_ok


def test_logs_have_figures_and_failures(caplog):
    caplog.set_level("DEBUG", "ragzip")
    ragzip.compress(TEXT, "When was the mill opened?", **OPTIONS)
    ragzip.compress([TEXT, "\0"], "When was the mill opened?", **OPTIONS, on_error="passthrough")
    levels = [record.levelname for record in caplog.records if record.name == "ragzip.pipeline"]
    assert levels == ["DEBUG", "WARNING", "DEBUG"]
    assert not any("mill" in record.getMessage() for record in caplog.records)


def test_nothing_of_it_is_imported_for_a_call():
    script = (
        f"import sys, ragzip; ragzip.compress({TEXT!r}, 'mill', **{OPTIONS!r}); print('opentelemetry' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "False", done.stderr
