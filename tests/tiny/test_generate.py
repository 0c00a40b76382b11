import pickle

import pytest
import torch
import transformers

from ragzip.backends.runtimes.generate import Generator
from ragzip.errors import InputError, ModelError, OptionError

PROMPT = "Oslo is the capital of Norway, and it is cold there in winter. Where is Oslo?"


@pytest.fixture(scope="module")
def lively(gpt, tmp_path_factory):
    """The small GPT-2 with larger weights, so that it does not say one thing over and over."""
    model = transformers.AutoModelForCausalLM.from_pretrained(gpt)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(8)
    folder = tmp_path_factory.mktemp("lively")
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(gpt).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def reader(lively):
    return Generator(lively, dtype="float32")


def naive(reader, ids, steps):
    """The likeliest next token each time, from the whole text each time."""
    made = []
    with torch.inference_mode():
        while len(made) < steps:
            logits = reader.model.module(input_ids=torch.tensor([ids + made])).logits[0, -1]
            made.append(int(logits.argmax()))
            if made[-1] in reader._ends:
                return made[:-1]
    return made


def test_greedy_as_from_the_whole_text(reader):
    ids = reader.model.chat_ids(PROMPT)
    reading = reader.read(PROMPT, max_tokens=12)
    assert len(set(reading.text)) > 4
    made = naive(reader, ids, 12)
    assert reading.text == reader.model.hf_tokenizer.decode(made, skip_special_tokens=True)
    assert reading.prompt_tokens == len(ids) and reading.output_tokens == len(made)
    assert 0 < reading.first <= reading.seconds


def test_likelihood_of_answers(reader):
    gold = ["Norway", "in Norway, in the north"]
    reading = reader.read(PROMPT, max_tokens=3, gold=gold)
    each = []
    for answer in gold:
        head = reader.model.chat_ids(PROMPT)
        ids = reader.model.hf_tokenizer.encode(answer, add_special_tokens=False)
        with torch.inference_mode():
            logits = reader.model.module(input_ids=torch.tensor([head + ids])).logits[0]
        rows = logits[len(head) - 1 : -1]
        each.append((float(torch.nn.functional.cross_entropy(rows, torch.tensor(ids), reduction="sum")), len(ids)))
    nll, tokens = min(each, key=lambda one: one[0] / one[1])
    assert reading.nll == pytest.approx(nll, abs=1e-3) and reading.nll_tokens == tokens
    assert reading.text == reader.read(PROMPT, max_tokens=3).text  # asking for it changes nothing


def test_a_long_prompt_loses_its_middle(gpt):
    reader = Generator(gpt, max_length=20, dtype="float32")
    tokenizer = reader.model.hf_tokenizer
    ids = tokenizer.encode(PROMPT)
    assert len(ids) > 20
    kept = tokenizer.decode(ids[:10]) + tokenizer.decode(ids[-10:])
    assert reader._ids(PROMPT, 5, plain=True) == tokenizer.encode(kept)


def test_plain_prompts_stops_and_chat_formats(reader, lively):
    assert reader._ids(PROMPT, 5, plain=True) == reader.model.hf_tokenizer.encode(PROMPT)
    text = reader.read(PROMPT, max_tokens=12).text
    stop = text[len(text) // 2]
    short = reader.read(PROMPT, max_tokens=12, stop=stop)
    assert stop in short.text.lstrip(stop) and short.output_tokens < 12
    chatty = Generator(lively, dtype="float32")
    chatty.model.hf_tokenizer.chat_template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<a>"
    assert chatty._ids("Hi", 5, plain=False) == chatty.model.hf_tokenizer.encode(
        "<user>Hi<a>", add_special_tokens=False
    )


@pytest.mark.parametrize("dtype", ["bfloat16", "int8"])
def test_other_numbers_say_nearly_the_same(reader, lively, dtype):
    other = Generator(lively, dtype=dtype)
    assert other.fingerprint != reader.fingerprint
    one, two = (r.read(PROMPT, max_tokens=1, gold=["Norway"]) for r in (reader, other))
    assert two.nll == pytest.approx(one.nll, rel=0.1)


def test_it_can_be_sent_to_workers(reader):
    again = pickle.loads(pickle.dumps(reader))
    assert again.fingerprint == reader.fingerprint
    assert again.read(PROMPT, max_tokens=4).text == reader.read(PROMPT, max_tokens=4).text


def test_what_cannot_be_loaded(tmp_path):
    with pytest.raises(ModelError, match="could not be loaded"):
        Generator(tmp_path / "nothing")
    with pytest.raises(OptionError, match="dtype"):
        Generator(tmp_path, dtype="int4")
    with pytest.raises(OptionError, match="max_length"):
        Generator(tmp_path, max_length=3)


TEMPLATE_WITH_TOOLS = (
    "{% if tools %}{% for tool in tools %}[{{ tool.function.name }}]{% endfor %}{% endif %}"
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% for call in m.tool_calls or [] %}"
    "{{ call.function.name }} {{ call.function.arguments | tojson }}{% endfor %}{% endfor %}<a>"
)


def test_the_next_turn_of_a_conversation(lively):
    function = {"name": "read", "arguments": '{"id": 1}'}
    messages = [
        {"role": "user", "content": "Where?"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "1", "content": "Oslo."},
    ]
    tools = [{"type": "function", "function": {"name": "read", "description": "", "parameters": {}}}]
    chatty = Generator(lively, dtype="float32")
    tokenizer = chatty.model.hf_tokenizer
    with pytest.raises(ModelError, match="chat format is missing"):
        chatty.decide(messages, tools, max_tokens=5)
    tokenizer.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}"
    with pytest.raises(ModelError, match="has no tools"):
        chatty.decide(messages, tools, max_tokens=5)
    tokenizer.chat_template = TEMPLATE_WITH_TOOLS
    prompt = '[read]<user>Where?<assistant>read {"id": 1}<tool>Oslo.<a>'
    turn = chatty.decide(messages, tools, max_tokens=5)
    assert tokenizer.decode(chatty.model.conversation_ids(messages, tools)) == prompt
    assert turn == chatty.decide(messages, tools, max_tokens=5)._replace(seconds=turn.seconds)
    assert turn.text == chatty.read(prompt, max_tokens=5, plain=True).text and turn.calls == ()
    assert turn.prompt_tokens == len(tokenizer.encode(prompt)) and 0 < turn.output_tokens <= 5
    short_sighted = Generator(lively, dtype="float32", max_length=30)
    short_sighted.model.hf_tokenizer.chat_template = TEMPLATE_WITH_TOOLS
    with pytest.raises(InputError, match="expected at most 30"):
        short_sighted.decide([{"role": "user", "content": "word " * 40}], tools, max_tokens=5)
