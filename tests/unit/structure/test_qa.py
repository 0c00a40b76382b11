"""FAQs and interviews: no answer without its question, no question without an answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_scores import SCORES
from structure_checks import EXAMPLES, PROSE, compressed, texts_and_needs, units_of, written

import ragzip
from ragzip.compressors.extractive.rules import questions as equal_questions
from ragzip.text.splitters import units
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats import qa

LONG = (
    "FAQ of the shop\n\nQuestion 1: Can I return goods? They are opened.\n\nAnswer: No. You cannot, unless they were "
    "broken when they came to you in the post. Then write to us within a week:\n\n- with a photograph\n"
    "- with the bill\n\n"
    "Question 2: How long does it take?\nAnswer: Three days. Or five.\n"
)


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_no_faq(text):
    assert not qa.recognises(text)


def test_names_with_initials_are_no_faq():
    paragraphs = ["F. Scott was born in 1896.", "A. A. Milne was not.", "P. Smith joined in 2010.", "A. Jones did not."]
    assert not qa.recognises("\n\n".join(paragraphs))


@pytest.mark.parametrize(
    "layout",
    [
        "Q. {0}\nA. {1}\n\nQ. {2}\nA. {3}\n\nQ. {4}\nA. {5}\n",
        "Q: {0}\nA: {1}\n\nQ: {2}\nA: {3}\n\nQ: {4}\nA: {5}\n",
        "**Q1:** {0}\n\n**A1:** {1}\n\n**Q2:** {2}\n\n**A2:** {3}\n\n**Q3:** {4}\n\n**A3:** {5}\n",
        "Frage: {0}\nAntwort: {1}\nFrage: {2}\nAntwort: {3}\nFrage: {4}\nAntwort: {5}\n",
        "1. {0}\n{1}\n2. {2}\n{3}\n3. {4}\n{5}\n",
        "**{0}**\n\n{1}\n\n**{2}**\n\n{3}\n\n**{4}**\n\n{5}\n",
        "# FAQ\n\n## {0}\n\n{1}\n\n## {2}\n\n{3}\n\n## {4}\n\n{5}\n",
        "{0}\n{1}\n\n{2}\n{3}\n\n{4}\n{5}\n",
        "问：{0}\n答：{1}\n问：{2}\n答：{3}\n问：{4}\n答：{5}\n",
    ],
)
def test_layouts_of_faqs(layout):
    answer = "It takes three days by train and five by ship. In the winter it may be as many as twelve days, we fear."
    text = layout.format("May I return it?", "No.", "How long does it take?", answer, "Who owns it?", "The city.")
    assert structure_of(text, "text/plain", "0").kind == "qa"
    units = dict(texts_and_needs("qa", text))
    assert any("May I return it?" in unit and "No." in unit for unit in units)
    (winter,) = [needs for unit, needs in units.items() if "winter" in unit]
    assert any("How long does it take?" in needed for needed in winter)


def test_a_long_answer_is_kept_sentence_by_sentence():
    pairs = texts_and_needs("qa", LONG)
    assert pairs[0] == ("FAQ of the shop", [])
    question = "Question 1: Can I return goods? They are opened."
    assert (question, []) in pairs and ("Answer: No.", [question]) in pairs
    (needs,) = [needs for unit, needs in pairs if unit.startswith("You cannot")]
    assert needs == [question, "Answer: No."]  # what follows a bare "No." is not read without it
    (needs,) = [needs for unit, needs in pairs if unit == "- with the bill"]
    assert needs[0] == question and needs[-1].endswith("within a week:")
    units = units_of("qa", LONG).units
    assert units[1].relation.section is not None  # it comes only with some of its answer


def test_an_interview():
    text = (
        "Reporter: You grew up in Bath. How was that?\nMary Long: It was wet there. "
        "We had fun on the river, all of us.\n"
        "Reporter: When did you leave?\nMary Long: In 1990. My father was ill and needed me at home.\n"
        "Reporter: Any regrets?\nMary Long: None.\nReporter: What is next?\nMary Long: A film about bees. In May."
    )
    assert structure_of(text, "text/plain", "0").kind == "qa"
    units = dict(texts_and_needs("qa", text))
    assert units["Mary Long: None."] == ["Reporter: Any regrets?"]
    assert "Reporter: When did you leave?" in units["My father was ill and needed me at home."]


def test_what_is_kept_is_whole():
    faq = "".join(f"Q: Is pump {n} old?\nA: No. Pump {n} is from 200{n}.\n\n" for n in range(9))
    for tokens in range(10, 80, 7):
        text = compressed(faq, "How old is pump 4?", tokens)
        assert text.count("Q:") == text.count("A:")
    assert "Q: Is pump 4 old?\nA: No. Pump 4 is from 2004." in compressed(faq, "How old is pump 4?", 40)


words = st.text(st.sampled_from("abcé日. "), min_size=1, max_size=30).map(lambda text: f"x{text.strip()}x")
questions = words.map(lambda text: text.replace(".", "") + "?")
answers = st.lists(words.map(lambda text: text + "."), min_size=1, max_size=5).map(" Then ".join)
LABELS = [("Q: ", "A: "), ("**Q:** ", "**A:** "), ("Question 1: ", "Answer: "), ("", ""), ("## ", ""), ("1. ", "")]


@settings(max_examples=EXAMPLES)
@given(st.lists(st.tuples(questions, answers), min_size=3, max_size=8), st.sampled_from(LABELS), st.data())
def test_no_answer_without_its_question(pairs, labels, data):
    text = "\n\n".join(f"{labels[0]}Who {question}\n{labels[1]}{answer}" for question, answer in pairs)
    structure = units_of("qa", text)
    places = data.draw(st.sets(st.integers(0, len(structure.units) - 1)))
    places = [place for place in places if structure.units[place].relation.section is None]
    kept = {structure.units[place].span for place in places}
    kept |= {structure.units[needed].span for place in places for needed in structure.units[place].relation.needs}
    written(structure, places)
    start = 0
    for question, answer in pairs:
        question_start = text.index(f"Who {question}", start)
        start = answer_start = question_start + len(f"Who {question}") + 1
        answer_end = answer_start + len(labels[1] + answer)
        has_answer = any(unit.start < answer_end and unit.end > answer_start for unit in kept)
        has_question = any(unit.start <= question_start < unit.end for unit in kept)
        assert has_answer == has_question
        start = answer_end


SHOP = (
    "**What is the refund period?**\n\n30 days from delivery.\n\n**Do you refund shipping?**\n\n"
    "No, except for defective goods.\n\n**Who pays for the return?**\n\nThe customer, unless we sent the wrong item."
    "\n\n**Do you ship to 3 countries?**\n\nYes, to all of the EU.\n\n**Do you ship to 30 countries?**\n\nNot yet.\n"
)


@pytest.mark.parametrize("layout", ["**{}**", "### {}", "{}", "Q: {}", "1. {}"])
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("Do you refund shipping?", "No, except"),
        ("do you refund shipping", "No, except"),
        ("Who pays for the return?", "The customer"),
        ("What is the refund period?", "30 days"),
        ("Do you ship to 30 countries?", "Not yet"),
        ("Do you ship to 3 countries?", "Yes, to all"),
    ],
)
def test_the_very_question_comes_first(layout, compressor, query, answer):
    lines = [layout.format(line.strip("*")) if line.startswith("**") else line for line in SHOP.split("\n")]
    text = ragzip.compress("\n".join(lines), query, target_tokens=22, compressor=compressor, cache=SCORES).text
    assert answer in text


@pytest.mark.parametrize(
    ("query", "question", "is_near"),
    [
        ("Do you refund shipping?", "**Do you refund shipping", True),
        ("Do you refund shipping?", "Q3: Do you refund shipping costs", True),
        ("Do you refund shipping?", "Do you not refund shipping", False),
        ("Can I return 3 tents in May?", "Can I return tents in May", False),
        ("How long is the warranty on new tents here?", "How long is the warranty on used tents here", False),
        ("Who pays?", "Who sings", False),
    ],
)
def test_nearly_the_question_differs_in_no_number_and_no_negation(query, question, is_near):
    share = equal_questions._shared(equal_questions._words(query), equal_questions._words(question))
    assert (share >= equal_questions._LEAST_SHARED) == is_near


MYTHS = """Myths about food

Myth: Sugar makes children hyperactive.
Fact: Studies found no difference.

Myth: Spinach is rich in iron.
Fact: It has less than lentils.

Myth: Carrots improve your eyesight.
Fact: They help only people who lack vitamin A."""
FAULTS = """Problem: The screen stays dark.
Cause: The cable is loose.
Solution: Push it in.

Problem: It beeps twice.
Solution: Wait for a minute.

Problem: Water runs out.
Solution: Call us. Do not open it."""
IRRTUEMER = """Irrtum: Spinat hat viel Eisen.
Richtig: Er hat weniger als Linsen.

Irrtum: Lesen im Dunkeln schadet.
Richtig: Es ermüdet die Augen nur."""


@pytest.mark.parametrize(
    ("text", "query", "labels"),
    [
        (MYTHS, "Do carrots improve eyesight?", ("Myth:", "Fact:")),
        (FAULTS, "What do I do when water runs out?", ("Problem:", "Solution:")),
        (IRRTUEMER, "Hat Spinat viel Eisen?", ("Irrtum:", "Richtig:")),
    ],
)
def test_what_is_claimed_comes_with_what_is_so(text, query, labels):
    assert structure_of(text, "text/plain", "a").kind == "qa"
    for tokens in range(4, 70, 3):
        kept = ragzip.compress(text, query, target_tokens=tokens, cache=SCORES).text
        assert kept.count(labels[0]) == kept.count(labels[1])
        assert kept != "Myths about food"
    prose = "Problem: The team was small. It had no money.\n\nThe text goes on. Solution: none. And more of it."
    assert structure_of(prose, "text/plain", "a").kind == "prose"


@pytest.mark.parametrize("question_label", ["Q. ", "Q．", "Ｑ．", "Q.", "Q) "])
@pytest.mark.parametrize(
    ("first", "pets", "refusal", "last"),
    [
        (
            ("予約の変更はできますか。", "三日前まで、お電話で承ります。"),
            "ペットは泊まれますか。",
            "申し訳ございませんが、ご遠慮いただいております。盲導犬は泊まれます。",
            ("駐車場は有料ですか。", "宿泊のお客様は無料です。"),
        ),
        (
            ("可以修改预订吗。", "入住三天前可以打电话修改。"),
            "可以带宠物入住吗。",
            "很抱歉，本店谢绝宠物。导盲犬可以入住。",
            ("停车收费吗。", "住店客人免费。"),
        ),
        (
            ("如何修改预订", "入住三天前可以打电话修改。"),
            "关于宠物的规定",
            "本店谢绝宠物。导盲犬可以入住。",
            ("关于停车", "住店客人免费。"),
        ),
    ],
)
def test_labels_before_chinese_and_japanese(question_label, first, pets, refusal, last):
    answer_label = question_label.replace("Q", "A").replace("Ｑ", "Ａ")
    pairs = [first, (pets, refusal), last]
    text = "\n\n".join(f"{question_label}{question}\n{answer_label}{answer}" for question, answer in pairs)
    assert structure_of(text, "text/plain", "0").kind == "qa"
    units = dict(texts_and_needs("qa", text))
    assert units[f"{question_label}{pets}\n{answer_label}{refusal}"] == []


@pytest.mark.parametrize("layout", ["{}\n{}\n\n", "## {}\n\n{}\n\n", "**{}**\n\n{}\n\n"])
@pytest.mark.parametrize(
    ("questions", "asked"),
    [
        (
            ("How long can I keep a book?", "What does a card cost?", "Can I eat here?"),
            "I have lost my card. What now?",
        ),
        (("Was kostet es?", "Wie lange darf ich bleiben?", "Darf ich essen?"), "Mein Ausweis ist weg. Was nun?"),
        (("Combien ça coûte ?", "Où est-ce ?", "Puis-je manger ici ?"), "J'ai perdu ma carte. Que faire ?"),
    ],
)
def test_a_question_of_two_sentences_is_one(layout, questions, asked):
    answer = (
        "Come to the desk on the first floor. Please bring your passport and ten euros, and wait there for a while."
    )
    text = "".join(layout.format(question, answer) for question in (*questions[:2], asked, questions[2]))
    assert structure_of(text, "text/plain", "0").kind == "qa"
    pairs = texts_and_needs("qa", text)
    assert sum(asked in unit for unit, _ in pairs) == 1
    assert sum(any(asked in needed for needed in needs) for _, needs in pairs) == 2
    assert not any(unit.endswith(asked.partition(". ")[0] + ".") for unit, _ in pairs)


def test_a_paragraph_that_ends_in_a_question_is_none():
    pairs = "How long?\nFour weeks.\n\nWhat does it cost?\nTwo euros.\n\nCan I eat here?\nNo, you cannot.\n\n"
    story = " ".join(["The library was built in the year of the flood and has been open ever since."] * 2)
    text = f"{pairs}{story} Who would not like that?\nIt is free."
    assert not any(unit.startswith("The library") and "free" in unit for unit, _ in texts_and_needs("qa", text))


def test_what_is_taken_back_in_an_interview():
    text = (
        "Reporter: When did you leave?\nMary Long: In 1990, on a Sunday.\nReporter: Really?\n"
        "Mary Long: I meant 1991.\nReporter: Any regrets?\nMary Long: None at all, I must say.\n"
        "Reporter: What is next?\nMary Long: A film about bees. It is to be done in May."
    )
    units = dict(texts_and_needs("qa", text))
    assert "Mary Long: I meant 1991." in units["Mary Long: In 1990, on a Sunday."]


@pytest.mark.parametrize("number", ["{}.", "{})", "Q {}", "#{}:"])
def test_the_number_of_a_question_above_it(number):
    pairs = [
        ("How can I renew my card?", "Show it at the desk. Staff will look it up and renew it for a year."),
        ("Where can I park?", "There is a yard behind the library. Nine of its places are for readers."),
        ("Is there a copier?", "There is one in the magazine room. A page costs ten cents."),
    ]
    text = "Questions of readers\n"
    for place, (question, answer) in enumerate(pairs, 17):
        text += f"{number.format(place)}\n{question}\n\n{answer}\n\n"
    assert structure_of(text + number.format(20), "", "").kind == "qa"
    units = [unit for unit, _ in texts_and_needs("qa", text + number.format(20))]
    for place, (question, answer) in enumerate(pairs, 17):
        assert f"{number.format(place)}\n{question}\n\n{answer}" in units


GROUPED = (
    "Orders\n\nCan I change my order?\nYou can, until it is packed. After that write to us at once.\n\n"
    "How do I cancel?\nOpen the order and press Cancel. Money is returned within five days.\n\n"
    "Delivery\n\nDo you ship to Norway?\nNot at the moment. We are looking for a partner and shall tell you.\n\n"
    "Returns\nHow do I return a parcel?\nPrint the label. Bring it to a shop of the carrier within 30 days.\n"
)
FOLLOWED = (
    "Stolen vehicles\n\nIf your vehicle is stolen, report it to the police.\n\n"
    "How can I report stolen plates?\nAsk the police to complete a report. Make a copy for your records.\n\n"
    "Do I need a duplicate title?\nIf it is not recovered, you may transfer ownership. Apply for a duplicate.\n\n"
    "What if my title was not yet issued?\nYou must first apply for a title. The form is MV-82.\n\n"
    "Recovered vehicles\n\nThe police cancel the alarm. If the plates are missing, bring form MV-78B to an office.\n"
)
SUBHEADS = (
    "Setup\n\nHow do I install it?\nDownload the file first. Then see below.\n\nWindows\n\nRun the exe. Press Next.\n\n"
    "Linux\n\nRun the script. Log out.\n\nHow do I remove it?\nRun the tool. It asks twice.\n\n"
    "Is it free?\nIt is. Donations help us.\n"
)


def test_titles_of_groups_belong_to_the_questions_below_them():
    units = dict(texts_and_needs("qa", GROUPED))
    assert not any("Delivery" in unit and "cancel" in unit for unit in units)
    (parcel,) = [unit for unit in units if "How do I return a parcel?" in unit]
    assert parcel.startswith("How do I return")
    kept = compressed(GROUPED, "How do I return a parcel?", 30)
    assert kept.strip() == "Returns\n" + parcel


def test_a_title_ends_the_last_answer_where_text_above_the_questions_has_one():
    assert {"Recovered vehicles": []}.items() <= dict(texts_and_needs("qa", FOLLOWED)).items()
    kept = compressed(FOLLOWED, "plates missing", 40)
    assert "What if my title" not in kept
    assert "MV-78B" in kept


def test_titles_within_an_answer_stay_in_it():
    needs = dict(texts_and_needs("qa", SUBHEADS))
    assert "How do I install it?" in needs["Run the script."]


@pytest.mark.parametrize(
    ("question_label", "answer_label", "questions", "answers"),
    [
        ("Ε", "Α", ["Πόσο κοστίζει;", "Υπάρχει δωρεάν δοκιμή;"], ["Δώδεκα ευρώ.", "Όχι πια. Η δοκιμή καταργήθηκε."]),
        ("ש", "ת", ["כמה עולה כרטיס?", "האם מותר לצלם?"], ["מבוגר 54 שקל.", "לא. הצילום אסור בכל התערוכות."]),
        ("س", "ج", ["كم ثمن التذكرة؟", "هل المكتبة مفتوحة الجمعة؟"], ["خمسة دنانير.", "لا. تفتح يوم الأحد فقط."]),
        (
            "P",
            "O",
            ["Ile kosztuje bilet?", "Czy można wejść z psem?"],
            ["Sześć złotych.", "Nie. Tylko z psem przewodnikiem."],
        ),
        ("Soru", "Cevap", ["Bilet kaç lira?", "Köpekle girilir mi?"], ["Altı lira.", "Hayır. Yalnız rehber köpekle."]),
        ("질문", "답변", ["표는 얼마인가요?", "개를 데려가도 되나요?"], ["육천 원입니다.", "아니요. 안내견만 됩니다."]),
    ],
)
def test_labels_of_other_languages(question_label, answer_label, questions, answers):
    pairs = [f"{question_label}: {q}\n{answer_label}: {a}" for q, a in zip(questions, answers, strict=True)]
    text = "\n\n".join(pairs)
    assert [unit.kind for unit in units(text)] == ["question", "answer"] * 2
    for query, pair in zip(questions, pairs, strict=True):
        kept_text = ragzip.compress(text, query, compressor="extractive/bm25", rate=0.7, cache=False).text
        assert pair in kept_text
