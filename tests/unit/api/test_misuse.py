"""Misuse is answered: a typed error that says what to write instead, or what was meant is simply done."""

import asyncio
import inspect
import io
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

import ragzip
from ragzip.cli.app import app
from ragzip.errors import InputError, OptionError, UnknownNameError
from ragzip.files.documents import read_documents
from ragzip.langchain import RagzipCompressor, as_runnable
from ragzip.text.places import kind_of_place
from ragzip.text.queries.swapped import looks_swapped

QUERY = "When was the pump repaired?"
TEXT = "The pump broke on Monday, and nobody was there to see it. It was repaired on Friday by two men from Leeds. " * 6
OPTIONS = {"compressor": "bm25", "target_tokens": 40, "cache": False}


def compress(context, query=QUERY, **options):
    return ragzip.compress(context, query, **OPTIONS, **options)


NAMES = {
    "report.pdf": "a path", "./notes.txt": "a path", "../a/b": "a path", "~/notes": "a path", "/srv/data": "a path",
    "my annual report.docx": "a path", r"C:\docs\a.pdf": "a path", r"\\server\share\a.pdf": "a path",
    "data/2024/méthode.MD": "a path", "/my docs/a file.txt": "a path", "résumé.pdf": "a path", "報告.pdf": "a path",
    "https://example.com/a?b=c": "an address", "www.example.com": "an address", "s3://bucket/key": "an address",
    "file:///a/b.txt": "an address",
    "doc_17": "an id", "doc-42": "an id", "chunk:3": "an id", "page12": "an id", "DOC#7": "an id", "12345": "an id",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301": "an id", "9e107d9d372bb6826bd81d3542a419d6": "an id",
    "arxiv:2310.06201": "an id", "10.1000/xyz182": "an id", "01ARZ3NDEKTSV4RRFFQ69G5FAV": "an id",
}  # fmt: skip
TEXTS = [
    "Hello", "text", "42", "1902", "COVID-19", "3.14", "B12", "x" * 300, "", " ", "N/A", "and/or", "北京很大。",
    "/", "/x",
    "See the notes.\nreport.pdf", "Open report.pdf now.", "e.g. this", "12:30", "<p>a</p>",
    "2024-05-01", "GPT-4", "a.b.c", "He said: see report.pdf", "word1 word2",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_path_an_address_or_an_id_is_no_text(name):
    for context in (name, [name], [name, f" {name}\t"]):
        with pytest.raises(
            InputError, match=rf"received .*looks like {NAMES[name]}.*expected the text.*read_documents"
        ):
            compress(context)
    assert compress([name, "Dogs bark."]).documents[0].text == name, "one among texts may be one"
    assert compress(ragzip.Document("a", name)).text == name, "the way out"
    kept = compress(name, on_error="passthrough")
    assert kept.text == name and "looks like" in kept.stats.fallback


@pytest.mark.parametrize("text", TEXTS)
def test_short_texts_are_texts(text):
    assert kind_of_place(text) is None


def lines(*rows):
    return io.StringIO("\n".join(rows))


async def coroutine():
    return TEXT


async def stream():
    yield TEXT


class BadMapping(dict):
    def __iter__(self):
        raise RuntimeError("gone")

    def keys(self):
        raise RuntimeError("gone")


NODE = SimpleNamespace(node_id="n", get_content=lambda: TEXT, metadata={})
OTHERS = {
    "path": (lambda: Path("a.txt"), "read_text"),
    "dict": (lambda: {"id": 1, "text": TEXT}, r"Document\(id, item\['text'\]"),
    "content": (lambda: {"content": TEXT}, r"item\['content'\]"),
    "page_content": (lambda: {"page_content": TEXT, "metadata": {}}, r"item\['page_content'\]"),
    "store": (lambda: {"ids": [["1"]], "documents": [[TEXT]]}, r"item\['documents'\]\[0\]"),
    "hit": (lambda: {"_id": 1, "_source": {"body": TEXT}}, r"item\['_source'\]\['body'\]"),
    "point": (lambda: {"id": 1, "payload": {"content": TEXT}}, r"item\['payload'\]\['content'\]"),
    "other dict": (lambda: {"a": 1}, r"Document\(id, text\)"),
    "message": (lambda: {"role": "user", "content": TEXT}, r"chat message.*message\['content'\]"),
    "message object": (lambda: SimpleNamespace(role="user", content=TEXT), r"chat message.*message.content"),
    "langchain message": (lambda: SimpleNamespace(type="human", content=TEXT), r"chat message.*message.content"),
    "langchain": (
        lambda: SimpleNamespace(page_content=TEXT, metadata={}),
        "ragzip.langchain.*d.page_content",
    ),
    "llama node": (lambda: NODE, r"LlamaIndex node.*node.get_content\(\)"),
    "llama scored": (lambda: SimpleNamespace(node=NODE, score=0.5), r"LlamaIndex node.*n.node.get_content\(\)"),
    "haystack": (lambda: SimpleNamespace(id="1", content=TEXT, meta={}), "Haystack document.*d.content"),
    "with text": (lambda: SimpleNamespace(text=TEXT), "item.text"),
    "bytes": (lambda: b"text", r"data.decode\('utf-8'\)"),
    "pdf bytes": (lambda: b"%PDF-1.7 ...", "PDF file. Extract"),
    "zip bytes": (lambda: bytearray(b"PK\x03\x04"), "Extract"),
    "utf-16 bytes": (lambda: "text".encode("utf-16"), r"data.decode\('utf-16'\)"),
    "gzip bytes": (lambda: b"\x1f\x8b\x08\0abc", r"gzip.decompress\(data\)"),
    "image bytes": (lambda: b"\x89PNG\r\n\x1a\n", "It is an image"),
    "memoryview": (lambda: memoryview(b"text"), r"data.decode\('utf-8'\)"),
    "bad mapping": (BadMapping, r"Document\(id, text\)"),
    "none": (lambda: None, "empty list"),
    "number": (lambda: 5, "int"),
    "type": (lambda: str, "Call it"),
    "function": (lambda: len, "Call it"),
    "coroutine": (coroutine, "Await it"),
    "async generator": (stream, "async for"),
    "file": (lambda: lines("a", "b"), r"file.read\(\)"),
    "table": (lambda: SimpleNamespace(columns=["text"], itertuples=list), "one column"),
    "result": (lambda: ragzip.compress(TEXT, rate=0.5, compressor="bm25", cache=False), "result.text"),
}
ITEMS = {
    "pair": (lambda: ("id", TEXT), r"Document\(id, text\)"),
    "scored": (lambda: (TEXT, 0.5), "for item, score in pairs"),
    "scored document": (lambda: (SimpleNamespace(page_content=TEXT), 0.5), "LangChain.*for item, score in pairs"),
    "nested": (lambda: [TEXT, TEXT, TEXT], "flat list"),
    "two nested": (lambda: [TEXT, TEXT], "flat list"),
    "generator": (lambda: (text for text in [TEXT]), "flat list"),
    "compressed": (lambda: ragzip.compress(TEXT, rate=0.5, compressor="bm25", cache=False).documents[0], "item.text"),
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("listed", [False, True])
def test_what_is_no_text(name, listed):
    make, way = OTHERS[name]
    value = make()
    with pytest.raises(InputError, match=r"context.*: received .*expected str") as caught:
        compress([value] if listed else value)
    assert re.search(way, str(caught.value).replace("expected str, ", ""))
    if inspect.iscoroutine(value):
        value.close()


@pytest.mark.parametrize("name", ITEMS)
def test_what_is_no_item(name):
    make, way = ITEMS[name]
    with pytest.raises(InputError, match=r"context\[1\]: received .*expected str or ragzip.Document") as caught:
        compress([TEXT, make()])
    assert re.search(way, str(caught.value))


def test_iterables_of_texts_are_fine():
    for context in ((t for t in [TEXT, TEXT]), iter([TEXT]), map(str, [TEXT]), (TEXT, TEXT), {"a": TEXT}.values()):
        assert compress(context).text


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("%PDF-1.7\n%âãÏÓ\n1 0 obj", "PDF file.*Extract"),
        ("{\\rtf1\\ansi Hello", "RTF file.*Extract"),
        ("Hello there, this is it.".encode("utf-16").decode("latin-1"), "utf-16"),
        ("Hello there, this is it.".encode("utf-16-be").decode("latin-1"), r"NUL byte.*utf-16"),
        ("Привет".encode("utf-16").decode("latin-1"), "utf-16"),
        ("Hello there".encode("utf-16").decode("utf-8", "replace"), r"NUL byte.*utf-16"),
        ("Hello\0there, only one of them", r"NUL byte.*replace"),
    ],
)
def test_files_that_are_no_text(text, way):
    for context in (text, [text, TEXT]):
        with pytest.raises(InputError, match=r"received .*expected ") as caught:
            compress(context)
        assert re.search(way, str(caught.value))
    with pytest.raises(InputError, match=rf"(?s){way}"):
        ragzip.Document("a", text)


@pytest.mark.parametrize(
    "question", [QUERY, "谁修了水泵？", "متى تم إصلاح المضخة؟", "Who repaired it", "Summarize the report"]
)
def test_swapped_arguments(question):
    with pytest.raises(InputError, match=r"as the query, expected the context first: compress\(context, query\)"):
        ragzip.compress(question, TEXT, rate=0.5)
    with pytest.raises(InputError, match=r"compress_batch, item 1: .*expected the context first"):
        ragzip.compress_batch([(TEXT, question), (question, TEXT)], **OPTIONS)
    assert ragzip.compress(question, TEXT, on_error="passthrough").text == question
    for query in ([TEXT, TEXT], ragzip.Document("a", TEXT), (TEXT,)):
        with pytest.raises(InputError, match=r"query: received \w+, expected str or None. The context comes first"):
            ragzip.compress(question, query)
    assert not looks_swapped(TEXT, question) and not looks_swapped(question, question)


def test_a_short_text_and_a_long_question_are_not_swapped():
    for context in ("Opening hours: 9 to 5.", "How it works.", "What a day! It rained.", "Ja", ""):
        assert not looks_swapped(context, TEXT)
    assert not looks_swapped("How do I reset my password?", "I cannot log in. " * 20 + "What can I do?")
    assert compress(ragzip.Document("0", QUERY), TEXT).text == QUERY, "the way out"


@pytest.mark.parametrize(
    ("context", "query"),
    [
        ("pump repair date", TEXT),
        ("date of the pump's repair", f"{TEXT[:107]}The pump is old. The date of the repair is unknown."),
        (QUERY, "The pump broke on Monday, and nobody saw it. It was repaired on Friday by two men."),
        ("水泵修好了吗？", "水泵星期一坏了，没有人看到。星期五有两个人来修好了它，他们来自利兹，修了整整一天。" * 2),
    ],
)
def test_short_texts_and_keywords_are_told_from_each_other(context, query):
    assert looks_swapped(context, query) and not looks_swapped(query, context)


@pytest.mark.parametrize(
    ("context", "query"),
    [
        ("P-200", TEXT),
        ("Opening hours", TEXT),
        ("Paris", "You are a guide. Paris is the topic. Answer in one sentence."),
        ("pump repair date", f"{TEXT} When was the pump repaired?"),
        ("The pump was repaired on Friday.", TEXT),
        ("pump repair", "The pump broke."),
        ("Is the pump old?", "Answer with yes or no."),
        ("Why is the sky blue?", "Rewrite the question so that a child of six would ask it. Use simple words."),
        ("Can I return a sale item?", "I bought a sale jacket last week. It does not fit. I want my money back."),
        ("¿Cuál es la capital?", "Clasifica la pregunta por tema. Usa una palabra. No expliques nada."),
        ("refund policy", "The customer wants a refund. The policy is thirty days. Decide who is right."),
        ("Find the derivative of x^2", "The student answered 2x. The teacher marked it wrong. " * 10),
    ],
)
def test_what_may_be_a_short_context_is_taken_as_one(context, query):
    assert not looks_swapped(context, query)


def test_pairs_and_documents_given_otherwise():
    for call in (
        lambda: ragzip.compress_batch([TEXT, TEXT], QUERY, target_tokens=12),
        lambda: ragzip.compress_batch([TEXT], [QUERY]),
    ):
        with pytest.raises(OptionError, match=r"Give pairs of a context and a query, \[\(context, query\), …\]"):
            call()
    for call in (lambda: ragzip.Document(text=TEXT), lambda: ragzip.Document(TEXT), lambda: ragzip.Part(TEXT)):
        with pytest.raises(
            OptionError, match=r"(?:Document|Part): received a call .* expected (?:Document|Part)\(id, text"
        ):
            call()
    with pytest.raises(InputError, match=r"expected Document\(id, text\)"):
        ragzip.Document(TEXT, "doc-1")
    assert (
        ragzip.Document("The mill that burned in the year of the flood: a story in nine parts", "Gone.").text == "Gone."
    )
    with pytest.raises(UnknownNameError, match=r"did you mean 'token/pruner-words'\?"):
        ragzip.compress(TEXT, QUERY, compressor="token/pruner")


def test_an_error_in_a_call_is_no_misuse_of_it():
    with pytest.raises(TypeError, match="concatenate"):
        ragzip.wrap(lambda prompt: prompt + 1)("text")


def test_messages_as_the_query():
    with pytest.raises(InputError, match=r"query: received a list of chat messages.*message\['content'\]"):
        ragzip.compress(TEXT, [{"role": "user", "content": QUERY}])


CALLS = {
    "compress": lambda **o: ragzip.compress(TEXT, QUERY, **o),
    "acompress": lambda **o: asyncio.run(ragzip.acompress(TEXT, QUERY, **o)),
    "compress_batch": lambda **o: ragzip.compress_batch([(TEXT, QUERY)], **o),
    "wrap": lambda **o: ragzip.wrap(lambda prompt: prompt, **o),
    "Pipeline": lambda **o: ragzip.Pipeline(**o),
    "RagzipCompressor": lambda **o: RagzipCompressor(**o),
    "as_runnable": lambda **o: as_runnable(**o),
}
MEANT = {
    "max_tokens": "target_tokens", "budget": "target_tokens", "target_token": "target_tokens",
    "targetTokens": "target_tokens", "token_limit": "target_tokens", "ratio": "rate", "compression_rate": "rate",
    "RATE": "rate", "thresold": "threshold", "min_score": "threshold", "tokeniser": "tokenizer",
    "preserve": "protect", "header": "layout", "citations": "layout", "cache_dir": "cache", "onerror": "on_error",
    "timeout": "deadline", "encoding": "tokenizer",
}  # fmt: skip


@pytest.mark.parametrize("where", CALLS)
def test_unknown_options(where):
    for name, right in MEANT.items():
        with pytest.raises(OptionError, match=rf"^{where}: received the option '{name}' \(did you mean {right}\?\)"):
            CALLS[where](**{name: 1})
    with pytest.raises(OptionError, match=rf"^{where}: received the option 'xyzzy', expected some of \w+, "):
        CALLS[where](xyzzy=1)
    with pytest.raises(OptionError, match=r"'budget' \(.*target_tokens\?\), 'ratio' \(did you mean rate\?\)"):
        CALLS[where](budget=1, ratio=2)


def test_other_names_of_arguments():
    for name in ("documents", "docs", "text", "passages", "chunks", "prompt"):
        with pytest.raises(OptionError, match=r"did you mean context|Did you mean context"):
            ragzip.compress(**{name: TEXT}, query=QUERY)
        with pytest.raises(OptionError, match="Did you mean context"):
            asyncio.run(ragzip.acompress(**{name: TEXT}))
    for name in ("question", "q", "user_query"):
        with pytest.raises(OptionError, match=r"did you mean query\?"):
            ragzip.compress(TEXT, **{name: QUERY})
        with pytest.raises(OptionError, match=r"did you mean query_arg\?|expected some of"):
            ragzip.wrap(len, **{name: QUERY})
    with pytest.raises(OptionError, match=r"did you mean compressor\?.*ragzip.load\("):
        ragzip.compress(TEXT, model="gpt-4o")
    with pytest.raises(OptionError, match=r"did you mean compressor\?"):
        ragzip.Pipeline(compressors="bm25")


@pytest.mark.parametrize(
    "call",
    [
        lambda: ragzip.compress(),
        lambda: ragzip.compress(TEXT, QUERY, 100),
        lambda: ragzip.compress_batch(),
        lambda: ragzip.compress_batch([TEXT], QUERY),
        lambda: asyncio.run(ragzip.acompress()),
        lambda: ragzip.wrap(rate=0.5),
        lambda: ragzip.load(),
        lambda: ragzip.Pipeline("bm25", "embedding"),
        lambda: RagzipCompressor("auto"),
    ],
)
def test_calls_that_do_not_fit(call):
    with pytest.raises(OptionError, match=r"received a call that does not fit \(.*\), expected \w+\("):
        call()


def test_signatures_are_still_there():
    assert list(inspect.signature(ragzip.compress).parameters)[:3] == ["context", "query", "target_tokens"]
    assert "layout" in inspect.signature(ragzip.Pipeline).parameters
    assert inspect.iscoroutinefunction(ragzip.acompress) and "context" in ragzip.compress.__doc__


@pytest.mark.parametrize("item", [TEXT, [TEXT, QUERY], {"context": TEXT, "query": QUERY}, (TEXT,), 5, None])
def test_items_of_a_batch(item):
    with pytest.raises(InputError, match=r"item 0: received .*expected a tuple.*\[\(context, query\)"):
        ragzip.compress_batch([item])


NEAR = {
    "Auto": "'auto'", " auto ": "'auto'", "BM25": "'extractive/bm25'", "Extractive/Pruner": "'extractive/pruner'",
    "extractive/prunner": "'extractive/pruner'", "llmlingua": "'token/llmlingua2'", "LLMLingua-2": "'token/llmlingua2'",
    "token/bm25": "'extractive/bm25'", "mean_pool": "'soft/mean-pool'", "html": "'html/pruner'",
    "bm25.v2": "'extractive/bm25'", "selective_context": "'token/selective-context'", "embeddings": "'html/embedding'",
    "truncation": "'baseline/truncate'", "summarize": "'abstractive/recomp'", "provense": "'extractive/provence'",
}  # fmt: skip


@pytest.mark.parametrize("name", NEAR)
def test_names_of_compressors(name):
    for call in (lambda: ragzip.load(name), lambda: ragzip.compress(TEXT, QUERY, compressor=name)):
        with pytest.raises(UnknownNameError, match=r"received .*did you mean .*expected one of: abstractive") as caught:
            call()
        assert NEAR[name] in str(caught.value).partition("expected")[0]


def test_a_name_that_is_near_nothing():
    for name in ("xyzzy", "", "gpt-4o", "/", "日本", "x" * 100_000):
        with pytest.raises(UnknownNameError, match=r"received [^(]*, expected one of"):
            ragzip.load(name)


def test_options_of_load():
    with pytest.raises(OptionError, match=r"'neighbors' \(did you mean neighbours\?\), expected some of fill"):
        ragzip.load("bm25", neighbors=0.5)
    with pytest.raises(OptionError, match=r"'max_tokens', expected some of .*go to ragzip.compress: target_tokens"):
        ragzip.load("bm25", max_tokens=5)


def test_the_command_line_answers_too(tmp_path):
    def run(*args):
        result = CliRunner().invoke(app, ["compress", *map(str, args)])
        assert result.exit_code in (1, 2) and not result.stdout
        return result.stderr

    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3")
    assert "did you mean --target-tokens?" in run(tmp_path / "a.txt", "--max-tokens", "5")
    assert "did you mean --query?" in run(tmp_path / "a.txt", "--question", QUERY)
    assert "--query" in run(QUERY, tmp_path / "a.txt")
    assert "did you mean 'auto'?" in run(tmp_path / "a.txt", "-c", "Auto")
    assert "could not be read" in run(tmp_path / "a.pdf") and "expected a PDF file" in run(tmp_path / "a.pdf")
    assert "one of them" in run(tmp_path / "a.txt", "--sources", "--header", "x")


def test_files_in_utf_16_are_read(tmp_path):
    (tmp_path / "a.txt").write_bytes(TEXT.encode("utf-16"))
    assert read_documents([tmp_path / "a.txt"])[0].text == TEXT


def test_numbered_sources_of_the_command_line(tmp_path):
    (tmp_path / "a.md").write_text("# Pumps\n\n" + TEXT, "utf-8")
    result = CliRunner().invoke(app, ["compress", str(tmp_path / "a.md"), "-q", QUERY, "-n", "60", "--sources"])
    assert result.exit_code == 0 and result.stdout.startswith("[1] Pumps\n")
