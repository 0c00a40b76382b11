"""The arms of the benchmark of structured texts, and what each keeps."""

import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import ragzip
from ragzip.compressors.extractive.texts.passages import Passage
from ragzip.text.spans import Span
from ragzip.text.tokens import token_counter

AUTO, DEFAULT, PROSE = "auto, whole budget", "auto", "auto, prose only"
ARMS = {  # compressor, its options, whether texts are read as prose, whether they are cut into chunks
    DEFAULT: ("auto", {}, False, False),
    AUTO: ("auto", {"fill": "units"}, False, False),
    PROSE: ("auto", {"fill": "units"}, True, False),
    "bm25 in chunks": ("extractive/bm25", {"fill": "units"}, True, True),
    "embedding in chunks": ("extractive/embedding", {"fill": "units"}, True, True),
    "truncation": ("baseline/truncate", {}, True, False),
}
RANKED = {"chunks by bm25": "extractive/bm25", "chunks by embedding": "extractive/embedding"}
NAMES = (*ARMS, *RANKED)
PROSE_MIME = "text/x-prose"  # of no reader: only what is plain text is looked at
WORDS_PER_CHUNK = 150
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Text:
    """A source: its id, which may end like a file, its text and type."""

    id: str
    text: str
    mime: str = "text/plain"
    title: str | None = None


class Kept(NamedTuple):
    """What an arm leaves: what a reader sees, the kept pieces of each source in order, and the tokens."""

    text: str
    spans: dict
    tokens: int


def arm(name, texts, query, target, folder):
    """What the arm ``name`` keeps of ``texts`` in ``target`` tokens. ``folder``: of the cache, False for none."""
    if name in RANKED:
        return ranked(RANKED[name], texts, query, target)
    compressor, options, is_prose, is_chunked = ARMS[name]
    pieces = [piece for text in texts for piece in (chunks(text.text) if is_chunked else [(0, len(text.text))])]
    sources = [text for text in texts for _ in (chunks(text.text) if is_chunked else [0])]
    documents = [
        ragzip.Document(
            f"{number}" if is_prose else source.id,
            source.text[start:end],
            title=source.title,
            mime=PROSE_MIME if is_prose else source.mime,
        )
        for number, (source, (start, end)) in enumerate(zip(sources, pieces, strict=True))
    ]
    result = ragzip.compress(
        documents, query, target_tokens=target, compressor=loaded(compressor, tuple(options.items())), cache=folder
    )
    spans = {text.id: [] for text in texts}
    for source, (start, _), document in zip(sources, pieces, result.documents, strict=True):
        spans[source.id] += [(start + a, start + b) for a, b in document.spans]
    merged = {text.id: without_gaps(text.text, spans[text.id]) for text in texts}
    return Kept(result.text, merged, result.stats.tokens_out)


def ranked(method, texts, query, target):
    """The best chunks whole, and of the next one as much as fits: what a retriever of chunks leaves."""
    pieces = [(text, span) for text in texts for span in chunks(text.text)]
    passages = [Passage(text.title, text.text[start:end], (Span(0, end - start),)) for text, (start, end) in pieces]
    scores = [float(chunk_scores[0]) for chunk_scores in loaded(method, ()).score(query, passages)]
    kept, room = [], target
    for number in sorted(range(len(pieces)), key=lambda number: -scores[number]):
        text, (start, end) = pieces[number]
        end = start + fitting(text.text[start:end], room)
        if start < end:
            kept.append((number, text, start, end))
            room -= tokens_of(text.text[start:end]) + 1
        if room <= 0:
            break
    kept.sort(key=lambda chunk: chunk[0])
    written = "\n".join(text.text[start:end] for _, text, start, end in kept)
    spans = {text.id: [(start, end) for _, source, start, end in kept if source is text] for text in texts}
    merged = {text.id: without_gaps(text.text, spans[text.id]) for text in texts}
    return Kept(written, merged, tokens_of(written))


def fitting(text, room):
    """How many of its first characters are at most ``room`` tokens."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tokens_of(text[:middle]) <= room else (low, middle - 1)
    return low


@cache
def loaded(name, options):
    return ragzip.load(name, **dict(options))


def chunks(text):
    """Spans of 150 words each, whatever they cut."""
    words = [match.span() for match in _WORD.finditer(text)]
    return [
        (words[first][0], words[min(len(words), first + WORDS_PER_CHUNK) - 1][1])
        for first in range(0, len(words), WORDS_PER_CHUNK)
    ] or [(0, len(text))]


def without_gaps(text, spans):
    """``spans``, those with nothing but white space between as one."""
    merged = []
    for start, end in sorted(spans):
        if merged and (start <= merged[-1][1] or text[merged[-1][1] : start].isspace()):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def held(kept, name, spans):
    """Whether all ``spans`` of the source ``name`` are kept, each whole."""
    return all(any(start <= a and b <= end for start, end in kept.spans[name]) for a, b in spans)


def tokens_of(text):
    return token_counter()(text)
