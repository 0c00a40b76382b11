"""Packed training data: sources and their readers, the file format, windows, hard negatives, and the sampler."""

import json
from dataclasses import replace
from functools import lru_cache
from itertools import islice

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tiny.checkpoints import corpus, make

from ragzip.cli import app
from ragzip.errors import InputError, ModelError, StorageError
from ragzip.testing.contract import of_profile
from ragzip.text.spans import Span
from ragzip.training import data
from ragzip.training.batch import Batch
from ragzip.training.data import LabelledPassage, Question
from ragzip.training.packed.build import Group, identity
from ragzip.training.packed.draws import EVERYTHING, Draw
from ragzip.training.packed.format import read_packed, write_packed
from ragzip.training.packed.make import pack, packed_file, packed_of, tokenizer_of
from ragzip.training.packed.sampler import Sampler, batches, question_batches
from ragzip.training.pruner.model import encode
from ragzip.training.pruner.recipe import fine_tune, start

from .packing import TEXT, claim, record, tokenizer, write

FIELDS = (
    *("ids", "offsets", "sentence", "keep", "sentence_question"),
    *("relevant", "row_question", "word", "word_weight"),
)


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
            labelled.append(LabelledPassage(title, text, spans, keep, any(keep), words))
        query = " ".join(["which one of them"] * (1 + number % 4 * 17)) + f" was number {number}?"
        listed.append(Question(query, tuple(labelled), "", ("1902",)))
    return listed


def group(listed=None, draw=EVERYTHING, name="mine", share=1.0, **more):
    return Group(name, "en", questions() if listed is None else listed, share, draw, **more)


@pytest.mark.parametrize("kind", ["shipped", "xlm-roberta"])
def test_windows_and_labels_are_those_of_the_text(kind, tmp_path):
    """Put together from token ids, they equal what pair_windows and encode make of the strings; with pieces of words
    that begin with white space too.
    """
    mine = tokenizer() if kind == "shipped" else tokenizer_of(make(kind, tmp_path))
    sampler = Sampler(pack([group()], mine))
    several = 0
    for number, question in enumerate(questions()):
        packed = sampler.batch([sampler.drawn(0, number, np.random.default_rng(0))])
        rows = encode(mine, question)
        several += len(rows) > len(question.passages)
        expected = Batch.from_rows(rows, [0] * len(rows))
        for name in FIELDS:
            assert np.array_equal(getattr(packed, name), getattr(expected, name)), (number, name)
    assert several > 10  # long texts are there


def test_parts_of_a_passage_that_is_relevant_as_a_whole_have_no_label():
    text = max(corpus(), key=len)[:6000]
    passage = LabelledPassage(None, text, data._sentences(text), (), True, None)
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
    assert not any(array.flags.owndata for name, array in again.arrays.items() if not name.endswith(".offsets"))
    assert {name: array.tolist() for name, array in again.arrays.items()} == {
        name: array.tolist() for name, array in packed.arrays.items()
    }
    for mine, theirs in islice(zip(batches(packed, None, 3, 4000), batches(again, None, 3, 4000), strict=False), 12):
        assert mine.same(theirs)


@given(start=st.integers(0, 10**6), seed=st.integers(0, 2**31))
@of_profile(0.25)
def test_a_batch_depends_on_its_number_and_the_seed_alone(start, seed):
    packed = two_sources()
    whole = list(islice(batches(packed, None, seed, 3000, start), 3))
    assert next(batches(packed, None, seed, 3000, start + 2)).same(whole[2])
    others = islice(batches(packed, None, seed + 1, 3000, start), 3)  # one of few questions may be drawn again
    assert not all(other.same(batch) for other, batch in zip(others, whole, strict=True))


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
    right = LabelledPassage("Marlow", text, spans, (False, True, False, False), True, (Span(22, 26),))
    zoo = "Tessel has a zoo. It opened in 1877."
    other_passage = LabelledPassage("Tessel", zoo, data._sentences(zoo), (False, False), False, ())
    listed = [Question("When did the mill burn?", (right, other_passage), "", ("1902",))]

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
        return LabelledPassage(title, text, spans, tuple(kept and not i for i in range(len(spans))), kept, ())

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
        content.replace(b"ragzip-packed-2", b"ragzip-packed-1"),
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

    other_tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    assert identity(other_tokenizer) != identity(tokenizer())
    with pytest.raises(InputError, match="another tokenizer"):
        packed_file(tmp_path / "a.packed", other_tokenizer)


# ---- the command


def test_train_pack(tmp_path):
    files = [write(tmp_path / f"{name}.jsonl.gz", [record(TEXT, "1902", query=f"{name} {i}?") for i in range(n)])
             for name, n in (("a", 12), ("b", 4))]  # fmt: skip
    out = tmp_path / "mine.packed"
    arguments = ["train", "pack", "pruner-english", *(f"--data={file}" for file in files)]
    result = CliRunner().invoke(app, [*arguments, "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert "16 questions over 1 texts" in result.output
    packed = packed_file(out, tokenizer())  # of the shipped pruner
    shares = [(source["name"], source["share"]) for source in packed.about["sources"]]
    assert shares == [("a.jsonl.gz", 12.0), ("b.jsonl.gz", 4.0)]
    raw = packed_of(files, "pruner-english", tokenizer())
    assert next(batches(raw, None, 1, 900)).same(next(batches(packed, None, 1, 900)))
    result = CliRunner().invoke(app, [*arguments, "-o", str(files[0])])
    assert result.exit_code == 1 and "would be overwritten" in result.output


def test_train_pack_of_a_data_folder(tmp_path, caplog):
    write(
        tmp_path / "facts" / "begin.jsonl.gz", [claim("The mill burned.", "supported"), claim("It rained.", "unknown")]
    )
    out = tmp_path / "checker.packed"
    arguments = ["train", "pack", "checker", f"--data={tmp_path}", "-o", str(out)]
    with caplog.at_level("INFO"):
        result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "fm2 is skipped" in caplog.text
    (batch,) = (batch for _, batch in question_batches(packed_file(out, start(None)[1]), 4000))
    assert batch.relevant.tolist() == [0, 1] and batch.answerable.tolist() == [-1]
    assert set(batch.word_weight.tolist()) == {1.0}


@pytest.mark.parametrize(("recipe", "wanted"), [("pruner-multilingual", "folder of"), ("soft", "folder or GGUF file")])
def test_recipes_that_start_from_no_shipped_model_need_a_tokenizer(tmp_path, recipe, wanted):
    file = write(tmp_path / "a.jsonl.gz", [record(TEXT, "1902")])
    result = CliRunner().invoke(app, ["train", "pack", recipe, f"--data={file}", "-o", str(tmp_path / "out")])
    assert result.exit_code == 2 and f"No model for {recipe} is shipped: name the {wanted}" in result.output


def test_no_question_of_the_mixture_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no question of the mixture checker"):
        packed_of(tmp_path, "checker", tokenizer())
    with pytest.raises(InputError, match="no question in"):
        packed_of([write(tmp_path / "a.jsonl.gz", [])], "pruner-english", tokenizer())
    with pytest.raises(ModelError, match=r"no tokenizer.json"):
        tokenizer_of(tmp_path)


def test_a_packed_file_takes_the_place_of_data_and_needs_questions_to_measure_on(tmp_path):
    packed = two_sources()
    write_packed(tmp_path / "a.packed", packed.arrays, packed.about)
    file = write(tmp_path / "q.jsonl.gz", [record(TEXT, "1902")])
    for files, dev in (([], []), ([file], [file])):
        with pytest.raises(InputError, match=f"received {len(files)} files of data and {len(dev)} for dev"):
            fine_tune(files, tmp_path / "out", dev=dev, packed=tmp_path / "a.packed")
