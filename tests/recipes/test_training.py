"""Training the pruner: readers, labels, variants, the loop that goes on where it stopped, export and back."""

import gzip
import json
import shutil

import numpy as np
import pytest
import torch
from tiny.checkpoints import corpus

import ragzip
from ragzip.compressors.html.pruner import EVIDENCE
from ragzip.errors import InputError, ModelError, OptionError
from ragzip.models import shipped
from ragzip.testing import FakeEmbedder, FakePassageScorer
from ragzip.text.spans import Span
from ragzip.training import data
from ragzip.training.batch import Batch
from ragzip.training.loop import Plan
from ragzip.training.packed.make import packed_of
from ragzip.training.pruner import evaluate, variants
from ragzip.training.pruner.__main__ import average
from ragzip.training.pruner.export import export, from_onnx
from ragzip.training.pruner.fusion import (
    ALL,
    ANSWER_KINDS,
    QuestionEvidence,
    area_under_curve,
    fit,
    fit_answered,
    fit_words,
    gather,
    reliability,
)
from ragzip.training.pruner.loop import train
from ragzip.training.pruner.model import encode, run
from ragzip.training.pruner.pages import fit_pages
from ragzip.training.pruner.recipe import fine_tune, start

from .questions import RECORD, many, pair_encoder, write

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def few_sentences(monkeypatch):
    """Random weights over a handful of sentences: one near-tie is a tenth of what is compared."""
    monkeypatch.setattr("ragzip.training.pruner.export.LEAST_SAME", 0.5)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return pair_encoder(tmp_path_factory.mktemp("encoder"))


def test_labels_come_from_the_support(tmp_path):
    question = data.read_qa(write(tmp_path / "q.jsonl", [RECORD]))[0]
    assert [passage.keep for passage in question.passages] == [(False, True, False), (False, False)]
    assert [passage.relevant for passage in question.passages] == [True, False]
    kept = [question.passages[0].text[a:b] for a, b in question.passages[0].words]
    assert kept == ["down", "1902."]
    record = RECORD | {"support_kind": "sentence", "support_spans": [{"doc": "a", "start": 15, "end": 38}]}
    assert data.read_qa(write(tmp_path / "s.jsonl", [record]))[0].passages[0].keep == (False, True, False)
    nothing = RECORD | {"answers": [], "support_spans": [], "documents": [RECORD["documents"][1]]}
    assert data.read_qa(write(tmp_path / "n.jsonl", [nothing]))[0].passages[0].keep == (False, False)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "invalid JSON"),
        ("[1]", "expected a JSON object"),
        ('{"question": "why"}', "support_spans"),
        (json.dumps(RECORD | {"support_spans": [{"doc": "a", "start": 5, "end": 9999}]}), "outside its text"),
    ],
)
def test_bad_data_says_where(tmp_path, line, message):
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(RECORD) + "\n" + line + "\n")
    with pytest.raises(InputError, match=message) as error:
        data.read_qa(path)
    assert "bad.jsonl:2" in str(error.value)
    with pytest.raises(InputError, match="could not be read"):
        data.read_qa(tmp_path / "none.jsonl")


def test_questions_are_made_unanswerable(tmp_path):
    rng = np.random.default_rng(0)
    question = data.read_qa(write(tmp_path / "q.jsonl", [RECORD]))[0]
    numbered = data.Question("Who won the first prize in 1902?", question.passages, answers=("Ada",))
    made = {variants.unanswerable(numbered, rng).query for _ in range(40)}
    assert any("last prize" in query for query in made) and any("1902" not in query for query in made)
    for query in made:
        assert query != numbered.query
    altered = variants.unanswerable(numbered, rng)
    assert not any(any(passage.keep) for passage in altered.passages)
    assert variants.unanswerable(data.Question("why", question.passages), rng) is None


def test_other_readers(tmp_path):
    deleted = {"source": "The old mill burned down on Monday.", "keep": [[4, 19], [20, 24]]}
    words = data.read_deletions(write(tmp_path / "d.jsonl", [deleted, {"source": "x", "keep": None}]))
    assert [words[0].passages[0].text[a:b] for a, b in words[0].passages[0].words] == ["old", "mill", "burned", "down"]
    abstract = {"title": "T", "sentences": ["We burn mills.", "It rains."], "labels": [1, 0], "summaries": ["mills"]}
    extract = data.read_extracts(write(tmp_path / "e.jsonl", [abstract]))[0].passages[0]
    assert extract.keep == (True, False) and [extract.text[a:b] for a, b in extract.words] == ["mills."]
    paragraph = data.paragraph_words(data.read_qa(write(tmp_path / "q.jsonl", [RECORD])))
    assert len(paragraph) == 1 and paragraph[0].query == "" and paragraph[0].passages[0].words
    steps = RECORD | {
        "decomposition": [
            {"question": "What has Marlow?", "answer": "mill"},
            {"question": "#1 of Marlow >> burned", "answer": "1902"},
        ]
    }
    questions = data.decomposed(write(tmp_path / "m.jsonl", [steps]))
    assert [question.query for question in questions] == ["What has Marlow?", "mill of Marlow : burned"]
    turns = [{"speaker": "A", "text": f"turn {i}"} for i in range(40)]
    meeting = {"transcript": turns, "queries": [{"query": "which?", "spans": [[13, 14]]}]}
    passages = data.read_meetings(write(tmp_path / "t.jsonl", [meeting]), 0)[0].passages
    assert len(passages) == 3 and sum(map(sum, (passage.keep for passage in passages))) == 2


def test_windows_carry_the_labels_of_what_they_hold(encoder, tmp_path):
    _, tokenizer = start(encoder)
    question = data.read_qa(write(tmp_path / "q.jsonl", [RECORD]))[0]
    rows = encode(tokenizer, question)
    assert [row.keep for row in rows] == [[False, True, False], [False, False]]
    assert [row.relevant for row in rows] == [True, False]
    for row in rows:
        assert len(row.ids) == len(row.sentence) == len(row.word) and max(row.sentence) == len(row.keep) - 1
    kept = [tokenizer.id_to_token(i) for i, label in zip(rows[0].ids, rows[0].word, strict=True) if label == 1]
    assert "".join(kept).replace("##", "").endswith("1902.")
    long = data.Question("why", (data.LabelledPassage(None, corpus()[0], data._sentences(corpus()[0]), (True,) * 99),))
    long = data.Question("why", (data.LabelledPassage(None, corpus()[0], data._sentences(corpus()[0])),))
    assert len(encode(tokenizer, long, 128)) > 3 and all(len(row.ids) <= 128 for row in encode(tokenizer, long, 128))


def test_a_stopped_run_goes_on_the_same(encoder, tmp_path):
    """Three steps; that the loss falls is in tests/training."""
    sources = packed_of([write(tmp_path / "q.jsonl", many())], "pruner-english", start(encoder)[1])
    plan = Plan(tokens=3600, batch_tokens=1200, rate=2e-3, seed=1, save_every=0.0, probe_every=1200)

    def go(folder, probe=lambda net: {"x": 1.0}):
        torch.manual_seed(0)
        net, _ = start(encoder)
        return net, train(net, sources, plan, folder, probe)

    net, log = go(tmp_path / "whole")
    again, _ = go(tmp_path / "whole")  # finished: nothing more to do
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), again.state_dict().values(), strict=True))
    lines = (tmp_path / "whole" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [row["step"] for row in log]
    looks = []

    def stop(net):
        looks.append(net)
        if len(looks) == 2:  # the first look is before the first step
            raise ZeroDivisionError
        return {"x": 1.0}

    with pytest.raises(ZeroDivisionError):
        go(tmp_path / "cut", stop)
    resumed, _ = go(tmp_path / "cut")
    for a, b in zip(net.state_dict().values(), resumed.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, atol=2e-3, rtol=0.05)


def test_export_and_back(encoder, tmp_path):
    torch.manual_seed(0)
    net, tokenizer = start(encoder)
    questions = [data.question_of(record) for record in many(8)]
    measured = export(net, tokenizer, tmp_path / "out", {}, questions)
    assert measured.correlation >= 0.95 and measured.sentences > 20
    back = from_onnx(tmp_path / "out")
    batch = Batch.from_rows(encode(tokenizer, questions[0]), [0, 0])
    with torch.inference_mode():
        outputs = [run(network, batch, 2000).split(batch.lengths.tolist()) for network in (net, back)]
        for a, b in zip(*outputs, strict=True):
            assert float((a - b).abs().max()) < 0.05 + 0.1 * float(a.abs().max())
    (tmp_path / "out" / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError):
        from_onnx(tmp_path / "out")
    with pytest.raises(ModelError, match=r"tokenizer.json"):
        start(tmp_path)


def test_shipped_weights_can_be_trained_on():
    net, tokenizer = start(None)
    question = data.question_of(RECORD)
    logits, labels = evaluate.sentence_logits(net, tokenizer, question)
    assert labels.tolist() == [False, True, False, False, False] and int(logits.argmax()) == 1


def test_evidence_is_weighed_and_calibrated():
    rng = np.random.default_rng(0)
    evidence_by_question = []
    for _ in range(200):
        keep = np.zeros(12, bool)
        keep[int(rng.integers(12))] = True
        evidence = rng.normal(size=(12, len(ALL)))
        evidence[:, 0] += 1.5 * keep
        evidence[:, 1] += 3 * keep
        evidence_by_question.append(QuestionEvidence(evidence, keep))
    fusion = fit(evidence_by_question)
    assert fusion["wording"] > fusion["logit"] > 3 * max(fusion["linked"], fusion["naming"], fusion["hop"], 0.01)
    for score, share, n in reliability(evidence_by_question, fusion):
        assert abs(score - share) < 0.12 or n < 60
    assert set(fit(evidence_by_question, ("logit", "wording"))) == {"logit", "wording", "bias"}


def test_a_question_whose_answer_stands_anywhere_in_a_passage_decides_but_does_not_rank():
    text = "The mill burned in 1902. It was built again."
    documents = [{"id": "a", "title": None, "text": text, "support": True}, {"id": "b", "title": None, "text": text}]
    record = {"question": "When?", "answers": ["1902"], "documents": documents, "support_spans": []}
    questions = [data.question_of(record | {"support_kind": "passage"}), data.question_of(RECORD)]
    anywhere, labelled = gather(FakePassageScorer(), FakeEmbedder(), questions)
    assert not anywhere.is_labelled and anywhere.is_answered and len(anywhere.keep) == 4 and not anywhere.keep.any()
    assert labelled.is_labelled and fit([anywhere, labelled]) == fit([labelled])
    assert reliability([anywhere, labelled], fit([labelled])) == reliability([labelled], fit([labelled]))


def told_apart(rng, is_answered, shift):
    values = rng.normal(size=3) + (shift if is_answered else 0) * np.array([1.0, 0.5, 0.0])
    return QuestionEvidence(np.zeros((1, len(ALL))), np.array([is_answered]), values, is_answered)


def test_the_decision_that_nothing_answers_takes_few_answered_questions_for_it():
    rng = np.random.default_rng(1)
    evidence_by_file = {
        name: [told_apart(rng, number % 2 == 0, shift) for number in range(600)]
        for name, shift in (("plain", 4.0), ("hard", 2.0))
    }
    weights = fit_answered(evidence_by_file)
    assert weights["relevance"] > weights["logit"] > weights["similarity"] >= 0
    assert (
        area_under_curve(evidence_by_file["plain"], weights)
        > 0.98
        > area_under_curve(evidence_by_file["hard"], weights)
        > 0.85
    )
    vector = np.array([weights[kind] for kind in ANSWER_KINDS])
    for evidence in evidence_by_file.values():
        probabilities = {True: [], False: []}
        for item in evidence:
            logit = item.answer_evidence @ vector + weights["bias"]
            probabilities[item.is_answered].append(1 / (1 + np.exp(-logit)) < weights["least"])
        assert np.mean(probabilities[True]) <= 0.011
    assert np.mean(probabilities[False]) > 0.1, "of the hard ones some are recognised all the same"
    indistinct = {"indistinct": [told_apart(rng, number % 2 == 0, 0.5) for number in range(600)]}
    assert fit_answered(indistinct)["least"] == 0, "so few are recognised that no answer is worth losing for them"
    assert fit_answered({"few": evidence_by_file["plain"][:12]}) is None
    assert area_under_curve(evidence_by_file["plain"][:1], weights) is None


def test_a_pruner_keeps_nothing_where_it_decides_that_nothing_answers(tmp_path):
    """The shipped one, with a decision that says so of everything, or of nothing, or that is not used."""
    folder = shutil.copytree(shipped("pruner"), tmp_path / "pruner")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    text = corpus()[0][:1500]
    for least, is_empty in ((1.0, True), (1e-30, False), (0.0, True)):  # the last: no sentence scores 0.001
        decision = {"relevance": 1.0, "logit": 1.0, "similarity": 0.1, "bias": -3.0, "least": least}
        config["ragzip"]["fusion"]["answered+similarity"] = decision
        (folder / "config.json").write_text(json.dumps(config), "utf-8")
        compressor = ragzip.load("pruner", model=folder)
        assert compressor.tells_unanswerable == (least > 0)
        result = ragzip.compress(text, "How do I knit a scarf?", compressor=compressor, cache=False)
        assert (result.text == "") == is_empty
        assert 0 < result.documents[0].score < 1
        assert ragzip.compress(text, "How do I knit a scarf?", rate=0.3, compressor=compressor, cache=False).text


def test_weights_move_back_to_those_that_training_began_with(encoder):
    net, _ = start(encoder)
    first_weights = {name: weight.clone() for name, weight in net.state_dict().items()}
    with torch.no_grad():
        for weight in net.parameters():
            weight.add_(1.0)
    average(net, first_weights, 0.25)
    for name, weight in net.named_parameters():
        torch.testing.assert_close(weight.detach(), first_weights[name] + 0.25)


def test_what_cannot_be_trained_on_is_refused(tmp_path):
    few = write(tmp_path / "few.jsonl", many(3))
    with pytest.raises(InputError, match="expected 10 or more"):
        fine_tune([few], tmp_path / "out")
    with pytest.raises(InputError, match="no question"):
        fine_tune([write(tmp_path / "none.jsonl", [])], tmp_path / "out")
    unlabelled = [record | {"support_spans": []} for record in many(12)]
    with pytest.raises(InputError, match="supporting sentence"):
        fine_tune([write(tmp_path / "u.jsonl", unlabelled)], tmp_path / "out")
    for options in ({"tokens": 5}, {"rate": 2.0}):
        with pytest.raises(OptionError):
            fine_tune([few], tmp_path / "out", **options)


def test_weights_for_pages_and_words_are_fitted(tmp_path):
    rows = "".join(f"<tr><td>{year}<td>City {year % 5}<td>{year * 3}</tr>" for year in range(1900, 1930))
    page = f"<h1>Mills</h1><p>It rained. It was cold.</p><table><tr><th>Year<th>City<th>Tons</tr>{rows}</table>"
    start = page.index("<table>")
    asked = [("tons in 1921", "5763"), ("city of 1907", "City 2"), ("how many rows are there", "30")]
    for name, records in {
        "pages": [{"page": "a", "title": "Mills", "html": page}],
        "questions": [
            {"question": question, "answers": [answer], "page": "a", "table_span": [start, len(page)]}
            for question, answer in asked
        ],
    }.items():
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(record) + "\n" for record in records)
    text = "The harbour of Ayr was built in 1880. Nobody knows by whom."
    passage = data.LabelledPassage("Ayr", text, (Span(0, 37), Span(38, len(text))), (True, False), True)
    weights = fit_pages(tmp_path, [data.Question("When was the harbour built?", (passage,))] * 3, FakePassageScorer())
    assert set(weights) == {*EVIDENCE, "bias"} and all(weights[name] >= 0 for name in EVIDENCE)
    assert weights["wording"] > 0.1 and weights["bias"] < 0

    text = " ".join(f"w{i}" for i in range(300))
    [scores] = FakePassageScorer().score_passages(None, [(None, text)])
    kept = tuple(Span(*word) for word in scores.spans[scores.word > 0.5].tolist())
    deletion = data.Question("", (data.LabelledPassage(None, text, (Span(0, len(text)),), words=kept),), "deletions")
    assert fit_words(FakePassageScorer(), [deletion])["bias"] == pytest.approx(-0.5)
