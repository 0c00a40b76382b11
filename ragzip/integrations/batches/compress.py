"""Runs over many rows: in order, in worker processes, and over a file in a way that goes on after any stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Unpack

import ragzip
from ragzip.backends.parallel import usable_cores
from ragzip.checks import answers_misuse, flag, iter_of, path_of, whole_number
from ragzip.compressors.fingerprints import fingerprints_of, tokenizer_identity
from ragzip.compressors.options import Options
from ragzip.errors import InputError, OptionError
from ragzip.files.rows import ending_of_data
from ragzip.files.writing import refuse_inputs
from ragzip.integrations.batches.files import InputFile, check_output_kind, table_schema, write_output
from ragzip.integrations.batches.journal import Journal
from ragzip.integrations.batches.rows import ROW_OPTIONS, Item, RowCompressor, RowOptions
from ragzip.pipeline import resolve
from ragzip.process.workers import Lost, in_processes

__all__ = ["BatchReport", "compress_file", "compress_rows"]

_MOST_AHEAD = 256  # rows that are finished, but wait for one before them
_WITH_IDENTITY = ("cache", "compressor", "tokenizer")  # options that change no result, or are told by fingerprints


@dataclass(frozen=True)
class BatchReport:
    """The figures of a run.

    :param rows: all rows of the output.
    :param new_rows: those of this call; the others were finished before.
    :param errors: rows that failed.
    :param seconds: of this call.
    """

    rows: int
    new_rows: int
    errors: int
    tokens_in: int
    tokens_out: int
    seconds: float


def compress_rows(
    rows: Iterable[Mapping[str, Any]], *, workers: int | None = 1, **options: Any
) -> Iterator[dict[str, Any]]:
    """The new row for each of ``rows``, in order, see :class:`~ragzip.integrations.batches.rows.RowCompressor`. Rows
    are taken as they are needed; one that fails has its error in its field.

    :param workers: processes, each with its share of the cores; 1: none besides this one; None: one for each core.
    :param options: those of :class:`~ragzip.integrations.batches.rows.RowCompressor`, and of :func:`ragzip.compress`.
    :raises OptionError: an option that is unknown or outside its range.
    """
    compressor = RowCompressor(**options)
    row_iterator = iter_of(rows, "compress_rows", expected="rows: mappings of fields", error=InputError)
    return _in_order(compressor, row_iterator, _worker_count(workers))


def _in_order(compressor: RowCompressor, rows: Iterator[Any], workers: int) -> Iterator[dict[str, Any]]:
    if workers == 1:
        yield from map(compressor, rows)
        return
    row_by_number: dict[int, Any] = {}
    fields_by_number: dict[int, dict[str, Any]] = {}

    def read() -> Iterator[tuple[int, Item]]:
        for number, row in enumerate(rows):
            row_by_number[number] = row
            try:
                yield number, compressor.item(row)
            except InputError as error:
                fields_by_number[number] = compressor.failed(error)

    next_number = 0

    def ready() -> Iterator[dict[str, Any]]:
        nonlocal next_number
        while next_number in fields_by_number:
            yield compressor.joined(row_by_number.pop(next_number), fields_by_number.pop(next_number))
            next_number += 1

    for number, fields in _computed(compressor, read(), workers):
        fields_by_number[number] = fields
        yield from ready()
    yield from ready()


def _computed(
    compressor: RowCompressor, items: Iterator[tuple[int, Item]], workers: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The fields of each item, with its number, as they are finished."""
    if workers == 1:
        for number, item in items:
            yield number, compressor.compressed(item)
        return
    cores = max(1, usable_cores() // workers)
    outcomes = in_processes(compressor.compressed, items, workers, cores=cores, most_ahead=_MOST_AHEAD)
    for number, outcome in outcomes:
        yield number, compressor.failed(str(outcome)) if isinstance(outcome, Lost) else outcome


@answers_misuse
def compress_file(
    source: str | Path,
    out: str | Path,
    *,
    workers: int | None = None,
    strict: bool = False,
    progress: Callable[[int, int], None] | None = None,
    **options: Unpack[RowOptions],
) -> BatchReport:
    """Compress the context of every row of ``source`` and write the new rows to ``out``, in the same order.

    Stopped at any moment, the same call goes on: finished rows are not done again, and the output is the same as that
    of a run that was never stopped. It appears in one step, when all rows are finished. A row that fails has its error
    in the output (see :class:`~ragzip.integrations.batches.rows.RowCompressor` for the fields).

    :param source: a file of rows: .jsonl, .json, .csv, .tsv (all also with .gz) or .parquet.
    :param out: a .jsonl, .jsonl.gz or .parquet file; beside it are NAME.part during the run, and NAME.run.json.
    :param workers: processes, each with its share of the cores and models of its own; None: one for each core; 1: none
        besides this one.
    :param strict: stop at the first row that fails; the same call tries it again.
    :param progress: called with the number of finished rows, and of all.
    :param options: those of :class:`~ragzip.integrations.batches.rows.RowCompressor`, and of :func:`ragzip.compress`.
    :raises InputError: a file that cannot be read, without the fields that are named, or with ``strict`` a row.
    :raises OptionError: an option that is unknown or outside its range.
    :raises StorageError: ``out`` is another program's file, or of a run with other settings, or cannot be written.
    """
    began = time.monotonic()
    source_path = path_of(source, "source", expected="a file of rows")
    out_path = path_of(out, "out", expected="a file to write").resolve()
    strict, worker_count = flag(strict, "strict"), _worker_count(workers)
    if progress is not None and not callable(progress):
        raise OptionError(f"progress: received {type(progress).__name__}, expected a function of two numbers.")
    compressor = RowCompressor(**options)
    refuse_inputs([out_path], [source_path])
    check_output_kind(source_path, out_path)
    compressor.pipeline.run([])  # options are checked before any row is an error of its own
    file = InputFile(source_path, compressor)
    schema = table_schema(file, compressor) if ending_of_data(out_path) == ".parquet" else None
    settings = _settings(file, compressor)
    journal = Journal(out_path, settings, file.row_count, error_field=compressor.error_field, keep_errors=not strict)
    try:
        if journal.finished_figures is not None:
            return BatchReport(**{**journal.finished_figures, "new_rows": 0, "seconds": time.monotonic() - began})
        done_before = journal.done
        _run(journal, file, compressor, worker_count, strict=strict, progress=progress)
        write_output(file, out_path, journal.fields(), compressor, schema)
        report = BatchReport(
            rows=file.row_count,
            new_rows=journal.done - done_before,
            errors=journal.errors,
            tokens_in=journal.tokens_in,
            tokens_out=journal.tokens_out,
            seconds=time.monotonic() - began,
        )
        journal.finish({name: value for name, value in asdict(report).items() if name not in ("new_rows", "seconds")})
        return report
    finally:
        journal.close()


def _run(
    journal: Journal,
    file: InputFile,
    compressor: RowCompressor,
    workers: int,
    *,
    strict: bool,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Finish the rows that are missing in ``journal``."""
    place_by_number: dict[int, str] = {}  # of rows under way

    def finish(number: int, fields: Mapping[str, Any]) -> None:
        place = place_by_number.pop(number)
        error = fields[compressor.error_field]
        if strict and error is not None:
            raise InputError(f"{place}: {error}")
        journal.add(number, fields)
        if progress is not None:
            progress(journal.done, file.row_count)

    def missing() -> Iterator[tuple[int, Item]]:
        for number, place, row in file.rows():
            if not journal.missing(number):
                continue
            place_by_number[number] = place
            try:
                if isinstance(row, InputError):
                    raise row
                item = compressor.item(row)
            except InputError as error:
                finish(number, compressor.failed(error))
                continue
            yield number, item

    if progress is not None:
        progress(journal.done, file.row_count)
    workers = max(1, min(workers, file.row_count - journal.done))
    for number, fields in _computed(compressor, missing(), workers):
        finish(number, fields)


def _worker_count(workers: int | None) -> int:
    return usable_cores() if workers is None else whole_number(workers, "workers", least=1)


def _settings(file: InputFile, compressor: RowCompressor) -> dict[str, Any]:
    """The settings that the output of a run depends on."""
    pipeline = compressor.pipeline
    compressors = resolve(pipeline.compressor)
    return {
        "ragzip": ragzip.__version__,
        "source": file.digest,
        "rows": file.row_count,
        "fields": {name: getattr(compressor, name) for name in ROW_OPTIONS},
        "compressors": [fingerprints_of(part) for part in compressors],
        "tokenizer": tokenizer_identity(pipeline.tokenizer),
        **{name: repr(getattr(pipeline, name)) for name in Options.__annotations__ if name not in _WITH_IDENTITY},
    }
