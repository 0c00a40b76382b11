"""What the examples of the README and the docs print, run as they stand.

``python tests/readme_outputs.py --write [PAGE …]`` writes the outputs into the pages. A ```python block that prints is
followed by a ```text block: what it prints, to the letter.
"""

import argparse
import contextlib
import io
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"```python\n(?P<code>.*?)```\n(?:\n```text\n(?P<output>.*?)```\n)?", re.DOTALL)


class Block(NamedTuple):
    """An example: its code, and what the page says that it prints ("" where it says nothing)."""

    code: str
    output: str


def blocks(page):
    """The examples of ``page``, in order."""
    return [Block(match["code"], match["output"] or "") for match in _BLOCK.finditer(page)]


def printed(code):
    """What ``code`` prints, run by itself in an empty folder."""
    before, stream = Path.cwd(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(stream):
        os.chdir(folder)
        try:
            exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
        finally:
            os.chdir(before)
    lines = [line.rstrip() for line in stream.getvalue().rstrip().splitlines()]
    return "".join(f"{line}\n" for line in lines)


def rewritten(page):
    """``page`` with the outputs of its examples as they are now."""

    def block(match):
        output = printed(match["code"])
        return f"```python\n{match['code']}```\n" + (f"\n```text\n{output}```\n" if output else "")

    return _BLOCK.sub(block, page)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", type=Path, default=PAGES, help="[README, CONTRIBUTING and docs]")
    parser.add_argument("--write", action="store_true", help="write the pages; without it, say which are wrong")
    sys.path.insert(0, str(ROOT))
    options = parser.parse_args()
    wrong = []
    for path in options.pages:
        page = path.read_text("utf-8")
        current = rewritten(page)
        if current != page:
            wrong.append(path)
            if options.write:
                path.write_text(current, "utf-8")
    for path in wrong:
        sys.stderr.write(f"{path}: {'written' if options.write else 'prints something else'}\n")
    sys.exit(bool(wrong) and not options.write)
