import errno
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ragzip import __version__
from ragzip.cli import app
from ragzip.compressors.registry import TABLE
from ragzip.models import shipped
from ragzip.text.tokens import token_counter

TEXT = "Paris is the capital of France. It rained on Monday. Berlin is in Germany."


def run(*args, input=None):
    result = CliRunner().invoke(app, [str(arg) for arg in args], input=input)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.md").write_text("# Paris\n\n" + TEXT, "utf-8")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.txt").write_text("Dogs bark. Cats do not.", "utf-8")
    (tmp_path / "c.jsonl").write_text(
        '{"id": "x", "text": "Birds sing.", "title": "Birds"}\n\n{"text": "Fish swim."}\n'
    )
    (tmp_path / "image.png").write_bytes(b"\x89PNG\x00")
    return tmp_path


def test_a_file(folder):
    code, out, err = run("compress", folder / "a.md", "-q", "capital of France?", "-n", 8, "-c", "bm25")
    assert code == 0 and out == "Paris is the capital of France.\n" and "→ 7 tokens" in err


def test_binary_files_in_a_folder_are_skipped_and_named(folder, caplog):
    (folder / "icon.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    (folder / "wide.txt").write_text("Cows moo.", "utf-16")
    code, out, _ = run("compress", folder, "-c", "none", "--json")
    assert code == 0 and [d["id"].rsplit("/")[-1] for d in json.loads(out)["documents"]] == [
        "a.md", "x", "c.jsonl:3", "b.txt", "wide.txt"
    ]  # fmt: skip
    assert [record.getMessage() for record in caplog.records] == [f"skipped, as they are binary: {folder / 'icon.txt'}"]
    assert run("compress", folder / "icon.txt")[0] == 1


def test_sources_without_a_title_are_named_by_their_file(folder):
    page = "<html><head><title>\n Birds &amp; fish </title></head><body><p>Swans swim.</p></body></html>"
    (folder / "d.html").write_text(page, "utf-8")
    (folder / "e.html").write_text("<p>Geese swim.</p>", "utf-8")
    code, out, _ = run("compress", folder, "--sources", "-c", "none")
    assert code == 0 and [line for line in out.splitlines() if line.startswith("[")] == [
        "[1] Paris", "[2] Birds", "[3] c.jsonl:3", "[4] Birds & fish", "[5] b.txt", "[6] e.html"
    ]  # fmt: skip


def test_rows_as_one_text(folder):
    (folder / "rows.jsonl").write_text('{"question": "Who?", "context": "Ann."}\n')
    code, out, _ = run("compress", folder / "rows.jsonl", "--mime", "application/x-ndjson", "-c", "none")
    assert code == 0 and "Ann." in out


def test_standard_input_and_rate():
    code, out, _ = run("compress", "--rate", 0.5, "--compressor", "truncate", input=TEXT)
    assert (
        code == 0
        and out.startswith("Paris is the capital")
        and token_counter()(out.strip()) <= 0.5 * token_counter()(TEXT)
    )
    assert run("compress", "-", "--rate", 0.5, "--compressor", "truncate", input=TEXT)[1] == out


def test_a_folder_as_json(folder):
    code, out, _ = run("compress", folder, "-q", "birds", "-n", 4, "--json", "--no-cache")
    found = json.loads(out)
    assert code == 0 and [d["id"].rsplit("/")[-1] for d in found["documents"]] == ["a.md", "x", "c.jsonl:3", "b.txt"]
    assert found["documents"][0]["title"] == "Paris" and found["documents"][1]["text"] == "Birds sing."
    assert found["stats"]["tokens_out"] <= 4 and found["stats"]["target_tokens"] == 4


def test_diff_headers_chain_and_retrieval(folder):
    page = folder / "out.html"
    code, _, err = run("compress", folder, "-q", "capital of France", "-n", 12, "-k", 2, "--diff", page, "-c", "bm25",
                       "-c", "embedding", "--header", "[{number}]\\n", "--protect", "numbers")  # fmt: skip
    assert code == 0 and "<ins" in page.read_text("utf-8") and str(page) in err


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["no-such-file"], "no such file"),
        (["{folder}/image.png"], "received an image, expected"),
        (["{folder}/latin.txt"], "not UTF-8"),
        (["{folder}/rows.jsonl"], "use ragzip batch, or --mime application/x-ndjson"),
        (["{folder}/empty"], "without text files"),
        (["{folder}/a.md", "-r", "2"], "rate"),
        (["{folder}/a.md", "-c", "nonsense"], "expected one of"),
        (["{folder}/a.md", "--tokenizer", "nonsense"], "o200k_base"),
        (["{folder}/bad.jsonl"], "bad.jsonl:1"),
        (["{folder}/a.md", "-r", "0.5", "--diff", "{folder}/no/such/dir.html"], "dir.html"),
    ],
)
def test_errors_are_one_line_and_exit_1(folder, args, part):
    (folder / "empty").mkdir()
    (folder / "bad.jsonl").write_text("not json\n")
    (folder / "latin.txt").write_bytes("Grüße".encode("latin-1"))
    (folder / "rows.jsonl").write_text('{"question": "Who?", "context": "Ann."}\n')
    code, out, err = run("compress", *[arg.format(folder=folder) for arg in args])
    assert code == 1 and out == "" and part in err
    assert err.startswith("ragzip: ") and err.count("\n") == 1


@pytest.mark.parametrize(
    "args", [["compress", "--nonsense"], ["compress", "-n", "many"], ["nonsense"], ["compress", "-k", "3"]]
)
def test_usage_errors_exit_2(args):
    assert run(*args, input="text")[0] == 2


def test_a_model_for_the_last_compressor(folder):
    pytest.importorskip("torch", reason="needs ragzip[torch]")
    code, _, err = run(
        "compress", folder, "-c", "bm25", "-c", "llmlingua2", "-q", "x", "-n", 4, "--model", folder / "no"
    )
    assert code == 1 and "no folder" in err
    code, out, _ = run("compress", folder, "-q", "capital", "-n", 9, "-c", "semantic", "--model", shipped("embedder"))
    assert code == 0 and out.strip()


def test_export_errors(folder):
    pytest.importorskip("torch", reason="needs ragzip[torch]")
    code, out, err = run("export", folder / "none", folder / "out")
    assert code == 1 and "could not be loaded" in err and out == "" and not (folder / "out").exists()
    assert run("export", folder, folder, "--dtype", "int4")[0] == 2
    assert "--dtype" in run("export", "--help")[1]


def test_list_version_and_help():
    code, out, _ = run("list")
    assert code == 0 and all(name in out for name in TABLE)
    assert set(json.loads(run("list", "--json")[1])) == set(TABLE)
    assert run("--version")[1].strip() == __version__
    assert "--target-tokens" in run("compress", "--help")[1]


def test_cache_commands(folder):
    run("compress", folder, "-q", "birds", "-n", 4)
    stats = json.loads(run("cache", "stats", "--json")[1])
    assert stats["entries"] > 0 and stats["size_limit"] > 0
    assert "MiB" in run("cache", "stats")[1]
    assert run("cache", "clear")[1].startswith(f"{stats['entries']:,} entries")
    assert json.loads(run("cache", "stats", "--json")[1])["entries"] == 0


def test_a_cache_is_not_made_by_looking_at_it(folder):
    for command in ("stats", "clear"):
        for place in (folder / "none", folder):
            names = sorted(folder.iterdir())
            code, _, err = run("cache", command, "--cache", place)
            assert code == 1 and err == f"ragzip: no cache at {place}\n" and sorted(folder.iterdir()) == names


def test_the_files_of_a_cache_are_not_documents(folder):
    assert run("compress", folder / "a.md", "-q", "birds", "-n", 4, "--cache", folder)[0] == 0
    assert (folder / "cache.db").exists()
    documents = json.loads(run("compress", folder, "-q", "birds", "-n", 4, "--json", "--no-cache")[1])["documents"]
    assert len(documents) == 4
    assert "entries" in run("cache", "stats", "--cache", folder)[1]


def test_as_a_process(folder):
    done = subprocess.run(
        [sys.executable, "-m", "ragzip", "compress", "-", "-q", "Germany", "-n", "5"],
        input=TEXT.encode(), capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout.decode().strip() == "Berlin is in Germany."
    assert b"\x1b" not in done.stderr, "no progress bar where there is no terminal"


def test_a_full_disk_is_one_line(monkeypatch, capsys):
    class Full(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BufferedWriter(Full(), 1), "utf-8", write_through=True))
    with pytest.raises(SystemExit) as done:
        app(["list"])
    assert done.value.code == 1
    error = capsys.readouterr().err
    assert error.startswith("ragzip: ") and "No space left" in error and error.count("\n") == 1
    monkeypatch.undo()


def test_eval(tmp_path):
    pytest.importorskip("matplotlib", reason="needs ragzip[eval]")
    questions = tmp_path / "questions.jsonl"
    rows = [{"question": "Where is Paris?", "answer": "France", "context": TEXT} for _ in range(3)]
    questions.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    out, prices = tmp_path / "out", tmp_path / "prices.json"
    prices.write_text('{"input": 1}', "utf-8")
    code, shown, told = run("eval", questions, "-c", "bm25", "-r", 0.4, "-r", 0.8, "-o", out, "--prices", prices)
    assert code == 0 and "bm25 40%" in shown and "cheaper" in shown and "9 of 9" in told
    assert {"report.html", "report.md", "quality.png", "records.jsonl"} <= {file.name for file in out.iterdir()}
    assert "0 of" not in run("eval", questions, "-c", "bm25", "-r", 0.4, "-o", out)[2]
    code, _, told = run("eval", "nothing", "-o", out)
    assert code == 1 and "longbench" in told and "Traceback" not in told


def test_eval_of_decisions_with_a_system(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib", reason="needs ragzip[eval]")
    monkeypatch.chdir(tmp_path)
    Path("halves.py").write_text(
        "def first_half(messages):\n"
        "    last = messages[-1]\n"
        "    return [*messages[:-1], {**last, 'content': last['content'][: len(last['content']) // 2]}]\n"
    )
    Path("results.jsonl").write_text(
        json.dumps(
            {"tool": "Bash", "call": {"command": "ls"}, "text": "a.py\nb.py\nc.py\nd.py", "next_call": "cat d.py"}
        )
    )
    command = ["eval", "results.jsonl", "-c", "baseline/truncate", "-r", 0.5, "-o", "out"]
    code, shown, told = run(*command, "--system", "halves:first_half", "--margin", 0.1)
    assert code == 0 and "halves:first_half" in shown and "identifiers" in shown, told
    assert [row["quality"]["mean"] for row in json.loads(Path("out/report.json").read_text())["rows"]] == [1, 0, 0]
    for options, reason in ((["--system", "halves"], "module:function"), (["--margin", 2], "margin")):
        code, _, told = run(*command, *options)
        assert code == 1 and reason in told and told.count("\n") == 1


def test_prices_of_an_evaluation(tmp_path):
    pytest.importorskip("matplotlib", reason="needs ragzip[eval]")
    questions, prices = tmp_path / "questions.jsonl", tmp_path / "prices.json"
    questions.write_text(json.dumps({"question": "Where is Paris?", "answer": "France", "context": TEXT}), "utf-8")
    command = ["eval", questions, "-c", "bm25", "-r", 0.4, "-o", tmp_path / "out"]
    prices.write_text('{"input": 2.5, "cached": 0.1, "hits": 0.5}', "utf-8")
    assert run(*command, "--prices", prices)[0] == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert (report["prices"]["input"], report["prices"]["hits"], report["prices"]["output"]) == (2.5, 0.5, 0.0)
    for content, part in (
        ("[1]", "holds list"),
        ("{", "could not be read"),
        ('{"inputs": 1}', "did you mean input?"),
        ('{"cached": 2}', "a share, 0 to 1"),
        ('{"input": "much"}', "prices: input"),
    ):
        prices.write_text(content, "utf-8")
        code, _, told = run(*command, "--prices", prices)
        assert code == 1 and part in told and told.count("\n") == 1
    assert "longbench-e" in run("eval", "--help")[1]


def test_a_diff_is_written_over_nothing_but_a_diff(folder):
    source, page = folder / "a.md", folder / "pages" / "out.html"
    page.parent.mkdir()
    command = ["compress", source, "-q", "France", "-n", 12, "-c", "bm25", "--diff"]
    before = source.read_text("utf-8")
    code, out, err = run(*command, source)
    assert code == 1 and out == "" and "is an input of this call" in err and source.read_text("utf-8") == before
    other = folder / "deep" / "b.txt"
    code, out, err = run(*command, other)
    assert code == 1 and out == "" and "did not write it" in err and other.read_text("utf-8").startswith("Dogs")
    for _ in range(2):  # an earlier diff is replaced
        code, _, _ = run(*command, page)
        assert code == 0 and "<ins" in page.read_text("utf-8")
    assert [path.name for path in page.parent.iterdir()] == ["out.html"]
    code, _, err = run("compress", folder, "-q", "France", "-n", 12, "-c", "bm25", "--diff", page)
    assert code == 1 and "is an input of this call" in err  # an input, though it is a diff


def test_an_evaluation_that_fails_says_so(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib", reason="needs ragzip[eval]")
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"question": "Where?", "answer": "France", "context": TEXT}) + "\n", "utf-8")

    def broken(*args, **options):
        raise ValueError("no such luck")

    monkeypatch.setattr("ragzip.eval.runs.runner.measure", broken)
    code, shown, told = run("eval", questions, "-c", "bm25", "-r", 0.4, "-o", tmp_path / "out")
    assert code == 1 and "no such luck" in shown and "every example failed" in told
    records = tmp_path / "run.jsonl"
    questions.rename(records)
    (tmp_path / "records.jsonl").symlink_to(records)
    code, _, told = run("eval", records, "-c", "bm25", "-o", tmp_path)
    assert code == 1 and "is an input of this call" in told


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


@pytest.mark.parametrize("args", [[], ["cache"], ["train"]])
def test_a_group_without_a_command_prints_its_help(args):
    code, out, err = run(*args)
    assert code == 2 and out == "" and err.startswith("Usage: ") and "\nCommands:\n" in err


def test_output_that_the_terminal_cannot_show(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    with pytest.raises(SystemExit) as done:
        app(["list"])
    assert done.value.code == 0


@pytest.mark.parametrize("retriever", ["bm25", "dense", "hybrid"])
def test_retrieval_by_words_meaning_or_both(tmp_path, retriever):
    if retriever != "bm25":
        pytest.importorskip("faiss")
    texts = {"river": "The Bervie reaches the sea.", "mill": "Salmon climb the Bervie.", "dogs": "Dogs bark all night."}
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text)
    call = ("compress", tmp_path, "-q", "sea", "-k", 2, "--rate", 1, "--no-cache", "--json", "--retriever", retriever)
    for options in ((), ("--feedback",)):
        code, out, _ = run(*call, *options)
        names = [document["id"].rsplit("/")[-1] for document in json.loads(out)["documents"]]
        assert code == 0 and names[0] == "river.txt"
        if retriever == "bm25":
            assert names[1:] == (["mill.txt"] if options else []), "feedback finds what has none of the query's words"


def test_options_of_retrieval_need_a_number_of_passages(folder):
    for options in (("--feedback",), ("--retriever", "dense")):
        code, _, err = run("compress", folder, "-q", "dogs", *options)
        assert code == 2 and "need --top-k" in err


def test_scores_are_kept_where_the_cache_is(tmp_path):
    (tmp_path / "a.txt").write_text("The cat sat on the mat. The dog ran to the sea.")
    call = ("compress", tmp_path / "a.txt", "-q", "Who ran?", "-n", 7, "-c", "embedding", "--json")
    stats = [json.loads(run(*call, "--cache", place)[1])["stats"] for place in (tmp_path / "c", tmp_path / "c", "off")]
    assert [row["cache_hits"] > 0 for row in stats] == [False, True, False] and (tmp_path / "c" / "cache.db").is_file()
