"""The calls: compress a context, many of them, in an event loop, or around a function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from ragzip.cache import CacheOption
from ragzip.checks import answers_misuse, iter_of, shown, text, unknown_options
from ragzip.compressors.base import Compressor
from ragzip.context import ContextLike, told
from ragzip.errors import InputError, OptionError
from ragzip.output.layout import Layout
from ragzip.pipeline import OnError, Pipeline
from ragzip.process.deadline import in_thread
from ragzip.result import Result
from ragzip.text.tokens import Tokenizer

__all__ = ["acompress", "compress", "compress_batch", "pipeline_of", "wrap"]

_PAIRS = "pairs of a context and a query: [(context, query), …]"
_OF_A_COMPRESSOR = "Options of a compressor go to load: compressor=ragzip.load(name, …)."
Function = TypeVar("Function", bound=Callable[..., Any])


@answers_misuse
def compress(
    context: ContextLike,
    query: str | None = None,
    *,
    target_tokens: int | None = None,
    rate: float | None = None,
    threshold: float | None = None,
    compressor: str | Compressor | Sequence[str | Compressor] = "auto",
    tokenizer: Tokenizer = None,
    protect: Any = (),
    layout: Layout | None = None,
    cache: CacheOption = None,
    on_error: OnError = "raise",
    deadline: float | None = None,
) -> Result:
    """The part of ``context`` that answers ``query``, in at most so many tokens.

    :param context: a text, a :class:`Document`, or a sequence of either.
    :param query: what the text is needed for (None: whatever matters in itself).
    :param compressor: a name of the registry, a compressor, or a list of either: they run in order.
    :param layout: separators, headers and order; ``Layout.sources()`` numbers the documents.

    The other options are those of :class:`Pipeline`.

    :raises InputError: a context or a query that cannot be processed.
    :raises OptionError: an unknown option, or a value outside its range.

    >>> print(compress("Paris is the capital of France. It rained.", "capital of France?", target_tokens=7))
    Paris is the capital of France.
    <BLANKLINE>
    [11 → 7 tokens (63.6%), 1 of 1 documents kept]
    """
    options = {key: value for key, value in locals().items() if key not in ("context", "query")}
    return pipeline_of(options, "compress").run(context, query)


@answers_misuse
def compress_batch(items: Iterable[tuple[ContextLike, str | None]], **options: Any) -> list[Result]:
    """``[compress(context, query, **options) for context, query in items]`` over one pipeline; order kept.

    :param options: those of :func:`compress`.
    :raises InputError: an item that is no pair, or that :func:`compress` refuses; the message begins with its number.
    """
    pipeline = pipeline_of(options, "compress_batch", besides=("items",))
    results: list[Result] = []
    pairs = iter_of(items, "compress_batch", expected=_PAIRS, error=InputError)
    for i, item in enumerate(pairs):
        if not isinstance(item, tuple) or len(item) != 2:
            what = "a text" if isinstance(item, str) else told(item).what
            raise InputError(f"compress_batch, item {i}: received {what}, expected a tuple. Give {_PAIRS}.")
        try:
            results.append(pipeline.run(*item))
        except InputError as error:
            raise InputError(f"compress_batch, item {i}: {error}") from error
    return results


@answers_misuse
async def acompress(context: ContextLike, query: str | None = None, **options: Any) -> Result:
    """:func:`compress` for async callers: it runs in a thread, and the event loop goes on.

    Where the caller is cancelled, the call ends at its next batch; nobody waits for it.
    """
    return await in_thread(pipeline_of(options, "acompress", besides=("context", "query")).run, context, query)


@answers_misuse
def wrap(fn: Function, *, arg: str = "prompt", query_arg: str | None = None, **options: Any) -> Function:
    """``fn`` with its argument ``arg`` compressed first; works for plain and async functions.

    :param arg: the parameter that holds the context: str, Document, or a sequence of either; ``fn`` receives text.
    :param query_arg: the parameter that holds the query, if there is one; it is passed on as it is.
    :param options: those of :func:`compress`.
    :raises OptionError: ``fn`` has no such parameter, or an unknown option.
    """
    pipeline = pipeline_of(options, "wrap", besides=("fn", "arg", "query_arg"))
    if not callable(fn):
        raise OptionError(f"wrap: received {type(fn).__name__}, expected a function.")
    text(arg, "arg", expected="the name of a parameter")
    if query_arg is not None:
        text(query_arg, "query_arg", expected="the name of a parameter, or None")
    try:
        signature = inspect.signature(fn)
    except (ValueError, TypeError) as error:
        raise OptionError(
            f"wrap: received {fn!r}, expected a function whose parameters can be seen ({error})."
        ) from None
    kinds = {p.name: p.kind for p in signature.parameters.values()}
    rest = next((name for name, kind in kinds.items() if kind is inspect.Parameter.VAR_KEYWORD), None)
    single = [name for name, kind in kinds.items() if kind not in (kind.VAR_POSITIONAL, kind.VAR_KEYWORD)]
    for name in (arg,) if query_arg is None else (arg, query_arg):
        if name not in single and (rest is None or name in kinds):
            raise OptionError(
                f"wrap: received {shown(name)}, expected a parameter of it: {', '.join(single) or 'it has none'}."
            )

    def holder_of(bound: inspect.BoundArguments, name: str) -> dict[str, Any]:
        """Where the value of ``name`` is: among the arguments, or among those that ``**`` collects."""
        holder = bound.arguments if name in single or rest is None else bound.arguments.get(rest, {})
        return cast("dict[str, Any]", holder)

    def given(
        args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[inspect.BoundArguments, dict[str, Any], str | None]:
        bound = signature.bind(*args, **kwargs)
        query = None
        if query_arg is not None:
            bound_default = signature.parameters[query_arg].default if query_arg in single else None
            query = holder_of(bound, query_arg).get(query_arg, bound_default)
            query = None if query is inspect.Parameter.empty else query
        return bound, holder_of(bound, arg), query

    if inspect.iscoroutinefunction(fn):

        @functools.wraps(fn)
        async def acall(*args: Any, **kwargs: Any) -> Any:
            bound, holder, query = given(args, kwargs)
            if holder.get(arg) is not None:
                holder[arg] = (await in_thread(pipeline.run, holder[arg], query)).text
            return await cast("Awaitable[Any]", fn(*bound.args, **bound.kwargs))

        return cast("Function", acall)

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        bound, holder, query = given(args, kwargs)
        if holder.get(arg) is not None:
            holder[arg] = pipeline.run(holder[arg], query).text
        return fn(*bound.args, **bound.kwargs)

    return cast("Function", call)


def pipeline_of(options: Mapping[str, Any], where: str, *, besides: Sequence[str] = ()) -> Pipeline:
    """The pipeline that the options of :func:`compress` describe.

    :param where: the function that received them.
    :param besides: its other parameters, which may have been meant.
    :raises OptionError: an unknown option.
    """
    known = [
        *besides,
        "compressor",
        *(name for name in inspect.signature(Pipeline).parameters if name != "compressors"),
    ]
    if unknown := set(options) - set(known):
        raise unknown_options(where, unknown, known, given=options, more=_OF_A_COMPRESSOR)
    rest = {name: value for name, value in options.items() if name != "compressor"}
    return Pipeline(options.get("compressor", "auto"), **rest)
