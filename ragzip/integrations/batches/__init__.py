"""Whole data sets: rows from files, tables and iterators, with worker processes, errors by row, and runs that go on."""

from __future__ import annotations

from ragzip.integrations.batches.compress import BatchReport, compress_file, compress_rows
from ragzip.integrations.batches.rows import RowCompressor

__all__ = ["BatchReport", "RowCompressor", "batch", "compress_file", "compress_rows"]

batch = compress_rows  # as ragzip.batch
