"""How telling the names in the package are: ``python tools/names.py [FOLDER …]``.

Counts each assignment to a plain name: statements, loops, ``with``, and comprehensions. Attributes, parameters, and
names of functions and classes are not counted.
"""

from __future__ import annotations

import argparse
import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "ragzip"
THROW_AWAY = frozenset(
    ["asked", "at", "found", "given", "made", "one", "other", "others", "out", "own", "rest", "said", "there", "told"]
)
LEAST_MEAN_LENGTH, MOST_THROWN_AWAY = 7.5, 0.015


def assigned_names(path: Path) -> Iterator[str]:
    """The names that ``path`` assigns to, as often as it does."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, default=[PACKAGE])
    parser.add_argument(
        "--worst", type=int, default=0, help="list so many of the shortest and of the thrown-away names"
    )
    options = parser.parse_args()
    files = [path for folder in options.folders for path in ([folder] if folder.is_file() else folder.rglob("*.py"))]
    names = [(name, path) for path in sorted(files) for name in assigned_names(path) if name != "_"]
    mean_length = sum(len(name.strip("_")) for name, _ in names) / len(names)
    thrown_away = [(name, path) for name, path in names if name in THROW_AWAY]
    print(f"{len(names):,} assignments; mean length {mean_length:.2f} (at least {LEAST_MEAN_LENGTH})")
    print(f"throw-away names {len(thrown_away) / len(names):.2%} (under {MOST_THROWN_AWAY:.1%})")
    if options.worst:
        for name, count in Counter(name for name, _ in names if len(name) < 5).most_common(options.worst):
            print(f"{count:5} {name}")
        for path, count in Counter(path for _, path in thrown_away).most_common(options.worst):
            print(f"{count:5} {path}")


if __name__ == "__main__":
    main()
