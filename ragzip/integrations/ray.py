"""Ray data sets: contexts compressed, documents indexed or encoded to soft tokens, by actors that load models once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from ragzip.backends.parallel import usable_cores
from ragzip.cache import open_cache
from ragzip.checks import answers_misuse, number_in, text, whole_number, with_methods
from ragzip.errors import InputError, OptionError, needs_extra
from ragzip.files.objects import documents_of
from ragzip.integrations.batches.files import added_columns
from ragzip.integrations.batches.rows import RowCompressor, RowOptions
from ragzip.process.workers import share_of_cores

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow
    import ray.data

    from ragzip.compressors.soft.family import Soft
    from ragzip.retrievers.dense import DenseRetriever
    from ragzip.types import Document

__all__ = ["compress_dataset", "encode_dataset", "index_dataset"]

_VECTORS = "ragzip_vectors"  # the column of the passages' vectors on their way to the index
_COUNTS = {  # of a document that was encoded: the column of each
    "pieces": "encoded_pieces",
    "encoded": "encoded_new",
    "vectors": "encoded_vectors",
    "bytes": "encoded_bytes",
}


@answers_misuse
def compress_dataset(
    dataset: ray.data.Dataset,
    *,
    workers: int | None = None,
    cores: float = 1,
    batch_size: int = 32,
    **options: Unpack[RowOptions],
) -> ray.data.Dataset:
    """``dataset`` with the context of every row compressed, by actors of the cluster that load the models once each.

    The rows get the fields of :class:`~ragzip.integrations.batches.rows.RowCompressor`; one that fails has its error in
    its field. An actor that dies is restarted by Ray, and its batch done again. Like all of Ray Data it is lazy,
    and keeps the order of the rows only with ``ray.data.DataContext.get_current().execution_options.preserve_order
    = True``. A cache that all machines share is a server: ``cache="redis://…"``.

    :param workers: actors; None: from one on, as many as the cluster has room for.
    :param cores: of each actor.
    :param batch_size: rows that an actor gets at a time.
    :param options: those of :class:`~ragzip.integrations.batches.rows.RowCompressor`, and of :func:`ragzip.compress`.
    :raises OptionError: an option that is unknown or outside its range.
    :raises MissingExtraError: Ray is not installed.
    """
    actors = _Actors(dataset, workers, cores, batch_size)
    compressor = RowCompressor(**options)
    compressor.pipeline.run([])  # options are checked here, not on the cluster
    return actors.map(_CompressingActor, compressor)


@answers_misuse
def index_dataset(
    dataset: ray.data.Dataset,
    *,
    workers: int | None = None,
    cores: float = 1,
    batch_size: int = 32,
    **options: Any,
) -> DenseRetriever:
    """A :class:`~ragzip.retrievers.dense.DenseRetriever` over the documents of ``dataset``, whose passages are cut and
    encoded by actors of the cluster; the vectors are put together here, and the index is what one process would make of
    the same rows in the same order.

    A row is a document: "id", "text", and if it has them "title", "mime" and "metadata". The order of the rows is that
    of the data set only with ``ray.data.DataContext.get_current().execution_options.preserve_order = True``.

    :param workers: actors; None: from one on, as many as the cluster has room for.
    :param cores: of each actor.
    :param batch_size: documents that an actor gets at a time.
    :param options: those of ``DenseRetriever``; an embedder is a name or a folder that all machines have.
    :raises OptionError: an option that is unknown or outside its range.
    :raises InputError: a row that is no document, or without an id.
    :raises MissingExtraError: Ray is not installed, or ragzip[dense].
    """
    from ragzip.retrievers.dense import DenseRetriever

    actors = _Actors(dataset, workers, cores, batch_size)
    try:
        retriever = DenseRetriever(**options)
    except TypeError as error:
        raise OptionError(f"index_dataset: received the options {sorted(options)}; {error}.") from error
    of_passages = {name: value for name, value in options.items() if name not in ("index", "code_bytes", "cells")}
    documents, vectors = [], []
    encoded = actors.map(_IndexingActor, of_passages)
    for batch in encoded.iter_batches(batch_format="pyarrow", batch_size=batch_size):
        for row in batch.to_pylist():
            stored = row.pop(_VECTORS)
            documents.append(_document(row))
            vectors.append(np.frombuffer(stored, np.float32).reshape(-1, retriever.embedder.dimension))
    retriever.add(documents, vectors=vectors)
    return retriever


@answers_misuse
def encode_dataset(
    dataset: ray.data.Dataset,
    *,
    cache: str,
    compressor: str | Soft = "soft/compllm",
    workers: int | None = None,
    cores: float = 1,
    batch_size: int = 8,
    **options: Any,
) -> ray.data.Dataset:
    """``dataset`` with the documents of its rows encoded to soft tokens into a cache that all machines share, as by
    ``ragzip encode``; a row is a document, as for :func:`index_dataset`.

    The rows get the numbers of pieces ("encoded_pieces"), of those that were new ("encoded_new"), of vectors
    ("encoded_vectors") and of their bytes ("encoded_bytes"). What an earlier run encoded is not encoded again. Like
    all of Ray Data it is lazy: ``materialize()`` runs it.

    :param cache: ``redis://…``, or a folder that all machines see.
    :param compressor: the name of a soft compressor, or one that can be pickled.
    :param workers: actors; None: from one on, as many as the cluster has room for.
    :param cores: of each actor.
    :param batch_size: documents that an actor gets at a time.
    :param options: those of the compressor; a model is a name or a folder that all machines have.
    :raises OptionError: no soft compressor; an option that it does not have, when it is run.
    :raises InputError: a row that is no document, or without an id, when it is run.
    :raises MissingExtraError: Ray is not installed, or ragzip[torch].
    """
    actors = _Actors(dataset, workers, cores, batch_size)
    text(cache, "cache")
    _check_soft(compressor)  # its model is loaded on the cluster alone
    return actors.map(_EncodingActor, compressor, options, cache)


class _Actors:
    """A pool of actors over the rows of ``dataset``.

    :raises MissingExtraError: Ray is not installed.
    :raises OptionError: something else than a data set, or a number outside its range.
    """

    def __init__(self, dataset: ray.data.Dataset, workers: int | None, cores: float, batch_size: int) -> None:
        with needs_extra("ray"):
            import ray
            from ray.data import ActorPoolStrategy
        with_methods(dataset, "dataset", ("map_batches", "schema"), expected="a ray.data.Dataset")
        self.dataset = dataset
        self.cores = number_in(cores, "cores", above=0, most=100_000, expected="a number of cores above 0")
        self.batch_size = whole_number(batch_size, "batch_size", least=1)
        workers = None if workers is None else whole_number(workers, "workers", least=1)
        self.pool = (
            ActorPoolStrategy(size=workers)
            if workers
            else ActorPoolStrategy(min_size=1, max_size=_room(ray, self.cores))
        )

    def map(self, actor: type[_Actor], *arguments: object) -> ray.data.Dataset:
        """The batches that actors of this class make, of (cores, *arguments) each."""
        return self.dataset.map_batches(
            actor,
            batch_format="pyarrow",
            batch_size=self.batch_size,
            compute=self.pool,
            num_cpus=self.cores,
            fn_constructor_args=(max(1, int(self.cores)), *arguments),
        )


def _room(ray: Any, cores: float) -> int:
    """The number of actors for which the cluster has the cores."""
    if not ray.is_initialized():
        return max(1, int(usable_cores() / cores))
    return max(1, int(ray.cluster_resources().get("CPU", 1) / cores))


def _check_soft(compressor: str | Soft) -> None:
    from ragzip.compressors.registry import find_entry
    from ragzip.compressors.soft.family import Soft

    if isinstance(compressor, str):
        is_soft = find_entry(compressor)[0].startswith("soft/")
    else:
        is_soft = isinstance(compressor, Soft)
    if not is_soft:
        raise OptionError(f"compressor: received {compressor!r}, expected a soft one, as soft/compllm.")


def _document(row: Mapping[str, Any]) -> Document:
    """The document in a row.

    :raises InputError: it is none, or has no id: numbers would be the same on several machines.
    """
    if row.get("id") is None:
        raise InputError(f"row: received the fields {sorted(row)}, expected a document with an id.")
    (document,) = documents_of(row, "row")
    return document


def _document_or_none(row: Mapping[str, Any]) -> Document | None:
    """None for a row that is no document: Ray wraps what an actor raises, :func:`index_dataset` says it plainly."""
    try:
        return _document(row)
    except InputError:
        return None


class _Actor:
    """An actor: it loads the models at its first rows, and keeps them."""

    def __init__(self, cores: int) -> None:
        share_of_cores(cores)


class _CompressingActor(_Actor):
    def __init__(self, cores: int, compressor: RowCompressor) -> None:
        super().__init__(cores)
        self._compressor = compressor

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        import pyarrow

        compressor = self._compressor
        rows = batch.to_pylist()
        new_columns: dict[str, list[Any]] = {name: [] for name in compressor.added_fields}
        for row in rows:
            for name, value in compressor.fields(row).items():
                new_columns[name].append(value)
        if (dropped := compressor.context_field_of(batch.column_names)) and not compressor.keep_context:
            batch = batch.drop_columns([dropped])
        compressor.check_names(batch.column_names)
        for column in added_columns(compressor):
            batch = batch.append_column(column, pyarrow.array(new_columns[column.name], column.type))
        return batch


class _IndexingActor(_Actor):
    """An actor that adds the vectors of the passages of each document."""

    def __init__(self, cores: int, options: Mapping[str, Any]) -> None:
        from ragzip.retrievers.dense import DenseRetriever

        super().__init__(cores)
        self._retriever = DenseRetriever(**options)

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        import pyarrow

        documents = [_document_or_none(row) for row in batch.to_pylist()]
        numbers = [number for number, document in enumerate(documents) if document is not None]
        stored: list[bytes | None] = [None] * len(documents)
        vectors = self._retriever.encode([document for document in documents if document is not None])
        for number, document_vectors in zip(numbers, vectors, strict=True):
            stored[number] = document_vectors.tobytes()
        return batch.append_column(_VECTORS, pyarrow.array(stored, pyarrow.binary()))


class _EncodingActor(_Actor):
    """An actor that encodes each document into the cache, and adds how much that was."""

    def __init__(self, cores: int, compressor: str | Soft, options: Mapping[str, Any], cache: str) -> None:
        from ragzip.compressors.registry import load

        super().__init__(cores)
        self._soft: Any = load(compressor, **options) if isinstance(compressor, str) else compressor
        self._cache = open_cache(cache)

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        import pyarrow

        from ragzip.compressors.soft.corpus import encode_corpus

        assert self._cache is not None
        counts = [encode_corpus([_document(row)], self._soft, cache=self._cache)._asdict() for row in batch.to_pylist()]
        for name, column in _COUNTS.items():
            batch = batch.append_column(column, pyarrow.array([count[name] for count in counts], pyarrow.int64()))
        return batch
