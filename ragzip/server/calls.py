"""The calls that requests make: options checked, ragzip called, replies as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from threading import Lock
from typing import Any

from ragzip.api import pipeline_of
from ragzip.checks import check_text
from ragzip.compressors.options import Options
from ragzip.compressors.registry import TABLE, entries, find_entry
from ragzip.errors import BudgetError, DeadlineError, InputError, OptionError, UnknownNameError
from ragzip.files.objects import documents_of
from ragzip.messages import MessageCompressor, Originals
from ragzip.messages.originals import DEFAULT_HINT
from ragzip.messages.result import CompressedMessages
from ragzip.output.layout import Layout
from ragzip.pipeline import Pipeline
from ragzip.process.deadline import CallLimit
from ragzip.result import Result
from ragzip.server.bodies import RequestBody
from ragzip.server.config import ServerConfig
from ragzip.server.errors import RequestError
from ragzip.text.protect import check_protected
from ragzip.types import Document

__all__ = ["Calls", "Reply", "served_compressors"]

_NUMBERS = (int, float)
_TOKENIZERS = ("o200k_base", "cl100k_base")  # others are files of the server, or come from a hub
_OF_THE_SERVER = ("layout", "cache", "on_error", "deadline")  # options that requests do not name
_OPTIONS = (*(name for name in Options.__annotations__ if name not in _OF_THE_SERVER), "sources")
_FIELDS = ("documents", "context", "query", "shadow", *_OPTIONS)
_FIELDS_OF_MESSAGES = (
    "messages", "format", "total_tokens", "protect_recent", "exclude_tools", "context", "shadow", "originals",
    *_OPTIONS,
)  # fmt: skip
_WHOLE = {"compressor": "baseline/none", "target_tokens": None, "rate": None, "threshold": None, "tidy": False}
_NO_TIME = 1e-9  # seconds of a request that has waited for longer than its limit
_MAX_DIGITS = 18  # of a number in the form: Python reads none of thousands
_HASH_HINT = "hash={handle}"  # what LiteLLM looks for, to give the model its tool


class Reply:
    """The JSON of a reply, with the figures of what was done.

    :param fallback: whether something went back as it came because of a failure.
    :param shadow: whether all went back as it came, and ``tokens_out`` is what would have been.
    """

    def __init__(
        self, body: Any, tokens_in: int = 0, tokens_out: int = 0, *, fallback: bool = False, shadow: bool = False
    ) -> None:
        self.body, self.tokens_in, self.tokens_out, self.fallback = body, tokens_in, tokens_out, fallback
        self.status = "fallback" if fallback else "shadow" if shadow else "compressed"


def served_compressors() -> list[str]:
    """The compressors that requests may name: those that need no model of the caller's."""
    return [name for name, entry in entries().items() if not entry.needs_model]


def _check_served(compressor: str) -> None:
    """Refuse compressors that need a model, and names of none.

    :raises RequestError: a compressor that needs a model, by whichever of its names; one that there is not.
    """
    with _typed():
        _, entry = find_entry(compressor)
    if entry.needs_model:
        raise RequestError(422, "invalid_request", f"compressor: {compressor!r} is not served, it needs a model.")


class Calls:
    """The calls that a server with these settings answers."""

    def __init__(self, config: ServerConfig) -> None:
        self.config = config
        if find_entry(config.compressor)[1].needs_model:
            raise OptionError(
                f"compressor: received {config.compressor!r}, which needs a model. Expected one of: "
                f"{', '.join(served_compressors())}."
            )
        self.cache = config.cache
        self._interpreter = Lock()
        self.originals = self._originals(DEFAULT_HINT)
        self.hashed_originals = self._originals(_HASH_HINT)

    def _originals(self, hint: str) -> Originals | None:
        if self.config.originals == "off":
            return None
        return Originals(None if self.config.originals == "memory" else self.config.originals, hint=hint)

    def compress(self, body: RequestBody, limit: CallLimit | None, *, bypass: bool) -> Reply:
        """The reply to ``POST /compress``: documents, a context or messages, with less text."""
        if body.fields.get("messages") is not None:
            messages = body.need("messages", list, "a list of chat messages")
            remark = "Each tool result is compressed for the call and the user's text before it."
            body.check_names("/compress with messages", _FIELDS_OF_MESSAGES, more=remark)
            return self._messages_reply(messages, body, limit, bypass=bypass)
        body.check_names("/compress", (*_FIELDS, "messages"))
        documents = _documents(body)
        query = body.get("query", str, "a text")
        with _typed():
            check_text(query or "", "query")
        options = self._options(body)
        unchanged = {**options, **_WHOLE, "on_error": "passthrough"}
        if bypass:
            return _reply_of(pipeline_of(unchanged, "compress").run(documents, query))
        with self._at_work(options, limit) as timely:
            result = pipeline_of(timely, "compress").run(documents, query)
            self._check_in_time(result.stats.fallback)
            if not self._is_shadow(body):
                return _reply_of(result)
            return _reply_of(pipeline_of(unchanged, "compress").run(documents, query), shadow=result)

    def gateway(self, body: RequestBody, limit: CallLimit | None, *, bypass: bool) -> Reply:
        """The reply to ``POST /v1/compress``, the protocol that gateways share."""
        messages = body.need("messages", list, "a list of chat messages")
        body.get("model", str, "the name of a model")
        settings = RequestBody(body.get("config", dict, "an object") or {})
        options = self._options(RequestBody({})) | {"shadow": self.config.shadow}
        budget = body.get("token_budget", int, "a whole number")
        ratio = settings.get("target_ratio", _NUMBERS, "a number from 0 to 1")
        options |= {"rate": ratio, "target_tokens": None} if ratio is not None else {}
        options |= {"total_tokens": budget} if budget is not None else {}
        recent = settings.get("protect_recent", int, "a whole number")
        options |= {"protect_recent": recent} if recent is not None else {}
        originals = self.hashed_originals if settings.fields.get("mode") == "ccr" else None
        shortened, failure = self._compressed(messages, {**options, "originals": originals}, limit, bypass=bypass)
        tokens_in, tokens_out = shortened.stats.tokens_in, shortened.stats.tokens_out
        statuses = [item.status for item in shortened.report if item.status in ("shortened", "emptied")]
        reply = {
            "messages": list(shortened),
            "tokens_before": tokens_in,
            "tokens_after": tokens_out,
            "tokens_saved": tokens_in - tokens_out,
            "compression_ratio": shortened.stats.rate,
            "transforms_applied": sorted({f"ragzip:{status}" for status in statuses}),
            "transforms_summary": {f"ragzip:{status}": statuses.count(status) for status in sorted(set(statuses))},
            "ccr_hashes": sorted({item.handle for item in shortened.report if item.handle}),
        }
        return Reply(reply, tokens_in, tokens_out, fallback=failure, shadow=self.config.shadow)

    def guardrail(self, body: RequestBody, limit: CallLimit | None, *, bypass: bool) -> Reply:
        """The reply to LiteLLM's generic guardrail: messages with less text, or that nothing is to be done."""
        messages = body.get("structured_messages", list, "a list of chat messages")
        input_type = body.get("input_type", str, "'request' or 'response'")
        if not messages or input_type == "response" or bypass:
            return Reply({"action": "NONE"})
        parameters = RequestBody(body.get("additional_provider_specific_params", dict, "an object") or {})
        options = self._message_options(parameters)
        shortened, failure = self._compressed(messages, options, limit)
        is_changed = any(new_row is not row for new_row, row in zip(shortened, messages, strict=True))
        reply = {"action": "GUARDRAIL_INTERVENED", "structured_messages": list(shortened)}
        stats = shortened.stats
        return Reply(
            reply if is_changed else {"action": "NONE"},
            stats.tokens_in,
            stats.tokens_out,
            fallback=failure,
            shadow=options["shadow"],
        )

    def of_form(self, values: Mapping[str, str], limit: CallLimit | None = None) -> Result:
        """The result for the fields of the form."""
        fields: dict[str, Any] = {"compressor": values.get("compressor") or None}
        if target := values.get("target_tokens", "").strip():
            is_number = target.isdecimal() and len(target) <= _MAX_DIGITS
            fields["target_tokens"] = int(target) if is_number else target
        options = self._options(RequestBody(fields))
        context = RequestBody(values).need("context", str, "a text")
        with self._at_work(options, limit) as timely:
            result = pipeline_of(timely, "compress").run([Document("text", context)], values.get("query") or None)
            self._check_in_time(result.stats.fallback)
            return result

    def original(self, handle: str) -> str:
        """The text with this handle.

        :raises RequestError: 404, there is none (any longer).
        """
        for originals in (self.originals, self.hashed_originals):
            if originals is not None:
                try:
                    return originals.get(handle)
                except InputError:
                    continue
        raise RequestError(404, "not_found", "No text is kept under this handle (any longer).")

    def _messages_reply(
        self, messages: list[Any], body: RequestBody, limit: CallLimit | None, *, bypass: bool
    ) -> Reply:
        options = self._message_options(body)
        if body.get("originals", bool, "true or false"):
            options["originals"] = self.originals
        shortened, failure = self._compressed(messages, options, limit, bypass=bypass)
        report = [
            {
                "row": item.row, "tool": item.tool, "status": item.status, "tokens_in": item.tokens_in,
                "tokens_out": item.tokens_out, "handle": item.handle, "reason": item.reason,
            }
            for item in shortened.report
        ]  # fmt: skip
        reply = {
            "messages": list(shortened),
            "report": report,
            "stats": {**asdict(shortened.stats), "rate": shortened.stats.rate},
        }
        stats = shortened.stats
        return Reply(reply, stats.tokens_in, stats.tokens_out, fallback=failure, shadow=options["shadow"])

    def _message_options(self, body: RequestBody) -> dict[str, Any]:
        """The options of a call with messages: those of the request, or else those of the server."""
        more = {
            "total_tokens": body.get("total_tokens", int, "a whole number"),
            "protect_recent": body.get("protect_recent", int, "a whole number"),
            "exclude_tools": body.get("exclude_tools", list, "a list of names of tools"),
            "format": body.get("format", str, "'auto', 'openai', 'openai-responses' or 'anthropic'"),
            "context": _context(body),
            "shadow": self._is_shadow(body),
        }
        return {**self._options(body), **{name: value for name, value in more.items() if value is not None}}

    def _is_shadow(self, body: RequestBody) -> bool:
        """Whether a request is only measured: the server may ask for that, or the request."""
        return bool(body.get("shadow", bool, "true or false")) or self.config.shadow

    def _compressed(
        self, messages: list[Any], options: dict[str, Any], limit: CallLimit | None, *, bypass: bool = False
    ) -> tuple[CompressedMessages, bool]:
        """The messages, and whether a part of them stayed because of a failure."""
        if bypass:
            with _typed():
                return MessageCompressor(**options).unchanged(messages), False
        with self._at_work(options, limit) as timely:
            shortened = MessageCompressor(**timely).compress(messages)
            failures = [item.reason for item in shortened.report if item.status == "failed"]
            self._check_in_time(next(iter(failures), None))
        return shortened, bool(failures)

    @contextmanager
    def _at_work(self, options: Mapping[str, Any], limit: CallLimit | None) -> Iterator[dict[str, Any]]:
        """A block that works on a request, once it is its turn: gives the options, with the seconds that are left.

        :raises DeadlineError: none are left, and the server fails closed; else all of it goes back as it came.
        """
        limit = limit or self.limit()
        with _typed(), self._turn(options["compressor"]):
            if self.config.fail == "closed":
                limit.check()
            yield {**options, "deadline": limit.remaining() or _NO_TIME}

    def limit(self, seconds: float | None = None) -> CallLimit:
        """The time limit of a request that arrives now: its own, and that of the server."""
        return CallLimit(min(seconds or self.config.deadline, self.config.deadline))

    def _check_in_time(self, failure: str | None) -> None:
        """Check that nothing stays as it came for want of time, where the server fails closed.

        Every other failure is raised there.

        :raises DeadlineError: something does.
        """
        if failure is not None and self.config.fail == "closed":
            raise DeadlineError(failure)

    def _turn(self, compressor: str) -> AbstractContextManager[object]:
        """A block that calls of our compressors without a model enter one at a time: two that share the interpreter
        slow each other down. Models leave it to others while they run.
        """
        name, entry = find_entry(compressor)
        return self._interpreter if name in TABLE and not (entry.shipped or entry.yours) else nullcontext()

    def _options(self, body: RequestBody) -> dict[str, Any]:
        """The options of a call: those of the request, or else those of the server."""
        compressor = body.get("compressor", str, "a name, see GET /compressors") or self.config.compressor
        _check_served(compressor)
        target = body.get("target_tokens", int, "a whole number")
        rate = body.get("rate", _NUMBERS, "a number from 0 to 1")
        threshold = body.get("threshold", _NUMBERS, "a number from 0 to 1")
        if target is None and rate is None and threshold is None:
            target, rate = self.config.target_tokens, self.config.rate
        tokenizer = body.get("tokenizer", str, " or ".join(map(repr, _TOKENIZERS)))
        if tokenizer not in (None, *_TOKENIZERS):
            raise RequestError(422, "invalid_request", f"tokenizer: expected {' or '.join(map(repr, _TOKENIZERS))}.")
        least = body.get("least", int, "a whole number")
        protect = body.get("protect", list, "a list of names") or []
        if not all(isinstance(name, str) for name in protect):
            raise RequestError(422, "invalid_request", "protect: expected a list of names.")
        options: dict[str, Any] = {
            "compressor": compressor,
            "target_tokens": target,
            "rate": rate,
            "threshold": threshold,
            "tokenizer": tokenizer,
            "protect": tuple(protect),
            "tidy": body.get("tidy", bool, "true or false"),
            "least": self.config.least if least is None else least,
            "layout": Layout.sources() if body.get("sources", bool, "true or false") else None,
            "cache": self.cache,
            "on_error": "passthrough" if self.config.fail == "open" else "raise",
        }
        with _typed():  # in every mode: what is wrong with a request is no failure of compression
            check_protected(protect)
            pipeline = Pipeline(**options)
            pipeline.check()
            pipeline.check_threshold()
        return options


@contextmanager
def _typed() -> Iterator[None]:
    """A block in which errors of the caller become 422; others stay what they are."""
    try:
        yield
    except (InputError, OptionError, UnknownNameError) as error:
        kind = "budget_too_small" if isinstance(error, BudgetError) else "invalid_request"
        raise RequestError(422, kind, str(error)) from error


def _documents(body: RequestBody) -> Sequence[Document]:
    """The documents of a request, see :func:`ragzip.files.objects.documents_of`."""
    listed = body.get("documents", list, "a list of texts or objects with a text")
    if listed is None:
        listed = [body.need("context", str, "a text, or documents: a list")]
    elif body.fields.get("context") is not None:
        raise RequestError(422, "invalid_request", "context: received beside documents, expected one of them.")
    with _typed():
        return documents_of(listed, "documents")


def _context(body: RequestBody) -> Any:
    """The option ``context`` of messages: two delimiters, true or false."""
    value = body.get("context", (list, bool), "two delimiters, true or false")
    if isinstance(value, list) and not (len(value) == 2 and all(isinstance(item, str) for item in value)):
        raise RequestError(422, "invalid_request", "context: expected two delimiters, true or false.")
    return False if value is None else tuple(value) if isinstance(value, list) else value


def _reply_of(result: Result, *, shadow: Result | None = None) -> Reply:
    """The reply with a result; with the figures of another one, which was only measured."""
    measured = shadow or result
    body = result.to_dict() | {"stats": measured.to_dict()["stats"] | {"shadow": shadow is not None}}
    stats = measured.stats
    fallback = stats.fallback is not None
    return Reply(body, stats.tokens_in, stats.tokens_out, fallback=fallback, shadow=shadow is not None)
