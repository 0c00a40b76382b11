"""Beside a record that alone has what the query names, those without a word of it are not kept to fill the budget."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.queries.questions import asks_for_one

CITIES = "id,name,city\n" + "".join(f"{n},n{n},{'York' if n == 5 else 'Bath'}\n" for n in range(20))
PEOPLE = "person,city,born\nAnna Hale,Leeds,1961\nBen Ross,York,1975\nClara Day,Bath,1980\nDan Fox,Hull,1990\n"
CHAT = "[10:02] anna: deploy is stuck again\n[10:03] ben: which cluster?\n[10:03] anna: eu-west, since 9:40\n"
ARTICLES = (
    "Artikel;Preis;Menge\nSchraube;0,12;500\nMutter;0,08;1200\nBolzen;1,45;80\nFeder;0,99;310\nDichtung;2,10;45\n"
)
USERS = (
    '[{"user":"anna","door":"east"},{"user":"ben","door":"west"},{"user":"clara","door":"north"},'
    '{"user":"dan","door":"south"}]'
)


@pytest.mark.parametrize(
    ("text", "query", "row", "other", "tokens"),
    [
        (CITIES, "Who lives in York?", "5,n5,York", "Bath", 40),
        (PEOPLE, "Where does Clara Day live?", "Clara Day,Bath", "Ross", 30),
        (ARTICLES, "Was kostet eine Feder?", "Feder;0,99;310", "Dichtung", 40),
        (USERS, "Which door does clara use?", '"clara"', "anna", 22),
    ],
)
def test_one_record_is_kept_alone(text, query, row, other, tokens):
    kept = ragzip.compress(text, query, target_tokens=tokens, cache=SCORES).text
    assert row in kept and other not in kept


def test_messages_of_a_chat_are_no_rows():
    chat = f"{CHAT}[10:05] ben: I restarted the ingress\n[10:09] anna: works now, thanks\n"
    kept = ragzip.compress(chat, "Which cluster was the deploy stuck in?", target_tokens=60, cache=SCORES).text
    assert "eu-west" in kept


@pytest.mark.parametrize(
    "query", ["Did anna receive any keys?", "Which doors are open?", "Are all of them in York?", "York, Bath"]
)
def test_queries_for_several(query):
    assert not asks_for_one(query)
