import pytest

import ragzip
from ragzip import Part
from ragzip.errors import BudgetError, OptionError
from ragzip.text.tokens import token_counter

INSTRUCTION = Part("instruction", "Answer in one short sentence, and only from the context.", keep=True)
QUESTION = Part("question", "Question: who wrote to Babbage?", keep=True)
EXAMPLES = Part(
    "examples",
    "Q: sky?\nA: It is blue.\n\nQ: grass?\nA: It is green.\n\nQ: snow?\nA: It is white.\n\n" * 4,
    rate=0.3,
)
CONTEXT = ragzip.Document(
    "context", "Ada Lovelace wrote to Charles Babbage in 1842. It rained in London. Dogs bark. Cats sleep. " * 12
)
PROMPT = [INSTRUCTION, EXAMPLES, CONTEXT, QUESTION]
COMPRESSORS = ["auto", "extractive/bm25", "baseline/truncate", "baseline/none", ["extractive/bm25", "auto"]]


@pytest.mark.parametrize("compressor", COMPRESSORS, ids=str)
@pytest.mark.parametrize("target", [70, 100, 200])
def test_each_part_has_its_rule(compressor, target):
    result = ragzip.compress(PROMPT, "who wrote to Babbage?", target_tokens=target, compressor=compressor)
    instruction, examples, context, question = result.documents
    assert instruction.text == INSTRUCTION.text and question.text == QUESTION.text
    count = token_counter()
    assert 0 < count(examples.text) <= 0.3 * count(EXAMPLES.text)
    assert context.text and len(context.text) < len(CONTEXT.text)
    assert result.stats.tokens_out == count(result.text) <= target
    if "truncate" in str(compressor):  # the others keep what the query needs
        assert result.stats.tokens_out >= 0.9 * target
    assert result.text.startswith(INSTRUCTION.text) and result.text.endswith(QUESTION.text)
    assert [citation.id for citation in result.citations()][-1] == "question"


def test_what_is_kept_must_fit():
    with pytest.raises(BudgetError, match="parts with a rule"):
        ragzip.compress(PROMPT, target_tokens=10)
    result = ragzip.compress(PROMPT, target_tokens=10, on_error="passthrough")
    assert result.stats.fallback and QUESTION.text in result.text


def test_a_part_with_a_rate_is_shortened_even_where_all_would_fit():
    result = ragzip.compress([INSTRUCTION, EXAMPLES], target_tokens=10_000)
    assert len(result.documents[1].text) < len(EXAMPLES.text) and result.documents[0].text == INSTRUCTION.text
    result = ragzip.compress([INSTRUCTION, CONTEXT], target_tokens=10_000)
    assert result.documents[1].text == CONTEXT.text and "fits" in result.stats.notes[0]


def test_without_a_budget_only_the_rest_is_halved():
    result = ragzip.compress([INSTRUCTION, CONTEXT, QUESTION])
    count = token_counter()
    free = count(result.documents[1].text)
    assert 0.4 * count(CONTEXT.text) <= free <= 0.5 * count(CONTEXT.text) + 2
    assert result.documents[2].text == QUESTION.text


@pytest.mark.parametrize("n", [2, 3, 5])
def test_parts_of_the_rate_of_the_call(n):
    """Separators count too: a rate gives way by a token rather than fail."""
    for size in range(5, 40):
        parts = [Part(str(i), "one two three four five six seven eight. " * (size + i), rate=0.5) for i in range(n)]
        stats = ragzip.compress(parts, rate=0.5, compressor="baseline/truncate").stats
        assert 0.9 * stats.target_tokens <= stats.tokens_out <= stats.target_tokens


def test_a_rate_is_of_the_part_alone():
    part = Part("a", "One two three four five six seven eight nine ten. " * 4, rate=0.5)
    layout = ragzip.Layout(header="Document number {number}: " + "=" * 60 + "\n")
    result = ragzip.Pipeline("auto", target_tokens=500, layout=layout).run([part, CONTEXT])
    count = token_counter()
    assert count(result.documents[0].text) >= 0.45 * count(part.text)
    kept = ragzip.compress([part, CONTEXT], "pump", threshold=1, compressor="extractive/pruner")
    assert kept.documents[0].text and not kept.documents[1].text


def test_only_parts_with_rules():
    result = ragzip.compress([INSTRUCTION, QUESTION], rate=1.0)
    assert result.stats.tokens_out == result.stats.tokens_in
    plain = Part("plain", CONTEXT.text)
    assert ragzip.compress([plain], rate=0.2).text == ragzip.compress([CONTEXT.text], rate=0.2).text


@pytest.mark.parametrize(
    "options", [{"keep": True, "rate": 0.5}, {"rate": 0}, {"rate": 1.2}, {"rate": [1]}, {"keep": 3}]
)
def test_bad_rules(options):
    with pytest.raises(OptionError, match="Part"):
        Part("a", "text", **options)
