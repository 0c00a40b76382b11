"""Markdown: headings with sections, lists with lead-ins, tables, code, quotes, footnotes, front matter."""

from ragzip.text.structure.markdown.reader import read, recognises

__all__ = ["read", "recognises"]
