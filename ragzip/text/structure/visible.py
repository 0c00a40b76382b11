"""The visible text of a source: of a terminal, without escape sequences, overwritten lines and earlier states of
progress bars; or without other markup.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ragzip.text.forms import Form, WrittenText, offsets_of
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span, intersect, merge
from ragzip.text.structure.base import Relation, Structure, StructuredUnit
from ragzip.text.structure.forms import TidyForm

__all__ = ["VisibleForm", "has_terminal_noise", "read_visible", "terminal_noise"]

_ESCAPE = pattern_of(
    r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?|[()*+#%][0-9A-Za-z]|[@-Z\\^_=>a-z])|\x08+"
)
_RETURN = pattern_of(r"\r(?=[^\r\n])")
_BAR = pattern_of(r"[█▉▊▋▌▍▎▏━╸╺]{2}|\|[ #█]{5,}\||\[[=>#.\-· ]{5,}\]|^\s*+[⠁-⣿]|[\d?](?:it|[kMG]?i?B|s)/(?:s|it)\b")
_BAR_MARKS = (
    "██",
    "━━",
    "%|",
    "[==",
    "[##",
    "[>",
    "it/s",
    "B/s",
    "s/it",
    "⠋",
    "⠙",
    "⠸",
    "Pull complete",
    "Already exists",
)
_STATE = pattern_of(  # of a layer of an image, by docker
    r"\s*+([0-9a-f]{12}): (?:Pulling|Waiting|Downloading|Download |Verifying|Extracting|Pull |Already|Preparing|"
    r"Pushing|Pushed|Layer|Mounted)"
)
_PROGRESS = pattern_of(r"\d\s?%|\d\s?/\s?\d|[█━#=⠁-⣿]{2}|\.\.\.|\d\s?[kMG]i?B|[-\\|/]\s*$")
_NUMBER_OR_BAR = pattern_of(
    r"(?<![\d.])\d[\d.]*+\s?%|[█▉▊▋▌▍▎▏━╸╺]|\[[=>#.\-· ]{5}|(?<![\d.,])\d[\d.,]*+\s?[kMG]?i?B\b|(?<![\d.])\d[\d.]*+it/s"
)
_NO_LETTERS = pattern_of(r"[\W\d_⠁-⣿]+")
_MAX_SEARCHED = 2000  # characters of a line in which a bar is looked for
_BLANK_LINES = pattern_of(r"(?<=\n)(?:[ \t]*+\r?\n){2,}(?=[ \t]*+\r?\n)")


def has_terminal_noise(source: str) -> bool:
    """Whether a terminal would not show all of ``source``."""
    return (
        "\x1b" in source
        or "\x08" in source
        or any(True for _ in _overwritten(source))
        or any(True for _ in _earlier_states(source))
    )


def terminal_noise(source: str) -> list[Span]:
    """The spans of ``source`` that a terminal would not show, and blank lines after two others."""
    noise = [Span(*match.span()) for match in _ESCAPE.finditer(source)] if "\x1b" in source or "\x08" in source else []
    noise += _overwritten(source)
    noise += _earlier_states(source)
    if noise:
        noise += [Span(*match.span()) for match in _BLANK_LINES.finditer(source)]
    return [Span(*span) for span in merge(noise)]


def _overwritten(source: str) -> Iterator[Span]:
    """The states of progress bars over which a carriage return let another be written."""
    if "\r" not in source:
        return
    state_start = 0
    for carriage_return in _RETURN.finditer(source):
        place = carriage_return.start()
        state_start = max(state_start, source.rfind("\n", state_start, place) + 1)
        state = source[state_start:place]
        if not state.strip() or _PROGRESS.search(state, 0, _MAX_SEARCHED):
            yield Span(state_start, place + 1)
        state_start = place + 1


def _earlier_states(source: str) -> Iterator[Span]:
    """The lines of progress bars that are followed by a later state of the same one."""
    if not any(mark in source for mark in _BAR_MARKS):
        return
    last_states: dict[str, Span] = {}  # of the bars in the block of lines that is being read
    line_start = 0
    while line_start < len(source):
        line_end = source.find("\n", line_start) + 1 or len(source)
        key = _bar_key(source[line_start : min(line_end, line_start + _MAX_SEARCHED)])
        if key is None:
            last_states.clear()
        elif key:
            if key in last_states:
                yield last_states[key]
            last_states[key] = Span(line_start, line_end)
        line_start = line_end


def _bar_key(line: str) -> str | None:
    """The key that distinguishes the progress bar of ``line`` from others ("": a blank line); None for a line without
    one.
    """
    if not line.strip():
        return ""
    state = _STATE.match(line)
    if state:
        return state.group(1)
    if not _BAR.search(line):
        return None
    number = _NUMBER_OR_BAR.search(line)
    return "bar " + _NO_LETTERS.sub(" ", line[: number.start()] if number else line).strip()


def read_visible(
    source: str, read: Callable[[str], Structure | None], hidden: Sequence[Span] | None = None
) -> Structure | None:
    """The structure that ``read`` finds in the visible text of ``source``, with places of ``source``.

    :param hidden: what is not visible, sorted and disjoint (None: what a terminal would not show).
    """
    noise = terminal_noise(source) if hidden is None else hidden
    if not noise:
        return read(source)
    text = VisibleText(source, noise)
    structure = read(text.visible)
    return None if structure is None else _in_source(structure, text, noise)


def _in_source(structure: Structure, text: VisibleText, noise: Sequence[Span]) -> Structure:
    """A structure of the visible text in places of the source, also where it is opened."""
    open_visible = structure.opened

    def opened(longest_unit: int) -> Structure | None:
        opened_structure = open_visible(longest_unit) if open_visible is not None else None
        return None if opened_structure is None else _in_source(opened_structure, text, noise)

    return replace(
        structure,
        units=tuple(text.unit_in_source(unit) for unit in structure.units),
        tables=(),
        form=VisibleForm(text.source, noise, structure.form),
        opened=None if open_visible is None else opened,
    )


class VisibleText(TidyForm):
    """The visible text of a source, and places in it as places in the source."""

    def __init__(self, source: str, noise: Sequence[Span]) -> None:
        super().__init__(source, noise, {})

    @property
    def visible(self) -> str:
        """The text without noise."""
        return self._visible

    def span_in_source(self, span: Span) -> Span:
        """The span from the first to the last character of ``span`` (of the visible text) in the source."""
        if span.start >= span.end:
            place = self._place_in_source(span.start)
            return Span(place, place)
        return Span(self._place_in_source(span.start), self._place_in_source(span.end - 1) + 1)

    def unit_in_source(self, unit: StructuredUnit) -> StructuredUnit:
        """``unit`` of the visible text in places of the source."""
        start, end = self.span_in_source(unit.span)
        section = unit.relation.section
        relation = unit.relation if section is None else self._moved(unit.relation, section)
        reading = self._visible[unit.start : unit.end] if unit.reading is None else unit.reading
        return unit._replace(start=start, end=end, relation=relation, reading=reading)

    def _moved(self, relation: Relation, section: Span) -> Relation:
        return relation._replace(section=self.span_in_source(section))

    def _place_in_source(self, place: int) -> int:
        if not self._pieces:
            return 0
        number = max(0, bisect_right(self._offsets, place) - 1)
        return min(self._pieces[number].start + place - self._offsets[number], self._pieces[number].end)


class VisibleForm(VisibleText):
    """The form ``inner`` of the visible text of ``source``."""

    def __init__(self, source: str, noise: Sequence[Span], inner: Form) -> None:
        super().__init__(source, noise)
        self._inner = inner

    def keep(self, spans: Iterable[tuple[int, int]], held: Sequence[Span]) -> WrittenText:
        kept = [Span(*span) for span in merge(intersect(spans, held))]
        visible_spans = [Span(*span) for start, end in kept if (span := self._visible_span(start, end))]
        if not visible_spans:
            return WrittenText("", (), ())
        visible_span = Span(0, len(self._visible))
        written = self._inner.keep(visible_spans, [visible_span])
        if written is None:
            written = WrittenText(self._visible, (visible_span,), (visible_span,), (0,))
        text, pieces, _, inner_offsets = written
        if inner_offsets is None:
            inner_offsets = offsets_of(pieces)
        source_pieces: list[Span] = []
        offsets: list[int] = []
        for (start, end), offset in zip(pieces, inner_offsets, strict=True):
            for piece in self._in_source(start, end):
                source_pieces.append(piece)
                offsets.append(offset)
                offset += piece.end - piece.start
        return WrittenText(text, tuple(source_pieces), tuple(kept), tuple(offsets))

    def alone(self, span: tuple[int, int]) -> str:
        visible_span = self._visible_span(*span)
        return self._inner.alone(visible_span) if visible_span else ""
