"""Talk in which a value is changed later: the later remark comes, the outdated one never alone."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

PORTS = """\
[09:12] Anna: Morning, the staging server is back up.
[09:14] Ben: Great. Which port should the API listen on?
[09:15] Anna: let's use 8080, it is free on all hosts.
[09:16] Ben: ok, 8080 it is.
[09:40] Carla: I have updated the README with the login steps.
[10:02] Ben: the load tests run fine so far.
[11:27] Anna: 8080 clashed with Jenkins, we moved it to 9090 in the end.
[11:28] Ben: got it, firewall rule is changed.
[11:45] Carla: lunch?
"""
START = """\
12/03/2025, 18:02 - Mia: When do we start on Saturday?
12/03/2025, 18:04 - Tom: 14:30 at the boat house
12/03/2025, 18:05 - Jana: 14:30 works for me
12/03/2025, 19:10 - Tom: who brings the grill?
12/03/2025, 19:12 - Jana: me
13/03/2025, 08:00 - Mia: the hall is only free from 16:00, so not 14:30 but 16:00!
13/03/2025, 08:01 - Tom: ok
"""
DATABASE = """\
[09:12] Anna: Which database do we take for the prototype?
[09:15] Ben: Let's go with MySQL.
[09:16] Anna: MySQL works for me.
[10:02] Carla: the logo is done
[11:27] Ben: Actually, scrap that, Postgres turned out to be easier, so we switched to it.
[11:28] Anna: fine
"""
BUDGET = """\
Lena: What is the budget for the fair?
Otto: We said 12,000 euros.
Lena: okay, I'll plan with 12,000.
Otto: the stand costs about half of that
Paul: flyers are printed
Otto: Update from finance: it's 9,500 now, they cut it.
Paul: fine with me
"""
HALL = """\
[Mon 10:01] Eva: The venue quoted 1,800 euros for the hall.
[Mon 10:04] Jan: 1,800 is over budget, but ok.
[Mon 11:30] Eva: catering will be done by Lund
[Tue 09:12] Eva: good news, they lowered the hall from 1,800 to 1,450 euros.
[Tue 09:15] Jan: great
"""
VERSION = """\
[09:14] Ben: Mit welcher Version von Node liefern wir aus?
[09:15] Anna: Wir nehmen 18.12, die läuft überall.
[09:16] Ben: ok, 18.12.
[10:02] Ben: die Lasttests laufen gut
[11:27] Anna: 18.12 hat den Build zerlegt, seit heute sind wir auf 20.11.
[11:28] Ben: alles klar
"""


@pytest.mark.parametrize(
    ("talk", "query", "outdated", "later"),
    [
        (PORTS, "Which port do we use now?", "8080", "[11:27] Anna: 8080 clashed with Jenkins, we moved it to 9090"),
        (PORTS, "Which port does the API use?", "8080", "[11:27] Anna: 8080 clashed with Jenkins, we moved it to 9090"),
        (START, "When do we start on Saturday?", "14:30", "13/03/2025, 08:00 - Mia: the hall is only free from 16:00"),
        (DATABASE, "Which database do we use?", "MySQL", "[11:27] Ben: Actually, scrap that, Postgres"),
        (BUDGET, "What is the budget for the fair?", "12,000", "Otto: Update from finance: it's 9,500 now"),
        (HALL, "What does the hall cost?", "1,800", "[Tue 09:12] Eva: good news, they lowered the hall"),
        (VERSION, "Mit welcher Version von Node liefern wir aus?", "18.12", "[11:27] Anna: 18.12 hat den Build"),
    ],
)
def test_the_later_value_comes_and_the_outdated_one_never_alone(talk, query, outdated, later):
    for target_tokens in range(10, 90, 5):
        kept_text = ragzip.compress(talk, query, target_tokens=target_tokens, cache=SCORES).text
        assert later in kept_text or outdated not in kept_text
        assert later in kept_text or target_tokens < 40


@pytest.mark.parametrize(
    "talk",
    [
        "Ann: the bus leaves at 10:15\nBen: I take the one at 11:30\nAnn: the trip takes 25 minutes\nBen: good\n",
        "Ann: train 812 leaves at 14:05\nBen: I take the 14:05 one, arriving 16:40\nAnn: 2 seats then\nBen: good\n",
        "Ann: the plan for Atlas is fine\nBen: we like it\nAnn: now Mia will talk of Atlas and Borealis\nBen: good\n",
        "Ann: I have read the README today\nBen: the README is updated\nAnn: Nice work.\nBen: it took an hour\n",
        "Ann: we made 41 in 2023\nBen: in 2023 and 2024 it was dry\nAnn: a lot\nBen: the loft holds 60 of them\n",
    ],
)
def test_other_values_change_nothing(talk):
    structure = structure_of(talk, "", "")
    assert all(needed <= place + 1 for place, unit in enumerate(structure.units) for needed in unit.relation.needs)


VISIT = """\
[12/04/2026, 18:02] Gran: What time are you coming on Sunday?
[12/04/2026, 18:05] Leo: Around 11, we'll bring cake
[12/04/2026, 18:06] Mira: No, not before 12, I work until 11
[12/04/2026, 18:06] Leo: Right
[12/04/2026, 18:09] Gran: Good, I'll make stew
"""
BESUCH = """\
[12.04.26, 18:02:11] Oma: Wann kommt ihr am Sonntag?
[12.04.26, 18:05:40] Leo: Gegen 11 Uhr, wir bringen Kuchen mit
[12.04.26, 18:06:02] Mira: Nein, erst um 12, ich arbeite bis 11
[12.04.26, 18:09:15] Oma: Gut, dann koche ich Suppe
"""
PROXY = """\
<dana> which port does the new proxy use?
<erik> 8443
<fay> no, 9443 since monday
<dana> thanks
<erik> oh right
<dana> the docs still name the old host, I will change them
"""


@pytest.mark.parametrize(
    ("talk", "query", "contradicted", "later"),
    [
        (VISIT, "What time are they coming on Sunday?", "Around 11", "No, not before 12"),
        (BESUCH, "Wann kommen sie am Sonntag?", "Gegen 11 Uhr", "Nein, erst um 12"),
        (PROXY, "Which port does the new proxy use?", "<erik> 8443", "<fay> no, 9443"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_a_reply_that_another_speaker_contradicts_never_comes_alone(talk, query, contradicted, later, compressor):
    for target_tokens in range(15, 100, 10):
        kept_text = ragzip.compress(talk, query, target_tokens=target_tokens, compressor=compressor, cache=SCORES).text
        assert later in kept_text or contradicted not in kept_text
        assert later in kept_text or target_tokens < 80


@pytest.mark.parametrize(
    "talk",
    [
        "Ann: when does the bus leave?\nBen: at 10:15\nEva: no idea, I walk 25 minutes\nAnn: good\n",
        "Ann: when does the bus leave?\nBen: at 10:15\nEva: is it full?\nMia: no, 12 seats are free\nAnn: good\n",
        "Ann: when does the bus leave?\nBen: at 10:15\nEva: no, not before 10:15\nAnn: good\n",
    ],
)
def test_a_no_to_something_else_contradicts_no_reply(talk):
    units = structure_of(talk, "", "").units
    assert all(needed < 2 for unit in units[:2] for needed in unit.relation.needs)


TRAIN = """\
[10:02] Nora: are you coming for dinner?
[10:05] Abe: yes, my train gets in at 17:40
[10:06] Nora: good, there is soup
[16:50] Abe: Missed it, I take the next one, 18:40
[16:52] Nora: no hurry
"""
ZUG = """\
[17:02] Jana: Mein Zug kommt um 18:10 an
[17:05] Timo: Klar, ich stehe am Nordausgang
[17:20] Jana: Hab ihn verpasst, komme erst 18:45
[17:21] Timo: Kein Problem
"""
LUNCH = """\
[08:01] Ola: lunch for all on Thursday, 12:30 at Nico's
[08:03] Raj: fine
[08:05] Eva: can't before 1
[08:06] Ola: ok 13:00 then
[08:10] Raj: is the printer working?
"""


@pytest.mark.parametrize(
    ("talk", "query", "outdated", "later"),
    [
        (TRAIN, "When does Abe's train arrive?", "17:40", "18:40"),
        (ZUG, "Wann kommt Janas Zug an?", "18:10", "18:45"),
        (LUNCH, "When is the lunch on Thursday?", "12:30", "13:00"),
    ],
)
def test_a_time_that_was_missed_or_settled_anew_never_comes_alone(talk, query, outdated, later):
    for target_tokens in range(20, 80, 20):
        options = {"target_tokens": target_tokens, "compressor": "extractive/bm25", "cache": False}
        kept_text = ragzip.compress(talk, query, **options).text
        assert later in kept_text or outdated not in kept_text
        assert later in kept_text or target_tokens < 60


@pytest.mark.parametrize(
    "talk",
    [
        "Ann: release 3.90 is out\nBen: errors on all hosts\nAnn: it's the pool, 12 instead of 50\nBen: ok\n",
        "Ann: we sold 120 of them\nBen: they missed the bus\nAnn: the hall seats 300 people, then\nBen: good\n",
    ],
)
def test_a_remark_that_names_both_values_or_settles_none_changes_no_other(talk):
    units = structure_of(talk, "", "").units
    assert not any(needed > place for place, unit in enumerate(units) for needed in unit.relation.needs)


DEPLOY = """\
[10:31] Priya: Deploy of 4.2 starts at 11:00
[10:33] Jo: ok, I watch the queue
[10:58] Priya: moved to 11:30
[11:20] Jo: queue is empty
"""
PLUMBER = """\
[09:20] Olga: The plumber comes on Tuesday at 9
[09:21] Mira: Not Wednesday?
[09:22] Olga: Right, Wednesday at 9. Sorry!
[09:40] Jonas: great, I'll be there
"""
KLEMPNER = """\
05.05.23, 16:10 - Olga: Der Klempner kommt am Dienstag um 9
05.05.23, 16:11 - Mira: Nicht Mittwoch?
05.05.23, 16:12 - Olga: Stimmt, Mittwoch um 9
05.05.23, 16:30 - Jonas: Gut
"""
INVOICE = """\
Anna: Can someone send me the invoice of Lund?
Paul: It is in the shared folder, file LC-2024-118.pdf
Mia: That one was cancelled. The valid one is LC-2024-121.
Anna: Thanks, Mia!
Paul: Lunch at 12?
Anna: yes
"""
OLD_LINK = """\
<dana> where is the runbook of the proxy?
<erik> wiki page ProxyRunbook
<fay> that's an old one, use ProxyOps
<dana> thanks
<erik> oh right
"""


@pytest.mark.parametrize(
    ("talk", "query", "outdated", "later"),
    [
        (DEPLOY, "When does the deploy of 4.2 start?", "11:00", "[10:58] Priya: moved to 11:30"),
        (PLUMBER, "When does the plumber come?", "Tuesday", "[09:22] Olga: Right, Wednesday at 9."),
        (KLEMPNER, "Wann kommt der Klempner?", "Dienstag", "Olga: Stimmt, Mittwoch um 9"),
        (INVOICE, "Which invoice of Lund is valid?", "118", "The valid one is LC-2024-121."),
        (OLD_LINK, "Where is the runbook of the proxy?", "ProxyRunbook", "use ProxyOps"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_what_is_moved_corrected_or_called_old_never_comes_alone(talk, query, outdated, later, compressor):
    for target_tokens in range(10, 110, 10):
        kept_text = ragzip.compress(talk, query, target_tokens=target_tokens, compressor=compressor, cache=SCORES).text
        assert later in kept_text or outdated not in kept_text
        assert later in kept_text or target_tokens < 90


DEPLOY = """\
[2024-03-01 09:00] ann: deploy of api 2.1 at 14:00 today
[2024-03-01 09:05] bo: can we move it? payroll runs until 15:00
[2024-03-01 09:06] ann: ok, new time 16:00
[2024-03-01 11:30] cy: db backup is done
[2024-03-01 16:20] ann: api 2.1 is live, rollback tag is v2.0.9
"""
TREFFEN = """\
[09:00] Ute: Treffen ist um 14:00 in Raum 3.
[09:05] Max: Da bin ich noch unterwegs.
[09:06] Ute: Gut, neue Zeit 16:30
[09:30] Lea: Kuchen ist bestellt.
[09:40] Max: Danke dir.
"""


@pytest.mark.parametrize(
    ("text", "query", "before", "after"),
    [
        (DEPLOY, "When is the deploy of api 2.1?", "at 14:00", "new time 16:00"),
        (TREFFEN, "Wann ist das Treffen?", "um 14:00", "neue Zeit 16:30"),
    ],
)
def test_a_new_time_comes_with_the_one_that_it_replaces(text, query, before, after):
    kept_at = 0
    for tokens in range(20, 110, 10):
        kept = ragzip.compress(text, query, target_tokens=tokens, cache=False).text
        kept_at += after in kept
        assert before not in kept or after in kept
    assert kept_at
