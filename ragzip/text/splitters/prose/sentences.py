"""Sentences of a paragraph, from sentencex (Wikimedia, MIT); wrong cuts are undone, missed ones are made."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from ragzip.process.forking import guarded
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import UNSPACED_ABUGIDA
from ragzip.text.spans import Span
from ragzip.text.splitters.prose.abbreviations import ends_missed, ends_open, is_open_phrase, is_ordinal
from ragzip.text.splitters.prose.lone_marks import without_lone_marks
from ragzip.text.splitters.prose.missing_blanks import ends_without_blank
from ragzip.text.splitters.prose.small_letters import with_capitals
from ragzip.text.splitters.scanner import trim
from ragzip.text.words import is_boundary, is_unspaced, words

__all__ = ["clauses", "is_unmarked", "sentence_spans"]

_MAX_SENTENCE_WORDS = 250  # a character of Han or Kana counts as half a word
_MAX_UNMARKED_WORDS = 80  # of a piece of a transcript: text with fewer than one stop in 250 words
_MIN_PIECE_WORDS = 20  # of a part of a sentence that is too long
_MIN_RUN_CHARACTERS, _MAX_RUN_CHARACTERS = 90, 400  # of clauses of Thai, Lao, Khmer or Burmese, which blanks separate
_MIN_CLAUSE_CHARACTERS = 12  # after a blank: a shorter one may be a surname
_CHARACTERS_PER_CALL = 8_000  # unclosed quotes take sentencex quadratic time
_WHITE_SPACE = pattern_of(r"\s")
_SENTENCE_MARKS = pattern_of(r"[.!?…。！？।॥؟۔։።។။]+")
_CLAUSE_MARKS = (";；", ",:，：、")  # better ones first
_CLAUSE_WORDS = (  # that begin clauses, where there are no marks; better ones first
    frozenset(
        re.findall(
            r"\w+",
            """
            but because so then aber weil denn deshalb deswegen sondern mais parce puis alors donc pero porque
            entonces perché allora então omdat toen
        """,
        )
    ),
    frozenset(("and", "und", "et", "y", "e", "en", "och", "og")),
)

_FIRST_LETTER = pattern_of(r"[\"'“‘(\[«]*(?![ა-ჿ])[^\W\d_]")  # Georgian has no capitals at the start of sentences
_IDENTIFIER = pattern_of(r"[a-z][a-z0-9]{0,14}(?:_[a-z0-9]|[A-Z])")  # "getUsers", "max_size", "iPhone"
_CLOSING_QUOTE = pattern_of(r"(?<![\"'”’)\]»])[\"'”’)\]»]++[.,;:]?$")
_CLOSED_QUESTION = pattern_of(r"[!?！？…。][\"”’»」』]$")
_SPEECH_TAG = pattern_of(  # who says the quotation before it
    r"(?:(?:Mrs?|Ms|Dr)\.\s)?[A-Z][\w'’-]{1,20}(?:\s[A-Z][\w'’-]{1,20})?\s"
    r"(?:asked|said|cried|replied|exclaimed|shouted|answered|called|yelled|whispered|added|laughed|demanded)\b"
    r"|[\u4e00-\u9fff]{1,8}?(?:[说說问問喊叫答]道?|道)[。，：]|(?:\S{1,20}\s){0,4}?(?:कहा|बोले|बोला|बोलीं?|पूछा)(?!\S{2})"
)
_KOREAN_DATE = pattern_of(r"(?<!\d)\d{4}\.(?:\s?\d{1,2}\.(?P<day>\s?\d{1,2}\.)?)?$")
_QUOTE_GOES_ON = pattern_of(r"[\u3041-\u3096、，。]")
_ABUGIDA_LETTER = r"[\u0e01-\u0e4e\u0e81-\u0edf\u1000-\u1021\u102b-\u103e\u1780-\u17d3]"  # or mark; no digit
_CLAUSE_BLANK = pattern_of(rf"{_ABUGIDA_LETTER}\s+(?!และ|หรือ){_ABUGIDA_LETTER}")  # none before Thai "and", "or"
_NUMBERED_LABEL = pattern_of(r"[^\W\d_]{1,40} (?:\d{1,3}|[IVX]{1,4})[.:]")  # "Case 1.": of the sentence after it
_NUMBER_OF_ITEM = pattern_of(
    r"\(?(?:[A-Z]?\d{1,3}(?:\.\d{1,2}){0,3}|[IVXL]{1,6})[.)]"
)  # a whole sentence: it belongs to the one after it
_NUMBER_AT_END = pattern_of(r"(?<=[:：])\s{1,9}(?P<number>\(?1[.)])$")  # "What is claimed is: 1."
_BRACKETED_NUMBER = pattern_of(r"\s{0,3}\[(\d{1,4})\]\s")  # of the first paragraph of a judgment, at its beginning
_BRACKETED_NUMBER_AT_END = pattern_of(r"(?<=[.!?”\"’)])\s{1,9}(?P<number>\[(?P<value>\d{1,4})\])$")
_BRACKETED_SENTENCE = pattern_of(r"[(\[“\"«][^()\[\]“”\"«»]{1,400}[.!?…][)\]”\"»]\s+(?=[\"“‘«(¿¡]?[^\W\d_])")

_NUMBER_IN_BRACKETS = pattern_of(  # "(Kim, 2001) .", "(1) .": sentencex sees the items of a list: 2001), 1)
    r"(?P<opened>\((?:[^()\n]{1,200}\d(?=\)\s)|\d{1,3}(?=\)\s?\.(?:\s|$))))\)"
)
_LOWER_CASE_I = pattern_of(r"(?<!\S)i(?=\s|['’](?:m|ve|ll|d)\b)")  # sentences may begin with small letters


def sentence_spans(flat: str, language: str) -> Iterator[Span]:
    """Spans in ``flat``, one paragraph, of its sentences.

    :param language: its ISO 639-1 code; empty where it is unknown.
    """
    flat = with_capitals(flat, language)
    start: int | None = None  # of the next sentence, where its number stands at the end of the one before
    end = len(flat.rstrip())
    first_number = _BRACKETED_NUMBER.match(flat)
    next_number = None if first_number is None else int(first_number[1]) + 1
    for sentence in _unnumbered_spans(flat, language):
        sentence_start = sentence.start if start is None else start
        number = _NUMBER_AT_END.search(flat, *sentence) if sentence.end < end else None
        if next_number is not None and number is None and sentence.end < end:
            bracketed = _BRACKETED_NUMBER_AT_END.search(flat, *sentence)
            if bracketed is not None and int(bracketed["value"]) == next_number:
                number, next_number = bracketed, next_number + 1
        start = None if number is None else number.start("number")
        yield Span(sentence_start, sentence.end if number is None else number.start())


def _unnumbered_spans(flat: str, language: str) -> Iterator[Span]:
    """The spans of sentences, the first number of a list in running text still at the end of the one before it."""
    pending: Span | None = None
    ends = ends_without_blank(flat)
    for span in _sentencex_spans(flat, language):
        if pending is None:
            pending = span
        elif _belongs_together(flat, pending, span, language):
            pending = Span(pending.start, span.end)
        else:
            yield from _cut_at_missed_ends(flat, pending, language, ends)
            pending = span
    if pending is not None:
        yield from _cut_at_missed_ends(flat, pending, language, ends)


def _cut_at_missed_ends(flat: str, sentence: Span, language: str, ends: Sequence[int]) -> Iterator[Span]:
    """The parts of ``sentence``, cut where sentencex takes the last word of a sentence for an abbreviation, and at
    ``ends`` without a blank.
    """
    missed = [
        (match.start() + len(match.group().rstrip()), match.end()) for match in ends_missed(flat, sentence, language)
    ]
    first, after = bisect_right(ends, sentence.start), bisect_left(ends, sentence.end)
    start = sentence.start
    for end, next_start in sorted([*missed, *((end, end) for end in ends[first:after])]):
        if end <= start or is_open_phrase(flat[max(start, next_start - 90) : next_start].rstrip()):
            continue
        yield from _bracketed_first(flat, Span(start, end))
        start = next_start
    yield from _bracketed_first(flat, Span(start, sentence.end))


def _bracketed_first(flat: str, sentence: Span) -> Iterator[Span]:
    """``sentence``, in two parts where it begins with a whole sentence in brackets and another one follows."""
    match = _BRACKETED_SENTENCE.match(flat, *sentence)
    if match and flat[match.end() : match.end() + 1].isupper() and flat[sentence.start] in "([":
        yield Span(sentence.start, match.start() + len(match.group().rstrip()))
        yield Span(match.end(), sentence.end)
    else:
        yield sentence


def _sentencex_spans(flat: str, language: str) -> Iterator[Span]:
    """The spans that sentencex finds, a part of the text at a time."""
    start, end = 0, len(flat)
    flat = _NUMBER_IN_BRACKETS.sub(r"\g<opened>]", without_lone_marks(flat))
    while start < end:
        part_end = min(end, start + _CHARACTERS_PER_CALL)
        if part_end < end:
            part_end = _cut_after(flat, part_end)
        with guarded():
            import sentencex

            boundaries = sentencex.get_sentence_boundaries(language or "en", flat[start:part_end])
        spans = [
            span
            for boundary in boundaries
            if (span := trim(flat, start + boundary["start_index"], start + boundary["end_index"]))
        ]
        if part_end < end and len(spans) > 1:  # the last sentence may be cut off: it begins the next part
            part_end = spans.pop().start
        yield from spans
        start = part_end


def _cut_after(flat: str, position: int) -> int:
    """An offset from ``position`` on where ``flat`` can be cut: white space, else the end of a word, else itself."""
    if white_space := _WHITE_SPACE.search(flat, position, min(len(flat), position + _CHARACTERS_PER_CALL)):
        return white_space.start()
    nearby = range(position, position + 99)
    # A cut inside a word does no harm: the halves are joined again.
    return next((boundary for boundary in nearby if is_boundary(flat, boundary)), position)


def _belongs_together(flat: str, left: Span, right: Span, language: str) -> bool:
    if not is_boundary(flat, right.start) or not is_boundary(flat, left.end):
        return True
    tail = flat[max(left.start, left.end - 30) : left.end]
    if flat[right.start] == "-" and left.end == right.start:
        return True  # "J.-P."
    if flat[right.start] == "&":
        return True
    head = flat[right.start : right.start + 16]
    if tail[-1] == "．" and tail[-2:-1].isdigit() and head[0].isdigit():
        return True  # "３．１４"
    if _starts_in_lower_case(head) and tail[-1] in ".…])" and (tail[-1] in "])" or not _CLOSING_QUOTE.search(tail)):
        return True
    if tail[-1] in "」』" and language in ("ja", "") and _QUOTE_GOES_ON.match(head):
        return True
    if tail[-1] in "!?" and _starts_in_lower_case(head) and _is_within_title(flat, left, language):
        return True
    if tail[-1] == "." and is_open_phrase(flat[max(left.start, left.end - 90) : left.end]):
        return True
    if _CLOSED_QUESTION.search(tail) and _SPEECH_TAG.match(flat, right.start):
        return True
    if language == "ko" and _is_open_date(tail, head):
        return True
    if ends_open(tail, head, language) or is_ordinal(tail, head, language) or _NUMBERED_LABEL.fullmatch(flat, *left):
        return True
    if _NUMBER_OF_ITEM.fullmatch(flat, *left):
        return True
    return not any(character.isalnum() for character in flat[right.start : min(right.end, right.start + 40)])


def _is_open_date(tail: str, head: str) -> bool:
    """Whether ``tail`` ends with a date, or with a part of one that ``head`` goes on with: "2023. 5. 3. 시행된"."""
    date = _KOREAN_DATE.search(tail)
    return date is not None and (head[0].isdigit() or date["day"] is not None)


def _is_within_title(flat: str, left: Span, language: str) -> bool:
    """Whether the sentence goes on after the ! or ? of ``left``: "Oklahoma! was", but not "how? no idea"."""
    begins_well = flat[left.start].isupper() or flat[left.start] in "¿¡—–-"
    if not begins_well or _LOWER_CASE_I.search(flat):
        return False
    last_word = flat[left.start : left.end].rstrip("!? ").rpartition(" ")[2]
    return flat[left.end - 1] == "!" or language not in ("en", "") or last_word[:1].isupper()


def _starts_in_lower_case(head: str) -> bool:
    match = _FIRST_LETTER.match(head)
    return match is not None and match.group()[-1].islower() and not _IDENTIFIER.match(head, match.end() - 1)


def clauses(flat: str, sentence: Span, *, unmarked: bool) -> Iterator[Span]:
    """The parts of ``sentence``: it is cut, between clauses if possible, where it is too long.

    :param unmarked: the text has hardly any sentence marks, as a transcript.
    """
    max_words = _MAX_UNMARKED_WORDS if unmarked else _MAX_SENTENCE_WORDS
    if _is_unspaced_abugida(flat, sentence):
        yield from _clauses_between_blanks(flat, sentence)
        return
    if sentence.end - sentence.start <= max_words:
        yield sentence
        return
    word_spans = list(words(flat, *sentence))
    if sum(is_unspaced(flat[start]) for start, _ in word_spans) * 2 > len(word_spans):
        max_words *= 2
    first_word = 0
    while len(word_spans) - first_word > max_words:
        next_word = _clause_end(flat, word_spans, first_word, max_words)
        yield Span(word_spans[first_word][0], word_spans[next_word - 1][1])
        first_word = next_word
    if first_word < len(word_spans):
        yield Span(word_spans[first_word][0], sentence.end)


def _is_unspaced_abugida(flat: str, sentence: Span) -> bool:
    """Whether ``sentence`` is in a script with blanks between clauses alone, and long enough for two."""
    length = sentence.end - sentence.start
    if length <= _MIN_RUN_CHARACTERS or not UNSPACED_ABUGIDA.search(flat, *sentence):
        return False
    return len(UNSPACED_ABUGIDA.findall(flat, *sentence)) * 2 > length


def _clause_end(flat: str, word_spans: list[tuple[int, int]], first_word: int, max_words: int) -> int:
    """The number of the word after a part: after a clause, near the end of an even part of the rest."""
    rest_words = len(word_spans) - first_word
    even_words = -(-rest_words // -(-rest_words // max_words))  # the parts are about equal: no word is left over
    min_words = max(min(_MIN_PIECE_WORDS, max_words // 2), even_words // 2)
    last_word = first_word + min(max_words, rest_words - min_words)
    candidates = sorted(
        range(first_word + min_words, last_word + 1), key=lambda next_word: abs(next_word - first_word - even_words)
    )
    for marks in _CLAUSE_MARKS:
        for next_word in candidates:
            if flat[word_spans[next_word - 1][1] - 1] in marks:
                return next_word
    for clause_words in _CLAUSE_WORDS:
        for next_word in candidates:
            if _is_word(flat, word_spans[next_word], clause_words):
                follows_and = _is_word(flat, word_spans[next_word - 1], _CLAUSE_WORDS[-1])
                return next_word - 1 if follows_and else next_word  # "and then" stays together
    return first_word + even_words


def _is_word(flat: str, span: tuple[int, int], some_words: frozenset[str]) -> bool:
    return flat[slice(*span)].lower() in some_words


def _clauses_between_blanks(flat: str, sentence: Span) -> Iterator[Span]:
    """Runs of clauses about as long as a sentence. A blank beside a number, a short name, other letters or a bracket
    ends none, nor does one before "and", unless the run is too long.
    """
    run_start = sentence.start
    run_end = run_start
    for word_start, word_end in words(flat, *sentence):
        length = run_end - run_start
        is_clause_end = (
            length >= _MIN_RUN_CHARACTERS
            and word_end - word_start >= _MIN_CLAUSE_CHARACTERS
            and _CLAUSE_BLANK.match(flat, run_end - 1) is not None
        )
        is_too_long = length > 0 and word_end - run_start > _MAX_RUN_CHARACTERS
        if is_clause_end or is_too_long:
            yield Span(run_start, run_end)
            run_start = word_start
        run_end = word_end
    yield Span(run_start, sentence.end)


def is_unmarked(flat: str) -> bool:
    """Whether a paragraph has fewer than one sentence mark in 250 words."""
    mark_count = sum(1 for _ in _SENTENCE_MARKS.finditer(flat))
    return sum(1 for _ in words(flat)) > _MAX_SENTENCE_WORDS * mark_count
