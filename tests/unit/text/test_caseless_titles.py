"""Titles in scripts without capital letters: headings of what stands below them, never units by themselves."""

import pytest

from ragzip.text.splitters import units

TEXTS = {
    "zh": ("房屋租赁合同\n\n押金\n押金为9,600元。不予退还。\n\n宠物\n允许饲养猫。不允许饲养大型犬。", ["押金", "宠物"]),
    "ja": (
        "就業規則\n\n第12条(休暇)\n年10日の休暇を与える。新人は除く。\n\n第15条(手当)\n3万円まで支給する。",
        ["第12条(休暇)", "第15条(手当)"],
    ),
    "ko": (
        "이용 안내\n\n1. 이용 시간\n오전 9시부터 저녁 6시까지 운영합니다.\n\n"
        "2. 열람실\n뚜껑 없는 음료와 음식물은 금지됩니다.",
        ["1. 이용 시간", "2. 열람실"],
    ),
    "ar": (
        "لوائح السكن\n\nأولاً: الزيارات\nيُسمح بها حتى الساعة 8.\n\nثانياً: الرسوم\nرسوم السكن 1200 ريال لكل فصل.",
        ["أولاً: الزيارات", "ثانياً: الرسوم"],
    ),
    "hi": (
        "पुस्तकालय के नियम\n\nसदस्यता\nशुल्क 300 रुपये है। छूट नहीं है।\n\nसमय\nपुस्तकालय सुबह 9 बजे से खुला रहता है।",
        ["सदस्यता", "समय"],
    ),
}
SECTIONS = [
    ("第二章 费用\n第三条 费用标准\n每月费用500元。学生减半。", ["第二章 费用", "第三条 费用标准"]),
    ("제5조(휴가)\n연 15일의 휴가를 쓸 수 있다.\n제6조(급여)\n매월 25일에 지급한다.", ["제5조(휴가)", "제6조(급여)"]),
    (
        "Статья 5. Взносы\nВзнос не взимается.\nСтатья 6. Гости\nГости не допускаются.",
        ["Статья 5. Взносы", "Статья 6. Гости"],
    ),
    ("Madde 7 – Ücret\nÜcret 300 TL'dir.\nMadde 8 – Süre\nSüre bir yıldır.", ["Madde 7 – Ücret", "Madde 8 – Süre"]),
    (
        "一、安装\n请安装在室内。不要安装在室外。\n\n二、滤芯更换\n滤芯每年更换一次。请购买原装滤芯。\n\n"
        "三、保修\n整机保修三年，但滤芯除外。以下情况不予保修：\n1. 自行拆卸；\n2. 无凭证。",
        ["一、安装", "二、滤芯更换", "三、保修"],
    ),
    (
        "一、設置\n室内に設置してください。屋外は避けてください。\n\n二、交換\nフィルターは毎年交換します。純正品を使います。\n\n"
        "三、保証\n保証は三年です。次の場合は保証しません：\n1. 分解\n2. 紛失",
        ["一、設置", "二、交換", "三、保証"],
    ),
]
STATEMENTS = [
    "会议已经取消\n请大家互相转告。\n\n地点不可以更改\n请准时到场。",
    "明日は休業します\nご了承ください。\n\n駐車場はありません\n電車をご利用ください。",
    "내일은 휴관합니다\n이용에 참고하세요.\n\n주차장이 없습니다\n대중교통을 이용하세요.",
    "المكتبة لا تفتح غدا\nنعتذر عن الإزعاج.\n\nيجب حجز المقاعد\nالحجز عبر الهاتف.",
    "कल पुस्तकालय बंद है\nकृपया ध्यान दें।\n\nयहाँ पार्किंग नहीं है\nबस से आएँ।",
]


def titles(text: str) -> list[str]:
    return [text[unit.start : unit.end] for unit in units(text) if unit.kind in ("heading", "label")]


@pytest.mark.parametrize("language", TEXTS)
def test_a_title_of_a_script_without_capitals_is_no_sentence(language: str) -> None:
    text, expected = TEXTS[language]
    assert titles(text)[-2:] == expected


@pytest.mark.parametrize(("text", "expected"), SECTIONS)
def test_sections_are_counted_in_other_languages(text: str, expected: list[str]) -> None:
    assert titles(text) == expected


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_line_that_says_something_is_no_title(text: str) -> None:
    assert titles(text) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("回収は第2水曜日です。8月は休みです。", 2),
        ("会议取消。2024年再开。", 2),
        ("彼は「終わり。3時だ」と言った。", 1),
    ],
)
def test_a_sentence_ends_before_a_figure_where_no_blank_follows(text: str, count: int) -> None:
    assert len(units(text)) == count


@pytest.mark.parametrize(
    "lines",
    [
        ["พิพิธภัณฑ์เปิดเวลา 9 โมงเช้า", "ค่าเข้าชม 50 บาท", "ห้ามถ่ายรูปในห้องนิทรรศการ", "ที่จอดรถอยู่ด้านหลัง"],
        ["博物館は月曜日と祝日の翌日に休館", "入場料は500円", "撮影は禁止", "駐車場は裏の門"],
        ["新馆每天上午九点到下午五点开放", "票价五十元", "禁止拍照", "停车场在后面"],
    ],
)
def test_short_lines_of_a_script_without_blanks_are_entries(lines):
    entries = units("\n".join(lines))
    assert len(entries) == len(lines)


@pytest.mark.parametrize(
    "text",
    [
        "博物館は月曜日と祝日の翌日に休館し、入場\n料は大人が五百円、子供は無料となっており\n館内での撮影は固く禁じられている",
        "พิพิธภัณฑ์เปิดเวลาเก้าโมงเช้าและปิดเวลาห้าโมงเย็นทุกวันยกเว้น\nวันจันทร์และวันหยุดนักขัตฤกษ์ซึ่งพิพิธภัณฑ์ปิดให้บริการแก่\nประชาชน",
    ],
)
def test_wrapped_text_of_a_script_without_blanks_is_one_text(text):
    assert len(units(text)) < text.count("\n") + 1
