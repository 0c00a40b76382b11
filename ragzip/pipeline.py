"""Compressors run one after another under one budget; ``compress`` on top."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ragzip.budget import DEFAULT_LEAST, from_rate
from ragzip.cache import SegmentCache, open_cache, use_cache
from ragzip.compressors.base import Compressor, default_rate_of, default_threshold_of, reorders
from ragzip.errors import InputError, OptionError
from ragzip.prompt import Layout, Rendered, render
from ragzip.protect import Protector
from ragzip.registry import shared
from ragzip.running import Clock, Run, Settings
from ragzip.tokens import TokenCounter, token_counter
from ragzip.types import CompressedDocument, Document, Report, Result, Segment, Span, Stats, check_text

__all__ = ["Pipeline", "acompress", "compress", "compress_batch"]

Context = str | Document | Sequence[str | Document]
Tokenizer = str | Path | Callable[[str], int] | TokenCounter | None
CacheOption = SegmentCache | str | Path | bool | None
OnError = Literal["raise", "passthrough"]


class Pipeline:
    """Compressors that run one after another, each on what the one before left, towards one budget.

    Every compressor but the last takes off its share (the same factor each); the last one meets the budget exactly.
    A pipeline keeps no state between calls: threads may share it, and it can be pickled.

    :param compressors: a registry name, a :class:`Compressor`, or a sequence of either.
    :param target_tokens: most tokens of ``Result.text``, separators and headers included.
    :param rate: most tokens kept ÷ tokens given, in (0, 1]; with ``target_tokens`` too, the smaller limit holds;
        with neither, nor a threshold, what the last compressor takes for needed to answer the query, if it can tell
        (``auto`` can); else half of the tokens, but never under 50.
    :param threshold: lowest score kept by the last compressor.
    :param tokenizer: see :func:`ragzip.tokens.token_counter`.
    :param protect: names and compiled patterns, see :mod:`ragzip.protect`.
    :param cache: None (the default cache) | False (off) | a path | a SegmentCache.
    :param on_error: "raise", or "passthrough": the text as given, and ``Stats.fallback`` says why.
    :param layout: separators, headers and citation marks.
    """

    def __init__(
        self,
        compressors: str | Compressor | Sequence[str | Compressor] = "auto",
        *,
        target_tokens: int | None = None,
        rate: float | None = None,
        threshold: float | None = None,
        tokenizer: Tokenizer = None,
        protect: Any = (),
        cache: CacheOption = None,
        on_error: OnError = "raise",
        layout: Layout | None = None,
    ) -> None:
        if on_error not in ("raise", "passthrough"):
            raise OptionError(f"on_error: received {on_error!r}, expected 'raise' or 'passthrough'.")
        if layout is not None and not isinstance(layout, Layout):
            raise OptionError(f"layout: received {type(layout).__name__}, expected ragzip.prompt.Layout.")
        self.compressors, self.on_error, self.layout = compressors, on_error, layout or Layout()
        self.target_tokens, self.rate, self.threshold = target_tokens, rate, threshold
        self.tokenizer, self.cache = tokenizer, cache
        self.protect = tuple(protect) if isinstance(protect, Iterator) else protect

    def run(self, documents: Context, query: str | None = None) -> Result:
        """Compress ``documents`` for ``query`` (None: whatever matters in itself).

        :raises RagzipError: what was received, what was expected and what to do, unless ``on_error="passthrough"``.
        """
        if isinstance(documents, Iterator):
            documents = list(documents)
        try:
            return self._run(as_documents(documents), query)
        except Exception as error:
            if self.on_error == "raise":
                raise
            return _passthrough(documents, self.layout, self.tokenizer, error)

    def _run(self, documents: Sequence[Document], query: str | None) -> Result:
        clock = Clock()
        settings = self._settings()
        if query is not None:
            query = check_text(query, "query").strip() or None
        stages_ = resolve(self.compressors)
        layout = replace(self.layout, order="score") if reorders(stages_[-1]) else self.layout
        given = [Segment.whole(document, i) for i, document in enumerate(documents)]
        segments: Sequence[Segment] = given
        tokens_in = render(given, layout).tokens(settings.counter)
        limit = from_rate(tokens_in, self.target_tokens, self.rate)
        if limit is None and settings.threshold is None and query is not None:
            settings = replace(settings, threshold=default_threshold_of(stages_[-1]))
        clock.lap("count")
        notes: list[str] = []
        with use_cache(settings.cache) as counters:
            run = Run(query, stages_, layout, settings, clock)
            fixed = run.by_rules(given, limit)
            standing = run.tokens(fixed.values())
            if limit is None and settings.threshold is None:
                free = [segment for i, segment in enumerate(given) if i not in fixed]
                least = _default_limit(run.tokens(free), stages_)
                limit = None if least is None else standing + least
            shorter = any(segment.text != given[i].text for i, segment in fixed.items())
            if limit is not None and tokens_in <= limit and settings.threshold is None and not shorter:
                notes.append("everything fits: nothing was compressed")
            else:
                asked = self.rate if self.target_tokens is None and not fixed else None
                segments = run(given, limit, fixed=fixed, standing=standing, rate=asked)
        rendered = render(segments, layout)
        tokens_out = rendered.tokens(settings.counter)
        if settings.threshold is not None:
            notes.append(_above(segments, settings.threshold))
        if limit and not tokens_out and tokens_in and settings.threshold is None:
            notes.append("nothing fits: the first words alone are larger than the budget")
        if limit is not None and limit < tokens_out <= tokens_in:
            notes.append(f"{tokens_out - limit} tokens over the budget: {stages_[-1].name} keeps to a rule of its own")
        if any(segment.claims for segment in segments):
            notes.append(str(Report(tuple(claim for segment in segments for claim in segment.claims))))
        if tokens_out > tokens_in:  # rewriting, or headers around very little: never longer than the input
            segments, rendered, tokens_out = given, render(given, layout), tokens_in
            notes.append("compressing would have made it longer: the text is as it was given")
        stats = Stats(
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            target_tokens=limit,
            tokenizer=settings.counter.name,
            compressors=tuple(compressor.name for compressor in stages_),
            seconds=clock.seconds,
            cache_hits=counters.hits,
            cache_misses=counters.misses,
            notes=tuple(notes),
        )
        return _result(segments, rendered, stats)

    def _settings(self) -> Settings:
        from_rate(0, self.target_tokens, self.rate)  # range checks, before any work
        threshold = self.threshold
        if threshold is not None:
            if (
                isinstance(threshold, bool)
                or not isinstance(threshold, (int, float, np.number))
                or threshold != threshold
            ):
                raise OptionError(f"threshold: received {threshold!r}, expected a number.")
            threshold = float(threshold)
        return Settings(
            threshold,
            token_counter(self.tokenizer),
            Protector(self.protect),
            open_cache(self.cache),
        )


def compress(
    context: Context,
    query: str | None = None,
    *,
    target_tokens: int | None = None,
    rate: float | None = None,
    threshold: float | None = None,
    compressor: str | Compressor | Sequence[str | Compressor] = "auto",
    tokenizer: Tokenizer = None,
    protect: Any = (),
    cache: CacheOption = None,
    on_error: OnError = "raise",
) -> Result:
    """Make ``context`` shorter and keep what answers ``query``. Options: see :class:`Pipeline`.

    >>> result = compress("Paris is the capital of France. It rained.", "capital of France?", target_tokens=8)
    >>> result.text
    'Paris is the capital of France.'
    """
    options = {key: value for key, value in locals().items() if key not in ("context", "query")}
    return pipeline_of(options).run(context, query)


def compress_batch(items: Iterable[tuple[Context, str | None]], **options: Any) -> list[Result]:
    """``[compress(context, query, **options) for context, query in items]`` over one pipeline; order kept."""
    pipeline = pipeline_of(options)
    results: list[Result] = []
    if isinstance(items, (str, bytes)) or not isinstance(items, Iterable):
        raise InputError(f"compress_batch: received {type(items).__name__}, expected (context, query) tuples.")
    for i, item in enumerate(items):
        if not isinstance(item, tuple) or len(item) != 2:
            raise InputError(f"compress_batch: item {i} is {type(item).__name__}, expected a tuple (context, query).")
        results.append(pipeline.run(*item))
    return results


async def acompress(context: Context, query: str | None = None, **options: Any) -> Result:
    """:func:`compress` for async callers: it runs in a thread, and the event loop goes on."""
    pipeline = pipeline_of(options)
    return await asyncio.to_thread(pipeline.run, context, query)


def _default_limit(tokens_in: int, compressors: Sequence[Compressor]) -> int | None:
    """The limit of a call that sets no budget: the strictest default rate, but never under 50 tokens."""
    rates = [rate for rate in map(default_rate_of, compressors) if rate is not None]
    limit = from_rate(tokens_in, None, min(rates, default=None))
    return None if limit is None else max(limit, DEFAULT_LEAST)


def _above(segments: Sequence[Segment], threshold: float) -> str:
    """What a threshold did."""
    scores = [unit.score for segment in segments for unit in segment.units]
    above = sum(score >= threshold for score in scores)
    if not above:
        best = f" (the best one: {max(scores):.2f})" if scores else ""
        return f"nothing is relevant: nothing has a score of {threshold:g} or more{best}"
    return f"{above} of {len(scores)} units have a score of {threshold:g} or more"


def as_documents(context: Context) -> list[Document]:
    """``context`` as documents; texts without an id are numbered from 0.

    :raises InputError: of another type, or an item of another type.
    """
    if isinstance(context, (str, Document)):
        context = [context]
    if isinstance(context, (bytes, bytearray, Mapping)) or not isinstance(context, Iterable) or _is_langchain(context):
        raise InputError(
            f"context: received {_named(context)}, expected str, ragzip.Document, or a sequence of either."
        )
    out: list[Document] = []
    for i, item in enumerate(context):
        if not isinstance(item, (str, Document)):
            raise InputError(f"context[{i}]: received {_named(item)}, expected str or ragzip.Document.")
        out.append(item if isinstance(item, Document) else Document(str(i), check_text(item, f"context[{i}]")))
    return out


def _is_langchain(item: object) -> bool:
    return hasattr(item, "page_content")


def _named(item: object) -> str:
    """The type of what was received, and what to do about it where that is known."""
    if isinstance(item, (bytes, bytearray)):
        return f"{type(item).__name__} (decode it: data.decode('utf-8'))"
    if _is_langchain(item):
        return "a LangChain document (use ragzip.langchain)"
    return type(item).__name__


def resolve(compressors: str | Compressor | Sequence[str | Compressor]) -> list[Compressor]:
    """Compressors by name or as they are, as a list.

    :raises OptionError: none, or something that is neither.
    """
    listed = [compressors] if isinstance(compressors, (str, Compressor, type)) else compressors
    if not isinstance(listed, Sequence) or not listed:
        raise OptionError(f"compressor: received {compressors!r}, expected a registry name, a Compressor, or a list.")
    out: list[Compressor] = []
    for item in listed:
        if isinstance(item, str):
            out.append(shared(item))
        elif isinstance(item, Compressor) and not isinstance(item, type):
            out.append(item)
        else:
            raise OptionError(f"compressor: received {type(item).__name__}, expected a registry name or a Compressor.")
    return out


def pipeline_of(options: Mapping[str, Any]) -> Pipeline:
    """The pipeline that the options of :func:`compress` (and ``layout``) describe.

    :raises OptionError: an unknown option.
    """
    known = (set(inspect.signature(Pipeline).parameters) - {"compressors"}) | {"compressor"}
    if unknown := sorted(set(options) - known):
        raise OptionError(f"received the options {unknown}, expected some of {', '.join(sorted(known))}.")
    rest = {name: value for name, value in options.items() if name != "compressor"}
    return Pipeline(options.get("compressor", "auto"), **rest)


def _result(segments: Sequence[Segment], rendered: Rendered, stats: Stats) -> Result:
    documents = tuple(
        CompressedDocument(segment.document, segment.text, segment.spans, segment.score, segment.units, segment.soft)
        for segment in segments
    )
    return Result(rendered.parts, documents, tuple(segments), stats, rendered.citations)


def _passthrough(context: Any, layout: Layout, tokenizer: Tokenizer, error: Exception) -> Result:
    """The original text, with the reason; what is no text at all cannot be passed through."""
    reason = f"{type(error).__name__}: {error}"
    items = (
        [context] if isinstance(context, (str, Document)) else list(context) if isinstance(context, Iterable) else None
    )
    if (
        items is None
        or isinstance(context, (bytes, bytearray))
        or not all(isinstance(i, (str, Document)) for i in items)
    ):
        raise error
    documents = [item if isinstance(item, Document) else _unchecked(str(i), item) for i, item in enumerate(items)]
    segments = [Segment(d, i, d.text, (Span(0, len(d.text)),) if d.text else ()) for i, d in enumerate(documents)]
    rendered = render(segments, layout)
    text = rendered.text.encode("utf-8", "replace").decode()
    try:
        counter = token_counter(tokenizer)
        tokens = counter(text)
    except Exception:  # the tokenizer may be what failed
        counter = token_counter(None)
        tokens = counter(text)
    stats = Stats(tokens, tokens, tokenizer=counter.name, fallback=reason)
    return _result(segments, rendered, stats)


def _unchecked(id: str, text: str) -> Document:
    """A document of text that :func:`check_text` refuses, to be handed back as it came."""
    document = Document(id, "")
    object.__setattr__(document, "text", text)
    return document
