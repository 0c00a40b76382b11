"""Whole data sets: rows from files, tables and iterators, with worker processes, errors by row, and runs that go on."""

from __future__ import annotations

from ragzip.integrations.batches import BatchReport, RowCompressor, batch, compress_file, compress_rows

__all__ = ["BatchReport", "RowCompressor", "batch", "compress_file", "compress_rows"]
