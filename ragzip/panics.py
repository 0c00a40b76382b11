"""Errors of the libraries that run models, panics of their Rust code included, as one type."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ragzip.errors import ModelError, RagzipError

__all__ = ["model_errors"]

_MAX_REASON_CHARACTERS = 300


@contextmanager
def model_errors(message: str) -> Iterator[None]:
    """A block in which whatever a library raises becomes a ModelError: ``message`` and the reason.

    A panic of ``tokenizers`` is a ``BaseException``: no ``except Exception`` sees it, and it ends the host's program.

    :raises ModelError: something else than a RagzipError, or an end that is meant (KeyboardInterrupt, SystemExit), was
        raised within.
    """
    try:
        yield
    except RagzipError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        reason = " ".join(str(error).split())[:_MAX_REASON_CHARACTERS]
        raise ModelError(f"{message} ({type(error).__name__}: {reason}).") from error
