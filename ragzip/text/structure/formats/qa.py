"""Questions with their answers: FAQs and interviews; myths with the facts, problems with their solutions. No answer is
read without its question, and no question without an answer.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragzip.text.forms import PlainForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.spans import Span
from ragzip.text.splitters.headings.labels import ANSWER_WORDS, QUESTION_WORDS, is_initial, label_letters
from ragzip.text.splitters.headings.plain import stands_as_heading
from ragzip.text.splitters.scanner import line_spans, trim
from ragzip.text.structure.base import Relation, Structure
from ragzip.text.structure.formats.faq_titles import (
    QUESTION_MARKS,
    FaqLine,
    end_before_title,
    is_below_title,
    stands_right_above,
)
from ragzip.text.structure.formats.transcript import add_turns, remarks_of
from ragzip.text.structure.formats.transcript.exchanges import retractions
from ragzip.text.structure.formats.transcript.turns import Turn, are_surely_turns, turns
from ragzip.text.structure.parts import Parts, sentence_spans

__all__ = ["read", "recognises"]

_CLAIM_WORDS = (  # what is answered, or put right
    "Myth|MYTH|Claim|Misconception|Problem|Issue|Symptom|Objection|Mythos|Irrtum|Behauptung|Mythe|Idée reçue"
    "|Problème|Mito|Problema|Fabel|Bewering|Probleem|Mýtus|Mit|Миф|Проблема|误区|謠言|谣言|誤解|迷思|症状|问题"
)
_REPLY_WORDS = (
    "Fact|FACT|Facts|Reality|Truth|Verdict|Solution|Fix|Remedy|Resolution|Workaround|Cause|Reply|Fakt|Fakten|Tatsache"
    "|Richtig|Lösung|Ursache|Réalité|Vérité|Solution|Cause|Realidad|Verdad|Hecho|Solución|Causa|Realtà|Soluzione|Verità"
    "|Realidade|Verdade|Fato|Solução|Feit|Oplossing|Fakta|Факт|Решение|Причина|事实|事實|真相|事実|解决|解決|对策|対策|原因"
)
_END_OF_LABEL = r"(?: ?#?\d{1,3})?(?:\*\*|__)?(?: ?[:：]|[.)．](?=[ \t\u3000\u3040-\u30ff\u3400-\u9fff]))(?:\*\*|__)?"
_QUESTION_LABEL = pattern_of(
    rf"[ ]{{0,3}}(?:#{{1,6}} |[-*•] )?(?:\*\*|__)?(?:{QUESTION_WORDS}|{_CLAIM_WORDS}){_END_OF_LABEL}"
)
_ANSWER = rf"[ ]{{0,3}}(?:[-*•] )?(?:\*\*|__)?(?:{ANSWER_WORDS}|{_REPLY_WORDS}){_END_OF_LABEL}"
_ANSWER_LABEL = pattern_of(_ANSWER)
_ANY_ANSWER_LABEL = pattern_of(f"^{_ANSWER}", re.MULTILINE)
_QUESTION_END = pattern_of(r"[?？؟][^\w\n]{0,20}$", re.MULTILINE)
_MARK_OF_LABEL = pattern_of("[:：.．)]")
_MAX_LABEL_CHARACTERS = 30
_QUESTION_LINE = pattern_of(r"[ ]{0,3}(?:\S[^\n]{0,299}[?？؟])[*_»”\"]{0,3}[ \t]{0,3}#{0,6}$")
_NUMBER = pattern_of(r"\s{0,8}\(?\d{1,3}[.)]|(?:#|Q|No\.)[ ]?\d{1,3}[.:)]?")  # of a question, on a line of its own
_MARKED = pattern_of(r"[ ]{0,3}(?:#{1,6} |\*\*|__|\(?\d{1,3}[.)] |[-*•] )")
_HEADING = pattern_of(r"[ ]{0,3}#{1,6}[ \t]")
_SENTENCE_BEFORE = pattern_of(r"[^\W\d][.!][ ]+[A-ZÀ-Þ¿]")
_BLANK_BETWEEN = pattern_of(r"\n[ \t\r]*\n")
_MAX_WORDS_OF_TWO_SENTENCES = 20  # of a line that is a question, "I have lost my card. What now?"
_MIN_PAIRS = 3
_MIN_PAIRS_WITH_LABELS = 2
_MIN_SHARE_OF_LINES = 0.12  # that are questions: an answer may have several paragraphs
_MAX_ANSWER_CHARACTERS = 3000
_MAX_PARAGRAPHS = 8  # of an answer
_MIN_SHARE_OF_QUESTIONS = 0.6  # of the turns of one speaker of an interview
_MAX_WORDS_OF_WHOLE_ANSWER = 20
_MAX_WORDS_OF_VERDICT = 4  # "Yes.", "No, never.": what follows is not read without it
_MAX_WORDS_OF_REASONED_VERDICT = 25
_VERDICT = pattern_of(  # "Yes, if it is unused."
    r"(?:yes|no|not|never|always|ja|nein|doch|oui|non|si|sí|sì|sim|não|nee|nej|nei|tak|nie|ano|ne|igen|nem|kyllä|ei|nu"
    r"|evet|hayır|ya|tidak|có|không|ναι|όχι|да|нет|так|ні|כן|לא|نعم|لا|हाँ|नहीं)[,;:–—]\s|(?:はい|いいえ|是的|不是|可以|不可以)[、,，]",
    re.IGNORECASE,
)
_SAMPLED_CHARACTERS = 60_000
_PAIR_IN_LINE = pattern_of(  # "Q: May I? A: Yes. Q: When? A: At six."
    rf"(?<!\S)(?:{QUESTION_WORDS}) ?\d{{0,3}}[:：][^\n]{{2,300}}?[?？؟] ?(?P<answer>(?:{ANSWER_WORDS}) ?\d{{0,3}}[:：])"
)


class _Pair(NamedTuple):
    """A question with its answer, which ends before the next question, or before a heading."""

    question: Span
    answer: Span


def recognises(source: str) -> bool:
    """Whether a text of an unknown type is only questions with their answers, except for its beginning."""
    sample = source if len(source) <= _SAMPLED_CHARACTERS else source[:_SAMPLED_CHARACTERS].rpartition("\n")[0]
    has_questions = sum(1 for _ in zip(_QUESTION_END.finditer(sample), range(_MIN_PAIRS), strict=False)) == _MIN_PAIRS
    if not has_questions and not _ANY_ANSWER_LABEL.search(sample) and not _PAIR_IN_LINE.search(sample):
        return False
    lines = _lines(sample)
    labelled = _labelled_pairs(sample, lines)
    if len(labelled) >= _MIN_PAIRS_WITH_LABELS:
        return labelled[0].question.start <= max(1500, len(sample) // 4) and _have_short_answers(sample, labelled)
    if _are_surely_pairs(sample, lines, _pairs_by_lines(sample, lines)):
        return True
    return _is_interview(sample, turns(sample))


def read(source: str) -> Structure | None:
    """The structure of an FAQ or an interview; None where there are no questions with answers."""
    lines = _lines(source)
    pairs = _labelled_pairs(source, lines)
    if len(pairs) < _MIN_PAIRS_WITH_LABELS:
        by_lines = _pairs_by_lines(source, lines)
        if not _are_surely_pairs(source, lines, by_lines) and _is_interview(source, all_turns := turns(source)):
            return _interview(source, all_turns)
        pairs = max(pairs, by_lines, key=len)
    if not pairs:
        return None
    parts = Parts(source)
    end = 0
    title: int | None = None
    title_starts = 0
    for pair in pairs:
        between = parts.add_prose(end, pair.question.start)
        if between:
            _close_title(parts, title, title_starts, end)
            title, title_starts = _title_of(parts, between, pair), pair.question.start
        _add_pair(parts, pair)
        end = pair.answer.end
    _close_title(parts, title, title_starts, end)
    parts.add_prose(end, len(source))
    return Structure("qa", parts.closed(), PlainForm(source))


def _title_of(parts: Parts, between: range, pair: _Pair) -> int | None:
    """The place of the last unit before a pair, where it is the title of the pairs below it."""
    unit = parts.units[between[-1]]
    end_before = parts.units[between[-1] - 1].end if between[-1] else 0
    is_title = unit.relation.section is None and (
        stands_as_heading(parts.source, unit.start, unit.end, end_before, pair.question.start)
        or stands_right_above(parts.source, unit.span, end_before, pair.question.start)
    )
    return between[-1] if is_title else None


def _close_title(parts: Parts, title: int | None, start: int, end: int) -> None:
    """Let a title come only with one of the pairs in ``source[start:end]``."""
    if title is not None:
        parts.lead(title, start, end)


def _lines(source: str) -> list[FaqLine]:
    """The lines that are not blank, questions with their number above them; of lines with several pairs, the questions
    and the answers.
    """
    lines: list[FaqLine] = []
    is_apart = True
    for start, end in _parts_of_lines(source):
        span = trim(source, start, end)
        if span is None:
            is_apart = True
            continue
        line_start = start
        if not is_apart and _is_number(source, lines[-1]) and _QUESTION_LINE.match(source, start, span.end):
            line_start, is_apart = lines.pop().start, True
        lines.append(FaqLine(line_start, span.end, is_apart, start))
        is_apart = False
    return lines


def _parts_of_lines(source: str) -> Iterator[tuple[int, int]]:
    pairs = list(_PAIR_IN_LINE.finditer(source))
    if len(pairs) < _MIN_PAIRS_WITH_LABELS:
        yield from line_spans(source, 0, len(source))
        return
    cuts = sorted(place for pair in pairs for place in (pair.start(), pair.start("answer")))
    for start, end in line_spans(source, 0, len(source)):
        inside = cuts[bisect_right(cuts, start) : bisect_left(cuts, end)]
        yield from pairwise([start, *inside, end])


def _is_number(source: str, line: FaqLine) -> bool:
    """Whether a line is the number of a question alone."""
    return _NUMBER.fullmatch(source, *line.text_span) is not None


def _labelled_pairs(source: str, lines: Sequence[FaqLine]) -> list[_Pair]:
    """Pairs with labels: "Q: … A: …"."""
    letters = label_letters(source)
    labels = [(number, label) for number, line in enumerate(lines) if (label := _label_of(source, line.start, letters))]
    pairs: list[_Pair] = []
    question: int | None = None
    for place, (number, label) in enumerate(labels):
        if label == "question":
            question = number if question is None or labels[place - 1][1] == "answer" else question
        elif question is not None:
            later = (later_number for later_number, later_label in labels[place + 1 :] if later_label == "question")
            next_question = next(later, len(lines))
            end = _end_of_answer(source, lines, number, next_question)
            pairs.append(_Pair(_span(lines, question, number), _span(lines, number, end)))
            question = None
    return pairs


def _label_of(source: str, start: int, letters: frozenset[str]) -> str:
    """Whether the label of a question or of an answer is at the beginning of a line; else nothing."""
    if not _MARK_OF_LABEL.search(source, start, start + _MAX_LABEL_CHARACTERS) or is_initial(source, start, letters):
        return ""
    if _QUESTION_LABEL.match(source, start):
        return "question"
    return "answer" if _ANSWER_LABEL.match(source, start) else ""


def _end_of_answer(source: str, lines: Sequence[FaqLine], first: int, end: int) -> int:
    """The number of the line after an answer: of the next question, or of a heading or title above that."""
    for number in range(first + 1, end):
        if _HEADING.match(source, lines[number].start):
            return number
    return end_before_title(source, lines, first, end)


def _span(lines: Sequence[FaqLine], first: int, end: int) -> Span:
    return Span(lines[first].start, lines[end - 1].end)


def _pairs_by_lines(source: str, lines: Sequence[FaqLine]) -> list[_Pair]:
    """Pairs without labels: lines that are questions, each with the text under it."""
    is_question = [_is_question_line(source, line) for line in lines]
    if sum(is_question) >= _MIN_PAIRS:
        is_question = [
            is_asked or (_ends_in_question(source, line) and is_below_title(source, lines, number))
            for number, (line, is_asked) in enumerate(zip(lines, is_question, strict=True))
        ]
        is_question = _with_two_sentences(source, lines, is_question)
    marks = {_mark(source, line) for line, is_asked in zip(lines, is_question, strict=True) if is_asked}
    pairs: list[_Pair] = []
    number = 0
    while number < len(lines):
        if not is_question[number]:
            number += 1
            continue
        first = number + 1
        end = next((later for later in range(first, len(lines)) if is_question[later]), len(lines))
        end = _end_of_answer(source, lines, first, end) if end > first else end
        if end > first + 1 and _is_number(source, lines[end - 1]):  # of a question that was cut off
            end -= 1
        if first < end and not _HEADING.match(source, lines[first].start):
            pairs.append(_Pair(_span(lines, number, first), _span(lines, first, end)))
        number = max(end, first)
    return pairs if len(marks) <= 2 else []


def _with_two_sentences(source: str, lines: Sequence[FaqLine], is_question: Sequence[bool]) -> list[bool]:
    """A mask of the lines that are questions, including those that begin with another sentence and have the layout of
    the others.
    """
    layouts = {_layout(source, lines, number) for number, is_asked in enumerate(is_question) if is_asked}
    return [
        is_asked or (_ends_in_question(source, line) and _layout(source, lines, number) in layouts)
        for number, (line, is_asked) in enumerate(zip(lines, is_question, strict=True))
    ]


def _layout(source: str, lines: Sequence[FaqLine], number: int) -> tuple[str, bool, bool]:
    """The layout of a line: its mark, and whether blank lines are above and below it."""
    is_before_blank = number + 1 == len(lines) or lines[number + 1].is_apart
    return _mark(source, lines[number]), lines[number].is_apart, is_before_blank


def _ends_in_question(source: str, line: FaqLine) -> bool:
    """Whether a short line ends in a question."""
    if line.end - line.start > 320 or not _QUESTION_LINE.match(source, line.text_start, line.end):
        return False
    return len(source[line.text_start : line.end].split()) <= _MAX_WORDS_OF_TWO_SENTENCES


def _mark(source: str, line: FaqLine) -> str:
    """The mark at the beginning of a line, which is the layout of a question; "" without one."""
    mark = _MARKED.match(source, line.start)
    return re.sub(r"\d+", "1", mark.group().strip()) if mark else ""


def _is_question_line(source: str, line: FaqLine) -> bool:
    """Whether a line is a question that stands apart from what is above it, or is marked as a heading or an item."""
    if line.end - line.start > 320 or source[line.end - 1] not in f'{QUESTION_MARKS}*_»”"#':
        return False
    if not _QUESTION_LINE.match(source, line.text_start, line.end):
        return False
    text = source[line.text_start : line.end]
    return (line.is_apart or bool(_MARKED.match(text))) and not _SENTENCE_BEFORE.search(text)


def _are_surely_pairs(source: str, lines: Sequence[FaqLine], pairs: Sequence[_Pair]) -> bool:
    """Whether questions part nearly all of the text, and no answer is itself a question, or as long as a story."""
    if len(pairs) < _MIN_PAIRS or pairs[0].question.start > max(1500, len(source) // 4):
        return False
    if len(pairs) < _MIN_SHARE_OF_LINES * len(lines):
        return False
    return _have_short_answers(source, pairs)


def _have_short_answers(source: str, pairs: Sequence[_Pair]) -> bool:
    """Whether answers are no longer than answers are: no other text stands under them."""
    paragraphs = [len(_BLANK_BETWEEN.findall(source, *pair.answer)) + 1 for pair in pairs]
    is_short = [
        count <= _MAX_PARAGRAPHS and pair.answer.end - pair.answer.start <= _MAX_ANSWER_CHARACTERS
        for count, pair in zip(paragraphs, pairs, strict=True)
    ]
    return sum(is_short) >= 0.8 * len(pairs)


def _add_pair(parts: Parts, pair: _Pair) -> None:
    """A question, which comes only with some of its answer, and the units of the answer, which need it."""
    source = parts.source
    answer = trim(source, *pair.answer)
    assert answer is not None
    label = _ANSWER_LABEL.match(source, answer.start)
    text_start = label.end() if label and label.end() < answer.end else answer.start
    if _is_short(source, Span(text_start, answer.end)):
        parts.add(pair.question.start, answer.end)
        return
    question = parts.add(*pair.question, Relation(section=answer))
    assert question is not None
    first = len(parts)
    parts.add_prose(text_start, answer.end, needs=(question,), head=question)
    if first < len(parts) and text_start > answer.start:  # the label belongs to the first sentence
        parts.units[first] = parts.units[first]._replace(start=answer.start)
    words = source[slice(*parts.units[first].span)].split()
    begins_with_verdict = _VERDICT.match(source, text_start) is not None
    if len(words) <= (_MAX_WORDS_OF_REASONED_VERDICT if begins_with_verdict else _MAX_WORDS_OF_VERDICT):
        parts.need(range(first + 1, len(parts)), [first])


def _is_short(source: str, text: Span) -> bool:
    """Whether an answer is so short that it is read as one."""
    if _BLANK_BETWEEN.search(source, *text) is not None:
        return False
    sentences = sentence_spans(source, *text)
    return len(sentences) == 1 or len(source[slice(*text)].split()) <= _MAX_WORDS_OF_WHOLE_ANSWER


def _is_interview(source: str, all_turns: Sequence[Turn]) -> bool:
    """Whether two speakers take turns, of which one asks."""
    names = [turn.name for turn in all_turns]
    if len(set(names)) != 2 or len(names) < 2 * _MIN_PAIRS or not are_surely_turns(source, all_turns):
        return False
    if sum(before == after for before, after in pairwise(names)) > len(names) // 5:
        return False
    return _asking(source, all_turns) is not None


def _asking(source: str, all_turns: Sequence[Turn]) -> str | None:
    """The name of the one who asks, where only one does."""
    shares = {}
    for name in {turn.name for turn in all_turns}:
        ends = [source[slice(*turn.body)].rstrip(' \t\r\n"”*_')[-1:] for turn in all_turns if turn.name == name]
        shares[name] = sum(end in tuple(QUESTION_MARKS) for end in ends) / len(ends)
    best = max(sorted(shares), key=lambda name: shares[name])
    words = dict.fromkeys(shares, 0)
    for turn in all_turns:
        words[turn.name] += len(source[slice(*turn.body)].split())
    if words[best] > sum(words.values()) - words[best]:  # in an interview answers are longer than questions
        return None
    return best if shares[best] >= _MIN_SHARE_OF_QUESTIONS and min(shares.values()) < 0.3 else None


def _interview(source: str, all_turns: Sequence[Turn]) -> Structure:
    """The structure of an interview: an answer needs the last sentence of the question, and who asked."""
    parts = Parts(source)
    parts.add_prose(0, all_turns[0].label.start)
    places = add_turns(parts, all_turns)
    asking = _asking(source, all_turns)
    spans = [unit.span for unit in parts.units]
    for place, needed in retractions(source, remarks_of(parts, all_turns, places), spans):
        parts.need([place], [needed])
    for turn, places_of_turn in zip(all_turns, places, strict=True):
        if turn.name == asking and len(places_of_turn) == 1:  # a short question is no reply
            place = places_of_turn[0]
            parts.units[place] = parts.units[place]._replace(relation=Relation())
    for before, turn, places_before, places_of_turn in zip(all_turns, all_turns[1:], places, places[1:], strict=False):
        if before.name == asking and turn.name != asking and places_before and places_of_turn:
            parts.need(places_of_turn, [places_before[-1]])
            _lead_answer(parts, places_before, places_of_turn)
    return Structure("qa", parts.closed(), PlainForm(source))


def _lead_answer(parts: Parts, question: range, answer: range) -> None:
    """Let a question come only with some of its answer, which is at least as good as it."""
    answer_span = Span(parts.units[answer[0]].start, parts.units[answer[-1]].end)
    parts.lead(question[-1], *answer_span)
    for place in answer:
        unit = parts.units[place]
        parts.units[place] = unit.related(head=question[-1])
