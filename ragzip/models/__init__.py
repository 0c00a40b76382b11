"""The models that come with ragzip: a table of them, and where their files are.

What runs without torch is in this folder; adapters for torch are in the package ``ragzip-adapters``, which the extra
``torch`` brings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, NamedTuple

from ragzip.errors import ModelError

__all__ = ["SAMPLE", "SHIPPED", "ShippedModel", "card", "shipped"]


class ShippedModel(NamedTuple):
    """The format of a model's files, and where its card is."""

    kind: Literal["onnx", "adapter", "ranks"]
    card: str


SHIPPED: Final[Mapping[str, ShippedModel]] = {  # by folder
    "pruner": ShippedModel("onnx", "pruner/CARD.md"),
    "embedder": ShippedModel("onnx", "embedder/CARD.md"),
    "checker": ShippedModel("onnx", "checker/CARD.md"),
    "bpe": ShippedModel("ranks", "bpe/CARD.md"),
    "rewriter": ShippedModel("adapter", "rewriter/CARD.md"),
    "soft/reader": ShippedModel("adapter", "soft/CARD.md"),
    "soft/compllm": ShippedModel("adapter", "soft/CARD.md"),
    "soft/gmsa": ShippedModel("adapter", "soft/CARD.md"),
    "soft/xrag": ShippedModel("adapter", "soft/CARD.md"),
}
SAMPLE: Final = Path(__file__).parent / "sample.txt"  # what exports are calibrated and measured on
_ADAPTERS = "ragzip_adapters"


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


def _installed(name: str, path: str) -> Path:
    for folder in _folders():
        if (folder / path).exists():
            return folder / path
    if SHIPPED[name].kind == "adapter":
        raise ModelError(
            f"model: {name!r} is not installed. It comes with the package ragzip-adapters: run  "
            "pip install 'ragzip[torch]'"
        )
    raise ModelError(f"model: {name!r} is not in {Path(__file__).parent}. Reinstall ragzip: its files are incomplete.")


def _folders() -> Iterator[Path]:
    yield Path(__file__).parent
    adapters = find_spec(_ADAPTERS)  # it is found, not imported
    for location in adapters.submodule_search_locations or () if adapters else ():
        yield Path(location)
