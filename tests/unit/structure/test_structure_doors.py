"""The kind of a text at every door: Python, the command line, LangChain, evaluation records."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import ragzip
from ragzip.cli import app
from ragzip.eval.suites.questions import question_files
from ragzip.files.documents import read_documents
from ragzip.text.structure import structure_of
from ragzip.text.structure.kinds import mime_of
from ragzip.text.structure.names import ending_of, name_of
from ragzip.text.structure.readers import READERS

TABLE = 'station,note\nLeeds,"opened\nin 2017"\nYork,"opened\nin 2018"\n'  # prose would be cut at the line ends
QUERY = "When was York opened?"
KEPT = 'station,note\nYork,"opened\nin 2018"'
OPTIONS = {"compressor": "extractive/bm25", "target_tokens": 15, "cache": False}


def compressed(*documents):
    return ragzip.compress(list(documents), QUERY, **OPTIONS).text


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("a.CSV", ".csv"), ("deep.er/a.tsv", ".tsv"), ("https://x.org/a.json?part=1.2#b", ".json"), ("a", ""),
        (".csv", ""), ("It ends. So", ""), ("v1.2/readme", ""), ("a.", ""), ("mill.a long ending", ""),
        ("app.properties", ".properties"), (".env", ".env"), ("app/.env.local", ".env"), ("prod.env", ".env"),
        ("https://[x", ""), ("questions.jsonl:3", ""), ("a.csv#0-20", ""),
    ],
)  # fmt: skip
def test_endings_of_names(name, ending):
    assert ending_of(name) == ending


@given(st.text())
def test_any_name_has_an_ending_or_none(name):
    assert ending_of(name) == "" or name.lower().rstrip().endswith(ending_of(name)) or "://" in name or ".env." in name


def test_the_id_names_a_text_before_its_metadata_do():
    assert name_of("a.csv", {"source": "b.json"}) == "a.csv"
    assert name_of("7", {"source": "b.json"}) == "b.json"
    assert name_of("7", {"source": "crawl", "file_path": "b.json"}) == "b.json"
    assert name_of("7", {"source": 3, "title": "x.csv"}) == "7"


@pytest.mark.parametrize("part", ["row", "seq_num", "page", "start_index", "ragzip"])
def test_a_part_of_a_file_is_not_written_like_the_file(part):
    assert name_of("7", {"source": "b.csv", part: 3}) == "7"


@pytest.mark.parametrize(
    "document",
    [
        ragzip.Document("t", TABLE, mime="text/csv"),
        ragzip.Document("t", TABLE, mime="text/csv; charset=utf-8"),
        ragzip.Document("t.csv", TABLE),
        ragzip.Document("t", TABLE, metadata={"source": "https://example.org/t.csv?x=1"}),
    ],
    ids=["mime", "charset", "id", "metadata"],
)
def test_a_table_by_any_sign(document):
    assert compressed(document) == KEPT
    assert compressed(ragzip.Document("t", TABLE, mime="text/x-none")) != KEPT, "the sign makes the difference"


def test_types_of_files():
    for reader in READERS:
        for ending in reader.endings:
            mime = mime_of(f"a{ending}")
            assert mime == "text/plain" or mime in reader.mimes
    assert mime_of("a.csv") == "text/csv" and mime_of("a.mp4") == mime_of("a") == "text/plain"


def test_files_have_the_type_of_their_ending(tmp_path):
    for name in ("t.csv", "p.html", "n.log", "q.xhtml"):
        (tmp_path / name).write_text(TABLE, "utf-8")
    types = {document.id.rsplit("/")[-1]: document.mime for document in read_documents([tmp_path])}
    assert types == {
        "t.csv": "text/csv", "p.html": "text/html", "n.log": "text/plain", "q.xhtml": "application/xhtml+xml"
    }  # fmt: skip
    assert {document.mime for document in read_documents([tmp_path], "text/markdown")} == {"text/markdown"}


def run(*arguments, text=None):
    return CliRunner().invoke(app, ["compress", *map(str, arguments)], input=text)


def test_the_command_line_takes_a_type():
    options = ("-q", QUERY, "-n", 15, "-c", "extractive/bm25", "--no-cache")
    assert run(*options, "--mime", "text/csv", text=TABLE).stdout == f"{KEPT}\n"
    assert run(*options, "--mime", "text/x-none", text=TABLE).stdout != f"{KEPT}\n"
    refused = run(*options, "--mime", "csv", text=TABLE)
    assert refused.exit_code == 2 and "text/csv" in refused.stderr


def test_lines_of_json_with_a_type_are_one_document(tmp_path):
    file = tmp_path / "events.jsonl"
    file.write_text('{"event": "start"}\n{"event": "stop"}\n', "utf-8")
    assert run(file).exit_code == 1, "they have no text"
    (document,) = read_documents([file], "application/jsonl")
    assert document.text.count("\n") == 2 and document.mime == "application/jsonl"


@pytest.mark.parametrize(
    "metadata",
    [
        {"source": "t.csv"}, {"content_type": "text/csv; charset=utf-8"}, {"filetype": "text/csv"},
        {"source": "t.csv", "content_type": "functions_classes"},
    ],
)  # fmt: skip
def test_langchain_documents(metadata):
    documents = pytest.importorskip("langchain_core.documents")
    from ragzip.langchain import RagzipCompressor

    (kept,) = RagzipCompressor(**OPTIONS).compress_documents(
        [documents.Document(page_content=TABLE, metadata=metadata)], QUERY
    )
    assert kept.page_content == KEPT


def test_rows_that_langchain_loads_are_no_tables():
    """Its loader of CSV makes a document of each row, with the names of the columns."""
    row = "station: York\nyear: 2018, rebuilt: 2019\nowner: Smith, Jones"
    assert structure_of(row, "text/plain", name_of("7", {"source": "t.csv", "row": 3})).kind == "prose"


def test_records_of_evaluation(tmp_path):
    from ragzip.eval.suites import questions

    rows = [
        {"question": QUERY, "documents": [{"id": "t.csv", "text": TABLE}, {"text": TABLE, "mime": "text/csv"}]},
        {"question": QUERY, "context": TABLE, "mime": "text/csv"},
    ]
    file = tmp_path / "q.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert question_files(file, ()) == [file]
    contexts = questions._Contexts(tmp_path)
    for row in rows:
        for document in contexts.documents(row, "q.jsonl:1"):
            assert compressed(document) == KEPT
