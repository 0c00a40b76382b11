import csv
import gzip
import importlib.util
import json
from pathlib import Path

import pytest

from ragzip.errors import InputError, MissingExtraError, OptionError, UnknownNameError
from ragzip.eval.suites import table
from ragzip.eval.suites.load import SUITES, load_suite
from ragzip.eval.suites.longbench import EVEN, TASKS, bucket, split, tasks
from ragzip.eval.suites.table import FORMATS
from ragzip.output.layout import render
from ragzip.types import Part, Segment


def write(path, rows, opener=open):
    with opener(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return path


def whole(example):
    return render([Segment.whole(d, i) for i, d in enumerate(example.documents)], example.layout).text


def longbench(dataset, context, asked="", answers=("x",), **more):
    return {
        "dataset": dataset, "context": context, "input": asked, "answers": list(answers), "length": 5000,
        "language": "en", "all_classes": None, "_id": f"{dataset}-1", **more,
    }  # fmt: skip


PASSAGES = "Passage 1:\nRome\nRome is old.\n\nPassage 2:\nOslo\nOslo is cold.\n\nPassage 3:\nBern\nBern has bears."


def test_longbench_has_all_tasks():
    assert len(TASKS) == 21 and len(EVEN) == 13
    assert all(task["prompt"].count("{context}") == 1 for task in tasks().values())
    assert [bucket(n) for n in (0, 3999, 4000, 7999, 8000, 90000)] == ["0-4k"] * 2 + ["4-8k"] * 2 + ["8k+"] * 2


def test_a_longbench_record(tmp_path):
    file = write(tmp_path / "hotpotqa.jsonl", [longbench("hotpotqa", PASSAGES, "Where are bears?", ["Bern"])])
    suite = load_suite(file)
    (example,) = suite.examples
    assert suite.name == "longbench" and example.task == "hotpotqa" and example.query == "Where are bears?"
    assert [d.title for d in example.documents] == ["Passage 1:\n", "Passage 2:\n", "Passage 3:\n"]
    assert whole(example) == PASSAGES
    prompt = example.prompt(whole(example))
    assert prompt.startswith("Answer the question based on the given passages.") and prompt.endswith("\nAnswer:")
    assert f"given passages.\n{PASSAGES}\n\nAnswer the question" in prompt and example.max_tokens == 32


@pytest.mark.parametrize(
    ("context", "word", "titles"),
    [
        ("Question: who?\nType: Person\nQuestion: when?\nType: Date\n", "Question", ["Question: ", "Question: "]),
        ("文章1\n标题：甲\n文章2\n标题：乙\n", "文章", ["文章1\n", "文章2\n"]),
        ("段落1：甲。\n\n段落2：乙。", "段落", ["段落1：", "段落2："]),
        ("Paragraph 1: a\n\n\nParagraph 2: b\n\nParagraph 3: c", "Paragraph", [f"Paragraph {n}: " for n in (1, 2, 3)]),
        ("No passages here.", "Passage", [None]),
        ("Preface.\nPassage 1:\na\nPassage 2:\nb", "Passage", [None]),
        ("One text {with} braces", None, [None]),
    ],
)
def test_contexts_come_apart_and_together(context, word, titles):
    documents, layout = split(context, word)
    assert [document.title for document in documents] == titles
    assert render([Segment.whole(d, i) for i, d in enumerate(documents)], layout).text == context


def test_code_keeps_its_last_lines(tmp_path):
    code = "".join(f"line_{i} = {i}\n" for i in range(50))
    (example,) = load_suite(write(tmp_path / "lcc.jsonl", [longbench("lcc", code)])).examples
    first, last = example.documents
    assert isinstance(last, Part) and last.keep and last.text.startswith("line_30") and first.text + last.text == code
    assert whole(example) == code and example.plain and example.metrics == ("code_sim",)


def test_first_lines_classes_and_braces(tmp_path):
    row = longbench(
        "trec", "Question: a {b}?\nType: X\nQuestion: c\nType: Y", "Question: d?\nType:", all_classes=["X", "Y"]
    )
    (example,) = load_suite(write(tmp_path / "trec.jsonl", [row])).examples
    assert example.read("\nX\nQuestion: more") == "X" and example.classes == ("X", "Y") and example.first_line
    assert "a {b}?" in example.prompt(whole(example))


def test_longbench_e_is_told_by_its_files(tmp_path):
    write(tmp_path / "hotpotqa_e.jsonl", [longbench("hotpotqa_e", PASSAGES, "q")])
    write(tmp_path / "hotpotqa.jsonl", [longbench("hotpotqa", PASSAGES, "q")])
    write(tmp_path / "qasper.jsonl", [longbench("qasper", "text", "q")])
    assert [e.task for e in load_suite("longbench", tmp_path).examples] == ["hotpotqa", "qasper"]
    assert [e.task for e in load_suite("longbench-e", tmp_path).examples] == ["hotpotqa"]
    assert [e.task for e in load_suite("longbench", tmp_path, tasks=["qasper"]).examples] == ["qasper"]


def test_every_suite_of_the_folder_is_in_the_table():
    folder = Path(table.__file__).parent
    modules = {file.stem for file in folder.glob("*.py") if "\nSUITE = " in file.read_text("utf-8")}
    assert {name.replace("-", "_") for name in FORMATS} == modules and list(SUITES) == list(FORMATS)
    assert table.length_range_of("longbench-e")(5000) == "4-8k" and table.length_range_of("mine") is None


QA = {
    "id": "q1", "question": "Who?", "answers": ["Ada"],
    "documents": [{"id": "a", "title": "T", "text": "Ada did. Bob not."}, {"id": "b", "title": "U", "text": "No."}],
    "support_spans": [{"doc": "a", "start": 0, "end": 8}],
}  # fmt: skip


def test_the_qa_schema(tmp_path):
    (tmp_path / "qa").mkdir()
    write(tmp_path / "qa" / "mine.jsonl.gz", [QA, {**QA, "id": "q2", "answers": []}], gzip.open)
    suite = load_suite("qa", tmp_path)
    (example,) = suite.examples
    assert example.support == ((0, 0, 8),) and example.layout.header == "{title}\n" and example.task == "mine"
    assert suite.notes == ("1 questions without an answer are left out",) and "unanswerable" not in example.after
    both = load_suite("qa", tmp_path, unanswerable=True).examples
    assert [e.answers for e in both] == [("Ada",), ("unanswerable",)]
    assert all("unanswerable" in e.before for e in both)
    assert load_suite(tmp_path / "qa").name == "qa"


def test_web_pages(tmp_path):
    page = "<table><tr><td>Oslo</td></tr></table>"
    write(tmp_path / "pages.jsonl", [{"page": "p", "title": "T", "html": page}])
    write(tmp_path / "questions.jsonl", [{"id": "1", "question": "Where?", "answers": ["Oslo"], "page": "p"}])
    (example,) = load_suite(tmp_path).examples
    assert example.documents[0].mime == "text/html" and example.documents[0].text == page
    write(tmp_path / "questions.jsonl", [{"question": "Where?", "answers": ["Oslo"], "page": "other"}])
    with pytest.raises(InputError, match="'other'"):
        load_suite("html", tmp_path)


def test_questions_of_ones_own(tmp_path):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.md").write_text("# Oslo\n\nCold.", "utf-8")
    (tmp_path / "documents" / "b.txt").write_text("Warm.", "utf-8")
    rows = [
        {"question": "Cold?", "answer": "Oslo"},
        {"question": "Warm?", "answers": ["b"], "files": ["documents/b.txt"], "metric": "exact_match", "max_tokens": 5},
        {"query": "C?", "answers": "d", "context": "e", "prompt": "Read {context} and say {question}"},
        {"question": "F?", "answers": ["g"], "documents": ["h", {"text": "i", "title": "j"}]},
    ]
    write(tmp_path / "questions.jsonl", rows)
    all_, one, text, given = load_suite(tmp_path).examples
    assert [d.title for d in all_.documents] == ["Oslo", None] and all_.layout.header == ""
    assert [d.text for d in one.documents] == ["Warm."] and one.metrics == ("exact_match",) and one.max_tokens == 5
    assert text.prompt("[…]") == "Read […] and say C?" and [d.text for d in given.documents] == ["h", "i"]


def test_questions_in_csv(tmp_path):
    file = tmp_path / "mine.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerows(
            [["question", "answers", "context"], ["Who, then?", '["Ada", "A."]', "Ada.\n" + "x" * 200_000]]
        )
    limit = csv.field_size_limit()
    (example,) = load_suite(file).examples
    assert example.answers == ("Ada", "A.") and len(example.documents[0].text) == 200_005
    assert csv.field_size_limit() == limit
    file.write_text("question,answer,context\na,b,c,d\n", "utf-8")
    with pytest.raises(InputError, match="row 1: more fields"):
        load_suite(file)


def test_meetingbank_releases(tmp_path):
    pairs = [{"question": "Who?", "answer": "Ada"}]
    row = {"idx": 3, "prompt": "Ada spoke.", "QA_pairs": pairs, "summary": "Ada."}
    asked, summed = load_suite(write(tmp_path / "a.jsonl", [row])).examples
    assert asked.task == "meetingbank-qa" and asked.query == "Who?" and asked.id == "3/0"
    assert summed.task == "meetingbank-summary" and summed.query is None and summed.metrics[0] == "rougeL"
    assert asked.prompt("X").endswith("compressed).\nX\nQuestion:Who?\nAnswer:")
    (tmp_path / "b.json").write_text(json.dumps({"0": {**row, "QA_pairs": repr(pairs)}}), "utf-8")
    assert [e.id for e in load_suite("meetingbank", tmp_path / "b.json").examples] == ["3/0", "3/summary"]
    (tmp_path / "c.csv").write_text("meeting_id,source,reference\nm1,Ada spoke.,Ada.\n", "utf-8")
    assert [e.id for e in load_suite(tmp_path / "c.csv").examples] == ["m1/summary"]


def test_meetings(tmp_path):
    row = {
        "id": "m",
        "transcript": [{"speaker": "A", "text": "Hello."}, {"speaker": "B", "text": "Blue."}],
        "queries": [{"query": "Colour?", "answer": "Blue.", "spans": [[1, 1]]}],
    }
    (example,) = load_suite(write(tmp_path / "m.jsonl", [row])).examples
    ((document, start, end),) = example.support
    assert document == 0 and example.documents[0].text[start:end] == "B: Blue." and example.metrics[0] == "rouge_l"


def test_evenly_spread(tmp_path):
    write(tmp_path / "a.jsonl", [{**QA, "id": str(i)} for i in range(10)])
    assert [e.id for e in load_suite(tmp_path / "a.jsonl", most=3).examples] == ["0", "3", "6"]
    write(tmp_path / "b.jsonl", [QA, {**QA, "question": "Who then?"}])
    assert [e.id for e in load_suite("qa", tmp_path / "b.jsonl").examples] == ["q1", "q1#2"]
    with pytest.raises(OptionError, match="most"):
        load_suite(tmp_path / "a.jsonl", most=0)


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(UnknownNameError, match="not a file or folder"):
        load_suite(tmp_path / "nothing.jsonl")
    if importlib.util.find_spec("datasets") is None:
        with pytest.raises(MissingExtraError, match=r"ragzip\[hub\]"):
            load_suite("longbench")
    with pytest.raises(OptionError, match="--data"):
        load_suite("qa")
    with pytest.raises(InputError, match="none of the forms"):
        load_suite(write(tmp_path / "a.jsonl", [{"some": "thing"}]))
    (tmp_path / "b.jsonl").write_text('{"question": "x"\n', "utf-8")
    with pytest.raises(InputError, match=r"b\.jsonl:1"):
        load_suite(tmp_path / "b.jsonl")
    (tmp_path / "c.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="UTF-8"):
        load_suite(tmp_path / "c.jsonl")
    with pytest.raises(InputError, match="folder 'documents'"):
        load_suite(write(tmp_path / "d.jsonl", [{"question": "x", "answer": "y"}]))
    with pytest.raises(InputError, match="support_spans"):
        load_suite(write(tmp_path / "e.jsonl", [{**QA, "support_spans": [{"doc": "z", "start": 0, "end": 1}]}]))
    with pytest.raises(InputError, match="dataset"):
        load_suite(write(tmp_path / "f.jsonl", [longbench("unheard", "c")]))
    with pytest.raises(InputError, match="no example"):
        load_suite("qa", write(tmp_path / "g.jsonl", [QA]), tasks=["other"])
