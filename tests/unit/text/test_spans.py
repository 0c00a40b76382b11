"""Spans in arrays."""

from ragzip.text.spans import Span, Spans


def test_spans_in_arrays_are_equal_to_a_tuple_of_them():
    spans = Spans.of([(0, 3), (5, 9)])
    assert spans == Spans.of([(0, 3), (5, 9)]) == (Span(0, 3), Span(5, 9))
    assert spans != Spans.of([(0, 3)]) and spans != [Span(0, 3), Span(5, 9)]
    assert hash(spans) == hash((Span(0, 3), Span(5, 9)))
    assert repr(spans) == "(Span(start=0, end=3), Span(start=5, end=9))"
    assert spans[1:] == (Span(5, 9),)
