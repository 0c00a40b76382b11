"""Hard-wrapped prose is joined to sentences; lines that are records stay one unit each."""

import pytest

import ragzip
from ragzip.text.splitters import sentences, units
from ragzip.text.splitters.line_evidence import evidence_of
from ragzip.text.splitters.wrapping import joined
from ragzip.text.structure.formats.prose.reader import read_prose

RECORDS = {
    "phone list": "Anna Berg, 19 Bell Yard, tel. 555-2033\nBen Carr, 34 Oak Street, tel. 555-9117\n"
    "Cleo Dunn, 99 Rose Court, tel. 555-8737",
    "names and rooms": "Prof. Dr. A. Ek, room 3.14, ext. 22\nDr. B. Lund, room 2.02, ext. 40\nMs. C. Otto, lab",
    "log": "2024-05-01 01:12:11 INFO  node-1 sync done after 3 ms. Ok\n2024-05-02 02:12:12 ERROR node-2 disk full\n"
    "2024-05-02 02:12:13 INFO  node-2 sync done",
    "syslog": "Jan  3 10:00:01 host sshd[12]: Accepted key for ann. Port 22\nJan  3 10:00:09 host sshd[12]: closed",
    "access log": '10.0.0.7 - - [03/May/2024:10:00:01] "GET /a HTTP/1.1" 200 512\n'
    '10.0.0.8 - - [03/May/2024:10:00:02] "GET /b HTTP/1.1" 404 12',
    "level first": "INFO  server started on port 80\nWARN  no key was given. Using none\nERROR cannot read the disk",
    "tsv": "name\tage\tcity\nAnn\t31\tOslo\nBen\t44\tBonn",
    "csv": "name,age,city\nAnn,31,Oslo\nBen,44,Bonn",
    "semicolons": "Artikel;Preis;Lager\nSchraube;0,10;500\nMutter;0,05;800",
    "ls": "total 16\n-rw-r--r-- 1 ann ann  120 May  3 10:00 a.txt\ndrwxr-xr-x 2 ann ann 4096 May  3 10:01 notes",
    "columns": "Ann Berg        Oslo        31\nBen Carr        Bonn        44\nCleo Dunn       Rome        29",
    "keys": "Name: Ann Berg\nBorn: 1931 in Oslo\nWork: painter, teacher",
    "german keys": "Öffnungszeiten: Mo. bis Fr.\nEintritt: 4,50 Euro\nTelefon: 555 20 33",
    "ini": "[server]\nport = 80\nhost = localhost\n[client]\nretries = 3",
    "env": "HOME=/root\nPATH=/usr/bin:/bin\nLANG=C",
    "verse": "Over the hill the wind went by\nAnd the river was cold and the moon was high\n"
    "But nobody came to the mill any more\nOr asked for the man who had lived there before",
    "german verse": "Am Abend stand der Mond im Tal\nDie Mühle ging zum letzten Mal\nDas Wasser lief, das Rad "
    "blieb stehn\n"
    "Und keiner hat es mehr gesehn",
    "address": "Dan Ek\n85 Long Acre\nLondon WC2E 9JR\nEngland",
    "script": "ANNA: Where is he?\nBEN: He left. At nine.\nANNA: Without a word?",
    "traceback": 'Traceback (most recent call last):\n  File "a.py", line 3, in main\n    run()\n'
    '  File "b.py", line 9, in run\n    raise ValueError(x)\nValueError: no. Bad value',
    "java trace": "java.io.IOException: no. Disk full\n\tat com.a.B.run(B.java:12)\n\tat com.a.Main.main(Main.java:3)",
    "xml": '<orders>\n  <order id="71"><status>sent</status></order>\n</orders>',
    "shell": "$ cd /tmp\n$ make all. Now\n$ ls -l",
    "prices": "Tea with lemon  2.50 €\nCoffee  3.20 €\nCake of the day  4.10 €",
    "ingredients": "200 g flour\n2 eggs\n1 pinch of salt\nsome milk",
    "timetable": "08:15 Opening by the mayor\n09:00 Prof. Berg, on mills\n10:30 Coffee",
    "paragraph a line": "The mill burned down in 1902.\nNobody was hurt.\nIt was insured for a small sum, and "
    "rebuilt in 1904.",
    "small letters": "connected to db ok\nworker 3 started\nrequest failed with code 500. retrying\nshutdown",
    "titles": "The Art of Mills\nA History of the River Tay\nNotes on the Weather of Fife",
}
WRAPPED = {
    "english": (
        "The reservoir at Lindal lost about 12 per cent of its volume during the\nsummer. The council "
        "therefore decided "
        "on 3 August that gardens must not be\nwatered between 8 in the morning and 8 in the evening.",
        2,
    ),
    "one short line": (
        "Pumps at the eastern weir had been examined by two inspectors and were\nnot\nreplaced, since the inspection "
        "found no cracks in the casing.",
        1,
    ),
    "one long line": (
        "The dam was built in 1931 by the firm of\nAlbrecht and Sons, which had worked before that on the two "
        "canals of the "
        "county and\non the harbour. It is 37 metres high and\nholds 4.2 million cubic metres.",
        2,
    ),
    "a figure begins a line": ("Its dam, which was built in 1931, is\n37 metres high and holds much water.", 1),
    "hyphenated": ("The rule was lift-\ned on 1 October, after three weeks of rain. It had not been popu-\nlar.", 2),
    "german": (
        "Die Talsperre verlor im Sommer etwa zwölf Prozent ihres Wassers. Der\nRat beschloss daher am "
        "3.\nAugust, dass "
        "Gärten zwischen acht und zwanzig Uhr nicht bewässert werden\ndürfen. Die Regel galt bis zum Oktober.",
        3,
    ),
    "german nouns": (
        "Der Umbau der alten Mühle am Fluss wurde im Frühjahr von der\nGemeinde bezahlt, obwohl weder der "
        "Besitzer noch die\n"
        "Nachbarn damit einverstanden waren.",
        1,
    ),
    "french": (
        "Le barrage a perdu pendant l'été environ douze pour cent de son eau, et\nM. Dupont a donc décidé que "
        "les jardins "
        "ne\nseraient pas arrosés le jour. La règle dura un mois.",
        2,
    ),
    "spanish": (
        "El embalse perdió en verano un doce por ciento del agua, por lo que el\nSr. Pérez decidió que los "
        "jardines no "
        "se\nregaran de día. La norma duró un mes.",
        2,
    ),
    "russian": (
        "Водохранилище потеряло за лето около двенадцати процентов воды, и\nпоэтому совет решил, что сады "
        "нельзя\nполивать "
        "днём. Это правило действовало месяц.",
        2,
    ),
    "chinese": (
        "水库在夏天失去了大约百分之十二的水，因此市议会决定，白天\n不得给花园浇水。这条规定在十月取消，当时已经下了三个\n星期的雨。",
        2,
    ),
    "japanese": (
        "貯水池は夏の間に水の約十二パーセントを失ったため、市議会は\n昼間の水やりを禁止した。この規則は十月に廃止さ\nれた。",
        2,
    ),
    "arabic": (
        "فقد الخزان في الصيف نحو اثني عشر في المئة من الماء ولذلك قرر المجلس\nأن الحدائق لا تسقى في النهار. "
        "دام هذا شهرا.",
        2,
    ),
    "quoted mail": (
        "> The council decided on 3 August that gardens must not be\n> watered between 8 in the morning and 8 "
        "in the\n> evening. "
        "It was lifted later.",
        2,
    ),
    "twice quoted": (">> The pumps at the eastern weir were not\n>> replaced, since there were no cracks.", 1),
    "indented": ("   The pumps at the eastern weir were not\n   replaced, since there were no cracks.", 1),
    "narrow column": (
        "The pumps at the\neastern weir were\nnot replaced, as\nthe inspectors\nfound no cracks in\nthe casing of any.",
        1,
    ),
    "wide": ("word " * 24 + "and\n" + "other " * 20 + "of\nthem.", 1),
    "carriage returns": ("The pumps at the eastern weir were not\r\nreplaced, since there were no cracks.", 1),
    "dash at a line's start": (
        "The pumps at the eastern weir were old\n– some from 1931, some from the war – and were not\nreplaced "
        "after all.",
        1,
    ),
    "number and dot at a line's start": (
        "The pumps at the eastern weir were examined on the\n3. of August by the inspectors, who found that "
        "they were not\n"
        "cracked.",
        1,
    ),
    "names begin lines": (
        "The meeting of the council in the town hall was opened by\nMargaret Harrow and closed by the mayor, "
        "who thanked\n"
        "Robert Lindqvist for the work on the eastern\nweir.",
        1,
    ),
    "first lines of a letter": (
        "we write to you because the pumps that you sold us in May have not been\nworking since.",
        1,
    ),
}


def split(text):
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_is_a_line(kind):
    assert split(RECORDS[kind]) == [line.strip() for line in RECORDS[kind].split("\n")]


@pytest.mark.parametrize("kind", WRAPPED)
def test_wrapped_prose_is_joined(kind):
    text, count = WRAPPED[kind]
    assert len(split(text)) == count


def test_the_first_row_of_columns_is_their_header():
    for kind in ("tsv", "csv", "semicolons"):
        assert [unit.kind for unit in units(RECORDS[kind])] == ["header", "row", "row"]


PARTED = {
    "a footer": (
        "The pumps at the eastern weir were replaced in the year of the\nflood, but those at the western weir "
        "were not\n\nNorthmoor Water Authority          Page 15\n\ntouched before 1974. The dam was.",
        "touched before 1974.",
    ),
    "a footer and a header": (
        "Tenants pay on the first of the month. The landlord may end the lease of tenants who\n\n"
        "Rules of Bell Court              Version of May 2021\n\n- 4 -\n\n"
        "Rules of Bell Court              Version of May 2021\n\ndo not pay for two months. Dogs are allowed.",
        "do not pay for two months.",
    ),
    "a numbered header within a word": (
        "NEWS OF THE HARBOUR                  3\n\nThe ferry was let through because the storm had turned to the north-"
        "\n\nNEWS OF THE HARBOUR                  4\n\neast. It came back at noon.",
        "east.",
    ),
    "a number": (
        "The rooms are let until Sunday, unless a guest asks for them some-\n\n- 12 -\n\ntime before. It rains.",
        "time before.",
    ),
}


@pytest.mark.parametrize("kind", PARTED)
def test_a_sentence_over_the_end_of_a_page_is_whole_without_the_margin(kind):
    text, rest = PARTED[kind]
    parts = units(text)
    place = next(place for place, part in enumerate(parts) if part.kind == "rest")
    assert text[parts[place].start : parts[place].end] == rest
    assert all(part.kind == "margin" for part in parts[place - 1 : place]) and "margin" in {part.kind for part in parts}
    relations = [unit.relation for unit in read_prose(text).units]
    first = max(number for number, part in enumerate(parts[:place]) if part.kind == "sentence")
    assert place in relations[first].needs and first in relations[place].needs
    for tokens in range(4, 24, 3):
        kept_text = ragzip.compress(text, rest, target_tokens=tokens, compressor="extractive/bm25", cache=False).text
        assert (text[parts[first].start : parts[first].end] in kept_text) == (rest in kept_text)
        assert not any(text[start:end] in kept_text for start, end, kind in parts if kind == "margin")


def test_lines_that_recur_away_from_page_ends_are_no_margins():
    text = (
        "Total          15\n\nThe first order came in May.\n\nTotal          20\n\nThe second came in June.\n\n"
        "Notes\n\nIt was paid.\n\nNotes\n\nIt was late."
    )
    assert "margin" not in {unit.kind for unit in units(text)}


@pytest.mark.parametrize(
    "margin",
    [
        "Page 3",
        "- 3 -",
        "Seite 3 von 12",
        "Annual report      Page 3",
        "Annual report      [Page 3]",
        "Page 3 of 9 | Annual report",
        "стр. 3",
    ],
)
def test_headers_and_numbers_of_pages_stand_apart(margin):
    text = f"The pumps were not replaced.\n\n{margin}\n\nThe dam was."
    assert [(text[start:end], kind) for start, end, kind in units(text)] == [
        ("The pumps were not replaced.", "sentence"),
        (margin, "margin"),
        ("The dam was.", "sentence"),
    ]


def test_evidence_has_names():
    evidence = evidence_of(["The pumps at the eastern weir were not", "replaced, since there were no cracks."])
    assert evidence.flows == evidence.dangles == 1.0
    assert evidence.records == evidence.all_fresh == 0.0
    assert evidence.score > 0


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("The reaction makes CO\n2 and water. It is fast.", "The reaction makes CO\n2 and water."),
        ("Rust is iron oxide, Fe\n2O\n3, which forms in air.", "Rust is iron oxide, Fe\n2O\n3, which forms in air."),
        (
            "They welded for the first time by burning a mixture of acetylene and compressed O\n2. It spread.",
            "They welded for the first time by burning a mixture of acetylene and compressed O\n2.",
        ),
        ("Plan B\n2. Plan C\n3. Plan D", "Plan B"),
        ("Things to buy: Vitamin C\n2. Vitamin D\n3. Milk", "Things to buy: Vitamin C"),
    ],
)
def test_the_figure_of_a_formula_on_a_line_of_its_own(text, first):
    begin, end = units(text)[0].start, units(text)[0].end
    assert text[begin:end] == first


@pytest.mark.parametrize(
    "expected",
    [
        [
            "The key is with Mrs.\nLund in house 4.",
            "She is there at noon, except on\nSundays\n.",
            "If she is out,\nring.",
        ],
        ["The bar is open until\n23:\n30.", "After that the doors have to be closed, but not\nlocked."],
        ["The bridge was put at 2.\n4 million dollars in the\nreport of the town.", "It was too little."],
        ["Since May, vans over 3.\n5 tonnes must not\ncross it.", "Others may."],
        ["Der Bau ist für den 1.\nMai 2027 geplant, nicht\nfrüher.", "Er ist teuer."],
        ["The builder, Brenna S.p.A.\n, asked for a further 85 million, of\nwhich it got none.", "It sued."],
        ["The pool\nopens again\non Sept.\n3.", "Dogs must\nnot swim\nin it then."],
        ["Heights of the water in metres, mean of the year (harbour\nHolm closed in 1998; some values are estimates)"],
        ["Prices of rooms with breakfast in euros (except\nHotel Lund, which serves none)"],
    ],
    ids=lambda expected: expected[0][:24],
)
def test_a_line_break_within_a_statement_ends_none(expected):
    assert split(" ".join(expected)) == expected


def test_a_phone_number_goes_on_in_the_next_line():
    lines = ["Regards", "Ida Lund", "Head of the hall", "Phone +49 40 555\n0192"]
    assert split("\n".join(lines)) == lines
    lines = ["Ben Carr", "Tel. 040 555\n233", "Room 12"]
    assert split("\n".join(lines)) == lines


@pytest.mark.parametrize(
    "lines",
    [
        ["Step 1:", "20 g of flour", "Step 2:", "30 g of sugar"],
        ["We met in room 7.", "5 chairs were missing."],
        ["It is good, etc.", "1. Open it.", "2. Close it."],
        ["Chapter 3.", "5 days in Rome"],
    ],
    ids=lambda lines: lines[0],
)
def test_a_number_at_the_end_of_a_line_may_be_whole(lines):
    assert split("\n".join(lines)) == lines


@pytest.mark.parametrize("label", ["Cost of Sales:", "Goodwill:", "Research, Development and Related Expenses:"])
def test_labels_above_long_wrapped_lines_do_not_make_them_records(label):
    paragraph = (
        "Expenses, measured as a percent of sales, increased in 2022 when compared to the year before. They rose\n"
        "primarily due to special items of the litigation on a site near Antwerp that the board had foreseen, and\n"
        "to higher costs of raw materials and of transport.\n"
    )
    text = f"{paragraph}{label}\n{paragraph}Operating Income:\n{paragraph}"
    sentences = [text[unit.start : unit.end] for unit in units(text) if unit.kind == "sentence"]
    assert len(sentences) == 6
    assert all(sentence.endswith(".") for sentence in sentences)


PACKAGES = """\
adduser/oldstable,now 3.134 all [installed,automatic]
alsa-topology-conf/oldstable,now 1.2.5.1-2 all [installed,automatic]
apt/oldstable,now 2.6.1 amd64 [installed]
cmake/oldstable,now 3.25.1-1 amd64 [installed]
git/oldstable,now 1:2.39.5-0+deb12u3 amd64 [installed]
zlib1g/oldstable,now 1:1.2.13.dfsg-1 amd64 [installed]"""
MEDIA_TYPES = """\
application/emotionml+xml\t\t\temotionml
application/epp+xml
application/epub+zip\t\t\t\tepub
application/eshop
application/vnd.openxmlformats-officedocument.wordprocessingml.document\t\tdocx
application/zip\t\t\t\t\tzip"""
AUTHORS = """\
keller anna, moss peter, ito haruki, lindgren
astrid, okafor chidi, tanaka aiko, ortega
luis, dubois chloe, berg hanna, nair priya,
yilmaz mehmet, becker tom, lopez dana, sato
yuki, whitmore carla, petersen jens"""


@pytest.mark.parametrize("lines", [PACKAGES, MEDIA_TYPES])
def test_lines_of_names_and_values_are_units(lines):
    assert not joined(lines.split("\n"))


def test_a_wrapped_list_of_names_is_one_text():
    assert joined(AUTHORS.split("\n"))


def test_boxes_to_tick_begin_items():
    text = (
        "Moving checklist\n\nBefore\n[x] cancel electricity\n[ ] return library books by 28 May\n\n"
        "Moving day\n[ ] read meters, take photos\n[ ] hand over keys to Mr. Brandt, 18:00\n"
    )
    structure = read_prose(text)
    needed = {
        text[slice(*unit.span)]: [text[slice(*structure.units[place].span)] for place in unit.relation.needs]
        for unit in structure.units
    }
    assert needed["[ ] return library books by 28 May"] == ["Before"]
    assert needed["[ ] read meters, take photos"] == ["Moving day"]
