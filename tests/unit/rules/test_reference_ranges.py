"""Of values with reference ranges, only those outside come for a query about these."""

import ragzip

BLOOD = """\
Test                     Result     Unit        Reference range     Flag
Haemoglobin              12.1       g/dL        13.5 - 17.5         L
Haematocrit              37         %           40 - 52             L
Platelets                412        10^9/L      150 - 400           H
White cells              6.8        10^9/L      4.0 - 11.0
Creatinine               84         umol/L      62 - 106
Sodium                   139        mmol/L      135 - 145
ALT                      31         U/L         < 50
"""


def test_no_value_inside_its_range_comes_for_those_outside():
    query = "which values are out of range?"
    kept = ragzip.compress(BLOOD, query, target_tokens=125, compressor="extractive/bm25", cache=False).text
    assert all(name in kept for name in ("Haemoglobin", "Haematocrit", "Platelets"))
    assert not any(name in kept for name in ("White cells", "Creatinine", "Sodium", "ALT"))
