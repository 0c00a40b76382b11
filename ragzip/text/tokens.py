"""Token counts as of the target LLM, with no network."""

from __future__ import annotations

import binascii
import gzip
import hashlib
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
from ragzip.text.lazy_patterns import pattern_of

__all__ = ["ENCODINGS", "TokenCounter", "Tokenizer", "token_counter"]

_MAX_SHORT_TEXT_CHARACTERS = 500
_MAX_SHORT_TEXTS_BYTES = 2**23  # of the texts that are remembered with their counts
_MAX_LONG_TEXTS_BYTES = 2**25
_MAX_PIECE_CHARACTERS = 20_000  # that are merged to tokens at once; a longer piece is counted in parts
_BLANKS = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # as tiktoken has them, not Python
# A piece is blanks, letters, or marks followed by line breaks and slashes: a stretch of text that is none of these has
# the end of a piece in it. (Which characters beyond ASCII are letters does not matter here.)
_WITHOUT_BORDER = pattern_of(rf"[{_BLANKS}]*+|[^{_BLANKS}\d!-/:-@\[-`{{-~]*+|[^{_BLANKS}\dA-Za-z]*+|[\r\n/]*+")
_MAX_TOKENS_SAVED_PER_CUT = 2  # by counting a piece in two parts


class TokenCounter:
    """A counter of tokens, see :func:`token_counter`: ``counter(text)`` for one text, ``counter.many(texts)`` for more.

    Special tokens are counted as plain text. Counts of the encodings are exact, except in runs of more than 20,000
    characters without a border (blanks, one letter, dashes): these are counted in parts of that length, with two tokens
    added for each cut. ``parts_words``: no token spans two words, as in every vocabulary; not known of a user's
    function. ``frees_interpreter``: other threads run while it counts.
    """

    parts_words = True
    frees_interpreter = False

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
    """The counter of the tokens of ``tokenizer``.

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
    except (OSError, ValueError, RuntimeError):  # no such home directory, or not a valid path
        pass
    looks_like_path = name.endswith(".json") or name.startswith((".", "/", "~")) or name.count("/") != 1
    if looks_like_path:
        raise UnknownNameError(
            f"tokenizer: received {shown(name)}, expected a known encoding ({', '.join(ENCODINGS)}), an existing "
            "tokenizer.json, or a hub id 'owner/name'. GPT-4o and later use 'o200k_base', GPT-4 and "
            "GPT-3.5 'cl100k_base'."
        )
    return _from_hub(name)


# The pattern by which each encoding cuts text before merging, and the checksum of its ranks, as tiktoken defines them.
_WORD_O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
)
_CAPS_O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
)
_OTHER_O200K = r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_OTHER_CL100K = r"\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
_DEFINITIONS = {
    "o200k_base": (
        f"{_WORD_O200K}|{_CAPS_O200K}|{_OTHER_O200K}",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
    "cl100k_base": (
        rf"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{{L}}\p{{N}}]?+\p{{L}}++|{_OTHER_CL100K}",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
}
ENCODINGS = tuple(_DEFINITIONS)
DEFAULT_ENCODING = "o200k_base"


@lru_cache(maxsize=len(_DEFINITIONS))
def _tiktoken(name: str) -> Any:
    """The tiktoken encoding ``name`` with the ranks shipped in ragzip: nothing is fetched."""
    with guarded():
        import tiktoken

    pattern, checksum = _DEFINITIONS[name]
    ranks_path = shipped("bpe") / f"{name}.tiktoken.gz"
    try:
        rank_table = gzip.decompress(ranks_path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise ModelError(f"tokenizer: {ranks_path} cannot be read ({error}). Reinstall ragzip.") from error
    if hashlib.sha256(rank_table).hexdigest() != checksum:
        raise ModelError(f"tokenizer: {ranks_path} is damaged. Reinstall ragzip.")
    fields = rank_table.split()  # a token and its rank, in turn
    ranks = dict(zip(map(binascii.a2b_base64, fields[::2]), map(int, fields[1::2]), strict=True))
    return tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={})


@lru_cache(maxsize=len(_DEFINITIONS))
def _encoding(name: str) -> TokenCounter:
    encoding = _tiktoken(name)

    def count(text: str) -> int:
        if _may_have_long_pieces(text):
            part_counts = [len(encoding.encode_ordinary(part)) for part in _parts(text, _DEFINITIONS[name][0])]
            return sum(part_counts) + _MAX_TOKENS_SAVED_PER_CUT * (len(part_counts) - 1)  # no count may be too low
        return len(encoding.encode_ordinary(text))

    return _Encoding(name, *_remembering(count))


def rank(token: str) -> int | None:
    """The rank of ``token`` in the default encoding, frequent ones first; None where it is not one token."""
    encoding = _tiktoken(DEFAULT_ENCODING)
    try:
        return int(encoding.encode_single_token(token.encode()))
    except KeyError:
        return None


def _may_have_long_pieces(text: str) -> bool:
    """Whether some stretch of half the longest piece has no border in it.

    Every longer piece of one kind has such a stretch in it; one of marks and line breaks from twice that length on.
    """
    stretch_length = _MAX_PIECE_CHARACTERS // 2
    return len(text) > _MAX_PIECE_CHARACTERS and any(
        _WITHOUT_BORDER.fullmatch(text, start, start + stretch_length)
        for start in range(0, len(text) - stretch_length + 1, stretch_length)
    )


def _parts(text: str, pattern: str) -> Iterator[str]:
    """The parts of ``text``, cut inside the pieces of more than 20,000 characters that ``pattern`` finds.

    Tiktoken merges a piece in more than linear time, and its regular expressions overflow on millions of blanks.
    """
    import regex

    part_start = 0
    for match in regex.finditer(pattern, text):
        for cut in range(match.start() + _MAX_PIECE_CHARACTERS, match.end(), _MAX_PIECE_CHARACTERS):
            yield text[part_start:cut]
            part_start = cut
    yield text[part_start:]


def _remembering(
    count: Callable[[str], int],
) -> tuple[Callable[[str], int], Callable[[Sequence[str]], list[int]]]:
    """``count`` and a function for several texts, both with a memory.

    Sentences and the last few contexts are remembered, since they are counted again at every budget.
    """
    short_texts: BoundedCache[str, int] = BoundedCache(_MAX_SHORT_TEXTS_BYTES, lambda text, _: sys.getsizeof(text))
    long_texts: BoundedCache[str, int] = BoundedCache(_MAX_LONG_TEXTS_BYTES, lambda text, _: sys.getsizeof(text))

    def remembered(text: str) -> int:
        return (short_texts if len(text) <= _MAX_SHORT_TEXT_CHARACTERS else long_texts).get_or_compute(text, count)

    return remembered, lambda texts: [remembered(text) for text in texts]


class _Encoding(TokenCounter):
    frees_interpreter = True

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
        f"tokenizer: {name!r} is not a file here and could not be fetched from the hub. Download its tokenizer.json "
        "and pass its path"
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
