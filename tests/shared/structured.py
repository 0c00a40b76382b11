"""What holds of every structure: asserted by the tests of each reader."""

from itertools import pairwise

from ragzip.text.spans import Span

PROSE = [
    "The committee met on 12 May 2021 at 10:15. It heard three reports, and adjourned at noon. Nobody objected.",
    "Dear Anna,\n\nthank you for your letter of 3 June. We shall meet at 9:30 on Monday.\n\nYours,\nPaul",
    "# Releases\n\n- 2024-05-01: the first one\n- 2024-06-01: the second one\n\nError messages are clearer.\n",
    "Am 3. Oktober 1990 um 0:00 Uhr trat die DDR bei.\nDas war ein Mittwoch.\nEs regnete nicht.\n",
    "会议于2021年5月12日10:15开始。\n听取了三份报告。\n中午休会。\n",
    "$ million | 2019 | 2018\nCash flow from operations | 124.9 | 65.9\nTax paid | (5.6) | (5.7)\n",
    "[10:23:41] Anna: shall we start?\n[10:23:55] Ben: yes, the error is fixed.\n[10:24:12] Anna: fine.\n" * 4,
    "2024-05-01 10:00:00,12.5,ok\n2024-05-01 10:05:00,12.9,ok\n2024-05-01 10:10:00,13.1,low\n",
    "--- \ntitle: A page\n---\n\nText of the page, which is short.\n",
    "1. Open the lid.\n2. Take out the filter.\n3. Rinse it for 2 minutes.\n4. Dry it.\n",
]


def assert_structure(structure, source):
    """Units are in order, disjoint, without white space at their ends; their relations are to units; the form writes
    what is kept where it says.
    """
    for unit in structure.units:
        text = source[unit.start : unit.end]
        assert text and not text[0].isspace() and not text[-1].isspace()
        assert all(0 <= needed < len(structure.units) for needed in unit.relation.needs)
    for unit, next_unit in pairwise(structure.units):
        assert unit.end <= next_unit.start
    source_span = Span(0, len(source))
    for step in (1, 2, 3):
        kept = [unit.span for unit in structure.units[::step]]
        assert_written(structure.form.keep(kept, [source_span]), source)
    for unit in structure.units[:20]:
        assert structure.form.alone(unit.span)


def assert_written(written, source):
    """Every piece stands in the text where its offset says, in order."""
    if written is None:
        return
    offsets = written.offsets
    if offsets is None:
        lengths = [end - start for start, end in written.spans]
        offsets = [sum(lengths[:number]) for number in range(len(lengths))]
    for (start, end), offset in zip(written.spans, offsets, strict=True):
        assert written.text[offset : offset + end - start] == source[start:end]
    assert list(written.held) == sorted(written.held)
