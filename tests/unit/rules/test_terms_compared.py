"""Entries of a glossary or a list of values: a query for two of them gets both."""

import pytest

import ragzip

GLOSSARY = """Accrual: an expense that has occurred but is not yet paid.
Amortisation: the spreading of the cost of an intangible asset over its life. See also: depreciation.
Covenant: a promise in a loan agreement, e.g. to keep a ratio of debt to equity below a limit.
Depreciation: the spreading of the cost of a tangible asset over its life.
EBITDA: earnings before interest, taxes, depreciation and amortisation.
Goodwill: the part of a purchase price above the fair value of the net assets.
"""
GLOSSAR = """Bürgschaft: Versprechen, für die Schuld eines anderen einzustehen, wenn dieser nicht zahlt.
Darlehen: Geld, das für eine Zeit überlassen wird.
Garantie: Versprechen, unabhängig von einer Schuld zu zahlen.
Pfand: Sache, die eine Schuld sichert, etwa eine Bürgschaft oder eine Garantie ersetzt.
"""


@pytest.mark.parametrize(
    ("text", "query", "tokens", "starts"),
    [
        (GLOSSARY, "What is the difference between amortisation and depreciation?", 45, ["Amortisation:", "Depr"]),
        (GLOSSARY, "Compare a covenant with an accrual.", 45, ["Covenant:", "Accrual:"]),
        (GLOSSAR, "Was unterscheidet eine Bürgschaft von einer Garantie?", 55, ["Bürgschaft:", "Garantie:"]),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_both_terms_of_a_comparison_come(text, query, tokens, starts, compressor):
    kept = ragzip.compress(text, query, target_tokens=tokens, compressor=compressor, cache=False).text
    lines = kept.splitlines()
    assert all(any(line.startswith(start) for line in lines) for start in starts)
