"""Checks of arguments: values, texts, names of options, calls. Errors say what was received and what was expected.

A check returns the value in its plain type; scalars of numpy count as the numbers they hold. No check uses ``==``,
``repr`` or ``iter`` on a value of unknown type: with an array they return arrays, and in other objects they may raise.
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
from numbers import Real
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from ragzip.errors import (
    BINARY_FORMATS,
    InputError,
    OptionError,
    RagzipError,
    binary_format_of,
    bytes_remedy,
    closest_name,
    notes_on,
)

__all__ = [
    "BINARY_SIGNATURES", "MAX_CHARACTERS", "MAX_SHOWN_CHARACTERS", "answers_misuse", "check_text", "choice", "flag",
    "item_list", "iter_of", "number_in", "path_of", "real_number", "seconds", "shown", "text", "unknown_options",
    "whole_number", "with_methods",
]  # fmt: skip

Params = ParamSpec("Params")
Value = TypeVar("Value")

MAX_SHOWN_CHARACTERS = 200  # of a value in a message


def shown(value: object) -> str:
    """The ``repr`` of ``value``, cut to 200 characters; its type where ``repr`` fails."""
    if isinstance(value, (str, bytes, bytearray)) and len(value) > MAX_SHOWN_CHARACTERS:
        return f"{value[:MAX_SHOWN_CHARACTERS]!r}…"
    try:
        representation = repr(value)
    except Exception:  # also for whole numbers of thousands of digits
        return f"a value of the type {type(value).__name__}"
    is_long = len(representation) > MAX_SHOWN_CHARACTERS
    return f"{representation[:MAX_SHOWN_CHARACTERS]}…" if is_long else representation


def whole_number(
    value: object,
    name: str,
    *,
    least: int = 0,
    most: int | None = None,
    expected: str | None = None,
    error: type[RagzipError] = OptionError,
) -> int:
    """``value`` as an ``int``.

    :param expected: for the message, in place of the range.
    :raises RagzipError: of the type ``error``: no whole number, or outside ``least`` to ``most``.
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or number < least or (most is not None and number > most):
        allowed = f"{least} or more" if most is None else f"{least} to {most}"
        raise error(f"{name}: received {shown(value)}, expected {expected or f'a whole number, {allowed}'}.")
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
    """``value`` as a finite ``float`` from ``least`` to ``most``, and greater than ``above`` if set.

    :raises OptionError: no number, or one outside that range.
    """
    lower_bound = f"({above:g}" if above is not None else f"[{least:g}"
    expected = expected or f"a number in {lower_bound}, {most:g}{')' if math.isinf(most) else ']'}"
    number = real_number(value, name, expected=expected)
    if not math.isfinite(number) or not least <= number <= most or (above is not None and number <= above):
        raise OptionError(f"{name}: received {shown(value)}, expected {expected}.")
    return number


def seconds(value: object, name: str, *, most: float = math.inf) -> float:
    """``value`` as a finite ``float`` above 0 and at most ``most``, in seconds.

    :raises OptionError: no number, or one outside that range.
    """
    return number_in(value, name, above=0, most=most, expected="a number of seconds above 0")


def flag(value: object, name: str) -> bool:
    """``value``, True or False.

    :raises OptionError: anything else, even if its truth value is clear.
    """
    if not isinstance(value, bool):
        raise OptionError(f"{name}: received {shown(value)}, expected True or False.")
    return value


def choice(value: object, name: str, choices: Sequence[str | None]) -> Any:
    """``value``, one of ``choices``.

    :raises OptionError: anything else.
    """
    if (value is None or isinstance(value, str)) and value in choices:
        return next(option for option in choices if option == value)  # a plain str, also for an Enum
    quoted = [repr(option) for option in choices]
    expected = f"{', '.join(quoted[:-1])} or {quoted[-1]}" if len(quoted) > 1 else quoted[0]
    raise OptionError(f"{name}: received {shown(value)}, expected {expected}.")


def iter_of(value: object, name: str, *, expected: str, error: type[RagzipError] = OptionError) -> Iterator[Any]:
    """An iterator over the items of ``value``; texts, bytes and mappings do not count as lists.

    :raises RagzipError: of the type ``error``: a value without items.
    """
    if not isinstance(value, (str, bytes, bytearray, Mapping)) and isinstance(value, Iterable):
        with suppress(TypeError):  # an array without dimensions has the method, but no items
            return iter(value)
    raise error(f"{name}: received {type(value).__name__}, expected {expected}.")


def item_list(
    value: object, name: str, kinds: type | tuple[type, ...], *, expected: str, error: type[RagzipError] = OptionError
) -> list[Any]:
    """The items of ``value`` (see :func:`iter_of`) as a list, all of ``kinds``.

    :param expected: for the message, as "a list of texts".
    :raises RagzipError: of the type ``error``: a value without items, or an item of another type. Errors raised by an
        iterator of the caller are not changed.
    """
    items = list(iter_of(value, name, expected=expected, error=error))
    for index, item in enumerate(items):
        if not isinstance(item, kinds):
            raise error(f"{name}[{index}]: received {type(item).__name__}, expected {expected}.")
    return items


# Of valid paths, at which nothing can be seen.
_UNREACHABLE_ERRNOS = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM)


def path_of(value: object, name: str, *, expected: str = "a path", error: type[RagzipError] = OptionError) -> Path:
    """``value`` as a path that can exist, whether or not it does; ``~`` is the home of the user.

    :raises RagzipError: of the type ``error``: another type, blank, or not a valid path for the operating system.
    """
    if isinstance(value, (str, os.PathLike)) and str(value).strip():
        try:
            path = Path(value).expanduser()
            path.lstat()
        except OSError as problem:
            if problem.errno in _UNREACHABLE_ERRNOS:
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
    """``value``, an object (not a class) with ``methods``, functions or plain attributes.

    :raises OptionError: anything else.
    """
    if isinstance(value, type) or not all(hasattr(value, method) for method in methods):
        raise OptionError(f"{name}: received {type(value).__name__}, expected {expected}.")
    return value


def text(value: object, name: str, *, expected: str = "a text that is not empty") -> str:
    """``value``, a text that is not blank.

    :raises OptionError: another type, or a blank text.
    """
    if not isinstance(value, str) or not value.strip():
        raise OptionError(f"{name}: received {shown(value)}, expected {expected}.")
    return value


MAX_CHARACTERS = 2**27  # of one text: 134 million, more than any context
BINARY_SIGNATURES = tuple(known.signature.decode("latin-1") for known in BINARY_FORMATS)  # of bytes read as text
_MIN_NUL_SHARE = 0.3  # of the even or the odd characters of a text that looks like UTF-16


def check_text(text: object, what: str) -> str:
    """``text``, one that can be processed.

    :raises InputError: not ``str``, with NUL bytes or lone surrogates, of more than 2**27 characters, or the raw
        contents of a binary file.
    """
    if isinstance(text, (bytes, bytearray)):
        raise InputError(f"{what}: received {type(text).__name__}, expected str. {bytes_remedy(bytes(text[:8]))}")
    if not isinstance(text, str):
        raise InputError(f"{what}: received {type(text).__name__}, expected str.")
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"{what}: received {len(text):,} characters, expected at most {MAX_CHARACTERS:,}. Split it into documents."
        )
    if text.startswith(BINARY_SIGNATURES) and (received := binary_format_of(text[:8].encode("latin-1", "replace"))):
        raise InputError(f"{what}: received the raw contents of {received.name}, expected text. {received.remedy}")
    nul_position = text.find("\0")
    if nul_position >= 0:
        raise InputError(f"{what}: received a NUL byte at character {nul_position}, expected text. {_nul_remedy(text)}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"{what}: received the lone surrogate {text[error.start]!r} at character {error.start}, expected text "
            "that UTF-8 can hold. Decode the source with errors='replace'."
        ) from None
    return text


def _nul_remedy(text: str) -> str:
    """The likely cause of NUL bytes in ``text``, and what to do."""
    first_characters = text[:200]
    nul_share = max(first_characters[::2].count("\0"), first_characters[1::2].count("\0")) / len(first_characters)
    if len(first_characters) > 3 and nul_share > _MIN_NUL_SHARE:
        return "It looks like UTF-16. Decode the bytes with data.decode('utf-16')."
    return "Is it a binary file? Remove it with text.replace('\\0', '')."


def unknown_options(
    where: str,
    names: Collection[str],
    known: Collection[str],
    *,
    used_names: Collection[str] = (),
    more: str = "",
    noun: str = "option",
) -> OptionError:
    """The error for options that ``where`` does not have.

    :param used_names: those in the call, none of which is suggested.
    :param more: a remark for the case that no known option is similar.
    :param noun: what they are called there; remarks on calls in Python are only for an "option".
    """
    unused_names = [name for name in known if name not in used_names]
    guesses = {name: closest_name(name, unused_names) for name in sorted(names)}
    listed_names = ", ".join(
        shown(name) + (f" (did you mean {guess}?)" if guess else "") for name, guess in guesses.items()
    )
    plural = "s" if len(guesses) > 1 else ""
    remarks = notes_on(name for name, guess in guesses.items() if guess) if noun == "option" else []
    if more and not any(guesses.values()):
        remarks.append(more)
    expected = " ".join([f"expected some of {', '.join(sorted(known))}.", *dict.fromkeys(remarks)])
    return OptionError(f"{where}: received the {noun}{plural} {listed_names}, {expected}")


def answers_misuse(
    fn: Callable[Params, Value], *, way: str = "Options are given by name, as in target_tokens=500."
) -> Callable[Params, Value]:
    """``fn``, of which a call that does not match its signature is an OptionError that shows the right call. Of a
    class: its making.

    :param way: what to do instead of giving too many arguments by position.
    """
    if isinstance(fn, type):
        fn.__init__ = answers_misuse(fn.__init__)  # type: ignore[misc]
        return fn
    signature = inspect.signature(fn)
    where = fn.__qualname__.removesuffix(".__init__")

    def check(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            raise _misuse_error(where, signature, kwargs, str(error), way) from None

    if inspect.iscoroutinefunction(fn):

        @functools.wraps(fn)
        async def acall(*args: Any, **kwargs: Any) -> Any:
            check(args, kwargs)
            return await fn(*args, **kwargs)

        return cast("Callable[Params, Value]", acall)

    @functools.wraps(fn)
    def call(*args: Params.args, **kwargs: Params.kwargs) -> Value:
        try:
            return fn(*args, **kwargs)
        except TypeError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is None:  # raised by the call itself
                check(args, kwargs)
            raise

    return call


def _misuse_error(
    where: str, signature: inspect.Signature, kwargs: Mapping[str, Any], reason: str, way: str
) -> OptionError:
    """The error for a call with ``kwargs`` that does not match ``signature``, for the reason of Python."""
    parameters = {name: parameter for name, parameter in signature.parameters.items() if name != "self"}
    named_kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    option_names = [name for name, parameter in parameters.items() if parameter.kind in named_kinds]
    unknown_names = [name for name in kwargs if name not in option_names]
    if unknown_names and not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return unknown_options(where, unknown_names, option_names, used_names=kwargs)
    required = [name for name in option_names if parameters[name].default is inspect.Parameter.empty]
    hints = [f" Did you mean {known} for {name}?" for name in unknown_names if (known := closest_name(name, required))]
    if "positional" in reason and "too many" in reason:
        hints.append(f" {way}")
    call = ", ".join(str(parameter.replace(annotation=parameter.empty)) for parameter in parameters.values())
    expected = f"{where}({call}).{''.join(hints)}"
    return OptionError(f"{where}: received a call that does not fit ({reason}), expected {expected}")
