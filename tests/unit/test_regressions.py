"""What reviewers and users found, each once and never again."""

import io
import json

import numpy as np
import pytest
from click.testing import CliRunner
from langchain_core.documents import Document as LangChainDocument

import ragzip
from ragzip.backends.cached import CachedEmbedder
from ragzip.cache import DiskStore, SegmentCache, use_cache
from ragzip.cli import app
from ragzip.compressors.extractive.bm25 import BM25
from ragzip.errors import InputError, OptionError, RagzipError, StorageError, UnknownNameError
from ragzip.files.documents import read_documents
from ragzip.files.packing import pack
from ragzip.langchain import RagzipCompressor, as_runnable
from ragzip.retrievers.bm25 import BM25Retriever
from ragzip.retrievers.dense import DenseRetriever
from ragzip.retrievers.hybrid import HybridRetriever
from ragzip.testing import FakeEmbedder
from ragzip.text.splitters import blocks, sentences
from ragzip.types import Document

TITLE = "A history of the Byzantine Empire under the Palaiologos dynasty"
PASSAGES = [Document("a", "The river reaches the sea."), Document("b", "The mill burned down.")]


def compress(context, query=None, **options):
    return ragzip.compress(context, query, **{"cache": False, **options})


@pytest.mark.parametrize("tokenizer", [lambda t: len(t) // 4, lambda t: int(len(t.split()) * 1.3)])
def test_tokenizers_that_round_down_end(tokenizer):
    result = compress(["abcde fg hi", ""] * 50, target_tokens=20, tokenizer=tokenizer, compressor="truncate")
    assert result.stats.tokens_out <= 20


@pytest.mark.parametrize("target", [16, 20, 30, 40])
@pytest.mark.parametrize("compressor", ["auto", "bm25"])
def test_headers_are_no_reason_to_fail(compressor, target):
    docs = [
        Document(str(i), text, title=TITLE)
        for i, text in enumerate(["It fell in 1453.", "Trade declined.", "Art flourished."])
    ]
    layout = ragzip.Layout(header="[{number}] {title}\n")
    result = ragzip.Pipeline(compressor, target_tokens=target, layout=layout, cache=False).run(
        docs, "When did it fall?"
    )
    assert result.stats.tokens_out <= target
    assert target < 30 or "1453" in result.text


@pytest.mark.parametrize("compressor", ["none", "truncate", "bm25", "auto"])
def test_blank_documents_cost_nothing(compressor):
    for target in (7, 8, 17):
        docs = ["\n \n", "hello world foo bar baz qux", "\n", "Yes.", "123 456", " "]
        assert compress(docs, target_tokens=target, compressor=compressor).stats.tokens_out <= target


def test_truncation_uses_the_budget_over_many_documents():
    late = compress([""] * 50 + ["hello world this is a text that goes on"], target_tokens=8, compressor="truncate")
    assert late.stats.tokens_out == 8
    assert compress(["Yes."] * 100, target_tokens=100, compressor="truncate").stats.tokens_out >= 98
    many = compress([f"Item {i}." for i in range(1000)], target_tokens=1001, compressor="truncate")
    assert many.stats.tokens_out >= 0.99 * 1001


def test_words_after_one_that_is_too_long():
    url = "https://example.org/aaaa/bbbb/cccc/dddd/eeee/ffff/0123456789/abcdef"
    text = "one two three four five six seven eight nine ten " + url + " and more words follow here" * 10
    assert compress(text, None, target_tokens=30, compressor="truncate").stats.tokens_out >= 28
    blob = compress("QUJD" * 500, "x", target_tokens=10)
    assert blob.text == "" and "larger than the budget" in blob.stats.notes[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "a|b\n" + " " * n + "x|",
        lambda n: "a|b\n-" + " " * n + "x|",
        lambda n: "“ " * n,
        lambda n: "````\n" * n,
    ],
)
def test_splitting_hostile_text(make):
    """Sizes at which quadratic time would be minutes: the test would not end, rather than fail."""
    text = make(100_000)
    kept = "".join(text[start:end] for start, end in sentences(text))
    assert "".join(kept.split()) == "".join(text.split())


def test_many_documents_and_a_small_target():
    docs = [Document(str(i), f"Item {i}.") for i in range(20_000)]
    result = compress(docs, "item", target_tokens=11, compressor="bm25")
    assert 8 <= result.stats.tokens_out <= 11


def test_json_lines_beyond_the_first_64_stay_whole():
    text = "\n".join(json.dumps({"id": i, "text": "One. Two."}) for i in range(100))
    assert [block.kind for block in blocks(text)] == ["json"] * 100


def test_an_unclosed_longer_fence_does_not_spoil_later_ones():
    text = "````\nnever closed\n\n```python\nx = 1. \n\ny = 2\n```"
    assert [block.kind for block in blocks(text)][-1] == "code"


def test_pass_through_loses_nothing():
    texts = (text for text in ["hello world", "b"])
    result = compress(texts, target_tokens=-1, on_error="passthrough")
    assert result.text == "hello world\n\nb" and "target_tokens" in result.stats.fallback
    nul = [LangChainDocument(page_content="PDF\0text", id="x")]
    assert RagzipCompressor(target_tokens=12, on_error="passthrough").compress_documents(nul, "x") == nul
    assert as_runnable(rate=0.5, on_error="passthrough").invoke({"documents": nul, "query": "x"})["documents"] == nul

    def broken(text):
        raise KeyError("vocabulary")

    assert compress("One. Two.", rate=0.5, tokenizer=broken, on_error="passthrough").text == "One. Two."
    with pytest.raises(OptionError, match="vocabulary"):
        compress("One. Two.", rate=0.5, tokenizer=broken)


def test_langchain_metadata_of_passages_stays():
    place = {"source": "book", "start": 5, "end": 40}
    given = LangChainDocument(page_content="Paris is the capital. It rained.", metadata={"ragzip": place})
    (kept,) = RagzipCompressor(target_tokens=5, cache=False).compress_documents([given], "capital")
    assert kept.metadata["ragzip"].items() >= place.items() and kept.metadata["ragzip"]["spans"] == [[0, 21]]
    (again,) = RagzipCompressor(target_tokens=50, cache=False).compress_documents([kept], "capital")
    assert again.metadata["ragzip"]["score"] == kept.metadata["ragzip"]["score"]


def test_langchain_options_can_be_changed():
    text = [LangChainDocument(page_content="Paris is the capital of France. It rained. Dogs bark. Cats do not.")]
    compressor = RagzipCompressor(target_tokens=5, cache=False)
    for changed in (compressor.model_copy(update={"target_tokens": 1000}), RagzipCompressor(target_tokens=1000)):
        assert changed.compress_documents(text, "capital")[0].page_content == text[0].page_content
    compressor.target_tokens = 1000
    assert compressor.compress_documents(iter(text), "capital")[0].page_content == text[0].page_content


def test_langchain_s_own_key_for_the_question():
    context = "It rained all day in London town. Berlin has many clubs and bars."
    step = as_runnable("bm25", target_tokens=8, cache=False)
    assert "clubs" in step.invoke({"context": context, "input": "Berlin clubs"})["context"]


def test_the_threshold_is_the_last_compressor_s():
    text = "Paris is the capital of France. Berlin is the capital of Germany. It rained all day."
    chain = ragzip.Pipeline(["bm25", "pruner"], threshold=0.3, cache=False)
    assert chain.run(text, "How long did it rain?").text == "It rained all day."
    with pytest.raises(OptionError, match="threshold"):
        compress(text, threshold=float("nan"))
    assert compress(text, "rain", threshold=np.float32(0), compressor="pruner").stats.rate == 1.0


def test_wrap_finds_its_arguments():
    text = "It rained all day in London town. Berlin has many clubs and bars."

    def loose(prompt, **rest):
        return prompt

    short = ragzip.wrap(loose, query_arg="question", target_tokens=8, compressor="bm25", cache=False)
    assert short(text, question="Berlin clubs").startswith("Berlin")
    for bad in (lambda *prompt: prompt, lambda **prompt: prompt, 5):
        with pytest.raises(OptionError, match="received"):
            ragzip.wrap(bad)


def test_saving_never_replaces_anything_but_an_index(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "important.txt").write_text("thesis")
    (tmp_path / "file").write_text("text")
    for name, reason in (("folder", "holds important.txt"), ("file", "is a file")):
        with pytest.raises(StorageError, match=reason):
            BM25Retriever(PASSAGES).save(tmp_path / name)
    assert (tmp_path / "folder" / "important.txt").read_text() == "thesis" and (tmp_path / "file").read_text() == "text"
    (tmp_path / "empty").mkdir()
    BM25Retriever(PASSAGES).save(tmp_path / "empty")
    assert (tmp_path / "empty").stat().st_mode & 0o055, "others may read it, as far as the umask lets them"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "folder"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("index.json", "[]"),
        ("index.json", '{"kind": "bm25", "schema": 1}'),
        ("passages.jsonl", "[1]\n"),
        ("passages.jsonl", ""),
        ("params.index.json", "[]"),
        ("vocab.index.json", "5"),
    ],
)
def test_damaged_indexes_are_storage_errors(tmp_path, name, content):
    BM25Retriever(PASSAGES).save(tmp_path / "i")
    next((tmp_path / "i").rglob(name)).write_text(content)
    with pytest.raises(StorageError):
        BM25Retriever.load(tmp_path / "i").retrieve("river", 2)


def test_adding_and_deleting():
    index = BM25Retriever([Document("a1", "One thing."), Document("a", "Other thing."), Document("1", "Third thing.")])
    assert index.delete("a1") == 1 and len(index) == 2
    index.add([Document("a", "old words"), Document("a", "new words")])
    assert [p.text for p in index.passages if p.id == "a"] == ["new words"]
    index.add([Document("a", "")])
    assert [p.id for p in index.passages] == ["1"]
    assert len(BM25Retriever(PASSAGES[0])) == 1 and index.retrieve("third", np.int64(2))

    class Failing(FakeEmbedder):
        fail = False

        def embed(self, texts):
            if self.fail:
                raise RuntimeError("no model")
            return super().embed(texts)

    dense = DenseRetriever(PASSAGES, embedder=Failing(), cache=False)
    dense.embedder.embedder.fail = True
    with pytest.raises(RuntimeError):
        dense.add([Document("a", "new text")])
    dense.embedder.embedder.fail = False
    assert len(dense) == 2 and dense.retrieve("river", 2)


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (UnknownNameError, lambda: compress("x", tokenizer="~nouser/tokenizer.json")),
        (UnknownNameError, lambda: compress("x", tokenizer="x" * 5000)),
        (OptionError, lambda: ragzip.compress("x", cache="~nouser/x")),
        (OptionError, lambda: ragzip.compress("x", cache="")),
        (OptionError, lambda: ragzip.Layout(header="{number[0]}")),
        (InputError, lambda: ragzip.Layout(separator=5)),
        (InputError, lambda: Document("\ud800", "text")),
        (OptionError, lambda: compress("x", compressor=BM25)),
        (InputError, lambda: ragzip.compress_batch(5)),
        (InputError, lambda: BM25Retriever("text")),
        (OptionError, lambda: BM25Retriever([], max_words="5")),
        (OptionError, lambda: DiskStore("x", size_limit="5")),
        (InputError, lambda: as_runnable().invoke({1: 2, "a": 3})),
        (InputError, lambda: compress({"a": "text"})),
        (InputError, lambda: compress(LangChainDocument(page_content="x"))),
        (InputError, lambda: compress([LangChainDocument(page_content="x")])),
    ],
)
def test_errors_have_types_and_say_what_was_received(error, call):
    with pytest.raises(error, match="received") as caught:
        call()
    assert isinstance(caught.value, RagzipError)


def test_protect_given_as_a_generator_lasts():
    pipeline = ragzip.Pipeline("truncate", target_tokens=3, protect=(name for name in ["urls"]), cache=False)
    text = "go to https://example.org/some/long/path/of/it now"
    assert pipeline.run(text).text == pipeline.run(text).text and "https" not in pipeline.run(text).text


def test_documents_are_hashable():
    assert len({Document("a", "x", metadata={"k": []}), Document("a", "x", metadata={"k": []})}) == 1


def test_marks_stay_with_their_character():
    text = "字\u302a音\u302b" + "字" * 20
    assert compress(text, "x", target_tokens=2, tokenizer=len, compressor="truncate").text == "字\u302a"


def test_stored_nonsense_with_a_sound_sum_is_a_miss(tmp_path):
    class Nonsense(DiskStore):
        def get_many(self, keys):
            return dict.fromkeys(keys, self.value)

    wrong = [np.zeros(3, np.float16), np.full(64, np.nan, np.float16)]
    for array in wrong:
        store = Nonsense(tmp_path)
        store.value = pack(array)
        embedder = FakeEmbedder()
        with use_cache(SegmentCache(store)):
            vectors = CachedEmbedder(embedder).embed(["x"])
        assert embedder.seen == 1
        assert np.allclose(vectors, embedder.embed(["x"]), atol=1e-3)


def test_a_store_that_fails_costs_nothing_but_speed():
    class Down:
        def get_many(self, keys):
            raise ConnectionError("redis")

        def set_many(self, items):
            raise ConnectionError("redis")

    assert len(SegmentCache(Down()).fetch("t", "m", ["x"], lambda texts: [np.ones(2)])) == 1


def test_json_lines_with_odd_separators(tmp_path):
    row = json.dumps({"id": None, "text": "one\u2028two\x0cthree\u0085four"}, ensure_ascii=False)
    (tmp_path / "a.jsonl").write_text(row + "\n", "utf-8")
    result = CliRunner().invoke(app, ["compress", str(tmp_path / "a.jsonl"), "--json", "-c", "none"])
    (document,) = json.loads(result.stdout)["documents"]
    assert document["text"] == "one\u2028two\x0cthree\u0085four" and document["id"].endswith("a.jsonl:1")
    (tmp_path / "b.jsonl").write_text("[" * 100_000)
    failed = CliRunner().invoke(app, ["compress", str(tmp_path / "b.jsonl")])
    assert failed.exit_code == 1 and failed.stderr.count("\n") == 1


def test_usage_errors_are_one_line():
    for args in (["compress", "--rate", "abc"], ["compress", "-k", "2"], ["nonsense"], ["compress", "--nonsense"]):
        failed = CliRunner().invoke(app, args, input="text")
        assert failed.exit_code == 2 and failed.stderr.startswith("ragzip: ") and failed.stderr.count("\n") == 1


def test_output_that_the_terminal_cannot_show(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    with pytest.raises(SystemExit) as done:
        app(["list"])
    assert done.value.code == 0


@pytest.mark.parametrize("chain", [["bm25", "auto"], ["auto", "auto"], ["bm25", "bm25", "bm25", "auto"]])
def test_chains_keep_whole_sentences(chain):
    words = " ".join(f"word{j}" for j in range(60))
    docs = [Document(str(i), f"The pump is red and {words} pump. It ran well. Then stop.") for i in range(4)]
    for target in (15, 40, 60):
        result = ragzip.Pipeline(chain, target_tokens=target, cache=False).run(docs, "pump red")
        assert result.stats.tokens_out <= target
        assert not any("word1 " in text and "word59" not in text for text in result.text.split("\n\n"))  # no fragments


def test_a_header_that_does_not_fit_is_passed_over():
    docs = [Document("a", "word " * 100, title="long " * 25), Document("b", "Second one fits.", title="B")]
    pipeline = ragzip.Pipeline("truncate", target_tokens=8, layout=ragzip.Layout(header="{title}: "), cache=False)
    assert pipeline.run(docs).text == "B: Second one fits."


def test_an_unspaced_text_is_split_piece_by_piece():
    assert len(sentences("東京。" * 100_000)) == 100_000


def test_fences_of_every_length():
    text = "".join("`" * (3 + i) + "a\n" for i in range(2000))
    assert "".join("".join(text[a:b] for a, b in sentences(text)).split()) == "".join(text.split())


def test_many_protected_words_in_one_unit():
    text = "supercalifragilistic 7 " * 8000
    result = compress(text, "7", target_tokens=32_000, protect=["numbers"], compressor="truncate")
    assert 31_000 <= result.stats.tokens_out <= 32_000


def test_saving_through_a_link(tmp_path):
    BM25Retriever(PASSAGES[:1]).save(tmp_path / "index")
    (tmp_path / "link").symlink_to(tmp_path / "index")
    BM25Retriever(PASSAGES).save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and len(BM25Retriever.load(tmp_path / "index")) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "link"]


def test_a_wrong_option_is_not_the_index_s_fault(tmp_path):
    BM25Retriever(PASSAGES).save(tmp_path / "i")
    with pytest.raises(OptionError, match="nonsense"):
        BM25Retriever.load(tmp_path / "i", nonsense=1)
    for name in ("indptr.csc.index.npy", "vocab.index.json"):
        file = next((tmp_path / "i").rglob(name))
        content = file.read_bytes()
        file.write_text("{}" if name.endswith("json") else "")
        with pytest.raises(StorageError):
            BM25Retriever.load(tmp_path / "i")
        file.write_bytes(content)


def test_more_errors_with_types():
    for error, call in (
        (InputError, lambda: HybridRetriever(5)),
        (OptionError, lambda: HybridRetriever([], depth="x")),
        (InputError, lambda: BM25Retriever(PASSAGES).delete(5)),
        (OptionError, lambda: ragzip.wrap(max, arg="x")),
    ):
        with pytest.raises(error, match="received"):
            call()


def test_folders_are_read_without_what_is_hidden(tmp_path):
    for name in (".git/config.txt", "a.txt", "sub/b.md", ".hidden.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    assert [path.id.rsplit("/")[-1] for path in read_documents([tmp_path])] == ["a.txt", "b.md"]
    with pytest.raises(InputError, match="empty file name"):
        read_documents([""])
