"""Compression around any function that takes a prompt."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from ragzip.checks import shown, text
from ragzip.deadline import in_thread
from ragzip.errors import OptionError
from ragzip.hints import answers_misuse
from ragzip.pipeline import pipeline_of

__all__ = ["wrap"]

Function = TypeVar("Function", bound=Callable[..., Any])


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
