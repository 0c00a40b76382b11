import re

import pytest

from ragzip.errors import OptionError, UnknownNameError
from ragzip.protect import PATTERNS, Protector


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
def test_hostile_text(name, piece):
    """At this size a pattern that takes more than linear time would not end."""
    text = piece * 50_000
    assert all(0 <= start < end <= len(text) for start, end in Protector(name)(text))
