"""Bundles: package, missing wheels, start weights and packed data of one training run, in parts that can be carried."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import ragzip
from ragzip.checks import choice, whole_number
from ragzip.errors import InputError, MissingExtraError, ModelError
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_inputs
from ragzip.training.bundle import run
from ragzip.training.bundle.train import DESCRIPTION, DEV, MODEL, PLANS, READER, TRAIN
from ragzip.training.loop import MAX_SEED
from ragzip.training.packed.format import read_packed
from ragzip.training.packed.make import packed_file, tokenizer_of
from ragzip.training.soft.packed import KIND, language_tokenizer
from ragzip.training.soft.recipe import METHODS
from ragzip.training.start_weights import write_start_weights

__all__ = ["PRESENT", "RECIPES", "missing_packages", "write_bundle"]

RECIPES = (*PLANS, *METHODS)
PRESENT = ("torch", "transformers", "tokenizers", "safetensors", "onnx", "onnxruntime")  # on the other machine
WRITER = "bundle"
NAME, SCRIPT = "bundle", "run.py"
_SOFT_PACKAGES = ("peft", "gguf")
_MODELS = ("bpe",)  # of the package, that every training needs
_LARGE_MODELS = {"xrag": ("embedder",)}


def write_bundle(
    recipe: str,
    packed: Path,
    out: Path,
    *,
    dev: Path | None = None,
    model: Path | None = None,
    reader: Path | None = None,
    tokens: int = 1_000_000,
    rate: float | None = None,
    seed: int = 0,
    wheels: Path | None = None,
    python: str | None = None,
) -> list[Path]:
    """The parts that ``out`` gets, with run.py, which trains ``recipe`` from them on a machine without a network.

    :param recipe: "pruner", "checker", or a method of soft compressors ("reader", "compllm", "gmsa", "xrag").
    :param packed: a file that ``ragzip train pack`` wrote with the tokenizer of ``model``.
    :param dev: such a file of development data, for figures while training runs.
    :param model: to start from: an encoder or trained pruner (default: the shipped one; it goes there in float16), or
        the language model, a folder or a GGUF file.
    :param reader: folder of the adapter with which the language model reads.
    :param rate: learning rate of an encoder; default: that of the recipe for weights that are trained further.
    :param wheels: folder of the wheels that the other machine lacks (:func:`missing_packages`); default: pip downloads
        the versions that are installed here.
    :param python: version of Python on the other machine, for pip; default: the one here.
    :raises InputError: ``packed`` or ``dev`` belongs to another recipe, or was packed with another tokenizer.
    :raises ModelError: no language model for a soft compressor, or ``model`` cannot be trained.
    :raises StorageError: ``out`` holds files of these names that ragzip did not write, or cannot be written.
    """
    choice(recipe, "recipe", RECIPES)
    tokens, seed = whole_number(tokens, "tokens", least=1), whole_number(seed, "seed", most=MAX_SEED)
    refuse_inputs([out], [packed, dev, model, reader, wheels])
    check_files(out, WRITER, (SCRIPT, run.MANIFEST))
    for file in (packed, dev):
        if file is not None and (read_packed(file).about.get("kind") == KIND) != (recipe in METHODS):
            raise InputError(f"{file}: received packed data of another recipe than {recipe}. Pack it for this one.")
    if recipe in METHODS and model is None:
        raise ModelError(f"model: received None, expected the language model that {recipe} is trained for.")
    with tempfile.TemporaryDirectory(prefix="ragzip-bundle-") as folder:
        content = Path(folder)
        _copy_model(recipe, model, content / MODEL)
        _check_tokenizer([file for file in (packed, dev) if file is not None], recipe, model, content / MODEL)
        _copy_package(content / run.PACKAGE, (*_MODELS, *_LARGE_MODELS.get(recipe, ())))
        _collect_wheels(missing_packages(recipe), content / run.WHEELS, wheels, python)
        if reader is not None:
            shutil.copytree(reader, content / READER, ignore=shutil.ignore_patterns("work"))
        for file, name in ((packed, TRAIN), (dev, DEV)):
            if file is not None:
                shutil.copyfile(file, content / name)
        model_file = model.name if recipe in METHODS and model is not None and model.is_file() else None
        description = {"recipe": recipe, "tokens": tokens, "rate": rate, "seed": seed, "model_file": model_file}
        (content / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", "utf-8")
        with replacing_files(out, WRITER) as fresh:
            entries = {path.name: path for path in sorted(content.iterdir())}
            parts = run.write_parts(entries, fresh, NAME, run.MAX_PART_BYTES)
            shutil.copyfile(run.__file__, fresh / SCRIPT)
    return [out / part.name for part in parts]


def missing_packages(recipe: str) -> dict[str, str]:
    """The packages, with the versions installed here, that training ``recipe`` needs beside :data:`PRESENT`.

    :raises MissingExtraError: one of them is not installed here.
    """
    needed = [*_requirements("ragzip"), *(_SOFT_PACKAGES if recipe in METHODS else ())]
    names = sorted(_closure(needed) - _closure(PRESENT))
    try:
        return {name: importlib.metadata.version(name) for name in names}
    except importlib.metadata.PackageNotFoundError as error:
        raise MissingExtraError(str(error.name), "train") from error


def _closure(names: Iterable[str]) -> set[str]:
    """``names`` and all that they require, by normalised name."""
    pending, known = [_normalised(name) for name in names], set()
    while pending:
        name = pending.pop()
        if name not in known:
            known.add(name)
            pending += map(_normalised, _requirements(name))
    return known


def _requirements(name: str) -> list[str]:
    """The names of the packages that ``name`` requires here, without its extras."""
    from packaging.requirements import Requirement

    try:
        requirements = [Requirement(line) for line in importlib.metadata.requires(name) or ()]
    except importlib.metadata.PackageNotFoundError:
        return []
    environment = {"extra": ""}
    return [
        requirement.name
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate(environment)
    ]


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _copy_package(target: Path, models: Sequence[str]) -> None:
    """Copy the package to ``target``, of its models only ``models``."""
    source = Path(ragzip.__file__).parent
    left_out = {path.name for path in (source / "models").iterdir() if path.is_dir()} - set(models)

    def ignored(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if name == "__pycache__" or (Path(folder).name == "models" and name in left_out)}

    shutil.copytree(source, target / "ragzip", ignore=ignored)


def _collect_wheels(packages: dict[str, str], target: Path, wheels: Path | None, python: str | None) -> None:
    """Copy or download a wheel of each of ``packages`` into ``target``.

    :raises InputError: ``wheels`` lacks one, or pip cannot download it.
    """
    target.mkdir()
    if wheels is None:
        _download(packages, target, python)
        return
    files = {_normalised(file.name.partition("-")[0]): file for file in wheels.glob("*.whl")}
    missing = sorted(packages.keys() - files.keys())
    if missing:
        raise InputError(f"wheels: {wheels} has none of {', '.join(missing)}. Run  pip download --no-deps  for them.")
    for name in packages:
        shutil.copy(files[name], target)


def _download(packages: dict[str, str], target: Path, python: str | None) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += [f"--python-version={python}"] if python else []
    pinned = [f"{name}=={version}" for name, version in packages.items()]
    outcome = subprocess.run([*command, "--dest", str(target), *pinned], capture_output=True, text=True)
    if outcome.returncode:
        raise InputError(
            f"wheels: pip could not download them ({outcome.stderr.strip()[-300:]}). Name a folder of them."
        )


def _check_tokenizer(files: Sequence[Path], recipe: str, model: Path | None, copied_model: Path) -> None:
    """Check that packed data and the model to start from have one tokenizer.

    :raises InputError: one of the packed ``files`` was not made with the tokenizer of the model to start from.
    """
    language_model = model if recipe in METHODS else None
    tokenizer = tokenizer_of(copied_model) if language_model is None else language_tokenizer(language_model)
    for file in files:
        packed_file(file, tokenizer)


def _copy_model(recipe: str, model: Path | None, target: Path) -> None:
    """Write the weights to start from into ``target``."""
    if recipe in PLANS:
        write_start_weights(target, model)
    elif model is not None and model.is_dir():
        shutil.copytree(model, target)
    elif model is not None:
        target.mkdir()
        shutil.copyfile(model, target / model.name)
