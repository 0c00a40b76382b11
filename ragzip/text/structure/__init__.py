"""Structured texts as units with what each cannot be read without: tables, JSON, logs, code, mail …, and prose.

A reader is a module with ``read`` and ``recognises`` and one line in :mod:`ragzip.text.structure.readers`.
"""

from ragzip.text.structure.base import Relation, Structure, StructuredTable, StructuredUnit, joined
from ragzip.text.structure.readers import structure_of, structure_of_document

__all__ = [
    "Relation",
    "Structure",
    "StructuredTable",
    "StructuredUnit",
    "joined",
    "structure_of",
    "structure_of_document",
]
