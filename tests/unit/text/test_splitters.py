import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given

from ragzip.testing import texts
from ragzip.text.splitters import blocks, lines, passages, sentences, units
from ragzip.text.words import is_boundary

DATA = Path(__file__).parents[2] / "data"


def split(text, **options):
    return [text[start:end] for start, end in sentences(text, **options)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Dr. Smith paid $3.50 to J. R. R. Tolkien at 5 p.m. on Monday.", "He left."],
        ['"Is it?" she asked.', "He nodded."],
        ["It cost 3.5 million in the U.S. in 1990.", "Then it fell."],
        ["See Eq. 2 and Fig. 3 for it.", "The rest is clear."],
        ["We waited approx. 5 min. for it, i.e. too long.", "Nobody came."],
        ["He won.[12]", "Next he lost."],
        [
            "The boat leaves at noon.*",
            "Bikes are free.¹",
            "“Nobody saw it.”²",
            "It costs 5%.†",
            "He came last.3",
            "All left.",
        ],
        ["**Refunds.** Goods are taken back.", "See Abb.3 Der Plan for it.", "Version 2.1 The new one is fast."],
        ["Visit https://a.b.c/d?e=f. now.", "Then go."],
        ["Prof. em. Otto Roth left.", "Prof. ord. Ann Lee came.", "Der Bhf. Deutz liegt nahe.", "Die Kfz. Halle auch."],
        ["The tank holds 1,200 l.", "The pump is 3 m long.", "It weighs 20 kg.", "All is 5 mm.", "The lid is red."],
        ["It is 5 m. long, see p. 7 l. 3 and 3 t. Wide loads wait.", "The end."],
        ["It gives a user or null.", "getUsers gives a page.", "max_size limits it.", "iPads wait, e.g. miniPads do."],
    ],
)
def test_sentences(expected):
    assert split(" ".join(expected)) == expected


def test_cjk():
    assert split("我们去了北京。天气很好！你呢？") == ["我们去了北京。", "天气很好！", "你呢？"]
    assert split("今日は東京です。明日は？") == ["今日は東京です。", "明日は？"]


@pytest.mark.parametrize(
    "expected",
    [
        ["额定电压为３．３Ｖ，最大电流为1.5A。", "外壳是蓝色的。"],
        ["値は３．１４です。", "次は２．５です。"],
        ["長さは３．", "次です。"],
    ],
)
def test_a_full_width_stop_within_a_number_ends_no_sentence(expected):
    assert split("".join(expected)) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["The meeting is at nine.", "The budget was not approved by the council.", "It was late."],
        ["Is it open?", "No dogs are allowed.", "You may wait."],
        ["Das Haus ist alt.", "Es wurde nicht verkauft."],
        ["Ask fmt.Println or node.Js, os.Path and example.The-end of it."],
        ["See A.The end, or 3.The one."],
    ],
)
def test_a_sentence_ends_where_no_blank_stands_before_the_next_one(expected):
    assert split("".join(expected)) == expected


def test_blocks_stay_whole():
    fence = "```python\nx = 1. \n\ny = 2. Z\n```"
    table = "| a | b |\n|---|---|\n| 1. X | 2 |"
    value = '{"a": [1, 2],\n "b": "One. Two."}'
    items = "- item one. More\n- item two\n  goes on"
    text = "\n\n".join(["# A heading. With stop", "First. Second.", fence, table, items, value])
    assert split(text) == [
        "# A heading. With stop",
        "First.",
        "Second.",
        fence,
        *table.split("\n"),
        "- item one. More",
        "- item two\n  goes on",
        value,
    ]
    assert [block.kind for block in blocks(text)] == ["heading", "prose", "code", "table", "list", "list", "json"]


def test_units_have_kinds():
    text = "# Fees\n\nThey are:\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    assert [unit.kind for unit in units(text)] == ["heading", "lead-in", "item", "item", "header", "delimiter", "row"]


def test_blocks_in_lines_when_asked():
    text = "| a | b |\n|---|---|\n| 1 | 2 |\n\nProse. More."
    assert split(text, longest_block=10) == ["| a | b |", "|---|---|", "| 1 | 2 |", "Prose.", "More."]
    assert lines("a\r\n\r\n  b \rc") == [(0, 1), (7, 8), (10, 11)]


def test_line_breaks_that_wrap_and_those_that_do_not():
    wrapped = "This sentence is wrapped at a width\nof some forty characters a line. And\nthis one too."
    assert len(split(wrapped)) == 2
    notice = (
        "The lift in entrance B will be out of service from Monday, 9\nSeptember, until Friday, 20 September. During "
        "that time please use\nthe lift in entrance A and cross over on the 4th floor.  Residents\nwho cannot climb "
        "stairs may ask the caretaker for help.\n\nThe lift in entrance A will be serviced afterwards, on 23 and 24\n"
        "September. It will be out of order only between 8 and\n11 a.m. on both days.\n\nPlease do not use the lifts "
        "for moving furniture before\n1 October. The caretaker, Mr. Dobbs, has a key.\n\nBur-\nied on the 2nd of "
        "Novem-\nber : Anne Pratt , widow , aged 81 years."
    )
    sentences = split(notice)
    assert "Please do not use the lifts for moving furniture before\n1 October." in sentences
    assert "It will be out of order only between 8 and\n11 a.m. on both days." in sentences
    assert "Bur-\nied on the 2nd of Novem-\nber : Anne Pratt , widow , aged 81 years." in sentences
    log = "2024-05-01 ERROR worker failed\n2024-05-01 INFO retry\nok\n2024-05-01 INFO a much longer line than these"
    assert split(log) == log.split("\n")


def test_a_sentence_without_end_is_cut_at_clauses():
    text = "so we went on, " * 100
    pieces = split(text)
    assert all(len(piece.split()) <= 80 and piece.endswith(",") for piece in pieces)
    assert " ".join(pieces) == text.strip()


@pytest.mark.parametrize("word_count", [81, 90, 161, 170, 245, 321])
def test_parts_of_a_transcript_are_about_equal(word_count):
    text = " ".join(f"word{number}" for number in range(word_count))
    lengths = [len(piece.split()) for piece in split(text)]
    assert sum(lengths) == word_count and max(lengths) <= 80
    assert max(lengths) - min(lengths) <= len(lengths)
    assert split(" ".join(text.split()[:80])) == [" ".join(text.split()[:80])]


@pytest.mark.parametrize(
    "opening",
    ["and then", "but", "because", "so", "and", "und dann", "aber", "weil", "mais", "puis", "pero", "entonces", "y"],
)
def test_a_transcript_is_cut_before_clauses(opening):
    clause = "the old man went down to the river to look for his lost boat"
    text = f" {opening} ".join([clause] * 12)
    pieces = split(text)
    assert len(pieces) > 1
    assert all(piece.startswith(f"{opening} the") and piece.endswith("boat") for piece in pieces[1:])
    assert all(20 <= len(piece.split()) <= 80 for piece in pieces)


def test_marks_of_clauses_are_better_cuts_than_and():
    text = "we saw the boat and the man and the dog, " * 20
    assert all(piece.endswith(",") for piece in split(text))


def test_a_label_belongs_to_the_sentence_behind_it():
    sentence = "Case {}. A man of 53 had swelling of his right eyelid."
    text = " ".join(["Two cases are presented.", sentence.format(1), "He got well.", sentence.format("II")])
    assert split(text) == ["Two cases are presented.", sentence.format(1), "He got well.", sentence.format("II")]
    assert split("The mill burned down in 1902. It was rebuilt.") == [
        "The mill burned down in 1902.",
        "It was rebuilt.",
    ]


@pytest.mark.parametrize(
    "expected",
    [
        [
            'הגשר נבנה על ידי סולל בע"מ.',
            "משאיות אינן מורשות לעבור בגשר.",
            "הכניסה עולה עשרים שקל.",
            'האדריכל היה ד"ר כהן.',
            "המוזיאון סגור.",
        ],
        [
            'The 24" model is not waterproof.',
            "It costs 300 euros.",
            'The 27" model is waterproof.',
            "It costs 400 euros.",
        ],
        ['A 24"x36" sheet is 3 euros.', "It is red.", "He is 5'10\" tall.", "She is not."],
    ],
    ids=["gershayim", "inches", "sizes"],
)
def test_a_mark_within_or_behind_a_word_opens_no_quotation(expected):
    assert split(" ".join(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        'He said "I came. I saw 24. I won" to them.',
        '("I came. I saw. I won" is a quotation.)',
        'עיתון ה"טיימס של לונדון. הישן" נסגר.',
        'She bought the "Model 24" on Monday.',
    ],
)
def test_quotations_stay_whole(text):
    assert split(text) == [text]


def test_thai_is_cut_between_clauses():
    clauses = [
        "หอไอเฟลเป็นหอคอยโครงสร้างเหล็กตั้งอยู่บนช็องเดอมาร์ส กรุงปารีส ประเทศฝรั่งเศส ตั้งชื่อตามวิศวกรกุสตาฟ ไอเฟล",
        "ซึ่งบริษัทของเขาเป็นผู้ออกแบบและสร้างหอคอย มีความสูง 330 เมตร และสร้างเสร็จในปี ค.ศ. 1889 เป็นทางเข้างานแสดงสินค้าโลก",
        "หอไอเฟลเป็นสิ่งก่อสร้างที่มีผู้คนเสียค่าเข้าชมมากที่สุดในโลก",
    ]
    assert split(" ".join(clauses)) == clauses


@pytest.mark.parametrize(
    "rest",
    ["46 เมตรและกว้างสามเมตรในตอนกลาง", "(เก่า) สามเมตรในตอนกลางแม่น้ำ", "Tower สามเมตรในตอนกลาง", "และแม่น้ำน่านไหลมารวมกัน"],
)
def test_thai_is_not_cut_beside_numbers_brackets_latin_letters_or_before_and(rest):
    text = "โรงสีข้าวถูกไฟไหม้ในฤดูหนาวและชาวบ้านช่วยกันสร้างขึ้นใหม่" * 2 + " " + rest
    assert split(text) == [text]


@given(texts())
def test_every_character_is_in_exactly_one_span(text):
    for found in (sentences(text), sentences(text, longest_block=20), blocks(text), lines(text)):
        at = 0
        for start, end, *_ in found:
            assert start >= at and start < end
            assert not text[at:start].strip(), f"lost {text[at:start]!r}"
            assert not text[start].isspace() and not text[end - 1].isspace()
            at = end
        assert not text[at:].strip()


@given(texts())
def test_sentences_end_between_words(text):
    for start, end in sentences(text):
        assert is_boundary(text, start) and is_boundary(text, end)


def test_passages():
    text = "One two three. " * 30
    found = passages(text, max_words=10)
    assert all(len(text[start:end].split()) <= 10 for start, end in found)
    assert "".join(text[start:end] for start, end in found).replace(" ", "") == text.replace(" ", "")
    overlapping = passages(text, max_words=10, overlap=1)
    assert all(b.start < a.end for a, b in pairwise(overlapping))
    assert passages("") == [] and len(passages("word " * 50, max_words=5)) == 1


@pytest.mark.limits
@pytest.mark.parametrize(
    "text",
    ["```\n" * 20_000, "[" * 200_000, "{\n" * 20_000, "| a\n" * 20_000, "- \n" * 20_000, "\n" * 200_000,
     "a" * 1_000_000, ". " * 100_000, '"' * 100_000, "# " * 100_000, "    x\n\n" * 10_000],
    ids=range(11),
)  # fmt: skip
def test_hostile_text(text):
    """Sizes at which quadratic time would be minutes: the test would not end, rather than fail."""
    at = 0
    for start, end in sentences(text):
        assert not text[at:start].strip()
        at = end
    assert not text[at:].strip()


def test_boundary_f1_on_real_paragraphs():
    right = found = wanted = 0
    for line in (DATA / "sentences.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        ours = {len(row["text"][:start].rstrip()) for start, _ in sentences(row["text"])[1:]}
        theirs = {len(row["text"][:start].rstrip()) for start, _ in row["sentences"][1:]}
        right, found, wanted = right + len(ours & theirs), found + len(ours), wanted + len(theirs)
    assert 2 * right / (found + wanted) >= 0.95


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "a|b\n" + " " * n + "x|",
        lambda n: "a|b\n-" + " " * n + "x|",
        lambda n: "“ " * n,
        lambda n: "````\n" * n,
    ],
)
def test_splitting_hostile_text(make, at_length):
    """Sizes at which quadratic time would be minutes: the test would not end, rather than fail."""
    text = make(100_000 if at_length else 25_000)
    kept = "".join(text[start:end] for start, end in sentences(text))
    assert "".join(kept.split()) == "".join(text.split())


def test_json_lines_beyond_the_first_64_stay_whole():
    text = "\n".join(json.dumps({"id": i, "text": "One. Two."}) for i in range(100))
    assert [block.kind for block in blocks(text)] == ["json"] * 100


def test_an_unclosed_longer_fence_does_not_spoil_later_ones():
    text = "````\nnever closed\n\n```python\nx = 1. \n\ny = 2\n```"
    assert [block.kind for block in blocks(text)][-1] == "code"


def test_an_unspaced_text_is_split_piece_by_piece(at_length):
    count = 100_000 if at_length else 25_000
    assert len(sentences("東京。" * count)) == count


def test_fences_of_every_length(at_length):
    text = "".join("`" * (3 + i) + "a\n" for i in range(2000 if at_length else 800))
    assert "".join("".join(text[a:b] for a, b in sentences(text)).split()) == "".join(text.split())
