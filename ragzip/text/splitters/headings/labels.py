"""Letters that label questions and answers ("Q. Is it open?"), as opposed to initials of names ("F. Scott"), and lines
that name the author of the text below them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["ANSWER_WORDS", "COMMENT_LINE", "QUESTION_WORDS", "are_times", "is_initial", "label_letters"]

QUESTION_WORDS = (
    "Q|Ｑ|Question|QUESTION|Frage|F|Pregunta|P|Domanda|D|Pergunta|Vraag|Fråga|Spørgsmål|Spørsmål|Kysymys|Pytanie|Otázka"
    "|Kérdés|Întrebare|Soru|Tanya|Pertanyaan|Hỏi|Вопрос|Питання|В|Ερώτηση|Ε|שאלה|ש|سؤال|س|प्रश्न|ถาม|問|问|質問|질문|문"
)
ANSWER_WORDS = (
    "A|Ａ|Answer|ANSWER|Antwort|Réponse|R|Respuesta|Risposta|Resposta|Antwoord|Svar|Vastaus|Odpowiedź|O|Odpověď|Válasz"
    "|Răspuns|Cevap|Jawab|Jawaban|Đáp|Ответ|Відповідь|О|Απάντηση|Α|תשובה|ת|جواب|ج|उत्तर|ตอบ|答|回答|답변|답"
)

_DAY_PATTERN = (
    r"(?:[A-Z][a-z]{2,8}\.?[ ]\d{1,2}|\d{1,2}\.?[ ][A-Z][a-z]{2,8}|\d{1,4}[./-](?:\d{1,2}|[A-Z][a-z]{2})[./-]\d{1,4})"
    r"(?:,?[ ]\d{4})?(?:,?[ ](?:at[ ])?\d{1,2}:\d\d(?:[ ]?[AaPp][Mm])?)?"
)
ENTRY = pattern_of(  # "Day: 40 EUR", "Gate - 100", "Apples 2.50"
    r"[^\W\d_][^:：\n]{0,58}?(?:[:：]|\s[-–—=]|\t)\s*\S|[^\W\d_][^\d\n]{0,58}\s[\d.,]{1,12}(?:\s?[^\s\d]{1,5})?$"
)
COMMENT_LINE = pattern_of(  # "@kim-lee (maintainer) commented on Feb 5, 2024", "Ann Lee replied 3 days ago"
    r"""[ ]{0,3}(?:\*\*)?@?(?P<commenter>[^\W_][\w.'’-]{0,38}(?:[ ][A-Z][\w.'’-]{1,24}){0,2})(?:\[bot\])?(?:\*\*)?
    (?:[ ]\([^()\n]{1,40}\))?
    [ ](?:commented|replied|answered|responded|wrote|posted|(?:added|left)[ ]a[ ](?:comment|note)
        |opened[ ]this[ ](?:issue|ticket|discussion|(?:pull|merge)[ ]request)|requested[ ]changes
        |(?:closed|reopened|reviewed|approved|merged|locked)[ ]th(?:is|ese)
         (?:[ ](?:issue|ticket|discussion|changes|(?:pull|merge)[ ]request))?
         (?:[ ]as[ ](?:completed|resolved|not[ ]planned|(?:a[ ])?duplicate|off-topic))?
         (?:[ ](?:in|with|via|by)[ ][#\w/.-]{1,60})?)
    (?:[ ](?:on|at)|[ ]?[–·•-])?
    [ ](?:"""
    + _DAY_PATTERN
    + r"""|yesterday|(?:\d{1,2}|an?|last)[ ](?:second|minute|hour|day|week|month|year)s?(?:[ ]ago)?)
    (?:[ ]?[•·|,][^\n]{0,40}|[ ]\([^()\n]{1,40}\))?:?[ ]*$""",
    re.MULTILINE | re.VERBOSE,
)
_TIME_ALONE = pattern_of(  # "08:10.", "14.30 Uhr:"
    r"(?:[01]?\d|2[0-4])[:.h][0-5]\d(?:\s?(?:am|pm|[ap]\.m|uhr|h|hrs|gmt|utc|c?est?))?[.:]?", re.IGNORECASE
)
_LEAST_TIMES = 2
_LETTER = pattern_of(r"^[ \t>#*_•-]{0,10}([A-ZВО])(?:\*\*|__)?[.)][ \t\u3000]", re.MULTILINE)
_ANSWER_LETTERS = {"Q": "AR", "F": "AS", "V": "A", "P": "R", "D": "R", "В": "О"}  # by the letter of the question
_QUESTION_IN_PARAGRAPH = pattern_of(r"(?:[^?？؟\n]|\n(?![ \t]{0,9}\n)){0,1000}[?？؟]")


def label_letters(text: str) -> frozenset[str]:
    """The single letters that label the questions and answers of ``text``: those of a question and the answer to it."""
    letters: set[str] = set()
    for label, next_label in pairwise(_LETTER.finditer(text)):
        question, answer = label.group(1), next_label.group(1)
        is_pair = answer in _ANSWER_LETTERS.get(question, "")
        is_asked = _has_no_case(text[label.end() : label.end() + 1]) or _QUESTION_IN_PARAGRAPH.match(
            text, label.end(), next_label.start()
        )
        if is_pair and is_asked:
            letters |= {question, answer}
    return frozenset(letters)


def are_times(openings: Sequence[str]) -> list[bool]:
    """A mask of the first sentences of paragraphs that are a time and nothing else, where several are: "08:10."."""
    is_time = [_TIME_ALONE.fullmatch(opening) is not None for opening in openings]
    return is_time if sum(is_time) >= _LEAST_TIMES else [False] * len(is_time)


def _has_no_case(letter: str) -> bool:
    """Whether a letter is of a script without capital letters, before whose names no initials stand."""
    return letter.isalpha() and letter.lower() == letter.upper()


def is_initial(text: str, start: int, letters: frozenset[str]) -> bool:
    """Whether the line at ``start`` begins with a letter and a full stop or bracket that is none of ``letters``."""
    letter = _LETTER.match(text, start)
    return letter is not None and letter.group(1) not in letters
