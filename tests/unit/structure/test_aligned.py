"""Tables set by blanks whose names or values have several words."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

CONTAINERS = """\
CONTAINER ID   IMAGE           COMMAND                  CREATED       STATUS                   PORTS                    NAMES
3f2a9c1d7e6b   shop/web:2.1    "gunicorn app:app"       2 hours ago   Up 2 hours (healthy)     0.0.0.0:8000->80/tcp     shop-web
9b8c7d6e5f4a   postgres:16     "docker-entrypoint.s…"   3 days ago    Up 3 days                0.0.0.0:5433->5432/tcp   shop-db
1a2b3c4d5e6f   redis:7         "docker-entrypoint.s…"   3 days ago    Exited (137) 1 hour ago                           shop-cache
"""  # noqa: E501
IMAGES = """\
REPOSITORY   TAG       IMAGE ID       CREATED       SIZE
shop/web     2.1       0d9e1c3b5a7f   2 hours ago   214MB
postgres     16        75282fa229a1   5 weeks ago   453MB
redis        7         3900abf41552   6 weeks ago   117MB
"""
PROCESSES = """\
USER       PID %CPU %MEM     VSZ    RSS COMMAND
root         1  0.0  0.1  168140  11400 /sbin/init
app       1204 22.7 41.9 5120400 1700100 java -jar server.jar
www       1377  0.4  1.1   58200  44100 nginx: worker process
"""
TASKS = """\
Task name      Owner      Due
Paint hall     Ann Lee    3 May 2024
Mend roof      Bo Chan    9 May 2024
Order sand     Cy Dahl    2 June 2024
"""
PARTS = """\
Nr   Artikel           Menge   Preis
1    Schrauben M6      200     12,50
2    Muttern M6        200      9,90
3    Unterlegscheiben  400      7,20
"""
STATIONS = """\
Station      km      Höhe
Innsbruck    0,0     574,2
Matrei       19,4    992,8
Brenner      36,7    1371,0
"""
INVOICE = """\
Rechnung Nr. 2024-117

Pos.  Bezeichnung            Menge   Einzelpreis   Betrag
1     Eichentisch            1       640,00        640,00
2     Lieferung              1       60,00         60,00
3     Montage (Std.)         2       50,00         100,00

Zahlbar innerhalb von 14 Tagen ohne Abzug.
"""


@pytest.mark.parametrize(
    ("source", "row", "values"),
    [
        (
            CONTAINERS,
            "9b8c",
            ["CONTAINER ID: 9b8c7d6e5f4a", "IMAGE: postgres:16", "STATUS: Up 3 days", "NAMES: shop-db"],
        ),
        (CONTAINERS, "1a2b", ["IMAGE: redis:7", "STATUS: Exited (137) 1 hour ago, NAMES: shop-cache"]),
        (IMAGES, "redis", ["TAG: 7, IMAGE ID: 3900abf41552, CREATED: 6 weeks ago, SIZE: 117MB"]),
        (PROCESSES, "app", ["PID: 1204, %CPU: 22.7, %MEM: 41.9", "COMMAND: java -jar server.jar"]),
        (PARTS, "2    M", ["Artikel: Muttern M6, Menge: 200, Preis: 9,90"]),
        (STATIONS, "Brenner", ["km: 36,7, Höhe: 1371,0"]),
        (INVOICE, "3     M", ["Bezeichnung: Montage (Std.), Menge: 2, Einzelpreis: 50,00, Betrag: 100,00"]),
        (TASKS, "Mend", ["Task name: Mend roof, Owner: Bo Chan, Due: 9 May 2024"]),
    ],
)
def test_a_row_is_read_with_the_names_over_its_values(source, row, values):
    structure = structure_of(source, "", "")
    reading = next(unit.reading for unit in structure.units if source.startswith(row, unit.start))
    assert all(value in reading for value in values)


@pytest.mark.parametrize(
    ("source", "query", "row"),
    [
        (CONTAINERS, "Which image does the container shop-db run?", "postgres:16"),
        (CONTAINERS, "Which container has exited?", "shop-cache"),
        (IMAGES, "How large is the image of redis?", "117MB"),
    ],
)
def test_the_row_that_is_asked_for_comes_with_the_names(source, query, row):
    kept_text = ragzip.compress(source, query, target_tokens=85, cache=SCORES).text
    assert kept_text.startswith(source.split("\n")[0])
    assert row in kept_text


def test_commas_that_part_numbers_are_no_decimal_ones():
    for source in ("1,2,3\n4,5,6\n7,8,9\n1,1,1\n", "a,b,c\n1,5,2\n2,5,3\n1,5,2\n"):
        structure = structure_of(source, "", "")
        assert structure.kind == "table" and len(structure.units) == 4


PROCESSOR = """\
Architecture:            x86_64
  CPU op-mode(s):        32-bit, 64-bit
CPU(s):                  16
Vendor ID:               AuthenticAMD
  Model name:            AMD Ryzen 7 5800X
    Thread(s) per core:  2
    Core(s) per socket:  8
"""
PACKAGE = """\
Name:           shop
Version:        2.1
Release:        3
Size:           40960
"""


@pytest.mark.parametrize("source", [PROCESSOR, PACKAGE])
def test_keys_with_colons_have_no_header(source):
    structure = structure_of(source, "", "")
    assert structure.kind != "table"
    first_line = source.split("\n")[0]
    assert not any(first_line in (unit.reading or "") for unit in structure.units)


def test_labels_of_rows_with_colons_leave_a_table_one():
    memory = "          total    used    free\nMem:       15Gi   9.8Gi   1.1Gi\nSwap:     2.0Gi   512Mi   1.5Gi\n"
    assert structure_of(memory, "", "").kind == "table"


UNITS = """\
  UNIT                    LOAD   ACTIVE SUB     DESCRIPTION
  chrony.service          loaded active running Clock
● mnt-tapes.mount         loaded failed failed  /mnt/tapes
  postfix.service         loaded active running Mail server
● stock-report.service    loaded failed failed  Weekly report of the stock
  sshd.service            loaded active running Secure shell server

LOAD   = Reflects whether the unit definition was properly loaded.
ACTIVE = The high-level unit activation state, i.e. generalization of SUB.
5 loaded units listed.
"""
CONTEXTS = """\
CURRENT   NAME        CLUSTER      AUTHINFO     NAMESPACE
          dev         dev-north    dev-admin    default
*         staging     stage-north  builder      web
          live        live-south   ops          web
"""
REPLICAS = """\
NAME         ROLE            REGION      STATE
db-main      primary         Leeds       healthy
db-copy-1    read replica    Oslo        catching up
db-old       archive         Oslo        stopped
"""
NOTICE = """\
NOTICE  TO  ALL
please  keep the  gate shut
dogs    must be   on a lead
bikes   go to     the yard
"""


@pytest.mark.parametrize(
    ("text", "query", "header", "rows", "tokens"),
    [
        (UNITS, "Which units have failed?", "UNIT", ["● mnt-tapes.mount", "● stock-report.service"], 72),
        (CONTEXTS, "Which cluster does the live context use?", "CURRENT", ["live-south"], 42),
        (REPLICAS, "In which state is db-copy-1?", "NAME", ["catching up"], 40),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_rows_of_words_stand_under_names_in_capital_letters(text, query, header, rows, tokens, compressor):
    kept_text = ragzip.compress(text, query, target_tokens=tokens, compressor=compressor, cache=SCORES).text
    assert kept_text.lstrip().startswith(header) and all(row in kept_text for row in rows)


def test_a_sign_before_a_row_is_no_column():
    readings = [unit.reading for unit in structure_of(UNITS, "", "").units if unit.reading]
    assert readings[1].startswith("UNIT: ● mnt-tapes.mount, ")


def test_a_notice_in_capital_letters_names_no_columns():
    assert structure_of(NOTICE, "", "").kind != "table"


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{n:2d} {n**2:3d} {n**3:4d}\n" for n in range(12)),
        "".join(f"{n}\t {n / 8:.3f}\n".replace("\t", "") for n in range(9)),
        "\n".join(f"-{n}.5 {n}e{n}" for n in range(1, 9)),
    ],
)
def test_rows_of_numbers_without_names_stay_whole_with_their_indentation(text):
    document = ragzip.Document("matrix.csv", text)
    lines = text.splitlines()
    for query in (lines[5], "which number is in it"):
        kept = ragzip.compress(document, query, rate=0.5, compressor="extractive/bm25", cache=SCORES).text.splitlines()
        assert set(kept) <= set(lines)
    assert structure_of(text, "text/csv", "").kind == "table" and structure_of(text, "", "").kind != "table"


FORECAST = """\
Forecast for Bergen
Day        High  Low  Rain   Wind
Mon 30     7     3    12 mm  SW 9
Tue 1      6     2    4 mm   W 7
Wed 2      4     -1   0 mm   N 4
Fri 4      8     4    22 mm  S 14
Gale warning for Friday evening; ferries may be cancelled.
Readings are those of the airport.
"""


def test_a_table_ends_above_the_sentences_right_below_it():
    structure = structure_of(FORECAST, "text/plain", "")
    assert structure.kind == "table" and [len(table.cells) for table in structure.tables] == [4]
    remarks = structure.units[-2:]
    assert all(remark.relation.needs == () and not remark.is_record for remark in remarks)


@pytest.mark.parametrize(
    ("query", "row"),
    [("Which day is coldest?", "Wed 2"), ("Which is the warmest day?", "Fri 4"), ("Which day is wettest?", "Fri 4")],
)
def test_extremes_of_weather(query, row):
    kept = ragzip.compress(FORECAST, query, target_tokens=34, cache=SCORES).text
    assert row in kept and "Day        High" in kept
