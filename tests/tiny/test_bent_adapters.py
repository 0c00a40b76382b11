"""Adapter folders that somebody has bent are ModelErrors, whatever stands in them."""

import json

import pytest

from ragzip.errors import InputError, ModelError
from ragzip.soft.adapters import LoRA, load_adapter, load_reader_lora, save_adapter
from ragzip.soft.encoders.compllm import CompLLMEncoder
from ragzip.soft.language import LanguageModel
from ragzip.soft.prompt import from_base64

from .checkpoints import llama

SETTINGS = [None, [], "x", 3, {"rank": "x"}, {"rank": -1}, {"rank": 0}, {"rank": None}, {"rank": [1]}, {"nonsense": 1}]


@pytest.fixture(scope="module")
def lm(tmp_path_factory):
    return LanguageModel(llama(tmp_path_factory.mktemp("bent")))


@pytest.mark.parametrize("settings", SETTINGS)
def test_settings(settings, lm, tmp_path):
    for trained, load in (
        (LoRA(lm), lambda: load_reader_lora(lm, tmp_path / "reader")),
        (CompLLMEncoder(lm), lambda: load_adapter("compllm", lm, tmp_path / "compllm")),
    ):
        folder = tmp_path / trained.method
        save_adapter(trained, folder)
        load()
        config = json.loads((folder / "config.json").read_text("utf-8"))
        (folder / "config.json").write_text(json.dumps(config | {"settings": settings}), "utf-8")
        with pytest.raises(ModelError, match="adapter"):
            load()


@pytest.mark.parametrize("content", ["", "[]", "null", "1", '"x"', "[" * 100_000, "{}"])
def test_config(content, lm, tmp_path):
    save_adapter(LoRA(lm), tmp_path)
    (tmp_path / "config.json").write_text(content, "utf-8")
    with pytest.raises(ModelError, match="adapter"):
        load_reader_lora(lm, tmp_path)


def test_weights_cut_off(lm, tmp_path):
    save_adapter(LoRA(lm), tmp_path)
    weights = (tmp_path / "adapter.safetensors").read_bytes()
    for size in (0, 4, 100, len(weights) // 2, len(weights) - 1):
        (tmp_path / "adapter.safetensors").write_bytes(weights[:size])
        with pytest.raises(ModelError, match="adapter"):
            load_reader_lora(lm, tmp_path)


@pytest.mark.parametrize("text", ["", " ", "\0", "\ud800", "7", "x" * 100_000, "QUJD"])
def test_prompt_embeds_that_are_no_tensor(text):
    with pytest.raises(InputError, match=r"received.*expected"):
        from_base64(text)
