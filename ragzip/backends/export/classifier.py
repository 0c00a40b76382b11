"""The export of a torch checkpoint to ONNX. Needs ``ragzip[torch]``; what it writes runs without."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ragzip.backends.export.quantize import quantize
from ragzip.backends.runtimes.onnx import OnnxModel
from ragzip.backends.scorers.classifier import TokenClassifier
from ragzip.errors import ModelError, OptionError, needs_extra, reason_of
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_existing, refuse_inputs
from ragzip.models import SAMPLE

__all__ = ["WRITER", "Agreement", "export_classifier", "to_onnx"]

Dtype = Literal["fp32", "int8"]
WRITER = "model"  # of every exported model, in the manifest of its folder: one takes the place of another
FILES = ("model.onnx", "tokenizer.json", "config.json", "agreement.json")
MIN_SAME_SHARE = {"fp32": 0.999, "int8": 0.95}  # of the kept half
MAX_MEAN_DIFFERENCE = {"fp32": 0.0005, "int8": 0.1}  # of the probabilities, on average
MIN_TOKENS = 100


class Agreement(NamedTuple):
    """Figures on how far the scores of an exported model agree with those of its source over the same text."""

    tokens: int
    same: float  # of the tokens, those that both keep or both drop at rate 0.5
    largest_difference: float  # of one probability
    mean_difference: float


def export_classifier(
    model: str | Path, out: str | Path, *, dtype: Dtype = "fp32", texts: Sequence[str] | None = None
) -> Agreement:
    """Write a token classification checkpoint as ONNX: model.onnx, tokenizer.json, config.json and agreement.json.

    :param model: a folder or a hub id.
    :param out: a folder; it is written only if the model agrees with its source. Files that an earlier export wrote
        there are replaced, all together.
    :param dtype: "fp32", or "int8" (see :mod:`ragzip.backends.export.quantize`).
    :param texts: the texts on which agreement is measured; default: a page of English and a few other languages.
    :raises ModelError: no such checkpoint, it cannot be exported, or what comes out disagrees: under 99.9% of the
        tokens kept or dropped alike at rate 0.5 or probabilities apart by over 0.0005 on average for fp32, 95% or 0.1
        for int8.
    :raises OptionError: another dtype, under 100 tokens of text, or ``out`` is the checkpoint's own folder.
    :raises StorageError: ``out`` holds files of these names that no export wrote, or cannot be written.
    :raises MissingExtraError: without ``ragzip[torch]``.
    """
    from ragzip.backends.runtimes.torch import TorchModel, undo_onednn

    if dtype not in MIN_SAME_SHARE:
        raise OptionError(f"dtype: received {dtype!r}, expected 'fp32' or 'int8'.")
    out = Path(out).expanduser()
    refuse_inputs([out], [Path(model).expanduser()])
    check_files(out, WRITER, FILES)
    source = TorchModel(model, device="cpu")
    texts = [SAMPLE.read_text("utf-8")] if texts is None else list(texts)
    source_scores = TokenClassifier(source).score_words(texts)
    if (token_count := sum(len(pieces.scores) for pieces in source_scores)) < MIN_TOKENS:
        raise OptionError(
            f"texts: received {token_count} tokens to compare the models on, expected {MIN_TOKENS} or more."
        )
    with replacing_files(out, WRITER) as folder:
        source.tokenizer.save(str(folder / "tokenizer.json"))
        own_settings = {"longest": source.longest, "dtype": dtype, "source": source.fingerprint}
        config_text = json.dumps(source.settings | {"ragzip": own_settings}, indent=2, default=str)
        (folder / "config.json").write_text(config_text + "\n", "utf-8")
        if dtype == "int8":
            with tempfile.TemporaryDirectory() as exact_folder:
                _trace(undo_onednn(source.module), Path(exact_folder, "model.onnx"))
                quantize(Path(exact_folder, "model.onnx"), folder / "model.onnx")
        else:
            _trace(undo_onednn(source.module), folder / "model.onnx")
        exported_scores = TokenClassifier(OnnxModel(folder)).score_words(texts)
        agreement = _agreement(
            [pieces.scores for pieces in source_scores], [pieces.scores for pieces in exported_scores]
        )
        if not (agreement.same >= MIN_SAME_SHARE[dtype] and agreement.mean_difference <= MAX_MEAN_DIFFERENCE[dtype]):
            raise ModelError(
                f"export: the {dtype} model disagrees with {model}: {agreement.same:.1%} of {agreement.tokens} "
                f"tokens kept or dropped alike (expected {MIN_SAME_SHARE[dtype]:.1%}), probabilities apart by "
                f"{agreement.mean_difference:.4f} (expected {MAX_MEAN_DIFFERENCE[dtype]} at most). Nothing was "
                "written."
            )
        (folder / "agreement.json").write_text(json.dumps(agreement._asdict(), indent=2) + "\n", "utf-8")
    return agreement


def _trace(module: Any, path: Path) -> None:
    """The module's logits as a graph of token ids and attention mask."""
    import torch

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.inner(input_ids=input_ids, attention_mask=attention_mask).logits

    module.set_attn_implementation("eager")  # the fused one leaves shapes in the graph that quantise badly
    example = torch.full((2, 8), 5, dtype=torch.int64)
    try:
        to_onnx(
            Logits(),
            (example, torch.ones_like(example)),
            path,
            inputs=("input_ids", "attention_mask"),
            output="logits",
            per_token=True,
        )
    except (RuntimeError, TypeError, ValueError) as error:
        raise ModelError(f"export: this architecture cannot be traced ({reason_of(error)}).") from error


def _agreement(source_arrays: Sequence[npt.NDArray[Any]], exported_arrays: Sequence[npt.NDArray[Any]]) -> Agreement:
    source_scores, exported_scores = np.concatenate(source_arrays), np.concatenate(exported_arrays)
    kept_rows = [
        set(np.argsort(-scores, kind="stable")[: len(scores) // 2].tolist())
        for scores in (source_scores, exported_scores)
    ]
    same_share = 1 - len(kept_rows[0] ^ kept_rows[1]) / max(1, len(source_scores))
    differences = np.abs(source_scores - exported_scores)
    return Agreement(len(source_scores), float(same_share), float(differences.max()), float(differences.mean()))


def to_onnx(
    module: Any, example: Sequence[Any], path: Path, *, inputs: Sequence[str], output: str, per_token: bool = False
) -> None:
    """Write ``module`` as fp32 ONNX with free batch and sequence axes to ``path``, a file that is not there yet.

    :param example: one tensor for each input. *Shape:* (batch, sequence).
    :param per_token: the output has a sequence axis too.
    :raises StorageError: ``path`` exists.
    :raises MissingExtraError: without ``ragzip[torch]``.
    """
    refuse_existing(path)
    with needs_extra("torch"):
        import onnx  # noqa: F401 - what torch writes it with
        import torch
    dynamic_axes = {name: {0: "batch", 1: "sequence"} for name in inputs}
    dynamic_axes[output] = {0: "batch", 1: "sequence"} if per_token else {0: "batch"}
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the tracing exporter is deprecated, and gives the graph that quantises best
        torch.onnx.export(
            module.eval(),
            tuple(example),
            str(path),
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes=dynamic_axes,
            opset_version=17,
            dynamo=False,
        )
