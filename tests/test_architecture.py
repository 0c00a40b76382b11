"""Imports point one way, files stay short, names are used once: each test lists all that breaks its rule."""

import ast
import re
import runpy
from collections import defaultdict
from functools import cache
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
    {"compressors"},
    {"pipeline"},
    {"api"},
    {"messages"},
    {"integrations", "server"},
    {"langchain", "testing"},
    {"eval"},
    {"training"},
    {"cli"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
MODULES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")
MOST_LINES = 400
FRAMEWORKS = {  # each library is imported in one module
    "llama_index": "llamaindex",
    "haystack": "haystack",
    "litellm": "litellm",
    "agents": "openai_agents",
    "mcp": "mcp",
    "pydantic_ai": "pydantic_ai",
}


def name_of(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path):
    return ast.parse(path.read_text("utf-8"))


@cache
def nodes_of(path):
    return list(ast.walk(tree_of(path)))


def statements(node):
    """The statements in ``node``, those in other ones too."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield child
            yield from statements(child)


@cache
def imports_of(path):
    """Modules of ragzip that ``path`` imports, anywhere in the file."""
    imported = set()
    for node in statements(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "ragzip":
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                exists = (ROOT.parent / Path(*deeper.split("."))).with_suffix(".py").exists()
                imported.add(deeper if exists else node.module)
        elif isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names if alias.name.split(".")[0] == "ragzip")
    return imported


@cache
def libraries_of(path):
    """The top-level packages that ``path`` imports."""
    nodes = list(statements(tree_of(path)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.split(".")[0] for name in names}


def room(module):
    """The top-level module or package: "ragzip.backends.runtimes.onnx" lives in "backends"."""
    return module.split(".")[1] if "." in module else ""


def test_imports_point_downward_and_in_no_circle():
    homeless = sorted({room(name_of(path)) for path in MODULES} - LEVEL.keys())
    assert not homeless, f"no place in LAYERS: {homeless}"
    upward = [
        f"{name_of(path)} imports {module}"
        for path in MODULES
        for module in sorted(imports_of(path))
        if room(module) and LEVEL[room(module)] > LEVEL[room(name_of(path))]
    ]
    assert not upward
    assert not circles({name_of(path): imports_of(path) for path in MODULES})


def circles(graph):
    """The circles that a walk along the imports finds."""
    done, path, found = set(), [], []

    def visit(module):
        if module in path:
            found.append([*path[path.index(module) :], module])
        elif module in graph and module not in done:
            path.append(module)
            for imported in sorted(graph[module] - {module}):
                visit(imported)
            path.pop()
            done.add(module)

    for module in graph:
        visit(module)
    return found


def test_folders_are_in_no_circle():
    """But for a folder and those in it: what its files share may stand above them."""
    graph = defaultdict(set)
    for path in MODULES:
        folder = folder_of(name_of(path))
        for imported in imports_of(path):
            other = folder_of(imported)
            if not f"{folder}.".startswith(f"{other}.") and not f"{other}.".startswith(f"{folder}."):
                graph[folder].add(other)
    assert not circles(graph)


def folder_of(module):
    return module if Path(ROOT.parent, *module.split(".")).is_dir() else module.rpartition(".")[0]


def test_the_walk_finds_circles():
    assert circles({"a": {"b"}, "b": {"c", "a"}, "c": set()}) == [["a", "b", "a"]]


def test_the_package_can_be_taken_in_at_a_glance():
    folders = [path for path in ROOT.iterdir() if any(path.glob("*.py"))]  # one that was moved may leave its cache
    files = [path for path in ROOT.iterdir() if path.is_file()]
    assert len(folders) <= 18 and len(files) <= 12


def test_files_stay_short():
    folders = [ROOT.parent / folder for folder in ("ragzip", "tests", "benchmarks", "examples")]
    lines = {path: len(path.read_text("utf-8").splitlines()) for folder in folders for path in folder.rglob("*.py")}
    assert not {str(path): count for path, count in lines.items() if count > MOST_LINES}


def test_frameworks_and_runtimes_are_known_in_one_place():
    langchain = {path.parent for path in MODULES if "langchain_core" in path.read_text("utf-8")}
    assert langchain == {ROOT / "integrations" / "langchain"}
    for framework, module in FRAMEWORKS.items():
        importing = {path for path in MODULES if framework in libraries_of(path)}
        assert importing == {ROOT / "integrations" / f"{module}.py"}, framework
    choosing = [path for path in (ROOT / "compressors").rglob("*.py") if "if backend" in path.read_text("utf-8")]
    assert not choosing, "compressors do not know the runtime"


def test_public_names():
    assert len(ragzip.__all__) <= 19  # what users of the library and writers of methods need
    assert sorted(ragzip.__all__) == list(ragzip.__all__)
    elsewhere = [name for name in ragzip.__all__ if not getattr(ragzip, name).__module__.startswith("ragzip.")]
    assert not elsewhere
    with pytest.raises(AttributeError, match="nonsense"):
        _ = ragzip.nonsense


def test_no_two_modules_define_a_public_class_of_one_name():
    homes = defaultdict(list)
    for path in MODULES:
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(name_of(path))
    namesakes = {name: modules for name, modules in homes.items() if len(modules) > 1}
    assert not namesakes, "give one of them another name"


def test_what_other_modules_use_has_a_docstring():
    silent = [
        f"{name_of(path)}.{node.name}"
        for path in MODULES
        for node in tree_of(path).body
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        if not node.name.startswith("_") and node.name != "main" and ast.get_docstring(node) is None
    ]
    assert not silent


def test_docstrings_begin_with_a_noun():
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    questions = [
        f"{name_of(path)}: {docstring.splitlines()[0]}"
        for path in MODULES
        for node in nodes_of(path)
        if isinstance(node, documented) and (docstring := ast.get_docstring(node, clean=False))
        if re.match(r"(?:What|Which|Who|Whose|How|Why|When|Where|By|Of|From|Such|Those|It)\b", docstring)
    ]
    assert not questions, "name what is returned, or what a class or module is"


def test_slices_hold_no_conditions():
    conditional = [
        f"{name_of(path)}:{border.lineno}"
        for path in MODULES
        for node in nodes_of(path)
        if isinstance(node, ast.Slice)
        for border in (node.lower, node.upper)
        if isinstance(border, ast.IfExp) or (isinstance(border, ast.BinOp) and isinstance(border.right, ast.IfExp))
    ]
    assert not conditional, "give the border a name first"


def test_names_say_what_they_hold():
    tool = runpy.run_path(str(ROOT.parent / "tools" / "names.py"))
    names = [name for path in MODULES for name in tool["assigned_names"](nodes_of(path))]
    assert tool["mean_length"](names) >= tool["LEAST_MEAN_LENGTH"]
    assert tool["thrown_away_share"](names) < tool["MOST_THROWN_AWAY"]
