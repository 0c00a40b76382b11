"""PISCO's published checkpoints: a compressor of its own, and a language model adapted to read it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ragzip.backends.runtimes.torch import TorchModel
from ragzip.checks import shown
from ragzip.errors import ModelError, OptionError
from ragzip.process.lazy_property import lazy_property
from ragzip.soft.encoders.base import Encoder, digest, together
from ragzip.soft.encoders.pieces import cut
from ragzip.soft.language import LanguageModel
from ragzip.text.spans import Span

__all__ = ["PiscoEncoder", "pisco_decoder"]

_BATCH_TOKENS = 2048


class PiscoEncoder(Encoder):
    """Louis et al. 2025 (PISCO, arXiv 2501.16075), as naver/pisco saves it: a piece, then ⌊tokens ÷ rate⌋ + 1 times the
    token ``<MEM>``; the last states there, through two linear layers with a ReLU between them.

    :param folder: with ``config.json``, ``compressor``, ``compressor_tokenizer`` and ``connector.pt``.
    :param lm: the language model that reads: :func:`pisco_decoder` of the same folder.
    :param most: most tokens of a piece.
    :raises ModelError: other files in the folder, or a language model of another width.
    """

    method = "pisco"

    def __init__(self, folder: str | Path, lm: LanguageModel, *, most: int = 128) -> None:
        folder_path = Path(folder).expanduser()
        super().__init__(lm)
        self.most, self.folder = most, folder_path
        self._rate = int(_config(folder_path)["compr_rate"])
        self._model = TorchModel(
            folder_path / "compressor",
            kind="causal-lm",
            device=lm.device,
            dtype=lm.dtype,
            tokenizer=folder_path / "compressor_tokenizer",
        )
        memory_id = self._model.tokenizer.token_to_id("<MEM>")
        tensors = _load(folder_path / "connector.pt")
        try:
            wide_shape, narrow_shape = tensors["0.weight"].shape, tensors["2.weight"].shape
            self.head = torch.nn.Sequential(
                torch.nn.Linear(wide_shape[1], wide_shape[0]),
                torch.nn.ReLU(),
                torch.nn.Linear(narrow_shape[1], narrow_shape[0]),
            )
            self.head.load_state_dict(tensors)
        except (LookupError, RuntimeError, TypeError, AttributeError) as error:
            raise ModelError(
                f"pisco: {folder_path}/connector.pt holds no connector of two linear layers ({error})."
            ) from error
        if memory_id is None or narrow_shape[0] != lm.hidden:
            raise ModelError(
                f"pisco: {folder_path} makes vectors of {narrow_shape[0]} numbers, the model has {lm.hidden}."
                if memory_id is not None
                else f"pisco: {folder_path}/compressor_tokenizer has no token <MEM>."
            )
        self._mem = int(memory_id)
        self.head = self.head.to(lm.device, next(self._model.module.parameters()).dtype)

    @lazy_property
    def fingerprint(self) -> str:
        """The identity of everything that changes the vectors."""
        return f"{self._model.fingerprint}:pisco:{self._rate}:{self.most}:{digest(self.head.state_dict())}"

    def check(self, ratio: int) -> int:
        """``ratio``, which has to be that of the checkpoint.

        :raises OptionError: another ratio.
        """
        if ratio != self._rate:
            raise OptionError(
                f"ratio: received {ratio!r}, expected {self._rate}, which this checkpoint was trained for."
            )
        return ratio

    @property
    def ratios(self) -> tuple[int, ...]:
        """The only ratio of the checkpoint."""
        return (self._rate,)

    def pieces(self, text: str) -> list[Span]:
        """Runs of sentences of at most ``most`` tokens."""
        offsets = list(self._model.tokenizer.encode(text, add_special_tokens=False).offsets)
        return cut(text, offsets, self.most, lambda piece_text: len(self._ids([piece_text])[0]), join=True)

    def sizes(self, texts: Sequence[str], ratio: int) -> list[int]:
        """The number of vectors of each text."""
        return [len(ids) // ratio + 1 for ids in self._ids(texts)]

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        return [
            list(encoding.ids) for encoding in self._model.tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        ]

    def encode(self, texts: Sequence[str], ratio: int) -> list[npt.NDArray[np.float16]]:
        """The vectors of each text. *Shape:* (⌊tokens ÷ rate⌋ + 1, hidden) each."""
        self.check(ratio)
        ids_by_text = self._ids(texts)
        vectors_by_text: list[Any] = [np.zeros((0, self.hidden), np.float16)] * len(texts)
        for batch_indices in together([len(ids) for ids in ids_by_text], _BATCH_TOKENS):
            memory_count = len(ids_by_text[batch_indices[0]]) // ratio + 1
            ids = torch.tensor(
                [ids_by_text[index] + [self._mem] * memory_count for index in batch_indices], device=self.lm.device
            )
            with torch.no_grad():
                states = self._model.module.base_model(input_ids=ids, use_cache=False).last_hidden_state
                vectors = self.head(states[:, -memory_count:]).float().cpu().numpy().astype(np.float16)
            for index, array in zip(batch_indices, vectors, strict=True):
                vectors_by_text[index] = array
        return vectors_by_text

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, (self.folder, self.lm, self.most)


def pisco_decoder(
    folder: str | Path, model: str | Path | None = None, *, device: str | None = None, dtype: Any = "float32"
) -> LanguageModel:
    """The language model that reads the vectors of PISCO's compressor: its base with LoRA and new embeddings.

    :param model: the base; default: the base that the checkpoint names. A folder or a hub id.
    :raises ModelError: it cannot be loaded, or ``decoder_state.pt`` was made for another.
    """
    import peft

    folder_path = Path(folder).expanduser()
    config = _config(folder_path)
    lm = LanguageModel(
        model if model is not None else config["decoder_model_name"],
        device=device,
        dtype=dtype,
        tokenizer=folder_path / "decoder_tokenizer",
    )
    state = _load(folder_path / "decoder_state.pt")
    if not all(isinstance(tensor, torch.Tensor) for tensor in state.values()):
        raise ModelError(f"pisco: {folder_path}/decoder_state.pt holds more than tensors, expected tensors by name.")
    lm.resize(len(lm.tokenizer))
    rank = int(config["lora_r_decoder"])
    adapter = peft.LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear")
    peft.inject_adapter_in_model(adapter, lm.module, adapter_name="default")
    parameter_by_name = dict(lm.module.named_parameters())
    for state_key, tensor in state.items():
        name = state_key.replace(".modules_to_save.default", "")
        if ".original_module" in state_key or (name not in parameter_by_name and name.startswith("lm_head")):
            continue  # a tied head is the embeddings
        if name not in parameter_by_name or parameter_by_name[name].shape != tensor.shape:
            raise ModelError(
                f"pisco: {folder_path}/decoder_state.pt was made for another model: it holds {state_key} of "
                f"{tuple(tensor.shape)}."
            )
        parameter_by_name[name].data.copy_(tensor)
    lm.module.requires_grad_(False)
    lm.fingerprint += f":pisco:{digest(state)}"
    lm.remake = (_remake_decoder, (folder_path, model, lm.device, dtype))
    return lm


def _remake(folder: Path, lm: LanguageModel, most: int) -> PiscoEncoder:
    return PiscoEncoder(folder, lm, most=most)


def _remake_decoder(folder: Path, model: str | Path | None, device: str, dtype: Any) -> LanguageModel:
    return pisco_decoder(folder, model, device=device, dtype=dtype)


def _config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads((path / "config.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"pisco: {path}/config.json cannot be read ({error}).") from None
    if not isinstance(config, dict):
        raise ModelError(f"pisco: {path}/config.json holds {type(config).__name__}, expected a JSON object.")
    for key in ("compr_rate", "lora_r_decoder"):
        if key in config and (not isinstance(config[key], int) or config[key] < 1):
            raise ModelError(f"pisco: {path}/config.json has {key} {shown(config[key])}, expected 1 or more.")
    if missing_keys := {"compr_rate", "decoder_model_name", "lora_r_decoder"} - set(config):
        raise ModelError(f"pisco: {path}/config.json is no PISCO checkpoint's; it lacks {sorted(missing_keys)}.")
    return config


def _load(path: Path) -> dict[str, Any]:
    try:
        tensors: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:  # torch and pickle raise many kinds
        raise ModelError(f"pisco: {path} cannot be read ({error}).") from error
    if not isinstance(tensors, dict):
        raise ModelError(f"pisco: {path} holds {type(tensors).__name__}, expected tensors by name.")
    return tensors
