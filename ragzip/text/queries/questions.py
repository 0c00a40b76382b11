"""Readings of a query: the single questions of a text with several, of a chat history, or after instructions.

The models were trained on single questions, so each question is scored by itself. The whole query is scored too: a
polite introduction may name the subject of the question.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence

from ragzip.text.auxiliaries import ASKING
from ragzip.text.languages import function_words
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.queries.tasks import task_of
from ragzip.text.splitters import sentences
from ragzip.text.words import content, terms

__all__ = ["asks", "asks_for_one", "asks_for_several", "readings_of", "telling_terms"]

_MAX_READINGS = 4  # each costs a pass of the model over all passages
_MAX_WORDS_READ_ONCE = 30  # a longer query with one question is read as a whole and as that question
_NUMERAL_I = pattern_of(r"(?<!\w)[A-Z]\w{1,40} I\b(?! [a-z])")  # "World War I", no pronoun
_QUESTION_MARK = pattern_of(r"[?？؟\u037e]\s*[\"'”“’»«)\]]*$")
_INTERROGATIVE = pattern_of(
    rf"(?:who|whom|whose|what|when|where|which|why|how|{ASKING})\b",
    re.IGNORECASE,
)
_SEVERAL = pattern_of(  # "What are the buildings used for?", "In which countries …", "What is … and when …"
    r"\b(?:what|which|who)\s(?:all\s)?(?:are|were)\b(?!\s(?:the\s)?(?:name|title)\s)"
    r"|\b(?:what|which)\s(?:(?!does|is|was|has|did|do|kind|type|sort|year)[a-z-]{3,20}\s){0,2}?"
    r"(?!does\b|this\b|its\b|was\b|has\b|causes\b|happens\b|years\b)(?:[a-z-]{2,20}[^suia'\W]s|people|children)\b"
    r"|\bwho\s(?:all\s)?(?:attend|took part|participat|came to|was present)"
    r"|\b(?:list|enumerate|name)\s(?:all|the|some|every)\b"
    r"|\b(?:how|what|when|where|who|why|which)\s[^?.!]{2,120}?,?\sand\s(?:how|what|when|where|who|why|which)\b",
    re.IGNORECASE,
)
_QUOTED = pattern_of(r"\A\s*(?P<mark>[\"'`*]{1,3})(?P<quoted>[^\"`*]+?)(?P=mark)\s*\Z")  # as a whole
_FOR_ONE = pattern_of(  # "Who …?", "In welchem Jahr …?"
    r"\b(?:who|whose|whom|where|when|which|what|how (?:old|long|far|big|tall|much|high|heavy)|wer|wen|wem|wo|wann|was"
    r"|welche\w?|wie (?:alt|lang|weit|groß|hoch|schwer|viel)|qui|où|quand|quel(?:le)?|combien|qui[eé]n|d[oó]nde|qu[eé]"
    r"|cu[aá]ndo|cu[aá]l|cu[aá]nt[oa]|chi|dove|quando|quale|quanto|quem|onde|qual|wie|waar|wanneer|welke?|wat)\b"
    r"|[谁誰]|哪|何時|什么|什麼|どこ|いつ|кто|где|когда|как(?:ой|ая|ое)\b",
    re.IGNORECASE,
)
_OF_ANY = pattern_of(
    r"\b(?:any|all|every|each|both|others?|are|were|have|and|or|und|oder|et|ou|sind|waren|alle|tou(?:s|tes)|todos?)\b|;",
    re.IGNORECASE,
)
_ASKING_SPEAKERS = frozenset(["user", "human", "customer", "question", "q"])
_ANSWERING_SPEAKERS = frozenset(["assistant", "ai", "bot", "agent", "answer", "a", "system"])
_SPEAKER = pattern_of(rf"(?im)^[ \t]*({'|'.join(sorted(_ASKING_SPEAKERS | _ANSWERING_SPEAKERS))})[ \t]*[:：][ \t]*")


def _any_of(phrases: str) -> str:
    """A pattern of any of ``phrases``, which bars separate."""
    return "|".join(re.escape(" ".join(phrase.split())).replace(r"\ ", " ") for phrase in phrases.split("|"))


_REQUEST = _any_of("please|kindly|can you|could you|would you|will you|i want you to|i need you to|i would like you to")
_TASK_VERB = _any_of(
    """summarize|summarise|sum up|outline|paraphrase|condense|recap|list|enumerate|extract|find|identify|collect|name
    |describe|explain|give|provide|show|tell|write|produce|create|generate|make|prepare|draft|state|report|highlight
    |review|analyze|analyse"""
)
_TASK_OBJECT = _any_of(
    """me|us|all|any|every|each|a|an|the|this|that|these|those|of|in|from|for|on|about|with|by|to|and|following|given
    |above|below|brief|short|concise|detailed|full|quick|one|two|three|few|some|key|main|most important|important
    |relevant|complete|summary|summaries|report|reports|overview|outline|abstract|list|bullet|bullets|bullet points
    |point|points|fact|facts|detail|details|information|sentence|sentences|paragraph|paragraphs|word|words|text|texts
    |document|documents|passage|passages|article|articles|context|content|contents|page|pages|source|sources
    |everything|mentioned|contained|what|it|say|says"""
)
_OF_TEXT = pattern_of(  # where the answer is to be found, and no part of the question: "according to the document"
    r"\b(?:(?:according|as per|pursuant) to|(?:as )?(?:mentioned|described|stated|discussed|given|provided|outlined"
    r"|presented|noted|reported|defined) (?:in|by)|(?:based|relying) (?:up)?on|(?:with)?in)"
    r"\s(?:(?:the|this|these|your|given|provided|above|following)\s){1,3}(?:document|text|passage|article|context|source"
    r"|excerpt|material|information)s?(?=\W{0,4}$|[,;:?]|\s(?:what|which|who|how|when|where|why|is|are|do|does|did)\b)"
    r"|\baccording(?= to\b)",
    re.IGNORECASE,
)
_OF_ASKER = pattern_of(r"\b(?:[Mm]y|(?<=tell )me|(?<=give )me|(?<=show )me|(?<=help )me|(?<=for )(?:me|us))\b")
_SAYING = r"what (?:do|does|did) (?:the|these|those|this|that) [a-z]{1,20} say"
_INSTRUCTION = pattern_of(
    rf"\s*(?:(?:hi|hello|hey)\b[ ,!]{{1,3}})?(?:(?:{_REQUEST})[ ,]{{1,3}}){{0,3}}"
    rf"(?:{_TASK_VERB}|{_SAYING})\b[ ,]{{0,3}}"
    rf"(?:(?:{_TASK_OBJECT})\b[ ,]{{0,3}}){{0,24}}",
    re.IGNORECASE,
)


_OF_ANSWER = frozenset(  # words of sentences on how to answer, not on what: "Cite your sources.", "Thanks in advance!"
    terms(
        """
        hi hello hey dear thanks thank you thx cheers regards sorry advance please kindly help much lot best kind
        answer answers respond response reply write give use return output provide cite quote include mention state say
        tell keep make be do don't not never only just always without with no more than less at most least exactly
        question questions following below above given provided based using context contexts document documents passage
        passages text texts source sources information reference references knowledge own outside prior else
        short brief briefly concise concisely long detailed detail complete full clear simple simply accurate one two
        three few single word words sentence sentences paragraph paragraphs line bullet point points list format json
        markdown plain language english german french spanish italian think step steps by reason reasoning carefully
        take deep breath if cannot can't know knows unsure sure unknown find found available contain contains exist
        explain explanation make up made try piece pieces end invent hallucinate assume assistant helpful expert you
        your are as an
        antworte antworten bitte danke kurz satz sätzen deutsch auf quellen nenne nur kontext frage basierend
        réponds répondez réponse merci bref brève brièvement courte phrase phrases français sources contexte question
        responde respuesta gracias breve brevemente frase frases español fuentes contexto pregunta favor
        """
    )
)


def readings_of(query: str) -> tuple[str, ...]:
    """The texts to score passages by in place of ``query``, the best score counts; none where it names no subject.

    "Summarize the text" names no subject; "List the rivers. Who named them?" has two questions.
    """
    if task_of(query) == "gist":
        return ()
    *earlier_turns, last_turn = _asking_turns(_unwrapped(query))
    turn_sentences = _on_subject([last_turn[start:end] for start, end in sentences(last_turn)])
    last_turn = " ".join(turn_sentences) if len(turn_sentences) == 1 else last_turn
    questions = [sentence for sentence in turn_sentences if _QUESTION_MARK.search(sentence)]
    sentence_readings = [stripped for sentence in questions or turn_sentences if (stripped := _without_task(sentence))]
    if not sentence_readings:
        return ()
    if len(turn_sentences) == 1 or (len(sentence_readings) == 1 and len(last_turn.split()) <= _MAX_WORDS_READ_ONCE):
        readings = [_without_task(last_turn) or last_turn]
    else:
        readings = [last_turn, *(sentence_readings if questions else ())]
    if earlier_turns:  # "When was he born?" refers to the turn before
        readings.append(f"{earlier_turns[-1]} {last_turn}")
    return tuple(dict.fromkeys(readings))[:_MAX_READINGS]


def asks_for_several(query: str) -> bool:
    """Whether the answer to ``query`` has several parts, which a text may say far from one another."""
    return _SEVERAL.search(query) is not None


def asks_for_one(query: str) -> bool:
    """Whether ``query`` asks for one thing: who, where, when; not for any or all of several."""
    return _FOR_ONE.search(query) is not None and not _OF_ANY.search(query) and not asks_for_several(query)


def asks(query: str) -> bool:
    """Whether ``query`` is a question, of which it can be said that nothing answers it; a task and a few keywords are
    none.
    """
    return bool(_QUESTION_MARK.search(query) or _INTERROGATIVE.match(query.lstrip()))


def _asking_turns(query: str) -> list[str]:
    """The turns of the asking speakers in a history that names its speakers; else the query as it is."""
    speakers = list(_SPEAKER.finditer(query))
    if len(speakers) < 2:
        return [query]
    turn_ends = [speaker.start() for speaker in speakers[1:]] + [len(query)]
    asking_turns = [
        query[speaker.end() : turn_end].strip()
        for speaker, turn_end in zip(speakers, turn_ends, strict=True)
        if speaker.group(1).casefold() in _ASKING_SPEAKERS and not query[speaker.end() : turn_end].isspace()
    ]
    return asking_turns or [query]


def _unwrapped(query: str) -> str:
    """A query without the quotation marks around it, or the arguments of a call that it is the one text of."""
    try:
        arguments = json.loads(query) if query.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        arguments = None
    if isinstance(arguments, dict) and len(arguments) == 1:
        (argument,) = arguments.values()
        query = argument if isinstance(argument, str) and argument.strip() else query
    return _QUOTED.sub(r"\g<quoted>", query)


def _on_subject(query_sentences: Sequence[str]) -> list[str]:
    """The sentences of a query without those on how to answer; all of them where there are no others."""
    on_subject = [
        sentence
        for sentence in query_sentences
        if _QUESTION_MARK.search(sentence) or not _OF_ANSWER.issuperset(content(sentence))
    ] or list(query_sentences)
    label = _SPEAKER.match(on_subject[0]) if len(on_subject) == 1 else None
    return [on_subject[0][label.end() :]] if label and label.group(1).casefold() in _ASKING_SPEAKERS else on_subject


def _without_task(text: str) -> str:
    """``text`` without the words of an instruction; "" where nothing else is left."""
    instruction = _INSTRUCTION.match(text)
    if instruction is None:
        return text
    remainder = text[instruction.end() :].strip()
    if any(map(str.isalnum, remainder)):
        return remainder
    return "" if len(text.split()) > 1 else text


def telling_terms(query: str) -> Counter[str]:
    """The terms of a query without its function words, those of who asks, and where it says that the answer is; all of
    them where there is nothing else. "What" and "can" are as rare among the sentences of a few documents as what is
    asked about, and would weigh as much.
    """
    query_terms = terms(query)
    left_out = {term for word in function_words(query) for term in terms(word)}
    if not _NUMERAL_I.search(query):
        left_out.add("i")
    telling = content(_OF_ASKER.sub(" ", _OF_TEXT.sub(" ", query))) - left_out
    return Counter(term for term in query_terms if term in telling) or Counter(query_terms)
