"""``ragzip train pack``."""

from __future__ import annotations

from pathlib import Path

import click

from ragzip.cli.options import EXISTING_PATH, data_option, training_extra
from ragzip.cli.train import train
from ragzip.errors import InputError
from ragzip.files.writing import check_output

__all__ = ["RECIPES", "pack"]

RECIPES = ("pruner-english", "pruner-multilingual", "checker")


@train.command("pack")
@click.argument("recipe", type=click.Choice(RECIPES))
@data_option("A data folder (qa/, facts/, …), or files with your own questions, QA schema.")
@click.option(
    "--tokenizer",
    type=EXISTING_PATH,
    required=True,
    help="Folder of the model that training starts from, or its tokenizer.json.",
)
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@click.option("--dev", is_flag=True, help="Pack development data: questions are not varied.")
@click.option(
    "--evidence",
    type=click.Choice(["wording", "meaning"]),
    default="wording",
    show_default=True,
    help="How the checker's evidence in long sources is chosen; meaning takes an hour.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def pack(recipe: str, data: tuple[Path, ...], tokenizer: Path, out: Path, dev: bool, evidence: str, seed: int) -> None:
    """Write the token arrays that RECIPE is trained on to one file.

    Training reads it with --packed, on any machine, without the data and without tokenizing.
    """
    with training_extra("safetensors"):
        from ragzip.training.packed.format import MARK, write_packed
        from ragzip.training.packed.make import packed_of, tokenizer_of
    from ragzip.backends.runtimes.onnx import OnnxEmbedder

    check_output(out, MARK, [*data, tokenizer])
    folders = [path for path in data if path.is_dir()]
    if folders and len(data) > 1:
        raise InputError(f"data: received {len(data)} paths with a folder, expected one data folder, or files.")
    packed = packed_of(
        folders[0] if folders else list(data),
        recipe,
        tokenizer_of(tokenizer),
        seed=seed,
        embedder=OnnxEmbedder() if evidence == "meaning" else None,
        dev=dev,
    )
    write_packed(out, packed.arrays, packed.about)
    question_count = len(packed.arrays["question"])
    text_count = len(packed.arrays["text.ids.offsets"]) - 1
    click.echo(
        f"{out}: {question_count:,} questions over {text_count:,} texts of {len(packed.arrays['text.ids']):,} tokens, "
        f"{out.stat().st_size / 2**20:,.1f} MiB"
    )
