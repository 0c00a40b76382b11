"""What a query asks for: several questions in one text, the last turn of a history, instructions.

A model that was trained on single questions reads each by itself, and the whole text beside them: a polite introduction
may name what the question is about.
"""

from __future__ import annotations

import re

from ragzip.text.splitters import sentences

__all__ = ["readings_of"]

_MOST_READINGS = 4  # of a query; each takes a pass of the model over all passages
_MOST_WORDS_OF_ONE = 30  # a longer query with a question in it is read both as a whole and as the question alone
_QUESTION = re.compile(r"[?？؟\u037e]\s*[\"'”’»)\]]*$")
_ASKING = frozenset(["user", "human", "customer", "question", "q"])
_ANSWERING = frozenset(["assistant", "ai", "bot", "agent", "answer", "a", "system"])
_TURN = re.compile(rf"(?im)^[ \t]*({'|'.join(sorted(_ASKING | _ANSWERING))})[ \t]*[:：][ \t]*")


def _any_of(phrases: str) -> str:
    """A pattern of any of the phrases that stand between bars."""
    return "|".join(re.escape(" ".join(phrase.split())).replace(r"\ ", " ") for phrase in phrases.split("|"))


_REQUEST = _any_of("please|kindly|can you|could you|would you|will you|i want you to|i need you to|i would like you to")
_TASK = _any_of(
    """summarize|summarise|sum up|outline|paraphrase|condense|recap|list|enumerate|extract|find|identify|collect|name
    |describe|explain|give|provide|show|tell|write|produce|create|generate|make|prepare|draft|state|report|highlight
    |review|analyze|analyse"""
)
_OBJECT = _any_of(
    """me|us|all|any|every|each|a|an|the|this|that|these|those|of|in|from|for|on|about|with|by|to|and|following|given
    |above|below|brief|short|concise|detailed|full|quick|one|two|three|few|some|key|main|most important|important
    |relevant|complete|summary|summaries|report|reports|overview|outline|abstract|list|bullet|bullets|bullet points
    |point|points|fact|facts|detail|details|information|sentence|sentences|paragraph|paragraphs|word|words|text|texts
    |document|documents|passage|passages|article|articles|context|content|contents|page|pages|source|sources
    |everything|mentioned|contained|what|it|say|says"""
)
_SAYING = r"what (?:do|does|did) (?:the|these|those|this|that) [a-z]{1,20} say"
_INSTRUCTION = re.compile(
    rf"\s*(?:(?:{_REQUEST})[ ,]{{1,3}}){{0,3}}(?:{_TASK}|{_SAYING})\b[ ,]{{0,3}}(?:(?:{_OBJECT})\b[ ,]{{0,3}}){{0,24}}",
    re.IGNORECASE,
)


def readings_of(query: str) -> tuple[str, ...]:
    """The texts that ``query`` is scored by, of which the best counts; none where it names nothing to look for.

    "Summarize the text" names nothing; "List the rivers. Who named them?" asks twice.
    """
    *earlier, turn = _asking_turns(query)
    parts = [turn[start:end] for start, end in sentences(turn)]
    questions = [part for part in parts if _QUESTION.search(part)]
    texts = [stripped for part in questions or parts if (stripped := _without_task(part))]
    if not texts:
        return ()
    if len(parts) == 1 or (len(texts) == 1 and len(turn.split()) <= _MOST_WORDS_OF_ONE):
        readings = [_without_task(turn) or turn]
    else:
        readings = [turn, *(texts if questions else ())]
    if earlier:  # "When was he born?" is about what was asked before
        readings.append(f"{earlier[-1]} {turn}")
    return tuple(dict.fromkeys(readings))[:_MOST_READINGS]


def _asking_turns(query: str) -> list[str]:
    """Of a history of turns with their speakers' names, those that ask; else the query as it is."""
    turns = list(_TURN.finditer(query))
    if len(turns) < 2:
        return [query]
    ends = [turn.start() for turn in turns[1:]] + [len(query)]
    asking = [
        query[turn.end() : end].strip()
        for turn, end in zip(turns, ends, strict=True)
        if turn.group(1).casefold() in _ASKING and not query[turn.end() : end].isspace()
    ]
    return asking or [query]


def _without_task(text: str) -> str:
    """``text`` without the words of an instruction; "" where it was nothing else."""
    instruction = _INSTRUCTION.match(text)
    if instruction is None:
        return text
    rest = text[instruction.end() :].strip()
    if any(map(str.isalnum, rest)):
        return rest
    return "" if len(text.split()) > 1 else text
