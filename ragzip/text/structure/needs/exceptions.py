"""Exceptions that take back something of the list item, the list or the paragraph above them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.governing import GOVERNING
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.patterns import BULLETS
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.exemptions import DUE, IS_EXEMPT, NOT_APPLIED, THIS_NOT_APPLIED
from ragzip.text.structure.needs.paragraphs import begins_paragraph, is_next_sentence, is_statement

__all__ = ["EXCEPTIONS", "begins_with_exception", "exceptions", "reliefs"]

EXCEPTIONS = pattern_of(  # a paragraph that takes back something of the list or paragraph above it
    r"(?:the )?(?:only )?exceptions?(?:\s?:| (?:is|are|to this)\b)|(?:die )?(?:einzige )?ausnahmen?\s?:"
    r"|(?:la )?excepci(?:ón|ones)\s?:|eccezion[ei]\s?:|exceç(?:ão|ões)\s?:|uitzondering(?:en)?\s?:|undantag\s?:"
    r"|(?:this|these|the foregoing)(?: (?:list|rule|ban|provision|limit|amount)s?)? (?:do|does|shall) not apply\b"
    r"|(?:dies|das) gilt nicht\b|(?:ceci|cela) ne (?:s['’]applique|vaut) pas\b|esto no se aplica\b"
    r"|(?:questo|ciò) non (?:vale|si applica)\b|isto não se aplica\b|dit geldt niet\b|(?:例外|但書)",
    re.IGNORECASE,
)
_EXCEPTS = pattern_of(  # a sentence that excepts something from what the one before says
    r"(?:the (?:only )?|an? )?exceptions? (?:is|are|to|apply|applies|was|were)\b|exceptions?\s?:"
    r"|[^.!?]{1,60}?\b(?:is|are|was|were|forms?) (?:an |the only |the )?exceptions?\b"
    r"|[^.!?]{1,60}?\b(?:is|are|was|were|remains?) (?:exempt(?:ed)?|excepted|excluded)"
    r"(?:[.!;,]|\s(?:(?:from|of) (?:this|that|it|these)|here)\b)"
    r"|(?:thereafter|afterwards|after that|then|otherwise|danach|dann|sonst|ensuite|après|sinon|después|luego|dopo|poi"
    r"|depois|daarna|anders) (?:only|nur|uniquement|seulement|s[oó]lo|soltanto|só|apenas|alleen)\b"
    r"|(?:exempt(?:ed)?|excepted|excluded)(?: from (?:this|that|it|these))? (?:is|are|was|were)\b"
    r"|(?:die (?:einzige )?|eine )?ausnahmen?\b"
    r"|(?:(?:hier|da)von )?ausgenommen(?: (?:hier|da)von)? (?:ist|sind|war|waren|bleib(?:t|en))\b"
    r"|(?:hiervon|davon) (?:ist|sind|waren?|bleib(?:t|en)) [^.!?]{1,60}?\b(?:ausgenommen|ausgeschlossen)\b"
    r"|(?:la seule |l['’]unique |une |seule )?exceptions?\b|f(?:ont|ait|aisai(?:en)?t|era"
    r"|eront) (?:toutefois )?exception\b"
    r"|(?:en )?(?:est|sont) (?:toutefois |cependant )?(?:exclu|exempt|except|dispens)[éeès]{0,3}\b"
    r"|il en va autrement\b"
    r"|(?:la única |una )?excepci(?:ón|ones)\b|se except[úu]an?\b|quedan? (?:except|exclu|exent)\w{2,6}\b|no así\b"
    r"|(?:l['’]unica |un['’])?eccezion[ei]\b|f(?:a|anno|aceva|acevano) eccezione\b"
    r"|(?:ne )?(?:è|sono|resta|restano) (?:esclus|esentat|eccettuat|esonerat)[oaie]\b"
    r"|(?:a única |uma )?exceç(?:ão|ões)\b|excep?tuam?-se\b|faz(?:em)? exceção\b"
    r"|(?:fica|ficam|está|estão) (?:exclu|excep?tu|isent)\w{1,5}\b"
    r"|(?:een |de enige )?uitzondering(?:en)?\b"
    r"|(?:hiervan |daarvan )?uitgezonderd(?: (?:hiervan|daarvan))? (?:is|zijn"
    r"|was|waren)\b"
    r"|(?:ett |de enda )?undantag\b|undantag(?:et|na) är\b|(?:en )?undtagelser?\b|undtaget er\b|unntak\b|unntatt er\b"
    r"|исключени[ея]\b|(?:jedyny )?wyjąt(?:ek|ki)\b|wyjątkiem (?:jest|są)\b|виняток\b"
    r"|ただし|但し|但(?!是)|단[,، ]|다만",
    re.IGNORECASE,
)
_VERB = (
    r"\b(?:is|are|was|were|has|have|had|can|may|must|will|we|you|they|it|he|she|ist|sind|war|waren|hat|haben|gilt|gelten|darf"
    r"|dürfen|kann|können|wird|werden|wir|sie|man|est|sont|était|ont|peut|peuvent|nous|vous|es|son|está|están|hay"
    r"|puede"
    r"|pueden|è|sono|può|possono|é|são|podem?|zijn|heeft|hebben|mag|mogen)\b"
)
_EXCEPTS_ALONE = pattern_of(  # a sentence with no verb of its own: "Except for tickets that were bought at the door."
    r"(?:except(?:ing)?|save for|apart from|(?:with )?the exception of|außer|ausgenommen|mit ausnahme|sauf|excepté"
    r"|à l['’]exception|excepto|salvo|(?:a|con) excepción|tranne|eccetto|ad eccezione|exceto|com exceção|behalve"
    r"|met uitzondering|utom|med undantag|undtagen|unntatt|кроме|за исключением)\b"
    rf"(?:(?!{_VERB})[^,;:.!?]){{2,120}}"
    r"(?:,?\s(?:that|which|who|whose|when|if|where|and|or|die|der|das|welche\w?|wenn|und|oder|qui|que|dont|si|et|ou|che|se|e|o"
    r"|dat|als|en|котор\w+|и)\b[^.!?]{1,160})?[.!]?\Z",
    re.IGNORECASE,
)
_AUXILIARIES = r"(?-i:is|are|was|were|do|does|did|can|could|may|must|will|would|has|have|had)"  # "by 28 May" has none
_WITHOUT_VERB = pattern_of(  # of others, after a sentence with the verb: "Ski racing is not.", "Guide dogs may."
    r"(?![^.!?]{0,80}\b(?:that|what|which|who|whom|as|than|where|how|if|when|why|we|they|he|she|it|i|you|this|these)\b)"
    rf"[^.,;:!?]{{2,80}}?\s{_AUXILIARIES}(?:\snot|n['’]t)?[.!]?"
    r"|[^.,;:!?]{2,80}?\s(?:ist|sind|war|waren|darf|dürfen|kann|können|wird|werden|hat|haben|gilt|gelten)"
    r"(?:\s(?:es|das|dies))?(?:\s(?:aber|jedoch|schon|allerdings))?\snicht[.!]?"
    r"|[^.;:!?]{2,80}?(?:\sne\sl['’](?:est|a|était)|\sne\sle\s(?:sont|peuvent|peut))\spas[.!]?"
    r"|[^.;:!?]{2,80}?,\s(?:non|no|si|sí|sì|não|sim)[.!]?"
    r"|[^.,;:!?]{2,80}?\s(?:no\slo\s(?:es|son|está|están)|non\slo\s(?:è|sono)|não\so\s(?:é|são))[.!]?"
    r"|[^.,;:!?]{2,80}?\s(?:is|zijn|mag|mogen)\s(?:dat\s)?niet[.!]?",
    re.IGNORECASE,
)
_MAX_WITHOUT_VERB = 110  # characters
_OTHERWISE = pattern_of(  # what follows where a duty is not met: "You must call. If you do not, we pay less."
    r"(?:if (?:not|(?:you|they|he|she|we|it|this|that|one) (?:do|does|did|is|are|has|have|can|will)(?: not|n['’]t|not)"
    r"(?: (?:so|this|that|happen|done|met))?),|(?:or else|otherwise)\b|failing (?:this|that|which|to do so)\b"
    r"|failure to (?:do so|comply)\b|andernfalls\b|ansonsten\b|sonst\b|wenn nicht,|tun sie (?:das|dies) nicht\b"
    r"|(?:geschieht|erfolgt) (?:das|dies) nicht\b|à défaut\b|sinon\b|faute de quoi\b|dans le cas contraire\b"
    r"|de lo contrario\b|en caso contrario\b|si no,|in caso contrario\b|altrimenti\b|caso contrário\b|do contrário\b"
    r"|anders\b|zo niet\b)",
    re.IGNORECASE,
)
_IS_DUTY = pattern_of(
    r"\b(?:must|shall|has to|have to|need(?:s)? to|required to|obliged to|should|please|muss|müssen|bitte|verpflichtet"
    r"|hat zu|haben zu|doit|doivent|est tenue?|veuillez|restitue|debe[ns]?|hay que|deve|devono|devem|moet(?:en)?)\b",
    re.IGNORECASE,
)
_WAIVES = pattern_of(  # a rule under a condition: "No report is required where nobody was hurt."
    r"(?:\(\d{1,2}[a-z]?\)\s|\d{1,2}(?:\.\d{1,2}){0,3}\.?\s)?[^.;:!?]{2,80}?\s"
    r"(?:(?:(?:is|are|shall be) (?:not (?:required|necessary|needed)|unnecessary|waived)"
    r"|(?:may|can) be (?:omitted|waived)"
    r"|no [\w ]{2,40} (?:is|are) (?:required|necessary|needed)),? (?:if|where|when|provided|as long as)"
    r"|(?:(?:ist|sind) (?:entbehrlich|nicht (?:erforderlich|nötig|notwendig))|entfällt|entfallen"
    r"|kann (?:unterbleiben|entfallen)), (?:wenn|soweit|sofern|falls|solange)"
    r"|(?:n['’]est pas (?:requise?|nécessaire|exigée?)|peut être omise?|n['’]est pas due?) (?:si|lorsque|quand)"
    r"|no (?:es|será) (?:necesari[oa]|obligatori[oa]|exigible) (?:si|cuando)"
    r"|non è (?:necessari[oa]|richiest[oa]|dovut[oa]) (?:se|quando|qualora)"
    r"|não é (?:necessári[oa]|exigid[oa]) (?:se|quando)"
    r"|is niet (?:nodig|vereist|verplicht) (?:als|indien|wanneer))\b",
    re.IGNORECASE,
)
_MARKER = pattern_of(rf"(?:[-*+•–{BULLETS}][ \t]{{1,4}}|\d{{1,3}}[.)][ \t]{{1,4}})?[(*_]{{0,3}}")
_NOT_FOR = pattern_of(r"(?:not (?:for|on|in)|nicht für|with the exception)\b", re.IGNORECASE)
_STATES_RULE = pattern_of(
    r"\b(?:may|can|must|shall|will|within|up to|at least|at most|until|for all|always|every|is|are|costs?|free)\b"
    r"|\b(?:darf|dürfen|kann|können|muss|müssen|innerhalb|binnen|höchstens|mindestens|ist|sind|wird|werden|kostet)\b"
    r"|\b(?:peut|peuvent|doi(?:t|vent)|dans un délai|jusqu|est|sont)\b|\b(?:puede[ns]?|debe[ns]?|dentro de|hasta|es"
    r"|son|está)\b"
    r"|\b(?:può|possono|deve|devono|entro|fino a|è|sono)\b|\b(?:podem?|devem?|até|é|são)\b|\b(?:mag|mogen|kan|kunnen"
    r"|moet|binnen|is|zijn)\b",
    re.IGNORECASE,
)
_INSTRUCTS = pattern_of(  # what to do for it: "To ask for one, open a ticket."
    r"(?:to|please|um|bitte|pour|veuillez|para|por favor|per|om|gelieve)\s", re.IGNORECASE
)
_MAX_SENTENCES_TO_RULE = 4
_RELIEF = pattern_of(  # for whom it is not: "For children no fee is charged."
    r"for [^.,;:!?]{2,40}?,? (?:no|nothing|none|(?:there|it) is (?:no|not|free)|(?:this|it) is waived)\b"
    r"|(?!(?:you|we|i)\b)[^.,;:!?]{2,60}? (?:(?:pay|owe|cost)s? nothing|(?:pay|need|owe)s? no\b|need not"
    r"|do(?:es)? not (?:pay|need|have to)"
    r"|(?:are|is|go(?:es)?|travels?|enters?|gets? in) (?:for )?free)\b"
    r"|für [^.,;:!?]{2,40}? (?:ist|sind|gilt|wird|werden|fällt|gibt es|entfällt) (?:[^\W\d_]{1,12} )?(?:kein\w{0,2}"
    r"|nichts?|frei)\b"
    r"|[^.,;:!?]{2,60}? (?:zahl|brauch)(?:t|en) (?:nichts?|keine?n?)\b|[^.,;:!?]{2,60}? müssen nicht\b"
    r"|pour [^.,;:!?]{2,40}?,? (?:aucune?|rien|il n['’]y a)\b|[^.,;:!?]{2,60}? ne (?:pa[iy](?:e|ent) (?:rien|pas)"
    r"|doi(?:t|vent) pas)\b"
    r"|(?:para [^.,;:!?]{2,40}?,? no hay|[^.,;:!?]{2,60}? no (?:pagan?|necesitan?|deben?))\b"
    r"|[^.,;:!?]{2,60}? (?:non pagan?o?|não pagam?|betal(?:en|t) niets|hoe(?:ft|ven) niet)\b",
    re.IGNORECASE,
)


def begins_with_exception(text: str, start: int = 0) -> bool:
    """Whether an item of ``text`` that begins at ``start`` states an exception: "- except fruit"."""
    marker = _MARKER.match(text, start)
    words_start = start if marker is None else marker.end()
    return any(pattern.match(text, words_start) for pattern in (GOVERNING["exception"], _NOT_FOR))


def exceptions(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Pairs of units, the second a companion of the first: sentences and the items of lists, each with the exceptions
    right below it.
    """
    places_by_head: defaultdict[int, list[int]] = defaultdict(list)  # since the last exceptions of each list
    last_exception = -1
    for number, (unit, exception) in enumerate(pairwise(units), 1):
        lead = unit.relation.head
        if lead is not None and number - 1 != last_exception:
            places_by_head[lead].append(number - 1)
        if not (is_statement(unit) and is_statement(exception)):
            continue
        is_next = is_next_sentence(source, unit, exception)
        if is_next:
            is_short = exception.end - exception.start <= _MAX_WITHOUT_VERB
            excepts = (
                _EXCEPTS.match(source, exception.start)
                or THIS_NOT_APPLIED.match(source, *exception.span)
                or _WAIVES.match(source, *exception.span)
                or (is_short and _WITHOUT_VERB.fullmatch(source, *exception.span))
                or (_OTHERWISE.match(source, *exception.span) and _IS_DUTY.search(source, *unit.span))
            )
        else:
            excepts = EXCEPTIONS.match(source, exception.start) or _WAIVES.match(source, *exception.span)
        if not (excepts or _EXCEPTS_ALONE.match(source[slice(*exception.span)])):
            continue
        if is_next or lead is None:
            ruled = [number - 1 if is_next else _rule_above(source, units, number - 1)]
        else:
            ruled = places_by_head.pop(lead, [number - 1])
        yield from ((place, number) for place in ruled)
        last_exception = number


def _rule_above(source: str, units: Sequence[StructuredUnit], last: int) -> int:
    """The place of the sentence with the rule, in the paragraph that ends at ``last``: the nearest one with a limit or
    a duty, or that says what may be done, which is no instruction; the last one, where none has.
    """
    place = last
    while last - place < _MAX_SENTENCES_TO_RULE:
        states_rule = _STATES_RULE.search(source, *units[place].span) is not None
        if states_rule and not _INSTRUCTS.match(source, *units[place].span):
            return place
        if begins_paragraph(source, units, place):
            break
        place -= 1
    return last


def reliefs(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Pairs of units, the second a companion of the first: sentences that state a duty, each with the next one where
    that exempts someone from it, and any sentence with the next one where that states to what it does not apply.
    """
    for number, (unit, relief) in enumerate(pairwise(units)):
        if is_next_sentence(source, unit, relief) and _relieves(source, unit, relief):
            yield number, number + 1


def _relieves(source: str, unit: StructuredUnit, relief: StructuredUnit) -> bool:
    if NOT_APPLIED.search(source, *relief.span):
        return True
    is_free = _says_free(source, relief) and not _says_free(source, unit)
    return is_free and DUE.search(source, *unit.span) is not None


def _says_free(source: str, unit: StructuredUnit) -> bool:
    return _RELIEF.match(source, *unit.span) is not None or IS_EXEMPT.search(source, *unit.span) is not None
