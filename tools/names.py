"""How telling the names in the package are: ``python tools/names.py [FOLDER …]``.

Counts each assignment to a plain name: statements, loops, ``with``, and comprehensions. Attributes, parameters, and
names of functions and classes are not counted.
"""

from __future__ import annotations

import argparse
import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "ragzip"
THROW_AWAY = frozenset(
    ["asked", "at", "found", "given", "made", "one", "other", "others", "out", "own", "rest", "said", "there", "told"]
)
LEAST_MEAN_LENGTH, MOST_THROWN_AWAY = 7.5, 0.015


def assigned_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names that a module of these nodes assigns to, as often as it does."""
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id != "_":
            yield node.id


def mean_length(names: Sequence[str]) -> float:
    return sum(len(name.strip("_")) for name in names) / len(names)


def thrown_away_share(names: Sequence[str]) -> float:
    return sum(name in THROW_AWAY for name in names) / len(names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, default=[PACKAGE])
    parser.add_argument(
        "--worst", type=int, default=0, help="list so many of the shortest and of the thrown-away names"
    )
    options = parser.parse_args()
    files = [path for folder in options.folders for path in ([folder] if folder.is_file() else folder.rglob("*.py"))]
    names_by_file = {path: list(assigned_names(ast.walk(ast.parse(path.read_text("utf-8"))))) for path in sorted(files)}
    names = [name for names_of_file in names_by_file.values() for name in names_of_file]
    print(f"{len(names):,} assignments; mean length {mean_length(names):.2f} (at least {LEAST_MEAN_LENGTH})")
    print(f"throw-away names {thrown_away_share(names):.2%} (under {MOST_THROWN_AWAY:.1%})")
    if options.worst:
        for name, count in Counter(name for name in names if len(name) < 5).most_common(options.worst):
            print(f"{count:5} {name}")
        thrown_away = {path: sum(name in THROW_AWAY for name in of_file) for path, of_file in names_by_file.items()}
        for path, count in Counter(thrown_away).most_common(options.worst):
            print(f"{count:5} {path}")


if __name__ == "__main__":
    main()
