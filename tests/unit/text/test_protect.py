import re

import pytest

import ragzip
from ragzip.errors import OptionError, UnknownNameError
from ragzip.text.protect import PATTERNS, Protector


def found(what, text):
    return [text[start:end] for start, end in Protector(what)(text)]


@pytest.mark.parametrize(
    ("what", "text", "expected"),
    [
        ("numbers", "It fell 3.5% to $1,234.50 and -7 °C in 1999.", ["3.5%", "$1,234.50", "-7 °C", "1999"]),
        ("dates", "On 12 March 2024, 2024-05-01T12:00Z or May 5, 1999.", ["12 March 2024", "2024-05-01T12:00Z", "May 5, 1999"]),  # noqa: E501
        ("dates", "2024年5月1日", ["2024年5月1日"]),
        ("urls", "See https://a.org/x?y=1,2#z. Or (www.b.de/c).", ["https://a.org/x?y=1,2#z", "www.b.de/c"]),
        ("emails", "To a.b+c@mail.example.org, now.", ["a.b+c@mail.example.org"]),
        ("paths", "Open /etc/hosts, src/app/main.py or C:\\x\\y.txt", ["/etc/hosts", "src/app/main.py", "C:\\x\\y.txt"]),  # noqa: E501
        ("identifiers", "INV-2024-00417 getUserName snake_case v2beta1", ["INV-2024-00417", "getUserName", "snake_case", "v2beta1"]),  # noqa: E501
        ("identifiers", "123e4567-e89b-12d3-a456-426614174000", ["123e4567-e89b-12d3-a456-426614174000"]),
        ("quotes", 'He said "not now" and “never”.', ['"not now"', "“never”"]),
        ("code", "Call `f(x)` or\n```\na\n```", ["`f(x)`", "```\na\n```"]),
        ("citations", "As shown [12], [3, 4] and (Smith et al. 2019).", ["[12]", "[3, 4]", "(Smith et al. 2019)"]),
    ],
)  # fmt: skip
def test_patterns(what, text, expected):
    assert found(what, text) == expected


@pytest.mark.parametrize(
    "date",
    [
        "3. Juni 2024", "15. Dezember 2023", "14 janvier 2024", "1er mars 2023", "8 septembre 2020",
        "14 de enero de 2024", "3 de marzo de 2024", "5 aprile 2023", "12 gennaio 2022",
        "4 de novembro de 2022", "3 de março de 2021",
        "5 januari 2024", "9 augustus 2019", "June 3rd, 2024", "enero de 2024", "décembre 2021", "2024年6月3日",
    ],
)  # fmt: skip
def test_months_in_all_languages(date):
    assert found("dates", f"Due {date}, at noon.") == [date]


@pytest.mark.parametrize(
    "quantity",
    [
        "250 ml", "110/70 mmHg", "16 bar", "12.5 kW", "1.200,50 €", "5 ± 0.3 mm", "1 250 000 EUR", "US$ 5", "€ 20",
        "13.9 g/dL", "3.5 mmol/L", "10 m/s²", "6 kWh/100 km", "2 × 10⁹", "10^3", "500 000 IE", "20 Uhr", "9 a.m.",
        "3.5 billion euros", "2 Tabletten", "3 jours", "5 días", "250毫升", "16公里", "500円", "20℃",
        "10 Mio. €", "3,2 Mrd. Euro", "20 Euro", "5 Millionen Euro", "100 Ω", "5 kN", "2 fl oz", "16巴", "50 zł",
    ],
)  # fmt: skip
def test_numbers_keep_their_units(quantity):
    assert quantity in found("numbers", f"It was {quantity} here.")
    assert quantity in found("numbers", f"{quantity}.")


def test_numbers_and_units_in_unspaced_text():
    assert found("numbers", "患者每天服用250毫升，温度为20℃。") == ["250毫升", "20℃"]
    assert found("units", "会費は500円です。") == ["500円"]
    assert found("units", "最大15％とみられ、5kgまで、200MB的、3km까지") == ["15％", "5kg", "200MB", "3km"]
    assert found("numbers", "model X5 and é7") == []


def test_negations_come_with_their_clause():
    text = "In May, the drug was not tested in children. It rained. Das Mittel hilft keinem Kind; es schmeckt."
    assert [part.strip() for part in found("negations", text)] == [
        "the drug was not tested in children",
        "Das Mittel hilft keinem Kind",
    ]


@pytest.mark.parametrize(
    "clause",
    [
        "The valve must not exceed 3.5 bar at any time",
        "Der Betrieb darf nicht vor dem 10. Juni wieder aufgenommen werden",
        "Le prix n'est pas de 3,50 euros",
        "Do not use approx. values",
        "It is not sold by Dr. Smith in the U.S. anymore",
        "Not open before 10:30 on Sundays",
    ],
)
def test_a_mark_within_a_number_or_after_an_abbreviation_ends_no_clause(clause):
    assert found("negations", f"{clause}. It is red.") == [clause]


def test_names():
    text = "The report names Anna Berg. She left the University of Oslo."
    assert found("names", text) == ["Anna Berg", "University of Oslo"]


def test_several_and_own():
    assert found(["numbers", re.compile(r"ACME-\w+")], "ACME-x7 has 12") == ["ACME-x7", "12"]
    assert found(re.compile("a*"), "baab") == ["aa"]
    assert found((), "12") == []


@pytest.mark.parametrize(
    ("bad", "error"), [("all", UnknownNameError), (5, OptionError), ([re.compile(b"x")], OptionError)]
)
def test_bad(bad, error):
    with pytest.raises(error, match="received"):
        Protector(bad)


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize(
    "piece", ["a", "1", "1.", "/", "a/", "a-", "a.", "`", '"', "[1", "(A ", "x@", "http://", "a_", "Aa"]
)
def test_hostile_text(name, piece, at_length):
    """At this size a pattern that takes more than linear time would not end; how each grows is in limits."""
    text = piece * (50_000 if at_length else 15_000)
    assert all(0 <= start < end <= len(text) for start, end in Protector(name)(text))


def test_protect_given_as_a_generator_lasts():
    pipeline = ragzip.Pipeline("truncate", target_tokens=3, protect=(name for name in ["urls"]), cache=False)
    text = "go to https://example.org/some/long/path/of/it now"
    assert pipeline.run(text).text == pipeline.run(text).text and "https" not in pipeline.run(text).text


def test_a_negated_clause_ends_before_the_end_of_its_line():
    text = "It rained.\r\nThe valve is not open\r\n\r\nThe pump runs."
    assert [text[span.start : span.end] for span in Protector(["negations"])(text)] == ["The valve is not open"]


def test_the_default_says_that_it_left_out_words():
    text = "The old mill burned down in 1874 after a long, dry summer. " + "Its owner never built it again. " * 24

    def codes(query, protect):
        return [note.code for note in ragzip.compress(text, query, rate=0.5, protect=protect).stats.notes]

    assert "1874" in ragzip.compress(text, rate=0.5, protect=["dates"]).text
    assert "words-chosen" in codes(None, ["dates"])
    assert "words-chosen" not in codes(None, []) and "words-chosen" not in codes("When did it burn?", ["dates"])


@pytest.mark.parametrize(
    "text",
    [
        "Mötet är den <3 maj 2024>, <2 msk> olja och <12 kvadratmeter> för <250 kronor>.",
        "Mødet er den <3. marts 2024>, <2 spsk> olie for <250 kroner>.",
        "Man nimmt <2 EL> Öl, <1 TL> Salz, <40 Quadratmeter> Folie und <3 Dutzend> Eier, <12 Werktage> lang.",
        "It takes <2 tablespoons>, <40 square metres>, <3 working days> and <120/80 mm Hg>, <3 U/L>.",
        "Il faut <2 c. à s.> d'huile, <3 cuillères à café>, <40 mètres carrés>, <6 fois>.",
        "Aggiungi <2 cucchiai> di olio e <3 miglia nautiche>, <12 giorni lavorativi>.",
        "Spotkanie <3 maja 2024 r.>, <5 ton>, <40 metrów kwadratowych>, <12 złotych>.",
        "Schůze <3. května 2024>, <5 tun>, <12 korun>, <4 týdny>.",
        "Встреча <3 мая 2024 г.>, <5 тонн>, <250 мл>, <110/70 мм рт. ст.>, <12 рублей>.",
        "Toplantı <3 Mayıs 2024>, <40 metrekare>, <12 lira>, <4 hafta>.",
        "الاجتماع <3 مايو 2024>، <5 أطنان>، <4 أسابيع>.",
        "बैठक <3 मई 2024>, <5 टन>, <12 रुपये>, <4 सप्ताह>.",
        "<2024년 5월 3일>, <5톤>, <12,000원>, <3개월>, <7시간>.",
        "<2024年5月3日>、<5トン>、<3か月>、<4週間>、<7時間>、<10キロメートル>、<2杯>。",
        "<5吨>，<3个月>，<4周>，<7小时>，<2汤匙>，<5层>，<3次>。",
        "Họp <ngày 3 tháng 5 năm 2024>, <5 tấn>, <12.000 đồng>.",
    ],
)
def test_months_and_units_of_other_languages_stay_with_their_numbers(text):
    plain = text.replace("<", "").replace(">", "")
    marked, end = "", 0
    for span in Protector(["numbers", "dates"])(plain):
        marked += f"{plain[end : span.start]}<{plain[slice(*span)]}>"
        end = span.end
    assert marked + plain[end:] == text


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("negations", 'He said: "It cannot be done." Then it was done!'),
        ("negations", "She asked for brass. 2024-05-01 12:00:01 ERROR worker-3 failed: timeout after 30s"),
        (re.compile(r"\s+\d+ mg\s*"), "It takes  120 mg  a day"),
    ],
)
def test_protected_spans_have_no_white_space_at_their_ends(what, text):
    spans = Protector(what)(text)
    assert spans
    assert all(text[slice(*span)] == text[slice(*span)].strip() for span in spans)


def test_white_space_alone_is_not_protected():
    assert Protector(re.compile(r"\s+"))("It takes 120 mg") == []
