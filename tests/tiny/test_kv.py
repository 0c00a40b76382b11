"""Stored keys and values behind which a model goes on as behind the text."""

import pytest
import torch

from ragzip.cache import SegmentCache
from ragzip.errors import InputError
from ragzip.soft.kv import PrefixStore
from ragzip.soft.language import LanguageModel
from ragzip.testing import MemoryStore

from . import checkpoints

pytest.importorskip("zstandard")

TEXT = "The mill of Ripon burned down in 1902. It was built again in brick, and stood until the flood of 1953. " * 2


@pytest.fixture(scope="module", params=["llama", "causal"])
def lm(request, tmp_path_factory):
    layers = {"layers": 3} if request.param == "llama" else {}
    return LanguageModel(getattr(checkpoints, request.param)(tmp_path_factory.mktemp(request.param), **layers))


def logits_behind(lm, past, text):
    with torch.no_grad():
        return lm.step(past, input_ids=lm.on_device([lm.ids(text)])).logits[0]


def text_of(lm):
    return TEXT if lm.window > 500 else TEXT[:80]


def test_a_model_goes_on_behind_a_stored_text(lm):
    store = PrefixStore(lm, level="fine", cache=False)
    [prefix] = store.prefixes([text_of(lm)])
    assert prefix.past.get_seq_length() == len(prefix.ids) == len(lm.ids(text_of(lm)))
    exact = lm.past()
    lm.step(exact, input_ids=lm.on_device([prefix.ids]))
    given, found = (logits_behind(lm, past, " When?") for past in (exact, prefix.past))
    assert torch.nn.functional.cosine_similarity(given, found, dim=-1).min() > 0.98
    assert not torch.equal(given, found)


def test_what_is_stored_is_not_computed_again(lm, monkeypatch):
    memory = SegmentCache(MemoryStore())
    [first] = PrefixStore(lm, cache=memory).prefixes([text_of(lm)])
    monkeypatch.setattr(PrefixStore, "key_values", None)
    [again] = PrefixStore(lm, cache=memory).prefixes([text_of(lm)])
    assert again.stored_bytes == first.stored_bytes
    assert torch.equal(again.past.layers[0].keys, first.past.layers[0].keys)


def test_streams_are_of_one_text_and_texts_fit_the_window(lm):
    store = PrefixStore(lm, cache=False)
    stream = store.stream("A short text.")
    with pytest.raises(InputError, match="expected those of"):
        store.read(stream, "Another text.")
    with pytest.raises(InputError, match="empty"):
        store.prefixes([""])
    with pytest.raises(InputError, match=f"reads {lm.window}"):
        store.prefixes(["word " * 3000])
