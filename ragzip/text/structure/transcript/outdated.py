"""Remarks of a talk whose value a later one changes: "let's use 8080", "8080 clashed, we moved it to 9090"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.needs.changes import says_changed
from ragzip.text.structure.transcript.remarks import Remark

__all__ = ["changed_values", "echoes", "stands_alone"]

_NUMBER = r"(?!(?:19|20)\d\d(?![\d.,:]*\d))\d[\d.,:]{0,20}\d"  # no year
_VALUE = pattern_of(  # a number of several digits, a name with a digit or a capital letter inside, or within a sentence
    rf"(?<![^\W_])(?:{_NUMBER}|[^\W\d_]{{1,20}}\d[\w.-]{{0,20}}|(?<=[^.!?:…\s] )[A-Z][\w-]{{1,40}}"
    r"|[A-Z]?[a-z]{1,20}[A-Z]\w{0,40})(?!\w)"
)
_WHOLE_NUMBER = pattern_of(f"{_NUMBER}$")
_DIGIT = pattern_of(r"\d")
_MAX_WORDS = 25  # of a remark that changes something
_MIN_WORDS_ALONE = 7
_MAX_TURNS_BACK = 12  # to what the same speaker said of it
_MAX_TURNS_TO_ECHO = 12
_MAX_OUTDATED = 8  # remarks with one value


def stands_alone(words: str) -> bool:
    """Whether a remark that takes something back says what is so instead: it has some words, and a value."""
    return len(words.split()) >= _MIN_WORDS_ALONE and bool(_values(words))


def changed_values(remarks: Sequence[Remark]) -> Iterator[tuple[int, int]]:
    """The remarks with a value that a later one changes, each with that one, by number: it names the value beside one
    like it, or says that it is another now; without naming it, where the same speaker did.
    """
    speaker_words = {word for remark in remarks for word in remark.speaker.casefold().split()}
    numbers_by_value: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for number, remark in enumerate(remarks):
        if len(remark.words.split()) > _MAX_WORDS or remark.question is not None:
            continue
        values = _values(remark.words) - speaker_words
        known_values = sorted(value for value in values if (remark.part, value) in numbers_by_value)
        new_values = values.difference(known_values)
        is_change = bool(new_values) and says_changed(remark.words)
        for value in known_values:
            if is_change or any(_shape(value) == _shape(new_value) != "" for new_value in new_values):
                outdated_numbers = numbers_by_value.pop((remark.part, value))[-_MAX_OUTDATED:]
                yield from ((outdated_number, number) for outdated_number in outdated_numbers)
            else:
                numbers_by_value[remark.part, value].append(number)
        if is_change and not known_values and any(map(_shape, new_values)):
            yield from ((outdated_number, number) for outdated_number in _last_with_number(remarks, number))
        for value in new_values:
            numbers_by_value[remark.part, value].append(number)


def _last_with_number(remarks: Sequence[Remark], number: int) -> Iterator[int]:
    """The last remark of the same speaker that has a number, by number; nothing without one."""
    remark = remarks[number]
    for earlier_number in range(number - 1, max(number - _MAX_TURNS_BACK, 0) - 1, -1):
        earlier_remark = remarks[earlier_number]
        is_of_same = (
            bool(remark.speaker) and earlier_remark.speaker == remark.speaker and earlier_remark.part == remark.part
        )
        if is_of_same and any(map(_shape, _values(earlier_remark.words))):
            yield earlier_number
            return


def echoes(remarks: Sequence[Remark], outdated_number: int, later_number: int) -> Iterator[int]:
    """The remarks soon after one that is outdated, before the later one, that repeat a value of it, by number."""
    outdated_values = _values(remarks[outdated_number].words)
    for number in range(outdated_number + 1, min(later_number, outdated_number + 1 + _MAX_TURNS_TO_ECHO)):
        words = {word.strip(".,;:!?\"'()").casefold() for word in remarks[number].words.split()}
        if remarks[number].part == remarks[outdated_number].part and not outdated_values.isdisjoint(words):
            yield number


def _values(words: str) -> frozenset[str]:
    """The numbers of several digits and the names in a remark, but for a word that begins a sentence."""
    texts = (match[0].casefold() for match in _VALUE.finditer(words))
    return frozenset(text for text in texts if not is_function_word(text))


def _shape(value: str) -> str:
    """A number, its digits as one; "" of a name."""
    return _DIGIT.sub("9", value) if _WHOLE_NUMBER.match(value) else ""
