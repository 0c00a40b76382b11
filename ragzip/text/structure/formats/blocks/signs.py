"""Signs that a plain text consists of records, or of lines nested under lines, rather than of sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import DIGIT
from ragzip.text.splitters.prose.breaks import SENTENCE_STOPS, STOP_AT_END
from ragzip.text.structure.formats.blocks.tree import BlockLine, BlockNode, is_item

__all__ = ["is_key_line", "is_nested", "is_statement", "record_openers"]

_MIN_SHARE = 0.8  # of the records, or of the heads, that have to look like one
_MIN_LINES_SHARE = 0.7  # of the text that has to be records
_MAX_LINE_CHARACTERS = 160
_MAX_RECORD_LINES = 40
_MAX_PREFACE_LINES = 4
_MAX_HEAD_CHARACTERS = 120
_MAX_WORDS_OF_LABEL = 4
_MAX_SENTENCES = 0.25  # share of the lines of records that end like sentences
_MAX_SHARE_OF_PARAGRAPHS = 0.4  # the same, of lists under titles
_MAX_SMALL_WORDS = 0.2  # share of the words of records that are function words
_MOST_SMALL_WORDS = 0.3  # of records with several keys, whose values may be sentences
_MIN_BLOCKS = 3
_MAX_ENTRY_CHARACTERS = 70
_MIN_TOLD_SHARE = 0.5  # of the lines below names: figures, keys
_LEAST_WORDS = 6  # of a sentence, as a head
_LONG_HEAD = 45  # characters from which a line that goes on in small letters may be wrapped
_MARK = pattern_of(
    r'(commit) [0-9a-f]{7,64}\b|(\*{3,80}) \d{1,9}\. row \*{3}|(\[[A-Z]\w{1,30}) ".{0,200}"\]$|(@)[A-Za-z]{2,30} ?\{'
    r"|(FROM) [\w./:@${}-]{1,120}(?: (?:AS|as) [\w.-]{1,60})?$"
)
_PROMPT = pattern_of(  # of an interpreter: not every statement prints something
    r"(>>>) \S|(In) \[\d{1,4}\]:|(>) \S|(irb|octave|iex)(?:\([^()\s]{0,40}\))?(?::\d{1,6}){0,2}> \S"
    r"|(\((?:gdb|lldb|i?[Pp]db)\)) \S|((?:julia|ghci|scala|jshell|\d{1,3}(?:\.\d{1,3}){3}:\d{1,5})>) \S"
)
_STATEMENT_OF_R = pattern_of(r"> (?:[A-Za-z.][\w.]*(?:::[\w.]+)?(?:\(|\$[\w.]|\[| ?<- ?\S))")  # no quoted prose
_MIN_PRINTING_SHARE = 0.3  # of the statements of a session
_KEY = pattern_of(
    r"([^\W\d][^\s:=]{0,40}(?: [^\s:=]{1,40}){0,3}) {0,12}(?::(?=\s|$)|=|\t|(?<=  )-(?=\s|$)|\.{3,99}(?=\s|$))"
)
_PAUSE_AT_END = pattern_of(rf"[,;—–{SENTENCE_STOPS}][\"'”“’»«)\]]{{0,3}}$|[^\W\d_][-\u00ad\u2010]$")
_COLON_AT_END = pattern_of(r"[:：]$")
_OPEN_END = pattern_of(r"[:：{(\[]$")


def is_key_line(text: str) -> bool:
    """Whether a line is a key with its value."""
    return _KEY.match(text) is not None


def is_statement(text: str) -> bool:
    """Whether a line that opens a record is what was typed at the prompt of an interpreter, over what that printed."""
    return _PROMPT.match(text) is not None


def record_openers(lines: Sequence[BlockLine]) -> list[int] | None:
    """The places of the lines that open a record; None where the text is not made of records."""
    if len(lines) < 4 or sum(len(line.text) > _MAX_LINE_CHARACTERS for line in lines) > 0.1 * len(lines):
        return None
    for start in _starts(lines):
        openers = _marked_records(lines[start:]) or _keyed_records(lines[start:]) or _labelled_records(lines[start:])
        if openers:
            return [start + number for number in openers]
    return _translations(lines) or _blocks(lines)


def _translations(lines: Sequence[BlockLine]) -> list[int] | None:
    """The openers of a catalogue of messages (gettext): blocks with a message and its translation."""
    openers = [number for number, line in enumerate(lines) if not number or line.is_after_blank]
    translated = 0
    for start, end in pairwise([*openers, len(lines)]):
        marks = {line.text.partition(" ")[0] for line in lines[start:end]}
        translated += "msgid" in marks and any(mark.startswith("msgstr") for mark in marks)
    return openers if translated > 1 and translated >= _MIN_SHARE * len(openers) else None


def _starts(lines: Sequence[BlockLine]) -> list[int]:
    """The places where records may begin: the first line, and those with a mark or below blank lines after a short
    preface.
    """
    return [
        number
        for number, line in enumerate(lines[: _MAX_PREFACE_LINES + 1])
        if not number or line.is_after_blank or _MARK.match(line.text) or _PROMPT.match(line.text)
    ]


def _marked_records(lines: Sequence[BlockLine]) -> list[int] | None:
    """The openers where the first line has a mark that comes again: "commit 1a2b3c4d"."""
    pattern = _MARK if _MARK.match(lines[0].text) else _PROMPT
    first_mark = pattern.match(lines[0].text)
    if first_mark is None:
        return None
    openers = [
        number
        for number, line in enumerate(lines)
        if line.column == lines[0].column
        and (mark := pattern.match(line.text))
        and mark.groups() == first_mark.groups()
    ]
    if (
        first_mark[first_mark.lastindex or 0] == ">"
        and 2 * _share([lines[number].text for number in openers], _STATEMENT_OF_R) <= 1
    ):
        return None
    if pattern is _PROMPT:
        are_long = _are_long(openers, len(lines), _MIN_PRINTING_SHARE) and _sentence_share(lines) <= _MAX_SENTENCES
    else:
        are_long = _are_long(openers, len(lines))
    return openers if len(openers) > 1 and are_long else None


def _keyed_records(lines: Sequence[BlockLine]) -> list[int] | None:
    """The openers where the first key comes again, and others with it, and the lines are keys with short values."""
    first_key = _key_of(lines[0])
    openers = [number for number, line in enumerate(lines) if first_key and _key_of(line) == first_key]
    openers = [number for number in openers if lines[number].column == lines[0].column]
    if len(openers) < 2 or not _are_long(openers, len(lines)):
        return None
    records = _records(lines, openers)
    are_apart = all(lines[number].is_after_blank for number in openers)
    if len({tuple(line.text for line in record) for record in records}) == 1:
        return None
    shared_keys = _shared_keys(records)
    key_lines = sum(is_key_line(line.text) or line.column > lines[0].column for line in lines)
    if key_lines < _MIN_LINES_SHARE * len(lines) or len(shared_keys) < (2 if are_apart else 3):
        return None
    # two voices that take turns look like two keys
    is_talk = len(shared_keys) < 3 and (
        _sentence_share(lines) > _MAX_SENTENCES or _small_words(lines) > _MAX_SMALL_WORDS
    )
    is_prose = _sentence_share(lines) > 2 * _MAX_SENTENCES or _small_words(lines) > _MOST_SMALL_WORDS
    return None if is_talk or is_prose else openers


def _labelled_records(lines: Sequence[BlockLine]) -> list[int] | None:
    """The openers where labels that end in a colon, the first line among them, have lines with figures below them:
    times under days.
    """
    openers = [number for number, line in enumerate(lines) if _COLON_AT_END.search(line.text)]
    if len(openers) < _MIN_BLOCKS or openers[0] or not _are_long(openers, len(lines)):
        return None
    labels = [lines[number].text for number in openers]
    entries = [line for number, line in enumerate(lines) if number not in set(openers)]
    if len(set(labels)) < len(labels) or max(len(label.split()) for label in labels) > _MAX_WORDS_OF_LABEL:
        return None
    if any(line.column != lines[0].column or is_item(line) for line in lines):
        return None
    has_sentences = _sentence_share(entries) > _MAX_SENTENCES or _small_words(entries) > _MAX_SMALL_WORDS
    return None if has_sentences or _share([line.text for line in entries], DIGIT) < _MIN_LINES_SHARE else openers


def _blocks(lines: Sequence[BlockLine]) -> list[int] | None:
    """The openers where blank lines part short lines without sentences: addresses, entries of a catalogue."""
    starts = [number for number, line in enumerate(lines) if line.is_after_blank]
    openers = [
        start
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
        if 2 <= end - start <= _MAX_RECORD_LINES and not any(map(is_item, lines[start:end]))
    ]
    ends = {start: end for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)}
    records = [lines[start : ends[start]] for start in openers]
    record_lines = [line for record in records for line in record]
    if len(records) < 2 or len(record_lines) < _MIN_SHARE * len(lines):
        return None
    if _sentence_share(record_lines) > _MAX_SENTENCES or _small_words(record_lines) > _MAX_SMALL_WORDS:
        return None
    keys = [[key for line in record if (key := _key_of(line))] for record in records]
    if len(records) < _MIN_BLOCKS:
        is_same = len(keys[0]) > 1 and keys[0] == keys[1]
        return starts if is_same else None
    sizes = Counter(map(len, records))
    is_even = len(sizes) <= 2 and max(sizes) - min(sizes) <= 1
    is_list = bool(_shared_keys(records)) or (is_even and _has_figures(records)) or _are_entries(records)
    return starts if is_list else None


def _are_entries(records: Sequence[Sequence[BlockLine]]) -> bool:
    """Whether blocks of any length have a name in their first line, and short lines with figures or keys below it."""
    names = [record[0].text for record in records]
    if len(set(names)) < len(names) or _share(names, _PAUSE_AT_END) or any(map(_ends_in_small_word, names)):
        return False
    if not all(name[0].isalpha() for name in names):  # cells of a table, a line each
        return False
    if any(line.column != record[0].column for record in records for line in record):  # lines under heads
        return False
    telling_lines = [list(map(_tells_more, record[1:])) for record in records]
    lines_below = [is_telling for record in telling_lines for is_telling in record]
    return (
        max(len(line.text) for record in records for line in record) <= _MAX_ENTRY_CHARACTERS
        and sum(lines_below) >= _MIN_TOLD_SHARE * len(lines_below)
        and sum(map(any, telling_lines)) >= _MIN_SHARE * len(telling_lines)
    )


def _tells_more(line: BlockLine) -> bool:
    """Whether a line says something of the name above it: a figure with what it is, rather than a time of its own."""
    return line.text[0].isalpha() and (DIGIT.search(line.text) is not None or is_key_line(line.text))


def _has_figures(records: Sequence[Sequence[BlockLine]]) -> bool:
    """Whether most records have a figure at the same place: verse has none."""
    for place in range(max(map(len, records))):
        texts = [record[place].text for record in records if len(record) > place]
        if len(texts) >= _MIN_SHARE * len(records) and _share(texts, DIGIT) >= _MIN_SHARE:
            return True
    return False


def is_nested(lines: Sequence[BlockLine], roots: Sequence[BlockNode]) -> bool:
    """Whether a text is lines under heads, by their indentation, brackets or lists."""
    if len(lines) < 4 or lines[0].column > min(line.column for line in lines):
        return False
    while (heads := [node for node in roots if node.children]) and len(heads) == 1:
        if len(roots) > 1 and heads[0].closing is None:
            break
        roots = heads[0].children  # of one block around all others, with directives before it
    nested, other = (
        [line for node in roots if bool(node.children) is is_head for line in node.lines()] for is_head in (True, False)
    )
    if len(heads) < 2 or len(nested) < _MIN_LINES_SHARE * (len(nested) + len(other)):
        return False
    if sum(len(line.text) for line in nested) < sum(len(line.text) for line in other):
        return False
    if sum(is_item(node.line) for node in heads) > 0.2 * len(heads):
        return False
    is_flat = all(line.column == lines[0].column for line in lines)
    if is_flat and _sentence_share(nested) > _MAX_SHARE_OF_PARAGRAPHS:  # sections of numbered paragraphs, as of laws
        return False
    return sum(map(_is_head, heads)) >= _MIN_SHARE * len(heads)


def _is_head(node: BlockNode) -> bool:
    """Whether a line names what stands under it, rather than ends a paragraph, goes on there, or is half of a verse."""
    text, text_below = node.line.text, node.children[0].line.text
    if is_item(node.children[0].line) and _COLON_AT_END.search(text):
        return False  # the lead-in of a list, as prose has them
    if node.closing is None and len(text.split()) >= _LEAST_WORDS and _small_words([node.line]) > _MOST_SMALL_WORDS:
        return False  # a sentence
    if node.closing is not None or _OPEN_END.search(text):
        return len(text) <= _MAX_HEAD_CHARACTERS
    if len(text) > _MAX_HEAD_CHARACTERS or _PAUSE_AT_END.search(text) or _ends_in_small_word(text):
        return False
    return not (len(text) > _LONG_HEAD and text_below[:1].islower() and not DIGIT.search(text))


def _ends_in_small_word(text: str) -> bool:
    return is_function_word(text.rsplit(None, 1)[-1].lower())


def _are_long(openers: Sequence[int], line_count: int, least_share: float = _MIN_SHARE) -> bool:
    """Whether most records, or a share of them, have a line besides the one that opens them."""
    ends = [*openers[1:], line_count]
    return sum(end - start > 1 for start, end in zip(openers, ends, strict=True)) >= least_share * len(openers)


def _records(lines: Sequence[BlockLine], openers: Sequence[int]) -> list[Sequence[BlockLine]]:
    return [lines[start:end] for start, end in zip(openers, [*openers[1:], len(lines)], strict=True)]


def _key_of(line: BlockLine) -> str:
    key = _KEY.match(line.text)
    return key[1] if key else ""


def _shared_keys(records: Sequence[Sequence[BlockLine]]) -> list[str]:
    """The keys that most records have."""
    counts = Counter(key for record in records for key in {_key_of(line) for line in record} if key)
    return [key for key, count in counts.items() if count >= max(2, _MIN_LINES_SHARE * len(records))]


def _sentence_share(lines: Sequence[BlockLine]) -> float:
    return _share([line.text for line in lines], STOP_AT_END)


def _small_words(lines: Sequence[BlockLine]) -> float:
    """The share of function words."""
    tokens = [token.strip(".,;:!?\"'()").lower() for line in lines for token in line.text.split()]
    return sum(map(is_function_word, tokens)) / max(1, len(tokens))


def _share(texts: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.search(text) is not None for text in texts) / max(1, len(texts))
