"""``import ragzip`` is light, and the base install does the main job alone."""

import importlib
import subprocess
import sys

import pytest
from extras import missing_extra

EXTRAS = (
    "torch",
    "transformers",
    "sentence_transformers",
    "langchain_core",
    "langchain_classic",
    "llama_index",
    "haystack",
    "litellm",
    "agents",
    "mcp",
    "pydantic_ai",
    "faiss",
    "spacy",
    "scipy",
)

ADAPTERS = (  # library, extra, module
    ("langchain_core", "langchain", "ragzip.langchain"),
    ("llama_index", "llamaindex", "ragzip.integrations.llamaindex"),
    ("haystack", "haystack", "haystack_integrations.components.compressors.ragzip"),
    ("litellm", "litellm", "ragzip.integrations.litellm"),
    ("agents", "openai-agents", "ragzip.integrations.openai_agents"),
    ("mcp", "mcp", "ragzip.integrations.mcp"),
    ("pydantic_ai", "pydantic-ai", "ragzip.integrations.pydantic_ai"),
)


def python(script):
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_loads_nothing_heavy():
    loaded = python("import sys, ragzip; print(*sys.modules)").split()
    heavy = {*EXTRAS, "onnxruntime", "tokenizers", "numpy", "pydantic", "click", "tiktoken"}
    assert not heavy & set(loaded)


def test_the_base_install_compresses_without_any_extra():
    script = f"""
import sys
for name in {EXTRAS!r}:
    sys.modules[name] = None            # importing it now fails, as if it were not installed
import ragzip
text = "Paris is the capital of France. It rained. Berlin is in Germany. Dogs bark."
for name in ("auto", "bm25", "embedding", "truncate", "none"):
    result = ragzip.compress([text], "capital of France?", target_tokens=8, compressor=name, cache=False)
    assert 0 < result.stats.tokens_out <= 8, name
from ragzip.retrievers.bm25 import BM25Retriever
assert BM25Retriever([ragzip.Document("a", text)]).retrieve("Paris", 1)
for missing, use in (("langchain", lambda: ragzip.langchain), ("dense", lambda: dense())):
    def dense():
        from ragzip.retrievers.dense import DenseRetriever
        return DenseRetriever([])
    try:
        use()
    except ragzip.errors.MissingExtraError as error:
        assert f'pip install "ragzip[{{missing}}]"' in str(error), error
    else:
        raise SystemExit(f"{{missing}} should be missing")
print("ok")
"""
    assert python(script).strip() == "ok"


def test_adapters_without_their_libraries_say_how_to_install_them():
    script = f"""
import sys
adapters = {ADAPTERS!r}
for library, _, _ in adapters:
    sys.modules[library] = None
import importlib
from ragzip.errors import MissingExtraError
for _, extra, module in adapters:
    try:
        importlib.import_module(module)
    except MissingExtraError as error:
        assert f'pip install "ragzip[{{extra}}]"' in str(error), error
    else:
        raise SystemExit(f"{{extra}} should be missing")
print("ok")
"""
    assert python(script).strip() == "ok"


@pytest.mark.parametrize(
    ("module", "reason"),
    [("no_such_library", "no_such_library is not installed"), ("test_calls", None), ("ragzip.no_such_module", None)],
)
def test_only_a_library_that_is_missing_is_a_reason_to_skip(module, reason):
    with pytest.raises(ModuleNotFoundError) as error, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.path", [])  # other files of tests are on it, when all are run
        patch.delitem(sys.modules, module, raising=False)
        importlib.import_module(module)
    assert missing_extra(error.value) == reason
