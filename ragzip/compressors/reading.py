"""Whether a model reads the language of a call."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ragzip.languages import language_of

__all__ = ["unread_language", "unread_note"]

_MOST_SAMPLED = 3000  # characters of all texts, by which their language is told
_FEWEST_SAMPLED = 200  # characters of one text


def unread_language(query: str | None, texts: Sequence[str], languages: Collection[str] | None) -> str | None:
    """The language (ISO 639-1) of the texts, or of the query, if it is told for sure and is none of ``languages``; else
    None, as where ``languages`` is None: they are not known.
    """
    if languages is None:
        return None
    share = max(_FEWEST_SAMPLED, _MOST_SAMPLED // max(1, len(texts)))
    sample = "\n".join(text[:share] for text in texts[: _MOST_SAMPLED // _FEWEST_SAMPLED])
    told = (language_of(text) for text in (sample, query or ""))
    return next((language for language in told if language is not None and language not in languages), None)


def unread_note(language: str) -> str:
    """What ``Stats.notes`` says of a call in a language that the model does not read."""
    return f"the model does not read {language!r}: chosen by wording alone"
