"""The input of a run, read row by row, and its output, written as a whole."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from ragzip.checks import shown
from ragzip.errors import InputError, OptionError, needs_extra, reason_of
from ragzip.files.rows import ENDINGS, DataRow, ending_of_data, lazy_rows
from ragzip.files.writing import atomic_file, storing
from ragzip.integrations.batches.rows import CONTEXT_FIELDS, RowCompressor

__all__ = ["OUTPUT_ENDINGS", "InputFile", "added_columns", "check_output_kind", "table_schema", "write_output"]

OUTPUT_ENDINGS = (".jsonl", ".jsonl.gz", ".parquet")
_CHUNK_BYTES = 2**20
_ROWS_PER_GROUP = 1000  # of a Parquet file that is written
NewRow = dict[str, Any]


class InputFile:
    """A file of rows, read once to count and check it.

    :param path: JSON Lines, JSON, CSV (all three also gzipped) or Parquet.
    :raises InputError: it cannot be read, no row has the fields that the compressor names, or a row has one of those
        that are added.
    """

    def __init__(self, path: Path, compressor: RowCompressor) -> None:
        self.path = path
        if not path.is_file():
            raise InputError(f"{path}: received a path with no such file, expected one in {', '.join(ENDINGS)}.")
        self.digest = _digest(path)
        self.row_count = 0
        names: dict[str, None] = {}
        for _, row in lazy_rows(path):
            self.row_count += 1
            if not isinstance(row, InputError):
                names.update(dict.fromkeys(row))
        self._check_names(list(names), compressor)

    def rows(self) -> Iterator[tuple[int, str, DataRow | InputError]]:
        """The rows with their numbers and places; in place of a line that cannot be read its error."""
        for number, (place, row) in enumerate(lazy_rows(self.path)):
            yield number, place, row

    def check_unchanged(self) -> None:
        """Check that the file is the one that was read at first.

        :raises InputError: it was changed.
        """
        if _digest(self.path) != self.digest:
            raise InputError(f"{self.path}: was changed during the run. Start again, with another output.")

    def _check_names(self, names: list[str], compressor: RowCompressor) -> None:
        if not names:
            return
        if compressor.context_field_of(names) is None:
            wanted = [compressor.context_field] if compressor.context_field else CONTEXT_FIELDS
            raise InputError(
                f"{self.path}: its rows have the fields {shown(names)}, expected a context as "
                f"{' or '.join(map(repr, wanted))}. Name the field: context_field, --context-field."
            )
        if compressor.query_field is not None and compressor.query_field not in names:
            raise InputError(
                f"{self.path}: its rows have the fields {shown(names)}, expected a query as {compressor.query_field!r}."
            )
        compressor.check_query(names)
        dropped = () if compressor.keep_context else (compressor.context_field_of(names),)
        compressor.check_names(name for name in names if name not in dropped)


def _digest(path: Path) -> str:
    """The SHA-256 of a file."""
    hasher = hashlib.sha256()
    try:
        with path.open("rb") as opened:
            while chunk := opened.read(_CHUNK_BYTES):
                hasher.update(chunk)
    except OSError as error:
        raise InputError(f"{path}: could not be read ({error}), expected a file of rows.") from error
    return hasher.hexdigest()


def check_output_kind(source: Path, out: Path) -> None:
    """Check, before long work, that rows of ``source`` can be written to a file of the name of ``out``.

    :raises OptionError: another ending, or bytes that JSON does not have.
    :raises MissingExtraError: a Parquet file without pyarrow.
    """
    if not out.name.lower().endswith(OUTPUT_ENDINGS):
        raise OptionError(f"out: received {out}, expected a name in {', '.join(OUTPUT_ENDINGS)}.")
    if ".parquet" not in (ending_of_data(source), ending_of_data(out)):
        return
    with needs_extra("parquet"):
        import pyarrow
        from pyarrow import parquet
    if ending_of_data(source) == ".parquet" and ending_of_data(out) == ".jsonl":
        try:
            schema = parquet.read_schema(source)
        except Exception as error:  # pyarrow raises errors of many types
            raise InputError(f"{source}: expected a Parquet file ({reason_of(error)}).") from error
        for column in schema:
            if pyarrow.types.is_binary(column.type) or pyarrow.types.is_large_binary(column.type):
                raise OptionError(f"out: column {column.name!r} of {source} holds bytes, expected a .parquet for them.")


def write_output(
    source: InputFile, out: Path, added: Iterable[Mapping[str, Any]], compressor: RowCompressor, schema: Any
) -> None:
    """Write the rows of ``source``, each with its fields of ``added``, to ``out``, completely or not at all.

    :param schema: that of :func:`table_schema` for a Parquet file, None for JSON Lines.
    """
    new_rows = _new_rows(source, added, compressor)
    with storing(out), atomic_file(out) as temporary:
        if schema is not None:
            _write_parquet(source, new_rows, temporary, schema)
        else:
            _write_json_lines(new_rows, temporary, zipped=out.name.lower().endswith(".gz"))
        source.check_unchanged()


def _new_rows(source: InputFile, added: Iterable[Mapping[str, Any]], compressor: RowCompressor) -> Iterator[NewRow]:
    for (_, _, row), fields in zip(source.rows(), added, strict=True):
        yield compressor.joined(None if isinstance(row, InputError) else row, fields)


def _write_json_lines(new_rows: Iterable[NewRow], path: Path, *, zipped: bool) -> None:
    with ExitStack() as stack:
        binary: Any = stack.enter_context(path.open("wb"))
        if zipped:
            binary = stack.enter_context(gzip.GzipFile("", "wb", fileobj=binary, mtime=0))  # the same bytes every time
        # a lone surrogate has no UTF-8 encoding; its escape is the same JSON
        stream = stack.enter_context(io.TextIOWrapper(binary, "utf-8", "backslashreplace", newline="\n"))
        for new_row in new_rows:
            stream.write(json.dumps(new_row, ensure_ascii=False, default=_as_json) + "\n")


def _as_json(value: object) -> object:
    """Dates and times as in ISO 8601, other values of tables as text."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _write_parquet(source: InputFile, new_rows: Iterable[NewRow], path: Path, schema: Any) -> None:
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetWriter(path, schema) as writer:
            for group in _groups(new_rows):
                columns = {name: [new_row.get(name) for new_row in group] for name in schema.names}
                writer.write_table(pyarrow.table(columns, schema=schema))
    except pyarrow.ArrowException as error:
        raise InputError(
            f"{source.path}: its fields do not fit a table ({error}), expected the same types in all rows. "
            "Write .jsonl."
        ) from error


def table_schema(source: InputFile, compressor: RowCompressor) -> Any:
    """The columns of a Parquet file of new rows: those of ``source`` without the context, and those that are added.

    :raises InputError: its fields have other types in other rows.
    """
    import pyarrow
    from pyarrow import parquet

    if ending_of_data(source.path) == ".parquet":
        input_schema = parquet.read_schema(source.path)
    else:
        input_schema = pyarrow.schema([])
        rows = (compressor.without_context(row) for _, _, row in source.rows() if not isinstance(row, InputError))
        for group in _groups(rows):
            names = dict.fromkeys(name for row in group for name in row)
            try:
                table = pyarrow.table({name: [row.get(name) for row in group] for name in names})
                input_schema = pyarrow.unify_schemas([input_schema, table.schema], promote_options="permissive")
            except pyarrow.ArrowException as error:
                raise InputError(
                    f"{source.path}: its fields do not fit a table ({error}), expected the same types in all rows. "
                    "Write .jsonl."
                ) from error
    dropped = None if compressor.keep_context else compressor.context_field_of(input_schema.names)
    kept = [column for column in input_schema if column.name != dropped]
    return pyarrow.schema([*kept, *added_columns(compressor)])


def added_columns(compressor: RowCompressor) -> list[Any]:
    """The columns of pyarrow that a row gets."""
    import pyarrow

    text, number = pyarrow.string(), pyarrow.int64()
    document = pyarrow.struct(
        [
            ("id", text), ("text", text), ("spans", pyarrow.list_(pyarrow.list_(number))), ("score", pyarrow.float64()),
        ]
    )  # fmt: skip
    kinds = [text, number, number, pyarrow.list_(text), text, pyarrow.list_(document)]
    return [pyarrow.field(name, kind) for name, kind in zip(compressor.added_fields, kinds, strict=False)]


def _groups(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(rows)
    while group := list(islice(remaining, _ROWS_PER_GROUP)):
        yield group
