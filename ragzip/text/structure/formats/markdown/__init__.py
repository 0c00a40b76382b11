"""Markdown: headings with sections, lists with lead-ins, tables, code, quotes, footnotes, front matter.

An item needs its lead-in and the item it stands under, a row the header, code its fences, a sentence the footnotes and
link definitions that it refers to, the answer under a heading that asks a question that heading. Comments, badges and
pictures say nothing.
"""

from ragzip.text.structure.formats.markdown.reader import read, recognises

__all__ = ["read", "recognises"]
