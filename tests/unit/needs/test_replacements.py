"""Sentences that say by what words or value those of another are replaced, in the same text or another one."""

import pytest

import ragzip
from ragzip import Document
from ragzip.compressors.extractive.bm25 import BM25
from ragzip.text.spans import Span
from ragzip.text.structure import structure_of
from ragzip.text.structure.needs.replacements import replacements

BREAD = "Knead the dough well. Let the dough rest for 40 minutes. Bake it for 25 minutes.\n\nThe oven has to be hot."


@pytest.mark.parametrize(
    ("text", "notice", "sentence"),
    [
        (BREAD, 'Note to readers: on page 12, "40 minutes" should read "4 hours".', "Let the dough"),
        (
            "Es nahmen 248 Schüler teil.\n\nSie lernten.",
            'Statt "248" muss es "284" heißen.',
            "Es",
        ),
        (
            "L'entrée coûte 18 euros.\n\nVenez.",
            "Il faut lire « 28 euros » au lieu de « 18 euros ».",
            "L'en",
        ),
        ("説明会は10時から行います。\n\n上履きが必要です。", "「10時」は「9時30分」の誤りでした。", "説明会"),
        ("会议在三楼举行。\n\n请带证件。", "上文“三楼”应为“五楼”。", "会议"),
    ],
)
def test_a_sentence_needs_what_says_how_it_should_read(text, notice, sentence):
    source = f"{text}\n\n{notice}"
    units = structure_of(source, "text/plain", "").units
    texts = [source[unit.start : unit.end] for unit in units]
    correcting = next(place for place, words in enumerate(texts) if words == notice)
    needing = [words for words, unit in zip(texts, units, strict=True) if correcting in unit.relation.needs]
    assert [words.startswith(sentence) for words in needing] == [True]


@pytest.mark.parametrize(
    ("old", "new", "query", "value"),
    [
        (
            "The Basic plan is $9 a month.",
            "The price of the Basic plan rises from $9 to $12.",
            "Basic plan cost",
            "$12",
        ),
        (
            "Die Gebühr für einen Pass beträgt 65 Euro.",
            "Die Gebühr steigt ab 1. Juli von 65 auf 85 Euro.",
            "Was kostet ein Pass?",
            "85",
        ),
        ("La cuota mensual es de 65 euros.", "La cuota mensual pasa de 65 a 85 euros.", "¿Cuál es la cuota?", "85"),
        (
            "Die Frist beträgt drei Monate.",
            'In § 9 werden die Worte "drei Monate" durch "sechs Wochen" ersetzt.',
            "Frist",
            "sechs Wochen",
        ),
        ("The match is on 21 June at noon.", "The match was moved to 28 June.", "When is the match?", "28 June"),
        ("La gita si terrà il 16 aprile.", "La gita è spostata al 23 aprile.", "Quando si terrà la gita?", "23 aprile"),
    ],
)
def test_the_new_value_of_another_document_comes_first(old, new, query, value):
    documents = [Document("a", f"{old} Dogs may run on the lawn."), Document("b", f"The hall is painted. {new}")]
    texts = [
        ragzip.compress(documents, query, target_tokens=tokens, compressor=BM25(), cache=False).text
        for tokens in (25, 40, 60)
    ]
    assert all(value in text for text in texts)


@pytest.mark.parametrize(
    "text",
    [
        "The shop is open from 8 to 12.",  # no change
        "He moved to 12 Mill Lane.",
        '"Yes" and "no" were the answers.',
        'She read "Emma".',
        "\n".join(f'On page {page}, "a{page}" should read "b{page}".' for page in range(40)),  # a list of changes
    ],
)
def test_what_replaces_nothing(text):
    spans = [Span(unit.start, unit.end) for unit in structure_of(text, "text/plain", "").units]
    assert replacements(text, spans) == []


@pytest.mark.parametrize(
    ("rule", "amendment", "query"),
    [
        (
            "Staff report by nine. A doctor's certificate is due on the fourth day of illness. Pay goes on.",
            "Paper is gone. The rule on the certificate is amended: it is due on the third day of illness.",
            "On which day of illness is a doctor's certificate due?",
        ),
        (
            "Anträge stellt man auf Papier. Die Frist für Anträge auf Zuschüsse endet am 31. Mai. Die Jury tagt spät.",
            "Der Server fiel aus. Die Frist für Anträge auf Zuschüsse wurde bis 14. Juni verlängert. Gruß, das Amt.",
            "Wann endet die Frist für Anträge auf Zuschüsse?",
        ),
    ],
)
@pytest.mark.parametrize("tokens", [26, 32])
def test_what_holds_now_is_as_good_as_what_another_document_said(rule, amendment, query, tokens):
    new = amendment.split(". ", 1)[1].partition(". Gruß")[0].rstrip(".")
    for documents in ([rule, amendment], [amendment, rule]):
        text = ragzip.compress(documents, query, target_tokens=tokens, compressor="bm25", cache=False).text
        assert new in text


def test_what_holds_now_of_another_thing_is_no_better():
    documents = ["The pool opens at nine. It is warm.", "The library is now open on Sundays. It has a new roof."]
    text = ragzip.compress(documents, "When does the pool open?", target_tokens=8, compressor="bm25", cache=False).text
    assert text.startswith("The pool opens at nine.")


@pytest.mark.parametrize(
    ("text", "query", "answer"),
    [
        (
            "1. Minutes\nThe minutes of 13 February were approved with one change: in item 4 "
            '"Ms Falk" should read "Ms Ems".\n\n2. Traffic\nMs Falk will write to the council about the lorries.\n',
            "Who will write to the council?",
            "Ms Falk will write",
        ),
        (
            "1. Protokoll\nDas Protokoll vom 13. Februar wird mit einer Änderung genehmigt: "
            'statt "Frau Falk" muss es "Frau Ems" heißen.\n\n2. Verkehr\nFrau Falk schreibt der Gemeinde.\n',
            "Wer schreibt der Gemeinde?",
            "Frau Falk schreibt",
        ),
    ],
)
def test_a_change_of_other_minutes_changes_nothing_here(text, query, answer):
    kept = ragzip.compress(text, query, target_tokens=25, compressor="extractive/bm25").text
    assert answer in kept
    assert "Ems" not in kept
