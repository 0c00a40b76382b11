"""The table of compressors: name → class, extra, default model, paper. One line adds a method."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from ragzip.checks import answers_misuse, shown, unknown_options
from ragzip.compressors.base import Compressor
from ragzip.compressors.entry import Entry
from ragzip.compressors.options import Options
from ragzip.errors import MissingExtraError, OptionError, UnknownNameError, closest_name, notes_on, plain
from ragzip.process.forking import ForkSafeLock, guarded

__all__ = ["TABLE", "entries", "find_entry", "load", "options_of"]


_HERE = "ragzip.compressors."

TABLE: dict[str, Entry] = {
    "auto": Entry(
        _HERE + "auto:Auto",
        "whole sentences by the pruner, web pages by blocks: what the query needs, and at most the budget",
        shipped=("pruner",),
    ),
    "extractive/pruner": Entry(
        _HERE + "extractive.pruner:Pruner",
        "sentences by the shipped model, which reads them with the query",
        "after Provence, Chirkova et al. 2025, arXiv 2501.16214",
        shipped=("pruner",),
    ),
    "extractive/hybrid": Entry(
        _HERE + "extractive.hybrid:Hybrid",
        "sentences by meaning and wording",
        "Bruch et al. 2023, arXiv 2210.11934",
        shipped=("embedder",),
    ),
    "extractive/embedding": Entry(
        _HERE + "extractive.embedding:Embedding",
        "sentences by similarity to the query",
        "RECOMP, Xu et al. 2023, arXiv 2310.04408",
        shipped=("embedder",),
    ),
    "extractive/bm25": Entry(
        _HERE + "extractive.bm25:BM25",
        "sentences by the query's words",
        "Robertson and Zaragoza 2009",
    ),
    "extractive/recomp": Entry(
        _HERE + "extractive.recomp:Recomp",
        "sentences by a dual encoder: RECOMP's checkpoints, or the shipped embedder",
        "RECOMP, Xu et al. 2023, arXiv 2310.04408",
        shipped=("embedder",),
        yours=("torch",),
    ),
    "extractive/exit": Entry(
        _HERE + "extractive.exit:Exit",
        "sentences that a language model you name finds useful, its context read once",
        "Hwang et al. 2024, arXiv 2412.12559",
        yours=("torch",),
    ),
    "extractive/provence": Entry(
        _HERE + "extractive.provence:Provence",
        "sentences by a Provence or OpenProvence checkpoint you name; none of its code runs",
        "Chirkova et al. 2025, arXiv 2501.16214",
        yours=("torch",),
    ),
    "extractive/demonstrations": Entry(
        _HERE + "demonstrations.compressor:Demonstrations",
        "few-shot examples: near to the query and unlike each other, inputs shortened, labels whole",
        "UniICL, Gao et al. 2024, arXiv 2405.17062",
        shipped=("embedder", "pruner"),
    ),
    "abstractive/recomp": Entry(
        _HERE + "abstractive.recomp:RecompAbstractive",
        "one summary of all documents for the query, by a model you name; checked",
        "RECOMP, Xu et al. 2023, arXiv 2310.04408",
        yours=("a chat model", "a server", "torch"),
    ),
    "abstractive/scope": Entry(
        _HERE + "abstractive.scope:Scope",
        "chunks of one meaning, each rewritten to its rate by a model you name; checked",
        "SCOPE, 2025, arXiv 2508.15813",
        yours=("a chat model", "a server", "torch"),
    ),
    "token/pruner-words": Entry(
        _HERE + "token.pruner_words:PrunerWords",
        "words by the same model, with or without a query",
        "after Pan et al. 2024, arXiv 2403.12968",
        shipped=("pruner",),
    ),
    "token/llmlingua2": Entry(
        _HERE + "token.llmlingua2:LLMLingua2",
        "words by a token classifier you name",
        "Pan et al. 2024, arXiv 2403.12968",
        yours=("ONNX", "torch"),
    ),
    "token/selective-context": Entry(
        _HERE + "token.selective_context:SelectiveContext",
        "words and phrases by self-information, with a language model you name",
        "Li et al. 2023, arXiv 2310.06201",
        yours=("torch",),
    ),
    "token/gemfilter": Entry(
        _HERE + "token.gemfilter:GemFilter",
        "words that a language model you name attends to in an early layer; later ones are not run",
        "Shi et al. 2024, arXiv 2409.17422",
        yours=("torch",),
    ),
    "token/semantic": Entry(
        _HERE + "token.semantic:Semantic",
        "words by what leaving them out does to the sentence's embedding; slow",
        "TCRA-LLM, Liu et al. 2023, arXiv 2310.15556",
        shipped=("embedder",),
    ),
    "html/bm25": Entry(
        _HERE + "html.lexical:HtmlBM25",
        "blocks of web pages by the query's words, rows by their table's too",
        "after HtmlRAG, Tan et al. 2024, arXiv 2411.02959",
    ),
    "html/pruner": Entry(
        _HERE + "html.pruner:HtmlPruner",
        "blocks of web pages by wording, and by the shipped model that reads the best of them with the query",
        "after HtmlRAG, Tan et al. 2024, arXiv 2411.02959",
        shipped=("pruner",),
    ),
    "html/embedding": Entry(
        _HERE + "html.embedding:HtmlEmbedding",
        "blocks of web pages by similarity to the query",
        "HtmlRAG, Tan et al. 2024, arXiv 2411.02959",
        shipped=("embedder",),
    ),
    "html/paths": Entry(
        _HERE + "html.paths:HtmlPaths",
        "blocks of web pages that a language model you name gives the path of",
        "HtmlRAG, Tan et al. 2024, arXiv 2411.02959",
        yours=("torch",),
    ),
    "soft/compllm": Entry(
        _HERE + "soft.compllm:CompLLM",
        "pieces of 20 tokens as 10 or 5 vectors that a language model you name reads",
        "Berton et al. 2025, arXiv 2509.19228",
        yours=("torch",),
        extra="torch",
    ),
    "soft/refrag": Entry(
        _HERE + "soft.refrag:Refrag",
        "pieces of 20 tokens as 5 vectors, and as text again what the query needs, as far as the budget reaches",
        "after REFRAG, Lin et al. 2025, arXiv 2509.01092",
        yours=("torch",),
        extra="torch",
    ),
    "soft/tree": Entry(
        _HERE + "soft.tree:SoftTree",
        "passages as vectors of gmsa, halved again and again where the query is, there as the finer vectors of compllm",
        "after SharedLLM, Han et al. 2024, arXiv 2410.19318",
        yours=("torch",),
        extra="torch",
    ),
    "soft/gmsa": Entry(
        _HERE + "soft.gmsa:GMSA",
        "passages as vectors, any number of tokens to one, that a language model you name reads",
        "Tang et al. 2025, arXiv 2505.12215",
        yours=("torch",),
        extra="torch",
    ),
    "soft/xrag": Entry(
        _HERE + "soft.xrag:Xrag",
        "passages as one vector each, made from the retriever's, that a language model you name reads",
        "Cheng et al. 2024, arXiv 2405.13792",
        yours=("torch",),
        extra="torch",
    ),
    "soft/pisco": Entry(
        _HERE + "soft.pisco:Pisco",
        "passages as vectors, by a PISCO checkpoint you name",
        "Louis et al. 2025, arXiv 2501.16075",
        yours=("torch",),
        extra="torch",
    ),
    "soft/mean-pool": Entry(
        _HERE + "soft.mean_pool:MeanPool",
        "means of token embeddings; no training, any language model",
        yours=("torch",),
        extra="torch",
    ),
    "baseline/truncate": Entry(_HERE + "baselines:Truncate", "the first words"),
    "baseline/random": Entry(_HERE + "baselines:Random", "sentences by lot"),
    "baseline/none": Entry(_HERE + "baselines:KeepAll", "everything; a budget cuts the end off"),
}

# Compressors of other packages: entry points of this group, name → "module:Class".
GROUP = "ragzip.compressors"

_SIMILAR = 0.75  # of 1, from which a name is taken for a slip of another
_ALIASES = {  # names that other libraries and everyday words give to methods
    "llmlingua": "llmlingua2", "longllmlingua": "llmlingua2", "lingua": "llmlingua2", "embeddings": "embedding",
    "dense": "embedding", "semanticsearch": "embedding", "sparse": "bm25", "bm25okapi": "bm25", "tfidf": "bm25",
    "lexical": "bm25", "keyword": "bm25", "truncation": "truncate", "head": "truncate", "first": "truncate",
    "summary": "abstractive", "summarize": "abstractive", "summarization": "abstractive", "summarizer": "abstractive",
    "default": "auto", "best": "auto", "no": "none", "off": "none", "identity": "none", "noop": "none",
    "selfinformation": "selectivecontext", "rerank": "pruner", "reranker": "pruner", "crossencoder": "pruner",
    "prune": "pruner", "meanpooling": "meanpool", "openprovence": "provence", "htmlrag": "html",
}  # fmt: skip
_OF_A_CALL = ("query", "context", *(name for name in Options.__annotations__ if name != "compressor"))


_loaded: dict[str, Compressor] = {}  # by the key of the table
_lock = ForkSafeLock()


def entries() -> dict[str, Entry]:
    """All registered compressors: the table, and entry points of the group ``ragzip.compressors``."""
    registered = {
        entry_point.name: Entry(entry_point.value, f"from {entry_point.dist.name if entry_point.dist else '?'}")
        for entry_point in _points()
    }
    return registered | TABLE


@answers_misuse
def load(name: str, *, model: str | Path | None = None, backend: str | None = None, **options: Any) -> Compressor:
    """The compressor called ``name``.

    :param name: a registry name, with or without its family ("embedding", "extractive/embedding") and version
        ("extractive/embedding.v1"), or with the family after it ("recomp_extractive"). A bare name that several
        families have is that of the first one listed.
    :param model: a folder or hub id, for methods that take one; default: the method's own.
    :param backend: the runtime ("onnx", "torch"), for methods that have a choice.
    :raises UnknownNameError: not registered; the message lists what is.
    :raises OptionError: an option the method does not have, or outside its range.
    :raises MissingExtraError: its libraries are not installed; the message has the command.
    """
    key, entry = find_entry(name)
    set_options = {"model": model, "backend": backend, **options}
    set_options = {option: value for option, value in set_options.items() if value is not None}
    try:
        module_name, _, attribute = entry.target.partition(":")
        with guarded():
            compressor_class = getattr(importlib.import_module(module_name), attribute)
    except ModuleNotFoundError as error:
        if entry.extra:
            raise MissingExtraError(error.name or entry.extra, entry.extra) from error
        raise
    known_options = options_of(compressor_class)
    if unknown := set(set_options) - set(known_options):
        raise unknown_options(f"load({key!r})", unknown, known_options, used_names=set_options, more=_more(unknown))
    try:
        compressor: Compressor = compressor_class(**set_options)
    except TypeError as error:
        raise OptionError(
            f"load({key!r}): received the options {sorted(set_options)} ({error}), expected those of "
            f"{compressor_class.__name__}."
        ) from error
    return compressor


def options_of(cls: type) -> list[str]:
    """The names of the options of a compressor's class; ``**options`` are those of the class it extends."""
    option_names: dict[str, None] = {}
    for base_class in cls.__mro__:
        if "__init__" not in vars(base_class):
            continue
        parameters = list(inspect.signature(base_class).parameters.values())
        option_names |= {
            parameter.name: None
            for parameter in parameters
            if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        }
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
            break
    return list(option_names)


def _more(unknown: Iterable[str]) -> str:
    """A hint at options of a call, which are often passed here by mistake; "" without any in ``unknown``."""
    call_options = {name: option for name in sorted(unknown) if (option := closest_name(name, _OF_A_CALL))}
    if not call_options:
        return ""
    listed_options = ", ".join(dict.fromkeys(call_options.values()))
    return " ".join([f"Options of a call go to ragzip.compress: {listed_options}.", *notes_on(call_options)])


def shared_compressor(name: str) -> Compressor:
    """``load(name)``, made once for the process: compressors keep no state between calls."""
    key, _ = find_entry(name)
    with _lock:
        if key not in _loaded:
            _loaded[key] = load(key)
        return _loaded[key]


def find_entry(name: str) -> tuple[str, Entry]:
    """The registered name and the entry of ``name``, which may have no family, or a version.

    :raises UnknownNameError: no such name.
    :raises OptionError: no text.
    """
    if not isinstance(name, str):
        raise OptionError(f"compressor: received {type(name).__name__}, expected a registry name or a Compressor.")
    compressors = TABLE if name in TABLE else entries()
    unversioned, separator, version = name.rpartition(".v")
    plain_name = unversioned if separator and version.isdigit() else name
    matching_keys = [key for key in compressors if plain_name in _names(key)]
    if matching_keys and (plain_name == name or version == "1"):  # of several families, the first has the bare name
        return matching_keys[0], compressors[matching_keys[0]]
    near_names = _near(plain_name, compressors)
    suggestion = f" (did you mean {' or '.join(map(repr, near_names))}?)" if near_names else ""
    raise UnknownNameError(
        f"compressor: received {shown(name)}{suggestion}, expected one of: {', '.join(sorted(compressors))}."
    )


def _near(name: str, table: Mapping[str, Entry]) -> list[str]:
    """The registered names that were probably meant by ``name``: in another case or spelling, of another family, of a
    family alone, or with a slip in it.
    """
    family, _, bare = name.rpartition("/")
    if longer_names := [key for key in table if bare and family and key.startswith(f"{name}-")]:
        return longer_names
    by_plain: dict[str, list[str]] = {}
    for key in table:
        for spelling in dict.fromkeys(map(plain, _names(key))):
            by_plain.setdefault(spelling, []).append(key)
    plain_names = [plain(name), _ALIASES.get(plain(bare), plain(bare))]
    for plain_name in plain_names:
        if plain_name in by_plain:
            return by_plain[plain_name]
    if of_family := [key for key in table if plain_names[1] and plain(key.rpartition("/")[0]) == plain_names[1]]:
        return of_family
    for plain_name in plain_names:
        if close_matches := get_close_matches(plain_name, by_plain, n=1, cutoff=_SIMILAR):
            near_keys = by_plain[close_matches[0]]
            same_family = [key for key in near_keys if plain(key.rpartition("/")[0]) == plain(family)]
            return same_family or near_keys
    return []


def _names(key: str) -> tuple[str, ...]:
    """The names of "extractive/recomp": that, "recomp", and "recomp_extractive", as its authors call it."""
    family, _, bare_name = key.rpartition("/")
    return key, bare_name, f"{bare_name}_{family}"


def _points() -> tuple[EntryPoint, ...]:
    """The entry points of the group. Looking them up reads a file of every installed package: that is done again only
    where a folder that packages are imported from has changed.
    """
    return _points_of(tuple(map(_folder_state, sys.path)))


@lru_cache(maxsize=1)
def _points_of(folder_states: tuple[tuple[str, int | None], ...]) -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))


def _folder_state(folder: str) -> tuple[str, int | None]:
    """A folder and when it was changed; None where there is none."""
    try:
        return folder, Path(folder).stat().st_mtime_ns
    except OSError:
        return folder, None
