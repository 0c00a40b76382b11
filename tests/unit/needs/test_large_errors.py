"""Errors of builds whose block is larger than the budget: what went wrong comes, with its place."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

CARGO = """\
$ cargo build
   Compiling parser v0.3.1 (/home/dev/parser)
warning: unused variable: `depth`
  --> src/lib.rs:12:9
   |
12 |     let depth = 0;
   |         ^^^^^ help: if this is intentional, prefix it with an underscore: `_depth`

error[E0308]: mismatched types
  --> src/tokens.rs:88:24
   |
85 |     fn width(&self) -> usize {
   |                        ----- expected `usize` because of return type
86 |         let total: i64 = self.parts.iter().map(|part| part.len).sum();
87 |         // the width of all parts together with the gaps between them
88 |         total + self.gaps
   |         ^^^^^^^^^^^^^^^^^ expected `usize`, found `i64`
   |
help: you can convert an `i64` to a `usize` and panic if the converted value doesn't fit
   |
88 |         (total + self.gaps).try_into().unwrap()

error: could not compile `parser` (lib) due to previous error; 1 warning emitted
"""
GCC = """\
make[1]: Entering directory '/src/build'
gcc -O2 -Wall -c main.c -o main.o
main.c: In function 'main':
main.c:41:18: error: incompatible type for argument 2 of 'set_timeout'
   41 |   set_timeout(s, &limits);
      |                  ^~~~~~~
      |                  |
      |                  struct limits *
make[1]: *** [Makefile:12: main.o] Error 1
make: *** [Makefile:4: all] Error 2
"""
PIP = """\
$ pip install -r requirements.txt
Collecting flask==2.3.2
  Downloading Flask-2.3.2-py3-none-any.whl (96 kB)
ERROR: Could not find a version that satisfies the requirement torchvision==0.99.1 (from versions: 0.1.6, 0.1.7, 0.1.8,\
 0.1.9, 0.2.0, 0.2.1, 0.2.2, 0.15.0, 0.15.1, 0.15.2, 0.16.0, 0.16.1, 0.16.2, 0.17.0, 0.17.1, 0.17.2, 0.18.0)
ERROR: No matching distribution found for torchvision==0.99.1
"""
NPM = """\
$ npm install
npm ERR! code ERESOLVE
npm ERR! ERESOLVE unable to resolve dependency tree
npm ERR!
npm ERR! While resolving: shop-frontend@2.3.0
npm ERR! Found: react@18.2.0
npm ERR! node_modules/react
npm ERR!   react@"^18.2.0" from the root project
npm ERR!
npm ERR! Fix the upstream dependency conflict, or retry
npm ERR! this command with --force, or --legacy-peer-deps
npm ERR! to accept an incorrect (and potentially broken) dependency resolution.
"""
NOT_FOUND = """\
npm ERR! code E404
npm ERR! 404 Not Found - GET https://registry.example.com/@acme%2fwidgets-internal-components-library - Not found
npm ERR! 404
npm ERR! 404  '@acme/widgets-internal-components-library@^3.2.0' is not in this registry.
npm ERR! 404
npm ERR! 404 Note that you can also install from a
npm ERR! 404 tarball, folder, http url, or git folder.
"""
TSC = """\
src/cart/total.ts:31:9 - error TS2322: Type 'string | undefined' is not assignable to type 'string'.
  Type 'undefined' is not assignable to type 'string'.

31   const label: string = names.get(item.id);
           ~~~~~

Found 1 error in src/cart/total.ts:31
"""
WHY = ["Why did the build fail?", "What is the error?"]


@pytest.mark.parametrize(
    ("source", "lines", "budgets"),
    [
        (CARGO, ["error[E0308]: mismatched types", "--> src/tokens.rs:88:24"], [25, 45, 80]),
        (GCC, ["main.c:41:18: error: incompatible type for argument 2 of 'set_timeout'"], [45, 80]),
        (PIP, ["Could not find a version that satisfies the requirement torchvision==0.99.1"], [45, 60]),
        (NPM, ["npm ERR! code ERESOLVE"], [25, 45]),
        (NOT_FOUND, ["npm ERR! code E404"], [20, 45]),
        (TSC, ["src/cart/total.ts:31:9 - error TS2322"], [45, 60]),
    ],
)
@pytest.mark.parametrize("query", WHY)
def test_what_went_wrong_comes_with_its_place_without_the_rest_of_its_block(source, lines, budgets, query):
    for target_tokens in budgets:
        kept_text = ragzip.compress(source, query, target_tokens=target_tokens, cache=SCORES).text
        assert all(line in kept_text for line in lines)


@pytest.mark.parametrize("source", [CARGO, GCC, PIP])
@pytest.mark.parametrize("longest_unit", [10, 40, 80, 160])
def test_further_lines_of_a_block_need_its_first_one(source, longest_unit):
    structure = structure_of(source, "", "", longest_unit=longest_unit)
    texts = [source[slice(*unit.span)] for unit in structure.units]
    further_lines = 0
    for unit, text in zip(structure.units, texts, strict=True):
        if text.startswith(("88 |", "41 |", "(from versions")):
            needed_texts = [texts[place] for place in unit.relation.needs]
            assert any("error" in needed.lower() for needed in needed_texts)
            assert not text.startswith("88 | total") or "^^^" in text
            further_lines += 1
    assert further_lines


def test_a_query_that_names_another_failure_gets_it():
    kept_text = ragzip.compress(GCC, "Which target of the Makefile has an error?", target_tokens=30, cache=SCORES).text
    assert "Makefile" in kept_text


PYTEST = """\
============================= test session starts ==============================
collected 31 items

tests/test_basket.py ....F....                                           [ 29%]
tests/test_vat.py ......................                                 [100%]

=================================== FAILURES ===================================
_____________________________ test_coupons_add_up ______________________________

    def test_coupons_add_up():
        basket = Basket([Line("lamp", 40)])
        basket.redeem("SPRING")
        basket.redeem("MAIL5")
>       assert basket.total() == 31.0
E       assert 36.0 == 31.0
E        +  where 36.0 = total()

tests/test_basket.py:44: AssertionError
=========================== short test summary info ============================
FAILED tests/test_basket.py::test_coupons_add_up - assert 36.0 == 31.0
========================= 1 failed, 30 passed in 2.71s =========================
"""
JEST = """\
 PASS  src/dates/week.test.ts
 FAIL  src/door/door.test.ts
  ● door › stays shut after two wrong codes

    expect(received).toBe(expected) // Object.is equality

    Expected: "shut"
    Received: "ajar"

      18 |   for (const code of ["1", "2"]) await enter(code);
    > 19 |   expect(await state()).toBe("shut");
         |                         ^
      20 | });

      at Object.<anonymous> (src/door/door.test.ts:19:25)

Test Suites: 1 failed, 1 passed, 2 total
Tests:       1 failed, 11 passed, 12 total
"""
RUST = """\
running 2 tests
test tax::tests::even ... ok
test tax::tests::half ... FAILED

failures:

---- tax::tests::half stdout ----
thread 'tax::tests::half' panicked at src/tax.rs:71:9:
assertion `left == right` failed
  left: 318
 right: 317
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

failures:
    tax::tests::half

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
"""
GO = """\
=== RUN   TestParse
--- PASS: TestParse (0.00s)
=== RUN   TestCeil
    coins_test.go:52: Ceil(1.2) = 1, want 2
--- FAIL: TestCeil (0.00s)
=== RUN   TestPrint
--- PASS: TestPrint (0.00s)
FAIL
exit status 1
FAIL	example.org/coins	0.108s
"""
SUREFIRE = """\
[INFO] Running org.acme.LeaseTest
[ERROR] Tests run: 6, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.22 s <<< FAILURE! - in org.acme.LeaseTest
[ERROR] org.acme.LeaseTest.shortTerm  Time elapsed: 0.01 s  <<< FAILURE!
org.opentest4j.AssertionFailedError: expected: <12> but was: <11>
[INFO] Running org.acme.RentTest
[INFO] Tests run: 14, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.9 s - in org.acme.RentTest
[INFO] BUILD FAILURE
"""


@pytest.mark.parametrize(
    ("source", "query", "reason", "target_tokens"),
    [
        (PYTEST, "Which test failed and why?", "E       assert 36.0 == 31.0", 66),
        (PYTEST, "Why did test_coupons_add_up fail?", "E       assert 36.0 == 31.0", 66),
        (JEST, "What did the failing test expect?", 'Expected: "shut"\n    Received: "ajar"', 60),
        (JEST, "Why did the test of the door fail?", 'Expected: "shut"\n    Received: "ajar"', 60),
        (RUST, "Why did the test fail?", "left: 318\n right: 317", 90),
        (GO, "Why did TestCeil fail?", "Ceil(1.2) = 1, want 2", 46),
        (SUREFIRE, "Why did LeaseTest fail?", "expected: <12> but was: <11>", 60),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_why_a_test_failed_comes_before_its_source(source, query, reason, target_tokens, compressor):
    kept_text = ragzip.compress(source, query, target_tokens=target_tokens, compressor=compressor, cache=SCORES).text
    assert reason in kept_text


def test_what_a_test_does_comes_where_it_is_asked_for():
    query = "Which coupons does test_coupons_add_up redeem on the basket?"
    assert 'basket.redeem("MAIL5")' in ragzip.compress(PYTEST, query, target_tokens=66, cache=SCORES).text


STEPS = """\
2025-11-03T07:12:01.1100000Z ##[group]Run npm run build
2025-11-03T07:12:01.1200000Z npm run build
2025-11-03T07:12:19.4000000Z src/door/lock.ts(12,7): error TS2551: Property 'isOpne' does not exist on type 'Lock'.
2025-11-03T07:12:19.4100000Z src/ui/bell.tsx(4,3): warning: 'tone' is declared but never used.
2025-11-03T07:12:19.9000000Z ##[error]Process completed with exit code 2.
"""
RUNNER = """\
2025-11-04 18:00:07 Step 5/9 : RUN make
2025-11-04 18:00:31 valve.c:77:9: error: too few arguments to function 'shut'
2025-11-04 18:00:31 make: *** [Makefile:8: valve.o] Error 1
2025-11-04 18:00:32 npm ERR! code ELIFECYCLE
2025-11-04 18:00:33 ERROR: Job failed: exit code 1
"""


@pytest.mark.parametrize(
    ("log", "query", "reason"),
    [
        (STEPS, "Why did the build fail?", "TS2551"),
        (RUNNER, "Why did the job fail?", "valve.c:77:9: error"),
        (RUNNER, "What caused the build to fail?", "valve.c:77:9: error"),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_the_error_behind_the_time_of_a_log_comes_before_its_outcome(log, query, reason, compressor):
    kept_text = ragzip.compress(log, query, target_tokens=66, compressor=compressor, cache=SCORES).text
    assert reason in kept_text


def test_an_outcome_comes_where_it_is_asked_for():
    assert (
        "exit code 2"
        in ragzip.compress(STEPS, "Which exit code did the process have?", target_tokens=40, cache=SCORES).text
    )
