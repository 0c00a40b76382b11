"""Hostile texts of any length, by name: what is repeated, numbered or nested up to it."""

from __future__ import annotations

import math
from collections.abc import Callable

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
    "nested details": "<details><summary>q</summary>x",
    "panels of one control": ("<b aria-controls=p>q</b>", "<p id=p hidden>x"),
    "ends of sections": "<section><h3>q</h3>x</section>y",
    "lines of a footer": ("<footer>", "<p>© x"),
    "corrected paragraphs": ("<p>Correction: the mill burned in May.", "<p>The mill burned in May."),
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
    "talk that is taken back": "Ann: Mill § burned at 3.\nBen: House § stands.\nAnn: sorry, wrong. It did at §.\n",
    "talk of those": "Ann: Those were mills. They burned.\nBen: That is house §.\n",
    "mails that change": "From: Ann\nDate: 1 May\nSubject: The mill\n\nHi Ben,\n\nThe mill § has moved to house §.\n\n",
    "mails quoted in mails": ("Hi,\n\n", "> On 1 May 2024, Ann wrote:\n>> The mill § burned.\n>\n", ""),
    "questions of two sentences": "I sold mill §. And now?\nIt burned.\n\nWhere is house §?\nIn Oban.\n\n",
    "labels of Japanese": "Q. 水車§は。\nA. 焼けた。\n\n",
    "lines of mail": "> The mill § burned.\nOn 1 May 2024, Ann wrote:\n>> House § stands.\n",
    "functions": "def mill§(a):\n    house = a + §\n    return house\n\n",
    "methods of one class": ("class Mill:\n", "    def burn§(self):\n        return self.house + §\n\n", ""),
    "calls of functions": "def mill§():\n    return mill§()\n\n",
    "opened quotations": 'Ann § said: "The mill § burned down. ',
    "opened paragraphs of a quotation": '"The mill § burned down.\n\n',
    "paragraphs that lead in": "The mills of part §:\n\n- mill § burned\n\n",
    "dates": "On 1 May 19§ the mill § burned down. ",
    "sections of asciidoc": "== Mill §\n\nMill § burned down.\n\n",
    "sections of wikitext": "== Mill § ==\nMill '''§''' [[burning|burned]] down.<ref>§</ref>\n\n",
    "rows of wikitext": ("{|\n! Mill !! Year\n", "|-\n| Mill § || 18§\n", "|}\n"),
    "values of wikitext": ("{{Infobox mill\n", "| mill§ = {{lang|en|burned §}}\n", "}}\n"),
    "sections of a page": "<h2>Mill §</h2><p>Mill § burned down. It was not insured.</p>",
    "pronouns of one paragraph": "He sold mill §. ",
    "pronouns of groups": "Smith § sold a mill. They saw it burn. ",
    "former ones": "Smith sold mill §. The former is old. ",
    "verdicts": "No. Yes. ",
    "sentences taken back in turn": "This is not true of mill §. ",
    "exceptions in turn": "Exception: mill §. ",
    "exceptions between items": ("The mills are:\n", "- mill §\n\nExceptions: house §.\n", ""),
    "outcomes": "Refused, § votes to 1. ",
    "notices of corrections": "Correction: the mill § burned down and the house § was insured.\n\n",
    "one footnote of many": ("", "Mill § burned.¹\n\n", "¹ But not house 7."),
    "statuses": "Cancelled. ",
    "exclusions": "(1) Mill § burns. It is old.\n(2) Paragraph 1 does not apply to mill §.\n",
    "entries of a ticker": "20.30 The mill § burned. It was insured.\n\n",
    "conditions": "If mill § burns, call. Otherwise sell it. ",
    "amounts": "From § to 90 people the mill § is free for 3 to 9 days.\n\n",
    "terms of one list": ("<html><dl>", "<dt>mill §</dt><dd>burned</dd>", f"</dl><p>{PROSE}"),
    "notes of a page": (
        "<html>",
        '<p>Mill §<sup><a href="#n§">1</a></sup> burned.</p><p id="n§">Note § of it.</p>',
        f"<p>{PROSE}",
    ),
    "tables of LaTeX": "\\section{Mill §}\n\\begin{tabular}{lr}\nMill & Burned \\\\ \\hline\n"
    "A & § \\\\\nB & 7 \\\\\n\\end{tabular}\n",
    "opened environments of LaTeX": "\\section{Mill §}\n\\begin{itemize}\n\\item burned §\n",
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


def _rules_in_block(length: int) -> str:
    prelude = "@media " + "screen and " * (length // 22)
    return f"<style>{prelude}{{{'.a{color:red}' * (length // 26)}}}</style>"


def _pictures_behind_blanks(length: int) -> str:
    return "<table><tr><td>" + " " * (length // 2) + "<img alt=a>" * (length // 22) + "</table>"


_BUILT: dict[str, Callable[[int], str]] = {
    "headed wide rows": _wide_rows,
    "wide Markdown table": _wide_markdown,
    "short rows under a wide header": _short_rows,
    "rows under a long name": _long_name,
    "fences of growing length": _growing_fences,
    "nested list": _staircase,
    "lines of different length": _different_lines,
    "deep list": _deep_list,
    "rules in one long block": _rules_in_block,
    "pictures behind blanks": _pictures_behind_blanks,
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
