"""The memory of a page grows with its length, by a bounded share of it."""

import tracemalloc

import pytest

import ragzip
from benchmarks.growth import PAGES, auto_with_fakes, page_memory
from ragzip.types import Document


@pytest.mark.parametrize("kind", PAGES)
def test_pages_take_a_bounded_share_of_memory(kind):
    assert page_memory(kind, 6_000) < 60  # bytes a character; 445 for paragraphs of one letter before


def test_units_of_pages_take_a_bounded_share_of_memory():
    """A block of one letter took 800 bytes: its unit, its place in the order, the key of its cost."""
    pipeline = ragzip.Pipeline(auto_with_fakes(), target_tokens=200, cache=False)

    def peak(length):
        page = Document("a", "<html>" + "<p>x" * (length // 4), mime="text/html")
        tracemalloc.start()
        pipeline.run([page], "When did the mill burn down?")
        bytes_at_peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return bytes_at_peak

    peak(1_000)
    assert peak(24_000) - peak(8_000) < 70 * 16_000
