"""Rules for records that are failures, where a query asks for errors or warnings: their level shows it, not their
wording; and for error messages, where the query is a command that was run.

"Error handler registered" is information, "no such table" at level E an error. A record is a line of a log, a row or an
object with a level or a severity, or a case of a report of tests; of a line of a stack trace the level is that of the
line it needs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ragzip.compressors.extractive.rules.text_units import TextUnits, just_above
from ragzip.compressors.outline import Outline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.queries.questions import asks
from ragzip.text.scores import Scores
from ragzip.text.structure import Item
from ragzip.text.structure.formats.log.times import Level, level_of, message_start
from ragzip.text.words import content, with_parted_names

__all__ = ["with_failures"]

_FAILURE = pattern_of(
    r"\b(?:errors?|fail(?:s|ed|ures?|ing)?|crash(?:es|ed|ing)?|exceptions?|(?:went|go(?:es)?|gone) wrong|abort(?:ed|s)?"
    r"|fehler|fehlgeschlagen|erreurs?|échoué|errores|falló|errori|fallito)\b",
    re.IGNORECASE,
)
_WARNING = pattern_of(r"\b(?:warnings?|warnungen|avertissements?|advertencias?|avvisi)\b", re.IGNORECASE)
_ASKS_FOR_ALL = pattern_of(  # failures themselves, not why there is one
    r"\b(?:which|what|list|show|find|any|all|how many|welche|quelles|qué|cuáles|quali)\b[^?.!]{0,40}?"
    r"\b(?:errors?|failures?|exceptions?|crashes|warnings?|fehler|warnungen|erreurs|errores|errori"
    r"|(?:fail|crash|abort)(?:ed)?)\b",
    re.IGNORECASE,
)
_RUNS = pattern_of(  # a command, as agents call one: "bash pytest -q 2>&1", "run tests path tests/unit"
    r"^\W*(?:\w+[ ./:-]){0,2}?(?:bash|shell|powershell|terminal|run|exec(?:ute)?|command|cmd|tests?|build|deploy"
    r"|compile|docker|kubectl|npm|pnpm|yarn|pip|uv|pytest|make|cargo|go|gradlew?|mvn|dotnet|tsc|terraform|systemctl|journalctl)\b"
    r"|\s(?:2>&1|&&|\|\|?)\s",
    re.IGNORECASE,
)
_READS = pattern_of(  # a file or a place in it
    r"^\W*(?:(?:bash|shell|powershell|terminal|run|exec(?:ute)?|command|cmd)\W+)*"
    r"(?:read|view|open|cat|head|sed|less|grep|rg|search|find|glob|ls|list|edit|write|git (?:log|show|diff|grep))\b",
    re.IGNORECASE,
)
_MESSAGE = pattern_of(  # of an exception or of a program that stops
    r"^(?:\([^()\n]{1,40}\) ?|[\w.-]{1,40} {1,8}\| ?)?(?:E {3,12})?"
    r"(?:(?:Caused by: )?[\w.$]{0,100}(?:Error|Exception|Panic)|[Ee]rror(?:\[\w{1,20}\])?|ERROR"
    r"|[Ff]atal(?: error)?|FATAL|panic|\S{1,200}:\d{1,7}:(?:\d{1,7}:)? (?:fatal )?error): \S"
    r"|^E {3,12}(?:assert|Failed:) \S|^thread '[^'\n]{1,80}' panicked at |^[ \t]*+--- FAIL: [^\n]*\n[ \t]+\S+:\d"
    r"|^\s{0,8}(?:[Ee]xpected|left)\b[^\n:]{0,40}: [^\n]{1,400}"
    r"\n\s{0,8}(?:[Rr]eceived|[Aa]ctual|right)\b[^\n:]{0,40}: ",
    re.MULTILINE,
)
_IN_TRACE = pattern_of(r"Traceback \(most recent|[\]:|] {3,}\S")  # what a line of a log has of a stack trace
_WITH_PLACE = pattern_of(  # of the source, or a code: what others only say the outcome of, "make: *** [all] Error 2"
    r"npm (?:ERR!|error) code [A-Z]|"
    r"\S{1,200}(?:(?::\d{1,7}){1,2}|\(\d{1,7}(?:,\d{1,7})?\)):? (?:- )?(?:fatal )?error\b"
    r"|\[ERROR\] \S{1,200}:\[\d{1,7},\d{1,7}\] \S"
    r"|error(?:\[\w{1,20}\])?: [^\n]{1,400}\n[ ]{1,8}--> "
)
_OUTCOME = pattern_of(  # of a build or a job, which gives no reason
    r"\bexit(?:ed)?(?: with)?(?: (?:code|status))?:? \d|\b(?:non-?zero|error) code\b|\bELIFECYCLE\b"
    r"|\bTests run: \d|\bfailed to execute goal\b|\bcompilation (?:error|failure|failed)\b|-> \[Help \d"
    r"|\b(?:build|job|step|task|run|pipeline) failed\b",
    re.IGNORECASE,
)
_REASON = pattern_of(
    r"\b(?:why|what (?:caused|broke)|what [^?]{1,60} expect(?:s|ed)?|causes?|reasons?|warum|weshalb|wieso|ursache"
    r"|pourquoi|por qué|perché|waarom)\b",
    re.IGNORECASE,
)
_REFUSAL = pattern_of(  # what a failure is called where a reason is asked for
    r"\b(?:\w+n['’]t|not|never|cannot|unable|reject(?:s|ed|ing)?|refus(?:es|ed|ing)|den(?:y|ies|ied)|declin(?:es|ed)"
    r"|stop(?:s|ped)|restart(?:s|ed|ing)|unavailable|unhealthy|tim(?:es|ed) out|nicht|abgelehnt)\b",
    re.IGNORECASE,
)
_ASKS_FOR_UNDONE = pattern_of(  # "which image could not be pulled?"
    r"\b(?:which|what|who)\b[^?.!]{1,80}\b(?:could|can|was|were|did)(?:n['’]t| not)\b"
    r"|\b(?:welche[rsnm]?|wer)\b[^?.!]{1,80}\b(?:konnten?|wurden?|kann|können)\b[^?.!]{0,40}\bnicht\b",
    re.IGNORECASE,
)
_REASON_KEY = pattern_of(  # of a member that says what went wrong
    r"(?:.{0,100}[ _.-])?(?:reason|cause|details?|message|msg|error|description|faultstring|errormessage)$",
    re.IGNORECASE,
)
_TYPE_OF_EVENT = pattern_of(r"(?:^|, )type: (warning|normal)\b", re.IGNORECASE)  # of Kubernetes
_TEST_CASE = pattern_of(r"<testcase\b")
_FAILED_CASE = pattern_of(r"<(?:failure|error)\b")  # in it, or a part of it
_ASKS_FOR_TESTS = pattern_of(
    r"\b(?:which|what|list|show|name|welche)\b[^?.!]{0,30}?"
    r"(?:\b(?:tests?|specs?|testcases?)\b[^?.!]{0,20}\bfail|\bfail(?:ed|ing) (?:tests?|specs?))",
    re.IGNORECASE,
)
_FAILED_TEST = pattern_of(  # the line of a test runner that names one
    r"(?:FAILED|FAIL|ERROR):? [\w./\\-]{1,200}(?:::|\.\w|\s|$)|[ \t]{0,8}--- FAIL: |[ \t]{0,8}[✕✗✘×] \S|not ok \d"
    r"|test \S{1,200} \.\.\. FAILED|\[ {2}FAILED {2}\] [A-Z]\w*[./]"
)
_BEGINNINGS_OF_MEMBERS = ('"', "<")  # of JSON and XML
_OF_THEIR_OWN = 1e-6  # the share of their scores by which those above the best one are in order
_SHARE_OF_MESSAGES = 0.99  # of the best score: below the one that has what the command names
_MIN_SHARE = 0.5  # of the records that have a level, in texts where it tells them apart
_SHARE_OF_BEST = 0.5  # of the score of the best failure, the least of the others where all are asked for
_SHARES_OF_OTHERS = {"warning": 0.3, "failure": 0.3, "other": 0.03}  # of their scores, where all are asked for
_SHARE_BESIDE_REASON = 0.5  # of the scores of other records, where a reason is asked for: they may tell it


def with_failures(query: str | None, text: TextUnits, scores: Scores) -> Scores:
    """The scores of the units, lower for records of other levels than ``query`` asks for, where some have these; where
    it is a command that was run, error messages are about as good as the best. *Shape:* (n,) both.
    """
    outline, source = text.outline, text.source
    if query is None or not any(outline.records):
        return scores
    wanted_levels = _wanted_levels(query)
    if not wanted_levels:
        return _with_messages(outline, source, scores) if _is_run(query) else scores
    scores = _with_failed_tests(query, outline, source, scores)
    scores = _with_reasons_of_records(query, outline, source, scores)
    levels = _levels(outline, source)
    asks_for_undone = _FAILURE.search(query) is None and _ASKS_FOR_UNDONE.search(query) is not None
    if asks_for_undone and not _are_lines(outline, source, levels):
        return scores
    if _FAILURE.search(query) is not None:
        scores = _with_places(query, outline, source, scores, levels)
    is_wanted = np.array([level in wanted_levels for level in levels], bool)
    with_level = sum(level is not None for level in levels)
    asks_for_all = _ASKS_FOR_ALL.search(query) is not None
    if not is_wanted.any() or with_level < _MIN_SHARE * sum(outline.records):
        return _with_reason(query, outline, source, scores, has_levels=False)
    weighed_scores = scores.copy()
    best_score = scores[is_wanted].max()
    if asks_for_all:
        weighed_scores[is_wanted] = np.maximum(scores[is_wanted], _SHARE_OF_BEST * best_score)
    for number, level in enumerate(levels):
        if level is None or level in wanted_levels:
            continue
        if (
            asks_for_all or asks_for_undone or _TEST_CASE.match(source, *outline.spans[number])
        ):  # a test that passed tells no reason
            weighed_scores[number] = _SHARES_OF_OTHERS[level] * min(scores[number], best_score)
        else:
            weighed_scores[number] *= _SHARE_BESIDE_REASON
    return _with_reason(query, outline, source, weighed_scores, has_levels=True)


def _with_failed_tests(
    query: str, outline: Outline, source: str, scores: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The scores, where ``query`` asks which tests failed, with the lines that name them as the best ones. *Shape:*
    (n,) both.
    """
    if _ASKS_FOR_TESTS.search(query) is None:
        return scores
    numbers = [
        number
        for number, (span, relation) in enumerate(zip(outline.spans, outline.relations, strict=True))
        if relation.section is None and _FAILED_TEST.match(source, *span)
    ]
    raised_scores = scores.copy()
    raised_scores[numbers] = just_above(float(scores.max()))
    return raised_scores


def _with_reason(
    query: str, outline: Outline, source: str, scores: npt.NDArray[np.float64], *, has_levels: bool
) -> npt.NDArray[np.float64]:
    """The scores, where ``query`` asks why something failed, with the record that states the error as the best one: the
    single one with a message, and as many words of the query as any record; else the only one under the failed step, or
    the only one whose level, where records have levels or begin with them, is that of a failure. *Shape:* (n,) both.
    """
    if _REASON.search(query) is None:
        return scores
    query_words = content(f"{query} {with_parted_names(query)}")
    texts = {
        number: source[slice(*outline.spans[number])] for number, is_record in enumerate(outline.records) if is_record
    }
    shared_counts = {
        number: 0 if _OUTCOME.search(text) else len(content(with_parted_names(text)) & query_words)
        for number, text in texts.items()
    }
    highest_count = max(shared_counts.values(), default=0)
    messages = [number for number, text in texts.items() if _is_message(text, outline.text_of(number, source))]
    messages = [number for number in messages if not _OUTCOME.search(texts[number])] or messages
    best_matching = [number for number in messages if shared_counts[number] == highest_count > 0]
    if not best_matching and has_levels:
        best_matching = messages
    elif not best_matching and messages:
        best_matching = [number for number in messages if outline.relations[number].needs]
    elif not messages:
        best_matching = [number for number, text in texts.items() if _begins_badly(text)]
    if len(best_matching) != 1:
        return scores
    weighed_scores = scores.copy()
    weighed_scores[best_matching] = np.maximum(scores[best_matching], just_above(float(scores.max())))
    return weighed_scores


def _are_lines(outline: Outline, source: str, levels: Sequence[Level | None]) -> bool:
    """Whether the records with levels are lines of a log, or events: the severity of an item says not what it is."""
    for number, level in enumerate(levels):
        is_part = bool(outline.items and outline.items[number]) or bool(outline.relations[number].needs)
        if level is not None and is_part and _TYPE_OF_EVENT.search(outline.text_of(number, source)) is None:
            return False
    return True


def _begins_badly(text: str) -> bool:
    """Whether a record begins with the level of a failure or a warning."""
    return level_of(text.split(maxsplit=1)[0]) in ("failure", "warning")


def _with_reasons_of_records(
    query: str, outline: Outline, source: str, scores: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The scores, where ``query`` asks why something failed, with members that give a reason ("detail", "reason") as
    good as the best ones of their record, or of the text where it has no records. *Shape:* (n,) both.
    """
    if _REASON.search(query) is None:
        return scores
    best_by_record: dict[Item | None, float] = {}
    records = [items[-1] if items else None for items in outline.items] or [None] * len(scores)
    for record, score in zip(records, scores.tolist(), strict=True):
        best_by_record[record] = max(score, best_by_record.get(record, 0.0))
    raised_scores = scores.copy()
    for number, is_record in enumerate(outline.records):
        if not is_record or source[outline.spans[number].start] not in _BEGINNINGS_OF_MEMBERS:
            continue
        key, colon, value = outline.text_of(number, source).partition(": ")
        if colon and " " in value.strip() and ", " not in key and _REASON_KEY.match(key):
            raised_scores[number] = max(raised_scores[number], best_by_record[records[number]])
    return raised_scores


def _with_places(
    query: str, outline: Outline, source: str, scores: npt.NDArray[np.float64], levels: Sequence[Level | None]
) -> npt.NDArray[np.float64]:
    """The scores, with failures that name a place in the source at least as high as any other failure, unless another
    has more words of ``query``; at least as high as any unit where the query asks which one it is, or for a reason.
    *Shape:* (n,) both.
    """
    query_words = content(query)
    failures = [
        number for number, level in enumerate(levels) if level == "failure" and not outline.relations[number].section
    ]
    texts = {number: source[slice(*outline.spans[number])] for number in failures}
    asks_for_reason = _REASON.search(query) is not None
    if asks_for_reason:
        texts = {number: text for number, text in texts.items() if not _OUTCOME.search(text)}
    shared_counts = {number: len(content(text) & query_words) for number, text in texts.items()}
    placed_numbers = [number for number, text in texts.items() if _WITH_PLACE.match(text, message_start(text))]
    if not placed_numbers or max(shared_counts[number] for number in placed_numbers) < max(shared_counts.values()):
        return scores
    is_asked_for = asks_for_reason or _ASKS_FOR_ALL.search(query) is not None
    best_score = max(float(scores[number]) for number in (range(len(scores)) if is_asked_for else failures))
    raised_scores = scores.copy()
    placed_scores = scores[placed_numbers]
    raised_scores[placed_numbers] = np.maximum(placed_scores, just_above(best_score) + _OF_THEIR_OWN * placed_scores)
    return raised_scores


def _is_run(query: str) -> bool:
    """Whether the last line of ``query``, after the question, is a command that returns more than a file."""
    line = query.strip().rpartition("\n")[2]
    return not asks(line) and _RUNS.search(line) is not None and _READS.search(line) is None


def _with_messages(outline: Outline, source: str, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    is_message = np.array(
        [
            is_record and _is_message(source[slice(*outline.spans[number])], outline.text_of(number, source))
            for number, is_record in enumerate(outline.records)
        ],
        bool,
    )
    return np.where(is_message, np.maximum(scores, _SHARE_OF_MESSAGES * scores.max(initial=0.0)), scores)


def _is_message(text: str, reading: str) -> bool:
    """:param reading: what a model reads in the place of ``text``: the level of a member may be there alone."""
    if _MESSAGE.search(text) is not None:
        return True
    return level_of(reading) == "failure" and _IN_TRACE.search(text) is None


def _wanted_levels(query: str) -> frozenset[Level]:
    """The levels that ``query`` asks for."""
    patterns: dict[Level, re.Pattern[str]] = {"failure": _FAILURE, "warning": _WARNING}
    levels = frozenset(level for level, pattern in patterns.items() if pattern.search(query))
    if not levels and _ASKS_FOR_UNDONE.search(query):
        return frozenset(["failure", "warning"])
    asks_why_not = not levels and _REASON.search(query) is not None and _REFUSAL.search(query) is not None
    return frozenset(["failure"]) if asks_why_not else levels


def _levels(outline: Outline, source: str) -> list[Level | None]:
    """The level of each unit (None: it has none): of a record that has none itself, that of the first one it needs."""
    levels: list[Level | None] = [
        _level_of_record(source[slice(*outline.spans[number])], outline.text_of(number, source)) if is_record else None
        for number, is_record in enumerate(outline.records)
    ]
    return [
        next((levels[needed] for needed in relation.needs if levels[needed]), None) if level is None else level
        for level, relation in zip(levels, outline.relations, strict=True)
    ]


def _level_of_record(text: str, reading: str) -> Level | None:
    """:param reading: what a model reads in the place of ``text``."""
    if _TEST_CASE.match(text) or _FAILED_CASE.match(text):
        return "failure" if _FAILED_CASE.search(text) else "other"
    event = _TYPE_OF_EVENT.search(reading)
    if event is not None:
        return "warning" if event[1].casefold() == "warning" else "other"
    return level_of(reading)
