"""Pleasantries of chats, imprints of papers, addresses of letters: kept only where the query asks for them."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.compressors.extractive.pruner import Pruner
from ragzip.testing import FakePassageScorer
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.transcript.pleasantries import is_pleasantry

PAPER = (
    "SHA: 4f1c20e8b7c1\n\nAuthors: Osei, Kwame; Bart, Ian\nDate: 2020-04-11\nDOI: 10.1101/2020.04\nLicense: cc-by\n\n"
    "Virus on surfaces\n\nAbstract: We took 214 samples. Authors: few name them."
)
LETTER = (
    "Brightwater Ltd\nPO Box 411\nNorwich NR1 3BD\n\nMs Eleanor Finch\n17 Quayside\n\n21 October 2023\n\n"
    "Our reference: BW-778\n\nDear Ms Finch,\n\nYour bill was wrong. We have replaced the meter.\n\n"
    "Yours sincerely,\n\nMartin Oduya"
)
NOTE = (
    "Dear Mrs. Abara,\n\nyour bill was wrong. A new meter comes to Dover.\n\nKind regards,\nP. Holm\nCustomer care\n\n"
    "P.S. The driver left his gloves."
)
CHAT = (
    "Ann: Hi Bo! Long time no see!\nBo: I moved to Dover in May.\nAnn: Wow, that's awesome! Thanks for sharing!\n"
    "Bo: Shall I send you a picture of the house?\nAnn: That's so sweet!\nBo: See you, Ann!"
)


@pytest.mark.parametrize(
    "words",
    [
        "Thanks, John! You're the best.",
        "Great! See you then!",
        "Bye, take care! 😊",
        "Vielen Dank, Ina!",
        "Wow, Gina! Cool!",
    ],
)
def test_pleasantries(words):
    assert is_pleasantry(words)


@pytest.mark.parametrize(
    "words",
    [
        "See you on Friday at 8.",
        "Great Britain won.",
        "Thanks to John we won.",
        "Of course!",
        "I'm happy for him.",
        "Yes, great!",
    ],
)
def test_what_says_something_is_no_pleasantry(words):
    assert not is_pleasantry(words)


@pytest.mark.parametrize(
    ("text", "asides"),
    [
        (PAPER, ["SHA: 4f1c20e8b7c1", "Authors: Osei, Kwame; Bart, Ian", "Date: 2020-04-11", "DOI: 10.1101/2020.04"]),
        (LETTER, ["Brightwater Ltd", "PO Box 411", "Ms Eleanor Finch", "Dear Ms Finch,", "Martin Oduya"]),
        (NOTE, ["Dear Mrs. Abara,", "Kind regards,", "P. Holm", "Customer care"]),
        (CHAT, ["Ann: Hi Bo! Long time no see!", "Bo: See you, Ann!"]),
    ],
)
def test_asides(text, asides):
    units = structure_of(text, "text/plain", "").units
    text_of_asides = "\n".join(text[slice(*unit.span)] for unit in units if unit.aside)
    assert all(aside in text_of_asides for aside in asides)
    for needed in (
        "Virus on surfaces",
        "few name them",
        "gloves",
        "Your bill was wrong",
        "BW-778",
        "21 October",
        "Dover",
        "so sweet",
    ):
        assert needed not in text_of_asides


@pytest.mark.parametrize(
    "text",
    [
        "Date: 2020-04-11\nSource: Reuters\n\nThe bridge is open. It was closed in May.",
        "Authors: ask your editor for a licence. Then send the text.\n\nThe fee is 9 euros.",
        "Dear reader, this list is long. It ends here.\n\nBest\nWorst",
        "Ann\nBo\nCy\n\nDear reader, this is the list of winners. It is long.",
    ],
)
def test_ordinary_prose_has_no_asides(text):
    assert not any(unit.aside for unit in structure_of(text, "text/plain", "").units)


@pytest.mark.parametrize(
    ("query", "is_kept"), [("Which licence has the paper?", True), ("How many samples were taken?", False)]
)
def test_an_imprint_comes_where_it_is_asked_for(query, is_kept):
    pruner = Pruner(FakePassageScorer(), hops=1, similarity=False, fill="units")
    text = ragzip.compress(PAPER, query, target_tokens=200, rate=0.99, compressor=pruner, cache=False).text
    assert ("License: cc-by" in text) is is_kept


@pytest.mark.parametrize("rule", ["---", "* * *", "=======", "___", "· · ·"])
def test_a_line_of_signs_is_never_kept_by_itself(rule):
    text = f"The mill is old. It burned.\n\n{rule}\n\nThe weir is new. It rains there.\n\n{rule}\n\nFrogs live in it.\n"
    for query in ("Is the weir new?", "When did the mill burn?", "frogs"):
        for target_tokens in range(4, 24, 3):
            kept = ragzip.compress(text, query, target_tokens=target_tokens, cache=SCORES).text
            assert rule not in kept


def test_no_header_of_a_mail_comes_over_a_line_of_signs():
    mail = "From: Lea\nDate: {} May 2024\nSubject: Room\n\nThe workshop is in room {}.\n"
    text = "\n---\n\n".join([mail.format(3, 12), mail.format(6, 21)])
    for target_tokens in range(10, 60, 3):
        kept = ragzip.compress(text, "In which room is the workshop?", target_tokens=target_tokens, cache=SCORES).text
        assert kept.count("From:") <= kept.count("room ")
