"""Start weights in float16, and the layouts of pairs that training and export know."""

import json

import numpy as np
import pytest
import torch
import transformers
from tiny.checkpoints import make
from tiny.pruners import provence
from tokenizers import Tokenizer, processors

from ragzip.backends.load import load_provence
from ragzip.backends.runtimes.onnx import OnnxModel
from ragzip.backends.scorers.pairs import PairReader, pair_windows
from ragzip.errors import ModelError, OptionError, StorageError
from ragzip.text.splitters import sentences
from ragzip.training import data
from ragzip.training.pruner.export import export
from ragzip.training.pruner.recipe import start
from ragzip.training.start_weights import write_start_weights

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("one_thread")]
TEXT = "Ada Lovelace wrote to Charles Babbage on 12 March 1842. She asked about brass.\n\nIt rained in Marlow all day."
QUERY = "Who wrote to Babbage about brass?"


def scores(net, tokenizer):
    [(_, [window])] = pair_windows(tokenizer, QUERY, [("Ada", TEXT)], 512)
    ids = torch.tensor([window.ids])
    with torch.inference_mode():
        return net.eval()(ids, torch.ones_like(ids))[0].numpy()


def paired(folder, single, pair):
    """Have the tokenizer in ``folder`` set special tokens around two texts."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    special = {name for name in (single + " " + pair).split() if "$" not in name}
    special = {name.split(":")[0] for name in special}
    tokenizer.post_processor = processors.TemplateProcessing(
        single=single, pair=pair, special_tokens=[(name, tokenizer.token_to_id(name)) for name in sorted(special)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    folder = make("bert", tmp_path_factory.mktemp("bert"), scale=1.0)
    return paired(folder, "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1")


@pytest.fixture(scope="module")
def question(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "q.jsonl"
    record = {"question": QUERY, "answers": ["Ada"], "support_kind": "answer"}
    record["support_spans"] = [{"doc": "a", "start": 0, "end": 3}]
    record["documents"] = [{"id": "a", "title": "Ada", "text": TEXT}]
    path.write_text(json.dumps(record) + "\n")
    return data.read_qa(path)


def test_the_shipped_pruner_goes_on_from_its_float16_weights(tmp_path):
    size = write_start_weights(tmp_path / "out")
    assert size < 46_000_000
    assert sum(file.stat().st_size for file in (tmp_path / "out").iterdir()) < 47_000_000
    (before, _), (after, tokenizer) = start(None), start(tmp_path / "out")
    assert not after.encoder.embeddings.word_embeddings.weight.requires_grad
    for name, tensor in after.state_dict().items():
        expected = before.state_dict()[name]
        assert tensor.dtype == torch.float32
        assert (tensor - expected).abs().max() <= 2**-11 * expected.abs().max(), name
    assert torch.equal(after.head.weight, before.head.weight)
    np.testing.assert_allclose(scores(after, tokenizer), scores(before, tokenizer), atol=0.03)


def test_a_checkpoint_keeps_its_layers_and_gets_no_head(bert, tmp_path):
    write_start_weights(tmp_path / "out", bert, layers=1)
    assert not (tmp_path / "out" / "head.safetensors").exists()
    torch.manual_seed(3)
    before, _ = start(bert, layers=1)
    torch.manual_seed(3)
    after, tokenizer = start(tmp_path / "out")
    assert len(after.encoder.encoder.layer) == 1
    np.testing.assert_allclose(scores(after, tokenizer), scores(before, tokenizer), atol=0.01)
    again = tmp_path / "again"
    write_start_weights(again, tmp_path / "out")
    files = ("model.safetensors", "tokenizer.json")
    assert [(again / name).read_bytes() for name in files] == [(tmp_path / "out" / name).read_bytes() for name in files]


def test_a_checkpoint_in_half_precision_is_trained_in_single(bert, tmp_path):
    transformers.AutoModel.from_pretrained(bert).half().save_pretrained(tmp_path)
    Tokenizer.from_file(str(bert / "tokenizer.json")).save(str(tmp_path / "tokenizer.json"))
    net, tokenizer = start(tmp_path)
    assert {parameter.dtype for parameter in net.parameters()} == {torch.float32}
    assert np.isfinite(scores(net, tokenizer)).all()


def test_start_weights_spare_what_they_read_and_what_is_not_ours(bert, tmp_path):
    with pytest.raises(OptionError, match="is an input of this call"):
        write_start_weights(bert, bert)
    (tmp_path / "model.safetensors").write_bytes(b"mine")
    with pytest.raises(StorageError, match=r"model\.safetensors"):
        write_start_weights(tmp_path, bert)
    assert (tmp_path / "model.safetensors").read_bytes() == b"mine"


def test_weights_beyond_float16_are_refused(bert, tmp_path):
    model = transformers.AutoModel.from_pretrained(bert)
    with torch.no_grad():
        model.encoder.layer[0].output.dense.weight[0, 0] = 1e6
    model.save_pretrained(tmp_path)
    Tokenizer.from_file(str(bert / "tokenizer.json")).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ModelError, match="float16"):
        write_start_weights(tmp_path / "out", tmp_path)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("positions", [514, 130])
def test_roberta_counts_positions_behind_padding_and_knows_one_segment(positions, question, tmp_path, monkeypatch):
    monkeypatch.setattr("ragzip.training.pruner.export.LEAST_SAME", 0.3)
    folder = paired(make("xlm-roberta", tmp_path, scale=1.0), "<s> $A </s>", "<s> $A </s> </s> $B </s>")
    model = transformers.AutoModel.from_pretrained(folder, add_pooling_layer=False)
    model.config.update({"max_position_embeddings": positions, "type_vocab_size": 1})
    embeddings = model.embeddings
    for table, rows in ((embeddings.position_embeddings, positions), (embeddings.token_type_embeddings, 1)):
        table.weight.data = table.weight.data[:rows].clone()
    model.save_pretrained(folder)
    net, tokenizer = start(folder)
    export(net, tokenizer, tmp_path / "out", {}, question)
    reader = PairReader(OnnxModel(tmp_path / "out"))
    assert reader.model.longest == positions - 2
    [passage] = reader.score_passages(QUERY, [("Ada", TEXT)])
    expected = scores(net, tokenizer)
    assert passage.relevance == pytest.approx(expected[0, 3], abs=0.05)
    [(_, [window])] = pair_windows(tokenizer, QUERY, [("Ada", TEXT)], 512)
    assert (
        np.abs(
            np.column_stack([passage.sentence, passage.weight, passage.word]) - expected[window.offset : -1, :3]
        ).max()
        < 0.05
    )
    reader.score_passages(QUERY, [("Ada", "brass " * 2000)])  # windows as long as they may be
    back, _ = start(tmp_path / "out")
    assert back.separator == tokenizer.token_to_id("</s>") and not back.knows_segments


def test_a_tokenizer_that_sets_nothing_between_texts_is_refused(bert, tmp_path):
    write_start_weights(tmp_path / "out", bert)
    paired(tmp_path / "out", "[CLS] $A [SEP]", "[CLS] $A $B [SEP]")
    with pytest.raises(ModelError, match="nothing between two texts"):
        start(tmp_path / "out")


@pytest.mark.parametrize("kind", ["distilbert", "modernbert"])
def test_encoders_of_another_type_are_refused(kind, tmp_path):
    folder = make(kind, tmp_path)
    paired(folder, "[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]")
    with pytest.raises(ModelError, match="BERT-type"):
        start(folder)


def test_bent_files_of_start_weights_are_refused(bert, tmp_path):
    write_start_weights(tmp_path / "out", bert)
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        content = (tmp_path / "out" / name).read_bytes()
        (tmp_path / "out" / name).write_bytes(content[: len(content) // 2])
        with pytest.raises(ModelError, match="could not be loaded"):
            start(tmp_path / "out")
        (tmp_path / "out" / name).write_bytes(content)


@pytest.mark.parametrize("told", [True, False])
def test_provence_takes_segments_from_the_template_of_its_tokenizer(told, tmp_path):
    path, _, ranker, head = provence("open-bert", tmp_path)
    paired(path, "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1" if told else "[CLS] $A [SEP] $B [SEP]")
    encoding = Tokenizer.from_file(str(path / "tokenizer.json")).encode(QUERY, TEXT)
    assert set(encoding.type_ids) == ({0, 1} if told else {0})
    inputs = {"input_ids": encoding.ids, "attention_mask": encoding.attention_mask, "token_type_ids": encoding.type_ids}
    with torch.no_grad():
        outputs = ranker(**{name: torch.tensor([ids]) for name, ids in inputs.items()}, output_hidden_states=True)
        keep = head(outputs.hidden_states[-1]).softmax(-1)[0, :, 1].numpy()
    inside = np.array([sequence == 1 for sequence in encoding.sequence_ids])
    offsets = np.array(encoding.offsets)
    expected = [keep[inside & (offsets[:, 1] > begin) & (offsets[:, 0] < end)].mean() for begin, end in sentences(TEXT)]
    [passage] = load_provence(path).score_passages(QUERY, [(None, TEXT)])
    np.testing.assert_allclose(passage.sentence_scores(sentences(TEXT)), expected, atol=2e-5)
