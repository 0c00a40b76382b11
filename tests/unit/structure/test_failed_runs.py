"""What runners of tests, builds and programs say when they fail: it comes with its file, its trace and its reason."""

import pytest

import ragzip

JEST = """\
> shop@1.0.0 test

 PASS  src/cart.test.ts
 FAIL  src/price.test.ts
  ● formatPrice › rounds half up

    Expected: "1.01"
    Received: "1.00"

      at Object.<anonymous> (src/price.test.ts:12:17)

 FAIL  src/broken.test.ts
  ● Test suite failed to run

    SyntaxError: Unexpected token 'export'

      at Runtime.createScriptFromCode (node_modules/jest-runtime/build/index.js:1505:14)

Test Suites: 2 failed, 1 passed, 3 total
Tests:       1 failed, 17 passed, 18 total
"""
COLLECTING = """\
============================= test session starts ==============================
collected 41 items / 1 error

==================================== ERRORS ====================================
___________________ ERROR collecting tests/test_report.py ______________________
ImportError while importing test module '/home/u/app/tests/test_report.py'.
Hint: make sure your test modules/packages have valid Python names.
Traceback:
/usr/lib/python3.12/importlib/__init__.py:90: in import_module
    return _bootstrap._gcd_import(name[level:], package, level)
tests/test_report.py:3: in <module>
    from app.report import render
app/report.py:7: in <module>
    from weasyprint import HTML
E   ModuleNotFoundError: No module named 'weasyprint'
=========================== short test summary info ============================
ERROR tests/test_report.py
=============================== 1 error in 0.84s ===============================
"""
GO = """\
=== RUN   TestMerge
=== RUN   TestMerge/empty
=== RUN   TestMerge/overrides
    merge_test.go:44: got map[a:1 b:2], want map[a:1 b:3]
--- FAIL: TestMerge (0.01s)
    --- PASS: TestMerge/empty (0.00s)
    --- FAIL: TestMerge/overrides (0.01s)
=== RUN   TestPtr
fatal error: checkptr: pointer arithmetic computed bad pointer value

goroutine 19 [running]:
runtime.throw({0x1045c2f1b?, 0x0?})
	/usr/local/go/src/runtime/panic.go:1077 +0x40
app/classifier.(*Tensor).at(...)
	/src/classifier/tensor.go:88
FAIL	app/classifier	0.924s
ok  	app/registry	0.210s
FAIL
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_a_failure_stands_under_the_file_of_its_test(compressor):
    query = "Which test suite failed to run and why?"
    for target_tokens in range(50, 150, 20):
        kept_text = ragzip.compress(JEST, query, target_tokens=target_tokens, compressor=compressor).text
        assert " FAIL  src/broken.test.ts\n  ● Test suite failed to run" in f" {kept_text}"
    query = "How many test suites failed?"
    kept_text = ragzip.compress(JEST, query, target_tokens=25, compressor="extractive/bm25").text
    assert kept_text == "Test Suites: 2 failed, 1 passed, 3 total"


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_lines_of_a_trace_come_with_what_went_wrong(compressor):
    for query in ("Which module is missing?", "Why did the tests fail?"):
        for target_tokens in (70, 90, 120):
            kept_text = ragzip.compress(COLLECTING, query, target_tokens=target_tokens, compressor=compressor).text
            assert "ERROR collecting" not in kept_text or "No module named 'weasyprint'" in kept_text


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_what_a_test_of_go_got_and_where_it_stopped(compressor):
    query = "What did TestMerge/overrides get?"
    for target_tokens in (60, 90):
        kept_text = ragzip.compress(GO, query, target_tokens=target_tokens, compressor=compressor).text
        assert "=== RUN   TestMerge/overrides\n    merge_test.go:44: got map[a:1 b:2]" in kept_text
    query = "In which file did the fatal error occur?"
    kept_text = ragzip.compress(GO, query, target_tokens=130, compressor=compressor).text
    assert "fatal error: checkptr" in kept_text and "tensor.go:88" in kept_text


ASSERTION = """\
FAIL  src/price.test.ts
  ● price › rounds to two digits

    expect(received).toBe(expected) // Object.is equality

    Expected: 12.35
    Received: 12.34

      14 |   it('rounds to two digits', () => {
      15 |     const price = new Price(12.345);
    > 16 |     expect(price.rounded()).toBe(12.35);
         |                             ^
      17 |   });

      at Object.toBe (src/price.test.ts:16:29)

"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("target_tokens", [55, 60, 75, 90])
def test_code_of_an_assertion_comes_with_what_was_expected_and_received(compressor, target_tokens):
    runs = ASSERTION + ASSERTION.replace("price", "stock").replace("12.", "40.")
    kept_text = ragzip.compress(
        runs, "What did rounded() give for the price?", target_tokens=target_tokens, compressor=compressor
    ).text
    assert "Expected: 12.35\n    Received: 12.34" in kept_text
    assert "| " not in kept_text.split("Received")[0]


MAVEN = """\
[INFO] Scanning for projects...
[INFO] Building billing 2.3.0-SNAPSHOT
[INFO] Compiling 118 source files with javac [debug release 17] to target/classes
[ERROR] COMPILATION ERROR :
[ERROR] /src/com/acme/Invoice.java:[88,31] incompatible types: String cannot be converted to BigDecimal
[ERROR] /src/com/acme/Tax.java:[12,5] cannot find symbol
  symbol:   class VatRate
[INFO] BUILD FAILURE
[INFO] Total time:  6.412 s
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.11.0:compile on project billing
[ERROR] -> [Help 1]
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize("target_tokens", [90, 130, None])
def test_a_build_fails_by_the_errors_with_a_place(compressor, target_tokens):
    kept = ragzip.compress(MAVEN, "Why did the build fail?", target_tokens=target_tokens, compressor=compressor).text
    assert "incompatible types" in kept and "class VatRate" in kept


NODE = """\
node:internal/modules/cjs/loader:1146
  throw err;
  ^

Error: Cannot find module './config/prod.json'
Require stack:
- /srv/app/lib/settings.js
- /srv/app/index.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1143:15)
    at Module._load (node:internal/modules/cjs/loader:984:27)
    at Object.<anonymous> (/srv/app/lib/settings.js:4:16) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/srv/app/lib/settings.js', '/srv/app/index.js' ]
}

Node.js v20.11.1
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
def test_calls_of_node_come_with_the_error_above_them(compressor):
    query = "Which module could not be found and who requires it?"
    for target_tokens in (60, 80, 110):
        kept_text = ragzip.compress(NODE, query, target_tokens=target_tokens, compressor=compressor).text
        assert "Cannot find module './config/prod.json'\nRequire stack:\n- /srv/app/lib/settings.js\n" in kept_text
