"""The recipes of soft compressors on a small Llama: vectors come to say what the text says."""

import json

import pytest
from recipes.soft_data import small_batches, write_places
from tiny.checkpoints import llama

import ragzip
from ragzip.soft.prompt import SoftPrompt
from ragzip.soft.reader import SoftReader
from ragzip.training.soft import recipe


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return llama(tmp_path_factory.mktemp("soft"))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_places(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module", autouse=True)
def more_steps():
    with small_batches():
        yield


@pytest.fixture(scope="module")
def adapted(folder, data, tmp_path_factory):
    out = tmp_path_factory.mktemp("reader")
    figures = recipe.train_soft("reader", folder, [data], out, tokens=8_000)
    seen = [row["dev nll"] for row in figures["log"] if "dev nll" in row]
    assert seen[-1] < seen[0] - 1
    return out


@pytest.mark.parametrize("method", ["compllm", "gmsa", "xrag"])
def test_vectors_come_to_say_what_the_text_says(folder, data, adapted, tmp_path, method):
    tokens = 9_000 if method == "xrag" else 3_000  # xrag's projector begins near to where it gets
    figures = recipe.train_soft(method, folder, [data], tmp_path, reader=adapted, tokens=tokens)
    gains = [row[name] for row in figures["log"] for name in row if name.startswith("dev gain")]
    assert gains[-1] > gains[0]
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    assert config["method"] == method and (tmp_path / "curve.png").stat().st_size > 1000
    assert "restate" in figures["log"][1]
    compressor = ragzip.load(f"soft/{method}", model=folder, adapter=tmp_path)
    result = ragzip.compress("Ada lives in Oslo.", "Where does Ada live?", compressor=compressor, cache=False)
    assert SoftReader(folder, adapter=adapted).generate([SoftPrompt.of(result, "Where does Ada live?")], max_tokens=4)
