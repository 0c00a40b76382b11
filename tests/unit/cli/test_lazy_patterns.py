import pickle
import re
import subprocess
import sys

import pytest

from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.protect import PATTERNS, Protector

TEXT = "The mill burned in 1902, the barn in 1911."


def test_it_does_what_the_compiled_pattern_does():
    lazy, compiled = pattern_of(r"(19)(\d\d)", re.ASCII), re.compile(r"(19)(\d\d)", re.ASCII)
    for _ in range(2):  # at the first use and later
        assert lazy.search(TEXT, 20).span() == compiled.search(TEXT, 20).span()
        assert lazy.match(TEXT) is None and lazy.fullmatch("1902").groups() == ("19", "02")
        assert [match.span() for match in lazy.finditer(TEXT)] == [match.span() for match in compiled.finditer(TEXT)]
        assert lazy.findall(TEXT) == compiled.findall(TEXT) and lazy.split(TEXT) == compiled.split(TEXT)
        assert lazy.sub(r"\2", TEXT, count=1) == compiled.sub(r"\2", TEXT, count=1)
        assert lazy.subn("x", TEXT) == compiled.subn("x", TEXT)
    assert (lazy.pattern, lazy.flags, lazy.groups) == (compiled.pattern, compiled.flags, compiled.groups)
    assert pickle.loads(pickle.dumps(lazy)).findall(TEXT) == compiled.findall(TEXT)


def test_an_error_shows_at_the_first_use():
    broken = pattern_of("(")
    with pytest.raises(re.error, match="missing"):
        broken.search(TEXT)


def test_patterns_by_name_are_taken_as_compiled_ones():
    assert Protector(PATTERNS["numbers"])(TEXT) == Protector("numbers")(TEXT) == Protector([PATTERNS["numbers"]])(TEXT)


def test_few_patterns_are_compiled_while_modules_are_loaded():
    """It took a second of every process to compile all of the package's."""
    program = """
import re, sys
begun, compile_pattern = [], re.compile
def counted(*args, **kwargs):
    if "ragzip" in sys._getframe(1).f_globals.get("__name__", ""):
        begun.append(args)
    return compile_pattern(*args, **kwargs)
re.compile = counted
import ragzip.cli
print(len(begun))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20
