"""Dockerfiles: an instruction with its comment and all of its lines. One of several stages needs the line that begins
the stage; the command that is started is kept with its arguments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.scanner import line_spans, stripped_end
from ragzip.text.structure.base import Relation, Structure, StructuredUnit

__all__ = ["read", "recognises"]

_SAMPLED_CHARACTERS = 20_000
_MIN_INSTRUCTIONS = 3
_MEANINGS = {  # what a question says of the instruction, which has no word of that
    "ADD": "files that are copied into the image",
    "ARG": "argument of the build",
    "CMD": "default command and arguments, run when the container starts",
    "COPY": "files that are copied into the image",
    "ENTRYPOINT": "program that is executed when the container starts",
    "ENV": "environment variable",
    "EXPOSE": "port that the container listens on, exposed",
    "FROM": "base image",
    "HEALTHCHECK": "how the health of the container is checked, and how often",
    "LABEL": "label of the image",
    "MAINTAINER": "maintainer of the image",
    "ONBUILD": "done when another image is built on this one",
    "RUN": "command that is run to build the image",
    "SHELL": "shell of the commands",
    "STOPSIGNAL": "signal that stops the container",
    "USER": "user account that the container runs as",
    "VOLUME": "volume in which data are kept",
    "WORKDIR": "working directory",
}
_INSTRUCTION = pattern_of(rf"({'|'.join(_MEANINGS)})[ \t]+\S")
_FROM = pattern_of(
    r"FROM[ \t]+(?:--platform=\S{1,80}[ \t]+)?[\w./:@${}-]{1,200}(?:[ \t]+(?:AS|as)[ \t]+([\w.-]{1,60}))?[ \t]*$"
)
_HERE_DOCUMENT = pattern_of(r"<<-?[\"']?([A-Za-z_]\w{0,40})[\"']?")
_MAX_STARTS = 2  # of a stage: the last ones hold
_STARTS = ("ENTRYPOINT", "CMD")


class _Instruction(NamedTuple):
    """An instruction: where it begins, with its comment, and ends, its name, and the number of its stage."""

    start: int
    end: int
    name: str
    stage: int


def recognises(source: str) -> bool:
    """Whether a text of an unknown type surely is a Dockerfile: the line of a base image, and instructions below it."""
    sample = source[:_SAMPLED_CHARACTERS]
    if "FROM" not in sample:
        return False
    instructions = _instructions(sample if sample == source else sample[: sample.rfind("\n") + 1])
    return instructions is not None and len(instructions) >= _MIN_INSTRUCTIONS


def read(source: str) -> Structure | None:
    """The structure of a Dockerfile; None of a text with other lines, or without a base image."""
    instructions = _instructions(source)
    if instructions is None:
        return None
    first_of_stage = {
        instruction.stage: place for place, instruction in enumerate(instructions) if instruction.name == "FROM"
    }
    starts: defaultdict[int, list[int]] = defaultdict(list)  # what is started, with its arguments, by the stage
    for place, instruction in enumerate(instructions):
        if instruction.name in _STARTS:
            starts[instruction.stage].append(place)
    units: list[StructuredUnit] = []
    for place, instruction in enumerate(instructions):
        stage = first_of_stage.get(instruction.stage)
        is_below = stage is not None and stage != place
        is_start = instruction.name in _STARTS
        starts_beside = [start for start in starts[instruction.stage][-_MAX_STARTS:] if is_start and start != place]
        relation = Relation(
            needs=(stage,) if is_below and stage is not None and len(first_of_stage) > 1 else (),
            heading=stage if is_below else None,
            companions=tuple(starts_beside),
        )
        text = source[instruction.start : instruction.end]
        reading = f"{_MEANINGS[instruction.name]}: {text}"
        units.append(StructuredUnit(instruction.start, instruction.end, relation, reading, is_record=True))
    return Structure("dockerfile", tuple(units), PlainForm(source))


def _instructions(source: str) -> list[_Instruction] | None:
    """The instructions of a Dockerfile, in order; None where a line is none, or no base image comes first."""
    instructions: list[_Instruction] = []
    stage = 0
    for start, end, begin in _statements(source):
        line = source[begin:end].partition("\n")[0].rstrip()
        instruction = _INSTRUCTION.match(line)
        if instruction is None:
            return None
        name = instruction[1]
        if name == "FROM":
            if not _FROM.match(line):
                return None
            stage += 1
        elif not stage and name != "ARG":
            return None
        instructions.append(_Instruction(start, end, name, stage))
    return instructions if stage else None


def _statements(source: str) -> Iterator[tuple[int, int, int]]:
    """The statements, each as three offsets: its start with the comments right above it, its end, and its start without
    comments.
    """
    lines = _Lines(source)
    comment: int | None = None
    while lines.number < len(lines.spans):
        start, end = lines.next()
        text = source[start:end].strip()
        if not text:
            comment = None
            continue
        begin = start + len(source[start:end]) - len(source[start:end].lstrip())
        if text.startswith("#"):
            comment = begin if comment is None else comment
            continue
        last = lines.end_of_statement(text, begin + len(text))
        yield (begin if comment is None else comment), last, begin
        comment = None


class _Lines:
    """The lines of a text, one after another."""

    def __init__(self, source: str) -> None:
        self.source, self.number = source, 0
        self.spans: Sequence[Span] = [Span(*span) for span in line_spans(source, 0, len(source))]

    def next(self) -> Span:
        self.number += 1
        return self.spans[self.number - 1]

    def end_of_statement(self, text: str, end: int) -> int:
        """The end of the statement whose first line, ``text``, ends at ``end``; reading continues after it."""
        document = _HERE_DOCUMENT.search(text)
        last = end
        while self.number < len(self.spans) and (document is not None or text.endswith("\\")):
            start, line_end = self.next()
            line_end = stripped_end(self.source, start, line_end)
            line = self.source[start:line_end].strip()
            if document is not None and line == document[1]:
                return line_end
            last = line_end if line else last
            text = text if line.startswith("#") and document is None else line  # comments may stand between
        return last
