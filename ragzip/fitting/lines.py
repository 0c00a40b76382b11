"""Lines of documents, written by a model or taken from them, fitted to a budget."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ragzip.errors import BudgetError
from ragzip.fitting.leading import largest
from ragzip.fitting.settle import settle
from ragzip.text.spans import Span
from ragzip.text.words import words
from ragzip.types import Budget, Claim, Segment, Unit

__all__ = ["Line", "RewrittenDraft"]

_MAX_FAILURES = 16  # lines in a row that seem to fit and do not, after which no other one is tried
_SLACK_TOKENS = 2  # by which a line may cost less in its place than by itself


@dataclass(frozen=True)
class Line:
    """A sentence that may be kept.

    :param span: where it stands in its document, if it was taken from there.
    :param read: what was read for it, by document, if it was written.
    :param allowed: whether it may be kept at all.
    :param is_preferred: whether it is kept before all that are not, which only fill the room left.
    """

    segment: int
    text: str
    value: float
    span: Span | None = None
    claim: Claim | None = None
    read: dict[int, list[Span]] = field(default_factory=dict)
    allowed: bool = True
    is_preferred: bool = True


class RewrittenDraft:
    """The lines of all documents, and which are kept."""

    def __init__(self, segments: Sequence[Segment], budget: Budget) -> None:
        self.given, self.budget = segments, budget
        self.lines: list[Line] = []
        self.kept: list[bool] = []
        self._numbers: list[list[int]] = []  # of the lines of each document
        self._costs: list[int] = []
        self._worst_first: list[int] = []

    def fit(self) -> None:
        """Leave out lines until the budget holds and no document has grown; then let those in that still fit."""
        self.kept = [line.allowed and line.is_preferred for line in self.lines]
        self._numbers = [[] for _ in self.given]
        for number, line in enumerate(self.lines):
            self._numbers[line.segment].append(number)
        self._no_longer()
        limit = self.budget.max_tokens
        if limit is None:
            return
        self._costs = self.budget.count.many([line.text for line in self.lines])
        self._worst_first = sorted((number for number, kept in enumerate(self.kept) if kept), key=self._worth)
        total = settle(self, limit)
        if total > limit and self._worst_first:
            self.let_in(self._cut(limit), limit)

    def measured(self) -> int:
        return self.budget.meter.segments(self.segments())

    def drop_worst(self, excess: int) -> bool:
        if len(self._worst_first) < 2:
            return False
        dropped = 0
        while excess > 0 and dropped < len(self._worst_first) - 1:
            worst = self._worst_first[dropped]
            self.kept[worst] = False
            excess -= max(1, self._costs[worst])
            dropped += 1
        self._worst_first = self._worst_first[dropped:]
        return True

    def let_in(self, total: int, limit: int) -> bool:
        """Keep the best of the other lines that still fit.

        As many at once as seem to fit, since each count is one of all that is kept; where they do not fit together,
        half as many.
        """
        left_out = [number for number, line in enumerate(self.lines) if line.allowed and not self.kept[number]]
        best_first = sorted(
            left_out, key=lambda number: (not self.lines[number].is_preferred, -self.lines[number].value)
        )
        waiting = deque(best_first)
        batch_size, failures = len(waiting), 0
        while waiting and failures < _MAX_FAILURES:
            batch = self._batch(waiting, batch_size, limit + _SLACK_TOKENS - total)
            if not batch:
                break
            total_after = self._total_with(batch)
            if total_after is not None and total_after <= limit:
                total, batch_size, failures = total_after, 2 * batch_size, 0
                continue
            for number in batch:
                self.kept[number] = False
            if len(batch) > 1:
                waiting.extendleft(reversed(batch))
            else:
                failures += 1
            batch_size = max(1, len(batch) // 2)
        return False

    def _batch(self, waiting: deque[int], size: int, room: int) -> list[int]:
        """The next lines, taken out of ``waiting``, that seem to fit together; those too long for any room go."""
        batch: list[int] = []
        while waiting and len(batch) < size:
            if self._costs[waiting[0]] <= room:
                batch.append(waiting.popleft())
                room -= self._costs[batch[-1]]
            elif batch:
                break
            else:
                waiting.popleft()
        return batch

    def _total_with(self, batch: Sequence[int]) -> int | None:
        """The total with the lines of ``batch`` kept too; None where a document would grow."""
        for number in batch:
            self.kept[number] = True
        segments = self.segments()
        touched = {self.lines[number].segment for number in batch}
        if any(len(segments[index].text) > len(self.given[index].text) for index in touched):
            return None
        return self.budget.meter.segments(segments)

    def segments(self) -> list[Segment]:
        """The segments of the documents with the lines that are kept."""
        return [self._segment(segment_number, numbers) for segment_number, numbers in enumerate(self._numbers)]

    def _segment(self, segment_number: int, line_numbers: Sequence[int]) -> Segment:
        given_segment = self.given[segment_number]
        kept_lines = [self.lines[line_number] for line_number in line_numbers if self.kept[line_number]]
        document_lines = [self.lines[line_number] for line_number in line_numbers]
        claims = [
            replace(claim, kept=self.kept[line_number])
            for line_number in line_numbers
            if (claim := self.lines[line_number].claim) is not None
        ]
        score = max((line.value for line in document_lines), default=given_segment.score)
        line_units = tuple(Unit(*line.span, line.value) for line in document_lines if line.span)
        if all(line.span for line in kept_lines) and given_segment.form.is_plain:
            kept_segment = given_segment.keep([line.span for line in kept_lines if line.span])
            return replace(kept_segment, claims=(*given_segment.claims, *claims), units=line_units, score=score)
        kept_text = _joined([line.text for line in kept_lines])
        read_spans = self._spans(segment_number, kept_lines) if kept_lines else ()
        return given_segment.rewritten(
            kept_text, spans=read_spans, units=line_units, score=score, claims=(*given_segment.claims, *claims)
        )

    def _spans(self, segment_number: int, kept_lines: Sequence[Line]) -> tuple[Span, ...]:
        """The spans of the document that were read for the lines kept of it."""
        given_segment = self.given[segment_number]
        if not given_segment.form.is_plain:
            return given_segment.spans
        readings = {id(line.read): line.read for line in kept_lines}.values()  # one for all lines of a reading
        read_spans = {span for reading in readings for span in reading.get(segment_number, ())}
        source_spans = {piece for pieces in given_segment.pieces_in_source(read_spans) for piece in pieces}
        return tuple(sorted(source_spans | {line.span for line in kept_lines if line.span}))

    def _worth(self, line_number: int) -> tuple[float, int]:
        """A sort key of lines, the worst first: of equal ones the last."""
        return self.lines[line_number].value, -line_number

    def _no_longer(self) -> None:
        """Cut documents that have become longer: text written from several may be longer than the one that supports it
        best.
        """
        for segment_number, line_numbers in enumerate(self._numbers):
            worst_first = deque(
                sorted((line_number for line_number in line_numbers if self.kept[line_number]), key=self._worth)
            )
            joined_lines = _Joined(self.lines[line_number] for line_number in worst_first)
            while len(worst_first) > 1 and self._grown(segment_number, line_numbers, joined_lines):
                line_number = worst_first.popleft()
                self.kept[line_number] = False
                joined_lines.drop(self.lines[line_number])
            if worst_first and self._grown(segment_number, line_numbers, joined_lines):
                line = self.lines[worst_first[0]]
                self.lines[worst_first[0]] = replace(line, text=_first(line.text, len(self.given[segment_number].text)))

    def _grown(self, segment_number: int, line_numbers: Sequence[int], joined: _Joined) -> bool:
        """Whether the kept text of a document is longer than the document was.

        Where all of it stands in the document, what stands between the lines there counts, too.
        """
        given_segment = self.given[segment_number]
        is_plain = not joined.written and given_segment.form.is_plain
        length = len(self._segment(segment_number, line_numbers).text) if is_plain else joined.length
        return length > len(given_segment.text)

    def _cut(self, limit: int) -> int:
        """The first words of the one line that is left."""
        line_number = self.kept.index(True)
        line = self.lines[line_number]
        word_spans = list(words(line.text))
        protected = self.budget.protect(line.text)

        def cut(word_count: int) -> int:
            self.lines[line_number] = (
                _cut(line, word_spans[word_count - 1][1]) if word_count else replace(line, text="", span=line.span)
            )
            self.kept[line_number] = word_count > 0
            return self.budget.meter.segments(self.segments())

        word_count = largest(len(word_spans), lambda word_count: cut(word_count) <= limit)
        kept_end = word_spans[word_count - 1][1] if word_count else 0
        if any(protected_end > kept_end for _, protected_end in protected) and any(
            start < kept_end or not word_count for start, _ in protected
        ):
            raise BudgetError(
                f"target_tokens: {limit} tokens cannot hold the protected spans of the best sentence. "
                "Raise the budget or protect less."
            )
        return cut(word_count)


class _Joined:
    """The length of lines in one text, and the number of lines that were written."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.length, self.written = -1, 0
        for line in lines:
            self._count(line, 1)

    def drop(self, line: Line) -> None:
        """Take a line out."""
        self._count(line, -1)

    def _count(self, line: Line, sign: int) -> None:
        self.length += sign * (len(line.text) + 1 if line.text else 0)
        self.written += sign * (line.span is None)


def _cut(line: Line, length: int) -> Line:
    span = None if line.span is None else Span(line.span.start, line.span.start + length)
    return replace(line, text=line.text[:length], span=span)


def _first(text: str, length: int) -> str:
    """The words within the first ``length`` characters."""
    return text[: max((end for _, end in words(text) if end <= length), default=0)]


def _joined(texts: Sequence[str]) -> str:
    return " ".join(text for text in texts if text)
