"""Rules for questions whose form says what they ask for, where models go by their words: "May I pass it on?" for the
sentence that permits or forbids, "How do I reset it?" for the first instruction under the heading with the same words,
"Why did it fail?" for the text under "Root cause", "Where is MAX_RETRIES defined?" for the line that defines it.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

import numpy as np

from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above
from ragzip.compressors.outline import Outline
from ragzip.text.governing import GOVERNING
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.scores import Scores
from ragzip.text.splitters.headings.plain import has_statement_word
from ragzip.text.structure.needs.paragraphs import FIRST_STEP, STEP
from ragzip.text.words import content

__all__ = ["asks_for_permission", "with_asked_forms"]

_ASKS_FOR_PERMISSION = pattern_of(
    r"\W{0,3}(?:(?:can|could|may|must|should|shall|do)\s(?:i|we|one|you|they|he|she|it|the|my|our|an?|tenants|guests)\b"
    r"|am\si\sallowed|(?:is|are)\s[^?]{1,60}\s(?:allowed|permitted|forbidden)\b|(?:darf|dürfen|kann|können|muss"
    r"|müssen)\b"
    r"|puis-je\b|peut-on\b|dois-je\b|puedo\b|se\spuede\b|debo\b|posso\b|si\spuò\b|devo\b|mag\b|kan\b|moet\b)",
    re.IGNORECASE,
)
_ASKS_HOW = pattern_of(
    r"\W{0,3}(?:how\s(?:do|can|should|must|would|could|does)\s(?:i|we|you|one|someone)\b|how\sto\b"
    r"|(?:(?:what|which)\sare\s)?(?:the\s)?(?:steps|instructions)\s(?:to|for)\b"
    r"|wie\s(?:kann|muss|soll|[^\W\d_]{2,20}e)\s(?:ich|man)\b|comment\b|cómo\b)",
    re.IGNORECASE,
)
_ASKS_WHY = pattern_of(
    r"\W{0,3}(?:why\b|(?:what|which)\s(?:was\s|is\s|were\s)?(?:the\s)?(?:root\s)?(?:causes?d?|reasons?|led)\b"
    r"|how\scome\b"
    r"|warum\b|weshalb\b|wieso\b|pourquoi\b|por\squé\b|perché\b|waarom\b)",
    re.IGNORECASE,
)
_ASKS_PRICE = pattern_of(  # in words that no price has
    r"\bhow\smuch\s(?:is|are|was|were|for)\b|\bwhat(?:['’]s|\sis|\sare)\sthe\s(?:price|fare|fee)s?\b"
    r"|\b(?:wie\steuer|was\skosten?|wie\sviel\skosten?)\b|\b(?:combien|c['’]est\scombien|quel\sest\sle\s(?:prix"
    r"|tarif))\b"
    r"|\b(?:cuánto\s(?:es|vale|cuesta)|quanto\s(?:è|costa|custa))\b",
    re.IGNORECASE,
)
_COSTS = pattern_of(
    r"\b(?:costs?|pays?|charged?|price[ds]?|sold|sells?|for|kostet|kosten|zahl(?:t|en)|coûte(?:nt)?|pai?e(?:nt)?"
    r"|cuestan?|pagan?"
    r"|costan?|pagano|custam?)\b[^.!?\n]{0,40}?(?:[€$£]\s?\d|\d[\d.,]*\s?(?:[€$£]|euros?\b|dollars?\b|pounds?\b"
    r"|francs?\b))",
    re.IGNORECASE,
)
_OF_CAUSES = pattern_of(  # a heading
    r"\W{0,4}(?:[\dIVX.]{1,6}\s)?(?:(?:root|probable|underlying|the)\s)?(?:causes?|reasons?|explanation|ursachen?"
    r"|gründe?|causas?"
    r"|raisons?|origine|motivos?|cause\sprofonde|oorzaken?)(?:\s(?:analysis|of\s[^\n]{1,40}))?\W{0,4}",
    re.IGNORECASE,
)
_ASKS_FOR_DEFINITION = pattern_of(
    r"\b(?:where|in (?:what|which) (?:file|module|line))\s(?:is|are|was|does)\s(?:[a-z]+\s){0,3}?"
    r"[`'\"]?(?P<name>[\w$.]{2,80})(?:\(\))?[`'\"]?\s(?:defined|declared|set|implemented|assigned|initiali[sz]ed)\b"
    r"|\b(?:which|what)\s(?:file|module|line)\s(?:defines|declares|sets|implements)\s(?:[a-z]+\s){0,3}?"
    r"[`'\"]?(?P<defined>[\w$.]{2,80})",
    re.IGNORECASE,
)
_ASKS_NEXT = pattern_of(  # what is told right after, or before, an event: "What happened after the weir was removed?"
    r"(?:so |and |then )?(?:what|was|que|qu['’]est-ce qui|cosa|qué)\s"
    r"(?:(?:do|did|should|must|can)\s(?:i|we|you|they|he|she)\s(?:have to )?(?:do|did)|(?:happen|come|follow)(?:s|ed)?"
    r"|came|is done|was done|passiert|geschah|passierte|kommt|kam|(?:mache?|tue?|muss|soll)\sich(?:\s(?:tun|machen))?"
    r"|se passe|s['’]est passé|faire|succede|(?:è )?successo|pasó|pasa)(?:\snext)?,?\s"
    r"(?P<order>after|once|before|nachdem|nach|bevor|vor|après|avant|dopo|prima|después|antes)\s(?P<event>.+)",
    re.IGNORECASE | re.DOTALL,
)
_BEFORE = frozenset(["before", "bevor", "vor", "avant", "prima", "antes"])
_NAME = pattern_of(
    r"[A-Za-z_$][\w$]*_[\w$]*|[A-Za-z$][\w$]*?(?:[a-z][A-Z]|[A-Z]{2}|[a-z]\d)[\w$]*|[\w$]+\.[\w$.]+"
)  # no word
_PLACE = r"(?:^|\n)(?:[^\s:]{1,200}[:\-]\d{1,7}[:\-](?:\d{1,5}:)?)?[ \t]*"  # as a search prints it
_WORDS_OF_DEFINITION = (
    r"def|class|function|func|fn|fun|const|let|var|val|struct|enum|interface|type|trait|module|sub|define|readonly"
    r"|export"
    r"|public|private|protected|static|final|async|pub|int|long|bool|char|float|double|string|local|create table"
)
_INSTRUCTION = pattern_of(  # not after its subject
    r"(?:[-*+•]\s|\(?\d{1,2}[.)]\s)?(?:(?:first|then|now|next|please|simply|just|to\s[^,.;]{2,40}),?\s)?"
    r"(?:(?:hold|press|push|pull|turn|click|tap|select|choose|open|close|plug|unplug|switch|remove|insert|enter|type"
    r"|go|set"
    r"|wait|release|connect|disconnect|put|place|take|add|mix|pour|heat|cut|fold|fill|empty|drain|clean|wipe|rinse"
    r"|shake|lift"
    r"|lower|slide|twist|screw|unscrew|tighten|loosen|check|make\ssure|start|stop|run|install|download|write|send"
    r"|call|sign"
    r"|log|scroll|drag|keep|use|apply|attach|detach|unlock|lock|bring|ask|fetch|give|let|move|leave|replace|repeat"
    r"|bend|lay"
    r"|scan|swipe|touch|upload|visit|complete)\s(?!of\b|is\b|are\b|was\b|were\b|and\b)"
    r"|[^\W\d_]{3,20}en\ssie\b|(?!(?:avez|assez|chez|voulez|pouvez)\b)[^\W\d_]{3,20}ez\s)",
    re.IGNORECASE,
)
_AIM_OF_INSTRUCTION = pattern_of(
    r"(?:[-*+•]\s|\(?\d{1,2}[.)]\s)?(?:to|um|pour|para|per|om)\s(?P<aim>[^,.:;!?]{4,80}),\s(?=[^\W\d_])", re.IGNORECASE
)
_SHARE_OF_BEST = 0.95  # of the best score: the least for a sentence of the form asked for
_SHARE_OF_QUESTION = 0.9  # of the score of what repeats the question, where instructions answer it
_OF_ASKERS = frozenset(re.findall(r"\w+", "my our your mein meine meinen mon ma mes mi mis mio mia"))  # "my router"
_OF_FIXING = frozenset(
    re.findall(r"\w+", "fix solve resolve clear remove repair correct beheben lösen tun résoudre faire")
)
_LABEL = pattern_of(r"(?P<name>[^\W_][^:.!?\n]{1,40}):\s(?=\S)")
_MAX_INSTRUCTIONS = 4
_MAX_UNITS_BELOW = 24
_MAX_CHARACTERS, _MAX_FURTHER_WORDS = 120, 2  # of what repeats a question


def with_asked_forms(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, with units of the form that ``query`` asks for near the best. *Shape:* (n,) both."""
    outline, source = text.outline, text.source
    if query is None or not len(scores):
        return scores
    best = int(scores.argmax())
    repeating_units: list[int] = []
    if asks_for_permission(query):
        asked_units = _permissions(outline, source, best)
    elif (name := _name_of_defined(query)) is not None:
        definitions = _definitions(outline, source, name)
        scores = scores.copy()
        scores[definitions] = np.nextafter(scores[best], np.inf)  # what uses it has the name, too
        return scores
    elif (order := _ASKS_NEXT.match(query)) is not None:
        asked_units = _beside_event(outline, source, order)
    elif _ASKS_PRICE.search(query):
        asked_units = _prices(query, outline, source)
    elif _ASKS_WHY.match(query):
        asked_units = _first_of_causes(outline)
    elif _ASKS_HOW.match(query) and (aimed_units := _aimed(query, outline, source)):
        scores = scores.copy()
        scores[aimed_units] = np.maximum(scores[aimed_units], just_above(scores[best]))
        return scores
    elif _ASKS_HOW.match(query):
        asked_units, repeating_units = _instructions(query, outline, source)
        asked_units = asked_units or _steps_with(outline, source, best)
    else:
        return scores
    if asked_units:
        scores = scores.copy()
        scores[asked_units] = np.maximum(scores[asked_units], _SHARE_OF_BEST * scores[best])
        scores[repeating_units] *= _SHARE_OF_QUESTION
    return scores


def asks_for_permission(query: str) -> bool:
    """Whether ``query`` asks whether something may or must be done."""
    return _ASKS_FOR_PERMISSION.match(query) is not None


def _permissions(outline: Outline, source: str, best: int) -> list[int]:
    """The sentence after the best one, if that states no permission, and this one does, for the same thing."""
    after = best + 1
    if after == len(outline.spans) or best not in outline.relations[after].companions:
        return []
    is_modal, is_modal_after = (
        GOVERNING["modal"].search(outline.text_of(number, source)) is not None for number in (best, after)
    )
    return [after] if is_modal_after and not is_modal else []


def _beside_event(outline: Outline, source: str, order: re.Match[str]) -> list[int]:
    """The sentence of the same paragraph that follows the one about an event, or precedes it."""
    event_words = _asked_words(order["event"])
    counts = [
        len(event_words & content(outline.text_of(number, source))) if relation.section is None else 0
        for number, relation in enumerate(outline.relations)
    ]
    place = max(range(len(counts)), key=counts.__getitem__)
    step = -1 if order["order"].lower() in _BEFORE else 1
    neighbour = place + step
    if 2 * counts[place] <= len(event_words) or not 0 <= neighbour < len(counts):
        return []
    first, second = sorted((outline.spans[place], outline.spans[neighbour]))
    is_statement = outline.relations[neighbour].section is None
    return [neighbour] if is_statement and source.count("\n", first.end, second.start) < 2 else []


def _first_of_causes(outline: Outline) -> list[int]:
    """The first statement under a heading that says no more than that causes follow."""
    return [
        number
        for number, (heading, heading_before) in enumerate(zip(outline.headings, ["", *outline.headings], strict=False))
        if heading != heading_before and outline.relations[number].section is None and _OF_CAUSES.fullmatch(heading)
    ][:1]


def _name_of_defined(query: str) -> str | None:
    """The name in code whose definition ``query`` asks for; None where it asks for none."""
    question = _ASKS_FOR_DEFINITION.search(query)
    name = (question["name"] or question["defined"]) if question is not None else ""
    return name if name and _NAME.fullmatch(name) else None


def _definitions(outline: Outline, source: str, name: str) -> list[int]:
    """The units that define a name: "MAX_RETRIES = 5", "def fetch_all(".

    Those alone in which it stands at all are looked at.
    """
    last_name = name.rsplit(".", 1)[-1]
    written_name = re.escape(last_name)
    definition = re.compile(
        rf"{_PLACE}(?:(?:[#@]?(?i:{_WORDS_OF_DEFINITION})[ \t]+){{0,4}}{written_name}"
        r"(?:[ \t]*:[ \t]*[\w\[\], .|]{1,60})?[ \t]*(?::?=(?!=)|:[ \t]*(?:\n|$))"
        rf"|(?:[#@]?(?i:{_WORDS_OF_DEFINITION})[ \t]+){{1,4}}(?:[\w<>\[\],]{{1,40}}[ \t]+)?{written_name}\b)"
    )
    texts = [source[slice(*span)] for span in outline.spans]
    return [number for number, text in enumerate(texts) if last_name in text and definition.search(text)]


def _prices(query: str, outline: Outline, source: str) -> list[int]:
    """The sentences that say what something costs, with most of the words in ``query``, their own or those of the
    sentences that they speak of: "It costs 39 euros."; none where all have as many.
    """
    asked_words = _asked_words(query)
    counts = {
        number: len(
            asked_words & content(" ".join(source[slice(*outline.spans[place])] for place in (number, *before)))
        )
        for number, (span, relation) in enumerate(zip(outline.spans, outline.relations, strict=True))
        if _COSTS.search(source, *span)
        for before in [[companion for companion in relation.companions if companion < number]]
    }
    highest_count = max(counts.values(), default=0)
    return [number for number, count in counts.items() if count == highest_count > 0]


def _aimed(query: str, outline: Outline, source: str) -> list[int]:
    """The sentences that say what to do for the aim in ``query``: "To reset the router, press the button."."""
    asked_words = _asked_words(query)
    return [
        number
        for number, span in enumerate(outline.spans)
        if asked_words
        and (match := _AIM_OF_INSTRUCTION.match(source, *span)) is not None
        and asked_words <= content(match["aim"])
    ]


def _asked_words(query: str) -> set[str]:
    question = query.split("?")[0]  # without "Give me all steps."
    return {word for word in content(question) if word.isdigit() or (len(word) > 1 and word not in _OF_ASKERS)}


def _instructions(query: str, outline: Outline, source: str) -> tuple[list[int], list[int]]:
    """The first instructions below a heading or a sentence that says no more than ``query`` (all of them where they are
    numbered), and these.
    """
    asked_words = _asked_words(query)
    instructions: list[int] = []
    repeating_units: list[int] = []
    last_below = -1
    for number, relation in enumerate(outline.relations):
        text = outline.text_of(number, source)
        if _repeats(asked_words, text):
            last_below = number + _MAX_UNITS_BELOW
            repeating_units.append(number)
        elif relation.section is not None:
            last_below = -1
        if number <= last_below and relation.section is None and _INSTRUCTION.match(text):
            instructions.append(number)
        elif instructions:
            break
    if instructions and FIRST_STEP.match(source, outline.spans[instructions[0]].start):
        return _steps(outline, source, instructions[0]), repeating_units
    return instructions[:_MAX_INSTRUCTIONS], repeating_units


def _steps(outline: Outline, source: str, first: int) -> list[int]:
    """The items of the numbered list that begins with the one at ``first``."""
    end = first + 1
    while end < min(len(outline.spans), first + _MAX_UNITS_BELOW) and STEP.match(source, outline.spans[end].start):
        end += 1
    return list(range(first, end))


def _steps_with(outline: Outline, source: str, best: int) -> list[int]:
    """The items of the numbered list of instructions that the unit at ``best`` is one of, or the heading of."""
    starts = [span.start for span in outline.spans]
    first = best + 1 if outline.relations[best].section is not None else best
    while 0 < first < len(starts) and STEP.match(source, starts[first]) and not FIRST_STEP.match(source, starts[first]):
        first -= 1
    if first == len(starts) or not FIRST_STEP.match(source, starts[first]):
        return []
    steps = _steps(outline, source, first)
    stating = [step for step in steps if has_statement_word(outline.text_of(step, source).split())]
    return steps if 2 * len(stating) < len(steps) else []


def _repeats(asked_words: AbstractSet[str], text: str) -> bool:
    """Whether ``text``, or its label, "Error E14: it is full.", has the words of the question, and almost no others."""
    label = _LABEL.match(text)
    if label is not None:
        asked_words, text = asked_words - _OF_FIXING, label["name"]
    if not asked_words or len(text) > _MAX_CHARACTERS:
        return False
    text_words = content(text)
    return asked_words <= text_words and len(text_words) <= len(asked_words) + _MAX_FURTHER_WORDS
