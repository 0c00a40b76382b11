"""Packed training data: sources and their readers, the file format, windows, hard negatives, and the sampler."""

import gzip
import json
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import ragzip
from ragzip.cli import app
from ragzip.errors import InputError, ModelError, StorageError
from ragzip.training import sources
from ragzip.training.faith.claims import read_claims
from ragzip.training.packed.build import Group, identity
from ragzip.training.packed.draws import EVERYTHING, Draw
from ragzip.training.packed.format import read_packed, write_packed
from ragzip.training.packed.make import pack, packed_file, packed_of, read_sources, tokenizer_of
from ragzip.training.packed.sampler import Sampler, batches, question_batches
from ragzip.training.pruner import data
from ragzip.training.pruner.batch import Batch, Row
from ragzip.training.pruner.data import Passage, Question
from ragzip.training.pruner.model import encode
from ragzip.types import Span

from .checkpoints import corpus

SHIPPED = Path(ragzip.__file__).parent / "models" / "pruner"
FIELDS = (
    *("ids", "offsets", "sentence", "keep", "sentence_question"),
    *("relevant", "row_question", "word", "word_weight"),
)


@lru_cache(maxsize=1)
def tokenizer():
    return tokenizer_of(SHIPPED)


def write(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return path


def document(text, support, name="d", title=None, sentences=None):
    return {"id": name, "title": title, "text": text, "sentences": sentences, "support": support}


def record(text, answer, *, kind="answer", query="What burned down in the village?", **more):
    spans = (
        [] if answer is None else [{"doc": "d", "start": text.index(answer), "end": text.index(answer) + len(answer)}]
    )
    return {
        "question": query,
        "answers": [] if answer is None and kind is None else [answer or "yes"],
        "documents": [document(text, answer is not None or kind == "passage")],
        "support_spans": spans,
        "support_kind": kind,
    } | more


TEXT = "The village had a mill. The mill burned down in 1902. Nobody rebuilt it."


@lru_cache(maxsize=1)
def questions():
    """Real texts of every length, titles and none, supporting sentences, several passages."""
    rng = np.random.default_rng(5)
    passages = []
    for number, text in enumerate(corpus()):
        for size in (60, 400, 2500, 9000):
            excerpt = text[:size].strip()
            spans = data._sentences(excerpt)
            if spans:
                passages.append((None if number % 3 else f"Title {number}", excerpt, spans))
    listed = []
    for number in range(40):
        chosen = rng.choice(len(passages), 3, replace=False)
        labelled = []
        for title, text, spans in (passages[i] for i in chosen):
            keep = tuple(bool(flag) for flag in rng.random(len(spans)) < 0.2)
            words = tuple(
                Span(start, min(end, start + 9)) for (start, end), kept in zip(spans, keep, strict=True) if kept
            )
            labelled.append(Passage(title, text, spans, keep, any(keep), words))
        query = " ".join(["which one of them"] * (1 + number % 4 * 17)) + f" was number {number}?"
        listed.append(Question(query, tuple(labelled), "", ("1902",)))
    return listed


def group(listed=None, draw=EVERYTHING, name="mine", share=1.0, **more):
    return Group(name, "en", questions() if listed is None else listed, share, draw, **more)


def test_windows_and_labels_are_those_of_the_text():
    """Put together from token ids, they equal what pair_windows and encode make of the strings."""
    sampler = Sampler(pack([group()], tokenizer()))
    several = 0
    for number, question in enumerate(questions()):
        packed = sampler.batch([sampler.drawn(0, number, np.random.default_rng(0))])
        rows = [Row(*vars(row).values()) for row in encode(tokenizer(), question)]
        several += len(rows) > len(question.passages)
        expected = Batch.from_rows(rows, [0] * len(rows))
        for name in FIELDS:
            assert np.array_equal(getattr(packed, name), getattr(expected, name)), (number, name)
    assert several > 10  # long texts are there


def test_parts_of_a_passage_that_is_relevant_as_a_whole_have_no_label():
    text = max(corpus(), key=len)[:6000]
    passage = Passage(None, text, data._sentences(text), (), True, None)
    sampler = Sampler(pack([group([Question("what?", (passage,))])], tokenizer()))
    drawn = sampler.drawn(0, 0, np.random.default_rng(0))
    assert len(drawn.windows) > 3 and {window.relevant for window in drawn.windows} == {-1}
    short = replace(passage, text=text[:80], sentences=(Span(0, 80),))
    sampler = Sampler(pack([group([Question("what?", (short,))])], tokenizer()))
    assert [window.relevant for window in sampler.drawn(0, 0, np.random.default_rng(0)).windows] == [1]


def test_a_written_file_gives_the_same_batches(tmp_path):
    packed = pack([group(draw=Draw(second_hop=0.5, emptied=0.3, hard_negatives=2, untitled=0.3))], tokenizer())
    write_packed(tmp_path / "a.packed", packed.arrays, packed.about)
    again = read_packed(tmp_path / "a.packed")
    assert again.about == json.loads(json.dumps(packed.about))
    assert not any(array.flags.owndata for array in again.arrays.values())
    for mine, theirs in islice(zip(batches(packed, None, 3, 4000), batches(again, None, 3, 4000), strict=False), 12):
        assert mine.same(theirs)


@given(start=st.integers(0, 10**6), seed=st.integers(0, 2**31))
@settings(max_examples=10, deadline=None, derandomize=True)
def test_a_batch_depends_on_its_number_and_the_seed_alone(start, seed):
    packed = two_sources()
    whole = list(islice(batches(packed, None, seed, 3000, start), 3))
    assert next(batches(packed, None, seed, 3000, start + 2)).same(whole[2])
    assert not next(batches(packed, None, seed + 1, 3000, start)).same(whole[0])


@lru_cache(maxsize=1)
def two_sources():
    draw = Draw(most_others=1, untitled=0.2)
    return pack([group(questions()[:30], draw, "a"), group(questions()[30:], draw, "b", 3.0)], tokenizer())


def test_sources_have_their_shares_of_the_tokens_and_every_question_comes_once_an_epoch():
    packed = two_sources()
    sampler = Sampler(packed)
    drawn = []
    sampler_drawn = Sampler.drawn
    tokens = np.zeros(2)

    def counted(self, source, number, rng, draw=None):
        result = sampler_drawn(self, source, number, rng, draw)
        drawn.append((source, number))
        tokens[source] += result.tokens
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sampler, "drawn", counted)
        total = sum(batch.tokens for batch in islice(batches(packed, None, 0, 4000), 200))
    assert total / 200 == pytest.approx(4000, rel=0.1)
    assert tokens[1] / tokens.sum() == pytest.approx(0.75, abs=0.05)
    for source, size in enumerate(np.diff(packed.arrays["source"]).tolist()):
        epoch = [number for where, number in drawn if where == source][:size]
        assert sorted(epoch) == list(range(size))
    assert len(sampler.sources) == 2


def test_a_mixture_can_leave_a_source_out():
    packed = two_sources()
    first = next(batches(packed, {"a": 1.0}, 0, 3000))
    assert first.same(next(batches(packed, {"a": 0.5, "b": 0.0}, 0, 3000)))
    with pytest.raises(InputError, match="expected questions of c"):
        next(batches(packed, {"c": 1.0}, 0, 3000))


def test_questions_longer_than_a_batch_come_one_at_a_time():
    packed = pack([group()], tokenizer())
    assert all(batch.row_question.max() == 0 for batch in islice(batches(packed, None, 0, 10), 60))


def test_every_question_is_measured_once():
    packed = two_sources()
    owners = [(owner, batch) for owner, batch in question_batches(packed, 4000)]
    assert np.array_equal(np.concatenate([owner for owner, _ in owners]), np.repeat([0, 1], [30, 10]))
    rows = sum(len(encode(tokenizer(), question)) for question in questions())
    assert sum(len(batch.relevant) for _, batch in owners) == rows


def test_draws_change_what_they_say():
    text = "Marlow has a mill. The mill burned down in 1902. Nobody rebuilt it. A zoo stands there."
    spans = data._sentences(text)
    right = Passage("Marlow", text, spans, (False, True, False, False), True, (Span(22, 26),))
    zoo = "Tessel has a zoo. It opened in 1877."
    other = Passage("Tessel", zoo, data._sentences(zoo), (False, False), False, ())
    listed = [Question("When did the mill burn?", (right, other), "", ("1902",))]

    def drawn(draw, queries=()):
        packed = pack([group(listed, draw, altered=lambda _: queries)], tokenizer())
        return Sampler(packed).drawn(0, 0, np.random.default_rng(0))

    def texts(result):
        return [tokenizer().decode(window.ids.tolist()) for window in result.windows]

    whole = drawn(EVERYTHING)
    assert whole.answerable == 1 and [window.relevant for window in whole.windows] == [1, 0]
    emptied = drawn(Draw(emptied=1.0))
    assert emptied.answerable == 0 and not any(window.keep.any() for window in emptied.windows)
    assert "1902" not in " ".join(texts(emptied)) and "nobody rebuilt it" in texts(emptied)[0]
    incomplete = drawn(Draw(incomplete=1.0))
    assert incomplete.answerable == 0 and len(incomplete.windows) == 1
    altered = drawn(Draw(altered=1.0), ("When did the zoo burn?",))
    assert "when did the zoo burn?" in texts(altered)[0] and not any(window.keep.any() for window in altered.windows)
    second = drawn(Draw(second_hop=1.0))
    added = texts(second)[0].removeprefix("when did the mill burn? ")
    assert any(added.startswith(text[start:end].lower()) for start, end in spans) and second.answerable == 1
    untitled = drawn(Draw(untitled=1.0))
    assert [len(a.ids) - len(b.ids) for a, b in zip(whole.windows, untitled.windows, strict=True)] == [
        1 + len(tokenizer().encode(title, add_special_tokens=False).ids) for title in ("Marlow", "Tessel")
    ]
    assert len(drawn(Draw(most_others=0)).windows) == 1


def test_hard_negatives_look_alike_and_hold_no_answer():
    def passage(title, text, kept):
        spans = data._sentences(text)
        return Passage(title, text, spans, tuple(kept and not i for i in range(len(spans))), kept, ())

    filler = [
        passage(f"T{i}", f"Topic {i} is about gardening, weather and item {i * 7} of a long list.", True)
        for i in range(60)
    ]
    gold = passage("Marlow", "The great mill of Marlow burned down in 1902. It was rebuilt by Harold.", True)
    copy = passage("Copy", "The great mill of Marlow burned down in 1902. It was then rebuilt by Harold.", True)
    holds = passage(
        "Marlow", "A chronicle says the great mill of Marlow was lost to fire in 1902, to much grief.", True
    )
    alike = passage("Marlow", "The windmill of Marlow has four sails and grinds barley for the brewery.", True)
    listed = [
        Question("When did the great mill of Marlow burn down?", (gold,), "", ("1902",)),
        *(Question(f"topic {i}?", (each,), "", ("unheard",)) for i, each in enumerate([copy, holds, alike, *filler])),
    ]
    packed = pack([group(listed, Draw(hard_negatives=1))], tokenizer())
    names = packed.row("negatives", 0).tolist()
    assert 3 in names and not {0, 1, 2} & set(names)
    drawn = Sampler(packed)
    seen = {len(drawn.drawn(0, 0, np.random.default_rng(seed)).windows) for seed in range(20)}
    assert seen == {1, 2}
    negative = next(w for seed in range(20) for w in drawn.drawn(0, 0, np.random.default_rng(seed)).windows[1:])
    assert negative.relevant == 0 and not negative.keep.any()


def test_other_files_are_refused(tmp_path):
    packed = two_sources()
    path = tmp_path / "a.packed"
    write_packed(path, packed.arrays, packed.about)
    content = path.read_bytes()
    for damaged in (
        content[: len(content) // 2],
        content.replace(b"ragzip-packed-1", b"ragzip-packed-9"),
        b"",
        b"x" * 99,
    ):
        (tmp_path / "b.packed").write_bytes(damaged)
        with pytest.raises(InputError, match="Pack the data again"):
            read_packed(tmp_path / "b.packed")
    with pytest.raises(StorageError, match="did not write it"):
        (tmp_path / "notes.txt").write_text("mine")
        write_packed(tmp_path / "notes.txt", packed.arrays, packed.about)
    write_packed(path, packed.arrays, packed.about)
    assert path.read_bytes() == content


def test_a_tokenizer_of_another_model_is_refused(tmp_path):
    packed = two_sources()
    write_packed(tmp_path / "a.packed", packed.arrays, packed.about)
    assert packed_file(tmp_path / "a.packed", tokenizer()).about == packed.about
    from tokenizers import Tokenizer, models

    other = Tokenizer(models.WordPiece({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    assert identity(other) != identity(tokenizer())
    with pytest.raises(InputError, match="another tokenizer"):
        packed_file(tmp_path / "a.packed", other)


# ---- sources


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


# ---- readers


def read(tmp_path, records, name="squad2-train"):
    write(tmp_path / "qa" / f"{name}.jsonl.gz", records)
    ((source, listed),) = read_sources(tmp_path, "pruner-multilingual", sources.Context())
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


def test_rows_of_tables_and_turns_of_chats_are_sentences(tmp_path):
    rows = "Year | Event\n1902 | Fire. And more\n1903 | Rain"
    spans = [[0, 12], [13, 34], [35, len(rows)]]
    table = record(rows, rows[13:34], kind="sentence")
    table["documents"][0]["sentences"] = spans
    (question,) = read(tmp_path, [table], "fetaqa")
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
    from tokenizers import normalizers

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


def claim(text, label, evidence=TEXT, spans=(), **more):
    spans = [{"doc": "d", "start": evidence.index(s), "end": evidence.index(s) + len(s)} for s in spans]
    return {"claim": text, "label": label, "documents": [document(evidence, True)], "support_spans": spans} | more


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


# ---- the command


def test_train_pack(tmp_path):
    files = [write(tmp_path / f"{name}.jsonl.gz", [record(TEXT, "1902", query=f"{name} {i}?") for i in range(n)])
             for name, n in (("a", 12), ("b", 4))]  # fmt: skip
    out = tmp_path / "mine.packed"
    arguments = ["train", "pack", "pruner-english", *(f"--data={file}" for file in files), f"--tokenizer={SHIPPED}"]
    result = CliRunner().invoke(app, [*arguments, "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert "16 questions over 1 texts" in result.output
    packed = packed_file(out, tokenizer())
    shares = [(source["name"], source["share"]) for source in packed.about["sources"]]
    assert shares == [("a.jsonl.gz", 12.0), ("b.jsonl.gz", 4.0)]
    raw = packed_of(files, "pruner-english", tokenizer())
    assert next(batches(raw, None, 1, 900)).same(next(batches(packed, None, 1, 900)))
    result = CliRunner().invoke(app, [*arguments, "-o", str(files[0])])
    assert result.exit_code == 1 and "would be written over" in result.output


def test_train_pack_of_a_data_folder(tmp_path, caplog):
    write(
        tmp_path / "facts" / "begin.jsonl.gz", [claim("The mill burned.", "supported"), claim("It rained.", "unknown")]
    )
    out = tmp_path / "checker.packed"
    arguments = ["train", "pack", "checker", f"--data={tmp_path}", f"--tokenizer={SHIPPED}", "-o", str(out)]
    with caplog.at_level("INFO"):
        result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "fm2 is left out" in caplog.text
    (batch,) = (batch for _, batch in question_batches(read_packed(out), 4000))
    assert batch.relevant.tolist() == [0, 1] and batch.answerable.tolist() == [-1]
    assert set(batch.word_weight.tolist()) == {1.0}


def test_no_question_of_the_mixture_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no question of the mixture checker"):
        packed_of(tmp_path, "checker", tokenizer())
    with pytest.raises(InputError, match="no question in"):
        packed_of([write(tmp_path / "a.jsonl.gz", [])], "pruner-english", tokenizer())
    with pytest.raises(ModelError, match=r"no tokenizer.json"):
        tokenizer_of(tmp_path)
