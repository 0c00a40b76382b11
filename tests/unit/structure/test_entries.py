"""Files with an entry a line below a comment that names the fields: the entry comes with it."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

CRONTAB = """\
# Edit this file to introduce tasks to be run by cron.
#
SHELL=/bin/sh
# m h  dom mon dow   command
0 5 * * 1 tar -zcf /var/backups/home.tgz /home/
# report for the board
30 7 * * 5 /home/eva/bin/report.sh --mail
*/10 * * * * /home/eva/bin/poll.sh
"""
DRAWN_CRONTAB = """\
# Example of job definition:
# .---------------- minute (0 - 59)
# |  .------------- hour (0 - 23)
# |  |  .---------- day of month (1 - 31)
# |  |  |  .------- month (1 - 12)
# |  |  |  |  .---- day of week (0 - 6)
# |  |  |  |  |
# *  *  *  *  * user-name  command to be executed
17 4 * * 1 root /usr/local/bin/rotate
30 2 * * * root /usr/local/bin/backup --full
"""
FSTAB = """\
# /etc/fstab: static file system information.
#
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
UUID=0a3407de-014b /               btrfs   defaults        0       1
UUID=b411dc99-f0a0 /home           ext4    defaults,noatime 0       2
tmpfs              /tmp            tmpfs   size=2G         0       0
"""
HOSTS = """\
# address     name            alias
127.0.0.1     localhost
10.0.4.12     files.lan       nas
10.0.4.31     printer.lan     lp0
"""
ACCESS = """\
# PostgreSQL Client Authentication
# TYPE  DATABASE        USER            ADDRESS                 METHOD

# IPv4 local connections:
host    all             all             127.0.0.1/32            scram-sha-256
host    shop            web             10.0.0.0/24             md5
# IPv6 local connections:
host    all             all             ::1/128                 scram-sha-256
"""
SERVICES = """\
# service-name  port/protocol  [aliases ...]
ssh             22/tcp
smtp            25/tcp          mail
http            80/tcp          www
"""
SHORT_CRONTAB = """\
# m h dom mon dow command
@daily /usr/local/bin/rotate
0 3 * * * /usr/local/bin/backup.sh >/dev/null 2>&1
@reboot /usr/local/bin/start-agent
30 6 * * 1 /usr/local/bin/report --weekly
"""
LISTED_CRONTAB = """\
# minute, hour, day of month, month, day of week, command
0 3 * * * /usr/local/bin/backup.sh
*/15 * * * * rsync -a /srv /mnt/nas
"""
SUDOERS = """\
# User privilege specification
# user host = (runas) command
root ALL = (ALL:ALL) ALL
deploy web01 = (root) NOPASSWD: /bin/systemctl restart nginx
backup ALL = (root) NOPASSWD: /usr/bin/rsync
"""
ACCOUNTS = """\
# name:password:UID:GID:comment:home:shell
root:x:0:0:root:/root:/bin/bash
eva:x:1000:1000:Eva Lund:/home/eva:/bin/zsh
www:x:33:33::/var/www:/usr/sbin/nologin
"""
EXPORTS = """\
# directory client(options)
/srv/media 10.0.0.0/24(ro,sync)
/srv/backup nas.example.net(rw,async)
"""


@pytest.mark.parametrize(
    ("source", "names", "entry"),
    [
        (CRONTAB, "# m h  dom mon dow   command", "*/10 * * * * /home/eva/bin/poll.sh"),
        (FSTAB, "# <file system> <mount point>   <type>", "UUID=b411dc99-f0a0 /home"),
        (HOSTS, "# address     name            alias", "127.0.0.1     localhost"),
        (ACCESS, "# TYPE  DATABASE", "host    shop"),
        (SERVICES, "# service-name  port/protocol", "ssh             22/tcp"),
        (SHORT_CRONTAB, "# m h dom mon dow command", "30 6 * * 1"),
        (LISTED_CRONTAB, "# minute, hour", "*/15 * * * *"),
        (SUDOERS, "# user host = (runas) command", "deploy web01"),
        (ACCOUNTS, "# name:password:UID", "eva:x:1000"),
        (EXPORTS, "# directory client(options)", "/srv/backup"),
    ],
)
def test_an_entry_needs_the_comment_that_names_its_fields(source, names, entry):
    structure = structure_of(source, "", "")
    assert structure.kind == "entries"
    texts = [source[slice(*unit.span)] for unit in structure.units]
    unit = next(unit for unit, text in zip(structure.units, texts, strict=True) if text.startswith(entry))
    assert any(texts[place].startswith(names) for place in unit.relation.needs)


@pytest.mark.parametrize(
    ("source", "query", "parts"),
    [
        (CRONTAB, "When is the report for the board sent?", ["dom mon dow", "# report for the board", "30 7 * * 5"]),
        (FSTAB, "Which file system type does /home have?", ["<type>", "/home           ext4"]),
        (HOSTS, "What is the address of the printer?", ["# address", "10.0.4.31     printer.lan"]),
        (ACCESS, "How does the user web log in to the database shop?", ["METHOD", "10.0.0.0/24             md5"]),
        (SHORT_CRONTAB, "When does the backup run?", ["# m h dom mon dow command", "0 3 * * *"]),
        (SUDOERS, "What may deploy run?", ["# user host = (runas) command", "deploy web01 = (root)"]),
        (ACCOUNTS, "What shell does eva use?", ["# name:password:UID", "eva:x:1000"]),
        (DRAWN_CRONTAB, "When does the backup run?", ["hour (0 - 23)", "30 2 * * * root"]),
    ],
)
def test_an_entry_is_kept_with_what_says_how_to_read_it(source, query, parts):
    budget = 120 if source is DRAWN_CRONTAB else 40 if source in (SHORT_CRONTAB, SUDOERS, ACCOUNTS) else 64
    kept_text = ragzip.compress(source, query, target_tokens=budget, cache=SCORES).text
    assert all(part in kept_text for part in parts)


def test_a_setting_needs_no_names_of_fields():
    units = structure_of(CRONTAB, "", "").units
    assert [unit.relation.needs for unit in units if CRONTAB.startswith("SHELL", unit.start)] == [()]


@pytest.mark.parametrize(
    "source",
    [
        "# Notes on cron\n\nThe jobs run at night. They write to a log.\nSome of them send mail.\n",
        "# The garden of the house\n\nIt has three beds, and a pond.\nThe pond is deep.\n",
        "# name: Anna  age: 31\nname: Bo\nage: 29\n",
        "# Plans  for the year\nWe paint the hall.\nWe mend the roof.\n",
        "# a  b  c\nalone\nother\n",
        "# call(name) = (value)\n    first = read(a) or (b)\n    second = read(c) or (d)\n    third = read(e) or (f)\n",
        "# opening hours\n\nMonday 9-17\nTuesday 9-17\n",
        "# Salt, pepper, oil, flour\n\nWe buy salt in bags.\nWe buy oil in cans.\n",
    ],
)
def test_prose_and_keys_below_a_comment_are_no_entries(source):
    assert structure_of(source, "", "").kind != "entries"
