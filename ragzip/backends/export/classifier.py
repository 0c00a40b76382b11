"""From a torch checkpoint to ONNX. Needs ``ragzip[torch]``; what it writes runs without."""

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
from ragzip.errors import MissingExtraError, ModelError, OptionError
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_existing, refuse_inputs
from ragzip.models import SAMPLE

__all__ = ["WRITER", "Agreement", "export_classifier", "to_onnx"]

Dtype = Literal["fp32", "int8"]
WRITER = "model"  # of every exported model, in the manifest of its folder: one takes the place of another
FILES = ("model.onnx", "tokenizer.json", "config.json", "agreement.json")
LEAST_SAME = {"fp32": 0.999, "int8": 0.95}  # of the kept half
MOST_APART = {"fp32": 0.0005, "int8": 0.1}  # of the probabilities, on average
LEAST_TOKENS = 100


class Agreement(NamedTuple):
    """How the scores of an exported model compare with those of its source over the same text."""

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
    :param texts: what agreement is measured on; default: a page of English and a few other languages.
    :raises ModelError: no such checkpoint, it cannot be exported, or what comes out disagrees: under 99.9 % of the
        tokens kept or dropped alike at rate 0.5 or probabilities apart by over 0.0005 on average for fp32, 95 % or 0.1
        for int8.
    :raises OptionError: another dtype, under 100 tokens of text, or ``out`` is the checkpoint's own folder.
    :raises StorageError: ``out`` holds files of these names that no export wrote, or cannot be written.
    :raises MissingExtraError: without ``ragzip[torch]``.
    """
    from ragzip.backends.runtimes.torch import TorchModel, undo_onednn

    if dtype not in LEAST_SAME:
        raise OptionError(f"dtype: received {dtype!r}, expected 'fp32' or 'int8'.")
    out = Path(out).expanduser()
    refuse_inputs([out], [Path(model).expanduser()])
    check_files(out, WRITER, FILES)
    source = TorchModel(model, device="cpu")
    texts = [SAMPLE.read_text("utf-8")] if texts is None else list(texts)
    expected = TokenClassifier(source).score_words(texts)
    if (tokens := sum(len(pieces.keep) for pieces in expected)) < LEAST_TOKENS:
        raise OptionError(f"texts: received {tokens} tokens to compare the models on, expected {LEAST_TOKENS} or more.")
    with replacing_files(out, WRITER) as folder:
        source.tokenizer.save(str(folder / "tokenizer.json"))
        ours = {"longest": source.longest, "dtype": dtype, "source": source.fingerprint}
        config = json.dumps(source.settings | {"ragzip": ours}, indent=2, default=str)
        (folder / "config.json").write_text(config + "\n", "utf-8")
        if dtype == "int8":
            with tempfile.TemporaryDirectory() as exact:
                _trace(undo_onednn(source.module), Path(exact, "model.onnx"))
                quantize(Path(exact, "model.onnx"), folder / "model.onnx")
        else:
            _trace(undo_onednn(source.module), folder / "model.onnx")
        found = TokenClassifier(OnnxModel(folder)).score_words(texts)
        measured = _agreement([pieces.keep for pieces in expected], [pieces.keep for pieces in found])
        if not (measured.same >= LEAST_SAME[dtype] and measured.mean_difference <= MOST_APART[dtype]):
            raise ModelError(
                f"export: the {dtype} model disagrees with {model}: {measured.same:.1%} of {measured.tokens} tokens "
                f"kept or dropped alike (expected {LEAST_SAME[dtype]:.1%}), probabilities apart by "
                f"{measured.mean_difference:.4f} (expected {MOST_APART[dtype]} at most). Nothing was written."
            )
        (folder / "agreement.json").write_text(json.dumps(measured._asdict(), indent=2) + "\n", "utf-8")
    return measured


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
        raise ModelError(f"export: this architecture cannot be traced ({type(error).__name__}: {error}).") from error


def _agreement(expected: Sequence[npt.NDArray[Any]], found: Sequence[npt.NDArray[Any]]) -> Agreement:
    a, b = np.concatenate(expected), np.concatenate(found)
    kept = [set(np.argsort(-scores, kind="stable")[: len(scores) // 2].tolist()) for scores in (a, b)]
    same = 1 - len(kept[0] ^ kept[1]) / max(1, len(a))
    apart = np.abs(a - b)
    return Agreement(len(a), float(same), float(apart.max()), float(apart.mean()))


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
    try:
        import onnx  # noqa: F401 - what torch writes it with
        import torch
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "torch", "torch") from error
    free = {name: {0: "batch", 1: "sequence"} for name in inputs}
    free[output] = {0: "batch", 1: "sequence"} if per_token else {0: "batch"}
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the tracing exporter is deprecated, and gives the graph that quantises best
        torch.onnx.export(
            module.eval(),
            tuple(example),
            str(path),
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes=free,
            opset_version=17,
            dynamo=False,
        )
