"""A clause that mentions another one by its number comes with that, where it fits."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

CONTRACT = """\
SERVICE AGREEMENT

5. Fees
5.1 The Client pays EUR 4,000 a month.
5.2 Invoices are due within 30 days of receipt.

7. Confidentiality
7.1 Each party keeps the other party's papers secret.
7.2 The duty under clause 7.1 lasts for three years after the end of this agreement.

9. Termination
9.1 Either party may terminate with two months' notice to the end of a quarter.
9.2 The amount in clause 5.1 is owed up to the end. Section 3.2 of the Lease Act is not touched.
9.3 Clauses that are void are replaced.
"""
VERTRAG = """\
Mietvertrag

3. Miete
3.1 Die Miete beträgt 900 Euro im Monat.
3.2 Die Zahlung nach Ziffer 3.1 ist am dritten Werktag fällig.

4. Kaution
4.1 Die Kaution beträgt das Dreifache des Betrags in Ziffer 3.1.
4.2 Sie ist bei Einzug zu leisten.
"""


def companions_of(source):
    units = structure_of(source, "", "").units
    texts = [source[slice(*unit.span)] for unit in units]
    return {
        text[:3]: [texts[place][:3] for place in unit.relation.companions]
        for text, unit in zip(texts, units, strict=True)
    }


def test_a_clause_has_those_that_it_mentions_as_companions():
    companions = companions_of(CONTRACT)
    assert "7.1" in companions["7.2"]
    assert "5.1" in companions["9.2"]
    assert not companions["9.3"] and not companions["5.2"]
    companions = companions_of(VERTRAG)
    assert "3.1" in companions["3.2"] and "3.1" in companions["4.1"]


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("source", "query", "clauses"),
    [
        (CONTRACT, "How long does the duty last after the end of the agreement?", ["7.1 Each party", "7.2 The duty"]),
        (CONTRACT, "Up to when is the amount owed?", ["5.1 The Client pays EUR 4,000", "9.2 The amount"]),
        (VERTRAG, "Wie hoch ist die Kaution?", ["3.1 Die Miete beträgt 900 Euro", "4.1 Die Kaution"]),
    ],
)
def test_a_clause_comes_with_the_one_that_it_mentions(source, query, clauses, compressor):
    kept_text = ragzip.compress(source, query, target_tokens=90, compressor=compressor, cache=SCORES).text
    assert all(clause in kept_text for clause in clauses)


def test_a_number_that_two_clauses_have_is_none_of_them():
    twice = CONTRACT + "\nAnnex\n7.1 The papers are those of the office.\n"
    assert "7.1" not in companions_of(twice)["7.2"]
