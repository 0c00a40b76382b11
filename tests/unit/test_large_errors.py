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
    for unit, text in zip(structure.units, texts, strict=True):
        if text.startswith(("88 |", "41 |", "(from versions")):
            needed_texts = [texts[place] for place in unit.relation.needs]
            assert any("error" in needed.lower() for needed in needed_texts)
            assert not text.startswith("88 | total") or "^^^" in text


def test_a_query_that_names_another_failure_gets_it():
    kept_text = ragzip.compress(GCC, "Which target of the Makefile has an error?", target_tokens=30, cache=SCORES).text
    assert "Makefile" in kept_text
