"""Whether a model reads the language of a call."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ragzip.text.languages import language_of
from ragzip.types import Note

__all__ = ["unread_language", "unread_note"]

_MOST_SAMPLED = 3000  # characters of all texts, by which their language is told
_FEWEST_SAMPLED = 200  # characters of one text
_FIRST_NOT_LATIN = "\u0370"


def unread_language(query: str | None, texts: Sequence[str], languages: Collection[str] | None) -> str | None:
    """The language (ISO 639-1) of the texts, or else of the query, if it is told for sure and is none of ``languages``;
    else None, as where ``languages`` is None: they are not known.

    The language of a short query in Latin letters is easily mistaken: that of the texts comes first.
    """
    if languages is None:
        return None
    characters_per_text = max(_FEWEST_SAMPLED, _MOST_SAMPLED // max(1, len(texts)))
    text_language = language_of(
        "\n".join(text[:characters_per_text] for text in texts[: _MOST_SAMPLED // _FEWEST_SAMPLED])
    )
    if text_language is not None and text_language not in languages:
        return text_language
    query_language = language_of(query or "")
    if (
        query_language is None
        or query_language in languages
        or (text_language is not None and max(query or "") < _FIRST_NOT_LATIN)
    ):
        return None
    return query_language


def unread_note(language: str) -> Note:
    """What ``Stats.notes`` says of a call in a language that the model does not read."""
    return Note("unread-language", f"the model does not read {language!r}: chosen by wording alone")
