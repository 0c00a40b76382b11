"""The export of an encoder-decoder checkpoint to ONNX, as :mod:`ragzip.backends.runtimes.seq2seq_onnx` reads it.

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
from ragzip.errors import ModelError, OptionError, reason_of
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
_COMPARED_TOKENS = 32  # of each summary


def export_seq2seq(
    model: str | Path, out: str | Path, *, dtype: str = "fp32", texts: Sequence[str] | None = None
) -> float:
    """Write a checkpoint that summarises (T5 and similar) as ONNX with a KV cache.

    :param out: a folder; in fp32 it is written only if the export writes the same texts as its source. Files of an
        earlier export are replaced, all together.
    :param dtype: "fp32", or "int8" (see :mod:`ragzip.backends.export.quantize`), which may write other texts.
    :param texts: the texts whose summaries are compared; default: a page of English and a few other languages.
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
    sample_text = SAMPLE.read_text("utf-8")
    texts = [sample_text[start:end] for start, end in passages(sample_text)] if texts is None else list(texts)
    source_texts = source.rewrite(None, texts, _COMPARED_TOKENS)
    undo_onednn(source.model.module).set_attn_implementation("eager")
    with tempfile.TemporaryDirectory() as traced, replacing_files(out, WRITER) as folder:
        exact_folder = Path(traced)
        try:
            _trace(source.model, exact_folder)
        except (RuntimeError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(f"export: this architecture cannot be traced ({reason_of(error)}).") from error
        for graph in exact_folder.glob("*.onnx"):
            if dtype == "int8":
                quantize(graph, folder / graph.name)
            else:
                shutil.move(graph, folder / graph.name)
        source.model.tokenizer.save(str(folder / "tokenizer.json"))
        (folder / "config.json").write_text(json.dumps(source.model.settings, indent=2, default=str) + "\n", "utf-8")
        exported_texts = Seq2SeqOnnx(folder).rewrite(None, texts, _COMPARED_TOKENS)
        same_share = sum(
            source_text == exported_text
            for source_text, exported_text in zip(source_texts, exported_texts, strict=True)
        ) / len(texts)
        if dtype == "fp32" and same_share < 1:
            raise ModelError(
                f"export: the model writes the same as {model} of {same_share:.0%} of the texts. Nothing was written."
            )
    return same_share


def _trace(model: TorchModel, folder: Path) -> None:
    """Encoder, decoder for the first token, decoder for the others."""
    import torch

    encoder, layer_count = _encoder(model), _decoder_layers(model.module.config)
    first_decoder, next_decoder = _first_decoder(model, layer_count), _next_decoder(model, layer_count)
    ids = torch.full((1, 8), 5, dtype=torch.int64)
    decoder_ids = torch.full((1, 1), 5, dtype=torch.int64)
    mask = torch.ones_like(ids)
    with torch.inference_mode():
        encoder_states = encoder(ids, mask)
        _, *past_tensors = first_decoder(decoder_ids, encoder_states, mask)
    cache_names = [
        f"{layer_number}.{cache_part}.{tensor_kind}"
        for layer_number in range(layer_count)
        for cache_part in ("decoder", "encoder")
        for tensor_kind in ("key", "value")
    ]
    input_names = ("input_ids", "encoder_hidden_states", "encoder_attention_mask")
    _write(encoder, (ids, mask), folder / "encoder_model.onnx", ("input_ids", "attention_mask"), ["last_hidden_state"])
    _write(
        first_decoder,
        (decoder_ids, encoder_states, mask),
        folder / "decoder_model.onnx",
        input_names,
        ["logits", *(f"present.{name}" for name in cache_names)],
    )
    _write(
        next_decoder,
        (decoder_ids, encoder_states, mask, *past_tensors),
        folder / "decoder_with_past_model.onnx",
        (*input_names, *(f"past_key_values.{name}" for name in cache_names)),
        ["logits", *(f"present.{name}" for name in cache_names if ".decoder." in name)],
    )


def _decoder_layers(config: Any) -> int:
    counts = (getattr(config, name, None) for name in ("num_decoder_layers", "decoder_layers", "num_layers"))
    return next(int(count) for count in counts if count)


def _encoder(model: TorchModel) -> Any:
    import torch

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model.module.get_encoder()

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.inner(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    return Encoder()


def _first_decoder(model: TorchModel, layer_count: int) -> Any:
    """The module that gives logits, then for each layer the keys and values of the decoder and of the encoder."""
    import torch
    from transformers import DynamicCache, EncoderDecoderCache

    class First(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model.module

        def forward(self, input_ids: Any, encoder_hidden_states: Any, encoder_attention_mask: Any) -> Any:
            kv_cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
            decoded = _decoded(model, input_ids, encoder_hidden_states, encoder_attention_mask, kv_cache)
            caches = [kv_cache.self_attention_cache, kv_cache.cross_attention_cache]
            return (decoded.logits, *_flat(caches, layer_count))

    return First()


def _next_decoder(model: TorchModel, layer_count: int) -> Any:
    """The module that gives logits, then for each layer the keys and values of the decoder, and reads those of the
    tokens before.
    """
    import torch
    from transformers import DynamicCache, EncoderDecoderCache

    class Next(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model.module

        def forward(
            self, input_ids: Any, encoder_hidden_states: Any, encoder_attention_mask: Any, *past_tensors: Any
        ) -> Any:
            written_cache, read_cache = DynamicCache(), DynamicCache()
            for layer_number in range(layer_count):
                written_keys, written_values, read_keys, read_values = past_tensors[4 * layer_number :][:4]
                written_cache.update(written_keys, written_values, layer_number)
                read_cache.update(read_keys, read_values, layer_number)
            kv_cache = EncoderDecoderCache(written_cache, read_cache)
            decoded = _decoded(model, input_ids, encoder_hidden_states, encoder_attention_mask, kv_cache)
            return (decoded.logits, *_flat([kv_cache.self_attention_cache], layer_count))

    return Next()


def _flat(caches: Sequence[Any], layer_count: int) -> list[Any]:
    """The keys and values of each layer in ``caches``."""
    return [
        tensor
        for layer_number in range(layer_count)
        for cache in caches
        for tensor in (cache.layers[layer_number].keys, cache.layers[layer_number].values)
    ]


def _decoded(model: TorchModel, ids: Any, states: Any, mask: Any, cache: Any) -> Any:
    from transformers.modeling_outputs import BaseModelOutput

    encoder_output = BaseModelOutput(last_hidden_state=states)
    return model.step(cache, decoder_input_ids=ids, encoder_outputs=encoder_output, attention_mask=mask)


def _write(module: Any, example: Any, path: Path, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    import torch

    dynamic_axes = {
        name: {0: "batch", 2: f"length of {name}"}
        if "." in name  # keys or values
        else {0: "batch", 1: "read" if name.startswith(("encoder", "attention", "last")) else "written"}
        for name in (*inputs, *outputs)
    }
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # as in ragzip.backends.export.classifier
        torch.onnx.export(
            module.eval(), tuple(example), str(path), input_names=list(inputs), output_names=list(outputs),
            dynamic_axes=dynamic_axes, opset_version=17, dynamo=False,
        )  # fmt: skip
