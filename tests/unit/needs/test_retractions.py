"""A statement comes with the sentence that takes it back, wherever that stands near it, or not at all."""

import re

import pytest

import ragzip
from ragzip.text.structure.needs.retractions import taken_back

FILLER = " ".join(
    f"The {thing} is green and stands by the {place}."
    for thing, place in (("bench", "pond"), ("kiosk", "wall"), ("gate", "road"), ("tree", "hut"), ("shed", "pier"))
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is a spa. Some guests bring food to the lounge. This is not permitted.", {2: 1}),
        ("The film can be copied at home. However, this is strictly forbidden.", {1: 0}),
        ("Cars stop on the bridge. It is not allowed.", {1: 0}),
        ("The bus stops there. It is not possible to buy a ticket.", {}),
        ("Viele Gäste grillen auf dem Balkon. Das ist laut Hausordnung nicht erlaubt.", {1: 0}),
        ("Des clients fument au bar. C'est interdit.", {1: 0}),
        ("Algunos clientes fuman aquí. Esto está prohibido.", {1: 0}),
        ("Alcuni fumano qui. Questo non è consentito.", {1: 0}),
        ("Niektórzy tu palą. Jest to zabronione.", {1: 0}),
        ("The Courier reported that the mill will close. Some 240 work there. The report was wrong, it said.", {2: 0}),
        ("A paper called him a thief. It rained. The editor later retracted the accusation.", {2: 0}),
        ("Radio Vik said that the pass was blocked. The story has since proved false.", {1: 0}),
        ("The pool will get a roof. It was to reopen in May. Because rust was found, the opening was put off to June.",
         {2: 1}),
        ("The choir was to sing in the dome. Seats sold well. After a fire, the concert was cancelled.", {2: 0}),
        ("La gare devait ouvrir en mai. Il pleuvait. En raison des grèves, l'ouverture a été reportée.", {2: 0}),
        ("Boats with sails were outlawed until 1681. It rained. The ban was revoked by the earl.", {2: 0}),
        ("The crown is of gold. In 1840, the house burned. After the fire, the wall was white.", {}),
        ("A study found that nuts help. It had 40 patients. Two larger trials could not confirm the effect.", {2: 0}),
        ("A trial suggested that tea heals. It was small. A larger one failed to replicate this.", {2: 0}),
        ("The paper showed a link. Rain fell. The authors later withdrew the paper.", {2: 0}),
        ("The bank is old. It is closed. The clerk could not confirm the date.", {}),
        ("The count of 1959 was 388. In 1994, after the registers were read, the number was corrected to 421.", {1: 0}),
        ("Nine people died. It rained. The toll was later revised to eleven.", {2: 0}),
        ("Es gab 12 Verletzte. Die Zahl wurde später auf 14 korrigiert.", {1: 0}),
        ("Il y a 12 blessés. Le bilan a été révisé à 14.", {1: 0}),
        ("The club has 40 members. The number was small. The price was high.", {}),
        ("The choir had planned a concert for May. It was called off after the flood.", {1: 0}),
        ("The plant would go to Brandt AG. The offer was withdrawn in March.", {1: 0}),
        ("The court ruled that he was right. The clerk was ill. The ruling was overturned on appeal.", {2: 0}),
        ("The panel found for the town. It also fined the firm. A van was sold. The high court set the ruling aside.",
         {3: 0}),
        ("The board voted to ban flares. The fans sang. The league suspended the decision until May.", {2: 0}),
        ("The umpire awarded a goal. The crowd whistled. After a look at the video she withdrew her decision.", {2: 0}),
        ("Die Stadt verhängte ein Fahrverbot. Es regnete. Ein Richter hob die Entscheidung wieder auf.", {2: 0}),
        ("Le tribunal a condamné la ville. Il neigeait. La cour a annulé le jugement.", {2: 0}),
        ("El juez ordenó el cierre. Los vecinos celebraron. El tribunal anuló la sentencia en mayo.", {2: 0}),
        ("The road was icy. The police stopped the bus. The driver set the brake aside.", {}),
        ("Bags were to be left at the gate. This no longer applies. The firm spoke of new jobs. Nothing came of it.",
         {1: 0, 3: 2}),
        ("Sara Lind crossed the line first. She was disqualified an hour later.", {1: 0}),
        ("Der Koch wurde angeklagt. Er wurde später freigesprochen. Sie war krank.", {1: 0}),
        ("The ferry runs at six. From August it does not.", {1: 0}),
        ("Das Gericht gab ihm recht. Das Urteil wurde später aufgehoben.", {1: 0}),
        ("Le journal a annoncé la fermeture. La nouvelle était fausse.", {1: 0}),
        ("La fiesta será el lunes. Fue cancelada por la lluvia.", {1: 0}),
        ("Costs had been put at 3 million. The rock was hard. In the end it cost 5 million.", {2: 0}),
        ("Lange galt Reid als der Erste. Tatsächlich war Ribeiro vor ihm da.", {1: 0}),
        ("Le pont devait ouvrir en mai. Il pleuvait. Finalement, il ouvrit en août.", {2: 0}),
        ("The board chose Mill Lane. It rained. The decision was taken back in May.", {2: 0}),
        ("The mayor announced the closure. It rained. A day later he backed down.", {2: 0}),
        ("The board voted for a wall. On Friday it went back on the decision.", {1: 0}),
        ("The jury gave the prize to Ann Berg. Berg turned down the prize.", {1: 0}),
        ("Gewählt wurde Herr Yilmaz. Herr Yilmaz hat die Wahl nicht angenommen.", {1: 0}),
        ("Der Rat beschloss den Abriss. Der Beschluss wurde im Mai zurückgenommen.", {1: 0}),
        ("Der Rat beschloss den Abriss. Am Dienstag machte er einen Rückzieher.", {1: 0}),
        ("Le maire a annoncé la fermeture. Mardi, il est revenu sur sa décision.", {1: 0}),
        ("La alcaldía anunció el cierre. El martes se retractó de la decisión.", {1: 0}),
        ("The wall is old. The boat turned down the river. Der Brief wurde in Bonn aufgegeben.", {}),
        ("The clock is slow. Since then it has changed its colour. He went back on the bus.", {}),
        ("The ferry is slow. In fact it takes nine hours. Eventually they landed.", {}),
        ("The claim was heard twice. The claim was never denied. The wall was closed to traffic.", {}),
        ("The region has nine lakes. This frog is limited to the island. It is valid. It only rained.", {}),
        ("Entry is free. This offer is only valid in May. The tea is hot.", {1: 0}),
        ("The mill has a door. The owner was ill. The road is wrong for lorries.", {}),
    ],
)  # fmt: skip
def test_what_a_sentence_takes_back(text, expected):
    texts = re.split(r"(?<=\.) ", text)
    places = {number: taken_back(texts, number) for number in range(1, len(texts))}
    assert {number: place for number, place in places.items() if place is not None} == expected


@pytest.mark.parametrize(
    "retraction",
    [
        "That was true until 2006.", "This, too, is a myth.", "This story is untrue.", "There is no evidence for this.",
        "As of version 4, this is no longer the case.", "This rule was abolished in 2022.",
        "It later cancelled the payment.", "EDIT: moved to Room 7.", "Update: the flight has been moved to 12:40.",
        "Seit Mai ist das nicht mehr so.", "Das gilt seit Mai nicht mehr.", "Das ist eine Lüge.",
        "Ce n'est plus le cas depuis mai.", "Depuis mai, ce n'est plus le cas.", "C'est un mythe.", "Eso es mentira.",
        "Esto era cierto hasta 2006.", "Questo non è più vero.", "Dat is onzin.", "Это неправда.", "这种说法是错误的。",
        "事实并非如此。", "これは誤りである。", "이는 사실이 아니다.",
    ],
)  # fmt: skip
def test_what_takes_back_the_sentence_before_it(retraction):
    assert taken_back(["Goldfish have a memory of three seconds.", retraction], 1) == 0


@pytest.mark.parametrize(
    "sentence",
    [
        "This house was left to his son in 1912.", "There is no evidence for this claim in the book.", "It was true.",
        "He dropped the ball.", "Update your phone first.", "Das ist nicht mehr weit.", "C'est une ville.",
        "Since May it has been open.", "这种方法是新的。",
    ],
)  # fmt: skip
def test_what_takes_nothing_back(sentence):
    assert taken_back(["Goldfish have a memory of three seconds.", sentence], 1) is None


@pytest.mark.parametrize(
    ("statement", "retraction", "query"),
    [
        ("The Courier wrote that the mill will close in June.", "The report was wrong, the firm said.",
         "Will the mill close?"),
        ("The council had called a meeting for Thursday.", "It was cancelled after the news.",
         "Did the council meet on Thursday?"),
        ("Visitors were told to leave bags at the desk.", "This no longer applies.", "Must bags be left at the desk?"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_no_statement_comes_without_what_takes_it_back(statement, retraction, query, compressor):
    text = f"The mill opened in 1890. {statement} {retraction} {FILLER}"
    budgets_with_both = []
    for tokens in range(8, 60, 4):
        kept = ragzip.compress(text, query, target_tokens=tokens, compressor=compressor).text
        assert (statement in kept) == (retraction in kept)
        budgets_with_both += [tokens] * (statement in kept)
    assert budgets_with_both


@pytest.mark.parametrize(
    "sentence",
    [
        "It has lifted its forecast for 2025.",
        "They have abandoned the old ground.",
        "Il a annulé son voyage.",
        "It was suspended from the ceiling.",
        "He dropped it.",
        "Not so long ago it was wet.",
        "It is not so expensive.",
        "Correction fluid is white.",
    ],
)
def test_what_only_sounds_like_a_retraction(sentence):
    assert taken_back(["The report says that the plan for a mill stands.", sentence], 1) is None


@pytest.mark.parametrize(
    ("rule", "limit", "query"),
    [
        ("Support answers within one working day.", "This holds for paid plans only.", "How fast does support answer?"),
        ("Parking is free for two hours.", "This is valid only on weekdays.", "How long is parking free?"),
        ("Members may borrow nine books.", "This rule is limited to adults.", "How many books may members borrow?"),
        ("Parken ist zwei Stunden frei.", "Das gilt ausschließlich an Werktagen.", "Wie lange ist Parken frei?"),
        ("El soporte responde en un día.", "Esto solo vale para clientes.", "¿Cuándo responde el soporte?"),
        ("客服在一天内回复。", "这仅适用于付费用户。", "客服多久回复？"),
    ],
)
def test_a_rule_comes_with_the_sentence_that_limits_it(rule, limit, query):
    text = f"The hall has nine windows. {rule} {limit} The yard is swept on Sundays. Bicycles stand at the gate."
    budget = ragzip.compress(f"{rule} {limit}", cache=False, compressor="baseline/none").stats.tokens_out + 1
    result = ragzip.compress(text, query, target_tokens=budget, compressor="bm25", cache=False).text
    assert f"{rule} {limit}" in result
