"""``ragzip train pack``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ragzip.cli.options import EXISTING_PATH, data_option, training_extra
from ragzip.cli.train import train
from ragzip.errors import InputError
from ragzip.files.writing import check_output
from ragzip.models import shipped

if TYPE_CHECKING:
    from ragzip.training.packed.format import Packed

__all__ = ["RECIPES", "pack"]

RECIPES = ("pruner-english", "pruner-multilingual", "checker", "soft")
_SHIPPED = {"pruner-english": "pruner", "checker": "checker"}  # models whose tokenizer a recipe has by default


@train.command("pack")
@click.argument("recipe", type=click.Choice(RECIPES))
@data_option("A data folder (qa/, facts/, …), or files with your own questions, QA schema.")
@click.option(
    "--tokenizer",
    type=EXISTING_PATH,
    help="Folder or GGUF file of the model that training starts from, or its tokenizer.json [of pruner-english and "
    "checker: the shipped model].",
)
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@click.option("--dev", is_flag=True, help="Pack development data: questions are not varied.")
@click.option("--most", type=click.IntRange(1), help="Maximum questions per source, spread evenly [all].")
@click.option(
    "--evidence",
    type=click.Choice(["wording", "meaning"]),
    default="wording",
    show_default=True,
    help="How the checker's evidence in long sources is chosen; meaning takes an hour.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def pack(recipe: str, data: tuple[Path, ...], tokenizer: Path | None, out: Path, **options: Any) -> None:
    """Write the token arrays that RECIPE is trained on to one file.

    Training reads it with --packed (soft: with --data), on any machine, without the data and without tokenizing.
    """
    with training_extra():
        from ragzip.training.packed.format import MARK, write_packed

    if tokenizer is None:
        tokenizer = _shipped_tokenizer(recipe)
    check_output(out, MARK, [*data, tokenizer])
    folders = [path for path in data if path.is_dir()]
    if folders and len(data) > 1:
        raise InputError(f"data: received {len(data)} paths with a folder, expected one data folder, or files.")
    data_paths = folders[0] if folders else list(data)
    packed = (
        _soft_questions(data_paths, tokenizer, options["most"])
        if recipe == "soft"
        else _questions(recipe, data_paths, tokenizer, **options)
    )
    write_packed(out, packed.arrays, packed.about)
    question_count = len(packed.arrays["question"])
    text_count = len(packed.arrays["text.ids.offsets"]) - 1
    click.echo(
        f"{out}: {question_count:,} questions over {text_count:,} texts of {len(packed.arrays['text.ids']):,} tokens, "
        f"{out.stat().st_size / 2**20:,.1f} MiB"
    )


def _shipped_tokenizer(recipe: str) -> Path:
    """The folder of the shipped model that training of ``recipe`` starts from.

    :raises UsageError: training of ``recipe`` starts from no shipped model.
    """
    if recipe not in _SHIPPED:
        raise click.UsageError(
            f"--tokenizer: received none. No model for {recipe} is shipped: name the folder"
            f"{' or GGUF file' if recipe == 'soft' else ''} of the model that training starts from."
        )
    return shipped(_SHIPPED[recipe])


def _questions(
    recipe: str,
    data_paths: Path | list[Path],
    tokenizer: Path,
    *,
    dev: bool,
    evidence: str,
    seed: int,
    most: int | None,
) -> Packed:
    from ragzip.backends.runtimes.onnx import OnnxEmbedder
    from ragzip.training.packed.make import packed_of, tokenizer_of

    embedder = OnnxEmbedder() if evidence == "meaning" else None
    return packed_of(data_paths, recipe, tokenizer_of(tokenizer), seed=seed, embedder=embedder, dev=dev, most=most)


def _soft_questions(data_paths: Path | list[Path], tokenizer: Path, most: int | None) -> Packed:
    with training_extra():
        from ragzip.training.soft.packed import language_tokenizer, pack_questions, soft_files

    files = soft_files(data_paths) if isinstance(data_paths, Path) else data_paths
    return pack_questions(files, language_tokenizer(tokenizer), most=most)
