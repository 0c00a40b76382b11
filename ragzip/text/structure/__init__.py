"""Structured texts as units with what each cannot be read without: tables, JSON, logs, code, mail …, and prose.

A reader is a module with ``read`` and ``recognises`` and one line in :mod:`ragzip.text.structure.readers`.
"""

from ragzip.text.structure.base import (
    Aside,
    Item,
    NamedSource,
    Relation,
    Structure,
    StructuredTable,
    StructuredUnit,
    joined,
    visible_length,
)
from ragzip.text.structure.readers import structure_besides_prose, structure_of, structure_of_document
from ragzip.text.structure.tidy import TidyText, TidyTextForm, UntidyTextForm, tidy_text

__all__ = [
    "Aside",
    "Item",
    "NamedSource",
    "Relation",
    "Structure",
    "StructuredTable",
    "StructuredUnit",
    "TidyText",
    "TidyTextForm",
    "UntidyTextForm",
    "joined",
    "structure_besides_prose",
    "structure_of",
    "structure_of_document",
    "tidy_text",
    "visible_length",
]
