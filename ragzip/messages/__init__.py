"""Lists of chat messages: tool results and contexts in them get shorter, all else stays byte for byte."""

from __future__ import annotations

from ragzip.messages.compress import MessageCompressor, compress_messages
from ragzip.messages.originals import Originals
from ragzip.messages.result import CompressedMessages, MessageReport, MessageStats

__all__ = [
    "CompressedMessages",
    "MessageCompressor",
    "MessageReport",
    "MessageStats",
    "Originals",
    "compress_messages",
]
