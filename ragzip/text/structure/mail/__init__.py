"""Mail: messages and threads. A statement in a mail needs its sender, its date and its subject."""

from ragzip.text.structure.mail.reader import read, recognises

__all__ = ["read", "recognises"]
