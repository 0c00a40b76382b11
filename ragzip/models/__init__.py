"""The models that come with ragzip: a table of them, and where their files are.

What runs without torch is in this folder, except for the multilingual pruner and embedder, which are in the package
``ragzip-multilingual`` (the extra ``multilingual``). Adapters for torch are in the package ``ragzip-adapters``, which
the extra ``torch`` brings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, NamedTuple

from ragzip.errors import ModelError

__all__ = [
    "MULTILINGUAL",
    "MULTILINGUAL_EMBEDDER",
    "SAMPLE",
    "SHIPPED",
    "ShippedModel",
    "card",
    "is_installed",
    "shipped",
]


class ShippedModel(NamedTuple):
    """The format of a model's files, where its card is, and the extra that brings it ("": none is needed)."""

    kind: Literal["onnx", "adapter", "ranks"]
    card: str
    extra: str = ""


MULTILINGUAL: Final = "multilingual"
MULTILINGUAL_EMBEDDER: Final = "multilingual/embedder"  # whose file has weights of both

SHIPPED: Final[Mapping[str, ShippedModel]] = {  # by folder
    "pruner": ShippedModel("onnx", "pruner/CARD.md"),
    "embedder": ShippedModel("onnx", "embedder/CARD.md"),
    "checker": ShippedModel("onnx", "checker/CARD.md"),
    MULTILINGUAL: ShippedModel("onnx", "multilingual/CARD.md", "multilingual"),
    MULTILINGUAL_EMBEDDER: ShippedModel("onnx", "multilingual/embedder/CARD.md", "multilingual"),
    "bpe": ShippedModel("ranks", "bpe/CARD.md"),
    "rewriter": ShippedModel("adapter", "rewriter/CARD.md", "torch"),
    "soft/reader": ShippedModel("adapter", "soft/CARD.md", "torch"),
    "soft/compllm": ShippedModel("adapter", "soft/CARD.md", "torch"),
    "soft/gmsa": ShippedModel("adapter", "soft/CARD.md", "torch"),
    "soft/xrag": ShippedModel("adapter", "soft/CARD.md", "torch"),
}
SAMPLE: Final = Path(__file__).parent / "sample.txt"  # what exports are calibrated and measured on
_PACKAGE_BY_EXTRA = {"torch": "ragzip-adapters", "multilingual": "ragzip-multilingual"}


def shipped(name: str) -> Path:
    """The folder of the model ``name`` in :data:`SHIPPED`, such as "pruner".

    :raises ModelError: no such model, or it is not installed.
    """
    return _installed(name, _known(name))


def card(name: str) -> Path:
    """The card of the model ``name`` in :data:`SHIPPED`: its training, figures and limits.

    :raises ModelError: as :func:`shipped`.
    """
    return _installed(name, SHIPPED[_known(name)].card)


def _known(name: str) -> str:
    if name not in SHIPPED:
        raise ModelError(f"model: no {name!r} is shipped, expected one of {', '.join(SHIPPED)}.")
    return name


def is_installed(name: str) -> bool:
    """Whether the model ``name`` in :data:`SHIPPED` is there.

    :raises ModelError: no such model.
    """
    return _place(name, _known(name)) is not None


def _installed(name: str, path: str) -> Path:
    place = _place(name, path)
    if place is not None:
        return place
    if extra := SHIPPED[name].extra:
        raise ModelError(
            f"model: {name!r} is not installed. It comes with the package {_PACKAGE_BY_EXTRA[extra]}: run  "
            f"pip install 'ragzip[{extra}]'"
        )
    raise ModelError(f"model: {name!r} is not in {Path(__file__).parent}. Reinstall ragzip: its files are incomplete.")


def _place(name: str, path: str) -> Path | None:
    return next((folder / path for folder in _folders(name) if (folder / path).exists()), None)


def _folders(name: str) -> Iterator[Path]:
    """The folders that may hold the model ``name``: that of ragzip, or the package of its extra."""
    yield Path(__file__).parent
    if extra := SHIPPED[name].extra:
        package = find_spec(_PACKAGE_BY_EXTRA[extra].replace("-", "_"))  # it is found, not imported
        for location in package.submodule_search_locations or () if package else ():
            yield Path(location)
