"""The model made of the results of a bundle: export, calibration and card, on the machine that has the data."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ragzip.errors import InputError
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_inputs
from ragzip.soft.adapters import FILES as ADAPTER_FILES
from ragzip.soft.adapters import WRITER as ADAPTER_WRITER
from ragzip.training.bundle import run
from ragzip.training.bundle.train import ADAPTER, CHECKPOINT, RUN, WEIGHTS
from ragzip.training.checker.recipe import export_checker
from ragzip.training.data import read_qa
from ragzip.training.pruner.recipe import finish, start

__all__ = ["finish_results"]


def finish_results(
    results: Path,
    out: Path,
    *,
    dev: Sequence[Path] = (),
    train: Path | None = None,
    checkpoint: Path | None = None,
) -> dict[str, Any]:
    """The figures of the run whose ``results`` (a folder of parts) become a model in ``out``.

    :param dev: questions to calibrate and measure a pruner on; for a checker, the folder of development data.
    :param train: for a checker, the folder of training data: its threshold is set with summaries that were held back.
    :param checkpoint: a folder that gets checkpoint.pt, where the results hold it, to go on with the same recipe here.
    :raises InputError: parts that are missing or damaged, or no development data.
    :raises StorageError: ``out`` holds files of these names that ragzip did not write, or cannot be written.
    """
    refuse_inputs([out], [results])
    with tempfile.TemporaryDirectory(prefix="ragzip-results-") as folder:
        files = Path(folder)
        try:
            run.unpack(results, files)
        except (ValueError, LookupError, OSError) as error:
            raise InputError(f"results: {error}") from error
        figures: dict[str, Any] = json.loads((files / RUN).read_text("utf-8"))
        if checkpoint is not None and (files / CHECKPOINT).is_file():
            with replacing_files(checkpoint, "training") as fresh:
                shutil.copyfile(files / CHECKPOINT, fresh / CHECKPOINT)
        if (files / ADAPTER).is_dir():
            return _copy_adapter(files / ADAPTER, out, figures)
        net, tokenizer = start(files / WEIGHTS)
        if figures["recipe"] == "checker":
            if train is None or len(dev) != 1:
                raise InputError("dev: a checker needs a folder for train and one for dev, as in its training.")
            return export_checker(net, tokenizer, train, dev[0], out, figures, seed=figures["plan"]["seed"])
        questions = {file.name: [question for question in read_qa(file) if question.passages] for file in dev}
        if not any(questions.values()):
            raise InputError("dev: no question to calibrate and measure on, expected files in the QA schema.")
        return finish(net, tokenizer, questions, out, figures)


def _copy_adapter(adapter: Path, out: Path, figures: dict[str, Any]) -> dict[str, Any]:
    check_files(out, ADAPTER_WRITER, ADAPTER_FILES)
    with replacing_files(out, ADAPTER_WRITER) as fresh:
        for name in ADAPTER_FILES:
            shutil.copyfile(adapter / name, fresh / name)
    return figures
