"""What the words of a clause cannot be kept without: the forms that govern it, and the mark that ends its sentence.

"The vaccine is not recommended" must not become "The vaccine recommended". So a modal, quantifier, comparative or unit
of measure is one piece with the word beside it, and every word of a clause needs what governs all of it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragzip.text.patterns import CLAUSE_MARKS, GoverningForm, governing
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
_LOOK_BACK = 48  # characters in which the word before a form is looked for
_LONGEST_EXCEPTION = 160  # characters
_LONGEST_SOLID = 240  # characters
_LONGEST_CLAUSE = 480  # characters; what runs on is cut there, and so are sentences that exceptions are tied to
_LONGEST_LIST = 12  # clauses
_LONGEST_UNSPACED = 100


def solid_spans(text: str) -> list[Span]:
    """The spans of ``text`` that are kept or dropped as one: governing forms with the words beside them, quantities
    with their units; sorted and disjoint.
    """
    spans = [Span(*match.span()) for match in PATTERNS["units"].finditer(text)]
    spans += [_solid(text, form) for form in governing(text)]
    joined: list[Span] = []
    for span in sorted(spans):
        if not joined or span.start > joined[-1].end:
            joined.append(span)
        elif span.end - joined[-1].start <= _LONGEST_SOLID:  # of forms in a row, no text could be made shorter
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
    return joined


def _solid(text: str, form: GoverningForm) -> Span:
    if form.kind == "exception":  # with all that it excepts
        rest = _CLAUSE_ENDS.split(text[form.span.end : form.span.end + _LONGEST_EXCEPTION], maxsplit=1)[0]
        return Span(form.span.start, form.span.end + len(rest.rstrip()))
    return _with_neighbours(text, form.span, form.kind == "negation")


def _with_neighbours(text: str, form: Span, both_sides: bool) -> Span:
    start, end = form
    following = _NEXT.match(text, end)
    if following:
        end = following.end()
    elif end < len(text) and is_unspaced(text[end]) and not _CLAUSE_ENDS.match(text, end):
        end += 1
    if both_sides:
        from_ = max(0, start - _LOOK_BACK)
        if preceding := _PREVIOUS.search(text[from_:start]):
            start = from_ + preceding.start()
        elif start and is_unspaced(text[start - 1]) and not _CLAUSE_ENDS.match(text, start - 1):
            start -= 1
    return Span(start, end)


class Ties(NamedTuple):
    """Of one word to others of its text: ``needs`` and ``section``, see :class:`ragzip.types.Unit`."""

    needs: tuple[Span, ...] = ()
    section: Span | None = None


def ties_of_words(text: str, words: Sequence[Span]) -> list[Ties]:
    """For each of ``words`` (sorted, disjoint), those without which what is kept of its clause would say something
    else.

    The words of a clause need its negations, modals, bounds and comparatives, those of a sentence its exceptions and
    the mark at its end, which comes with nothing else; in unspaced scripts, where nothing else parts clauses, the mark
    at the end of each.
    """
    starts = [word.start for word in words]
    needs: list[set[int]] = [set() for _ in words]
    marks: dict[int, Span] = {}
    forms = sorted(governing(text))
    binding = [form for form in forms if form.kind != "exception" and not is_loose(text, form)]
    negations = [form.span for form in binding if form.kind == "negation"]
    of_clauses = [bisect_right(starts, form.span.start) - 1 for form in binding]
    exceptions = [bisect_right(starts, form.span.start) - 1 for form in forms if form.kind == "exception"]
    for sentence in sentences(text):
        clauses = list(_clauses(text, sentence))
        for clause in clauses:
            inside = _inside(starts, clause)
            _tie(needs, inside, of_clauses)
            if is_unspaced(text[clause.end - 1]):
                marks |= _tie_mark(text, words, needs, inside)
        _tie_beyond_commas(text, starts, needs, clauses, negations)
        for part in _parts(text, sentence):
            _tie_exceptions(needs, _inside(starts, part), exceptions)
        marks |= _tie_mark(text, words, needs, _inside(starts, sentence))
    for i in range(1, len(words)):  # a comma comes with the word it follows, or it stands alone among others
        if i not in marks and follows_word(text, words[i - 1], words[i]):
            needs[i].add(i - 1)
    return [Ties(tuple(words[j] for j in sorted(needed)), marks.get(i)) for i, needed in enumerate(needs)]


def is_loose(text: str, form: GoverningForm) -> bool:
    """Whether a form governs the word beside it alone: "can", "all", "before"."""
    return form.kind != "negation" and text[form.span.start : form.span.end].casefold() in _LOOSE


def _inside(starts: Sequence[int], span: Span) -> range:
    """The places of the words that begin in ``span``."""
    return range(bisect_left(starts, span.start), bisect_left(starts, span.end))


def _tie(needs: Sequence[set[int]], inside: range, needed: Sequence[int]) -> None:
    """Have the words ``inside`` need those of ``needed`` (sorted) that are there too."""
    here = needed[bisect_left(needed, inside.start) : bisect_left(needed, inside.stop)]
    for i in inside if here else ():
        needs[i].update(j for j in here if j != i)


def _tie_beyond_commas(
    text: str, starts: Sequence[int], needs: Sequence[set[int]], clauses: Sequence[Span], negations: Sequence[Span]
) -> None:
    """Have words need the negations of a clause before theirs that go on: "did not, in any trial, help", "no sign of
    this, or of that".
    """
    for at, clause in enumerate(clauses[:-1]):
        first = bisect_left(negations, (clause.start, 0))
        here = negations[first : bisect_left(negations, (clause.end, 0))]
        inside = _inside(starts, clause)
        if not here or not inside or text[clause.end - 1] != ",":
            continue
        needed = {bisect_right(starts, span.start) - 1 for span in here}
        if any(map(str.isalnum, text[here[-1].end : clause.end])):
            end = _end_of_list(text, clauses[at + 1 :])
            if _BUT.match(text, *clause) and not _OPENS_CLAUSE.match(text, *clauses[at + 1]):
                end = max(end, clauses[at + 1].end)  # "sought, but did not receive, three million"
        else:  # an insertion parts it from what it governs; its comma tells it from an answer: "No, it helps"
            end = clauses[-1].end
            needed.add(inside[-1])
        end = min(end, clause.end + _LONGEST_CLAUSE)
        for i in range(inside.stop, bisect_left(starts, end)):
            needs[i] |= needed


def _end_of_list(text: str, clauses: Sequence[Span]) -> int:
    """Where the last of ``clauses`` ends that lists alternatives, before any with a statement of its own; or 0."""
    end = 0
    for clause in clauses[:_LONGEST_LIST]:
        if _OPENS_CLAUSE.match(text, *clause):
            break
        if _OR.search(text, *clause):
            end = clause.end
        if text[clause.end - 1] != ",":
            break
    return end


def _tie_exceptions(needs: Sequence[set[int]], inside: range, exceptions: Sequence[int]) -> None:
    """Have the words ``inside`` need the exceptions that are there too, with what these need in their own clauses."""
    here = exceptions[bisect_left(exceptions, inside.start) : bisect_left(exceptions, inside.stop)]
    needed = {*here}.union(*(needs[j] for j in here))
    for i in inside if needed else ():
        needs[i] |= needed - {i}


def _tie_mark(text: str, words: Sequence[Span], needs: Sequence[set[int]], inside: range) -> dict[int, Span]:
    """Have the words ``inside`` need the marks they end with, if they do; their places and the span they end.

    A mark within a closing quotation is one with the word before it, which then comes too, with what it needs.
    """
    if len(inside) < 2:
        return {}
    last = inside[-1]
    if _is_word(text, words[last]):
        if _CLOSED.search(text, max(words[last].start, words[last].end - 4), words[last].end):
            needed = {last, *needs[last]}
            for i in inside:
                needs[i] |= needed - {i}
        return {}
    first = last
    while first - 1 > inside[0] and last - first < 2 and not _is_word(text, words[first - 1]):
        first -= 1
    marks = range(first, last + 1)
    _tie(needs, inside, marks)
    return dict.fromkeys(marks, Span(words[inside[0]].start, words[first].start))


def follows_word(text: str, word: Span, mark: Span) -> bool:
    """Whether ``mark`` is punctuation at the end of ``word``."""
    return word.end == mark.start and not _is_word(text, mark) and _is_word(text, word)


def _is_word(text: str, span: Span) -> bool:
    return any(map(str.isalnum, text[span.start : span.end]))


def _clauses(text: str, sentence: Span) -> Iterator[Span]:
    start = sentence.start
    for end in _CLAUSE_ENDS.finditer(text, *sentence):
        yield from _parts(text, Span(start, end.end()))
        start = end.end()
    yield from _parts(text, Span(start, sentence.end))


def _parts(text: str, span: Span) -> Iterator[Span]:
    """``span`` in parts that are no longer than a clause can be, so that ties grow no faster than the text."""
    start, end = span
    most = _LONGEST_UNSPACED if start < end and is_unspaced(text[start]) else _LONGEST_CLAUSE
    while end - start > most:
        blank = text.rfind(" ", start + most // 2, start + most)
        cut = start + most if blank < 0 else blank
        yield Span(start, cut)
        start = cut
    if start < end:
        yield Span(start, end)
