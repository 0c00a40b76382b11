"""Settings with a blank between key and value, and settings in comments: each comes with its comment, under what it
stands under.
"""

import pytest

import ragzip
from ragzip.text.structure import structure_of

SSHD = """\
# This is the sshd server system-wide configuration file.  See
# sshd_config(5) for more information.

Port 2222
#AddressFamily any

# Logging
#SyslogFacility AUTH
LogLevel VERBOSE

# Authentication:

LoginGraceTime 30
PermitRootLogin prohibit-password
MaxAuthTries 3

# To disable tunneled clear text passwords, change to no here!
PasswordAuthentication no
UsePAM yes
X11Forwarding yes

Match User deploy
	X11Forwarding no
	PasswordAuthentication yes
"""
REDIS = """\
# Redis configuration file example.

# Accept connections on the specified port, default is 6379 (IANA #815344).
port 6390

# Close the connection after a client is idle for N seconds (0 to disable)
timeout 0

# By default Redis does not run as a daemon. Use 'yes' if you need it.
daemonize no

# Save the DB to disk.
#
# save <seconds> <changes> [<seconds> <changes> ...]
#
# Redis will save the DB if the given number of seconds elapsed and it
# surpassed the given number of write operations against the DB.
save 3600 1
save 300 100

# The filename where to dump the DB
dbfilename dump.rdb

tcp-keepalive 300
stop-writes-on-bgsave-error yes
maxmemory-policy allkeys-lru
"""
LOGIN = """\
#
# Password aging controls:
#
#	PASS_MAX_DAYS	Maximum number of days a password may be used.
#	PASS_MIN_DAYS	Minimum number of days allowed between password changes.
#
PASS_MAX_DAYS	99999
PASS_MIN_DAYS	0

#
# Max number of login retries if password is bad
#
LOGIN_RETRIES		5
UMASK		022
"""
CLIENT = """\
# Site-wide defaults for some commonly used options.

Host *
#   ForwardAgent no
#   PasswordAuthentication yes
#   Port 22
#   CheckHostIP yes
#   AddressFamily any
#   ConnectTimeout 0
#   StrictHostKeyChecking ask
#   VisualHostKey no
    SendEnv LANG LC_*
    HashKnownHosts yes
"""
WGET = """\
# Sample initialization file for Wget.

# You can lower (or raise) the default number of retries when
# downloading a file (default is 20).
#tries = 20

# Lowering the maximum depth of the recursive retrieval is handy to
# prevent newbies from going too deep.
#reclevel = 5

# Set this to the number of seconds you want Wget to wait.
#wait = 0
passive_ftp = on
"""
FLAGS = """\
# feature flags
FEATURE_DARK_MODE=true
# FEATURE_BETA_API=true  (disabled since INC-221)
SESSION_TTL_SECONDS=1800
JWT_EXPIRY=15m
"""


@pytest.mark.parametrize("text", [SSHD, REDIS, LOGIN, CLIENT])
def test_settings_with_a_blank_are_settings(text):
    assert structure_of(text, "text/plain", "doc").kind == "settings"


@pytest.mark.parametrize(
    ("text", "query", "kept"),
    [
        (SSHD, "is root login allowed?", "PermitRootLogin prohibit-password"),
        (SSHD, "how many auth tries", "MaxAuthTries 3"),
        (SSHD, "what is the log level?", "# Logging\nLogLevel VERBOSE"),
        (REDIS, "the filename of the dump", "# The filename where to dump the DB\ndbfilename dump.rdb"),
        (LOGIN, "maximum days of a password", "PASS_MAX_DAYS\t99999"),
        (LOGIN, "how many login retries", "LOGIN_RETRIES\t\t5"),
        (CLIENT, "password authentication", "Host *\n#   PasswordAuthentication yes"),
        (WGET, "number of retries", "# You can lower (or raise) the default number of retries when\n"),
        (WGET, "number of retries", "#tries = 20"),
    ],
)
def test_a_setting_is_found_by_the_words_of_its_key_and_its_comment(text, query, kept):
    result = ragzip.compress(text, query, target_tokens=60, compressor="extractive/bm25", cache=False)
    assert kept in result.text


def test_a_setting_under_another_one_comes_with_it():
    units = structure_of(SSHD, "text/plain", "doc").units
    inside = next(unit for unit in units if SSHD[unit.start : unit.end] == "PasswordAuthentication yes")
    assert [SSHD[slice(*units[place].span)] for place in inside.relation.needs] == ["Match User deploy"]


def test_a_setting_in_a_comment_is_no_comment_of_the_next_one():
    query = "how long is a session in seconds"
    result = ragzip.compress(FLAGS, query, target_tokens=30, compressor="extractive/bm25", cache=False)
    assert result.text == "SESSION_TTL_SECONDS=1800"


@pytest.mark.parametrize(
    "text",
    [
        "# Notes\nWe met on Monday and spoke.\nThe JavaScript team was there.\niPhone sales went up.\n",
        "# Title\n\nSome words of prose here.\n\n## Part\n\nMore words of prose here.\n",
        "# prices\napples 12\nbananas 3\npears 4\n",
    ],
)
def test_prose_and_lists_are_no_settings(text):
    assert structure_of(text, "text/plain", "doc").kind != "settings"


def test_a_key_of_several_words_is_read_in_words():
    text = "MemTotal:  49368192 kB\nCached:  4486116 kB\nSwapTotal:  2097148 kB\nHugePages_Total:  0\nDirty:  116 kB\n"
    result = ragzip.compress(text, "swap total", target_tokens=20, compressor="extractive/bm25", cache=False)
    assert "SwapTotal:  2097148 kB" in result.text
