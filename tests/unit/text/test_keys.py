"""Lines of bookings, orders and invoices are found by other words than their keys have."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of
from ragzip.text.structure.keys import keyed_reading, listed_reading

BOOKING = """\
From: reservations@hotel-lindner.example
To: j.brandt@example.org
Subject: Your reservation is confirmed

Dear Ms Brandt,

thank you for booking with us. We look forward to your stay.

Booking reference: LX-48213
Guest: Julia Brandt
Check-in: Friday, 14 June 2024, from 15:00
Check-out: Sunday, 16 June 2024, until 11:00
Room: Superior double, breakfast included
Payment: due on arrival
Cancellation: free of charge until 12 June 2024, 18:00

Kind regards,
Your Lindner team
"""
ORDER = """\
Good news: your order has shipped!

Order number: 7731-0042
Order date: March 3, 2025
Carrier: UPS Ground
Tracking number: 1Z999AA10123456784
Estimated delivery: March 7, 2025
Shipping: $4.99
Order total: $84.97
"""
BUCHUNG = """\
Ihre Reise nach Triest

Buchungsnummer: TR-5541
Anreise: 3. Mai 2025, ab 14 Uhr
Abreise: 9. Mai 2025, bis 10 Uhr
Zimmer: Doppelzimmer mit Balkon
Fällig am: 20. April 2025
"""
FACTUUR = """\
FACTUUR 2024-88

Factuurdatum: 31-03-2024
Vervaldatum: 30-04-2024
Klantnummer: 4471
Totaal excl. btw: 625,50
Btw 21%: 131,36
"""
RECHNUNG = """\
Rechnung Nr. 2024-117

Summe netto                800,00
zzgl. 19 % MwSt.           152,00
Gesamtbetrag               952,00 EUR

Zahlbar innerhalb von 14 Tagen ohne Abzug.
"""
EXCHANGE = """\
* Connected to api.example.com (93.184.216.34) port 443 (#0)
> GET /v1/items HTTP/1.1
> Host: api.example.com
> User-Agent: curl/8.4.0
> Accept: */*
>
< HTTP/1.1 429 Too Many Requests
< Date: Mon, 04 Mar 2024 09:30:00 GMT
< Content-Type: application/json
< Retry-After: 30
< X-RateLimit-Remaining: 0
<
{"error":"rate limit exceeded"}
* Connection #0 to host api.example.com left intact
"""
MOVED = """\
HTTP/2 301
date: Mon, 04 Mar 2024 09:30:00 GMT
location: https://www.example.com/new
cache-control: max-age=3600
x-request-id: 55aa
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("text", "query", "line"),
    [
        (BOOKING, "What is my confirmation number?", "Booking reference: LX-48213"),
        (BOOKING, "By when do I have to leave the room?", "Check-out: Sunday, 16 June 2024, until 11:00"),
        (BOOKING, "When can I check in?", "Check-in: Friday, 14 June 2024, from 15:00"),
        (ORDER, "Which company delivers the parcel?", "Carrier: UPS Ground"),
        (ORDER, "When will my package arrive?", "Estimated delivery: March 7, 2025"),
        (FACTUUR, "Wanneer moet de factuur betaald zijn?", "Vervaldatum: 30-04-2024"),
        (RECHNUNG, "Wie hoch ist die Mehrwertsteuer?", "19 % MwSt.           152,00"),
        (FACTUUR, "Hoeveel is de omzetbelasting?", "Btw 21%: 131,36"),
        (EXCHANGE, "Which status code did the server return?", "< HTTP/1.1 429 Too Many Requests"),
        (EXCHANGE, "After how many seconds may I try again?", "< Retry-After: 30"),
        (MOVED, "Where is the request redirected to?", "location: https://www.example.com/new"),
        (MOVED, "Which status code was returned?", "HTTP/2 301"),
        (BUCHUNG, "Bis wann müssen wir bezahlen?", "Fällig am: 20. April 2025"),
        (BUCHUNG, "Wann müssen wir das Zimmer verlassen?", "Abreise: 9. Mai 2025, bis 10 Uhr"),
    ],
)
def test_a_line_is_found_by_other_words_for_its_key(text, query, line, compressor):
    assert line in ragzip.compress(text, query, target_tokens=40, compressor=compressor, cache=SCORES).text


def test_a_known_key_is_read_with_other_words():
    assert keyed_reading("Check-out: at 11") == "Check-out (leave room): at 11"
    assert keyed_reading("- **Due date:** 3 May") == "Due date (must be paid, deadline): 3 May"
    assert keyed_reading("Échéance : 3 mai") == "Échéance (payer, délai): 3 mai"


@pytest.mark.parametrize(
    "line",
    [
        "Departure is at ten.",
        "We talked of this: check-out",
        "Check-out:",
        "Total: 12",
        "10:30: arrival",
        "VAT is 20%.",
        "",
    ],
)
def test_other_lines_are_read_as_they_stand(line):
    assert keyed_reading(line) is None


def test_nothing_but_the_source_is_kept():
    readings = [unit.reading for unit in structure_of(ORDER, "", "").units]
    assert any(reading and "company that delivers" in reading for reading in readings)
    kept_text = ragzip.compress(ORDER, "Which company delivers the parcel?", target_tokens=30, cache=SCORES).text
    assert all(line in ORDER for line in kept_text.split("\n"))


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: prod
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: api
          image: registry.example.com/api:4.2
          ports:
            - containerPort: 9000
          resources:
            requests:
              cpu: 100m
              memory: 256Mi
            limits:
              cpu: 500m
              memory: 512Mi
        - name: sidecar
          image: envoy:1.30
          resources:
            limits:
              memory: 128Mi
"""
SERVICES = """\
services:
  web:
    image: shop/web:2.1
    ports:
      - "8000:80"
    depends_on:
      - db
  db:
    image: postgres:16
    ports:
      - "5433:5432"
    restart: unless-stopped
  cache:
    image: redis:7
    ports:
      - "6379:6379"
"""
UNIT = """\
[Unit]
Description=Queue worker
After=network-online.target

[Service]
User=worker
WorkingDirectory=/srv/worker
ExecStart=/srv/worker/bin/run --queue default
Restart=on-failure
RestartSec=5
MemoryMax=1G

[Install]
WantedBy=multi-user.target
"""


@pytest.mark.parametrize(
    ("name", "text", "query", "value", "tokens"),
    [
        ("a.yaml", DEPLOYMENT, "How much memory may the api container use at most?", "memory: 512Mi", 60),
        ("a.yaml", SERVICES, "On which port of the host is the database reached?", "5433:5432", 60),
        ("a.service", UNIT, "How many seconds pass before it is started again?", "RestartSec=5", 24),
        ("a.service", UNIT, "In which folder does it run?", "WorkingDirectory=/srv/worker", 24),
    ],
)
def test_a_setting_of_a_well_known_program_is_found(name, text, query, value, tokens):
    document = ragzip.Document(name, text)
    assert value in ragzip.compress(document, query, target_tokens=tokens, cache=SCORES).text


LISTED = """\
total 41288
drwxr-xr-x  5 ida staff     4096 Jan 12 10:02 sounds
-rw-r--r--  1 ida staff    18231 Feb  3 16:40 page.html
-rw-r--r--  1 ida staff 38112004 Feb  9 08:15 lesson.mp4
-rwxr-xr-x  1 ida staff      912 Nov 30 11:20 build.sh
-rw-------  1 root root     1679 Dec 24 09:00 server.key
"""
LISTED_SHORT = """\
total 1.4G
drwxr-xr-x 2 web web 4.0K Apr  1 12:00 cache
-rw-r--r-- 1 web web  88M Apr  2 09:10 access.log
-rw-r--r-- 1 web web 1.2G Apr  3 10:44 dump.sql
-rw-r--r-- 1 web web 130M Mar 29 23:59 error.log.1
"""
GIT_STATUS = """\
On branch feature/doors
Your branch is ahead of 'origin/feature/doors' by 2 commits.
  (use "git push" to publish your local commits)

Changes to be committed:
  (use "git restore --staged <file>..." to unstage)
	modified:   src/doors/lock.ts
	new file:   src/doors/bell.ts

Changes not staged for commit:
  (use "git add <file>..." to update what will be committed)
	modified:   README.md
	deleted:    src/old/hinge.ts

Untracked files:
  (use "git add <file>..." to include in what will be committed)
	notes.txt
"""


@pytest.mark.parametrize(
    ("text", "query", "file"),
    [
        (LISTED, "What is the largest file?", "lesson.mp4"),
        (LISTED, "Which file is the smallest?", "build.sh"),
        (LISTED_SHORT, "Which file is the biggest?", "dump.sql"),
        ("$ ls -lh\n" + LISTED_SHORT, "Which file is the biggest?", "dump.sql"),
        (LISTED, "Who owns server.key?", "root root"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_listed_files_are_read_with_the_names_of_their_values(text, query, file, compressor):
    assert file in ragzip.compress(text, query, target_tokens=40, compressor=compressor, cache=SCORES).text


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_the_files_that_git_lists_come_before_its_hints(compressor):
    kept_text = ragzip.compress(
        GIT_STATUS, "Which files are staged?", target_tokens=50, compressor=compressor, cache=SCORES
    ).text
    assert "Changes to be committed:" in kept_text and "(use" not in kept_text
    assert "src/doors/lock.ts" in kept_text and "src/doors/bell.ts" in kept_text


def test_a_hint_of_git_comes_where_it_is_asked_for():
    kept_text = ragzip.compress(GIT_STATUS, "How do I unstage a file?", target_tokens=50, cache=SCORES).text
    assert "git restore --staged" in kept_text


def test_other_lines_are_no_listed_files():
    assert listed_reading("-rw-r--r-- is the mode of a file that all may read") is None
    assert listed_reading("-rw-r--r-- 1 web web 12 Apr  2 09:10 a b.log").startswith("file: a b.log, size: 12, ")
