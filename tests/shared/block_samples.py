"""Plain texts of records and blocks, and questions for their values."""

TEXTS = {
    "people": """\
Name: Anna Berg
Age: 33
City: Leeds

Name: Ben Carr
Age: 41
City: York

Name: Cleo Dunn
Age: 29
City: Bath
""",
    "addresses": """\
Anna Berg
12 Bell Yard
London
555-2033

Ben Carr
34 Oak Street
Leeds
555-9117

Cleo Dunn
9 Rose Court
York
555-8737
""",
    "services": """\
Porter
Anna Berg
Room 2, left of the gate
Tel. 555-2033
Mon-Thu 7-15

Lift
Carr and Sons
Tel. 555-9117

Heating (24 h)
Dunn Heating
Tel. 555-8737
Mobile 555-4410

Keys
A new key costs 25 EUR
""",
    "products": """\
Scale S-7 | Data
Capacity ........ 5 kg
Power supply .... 2 x AAA, not included
Platform ........ glass

Scale S-9 | Data
Capacity ........ 180 kg
Power supply .... 1 x CR2032, included
Platform ........ bamboo
""",
    "orders": """\
Order 71
  Status: sent
  Total: 19.90
Order 72
  Status: open
  Total: 240.00
Order 73
  Status: cancelled
  Total: 7.50
""",
    "versions": """\
v2.1.0 (2024-05-04)
  * Export to ODS
  * Crash on empty sheets fixed
v2.0.0 (2024-01-10)
  * Python 3.8 removed
  * load() returns a list
""",
    "votes": """\
NORTH WARD
  Berg   412
  Carr   388
SOUTH WARD
  Berg   201
  Carr   533
EAST WARD
  Berg   300
  Carr   299
""",
    "interfaces": """\
interface: eth0
  inet 192.168.1.17  netmask 255.255.255.0
  ether 00:11:22:33:44:55
interface: wlan0
  inet 10.0.0.5  netmask 255.0.0.0
  ether 66:77:88:99:aa:bb
""",
    "ifconfig": """\
eth0: flags=4163<UP,BROADCAST,RUNNING>  mtu 1500
        inet 192.168.1.17  netmask 255.255.255.0
        ether 00:11:22:33:44:55  txqueuelen 1000

lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536
        inet 127.0.0.1  netmask 255.0.0.0
        loop  txqueuelen 1000

wlan0: flags=4163<UP>  mtu 1500
        inet 10.0.0.5  netmask 255.0.0.0
        ether 66:77:88:99:aa:bb
""",
    "git log": """\
commit 1a2b3c4d
Author: Anna Berg <a@x.org>
Date:   Mon May 6 10:00:00 2024

    Fix rounding of VAT

    Totals were off by a cent.

commit 5e6f7a8b
Author: Ben Carr <b@x.org>
Date:   Tue May 7 11:00:00 2024

    Add export to ODS

commit 9c0d1e2f
Author: Cleo Dunn <c@x.org>
Date:   Wed May 8 12:00:00 2024

    Remove Python 3.8
""",
    "vCards": """\
BEGIN:VCARD
VERSION:3.0
FN:Anna Berg
TEL:555-2033
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Ben Carr
TEL:555-9117
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Cleo Dunn
TEL:555-8737
END:VCARD
""",
    "calendar": """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
DTSTART:20240506T100000Z
SUMMARY:Board meeting
LOCATION:Room 4
END:VEVENT
BEGIN:VEVENT
DTSTART:20240507T110000Z
SUMMARY:Dentist
LOCATION:Mill Lane 3
END:VEVENT
END:VCALENDAR
""",
    "BibTeX": """\
@article{berg2019,
  title = {Water under roads},
  author = {Berg, Anna},
  year = {2019}
}
@book{carr2020,
  title = {Pegs without heads},
  author = {Carr, Ben},
  year = {2020}
}
@misc{dunn2021,
  title = {On bridges},
  author = {Dunn, Cleo},
  year = {2021}
}
""",
    "PGN": """\
[Event "Leeds Open"]
[White "Berg"]
[Black "Carr"]
[Result "1-0"]

1. e4 e5 2. Nf3 Nc6 3. Bb5 a6 1-0

[Event "York Cup"]
[White "Dunn"]
[Black "Berg"]
[Result "0-1"]

1. d4 d5 2. c4 e6 3. Nc3 Nf6 0-1
""",
    "whois": """\
Tech Contact:
  Name: Ben Carr
  Phone: 555-9117

Admin Contact:
  Name: Anna Berg
  Phone: 555-2033

Billing Contact:
  Name: Cleo Dunn
  Phone: 555-8737
""",
    "labelled lists": """\
Leeds:
- mill, built 1850
- quay, built 1790
York:
- tower, built 1320
- chapel, built 1544
Bath:
- pump room, built 1795
- bridge, built 1774
""",
    "mysql": """\
*************************** 1. row ***************************
  id: 1
name: Anna Berg
city: Leeds
*************************** 2. row ***************************
  id: 2
name: Ben Carr
city: York
*************************** 3. row ***************************
  id: 3
name: Cleo Dunn
city: Bath
""",
    "kubectl": """\
Name:         web-1
Namespace:    shop
Status:       Running
IP:           10.0.0.5
Containers:
  app:
    Image:        shop:1.4
    Port:         8080/TCP
    Limits:
      memory:  512Mi
  sidecar:
    Image:        proxy:2.0
    Port:         9090/TCP
    Limits:
      memory:  128Mi
Events:         <none>
""",
    "courses": """\
HIST 210  Medieval Towns
3 credits. Prerequisite: HIST 101
Instructor: Berg
Mon 10-12, Room 4

HIST 220  Roads of Rome
4 credits. Prerequisite: HIST 110
Instructor: Carr
Tue 9-11, Room 7

HIST 230  Canals
2 credits. Prerequisite: none
Instructor: Dunn
Fri 13-15, Room 2
""",
    "films": """\
The Long Road (1999)
Director: Anna Berg
Runtime: 101 min

A Short Walk (2004)
Director: Ben Carr
Runtime: 88 min

Night Boat (2011)
Director: Cleo Dunn
Runtime: 120 min
""",
    "glossary": """\
Culvert
    A channel that carries water under a road.
Dowel
    A peg without a head.
Eave
    The lower edge of a roof.
""",
    "definitions": """\
retries
  How often to try. Default: 3.
timeout
  Seconds to wait. Default: 30.
proxy
  The address of the proxy. Default: none.
""",
    "man page": """\
OPTIONS
    -n, --dry-run
        Do not write anything.
    -q, --quiet
        Print nothing but errors.
    -f, --force
        Write over files that are there.
""",
    "options": """\
-n, --dry-run
    Do not write anything.
-q, --quiet
    Print nothing but errors.
-f, --force
    Write over files that are there.
""",
    "Terraform": """\
resource "aws_instance" "web" {
  ami = "ami-1"
  instance_type = "t3.small"
}

resource "aws_instance" "worker" {
  ami = "ami-2"
  instance_type = "m5.large"
}

variable "region" {
  default = "eu-west-1"
}
""",
    "proto": """\
syntax = "proto3";

message Order {
  int32 id = 1;
  string customer = 2;
}

message Invoice {
  int32 number = 1;
  repeated Order orders = 2;
}
""",
    "GraphQL": """\
type Order {
  id: ID!
  customer: String
}

type Invoice {
  number: Int
  orders: [Order]
}
""",
    "Makefile": """\
app: main.o util.o
\tcc -o app main.o util.o

test: app
\t./app --self-test
\tdiff out.txt expected.txt

clean:
\trm -f app *.o
""",
}
QUESTIONS = {  # the query, the tokens, and what has to come
    "people": ("In which city does Cleo Dunn live?", 15, ("Cleo Dunn", "City: Bath")),
    "addresses": ("What is the telephone number of Cleo Dunn?", 20, ("Cleo Dunn", "555-8737")),
    "services": ("What is the mobile number for the heating?", 30, ("Heating (24 h)", "Mobile 555-4410")),
    "products": ("What is the power supply of the S-9?", 45, ("Scale S-9", "1 x CR2032, included")),
    "orders": ("What is the total of order 72?", 20, ("Order 72", "Total: 240.00")),
    "versions": ("In which version was Python 3.8 removed?", 30, ("v2.0.0", "Python 3.8 removed")),
    "votes": ("How many votes did Carr get in the South Ward?", 25, ("SOUTH WARD", "Carr   533")),
    "interfaces": ("What is the inet address of wlan0?", 45, ("interface: wlan0", "inet 10.0.0.5")),
    "ifconfig": ("What is the inet address of wlan0?", 60, ("wlan0:", "inet 10.0.0.5")),
    "git log": ("Who fixed the rounding of VAT?", 70, ("Anna Berg", "Fix rounding of VAT")),
    "vCards": ("What is the telephone number of Ben Carr?", 50, ("FN:Ben Carr", "TEL:555-9117")),
    "calendar": ("Where is the dentist?", 70, ("SUMMARY:Dentist", "LOCATION:Mill Lane 3")),
    "BibTeX": ("In which year did Pegs without heads come out?", 60, ("Pegs without heads", "year = {2020}")),
    "PGN": ("Who had white at the York Cup?", 70, ("York Cup", 'White "Dunn"')),
    "whois": ("What is the phone of the admin contact?", 25, ("Admin Contact:", "555-2033")),
    "labelled lists": ("When was the chapel of York built?", 30, ("York:", "chapel, built 1544")),
    "mysql": ("Which city is Ben Carr in?", 50, ("name: Ben Carr", "city: York")),
    "kubectl": ("What is the memory limit of the sidecar?", 40, ("sidecar:", "memory:  128Mi")),
    "courses": ("Who teaches Roads of Rome?", 50, ("Roads of Rome", "Instructor: Carr")),
    "films": ("Who directed A Short Walk?", 30, ("A Short Walk", "Director: Ben Carr")),
    "glossary": ("What is a dowel?", 15, ("Dowel", "A peg without a head.")),
    "man page": ("Which option prints nothing but errors?", 25, ("-q, --quiet", "Print nothing but errors.")),
    "options": ("What does -q do?", 25, ("-q, --quiet", "Print nothing but errors.")),
    "Terraform": ("What instance type is the worker?", 40, ('"worker"', "m5.large")),
    "proto": ("Which number does orders have in Invoice?", 30, ("message Invoice", "repeated Order orders = 2;")),
    "GraphQL": ("Which fields does Invoice have?", 20, ("type Invoice", "orders: [Order]")),
    "Makefile": ("What does make test run?", 30, ("test: app", "./app --self-test\n\tdiff out.txt")),
}
