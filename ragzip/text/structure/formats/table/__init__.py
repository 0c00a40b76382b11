"""Tables: CSV, TSV and the like, rows parted by bars, and columns aligned by blanks. A row needs the header."""

from ragzip.text.structure.formats.table.reader import RowForm, read, recognises

__all__ = ["RowForm", "read", "recognises"]
