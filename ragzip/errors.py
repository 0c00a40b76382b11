"""Every error ragzip raises on purpose.

    RagzipError
    ├── InputError          a context, document or query that cannot be processed (also ValueError)
    ├── OptionError         an option outside its range, or of the wrong type (also ValueError)
    │   └── BudgetError     a budget that cannot hold what must be kept
    ├── UnknownNameError    a compressor, tokenizer, metric … that is not registered (also LookupError)
    ├── MissingExtraError   a library from an extra is not installed (also ImportError)
    ├── SoftTextError       vectors have reached code that reads text (also TypeError)
    ├── DeadlineError       the time limit of a call is over, or it was cancelled
    ├── ModelError          a model or tokenizer file is missing or does not fit
    └── StorageError        a saved index or cache folder that cannot be read or written

Messages say what was received, what was expected, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

__all__ = [
    "BINARY_FORMATS",
    "BinaryFormat",
    "BudgetError",
    "DeadlineError",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "OptionError",
    "RagzipError",
    "SoftTextError",
    "StorageError",
    "UnknownNameError",
    "binary_format_of",
    "bytes_remedy",
    "is_exit",
    "model_errors",
    "reason_of",
    "needs_extra",
]


class RagzipError(Exception):
    """The base of all errors that ragzip raises on purpose."""


class InputError(RagzipError, ValueError):
    """A context, document or query that cannot be processed."""


class OptionError(RagzipError, ValueError):
    """An option outside its range, or of the wrong type."""


class BudgetError(OptionError):
    """A budget that is too small for the spans that must be kept."""


class UnknownNameError(RagzipError, LookupError):
    """A name that is not registered; the message lists those that are."""


class MissingExtraError(RagzipError, ImportError):
    """A library that belongs to an extra is not installed."""

    def __init__(self, library: str, extra: str) -> None:
        self.library, self.extra = library, extra
        super().__init__(library, extra)

    def __str__(self) -> str:
        return (
            f"{self.library} is not installed. It belongs to the extra {self.extra!r}: "
            f'run  pip install "ragzip[{self.extra}]"'
        )


class needs_extra:
    """A block that imports libraries of ``extra``; one that is not installed is a :class:`MissingExtraError`.

    :param library: its name for pip, where that is not the name of the module.
    """

    def __init__(self, extra: str, library: str | None = None) -> None:
        self._extra, self._library = extra, library

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, ModuleNotFoundError):
            raise MissingExtraError(self._library or error.name or self._extra, self._extra) from error


class SoftTextError(RagzipError, TypeError):
    """Soft segments have reached code that reads text."""

    def __init__(self, where: str, vectors: int) -> None:
        self.where, self.vectors = where, vectors
        super().__init__(where, vectors)

    def __str__(self) -> str:
        return (
            f"{self.where}: {self.vectors} vectors of a soft compressor are not text. Pass Result.parts to a "
            "ragzip.soft.reader.SoftReader of the same language model, or use a compressor that leaves text."
        )


class DeadlineError(RagzipError):
    """The time limit of a call is over, or the call was cancelled."""


class ModelError(RagzipError):
    """A model or tokenizer file is missing, damaged or does not fit."""


class StorageError(RagzipError):
    """A saved index or cache folder that cannot be read or written."""


def reason_of(error: BaseException) -> str:
    """The type and message of ``error``, for places where it is reported and not raised."""
    return f"{type(error).__name__}: {error}"


_MAX_REASON_CHARACTERS = 300


def is_exit(error: BaseException) -> bool:
    """Whether an exception is meant to end the program; a panic of a library written in Rust is not."""
    return not isinstance(error, Exception) and type(error).__name__ != "PanicException"


@contextmanager
def model_errors(message: str) -> Iterator[None]:
    """A block in which any error of a library becomes a ModelError with ``message`` and the reason.

    A panic of ``tokenizers`` is a ``BaseException``, which no ``except Exception`` catches and which would end the
    program.

    :raises ModelError: anything was raised but a RagzipError or an intended exit (KeyboardInterrupt, SystemExit).
    """
    try:
        yield
    except RagzipError:
        raise
    except BaseException as error:
        if is_exit(error):
            raise
        reason = " ".join(str(error).split())[:_MAX_REASON_CHARACTERS]
        raise ModelError(f"{message} ({type(error).__name__}: {reason}).") from error


class BinaryFormat(NamedTuple):
    """A kind of file that is no text.

    :param signature: the first bytes of its files.
    :param name: for messages.
    :param remedy: how to get the text in Python, a sentence.
    :param command: that writes the text of the file named behind it.
    """

    signature: bytes
    name: str
    remedy: str
    command: str


_UTF16 = "Decode the bytes with data.decode('utf-16'), or open the file with encoding='utf-16'."
BINARY_FORMATS: Final = (
    BinaryFormat(
        b"%PDF-", "a PDF file", "Extract its text first, with ragzip.files.pdf.read_pdf(path) for example.", "pdftotext"
    ),
    BinaryFormat(
        b"PK\x03\x04",
        "an Office or zip file",
        "Extract its text first, with ragzip.files.sheets.read_sheets(path) or docx2txt for example.",
        "pandoc -t plain",
    ),
    BinaryFormat(b"{\\rtf", "an RTF file", "Extract its text first, with striprtf for example.", "pandoc -t plain"),
    BinaryFormat(b"\xff\xfe", "a UTF-16 file", _UTF16, "iconv -f utf-16 -t utf-8"),
    BinaryFormat(b"\xfe\xff", "a UTF-16 file", _UTF16, "iconv -f utf-16 -t utf-8"),
)


def binary_format_of(head: bytes) -> BinaryFormat | None:
    """The format of a file that begins with ``head``, if it is one that is no text."""
    return next((known for known in BINARY_FORMATS if head.startswith(known.signature)), None)


def bytes_remedy(data: bytes) -> str:
    """How to make a text of ``data``, in a sentence or two."""
    known = binary_format_of(data)
    return f"It is {known.name}. {known.remedy}" if known else "Decode it: data.decode('utf-8')."
