"""Questions of chats that have no question mark, "whats the wifi password", and those that anyone may answer: who
declines, "not me", does not answer them.
"""

from __future__ import annotations

import re

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["asks_anyone", "asks_without_mark", "declines"]

_MAX_WORDS_WITHOUT_MARK = 16
_WITHOUT_MARK = pattern_of(
    r"(?:(?:hey|hi|ok|okay|so|and|but|btw|also|sorry|guys|du|und|aber|sag mal|oye|y|dis|et|@\w{1,30})[, ]+){0,2}"
    r"(?:(?:what|when|where|who|how|why)"
    r"(?:['’]?s|['’]re| (?:is|are|was|were|do|does|did|can|could|should|will|has|have))"
    r"|what (?:time|day|date|size|colou?r|kind|number|address)|how (?:much|many|long|far|old|big|often)"
    r"|which (?:one|day|room|platform|of)"
    r"|(?:can|could|will|would|do|does|did|is|are|has|have|should|shall)"
    r" (?:i|you|u|we|they|he|she|it|there|someone|somebody|anyone|anybody)"
    r"|any(?:one|body) (?:know|knows|has|have|got|want|wants|free)|any (?:idea|news|update)s?"
    r"|(?:wann|wer|wo|wohin|warum) (?:ist|sind|war|hat|habt|kommt|geht|kann|können|treffen|fährt|wird|soll|sollen)"
    r"|(?:um )?wie (?:viel|viele|lange|spät|heißt|teuer)|wieviel|(?:kannst|hast|kommst|weißt|weisst|willst) du"
    r"|(?:könnt|habt|kommt|wollt) ihr|(?:kann|hat|weiß|weiss) (?:jemand|wer)"
    r"|(?:c['’]est|on fait) quoi|(?:quand|où|qui|comment) (?:est|c['’]est|a|on)|(?:quelle heure|est-ce que|qui peut)"
    r"|(?:cu[aá]ndo|d[oó]nde|qui[eé]n|c[oó]mo) (?:es|est[aá]|son|hay|puede)|(?:a )?qu[eé] hora"
    r"|alguien (?:sabe|tiene|puede)"
    r"|(?:quando|dove|chi) (?:[eè]|sono|ha|pu[oò])|a che ora|qualcuno (?:sa|ha|pu[oò]))\b",
    re.IGNORECASE,
)
_ANYONE = pattern_of(
    r"\b(?:some(?:one|body)|any(?:one|body)|who|jemand|wer|quelqu['’]un|qui|alguien|qui[eé]n|qualcuno|chi|iemand|wie)\b",
    re.IGNORECASE,
)
_DECLINES = pattern_of(
    r"(?:sorry,? )?(?:not me|no\b|nope|nah|(?:i )?can(?:['’]?t|not)|i don['’]?t|don['’]?t know|no idea|dunno|not sure"
    r"|nein|ne\b|ich (?:nicht|kann nicht|leider nicht)|leider nicht|(?:ich )?weiß nicht|keine ahnung|non\b|pas moi"
    r"|je ne|moi non|yo no|no puedo|no s[eé]|io no|non posso|non lo so|ik niet|nee\b)",
    re.IGNORECASE,
)


def asks_without_mark(words: str) -> bool:
    """Whether a short message, which does not end as a sentence does, begins as a question does."""
    return (
        words[-1:].isalnum()
        and len(words.split(maxsplit=_MAX_WORDS_WITHOUT_MARK)) <= _MAX_WORDS_WITHOUT_MARK
        and _WITHOUT_MARK.match(words) is not None
    )


def asks_anyone(question: str) -> bool:
    """Whether a question is for whoever can answer or help: "can someone pick up grandpa?"."""
    return _ANYONE.search(question) is not None


def declines(reply: str) -> bool:
    """Whether a reply leaves the question to others: "not me, no license"."""
    return _DECLINES.match(reply) is not None
