"""What comes out says what the source says: failures that users of such tools reported, by kind, with kin of our own.

The kinds are those of public reports (caveman-compression 11 and 13, token-compressor 1, Selective_Context 12,
llama_index 6841); the texts are ours.
"""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip import Document

LAB = """Haemoglobin      13.9 g/dL     (13.5-17.5)
Sodium            139 mmol/L   (136-145)
HIV antibodies    not detected
Hepatitis B       not detected
Hepatitis C       detected"""
LEAFLET = (
    "Velortin is taken once a day with water. Patients with kidney disease should not take Velortin together with "
    "ibuprofen. The tablets are kept at room temperature. Store them out of reach of children. The maker is in Turku."
)
POLICY = """The travel policy covers medical care abroad, lost luggage and trip cancellation.

The following events are not covered under any circumstances:

- injuries from skydiving or bungee jumping
- damage to rented vehicles
- theft from an unlocked hotel room

Claims must be sent in within 30 days of the event."""
KEY = "The spare key is kept in drawer nine.\n\n" + "\n\n".join(
    f"https://example.org/archive/2021/0{i}/report-on-water-quality-in-lakes-{i}.pdf" for i in range(1, 5)
)
DOSE = """# Velortin

## Adults

- Dose: 40 mg twice a day
- Maximum: 120 mg a day

## Children under 12

- Dose: 5 mg twice a day
- Maximum: 15 mg a day"""
PHONES = "\n".join(
    f"{name}, {number} {street}, tel. 555-{number * 97}"
    for number, (name, street) in enumerate(
        [("Anna Berg", "Bell Yard"), ("Ben Carr", "Oak Street"), ("Cleo Dunn", "Rose Court"), ("Dan Ek", "Long Acre")],
        11,
    )
)
LOG = "\n".join(
    f"2024-05-{day:02} 07:12:27 {'ERROR node-3 disk full' if day == 17 else f'INFO  node-5 {day * 3} jobs done'}"
    for day in range(10, 28)
)
WRAPPED = """The council decided on 3 August that gardens must not be
watered between 8 in the morning and 8 in the evening. The rule was
lifted on 1 October, after three weeks
of rain. Pumps at the eastern weir were not replaced, since the
inspection found no cracks."""
FAQ = """Q: Can I return opened goods?
A: No.

Q: How long does shipping take?
A: 3 to 5 days.

Q: Is there a guarantee?
A: Two years."""
RAIN = "station,year,rain_mm\n" + "\n".join(
    f"{town},{year},{400 + 7 * i}"
    for i, (town, year) in enumerate((t, y) for t in ("Oban", "Leeds") for y in range(2011, 2020))
)
FEES = "| Plan | Fee | Seats |\n|---|---|---|\n" + "\n".join(
    f"| {name} | {9 * i} | {i * i} |" for i, name in enumerate(["Basic", "Team", "Studio", "Campus", "Fleet"], 1)
)
BRIDGE = "旧桥在1974年拆除了。新桥由安娜设计，在1980年开放。医院在北边。"
NEST = "Die Halle wird umgebaut. Am 3. Juni beginnt der Umbau. Er dauert bis zum 9. August. Die Kosten trägt die Stadt."


@pytest.mark.parametrize(
    ("text", "query", "tokens", "must", "must_not"),
    [
        (LAB, "Is the HIV test positive?", 20, ["HIV antibodies    not detected"], ["HIV antibodies detected"]),
        (LAB, "Was hepatitis B found?", 40, ["Hepatitis B       not detected"], ["Hepatitis B detected"]),
        (LEAFLET, "Can patients with kidney disease take Velortin with ibuprofen?", 12, [], ["disease take Velortin"]),
        (LEAFLET, "Can patients with kidney disease take Velortin with ibuprofen?", 20, ["should not take"], []),
        (LEAFLET, None, 22, [], ["disease take Velortin"]),
        (POLICY, "Is skydiving covered?", 15, [], ["events are covered"]),
        (POLICY, "Does the policy cover damage to rented vehicles?", 15, ["not covered", "rented vehicles"], []),
        (POLICY, "Does the policy cover theft from a hotel room?", 25, ["not covered", "theft"], []),
        *((KEY, "Where is the spare key kept?", tokens, ["kept in drawer nine."], []) for tokens in (12, 20, 45)),
        (DOSE, "What is the maximum for adults?", 15, ["120 mg"], ["15 mg"]),
        (DOSE, "What is the maximum for children?", 15, ["15 mg"], ["120 mg"]),
        (PHONES, "What is the telephone number of Dan Ek?", 40, [PHONES.splitlines()[3]], []),
        (PHONES, "What is the telephone number of Ben Carr?", 20, [PHONES.splitlines()[1]], []),
        (LOG, "Which node had a disk full error and when?", 60, ["2024-05-17 07:12:27 ERROR node-3 disk full"], []),
        (WRAPPED, "When may gardens be watered?", 30, ["must not be\nwatered between 8"], []),
        (WRAPPED, "Were the pumps at the eastern weir replaced?", 25, ["were not replaced"], []),
        (WRAPPED, "When was the rule lifted?", 25, ["lifted on 1 October, after three weeks\nof rain."], []),
        (FEES, "How many seats does the Campus plan have?", 30, ["| Plan | Fee | Seats |", "| Campus | 36 | 16 |"], []),
        (FAQ, "Can opened goods be returned?", 20, ["Q: Can I return opened goods?\nA: No."], []),
        (FAQ, "how long is the guarantee", 20, ["Q: Is there a guarantee?\nA: Two years."], []),
        (RAIN, "How much rain fell in Leeds in 2018?", 30, ["station,year,rain_mm", "Leeds,2018,"], []),
        (BRIDGE, "新桥是谁设计的？", 12, [], ["1974年新桥"]),
        (BRIDGE, "医院在哪里？", 16, [], ["1974年新桥"]),
        (NEST, "Wann beginnt der Umbau?", 15, ["Am 3. Juni beginnt der Umbau."], []),
    ],
)
def test_what_is_kept_is_what_was_said(text, query, tokens, must, must_not):
    result = ragzip.compress(Document("a", text), query, target_tokens=tokens, cache=SCORES)
    assert result.stats.tokens_out <= tokens
    for part in must:
        assert part in result.text, result.text
    for part in must_not:
        assert part not in result.text, result.text


@pytest.mark.parametrize(
    ("query", "must"),
    [
        ("What happened in the fifties?", "1953"),
        ("Which lighthouse is not in use any more?", "switched off"),
        ("What do the texts say about animals?", "Dogs"),
        ("Summarize the text.", "lighthouse"),
        ("How high is it? And who runs it?", "31 metres"),
        ("User: What is it made of?\nAssistant: Iron.\nUser: How high is it?", "31 metres"),
        (
            "Hello! I hope you are well. I plan a trip with my family and wonder: may dogs travel? Many thanks!",
            "Dogs",
        ),
    ],
)
@pytest.mark.parametrize("filling", [0, 12])
def test_a_question_is_never_answered_by_nothing(query, must, filling):
    texts = [
        "The Norrby lighthouse was built in 1873. In 1974 it was switched off and a mast took its place.",
        "The Sandvik lighthouse is made of iron. It is 31 metres high. A storm in 1953 broke its windows.",
        "Ferries sail twice a day. A ticket costs 12 euros. Dogs travel free. Cars must be booked by telephone.",
        " ".join(f"Rule {i} of the harbour board is posted at berth {i}." for i in range(filling)),
    ]
    result = ragzip.compress(texts, query, cache=SCORES)
    assert result.text
    assert filling or must in result.text
