"""The options of a call on the command line: one list for ``ragzip compress`` and ``ragzip batch``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from importlib import import_module
from typing import Any, TypeVar, cast

import click

from ragzip.cli.options import all_of, cache_option, server_options, tokenizer_option
from ragzip.compressors.base import Compressor
from ragzip.compressors.entry import Entry
from ragzip.compressors.options import Options
from ragzip.compressors.registry import TABLE, find_entry, load, options_of
from ragzip.errors import UnknownNameError
from ragzip.output.layout import Layout
from ragzip.text.protect import PATTERNS, check_protected

__all__ = ["call_options"]

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("-n", "--target-tokens", type=int, help="Maximum tokens kept."),
    click.option("-r", "--rate", type=float, help="Share of tokens kept, above 0 up to 1."),
    click.option("--threshold", type=float, help="Minimum score kept."),
    click.option(
        "-c",
        "--compressor",
        "compressors",
        multiple=True,
        help="A name from `ragzip list`; repeat to run several in order.",
    ),
    click.option("-m", "--model", help="Folder or hub id of the model of the last compressor named."),
    server_options("Server with OpenAI's protocol that runs the model, for compressors that rewrite."),
    tokenizer_option,
    click.option("--protect", multiple=True, help=f"Kind of text to protect; repeat. One of {', '.join(PATTERNS)}."),
    click.option(
        "--tidy/--no-tidy",
        default=None,
        help="Remove redundant text first, such as white space, in prose too; or never [in tables, JSON, logs …].",
    ),
    click.option("--reorder", is_flag=True, help="Order documents by relevance, the best one first."),
    click.option("--sources", is_flag=True, help="Write a numbered header, '[1] Title', before each document."),
    click.option("--header", default="", help="Header of each document, such as '[{number}] {title}\\n'."),
    click.option("--deadline", type=float, help="Seconds after which documents without scores are kept unchanged."),
    click.option("--least", type=int, help="Contexts with fewer tokens are kept unchanged."),
    click.option("--passthrough", is_flag=True, help="Keep a document unchanged where compression fails."),
    cache_option,
)


def call_options(command: Command) -> Command:
    """``command`` with the options of a call, which it receives as one argument, ``call``: those of
    :func:`ragzip.compress`.
    """

    @wraps(command)
    def with_call(
        *arguments: Any,
        compressors: tuple[str, ...],
        model: str | None,
        url: str | None,
        key: str | None,
        timeout: float | None,
        reorder: bool,
        sources: bool,
        header: str,
        passthrough: bool,
        **options: Any,
    ) -> Any:
        if sources and header:
            raise click.UsageError("--sources and --header: expected one of them.")
        try:
            check_protected(options["protect"])
        except UnknownNameError as error:
            raise click.UsageError(f"--{error}") from None
        server = {"url": url, "key": key, "timeout": timeout} if url else {}
        *first_names, last_name = compressors or ("auto",)
        layout = Layout.sources() if sources else Layout(header=header.replace("\\n", "\n"))
        call = {name: options.pop(name) for name in Options.__annotations__ if name in options}
        call |= {
            "compressor": [*first_names, _compressor(last_name, model, server)],
            "layout": replace(layout, order="score") if reorder else layout,
            "on_error": "passthrough" if passthrough else "raise",
        }
        return command(*arguments, call=call, **options)

    return cast(Command, all_of(*_OPTIONS)(with_call))


def _compressor(name: str, model: str | None, server: dict[str, Any]) -> str | Compressor:
    """The compressor ``name`` with a model or server of the caller's; ``name`` itself without one."""
    settings = {key: value for key, value in server.items() if value is not None}
    for option, value in (("model", model), ("url", server.get("url"))):
        if value is not None:
            _check_taken(name, option)
    return load(name, model=model, **settings) if model or settings else name


def _check_taken(name: str, option: str) -> None:
    """Check that one of our compressors has ``option``.

    :raises UsageError: it has not.
    """
    key, entry = find_entry(name)
    if key in TABLE and not _takes(entry, option):
        names = ", ".join(other_name for other_name, other_entry in TABLE.items() if _takes(other_entry, option))
        raise click.UsageError(f"--{option}: {key} does not take it, expected --compressor with one of {names}.")


def _takes(entry: Entry, option: str) -> bool:
    """Whether the compressor of a row of the table has ``option``; where its libraries are missing, perhaps."""
    module_name, _, attribute = entry.target.partition(":")
    with suppress(ImportError):
        return option in options_of(getattr(import_module(module_name), attribute))
    return True
