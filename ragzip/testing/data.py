"""Texts and documents as hypothesis strategies."""

from __future__ import annotations

from hypothesis import strategies as st

from ragzip.types import Document

__all__ = ["PIECES", "contexts", "documents", "texts"]

PIECES = [
    "Dr. Ada Lovelace wrote to Charles Babbage on 12 March 1842. She asked about 3.14 kg of brass.",
    'He said: "It cannot be done." Then it was done!',
    "The river rises in the hills, crosses the Mearns and reaches the sea at Inverbervie [12].",
    "See https://example.org/a?b=1,2 and mail ops-team@example.org about INV-2024-00417 by 2024-05-01.",
    "# Heading\n\nText below it. And more.",
    "- first item, with a clause\n- second item\n  that goes on\n* third",
    "```python\ndef f(x):\n    return x + 1\n```",
    "| name | year |\n|---|---|\n| Ada | 1815 |\n| Charles | 1791 |",
    '{"id": 7, "tags": ["a", "b"], "ok": true}',
    "北京是中国的首都。天气很好！你喜欢吗？",
    "東京タワーは赤い。「はい」と言った。コンピュータは速い。",
    "서울은 한국의 수도이다. 날씨가 좋다.",
    "Ünïcödé naïve café 👩‍👩‍👧‍👦 👍🏽 e\u0301tude — fin…",
    "مرحبا بالعالم. هذا نص قصير.",
    "2024-05-01 12:00:01 ERROR worker-3 failed: timeout after 30s\n2024-05-01 12:00:02 INFO retry",
    "word " * 40,
    "no punctuation here just a long run of plain words that never ends and goes on and on until it does",
]


def texts() -> st.SearchStrategy[str]:
    """Prose, Markdown, code, tables, CJK and emoji, mixed; and arbitrary Unicode without NUL and surrogates."""
    pieces = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5)
    joined = st.builds(lambda parts, glue: glue.join(parts), pieces, st.sampled_from(["\n\n", " ", "\n", "\r\n\r\n"]))
    blank = st.sampled_from(["", " ", "\n \n", "\u3000\t"])
    anything = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=80)
    return st.one_of(joined, joined, joined, blank, anything, st.builds(lambda a, b: a + b, joined, anything))


def documents() -> st.SearchStrategy[list[Document]]:
    """Zero to five documents, some with titles and metadata, ids not always different."""
    document = st.builds(
        lambda id, text, title: Document(id, text, title=title, metadata={"source": id}),
        st.sampled_from(["a", "b", "c", "d"]),
        texts(),
        st.sampled_from([None, "Ada Lovelace", "北京"]),
    )
    return st.lists(document, max_size=5)


def contexts() -> st.SearchStrategy[tuple[list[Document], str | None]]:
    """Documents and a query, or none."""
    queries = st.sampled_from([None, "", "Who wrote to Babbage?", "首都是哪里", "What failed after 30s?", "zzz"])
    return st.tuples(documents(), queries)
