"""Drawn texts of every structured kind, whole and damaged, for :mod:`benchmarks.fuzz`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

__all__ = ["KINDS", "StructuredText", "structured_text"]

WORDS = [
    "mill",
    "river",
    "wheat",
    "oats",
    "1903",
    "burned",
    "never",
    "日本",
    "north-east",
    "3.5",
    "Ada's",
    "e\u0301",
    "null",
]
WORDS += ["true", "no", "£7", "a.b_c"]
NAMES = ["Ada", "Ben Cole", "Dr. Eve", "北京", "X"]
MAX_DEPTH = 60  # of what is nested deep
MAX_DAMAGES = 3


class StructuredText(NamedTuple):
    """A text with a media type and a name that fit its kind (and, of a damaged one, may not fit any more)."""

    text: str
    mime: str
    name: str


def _sentence(draw: Random) -> str:
    return " ".join(draw.choices(WORDS, k=draw.randint(1, 9))).capitalize() + draw.choice([".", "!", "?", "", "…"])


def _lines(draw: Random, line: Callable[[Random], str], most: int = 12) -> str:
    return "\n".join(line(draw) for _ in range(draw.randint(1, most)))


def _csv(draw: Random) -> str:
    width, mark = draw.randint(1, 6), draw.choice([",", ";", "\t", "|"])

    def cell(draw: Random) -> str:
        value = draw.choice(["", draw.choice(WORDS), _sentence(draw), str(draw.randint(-9, 9999))])
        quoted = value.replace('"', '""') + draw.choice(["", "\nsecond line", mark])
        return f'"{quoted}"' if draw.random() < 0.15 else value.replace(mark, " ")

    return _lines(draw, lambda draw: mark.join(cell(draw) for _ in range(width)), 20)


def _value(draw: Random, depth: int = 0) -> object:
    kind = draw.random() if depth < 4 else draw.uniform(0, 0.5)
    if kind < 0.3:
        return _sentence(draw)
    if kind < 0.5:
        return draw.choice([None, True, False, draw.randint(-9, 10**12), draw.uniform(-1, 1), "", 1e300])
    if kind < 0.75:
        return [_value(draw, depth + 1) for _ in range(draw.randint(0, 6))]
    return {draw.choice(WORDS): _value(draw, depth + 1) for _ in range(draw.randint(0, 6))}


def _json(draw: Random) -> str:
    kind, options = draw.random(), {"ensure_ascii": draw.random() < 0.5, "indent": draw.choice([None, None, 1, 4])}
    if kind < 0.3:
        return "\n".join(json.dumps({"id": number, "of": _value(draw, 2)}) for number in range(draw.randint(1, 12)))
    if kind < 0.5:
        names = draw.sample(WORDS, 3)
        return json.dumps([{name: _value(draw, 3) for name in names} for _ in range(draw.randint(1, 9))], **options)
    return json.dumps({name: _value(draw, 1) for name in draw.sample(WORDS, draw.randint(1, 5))}, **options)


def _nested_json(draw: Random) -> str:
    depth = draw.randint(1, MAX_DEPTH)
    opening = [draw.choice(["[", '{"a":', '[1,{"b":']) for _ in range(depth)]
    closing = {"[": "]", '{"a":': "}", '[1,{"b":': "}]"}
    return "".join(opening) + '"mill"' + "".join(closing[part] for part in reversed(opening))


def _element(draw: Random, depth: int = 0) -> str:
    name = draw.choice(["item", "a:b", "title", "x", "entry", "p"])
    attributes = draw.choice(["", ' id="7"', " n='x &gt; y'", ' xmlns="urn:x" k=""'])
    if draw.random() < 0.1:
        return f"<{name}{attributes}/>"
    inner = draw.choice([_sentence(draw), "<![CDATA[a < b]]>", "<!-- note -->", "&amp;&#955;", ""])
    if depth < draw.choice([2, 3, 6]):
        inner += "".join(_element(draw, depth + 1) for _ in range(draw.randint(0, 3)))
    return f"<{name}{attributes}>{inner}</{name}>" + draw.choice(["", "\n"])


def _xml(draw: Random) -> str:
    start = draw.choice(["", '<?xml version="1.0" encoding="utf-8"?>\n', "<!DOCTYPE r [<!ENTITY e 'x'>]>\n"])
    if draw.random() < 0.15:
        depth = draw.randint(1, MAX_DEPTH)
        return start + "<a>" * depth + "mill" + "</a>" * depth
    return f"{start}<root>{''.join(_element(draw) for _ in range(draw.randint(0, 6)))}</root>"


def _log(draw: Random) -> str:
    style = draw.randint(0, 4)

    def line(draw: Random) -> str:
        second, level = draw.randint(0, 59), draw.choice(["INFO", "WARN", "ERROR", "DEBUG"])
        return [
            f"2024-05-01 12:00:{second:02} {level} worker-{second % 4}: {_sentence(draw)}",
            f"May  1 12:00:{second:02} host sshd[{second}]: {_sentence(draw)}",
            f'127.0.0.1 - - [01/May/2024:12:00:{second:02} +0000] "GET /x?{second} HTTP/1.1" {200 + second} 12',
            json.dumps({"ts": f"2024-05-01T12:00:{second:02}Z", "level": level, "msg": _sentence(draw)}),
            f"[{second}.{second:06}] {level.lower()}: {_sentence(draw)}",
        ][style]

    trace = 'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g(x)\nValueError: bad mill\n'
    return _lines(draw, line, 25) + draw.choice(["", "\n", f"\n{trace}", f"\n{trace}{line(draw)}"])


def _code(draw: Random) -> str:
    python = f'''def {draw.choice(["f", "mill_of"])}(x, y=3):
    """{_sentence(draw)}"""
    if x > y:
        return "{draw.choice(WORDS)}"
    # {_sentence(draw)}
    return [i for i in range({draw.randint(0, 99)})]

class Mill(Base):
    limit = {draw.randint(0, 99)}

    async def grind(self, wheat: int) -> None:
        await self.run(wheat)
'''
    braces = f"""import java.util.List;
/** {_sentence(draw)} */
public class Mill {{
    private int limit = {draw.randint(0, 99)};
    int grind(int wheat) {{ if (wheat > limit) {{ return -1; }} return wheat; }}
}}
"""
    query = f"SELECT year, grain FROM mills WHERE year > {draw.randint(0, 2000)} -- {_sentence(draw)}\nORDER BY year;\n"
    shell = f'#!/bin/sh\nset -e\nfor f in *.txt; do\n  echo "$f {draw.choice(WORDS)}"\ndone\n'
    return "".join(draw.choices([python, braces, query, shell], k=draw.randint(1, 3)))


def _diff(draw: Random) -> str:
    def hunk(draw: Random) -> str:
        start = draw.randint(1, 99)
        changed = _lines(draw, lambda draw: draw.choice([" ", "+", "-"]) + _sentence(draw))
        return f"@@ -{start},3 +{start},4 @@ def f\n{changed}"

    name = draw.choice(["a.py", "docs/é.md", "x"])
    head = f"diff --git a/{name} b/{name}\nindex 12ab..34cd 100644\n--- a/{name}\n+++ b/{name}\n"
    return "\n".join(head + _lines(draw, hunk, 3) for _ in range(draw.randint(1, 3))) + draw.choice(
        ["", "\n\\ No newline at end of file\n"]
    )


def _mail(draw: Random) -> str:
    def mail(draw: Random) -> str:
        name = draw.choice(NAMES)
        head = f"From: {name} <a@example.org>\nTo: b@example.org\nSubject: {_sentence(draw)}\n"
        date = draw.choice(["", "Date: Wed, 01 May 2024 12:00:00 +0000\n", "Date: nonsense\n"])
        quote = _lines(draw, lambda draw: draw.choice(["> ", ">> ", ""]) + _sentence(draw))
        body = f"Dear {name},\n\n{_sentence(draw)}\n\nOn 1 May 2024, {name} wrote:\n{quote}\n\n-- \n{name}\n"
        return head + date + "\n" + body

    mark = draw.choice(["\n", "\n-----Original Message-----\n", "\nFrom a@example.org Wed May  1 12:00:00 2024\n"])
    return mark.join(mail(draw) for _ in range(draw.randint(1, 4)))


def _qa(draw: Random) -> str:
    question, answer = draw.choice(
        [("Q: ", "A: "), ("**Q:** ", "**A:** "), ("Question: ", "Answer: "), ("问：", "答：")]
    )
    return "\n\n".join(f"{question}{_sentence(draw)}?\n{answer}{_sentence(draw)}" for _ in range(draw.randint(1, 9)))


def _transcript(draw: Random) -> str:
    style = draw.randint(0, 3)

    def turn(draw: Random) -> str:
        name, second = draw.choice(NAMES), draw.randint(10, 59)
        return [
            f"{name}: {_sentence(draw)}",
            f"[10:23:{second}] {name}: {_sentence(draw)}",
            f"{second}\n00:00:{second},000 --> 00:00:{second},900\n{_sentence(draw)}\n",
            f"00:{second}.000 --> 00:{second}.500\n<v {name}>{_sentence(draw)}\n",
        ][style]

    return ("WEBVTT\n\n" if style == 3 else "") + _lines(draw, turn, 15)


def _terminal(draw: Random) -> str:
    def call(draw: Random) -> str:
        output = _lines(draw, lambda draw: draw.choice(["\x1b[31m", "", "  "]) + _sentence(draw), 6)
        prompt, command = draw.choice(["$ ", "user@host:~$ ", ">>> ", "# "]), draw.choice(["ls -l", "make x=1", "f(3)"])
        return f"{prompt}{command}\n{output}"

    return _lines(draw, call, 6)


def _yaml(draw: Random) -> str:
    def scalar(draw: Random) -> str:
        plain = " ".join(draw.choices(WORDS, k=3))
        return draw.choice([plain, json.dumps(_sentence(draw)), "[1, {b: c}]", "~", "x # note", "2024-05-01"])

    def entries(draw: Random, depth: int = 0) -> list[str]:
        pad, lines = "  " * depth, []
        for key in draw.sample(["name", "mill-of", "on", '"a b"', "日", "x.y"], draw.randint(1, 5)):
            kind = draw.random()
            if depth < 4 and kind < 0.35:
                lines += [f"{pad}{key}:", *entries(draw, depth + 1)]
            elif kind < 0.5:
                lines += [f"{pad}{key}:", *(f"{pad}- {scalar(draw)}" for _ in range(draw.randint(1, 4)))]
            elif kind < 0.6:
                lines += [f"{pad}{key}: {draw.choice(['|', '>-'])}", f"{pad}  {_sentence(draw)}", f"{pad}  second line"]
            elif kind < 0.65:
                lines.append(f"{pad}{key}: {draw.choice(['&a x', '*a', '{{ a }}', '!!set {a}', '- a'])}")
            else:
                lines.append(f"{pad}{key}: {scalar(draw)}")
        return lines

    start, end = draw.choice([("", ""), ("---\n", ""), ("%YAML 1.2\n---\n", "\n..."), ("", "\n---\nname: second\n")])
    return start + "\n".join(entries(draw)) + end


def _toml(draw: Random) -> str:
    def line(draw: Random) -> str:
        value = draw.choice(["3", '"a"', '"""x\ny"""', "[1, 2]", "{ a = 1 }", "2024-05-01", "true", ""])
        return draw.choice(
            [f"{draw.choice(['name', 'a.b', '日'])} = {value}", f"[{draw.choice(['t', 't.u', '[t]'])}]", "# c"]
        )

    return _lines(draw, line, 20)


def _markdown(draw: Random) -> str:
    def block(draw: Random) -> str:
        return draw.choice(
            [
                f"{'#' * draw.randint(1, 7)} {_sentence(draw)}\n",
                _lines(
                    draw,
                    lambda draw: f"{'  ' * draw.randint(0, 3)}{draw.choice(['-', '*', '1.', '9)'])} {_sentence(draw)}",
                ),
                f"{_sentence(draw)}\n{draw.choice(['---', '===', '***'])}\n",
                f"```{draw.choice(['', 'python', '~'])}\n{_sentence(draw)}\n{draw.choice(['```', '````', '~~~', ''])}",
                "| a | b |\n|---|:-:|\n" + _lines(draw, lambda draw: f"| {_sentence(draw)} | \\| |"),
                _lines(draw, lambda draw: "> " * draw.randint(1, 4) + _sentence(draw)),
                f"<details><summary>{_sentence(draw)}</summary>\n\n{_sentence(draw)}\n</details>",
                f"[a]: http://example.org '{_sentence(draw)}'\n![x](y) *{_sentence(draw)}*",
                f"Steps, {_sentence(draw)[:-1]}:\n\n1. {_sentence(draw)}\n",
            ]
        )

    front = draw.choice(["", "", "---\ntitle: Mills\n---\n\n", "+++\nx = 1\n+++\n"])
    return front + draw.choice(["\n", "\n\n"]).join(block(draw) for _ in range(draw.randint(1, 8)))


def _sheet(draw: Random) -> str:
    rows = "\n".join(f"{number},{','.join(draw.choices(WORDS, k=3))}" for number in range(1, draw.randint(2, 12)))
    return f'"Sales" A1:C9\n,A,B,C\n{rows}'


# Kind: what draws a text, media types, names.
KINDS: dict[str, tuple[Callable[[Random], str], Sequence[str], Sequence[str]]] = {
    "csv": (_csv, ["text/csv", "text/tab-separated-values"], ["a.csv", "a.tsv"]),
    "json": (_json, ["application/json", "application/x-ndjson"], ["a.json", "a.jsonl"]),
    "nested JSON": (_nested_json, ["application/json"], ["a.json"]),
    "xml": (_xml, ["application/xml", "text/xml", "application/rss+xml"], ["a.xml", "pom.xml"]),
    "log": (_log, ["text/x-log"], ["a.log"]),
    "code": (_code, ["text/x-python", "text/x-java", "text/javascript"], ["a.py", "A.java", "a.sql", "a.sh", "a.c"]),
    "diff": (_diff, ["text/x-diff", "text/x-patch"], ["a.diff", "a.patch"]),
    "mail": (_mail, ["message/rfc822", "application/mbox"], ["a.eml", "a.mbox"]),
    "qa": (_qa, ["text/plain"], ["a.faq"]),
    "transcript": (_transcript, ["application/x-subrip", "text/vtt"], ["a.srt", "a.vtt"]),
    "terminal": (_terminal, ["text/plain"], ["a.txt"]),
    "yaml": (_yaml, ["application/yaml", "text/x-yaml"], ["a.yaml", "a.yml"]),
    "toml": (_toml, ["application/toml"], ["a.toml", "a.ini", "a.env", "a.properties"]),
    "markdown": (_markdown, ["text/markdown"], ["README.md"]),
    "sheet": (_sheet, ["text/x-sheet"], ["a.xlsx#Sales"]),
}


def _cut_off(draw: Random, text: str) -> str:
    return text[: draw.randint(0, len(text))]


def _bytes_flipped(draw: Random, text: str) -> str:
    """As a file with flipped bits is decoded: characters that are no UTF-8 are replaced, NUL bytes are gone."""
    data = bytearray(text.encode())
    for _ in range(draw.randint(1, 6) if data else 0):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return data.decode("utf-8", "replace").replace("\0", "")


def _lines_mixed(draw: Random, text: str) -> str:
    lines = text.split("\n")
    for _ in range(draw.randint(1, 4)):
        one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
    return draw.choice(["\n", "\r\n", "\r"]).join(lines)


def _part_doubled(draw: Random, text: str) -> str:
    start = draw.randint(0, len(text))
    return text[:start] + text[start : start + draw.randint(0, 200)] * draw.randint(2, 8) + text[start:]


def _signs_put_in(draw: Random, text: str) -> str:
    for _ in range(draw.randint(1, 6)):
        place = draw.randint(0, len(text))
        sign = draw.choice(
            ['"', "{", "]", "<", ">", "```", "\t", ":", "\\", "\x1b[", "\u2028", "\x0c", "&", "|", "#", "'"]
        )
        text = text[:place] + sign + text[place:]
    return text


def _interleaved(draw: Random, text: str) -> str:
    """Pieces of ``text`` between pieces of a text of another kind."""
    other = KINDS[draw.choice(sorted(KINDS))][0](draw)
    cut, other_cut = draw.randint(0, len(text)), draw.randint(0, len(other))
    return draw.choice(["", "\n", "\n\n"]).join([text[:cut], other[:other_cut], text[cut:], other[other_cut:]])


_DAMAGES = (_cut_off, _bytes_flipped, _lines_mixed, _part_doubled, _signs_put_in, _interleaved)


def structured_text(draw: Random) -> StructuredText:
    """A text of a drawn kind; half of them are damaged."""
    make, mimes, names = KINDS[draw.choice(sorted(KINDS))]
    text = make(draw)
    if draw.random() < 0.5:
        for damage in draw.choices(_DAMAGES, k=draw.randint(1, MAX_DAMAGES)):
            text = damage(draw, text)
    return StructuredText(text, draw.choice(mimes), draw.choice(names))
