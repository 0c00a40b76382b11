"""Options that several commands share."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from ragzip.cache import CacheOption, open_cache
from ragzip.errors import needs_extra
from ragzip.files.stores.disk import DATABASE_NAME, DiskStore

__all__ = [
    "EXISTING_PATH",
    "FOLDER",
    "all_of",
    "cache_option",
    "data_option",
    "dev_option",
    "machine_options",
    "open_cache_option",
    "out_folder_option",
    "packed_option",
    "server_options",
    "start_model_option",
    "tokenizer_option",
    "tokens_option",
    "training_extra",
]

Command = TypeVar("Command", bound=Callable[..., Any])


def all_of(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """A decorator that adds ``options`` in the order in which help texts show them."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def cache_option(command: Command) -> Command:
    """``command`` with the options --cache and --no-cache, which are one parameter, ``cache``."""

    @wraps(command)
    def with_cache(*arguments: Any, cache: CacheOption, no_cache: bool, **options: Any) -> Any:
        return command(*arguments, cache=False if no_cache else cache, **options)

    return cast(
        Command,
        all_of(
            _place_option("Where scores are kept: default, off, a folder, redis://…."),
            click.option("--no-cache", is_flag=True, help="The same as --cache off."),
        )(with_cache),
    )


def open_cache_option(*, must_exist: bool = False) -> Callable[[Command], Command]:
    """The option --cache, which a command receives as the cache at that place, ``cache``.

    :param must_exist: a folder without a cache is an error; opened, it would get one.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_open_cache(*arguments: Any, cache: CacheOption, **options: Any) -> Any:
            opened = open_cache(cache)
            if opened is None:
                raise click.UsageError("--cache off: expected default, a folder or redis://….")
            store = opened.store
            if must_exist and isinstance(store, DiskStore) and not (store.folder / DATABASE_NAME).is_file():
                raise click.ClickException(f"no cache at {store.folder}")
            return command(*arguments, cache=opened, **options)

        return cast(Command, _place_option("The cache: default, a folder, redis://….")(with_open_cache))

    return decorate


def _place_option(help_text: str) -> Callable[[Command], Command]:
    return click.option("--cache", default="default", show_default=True, help=help_text)


EXISTING_PATH = click.Path(path_type=Path, exists=True)
FOLDER = click.Path(path_type=Path, file_okay=False)

out_folder_option = click.option("-o", "--out", type=FOLDER, required=True, help="Folder to write.")
tokenizer_option = click.option("--tokenizer", help="o200k_base (default), cl100k_base, a tokenizer.json or a hub id.")
dev_option = click.option("--dev", type=EXISTING_PATH, multiple=True, help="Questions to measure on, QA schema.")
packed_option = click.option(
    "--packed",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Training data written by `ragzip train pack` with the tokenizer of the model.",
)
start_model_option = click.option(
    "-m", "--model", type=EXISTING_PATH, help="Model that training starts from [the shipped pruner]."
)


def data_option(help_text: str, *, required: bool = True) -> Callable[[Command], Command]:
    """The option ``--data``: one or more files or folders."""
    return click.option("--data", type=EXISTING_PATH, multiple=True, required=required, help=help_text)


def tokens_option(default: int) -> Callable[[Command], Command]:
    """The option ``--tokens``: the length of a training run."""
    return click.option(
        "--tokens", type=click.IntRange(1000), default=default, show_default=True, help="Tokens to train on."
    )


def server_options(server_help: str) -> Callable[[Command], Command]:
    """The options of a server with OpenAI's protocol: ``--url``, ``--key``, ``--timeout``."""
    return all_of(
        click.option("--url", help=server_help),
        click.option("--key", envvar="OPENAI_API_KEY", help="API key of the server [$OPENAI_API_KEY]."),
        click.option("--timeout", type=float, help="Seconds per answer of the server, retries included [120]."),
    )


def machine_options(command: Command) -> Command:
    """``command`` with the options of the training machine: ``--device``, ``--precision``, ``--minutes``."""
    return all_of(
        click.option("--device", default="auto", show_default=True, help="auto (a GPU if available), cpu, cuda, mps."),
        click.option(
            "--precision", default="auto", show_default=True, help="auto (bf16 where it is fast), bf16, fp32."
        ),
        click.option(
            "--minutes",
            type=click.FloatRange(0, min_open=True),
            help="Maximum training time; the same call resumes the run.",
        ),
    )(command)


@contextmanager
def training_extra() -> Iterator[None]:
    """A context for the imports of ``ragzip[train]``; log messages of training go to standard error.

    :raises MissingExtraError: an import fails.
    """
    with needs_extra("train"):
        yield
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
