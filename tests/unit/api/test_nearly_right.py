"""Names and values that are nearly right are answered with the right ones."""

import pytest

import ragzip
from ragzip.errors import InputError, OptionError, UnknownNameError

QUERY = "When was the pump repaired?"
TEXT = "The pump broke on Monday, and nobody was there to see it. It was repaired on Friday by two men from Leeds. " * 6


def compress(context, query=QUERY, **options):
    return ragzip.compress(context, query, compressor="bm25", cache=False, **options)


@pytest.mark.parametrize("name", ["Numbers", "number", "negation", "unit", "e-mails"])
def test_names_of_what_is_protected(name):
    with pytest.raises(UnknownNameError, match=rf"protect: received '{name}' \(did you mean \w+\?\), expected one of"):
        compress(TEXT, protect=[name])


def test_a_pattern_to_protect_given_as_text():
    with pytest.raises(UnknownNameError, match=r"pattern of your own: re\.compile\('Mon\\\\w\+'\)"):
        compress(TEXT, protect=[r"Mon\w+"])


def test_several_questions_and_questions_in_a_dict():
    with pytest.raises(InputError, match=r"query: received list.*Several questions go into one text"):
        compress(TEXT, [QUERY, QUERY])
    with pytest.raises(InputError, match=r"query: received a dict.*Give its text: item\['question'\]"):
        compress(TEXT, {"question": QUERY})


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda: ragzip.Document(id="a", page_content=TEXT), r"did you mean text\?"),
        (lambda: ragzip.Document("a", TEXT, content_type="text/html"), r"did you mean mime\?"),
        (lambda: ragzip.Layout(headers="[{number}]"), r"did you mean header\?"),
        (lambda: ragzip.compress(TEXT, QUERY, fill="units"), r"load\('auto', fill='units'\)"),
        (lambda: ragzip.compress(TEXT, QUERY, target_tokens=0.25), r"a share of the tokens is rate=0\.25"),
    ],
)
def test_options_of_other_names(call, hint):
    with pytest.raises(OptionError, match=hint):
        call()


@pytest.mark.parametrize("mime", ["html", "HTML", "md", ""])
def test_a_media_type_has_two_parts(mime):
    with pytest.raises(InputError, match=r"Document.mime of 'a': received .*expected a media type such as 'text/html'"):
        ragzip.Document("a", TEXT, mime=mime)
