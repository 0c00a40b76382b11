"""``parity="llmlingua"`` against llmlingua 0.2.2 itself, on the same weights."""

import difflib
import gzip
import random

import pytest

import ragzip
from ragzip.errors import ModelError, OptionError
from ragzip.models import shipped

from .checkpoints import corpus

pytestmark = pytest.mark.filterwarnings("ignore")
FULL = pytest.mark.full
FORCED = ["\n", ".", "!", "?", ",", "the", "="]
OPTIONS = [
    {},
    {"force_tokens": FORCED},
    {"force_tokens": FORCED, "drop_consecutive": True},
    {"force_reserve_digit": True},
]
ODD = [
    "A 👩‍👩‍👧 emoji, a tab\tand\r\n\r\nseveral   spaces. [SEP] <unk> \u00a0 état-major; x=y=3.14!!! 2024-05-01??",
    "Padding [PAD] written [PAD] in the text [MASK] of a page. " * 9,
    "北京是中国的首都。天气很好！東京タワーは赤い。 Mixed 中文 text, 100 %.",
    "word " * 700,
    "a",
]


@pytest.fixture(scope="module", params=["bert", "xlm-roberta"])
def both(request, checkpoints, tmp_path_factory, monkeypatch_module):
    """The checkpoint, and llmlingua over it, with its encoding at hand rather than fetched."""
    import llmlingua

    folder = tmp_path_factory.mktemp("tiktoken")
    ranks = gzip.decompress((shipped("bpe") / "cl100k_base.tiktoken.gz").read_bytes())
    (folder / "9b5ad71b2ce5302211f9c61530b329a4922fc6a4").write_bytes(ranks)  # SHA-1 of the address
    monkeypatch_module.setenv("TIKTOKEN_CACHE_DIR", str(folder))
    path = checkpoints[request.param]
    theirs = llmlingua.PromptCompressor(str(path), device_map="cpu", use_llmlingua2=True)
    return path, theirs


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def contexts(n, seed=0):
    """Slices of the demo corpus of 20 to 1,200 words, and a few oddities."""
    source = random.Random(seed)
    words = " \n".join(corpus()).split(" ")
    out = list(ODD)
    while len(out) < n:
        at, size = source.randrange(len(words)), source.choice([20, 100, 300, 600, 1200])
        out.append(" ".join(words[at : at + size]))
    return [text for text in out if text.strip()][:n]


def compare(both, texts, options, rate):
    """Words, and words that both keep alike, in order."""
    path, theirs = both
    ours = ragzip.load("llmlingua2", model=path, parity="llmlingua", **options)
    total = same = 0
    for text in texts:
        expected = theirs.compress_prompt([text], rate=rate, **options)["compressed_prompt"].split()
        found = ragzip.compress(text, rate=rate, compressor=ours).text.split()
        blocks = difflib.SequenceMatcher(None, expected, found, autojunk=False).get_matching_blocks()
        total += max(len(expected), len(found))
        same += sum(block.size for block in blocks)
    return total, same


@pytest.mark.parametrize("rate", [0.2, pytest.param(0.33, marks=FULL), 0.5, pytest.param(0.7, marks=FULL)])
@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "forced", "consecutive", "digits"])
def test_same_words(both, options, rate):
    total, same = compare(both, contexts(6), options, rate)
    assert same >= 0.995 * total > 0


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.2, 0.33, 0.5, 0.7])
@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "forced", "consecutive", "digits"])
def test_same_words_of_200_contexts(both, options, rate):
    total, same = compare(both, contexts(200, seed=1), options, rate)
    assert same >= 0.995 * total > 0


def test_several_contexts_with_a_target_and_a_filter(both):
    path, theirs = both
    texts = contexts(8, seed=3)[len(ODD) :]
    for filtered in (False, True):
        for limit in ({"target_token": 200}, {"rate": 0.4}):
            expected = theirs.compress_prompt(texts, use_context_level_filter=filtered, **limit)
            ours = ragzip.load("llmlingua2", model=path, parity="llmlingua", context_filter=filtered)
            options = {"target_tokens": 200} if "target_token" in limit else limit
            found = ragzip.compress(texts, compressor=ours, **options)
            assert found.text.split() == expected["compressed_prompt"].split()


def test_spans_say_which_words_are_meant(both):
    text = contexts(6, seed=5)[-1]
    ours = ragzip.load("llmlingua2", model=both[0], parity="llmlingua", force_tokens=["\n", "."])
    document = ragzip.compress(text, rate=0.5, compressor=ours).documents[0]
    squeezed = "".join(document.text.split())
    meant = "".join("".join(text[start:end].split()) for start, end in document.spans)
    assert difflib.SequenceMatcher(None, squeezed, meant, autojunk=False).ratio() > 0.99
    assert len(document.units) > len(document.spans) and all(0 <= unit.score <= 1 for unit in document.units)


def test_the_budget_is_only_aimed_at_and_said_so(both):
    text = "one two. " * 60
    ours = ragzip.load("llmlingua2", model=both[0], parity="llmlingua", force_tokens=["one"])
    stats = ragzip.compress(text, rate=0.1, compressor=ours).stats
    assert stats.tokens_out > stats.target_tokens and "over the budget" in stats.notes[0]


def test_options_that_do_not_go_together(both, checkpoints):
    path = both[0]
    for options in ({"window": 64}, {"backend": "onnx"}, {"force_tokens": ["x"] * 101}):
        with pytest.raises(OptionError, match=r"parity|force_tokens"):
            ragzip.load("llmlingua2", model=path, parity="llmlingua", **options)
    with pytest.raises(OptionError, match="parity: received"):
        ragzip.load("llmlingua2", model=path, parity="exact")
    with pytest.raises(ModelError, match="knows WordPiece"):
        ragzip.load("llmlingua2", model=checkpoints["modernbert"], parity="llmlingua")
    ours = ragzip.load("llmlingua2", model=path, parity="llmlingua")
    with pytest.raises(OptionError, match="protect"):
        ragzip.compress("some text of 1984 " * 40, protect="numbers", rate=0.5,
                        compressor=ragzip.load("llmlingua2", model=path, parity="llmlingua"))  # fmt: skip
    with pytest.raises(OptionError, match="threshold"):
        ragzip.compress("some text", threshold=0.5, compressor=ours)


def test_the_host_keeps_its_random_state(both):
    import torch

    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    ragzip.load("llmlingua2", model=both[0], parity="llmlingua")
    assert torch.equal(before, torch.random.get_rng_state())
