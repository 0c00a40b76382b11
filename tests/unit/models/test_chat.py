"""Chat models: what tells them apart, what is cached of them, and what their errors show."""

import asyncio
import os
import pickle
import threading
import traceback
from types import SimpleNamespace

import pytest

import ragzip
from ragzip.backends.identity import lasts
from ragzip.backends.runtimes.chat import Chat, text_of
from ragzip.backends.scorers.instructed import Instructed
from ragzip.errors import ModelError, OptionError, StorageError
from ragzip.eval.record import NONE, Arm
from ragzip.eval.runs.readers import ChatReader, load_reader
from ragzip.eval.runs.records import read_records
from ragzip.eval.runs.runner import run
from ragzip.eval.suites.load import load_suite

runnables = pytest.importorskip("langchain_core.runnables")
fakes = pytest.importorskip("langchain_core.language_models.fake_chat_models")
pydantic = pytest.importorskip("pydantic")

TEXT = (
    "The north wall of the harbour moved by 14 cm in 2019. Boats land at Corran now. It rained a lot in the hills. " * 3
)
QUERY = "How far did the wall move?"


def fake(*answers, **options):
    return fakes.FakeListChatModel(responses=list(answers or ["yes"]), **options)


def of_langchain(monkeypatch, name="Model", **fields):
    """A class of a chat model as an integration of LangChain has it, with a key and an address."""
    annotations = {"model_name": str, "base_url": str | None, "api_key": pydantic.SecretStr, "client": object, **fields}
    body = {
        "__annotations__": annotations,
        "__module__": "langchain_example.chat_models",
        "base_url": None,
        "client": pydantic.Field(default=None, exclude=True),
        "model_config": pydantic.ConfigDict(arbitrary_types_allowed=True, extra="allow", protected_namespaces=()),
    }
    return type(name, (fakes.FakeListChatModel,), body)


def test_models_are_told_apart_by_their_settings(monkeypatch):
    cls = of_langchain(monkeypatch)
    base = {"responses": ["yes"], "model_name": "small", "api_key": "sk-1234567"}

    def mark(**more):
        return Chat(cls(**{**base, **more})).fingerprint

    model, prompts = cls(**base), pytest.importorskip("langchain_core.prompts").ChatPromptTemplate
    different = [
        mark(),
        mark(model_name="large"),
        mark(base_url="http://127.0.0.1:1/v1"),
        mark(base_url="http://127.0.0.1:2/v1"),
        mark(temperature=0.5),  # a field that the class does not name
        mark(temperature="0.5"),
        mark(temperature=[0.5]),
        *(Chat(model.bind(temperature=degree)).fingerprint for degree in (0.0, 0.7)),
        Chat(model.bind(stop=["."])).fingerprint,
        Chat(of_langchain(monkeypatch, "Other")(**base)).fingerprint,
        *(Chat(prompts.from_template(text) | model).fingerprint for text in ("{text}", "Say {text}")),
        Chat(model.with_fallbacks([cls(**{**base, "model_name": "large"})])).fingerprint,
        Chat(model, name="mine").fingerprint,
    ]
    assert len(set(different)) == len(different) and all(map(lasts, different))
    assert mark() == mark(api_key="sk-7654321") == mark(client=object()) == mark(callbacks=[], tags=["a"])
    assert Chat(model.bind(temperature=0.7)).fingerprint == Chat(cls(**base).bind(temperature=0.7)).fingerprint
    assert "1234567" not in "".join(different) and Chat(model, name="mine").fingerprint == "chat:mine"
    chat = Chat(model)
    before = chat.fingerprint
    model.model_name = "large"
    assert chat.fingerprint != before


def of_my_own():
    class Mine(fakes.FakeListChatModel):
        """Its fields do not say what it does."""

        _prefix: str = pydantic.PrivateAttr(default="")

    return Mine(responses=["yes"])


UNTOLD = {
    "lambda": lambda: runnables.RunnableLambda(lambda prompt: "yes"),
    "chain": lambda: fake() | runnables.RunnableLambda(lambda message: message),
    "bound": lambda: runnables.RunnableLambda(lambda prompt, **options: "yes").bind(temperature=1),
    "own class": of_my_own,
    "iterator": lambda: fakes.GenericFakeChatModel(messages=iter(["yes"] * 50)),
    "invoke": lambda: SimpleNamespace(invoke=lambda prompt: "yes", model_name="small"),
    "bound object": lambda: fake().bind(tool=object()),
}


@pytest.mark.parametrize("kind", UNTOLD)
def test_what_cannot_be_told_apart_is_never_cached(kind, tmp_path):
    chat, other = Chat(UNTOLD[kind]()), Chat(UNTOLD[kind]())
    assert chat.fingerprint == chat.fingerprint != other.fingerprint and not lasts(chat.fingerprint)
    assert Instructed(chat).fingerprint == Instructed(chat).fingerprint
    named = Chat(UNTOLD[kind](), name="mine")
    assert named.fingerprint == Chat(UNTOLD[kind](), name="mine").fingerprint and lasts(named.fingerprint)

    def entries(model):
        folder = tmp_path / str(id(model))
        compressor = ragzip.load("abstractive/recomp", model=model, chooser=ragzip.load("extractive/bm25"))
        compressor._checker = ragzip.testing.FakeChecker()
        for _ in range(2):
            ragzip.compress(TEXT, QUERY, target_tokens=30, compressor=compressor, cache=folder)
        return ragzip.cache.open_cache(folder).stats()["entries"]

    assert entries(UNTOLD[kind]()) == 0 and entries(named) == 1


def test_another_function_gives_its_own_rewriting(tmp_path):
    def rewritten(answer, **options):
        model = runnables.RunnableLambda(lambda prompt: answer)
        model = Chat(model, **options) if options else model
        compressor = ragzip.load("abstractive/recomp", model=model, unsupported="keep")
        return ragzip.compress(TEXT, QUERY, target_tokens=30, compressor=compressor, cache=tmp_path).text

    assert rewritten("The wall moved.") == "The wall moved." and rewritten("Boats land.") == "Boats land."
    assert rewritten("The wall moved.", name="x") == "The wall moved." == rewritten("Boats land.", name="x")


def test_a_copy_in_another_process_is_another_object():
    chat = Chat(SimpleNamespace(invoke=print))
    assert pickle.loads(pickle.dumps(chat)).fingerprint != chat.fingerprint
    assert pickle.loads(pickle.dumps(Chat(fake()))).fingerprint == Chat(fake()).fingerprint


class Leaky:
    """A model whose errors show whatever it has."""

    def __init__(self, **attributes):
        vars(self).update(attributes)

    def invoke(self, prompt):
        try:
            raise RuntimeError(f"inside: {os.environ.get('MY_API_KEY')}")
        except RuntimeError as error:
            headers = getattr(self, "default_headers", {})
            key = self.api_key.get_secret_value() if hasattr(self, "api_key") else ""
            raise ValueError(f"401 Incorrect: {key} {vars(self)} {headers}") from error


@pytest.mark.parametrize(
    "attributes",
    [
        {"api_key": pydantic.SecretStr("sk-secret-1")},
        {"openai_api_key": "sk-secret-1"},
        {"default_headers": {"Authorization": "Bearer sk-secret-1"}},
        {"base_url": "http://me:sk-secret-1@127.0.0.1/v1"},
        {"base_url": "http://127.0.0.1/v1?sig=sk%2Dsecret%2D1"},
        {"client": SimpleNamespace(session=SimpleNamespace(token="sk-secret-1"))},
        {},
    ],
)
def test_errors_do_not_show_keys(attributes, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("MY_API_KEY", "sk-secret-1")
    caplog.set_level("DEBUG")
    for model in (Leaky(**attributes), runnables.RunnableLambda(Leaky(**attributes).invoke)):
        with pytest.raises(ModelError, match="401 Incorrect") as caught:
            Chat(model, wait=0.0).ask(["Where?"], 5)
        shown = [*traceback.format_exception(caught.value), repr(Chat(model)), repr(ChatReader(model))]
        records_of(tmp_path, type(model).__name__, reader=load_reader(model))
        written = [path.read_text("utf-8") for path in tmp_path.rglob("*") if path.suffix in (".json", ".jsonl", ".md")]
        text = "".join([*shown, *written, caplog.text])
        assert "401 Incorrect" in "".join(written)
        assert "sk-secret-1" not in text and "sk%2Dsecret" not in text and "inside" not in text


def records_of(place, folder, **options):
    """A run over one question, in a folder of ``place``."""
    (place / "q.jsonl").write_text('{"question": "Where?", "answers": ["Oslo"], "context": "Oslo. It rained."}')
    run(list(load_suite(place / "q.jsonl").examples), [Arm(NONE)], out=place / folder, suite="own", **options)
    return read_records(place / folder)


def test_runs_are_gone_on_with_where_the_model_is_the_same(tmp_path):
    def answered(reader, folder="run"):
        return records_of(tmp_path, folder, reader=load_reader(reader))

    def function(prompt):
        return "Oslo"

    same = ChatReader(runnables.RunnableLambda(function))
    assert len(answered(same)) == 1 == len(answered(same))
    with pytest.raises(StorageError, match="give the reader a name"):
        answered(runnables.RunnableLambda(function))
    named = [ChatReader(runnables.RunnableLambda(function), name="mine") for _ in range(2)]
    assert answered(named[0], "named") == answered(named[1], "named")
    assert answered(fake("Oslo"), "fake") == answered(fake("Oslo"), "fake")
    with pytest.raises(StorageError, match=r"Write to another folder\.$"):
        answered(fake("Rome"), "fake")


def test_runs_are_gone_on_with_where_the_tokenizer_is_the_same(tmp_path):
    def counted(tokenizer):
        records_of(tmp_path, "run", tokenizer=tokenizer)

    count = lambda text: len(text)  # noqa: E731 - what nothing tells from other lambdas
    counted(count)
    counted(count)
    with pytest.raises(StorageError, match="tokenizer was"):
        counted(lambda text: 2 * len(text))
    (tmp_path / "run" / "records.jsonl").unlink()
    counted(words)
    counted(words)


def words(text):
    return len(text.split())


def test_a_chat_model_ends_at_the_time_limit():
    over = threading.Event()

    class Slow:
        def invoke(self, prompt):
            over.wait(60)

    with pytest.raises(ModelError, match=r"no answer within 0\.2 s"):
        Chat(Slow(), timeout=0.2).ask(["a", "b"], 5)
    with pytest.raises(ModelError, match=r"no answer within 0\.2 s"):
        load_reader(Slow(), timeout=0.2).read("a", max_tokens=5)
    assert not over.is_set()
    over.set()
    assert ragzip.load("abstractive/scope", model=fake(), timeout=5).rewriter.model.timeout == 5
    with pytest.raises(OptionError, match="timeout"):
        Chat(fake(), timeout=0)


def test_one_failure_ends_the_others():
    class Model:
        begun = cancelled = 0

        async def ainvoke(self, prompt):
            Model.begun += 1
            if prompt == "2":
                raise ValueError("no")
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                Model.cancelled += 1
                raise

    with pytest.raises(ModelError, match="ValueError: no"):
        Chat(Model(), concurrency=4).ask([str(i) for i in range(50)], 5)
    assert Model.begun <= 5 and Model.cancelled == Model.begun - 1


def test_contents_that_are_no_text():
    assert text_of(SimpleNamespace(content=None)) == "" and text_of(["a", {"text": "b"}, {"type": "thinking"}]) == "ab"
    for content in (3, {"a": 1}, [3], object()):
        with pytest.raises(ModelError, match="cannot be read"):
            text_of(SimpleNamespace(content=content))


def test_prompts_are_checked():
    for prompt in ("{text} {other}", '{text} {"a": 1}', "{text", "{text} {}", "{text.nothing}", "{text} {0}", "x", 5):
        with pytest.raises(OptionError, match="prompt: received"):
            ragzip.load("abstractive/recomp", model=fake(), prompt=prompt)
    assert Instructed(Chat(fake()), prompt="{text} {{}}").rewrite("q", ["a"], 5) == ["yes"]
