"""Headings in plain text: short lines without a stop before paragraphs, told from statements."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from ragzip.text.languages import QUESTION_WORDS, is_function_word
from ragzip.text.patterns import MONTHS
from ragzip.text.spans import Span
from ragzip.text.splitters.breaks import SENTENCE_STOPS, STOP_AT_END
from ragzip.text.splitters.caseless import begins_as_title, is_caseless_statement, is_too_long, ordinal_end
from ragzip.text.splitters.wrapping import Region
from ragzip.text.statuses import is_status

__all__ = [
    "has_statement_word",
    "heads_whole_text",
    "is_numbered_heading",
    "is_question_clause",
    "is_worded_as_title",
    "labels",
    "names_edition",
    "opens_text",
    "plain_headings",
    "run_in_heading",
    "run_in_labels",
    "stands_as_heading",
]

_MAX_TITLE_CHARACTERS, _MAX_TITLE_WORDS = 70, 9
_MAX_WORDS_IN_SMALL_LETTERS = 6  # of a title that stands alone
_TIMES_SHORTER, _TIMES_SHORTER_THAN_NEXT_LINE = 2, 5  # than the paragraph below
_TIMES_SHORTER_ALONE = 1.2  # where blank lines part it from what is above and below
_NOT_IN_TITLE = re.compile(r"[!?…:;,=|<>{}\t。！？：；，]|\.(?!\d)|\d{3}-\d|\d\s*[%€$£°]|\n|\s{3}")
_NOT_IN_TITLE_OF_LETTERS = re.compile(r"[^\W\d_]\d|\d\.\d")
_NUMBER_OF_SECTION = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,4}\.?|[IVX]{1,5}\.|[A-Z]\.|§ ?\d{1,4})\s+")
_STATEMENT_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        is are was were be has have had does did do can cannot may must shall should will would not no never
        none yes it ist sind war waren hat haben nicht kein keine wird werden kann darf muss est sont était ne
        pas non peut doit es son fue no puede debe è sono era deve não são foi pode deve niet geen zijn wordt
    """,
    )
)
_MIN_TITLES = 2  # of a text in which lines with marks may be titles
_TITLE_WITH_MARKS = re.compile(  # several words before a colon and behind it; or a question
    r"[^\W\d_][^\s:!?]*(?: [^\s:!?.]+)+: [^\s:!?.]+(?: [^\s:!?.]+){1,6}\??|[^\W\d_][^\s:!?]*(?: [^\s:!?.]+){2,9}\?"
)
_SAYS_SOMETHING = re.compile(rf"[{SENTENCE_STOPS}]|[:：]$")
_FIRST_WORD = re.compile(r"[^\W\d_]{2,30}")
_RUN_IN = re.compile(r"(?:[^\W\d_]{1,20}\s)(?:\d{1,3}|[IVX]{1,4})[.:]\s+(\S[^.:!?]{0,60})[.:]$")  # "Item 2. Hedge."
_MAX_RUN_IN_WORDS = 4
_RUN_IN_LABEL = re.compile(r"[^\W\d_][^.!?:;,\d]{2,48}\.")
_MIN_RUN_IN_LABELS, _MIN_RUN_IN_WORDS = 3, 2  # paragraphs of a text that begin with one, and with one of one word
_MAX_LABEL_CHARACTERS, _MAX_LABEL_WORDS = 60, 8
_NOT_IN_LABEL = re.compile(r"[!?…:;=|<>{}\t。！？：；，]|,\s*$|\.(?! ?\d)|\s{3}|\d\s*[%€$£]")
_MIN_LABELLED_SHARE = 0.6  # of the paragraphs with several lines
_TIMES_LONGER_THAN_LABELS = 1.5  # the lines below them together: verse is not
_NUMBERED_LABEL = re.compile(r"[^\W\d_]{2,20}\s(?:\d{1,3}[a-z]?|[IVX]{1,5})\s?[:.–—-]\s+(?=\S)")  # "Item 4: Market"
_YEAR_OR_VERSION = (
    rf"(?:(?:(?:\d{{1,2}}\.?\s)?(?:{MONTHS})|\d{{1,2}}[./]\d{{1,2}}[./])\s?)?(?:1[5-9]|20)\d\d(?:\s?[/–-]\s?(?:\d{{4}}|\d\d))?"
    r"|v?\d{1,3}(?:\.\d{1,3}){1,3}"
)
_EDITION = re.compile(  # "Visitor guide 2024.", "Terms of sale, version 3.2:", "Preisliste (Stand Mai 2023)."
    rf"(?P<words>[^\W\d_][^.!?:;]{{1,70}}?)[\s,(–—:]{{1,3}}(?:{_YEAR_OR_VERSION})\)?[.:!]"
)
_EDITION_FIRST = re.compile(  # "Version 2.1.", "Stand: 3. Mai 2022.", "Draft."
    r"(?:(?:version|release|edition|revision|status|valid|ausgabe|fassung|auflage|stand|gültig|édition|valable|edición"
    r"|versión|edizione|versione|valid[oa]|válid[oa]|edição|versão|uitgave|versie|geldig|utgåva|udgave|utgave)\b"
    r"(?!\s(?:the|an?|your)\b)[^.!?]{0,50}?\d[^!?]{0,20}"
    r"|(?:(?:first|second|final|preliminary|erster|zweiter) )?(?:draft|entwurf|brouillon|borrador|bozza|rascunho"
    r"|ontwerp|utkast)(?: (?:version|text|report|agenda|programme|budget))?)[.:!]",
    re.IGNORECASE,
)
_MAX_EDITION_WORDS = 9
_MAX_SMALL_WORDS = 3  # beside function words
_BEFORE_EDITION = frozenset(re.findall(r"\w+", "of version vom von du de del di van från fra stand für for"))
_PREPOSITIONS = frozenset(
    re.findall(
        r"\w+",
        """
        in on at since by until till before after around about during from im seit bis ab um vor nach en depuis desde
        hasta vers nel dal dopo prima em sinds tot voor na i sedan till fra siden w od do в с до circa ca
    """,
    )
)
_MAX_OPENING_CHARACTERS, _MAX_OPENING_WORDS = 120, 16
_NOT_IN_OPENING = re.compile(r"[!?…;=|<>{}\t。！？；]|[,:：，&–—-]\s*$|\.(?!\d)|\d{3}-\d|\d\s*[%€$£°]|\n|\s{3}")
_PARTS_OF_OPENING = re.compile(r"\s[–—-]\s|[,:]\s|\s\([^()]+\)$")  # "Lumo X2 – technical data", "Minutes, 12 May 2025"
_YEAR_IN_OPENING = re.compile(r"\b(?:1[5-9]|20)\d\d\b|\b[vV]?\d{1,3}\.\d{1,3}\b")
_COLON_IN_TITLE = re.compile(
    r"(?:[^\s:]+ ){2,9}[^\s:]+: [^:\d]+"
)  # "Cough syrup Tussirin: dosage", no label with its value
_LABEL_OF_TITLE = re.compile(
    r"^(?:title|titel|titre|título|titolo)[ \t]?:[ \t]*[^\s:][^\n]*", re.IGNORECASE | re.MULTILINE
)
_GREETING = re.compile(
    r"(?:dear|hi|hello|to whom|sehr geehrte|liebe|hallo|cher|chère|bonjour|querid|estimad|gentile|caro|cara|beste)",
    re.IGNORECASE,
)
_NUMBERED_LINE = re.compile(r"[ ]{0,3}\d{1,2}(?:\.\d{1,2}){0,3}[.)]?\s+(?=\S)")


def labels(text: str, paragraphs: Sequence[Region]) -> dict[int, int]:
    """The ends of the short first lines that label the other lines of their paragraph, by the number of their region,
    where most paragraphs with several lines have one: "Sauna", "Children under 2 years", "4.2 (3 June)".
    """
    starts = [
        number
        for number, region in enumerate(paragraphs)
        if number == 0 or _has_blank_line(text, paragraphs[number - 1].end, region.start)
    ]
    labelled: dict[int, int] = {}
    paragraph_count = label_characters = characters_below = 0
    for first, after in pairwise([*starts, len(paragraphs)]):
        end = paragraphs[after - 1].end
        label_end = text.find("\n", paragraphs[first].start, end)
        if label_end < 0:
            continue
        paragraph_count += 1
        if _is_label(text, paragraphs[first:after], label_end):
            labelled[first] = label_end
            label_characters += label_end - paragraphs[first].start
            characters_below += end - label_end
    texts = {text[paragraphs[number].start : end].strip() for number, end in labelled.items()}
    are_labels = (
        len(labelled) > 1
        and len(labelled) >= _MIN_LABELLED_SHARE * paragraph_count
        and len(texts) == len(labelled)
        and characters_below >= _TIMES_LONGER_THAN_LABELS * label_characters
    )
    return labelled if are_labels else {}


def _is_label(text: str, paragraph: Sequence[Region], label_end: int) -> bool:
    """Whether the first line of a paragraph has no sign of a statement, and those below it have."""
    label = text[paragraph[0].start : label_end].strip()
    text_below = text[label_end : paragraph[-1].end].lstrip()
    if any(region.kind not in ("prose", "record") for region in paragraph) or not text_below or text_below[0].islower():
        return False
    label = label[ordinal_end(label) :] or label
    label_words = label.split()
    return (
        len(label) <= _MAX_LABEL_CHARACTERS
        and len(label_words) <= _MAX_LABEL_WORDS
        and (begins_as_title(label) or label[0].isdigit())
        and not is_too_long(label)
        and not _NOT_IN_LABEL.search(label)
        and not has_statement_word(label_words)
        and STOP_AT_END.search(text_below) is not None
    )


def plain_headings(text: str, paragraphs: Sequence[Region], labelled: Collection[int] = ()) -> list[bool]:
    """Which of ``paragraphs``, in order, are headings of what follows.

    :param labelled: the numbers of those that begin with a label.
    """
    is_heading = [False] * len(paragraphs)
    repeated_words = _repeated_openings(text, paragraphs)
    for number, region in enumerate(paragraphs[:-1]):
        if region.kind in ("prose", "record") and region.end - region.start <= _MAX_TITLE_CHARACTERS:
            is_repeated = _opening(text, region) in repeated_words
            if number + 1 in labelled and number not in labelled:
                is_heading[number] = number == 0 and is_worded_as_title(text[region.start : region.end], alone=True)
            else:
                is_heading[number] = _is_title(text, paragraphs, number, is_repeated=is_repeated)
    if sum(is_heading) >= _MIN_TITLES:
        for number in range(len(paragraphs) - 1):
            is_heading[number] |= _is_title_among_titles(text, paragraphs, number)
    return is_heading


def stands_as_heading(text: str, start: int, end: int, end_before: int, start_after: int) -> bool:
    """Whether ``text[start:end]`` stands alone above a list, a table or a heading, as the heading of it.

    :param end_before: of what stands before it.
    :param start_after: of what stands behind it.
    """
    is_apart = (end_before <= 0 or _has_blank_line(text, end_before, start)) and _has_blank_line(text, end, start_after)
    return is_apart and end - start <= _MAX_TITLE_CHARACTERS and is_worded_as_title(text[start:end], alone=True)


def opens_text(text: str, start: int, end: int, start_below: int) -> bool:
    """Whether the first line of a text, apart from all others, is its title: "Terms of sale, valid from 1 May 2024".

    :param start_below: of what stands below it.
    """
    source = text[start:end]
    opening_words = source.split()
    if _LABEL_OF_TITLE.fullmatch(source) and len(source) <= _MAX_OPENING_CHARACTERS:
        return not _LABEL_OF_TITLE.search(text, end)
    return (
        len(source) <= _MAX_OPENING_CHARACTERS
        and 1 < len(opening_words) <= _MAX_OPENING_WORDS
        and _has_blank_line(text, end, start_below)
        and source[0].isupper()
        and (_PARTS_OF_OPENING.search(source) is not None or _YEAR_IN_OPENING.search(source) is not None)
        and (":" not in source or _COLON_IN_TITLE.fullmatch(source) is not None)
        and not _NOT_IN_OPENING.search(source)
        and not _GREETING.match(source)
        and not has_statement_word([word.strip(",:()") for word in opening_words if word != "May"])
        and not is_status(source)
    )


def heads_whole_text(titles: Sequence[str]) -> bool:
    """Whether the first of the headings of a text stands over all others: it alone has parts, or a year or version."""
    return any(
        sign.search(titles[0]) is not None and not any(sign.search(title) for title in titles[1:])
        for sign in (_PARTS_OF_OPENING, _YEAR_IN_OPENING)
    )


def run_in_labels(openings: Sequence[str]) -> frozenset[str]:
    """Those of the first sentences of paragraphs with several that label the others, "Meals.", "Lost keys.": where most
    paragraphs begin with a few words that say nothing.
    """
    candidates = [opening for opening in openings if _is_run_in_label(opening)]
    least = _MIN_RUN_IN_WORDS if all(" " not in label for label in candidates) else _MIN_RUN_IN_LABELS
    are_labels = (
        len(candidates) >= least
        and len(candidates) >= _MIN_LABELLED_SHARE * len(openings)
        and len(set(candidates)) == len(candidates)
    )
    return frozenset(candidates if are_labels else ())


def _is_run_in_label(sentence: str) -> bool:
    label_words = sentence[:-1].split()
    return (
        sentence[-1:] == "."
        and 0 < len(label_words) <= _MAX_RUN_IN_WORDS
        and sentence[0].isupper()
        and _RUN_IN_LABEL.fullmatch(sentence) is not None
        and not is_function_word(label_words[0].lower())
        and not has_statement_word(label_words)
        and not is_status(sentence[:-1])
    )


def run_in_heading(text: str, sentence: Span) -> bool:
    """Whether a sentence at the beginning of a paragraph is its heading: "Item 2. Hedge."."""
    match = _RUN_IN.match(text, sentence.start, sentence.end)
    if match is None or match.end() != sentence.end:
        return False
    title_words = match.group(1).split()
    return len(title_words) <= _MAX_RUN_IN_WORDS and not has_statement_word(title_words)


def names_edition(sentence: str, language: str | None = None) -> bool:
    """Whether a sentence has no verb and names the year or the version of what follows: "Visitor guide 2024."."""
    all_words = sentence.split()
    statement_words = [word for word in all_words if word != "May" and word.lower().strip(",:().") in _STATEMENT_WORDS]
    if statement_words or len(all_words) > _MAX_EDITION_WORDS:
        return False
    if _EDITION_FIRST.fullmatch(sentence):
        return True
    match = _EDITION.fullmatch(sentence)
    if match is None or not sentence[0].isupper():
        return False
    words: list[str] = match.group("words").strip(" ,(–—:").split()
    last_word = words[-1]
    if last_word.islower() and (is_function_word(last_word) or last_word in _PREPOSITIONS):
        return last_word in _BEFORE_EDITION and len(words) > 1
    if last_word.endswith("ed") or (last_word.islower() and language == "de"):
        return False  # "Founded 1842.", "Goethe starb 1832."
    return sum(word.islower() and not is_function_word(word) for word in words) <= _MAX_SMALL_WORDS


def is_numbered_heading(line: str) -> bool:
    """Whether a line that looks like an item of a list is the numbered heading of a paragraph: "3. LIABILITY"."""
    number = _NUMBERED_LINE.match(line)
    if number is None:
        return False
    title = line[number.end() :].strip()
    if not is_worded_as_title(title, alone=True):
        return False
    return title.isupper() or _is_capitalised(title.split(), 1)


def _is_title(text: str, paragraphs: Sequence[Region], number: int, *, is_repeated: bool) -> bool:
    """Whether a short line before a paragraph is its title, rather than a statement."""
    region, following = paragraphs[number], paragraphs[number + 1]
    source, text_below = text[region.start : region.end], text[following.start : following.end]
    if following.kind not in ("prose", "record") or not _SAYS_SOMETHING.search(text_below):
        return False
    is_before_blank = _has_blank_line(text, region.end, following.start)
    alone = is_before_blank and (number == 0 or _has_blank_line(text, paragraphs[number - 1].end, region.start))
    if is_repeated:
        number_of_label = _NUMBERED_LABEL.match(source)
        return is_worded_as_title(source[number_of_label.end() if number_of_label else 0 :], alone=True)
    if following.kind == "record" and not (alone and STOP_AT_END.search(text_below)):
        return False
    times_shorter = (
        _TIMES_SHORTER_ALONE if alone else _TIMES_SHORTER if is_before_blank else _TIMES_SHORTER_THAN_NEXT_LINE
    )
    return len(text_below) >= times_shorter * len(source) and is_worded_as_title(source, alone=alone)


def _is_title_among_titles(text: str, paragraphs: Sequence[Region], number: int) -> bool:
    """Whether a line apart has the capital letters of a title, and its colon or question mark alone speaks against one:
    "A Cold Night: The Search Begins", "Cursed or Blessed?".
    """
    region, following = paragraphs[number], paragraphs[number + 1]
    source, text_below = text[region.start : region.end], text[following.start : following.end]
    return (
        region.kind == following.kind == "prose"
        and len(source) <= _MAX_TITLE_CHARACTERS
        and _TITLE_WITH_MARKS.fullmatch(source) is not None
        and not any(word.strip(":?") in _STATEMENT_WORDS for word in source.split())
        and _is_capitalised(source.split(), 0)
        and len(text_below) >= _TIMES_SHORTER_ALONE * len(source)
        and _SAYS_SOMETHING.search(text_below) is not None
        and _has_blank_line(text, region.end, following.start)
        and (number == 0 or _has_blank_line(text, paragraphs[number - 1].end, region.start))
    )


def has_statement_word(some_words: Sequence[str]) -> bool:
    """Whether a word says that something is so, as titles do not."""
    return any(word.lower() in _STATEMENT_WORDS for word in some_words) or is_caseless_statement(" ".join(some_words))


def is_worded_as_title(source: str, *, alone: bool) -> bool:
    """Whether a line has no sign of a statement.

    :param alone: whether blank lines part it from other text: then words may begin with small letters.
    """
    section_number = _NUMBER_OF_SECTION.match(source)
    title = source[section_number.end() if section_number else ordinal_end(source) :]
    title_words = title.split()
    if not title_words or len(title_words) > _MAX_TITLE_WORDS or is_too_long(title):
        return False
    if not begins_as_title(title) or _NOT_IN_TITLE.search(title):
        return False
    is_clause = is_question_clause(title_words)
    if is_status(title) or (has_statement_word(title_words) and not is_clause):
        return False
    if alone and (is_clause or len(title_words) <= _MAX_WORDS_IN_SMALL_LETTERS):
        return True
    return not _NOT_IN_TITLE_OF_LETTERS.search(title) and (
        section_number is not None or is_clause or _is_capitalised(title_words, 3)
    )


def is_question_clause(title_words: Sequence[str]) -> bool:
    """Whether a title of several words says what it is about as a question would: "What is not covered"."""
    return len(title_words) > 1 and title_words[0].lower() in QUESTION_WORDS


def _is_capitalised(title_words: Sequence[str], short_count: int) -> bool:
    """Whether all words but function words begin with a capital letter, or there are at most ``short_count`` words."""
    return len(title_words) <= short_count or all(
        begins_as_title(word) or is_function_word(word) for word in title_words
    )


def _repeated_openings(text: str, paragraphs: Sequence[Region]) -> frozenset[str]:
    """The words with which several lines above a paragraph begin: "Posted by Ann", "Posted by Bo"; "Version 2.1"."""
    lines_by_word: dict[str, set[str]] = {}
    for number, region in enumerate(paragraphs[:-1]):
        source = text[region.start : region.end]
        is_first_line = number == 0 or _has_blank_line(text, paragraphs[number - 1].end, region.start)
        word = _opening(text, region)
        if is_first_line and word and len(source) <= _MAX_TITLE_CHARACTERS and not STOP_AT_END.search(source):
            lines_by_word.setdefault(word, set()).add(source)
    return frozenset(word for word, lines in lines_by_word.items() if len(lines) > 1 and not is_function_word(word))


def _opening(text: str, region: Region) -> str:
    word = _FIRST_WORD.match(text, region.start, region.end)
    return word.group() if word else ""


def _has_blank_line(text: str, start: int, end: int) -> bool:
    return text.count("\n", start, end) > 1
