"""Pleasantries in talk, which say nothing: thanks, greetings, good wishes, cheers."""

from __future__ import annotations

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["is_greeting", "is_pleasantry"]

_GREETINGS = (
    r"(?:hi|hey|hello|hiya|good (?:morning|afternoon|evening|night))(?: (?:there|again|all|everyone|guys))?"
    r"|hallo|moin|guten (?:tag|morgen|abend)|salut|bonjour|bonsoir|hola|buen[oa]s (?:días|tardes|noches)"
)
_PHRASES = (
    r"(?:good|great|nice|lovely) (?:to (?:see|hear from|meet) you|seeing you|chatting(?: with you)?|talking to you)"
    r"(?: (?:again|too))?"
    r"|long time no see|it['’]?s been (?:a while|ages|too long)|how (?:are|have) you (?:been|doing)|how are you"
    r"|how about you|how['’]?s it going|how is it going|what['’]?s (?:up|new)|(?:and|what about) you|you too"
    r"|(?:many )?(?:thanks|thank you|thx|cheers)(?: (?:so|very) much| a lot| a million| again)?"
    r"(?: for (?:sharing|asking|listening|being there|everything|the (?:kind words|support|encouragement|help)"
    r"|your (?:kind words|support|encouragement|help)))?"
    r"|(?:i )?(?:really )?appreciate (?:it|that|you)|(?:that|it|your support) means"
    r" (?:a lot|so much|the world)(?: to me)?"
    r"|you['’]?re (?:very )?welcome|you['’]?re (?:the best|amazing|awesome|so (?:kind|sweet))|no problem|any ?time"
    r"|my pleasure|don['’]?t mention it|that['’]?s what friends are for"
    r"|bye(?: bye| now)?|goodbye|take care(?: of yourself)?|(?:talk|speak|chat) (?:to you )?(?:soon|later)"
    r"|catch you later"
    r"|(?:see|cu) (?:you|ya)(?: (?:soon|later|then|there|around|tomorrow|tonight))?|have a (?:good|great|nice|lovely) "
    r"(?:day|evening|night|weekend|time|one)|have fun|good luck|best of luck|keep it up|enjoy"
    r"|congrat(?:s|ulations)(?: (?:again|to you))?|well done|good job|i['’]?m (?:so |really )?"
    r"(?:happy|glad|proud|excited) (?:for|of) you|wow|a+w+|oh|yay|woohoo|haha+|cool|great|awesome|amazing|wonderful"
    r"|lovely|nice|sweet|how (?:nice|lovely|sweet|cool|exciting|wonderful)|(?:that|this|it)(?:['’]?s| is| sounds)"
    r"(?: so| really| just)? (?:nice|great|awesome|amazing|wonderful|lovely|sweet|cool|fantastic|fun)"
    r"|(?:vielen |lieben |herzlichen )?dank(?:e)?(?: (?:schön|dir|ihnen))?"
    r"|wie geht['’]?s(?: dir)?|tschüss?|bis (?:bald|später|dann|morgen)|gern geschehen|mach['’]?s gut|super|toll"
    r"|wie schön|glückwunsch"
    r"|merci(?: beaucoup)?|de rien|à bientôt|au revoir|ça va|félicitations|bravo"
    r"|(?:muchas )?gracias|de nada|hasta (?:luego|pronto)|adiós|felicidades"
)
_NAME_AND_MARKS = r"(?![\w'’-])(?:,? [A-ZÀ-Þ][\w’'-]{1,15})?[\s,.!?;…:)\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]*"
_GREETING = pattern_of(rf"(?i:{_GREETINGS}){_NAME_AND_MARKS}")
_PLEASANTRY = pattern_of(rf"(?i:{_GREETINGS}|{_PHRASES}){_NAME_AND_MARKS}")
_MAX_CHARACTERS, _MAX_PHRASES = 120, 6


def is_pleasantry(words: str) -> bool:
    """Whether ``words``, of one speaker, are nothing but pleasantries: "Thanks, John! See you then!"."""
    words = words.strip()
    place = 0
    if not words or len(words) > _MAX_CHARACTERS:
        return False
    for _ in range(_MAX_PHRASES):
        phrase = _PLEASANTRY.match(words, place)
        if phrase is None:
            return False
        place = phrase.end()
        if place == len(words):
            return True
    return False


def is_greeting(words: str) -> bool:
    """Whether ``words`` are a greeting and nothing more, which answers no question: "Hey, Joey!"."""
    words = words.strip()
    return len(words) <= _MAX_CHARACTERS and _GREETING.fullmatch(words) is not None
