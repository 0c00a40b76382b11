"""``ragzip train pack``."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from ragzip.cli.train import train
from ragzip.errors import InputError, MissingExtraError
from ragzip.files.writing import check_output

__all__ = ["RECIPES", "pack"]

RECIPES = ("pruner-english", "pruner-multilingual", "checker")


@train.command("pack")
@click.argument("recipe", type=click.Choice(RECIPES))
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    required=True,
    help="A data folder (qa/, facts/, …), or files with questions of your own, QA schema.",
)
@click.option(
    "--tokenizer",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    help="Folder of the model that training begins with, or its tokenizer.json.",
)
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@click.option("--dev", is_flag=True, help="For measuring: questions are read as they are.")
@click.option("--evidence", type=click.Choice(["wording", "meaning"]), default="wording", show_default=True,
              help="How the checker's evidence in long sources is chosen; meaning takes an hour.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def pack(recipe: str, data: tuple[Path, ...], tokenizer: Path, out: Path, dev: bool, evidence: str, seed: int) -> None:
    """Write the token arrays that RECIPE is trained on to one file.

    Training reads it with --packed, on any machine, without the data and without tokenising anything.
    """
    try:
        from ragzip.training.packed.format import MARK, write_packed
        from ragzip.training.packed.make import packed_of, tokenizer_of
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "safetensors", "train") from error
    from ragzip.backends.runtimes.onnx import OnnxEmbedder

    check_output(out, MARK, [*data, tokenizer])
    folders = [path for path in data if path.is_dir()]
    if folders and len(data) > 1:
        raise InputError(f"data: received {len(data)} paths with a folder, expected one data folder, or files.")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    packed = packed_of(
        folders[0] if folders else list(data),
        recipe,
        tokenizer_of(tokenizer),
        seed=seed,
        embedder=OnnxEmbedder() if evidence == "meaning" else None,
        dev=dev,
    )
    write_packed(out, packed.arrays, packed.about)
    questions, texts = len(packed.arrays["question"]), len(packed.arrays["text.ids.offsets"]) - 1
    click.echo(
        f"{out}: {questions:,} questions over {texts:,} texts of {len(packed.arrays['text.ids']):,} tokens, "
        f"{out.stat().st_size / 2**20:,.1f} MiB"
    )
