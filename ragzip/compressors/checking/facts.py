"""Facts of a sentence that can be looked up: numbers, dates, names, quotations, negations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from ragzip.text.governing import DENIALS, NO_DENIALS
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.months import ENGLISH_MONTHS_AND_DAYS
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


_DATE = pattern_of(rf"\b(?:{ENGLISH_MONTHS_AND_DAYS})\b")
_WORDS_TO_NINETEEN = re.findall(
    r"\S+",
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen
    """,
)
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ZEROS = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "k": 3, "m": 6, "bn": 9}
_SCALES = {word: 10**zero_count for word, zero_count in _ZEROS.items() if len(word) > 2}
_VALUES = {word: i for i, word in enumerate(_WORDS_TO_NINETEEN)} | {word: 10 * i for i, word in enumerate(_TENS, 2)}
_LARGEST_NAMED = 10**15  # "hundred hundred hundred …" beyond it is no number to calculate with
_MAX_TOKEN_CHARS = 128  # characters of a word of the vocabulary
_NUMBER_WORD = "|".join([*_TENS, *sorted(_WORDS_TO_NINETEEN, key=len, reverse=True), *_SCALES])
_NUMBER = pattern_of(
    r"(?<![\w.,])(?:(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:st|nd|rd|th|s|(?P<power>[⁰¹²³⁴-⁹]+|e[-+]?\d+))?|(?P<whole>\d+)?(?P<fraction>[¼-¾⅐-⅞]))"
    r"(?:\s?(?P<scale>hundred|thousand|million|billion|trillion|k|m|bn)\b)?(?![\w])"
    rf"|\b(?P<words>(?:{_NUMBER_WORD})(?:(?:\s|-|\sand\s)(?:{_NUMBER_WORD}))*)\b",
    re.IGNORECASE,
)
_QUOTE = pattern_of(r"\"([^\"\n]{2,400})\"|“([^”\n]{2,400})”|«([^»\n]{2,400})»|「([^」\n]{2,400})」")
_NAME = pattern_of(r"\b[^\W\d_a-z][\w.&’'-]*", re.UNICODE)
_COMMON_ENDING = pattern_of(r"(?:ing|ed|ly|s|ness|tions?|able|ous|ive|al|ize|ise)$")  # of words that are not names
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
    quotes = [
        Fact("quote", quote_start, quote_end, plain(quote_text)) for quote_start, quote_end, quote_text in quoted(text)
    ]
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
    distinct += [Fact("negation", *denial_span, text[slice(*denial_span)].lower()) for denial_span in denials(text)]
    return sorted(distinct, key=lambda fact: fact.start)


def numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and value of each number, in digits or words; "one" and ordinals in words are left out.

    The value is exact, however many digits it has: "2.5 million" is "2500000". A power is written "10^6", that of ten
    in "2e-6" as "2e-6"; a number in words beyond a thousand billions is its words. These equal only themselves.
    """
    for number_match in _NUMBER.finditer(text):
        number_phrase = number_match["words"]
        if number_phrase is None:
            yield number_match.start(), number_match.end(), _in_digits(number_match)
        elif number_phrase.lower() not in ("one", *_SCALES):
            number_words = re.split(r"[\s-]+", number_phrase.lower())
            number_value = _value(number_words)
            yield (
                number_match.start(),
                number_match.end(),
                " ".join(number_words) if number_value is None else str(number_value),
            )


def _in_digits(match: re.Match[str]) -> str:
    """The value of a number written in digits."""
    digits, zero_count = match["digits"], _ZEROS.get((match["scale"] or "").lower(), 0)
    if match["fraction"]:
        decimals = str(unicodedata.numeric(match["fraction"])).partition(".")[2]
        digits = f"{match['whole'] or '0'}.{decimals}"
    decimal_value = _decimal(digits.replace(",", ""), zero_count)
    if exponent := match["power"]:
        decimal_value += (
            exponent.lower()
            if exponent[0] in "eE"
            else "^" + "".join(str(unicodedata.digit(digit)) for digit in exponent)
        )
    return decimal_value


def _decimal(digits: str, zeros: int = 0) -> str:
    """``digits`` × 10 to the power of ``zeros``, exact, in ASCII, without leading or trailing zeros.

    Computed on the text: int and float limit the number of digits, and float rounds.
    """
    if not digits.isascii():
        digits = "".join(digit if digit == "." else str(unicodedata.decimal(digit)) for digit in digits)
    integer_digits, _, decimal_digits = digits.partition(".")
    decimal_digits = decimal_digits.ljust(zeros, "0")
    integer_digits = (integer_digits + decimal_digits[:zeros]).lstrip("0") or "0"
    decimal_digits = decimal_digits[zeros:].rstrip("0")
    return f"{integer_digits}.{decimal_digits}" if decimal_digits else integer_digits


_RANGE = pattern_of(
    r"(?<![\w.,])(?P<low>\d+(?:[.,]\d+)?)\s?(?:to|and|or|-|–)\s?[$€£]?\d+(?:[.,]\d+)?\s?"
    r"(?P<scale>hundred|thousand|million|billion|trillion)\b",
    re.IGNORECASE,
)
_NUMBER_WORDS = pattern_of(
    rf"\b(?:{_NUMBER_WORD})(?:(?:\s|-|\sand\s|\spoint\s|\soh\s)(?:{_NUMBER_WORD}))*\b", re.IGNORECASE
)


def spoken(text: str) -> set[str]:
    """The values of all numbers in ``text`` in every reading: "twelve fifty" is 12, 50, 62, 1250 and 12.5."""
    values = {value for *_, value in numbers(text)}
    values |= {value.partition("^")[0] for value in values if "^" in value}  # a superscript may be a footnote mark
    for range_match in _RANGE.finditer(text):  # "2.4 to 6.1 million" includes 2.4 million
        values.add(_decimal(range_match["low"].replace(",", ""), _ZEROS[range_match["scale"].lower()]))
    for number_match in _NUMBER_WORDS.finditer(text):
        integer_words, *decimal_parts = re.split(r"\spoint\s", number_match[0].lower())
        number_words = [
            number_word for number_word in re.split(r"[\s-]+", integer_words) if number_word not in ("and", "oh")
        ]
        values |= {str(_VALUES[number_word]) for number_word in number_words if number_word in _VALUES}
        values |= {str(_SCALES[number_word]) for number_word in number_words if number_word in _SCALES}  # "a hundred"
        group_values: list[int] = []
        for number_word in number_words:
            word_value = _VALUES.get(number_word)
            if word_value is None:
                break
            if group_values and word_value < 10 and group_values[-1] % 10 == 0 and group_values[-1] >= 20:
                group_values[-1] += word_value
            else:
                group_values.append(word_value)
        if len(group_values) == 2:
            values |= {f"{group_values[0]}{group_values[1]:02d}", _decimal(f"{group_values[0]}.{group_values[1]:02d}")}
        elif len(group_values) > 2:
            values.add("".join(map(str, group_values)))
        integer_value = _value(number_words) if decimal_parts else None
        for decimal_words in decimal_parts:
            digits = "".join(str(_VALUES.get(number_word, "")) for number_word in re.split(r"[\s-]+", decimal_words))
            if digits and integer_value is not None:
                values.add(_decimal(f"{integer_value}.{digits}"))
    return values


def _value(words: list[str]) -> int | None:
    """The value of a number in words; None beyond a thousand billions."""
    total_value, group_value = 0, 0
    for number_word in words:
        if number_word in _VALUES:
            group_value += _VALUES[number_word]
        elif number_word == "hundred":
            group_value = max(1, group_value) * 100
            if group_value > _LARGEST_NAMED:
                return None
        elif number_word in _SCALES:
            total_value, group_value = total_value + max(1, group_value) * _SCALES[number_word], 0
    return total_value + group_value


def quoted(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and inside of each quotation of more than one word."""
    for quote_match in _QUOTE.finditer(text):
        quote_text = next(group for group in quote_match.groups() if group)
        if len(quote_text.split()) > 1 or len(quote_text) > 20:
            yield quote_match.start(), quote_match.end(), quote_text


def plain(text: str) -> str:
    """The words of ``text`` in small letters, without punctuation, one blank between them."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def denials(text: str) -> list[tuple[int, int]]:
    """The spans of the negations in ``text``."""
    is_exempt = bytearray(len(text))  # 1 for each character of an expression that only looks like a negation
    for exempt_match in NO_DENIALS.finditer(text):
        is_exempt[slice(*exempt_match.span())] = b"\1" * (exempt_match.end() - exempt_match.start())
    return [denial_match.span() for denial_match in DENIALS.finditer(text) if not is_exempt[denial_match.start()]]


def _is_date(match: re.Match[str]) -> bool:
    """Whether a match is a date: "May" and "March" begin sentences, too."""
    date_word, sentence = match[0], match.string
    if date_word not in ("May", "March", "Mar", "Sun", "Jan", "Dec"):
        return True
    context = sentence[max(0, match.start() - 12) : match.start()] + "|" + sentence[match.end() : match.end() + 6]
    return bool(re.search(r"\d|\b(?:in|of|since|until|by|last|next|early|late)\s*\|", context, re.IGNORECASE))


def _names(text: str) -> Iterator[Fact]:
    for name_match in _NAME.finditer(text):
        name_text = re.sub(r"['’]s$|-[a-z].*$", "", name_match[0].rstrip(".'’-&"))
        folded_name = name_text.casefold()
        if len(name_text) < 2 or folded_name in _NO_NAMES or folded_name.removesuffix("s") in _NO_NAMES:
            continue
        capital_count = sum(character.isupper() for character in name_text)
        has_one_capital = capital_count == 1 and "-" not in name_text
        is_common = has_one_capital and (folded_name in _CONNECTORS or not named_mostly(name_text))
        if is_common and _begins_sentence(text, name_match.start()):
            continue
        is_shouted = len(name_text.rstrip("s")) > 1 and name_text.rstrip("s").isupper()
        yield Fact("name", name_match.start(), name_match.start() + len(name_text), folded_name, is_shouted, is_common)


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
