"""A rule comes with the next sentence where that says for whom or what it does not hold, whatever the language."""

import pytest

from ragzip.text.structure.formats.prose.reader import read_prose

RULES = [
    ("在宅勤務は週3日を上限とする。育児中の社員については、この上限を適用しない。", True),
    ("逾期每日支付违约金。因银行系统故障造成的逾期除外。", True),
    ("연체료는 하루 100원입니다. 교수에게는 적용되지 않습니다.", False),
    ("لا يُسمح للزوار بالمبيت. ويستثنى من ذلك الأقارب.", True),
    ("विद्यार्थियों को छूट मिलती है। यह छूट बड़ों पर लागू नहीं होती।", True),
    ("Все участники платят взнос. Данное правило не распространяется на детей.", True),
    ("Wstęp kosztuje 20 zł. Dzieci do lat 7 wchodzą bezpłatnie.", False),
    ("Herkes aidat öder. Emekliler bundan muaftır.", True),
    ("Tout retard entraîne une pénalité. Les enfants en sont exemptés.", True),
    ("Il cliente paga una franchigia. La franchigia non si applica ai cristalli.", False),
    ("Alle Mitglieder zahlen Beitrag. Ehrenmitglieder sind beitragsfrei.", False),
    ("Members get a discount. This discount does not apply to books.", True),
]
OTHERS = [
    "Die Brücke kostet viel Geld. Der Fluss ist nicht tief.",
    "入場は午前9時からです。庭園には池があります。",
    "Музей открыт с 9 до 18. Рядом находится парк.",
    "The museum opens at nine. It was built in 1902.",
]


@pytest.mark.parametrize(("text", "needs_rule"), RULES)
def test_a_rule_comes_with_those_who_are_exempt(text: str, needs_rule: bool) -> None:
    rule, exemption = (unit.relation for unit in read_prose(text).units)
    assert 1 in (*rule.companions, *rule.needs)
    assert not needs_rule or 0 in exemption.needs


@pytest.mark.parametrize("text", OTHERS)
def test_other_sentences_stand_by_themselves(text: str) -> None:
    assert not any(1 in (*unit.relation.companions, *unit.relation.needs) for unit in read_prose(text).units[:1])
