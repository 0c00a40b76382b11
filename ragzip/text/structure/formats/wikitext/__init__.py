"""Wikitext, as MediaWiki stores its pages: prose under headings, lists, tables, and templates with a value a line, such
as infoboxes. A row needs the lines that open, name and close its table, a value those of its template.

Links are written as their labels, and without the references, comments and marks of bold text that a page would not
show in its text.
"""

from ragzip.text.structure.formats.wikitext.reader import read, recognises

__all__ = ["read", "recognises"]
