"""The tables of docs/ that come from the code: ``python tools/reference.py`` writes them, ``--check`` compares.

A page holds them between ``<!-- generated: NAME -->`` and ``<!-- end of generated -->``; the rest of it is written by
hand. The pages of cards are made as a whole.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

import ragzip
from ragzip import api, errors, pipeline
from ragzip.backends.load import load_embedder
from ragzip.backends.rewriters import load_rewriter
from ragzip.cli import app
from ragzip.compressors.entry import Entry
from ragzip.compressors.registry import TABLE, options_of
from ragzip.eval.suites.load import SUITES
from ragzip.models import SHIPPED
from ragzip.text.protect import PATTERNS
from ragzip.text.structure.kinds import text_kinds

__all__ = ["current", "pages"]

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
_SECTION = re.compile(
    r"(?P<begin><!-- generated: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end of generated -->)", re.DOTALL
)
_PARAMETER = re.compile(r"^:param (?P<name>\w+):(?P<text>.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_ROLE = re.compile(r":(?P<role>class|func|mod|meth|attr|data):`(?P<tilde>~?)(?P<target>[^`]+)`")
_SEE = re.compile(r"see `(?P<name>[\w.]+)`\.?")
_MEGABYTE = 1_000_000
_OWN_PARAMETERS = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}


def markdown(text: str) -> str:
    """Markdown of a docstring's reStructuredText, on one line."""

    def name(match: re.Match[str]) -> str:
        target = match["target"].rpartition(".")[2] if match["tilde"] else match["target"]
        return f"`{target}`"

    text = _ROLE.sub(name, text).replace("``", "`")
    return " ".join(text.split())


def cell(text: str) -> str:
    """``text`` as a cell of a table."""
    return text.replace("|", "\\|") or "–"


def table(header: str, rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; ``header`` names its columns, separated by commas."""
    columns = header.split(", ")
    lines = [f"| {' | '.join(columns)} |", f"| {' | '.join('---' for _ in columns)} |"]
    return "\n".join([*lines, *(f"| {' | '.join(map(cell, row))} |" for row in rows)])


def described(documented: Any) -> dict[str, str]:
    """The parameters that a docstring describes, with their text."""
    docstring = inspect.cleandoc(vars(documented).get("__doc__") or documented.__doc__ or "")
    return {match["name"]: markdown(match["text"]) for match in _PARAMETER.finditer(docstring)}


def default_of(parameter: inspect.Parameter) -> str:
    """The default of a parameter as code, or "required"."""
    return "required" if parameter.default is parameter.empty else f"`{parameter.default!r}`"


def sentence(text: str) -> str:
    """``text`` with a capital at its beginning, unless code or a quotation is there."""
    return text[:1].upper() + text[1:]


def call_options() -> str:
    """The options of ``ragzip.compress``."""
    texts = described(pipeline.Pipeline) | described(api.compress)
    texts.setdefault("compressor", texts.get("compressors", ""))
    parameters = inspect.signature(api.compress).parameters.values()
    return table(
        "option, default, meaning", [(f"`{p.name}`", default_of(p), sentence(texts[p.name])) for p in parameters]
    )


def protected_names() -> str:
    """The names that ``protect`` takes."""
    return ", ".join(f"`{name}`" for name in PATTERNS)


def class_of(target: str) -> type:
    """The class that a registry entry names."""
    module, _, name = target.partition(":")
    cls: type = getattr(importlib.import_module(module), name)
    return cls


def compressor_names() -> str:
    """One row for each registered compressor."""
    return table(
        "name, keeps, model",
        [(f"[`{name}`](#{anchor(name)})", entry.about, entry.model or "none") for name, entry in TABLE.items()],
    )


def anchor(name: str) -> str:
    """The anchor of a compressor's heading, as GitHub and MyST make it."""
    return name.replace("/", "")


def scores_of(cls: type) -> str:
    """What scores of a compressor mean."""
    declared = inspect.getattr_static(cls, "scores_are_probabilities", None)
    if isinstance(declared, property):
        return "those of its `chooser`"
    return "probabilities: `threshold` may be set" if declared else "for ranking only: `threshold` is refused"


def compressor_options() -> str:
    """A section for each compressor: paper, model, extra, what its scores mean, options."""
    parts = []
    for name, entry in TABLE.items():
        cls = class_of(entry.target)
        facts = [f"Keeps {entry.about}."]
        facts += [f"Source: {entry.paper}."] if entry.paper else []
        facts += [f"Model: {entry.model}."] if entry.model else []
        facts += [f"Extra: `{entry.extra}`."] if entry.extra else []
        facts.append(f"Scores: {scores_of(cls)}.")
        parts += [f"### `{name}`\n", " ".join(facts) + "\n"]
        if names := options_of(cls):
            texts = option_texts(cls, loader_of(name, entry))
            defaults = option_defaults(cls)
            parts.append(table("option, default, meaning", [(f"`{n}`", defaults[n], texts.get(n, "")) for n in names]))
            parts.append("")
    return "\n".join(parts).rstrip()


def loader_of(name: str, entry: Entry) -> Callable[..., Any] | None:
    """The function that loads a compressor's model, if its docstring describes options of the compressor."""
    if name.startswith("abstractive/"):
        return load_rewriter
    return load_embedder if entry.shipped[:1] == ("embedder",) else None


def option_texts(cls: type, loader: Callable[..., Any] | None) -> dict[str, str]:
    """The meaning of each option of a compressor, from its class, those it extends, and the loader of its model."""
    texts: dict[str, str] = {}
    for documented in [*cls.__mro__, *([loader] if loader else [])]:
        for name, text in described(documented).items():
            reference = _SEE.fullmatch(text)
            if reference and (resolved := described(known_class(reference["name"])).get(name)):
                text = resolved
            texts.setdefault(name, sentence(text))
    return texts


def known_class(name: str) -> type:
    """The class that a docstring refers to by its last name."""
    classes = [cls for entry in TABLE.values() for cls in class_of(entry.target).__mro__]
    return next((cls for cls in classes if cls.__name__ == name), object)


def option_defaults(cls: type) -> dict[str, str]:
    """The default of each option of a compressor."""
    defaults: dict[str, str] = {}
    for base in cls.__mro__:
        if "__init__" in vars(base) and base is not object:
            for parameter in inspect.signature(base).parameters.values():
                if parameter.kind in _OWN_PARAMETERS:
                    defaults.setdefault(parameter.name, default_of(parameter))
    return defaults


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """``command`` and those below it, each with the words that call it."""
    if isinstance(command, click.Group):
        for name, below in sorted(command.commands.items()):
            yield from commands(below, f"{path} {name}")
    else:
        yield path, command


def command_line() -> str:
    """A section for each command: usage, what it does, options."""
    parts = []
    for path, command in commands(app, "ragzip"):
        context = click.Context(command, info_name=path)
        usage = " ".join([path, *command.collect_usage_pieces(context)])
        help_text = inspect.cleandoc(command.help or "").split("\f")[0]
        parts += [f"### `{path}`\n", f"    {usage}\n", f"{paragraphs(help_text)}\n"]
        records = [p.get_help_record(context) for p in command.params if isinstance(p, click.Option)]
        if rows := [(f"`{option}`", plain(text)) for option, text in filter(None, records)]:
            parts += [table("option, meaning", rows), ""]
    return "\n".join(parts).rstrip()


def plain(text: str) -> str:
    """A help text as Markdown: braces, brackets and marks stay as they are."""
    return re.sub(r"([*_<>])", r"\\\1", text) if "`" not in text else text


def paragraphs(text: str) -> str:
    """A help text as Markdown, a line for each paragraph."""
    return "\n\n".join(plain(" ".join(block.split())) for block in text.split("\n\n"))


def error_names() -> str:
    """The errors, with what they are besides."""
    values = [getattr(errors, name) for name in errors.__all__]
    classes = [value for value in values if isinstance(value, type) and issubclass(value, Exception)]
    classes.sort(key=lambda cls: (len(cls.__mro__), cls.__name__))
    rows = []
    for cls in classes:
        bases = ", ".join(f"`{base.__name__}`" for base in cls.__bases__)
        rows.append((f"`{cls.__name__}`", bases, markdown(cls.__doc__ or "")))
    return table("error, is also, raised for", rows)


def extras() -> str:
    """The extras of the package and what they install."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    optional: Mapping[str, list[str]] = project["optional-dependencies"]
    requirement = re.compile(r"[\w.-]+(?:\[[\w,]+\])?")

    def names(requirements: list[str]) -> str:
        return ", ".join(f"`{match[0]}`" for text in requirements if (match := requirement.match(text)))

    rows = [("(none)", names(project["dependencies"]))]
    for_developers = ("dev", "docs", "all", "frameworks")
    rows += [(f"`{extra}`", names(optional[extra])) for extra in optional if extra not in for_developers]
    return table("extra, installs", rows)


def shipped_sizes() -> str:
    """The folders of weights and data in the package, with their sizes."""
    rows = []
    for folder in sorted(path for path in (ROOT / "ragzip" / "models").iterdir() if path.is_dir()):
        size = sum(
            path.stat().st_size for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
        )
        if size:
            rows.append((f"`{folder.name}`", f"{size / _MEGABYTE:.0f} MB"))
    return table("folder of `ragzip/models`, size", rows)


def suites() -> str:
    """The suites of ``ragzip eval``."""
    return table("suite, holds", [(f"`{name}`", about) for name, about in SUITES.items()])


def structured_kinds() -> str:
    """One row for each kind of structured text, in the order in which contents are looked at."""
    rows = []
    for kind in text_kinds():
        signs = [", ".join(f"`{sign}`" for sign in signs) for signs in (kind.mimes, kind.endings)]
        rows.append((f"`{kind.name}`", kind.about, *signs, "yes" if kind.by_content else "no"))
    return table("kind, is, media types, file endings, told by its content", rows)


def public_names() -> str:
    """The public names of the package."""
    rows = []
    for name in ragzip.__all__:
        docstring = inspect.cleandoc(getattr(ragzip, name).__doc__ or "")
        rows.append((f"`ragzip.{name}`", markdown(docstring.split("\n\n")[0])))
    return table("name, is", rows)


SECTIONS: dict[str, Callable[[], str]] = {
    "call-options": call_options,
    "command-line": command_line,
    "compressor-names": compressor_names,
    "compressor-options": compressor_options,
    "errors": error_names,
    "extras": extras,
    "protected-names": protected_names,
    "public-names": public_names,
    "shipped-sizes": shipped_sizes,
    "suites": suites,
    "text-kinds": structured_kinds,
}


def pages() -> list[Path]:
    """The pages that hold generated sections."""
    return [page for page in sorted(DOCS.rglob("*.md")) if _SECTION.search(page.read_text("utf-8"))]


def card_pages() -> Iterator[tuple[Path, str]]:
    """The pages that show the cards of the shipped models, with their texts."""
    for card in dict.fromkeys(model.card for model in SHIPPED.values()):
        (file,) = (
            place for place in (ROOT / "ragzip" / "models" / card, *ROOT.glob(f"packages/*/*/{card}")) if place.exists()
        )
        source = file.relative_to(ROOT).as_posix()
        name = card.removesuffix("/CARD.md").replace("/", "-")
        text = f"```{{include}} ../../{source}\n:relative-images:\n```\n\n(This page is `{source}`.)\n"
        yield DOCS / "cards" / f"{name}.md", text


def current(page: str) -> str:
    """``page`` with its generated sections as the code has them now."""
    return _SECTION.sub(lambda match: f"{match['begin']}\n{SECTIONS[match['name']]()}\n\n{match['end']}", page)


def main() -> int:
    """Write the pages, or with ``--check`` name those that are not current."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is not current")
    check = parser.parse_args().check
    stale = []
    for page, fresh in [*card_pages(), *((page, current(page.read_text("utf-8"))) for page in pages())]:
        if not page.exists() or page.read_text("utf-8") != fresh:
            stale.append(page)
            if not check:
                page.write_text(fresh, "utf-8")
    for page in stale:
        print(f"{page.relative_to(ROOT)}: {'not current' if check else 'written'}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
