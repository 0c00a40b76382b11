from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from ragzip.backends.windows import cut, specials, tokenize
from ragzip.models import shipped
from ragzip.testing.contract import of_profile
from ragzip.text.scores import grouped

TOKENIZER = Tokenizer.from_file(str(shipped("embedder") / "tokenizer.json"))
TOKENIZER.no_truncation()
TOKENIZER.no_padding()


def spans_of(text):
    return tokenize(TOKENIZER, [text])[0].spans


@of_profile(2.5)
@given(
    st.lists(
        st.sampled_from(["One two three.", "Four five!", "six seven eight nine ten", "\n", "北京很大。"]), max_size=80
    ),
    st.integers(4, 60),
    st.one_of(st.none(), st.integers(2, 60)),
)
def test_windows_cover_every_token_once(pieces, most, size):
    text = " ".join(pieces)
    spans = spans_of(text)
    ranges = cut(text, spans, most, size=size)
    assert [i for start, stop in ranges for i in range(start, stop)] == list(range(len(spans)))
    longest = most if len(spans) <= most else min(most, most // 2 if size is None else size)
    assert all(stop - start <= longest for start, stop in ranges)


def test_windows_end_with_sentences():
    text = "The first sentence is here. And another one follows it? " * 20
    spans = spans_of(text)
    ranges = cut(text, spans, 60)
    assert len(ranges) > 5
    for start, stop in ranges:
        assert text[spans[stop - 1][1] - 1] in ".?" and stop - start >= 15
    assert ranges == cut(text, spans, 60)


def test_a_text_without_sentences_is_cut_between_words():
    text = "internationalisation " * 100
    spans = spans_of(text)
    for (_, stop), _ in pairwise(cut(text, spans, 40)):
        assert text[spans[stop][0] - 1] == " "


def test_parts_give_the_tokens_of_the_whole():
    text = "Some words here, and more of them.\n" * 2000  # 70,000 characters
    whole = TOKENIZER.encode(text, add_special_tokens=False)
    found = tokenize(TOKENIZER, ["", text])
    assert len(found[0].ids) == 0 and found[0].spans.shape == (0, 2)
    assert found[1].ids.tolist() == whole.ids
    assert found[1].spans.tolist() == [list(offset) for offset in whole.offsets]


def test_only_the_beginning_of_a_very_long_word_is_read():
    text = "before " + "x9" * 50_000 + " after that"
    tokens = tokenize(TOKENIZER, [text])[0]
    found = [text[start:end] for start, end in tokens.spans.tolist()]
    assert found[0] == "before" and found[-2:] == ["after", "that"] and len(found) < 1000


def test_unspaced_text_is_read_to_its_end():
    text = "中国的首都是北京。上海是最大的城市之一，人口超过两千万。" * 600
    tokens = tokenize(TOKENIZER, [text])[0]
    found = "".join(text[start:end] for start, end in tokens.spans.tolist())
    assert found == text and len(tokens.ids) == len(TOKENIZER.encode(text, add_special_tokens=False).ids)


def test_specials():
    assert specials(TOKENIZER) == ([101], [102])
    bare = Tokenizer.from_str(TOKENIZER.to_str())
    bare.post_processor = None
    assert specials(bare) == ([], [])


@pytest.mark.parametrize("text", ["", " \n ", "a"])
def test_next_to_nothing(text):
    assert cut(text, spans_of(text), 10) == ([(0, 1)] if text == "a" else [])
    assert spans_of(text).dtype == np.int32


@pytest.mark.parametrize(
    ("values", "groups", "expected"),
    [
        ([], [], []),
        ([1, 2, 3], ["ab", "", "c"], [[1, 2], [], [3]]),
        ([1], [[]], [[]]),
        ((1, 2), [range(1), range(1)], [(1,), (2,)]),
    ],
)
def test_values_are_grouped_as_what_they_belong_to(values, groups, expected):
    assert grouped(values, groups) == expected
