"""Promises of a chat that their speaker takes back: they come with that, and with what is offered instead."""

import pytest

import ragzip
from ragzip.text.structure.formats.transcript.promises import broken_promises
from ragzip.text.structure.formats.transcript.remarks import Remark

TENT = """[12/03/24, 18:02:11] Tom: who brings the tent on saturday?
[12/03/24, 18:02:40] Lea: not me, mine is broken
[12/03/24, 18:03:05] Ben: I can
[12/03/24, 18:03:30] Tom: great
[12/03/24, 18:04:02] Lea: we meet at 7 at the station
[12/03/24, 18:05:10] Ben: 7 is too early, 8?
[12/03/24, 18:05:33] Lea: ok 8
[12/03/24, 18:07:12] Tom: that's the map
[12/03/24, 18:09:45] Ben: actually my sister needs the tent, sorry
[12/03/24, 18:10:02] Tom: then I'll rent one
[12/03/24, 18:11:02] Lea: and bring water, everyone
"""
SHIFT = """Ann: Can someone cover my shift on Friday?
Raj: I can take it.
Ann: Thanks!
Ann: And who has the keys to the lab?
Mia: They are in the drawer.
Ann: ok
Raj: Sorry, I can't do Friday after all, my train is cancelled.
Mia: I'll take the Friday shift then.
Ann: You are both great.
"""
GRILL = """Eva: Wer bringt den Grill mit?
Jan: Ich.
Eva: Super!
Eva: und Kohle?
Ole: hab ich
Jan: Mist, unser Grill ist kaputt, ich kann doch keinen mitbringen
Ole: dann nehme ich unseren
"""
TABLE = """Kim: I'll book the table for 6 at Luigi's.
Dan: perfect
Kim: They have a terrace too.
Dan: is there parking?
Kim: yes, behind the church
Kim: Luigi's is full on that day, so no table there.
Dan: then let's try Sakura
Kim: Sakura has a table at 7, booked!
"""


@pytest.mark.parametrize(
    ("text", "query", "promise", "end", "offer"),
    [
        (TENT, "Who brings the tent?", "Ben: I can", "needs the tent, sorry", "I'll rent one"),
        (SHIFT, "Who covers Ann's shift on Friday?", "I can take it", "can't do Friday", "I'll take the Friday shift"),
        (GRILL, "Wer bringt den Grill mit?", "Jan: Ich.", "unser Grill ist kaputt", "dann nehme ich unseren"),
        (TABLE, "Where is the table booked?", "at Luigi's", "Luigi's is full", "try Sakura"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_a_promise_comes_with_its_end_and_what_is_offered_instead(text, query, promise, end, offer, compressor):
    kept_at = 0
    for tokens in range(15, 125, 10):
        kept = ragzip.compress(text, query, target_tokens=tokens, compressor=compressor, cache=False).text
        kept_at += promise in kept
        assert promise not in kept or (end in kept and offer in kept)
    assert kept_at or compressor != "auto"


@pytest.mark.parametrize(
    ("promise", "later"),
    [
        ("I can't remember when I laughed so much", "can't wait to laugh again"),
        ("I can bring the salad.", "Sorry, is the door open?"),
        ("Nobody brings the salad.", "Sorry, the salad is gone."),
        ("I can bring the salad.", "The salad is in the bowl."),
    ],
)
def test_other_remarks_are_no_broken_promises(promise, later):
    remarks = [Remark("Ann", promise, 0, 0), Remark("Bob", "Good.", 1, 1), Remark("Ann", later, 2, 2)]
    assert not list(broken_promises(remarks))
    kept_promise = [Remark("Ann", "I can bring the salad.", 0, 0), Remark("Bob", "Sorry, the salad is gone.", 1, 1)]
    assert not list(broken_promises(kept_promise))
