"""From an encoder-decoder checkpoint to ONNX, in the layout that :mod:`ragzip.backends.runtimes.seq2seq_onnx` reads.

Needs ``ragzip[torch]``; what it writes runs without.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ragzip.backends.export.classifier import WRITER
from ragzip.backends.export.quantize import quantize
from ragzip.backends.runtimes.seq2seq import Seq2Seq
from ragzip.backends.runtimes.seq2seq_onnx import Seq2SeqOnnx
from ragzip.backends.runtimes.torch import TorchModel, undo_onednn
from ragzip.errors import ModelError, OptionError
from ragzip.files.manifest import check_files, replacing_files
from ragzip.files.writing import refuse_inputs
from ragzip.models import SAMPLE
from ragzip.text.splitters import passages

__all__ = ["export_seq2seq"]

FILES = (
    "encoder_model.onnx",
    "decoder_model.onnx",
    "decoder_with_past_model.onnx",
    "tokenizer.json",
    "config.json",
)
_WRITTEN = 32  # tokens of each text that are compared


def export_seq2seq(
    model: str | Path, out: str | Path, *, dtype: str = "fp32", texts: Sequence[str] | None = None
) -> float:
    """Write a checkpoint that summarises (T5 and its kin) as ONNX with a cache of keys and values.

    :param out: a folder; it is written only if, in fp32, it writes what its source writes. Files that an earlier export
        wrote there are replaced, all together.
    :param dtype: "fp32", or "int8" (see :mod:`ragzip.backends.export.quantize`), which may write something else.
    :param texts: what they write of is compared; default: a page of English and a few other languages.
    :returns: the share of the texts of which both write the same.
    :raises ModelError: no such checkpoint, it cannot be exported, or what comes out disagrees.
    :raises OptionError: another dtype, or ``out`` is the checkpoint's own folder.
    :raises StorageError: ``out`` holds files of these names that no export wrote, or cannot be written.
    """
    if dtype not in ("fp32", "int8"):
        raise OptionError(f"dtype: received {dtype!r}, expected 'fp32' or 'int8'.")
    out = Path(out).expanduser()
    refuse_inputs([out], [Path(model).expanduser()])
    check_files(out, WRITER, FILES)
    source = Seq2Seq(model, device="cpu")
    sample = SAMPLE.read_text("utf-8")
    texts = [sample[start:end] for start, end in passages(sample)] if texts is None else list(texts)
    expected = source.rewrite(None, texts, _WRITTEN)
    undo_onednn(source.model.module).set_attn_implementation("eager")
    with tempfile.TemporaryDirectory() as traced, replacing_files(out, WRITER) as folder:
        exact = Path(traced)
        try:
            _trace(source.model, exact)
        except (RuntimeError, TypeError, ValueError, AttributeError) as error:
            what = f"{type(error).__name__}: {error}"
            raise ModelError(f"export: this architecture cannot be traced ({what}).") from error
        for graph in exact.glob("*.onnx"):
            if dtype == "int8":
                quantize(graph, folder / graph.name)
            else:
                shutil.move(graph, folder / graph.name)
        source.model.tokenizer.save(str(folder / "tokenizer.json"))
        (folder / "config.json").write_text(json.dumps(source.model.settings, indent=2, default=str) + "\n", "utf-8")
        found = Seq2SeqOnnx(folder).rewrite(None, texts, _WRITTEN)
        same = sum(a == b for a, b in zip(expected, found, strict=True)) / len(texts)
        if dtype == "fp32" and same < 1:
            raise ModelError(
                f"export: the model writes the same as {model} of {same:.0%} of the texts. Nothing was written."
            )
    return same


def _trace(model: TorchModel, folder: Path) -> None:
    """Encoder, decoder for the first token, decoder for the others."""
    import torch
    from transformers import DynamicCache, EncoderDecoderCache

    module = model.module
    config = module.config
    named = (getattr(config, name, None) for name in ("num_decoder_layers", "decoder_layers", "num_layers"))
    layers = next(int(found) for found in named if found)

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = module.get_encoder()

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.inner(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    class First(torch.nn.Module):
        """Logits, then for each layer keys and values of what was written and of what was read."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, input_ids: Any, encoder_hidden_states: Any, encoder_attention_mask: Any) -> Any:
            cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
            found = _decoded(model, input_ids, encoder_hidden_states, encoder_attention_mask, cache)
            return (found.logits, *_flat(cache, read=True))

    class Next(torch.nn.Module):
        """Logits, then for each layer keys and values of what was written."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, input_ids: Any, encoder_hidden_states: Any, encoder_attention_mask: Any, *past: Any) -> Any:
            written, read = DynamicCache(), DynamicCache()
            for i in range(layers):
                written.update(past[4 * i], past[4 * i + 1], i)
                read.update(past[4 * i + 2], past[4 * i + 3], i)
            cache = EncoderDecoderCache(written, read)
            found = _decoded(model, input_ids, encoder_hidden_states, encoder_attention_mask, cache)
            return (found.logits, *_flat(cache, read=False))

    def _flat(cache: Any, *, read: bool) -> list[Any]:
        out = []
        for i in range(layers):
            for part in (cache.self_attention_cache, cache.cross_attention_cache)[: 1 + read]:
                out += [part.layers[i].keys, part.layers[i].values]
        return out

    ids = torch.full((1, 8), 5, dtype=torch.int64)
    one = torch.full((1, 1), 5, dtype=torch.int64)
    mask = torch.ones_like(ids)
    kinds = [
        f"{i}.{part}.{kind}" for i in range(layers) for part in ("decoder", "encoder") for kind in ("key", "value")
    ]
    with torch.inference_mode():
        states = Encoder()(ids, mask)
        _, *past = First()(one, states, mask)
    words = ("input_ids", "encoder_hidden_states", "encoder_attention_mask")
    _write(
        Encoder(), (ids, mask), folder / "encoder_model.onnx", ("input_ids", "attention_mask"), ["last_hidden_state"]
    )
    _write(
        First(), (one, states, mask), folder / "decoder_model.onnx", words, ["logits", *(f"present.{k}" for k in kinds)]
    )
    _write(
        Next(),
        (one, states, mask, *past),
        folder / "decoder_with_past_model.onnx",
        (*words, *(f"past_key_values.{k}" for k in kinds)),
        ["logits", *(f"present.{k}" for k in kinds if ".decoder." in k)],
    )


def _decoded(model: TorchModel, ids: Any, states: Any, mask: Any, cache: Any) -> Any:
    from transformers.modeling_outputs import BaseModelOutput

    read = BaseModelOutput(last_hidden_state=states)
    return model.ahead(cache, decoder_input_ids=ids, encoder_outputs=read, attention_mask=mask)


def _write(module: Any, example: Any, path: Path, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    import torch

    free = {
        name: {0: "batch", 2: f"length of {name}"}
        if "." in name  # keys or values
        else {0: "batch", 1: "read" if name.startswith(("encoder", "attention", "last")) else "written"}
        for name in (*inputs, *outputs)
    }
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # as in ragzip.backends.export.classifier
        torch.onnx.export(
            module.eval(), tuple(example), str(path), input_names=list(inputs), output_names=list(outputs),
            dynamic_axes=free, opset_version=17, dynamo=False,
        )  # fmt: skip
