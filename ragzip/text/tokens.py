"""Counting tokens as the target LLM does, with no network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ragzip.checks import shown, whole_number
from ragzip.errors import ModelError, OptionError, UnknownNameError, model_errors
from ragzip.models import shipped
from ragzip.process.forking import guarded
from ragzip.process.memory import BoundedCache

__all__ = ["ENCODINGS", "TokenCounter", "Tokenizer", "token_counter"]

_SHORT = 500  # characters
_SHORT_TEXTS_BYTES = 2**23  # of short texts and of long ones that are remembered with their counts
_LONG_TEXTS_BYTES = 2**25
_LONGEST_PIECE = 20_000  # characters that are merged to tokens at once; longer pieces are cut, and so counted in parts
_BLANKS = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # as tiktoken has them, not Python
# A piece is blanks, letters, or marks with line breaks and slashes behind them: a part of a text that is none of these
# holds the end of a piece. (Which letters beyond ASCII are letters does not matter here.)
_WITHOUT_BORDER = re.compile(rf"[{_BLANKS}]*+|[^{_BLANKS}\d!-/:-@\[-`{{-~]*+|[^{_BLANKS}\dA-Za-z]*+|[\r\n/]*+")
_CUT_TOKENS = 2  # that a cut inside a piece may save


class TokenCounter:
    """Counts tokens: ``counter(text)`` for one text, ``counter.many(texts)`` for several.

    Made by :func:`token_counter`. Special tokens are counted as the plain text they are written in. Counts of
    the encodings are exact but for runs of more than 20,000 characters without a border (blanks, one letter, dashes),
    which are counted in parts of that length, with two tokens on top for each cut. ``parts_words``: no
    token runs from one word into the next, as in every vocabulary; of a user's function that is not known.
    """

    parts_words = True

    def __init__(self, name: str, count: Callable[[str], int], many: Callable[[Sequence[str]], list[int]]) -> None:
        self.name, self._count, self._many = name, count, many

    def __call__(self, text: str) -> int:
        return self._count(text) if text else 0

    def many(self, texts: Sequence[str]) -> list[int]:
        return self._many(texts)

    def __repr__(self) -> str:
        return f"TokenCounter({self.name!r})"


Tokenizer = str | Path | Callable[[str], int] | TokenCounter | None


def token_counter(tokenizer: Tokenizer = None) -> TokenCounter:
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
    try:
        path = Path(name).expanduser()
        path = path / "tokenizer.json" if path.is_dir() else path
        if path.is_file():
            return _from_file(str(path.resolve()), path.stat().st_mtime_ns)
    except (OSError, ValueError, RuntimeError):  # no such home, or no possible path at all
        pass
    looks_like_path = name.endswith(".json") or name.startswith((".", "/", "~")) or name.count("/") != 1
    if looks_like_path:
        raise UnknownNameError(
            f"tokenizer: received {shown(name)}, expected a known encoding ({', '.join(ENCODINGS)}), an existing "
            "tokenizer.json, or a hub id 'owner/name'. GPT-4o and later use 'o200k_base', GPT-4 and "
            "GPT-3.5 'cl100k_base'."
        )
    return _from_hub(name)


# How each encoding cuts text before merging, and the sum of its ranks: both as in tiktoken's own definitions.
_WORD_O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
)
_CAPS_O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
)
_REST_O200K = r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_REST_CL100K = r"\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
_DEFINITIONS = {
    "o200k_base": (
        f"{_WORD_O200K}|{_CAPS_O200K}|{_REST_O200K}",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
    "cl100k_base": (
        rf"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{{L}}\p{{N}}]?+\p{{L}}++|{_REST_CL100K}",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
}
ENCODINGS = tuple(_DEFINITIONS)
DEFAULT_ENCODING = "o200k_base"


@lru_cache(maxsize=len(_DEFINITIONS))
def _tiktoken(name: str) -> Any:
    """Tiktoken with the ranks that ragzip carries: nothing is fetched."""
    with guarded():
        import tiktoken

    pattern, expected = _DEFINITIONS[name]
    path = shipped("bpe") / f"{name}.tiktoken.gz"
    try:
        data = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise ModelError(f"tokenizer: {path} cannot be read ({error}). Reinstall ragzip.") from error
    if hashlib.sha256(data).hexdigest() != expected:
        raise ModelError(f"tokenizer: {path} is damaged. Reinstall ragzip.")
    ranks = {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, data.splitlines())}
    return tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={})


@lru_cache(maxsize=len(_DEFINITIONS))
def _encoding(name: str) -> TokenCounter:
    encoding = _tiktoken(name)

    def count(text: str) -> int:
        if _may_have_long_pieces(text):
            counts = [len(encoding.encode_ordinary(part)) for part in _parts(text, _DEFINITIONS[name][0])]
            return sum(counts) + _CUT_TOKENS * (len(counts) - 1)  # no count may be too low
        return len(encoding.encode_ordinary(text))

    return _Encoding(name, *_remembering(count))


def rank(token: str) -> int | None:
    """The place of ``token`` among those of the default encoding, frequent ones first; None if it is none."""
    encoding = _tiktoken(DEFAULT_ENCODING)
    try:
        return int(encoding.encode_single_token(token.encode()))
    except KeyError:
        return None


def _may_have_long_pieces(text: str) -> bool:
    """Whether a stretch of half the longest piece may have no border in it.

    Each longer piece of one kind holds such a stretch; one of marks and line breaks does from twice that length on.
    """
    size = _LONGEST_PIECE // 2
    return len(text) > _LONGEST_PIECE and any(
        _WITHOUT_BORDER.fullmatch(text, start, start + size) for start in range(0, len(text) - size + 1, size)
    )


def _parts(text: str, pattern: str) -> Iterator[str]:
    """``text`` cut inside the pieces of more than 20,000 characters that ``pattern`` finds, and nowhere else.

    Merging takes tiktoken more than linear time in the length of a piece, and on millions of blanks its regular
    expressions overflow.
    """
    import regex

    at = 0
    for match in regex.finditer(pattern, text):
        for cut in range(match.start() + _LONGEST_PIECE, match.end(), _LONGEST_PIECE):
            yield text[at:cut]
            at = cut
    yield text[at:]


def _remembering(
    count: Callable[[str], int],
) -> tuple[Callable[[str], int], Callable[[Sequence[str]], list[int]]]:
    """``count`` and its form for several texts. Sentences, and the last few contexts, are remembered: they are counted
    again at every budget.
    """
    short: BoundedCache[str, int] = BoundedCache(_SHORT_TEXTS_BYTES, lambda text, _: sys.getsizeof(text))
    long: BoundedCache[str, int] = BoundedCache(_LONG_TEXTS_BYTES, lambda text, _: sys.getsizeof(text))

    def remembered(text: str) -> int:
        return (short if len(text) <= _SHORT else long).get_or_compute(text, count)

    return remembered, lambda texts: [remembered(text) for text in texts]


class _Encoding(TokenCounter):
    def __reduce__(self) -> tuple[Any, ...]:
        return _encoding, (self.name,)


class _FileCounter(TokenCounter):
    def __reduce__(self) -> tuple[Any, ...]:
        return _named, (self.name,)


@lru_cache(maxsize=8)
def _from_file(path: str, modified: int) -> TokenCounter:
    from tokenizers import Tokenizer

    with model_errors(f"tokenizer: {path} is not a tokenizer.json that can be read"):
        return _from_tokenizers(path, Tokenizer.from_file(path))


@lru_cache(maxsize=8)
def _from_hub(name: str) -> TokenCounter:
    from tokenizers import Tokenizer

    with model_errors(
        f"tokenizer: {name!r} is no file here, and could not be fetched from the hub. Download its tokenizer.json and "
        "pass the path"
    ):
        return _from_tokenizers(name, Tokenizer.from_pretrained(name))


def _from_tokenizers(name: str, tokenizer: Any) -> TokenCounter:
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(text: str) -> int:
        with guarded(), model_errors(f"tokenizer: {name} cannot count this text"):
            return len(tokenizer.encode(text, add_special_tokens=False))

    return _FileCounter(name, *_remembering(count))


def _from_callable(function: Callable[[str], int]) -> TokenCounter:
    def count(text: str) -> int:
        try:
            number = function(text)
        except Exception as error:
            raise OptionError(
                f"tokenizer: received a function that failed ({type(error).__name__}: {shown(str(error))}), expected "
                "one from str to int."
            ) from error
        expected = (
            "a whole number of tokens, 0 or more. If these are token ids, wrap it: lambda text: len(encode(text))"
        )
        return whole_number(number, "tokenizer: what the function returned", expected=expected)

    def many(texts: Sequence[str]) -> list[int]:
        return [count(text) if text else 0 for text in texts]

    return _FunctionCounter(str(getattr(function, "__qualname__", type(function).__name__)), count, many, function)


class _FunctionCounter(TokenCounter):
    parts_words = False

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
