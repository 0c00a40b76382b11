"""Every regular expression of the package takes time that grows no more than linearly with hostile text."""

import math
import re
import time
from collections import defaultdict, deque
from functools import cache
from pathlib import Path
from re import _constants, _parser

import pytest
from package_patterns import patterns

import ragzip
from ragzip.pages.page import _DECLARED, is_page
from ragzip.types import Document

SHORT = (12, 16, 20, 24, 28, 60, 90, 130, 180, 250)  # characters, at which exponential patterns show
STEPS = (12, 20, 28, 60, 130, 250)  # those that are enough as long as the time is short
SHORTEST, LONGEST, LONGEST_AT_LENGTH = 500, 2000, 4000
STEEPEST = 1.6  # noise included; a quadratic pattern has 2
LEAST_SECONDS = 0.001  # shorter runs say nothing
TOO_LONG_SECONDS = 0.2
SLOW_SECONDS = 0.002  # of the shortest one: the longest may take too long to be tried at once
QUICK_SECONDS = 1e-4  # of the longest of the short texts: even the cube of that ends soon on the longest one


@cache
def _uses():
    """The attributes that are read of each name: of ``module._name`` by its module, of a public name by the package."""
    uses = defaultdict(set)
    folder = Path(ragzip.__file__).parent
    for path in folder.rglob("*.py"):
        module = ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__")
        for name, attribute in re.findall(r"\b(\w+)(?=\.(\w+))", path.read_text("utf-8")):
            uses[f"{module}.{name}" if name.startswith("_") else name].add(attribute)
    return uses


def _goes_on(name):
    """Whether a pattern is used at every place of a text, rather than at one alone."""
    variable = name.rpartition(".")[2]
    uses = _uses()[name if variable.startswith("_") else variable]
    return not uses or not uses <= {"match", "fullmatch", "pattern", "flags"}


def _member(op, value):
    """A character that one item of a parsed pattern matches, None for what matches none by itself."""
    if op is _constants.LITERAL:
        return chr(value)
    if op is _constants.NOT_LITERAL:
        return "x" if value != ord("x") else "y"
    if op is _constants.ANY:
        return "x"
    if op is _constants.RANGE:
        return chr(value[0])
    if op is _constants.CATEGORY:
        return {"CATEGORY_DIGIT": "7", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}.get(str(value), "!")
    return None


def _example(parsed, choice):
    """A text that ``parsed`` (nearly) matches, taking one of each set and of each alternative."""
    parts = []
    for op, value in parsed:
        if op is _constants.IN:
            if value[0][0] is _constants.NEGATE:
                excluded = {chr(v) for o, v in value if o is _constants.LITERAL}
                parts.append(next((c for c in "a 7\n" if c not in excluded), "é"))
            else:
                parts.append(_member(*value[choice % len(value)]) or "")
        elif op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
            least, _, inner = value
            parts.append(_example(inner, choice) * max(1, min(least, 40)))
        elif op is _constants.SUBPATTERN:
            parts.append(_example(value[-1], choice))
        elif op is _constants.ATOMIC_GROUP:
            parts.append(_example(value, choice))
        elif op is _constants.BRANCH:
            parts.append(_example(value[1][choice % len(value[1])], choice))
        else:
            parts.append(_member(op, value) or "")
    return "".join(parts)


def _atoms(parsed):
    """Single characters that parts of ``parsed`` match."""
    for op, value in parsed:
        if op is _constants.IN:
            yield from (character for o, v in value if (character := _member(o, v)))
        elif op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
            yield from _atoms(value[2])
        elif op is _constants.SUBPATTERN:
            yield from _atoms(value[-1])
        elif op is _constants.ATOMIC_GROUP:
            yield from _atoms(value)
        elif op is _constants.BRANCH:
            for branch in value[1]:
                yield from _atoms(branch)
        elif character := _member(op, value):
            yield character


def _inner(parsed, choice):
    """An example of each part that is repeated: it may be a group, whose repeats multiply the ways to match."""
    for op, value in parsed:
        if op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
            yield _example(value[2], choice)
            yield from _inner(value[2], choice)
        elif op is _constants.SUBPATTERN:
            yield from _inner(value[-1], choice)
        elif op is _constants.ATOMIC_GROUP:
            yield from _inner(value, choice)
        elif op is _constants.BRANCH:
            for branch in value[1]:
                yield from _inner(branch, choice)


def attacks(pattern, at_length=False):
    """What is repeated: characters, matches, beginnings of matches, pairs; each with something before it, pairs at
    length only.
    """
    parsed = _parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    examples = list(dict.fromkeys(_example(parsed, choice) for choice in range(12)))
    atoms = list(dict.fromkeys([*_atoms(parsed), *' \n\ta7A.é日"“<!-']))[:24]
    units = [*atoms, *examples, *(text for choice in range(3) for text in _inner(parsed, choice) if len(text) > 1)]
    units += [
        example[:size] for example in examples for size in {1, 2, len(example) // 2, len(example) - 1} if size > 0
    ]
    paired = atoms[: 6 if at_length else 5]
    pairs = [left + right for left in paired for right in paired if left != right]
    befores = dict.fromkeys(("", examples[0][:-1]))
    yield from ((before, unit) for unit in dict.fromkeys(units) if unit for before in befores)
    yield from ((before, pair) for pair in pairs for before in (befores if at_length else ("",)))


def _seconds(pattern, text, everywhere):
    begin = time.process_time()
    pattern.match(text)
    if everywhere:
        deque(pattern.finditer(text), maxlen=0)
    return time.process_time() - begin


def growth(pattern, before, unit, everywhere=True, longest=LONGEST):
    """The exponent of time over length; inf where a short text takes long already."""

    def text(length):
        return before + unit * (length // len(unit)) + "\x01"

    seconds = 0.0
    for length in SHORT:
        if seconds < QUICK_SECONDS and length not in STEPS:
            continue
        seconds = _seconds(pattern, text(length), everywhere)
        if seconds > TOO_LONG_SECONDS:
            return math.inf
    if seconds < QUICK_SECONDS and _seconds(pattern, text(longest), everywhere) < LEAST_SECONDS:
        return 0.0
    first = _seconds(pattern, text(SHORTEST), everywhere)
    if first > SLOW_SECONDS and _seconds(pattern, text(2 * SHORTEST), everywhere) > TOO_LONG_SECONDS:
        return math.inf
    last = _seconds(pattern, text(longest), everywhere)
    if last >= LEAST_SECONDS and _slope(first, last, longest) >= STEEPEST:
        first, last = (min(_seconds(pattern, text(n), everywhere) for _ in range(3)) for n in (SHORTEST, longest))
    return _slope(first, last, longest) if last >= LEAST_SECONDS else 0.0


def _slope(first, last, longest):
    """The exponent between the times of the shortest and of the longest text."""
    return math.log2(last / max(first, 1e-6)) / math.log2(longest / SHORTEST)


def steepest(pattern, everywhere=True, at_length=False):
    """The largest exponent over all attacks, and the attack."""
    worst, longest = (0.0, None), LONGEST_AT_LENGTH if at_length else LONGEST
    for before, unit in attacks(pattern, at_length):
        worst = max(worst, (growth(pattern, before, unit, everywhere, longest), (before, unit)), key=lambda one: one[0])
        if worst[0] >= STEEPEST:
            break
    return worst


@pytest.mark.parametrize(("name", "pattern"), patterns(), ids=lambda value: value if isinstance(value, str) else "")
def test_no_pattern_takes_more_than_linear_time(name, pattern, at_length):
    exponent, attack = steepest(pattern, _goes_on(name), at_length)
    assert exponent < STEEPEST, f"{name}: time grows with the power {exponent:.2f} on {attack}"


@pytest.mark.parametrize("hostile", [r"(?:a|a)*b", r"(?:<!--.{0,99}?-->\s*)*<html", r"\s+$", r"\([^)]*\)"])
def test_the_program_finds_patterns_that_take_more(hostile):
    assert steepest(re.compile(hostile))[0] >= STEEPEST


def test_comments_before_a_page_take_linear_time():
    """Each comment more took twice the time, in every text that begins like this."""
    assert not is_page(Document("a", "<!---->" * 3000 + "x. The mill burned."))
    assert is_page(Document("a", "<!---->" * 3000 + "<!doctype html>"))
    assert growth(_DECLARED, "", "<!---->", everywhere=False) < STEEPEST
