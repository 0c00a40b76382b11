"""The calls: compress a context, many of them, in an event loop, or around a function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar, Unpack, cast

from ragzip.cache import CacheOption
from ragzip.checks import answers_misuse, iter_of, shown, text, unknown_options
from ragzip.compressors.base import Compressor
from ragzip.compressors.options import OnError, Options
from ragzip.context import ContextLike, description_of
from ragzip.errors import InputError, OptionError, reason_of
from ragzip.output.layout import Layout
from ragzip.pipeline import Pipeline
from ragzip.process.deadline import in_thread
from ragzip.result import Result
from ragzip.text.tokens import Tokenizer

__all__ = ["acompress", "compress", "compress_batch", "pipeline_of", "wrap"]

_PAIRS = "pairs of a context and a query, [(context, query), …]"
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
    tidy: bool | None = None,
    layout: Layout | None = None,
    cache: CacheOption = None,
    on_error: OnError = "raise",
    deadline: float | None = None,
    least: int | None = None,
) -> Result:
    """The part of ``context`` that answers ``query``, within a budget of tokens.

    :param context: a text, a :class:`Document`, or a sequence of either. A long text is split by the compressor.
    :param query: the question that the context is to answer (None: the text is compressed for its own content).
    :param target_tokens: most tokens of ``Result.text``, separators and headers included.
    :param rate: most tokens kept ÷ tokens given, in (0, 1]; with ``target_tokens`` too, the smaller limit holds. With
        neither, nor a threshold, the compressor keeps what answers the query, if it can tell (``auto`` can), else half
        of the tokens; a context of up to 200 tokens stays whole.
    :param threshold: lowest score kept by the last compressor, a probability from 0 to 1; refused where its scores are
        no probabilities (``extractive/bm25``, embeddings, baselines …).
    :param compressor: a registry name (``ragzip list``), a :class:`~ragzip.compressors.base.Compressor`, or a sequence
        of either: they run in order.
    :param tokenizer: the target model's: None (o200k_base), "o200k_base", "cl100k_base", the path or hub id of a
        tokenizer.json, or a callable ``str -> int``.
    :param protect: spans that survive whole: names ("numbers", "urls", "code", "negations" …, see
        :mod:`ragzip.text.protect`) and compiled regular expressions.
    :param tidy: remove redundant text (white space between values, escape sequences, repeated headers and log lines,
        empty columns, encoded data …) before any model reads it: None, in tables, JSON, logs and the like (not for
        "baseline/none"); True, in prose too; False, never. A note says what was removed.
    :param layout: separators, headers and order of the documents; ``Layout.sources()`` numbers them.
    :param cache: of scores, not of texts: None (the default folder), False (off), a path, the address of a Redis or
        Valkey server ("redis://host"), or a SegmentCache.
    :param on_error: "raise", or "passthrough": a document that fails stays as it was given, and ``Stats.fallback`` says
        which and why.
    :param deadline: seconds after which no model is asked: what is not scored by then stays as it was given, whatever
        ``on_error`` is, and ``Stats.fallback`` says so.
    :param least: a context of fewer tokens stays as it was given, whatever the budget; a note says so. Default: none.
    :returns: text, documents with their spans, and figures. ``print(result)`` shows the text and a line of figures.
    :raises InputError: a context or a query that cannot be processed.
    :raises OptionError: an unknown option, or a value outside its range.
    :raises BudgetError: a budget that cannot hold what is protected.

    >>> print(compress("Paris is the capital of France. It rained.", "capital of France?", target_tokens=7))
    Paris is the capital of France.
    <BLANKLINE>
    [11 → 7 tokens (63.6%), 1 of 1 documents kept]
    """
    pipeline = Pipeline(
        compressor,
        target_tokens=target_tokens,
        rate=rate,
        threshold=threshold,
        tokenizer=tokenizer,
        protect=protect,
        tidy=tidy,
        layout=layout,
        cache=cache,
        on_error=on_error,
        deadline=deadline,
        least=least,
    )
    return pipeline.run(context, query)


@partial(answers_misuse, way=f"Give {_PAIRS}, and options by name.")
def compress_batch(items: Iterable[tuple[ContextLike, str | None]], **options: Unpack[Options]) -> list[Result]:
    """``[compress(context, query, **options) for context, query in items]`` over one pipeline; order kept.

    :param options: those of :func:`compress`.
    :raises InputError: an item that is no pair, or that :func:`compress` refuses; the message begins with its number.
        An iterator that fails, too, before anything is compressed.
    """
    pipeline = pipeline_of(options, "compress_batch", besides=("items",))
    results: list[Result] = []
    for item_number, item in enumerate(_batch_items(items)):
        if not isinstance(item, tuple) or len(item) != 2:
            received = "a text" if isinstance(item, str) else description_of(item).what
            raise InputError(
                f"compress_batch, item {item_number}: received {received}, expected a tuple. Give {_PAIRS}."
            )
        try:
            results.append(pipeline.run(*item))
        except InputError as error:
            raise InputError(f"compress_batch, item {item_number}: {error}") from error
    return results


def _batch_items(items: Iterable[tuple[ContextLike, str | None]]) -> list[Any]:
    batch_items: list[Any] = []
    iterator = iter_of(items, "compress_batch", expected=_PAIRS, error=InputError)
    try:
        batch_items.extend(iterator)
    except Exception as error:
        reason = reason_of(error)
        raise InputError(f"compress_batch: reading it failed after {len(batch_items)} items ({reason}).") from error
    return batch_items


@answers_misuse
async def acompress(context: ContextLike, query: str | None = None, **options: Unpack[Options]) -> Result:
    """:func:`compress` for async callers: it runs in a thread, and the event loop goes on.

    A call whose caller is cancelled ends at its next batch.

    :param options: those of :func:`compress`.
    """
    return await in_thread(pipeline_of(options, "acompress", besides=("context", "query")).run, context, query)


@answers_misuse
def wrap(fn: Function, *, arg: str = "prompt", query_arg: str | None = None, **options: Unpack[Options]) -> Function:
    """``fn`` with its argument ``arg`` compressed first; works for plain and async functions.

    :param arg: the parameter that holds the context: str, Document, or a sequence of either; ``fn`` receives text.
    :param query_arg: the parameter that holds the query, if there is one; it is passed on as it is.
    :param options: those of :func:`compress`.
    :raises OptionError: ``fn`` has no such parameter, or an unknown option.
    """
    pipeline = pipeline_of(options, "wrap", besides=("fn", "arg", "query_arg"))
    parameters = _WrappedParameters(fn, arg, query_arg)
    if inspect.iscoroutinefunction(fn):

        @functools.wraps(fn)
        async def acall(*args: Any, **kwargs: Any) -> Any:
            bound = parameters.bind(args, kwargs)
            if (context := parameters.context(bound)) is not None:
                result = await in_thread(pipeline.run, context, parameters.query(bound))
                parameters.set_context(bound, result.text)
            return await cast("Awaitable[Any]", fn(*bound.args, **bound.kwargs))

        return cast("Function", acall)

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        bound = parameters.bind(args, kwargs)
        if (context := parameters.context(bound)) is not None:
            parameters.set_context(bound, pipeline.run(context, parameters.query(bound)).text)
        return fn(*bound.args, **bound.kwargs)

    return cast("Function", call)


class _WrappedParameters:
    """The parameters of ``fn`` that hold the context and the query, each by its own name or among its ``**`` ones.

    :raises OptionError: ``fn`` has no such parameter, or none that can be seen.
    """

    def __init__(self, fn: Callable[..., Any], arg: str, query_arg: str | None) -> None:
        if not callable(fn):
            raise OptionError(f"wrap: received {type(fn).__name__}, expected a function.")
        self.arg = text(arg, "arg", expected="the name of a parameter")
        self.query_arg = None
        if query_arg is not None:
            self.query_arg = text(query_arg, "query_arg", expected="the name of a parameter, or None")
        try:
            self.signature = inspect.signature(fn)
        except (ValueError, TypeError) as error:
            raise OptionError(
                f"wrap: received {fn!r}, expected a function whose parameters can be seen ({error})."
            ) from None
        parameters = self.signature.parameters.values()
        collecting = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        self.named = [parameter.name for parameter in parameters if parameter.kind not in collecting]
        self.collected = next(
            (parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.VAR_KEYWORD), None
        )
        for name in (self.arg,) if self.query_arg is None else (self.arg, self.query_arg):
            if name not in self.named and (self.collected is None or name in self.signature.parameters):
                raise OptionError(
                    f"wrap: received {shown(name)}, expected a parameter of it: "
                    f"{', '.join(self.named) or 'it has none'}."
                )

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> inspect.BoundArguments:
        """The arguments of a call by the parameters of the function."""
        return self.signature.bind(*args, **kwargs)

    def context(self, bound: inspect.BoundArguments) -> Any:
        """The context in the arguments of a call; None: it has none."""
        return self._holder(bound, self.arg).get(self.arg)

    def set_context(self, bound: inspect.BoundArguments, context: str) -> None:
        """Put ``context`` in the place of that of the call."""
        self._holder(bound, self.arg)[self.arg] = context

    def query(self, bound: inspect.BoundArguments) -> Any:
        """The query in the arguments of a call, or its default."""
        if self.query_arg is None:
            return None
        default = self.signature.parameters[self.query_arg].default if self.query_arg in self.named else None
        query = self._holder(bound, self.query_arg).get(self.query_arg, default)
        return None if query is inspect.Parameter.empty else query

    def _holder(self, bound: inspect.BoundArguments, name: str) -> dict[str, Any]:
        """The mapping that holds the value of ``name``: the arguments, or the one that ``**`` collects."""
        if name in self.named or self.collected is None:
            return bound.arguments
        return cast("dict[str, Any]", bound.arguments.get(self.collected, {}))


def pipeline_of(options: Mapping[str, Any], where: str, *, besides: Sequence[str] = ()) -> Pipeline:
    """The pipeline that the options of :func:`compress` describe.

    :param where: the function that received them.
    :param besides: its other parameters, which may have been meant.
    :raises OptionError: an unknown option.
    """
    known_options = [*besides, *Options.__annotations__]
    if unknown := set(options) - set(known_options):
        raise unknown_options(where, unknown, known_options, used_names=options, more=_OF_A_COMPRESSOR)
    pipeline_options = {name: value for name, value in options.items() if name != "compressor"}
    return Pipeline(options.get("compressor", "auto"), **pipeline_options)
