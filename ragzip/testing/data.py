"""Texts, documents and whole calls as hypothesis strategies."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st

from ragzip.checks import BINARY_SIGNATURES
from ragzip.output.layout import Layout
from ragzip.text.protect import PATTERNS
from ragzip.types import Document

__all__ = ["PIECES", "TARGETS", "Call", "calls", "contexts", "documents", "texts"]

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

TARGETS = (1, 2, 3, 5, 10, 20, 50, 200)  # tokens


def quarter_of_characters(text: str) -> int:
    """A tokenizer that rounds down: short texts cost nothing."""
    return len(text) // 4


def words_and_a_third(text: str) -> int:
    """A tokenizer whose counts do not add up."""
    return int(len(text.split()) * 1.3)


def utf8_bytes(text: str) -> int:
    """A tokenizer of single bytes."""
    return len(text.encode())


_TOKENIZERS = (None, None, None, "cl100k_base", len, quarter_of_characters, words_and_a_third, utf8_bytes)
_LAYOUTS = (None, None, Layout("\n---\n", "[{number}] {title}\n"), Layout(order="score"))


class Call(NamedTuple):
    """A call: documents, the query, and the options of :class:`ragzip.Pipeline` that set budget, tokenizer, layout and
    what is protected.
    """

    documents: list[Document]
    query: str | None
    options: dict[str, Any]


def texts() -> st.SearchStrategy[str]:
    """Prose, Markdown, code, tables, CJK and emoji, mixed; and arbitrary Unicode without NUL and surrogates."""
    pieces = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5)
    joined = st.builds(lambda parts, glue: glue.join(parts), pieces, st.sampled_from(["\n\n", " ", "\n", "\r\n\r\n"]))
    blank = st.sampled_from(["", " ", "\n \n", "\u3000\t"])
    anything = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=80).filter(_is_text)
    return st.one_of(joined, joined, joined, blank, anything, st.builds(lambda a, b: a + b, joined, anything))


def _is_text(text: str) -> bool:
    """Whether a text is no raw contents of a file, whose signatures Hypothesis draws from the source of the package."""
    return not text.startswith(BINARY_SIGNATURES)


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


def calls() -> st.SearchStrategy[Call]:
    """Calls with everything drawn together: context, ``target_tokens`` or ``rate``, tokenizer, layout, ``protect``,
    ``tidy``.
    """
    rates = st.one_of(st.sampled_from([0.1, 0.3, 0.5, 0.8, 1.0]), st.floats(0.05, 1.0))
    budgets = st.one_of(
        st.builds(lambda target: {"target_tokens": target}, st.sampled_from(TARGETS)),
        st.builds(lambda rate: {"rate": rate}, rates),
    )
    protected = st.one_of(st.just(()), st.just(()), st.lists(st.sampled_from(sorted(PATTERNS)), min_size=1, max_size=2))
    others = st.fixed_dictionaries(
        {
            "tokenizer": st.sampled_from(_TOKENIZERS),
            "layout": st.sampled_from(_LAYOUTS),
            "protect": protected,
            "tidy": st.sampled_from([None, None, True, False]),
        }
    )
    return st.builds(
        lambda context, budget, options: Call(context[0], context[1], budget | options), contexts(), budgets, others
    )
