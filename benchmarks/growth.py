"""Time against length over four doublings for hostile inputs: the exponent of each, and memory over many calls.

    python benchmarks/growth.py                # exponents; exit status 1 where one is over the bound
    python benchmarks/growth.py --only blanks --way auto
    python benchmarks/growth.py --memory --calls 2000 --characters 500000
    python benchmarks/growth.py --memory --scale 32     # the same with documents and caches of a 32nd of the size

An exponent is the slope of log(time) over log(length); 1 is linear. Pages also print their peak memory a character.
"""

from __future__ import annotations

import argparse
import math
import resource
import sys
import time
import tracemalloc
from collections.abc import Callable

import ragzip
from ragzip.backends.cached import CachedEmbedder
from ragzip.compressors.auto import Auto
from ragzip.compressors.extractive.pruner import Pruner
from ragzip.compressors.html.pruner import HtmlPruner
from ragzip.pages.form import page_form
from ragzip.process.memory import _caches
from ragzip.testing.fakes import FakeEmbedder, FakePassageScorer
from ragzip.text.protect import PATTERNS, Protector
from ragzip.text.tokens import token_counter
from ragzip.types import Document

DOUBLINGS = 4
KINDS = 4  # of documents whose memory is measured
LONGEST = 320_000  # characters of the longest text
BOUND = 1.2
SLOWEST_SECONDS = 30.0  # a longer run ends its series
REPEATS = 3
QUERY = "When did the mill burn down?"
TARGET_TOKENS = 200
PROSE = "The mill of Inverbervie burned down in 1902. Nobody was hurt, and it was insured. "

# Each is repeated up to the length; a pair is (what stands before, what is repeated).
REPEATED: dict[str, str | tuple[str, str]] = {
    "prose": PROSE,
    "blanks": " ",
    "newlines": "\n",
    "tabs": "\t",
    "blank lines": " \n",
    "no-break spaces": "\u00a0",
    "one letter": "a",
    "capitals": "A",
    "digits": "7",
    "quotes": '"',
    "opened quotes": "“",
    "quoted words": '"a',
    "apostrophes": "'s",
    "brackets": "(",
    "square brackets": "[1",
    "braces": "{",
    "backticks": "`",
    "code spans": "``a",
    "closed fences": "```\nx\n```\n",
    "fences": "```\nx\n\n````\n",
    "fences of growing length": "",
    "pipes": "|",
    "less than": "<",
    "ampersands": "&",
    "empty comments": "<!---->",
    "opened comments": "<!--",
    "declarations": "<!x",
    "paragraphs": "<p>x",
    "bold": "<b>x",
    "breaks": "<br>x",
    "nested lists": "<ul><li>x",
    "nested tables": "<table><tr><td>x",
    "one wide row": ("<table><tr>", "<td>x"),
    "one tall table": ("<table>", "<tr><td>x<td>y"),
    "headed tall table": ("<table><tr><th>A<th>B", "<tr><td>x<td>y"),
    "row spans": ("<table>", "<tr><td rowspan=9>x<td>y"),
    "headed wide rows": "",
    "attributes": ("<p ", 'a="b" '),
    "entities": "&nbsp;&amp;",
    "unclosed entities": "&#",
    "unclosed tags": "<a href='x",
    "unclosed attribute": ('<p a="', "x "),
    "headings of a page": "<h1>x</h1>",
    "definitions": "<dl><dt>x<dd>y",
    "superscripts": "a<sup>2</sup>",
    "opened script": ("<script>", "</scrip x"),
    "scripts": "<script>x</script>",
    "sections of characters": "<![CDATA[x]]>",
    "end tags": "</p></div></b>",
    "data address": ("![x](data:image/png;base64,", "iVBORw0KGgo"),
    "base64": "aGVsbG8gd29ybGQh+/=",
    "hexadecimal": "0fa3",
    "ideographs": "日本語処理",
    "ideographs with stops": "日本。",
    "katakana": "カタカナ",
    "combining marks": ("a", "\u0301"),
    "marked letters": "e\u0301",
    "joined emoji": "👩\u200d",
    "flags": "🇩🇪",
    "old letters": "𐍈",
    "one long address": ("https://example.org/", "a/b-c_d?e=f&"),
    "addresses": "https://example.org/a?b=c ",
    "bare protocols": "http://",
    "www": "www.",
    "long path": "usr/",
    "root path": "/usr",
    "drive path": ("C:", "\\usr"),
    "dots between words": "a.",
    "dotted names": "a.b_c",
    "abbreviations": "e.g. i.e. Fig. ",
    "ellipses": "…",
    "stops": ".",
    "stops and blanks": ". ",
    "marks": "?!",
    "decimals": "1.5, ",
    "joined decimals": "1.5,",
    "dashes": "-",
    "words with dashes": "a-1-",
    "underscores": "_",
    "names in camel case": "aB",
    "at signs": "a@",
    "addresses of mail": "a@b.",
    "author lists": "(Smith and ",
    "cited years": "(Smith 1990; ",
    "times": "2024-01-01T",
    "months": "May ",
    "numbered list": "1. x\n",
    "numbers with stops": "1.",
    "dashed list": "- x\n",
    "nested list": "",
    "deep list": "",
    "headings": "# x\n",
    "underlined headings": "x\n---\n",
    "rules": "---\n",
    "block quotes": "> ",
    "quoted paragraphs": '"Nobody was hurt. \n\n',
    "long lines with quotes": "“Nobody was hurt, he said. It was 'insured",
    "indented code": "    x = 1\n",
    "nested JSON": '{"a":[',
    "flat JSON": ("[", '{"a": 1}, '),
    "JSON lines": '{"a": 1}\n',
    "bad JSON lines": "{\n",
    "wide CSV": "a,",
    "tall CSV": ("a,b,c\n", "x,1,mill\n"),
    "CSV of blank rows": ("a,b\n1,2\n", "\t\n"),
    "CSV of open quotes": ("a,b\n", '"x,\n'),
    "short rows under a wide header": "",
    "rows under a long name": "",
    "wide Markdown table": "",
    "tall Markdown table": ("| a | b |\n|---|---|\n", "| x | y |\n"),
    "bars without table": "a | b\n\n",
    "lines of different length": "",
    "hash marks": "#",
    "tildes": "~",
    "carriage returns": "\r",
    "slashes and line breaks": "/\n",
    "zero width": "\u200b",
    "one-letter words": "a ",
    "capital words": "Ab Cd ",
    "list marks in one line": "- ",
    "opened blocks": "a {\n",
    "opened brackets of code": "f(\n",
}

# Each is repeated with the number of the repetition for "§", so that nothing in it is said twice; of a triple, the last
# stands after it.
NUMBERED: dict[str, str | tuple[str, str, str]] = {
    "sections": "## Mill §\n\nMill § burned down. Nobody of house § was hurt.\n\n",
    "sections of rising level": "# Part §\n\n## Mill §\n\n### Fire §\n\nHouse § burned down.\n\n",
    "headings under one heading": ("# Mills\n\nThe mill burned down.\n\n", "## Mill §\n\n", ""),
    "underlined sections": "Mill §\n------\n\nMill § burned down.\n\n",
    "sentences that object": "The mill § burned down. However, house § was not hurt. ",
    "sentences that take back": "The mill § burned down. This is not true. ",
    "pronouns": "Smith § sold the mill §. He left it to house §. They did not want it. ",
    "pronouns in sections": "## Mill §\n\nSmith sold the mill §. He left house §. It burned down.\n\n",
    "former and latter": "The mill § and the inn § were sold. The latter burned down. The former did not. ",
    "questions and answers": "Did the mill § burn down? No. ",
    "questions without answer": "Who built the mill §? ",
    "ellipses of verbs": "Mill § burned down. Inn § did not. ",
    "marked footnotes": "The mill burned in §.¹ ² Note § of the house.\n\n",
    "linked footnotes": "The mill § burned.[^§]\n\n[^§]: Note § of the house.\n\n",
    "lists of conditions": "The tenant of mill § pays, provided that:\n(a) it burned in §;\n(b) house § stands; and\n"
    "(c) nobody was hurt.\n\n",
    "one long list of conditions": ("The tenant pays, provided that:\n", "(a) mill § burned;\n", ""),
    "exceptions of a list": "- Mill § burned down\n- except house §\n",
    "headings that deny": "## Not covered §\n\n- Mill § burned\n- House §\n\n",
    "contacts": "BEGIN:VCARD\nFN:Ann Mill§\nTEL:55501§\nEND:VCARD\n",
    "opened contacts": "BEGIN:VCARD\nFN:Ann Mill§\n",
    "opened contacts in one": "BEGIN:A\nBEGIN:B\nFN:Ann Mill§\n",
    "blocks in braces": "mill § {\n  burned §;\n  house §;\n}\n",
    "numbered opened blocks": "mill § {\n  burned §;\n",
    "labelled records": "name: mill §\nburned: 19§\nowner: house §\n\n",
    "one record of many keys": "key§: mill §\n",
    "one JSON object of many keys": ("{", '"key§": "mill §", ', '"mill": 1902}'),
    "JSON objects": ("[", '{"mill": "a§", "burned": §}, ', "1902]"),
    "nested YAML": "mill§:\n  house§:\n    burned: §\n",
    "XML items": ("<a>", "<mill><name>a§</name><burned>§</burned></mill>\n", "</a>"),
    "rows as above": ("| mill | burned |\n|---|---|\n", "| a§ | § |\n| | as above |\n", ""),
    "rows of groups": ("group,mill,burned\n", "a§,b§,§\n,c§,§\n,d§,§\n", ""),
    "rows below labels": ("mill,burned\n", "Part §:,\na§,§\nb§,§\n", ""),
    "rows that repeat": ("mill,burned\n", "a,1902\n", ""),
    "drawn branches": "mill§\n├── house§\n│   └── fire§\n",
    "log": "2024-01-01 10:00:00 ERROR mill § burned down house=§\n",
    "stack traces": 'Traceback (most recent call last):\n  File "mill.py", line §, in burn\n    house(§)\n'
    "ValueError: mill §\n",
    "commands": "$ burn mill§\nmill § burned down\nhouse § stands\n",
    "differences": ("--- a\n+++ b\n", "@@ -§,1 +§,1 @@\n-mill § burned\n+house § burned\n", ""),
    "cues": "§\n00:00:01,000 --> 00:00:02,000\nThe mill § burned down.\n\n",
    "talk": "Ann: Did the mill § burn?\nBen: Yes.\nAnn: And house §?\nBen: No.\n",
    "lines of mail": "> The mill § burned.\nOn 1 May 2024, Ann wrote:\n>> House § stands.\n",
    "functions": "def mill§(a):\n    house = a + §\n    return house\n\n",
    "methods of one class": ("class Mill:\n", "    def burn§(self):\n        return self.house + §\n\n", ""),
    "calls of functions": "def mill§():\n    return mill§()\n\n",
    "opened quotations": 'Ann § said: "The mill § burned down. ',
    "opened paragraphs of a quotation": '"The mill § burned down.\n\n',
    "paragraphs that lead in": "The mills of part §:\n\n- mill § burned\n\n",
    "dates": "On 1 May 19§ the mill § burned down. ",
    "sections of asciidoc": "== Mill §\n\nMill § burned down.\n\n",
    "sections of a page": "<h2>Mill §</h2><p>Mill § burned down. It was not insured.</p>",
    "rows of a page": ("<table><tr><th>mill<th>burned", "<tr><td>a§<td>§", ""),
}


def _wide_rows(length: int) -> str:
    width = max(1, math.isqrt(length // 10))
    row = "<tr>" + "<td>x y" * width
    return "<table><tr>" + "<th>A b" * width + row * max(3, length // len(row))


def _wide_markdown(length: int) -> str:
    width = length // 12
    return "| a " * width + "|\n" + "|---" * width + "|\n" + "| b " * width + "|\n"


def _short_rows(length: int) -> str:
    return "a," * (length // 4) + "\n" + "x,y\n" * (length // 8)


def _long_name(length: int) -> str:
    return "a" * min(10_000, length // 2) + ",b\n" + "x,y\n" * (length // 8)


def _growing_fences(length: int) -> str:
    return "\n\n".join("`" * size + "\nx" for size in range(math.isqrt(2 * length), 2, -1))


def _staircase(length: int) -> str:
    return "\n".join(" " * depth + "- x" for depth in range(math.isqrt(2 * length)))


def _different_lines(length: int) -> str:
    return "\n".join("a b " * size for size in range(1, math.isqrt(length // 2)))


def _numbered(template: str | tuple[str, str, str]) -> Callable[[int], str]:
    before, repeated, after = template if isinstance(template, tuple) else ("", template, PROSE)

    def build(length: int) -> str:
        count = max(1, length // (len(repeated) + 3 * repeated.count("§")))
        return before + "".join(repeated.replace("§", str(number)) for number in range(1, count + 1)) + after

    return build


def _deep_list(length: int) -> str:
    return "".join("  " * depth + f"- mill {depth}\n" for depth in range(math.isqrt(length)))


_BUILT: dict[str, Callable[[int], str]] = {
    "headed wide rows": _wide_rows,
    "wide Markdown table": _wide_markdown,
    "short rows under a wide header": _short_rows,
    "rows under a long name": _long_name,
    "fences of growing length": _growing_fences,
    "nested list": _staircase,
    "lines of different length": _different_lines,
    "deep list": _deep_list,
}


def text_of(name: str, length: int) -> str:
    """About ``length`` characters of the input called ``name``, most with prose at their end."""
    if name in NUMBERED:
        return _numbered(NUMBERED[name])(length)
    if name in _BUILT:
        return f"{_BUILT[name](length)}\n\n{PROSE}"
    item = REPEATED[name]
    before, repeated = item if isinstance(item, tuple) else ("", item)
    return before + repeated * (length // len(repeated)) + PROSE


def auto_with_fakes() -> Auto:
    """The default compressor, its models replaced by hashes of words."""
    auto = Auto()
    auto.sentences = Pruner(FakePassageScorer())
    auto.sentences.embedder = CachedEmbedder(FakeEmbedder())
    auto.pages = HtmlPruner(FakePassageScorer())
    return auto


def ways() -> dict[str, Callable[[str], object]]:
    """What is done with a text, by name."""
    auto, counter = auto_with_fakes(), token_counter()

    def compressing(
        compressor: object,
        mime: str,
        query: str | None,
        target: int | None = TARGET_TOKENS,
        rate: float | None = None,
    ) -> Callable[[str], object]:
        pipeline = ragzip.Pipeline(compressor, target_tokens=target, rate=rate, cache=False)  # type: ignore[arg-type]
        return lambda text: pipeline.run([Document("a", text, mime=mime)], query)

    return {
        "auto": compressing(auto, "text/plain", QUERY),
        "auto, no query": compressing(auto, "text/plain", None),
        "auto, page": compressing(auto, "text/html", QUERY),
        "auto, longer": compressing(auto, "text/plain", QUERY, 800),
        "auto, 30 %": compressing(auto, "text/plain", QUERY, None, 0.3),
        "auto, 60 %": compressing(auto, "text/plain", QUERY, None, 0.6),
        "auto, no budget": compressing(auto, "text/plain", QUERY, None),
        "html/bm25": compressing("html/bm25", "text/html", QUERY),
        "table": compressing("extractive/bm25", "text/csv", QUERY),
        "markdown": lambda text: page_form(text, output="markdown").write([(0, len(text))]),
        "tokens": counter,
        "cl100k": token_counter("cl100k_base"),
        **{f"protect {name}": Protector(name) for name in PATTERNS},
    }


def seconds(
    action: Callable[[str], object], make: Callable[[int], str], length: int, *, repeats: int = REPEATS
) -> float:
    """The least processor time of several runs, each on a text of its own, so that nothing is remembered."""
    best = math.inf
    for number in range(repeats):
        text = make(length) + " " * (number + 1)
        begin = time.process_time()
        action(text)
        best = min(best, time.process_time() - begin)
        if best > 1:
            break
    return best


def series(action: Callable[[str], object], make: Callable[[int], str], longest: int = LONGEST) -> list[float]:
    """Times over the doublings up to ``longest``."""
    times: list[float] = []
    for doubling in range(DOUBLINGS, -1, -1):
        times.append(seconds(action, make, longest >> doubling))
        if times[-1] > SLOWEST_SECONDS:
            break
    return times


def exponent(times: list[float]) -> float:
    """The slope of log(time) over log2(length), by least squares, each length twice the one before it."""
    middle = (len(times) - 1) / 2
    logs = [math.log2(max(value, 1e-9)) for value in times]
    spread = sum((i - middle) ** 2 for i in range(len(times)))
    return sum((i - middle) * log for i, log in enumerate(logs)) / spread if spread else math.inf


def resident_megabytes() -> float:
    """Memory of this process now (Linux), else the most it has had."""
    try:
        with open("/proc/self/statm") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def document(number: int, length: int) -> Document:
    """A text of its own for each number: prose, a data address, a page, or a table, in turn."""
    words = " ".join(f"word{number}x{i} mill burned." for i in range(length // 24))
    kind = number % KINDS
    if kind == 0:
        return Document("a", words)
    if kind == 3:
        return Document("a", "name,state\n" + words.replace(". ", ",out\n"), mime="text/csv")
    if kind == 1:
        half = words.replace(" ", "")[: length // 2]
        return Document("a", f"{words[: length // 2]} data:image/png;base64,{half}")
    return Document("a", "<html>" + "".join(f"<p>{part}" for part in words.split(".")), mime="text/html")


def memory(calls: int, length: int, scale: int = 1) -> float:
    """The growth of memory from half of the calls to all of them, as a share.

    :param scale: by which ``length`` and the sizes of all caches are divided.
    """
    auto, length = auto_with_fakes(), length // scale
    pipeline = ragzip.Pipeline(auto, target_tokens=TARGET_TOKENS, cache=False)
    for kind in range(KINDS):  # all caches are there then
        pipeline.run([document(kind, 1_000)], QUERY)
    for cache in _caches:
        cache.max_bytes //= scale
    resident: list[float] = []
    for number in range(calls):
        pipeline.run([document(number, length)], QUERY)
        if (number + 1) % max(1, calls // 8) == 0:
            resident.append(resident_megabytes())
            print(f"{number + 1:6} calls: {resident[-1]:8.1f} MB", flush=True)
    half = resident[len(resident) // 2 - 1]
    growth = resident[-1] / half - 1
    bytes_a_character = (resident[-1] - half) * 2**20 / (length * (calls - calls // 2))
    print(f"growth over the second half: {growth:+.1%}, {bytes_a_character:+.2f} bytes a character")
    return growth


PAGES: dict[str, str] = {
    "<p>x": "<p>x",
    "<b>x": "<b>x",
    "<td>x": "<td>x",
    "text only": PROSE,
    "<br>x": "<br>x",
    "attributes": '<p class="a" id="b">x y z ',
    "entities": "&amp; &lt;",
    "blanks": "x  \n ",
    "comments": "<!-- c -->x",
    "nested": "<div><ul><li>x</ul>",
    "links": "<a href='/x'>x y</a> ",
    "lists": "<li>one two",
}


def page_memory(name: str, length: int = 200_000) -> float:
    """Peak bytes a character while a page is read and written."""
    source = "<html>" + PAGES[name] * (length // len(PAGES[name]))
    tracemalloc.start()
    page_form(source).write([(0, len(source))])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / len(source)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="inputs whose names hold this")
    parser.add_argument("--way", help="ways whose names hold this")
    parser.add_argument("--longest", type=int, default=LONGEST, help="characters of the longest text")
    parser.add_argument("--memory", action="store_true", help="memory over many calls instead")
    parser.add_argument("--pages", action="store_true", help="peak memory of pages instead")
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--characters", type=int, default=500_000)
    parser.add_argument("--scale", type=int, default=1, help="by which documents and caches are made smaller")
    options = parser.parse_args()
    if options.memory:
        return int(memory(options.calls, options.characters, options.scale) > 0.05)
    if options.pages:
        for name in PAGES:
            print(f"{name:12} {page_memory(name):6.1f} bytes a character", flush=True)
        return 0
    over = 0
    for way, action in ways().items():
        if options.way and options.way not in way:
            continue
        for name in (*REPEATED, *NUMBERED):
            if options.only and options.only not in name:
                continue
            times = series(action, lambda length, name=name: text_of(name, length), options.longest)
            slope = exponent(times)
            bad = slope > BOUND or times[-1] > SLOWEST_SECONDS
            over += bad
            shown = " ".join(f"{value:.3f}" for value in times)
            print(f"{'OVER' if bad else '    '} {slope:5.2f}  {way:20} {name:28} {shown}", flush=True)
    print(f"{over} over {BOUND}")
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
