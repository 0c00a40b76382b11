"""Queries that ask for something to be done with a text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragzip import Document, compress
from ragzip.text.queries.questions import readings_of
from ragzip.text.queries.tasks import _OPENING, task_of

LEASE = """The tenant shall pay rent of EUR 1,450 on the first working day of each month. Heating is billed once a year.
The deposit amounts to three months' rent and is held in a separate account. Pets other than small caged animals
require the landlord's written consent. The tenant must not sublet the flat. Either party may terminate the lease with
three months' notice to the end of a quarter. Keys are to be returned on the last day. Repairs of less than EUR 100 are
borne by the tenant. The garden may be used by all parties in the house. Bicycles are to be kept in the cellar. Washing
machines may run between 8 a.m. and 8 p.m. only. The landlord may enter the flat after notice of 24 hours. The stairs
are to be cleaned every second week by the tenant of the ground floor. The attic is not part of the flat, and nothing
may be stored there. Smoke alarms are tested in May."""
TASKS = [
    "translate the text to German",
    "Translate the text to German. Keep it short.",
    "Translate to French",
    "Could you please translate this document into Brazilian Portuguese?",
    "Convert this to bullet points",
    "Turn this into a poem",
    "Turn it into a funny sea shanty",
    "Format as a table",
    "Check grammar",
    "Count the words",
    "Extract the names of all people.",
    "Give me all the numbers",
    "Write a tweet about this.",
    "Draft a reply to the author",
    "Make a table of the rules and the amounts.",
    "What are the pros and cons?",
    "Who, what, when, where?",
    "Übersetze bitte den folgenden Text ins Deutsche.",
    "den Text ins Deutsche übersetzen",
    "Traduis ce texte en anglais",
    "Peux-tu corriger les fautes de ce texte ?",
    "Traduce el texto al inglés",
    "Traduci il testo in inglese",
    "Traduza o texto para o inglês",
    "Vertaal de tekst naar het Engels",
    "Przetłumacz tekst na angielski",
    "Переведи текст на английский",
    "翻译成英文",
    "请把这段文字翻译成英文。",
    "このテキストを英語に翻訳してください",
    "텍스트를 영어로 번역해 줘",
    "ترجم النص إلى الإنجليزية",
    "I'd like you to translate this into Italian",
    "Make it sound more professional",
    "List all years mentioned.",
    "Which years are mentioned in the text?",
    "Name all the countries that are named",
    "Nenne alle Jahreszahlen.",
    "Liste toutes les villes citées.",
    "Enumera todos los años mencionados.",
    "Kannst du diesen Text bitte korrigieren?",
    "Kun je deze tekst vertalen?",
    "Bitte ins Englische übersetzen",
    "润色一下",
    "次の文章を日本語に翻訳せよ",
    "이 글을 영어로 번역해줘",
    "इस पाठ का हिंदी में अनुवाद करें",
]


@pytest.mark.parametrize("query", TASKS)
def test_what_is_done_with_a_whole_text_needs_all_of_it(query):
    assert task_of(query) == task_of(f"  {query}  ") == "all"


@pytest.mark.parametrize("query", TASKS[::4])
def test_without_a_budget_a_task_keeps_the_text(query):
    result = compress(LEASE, query)
    assert result.text == LEASE and result.stats.notes[0].code == "everything-fits"
    page = Document("p", f"<html><p hidden>SECRET</p><p>{LEASE}</p></html>", mime="text/html")
    assert LEASE[-40:] in compress(page, query).text and "SECRET" not in compress(page, query).text
    assert compress(LEASE, query, target_tokens=60).stats.tokens_out <= 60


@pytest.mark.parametrize(
    "query", ["Summarize the text.", "Fasse den Text zusammen", "Résume ce texte", "この文章を要約して"]
)
def test_a_summary_needs_the_gist(query):
    assert task_of(query) == "gist" and readings_of(query) == ()
    assert 0 < compress(LEASE, query).stats.rate < 0.7


@pytest.mark.parametrize(
    "query",
    [
        "What does the P-200 pump cost?",
        "Fix the errors in the log",
        "Show me the table",
        "Tell me about the author",
        "Translate the paragraph about fees to German",
        "Extract the names of the board members",
        "Find the date",
        "List the rivers.",
        "List the years that the king was away",
        "Which companies are listed in London?",
        "Name the cities in France",
        "What dates are given for the war?",
        "How do I convert to PDF?",
        "What does the text translate to?",
        "Convert 5 miles to km",
        "list index out of range",
        "Check the pump pressure",
        "Write the date of the vote",
        "Translate",
        "translate page",
        "convert text to table in word",
        "change the language",
        "list of names",
        "create table",
        "count words",
        "press release author",
        "price change in numbers",
        "in the format",
        "Liste der Personen",
        "Brief schreiben",
        "liste des noms",
        "convertir en euros",
        "lista de personas",
        "metti al forno",
        "文章校对",
        "翻译",
        "文章の修正",
        "テキストを翻訳するアプリ",
        "문서 변환 프로그램",
        "Wer hat den Text übersetzt?",
        "谁翻译了这本书？",
        "翻译的费用是多少？",
        "x" * 5000,
    ],
)
def test_what_is_in_a_text_is_no_task(query):
    assert task_of(query) is None


@pytest.mark.parametrize("query", ["help me please", "i i #", "Can you help me?", "bitte bitte", "je te", "U kunt"])
def test_a_query_without_an_order_is_no_task(query):
    assert task_of(query) is None
    assert compress(LEASE, query, target_tokens=30, compressor="extractive/bm25").stats.tokens_out <= 30


@given(st.lists(st.sampled_from(re.findall(r"[^\W\d_]+", " ".join([*TASKS, _OPENING.pattern]))), max_size=5))
@settings(max_examples=200)
def test_any_words_are_a_task_or_none(words):
    assert task_of(" ".join(words)) in (None, "all", "gist")
