"""Imports point one way, files stay short, the public names are the ones listed."""

import ast
from pathlib import Path

import pytest

import ragzip

ROOT = Path(ragzip.__file__).parent
LAYERS = [  # a line of this list imports only from lines above it
    {"errors", "models"},
    {"checks"},
    {"process"},
    {"text"},
    {"types"},
    {"files"},
    {"cache"},
    {"output"},
    {"result"},
    {"context"},
    {"pages"},
    {"fitting"},
    {"backends"},
    {"soft"},
    {"retrievers"},
    {"checking"},
    {"compressors"},
    {"pipeline"},
    {"api"},
    {"integrations"},
    {"langchain", "testing"},
    {"eval"},
    {"training"},
    {"cli"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
MODULES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def name_of(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path):
    """Modules of ragzip that ``path`` imports, anywhere in the file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "ragzip":
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                exists = (ROOT.parent / Path(*deeper.split("."))).with_suffix(".py").exists()
                yield deeper if exists else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "ragzip")


def room(module):
    """The top-level module or package: "ragzip.backends.runtimes.onnx" lives in "backends"."""
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_downward(path):
    own = room(name_of(path))
    assert own in LEVEL, f"{own} has no place in LAYERS"
    for module in imports_of(path):
        other = room(module)
        if other in ("", own):
            continue
        assert LEVEL[other] <= LEVEL[own], f"{name_of(path)} imports {module}: upward"


def test_no_cycles():
    graph = {name_of(path): set(imports_of(path)) for path in MODULES}
    done, open_ = set(), []

    def visit(module):
        assert module not in open_, f"cycle: {[*open_[open_.index(module) :], module]}"
        if module in done or module not in graph:
            return
        open_.append(module)
        for other in sorted(graph[module] - {module}):
            visit(other)
        open_.pop()
        done.add(module)

    for module in graph:
        visit(module)


@pytest.mark.parametrize(
    "path",
    [p for folder in ("ragzip", "tests", "benchmarks", "examples") for p in (ROOT.parent / folder).rglob("*.py")],
)
def test_files_stay_short(path):
    assert len(path.read_text("utf-8").splitlines()) <= 400


def test_only_langchain_imports_langchain():
    users = [p.name for p in MODULES if "langchain_core" in p.read_text("utf-8")]
    assert users == ["langchain.py"]


def test_compressors_do_not_know_the_runtime():
    for path in (ROOT / "compressors").rglob("*.py"):
        assert "if backend" not in path.read_text("utf-8"), path


def test_public_names():
    assert len(ragzip.__all__) <= 15
    assert sorted(ragzip.__all__) == list(ragzip.__all__)
    for name in ragzip.__all__:
        assert getattr(ragzip, name).__module__.startswith("ragzip.")
    with pytest.raises(AttributeError, match="nonsense"):
        _ = ragzip.nonsense
