"""Compression of a Ray data set: ``ragzip.ray.compress_dataset``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from ragzip.backends.parallel import usable_cores
from ragzip.checks import answers_misuse, number_in, whole_number, with_methods
from ragzip.errors import MissingExtraError
from ragzip.integrations.batches.files import added_columns
from ragzip.integrations.batches.rows import RowCompressor, RowOptions
from ragzip.process.workers import share_of_cores

if TYPE_CHECKING:
    import pyarrow
    import ray.data

__all__ = ["compress_dataset"]


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
    its field. An actor that dies is started anew by Ray, and its batch done again. Like all of Ray Data it is lazy,
    and keeps the order of the rows only with ``ray.data.DataContext.get_current().execution_options.preserve_order
    = True``. A cache that all machines share is a server: ``cache="redis://…"``.

    :param workers: actors; None: from one on, as many as the cluster has room for.
    :param cores: of each actor.
    :param batch_size: rows that an actor gets at a time.
    :param options: those of :class:`~ragzip.integrations.batches.rows.RowCompressor`, and of :func:`ragzip.compress`.
    :raises OptionError: an option that is unknown or outside its range.
    :raises MissingExtraError: Ray is not installed.
    """
    try:
        import ray
        from ray.data import ActorPoolStrategy
    except ModuleNotFoundError as error:
        raise MissingExtraError("ray", "ray") from error
    with_methods(dataset, "dataset", ("map_batches", "schema"), expected="a ray.data.Dataset")
    cores = number_in(cores, "cores", above=0, most=100_000, expected="a number of cores above 0")
    whole_number(batch_size, "batch_size", least=1)
    if workers is not None:
        workers = whole_number(workers, "workers", least=1)
    compressor = RowCompressor(**options)
    compressor.pipeline.run([])  # options are checked here, not on the cluster
    pool = ActorPoolStrategy(size=workers) if workers else ActorPoolStrategy(min_size=1, max_size=_room(ray, cores))
    return dataset.map_batches(
        _Actor,
        batch_format="pyarrow",
        batch_size=batch_size,
        compute=pool,
        num_cpus=cores,
        fn_constructor_args=(compressor, max(1, int(cores))),
    )


def _room(ray: Any, cores: float) -> int:
    """How many actors the cluster has room for."""
    if not ray.is_initialized():
        return max(1, int(usable_cores() / cores))
    return max(1, int(ray.cluster_resources().get("CPU", 1) / cores))


class _Actor:
    """An actor: it loads the models at its first rows, and keeps them."""

    def __init__(self, compressor: RowCompressor, cores: int) -> None:
        share_of_cores(cores)
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
