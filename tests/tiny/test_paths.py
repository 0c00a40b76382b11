"""Generative path scoring: one reading of the page and of each node of the trie, against the plain way."""

import numpy as np
import pytest
import torch
import transformers

import ragzip
from ragzip.backends.load import load_path_scorer
from ragzip.errors import InputError, ModelError, OptionError

from .checkpoints import corpus
from .pruners import judge

pytestmark = pytest.mark.filterwarnings("ignore")
PATHS = [
    ("html", "body", "div0", "p0"),
    ("html", "body", "div0", "p1"),
    ("html", "body", "div1"),
    ("html", "body", "table", "tr0"),
    ("html", "body", "table", "tr1"),
    ("html", "body", "table", "tr12"),
    ("html", "head", "title"),
]
PAGE = (
    "<html><head><title>Brass</title></head><body><h1>Letters</h1><div><p>Ada wrote to Babbage about brass.</p>"
    "<p>It rained in Marlow.</p></div><table><tr><th>Year<th>City</tr><tr><td>1842<td>London</tr>"
    "<tr><td>1843<td>Marlow</tr></table></body></html>"
)


def naive(path, tokenizer, head, paths):
    """The whole prompt again for each prefix at which the paths go on in more than one way."""
    model = transformers.AutoModelForCausalLM.from_pretrained(path).eval()
    ids = [tokenizer.encode(f"<{'><'.join(one)}>", add_special_tokens=False) for one in paths]
    out = []
    for own in ids:
        total = 0.0
        for at, token in enumerate(own):
            following = sorted({other[at] for other in ids if other[:at] == own[:at] and len(other) > at})
            if len(following) > 1:
                with torch.no_grad():
                    logits = model(input_ids=torch.tensor([head + own[:at]])).logits[0, -1]
                p = logits[following].softmax(0)[following.index(token)]
                total += float(np.log(max(float(p), 1e-9)))
        out.append(total / np.mean([len(one) for one in paths]))
    return out


@pytest.mark.parametrize("kind", ["llama", "gemma2", "gpt2"])
@pytest.mark.parametrize("chat", [True, False])
def test_a_walk_of_the_trie_equals_whole_prompts(kind, chat, tmp_path):
    path = judge(kind, tmp_path, chat=chat)
    scorer = load_path_scorer(path)
    prompt = f"{corpus()[0][:300]} Which element?"
    expected = naive(path, scorer.model.hf_tokenizer, scorer.model.chat_ids(prompt), PATHS)
    found = scorer.score_paths(prompt, PATHS)
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert np.std(expected) > 0.01


def test_a_long_trie_in_parts_gives_the_same(tmp_path, monkeypatch):
    scorer = load_path_scorer(judge("llama", tmp_path))
    paths = [("html", "body", f"div{i}", f"p{j}") for i in range(12) for j in range(5)]
    whole = scorer.score_paths("a page", paths)
    monkeypatch.setattr("ragzip.backends.scorers.paths._BATCH_TOKENS", 7)
    np.testing.assert_allclose(scorer.score_paths("a page", paths), whole, atol=1e-4)


def test_pages_are_pruned_by_path_and_scores_cached(tmp_path):
    compressor = ragzip.load("html/paths", model=judge("llama", tmp_path), max_words=8)
    page = ragzip.Document("a", PAGE, mime="text/html")
    first = ragzip.compress(page, "Who wrote about brass?", target_tokens=30, compressor=compressor)
    assert 0 < first.stats.tokens_out <= 30
    again = ragzip.compress(page, "Who wrote about brass?", target_tokens=20, compressor=compressor)
    assert again.stats.cache_misses == 0 and again.stats.tokens_out <= 20
    scores = {unit.score for unit in first.documents[0].units}
    assert len(scores) > 3 and max(scores) <= 0
    both = ragzip.compress([page, "Plain text. It is short."], "brass?", target_tokens=30, compressor=compressor)
    assert both.stats.tokens_out <= 30


def test_what_cannot_be_read_is_refused(tmp_path):
    scorer = load_path_scorer(judge("llama", tmp_path))
    with pytest.raises(InputError, match="Prune the page first"):
        scorer.score_paths("word " * 20_000, PATHS)
    with pytest.raises(ModelError, match="expected a causal language model"):
        ragzip.load("html/paths")
    with pytest.raises(OptionError, match="PathScorer"):
        load_path_scorer(object())
    with pytest.raises(OptionError, match="html"):
        ragzip.load("html/paths", model=scorer, prompt="no page")
