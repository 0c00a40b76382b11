"""Wrapped prose with blank lines between all lines, or set in by four blanks or a tab, is split into sentences."""

import textwrap

import pytest

from ragzip.text.splitters import sentences, units

ENGLISH = (
    "The lighthouse of Fanad stands on the north coast of Donegal. It was first lit in 1817 after the frigate Saldanha "
    "had been lost with all hands. Since 1983 the light has been automatic, and no keeper lives there any more. The "
    "keeper's house, which had been empty for a long time, was opened to guests in 2016."
)
GERMAN = (
    "Der Turm steht an der Nordküste des Landes. Er wurde zuerst im Jahre 1817 angezündet, nachdem ein Schiff mit "
    "der ganzen Mannschaft untergegangen war. Seit 1983 ist das Licht automatisch, und es wohnt dort kein Wärter mehr. "
    "Das Haus, das lange leer gestanden hatte, ist seit 2016 für Gäste geöffnet."
)


def split(text: str) -> list[str]:
    return [" ".join(text[start:end].split()) for start, end in sentences(text)]


@pytest.mark.parametrize("text", [ENGLISH, GERMAN])
@pytest.mark.parametrize("width", [40, 58, 72])
@pytest.mark.parametrize(
    ("before", "between"), [("", "\n\n"), ("    ", "\n    "), ("\t", "\n\t"), ("      ", "\n      ")]
)
def test_wrapped_prose_is_split_into_sentences(text: str, width: int, before: str, between: str) -> None:
    written = before + between.join(textwrap.wrap(text, width))
    assert split(written) == split(text)


@pytest.mark.parametrize(
    "text",
    [
        "    for line in lines:\n        print(line)\n",
        "    $ make install\n    Installing the files.\n",
        "    SELECT name FROM users\n    WHERE age > 3;\n",
        "    Name     Age\n    Ann      31\n",
        "    import os\n    # All is well with it.\n",
    ],
)
def test_indented_code_stays_code(text: str) -> None:
    assert [unit.kind for unit in units(f"Run this:\n\n{text}")] == ["lead-in", "code"]


@pytest.mark.parametrize(
    "lines",
    [
        ["The mill burned down in 1902.", "Nobody was hurt.", "It was insured.", "Ann Lee, 12 Long Road", "fin"],
        [
            "The key is in the drawer.",
            *[f"https://example.org/archive/{year}/report.pdf" for year in range(2018, 2024)],
        ],
    ],
)
def test_lines_with_blank_lines_between_that_are_no_wrapped_text_stay_apart(lines: list[str]) -> None:
    assert split("\n\n".join(lines)) == lines
