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

    def compress(length):
        page = Document("a", "<html>" + "<p>x" * (length // 4), mime="text/html")
        pipeline.run([page], "When did the mill burn down?")

    def peak(length):
        tracemalloc.start()
        compress(length)
        bytes_at_peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return bytes_at_peak

    compress(4_000)  # fills caches, which have bounds of their own
    shorter = peak(1_000)
    assert peak(4_000) - shorter < 70 * 3_000
