"""What the words of a clause cannot be kept without: the forms that govern it, and the mark that ends its sentence.

"The vaccine is not recommended" must not become "The vaccine recommended". So a modal, quantifier, comparative or unit
of measure is one piece with the word beside it, and every word of a clause needs what governs all of it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.patterns import CLAUSE_MARKS, GoverningForm
from ragzip.text.protect import PATTERNS
from ragzip.text.spans import Span
from ragzip.text.splitters import sentences
from ragzip.text.words import is_unspaced

__all__ = ["Ties", "follows_word", "is_loose", "solid_spans", "ties_of_words"]

_BLANK = r"(?:[ \t\u00a0]{1,4}|[ \t]?\r?\n(?=\S))"  # a clause may be wrapped
_NEXT = re.compile(  # the first word of more than three letters: "none of the patients"
    rf"(?:{_BLANK}[\w$€£¥%+-][\w'’-]{{0,2}}(?=\s)){{0,3}}{_BLANK}[\w$€£¥%+-](?:[\w'’.,-]{{0,60}}[\w%])?"
)
_PREVIOUS = re.compile(rf"[\w'’-]{{1,40}}{_BLANK}$")
_CLAUSE_ENDS = re.compile(rf"[{CLAUSE_MARKS}](?=\s|$)|[。！？；，、]")
_LOOSE = frozenset(  # forms that govern the word beside them, and leave the rest of the clause as it is
    re.findall(
        r"\S+",
        """
        can could would will need all every each some any few many most several both half about approximately nearly
        almost over under before after earlier later older newer alle jeder jede jedes einige viele manche mehrere
        etwa
        fast kann können könnte könnten vor nach früher später tous toutes chaque quelques plusieurs beaucoup environ
        presque peut peuvent avant après todos todas cada algunos algunas muchos varios casi hasta puede pueden
        antes después tutti tutte ogni alcuni alcune molti circa quasi può possono prima dopo alguns algumas muitos
        vários até pode podem mais depois elke enkele veel bijna tot kan kunnen voor na
        allen aller jeden jedem einigen vielen mehreren tout toute pouvait pouvaient todo toda muchas varias podía
        podían
        tutto tutta molte poteva potevano muitas várias podia podiam elk iedere ieder sommige kon konden below above
        可能 可以 全部 所有 すべて 約 大约 大約
        """,
    )
)
_OR = re.compile(r"\b(?:or|nor|oder|ou|o|u|ni)\b", re.IGNORECASE)
_BUT = re.compile(r"\s*(?:but|aber|mais|pero|ma|mas|porém|maar)\b", re.IGNORECASE)
_OPENS_CLAUSE = re.compile(  # of its own, which a negation before it leaves as it is
    r"""\s*(?:and|but|so|because|although|though|while|whereas|which|who|when|where|if|since|yet|however|then|und|aber|sondern
    |weil|obwohl|während|denn|wenn|dass|et|mais|car|parce|puisque|quand|si|qui|y|e|pero|sino|porque|aunque|cuando|ma|bensì
    |perché|quando|mas|porém|en|maar|omdat|toen|terwijl)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_CLOSED = re.compile(r"[.!?…][\"'”’»)\]]{1,3}\Z")
_LOOK_BACK_CHARACTERS = 48  # in which the word before a form is looked for
_MAX_EXCEPTION_CHARACTERS = 160
_MAX_SOLID_CHARACTERS = 240
_MAX_CLAUSE_CHARACTERS = 480  # what runs on is cut there, and so are sentences that exceptions are tied to
_MAX_CLAUSES_OF_LIST = 12
_MAX_UNSPACED_CHARACTERS = 100


def solid_spans(text: str, forms: Sequence[GoverningForm]) -> list[Span]:
    """The spans of ``text`` that are kept or dropped as one: governing ``forms`` with the words beside them, quantities
    with their units; sorted and disjoint.
    """
    solid = [Span(*match.span()) for match in PATTERNS["units"].finditer(text)]
    solid += [_solid(text, form) for form in forms]
    joined_spans: list[Span] = []
    for span in sorted(solid):
        if not joined_spans or span.start > joined_spans[-1].end:
            joined_spans.append(span)
        elif span.end - joined_spans[-1].start <= _MAX_SOLID_CHARACTERS:  # a long row of forms would be of one piece
            joined_spans[-1] = Span(joined_spans[-1].start, max(joined_spans[-1].end, span.end))
    return joined_spans


def _solid(text: str, form: GoverningForm) -> Span:
    if form.kind == "exception":  # with all that it excepts
        clause_rest = _CLAUSE_ENDS.split(text[form.span.end : form.span.end + _MAX_EXCEPTION_CHARACTERS], maxsplit=1)[0]
        return Span(form.span.start, form.span.end + len(clause_rest.rstrip()))
    return _with_neighbours(text, form.span, form.kind == "negation")


def _with_neighbours(text: str, form: Span, both_sides: bool) -> Span:
    start, end = form
    following = _NEXT.match(text, end)
    if following:
        end = following.end()
    elif end < len(text) and is_unspaced(text[end]) and not _CLAUSE_ENDS.match(text, end):
        end += 1
    if both_sides:
        search_start = max(0, start - _LOOK_BACK_CHARACTERS)
        if preceding := _PREVIOUS.search(text[search_start:start]):
            start = search_start + preceding.start()
        elif start and is_unspaced(text[start - 1]) and not _CLAUSE_ENDS.match(text, start - 1):
            start -= 1
    return Span(start, end)


class Ties(NamedTuple):
    """Of one word to others of its text: ``needs`` and ``section``, see :class:`ragzip.types.Unit`."""

    needs: tuple[Span, ...] = ()
    section: Span | None = None


def ties_of_words(text: str, forms: Sequence[GoverningForm], words: Sequence[Span]) -> list[Ties]:
    """For each of ``words`` (sorted, disjoint), those without which what is kept of its clause would say something
    else.

    ``forms`` are the governing ones of the text, in order. The words of a clause need its negations, modals, bounds
    and comparatives, those of a sentence its exceptions and the mark at its end, which comes with nothing else; in
    unspaced scripts, where nothing else parts clauses, the mark at the end of each.
    """
    word_starts = [word.start for word in words]
    needs_of_words: list[set[int]] = [set() for _ in words]
    span_ended_by: dict[int, Span] = {}
    binding_forms = [form for form in forms if form.kind != "exception" and not is_loose(text, form)]
    negation_spans = [form.span for form in binding_forms if form.kind == "negation"]
    binding_words = [bisect_right(word_starts, form.span.start) - 1 for form in binding_forms]
    exception_words = [bisect_right(word_starts, form.span.start) - 1 for form in forms if form.kind == "exception"]
    for sentence in sentences(text):
        clauses = list(_clauses(text, sentence))
        for clause in clauses:
            clause_words = _inside(word_starts, clause)
            _tie(needs_of_words, clause_words, binding_words)
            if is_unspaced(text[clause.end - 1]):
                span_ended_by |= _tie_mark(text, words, needs_of_words, clause_words)
        _tie_beyond_commas(text, word_starts, needs_of_words, clauses, negation_spans)
        for sentence_part in _parts(text, sentence):
            _tie_exceptions(needs_of_words, _inside(word_starts, sentence_part), exception_words)
        span_ended_by |= _tie_mark(text, words, needs_of_words, _inside(word_starts, sentence))
    for word_number in range(1, len(words)):  # a comma comes with the word it follows, or it stands alone among others
        if word_number not in span_ended_by and follows_word(text, words[word_number - 1], words[word_number]):
            needs_of_words[word_number].add(word_number - 1)
    return [
        Ties(tuple(words[needed_word] for needed_word in sorted(needed)), span_ended_by.get(word_number))
        for word_number, needed in enumerate(needs_of_words)
    ]


def is_loose(text: str, form: GoverningForm) -> bool:
    """Whether a form governs the word beside it alone: "can", "all", "before"."""
    return form.kind != "negation" and text[form.span.start : form.span.end].casefold() in _LOOSE


def _inside(starts: Sequence[int], span: Span) -> range:
    """The places of the words that begin in ``span``."""
    return range(bisect_left(starts, span.start), bisect_left(starts, span.end))


def _tie(needs: Sequence[set[int]], inside: range, needed: Sequence[int]) -> None:
    """Have the words ``inside`` need those of ``needed`` (sorted) that are there too."""
    needed_here = needed[bisect_left(needed, inside.start) : bisect_left(needed, inside.stop)]
    for word_number in inside if needed_here else ():
        needs[word_number].update(needed_word for needed_word in needed_here if needed_word != word_number)


def _tie_beyond_commas(
    text: str, starts: Sequence[int], needs: Sequence[set[int]], clauses: Sequence[Span], negations: Sequence[Span]
) -> None:
    """Have words need the negations of a clause before theirs that go on: "did not, in any trial, help", "no sign of
    this, or of that".
    """
    for clause_number, clause in enumerate(clauses[:-1]):
        first_negation = bisect_left(negations, (clause.start, 0))
        clause_negations = negations[first_negation : bisect_left(negations, (clause.end, 0))]
        clause_words = _inside(starts, clause)
        if not clause_negations or not clause_words or text[clause.end - 1] != ",":
            continue
        needed_words = {bisect_right(starts, span.start) - 1 for span in clause_negations}
        if any(map(str.isalnum, text[clause_negations[-1].end : clause.end])):
            scope_end = _end_of_list(text, clauses[clause_number + 1 :])
            next_clause = clauses[clause_number + 1]
            if _BUT.match(text, *clause) and not _OPENS_CLAUSE.match(text, *next_clause):
                scope_end = max(scope_end, next_clause.end)  # "sought, but did not receive, three million"
        else:  # an insertion parts it from what it governs; its comma tells it from an answer: "No, it helps"
            scope_end = clauses[-1].end
            needed_words.add(clause_words[-1])
        scope_end = min(scope_end, clause.end + _MAX_CLAUSE_CHARACTERS)
        for word_number in range(clause_words.stop, bisect_left(starts, scope_end)):
            needs[word_number] |= needed_words


def _end_of_list(text: str, clauses: Sequence[Span]) -> int:
    """Where the last of ``clauses`` ends that lists alternatives, before any with a statement of its own; or 0."""
    list_end = 0
    for clause in clauses[:_MAX_CLAUSES_OF_LIST]:
        if _OPENS_CLAUSE.match(text, *clause):
            break
        if _OR.search(text, *clause):
            list_end = clause.end
        if text[clause.end - 1] != ",":
            break
    return list_end


def _tie_exceptions(needs: Sequence[set[int]], inside: range, exceptions: Sequence[int]) -> None:
    """Have the words ``inside`` need the exceptions that are there too, with what these need in their own clauses."""
    exceptions_here = exceptions[bisect_left(exceptions, inside.start) : bisect_left(exceptions, inside.stop)]
    needed_words = {*exceptions_here}.union(*(needs[exception_word] for exception_word in exceptions_here))
    for word_number in inside if needed_words else ():
        needs[word_number] |= needed_words - {word_number}


def _tie_mark(text: str, words: Sequence[Span], needs: Sequence[set[int]], inside: range) -> dict[int, Span]:
    """Have the words ``inside`` need the marks they end with, if they do; their places and the span they end.

    A mark within a closing quotation is one with the word before it, which then comes too, with what it needs.
    """
    if len(inside) < 2:
        return {}
    last_word = inside[-1]
    if _is_word(text, words[last_word]):
        if _CLOSED.search(text, max(words[last_word].start, words[last_word].end - 4), words[last_word].end):
            needed_words = {last_word, *needs[last_word]}
            for word_number in inside:
                needs[word_number] |= needed_words - {word_number}
        return {}
    first_mark = last_word
    while first_mark - 1 > inside[0] and last_word - first_mark < 2 and not _is_word(text, words[first_mark - 1]):
        first_mark -= 1
    mark_words = range(first_mark, last_word + 1)
    _tie(needs, inside, mark_words)
    return dict.fromkeys(mark_words, Span(words[inside[0]].start, words[first_mark].start))


def follows_word(text: str, word: Span, mark: Span) -> bool:
    """Whether ``mark`` is punctuation at the end of ``word``."""
    return word.end == mark.start and not _is_word(text, mark) and _is_word(text, word)


def _is_word(text: str, span: Span) -> bool:
    return any(map(str.isalnum, text[span.start : span.end]))


def _clauses(text: str, sentence: Span) -> Iterator[Span]:
    clause_start = sentence.start
    for clause_end in _CLAUSE_ENDS.finditer(text, *sentence):
        yield from _parts(text, Span(clause_start, clause_end.end()))
        clause_start = clause_end.end()
    yield from _parts(text, Span(clause_start, sentence.end))


def _parts(text: str, span: Span) -> Iterator[Span]:
    """``span`` in parts that are no longer than a clause can be, so that ties grow no faster than the text."""
    part_start, end = span
    max_characters = (
        _MAX_UNSPACED_CHARACTERS if part_start < end and is_unspaced(text[part_start]) else _MAX_CLAUSE_CHARACTERS
    )
    while end - part_start > max_characters:
        last_blank = text.rfind(" ", part_start + max_characters // 2, part_start + max_characters)
        part_end = part_start + max_characters if last_blank < 0 else last_blank
        yield Span(part_start, part_end)
        part_start = part_end
    if part_start < end:
        yield Span(part_start, end)
