"""Compressing lists of chat messages.

What providers cache is the unchanged beginning of a list, so a result is decided on once: by its text, the call that
made it and the user text before it. What comes later in a conversation changes nothing of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack

from ragzip.checks import answers_misuse, choice, flag, item_list, seconds, shown, unknown_options, whole_number
from ragzip.compressors.options import Options
from ragzip.errors import BudgetError, OptionError
from ragzip.messages.counting import RowCounter, has_breakpoint
from ragzip.messages.formats import FORMATS, format_of
from ragzip.messages.originals import TOOL_NAME, Originals
from ragzip.messages.places import ContextOption, Place, context_option, places_of
from ragzip.messages.result import CompressedMessages, MessageReport, MessageStats, Status
from ragzip.messages.rows import row_list, with_parts
from ragzip.messages.shortening import Shortened, Shortener, decision_key, decisions
from ragzip.process.deadline import CallLimit, current_limit, limit_scope

__all__ = ["MessageCompressor", "MessageOptions", "check_message_options", "compress_messages"]

DEFAULT_LEAST = 200  # tokens of a result from which it may get shorter
_MIN_ROOM = 1  # token: of a result that must be left out
_SHARES = (1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 0)  # of what is left of the total, for a result, until all fits
FormatName = Literal["auto", "openai", "openai-responses", "anthropic"]


class MessageOptions(TypedDict, total=False):
    """The options of :func:`compress_messages` beside those of :func:`ragzip.compress`."""

    format: FormatName
    total_tokens: int | None
    protect_recent: int
    exclude_tools: Sequence[str]
    context: ContextOption
    shadow: bool
    originals: Originals | None
    image_tokens: Callable[[Any], int] | None


class _AllOptions(Options, MessageOptions, total=False):
    pass


@answers_misuse
def compress_messages(messages: Sequence[Any], **options: Unpack[_AllOptions]) -> CompressedMessages:
    """``messages`` with shorter tool results: what answers the call that made each, within a budget for each.

    OpenAI chat completions, OpenAI Responses and Anthropic messages. Texts of tool results get shorter; by ``context``
    also retrieved texts in user and system rows. Everything else stays byte for byte: other rows, tool calls,
    reasoning, images, errors, ids, the number and order of rows and blocks. ``messages`` itself is not changed.

    The same result is written the same way whatever follows it, so that a conversation that grows keeps its prefix and
    with it the provider's prompt cache; ``protect_recent`` and ``deadline`` give that up.

    :param messages: dicts, or objects of the SDKs (these are read, and stay as they are).
    :param target_tokens: most tokens of each result; ``rate``, ``threshold``, ``compressor`` … are those of
        :func:`ragzip.compress` too, for each result by itself.
    :param format: "auto", "openai", "openai-responses" or "anthropic".
    :param total_tokens: most tokens of the whole list. Each result gets at most half of what is left of them where it
        stands, so that there is room for what follows; less, for all, where that does not fit.
    :param least: results under so many tokens stay as they are [200].
    :param protect_recent: so many of the last results stay as they are; each gets shorter when it is no longer recent.
    :param exclude_tools: names of tools whose results stay; those of :meth:`Originals.tool` always do.
    :param context: retrieved texts in user and system rows get shorter too: a pair of delimiters that stand around
        them, as ``("<context>", "</context>")``; a function from the text of a row to the start and end of the context
        in it, or None; or True, for the blocks that hold documents or search results (Anthropic). They are compressed
        for the text around them, or the next user text; several in one row share its budget, and what stands between
        them stays.
    :param shadow: measure only: the list comes back as it was given, with a report of what would have been done.
    :param originals: keeps the whole texts; a mark in a shortened text says how the model fetches them, see
        :meth:`Originals.tool`.
    :param image_tokens: tokens of a block that is no text (an image, a file); default: 0.
    :returns: a list of messages with ``report`` and ``stats``.
    :raises InputError: no list of messages, or a text that cannot be processed, unless ``on_error="passthrough"``.
    :raises OptionError: an unknown option, or a value outside its range.
    :raises BudgetError: ``total_tokens`` does not hold what must stay.

    >>> weather = "It is 21 °C in Leeds. " + "The museum opens at nine. " * 40
    >>> messages = [
    ...     {"role": "user", "content": "How warm is it in Leeds?"},
    ...     {"role": "assistant", "tool_calls": [
    ...         {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": '{"city": "Leeds"}'}}]},
    ...     {"role": "tool", "tool_call_id": "1", "content": weather},
    ... ]
    >>> compress_messages(messages, target_tokens=20)[-1]["content"]
    'It is 21 °C in Leeds.'
    """
    return MessageCompressor(**options).compress(messages)


def check_message_options(options: Mapping[str, Any], where: str) -> None:
    """Check the names of ``options`` of a call with messages.

    :raises OptionError: one that is unknown.
    """
    known = [*MessageOptions.__annotations__, *Options.__annotations__]
    if unknown := set(options) - set(known):
        raise unknown_options(where, unknown, known, used_names=options)


class MessageCompressor:
    """:func:`compress_messages` for many lists: it remembers its latest decisions, so that a conversation that grows is
    not compressed again, and sends what it has shortened once in the same way: also in front of a cache breakpoint
    that was set since, and a context that was sent before there was a question. Threads may share it, and it can be
    pickled, without what it remembers.

    :param options: those of :func:`compress_messages`.
    """

    @answers_misuse
    def __init__(self, **options: Unpack[_AllOptions]) -> None:
        check_message_options(options, "compress_messages")
        self.format: str = choice(options.get("format", "auto"), "format", ("auto", *FORMATS))
        total_tokens = options.get("total_tokens")
        self.total_tokens = None if total_tokens is None else whole_number(total_tokens, "total_tokens", least=1)
        self.protect_recent = whole_number(options.get("protect_recent", 0), "protect_recent")
        excluded = item_list(
            options.get("exclude_tools", ()), "exclude_tools", str, expected="a list of names of tools"
        )
        self.exclude_tools = frozenset([*excluded, TOOL_NAME])
        self.context = context_option(options.get("context", False))
        self.shadow = flag(options.get("shadow", False), "shadow")
        image_tokens = options.get("image_tokens")
        if image_tokens is not None and not callable(image_tokens):
            raise OptionError(f"image_tokens: received {shown(image_tokens)}, expected a function, or None.")
        originals = options.get("originals")
        if originals is not None and not isinstance(originals, Originals):
            raise OptionError(f"originals: received {type(originals).__name__}, expected ragzip.messages.Originals.")
        pipeline_options: dict[str, Any] = {
            name: value for name, value in options.items() if name not in MessageOptions.__annotations__
        }
        deadline = pipeline_options.pop("deadline", None)
        self.deadline = None if deadline is None else seconds(deadline, "deadline")
        least = pipeline_options.pop("least", None)
        least = DEFAULT_LEAST if least is None else whole_number(least, "least")
        self.shortener = Shortener(pipeline_options, least, originals, "compress_messages")
        self.row_tokens = RowCounter(self.shortener.counter, image_tokens, tolerant=self.tolerant)
        self._sent = decisions()

    @property
    def tolerant(self) -> bool:
        """Whether a result that fails stays as it is."""
        return self.shortener.pipeline.tolerant

    def compress(self, messages: Sequence[Any]) -> CompressedMessages:
        """See :func:`compress_messages`."""
        rows = row_list(messages)
        message_format = FORMATS[format_of(rows) if self.format == "auto" else self.format]
        places = places_of(rows, message_format, self.context, tolerant=self.tolerant)
        with limit_scope(CallLimit(self.deadline, parent=current_limit())):
            written, report, tokens_out = self._within_total(rows, places)
        shortened = sum(item.status in ("shortened", "emptied") for item in report)
        tokens_in = sum(map(self.row_tokens, rows))
        stats = MessageStats(tokens_in, tokens_out, self.shortener.counter.name, shortened, len(report))
        return CompressedMessages(rows if self.shadow else written, tuple(report), stats)

    def unchanged(self, messages: Sequence[Any]) -> CompressedMessages:
        """``messages`` as they are, with their tokens and an empty report."""
        rows = row_list(messages)
        tokens = sum(map(self.row_tokens, rows))
        return CompressedMessages(rows, (), MessageStats(tokens, tokens, self.shortener.counter.name, 0, 0))

    def _within_total(self, rows: Sequence[Any], places: Sequence[Place]) -> tuple[list[Any], list[MessageReport], int]:
        """The rows as they are to be sent, the report, and their tokens.

        What comes after a result is not known when it is decided on. Where the rest does not fit then, all get less.

        :raises BudgetError: ``total_tokens`` does not even hold the rows with a mark for each result.
        """
        statuses = self._fixed_statuses(rows, places)
        sent = self._sent_before(places, statuses)
        for share in _SHARES:
            written, settled = self._written(rows, places, {**statuses, **sent}, share)
            tokens = sum(map(self.row_tokens, written))
            if self.total_tokens is None or tokens <= self.total_tokens:
                break
        else:
            if not self.shadow:
                raise BudgetError(
                    f"total_tokens: received {self.total_tokens}, expected {tokens} or more: the rows that are kept "
                    "unchanged, with a mark for each result, have that many tokens. Drop early rows, or raise it."
                )
        if not self.shadow:
            self._remember(places, settled, sent)
        return written, list(map(_report, places, settled)), tokens

    def _written(
        self, rows: Sequence[Any], places: Sequence[Place], decided: Mapping[int, Status | Shortened], share: float
    ) -> tuple[list[Any], list[Shortened]]:
        """The rows as they are to be sent, and what was done in each place.

        :param decided: the places, by number, that stay as they are or were sent before.
        :param share: of what is left of ``total_tokens``, which a place may have.
        """
        written, settled = list(rows), list[Shortened]()
        row_number = tokens_before = 0  # of the rows before, and of what is settled of the row
        for number, place in enumerate(places):
            room = None
            if self.total_tokens is not None:
                if place.row > row_number or not number:
                    free_parts = [part for other in places if other.row == place.row for part in other.parts]
                    tokens_before = sum(map(self.row_tokens, written[: place.row + 1]))
                    tokens_before -= sum(self.shortener.counter.many(free_parts))
                    row_number = place.row
                room = max(_MIN_ROOM, int((self.total_tokens - tokens_before) * share))
            shortened = self._shortened(place, decided.get(number), room)
            tokens_before += shortened.tokens_out
            written[place.row] = with_parts(written[place.row], place.leaves, shortened.texts)
            settled.append(shortened)
        return written, settled

    def _sent_before(self, places: Sequence[Place], statuses: Mapping[int, Status]) -> dict[int, Shortened]:
        """The shortened texts of an earlier list, by place, that have to be sent again: a cache ends after them by now,
        or there was no query yet.
        """
        sent: dict[int, Shortened] = {}
        for number, (place, key, key_without_query) in enumerate(_keys(places)):
            shortened = self._sent.get(key_without_query) if place.is_asked_later else None
            if shortened is None and statuses.get(number) == "frozen":
                shortened = self._sent.get(key)
            if shortened is not None:
                sent[number] = shortened
        return sent

    def _remember(self, places: Sequence[Place], settled: Sequence[Shortened], sent: Mapping[int, Shortened]) -> None:
        for number, (_, key, _) in enumerate(_keys(places)):
            if number not in sent and settled[number].status in ("shortened", "emptied"):
                self._sent.put(key, settled[number])

    def _fixed_statuses(self, rows: Sequence[Any], places: Sequence[Place]) -> dict[int, Status]:
        """The statuses of the places that stay as they are, by number."""
        breakpoint_row = max((number for number, row in enumerate(rows) if has_breakpoint(row)), default=-1)
        results = [number for number, place in enumerate(places) if place.call is not None]
        recent = results[max(0, len(results) - self.protect_recent) :] if self.protect_recent else []
        frozen = [number for number, place in enumerate(places) if place.row <= breakpoint_row]
        excluded = [number for number in results if (call := places[number].call) and call.name in self.exclude_tools]
        statuses: dict[int, Status] = dict.fromkeys(recent, "recent")
        statuses.update(dict.fromkeys(excluded, "excluded"))
        statuses.update(dict.fromkeys(frozen, "frozen"))
        return statuses

    def _shortened(self, place: Place, decided: Status | Shortened | None, room: int | None) -> Shortened:
        """The texts of a place as they are to be sent.

        :param decided: why it stays as it is, or how it was sent before.
        """
        if isinstance(decided, Shortened):
            return decided
        if place.failure is None and decided is None:
            return self.shortener.shorten(place.leaves, place.query, place.call, room)
        tokens = sum(self.shortener.counter.many(place.parts))
        return Shortened(place.parts, decided or "failed", tokens, tokens, reason=place.failure)


def _keys(places: Sequence[Place]) -> Iterator[tuple[Place, bytes, bytes]]:
    """Each place with its key, of its texts, which of its like it is and its query; and the key without a query."""
    counts: dict[tuple[str, ...], int] = {}
    for place in places:
        counts[place.parts] = counts.get(place.parts, 0) + 1
        name = (place.parts, counts[place.parts], place.call is None)
        yield place, decision_key(*name, place.query), decision_key(*name, None)


def _report(place: Place, shortened: Shortened) -> MessageReport:
    return MessageReport(
        place.row,
        None if place.call is None else place.call.name,
        place.query,
        shortened.status,
        shortened.tokens_in,
        shortened.tokens_out,
        shortened.handle,
        shortened.reason,
        shortened.result,
    )
