"""Fingerprints of checkpoints: two that answer otherwise have different ones."""

import json
import shutil

import pytest

from ragzip.backends.runtimes.generate import Generator
from ragzip.backends.runtimes.seq2seq import Seq2Seq
from ragzip.backends.runtimes.torch import TorchModel
from ragzip.backends.scorers.paths import PathModel
from ragzip.backends.scorers.yes_no import YesNo
from tests.tiny.checkpoints import t5


def changed(source, folder, name, **settings):
    """A copy of a checkpoint with other settings in one of its files."""
    shutil.copytree(source, folder)
    file = folder / name
    content = json.loads(file.read_text("utf-8")) if file.exists() else {}
    file.write_text(json.dumps(content | settings), "utf-8")
    return folder


def test_the_chat_format_of_a_language_model(gpt, tmp_path):
    template = "{% for message in messages %}[{{ message['content'] }}]{% endfor %}"
    formatted = [
        changed(gpt, tmp_path / str(i), "tokenizer_config.json", chat_template=text)
        for i, text in enumerate([template, f"Be short. {template}"])
    ]
    models = [TorchModel(folder, kind="causal-lm") for folder in (gpt, *formatted)]
    prompt_ids = [model.chat_ids("Where?") for model in models]
    assert len({tuple(ids) for ids in prompt_ids}) == 3
    for kind in (PathModel, YesNo):
        assert len({kind(model).fingerprint for model in models}) == 3
    assert len({Generator(folder, dtype="float32").fingerprint for folder in (gpt, *formatted)}) == 3
    assert len({model.fingerprint for model in models}) == 1  # of scores of plain text


def test_what_ends_an_answer(gpt, tmp_path):
    other = changed(gpt, tmp_path / "other", "generation_config.json", eos_token_id=[7, 9])
    readers = [Generator(folder, dtype="float32") for folder in (gpt, other)]
    assert readers[0]._ends != readers[1]._ends and readers[0].fingerprint != readers[1].fingerprint


@pytest.fixture(scope="module")
def summariser(tmp_path_factory):
    return t5(tmp_path_factory.mktemp("t5"))


def test_how_a_summariser_generates(summariser, tmp_path):
    other = changed(summariser, tmp_path / "other", "generation_config.json", forced_bos_token_id=5)
    first, second = Seq2Seq(summariser), Seq2Seq(other)
    assert first.fingerprint != second.fingerprint and first.fingerprint == Seq2Seq(summariser).fingerprint
    text = "The mill burned down in 1902. " * 5
    assert first.rewrite(None, [text], 12) != second.rewrite(None, [text], 12)
