"""Mail: messages and threads. A statement in a mail needs its sender, its date and its subject.

Quotations of a mail that stands in the same text, boundaries, encoded attachments and headers for machines say nothing.
"""

from ragzip.text.structure.formats.mail.reader import read, recognises

__all__ = ["read", "recognises"]
