"""What the command line says of wrong calls: in its own words, with what to write."""

import io

import pytest
from click.testing import CliRunner

from ragzip.cli import app

TEXT = "Paris is the capital of France. It rained on Monday. Berlin is in Germany."


def run(*args, input=None):
    result = CliRunner().invoke(app, [str(arg) for arg in args], input=input)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["-m", "nope"], "--model: auto does not take it, expected --compressor with one of extractive/pruner, "),
        (["-c", "bm25", "-m", "nope"], "--model: extractive/bm25 does not take it"),
        (["-c", "pruner", "--url", "http://localhost"], "one of abstractive/recomp, abstractive/scope."),
        (["--protect", "number"], "--protect: received 'number' (did you mean numbers?)"),
        (["--mime", "csv"], "Did you mean text/csv?"),
        (["--mime", "markdwn"], "Did you mean text/markdown?"),
        (["--mime", "zz"], "such as text/csv, text/html or text/plain."),
        (["hotel limit"], 'did you mean --query "hotel limit"?'),
    ],
)
def test_usage_errors_say_what_to_write(tmp_path, args, part):
    (tmp_path / "a.txt").write_text(TEXT)
    code, out, err = run("compress", tmp_path / "a.txt", *args)
    assert code == 2 and out == "" and part in err and len(err) < 700
    assert "load(" not in err and "re.compile" not in err


def test_addresses_are_not_fetched():
    code, _, err = run("compress", "https://example.org/a.html")
    assert code == 1 and "addresses are not fetched" in err


def test_no_text_is_an_error(tmp_path):
    (tmp_path / "blank.txt").write_text(" \n")
    for args in (["-q", "hotel"], ["-"], [tmp_path / "blank.txt"]):
        code, out, err = run("compress", *args, input="")
        assert code == 1 and out == "" and "received no text" in err


def test_waiting_for_a_terminal_is_said(monkeypatch):
    class Terminal(io.TextIOWrapper):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdin", Terminal(io.BytesIO(TEXT.encode())))
    errors = io.StringIO()
    monkeypatch.setattr("sys.stderr", errors)
    with pytest.raises(SystemExit) as done:
        app(["compress", "-c", "none"])
    assert done.value.code == 0 and errors.getvalue().startswith("reading standard input (Ctrl-D ends it)\n")
