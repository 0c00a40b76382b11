"""The table of training data, and the readers of every form of file in it."""

from pathlib import Path

import numpy as np
import pytest
from recipes.packing import SHIPPED, TEXT, claim, document, record, tokenizer, write
from tokenizers import normalizers

from ragzip.errors import InputError
from ragzip.training import sources
from ragzip.training.checker.claims import claim_halves, read_claims
from ragzip.training.packed.build import Group
from ragzip.training.packed.draws import EVERYTHING
from ragzip.training.packed.make import pack, packed_of, read_sources, tokenizer_of
from ragzip.training.packed.sampler import Sampler


def group(questions):
    return Group("mine", "en", questions, 1.0, EVERYTHING)


MEASURED_ONLY = (
    "locomo financebench doc2dial friendsqa persianqa squad-es-v2 clapnq cosqa mtrag wikiqa climate-fever covid-fact "
    "healthver qags xquad longbench squad-v2-unanswerable"
)


def test_nothing_that_is_for_measuring_is_trained_on():
    for source in sources.TABLE:
        for file in source.files:
            assert not any(name in file for name in MEASURED_ONLY.split()), source.name
            assert "dev" not in Path(file).parts
    names = [source.name for source in sources.TABLE]
    assert len(set(names)) == len(names)


def test_a_source_without_a_licence_is_in_no_mixture():
    for mixture in sources.MIXTURES:
        licences = sources.licences_of(mixture)
        assert len(licences) > 10 and "none stated" not in licences.values()
    unlicensed = [source.name for source in sources.TABLE if source.licence == "none stated"]
    assert unlicensed == ["squad-reqa", "squadshifts-reddit", "subjqa"]
    assert "jaquad" not in sources.licences_of("pruner-english")


def test_languages_take_the_share_of_the_multilingual_mixture_that_is_theirs():
    shares = {s.name: s.shares["pruner-multilingual"] for s in sources.TABLE if "pruner-multilingual" in s.shares}
    others = sum(shares[s.name] for s in sources.TABLE if s.name in shares and s.language != "en")
    assert others / sum(shares.values()) == pytest.approx(0.6, abs=0.05)
    assert shares["jaquad"] + shares["jsquad"] == pytest.approx(shares["tydiqa-bn"] * (36125 / 84) ** 0.5)


def read(tmp_path, records, name="squad2-train"):
    write(tmp_path / "qa" / f"{name}.jsonl.gz", records)
    ((source, listed),) = read_sources(tmp_path, "pruner-multilingual", sources.ReadOptions())
    assert source.name == name
    return listed


def test_a_question_without_answers_is_unanswerable(tmp_path):
    (question,) = read(tmp_path, [record(TEXT, None, kind=None)])
    (passage,) = question.passages
    assert passage.keep == (False, False, False) and passage.relevant is False
    sampler = Sampler(pack([group([question])], tokenizer()))
    batch = sampler.batch([sampler.drawn(0, 0, np.random.default_rng(0))])
    assert batch.answerable.tolist() == [0] and batch.relevant.tolist() == [0] and not batch.keep.any()


def test_sentences_of_a_document_that_is_relevant_as_a_whole_have_no_label(tmp_path):
    (question,) = read(tmp_path, [record(TEXT, None, kind="passage")], "pubmedqa")
    assert question.passages[0].keep == () and question.passages[0].relevant is True
    batch = Sampler(packed := pack([group([question])], tokenizer())).batch(
        [Sampler(packed).drawn(0, 0, np.random.default_rng(0))]
    )
    assert batch.keep.tolist() == [-1, -1, -1] and batch.answerable.tolist() == [1] and set(batch.word.tolist()) == {-1}


def test_of_a_step_without_a_span_the_document_alone_is_labelled(tmp_path):
    """musique-gold: some of the gold paragraphs have no span."""
    steps = record(TEXT, "1902", kind="passage")
    steps["documents"] += [document("The step. It leads there.", True, "e"), document("Nothing. At all.", False, "f")]
    (question,) = read(tmp_path, [steps], "musique-gold")
    assert [p.keep for p in question.passages] == [(False, True, False), (), (False, False)]
    assert [p.relevant for p in question.passages] == [True, True, False]


def test_rows_of_a_table_are_read_with_the_names_of_their_columns(tmp_path):
    rows = "Year | Event\n1902 | Fire. And more\n1903 | Rain"
    table = record(rows, rows[13:34], kind="sentence")
    table["documents"][0]["sentences"] = [[0, 12], [13, 34], [35, len(rows)]]
    (question,) = read(tmp_path, [table], "fetaqa")
    (passage,) = question.passages
    assert [passage.text[slice(*span)] for span in passage.sentences] == [
        "Year | Event", "Year: 1902, Event: Fire. And more", "Year: 1903, Event: Rain",
    ]  # fmt: skip
    assert passage.keep == (False, True, False)


def test_turns_of_chats_are_sentences(tmp_path):
    turns = "ann: Which disk? The new one?\nbob: Yes. It is in the box.\nann: Good."
    spans = [[0, 29], [30, 57], [58, len(turns)]]
    chat = record(turns, turns[30:57], kind="sentence")
    chat["documents"][0]["sentences"] = spans
    (question,) = read(tmp_path, [chat], "molweni")
    assert [list(span) for span in question.passages[0].sentences] == spans
    assert question.passages[0].keep == (False, True, False)


def test_paragraphs_beside_a_table_are_cut_into_sentences(tmp_path):
    table = record("A | 1\nB | 2", "B | 2", kind="snippet")
    table["documents"][0]["sentences"] = [[0, 5], [6, 11]]
    table["documents"].append(document("One here. Two there.", False, "p"))
    (question,) = read(tmp_path, [table], "tatqa")
    assert [len(p.sentences) for p in question.passages] == [2, 2]
    assert [p.keep for p in question.passages] == [(False, True), (False, False)]


def test_an_unanswerable_question_brings_the_one_it_was_made_from(tmp_path):
    pair = record(TEXT, None, kind=None, query="What burned down in 1802?",
                  answerable_question="What burned down in 1902?", answerable_answers=["mill"])  # fmt: skip
    answered, unanswerable = read(tmp_path, [pair], "squad2-pairs")
    assert answered.query == "What burned down in 1902?" and any(answered.passages[0].keep)
    assert unanswerable.query == "What burned down in 1802?" and not any(unanswerable.passages[0].keep)


def test_small_letters_are_left_out_for_a_tokenizer_with_capitals(tmp_path):
    pair = record(TEXT.lower(), None, kind=None, answerable_question="what burned?", answerable_answers=["mill"])
    write(tmp_path / "qa" / "squad2-pairs-lower.jsonl.gz", [pair])
    assert len(packed_of(tmp_path, "pruner-english", tokenizer()).arrays["question"]) == 2
    cased = tokenizer_of(SHIPPED)
    cased.normalizer = normalizers.BertNormalizer(lowercase=False)
    assert len(packed_of(tmp_path, "pruner-english", cased).arrays["question"]) == 0


def test_translated_questions_are_read_both_ways(tmp_path):
    swahili = record(TEXT, "1902", query="Kinu kiliungua lini?", question_translated="When did the mill burn?")
    assert [q.query for q in read(tmp_path, [swahili], "afriqa")] == ["Kinu kiliungua lini?", "When did the mill burn?"]


@pytest.mark.parametrize("name", ["jaquad", "iapp-thai", "squad2-fi", "heq", "cmrc2018"])
def test_languages(tmp_path, name):
    text = {"jaquad": "村に水車があった。1902年に焼けた。", "cmrc2018": "村里有磨坊。1902年烧毁了。"}.get(name, TEXT)
    (question,) = read(tmp_path, [record(text, "1902")], name)
    assert sum(question.passages[0].keep) == 1


def claims_of(tmp_path, records, name="begin"):
    return read_claims(write(tmp_path / "facts" / f"{name}.jsonl.gz", records))


def test_what_evidence_does_not_support_is_wrong(tmp_path):
    labels = ["refuted", "unknown", "not-supported", "partial", "supported", "generic", "disputed"]
    (question,) = claims_of(tmp_path, [claim(f"Claim {label}.", label) for label in labels])
    assert question.query == TEXT
    judged = {p.text: (p.keep, p.relevant) for p in question.passages}
    assert judged == {f"Claim {label}.": ((label != "supported",), label != "supported") for label in labels[:5]}
    assert question.passages[0].text == "Claim supported." and question.passages[0].words == ()
    assert question.passages[1].words is None


def test_words_that_are_not_supported_are_marked(tmp_path):
    (question,) = claims_of(
        tmp_path, [claim("The mill burned down in May 1902.", "partial", unsupported_spans=[[24, 27]])]
    )
    (wrong,) = (p for p in question.passages if p.relevant)
    assert [wrong.text[start:end] for start, end in wrong.words] == ["May"]


def test_a_sentence_supports_itself_where_nothing_else_is_supported(tmp_path):
    """CANNOT has contradictions alone."""
    sentence = "The mill burned down in 1902."
    (question,) = claims_of(tmp_path, [claim("The mill did not burn down.", "refuted", sentence)], "cannot")
    assert [(p.text, p.relevant) for p in question.passages] == [
        (sentence, False),
        ("The mill did not burn down.", True),
    ]


def test_evidence_of_a_long_page_is_what_speaks_of_the_claim(tmp_path):
    filler = " ".join(f"Sentence number {i} is about gardening and nothing else at all." for i in range(80))
    first, second = claims_of(
        tmp_path,
        [
            claim("The mill burned down in 1902.", "unknown", filler + " " + TEXT),
            claim("Gardening is fun.", "refuted", filler + " " + TEXT, ("Nobody rebuilt it.",)),
        ],
    )
    assert "burned down" in first.query and len(first.query.split()) <= 120
    assert second.query == "Nobody rebuilt it."


def test_another_label_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"KeyError 'maybe'.*supported, refuted"):
        claims_of(tmp_path, [claim("A.", "maybe")])


def test_halves_of_claims_share_no_evidence(tmp_path):
    records = [
        claim(f"Claim {label} {number}.", label) | {"group": f"text {number}"}
        for number in range(10)
        for label in ("supported", "refuted", "unknown", "generic")
    ]
    write(tmp_path / "facts" / "fm2.jsonl.gz", records)
    first, second = claim_halves(tmp_path)
    assert {half.text.split()[-1] for half in first} == {f"{number}." for number in range(0, 10, 2)}
    assert len(first) == len(second) == 15 and sum(half.is_supported for half in first) == 5
    assert {half.name for half in first} == {"fm2"} and first[0].sources == (TEXT,)
    write(tmp_path / "facts" / "wice.jsonl.gz", [{"claim": "No label."}])
    with pytest.raises(InputError, match="expected a claim with its evidence"):
        claim_halves(tmp_path)
