"""Facts of a sentence that can be looked up: numbers, dates, names, quotations, negations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from ragzip.text.patterns import DENIALS, ENGLISH_MONTHS_AND_DAYS, NO_DENIALS
from ragzip.text.tokens import rank

__all__ = ["Fact", "Kind", "denials", "facts", "numbers", "plain", "quoted", "spoken"]

Kind = Literal["number", "date", "name", "negation", "quote"]


class Fact(NamedTuple):
    """A fact, ``text[start:end]`` of a sentence, and the form in which it is looked up: a number's value, a name in
    small letters, a month's first three letters. A ``shouted`` name is in capitals and may be an acronym; a ``common``
    one is a word that is more often written without a capital.
    """

    kind: Kind
    start: int
    end: int
    form: str
    shouted: bool = False
    common: bool = False


_DATE = re.compile(rf"\b(?:{ENGLISH_MONTHS_AND_DAYS})\b")
_ONES = re.findall(
    r"\S+",
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen
    """,
)
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ZEROS = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "k": 3, "m": 6, "bn": 9}
_SCALES = {word: 10**zeros for word, zeros in _ZEROS.items() if len(word) > 2}
_VALUES = {word: i for i, word in enumerate(_ONES)} | {word: 10 * i for i, word in enumerate(_TENS, 2)}
_LARGEST_NAMED = 10**15  # "hundred hundred hundred …" beyond it is no number to calculate with
_MAX_TOKEN_CHARS = 128  # characters of a word of the vocabulary
_NUMBER_WORD = "|".join([*_TENS, *sorted(_ONES, key=len, reverse=True), *_SCALES])
_NUMBER = re.compile(
    r"(?<![\w.,])(?:(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:st|nd|rd|th|s|(?P<power>[⁰¹²³⁴-⁹]+|e[-+]?\d+))?|(?P<whole>\d+)?(?P<fraction>[¼-¾⅐-⅞]))"
    r"(?:\s?(?P<scale>hundred|thousand|million|billion|trillion|k|m|bn)\b)?(?![\w])"
    rf"|\b(?P<words>(?:{_NUMBER_WORD})(?:(?:\s|-|\sand\s)(?:{_NUMBER_WORD}))*)\b",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"\"([^\"\n]{2,400})\"|“([^”\n]{2,400})”|«([^»\n]{2,400})»|「([^」\n]{2,400})」")
_NAME = re.compile(r"\b[^\W\d_a-z][\w.&’'-]*", re.UNICODE)
_COMMON_ENDING = re.compile(r"(?:ing|ed|ly|s|ness|tions?|able|ous|ive|al|ize|ise)$")  # of words that are not names
_OPENING = frozenset(" \t\"'“‘«([*_-–—•")  # characters allowed before the first word of a sentence
_CONNECTORS = frozenset(
    re.findall(
        r"\S+",
        """
    however besides furthermore moreover therefore meanwhile although nevertheless nonetheless
    additionally finally firstly secondly thirdly lastly also thus hence instead otherwise consequently
    similarly overall specifically unfortunately eventually afterwards then next while when since
    because despite though after before
    """,
    )
)
_NO_NAMES = frozenset(
    re.findall(
        r"\S+",
        """
    may march i i'm i'll i've i'd ok okay a an the mr mrs ms dr pm am tv
    yes no oh ah hey hi hello thank thanks please
    """,
    )
)


def facts(text: str) -> list[Fact]:
    """All facts of ``text``, in order, without the numbers and names inside a quotation."""
    quotes = [Fact("quote", start, end, plain(inner)) for start, end, inner in quoted(text)]
    dates = [
        Fact("date", *date_match.span(), date_match[0][:3].lower())
        for date_match in _DATE.finditer(text)
        if _is_date(date_match)
    ]
    unquoted = [*dates, *(Fact("number", *number) for number in numbers(text)), *_names(text)]
    is_covered = bytearray(len(text))  # 1 for each character that is part of a fact
    distinct: list[Fact] = []
    for fact in [*quotes, *sorted(unquoted, key=lambda fact: (fact.start, -fact.end))]:
        if is_covered.find(1, fact.start, fact.end) < 0:
            distinct.append(fact)
            is_covered[fact.start : fact.end] = b"\1" * (fact.end - fact.start)
    distinct += [Fact("negation", *span, text[slice(*span)].lower()) for span in denials(text)]
    return sorted(distinct, key=lambda fact: fact.start)


def numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and value of each number, in digits or words; "one" and ordinals in words are left out.

    The value is exact, however many digits it has: "2.5 million" is "2500000". A power is written "10^6", that of ten
    in "2e-6" as "2e-6"; a number in words beyond a thousand billions is its words. These equal only themselves.
    """
    for match in _NUMBER.finditer(text):
        words = match["words"]
        if words is None:
            yield match.start(), match.end(), _in_digits(match)
        elif words.lower() not in ("one", *_SCALES):
            number_words = re.split(r"[\s-]+", words.lower())
            value = _value(number_words)
            yield match.start(), match.end(), " ".join(number_words) if value is None else str(value)


def _in_digits(match: re.Match[str]) -> str:
    """The value of a number written in digits."""
    digits, zeros = match["digits"], _ZEROS.get((match["scale"] or "").lower(), 0)
    if match["fraction"]:
        decimals = str(unicodedata.numeric(match["fraction"])).partition(".")[2]
        digits = f"{match['whole'] or '0'}.{decimals}"
    value = _decimal(digits.replace(",", ""), zeros)
    if exponent := match["power"]:
        value += (
            exponent.lower()
            if exponent[0] in "eE"
            else "^" + "".join(str(unicodedata.digit(digit)) for digit in exponent)
        )
    return value


def _decimal(digits: str, zeros: int = 0) -> str:
    """``digits`` × 10 to the power of ``zeros``, exact, in ASCII, without leading or trailing zeros.

    Computed on the text: int and float limit the number of digits, and float rounds.
    """
    if not digits.isascii():
        digits = "".join(digit if digit == "." else str(unicodedata.decimal(digit)) for digit in digits)
    whole, _, decimals = digits.partition(".")
    decimals = decimals.ljust(zeros, "0")
    whole = (whole + decimals[:zeros]).lstrip("0") or "0"
    decimals = decimals[zeros:].rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


_RANGE = re.compile(
    r"(?<![\w.,])(?P<low>\d+(?:[.,]\d+)?)\s?(?:to|and|or|-|–)\s?[$€£]?\d+(?:[.,]\d+)?\s?"
    r"(?P<scale>hundred|thousand|million|billion|trillion)\b",
    re.IGNORECASE,
)
_NUMBER_WORDS = re.compile(
    rf"\b(?:{_NUMBER_WORD})(?:(?:\s|-|\sand\s|\spoint\s|\soh\s)(?:{_NUMBER_WORD}))*\b", re.IGNORECASE
)


def spoken(text: str) -> set[str]:
    """The values of all numbers in ``text`` in every reading: "twelve fifty" is 12, 50, 62, 1250 and 12.5."""
    values = {value for *_, value in numbers(text)}
    values |= {value.partition("^")[0] for value in values if "^" in value}  # a superscript may be a footnote mark
    for match in _RANGE.finditer(text):  # "2.4 to 6.1 million" includes 2.4 million
        values.add(_decimal(match["low"].replace(",", ""), _ZEROS[match["scale"].lower()]))
    for match in _NUMBER_WORDS.finditer(text):
        integer_words, *decimal_parts = re.split(r"\spoint\s", match[0].lower())
        number_words = [word for word in re.split(r"[\s-]+", integer_words) if word not in ("and", "oh")]
        values |= {str(_VALUES[word]) for word in number_words if word in _VALUES}
        values |= {str(_SCALES[word]) for word in number_words if word in _SCALES}  # "a hundred"
        groups: list[int] = []
        for word in number_words:
            value = _VALUES.get(word)
            if value is None:
                break
            if groups and value < 10 and groups[-1] % 10 == 0 and groups[-1] >= 20:
                groups[-1] += value
            else:
                groups.append(value)
        if len(groups) == 2:
            values |= {f"{groups[0]}{groups[1]:02d}", _decimal(f"{groups[0]}.{groups[1]:02d}")}
        elif len(groups) > 2:
            values.add("".join(map(str, groups)))
        value = _value(number_words) if decimal_parts else None
        for decimals in decimal_parts:
            digits = "".join(str(_VALUES.get(word, "")) for word in re.split(r"[\s-]+", decimals))
            if digits and value is not None:
                values.add(_decimal(f"{value}.{digits}"))
    return values


def _value(words: list[str]) -> int | None:
    """The value of a number in words; None beyond a thousand billions."""
    total, group = 0, 0
    for word in words:
        if word in _VALUES:
            group += _VALUES[word]
        elif word == "hundred":
            group = max(1, group) * 100
            if group > _LARGEST_NAMED:
                return None
        elif word in _SCALES:
            total, group = total + max(1, group) * _SCALES[word], 0
    return total + group


def quoted(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and inside of each quotation of more than one word."""
    for match in _QUOTE.finditer(text):
        inner = next(group for group in match.groups() if group)
        if len(inner.split()) > 1 or len(inner) > 20:
            yield match.start(), match.end(), inner


def plain(text: str) -> str:
    """The words of ``text`` in small letters, without punctuation, one blank between them."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def denials(text: str) -> list[tuple[int, int]]:
    """The spans of the negations in ``text``."""
    exempt = bytearray(len(text))  # 1 for each character of an expression that only looks like a negation
    for match in NO_DENIALS.finditer(text):
        exempt[slice(*match.span())] = b"\1" * (match.end() - match.start())
    return [match.span() for match in DENIALS.finditer(text) if not exempt[match.start()]]


def _is_date(match: re.Match[str]) -> bool:
    """Whether a match is a date: "May" and "March" begin sentences, too."""
    word, text = match[0], match.string
    if word not in ("May", "March", "Mar", "Sun", "Jan", "Dec"):
        return True
    context = text[max(0, match.start() - 12) : match.start()] + "|" + text[match.end() : match.end() + 6]
    return bool(re.search(r"\d|\b(?:in|of|since|until|by|last|next|early|late)\s*\|", context, re.IGNORECASE))


def _names(text: str) -> Iterator[Fact]:
    for match in _NAME.finditer(text):
        word = re.sub(r"['’]s$|-[a-z].*$", "", match[0].rstrip(".'’-&"))
        form = word.casefold()
        if len(word) < 2 or form in _NO_NAMES or form.removesuffix("s") in _NO_NAMES:
            continue
        capitals = sum(character.isupper() for character in word)
        one_capital = capitals == 1 and "-" not in word
        common = one_capital and (form in _CONNECTORS or not named_mostly(word))
        if common and _begins_sentence(text, match.start()):
            continue
        shouted = len(word.rstrip("s")) > 1 and word.rstrip("s").isupper()
        yield Fact("name", match.start(), match.start() + len(word), form, shouted, common)


def _begins_sentence(text: str, position: int) -> bool:
    """Whether a sentence, line, list item or table cell begins at ``position``."""
    while position and text[position - 1] in _OPENING:
        position -= 1
    return not position or text[position - 1] in ".!?:;\n…|"


def named_mostly(word: str) -> bool:
    """Whether ``word`` is more often written with a capital: of its two forms, the capital one is the more frequent
    token.
    """
    return _named_mostly(word) if len(word) <= _MAX_TOKEN_CHARS else not _COMMON_ENDING.search(word[-_MAX_TOKEN_CHARS:])


@lru_cache(maxsize=2**14)
def _named_mostly(word: str) -> bool:
    lower_rank, capital_rank = rank(f" {word.lower()}"), rank(f" {word}")
    if lower_rank is None and capital_rank is None:
        unspaced_ranks = rank(word.lower()), rank(word)
        return unspaced_ranks[0] is None and not _COMMON_ENDING.search(word)
    return lower_rank is None or (capital_rank is not None and capital_rank < lower_rank)
