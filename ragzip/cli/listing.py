"""``ragzip list``."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution, requires
from itertools import chain
from typing import NamedTuple

import click

from ragzip.cli.app import app
from ragzip.compressors.entry import Entry, either
from ragzip.compressors.registry import entries
from ragzip.text.structure.kinds import text_kinds

__all__ = ["PURPOSES", "Status", "list_", "status_of"]

_WIDTH = 100


PURPOSES = {  # of the extras; one without a purpose here is listed, too
    "multilingual": "other languages than English",
    "torch": "models you name, soft tokens, export",
    "sheets": "workbooks (.xlsx, .ods) as documents",
    "pdf": "PDF files as documents",
    "spacy": "phrases in token/selective-context",
    "dense": "dense retrieval",
    "situated": "passages encoded within their document",
    "langchain": "LangChain",
    "agents": "LangChain agents and LangGraph",
    "llamaindex": "LlamaIndex",
    "haystack": "Haystack",
    "litellm": "LiteLLM",
    "openai-agents": "OpenAI Agents",
    "pydantic-ai": "Pydantic AI",
    "mcp": "an MCP server",
    "serve": "ragzip serve",
    "redis": "a cache on a Redis or Valkey server",
    "parquet": "Parquet files",
    "ray": "Ray Data",
    "kv": "stored keys and values",
    "eval": "ragzip eval",
    "hub": "data sets from the hub",
    "train": "ragzip train",
}
_EXTRAS_OF_DEVELOPERS = frozenset(["all", "dev", "docs", "frameworks", "testing"])
_REQUIREMENT = re.compile(
    r"(?P<library>[\w.-]++)(?>(?:\[(?P<extras>[\w,-]++)\])?)[^;]*+;[^;]*?extra == ['\"](?P<extra>[\w-]+)['\"]"
)


class Status(NamedTuple):
    """The requirements of a compressor that are not met in this environment.

    :param extra: the extra that is not installed; None where none is missing.
    :param needs: what the caller has to name, such as a model; empty for nothing.
    """

    extra: str | None
    needs: str

    @property
    def runs(self) -> bool:
        """Whether it runs as installed, with nothing named."""
        return self.extra is None and not self.needs

    @property
    def install(self) -> str | None:
        return None if self.extra is None else install_command(self.extra)


def status_of(entry: Entry) -> Status:
    """The requirements of ``entry`` that are not met in this environment."""
    extra = entry.required_extra
    return Status(extra if extra and is_missing(extra) else None, entry.model if entry.needs_model else "")


def is_missing(extra: str) -> bool:
    """Whether a library of ``extra`` is not installed; nothing is imported."""
    return not all(map(is_installed, libraries_of(extra)))


def is_installed(library: str) -> bool:
    """Whether a library of this name is installed."""
    try:
        distribution(library)
    except PackageNotFoundError:
        return False
    return True


@lru_cache(maxsize=1)
def _requirements() -> tuple[re.Match[str], ...]:
    """The requirements of the package's extras, from its own metadata."""
    return tuple(filter(None, map(_REQUIREMENT.match, requires("ragzip") or ())))


def libraries_of(extra: str) -> list[str]:
    """The libraries that ``extra`` installs, with those of the extras that it includes."""
    libraries: list[str] = []
    for match in _requirements():
        if match["extra"] != extra:
            continue
        if match["library"] == "ragzip":
            libraries += chain.from_iterable(map(libraries_of, match["extras"].split(",")))
        else:
            libraries.append(match["library"])
    return libraries


def install_command(extra: str) -> str:
    """The command that installs ``extra``."""
    return f'pip install "ragzip[{extra}]"'


@app.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_(as_json: bool) -> None:
    """List the compressors, and what those that do not run as installed need."""
    table = entries()
    statuses = {compressor: status_of(entry) for compressor, entry in table.items()}
    if as_json:
        described = {
            compressor: {
                "target": entry.target,
                "about": entry.about,
                "paper": entry.paper,
                "model": entry.model,
                "extra": entry.extra,
                "runs": statuses[compressor].runs,
                "missing_extra": statuses[compressor].extra,
                "install": statuses[compressor].install,
            }
            for compressor, entry in table.items()
        }
        click.echo(json.dumps(described, ensure_ascii=False, indent=2))
        return
    click.echo("\n\n".join("\n".join(section) for section in _sections(table, statuses)))


def _sections(table: Mapping[str, Entry], statuses: Mapping[str, Status]) -> Iterator[list[str]]:
    """The lines of each part of the list."""
    name_width = max(map(len, table))
    ready = {compressor: entry for compressor, entry in table.items() if statuses[compressor].runs}
    yield ["Run as installed:", *_lines(ready, name_width)]
    with_model = {
        compressor: entry
        for compressor, entry in table.items()
        if statuses[compressor].needs and not statuses[compressor].extra
    }
    if with_model:
        yield ["Run with a model you name (--model; on a server --url):", *_lines(with_model, name_width)]
    for extra in dict.fromkeys(status.extra for status in statuses.values() if status.extra):
        blocked = {compressor: entry for compressor, entry in table.items() if statuses[compressor].extra == extra}
        yield [f"Need {install_command(extra)}:", *_lines(blocked, name_width)]
    yield ["Extras:", *_extra_lines()]
    yield ["Kinds of text that are kept as what they are (by media type, file ending or content):", *_kind_lines()]


def _lines(table: Mapping[str, Entry], width: int) -> Iterator[str]:
    for compressor, entry in table.items():
        model = f"model: {either(entry.yours)}" if entry.needs_model else ""
        details = "; ".join(filter(None, [entry.paper, model]))
        description = entry.about + (f" ({details})" if details else "")
        yield from _hanging(f"  {compressor:<{width}}  ", description)


def _extra_lines() -> Iterator[str]:
    extras = dict.fromkeys([*PURPOSES, *(match["extra"] for match in _requirements())])
    shown_extras = [extra for extra in extras if extra not in _EXTRAS_OF_DEVELOPERS]
    name_width = max(map(len, shown_extras))
    for extra in shown_extras:
        install_state = f"missing: {install_command(extra)}" if is_missing(extra) else "installed"
        yield from _hanging(f"  {extra:<{name_width}}  ", ": ".join(filter(None, [PURPOSES.get(extra), install_state])))


def _kind_lines() -> Iterator[str]:
    kinds = text_kinds()
    name_width = max(len(kind.name) for kind in kinds)
    for kind in kinds:
        endings = f" ({' '.join(kind.endings)})" if kind.endings else ""
        yield from _hanging(f"  {kind.name:<{name_width}}  ", f"{kind.about}{endings}")


def _hanging(label: str, text: str) -> list[str]:
    """``text`` after ``label``, its further lines below it."""
    return textwrap.wrap(
        text, _WIDTH, initial_indent=label, subsequent_indent=" " * len(label), break_on_hyphens=False
    ) or [label.rstrip()]
