"""Export of a trained network to an ONNX folder, and import of such a folder."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from ragzip.backends.export.classifier import WRITER, to_onnx
from ragzip.backends.export.quantize import quantize
from ragzip.backends.runtimes.onnx import OnnxModel, longest_window
from ragzip.backends.runtimes.torch import PLACE
from ragzip.backends.scorers.pairs import PairReader
from ragzip.backends.windows import separator_of
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.errors import ModelError, model_errors
from ragzip.files.manifest import read_settled, replacing_files
from ragzip.training.data import Question
from ragzip.training.pruner.model import PrunerNet

__all__ = ["PrunerAgreement", "export", "from_onnx", "stored_weights", "write"]

LEAST_SAME = 0.95  # of the best fifth of each question's sentences by fp32, the share that int8 chooses too


class PrunerAgreement(NamedTuple):
    """Figures on how far the int8 model agrees with fp32, over the sentences of some questions."""

    sentences: int
    kept: float  # of the best fifth by fp32, the share that int8 chooses too
    correlation: float
    mean_difference: float  # of the logits
    bias: float  # mean signed difference


def export(
    net: PrunerNet, tokenizer: Any, out: Path, fusion: dict[str, dict[str, float]], questions: Sequence[Question]
) -> PrunerAgreement:
    """Write model.onnx (int8), tokenizer.json, config.json and agreement.json to ``out``, all or nothing.

    :raises ModelError: int8 chooses less than 95% of the sentences that fp32 chooses.
    :raises StorageError: ``out`` holds files of these names that no export wrote, or cannot be written.
    """
    with replacing_files(out, WRITER) as fresh:
        return write(net, tokenizer, fresh, fusion, questions)


def write(
    net: PrunerNet,
    tokenizer: Any,
    out: Path,
    fusion: dict[str, dict[str, float]],
    questions: Sequence[Question],
    *,
    together: bool = False,
) -> PrunerAgreement:
    """The agreement of the model with ``net``; its files are written to ``out``, an empty folder, as by :func:`export`.

    :param together: see :func:`agreement`.
    :raises ModelError: as :func:`export`.
    """
    net = net.float().eval()
    net.encoder.set_attn_implementation("eager")  # the fused one leaves shapes in the graph that quantise badly
    config = net.encoder.config.to_dict()
    longest = longest_window(config)
    settings = {
        "architectures": ["RagzipPruner"],
        "max_position_embeddings": longest,
        "encoder": {key: value for key, value in config.items() if _is_plain(value) and key not in PLACE},
        "ragzip": {"longest": longest, "dtype": "int8", "fusion": fusion},
    }
    example = torch.ones((2, 8), dtype=torch.int64)
    with tempfile.TemporaryDirectory() as folder:
        exact, small = Path(folder), out
        for place in (exact, small):
            tokenizer.save(str(place / "tokenizer.json"))
            (place / "config.json").write_text(json.dumps(settings, indent=1) + "\n", "utf-8")
        inputs = ("input_ids", "attention_mask")
        to_onnx(net, (example, example), exact / "model.onnx", inputs=inputs, output="values", per_token=True)
        quantize(exact / "model.onnx", small / "model.onnx")
        measured = agreement(PairReader(OnnxModel(exact)), PairReader(OnnxModel(small)), questions, together=together)
        if not measured.kept >= LEAST_SAME:
            raise ModelError(
                f"export: int8 keeps {measured.kept:.1%} of what fp32 keeps (the best fifth of the sentences "
                f"of {len(questions)} questions), expected {LEAST_SAME:.0%}. Measure on more, or train on from the "
                "checkpoint."
            )
        (small / "agreement.json").write_text(json.dumps(measured._asdict(), indent=2) + "\n", "utf-8")
    net.encoder.set_attn_implementation("sdpa")
    return measured


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float, bool))


def agreement(
    exact: PairReader, small: PairReader, questions: Sequence[Question], *, together: bool = False
) -> PrunerAgreement:
    """Compare two models by the sentence logits of ``questions``.

    :param together: the best fifth is that of all sentences, as for a model with one threshold for all questions;
        False: that of each question.
    """
    exact_logits, small_logits = [], []
    for question in questions:
        passages = [Passage(passage.title, passage.text, passage.sentences) for passage in question.passages]
        pairs = [(passage.title, passage.text) for passage in passages]
        exact_values, small_values = (
            np.concatenate(
                [
                    scores.sentence_scores(passage.spans)
                    for scores, passage in zip(reader.score_passages(question.query, pairs), passages, strict=True)
                ]
            )
            for reader in (exact, small)
        )
        exact_logits.append(exact_values)
        small_logits.append(small_values)
    exact_values, small_values = np.concatenate(exact_logits), np.concatenate(small_logits)
    compared = [(exact_values, small_values)] if together else zip(exact_logits, small_logits, strict=True)
    return PrunerAgreement(
        len(exact_values),
        float(np.mean([_shared_share(*values) for values in compared])),
        float(np.corrcoef(exact_values, small_values)[0, 1]),
        float(np.abs(exact_values - small_values).mean()),
        float((small_values - exact_values).mean()),
    )


def _shared_share(exact_values: Any, small_values: Any) -> float:
    """The share of the best fifth by the former that is in the best fifth by the latter. *Shape:* (n,), (n,)."""
    best_count = max(1, len(exact_values) // 5)
    exact_best, small_best = (
        set(np.argsort(-values, kind="stable")[:best_count].tolist()) for values in (exact_values, small_values)
    )
    return len(exact_best & small_best) / best_count


def from_onnx(folder: Path) -> PrunerNet:
    """The network of an exported folder, with its int8 weights as floats, to start a fine-tuning from.

    :raises ModelError: the folder holds no exported pruner.
    """
    import onnx
    import transformers
    from tokenizers import Tokenizer

    def read() -> tuple[Any, Any, Any]:
        settings = json.loads((folder / "config.json").read_text("utf-8"))
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        config = transformers.AutoConfig.for_model(**settings["encoder"])
        return tokenizer, onnx.load(str(folder / "model.onnx")).graph, config

    with model_errors(f"model: {folder} holds no pruner"):
        tokenizer, graph, config = read_settled(folder, read)
    auto: Any = transformers.AutoModel
    encoder = auto.from_config(config, attn_implementation="sdpa")
    if hasattr(encoder, "pooler"):
        encoder.pooler = None
    net = PrunerNet(encoder, separator_of(tokenizer))
    net.load_state_dict(stored_weights(onnx, graph, net.state_dict(), folder))
    return net


def stored_weights(onnx: Any, graph: Any, state: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The float32 weights of ``state`` out of the graph of an export, where most are int8, by their names in torch.

    :param folder: of the graph, for the error.
    :raises ModelError: the graph lacks some.
    """
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:  # equal weights are stored once
        if node.op_type == "Identity" and node.input[0] in stored:
            stored[node.output[0]] = stored[node.input[0]]
    weights = {name: torch.tensor(array) for name, array in stored.items() if name in state}
    for node in graph.node:
        path = node.name.strip("/").replace("/", ".")
        if node.op_type == "MatMulInteger":
            integers, scales = stored[node.input[1]], stored[f"{node.name.removesuffix('/product')}/scales"]
            unit = 1 / 255 if node.input[2] == "int8/zero" else 1 / 127
            weights[f"{path.removesuffix('.MatMul.product')}.weight"] = torch.tensor((integers * (scales / unit)).T)
        elif node.op_type == "Gather" and node.name.endswith("/integers"):
            prefix = node.name.removesuffix("/integers")
            rows = stored[f"{prefix}/rows"] * stored[f"{prefix}/scales"]
            weights[f"{path.removesuffix('.Gather.integers')}.weight"] = torch.tensor(rows)
        elif node.op_type == "MatMul" and node.input[1] in stored and f"{path.removesuffix('.MatMul')}.weight" in state:
            weights[f"{path.removesuffix('.MatMul')}.weight"] = torch.tensor(stored[node.input[1]].T)
    missing = [name for name in state if name not in weights]
    if missing:
        raise ModelError(f"model: {folder} has no weights for {', '.join(missing[:4])}.")
    return {name: weights[name].reshape(state[name].shape).float() for name in state}
