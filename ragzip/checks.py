"""Checks of arguments: each returns the value in its plain type, or says what was received and what is expected.

numpy's scalars count as the numbers they hold. No check trusts ``==``, ``repr`` or ``iter`` of a value it has not told
the type of: of arrays these are arrays, and other objects may raise in them.
"""

from __future__ import annotations

import errno
import functools
import inspect
import math
import operator
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from numbers import Real
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from ragzip.errors import InputError, OptionError, RagzipError

__all__ = [
    "MAX_CHARACTERS",
    "MAX_SHOWN_CHARACTERS",
    "answers_misuse",
    "check_text",
    "choice",
    "flag",
    "item_list",
    "iter_of",
    "meant",
    "number_in",
    "path_of",
    "plain",
    "real_number",
    "shown",
    "text",
    "unknown_options",
    "whole_number",
    "with_methods",
]

MAX_CHARACTERS = 2**27  # of one text: 134 million, more than any context
MAX_SHOWN_CHARACTERS = 200  # of a value in a message
_UTF16_MARKS = ("ÿþ", "þÿ")  # as Latin-1 has them
_NO_TEXT = ("%PDF-", "{\\rtf", "PK\x03\x04", *_UTF16_MARKS)
_UTF16_WAY = "Decode the bytes with data.decode('utf-16'), or open the file with encoding='utf-16'."
_NUL_SHARE = 0.3  # of the first characters, from which every other one is taken for a half
_UNREACHABLE = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM)  # a possible path, where nothing can be seen


def check_text(text: object, what: str) -> str:
    """Return ``text`` if it can be processed.

    :raises InputError: not ``str``, with NUL bytes or lone surrogates in it, of more than 2**27 characters, or the
        bytes of a file that is no text.
    """
    if isinstance(text, (bytes, bytearray)):
        raise InputError(f"{what}: received {type(text).__name__}, expected str. Decode it: data.decode('utf-8').")
    if not isinstance(text, str):
        raise InputError(f"{what}: received {type(text).__name__}, expected str.")
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"{what}: received {len(text):,} characters, expected at most {MAX_CHARACTERS:,}. Split it into documents."
        )
    if text.startswith(_NO_TEXT):
        raise InputError(f"{what}: received {_file_kind(text)}")
    nul = text.find("\0")
    if nul >= 0:
        raise InputError(f"{what}: received a NUL byte at character {nul}, expected text. {_nul_way(text)}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"{what}: received the lone surrogate {text[error.start]!r} at character {error.start}, expected text "
            "that UTF-8 can hold. Decode the source with errors='replace'."
        ) from None
    return text


def _file_kind(text: str) -> str:
    """The kind of file that ``text`` begins as, and the way to its text."""
    if text.startswith(_UTF16_MARKS):
        return f"UTF-16 read in another encoding, expected text. {_UTF16_WAY}"
    kind = "PDF" if text.startswith("%PDF-") else "RTF" if text.startswith("{\\rtf") else "Office or zip"
    library = {"PDF": "pypdf", "RTF": "striprtf"}.get(kind, "docx2txt")
    return f"the raw contents of a {kind} file, expected its text. Extract it first, with {library} for example."


def _nul_way(text: str) -> str:
    head = text[:200]
    share = max(head[::2].count("\0"), head[1::2].count("\0")) / len(head)
    if len(head) > 3 and share > _NUL_SHARE:
        return f"It looks like UTF-16. {_UTF16_WAY}"
    return "Is it a binary file? Remove it with text.replace('\\0', '')."


def shown(value: object) -> str:
    """The ``repr`` of ``value``, in at most 200 characters; its type, where that cannot be had."""
    if isinstance(value, (str, bytes, bytearray)) and len(value) > MAX_SHOWN_CHARACTERS:
        return f"{value[:MAX_SHOWN_CHARACTERS]!r}…"
    try:
        written = repr(value)
    except Exception:  # of whole numbers of thousands of digits too
        return f"a value of the type {type(value).__name__}"
    return written if len(written) <= MAX_SHOWN_CHARACTERS else f"{written[:MAX_SHOWN_CHARACTERS]}…"


def whole_number(
    value: object, name: str, *, least: int = 0, most: int | None = None, expected: str | None = None
) -> int:
    """``value`` as an ``int``.

    :param expected: what the message says instead of the range.
    :raises OptionError: no whole number, or outside ``least`` to ``most``.
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or number < least or (most is not None and number > most):
        span = f"{least} or more" if most is None else f"{least} to {most}"
        raise OptionError(f"{name}: received {shown(value)}, expected {expected or f'a whole number, {span}'}.")
    return number


def real_number(
    value: object, name: str, *, expected: str = "a number", error: type[RagzipError] = OptionError
) -> float:
    """``value`` as a ``float`` that is not NaN; it may be infinite.

    :raises RagzipError: of the type ``error``: no number, NaN, or a whole number too large for a float.
    """
    if isinstance(value, Real) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.nan
        if not math.isnan(number):
            return number
    raise error(f"{name}: received {shown(value)}, expected {expected}.")


def number_in(
    value: object,
    name: str,
    *,
    least: float = 0.0,
    most: float = 1.0,
    above: float | None = None,
    expected: str | None = None,
) -> float:
    """``value`` as a finite ``float`` from ``least`` to ``most``; above ``above``, where that is given.

    :raises OptionError: no number, or one outside that range.
    """
    low = f"({above:g}" if above is not None else f"[{least:g}"
    expected = expected or f"a number in {low}, {most:g}{')' if math.isinf(most) else ']'}"
    number = real_number(value, name, expected=expected)
    if not math.isfinite(number) or not least <= number <= most or (above is not None and number <= above):
        raise OptionError(f"{name}: received {shown(value)}, expected {expected}.")
    return number


def flag(value: object, name: str) -> bool:
    """``value``, True or False.

    :raises OptionError: anything else; what is merely true or false as a condition, too.
    """
    if not isinstance(value, bool):
        raise OptionError(f"{name}: received {shown(value)}, expected True or False.")
    return value


def choice(value: object, name: str, choices: Sequence[str | None]) -> Any:
    """``value``, one of ``choices``.

    :raises OptionError: anything else.
    """
    if (value is None or isinstance(value, str)) and value in choices:
        return next(item for item in choices if item == value)  # the plain one, of an Enum too
    listed = [repr(item) for item in choices]
    expected = f"{', '.join(listed[:-1])} or {listed[-1]}" if len(listed) > 1 else listed[0]
    raise OptionError(f"{name}: received {shown(value)}, expected {expected}.")


def text(value: object, name: str, *, expected: str = "a text that is not empty") -> str:
    """``value``, a text with more than white space in it.

    :raises OptionError: of another type, or blank.
    """
    if not isinstance(value, str) or not value.strip():
        raise OptionError(f"{name}: received {shown(value)}, expected {expected}.")
    return value


def iter_of(value: object, name: str, *, expected: str, error: type[RagzipError] = OptionError) -> Iterator[Any]:
    """An iterator over the items of ``value``. A text, bytes or a mapping is no list of items.

    :raises RagzipError: of the type ``error``: something that has no items.
    """
    if not isinstance(value, (str, bytes, bytearray, Mapping)) and isinstance(value, Iterable):
        with suppress(TypeError):  # an array without dimensions has the method, and no items
            return iter(value)
    raise error(f"{name}: received {type(value).__name__}, expected {expected}.")


def item_list(
    value: object,
    name: str,
    kinds: type | tuple[type, ...],
    *,
    expected: str,
    error: type[RagzipError] = OptionError,
) -> list[Any]:
    """The items of ``value`` (see :func:`iter_of`) as a list, all of ``kinds``.

    :param expected: what the message says, as "a list of texts".
    :raises RagzipError: of the type ``error``: something that has no items, or an item of another type. What an
        iterator of the caller's raises is left as it is.
    """
    items = list(iter_of(value, name, expected=expected, error=error))
    for i, item in enumerate(items):
        if not isinstance(item, kinds):
            raise error(f"{name}[{i}]: received {type(item).__name__}, expected {expected}.")
    return items


def path_of(value: object, name: str, *, expected: str = "a path", error: type[RagzipError] = OptionError) -> Path:
    """``value`` as a path that can exist, whether or not it does; ``~`` is the home of the user.

    :raises RagzipError: of the type ``error``: of another type, blank, or no path for the operating system.
    """
    if isinstance(value, (str, os.PathLike)) and str(value).strip():
        try:
            path = Path(value).expanduser()
            path.lstat()
        except OSError as problem:
            if problem.errno in _UNREACHABLE:
                return path
            reason = f" ({problem.strerror})"
        except (ValueError, TypeError, RuntimeError) as problem:  # NUL, a path of bytes, no such home
            reason = f" ({problem})"
        else:
            return path
    else:
        reason = ""
    raise error(f"{name}: received {shown(value)}, expected {expected}{reason}.")


def with_methods(value: object, name: str, methods: Sequence[str], *, expected: str) -> Any:
    """``value``, an object (no class) that has ``methods``, functions or plain attributes.

    :raises OptionError: anything else.
    """
    if isinstance(value, type) or not all(hasattr(value, method) for method in methods):
        raise OptionError(f"{name}: received {type(value).__name__}, expected {expected}.")
    return value


Params = ParamSpec("Params")
Value = TypeVar("Value")

_SIMILAR = 0.75  # of 1, from which a name is taken for a slip of another
_ALIASES = {  # what other libraries and everyday words call an option
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
    "compressor": "compressors model method algorithm strategy engine pruner model_name name",
    "compressors": "compressor model method algorithm strategy engine stages",
    "tokenizer": "tokeniser encoding encoder tiktoken token_counter count_tokens counter tokenizer_name",
    "threshold": "min_score minimum_score cutoff score_threshold min_relevance similarity_threshold",
    "protect": "force_tokens preserve protected keep_patterns whitelist force_reserve_digit",
    "layout": "header headers separator sep format template sources citations numbering",
    "cache": "cache_dir cache_folder cache_path use_cache caching",
    "on_error": "errors error raise_on_error on_errors fallback strict",
    "deadline": "timeout time_limit max_seconds seconds",
    "keep_empty": "drop_empty empty",
    "model": "model_name checkpoint path model_path",
    "reorder": "rerank sort order",
}
_NOTES = {
    "ratio": "The rate is tokens kept ÷ tokens given: a ratio of 4 is rate=0.25.",
    "compressionratio": "The rate is tokens kept ÷ tokens given: a ratio of 4 is rate=0.25.",
    "model": "The model of a compressor goes to load: compressor=ragzip.load('llmlingua2', model=…).",
    "header": "Write layout=ragzip.Layout(header=…).",
    "separator": "Write layout=ragzip.Layout(separator=…).",
    "forcetokens": "The option of LLMLingua-2 goes to load: ragzip.load('llmlingua2', force_tokens=[…]).",
}


def plain(name: str) -> str:
    """``name`` as it is compared: letters and digits alone, in one case."""
    return "".join(c for c in name[:MAX_SHOWN_CHARACTERS].casefold() if c.isalnum())


_BY_ALIAS: dict[str, list[str]] = {}
for _option, _names in _ALIASES.items():
    for _name in _names.split():
        _BY_ALIAS.setdefault(plain(_name), []).append(_option)


def meant(name: str, known: Iterable[str]) -> str | None:
    """That of the ``known`` names which was probably meant by ``name``; None where none is near."""
    by_plain = {plain(item): item for item in known}
    if exact := by_plain.get(plain(name)):
        return exact
    for option in _BY_ALIAS.get(plain(name), ()):
        if option in by_plain.values():
            return option
    near = get_close_matches(plain(name), by_plain, n=1, cutoff=_SIMILAR)
    return by_plain[near[0]] if near else None


def unknown_options(
    where: str, names: Collection[str], known: Collection[str], *, given: Collection[str] = (), more: str = ""
) -> OptionError:
    """The error for options that ``where`` does not have.

    :param given: names that the call has: none of them was meant by another.
    :param more: what is said besides, where nothing of the ``known`` ones was meant.
    """
    free = [name for name in known if name not in given]
    guesses = {name: meant(name, free) for name in sorted(names)}
    listed = ", ".join(shown(name) + (f" (did you mean {guess}?)" if guess else "") for name, guess in guesses.items())
    plural = "s" if len(guesses) > 1 else ""
    notes = [_NOTES[plain(name)] for name, guess in guesses.items() if guess and plain(name) in _NOTES]
    if more and not any(guesses.values()):
        notes.append(more)
    expected = " ".join([f"expected some of {', '.join(sorted(known))}.", *dict.fromkeys(notes)])
    return OptionError(f"{where}: received the option{plural} {listed}, {expected}")


def answers_misuse(fn: Callable[Params, Value]) -> Callable[Params, Value]:
    """``fn``; a call that does not fit its signature is an OptionError that shows how to call it."""
    signature = inspect.signature(fn)
    where = fn.__qualname__.removesuffix(".__init__")

    def check(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            raise _misuse(where, signature, kwargs, str(error)) from None

    if inspect.iscoroutinefunction(fn):

        @functools.wraps(fn)
        async def acall(*args: Any, **kwargs: Any) -> Any:
            check(args, kwargs)
            return await fn(*args, **kwargs)

        return cast("Callable[Params, Value]", acall)

    @functools.wraps(fn)
    def call(*args: Params.args, **kwargs: Params.kwargs) -> Value:
        check(args, kwargs)
        return fn(*args, **kwargs)

    return call


def _misuse(where: str, signature: inspect.Signature, kwargs: Mapping[str, Any], reason: str) -> OptionError:
    parameters = {name: p for name, p in signature.parameters.items() if name != "self"}
    named = [name for name, p in parameters.items() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    others = [name for name in kwargs if name not in named]
    if others and not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return unknown_options(where, others, named, given=kwargs)
    required = [name for name in named if parameters[name].default is inspect.Parameter.empty]
    hints = [f" Did you mean {right} for {name}?" for name in others if (right := meant(name, required))]
    if "positional" in reason and "too many" in reason:
        hints.append(" Options are given by name, as in target_tokens=500.")
    expected = f"{where}({_shape(parameters)}).{''.join(hints)}"
    return OptionError(f"{where}: received a call that does not fit ({reason}), expected {expected}")


def _shape(parameters: Mapping[str, inspect.Parameter]) -> str:
    """The parameters as they are called: required ones by position, options by name."""
    pieces = ["*" * (p.kind is p.VAR_POSITIONAL) + "**" * (p.kind is p.VAR_KEYWORD) + name
              + ("" if p.default is p.empty else f"={p.default!r}") for name, p in parameters.items()]  # fmt: skip
    return ", ".join(pieces)
