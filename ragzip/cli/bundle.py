"""``ragzip train bundle`` and ``ragzip train finish``: training on a machine without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ragzip.cli.options import EXISTING_PATH, out_folder_option, tokens_option, training_extra
from ragzip.cli.train import train

__all__ = ["bundle", "finish"]

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_DATA_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@train.command("bundle")
@click.argument("recipe", type=click.Choice(["pruner", "checker", "reader", "compllm", "gmsa", "xrag"]))
@click.option("--packed", type=_FILE, required=True, help="Training data written by `ragzip train pack`.")
@click.option("--dev", type=_FILE, help="Development data written by `ragzip train pack --dev`.")
@click.option(
    "-m", "--model", type=EXISTING_PATH, help="Model to start from [the shipped pruner], or the language model."
)
@click.option("--reader", type=EXISTING_PATH, help="Folder of the adapter that the language model reads with.")
@out_folder_option
@tokens_option(1_000_000)
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Learning rate of an encoder [the recipe's].")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--wheels", type=_DATA_FOLDER, help="Folder of wheels the other machine lacks [pip downloads them].")
@click.option("--python", help="Version of Python on the other machine [that of this one].")
def bundle(recipe: str, out: Path, **options: Any) -> None:
    """Write what a machine without a network needs to train RECIPE, in parts of at most 48 MiB.

    There, run  python run.py --minutes N  in the folder of the parts, which writes results/ in parts of at most 15 MiB.
    Back here, ragzip train finish makes a model of them.
    """
    with training_extra():
        from ragzip.training.bundle.make import write_bundle
    for part in write_bundle(recipe, options.pop("packed"), out, **options):
        click.echo(f"{part}: {part.stat().st_size / 2**20:,.1f} MiB")


@train.command("finish")
@click.argument("results", type=_DATA_FOLDER)
@click.option(
    "--dev",
    type=EXISTING_PATH,
    multiple=True,
    help="Questions to calibrate and measure a pruner on, QA schema; of a checker, the development folder.",
)
@click.option("--train", "train_folder", type=_DATA_FOLDER, help="Of a checker: the folder of training data.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="Folder for the checkpoint, to resume here.")
@out_folder_option
def finish(results: Path, dev: tuple[Path, ...], train_folder: Path | None, checkpoint: Path | None, out: Path) -> None:
    """Export, calibrate and measure the RESULTS of a bundle: a model folder with its card."""
    with training_extra():
        from ragzip.training.bundle.finish import finish_results
    finish_results(results, out, dev=dev, train=train_folder, checkpoint=checkpoint)
    click.echo(f"{out}: written")
