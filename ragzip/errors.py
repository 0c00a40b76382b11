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

Messages say what was received, what was expected, and what to do; here are the names of options by which people mean
another one, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
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
    "closest_name",
    "is_exit",
    "model_errors",
    "reason_of",
    "needs_extra",
    "notes_on",
    "plain",
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
    :param command: that writes the text of the file named after it.
    """

    signature: bytes
    name: str
    remedy: str
    command: str


_IMAGE = "Read the text in it first, with a program such as tesseract."
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
    BinaryFormat(
        b"\xd0\xcf\x11\xe0",
        "an Office file of before 2007",
        "Save it in a newer format, or extract its text first, with catdoc for example.",
        "catdoc",
    ),
    BinaryFormat(b"\x1f\x8b", "a gzip file", "Unpack it first, with gzip.decompress(data).", "gunzip -c"),
    BinaryFormat(b"\x89PNG", "an image", _IMAGE, "tesseract - stdout <"),
    BinaryFormat(b"\xff\xd8\xff", "an image", _IMAGE, "tesseract - stdout <"),
    BinaryFormat(b"\xff\xfe", "a UTF-16 file", _UTF16, "iconv -f utf-16 -t utf-8"),
    BinaryFormat(b"\xfe\xff", "a UTF-16 file", _UTF16, "iconv -f utf-16 -t utf-8"),
)


def binary_format_of(head: bytes) -> BinaryFormat | None:
    """The format of a file that begins with ``head``, if it is one that is no text."""
    return next((known for known in BINARY_FORMATS if head.startswith(known.signature)), None)


def bytes_remedy(data: bytes) -> str:
    """Advice on making a text of ``data``, in a sentence or two."""
    known = binary_format_of(data)
    return f"It is {known.name}. {known.remedy}" if known else "Decode it: data.decode('utf-8')."


_MAX_NAME_CHARACTERS = 200  # of a name that are compared
_MIN_SIMILARITY = 0.75  # from 0 to 1, of a misspelt name
_ALIASES_BY_OPTION = {  # names of an option in other libraries and in everyday language
    "target_tokens": "max_tokens maximum_tokens budget token_budget tokens n_tokens num_tokens token_limit token limit "
    "max_length max_len length size target target_token max_new_tokens max_output_tokens max_context_tokens",
    "rate": "ratio compression_ratio compression_rate compress_rate target_rate target_ratio fraction percent "
    "percentage share keep keep_ratio keep_rate reduce_ratio",
    "query": "question questions q user_query search_query search prompt user instruction ask",
    "query_arg": "query question question_arg q query_name query_param",
    "context": "documents document docs doc contexts text texts content contents passages passage chunks nodes input "
    "inputs data corpus prompt messages context_list sources",
    "items": "contexts context documents docs texts pairs batch inputs data query queries question questions",
    "documents": "context docs texts passages",
    "arg": "argument param parameter prompt prompt_arg context context_arg",
    "fn": "function func f callable",
    "name": "compressor method",
    "compressor": "compressors model method algorithm strategy engine pruner model_name name fill neighbours output",
    "compressors": "compressor model method algorithm strategy engine stages",
    "tokenizer": "tokeniser encoding encoder tiktoken token_counter count_tokens counter tokenizer_name",
    "threshold": "min_score minimum_score cutoff score_threshold min_relevance similarity_threshold",
    "protect": "force_tokens preserve protected keep_patterns whitelist force_reserve_digit",
    "tidy": "strip clean cleanup normalize normalise minify lossless",
    "layout": "header headers separator sep format template sources citations numbering reorder rerank sort order",
    "cache": "cache_dir cache_folder cache_path use_cache caching",
    "on_error": "errors error raise_on_error on_errors fallback strict",
    "least": "min_tokens minimum_tokens min_length minimum",
    "deadline": "timeout time_limit max_seconds seconds",
    "keep_empty": "drop_empty empty",
    "model": "model_name checkpoint path model_path",
    "text": "page_content content contents body chunk passage raw_text",
    "metadata": "meta metadatas properties payload",
    "mime": "mime_type mimetype media_type content_type type",
}
_NOTES_BY_NAME = {
    "ratio": "The rate is tokens kept ÷ tokens given: a ratio of 4 is rate=0.25.",
    "compressionratio": "The rate is tokens kept ÷ tokens given: a ratio of 4 is rate=0.25.",
    "model": "The model of a compressor goes to load: compressor=ragzip.load('llmlingua2', model=…).",
    "fill": "It is an option of a compressor: compressor=ragzip.load('auto', fill='units').",
    "neighbours": "It is an option of a compressor: compressor=ragzip.load('auto', neighbours=0.5).",
    "output": "It is an option of a compressor: compressor=ragzip.load('auto', output='markdown').",
    "header": "Write layout=ragzip.Layout(header=…).",
    "separator": "Write layout=ragzip.Layout(separator=…).",
    "reorder": 'Write layout=ragzip.Layout(order="score").',
    "order": 'Write layout=ragzip.Layout(order="score").',
    "forcetokens": "The option of LLMLingua-2 goes to load: ragzip.load('llmlingua2', force_tokens=[…]).",
}


def plain(name: str) -> str:
    """``name`` as it is compared: letters and digits alone, case-folded."""
    return "".join(character for character in name[:_MAX_NAME_CHARACTERS].casefold() if character.isalnum())


_OPTIONS_BY_ALIAS: dict[str, list[str]] = {}
for _option_name, _alias_list in _ALIASES_BY_OPTION.items():
    for _alias in _alias_list.split():
        _OPTIONS_BY_ALIAS.setdefault(plain(_alias), []).append(_option_name)


def closest_name(name: str, known: Iterable[str]) -> str | None:
    """The one of the ``known`` names that was probably meant by ``name``; None where none is similar."""
    known_by_plain = {plain(known_name): known_name for known_name in known}
    if same_name := known_by_plain.get(plain(name)):
        return same_name
    for option in _OPTIONS_BY_ALIAS.get(plain(name), ()):
        if option in known_by_plain.values():
            return option
    similar = get_close_matches(plain(name), known_by_plain, n=1, cutoff=_MIN_SIMILARITY)
    return known_by_plain[similar[0]] if similar else None


def notes_on(names: Iterable[str]) -> list[str]:
    """The notes on how to write what is meant by ``names``, for names that do not make it clear by themselves."""
    return [_NOTES_BY_NAME[plain(name)] for name in names if plain(name) in _NOTES_BY_NAME]
