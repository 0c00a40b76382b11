"""Line breaks that no statement ends at: within a word, a number, a date or brackets, or after a word that goes on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import BULLETS
from ragzip.text.quantities.months import MONTH_BEFORE_YEAR, MONTHS, SHORT_MONTHS, UNTIL_NOW
from ragzip.text.quantities.units import UNITS
from ragzip.text.splitters.prose.abbreviations import ends_open

__all__ = [
    "HYPHEN_AT_END",
    "SENTENCE_STOPS",
    "STOP_AT_END",
    "dangles",
    "ends_in_term",
    "ends_openly",
    "goes_on_below",
    "goes_on_from",
    "goes_on_in_list",
    "hangs",
    "is_indented_prose",
    "is_broken",
    "is_broken_number",
    "are_bare_lines",
    "lacks_small_words",
    "runs_on",
]

SENTENCE_STOPS = ".!?…。！？।॥؟۔"  # at the end of a sentence
STOP_AT_END = pattern_of(rf"[{SENTENCE_STOPS}]['\"”“’‘»«)\]」』]{{0,3}}(?:\s?\[\d{{1,3}}\]){{0,4}}$")  # "It sank. [3]"
HYPHEN_AT_END = pattern_of(r"[^\W\d_][-\u00ad\u2010]$")
_PREPOSITIONS = frozenset(  # that are no function words, as they say much: no sentence ends with one
    re.findall(
        r"\w+", "before after until between during without within against above below under over near since about"
    )
)
_LAST_WORD = pattern_of(r"([^\W\d_]{1,20})['’]?$")
_LAST_WORD_CHARACTERS = 24
_BACKSLASH_AT_END = pattern_of(r"(?<!\\)\\$")
_TIME = rf"{MONTH_BEFORE_YEAR}?(?:19|20)\d\d"
_TERM = pattern_of(
    rf"\(?(?:{_TIME}\s?(?:[-–—]|\b(?:to|until|bis|à|al?|até|tot)\b)\s?(?:{_TIME}|{UNTIL_NOW})"
    rf"|(?i:since|seit|depuis|desde|dal|sinds)\s{_TIME})\)?"
)
_FURTHER_ITEM = pattern_of(r"\(?(?!0{0,2}1\D)(?:\d{1,3}|[b-zB-Z]|[б-яβ-ω](?=\)))[.)]\s")
_ITEM_OF_SENTENCE = pattern_of(
    rf"\W{{0,3}}(?:\d{{1,3}}[.)]|[aA][.)]|[аα]\)|[-*+•–{BULLETS}])\s+(?:[a-zß-öø-ÿа-яά-ώ]|[^\n]{{1,200}}[,;](?:\s\w{{1,5}})?\s*\n)"
)
_INFINITIVE_AT_END = pattern_of(
    r"\b(?:to|must|may|can|cannot|should|shall|will|muss|müssen|kann|können|darf|dürfen|soll|sollen|doit|doivent|peut"
    r"|peuvent|debe|deben|puede|pueden|deve|devono|può|possono|devem|pode|podem|moet|moeten|kan|kunnen|mag|mogen)"
    r"\s[^\W\d_]{1,20}$"
)
_TAIL_CHARACTERS = 40  # of a line, which tell of a number or an abbreviation at its end
_HEAD_CHARACTERS = 24
_LEAST_IN_BRACKETS = 3  # characters before the line break
_MARK_AT_START = pattern_of(r"[,.;:!?](?:\s|$)|[)\]](?:[,.;:\s]|$)")  # of the line above
_CAPITAL_OR_FIGURE = pattern_of(r"[A-ZÀ-ÞА-Я\d]")
_MONTH_AT_START = pattern_of(rf"{MONTHS}(?!\w)")
_BEHIND_NUMBER = ".,:()/- "  # what those first lines end with, if not in a figure
_BROKEN_NUMBERS = (  # what the first line ends with, and what the next one begins with
    (
        pattern_of(r"(?:^|\s)\d{1,2}:$"),  # "until 22:", "30."
        pattern_of(
            r"[0-5]\d(?=\s{0,3}$|[.,;)]|\s?(?:[ap]\.?m\b|h\b|Uhr|o['’]clock|to\b|till\b|until\b|and\b|bis\b|[–-]))"
        ),
    ),
    (
        pattern_of(r"(?:^|\s)[a-zß-ÿ][^\W\d_]{0,20}\s[$€£]?\d{1,3}[.,]$"),
        pattern_of(rf"\d{{1,3}}[\s-]?{UNITS}(?!\s(?:later|earlier|after|before|ago|into|from)\b)"),
    ),  # "over 7.", "5 t"
    (pattern_of(r"(?:^|\s)\d{1,2}\.?$"), pattern_of(rf"{MONTHS}(?=,?\s\d{{4}}|[,.;)]|\s[a-zß-ÿ]|$)")),  # "for 1", "May"
    (pattern_of(rf"\b(?:{SHORT_MONTHS}|[Ff]igs?|[Aa]rts?|Nr|núm|pp?|Abb|Abs|Kap|vol)\.$"), pattern_of(r"\d{1,4}\b")),
    (
        pattern_of(r"(?:\+|(?:tel|tél|fon|phone|fax|mobile|handy)\W{1,3})[\d ()/.-]{4,28}$", re.IGNORECASE),
        pattern_of(r"\d{2,6}(?: \d{2,4})?$"),
    ),
)

_MIN_WORDS_OF_OPEN_LINE = 4
_IF = frozenset(re.findall(r"\w+", "jeśli jeżeli falls sofern hvis dersom mikäli jos pokud jestliže eğer якщо indien"))
_STOP_OR_COMMA = pattern_of(r"[.!?,](?:\s|$)")
_MIN_BARE_LINES = 5
_MIN_WORDS_OF_BARE_LINE = 1.3  # on average: lines of one word each may be the parts of a code
_MOST_SMALL_WORDS, _MOST_STOPS = 0.02, 0.05  # a line
_MIN_BREAKS_OF_TEXT, _MIN_FLOWING_SHARE = 2, 0.6
_MIN_WORDS_OF_FULL_LINE = 4
_SENTENCE_WITHIN = pattern_of(r"[^\W\d_A-Z]{2}[.!?]\s+[^\W\d_a-z]")
_SIGN_OF_CODE = pattern_of(r"[\t{}|<>=\\#$%@^~_]|\S {3}|[;(]$|\(\)|\w\.\w{2,}\(|^(?:\d{1,2}:\d\d|[\[*])|://")
_BEGINS_TEXT = pattern_of(r"[\"“„«'‘(¿¡]?(?![a-zß-öø-ÿа-я])[^\W\d_]")
_SIGN_OF_COLUMNS = pattern_of(r"[\t{}|<>=]|\S {3}|[;,]$|^\d{1,2}:\d\d|^[\[*]")


def dangles(content: str) -> bool:
    """Whether a line ends inside a word, or with a word that no sentence ends with."""
    if HYPHEN_AT_END.search(content):
        return True
    last_word = _LAST_WORD.search(content[-_LAST_WORD_CHARACTERS:])
    return last_word is not None and (last_word[1] in _PREPOSITIONS or is_function_word(last_word[1]))


def hangs(before: str, after: str) -> bool:
    """Whether the line ``before`` cannot end where it does, as ``after`` goes on with it."""
    return dangles(before) or is_broken(before, after)


def is_broken(before: str, after: str) -> bool:
    """Whether a line break is within a number, a date or brackets, after an abbreviation, or before a mark."""
    if _MARK_AT_START.match(after) or is_broken_number(before, after):
        return True
    return _is_open_name(before, after) or _has_open_bracket(before, after)


def is_broken_number(before: str, after: str) -> bool:
    """Whether ``after`` goes on with the number, time or date at the end of ``before``: "over 7." and "5 tonnes"."""
    if not before or not (before[-1].isdigit() or before[-1] in _BEHIND_NUMBER) or not after[:1].isalnum():
        return False
    head, tail = after[:_HEAD_CHARACTERS], before[-_TAIL_CHARACTERS:]
    if not any(start.match(head) is not None and end.search(tail) is not None for end, start in _BROKEN_NUMBERS):
        return False
    return _MONTH_AT_START.match(before) is None or _MONTH_AT_START.match(head) is None  # each tells of its month


def _is_open_name(before: str, after: str) -> bool:
    if not before.endswith(".") or not _CAPITAL_OR_FIGURE.match(after):
        return False
    return ends_open(before[-_TAIL_CHARACTERS:], after[:_HEAD_CHARACTERS], "")


def _has_open_bracket(before: str, after: str) -> bool:
    """Whether the last bracket of ``before`` is open, and the first one of ``after`` closes it."""
    opening = before.rfind("(")
    if opening <= before.rfind(")") or len(before) - opening <= _LEAST_IN_BRACKETS:
        return False
    closing = after.find(")")
    return closing >= 0 and "(" not in after[:closing]


def lacks_small_words(contents: Sequence[str]) -> bool:
    """Whether less than a fifth of the words are function words, in ASCII text of eight words or more."""
    tokens = [token for content in contents for token in content.lower().split()]
    if len(tokens) < 8 or not all(content.isascii() for content in contents):
        return False
    return 5 * sum(is_function_word(token.strip(".,;:!?\"'()")) for token in tokens) < len(tokens)


def are_bare_lines(contents: Sequence[str]) -> bool:
    """Whether lines are a list of names and values: they have no function words, but for one in a column, hardly a
    sentence ends in or with them, and no comma parts their words, as in a list that is wrapped.
    """
    words = " ".join(contents).lower().split()
    if len(contents) < _MIN_BARE_LINES or len(words) < _MIN_WORDS_OF_BARE_LINE * len(contents):
        return False
    stop_count = sum(_STOP_OR_COMMA.search(content) is not None for content in contents)
    if stop_count > _MOST_STOPS * len(contents) or not all(content.isascii() for content in contents):
        return False
    return sum(map(is_function_word, set(words))) <= max(1, _MOST_SMALL_WORDS * len(contents))


def runs_on(contents: Sequence[str]) -> bool:
    """Whether lines are surely one text, though some look like records, "years old: 5 mg", below "… between 6 and 12":
    most go on in small letters, a sentence ends within one and at the end of the last, and there is no sign of columns.
    """
    breaks = list(pairwise(contents))
    flowing_count = sum(after[:1].islower() and not STOP_AT_END.search(before) for before, after in breaks)
    return (
        len(breaks) >= _MIN_BREAKS_OF_TEXT
        and flowing_count >= _MIN_FLOWING_SHARE * len(breaks)
        and contents[0][:1].isupper()
        and all(len(line.split()) >= _MIN_WORDS_OF_FULL_LINE for line in contents[:-1])
        and STOP_AT_END.search(contents[-1]) is not None
        and any(map(_SENTENCE_WITHIN.search, contents))
        and not any(map(_SIGN_OF_COLUMNS.search, contents))
    )


def is_indented_prose(contents: Sequence[str]) -> bool:
    """Whether the indented lines of a paragraph are text that is set in, and no code: they have several words and no
    sign of code, the first begins as a sentence, the last one ends one, and most others do not.
    """
    breaks = list(pairwise(contents))
    return (
        len(breaks) > 0
        and _BEGINS_TEXT.match(contents[0]) is not None
        and STOP_AT_END.search(contents[-1]) is not None
        and sum(STOP_AT_END.search(before) is None for before, _ in breaks) >= _MIN_FLOWING_SHARE * len(breaks)
        and all(len(line.split()) >= _MIN_WORDS_OF_FULL_LINE for line in contents[:-1])
        and not any(_SIGN_OF_CODE.search(line) for line in contents)
        and not lacks_small_words(contents)
    )


def goes_on_below(line: str) -> bool:
    """Whether a line of several words ends before its sentence does: in a comma, or with a function word: "if you"."""
    all_words = line.split()
    if len(all_words) < _MIN_WORDS_OF_OPEN_LINE:
        return False
    last_words = [word.lower() for word in all_words[-2:]]
    return all_words[-1][-1] in ",，、،" or any(is_function_word(word) or word in _IF for word in last_words)


def goes_on_in_list(text: str, start: int, end: int, start_below: int) -> bool:
    """Whether a statement without a stop at its end goes on in the items of the list at ``start_below``, also after a
    blank line: it ends openly, or the first item begins in the middle of a sentence or does not end one.
    """
    if STOP_AT_END.search(text, start, end) is not None or _FURTHER_ITEM.match(text, start_below) is not None:
        return False
    return ends_openly(text[start:end]) or _ITEM_OF_SENTENCE.match(text, start_below) is not None


def ends_openly(statement: str) -> bool:
    """Whether something has to follow the last word: "It ends if", "You need to bring", "Students may work"."""
    last_word = _LAST_WORD.search(statement)
    if last_word is None:
        return False
    return is_function_word(last_word.group(1).lower()) or _INFINITIVE_AT_END.search(statement) is not None


def goes_on_from(line_before: str, line: str) -> bool:
    """Whether a line says more of the one right above it: that ends in one backslash, as commands do, or one of the two
    is the time of the other ("Data analyst, Post, Bonn" with "June 2017 – May 2021").
    """
    if _BACKSLASH_AT_END.search(line_before) is not None:
        return True
    if ends_in_term(line_before):
        return _TERM.fullmatch(line_before) is not None and _TERM.fullmatch(line) is None
    is_title = "\n" not in line_before and not line_before.isupper() and STOP_AT_END.search(line_before) is None
    return is_title and _TERM.fullmatch(line) is not None


def ends_in_term(text: str) -> bool:
    """Whether the last line of ``text`` is from when to when something was: "June 2017 – May 2021", "2019 - now"."""
    return _TERM.fullmatch(text, text.rfind("\n") + 1) is not None
