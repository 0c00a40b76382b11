import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragzip.text.words import is_boundary, terms, word_units, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't stop, now!", ["Don't", "stop,", "now!"]),
        ("北京很大。", ["北", "京", "很", "大", "。"]),
        ("東京タワーは赤い", ["東", "京", "タワー", "は", "赤", "い"]),
        ("서울은 한국의", ["서울은", "한국의"]),
        ("が\u3099く", ["が\u3099", "く"]),
        ("hi👍🏽 there", ["hi👍🏽", "there"]),
        ("版本2.0发布", ["版", "本", "2.0", "发", "布"]),
    ],
)
def test_words(text, expected):
    assert [text[start:end] for start, end in words(text)] == expected


@given(st.text(max_size=60))
def test_words_cover_everything_but_white_space(text):
    spans = list(words(text))
    covered = {i for start, end in spans for i in range(start, end)}
    assert all(i in covered or text[i].isspace() for i in range(len(text)))
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


@given(st.text("ab ,.。北京タワー\u0301\u200d👩é", max_size=40))
def test_boundaries_lie_between_words_and_before_their_stops(text):
    inside = {i for start, end in words(text) for i in range(start + 1, end)}
    for i in inside:
        stop = text[i - 1] not in ".,\u200d" and bool(re.match(r"[.,]{1,8}( |$)", text[i:]))
        assert is_boundary(text, i) == stop, (text, i)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fig. 3). 3.14, e.g., ok?! ...", ["Fig", ".", "3)", ".", "3.14", ",", "e.g", ".,", "ok", "?!", "..."]),
        ("a=b; std::move $5, -2% naïve…", ["a=b", ";", "std::move", "$5", ",", "-2%", "naïve", "…"]),
        ("北京是中国的首都。天气很好！", ["北京是中国的首都", "。", "天气很好", "！"]),
        ("東京タワーは赤い。「はい」と言った。", ["東京タワーは", "赤い", "。", "「はい」", "と言った", "。"]),
        ("中文text混合, ok", ["中文", "text", "混合", ",", "ok"]),
        ("店頭で手続きをしてください。", ["店頭で手続きをしてください", "。"]),
        ("退会はお受けできません。", ["退会はお受けできません", "。"]),
        ("天" * 30, ["天" * 12, "天" * 12, "天" * 6]),
    ],
)
def test_units(text, expected):
    assert [text[start:end] for start, end in word_units(text)] == expected


@given(st.text("ab ,.。北京タワーは👩é", max_size=40))
def test_units_cover_all_words_and_are_cut_cleanly(text):
    spans = list(word_units(text))
    assert "".join(text[start:end] for start, end in spans) == "".join(text[start:end] for start, end in words(text))
    assert all(is_boundary(text, edge) for unit in spans for edge in unit)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("musée du Louvre".encode().decode(), "mus\u00e9e"),
        ("muse\u0301e", "musée"),
        ("the agree-\nment was signed", "agreement"),
        ("the agree-\n    ment", "agreement"),
        ("a well-\nknown rule", "known"),
        ("co\u00adoperation", "cooperation"),
        ("L’école d'un ami", "école"),
        ("Dell'arte", "arte"),
        ("河流很長", "河"),
        ("도서관의 이용료", "도서관"),
        ("ห้องสมุดประชาชน", "สมุด"),
        ("ﬁne print", "fine"),
        ("im Jahr ٢٠٢٤", "2024"),
        ("STRASSE", "straße"),
        ("the agree-\r\nment", "agreement"),
        ("the agree\u00ad\nment", "agreement"),
        ("an inter-\nnatio-\nnal law", "international"),
        ("2024년에 열렸다", "2024"),
        ("2024年3月", "2024"),
        ("iPhone手机", "iphone"),
        ("물을 마신다", "물"),
        ("책은 비싸다", "책이"),
        ("كِتابٌ جديد", "كتاب"),
        ("O’Brien", "O'Brien"),
        ("CO₂ rises", "CO2"),
        ("a claim¹ made", "claim"),
        ("İstanbul", "istanbul"),
    ],
)
def test_words_are_found_however_they_are_written(written, asked):
    assert set(terms(asked)) & set(terms(written))


def test_a_power_is_no_other_number():
    assert not set(terms("10³ cells")) & set(terms("103"))


def test_marks_without_end_take_linear_time():
    """Sorting them took the square of it, five seconds for 80,000."""

    def seconds(count, mark):
        begin = time.process_time()
        assert len(terms("a" + f"{mark}\u0300" * count)[0]) < 100
        return time.process_time() - begin

    for mark in "\u0315", "\uff9e":
        small = max(0.005, min(seconds(12_500, mark), seconds(12_501, mark)))
        assert min(seconds(50_000, mark), seconds(50_001, mark)) < 10 * small


def test_marks_stay_with_their_letters():
    assert terms("नमस्ते दुनिया") == ["नमस्ते", "दुनिया"]
    assert terms("don't o'neill Anna's") == ["don't", "o'neill", "anna"]


def test_terms_meet():
    assert terms("Cities' rivers") == terms("city river")
    assert terms("glass bus analysis") == ["glass", "bus", "analysis"]
    assert terms("Thieves kept mice, knives and women") == terms("thief kept mouse knife and woman")
    assert terms("she leaves lives") == terms("she leave live")
    assert terms("北京市") == ["北京", "京市", "北", "京", "市"] and terms("京") == ["京"]
    assert terms("The U.S. (2024)") == ["the", "u", "s", "2024"]
