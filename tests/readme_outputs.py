"""What the README's examples print, run as they stand. ``python tests/readme_outputs.py --write`` writes it down anew.

A ```python block that prints is followed by a ```text block: what it prints, to the letter.
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
README = ROOT / "README.md"
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
    parser.add_argument("--write", action="store_true", help="write the README; without it, say whether it is right")
    sys.path.insert(0, str(ROOT))
    options = parser.parse_args()
    page = README.read_text("utf-8")
    current = rewritten(page)
    if options.write:
        README.write_text(current, "utf-8")
    sys.exit(current != page and not options.write)
