"""Of what a list of changes says of one thing the newest comes, or all of it."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip import Document

CHANGELOG = """\
# Changelog

## 3.0.0 (2024-05-02)

- Removed the legacy client.
- The default timeout was raised to 60 s.
- Python 3.8 is no longer supported.

## 2.4.0 (2023-11-20)

- The default timeout is now 30 s.
- Added retries for uploads.

## 2.3.1 (2023-08-01)

- Fixed a crash when the response was empty.
"""
NOTES = """\
Release notes

Version 5.1
- Default page size lowered to 100 items.
- New filter for archived projects.

Version 5.0
- The page size now defaults to 500.
- The search index is rebuilt in the background.

Version 4.9
- Default page size: 250.
- Fixes to the export.
"""
OLDEST_FIRST = """\
## v1.6
* cache: first version, entries never expire
## v1.8
* cache: entries expire after 1 hour by default
* cli: --json flag
## v1.9
* cache: entries now expire after 10 minutes
* docs: new chapter on hooks
"""
AENDERUNGEN = """\
# Änderungen

## [2.2] - 2024-03-01
### Geändert
- Sitzungen laufen jetzt nach 15 Minuten ab.
### Neu
- Anderes Logo.

## [2.1] - 2024-01-10
### Geändert
- Sitzungen laufen nach 60 Minuten ab.
- Export als PDF.
"""
MANUAL = """\
# Manual

## 2.1 Upload

The default timeout is 30 s for an upload. Files of any size are taken.

## 3.4 Proxy

A proxy has a timeout of its own, not the default of the upload.
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("tokens", [34, 45, 60])
@pytest.mark.parametrize(
    ("text", "query", "newest"),
    [
        (CHANGELOG, "What is the default timeout?", "raised to 60 s"),
        (NOTES, "What is the default page size?", "lowered to 100 items"),
        (OLDEST_FIRST, "When do entries of the cache expire?", "now expire after 10 minutes"),
        (AENDERUNGEN, "Was ist die Frist, nach der Sitzungen ablaufen?", "jetzt nach 15 Minuten"),
    ],
)
def test_the_newest_statement_is_kept(text, query, newest, tokens, compressor):
    document = Document("CHANGELOG.md", text)
    assert newest in ragzip.compress(document, query, target_tokens=tokens, compressor=compressor, cache=SCORES).text


@pytest.mark.parametrize(
    ("query", "statement"),
    [
        ("What was the default timeout in 2.4?", "is now 30 s"),
        ("What was the default timeout in 2023?", "is now 30 s"),
    ],
)
def test_a_version_that_is_named_comes_first(query, statement):
    document = Document("CHANGELOG.md", CHANGELOG)
    assert statement in ragzip.compress(document, query, target_tokens=34, cache=SCORES).text


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_numbers_of_sections_are_no_versions(compressor):
    document = Document("manual.md", MANUAL)
    kept_text = ragzip.compress(
        document, "What is the default timeout of an upload?", target_tokens=30, compressor=compressor, cache=SCORES
    ).text
    assert "30 s" in kept_text


FEES = [
    ("Fees 2021", "An hour of tuition costs 30 euros. Books are lent."),
    ("Fees 2024", "An hour of tuition with a teacher of the school costs 38 euros."),
    ("Teachers", "Ms Lowe teaches tuition groups."),
]
GUIDES = [
    ("Cleaning guide v2", "Filters of the pump are now rinsed once a month, and changed in spring."),
    ("Cleaning guide v1", "Filters of the pump are rinsed every day."),
]
POSTAGE = [
    ("Postage from May 2023", "Letters up to 20 g cost 3.10 euros in the country."),
    ("Postage from May 2019", "Letters up to 20 g cost 1.50 euros."),
]
LEIHFRISTEN = [
    ("Leihfristen (Stand Mai 2020)", "Bücher werden vier Wochen verliehen."),
    ("Leihfristen (Stand April 2023)", "Bücher werden allen Lesern der Stadt drei Wochen verliehen."),
]


@pytest.mark.parametrize(
    ("documents", "query", "kept", "left_out"),
    [
        (FEES, "What does an hour of tuition cost?", "38 euros", "30 euros"),
        (GUIDES, "How often are the filters of the pump rinsed?", "once a month", "every day"),
        (POSTAGE, "What does 1 letter cost?", "3.10", "1.50"),
        (LEIHFRISTEN, "Wie lange werden Bücher verliehen?", "drei Wochen", "vier Wochen"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_of_documents_of_one_name_the_newest_comes(documents, query, kept, left_out, compressor):
    documents = [Document(str(number), text, title=title) for number, (title, text) in enumerate(documents)]
    text = ragzip.compress(documents, query, target_tokens=20, compressor=compressor, cache=SCORES).text
    assert kept in text and left_out not in text


@pytest.mark.parametrize(
    ("older", "newer", "query"),
    [
        ("Guest rules, effective 1 May 2020. Dogs stay in the yard at night.",
         "Guest rules, effective 1 April 2023. Dogs may now sleep in the rooms of guests at night.",
         "Where do dogs sleep at night?"),
        ("Mensa, Preise 2019. Ein Essen mit Salat kostet 4 Euro.",
         "Mensa, Preise 2024. Ein warmes Essen mit Salat und Brot kostet 7 Euro.", "Was kostet ein Essen mit Salat?"),
        ("Lift times, as of 30.9.2019. The lift runs every 5 minutes.",
         "Lift times, as of 1.3.2024. The lift at the top runs every 8 minutes.", "How often does the lift run?"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_of_texts_with_one_first_line_the_newest_comes(older, newer, query, compressor):
    tokens = 27 if query.startswith("Where") else 24
    text = ragzip.compress([older, newer], query, target_tokens=tokens, compressor=compressor, cache=SCORES).text
    assert newer in text and older not in text


@pytest.mark.parametrize(
    ("titles", "query"),
    [
        (("Fees 2021", "Fees 2024"), "What did an hour of tuition cost in 2021?"),
        (("Fees 2021", "Fees 2024"), "What was the first price of an hour of tuition?"),
        (("Fees 2021", "Prices 2024"), "What does an hour of tuition cost?"),
        (("Chapter 3", "Chapter 4"), "What does an hour of tuition cost?"),
    ],
)
def test_no_newer_document_comes_where_it_is_not_of_the_same(titles, query):
    texts = (text for _, text in FEES)
    documents = [Document(title, text, title=title) for title, text in zip(titles, texts, strict=False)]
    text = ragzip.compress(documents, query, target_tokens=14, compressor="extractive/bm25", cache=SCORES).text
    assert "30 euros" in text


RELEASES = """\
Version 1.9 (2024-01-05)
- new: export to CSV
Version 1.10 (2024-03-11)
- fix: memory leak in the parser
Version 1.8 (2023-11-02)
- removed: Python 3.7
"""
UNRELEASED = (
    "# Changelog\n\n## [Unreleased]\n### Added\n- Option `--fast`.\n\n## [3.2.0] - 2024-05-14\n### Fixed\n"
    "- Crash on empty files.\n\n## [3.1.1] - 2024-03-02\n### Security\n- New libxml2.\n"
)


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("changes", "query", "version"),
    [
        (CHANGELOG, "What is the latest version?", "3.0.0 (2024-05-02)"),
        (RELEASES, "What is new in the latest release?", "Version 1.10 (2024-03-11)"),
        (RELEASES, "Welches ist die neueste Version?", "Version 1.10 (2024-03-11)"),
        (UNRELEASED, "What is the latest released version?", "[3.2.0] - 2024-05-14"),
    ],
)
def test_the_latest_version_is_the_newest_one(changes, query, version, compressor):
    for target_tokens in (35, 55):
        kept = ragzip.compress(changes, query, target_tokens=target_tokens, compressor=compressor, cache=False).text
        assert version in kept
