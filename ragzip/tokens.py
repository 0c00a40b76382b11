"""Counting tokens as the target LLM does, with no network."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ragzip.errors import ModelError, OptionError, UnknownNameError

__all__ = ["ENCODINGS", "TokenCounter", "token_counter"]

ENCODINGS = ("o200k_base", "cl100k_base")
DEFAULT_ENCODING = "o200k_base"


class TokenCounter:
    """Counts tokens: ``counter(text)`` for one text, ``counter.many(texts)`` for several.

    Made by :func:`token_counter`. Special tokens are counted as the plain text they are written in.
    """

    def __init__(self, name: str, count: Callable[[str], int], many: Callable[[Sequence[str]], list[int]]) -> None:
        self.name, self._count, self._many = name, count, many

    def __call__(self, text: str) -> int:
        return self._count(text) if text else 0

    def many(self, texts: Sequence[str]) -> list[int]:
        return self._many(texts)

    def __repr__(self) -> str:
        return f"TokenCounter({self.name!r})"


def token_counter(tokenizer: str | Path | Callable[[str], int] | TokenCounter | None = None) -> TokenCounter:
    """The counter for ``tokenizer``.

    :param tokenizer: None (``o200k_base``) | ``"o200k_base"`` | ``"cl100k_base"`` | the path of a tokenizer.json or of
        the folder that holds it | a hub id such as ``"Qwen/Qwen3-8B"`` (needs a network once) | any callable from text
        to a number of tokens.
    :raises UnknownNameError: neither an encoding, nor a file, nor a hub id.
    :raises ModelError: a tokenizer.json that cannot be read or fetched.
    :raises OptionError: of another type.
    """
    if tokenizer is None:
        return _encoding(DEFAULT_ENCODING)
    if isinstance(tokenizer, TokenCounter):
        return tokenizer
    if isinstance(tokenizer, (str, Path)):
        return _named(str(tokenizer))
    if callable(tokenizer):
        return _from_callable(tokenizer)
    raise OptionError(
        f"tokenizer: received {type(tokenizer).__name__}, expected None, {' | '.join(map(repr, ENCODINGS))}, "
        "a path or hub id of a tokenizer.json, or a function from str to int."
    )


def _named(name: str) -> TokenCounter:
    if name in ENCODINGS:
        return _encoding(name)
    path = Path(name).expanduser()
    if path.is_dir():
        path = path / "tokenizer.json"
    if path.is_file():
        stat = path.stat()
        return _from_file(str(path.resolve()), stat.st_mtime_ns)
    looks_like_path = name.endswith(".json") or name.startswith((".", "/", "~")) or name.count("/") != 1
    if looks_like_path:
        raise UnknownNameError(
            f"tokenizer: {name!r} is neither a known encoding ({', '.join(ENCODINGS)}), nor an existing "
            "tokenizer.json, nor a hub id 'owner/name'. GPT-4o and later use 'o200k_base', GPT-4 and GPT-3.5 "
            "'cl100k_base'."
        )
    return _from_hub(name)


@lru_cache(maxsize=len(ENCODINGS))
def _encoding(name: str) -> TokenCounter:
    """Splintr carries both vocabularies in its wheel (MIT) and agrees with tiktoken token for token."""
    import splintr

    tokenizer: Any = splintr.Tokenizer.from_pretrained(name)
    lock = threading.Lock()  # its piece cache is shared; a counter may be called from several threads

    def count(text: str) -> int:
        with lock:
            return len(tokenizer.encode_ordinary(text))

    def many(texts: Sequence[str]) -> list[int]:
        with lock:
            return [len(tokenizer.encode_ordinary(text)) for text in texts]

    return _Encoding(name, count, many)


class _Encoding(TokenCounter):
    def __reduce__(self) -> tuple[Any, ...]:
        return _encoding, (self.name,)


class _FileCounter(TokenCounter):
    def __reduce__(self) -> tuple[Any, ...]:
        return _named, (self.name,)


@lru_cache(maxsize=8)
def _from_file(path: str, modified: int) -> TokenCounter:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(path)
    except Exception as error:  # the library raises bare Exception
        raise ModelError(f"tokenizer: {path} is not a tokenizer.json that can be read ({error}).") from error
    return _from_tokenizers(path, tokenizer)


@lru_cache(maxsize=8)
def _from_hub(name: str) -> TokenCounter:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_pretrained(name)
    except Exception as error:
        raise ModelError(
            f"tokenizer: {name!r} is no file here, and could not be fetched from the hub ({type(error).__name__}). "
            "Download its tokenizer.json and pass the path."
        ) from error
    return _from_tokenizers(name, tokenizer)


def _from_tokenizers(name: str, tokenizer: Any) -> TokenCounter:
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False))

    def many(texts: Sequence[str]) -> list[int]:
        return [len(e) for e in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    return _FileCounter(name, count, many)


def _from_callable(function: Callable[[str], int]) -> TokenCounter:
    def count(text: str) -> int:
        number = function(text)
        if isinstance(number, bool) or not hasattr(number, "__index__") or number.__index__() < 0:
            raise OptionError(
                f"tokenizer: the function returned {number!r}, expected a whole number of tokens, 0 or more. "
                "If it returns token ids, wrap it: lambda text: len(encode(text))."
            )
        return number.__index__()

    def many(texts: Sequence[str]) -> list[int]:
        return [count(text) if text else 0 for text in texts]

    return _FunctionCounter(getattr(function, "__qualname__", type(function).__name__), count, many, function)


class _FunctionCounter(TokenCounter):
    def __init__(
        self,
        name: str,
        count: Callable[[str], int],
        many: Callable[[Sequence[str]], list[int]],
        function: Callable[[str], int],
    ) -> None:
        super().__init__(name, count, many)
        self._function = function

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_callable, (self._function,)
