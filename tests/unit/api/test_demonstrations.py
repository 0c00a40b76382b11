"""Few-shot examples: chosen, shortened to a budget, labels whole; in a bank, in LangChain, in LongBench's tasks."""

import json
import pickle
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ragzip
from ragzip import Document, demonstrations
from ragzip.cache import SegmentCache
from ragzip.compressors.demonstrations import ranking
from ragzip.compressors.demonstrations.marks import marks_of, marks_of_text
from ragzip.compressors.demonstrations.ranking import Meaning, Wording, marginal_ranking
from ragzip.compressors.extractive.bm25 import BM25
from ragzip.compressors.soft.family import Soft
from ragzip.compressors.token.llmlingua2 import LLMLingua2
from ragzip.errors import InputError, OptionError, SoftTextError
from ragzip.eval.suites.load import load_suite
from ragzip.integrations.demonstrations import Demonstration, DemonstrationBank, Demonstrations, Template, cut
from ragzip.testing import FakeEmbedder, FakeRewriter, FakeSoftEncoder, FakeWordScorer, MemoryStore
from ragzip.testing.contract import of_profile
from ragzip.text.tokens import token_counter
from ragzip.text.words import terms

DIALOGUES = [
    Demonstration(
        f"Ann: Shall we go to the {place}? Bob: It rained all week there. Ann: Then we go to the {other}. Bob: Fine. "
        f"Ann: The bus leaves at {hour}. Bob: I bring some bread and cheese.",
        f"Ann and Bob go to the {other} by the bus at {hour}.",
    )
    for place, other, hour in [
        ("lake", "museum", 9), ("beach", "cinema", 10), ("forest", "castle", 11), ("harbour", "library", 12),
        ("island", "theatre", 13), ("river", "market", 14),
    ]
]  # fmt: skip
TEMPLATE = "Dialogue: {input}\nSummary: {label}"
OPTIONS = {"template": TEMPLATE, "separator": "\n", "compressor": "bm25", "similarity": "bm25", "cache": False}
TREC = "Question: Who wrote it?\nType: person\nQuestion: Where is it?\nType: place\nQuestion: Who is he?\nType: person"


class Fake(Soft):
    name = "soft/fake.v1"


def bank(**options):
    return DemonstrationBank(DIALOGUES, **{**OPTIONS, **options})


def soft_bank(**options):
    encoder = FakeSoftEncoder()
    return bank(compressor=Fake(encoder, ratio=(2, 8), chooser=BM25()), similarity=None, **options), encoder


def test_the_nearest_come_last_and_whole_without_a_budget():
    selection = bank(diversity=0).select("Ann: Shall we go to the castle in the forest?", count=2)
    assert selection.numbers[-1] == 2 and selection.demonstrations[-1] == DIALOGUES[2]
    assert selection.text == "\n".join(
        TEMPLATE.format(input=one.input, label=one.label) for one in selection.demonstrations
    )
    first = bank(diversity=0, order="best-first").select("Ann: Shall we go to the castle in the forest?", count=2)
    assert first.numbers == selection.numbers[::-1]


@of_profile(0.3)
@given(st.integers(0, 400), st.integers(1, 6), st.sampled_from(["sentences", "words"]))
def test_a_label_is_whole_and_never_without_its_input(target, count, compressor):
    selection = DRAWN_BANKS[compressor].select("Ann: Shall we go to the castle?", count=count, target_tokens=target)
    assert token_counter()(selection.text) == selection.stats.tokens_out <= target
    blocks = selection.text.split("Dialogue:")[1:]
    assert len(blocks) == len(selection) <= count
    for block, one in zip(blocks, selection.demonstrations, strict=True):
        kept, _, label = block.partition("\nSummary: ")
        assert kept.strip() == one.input.strip() != "" and label.strip() == one.label
    for number, one in zip(selection.numbers, selection.demonstrations, strict=True):
        assert set(terms(one.input)) <= set(terms(DIALOGUES[number].input)), "kept inputs are of the source"


DRAWN_BANKS = {
    "sentences": bank(cache=SegmentCache(MemoryStore())),
    "words": bank(compressor=LLMLingua2(FakeWordScorer()), cache=SegmentCache(MemoryStore())),
}


def test_the_default_keeps_what_the_label_needs():
    budget = {"target_tokens": 60, "count": 1}
    selection = bank(compressor="auto", similarity=None).select(
        "Ann: Shall we go to the castle in the forest?", **budget
    )
    (one,) = selection.demonstrations
    assert one.label == DIALOGUES[2].label and "The bus leaves at 11." in one.input
    assert len(one.input) < len(DIALOGUES[2].input) and selection.stats.tokens_out <= 60


def test_inputs_get_shorter_before_demonstrations_go():
    whole = bank().select("castle", count=4).stats.tokens_out
    shorter = bank().select("castle", count=4, target_tokens=int(0.7 * whole))
    assert len(shorter) == 4 and any(len(one.input) < len(DIALOGUES[0].input) - 20 for one in shorter.demonstrations)
    fewer = bank(least_rate=1.0).select("castle", count=4, target_tokens=int(0.7 * whole))
    assert len(fewer) == 2 and all(one in DIALOGUES for one in fewer.demonstrations)
    tiny = bank().select("castle", count=4, target_tokens=5)
    assert tiny.text == "" and len(tiny) == 0


def test_a_rate_shortens_without_a_budget():
    selection = bank(rate=0.5).select("castle", count=3)
    count = token_counter()
    assert len(selection) == 3
    for number, one in zip(selection.numbers, selection.demonstrations, strict=True):
        assert 0 < count(one.input) <= 0.5 * count(DIALOGUES[number].input)


def test_what_is_kept_is_for_the_label():
    one = Demonstration("It snowed on Monday. The mill burned on Friday. Nobody saw the king.", "the king")
    for kept_for, kept in (("label", "Nobody saw the king."), ("query", "It snowed on Monday.")):
        single = DemonstrationBank([one], **{**OPTIONS, "kept_for": kept_for, "rate": 0.4})
        assert single.select("When was it that it snowed?").demonstrations[0].input == kept


def test_a_question_is_never_shortened_and_says_what_is_kept():
    passage = "The mill was sold twice. It burned in 1902. The miller moved away. The mill was by the river."
    one = Demonstration(passage, "1902", "When was it that it burned?")
    pattern = "Passage:\n{input}\nQuestion:\n{question}\nAnswer:\n{label}"
    asked = DemonstrationBank([one], **{**OPTIONS, "template": pattern, "rate": 0.4})
    text = asked.select("The barn burned.", question="When did it burn?").text
    assert text == "Passage:\nIt burned in 1902.\nQuestion:\nWhen was it that it burned?\nAnswer:\n1902"
    assert Template(pattern).beginning("A", "B?") == "Passage:\nA\nQuestion:\nB?\nAnswer:\n"
    with pytest.raises(InputError, match="questions"):
        DemonstrationBank([one], **OPTIONS)


def test_diversity_takes_what_is_unlike():
    relevance, likeness = np.array([0.9, 0.89, 0.5]), np.array([[1, 0.99, 0.1], [0.99, 1, 0.1], [0.1, 0.1, 1]])
    assert marginal_ranking(relevance, likeness, 3, 0.0) == [0, 1, 2]
    assert marginal_ranking(relevance, likeness, 3, 0.5) == [0, 2, 1]
    assert marginal_ranking(relevance, likeness, 2, 1.0) == [0, 2]
    assert marginal_ranking(np.zeros(0), np.zeros((0, 0)), 2, 0.5) == []


@pytest.mark.parametrize("similarity", [Wording(), Meaning(FakeEmbedder()), Meaning(FakeEmbedder(), centred=True)])
def test_similarities(similarity):
    texts = [one.input for one in DIALOGUES]
    nearest = similarity.nearest(texts[3], texts, 4)
    assert nearest.numbers[0] == 3 and len(nearest.numbers) == 4
    assert nearest.relevance.tolist() == sorted(nearest.relevance, reverse=True)
    assert np.allclose(np.diag(nearest.likeness), 1, atol=1e-3) and nearest.likeness.shape == (4, 4)
    assert len(similarity.nearest(None, texts, 4).numbers) == 4
    assert len(similarity.nearest("word", texts[:1], 4).numbers) == 1


def test_vectors_stand_for_inputs_and_count():
    vectors, _ = soft_bank()
    selection = vectors.select("Ann: Shall we go to the castle?", count=2)
    texts = [part for part in selection.parts if isinstance(part, str)]
    sizes = [len(part) for part in selection.parts if not isinstance(part, str)]
    assert selection.stats.tokens_out == sum(sizes) + sum(map(token_counter(), texts))
    assert all(one.label in "".join(texts) and one.input not in "".join(texts) for one in selection.demonstrations)
    with pytest.raises(SoftTextError):
        _ = selection.text
    tight = vectors.select("Ann: Shall we go to the castle?", count=2, target_tokens=selection.stats.tokens_out - 10)
    assert tight.stats.tokens_out <= selection.stats.tokens_out - 10 and len(tight) == 2


def test_the_soft_space_finds_the_same_text_and_is_encoded_once():
    vectors, encoder = soft_bank(cache=SegmentCache(MemoryStore()))
    encoded = encoder.seen
    assert vectors.select(DIALOGUES[4].input, count=1).numbers == (4,)
    assert encoder.seen == encoded, "what is compared and what is read are the same vectors"


def test_a_bank_embeds_each_text_once():
    embedder = FakeEmbedder()
    remembered = bank(similarity=embedder)
    assert embedder.seen == len(DIALOGUES)
    remembered.select("castle")
    remembered.select("castle", count=2)
    assert embedder.seen == len(DIALOGUES) + 2 and remembered.add([("Ann: Hello there.", "A greeting.")]) == 1
    assert embedder.seen == len(DIALOGUES) + 3 and len(remembered) == len(DIALOGUES) + 1
    clone = pickle.loads(pickle.dumps(remembered))
    assert clone.select("castle", target_tokens=90).text == remembered.select("castle", target_tokens=90).text


def test_rewritten_inputs():
    class Rewriting:
        name, fill = "mine.v1", "none"

        def compress(self, query, segments, budget):
            return [one.rewritten(FakeRewriter().rewrite(query, [one.text], budget.max_tokens)[0]) for one in segments]

    selection = bank(compressor=Rewriting(), rate=0.3).select("castle", count=2)
    assert all(one.input == " ".join(DIALOGUES[n].input.split()[:8]).removesuffix("?")[: len(one.input)]
               for n, one in zip(selection.numbers, selection.demonstrations, strict=True))  # fmt: skip
    assert all(one.label in selection.text for one in selection.demonstrations)


@pytest.mark.parametrize("prompt", ["", "nothing here", "Question: a", "Type: b", "a Question: b\nType: c"])
def test_cutting_a_prompt_without_demonstrations(prompt):
    with pytest.raises(InputError, match="received no demonstration"):
        cut(prompt, input="Question:", label="Type:")


@pytest.mark.parametrize("similarity", ["bm25", FakeEmbedder()])
def test_identical_demonstrations_count_once(similarity):
    pairs = [("same text", "A")] * 5 + [("other text", "B"), ("same text", "B"), ("other text", "B")]
    bank = DemonstrationBank(pairs, similarity=similarity, cache=False)
    assert sorted(bank.select("same", count=8).numbers) == [0, 5, 6]
    texts = ["same text", "same text", "other words", "same text"]
    result = ragzip.compress(texts, "same", compressor="extractive/demonstrations", target_tokens=8, cache=False)
    assert [document.text for document in result.documents] == ["same text", "", "other words", ""]


CHINESE = [("这部电影很好看。", "正面"), ("情节很无聊。我睡着了。", "负面"), ("音乐很好听。", "正面")]


@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize(("pairs", "query", "best"), [
    (CHINESE, "故事很无聊", 1),
    ([("Мельница сгорела.", "a"), ("Мост стоит у реки.", "b"), ("Вчера шёл дождь.", "c")], "Где стоит мост у реки?", 1),
])  # fmt: skip
def test_banks_in_other_languages_say_how_they_are_compared(installed, pairs, query, best, monkeypatch):
    embedder = FakeEmbedder() if installed else None
    monkeypatch.setattr(ranking, "multilingual_embedder", lambda: embedder)
    monkeypatch.setattr(ranking, "is_installed", lambda name: installed)
    bank = DemonstrationBank(pairs, cache=False)
    selection = bank.select(query, count=1)
    assert [note.code for note in selection.stats.notes] == ["multilingual" if installed else "unread-language"]
    assert selection.numbers == (best,)
    assert not DemonstrationBank(pairs, similarity="bm25", cache=False).select(query, count=1).stats.notes


def test_cutting_a_prompt():
    assert cut(f"Some examples.\n\n{TREC}", input="Question:", label="Type:") == [
        Demonstration("Who wrote it?", "person"), Demonstration("Where is it?", "place"),
        Demonstration("Who is he?", "person"),
    ]  # fmt: skip
    prompt = "Passage:\nA mill.\nAnswer: none here\n\nQuestion:\nWhat?\nAnswer:\na mill\n\n"
    assert cut(prompt, input="Passage:", question="Question:", label="Answer:") == [
        Demonstration("A mill.\nAnswer: none here", "a mill", "What?")
    ]
    with pytest.raises(InputError, match="no demonstration"):
        cut("Question: Who?", input="Question:", label="Type:")


def test_marks_of_documents():
    text = "Who wrote it?\nType: person"
    marks = marks_of_text(text, "Type:")
    document = Document("a", text, metadata=marks.metadata())
    assert marks_of(document) == marks and text[slice(*marks.label)] == "person" and marks.purpose(text) == "person"
    assert marks_of(Document("a", text)) is marks_of(Document("a", text, metadata={"demonstration": "yes"})) is None
    for spans in ({"input": [0, 99], "label": [2, 3]}, {"input": [5, 9], "label": [0, 3]}, {"input": 1, "label": 2}):
        with pytest.raises(InputError, match="demonstration"):
            marks_of(Document("a", text, metadata={"demonstration": spans}))
    assert marks_of_text("no label", "Type:") is marks_of_text("Type: person", "Type:") is None


def test_documents_of_a_compressor_keep_their_places():
    documents = [
        Document(str(number), text, metadata=marks_of_text(text, "Summary:").metadata())
        for number, text in enumerate(f"{one.input}\nSummary: {one.label}" for one in DIALOGUES)
    ]
    method = Demonstrations(count=3, compressor="bm25", similarity="bm25")
    result = ragzip.compress(documents, "Ann: To the castle?", compressor=method, target_tokens=120, cache=False)
    kept = [document for document in result.documents if document.text]
    assert len(result.documents) == 6 and len(kept) == 3 and result.stats.tokens_out <= 120
    for document in kept:
        start, end = document.source.metadata["demonstration"]["label"]
        assert document.text.endswith(document.source.text[start:end])
        assert document.text == "".join(document.source.text[slice(*span)] for span in document.spans)


@pytest.mark.parametrize(
    "options",
    [
        {"count": 0}, {"diversity": 2}, {"rate": 0}, {"least_rate": 0}, {"kept_for": "me"}, {"similarity": "tfidf"},
        {"similarity": "soft"}, {"similarity": object()}, {"compressor": 3}, {"compressor": BM25},
    ],
)  # fmt: skip
def test_options_of_the_compressor(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        Demonstrations(**options)


@pytest.mark.parametrize(
    "pattern", ["", "{input}", "{label}{input}", "{input}{label}{x}", "{input!r}{label}", "{input"]
)
def test_bad_templates(pattern):
    with pytest.raises(OptionError, match="template"):
        Template(pattern)


def test_misuse_of_a_bank():
    for items in ("text", ["text"], [("a",)], [{"input": "a"}], [("", "label")], [(1, "label")], 3):
        with pytest.raises(InputError):
            DemonstrationBank(items, similarity="bm25")
    with pytest.raises(OptionError, match="order"):
        bank(order="random")
    with pytest.raises(OptionError, match="count"):
        bank().select("x", count=0)
    with pytest.raises(OptionError, match="target_tokens"):
        bank().select("x", target_tokens=-1)
    with pytest.raises(OptionError, match="did you mean target_tokens"):
        bank().select("x", budget=3)
    with pytest.raises(InputError, match="query"):
        bank().select(3)
    empty = DemonstrationBank(similarity="bm25", cache=False)
    assert len(empty.select("anything")) == 0 and demonstrations.DemonstrationBank is DemonstrationBank


def test_labels_of_any_shape_survive():
    drawn = random.Random(3)
    marks = ["", "\n", "\n\n", " – ", "Summary: ", "{x}", "é\u0301", "日本", "  "]
    for _ in range(40):
        label = "".join(drawn.choice(marks) + drawn.choice(["yes", "No.", "42", "是"]) for _ in range(3)).strip()
        one = Demonstration(DIALOGUES[0].input, label)
        selection = DemonstrationBank([one], **{**OPTIONS, "rate": drawn.choice([0.3, 0.6, 1.0])}).select("museum")
        assert selection.text.endswith(f"Summary: {label}") and selection.demonstrations[0].label == label


def test_langchain_examples():
    prompts = pytest.importorskip("langchain_core.prompts")
    from ragzip.langchain import RagzipExampleSelector

    examples = [{"text": one.input, "answer": one.label, "id": str(n)} for n, one in enumerate(DIALOGUES)]
    selector = RagzipExampleSelector(
        examples[:-1], input_key="text", label_key="answer", count=2, target_tokens=90, **{**OPTIONS, "diversity": 0}
    )
    selector.add_example(examples[-1])
    prompt = prompts.FewShotPromptTemplate(
        example_selector=selector,
        example_prompt=prompts.PromptTemplate.from_template("Dialogue: {text}\nSummary: {answer}"),
        example_separator="\n",
        prefix="",
        suffix="Dialogue: {text}\nSummary:",
        input_variables=["text"],
    )
    chosen = selector.select_examples({"text": "Ann: We go to the river, to the market."})
    assert [example["id"] for example in chosen][-1] == "5" and len(chosen) == 2
    assert all(len(one["text"]) < len(examples[int(one["id"])]["text"]) for one in chosen)
    shown = prompt.format(text="Ann: We go to the river, to the market.")
    assert all(example["answer"] in shown for example in chosen) and examples[5]["text"] == DIALOGUES[5].input
    with pytest.raises(InputError, match="'text'"):
        selector.select_examples({"other": "x"})
    with pytest.raises(InputError, match="'answer'"):
        selector.add_example({"text": "x"})
    with pytest.raises(OptionError, match="text"):
        RagzipExampleSelector(compressor=Fake(FakeSoftEncoder(), ratio=2))
    with pytest.raises(OptionError, match="nonsense"):
        RagzipExampleSelector(nonsense=1)


def test_few_shot_tasks_of_longbench_are_cut(tmp_path):
    contexts = {
        "trec": (TREC, "person"),
        "samsum": ("Dialogue: A: Hi.\r\nB: Yes.\nSummary: They meet.\nDialogue: A: No.\nSummary: They go.", "They go."),
        "triviaqa": ("Passage:\nA.\nQuestion:\nWhat?\nAnswer:\na\n\nPassage:\nB.\nQuestion:\nWho?\nAnswer:\nB", "B"),
    }
    for task, (context, last_label) in contexts.items():
        row = {"input": "q", "context": context, "answers": ["a"], "dataset": task, "length": 9, "all_classes": None}
        (tmp_path / f"{task}.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
        (example,) = load_suite(tmp_path / f"{task}.jsonl").examples
        marks = [marks_of(document) for document in example.documents]
        assert all(marks) and example.documents[-1].text[slice(*marks[-1].label)] == last_label
        method = Demonstrations(count=1, compressor="bm25", similarity="bm25")
        result = ragzip.compress(
            list(example.documents), example.query, compressor=method, layout=example.layout, cache=False
        )
        assert sum(bool(document.text) for document in result.documents) == 1
