"""What was probably meant by a name that is not known, and calls that do not fit their function, answered in words."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, ParamSpec, TypeVar, cast

from ragzip.checks import MAX_SHOWN_CHARACTERS, shown
from ragzip.errors import OptionError

__all__ = ["answers_misuse", "meant", "plain", "unknown_options"]

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
