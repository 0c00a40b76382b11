"""Whether word-level methods keep what governs a clause; and words against whole sentences where there is no query."""

import random
import re
from bisect import bisect_right
from collections import Counter
from itertools import pairwise

from common import SEED, records

import ragzip
from ragzip.compressors.token.clauses import is_loose
from ragzip.compressors.token.llmlingua2 import LLMLingua2
from ragzip.errors import BudgetError
from ragzip.eval.measures.kept import contains
from ragzip.testing import FakeWordScorer
from ragzip.text.governing import governing
from ragzip.text.protect import Protector
from ragzip.text.splitters import sentences
from ragzip.text.tokens import token_counter
from ragzip.text.words import content

RATES = (0.3, 0.5, 0.7)
SETS = (  # folder, name, sentences at most
    ("qa", "squad-v1.1", 500), ("qa", "condaqa", 500), ("facts", "cannot", 400), ("longbench", "gov_report", 200),
    ("longbench", "qmsum", 200), ("longbench", "multi_news", 300), ("longbench", "qasper", 300),
    ("qa", "xquad-de", 150), ("qa", "xquad-es", 150), ("qa", "squad-es-v2", 300), ("qa", "piaf", 150),
    ("qa", "faquad", 100), ("qa", "xquad-zh", 100), ("qa", "cmrc2018", 150), ("qa", "jsquad", 200),
    ("qa", "jaquad", 100),
)  # fmt: skip
TOGETHER = 5  # sentences of one text
CONTEXTS = 60
_CLAUSE = re.compile(r"[^.!?;:,。！？；，、\n]+")
_DENIES = re.compile(  # written apart from ragzip.text.governing, which cannot check itself
    r"(?<!\w)(?:not|no|never|none|nor|neither|nobody|nothing|nowhere|without|cannot|hardly|scarcely|rarely|seldom|unable"
    r"|(?:do|does|did|is|are|was|were|has|have|had|wo|ca|could|would|should)n['’]t"
    r"|nicht|nichts|nie|niemals|niemand|kein(?:e[nmrs]?|s)?|keinerlei|keineswegs|ohne|weder|kaum"
    r"|ne|pas|jamais|aucune?|rien|sans|guère|nunca|jamás|nadie|ningun[oa]s?|ningún|sin|tampoco"
    r"|não|nenhuma?|ninguém|sem)(?!\w)|[没沒不无無]|ません|ない|なかった",
    re.IGNORECASE,
)
_WORD = re.compile(r"[぀-ヿ㐀-鿿]|[^\W぀-ヿ㐀-鿿]+(?:['’]\w+)?")
_MARK = re.compile(r"[.!?。！？]")
_NUMBERS = Protector("numbers")


def run(data):
    return {
        "kept with the clause": list(kept_forms(data)),
        "kept with the words after it": list(kept_negations(data)),
        "without a query": list(without_query(data)),
    }


def denying(data, share=1.0):
    """Sentences with a negation, of several languages; ``share`` of them."""
    texts = []
    for folder, name, most in SETS:
        found = {}
        for record in records(data, name, folder=folder):
            for text in _texts(record):
                found.update((text[a:b], None) for a, b in sentences(text[:20_000]) if b - a < 400)
            if len(found) > 400 * most:
                break
        chosen = [text for text in found if _DENIES.search(text)]
        texts += _some(chosen, max(1, int(share * most)))
    random.Random(SEED).shuffle(texts)
    return texts


def kept_negations(data, share=1.0):
    """Of the negations of a list of its own of which one of the three words after it is kept (in its sentence, in its
    clause), the share that is kept; and of the places where words of two sentences stand side by side, the share with a
    mark between.
    """
    texts = denying(data, share)
    for rate in RATES:
        for protect in ((), ("numbers",)):
            seen, kept = Counter(), Counter()
            joints = marked = too_small = 0
            for i in range(0, len(texts), TOGETHER):
                text = "\n\n".join(texts[i : i + TOGETHER])
                options = {"rate": rate, "compressor": "token/pruner-words", "protect": protect, "cache": False}
                try:
                    spans = ragzip.compress(text, **options).documents[0].spans
                except BudgetError:  # the numbers alone are more
                    too_small += 1
                    continue
                at = 0
                for sentence in texts[i : i + TOGETHER]:
                    for denial in _DENIES.finditer(sentence):
                        held = _held(spans, at + denial.start(), at + denial.end())
                        clause_end = _CLAUSE.match(sentence, denial.start()).end()
                        for scope, end in (("sentence", len(sentence)), ("clause", clause_end)):
                            next_words = list(_WORD.finditer(text, at + denial.end(), at + end))[:3]
                            if any(_held(spans, *word.span()) for word in next_words):
                                seen[scope] += 1
                                kept[scope] += held
                    at += len(sentence) + 2
                for between in _between_sentences(text, spans):
                    joints += 1
                    marked += bool(_MARK.search(between))
            row = {"rate": rate, "protect": list(protect), "sentences": len(texts), "negations": dict(seen)}
            row |= {"kept": {scope: round(kept[scope] / seen[scope], 4) for scope in seen}}
            row |= {"joints": joints, "marked": round(marked / joints, 4)}
            row["texts left out"] = too_small
            print(row, flush=True)
            yield row


def _between_sentences(text, spans):
    """What is kept between the last word kept of each sentence and the first of the next that has one."""
    words = [match.span() for span in spans for match in _WORD.finditer(text, *span)]
    ends = [end for _, end in sentences(text)]
    for (_, end), (start, _) in pairwise(words):
        last = bisect_right(ends, end - 1)
        if last != bisect_right(ends, start) and _MARK.search(text, end, ends[last]):
            yield "".join(text[max(a, end) : min(b, start)] for a, b in spans if a < start and b > end)


def kept_forms(data):
    """Of the clauses of which a word is kept, the share that keeps all its forms, by kind and method."""
    texts = denying(data)
    for method, compressor in (("pruner-words", "token/pruner-words"), ("llmlingua2", LLMLingua2(FakeWordScorer()))):
        for rate in RATES:
            seen, kept = Counter(), Counter()
            for i in range(0, len(texts), TOGETHER):
                text = "\n\n".join(texts[i : i + TOGETHER])
                spans = ragzip.compress(text, rate=rate, compressor=compressor, cache=False).documents[0].spans
                _count(text, spans, seen, kept)
            shares = {kind: round(kept[kind] / seen[kind], 4) for kind in seen}
            row = {"method": method, "rate": rate, "sentences": len(texts), "clauses": dict(seen), "keep it": shares}
            print(row, flush=True)
            yield row


def _count(text, spans, seen, kept):
    forms = [form for form in governing(text) if form.kind == "negation" or not is_loose(text, form)]
    for clause in _CLAUSE.finditer(text):
        here = [form for form in forms if clause.start() <= form.span.start < clause.end()]
        words = re.compile(r"\w+").finditer(text, clause.start(), clause.end())
        if not here or not any(_held(spans, *word.span()) for word in words):
            continue
        for kind in {form.kind for form in here}:
            seen[kind] += 1
            kept[kind] += all(_held(spans, *form.span) for form in here if form.kind == kind)


def _held(spans, start, end):
    return any(a <= start and end <= b for a, b in spans)


def without_query(data):
    """What sentences and words keep at the same number of tokens."""
    count = token_counter()
    for name, contexts in (("paragraphs", paragraphs), ("meetings", meetings), ("reports", reports)):
        for rate in (0.3, 0.5):
            rows = []
            for text, answers, wanted in contexts(data):
                whole = ragzip.compress(text, rate=rate, cache=False)
                if not whole.text:
                    continue
                limit = count(whole.text)
                words = ragzip.compress(text, target_tokens=limit, compressor="token/pruner-words", cache=False)
                rows.append((_measured(text, answers, wanted, whole), _measured(text, answers, wanted, words)))
            for method, values in zip(("sentences", "words"), zip(*rows, strict=True), strict=True):
                row = {"contexts": name, "rate": rate, "method": method, "n": len(rows), **_means(values)}
                print(row, flush=True)
                yield row


def _measured(text, answers, wanted, result):
    spans = result.documents[0].spans
    negations = [form.span for form in governing(text) if form.kind == "negation"]
    return {
        "tokens": result.stats.tokens_out,
        "answers": _mean([contains(result.text, [answer]) for answer in answers]),
        "words of the summary": len(wanted & content(result.text)) / len(wanted) if wanted else None,
        "numbers": _mean([_held(spans, *span) for span in _NUMBERS(text)]),
        "negations": _mean([_held(spans, *span) for span in negations]),
    }


def paragraphs(data):
    """SQuAD paragraphs with all their answers."""
    answers = {}
    for record in records(data, "squad-v1.1"):
        answers.setdefault(record["documents"][0]["text"], set()).add(record["answers"][0])
    for text in _some([text for text in answers if len(text) > 600], CONTEXTS):
        yield text, sorted(answers[text]), set()


def meetings(data):
    """Turns of QMSum that queries are answered from, with the words of the answers that stand there."""
    found = []
    for record in records(data, "qmsum", folder="meetings"):
        for query in record["queries"]:
            first, last = map(int, query["spans"][0])
            turns = record["transcript"][first : last + 1]
            text = "\n".join(f"{turn['speaker']}: {turn['text']}" for turn in turns)[:8000]
            if len(text) > 1500:
                found.append((text, [], content(query["answer"]) & content(text)))
    yield from _some(found, CONTEXTS)


def reports(data):
    """Pieces of government reports, with the words of the summary that stand there."""
    for record in records(data, "gov_report", folder="longbench"):
        text = record["context"]
        for start in _some(range(0, len(text) - 6000, 6000), 3):
            piece = text[start : start + 6000]
            yield piece, [], content(record["answers"][0]) & content(piece)


def _texts(record):
    if "documents" not in record:
        return [record["context"]]
    return [record.get("claim", ""), *(document["text"] for document in record["documents"])]


def _some(found, most):
    return found[:: max(1, len(found) // most)][:most]


def _mean(values):
    return sum(values) / len(values) if values else None


def _means(rows):
    named = {name: [row[name] for row in rows if row[name] is not None] for name in rows[0]}
    return {name: round(sum(values) / len(values), 3) for name, values in named.items() if values}
