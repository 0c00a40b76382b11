"""Ties between the words of a clause: each word needs the forms that govern the clause, and the mark that ends its
sentence.

"The vaccine is not recommended" must not become "The vaccine recommended". So a modal, quantifier, comparative or unit
of measure is one piece with the word beside it, and every word of a clause needs what governs all of it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ragzip.compressors.token.sentences import MAX_CLAUSE_CHARACTERS, clauses_of, parts_of_sentence, sentences_within
from ragzip.text.governing import LOOSE, GoverningForm
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import CLAUSE_MARKS
from ragzip.text.spans import Span, places_starting_in
from ragzip.text.splitters import blocks, lines
from ragzip.text.structure.formats.prose.reader import read_prose
from ragzip.text.words import is_unspaced

__all__ = [
    "Ties",
    "follows_word",
    "governing_leads",
    "is_loose",
    "is_word",
    "ties_of_words",
]

_BOUNDS = frozenset(["over", "under", "above", "below", "över"])  # of the whole clause, where a number follows
_BEGINS_CLAUSE = pattern_of(rf"(?:\A|[{CLAUSE_MARKS}\n])[\s\"'“„«(*]{{0,4}}\Z")
_NUMBER_FOLLOWS = pattern_of(r"\s\d")
_WITH_SUBJECT = ("negation", "modal", "quantifier")  # kinds that say nothing without what stands before them
_MAX_SUBJECT_WORDS = 8  # of which the first are kept, and the last, where there are more
_MAX_LAST_SUBJECT_WORDS = 3
_MAX_CLAUSE_WORDS = 40  # what runs on without a mark has no one subject
_MAX_COMPLEMENT_WORDS = 16
_OF_SENTENCE = ("exception", "doubt")  # kinds that govern all of their sentence
_OR = pattern_of(r"\b(?:or|nor|oder|ou|o|u|ni)\b", re.IGNORECASE)
_BUT = pattern_of(r"\s*(?:but|aber|mais|pero|ma|mas|porém|maar)\b", re.IGNORECASE)
_JOINS = pattern_of(  # a clause to the one before, whose subject it may share
    r"""\s*(?:(?:and|but|or|nor|yet|und|aber|oder|sondern|et|mais|ou|y|e|pero|o|u|ni|ma|mas|porém|en|maar|of|och|men|eller|og)\b
    |但是?|不过|不過|而且?|并且?|並且?|且)""",
    re.IGNORECASE | re.VERBOSE,
)
_SUBORDINATOR = pattern_of(r"\s*(?:that|dass|daß|que|che|dat|att|at)\b", re.IGNORECASE)  # before a subject
_OPENS_CLAUSE = pattern_of(  # of its own, which a negation before it leaves as it is
    r"""\s*(?:and|but|so|because|although|though|while|whereas|which|who|when|where|if|since|yet|however|then|und|aber|sondern
    |weil|obwohl|während|denn|wenn|dass|et|mais|car|parce|puisque|quand|si|qui|y|e|pero|sino|porque|aunque|cuando|ma|bensì
    |perché|quando|mas|porém|en|maar|omdat|toen|terwijl)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_CONCEDES = pattern_of(  # something else than the clause before says: "excluded, although sledging is allowed"
    r"""(?:although|though|while|whereas|because|obwohl|obgleich|wenngleich|während|weil|bien\ qu|quoiqu|alors\ qu
    |tandis\ qu|parce\ qu|puisqu|aunque|mientras|porque|sebbene|benché|mentre|perché|embora|enquanto|hoewel|ofschoon
    |terwijl|omdat|trots\ att|fastän|medan|eftersom|selv\ om|skønt|mens|fordi)(?:e\b|['’]|\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_CONJUNCTION_AND_SUBJECT_WORDS = 3
_CLOSED = pattern_of(r"[.!?…][\"'”“’»«)\]]{1,3}\Z")
_MAX_CLAUSE_CHARACTERS = 480  # what runs on is cut there, and so are sentences that exceptions are tied to
_HEADER_LINES = 2
_LINE_UNDER_HEADER = pattern_of(r"[|:\-+=\s]{3,}+")
_MAX_CLAUSES_OF_LIST = 12
_MAX_LEAD_WORDS = 8  # of a lead-in, which is of one piece where it governs its items


class Ties(NamedTuple):
    """The ties of a word to others of its text: ``needs`` and ``section``, see :class:`ragzip.types.Unit`."""

    needs: tuple[Span, ...] = ()
    section: Span | None = None


def ties_of_words(text: str, forms: Sequence[GoverningForm], words: Sequence[Span]) -> list[Ties]:
    """The ties of each of ``words`` (sorted, disjoint): the words without which the kept part of its clause would have
    another meaning.

    ``forms`` are the governing ones of the text, in order. The words of a clause need its negations, modals, bounds
    and comparatives, those of a sentence its exceptions, its doubts and the mark at its end, which comes with nothing
    else; in unspaced scripts, where nothing else parts clauses, the mark at the end of each, elsewhere a semicolon
    between them. Those of a list need the lead-in and the heading that deny, or limit, what it lists.
    """
    tying = _Tying(text, forms, words)
    for sentence in sentences_within(text):
        tying.tie_sentence(sentence)
    for lead, dependant in governing_leads(text, forms):
        tying.tie_lead(lead, dependant)
    tying.tie_punctuation()
    for table in blocks(text):
        if table.kind == "table":
            tying.tie_rows(lines(text, table.start, table.end))
    return tying.ties()


class _Tying:
    """The words of a text, and by number those that each needs; of the governing ones, where they stand."""

    def __init__(self, text: str, forms: Sequence[GoverningForm], words: Sequence[Span]) -> None:
        self.text, self.words = text, words
        self.starts = [word.start for word in words]
        self.needs: list[set[int]] = [set() for _ in words]
        self.sections: dict[int, Span] = {}
        binding_forms = [
            form
            for form in forms
            if form.kind not in _OF_SENTENCE and (not is_loose(text, form) or _counts_subject(text, form))
        ]
        self.negation_spans = [form.span for form in binding_forms if form.kind == "negation"]
        self.limit_spans = [form.span for form in forms if form.kind == "exception"]
        self.binding = [self._word_at(form.span) for form in binding_forms]
        self.finite = [self._word_at(form.span) for form in binding_forms if form.kind in _WITH_SUBJECT]
        self.negations = [self._word_at(span) for span in self.negation_spans]
        self.exceptions = [self._word_at(form.span) for form in forms if form.kind in _OF_SENTENCE]

    def _word_at(self, span: Span) -> int:
        return bisect_right(self.starts, span.start) - 1

    def _words_in(self, span: Span) -> range:
        return places_starting_in(self.starts, span)

    def _is_word(self, number: int) -> bool:
        return is_word(self.text, self.words[number])

    def tie_sentence(self, sentence: Span) -> None:
        """Tie the words of a sentence, clause by clause."""
        clauses = list(clauses_of(self.text, sentence))
        for clause in clauses:
            clause_words = self._words_in(clause)
            self._tie(clause_words, self.binding)
            if is_unspaced(self.text[clause.end - 1]):
                self._tie_mark(clause_words)
        words_of_clauses = [self._words_in(clause) for clause in clauses]
        self._tie_subjects(words_of_clauses)
        for clause_words in words_of_clauses:
            self._tie_complement(clause_words)
            if clause_words and _CONCEDES.match(self.text, self.words[clause_words.start].start):
                self._need(clause_words, clause_words[:_CONJUNCTION_AND_SUBJECT_WORDS])
        self._tie_semicolons(words_of_clauses)
        self._tie_beyond_commas(clauses)
        self._tie_limits(words_of_clauses)
        for sentence_part in parts_of_sentence(self.text, sentence):
            self._tie_exceptions(self._words_in(sentence_part))
        self._tie_mark(self._words_in(sentence))

    def tie_lead(self, lead: Span, dependant: Span) -> None:
        """Have the words of ``dependant`` need the last ones of its lead-in or heading."""
        lead_words = set(self._words_in(lead)[-_MAX_LEAD_WORDS:])
        for word_number in self._words_in(dependant):
            self.needs[word_number] |= lead_words - {word_number}

    def tie_rows(self, rows: Sequence[Span]) -> None:
        """Have the rows of a table need its header and the line under it, which come only with a row."""
        if len(rows) <= _HEADER_LINES or not _LINE_UNDER_HEADER.fullmatch(self.text, *rows[1]):
            return
        header, body = Span(rows[0].start, rows[1].end), Span(rows[2].start, rows[-1].end)
        header_words = self._words_in(header)
        self._need(self._words_in(body), header_words)
        self.sections |= dict.fromkeys(header_words, body)

    def tie_punctuation(self) -> None:
        """Have marks need what they stand at, commas the words beside them, or they stand alone among others."""
        for number in range(len(self.words)):
            if number in self.sections or self._is_word(number):
                continue
            neighbours = self._neighbours_of_mark(number)
            self.needs[number].update(*({neighbour, *self.needs[neighbour]} for neighbour in neighbours))
            self.needs[number].discard(number)

    def _neighbours_of_mark(self, number: int) -> list[int]:
        mark = self.words[number]
        opens = unicodedata.category(self.text[mark.start]) in ("Ps", "Pi")
        if not opens and number and self.words[number - 1].end == mark.start:
            return [number - 1, *range(number + 1, min(number + 1 + self._is_word(number - 1), len(self.words)))]
        has_next = number + 1 < len(self.words) and self.words[number + 1].start == mark.end
        return [number + 1] if has_next else []

    def ties(self) -> list[Ties]:
        """The ties of each word."""
        return [
            Ties(tuple(self.words[needed_word] for needed_word in sorted(needed)), self.sections.get(number))
            for number, needed in enumerate(self.needs)
        ]

    def _tie(self, inside: range, needed: Sequence[int]) -> None:
        """Have the words ``inside`` need those of ``needed`` (sorted) that are there too."""
        needed_here = needed[bisect_left(needed, inside.start) : bisect_left(needed, inside.stop)]
        if needed_here:
            self._need(inside, needed_here)

    def _need(self, inside: Iterable[int], needed: Iterable[int]) -> None:
        needed = set(needed)
        for word_number in inside:
            self.needs[word_number] |= needed - {word_number}

    def _tie_subjects(self, clauses: Sequence[range]) -> None:
        """Let the words of each clause with a negation, modal or bound need the words before that, its subject; where
        these are no more than a conjunction, those of the clause before: "Children may take one, but never two".
        """
        before: list[int] = []
        binding = set(self.binding)
        for clause_words in filter(None, clauses):
            clause_start = self.words[clause_words.start].start
            place = bisect_left(self.finite, clause_words.start)
            is_governed = place < len(self.finite) and self.finite[place] < clause_words.stop
            last_word = min(clause_words.start + _MAX_SUBJECT_WORDS, clause_words.stop)
            form_word = self.finite[place] if is_governed else last_word
            first_word = clause_words.start + (_SUBORDINATOR.match(self.text, clause_start) is not None)
            subject = _shortened([number for number in range(first_word, form_word) if self._is_word(number)])
            if is_governed and len(subject) < 2 and _JOINS.match(self.text, clause_start):
                subject = _shortened(before + subject)
                subject += sorted({form for number in subject for form in self.needs[number] & binding})
            if is_governed and len(clause_words) <= _MAX_CLAUSE_WORDS:
                self._need(clause_words, subject)
            before = [*subject, form_word] if is_governed else subject

    def _tie_semicolons(self, clauses: Sequence[range]) -> None:
        """Let the words after a semicolon need it and the word before it: "Books 21 days; films 7 days"."""
        needed_words: set[int] = set()
        for clause_words in filter(None, clauses):
            self._need(clause_words, needed_words)
            mark = clause_words[-1]
            if len(clause_words) > 1 and self.text[slice(*self.words[mark])] == ";":
                needed_words = {mark, mark - 1, *self.needs[mark - 1]}

    def _tie_complement(self, clause_words: range) -> None:
        """Let the words of a clause need the complement of its first negation, the rest of the clause: "not" and
        "tablets" of "not the tablets with milk" mean something else.
        """
        place = bisect_left(self.negations, clause_words.start)
        if place == len(self.negations) or self.negations[place] >= clause_words.stop:
            return
        complement = [number for number in range(self.negations[place], clause_words.stop) if self._is_word(number)]
        if len(complement) <= _MAX_COMPLEMENT_WORDS:
            self._need(clause_words, complement)

    def _tie_beyond_commas(self, clauses: Sequence[Span]) -> None:
        """Have words need the negations of a clause before theirs that go on: "did not, in any trial, help", "no sign
        of this, or of that".
        """
        for clause_number, clause in enumerate(clauses[:-1]):
            negations = _starting_in(self.negation_spans, clause)
            clause_words = self._words_in(clause)
            if not negations or not clause_words or self.text[clause.end - 1] != ",":
                continue
            needed_words = {self._word_at(span) for span in negations}
            if any(map(str.isalnum, self.text[negations[-1].end : clause.end])):
                scope_end = _end_of_list(self.text, clauses[clause_number + 1 :])
                next_clause = clauses[clause_number + 1]
                if _BUT.match(self.text, *clause) and not _OPENS_CLAUSE.match(self.text, *next_clause):
                    scope_end = max(scope_end, next_clause.end)  # "sought, but did not receive, three million"
            else:  # an insertion parts it from what it governs; its comma tells it from an answer: "No, it helps"
                scope_end = clauses[-1].end
                needed_words.add(clause_words[-1])
            scope_end = min(scope_end, clause.end + MAX_CLAUSE_CHARACTERS)
            self._need(range(clause_words.stop, bisect_left(self.starts, scope_end)), needed_words)

    def _tie_limits(self, clauses: Sequence[range]) -> None:
        """Have exceptions and conditions need what they limit: what stands before them in their clause, or else the
        clause before, or, where they begin the sentence, the next one; and where nothing follows them, the next clause,
        too.
        """
        words_of_clauses = [[number for number in clause if self._is_word(number)] for clause in filter(None, clauses)]
        words_of_clauses = [[], *filter(None, words_of_clauses), []]
        added_needs: list[tuple[int, set[int]]] = []
        for before, numbers, after in zip(words_of_clauses, words_of_clauses[1:], words_of_clauses[2:], strict=False):
            clause = Span(self.words[numbers[0]].start, self.words[numbers[-1]].end)
            if (
                before and self.text[self.words[before[-1]].end : clause.start].isspace()
            ):  # part of the same long clause
                continue
            for limit in _starting_in(self.limit_spans, clause):
                limited = [number for number in numbers if self.starts[number] < limit.start] or before or after
                has_rest = is_word(self.text, Span(limit.end, clause.end))
                needed = {*_in_short(limited), *([] if has_rest else _in_short(after))}
                needed.update(*(self.needs[number] for number in needed))
                limit_word = next(number for number in reversed(numbers) if self.starts[number] <= limit.start)
                added_needs.append((limit_word, needed))
        for limit_word, needed in added_needs:  # not before, or each would have those of all before it
            self._need([limit_word], needed)

    def _tie_exceptions(self, inside: range) -> None:
        """Have the words ``inside`` need the exceptions that are there too, with what these need in their own
        clauses.
        """
        exceptions_here = self.exceptions[
            bisect_left(self.exceptions, inside.start) : bisect_left(self.exceptions, inside.stop)
        ]
        if exceptions_here:
            self._need(inside, {*exceptions_here}.union(*(self.needs[word] for word in exceptions_here)))

    def _tie_mark(self, inside: range) -> None:
        """Have the words ``inside`` need the marks they end with, if they do.

        A mark within a closing quotation is one with the word before it, which then comes too, with what it needs.
        """
        if len(inside) < 2:
            return
        last_word = inside[-1]
        if self._is_word(last_word):
            word = self.words[last_word]
            if _CLOSED.search(self.text, max(word.start, word.end - 4), word.end):
                self._need(inside, {last_word, *self.needs[last_word]})
            return
        first_mark = last_word
        while first_mark - 1 > inside[0] and last_word - first_mark < 2 and not self._is_word(first_mark - 1):
            first_mark -= 1
        mark_words = range(first_mark, last_word + 1)
        self._tie(inside, mark_words)
        ended_span = Span(self.starts[inside[0]], self.starts[first_mark])
        self.sections |= dict.fromkeys(mark_words, ended_span)


def _starting_in(spans: Sequence[Span], place: Span) -> Sequence[Span]:
    """The ones of ``spans`` (sorted) that start in ``place``."""
    return spans[bisect_left(spans, (place.start, 0)) : bisect_left(spans, (place.end, 0))]


def governing_leads(text: str, forms: Sequence[GoverningForm]) -> list[tuple[Span, Span]]:
    """The last clause of each lead-in or heading, and each unit below it, where a form governs one of these clauses.

    Where one denies what it lists, the other lists need theirs too, or they would seem to be its own.
    """
    form_starts = [form.span.start for form in forms if not is_loose(text, form)]
    if not form_starts:
        return []
    structured_units = read_prose(text).units
    leads = []
    for unit in structured_units:
        heading = unit.relation.heading
        for lead_number in (*unit.relation.needs, *(() if heading is None else (heading,))):
            lead = structured_units[lead_number]
            if lead.relation.section is None and lead_number != unit.relation.head:  # another sentence
                continue
            lead_start = max(lead.start, lead.end - MAX_CLAUSE_CHARACTERS)
            leads.append((Span(lead_start, lead.end), Span(unit.start, unit.end)))
    if any(bisect_left(form_starts, lead.start) < bisect_left(form_starts, lead.end) for lead, _ in leads):
        return leads
    return []


def is_loose(text: str, form: GoverningForm) -> bool:
    """Whether a form governs the word beside it alone: "all", "before"."""
    word = text[form.span.start : form.span.end].casefold()
    if form.kind in ("negation", "doubt") or word not in LOOSE:
        return False
    return word not in _BOUNDS or not _NUMBER_FOLLOWS.match(text, form.span.end)


def _counts_subject(text: str, form: GoverningForm) -> bool:
    """Whether a quantifier begins its clause, of whose subject it then says how many: "Most of the patients"."""
    return (
        form.kind == "quantifier"
        and _BEGINS_CLAUSE.search(text, max(0, form.span.start - 6), form.span.start) is not None
    )


def _shortened(numbers: list[int]) -> list[int]:
    """``numbers``, the first and the last of them where they are many."""
    if len(numbers) <= _MAX_SUBJECT_WORDS:
        return numbers
    return numbers[: _MAX_SUBJECT_WORDS - _MAX_LAST_SUBJECT_WORDS] + numbers[-_MAX_LAST_SUBJECT_WORDS:]


def _end_of_list(text: str, clauses: Sequence[Span]) -> int:
    """The end of the last of ``clauses`` that lists alternatives, before any with a statement of its own; 0 without
    one.
    """
    list_end = 0
    for clause in clauses[:_MAX_CLAUSES_OF_LIST]:
        if _OPENS_CLAUSE.match(text, *clause):
            break
        if _OR.search(text, *clause):
            list_end = clause.end
        if text[clause.end - 1] != ",":
            break
    return list_end


def _in_short(numbers: list[int]) -> list[int]:
    return numbers if len(numbers) <= _MAX_COMPLEMENT_WORDS else _shortened(numbers)


def follows_word(text: str, word: Span, mark: Span) -> bool:
    """Whether ``mark`` is punctuation at the end of ``word``."""
    return word.end == mark.start and not is_word(text, mark) and is_word(text, word)


def is_word(text: str, span: Span) -> bool:
    """Whether a piece of ``text`` is more than punctuation."""
    return any(map(str.isalnum, text[span.start : span.end]))
