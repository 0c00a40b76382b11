"""Transcripts: subtitles, meetings, chats, plays. A cue needs its time, a sentence its speaker, a short reply what it
replies to.
"""

from ragzip.text.structure.formats.transcript.reader import add_turns, read, recognises, remarks_of

__all__ = ["add_turns", "read", "recognises", "remarks_of"]
