"""Sentences that state what holds in a case instead of the statement before them: "For students it is 5 euros.",
"Pupils of year 11 may keep them."; and warnings above numbered steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragzip.text.languages import is_function_word
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.quantities.amounts import hold_apart
from ragzip.text.structure.base import StructuredUnit
from ragzip.text.structure.needs.conditions import goes_beyond
from ragzip.text.structure.needs.paragraphs import FIRST_STEP, STEP, is_next_sentence, paragraphs
from ragzip.text.structure.needs.revisions import things

__all__ = ["cases", "warnings_over_steps"]

_CASE = pattern_of(  # the beginning of what holds for some, or at some time
    r"(?:for|if|when|where|in the case of|on|at|in|during|from|outside|within|with|without|under|over|after|before"
    r"|für|wenn|falls|bei|beim|an|am|im|in|ab|während|außerhalb|unter|über|mit|ohne|nach|vor"
    r"|pour|si|lorsque|quand|en|le(?=\s(?:\w{3,6}di|dimanche|soir|matin)\b)|aux?|pendant|dès|à partir de|hors|avec"
    r"|sans|après|avant|para|cuando|en|los|durante|desde|a partir de|fuera de|con|sin|per|nei|nelle|dal|da|fuori"
    r"|senza|em|nos|nas|aos|com|sem|voor|bij|op|in|tijdens|vanaf|buiten|met|zonder)\s"
    r"(?!(?:example|instance|this|that|these|those|more|all|both|each|fact|addition|total|general|beispiel|exemple"
    r"|ejemplo"
    r"|esempio|exemplo)\b)(?!(?:[^\W\d_]{3,12}\s)?(?:1\d|20)\d\d\b)",
    re.IGNORECASE,
)
_OF_SOME = pattern_of(  # some of those that the rule is about: "Employees with less than a year of service get …"
    r"[^\W\d_][^.,;:!?]{1,40}?\s(?:with(?:out)?|under|over|aged|below|above|who|mit|ohne|unter|über|ab|avec|sans"
    r"|de (?:moins|plus)|âgée?s|con|sin|menores|mayores|de (?:menos|más)|sotto|sopra)\s"
    r"(?!(?:the|this|that|these|den|dem|der|dieser|le|la|les|el|los)\b)",
    re.IGNORECASE,
)
_OF_THE_SAME = pattern_of(  # a pronoun after the case, with its verb or verb and object: "On Sundays it closes"
    r"[^.,;:!?]{2,60}?,?\s(?:it|they|them|er|sie|es|il|elle|ils|elles|la|lo|hij|ze|het)\b", re.IGNORECASE
)
_VALUE = pattern_of(
    r"(?:(?P<sign>[€$£])\s?)?(?<![\w.,:])(?!(?:1\d|20)\d\d\b)(?P<number>\d(?:[\d.,:]*\d)?)"
    r"(?:\s?(?P<unit>[%€$£°]|[^\W\d_]{1,20}))?"
)
_VALUE_IN_WORDS = pattern_of(
    r"\b(?P<number>two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|twenty|thirty|forty|fifty|sixty|ninety|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|zwölf|zwanzig|dreißig"
    r"|deux|trois|quatre|cinq|dix|quinze|vingt|trente|dos|tres|cuatro|cinco|diez|quince|veinte|treinta)"
    r"\s(?P<unit>[^\W\d_]{1,20})",
    re.IGNORECASE,
)
_PERMITS = (
    r"may|can|could|darf|dürfen|kann|können|peut|peuvent|puede[ns]?|può|possono|podem?|mag|mogen|kan|kunnen"
    r"|(?:is|are) (?:not )?(?:allowed|permitted|entitled|eligible|admitted|welcome)"
    r"|(?:ist|sind) (?:nicht )?(?:erlaubt|zulässig|zugelassen|gestattet|willkommen)"
    r"|(?:n['’]|ne )?(?:est|sont) (?:pas )?(?:admis|autorisé|permis|accepté)e?s?"
    r"|(?:está|están|es|son|quedan?) (?:permitid|admitid|autorizad)[oa]s?|se (?:permite|admite)n?"
    r"|(?:è|sono) (?:permess|ammess|consentit|autorizzat)[oaie]|(?:é|são|está|estão) (?:permitid|admitid"
    r"|autorizad)[oa]s?"
    r"|(?:is|zijn) toegestaan"
)
_PERMITTING = pattern_of(rf"\b(?=[acdeikmnpqszèé])(?:{_PERMITS})\b", re.IGNORECASE)
_DEMANDING = pattern_of(
    r"\b(?:must|shall|ha(?:s|ve) to|required|compulsory|mandatory|prerequisites?|needs?|forbidden|prohibited|banned"
    r"|muss|müssen|brauch(?:t|en)|benötig(?:t|en)|erforderlich|verboten|vorgeschrieben|pflicht|doi(?:t|vent)"
    r"|interdite?s?|obligatoires?|debe[ns]?|prohibid[oa]s?"
    r"|obligatori[oa]s?|deve|devono|vietat[oaie]|devem|proibid[oa]s?|moet(?:en)?|verboden|verplicht"
    r"|нужн[аоы]|нужен|необходим\w{0,3}|должн[аоы]|должен|обязан\w{0,2}|запрещ\w{2,5}|нельзя|потрібн\w{1,3}|trzeba"
    r"|należy"
    r"|potrzebn\w{1,3})\b",
    re.IGNORECASE,
)
_DENYING = pattern_of(
    r"\b(?:not|cannot|never|nicht|keine?[nrms]?|ne|no|non|não|niet|geen)\b|n['’]t\b|\bn['’]", re.IGNORECASE
)
_OF_ALL = pattern_of(
    r"(?:every|each|all|any|anyone|anybody|everyone|everybody|whoever|jeder?s?|alle|chaque|tou(?:te?|s|tes)|cada"
    r"|tod[oa]s?"
    r"|ogni|tutt[ie]|qualquer|ieder(?:een)?|elke?)\b|(?:you|we|one|man|on|si|se)\b",
    re.IGNORECASE,
)
_BUT = pattern_of(
    r"(?:however|but|jedoch|aber|allerdings|toutefois|cependant|mais|sin embargo|pero|tuttavia|però|ma|no entanto|porém"
    r"|echter|maar),?\s",
    re.IGNORECASE,
)
_FORBIDDING = pattern_of(  # in rules, unlike what does not happen in stories
    r"\b(?:(?:should|must|may|shall) not(?! have\b)|cannot be (?:returned|refunded|combined|exchanged|claimed|used"
    r"|taken)"
    r"|do(?:es)? not (?:qualify|include|cover|count)|(?:is|are) (?:not (?:recommended|suitable|eligible|covered"
    r"|included|entitled|valid)|excluded|exempt))\b|(?:should|must)n['’]t\b"
    r"|\b(?:dürfen|darf|sollten?)\b[^.!?]{0,80}?\b(?:nicht|keine?n?)\b"
    r"|\b(?:ist|sind) nicht (?:geeignet|empfohlen|versichert|gedeckt|enthalten|berechtigt)\b"
    r"|\bne (?:doi(?:t|vent)|devrai(?:t|ent)|peu(?:t|vent)) pas\b|\bno (?:deben?|deberían?|pueden?)\b"
    r"|\bnon (?:dev(?:e|ono)|dovrebbero|può|possono)\b|\bnão (?:dev(?:e|em)|podem?)\b|\b(?:mag|mogen) (?:\w+ )?niet\b",
    re.IGNORECASE,
)
_INSTEAD = pattern_of(  # of what the sentence before names
    r"\b(?:instead(?! of)|stattdessen|à la place(?! d)|au lieu de cela|en su lugar|invece(?! d)|em vez disso"
    r"|in plaats daarvan|вместо этого|zamiast tego)\b",
    re.IGNORECASE,
)
_LACKS = pattern_of(  # what the next sentence makes up for
    r"\b(?:no|cannot|without|do(?:es)? not (?:have|support|offer)|kein\w{0,2}|ohne|pas de|aucune?|sans|no tienen?|sin"
    r"|non (?:ha|hanno)|senza|não t[eê]m|sem|geen|zonder|нет|без|nie ma|bez)\b|ません|没有|없",
    re.IGNORECASE,
)
_DENIES_ANY = pattern_of(
    r"\b(?:no|not|cannot|never|without|kein\w{0,2}|nicht|ohne|ne|pas|aucune?|sans|non|nessun\w?|senza|sin|ningún"
    r"|ninguna|não"
    r"|nenhum\w?|sem|geen|niet|zonder|не|нет|nie|bez)\b|n['’]t\b|ない|ません|没有|不",
    re.IGNORECASE,
)
_IS_LOST = pattern_of(  # by what is done
    r"\b(?:will(?: then| all| also)? be|are|is) (?:permanently |irrevocably |irretrievably |automatically )?"
    r"(?:deleted|erased|wiped|overwritten|forfeited)\b|\bwill(?: then| all| also)? be lost\b"
    r"|\b(?:this|it|that) (?:deletes|erases|wipes|overwrites|removes|resets|cancels) (?:all|every|any|your|the)\b"
    r"|\b(?:cannot|can ?not|can['’]t) be (?:undone|reversed|recovered|restored)\b"
    r"|\b(?:werden|wird|gehen|geht)\b[^.!?]{0,60}?\b(?:gelöscht|überschrieben|verloren|zurückgesetzt)\b"
    r"|\bnicht (?:rückgängig|wiederhergestellt)\b|\b(?:sera|seront) (?:supprimé|effacé|perdu|écrasé)e?s?\b"
    r"|\bse (?:borrar|perder|eliminar)(?:á|án)\b|\b(?:verrà|verranno|andranno|andrà) (?:cancellat|eliminat|pers"
    r"|pers)\w\b"
    r"|\bser(?:á|ão) (?:apagad|excluíd|perdid)\w{1,2}\b|\b(?:worden|wordt|gaan|gaat) [^.!?]{0,40}?(?:gewist"
    r"|verwijderd|verloren)\b",
    re.IGNORECASE,
)
_BUT_INSIDE = pattern_of(  # "They must, however, be accompanied.", "Sie müssen jedoch warten."
    r"[^.!?;:,]{2,60},\s(?:however|though|toutefois|cependant|sin embargo|tuttavia|però|porém|no entanto|contudo),"
    r"|[^.!?;:,]{2,60}?\s(?:jedoch|allerdings|aber|toutefois|cependant|tuttavia|echter|wel)\s",
    re.IGNORECASE,
)
_OF_THE_PERMITTED = pattern_of(  # what they must do: "They must show a permit."
    r"(?:they|it|he|she|sie|er|es|ils?|elles?|ellos|ellas|ess[ie]|eles|elas|zij|ze|hij)\s", re.IGNORECASE
)
_NO_SUBJECT = frozenset(
    re.findall(
        r"\w+",
        "if when so to you we they she this that these those there it he one please also then both each every all any",
    )
)
_WITHOUT_IT = pattern_of(  # "If the receipt is lost, a bank statement will do."
    r"(?:if|when|where|wenn|falls|si|lorsque|quand|cuando|se|quando|als|indien|если|якщо"
    r"|jeśli)\s(?P<clause>[^.,;!?]{3,100}),\s"
    r"(?P<main>[^.;!?]{3,160})",
    re.IGNORECASE,
)
_SUFFICES = pattern_of(
    r"\b(?:suffices?|(?:will|would) (?:do|suffice)|(?:is|are) (?:enough|sufficient|accepted|taken)|genüg(?:t|en)"
    r"|reich(?:t|en)"
    r"|suffi(?:t|sent)|bastan?|bastano|suficientes?|sufficienti?|volsta(?:at|n)|достаточно|wystarczy)\b",
    re.IGNORECASE,
)
_MAX_WORDS_OF_SUBJECT = 9
_PAST = pattern_of(  # of stories, in which times and places follow each other
    r"\b(?:was|were|had|did|became|war|waren|hatten?|wurden?|étai(?:t|ent)|avai(?:t|ent)|fut|fue(?:ron)?|era[ns]?"
    r"|había[ns]?"
    r"|fu(?:rono)?|erano|aveva(?:no)?|foi|foram|tinham?|werd(?:en)?|waren)\b",
    re.IGNORECASE,
)
_WARNING = pattern_of(
    r"\W{0,4}(?:warning|caution|danger|important|achtung|warnung|vorsicht|gefahr|wichtig|attention|avertissement"
    r"|advertencia|precaución|peligro|atención|attenzione|avvertenza|pericolo|atenção|aviso|perigo|waarschuwing|let op"
    r"|pas op|警告|注意|تحذير)\W{0,3}[:!：！]",
    re.IGNORECASE,
)
_BEFORE_DOING = pattern_of(  # the action to take, or never to take, after the word of warning
    r"\b(?:before (?:you|using|use|touching|opening|cleaning|starting)|never|do not|don['’]t|bevor sie|niemals|nie\b"
    r"|avant (?:de|d['’]|toute)|jamais|antes de|nunca|prima di|mai\b|voordat|nooit)|\b(?:unplug|disconnect|switch off"
    r"|turn off|wear|ziehen sie|tragen sie|débranchez|desenchufe|staccare)\b",
    re.IGNORECASE,
)
_MAX_STEPS = 20
_MAX_SENTENCES_TO_SOME = 2
_MAX_SENTENCES_OF_WARNING = 3


def cases(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """Pairs of units, the second a companion of the first: sentences, each with those right after it that state what
    else holds in a case, or for some; and what there is instead, with what it stands for.
    """
    rule = first = 0
    for number, (before, unit) in enumerate(pairwise(units)):
        if not is_next_sentence(source, before, unit):
            rule = first = number + 1
            continue
        rule_text, before_text, text = (source[slice(*units[place].span)] for place in (rule, number, number + 1))
        if _CASE.match(text) and _has_other_value(rule_text, text):
            if not hold_apart(rule_text, text):
                yield rule, number + 1
                continue
        elif goes_beyond(before_text, text):
            yield number, number + 1
        elif _is_contrary(before_text, text):
            if not hold_apart(before_text, text):
                yield number, number + 1
        elif _IS_LOST.search(text):
            yield number, number + 1
        elif _stands_for(before_text, text):
            yield number + 1, number
            if _LACKS.search(before_text):
                yield number, number + 1
        elif _OF_SOME.match(text):
            nearest_first = range(number, max(first, number + 1 - _MAX_SENTENCES_TO_SOME) - 1, -1)
            texts = ((place, source[slice(*units[place].span)]) for place in nearest_first)
            yield from ((place, number + 1) for place, of_all in texts if _is_of_all(of_all, text))
        rule = number + 1


def warnings_over_steps(source: str, units: Sequence[StructuredUnit]) -> Iterator[tuple[int, int]]:
    """The steps of numbered lists, each with the sentences of the warning right above the list; and the sentences of a
    paragraph with the warning in it, but for those more than one before it.
    """
    for places in paragraphs(source, units):
        yield from _warnings_inside(source, units, places)
    for first, unit in enumerate(units):
        if not FIRST_STEP.match(source, unit.start):
            continue
        warning = _warning_above(source, units, first)
        for step in range(first, min(first + _MAX_STEPS, len(units)) if warning else first):
            if not STEP.match(source, units[step].start):
                break
            yield from ((step, sentence) for sentence in warning)


def _warnings_inside(source: str, units: Sequence[StructuredUnit], places: range) -> Iterator[tuple[int, int]]:
    for first in places:
        if not _WARNING.match(source, *units[first].span):
            continue
        warning = [first]
        if first + 1 in places and _BEFORE_DOING.search(source, *units[first + 1].span):
            warning.append(first + 1)
        near = range(max(first - 1, places.start), min(first + _MAX_STEPS, places.stop))
        yield from ((place, part) for place in near for part in warning if part != place)


def _warning_above(source: str, units: Sequence[StructuredUnit], first: int) -> range:
    """The places of the sentences of a warning on the lines right above the unit at ``first``; none elsewhere."""
    for place in range(first - 1, max(first - 1 - _MAX_SENTENCES_OF_WARNING, -1), -1):
        if source.count("\n", units[place].end, units[place + 1].start) > 1:
            break
        if _WARNING.match(source, *units[place].span):
            return range(place, first)
    return range(0)


def _has_other_value(rule: str, case: str) -> bool:
    """Whether a case has a value of the same kind as the rule, or says it of the same thing, by a pronoun."""
    rule_values, case_values = _values(rule), _values(case)
    if not rule_values or rule_values == case_values or _PAST.search(rule) or _PAST.search(case):
        return False
    if any(not case_values[unit].isdisjoint(rule_values[unit]) for unit in case_values.keys() & rule_values.keys()):
        return False
    if not case_values.keys().isdisjoint(rule_values.keys() - {""}):
        return True
    return _names_it(case) and (bool(case_values) or _DENYING.search(case) is not None)


def _is_of_all(rule: str, case: str) -> bool:
    """Whether a sentence states for all what ``case`` states differently for some, in the same unit of measure."""
    rule_values, case_values = _values(rule), _values(case)
    is_told = all(case_values[unit].isdisjoint(rule_values[unit]) for unit in case_values.keys() & rule_values.keys())
    has_unit = not case_values.keys().isdisjoint(rule_values.keys() - {""})
    if not (has_unit and is_told) or _OF_SOME.match(rule) or _PAST.search(rule) or _PAST.search(case):
        return False
    return not hold_apart(rule, case)


def _values(text: str) -> dict[str, set[str]]:
    """The numbers of ``text``, except years, by their units of measure ("" where there is none)."""
    values: dict[str, set[str]] = {}
    for match in _VALUE_IN_WORDS.finditer(text):
        values.setdefault(match["unit"].casefold(), set()).add(match["number"].casefold())
    if any(map(str.isdigit, text)):
        for match in _VALUE.finditer(text):
            unit = (match["sign"] or match["unit"] or "").casefold()
            values.setdefault("" if is_function_word(unit) else unit, set()).add(match["number"])
    return values


def _is_contrary(rule: str, case: str) -> bool:
    """Whether a case permits to some what the rule forbids or demands, or the other way round."""
    condition = _WITHOUT_IT.match(case)
    if condition is not None and _permits(rule) is False and _SUFFICES.search(condition["main"]):
        return not things(rule).isdisjoint(things(condition["clause"]))
    case_permits = _permits(case)
    rule_permits = None if case_permits is None else _permits(rule)
    if rule_permits is None or rule_permits == case_permits:
        return _forbids_to_some(rule, case)
    if _BUT.match(case) or _BUT_INSIDE.match(case):
        return True
    if rule_permits and _OF_THE_PERMITTED.match(case) and _DEMANDING.search(case):
        return True
    if not case[0].isalpha():  # a clause of its own: "12.3 Notices must be in writing."
        return False
    modal = _PERMITTING.search(case) or _DEMANDING.search(case)
    subject = case[: modal.start()].split() if modal else []
    if not 0 < len(subject) <= _MAX_WORDS_OF_SUBJECT or subject[0].lower().strip(",") in _NO_SUBJECT:
        return False
    if rule.split()[: len(subject)] == subject:
        return False
    return _OF_ALL.match(rule) is not None or _names_it(case) or not things(rule).isdisjoint(things(case))


def _stands_for(before: str, text: str) -> bool:
    """Whether a sentence says what there is instead of what the one before denies: "It has no button. Use the web page
    instead.".
    """
    if _INSTEAD.search(text) is None or _DENIES_ANY.search(before) is None:
        return False
    return _PAST.search(before) is None and _PAST.search(text) is None


def _forbids_to_some(rule: str, case: str) -> bool:
    """Whether a case begins with "however" and forbids to some what the rule, which names no duty, tells: "However,
    patients with kidney disease should not take it.".
    """
    is_opposed = _BUT.match(case) is not None and _FORBIDDING.search(case) is not None
    if not is_opposed or _PAST.search(rule) or _PAST.search(case):
        return False
    return not things(rule).isdisjoint(things(case))


def _names_it(case: str) -> bool:
    """Whether a case speaks of something by a pronoun: "Pupils of year 11 may keep them."."""
    return _OF_THE_SAME.match(case) is not None


def _permits(text: str) -> bool | None:
    """Whether a sentence permits something; None where it neither permits, nor forbids, nor demands."""
    if _PERMITTING.search(text):
        return _DENYING.search(text) is None
    return False if _DEMANDING.search(text) else None
