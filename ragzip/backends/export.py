"""From a torch module to ONNX, and from fp32 to int8. Needs ``ragzip[torch]``; what it writes runs without."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ragzip.errors import MissingExtraError

__all__ = ["quantize", "to_onnx"]


def to_onnx(module: Any, example: Sequence[Any], path: Path, *, inputs: Sequence[str], output: str) -> None:
    """Write ``module`` as fp32 ONNX with free batch and sequence axes.

    :param example: one tensor for each input. *Shape:* (batch, sequence).
    :raises MissingExtraError: without ``ragzip[torch]``.
    """
    try:
        import torch
    except ModuleNotFoundError as error:
        raise MissingExtraError("torch", "torch") from error
    free = {name: {0: "batch", 1: "sequence"} for name in inputs} | {output: {0: "batch"}}
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


def quantize(source: Path, target: Path) -> None:
    """Write the model at ``source`` with int8 weights (a scale per output channel) and dynamic int8 activations.

    The scale of an activation is taken over the whole input tensor: run one text at a time, see
    :mod:`ragzip.backends.onnx`.

    :raises MissingExtraError: without ``ragzip[torch]``.
    """
    try:
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ModuleNotFoundError as error:
        raise MissingExtraError("onnx", "torch") from error
    quantize_dynamic(
        source, target, weight_type=QuantType.QInt8, per_channel=True, extra_options={"MatMulConstBOnly": True}
    )
