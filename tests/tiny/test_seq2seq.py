import json
import pickle
import shutil

import pytest
from click.testing import CliRunner

import ragzip
from ragzip.backends.export.seq2seq import export_seq2seq
from ragzip.backends.rewriters import load_rewriter
from ragzip.backends.runtimes.seq2seq import Seq2Seq, layout
from ragzip.backends.runtimes.seq2seq_onnx import Seq2SeqOnnx
from ragzip.cli import app
from ragzip.errors import ModelError, OptionError
from tests.tiny.checkpoints import corpus, t5

TEXTS = [text[:300] for text in corpus()[:4]]
QUERY = "What was measured?"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return t5(tmp_path_factory.mktemp("t5"))


@pytest.fixture(scope="module")
def shallow(tmp_path_factory):
    """With one layer on each side: exporting takes its time for every layer."""
    return t5(tmp_path_factory.mktemp("shallow"), layers=1)


@pytest.fixture(scope="module")
def graphs(checkpoint, tmp_path_factory):
    folder = tmp_path_factory.mktemp("onnx") / "t5"
    assert export_seq2seq(checkpoint, folder) == 1
    return folder


def test_what_is_read_and_written_is_what_transformers_writes(checkpoint):
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(checkpoint), AutoModelForSeq2SeqLM.from_pretrained(checkpoint)
    rewriter = load_rewriter(checkpoint)
    assert isinstance(rewriter, Seq2Seq) and layout("q", "t") == "Question: q\n Document: t\n Summary: "
    for text in TEXTS[:2]:
        ids = tokenizer(layout(QUERY, text), return_tensors="pt", truncation=True, max_length=1024).input_ids
        made = model.generate(ids, max_new_tokens=12, do_sample=False)
        assert rewriter.rewrite(QUERY, [text], 12) == [tokenizer.decode(made[0], skip_special_tokens=True).strip()]
    assert len({*rewriter.rewrite(QUERY, TEXTS, 12)}) > 1
    assert rewriter.rewrite(QUERY, TEXTS, 12) != rewriter.rewrite(None, TEXTS, 12)
    assert pickle.loads(pickle.dumps(rewriter)).rewrite(QUERY, TEXTS[:1], 8) == rewriter.rewrite(QUERY, TEXTS[:1], 8)


def test_onnx_writes_the_same_with_a_cache_of_keys_and_values(checkpoint, graphs, tmp_path):
    torch_one, onnx_one = Seq2Seq(checkpoint), load_rewriter(graphs)
    assert isinstance(onnx_one, Seq2SeqOnnx)
    expected = torch_one.rewrite(QUERY, TEXTS, 20)
    assert onnx_one.rewrite(QUERY, TEXTS, 20) == expected
    assert pickle.loads(pickle.dumps(onnx_one)).rewrite(QUERY, TEXTS, 20) == expected
    for name in ("encoder_model.onnx", "decoder_model.onnx", "tokenizer.json", "config.json"):
        shutil.copy(graphs / name, tmp_path / name)  # without a cache all that was written is read again
    assert Seq2SeqOnnx(tmp_path).rewrite(QUERY, TEXTS[:2], 8) == torch_one.rewrite(QUERY, TEXTS[:2], 8)


def test_the_fingerprint_of_graphs_covers_config_and_weights(graphs, tmp_path):
    marks = [Seq2SeqOnnx(graphs).fingerprint]
    shutil.copytree(graphs, tmp_path / "other")
    config = json.loads((graphs / "config.json").read_text())
    (tmp_path / "other" / "config.json").write_text(json.dumps(config | {"decoder_start_token_id": 5}))
    marks.append(Seq2SeqOnnx(tmp_path / "other").fingerprint)
    import onnx

    path = tmp_path / "other" / "encoder_model.onnx"
    onnx.save(onnx.load(path), path, save_as_external_data=True, location="encoder.data", size_threshold=0)
    for _ in range(2):
        marks.append(Seq2SeqOnnx(tmp_path / "other").fingerprint)
        data = bytearray((tmp_path / "other" / "encoder.data").read_bytes())
        data[3] ^= 1  # the lowest bit of a weight's exponent
        (tmp_path / "other" / "encoder.data").write_bytes(data)
    assert len(set(marks)) == 4


def test_from_the_command_line(shallow, tmp_path):
    done = CliRunner().invoke(app, ["export", str(shallow), str(tmp_path / "out")])
    assert done.exit_code == 0 and "its output is the source's for 100%" in done.stdout
    assert isinstance(load_rewriter(tmp_path / "out"), Seq2SeqOnnx)


def test_int8_and_what_cannot_be_exported(shallow, tmp_path):
    assert 0 <= export_seq2seq(shallow, tmp_path / "int8", dtype="int8", texts=TEXTS[:2]) <= 1
    size = {name: (tmp_path / "int8" / name).stat().st_size for name in ("encoder_model.onnx", "decoder_model.onnx")}
    assert all(size.values()) and json.loads((tmp_path / "int8" / "config.json").read_text())["d_model"] == 32
    with pytest.raises(OptionError, match="int4"):
        export_seq2seq(shallow, tmp_path / "int4", dtype="int4")
    with pytest.raises(ModelError, match="not an encoder-decoder"):
        Seq2SeqOnnx(tmp_path)


def test_as_a_compressor(graphs):
    compressor = ragzip.load("abstractive/recomp", model=graphs, unsupported="keep")
    result = ragzip.compress(TEXTS, QUERY, target_tokens=60, compressor=compressor, cache=False)
    assert result.stats.tokens_out <= 60 and (result.report or not result.text)
    with pytest.raises(OptionError, match="beams"):
        Seq2Seq(graphs, beams=0)
