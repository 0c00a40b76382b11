import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ragzip.errors import ModelError, OptionError, UnknownNameError
from ragzip.models import shipped
from ragzip.text.tokens import ENCODINGS, token_counter

ROWS = json.loads((Path(__file__).parents[2] / "data" / "token_counts.json").read_text("utf-8"))["texts"]


@pytest.mark.parametrize("name", ENCODINGS)
def test_counts_as_tiktoken_does(name):
    count = token_counter(name)
    assert [count(row["text"]) for row in ROWS] == [row[name] for row in ROWS]
    assert count.many([row["text"] for row in ROWS]) == [row[name] for row in ROWS]
    assert count("") == 0 and count.many([]) == []


def test_the_default_is_o200k():
    assert token_counter().name == "o200k_base" and token_counter(token_counter()) is token_counter()


def test_tokenizer_json_by_file_and_folder():
    from tokenizers import Tokenizer

    path = shipped("embedder") / "tokenizer.json"
    reference = Tokenizer.from_file(str(path))
    reference.no_truncation()
    text = "Unbelievably long. " * 200
    expected = len(reference.encode(text, add_special_tokens=False).ids)
    assert expected > 512, "longer than any truncation stored in the file"
    for given in (path, str(path), path.parent):
        assert token_counter(given)(text) == expected
    assert token_counter(path).many(["a b", "c"]) == [2, 1]


def test_any_function():
    count = token_counter(lambda text: len(text.split()))
    assert count("a b c") == 3 and count.many(["a", "b c", ""]) == [1, 2, 0]


@pytest.mark.parametrize("bad", ["gpt-4o", "./nowhere.json", "a/b/c", "/no/such/tokenizer.json"])
def test_unknown(bad):
    with pytest.raises(UnknownNameError, match="o200k_base"):
        token_counter(bad)


def test_a_hub_id_needs_a_network():
    with pytest.raises(ModelError, match="owner-of/nothing"):
        token_counter("owner-of/nothing")


def test_bad_file_type_and_function(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="can be read"):
        token_counter(tmp_path)
    with pytest.raises(OptionError, match="received float"):
        token_counter(1.5)
    for result in ("3", -1, None, True, [1, 2]):
        with pytest.raises(OptionError, match="returned"):
            token_counter(lambda text, result=result: result)("x")


@pytest.mark.parametrize("given", [None, "cl100k_base", shipped("embedder") / "tokenizer.json", len])
def test_pickle(given):
    counter = pickle.loads(pickle.dumps(token_counter(given)))
    assert counter("some text") == token_counter(given)("some text")


def test_threads():
    count = token_counter()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(count, [row["text"] for row in ROWS] * 20))
    assert found == [row["o200k_base"] for row in ROWS] * 20
