"""Headings in plain text: short lines without a stop before paragraphs, told from statements."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise

from ragzip.text.auxiliaries import AUXILIARY
from ragzip.text.languages import QUESTION_WORDS, is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.headings.caseless import begins_as_title, is_caseless_statement, is_too_long, ordinal_end
from ragzip.text.splitters.headings.labels import COMMENT_LINE, ENTRY
from ragzip.text.splitters.prose.breaks import SENTENCE_STOPS, STOP_AT_END
from ragzip.text.splitters.wrapping import Region
from ragzip.text.statuses import is_status

__all__ = [
    "has_statement_word",
    "heads_whole_text",
    "is_capitalised",
    "is_question_clause",
    "is_worded_as_title",
    "labels",
    "opens_text",
    "plain_headings",
    "stands_as_heading",
    "titles_in_capitals",
]

_MAX_TITLE_CHARACTERS, _MAX_TITLE_WORDS = 70, 9
_MAX_WORDS_IN_SMALL_LETTERS = 6  # of a title that stands alone
_TIMES_SHORTER, _TIMES_SHORTER_THAN_NEXT_LINE = 2, 5  # than the paragraph below
_TIMES_SHORTER_ALONE = 1.2  # where blank lines part it from what is above and below
_NOT_IN_TITLE = pattern_of(
    r"[!?…:;,=|<>{}\t。！？：；，]|\.(?!\d)|\d{3}-\d|\d\s*[%€$£°]|\n|\s{3}"
    r"|\s(?:if|unless|when|wenn|falls|sofern|sobald|si|quand|lorsque|cuando|se|quando|indien|tenzij|als)$"
)
_NOT_IN_TITLE_OF_LETTERS = pattern_of(r"[^\W\d_]\d|\d\.\d")
_NUMBER_OF_SECTION = pattern_of(r"(?:\d{1,2}(?:\.\d{1,2}){0,4}\.?|[IVX]{1,5}\.|[A-Z]\.|§ ?\d{1,4})\s+")
_STATEMENT_WORDS = frozenset(
    re.findall(
        r"\w+",
        AUXILIARY
        + """
        be cannot not no never none yes it ist sind war waren hat haben nicht kein keine wird werden kann darf muss est
        sont était ne pas non peut doit es son fue no puede debe è sono era deve não são foi pode deve niet geen
        zijn wordt
    """,
    )
)
_MIN_TITLES_IN_CAPITALS = 3
_MAX_LINES_OF_TITLE = 3
_MIN_TITLES = 2  # of a text in which lines that stand as they do are titles, too
_TITLE_WITH_MARKS = pattern_of(  # several words before a colon and after it; or a question
    r"[^\W\d_][^\s:!?]*(?: [^\s:!?.]+)+: [^\s:!?.]+(?: [^\s:!?.]+){1,6}\??|[^\W\d_][^\s:!?]*(?: [^\s:!?.]+){2,9}\?"
)
_RELATIVE = frozenset(re.findall(r"\w+", "that which who whom we you they i die der das wir sie qui que nous vous che"))
_SUBORDINATE = frozenset(
    re.findall(r"\w+", "if before after while until unless wenn falls bevor nachdem si avant après se")
)
_COMMA_BEFORE_WORD = pattern_of(r", (?=[^\W\d_])")
_CAPTION = pattern_of(r"(?:fig(?:ure)?|table|photo|image|abb(?:ildung)?|tab(?:elle)?|foto)\b", re.IGNORECASE)
_SAYS_SOMETHING = pattern_of(rf"[{SENTENCE_STOPS}]|[:：]$")
_FIRST_WORD = pattern_of(r"[^\W\d_]{2,30}")
_MAX_LABEL_CHARACTERS, _MAX_LABEL_WORDS = 60, 8
_NOT_IN_LABEL = pattern_of(r"[!?…:;=|<>{}\t。！？：；，]|,\s*$|\.(?! ?\d)|\s{3}|\d\s*[%€$£]")
_MIN_LABELLED_SHARE = 0.6  # of the paragraphs with several lines
_TIMES_LONGER_THAN_LABELS = 1.5  # the lines below them together: verse is not
_NUMBERED_LABEL = pattern_of(r"[^\W\d_]{2,20}\s(?:\d{1,3}[a-z]?|[IVX]{1,5})\s?[:.–—-]\s+(?=\S)")  # "Item 4: Market"
_MAX_OPENING_CHARACTERS, _MAX_OPENING_WORDS = 120, 16
_NOT_IN_OPENING = pattern_of(r"[!?…;=|<>{}\t。！？；]|[,:：，&–—-]\s*$|\.(?!\d)|\d{3}-\d|\d\s*[%€$£°]|\n|\s{3}")
_PARTS_OF_OPENING = pattern_of(r"\s[–—-]\s|[,:]\s|\s\([^()]+\)$")  # "Lumo X2 – technical data", "Minutes, 12 May 2025"
_YEAR_IN_OPENING = pattern_of(r"\b(?:1[5-9]|20)\d\d\b|\b[vV]?\d{1,3}\.\d{1,3}\b")
_COLON_IN_TITLE = pattern_of(r"(?:[^\s:]+ ){2,9}[^\s:]+: [^:\d]+")  # "Cough syrup Tussirin: dosage", no label: value
_LABEL_OF_TITLE = pattern_of(
    r"^(?:title|titel|titre|título|titolo)[ \t]?:[ \t]*[^\s:][^\n]*", re.IGNORECASE | re.MULTILINE
)
_GREETING = pattern_of(
    r"(?i:dear|hi|hello|to whom|sehr geehrte|liebe|hallo|cher|chère|bonjour|querid|estimad|gentile|caro|cara|beste)"
)


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
    start = ordinal_end(label)
    label = label[start:] or label
    label_words = label.split()
    return (
        len(label) <= _MAX_LABEL_CHARACTERS
        and len(label_words) <= _MAX_LABEL_WORDS
        and (begins_as_title(label) or label[0].isdigit())
        and not is_too_long(label)
        and not _NOT_IN_LABEL.search(label)
        and not has_statement_word(label_words)
        and (STOP_AT_END.search(text_below) is not None or (start > 0 and text_below[-1] in ":："))
    )


def plain_headings(text: str, paragraphs: Sequence[Region], labelled: Collection[int] = ()) -> list[bool]:
    """A mask of the ``paragraphs``, in order, that are headings of what follows.

    :param labelled: the numbers of those that begin with a label.
    """
    is_heading = [False] * len(paragraphs)
    repeated_words = _repeated_openings(text, paragraphs)
    for number, region in enumerate(paragraphs[:-1]):
        if region.kind in ("prose", "record") and region.end - region.start <= _MAX_TITLE_CHARACTERS:
            is_repeated = _opening(text, region) in repeated_words
            if COMMENT_LINE.match(text, region.start, region.end):
                is_heading[number] = True
            elif number + 1 in labelled and number not in labelled:
                is_heading[number] = number == 0 and is_worded_as_title(text[region.start : region.end], alone=True)
            else:
                is_heading[number] = _is_title(text, paragraphs, number, is_repeated=is_repeated)
    over_entries = [number for number in range(len(paragraphs)) if _stands_over_entries(text, paragraphs, number)]
    if len(over_entries) == 1:  # several are names of what stands below each
        is_heading[over_entries[0]] = True
    titles = [number for number, is_title in enumerate(is_heading) if is_title]
    apart_count = sum(_has_blank_line(text, paragraphs[title].end, paragraphs[title + 1].start) for title in titles)
    for are_apart, count in ((True, apart_count), (False, len(titles) - apart_count)):
        if count >= _MIN_TITLES:
            for number in range(len(paragraphs) - 1):
                is_heading[number] |= _is_title_among_titles(text, paragraphs, number, are_apart=are_apart)
    return is_heading


def _stands_over_entries(text: str, paragraphs: Sequence[Region], number: int) -> bool:
    """Whether a line at the beginning of a paragraph is the title of the entries right below it: "Parking prices"."""
    first_three = paragraphs[number : number + 3]
    if len(first_three) < 3 or any(part.kind != "record" for part in first_three):
        return False
    title, *entries = (text[part.start : part.end] for part in first_three)
    title = _YEAR_IN_OPENING.sub("", title).rstrip()
    return (
        all(map(ENTRY.match, entries))
        and (number == 0 or _has_blank_line(text, paragraphs[number - 1].end, first_three[0].start))
        and not any(_has_blank_line(text, above.end, below.start) for above, below in pairwise(first_three))
        and not (ENTRY.match(title) or any(map(str.isdigit, title)))
        and is_worded_as_title(title, alone=True)
    )


def titles_in_capitals(text: str, spans: Sequence[Span]) -> list[int]:
    """The places of the lines in capital letters that stand above other lines, at the beginning of a paragraph or apart
    from it, or anywhere in a text without blank lines, where a text has several: "EDUCATION", "WORK EXPERIENCE".
    """
    has_gaps = any(_has_blank_line(text, before.end, span.start) for before, span in pairwise(spans))
    counts = Counter(() if has_gaps else (text[slice(*span)] for span in spans))  # credits of pictures come again
    places = [
        place
        for place, (before, span, below) in enumerate(zip([None, *spans], spans, spans[1:], strict=False))
        if span.end - span.start <= _MAX_TITLE_CHARACTERS
        and text[slice(*span)].isupper()
        and "\n" in text[span.end : below.start]
        and not text[slice(*below)].isupper()
        and (before is None or _has_blank_line(text, before.end, span.start) or counts[text[slice(*span)]] == 1)
        and _FIRST_WORD.search(text, *span)
        and is_worded_as_title(text[slice(*span)], alone=True)
    ]
    return places if len(places) >= _MIN_TITLES_IN_CAPITALS else []


def stands_as_heading(text: str, start: int, end: int, end_before: int, start_after: int) -> bool:
    """Whether ``text[start:end]`` is apart from the text above and below it, as the heading of a list, a table or
    further headings is.

    :param end_before: the end of the text before it.
    :param start_after: the start of the text after it.
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


def _is_title(text: str, paragraphs: Sequence[Region], number: int, *, is_repeated: bool) -> bool:
    """Whether a short line before a paragraph is its title, rather than a statement."""
    region, following = paragraphs[number], paragraphs[number + 1]
    source, text_below = text[region.start : region.end], text[following.start : following.end]
    if following.kind not in ("prose", "record") or not _SAYS_SOMETHING.search(text_below):
        return False
    is_before_blank = _has_blank_line(text, region.end, following.start)
    if is_before_blank and _ends_lines(text, paragraphs, number):
        return False
    alone = is_before_blank and (number == 0 or _has_blank_line(text, paragraphs[number - 1].end, region.start))
    if is_repeated:
        number_of_label = _NUMBERED_LABEL.match(source)
        label = source[number_of_label.end() :] if number_of_label else source
        return is_worded_as_title(label, alone=True)
    if following.kind == "record" and not (alone and STOP_AT_END.search(text_below)):
        return False
    times_shorter: float = _TIMES_SHORTER if is_before_blank else _TIMES_SHORTER_THAN_NEXT_LINE
    if alone or source in text_below:  # "City 300 Eco" above "The City 300 Eco has a range …"
        times_shorter = _TIMES_SHORTER_ALONE
    return len(text_below) >= times_shorter * len(source) and is_worded_as_title(source, alone=alone)


def _ends_lines(text: str, paragraphs: Sequence[Region], number: int) -> bool:
    """Whether a line is the last of several that are no sentences, and no title of two or three lines over a text."""
    first = number
    while (
        first > 0
        and paragraphs[first - 1].kind == "record"
        and not _has_blank_line(text, paragraphs[first - 1].end, paragraphs[first].start)
        and not STOP_AT_END.search(text, *paragraphs[first - 1][:2])
    ):
        first -= 1
    return number - first >= (1 if first > 0 else _MAX_LINES_OF_TITLE)


def _is_title_among_titles(text: str, paragraphs: Sequence[Region], number: int, *, are_apart: bool) -> bool:
    """Whether a line stands above its text as the titles of the text do, and but for its words is none: "A Cold Night:
    The Search Begins", "Cursed or Blessed?", "Items that are not refundable", "Returns, exchanges and refunds".

    :param are_apart: whether blank lines part the titles from their text.
    """
    region, following = paragraphs[number], paragraphs[number + 1]
    source = text[region.start : region.end]
    end_below = following.end if are_apart else _end_of_paragraph(text, paragraphs, number + 1)
    text_below = text[following.start : end_below]
    times_shorter = _TIMES_SHORTER_ALONE if are_apart else _TIMES_SHORTER_THAN_NEXT_LINE
    is_over_lines = not are_apart and STOP_AT_END.search(text_below) is not None
    return (
        region.kind in ("prose", "record")
        and (following.kind == "prose" or (following.kind == "record" and (is_over_lines or ordinal_end(source) > 0)))
        and len(source) <= _MAX_TITLE_CHARACTERS
        and _has_blank_line(text, region.end, following.start) == are_apart
        and (number == 0 or _has_blank_line(text, paragraphs[number - 1].end, region.start))
        and len(text_below) >= times_shorter * len(source)
        and _SAYS_SOMETHING.search(text_below) is not None
        and _is_worded_as_other_titles(source)
    )


def _end_of_paragraph(text: str, paragraphs: Sequence[Region], number: int) -> int:
    """The end of the lines that follow the one at ``number`` with no blank line between."""
    while number + 1 < len(paragraphs) and not _has_blank_line(
        text, paragraphs[number].end, paragraphs[number + 1].start
    ):
        number += 1
    return paragraphs[number].end


def _is_worded_as_other_titles(source: str) -> bool:
    label = _NUMBERED_LABEL.match(source)
    title = source[label.end() :] if label and not _CAPTION.match(source) else source
    title_words = title.split()
    if not title_words or not begins_as_title(title):
        return False
    if _TITLE_WITH_MARKS.fullmatch(title):
        return is_capitalised(title_words, 0) and not has_statement_word([word.strip(":?") for word in title_words])
    return (
        len(title_words) <= _MAX_TITLE_WORDS
        and not _NOT_IN_TITLE.search(_COMMA_BEFORE_WORD.sub(" ", title))
        and not _GREETING.match(title)
        and not is_status(title)
        and (title_words[0].lower() in _SUBORDINATE or is_question_clause(title_words) or not _states(title_words))
    )


def _states(title_words: Sequence[str]) -> bool:
    """Whether a statement word is in no clause after a noun, as in "Items that are sold", "Changes we can make"."""
    small_words = [word.lower() for word in title_words]
    return any(
        word in _STATEMENT_WORDS
        and not (place > 1 and (small_words[place - 1] in _RELATIVE or small_words[place - 1] in _STATEMENT_WORDS))
        for place, word in enumerate(small_words)
    )


def has_statement_word(some_words: Sequence[str]) -> bool:
    """Whether a word says that something is so, as titles do not."""
    return any(word.lower() in _STATEMENT_WORDS for word in some_words) or is_caseless_statement(" ".join(some_words))


def is_worded_as_title(source: str, *, alone: bool) -> bool:
    """Whether a line has no sign of a statement.

    :param alone: whether blank lines part it from other text: then words may begin with small letters.
    """
    section_number = _NUMBER_OF_SECTION.match(source)
    title_start = section_number.end() if section_number else ordinal_end(source)
    title = source[title_start:]
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
        section_number is not None or is_clause or is_capitalised(title_words, 3)
    )


def is_question_clause(title_words: Sequence[str]) -> bool:
    """Whether a title of several words states its subject as a question would: "What is not covered"."""
    return len(title_words) > 1 and title_words[0].lower() in QUESTION_WORDS


def is_capitalised(title_words: Sequence[str], short_count: int) -> bool:
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
