"""Lines of one paragraph of a PDF file are joined as their words, numbers and scripts want it."""

import pytest

from ragzip.files.pdf_joining import joined


@pytest.mark.parametrize(("lines", "text"), [
    (("the infra-", "structure of it"), "the infrastructure of it"),
    (("die Infra\u00ad", "struktur"), "die Infrastruktur"),
    (("twenty-", "five thousand"), "twenty-five thousand"),
    (("state-of-the-", "art pumps"), "state-of-the-art pumps"),
    (("state-", "of-the-art pumps"), "state-of-the-art pumps"),
    (("pre-", "and post-war"), "pre- and post-war"),
    (("Vor-", "und Nachteile"), "Vor- und Nachteile"),
    (("voor-", "en nadelen"), "voor- en nadelen"),
    (("rose 3-", "fold"), "rose 3-fold"),
    (("in 1990-", "1995"), "in 1990-1995"),
    (("in 1990–", "1995"), "in 1990–1995"),
    (("Leeds-", "Bradford"), "Leeds-Bradford"),
    (("the E-", "Mail"), "the E-Mail"),
    (("see https://example.org/", "harbours for"), "see https://example.org/harbours for"),
    (("either/", "or"), "either/ or"),
    (("he paused –", "then left"), "he paused – then left"),
    (("修复费用为，", "由港务局支付"), "修复费用为，由港务局支付"),
    (("14", "センチ動いた"), "14センチ動いた"),
    (("报告说", "1953 年"), "报告说1953 年"),
    (("使用", "Python 开发"), "使用 Python 开发"),
    (("수리 비용은", "항만국이"), "수리 비용은 항만국이"),
])  # fmt: skip
def test_lines_of_one_paragraph(lines, text):
    assert joined(*lines) == text


@pytest.mark.parametrize(("words", "text"), [
    ({"sea-wall": 2}, "sea-wall"), ({"seawall": 1}, "seawall"), ({}, "seawall"),
    ({"sea-wall": 1, "seawall": 3}, "seawall"),
])  # fmt: skip
def test_a_hyphen_stays_where_the_file_has_the_word_with_it(words, text):
    assert joined("the sea-", "wall", words) == f"the {text}"


def test_capitals_are_divided_where_the_file_has_the_word():
    assert joined("CONSTRUC-", "TION", {"construction": 4}) == "CONSTRUCTION"
